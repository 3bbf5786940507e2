"""What one reply brings: a page, unpacked and of a kind that can be read, or a sentence that says why it is none."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from rag.errors import FetchError
from rag.fetch.addresses import Address, parse
from rag.fetch.kinds import kind_of
from rag.fetch.values import Fetched, NotModified, Validators

if TYPE_CHECKING:
    from rag.fetch.wire import Reply

MOVED = frozenset({301, 302, 303, 307, 308})
LATER = frozenset({429, 503})  # statuses that may say when to come again

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_CHARSET = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
_SECONDS = re.compile(r"[0-9]{1,9}")
_LONGEST_VALIDATOR = 500  # characters


class LaterError(FetchError):
    """The server said how many seconds it wants to be left alone; `place` is where."""

    def __init__(self, sentence: str, *, place: str, seconds: float) -> None:
        super().__init__(sentence)
        self.place, self.seconds = place, seconds


def read(address: Address, reply: Reply, *, known: Validators, most: int) -> Fetched | NotModified:
    """What a reply that is no redirect brings; raises FetchError. `known` are those that it was asked with."""
    now = datetime.now(UTC)
    fetched_at = now.isoformat(timespec="seconds")
    if reply.status == 304 and conditions(known):
        return NotModified(url=str(address), fetched_at=fetched_at)
    if reply.status != 200:
        raise _refusal(address, reply, now=now)
    stated = reply.headers.get("content-type", "")
    named = stated.partition(";")[0].strip().lower()
    kind = kind_of(named, address)
    if kind is None:
        raise FetchError(f"It is {shown(named) or 'of no stated type'}, which is not read; give an article's own page.")
    charset = _CHARSET.search(stated[:300])
    content, whole = body(reply, most=most)
    if not whole:
        raise FetchError(f"The page has more than {most / 1e6:g} MB; save its text as a file and give that.")
    return Fetched(
        url=str(address),
        content=content,
        content_type=kind,
        charset=charset[1].lower() if charset else None,
        fetched_at=fetched_at,
        validators=_validators(address, reply.headers),
    )


def next_address(address: Address, location: str, *, allow_private: bool) -> Address:
    """Where a redirect leads; raises FetchError."""
    if not location:
        raise FetchError("The page redirects to nowhere; check the address.")
    try:
        # what urljoin would take out of an address stays in it
        joined = urljoin(str(address), location) if location.isprintable() else location
        following = parse(joined, allow_private=allow_private)
    except ValueError as error:
        raise FetchError(
            f"The page redirects to {shown(location)}, which cannot be read; it is not followed."
        ) from error
    except FetchError as error:
        raise FetchError(f"The page redirects to {shown(location)}, which is not fetched: {error}") from error
    if (address.scheme, following.scheme) == ("https", "http"):
        raise FetchError(f"The page redirects to {shown(location)}, from https to plain http; it is not followed.")
    return following


def body(reply: Reply, *, most: int) -> tuple[bytes, bool]:
    """The first `most` bytes of a body, unpacked piece by piece, and whether they are all; raises FetchError.

    A small body may unpack to more than there is memory for; one that is larger packed is cut there too.
    """
    packing = reply.headers.get("content-encoding", "").strip().lower()
    if packing not in _PACKED | {"", "identity"}:
        raise FetchError(f"The server packs the page as {shown(packing)}, which is not read; save it as a file.")
    unpacker = zlib.decompressobj(wbits=47) if packing in _PACKED else None  # 47: gzip or zlib, whichever it is
    content, received = bytearray(), 0
    for chunk in reply.chunks:
        received += len(chunk)
        try:
            content += unpacker.decompress(chunk, most + 1 - len(content)) if unpacker else chunk
        except zlib.error as error:
            raise FetchError("The page came packed and damaged; try later, or save it as a file.") from error
        if max(received, len(content)) > most:
            return bytes(content[:most]), False
        if unpacker and unpacker.unused_data:
            break
    if unpacker and (unpacker.unused_data or not unpacker.eof):
        raise FetchError("The page came packed and damaged; try later, or save it as a file.")
    return bytes(content), True


def conditions(known: Validators) -> list[tuple[str, str]]:
    """The headers that ask for a page only if it is another; what no server says in a header is left out."""
    pairs = (("If-None-Match", known.etag), ("If-Modified-Since", known.last_modified))
    return [(name, value) for name, value in pairs if value and _is_plain(value)]


def shown(text: str) -> str:
    """What a server said, as it can be printed: short, on one line, without anything that a terminal obeys."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])


def in_words(seconds: float) -> str:
    """A stretch of time as people say it: "40 seconds", "3 minutes", "2 days"."""
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}s"
    count = max(1, round(seconds))
    return f"{count} second{'s' if count > 1 else ''}"


def _validators(address: Address, headers: Mapping[str, str]) -> Validators:
    etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
    return Validators(
        etag=etag if _is_plain(etag) else None,
        last_modified=modified if _is_plain(modified) else None,
        url=str(address),
    )


def _is_plain(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_VALIDATOR and value.isascii() and value.isprintable()


def _refusal(address: Address, reply: Reply, *, now: datetime) -> FetchError:
    status = reply.status
    seconds = _seconds(reply.headers, now=now) if status in LATER else None
    if seconds is not None:
        sentence = f"The server asks to be left alone for {in_words(seconds)} (HTTP {status}); try again after that."
        return LaterError(sentence, place=address.place, seconds=seconds)
    if status in {404, 410}:
        return FetchError(f"There is no page at the address (HTTP {status}); check it.")
    if status >= 500:
        return FetchError(f"The server failed (HTTP {status}); try later, or save the page as a file.")
    return FetchError(
        f"The server does not give out the page (HTTP {status}); save it as a file from a browser and give that."
    )


def _seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """What a Retry-After says, in seconds from now, by the server's own clock where it has one; None for nothing."""
    stated = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(stated):
        return float(stated)
    then = _instant(stated)
    return None if then is None else max(0.0, (then - (_instant(headers.get("date", "")) or now)).total_seconds())


def _instant(stated: str) -> datetime | None:
    """A date as HTTP writes it; None for anything else."""
    if not stated or len(stated) > 40:
        return None
    try:
        found = parsedate_to_datetime(stated)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
