"""Dates as fields state them: the day, or the instant where the zone is stated too; never a guess."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from rag.byline.calendar import LANGUAGES, find

_LONGEST_DATE = 60
_EARLIEST_YEAR = 1800  # year 1 and the like are how programs write "none"
_GRACE = timedelta(minutes=5)  # between two clocks
_FIRST_ZONE, _LAST_ZONE = timedelta(hours=-12), timedelta(hours=14)  # of all on earth
_SAME_INSTANT = timedelta(hours=1)

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d|\d{8}(?=T|$)", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_MAIL_DATE = re.compile(
    r"(?:[A-Za-z]{3}, )?\d{1,2} [A-Za-z]{3} \d{4} \d\d:\d\d(?::\d\d)? (?:GMT|UTC?|[+-]\d{4})$", re.ASCII
)
_DATE_PARTS = re.compile(r"\d{4}\D|\D\d{4}$")
# Zones that mean one thing; "IST" and its like mean several, and then only the day is known.
_ZONE = re.compile(r"(?:\b(?:UTC|GMT)|(?<=\d)Z|(?:UTC|GMT)?[+-]\d\d?:?(?:\d\d)?)$")
_CLOCK = re.compile(r"\d:\d\d|\d\s?[ap]\.?m\b", re.IGNORECASE)


def published(value: object, *, now: datetime | None = None, language: str | None = None) -> str | None:
    """An ISO day, or an ISO instant where the zone is stated too; None where no full date is, or it is yet to come.

    `language` (BCP 47), where it is known, says what 01/02/2024 is.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = _epoch(value) if isinstance(value, int | float) else _read_date(" ".join(value.split()), language)
    except (ValueError, OverflowError, OSError):  # a month of 40 days, a clock beyond the year 9999
        return None
    if found is None or found.year < _EARLIEST_YEAR:
        return None
    latest = (now or datetime.now(UTC)) + timedelta(days=1)
    if not isinstance(found, datetime):
        return None if found > latest.date() else found.isoformat()
    return None if found > latest else found.isoformat(timespec="seconds")


def not_after(stated: str, fetched_at: datetime) -> str | None:
    """A date that a page read at `fetched_at` can bear: as it is, its day where its zone is likely wrong, or None.

    A day may be tomorrow's, as it begins earlier in the east.
    """
    if len(stated) == len("2024-12-01"):
        return stated if date.fromisoformat(stated) <= (fetched_at.astimezone(UTC) + _LAST_ZONE).date() else None
    if datetime.fromisoformat(stated) <= fetched_at + _GRACE:
        return stated
    return stated[:10] if date.fromisoformat(stated[:10]) <= fetched_at.astimezone(UTC).date() else None


def agree(one: str, other: str) -> bool:
    """Whether two stated dates can be of one event: a day and an instant that is in it somewhere on earth."""
    if one[:10] == other[:10]:
        return True
    if len(one) == len(other) == len("2024-12-01"):
        return False
    if len(one) > len("2024-12-01") < len(other):
        return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= _SAME_INSTANT
    instant, day = (one, other) if len(one) > len(other) else (other, one)
    moment = datetime.fromisoformat(instant).astimezone(UTC)
    return (moment + _FIRST_ZONE).date() <= date.fromisoformat(day) <= (moment + _LAST_ZONE).date()


def same_clock(one: str, other: str) -> bool:
    """Whether two instants are less than an hour apart."""
    return abs(datetime.fromisoformat(one) - datetime.fromisoformat(other)) <= _SAME_INSTANT


def _epoch(value: float) -> datetime | None:
    """Seconds or milliseconds since 1970, of the years that news in files can be of; small numbers are no dates."""
    seconds = value / 1000 if abs(value) > 1e11 else value
    return datetime.fromtimestamp(int(seconds), UTC) if 1e8 <= seconds < 1e11 else None


def _read_date(text: str, language: str | None) -> date | None:
    if len(text) > _LONGEST_DATE:
        return None
    if text.isdecimal() and len(text) in {10, 13}:
        return _epoch(int(text))
    text = _YEAR_FIRST.sub(lambda match: "{}-{:0>2}-{:0>2}".format(*match.groups()), text, count=1)
    if _ISO_DAY.match(text):
        try:
            return _as_precise_as_stated(text, datetime.fromisoformat(text))
        except ValueError:
            pass  # "2024-12-01 10:00 UTC" is for the parsers below
    if _MAIL_DATE.match(text):
        return _as_precise_as_stated(text, parsedate_to_datetime(text))
    if not _DATE_PARTS.search(text):
        return None
    days = {found.day for found in find(text, language=language)}
    if len(days) == 1 and not _CLOCK.search(text):
        return days.pop()
    read = _in_words(text)
    day = read.date() if isinstance(read, datetime) else read
    return (read if day in days else None) if read and days else read or (days.pop() if len(days) == 1 else None)


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
        readings.add(dateparser.parse(text, languages=list(LANGUAGES), settings=settings))
    found = readings.pop()
    return _as_precise_as_stated(text, found) if found and not readings else None
