"""Answers as HTML for the page: every word of an article, a question or a model is escaped here and nowhere trusted.

The page's Markdown and chat components read a string that starts with a block tag and holds no line break as HTML and
leave it alone, so nothing in a text is read as Markdown: no image, link, form or formula can come out of one. Whatever
meaning is shown (support, disagreement, abstention) was decided before, in the `Answer`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from rag.types import Answer, Byline, Citation, Disagreement, Hit, Position, Statement

CONTEXT_CHARACTERS = 240  # shown on either side of a quote
QUESTION_CHARACTERS = 600  # of a question shown in the conversation
NEAREST_SHOWN = 3
LISTED_ARTICLES = 12

# What Markdown and HTML treat as structure and `html.escape` leaves: control characters, line and paragraph separators.
_STRUCTURAL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SUPPORT = {"partial": "partly supported", "unsupported": "not supported by its sources"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question, and its answer so far or the sentence that says why there is none."""

    question: str
    answer: Answer | None = None
    trouble: str | None = None


def escape(text: str) -> str:
    """Turn a text into inert HTML on one line: tags, quotes, line breaks and control characters become entities."""
    whole = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be sent
    return _STRUCTURAL.sub(_entity, html.escape(whole))


def _entity(match: re.Match[str]) -> str:
    return "&#10;" if match[0] in "\n\x0b\x0c\x85\u2028\u2029" else "&#32;" if match[0] in "\t\r" else "\ufffd"


def question(text: str) -> str:
    """Show a reader's question; a very long one is cut."""
    shown = text if len(text) <= QUESTION_CHARACTERS else text[:QUESTION_CHARACTERS].rstrip() + " …"
    return f'<div class="question" dir="auto">{escape(shown)}</div>'


def working() -> str:
    """Stand in for an answer until its first words."""
    return '<div class="working">Searching the articles …</div>'


def trouble(sentence: str) -> str:
    """Show a stated failure in place of an answer."""
    return f'<div class="trouble"><p>{escape(sentence)}</p></div>'


def answer(given: Answer, *, turn: int) -> str:
    """Show the answer with its marks, badges, disagreements and notice; `turn` numbers it within the conversation."""
    parts: list[str] = []
    if given.standalone_question.strip() and not _same(given.standalone_question, given.question):
        parts.append(f'<p class="understood">Understood as: <q dir="auto">{escape(given.standalone_question)}</q></p>')
    if given.abstained:
        parts.append(f'<p class="verdict">No answer</p><p dir="auto">{escape(given.text)}</p>')
    elif given.statements:
        parts.append(_statements(given, turn))
    elif given.text:
        parts.append(f'<p dir="auto">{escape(given.text)}</p>')
    parts += [_disagreement(one, turn) for one in given.disagreements]
    if given.as_of and given.finished:
        parts.append(f'<p class="asof">Newest source cited: {escape(day(given.as_of))}</p>')
    if given.notice:
        parts.append(f'<p class="notice">{escape(given.notice)}</p>')
    kind = "abstained" if given.abstained else given.mode
    return f'<div class="answer {kind}{"" if given.finished else " growing"}">{"".join(parts)}</div>'


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _statements(given: Answer, turn: int) -> str:
    """Quotations stand one to a paragraph, a model's sentences run on in one."""
    cited = {citation.number: citation for citation in given.citations}
    met: set[int] = set()
    sentences = [_statement(statement, cited, met, turn) for statement in given.statements]
    if given.mode == "offline":
        return "".join(f'<p class="statement" dir="auto">{sentence}</p>' for sentence in sentences)
    return f'<p dir="auto">{" ".join(sentences)}</p>'


def _statement(statement: Statement, cited: dict[int, Citation], met: set[int], turn: int) -> str:
    marks = "".join(_mark(cited[number], met, turn) for number in statement.citations if number in cited)
    badge = ""
    if statement.support != "supported":
        reason = f' title="{escape(statement.reason)}"' if statement.reason else ""
        badge = f' <span class="badge {statement.support}"{reason}>{_SUPPORT[statement.support]}</span>'
    return f"<span>{escape(statement.text)}</span>{'&#8239;' + marks if marks else ''}{badge}"


def _mark(citation: Citation, met: set[int], turn: int) -> str:
    """Show the number as a link to its card; the first of a number carries the id that the card leads back to."""
    name = "" if citation.number in met else f' id="mark-{turn}-{citation.number}"'
    met.add(citation.number)
    tip = f"{citation.outlet or 'Outlet unknown'}, {day(citation.published_at)}: “{citation.quote}”"
    return (
        f'<a class="mark"{name} href="#evidence-{turn}-{citation.number}" title="{escape(tip)}">[{citation.number}]</a>'
    )


def _disagreement(one: Disagreement, turn: int) -> str:
    label = "Sources disagree" if one.kind == "conflict" else "Changed over time"
    rows = "".join(_position(position, turn) for position in one.positions)
    return (
        f'<div class="scroll"><table class="disagreement {one.kind}">'
        f'<caption><span class="kind">{label}</span> <span dir="auto">{escape(one.about)}</span></caption>'
        '<thead><tr><th scope="col">Position</th><th scope="col">Outlet</th><th scope="col">On whose word</th>'
        '<th scope="col">Date</th><th scope="col">Source</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _position(position: Position, turn: int) -> str:
    cells = (_known(position.outlet, "outlet"), _known(position.speaker, "speaker"), _when(position.date))
    return (
        f'<tr><th scope="row" dir="auto">{escape(position.claim)}</th>'
        f"{''.join(f'<td>{cell}</td>' for cell in cells)}"
        f'<td><a class="mark" href="#evidence-{turn}-{position.citation}">[{position.citation}]</a></td></tr>'
    )


def evidence(given: Answer, *, turn: int) -> str:
    """Show the cited passages of one answer as cards, or what came nearest when nothing could be cited."""
    cards = "".join(_card(citation, given.hits, turn) for citation in given.citations)
    if given.abstained and not cards and given.hits:
        nearest = "".join(_nearest(hit) for hit in given.hits[:NEAREST_SHOWN])
        return f'<p class="aside">The nearest passages, which do not answer the question:</p>{nearest}'
    return cards or ('<p class="aside">Nothing is cited.</p>' if given.finished else "")


def _card(citation: Citation, hits: Sequence[Hit], turn: int) -> str:
    before, after = surroundings(citation, hits)
    quote = f"{escape(before)}<mark>{escape(citation.quote)}</mark>{escape(after)}"
    name = f"{turn}-{citation.number}"
    return (
        f'<article class="card" id="evidence-{name}" tabindex="-1">'
        f'<a class="back" href="#mark-{name}" title="Back to the answer">{citation.number}</a>'
        f"{_headline(citation.title, citation.url)}{_dateline(citation.outlet, citation.published_at)}"
        f'<blockquote dir="auto">{quote}</blockquote></article>'
    )


def _nearest(hit: Hit) -> str:
    text = _cut_end(hit.passage.text, 2 * CONTEXT_CHARACTERS)
    return (
        f'<article class="card nearest">{_headline(hit.byline.title, hit.byline.url)}'
        f"{_dateline(hit.byline.outlet, hit.byline.published_at)}"
        f'<blockquote dir="auto">{escape(text)}</blockquote></article>'
    )


def surroundings(citation: Citation, hits: Sequence[Hit]) -> tuple[str, str]:
    """Find what its passage says before and after the quote, cut at words; empty where no hit holds the quote."""
    for hit in hits:
        passage = hit.passage
        same = passage.article_id == citation.article_id and passage.revision == citation.revision
        if same and passage.start <= citation.start and citation.end <= passage.end:
            before = passage.text[: citation.start - passage.start]
            after = passage.text[citation.end - passage.start :]
            return _cut_start(before, CONTEXT_CHARACTERS), _cut_end(after, CONTEXT_CHARACTERS)
    return "", ""


def _cut_start(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return "… " + re.sub(r"^\S*\s+", "", text[-limit:], count=1)


def _cut_end(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return re.sub(r"\s+\S*$", "", text[:limit], count=1) + " …"


def _known(text: str | None, what: str) -> str:
    if text:
        return f'<span class="{what}" dir="auto">{escape(text)}</span>'
    return f'<span class="unknown">{what} unknown</span>'


def _when(published_at: str | None) -> str:
    return _known(day(published_at) if published_at else None, "date")


def _headline(title: str | None, url: str | None) -> str:
    words = _known(title, "title")
    link = safe_link(url)
    if link:
        words = f'<a href="{escape(link)}" target="_blank" rel="noopener noreferrer">{words}</a>'
    return f"<h3>{words}</h3>"


def _dateline(outlet: str | None, published_at: str | None) -> str:
    return f'<p class="dateline">{_known(outlet, "outlet")} <span class="dot">·</span> {_when(published_at)}</p>'


def safe_link(url: str | None) -> str | None:
    """Give the address back when a browser may be sent there: http or https with a host; else None."""
    if not url or _STRUCTURAL.search(url):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in ("http", "https") and parts.hostname else None


def day(published_at: str | None) -> str:
    """Write an ISO day or instant as `1 December 2024` or `1 December 2024, 14:00 UTC`; `date unknown` for None."""
    if not published_at:
        return "date unknown"
    try:
        if len(published_at) <= len("2024-12-01"):
            when = date.fromisoformat(published_at)
            return f"{when.day} {when:%B %Y}"
        moment = datetime.fromisoformat(published_at)
    except ValueError:
        return published_at  # as precise as it was found
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment.tzname() or ''}".rstrip()


def conversation(exchanges: Sequence[Exchange]) -> list[dict[str, str]]:
    """Turn the exchanges into messages of the chat: role and HTML."""
    messages: list[dict[str, str]] = []
    for turn, exchange in enumerate(exchanges, start=1):
        messages.append({"role": "user", "content": question(exchange.question)})
        if exchange.trouble is not None:
            reply = trouble(exchange.trouble)
        elif exchange.answer is None or not (exchange.answer.text or exchange.answer.statements):
            reply = working()
        else:
            reply = answer(exchange.answer, turn=turn)
        messages.append({"role": "assistant", "content": reply})
    return messages


def panel(exchanges: Sequence[Exchange]) -> str:
    """Show the evidence of the latest answer; empty when there is none."""
    answered = _answered(exchanges)
    if not answered:
        return ""
    turn, given = answered[-1]
    about = f'<p class="about" dir="auto">{escape(_cut_end(given.question, 160))}</p>'
    return f'<section class="evidence"><h2>Evidence</h2>{about}{evidence(given, turn=turn)}</section>'


def earlier(exchanges: Sequence[Exchange]) -> str:
    """Show the evidence of the answers before, folded, newest first; empty when there is none."""
    folded = []
    for turn, given in reversed(_answered(exchanges)[:-1]):
        about = escape(_cut_end(given.question, 120))
        folded.append(f'<details><summary dir="auto">{about}</summary>{evidence(given, turn=turn)}</details>')
    return f'<section class="earlier"><h2>Earlier evidence</h2>{"".join(folded)}</section>' if folded else ""


def _answered(exchanges: Sequence[Exchange]) -> list[tuple[int, Answer]]:
    return [(turn, exchange.answer) for turn, exchange in enumerate(exchanges, start=1) if exchange.answer is not None]


def masthead(bylines: Sequence[Byline], *, model: str | None) -> str:
    """Head the page: what it is, what it knows, and which way it answers."""
    outlets = len({byline.outlet for byline in bylines if byline.outlet})
    known = "No articles yet"
    if bylines:
        known = _count(len(bylines), "article") + (f" from {_count(outlets, 'outlet')}" if outlets else "")
    voice = "Answers are word-for-word quotations: no language model is set."
    if model is not None:
        voice = f"Answers are written by {escape(model)} from these articles alone."
    return (
        '<div class="masthead"><h1>Crosscheck</h1>'
        '<p class="motto">Every sentence cited to the exact words of an article.</p>'
        f'<p class="colophon"><span>{known}</span><span>{voice}</span></p></div>'
    )


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def contents(bylines: Sequence[Byline]) -> str:
    """List what the library holds, the last to come in first; how to fill it when it is empty."""
    if not bylines:
        return (
            '<section class="contents"><h2>The library is empty</h2><p class="aside">No articles yet: run '
            "<code>python ingest.py corpus</code> for those that come with Crosscheck, or name files and folders of "
            "your own. The page sees them at its next question.</p></section>"
        )
    shown = list(reversed(bylines))[:LISTED_ARTICLES]
    entries = (_headline(one.title, one.url) + _dateline(one.outlet, one.published_at) for one in shown)
    rows = "".join(f"<li>{entry}</li>" for entry in entries)
    rest = len(bylines) - len(shown)
    more = f'<p class="aside">and {rest:,} more</p>' if rest else ""
    return f'<section class="contents"><h2>In the library</h2><ol>{rows}</ol>{more}</section>'
