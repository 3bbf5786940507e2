"""Turns: when a host may be asked again, so that no site is asked more often than it likes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from rag.errors import FetchError
from rag.fetch.replies import in_words

LONGEST_HOLD = 3_600.0  # seconds that a host is left alone, whatever it asks for
_POLL = 0.1  # seconds between looks at whether anybody still waits
_MOST_PLACES = 1_000  # that are remembered before those whose turn has come are forgotten


class Pace:
    """When each host is due, on the clock `now`; any thread may ask, and one that waits holds no other up."""

    def __init__(self, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._now, self._sleep = now, sleep
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}

    def turn(self, place: str, *, delay: float, patience: float, wanted: Callable[[], None]) -> None:
        """Wait until a host is due, and put it off by `delay` seconds for the next one.

        Raises FetchError where that takes more than `patience` seconds, at once where that is sure, and whatever
        `wanted`, which is called again and again, raises.
        """
        began = self._now()
        while (left := self._left(place, delay)) > 0:
            if self._now() + left - began > patience:
                raise FetchError(
                    f"{place} wants to be asked less often, and its next turn is in {in_words(left)}; try again then."
                )
            wanted()
            self._sleep(min(left, _POLL))

    def hold(self, place: str, seconds: float) -> None:
        """Leave a host alone for so long, at most LONGEST_HOLD."""
        with self._lock:
            due = self._now() + min(seconds, LONGEST_HOLD)
            self._due[place] = max(due, self._due.get(place, due))

    def _left(self, place: str, delay: float) -> float:
        """Seconds until a host is due; 0 takes the turn."""
        with self._lock:
            now = self._now()
            due = self._due.get(place, now)
            if due > now:
                return due - now
            if len(self._due) >= _MOST_PLACES:
                self._due = {other: time for other, time in self._due.items() if time > now}
            self._due[place] = now + delay
            return 0.0
