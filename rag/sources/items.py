"""What comes out of sources, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from rag.types import Article, Refusal, Unchanged, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What was found, and the visit to note once that, and all that came before it, is durable.

    The visit of an Article has no `article_id` yet: it is the one that the library gives it. `found` is None with the
    visit of a feed or a sitemap, which comes after all that it names. `named` is whether somebody named it, or the file
    that it is in, and not a folder, a feed or a sitemap.
    """

    found: Article | Refusal | Unchanged | None
    visit: Visit | None = None
    named: bool = False


class Visits(Protocol):
    """What is known of web addresses from the last time, as a library remembers it."""

    def visit(self, url: str) -> Visit | None:
        """The last visit of an address; None too where its article is no longer in the library."""

    def removed_on(self, source: str) -> str | None:
        """The day on which the article of an address was removed; None where it was not, or was put in again."""


def removed(source: str, day: str) -> Refusal:
    """The refusal of what was removed, and was named by no more than a folder, a feed or a sitemap."""
    return Refusal(source=source, reason=f"It was removed on {day}; name it by itself to take it in again.")
