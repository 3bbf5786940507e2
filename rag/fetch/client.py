"""Pages got one after the other as a guest does: by robots.txt, in turns, under our name, and only what is new."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag.errors import FetchError
from rag.fetch import rulebook
from rag.fetch.addresses import Address, parse
from rag.fetch.exchange import NAME, follow, guarded, user_agent
from rag.fetch.pace import Pace
from rag.fetch.replies import LaterError
from rag.fetch.robots import Rules
from rag.fetch.rulebook import Rulebook
from rag.fetch.values import LIMITS, NOTHING_KNOWN, Fetched, Limits, NotModified, Validators

if TYPE_CHECKING:
    from rag.fetch.wire import Connect, Deadline, Guard, Resolve

ROBOTS_SECONDS = 10.0  # that a host's rules may take to come
_TOKEN = re.compile(r"[A-Za-z_-]+")


class Client:
    """A way out to the web for many pages; any thread may call, until it is closed, which also ends what still waits.

    `get` obeys robots.txt, also for an address that a person named, and at every redirect. Between two pages of a host
    it lets `limits.delay` seconds pass, or what Crawl-delay or Request-rate say, at most 30; where a server says when
    to come again (429, 503) it does so once, within `limits.patience`, and leaves the host alone till then. robots.txt
    itself takes no turn. `agent` is told to the sites; the word that it begins with is what a robots.txt calls us. The
    others are for tests: `allow_private`, `resolve` and `connect` as `fetch` has them, and another clock, in seconds,
    with a `sleep` that moves it.
    """

    def __init__(
        self,
        *,
        limits: Limits = LIMITS,
        agent: str | None = None,
        allow_private: bool = False,
        resolve: Resolve | None = None,
        connect: Connect | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits, self._agent = limits, agent or user_agent()
        self._allow_private, self._resolve, self._connect = allow_private, resolve, connect
        self._pace, self._rulebook, self._closed = Pace(clock, sleep), Rulebook(self._asked, clock), threading.Event()

    def close(self) -> None:
        """End what waits and what is being fetched; nothing is fetched from now on."""
        self._closed.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def get(
        self, url: str, /, *, known: Validators | None = None, stop: threading.Event | None = None
    ) -> Fetched | NotModified:
        """What is at an address, or that it is still what `known` stands for; raises FetchError as `fetch` does.

        `stop` ends it, also while it waits for its turn.
        """
        address = parse(url, allow_private=self._allow_private)
        try:
            return self._got(address, known or NOTHING_KNOWN, stop)
        except LaterError as later:
            if later.seconds > self._limits.patience:
                raise
        return self._got(address, known or NOTHING_KNOWN, stop)

    def _got(self, address: Address, known: Validators, stop: threading.Event | None) -> Fetched | NotModified:
        from rag.fetch import wire  # slow to load

        deadline = wire.Deadline(self._limits.seconds, stop, self._closed)

        def enter(address: Address) -> None:
            with deadline.paused():
                self._enter(address, deadline, wire.Deadline(ROBOTS_SECONDS, stop, self._closed))

        try:
            return follow(
                address,
                guard=self._guard(deadline),
                limits=self._limits,
                agent=self._agent,
                known=known,
                enter=enter,
                allow_private=self._allow_private,
            )
        except LaterError as later:
            self._pace.hold(later.place, later.seconds)
            raise

    def _enter(self, address: Address, deadline: Deadline, robots_deadline: Deadline) -> None:
        """Wait until an address may be asked for; raises FetchError where it may not."""
        rules = self._rulebook.rules(address, robots_deadline)
        if not rules.allow(address):
            raise FetchError(
                f"The robots.txt of {address.place} asks programs to leave this page alone; save it as a file from a "
                "browser and give that."
            )
        delay = max(rules.delay(), self._limits.delay)
        self._pace.turn(address.place, delay=delay, patience=self._limits.patience, wanted=deadline.wanted)

    def _asked(self, address: Address, deadline: Deadline) -> Rules:
        named = _TOKEN.match(self._agent)
        return rulebook.asked(
            address,
            guard=self._guard(deadline),
            agent=self._agent,
            token=named[0] if named else NAME,
            allow_private=self._allow_private,
        )

    def _guard(self, deadline: Deadline) -> Guard:
        return guarded(deadline, allow_private=self._allow_private, resolve=self._resolve, connect=self._connect)
