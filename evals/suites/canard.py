"""CANARD (Elgohary et al., 2019): a follow-up rewritten so that it stands alone, against a person's rewriting.

No library is needed: what is measured is what the product understands, which page and API show as the standalone
question. The talk begins with the heading of the text that it is about and that of the section, which both had seen:
the first as what the user said, the second as the answer; then questions and answers in turn.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.bleu import sentence_counts
from evals.given import read_samples
from evals.measures import LATENCY
from evals.rows import Row, RowError, text
from evals.types import Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.question import understand
from rag.types import Turn

CHANGED, UNCHANGED = "rewritten", "as_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The question as a person rewrote it."""

    rewritten: str


MEASURES = (
    Measure(name="bleu", label="BLEU", score="bleu", how="bleu", unit="", better="higher", by_kind=True),
    Measure(
        name="kept",
        label="left as asked, needs no rewriting",
        score="kept",
        how="mean",
        unit="%",
        better="higher",
    ),
    *LATENCY,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split/*.jsonl`; raises EvalError."""
    return read_samples(data, split, lambda row: [_sample(row)])


def _sample(row: Row) -> Sample[Gold]:
    said = row.get("History")
    if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
        raise RowError("'History' has to be a list of texts")
    asked, rewritten = text(row, "Question"), text(row, "Rewrite")
    number = row.get("Question_no")
    if isinstance(number, bool) or not isinstance(number, int):
        raise RowError("'Question_no' has to be a whole number")
    return Sample(
        id=f"{text(row, 'QuAC_dialog_id')}_{number}",
        kind=UNCHANGED if rewritten == asked else CHANGED,
        question=asked,
        expected=Gold(rewritten=rewritten),
        history=tuple(
            Turn(role="assistant" if place % 2 else "user", content=content) for place, content in enumerate(said)
        ),
    )


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Yield the product's understanding of questions."""
    yield Session(ask=ask)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """Return the question as the product makes it stand alone."""
    return understand(question, history=history).standalone


def ask(sample: Sample[Gold], *, rewrite: Callable[[str, Sequence[Turn]], str] = standalone) -> Outcome:
    """Have a question rewritten, and count what it has in common with a person's rewriting."""
    clock = time.perf_counter()
    rewritten = rewrite(sample.question, sample.history)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    gold = sample.expected.rewritten
    counts = sentence_counts(rewritten, gold)
    scores = {"bleu": Score(got=float(rewritten == gold), counts=counts), "latency": Score(got=latency_ms)}
    if sample.kind == UNCHANGED:
        scores["kept"] = Score(got=float(rewritten == sample.question))
    return Outcome(
        response={"standalone_question": rewritten, "rewritten_by_a_person": gold},
        scores=scores,
        failures=() if rewritten == gold else (f"a person wrote: {gold}",),
        latency_ms=latency_ms,
    )


SUITE = Suite(
    name="canard",
    line="follow-up questions rewritten to stand alone: how near to a person's rewriting?",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
