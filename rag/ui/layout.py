"""The page laid out and wired: its four views, and for each thing that a reader does, the handler that does it."""

from __future__ import annotations

from typing import Any, cast

import gradio as gr

from rag.access import access_of
from rag.ui import orders, shelf, views
from rag.ui.desk import SHOWN, Desk
from rag.ui.html import html
from rag.ui.shelf import Shelf
from rag.ui.talk import Talk
from rag.ui.views import Views

QUESTIONS_AT_ONCE = 20
QUESTIONS_WAITING = 64
SESSION_SECONDS = 24 * 3600
UPLOADS_KEPT = (3600, 24 * 3600)  # how often to look for uploads that were never added, and how old they get: seconds
PLACEHOLDER = "A question about the news"
INVITATION = "<div class='invitation'><p>Ask what the articles say, who says it, and on whose word.</p></div>"
ARTICLES = "<h2 class='unseen'>Articles</h2>"  # the list has none that is seen
# keep.js lists here what this browser keeps
KEPT = "<details id='kept-fold'><summary>Kept conversations</summary><nav id='kept'></nav></details>"

QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}


def blocks(desk: Desk, desk_views: Views, library: Shelf) -> gr.Blocks:
    """Lay the page out and wire it; nothing of the library is read before a browser asks for the page."""
    with gr.Blocks(title="Crosscheck", analytics_enabled=False, fill_width=True, delete_cache=UPLOADS_KEPT) as page:
        page.has_launched = True  # mounted, it never is: Gradio would take any path that a request names for an upload
        masthead = html("masthead")
        # Shown to who signed in; the page that it leads to says with which key, and ends the session.
        account = gr.Button("Sign out", link="signin", link_target="_self", size="sm", elem_id="account", visible=False)
        with gr.Tabs(elem_id="views"):
            with gr.Tab("Conversation", id="conversation", elem_id="conversation-view"):
                chips, *limits = _conversation(page, desk, masthead)
            with gr.Tab("Who says what", id="coverage", elem_id="coverage-view", render_children=True):
                views.build_coverage(desk_views, limits)
            with gr.Tab("Timeline", id="timeline", elem_id="timeline-view", render_children=True):
                views.build_timeline(desk_views, limits)
            with gr.Tab("Library", id="library", elem_id="library-view"):
                html("library-head", ARTICLES)
                for change in shelf.build(library):
                    change.then(desk.refresh, limits, [masthead, chips, *limits], **QUICK)
        page.load(_account, None, account, **QUICK)
        page.unload(desk.leave)
    page.queue(max_size=QUESTIONS_WAITING, api_open=False)
    return cast("gr.Blocks", page)


def _account(request: gr.Request) -> Any:  # noqa: ANN401 - an update of Gradio's
    """Offer to sign out to who signed in."""
    if request.request is not None and access_of(request.request.scope).signed_in:
        return gr.update(visible=True)
    return gr.skip()


def _conversation(page: gr.Blocks, desk: Desk, masthead: gr.Markdown) -> list[Any]:
    """The talk, what it rests on beside it, and what this browser keeps of others; gives its limits: chips, fields."""
    held = gr.State(Talk(), time_to_live=SESSION_SECONDS)
    with gr.Row(elem_id="desk", equal_height=False):
        with gr.Column(elem_id="talks", min_width=0):
            anew = gr.Button("New conversation", variant="secondary", elem_id="anew", min_width=0, size="sm")
            html("kept-talks", KEPT)
        with gr.Column(elem_id="conversation", min_width=0):
            chat = _chat()
            chips = html("limits")
            with gr.Row(elem_id="ask"):
                box = gr.Textbox(
                    label="Your question", placeholder=PLACEHOLDER, max_lines=6, autofocus=True, elem_id="question"
                )
                ask = gr.Button("Ask", variant="primary", elem_id="ask-button", min_width=0)
                stop = gr.Button("Stop", variant="stop", elem_id="stop-button", min_width=0, visible=False)
            with gr.Accordion("Limit to outlets, dates or one article", open=False, elem_id="filters"), gr.Row():
                outlets = gr.Dropdown([], multiselect=True, label="Outlets", elem_id="outlets", min_width=0)
                since = gr.Textbox(label="Published from", max_lines=1, elem_id="since", min_width=0)
                until = gr.Textbox(label="Published until", max_lines=1, elem_id="until", min_width=0)
                article = gr.Dropdown([], label="One article", elem_id="article", min_width=0)
        with gr.Column(elem_id="evidence", min_width=0):
            latest, earlier = html("latest"), html("earlier")
    record = html("record", visible="hidden")
    order, send = orders.channel("chat")

    named = {"talk": held, "chat": chat, "latest": latest, "earlier": earlier, "box": box, "ask": ask, "stop": stop}
    named |= {"record": record, "chips": chips, "outlets": outlets, "since": since, "until": until, "article": article}
    shown = [named[name] for name in SHOWN]
    fields: list[Any] = [outlets, since, until, article]
    listening: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "outputs": shown}
    asking = {**listening, "concurrency_limit": QUESTIONS_AT_ONCE, "concurrency_id": "ask"}
    for asked in (
        gr.on([chat.example_select, chat.option_select], desk.ask_chosen, [held, *fields], **asking),
        gr.on([box.submit, ask.click], desk.ask, [box, held, *fields], **asking),
        send.click(desk.order, [order, held, *fields], trigger_mode="multiple", **asking),
    ):
        asked.then(desk.further, held, **asking)
    # No `cancels`: an answer that is told to end shows its last view itself; cancelled, it might show an old one.
    stop.click(desk.stop, None, stop, **QUICK)
    anew.click(desk.anew, None, shown, **QUICK)
    # Only what a reader chooses: what a handler sets comes with its limits shown, and on `change` each field would show
    # them again with what the others held just before. What is typed comes as an order (orders.js).
    gr.on([outlets.input, article.input], desk.limit, fields, chips, **QUICK)
    page.load(desk.open, None, [masthead, chat, latest, outlets, article], **QUICK)
    return [chips, *fields]


def _chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        show_label=False,
        label="Conversation",
        container=False,
        height="auto",
        autoscroll=False,  # page.js keeps the question in view instead of the last line
        sanitize_html=True,
        allow_tags=False,
        latex_delimiters=[],
        allow_file_downloads=False,
        feedback_options=[],
        buttons=[],
        placeholder=INVITATION,
        layout="panel",
    )
