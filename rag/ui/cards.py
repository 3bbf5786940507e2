"""What an answer rests on as cards: the cited words within those around them, whose they are, of when."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import phrases
from rag.types import Answer, Citation, Hit
from rag.ui import reading
from rag.ui.inert import escape, safe_link

CONTEXT_CHARACTERS = 240  # shown on either side of a quote
NEAREST_SHOWN = 3


def evidence(given: Answer, *, turn: int) -> str:
    """Show the cited passages of one answer as cards, or what came nearest when nothing could be cited."""
    cards = "".join(_card(citation, given.hits, turn) for citation in given.citations)
    near = "".join(_near(citation, given.hits) for citation in given.nearest)
    if given.abstained and not cards and not near:
        near = "".join(_found(hit) for hit in given.hits[:NEAREST_SHOWN])
    if near:
        near = f'<p class="aside">{phrases.nearest(given)}</p>{near}'
    return f"{cards}{near}" or ('<p class="aside">Nothing is cited.</p>' if given.finished else "")


def _card(citation: Citation, hits: Sequence[Hit], turn: int) -> str:
    name = f"{turn}-{citation.number}"
    return (
        f'<article class="card" id="evidence-{name}" tabindex="-1">'
        f'<a class="back" href="#mark-{name}" title="Back to the answer">{citation.number}</a>'
        f"{_source(citation)}{_quote(citation, hits)}{_read(citation)}</article>"
    )


def _near(citation: Citation, hits: Sequence[Hit]) -> str:
    return f'<article class="card nearest">{_source(citation)}{_quote(citation, hits)}{_read(citation)}</article>'


def _read(citation: Citation) -> str:
    place = reading.href(citation.article_id, revision=citation.revision, start=citation.start, end=citation.end)
    return f'<p class="tools"><a class="read" href="{escape(place)}">Read in the article</a></p>'


def _found(hit: Hit) -> str:
    text = cut_end(hit.passage.text, 2 * CONTEXT_CHARACTERS)
    return (
        f'<article class="card nearest">{headline(hit.byline.title, hit.byline.url)}'
        f"{dateline(hit.byline.outlet, hit.byline.published_at)}"
        f'<blockquote dir="auto">{escape(text)}</blockquote></article>'
    )


def _source(citation: Citation) -> str:
    dot = ' <span class="dot">·</span> '
    phrased = dot.join(f'<span dir="auto">{escape(phrase)}</span>' for phrase in phrases.provenance(citation))
    told = f'<p class="told">{phrased}</p>' if phrased else ""
    return f"{headline(citation.title, citation.url)}{dateline(citation.outlet, citation.published_at)}{told}"


def _quote(citation: Citation, hits: Sequence[Hit]) -> str:
    before, after = surroundings(citation, hits)
    quote = f"{escape(before)}<mark>{escape(citation.quote)}</mark>{escape(after)}"
    return f'<blockquote dir="auto">{quote}</blockquote>'


def surroundings(citation: Citation, hits: Sequence[Hit]) -> tuple[str, str]:
    """Find what its passage says before and after the quote, cut at words; empty where no hit holds the quote."""
    for hit in hits:
        passage = hit.passage
        same = passage.article_id == citation.article_id and passage.revision == citation.revision
        if same and passage.start <= citation.start and citation.end <= passage.end:
            before = passage.text[: citation.start - passage.start]
            after = passage.text[citation.end - passage.start :]
            return _cut_start(before, CONTEXT_CHARACTERS), cut_end(after, CONTEXT_CHARACTERS)
    return "", ""


def _cut_start(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return "… " + re.sub(r"^\S*\s+", "", text[-limit:], count=1)


def cut_end(text: str, limit: int) -> str:
    """Shorten a text to `limit` characters at a word."""
    if len(text) <= limit:
        return text
    return re.sub(r"\s+\S*$", "", text[:limit], count=1) + " …"


def known(text: str | None, what: str) -> str:
    """Show a text, or that this is unknown."""
    if text:
        return f'<span class="{what}" dir="auto">{escape(text)}</span>'
    return f'<span class="unknown">{what} unknown</span>'


def when(published_at: str | None) -> str:
    """Show a date, or that it is unknown."""
    return known(phrases.day(published_at) if published_at else None, "date")


def headline(title: str | None, url: str | None) -> str:
    """Show a title, linked where its address is safe."""
    words = known(title, "title")
    link = safe_link(url)
    if link:
        words = f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{words}</a>'
    return f"<h3>{words}</h3>"


def dateline(outlet: str | None, published_at: str | None) -> str:
    """Show who published it, and when."""
    return f'<p class="dateline">{known(outlet, "outlet")} <span class="dot">·</span> {when(published_at)}</p>'
