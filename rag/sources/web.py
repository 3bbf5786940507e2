"""What web addresses mean: a page is an article, a feed or a sitemap those of all the pages that it names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING

from rag import articles, feeds
from rag.articles import shown
from rag.confined import Parser
from rag.errors import ArticleError, FetchError
from rag.feeds import Entry, Listing
from rag.fetch import Fetched, Get, NotModified, Validators
from rag.sources.hints import hints, key, newest, own_text
from rag.sources.items import Item, Visits, removed
from rag.types import Article, DefectKind, Refusal, Unchanged, Visit

if TYPE_CHECKING:
    import threading

MOST_SITEMAPS = 50  # of one index
_MORE = "the newest {:,} were looked at. Raise MAX_LINKS to look at more."
_NO_TEXT: frozenset[DefectKind] = frozenset({"paywall", "cookie_wall", "error_page", "truncated"})


@dataclass(slots=True, kw_only=True)
class Web:
    """Reads web addresses, each page once; `most` is the number of pages that one feed or sitemap may name.

    `get` may be slow, and raises FetchError; it is stopped by `stop`, and so is the rest. `visits` is what is known of
    addresses, `known` of inputs; `parser` takes them apart.
    """

    get: Get
    visits: Visits
    known: articles.Known
    parser: Parser
    max_bytes: int
    most: int
    stop: threading.Event
    seen: set[str] = field(default_factory=set)

    def items(self, url: str) -> Iterator[Item]:
        """What is at an address that somebody named."""
        self.seen.add(key(url))
        visit = self.visits.visit(url)
        try:
            reply = self._asked(url, visit)
            if isinstance(reply, NotModified):
                yield from _as_before(visit, url)
                return
            form, reply = self._form(reply)
            if form is None:
                yield from (replace(item, named=True) for item in self._articles(url, reply, {}))
            else:
                yield from self._listed(url, reply, self._listing(reply, form))
        except (FetchError, ArticleError) as error:
            if not self.stop.is_set():
                yield _refused(url, str(error))

    def _asked(self, url: str, visit: Visit | None) -> Fetched | NotModified:
        known = Validators(etag=visit.etag, last_modified=visit.last_modified, url=visit.said_by) if visit else None
        return self.get(url, known=known, stop=self.stop)

    def _form(self, reply: Fetched) -> tuple[feeds.Form | None, Fetched]:
        """What a listing is, None for a page or a file; and the reply, unpacked. Raises ArticleError."""
        form = feeds.form_of(reply.content, content_type=reply.content_type)
        if form is None:
            return None, reply
        if form == "xml":
            raise ArticleError(
                "It is XML of another kind than a page, a feed or a sitemap; give the address of one of these."
            )
        content = feeds.unpacked(reply.content, max_bytes=self.max_bytes)
        if form == "page":
            return None, replace(reply, content=content, content_type="text/html")
        return form, replace(reply, content=content)

    def _listing(self, reply: Fetched, form: feeds.Form) -> Listing:
        assert form != "page" and form != "xml"
        return self.parser.listing(reply.content, form=form, address=reply.url, charset=reply.charset)

    # --- listings

    def _listed(self, url: str, page: Fetched, listing: Listing, *, most: int | None = None) -> Iterator[Item]:
        """The articles that a listing names; last its own visit, if it need not be read again until it changes."""
        most = self.most if most is None else most
        for sentence in listing.amiss:
            yield _refused(url, sentence)
        entries = newest(listing.entries, most=most)
        if len(entries) < len(listing.entries):
            yield _refused(url, f"It names {len(listing.entries):,} pages; {_MORE.format(most)}")
        all_well = not listing.amiss and len(entries) == len(listing.entries) and not listing.sitemaps
        for entry in entries:
            if self.stop.is_set():
                return
            if key(entry.url) in self.seen:
                continue
            self.seen.add(key(entry.url))
            day = self.visits.removed_on(entry.url) or self.visits.removed_on(key(entry.url))
            if day is not None:
                yield Item(found=removed(shown(entry.url), day))
                continue
            try:
                yield from self._entry(entry, listing, page=page)
            except FetchError as error:  # the next time may be better
                if self.stop.is_set():
                    return
                all_well = False
                yield _refused(entry.url, str(error))
            except ArticleError as error:
                yield _refused(entry.url, str(error))
        yield from self._inner(listing, url=url, most=most)
        if all_well and not self.stop.is_set():
            yield Item(found=None, visit=_visit(url, page))

    def _inner(self, listing: Listing, *, url: str, most: int) -> Iterator[Item]:
        """The articles of the sitemaps that an index names, the last changed first; an index within one is left."""
        left = most
        for done, address in enumerate(listing.sitemaps):
            if self.stop.is_set():
                return
            if done >= MOST_SITEMAPS or left <= 0:
                yield _refused(url, f"It names {len(listing.sitemaps):,} sitemaps; {_MORE.format(done)}")
                return
            if key(address) in self.seen:
                continue  # itself, or one that was read
            self.seen.add(key(address))
            try:
                reply = self._asked(address, self.visits.visit(address))
                if isinstance(reply, NotModified):
                    continue
                form, reply = self._form(reply)
                if form != "sitemap":
                    raise ArticleError("It is named as a sitemap and is none; tell its publisher.")
                inner = self._listing(reply, form)
                if inner.sitemaps:
                    raise ArticleError("It is an index within an index, which is not followed; give its own address.")
                yield from self._listed(address, reply, inner, most=left)
                left -= len(inner.entries)
            except (FetchError, ArticleError) as error:
                if self.stop.is_set():
                    return
                yield _refused(address, str(error))

    def _entry(self, entry: Entry, listing: Listing, *, page: Fetched) -> Iterator[Item]:
        """The article of an entry: that of its page, or, where none was ever had of that, of the entry's own text."""
        visit = self.visits.visit(entry.url)
        given = hints(entry, listing, page=page)
        own = own_text(entry, page=page) if visit is None else None
        try:
            reply = self._asked(entry.url, visit)
            if isinstance(reply, NotModified):
                yield from _as_before(visit, entry.url)
                return
            form, reply = self._form(reply)
            if form is not None:
                raise ArticleError("It is a feed or a sitemap itself, named by another; give its own address.")
            read = self._articles(entry.url, reply, given)
            if own is None:
                yield from read
                return
            found = list(read)
        except (FetchError, ArticleError):
            if own is None or self.stop.is_set():
                raise
            found = []
        if any(_has_text(item) for item in found):
            yield from found
        else:
            read_own = articles.read_fetched(own, known=self.known, given=given, parser=self.parser)
            yield from (Item(found=one) for one in read_own)

    # --- pages

    def _articles(self, url: str, reply: Fetched, given: dict[str, str]) -> Iterator[Item]:
        """The articles of what was fetched; where it is one alone, its address is remembered with it."""
        found = articles.read_fetched(reply, known=self.known, given=given, parser=self.parser)
        first = next(found, None)
        second = next(found, None)
        if isinstance(first, Article | Unchanged) and second is None:
            yield Item(found=first, visit=_visit(url, reply))
        else:
            yield from (Item(found=one) for one in chain([first, second], found) if one is not None)


def _as_before(visit: Visit | None, url: str) -> Iterator[Item]:
    """What is at an address that has not changed: its article, and nothing for a listing, whose pages were all read."""
    if visit is not None and visit.article_id is not None:
        yield Item(found=Unchanged(article_id=visit.article_id, source=url), visit=visit)


def _has_text(item: Item) -> bool:
    """Whether it is an article, and that is not but the wall before one."""
    found = item.found
    return not isinstance(found, Refusal | Article) or (
        isinstance(found, Article) and not any(defect.kind in _NO_TEXT for defect in found.defects)
    )


def _refused(source: str, reason: str) -> Item:
    return Item(found=Refusal(source=shown(source), reason=reason))


def _visit(url: str, page: Fetched) -> Visit:
    marks = page.validators
    return Visit(url=url, etag=marks.etag, last_modified=marks.last_modified, said_by=marks.url)
