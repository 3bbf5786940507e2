"""Measures that suites share, and the scores that they are made of."""

from __future__ import annotations

from evals.types import Measure, Score
from rag.types import Answer

WORDS = Measure(
    name="words", label="words per answer", score="words", how="mean", unit="words", better="lower", by_kind=True
)
LATENCY_P50 = Measure(name="latency_p50", label="latency p50", score="latency", how="p50", unit="ms", better="lower")
LATENCY = (
    LATENCY_P50,
    Measure(name="latency_p95", label="latency p95", score="latency", how="p95", unit="ms", better="lower"),
)
WEIGHED = Measure(
    name="weighed",
    label="evidence weighs more where it answers, AUROC",
    score="weighed",
    how="auroc",
    unit="",
    better="higher",
)


def weighed(answer: Answer, *, answerable: bool) -> dict[str, Score]:
    """Return the score of the evidence, 0..1, under its name, with whether there is an answer; none if not weighed.

    A run file with these scores says how every threshold would have done: see `evals.curve`.
    """
    return {} if answer.score is None else {WEIGHED.score: Score(got=answer.score, positive=answerable)}


def flagged(answer: Answer) -> bool:
    """Tell whether a disagreement is shown; that one voice says something else later, an update, is none."""
    return any(disagreement.kind == "conflict" for disagreement in answer.disagreements)
