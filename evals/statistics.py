"""A number from scores, with its error: bootstrap intervals of one run, and of the paired difference of two.

Percentile bootstrap over samples (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13): a sample
is drawn with all its facts or citations, since those of one question stand or fall together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from evals.bleu import corpus_bleu
from evals.types import Estimate, How, Measure, Score

RESAMPLES = 2000
SEED = 20241127
LEVEL = 0.95
_DRAWN_AT_ONCE = 2_000_000

Numbers: TypeAlias = NDArray[np.float64]
# Of drawn sample indices (draws, n): the measure of each draw.
Statistic: TypeAlias = Callable[[NDArray[np.int64]], Numbers]


def value(table: Numbers, *, how: How) -> Numbers:
    """Return the measure of each set of samples in `table` (..., samples, columns), as `columns_of` makes its columns.

    nan where samples of one class alone are told apart.
    """
    return _VALUES[how](table)


def columns_of(scores: Sequence[Score], *, how: How) -> Numbers:
    """Return the columns of numbers that the measure is made of (samples, columns); raises ValueError if one lacks."""
    if how == "bleu":
        return np.array([score.counts for score in scores], dtype=np.float64)
    if how == "share":
        return np.array([(score.got, score.of) for score in scores], dtype=np.float64)
    if how in ("balanced", "auroc"):
        if any(score.positive is None for score in scores):
            raise ValueError(f"A measure of two classes ({how}) needs the class of each sample.")
        got = [score.got / score.of for score in scores]
        # Of a chance over pairs only the order counts: a score's place among the distinct ones.
        first = np.unique(got, return_inverse=True)[1] if how == "auroc" else got
        return np.column_stack([first, [float(score.positive is True) for score in scores]])
    return np.array([(score.got / score.of,) for score in scores], dtype=np.float64)


def interval(statistic: Statistic, *, n: int) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of `statistic` over draws of `n` samples.

    None below two samples, and where no draw has a value; a draw without one (nan) is left out. Seeded: the same
    scores give the same interval.
    """
    if n < 2:
        return None
    generator = np.random.default_rng(SEED)
    rows = max(1, _DRAWN_AT_ONCE // n)
    drawn = [
        statistic(generator.integers(0, n, size=(min(rows, RESAMPLES - start), n)))
        for start in range(0, RESAMPLES, rows)
    ]
    values = np.concatenate(drawn)
    values = values[~np.isnan(values)]
    if not values.size:
        return None
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def measured(measure: Measure, scores: Sequence[Score]) -> float | None:
    """Return `measure` over the scores, without an interval; None where there are none, or of one class alone."""
    return _number(value(columns_of(scores, how=measure.how), how=measure.how)) if scores else None


def estimate(measure: Measure, scores: Sequence[Score], *, kind: str | None = None) -> Estimate:
    """Estimate `measure` over the scores of the samples that have it."""
    if not scores:
        return Estimate(measure=measure.name, kind=kind, n=0, of=0.0, value=None)
    table = columns_of(scores, how=measure.how)
    return _estimate(measure, scores, lambda drawn: value(table[drawn], how=measure.how), kind=kind)


def estimates(measure: Measure, scored: Sequence[tuple[str, Mapping[str, Score]]]) -> list[Estimate]:
    """Estimate `measure` over all samples and each kind that has it; `scored` is kind and scores for each sample."""
    having = [(kind, scores[measure.score]) for kind, scores in scored if measure.score in scores]
    kinds = list(dict.fromkeys(kind for kind, _ in having))
    overall = estimate(measure, [score for _, score in having])
    return [overall, *(estimate(measure, [s for k, s in having if k == kind], kind=kind) for kind in kinds)]


def paired_difference(measure: Measure, before: Sequence[Score], after: Sequence[Score]) -> Estimate:
    """Estimate `after` minus `before`, sample by sample in the same order; raises ValueError on unequal lengths."""
    if len(before) != len(after):
        raise ValueError(f"Paired scores come in pairs: {len(before)} before, {len(after)} after.")
    if not before:
        return Estimate(measure=measure.name, kind=None, n=0, of=0.0, value=None)
    early, late = columns_of(before, how=measure.how), columns_of(after, how=measure.how)
    return _estimate(
        measure,
        after,
        lambda drawn: value(late[drawn], how=measure.how) - value(early[drawn], how=measure.how),
        kind=None,
    )


def _estimate(measure: Measure, scores: Sequence[Score], statistic: Statistic, *, kind: str | None) -> Estimate:
    n = len(scores)
    whole = _number(statistic(np.arange(n)))
    bounds = interval(statistic, n=n) if whole is not None else None
    return Estimate(
        measure=measure.name,
        kind=kind,
        n=n,
        of=float(sum(score.of for score in scores)),
        value=whole,
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
    )


def _number(found: Numbers) -> float | None:
    return None if np.isnan(found) else float(found)


def _share(table: Numbers) -> Numbers:
    got, of = table[..., 0].sum(axis=-1), table[..., 1].sum(axis=-1)
    return np.asarray(got / of)


def _mean(table: Numbers) -> Numbers:
    return np.asarray(table[..., 0].mean(axis=-1))


def _quantile(table: Numbers, level: float) -> Numbers:
    return np.asarray(np.quantile(table[..., 0], level, axis=-1))


def _balanced(table: Numbers) -> Numbers:
    got, positive = table[..., 0], table[..., 1]
    with np.errstate(invalid="ignore"):  # 0/0 where a class has no sample: nan is what is meant
        means = [(got * one).sum(axis=-1) / one.sum(axis=-1) for one in (positive, 1.0 - positive)]
    return np.asarray((means[0] + means[1]) / 2.0)


def _auroc(table: Numbers) -> Numbers:
    # Mann and Whitney's U over all pairs of a positive and a negative sample (Hanley and McNeil, 1982), from how many
    # of each class have each distinct score.
    rows = table.reshape(-1, *table.shape[-2:])
    places = int(table[..., 0].max()) + 1
    cell = rows[..., 0].astype(np.int64) + np.arange(len(rows))[:, None] * places

    def counted(weights: Numbers) -> Numbers:
        counts = np.bincount(cell.ravel(), weights.ravel(), len(rows) * places)
        return np.asarray(counts, dtype=np.float64).reshape(len(rows), places)

    positive, negative = counted(rows[..., 1]), counted(1.0 - rows[..., 1])
    won = (positive * (negative.cumsum(axis=-1) - negative / 2.0)).sum(axis=-1)
    with np.errstate(invalid="ignore"):
        chance = won / (positive.sum(axis=-1) * negative.sum(axis=-1))
    return np.asarray(chance.reshape(table.shape[:-2]))


def _bleu(table: Numbers) -> Numbers:
    return np.asarray(np.vectorize(corpus_bleu, signature="(counts)->()", otypes=[np.float64])(table.sum(axis=-2)))


_VALUES: Mapping[How, Callable[[Numbers], Numbers]] = {
    "share": _share,
    "mean": _mean,
    "p50": partial(_quantile, level=0.5),
    "p95": partial(_quantile, level=0.95),
    "balanced": _balanced,
    "auroc": _auroc,
    "bleu": _bleu,
}
