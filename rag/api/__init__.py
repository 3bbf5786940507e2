"""The application for other programs: questions, searches and articles over HTTP, with `/v1` and `/mcp` beside.

The page is mounted at `/` behind these routes.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, FastAPI, Query, Request
from fastapi.openapi.models import Example
from fastapi.responses import StreamingResponse
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from pydantic import BaseModel, Field, TypeAdapter
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

from rag.api import docs, mcp, openai_api, views
from rag.api.gate import Gate
from rag.api.problems import (
    PROBLEM_RESPONSES,
    Problem,
    problem_body,
    request_id,
    status_of,
    translate_errors,
    unexpected,
)
from rag.api.streaming import HEARTBEAT, HEARTBEAT_SECONDS, STREAM_HEADERS, Answering
from rag.asking import Ask, CleanBody, CleanText, Day, limits
from rag.errors import CrosscheckError
from rag.question import MAX_CHARACTERS
from rag.types import Answer, Article, Byline, Hit, Mode, Role, Turn

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

VERSION = "1"  # of the API, not of the program: it changes when a client must
_DESCRIPTION = (
    "Ask a news archive: every sentence of an answer is cited to the exact words of an article. "
    "Wrong requests and failures are answered by problem details (RFC 9457), under `/v1` by OpenAI's error object."
)
_OWN_PATHS = ("ask", "search", "compare", "timeline", "articles", "healthz", "v1", "mcp", "docs")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the server holds and answers with; `model` is None when answers are made of quotations alone."""

    status: Literal["ok"]
    articles: int
    passages: int
    mode: Mode
    model: str | None


def create_app(
    pipeline: Pipeline, *, allowed_hosts: Collection[str] = (), heartbeat: float = HEARTBEAT_SECONDS
) -> FastAPI:
    """The application over an open pipeline, which stays the caller's to close.

    It answers to the loopback names and to `allowed_hosts`, without port; `*` stands for any. `heartbeat` is how many
    seconds a stream is silent before it sends a sign of life.
    """
    tools = mcp.server(pipeline)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.session_manager.run():
            yield

    app = FastAPI(
        title="Crosscheck",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would drop a body; a wrong path is told instead
        generate_unique_id_function=lambda route: route.name,
        responses=PROBLEM_RESPONSES,
        telemetry={"auto_configure": False},
    )
    answering = Answering(pipeline, heartbeat=heartbeat)
    app.include_router(_asking(answering))
    app.include_router(_reading(pipeline))
    app.include_router(views.router(pipeline))
    app.include_router(_serving(pipeline))
    app.include_router(openai_api.router(answering))
    app.include_router(docs.router())
    app.router.routes += [
        Route(path, StreamableHTTPASGIApp(tools.session_manager), methods=["POST"]) for path in ("/mcp", "/mcp/")
    ]
    _close_own_paths(app.router.routes)
    translate_errors(app)
    app.add_middleware(Gate, allowed_hosts=allowed_hosts)
    return app


def _asking(answering: Answering) -> APIRouter:
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

    return routes


def _reading(pipeline: Pipeline) -> APIRouter:
    routes = APIRouter(tags=["Articles"])

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

    @routes.get("/articles")
    def list_articles(
        limit: Annotated[int, Query(ge=1, le=1000, description="At most so many articles.")] = 100,
        offset: Annotated[int, Query(ge=0, description="Leave out so many at the beginning.")] = 0,
    ) -> list[Byline]:
        """List the articles without their texts, the last taken in at the end."""
        return list(pipeline.library.articles()[offset : offset + limit])

    @routes.get("/articles/{article_id}")
    def read_article(article_id: CleanText) -> Article:
        """Read one article whole; a citation's `start` and `end` are offsets into its `text`."""
        return pipeline.library.article(article_id)

    return routes


def _serving(pipeline: Pipeline) -> APIRouter:
    routes = APIRouter(tags=["Server"])

    @routes.get("/healthz")
    def health() -> Health:
        """Say that the server can read its library, and how much that holds."""
        held, model = pipeline.library.count(), pipeline.model
        return Health(
            status="ok",
            articles=held.articles,
            passages=held.passages,
            mode="offline" if model is None else "model",
            model=None if model is None else model.name,
        )

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


def _close_own_paths(routes: list[BaseRoute]) -> None:
    """Answer what is under our paths and no route of ours takes, before the page's mount can take it for a page."""
    endpoint = _Unrouted(tuple(routes))
    for path in _OWN_PATHS:
        routes += [Route(f"/{path}", endpoint), Route(f"/{path}/{{rest:path}}", endpoint)]


class _Unrouted:
    """ASGI endpoint for requests that none of `routes` takes: 405 with the methods that one would, else 404."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise what is to be answered."""
        allowed = [method for method in _METHODS if self._takes({**scope, "method": method})]
        if allowed:
            methods = ", ".join(allowed)
            sentence = f"{scope['path']} does not take {scope['method']}; use {methods}."
            raise HTTPException(405, sentence, headers={"Allow": methods})
        raise HTTPException(404, "There is nothing at this path; see /docs for what there is.")

    def _takes(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)
