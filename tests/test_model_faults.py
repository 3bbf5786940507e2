"""Whatever the server of a language model does, a question is answered: by quotations, and a notice that says why."""

from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace

import pytest
from fastapi.testclient import TestClient
from model_faults import ENDLESS, FAULTS, ODD, SAID, Kind
from model_server import Behaviour, ModelServer, fails, refused, says, silent

from rag import logs
from rag.api import create_app
from rag.articles import Text
from rag.breaker import MOST, PAUSE, Breaker
from rag.config import Settings
from rag.embedding import Embedder
from rag.models import Model, failures
from rag.pipeline import Pipeline
from rag.types import Answer

KEY = "sk-test-4711-secret"
QUESTION = "How many boats sank at Osterby?"
INSTEAD = " These are the articles’ own words instead."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Pipeline]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("library"))
    with Pipeline(settings, embedder=embedder) as pipeline:
        told = "The storm sank 12 boats at Osterby on Monday. It broke the old quay. Greta Holm promised new boats."
        pipeline.ingest([Text(text=told, title="Storm over Osterby", outlet="Harbour Post", published_at="2021-05-03")])
        yield pipeline


@pytest.fixture(scope="module")
def quotations(library: Pipeline) -> Answer:
    """The answer without a model."""
    library.model = None
    return library.answer(QUESTION)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "BACKOFF", 0.0)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that would be written down, at its finest."""
    written, root, own = io.StringIO(), logging.getLogger(), logging.getLogger("rag")
    handler, levels = logs.handler(written), (root.level, own.level)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    own.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def model(base_url: str, *, timeout: float = 30.0, breaker: Breaker | None = None) -> Model:
    named = Settings(
        _env_file=None, openai_api_key=KEY, openai_base_url=base_url, openai_model="m-1", model_timeout=timeout
    )
    return Model(named, breaker=breaker)


def replaced(answer: Answer, quotations: Answer) -> str:
    """The notice of an answer that is else the one without a model."""
    assert answer.notice is not None and answer.notice.endswith(INSTEAD)
    assert replace(answer, notice=None, timings={}) == replace(quotations, timings={})
    sentence = answer.notice.removesuffix(INSTEAD)
    assert sentence.endswith(".") and "\n" not in sentence and sentence.isprintable()
    assert KEY not in sentence and SAID not in sentence and len(sentence) < 500
    return sentence


@pytest.mark.parametrize("kind", ["stream", "whole"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_replaced_by_quotations_and_a_notice(
    fault: str, kind: Kind, library: Pipeline, quotations: Answer, log: io.StringIO
):
    with ModelServer(always=FAULTS[fault](kind)) as server:
        library.model = model(server.base_url)
        *grown, streamed = library.stream(QUESTION)
        assert 1 <= len(server.requests) <= 3
        assert replaced(streamed, quotations) == replaced(library.answer(QUESTION), quotations)
    assert all(not step.finished for step in grown) and SAID not in "".join(step.text for step in grown)
    assert KEY not in log.getvalue() and SAID not in log.getvalue()


@pytest.mark.parametrize("fault", ENDLESS)
def test_a_fault_without_end_is_ended(fault: str, library: Pipeline, quotations: Answer, log: io.StringIO):
    with ModelServer(always=ENDLESS[fault]("stream")) as server:
        library.model = model(server.base_url, timeout=0.5)
        replaced(library.answer(QUESTION), quotations)
        assert 1 <= len(server.requests) <= 3
    # and the server's threads have ended, else leaving the block would have waited for them
    assert KEY not in log.getvalue() and SAID not in log.getvalue()


@pytest.mark.parametrize("name", ODD)
def test_an_odd_reply_ends_in_an_answer_that_can_be_sent(name: str, library: Pipeline):
    with ModelServer(ODD[name]) as server:
        library.model = model(server.base_url)
        steps = list(library.stream(QUESTION))
    assert steps[-1].finished
    sent = json.dumps([asdict(step) for step in steps], ensure_ascii=False)
    assert sent.encode("utf-8") and "\0" not in sent and SAID not in sent
    assert 0 <= steps[-1].usage.prompt_tokens < 10**10 and 0 <= steps[-1].usage.completion_tokens < 10**10


def test_halves_of_a_character_in_two_events_are_one_character(library: Pipeline):
    with ModelServer(ODD["half characters"]) as server:
        assert "".join(model(server.base_url).stream([])) == "The \U0001f600 half \ufffd \ufffd."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_no_key_goes_elsewhere(status: int, library: Pipeline, quotations: Answer):
    with ModelServer(says("No.")) as elsewhere, ModelServer() as server:
        server.always = fails(status, location=f"{elsewhere.base_url}/chat/completions")
        library.model = model(server.base_url)
        assert "check OPENAI_BASE_URL" in replaced(library.answer(QUESTION), quotations)
        assert elsewhere.requests == [] and len(server.requests) == 1


def test_a_port_on_which_nobody_listens(library: Pipeline, quotations: Answer):
    with refused() as address:
        library.model = model(address)
        assert replaced(library.answer(QUESTION), quotations).startswith("Nothing answers at ")


def test_a_connection_that_nobody_takes_up(library: Pipeline, quotations: Answer):
    with socket.create_server(("127.0.0.1", 0), backlog=1) as half_open:
        library.model = model(f"http://127.0.0.1:{half_open.getsockname()[1]}/v1", timeout=0.5)
        assert "MODEL_TIMEOUT" in replaced(library.answer(QUESTION), quotations)


def test_tls_asked_of_a_plain_port(library: Pipeline, quotations: Answer):
    with ModelServer() as server:
        library.model = model(server.base_url.replace("http://", "https://"))
        replaced(library.answer(QUESTION), quotations)
        assert server.requests == []


@pytest.mark.parametrize("path", ["/ask", "/v1/chat/completions"])
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("fault", ["reset in the middle of the words", "status 503", "garbled JSON", "silence"])
def test_the_api_answers_whatever_the_model_does(path: str, streamed: bool, fault: str, library: Pipeline):
    behaviour: Behaviour = silent(SAID) if fault == "silence" else FAULTS[fault]("stream")
    with (
        ModelServer(always=behaviour) as server,
        TestClient(create_app(library), base_url="http://127.0.0.1") as client,
    ):
        library.model = model(server.base_url, timeout=0.5)
        asked = {"question": QUESTION, "model": "crosscheck", "messages": [{"role": "user", "content": QUESTION}]}
        asked = {"question": QUESTION} if path == "/ask" else {**asked, "stream": streamed}
        accept = "text/event-stream" if streamed else "application/json"
        response = client.post(path, json=asked, headers={"Accept": accept})
    assert response.status_code == 200 and response.headers["content-type"].startswith(accept)
    assert "12 boats" in response.text and "own words instead" in response.text
    assert KEY not in response.text and SAID not in response.text
    assert response.text.rstrip().endswith("[DONE]") or path == "/ask" or not streamed


def test_no_attempt_follows_a_word_that_was_shown(library: Pipeline, quotations: Answer):
    supported = "The storm sank 12 boats at Osterby on Monday [1]. It broke"
    with ModelServer(FAULTS["reset before the head"]("stream"), silent(supported), says("No.")) as server:
        library.model = model(server.base_url, timeout=2.0)
        *grown, last = library.stream(QUESTION)
        assert any(step.mode == "model" and "12 boats" in step.text for step in grown)
        replaced(last, quotations)
        assert len(server.requests) == 2


# --- the breaker


class Clock:
    """Seconds that the test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_dead_server_is_left_alone_then_tried_once_and_then_asked_again(
    library: Pipeline, quotations: Answer, log: io.StringIO
):
    clock = Clock()
    with ModelServer(always=fails(501, "no")) as server:
        library.model = model(server.base_url, breaker=Breaker(clock=clock))
        for _ in range(MOST + 4):
            notice = replaced(library.answer(QUESTION), quotations)
        assert len(server.requests) == MOST
        assert "is not asked for another 30 s" in notice
        clock.now += PAUSE
        for _ in range(3):
            replaced(library.answer(QUESTION), quotations)
        assert len(server.requests) == MOST + 1
        clock.now += PAUSE
        server.always = says("The storm sank 12 boats at Osterby on Monday [1].")
        for _ in range(3):
            answer = library.answer(QUESTION)
            assert answer.mode == "model" and answer.notice is None
        assert len(server.requests) == MOST + 4
    lines = [json.loads(line)["message"] for line in log.getvalue().splitlines() if "language model" in line]
    assert len(lines) == 2 and "left alone for 30 seconds" in lines[0] and "answers again" in lines[1]


@pytest.mark.parametrize("fault", ["status 400", "status 413", "status 422", "filtered", "cut at its longest"])
def test_a_question_that_the_server_refuses_is_no_sign_that_it_is_dead(fault: str, library: Pipeline):
    with ModelServer(always=FAULTS[fault]("stream")) as server:
        library.model = model(server.base_url, breaker=Breaker())
        for _ in range(MOST + 2):
            library.answer(QUESTION)
        assert len(server.requests) >= MOST + 2 and library.model.spared is None


@pytest.mark.parametrize("fault", ["429, again in an hour", "503, again in an hour", "429, again for ever"])
def test_a_server_that_asks_for_a_pause_is_given_it(fault: str, library: Pipeline, quotations: Answer):
    clock = Clock()
    with ModelServer(always=FAULTS[fault]("stream")) as server:
        library.model = model(server.base_url, breaker=Breaker(clock=clock))
        replaced(library.answer(QUESTION), quotations)
        assert "for another 300 s" in replaced(library.answer(QUESTION), quotations)
        assert len(server.requests) == 1


def test_a_reply_that_its_reader_leaves_is_no_failure(library: Pipeline):
    with ModelServer(always=silent("The storm ")) as server:
        asked = model(server.base_url, breaker=Breaker())
        for _ in range(MOST + 2):
            with closing(asked.stream([])) as reply:
                next(reply)
        assert asked.spared is None


def test_what_the_server_said_to_one_reader_is_not_told_to_the_next(library: Pipeline, quotations: Answer):
    with ModelServer(always=fails(501, "cannot say who Ada Quillfeather met")) as server:
        library.model = model(server.base_url, breaker=Breaker())
        told = [replaced(library.answer(QUESTION), quotations) for _ in range(MOST + 1)]
    assert ["Quillfeather" in sentence for sentence in told] == [True] * MOST + [False]


def test_what_is_proposed_goes_by_the_same_breaker(library: Pipeline, quotations: Answer):
    proposing = library.settings.model_copy(update={"model_proposes": True})
    with Pipeline(proposing, embedder=library.embedder) as pipeline, ModelServer(always=fails(501)) as server:
        pipeline.model = model(server.base_url, breaker=Breaker())
        for _ in range(4):
            replaced(pipeline.answer(QUESTION), quotations)
        assert len(server.requests) == MOST


def test_whether_the_model_is_left_alone_is_in_the_metrics_and_in_readyz(library: Pipeline):
    library.embedder.embed(["warm"])
    with (
        ModelServer(always=fails(501)) as server,
        TestClient(create_app(library), base_url="http://127.0.0.1") as client,
    ):
        library.model = model(server.base_url, breaker=Breaker())
        for state in (0, 1):
            assert f"crosscheck_model_circuit_open {state}.0" in client.get("/metrics").text
            ready = client.get("/readyz")
            assert ready.status_code == 200 and ("notices" in ready.json()) == bool(state)
            assert "127.0.0.1" not in ready.text
            for _ in range(MOST):
                library.answer(QUESTION)
        library.model = None
        assert "circuit" not in client.get("/metrics").text
