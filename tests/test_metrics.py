"""What is counted, read as Prometheus reads it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import httpx
import pytest
from fake_pipeline import FakePipeline, answer
from fastapi.testclient import TestClient
from page_pipeline import PagePipeline
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser
from serving import serving

from rag import ui
from rag.api import create_app
from rag.errors import LibraryError
from rag.metrics import Load, Metrics
from rag.types import Answer, Usage

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
QUESTION = {"question": "How long is the bridge shut?"}


def made(**changes) -> Metrics:
    given = {
        "held": lambda: SimpleNamespace(articles=3, passages=9),
        "load": lambda: Load(in_progress=2, waiting=1),
    }
    return Metrics(**(given | changes))


def read(counted: Metrics) -> dict[tuple[str, frozenset], float]:
    """Every sample by its name and its labels."""
    text, _ = counted.read()
    return samples(text.decode())


def samples(text: str) -> dict[tuple[str, frozenset], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: dict, name: str, **labels: str) -> float | None:
    return found.get((f"crosscheck_{name}", frozenset(labels.items())))


# --- answers


def test_an_answer_is_counted_with_all_that_it_holds():
    counted = made()
    whole = answer("How long?")
    counted.count_answer(
        replace(
            whole,
            mode="model",
            timings={"search": 20.0, "total": 1_200.0},
            usage=Usage(prompt_tokens=70, completion_tokens=8),
            unsupported=2,
        )
    )
    found = read(counted)
    assert value(found, "answers_total", mode="model", outcome="answered", reason="") == 1
    assert value(found, "model_tokens_total", kind="prompt") == 70
    assert value(found, "model_tokens_total", kind="completion") == 8
    assert value(found, "unsupported_statements_total") == 2
    assert value(found, "disagreements_total", kind="conflict") == 1
    assert value(found, "model_replies_replaced_total") == 0
    assert value(found, "answer_stage_duration_seconds_sum", stage="search") == pytest.approx(0.02)
    assert value(found, "answer_duration_seconds_sum", mode="model") == pytest.approx(1.2)
    assert value(found, "answer_duration_seconds_bucket", mode="model", le="1.0") == 0
    assert value(found, "answer_duration_seconds_bucket", mode="model", le="1.5") == 1
    assert value(found, "answer_stage_duration_seconds_count", stage="total") is None  # no stage: it would count twice


def test_an_abstention_is_counted_by_its_reason():
    counted = made()
    silent = Answer(question="?", standalone_question="?", text="No.", abstained=True, reason="no_evidence")
    for _ in range(2):
        counted.count_answer(silent)
    assert value(read(counted), "answers_total", mode="offline", outcome="abstained", reason="no_evidence") == 2


def test_an_answer_in_a_failed_models_place_is_counted_as_such():
    counted = made()
    counted.count_answer(replace(answer("How long?"), notice="Nothing answers there."))
    counted.count_answer(replace(answer("How long?"), mode="model", notice="A sentence was left out."))
    assert value(read(counted), "model_replies_replaced_total") == 1


# --- requests


def test_requests_are_counted_by_route_method_and_class_of_status():
    counted = made()
    for status, seconds in ((200, 0.1), (201, 0.2), (503, 0.3)):
        counted.count_request(route="/ask", method="POST", status=status, seconds=seconds, refused=False)
    found = read(counted)
    assert value(found, "http_requests_total", route="/ask", method="POST", status="2xx") == 2
    assert value(found, "http_requests_total", route="/ask", method="POST", status="5xx") == 1
    assert value(found, "http_request_duration_seconds_sum", route="/ask") == pytest.approx(0.6)


def test_a_made_up_method_makes_no_label():
    counted = made()
    for number in range(50):
        counted.count_request(route="/ask", method=f"BREW{number}", status=405, seconds=0.0, refused=False)
    assert value(read(counted), "http_requests_total", route="/ask", method="other", status="4xx") == 50


# --- what is so at the moment


def test_the_library_and_the_queue_are_asked_at_each_reading():
    held, load = SimpleNamespace(articles=1, passages=2), Load(in_progress=0, waiting=0)
    counted = made(held=lambda: held, load=lambda: load)
    assert value(read(counted), "library_articles") == 1
    held.articles, load = 5, Load(in_progress=6, waiting=4)
    found = read(counted)
    assert value(found, "library_articles") == 5 and value(found, "library_passages") == 2
    assert value(found, "questions_in_progress") == 6 and value(found, "questions_waiting") == 4


def test_a_library_that_cannot_be_read_has_no_size_and_the_rest_is_told(caplog: pytest.LogCaptureFixture):
    def held() -> SimpleNamespace:
        raise LibraryError("data: the ledger is gone.")

    found = read(made(held=held))
    assert value(found, "library_articles") is None and value(found, "questions_waiting") == 1
    assert "the ledger is gone" in caplog.text


def test_memory_and_time_of_the_process_are_told():
    found = read(made())
    assert found["process_resident_memory_bytes", frozenset()] > 1_000_000
    assert found["process_cpu_seconds_total", frozenset()] > 0


def test_the_counts_of_two_applications_are_apart():
    first, second = made(), made()
    first.count_answer(answer("How long?"))
    assert value(read(second), "answers_total", mode="offline", outcome="answered", reason="") is None


# --- names and forms


def test_names_are_as_prometheus_wants_them():
    counted = made()
    counted.count_answer(answer("How long?"))
    counted.count_request(route="/ask", method="POST", status=429, seconds=0.0, refused=True)
    families = list(parser.text_string_to_metric_families(counted.read()[0].decode()))
    for family in families:
        assert family.documentation, family.name
        assert family.name.startswith(("crosscheck_", "process_")), family.name
        if family.type == "counter":
            assert all(sample.name.endswith("_total") for sample in family.samples), family.name
        if family.type == "histogram":
            assert family.name.endswith("_seconds"), family.name
    assert len({family.name for family in families}) == len(families)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/html", "text/plain; version=0.0.4; charset=utf-8"),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"),
    ],
)
def test_the_form_is_the_one_that_is_asked_for(accept: str, media_type: str):
    text, kind = made().read(accept)
    assert kind == media_type
    assert text.endswith(b"# EOF\n") == kind.startswith("application/openmetrics-text")


def test_what_is_asked_for_as_openmetrics_is_openmetrics():
    counted = made()
    counted.count_answer(answer("How long?"))
    families = openmetrics_parser.text_string_to_metric_families(counted.read(OPENMETRICS)[0].decode())
    assert {"crosscheck_answers", "crosscheck_library_articles"} <= {family.name for family in families}


# --- the application


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def api(pipeline: FakePipeline) -> Iterator[TestClient]:
    with TestClient(create_app(pipeline), base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def scraped(api: TestClient) -> dict:
    response = api.get("/metrics")
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return samples(response.text)


def routes(found: dict) -> set[str]:
    return {dict(labels)["route"] for name, labels in found if name == "crosscheck_http_requests_total"}


def test_an_answer_counts_once_whatever_way_it_was_asked_for(api: TestClient):
    chat = {"model": "crosscheck", "messages": [{"role": "user", "content": "How long?"}]}
    tool = {"name": "ask_news", "arguments": {"question": "How long?"}}
    asked = [
        ("/ask", QUESTION, {}),
        ("/ask", QUESTION, {"Accept": "text/event-stream"}),
        ("/v1/chat/completions", chat, {}),
        ("/v1/chat/completions", chat | {"stream": True}, {}),
        (
            "/mcp",
            {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": tool},
            {"Accept": "application/json, text/event-stream"},
        ),
    ]
    for path, body, headers in asked:
        assert api.post(path, json=body, headers=headers).status_code == 200
    found = scraped(api)
    assert value(found, "answers_total", mode="offline", outcome="answered", reason="") == len(asked)
    assert value(found, "http_requests_total", route="/ask", method="POST", status="2xx") == 2
    assert {"/ask", "/v1/chat/completions", "/mcp"} <= routes(found)


def test_a_route_is_its_template_and_a_path_of_none_is_nobodys(api: TestClient):
    for name in ("bridge-reopens", "no-such", "x" * 500):
        api.get(f"/articles/{name}")
    for path in ("/ask/what-is-this", "/v1/secret", "/mcp/deeper/still"):
        api.get(path)
    api.request("BREW", "/articles")
    found = scraped(api)
    assert value(found, "http_requests_total", route="/articles/{article_id}", method="GET", status="4xx") == 2
    assert value(found, "http_requests_total", route="none", method="GET", status="4xx") == 3
    assert routes(found) == {"/articles", "/articles/{article_id}", "none"}


def test_what_the_gate_refuses_is_counted_by_its_status(api: TestClient):
    api.get("/articles", headers={"Host": "elsewhere.example"})
    api.post("/ask", json=QUESTION, headers={"Origin": "https://elsewhere.example"})
    api.post("/ask", json=QUESTION | {"question": ""})  # refused by the route, not by the gate
    found = scraped(api)
    assert value(found, "http_requests_refused_total", status="400") == 1
    assert value(found, "http_requests_refused_total", status="403") == 1
    assert value(found, "http_requests_refused_total", status="422") is None


def test_a_fault_of_ours_is_counted_as_one(api: TestClient, pipeline: FakePipeline):
    pipeline.error = RuntimeError("no")
    assert api.get("/search", params={"query": "bridge"}).status_code == 500
    assert value(scraped(api), "http_requests_total", route="/search", method="GET", status="5xx") == 1


def test_questions_in_progress_are_told_while_they_are(pipeline: FakePipeline):
    counted = create_app(pipeline)
    with TestClient(counted, base_url="http://127.0.0.1") as api:
        entered, leave = threading.Event(), threading.Event()

        def waiting() -> None:
            with pipeline.turns.question(), pipeline.turns.turn():
                entered.set()
                assert leave.wait(20)

        threads = [threading.Thread(target=waiting) for _ in range(4)]
        for thread in threads:
            thread.start()
        assert entered.wait(20)
        found = scraped(api)
        leave.set()
        for thread in threads:
            thread.join(20)
        assert value(found, "questions_in_progress") >= 1
        found = scraped(api)
        assert value(found, "questions_in_progress") == value(found, "questions_waiting") == 0
        assert value(found, "library_articles") == 3


def test_the_document_describes_it(api: TestClient):
    responses = api.get("/openapi.json").json()["paths"]["/metrics"]["get"]["responses"]
    assert set(responses["200"]["content"]) == {"text/plain", "application/openmetrics-text"}


def test_the_page_is_counted_under_few_names():
    pipeline = PagePipeline()
    with serving(ui.mount(create_app(pipeline), pipeline)) as address, httpx.Client(base_url=address) as reader:
        for path in ("/", "/config", "/page/page.css", "/no/such/thing", "/page/no-such.css", "/read/unknown"):
            reader.get(path)
        with reader.stream("GET", "/gradio_api/heartbeat/abc"):
            pass
        found = samples(reader.get("/metrics").text)
    assert value(found, "http_requests_total", route="page", method="GET", status="2xx") == 3
    assert value(found, "http_requests_total", route="page", method="GET", status="4xx") == 2
    assert routes(found) - {"page_stream"} == {"page", "/read/{article_id:path}"}


def test_openmetrics_is_given_to_who_asks(api: TestClient):
    response = api.get("/metrics", headers={"Accept": OPENMETRICS})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.headers["cache-control"] == "no-store"
    assert list(openmetrics_parser.text_string_to_metric_families(response.text))
