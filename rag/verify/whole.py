"""A statement against a whole text: whether any of its sentences hold it up, and which."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rag import figures, text
from rag.verify.contraries import contradiction
from rag.verify.days import as_precise
from rag.verify.evidence import chosen_sentences, held_share, places_of, strangers
from rag.verify.findings import LEFT_BY_CONTRAST, LEFT_BY_FIGURE, LEFT_BY_NAME, LEFT_BY_STRANGERS, Verdict

PARTIAL, CHECKED = 0.35, 0.5  # shares of a statement that its evidence must hold, synonyms counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The verdict on a statement against a longer text, and the offsets of the sentences that it was held against."""

    verdict: Verdict
    evidence: tuple[tuple[int, int], ...]


def check(statement: str, text_: str) -> Check:
    """The verdict on a statement against a longer text, and the sentences of it that it was held against.

    Figures, dates, names and quotations may stand anywhere in the text, and are missed where they stand nowhere; what
    the statement says of them must stand in its evidence. Bounds and hedges do not count here: some sentence has one.
    """
    spans = text.sentences(text_)
    places = places_of([text.stems(text_[span.start : span.end]) for span in spans])
    chosen = chosen_sentences(statement, places, sentences=len(spans))
    cited = "\n".join(text_[spans[place].start : spans[place].end] for place in chosen)
    missing = _missing(statement, text_)
    contrast = contradiction(statement, cited, around=text_)
    share = held_share(statement, cited)
    score = share * _left(missing) * (LEFT_BY_CONTRAST if contrast else 1.0)
    score *= LEFT_BY_STRANGERS ** strangers(statement, places)
    if missing:
        verdict = Verdict(support="unsupported", reason=f"the text does not have {missing[0]}", score=score)
    elif share < PARTIAL:
        verdict = Verdict(support="unsupported", reason="the text speaks of something else", score=score)
    elif contrast or share < CHECKED:
        verdict = Verdict(support="partial", reason=contrast or "the text holds only part of it", score=score)
    else:
        verdict = Verdict(support="supported", score=score)
    return Check(verdict=verdict, evidence=tuple((spans[place].start, spans[place].end) for place in chosen))


_NAME = "the name "


def _left(missing: Collection[str]) -> float:
    """What is left of a score when these are missing."""
    names = sum(what.startswith(_NAME) for what in missing)
    return LEFT_BY_NAME**names * LEFT_BY_FIGURE ** (len(missing) - names)


def _missing(statement: str, whole: str) -> list[str]:
    """The quotations, dates, weekdays, figures and names that a text lacks, in this order.

    The year of a date may stand apart from its day and month, as it does in news; and of a quotation the words that
    carry meaning have to stand in one sentence, since quotation marks also hold titles.
    """
    lacking: list[str] = []
    if quoted := [statement[span.start : span.end] for span in text.quotations(statement)]:
        folded = text.fold(whole)
        together = [frozenset(text.stems(whole[span.start : span.end])) for span in text.sentences(whole)]
        for words in quoted:
            stems = text.stems(words)
            said = bool(stems) and any(sentence.issuperset(stems) for sentence in together)
            if not said and text.fold(words) not in folded:
                lacking.append(f"the quotation “{words}”")
    wanted = figures.dates(statement)
    if wanted:
        dates = {date[:3]: date for date in figures.dates(whole)}.values()
        years = {date.year for date in dates}
        lacking += [
            f"the date {statement[date.start : date.end]}"
            for date in {date[:3]: date for date in wanted}.values()
            if not any(date.agrees(other) and _as_precise(date, other, years) for other in dates)
        ]
    if days := figures.weekdays(statement):
        there = figures.weekdays(whole)
        lacking += [f"the day {day.capitalize()}" for day in days if day not in there]
    if numbers := figures.quantities(statement):
        values = {number.value for number in figures.numbers(whole)}
        lacking += [
            f"the number {statement[number.start : number.end]}" for number in numbers if number.value not in values
        ]
    held = set(text.stems(whole))
    months = {place for date in wanted for place in range(date.start, date.end)}
    for span in text.names(statement):
        name = statement[span.start : span.end]
        if not held.issuperset(text.stems(name)) and not months.issuperset(range(*span)):
            lacking.append(f"{_NAME}{name}")
    return lacking


def _as_precise(date: figures.Date, other: figures.Date, years: Collection[int | None]) -> bool:
    """Whether the text's date says at least as much as the statement's, whose year may be one of these."""
    return as_precise(date._replace(year=None) if date.year in years else date, other)
