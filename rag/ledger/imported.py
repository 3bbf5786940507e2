"""A portable file read as if a stranger had made it: nothing that it says of itself is believed.

It is opened as it lies there, to be read alone, and is read only if its tables are those of `portable.SCHEMA` to the
letter, so that no view, trigger or check of its own runs, and if SQLite finds it whole, so that no page is read twice.
Every value is looked at. Memory is that of the longest article.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias, get_args
from urllib.parse import quote

import numpy as np

from rag import directions
from rag.byline import web_address
from rag.errors import LibraryError, UsageError
from rag.ledger import groups, seals
from rag.ledger import rows as rows_of
from rag.ledger.database import Transaction
from rag.ledger.portable import APPLICATION, FORMAT, LONGEST, SCHEMA, TABLES, Contents, Hash, quoted
from rag.types import Article, Confidence, Defect, DefectKind, Finding

Values: TypeAlias = dict[str, Any]  # of a row, by the names of their columns

STEPS = 100_000  # of SQLite's machine, in which the names of the tables can be read
MOST_DIMENSIONS = 65_536
LARGEST = 2**53  # of an article's number: there is room above it for those to come
LONGEST_SAID = 100  # characters of what SQLite says
MOST_CHARACTERS = 100_000  # of a value that is no text of an article

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_GROUP = re.compile(r"[0-9a-f]{24}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SURE: dict[str, Confidence] = {kind: kind for kind in get_args(Confidence)}
_KINDS: dict[str, DefectKind] = {kind: kind for kind in get_args(DefectKind)}
_HALF = re.compile(r"[\ud800-\udfff]")
_DAYS = frozenset({"ingested_at", "replaced_at", "removed_at", "published_at", "modified_at", "dateline_day"})
_NEEDED = frozenset({"source", "text", "ingested_at", "replaced_at", "removed_at", "findings", "defects"})


def verify(path: Path) -> Contents:
    """What a portable file holds, if all of it is right; raises UsageError, LibraryError."""
    with _opened(path) as file:
        for _ in file.rows():
            pass
        return file.contents


def read(ledger: Transaction, path: Path) -> Contents:
    """Put all that a portable file holds into an empty ledger; raises UsageError, LibraryError: undo it all then."""
    with _opened(path) as file:
        for table in ("visits", "removed"):  # of feeds that never had an article
            ledger.run(f"DELETE FROM {table}")
        for table, values in file.rows():
            article_id = values.get("article_id")
            known = article_id is None or ledger.row("SELECT 1 FROM articles WHERE id = ?", article_id)
            file.require(known is not None, f"{table} of an article that is not there")
            names = ", ".join(map(quoted, values))
            try:
                ledger.run(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", *values.values())
            except sqlite3.IntegrityError as error:
                raise file.damaged(f"{table} that are there twice") from error
            if table == "articles":
                groups.note_bands(ledger, values["number"], rows_of.inflated(values["text"]))
                ledger.run("INSERT INTO changes (article_id) VALUES (?)", values["id"])
        model = (("fingerprint", file.contents.fingerprint), ("dimension", str(file.contents.dimension)))
        ledger.run_many("INSERT OR REPLACE INTO meta VALUES (?, ?)", model)
        if file.meta["copies"] != groups.METHOD:
            groups.note_all(ledger)
        return file.contents


@contextmanager
def _opened(path: Path) -> Iterator[_File]:
    """The file, its tables found to be those that it must have; raises UsageError, LibraryError."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read ({error.strerror}); name a file that --export made.") from error
    if not stat.S_ISREG(mode) or not os.access(path, os.R_OK):
        raise UsageError(f"{path}: it is no file, or may not be read; name a file that --export made.")
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"  # no log or journal beside it counts
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
        yield _File(path, connection)


class _File:
    """An open portable file; every row of it can be read once."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._hash = Hash()
        with self._reading():
            self._require_whole()
            self.meta = dict(connection.execute("SELECT key, value FROM meta ORDER BY key"))
        numbers = {name: self._number(self.meta.get(name), least=0) for name in ("articles", "passages", "dimension")}
        said = {"fingerprint", "sha256", "copies", "vectors"}
        self.require(said <= self.meta.keys() and all(isinstance(self.meta[name], str) for name in said), "no header")
        self.require(0 < numbers["dimension"] <= MOST_DIMENSIONS, "vectors of no size")
        self.contents = Contents(fingerprint=self.meta["fingerprint"], sha256=self.meta["sha256"], **numbers)
        for key, value in self.meta.items():
            if key != "sha256":
                self._hash.add("meta", (key, value))

    def damaged(self, how: str) -> LibraryError:
        """The error for a file that holds `how`."""
        return LibraryError(
            f"{self._path}: it is damaged, or was not made by --export (it holds {how}); nothing was taken in: "
            "export the library again."
        )

    def require(self, right: bool, otherwise: str) -> None:
        """Raise LibraryError where something is not right."""
        if not right:
            raise self.damaged(otherwise)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeError) as error:
            raise self.damaged(f"what cannot be read: {error}") from error

    def _require_whole(self) -> None:
        """Raise LibraryError unless it has the very tables that it must have, and no page that is damaged."""
        asked = self._connection.execute
        steps = iter(range(STEPS // 1_000))
        self._connection.set_progress_handler(lambda: next(steps, None) is None, 1_000)
        for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0"):
            asked(f"PRAGMA {setting}")
        found = asked("PRAGMA application_id").fetchone()[0], asked("PRAGMA user_version").fetchone()[0]
        if found[0] != APPLICATION:
            raise UsageError(f"{self._path}: it is no file that --export made; name one.")
        if found[1] > FORMAT:
            raise LibraryError(f"{self._path}: it was made by a newer version of Crosscheck; update this one.")
        with closing(sqlite3.connect(":memory:")) as blank:
            for statement in SCHEMA:
                blank.execute(statement)
            query = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
            right = blank.execute(query).fetchall()
            self.require(asked(f"{query} LIMIT {len(right) + 1}").fetchall() == right, "other tables than it should")
        self._connection.set_progress_handler(None, 0)
        said = asked("PRAGMA integrity_check(1)").fetchone()[0]
        self.require(said == "ok", f"what is not whole: {' '.join(said.split())[-LONGEST_SAID:]}")

    # --- rows

    def rows(self) -> Iterator[tuple[str, Values]]:
        """All rows with their tables, as the ledger keeps them: an article, its passages, the next; then the rest."""
        counts = {"articles": 0, "passages": 0}
        for table, values in self._articles():
            if table in counts:
                counts[table] += 1
            yield table, values
        for row in self._each("revisions"):
            yield "revisions", self._revision(row)
        for row in self._each("inputs"):
            digest = row["digest"]
            self.require(isinstance(digest, bytes) and 0 < len(digest) <= 64, "a digest that is none")
            yield "inputs", row | {"article_id": self._id(row["article_id"])}
        for row in self._each("visits"):
            yield "visits", self._visit(row)
        for row in self._each("removed"):
            self.require(_is(_DIGEST, row["digest"]), "a digest that is none")
            yield "removed", self._texts(row)
        held = self.contents
        self.require(counts == {"articles": held.articles, "passages": held.passages}, "not as much as it says")
        self.require(self._hash.hex() == held.sha256, "other rows than were written: their SHA-256 is another")

    def _each(self, table: str) -> Iterator[Values]:
        names = TABLES[table]
        query = f"SELECT {', '.join(map(quoted, names))} FROM {table} ORDER BY place"
        with self._reading():
            found = self._connection.execute(query)
        while True:
            with self._reading():
                row = found.fetchone()
            if row is None:
                return
            self._hash.add(table, row)
            yield dict(zip(names, row, strict=True))

    def _articles(self) -> Iterator[tuple[str, Values]]:
        passages = groupby(self._each("passages"), key=itemgetter("article_id"))
        upcoming = next(passages, None)
        last = 0
        for row in self._each("articles"):
            number, article = self._article(row)
            self.require(last < number, "articles in another order")
            last = number
            yield "articles", {"number": number, **rows_of.columns(article)}
            kept = b""
            if upcoming is not None and upcoming[0] == article.id:
                for ordinal, one in enumerate(upcoming[1]):
                    own = self._sentences(one)
                    yield "passages", self._passage(one, article, ordinal, before=len(kept), own=own)
                    kept += own
                upcoming = next(passages, None)
            yield "vectors", {"number": number, "sentences": kept}
        self.require(upcoming is None, "passages of no article")

    def _article(self, row: Values) -> tuple[int, Article]:
        number = self._number(row.pop("number"), least=1)
        findings = self._listed(row.pop("findings"), len(("field", "source", "confidence")))
        defects = self._listed(row.pop("defects"), len(("kind", "reason")))
        self.require({one[2] for one in findings} <= _SURE.keys(), "a finding that is none")
        self.require({one[0] for one in defects} <= _KINDS.keys(), "a defect that is none")
        group, url = row.pop("copies"), row.get("url")
        self.require(group is None or (_is(_GROUP, group) and seals.is_word(group)), "a group that is none")
        self.require(url is None or web_address(url) is not None, "a web address that is none")
        self._id(row["id"])
        self._require_revision(row)
        article = Article(
            **self._texts(row),
            group=group,
            findings=tuple(Finding(field=one[0], source=one[1], confidence=_SURE[one[2]]) for one in findings),
            defects=tuple(Defect(kind=_KINDS[kind], reason=reason) for kind, reason in defects),
        )
        return number, article

    def _passage(self, row: Values, article: Article, ordinal: int, *, before: int, own: bytes) -> Values:
        start, end = self._number(row["start"], least=0), self._number(row["end"], least=1)
        self.require(self._number(row["ordinal"], least=0) == ordinal, "passages in another order")
        self.require(start < end <= len(article.text), "a passage that is not in its article")
        name = rows_of.passage_id(article.id, article.revision, ordinal)
        kept = rows_of.placed(name, article.id, ordinal, start, end, before, own)
        return dict(zip(rows_of.PASSAGES, kept, strict=True))

    def _sentences(self, row: Values) -> bytes:
        """The vectors of a passage's sentences as the ledger keeps them; the passage's own is their mean there."""
        size = self.contents.dimension
        vector, sentences = row["vector"], row["sentences"]
        if not isinstance(vector, bytes) or not isinstance(sentences, bytes) or len(vector) != 4 * size:
            raise self.damaged("a vector of another size")
        self.require(bool(sentences) and len(sentences) % size == 0, "vectors of sentences of another size")
        self.require(bool(np.isfinite(np.frombuffer(vector, "<f4")).all()), "a vector that is not finite")
        return directions.packed(np.frombuffer(sentences, np.int8).reshape(-1, size).astype(np.float32)).tobytes()

    def _revision(self, row: Values) -> Values:
        self._id(row["article_id"])
        self._require_revision(row)
        values = self._texts(row)
        sealed = seals.of_values(*(values[name] for name in seals.REVISION))
        text = values["text"]
        return values | {"text": rows_of.deflated(text), "seal": sealed, "text_seal": seals.of_values(text)}

    def _visit(self, row: Values) -> Values:
        if row["article_id"] is not None:
            self._id(row["article_id"])
        for name in ("url", "said_by"):
            self.require(row[name] is None or web_address(row[name]) is not None, "a web address that is none")
        self.require(row["url"] is not None, "a visit of nothing")
        return self._texts(row)

    # --- values

    def _texts(self, row: Values) -> Values:
        """The row, if each value is a text, or NULL where that may be, and a day where that must be."""
        for name, value in row.items():
            if value is None:
                self.require(name not in _NEEDED, f"no {name}")
                continue
            if not isinstance(value, str):
                raise self.damaged(f"a {name} that is no text")
            self.require(name == "text" or len(value) <= MOST_CHARACTERS, f"a {name} that is too long")
            self.require(not _UNSEEN.search(value), f"characters in a {name} that nobody sees")
            self.require(name not in _DAYS or _is_day(value), f"a {name} that is no day")
        return row

    def _require_revision(self, row: Values) -> None:
        text = row["text"]
        right = isinstance(text, str) and hashlib.sha256(text.encode()).hexdigest()[:16] == row["revision"]
        self.require(right, "a text that is not the one of its revision")

    def _id(self, value: object) -> str:
        if not _is(_ID, value):
            raise self.damaged("an id that is none")
        return str(value)

    def _number(self, value: object, *, least: int) -> int:
        """A whole number, as it is or in digits."""
        if isinstance(value, str) and len(value) <= 18 and value.isascii() and value.isdecimal():
            value = int(value)
        if not isinstance(value, int) or not least <= value <= LARGEST:
            raise self.damaged("a number that cannot be")
        return value

    def _listed(self, value: object, length: int) -> list[list[str]]:
        """A JSON list of lists of so many texts."""
        try:
            found = json.loads(value) if isinstance(value, str) else None
        except (ValueError, RecursionError):
            found = None
        right = isinstance(found, list) and all(
            isinstance(one, list) and len(one) == length and all(_is_text(part) for part in one) for one in found
        )
        self.require(right, "findings that are none")
        assert isinstance(found, list)
        return found


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_text(value: object) -> bool:
    """Whether it is a text without half a character, or one that nobody sees."""
    return isinstance(value, str) and not _UNSEEN.search(value) and not _HALF.search(value)


def _is_day(value: str) -> bool:
    try:
        return _is(_DAY, value) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False
