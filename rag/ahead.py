"""Work done ahead of whoever needs it: an iterator read in a thread of its own, a bounded number of items before."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

POLL = 0.1  # seconds between looks at whether anybody still reads


@dataclass(frozen=True, slots=True)
class _Failure:
    error: BaseException


class _End:
    """What comes after the last item."""


class _Items(Generic[T]):
    """What a thread has read and nobody has taken yet."""

    def __init__(self, most: int) -> None:
        self._queue: queue.Queue[T | _Failure | _End] = queue.Queue(most)
        self._left = threading.Event()

    def fill(self, items: Iterable[T]) -> None:
        """Read all of it, as long as somebody takes it; what it raises is passed on."""
        try:
            for item in items:
                if not self._put(item):
                    return
            self._put(_End())
        except BaseException as error:  # noqa: BLE001 - it is raised where the items are taken
            self._put(_Failure(error))
        finally:
            if isinstance(items, Generator):
                items.close()

    def _put(self, item: T | _Failure | _End) -> bool:
        while not self._left.is_set():
            try:
                self._queue.put(item, timeout=POLL)
            except queue.Full:
                continue
            return True
        return False

    def take(self) -> Generator[T]:
        """The items as they come."""
        while True:
            item = self._queue.get()
            if isinstance(item, _End):
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item

    def leave(self) -> None:
        """Take no more."""
        self._left.set()


def ahead(items: Iterable[T], *, most: int) -> Generator[T]:
    """The items, in order, read in a thread of its own, at most `most` of them before they are taken.

    An exception comes where the item that it came for would have. Whoever stops taking closes this, and the items are
    read no further; they are closed in their own thread.
    """
    waiting = _Items[T](most)
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(waiting.fill, items), name="reading ahead")
    thread.start()
    try:
        yield from waiting.take()
    finally:
        waiting.leave()
        thread.join()
