"""What was removed, so that a folder, a feed or a sitemap that still names it does not bring it back by itself."""

from __future__ import annotations

from datetime import UTC, datetime

from rag.ledger.database import Transaction
from rag.ledger.schema import digest
from rag.types import Article


def note(ledger: Transaction, article_id: str) -> None:
    """Note that an article, which is still there, is to be removed: its source, and the addresses that led to it."""
    ledger.run(
        """INSERT OR REPLACE INTO removed (source, digest, removed_at)
            SELECT source, digest, ?2 FROM articles WHERE id = ?1
            UNION SELECT visits.url, digest, ?2 FROM articles JOIN visits ON article_id = articles.id WHERE id = ?1""",
        article_id,
        datetime.now(UTC).isoformat(timespec="seconds"),
    )


def forget(ledger: Transaction, article: Article) -> None:
    """Forget that an article was ever removed, with all that led to it: it is put in again."""
    ledger.run(
        "DELETE FROM removed WHERE digest = ?1 OR digest IN (SELECT digest FROM removed WHERE source = ?2)",
        digest(article),
        article.source,
    )


def day(ledger: Transaction, source: str, digest: str | None) -> str | None:
    """The ISO day on which what is known by that source, or has that digest, was removed; None where it was not."""
    row = ledger.row("SELECT max(removed_at) FROM removed WHERE source = ? OR digest = ?", source, digest)
    return str(row[0])[:10] if row and row[0] else None
