"""A circuit breaker: what fails again and again is left alone for a while, so that nobody waits for it in vain.

The pattern is Nygard's (Release It!, 2007).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST = 3  # failures in a row
PAUSE = 30.0  # seconds
LONGEST = 300.0  # seconds that what fails may ask to be left alone


class Breaker:
    """Closed, it admits every call; open, one for each pause, on trial, until one succeeds. Any thread may call it.

    It opens after `most` failures in a row, or at once where what fails says for how long. Who is admitted tells how it
    went, or nothing where that says nothing of what was called. `clock` gives seconds that never go back.
    """

    def __init__(self, *, most: int = MOST, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until: float | None = None  # when the next may try; None while it is closed

    @property
    def is_open(self) -> bool:
        """Whether what is called is left alone, but for trials."""
        return self._until is not None

    @property
    def seconds(self) -> float:
        """Seconds to the next trial; 0 where a call would be admitted."""
        until = self._until
        return 0.0 if until is None else max(0.0, until - self._clock())

    def admits(self) -> bool:
        """Whether a call may be made now; one on trial makes the others wait for another pause."""
        with self._lock:
            now = self._clock()
            if self._until is not None:
                if now < self._until:
                    return False
                self._until = now + self._pause
            return True

    def succeeded(self) -> bool:
        """Take note of a success; whether it closes the breaker."""
        with self._lock:
            closes = self._until is not None
            self._failures, self._until = 0, None
            return closes

    def failed(self, *, asked: float = 0.0) -> bool:
        """Take note of a failure, and of the seconds for which it asks to be left alone; whether it opens the breaker.

        What is asked for counts up to LONGEST.
        """
        with self._lock:
            opens = self._until is None
            self._failures += 1
            if self._failures < self._most and asked <= 0:
                return False
            pause = min(max(self._pause, asked), LONGEST) if asked > 0 else self._pause
            self._until = max(self._until or 0.0, self._clock() + pause)
            return opens
