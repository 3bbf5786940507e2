"""The page: a conversation with the articles, and beside it the words that every sentence rests on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from rag.ui import layout, reading
from rag.ui.desk import Desk
from rag.ui.firstpage import FirstPage as FirstPage
from rag.ui.inert import escape as escape
from rag.ui.narrow import Narrow
from rag.ui.shelf import Shelf
from rag.ui.streams import StreamEnds
from rag.ui.views import Views

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

STATIC = Path(__file__).parent / "static"  # of the page: stylesheets and scripts, served under /page
STYLES = ("page/page.css", "page/reader.css", "page/views.css", "page/library.css")
SCRIPTS = ("page/orders.js", "page/keep.js", "page/page.js", "page/library.js", "page/reader.js")


def mount(app: FastAPI, pipeline: Pipeline) -> FastAPI:
    """Put the page at `/` of the API's application, behind all routes that are there already; returns `app`."""
    app.mount("/page", StaticFiles(directory=STATIC))
    app.include_router(reading.router(pipeline))
    desk = Desk(pipeline)
    library = Shelf(pipeline)
    mounting = _mount(
        app, lambda: layout.blocks(desk, Views(pipeline), library), megabytes=pipeline.settings.max_file_mb
    )
    # Built outside an event loop, Gradio makes loops of its own and leaves them open.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, mounting).result()
    page = next(route for route in app.routes if isinstance(route, Mount) and isinstance(route.app, gr.routes.App))
    app.state.page = page.app
    page.app = Narrow(StreamEnds(page.app))
    app.add_middleware(FirstPage, styles=STYLES, scripts=SCRIPTS)
    app.state.desk = desk
    return app


async def _mount(app: FastAPI, blocks: Callable[[], gr.Blocks], *, megabytes: int) -> None:
    gr.mount_gradio_app(
        app,
        blocks(),
        path="/",
        allowed_paths=[],
        show_error=False,
        max_file_size=f"{megabytes}mb",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        theme=_theme(),
    )


def close(app: FastAPI) -> None:
    """End the answers under way and the connections that open pages hold; called in the server's event loop."""
    app.state.desk.end()
    app.state.page.stop_event.set()


def _theme() -> gr.themes.Base:
    """Colours that Gradio paints before our stylesheet has come; the rest is in page.css."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]).set(
        body_background_fill="#faf8f3",
        body_background_fill_dark="#15161a",
        body_text_color="#1d1c1a",
        body_text_color_dark="#e9e6df",
    )
