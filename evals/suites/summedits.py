"""SummEdits: summaries of an article, some with a fact altered: whether all of it is what the article says.

Laban et al., SummEdits: Measuring LLM Ability at Factual Reasoning Through The Lens of Summarization (EMNLP 2023).
Each sentence of a summary is checked against the article; the summary is consistent where all of them are supported,
and is ranked by the one that is supported least.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.given import refuse_library, split_files
from evals.measures import LATENCY_P50
from evals.rows import Row, RowError, samples, text, texts
from evals.types import JSON, Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.text import sentences
from rag.verify import Check, check

FILES = "*.jsonl"
CONSISTENT, SEVERAL, UNNAMED = "consistent", "several edits", "unnamed edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The article, and whether the summary says nothing that it does not say."""

    article: str
    consistent: bool


MEASURES = (
    Measure(
        name="balanced",
        label="judged rightly, both classes alike",
        score="judged",
        how="balanced",
        unit="%",
        better="higher",
    ),
    Measure(
        name="ranked", label="consistent ranked first, AUROC", score="ranked", how="auroc", unit="", better="higher"
    ),
    Measure(name="judged", label="judged rightly", score="judged", how="mean", unit="%", better="higher", by_kind=True),
    LATENCY_P50,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the summaries of `data/split/*.jsonl`; raises EvalError."""
    return [one for path in split_files(data, split, FILES) for one in samples(path, _sample)]


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to check each summary against its own article; raises EvalError where a library was named."""
    refuse_library(request, because="These summaries bring their own articles")
    yield Session(ask=ask, details={"library": "none: summaries are checked against the articles they come with"})


def ask(sample: Sample[Gold]) -> Outcome:
    """Check each sentence of one summary against its article, and score the verdict on the whole."""
    gold, summary = sample.expected, sample.question
    clock = time.perf_counter()
    said = [summary[span.start : span.end] for span in sentences(summary)]
    found = [check(statement, gold.article) for statement in said]
    latency_ms = (time.perf_counter() - clock) * 1000.0
    consistent = all(one.verdict.support == "supported" for one in found)
    right = consistent == gold.consistent
    reasons = "; ".join(one.verdict.reason for one in found if one.verdict.reason)
    wrong = f"judged inconsistent: {reasons}" if gold.consistent else f"judged consistent, though {sample.kind}"
    return Outcome(
        response={
            "consistent": consistent,
            "statements": [_shown(one, statement, gold) for one, statement in zip(found, said, strict=True)],
            "article": gold.article,
        },
        scores={
            "judged": Score(got=float(right), positive=gold.consistent),
            "ranked": Score(got=min(one.verdict.score for one in found), positive=gold.consistent),
            "latency": Score(got=latency_ms),
        },
        failures=() if right else (wrong,),
        latency_ms=latency_ms,
    )


def _shown(found: Check, statement: str, gold: Gold) -> JSON:
    return {
        "statement": statement,
        "verdict": found.verdict.support,
        "reason": found.verdict.reason,
        "score": round(found.verdict.score, 4),
        "cited": [gold.article[start:end] for start, end in found.evidence],
    }


def _sample(row: Row) -> Sample[Gold]:
    label = row.get("label")
    if isinstance(label, bool) or label not in (0, 1):
        raise RowError("'label' has to be 1 for consistent or 0 for inconsistent")
    edits = texts(row.get("edit_types", []), "'edit_types'")
    edited = edits[0] if len(edits) == 1 else SEVERAL if edits else UNNAMED
    return Sample(
        id=text(row, "id"),
        kind=CONSISTENT if label == 1 else edited.replace("_", " "),
        question=text(row, "summary"),
        expected=Gold(article=text(row, "doc"), consistent=label == 1),
    )


SUITE = Suite(
    name="summedits",
    line="summaries of news, some with one fact altered: is all of it what the article says",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
