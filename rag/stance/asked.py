"""What a question is about, as far as two articles may take different stands on it: who does what, and where."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import text
from rag.question import Query
from rag.stance.readings import BOUNDARY, WINDOW, is_past
from rag.thesaurus import KEEP, SEATS, TAKE, VISIT, synonyms

Event: TypeAlias = Literal["help", "visit", "other"]


def _stems(words: str) -> frozenset[str]:
    return frozenset(text.stem(word) for word in words.split())


# What it is to take a side in a war or a dispute: whoever sends fighters helps, whoever commits resources does.
HELP = _stems(
    """help assist support back backing aid assistance reinforce reinforcement reinforcements intervene intervention
    involve involvement commit deploy deployment send bolster enter fight join"""
)
PLAIN_HELP = _stems("help assist support back backing aid assistance")  # of what is no war: a bill, a deal
HOLD = KEEP | _stems("defend") | TAKE
ARMED = _stems(
    """militia militias fighter fighters troop troops soldier soldiers force forces army gunman gunmen group groups
    brigade brigades rebel rebels insurgent insurgents militant militants combatant combatants revolutionary"""
)
POLITY = ARMED | _stems("regime government military war conflict president ally allies")
# Nouns that outlets use for one another when a country or a cause tells whom they mean.
IRREGULARS = _stems(
    "rebel insurgent militant revolutionary opposition fighter gunman jihadist militia brigade combatant"
)
_HELPS = re.compile(
    r"\b(?:help|assist|support|back(?!\s+(?:to|from|in|home|at|on)\b)|aid\b|interven|reinforc|commit|prop\w* up"
    r"|fight\w*\s+(?:for|alongside|beside)|put\w*\s[^?]{1,30}\sinto|join\w*\s+(?:the\s+)?(?:war|fight|battle)"
    r"|(?:send|sent|deploy)\w*\s[^?]{0,30}(?:troops|forces|fighters|soldiers|reinforcements|militia))",
    re.I,
)
_JOINS = re.compile(r"\b(?:interven|join)", re.I)  # a war, whoever's side it is on
_GOES = re.compile(
    r"\b(?:visit|travel|trip|journey|go to|gone to|went to|been (?:to|in)|come to|came to|arriv|fl(?:y|ew|own) to)",
    re.I,
)
_BEING = re.compile(r"\b(?:is|are|was|were|been|being)\b", re.I)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|may|might|should|shall)\s+(?=\S)", re.I
)
_VERB_FOLLOWS = re.compile(
    r"\b(?:already|still|yet|ever|now|also|really|actually|finally|ready|willing|likely|going|able|to|only|not|be|been"
    r"|in|on|at|during|after|before|for|with|against|when|while|put|meet|met|get|give|take|make|do|doing|do|let|win"
    r"|resign|quit|agree|accept|reject|sign|leave|die|lose|join|start|stop|begin|end|face|reach|announce|say|\w+ed"
    r"|\w{3,}ing)\b|[?,.:;]",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question taken apart: the stems of who acts, of the names besides, and of the event, with what event it is.

    `actor_names` are the names among the first; `passive` says that it is done to them, `whether` that the answer is
    whether or how far it was done, and no figure, date or name that outlets may give alike before and after it.
    """

    actor: frozenset[str]
    actor_names: tuple[tuple[str, ...], ...]
    names: frozenset[str]
    about: frozenset[str]
    event: Event
    passive: bool
    whether: bool


@lru_cache(maxsize=64)  # asked for each sentence
def asked(query: Query) -> Asked:
    """What a question is about."""
    sought = query.sought
    actor_text = _actor(sought, query.expects)
    actor = frozenset(text.stems(actor_text))
    actor = frozenset() if actor <= HELP else actor
    named = frozenset(stem for name in query.names for stem in name)
    rest = frozenset(query.terms) - actor
    event: Event = "help" if _HELPS.search(sought) else "visit" if _GOES.search(sought) else "other"
    helps = HELP if named - actor or _JOINS.search(sought) else PLAIN_HELP
    about = {"help": helps, "visit": VISIT, "other": rest - named}[event]
    passive = _BEING.search(sought) is not None and any(
        word.stem in rest and is_past(word) for word in text.words(sought)
    )
    return Asked(
        actor=actor,
        actor_names=tuple(name for name in query.names if actor.issuperset(name)),
        names=named - actor,
        about=frozenset(about),
        event=event,
        passive=passive,
        whether=query.expects in {"yes_no", "open", "manner", "words"},
    )


def _actor(question: str, expects: str) -> str:
    """The words between the auxiliary and the verb: "have IRAQI MILITIAS entered", "where was THE PRESIDENT in May"."""
    if expects in {"person", "group"}:
        return ""
    auxiliary = _AUXILIARY.search(question)
    if auxiliary is None:
        return ""
    words = text.words(question[auxiliary.end() :])
    rest = question[auxiliary.end() :]
    stop = _VERB_FOLLOWS.search(rest)
    end = stop.start() if stop else len(rest)
    for word in words[1:]:
        if (
            word.start < end
            and word.text.islower()
            and word.stem in HELP | VISIT | HOLD
            and not word.text.endswith("er")
        ):
            noun = word.stem in ARMED
            end = end if noun else word.start
    return rest[:end]


def likens(term: str, stems: Collection[str]) -> bool:
    """Whether stems hold a term, a synonym of it, or the seat of the government that it names."""
    return term in stems or not synonyms(term).isdisjoint(stems) or not SEATS.get(term, frozenset()).isdisjoint(stems)


# Whose side somebody is on is not who they are: "Iranian-backed militias", "militias loyal to Iran".
_SIDE = re.compile(
    r"\b[\w.]+[-‑](?:backed|led|linked|aligned|allied|funded|supported|supplied|trained|held|controlled|occupied)\b"
    r"|\b(?:pro|anti)[-‑]\w+|\b(?:loyal|close|linked|tied|allied|hostile|opposed)\s+(?:to|with)\s+(?:the\s+)?\w+",
    re.I,
)


def is_actor(one: Asked, words: str) -> bool:
    """Whether words name whoever acts in the question: all its names, and one of its nouns where it has some."""
    stems = frozenset(text.stems(_SIDE.sub(" ", words)))
    nouns = one.actor.difference(*one.actor_names)
    named = all(_same_name(name[-1], stems) for name in one.actor_names)
    return named and (not nouns or any(_same_noun(noun, stems) for noun in nouns))


def _same_name(name: str, stems: Collection[str]) -> bool:
    seats = SEATS.get(name, frozenset()) | frozenset(land for land, seat in SEATS.items() if name in seat)
    return name in stems or not seats.isdisjoint(stems)


def _same_noun(noun: str, stems: Collection[str]) -> bool:
    return likens(noun, stems) or (noun in IRREGULARS and not IRREGULARS.isdisjoint(stems))


_PRONOUN = re.compile(r"\b(?:he|she|it|they|its|his|her|their|who|which|itself|themselves)\b", re.I)
_PHRASE = re.compile(r"\b(?:of|in|to|from|at|near|with|against|for|on|by|over|the)\s+$", re.I)
_ACTORS = _stems(
    """rebel insurgent militant fighter opposition army government regime militia faction police protester minister
    president official leader party company country ministry court parliament"""
)
APPOSED = 90  # characters within which an apposition and what it is set to name one actor together,
MOST_APPOSED = 6  # and words of the apposition: "Its foreign minister, Ana Ruiz, ..."
_APPOSITIVE = re.compile(
    r"^\s*(?:including|such as|like|among them|an?|the|led|along|who|with|in|after|despite)\b", re.I
)


def is_subject(one: Asked, passage: str, at: int) -> bool:
    """Whether who acts in the question is the subject of what begins at `at`: named in its piece of the clause.

    Where that piece names nobody, or only "he" or "its", the pieces before it are looked at, nearest first.
    """
    if not one.actor:
        return True
    begin = max(0, at - 2 * WINDOW)
    cuts = [begin, *(match.end() for match in BOUNDARY.finditer(passage, begin, at)), at]
    bare = 0
    for start, end in zip(cuts[-2::-1], cuts[:0:-1], strict=True):
        piece = passage[start:end]
        words = len(piece.split())
        whole = passage[start:at]
        if is_actor(one, piece) or (len(whole) < APPOSED and is_actor(one, whole)):
            return True
        if not any(character.isalnum() for character in piece) or _is_boundary(piece):
            bare += 1
            continue
        aside = (bare == 1 and words <= MOST_APPOSED) or _APPOSITIVE.match(piece)
        bare += 1
        if not aside and not _PRONOUN.search(piece) and _has_rival(passage, start, end):
            return False
    return False


def _is_boundary(piece: str) -> bool:
    return BOUNDARY.fullmatch(piece.strip()) is not None


def _has_rival(passage: str, start: int, end: int) -> bool:
    return any(
        (word.text[0].isupper() and text.is_content(word)) or word.stem in _ACTORS
        for word in text.words(passage[start:end])
        if not _PHRASE.search(passage[max(0, start + word.start - 12) : start + word.start])
    )
