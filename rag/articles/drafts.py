"""What one item of a file says of an article, before it has an id: the text as it will be kept, and the byline."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import urlsplit

from rag.articles.prose import clean, readable

_LONGEST_TITLE = 300
_LONGEST_NAME = 200
_LONGEST_URL = 2048
_LONGEST_DATE = 60
_MOST_AUTHORS = 20
_EARLIEST_YEAR = 1800  # year 1 and the like are how programs write "none"

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_PLACEHOLDERS = frozenset({"", "-", "~", "n/a", "none", "null", "undefined", "unknown"})
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}(?=T|$)")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_MAIL_DATE = re.compile(r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d(?::\d\d)? (?:GMT|UTC?|[+-]\d{4})$")
_DATE_PARTS = re.compile(r"\d{4}\D|\D\d{4}$")
# Zones that mean one thing; "IST" and its like mean several, and then only the day is known.
_ZONE = re.compile(r"(?:\b(?:UTC|GMT)|(?<=\d)Z|(?:UTC|GMT)?[+-]\d\d?:?(?:\d\d)?)$")
_LANGUAGES = ["en", "fr", "de", "es", "it", "pt", "nl", "pl", "tr", "ru", "uk", "ar", "fa", "he", "zh", "ja"]

_TITLE = ("title", "headline", "webtitle", "articletitle", "name")
_OUTLET = ("outlet", "publication", "publisher", "newsoutlet", "newspaper", "source", "sourcename", "sitename", "site")
_OUTLET_DOMAIN = ("sourcedomain", "domain", "cleanurl")
_AUTHOR = ("author", "authors", "byline", "creator")
_URL = ("url", "link", "weburl", "articleurl", "canonicalurl", "permalink", "sourceurl", "source", "guid")
_DATE = (
    *("publishedat", "published", "datepublished", "publisheddate", "publishdate", "publicationdate", "publishedon"),
    *("publishedtime", "pubdate", "datepublish", "webpublicationdate", "date"),
)
_TEXT = (
    *("body", "text", "articlebody", "articletext", "fulltext", "maintext", "bodytext", "content", "contents"),
    *("article", "story", "description", "summary", "shortdescription"),
)
_ROW_ID = ("id", "_id", "uid", "uuid", "docid", "documentid", "articleid", "pid", "guid")
_NESTED = ("fields", "metadata", "meta", "attributes", "_source")
_PLAIN_KEY = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as one item of a file states it; `name` is the item's own id within its file."""

    text: str
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    url: str | None = None
    published_at: str | None = None
    name: str | None = None


def draft(fields: Mapping[str, object], *, text: str | None = None) -> Draft:
    """The draft that named values make, whatever of the usual names they go by; `text`, where given, is the body."""
    values = _by_plain_name(fields)
    title = line(_first(values, _TITLE), limit=_LONGEST_TITLE)
    body = text if text is not None else text_field(fields)
    return Draft(
        text=readable(body, title=title),
        title=title,
        outlet=_outlet(values),
        author=_authors(_first(values, _AUTHOR)),
        url=next((url for name in _URL if (url := web_address(values.get(name)))), None),
        published_at=next((day for name in _DATE if (day := published(values.get(name)))), None),
        name=line(_first(values, _ROW_ID), limit=_LONGEST_NAME),
    )


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


def line(value: object, *, limit: int = _LONGEST_NAME) -> str | None:
    """A name or title on one line, at most `limit` characters; None where the value says nothing."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("name", "rendered", "title") if isinstance(value.get(key), str)), None)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)[: 8 * limit]  # enough, whatever is taken out of it
    text = " ".join(clean(html.unescape(_TAG.sub("", text))).split())
    if text.casefold() in _PLACEHOLDERS:
        return None
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _outlet(values: Mapping[str, object]) -> str | None:
    for name in (*_OUTLET, *_OUTLET_DOMAIN):
        found = line(values.get(name))
        if found and not found.startswith(("http:", "https:", "file:", "/")):
            return found
    return None


def _authors(value: object) -> str | None:
    several = value if isinstance(value, list) else [value]
    names = [name for one in several[:_MOST_AUTHORS] if (name := line(one))]
    return line(", ".join(dict.fromkeys(names)))


def web_address(value: object) -> str | None:
    """The value where it is a whole http or https address without blanks or unseen characters, else None."""
    if not isinstance(value, str) or len(value) > _LONGEST_URL:
        return None
    address = value.strip()
    if clean(address) != address or len(address.split()) != 1:
        return None
    try:
        parts = urlsplit(address)
        return address if parts.scheme in {"http", "https"} and parts.hostname else None
    except ValueError:  # as of "http://[": no address
        return None


def host_of(address: str) -> str:
    """The host of a whole web address, without "www."."""
    return (urlsplit(address).hostname or "").removeprefix("www.")


def is_same_site(one: str, other: str) -> bool:
    """Whether two web addresses are of one host, or one's host is under the other's, as amp.example.org."""
    first, second = host_of(one), host_of(other)
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


def published(value: object, *, now: datetime | None = None) -> str | None:
    """An ISO day, or an ISO instant where the zone is stated too; None where no full date is, or it is yet to come."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = _epoch(value) if isinstance(value, int | float) else _read_date(" ".join(value.split()))
    except (ValueError, OverflowError, OSError):  # a month of 40 days, a clock beyond the year 9999
        return None
    if found is None or found.year < _EARLIEST_YEAR:
        return None
    latest = (now or datetime.now(UTC)) + timedelta(days=1)
    if not isinstance(found, datetime):
        return None if found > latest.date() else found.isoformat()
    return None if found > latest else found.isoformat(timespec="seconds")


def _epoch(value: float) -> datetime | None:
    """Seconds or milliseconds since 1970, of the years that news in files can be of; small numbers are no dates."""
    seconds = value / 1000 if abs(value) > 1e11 else value
    return datetime.fromtimestamp(int(seconds), UTC) if 1e8 <= seconds < 1e11 else None


def _read_date(text: str) -> date | None:
    if len(text) > _LONGEST_DATE:
        return None
    if text.isdecimal() and len(text) in {10, 13}:
        return _epoch(int(text))
    text = _YEAR_FIRST.sub(lambda match: "{}-{:0>2}-{:0>2}".format(*match.groups()), text, count=1)
    if _ISO_DAY.match(text):
        try:
            return _as_precise_as_stated(text, datetime.fromisoformat(text))
        except ValueError:
            pass  # "2024-12-01 10:00 UTC" is for the parser below
    if _MAIL_DATE.match(text):
        return _as_precise_as_stated(text, parsedate_to_datetime(text))
    return _in_words(text) if _DATE_PARTS.search(text) else None


def _as_precise_as_stated(text: str, found: datetime) -> date:
    """The instant where text says a zone that means one thing, else the day."""
    return found if found.tzinfo and _ZONE.search(text) else found.date()


@lru_cache(maxsize=4096)
def _in_words(text: str) -> date | None:
    """A date in words or figures; "01/02/2024" is none, because it is one day here and another there."""
    import dateparser  # type: ignore[import-untyped]  # slow to load, and rarely needed

    readings: set[datetime | None] = set()
    for order in ("DMY", "MDY"):
        settings = {
            "DATE_ORDER": order,
            "REQUIRE_PARTS": ["day", "month", "year"],
            "STRICT_PARSING": True,
            "PARSERS": ["custom-formats", "absolute-time"],  # not "yesterday"
        }
        readings.add(dateparser.parse(text, languages=_LANGUAGES, settings=settings))
    found = readings.pop()
    return _as_precise_as_stated(text, found) if found and not readings else None
