"""Which sentences of a text speak of a statement, and which of a passage to cite for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

from rag import text
from rag.thesaurus import SEATS, synonyms
from rag.types import Passage

MAX_SENTENCES = 3  # of one quotation
MAX_EVIDENCE = 3  # sentences
FIRST, FURTHER = 0.2, 0.13  # shares of a statement that a sentence must hold to be evidence, or to be further evidence
BEFORE = 0.3  # what a word is worth that stands in the sentence before: "he" is the man named there
NEARBY, NEAR = 0.05, 2  # what it is worth to stand within so many sentences of other evidence
SYNONYM = 0.65  # what a known synonym is worth beside the word itself


Places: TypeAlias = dict[str, dict[int, None]]  # a stem to the sentences that hold it, in order


def evidence(statement: str, text_: str) -> tuple[tuple[int, int], ...]:
    """Offsets of the at most MAX_EVIDENCE sentences of a text that together hold most of a statement, in their order.

    Words weigh by how rare they are among the sentences. Each sentence must bring words that those chosen before it
    lack; empty where none holds enough of the statement.
    """
    spans = text.sentences(text_)
    places = places_of([text.stems(text_[span.start : span.end]) for span in spans])
    chosen = chosen_sentences(statement, places, sentences=len(spans))
    return tuple((spans[place].start, spans[place].end) for place in chosen)


def chosen_sentences(statement: str, places: Places, *, sentences: int) -> list[int]:
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


def strangers(statement: str, places: Places) -> int:
    """How many pairs of neighbouring words of the statement the text has, but never the two in one sentence."""
    pairs = set(pairwise(text.stems(statement)))
    return sum(a in places and b in places and places[a].keys().isdisjoint(places[b]) for a, b in pairs)


def places_of(sentences: Sequence[Sequence[str]]) -> Places:
    """For each stem the numbers of the sentences that it stands in, in order."""
    places: Places = {}
    for place, stems in enumerate(sentences):
        for stem in stems:
            places.setdefault(stem, {})[place] = None
    return places


def variants(term: str) -> Iterator[tuple[str, float]]:
    """The stems that may stand for a stem, and what each is worth, dearest first."""
    yield term, 1.0
    yield from ((seat, 1.0) for seat in SEATS.get(term, ()))
    yield from ((synonym, SYNONYM) for synonym in synonyms(term))


def _worth(wanted: Sequence[str], places: Places, *, sentences: int) -> dict[int, dict[str, float]]:
    """For each sentence that holds any of the stems, itself or in the sentence before, what each is worth there."""
    worth: dict[int, dict[str, float]] = {}
    for term in wanted:
        for variant, value in variants(term):
            for place in places.get(variant, ()):
                for there, share in ((place, 1.0), (place + 1, BEFORE)):
                    if there < sentences:
                        terms = worth.setdefault(there, {})
                        terms[term] = max(terms.get(term, 0.0), value * share)
    return worth


def held_share(statement: str, cited: str) -> float:
    """The share of a statement's different words that the cited words hold, synonyms as SYNONYM."""
    held = set(text.stems(cited))
    wanted = list(dict.fromkeys(text.stems(statement)))
    worth = [max((value for variant, value in variants(term) if variant in held), default=0.0) for term in wanted]
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
