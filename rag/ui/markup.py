"""Answers as HTML for the page: every word of an article, a question or a model is escaped here and nowhere trusted.

Whatever meaning is shown (support, disagreement, abstention) was decided before, in the `Answer`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag import citations, phrases
from rag.types import Answer, Byline, Citation, Copies, Disagreement, Filters, Position, Statement
from rag.ui import orders, reading
from rag.ui.cards import cut_end, dateline, evidence, headline, known, when
from rag.ui.inert import escape
from rag.ui.talk import Talk, same

QUESTION_CHARACTERS = 600  # of a question shown in the conversation
LISTED_ARTICLES = 12


def question(text: str) -> str:
    """Show a reader's question, and the button that lets it be asked differently; a very long one is cut."""
    shown = text if len(text) <= QUESTION_CHARACTERS else text[:QUESTION_CHARACTERS].rstrip() + " …"
    edit = '<button type="button" class="tool edit" title="Ask this differently">Edit</button>'
    return f'<div class="question"><span dir="auto">{escape(shown)}</span> {edit}</div>'


def working() -> str:
    """Stand in for an answer until its first words; what is slow says so after a while, by the stylesheet."""
    return (
        '<div class="working"><p>Searching the articles …</p>'
        '<p class="slow">This takes longer than usual. You can wait, or press Stop.</p>'
        '<progress class="bar" title="The answer is being made"></progress></div>'
    )


def trouble(sentence: str) -> str:
    """Show a stated failure in place of an answer."""
    return f'<div class="trouble"><p>{escape(sentence)}</p></div>'


def answer(given: Answer, *, turn: int) -> str:
    """Show the answer with its marks, badges, disagreements and notice; `turn` numbers it within the conversation."""
    parts: list[str] = []
    if given.standalone_question.strip() and not same(given.standalone_question, given.question):
        parts.append(f'<p class="understood">Understood as: <q dir="auto">{escape(given.standalone_question)}</q></p>')
    if given.abstained:
        parts.append('<p class="verdict">No answer</p>')
    if given.statements:
        parts.append(_statements(given, turn))
    elif given.text:
        parts.append(f'<p dir="auto">{escape(given.text)}</p>')
    parts.append(_unanswered(phrases.unanswered(given)))
    parts += [_disagreement(one, given, turn) for one in given.disagreements]
    parts.append(copied(given.copies))
    if as_of := phrases.as_of(given):
        parts.append(f'<p class="asof">{escape(as_of)}</p>')
    if given.notice:
        parts.append(f'<p class="notice">{escape(given.notice)}</p>')
    if given.finished:
        parts.append(_tools(given))
    kind = "abstained" if given.abstained else given.mode
    return f'<div class="answer {kind}{"" if given.finished else " growing"}">{"".join(parts)}</div>'


def _tools(given: Answer) -> str:
    """What can be done with an answer."""
    tools = [
        '<button type="button" class="tool copy" title="Copy the answer with its citations">Copy</button>',
        '<button type="button" class="tool retry" title="Ask the same again">Ask again</button>',
    ]
    if not given.abstained:
        topic = escape(given.standalone_question or given.question)
        tools += [
            f'<a class="tool topic" role="button" href="#coverage" title="{topic}">Who says what</a>',
            f'<a class="tool topic" role="button" href="#timeline" title="{topic}">Timeline</a>',
        ]
    return f'<p class="tools">{"".join(tools)}</p>'


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
        held = phrases.VERIFIED if statement.citations else ""
        return f'{said} <span class="verified" role="img" title="{held}">✓</span>' if held else said
    badge = f'<span class="badge {statement.support}">{phrases.support(statement)}</span>'
    reason = f' <span class="why" dir="auto">{escape(statement.reason)}</span>' if statement.reason else ""
    if statement.support == "partial":
        return f"{said} {badge}{reason}"
    return f"{badge} <s>{said}</s>{reason}"  # named before it is read: a line through it cannot be heard


def copied(found: Sequence[Copies]) -> str:
    """Show which texts several articles have, who ran them and whose they are; empty where there are none."""
    if not found:
        return ""
    lines = (f"{phrases.copies(one)} {''.join(map(citations.mark, one.citations))}" for one in found)
    entries = "".join(f'<li dir="auto">{escape(line)}</li>' for line in lines)
    return f'<div class="copies"><p>{phrases.COPIES}</p><ul>{entries}</ul></div>'


def _unanswered(parts: Sequence[str]) -> str:
    if not parts:
        return ""
    entries = "".join(f'<li dir="auto">{escape(part)}</li>' for part in parts)
    return f'<div class="unanswered"><p>{phrases.UNANSWERED}</p><ul>{entries}</ul></div>'


def _mark(citation: Citation, met: set[int], turn: int) -> str:
    """Show the number as a link to the article; the first of a number carries the id that its card leads back to."""
    name = "" if citation.number in met else f' id="mark-{turn}-{citation.number}"'
    met.add(citation.number)
    return link(f"[{citation.number}]", citation, turn, name)


def link(label: str, citation: Citation, turn: int | str, more: str = "", *, kind: str = "mark") -> str:
    """Draw a link to the cited words in their article; `label` is HTML. A `mark` names its card among the evidence."""
    place = reading.href(citation.article_id, revision=citation.revision, start=citation.start, end=citation.end)
    tip = f"{citation.outlet or 'Outlet unknown'}, {phrases.day(citation.published_at)}: “{citation.quote}”"
    card = f" e-{turn}-{citation.number}" if kind == "mark" else ""
    return f'<a class="{kind}{card}"{more} href="{escape(place)}" title="{escape(tip)}">{label}</a>'


def published(citation: Citation) -> str:
    """Show when a citation's article was published."""
    return f'<p class="dateline">{when(citation.published_at)}</p>'


def _disagreement(one: Disagreement, given: Answer, turn: int) -> str:
    """Set the positions side by side, in the order they come in, under what they differ on."""
    asked = same(one.about, given.question) or same(one.about, given.standalone_question)
    return positions(one, given.citations, turn=turn, about=not asked)


def positions(one: Disagreement, citations: Sequence[Citation], *, turn: int | str, about: bool = True) -> str:
    """Show a disagreement as a table, a row for each position, each cell a link to the words it rests on."""
    cited = {citation.number: citation for citation in citations}
    rows = "".join(_position(position, cited, turn) for position in one.positions)
    topic = f': <span dir="auto">{escape(one.about)}</span>' if about else ""
    return (
        f'<div class="scroll"><table class="disagreement {one.kind}">'
        f'<caption><span class="kind">{phrases.heading(one)}</span>{topic}</caption>'
        '<thead><tr><th scope="col">Position</th><th scope="col">Outlet</th><th scope="col">On whose word</th>'
        '<th scope="col">Published</th><th scope="col">Source</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _position(position: Position, cited: dict[int, Citation], turn: int | str) -> str:
    own = position.outlet is not None and position.speaker is None
    voice = f"<span>{phrases.OWN_VOICE}</span>" if own else known(position.speaker, "speaker")
    claim = f'<span dir="auto">{escape(position.claim)}</span>'
    cells: Sequence[str] = (known(position.outlet, "outlet"), voice, when(position.date))
    source = cited.get(position.citation)
    number = ""
    if source is not None:
        claim = link(claim, source, turn)
        # The number says it to a keyboard; the cells beside it lead there for who points at them.
        cells = [link(cell, source, turn, ' tabindex="-1"') for cell in cells]
        number = link(f"[{source.number}]", source, turn)
    return f'<tr><th scope="row">{claim}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}<td>{number}</td></tr>'


def conversation(talk: Talk) -> list[dict[str, Any]]:
    """Turn the exchanges into messages of the chat: role, HTML, and at the last the questions that may follow."""
    messages: list[dict[str, Any]] = []
    for turn, exchange in enumerate(talk.exchanges, start=1):
        messages.append({"role": "user", "content": question(exchange.question)})
        if exchange.trouble is not None:
            reply = trouble(exchange.trouble)
        elif exchange.answer is None or not (exchange.answer.text or exchange.answer.statements):
            reply = working()
        else:
            reply = answer(exchange.answer, turn=turn)
        messages.append({"role": "assistant", "content": reply})
    if talk.exchanges and talk.exchanges[-1].suggestions:
        messages[-1]["options"] = [{"value": one} for one in talk.exchanges[-1].suggestions]
    return messages


def panel(talk: Talk) -> str:
    """Show the evidence of the latest answer; empty when there is none."""
    if not talk.answered:
        return ""
    turn, given = talk.answered[-1]
    about = f'<p class="about" dir="auto">{escape(cut_end(given.question, 160))}</p>'
    return f'<section class="evidence"><h2>Evidence</h2>{about}{evidence(given, turn=turn)}</section>'


def earlier(talk: Talk) -> str:
    """Show the evidence of the answers before, folded, newest first; empty when there is none."""
    folded = []
    for turn, given in reversed(talk.answered[:-1]):
        about = escape(cut_end(given.question, 120))
        folded.append(f'<details><summary dir="auto">{about}</summary>{evidence(given, turn=turn)}</details>')
    return f'<section class="earlier"><h2>Earlier evidence</h2>{"".join(folded)}</section>' if folded else ""


def chips(filters: Filters, *, title: str | None = None) -> str:
    """Show what the conversation is limited to, each limit with a button that lifts it; `title` of the one article."""
    limits = [("outlets", outlet, outlet) for outlet in filters.outlets]
    limits += [("since", filters.since, f"from {phrases.day(filters.since)}")] if filters.since else []
    limits += [("until", filters.until, f"to {phrases.day(filters.until)}")] if filters.until else []
    limits += [("articles", one, f"only “{cut_end(title or one, 60)}”") for one in filters.articles]
    if not limits:
        return ""
    drawn = "".join(
        orders.link(
            "chat", f"{label} ✕", name=f"Lift this limit: {label}", kind="chip", do="lift", limit=field, value=value
        )
        for field, value, label in limits
    )
    return f'<p class="chips"><span>Limited to</span> {drawn}</p>'


def record(kept: str) -> str:
    """Carry what the browser is to keep; page.js reads it, and nobody sees it."""
    return f"<pre>{escape(kept)}</pre>"


def masthead(articles: int, outlets: int, *, model: str | None) -> str:
    """Head the page: what it is, how much it knows, and which way it answers."""
    known = "No articles yet"
    if articles:
        known = _count(articles, "article") + (f" from {_count(outlets, 'outlet')}" if outlets else "")
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


def contents(bylines: Sequence[Byline], articles: int) -> str:
    """List the first of so many articles that the library holds; how to fill it when it is empty."""
    if not articles:
        return (
            '<section class="contents"><h2>The library is empty</h2><p class="aside">No articles yet: add files and '
            "web addresses in the Library above, or run <code>python ingest.py corpus</code> for the articles that "
            "come with Crosscheck.</p></section>"
        )
    shown = bylines[:LISTED_ARTICLES]
    entries = (headline(one.title, one.url) + dateline(one.outlet, one.published_at) for one in shown)
    rows = "".join(f"<li>{entry}</li>" for entry in entries)
    rest = articles - len(shown)
    more = f'<p class="aside">and {rest:,} more</p>' if rest else ""
    return f'<section class="contents"><h2>In the library</h2><ol>{rows}</ol>{more}</section>'
