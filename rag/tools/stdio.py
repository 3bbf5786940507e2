"""The tools over stdin and stdout, for the one program that started us."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Self, cast

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

MOST_BYTES = 4_000_000  # of a message
_CHUNK = 65_536
_TOO_LONG = b"{"
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


async def serve(server: Server[Any]) -> None:
    """Answer until stdin ends, or a first SIGTERM or Ctrl-C; a second one acts as it does without us.

    Whatever else in the process writes to stdout meanwhile goes to stderr.
    """
    lines = _Lines(sys.stdin.fileno())
    loop = asyncio.get_running_loop()

    def end() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
        lines.end()

    for number in _SIGNALS:
        with suppress(NotImplementedError):  # Windows has none
            loop.add_signal_handler(number, end)
    try:
        async with stdio_server(stdin=cast(Any, lines)) as (incoming, outgoing):
            options = server.create_initialization_options()
            await server.run(cast(Any, _answered(incoming, outgoing)), outgoing, options)
    finally:
        for number in _SIGNALS:
            with suppress(NotImplementedError):
                loop.remove_signal_handler(number)


class _Lines:
    """The lines of a file descriptor as they come, read by a thread that never keeps the process from ending.

    For a line longer than MOST_BYTES one is given that is no message.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def end(self) -> None:
        """Give no more than what was read until now."""
        self._lines.put_nowait(None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        line = await self._lines.get()
        if line is None:
            raise StopAsyncIteration
        return line.decode("utf-8", "replace")

    def _read(self) -> None:
        begun = bytearray()
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            while chunk := self._chunk():
                *whole, rest = chunk.split(b"\n")
                for end in whole:
                    self._give(bytes(begun + end) if len(begun) <= MOST_BYTES else _TOO_LONG)
                    begun.clear()
                if len(begun) <= MOST_BYTES:  # else the rest is passed over
                    begun += rest
            self._loop.call_soon_threadsafe(self._lines.put_nowait, None)

    def _chunk(self) -> bytes:
        try:
            return os.read(self._descriptor, _CHUNK)
        except OSError:  # it is closed, or never was open
            return b""

    def _give(self, line: bytes) -> None:
        if line.strip():
            self._loop.call_soon_threadsafe(self._lines.put_nowait, line)


async def _answered(incoming: Any, outgoing: Any) -> AsyncIterator[SessionMessage]:  # noqa: ANN401 - the SDK's streams
    """The messages that come in; what is none is answered at once, as JSON-RPC wants it."""
    try:
        async for item in incoming:
            if isinstance(item, Exception):
                error = JSONRPCError(jsonrpc="2.0", id=None, error=_what_it_is(item))
                await outgoing.send(SessionMessage(error))
            else:
                yield item
    finally:
        await incoming.aclose()


def _what_it_is(fault: Exception) -> ErrorData:
    """What is said of a line that is no message."""
    if isinstance(fault, ValidationError) and fault.errors()[0]["type"] != "json_invalid":
        return ErrorData(code=INVALID_REQUEST, message="This is no JSON-RPC message; send one object on each line.")
    return ErrorData(
        code=PARSE_ERROR, message=f"This line is not JSON, or longer than {MOST_BYTES:,} bytes; send one message on it."
    )
