"""How much a request may send, and how long it may take: to arrive, and until its answer begins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000
# The page sends the whole conversation, quotations and all, with every question.
MAX_PAGE_BODY_BYTES = 16_000_000
PAGE_PREFIX = "/gradio_api/"
UPLOAD_PATHS = ("/articles/file", "/gradio_api/upload")
FILES_AT_ONCE = 4  # of the largest size, in one request
# A body must arrive within that time, and for each piece of a second more for every so many bytes that came.
BODY_SECONDS = 20.0
SLOWEST = 16_000  # bytes a second


class Bounds:
    """The bounds for each path; `max_file_mb` is the largest file, `seconds` the time until an answer begins."""

    def __init__(self, *, max_file_mb: int, seconds: float, body_seconds: float = BODY_SECONDS) -> None:
        self._sizes: Mapping[str, int] = {
            **dict.fromkeys(UPLOAD_PATHS, FILES_AT_ONCE * max_file_mb * 1_000_000 + MAX_BODY_BYTES),
            PAGE_PREFIX: MAX_PAGE_BODY_BYTES,
        }
        self._seconds = seconds
        self._body_seconds = body_seconds

    def size(self, path: str) -> int:
        """The most bytes of a body that is sent to this path."""
        return next((size for prefix, size in self._sizes.items() if path.startswith(prefix)), MAX_BODY_BYTES)

    async def run(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Run `app` within the bounds; raises HTTPException 413, 408 or 504, the last after cancelling what was begun.

        The time for an answer counts from the last piece of the body, and ends as soon as the answer begins.
        """
        loop = asyncio.get_running_loop()
        size, total, whole = self.size(scope["path"]), 0, False
        latest = loop.time() + self._body_seconds

        async def receiving() -> Message:
            nonlocal total, whole
            if whole:
                return await receive()  # waits until the client leaves
            try:
                async with asyncio.timeout_at(latest + total / SLOWEST):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, "The body did not arrive in time; send it faster, or less.") from None
            if message["type"] == "http.request":
                total += len(message.get("body", b""))
                whole = not message.get("more_body", False)
                if total > size:
                    raise HTTPException(413, too_large(size))
                if limit.when() is not None:
                    limit.reschedule(loop.time() + self._seconds)
            return message

        async def sending(message: Message) -> None:
            limit.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(self._seconds) as limit:
                await app(scope, receiving, sending)
        except TimeoutError:
            if not limit.expired():
                raise
            raise HTTPException(504, self._late()) from None

    def _late(self) -> str:
        return (
            f"No answer within {self._seconds:g} seconds, so it was told to stop; ask for less, or ask again. "
            "A change of the library that had begun is still carried through."
        )


def too_large(size: int) -> str:
    """The sentence for a body that is larger than so many bytes."""
    return f"The body is larger than {size:,} bytes; send less."
