"""What the parts of an Answer are called in plain words: the same on the page, in text for programs, in a terminal.

Nothing here says who is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from rag import citations
from rag.attribution import UNKNOWN_OUTLET
from rag.types import (
    Answer,
    Byline,
    Citation,
    Confidence,
    Copies,
    Coverage,
    Disagreement,
    Finding,
    Matter,
    Position,
    Revision,
    Statement,
    Timeline,
)

_MATTERS: dict[Matter, str] = {
    "figure": "the figure",
    "date": "the date",
    "place": "the place",
    "who": "who it is",
    "what": "what it is",
    "whether": "what has happened",
    "name": "the name",
}
_FIELDS = {"published_at": "date", "modified_at": "last change", "url": "address", "dateline_day": "dateline’s day"}
_FIELDS |= {"origin": "agency"}
_SURE: dict[Confidence, str] = {"high": "sure", "medium": "likely", "low": "not sure enough to be believed"}
_LANGUAGES = dict(
    pair.split(":")
    for pair in """ar:Arabic de:German el:Greek en:English es:Spanish fa:Persian fr:French he:Hebrew hi:Hindi
    hu:Hungarian it:Italian ja:Japanese ko:Korean ku:Kurdish nl:Dutch pl:Polish pt:Portuguese ro:Romanian ru:Russian
    sv:Swedish tr:Turkish uk:Ukrainian ur:Urdu zh:Chinese""".split()
)
OWN_VOICE = "own voice"
VERIFIED = "The cited words say this"
UNANSWERED = "The articles do not answer:"
COPIES = "Copies of one text, counted once:"
MOST_NAMED = 6  # outlets of a text that are named
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
    return counted(count, "article")


def counted(count: int, what: str) -> str:
    """Count what has a plural in s."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def copies(found: Copies) -> str:
    """Write who ran one text and whose it is on one line: `3 articles, 1 origin: AFP (Outlet, Other, Third)`."""
    named = ", ".join(found.outlets[:MOST_NAMED])
    more = f" and {len(found.outlets) - MOST_NAMED} more" if len(found.outlets) > MOST_NAMED else ""
    ran = f" ({named}{more})" if named else ""
    return f"{articles(len(found.article_ids))}, 1 origin: {found.origin or 'not stated'}{ran}"


def unspoken(coverage: Coverage) -> str:
    """Say that nobody speaks of a topic."""
    return f"No article in the library speaks of “{coverage.topic}”."


def nothing_dated(timeline: Timeline) -> str:
    """Say that there is nothing to put in order."""
    return f"Nothing was found on “{timeline.topic}”." if timeline.topic else "Nothing dated was found."


def source(known_by: str) -> str:
    """Write what an article is known by for readers elsewhere: of a file its name, whatever folder it was in."""
    return known_by.rpartition("/")[2] if known_by.startswith("file:") else known_by


def byline(source: Byline | Citation) -> str:
    """Write who published it, under which title, when, on one line: `Outlet, “Title”, 1 December 2024`."""
    title = f"“{source.title}”" if source.title else "title unknown"
    return f"{source.outlet or UNKNOWN_OUTLET}, {title}, {day(source.published_at)}"


def facts(
    source: Byline, *, language: str | None = None, dateline: str | None = None, dateline_day: str | None = None
) -> list[tuple[str, str]]:
    """What is known of an article beside outlet, author, title and date of publication, each fact with its name."""
    found = {
        "Last changed": day(source.modified_at) if source.modified_at else None,
        "Dateline": ", ".join(filter(None, (dateline, day(dateline_day) if dateline_day else None))),
        "Agency": source.origin,
        "Language": _LANGUAGES.get(language, language) if language else None,
    }
    return [(name, value) for name, value in found.items() if value]


def finding(found: Finding) -> tuple[str, str, str]:
    """Name a field of a byline, where it is from, and how sure it is."""
    return _FIELDS.get(found.field, found.field), found.source, _SURE[found.confidence]


def changed(revisions: Sequence[Revision]) -> str:
    """Count how often an article was found changed; empty where it never was."""
    times = len(revisions) - 1
    if times < 1:
        return ""
    often = {1: "once", 2: "twice"}.get(times, f"{times} times")
    return f"Changed {often} since it was first taken in, last seen on {day(revisions[0].ingested_at)}"


def lasted(revision: Revision) -> str:
    """Say from when to when a text was the article's, as far as was seen."""
    if revision.replaced_at is None:
        return f"since {day(revision.ingested_at)}"
    return f"{day(revision.ingested_at)} to {day(revision.replaced_at)}"


def standing(answer: Answer) -> str:
    """Give the answer's text without what the articles do not support: what a conversation may build on."""
    if all(statement.support != "unsupported" for statement in answer.statements):
        return answer.text
    kept = [(one.text, one.citations) for one in answer.statements if one.support != "unsupported"]
    return citations.render(kept)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
