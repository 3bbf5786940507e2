"""An article that a program gives as text, with what is known of who published it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from rag.articles.drafts import Draft, published, web_address
from rag.articles.objects import from_object
from rag.errors import ArticleError

_SHOWN = 60  # characters of a wrong value


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An article as text, plain or with HTML tags, and its byline as far as it is known.

    `published_at` is a day or an instant, as in a file; `url` a whole http(s) address. The address, where one is given,
    says which article it is, else the text does: given again it is unchanged, or changed, and never there twice.
    """

    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    url: str | None = None
    published_at: str | None = None

    @property
    def name(self) -> str:
        """What a refusal calls it."""
        named = self.title or self.url or ""
        return " ".join(named[: 4 * _SHOWN].split())[:_SHOWN] or "text"


def from_given(given: Text) -> Draft:
    """The article of a text; raises ArticleError, also for an address or a date that is given and cannot be read.

    A file's wrong date is left out, as nobody is there to correct it; who gives a text is told.
    """
    if given.url is not None and web_address(given.url) is None:
        raise ArticleError(
            f"url: {_shown(given.url)} is no web address; "
            "give a whole one, as https://example.org/news, or leave it out."
        )
    if given.published_at is not None and published(given.published_at) is None:
        raise ArticleError(
            f"published_at: {_shown(given.published_at)} is no full date, or one to come; "
            "write it as 2024-12-01 or 2024-12-01T14:00:00Z, or leave it out."
        )
    return from_object(
        {
            "text": given.text,
            "title": given.title,
            "outlet": given.outlet,
            "author": given.author,
            "url": given.url,
            "published_at": given.published_at,
        }
    )


def digest(text: str) -> str:
    """What a text without an address is known by: 16 hex digits, equal for equal texts alone."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _shown(value: str) -> str:
    return repr(value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…")
