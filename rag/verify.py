"""Whether the words that a statement cites support it: its figures, dates, names, quotations, its yes or no."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import figures, text
from rag.types import Byline, Passage, Support

SUPPORTED, PARTIAL = 0.6, 0.35  # shares of a statement's words that the cited ones must hold
MAX_SENTENCES = 3  # of one quotation
_NOT = re.compile(
    r"\b(?:not|no|never|none|nobody|unwilling|unlikely|refus\w+|den(?:y|ies|ied)|without|neither|nor|cannot)\b"
    r"|n['’]t\b",
    re.I,
)
_HEDGED = re.compile(
    r"\b(?:will|would|could|may|might|reportedly|allegedly|plan\w*|pledg\w+|vow\w*|set to|consider\w*|propos\w+"
    r"|promis\w+|intend\w*|expected|said to|if|unless|appears?|likely|unlikely|prepared|ready|willing\w*)\b",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a statement is supported, and what is amiss in a phrase; empty when nothing is."""

    support: Support
    reason: str = ""


def judge(statement: str, quotes: Sequence[str], *, bylines: Sequence[Byline] = ()) -> Verdict:
    """The verdict on a statement against the exact words it cites; outlet and title of their bylines may be named too.

    A figure, date, name or quotation that is not there makes it unsupported. One that is there but bound otherwise (300
    for "over 300"), a hedge or a negation that only one side has, or too few words in common make it partial.
    """
    if not quotes:
        return Verdict(support="unsupported", reason="cites nothing")
    cited = "\n".join(quotes)
    credits_ = " . ".join(part for byline in bylines for part in (byline.outlet, byline.title, byline.author) if part)
    missing = _missing(statement, cited, credits_)
    if missing:
        return Verdict(support="unsupported", reason=f"the cited words do not have {missing}")
    doubt = _doubt(statement, cited)
    share = _share(statement, cited, credits_)
    if share < PARTIAL:
        return Verdict(support="unsupported", reason="the cited words speak of something else")
    if doubt or share < SUPPORTED:
        return Verdict(support="partial", reason=doubt or "the cited words hold only part of it")
    return Verdict(support="supported")


def _missing(statement: str, cited: str, credits_: str) -> str | None:
    """The first figure, date, weekday, quotation or name that the cited words lack."""
    for span in text.quotations(statement):
        if text.fold(statement[span.start : span.end]) not in text.fold(cited):
            return f"the quotation “{statement[span.start : span.end]}”"
    dates = figures.dates(cited)
    for date in figures.dates(statement):
        if not any(date.agrees(other) and _as_precise(date, other) for other in dates):
            return f"the date {statement[date.start : date.end]}"
    for day in figures.weekdays(statement):
        if day not in figures.weekdays(cited):
            return f"the day {day.capitalize()}"
    values = {number.value for number in figures.numbers(cited)}
    for number in figures.numbers(statement):
        if number.value not in values and number.value != 1:
            return f"the number {statement[number.start : number.end]}"
    stems = set(text.stems(cited)) | set(text.stems(credits_))
    for span in text.names(statement):
        name = statement[span.start : span.end]
        if not stems.issuperset(text.stems(name)):
            return f"the name {name}"
    return None


def _as_precise(date: figures.Date, other: figures.Date) -> bool:
    """Whether the cited date says at least as much as the statement's."""
    return all(part is None or found is not None for part, found in zip(date[:3], other[:3], strict=True))


def _doubt(statement: str, cited: str) -> str | None:
    bounds = {number.value: number.bound for number in figures.numbers(cited)}
    for number in figures.numbers(statement):
        if bounds.get(number.value, number.bound) != number.bound:
            return f"the cited words bound {statement[number.start : number.end]} otherwise"
    if bool(_NOT.search(statement)) != bool(_NOT.search(cited)):
        return "one side says “not”"
    if _HEDGED.search(cited) and not _HEDGED.search(statement):
        return "the cited words are less certain"
    return None


def _share(statement: str, cited: str, credits_: str) -> float:
    """The share of a statement's words that the cited words hold; those that credit the outlet do not count."""
    held = set(text.stems(cited))
    own = [
        stem for stem in text.stems(statement) if stem not in set(text.stems(credits_)) - held and stem not in _TELLING
    ]
    return sum(stem in held for stem in own) / len(own) if own else 1.0


_TELLING = frozenset(
    text.stem(word)
    for word in ["report", "reports", "reported", "according", "article", "outlet", "state", "states", "stated"]
)


def best_quote(statement: str, passage: Passage) -> tuple[int, int]:
    """Offsets within the article of the at most MAX_SENTENCES sentences of a passage that hold most of a statement."""
    wanted = set(text.stems(statement))
    spans = text.sentences(passage.text)
    best, offsets = -1.0, (0, len(passage.text))
    for first in range(len(spans)):
        for last in range(first, min(first + MAX_SENTENCES, len(spans))):
            start, end = spans[first].start, spans[last].end
            held = len(wanted & set(text.stems(passage.text[start:end])))
            worth = held - 0.75 * (last - first)  # a further sentence must bring a word of its own
            if worth > best:
                best, offsets = worth, (start, end)
    return passage.start + offsets[0], passage.start + offsets[1]
