"""A question understood: made to stand alone, its parts, terms and names, the answer it expects, its limits of date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import figures, text
from rag.errors import UsageError
from rag.question.background import background
from rag.question.followup import follow_up
from rag.question.period import Newest, Period, period, without_limit
from rag.question.wording import MAX_CHARACTERS as MAX_CHARACTERS
from rag.question.wording import OPENING as OPENING
from rag.question.wording import Expects, asides, capital, expectation, names, terms
from rag.types import Filters, Turn

MOST_PARTS = 4
LENT = 300  # characters of each of the last two turns that lend their words to a follow-up


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question understood.

    `standalone` is the question as it can be asked without the conversation, for readers; `sought` the same without
    what they are told besides: what evidence is to be about. `terms` are the stems that evidence should hold, `asides`
    those of them that only say when, `names` the stems of each name in it, `quoted` what stands in quotation marks,
    `dates` the calendar dates named, `filters` what the asker limits the evidence to, `period` the days of publication
    that the question itself does. `context` are stems of the question before this one, where this one leans on it;
    `background` texts of the conversation with the weight of their words in a search, the last question first; `parts`
    the questions that one of several parts consists of, else empty.
    """

    question: str
    standalone: str
    sought: str
    expects: Expects
    terms: tuple[str, ...]
    asides: frozenset[str] = frozenset()
    names: tuple[tuple[str, ...], ...] = ()
    quoted: tuple[str, ...] = ()
    dates: tuple[figures.Date, ...] = ()
    filters: Filters = Filters()
    period: Period | None = None
    context: tuple[str, ...] = ()
    background: tuple[tuple[str, float], ...] = ()
    parts: tuple[Query, ...] = ()


def understand(
    question: str,
    *,
    history: Sequence[Turn] = (),
    filters: Filters = Filters(),
    newest: Newest = lambda: None,
) -> Query:
    """The Query of a question; raises UsageError when there is nothing to ask or too much.

    `newest` gives the day of the newest article; it is asked only where a limit of date says no year.
    """
    asked = " ".join(question.split())
    if not any(character.isalnum() for character in asked):
        raise UsageError("The question is empty: ask in a sentence, such as “Who controls Aleppo?”.")
    if len(asked) > MAX_CHARACTERS:
        raise UsageError(
            f"The question has {len(asked):,} characters; the limit is {MAX_CHARACTERS:,}: ask for one thing at a time."
        )
    followup = follow_up(asked, history)
    limit = period(followup.sought, newest=newest)
    sought = without_limit(followup.sought) if limit else followup.sought
    whole = replace(_query(question, sought, filters), period=limit)
    said = " ".join(turn.content[:LENT] for turn in history[-2:]) if followup.sought != asked else ""
    return replace(
        whole,
        standalone=followup.standalone,
        context=tuple(term for term in terms(said) if term not in whole.terms),
        background=background(asked, history),
        parts=tuple(_part(part, whole) for part in _parts(sought)),
    )


def _query(question: str, sought: str, filters: Filters) -> Query:
    return Query(
        question=question,
        standalone=sought,
        sought=sought,
        expects=expectation(sought),
        terms=terms(sought),
        asides=asides(sought),
        names=tuple(dict.fromkeys(stems for name in names(sought) if (stems := tuple(text.stems(name))))),
        quoted=tuple(sought[span.start : span.end] for span in text.quotations(sought)),
        dates=tuple(figures.dates(sought)),
        filters=filters,
    )


_ASKS = r"(?:(?:on|in|at|to|from|by|of|with|for)\s+)?(?:what|which|who|whose|whom|when|where|why|how)\b"
_JOINED = re.compile(rf"[,;]?\s+and\s+(?={_ASKS})|\?\s+(?=\w)", re.I)


def _parts(question: str) -> list[str]:
    """The questions that "Where did they meet, and who came?" asks; empty when it is one."""
    parts = [part.strip() for part in _JOINED.split(question) if part.strip()]
    return [capital(part) for part in parts[:MOST_PARTS]] if len(parts) > 1 else []


def _part(part: str, whole: Query) -> Query:
    """A part as a question of its own; one that says too little ("and on what date?") is about what the whole is."""
    own = replace(_query(whole.question, part, whole.filters), period=whole.period)
    if len(own.terms) >= 3 or (own.names and len(own.terms) >= 2):
        return own
    both = f"{part} ({whole.sought})"
    return replace(own, standalone=both, sought=both, terms=whole.terms, names=own.names or whole.names)
