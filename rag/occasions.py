"""Which year's and which edition's event a question asks about, and what tells of another one: "the 82nd awards"."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from rag import figures, text
from rag.question import Query

AFTER = timedelta(days=90)  # how long after a year news tells of it without naming it
# "since 2011", "by 2030", "published on 5 May 2023": what is asked need not be of that time
_BOUND = re.compile(
    r"\b(?:since|before|after|until|till|from|by|between|and|to|through|than"
    r"|(?:published|posted|printed|dated|reported|released|appeared|articles?|reports?)(?:\s+(?:on|of|in))?)\s*$",
    re.I,
)
_RELATIVE = re.compile(r"\b(last|this|next)\s+year\b", re.I)
_SHIFT = {"last": -1, "this": 0, "next": 1}
_ORDINAL = re.compile(r"\b(\d{1,3})(?:st|nd|rd|th)\s+(?:annual\s+)?(?=[A-Za-z])", re.I)
HEADS = 3  # words behind an ordinal among which is what it counts


def is_another(query: Query, sentence: str, *, published_at: str | None, around: AbstractSet[str]) -> bool:
    """Whether a sentence tells of another date, year or edition than the one that a question names.

    `published_at` is its article's date, `around` the stems of its passage and title.
    """
    return _is_of_another_date(query, sentence, published_at, around) or _is_of_another_edition(query.sought, sentence)


def _is_of_another_date(query: Query, sentence: str, published_at: str | None, around: AbstractSet[str]) -> bool:
    asked = [one for one in query.dates if not _BOUND.search(query.sought, 0, one.start)]
    if not asked:
        return False
    published = _day(published_at)
    given = [_in_year(one, published) for one in figures.dates(sentence)]
    if published:
        given += [_year(published.year + _SHIFT[one[1].casefold()]) for one in _RELATIVE.finditer(sentence)]
    if given:
        return not any(one.agrees(other) for one in asked for other in given)
    years = {one.year for one in asked if one.year is not None}
    if not years or published is None:
        return False
    near = {published.year, (published - AFTER).year}
    return near.isdisjoint(years) and not any(str(year) in around for year in years)


def _in_year(named: figures.Date, published: date | None) -> figures.Date:
    """A date of which the year is not given, in the year of publication."""
    return named._replace(year=published.year) if named.year is None and published else named


def _year(year: int) -> figures.Date:
    return figures.Date(year, None, None, 0, 0)


def _day(published_at: str | None) -> date | None:
    try:
        return date.fromisoformat((published_at or "")[:10])
    except ValueError:
        return None


def _is_of_another_edition(question: str, sentence: str) -> bool:
    """Whether a sentence counts what a question does and has no count of the question's: "the 81st Globes"."""
    asked, told = _editions(question), _editions(sentence)
    return any(
        heads & others and not any(heads & mine and count == number for number, mine in told)
        for count, heads in asked
        for _, others in told
    )


def _editions(words: str) -> list[tuple[int, frozenset[str]]]:
    """Each ordinal in figures with the stems of the names right behind it."""
    found = []
    for match in _ORDINAL.finditer(words):
        behind = text.words(words[match.end() : match.end() + 60])[:HEADS]
        heads = frozenset(word.stem for word in behind if word.text[0].isupper())
        if heads:
            found.append((int(match[1]), heads))
    return found
