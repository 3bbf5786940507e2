"""What comes out of sources, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rag.types import Article, Refusal, Unchanged, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What was found, and the visit to note once that, and all that came before it, is durable.

    The visit of an Article has no `article_id` yet: it is the one that the library gives it. `found` is None with the
    visit of a feed or a sitemap, which comes after all that it names.
    """

    found: Article | Refusal | Unchanged | None
    visit: Visit | None = None


class Visits(Protocol):
    """What is known of web addresses from the last time, as a library remembers it."""

    def visit(self, url: str) -> Visit | None:
        """The last visit of an address; None too where its article is no longer in the library."""
