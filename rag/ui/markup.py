"""Answers as HTML for the page: every word of an article, a question or a model is escaped here and nowhere trusted.

Whatever meaning is shown (support, disagreement, abstention) was decided before, in the `Answer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag import phrases
from rag.types import Answer, Byline, Citation, Disagreement, Position, Statement
from rag.ui.cards import cut_end, dateline, evidence, headline, known, when
from rag.ui.inert import escape

QUESTION_CHARACTERS = 600  # of a question shown in the conversation
LISTED_ARTICLES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question, and its answer so far or the sentence that says why there is none."""

    question: str
    answer: Answer | None = None
    trouble: str | None = None


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
        parts.append('<p class="verdict">No answer</p>')
    if given.statements:
        parts.append(_statements(given, turn))
    elif given.text:
        parts.append(f'<p dir="auto">{escape(given.text)}</p>')
    parts.append(_unanswered(phrases.unanswered(given)))
    parts += [_disagreement(one, given, turn) for one in given.disagreements]
    if as_of := phrases.as_of(given):
        parts.append(f'<p class="asof">{escape(as_of)}</p>')
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
    said = f"<span>{escape(statement.text)}</span>{'&#8239;' + marks if marks else ''}"
    if statement.support == "supported":
        return said
    badge = f'<span class="badge {statement.support}">{phrases.support(statement)}</span>'
    reason = f' <span class="why" dir="auto">{escape(statement.reason)}</span>' if statement.reason else ""
    if statement.support == "partial":
        return f"{said} {badge}{reason}"
    return f"{badge} <s>{said}</s>{reason}"  # named before it is read: a line through it cannot be heard


def _unanswered(parts: Sequence[str]) -> str:
    if not parts:
        return ""
    entries = "".join(f'<li dir="auto">{escape(part)}</li>' for part in parts)
    return f'<div class="unanswered"><p>{phrases.UNANSWERED}</p><ul>{entries}</ul></div>'


def _mark(citation: Citation, met: set[int], turn: int) -> str:
    """Show the number as a link to its card; the first of a number carries the id that the card leads back to."""
    name = "" if citation.number in met else f' id="mark-{turn}-{citation.number}"'
    met.add(citation.number)
    return _link(citation, turn, name)


def _link(citation: Citation, turn: int, name: str = "") -> str:
    tip = f"{citation.outlet or 'Outlet unknown'}, {phrases.day(citation.published_at)}: “{citation.quote}”"
    return (
        f'<a class="mark"{name} href="#evidence-{turn}-{citation.number}" title="{escape(tip)}">[{citation.number}]</a>'
    )


def _disagreement(one: Disagreement, given: Answer, turn: int) -> str:
    """Set the positions side by side, in the order they come in, under what they differ on."""
    cited = {citation.number: citation for citation in given.citations}
    rows = "".join(_position(position, cited, turn) for position in one.positions)
    asked = _same(one.about, given.question) or _same(one.about, given.standalone_question)
    about = "" if asked else f': <span dir="auto">{escape(one.about)}</span>'
    return (
        f'<div class="scroll"><table class="disagreement {one.kind}">'
        f'<caption><span class="kind">{phrases.heading(one)}</span>{about}</caption>'
        '<thead><tr><th scope="col">Position</th><th scope="col">Outlet</th><th scope="col">On whose word</th>'
        '<th scope="col">Published</th><th scope="col">Source</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _position(position: Position, cited: dict[int, Citation], turn: int) -> str:
    own = position.outlet is not None and position.speaker is None
    voice = f"<span>{phrases.OWN_VOICE}</span>" if own else known(position.speaker, "speaker")
    cells = (known(position.outlet, "outlet"), voice, when(position.date))
    link = _link(cited[position.citation], turn) if position.citation in cited else ""
    return (
        f'<tr><th scope="row" dir="auto">{escape(position.claim)}</th>'
        f"{''.join(f'<td>{cell}</td>' for cell in cells)}"
        f"<td>{link}</td></tr>"
    )


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
    about = f'<p class="about" dir="auto">{escape(cut_end(given.question, 160))}</p>'
    return f'<section class="evidence"><h2>Evidence</h2>{about}{evidence(given, turn=turn)}</section>'


def earlier(exchanges: Sequence[Exchange]) -> str:
    """Show the evidence of the answers before, folded, newest first; empty when there is none."""
    folded = []
    for turn, given in reversed(_answered(exchanges)[:-1]):
        about = escape(cut_end(given.question, 120))
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
    entries = (headline(one.title, one.url) + dateline(one.outlet, one.published_at) for one in shown)
    rows = "".join(f"<li>{entry}</li>" for entry in entries)
    rest = len(bylines) - len(shown)
    more = f'<p class="aside">and {rest:,} more</p>' if rest else ""
    return f'<section class="contents"><h2>In the library</h2><ol>{rows}</ol>{more}</section>'
