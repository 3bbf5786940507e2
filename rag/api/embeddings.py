"""`/v1/embeddings`: the vectors that the library itself is searched by, for programs that speak OpenAI's protocol.

One request is embedded at a time and a batch of it at a time, so that a large one holds up neither a question nor a
smaller one for longer than a batch takes, and ends when its client has left.
"""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from fastapi import APIRouter, Body, Request
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from rag.api.openai_types import Wire
from rag.api.problems import OPENAI_RESPONSES, openai_problem
from rag.asking import CleanBody
from rag.embedding import DIMENSION, Embedder, Vectors, batches

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

MAX_INPUTS = 2048
MAX_TOKENS = 300_000  # of all inputs of one request together; both are OpenAI's

_EXAMPLE = {"model": Embedder.name, "input": ["The airport is held by the army.", "Who holds the airport?"]}


def _inputs(value: object) -> object:
    """A list of texts; raises ValueError for token arrays, which are numbers of another model's vocabulary."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise ValueError("This is neither a text nor a list of texts")
    if any(isinstance(each, int | list) for each in value):
        raise ValueError(
            "Token arrays are of another model's vocabulary; send text "
            "(LangChain's OpenAIEmbeddings does with check_embedding_ctx_length=False)"
        )
    return value


def _with_words(text: str) -> str:
    if not any(character.isalnum() for character in text):
        raise ValueError("This has no words; leave it out")
    return text


_Text = Annotated[
    str,
    AfterValidator(_with_words),
    WithJsonSchema({"type": "string", "minLength": 1, "pattern": r"[\p{L}\p{N}]"}),
]
_Texts = Annotated[list[_Text], Field(min_length=1, max_length=MAX_INPUTS)]


class EmbeddingRequest(CleanBody):
    """What is to be embedded: 1 to 2048 texts of at most 254 tokens each, 300,000 together. Nothing is cut off."""

    model_config = ConfigDict(strict=True)

    model: str = Embedder.name
    input: Annotated[_Texts, BeforeValidator(_inputs, json_schema_input_type=_Text | _Texts)]
    encoding_format: Literal["float", "base64"] | None = "float"
    dimensions: int | None = Field(None, json_schema_extra={"minimum": DIMENSION, "maximum": DIMENSION})
    user: str | None = None


class Embedding(Wire):
    """The vector of the input at `index`, of length 1: numbers, or base64 of their little-endian 32-bit floats."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingUsage(Wire):
    """Tokens that the embedding model read, without the two marks that it puts around each text."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingList(Wire):
    """The vectors, in the order of the inputs."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage


def router(pipeline: Pipeline) -> APIRouter:
    """The route."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], responses=OPENAI_RESPONSES)
    turn = asyncio.Semaphore(1)

    @routes.post("/embeddings", response_model=EmbeddingList)
    async def create_embeddings(
        request: Request, body: Annotated[EmbeddingRequest, Body(openapi_examples={"texts": {"value": _EXAMPLE}})]
    ) -> Response:
        """Embed texts with the library's own embedding model; what is longer than it reads is refused, not cut."""
        embedder = pipeline.embedder
        if body.model != embedder.name:
            sentence = f"model: The model that makes embeddings here is called {embedder.name}."
            return openai_problem(status=404, message=sentence, param="model", code="model_not_found")
        if body.dimensions not in (None, embedder.dimension):
            sentence = f"dimensions: {embedder.name} makes {embedder.dimension}; leave this out."
            return openai_problem(status=400, message=sentence, param="dimensions", code="unsupported_value")
        async with turn:
            lengths = await asyncio.to_thread(embedder.lengths, body.input)
        if sentence := _unfit(lengths, embedder):
            return openai_problem(status=400, message=f"input: {sentence}", param="input")
        vectors = np.zeros((len(lengths), embedder.dimension), dtype=np.float32)
        for batch in batches(lengths):
            if await request.is_disconnected():
                raise ClientDisconnect
            async with turn:
                vectors[batch] = await asyncio.to_thread(embedder.embed, [body.input[place] for place in batch])
        return Response(await asyncio.to_thread(_written, body, vectors, sum(lengths)), media_type="application/json")

    return routes


def _unfit(lengths: list[int], embedder: Embedder) -> str:
    """What is wrong with the inputs' lengths in tokens, empty where nothing is."""
    for place, length in enumerate(lengths):
        if length > embedder.max_tokens:
            return f"Text {place} has {length:,} tokens, and the model reads {embedder.max_tokens}; split it."
    total = sum(lengths)
    return f"The texts have {total:,} tokens together; send at most {MAX_TOKENS:,}." if total > MAX_TOKENS else ""


def _written(body: EmbeddingRequest, vectors: Vectors, tokens: int) -> bytes:
    """The response as JSON, made item by item: at once, so many numbers would keep other threads waiting."""
    items = ",".join(
        Embedding(object="embedding", index=index, embedding=_embedding(row, body.encoding_format)).model_dump_json()
        for index, row in enumerate(vectors)
    )
    usage = EmbeddingUsage(prompt_tokens=tokens, total_tokens=tokens).model_dump_json()
    return f'{{"object":"list","data":[{items}],"model":{json.dumps(body.model)},"usage":{usage}}}'.encode()


def _embedding(row: Vectors, encoding_format: str | None) -> list[float] | str:
    if encoding_format == "base64":
        return base64.b64encode(row.astype("<f4").tobytes()).decode("ascii")
    numbers: list[float] = row.tolist()
    return numbers
