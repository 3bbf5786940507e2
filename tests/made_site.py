"""A site for tests without a network, and a library that remembers what it took from it.

site = Site()
site.put("/feed.xml", rss(item("/a")), kind="application/rss+xml")
site.get("https://tern.example/feed.xml")     # Fetched, NotModified where its marks are known, or FetchError
site.asked                                    # the addresses that were asked for, in order
shelf = Shelf(site)
shelf.read("/feed.xml")                       # the items; what they say is remembered as a library does
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace

from rag.errors import FetchError
from rag.fetch import Fetched, NotModified, Validators
from rag.sources import Item, items
from rag.types import Article, Refusal, Unchanged, Visit

HOME = "https://tern.example"
NOW = "2026-03-10T12:00:00+00:00"
TEXT = "The harbour of {} was closed on Monday after a storm broke two of its cranes, its master said. "


def whole(address: str) -> str:
    """An address of the site where it is a path."""
    return address if "://" in address else HOME + address


def page(name: str, *, head: str = "", times: int = 3) -> str:
    body = "".join(f"<p>{TEXT.format(f'{name} {number}')}</p>" for number in range(times))
    return f"<!DOCTYPE html><html><head><title>{name}</title>{head}</head><body><article>{body}</article></body></html>"


def item(link: str | None, *, title: str = "", extra: str = "") -> str:
    named = (f"<title>{title}</title>" if title else "") + (f"<link>{link}</link>" if link else "")
    return f"<item>{named}{extra}</item>"


def rss(*entries: str, title: str = "The Tern") -> str:
    spaces = "xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/'"
    channel = f"<channel><title>{title}</title>{''.join(entries)}</channel>"
    return f"<?xml version='1.0'?><rss version='2.0' {spaces}>{channel}</rss>"


class Site:
    """Pages by their addresses, each with an ETag of its content; what is not there is a FetchError."""

    def __init__(self) -> None:
        self.pages: dict[str, Fetched] = {}
        self.asked: list[str] = []

    def put(self, address: str, content: str | bytes, *, kind: str = "text/html", at: str | None = None) -> None:
        data = content.encode() if isinstance(content, str) else content
        marks = Validators(etag=hashlib.sha256(data).hexdigest()[:8])
        found = Fetched(
            url=whole(at or address), content=data, content_type=kind, fetched_at=NOW, charset=None, validators=marks
        )
        self.pages[whole(address)] = found

    def get(
        self, url: str, /, *, known: Validators | None = None, stop: threading.Event | None = None
    ) -> Fetched | NotModified:
        self.asked.append(url)
        found = self.pages.get(url)
        if found is None:
            raise FetchError("There is no page at the address (HTTP 404); check it.")
        if known is not None and known.etag == found.validators.etag:
            return NotModified(url=found.url, fetched_at=NOW)
        return found


class Shelf:
    """A library in little: articles by their sources, and the visits that were noted."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.articles: dict[str, Article] = {}
        self.visits: dict[str, Visit] = {}
        self.removed: dict[str, str] = {}

    def visit(self, url: str) -> Visit | None:
        return self.visits.get(url)

    def removed_on(self, source: str) -> str | None:
        return self.removed.get(source)

    def read(self, *addresses: str, **options: object) -> list[Item]:
        self.site.asked.clear()
        found = []
        read = items([whole(one) for one in addresses], get=self.site.get, visits=self, max_bytes=100_000, **options)
        for one in read:
            found.append(one)
            name = None
            if isinstance(one.found, Article):
                self.articles[one.found.source] = one.found
                name = one.found.id
            elif isinstance(one.found, Unchanged):
                name = one.found.article_id
            if one.visit:
                self.visits[one.visit.url] = replace(one.visit, article_id=name)
        return found


def titles(found: list[Item]) -> list[str | None]:
    return [one.found.title for one in found if isinstance(one.found, Article)]


def refusals(found: list[Item]) -> dict[str, str]:
    return {one.found.source: one.found.reason for one in found if isinstance(one.found, Refusal)}
