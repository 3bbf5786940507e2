"""Whether two names of a statement have changed places: each stands among the words that the other has in the cited.

Works without verbs: of a name only the words beside it count. A sentence in the passive turns sides, a swap turns
neighbours, so a name counts as moved when it fares worse both with sides and without.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag import text
from rag.thesaurus import SEATS
from rag.types import Support
from rag.verify import reading
from rag.verify.clauses import DAYS, PREPOSITIONS, is_past
from rag.verify.findings import Finding

REACH = 3  # words to either side of a name
TWICE = 2.0  # how much better the other name has to fit, sides told apart
MAX_NAMES = 60  # of a text that are looked at


class _Named(NamedTuple):
    """A name with the stems beside it, nearest first."""

    stems: frozenset[str]
    left: tuple[str, ...]
    right: tuple[str, ...]


def compare(statement: str, cited: str) -> list[Finding]:
    """A finding for each two names of a statement that stand in each other's place."""
    mine, theirs = _named(statement, cited)
    moved: dict[tuple[frozenset[str], frozenset[str]], None] = {}
    for name in mine:
        for other in {each.stems for each in mine if not _same(each.stems, name.stems)}:
            if _is_moved(name, other, theirs):
                moved[name.stems, other] = None
    return [*_crossed(moved), *_owned(statement, cited)]


_NAME = r"[A-Z][\w'’-]*(?:\s[A-Z][\w'’-]*){0,7}"
_NAMES = rf"{_NAME}(?:(?:\sand|,)\s(?:the\s)?{_NAME})*"
_PLAIN = r"(?!(?:that|which|who|whom|and|or|but|when|where|while|as|to|on|by|with|than|of|in|for|at|from)\b)[a-z]+\s"
_OF = re.compile(rf"\b(?P<thing>\w+)\s(?P<link>of|in|for|at|from)\s(?:the\s)?(?:{_PLAIN}){{0,2}}?(?P<name>{_NAMES})")
_OWN = re.compile(rf"(?<!\w)(?P<name>{_NAME}?)(?:['’]s?)\s(?:[a-z]+\s)?(?P<thing>[a-z]+)")


def _owned(statement: str, cited: str) -> Iterator[Finding]:
    """What a statement has as another's than the cited words: "fighters of the Blue Guard" for those of Lunde."""
    theirs = _owners(cited)
    for (thing, link), owners in _owners(statement).items():
        there = theirs.get((thing, link), frozenset())
        if there and not any(_same(owners, frozenset([one])) for one in there):
            how: Support = "unsupported" if link == "of" else "partial"
            yield Finding(support=how, reason=f"the cited words have another “{thing} {link}”")


def _owners(words: str) -> dict[tuple[str, str], frozenset[str]]:
    """The stems of the names that "of", "in" or the like gives a thing to, by the thing and that word."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for match in [*_OF.finditer(words), *_OWN.finditer(words)]:
        thing, name = match["thing"].casefold().removesuffix("s"), match["name"]
        link = match.groupdict().get("link") or "of"
        if thing in _NOTHING or name.split()[0].casefold() in DAYS or (link != "of" and is_past(_word(match["thing"]))):
            continue
        found[thing, link] = found.get((thing, link), frozenset()) | frozenset(text.stems(name))
    return found


_NOTHING = frozenset("out back away up down all half most one some many people".split())


def _word(written: str) -> text.Word:
    return text.Word(written, 0, len(written), text.stem(written))


def _crossed(moved: dict[tuple[frozenset[str], frozenset[str]], None]) -> Iterator[Finding]:
    told: set[frozenset[frozenset[str]]] = set()
    for one, other in moved:
        pair = frozenset([one, other])
        if (other, one) in moved and pair not in told:
            told.add(pair)
            yield Finding(support="unsupported", reason="the cited words have two of its names the other way round")


def _is_moved(name: _Named, other: frozenset[str], theirs: Sequence[_Named]) -> bool:
    """Whether the words beside a name are beside another in the cited words rather than beside itself."""
    own = [each for each in theirs if _same(each.stems, name.stems)]
    rivals = [each for each in theirs if _same(each.stems, other)]
    if not own or not rivals:
        return False
    sided = max(_beside(name.left, each.left) + _beside(name.right, each.right) for each in own)
    rival = max(_beside(name.left, each.left) + _beside(name.right, each.right) for each in rivals)
    return rival > TWICE * sided and max(_around(name, each) for each in rivals) > max(
        _around(name, each) for each in own
    )


def _around(name: _Named, other: _Named) -> float:
    """How much two names have the same words beside them, on whichever side."""
    sides = [(mine, their) for mine in (name.left, name.right) for their in (other.left, other.right)]
    return sum(_beside(mine, their) for mine, their in sides)


def _beside(mine: Sequence[str], theirs: Sequence[str]) -> float:
    """How much two rows of words share, the nearest counting most."""
    places = {stem: place for place, stem in reversed(list(enumerate(theirs, start=1)))}
    return sum(1 / (place * places[stem]) for place, stem in enumerate(mine, start=1) if stem in places)


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two names may be one: a word in common, or a seat of government and its country."""
    if one & other:
        return True
    return any(SEATS.get(stem, frozenset()) & other for stem in one) or any(
        SEATS.get(stem, frozenset()) & one for stem in other
    )


def _named(statement: str, cited: str) -> tuple[list[_Named], list[_Named]]:
    """The names of both texts; what has its capital inside a sentence of either is a name in both."""
    joint = f"{cited}\n\n{statement}"
    parting = len(cited) + 2
    spans = reading.names(joint)
    mine = [text.Span(span.start - parting, span.end - parting) for span in spans if span.start >= parting]
    theirs = [span for span in spans if span.end <= len(cited)]
    return _places(statement, mine[:MAX_NAMES]), _places(cited, theirs[:MAX_NAMES])


def _places(words: str, names: Sequence[text.Span]) -> list[_Named]:
    taken = {at for span in names for at in range(span.start, span.end)}
    found: list[_Named] = []
    for sentence in reading.sentences(words):
        inside = [name for name in names if sentence.start <= name.start < sentence.end]
        if not inside:
            continue
        tokens = [
            (sentence.start + word.start, word.stem)
            for word in text.words(words[sentence.start : sentence.end])
            if sentence.start + word.start not in taken
            and (text.is_content(word) or word.text.casefold() in PREPOSITIONS)
        ]
        for name in inside:
            left = [stem for start, stem in tokens if start < name.start][-REACH:]
            right = [stem for start, stem in tokens if start >= name.end][:REACH]
            stems = frozenset(text.stems(words[name.start : name.end]))
            found.append(_Named(stems, tuple(reversed(left)), tuple(right)))
    return found
