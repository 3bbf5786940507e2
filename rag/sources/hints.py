"""What a feed or a sitemap says of an article, as hints for the reader of its page, and its text where that is all."""

from __future__ import annotations

import html
import re
from datetime import datetime
from urllib.parse import urlsplit

from rag.byline import canonical, is_same_site, published, web_address
from rag.feeds import Entry, Listing
from rag.fetch import Fetched

WHOLE = 1_000  # characters of HTML; less is no whole article

_BETWEEN = re.compile(r"\s+[|»›>:–—-]\s+|:\s+")  # what stands between a name and a section in a feed's title


def hints(entry: Entry, listing: Listing, *, page: Fetched) -> dict[str, str]:
    """What the listing that was fetched as `page` says of an entry's byline, by field, and `source`: who says so."""
    now = datetime.fromisoformat(page.fetched_at)
    said = {
        "title": entry.title,
        "author": entry.author,
        "outlet": entry.outlet or outlet(listing, address=page.url, of=entry.url),
        "published_at": published(entry.published, now=now),
        "modified_at": published(entry.modified, now=now) if listing.kind == "feed" else None,
        "language": entry.language,
        "source": listing.kind,
    }
    return {field: value for field, value in said.items() if value}


def outlet(listing: Listing, *, address: str, of: str) -> str | None:
    """The outlet that a feed at `address` is of, where its title names one: "The Tern" of "World - The Tern".

    A title is a section's as often as an outlet's, so a part of it is a name only where the host, or who the feed says
    holds its rights, bears that out; and it is no word on pages of another site.
    """
    if not listing.title or not is_same_site(address, of):
        return None
    labels = {_letters(label) for label in (urlsplit(of).hostname or "").split(".")[:-1]}
    others = [_letters(name) for name in listing.names]
    for part in _BETWEEN.split(listing.title):
        name = _letters(part)
        bare = name.removeprefix("the")
        if len(bare) > 1 and (labels & {name, bare, f"{bare}news"} or any(name in other for other in others)):
            return part.strip()
    return None


def own_text(entry: Entry, *, page: Fetched) -> Fetched | None:
    """The page that an entry's own text makes, where that is of the feed's site and long enough to be whole."""
    if not entry.markup or len(entry.markup) < WHOLE or not is_same_site(entry.url, page.url):
        return None
    title = html.escape(entry.title or "")
    content = (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title></head>'
        f"<body><article><h1>{title}</h1>{entry.markup}</article></body></html>"
    )
    return Fetched(
        url=entry.url,
        content=content.encode("utf-8", "replace"),
        content_type="text/html",
        fetched_at=page.fetched_at,
        charset="utf-8",
    )


def newest(entries: tuple[Entry, ...], *, most: int) -> tuple[Entry, ...]:
    """At most so many entries: all of them in their order, else the newest ones."""
    if len(entries) <= most:
        return entries
    days = {entry.url: (published(entry.published) or published(entry.modified) or "")[:10] for entry in entries}
    return tuple(sorted(entries, key=lambda entry: days[entry.url], reverse=True)[:most])


def key(url: str) -> str:
    """What two ways to write one address have in common."""
    return canonical(url) if web_address(url) else url


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
