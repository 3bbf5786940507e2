"""Few at a time, since of many at once all would be as late as the last; who waits and who is answered is counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rag import tracing


class Turns:
    """At most `at_once` of those who want a turn have one; any thread may ask."""

    def __init__(self, at_once: int) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._lock = threading.Lock()
        self._asked = self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many wait for a turn at this moment."""
        return self._waiting

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
        with self._lock:
            self._waiting += 1
        try:
            with tracing.span("wait"):
                self._free.acquire()
        finally:
            with self._lock:
                self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
