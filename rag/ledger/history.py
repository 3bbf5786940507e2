"""The texts that articles had before: kept when a new one takes their place, gone with the article."""

from __future__ import annotations

from dataclasses import replace

from rag.ledger.database import Transaction
from rag.types import Article, Revision

_BYLINE = ("title", "outlet", "url", "author", "published_at", "modified_at")


def keep(ledger: Transaction, article: Article) -> None:
    """Keep the text that the article has so far, where the one that comes is another."""
    kept = ("article_id", "revision", "text", "ingested_at", *_BYLINE)
    ledger.run(
        f"""INSERT INTO revisions ({", ".join(kept)}, replaced_at)
            SELECT id, {", ".join(kept[1:])}, ? FROM articles WHERE id = ? AND revision != ?""",
        article.ingested_at,
        article.id,
        article.revision,
    )


def forget(ledger: Transaction, article_id: str) -> None:
    """Forget every older text of an article."""
    ledger.run("DELETE FROM revisions WHERE article_id = ?", article_id)


def older(ledger: Transaction, article: Article, revision: str) -> Article | None:
    """The article with the text and byline of an older revision, the last time it had that; None where it never had.

    What was found out of the text that it has now is left out.
    """
    names = ("text", "ingested_at", *_BYLINE)
    row = ledger.row(
        f"SELECT {', '.join(names)} FROM revisions WHERE article_id = ? AND revision = ? ORDER BY number DESC",
        article.id,
        revision,
    )
    if row is None:
        return None
    now = replace(article, dateline=None, dateline_day=None, origin=None, group=None, findings=(), defects=())
    return replace(now, revision=revision, **dict(zip(names, row, strict=True)))


def revisions(ledger: Transaction, article: Article) -> tuple[Revision, ...]:
    """Every text that the article has had, the newest, which it has now, first."""
    names = ("revision", "ingested_at", "replaced_at", "title", "published_at", "modified_at")
    query = f"SELECT {', '.join(names)} FROM revisions WHERE article_id = ? ORDER BY number DESC"
    now = Revision(
        article_id=article.id,
        revision=article.revision,
        ingested_at=article.ingested_at,
        title=article.title,
        published_at=article.published_at,
        modified_at=article.modified_at,
    )
    before = (dict(zip(names, row, strict=True)) for row in ledger.rows(query, article.id))
    return (now, *(Revision(article_id=article.id, **one) for one in before))
