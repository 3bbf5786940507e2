"""Serves the page and the API on one port: `python app.py --host H --port P --data-dir DIR`."""

from __future__ import annotations

import argparse
import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NoReturn

from rag import command, logs, tracing, uploads
from rag.access import Keys
from rag.config import load_settings
from rag.errors import CrosscheckError, SettingsError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.pipeline import Pipeline

SWITCH_SECONDS = 0.001  # for which one thread computes while others wait; what answers requests is one of them
KEPT_SECONDS = 75  # that a silent connection is kept: longer than clients and proxies do, who else send into its end
SHUTDOWN_SECONDS = 3  # for requests under way
LAST_SECONDS = 4.5  # from the order to end to the end, whatever is under way
_log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until it is told to end, and returns the exit status; `arguments` default to those of the process."""
    options = _parser().parse_args(arguments)
    return command.exit_status(lambda: _serve(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python app.py",
        description="Serve the page and the API over the library of articles.",
        parents=[command.data_dir_option()],
    )
    parser.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=_port, default=7860, metavar="P", help="port (default: 7860; 0: any free one)")
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="only read the library, and write nothing into its folder: for servers beside one that writes (READ_ONLY)",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number up to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    settings = load_settings(data_dir=getattr(options, "data_dir", None))
    if options.read_only:
        settings = settings.model_copy(update={"read_only": True})
    signal.signal(signal.SIGTERM, _end)
    sys.setswitchinterval(SWITCH_SECONDS)
    logs.configure(settings.log_level, texts=settings.log_questions)
    traced = tracing.exporting(texts=settings.log_questions) if settings.tracing else nullcontext()
    keys = Keys(settings.api_keys.get_secret_value() if settings.api_keys else "")
    with _listening(options.host, options.port) as listener:  # first: a taken port is told at once
        if not keys and not _is_loopback(listener):
            raise SettingsError(_exposed(options.host))
        with command.uncollected():
            from rag.pipeline import Pipeline  # slow to load, with the libraries of the indexes

        with traced, Pipeline(settings) as pipeline:
            if not settings.read_only:
                uploads.sweep(settings.data_dir / uploads.FOLDER)
            threading.Thread(target=_warm, args=(pipeline,), name="warm-up", daemon=True).start()
            # Without keys, a page elsewhere must not come in under a name that was made to point here.
            with command.uncollected():
                application = _application(pipeline, {"*"} if keys else {options.host})
            gc.collect()
            gc.freeze()  # what was loaded stays: to go through all of it again and again would hold up who waits
            return _run(application, listener, _address(options.host, listener))


def _application(pipeline: Pipeline, allowed_hosts: set[str]) -> FastAPI:
    from rag import api, ui  # slow to load, with FastAPI, MCP and Gradio

    return ui.mount(api.create_app(pipeline, allowed_hosts=allowed_hosts), pipeline)


def _run(app: FastAPI, listener: socket.socket, address: str) -> int:
    import uvicorn  # with the application

    from rag import api, ui

    class Server(uvicorn.Server):
        """Says where the page is once it can be opened, and lets go of open pages at the end."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(f"Crosscheck is ready: {address}", flush=True)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            _end_within(LAST_SECONDS)
            ui.close(app)  # an open page would hold its connection to the last second
            api.end(app)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        http=api.BoundedProtocol,
        h11_max_incomplete_event_size=api.HEAD_BYTES,
        ws="none",
        log_config=None,  # its loggers write as ours do, and our line for a request stands in place of its own
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEPT_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )
    server = Server(config)
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _warm(pipeline: Pipeline) -> None:
    """Load the embedding model, so that the first question need not wait for it."""
    try:
        pipeline.embedder.embed(["warm"])
    except CrosscheckError as error:
        _log.warning("%s", error)  # the first question will say it to who asks


def _end_within(seconds: float) -> None:
    """End the process after so many seconds where a thread of it does not: whatever is written survives that whole."""

    def end() -> None:
        _log.warning("Ended with work under way: every article that was put is kept.")
        os._exit(0)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def _end(signum: int, frame: object) -> NoReturn:
    raise SystemExit(0)  # so that the library is closed


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address; raises UsageError where it cannot be."""
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except UnicodeError as error:  # a name that no resolver would take
        raise CrosscheckError(f"{host!r} is not an address: choose another --host.") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CrosscheckError(f"{where} is in use: end what listens there, or choose another --port.") from error
        raise CrosscheckError(
            f"{where} cannot be listened on ({error.strerror}): choose another --host or --port."
        ) from error
    return bound


def _is_loopback(listener: socket.socket) -> bool:
    """Whether only this machine reaches it; asked of the socket, as a name may stand for any address."""
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def _exposed(host: str) -> str:
    return (
        f"{host!r} can be reached from other machines, so keys are needed: set API_KEYS (see .env.example; "
        '`python -c "import secrets; print(secrets.token_urlsafe())"` makes one), or listen on 127.0.0.1.'
    )


def _address(host: str, listener: socket.socket) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{listener.getsockname()[1]}"


if __name__ == "__main__":
    sys.exit(main())
