"""JSON Feed, versions 1 and 1.1 (jsonfeed.org)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urljoin

from rag.errors import ArticleError
from rag.feeds.listing import Entry, Listing


def from_json_feed(data: bytes, *, address: str) -> Listing:
    """The articles that a feed names; raises ArticleError."""
    try:
        feed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ArticleError("It is no JSON that can be read; check the address.") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise ArticleError("It is a JSON feed without items; check the address.")
    entries = [entry for item in items if isinstance(item, dict) and (entry := _entry(item, address))]
    amiss = (f"{len(items) - len(entries):,} of its entries have no address; they were left out.",)
    names = _authors(feed)
    return Listing(
        kind="feed",
        entries=tuple(entries),
        title=_words(feed.get("title")),
        names=(names,) if names else (),
        amiss=amiss if len(entries) < len(items) else (),
    )


def _entry(item: dict[str, Any], address: str) -> Entry | None:
    try:
        named = next(said for name in ("url", "external_url") if (said := _said(item.get(name))) is not None)
        url = urljoin(address, named)
    except (StopIteration, ValueError):
        return None
    return Entry(
        url=url,
        title=_words(item.get("title")),
        author=_authors(item),
        published=_words(item.get("date_published")),
        modified=_words(item.get("date_modified")),
        language=_words(item.get("language")),
        markup=_said(item.get("content_html")),
    )


def _authors(of: dict[str, Any]) -> str | None:
    several = of.get("authors") if isinstance(of.get("authors"), list) else [of.get("author")]
    found = (_words(one.get("name")) for one in several or () if isinstance(one, dict))
    return ", ".join(dict.fromkeys(name for name in found if name)) or None


def _words(value: object) -> str | None:
    return " ".join((_said(value) or "").split()) or None


def _said(value: object) -> str | None:
    """A text without what JSON may spell and nobody can store: NUL, and halves of characters."""
    return value.encode("utf-8", "replace").decode().replace("\0", " ") if isinstance(value, str) else None
