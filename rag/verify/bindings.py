"""Whether places, days and other words of a statement belong to what it says of them in the cited words too.

A blast in Idlib is none in Hama, nor a goal of one match one of another, though the cited words have both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag import figures, text
from rag.verify import reading
from rag.verify.clauses import DETERMINERS, clauses
from rag.verify.findings import Finding
from rag.verify.frames import Frame, frames
from rag.verify.roles import Verbs, by_verb, like, meet, same_verb
from rag.verify.scopes import verbs_at

_PLACE = {"in": "in", "at": "in", "near": "in", "outside": "in", "inside": "in", "from": "from", "to": "to"}
_WAYS = {"from", "to"}
_PLACE |= {"into": "to", "towards": "to", "toward": "to"}


def compare(statement: str, cited: str) -> Iterator[Finding]:
    """What is amiss with where and when things happen in a statement, and with what else it says of them."""
    mine, theirs = frames(statement), by_verb(cited)
    yield from _placed(statement, cited, mine, theirs)
    yield from _apart(statement, cited)


# --- where and when --------------------------------------------------------------------------------------------------


class _Bound(NamedTuple):
    """A place or day that a text binds to what a clause says: its kind, stems and offset."""

    kind: str
    stems: frozenset[str]
    start: int


def _bounds(words: str) -> list[_Bound]:
    """The places, as named behind "in", "from" or "to", and the days of a text, in order."""
    found: list[_Bound] = []
    names = {span.start: span.end for span in reading.names(words)}
    tokens = reading.words(words)
    dates = reading.dates(words)
    taken = {place for date in dates for place in range(date.start, date.end)}
    for at, word in enumerate(tokens):
        kind = _PLACE.get(word.text.casefold())
        if kind is None:
            continue
        behind = at + 1
        while behind < len(tokens) and tokens[behind].text.casefold() in DETERMINERS:
            behind += 1
        if behind >= len(tokens) or tokens[behind].start in taken:
            continue
        start = tokens[behind].start
        if start in names and text.stem(tokens[behind].text) not in _WEEKDAYS:
            found.append(_Bound(kind, frozenset(text.stems(words[start : names[start]])), start))
    found += [_Bound("day", frozenset([word.stem]), word.start) for word in tokens if word.stem in _WEEKDAYS]
    found += [_Bound("date", frozenset([f"{date.month}-{date.day}"]), date.start) for date in dates if date.day]
    return sorted(found, key=lambda bound: bound.start)


_WEEKDAYS = frozenset(map(text.stem, figures.WEEKDAYS))


def _placed(statement: str, cited: str, mine: Sequence[Frame], theirs: Verbs) -> Iterator[Finding]:
    there = _bounds(cited)
    starts = [each.start for each in there]
    seen: set[tuple[str, frozenset[str], str]] = set()
    firsts = [frame.first for frame in mine]
    for bound in _bounds(statement):
        at = bisect_right(firsts, bound.start) - 1
        if at < 0 or mine[at].last < bound.start or mine[at].verb == "say":
            continue
        frame = mine[at]
        if (bound.kind, bound.stems, frame.verb) in seen:
            continue
        seen.add((bound.kind, bound.stems, frame.verb))
        alike = same_verb(frame, theirs)
        alike = [one for one in alike if meet(frame.doer, one.doer, ())] or alike
        near = [there[bisect_left(starts, one.first) : bisect_right(starts, one.last)] for one in alike]
        if not near or any(_has(bound, kept) for kept in near):
            continue
        told = statement[bound.start :].split()[0].rstrip(".,;")
        if all(any(each.kind == bound.kind for each in kept) for kept in near) and _has(bound, there):
            yield Finding(support="unsupported", reason=f"the cited words say “{told}” of something else")
        elif bound.kind in _WAYS and any(bound.stems & each.stems for kept in near for each in kept):
            yield Finding(support="unsupported", reason=f"the cited words have it the other way round (“{told}”)")
        elif (
            bound.kind not in _PLACE.values()
            and _has(bound, there)
            and all(verbs_at(cited, each.start) for each in there if bound.stems & each.stems)
        ):
            yield Finding(support="partial", reason=f"the cited words say “{told}” of something else")


def _has(bound: _Bound, kept: Sequence[_Bound]) -> bool:
    """Whether a place or day is among those, whatever its kind but where "from" and "to" part them."""
    return any(bound.stems & each.stems and {bound.kind, each.kind} != _WAYS for each in kept)


def _apart(statement: str, cited: str) -> Iterator[Finding]:
    """The places of a statement that the cited words have, but in no sentence with anything else it says there."""
    sentences = [frozenset(text.stems(cited[span.start : span.end])) for span in reading.sentences(cited)]
    if len(sentences) < 2:
        return
    places = [bound for bound in _bounds(statement) if bound.kind in _PLACE.values()]
    for clause in clauses(statement) if places else ():
        told = frozenset(word.stem for word in clause.words if text.is_content(word))
        for bound in places:
            if not clause.start <= bound.start <= clause.end:
                continue
            rest = frozenset(near for stem in told - bound.stems for near in like(stem))
            holding = [sentence for sentence in sentences if bound.stems & sentence]
            if rest and holding and not any(rest & sentence for sentence in holding):
                reason = "the cited words do not say it of the same place"
                yield Finding(support="partial", reason=reason)
