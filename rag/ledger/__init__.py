"""The ledger: articles, passages and vectors in one SQLite file, the truth that every index is derived from.

Vectors are those of sentences, of which only the direction counts, kept with four bits for each component
(`directions`); the vector of a passage is their mean. Texts are deflated.

What `put` and `remove` have done is on disk when they return. Every change is numbered, so that an index that knows up
to which number it has followed knows what it owes. Any thread may call; each call sees one snapshot.
"""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag import directions
from rag.byline import canonical
from rag.errors import LibraryDamageError, LibraryError, LibraryModelError, NotFoundError, UsageError
from rag.ledger import database, exported, groups, history, imported, inputs, removals, seals, upgrades
from rag.ledger import rows as rows_of
from rag.ledger.database import Database, Row, Transaction, Value
from rag.ledger.database import sync as sync
from rag.ledger.portable import Contents as Contents
from rag.ledger.rows import BYLINE, JOINED, PASSAGE, SENTENCES, TEXT
from rag.ledger.rows import passage_id as passage_id
from rag.ledger.schema import APPLICATION as APPLICATION
from rag.ledger.schema import FORMAT as FORMAT
from rag.ledger.schema import SCHEMA as SCHEMA
from rag.ledger.schema import catalogued
from rag.ledger.schema import digest as digest
from rag.types import Article, Byline, Filters, Passage, Revision, Unchanged, Visit

# An article with its passages and the vectors of their sentences.
Embedded: TypeAlias = tuple[Article, Sequence[Passage], Sequence[NDArray[np.float32]]]
LISTED = "IN (SELECT value FROM json_each(?))"  # any number of ids in one parameter

Sort: TypeAlias = Literal[
    "taken", "published", "outlet", "title"
]  # how a catalogue is ordered; what is unknown is last
ORDERS: dict[Sort, str] = {
    "taken": "number DESC",
    "published": "published_at DESC, number DESC",
    "outlet": "outlet IS NULL, outlet COLLATE NOCASE, published_at DESC, number DESC",
    "title": "title IS NULL, words, number DESC",
}
DRAWN = 64  # numbers that are drawn for each passage of a sample: some are of articles that are gone
MOST_WORDS = 12  # of a search
LAST = "\U0010ffff"  # stands behind every other letter


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which library this is (drawn once, at random) and by which embedding model its vectors were made."""

    library: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """How much there is: articles, those `undated` and those of no known outlet, the oldest and newest publication."""

    articles: int
    passages: int
    outlets: int
    undated: int
    unattributed: int
    oldest: str | None
    newest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An article of a source: its id, the digest of text and byline, and the number that it got when it was put."""

    article_id: str
    digest: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An article's passages in order, with their vectors, float32 of shape (passages, dimension)."""

    number: int
    byline: Byline
    passages: tuple[Passage, ...]
    vectors: NDArray[np.float32]


def compact(path: Path) -> None:
    """Give back the room in an SQLite file that nobody has open, in which nothing is; raises LibraryError."""
    database.compact(path)


def copy_database(source: Path, target: Path) -> None:
    """Copy any SQLite file, whole and consistent though others use it; raises LibraryError."""
    database.copy(source, target)


class Ledger:
    """One library's ledger; made, empty, where there is none; an empty one takes on the embedding model given.

    With `read_only` nothing is written. Raises LibraryError where the file is no ledger, damaged, of a newer format, or
    cannot be made.
    """

    def __init__(self, path: Path, *, fingerprint: str, dimension: int, read_only: bool = False) -> None:
        self.path = path
        self._database = Database(
            path,
            application=APPLICATION,
            version=FORMAT,
            schema=SCHEMA,
            upgrades=upgrades.UPGRADES,
            functions={
                "catalogued": catalogued,
                "canonical": canonical,
                "deflated": rows_of.deflated,
                "inflated": rows_of.inflated,
                **seals.FUNCTIONS,
                **upgrades.FUNCTIONS,
            },
            read_only=read_only,
        )
        self.writable = self._database.writable
        self._counted = -1, (0, 0)  # the change after which it was counted, and what there was
        self._named: tuple[int, tuple[str, ...]] = -1, ()  # the same of the outlets
        with self._database.reading() as ledger:
            found: dict[str, str] = dict(ledger.rows("SELECT key, value FROM meta"))
            grouped = groups.are_noted(ledger)
        if self.writable and not grouped:
            with self._database.writing() as ledger:
                if not groups.are_noted(ledger):  # another may have been first
                    groups.note_all(ledger)
        wanted = {"fingerprint": fingerprint, "dimension": str(dimension)}
        if wanted.items() <= found.items() or not self.writable or self.count()[0]:
            return
        with self._database.writing() as ledger:
            if not ledger.number("SELECT count(*) FROM articles"):
                rows = {"library": found.get("library") or uuid.uuid4().hex} | wanted
                ledger.run_many("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows.items())

    def close(self) -> None:
        """Close the file; what is in use closes when its call ends."""
        self._database.close()

    # What it is

    def identity(self) -> Identity:
        """Which library and which embedding model."""
        with self._database.reading() as ledger:
            return self._identity(ledger)

    def _identity(self, ledger: Transaction) -> Identity:
        meta: dict[str, str] = dict(ledger.rows("SELECT key, value FROM meta"))
        try:
            return Identity(library=meta["library"], fingerprint=meta["fingerprint"], dimension=int(meta["dimension"]))
        except (KeyError, ValueError) as error:
            raise LibraryError(
                f"{self.path}: it does not say which embedding model it is for; ingest again."
            ) from error

    def require(self, *, fingerprint: str, dimension: int) -> None:
        """Raise LibraryError unless the vectors are of this embedding model."""
        found = self.identity()
        if (found.fingerprint, found.dimension) != (fingerprint, dimension):
            raise LibraryModelError(
                f"{self.path}: its vectors were made by the embedding model {found.fingerprint}, and the one in use is "
                f"{fingerprint}; run `python ingest.py --rebuild` to embed every article again."
            )

    def last_change(self) -> int:
        """The number of the latest change; 0 when nothing was ever put."""
        with self._database.reading() as ledger:
            return _last_change(ledger)

    def changed_since(self, number: int) -> list[str]:
        """Ids of the articles put or removed after that change, each once."""
        return [article_id for article_id, _ in self.changed_after(number)]

    def count(self) -> tuple[int, int]:
        """How many articles and passages."""
        with self._database.reading() as ledger:
            change, counted = _last_change(ledger), self._counted
            if counted[0] != change:
                articles = ledger.number("SELECT count(*) FROM articles")
                counted = change, (articles, ledger.number("SELECT count(*) FROM passages"))
                self._counted = counted
            return counted[1]

    # What follows it

    def changed_after(self, number: int) -> list[tuple[str, int]]:
        """The articles put or removed after that change, each once with the number of its last change, in order."""
        with self._database.reading() as ledger:
            query = """SELECT article_id, max(number) FROM changes WHERE number > ?
                GROUP BY article_id ORDER BY max(number)"""
            return [(row[0], row[1]) for row in ledger.rows(query, number)]

    def noted(self, key: str) -> str | None:
        """What was noted under a key of its own by what follows the ledger."""
        with self._database.reading() as ledger:
            row = ledger.row("SELECT value FROM meta WHERE key = ?", key)
        return None if row is None else str(row[0])

    def set_noted(self, key: str, value: str) -> None:
        """Note it; on disk on return."""
        with self._database.writing() as ledger:
            ledger.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)

    def sample(self, size: int, *, until: int | None = None) -> tuple[list[str], NDArray[np.float32]]:
        """Ids and vectors, shape (ids, dimension), of up to so many passages at random, of articles put up to a number.

        They are of articles that are drawn by their numbers: all are looked at where there are few.
        """
        with self._database.reading() as ledger:
            last = ledger.number("SELECT coalesce(max(number), 0) FROM articles")
            last = last if until is None else min(last, until)
            drawn = random.sample(range(1, last + 1), min(last, DRAWN * size))
            query = f"""SELECT passages.id FROM articles JOIN passages ON passages.article_id = articles.id
                WHERE number {LISTED} ORDER BY random() LIMIT ?"""
            rows = ledger.rows(query, json.dumps(drawn), size)
        found = self.vectors([row[0] for row in rows])
        return list(found), np.array(list(found.values()), np.float32)

    # Articles

    def held(self, source: str) -> Held | None:
        """The article known by that source; None when there is none."""
        with self._database.reading() as ledger:
            row = ledger.row("SELECT id, digest, number FROM articles WHERE source = ?", source)
        return None if row is None else Held(article_id=row[0], digest=row[1], number=row[2])

    def last_number(self) -> int:
        """The greatest number that an article was given when it was put; every later put gives a greater one."""
        with self._database.reading() as ledger:
            return ledger.number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'articles'")

    def with_digest(self, wanted: str) -> str | None:
        """Id of the oldest article with that text and byline."""
        with self._database.reading() as ledger:
            row = ledger.row("SELECT id FROM articles WHERE digest = ? ORDER BY number", wanted)
        return None if row is None else str(row[0])

    def article(self, article_id: str, revision: str | None = None) -> Article:
        """The whole article, as it is or with the text and byline of an older revision; raises NotFoundError."""
        with self._database.reading() as ledger:
            found = _article(ledger, article_id)
            if revision is None or revision == found.revision:
                return found
            older = history.older(ledger, found, revision)
        if older is None:
            raise NotFoundError(f"There is no revision {revision} of the article {article_id} in the library.")
        return older

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        """Every text that the article has had, the newest first; raises NotFoundError."""
        with self._database.reading() as ledger:
            return history.revisions(ledger, _article(ledger, article_id))

    def article_ids(self) -> list[str]:
        """Every article's id, in the order they were put."""
        with self._database.reading() as ledger:
            return [row[0] for row in ledger.rows("SELECT id FROM articles ORDER BY number")]

    def bylines(self) -> list[Byline]:
        """Every article but for its text, in the order they were put."""
        with self._database.reading() as ledger:
            return [rows_of.byline(row) for row in ledger.rows(f"SELECT {BYLINE} FROM articles ORDER BY number")]

    def catalogue(
        self, words: str = "", *, sort: Sort = "taken", limit: int = 25, offset: int = 0
    ) -> tuple[tuple[Byline, ...], int]:
        """The `limit` bylines behind the first `offset` of those with every one of `words`, and how many there are.

        A word is any part of title, outlet, author or id, whatever its case and accents; none are in every byline.
        """
        wanted = catalogued(words).split()[:MOST_WORDS]
        where = "".join(" AND instr(words, ?)" for _ in wanted)
        found = f"FROM articles INDEXED BY articles_listed WHERE TRUE{where}"
        with self._database.reading() as ledger:
            total = ledger.number(f"SELECT count(*) {found}", *wanted)
            query = f"SELECT number {found} ORDER BY {ORDERS[sort]} LIMIT ? OFFSET ?"
            numbers = [row[0] for row in ledger.rows(query, *wanted, max(limit, 0), max(offset, 0))]
            query = f"SELECT number, {BYLINE} FROM articles WHERE number {LISTED}"
            bylines = {row[0]: rows_of.byline(row[1:]) for row in ledger.rows(query, json.dumps(numbers))}
        return tuple(bylines[number] for number in numbers), total

    def holdings(self) -> Holdings:
        """How much there is, and of when."""
        with self._database.reading() as ledger:
            query = """SELECT count(*), count(DISTINCT outlet), count(*) - count(published_at),
                count(*) - count(outlet), min(published_at), max(published_at)
                FROM articles INDEXED BY articles_listed"""
            articles, outlets, undated, unattributed, oldest, newest = ledger.rows(query)[0]
            passages = ledger.number("SELECT count(*) FROM passages")
        self._require_texts(oldest or "", newest or "")
        return Holdings(
            articles=articles,
            passages=passages,
            outlets=outlets,
            undated=undated,
            unattributed=unattributed,
            oldest=oldest,
            newest=newest,
        )

    def outlets(self) -> list[str]:
        """Every known outlet, once, in alphabetical order."""
        with self._database.reading() as ledger:
            change, named = _last_change(ledger), self._named
            if named[0] != change:
                query = "SELECT DISTINCT outlet FROM articles WHERE outlet IS NOT NULL ORDER BY outlet"
                named = change, tuple(row[0] for row in ledger.rows(query))
                self._require_texts(*named[1])
                self._named = named
        return list(named[1])

    def _require_texts(self, *values: object) -> None:
        """Raise LibraryError where what an index says is no text."""
        if not all(isinstance(value, str) for value in values):
            raise LibraryError(f"{self.path}: one of its own indexes is damaged; run `python ingest.py --rebuild`.")

    def admitted(self, filters: Filters) -> frozenset[str] | None:
        """Ids of the articles inside the filters, outlets compared without regard to case; None for no limit."""
        if not (filters.outlets or filters.since or filters.until or filters.articles):
            return None
        limits, values = self._limits(filters)
        with self._database.reading() as ledger:
            return frozenset(row[0] for row in ledger.rows(f"SELECT id FROM articles WHERE {limits}", *values))

    def inside(self, article_ids: Collection[str], filters: Filters) -> frozenset[str]:
        """Those of these articles that are inside the filters."""
        limits, values = self._limits(filters)
        query = f"SELECT id FROM articles WHERE id {LISTED} AND {limits}"
        with self._database.reading() as ledger:
            return frozenset(row[0] for row in ledger.rows(query, _listed(article_ids), *values))

    def numbers(self, filters: Filters = Filters()) -> NDArray[np.int64]:
        """The numbers, which they got when they were put, of the articles inside the filters."""
        limits, values = self._limits(filters)
        with self._database.reading() as ledger:
            rows = ledger.rows(f"SELECT number FROM articles WHERE {limits}", *values)
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def _limits(self, filters: Filters) -> tuple[str, list[Value]]:
        """The filters as a condition of SQL, which SQLite's own indexes can find, and its values."""
        limits, values = "TRUE", list[Value]()
        if filters.outlets:
            wanted = {outlet.strip().casefold() for outlet in filters.outlets}
            limits += f" AND outlet {LISTED}"
            values.append(json.dumps([outlet for outlet in self.outlets() if outlet.strip().casefold() in wanted]))
        if filters.articles:
            limits += f" AND id {LISTED}"
            values.append(_listed(filters.articles))
        if filters.since:
            limits += " AND published_at >= ?"
            values.append(filters.since[:10])
        if filters.until:
            limits += " AND published_at < ?"
            values.append(filters.until[:10] + LAST)  # all that begins with that day is before it
        return limits, values

    # Passages

    def passages(self, ids: Collection[str]) -> dict[str, tuple[Passage, Byline]]:
        """The passages of these ids that there are, with their bylines, in the order asked."""
        found: dict[str, tuple[Passage, Byline]] = {}
        with self._database.reading() as ledger:
            rows = ledger.rows(f"SELECT {PASSAGE} FROM passages WHERE id {LISTED}", _listed(ids))
            query = f"SELECT {BYLINE}, {TEXT} FROM articles WHERE id {LISTED}"
            articles = {row[0]: row for row in ledger.rows(query, _listed({row[1] for row in rows}))}
        known = {name: (rows_of.byline(row[:-2]), rows_of.text(row[-2:], name)) for name, row in articles.items()}
        for row in rows:
            seals.require(row[1] in known, row[1], "one of its passages")
            byline, text = known[row[1]]
            found[row[0]] = rows_of.passage(row, byline, text), byline
        return {wanted: found[wanted] for wanted in ids if wanted in found}

    def entry(self, article_id: str) -> Entry | None:
        """An article's passages with their vectors; None when there is no such article."""
        with self._database.reading() as ledger:
            found = ledger.row(f"SELECT number, {BYLINE}, {TEXT} FROM articles WHERE id = ?", article_id)
            query = f"SELECT {PASSAGE} FROM passages WHERE article_id = ? ORDER BY ordinal"
            rows = ledger.rows(query, article_id)
            query = f"SELECT {SENTENCES} FROM {JOINED} WHERE passages.article_id = ? ORDER BY ordinal"
            said, dimension = ledger.rows(query, article_id), self._identity(ledger).dimension
        if found is None:
            return None
        number, *row = found
        byline, text = rows_of.byline(tuple(row[:-2])), rows_of.text(tuple(row[-2:]), article_id)
        passages = tuple(rows_of.passage(found, byline, text) for found in rows)
        vectors = _means(said, dimension)
        return Entry(number=number, byline=byline, passages=passages, vectors=vectors)

    def passage_ids(self) -> dict[str, str]:
        """Every passage's id and its article's."""
        with self._database.reading() as ledger:
            return dict(ledger.rows("SELECT id, article_id FROM passages"))

    def articles_of(self, passage_ids: Collection[str], *, until: int | None = None) -> dict[str, str]:
        """The article's id of each of these passages that is in the ledger, of articles put up to a number."""
        query, values = f"SELECT passages.id, article_id FROM passages WHERE passages.id {LISTED}", list[Value]()
        if until is not None:
            query += " AND (SELECT number FROM articles WHERE articles.id = article_id) <= ?"
            values.append(until)
        with self._database.reading() as ledger:
            return dict(ledger.rows(query, _listed(passage_ids), *values))

    def vectors(self, ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these passages that there are, each of shape (dimension,) and length 1."""
        rows = self.sentence_vectors(ids)
        return dict(zip(rows, directions.means(list(rows.values()), self.identity().dimension), strict=True))

    def sentence_vectors(self, ids: Collection[str]) -> dict[str, NDArray[np.float32]]:
        """For each of these passages that there is, a row of length 1 for each of its sentences, (n, dimension)."""
        with self._database.reading() as ledger:
            dimension = self._identity(ledger).dimension
            rows = ledger.rows(f"SELECT {SENTENCES} FROM {JOINED} WHERE passages.id {LISTED}", _listed(ids))
        return dict(
            zip((row[0] for row in rows), rows_of.vectors(list(map(rows_of.sentences, rows)), dimension), strict=True)
        )

    def passages_of(self, article_ids: Collection[str]) -> dict[str, int]:
        """How many passages each of these articles has; one without any, or unknown, is left out."""
        with self._database.reading() as ledger:
            query = f"SELECT article_id, count(*) FROM passages WHERE article_id {LISTED} GROUP BY article_id"
            return dict(ledger.rows(query, _listed(article_ids)))

    def placed(self, places: Sequence[tuple[int, int]]) -> tuple[list[str], NDArray[np.float32]]:
        """Ids and vectors, shape (ids, dimension), of the passages of these numbers and ordinals that there are."""
        query = f"""SELECT {SENTENCES} FROM json_each(?) AS place
            JOIN articles ON articles.number = json_extract(place.value, '$[0]')
            JOIN passages ON passages.article_id = articles.id AND ordinal = json_extract(place.value, '$[1]')
            LEFT JOIN vectors ON vectors.number = articles.number"""
        with self._database.reading() as ledger:
            dimension = self._identity(ledger).dimension
            rows = ledger.rows(query, json.dumps(places))
        return [row[0] for row in rows], _means(rows, dimension)

    def places_of(self, passage_ids: Collection[str]) -> dict[str, tuple[int, int]]:
        """Number and ordinal of each of these passages that there is."""
        query = f"""SELECT passages.id, number, ordinal FROM passages
            JOIN articles ON articles.id = article_id WHERE passages.id {LISTED}"""
        with self._database.reading() as ledger:
            return {name: (number, ordinal) for name, number, ordinal in ledger.rows(query, _listed(passage_ids))}

    def places(self) -> set[tuple[int, int]]:
        """The number and the ordinal of every passage."""
        query = "SELECT number, ordinal FROM passages JOIN articles ON articles.id = article_id"
        with self._database.reading() as ledger:
            return set(ledger.rows(query))

    def with_copies(self, article_ids: Collection[str]) -> list[tuple[Byline, ...]]:
        """The groups of copies that any of these articles are in, each with its articles, the first published first."""
        with self._database.reading() as ledger:
            return groups.with_copies(ledger, article_ids)

    def groups_of(self, article_ids: Collection[str]) -> dict[str, str]:
        """The group of copies of each of these articles that is in one."""
        with self._database.reading() as ledger:
            query = f"SELECT id, copies FROM articles WHERE id {LISTED} AND copies IS NOT NULL"
            return dict(ledger.rows(query, _listed(set(article_ids))))

    # What was read before

    def read_as(self, digest: bytes) -> Unchanged | None:
        """The article, as it is now, that was read from an input of that digest."""
        with self._database.reading() as ledger:
            return inputs.read_as(ledger, digest)

    def visit(self, url: str) -> Visit | None:
        """What is known of a web address from the last time."""
        with self._database.reading() as ledger:
            return inputs.visit(ledger, url)

    def removed_on(self, source: str, digest: str | None = None) -> str | None:
        """The day on which the article of that source, or of that digest, was removed; None if it was put since."""
        with self._database.reading() as ledger:
            return removals.day(ledger, source, digest)

    def note(self, read: Mapping[bytes, str], visits: Iterable[Visit] = ()) -> None:
        """Note from which inputs articles were read, by digests, and what was at web addresses.

        What names an article that is not there is left out. Nothing is written where all of it is known.
        """
        visits = tuple(visits)
        with self._database.reading() as ledger:
            if inputs.news(ledger, read, visits).is_nothing:
                return
        with self._database.writing() as ledger:
            inputs.note(ledger, inputs.news(ledger, read, visits))  # an article may have gone meanwhile

    # Writing

    def put(
        self,
        article: Article,
        passages: Sequence[Passage],
        sentences: Sequence[NDArray[np.float32]],
    ) -> str:
        """Put an article in, in place of the one from the same source, and return its id; durable on return.

        `sentences` are, for each passage, the vectors of its sentences, shape (n, dimension), n > 0. The id wanted gets
        a suffix where it belongs to another source, and passages are numbered by their order. Where vectors or offsets
        do not fit: LibraryError, and nothing is changed.
        """
        rows_of.refuse_misfits(article, passages, sentences, dimension=self.identity().dimension)
        with self._database.writing() as ledger:
            article = replace(article, id=_resolved(ledger, article))
            group = groups.of(ledger, article.id)
            history.keep(ledger, article)
            ledger.run("DELETE FROM articles WHERE id = ?", article.id)
            inputs.forget(ledger, article.id)
            removals.forget(ledger, article)
            row = rows_of.columns(article)
            ledger.run(f"INSERT INTO articles ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())
            _insert(ledger, article, passages, sentences)
            groups.join(ledger, article.id)
            groups.tidy(ledger, group)
        return article.id

    def remove(self, article_id: str) -> None:
        """Remove an article with its passages; durable on return; raises NotFoundError."""
        with self._database.writing() as ledger:
            group = groups.of(ledger, article_id)
            removals.note(ledger, article_id)
            if not ledger.run("DELETE FROM articles WHERE id = ?", article_id):
                raise _not_found(article_id)
            groups.tidy(ledger, group)
            history.forget(ledger, article_id)
            inputs.forget(ledger, article_id, visits=True)
            ledger.run("INSERT INTO changes (article_id) VALUES (?)", article_id)

    def replace_passages(
        self,
        embedded: Iterable[Embedded],
        *,
        fingerprint: str,
        dimension: int,
    ) -> None:
        """Change the embedding model: new passages and vectors for every article, as for `put`, in one transaction.

        `embedded` is consumed inside it and must bring every article once; else LibraryError, and nothing is changed.
        """
        with self._database.writing() as ledger:
            missing = {row[0] for row in ledger.rows("SELECT id FROM articles")}
            for table in ("passages", "vectors"):
                ledger.run(f"DELETE FROM {table}")
            for article, passages, sentences in embedded:
                rows_of.refuse_misfits(article, passages, sentences, dimension=dimension)
                _insert(ledger, article, passages, sentences)
                missing.discard(article.id)
            if missing:
                raise LibraryError(
                    f"{self.path}: {len(missing)} articles were not embedded again; nothing was changed."
                )
            model = (("fingerprint", fingerprint), ("dimension", str(dimension)))
            ledger.run_many("INSERT OR REPLACE INTO meta VALUES (?, ?)", model)

    # As one file

    def export(self, path: Path) -> Contents:
        """Write all of it, as it is at this moment, to a new portable file; raises UsageError, LibraryError."""
        with self._database.reading() as ledger:
            found = self._identity(ledger)
            return exported.write(ledger, path, fingerprint=found.fingerprint, dimension=found.dimension)

    def take_in(self, path: Path) -> Contents:
        """Take in all that a portable file holds, at once, with the embedding model that its vectors are made by.

        Raises UsageError where it is no such file, or where this ledger has, or had, an article; LibraryError where the
        file is damaged, or of a newer version. Nothing is changed then.
        """
        with self._database.writing() as ledger:
            if ledger.row("SELECT 1 FROM articles UNION ALL SELECT 1 FROM changes"):
                raise UsageError(
                    f"{self.path.parent}: this library has, or had, articles; name the folder of a new one with "
                    "--data-dir DIR."
                )
            return imported.read(ledger, path)

    # Trust

    def reindex(self) -> None:
        """Make SQLite's own indexes anew; raises LibraryError where what they are of is damaged."""
        with self._database.writing() as ledger:
            ledger.run("REINDEX")

    def check(self) -> list[str]:
        """What is wrong with the ledger itself, a sentence each; empty when it is sound."""
        with self._database.reading() as ledger:
            dimension = self._identity(ledger).dimension
            rows = ledger.rows("PRAGMA integrity_check")
            faults = [f"The ledger is damaged: {row[0]}." for row in rows if row[0] != "ok"]
            if ledger.rows("PRAGMA foreign_key_check"):
                faults.append("The ledger has passages of articles that it has not.")
            for article_id, noted in ledger.rows("SELECT id, digest FROM articles ORDER BY number"):
                try:
                    with database.translated(self.path):
                        faults += _faults(ledger, article_id, noted=noted, dimension=dimension)
                except LibraryDamageError as error:
                    faults.append(str(error))
                except (LibraryError, NotFoundError) as error:  # the index of ids may be what is damaged
                    faults.append(f"Article {article_id}: {error}")
        return faults


def _faults(ledger: Transaction, article_id: str, *, noted: str, dimension: int) -> Iterator[str]:
    """What is wrong with an article and its passages; raises LibraryError where its own seal is broken."""
    article = _article(ledger, article_id)
    if noted != digest(article):
        yield f"Article {article_id}: text or byline is not what was put in."
    for older in history.revisions(ledger, article)[1:]:
        history.older(ledger, article, older.revision)
    for row in ledger.rows(f"SELECT {SENTENCES} FROM {JOINED} WHERE passages.article_id = ?", article_id):
        size = len(row[2])
        if not size or size % directions.width(dimension):
            yield f"Passage {row[0]}: its sentences have no vectors, or only part of them."
        yield from _broken(rows_of.sentences, row)
    for row in ledger.rows(f"SELECT {PASSAGE} FROM passages WHERE article_id = ?", article_id):
        name, _, ordinal, start, end, *_ = row
        if not 0 <= start < end <= len(article.text):
            yield f"Passage {name}: characters {start} to {end} are not inside its article."
        if name != passage_id(article_id, article.revision, ordinal):
            yield f"Passage {name}: it is not of its article's revision {article.revision}."
        yield from _broken(rows_of.require_whole, row)


def _broken(read: Callable[[Row], object], row: Row) -> Iterator[str]:
    """What is said where the seal of a row is broken."""
    try:
        read(row)
    except LibraryError as error:
        yield str(error)


def _last_change(ledger: Transaction) -> int:
    return ledger.number("SELECT coalesce(max(number), 0) FROM changes")


def _listed(ids: Iterable[str]) -> str:
    return json.dumps(list(ids))


def _not_found(article_id: str) -> NotFoundError:
    return NotFoundError(f"There is no article {article_id} in the library.")


def _article(ledger: Transaction, article_id: str) -> Article:
    row = ledger.row(f"SELECT {BYLINE}, {TEXT} FROM articles WHERE id = ?", article_id)
    if row is None:
        raise _not_found(article_id)
    return rows_of.article(row)


def _resolved(ledger: Transaction, article: Article) -> str:
    """The article's id: its source's, else the one it wants, with a suffix where another source has that."""
    row = ledger.row("SELECT id FROM articles WHERE source = ?", article.source)
    if row is not None:
        return str(row[0])
    mark = hashlib.sha256(article.source.encode()).hexdigest()
    for wanted in (article.id, f"{article.id}-{mark[:8]}", f"{article.id}-{mark}"):
        if ledger.row("SELECT 1 FROM articles WHERE id = ?", wanted) is None:
            return wanted
    raise LibraryError(f"{article.source}: the article id {article.id} is taken; give the file another name.")


def _means(rows: Sequence[Row], dimension: int) -> NDArray[np.float32]:
    """The vectors of the passages of rows with the columns SENTENCES, shape (rows, dimension)."""
    return directions.means(rows_of.vectors(list(map(rows_of.sentences, rows)), dimension), dimension)


def _insert(
    ledger: Transaction,
    article: Article,
    passages: Sequence[Passage],
    sentences: Sequence[NDArray[np.float32]],
) -> None:
    rows, kept = list[Row](), b""
    for ordinal, (passage, said) in enumerate(zip(passages, sentences, strict=True)):
        name, own = passage_id(article.id, article.revision, ordinal), directions.packed(said).tobytes()
        rows.append(rows_of.placed(name, article.id, ordinal, passage.start, passage.end, len(kept), own))
        kept += own
    number = ledger.number("SELECT number FROM articles WHERE id = ?", article.id)
    rows_of.insert(ledger, number, rows, kept)
    ledger.run("INSERT INTO changes (article_id) VALUES (?)", article.id)
