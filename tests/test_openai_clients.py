"""The clients that people have, against the application as it is served, over the shipped articles."""

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import openai
import pytest
from fake_pipeline import FakePipeline, answer, growth
from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike
from openai.types.chat.chat_completion_message import Annotation
from pydantic import SecretStr
from serving import serving

from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryBusyError
from rag.pipeline import Pipeline

BRIEFS = Path(__file__).parent.parent / "corpus"
KILLED = "How many people have been killed in the fighting?"
STRIKES = "How many people did the airstrikes on Sunday kill in Aleppo?"
IN_IDLIB = "How many people did the airstrikes on Sunday kill in Idlib?"
WIRE, DISPATCH = "Saffron Coast Wire", "The Quillbrook Dispatch"


def asked(question: str) -> list[dict]:
    return [{"role": "user", "content": question}]


@pytest.fixture(scope="module")
def briefs(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Pipeline]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("library"), openai_base_url=None)
    with Pipeline(settings, embedder=embedder) as pipeline:
        assert len(pipeline.ingest([BRIEFS]).added) == 5
        yield pipeline


@pytest.fixture(scope="module")
def base_url(briefs: Pipeline) -> Iterator[str]:
    with serving(create_app(briefs)) as address:
        yield f"{address}/v1"


@pytest.fixture
def client(base_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
        yield client


def run_async(base_url: str, use: Callable) -> object:
    async def using() -> object:
        async with openai.AsyncOpenAI(base_url=base_url, api_key="none", max_retries=0) as client:
            return await use(client)

    return asyncio.run(using())


def assert_cited(content: str, annotations: list[Annotation], crosscheck: dict, briefs: Pipeline) -> None:
    """Each annotation stands at a mark of the content; each citation quotes its article to the letter."""
    marks = [content[one.url_citation.start_index : one.url_citation.end_index] for one in annotations]
    assert marks == [f"[{number}]" for said in crosscheck["statements"] for number in said["citations"]]
    cited = {one["number"]: one for one in crosscheck["citations"]}
    for mark, one in zip(marks, annotations, strict=True):
        citation = cited[int(mark[1:-1])]
        assert one.url_citation.title == citation["title"]
        assert one.url_citation.url.endswith(f"/articles/{citation['article_id']}")
        article = briefs.store.article(citation["article_id"])
        assert article.text[citation["start"] : citation["end"]] == citation["quote"]
        assert citation["quote"] in content


# The official client


def test_annotations_and_evidence_parse_into_the_clients_own_types(client: openai.OpenAI, briefs: Pipeline):
    completion = client.chat.completions.create(model="crosscheck", messages=asked(KILLED))
    message, crosscheck = completion.choices[0].message, completion.model_extra["crosscheck"]
    assert message.annotations and all(isinstance(one, Annotation) for one in message.annotations)
    assert_cited(message.content, message.annotations, crosscheck, briefs)
    assert {side["outlet"] for side in crosscheck["disagreements"][0]["positions"]} == {WIRE, DISPATCH}
    assert completion.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "total_tokens": 0,
    }
    assert completion._request_id


@pytest.mark.parametrize("usage", [False, True])
def test_the_streaming_helper_gathers_the_same_message(client: openai.OpenAI, briefs: Pipeline, usage: bool):
    whole = client.chat.completions.create(model="crosscheck", messages=asked(KILLED))
    options = {"stream_options": {"include_usage": True}} if usage else {}
    with client.chat.completions.stream(model="crosscheck", messages=asked(KILLED), **options) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    message = final.choices[0].message
    assert message.content == whole.choices[0].message.content
    assert message.content == "".join(event.delta for event in events if event.type == "content.delta")
    assert [event.content for event in events if event.type == "content.done"] == [message.content]
    assert message.annotations == whole.choices[0].message.annotations
    assert final.choices[0].finish_reason == "stop"
    assert final.usage == (whole.usage if usage else None)
    chunks = [event.chunk for event in events if event.type == "chunk"]
    (crosscheck,) = [chunk.crosscheck for chunk in chunks if "crosscheck" in chunk.model_extra]
    assert_cited(message.content, message.annotations, crosscheck, briefs)
    assert crosscheck["citations"] == whole.crosscheck["citations"]


def test_the_async_client_streams_and_gathers_too(base_url: str, client: openai.OpenAI):
    async def use(each: openai.AsyncOpenAI) -> tuple:
        async with each.chat.completions.stream(model="crosscheck", messages=asked(KILLED)) as stream:
            final = await stream.get_final_completion()
        raw = await each.chat.completions.with_raw_response.create(
            model="crosscheck", messages=asked(KILLED), stream=True
        )
        chunks = [chunk async for chunk in raw.parse()]
        return final.choices[0].message, chunks

    message, chunks = run_async(base_url, use)
    whole = client.chat.completions.create(model="crosscheck", messages=asked(KILLED)).choices[0].message
    assert (message.content, message.annotations) == (whole.content, whole.annotations)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole.content
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason] == ["stop"]
    assert len({(chunk.id, chunk.created, chunk.model, chunk.object) for chunk in chunks}) == 1


def test_raw_and_streaming_responses(client: openai.OpenAI):
    raw = client.chat.completions.with_raw_response.create(model="crosscheck", messages=asked(KILLED))
    assert raw.status_code == 200 and raw.request_id == raw.headers["x-request-id"]
    completion = raw.parse()
    with client.chat.completions.with_streaming_response.create(
        model="crosscheck", messages=asked(KILLED), stream=True
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        *data, done = [line.removeprefix("data: ") for line in response.iter_lines() if line.startswith("data: ")]
    assert done == "[DONE]"
    parts = [json.loads(each)["choices"][0]["delta"].get("content", "") for each in data]
    assert "".join(parts) == completion.choices[0].message.content


def test_a_follow_up_is_understood_from_the_turns_before_it(client: openai.OpenAI):
    messages = asked(STRIKES)
    first = client.chat.completions.create(model="crosscheck", messages=messages)
    messages += [first.choices[0].message.model_dump(), *asked("And in Idlib?")]
    second = client.chat.completions.create(model="crosscheck", messages=messages)
    assert second.crosscheck["standalone_question"] == IN_IDLIB
    assert "nine civilians in Idlib" in second.choices[0].message.content
    alone = client.chat.completions.create(model="crosscheck", messages=asked("And in Idlib?"))
    assert alone.crosscheck["standalone_question"] != IN_IDLIB


def test_the_evidence_is_limited_by_an_extra_parameter(client: openai.OpenAI):
    def outlets(**limits: object) -> set[str]:
        completion = client.chat.completions.create(
            model="crosscheck", messages=asked(KILLED), extra_body={"crosscheck": limits}
        )
        return {citation["outlet"] for citation in completion.crosscheck["citations"]}

    assert outlets() == {WIRE, DISPATCH}
    assert outlets(outlets=[DISPATCH]) == {DISPATCH}
    assert outlets(articles=["sunday-in-damascus"]) == {WIRE}
    assert outlets(since="2024-12-02") == {WIRE}
    assert outlets(until="2020-01-01") == set()


def test_what_is_embedded_is_near_what_it_is_like(base_url: str, client: openai.OpenAI, embedder: Embedder):
    async def use(each: openai.AsyncOpenAI) -> list[list[float]]:
        made = await each.embeddings.create(model=embedder.name, input=[KILLED, "The death toll", "A recipe for soup"])
        return [one.embedding for one in made.data]

    asked_for, near, far = run_async(base_url, use)
    assert sum(a * b for a, b in zip(asked_for, near, strict=True)) > sum(
        a * b for a, b in zip(asked_for, far, strict=True)
    )
    assert embedder.name in [model.id for model in client.models.list()]


# Errors become the client's typed exceptions


def test_a_key_is_asked_for_and_counted(briefs: Pipeline, monkeypatch: pytest.MonkeyPatch):
    kept = briefs.settings.model_copy(update={"api_keys": SecretStr("a-good-key"), "rate_limit": "2/hour"})
    monkeypatch.setattr(briefs, "settings", kept)
    with serving(create_app(briefs)) as address:
        options = {"base_url": f"{address}/v1", "max_retries": 0}
        with openai.OpenAI(api_key="a-wrong-key", **options) as client:
            with pytest.raises(openai.AuthenticationError) as refused:
                client.chat.completions.create(model="crosscheck", messages=asked(KILLED), stream=True)
            assert refused.value.code == "invalid_api_key"
            with pytest.raises(openai.AuthenticationError):
                client.embeddings.create(model=Embedder.name, input="a")
        with openai.OpenAI(api_key="a-good-key", **options) as client:
            assert client.models.list().data
            assert client.chat.completions.create(model="crosscheck", messages=asked(KILLED)).choices
            with pytest.raises(openai.RateLimitError) as limited:
                client.chat.completions.create(model="crosscheck", messages=asked(KILLED))
    assert limited.value.code == "rate_limit_exceeded"
    assert int(limited.value.response.headers["retry-after"]) > 0


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("error", "status"), [(LibraryBusyError("Another process is writing."), 503), (ZeroDivisionError("secret"), 500)]
)
def test_a_failure_is_a_server_error_with_the_requests_id(error: Exception, status: int, stream: bool):
    with (
        serving(create_app(FakePipeline(steps=[], error=error))) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
        pytest.raises(openai.InternalServerError) as raised,
    ):
        client.chat.completions.create(model="crosscheck", messages=asked(KILLED), stream=stream)
    assert raised.value.status_code == status and raised.value.type == "server_error"
    assert raised.value.request_id == raised.value.response.headers["x-request-id"]
    assert "secret" not in str(raised.value)


# Clients that leave


def endless() -> FakePipeline:
    """An answer that never ends, a step of it for each release."""
    return FakePipeline(steps=iter(lambda: growth(answer("x"))[0], None), step=threading.Semaphore(0))


def assert_ends(pipeline: FakePipeline) -> None:
    for _ in range(400):
        if pipeline.ended.wait(0.05):
            break
        pipeline.step.release()
    assert pipeline.ended.is_set()


@pytest.mark.parametrize("how", ["close", "break", "cancel", "unstreamed"])
def test_the_work_ends_when_an_async_client_leaves(how: str):
    pipeline = endless()

    async def use(client: openai.AsyncOpenAI) -> None:
        pipeline.step.release()
        ask = client.chat.completions.create(model="crosscheck", messages=asked("x"), stream=how != "unstreamed")
        if how == "unstreamed":
            asking = asyncio.create_task(ask)
            while not pipeline.asked:
                await asyncio.sleep(0)
            asking.cancel()
            return
        stream = await ask
        await anext(stream)
        if how == "close":
            await stream.close()
        elif how == "cancel":
            reading = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)
            reading.cancel()

    with serving(create_app(pipeline, heartbeat=0.05)) as address:
        run_async(f"{address}/v1", use)
        assert_ends(pipeline)


# llm


@pytest.fixture(scope="module")
def llm(base_url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess]:
    folder = tmp_path_factory.mktemp("llm")
    # JSON is YAML, too.
    models = [{"model_id": "news", "model_name": "crosscheck", "api_base": base_url}]
    (folder / "extra-openai-models.yaml").write_text(json.dumps(models), "utf-8")
    environment = {**os.environ, "LLM_USER_PATH": str(folder), "LLM_LOAD_PLUGINS": "", "PYTHONUTF8": "1"}

    def run(*arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "llm", *arguments]
        return subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=100
        )

    return run


def printed(process: subprocess.CompletedProcess) -> str:
    assert process.returncode == 0, process.stderr
    return process.stdout.strip()


def test_llm_prints_the_answer_and_goes_on_with_the_conversation(
    llm: Callable[..., subprocess.CompletedProcess], client: openai.OpenAI
):
    said = client.chat.completions.create(model="crosscheck", messages=asked(STRIKES)).choices[0].message.content
    assert printed(llm("-m", "news", STRIKES)) == said
    assert "nine civilians in Idlib" in printed(llm("-c", "And in Idlib?"))


def test_llm_prints_the_same_with_options_and_without_a_stream(
    llm: Callable[..., subprocess.CompletedProcess], client: openai.OpenAI
):
    said = client.chat.completions.create(model="crosscheck", messages=asked(KILLED)).choices[0].message.content
    whole = llm("-m", "news", "-s", "Be a pirate.", "--no-stream", "-u", "-o", "temperature", "0.5", KILLED)
    assert printed(whole) == said
    assert "Token usage: 0 input, 0 output" in whole.stderr


def test_llm_tells_what_cannot_be_given(llm: Callable[..., subprocess.CompletedProcess]):
    refused = llm("-m", "news", "-o", "json_object", "1", KILLED)
    assert refused.returncode == 1
    assert "response_format: Answers are text; for JSON, use POST /ask." in refused.stderr


def test_llm_finds_out_what_models_there_are(llm: Callable[..., subprocess.CompletedProcess], base_url: str):
    listed = printed(llm("openai", "endpoint", base_url, "--models"))
    assert listed.splitlines() == ["crosscheck", Embedder.name]


# LlamaIndex


def like(base_url: str, **options: object) -> OpenAILike:
    return OpenAILike(model="crosscheck", api_base=base_url, api_key="none", max_retries=0, **options)


def test_llama_index_completes_and_chats(base_url: str, client: openai.OpenAI):
    said = client.chat.completions.create(model="crosscheck", messages=asked(STRIKES)).choices[0].message.content
    model = like(base_url, is_chat_model=True, context_window=8000)
    try:
        assert model.complete(STRIKES).text == said
        assert "".join(part.delta for part in model.stream_complete(STRIKES)) == said
        messages = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content=STRIKES)]
        first = model.chat(messages)
        assert first.message.content == said
        assert first.raw.choices[0].message.annotations
        assert first.additional_kwargs == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        messages += [first.message, ChatMessage(role="user", content="And in Idlib?")]
        *_, last = model.stream_chat(messages)
        assert "nine civilians in Idlib" in last.message.content
        assert last.raw.crosscheck["standalone_question"] == IN_IDLIB
    finally:
        model._get_client().close()


def test_llama_index_chats_without_waiting(base_url: str):
    model = like(base_url, is_chat_model=True)
    messages = [ChatMessage(role="user", content=STRIKES)]

    async def use() -> tuple[str, str, str]:
        whole = await model.achat(messages)
        *_, last = [part async for part in await model.astream_chat(messages)]
        completed = await model.acomplete(STRIKES)
        await model._get_aclient().close()
        return whole.message.content, last.message.content, completed.text

    whole, last, completed = asyncio.run(use())
    assert whole == last == completed and "in Aleppo" in whole


def test_llama_index_is_limited_and_told_of_a_wrong_setting(base_url: str):
    limited = like(
        base_url, is_chat_model=True, additional_kwargs={"extra_body": {"crosscheck": {"outlets": [DISPATCH]}}}
    )
    with limited._get_client():
        answered = limited.complete(KILLED)
    assert DISPATCH in answered.text and WIRE not in answered.text
    completing = like(base_url)  # by its default it asks for /v1/completions
    with completing._get_client(), pytest.raises(openai.NotFoundError, match="use chat completions"):
        completing.complete(KILLED)


def test_the_evidence_is_what_rest_gives(client: openai.OpenAI, briefs: Pipeline):
    crosscheck = client.chat.completions.create(model="crosscheck", messages=asked(KILLED)).crosscheck
    whole = json.loads(json.dumps(asdict(briefs.answer(KILLED))))
    assert crosscheck == {name: whole[name] for name in crosscheck}
