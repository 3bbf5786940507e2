"""An answer as the run file shows it: everything that was said, cited and found, without the found passages' texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from evals.types import JSON
from rag.types import Answer, Hit

if TYPE_CHECKING:
    from rag.pipeline import Pipeline


def answer_response(answer: Answer) -> dict[str, JSON]:
    """Return the answer as JSON; hits by id and scores alone."""
    return {
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "nearest": [asdict(citation) for citation in answer.nearest],
        "unanswered": list(answer.unanswered),
        "score": answer.score,
        "notice": answer.notice,
        "mode": answer.mode,
        "model": answer.model,
        "as_of": answer.as_of,
        "statements": [asdict(statement) for statement in answer.statements],
        "citations": [asdict(citation) for citation in answer.citations],
        "disagreements": [asdict(disagreement) for disagreement in answer.disagreements],
        "hits": hits_response(answer.hits),
        "timings": dict(answer.timings),
        "usage": asdict(answer.usage),
        "unsupported": answer.unsupported,
        "copies": [asdict(copies) for copies in answer.copies],
    }


def hits_response(hits: Sequence[Hit]) -> list[JSON]:
    """Return each hit as JSON: its passage's id and place, its article, its scores."""
    return [
        {
            "passage": hit.passage.id,
            "article": hit.passage.article_id,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "rank": hit.rank,
            "score": hit.score,
            "dense": hit.dense,
            "lexical": hit.lexical,
        }
        for hit in hits
    ]


def stated(answer: Answer) -> str:
    """Return what the answer says, without citation marks: its statements in order; nothing when it abstained.

    A statement that it marks as unsupported it does not say.
    """
    said = (one.text for one in answer.statements if one.support != "unsupported")
    return "" if answer.abstained else " ".join(said)


def displayed(answer: Answer) -> str:
    """Return all words of articles and of the answer that people see: what is stated, cited, disputed, and nearest."""
    return "\n".join(
        [
            *(one.text for one in answer.statements),
            *(one.quote for one in (*answer.citations, *answer.nearest)),
            *(position.claim for one in answer.disagreements for position in one.positions),
        ]
    )


def model_failure(pipeline: Pipeline, answer: Answer) -> str | None:
    """Say that the configured model failed and quotations stand in its place; None where it answered or is none.

    A model that answered has a time of its own, also when its answer was of no use: that is how the product answers.
    """
    if pipeline.model is not None and answer.mode == "offline" and answer.notice and "model" not in answer.timings:
        return f"The model failed: {answer.notice}"
    return None
