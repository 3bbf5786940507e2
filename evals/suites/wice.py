"""WiCE: claims of an encyclopedia and the article each cites: whether it supports the claim, and in which sentences.

Kamoi et al., WiCE: Real-World Entailment for Claims in Wikipedia (EMNLP 2023). A claim is checked against the whole
article; of its classes "supported" is told from the other two. Sentences are those that the set numbers.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from evals.given import refuse_library, split_files
from evals.measures import LATENCY_P50
from evals.rows import Row, RowError, samples, text
from evals.types import JSON, Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.verify import check

FILES = "claim.*.jsonl"
SUPPORTED = "supported"
LABELS = (SUPPORTED, "partially_supported", "not_supported")
_BETWEEN = "\n\n"  # the sentences of an article are paragraphs: none runs on into the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The cited article's sentences, whether they support the claim, and each set of them that was found to do so.

    Of a claim that is supported in part the sets are for that part; an empty set says that nothing supports any.
    """

    sentences: tuple[str, ...]
    supported: bool
    sets: tuple[tuple[int, ...], ...]


MEASURES = (
    Measure(
        name="ranked", label="supported ranked first, AUROC", score="ranked", how="auroc", unit="", better="higher"
    ),
    Measure(
        name="balanced",
        label="judged rightly, both classes alike",
        score="judged",
        how="balanced",
        unit="%",
        better="higher",
    ),
    Measure(name="judged", label="judged rightly", score="judged", how="mean", unit="%", better="higher", by_kind=True),
    Measure(
        name="evidence", label="evidence F1", score="evidence", how="mean", unit="%", better="higher", by_kind=True
    ),
    LATENCY_P50,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the claims of `data/split/claim.*.jsonl`; raises EvalError."""
    return [one for path in split_files(data, split, FILES) for one in samples(path, _sample)]


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to check each claim against its own article; raises EvalError where a library was named."""
    refuse_library(request, because="These claims bring their own articles")
    yield Session(ask=ask, details={"library": "none: claims are checked against the articles that come with them"})


def ask(sample: Sample[Gold]) -> Outcome:
    """Check one claim against its article, and score the verdict and the sentences that it rests on."""
    gold = sample.expected
    article = _BETWEEN.join(gold.sentences)
    clock = time.perf_counter()
    found = check(sample.question, article)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    cited = numbered(found.evidence, gold.sentences)
    right = (found.verdict.support == "supported") == gold.supported
    f1 = evidence_f1(cited, gold.sets)
    failures = [] if right else [f"judged {found.verdict.support}, labelled {sample.kind}"]
    if f1 < 1.0:
        failures.append(f"evidence F1 {f1:.2f}")
    return Outcome(
        response={
            "verdict": found.verdict.support,
            "reason": found.verdict.reason,
            "score": round(found.verdict.score, 4),
            "cited": _shown(cited, gold.sentences),
            "annotated": [_shown(one, gold.sentences) for one in gold.sets],
        },
        scores={
            "ranked": Score(got=found.verdict.score, positive=gold.supported),
            "judged": Score(got=float(right), positive=gold.supported),
            "evidence": Score(got=f1),
            "latency": Score(got=latency_ms),
        },
        failures=tuple(failures),
        latency_ms=latency_ms,
    )


def numbered(spans: Iterable[tuple[int, int]], sentences: Sequence[str]) -> frozenset[int]:
    """Return which sentences the offsets touch, which are those of the sentences as paragraphs of one article."""
    starts = [0, *accumulate(len(sentence) + len(_BETWEEN) for sentence in sentences)]
    return frozenset(
        number
        for start, end in spans
        for number, sentence in enumerate(sentences)
        if max(start, starts[number]) < min(end, starts[number] + len(sentence))
    )


def evidence_f1(cited: Collection[int], sets: Iterable[Collection[int]]) -> float:
    """Return the F1 of the cited sentences against the set that they fit best; none cited where none should be is 1."""
    mine = set(cited)
    return max(2 * len(mine & set(one)) / (len(mine) + len(one)) if mine or one else 1.0 for one in sets)


def _shown(numbers: Iterable[int], sentences: Sequence[str]) -> JSON:
    return {str(number): sentences[number] for number in sorted(numbers)}


def _sample(row: Row) -> Sample[Gold]:
    label = text(row, "label")
    if label not in LABELS:
        raise RowError(f"'label' has to be one of {', '.join(LABELS)}, not {label!r}")
    sentences = row.get("evidence")
    if isinstance(sentences, str) or not isinstance(sentences, Sequence) or not sentences:
        raise RowError("'evidence' has to be the list of the article's sentences")
    if not all(isinstance(sentence, str) for sentence in sentences):
        raise RowError("'evidence' has to be a list of texts")
    meta = row.get("meta")
    if not isinstance(meta, Mapping):
        raise RowError("'meta' has to be an object with an 'id'")
    return Sample(
        id=text(meta, "id"),
        kind=label,
        question=text(row, "claim"),
        expected=Gold(
            sentences=tuple(str(sentence) for sentence in sentences),
            supported=label == SUPPORTED,
            sets=_sets(row.get("supporting_sentences"), label=label, sentences=len(sentences)),
        ),
    )


def _sets(found: JSON, *, label: str, sentences: int) -> tuple[tuple[int, ...], ...]:
    complaint = f"'supporting_sentences' has to be a list of lists of whole numbers from 0 to {sentences - 1}"
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise RowError(complaint)
    sets: list[tuple[int, ...]] = []
    for one in found:
        if isinstance(one, str) or not isinstance(one, Sequence):
            raise RowError(complaint)
        numbers = [number for number in one if type(number) is int and 0 <= number < sentences]
        if len(numbers) != len(one):
            raise RowError(complaint)
        sets.append(tuple(sorted(set(numbers))))
    if label == LABELS[-1]:
        return tuple(sets) or ((),)
    if not any(sets):
        raise RowError(f"a claim that is {label} needs 'supporting_sentences'")
    return tuple(sets)


SUITE = Suite(
    name="wice",
    line="claims and the article that each cites: is the claim supported, and by which sentences",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
