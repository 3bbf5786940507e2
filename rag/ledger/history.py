"""The texts that articles had before: kept when a new one takes their place, gone with the article."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from rag.ledger import rows, seals
from rag.ledger.database import Row, Transaction
from rag.types import Article, Revision

_BYLINE = ("title", "outlet", "url", "author", "published_at", "modified_at")
_SEALED = ", ".join((*seals.REVISION, "seal"))
_REVISION = tuple(field.name for field in fields(Revision))


def keep(ledger: Transaction, article: Article) -> None:
    """Keep the text that the article has so far, where the one that comes is another."""
    kept = ("article_id", "revision", "text", "text_seal", "ingested_at", *_BYLINE)
    ledger.run(
        f"""INSERT INTO revisions ({", ".join(kept)}, replaced_at)
            SELECT id, {", ".join(kept[1:])}, ? FROM articles WHERE id = ? AND revision != ?""",
        article.ingested_at,
        article.id,
        article.revision,
    )
    ledger.run(
        f"UPDATE revisions SET seal = seal({', '.join(seals.REVISION)}) WHERE article_id = ? AND replaced_at = ?",
        article.id,
        article.ingested_at,
    )


def forget(ledger: Transaction, article_id: str) -> None:
    """Forget every older text of an article."""
    ledger.run("DELETE FROM revisions WHERE article_id = ?", article_id)


def older(ledger: Transaction, article: Article, revision: str) -> Article | None:
    """The article with the text and byline of an older revision, the last time it had that; None where it never had.

    What was found out of the text that it has now is left out.
    """
    row = ledger.row(
        f"SELECT {_SEALED}, text, text_seal FROM revisions WHERE article_id = ? AND revision = ? ORDER BY number DESC",
        article.id,
        revision,
    )
    if row is None:
        return None
    known, text = _sealed(row[:-2]), rows.text(row[-2:], article.id)
    del known["article_id"], known["replaced_at"]
    now = replace(article, dateline=None, dateline_day=None, origin=None, group=None, findings=(), defects=())
    return replace(now, text=text, **known)


def revisions(ledger: Transaction, article: Article) -> tuple[Revision, ...]:
    """Every text that the article has had, the newest, which it has now, first."""
    query = f"SELECT {_SEALED} FROM revisions WHERE article_id = ? ORDER BY number DESC"
    now = Revision(
        article_id=article.id,
        revision=article.revision,
        ingested_at=article.ingested_at,
        title=article.title,
        published_at=article.published_at,
        modified_at=article.modified_at,
    )
    before = [_sealed(row) for row in ledger.rows(query, article.id)]
    return (now, *(Revision(**{name: one[name] for name in _REVISION}) for one in before))


def _sealed(row: Row) -> dict[str, Any]:
    """The columns _SEALED by their names but for the seal; raises LibraryError where they are damaged."""
    *values, seal = row
    seals.require(seals.of_values(*values) == seal, str(values[0]), "an older byline")
    return dict(zip(seals.REVISION, values, strict=True))
