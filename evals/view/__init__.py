"""A run in the browser: where it comes from, its measures, and its samples one by one."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import gradio as gr
import uvicorn
from fastapi import FastAPI
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import FileResponse, Response

from evals.errors import EvalError
from evals.runs import Run
from evals.view import markup
from evals.view.selection import Choice, cells, chosen, headers, kinds, plain_name, scored, sendable
from rag import ui

ROWS_SHOWN = 50  # samples on one page of the list
AS_ASKED = "order of asking"
EVERY_KIND = "all kinds"
LOCAL_NAMES = ["127.0.0.1", "localhost", "[::1]"]

_HERE = Path(__file__).parent


class Reader:
    """What the page does when something is chosen or pressed; the run is read-only, so all readers share one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.scores = scored(run)
        self._by_id = {sendable(record.id): record for record in run.records}

    def listed(self, kind: str, only_failures: bool, by: str, words: str, page: int) -> tuple[Any, ...]:
        """Return a page of rows, a line that says which they are, the page's number from 0, and both buttons."""
        choice = Choice(
            kind=None if kind == EVERY_KIND else kind,
            only_failures=only_failures,
            words=words,
            by=by if by in self.scores else None,
        )
        found = chosen(self.run, choice)
        last = max(0, (len(found) - 1) // ROWS_SHOWN)
        page = min(max(0, page), last)
        start = page * ROWS_SHOWN
        shown = found[start : start + ROWS_SHOWN]
        which = f"{start + 1:,} to {start + len(shown):,} · " if len(found) > ROWS_SHOWN else ""
        which += f"{len(found):,} of {len(self.run.records):,} samples"
        return (
            cells(self.run, shown),
            f'<p class="aside">{which}</p>',
            page,
            gr.update(interactive=page > 0),
            gr.update(interactive=page < last),
        )

    def first(self, kind: str, only_failures: bool, by: str, words: str) -> tuple[Any, ...]:
        """Return the first page of what is chosen."""
        return self.listed(kind, only_failures, by, words, 0)

    def earlier(self, kind: str, only_failures: bool, by: str, words: str, page: int) -> tuple[Any, ...]:
        """Return the page before."""
        return self.listed(kind, only_failures, by, words, page - 1)

    def later(self, kind: str, only_failures: bool, by: str, words: str, page: int) -> tuple[Any, ...]:
        """Return the page after."""
        return self.listed(kind, only_failures, by, words, page + 1)

    def opened(self, event: gr.SelectData) -> str:
        """Return the sample whose row was pressed."""
        return self.sample(str((event.row_value or [""])[0]))

    def sample(self, name: str) -> str:
        """Return the sample of this id as HTML."""
        record = self._by_id.get(name)
        return markup.nothing_chosen() if record is None else markup.sample(record)


def blocks(run: Run, *, file: str) -> gr.Blocks:
    """Lay the page out and wire it."""
    reader = Reader(run)
    rows, which, _, _, later = reader.first(EVERY_KIND, False, AS_ASKED, "")
    with gr.Blocks(title=sendable(f"{run.suite} {run.split}"), analytics_enabled=False, fill_width=True) as page:
        _html("origin", markup.head(run, file=file))
        _html("measures", markup.measures(run))
        at = gr.State(0)
        with gr.Row(elem_id="samples", equal_height=False):
            with gr.Column(elem_id="list", min_width=0):
                choice = _choice(reader)
                table = _table(rows, names=headers(run))
                with gr.Row(elem_id="pages"):
                    line = _html("which", which)
                    back = gr.Button("Previous", size="sm", min_width=0, interactive=False)
                    forth = gr.Button("Next", size="sm", min_width=0, interactive=later["interactive"])
            with gr.Column(elem_id="chosen", min_width=0):
                detail = _html("detail", markup.nothing_chosen())
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "queue": False}
        listing: dict[str, Any] = {**quiet, "outputs": [table, line, at, back, forth]}
        gr.on([one.change for one in choice], reader.first, choice, trigger_mode="always_last", **listing)
        back.click(reader.earlier, [*choice, at], **listing)
        forth.click(reader.later, [*choice, at], **listing)
        table.select(reader.opened, None, detail, **quiet)
    page.queue(api_open=False)
    return cast("gr.Blocks", page)


def _choice(reader: Reader) -> list[Any]:
    """The controls above the list, in the order of what `Reader.first` takes."""
    orders = [(AS_ASKED, AS_ASKED), *((plain_name(name), name) for name in reader.scores)]
    with gr.Row(elem_id="choice"):
        return [
            gr.Dropdown([EVERY_KIND, *kinds(reader.run)], value=EVERY_KIND, label="Kind", min_width=0),
            gr.Checkbox(label="Only failures", min_width=0, container=False),
            gr.Dropdown(orders, value=AS_ASKED, label="Sorted by (worst first)", min_width=0),
            gr.Textbox(label="With the words", max_lines=1, min_width=0),
        ]


def _table(rows: list[list[str]], *, names: Sequence[str]) -> gr.Dataframe:
    widths: list[str | int] = [80, 110, 320, 80, *(32 + 8 * len(name) for name in names[4:])]  # pixels
    return gr.Dataframe(
        rows,
        headers=list(names),
        datatype="str",
        type="array",
        interactive=False,
        show_label=False,
        buttons=[],
        max_height=640,
        elem_id="table",
        column_widths=widths,
        latex_delimiters=[],
    )


def application(run: Run, *, file: str, names: list[str] | None = None) -> FastAPI:
    """Return the page as an application that answers to the host `names`, those of this machine unless given."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_api_route("/page.css", _stylesheet, include_in_schema=False)
    app.add_api_route("/page.js", _script, include_in_schema=False)
    # Built outside an event loop, Gradio makes loops of its own and leaves them open.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, _mount(app, run, file)).result()
    app.add_middleware(ui.FirstPage, styles=["page.css"], scripts=["page.js"])
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=names or LOCAL_NAMES)
    return app


def serve(run: Run, *, file: str, host: str = "127.0.0.1", port: int = 7861) -> None:
    """Serve the page until Ctrl-C, which is raised then; raises EvalError where it cannot listen."""
    with _listening(host, port) as listener:
        names = ["*"] if host in ("0.0.0.0", "::") else [*LOCAL_NAMES, f"[{host}]" if ":" in host else host]
        app = application(run, file=file, names=names)
        print(f"{file} is shown at {_address(host, listener)} (end with Ctrl-C)", flush=True)
        config = uvicorn.Config(app, log_level="warning", ws="none", server_header=False, timeout_graceful_shutdown=3)
        _Server(config, app).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Lets go of open pages at the end: each holds a connection that would be waited for."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for route in self._app.routes:
            mounted = getattr(route, "app", None)
            if isinstance(mounted, gr.routes.App):
                mounted.stop_event.set()
        await super().shutdown(sockets)


async def _mount(app: FastAPI, run: Run, file: str) -> None:
    gr.mount_gradio_app(
        app,
        blocks(run, file=file),
        path="/",
        allowed_paths=[],
        show_error=False,
        max_file_size="1kb",  # nothing is uploaded here
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    )


def _stylesheet() -> Response:
    """The product's own stylesheet, and after it what only this page has."""
    ours = [ui.STATIC / "page.css", _HERE / "view.css"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in ours)
    return Response(text, media_type="text/css", headers={"Cache-Control": "no-cache"})


def _script() -> Response:
    return FileResponse(_HERE / "view.js", headers={"Cache-Control": "no-cache"})


def _html(name: str, value: str) -> gr.Markdown:
    # gr.HTML evaluates its value as a JavaScript template; Markdown sanitises HTML and evaluates nothing.
    return gr.Markdown(value, elem_id=name, sanitize_html=True, latex_delimiters=[], container=False)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        what = "is in use" if taken else "cannot be listened on"
        raise EvalError(f"{host}:{port} {what}: choose another --port or --host.") from error


def _address(host: str, listener: socket.socket) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{listener.getsockname()[1]}"
