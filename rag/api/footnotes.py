"""An Answer as plain text, for readers that get nothing else: its sentences and, below, the sources of their marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rag import citations
from rag.types import Answer, Citation

# What `footnoted` puts below an answer, to be taken off again when a client sends the text back as an earlier turn.
_BELOW = re.compile(r"\n\n(Sources:\n|Note: ).*", re.DOTALL)
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"`]+", re.IGNORECASE)
# A title is an article's own words; in a chat client that reads Markdown it must stay a title.
_INERT = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›", "`": "'", "*": "∗", "_": " ", "|": "¦"})


def footnoted(answer: Answer, *, address: Callable[[Citation], str]) -> str:
    """The answer's text with a list of its sources, each with its `address`, and what went wrong on the way."""
    parts = [answer.text]
    if answer.citations:
        parts.append("\n".join(["Sources:", *(_source(citation, address) for citation in answer.citations)]))
    if answer.notice:
        parts.append(f"Note: {answer.notice}")
    return "\n\n".join(parts)


def without_footnotes(text: str) -> str:
    """The answer's text alone, of what `footnoted` returned."""
    return _BELOW.sub("", text)


def marks(answer: Answer) -> Iterator[tuple[Citation, int, int]]:
    """Each citation that the answer's text makes, and where: `answer.text[start:end]` is its mark, as `[1]`."""
    cited = {citation.number: citation for citation in answer.citations}
    for number, start, end in citations.spans((one.text, one.citations) for one in answer.statements):
        if number in cited and answer.text[start:end] == citations.mark(number):
            yield cited[number], start, end


def address_of(citation: Citation, *, otherwise: str) -> str:
    """Where its article can be read on the web, else `otherwise`; nothing but `http` and `https` is a web address."""
    return citation.url if citation.url and _WEB_ADDRESS.fullmatch(citation.url) else otherwise


def _source(citation: Citation, address: Callable[[Citation], str]) -> str:
    title = f"“{_inert(citation.title)}”" if citation.title else "title unknown"
    day = citation.published_at[:10] if citation.published_at else "date unknown"
    outlet = _inert(citation.outlet or "outlet unknown")
    return f"{citations.mark(citation.number)} {outlet}, {title}, {day}: {address(citation)}"


def _inert(text: str) -> str:
    return " ".join(text.translate(_INERT).split())
