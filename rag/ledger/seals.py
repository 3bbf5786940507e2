"""Seals: a CRC-32 beside what a row says, by which damage on the disk is noticed when the row is read.

SQLite notices a page that makes no sense, and not a letter that has become another. A part of `ledger`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from rag.errors import LibraryDamageError
from rag.ledger.database import Value

# What the seal of an article is made of, in this order; its text and the word of its group have their own.
ARTICLE = (
    *("id", "revision", "title", "outlet", "url", "author", "published_at", "modified_at", "origin"),
    *("source", "digest", "ingested_at", "language", "dateline", "dateline_day", "findings", "defects"),
)
REVISION = (
    *("article_id", "revision", "ingested_at", "replaced_at"),
    *("title", "outlet", "url", "author", "published_at", "modified_at"),
)
PASSAGE = ("id", "article_id", "ordinal", "start", '"end"', "vectors_start", "vectors_end")


def of_values(*values: object) -> int:
    """The seal of columns with texts, each of which may be NULL."""
    said = "\x1f".join("\0" if value is None else str(value) for value in values)
    return zlib.crc32(said.encode("utf-8", "replace"))


def of_passage(*values: object) -> int:
    """The seal of a passage but for its sentences: of what PASSAGE names."""
    return zlib.crc32(" ".join(map(str, values)).encode("utf-8", "replace"))


def of_sentences(name: str, vectors: object) -> int:
    """The seal of the vectors of a passage's sentences."""
    return zlib.crc32(blob(vectors), zlib.crc32(name.encode()))


def word(name: str) -> str:
    """A word that has its seal in its last eight letters, since what it is written to is sealed by itself."""
    return f"{name}{of_values(name):08x}"


def is_word(said: object) -> bool:
    """Whether it is such a word, unharmed."""
    return isinstance(said, str) and said == word(said[:-8])


def blob(value: object) -> bytes:
    """The value, if it is what it should be: a damaged row may hold anything."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


# for SQL to call
FUNCTIONS: dict[str, Callable[..., Value]] = {
    "seal": of_values,
    "seal_word": word,
}


def require(right: bool, article_id: str, what: str) -> None:
    """Raise LibraryDamageError unless `what` of an article is `right`."""
    if not right:
        raise LibraryDamageError(
            f"The article {article_id} is damaged in the ledger ({what} is not what was put in); remove it with "
            f"`python ingest.py --remove {article_id}` and take it in again, named by itself, or restore the library "
            "from a copy."
        )
