"""Reading pages: `/read/ID` is one article as a whole HTML page that needs no script, with the cited words marked.

The page's script shows the same `<main>` in a pane beside the conversation. Title, byline and text are other people's:
all of it is escaped, and only an address that a browser may be sent to becomes a link.
"""

from __future__ import annotations

import os.path
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from rag import phrases
from rag.errors import CrosscheckError, NotFoundError
from rag.types import Article
from rag.ui import orders
from rag.ui.inert import escape, safe_link

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

STYLES = ("page/page.css", "page/reader.css")
# No script, form or frame at all: this page has none of its own.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_FOUND = "This article is not in the library: it may have been removed since it was cited."
CHANGED = "This article has changed since it was cited, so the cited words are not marked."
NO_REVISION = "The address does not say which version of the article it cites, so nothing is marked."
NO_PLACE = "The address names no place in this article, so nothing is marked."
MARKED_PLACES = 50  # at most, beside the quote
CROSSHEAD_CHARACTERS = 80

_NUMBER = re.compile(r"[0-9]{1,12}")

Span: TypeAlias = tuple[int, int]
Kind: TypeAlias = Literal["", "quote", "also"]
Stretch: TypeAlias = tuple[int, int, Kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What is marked in a text, by offsets: the quote, other cited places; `note` says why nothing is."""

    quote: Span | None = None
    also: tuple[Span, ...] = ()
    note: str = ""


def href(article_id: str, *, revision: str | None = None, start: int | None = None, end: int | None = None) -> str:
    """Give the reading page's address relative to the page's root, with the place of the quote where it is known."""
    place = {"revision": revision, "start": start, "end": end}
    query = urlencode({name: value for name, value in place.items() if value is not None}, errors="replace")
    fragment = "#quote" if start is not None and end is not None else ""
    path = quote(article_id, safe="", errors="replace")
    return f"read/{path}{'?' + query if query else ''}{fragment}"


def router(pipeline: Pipeline) -> APIRouter:
    """Serve the reading pages of a pipeline's library; to be included before the page is mounted."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/read/{article_id:path}")
    def read(
        article_id: str,
        revision: str | None = None,
        start: str | None = None,
        end: str | None = None,
        also: Annotated[list[str] | None, Query()] = None,
    ) -> HTMLResponse:
        try:
            article = pipeline.store.article(article_id)
        except NotFoundError:
            return _response(refusal("No such article", NOT_FOUND), status=404)
        except CrosscheckError as error:
            return _response(refusal("The article cannot be shown", str(error)), status=503)
        marking = place(article, revision=revision, start=start, end=end, also=also or ())
        return _response(page(article, marking))

    return routes


def _response(content: str, *, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return HTMLResponse(content, status_code=status, headers=headers)


def place(
    article: Article, *, revision: str | None, start: str | None, end: str | None, also: Sequence[str] = ()
) -> Marking:
    """Find what an address cites in an article: only places of the very revision that is stored, inside its text."""
    if start is None and end is None and not also:
        return Marking(note=CHANGED if revision is not None and revision != article.revision else "")
    if revision is None:
        return Marking(note=NO_REVISION)
    if revision != article.revision:
        return Marking(note=CHANGED)
    others = (_span(article.text, *one.partition("-")[::2]) for one in also[:MARKED_PLACES])
    quoted = _span(article.text, start or "", end or "")
    asked = start is not None or end is not None
    return Marking(
        quote=quoted,
        also=tuple(span for span in others if span is not None),
        note=NO_PLACE if asked and quoted is None else "",
    )


def _span(text: str, start: str, end: str) -> Span | None:
    """Two offsets as they stand in an address; None where they are no stretch of the text with words in it."""
    if not (_NUMBER.fullmatch(start) and _NUMBER.fullmatch(end)):
        return None
    first, last = int(start), int(end)
    return (first, last) if first < last <= len(text) and text[first:last].strip() else None


def page(article: Article, marking: Marking = Marking()) -> str:
    """Show an article as a whole HTML document."""
    title = article.title or "An article without a title"
    note = f'<p class="note">{escape(marking.note)}</p>' if marking.note else ""
    return _document(title, f"{_head(article)}{note}{_text(article.text, marking)}")


def refusal(title: str, sentence: str) -> str:
    """Say in a whole HTML document why there is no article."""
    return _document(title, f'<h1>{escape(title)}</h1><p class="note">{escape(sentence)}</p>')


def _document(title: str, main: str) -> str:
    styles = "".join(f'<link rel="stylesheet" href="../{name}">' for name in STYLES)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · Crosscheck</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'{styles}</head>\n<body class="standalone"><header class="running"><a href="../">Crosscheck</a></header>\n'
        f'<main id="article" class="reading">{main}</main></body></html>\n'
    )


def _head(article: Article) -> str:
    """Show title and byline, then where the library has it from; what is not known is said."""
    byline = (
        _known(article.outlet, "outlet"),
        _known(article.author, "author"),
        _day(article.published_at) or _known(None, "date"),
    )
    title = escape(article.title) if article.title else _known(None, "title")
    facts = (("Taken in", _day(article.ingested_at) or _known(None, "")), ("From", _origin(article)))
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    # Of use only beside the conversation: the page's script shows it there.
    asking = orders.link("chat", "Ask about this article", do="only", article=article.id)
    return (
        f'<header><h1 dir="auto">{title}</h1>'
        f'<p class="byline">{" · ".join(byline)}</p></header>'
        f'<dl class="facts">{rows}</dl><p class="deed" hidden>{asking}</p>'
    )


def _known(text: str | None, what: str) -> str:
    if text:
        return f'<bdi class="{what}">{escape(text)}</bdi>'
    return f'<span class="unknown">{what} unknown</span>' if what else '<span class="unknown">unknown</span>'


def _day(found: str | None) -> str:
    return f'<time datetime="{escape(found)}">{escape(phrases.day(found))}</time>' if found else ""


def _origin(article: Article) -> str:
    """Link the address that it was published under, or say which file it was read from, without its folder."""
    link = safe_link(article.url)
    if link:
        rel = "noopener noreferrer nofollow"
        return f'<a href="{escape(link)}" rel="{rel}" target="_blank" dir="ltr">{escape(link)}</a>'
    if article.source.startswith("file:"):
        return _known(os.path.basename(article.source), "")  # noqa: PTH119 - a source, not a path of this system
    return _known(article.source, "")


# The text


def _text(text: str, marking: Marking) -> str:
    """Show the text paragraph by paragraph, in whatever language it is; the first mark of the quote carries the id."""
    blocks = list(paragraphs(text))
    stretches = _stretches(marking, len(text))
    parts: list[str] = []
    named = False
    for start, end in blocks:
        crosshead = ' class="crosshead"' if end != blocks[-1][1] and _is_crosshead(text, start, end) else ""
        parts.append(f'<p{crosshead} dir="auto">')
        for first, last, kind in _cut(stretches, start, end):
            name = ' id="quote" tabindex="-1"' if kind == "quote" and not named else ""
            named = named or bool(name)
            words = escape(text[first:last])
            parts.append(f'<mark{name} class="{kind}">{words}</mark>' if kind else words)
        parts.append("</p>")
    return f'<div class="text" lang="">{"".join(parts)}</div>'


def paragraphs(text: str) -> Iterator[Span]:
    """Yield the spans of what stands between blank lines, without the white space around it."""
    start = end = at = 0
    for line in text.splitlines(keepends=True):
        if not line.strip():
            if end > start:
                yield start, end
            start = end = at + len(line)
        else:
            if end == start:
                start = at + len(line) - len(line.lstrip())
            end = at + len(line.rstrip())
        at += len(line)
    if end > start:
        yield start, end


def _is_crosshead(text: str, start: int, end: int) -> bool:
    """Whether a paragraph looks like a heading: short, on one line, and without a mark that ends a sentence."""
    return end - start <= CROSSHEAD_CHARACTERS and text[end - 1].isalnum() and "\n" not in text[start:end]


def _stretches(marking: Marking, length: int) -> list[Stretch]:
    """Divide a text of this length, in order, into stretches that are marked in one way; where two meet, as quote."""
    spans = [span for span in (marking.quote, *marking.also) if span is not None]
    borders = sorted({0, length, *(at for span in spans for at in span)})
    return [(first, last, _kind(marking, first, last)) for first, last in pairwise(borders)]


def _kind(marking: Marking, first: int, last: int) -> Kind:
    if marking.quote is not None and marking.quote[0] <= first and last <= marking.quote[1]:
        return "quote"
    return "also" if any(start <= first and last <= end for start, end in marking.also) else ""


def _cut(stretches: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """Yield what of the stretches lies between two offsets."""
    at = bisect_right(stretches, start, key=lambda stretch: stretch[1])
    while at < len(stretches) and stretches[at][0] < end:
        first, last, kind = stretches[at]
        yield max(first, start), min(last, end), kind
        at += 1
