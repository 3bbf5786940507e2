"""When an article was published, and last changed: every date that its page has for it, and what that is worth.

The data of the article's own node in JSON-LD goes before metadata, that before what the page shows with the headline,
and that before its address; of two that contradict each other neither is believed (`votes`). Dates in scripts, in
comments, in related stories and in running text are none of the article's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rag.byline import properties, votes
from rag.byline.dates import not_after, published
from rag.byline.jsonld import Linked
from rag.byline.metadata import Metadata
from rag.byline.visible import View

_PUBLISHED_NAMES = frozenset(
    """article:published_time article:published article.published og:article:published_time og:published_time
    datepublished datepublication publishdate publish-date publish_date publishedtime published_time published-date
    pubdate publication_date publication-date citation_publication_date citation_online_date dc.date.issued
    dcterms.issued dcterms.date.issued parsely-pub-date sailthru.date cxenseparse:recs:publishtime
    article_date_original article-publication-date originalpublicationdate bt:pubdate vr:published_time ptime
    shareaholic:article_published_time rnews:datepublished published_at iso-8601-publish-date""".split()
)
_DATE_NAMES = frozenset("date dc.date dcterms.date dc.date.created dcterms.created article:post_date".split())
_MODIFIED_NAMES = frozenset(
    """article:modified_time og:updated_time article:modified datemodified dc.date.modified dcterms.modified
    last-modified lastmod modified-date article.updated cxenseparse:recs:modifiedtime revised""".split()
)
_HEAD = frozenset({"json-ld", "meta", "meta date"})
_WEB = "1990"  # no page was published before
_COUNTED_FROM = re.compile(r"200[01]-01-01(?:T00:00|$)")
_URL_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:([/._-])(0?[1-9]|1[0-2]|[a-z]{3})\2([0-3]?\d)|(0[1-9]|1[0-2])([0-3]\d))(?!\d)",
    re.IGNORECASE,
)
_SHORT_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def day_in(url: str) -> str | None:
    """The ISO day that an address names ("/2024/12/01/", "/2024/dec/01/", "-20241201"); None for none, or several."""
    days = set()
    for match in _URL_DAY.finditer(url.partition("://")[2].partition("/")[2].partition("?")[0]):
        year, _, month, day, packed_month, packed_day = match.groups()
        number = packed_month or month.lower()
        if number.isalpha():
            number = str(_SHORT_MONTHS.index(number) + 1) if number in _SHORT_MONTHS else "0"
        days.add(published(f"{year}-{int(number):02}-{int(packed_day or day):02}"))
    return days.pop() if len(days) == 1 else None


class Dates:
    """The dates of one page, read at `now`, which none of them is later than."""

    def __init__(
        self,
        *,
        linked: Linked,
        metadata: Metadata,
        marked: Mapping[str, Sequence[tuple[str, Any]]],
        view: View,
        now: datetime,
    ) -> None:
        self._linked = linked
        self._metadata = metadata
        self._marked = marked
        self._view = view
        self._now = now

    def published(self, *, url: str | None, given: tuple[str, object]) -> votes.Chosen | None:
        """The date of publication; `given` is who else states one, and what."""
        return votes.choose([*self._publications(), *self._said("url", day_in(url or ""), 2), *self._said(*given, 2)])

    def modified(self, *, published_at: str | None) -> votes.Chosen | None:
        """The date of the last change; one before publication is none."""
        said = self._changes()
        return votes.choose([one for one in said if not published_at or one.value[:10] >= published_at[:10]])

    def _publications(self) -> Iterator[votes.Said]:
        for node in self._linked.articles:
            yield from self._stored("json-ld", node.get("datePublished"), 4 if self._linked.is_sure else 3)
        for node in () if self._linked.articles else self._linked.pages:
            yield from self._stored("json-ld", node.get("datePublished"), 2)
        for name, values in self._metadata.values.items():
            for value in values:
                if name in _PUBLISHED_NAMES:
                    yield from self._stored("meta", value, 3)
                elif name in _DATE_NAMES:
                    yield from self._stored("meta date", value, 2)
        for kind, element in self._marked.get("datepublished", ()):
            yield from self._stored(kind, properties.value_of(element), 3)
        yield from self._shown()

    def _shown(self) -> Iterator[votes.Said]:
        """What the page shows; of one published again, which of its dates is the first is not sure."""
        dates = [seen for seen in self._view.dates if seen.value[:10] not in self._linked.out]
        if any(seen.role == "republished" for seen in dates):
            return
        told = [seen for seen in dates if seen.role == "published"]
        for seen in told:
            yield from self._said(seen.source, seen.value, 3 if seen.with_headline else 2)
        plain = [] if told else [seen for seen in dates if seen.role == "plain"]
        if all(
            seen.value >= _WEB for seen in plain
        ):  # beside a day before it, as of a birth, another is no publication
            for seen in plain:
                if seen.value[:10] not in self._linked.held:
                    yield from self._said("text", seen.value, 2)

    def _changes(self) -> Iterator[votes.Said]:
        for node in self._linked.articles:
            yield from self._said("json-ld", node.get("dateModified"), 4)
        for name in _MODIFIED_NAMES & self._metadata.values.keys():
            for value in self._metadata.values[name]:
                yield from self._said("meta", value, 3)
        for kind, element in self._marked.get("datemodified", ()):
            yield from self._said(kind, properties.value_of(element), 3)
        for seen in self._view.dates:
            if seen.role == "modified":
                yield from self._said(seen.source, seen.value, 2)

    def _stored(self, source: str, value: object, weight: int) -> Iterator[votes.Said]:
        """The same of what programs keep, where a day before the web, or one that they count from, means "none".

        What a program writes in the head is not in the order of the page's language: there 01/02/2024 is no date.
        """
        language = None if source in _HEAD else self._metadata.language_tag
        for said in self._said(source, value, weight, language=language):
            if said.value >= _WEB and not _COUNTED_FROM.match(said.value):
                yield said

    def _said(self, source: str, value: object, weight: int, *, language: str | None = None) -> Iterator[votes.Said]:
        read = published(value, now=self._now, language=language)
        if read and (bounded := not_after(read, self._now)):
            yield votes.Said(source, bounded, weight)
