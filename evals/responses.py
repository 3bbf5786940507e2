"""An answer as the run file shows it: everything that was said, cited and found, without the found passages' texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from evals.types import JSON
from rag.types import Answer, Citation, Hit

if TYPE_CHECKING:
    from rag.pipeline import Pipeline


def answer_response(answer: Answer) -> dict[str, JSON]:
    """Return the answer as JSON; hits by id and scores alone."""
    return {
        "standalone_question": answer.standalone_question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "notice": answer.notice,
        "mode": answer.mode,
        "model": answer.model,
        "as_of": answer.as_of,
        "statements": [asdict(statement) for statement in answer.statements],
        "citations": [_citation(citation) for citation in answer.citations],
        "disagreements": [asdict(disagreement) for disagreement in answer.disagreements],
        "hits": hits_response(answer.hits),
        "timings": dict(answer.timings),
        "usage": asdict(answer.usage),
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
    """Return what the answer says, without citation marks: its statements in order; nothing when it abstained."""
    return "" if answer.abstained else " ".join(statement.text for statement in answer.statements)


def model_failure(pipeline: Pipeline, answer: Answer) -> str | None:
    """Say that the configured model failed and quotations stand in its place; None where it answered or is none.

    A model that answered has a time of its own, also when its answer was of no use: that is how the product answers.
    """
    if pipeline.model is not None and answer.mode == "offline" and answer.notice and "model" not in answer.timings:
        return f"The model failed: {answer.notice}"
    return None


def _citation(citation: Citation) -> JSON:
    return asdict(citation)
