"""Whether a statement has the cited words' doers and things done to with the same verbs.

"A said that B attacked" is not "B said that A attacked", "captured by the army" not "from the army".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from rag import text
from rag.thesaurus import SEATS, synonyms
from rag.verify import reading
from rag.verify.contrasts import alike
from rag.verify.findings import Finding
from rag.verify.frames import Frame, frames
from rag.verify.paraphrases import same

Verbs: TypeAlias = Mapping[str, Sequence[Frame]]  # the frames of cited words by their verb

# What one side does the other does too, or a verb that does not tell which of two it is done to.
_MUTUAL = frozenset(
    text.stem(word) for word in "meet marry clash fight negotiate talk speak agree battle debate call begin end".split()
)
_BY_ITSELF = frozenset(
    text.stem(word)
    for word in """open reopen close shut sink move start stop end begin change grow burn break continue resume crash
    explode collapse increase decrease drop spread split tear double halve expand shrink improve worsen flood rise fall
    topple gather land evacuate merge separate return""".split()
)
VAGUE = frozenset(text.stem(word) for word in "make take have get give hold come go put set keep let use".split())


def by_verb(cited: str) -> Verbs:
    """The frames of a text by their verb."""
    found: dict[str, list[Frame]] = {}
    for frame in frames(cited):
        found.setdefault(frame.verb, []).append(frame)
    return found


def same_verb(frame: Frame, theirs: Verbs) -> list[Frame]:
    """The cited frames of the same verb, else of one that says the same."""
    exact = list(theirs.get(frame.verb, ()))
    if exact or frame.verb == "say":
        return exact
    return [each for verb in sorted(same(frame.verb) - _MUTUAL) for each in theirs.get(verb, ())]


def compare(statement: str, cited: str) -> Iterator[Finding]:
    """What is amiss with who does what to whom in a statement, as far as the words tell."""
    theirs = by_verb(cited)
    people = [one for each in frames(cited) for one in (each.doer, each.done_to) if one]
    mine = [(frame, found) for frame in frames(statement) if (found := same_verb(frame, theirs))]
    strangers: list[tuple[Frame, frozenset[str]]] = []
    for frame, found in mine:
        if frame.verb in _MUTUAL:
            yield from _among(frame, found, people)
            continue
        doers = [each for each in found if each.doer]
        known = len(doers) == len(found)
        if frame.doer and known and not any(meet(frame.doer, one.doer, people) for one in doers):
            turned = any(meet(frame.doer, one.done_to, people) for one in doers)
            if turned and not frame.done_to and frame.verb in _BY_ITSELF:
                continue  # a bridge reopens when it is reopened
            if turned:
                yield _wrong(f"the cited words have it the other way round{at(frame)}")
                continue
            strangers.append((frame, frozenset(stem for one in doers for stem in one.doer)))
        yield from _to_whom(frame, found, people)
    yield from _elsewhere(strangers, people)
    yield from _unnamed([frame for frame, _ in mine], theirs, cited, people)


def _to_whom(frame: Frame, found: Sequence[Frame], people: Sequence[frozenset[str]]) -> Iterator[Finding]:
    """What is amiss with what it is done to."""
    objects = [each for each in found if each.done_to]
    if not frame.done_to or len(objects) != len(found):
        return
    doers = [each for each in found if each.doer]
    fitting = any(meet(frame.doer, one.doer, people) and meet(frame.done_to, one.done_to, people) for one in found)
    if frame.doer and len(doers) == len(found) > 1 and not fitting:
        yield _wrong(f"the cited words say it of something else{at(frame)}")
    elif frame.verb not in VAGUE and not any(meet(frame.done_to, one.done_to, people) for one in objects):
        if any(meet(frame.done_to, one.doer, people) for one in objects):
            yield _wrong(f"the cited words have it the other way round{at(frame)}")
        elif any(frame.done_to & one for one in people):
            yield _wrong(f"the cited words say it of something else{at(frame)}")
        else:
            yield _doubtful(f"the cited words do not say it of the same{at(frame)}")


def _among(frame: Frame, found: Sequence[Frame], people: Sequence[frozenset[str]]) -> Iterator[Finding]:
    """Whoever meets, fights or talks in a statement and not in the cited words."""
    sides = [one.doer | one.done_to for one in found if one.doer and one.done_to]
    for party in (frame.doer, frame.done_to):
        if party and len(sides) == len(found) and not any(meet(party, both, people) for both in sides):
            yield _doubtful(f"the cited words do not say it of the same{at(frame)}")


def _unnamed(mine: Sequence[Frame], theirs: Verbs, cited: str, people: Sequence[frozenset[str]]) -> Iterator[Finding]:
    """Doers where the cited words name none: of "was shut", or named only behind the verb ("they" is no one later)."""
    speaking = any(word.text in {"I", "We", "we"} for word in reading.words(cited))  # whoever speaks is named behind
    first: dict[str, int] = {}
    for word in reading.words(cited):
        first.setdefault(word.stem, word.start)
    for frame in mine:
        found = same_verb(frame, theirs)
        if not frame.doer or not found or any(one.doer for one in found):
            continue
        done = not frame.done_to and any(meet(frame.doer, one.done_to, people) for one in found)
        places = [first[near] for stem in frame.doer for near in like(stem) if near in first]
        later = bool(places) and not speaking and all(min(places) > one.last for one in found)
        if not done and (later or all(one.agentless for one in found)):
            yield _doubtful(f"the cited words do not say who does it{at(frame)}")


def _elsewhere(
    strangers: Sequence[tuple[Frame, frozenset[str]]], people: Sequence[frozenset[str]]
) -> Iterator[Finding]:
    """Doers that the cited words do not have with their verbs: swapped where two are."""
    for frame, _ in strangers:
        if any(meet(frame.doer, theirs, people) for other, theirs in strangers if other is not frame):
            yield _wrong(f"the cited words say it of somebody else{at(frame)}")
        else:
            yield _doubtful(f"the cited words do not say it of the same{at(frame)}")


def at(frame: Frame) -> str:
    """A frame's verb, as a reason names it."""
    return f" (“{frame.word}”)"


def _wrong(reason: str) -> Finding:
    return Finding(support="unsupported", reason=reason)


def _doubtful(reason: str) -> Finding:
    return Finding(support="partial", reason=reason)


def like(stem: str) -> frozenset[str]:
    """A stem and those that may stand for it."""
    return frozenset({stem}) | synonyms(stem) | alike(stem)


def meet(mine: frozenset[str], other: frozenset[str], people: Sequence[frozenset[str]]) -> bool:
    """Whether two phrases may name one thing: a word in common, a synonym, a seat of government.

    `people` are the phrases of the cited words. Where one of them is nearer to mine than the other is, it is that one:
    beside "rebel forces", "rebels" are neither "government forces" nor an "army".
    """
    near = _nearness(mine, other)
    if not near:
        return False
    rivals = [one for one in people if not one & other - MANY_ARE and not other <= one]
    return all(_nearness(mine, one) <= near for one in rivals)


def _nearness(mine: frozenset[str], other: frozenset[str]) -> float:
    if common := mine & other:
        return len(common) + 0.5 * sum(not other.isdisjoint(like(stem)) for stem in mine - common)
    seats = any(SEATS.get(stem, frozenset()) & mine for stem in other)
    seats = seats or any(SEATS.get(stem, frozenset()) & other for stem in mine)
    return float(seats) or 0.5 * sum(not other.isdisjoint(like(stem)) for stem in mine)


# Words that many a phrase has: "rebel forces" and "government forces" are two.
MANY_ARE = frozenset(
    text.stem(word)
    for word in """force troop soldier fighter army unit people man woman official minister president party group union
    wing board founder owner court team company council government leader head chief member worker resident player
    fan boat house city town village""".split()
)
