"""A quote with what stands around it, and what its "it", "they" and "the town" may stand for."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rag import demands, stance, text, ways
from rag.frames import Place
from rag.kinds import is_person, is_place
from rag.stance import likens
from rag.thesaurus import SEATS, synonyms

_PRONOUN = re.compile(r"\b(?:it|him|her|them|he|she|they|its|his|their|there)\b", re.I)
_BODIES = frozenset(map(text.stem, "army government regime ministry police navy parliament court council".split()))
_OF_PERSONS = frozenset("he she him her his".split())
_OF_MANY = frozenset("they them their".split())
_BEHIND = re.compile(
    r"\b(?:in|of|at|from|to|by|for|on|with|near|against|towards?|into|over|between|since|after|before|the)\s+$", re.I
)
_THE_THING = re.compile(
    r"\bthe\s+(?:\w+\s+)?(?:film|movie|series|show|episode|song|album|book|novel|play|game|band|group|company|firm|bank"
    r"|party|station|school|university|college|team|club|island|bridge|building|church|ship|site|phone|car|plane|law)\b",
    re.I,
)
_THE_PLACE = re.compile(r"\bthe\s+(?:\w+\s+)?(?:city|town|village)\b", re.I)  # a report names several
_THERE = re.compile(
    r"\bthere\b(?!\s+(?:is|are|was|were|has|have|had)\b)|\bthe (?:city|town|village|country|capital)\b", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A quote with the stems of what stands around it, for which its "it" and "the film" may stand.

    `about` are those of what its article is about throughout, `before` of what stands before, `around` of its passage,
    `title` of its article's title, whom "he" may mean.
    """

    words: str
    about: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    title: frozenset[str] = frozenset()

    def holds(self, name: Collection[str]) -> bool:
        """Whether a name stands in the quote, or "there" for it."""
        own = frozenset(text.stems(self.words)) | self.about
        if likens_any(name, own):
            return True
        there = likens_any(name, self.before) and _THERE.search(self.words) is not None
        return there and not any(
            is_place(self.words, span.start, self.words[slice(*span)]) for span in text.names(self.words)
        )

    def tells_of(self, place: Place) -> bool:
        """Whether a place stands in the quote, or "there" for it, and is not told of another way than is asked."""
        if ways.is_side(self.words, place.name) or self._names_its_land_alone(place.name):
            return False
        return self.holds(place.name) and ways.agrees(place.way, ways.ways(self.words, place.name))

    def _names_its_land_alone(self, name: Collection[str]) -> bool:
        """Whether of a seat of government only the country stands in the quote: what is in that need not be there."""
        lands = {land for stem in name for land in synonyms(stem) & SEATS.keys()}
        stems = frozenset(text.stems(self.words)) | self.about
        return not lands.isdisjoint(stems) and stems.isdisjoint(name) and _THERE.search(self.words) is None

    def names(self, thing: Collection[str], start: int = 0, end: int | None = None) -> bool:
        """Whether a thing stands between two places of the quote, or what stands there may stand for it."""
        place = self.words[start:end]
        if likens_any(thing, frozenset(text.stems(place))):
            return True
        return self.refers(thing, start, len(self.words) if end is None else end)

    def refers(self, thing: Collection[str], start: int, end: int) -> bool:
        """Whether what stands between two places of the quote may stand for a thing: "it", or "the film"."""
        if likens_any(thing, self.about):
            return True
        if any(self._means(pronoun, thing) for pronoun in _PRONOUN.finditer(self.words, start, end)):
            return True
        if _THE_PLACE.search(self.words, start, end) and not self.before.isdisjoint(thing):
            return True
        return likens_any(thing, self.around) and _THE_THING.search(self.words, start, end) is not None

    def may_mean(self, pronoun: re.Match[str], thing: Collection[str], before: Collection[str]) -> bool:
        """Whether a pronoun may mean a thing: of the names that stand before it in the quote one, else one `before`.

        "He" means a person, where one is named; "they" forces, where there are any; "it" no person, and nothing that a
        preposition stands before.
        """
        word = pronoun.group().casefold()
        if word in _OF_PERSONS and not stance.IRREGULARS.isdisjoint(thing):
            return False
        many = word in _OF_MANY
        nearer: list[frozenset[str]] = []
        for span in text.names(self.words):
            if span.end > pronoun.start():
                break
            name = self.words[slice(*span)]
            behind = _BEHIND.search(self.words, max(0, span.start - 30), span.start)
            if is_person(name) if word in _OF_PERSONS else not (behind or many or is_person(name)):
                nearer.append(frozenset(text.stems(name)))
        if word not in _OF_PERSONS:
            nearer += _forces(thing, self.words, pronoun.start(), many=many)
        return any(likens_any(thing, name) for name in nearer) if nearer else likens_any(thing, before)

    def _means(self, pronoun: re.Match[str], thing: Collection[str]) -> bool:
        return self.may_mean(pronoun, thing, self.before)


def _forces(thing: Collection[str], words: str, end: int, *, many: bool) -> list[frozenset[str]]:
    """The stems of each word before `end` for the armed or those who rule; none where they are said to be others."""
    found: list[frozenset[str]] = []
    before: text.Word | None = None
    for word in text.words(words):
        if word.end > end:
            break
        if (word.stem in stance.ARMED and word.text.endswith("s")) if many else word.stem in _BODIES:
            others = demands.is_anothers(frozenset(thing), words, before)
            found.append(frozenset() if others else frozenset(one.stem for one in (before, word) if one))
        before = word
    return found


def likens_any(stems: Collection[str], there: Collection[str]) -> bool:
    """Whether stems hold one of a name's, a synonym of it, or the seat of the government that it names."""
    return any(likens(stem, there) for stem in stems)
