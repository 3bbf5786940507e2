"""Pages from the web, the one way out: public hosts alone, by a deadline, of a size, of a kind that can be read."""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from rag.errors import FetchError
from rag.fetch.addresses import Address, is_public, parse

if TYPE_CHECKING:
    from rag.fetch.wire import Connect, Reply, Resolve

KINDS = frozenset({"text/html", "application/xhtml+xml", "text/plain", "application/json", "application/pdf"})
_MOVED = frozenset({301, 302, 303, 307, 308})
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one page may take: bytes on the wire and again unpacked, seconds in all, redirects."""

    max_bytes: int = 10_000_000
    seconds: float = 20.0
    redirects: int = 5


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


def fetch(
    url: str,
    *,
    limits: Limits = Limits(),
    allow_private: bool = False,
    stop: threading.Event | None = None,
    resolve: Resolve | None = None,
    connect: Connect | None = None,
) -> Fetched:
    """The page at an http or https address of a public host; raises FetchError, whose sentence does not name the page.

    Each host's addresses are checked as they are connected to, also after a redirect. `allow_private`, `resolve` and
    `connect` are for tests: hosts and ports of any kind, another way to look up a name, another way to connect.
    """
    from rag.fetch import wire  # slow to load

    address = parse(url, allow_private=allow_private)
    clock = wire.Clock(limits.seconds, stop)
    allowed = (lambda number: True) if allow_private else is_public
    guard = wire.Guard(clock, allowed, resolve or wire.resolved, connect or wire.connected)
    for _ in range(limits.redirects + 1):
        with wire.opened(address, guard) as reply:
            if reply.status not in _MOVED:
                return _fetched(address, reply, most=limits.max_bytes)
            address = _next(address, reply.headers.get("location", ""), allow_private=allow_private)
    raise FetchError(f"The page redirects more than {limits.redirects} times; give the address that it ends at.")


def _next(address: Address, location: str, *, allow_private: bool) -> Address:
    """Where a redirect leads; raises FetchError."""
    if not location:
        raise FetchError("The page redirects to nowhere; check the address.")
    try:
        # what urljoin would take out of an address stays in it
        joined = urljoin(str(address), location) if location.isprintable() else location
        following = parse(joined, allow_private=allow_private)
    except ValueError as error:
        raise FetchError(
            f"The page redirects to {_shown(location)}, which cannot be read; it is not followed."
        ) from error
    except FetchError as error:
        raise FetchError(f"The page redirects to {_shown(location)}, which is not fetched: {error}") from error
    if (address.scheme, following.scheme) == ("https", "http"):
        raise FetchError(f"The page redirects to {_shown(location)}, from https to plain http; it is not followed.")
    return following


def _fetched(address: Address, reply: Reply, *, most: int) -> Fetched:
    if reply.status != 200:
        raise FetchError(_refusal(reply.status))
    stated = reply.headers.get("content-type", "")
    kind = stated.partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise FetchError(
            f"It is {_shown(kind) or 'of no stated type'}, and no page, text, JSON or PDF; give the article's own page."
        )
    charset = _CHARSET.search(stated[:300])
    return Fetched(
        url=str(address),
        content=_content(reply.headers, reply, most=most),
        content_type=kind,
        charset=charset[1].lower() if charset else None,
        fetched_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _refusal(status: int) -> str:
    if status in {404, 410}:
        return f"There is no page at the address (HTTP {status}); check it."
    if status >= 500:
        return f"The server failed (HTTP {status}); try later, or save the page as a file."
    return f"The server does not give out the page (HTTP {status}); save it as a file from a browser and give that."


def _content(headers: Mapping[str, str], reply: Reply, *, most: int) -> bytes:
    """The body unpacked, piece by piece: a small one may unpack to more than there is memory for."""
    packing = headers.get("content-encoding", "").strip().lower()
    if packing not in _PACKED | {"", "identity"}:
        raise FetchError(f"The server packs the page as {_shown(packing)}, which is not read; save it as a file.")
    unpacker = zlib.decompressobj(wbits=47) if packing in _PACKED else None  # 47: gzip or zlib, whichever it is
    content, received = bytearray(), 0
    for chunk in reply.chunks:
        received += len(chunk)
        try:
            content += unpacker.decompress(chunk, most + 1 - len(content)) if unpacker else chunk
        except zlib.error as error:
            raise FetchError("The page came packed and damaged; try later, or save it as a file.") from error
        if max(received, len(content)) > most:
            raise FetchError(f"The page has more than {most / 1e6:g} MB; save its text as a file and give that.")
        if unpacker and unpacker.unused_data:
            break
    if unpacker and (unpacker.unused_data or not unpacker.eof):
        raise FetchError("The page came packed and damaged; try later, or save it as a file.")
    return bytes(content)


def _shown(text: str) -> str:
    """What a server said, as it can be printed: short, on one line, without anything that a terminal obeys."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])
