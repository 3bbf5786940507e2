import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace

import openai
import pytest
from fake_pipeline import FakePipeline, answer, growth
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import serving

from rag.api import create_app
from rag.api.openai_api import CORRECTION
from rag.embedding import Embedder
from rag.errors import LibraryBusyError, LibraryError
from rag.footnotes import footnoted, sentences, without_footnotes
from rag.types import Filters, Statement, Turn

QUESTION = "How long is the bridge shut?"
ASKED = [{"role": "user", "content": QUESTION}]
WHOLE = answer(QUESTION)
SENT = sentences(WHOLE)  # as its text, but for what Markdown would read in it, and what is only partly supported
KEPT = WHOLE.text.replace("20 months [3]", "20 months (3)")  # of it when it comes back as an earlier turn


@pytest.fixture(scope="module")
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture(scope="module")
def address(pipeline: FakePipeline) -> Iterator[str]:
    with serving(create_app(pipeline)) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def api() -> TestClient:
    return TestClient(create_app(FakePipeline()), base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


def as_json(value: object) -> object:
    return json.loads(json.dumps(asdict(value)))


def streamed(api: TestClient, **body) -> list[dict]:
    """The objects of a stream; it must have ended with `[DONE]`."""
    response = api.post("/v1/chat/completions", json={"messages": ASKED, "stream": True, **body})
    assert response.headers["content-type"].startswith("text/event-stream")
    *data, done = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert done == "[DONE]"
    return [json.loads(each) for each in data]


def annotations_of(deltas: Iterable) -> list[list[dict]]:
    return [delta.annotations for delta in deltas if "annotations" in delta.model_extra]


def assert_marks(content: str, annotations: list, address: str):
    """Each annotation stands where a mark is, and says where that mark leads."""
    cited = [(content[each["start_index"] : each["end_index"]], each["url"], each["title"]) for each in annotations]
    gazette = ("[1]", "https://gazette.example/bridge?a=1&b=2", "Bridge [video] reopens")
    assert cited == [gazette, ("[2]", f"{address}/articles/bridge-still-shut", "bridge-still-shut"), gazette]


# In one piece


def test_the_official_client_gets_the_answer_with_its_citations(client: openai.OpenAI, address: str):
    completion = client.chat.completions.create(model="crosscheck", messages=ASKED)
    assert completion.id.startswith("chatcmpl-")
    assert completion.object == "chat.completion"
    assert completion.created > 1_700_000_000
    assert completion.model == "crosscheck"
    (choice,) = completion.choices
    assert (choice.index, choice.finish_reason, choice.message.role) == (0, "stop", "assistant")
    assert choice.message.content.startswith(SENT + "\n\nSources disagree on ")
    assert "\n\nSources:\n[1] Harbour Gazette, " in choice.message.content
    assert completion.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 7,
        "completion_tokens": 5,
        "total_tokens": 12,
    }
    annotations = [each.url_citation.model_dump() for each in choice.message.annotations]
    assert_marks(choice.message.content, annotations, address)
    assert completion.crosscheck["citations"] == as_json(WHOLE)["citations"]
    assert completion.crosscheck["disagreements"] == as_json(WHOLE)["disagreements"]
    assert completion.crosscheck["statements"] == as_json(WHOLE)["statements"]
    assert completion.crosscheck["abstained"] is False
    assert {name: completion.crosscheck[name] for name in ("nearest", "unanswered", "score")} == {
        "nearest": [],
        "unanswered": [],
        "score": None,
    }


def test_the_async_client_gets_the_same(address: str):
    async def ask() -> tuple[str, str]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            whole = await client.chat.completions.create(model="crosscheck", messages=ASKED)
            stream = await client.chat.completions.create(model="crosscheck", messages=ASKED, stream=True)
            parts = [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]
        return whole.choices[0].message.content, "".join(parts)

    whole, parts = asyncio.run(ask())
    assert whole == parts


def test_the_sources_are_listed_for_clients_that_show_only_text(api: TestClient):
    body = api.post("/v1/chat/completions", json={"messages": ASKED}).json()
    assert body["choices"][0]["message"]["content"].partition("\n\nSources:\n")[2].splitlines() == [
        "[1] Harbour Gazette, “Bridge (video) reopens”, 29 November 2024, 08:00 UTC: https://gazette.example/bridge?a=1&b=2",
        "[2] outlet unknown, title unknown, date unknown: http://127.0.0.1:7860/articles/bridge-still-shut",
    ]


def test_not_knowing_is_said_without_sources():
    nothing = replace(
        WHOLE,
        text="The articles do not say.",
        statements=(),
        citations=(),
        disagreements=(),
        as_of=None,
        abstained=True,
        reason="no_evidence",
    )
    api = TestClient(create_app(FakePipeline(steps=[nothing])), base_url="http://127.0.0.1")
    body = api.post("/v1/chat/completions", json={"messages": ASKED}).json()
    message = body["choices"][0]["message"]
    assert message == {
        "role": "assistant",
        "content": "The articles do not say.",
        "refusal": None,
        "annotations": [],
    }
    assert (body["crosscheck"]["abstained"], body["crosscheck"]["reason"]) == (True, "no_evidence")


# As a stream


def test_the_official_client_reads_the_stream(client: openai.OpenAI, address: str):
    options = {"include_usage": True}
    *chunks, end, usage = client.chat.completions.create(
        model="crosscheck", messages=ASKED, stream=True, stream_options=options
    )
    assert {chunk.id for chunk in [*chunks, end, usage]} == {end.id}
    assert chunks[0].choices[0].delta.role == "assistant"
    content = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert without_footnotes(content) == KEPT
    (annotations,) = annotations_of(chunk.choices[0].delta for chunk in chunks)
    assert_marks(content, [each["url_citation"] for each in annotations], address)
    assert [chunk.choices[0].finish_reason for chunk in [*chunks, end]] == [None] * len(chunks) + ["stop"]
    assert end.crosscheck["citations"] == as_json(WHOLE)["citations"]
    assert (usage.choices, usage.usage.total_tokens) == ([], 12)


def test_the_official_clients_own_gathering_of_a_stream_works(client: openai.OpenAI):
    with client.chat.completions.stream(model="crosscheck", messages=ASKED) as stream:
        gathered = stream.get_final_completion()
    assert without_footnotes(gathered.choices[0].message.content) == KEPT
    assert len(gathered.choices[0].message.annotations) == 3


def test_usage_comes_only_when_it_was_asked_for(api: TestClient):
    assert all("usage" not in chunk for chunk in streamed(api))
    *chunks, last = streamed(api, stream_options={"include_usage": True})
    assert [chunk["usage"] for chunk in chunks] == [None] * len(chunks)
    assert last["usage"] == {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


def test_words_are_sent_as_they_come():
    pipeline = FakePipeline(step=threading.Semaphore(0))
    steps = growth(WHOLE)
    with (
        serving(create_app(pipeline)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        pipeline.step.release()
        stream = client.chat.completions.create(model="crosscheck", messages=ASKED, stream=True)
        words = (chunk.choices[0].delta.content for chunk in stream if chunk.choices[0].delta.content)
        seen = next(words)
        assert seen == steps[0].text
        pipeline.step.release()
        seen += next(words)
        assert seen == steps[1].text.rstrip()
        pipeline.step.release()
        seen += "".join(words)
    assert without_footnotes(seen) == KEPT


def test_what_turns_out_otherwise_is_held_back_and_then_put_right():
    first = replace(WHOLE, text="The bridge fell.", statements=(), finished=False)
    second = replace(WHOLE, text="The bridge is shut", statements=(), finished=False)
    pipeline = FakePipeline(steps=[first, second, WHOLE], step=threading.Semaphore(0))
    with (
        serving(create_app(pipeline)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        pipeline.step.release()
        chunks = []
        for chunk in client.chat.completions.create(model="crosscheck", messages=ASKED, stream=True):
            chunks.append(chunk.choices[0].delta)
            if chunk.choices[0].delta.content:
                pipeline.step.release(2)
    content = "".join(delta.content or "" for delta in chunks)
    assert without_footnotes(content) == "The bridge fell." + CORRECTION + KEPT
    (annotations,) = annotations_of(chunks)
    assert_marks(content, [each["url_citation"] for each in annotations], address)


def test_an_articles_markup_is_made_inert_as_it_streams_and_its_marks_stay_where_they_are():
    wild = "![p](https://evil.example/p.png) <b> [1] www.evil.example"
    supports = ("supported", "partial", "unsupported")
    said = tuple(Statement(text=wild, citations=(1,), support=support, reason=wild) for support in supports)
    whole = replace(WHOLE, statements=said, text=" ".join(f"{one.text} [1]" for one in said))
    steps = [
        replace(whole, statements=said[:count], text=" ".join([f"{wild} [1]"] * count), finished=count == 3)
        for count in (1, 2, 3)
    ]
    api = TestClient(create_app(FakePipeline(steps=steps)), base_url="http://127.0.0.1:7860")
    chunks = streamed(api)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    content = "".join(delta.get("content") or "" for delta in deltas)
    (annotations,) = [delta["annotations"] for delta in deltas if "annotations" in delta]
    at_once = api.post("/v1/chat/completions", json={"messages": ASKED}).json()["choices"][0]["message"]
    assert (content, annotations) == (at_once["content"], at_once["annotations"])
    assert content.startswith("!(p)(https:∕/evil.example/p.png) ‹b› (1) www․evil.example [1] !(p)")
    assert "](" not in content and CORRECTION not in content
    places = [each["url_citation"] for each in annotations]
    assert [content[each["start_index"] : each["end_index"]] for each in places] == ["[1]"] * 3
    assert [one["text"] for one in chunks[-1]["crosscheck"]["statements"]] == [wild] * 3


def test_silence_is_broken_by_comments_that_the_client_passes_over():
    pipeline = FakePipeline(step=threading.Semaphore(0))
    with (
        serving(create_app(pipeline, heartbeat=0.01)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        stream = client.chat.completions.create(model="crosscheck", messages=ASKED, stream=True)
        lines = stream.response.iter_lines()
        assert ": ping" in [next(lines) for _ in range(4)]
        pipeline.step.release(3)
        assert "data: [DONE]" in list(lines)


def test_the_work_ends_when_the_client_leaves():
    pipeline = FakePipeline(steps=iter(lambda: growth(WHOLE)[0], None), step=threading.Semaphore(0))
    with serving(create_app(pipeline, heartbeat=0.05)) as address:
        with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            pipeline.step.release()
            stream = client.chat.completions.create(model="crosscheck", messages=ASKED, stream=True)
            next(iter(stream))
            stream.close()
        for _ in range(400):
            if pipeline.ended.wait(0.05):
                break
            pipeline.step.release()
    assert pipeline.ended.is_set()


@pytest.mark.parametrize(
    ("error", "message"),
    [(LibraryError("The disk is gone."), "The disk is gone."), (RuntimeError("secret"), "Something failed inside")],
)
def test_an_error_in_a_begun_stream_is_raised_by_the_client(error: Exception, message: str):
    pipeline = FakePipeline(steps=growth(WHOLE)[:1], error=error)
    with (
        serving(create_app(pipeline)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        stream = client.chat.completions.create(model="crosscheck", messages=ASKED, stream=True)
        with pytest.raises(openai.APIError, match=message):
            list(stream)


# What is asked


def test_the_last_user_message_is_the_question_and_those_before_it_the_conversation(api: TestClient):
    pipeline = FakePipeline()
    api = TestClient(create_app(pipeline), base_url="http://127.0.0.1")
    earlier = footnoted(replace(WHOLE, notice="The model was slow."), address=lambda citation: "somewhere")
    messages = [
        {"role": "system", "content": "Be a pirate."},
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Is it"}, {"type": "text", "text": "shut?"}]},
        {"role": "assistant", "content": earlier},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "42", "tool_call_id": "x"},
        {"role": "user", "content": "Until when\0\ud800?"},
        {"role": "assistant", "content": "Until "},
    ]
    body = json.dumps({"model": "crosscheck", "messages": messages, "tools": [], "n": 1})
    response = api.post("/v1/chat/completions", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    assert pipeline.asked == [
        (
            "Until when \ufffd?",
            (Turn(role="user", content="Is it\nshut?"), Turn(role="assistant", content=KEPT)),
            Filters(),
        )
    ]


WITHOUT_EFFECT = {
    "temperature": 1.5,
    "top_p": 0,
    "presence_penalty": -2,
    "frequency_penalty": 2.0,
    "max_tokens": 1,
    "max_completion_tokens": 1.0,
    "stop": ["bridge", "shut"],
    "seed": -7,
    "user": "u",
    "store": True,
    "metadata": {"a": "b"},
    "logit_bias": {"50256": -100},
    "reasoning_effort": "low",
    "verbosity": "low",
    "service_tier": "auto",
    "parallel_tool_calls": False,
}
LENIENT = {
    "tools": [],
    "functions": [],
    "modalities": ["text"],
    "response_format": {"type": "text"},
    "n": 1,
    "stream_options": {"include_usage": True},
}
UNKNOWN = {"top_k": 40, "repetition_penalty": 1.1, "mirostat": {"tau": 5}}


def test_what_cannot_change_an_answer_is_taken_and_does_not_cut_it(client: openai.OpenAI):
    plain = client.chat.completions.create(model="crosscheck", messages=ASKED)
    full = client.chat.completions.create(
        model="crosscheck", messages=ASKED, **WITHOUT_EFFECT, **LENIENT, logprobs=False, extra_body=UNKNOWN
    )
    assert full.choices == plain.choices
    assert full.choices[0].finish_reason == "stop"


def test_null_is_as_good_as_nothing(api: TestClient):
    names = [*WITHOUT_EFFECT, *LENIENT, "crosscheck", "stream", "stream_options", "logprobs", "top_logprobs"]
    body = {"messages": ASKED, **dict.fromkeys(names)}
    assert api.post("/v1/chat/completions", json=body).status_code == 200


def test_limits_hold_for_the_evidence():
    pipeline = FakePipeline()
    api = TestClient(create_app(pipeline), base_url="http://127.0.0.1")
    limits = {"outlets": ["Quay Post"], "since": "2024-11-01", "until": "2024-12-01", "articles": ["ferry-prices"]}
    for stream in (False, True):
        body = {"messages": ASKED, "crosscheck": limits, "stream": stream}
        assert api.post("/v1/chat/completions", json=body).status_code == 200
    assert api.post("/v1/chat/completions", json={"messages": ASKED, "crosscheck": {}}).status_code == 200
    limited = Filters(outlets=("Quay Post",), since="2024-11-01", until="2024-12-01", articles=("ferry-prices",))
    assert [filters for _, _, filters in pipeline.asked] == [limited, limited, Filters()]


IMAGE = {"type": "image_url", "image_url": {"url": "data:,"}}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"n": 2}, "n"),
        ({"n": 0}, "n"),
        ({"n": "1"}, "n"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"functions": [{"name": "f"}]}, "functions"),
        ({"modalities": ["text", "audio"]}, "modalities.1"),
        ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"response_format": "text"}, "response_format"),
        ({"logprobs": True}, "logprobs"),
        ({"logprobs": True, "top_logprobs": 3}, "logprobs"),
        ({"top_logprobs": 3}, "top_logprobs"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 2.1}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 0.0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"stop": 5}, "stop"),
        ({"stop": ["a"] * 5}, "stop"),
        ({"stop": [1]}, "stop.0"),
        ({"seed": 1.5}, "seed"),
        ({"user": 5}, "user"),
        ({"store": "yes"}, "store"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"model": 5}, "model"),
        ({"stream": True, "stream_options": {"include_usage": "x"}}, "stream_options.include_usage"),
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, "messages.0.content.0.type"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages.0.content.0"),
        ({"messages": [{"role": "user"}]}, "messages"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages"),
        ({"messages": [{"role": "user", "content": "x" * 2001}]}, "messages"),
        ({"stream": "perhaps"}, "stream"),
        ({"stream": "true"}, "stream"),
        ({"crosscheck": {"outlet": ["Quay Post"]}}, "crosscheck.outlet"),
        ({"crosscheck": {"outlets": "Quay Post"}}, "crosscheck.outlets"),
        ({"crosscheck": {"since": "yesterday"}}, "crosscheck.since"),
        ({"crosscheck": {"since": "2024-12-02", "until": "2024-12-01"}}, "crosscheck"),
        ({"crosscheck": ["Quay Post"]}, "crosscheck"),
        ({"outlets": ["Quay Post"]}, "outlets"),
        ({"since": "2024-12-02"}, "since"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_cannot_be_given_is_a_bad_request_that_names_the_parameter(
    client: openai.OpenAI, body: dict, param: str, stream: bool
):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="crosscheck", messages=ASKED, stream=stream, extra_body=body)
    assert raised.value.type == "invalid_request_error"
    assert raised.value.param == param
    assert set(raised.value.body) == {"message", "type", "param", "code"}
    assert raised.value.body["message"].endswith(".") and "\n" not in raised.value.body["message"]


def test_a_busy_library_is_worth_another_try():
    pipeline = FakePipeline(steps=[], error=LibraryBusyError("Another process is writing."))
    api = TestClient(create_app(pipeline), base_url="http://127.0.0.1")
    for stream in (False, True):
        response = api.post("/v1/chat/completions", json={"messages": ASKED, "stream": stream})
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert response.json()["error"] == {
            "message": "Another process is writing.",
            "type": "server_error",
            "param": None,
            "code": None,
        }


def test_an_unforeseen_failure_is_a_server_error_without_its_text():
    pipeline = FakePipeline(steps=[], error=ZeroDivisionError("secret"))
    api = TestClient(create_app(pipeline), base_url="http://127.0.0.1")
    response = api.post("/v1/chat/completions", json={"messages": ASKED})
    assert response.status_code == 500
    assert response.headers["x-request-id"] in response.json()["error"]["message"]
    assert "secret" not in response.text


def test_the_gate_speaks_openais_language_too(api: TestClient):
    for headers, status in (({"Host": "evil.example"}, 400), ({"Origin": "http://evil.example"}, 403)):
        response = api.post("/v1/chat/completions", json={"messages": ASKED}, headers=headers)
        assert response.status_code == status
        assert response.json()["error"]["type"] == "invalid_request_error"
    assert "error" in api.post("/v1/chat/completions", content=b"x" * 1_000_001).json()
    assert "error" in api.post("/v1/chat/completions", content=b"{").json()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["system", "user", "assistant", "tool"])},
        optional={"content": JSON | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": JSON}))},
    ),
    max_size=4,
)
BODIES = st.fixed_dictionaries({"messages": MESSAGES | JSON}, optional={"stream": JSON, "n": JSON, "tools": JSON})


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | JSON)
def test_whatever_json_is_posted_is_answered_or_refused_in_openais_shape(api: TestClient, body: object):
    response = api.post("/v1/chat/completions", content=json.dumps(body), headers={"Content-Type": "application/json"})
    if response.status_code != 200:
        assert response.status_code == 400
        assert response.json()["error"]["message"]


# Models


def test_the_models_are_listed_and_described(client: openai.OpenAI):
    listed = client.models.list().data
    assert [model.id for model in listed] == ["crosscheck", "all-MiniLM-L6-v2"]
    for model in listed:
        assert client.models.retrieve(model.id) == model
        assert (model.object, model.owned_by) == ("model", "crosscheck")
    assert listed[0].model_extra == {}
    assert listed[1].crosscheck == {
        "dimensions": 384,
        "max_tokens": 254,
        "fingerprint": Embedder.fingerprint,
    }


@pytest.mark.parametrize("name", ["gpt-4o", "openai/gpt-4o", "crosscheck/", "../healthz", "%2e%2e"])
def test_another_model_is_not_found(client: openai.OpenAI, name: str):
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.retrieve(name)
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize("name", ["gpt-4o", "all-MiniLM-L6-v2", ""])
@pytest.mark.parametrize("stream", [False, True])
def test_another_model_does_not_answer(client: openai.OpenAI, name: str, stream: bool):
    with pytest.raises(openai.NotFoundError, match="is called crosscheck") as raised:
        client.chat.completions.create(model=name, messages=ASKED, stream=stream)
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


def test_other_protocols_are_not_found_and_the_way_is_shown(client: openai.OpenAI):
    for call in (
        lambda: client.completions.create(model="crosscheck", prompt="x"),
        lambda: client.responses.create(model="crosscheck", input="x"),
    ):
        with pytest.raises(openai.NotFoundError, match="/v1/chat/completions") as raised:
            call()
        assert raised.value.code == "unknown_url"
    with pytest.raises(openai.NotFoundError) as raised:
        client.images.generate(prompt="x")
    assert raised.value.type == "invalid_request_error"


# Addresses


@pytest.mark.parametrize(
    "url", [None, "", "javascript:alert(1)", "data:text/html,x", "https://a b", 'https://a"b', "//x"]
)
def test_only_a_web_address_is_linked_to(url: str | None):
    cited = replace(WHOLE.citations[0], url=url)
    steps = [replace(WHOLE, citations=(cited, WHOLE.citations[1]))]
    api = TestClient(create_app(FakePipeline(steps=steps)), base_url="http://127.0.0.1")
    message = api.post("/v1/chat/completions", json={"messages": ASKED}).json()["choices"][0]["message"]
    assert message["annotations"][0]["url_citation"]["url"] == "http://127.0.0.1/articles/bridge-reopens"
    assert message["content"].count("http://127.0.0.1/articles/bridge-reopens") == 1
