"""Who does what to whom in a question, read off word order and voice: nothing is parsed.

A question of few words has a verb; what stands before it does it, what stands behind it has it done to it, and one of
these places, or a time, or a number is what is asked for. `rag.telling` looks for the same deed in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import demands, figures, stance, text, ways
from rag.question import OPENING, Query
from rag.thesaurus import ADVANCE, CONVEY, KEEP, MOVES, SEATS, TAKE, phrasal, synonyms

Hole: TypeAlias = Literal["doer", "done to", "time", "span", "count", "place", "reason", "manner", "whether"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A name that stands behind the verb of a question, in stems, and which way it is asked of."""

    name: frozenset[str]
    way: ways.Way = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A question taken apart: the stems of who does it, of the verb and words for it, and of what it is done to.

    `hole` is what is asked for, `thing` what directly follows the verb, a name or a noun, `places` the names behind it,
    `counted` the stem of what "how many" counts, and `now` where it is asked what goes on or is so these days. `source`
    says that a place is asked for from which somebody came, `named` that `thing` is a name, `former` that it is asked
    what was so before, `counter` that the deed is one against another: a counter-attack.
    """

    hole: Hole
    doer: frozenset[str] = frozenset()
    verb: str = ""
    deed: frozenset[str] = frozenset()
    thing: frozenset[str] = frozenset()
    places: tuple[Place, ...] = ()
    counted: str = ""
    now: bool = False
    source: bool = False
    named: bool = False
    former: bool = False
    counter: bool = False


# --- the question ----------------------------------------------------------------------------------------------------

_AUX = r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could|may|might|should)(?:n['’]t)?"
_AUXILIARY = re.compile(_AUX, re.I)
BY = re.compile(r"(?:\s+[\w-]+){0,6}?\s+by\s", re.I)
_SKIPPED = r"(?:(?:first|last|also|once|ever|then|only|[a-z]{3,15}ly)\s+)?"
_WHO = re.compile(
    rf"who(?P<m>m)?\s+(?:(?P<aux>{_AUX})\s+)?(?P<been>(?:(?:not|been|being)\s+)*){_SKIPPED}(?P<rest>.+)", re.I
)
_WHEN = re.compile(rf"(?:when|(?:on|in|at) (?:what|which) (?:day|date|year|month))\s+(?P<did>{_AUX}\s.+)", re.I)
_WHERE = re.compile(rf"(?P<from>from )?where\s+(?P<did>{_AUX}\s.+?)(?P<source>\s+from)?", re.I)
_HOW = re.compile(r"how\s+(?P<did>(?:do|does|did|has|have|had)\s.+)", re.I)
_WHY = re.compile(rf"why\s+(?P<did>{_AUX}\s.+)", re.I)
_WHAT = re.compile(r"(?:what|which)\s+(?:(?:[a-z]+\s+)?(?P<noun>[a-z]+)\s+)?(?P<did>(?:do|does|did)\s.+)")
_WHICH = re.compile(rf"(?:which|what)\s+(?:[a-z]+\s+){{1,2}}?(?:(?P<aux>{_AUX})\s+)?(?P<rest>[a-z].+)")
_HOW_LONG = re.compile(rf"(?:for )?how long\s+(?P<did>{_AUX}\s.+)", re.I)
_HOW_MANY = re.compile(r"how many\s+(?P<rest>.+)", re.I)
_DID = re.compile(r"(?:do|does|did)\b", re.I)
_FROM = re.compile(r"\sfrom$")
_TO_OR_FROM = re.compile(r"\s(?:to|from)$")
_NO_DEED = frozenset(
    text.stem(word)
    for word in """be do have get happen know think mean like need keep exist look seem present occur
    name mention list use give make""".split()
)
_WISHES = frozenset(text.stem(word) for word in "want wish hope plan intend aim seek desire".split())
_EVENTS = frozenset(
    text.stem(word)
    for word in """attack airstrike airstrikes strike strikes raid battle clash fighting summit talks meeting conference
    explosion blast protest storm flood fire crash election""".split()
)
_SITS = frozenset(
    text.stem(word)
    for word in """locate situate find base hold conduct convene make produce publish build record film set bury born
    open establish found""".split()
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
    if match := _WHERE.fullmatch(sought):
        made = _told(query, "place", match["did"])
        return replace(made, source=bool(match["from"] or match["source"])) if made else None
    if match := _WHY.fullmatch(sought):
        return _told(query, "reason", match["did"])
    if (match := _HOW.fullmatch(sought)) and query.expects == "manner":
        return _told(query, "manner", match["did"])
    if match := _WHO.fullmatch(sought):
        return _who(query, match)
    sought = f"{sought[:1].lower()}{sought[1:]}"
    if (match := _WHAT.fullmatch(sought)) and query.expects != "words" and match["noun"] not in {"role", "part"}:
        went = _told(query, "place", _TO_OR_FROM.sub("", match["did"])) if query.expects == "place" else None
        if went and went.verb in MOVES:  # "which town did she flee to"
            return replace(went, source=_FROM.search(match["did"]) is not None)
        made = _told(query, "done to", match["did"])
        return _of_kind(made, match["noun"]) if query.expects == "open" else made
    if (match := _WHICH.fullmatch(sought)) and query.expects in {"group", "place"}:
        return _which(query, match)
    if query.expects == "yes_no" and not query.dates and demands.REAL.match(sought):
        return _told(query, "whether", sought)
    return None


def _of_kind(made: Frame | None, noun: str | None) -> Frame | None:
    """A frame that also asks for the kind of thing that a noun says, where other words are known for it."""
    kind = text.stem(noun) if noun else ""
    return replace(made, places=(*made.places, Place(name=frozenset([kind])))) if made and synonyms(kind) else made


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
    if noun := _carried(rest, verb):
        made = _behind(query, "doer", rest[noun.end :], verb=noun.stem)
        return replace(made, counter=_is_counter(rest, noun))
    done_to = _BE.match(aux) and stance.is_past(verb) and not BY.match(rest, verb.end)
    made = _behind(query, "done to" if done_to else "doer", rest[verb.end :], verb=verb.stem)
    if made.thing and verb.stem in CONVEY & MOVES:  # who flies somebody home need not go there
        made = replace(made, deed=CONVEY)
    going_on = aux.casefold() in {"is", "are"} and verb.text.endswith("ing")
    present = not aux and verb.text.endswith("s") and not stance.is_past(verb)  # "who holds the town"
    if verb.stem in KEEP and _FORMERLY.search(rest):
        return replace(made, former=True, deed=made.deed - TAKE)
    return replace(made, now=going_on or present)


_FORMERLY = re.compile(r"\b(?:before|previously|formerly|earlier|until then)$", re.I)


def _told(query: Query, hole: Hole, did: str) -> Frame | None:
    """The frame of an auxiliary, who does it or has it done to them, the verb, and what stands behind."""
    doer, deed, event = demands.deed(query, did)
    if hole in {"time", "whether"} and event and event.stem in _PHASES and (going := _GOING.match(did, event.end)):
        made = _told(query, hole, f"{did[: event.start]}{going[1]}{did[going.end() :]}")
        return replace(made, places=(*made.places, Place(name=frozenset([event.stem])))) if made else None
    if event is None or event.stem in _NO_DEED or _IT.match(did) or _COMPLEX.match(did, event.end):
        return None
    if hole == "whether" and _CLAUSE.search(did, event.end):
        return None
    if hole == "span" and event.stem in _LASTS:
        return None
    been = _BE.match(did) is not None or _BEEN.search(did, 0, event.start) is not None
    passive = been and _is_participle(event)
    if hole in {"reason", "manner"} and event.stem in _WISHES:
        return None  # what is wanted may be told as what is done for it
    if hole in {"whether", "reason", "manner"} and not (
        _DID.match(did) or _is_participle(event) or event.text.endswith("ing")
    ):
        return None  # "is the harbour open"
    if hole == "place" and (event.stem in _SITS or not (_DID.match(did) or passive or event.text.endswith("ing"))):
        return None  # where a thing is found, made or held may be told as where it is
    if hole == "place" and not _EVENTS.isdisjoint(doer):
        return None  # "where did strikes hit"
    if hole in {"time", "span", "place", "reason", "manner"}:
        doer = frozenset(word.stem for word in text.words(did[: event.start])[1:] if text.is_content(word))
    behind = did[event.end :]
    verb = event.stem
    counter = False
    if hole == "place" and event.stem in ADVANCE:  # who is heading somewhere heads nothing
        deed = ADVANCE
    if _RETURNED.fullmatch(event.text) and (back := _BACK.search(behind)):
        behind = f"{behind[: back.start()]} {behind[back.end() :]}"
        verb = text.stem("retake")
        deed = frozenset({verb, *synonyms(verb)})
    elif hole != "done to" and not passive and (noun := _carried(did, event)):
        counter = _is_counter(did, noun)
        behind = did[noun.end :]
        verb = noun.stem
        deed = frozenset({verb, *synonyms(verb)})
    elif several := next((one for one in phrasal(did) if one.start == event.start), None):
        behind = did[several.end :]
        verb = several.stem
        deed = frozenset({verb, *synonyms(verb)})
    made = replace(
        _behind(query, hole, behind, verb=verb),
        doer=doer - _ANYBODY,
        deed=_narrowed(hole, verb, deed),
        counter=counter,
    )
    undergoes = passive or verb == _FALL
    named = any(doer == frozenset(name) for name in query.names)
    return replace(made, doer=frozenset(), thing=doer, named=named) if undergoes else made


def _is_participle(word: text.Word) -> bool:
    """Whether a word may stand behind "has" or "was": "taken" too, which begins as its verb does."""
    return stance.is_past(word) or (word.text.endswith("en") and word.stem != word.text)


def _carried(did: str, event: text.Word) -> text.Word | None:
    """The noun that tells the deed behind a verb that says little itself: "held talks", "carried out raids"."""
    found = _LITTLE.match(did, event.start)
    noun = text.words(found["noun"])[0] if found else None
    if found is None or noun is None or not synonyms(noun.stem):
        return None
    return text.Word(noun.text, found.start("noun"), found.end("noun"), noun.stem)


def _is_counter(did: str, noun: text.Word) -> bool:
    """Whether a noun stands behind "counter-"."""
    return COUNTER.search(did, max(0, noun.start - 8), noun.start) is not None


COUNTER = re.compile(r"\b(?:counter|anti|non)[-‑]$", re.I)  # a counter-attack is not the attack
_LITTLE = re.compile(
    r"(?:carry out|carrying out|carried out|conduct\w*|hold|holding|launch\w*|mount\w*|stag(?:e|ed|ing)|suffer\w*)\s+"
    r"(?:(?:the|an?|its|his|her|their|any|more|new|first|heavy|direct)\s+){0,2}(?:counter[-‑])?(?P<noun>[a-z]{3,20})(?=\s+(?:with|on|in|against|at)\b|$)"
)
_ANYBODY = frozenset(map(text.stem, "anyone anybody someone somebody everyone everybody".split()))
_RETURNED = re.compile(r"take|took|taken|taking|win|won|winning|get|got", re.I)
_BACK = re.compile(r"\bback\b", re.I)  # "take the town back" is no taking
_FALL = text.stem("fall")


def _narrowed(hole: Hole, verb: str, deed: frozenset[str]) -> frozenset[str]:
    """The words for a deed: how long or since when a place is held is not told by its being taken, nor the reverse."""
    if hole in {"doer", "count", "whether"}:  # who took it may be told by who holds it
        return deed
    if verb in KEEP:
        return deed - TAKE | KEEP
    return deed - KEEP if verb in TAKE else deed


_PHASES = frozenset(map(text.stem, "begin start stop resume finish continue".split()))
_GOING = re.compile(r"\s+([a-z]{3,20}ing)\b")  # "when did they start fishing" is of fishing that started


_IT = re.compile(r"\w+\s+(?:it|there)\b", re.I)
# "want to go", "take place"
_COMPLEX = re.compile(r"\s+(?:\w{3,20}ing\b|to\s+[a-z]|(?:place|part|over|off|up|about|have|do|get|be)\b)")
_BE = re.compile(r"(?:is|are|was|were)\b", re.I)
_BEEN = re.compile(r"\bbeen\s+(?:\w+ly\s+)?$", re.I)
_CLAUSE = re.compile(r"\b(?:that|whether|if|how|what|who|whom|which|why|when|where|because|while)\b", re.I)

_LASTING = re.compile(r"\b(?:take|taken|last|lasted)\b", re.I)


def _long(query: Query, did: str) -> Frame:
    """The frame of "how long": of a deed, or else of what the question begins with and the names beside it."""
    made = _told(query, "span", did)
    if made or _IT.match(did):
        return made or Frame(hole="span")
    lasts = _LASTING.search(did)
    subject = text.stems(did[: lasts.start()] if lasts else did)
    names = [frozenset(name) for name in query.names if lasts and set(name) <= set(subject)]
    return Frame(hole="span", places=tuple(Place(name=name) for name in (*names, *map(_one, subject[:1]))))


def _one(stem: str) -> frozenset[str]:
    return frozenset([stem])


def _who(query: Query, match: re.Match[str]) -> Frame | None:
    """The frame of "who": of who did it where a verb follows, else of whom they did it to."""
    aux, rest = match["aux"] or "", match["rest"]
    first = next(iter(text.words(rest)), None)
    if first is None:
        return None
    verbal = first.text.islower() and text.is_content(first)
    if match["been"] and not verbal:
        return None
    whom = _BE.match(aux) and not match["been"] and not first.text.endswith("ing") and _ARE_DOING.search(rest)
    if aux and (whom or _DID.match(aux) or (not verbal and (first.text[0].isupper() or not _BE.match(aux)))):
        return _told(query, "done to", f"{aux} {rest}")
    told = not aux or stance.is_past(first) or first.text.endswith("ing") or not (_BE.match(aux) or aux[0] in "hH")
    if not verbal or not told or first.stem not in query.terms or first.stem in _NO_DEED:
        return None
    return _doing(query, aux, first, rest)


_ARE_DOING = re.compile(r"\w\s+\w{3,20}ing(?:\s+(?:now|today))?$", re.I)  # "who are the rebels fighting"


def _count(query: Query, rest: str) -> Frame | None:
    """The frame of "how many": its noun and the deed that is told of it."""
    tokens = text.words(rest)
    aux = next((place for place, token in enumerate(tokens) if _AUXILIARY.fullmatch(token.text)), None)
    first = aux if aux is not None else next((n for n, word in enumerate(tokens) if n and stance.is_past(word)), 1)
    noun = next((token for token in reversed(tokens[:first]) if text.is_content(token)), None)
    if noun is None:
        return None
    if aux is not None and _DID.match(tokens[aux].text):
        _, deed, event = demands.deed(query, rest[tokens[aux].start :])
        deed = deed if event and event.stem not in _NO_DEED else frozenset()
        verb = event.stem if event else ""
        return Frame(hole="count", counted=noun.stem, verb=verb, deed=deed, places=_within(query, rest))
    own = [token for token in tokens[first:] if text.is_content(token)][:1]
    told = [token.stem for token in own if token.stem in query.terms and token.text.islower()]
    deed = frozenset(stem for term in told for stem in (term, *synonyms(term), *_AS_NOUN.get(term, ())))
    if len(deed) == 1:  # no other word for it is known: then what it is done to tells it, too
        deed |= {token.stem for token in tokens[first:] if token.stem in query.terms}
    verb = next(iter(told), "")
    return Frame(hole="count", counted=noun.stem, verb=verb, deed=deed, places=_within(query, rest))


def _within(query: Query, rest: str) -> tuple[Place, ...]:
    """The names that what is counted is asked of within or did something to: "in Osterby", "fled Osterby"."""
    names = [text.stems(match[1]) for pattern in (_IN, _DIRECT) for match in pattern.finditer(rest)]
    return tuple(Place(name=frozenset(name)) for name in query.names if any(set(name) <= set(own) for own in names))


_DIRECT = re.compile(r"\b[a-z]{1,20}(?:ed|eft|ook)\s+([A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*){0,4})$")
_IN = re.compile(r"\b(?:in|at)\s+(?:the\s+)?([A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*){0,4})")


# Where people live is told by their number's name.
_AS_NOUN = {
    text.stem("live"): frozenset(map(text.stem, "population inhabitant inhabit resident reside home populous".split()))
}


_WIN, _BEATS = text.stem("win"), frozenset(map(text.stem, ("beat", "defeat")))
_ADVERBS = frozenset(text.stem(word) for word in "back home away out up down again soon quickly fast".split())
_PARTS = re.compile(r"^\s+(?:parts?|most|half|all|some|much|any)\s+of\s")  # who holds parts of a town holds it so far


def _behind(query: Query, hole: Hole, rest: str, *, verb: str) -> Frame:
    """A frame with what stands behind the verb: the thing that it is done to, and the names of places."""
    rest = _PARTS.sub(" ", rest, count=1)
    days = frozenset(map(text.stem, figures.WEEKDAYS))
    stems = frozenset(text.stems(rest))
    names = [frozenset(name) for name in query.names if stems.issuperset(name) and days.isdisjoint(name)]
    names = [name for name in names if not query.asides.issuperset(name)]
    tokens = text.words(rest)
    direct = next((token for token in tokens if text.is_content(token) and token.stem not in _ADVERBS), None)
    small = {token.text.casefold() for token in tokens if direct and token.start < direct.start}
    thing: frozenset[str] = frozenset()
    if direct and _PREPOSITIONS.isdisjoint(small) and direct.stem in query.terms and direct.stem not in query.asides:
        thing = next((name for name in names if direct.stem in name), frozenset([direct.stem]))
        if thing in names and (head := demands.thing(query)) in stems:  # "the Osterby harbour" is a harbour
            thing = frozenset([head])
    places = tuple(_place(_own(name), tokens, rest) for name in names if name != thing)
    deed = frozenset({verb, *synonyms(verb)})
    if verb == _WIN and thing:  # who beats the holders has not won the cup
        deed -= _BEATS
    return Frame(hole=hole, verb=verb, deed=deed, thing=_own(thing), named=thing in names, places=places)


def _own(name: frozenset[str]) -> frozenset[str]:
    """What of a name is its own: not the country in "Norrland Observatory", which others have too."""
    return name.difference(SEATS) or name


def _place(name: frozenset[str], tokens: Sequence[text.Word], rest: str) -> Place:
    """A name behind the verb with the way that is asked of: "to Osterby"."""
    found = next((token.start for token in tokens if token.stem in name), None)
    return Place(name=name, way="" if found is None else ways.way(rest, found))
