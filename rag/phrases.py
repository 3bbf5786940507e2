"""What the parts of an Answer are called in plain words: the same on the page, in text for programs, in a terminal.

Nothing here says who is right.
"""

from __future__ import annotations

from datetime import date, datetime

from rag import citations
from rag.attribution import UNKNOWN_OUTLET
from rag.types import Answer, Byline, Citation, Coverage, Disagreement, Matter, Position, Statement, Timeline

_MATTERS: dict[Matter, str] = {
    "figure": "the figure",
    "date": "the date",
    "place": "the place",
    "who": "who it is",
    "what": "what it is",
    "whether": "what has happened",
    "name": "the name",
}
OWN_VOICE = "own voice"
VERIFIED = "The cited words say this"
UNANSWERED = "The articles do not answer:"
SILENT = "Silent on this:"
UNDATED = "Without a sure date"


def day(found: str | None) -> str:
    """Write an ISO day or instant as `1 December 2024` or `1 December 2024, 14:00 UTC`; `date unknown` for None."""
    if not found:
        return "date unknown"
    try:
        if len(found) <= len("2024-12-01"):
            when = date.fromisoformat(found)
            return f"{when.day} {when:%B %Y}"
        moment = datetime.fromisoformat(found)
    except ValueError:
        return found  # as precise as it was found
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment.tzname() or ''}".rstrip()


def heading(disagreement: Disagreement) -> str:
    """Name what sources disagree on, or that it changed."""
    if disagreement.kind == "update":
        return "Changed over time"
    return f"Sources disagree on {_MATTERS[disagreement.matter]}"


def side(position: Position) -> str:
    """Write a position on one line: `300 — Outlet, quoting Speaker, 1 December 2024`."""
    own = OWN_VOICE if position.outlet else None
    voice = f"quoting {position.speaker}" if position.speaker else own
    told = filter(None, (position.outlet or UNKNOWN_OUTLET, voice, day(position.date)))
    return f"{position.claim} — {', '.join(told)}"


def provenance(citation: Citation) -> list[str]:
    """What is known of a quote beyond its byline: whom it quotes, and of which day it speaks."""
    quoting = f"quoting {citation.speaker}" if citation.speaker else None
    speaks = f"speaks of {day(citation.event_date)}" if citation.event_date else None
    return [phrase for phrase in (quoting, speaks) if phrase]


def support(statement: Statement) -> str:
    """Say how far the articles fall short of a statement; empty where they support it."""
    names = {"supported": "", "partial": "partly supported", "unsupported": "not supported by the articles"}
    return names[statement.support]


def unanswered(answer: Answer) -> tuple[str, ...]:
    """The parts that are not answered, where they say more than the question itself."""
    whole = {_folded(answer.question), _folded(answer.standalone_question)}
    return tuple(part for part in answer.unanswered if not (answer.abstained and _folded(part) in whole))


def nearest(answer: Answer) -> str:
    """Introduce the evidence that came nearest to what is not answered."""
    if answer.abstained:
        return "The nearest passages, which do not answer the question:"
    return "Nearest to what is not answered, without answering it:"


def as_of(answer: Answer) -> str | None:
    """Date a finished answer by its newest evidence; None while it grows or where no date is known."""
    if not answer.as_of or not answer.finished:
        return None
    whole = all(citation.published_at for citation in answer.citations)
    return f"As of {day(answer.as_of)}{'' if whole else ', as far as dates are known'}."


def articles(count: int) -> str:
    """Count articles."""
    return f"{count} article{'' if count == 1 else 's'}"


def unspoken(coverage: Coverage) -> str:
    """Say that nobody speaks of a topic."""
    return f"No article in the library speaks of “{coverage.topic}”."


def nothing_dated(timeline: Timeline) -> str:
    """Say that there is nothing to put in order."""
    return f"Nothing was found on “{timeline.topic}”." if timeline.topic else "Nothing dated was found."


def byline(source: Byline | Citation) -> str:
    """Write who published it, under which title, when, on one line: `Outlet, “Title”, 1 December 2024`."""
    title = f"“{source.title}”" if source.title else "title unknown"
    return f"{source.outlet or UNKNOWN_OUTLET}, {title}, {day(source.published_at)}"


def standing(answer: Answer) -> str:
    """Give the answer's text without what the articles do not support: what a conversation may build on."""
    if all(statement.support != "unsupported" for statement in answer.statements):
        return answer.text
    kept = [(one.text, one.citations) for one in answer.statements if one.support != "unsupported"]
    return citations.render(kept)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
