"""The pipeline's work in threads of its own, so that none of it holds up the event loop or what others ask."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR

from rag.errors import EndingError

T = TypeVar("T")

AT_ONCE = 32  # calls; more wait their turn
LOOK_SECONDS = 0.5  # between two looks whether the client of a call over HTTP is still there


class Connected(Protocol):
    """An HTTP request whose client may leave."""

    async def is_disconnected(self) -> bool:
        """Whether it has left."""


class Threads:
    """At most `at_once` calls at a time."""

    def __init__(self, *, at_once: int = AT_ONCE) -> None:
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="mcp")
        self._under_way: set[threading.Event] = set()
        self._is_over = False

    async def run(self, work: Callable[[threading.Event], T], *, request: Connected | None = None) -> T:
        """What `work` returns or raises; it is given an event that is set once nobody waits for it any more.

        Raises MCPError when the client of the HTTP `request` has left, and EndingError when the server ends.
        """
        left = threading.Event()
        self._under_way.add(left)
        surroundings = contextvars.copy_context()
        future = asyncio.get_running_loop().run_in_executor(self._pool, surroundings.run, work, left)
        try:
            while not (await asyncio.wait({future}, timeout=LOOK_SECONDS))[0]:
                if request is not None and await request.is_disconnected():
                    raise MCPError(INTERNAL_ERROR, "The client has left.")  # nobody reads it
                if self._is_over:
                    raise EndingError
            return future.result()
        finally:
            self._under_way.discard(left)
            left.set()
            future.cancel()  # where it has not begun

    def end(self, seconds: float) -> None:
        """Let what is under way end without a language model, and end it after so many seconds; in the event loop."""
        for left in self._under_way:
            left.set()
        asyncio.get_running_loop().call_later(seconds, self._cut)

    def _cut(self) -> None:
        self._is_over = True

    def close(self, *, wait: bool) -> None:
        """Begin nothing any more; `wait` for what has begun."""
        self._pool.shutdown(wait=wait, cancel_futures=True)
