"""What passes through the way out to the web: limits, what was at an address, what proves that it is still the same."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one page may take: bytes on the wire and again unpacked, seconds in all, redirects.

    `delay` is the least number of seconds between two requests to one host, `patience` the most that a page waits for
    its turn; the time that it waits is not counted in `seconds`.
    """

    max_bytes: int = 10_000_000
    seconds: float = 20.0
    redirects: int = 5
    delay: float = 1.0
    patience: float = 60.0


LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """A server's own words for the state of a page, which it is given back to be asked for a newer one only.

    `url` is the address that said them, after redirects: no other is given them, as it would take them for its own.
    Where it is None that is the address that is asked first.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


NOTHING_KNOWN = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was at an address, unpacked.

    `url` is the last one after redirects, normalised, without a fragment; `content_type` one of KINDS, `charset` what
    the server said of it; `fetched_at` an ISO instant.
    """

    url: str
    content: bytes
    content_type: str
    fetched_at: str
    charset: str | None = None
    validators: Validators = NOTHING_KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """The server's word that a page is still what its validators stand for; `url` and `fetched_at` as of Fetched."""

    url: str
    fetched_at: str


class Get(Protocol):
    """A way to what is at an address, as `Client.get` is; raises FetchError."""

    def __call__(
        self, url: str, /, *, known: Validators | None = None, stop: threading.Event | None = None
    ) -> Fetched | NotModified:
        """What is there, or that it is what is known."""
