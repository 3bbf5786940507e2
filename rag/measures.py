"""How old, how big and how much something is, and which of a series: what tells that of the very thing."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import figures, text
from rag.evidence import Candidate, Evidence, quote_of, spoken_of
from rag.question import Query

# What tells how old or how big something is.
_AGE = re.compile(
    r"\b(?:aged?|turn(?:s|ed|ing)?)\s+\d|\b[\w-]+[- ]years?[- ]old\b(?!s)|,\s\d{1,3},|\b(?:is|was|are|were)\s\d{1,3}\b"
    r"|\b(?:born|founded|established|built|opened|created|began|begun|started|since|dat(?:es|ed|ing)\s+(?:back|from))\b"
    r"|\b(?:years?|decades?|century|centuries|months?)\s+(?:ago|old)\b",
    re.I,
)
_SIZE = re.compile(
    r"\b(?:larg(?:e|er|est)|big(?:ger|gest)?|small(?:er|est)?|huge|tiny|giant|size|sized|area|population|square|acres?|hectares?"
    r"|employees|members|inhabitants|residents|worth|valued|valuation|capitali[sz]ation|(?:b|m|tr)illion|second-\w+est)\b"
    r"|\b\d[\d,.]*\s?(?:km|kilomet\w+|met(?:re|er)s?|miles?|feet|ft|inch\w*|cm|mm|people)\b",
    re.I,
)
_MEASURES = {"old": _AGE, "big": _SIZE, "large": _SIZE}
_HOW = re.compile(
    r"how\s+(big|large|small|tall|high|long|wide|deep|far|old|heavy|rich|strong)\s+(?:is|are|was|were)\b", re.I
)

# "how much did she pay for the mill?"
_HOW_MUCH = re.compile(
    r"how\s+much\s+(?:money\b|(?:do|does|did|has|have|had|is|was|will|would)\s[^?]{0,60}?"
    r"\b(?:pay|paid|cost|lose|lost|spend|spent|earn|raise|invest|donate|owe|worth|sell|sold|buy|bought)\b)"
    r"|what(?:['’]s|\s+(?:is|was))\s+the\s+(?:price|cost)\s+of\b",
    re.I,
)
_MONEY = re.compile(
    r"[$€£¥₹]\s?\d|\b\d[\d,.]*\s?(?:(?:m|b|tr)illion|thousand|hundred)?\s?"
    r"(?:dollars|euros|pounds|yuan|yen|rupees|rubles|lira|francs|crowns|cents|bitcoin)\b|\b(?:m|b|tr)illions?\b",
    re.I,
)
# "the Tern 15" is not the Tern 14; a day is no number of a name
_NUMBERED = re.compile(
    r"\b(?!(?:All|The|Only|These|Those|January|February|March|April|May|June|July|August|September|October|November|December)\b)"
    r"(?:[A-Z]\w+|[a-z]+[A-Z]\w*)\s(\d{1,3})(?![\d,.:]\d|\w)"
)


def asks(query: Query) -> bool:
    """Whether it is asked how old, how big, how far something is."""
    return _HOW.match(query.sought) is not None


def told(query: Query, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that has the measure, the money or the number that a question asks for or names; all where none."""
    numbers = _NUMBERED.findall(query.sought)
    kept = [one for one in ranked if all(_is_numbered(number, one.candidate) for number in numbers)]
    if _HOW_MUCH.match(query.sought):
        kept = [one for one in kept if _MONEY.search(quote_of(one.candidate)[1])]
    asked = _HOW.match(query.sought)
    if asked and (measure := _MEASURES.get(asked[1].casefold())):
        kept = [one for one in kept if _measures(measure, query, quote_of(one.candidate)[1])]
    return kept


_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def _is_numbered(number: str, candidate: Candidate) -> bool:
    """Whether what would be quoted, or stands before it, has a number in figures, in words or as the Romans did."""
    left, roman = int(number), ""
    for value, letters in _ROMAN:
        roman += letters * (left // value)
        left %= value
    there = spoken_of(candidate)
    said = any(one.value == int(number) for one in figures.numbers(quote_of(candidate)[1]))
    return said or number in there or text.stem(roman) in there


_TO_NAME = re.compile(r"\s+(?:[a-z][\w-]*\s+){0,2}")  # "23-year-old diver Ada Vale"


def _measures(told: re.Pattern[str], query: Query, said: str) -> bool:
    """Whether a quote tells how old or big something is, and not of another whose name stands beside that."""
    own = {stem for name in query.names for stem in name}
    names = [span for span in text.names(said) if own.isdisjoint(text.stems(said[slice(*span)]))]
    for match in told.finditer(said):
        begin = gap.end() if (gap := _TO_NAME.match(said, match.end())) else match.end()
        if not any(span.end == match.start() or span.start == begin for span in names):
            return True
    return False
