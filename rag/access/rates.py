"""How often: requests by who makes them, and keys that were wrong by where they came from. Counts are in memory."""

from __future__ import annotations

import ipaddress
import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from rag.errors import SettingsError

FAILURES_A_MINUTE = 20
SET_BACK = 2.0  # seconds that a clock may be corrected by


class Rates:
    """So many requests for each name in any stretch of time, as `600/minute`; several as `600/minute; 20/second`.

    Empty is no limit. Raises SettingsError.
    """

    def __init__(self, setting: str) -> None:
        self._limits = _limits(setting) if setting.strip() else []
        self._counts, self._clock = MemoryStorage(), _Clock()
        self._windows = MovingWindowRateLimiter(self._counts)

    def wait(self, who: str) -> int:
        """Count one request; 0 where it is within the limits, else the seconds until the next one is."""
        if self._clock.was_set_back():
            self._counts.reset()
        for limit in self._limits:
            if not self._windows.hit(limit, who):
                return _seconds(self._windows.get_window_stats(limit, who).reset_time)
        return 0


class Failures:
    """Wrong keys by the client's address; after too many within a minute, a short one is not let in from there either.

    Else a weak key could be found by trying. Of IPv6 it is the network that counts: one client has a whole one.
    """

    def __init__(self, most: int = FAILURES_A_MINUTE) -> None:
        self._limit = RateLimitItemPerMinute(most)
        # A fixed window, as its storage forgets an address with it; there may be very many.
        self._counts, self._clock = MemoryStorage(), _Clock()
        self._windows = FixedWindowRateLimiter(self._counts)

    def wait(self, address: str) -> int:
        """0 where any key from there may be let in, else the seconds until it may."""
        if self._clock.was_set_back():
            self._counts.reset()
        place = _network(address)
        if self._windows.test(self._limit, place):
            return 0
        return _seconds(self._windows.get_window_stats(self._limit, place).reset_time)

    def count(self, address: str) -> None:
        """One more key from there was wrong."""
        self._windows.hit(self._limit, _network(address))


class _Clock:
    """Notices when the wall clock, by which counts are kept, is set back: they would last for as long."""

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def was_set_back(self) -> bool:
        """Whether it was since the last time."""
        before, self._ahead = self._ahead, time.time() - time.monotonic()
        return self._ahead < before - SET_BACK


def _limits(setting: str) -> list[RateLimitItem]:
    try:
        found = parse_many(setting)
    except ValueError:
        found = []
    if not found or any(limit.amount < 1 or limit.get_expiry() < 1 for limit in found):
        raise SettingsError(f"RATE_LIMIT: {setting!r} is not a rate; write one as 600/minute, or leave it empty.")
    return found


def _seconds(until: float) -> int:
    return max(1, math.ceil(until - time.time()))


def _network(address: str) -> str:
    """What counts as one place: an IPv4 address, an IPv6 network of 64 bits, else the name as it is."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))
