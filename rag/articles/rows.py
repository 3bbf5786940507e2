"""What a reader gives: the items of one input, each with what it was read from, not taken apart yet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from rag.articles.drafts import Draft

VERSION = 2  # of the readers: with another one every input is read again
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item of an input.

    `place` is where it stands, as people count ("line 17", "message 3"), empty where it is all that there is. `raw` is
    a digest of what it was read from; `draft` takes that apart, and raises ArticleError. `address` is where a page was
    read; `source` what the item is known by where that is neither an address nor its place.
    """

    place: str
    raw: bytes
    draft: Callable[[], Draft]
    address: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Where and when an input was read, if that is known, and what others said of it, as `webpages.from_html`."""

    address: str | None = None
    fetched_at: str | None = None
    charset: str | None = None
    given: Mapping[str, str] = field(default_factory=lambda: NOTHING)


def digest(data: bytes, *said: object) -> bytes:
    """16 bytes that stand for an input: its bytes, and what else decides on what is read out of them."""
    found = hashlib.sha256(repr((VERSION, *said)).encode("utf-8", "surrogatepass"))
    found.update(b"\0")
    found.update(data)
    return found.digest()[:16]


def lines(file: BinaryIO, *, most: int) -> Iterator[bytes | None]:
    """The lines of a file with their ends, one at a time; None for one of more than `most` bytes."""
    while line := file.readline(most + 1):
        if len(line) <= most:
            yield line
            continue
        yield None
        while line and not line.endswith(b"\n"):
            line = file.readline(most)
