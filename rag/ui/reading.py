"""Reading pages: `/read/ID` is one article as a whole HTML page that needs no script, with the cited words marked.

`?revision=` shows a text that it had before, `?since=` what has changed from one. The page's script shows the same
`<main>` in a pane beside the conversation. Title, byline and text are other people's: all of it is escaped, and only an
address that a browser may be sent to becomes a link.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from rag import phrases
from rag.errors import CrosscheckError, NotFoundError
from rag.revisions import between
from rag.types import Article, Difference, Revision
from rag.ui import history, orders, texts
from rag.ui.inert import escape, safe_link
from rag.ui.places import UNMARKED, Marking, place
from rag.ui.places import href as href

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

STYLES = ("page/page.css", "page/reader.css")
# No script, form or frame at all: this page has none of its own.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NOT_FOUND = "This article is not in the library: it may have been removed since it was cited."
NO_TEXT = "The library has no such text of this article, so there is nothing to compare."


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
        since: str | None = None,
    ) -> HTMLResponse:
        try:
            revisions = pipeline.store.revisions(article_id)
            had = {one.revision for one in revisions}
            article = pipeline.store.article(article_id, revision if revision in had else None)
            if since is not None:
                if not {since, revision or since} <= had:
                    return _response(refusal("No such text", NO_TEXT), status=404)
                difference = between(pipeline.store, article_id, earlier=since, later=revision)
                return _response(compared(article, difference))
            is_now = article.revision == revisions[0].revision
            last = between(pipeline.store, article_id) if is_now and len(revisions) > 1 else None
        except NotFoundError:
            return _response(refusal("No such article", NOT_FOUND), status=404)
        except CrosscheckError as error:
            return _response(refusal("The article cannot be shown", str(error)), status=503)
        marking = place(article, revision=revision, start=start, end=end, also=also or ())
        return _response(page(article, marking, revisions=revisions, last=last))

    return routes


def _response(content: str, *, status: int = 200) -> HTMLResponse:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    return HTMLResponse(content, status_code=status, headers=headers)


def page(
    article: Article,
    marking: Marking = UNMARKED,
    *,
    revisions: Sequence[Revision] = (),
    last: Difference | None = None,
) -> str:
    """Show an article, or a text that it had before, as a whole HTML document; `last` is what changed the last time."""
    is_past = bool(revisions) and article.revision != revisions[0].revision
    amiss = [marking.note, *(one.reason for one in article.defects)]
    notes = "".join(f'<p class="note" dir="auto">{escape(note)}</p>' for note in amiss if note)
    told = history.past(article) if is_past else history.changed(revisions, last)
    text = texts.marked(article.text, marking, language=article.language)
    return _document(_title(article), f"{_head(article)}{told}{_findings(article)}{notes}{text}")


def compared(article: Article, difference: Difference) -> str:
    """Show what changed between two texts of an article, the later of which it has, as a whole HTML document."""
    return _document(_title(article), f"{_head(article)}{history.compared(article, difference)}")


def _title(article: Article) -> str:
    return article.title or "An article without a title"


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
    more = phrases.facts(
        article.byline, language=article.language, dateline=article.dateline, dateline_day=article.dateline_day
    )
    facts = (
        ("Taken in", _day(article.ingested_at) or _known(None, "")),
        ("From", _origin(article)),
        *((name, _known(value, "")) for name, value in more),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    # Of use only beside the conversation: the page's script shows it there.
    asking = orders.link("chat", "Ask about this article", do="only", article=article.id)
    return (
        f'<header><h1 dir="auto">{title}</h1>'
        f'<p class="byline">{" · ".join(byline)}</p></header>'
        f'<dl class="facts">{rows}</dl><p class="deed" hidden>{asking}</p>'
    )


def _findings(article: Article) -> str:
    """Say for each field of the byline where it is from, and how sure it is; nothing where that was not noted."""
    if not article.findings:
        return ""
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Field", "Found in", "How sure"))
    rows = []
    for finding in article.findings:
        name, source, sure = map(escape, phrases.finding(finding))
        rows.append(f'<tr><th scope="row">{name}</th><td>{source}</td><td>{sure}</td></tr>')
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<details class="findings"><summary>Where this is from</summary>{table}</details>'


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
    return _known(phrases.source(article.source), "")
