"""The application for other programs: questions, searches and articles over HTTP, with `/v1` and `/mcp` beside.

The page is mounted at `/` behind these routes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from starlette.routing import Route

from rag.api import articles, docs, health, mcp, openai_api, questions, views
from rag.api.gate import Gate
from rag.api.problems import PROBLEM_RESPONSES, translate_errors
from rag.api.streaming import HEARTBEAT_SECONDS, Answering
from rag.api.unrouted import close_paths

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

VERSION = "1"  # of the API, not of the program: it changes when a client must
_DESCRIPTION = (
    "Ask a news archive: every sentence of an answer is cited to the exact words of an article. "
    "Wrong requests and failures are answered by problem details (RFC 9457), under `/v1` by OpenAI's error object."
)
_OWN_PATHS = ("ask", "search", "compare", "timeline", "articles", "healthz", "v1", "mcp", "docs")


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
    app.include_router(questions.router(pipeline, answering))
    app.include_router(articles.router(pipeline))
    app.include_router(views.router(pipeline))
    app.include_router(health.router(pipeline))
    app.include_router(openai_api.router(answering))
    app.include_router(docs.router())
    app.router.routes += [
        Route(path, StreamableHTTPASGIApp(tools.session_manager), methods=["POST"]) for path in ("/mcp", "/mcp/")
    ]
    close_paths(app.router.routes, _OWN_PATHS)
    translate_errors(app)
    app.add_middleware(Gate, allowed_hosts=allowed_hosts)
    return app
