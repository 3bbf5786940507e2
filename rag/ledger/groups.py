"""Which articles are copies of each other: noted when an article is put, by what its text has in common with others.

An article joins a group only where it is a copy of every other in it, the newest MEMBERS looked at: a round-up of two
stories that each run elsewhere by themselves makes them no copies of each other.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from hashlib import blake2b
from itertools import islice

from rag import copies
from rag.ledger import seals
from rag.ledger.database import Transaction
from rag.ledger.rows import BYLINE, byline
from rag.types import Byline

METHOD = "1"  # to be changed with what `copies` calls alike: every library is then grouped anew
HOLDERS = 50  # articles that are looked at, the newest first, of those that have one band,
LIKELY = 50  # of those so many, the ones with most of its bands first, are likely to be its copies,
COMPARED = 12  # and so many of them are compared with it
MEMBERS = 8
NAMED = 1_000  # articles of a group that are told of


def of(ledger: Transaction, article_id: str) -> str | None:
    """The group that an article is in."""
    row = ledger.row("SELECT copies FROM articles WHERE id = ?", article_id)
    return None if row is None else row[0]


def join(ledger: Transaction, article_id: str) -> None:
    """Note by what copies of an article that was put find it, and the group that it is in now, made if need be."""
    number, text = ledger.rows("SELECT number, inflated(text) FROM articles WHERE id = ?", article_id)[0]
    bands = copies.bands(copies.signature(text))
    group = _group(ledger, text, _candidates(ledger, bands))
    _note(ledger, number, bands)
    ledger.run("UPDATE articles SET copies = ? WHERE number = ?", group, number)


def note_bands(ledger: Transaction, number: int, text: str) -> None:
    """Note by what copies of an article find it, whose group is known already."""
    _note(ledger, number, copies.bands(copies.signature(text)))


def _note(ledger: Transaction, number: int, bands: Sequence[int]) -> None:
    ledger.run_many("INSERT INTO bands (band, number) VALUES (?, ?)", ((band, number) for band in bands))


def tidy(ledger: Transaction, group: str | None) -> None:
    """Let a group be none, where one article is left in it."""
    if group is not None and ledger.number("SELECT count(*) FROM articles WHERE copies = ?", group) < 2:
        ledger.run("UPDATE articles SET copies = NULL WHERE copies = ?", group)


def are_noted(ledger: Transaction) -> bool:
    """Whether all articles are grouped, and by this METHOD."""
    return ledger.row("SELECT 1 FROM meta WHERE key = 'copies' AND value = ?", METHOD) is not None


def note_all(ledger: Transaction) -> None:
    """Group every article anew, in the order that they were put."""
    ledger.run("DELETE FROM bands")
    ledger.run("UPDATE articles SET copies = NULL WHERE copies IS NOT NULL")
    for (article_id,) in ledger.rows("SELECT id FROM articles ORDER BY number"):
        join(ledger, article_id)
    ledger.run("INSERT OR REPLACE INTO meta VALUES ('copies', ?)", METHOD)


def with_copies(ledger: Transaction, article_ids: Collection[str]) -> list[tuple[Byline, ...]]:
    """The groups that any of these articles are in, each with up to NAMED articles, the first published first."""
    query = """SELECT DISTINCT copies FROM articles
        WHERE id IN (SELECT value FROM json_each(?)) AND copies IS NOT NULL ORDER BY copies"""
    groups = [row[0] for row in ledger.rows(query, json.dumps(list(article_ids)))]
    query = f"""SELECT {BYLINE} FROM articles WHERE copies = ?
        ORDER BY published_at IS NULL, published_at, number LIMIT ?"""
    return [tuple(map(byline, ledger.rows(query, group, NAMED))) for group in groups]


def _candidates(ledger: Transaction, bands: Sequence[int]) -> list[int]:
    """Numbers of the articles that may be copies of one with these bands, those with most in common first."""
    shared: Counter[int] = Counter()
    query = "SELECT number FROM bands WHERE band = ? ORDER BY number DESC LIMIT ?"
    for band in bands:
        shared.update(row[0] for row in ledger.rows(query, band, HOLDERS))
    common = [number for number, count in shared.most_common(LIKELY) if count >= copies.SHARED]
    query = "SELECT band FROM bands WHERE number = ? ORDER BY band"
    likely = (one for one in common if copies.likely(bands, [row[0] for row in ledger.rows(query, one)]))
    return list(islice(likely, COMPARED))


def _group(ledger: Transaction, text: str, candidates: Collection[int]) -> str | None:
    """The group of the first of the candidates that a text is a copy of, one made of both where that has none."""
    for number in candidates:
        theirs, group = ledger.rows("SELECT inflated(text), copies FROM articles WHERE number = ?", number)[0]
        if not copies.alike(text, theirs):
            continue
        if group is None:
            # A number is given to one article only.
            made = seals.word(blake2b(str(number).encode(), digest_size=8).hexdigest())
            ledger.run("UPDATE articles SET copies = ? WHERE number = ?", made, number)
            return made
        query = "SELECT inflated(text) FROM articles WHERE copies = ? AND number != ? ORDER BY number DESC LIMIT ?"
        if all(copies.alike(text, row[0]) for row in ledger.rows(query, group, number, MEMBERS)):
            return str(group)
    return None
