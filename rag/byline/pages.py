"""The byline of a web page: what its data, its metadata and what it shows agree on, and where each value is from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from typing import Any

from rag.byline import agencies, authors, credits, jsonld, outlets, properties, votes
from rag.byline.addresses import canonical, is_front_page
from rag.byline.metadata import Metadata, language_of, parts, splits, splits_at_colons
from rag.byline.names import LONGEST_TITLE, key, line, same_title
from rag.byline.publication import Dates
from rag.byline.visible import View
from rag.types import Confidence, Finding

_MOST_SCRIPTS = 600
_LONGEST_SITE = 40  # characters of a site's name in a title
_AUTHOR_NAMES = """author og:article:author parsely-author sailthru.author dc.creator dcterms.creator article:author
    byl""".split()
_TITLE_NAMES = "twitter:title dc.title parsely-title sailthru.title headline".split()
_SITE_NAMES = "application-name apple-mobile-web-app-title dc.publisher publisher".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What an article says of itself; each as in `Article`, None where it is not stated or not sure."""

    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    url: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    language: str | None = None
    dateline: str | None = None
    dateline_day: str | None = None
    origin: str | None = None
    findings: tuple[Finding, ...] = ()


class Page:
    """One page's tree, asked for one field after another; nothing of the tree is altered."""

    def __init__(
        self,
        tree: Any,  # noqa: ANN401
        *,
        address: str | None,
        fetched_at: str | None,
        given: Mapping[str, str],
    ) -> None:
        self._tree = tree
        self._address = address
        self._given = given
        self._giver = given.get("source", "given")
        now = datetime.fromisoformat(fetched_at) if fetched_at else datetime.now(UTC)
        self._now = now if now.tzinfo else now.replace(tzinfo=UTC)
        self._metadata = Metadata(tree, address=address)
        self._findings: list[Finding] = []

    def stated(self) -> Stated:
        """All that the page states, with the findings."""
        url = self._url()
        outlet = self._outlet()
        author, origin = self._author(outlet)
        title = self._title(outlet)
        dates = Dates(linked=self._linked, metadata=self._metadata, marked=self._marked, view=self._view, now=self._now)
        given = (self._giver, self._given.get("published_at"))
        published_at = self._chosen("published_at", dates.published(url=url, given=given))
        return Stated(
            title=title,
            outlet=outlet,
            author=author,
            url=url,
            published_at=published_at,
            modified_at=self._chosen("modified_at", dates.modified(published_at=published_at)),
            language=language_of(self._metadata.language_tag),
            origin=origin,
            findings=tuple(self._findings),
        )

    def _found(self, field: str, source: str, confidence: Confidence) -> None:
        self._findings.append(Finding(field=field, source=source, confidence=confidence))

    def _chosen(self, field: str, chosen: votes.Chosen | None) -> str | None:
        if chosen is None:
            return None
        self._found(field, chosen.source, chosen.confidence)
        return chosen.value

    # --- what the page holds -----------------------------------------------------------------------------------------

    @cached_property
    def _view(self) -> View:
        return View(self._tree, titles=self._metadata.titles, language=self._metadata.language_tag)

    @cached_property
    def _titles(self) -> tuple[str, ...]:
        """What the page calls its article, outside of its data."""
        shown = [self._view.headline] if self._view.headline else []
        return tuple(dict.fromkeys((*shown, *self._metadata.titles)))

    @cached_property
    def _linked(self) -> jsonld.Linked:
        scripts = islice(self._tree.iter("script"), _MOST_SCRIPTS)
        blocks = [script.text or "" for script in scripts if "ld+json" in (script.get("type") or "").lower()]
        stated = [url for url, _ in self._metadata.addresses]
        addresses = [*stated, *([canonical(self._address)] if self._address else [])]
        identity = jsonld.Identity(
            addresses=frozenset(url for url in addresses if not is_front_page(url)),
            titles=self._titles,
            base=self._address or next(iter(stated), None),
        )
        return jsonld.read(blocks, identity)

    @cached_property
    def _marked(self) -> Mapping[str, list[tuple[str, Any]]]:
        return properties.read(self._tree, self._view, self._titles)

    def _marked_values(self, name: str) -> list[tuple[str, object]]:
        return [(kind, properties.value_of(element)) for kind, element in self._marked.get(name, ())[:20]]

    def _linked_values(self, *names: str) -> list[object]:
        """The values of the article's node under the first of the names that has any."""
        for node in self._linked.articles[:1]:
            value = next((node[name] for name in names if node.get(name)), None)
            return [self._linked.resolved(one) for one in (value if isinstance(value, list) else [value])[:20]]
        return []

    # --- fields ------------------------------------------------------------------------------------------------------

    def _url(self) -> str | None:
        """The article's address: as the page says, if that is of its site, else where it was read."""
        url, source = next(self._urls(), (None, ""))
        if url:
            self._found("url", source, "high")
        return url

    def _urls(self) -> Iterator[tuple[str, str]]:
        yield from self._metadata.addresses
        for node in self._linked.articles if self._linked.is_sure or self._address is None else ():
            for url in jsonld.addresses_of(node, self._address):
                if not self._metadata.is_strange(url):
                    yield url, "json-ld"
        if self._address:
            yield canonical(self._address), "address"

    def _outlet(self) -> str | None:
        claims: list[tuple[str, object]] = [
            *(("json-ld", one) for one in self._linked_values("publisher", "sourceOrganization")),
            *(("open graph", one) for one in self._metadata.values.get("og:site_name", ())[:1]),
            *self._marked_values("publisher"),
            ("meta", self._metadata.first(*_SITE_NAMES)),
            (self._giver, self._given.get("outlet")),
            ("title", self._name_in_title),
        ]
        named = [(source, name) for source, value in claims if (name := line(value))]
        site = self._address or next((url for url, _ in self._metadata.addresses), None)
        chosen = outlets.choose(named, site=site, sure_site=self._address is not None, title=self._metadata.title)
        if chosen is None:
            return None
        self._found("outlet", chosen.source, chosen.confidence)
        return chosen.name

    @cached_property
    def _name_in_title(self) -> str | None:
        """What the title element has before or after the headline, if that is no part of the site."""
        shown = key(self._view.headline or "")
        title = self._metadata.title or ""
        for before, after in splits(title) + splits_at_colons(title) if shown else ():
            for headline, name in ((before, after), (after, before)):
                if key(headline) == shown and len(name) <= _LONGEST_SITE and not self._view.is_section(name):
                    return parts(name)[-1 if name is after else 0]
        return None

    def _author(self, outlet: str | None) -> tuple[str | None, str | None]:
        """The people who wrote the article, and the agency where the page names one in their place."""
        metas = self._metadata.values
        sources: list[tuple[str, Callable[[], Sequence[object]]]] = [
            ("json-ld", lambda: self._linked_values("author", "creator")),
            ("meta", lambda: [value for name in _AUTHOR_NAMES for value in metas.get(name, ())]),
            ("microdata", lambda: [value for _, value in self._marked_values("author")]),
            ("text", lambda: credits.authors(self._tree, self._view)),
            (self._giver, lambda: [self._given.get("author")]),
        ]
        origin = self._shown_source()
        for source, read in sources:
            author, agency = authors.authors_and_agency(read(), outlet=outlet, language=self._metadata.language_tag)
            if agency and not origin:
                origin = agency
                self._found("origin", source, "medium")
            if author:
                self._found("author", source, "medium" if source == "text" else "high")
                return author, origin
        return None, origin

    def _shown_source(self) -> str | None:
        """The agency that the page names as the article's provider or source."""
        provider = next(iter(self._linked_values("provider")), None)
        named = agencies.agency(line(provider) or "")
        shown = named or credits.source(self._view)
        if shown:
            self._found("origin", "json-ld" if named else "text", "medium")
        return shown

    def _title(self, outlet: str | None) -> str | None:
        """The headline that most of the page's titles are, without the name of the site."""
        stated: list[tuple[str, object]] = [
            *(("json-ld", jsonld.headline_of(node)) for node in self._linked.articles[:1]),
            ("open graph", self._metadata.first("og:title")),
            ("heading", self._view.headline),
            *self._marked_values("headline")[:1],
            ("meta", self._metadata.first(*_TITLE_NAMES)),
            ("title", self._metadata.title),
            (self._giver, self._given.get("title")),
        ]
        names = [outlet, line(self._metadata.first("og:site_name")), outlets.label(self._address)]
        keys = {key(name) for name in names if name}
        whole = [(source, title) for source, value in stated if (title := line(value, limit=LONGEST_TITLE))]
        titles = [(source, _without_site(title, keys)) for source, title in whole]
        titles = [(source, title) for source, title in titles if key(title) and key(title) not in keys]
        if not titles:
            return None
        source, title = max(titles, key=lambda one: sum(_is_said(one[1], other) for _, other in titles))
        agreed = sum(same_title(title, other) for _, other in titles) > 1
        self._found("title", source, "high" if agreed else "medium")
        return title


def _without_site(title: str, names: set[str]) -> str:
    """A title without the name of its site before or after it; `names` are its keys."""
    marks = splits(title) + splits_at_colons(title)
    for before, after in sorted(marks, key=lambda mark: -len(mark[0])):
        if key(after) in names:
            return _without_site(before.strip(), names)
    for before, after in marks:
        if key(before) in names:
            return after.strip()
    return title


def _is_said(title: str, other: str) -> bool:
    """Whether another title says a title: its words, or these with more set off by a mark."""
    said = key(title)
    return said == key(other) or any(said in {key(before), key(after)} for before, after in splits(other))


def with_text(stated: Stated, sent: tuple[str | None, str | None, str | None, tuple[Finding, ...]]) -> Stated:
    """What a page states, with the dateline and the agency that its text names; the text's agency goes first."""
    dateline, day, origin, findings = sent
    kept = tuple(one for one in stated.findings if not (origin and one.field == "origin"))
    return replace(
        stated,
        dateline=dateline,
        dateline_day=day,
        origin=origin or stated.origin,
        findings=kept + findings,
    )
