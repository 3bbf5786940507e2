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


class Rates:
    """So many requests for each name in any stretch of time, as `600/minute`; several as `600/minute; 20/second`.

    Empty is no limit. Raises SettingsError.
    """

    def __init__(self, setting: str) -> None:
        self._limits = _limits(setting) if setting.strip() else []
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    def wait(self, who: str) -> int:
        """Count one request; 0 where it is within the limits, else the seconds until the next one is."""
        for limit in self._limits:
            if not self._windows.hit(limit, who):
                return _seconds(self._windows.get_window_stats(limit, who).reset_time)
        return 0


class Failures:
    """Wrong keys by the client's address; after too many within a minute, none from there is looked at for its rest.

    Else a weak key could be found by trying. Of IPv6 it is the network that counts: one client has a whole one.
    """

    def __init__(self, most: int = FAILURES_A_MINUTE) -> None:
        self._limit = RateLimitItemPerMinute(most)
        # A fixed window, as its storage forgets an address with it; there may be very many.
        self._windows = FixedWindowRateLimiter(MemoryStorage())

    def wait(self, address: str) -> int:
        """0 where a key from there may be looked at, else the seconds until one may."""
        place = _network(address)
        if self._windows.test(self._limit, place):
            return 0
        return _seconds(self._windows.get_window_stats(self._limit, place).reset_time)

    def count(self, address: str) -> None:
        """One more key from there was wrong."""
        self._windows.hit(self._limit, _network(address))


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
