"""A question understood: made to stand alone, its parts, terms and names, the answer it expects, its limits of date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import figures, text
from rag.errors import UsageError
from rag.question.followup import stand_alone
from rag.question.wording import MAX_CHARACTERS as MAX_CHARACTERS
from rag.question.wording import Expects, capital, expectation, names, terms
from rag.types import Filters, Turn

MOST_PARTS = 4
LENT = 300  # characters of each of the last two turns that lend their words to a follow-up


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question understood.

    `terms` are the stems that evidence should hold, `names` the stems of each name in it, `quoted` what stands in
    quotation marks, `dates` the calendar dates named, `filters` what the evidence is limited to. `context` are stems of
    the question before this one, where this one leans on it; `parts` the questions that one of several parts consists
    of, else empty.
    """

    question: str
    standalone: str
    expects: Expects
    terms: tuple[str, ...]
    names: tuple[tuple[str, ...], ...] = ()
    quoted: tuple[str, ...] = ()
    dates: tuple[figures.Date, ...] = ()
    filters: Filters = Filters()
    context: tuple[str, ...] = ()
    parts: tuple[Query, ...] = ()


def understand(question: str, *, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Query:
    """The Query of a question; raises UsageError when there is nothing to ask or too much."""
    asked = " ".join(question.split())
    if not any(character.isalnum() for character in asked):
        raise UsageError("The question is empty: ask in a sentence, such as “Who controls Aleppo?”.")
    if len(asked) > MAX_CHARACTERS:
        raise UsageError(
            f"The question has {len(asked):,} characters; the limit is {MAX_CHARACTERS:,}: ask for one thing at a time."
        )
    standalone = stand_alone(asked, history)
    whole = _query(question, standalone, filters)
    said = " ".join(turn.content[:LENT] for turn in history[-2:]) if standalone != asked else ""
    return replace(
        whole,
        context=tuple(term for term in terms(said) if term not in whole.terms),
        parts=tuple(_part(part, whole) for part in _parts(standalone)),
    )


def _query(question: str, standalone: str, filters: Filters) -> Query:
    return Query(
        question=question,
        standalone=standalone,
        expects=expectation(standalone),
        terms=terms(standalone),
        names=tuple(dict.fromkeys(stems for name in names(standalone) if (stems := tuple(text.stems(name))))),
        quoted=tuple(standalone[span.start : span.end] for span in text.quotations(standalone)),
        dates=tuple(figures.dates(standalone)),
        filters=_with_dates(standalone, filters),
    )


_ASKS = r"(?:(?:on|in|at|to|from|by|of|with|for)\s+)?(?:what|which|who|whose|whom|when|where|why|how)\b"
_JOINED = re.compile(rf"[,;]?\s+and\s+(?={_ASKS})|\?\s+(?=\w)", re.I)


def _parts(question: str) -> list[str]:
    """The questions that "Where did they meet, and who came?" asks; empty when it is one."""
    parts = [part.strip() for part in _JOINED.split(question) if part.strip()]
    return [capital(part) for part in parts[:MOST_PARTS]] if len(parts) > 1 else []


def _part(part: str, whole: Query) -> Query:
    """A part as a question of its own; one that says too little ("and on what date?") is about what the whole is."""
    own = _query(whole.question, part, whole.filters)
    if len(own.terms) >= 3 or (own.names and len(own.terms) >= 2):
        return own
    return replace(own, standalone=f"{part} ({whole.standalone})", terms=whole.terms, names=own.names or whole.names)


# --- dates that limit the evidence -----------------------------------------------------------------------------------

_LIMIT = re.compile(
    r"\b(?:published|reported|articles?|news|coverage|reports|known|stories)\b[^.?]{0,60}?"
    r"\b(since|after|before|until|by|on|from)\s+$",
    re.I,
)


def _with_dates(question: str, filters: Filters) -> Filters:
    """Filters narrowed by a full date that limits publication: "what was reported after 5 October 2023"."""
    for date in figures.dates(question):
        limit = _LIMIT.search(question[: date.start])
        if not limit or date.year is None or date.month is None or date.day is None:
            continue
        day = f"{date.year:04}-{date.month:02}-{date.day:02}"
        word = limit.group(1).casefold()
        if word in {"since", "after", "from"} and filters.since is None:
            filters = replace(filters, since=day)
        elif word in {"before", "until", "by", "on"} and filters.until is None:
            filters = replace(filters, until=day)
    return filters
