"""Feeds and sitemaps, as they came: RSS, Atom, JSON Feed, sitemaps, news sitemaps and indexes of sitemaps. Pure.

    form = form_of(data, content_type="text/xml")
    listing = read(data, form=form, address="https://tern.example/feed", charset=None)

Whatever they say is what strangers say: nothing in them is loaded, and no input keeps the parsers for long.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from rag.feeds.jsonfeed import from_json_feed
from rag.feeds.listing import Entry as Entry
from rag.feeds.listing import Listing as Listing
from rag.feeds.sitemaps import from_sitemap
from rag.feeds.sniffing import Form as Form
from rag.feeds.sniffing import form_of as form_of
from rag.feeds.sniffing import unpacked as unpacked
from rag.feeds.syndication import from_feed


def read(
    data: bytes, *, form: Literal["feed", "json feed", "sitemap"], address: str, charset: str | None = None
) -> Listing:
    """What a feed or a sitemap at `address` names, each article once; raises ArticleError.

    `charset` is what the server says of it. Relative addresses are made whole.
    """
    if form == "json feed":
        listing = from_json_feed(data, address=address)
    elif form == "sitemap":
        listing = from_sitemap(data, address=address, charset=charset)
    else:
        listing = from_feed(data, address=address, charset=charset)
    return replace(listing, entries=_each_once(listing.entries))


def _each_once(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The entries of different addresses; where two are of one, the first, without the date that they differ on."""
    found: dict[str, Entry] = {}
    for entry in entries:
        url = entry.url.partition("#")[0]
        first = found.setdefault(url, replace(entry, url=url))
        if first.published != entry.published:
            found[url] = replace(first, published=None)
    return tuple(found.values())
