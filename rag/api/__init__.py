"""The application for other programs: questions, searches and articles over HTTP, with `/v1` and `/mcp` beside.

The page is mounted at `/` behind these routes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.routing import Route

from rag.api import articles, cors, docs, embeddings, feedback, health, metrics, openai_api, questions, signin, views
from rag.api.bounds import Bounds
from rag.api.crowd import Crowd, Line
from rag.api.description import DESCRIPTION, TAGS, VERSION, Application
from rag.api.gate import Gate
from rag.api.guard import Guard
from rag.api.problems import ALWAYS, problem_responses, translate_errors
from rag.api.streaming import HEARTBEAT_SECONDS, LAST_SECONDS, Answering
from rag.api.unrouted import close_paths
from rag.api.wire import HEAD_BYTES as HEAD_BYTES
from rag.api.wire import BoundedProtocol as BoundedProtocol
from rag.tools import HttpTools

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_API: tuple[str, ...] = ("ask", "search", "compare", "timeline", "articles", "feedback", "v1", "mcp")
_OWN_PATHS: tuple[str, ...] = (*_API, "healthz", "readyz", "metrics", "docs")
_PRICED = frozenset(_API)  # every request counts for a key's rate
_ANSWER, _SEARCH = 0.1, 0.01  # seconds that one is thought to take before any has been measured
_SOONER = 10  # times that a search is to be done sooner than an answer


def create_app(
    pipeline: Pipeline,
    *,
    allowed_hosts: Collection[str] = (),
    heartbeat: float = HEARTBEAT_SECONDS,
) -> FastAPI:
    """The application over an open pipeline, which stays the caller's to close.

    It answers to the loopback names and to `allowed_hosts`, without port; `*` stands for any. `heartbeat` is how many
    seconds a stream is silent before it sends a sign of life.
    """
    settings = pipeline.settings
    guard = Guard(settings, priced=_PRICED)
    tools = HttpTools(pipeline, changes=settings.mcp_changes and not settings.read_only)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.running():
            yield

    app = Application(
        title="Crosscheck",
        version=VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would drop a body; a wrong path is told instead
        generate_unique_id_function=lambda route: route.name,
        responses=problem_responses(*ALWAYS),
        # FastAPI's own would hold addresses whole, and so questions; rag.tracing stands in its place.
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.guarded = bool(guard.keys)
    answering = Answering(pipeline, line=Line(wait=settings.max_wait, each=_ANSWER), heartbeat=heartbeat)
    app.state.pipeline, app.state.answering, app.state.tools = pipeline, answering, tools
    counted = metrics.counting(pipeline, answering)
    places = [Depends(Crowd(settings.max_at_once).place)]
    searching = Line(wait=settings.max_wait / _SOONER, each=_SEARCH)
    app.include_router(questions.router(pipeline, answering, searching), dependencies=places)
    app.include_router(articles.router(pipeline))
    app.include_router(views.router(pipeline), dependencies=places)
    if not settings.read_only:
        app.include_router(feedback.router(pipeline))
    app.include_router(health.router(pipeline))
    app.include_router(metrics.router(counted))
    app.include_router(openai_api.router(pipeline, answering), dependencies=places)
    app.include_router(embeddings.router(pipeline), dependencies=places)
    app.include_router(docs.router())
    own = _OWN_PATHS
    if guard.keys:
        app.include_router(signin.router(guard))
        own = (*_OWN_PATHS, *signin.PATHS)
    app.router.routes += [Route(path, tools, methods=["POST"]) for path in ("/mcp", "/mcp/")]
    close_paths(app.router.routes, own)
    translate_errors(app)
    allowed = cors.origins(settings.cors_origins)
    sites = cors.Sites(allowed, _OWN_PATHS)
    bounds = Bounds(max_file_mb=settings.max_file_mb, seconds=settings.request_timeout)
    app.add_middleware(Gate, guard=guard, bounds=bounds, sites=sites, allowed_hosts=allowed_hosts)
    app.add_middleware(cors.CrossOrigin, sites=sites, allowed=allowed)
    app.add_middleware(metrics.Watch, metrics=counted, traced=_API)
    return app


def end(app: FastAPI) -> None:
    """End what is under way, each answer finished or told that the server ends; called in the server's event loop."""
    app.state.pipeline.end()
    app.state.answering.end()
    app.state.tools.end(LAST_SECONDS)
