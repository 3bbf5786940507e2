"""The robots.txt of every host that was asked for, remembered for as long as RFC 9309 lets them be."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rag.errors import FetchError
from rag.fetch import replies, robots
from rag.fetch.addresses import Address
from rag.fetch.robots import Rules

if TYPE_CHECKING:
    from rag.fetch.wire import Deadline, Guard

KEPT = 24 * 3600.0  # seconds that rules hold (RFC 9309, 2.4)
AGAIN = 60.0  # seconds until rules that could not be had are asked for again
REDIRECTS = 5  # (RFC 9309, 2.3.1.2)
MOST_REMEMBERED = 2_000_000  # characters of all hosts' rules together
_LEAST_SIZE = 1_000  # characters that a host without rules counts as
_POLL = 0.1  # seconds between looks at whether anybody still waits


@dataclass(slots=True)
class _Entry:
    """The rules of one host, or why they could not be had, until `expires`; whoever asks for them has the `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Rules | None = None
    trouble: str = ""
    expires: float = float("-inf")

    @property
    def size(self) -> int:
        return _LEAST_SIZE + (self.rules.size if self.rules else 0)


class Rulebook:
    """Rules by host for any thread, on the clock `now`; `ask` gets those of an address's host, or raises FetchError."""

    def __init__(self, ask: Callable[[Address, Deadline], Rules], now: Callable[[], float]) -> None:
        self._ask, self._now = ask, now
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # by scheme and place, the last asked for at the end

    def rules(self, address: Address, deadline: Deadline) -> Rules:
        """What an address's host asks of us; raises FetchError where that is not to be had.

        What was known of it before goes on to hold then, and what could not be had is asked for again in a minute.
        """
        entry = self._entry(f"{address.scheme}://{address.place}")
        with _held(entry.lock, deadline):
            if self._now() >= entry.expires:
                self._renew(entry, address, deadline)
            if entry.rules is None:
                raise FetchError(entry.trouble)
            return entry.rules

    def _renew(self, entry: _Entry, address: Address, deadline: Deadline) -> None:
        try:
            entry.rules = self._ask(address, deadline)
            entry.expires = self._now() + KEPT
        except FetchError as error:
            deadline.wanted()  # that it was stopped says nothing of the host
            entry.trouble, entry.expires = str(error), self._now() + AGAIN

    def _entry(self, origin: str) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(origin, _Entry())
            self._entries.move_to_end(origin)
            size = sum(each.size for each in self._entries.values())
            while size > MOST_REMEMBERED and len(self._entries) > 1:
                size -= self._entries.popitem(last=False)[1].size
            return entry


def asked(address: Address, *, guard: Guard, agent: str, token: str, allow_private: bool) -> Rules:
    """The rules for the robot `token` as an address's host says them now; raises FetchError.

    A host that says 4xx has none, one that fails or wants to be left alone is not to be fetched from (RFC 9309, 2.3.1).
    """
    from rag.fetch import wire  # slow to load

    place, address = address.place, replace(address, target="/robots.txt")
    for _ in range(REDIRECTS + 1):
        with wire.opened(address, guard, [("User-Agent", agent)]) as reply:
            try:
                if reply.status in replies.MOVED:
                    location = reply.headers.get("location", "")
                    address = replies.next_address(address, location, allow_private=allow_private)
                    continue
                if 200 <= reply.status < 300:
                    content, whole = replies.body(reply, most=robots.MOST_BYTES)
                    return robots.parse(content, token=token, whole=whole)
            except FetchError as error:
                raise FetchError(
                    f"The robots.txt of {place}, which says what may be fetched, fails: {error}"
                ) from error
            if reply.status in replies.LATER or not 400 <= reply.status < 500:
                raise FetchError(
                    f"What {place} lets programs fetch is not known, as its robots.txt is not to be had "
                    f"(HTTP {reply.status}); try later, or save the page as a file."
                )
            return Rules(token=token)
    return Rules(token=token)  # as one that is not there


@contextmanager
def _held(lock: threading.Lock, deadline: Deadline) -> Iterator[None]:
    """The lock, by the deadline."""
    while not lock.acquire(timeout=_POLL):
        deadline.left()
    try:
        yield
    finally:
        lock.release()
