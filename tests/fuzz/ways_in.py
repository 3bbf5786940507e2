"""What programs and browsers send: bodies, queries, keys, cookies, MCP messages, orders of the page, a .env."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fake_pipeline import FakePipeline
from hypothesis import strategies as st

from rag.api import create_app
from rag.config import Settings, load_settings
from rag.errors import CrosscheckError, NotFoundError
from rag.ui import orders, talk

from .mutations import PIECES, edited, edited_text, prose
from .target import Target, plain, sentence

_KEY, _WRITER = "reads-and-no-more-1", "reads-and-writes-2"
_HOST = b"127.0.0.1:7860"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A response as it went out."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass(slots=True)
class World:
    """An application on a loop of its own, begun as its server begins it."""

    pipeline: FakePipeline
    app: Any
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    clients: itertools.count[int] = field(default_factory=itertools.count)

    def begin(self) -> World:
        """Begin its lifespan, which lasts as long as the process."""
        ready = asyncio.Event()

        async def receive() -> dict[str, str]:
            if not ready.is_set():
                return {"type": "lifespan.startup"}
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            assert message["type"] == "lifespan.startup.complete", message
            ready.set()

        async def begun() -> None:
            self.running = asyncio.ensure_future(
                self.app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
            )
            await ready.wait()

        self.loop.run_until_complete(begun())
        return self

    running: Any = None

    def ask(self, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> Said:
        """What it says to a request, from a client that never asked before."""
        number = next(self.clients)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": quote(path, safe="/%").encode(),
            "query_string": query,
            "root_path": "",
            "headers": [(b"host", _HOST), (b"content-length", str(len(body)).encode()), *headers],
            "client": (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 1_024),
            "server": ("127.0.0.1", 7860),
            "state": {},
        }
        sent: list[dict[str, Any]] = []

        async def asked() -> None:
            given, gone = iter([{"type": "http.request", "body": body, "more_body": False}]), asyncio.Event()

            async def receive() -> dict[str, Any]:
                message = next(given, None)
                if message is None:
                    await gone.wait()
                    return {"type": "http.disconnect"}
                return message

            async def send(message: dict[str, Any]) -> None:
                sent.append(message)

            try:
                await asyncio.wait_for(self.app(scope, receive, send), 20)
            finally:
                gone.set()

        self.loop.run_until_complete(asked())
        self.pipeline.asked.clear(), self.pipeline.ingested.clear(), self.pipeline.removed.clear()
        start = next(one for one in sent if one["type"] == "http.response.start")
        content = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
        return Said(status=start["status"], headers=dict(start["headers"]), body=content)


@cache
def _folder() -> Path:
    """What is kept of feedback goes here, and away at the end of the process."""
    made = tempfile.mkdtemp(prefix="fuzz-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


@cache
def _world(*, keys: str = "") -> World:
    rate = "1000000/second"
    settings = Settings(_env_file=None, api_keys=keys, rate_limit=rate, mcp_changes=True, data_dir=_folder())
    pipeline = FakePipeline(settings=settings)
    return World(pipeline, create_app(pipeline)).begin()


def _sound(said: Said) -> None:
    """What holds of every answer: nothing failed inside, what says that it is JSON is, a refusal has its sentence."""
    assert said.status < 500, said
    assert b"Traceback" not in said.body
    if b"json" in said.headers.get(b"content-type", b"") and said.body:
        told = json.loads(said.body)
        if said.status >= 400 and isinstance(told, dict):
            assert told.get("detail") or told.get("error"), told
    for name, value in said.headers.items():
        assert not {10, 13, 0} & {*name, *value}


_BODIES: dict[str, tuple[object, ...]] = {
    "/ask": (
        {"question": "Who holds the bridge?", "history": [{"role": "user", "content": "The bridge?"}]},
        {
            "question": "Why?",
            "filters": {"outlets": ["Tern"], "since": "2024-12-01", "until": "2024-12-02", "articles": ["a"]},
        },
        {"question": "Who?", "outlets": ["Tern"], "since": "2024-12-01", "stream": True},
    ),
    "/articles": (
        {
            "text": "The bridge opened again on Friday.",
            "title": "Bridge",
            "outlet": "Tern",
            "published_at": "2024-12-01",
        },
        {"url": "https://news.example/a"},
    ),
    "/feedback": ({"question": "Who?", "verdict": "right", "comment": "Well.", "answer": "x"},),
    "/v1/chat/completions": (
        {"model": "crosscheck", "messages": [{"role": "user", "content": "Who?"}], "stream": True, "temperature": 0.5},
        {
            "model": "crosscheck",
            "messages": [
                {"role": "system", "content": [{"type": "text", "text": "x"}]},
                {"role": "user", "content": "Why?"},
            ],
            "crosscheck": {"since": "2024-12-01", "outlets": ["Tern"]},
            "stream_options": {"include_usage": True},
            "max_tokens": 5,
            "n": 1,
        },
    ),
}
_MCP = tuple(
    json.dumps(message).encode()
    for message in (
        {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {
                "name": "ask_news",
                "arguments": {"question": "Who?", "since": "2024-12-01", "outlets": ["Tern"]},
            },
        },
        {
            "jsonrpc": "2.0",
            "id": "c",
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "a", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "id": 3, "method": "resources/read", "params": {"uri": "article:bridge-reopens"}},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 2}},
        {
            "jsonrpc": "2.0",
            "id": 4,
            "method": "tools/call",
            "params": {"name": "add_article", "arguments": {"text": "A."}},
        },
    )
)
_JSON = [(b"content-type", b"application/json")]


def _posts(path: str) -> Callable[[bytes], None]:
    def check(body: bytes) -> None:
        _sound(_world().ask("POST", path, b"", _JSON, body))

    return check


def _gets(value: tuple[str, str, str]) -> None:
    path, name, said = value
    query = f"{name}={quote(said)}".encode()
    _sound(_world().ask("GET", path, query, [(b"accept", b"application/json")], b""))


def _message(body: bytes) -> None:
    headers = [*_JSON, (b"accept", b"application/json, text/event-stream"), (b"mcp-protocol-version", b"2025-06-18")]
    said = _world().ask("POST", "/mcp", b"", headers, body)
    assert said.status < 500 and b"Traceback" not in said.body, said


def _credentials(value: tuple[str, bytes, bytes]) -> None:
    path, bearer, cookie = value
    world = _world(keys=f"{_KEY},{_WRITER}:write")
    said = world.ask("GET", path, b"", [(b"authorization", bearer), (b"cookie", cookie)], b"")
    _sound(said)
    scheme, _, key = bearer.partition(b" ")
    if not (scheme.lower() == b"bearer" and key.strip() in {_KEY.encode(), _WRITER.encode()}):
        assert said.status in {400, 401, 403, 429}, said
        assert b"gazette" not in said.body.lower()


def _order(text: str) -> None:
    order = orders.read(text)
    assert isinstance(order, dict)
    plain([one.replace("\0", "") for one in order if isinstance(one, str)])

    def missing(article_id: str, revision: str | None) -> Any:
        raise NotFoundError("There is none.")

    with contextlib.suppress(CrosscheckError, ValueError):  # what is said of a conversation that is none
        restored = talk.restored(order.get("talk", order), missing)
        assert isinstance(talk.kept(restored), str)


def _settings(text: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path(".env").write_bytes(text)
        try:
            found = load_settings()
        except CrosscheckError as error:
            told = str(error)
            sentence(told.replace("\n", " "))
            assert _KEY not in told
        else:
            assert isinstance(found, Settings)


_ENV = (
    f"API_KEYS={_KEY},{_WRITER}:write\nDATA_DIR=data\nMAX_FILE_MB=20\nRATE_LIMIT=60/minute\n".encode(),
    b"OPENAI_BASE_URL=http://127.0.0.1:11434/v1\nOPENAI_MODEL='llama3.1'\nMODEL_TIMEOUT=60 # s\nUNSUPPORTED=mark\n",
    b'export REFUSE="paywall,cookie_wall"\nLANGUAGES=["en"]\nCORS_ORIGINS=https://a.example\nFETCH_CONTACT=mailto:a@b.example\n',
)
_TALK = (
    json.dumps({"do": "restore", "talk": {"version": 1, "exchanges": [{"question": "Who?", "answer": {"text": "x"}}]}}),
    json.dumps({"do": "page", "page": 2, "article": "a"}),
)
_HEADERS = (f"Bearer {_KEY}".encode(), b"Basic YTpi", f"bearer  {_WRITER[:-1]}".encode(), b"Token x", b"")
_COOKIES = (b"session=abc; other=def", b"crosscheck_session=" + b"A" * 43, f"session={_KEY}".encode())
_header = edited(_HEADERS).map(lambda data: data.translate(None, b"\r\n\0")[:8_000])
_cookie = edited(_COOKIES).map(lambda data: data.translate(None, b"\r\n\0")[:8_000])
_PATHS = (
    "/search",
    "/compare",
    "/timeline",
    "/articles",
    "/articles/bridge-reopens",
    "/v1/models",
    "/read/ferry-prices",
)
_PATHS += (
    "/articles/bridge-reopens/changes",
    "/articles/x/revisions",
    "/openapi.json",
    "/metrics",
    "/healthz",
)
_NAMES = (
    "q",
    "question",
    "topic",
    "query",
    "limit",
    "offset",
    "sort",
    "since",
    "until",
    "outlet",
    "article",
    "revision",
)
_text = prose | st.sampled_from(PIECES).map(lambda data: data.decode("utf-8", "replace"))
TARGETS = (
    *(
        Target(
            name=f"bodies: {path}",
            inputs=edited([json.dumps(body).encode() for body in bodies]),
            check=_posts(path),
            share=1,
        )
        for path, bodies in _BODIES.items()
    ),
    Target(
        name="queries",
        inputs=st.tuples(st.sampled_from(_PATHS), st.sampled_from((*_NAMES, "from", "to", "start", "end")), _text),
        check=_gets,
        share=2,
    ),
    Target(name="MCP messages", inputs=edited(_MCP), check=_message, share=1),
    Target(
        name="keys and cookies",
        inputs=st.tuples(st.sampled_from([*_PATHS[:8], "/", "/mcp", "/docs"]), _header, _cookie),
        check=_credentials,
        share=2,
    ),
    Target(name="orders of the page", inputs=edited_text(_TALK), check=_order, share=6),
    Target(name="settings", inputs=edited(_ENV), check=_settings, share=1),
)
