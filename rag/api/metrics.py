"""`/metrics`, and the middleware that sees every request: it counts it, traces it and writes its line in the log."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from contextlib import nullcontext
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag import tracing
from rag.access import access_of
from rag.api.streaming import Answering
from rag.metrics import METHODS, UNROUTED, Load, Metrics

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

PAGE, PAGE_STREAM = "page", "page_stream"  # the routes of what the page loads and sends, and of what it listens to
_LISTENING = ("/gradio_api/heartbeat/", "/gradio_api/queue/data", "/gradio_api/startup-events")
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})  # asked every few seconds by machines
_LEFT = 499  # the status, as nginx's, of a request whose client left before it was answered

_EXAMPLE = """# HELP crosscheck_library_articles Articles in the library.
# TYPE crosscheck_library_articles gauge
crosscheck_library_articles 5.0
"""
_CONTENT = {
    "text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE},
    "application/openmetrics-text": {"schema": {"type": "string"}},
}

_log = logging.getLogger(__name__)


def counting(pipeline: Pipeline, answering: Answering) -> Metrics:
    """Counts that are told of each of the pipeline's finished answers, whoever asked."""

    def load() -> Load:
        turns, before, model = pipeline.turns, answering.waiting, pipeline.model
        spared = None if model is None else model.spared is not None
        return Load(in_progress=turns.asked + before, waiting=turns.waiting + before, spared=spared)

    metrics = Metrics(held=lambda: pipeline.store.count(), load=load)
    pipeline.listeners.append(metrics.count_answer)
    return metrics


def router(metrics: Metrics) -> APIRouter:
    """The route."""
    routes = APIRouter(tags=["Server"])

    @routes.get(
        "/metrics",
        name="metrics",
        response_class=Response,
        responses={200: {"description": "The counts.", "content": _CONTENT}},
    )
    def read_metrics(request: Request) -> Response:
        """Read what is counted, for Prometheus: requests, answers, their stages, the queue, the library, the process.

        Under `Accept: application/openmetrics-text` in OpenMetrics' format.
        """
        text, media_type = metrics.read(request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return routes


class Watch:
    """ASGI middleware outside the gate, so that what that refuses is seen as well; traced is what is under `traced`."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, traced: Collection[str]) -> None:
        self._app = app
        self._metrics = metrics
        self._traced = frozenset(traced)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and tell of it once its response has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, own = time.perf_counter(), _LEFT, scope["app"]

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        traced = scope["path"].lstrip("/").partition("/")[0] in self._traced
        with tracing.request("request", Headers(scope=scope)) if traced else nullcontext(tracing.Span()) as span:
            try:
                await self._app(scope, receive, noting)
            except Exception:
                status = 500  # the response was cut, whatever it began with
                raise
            finally:
                route = _route(scope, own)
                method = scope["method"] if scope["method"] in METHODS else "other"
                span.rename(f"{method} {route}")
                span.note(
                    **{"http.request.method": method, "http.route": route, "http.response.status_code": status},
                    request_id=str(scope.get("state", {}).get("request_id", "")),
                )
                self._tell(scope, route=route, method=method, status=status, seconds=time.perf_counter() - began)

    def _tell(self, scope: Scope, *, route: str, method: str, status: int, seconds: float) -> None:
        refused = "endpoint" not in scope and status >= 400
        self._metrics.count_request(route=route, method=method, status=status, seconds=seconds, refused=refused)
        milliseconds = round(seconds * 1_000)
        _log.log(
            _level(scope, route, status),
            "%s %s %d in %d ms, %s",
            *(method, route, status, milliseconds, access_of(scope).who),
            extra={
                "method": method,
                "route": route,
                "status": status,
                "milliseconds": milliseconds,
                "key": access_of(scope).who,
            },
        )


def _route(scope: Scope, own: object) -> str:
    """The template of the route that took the request; of the page's few words, whatever it loads."""
    if "endpoint" not in scope:
        return UNROUTED
    if scope["app"] is not own or scope.get("root_path") == "/page":
        return PAGE_STREAM if scope["path"].startswith(_LISTENING) else PAGE
    path = getattr(scope.get("route"), "path", None)
    if path is not None:
        return str(path)
    return UNROUTED if scope.get("path_params") else str(scope["path"])  # a path without parameters is its template


def _level(scope: Scope, route: str, status: int) -> int:
    """What goes wrong is a warning; files, heartbeats and probes are for who looks closely."""
    if status >= 500:
        return logging.WARNING
    part = route == PAGE_STREAM or (route == PAGE and scope["method"] == "GET" and scope["path"] != "/")
    return logging.DEBUG if part or (route in _PROBES and status < 400) else logging.INFO
