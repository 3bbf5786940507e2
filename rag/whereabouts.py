"""Where a question asks somebody to be, and whether a sentence says where they are, or that nobody saw them."""

from __future__ import annotations

import re

from rag import stance, text, ways
from rag.demands import OWNS
from rag.kinds import is_place
from rag.question import Query
from rag.thesaurus import MOVES

_WHERE = re.compile(
    r"where(?:['’]s|\s+(?:is|was|are|were))\s+(?P<who>.+?)(?:\s+(?:now|today|currently|then|these days))?", re.I
)
_IN = re.compile(
    r"(?i:is|was|are|were)\s+(?P<who>.+?)\s+(?:still\s+|now\s+)?(?:in|at)\s+(?:the\s+)?(?P<place>[A-Z][\w’'-]*)(?P<when>.*)"
)
_NOW = re.compile(r"(?:where['’]s|(?:where\s+)?(?:is|are))\b", re.I)
_LONG_AGO = re.compile(
    r"\bhad\s+(?:\w+\s+){0,2}$|\blast (?:week|month|year)\b|\b(?:week|month|year)s? (?:ago|before)\b", re.I
)
NEAR = 90  # characters before a place within which it is told who comes from there
# "the Vale government" is not Vale
_THEIRS = r"(?:['’]s?)?\s+(?:regime|government|forces?|army|troops|administration|campaign|family|group|supporters)\b"


def asks(query: Query) -> bool:
    """Whether it is asked where somebody is or was, or whether they were in a place: of a name and nothing else."""
    match = _asked(query)
    return match is not None and tuple(text.stems(match["who"])) in query.names


def _bare(query: Query) -> str:
    return query.sought.strip(" ?.!")


def _asked(query: Query) -> re.Match[str] | None:
    return None if query.parts else _WHERE.fullmatch(_bare(query)) or _IN.fullmatch(_bare(query))


def tells(query: Query, said: str) -> bool:
    """Whether a quote says where those who are asked about were, or that they were not to be seen.

    Where it is asked whether they were in a place: of that place, and with what the question says of when.
    """
    match = _IN.fullmatch(_bare(query))
    if match:
        stems = frozenset(text.stems(said))
        when = frozenset(text.stems(match["when"]))
        place = text.stem(match["place"])
        spans = [span for span in text.names(said) if place in text.stems(said[slice(*span)])]
        there = any(is_at(query, said, span) or _comes_from(query, said, span) for span in spans)
        return there and all(stems.issuperset(name) for name in query.names if when.issuperset(name))
    if stance.is_whereabouts(said, query):
        return not _is_past(query, said)
    return any(is_at(query, said, span) for span in text.names(said))


def _comes_from(query: Query, said: str, span: text.Span) -> bool:
    """Whether a name is the place that those who are asked about are said to come from: they were there, and left."""
    if ways.way(said, span.start) != "from":
        return False
    names = stance.asked(query).actor_names
    words = [word for word in text.words(said) if span.start - NEAR <= word.start < span.start]
    first = next((place for place, word in enumerate(words) if any(word.stem in name for name in names)), None)
    return first is not None and any(word.stem in MOVES for word in words[first:])


def is_at(query: Query, sentence: str, span: text.Span) -> bool:
    """Whether a name is the place where those who are asked about are, were or go."""
    one = stance.asked(query)
    if sentence[span.end - 2 : span.end] in OWNS or sentence[span.end : span.end + 2] in OWNS:
        return False
    if not is_place(sentence, span.start, sentence[span.start : span.end]) or not one.actor_names:
        return False
    own = re.compile(rf"\b{re.escape(one.actor_names[0][-1])}{_THEIRS}", re.I)
    before = own.sub(lambda match: " " * len(match.group()), sentence[: span.start])
    return stance.is_subject(one, before, span.start) and not _is_past(query, sentence)


def _is_past(query: Query, said: str) -> bool:
    """Whether it is asked where somebody is, and words tell where they had been, or were last week."""
    return _NOW.match(query.sought) is not None and _LONG_AGO.search(said) is not None
