"""How many questions and searches are under way at once; one more is told to come again rather than made to wait."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from starlette.exceptions import HTTPException

RETRY_SECONDS = 2  # at the least; by then many of those who are there have their answer
LATEST = 0.1  # the weight of the latest among all before it, in how long one takes


class Crowd:
    """At most `most` requests have a place; belongs to the event loop, and counts a request once its body has come."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.there = 0

    async def place(self) -> AsyncIterator[None]:
        """A place until the response is sent, as a route depends on it; HTTPException 503 where all are taken."""
        if self.there >= self.most:
            raise _later(f"{self.most} requests are being answered, which is as many as this server takes")
        self.there += 1
        try:
            yield
        finally:
            self.there -= 1


class Line:
    """Work that is done one after the other: who would have to wait more than `wait` seconds for theirs is told so.

    What one more would take is told by those before: `each` is what one took, of late, for each that was in the line
    when it came, itself included. Who still reads what was made for them is not in it. Belongs to the event loop.
    """

    def __init__(self, *, wait: float, each: float) -> None:
        self.wait = wait
        self.each = each
        self.standing = 0

    def look(self) -> None:
        """Raises HTTPException 503 where the line is too long for one more."""
        seconds = (self.standing + 1) * self.each
        if self.standing and seconds > self.wait:  # whoever is alone is served, however long the last one took
            raise _later("So many came before that this would wait too long", math.ceil(seconds))

    def stand(self) -> Callable[[], None]:
        """Stand in the line until what is returned is called, once."""
        self.standing += 1
        return partial(self._leave, self.standing, time.monotonic())

    def _leave(self, standing: int, began: float) -> None:
        self.standing -= 1
        self.each += LATEST * ((time.monotonic() - began) / standing - self.each)


def _later(why: str, seconds: int = 0) -> HTTPException:
    after = max(RETRY_SECONDS, seconds)
    return HTTPException(503, f"{why}; ask again in {after} seconds.", headers={"Retry-After": str(after)})
