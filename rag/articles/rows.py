"""What a reader gives: the items of one input, each with what it was read from, not taken apart yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

VERSION = 2  # of the readers: with another one every input is read again
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one article is to be made of: bytes of a `kind`, one of those that `making.made` knows.

    It is a value and no function, so that another process can do it. `address` and `fetched_at` are where and when a
    page was read, `given` what others said of it, as `webpages.from_html`; `is_cut` says that its end is missing.
    """

    kind: str
    data: bytes = b""
    address: str | None = None
    fetched_at: str | None = None
    given: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One item of an input.

    `place` is where it stands, as people count ("line 17", "message 3"), empty where it is all that there is. `raw` is
    a digest of what it was read from; `task` makes an article of that, or is the sentence that says why there is none.
    `address` is where a page was read; `source` what the item is known by where that is neither an address nor its
    place.
    """

    place: str
    raw: bytes
    task: Task | str
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
