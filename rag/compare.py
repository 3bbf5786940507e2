"""Where the quoted articles differ on the figure asked for: who gives which, on whose word, when."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import figures, text
from rag.kinds import figure_for, scope
from rag.question import Query
from rag.types import Citation, Disagreement, Position


def disagreements(query: Query, citations: Sequence[Citation]) -> tuple[Disagreement, ...]:
    """What citations of different articles say differently on what was asked; empty where they agree or one speaks."""
    if len({citation.article_id for citation in citations}) < 2:
        return ()
    sides: dict[str, Position] = {}
    for citation in citations:
        claim = _claim(query, citation.quote)
        if claim is not None and claim[0] not in sides:
            sides[claim[0]] = _position(claim[1], citation)
    articles = {citation.number: citation.article_id for citation in citations}
    if len(sides) < 2 or len({articles[side.citation] for side in sides.values()}) < 2:
        return ()
    return (Disagreement(about=query.standalone, positions=tuple(sides.values())),)


def _claim(query: Query, quote: str) -> tuple[str, str] | None:
    """The figure that a quote gives in answer: a key that is equal for equal figures, and the words it is given in.

    A figure for one place is no rival of one for all, nor is "dozens" of any.
    """
    if query.expects != "number":
        return None
    found = figure_for(query, quote)
    if found is None or found.vague or scope(quote, found) - set(query.terms):
        return None
    return f"{found.value:g}", quote[_phrase_start(quote, found) : found.end]


_BOUND = re.compile(
    r"\b(?:(?:not? )?(?:more|fewer|less) than|over|at least|up to|nearly|almost|about|around|some|roughly)\s+$", re.I
)


def _phrase_start(quote: str, number: figures.Number) -> int:
    bound = _BOUND.search(quote, max(0, number.start - 24), number.start)
    return bound.start() if bound else number.start


def _position(claim: str, citation: Citation) -> Position:
    return Position(
        claim=claim,
        citation=citation.number,
        outlet=citation.outlet,
        speaker=speaker(citation.quote),
        date=citation.published_at,
    )


_ACCORDING = re.compile(r"\b(?:according to|as per|as reported by)\s+(?:the\s+)?", re.I)
_SAYS = re.compile(
    r"\b(?:said|says|told|stated|stating|warned|declared|claimed|announced|reported|confirmed|stressed|added|insisted"
    r"|vowed|argued)\b",
    re.I,
)


def speaker(quote: str) -> str | None:
    """On whose word a sentence says what it says: the name after "according to", or before its verb of saying."""
    spans = text.names(quote)
    cited = _ACCORDING.search(quote)
    if cited:
        named = next((span for span in spans if span.start >= cited.end() and span.start - cited.end() < 40), None)
        return quote[named.start : named.end] if named else None
    says = _SAYS.search(quote)
    if says:
        before = [span for span in spans if span.end <= says.start() and says.start() - span.end < 30]
        return quote[before[-1].start : before[-1].end] if before else None
    return None
