"""`/feedback`: what readers say of answers, kept and listed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.openapi.models import Example
from pydantic import BeforeValidator, Field

from rag import feedback
from rag.access import access_of
from rag.api.writing import WriteRoute
from rag.asking import CleanBody, QuestionText, whole
from rag.feedback import Feedback, Verdict

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

LONGEST_ANSWER, LONGEST_COMMENT, LONGEST_ID = 20_000, 4_000, 200
_MOST = 2**31 - 1  # of a number that counts citations
_EXAMPLES: dict[str, Example] = {
    "right": {"value": {"question": "Who holds the airport?", "verdict": "right"}},
    "wrong statement": {
        "value": {
            "question": "Who holds the airport?",
            "verdict": "wrong",
            "answer": "The army holds the airport [1].",
            "statement": 1,
            "citation": 1,
            "comment": "The cited article speaks of the year before.",
        }
    },
}


Number = Annotated[int, Field(ge=1, le=_MOST), BeforeValidator(whole)]


class Verdicts(CleanBody):
    """What somebody says of an answer: `right`, `wrong`, or `unhelpful` where it is neither but of no use to them.

    `answer` is its text as they saw it; `article` an article's id, `citation` a citation's number and `statement` a
    statement's place (the first is 1) where it is about one of these.
    """

    question: QuestionText
    verdict: Verdict
    answer: str | None = Field(None, max_length=LONGEST_ANSWER)
    article: str | None = Field(None, max_length=LONGEST_ID)
    citation: Number | None = None
    statement: Number | None = None
    comment: str | None = Field(None, max_length=LONGEST_COMMENT)


def router(pipeline: Pipeline) -> APIRouter:
    """The two routes."""
    routes = APIRouter(tags=["Feedback"])
    folder = pipeline.settings.data_dir

    @routes.post("/feedback", status_code=201)
    def give_feedback(request: Request, body: Annotated[Verdicts, Body(openapi_examples=_EXAMPLES)]) -> Feedback:
        """Say whether an answer was right; it is on disk when this is answered, and changes no answer."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        given = Feedback(
            at=now,
            who=access_of(request.scope).who,
            question=body.question,
            verdict=body.verdict,
            answer=body.answer,
            article=body.article,
            citation=body.citation,
            statement=body.statement,
            comment=body.comment,
        )
        feedback.keep(folder, given)
        return given

    listing = APIRouter(route_class=WriteRoute)

    @listing.get("/feedback")
    def list_feedback(
        limit: Annotated[int, Query(ge=1, le=200, description="At most so many.", examples=[20])] = 50,
    ) -> list[Feedback]:
        """List what was said, the newest first; for keys with the write scope."""
        return feedback.latest(folder, limit=limit)

    routes.include_router(listing)
    return routes
