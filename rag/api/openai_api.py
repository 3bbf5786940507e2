"""`/v1`: the answers for programs that speak OpenAI's chat completions, streamed and not.

The last user message is the question, the turns before it the conversation; system messages do not steer an answer that
is made of articles. What OpenAI's shape has no place for is in the extra field `crosscheck` of request and response.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Body, Request
from fastapi.openapi.models import Example
from fastapi.responses import StreamingResponse
from starlette.responses import Response

from rag.api.openai_requests import MODEL, ChatRequest
from rag.api.openai_types import (
    Annotation,
    AssistantMessage,
    ChatCompletion,
    ChatCompletionChunk,
    Choice,
    ChunkChoice,
    CompletionUsage,
    Delta,
    Evidence,
    MadeVectors,
    Model,
    ModelList,
    UrlCitation,
    Wire,
)
from rag.api.problems import OPENAI_RESPONSES, openai_body, openai_problem, request_id, status_of, unexpected
from rag.api.streaming import HEARTBEAT, STREAM_HEADERS, Answering
from rag.errors import CrosscheckError, UsageError
from rag.footnotes import address_of, footnoted, marks, sentences
from rag.types import Answer, Citation

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

# Put before an answer that is not the continuation of what was already sent, which cannot be taken back.
CORRECTION = "\n\nOn a second look at the articles, the answer is this instead:\n\n"

_CREATED = 1_735_689_600  # of the models' entries: OpenAI's clients want a time there, whatever it says
_MODEL = Model(id=MODEL, object="model", created=_CREATED, owned_by="crosscheck")
_ASKED = {"role": "user", "content": "Who holds the airport?"}
_EXAMPLES: dict[str, Example] = {
    "question": {"value": {"model": MODEL, "messages": [_ASKED]}},
    "within limits": {"value": {"model": MODEL, "messages": [_ASKED], "crosscheck": {"until": "2024-11-30"}}},
    "follow-up": {
        "value": {
            "model": MODEL,
            "messages": [
                _ASKED,
                {"role": "assistant", "content": "The army holds the airport [1]."},
                {"role": "user", "content": "Since when?"},
            ],
        }
    },
}
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

_log = logging.getLogger(__name__)


def router(pipeline: Pipeline, answering: Answering) -> APIRouter:
    """The routes under `/v1`, but for the embeddings."""
    routes = APIRouter(prefix="/v1", tags=["OpenAI-compatible"], responses=OPENAI_RESPONSES)
    _offer_models(routes, pipeline)
    streamed = {"description": "The answer, or its growth.", "content": {"text/event-stream": {}}}

    @routes.post("/chat/completions", response_model=ChatCompletion, responses={200: streamed})
    async def create_chat_completion(
        request: Request, body: Annotated[ChatRequest, Body(openapi_examples=_EXAMPLES)]
    ) -> Response:
        """Answer the last user message; the message's annotations and `crosscheck` say what the answer rests on.

        With `stream` it grows; `crosscheck` comes with the chunk that ends the message, which its annotations precede.
        `crosscheck` in the request limits the evidence. System messages do not steer; what cannot change an answer
        made of articles has no effect (`max_tokens` and `stop` cut nothing, it ends with `stop`), nor have unknown
        parameters; tools, JSON, several choices and probabilities are refused. `usage` counts what a language model
        read and wrote, zero without one.
        """
        if body.model != MODEL:
            sentence = f"model: The model that answers here is called {MODEL}."
            return openai_problem(status=404, message=sentence, param="model", code="model_not_found")
        if refused := body.refused():
            param, sentence = refused
            return openai_problem(status=400, message=sentence, param=param, code="unsupported_parameter")
        with_usage = body.stream_options is not None and bool(body.stream_options.include_usage)
        reply = _Reply(articles=f"{request.base_url}articles/", with_usage=with_usage)
        try:
            if not body.stream:
                return _json(reply.completion(await answering.finish(body.ask(), request)))
            steps = await answering.begin(body.ask(), request)
        except UsageError as error:
            return openai_problem(status=400, message=str(error), param="messages")
        return StreamingResponse(_events(steps, reply, request), headers=STREAM_HEADERS, media_type="text/event-stream")

    @routes.api_route("/completions", methods=_METHODS, include_in_schema=False)
    @routes.api_route("/responses", methods=_METHODS, include_in_schema=False)
    def other_protocols() -> Response:
        sentence = "Answers are at POST /v1/chat/completions alone; set the client to use chat completions."
        return openai_problem(status=404, message=sentence, code="unknown_url")

    return routes


def _offer_models(routes: APIRouter, pipeline: Pipeline) -> None:
    def offered() -> list[Model]:
        embedder = pipeline.embedder
        made = MadeVectors(
            dimensions=embedder.dimension, max_tokens=embedder.max_tokens, fingerprint=embedder.fingerprint
        )
        return [_MODEL, _MODEL.model_copy(update={"id": embedder.name, "crosscheck": made})]

    @routes.get("/models", response_model_exclude_unset=True)
    def list_models() -> ModelList:
        """Name the model that answers and, after it, the one that makes embeddings."""
        return ModelList(object="list", data=offered())

    @routes.get("/models/{model:path}", response_model=Model, response_model_exclude_unset=True)
    def retrieve_model(model: str) -> Model | Response:
        """Describe one of them."""
        found = next((one for one in offered() if one.id == model), None)
        if found:
            return found
        names = " and ".join(one.id for one in offered())
        return openai_problem(
            status=404,
            message=f"There is no such model here; there are {names}.",
            param="model",
            code="model_not_found",
        )


class _Reply:
    """Writes one answer in OpenAI's shapes, under one id; `articles` is the address that an article's id completes."""

    def __init__(self, *, articles: str, with_usage: bool) -> None:
        self._articles = articles
        self.with_usage = with_usage
        self._id = f"chatcmpl-{uuid4().hex}"
        self._created = int(time.time())

    def completion(self, answer: Answer) -> ChatCompletion:
        """The whole answer at once."""
        message = AssistantMessage(
            role="assistant", content=self.content(answer), refusal=None, annotations=self.annotations(answer)
        )
        return ChatCompletion(
            id=self._id,
            object="chat.completion",
            created=self._created,
            model=MODEL,
            choices=[Choice(index=0, message=message, finish_reason="stop", logprobs=None)],
            usage=_usage(answer),
            crosscheck=_evidence(answer),
        )

    def chunk(self, delta: Delta) -> ChatCompletionChunk:
        """What was added."""
        return self._chunk([ChunkChoice(index=0, delta=delta, finish_reason=None, logprobs=None)])

    def last_chunk(self, answer: Answer) -> ChatCompletionChunk:
        """The end of the message."""
        end = ChunkChoice(index=0, delta=Delta(), finish_reason="stop", logprobs=None)
        return self._chunk([end]).model_copy(update={"crosscheck": _evidence(answer)})

    def usage_chunk(self, answer: Answer) -> ChatCompletionChunk:
        """The tokens, behind the end of the message, for those who asked for them."""
        return self._chunk([]).model_copy(update={"usage": _usage(answer)})

    def _chunk(self, choices: list[ChunkChoice]) -> ChatCompletionChunk:
        chunk = ChatCompletionChunk(
            id=self._id, object="chat.completion.chunk", created=self._created, model=MODEL, choices=choices
        )
        return chunk.model_copy(update={"usage": None}) if self.with_usage else chunk

    def content(self, answer: Answer) -> str:
        """The answer with all that belongs to it below, for clients that show no annotations."""
        return footnoted(answer, address=self._address)

    def annotations(self, answer: Answer, *, offset: int = 0) -> list[Annotation]:
        """The answer's marks, where the answer begins `offset` characters into the message."""
        return [
            Annotation(
                type="url_citation",
                url_citation=UrlCitation(
                    url=self._address(citation),
                    title=citation.title or citation.outlet or citation.article_id,
                    start_index=offset + start,
                    end_index=offset + end,
                ),
            )
            for citation, start, end in marks(answer)
        ]

    def _address(self, citation: Citation) -> str:
        return address_of(citation, otherwise=self._articles + quote(citation.article_id, safe=""))


async def _events(steps: AsyncIterator[Answer | None], reply: _Reply, request: Request) -> AsyncIterator[bytes]:
    """The answer's growth as server-sent events, to `[DONE]` or to an error."""
    sent = ""
    answer: Answer | None = None
    yield _event(reply.chunk(Delta(role="assistant", content="")))
    try:
        async for step in steps:
            answer = step or answer
            if step is None:
                yield HEARTBEAT
            elif not step.finished and (delta := _growth(sent, step)):
                sent += delta
                yield _event(reply.chunk(Delta(content=delta)))
    except CrosscheckError as error:
        yield _failure(openai_body(status=status_of(error), message=str(error)))
        return
    except Exception:  # noqa: BLE001 - the response has begun: all that is left is to say so in it
        _log.exception("request %s: the stream broke off", request_id(request.scope))
        yield _failure(openai_body(status=500, message=unexpected(request.scope)))
        return
    if answer is None or not answer.finished:  # the client has left
        return
    for chunk in _ending(sent, answer, reply):
        yield _event(chunk)
    if reply.with_usage:
        yield _event(reply.usage_chunk(answer))
    yield b"data: [DONE]\n\n"


def _failure(body: Mapping[str, object]) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()


def _growth(sent: str, step: Answer) -> str:
    """What can be sent of a growing answer: nothing while it is not a continuation of what was sent.

    White space at its end waits, as what follows may yet turn out to be a mark, or nothing.
    """
    text = sentences(step).rstrip()
    return text[len(sent) :] if text.startswith(sent) else ""


def _ending(sent: str, answer: Answer, reply: _Reply) -> Iterator[ChatCompletionChunk]:
    """What is left when the answer is finished: its last words and its sources, the annotations, the end."""
    content, offset = reply.content(answer), 0
    if content.startswith(sent):
        content = content[len(sent) :]
    else:
        content, offset = CORRECTION + content, len(sent) + len(CORRECTION)
    yield reply.chunk(Delta(content=content))
    if annotations := reply.annotations(answer, offset=offset):
        yield reply.chunk(Delta(annotations=annotations))
    yield reply.last_chunk(answer)


def _usage(answer: Answer) -> CompletionUsage:
    prompt, completion = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return CompletionUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)


def _evidence(answer: Answer) -> Evidence:
    return Evidence(**{name: getattr(answer, name) for name in Evidence.model_fields})


def _json(body: Wire) -> Response:
    return Response(body.model_dump_json(exclude_unset=True), media_type="application/json")


def _event(body: Wire) -> bytes:
    return f"data: {body.model_dump_json(exclude_unset=True)}\n\n".encode()
