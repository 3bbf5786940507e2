"""Where a citation leads: the address of a reading page, and what such an address marks in the article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlencode

from rag.types import Article

CHANGED = (
    "This article has changed since it was cited, and the text of then was not kept, so the cited words are not marked."
)
NO_REVISION = "The address does not say which version of the article it cites, so nothing is marked."
NO_PLACE = "The address names no place in this article, so nothing is marked."
MARKED_PLACES = 50  # at most, beside the quote

_NUMBER = re.compile(r"[0-9]{1,12}")

Span: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What is marked in a text, by offsets: the quote, other cited places; `note` says why nothing is."""

    quote: Span | None = None
    also: tuple[Span, ...] = ()
    note: str = ""


UNMARKED = Marking()


def href(
    article_id: str,
    *,
    revision: str | None = None,
    start: int | None = None,
    end: int | None = None,
    since: str | None = None,
) -> str:
    """Give the reading page's address relative to the page's root, with the place of the quote where it is known.

    With `since` it shows what has changed from that revision on.
    """
    place = {"revision": revision, "start": start, "end": end, "since": since}
    query = urlencode({name: value for name, value in place.items() if value is not None}, errors="replace")
    fragment = "#quote" if since is not None or (start is not None and end is not None) else ""
    path = quote(article_id, safe="", errors="replace")
    return f"read/{path}{'?' + query if query else ''}{fragment}"


def place(
    article: Article, *, revision: str | None, start: str | None, end: str | None, also: Sequence[str] = ()
) -> Marking:
    """Find what an address cites in an article: only places of the very revision that this is, inside its text."""
    if start is None and end is None and not also:
        return Marking(note=CHANGED if revision is not None and revision != article.revision else "")
    if revision is None:
        return Marking(note=NO_REVISION)
    if revision != article.revision:
        return Marking(note=CHANGED)
    others = (_span(article.text, *one.partition("-")[::2]) for one in also[:MARKED_PLACES])
    quoted = _span(article.text, start or "", end or "")
    asked = start is not None or end is not None
    return Marking(
        quote=quoted,
        also=tuple(span for span in others if span is not None),
        note=NO_PLACE if asked and quoted is None else "",
    )


def _span(text: str, start: str, end: str) -> Span | None:
    """Two offsets as they stand in an address; None where they are no stretch of the text with words in it."""
    if not (_NUMBER.fullmatch(start) and _NUMBER.fullmatch(end)):
        return None
    first, last = int(start), int(end)
    return (first, last) if first < last <= len(text) and text[first:last].strip() else None
