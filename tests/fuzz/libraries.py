"""Libraries as one file, from a stranger: bytes that were changed, and rows that were changed and signed anew."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import struct
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st
from made_portable import fill, sign
from made_up import DIMENSION, MODEL

from rag.errors import LibraryError, UsageError
from rag.ledger import Contents, Ledger, imported
from rag.ledger.portable import TABLES, quoted

from .mutations import PIECES, edited, prose
from .target import Target, plain, sentence

Edit: TypeAlias = tuple[str, str, int, object]  # a table, a column or a kind of change, a row, a value


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with closing(Ledger(Path(folder, "ledger"), **MODEL)) as ledger:
            fill(ledger)
            ledger.export(Path(folder, "file"))
        return Path(folder, "file").read_bytes()


def _sound(folder: Path, file: Path) -> None:
    """It is refused in a sentence, and nothing of it is taken in then; or all that is taken in is sound."""
    told: Contents | None = None
    try:
        told = imported.verify(file)
    except (LibraryError, UsageError) as error:
        sentence(str(error))
    with closing(Ledger(folder / "ledger", **MODEL)) as ledger:
        try:
            taken = ledger.take_in(file)
        except (LibraryError, UsageError) as error:
            sentence(str(error))
            assert ledger.article_ids() == [] and ledger.last_change() == 0
            return
        assert taken == told
        assert ledger.check() == []
        ids = ledger.article_ids()
        assert len(ids) == taken.articles
        for one in ids:
            plain(ledger.article(one))
            plain(ledger.revisions(one))
        ledger.export(folder / "again")  # which is read back as an import reads it


def _bytes(value: tuple[bytes, Sequence[tuple[int, int]]]) -> None:
    data = bytearray(value[0])
    for place, bit in value[1]:
        if data:
            data[place % len(data)] ^= 1 << bit
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(data)
        _sound(Path(folder), file)


def _rows(edits: Sequence[Edit]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(_file())
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            for edit in edits:
                _edit(connection, *edit)
        sign(file)
        _sound(Path(folder), file)


def _edit(connection: sqlite3.Connection, table: str, column: str, row: int, value: Any) -> None:
    """Change a value, a whole row, or a text with its revision, as a forger can."""
    names = ", ".join(map(quoted, TABLES.get(table, ())))
    with contextlib.suppress(sqlite3.Error, UnicodeEncodeError, OverflowError):  # what SQLite itself would not keep
        if table == "meta":
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (column, value))
            return
        (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        at = 1 + row % (number or 1)
        if column == "twice":
            connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE place = ?", (at,))
        elif column == "gone":
            connection.execute(f"DELETE FROM {table} WHERE place = ?", (at,))
        elif column == "text":
            revision = hashlib.sha256(str(value).encode()).hexdigest()[:16]
            statement = f"UPDATE {table} SET text = ?, revision = ? WHERE place = ?"
            connection.execute(statement, (value, revision, at))
        else:
            connection.execute(f"UPDATE {table} SET {quoted(column)} = ? WHERE place = ?", (value, at))


_PLACES = [(table, column) for table, columns in TABLES.items() for column in (*columns, "twice", "gone")]
_PLACES += [("meta", key) for key in ("articles", "copies", "dimension", "fingerprint", "passages", "vectors", "more")]
_FLOATS = st.lists(st.floats(width=32), min_size=DIMENSION, max_size=DIMENSION)
_VALUES = st.one_of(
    prose,
    st.text(max_size=30),
    st.none(),
    st.integers(-2, 60),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.binary(max_size=80),
    _FLOATS.map(lambda row: struct.pack(f"<{DIMENSION}f", *row)),
    st.sampled_from([piece.decode("utf-8", "replace") for piece in PIECES]),
    st.sampled_from(["dawn", "noon", "gull", "2024-12-01", "2024-02-30", "https://a.example/b", "0" * 24, "f" * 64]),
    st.sampled_from(
        ['[["title", "x", "high"]]', '[["truncated", "It breaks off."]]', "[[]]", "[" * 5_000, "x" * 99_999]
    ),
)
_EDITS = st.lists(
    st.builds(lambda place, row, value: (*place, row, value), st.sampled_from(_PLACES), st.integers(0, 30), _VALUES),
    min_size=1,
    max_size=3,
)
_FLIPS = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 7)), max_size=3)
TARGETS = (
    Target(
        name="libraries as files: bytes",
        inputs=st.tuples(st.deferred(lambda: st.just(_file()) | edited([_file()])), _FLIPS),
        check=_bytes,
    ),
    Target(name="libraries as files: rows", inputs=_EDITS, check=_rows, share=2),
)
