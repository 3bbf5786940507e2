"""Two views over a topic: who says what on it, outlet by outlet, and what happened when."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag import phrases
from rag.errors import CrosscheckError
from rag.types import Citation, Coverage, Event, Filters, OutletCoverage, Timeline
from rag.ui import fields, markup
from rag.ui.cards import dateline, headline, known
from rag.ui.html import html
from rag.ui.inert import escape

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

AT_ONCE = 4
FAILED = "This failed on the server, which has written the cause to its log: try again, or another topic."
NO_TOPIC = "Name a topic: a person, a place, a question."

_log = logging.getLogger(__name__)


class Views:
    """What is shown of a topic; a failure is a sentence in its place."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline

    def coverage(self, topic: str, *limits: Any) -> str:  # noqa: ANN401 - the four fields as Gradio passes them
        """Show one column per outlet, and who is silent."""
        if not topic.strip():
            return _aside(NO_TOPIC)
        return self._shown(lambda filters: coverage(self.pipeline.coverage(topic, filters=filters)), limits)

    def timeline(self, topic: str, *limits: Any) -> str:  # noqa: ANN401
        """Show dated sentences in order; without a topic those of the newest articles."""
        return self._shown(lambda filters: timeline(self.pipeline.timeline(topic, filters=filters)), limits)

    def _shown(self, show: Callable[[Filters], str], limits: Sequence[Any]) -> str:
        try:
            return show(fields.filters(*limits))
        except CrosscheckError as error:
            return markup.trouble(str(error))
        except Exception:  # noqa: BLE001 - the page is an entry point: what nobody foresaw is logged and told
            _log.exception("A view failed.")
            return markup.trouble(FAILED)


def build_coverage(views: Views, limits: Sequence[Any]) -> None:
    """Lay out who says what."""
    _build("coverage", "Topic", "A person, a place, a question", "Compare outlets", views.coverage, limits)


def build_timeline(views: Views, limits: Sequence[Any]) -> None:
    """Lay out the timeline."""
    label = "Topic (without one: the newest articles)"
    _build("timeline", label, "A person, a place, an event", "Show in order", views.timeline, limits)


def _build(
    name: str,
    label: str,
    placeholder: str,
    button: str,
    show: Callable[..., str],
    limits: Sequence[Any],
) -> None:
    with gr.Row(elem_classes="topic-row"):
        topic = gr.Textbox(label=label, placeholder=placeholder, max_lines=1, elem_id=f"{name}-topic", min_width=0)
        go = gr.Button(button, variant="primary", elem_id=f"{name}-go", min_width=0)
    shown = html(f"{name}-shown")
    gr.on(
        [topic.submit, go.click],
        show,
        [topic, *limits],
        shown,
        show_progress="minimal",
        api_visibility="private",
        concurrency_limit=AT_ONCE,
        concurrency_id="views",
    )


def coverage(found: Coverage) -> str:
    """Show who says what: a column per outlet, under them disagreements, copies and who says nothing."""
    if not found.outlets:
        silent = _silent(found.silent)
        return f"<div>{_aside(phrases.unspoken(found))}{silent}</div>"
    columns = "".join(_column(one) for one in found.outlets)
    cited = [citation for one in found.outlets for citation in one.citations]
    tables = "".join(markup.positions(one, cited, turn="coverage") for one in found.disagreements)
    below = f"{tables}{markup.copied(found.copies)}{_silent(found.silent)}"
    return f'<div class="coverage"><div class="columns">{columns}</div>{below}</div>'


def _column(one: OutletCoverage) -> str:
    count = phrases.articles(one.articles)
    quotes = "".join(_quote(citation, "coverage", outlet=False) for citation in one.citations)
    return (
        f'<section class="column"><h2>{known(one.outlet, "outlet")}</h2><p class="aside">{count}</p>{quotes}</section>'
    )


def _silent(outlets: Sequence[str]) -> str:
    if not outlets:
        return ""
    names = ", ".join(f'<bdi dir="auto">{escape(outlet)}</bdi>' for outlet in outlets)
    return f'<p class="silent"><strong>{phrases.SILENT}</strong> {names}</p>'


def timeline(found: Timeline) -> str:
    """Show the events in order of their days, then what is on the topic without a sure day."""
    if not found.events and not found.undated:
        return _aside(phrases.nothing_dated(found))
    events = "".join(_event(one) for one in found.events)
    parts = [f'<ol class="events">{events}</ol>'] if events else []
    if found.undated:
        quotes = "".join(_quote(citation, "timeline") for citation in found.undated)
        parts.append(f'<section class="undated"><h2>{phrases.UNDATED}</h2>{quotes}</section>')
    return f'<div class="timeline">{"".join(parts)}</div>'


def _event(one: Event) -> str:
    quotes = "".join(_quote(citation, "timeline") for citation in one.citations)
    return f'<li><h2><time datetime="{escape(one.day)}">{escape(phrases.day(one.day))}</time></h2>{quotes}</li>'


def _quote(citation: Citation, view: str, *, outlet: bool = True) -> str:
    """Show one sentence with its source; it is the card that its number's popover is made of."""
    link = markup.link("Read in the article", citation, view, kind="read")
    dated = replace(citation, event_date=None) if view == "timeline" else citation  # there the day is its heading
    told = "".join(f'<p class="told" dir="auto">{escape(phrase)}</p>' for phrase in phrases.provenance(dated))
    when = dateline(citation.outlet, citation.published_at) if outlet else markup.published(citation)
    return (
        f'<article class="card" id="evidence-{view}-{citation.number}">'
        f'<blockquote dir="auto"><mark>{escape(citation.quote)}</mark></blockquote>'
        f"{headline(citation.title, citation.url)}{when}{told}{link}</article>"
    )


def _aside(sentence: str) -> str:
    return f'<p class="aside" dir="auto">{escape(sentence)}</p>'
