"""The nouns of measuring: sample, score, outcome, measure, suite; frozen values that pass between the modules here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar

from rag.config import Settings
from rag.types import Turn

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
How: TypeAlias = Literal["share", "mean", "p50", "p95", "balanced", "auroc", "bleu"]
Unit: TypeAlias = Literal["%", "", "words", "ms"]
Better: TypeAlias = Literal["higher", "lower", "neither"]

Gold = TypeVar("Gold")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Generic[Gold]):
    """One question as asked, with what is expected of its answer: a frozen dataclass of the suite's own."""

    id: str
    kind: str
    question: str
    expected: Gold
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """`got` out of `of` on one sample: 2 of 3 facts, 1 of 1 refusal, 58 words of 1 answer; `of` is above zero.

    `positive` says of which of two classes the sample is, where a measure tells them apart; `counts` are what the
    measure of a whole set of texts is made of (for BLEU: matches and n-grams of each order, both lengths).
    """

    got: float
    of: float = 1.0
    positive: bool | None = None
    counts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Raise ValueError where nothing was there to be scored, or no number came of it: it is no score at all."""
        if not isfinite(self.got):
            raise ValueError(f"A score is a number, not {self.got}.")
        if not self.of > 0:
            raise ValueError(f"A score is out of more than nothing, not {self.of}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the product gave on one sample and how it scored; `unscored` says why it could not be scored, else None.

    `response` is what the run file shows of the answer, `failures` a phrase for each thing that was not as expected.
    """

    response: Mapping[str, JSON] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    failures: tuple[str, ...] = ()
    latency_ms: float | None = None
    unscored: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How the scores called `score` become one number.

    `share` is the sum of `got` over the sum of `of` (micro); `mean` the mean of each sample's `got / of`; `p50` and
    `p95` are quantiles of these; `balanced` is the mean of the two classes' means; `auroc` the chance that a positive
    sample has a higher `got` than another, equals counting half; `bleu` that of the corpus. `by_kind` also prints it
    for each kind of sample; the run file always has every kind.
    """

    name: str
    label: str
    score: str
    how: How
    unit: Unit
    better: Better
    by_kind: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A measure over `n` samples, and `of` things in them, with its 95 % interval (None below two samples).

    `kind` is None for all kinds together; `value` is None where no sample has the score.
    """

    measure: str
    kind: str | None
    n: int
    of: float
    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to run on what; `data_dir` None: a library that the harness keeps; `open_pipeline` makes the product."""

    data: Path
    split: str
    corpus: Path | None
    settings: Settings
    open_pipeline: Callable[[Settings], Pipeline]
    data_dir: Path | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Generic[Gold]):
    """A suite that is ready to be asked: `ask` puts one sample to the product, `details` go into the run file."""

    ask: Callable[[Sample[Gold]], Outcome]
    details: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite(Generic[Gold]):
    """One set of questions: where its shipped data is, how a split is read, asked and measured.

    `read` gives the samples of a split or raises EvalError; `start` opens what the suite needs (a library over one
    corpus, say) and closes it after the last sample. `lacks` names the part of the product that it waits for; empty
    when it can run. `data` and `corpus` are None for sets that are not shipped. `reference` gives the acceptable
    answers to a sample as texts, none where there is nothing to state: what a judging model compares with.
    """

    name: str
    line: str
    measures: tuple[Measure, ...]
    data: Path | None
    split: str
    corpus: Path | None
    read: Callable[[Path, str], list[Sample[Gold]]]
    start: Callable[[Request, Sequence[Sample[Gold]]], AbstractContextManager[Session[Gold]]]
    lacks: str = ""
    reference: Callable[[Sample[Gold]], Sequence[str]] | None = None
