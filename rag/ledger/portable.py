"""What a library is as one portable file: an SQLite file of these tables, made anew each time, for any machine.

There is nothing in it that can be derived: no ids of passages, no indexes. Ids, revisions and offsets are the library's
own, so that a citation leads to the words that it led to. Vectors are float32, little-endian; those of sentences, in
which only directions matter, have a signed byte for each component. `meta` says by which embedding model they were
made, how much there is, and the SHA-256 of all rows, which is equal for equal libraries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from rag.ledger.database import Row, Value

APPLICATION, FORMAT = 0x43524F50, 1  # "CROP", in the file's header; the format of the tables
VECTORS = "float32 and int8, little-endian"
_BYLINE = ("title", "outlet", "url", "author", "published_at", "modified_at")
# `copies` is the group of copies that an article is in.
TABLES: Mapping[str, tuple[str, ...]] = {
    "articles": (
        *("number", "id", "source", "revision", "text", "ingested_at", *_BYLINE),
        *("language", "dateline", "dateline_day", "origin", "copies", "findings", "defects"),
    ),
    "passages": ("article_id", "ordinal", "start", "end", "vector", "sentences"),
    "revisions": ("article_id", "revision", "text", "ingested_at", "replaced_at", *_BYLINE),
    "inputs": ("digest", "article_id"),
    "visits": ("url", "etag", "last_modified", "said_by", "article_id"),
    "removed": ("source", "digest", "removed_at"),
}


def quoted(column: str) -> str:
    """The name of a column as SQL has it: some of them are words of its own."""
    return f'"{column}"'


SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    *(
        f"CREATE TABLE {table} (place INTEGER PRIMARY KEY, {', '.join(map(quoted, columns))})"
        for table, columns in TABLES.items()
    ),
)
LONGEST = 16_000_000  # bytes of one value: several times the longest text


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a portable file holds: how much, by which embedding model, and the SHA-256 of all its rows, in hex."""

    articles: int
    passages: int
    fingerprint: str
    dimension: int
    sha256: str


class Hash:
    """The SHA-256 of all rows: that of the digests of the tables, `meta` first, each of its rows in their order.

    Of a row every value is hashed with its kind and length: `t5:Hello`, `b3:` and three bytes, `i42;`, `-` for NULL;
    `f0.5;` for a number that is not whole, of which a library has none.
    """

    def __init__(self) -> None:
        self._tables = {table: hashlib.sha256() for table in ("meta", *TABLES)}

    def add(self, table: str, row: Row) -> None:
        """Hash one more row."""
        self._tables[table].update(b"".join(map(_told, row)))

    def hex(self) -> str:
        """That of all rows so far."""
        return hashlib.sha256(b"".join(one.digest() for one in self._tables.values())).hexdigest()


def _told(value: Value) -> bytes:
    if value is None:
        return b"-"
    if isinstance(value, int):
        return b"i%d;" % value
    if isinstance(value, float):
        return f"f{value!r};".encode()
    kind, content = (b"t", value.encode()) if isinstance(value, str) else (b"b", value)
    return kind + b"%d:" % len(content) + content
