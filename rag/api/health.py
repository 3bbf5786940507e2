"""`/healthz` and `/readyz`: whether the process serves, and whether it can answer, for whatever watches it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Request
from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from rag.access import access_of
from rag.api.problems import problem, request_id
from rag.errors import CrosscheckError
from rag.types import BY_WORDS_ALONE, Mode

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_WORD = "news"  # to search for; whether anything is found does not matter
NO_LIBRARY = "The library cannot be searched; the server's log says why."
SPARED = "The language model is left alone, as it failed again and again; answers are quotations meanwhile."
NOT_LOADED = "{} is not loaded yet; that takes seconds after a start, and the server's log says if it cannot be."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alive:
    """The process serves: all that somebody without a key is told."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the server holds and answers with; `model` is None when answers are made of quotations alone."""

    status: Literal["ok"] = "ok"
    articles: int
    passages: int
    mode: Mode
    model: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How far what is searched is behind the library, in changes: an article that was taken in, changed or removed.

    `change` is the library's last one, the same in every copy of it that has come as far; `published` the last one that
    the indexes know, `vectors` the last one that a Chroma server has, where one has them and can be asked. What
    `behind` says is not found yet.
    """

    change: int
    published: int
    vectors: int | None = None
    behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Questions are answered; `notices` say what is missing meanwhile, a sentence each.

    To those who may read the library also whether it is only read here, and the state of its indexes.
    """

    status: Literal["ready"] = "ready"
    notices: tuple[str, ...] | None = None
    read_only: bool | None = None
    index: Index | None = None


_ALIVE, _HEALTH, _READY = TypeAdapter(Alive), TypeAdapter(Health), TypeAdapter(Ready)


def router(pipeline: Pipeline) -> APIRouter:
    """The two routes."""
    routes = APIRouter(tags=["Server"])

    @routes.get("/healthz", response_model=Health | Alive)
    def health(request: Request) -> Response:
        """Say that the process serves, and to those who may read the library, what it holds and answers with.

        For a liveness probe: it is well also while the library is not; `/readyz` says whether questions are answered.
        """
        if "read" not in access_of(request.scope).scopes:
            return _json(_ALIVE.dump_json(Alive()))
        try:
            held, model = pipeline.store.count(), pipeline.model
        except CrosscheckError as error:
            _log.warning("request %s: %s", request_id(request.scope), error)
            return _json(_ALIVE.dump_json(Alive()))
        whole = Health(
            articles=held.articles,
            passages=held.passages,
            mode="offline" if model is None else "model",
            model=None if model is None else model.name,
        )
        return _json(_HEALTH.dump_json(whole))

    @routes.get("/readyz", response_model=Ready)
    def ready(request: Request) -> Response:
        """Say whether a question would be answered now: the library can be searched, the models here are loaded.

        For a readiness probe, and as cheap as a search for a word. A language model is not asked: without it answers
        are made of quotations; `notices` say so where it failed again and again. 503 names what is missing in `errors`.
        """
        missing = list(_missing(pipeline, request))
        if missing:
            return problem(request.scope, status=503, detail=missing[0], errors=missing)
        whole = Ready(notices=tuple(_notices(pipeline)) or None)
        if "read" in access_of(request.scope).scopes:
            whole = replace(whole, read_only=pipeline.settings.read_only, index=_index(pipeline))
        return _json(_READY.dump_json(whole, exclude_none=True))

    return routes


def _index(pipeline: Pipeline) -> Index | None:
    try:
        lag = pipeline.store.lag()
    except CrosscheckError:
        return None  # it was whole a moment ago; who asks next is told
    return Index(change=lag.change, published=lag.indexes, vectors=lag.vectors, behind=lag.behind)


def _notices(pipeline: Pipeline) -> Iterator[str]:
    """What is missing and can be done without, a sentence each."""
    if pipeline.model is not None and pipeline.model.spared:
        yield SPARED
    if pipeline.store.server_is_away():
        yield BY_WORDS_ALONE


def _missing(pipeline: Pipeline, request: Request) -> Iterator[str]:
    """What keeps questions from being answered, a sentence each."""
    try:
        pipeline.store.count()
        pipeline.store.matching(_WORD, limit=1)
    except CrosscheckError as error:
        _log.warning("request %s: %s", request_id(request.scope), error)
        yield NO_LIBRARY  # the error names folders of this machine
    models = {
        "The embedding model": pipeline.embedder,
        "The reranker": pipeline.reranker,
        "The entailment model": pipeline.nli,
    }
    for name, model in models.items():
        if model is not None and not model.is_loaded:
            yield NOT_LOADED.format(name)


def _json(content: bytes) -> Response:
    return Response(content, media_type=JSONResponse.media_type, headers={"Cache-Control": "no-store"})
