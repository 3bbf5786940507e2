"""A number from scores, with its error: bootstrap intervals of one run, and of the paired difference of two.

Percentile bootstrap over samples (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13): a sample
is drawn with all its facts or citations, since those of one question stand or fall together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from evals.types import Estimate, How, Measure, Score

RESAMPLES = 2000
SEED = 20241127
LEVEL = 0.95
_CELLS_AT_ONCE = 2_000_000

Numbers = NDArray[np.float64]


def value(got: Numbers, of: Numbers, *, how: How) -> Numbers:
    """Return each row's measure, of arrays (..., samples)."""
    if how == "share":
        return np.asarray(got.sum(axis=-1) / of.sum(axis=-1), dtype=np.float64)
    if how == "mean":
        return np.asarray((got / of).mean(axis=-1), dtype=np.float64)
    return np.asarray(np.quantile(got / of, 0.5 if how == "p50" else 0.95, axis=-1), dtype=np.float64)


def interval(statistic: Callable[[NDArray[np.int64]], Numbers], *, n: int) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of `statistic`, a function of drawn sample indices (draws, n).

    None below two samples. Seeded: the same scores give the same interval.
    """
    if n < 2:
        return None
    generator = np.random.default_rng(SEED)
    rows = max(1, _CELLS_AT_ONCE // n)
    drawn = [
        statistic(generator.integers(0, n, size=(min(rows, RESAMPLES - start), n)))
        for start in range(0, RESAMPLES, rows)
    ]
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(np.concatenate(drawn), [tail, 1.0 - tail])
    return float(low), float(high)


def estimate(measure: Measure, scores: Sequence[Score], *, kind: str | None = None) -> Estimate:
    """Estimate `measure` over the scores of the samples that have it."""
    n = len(scores)
    if n == 0:
        return Estimate(measure=measure.name, kind=kind, n=0, of=0.0, value=None)
    got, of = _arrays(scores)
    bounds = interval(lambda drawn: value(got[drawn], of[drawn], how=measure.how), n=n)
    return Estimate(
        measure=measure.name,
        kind=kind,
        n=n,
        of=float(of.sum()),
        value=float(value(got, of, how=measure.how)),
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
    )


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
    n = len(before)
    if n == 0:
        return Estimate(measure=measure.name, kind=None, n=0, of=0.0, value=None)
    got_before, of_before = _arrays(before)
    got_after, of_after = _arrays(after)

    def difference(drawn: NDArray[np.int64]) -> Numbers:
        late = value(got_after[drawn], of_after[drawn], how=measure.how)
        return late - value(got_before[drawn], of_before[drawn], how=measure.how)

    bounds = interval(difference, n=n)
    return Estimate(
        measure=measure.name,
        kind=None,
        n=n,
        of=float(of_after.sum()),
        value=float(difference(np.arange(n))),
        low=bounds[0] if bounds else None,
        high=bounds[1] if bounds else None,
    )


def _arrays(scores: Sequence[Score]) -> tuple[Numbers, Numbers]:
    return (
        np.array([score.got for score in scores], dtype=np.float64),
        np.array([score.of for score in scores], dtype=np.float64),
    )
