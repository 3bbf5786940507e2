"""Whether words of an article support a statement: its figures, dates, names, quotations, its yes or no.

`judge` holds a statement against the exact words that it cites, `check` against a whole text, of which it first finds
the sentences that speak of the statement (`evidence`). No model is asked: what is not there in so many words, or by a
known synonym, counts as not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from rag import figures, text
from rag.thesaurus import SEATS, synonyms
from rag.types import Byline, Passage, Support
from rag.verify.contrasts import alike, opposed

SUPPORTED, PARTIAL = 0.6, 0.35  # shares of a statement's words that the cited ones must hold
CHECKED = 0.5  # the share that the evidence in a longer text must hold, synonyms counted
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
# What is left of a verdict's score for each thing that is amiss: a missing name, a missing figure or the like, a
# contradiction, a doubt, two words that never stand together. Set by hand (evals/README.md).
LEFT_BY_NAME, LEFT_BY_FIGURE, LEFT_BY_CONTRAST, LEFT_BY_DOUBT, LEFT_BY_STRANGERS = 0.65, 0.6, 0.5, 0.8, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a statement is supported, and what is amiss in a phrase; empty when nothing is.

    `score` in 0..1 ranks statements by how far they are held up: the share of their words that is there, times what
    each missing name or figure, each contradiction and each doubt leaves of it. `support` does not follow from it.
    """

    support: Support
    reason: str = ""
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The verdict on a statement against a longer text, and the offsets of the sentences that it was held against."""

    verdict: Verdict
    evidence: tuple[tuple[int, int], ...]


# --- against the words that are cited --------------------------------------------------------------------------------


def judge(statement: str, quotes: Sequence[str], *, bylines: Sequence[Byline] = ()) -> Verdict:
    """The verdict on a statement against the exact words it cites; outlet and title of their bylines may be named too.

    A figure, date, name or quotation that is not there makes it unsupported. One that is there but bound otherwise (300
    for "over 300"), a hedge or a negation that only one side has, a word that excludes the cited one ("rose" for
    "fell"), or too few words in common make it partial.
    """
    if not quotes:
        return Verdict(support="unsupported", reason="cites nothing")
    cited = "\n".join(quotes)
    credits_ = " . ".join(part for byline in bylines for part in (byline.outlet, byline.title, byline.author) if part)
    missing = _missing(statement, cited, credits_)
    contrast = _contradiction(statement, cited)
    doubt = contrast or _doubt(statement, cited)
    share = _share(statement, cited, credits_)
    score = share * _left(missing) * (LEFT_BY_CONTRAST if contrast else LEFT_BY_DOUBT if doubt else 1.0)
    if missing:
        return Verdict(support="unsupported", reason=f"the cited words do not have {missing[0]}", score=score)
    if share < PARTIAL:
        return Verdict(support="unsupported", reason="the cited words speak of something else", score=score)
    if doubt or share < SUPPORTED:
        return Verdict(support="partial", reason=doubt or "the cited words hold only part of it", score=score)
    return Verdict(support="supported", score=score)


def _left(missing: Sequence[str]) -> float:
    """What is left of a score when these are missing."""
    names = sum(what.startswith(_NAME) for what in missing)
    return LEFT_BY_NAME**names * LEFT_BY_FIGURE ** (len(missing) - names)


_NAME = "the name "


def _missing(statement: str, cited: str, credits_: str = "", *, whole: bool = False) -> list[str]:
    """The quotations, dates, weekdays, figures and names that the cited words lack, in this order.

    Where these are a whole text, the year of a date may stand apart from its day and month, as it does in news; and of
    a quotation the words that carry meaning have to stand in one sentence, since quotation marks also hold titles.
    """
    lacking: list[str] = []
    if quoted := [statement[span.start : span.end] for span in text.quotations(statement)]:
        folded = text.fold(cited)
        spans = text.sentences(cited) if whole else []
        together = [frozenset(text.stems(cited[span.start : span.end])) for span in spans]
        for words in quoted:
            stems = text.stems(words)
            said = bool(stems) and any(sentence.issuperset(stems) for sentence in together)
            if not said and text.fold(words) not in folded:
                lacking.append(f"the quotation “{words}”")
    wanted = figures.dates(statement)
    if wanted:
        dates = {date[:3]: date for date in figures.dates(cited)}.values()
        years = {date.year for date in dates} if whole else frozenset()
        lacking += [
            f"the date {statement[date.start : date.end]}"
            for date in {date[:3]: date for date in wanted}.values()
            if not any(date.agrees(other) and _as_precise(date, other, years) for other in dates)
        ]
    if days := figures.weekdays(statement):
        there = figures.weekdays(cited)
        lacking += [f"the day {day.capitalize()}" for day in days if day not in there]
    if numbers := figures.quantities(statement):
        values = {number.value for number in figures.numbers(cited)}
        lacking += [
            f"the number {statement[number.start : number.end]}" for number in numbers if number.value not in values
        ]
    held = set(text.stems(cited)) | set(text.stems(credits_))
    months = {place for date in wanted for place in range(date.start, date.end)}
    for span in text.names(statement):
        name = statement[span.start : span.end]
        if not held.issuperset(text.stems(name)) and not months.issuperset(range(*span)):
            lacking.append(f"{_NAME}{name}")
    return lacking


def _as_precise(date: figures.Date, other: figures.Date, years: Collection[int | None]) -> bool:
    """Whether the cited date says at least as much as the statement's, whose year may be one of these."""
    year = date.year is None or other.year is not None or date.year in years
    return year and all(part is None or found is not None for part, found in zip(date[1:3], other[1:3], strict=True))


def _doubt(statement: str, cited: str) -> str | None:
    bounds = {number.value: number.bound for number in figures.numbers(cited)}
    for number in figures.numbers(statement):
        if bounds.get(number.value, number.bound) != number.bound:
            return f"the cited words bound {statement[number.start : number.end]} otherwise"
    if bool(_NOT.search(statement)) != bool(_NOT.search(cited)):
        return _ONE_SIDE
    if _HEDGED.search(cited) and not _HEDGED.search(statement):
        return "the cited words are less certain"
    return None


_ONE_SIDE = "one side says “not”"


def _share(statement: str, cited: str, credits_: str) -> float:
    """The share of a statement's words that the cited words hold; those that credit the outlet do not count."""
    held = set(text.stems(cited))
    credited = set(text.stems(credits_)) - held
    own = [stem for stem in text.stems(statement) if stem not in credited and stem not in _TELLING]
    return sum(stem in held for stem in own) / len(own) if own else 1.0


_TELLING = frozenset(
    text.stem(word)
    for word in ["report", "reports", "reported", "according", "article", "outlet", "state", "states", "stated"]
)


# --- contradictions --------------------------------------------------------------------------------------------------

BESIDE = 3  # words that carry meaning, on either side: as far as two words can be apart and speak of one thing
_NEGATION = re.compile(
    r"\b(?:not(?! only\b)|never|nor|neither|cannot|without|fail(?:s|ed|ing|ure)?|refus\w+)\b|n['’]t\b", re.I
)
_CLAUSE_ENDS = re.compile(r"[,;:—–()“”\"]|\b(?:and|but|or|which|who|that|because|while)\b")
_EXCUSED = 3  # words that carry meaning behind a negation of the cited words: any of them may be what it negates


def _contradiction(statement: str, cited: str, *, around: str = "") -> str | None:
    """What the cited words say to the contrary: an excluding word beside the same word, or not what is denied.

    `around` is the text they stand in, if longer, where the same may be denied in other words.
    """
    theirs = _neighbours(cited)
    present = frozenset(theirs)
    for sequence in _content(statement):
        for at, word in enumerate(sequence):
            excluding = opposed(word.stem, present)
            same = alike(word.stem) | synonyms(word.stem)
            for beside in sequence[max(0, at - 1) : at] + sequence[at + 1 : at + 2] if excluding else ():
                near = theirs.get(beside.stem, frozenset())
                if excluding & near and not same & near:
                    return f"the cited words have the contrary of “{word.text}”"
    theirs_not = _negated(around or cited, reach=_EXCUSED)
    if any(word in present for word in _negated(statement, reach=1) - theirs_not):
        return _ONE_SIDE
    return None


def _content(words: str) -> Iterator[list[text.Word]]:
    """The words that carry meaning, sentence by sentence."""
    for span in text.sentences(words):
        yield [word for word in text.words(words[span.start : span.end]) if text.is_content(word)]


def _neighbours(cited: str) -> dict[str, frozenset[str]]:
    """For each stem those that stand within BESIDE words of it somewhere."""
    near: dict[str, set[str]] = {}
    for sequence in _content(cited):
        stems = [word.stem for word in sequence]
        for at, stem in enumerate(stems):
            near.setdefault(stem, set()).update(stems[max(0, at - BESIDE) : at], stems[at + 1 : at + 1 + BESIDE])
    return {stem: frozenset(others) for stem, others in near.items()}


def _negated(words: str, *, reach: int) -> frozenset[str]:
    """The stems of the words that carry meaning behind each negation, so many of them, within its clause."""
    found: set[str] = set()
    for match in _NEGATION.finditer(words):
        clause = _CLAUSE_ENDS.split(words[match.end() : match.end() + 60], maxsplit=1)[0]
        found.update(text.stems(clause)[:reach])
    return frozenset(found)


# --- against a longer text -------------------------------------------------------------------------------------------

MAX_EVIDENCE = 3  # sentences
FIRST, FURTHER = 0.2, 0.13  # shares of a statement that a sentence must hold to be evidence, or to be further evidence
BEFORE = 0.3  # what a word is worth that stands in the sentence before: "he" is the man named there
NEARBY, NEAR = 0.05, 2  # what it is worth to stand within so many sentences of other evidence
SYNONYM = 0.65  # what a known synonym is worth beside the word itself

Places: TypeAlias = dict[str, dict[int, None]]  # a stem to the sentences that hold it, in order


def check(statement: str, text_: str) -> Check:
    """The verdict on a statement against a longer text, and the sentences of it that it was held against.

    Figures, dates, names and quotations may stand anywhere in the text, and are missed where they stand nowhere; what
    the statement says of them must stand in its evidence. Bounds and hedges do not count here: some sentence has one.
    """
    spans = text.sentences(text_)
    places = _places([text.stems(text_[span.start : span.end]) for span in spans])
    chosen = _chosen(statement, places, sentences=len(spans))
    cited = "\n".join(text_[spans[place].start : spans[place].end] for place in chosen)
    missing = _missing(statement, text_, whole=True)
    contrast = _contradiction(statement, cited, around=text_)
    share = _held_share(statement, cited)
    score = share * _left(missing) * (LEFT_BY_CONTRAST if contrast else 1.0)
    score *= LEFT_BY_STRANGERS ** _strangers(statement, places)
    if missing:
        verdict = Verdict(support="unsupported", reason=f"the text does not have {missing[0]}", score=score)
    elif share < PARTIAL:
        verdict = Verdict(support="unsupported", reason="the text speaks of something else", score=score)
    elif contrast or share < CHECKED:
        verdict = Verdict(support="partial", reason=contrast or "the text holds only part of it", score=score)
    else:
        verdict = Verdict(support="supported", score=score)
    return Check(verdict=verdict, evidence=tuple((spans[place].start, spans[place].end) for place in chosen))


def evidence(statement: str, text_: str) -> tuple[tuple[int, int], ...]:
    """Offsets of the at most MAX_EVIDENCE sentences of a text that together hold most of a statement, in their order.

    Words weigh by how rare they are among the sentences. Each sentence must bring words that those chosen before it
    lack; empty where none holds enough of the statement.
    """
    spans = text.sentences(text_)
    places = _places([text.stems(text_[span.start : span.end]) for span in spans])
    chosen = _chosen(statement, places, sentences=len(spans))
    return tuple((spans[place].start, spans[place].end) for place in chosen)


def _chosen(statement: str, places: Places, *, sentences: int) -> list[int]:
    """The sentences that are evidence, in the order of the text: each time the one that adds most to those before."""
    wanted = list(dict.fromkeys(text.stems(statement)))
    weights = {term: math.sqrt(math.log(1 + sentences / (len(places.get(term, ())) + 0.5))) for term in wanted}
    total = math.fsum(weights.values())
    worth = _worth(wanted, places, sentences=sentences)
    held: dict[str, float] = {}
    chosen: list[int] = []
    while len(chosen) < MAX_EVIDENCE:
        best, choice = FURTHER if chosen else FIRST, -1
        for place, terms in worth.items():
            gain = math.fsum(weights[term] * max(0.0, value - held.get(term, 0.0)) for term, value in terms.items())
            near = NEARBY if any(abs(place - other) <= NEAR for other in chosen) else 0.0
            if place not in chosen and gain / total + near > best:
                best, choice = gain / total + near, place
        if choice < 0:
            break
        chosen.append(choice)
        held |= {term: max(value, held.get(term, 0.0)) for term, value in worth[choice].items()}
    return sorted(chosen)


def _strangers(statement: str, places: Places) -> int:
    """How many pairs of neighbouring words of the statement the text has, but never the two in one sentence."""
    pairs = set(pairwise(text.stems(statement)))
    return sum(a in places and b in places and places[a].keys().isdisjoint(places[b]) for a, b in pairs)


def _places(sentences: Sequence[Sequence[str]]) -> Places:
    """For each stem the numbers of the sentences that it stands in, in order."""
    places: Places = {}
    for place, stems in enumerate(sentences):
        for stem in stems:
            places.setdefault(stem, {})[place] = None
    return places


def _variants(term: str) -> Iterator[tuple[str, float]]:
    """The stems that may stand for a stem, and what each is worth, dearest first."""
    yield term, 1.0
    yield from ((seat, 1.0) for seat in SEATS.get(term, ()))
    yield from ((synonym, SYNONYM) for synonym in synonyms(term))


def _worth(wanted: Sequence[str], places: Places, *, sentences: int) -> dict[int, dict[str, float]]:
    """For each sentence that holds any of the stems, itself or in the sentence before, what each is worth there."""
    worth: dict[int, dict[str, float]] = {}
    for term in wanted:
        for variant, value in _variants(term):
            for place in places.get(variant, ()):
                for there, share in ((place, 1.0), (place + 1, BEFORE)):
                    if there < sentences:
                        terms = worth.setdefault(there, {})
                        terms[term] = max(terms.get(term, 0.0), value * share)
    return worth


def _held_share(statement: str, cited: str) -> float:
    """The share of a statement's different words that the cited words hold, synonyms as SYNONYM."""
    held = set(text.stems(cited))
    wanted = list(dict.fromkeys(text.stems(statement)))
    worth = [max((value for variant, value in _variants(term) if variant in held), default=0.0) for term in wanted]
    return math.fsum(worth) / len(worth) if worth else 1.0


# --- the words to cite -----------------------------------------------------------------------------------------------


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
