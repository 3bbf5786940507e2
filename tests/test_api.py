import http.client
import itertools
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, fields, replace

import httpx2
import pytest
from fake_pipeline import ARTICLES, FakePipeline, answer, growth
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import serving
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route

from rag.api import create_app
from rag.config import Settings
from rag.errors import (
    ArticleError,
    CrosscheckError,
    EmbeddingError,
    LibraryBusyError,
    LibraryError,
    LibraryServerError,
    ModelError,
    NotFoundError,
    UsageError,
)
from rag.types import Answer, Citation, Disagreement, Filters, Position, Statement, Turn

ADDRESS = "http://127.0.0.1:7860"
QUESTION = {"question": "How long is the bridge shut?"}
STREAM = {"Accept": "text/event-stream"}


def client(pipeline: FakePipeline, **options) -> TestClient:
    return TestClient(create_app(pipeline, **options), base_url=ADDRESS, raise_server_exceptions=False)


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def api(pipeline: FakePipeline) -> TestClient:
    return client(pipeline)


def as_json(value: object) -> object:
    return json.loads(json.dumps(asdict(value)))


def events(response: httpx2.Response) -> Iterator[tuple[str, dict]]:
    """Name and data of each event, as they come; a comment is named `:`."""
    name = "message"
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
        elif line.startswith(":"):
            yield ":", {}


def assert_problem(response: httpx2.Response, status: int) -> dict:
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["detail"]
    assert body["request_id"] == response.headers["x-request-id"]
    assert "Traceback" not in response.text
    return body


# Questions


def test_an_answer_comes_under_the_names_of_the_types(api: TestClient):
    response = api.post("/ask", json=QUESTION)
    assert response.status_code == 200
    assert response.json() == as_json(answer(QUESTION["question"]))


def full(question: str) -> Answer:
    """An answer in which every field says something."""
    whole = answer(question)
    near = replace(whole.citations[0], speaker="the mayor", event_date="2024-11-28")
    disputed = replace(whole.disagreements[0], matter="figure", kind="update")
    wrong = replace(whole.statements[0], support="unsupported", reason="No source says so.")
    return replace(
        whole,
        statements=(*whole.statements, wrong),
        citations=(near, whole.citations[1]),
        disagreements=(disputed,),
        nearest=(near,),
        unanswered=("Who pays?",),
        score=0.75,
    )


def test_whose_words_of_which_day_what_is_disputed_and_what_came_nearest_are_in_the_json():
    given = full(QUESTION["question"])
    body = client(FakePipeline(steps=[given])).post("/ask", json=QUESTION).json()
    assert body == as_json(given)
    assert (body["citations"][0]["speaker"], body["nearest"][0]["event_date"]) == ("the mayor", "2024-11-28")
    assert (body["disagreements"][0]["matter"], body["unanswered"], body["score"]) == ("figure", ["Who pays?"], 0.75)


def test_the_description_names_every_field_of_what_is_given(api: TestClient):
    schemas = api.get("/openapi.json").json()["components"]["schemas"]
    for kind in (Answer, Citation, Disagreement, Position, Statement):
        assert set(schemas[kind.__name__]["properties"]) == {field.name for field in fields(kind)}
    assert {"nearest", "unanswered", "score"} <= set(schemas["Evidence"]["properties"])


def test_the_conversation_and_the_limits_reach_the_pipeline(api: TestClient, pipeline: FakePipeline):
    turns = [{"role": "user", "content": "Is the bridge shut?"}, {"role": "assistant", "content": "It is [1]."}]
    limits = {"outlets": ["Quay Post"], "since": "2024-11-01", "until": "2024-12-01", "articles": ["a", "b"]}
    assert api.post("/ask", json={**QUESTION, "history": turns, **limits}).status_code == 200
    assert pipeline.asked == [
        (
            QUESTION["question"],
            tuple(Turn(**turn) for turn in turns),
            Filters(outlets=("Quay Post",), since="2024-11-01", until="2024-12-01", articles=("a", "b")),
        )
    ]


def test_all_but_the_question_may_be_null_or_absent_and_more_may_be_said(api: TestClient, pipeline: FakePipeline):
    nothing = {"history": None, "outlets": None, "since": None, "until": None, "articles": None, "temperature": 0}
    assert api.post("/ask", json={**QUESTION, **nothing}).status_code == 200
    assert pipeline.asked == [(QUESTION["question"], (), Filters())]


def test_nul_and_half_characters_are_made_harmless(api: TestClient, pipeline: FakePipeline):
    body = json.dumps({"question": "bridge\0 \ud800 \U0001f309?", "outlets": ["\udfff"]})
    assert api.post("/ask", content=body, headers={"Content-Type": "application/json"}).status_code == 200
    assert pipeline.asked[0] == ("bridge  \ufffd \U0001f309?", (), Filters(outlets=("\ufffd",)))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "question"),
        ({"question": ""}, "empty"),
        ({"question": "x" * 2001}, "2,001"),
        ({"question": None}, "question"),
        ({"question": ["x"]}, "question"),
        ({**QUESTION, "since": "yesterday"}, "2024-12-01"),
        ({**QUESTION, "until": 20241201}, "until"),
        ({**QUESTION, "since": "2024-12-02", "until": "2024-12-01"}, "since"),
        ({**QUESTION, "history": [{"role": "tool", "content": "x"}]}, "history.0.role"),
        ({**QUESTION, "outlets": "Quay Post"}, "outlets"),
        ([], "JSON object"),
        ("x", "JSON object"),
    ],
)
def test_a_wrong_question_is_a_problem_in_one_sentence(api: TestClient, body: object, said: str):
    assert said in assert_problem(api.post("/ask", json=body), 422)["detail"]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"question": ' + b"9" * 5000 + b"}"])
def test_a_body_that_is_no_json_is_a_problem(api: TestClient, content: bytes):
    response = api.post("/ask", content=content, headers={"Content-Type": "application/json"})
    assert_problem(response, response.status_code)
    assert response.status_code in (400, 422)


def test_a_form_is_not_taken_for_json(api: TestClient):
    response = api.post("/ask", content=json.dumps(QUESTION), headers={"Content-Type": "text/plain"})
    assert "application/json" in assert_problem(response, 422)["detail"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "question": JSON | st.text(st.characters()),
        "history": JSON | st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "x"]), "content": JSON})),
        "outlets": JSON,
        "since": JSON | st.dates().map(str),
        "until": JSON | st.dates().map(str),
        "articles": JSON,
    },
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | JSON)
def test_whatever_json_is_posted_is_answered_or_refused_with_a_sentence(api: TestClient, body: object):
    response = api.post("/ask", content=json.dumps(body), headers={"Content-Type": "application/json"})
    if response.status_code != 200:
        assert_problem(response, 422)


# Growing answers


def test_a_streamed_answer_grows_until_it_is_finished():
    pipeline = FakePipeline(step=threading.Semaphore(0))
    steps = [as_json(step) for step in growth(answer(QUESTION["question"]))]
    with serving(create_app(pipeline)) as address, httpx2.Client() as http:
        pipeline.step.release()
        with http.stream("POST", f"{address}/ask", json=QUESTION, headers=STREAM, timeout=20) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            assert response.headers["cache-control"] == "no-cache"
            for number, (name, data) in enumerate(events(response)):
                assert (name, data) == ("answer", steps[number])
                pipeline.step.release()
    assert data["finished"]


def test_a_slow_reader_gets_the_last_answer():
    whole = answer("x")
    many = [replace(whole, text=f"{number}", finished=False) for number in range(500)]
    with (
        client(FakePipeline(steps=[*many, whole])) as api,
        api.stream("POST", "/ask", json=QUESTION, headers=STREAM) as r,
    ):
        seen = [data for _, data in events(r)]
    assert len(seen) < 100
    assert seen[-1] == as_json(whole)


def test_silence_is_broken_by_comments():
    pipeline = FakePipeline(step=threading.Semaphore(0))
    with (
        serving(create_app(pipeline, heartbeat=0.01)) as address,
        httpx2.Client() as http,
        http.stream("POST", f"{address}/ask", json=QUESTION, headers=STREAM, timeout=20) as response,
    ):
        names = (name for name, _ in events(response))
        assert [next(names), next(names)] == [":", ":"]
        pipeline.step.release(3)
        assert "answer" in list(names)


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_the_work_ends_when_the_client_leaves(accept: str):
    endless = itertools.repeat(replace(answer("x"), finished=False))
    pipeline = FakePipeline(steps=endless, step=threading.Semaphore(0))
    with serving(create_app(pipeline, heartbeat=0.05)) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        headers = {"Content-Type": "application/json", "Accept": accept}
        connection.request("POST", "/ask", json.dumps(QUESTION), headers)
        pipeline.step.release()
        connection.close()
        for _ in range(400):
            if pipeline.ended.wait(0.05):
                break
            pipeline.step.release()
    assert pipeline.ended.is_set()


def test_more_questions_than_places_wait_their_turn():
    pipeline = FakePipeline(step=threading.Semaphore(0), settings=Settings(_env_file=None, max_wait=60))
    with serving(create_app(pipeline)) as address, httpx2.Client(timeout=30) as http:
        results: list[int] = []
        askers = [
            threading.Thread(target=lambda: results.append(http.post(f"{address}/ask", json=QUESTION).status_code))
            for _ in range(40)
        ]
        for asker in askers:
            asker.start()
        assert http.get(f"{address}/healthz").status_code == 200
        for _ in range(40 * 3):
            pipeline.step.release()
        for asker in askers:
            asker.join(30)
    assert results == [200] * 40


def test_an_error_at_once_is_a_status_even_when_a_stream_was_wanted():
    for headers in ({}, STREAM):
        problem = assert_problem(client(FakePipeline()).post("/ask", json={"question": " "}, headers=headers), 422)
        assert problem["detail"] == "body.question: This is empty; ask with a word at least."


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (LibraryError("The library went away; mount the disk."), 500, r"The library went away; mount the disk\."),
        (RuntimeError("secret"), 500, r"Something failed inside Crosscheck; .*"),
    ],
)
def test_an_error_in_a_begun_stream_is_its_last_event(error: Exception, status: int, detail: str):
    first = growth(answer("x"))[0]
    pipeline = FakePipeline(steps=[first], step=threading.Semaphore(0), error=error)
    with serving(create_app(pipeline)) as address, httpx2.Client() as http:
        pipeline.step.release()
        with http.stream("POST", f"{address}/ask", json=QUESTION, headers=STREAM, timeout=20) as response:
            seen = list(events(response))
    assert [name for name, _ in seen] == ["answer", "problem"]
    problem = seen[-1][1]
    assert problem["status"] == status
    assert re.fullmatch(detail, problem["detail"])
    assert problem["request_id"] == response.headers["x-request-id"]


# Searches and articles


def test_a_search_gives_hits_with_the_parts_of_their_scores(api: TestClient, pipeline: FakePipeline):
    response = api.get(
        "/search", params={"query": "bridge", "limit": 2, "outlet": ["A", "B"], "since": "2024-01-01", "article": "a"}
    )
    assert response.status_code == 200
    assert response.json() == [as_json(hit) for hit in pipeline.search("bridge", limit=2)]
    assert pipeline.asked[0] == ("bridge", (), Filters(outlets=("A", "B"), since="2024-01-01", articles=("a",)))
    api.get("/search", params={"query": "bridge", "article": ["a", "b"]})
    assert pipeline.asked[-1] == ("bridge", (), Filters(articles=("a", "b")))


@pytest.mark.parametrize(
    "params", [{}, {"query": ""}, {"query": "x" * 2001}, {"query": "x", "limit": 0}, {"query": "x", "since": "1"}]
)
def test_a_wrong_search_is_a_problem(api: TestClient, params: dict):
    assert_problem(api.get("/search", params=params), 422)


def test_an_article_is_read_whole_so_that_offsets_can_be_looked_up(api: TestClient):
    for cited in api.post("/ask", json=QUESTION).json()["citations"]:
        article = api.get(f"/articles/{cited['article_id']}").json()
        assert article["text"][cited["start"] : cited["end"]] == cited["quote"]
    assert article == as_json(ARTICLES[1])


# Errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("No."), 422),
        (ArticleError("No."), 422),
        (NotFoundError("No."), 404),
        (LibraryBusyError("No."), 503),
        (LibraryServerError("No."), 503),
        (LibraryError("No."), 500),
        (EmbeddingError("No."), 500),
        (ModelError("No."), 502),
        (CrosscheckError("No."), 500),
    ],
)
def test_a_stated_failure_is_a_problem_with_its_sentence(error: CrosscheckError, status: int):
    api = client(FakePipeline(error=error, steps=[]))
    for response in (api.get("/search?query=x"), api.post("/ask", json=QUESTION)):
        assert assert_problem(response, status)["detail"] == "No."
        assert ("retry-after" in response.headers) == (status == 503)


def test_an_unforeseen_failure_tells_nothing_but_its_id_and_is_logged_under_it(caplog: pytest.LogCaptureFixture):
    api = client(FakePipeline(error=ZeroDivisionError("secret"), steps=[]))
    for response in (api.get("/search?query=x"), api.post("/ask", json=QUESTION)):
        problem = assert_problem(response, 500)
        assert "secret" not in response.text
        assert problem["request_id"] in problem["detail"]
        logged = next(record for record in caplog.records if problem["request_id"] in record.getMessage())
        assert logged.exc_info is not None
        assert "content-security-policy" in response.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ask", 405),
        ("PUT", "/articles", 405),
        ("PATCH", "/articles/x", 405),
        ("GET", "/mcp", 405),
        ("GET", "/v1/chat/completions", 405),
        ("GET", "/articles/x/y", 404),
        ("GET", "/search/", 404),
        ("GET", "/docs/nothing", 404),
        ("POST", "/v1/engines", 404),
        ("GET", "/v1", 404),
    ],
)
def test_what_is_under_our_paths_is_never_taken_for_a_page(method: str, path: str, status: int):
    app = create_app(FakePipeline())
    app.mount("/", Starlette(routes=[Route("/{rest:path}", lambda request: HTMLResponse("page"), methods=None)]))
    api = TestClient(app, base_url=ADDRESS)
    response = api.request(method, path)
    assert response.status_code == status
    assert "json" in response.headers["content-type"]
    assert ("allow" in response.headers) == (status == 405)
    assert api.get("/").text == "page"


# The gate


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_body_of_more_than_a_megabyte_is_refused(in_chunks: bool):
    with serving(create_app(FakePipeline())) as address, httpx2.Client() as http:
        body = json.dumps({**QUESTION, "padding": "x" * 1_000_000}).encode()
        content = iter([body[:600_000], body[600_000:]]) if in_chunks else body
        response = http.post(f"{address}/ask", content=content, headers={"Content-Type": "application/json"})
        assert "1,000,000" in assert_problem(response, 413)["detail"]
        assert http.post(f"{address}/ask", json=QUESTION).status_code == 200


def test_a_body_of_nearly_a_megabyte_is_read(api: TestClient):
    assert api.post("/ask", json={**QUESTION, "padding": "x" * 999_900}).status_code == 200


@pytest.mark.parametrize("length", ["-1", "x", "1e3"])
def test_a_length_that_is_none_is_refused(api: TestClient, length: str):
    assert_problem(api.post("/ask", json=QUESTION, headers={"Content-Length": length}), 413)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:7860", 200),
        ("localhost", 200),
        ("LOCALHOST:80", 200),
        ("[::1]:7860", 200),
        ("crosscheck.example:443", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("127.0.0.1@evil.example", 400),
        ("evil.example@127.0.0.1", 400),
        ("127.0.0.1/evil", 400),
        ("", 400),
        ("[", 400),
    ],
)
def test_only_its_own_names_are_answered_to(host: str, status: int):
    api = client(FakePipeline(), allowed_hosts=["crosscheck.example"])
    for path in ("/healthz", "/docs"):
        response = api.get(path, headers={"Host": host})
        assert response.status_code == status
    if status != 200:
        assert_problem(response, status)


def test_any_name_may_be_allowed():
    assert client(FakePipeline(), allowed_hosts=["*"]).get("/healthz", headers={"Host": "x.example"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": ADDRESS}, 200),
        ({"Origin": "HTTP://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "http://127.0.0.1:3000"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_a_page_of_another_site_cannot_post(api: TestClient, headers: dict, status: int):
    assert api.post("/ask", json=QUESTION, headers=headers).status_code == status


def test_other_origins_are_given_no_leave_to_read(api: TestClient):
    response = api.get("/healthz", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in response.headers


def test_every_response_carries_the_security_headers_and_an_id_of_its_own():
    app = create_app(FakePipeline())
    app.mount("/", Starlette(routes=[Route("/", lambda request: PlainTextResponse("page"))]))
    api = TestClient(app, base_url=ADDRESS)
    ids = set()
    for path in (
        "/",
        "/nothing",
        "/ask",
        "/healthz",
        "/docs",
        "/docs/start.js",
        "/openapi.json",
        "/v1/nothing",
        "/mcp",
    ):
        headers = api.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["script-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        ids.add(headers["x-request-id"])
    assert len(ids) == 9


# The manual


def test_the_manual_loads_nothing_from_elsewhere_and_has_no_inline_script(api: TestClient):
    page = api.get("/docs").text
    assert "//" not in page
    assert re.findall(r"<script[^>]*>([^<]+)</script>", page) == []
    for asset in re.findall(r'(?:src|href)="(docs/[^"]+)"', page):
        assert api.get(f"/{asset}").status_code == 200
