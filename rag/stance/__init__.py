"""Whether two articles differ on whether something happened, on where somebody was, on what somebody is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import text
from rag.question import Query
from rag.stance.asked import ARMED as ARMED
from rag.stance.asked import HELP, POLITY, Asked, is_actor
from rag.stance.asked import IRREGULARS as IRREGULARS
from rag.stance.asked import asked as asked
from rag.stance.asked import is_subject as is_subject
from rag.stance.asked import likens as likens
from rag.stance.labels import Label as Label
from rag.stance.labels import Naming as Naming
from rag.stance.labels import asks_for_a_name as asks_for_a_name
from rag.stance.labels import labels as labels
from rag.stance.labels import names_them as names_them
from rag.stance.labels import naming as naming
from rag.stance.readings import Kind as Kind
from rag.stance.readings import Stance as Stance
from rag.stance.readings import is_past as is_past
from rag.stance.readings import is_told as is_told
from rag.stance.readings import readings as readings
from rag.stance.readings import stance as stance
from rag.text import Span
from rag.thesaurus import TAKE

Matter: TypeAlias = Literal["whether", "place"]
LONGEST = 2_000  # characters of a quote that are read: it is a sentence or two


@dataclass(frozen=True, slots=True, kw_only=True)
class Opposition:
    """Two quotes that exclude each other: the words of each that say so, as spans of the quotes, and why."""

    matter: Matter
    left: Span
    right: Span
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What a quote says on one aspect, in a word that can be set against another's, and the words that say it."""

    value: str
    span: Span
    objects: frozenset[str] = frozenset()


def opposes(a: str, b: str, query: Query) -> Opposition | None:
    """How two quotes of different articles exclude each other on what a question asks; None when unsure or agreed.

    Of each the first LONGEST characters are read.
    """
    for place, (_, matter) in enumerate(_ASPECTS):
        left, right = _sides(place, a[:LONGEST], query), _sides(place, b[:LONGEST], query)
        if left and right and (found := _excluded(left, right)):
            reason, first, second = found
            return Opposition(matter=matter, left=first.span, right=second.span, reason=reason)
    return None


@lru_cache(maxsize=1_024)  # each quote is held against several others
def _sides(aspect: int, quote: str, query: Query) -> list[_Side]:
    """What a quote says on one of the aspects of what a question asks."""
    return _ASPECTS[aspect][0](quote, query, asked(query))


_REASONS: dict[str, str] = {
    "done/intended": "one says that it is done, the other only that it is intended",
    "done/denied": "one says that it is done, the other that it is not",
    "done/unlikely": "one says that it is done, the other that it is unlikely or refused",
    "intended/unlikely": "one says that it is intended, the other that it is unlikely or refused",
    "more/unlikely": "one says that it goes on, the other that it is unlikely or refused",
    "for/against": "one says for it, the other against it",
    "taken/surrounded": "one says that the place was taken, the other that it still holds out",
    "little/much": "one says little, the other much",
    "somewhere/unseen": "one names a place, the other says that nobody saw them",
}
_EXCLUDED = {frozenset(pair.split("/")): reason for pair, reason in _REASONS.items()}


def _excluded(left: list[_Side], right: list[_Side]) -> tuple[str, _Side, _Side] | None:
    """Why, and the first pair of sides, where every side of one quote excludes every side of the other."""
    found: list[tuple[str, _Side, _Side]] = []
    for first in left:
        for second in right:
            reason = _EXCLUDED.get(frozenset({first.value, second.value}))
            if reason is None or (first.objects and second.objects and first.objects.isdisjoint(second.objects)):
                return None
            found.append((reason, first, second))
    return found[0] if found else None


# --- whether it is done ----------------------------------------------------------------------------------------------

_VALUES: dict[str, str] = {
    "done": "done",
    "under way": "done",
    "intended": "intended",
    "unlikely": "unlikely",
    "denied": "denied",
}
_EXPECTED_IN = re.compile(r"\b(?:is|are|was|were)\s+(?:expected|due|awaited)\s+in\b", re.I)
# What can be sent or done in help without being a thing of its own: it excludes nothing.
_GENERAL = (
    HELP
    | ARMED
    | frozenset(
        text.stem(word)
        for word in """military militarily additional more substantial resources continued great large small number new
    regime government president country side war ground part firmly fully further already""".split()
    )
)


def _done(quote: str, query: Query, one: Asked) -> list[_Side]:
    """Whether the actor did what is asked about, as a quote has it."""
    if not one.whether or not one.actor or not one.about:
        return []
    sides: list[_Side] = []
    for found in [*readings(quote, one.about), *(_expected(quote) if one.event == "visit" else [])]:
        value = _VALUES.get(found.kind)
        if value is None or not _concerns(quote, found, query, one):
            continue
        if found.more and value == "intended":
            value = "more"
        sides.append(_Side(value=value, span=Span(found.start, found.end), objects=_objects(quote, found, one)))
    return sides


def _expected(quote: str) -> list[Stance]:
    return [
        Stance(kind="intended", start=match.start(), end=_phrase_end(quote, match), at=match.start(), stem="visit")
        for match in _EXPECTED_IN.finditer(quote)
    ]


def _concerns(quote: str, found: Stance, query: Query, one: Asked) -> bool:
    """Whether a reading is of the asked actor and of the same event: its place, or enough of what is asked besides."""
    after = _stems(quote[found.at : found.at + 90])
    armed = not ARMED.isdisjoint(one.actor)
    if one.event == "help" and armed and _is_sent(quote, found, one):
        return True
    if (found.passive != one.passive and not armed) or not is_subject(one, quote, found.start):
        return False
    rest = frozenset(query.terms) - one.actor
    if one.event == "help" and one.names:
        against = found.stem == "fight" and not _FIGHTS_FOR.match(quote, found.at)
        return not against and not (one.names | POLITY).isdisjoint(_stems(quote))
    if one.event == "visit":
        return not one.names.isdisjoint(after)
    if one.event == "help":
        rest -= HELP
        return bool(rest) and all(likens(term, after) for term in rest)
    held = sum(likens(term, after) for term in rest)
    return held >= max(2, 0.75 * len(rest)) and one.names <= after


_FIGHTS_FOR = re.compile(r"\w+\s+(?:\w+\s+)?(?:for|beside|alongside|with)\b", re.I)
_SENDS = frozenset(text.stem(word) for word in ("send", "deploy", "dispatch"))


def _is_sent(quote: str, found: Stance, one: Asked) -> bool:
    """Whether who acts in the question is what somebody sends: whoever is sent helps."""
    if found.stem not in _SENDS:
        return False
    end = found.at + 160
    return is_actor(one, quote[found.at : end])


def _objects(quote: str, found: Stance, one: Asked) -> frozenset[str]:
    """The stems of what in particular is done, where the quote says: "missiles", not "support"."""
    if one.event != "help":
        return frozenset()
    words = text.words(quote[found.at : found.end])
    return frozenset(
        word.stem for word in words if text.is_content(word) and word.text.islower() and word.stem not in _GENERAL
    )


# --- for or against --------------------------------------------------------------------------------------------------

_FOR = frozenset(text.stem(w) for w in "support back endorse favour favor approve accept welcome".split())
_AGAINST = frozenset(text.stem(w) for w in "oppose reject refuse veto block condemn denounce resist".split())


def _for_or_against(quote: str, query: Query, one: Asked) -> list[_Side]:
    """Whether the actor is for what is asked about: "backs the bill", "opposes the bill"."""
    terms = frozenset(query.terms)
    rest = terms - one.actor - _FOR - _AGAINST
    if not one.actor or not rest or terms.isdisjoint(_FOR | _AGAINST):
        return []
    sides: list[_Side] = []
    for found in readings(quote, _FOR | _AGAINST):
        after = frozenset(text.stems(quote[found.at : found.at + 80]))
        if found.kind in {"possible", "asked"} or not is_subject(one, quote, found.start):
            continue
        if not all(likens(term, after) for term in rest):
            continue
        agrees = (found.stem in _FOR) != (found.kind in {"denied", "unlikely"})
        sides.append(_Side(value="for" if agrees else "against", span=Span(found.start, found.end)))
    return sides


# --- who holds a place -----------------------------------------------------------------------------------------------

_SURROUNDED = re.compile(
    r"\b(?:trapped|besieged|encircled|surrounded|under siege|holding out|hemmed|still (?:hold|control|defend)\w*)\b",
    re.I,
)
_HELD = frozenset(text.stem(word) for word in "hold control seize capture take fall hands rule".split())
_OUTCOME = re.compile(r"\bwhat happened (?:to|in|at)\b", re.I)


def _taken(quote: str, query: Query, one: Asked) -> list[_Side]:
    """Whether a place that the question names was taken, or still has its people trapped in it."""
    place = _place(query)
    if not place or not (_HELD & set(query.terms) or _OUTCOME.search(query.sought)):
        return []
    sides: list[_Side] = []
    for found in readings(quote, TAKE):
        after, before = _stems(quote[found.at : found.at + 60]), _stems(quote[max(0, found.start - 40) : found.start])
        if found.kind in {"done", "under way"} and (place <= after or (found.kind == "done" and place <= before)):
            sides.append(_Side(value="taken", span=Span(found.start, found.end)))
    for match in _SURROUNDED.finditer(quote):
        if place <= _stems(quote[match.start() : match.start() + 60]):
            sides.append(_Side(value="surrounded", span=Span(match.start(), _phrase_end(quote, match))))
    return sides


def _place(query: Query) -> frozenset[str]:
    """The stems of the last name of a question: "do the Kurds still hold Tal Rifaat"."""
    return frozenset(query.names[-1]) if query.names else frozenset()


def _stems(words: str) -> frozenset[str]:
    return frozenset(text.stems(words))


_NAMED = re.compile(r"(?:\s+[\w'’-]+){0,4}?(?:\s+[A-Z][\w'’-]+)+")


def _phrase_end(quote: str, match: re.Match[str]) -> int:
    """Where a phrase ends that begins with a match: with the name that follows it, if one does."""
    name = _NAMED.match(quote, match.end())
    return name.end() if name else match.end()


# --- where somebody was ----------------------------------------------------------------------------------------------

_WHERE = re.compile(r"^(?:and |but |so )?where (?:is|was|are|were|has|have|had|did)\b|\bwhereabouts\b", re.I)
_UNSEEN = re.compile(
    r"\b(?:(?:remain\w*|was|were|been|is) (?:\w+ly )?absent(?: from (?:public )?(?:view|sight))?"
    r"|out of (?:public |the public )?(?:sight|view|eye)|nowhere to be (?:seen|found)|in hiding|disappeared|vanished"
    r"|(?:not|never) (?:been )?seen|whereabouts (?:\w+ ){0,3}(?:unknown|unclear|a mystery)|dropped out of sight)\b",
    re.I,
)
_SOMEWHERE = re.compile(
    r"\b(?:fled|flew|flown|gone|went|travell?ed|return\w*|moved|escaped|stayed|staying"
    r"|brought (?:him|her|them) (?:home|back)|sheltered|sheltering|been|was|were|is|are|back|arrived|plane|flight)"
    r"\s+(?:back )?(?:in|to|from|at)\s+(?=[A-Z])"
)


_WHERE_NOW = re.compile(r"where(?:['’]s| is| are)\b", re.I)
_WAS_UNSEEN = re.compile(r"\b(?:was|were|had|stayed|remained|kept)\b[^,;.]{0,24}$", re.I)


def _where(quote: str, query: Query, one: Asked) -> list[_Side]:
    """Whether a quote says where the actor was, or that nobody saw them."""
    if not _WHERE.search(query.sought) or not one.actor:
        return []
    for match in _SOMEWHERE.finditer(quote):
        names = text.words(quote[match.end() : match.end() + 40])[:1]
        if names and names[0].stem not in one.names and is_subject(one, quote, match.start()):
            return [_Side(value="somewhere", span=Span(match.start(), match.end() + names[0].end))]
    for match in _UNSEEN.finditer(quote):
        if _WHERE_NOW.match(query.sought) and _WAS_UNSEEN.search(
            quote[max(0, match.start() - 30) : match.start()] + match.group().split()[0] + " "
        ):
            continue  # nobody saw them for days, and now they are somewhere
        if is_subject(one, quote, match.start()):
            return [_Side(value="unseen", span=Span(match.start(), match.end()))]
    return []


def is_whereabouts(quote: str, query: Query) -> bool:
    """Whether a quote tells where the actor was, or that nobody saw them, in so many words."""
    return bool(_where(quote[:LONGEST], query, asked(query)))


# --- how much --------------------------------------------------------------------------------------------------------

_LITTLE = (
    "little|minimal|scant|light|weak|hardly any|slight|token|limited|sporadic|negligible|modest|feeble|no|almost no"
)
_MUCH = "fierce|stiff|heavy|strong|intense|determined|tough|massive|bitter|severe|huge|widespread|stubborn|strenuous"
_DEGREES = (
    ("little", re.compile(rf"\b(?:{_LITTLE})\s+(\w+)", re.I)),
    ("much", re.compile(rf"\b(?:{_MUCH})\s+(\w+)", re.I)),
)
_HOW_MUCH = re.compile(r"how (?:much|strong|fierce|heavy|big|large|serious|severe)\b", re.I)
_FIGHTS = frozenset(text.stem(word) for word in "resistance battle clash fighting combat".split())


def _degree(quote: str, query: Query, one: Asked) -> list[_Side]:
    """How much of the thing asked about there was: "little resistance", "fierce battles"."""
    nouns = frozenset(query.terms) - one.actor
    nouns |= _FIGHTS if "resist" in nouns else frozenset()
    if not (one.whether or _HOW_MUCH.match(query.sought)) or not one.actor:
        return []
    return [
        _Side(value=value, span=Span(match.start(), match.end()))
        for value, degree in _DEGREES
        for match in degree.finditer(quote)
        if text.stem(match[1]) in nouns and is_subject(one, quote, match.start())
    ]


_ASPECTS: tuple[tuple[Callable[[str, Query, Asked], list[_Side]], Matter], ...] = (
    (_done, "whether"),
    (_for_or_against, "whether"),
    (_taken, "whether"),
    (_where, "place"),
    (_degree, "whether"),
)
