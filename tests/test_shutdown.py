"""The server is told to end while answers are under way: each is finished or told so, and the process ends soon."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fake_pipeline import FakePipeline, answer
from model_server import ModelServer, Wire, chunk, silent
from served import started
from serving import serving

import app
from rag.api import create_app, end
from rag.api import streaming as streaming_module
from rag.api.streaming import Answering
from rag.articles import Text
from rag.asking import Ask
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import EndingError
from rag.pipeline import Pipeline

QUESTION = "How many boats sank at Osterby?"
BEGUN = "The storm sank 12 boats at Osterby on Monday [1]. It"
EACH = 5  # streams by each of the four doors
FINISHED, ENDED = "own words instead", EndingError().args[0]
BOTH = {"Accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("library")
    told = "The storm sank 12 boats at Osterby on Monday. It broke the old quay. Greta Holm promised new boats."
    with Pipeline(Settings(_env_file=None, data_dir=folder / "data"), embedder=embedder) as pipeline:
        pipeline.ingest([Text(text=told, title="Storm over Osterby", outlet="Harbour Post", published_at="2021-05-03")])
    return folder


@contextmanager
def served(folder: Path, model: ModelServer) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server's process, and its address."""
    asked = {"OPENAI_BASE_URL": model.base_url, "OPENAI_MODEL": "m-1", "LOG_LEVEL": "warning", "MODEL_TIMEOUT": "300"}
    with started(folder=folder, **asked) as server:
        yield server


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    for _ in range(6_000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("this never came about")


# --- the doors: each gives all that the client is sent, to the end of the response


def by_ask(address: str) -> str:
    with httpx2.stream(
        "POST", f"{address}/ask", json={"question": QUESTION}, headers={"Accept": "text/event-stream"}, timeout=120
    ) as response:
        return response.read().decode()


def by_openai(address: str) -> str:
    asked = {"model": "crosscheck", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    with httpx2.stream("POST", f"{address}/v1/chat/completions", json=asked, timeout=120) as response:
        return response.read().decode()


def by_mcp(address: str) -> str:
    called = {"name": "ask_news", "arguments": {"question": QUESTION}}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": called}
    headers = {**BOTH, "MCP-Protocol-Version": "2025-06-18"}
    return httpx2.post(f"{address}/mcp", json=asked, headers=headers, timeout=120).text


def by_page(address: str) -> str:
    """As the page does: join the queue, and listen till the stream is closed."""
    with httpx2.Client(base_url=address, timeout=120) as client:
        made = client.get("/config").json()["dependencies"]
        asking = next(one["id"] for one in made if any(event == "submit" for _, event in one["targets"]))
        session = f"s{threading.get_ident()}"
        asked = {"data": [QUESTION, None, [], None, None, None], "fn_index": asking, "session_hash": session}
        client.post("/gradio_api/queue/join", json=asked).raise_for_status()
        said = ""
        with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as response:
            for line in response.iter_lines():
                said += f"{line}\n"
                if '"close_stream"' in line:
                    break
        return said


DOORS = (by_ask, by_openai, by_mcp, by_page)


def test_twenty_answers_under_way_are_finished_when_the_server_is_told_to_end(library: Path, long: bool):
    with (
        ModelServer(always=silent(BEGUN)) as model,
        served(library, model) as (process, address),
        ThreadPoolExecutor(EACH * len(DOORS)) as clients,
    ):
        under_way: list[tuple[str, Future[str]]] = [
            (door.__name__, clients.submit(door, address)) for door in DOORS for _ in range(EACH)
        ]
        until(lambda: len(model.requests) == EACH * len(DOORS) or any(one.done() for _, one in under_way))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        said = [(door, one.result(120)) for door, one in under_way]
        assert process.wait(60) == 0
        took = time.monotonic() - began
        errors = process.stderr.read()
    print(f"{len(said)} streams ended, and the process {took:.1f} s after the signal. {errors}")
    closings = {
        "by_ask": ('"finished":true', "}\n\n"),
        "by_openai": (FINISHED, "data: [DONE]\n\n"),
        "by_mcp": (FINISHED, "}"),
        "by_page": ("process_completed", '"close_stream","event_id":null}\n'),
    }
    for door, words in said:
        last, closing = closings[door]
        assert last in words and words.endswith(closing), (door, words[-500:])
        assert ("Stopped before the answer was complete" if door == "by_page" else FINISHED) in words, (door, words)
    assert "Traceback" not in errors and "Cancel" not in errors and errors.count("\n") <= 2, errors
    assert not long or took < 5


def by_ask_whole(address: str) -> str:
    return httpx2.post(f"{address}/ask", json={"question": QUESTION}, timeout=120).text


@pytest.mark.parametrize("door", [by_ask, by_ask_whole, by_openai, by_mcp])
def test_an_answer_that_does_not_end_is_told_to_its_client(door: Callable[[str], str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rag.api.LAST_SECONDS", 0.05)
    monkeypatch.setattr(streaming_module, "LAST_SECONDS", 0.05)
    asked, over = threading.Event(), threading.Event()
    pipeline = FakePipeline()

    def stream(*_: object, **__: object) -> Iterator[object]:
        asked.set()
        over.wait(60)
        yield answer(QUESTION)

    pipeline.stream = stream
    made = create_app(pipeline)
    loops: list[asyncio.AbstractEventLoop] = []

    @made.middleware("http")
    async def note(request: object, call_next: Callable) -> object:
        loops.append(asyncio.get_running_loop())
        return await call_next(request)

    with serving(made) as address, ThreadPoolExecutor(1) as client:
        waiting = client.submit(door, address)
        assert asked.wait(20)
        loops[0].call_soon_threadsafe(end, made)
        said = waiting.result(20)
        over.set()
        after = httpx2.post(f"{address}/ask", json={"question": QUESTION}, timeout=20)
    assert ENDED in said
    assert (after.status_code, after.headers["retry-after"]) == (503, "5") and after.json()["detail"] == ENDED


def test_who_waits_for_a_place_when_the_server_ends_is_told_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(streaming_module, "LAST_SECONDS", 0.0)
    over = threading.Event()
    pipeline = FakePipeline()

    def stream(*_: object, **__: object) -> Iterator[object]:
        over.wait(60)
        yield answer(QUESTION)

    pipeline.stream = stream

    async def play() -> list[object]:
        answering = Answering(pipeline, at_once=1, heartbeat=60)
        asked = [asyncio.create_task(answering.begin(Ask(question=QUESTION))) for _ in range(3)]
        while answering.waiting < 2:
            await asyncio.sleep(0)
        answering.end()
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 20)

    assert [type(one) for one in asyncio.run(play())] == [EndingError] * 3
    over.set()


# --- clients that leave


@pytest.fixture(scope="module")
def watched(library: Path) -> Iterator[tuple[ModelServer, threading.Event, str]]:
    """A model that tells when it is let go, and the server's address before it."""
    left = threading.Event()

    def play(wire: Wire) -> None:
        wire.head()
        try:
            wire.send(chunk(BEGUN))
            while not wire.wait(0.02):
                wire.send(": still there\n\n")
        except OSError:
            left.set()

    with ModelServer(always=play) as model, served(library, model) as (_, address):
        yield model, left, address


@pytest.mark.parametrize("path", ["/ask", "/ask, whole", "/v1", "/v1, whole", "/mcp", "/page"])
def test_a_client_that_leaves_ends_the_models_work(path: str, watched: tuple[ModelServer, threading.Event, str]):
    model, left, address = watched
    left.clear()
    before = len(model.requests)
    messages = {"model": "crosscheck", "messages": [{"role": "user", "content": QUESTION}]}
    called = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    called |= {"params": {"name": "ask_news", "arguments": {"question": QUESTION}}}
    bodies = {
        "/ask": ("/ask", {"question": QUESTION}, {"Accept": "text/event-stream"}),
        "/ask, whole": ("/ask", {"question": QUESTION}, {}),
        "/v1": ("/v1/chat/completions", {**messages, "stream": True}, {}),
        "/v1, whole": ("/v1/chat/completions", messages, {}),
        "/mcp": ("/mcp", called, {**BOTH, "MCP-Protocol-Version": "2025-06-18"}),
    }
    host = address.removeprefix("http://")
    if path == "/page":
        leaving = threading.Thread(target=_listen_and_leave, args=(address, model, before))
        leaving.start()
        leaving.join(60)
    else:
        to, body, headers = bodies[path]
        data = json.dumps(body).encode()
        head = [f"POST {to} HTTP/1.1", f"Host: {host}", "Content-Type: application/json"]
        head += [f"Content-Length: {len(data)}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        name, _, port = host.partition(":")
        with socket.create_connection((name, int(port)), timeout=60) as client:
            client.sendall("\r\n".join(head).encode() + data)
            until(lambda: len(model.requests) > before)
    assert left.wait(60)


def _listen_and_leave(address: str, model: ModelServer, before: int) -> None:
    """As the page does: its heartbeat says that it is there."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        made = client.get("/config").json()["dependencies"]
        asking = next(one["id"] for one in made if any(event == "submit" for _, event in one["targets"]))
        with client.stream("GET", "/gradio_api/heartbeat/leaver") as heart:
            beats = heart.iter_lines()  # held: the connection ends with it
            next(beats)
            asked = {"data": [QUESTION, None, [], None, None, None], "fn_index": asking, "session_hash": "leaver"}
            client.post("/gradio_api/queue/join", json=asked).raise_for_status()
            with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "leaver"}) as response:
                lines = response.iter_lines()
                next(lines)
                until(lambda: len(model.requests) > before)


def test_the_times_of_the_end_come_one_after_the_other_within_five_seconds():
    assert streaming_module.LAST_SECONDS < app.SHUTDOWN_SECONDS < app.LAST_SECONDS < 5
