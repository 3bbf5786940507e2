"""Sitemaps and indexes of them, with what news sitemaps say of each article (sitemaps.org, Google's news extension)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from rag.errors import ArticleError
from rag.feeds.listing import Entry, Listing
from rag.feeds.xml import Element, document, local, said


def from_sitemap(data: bytes, *, address: str, charset: str | None) -> Listing:
    """The addresses of a sitemap, or of the sitemaps of an index; raises ArticleError."""
    found = document(data, charset=charset)
    name = local(found.root)
    if name not in {"urlset", "sitemapindex"}:
        raise ArticleError("It is no sitemap; check the address.")
    places = [element for element in found.root if local(element) in {"url", "sitemap"}]
    if found.cut:
        places = places[:-1]
    amiss = [f"It is no well-formed XML ({found.amiss}); what could be read was."] if found.amiss else []
    if name == "sitemapindex":
        last = sorted(places, key=lambda element: _changed(element) or "", reverse=True)
        addresses = [url for element in last if (url := _address(element, address))]
        return Listing(kind="sitemap", sitemaps=tuple(dict.fromkeys(addresses)), amiss=tuple(amiss))
    entries = [entry for element in places if (entry := _entry(element, address, broken=bool(found.amiss)))]
    if len(entries) < len(places):
        amiss.append(f"{len(places) - len(entries):,} of its entries have no address; they were left out.")
    return Listing(kind="sitemap", entries=tuple(entries), amiss=tuple(amiss))


def _entry(element: Element, address: str, *, broken: bool) -> Entry | None:
    url = _address(element, address)
    if url is None:
        return None
    news = {} if broken else {local(one): one for one in _under(element, "news")}
    publication = {local(one): one for one in news.get("publication", ())}
    return Entry(
        url=url,
        title=said(news.get("title")),
        outlet=said(publication.get("name")),
        published=said(news.get("publication_date")),
        language=said(publication.get("language")),
        modified=_changed(element),
    )


def _changed(element: Element) -> str | None:
    return said(next((one for one in element if local(one) == "lastmod"), None))


def _under(element: Element, name: str) -> Iterator[Element]:
    for one in element:
        if local(one) == name:
            yield from one


def _address(element: Element, address: str) -> str | None:
    stated = said(next((one for one in element if local(one) == "loc"), None))
    try:
        is_whole = stated is None or stated.startswith(("http://", "https://"))
        return stated if is_whole else urljoin(address, stated)
    except ValueError:
        return None
