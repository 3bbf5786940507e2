"""`/healthz`: whether the server is well, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter

from rag.types import Mode

if TYPE_CHECKING:
    from rag.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the server holds and answers with; `model` is None when answers are made of quotations alone."""

    status: Literal["ok"]
    articles: int
    passages: int
    mode: Mode
    model: str | None


def router(pipeline: Pipeline) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["Server"])

    @routes.get("/healthz")
    def health() -> Health:
        """Say that the server can read its library, and how much that holds."""
        held, model = pipeline.store.count(), pipeline.model
        return Health(
            status="ok",
            articles=held.articles,
            passages=held.passages,
            mode="offline" if model is None else "model",
            model=None if model is None else model.name,
        )

    return routes
