"""`/ask` and `/search`: an answer in one piece or growing, and the passages that it would be made of."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.openapi.models import Example
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rag.api.crowd import Line
from rag.api.limits import Articles, Outlets, Since, Until
from rag.api.problems import Problem, problem_body, problem_responses, request_id, status_of, unexpected
from rag.api.streaming import HEARTBEAT, STREAM_HEADERS, Answering
from rag.asking import Ask, CleanBody, Day, QuestionText, limits
from rag.errors import CrosscheckError
from rag.types import Answer, Hit, Role, Turn

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_EVENT_STREAM = "text/event-stream"
_JSON_RANGES = ("application/json", "application/*", "*/*")  # the nearest first
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?")
_STREAMED = 'event: answer\ndata: {"question": "Who holds the airport?", "text": "", "finished": false, ...}\n\n'
_ANSWER = TypeAdapter(Answer)
_HITS = TypeAdapter(list[Hit])
_SOUGHT = Query(description="What to look for.", openapi_examples={"question": {"value": "Who holds the airport?"}})
_EXAMPLES: dict[str, Example] = {
    "question": {"value": {"question": "Who holds the airport?", "since": "2024-11-27"}},
    "follow-up": {
        "value": {
            "question": "And who says so?",
            "history": [
                {"role": "user", "content": "Who holds the airport?"},
                {"role": "assistant", "content": "The army holds the airport [1]."},
            ],
        }
    },
}

_log = logging.getLogger(__name__)


class Message(BaseModel):
    """One message of the conversation so far."""

    role: Role
    content: str


class Question(CleanBody):
    """A question, the conversation before it, and what the evidence is limited to; all but the question optional."""

    question: QuestionText
    history: list[Message] | None = None
    outlets: list[str] | None = None
    since: Day | None = None
    until: Day | None = None
    articles: list[str] | None = None


def router(pipeline: Pipeline, answering: Answering, searching: Line) -> APIRouter:
    """The two routes."""
    routes = APIRouter(tags=["Questions"])
    streamed = {
        "description": "The answer, or its growth.",
        "content": {_EVENT_STREAM: {"schema": {"type": "string"}, "example": _STREAMED}},
    }

    @routes.post("/ask", response_model=Answer, responses={200: streamed, **problem_responses(502)})
    async def ask(request: Request, body: Annotated[Question, Body(openapi_examples=_EXAMPLES)]) -> Response:
        """Answer a question from the articles; not knowing is an answer too (`abstained`).

        Under `Accept: text/event-stream` it grows: `answer` events, each the whole so far, until `finished`; or a
        `problem` event.
        """
        history = tuple(Turn(role=turn.role, content=turn.content) for turn in body.history or ())
        filters = limits(outlets=body.outlets, since=body.since, until=body.until, articles=body.articles)
        asked = Ask(question=body.question, history=history, filters=filters)
        if not _wants_stream(request):
            return Response(_ANSWER.dump_json(await answering.finish(asked, request)), media_type="application/json")
        events = _events(await answering.begin(asked, request), request)
        return StreamingResponse(events, headers=STREAM_HEADERS, media_type=_EVENT_STREAM)

    @routes.get("/search", response_model=list[Hit])
    async def search(
        query: Annotated[QuestionText, _SOUGHT],
        limit: Annotated[int, Query(ge=1, le=100, description="At most so many passages.", examples=[10])] = 10,
        outlet: Outlets = None,
        since: Since = None,
        until: Until = None,
        article: Articles = None,
    ) -> Response:
        """Find the passages that an answer to this is made of, best first: the same search, and its `hits`.

        An answer reads the first ten. `score`, from 0 to 1, is what they are ordered by: words and meaning fused, or
        a reranker's score where one is configured. Its parts: `dense` is the cosine of the question and the passage's
        nearest sentence (-1 to 1), `lexical` the BM25 score of the passage's words (0 and more); null where that
        index did not find the passage.
        """
        filters = limits(outlets=outlet, since=since, until=until, articles=article)
        searching.look()
        leave = searching.stand()
        try:
            found = await run_in_threadpool(pipeline.search, query, limit=limit, filters=filters)
        finally:
            leave()
        return Response(_HITS.dump_json(found), media_type="application/json")

    return routes


def _wants_stream(request: Request) -> bool:
    """Whether events are preferred to JSON; of two that are equally welcome, the first named is (RFC 9110, 12.5.1)."""
    qualities: dict[str, float] = {}
    for part in ",".join(request.headers.getlist("accept")).split(","):
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        qualities.setdefault(kind, _quality(parameters))
    events = qualities.get(_EVENT_STREAM, 0.0)
    json_quality = next((qualities[kind] for kind in _JSON_RANGES if kind in qualities), 0.0)
    if events != json_quality:
        return events > json_quality
    named = [kind for kind in qualities if kind in (_EVENT_STREAM, *_JSON_RANGES)]
    return events > 0 and named[0] == _EVENT_STREAM


def _quality(parameters: Sequence[str]) -> float:
    """The weight among a media range's parameters; 1 where there is none that can be read."""
    for name, _, value in (parameter.partition("=") for parameter in parameters):
        if name.strip() == "q" and _WEIGHT.fullmatch(value.strip()):
            return float(value)
    return 1.0


async def _events(steps: AsyncIterator[Answer | None], request: Request) -> AsyncIterator[bytes]:
    """The answer's growth as server-sent events, to the finished answer or to a problem."""
    try:
        async for step in steps:
            yield HEARTBEAT if step is None else _event("answer", _ANSWER.dump_json(step))
    except CrosscheckError as error:
        yield _problem(problem_body(request.scope, status=status_of(error), detail=str(error)))
    except Exception:  # noqa: BLE001 - the response has begun: all that is left is to say so in it
        _log.exception("request %s: the stream broke off", request_id(request.scope))
        yield _problem(problem_body(request.scope, status=500, detail=unexpected(request.scope)))


def _problem(body: Problem) -> bytes:
    return _event("problem", json.dumps(asdict(body)).encode())


def _event(name: str, data: bytes) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + data + b"\n\n"
