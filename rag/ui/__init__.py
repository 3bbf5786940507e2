"""The page: a conversation with the articles, and beside it the words that every sentence rests on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import gradio as gr
from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.routing import Mount

from rag.ui.desk import Desk
from rag.ui.firstpage import FirstPage as FirstPage
from rag.ui.inert import escape as escape

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

QUESTIONS_AT_ONCE = 8
QUESTIONS_WAITING = 64
SESSION_SECONDS = 24 * 3600
PLACEHOLDER = "A question about the news"
INVITATION = "<div class='invitation'><p>Ask what the articles say, who says it, and on whose word.</p></div>"

_HERE = Path(__file__).parent


def mount(app: FastAPI, pipeline: Pipeline) -> FastAPI:
    """Put the page at `/` of the API's application, behind all routes that are there already; returns `app`."""
    for name in ("page.css", "page.js"):
        app.add_api_route(f"/{name}", _asset(name), include_in_schema=False)
    desk = Desk(pipeline)
    # Built outside an event loop, Gradio makes loops of its own and leaves them open.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, _mount(app, desk)).result()
    app.add_middleware(FirstPage)
    app.state.desk = desk
    return app


async def _mount(app: FastAPI, desk: Desk) -> None:
    gr.mount_gradio_app(
        app,
        blocks(desk),
        path="/",
        allowed_paths=[],
        show_error=False,
        max_file_size="1kb",  # nothing is uploaded here
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        theme=_theme(),
    )


def close(app: FastAPI) -> None:
    """End the answers under way and the connections that open pages hold; called in the server's event loop."""
    app.state.desk.end()
    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, gr.routes.App):
            route.app.stop_event.set()


def _asset(name: str) -> Callable[[], FileResponse]:
    def asset() -> FileResponse:
        return FileResponse(_HERE / name, headers={"Cache-Control": "no-cache"})

    return asset


def _theme() -> gr.themes.Base:
    """Colours that Gradio paints before our stylesheet has come; the rest is in page.css."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill="#faf8f3",
        body_background_fill_dark="#15161a",
        body_text_color="#1d1c1a",
        body_text_color_dark="#e9e6df",
    )


def blocks(desk: Desk) -> gr.Blocks:
    """Lay the page out and wire it; nothing of the library is read before a browser asks for the page."""
    with gr.Blocks(title="Crosscheck", analytics_enabled=False, fill_width=True) as page:
        exchanges = gr.State((), time_to_live=SESSION_SECONDS)
        masthead = _html("masthead", "")
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(elem_id="conversation", min_width=0):
                chat = _chat()
                with gr.Row(elem_id="ask"):
                    box = gr.Textbox(
                        label="Your question", placeholder=PLACEHOLDER, max_lines=6, autofocus=True, elem_id="question"
                    )
                    ask = gr.Button("Ask", variant="primary", elem_id="ask-button", min_width=0)
                    stop = gr.Button("Stop", variant="stop", elem_id="stop-button", min_width=0, visible=False)
                anew = gr.Button("New conversation", variant="secondary", elem_id="anew", min_width=0, size="sm")
            with gr.Column(elem_id="evidence", min_width=0):
                latest = _html("latest", "")
                earlier = _html("earlier", "")
        shown = [exchanges, chat, latest, earlier, box, ask, stop]
        listening: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "outputs": shown}
        asking = {**listening, "concurrency_limit": QUESTIONS_AT_ONCE, "concurrency_id": "ask"}
        chat.example_select(desk.ask_example, [exchanges], **asking)
        gr.on([box.submit, ask.click], desk.ask, [box, exchanges], **asking)
        # No `cancels`: an answer that is told to end shows its last view itself; cancelled, it might show an old one.
        stop.click(desk.stop, None, stop, queue=False, show_progress="hidden", api_visibility="private")
        anew.click(desk.anew, None, queue=False, **listening)
        page.load(
            desk.open, None, [masthead, chat, latest], queue=False, show_progress="hidden", api_visibility="private"
        )
        page.unload(desk.leave)
    page.queue(max_size=QUESTIONS_WAITING, api_open=False)
    return cast("gr.Blocks", page)


def _html(name: str, value: str) -> gr.Markdown:
    # gr.HTML evaluates its value as a JavaScript template; Markdown sanitises HTML and evaluates nothing.
    return gr.Markdown(value, elem_id=name, sanitize_html=True, latex_delimiters=[], container=False)


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
