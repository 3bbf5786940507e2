"""The end of a page's stream, which no question asked at that moment may miss."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAM = "/gradio_api/queue/data"
JOIN = "/gradio_api/queue/join"
LAST = b'data: {"msg":"close_stream"'  # the beginning of the last message of a stream
PATIENCE = 15.0  # seconds for the last message to arrive and the page to hang up


class StreamEnds:
    """Acknowledges no question while the page still holds for open a stream that has ended.

    Once nothing of a page's is under way, Gradio ends its stream with a last message, at which the page hangs up, to
    open another for the next question. But a question that is acknowledged while that message is on its way makes the
    page wait for the answer on the stream that ends: it comes nowhere, and the page answers nothing any more. So the
    stream is kept until the page has hung up, and the acknowledgement with it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._ending: dict[str, asyncio.Event] = {}  # by session: set once the page has hung up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, the end of a stream and what it holds back when it is time."""
        if scope["type"] == "http" and scope["path"] == STREAM:
            await self._stream(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == JOIN:
            await self._join(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])[0]
        gone = asyncio.Event()
        ending = False

        async def listened() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                gone.set()
            return message

        async def held(message: Message) -> None:
            nonlocal ending
            if message.get("body", b"").startswith(LAST):
                ending = True
                self._ending[session] = gone
            if not ending or message.get("body"):
                await send(message)

        try:
            await self.app(scope, listened, held)
            if ending:
                try:
                    async with asyncio.timeout(PATIENCE):
                        while not gone.is_set():
                            await listened()
                except TimeoutError:
                    pass
                await send({"type": "http.response.body", "body": b""})
        finally:
            gone.set()
            if self._ending.get(session) is gone:
                del self._ending[session]

    async def _join(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytearray()

        async def read() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def acknowledged(message: Message) -> None:
            if message["type"] == "http.response.start" and self._ending:
                gone = self._ending.get(_session(bytes(body)))
                if gone is not None:
                    await gone.wait()
            await send(message)

        await self.app(scope, read, acknowledged)


def _session(body: bytes) -> str:
    """The session that a question names; empty where it is no such request."""
    try:
        named = json.loads(body)["session_hash"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return named if isinstance(named, str) else ""
