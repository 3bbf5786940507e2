"""What one item of a file says of an article, before it has an id: the text as it will be kept, and the byline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rag import byline, quality
from rag.articles.prose import readable
from rag.byline import LONGEST_NAME, LONGEST_TITLE, Stated
from rag.byline import host_of as host_of
from rag.byline import is_same_site as is_same_site
from rag.byline import line as line
from rag.byline import published as published
from rag.byline import web_address as web_address
from rag.types import Confidence, Defect, Finding

_MOST_AUTHORS = 20
_STATED = "fields"  # where a value is from that its file, its row or its sender states

_TITLE = ("title", "headline", "webtitle", "articletitle", "name")
_OUTLET = ("outlet", "publication", "publisher", "newsoutlet", "newspaper", "source", "sourcename", "sitename", "site")
_OUTLET_DOMAIN = ("sourcedomain", "domain", "cleanurl")
_AUTHOR = ("author", "authors", "byline", "creator")
_URL = ("url", "link", "weburl", "articleurl", "canonicalurl", "permalink", "sourceurl", "source", "guid")
_DATE = (
    *("publishedat", "published", "datepublished", "publisheddate", "publishdate", "publicationdate", "publishedon"),
    *("publishedtime", "pubdate", "datepublish", "webpublicationdate", "date"),
)
_MODIFIED = ("modifiedat", "datemodified", "modified", "lastmodified", "updatedat", "dateupdated", "updated")
_LANGUAGE = ("language", "lang", "inlanguage")
_TEXT = (
    *("body", "text", "articlebody", "articletext", "fulltext", "maintext", "bodytext", "content", "contents"),
    *("article", "story", "description", "summary", "shortdescription"),
)
_ROW_ID = ("id", "_id", "uid", "uuid", "docid", "documentid", "articleid", "pid", "guid")
_NESTED = ("fields", "metadata", "meta", "attributes", "_source")
_PLAIN_KEY = re.compile(r"[^a-z0-9]")
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as one item of a file states it; `name` is the item's own id in its file, the rest as `Article`."""

    text: str
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
    defects: tuple[Defect, ...] = ()
    name: str | None = None


def draft(fields: Mapping[str, object], *, text: str | None = None, source: str = _STATED) -> Draft:
    """The draft that named values make, whatever of the usual names they go by; `text`, where given, is the body.

    `source` is what the findings call the place that the values are from, as "mail".
    """
    values = _by_plain_name(fields)
    title = line(_first(values, _TITLE), limit=LONGEST_TITLE)
    url = next((url for name in _URL if (url := _address(values.get(name)))), None)
    outlet = _outlet(values)
    author, agency = byline.authors_and_agency(_authors(_first(values, _AUTHOR)), outlet=outlet)
    named = {
        "title": title,
        "outlet": outlet,
        "author": author,
        "url": url,
        "published_at": _date(values, _DATE),
        "modified_at": _date(values, _MODIFIED),
        "language": byline.language_of(_first(values, _LANGUAGE)),
        "origin": agency,
    }
    by_host = byline.by_host(url) if url and not outlet else None
    findings = [_finding(field, source) for field, value in named.items() if value]
    stated = Stated(
        **{**named, "outlet": outlet or by_host},
        findings=(*findings, *([_finding("outlet", "host")] if by_host else [])),
    )
    body = text if text is not None else text_field(fields)
    return from_stated(stated, text=body, name=line(_first(values, _ROW_ID), limit=LONGEST_NAME))


def from_stated(stated: Stated, *, text: str, page: quality.Page | None = None, name: str | None = None) -> Draft:
    """The draft of a text whose byline is known, with what the text itself says: where it comes from, what it lacks.

    `page` is what a web page shows besides its text.
    """
    body = readable(text, title=stated.title)
    whole = byline.with_text(stated, byline.of_text(body, published_at=stated.published_at))
    return Draft(
        text=body,
        title=whole.title,
        outlet=whole.outlet,
        author=whole.author,
        url=whole.url,
        published_at=whole.published_at,
        modified_at=whole.modified_at,
        language=whole.language or quality.language_of(body),
        dateline=whole.dateline,
        dateline_day=whole.dateline_day,
        origin=whole.origin,
        findings=whole.findings,
        defects=quality.defects(body, title=whole.title, page=page),
        name=name,
    )


def _finding(field: str, source: str, confidence: Confidence = "high") -> Finding:
    return Finding(field=field, source=source, confidence=confidence)


def text_field(fields: Mapping[str, object]) -> str:
    """The text among named values: the first that holds any of the names a body goes by; empty where none does."""
    values = _by_plain_name(fields)
    return next((text for name in _TEXT if (text := _paragraphs(values.get(name))).strip()), "")


def _by_plain_name(fields: Mapping[str, object]) -> dict[str, object]:
    """Values under their names in lower case without separators; those of a nested "metadata" come after."""
    values: dict[str, object] = {}
    nested = [fields[name] for name in _NESTED if isinstance(fields.get(name), Mapping)]
    for mapping in (fields, *nested):
        assert isinstance(mapping, Mapping)
        for name, value in mapping.items():
            plain = str(name).lower()
            values.setdefault(plain if plain == "_id" else _PLAIN_KEY.sub("", plain), value)
    return values


def _first(values: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((values[name] for name in names if values.get(name)), None)


def _paragraphs(value: object) -> str:
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("rendered", "value", "text") if isinstance(value.get(key), str)), "")
    if isinstance(value, list):
        return "\n\n".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _outlet(values: Mapping[str, object]) -> str | None:
    """The outlet by its name; one that is named by its host alone by its known name, else by the host."""
    for name in (*_OUTLET, *_OUTLET_DOMAIN):
        found = line(values.get(name))
        if found and not found.startswith(("http:", "https:", "file:", "/")):
            return byline.by_host(f"https://{found}") or found if _HOST.fullmatch(found) else found
    return None


def _authors(value: object) -> list[object]:
    return value[:_MOST_AUTHORS] if isinstance(value, list) else [value]


def _date(values: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    return next((day for name in names if (day := published(values.get(name)))), None)


def _address(value: object) -> str | None:
    """A row's address in canonical form, but for its fragment: that may be what tells two rows apart."""
    address = web_address(value)
    if address is None:
        return None
    fragment = address.partition("#")[2]
    whole = byline.canonical(address)
    return whole if "#" in whole or not fragment or fragment.startswith(":~:") else f"{whole}#{fragment}"
