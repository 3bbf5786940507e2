import asyncio
import base64
import json
import threading
from collections.abc import Iterator, Sequence

import httpx2
import numpy as np
import openai
import pytest
from fake_pipeline import FakePipeline
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from serving import serving

from rag.api import create_app
from rag.embedding import BATCH_TOKENS, Embedder, Vectors
from rag.errors import EmbeddingError

MODEL = "all-MiniLM-L6-v2"
TEXTS = ["The army holds the airport.", "Ferry fares rise in May.", "Wer hält den Flughafen? 🛩"]


@pytest.fixture(scope="module")
def address(embedder: Embedder) -> Iterator[str]:
    with serving(create_app(FakePipeline(embedder=embedder))) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def api(embedder: Embedder) -> TestClient:
    app = create_app(FakePipeline(embedder=embedder))
    return TestClient(app, base_url="http://127.0.0.1:7860", raise_server_exceptions=False)


def test_the_official_client_gets_the_vectors_that_the_library_is_searched_by(
    client: openai.OpenAI, embedder: Embedder
):
    response = client.embeddings.create(model=MODEL, input=TEXTS)  # it asks for base64, and decodes it
    assert (response.object, response.model) == ("list", MODEL)
    assert [(each.object, each.index) for each in response.data] == [("embedding", index) for index in range(3)]
    vectors = np.array([each.embedding for each in response.data])
    np.testing.assert_array_equal(vectors, embedder.embed(TEXTS))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)
    tokens = sum(map(embedder.count_tokens, TEXTS))
    assert response.usage.model_dump() == {"prompt_tokens": tokens, "total_tokens": tokens}


def test_numbers_and_base64_say_the_same_and_one_text_needs_no_list(client: openai.OpenAI, embedder: Embedder):
    numbers = client.embeddings.create(
        model=MODEL, input=TEXTS[0], encoding_format="float", dimensions=384, user="someone"
    )
    coded = client.embeddings.create(model=MODEL, input=TEXTS[:1], encoding_format="base64")
    (row,) = embedder.embed(TEXTS[:1])
    assert np.array(numbers.data[0].embedding, np.float32).tobytes() == row.tobytes()
    assert base64.b64decode(coded.data[0].embedding) == row.astype("<f4").tobytes()


def test_the_async_client_and_the_raw_response_are_the_same(address: str, client: openai.OpenAI):
    async def embed() -> list[list[float]]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as each:
            many = await asyncio.gather(*(each.embeddings.create(model=MODEL, input=text) for text in TEXTS * 4))
        return [one.data[0].embedding for one in many]

    raw = client.embeddings.with_raw_response.create(model=MODEL, input=TEXTS)
    assert raw.headers["content-type"] == "application/json" and raw.request_id
    assert asyncio.run(embed()) == [each.embedding for each in raw.parse().data] * 4


def test_the_longest_text_is_read_to_its_end(client: openai.OpenAI):
    longest = "word " * 254
    cut, whole = (
        client.embeddings.create(model=MODEL, input=text).data[0].embedding for text in (longest[:-5], longest)
    )
    assert cut != whole


def test_without_a_format_it_is_numbers_and_without_a_model_there_is_only_one(api: TestClient):
    for body in ({"input": "a"}, {"input": "a", "model": MODEL, "encoding_format": None, "dimensions": None}):
        answered = api.post("/v1/embeddings", json=body).json()
        assert answered["model"] == MODEL
        assert [type(number) for number in answered["data"][0]["embedding"]] == [float] * 384


@pytest.mark.parametrize(
    ("body", "param", "says"),
    [
        ({"input": [7592, 2088]}, "input", "Token arrays"),
        ({"input": [[7592], [2088]]}, "input", "Token arrays"),
        ({"input": ["a", 5]}, "input", "Token arrays"),
        ({"input": "word " * 255}, "input", "Text 0 has 255 tokens"),
        ({"input": ["a", "word " * 300]}, "input", "Text 1 has 300 tokens"),
        ({"input": ["a " * 150] * 2001}, "input", "300,150 tokens together"),
        ({"input": ""}, "input.0", "no words"),
        ({"input": ["a", " \n\0!"]}, "input.1", "no words"),
        ({"input": []}, "input", "at least 1 item"),
        ({"input": ["a"] * 2049}, "input", "at most 2048 items"),
        ({"input": 5}, "input", "neither a text nor a list"),
        ({"input": None}, "input", "neither a text nor a list"),
        ({"input": ["a", None]}, "input.1", "valid string"),
        ({"dimensions": 256}, "dimensions", "makes 384"),
        ({"dimensions": "384"}, "dimensions", "integer"),
        ({"encoding_format": "hex"}, "encoding_format", "'float' or 'base64'"),
        ({"user": 5}, "user", "string"),
    ],
)
def test_what_cannot_be_embedded_is_a_bad_request(client: openai.OpenAI, body: dict, param: str, says: str):
    with pytest.raises(openai.BadRequestError) as raised:
        client.embeddings.create(model=MODEL, input="a", extra_body=body)
    assert (raised.value.type, raised.value.param) == ("invalid_request_error", param)
    assert says in raised.value.body["message"]


@pytest.mark.parametrize("name", ["text-embedding-3-small", "crosscheck", ""])
def test_another_models_vectors_are_not_to_be_had(client: openai.OpenAI, name: str):
    with pytest.raises(openai.NotFoundError, match=MODEL) as raised:
        client.embeddings.create(model=name, input="a")
    assert (raised.value.code, raised.value.param) == ("model_not_found", "model")


class Halting(Embedder):
    """Embeds a batch whenever `more` is released, and says when it has `begun` one; `seen` are their sizes."""

    def __init__(self, error: Exception | None = None) -> None:
        self.more, self.begun = threading.Semaphore(0), threading.Semaphore(0)
        self.seen: list[int] = []
        self._error = error

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.seen.append(len(texts))
        self.begun.release()
        assert self.more.acquire(timeout=20), "the test let no more batches out"
        if self._error:
            raise self._error
        return np.ones((len(texts), self.dimension), np.float32)


LARGE = ["word " * 200] * 9  # three in a batch


def test_a_large_request_is_embedded_in_batches_and_a_small_one_comes_between_them():
    halting = Halting()
    done: list[str] = []

    async def ask(address: str) -> None:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:

            async def embed(name: str, texts: list[str]) -> None:
                await client.embeddings.create(model=MODEL, input=texts)
                done.append(name)

            large = asyncio.create_task(embed("large", LARGE))
            assert await asyncio.to_thread(halting.begun.acquire, timeout=20)
            small = asyncio.create_task(embed("small", ["a"]))
            assert (await client.models.list()).data  # while a batch is being embedded, others are answered
            halting.more.release(1)
            await asyncio.to_thread(halting.begun.acquire, timeout=20)
            halting.more.release(3)
            await asyncio.gather(large, small)

    with serving(create_app(FakePipeline(embedder=halting))) as address:
        asyncio.run(ask(address))
    assert 200 * 3 <= BATCH_TOKENS < 200 * 4
    assert sorted(halting.seen) == [1, 3, 3, 3]
    assert done == ["small", "large"]


def test_the_work_ends_when_the_client_leaves():
    halting = Halting()
    with serving(create_app(FakePipeline(embedder=halting))) as address:
        sent = {"model": MODEL, "input": LARGE * 50}

        async def leave() -> None:
            async with httpx2.AsyncClient() as client:
                asking = asyncio.create_task(client.post(f"{address}/v1/embeddings", json=sent))
                assert await asyncio.to_thread(halting.begun.acquire, timeout=20)
                asking.cancel()

        asyncio.run(leave())
        halting.more.release(3)  # of 150 batches
    assert len(halting.seen) < 5


def test_a_model_that_fails_is_a_server_error():
    halting = Halting(EmbeddingError("The embedding model failed on 1 texts."))
    halting.more.release()
    api = TestClient(create_app(FakePipeline(embedder=halting)), base_url="http://127.0.0.1")
    response = api.post("/v1/embeddings", json={"input": "a"})
    assert response.status_code == 500
    assert response.json()["error"] == {
        "message": "The embedding model failed on 1 texts.",
        "type": "server_error",
        "param": None,
        "code": None,
    }


TEXT = st.text(st.characters(), max_size=30)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXT, st.lists, max_leaves=6)
BODIES = st.fixed_dictionaries(
    {"input": TEXT | st.lists(TEXT, max_size=5) | JSON}, optional={"dimensions": JSON, "encoding_format": JSON}
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | JSON)
def test_whatever_json_is_posted_is_embedded_or_refused(api: TestClient, body: object):
    response = api.post("/v1/embeddings", content=json.dumps(body), headers={"Content-Type": "application/json"})
    if response.status_code == 200:
        assert all(len(each["embedding"]) in (384, 2048) for each in response.json()["data"])
    else:
        assert response.status_code == 400 and response.json()["error"]["message"]
