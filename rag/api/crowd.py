"""How many questions and searches are under way at once; one more is told to come again rather than made to wait."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException

RETRY_SECONDS = 2  # by then many of those who are there have their answer


class Crowd:
    """At most `most` requests have a place; belongs to the event loop, and counts a request once its body has come."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.there = 0

    async def place(self) -> AsyncIterator[None]:
        """A place until the response is sent, as a route depends on it; HTTPException 503 where all are taken."""
        if self.there >= self.most:
            raise HTTPException(
                503,
                f"{self.most} requests are being answered, which is as many as this server takes; ask again in "
                f"{RETRY_SECONDS} seconds.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        self.there += 1
        try:
            yield
        finally:
            self.there -= 1
