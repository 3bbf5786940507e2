"""The log: its lines, and that no question, article or reply gets into one, however something fails."""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fake_pipeline import FakePipeline
from fastapi.testclient import TestClient
from model_server import ModelServer, breaks, fails, says
from served import started

from rag import logs
from rag.api import create_app
from rag.config import Settings
from rag.errors import EmbeddingError, LibraryError, ModelError, UsageError
from rag.pipeline import Pipeline
from rag.types import Answer
from rag.ui.desk import Desk
from rag.ui.talk import Talk
from rag.ui.views import Views

ROOT = Path(__file__).parent.parent
CANARY = "Zanzibarcanary"
QUESTION = f"What did the ship of Captain {CANARY} lose?"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The process's logging as it was."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    handlers, level = root.handlers, root.level
    levels = {name: logging.getLogger(name).level for name in ("rag", "app", "ingest", "__main__")}
    yield
    root.handlers = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    sys.excepthook, threading.excepthook, sys.unraisablehook = hooks


def configured(level: logs.Level = "debug", *, texts: bool = False) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(level, texts=texts, stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def told(text: str) -> bool:
    return CANARY.lower() in text.lower()


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:  # noqa: BLE001 - so that it has a traceback
        return caught


# --- lines


def test_a_line_is_one_json_object_with_what_a_program_looks_for():
    stream = configured()
    logs.request_id.set("abc")
    extra = {"method": "GET", "route": "/search", "status": 200, "milliseconds": 12, "key": "desk"}
    logging.getLogger("rag.api.metrics").info("GET %s", "/search", extra=extra)
    logs.request_id.set("")
    logging.getLogger("rag.other").warning("more\nthan a line\u2028 \x1b[31m")
    first, second = lines(stream)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first.pop("time"))
    assert first == {
        "level": "info",
        "logger": "rag.api.metrics",
        "message": "GET /search",
        "request_id": "abc",
        **extra,
    }
    assert set(second) == {"time", "level", "logger", "message"}


def test_on_a_terminal_a_line_is_for_people_and_commands_it_nothing():
    terminal = Terminal()
    logs.configure("info", stream=terminal)
    logging.getLogger("rag.any").warning("red \x1b[31m and\nbroken \x9b2J")
    logging.getLogger("rag.any").error("failed", exc_info=raised(ValueError("\x1b[31m")))
    text = terminal.getvalue()
    assert re.match(r"\d\d:\d\d:\d\d WARNING red  \[31m and broken  2J\n\d\d:\d\d:\d\d ERROR   failed\nTraceback", text)
    assert "\x1b" not in text and "\x9b" not in text


@pytest.mark.parametrize(
    ("level", "heard"),
    [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)],
)
def test_the_level_is_the_least_that_is_written_and_others_are_heard_from_a_warning_on(level: logs.Level, heard: int):
    stream = configured(level)
    loud = logging.getLogger("other.library")
    loud.setLevel(logging.DEBUG)
    for name in ("rag.any", "other.library"):
        for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
            logging.getLogger(name).log(number, "said")
    loud.setLevel(logging.NOTSET)
    found = lines(stream)
    assert len([line for line in found if line["logger"] == "rag.any"]) == heard
    assert {line["level"] for line in found if line["logger"] == "other.library"} == {"warning", "error"}


def test_a_line_that_cannot_be_written_is_said_without_what_it_held(capsys: pytest.CaptureFixture[str]):
    stream = configured()
    logging.getLogger("rag.any").warning("%d of them", CANARY)
    assert [line["message"] for line in lines(stream)] == ["A line could not be written."]
    assert not told(stream.getvalue() + "".join(capsys.readouterr()))


# --- what a line may hold


def test_of_an_error_the_kind_and_the_place_are_told_and_not_the_message():
    stream = configured()
    inner = raised(KeyError(CANARY))
    group = raised(ExceptionGroup(CANARY, [raised(ValueError(CANARY), inner)]))
    logging.getLogger("rag.any").error("failed", exc_info=group)
    (line,) = lines(stream)
    assert not told(stream.getvalue())
    trace = line["exception"]
    assert trace.index("KeyError (withheld") < trace.index("ValueError (withheld") < trace.index("ExceptionGroup (with")
    assert "test_logs.py" in trace and "in raised" in trace


def test_an_error_that_comes_of_itself_is_told_once():
    stream = configured()
    first, second = ValueError(), ValueError()
    first.__cause__, second.__cause__ = second, first
    logging.getLogger("rag.any").error("failed", exc_info=first)
    assert lines(stream)[0]["exception"].count("ValueError") == 2


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (LibraryError("data: no room."), "data: no room."),
        (EmbeddingError("It cannot be loaded."), "It cannot be loaded."),
        (ModelError(f"It said {CANARY}."), "ModelError (withheld, as LOG_QUESTIONS is false)"),
        (UsageError(f"{CANARY} is no question."), "UsageError (withheld, as LOG_QUESTIONS is false)"),
        (FileNotFoundError(2, "No such file", CANARY), "FileNotFoundError: No such file"),
    ],
)
def test_an_error_within_a_sentence_is_told_as_far_as_it_holds_no_text(error: Exception, sentence: str):
    stream = configured()
    logging.getLogger("rag.any").warning("It failed: %s", error)
    logging.getLogger("rag.any").warning(error)
    logging.getLogger("rag.any").warning("It failed: %(error)s", {"error": error})
    assert [line["message"] for line in lines(stream)] == [f"It failed: {sentence}", sentence, f"It failed: {sentence}"]


def test_of_another_library_only_who_and_where_is_told():
    stream = configured()
    logging.getLogger("some.client").error("sent %s", CANARY, exc_info=raised(ValueError(CANARY)))
    assert not told(stream.getvalue())
    (line,) = lines(stream)
    assert line["logger"] == "some.client" and line["message"].startswith("test_logs.py line")


def test_where_texts_are_allowed_all_is_told():
    stream = configured(texts=True)
    logging.getLogger("some.client").error("sent %s", "this", exc_info=raised(ValueError("that")))
    (line,) = lines(stream)
    assert line["message"] == "sent this" and "ValueError: that" in line["exception"]


def test_what_nobody_caught_is_a_line_as_well():
    program = (
        "import sys, threading; from rag import logs; logs.configure()\n"
        f"def fail(): raise ValueError('{CANARY[:4]}' + '{CANARY[4:]}')\n"
        "class Broken:\n    def __del__(self): fail()\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "Broken()\nfail()"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in ended.stderr.splitlines()]
    assert ended.returncode == 1 and len(found) == 3 and not told(ended.stderr)
    assert all(line["level"] == "critical" and "ValueError (withheld" in line["exception"] for line in found)


# --- a question that fails, in every face


ASKED = {
    "ask": ("POST", "/ask", {"json": {"question": QUESTION}}),
    "ask streamed": ("POST", "/ask", {"json": {"question": QUESTION}, "headers": {"Accept": "text/event-stream"}}),
    "search": ("GET", "/search", {"params": {"query": QUESTION}}),
    "compare": ("GET", "/compare", {"params": {"topic": QUESTION}}),
    "timeline": ("GET", "/timeline", {"params": {"topic": QUESTION}}),
    "article": ("GET", f"/articles/{CANARY}", {}),
    "no path": ("GET", f"/ask/{CANARY}", {}),
    "no question": ("POST", "/ask", {"json": {"question": CANARY * 500}}),
    "no JSON": ("POST", "/ask", {"content": f'{{"question": "{CANARY}'}),
    "chat": (
        "POST",
        "/v1/chat/completions",
        {"json": {"model": "crosscheck", "messages": [{"role": "user", "content": QUESTION}]}},
    ),
    "chat streamed": (
        "POST",
        "/v1/chat/completions",
        {"json": {"model": "crosscheck", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}},
    ),
    "mcp": (
        "POST",
        "/mcp",
        {
            "json": {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": "ask_news", "arguments": {"question": QUESTION}},
            },
            "headers": {"Accept": "application/json, text/event-stream"},
        },
    ),
}


@pytest.mark.parametrize(
    ("face", "kind"),
    [*((face, RuntimeError) for face in ASKED), ("ask", ModelError), ("search", LibraryError), ("mcp", ModelError)],
)
def test_a_question_that_fails_is_in_no_line(face: str, kind: type[Exception], capsys: pytest.CaptureFixture[str]):
    stream = configured()
    method, path, sent = ASKED[face]
    # A library's error tells of files, never of a question.
    error = kind("the disk is full") if kind is LibraryError else kind(f"failed on {QUESTION}")
    pipeline = FakePipeline(error=error)
    with TestClient(create_app(pipeline), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        response = client.request(method, path, **sent)
    assert not told(stream.getvalue() + "".join(capsys.readouterr()))
    access = [line for line in lines(stream) if "route" in line]
    assert [(line["method"], line["status"]) for line in access] == [(method, response.status_code)]
    assert access[0]["request_id"] == response.headers["x-request-id"] and access[0]["key"] == "anyone"
    # what failed stands in the log under the request's id
    failed = [line for line in lines(stream) if "exception" in line and line["request_id"] == access[0]["request_id"]]
    asked = bool(pipeline.asked)
    assert bool(failed) == (asked and kind is RuntimeError)


def test_where_texts_are_allowed_the_log_says_what_a_question_failed_on():
    stream = configured(texts=True)
    pipeline = FakePipeline(error=RuntimeError(f"failed on {QUESTION}"))
    with TestClient(create_app(pipeline), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        client.post("/ask", json={"question": QUESTION})
    assert QUESTION in stream.getvalue()


def test_a_question_that_fails_on_the_page_is_in_no_line(capsys: pytest.CaptureFixture[str]):
    stream = configured()
    pipeline = FakePipeline(error=RuntimeError(f"failed on {QUESTION}"))
    reader = SimpleNamespace(session_hash="one")
    *_, last = Desk(pipeline).ask(QUESTION, Talk(), [], "", "", None, reader)
    shown = Views(pipeline).coverage(QUESTION, [], "", "", None)
    assert "failed on the server" in str(last) and "failed on the server" in shown
    assert [line["message"] for line in lines(stream)] == ["A question failed.", "A view failed."]
    assert not told(stream.getvalue() + "".join(capsys.readouterr()))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("library")
    article = folder / "article.md"
    article.write_text(f"The ship of Captain {CANARY} lost its mast in a storm. The port of Lindow said so on Monday.")
    settings = Settings(_env_file=None, openai_api_key="sk-" + CANARY, openai_base_url=None)
    changes = {"data_dir": folder / "data", "cache_dir": settings.cache_dir.expanduser()}
    settings = settings.model_copy(update=changes)
    with Pipeline(settings) as pipeline:
        pipeline.ingest([article])
    return settings


@pytest.mark.parametrize(
    "behaviour",
    [
        fails(400, f"no word of the {CANARY}"),
        fails(401, f"wrong key sk-{CANARY}"),
        breaks(f"The ship of {CANARY} "),
        says(f"Captain {CANARY} drives a car [1]."),
        says(f"The ship of Captain {CANARY} lost its mast [1]."),
    ],
    ids=["refused", "key refused", "broken off", "unsupported", "answered"],
)
def test_a_model_that_fails_puts_no_text_and_no_key_into_the_log(library: Settings, behaviour):
    stream = configured("debug")
    for name in ("openai", "httpx2", "httpcore2"):  # which tell at debug all that they send
        logging.getLogger(name).setLevel(logging.DEBUG)
    with ModelServer(behaviour) as server:
        settings = library.model_copy(update={"openai_base_url": server.base_url})
        with Pipeline(settings) as pipeline, TestClient(create_app(pipeline), base_url="http://127.0.0.1") as client:
            answer = client.post("/ask", json={"question": QUESTION}).json()
    for name in ("openai", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    assert answer["hits"] and server.requests and CANARY in server.requests[0].prompt
    assert not told(stream.getvalue()) and [line["status"] for line in lines(stream)] == [200]


def test_who_counts_answers_and_fails_costs_nobody_one_and_tells_nothing(library: Settings):
    stream = configured()
    settings, listened = library.model_copy(update={"openai_api_key": None}), []

    def fail(answer: Answer) -> None:
        raise RuntimeError(answer.question)

    with Pipeline(settings) as pipeline:
        pipeline.listeners += [fail, listened.append]
        answer = pipeline.answer(QUESTION)
    assert listened == [answer] and answer.finished and answer.timings["total"] > 0
    assert [line["message"] for line in lines(stream)] == ["A listener failed."] and not told(stream.getvalue())


# --- the middleware's lines


def test_probes_are_for_who_looks_closely():
    stream = configured("info")
    with TestClient(create_app(FakePipeline()), base_url="http://127.0.0.1") as client:
        for path in ("/healthz", "/metrics", "/articles", "/healthz?no"):
            client.get(path)
        client.post("/metrics")
    assert [(line["route"], line["status"]) for line in lines(stream)] == [("/articles", 200), ("/metrics", 405)]


def test_the_server_itself_writes_such_lines(tmp_path: Path):
    with started(folder=tmp_path) as (process, address):
        httpx.get(f"{address}/articles/{CANARY}", timeout=10)
        httpx.get(f"{address}/search", params={"query": CANARY}, timeout=10)
        httpx.get(f"{address}/page/page.css", timeout=10)
        process.terminate()
        _, written = process.communicate(timeout=20)
    found = [json.loads(line) for line in written.splitlines()]
    assert [(line["route"], line["status"]) for line in found] == [("/articles/{article_id}", 404), ("/search", 200)]
    assert not told(written)
