"""`/ask` and `/search`: an answer in one piece or growing, and the passages that it would be made of."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.openapi.models import Example
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import Response

from rag.api.problems import Problem, problem_body, request_id, status_of, unexpected
from rag.api.streaming import HEARTBEAT, STREAM_HEADERS, Answering
from rag.asking import Ask, CleanBody, CleanText, Day, limits
from rag.errors import CrosscheckError
from rag.question import MAX_CHARACTERS
from rag.types import Answer, Hit, Role, Turn

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_EVENT_STREAM = "text/event-stream"
_ANSWER = TypeAdapter(Answer)
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

    question: str = Field(json_schema_extra={"minLength": 1, "maxLength": MAX_CHARACTERS})
    history: list[Message] | None = None
    outlets: list[str] | None = None
    since: Day | None = None
    until: Day | None = None
    articles: list[str] | None = None


def router(pipeline: Pipeline, answering: Answering) -> APIRouter:
    """The two routes."""
    routes = APIRouter(tags=["Questions"])
    streamed = {"description": "The answer, or its growth.", "content": {_EVENT_STREAM: {}}}

    @routes.post("/ask", response_model=Answer, responses={200: streamed})
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
        events = _events(await answering.begin(asked), request)
        return StreamingResponse(events, headers=STREAM_HEADERS, media_type=_EVENT_STREAM)

    @routes.get("/search")
    def search(
        query: Annotated[CleanText, Query(description="What to look for.", examples=["Who holds the airport?"])],
        limit: Annotated[int, Query(ge=1, le=100, description="At most so many passages.")] = 10,
        outlet: Annotated[list[str] | None, Query(description="Only articles of this outlet; may be repeated.")] = None,
        since: Annotated[Day | None, Query(description="Only articles of this day or later.")] = None,
        until: Annotated[Day | None, Query(description="Only articles of this day or earlier.")] = None,
        article: Annotated[
            list[CleanText] | None, Query(description="Only the article of this id; may be repeated.")
        ] = None,
    ) -> list[Hit]:
        """Find the passages that an answer to this would be made of, best first, with the parts of their scores."""
        filters = limits(outlets=outlet, since=since, until=until, articles=article)
        return list(pipeline.search(query, limit=limit, filters=filters))

    return routes


def _wants_stream(request: Request) -> bool:
    """Whether events are accepted, and not after JSON."""
    accepted = request.headers.get("accept", "")
    return _EVENT_STREAM in accepted.partition("application/json")[0]


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
