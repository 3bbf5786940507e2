"""NoMIRACL: ten passages that look right for each question, and for half of the questions none of them answers it.

Thakur et al., NoMIRACL: Knowing When You Don't Know for Robust Multilingual Retrieval-Augmented Generation (2024).
People judged every passage; where one is relevant the product ought to answer, and elsewhere to say that none does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.given import Scored, identifier, read_samples, session
from evals.libraries import GivenArticle
from evals.measures import WEIGHED, WORDS, weighed
from evals.responses import stated
from evals.rows import Row, RowError, text, texts
from evals.types import Measure, Request, Sample, Score, Session, Suite
from rag.types import Answer

RELEVANT, NON_RELEVANT = "relevant", "non_relevant"
_LONGEST_TITLE = 12  # words


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The passages given, and whether one of them answers the question."""

    documents: tuple[GivenArticle, ...]
    answerable: bool


MEASURES = (
    Measure(
        name="judged",
        label="answered or refused rightly, both alike",
        score="judged",
        how="balanced",
        unit="%",
        better="higher",
    ),
    Measure(
        name="hallucination",
        label="answered, though no passage is relevant",
        score="hallucination",
        how="mean",
        unit="%",
        better="lower",
    ),
    Measure(
        name="error",
        label="refused, though a passage is relevant",
        score="error",
        how="mean",
        unit="%",
        better="lower",
    ),
    WEIGHED,
    WORDS,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split/*.jsonl`; raises EvalError."""
    return read_samples(data, split, _samples)


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to ask each question of its own passages."""
    yield session(request, score)


def score(sample: Sample[Gold], answer: Answer) -> Scored:
    """Return whether the product was right to answer, or not to, and what was wrong."""
    answerable, answered = sample.expected.answerable, not answer.abstained
    scores = {"judged": Score(got=float(answered == answerable), positive=answerable)}
    scores |= weighed(answer, answerable=answerable)
    if answered:
        scores["words"] = Score(got=len(stated(answer).split()))
    if answerable:
        scores["error"] = Score(got=float(not answered))
        return scores, [] if answered else ["refused, though a passage is relevant"]
    scores["hallucination"] = Score(got=float(answered))
    return scores, ["answered, though no passage is relevant"] if answered else []


def _samples(row: Row) -> Iterator[Sample[Gold]]:
    answerable = row.get("answerable")
    if not isinstance(answerable, bool):
        raise RowError("'answerable' has to be true or false")
    names, passages = texts(row.get("docids"), "'docids'"), texts(row.get("passages"), "'passages'")
    if not passages or len(names) != len(passages) or len(set(names)) != len(names):
        raise RowError("'docids' has to name each of 'passages' once, and there has to be one")
    yield Sample(
        id=identifier(row, "query_id"),
        kind=RELEVANT if answerable else NON_RELEVANT,
        question=text(row, "question"),
        expected=Gold(
            documents=tuple(_passage(name, passage) for name, passage in zip(names, passages, strict=True)),
            answerable=answerable,
        ),
    )


def _passage(name: str, passage: str) -> GivenArticle:
    """A passage with its title apart, which stands before the first colon; a colon far into it ends no title."""
    title, _, rest = passage.partition(": ")
    if rest.strip() and title.strip() and len(title.split()) <= _LONGEST_TITLE:
        return GivenArticle(id=name, title=title.strip(), text=rest.strip())
    return GivenArticle(id=name, text=passage)


SUITE = Suite(
    name="nomiracl",
    line="ten passages for each question, often none that answers it: answers, and refuses, rightly",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
