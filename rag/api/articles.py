"""`/articles`: the library's articles, listed and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from rag.asking import CleanText
from rag.types import Article, Byline

if TYPE_CHECKING:
    from rag.pipeline import Pipeline


def router(pipeline: Pipeline) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["Articles"])

    @routes.get("/articles")
    def list_articles(
        limit: Annotated[int, Query(ge=1, le=1000, description="At most so many articles.")] = 100,
        offset: Annotated[int, Query(ge=0, description="Leave out so many at the beginning.")] = 0,
    ) -> list[Byline]:
        """List the articles without their texts, the last taken in at the end."""
        return list(pipeline.store.articles()[offset : offset + limit])

    @routes.get("/articles/{article_id}")
    def read_article(article_id: CleanText) -> Article:
        """Read one article whole; a citation's `start` and `end` are offsets into its `text`."""
        return pipeline.store.article(article_id)

    return routes
