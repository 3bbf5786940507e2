"""Inputs whose items are found only by taking them apart: JSON, and web archives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from rag.articles import objects, warc
from rag.articles.rows import Read, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A file of `size` bytes, of which no item may have more than `most`, and what it is said to be."""

    file: BinaryIO
    kind: str
    size: int
    most: int
    read: Read = field(default_factory=Read)


def split(given: Input) -> Iterator[Row]:
    """The items of a JSON file or a web archive, as they are read; raises ArticleError, also after some of them."""
    if given.kind == "archive":
        yield from warc.from_warc(given.file, size=given.size, most=given.most)
    else:
        yield from objects.from_json(given.file.read(given.size + 1))
