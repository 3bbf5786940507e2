"""A ledger's snapshot written to a portable file, whole or not at all, and read back before it has its name."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from rag import directions
from rag.errors import LibraryError, UsageError
from rag.ledger import groups, imported, seals
from rag.ledger import rows as rows_of
from rag.ledger.database import Row, Transaction, sync, translated
from rag.ledger.portable import APPLICATION, FORMAT, LONGEST, SCHEMA, TABLES, VECTORS, Contents, Hash


def write(ledger: Transaction, path: Path, *, fingerprint: str, dimension: int) -> Contents:
    """Write all of it to a new file; raises UsageError, and LibraryError where the ledger is damaged or the disk full.

    Until every byte is on disk, and was read back as an import reads it, the file lies beside `path`, as `*.partial`.
    """
    _require_free(path)
    try:
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".partial", dir=path.parent)
    except OSError as error:
        raise UsageError(
            f"{path}: it cannot be made ({error.strerror}); name a folder that can be written to."
        ) from error
    partial = Path(name)
    try:
        with translated(path), closing(sqlite3.connect(partial, isolation_level=None)) as target:
            made = _Writer(target).write(ledger, fingerprint=fingerprint, dimension=dimension)
        os.fsync(descriptor)
        imported.verify(partial)
        _require_free(path)
        partial.rename(path)
        sync(path.parent)
    except OSError as error:
        raise LibraryError(f"{path}: it cannot be written ({error.strerror}); make room and try again.") from error
    finally:
        os.close(descriptor)
        partial.unlink(missing_ok=True)
    return made


def _require_free(path: Path) -> None:
    if os.path.lexists(path):
        raise UsageError(f"{path}: there is such a file already, and it is left as it is; give another name.")


class _Writer:
    """Fills a new file; nobody sees it before it is whole, so that it needs no journal."""

    def __init__(self, target: sqlite3.Connection) -> None:
        self._target = target
        self._hash = Hash()
        target.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        for statement in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "BEGIN", *SCHEMA):
            target.execute(statement)

    def write(self, ledger: Transaction, *, fingerprint: str, dimension: int) -> Contents:
        """Write all that there is."""
        articles = passages = 0
        for article_id, number in ledger.each("SELECT id, number FROM articles ORDER BY number"):
            articles += self._put("articles", [_article(ledger, article_id, number)])
            passages += self._put("passages", _passages(ledger, article_id, dimension))
        self._put("revisions", _revisions(ledger))
        for table, key in (("inputs", "digest"), ("visits", "url"), ("removed", "source")):
            self._put(table, ledger.each(f"SELECT {', '.join(TABLES[table])} FROM {table} ORDER BY {key}"))
        meta = {
            "articles": articles,
            "copies": groups.METHOD if groups.are_noted(ledger) else "",
            "dimension": dimension,
            "fingerprint": fingerprint,
            "passages": passages,
            "vectors": VECTORS,
        }
        for key, value in meta.items():
            self._hash.add("meta", (key, str(value)))
        made = Contents(
            articles=articles,
            passages=passages,
            fingerprint=fingerprint,
            dimension=dimension,
            sha256=self._hash.hex(),
        )
        rows = ((key, str(value)) for key, value in (meta | asdict(made)).items())
        self._target.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        self._target.execute(f"PRAGMA application_id = {APPLICATION}")
        self._target.execute(f"PRAGMA user_version = {FORMAT}")
        self._target.execute("COMMIT")
        return made

    def _put(self, table: str, rows: Iterable[Row]) -> int:
        """Write rows in their order, and say how many."""
        statement = f"INSERT INTO {table} VALUES (NULL{', ?' * len(TABLES[table])})"
        count = 0
        for row in rows:
            self._hash.add(table, row)
            self._target.execute(statement, row)
            count += 1
        return count


def _article(ledger: Transaction, article_id: str, number: int) -> Row:
    row = ledger.row(f"SELECT {rows_of.BYLINE}, {rows_of.TEXT} FROM articles WHERE id = ?", article_id)
    assert row is not None
    article = rows_of.article(row)
    columns = rows_of.columns(article) | {"text": article.text}
    return (number, *(columns[name] for name in TABLES["articles"][1:]))


def _passages(ledger: Transaction, article_id: str, dimension: int) -> Iterator[Row]:
    sentences = ledger.each(
        f"SELECT {rows_of.SENTENCES} FROM {rows_of.JOINED} WHERE passages.article_id = ? ORDER BY ordinal", article_id
    )
    query = f"SELECT {rows_of.PASSAGE} FROM passages WHERE article_id = ? ORDER BY ordinal"
    for passage, kept in zip(ledger.each(query, article_id), sentences, strict=True):
        rows_of.require_whole(passage)
        _, _, ordinal, start, end, *_ = passage
        [said] = rows_of.vectors([rows_of.sentences(kept)], dimension)
        own = directions.means([said], dimension).astype("<f4").tobytes()
        yield article_id, ordinal, start, end, own, directions.in_bytes(said).tobytes()


def _revisions(ledger: Transaction) -> Iterator[Row]:
    columns = ", ".join((*seals.REVISION, "seal", "text", "text_seal"))
    for *known, seal, text, text_seal in ledger.each(f"SELECT {columns} FROM revisions ORDER BY number"):
        seals.require(seals.of_values(*known) == seal, str(known[0]), "an older byline")
        values = dict(zip(seals.REVISION, known, strict=True)) | {
            "text": rows_of.text((text, text_seal), str(known[0]))
        }
        yield tuple(values[name] for name in TABLES["revisions"])
