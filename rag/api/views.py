"""`/compare` and `/timeline`: who says what on a topic, and what the articles say of which day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from rag.api.limits import Articles, Outlets, Since, Until
from rag.asking import QuestionText, TopicText, limits
from rag.types import Coverage, Timeline

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_WHAT = Query(description="A phrase or a question.", openapi_examples={"topic": {"value": "Russia’s support"}})
Topic = Annotated[QuestionText, _WHAT]


def router(pipeline: Pipeline) -> APIRouter:
    """The two routes."""
    routes = APIRouter(tags=["Topics"])

    @routes.get("/compare")
    def compare(
        topic: Topic, outlet: Outlets = None, since: Since = None, until: Until = None, article: Articles = None
    ) -> Coverage:
        """Say who says what on a topic: each outlet in its own words, which are silent, what is said differently.

        `silent` are outlets of which that is sure; one that only may speak of the topic is in neither list.
        """
        filters = limits(outlets=outlet, since=since, until=until, articles=article)
        return pipeline.coverage(topic, filters=filters)

    @routes.get("/timeline")
    def timeline(
        topic: Annotated[TopicText, _WHAT] = "",
        outlet: Outlets = None,
        since: Since = None,
        until: Until = None,
        article: Articles = None,
    ) -> Timeline:
        """Put what the articles say of a topic in the order of the days that they speak of, undated sentences apart.

        Without a topic: the dated sentences of the newest articles.
        """
        filters = limits(outlets=outlet, since=since, until=until, articles=article)
        return pipeline.timeline(topic, filters=filters)

    return routes
