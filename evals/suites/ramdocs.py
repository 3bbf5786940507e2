"""RAMDocs: documents for a question that name several right answers, wrong ones, or none, all mixed up.

Wang et al., Retrieval-Augmented Generation with Conflicting Evidence (2025). The documents are stored with the right
ones first; they are put in the order of their hashes, which says nothing of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.given import Scored, first_place, read_samples, session, shuffled, snippets
from evals.libraries import GivenArticle
from evals.measures import WORDS, flagged
from evals.responses import stated
from evals.rows import Row, RowError, text, texts
from evals.types import Measure, Request, Sample, Score, Session, Suite
from rag.types import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The documents in the order given, of which type each is, and the answers that they give, right and wrong."""

    documents: tuple[GivenArticle, ...]
    types: tuple[str, ...]
    right: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def conflict(self) -> bool:
        """Whether the documents give two distinct answers or more, case apart."""
        return len({one.lower() for one in (*self.right, *self.wrong)}) > 1


MEASURES = (
    Measure(
        name="right", label="right answers stated", score="right", how="mean", unit="%", better="higher", by_kind=True
    ),
    Measure(
        name="lead",
        label="first answer is right, wrong ones given",
        score="lead",
        how="mean",
        unit="%",
        better="higher",
        by_kind=True,
    ),
    Measure(
        name="flagged",
        label="disagreement flagged",
        score="flagged",
        how="mean",
        unit="%",
        better="higher",
        by_kind=True,
    ),
    Measure(
        name="flagged_elsewhere",
        label="flagged, only one answer given",
        score="flagged_elsewhere",
        how="mean",
        unit="%",
        better="lower",
    ),
    Measure(
        name="exact",
        label="all right answers, no wrong one",
        score="exact",
        how="mean",
        unit="%",
        better="higher",
        by_kind=True,
    ),
    Measure(
        name="refused",
        label="refused, though in the documents",
        score="refused",
        how="mean",
        unit="%",
        better="lower",
        by_kind=True,
    ),
    WORDS,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split/*.jsonl`; raises EvalError."""
    return read_samples(data, split, _samples)


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to ask each question of its own documents."""
    yield session(request, score)


def score(sample: Sample[Gold], answer: Answer) -> Scored:
    """Return the scores of `answer`, and what was wrong, a phrase each; a refusal states no answer.

    An answer is stated where its letters stand in the text, case apart: the measure of the paper.
    """
    gold, said = sample.expected, stated(answer)
    missing = [one for one in gold.right if first_place(said, [one]) is None]
    amiss = [one for one in gold.wrong if first_place(said, [one]) is not None]
    scores = {
        "right": Score(got=len(gold.right) - len(missing), of=len(gold.right)),
        "exact": Score(got=float(not missing and not amiss)),
        "refused": Score(got=float(answer.abstained)),
    }
    failures = ["refused, though the documents say it"] if answer.abstained else []
    failures += [f"not stated: {one}" for one in missing] if not answer.abstained else []
    if gold.wrong:
        leads = right_leads(said, gold)
        scores["lead"] = Score(got=float(leads))
        if not (leads or answer.abstained):
            failures.append(f"wrong answer first: {', '.join(amiss)}" if amiss else "no answer recognised")
    alarm = flagged(answer)
    scores["flagged" if gold.conflict else "flagged_elsewhere"] = Score(got=float(alarm))
    if gold.conflict and not (alarm or answer.abstained):
        failures.append("disagreement not flagged")
    elif alarm and not gold.conflict:
        failures.append("flagged, though only one answer is given")
    if not answer.abstained:
        scores["words"] = Score(got=len(said.split()))
    return scores, failures


def right_leads(said: str, gold: Gold) -> bool:
    """Tell whether, of all answers that the documents give, a right one is stated first; no answer stated: no."""
    right, wrong = first_place(said, gold.right), first_place(said, gold.wrong)
    return right is not None and (wrong is None or right <= wrong)


def _samples(row: Row) -> Iterator[Sample[Gold]]:
    question, types = text(row, "question"), _documents(row.get("documents"))
    right = tuple(dict.fromkeys(texts(row.get("gold_answers"), "'gold_answers'")))
    wrong = tuple(dict.fromkeys(texts(row.get("wrong_answers"), "'wrong_answers'")))
    if not right:
        raise RowError("'gold_answers' has to hold an answer")
    order = shuffled(types)
    yield Sample(
        id=hashlib.sha256("\0".join([question, *order]).encode()).hexdigest()[:12],
        kind=_kind(right, wrong),
        question=question,
        expected=Gold(
            documents=snippets(order), types=tuple(types[document] for document in order), right=right, wrong=wrong
        ),
    )


def _documents(found: object) -> dict[str, str]:
    """The type of each document, by its text."""
    if not isinstance(found, list) or not found:
        raise RowError("'documents' has to be a list of documents that is not empty")
    types: dict[str, str] = {}
    for document in found:
        if not isinstance(document, Mapping):
            raise RowError("each of 'documents' has to be an object with text and type")
        types[text(document, "text")] = text(document, "type")
    return types


def _kind(right: Sequence[str], wrong: Sequence[str]) -> str:
    if len(right) > 1:
        return "ambiguous_misinformation" if wrong else "ambiguous"
    return "misinformation" if wrong else "plain"


SUITE = Suite(
    name="ramdocs",
    line="documents that give several right answers and wrong ones: which is stated, which first, is it flagged",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
    reference=lambda sample: ("; ".join(sample.expected.right),),
)
