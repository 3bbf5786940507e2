"""What articles were read from: digests of inputs, so that none is read twice, and visits of web addresses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields

from rag.ledger.database import Transaction
from rag.types import Unchanged, Visit

_FIELDS = tuple(field.name for field in fields(Visit))  # the columns of `visits` have the same names
_VISIT = ", ".join(_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is to be noted: ids of articles by the digests of their inputs, and visits."""

    read: Mapping[bytes, str]
    visits: tuple[Visit, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to note."""
        return not (self.read or self.visits)


def read_as(ledger: Transaction, digest: bytes) -> Unchanged | None:
    """The article that was read from that input and has not changed since."""
    query = "SELECT id, source FROM inputs JOIN articles ON id = article_id WHERE inputs.digest = ?"
    row = ledger.row(query, digest)
    return None if row is None else Unchanged(article_id=row[0], source=row[1])


def visit(ledger: Transaction, url: str) -> Visit | None:
    """The last visit of a web address."""
    row = ledger.row(f"SELECT {_VISIT} FROM visits WHERE url = ?", url)
    return None if row is None else Visit(**dict(zip(_FIELDS, row, strict=True)))


def news(ledger: Transaction, read: Mapping[bytes, str], visits: Iterable[Visit]) -> News:
    """What of it is not known yet and names an article that is there, or none."""
    visits = tuple(visits)
    named = {*read.values(), *(one.article_id for one in visits if one.article_id)}
    query = "SELECT id FROM articles WHERE id IN (SELECT value FROM json_each(?))"
    there = {row[0] for row in ledger.rows(query, json.dumps(sorted(named)))}
    return News(
        read={key: name for key, name in read.items() if name in there and not _is_noted(ledger, key, name)},
        visits=tuple(one for one in visits if one.article_id in {None, *there} and visit(ledger, one.url) != one),
    )


def _is_noted(ledger: Transaction, digest: bytes, article_id: str) -> bool:
    return ledger.row("SELECT 1 FROM inputs WHERE digest = ? AND article_id = ?", digest, article_id) is not None


def note(ledger: Transaction, news: News) -> None:
    """Note it, in place of what was noted of the same inputs and addresses."""
    ledger.run_many("INSERT OR REPLACE INTO inputs (digest, article_id) VALUES (?, ?)", news.read.items())
    rows = [astuple(one) for one in news.visits]
    ledger.run_many(f"INSERT OR REPLACE INTO visits ({_VISIT}) VALUES (?, ?, ?, ?, ?)", rows)


def forget(ledger: Transaction, article_id: str, *, visits: bool = False) -> None:
    """Forget what an article was read from; `visits` too, where it is gone and not just changed."""
    ledger.run("DELETE FROM inputs WHERE article_id = ?", article_id)
    if visits:
        ledger.run("DELETE FROM visits WHERE article_id = ?", article_id)
