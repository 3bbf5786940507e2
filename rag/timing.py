"""The days that quoted words speak of: as written, or counted from the day of publication ("on Sunday"). Never guessed.

A weekday is the last one on or before publication where the words tell what was, the next one on or after it where they
tell what will be, and nothing where that cannot be told. Spans ("last week", "since Sunday") are no day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple, TypeAlias

from rag import figures, text

Tense: TypeAlias = Literal["past", "future"]
LONGEST = 4_000  # characters of what is still a quote
HALF_A_YEAR = timedelta(days=183)  # how far from publication a date without a year may lie at all,
NEAR = timedelta(days=31)  # and how long after it where no word tells of the future


class Moment(NamedTuple):
    """A time that a text names at `start` .. `end`: its day, ISO, or None where that is not sure or it is a span.

    `said` where it is the day on which somebody said what the text tells.
    """

    day: str | None
    start: int
    end: int
    said: bool = False


def event_day(quote: str, published_at: str | None) -> str | None:
    """The one day, ISO, that a quote speaks of; None where it names none, several, or one that is not sure.

    The day of saying is taken only where the words tell nothing that had happened before. Without `published_at` (an
    ISO day or instant) a day is known only from a full date.
    """
    moments = events(quote, published_at)
    if not moments or any(moment.day is None for moment in moments):
        return None
    days = {moment.day for moment in moments if not moment.said}
    reading = _Reading(quote)
    if not days and not any(reading.tells_the_past(moment.start, moment.end) for moment in moments):
        days = {moment.day for moment in moments}
    return days.pop() if len(days) == 1 else None


def events(quote: str, published_at: str | None) -> tuple[Moment, ...]:
    """Every time that a quote names, in order, but for months and years that its days lie in; none of a long text."""
    if len(quote) > LONGEST:
        return ()
    found = sorted(_named(_Reading(quote), as_day(published_at)), key=lambda moment: (moment.start, -moment.end))
    kept: list[Moment] = []
    for moment in found:
        if not kept or moment.start >= kept[-1].end:
            kept.append(moment)
    days = [moment.day for moment in kept if moment.day]
    coarse = [
        Moment(None, one.start, one.end)
        for one in figures.dates(quote)
        if one.day is None and not _BOUND.search(quote, max(0, one.start - 40), one.start) and not _holds(one, days)
    ]
    return tuple(sorted([*kept, *coarse], key=lambda moment: moment.start))


def as_day(published_at: str | None) -> date | None:
    """The day of an ISO day or instant; None where it is none."""
    try:
        return date.fromisoformat((published_at or "")[:10])
    except ValueError:
        return None


def _holds(coarse: figures.Date, days: Sequence[str]) -> bool:
    """Whether a month or year has every one of the days, and there is one."""
    known = [date.fromisoformat(day) for day in days]
    return bool(known) and all(
        (coarse.year or day.year, coarse.month or day.month) == (day.year, day.month) for day in known
    )


# --- what is named ---------------------------------------------------------------------------------------------------

# What stands in quotation marks, one of which may lie outside of the quote.
_SPEECH = re.compile(r"[“\"«][^“”\"«»\n]{1,1000}[”\"»]|^[^“”\n]{1,1000}”|“[^“”\n]{1,1000}$")
_WEEKDAY_NAME = "|".join(figures.WEEKDAYS)
_WEEKDAY = re.compile(rf"\b(?P<day>{_WEEKDAY_NAME})(?P<many>s)?\b", re.I)
_COUNTS = {name: number for number, name in enumerate("two three four five six seven eight nine ten".split(), start=2)}
_COUNTS |= {"a": 1, "one": 1} | {str(number): number for number in range(1, 11)}
_RELATIVE = re.compile(
    r"\b(?:(?P<before>the\s+day\s+before\s+yesterday)|(?P<after>the\s+day\s+after\s+tomorrow)"
    rf"|(?P<ago>{'|'.join(_COUNTS)})\s+days?\s+ago|(?P<yesterday>yesterday)|(?P<tomorrow>tomorrow)"
    r"|(?P<now>(?:earlier|later)\s+today|tonight|this\s+(?:morning|afternoon|evening))|(?P<today>today))\b",
    re.I,
)
_UNIT = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|weekends?|months?|years?|decades?)"
_SPAN = re.compile(
    rf"\b(?:(?:last|this|next|past|coming|previous|preceding|recent|following)\s+(?:\w+\s+)?{_UNIT}"
    rf"|(?:last|this|next)\s+(?:spring|summer|autumn|winter)|weekend|overnight|{_UNIT}\s+(?:ago|later|earlier|after|before)"
    r"|the\s+(?:day|night|morning|evening)\s+(?:before|after))\b",
    re.I,
)
_PART = r"(?:the\s+)?(?:early\s+|late\s+)?(?:hours|morning|noon|afternoon|evening|night)\s+of\s+"
# Before a time: it bounds a span, is one of many, or is not the one.
_BOUND = re.compile(
    r"\b(?:since|until|till?|by|before|after|from|between|through|throughout|to|than|not|never|ahead\s+of|prior\s+to|around"
    r"|about|circa|nearly|almost|over|every|each|most|many|some|any|an?|one|another|next|following|previous|preceding|first"
    r"|second|third|fourth|other|no|(?:eve|week|month|anniversary|most|much|rest)\s+of)\s+"
    rf"(?:on\s+)?(?:early\s+|late\s+)?(?:on\s+)?(?:{_PART})?(?:the\s+)?$",
    re.I,
)
_THE = re.compile(r"\bthe\s+$", re.I)
_FEAST = re.compile(r"\b(?:bloody|palm|good|black|super|ash|easter|whit|cyber|maundy|shrove|sheffield)\s+$", re.I)
_PAPER = re.compile(r"\b(?:Mail|Independent|Scotland|Wales)\s+on\s+$")
_TITLE = re.compile(r"\s+(?:Times|Telegraph|Mirror|Express|Mail|Post|World|Independent|Herald|People|Tribune|Star)\b")
_ON = re.compile(
    r"\s*(?:[-–—/]|\s(?:to|through|until|till|or|and))\s*(?:(?:on|early|late|until)\s+)*"
    rf"(?:\d|(?:{_WEEKDAY_NAME}|{'|'.join(figures.MONTHS)})\b)|\s+(?:before\s+last|after\s+next|week|of)\b",
    re.I,
)
_FIGURES = re.compile(r"\d(?:st|nd|rd|th)?\s*(?:,|[-–—/]|\s(?:to|and|or))\s*$", re.I)
_NOUN = re.compile(r"\s+[a-z]")
_BESIDE = re.compile(r"\s*[,(]?\s*(?:(?:on|the)\s+)*")


def _named(reading: _Reading, published: date | None) -> Iterator[Moment]:
    """The times of a quote in no order: days, and spans as moments of no day."""
    quote = reading.quote
    weekdays = [match for match in _WEEKDAY.finditer(quote) if not _is_title(quote, match.start(), match.end())]
    beside: set[int] = set()
    for one in figures.dates(quote):
        if one.day is None:
            continue
        near = [match for match in weekdays if _are_beside(quote, match, one)]
        beside |= {match.start() for match in near}
        day = None if _is_bound(quote, one.start, one.end) else _calendar_day(one, reading, published)
        if day and any(match["day"].casefold() != figures.WEEKDAYS[day.weekday()] for match in near):
            day = None
        yield _moment(reading, day, one.start, one.end)
    relative = [match for match in _RELATIVE.finditer(quote) if not reading.is_name(match.start())]
    for match in [*(match for match in weekdays if match.start() not in beside), *relative]:
        day = None
        if published and not reading.is_spoken(match.start()) and not _is_bound(quote, *match.span()):
            resolve = _weekday if match.re is _WEEKDAY else _relative
            day = resolve(reading, match, published)
        yield _moment(reading, day, *match.span())
    for match in _SPAN.finditer(quote):
        yield Moment(None, *match.span())


def _moment(reading: _Reading, day: date | None, start: int, end: int) -> Moment:
    return Moment(day.isoformat() if day else None, start, end, reading.is_saying(start, end))


def _is_title(quote: str, start: int, end: int) -> bool:
    """Whether a weekday is part of the name of a newspaper."""
    return bool(_TITLE.match(quote, end) or _PAPER.search(quote, max(0, start - 20), start))


def _is_bound(quote: str, start: int, end: int) -> bool:
    """Whether the words beside a time make it the end of a span, one of several, or the name of something."""
    low = max(0, start - 60)
    if _BOUND.search(quote, low, start) or _FEAST.search(quote, low, start) or _FIGURES.search(quote, low, start):
        return True
    return bool(_ON.match(quote, end) or (_THE.search(quote, low, start) and _NOUN.match(quote, end)))


def _are_beside(quote: str, weekday: re.Match[str], named: figures.Date) -> bool:
    """Whether weekday and date are one: "Sunday, 1 December", "1 December (Sunday)"."""
    first, second = (weekday.end(), named.start) if weekday.start() < named.start else (named.end, weekday.start())
    return 0 <= second - first <= 12 and bool(_BESIDE.fullmatch(quote, first, second))


def _calendar_day(named: figures.Date, reading: _Reading, published: date | None) -> date | None:
    """The day of a date; without a year the nearest to publication, if it is not far after that."""
    if named.year is not None:
        return as_day(named.day_iso)
    if published is None:
        return None
    years = range(max(1, published.year - 1), min(9999, published.year + 1) + 1)
    days = [day for year in years if (day := as_day(named._replace(year=year).day_iso))]
    nearest = min(days, key=lambda day: abs(day - published), default=None)
    if nearest is None or abs(nearest - published) > HALF_A_YEAR:
        return None
    told = nearest - published <= NEAR or reading.tense(named.start, named.end) == "future"
    return nearest if told else None


_NEXT = 40  # characters from a verb to a "today" that is its own
_APART = re.compile(r",|\bof\s+$")
_EARLIER = re.compile(r"\b(?:earlier|later)\s+(?:on\s+)?$", re.I)
_LAST = re.compile(r"\b(?:last|past)\s+$", re.I)
_COMING = re.compile(r"\bcoming\s+$", re.I)


def _weekday(reading: _Reading, match: re.Match[str], published: date) -> date | None:
    before = reading.quote[max(0, match.start() - 20) : match.start()]
    if match["many"] or _THE.search(before):
        return None
    wanted = figures.WEEKDAYS.index(match["day"].casefold())
    tense = reading.tense(*match.span())
    if _LAST.search(before):
        return _later(published, -((published.weekday() - wanted - 1) % 7) - 1)
    if _COMING.search(before):
        return _later(published, (wanted - published.weekday() - 1) % 7 + 1)
    last = _later(published, -((published.weekday() - wanted) % 7))
    following = _later(published, (wanted - published.weekday()) % 7)
    if last == following or (tense == "past" and not _EARLIER.search(before)):
        return last
    return following if tense == "future" and not _EARLIER.search(before) else None


def _relative(reading: _Reading, match: re.Match[str], published: date) -> date | None:
    kind = match.lastgroup
    if kind == "today" and not (reading.tense(*match.span()) and reading.is_told_at_once(match.start())):
        return None  # "the country today"
    days = {"before": -2, "after": 2, "yesterday": -1, "tomorrow": 1}.get(kind or "", 0)
    return _later(published, -_COUNTS[match["ago"].casefold()] if match["ago"] else days)


def _later(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


# --- tense -----------------------------------------------------------------------------------------------------------

_SAID = """said|says|saying|told|tells|stated|states|warned|warns|announced|announces|reported|reports|confirmed
    |confirms|claimed|claims|declared|declares|added|adds|noted|stressed|insisted|denied|acknowledged|conceded|explained
    |revealed|argued|estimated"""
_IRREGULAR = """was|were|had|did|came|went|took|held|struck|met|hit|fell|began|left|fought|shot|flew|fled|got|gave|lost
    |won|sent|led|ran|rose|sank|broke|brought|built|bought|caught|cut|drew|drove|found|grew|heard|kept|knew|laid|made
    |paid|put|saw|sold|shook|shut|spent|spoke|stood|swept|swore|threw|withdrew|wrote|became|beat|blew|chose|dealt|felt
    |froze|hid|rode|sought|stole|thought|overran|overthrew|retook|swam|sang|rang|slept|taught|woke"""
_AHEAD = "set|due|expected|scheduled|planned|slated|likely|about|supposed|going|to"
_PRESENT = """opens|begins|starts|meets|travels|arrives|leaves|returns|visits|heads|goes|comes|holds|convenes|votes
    |takes|expires|ends|closes|flies|plays|faces|marks|falls|gathers|resumes|launches"""
_VERB = re.compile(
    rf"""\b(?:(?P<future>(?:will|shall|won['’]t|(?:he|she|it|they|we|i|you)['’]ll)\b|(?:is|are|be|remains?)\s+(?:\w+ly\s+|also\s+)?(?:{_AHEAD})\b(?:\s+to\s+\w+)?
        |(?:plans?|intends?|aims?|hopes?|expects?|promises|prepares?|vows|wants?|planning|hoping|preparing)\s+to\b
        |(?:upcoming|planned\s+for|scheduled|slated)\b)
    |(?P<open>(?:would|could|should|might|may|must|can|cannot|unless|if)\b
        |(?:was|were|had\s+been)\s+(?:\w+ly\s+|also\s+)?(?:{_AHEAD})\b
        |(?:planned|intended|hoped|expected|promised|vowed|wanted|pledged|threatened|agreed|offered|decided|aimed)\s+to\b
        |(?<!according\s)to\s+(?!(?:the|an?|its|his|her|their|our|this|that|these|those)\b)(?-i:[a-z]+(?:[^\Ws]|ss)\b)
        |(?:{_PRESENT})\b)
    |(?P<perfect>(?:has|have)\b)
    |(?P<say>(?:{_SAID})\b)
    |(?P<past>(?:{_IRREGULAR})\b|(?-i:[a-z]{{2,}}ed)\b))""",
    re.I | re.X,
)
_AUXILIARY = frozenset(["was", "were", "had", "did"])
# Before a past form: it describes, or another word gives its tense. "Hundred" is none.
_NO_PAST = re.compile(
    r"(?:^|\b(?:the|an?|its|his|her|their|our|this|these|those|of|by|with|most|all|some|many|more|be|been|being|has|have"
    r"|had|is|are|get|gets|if|as|when|once|unless|than|newly|heavily|so-called)\s+)$",
    re.I,
)
_NO_VERB = frozenset(["need", "indeed", "hundred", "speed", "feed", "seed", "breed", "exceed", "proceed", "succeed"])


class _Reading:
    """A quote with its sentences, what is spoken in it, and its verbs outside of that, in order: kind, start, end."""

    def __init__(self, quote: str) -> None:
        self.quote = quote
        self.spoken = [match.span() for match in _SPEECH.finditer(quote)]
        self.sentences = text.sentences(quote)
        silent = _SPEECH.sub(lambda match: " " * len(match.group()), quote)
        self.verbs = [(kind, *match.span()) for match in _VERB.finditer(silent) if (kind := _kind(silent, match))]

    def around(self, start: int, end: int) -> tuple[list[str], list[str]]:
        """The kinds of the verbs before and after a time in its sentence."""
        whole = text.Span(0, len(self.quote))
        sentence = next((span for span in self.sentences if span.start <= start < span.end), whole)
        before = [kind for kind, low, high in self.verbs if sentence.start <= low and high <= start]
        return before, [kind for kind, low, high in self.verbs if end <= low and high <= sentence.end]

    def tense(self, start: int, end: int) -> Tense | None:
        """Whether the words around a time tell what was or will be, by the verb before it, else the one after it."""
        before, after = self.around(start, end)
        nearest = before[-1] if before else after[0] if after else "open"
        if nearest == "future":
            return "future"
        if nearest == "open" or (nearest == "past" and {"future", "open"} & set(before)):
            return None
        return "past"

    def is_saying(self, start: int, end: int) -> bool:
        """Whether a time is that of a verb of saying: "said on Sunday", "on Sunday the ministry said"."""
        before, after = self.around(start, end)
        return before[-1:] == ["say"] or (not before and after[:1] == ["say"])

    def tells_the_past(self, start: int, end: int) -> bool:
        """Whether the sentence of a time tells of something done, beside what was said."""
        before, after = self.around(start, end)
        kinds = before + after
        return any(kind == "past" and kinds[place - 1 : place] != ["open"] for place, kind in enumerate(kinds))

    def is_told_at_once(self, start: int) -> bool:
        """Whether a verb stands just before a time, or the time begins the sentence."""
        near = any(end <= start <= end + _NEXT and not _APART.search(self.quote, end, start) for *_, end in self.verbs)
        return near or any(span.start == start for span in self.sentences)

    def is_name(self, start: int) -> bool:
        """Whether a word has its capital from a name: "the Tonight Show", "Osterby Today"."""
        return self.quote[start].isupper() and all(span.start != start for span in self.sentences)

    def is_spoken(self, at: int) -> bool:
        """Whether words there are spoken ones: nobody knows on which day they were said."""
        return any(start <= at < end for start, end in self.spoken)


def _kind(silent: str, match: re.Match[str]) -> str:
    """What a verb tells; empty for a participle that only describes."""
    word = match.group()
    described = word.casefold() not in _AUXILIARY and _NO_PAST.search(silent, max(0, match.start() - 24), match.start())
    return "" if match.lastgroup == "past" and (described or word in _NO_VERB) else str(match.lastgroup)
