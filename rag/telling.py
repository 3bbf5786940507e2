"""Whether a sentence tells the deed that a question asks about, of those whom it names and of no others.

By the verb, by another word for it or by its noun ("a call to"), with the others in their places; where a time, a span
or a figure is asked for, one of that deed. Where words cannot tell, it does not tell it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rag import demands, figures, stance, text
from rag.frames import BY, Frame
from rag.kinds import WHEN, is_place
from rag.stance import likens
from rag.thesaurus import synonyms

REACH = 90  # characters between a verb and what it is done to
# Nouns that are spelled as a verb is and tell nothing of what it tells.
_HOMOGRAPHS = frozenset(
    text.stem(word)
    for word in "lives force mean state arm rest head face man people house power side back stand order leaves".split()
)
_DETERMINED = re.compile(
    r"(?:\b(?:the|an?|its|his|her|their|our|this|these|those|no|any|some|each|every|of|many|several|few)\s+"
    r"|['’]s?\s+|\d\s+|\b(?:hundred|thousand|million|dozen)s?\s+(?:of\s+)?)(?:[\w-]+\s+)?$",
    re.I,
)
_BEEN = re.compile(r"\b(?:is|are|was|were|be|been|being|got)\s+(?:\w+ly\s+)?$", re.I)
_CLAUSE = re.compile(r"[;—–]|[:.!?](?=\s)")
_PRONOUN = re.compile(r"\b(?:it|him|her|them|he|she|they|its|his|their|there)\b", re.I)
_THE_THING = re.compile(
    r"\bthe\s+(?:\w+\s+)?(?:film|movie|series|show|episode|song|album|book|novel|play|game|band|group|company|firm|bank"
    r"|party|station|school|university|college|team|club|city|town|village|island|bridge|building|church|ship|site|phone|car|plane|law)\b",
    re.I,
)
_HE = re.compile(r"\b(?:he|she)\b", re.I)
_THERE = re.compile(
    r"\bthere\b(?!\s+(?:is|are|was|were|has|have|had)\b)|\bthe (?:city|town|village|country|capital)\b", re.I
)
_LIFE_SPAN = re.compile(r"\([^()]{0,60}\d{4}[^()]{0,40}\)")
_LIFE = frozenset(map(text.stem, "born birth die death dead".split()))


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
        if _likens_any(name, own):
            return True
        there = _likens_any(name, self.before) and _THERE.search(self.words) is not None
        return there and not any(
            is_place(self.words, span.start, self.words[slice(*span)]) for span in text.names(self.words)
        )

    def names(self, thing: Collection[str], start: int = 0, end: int | None = None) -> bool:
        """Whether a thing stands between two places of the quote, or what stands there may stand for it."""
        place = self.words[start:end]
        if _likens_any(thing, frozenset(text.stems(place))) or _likens_any(thing, self.about):
            return True
        if _likens_any(thing, self.before) and _PRONOUN.search(place):
            return True
        return _likens_any(thing, self.around) and _THE_THING.search(place) is not None


def tells(one: Frame, said: Said) -> bool:
    """Whether a quote tells the deed of a frame with the others in their places, and holds what is asked for."""
    if one.hole == "span" and not _SPAN_GIVEN.search(said.words):
        return False
    if one.hole == "time":
        if not one.deed.isdisjoint(_LIFE) and _LIFE_SPAN.search(said.words):
            return True
        if not (figures.dates(said.words) or figures.weekdays(said.words) or WHEN.search(said.words)):
            return False
    if one.hole == "count" and not _is_counted(one, said.words):
        return False
    if not all(said.holds(name) for name in one.places):
        return False
    return not one.deed or any(_fits(one, said, word) for word in mentions(one, said.words))


_LED_TO = re.compile(r"(?:lead(?:s|ing)?|led)\s+to\b", re.I)


def mentions(one: Frame, sentence: str) -> Iterator[text.Word]:
    """The words of a sentence that tell the deed: not the nouns that only are spelled as its verb is."""
    for word in text.words(sentence):
        if _LED_TO.match(sentence, word.start):
            continue
        alike = word.stem == one.verb and word.stem in _HOMOGRAPHS
        if word.stem in one.deed and not (alike and _DETERMINED.search(sentence, max(0, word.start - 40), word.start)):
            yield word


def _fits(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether who does it and what it is done to stand where they do for a mention of the deed."""
    if one.hole == "count":
        return True
    if one.now and not stance.is_told(said.words, word.start):
        return False
    if one.hole == "doer" and not _has_doer(said.words, word, one.thing):
        return False
    if one.hole in {"time", "span"} and not (one.doer and one.thing):  # what opens is opened, too
        return said.names(one.doer | one.thing, *_clause(said.words, word))
    he = _likens_any(one.doer, said.title) and _HE.search(said.words, 0, word.start) is not None
    if one.doer and not (he or demands.acts(one.doer, said.words, word) or said.names(one.doer, 0, word.start)):
        return False
    return not one.thing or _is_done_to(one, said, word)


def _likens_any(stems: Collection[str], there: Collection[str]) -> bool:
    return any(likens(stem, there) for stem in stems)


def _clause(sentence: str, word: text.Word) -> text.Span:
    """Where the part of a sentence begins and ends that a word stands in."""
    begin = max((match.end() for match in _CLAUSE.finditer(sentence, 0, word.start)), default=0)
    cut = _CLAUSE.search(sentence, word.end)
    return text.Span(begin, cut.start() if cut else len(sentence))


def _is_done_to(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether the thing of a frame stands behind an active verb or a noun of the deed, or before a passive one."""
    thing = one.thing
    begin, end = _clause(said.words, word)
    if _is_passive(said.words, word):
        return said.names(thing, begin, end)
    if _WHOM.search(said.words, begin, word.start) and said.names(thing, begin, word.start):
        return True
    for match in _AND.finditer(said.words, word.end, end):  # "came and met Holm": she is met
        if stance.is_past(text.words(match[1])[0]):
            end = match.start()
            break
    verbal = stance.is_past(word) or word.text.endswith("ing") or _TO_VERB.search(said.words, begin, word.start)
    if verbal and one.hole == "doer":
        elsewhere = _TO_OTHERS.search(said.words, word.end + 6, end)  # "spoke to Holm" is of her, "came for Holm" too
        end = elsewhere.start() if elsewhere else end
    return said.names(thing, word.end, min(end, word.end + REACH))


_TO_VERB = re.compile(r"\b(?:to|will|would|can|could|may|might|shall|should|must)\s+(?:\w+ly\s+)?$", re.I)
_TO_OTHERS = re.compile(r"\s(?:to|for|from|towards?)\s", re.I)
_AND = re.compile(r"\band\s+(?:then\s+)?([a-z]{3,20})\b")
_WHOM = re.compile(r"\b(?:which|whom|that)\s+(?:\S+\s+){1,6}$", re.I)  # "the room, which Vale leads"


def _is_passive(sentence: str, word: text.Word) -> bool:
    """Whether a word is a participle: behind "was", or before "by"."""
    been = _BEEN.search(sentence, max(0, word.start - 24), word.start)
    return stance.is_past(word) and (been is not None or _BY_NEXT.match(sentence, word.end) is not None)


def _has_doer(sentence: str, word: text.Word, thing: Collection[str]) -> bool:
    """Whether somebody is said to do what a word tells: "sunk by divers", "Russian strikes", not "heavy fighting"."""
    left = sentence[max(0, word.start - 40) : word.start]
    if _is_passive(sentence, word):
        return BY.match(sentence, word.end) is not None
    if _AGENT.search(word.text):
        named = _NAMED_BEFORE.search(left) or _NAMED_BEHIND.match(sentence, word.end)
        return named is not None
    if thing or stance.is_past(word):
        return True
    if word.text.endswith("ing"):
        return _IS_DOING.search(left) is not None
    whose = _WHOSE.search(left) or _CARRIED.search(left) or BY.match(sentence, word.end)
    return whose is not None


_CARRIED = re.compile(r"\b(?:held|convened|launched|made|paid|staged)\s+(?:an?\s+|the\s+)?(?:\w+\s+){0,2}$", re.I)
_AGENT = re.compile(r"(?:[eo]r|man|woman|person|head|chief|partner)s?$|^all(?:y|ies)$", re.I)
_NAMED_BEFORE = re.compile(r"\b[A-Z][\w’'-]+(?:,|,?\s+(?:who\s+)?(?:is|was|became|as))\s+(?:(?!and\b)\w+\s+){0,3}$")
_NAMED_BEHIND = re.compile(r"(?:\s+(?:of|for|to)\s[^,;.]{1,60}?)?,?\s+(?:is\s+|was\s+)?[A-Z]")
_IS_DOING = re.compile(r"(?<!\bthere )\b(?:is|are|was|were|been|be|keeps?|kept)\s+(?:\w+\s+)?$|,\s+$", re.I)
# "the divers hold", "Russian strikes", "the army's attack"
_WHOSE = re.compile(r"(?:['’]s?|\b[A-Z][\w-]+|\b\w{2,20}s)\s+$")
_BY_NEXT = re.compile(r"\s+by\s", re.I)


def is_given(one: Frame, sentence: str, start: int, end: int) -> bool:
    """Whether a name at `start` .. `end` stands in the place that is asked for, of some mention of the deed."""
    return one.hole not in {"doer", "done to"} or any(
        _is_in_place(one, sentence, word, start, end) for word in mentions(one, sentence)
    )


def _is_in_place(one: Frame, sentence: str, word: text.Word, start: int, end: int) -> bool:
    passive = _is_passive(sentence, word)
    by = BY.match(sentence, word.end)
    before, behind = end <= word.start, start >= word.end
    if one.hole == "done to":
        return before if passive else behind
    return (by is not None and start >= by.end() - 1) or (before and not passive)


# --- spans and counts ------------------------------------------------------------------------------------------------

_UNIT = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|century|centuries|seasons?)"
_LENGTH = r"(?:(?:kilo|centi|milli)?met(?:re|er)s?|km|cm|mm|miles?|feet|foot|ft|inch(?:es)?|yards?|pages?)"
_SPAN_GIVEN = re.compile(
    r"\b(?:\d[\d.,]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|sixty|hundred|several|few|many|couple of|half an?|dozens? of)"
    rf"[\s-]+(?:(?:and a half|full|long|more|consecutive|straight)\s+)?(?:{_UNIT}|{_LENGTH})\b(?!\s+ago\b)"
    rf"|\b(?:for|within|over|after)\s+{_UNIT}\b"
    r"|\b(?:since|until|from)\s+(?:\w+\s+){0,2}\d{4}\b|\b\d{4}\s?[-–]\s?\d{2,4}\b|\bovernight\b",
    re.I,
)
_PERSONS = frozenset(map(text.stem, "people person persons".split()))
_OF_FIGURE = re.compile(r"(?:[\s-]+(?!and\b|or\b|to\b|in\b)[\w’'-]+){0,4}")
_PART = re.compile(r"\s+of\s+(?:the|them|their|its|his|her|those|these)\b", re.I)
NEXT = 6  # words between a figure of people and the deed that is told of them


def _is_counted(one: Frame, said: str) -> bool:
    """Whether a figure of a quote is of the noun that is counted; one of people only by what is told of them."""
    nouns = {one.counted, *synonyms(one.counted)}
    told = [word.start for word in mentions(one, said)]
    for number in figures.quantities(said):
        following = _OF_FIGURE.match(said, number.end)
        if one.counted not in _PERSONS or not one.deed:
            part = not one.deed and _PART.match(said, number.end)
            if following and not part and not nouns.isdisjoint(text.stems(following.group())):
                return True
        elif any(_is_near(said, number, at) for at in told):
            return True
    return False


def _is_near(said: str, number: figures.Number, at: int) -> bool:
    between = said[number.end : at] if at > number.start else said[at : number.start]
    return len(between.split()) <= NEXT + 1 and not re.search(r"[;:]|,\s", between)
