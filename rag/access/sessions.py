"""Sessions of people who signed in: a random name that a browser keeps, for a time, in place of the key."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from rag.access.keys import Access

SESSION_SECONDS = 12 * 3600
MOST = 10_000  # sessions at a time; the oldest ends for one more


class Sessions:
    """Sessions in memory: they end with their time, with the server, or when they are closed."""

    def __init__(self, *, seconds: float = SESSION_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._held: dict[str, tuple[float, Access]] = {}  # by name, the oldest first: when it ends, and for whom

    def begin(self, access: Access) -> str:
        """The name of a new session of who has this access."""
        now = self._clock()
        while self._held and (len(self._held) >= MOST or next(iter(self._held.values()))[0] <= now):
            del self._held[next(iter(self._held))]
        name = secrets.token_urlsafe(32)
        self._held[name] = (now + self._seconds, replace(access, session=secrets.token_hex(8)))
        return name

    def access(self, name: str) -> Access | None:
        """Whose session it is; None where there is none of this name any more."""
        end, access = self._held.get(name, (0.0, None))
        if access is not None and end <= self._clock():
            self.end(name)
            return None
        return access

    def end(self, name: str) -> None:
        """End it, if there is one."""
        self._held.pop(name, None)
