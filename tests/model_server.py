"""A language model for tests: an OpenAI-compatible server on loopback that says what its script tells it to.

    with ModelServer(says("Aleppo fell [1]."), fails(503)) as server:
        server.base_url          # "http://127.0.0.1:PORT/v1", for OPENAI_BASE_URL
        server.then(empty())     # one more line of the script
        server.requests          # what was asked: path, headers (names in lower case), body

Each request plays the next line of the script. After the last line `always` plays, by default `fails(500)`.
A behaviour is a function that gets the Wire; behaviours that wait end when the server closes or the client leaves.
"""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

EVENTS = "text/event-stream"


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def prompt(self) -> str:
        """The text of all messages, in order."""
        return "\n".join(message["content"] for message in self.body["messages"])


@dataclass
class Wire:
    """The way back to one client: `head` once, then `send` at will; `promised` bytes make a Content-Length."""

    handler: BaseHTTPRequestHandler
    closing: threading.Event
    request: Request

    def head(self, *, status: int = 200, kind: str = EVENTS, promised: int | None = None, **headers: str) -> None:
        self.handler.send_response(status)
        self.handler.send_header("Content-Type", kind)
        if promised is not None:
            self.handler.send_header("Content-Length", str(promised))
        for name, value in headers.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.send_header("Connection", "close")
        self.handler.end_headers()

    def send(self, data: bytes | str) -> None:
        self.handler.wfile.write(data.encode() if isinstance(data, str) else data)
        self.handler.wfile.flush()

    def wait(self, seconds: float | None = None) -> bool:
        """Pause; True when the server closes."""
        return self.closing.wait(seconds)


Behaviour: TypeAlias = Callable[[Wire], None]


@dataclass
class ModelServer:
    """See the module's docstring."""

    script: deque[Behaviour]
    always: Behaviour
    requests: list[Request] = field(default_factory=list)

    def __init__(self, *script: Behaviour, always: Behaviour | None = None) -> None:
        self.script = deque(script)
        self.always = always or fails(500)
        self.requests = []
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def then(self, *behaviours: Behaviour) -> None:
        self.script.extend(behaviours)

    def __enter__(self) -> ModelServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()  # waits for the requests in progress
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(path=self.path, headers=headers, body=json.loads(body))
                model.requests.append(request)
                behaviour = model.script.popleft() if model.script else model.always
                behaviour(Wire(self, model._closing, request))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Let clients leave when they like; show anything else."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


# --- what a model that works does


def chunk(text: str | None = None, *, finish: str | None = None, **extra: object) -> str:
    """One event of a stream."""
    delta = {} if text is None else {"content": text}
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    return event(
        {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": choices, **extra}
    )


def event(data: object) -> str:
    return f"data: {json.dumps(data)}\n\n"


def says(
    *pieces: str, usage: tuple[int, int] | None = (11, 7), finish: str | None = "stop", done: bool = True
) -> Behaviour:
    """Stream the pieces; `usage` is prompt and completion tokens, None: not counted."""
    return events([*(chunk(piece) for piece in pieces), *_ending(usage, finish, done=done)])


def _ending(usage: tuple[int, int] | None, finish: str | None, *, done: bool) -> Iterator[str]:
    if finish:
        yield chunk(finish=finish)
    if usage:
        counted = dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True), total_tokens=sum(usage))
        yield event({"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [], "usage": counted})
    if done:
        yield "data: [DONE]\n\n"


def events(pieces: Iterable[str | bytes]) -> Behaviour:
    """Stream exactly these bytes and end."""

    def play(wire: Wire) -> None:
        wire.head()
        for piece in pieces:
            wire.send(piece)

    return play


# --- what a model that fails does


def fails(
    status: int, message: str = "no", *, code: str | None = None, kind: str = "application/json", **headers: str
) -> Behaviour:
    """An error in OpenAI's form; `headers` as in `retry_after="1"`."""
    return answers(json.dumps({"error": {"message": message, "code": code}}), status=status, kind=kind, **headers)


def answers(body: bytes | str, *, status: int = 200, kind: str = "application/json", **headers: str) -> Behaviour:
    """Exactly this body, of this kind: a web page, an empty one, a whole completion, garbled JSON."""
    data = body.encode() if isinstance(body, str) else body

    def play(wire: Wire) -> None:
        wire.head(status=status, kind=kind, promised=len(data), **headers)
        wire.send(data)

    return play


def empty() -> Behaviour:
    """An empty body."""
    return answers("")


def breaks(*pieces: str) -> Behaviour:
    """Stream the pieces, then lose the connection in the middle of what was promised."""

    def play(wire: Wire) -> None:
        wire.head(promised=1_000_000)
        for piece in pieces:
            wire.send(chunk(piece))

    return play


def hangs_up() -> Behaviour:
    """Close the connection without a word."""
    return lambda wire: None


def silent(*pieces: str) -> Behaviour:
    """Stream the pieces, then say nothing more and keep the line open."""

    def play(wire: Wire) -> None:
        if pieces:
            wire.head()
        for piece in pieces:
            wire.send(chunk(piece))
        wire.wait()

    return play


def drips(data: str, *, every: float = 0.1, head: bool = True) -> Behaviour:
    """One byte at a time, `every` so many seconds, for ever: `head` False drips the head of the response too."""

    def play(wire: Wire) -> None:
        if head:
            wire.head()
        else:
            wire.send("HTTP/1.1 200 OK\r\nX-Slow: ")
        _drip(wire, data, every)

    return play


def _drip(wire: Wire, data: str, every: float) -> None:
    while not wire.closing.is_set():
        for byte in data.encode():
            wire.send(bytes([byte]))
            if wire.wait(every):
                return


def endless(piece: str) -> Behaviour:
    """The same bytes without end, as fast as they go."""

    def play(wire: Wire) -> None:
        wire.head()
        while not wire.closing.is_set():
            wire.send(piece * 100)

    return play


@contextmanager
def refused() -> Iterator[str]:
    """The address of a port on which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/v1"
