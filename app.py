"""Serves the page and the API on one port: `python app.py --host H --port P --data-dir DIR`."""

from __future__ import annotations

import argparse
import errno
import ipaddress
import logging
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from rag import command
from rag.config import load_settings
from rag.errors import CrosscheckError

if TYPE_CHECKING:
    from fastapi import FastAPI

    from rag.pipeline import Pipeline

SHUTDOWN_SECONDS = 3  # for requests under way
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
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number up to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    settings = load_settings(data_dir=getattr(options, "data_dir", None))
    signal.signal(signal.SIGTERM, _end)
    with _listening(
        options.host, options.port
    ) as listener:  # before what is slow to load: a taken port is told at once
        from rag.pipeline import Pipeline  # slow to load, with the libraries of the indexes

        with Pipeline(settings) as pipeline:
            threading.Thread(target=_warm, args=(pipeline,), name="warm-up", daemon=True).start()
            if not _is_loopback(options.host):
                print(_exposed(options.host), file=sys.stderr)
            return _run(_application(pipeline, options.host), listener, _address(options.host, listener))


def _application(pipeline: Pipeline, host: str) -> FastAPI:
    from rag import api, ui  # slow to load, with FastAPI, MCP and Gradio

    anywhere = host in ("0.0.0.0", "::")
    allowed = {"*"} if anywhere else {host}
    # Without access control, who can reach the page must not be able to change the library.
    return ui.mount(api.create_app(pipeline, allowed_hosts=allowed), pipeline, writable=_is_loopback(host))


def _run(app: FastAPI, listener: socket.socket, address: str) -> int:
    import uvicorn  # with the application

    from rag import ui

    class Server(uvicorn.Server):
        """Says where the page is once it can be opened, and lets go of open pages at the end."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(f"Crosscheck is ready: {address}", flush=True)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            ui.close(app)  # an open page would hold its connection to the last second
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app, log_level="warning", ws="none", server_header=False, timeout_graceful_shutdown=SHUTDOWN_SECONDS
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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _exposed(host: str) -> str:
    return (
        f"Warning: {host} can be reached from other machines, and there is no access control yet: "
        "whoever reaches it can read and question the whole library."
    )


def _address(host: str, listener: socket.socket) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{listener.getsockname()[1]}"


if __name__ == "__main__":
    sys.exit(main())
