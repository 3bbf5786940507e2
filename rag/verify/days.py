"""Whether the cited words give a statement's dates and weekdays, counting "on Sunday" from the day of publication.

A day is counted only where an article's own date of publication is known and the words leave one day to choose from.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator, Sequence

from rag import figures
from rag.timing import events
from rag.types import Byline
from rag.verify import reading
from rag.verify.findings import LEFT_BY_FIGURE, Finding

_WEEKDAY = re.compile(rf"\b(?:{'|'.join(figures.WEEKDAYS)})\b", re.I)
_RELATIVE = re.compile(r"\b(?P<day>today|yesterday|tomorrow)\b", re.I)
_PUBLISHED = re.compile(r"\b(?:published|dated|as of|article of|writing)\s(?:[^\W\d]+\s){0,3}$", re.I)


def named_days(words: str, published_at: str | None) -> list[datetime.date]:
    """The days that the words name and that can be told: full dates, and where known days counted from publication."""
    days = [moment.day for moment in events(words, published_at)] + [date.day_iso for date in reading.dates(words)]
    return [day for iso in days if (day := _valid(iso)) is not None]


def _valid(iso: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat((iso or "")[:10])
    except ValueError:
        return None


def offsets(words: str) -> frozenset[int]:
    """The offsets that the dates and weekdays of a text take up."""
    dates = [(each.start, each.end) for each in reading.dates(words)]
    return frozenset(
        at for span in [*dates, *(match.span() for match in _WEEKDAY.finditer(words))] for at in range(*span)
    )


def compare(statement: str, quotes: Sequence[str], bylines: Sequence[Byline]) -> list[Finding]:
    """What is amiss with the dates and weekdays of a statement; bylines belong to the quotes in the same places."""
    known = [byline.published_at for byline in bylines]
    if len(known) != len(quotes):
        known = [known[0] if known and len(set(known)) == 1 else None] * len(quotes)
    days = [day for quote, on in zip(quotes, known, strict=True) for day in named_days(quote, on)]
    cited = "\n".join(quotes)
    lacking = [
        *_dates(statement, cited, days, [on for each in known if (on := _valid(each)) is not None]),
        *_weekdays(statement, cited, days),
    ]
    findings = [
        Finding(support="unsupported", reason=f"the cited words do not have {each}", left=LEFT_BY_FIGURE)
        for each in lacking
    ]
    there = {match["day"].casefold() for match in _RELATIVE.finditer(cited)}
    for match in _RELATIVE.finditer(statement):
        if match["day"].casefold() not in there:
            findings.append(Finding(support="partial", reason=f"the cited words do not say “{match['day']}”"))
    return findings


def _dates(
    statement: str, cited: str, days: Sequence[datetime.date], known: Collection[datetime.date]
) -> Iterator[str]:
    theirs = reading.dates(cited)
    wanted = {date[:3]: date for date in reading.dates(statement)}.values()
    for date in wanted:
        there = any(date.agrees(other) and as_precise(date, other) for other in theirs)
        there = there or any(_is_on(date, day) for day in days)
        if not there and _PUBLISHED.search(statement[max(0, date.start - 40) : date.start]):
            there = any(_is_on(date, on) for on in known)
        if not there:
            yield f"the date {statement[date.start : date.end]}"


def as_precise(date: figures.Date, other: figures.Date) -> bool:
    """Whether another date says at least as much: no part that the first gives is left open."""
    return all(part is None or found is not None for part, found in zip(date[:3], other[:3], strict=True))


def _is_on(date: figures.Date, day: datetime.date) -> bool:
    parts = zip(date[:3], (day.year, day.month, day.day), strict=True)
    return all(part is None or part == found for part, found in parts)


def _weekdays(statement: str, cited: str, days: Sequence[datetime.date]) -> Iterator[str]:
    there = {*figures.weekdays(cited), *(figures.WEEKDAYS[day.weekday()] for day in days)}
    yield from (f"the day {day.capitalize()}" for day in dict.fromkeys(figures.weekdays(statement)) if day not in there)
