"""The days of publication that a question limits its evidence to: "as of 1 December 2024", "reported after 5 October".

Only a day limits, and only where the question speaks of what was published or known; "yesterday" and "this week" limit
nothing, for nobody knows from when they count.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from rag import figures

Period: TypeAlias = tuple[str | None, str | None]  # first and last day, ISO, both inclusive; None means no limit
Newest: TypeAlias = Callable[[], str | None]  # the day of the newest article, ISO

AHEAD = 31  # days after the newest article that a date without a year may lie

# "as of 1 December", "what was known on the evening of 30 November": the day up to which something is known. Of "known
# about the flood on 5 October" nobody can say whether the flood's day is meant.
_PART = r"(?:(?:the\s+)?(?:morning|noon|afternoon|evening|night|end)\s+of\s+)?"
_HOUR = rf"\s+(?:the\s+)?(?:(?:early|late)\s+)?(?:on\s+)?{_PART}$"
_UNTIL = r"(?:by|until|till|before|up\s+to|as\s+late\s+as)"
_KNOW = r"\b(?:known(?!\s+(?:as|for)\b)|knew|know)\b"
_STATE = (
    re.compile(rf"\bas\s+(?:of|at){_HOUR}", re.I),
    re.compile(rf"{_KNOW}(?:\s+(?:already|publicly|so\s+far|then))?,?\s+(?:on|at){_HOUR}", re.I),
    re.compile(rf"{_KNOW}[^.?]{{0,80}}?\b{_UNTIL}{_HOUR}", re.I),
)
_FRONTED = re.compile(rf"^\W*(?:(?:and|so|then)\s+)?(?:on|{_UNTIL}){_HOUR}", re.I)
_KNOWN = re.compile(_KNOW, re.I)
_READ = 160  # characters before a date that are read

# "news since 5 October", "published between 1 and 3 May 2023".
_LIMIT = re.compile(
    r"\b(?:published|reported|articles?|news|coverage|reports|known|stories)\b[^.?]{0,60}?"
    r"\b(since|(?<!not )after|not before|no earlier than|from|between"
    r"|(?<!not )before|until|by|to|till|through|not after|no later than)\s+$",
    re.I,
)
_SINCE = frozenset(["since", "after", "not before", "no earlier than", "from", "between"])
_APPEARED = re.compile(r"\b(?:published|posted|printed|dated|appeared)(?:\s+on)?\s+$", re.I)
_AND = re.compile(r"^\s+and\s+$", re.I)


class _Limit(NamedTuple):
    """One side of a period; `state` where the question is put to what was known on that day."""

    kind: str
    day: str
    state: bool


def period(question: str, *, newest: Newest = lambda: None) -> Period | None:
    """The first and last day of publication that a question asks for; None where it sets no limit.

    A date without a year is the last such day that is not more than AHEAD days after `newest`, and no limit where there
    is none. No limit either where the question names a full date besides, or two limits of a kind: then each belongs to
    a report of its own. A day on which something was known stands, unless another is one of publishing.
    """
    limits: list[_Limit] = []
    others = appeared = False
    end, between = 0, False
    for named in figures.dates(question):
        if named.day is None or named.month is None:
            continue
        limit = _limit(question, named, joined=between and bool(_AND.match(question[end : named.start])), newest=newest)
        between = limit is not None and question[: named.start].rstrip().casefold().endswith("between")
        end = named.end
        if limit is not None:
            limits.append(limit)
        else:
            others = others or named.year is not None
            appeared = appeared or bool(_APPEARED.search(question[max(0, named.start - _READ) : named.start]))
    states = [limit for limit in limits if limit.state]
    if states:
        return (None, states[0].day) if len({limit.day for limit in states}) == 1 and not appeared else None
    sides = {limit.kind: limit.day for limit in limits}
    if others or not limits or len(sides) < len(limits):
        return None
    return sides.get("since"), sides.get("until")


_FRONT = re.compile(rf"^\W*(?:(?:and|so|then)\s+)?(?:as\s+(?:of|at)|on|{_UNTIL}){_HOUR}", re.I)
_BEHIND = re.compile(rf",?\s+(?:as\s+(?:of|at)|{_UNTIL}){_HOUR}", re.I)
_COMMA = re.compile(r"\s*,\s*(?=\w)")
_OVER = re.compile(r"\W*$")


def without_limit(question: str) -> str:
    """The question without a limit that stands before or behind it: "As of 1 December 2024, who holds the town?"."""
    for named in figures.dates(question):
        start = max(0, named.start - _READ)
        before, after = question[start : named.start], question[named.end :]
        comma = _COMMA.match(after)
        if not start and _FRONT.fullmatch(before) and comma:
            rest = after[comma.end() :]
            return rest[:1].upper() + rest[1:]
        cue = _BEHIND.search(before)
        if cue and _OVER.match(after):
            return question[: start + cue.start()] + after.strip()
    return question


def _limit(question: str, named: figures.Date, *, joined: bool, newest: Newest) -> _Limit | None:
    """The limit that a date sets by the words before it; `joined` where it ends what "between" began."""
    before = question[max(0, named.start - _READ) : named.start]
    fronted = named.start <= _READ and _FRONTED.search(before) and _KNOWN.search(question, named.end)
    state = bool(fronted) or any(pattern.search(before) for pattern in _STATE)
    cue = _LIMIT.search(before)
    if not (state or cue or joined):
        return None
    day = _day(named) if named.year else _without_year(named, newest())
    if day is None:
        return None
    since = cue is not None and not state and not joined and cue.group(1).casefold() in _SINCE
    return _Limit(kind="since" if since else "until", day=day, state=state)


def _day(named: figures.Date) -> str | None:
    try:
        return date.fromisoformat(named.day_iso or "").isoformat()
    except ValueError:  # the 31st of November
        return None


def _without_year(named: figures.Date, newest: str | None) -> str | None:
    """The last such day that is not far after the newest article."""
    try:
        latest = date.fromisoformat((newest or "")[:10]) + timedelta(days=AHEAD)
    except (ValueError, OverflowError):
        return None
    days = (_day(named._replace(year=year)) for year in (latest.year, latest.year - 1))
    return next((day for day in days if day and day <= latest.isoformat()), None)
