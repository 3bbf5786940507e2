"""Who does what to whom in a question, read off word order and voice: nothing is parsed.

A question of few words has a verb; what stands before it does it, what stands behind it has it done to it, and one of
these places, or a time, or a number is what is asked for. `rag.telling` looks for the same deed in a sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import demands, figures, stance, text
from rag.question import OPENING, Query
from rag.thesaurus import synonyms

Hole: TypeAlias = Literal["doer", "done to", "time", "span", "count"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A question taken apart: the stems of who does it, of the verb and words for it, and of what it is done to.

    `hole` is what is asked for, `thing` what directly follows the verb, a name or a noun, `places` the names behind it,
    `counted` the stem of what "how many" counts, and `now` where it is asked what goes on or is so these days.
    """

    hole: Hole
    doer: frozenset[str] = frozenset()
    verb: str = ""
    deed: frozenset[str] = frozenset()
    thing: frozenset[str] = frozenset()
    places: tuple[frozenset[str], ...] = ()
    counted: str = ""
    now: bool = False


# --- the question ----------------------------------------------------------------------------------------------------

_AUX = r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|may|might|should)(?:n['’]t)?"
_AUXILIARY = re.compile(_AUX, re.I)
BY = re.compile(r"(?:\s+[\w-]+){0,6}?\s+by\s", re.I)
_SKIPPED = r"(?:(?:first|last|also|once|ever|then|only|[a-z]{3,15}ly)\s+)?"
_WHO = re.compile(
    rf"who(?P<m>m)?\s+(?:(?P<aux>{_AUX})\s+)?(?P<been>(?:(?:not|been|being)\s+)*){_SKIPPED}(?P<rest>.+)", re.I
)
_WHEN = re.compile(rf"(?:when|(?:on|in|at) (?:what|which) (?:day|date|year|month))\s+(?P<did>{_AUX}\s.+)", re.I)
_WHAT = re.compile(r"(?:what|which)\s+(?:(?:[a-z]+\s+)?(?P<noun>[a-z]+)\s+)?(?P<did>(?:do|does|did)\s.+)")
_WHICH = re.compile(rf"(?:which|what)\s+(?:[a-z]+\s+){{1,2}}?(?:(?P<aux>{_AUX})\s+)?(?P<rest>[a-z].+)")
_HOW_LONG = re.compile(rf"(?:for )?how long\s+(?P<did>{_AUX}\s.+)", re.I)
_HOW_MANY = re.compile(r"how many\s+(?P<rest>.+)", re.I)
_DID = re.compile(r"(?:do|does|did)\b", re.I)
_NO_DEED = frozenset(
    text.stem(word)
    for word in """be do have get happen know think mean like need keep exist look seem present occur
    name mention list use give make""".split()
)
_LASTS = frozenset(text.stem(word) for word in "take last long".split())
_DETERMINERS = frozenset("the a an this that these those his her its their".split())
_PREPOSITIONS = frozenset("in on at to from by of with for near against into over after before during about".split())


@lru_cache(maxsize=256)  # asked for each sentence
def frame(query: Query) -> Frame | None:
    """What a question asks of which deed; None where it is long, has parts or cannot be read so."""
    if query.parts or query.quoted or len(query.terms) > demands.MOST_TERMS:
        return None
    sought = OPENING.sub("", query.sought).strip(" ?.!")
    if match := _HOW_LONG.fullmatch(sought):
        return _long(query, match["did"])
    if match := _HOW_MANY.fullmatch(sought):
        return _count(query, match["rest"])
    if match := _WHEN.fullmatch(sought):
        return _told(query, "time", match["did"])
    if match := _WHO.fullmatch(sought):
        return _who(query, match)
    sought = f"{sought[:1].lower()}{sought[1:]}"
    if (match := _WHAT.fullmatch(sought)) and query.expects != "words":
        made = _told(query, "done to", match["did"])
        return _of_kind(made, match["noun"]) if query.expects == "open" else made
    if (match := _WHICH.fullmatch(sought)) and query.expects in {"group", "place"}:
        return _which(query, match)
    return None


def _of_kind(made: Frame | None, noun: str | None) -> Frame | None:
    """A frame that also asks for the kind of thing that a noun says, where other words are known for it."""
    kind = text.stem(noun) if noun else ""
    return replace(made, places=(*made.places, frozenset([kind]))) if made and synonyms(kind) else made


def _which(query: Query, match: re.Match[str]) -> Frame | None:
    """The frame of "which side is winning": of who does it, where a verb follows the noun."""
    first = next(iter(text.words(match["rest"])), None)
    if first is None or first.stem in _NO_DEED or first.stem not in query.terms:
        return None
    verbal = stance.is_past(first) or first.text.endswith("ing") if match["aux"] else _is_verb(match["rest"])
    if not verbal:
        return None
    return _doing(query, match["aux"] or "", first, match["rest"])


def _is_verb(rest: str) -> bool:
    """Whether words begin with a verb as far as what follows tells: a name, or a word such as "the"."""
    tokens = text.words(rest)
    return len(tokens) > 1 and (tokens[1].text[0].isupper() or tokens[1].text.casefold() in _DETERMINERS)


def _doing(query: Query, aux: str, verb: text.Word, rest: str) -> Frame:
    """The frame of what follows those who are asked for, or who have it done to them: "was arrested"."""
    done_to = _BE.match(aux) and stance.is_past(verb) and not BY.match(rest, verb.end)
    made = _behind(query, "done to" if done_to else "doer", rest[verb.end :], verb=verb.stem)
    going_on = aux.casefold() in {"is", "are"} and verb.text.endswith("ing")
    present = not aux and verb.text.endswith("s") and not stance.is_past(verb)  # "who holds the town"
    return replace(made, now=going_on or present)


def _told(query: Query, hole: Hole, did: str) -> Frame | None:
    """The frame of an auxiliary, who does it or has it done to them, the verb, and what stands behind."""
    doer, deed, event = demands.deed(query, did)
    if event is None or event.stem in _NO_DEED or _IT.match(did) or _COMPLEX.match(did, event.end):
        return None
    if hole == "span" and event.stem in _LASTS:
        return None
    if hole in {"time", "span"}:
        doer = frozenset(word.stem for word in text.words(did[: event.start])[1:] if text.is_content(word))
    made = replace(_behind(query, hole, did[event.end :], verb=event.stem), doer=doer, deed=deed)
    passive = _BE.match(did) is not None and stance.is_past(event)
    return replace(made, doer=frozenset(), thing=doer) if passive else made


_IT = re.compile(r"\w+\s+(?:it|there)\b", re.I)
# "want to go", "take place"
_COMPLEX = re.compile(r"\s+(?:\w{3,20}ing\b|to\s+[a-z]|(?:place|part|over|off|up|about|have|do|get|be)\b)")
_BE = re.compile(r"(?:is|are|was|were)\b", re.I)


_LASTING = re.compile(r"\b(?:take|taken|last|lasted)\b", re.I)


def _long(query: Query, did: str) -> Frame:
    """The frame of "how long": of a deed, or else of what the question begins with and the names beside it."""
    made = _told(query, "span", did)
    if made or _IT.match(did):
        return made or Frame(hole="span")
    lasts = _LASTING.search(did)
    subject = text.stems(did[: lasts.start()] if lasts else did)
    names = [frozenset(name) for name in query.names if lasts and set(name) <= set(subject)]
    return Frame(hole="span", places=(*names, *(frozenset([stem]) for stem in subject[:1])))


def _who(query: Query, match: re.Match[str]) -> Frame | None:
    """The frame of "who": of who did it where a verb follows, else of whom they did it to."""
    aux, rest = match["aux"] or "", match["rest"]
    first = next(iter(text.words(rest)), None)
    if first is None:
        return None
    verbal = first.text.islower() and text.is_content(first)
    if match["been"] and not verbal:
        return None
    if aux and (_DID.match(aux) or (not verbal and (first.text[0].isupper() or not _BE.match(aux)))):
        return _told(query, "done to", f"{aux} {rest}")
    told = not aux or stance.is_past(first) or first.text.endswith("ing") or not (_BE.match(aux) or aux[0] in "hH")
    if not verbal or not told or first.stem not in query.terms or first.stem in _NO_DEED:
        return None
    return _doing(query, aux, first, rest)


def _count(query: Query, rest: str) -> Frame | None:
    """The frame of "how many": its noun and the deed that is told of it."""
    tokens = text.words(rest)
    aux = next((place for place, token in enumerate(tokens) if _AUXILIARY.fullmatch(token.text)), None)
    verb = aux if aux is not None else next((n for n, word in enumerate(tokens) if n and stance.is_past(word)), 1)
    noun = next((token for token in reversed(tokens[:verb]) if text.is_content(token)), None)
    if noun is None:
        return None
    if aux is not None and _DID.match(tokens[aux].text):
        _, deed, event = demands.deed(query, rest[tokens[aux].start :])
        deed = deed if event and event.stem not in _NO_DEED else frozenset()
        return Frame(hole="count", counted=noun.stem, verb=event.stem if event else "", deed=deed)
    own = [token for token in tokens[verb:] if text.is_content(token)][:1]
    told = [token.stem for token in own if token.stem in query.terms and token.text.islower()]
    deed = frozenset(stem for term in told for stem in (term, *synonyms(term), *_AS_NOUN.get(term, ())))
    if len(deed) == 1:  # no other word for it is known: then what it is done to tells it, too
        deed |= {token.stem for token in tokens[verb:] if token.stem in query.terms}
    return Frame(hole="count", counted=noun.stem, verb=next(iter(told), ""), deed=deed)


# Where people live is told by their number's name.
_AS_NOUN = {
    text.stem("live"): frozenset(map(text.stem, "population inhabitant inhabit resident reside home populous".split()))
}


def _behind(query: Query, hole: Hole, rest: str, *, verb: str) -> Frame:
    """A frame with what stands behind the verb: the thing that it is done to, and the names of places."""
    days = frozenset(map(text.stem, figures.WEEKDAYS))
    stems = frozenset(text.stems(rest))
    names = [frozenset(name) for name in query.names if stems.issuperset(name) and days.isdisjoint(name)]
    names = [name for name in names if not query.asides.issuperset(name)]
    tokens = text.words(rest)
    direct = next((token for token in tokens if text.is_content(token)), None)
    small = {token.text.casefold() for token in tokens if direct and token.start < direct.start}
    thing: frozenset[str] = frozenset()
    if direct and _PREPOSITIONS.isdisjoint(small) and direct.stem in query.terms and direct.stem not in query.asides:
        thing = next((name for name in names if direct.stem in name), frozenset([direct.stem]))
    places = tuple(name for name in names if name != thing)
    return Frame(hole=hole, verb=verb, deed=frozenset({verb, *synonyms(verb)}), thing=thing, places=places)
