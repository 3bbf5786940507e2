"""An Answer as plain text, for readers that get nothing else: its sentences and, below, all that belongs to them.

Chat clients read it as Markdown: whatever it holds of articles is made inert, so that theirs are its words alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from rag import citations, phrases
from rag.attribution import UNKNOWN_OUTLET
from rag.footnotes.markdown import inert as inert
from rag.types import Answer, Citation, Copies, Disagreement, Position, Statement

_SOURCES, _NOTE = "Sources:", "Note: "
_UNSUPPORTED = "Not supported by the articles: "
# What `footnoted` puts into and below an answer, to be taken off again when a client sends the text back as an earlier
# turn. No text of an article can look like it, as inert text holds neither a line break nor a tilde.
_BELOW = re.compile(
    r"\n\n(?:Sources:\n|Note: |As of |Sources disagree|Changed over time|Nearest to what|The nearest passages"
    rf"|The articles do not answer:\n|{phrases.COPIES}\n).*",
    re.DOTALL,
)
_STRUCK = re.compile(rf" {_UNSUPPORTED}~~[^~]*~~(?: \([^()]*\))?(?: (?:\[\d+\])+)?")
_SHORT_OF = re.compile(r" \(partly supported(?:: [^()]*)?\)")
# What would end an address in Markdown, or begin something else in it, is in none that is shown.
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"`\[\]\\|*\x00-\x1f\x7f]+", re.IGNORECASE)
_NO_BRACKETS = str.maketrans("()", "‹›")


def footnoted(answer: Answer, *, address: Callable[[Citation], str]) -> str:
    """The answer's body and, below it, what is not answered, both sides of what is disputed, copies, dates, sources.

    Each source has its `address`. Of an abstention the sources are what came nearest.
    """
    parts = [sentences(answer)]
    if unanswered := phrases.unanswered(answer):
        parts.append(_listed(phrases.UNANSWERED, map(inert, unanswered)))
    parts += [sides(one) for one in answer.disagreements]
    parts += copied(answer.copies)
    if as_of := phrases.as_of(answer):
        parts.append(inert(as_of))
    if answer.nearest:
        parts.append(_listed(phrases.nearest(answer), (_near(one, address) for one in answer.nearest)))
    if answer.citations:
        sources = (f"{citations.mark(one.number)} {_source(one, address)}" for one in answer.citations)
        parts.append("\n".join([_SOURCES, *sources]))
    if answer.notice:
        parts.append(f"{_NOTE}{inert(answer.notice)}")
    return "\n\n".join(parts)


def sentences(answer: Answer) -> str:
    """The answer's text as it is sent: made inert, with a word wherever the articles do not support it in full."""
    return citations.render(_shown(answer)) if answer.statements else inert_line(answer.text)


def without_footnotes(text: str) -> str:
    """What a conversation may build on of a text that `footnoted` returned: no unsupported sentences, no remarks."""
    kept = _STRUCK.sub("", f" {_BELOW.sub('', text)}").removeprefix(" ")
    return _SHORT_OF.sub("", kept)


def marks(answer: Answer) -> Iterator[tuple[Citation, int, int]]:
    """Each citation that the answer's body makes, and where: `sentences(answer)[start:end]` is its mark, as `[1]`."""
    cited = {citation.number: citation for citation in answer.citations}
    for number, start, end in citations.spans(_shown(answer)):
        if number in cited:
            yield cited[number], start, end


def address_of(citation: Citation, *, otherwise: str) -> str:
    """Where its article can be read on the web, else `otherwise`; nothing but `http` and `https` is a web address."""
    return citation.url if citation.url and _WEB_ADDRESS.fullmatch(citation.url) else otherwise


def _shown(answer: Answer) -> list[tuple[str, tuple[int, ...]]]:
    return [(_worded(statement), statement.citations) for statement in answer.statements]


def inert_line(text: str) -> str:
    """The text made inert, without the spaces around it: what comes to stand at the start is inert there too."""
    return inert(inert(text).strip())


def _worded(statement: Statement) -> str:
    words = inert_line(statement.text)
    why = inert(statement.reason).translate(_NO_BRACKETS)
    if statement.support == "unsupported":
        return f"{_UNSUPPORTED}~~{words}~~{f' ({why})' if why else ''}"
    if statement.support == "partial":
        return f"{words} ({phrases.support(statement)}{f': {why}' if why else ''})"
    return words


def sides(disagreement: Disagreement) -> str:
    """What is disputed on a line, and each position on one of its own below."""
    title = f"{phrases.heading(disagreement)}: {inert(disagreement.about)}"
    return "\n".join([title, *(f"- {_side(position)}" for position in disagreement.positions)])


def copied(found: Sequence[Copies]) -> list[str]:
    """A line for each text that several articles have, with what is cited of it; nothing where there is none."""
    lines = (f"{inert(phrases.copies(one))} {''.join(map(citations.mark, one.citations))}" for one in found)
    return [_listed(phrases.COPIES, lines)] if found else []


def _side(position: Position) -> str:
    return f"{inert(phrases.side(position))} {citations.mark(position.citation)}"


def _listed(title: str, entries: Iterable[str]) -> str:
    return "\n".join([title, *(f"- {entry}" for entry in entries)])


def _near(citation: Citation, address: Callable[[Citation], str]) -> str:
    return f"“{inert(citation.quote)}” — {_source(citation, address)}"


def _source(citation: Citation, address: Callable[[Citation], str]) -> str:
    title = f"“{citation.title}”" if citation.title else "title unknown"
    known = (citation.outlet or UNKNOWN_OUTLET, title, phrases.day(citation.published_at))
    return f"{', '.join(map(_line, [*known, *phrases.provenance(citation)]))}: {address(citation)}"


def _line(text: str) -> str:
    return " ".join(inert(text).split())
