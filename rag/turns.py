"""Few at a time, first come, first served: of many at once all would be as late as the last. Who waits is counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rag import tracing


class Turns:
    """At most `at_once` of those who want a turn have one; any thread may ask."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._queue: deque[threading.Event] = deque()  # of those who wait; a semaphore would let any of them go first
        self._lock = threading.Lock()
        self._asked = 0

    @property
    def waiting(self) -> int:
        """How many wait for a turn at this moment."""
        return len(self._queue)

    @property
    def asked(self) -> int:
        """How many questions are being answered at this moment, those included that wait."""
        return self._asked

    @contextmanager
    def question(self) -> Iterator[None]:
        """Count a question until the end of the block."""
        with self._lock:
            self._asked += 1
        try:
            yield
        finally:
            with self._lock:
                self._asked -= 1

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, a stage of its own, and have it until the end of the block."""
        with tracing.span("wait"):
            self._take()
        try:
            yield
        finally:
            with self._lock:
                self._free += 1
                self._serve()

    def _take(self) -> None:
        mine = threading.Event()
        with self._lock:
            self._queue.append(mine)
            self._serve()
        try:
            mine.wait()
        except BaseException:  # interrupted: a turn that came meanwhile is somebody else's
            with self._lock:
                if mine in self._queue:
                    self._queue.remove(mine)
                else:
                    self._free += 1
                    self._serve()
            raise

    def _serve(self) -> None:
        """Give what turns are free to those who have waited longest; with the lock held."""
        while self._free and self._queue:
            self._free -= 1
            self._queue.popleft().set()
