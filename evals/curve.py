"""How a threshold on the score of the evidence does: what it wrongly answers, what it wrongly refuses, from run files.

A sample counts whose suite says whether it can be answered and whose evidence was weighed (`measures.weighed`). At a
threshold t it is answered where its score is t or more. The score is what `Answer.score` holds; the product may ask
more of it than one number (less of a long question, say), so what was decided in fact stands beside the curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from evals.errors import EvalError
from evals.measures import WEIGHED
from evals.report import aligned, bounds, number
from evals.runs import Record, Run
from evals.statistics import estimate
from evals.types import Estimate, Measure, Score

GRID = tuple(step / 100 for step in range(101))
PRINTED = 5  # every fifth of them
POOLED = "pooled"
_RIGHT = Measure(name="right", label="right", score="right", how="balanced", unit="%", better="higher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One sample: the score of its evidence, whether it can be answered, whether it was; None where unknown."""

    score: float
    answerable: bool
    answered: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a threshold does: shares of what cannot be answered and is, of what can be and is not; balanced accuracy.

    None without a sample of the class; of both, for the accuracy.
    """

    threshold: float
    wrongly_answered: float | None
    wrongly_refused: float | None
    balanced: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The samples of one run, or of several pooled, under a name."""

    name: str
    samples: tuple[Weighed, ...]

    @property
    def answerable(self) -> int:
        """How many can be answered."""
        return sum(sample.answerable for sample in self.samples)

    def at(self, threshold: float) -> Point:
        """Return what a threshold does."""
        return _point([(sample, sample.score >= threshold) for sample in self.samples], threshold)

    @property
    def best(self) -> float | None:
        """The threshold of the grid with the best balanced accuracy, of equals the middle one; None of one class."""
        found = [(point.balanced, point.threshold) for point in map(self.at, GRID) if point.balanced is not None]
        if not found:
            return None
        top = max(balanced for balanced, _ in found)
        # The longest stretch of equals: its middle is the farthest from being wrong.
        stretches = [
            [threshold for _, threshold in run] for equal, run in groupby(found, lambda one: one[0] == top) if equal
        ]
        longest = max(stretches, key=len)
        return longest[len(longest) // 2]

    @property
    def auroc(self) -> Estimate:
        """The chance that what can be answered has the higher score, with its interval."""
        return estimate(WEIGHED, [Score(got=one.score, positive=one.answerable) for one in self.samples])

    def balanced(self, threshold: float) -> Estimate:
        """Balanced accuracy at a threshold, with its interval."""
        scores = [
            Score(got=float((one.score >= threshold) == one.answerable), positive=one.answerable)
            for one in self.samples
        ]
        return estimate(_RIGHT, scores)

    @property
    def decided(self) -> Point | None:
        """What the product did, its threshold being 0 here; None where a sample does not tell."""
        done = [(sample, sample.answered) for sample in self.samples]
        known = [(sample, answered) for sample, answered in done if answered is not None]
        return _point(known, 0.0) if len(known) == len(done) else None


# --- reading ---------------------------------------------------------------------------------------------------------


def curves(runs: Sequence[tuple[Path, Run]]) -> list[Curve]:
    """Return the curve of each run, and behind several that of all their samples.

    Raises EvalError on a run without such samples, and on two of the same questions, which would count twice.
    """
    made: list[Curve] = []
    seen: dict[tuple[str, str, str], Path] = {}
    for path, run in runs:
        same = (run.suite, run.split, run.data)
        if same in seen:
            raise EvalError(f"{path} asks what {seen[same]} asks: its questions would count twice; leave one out.")
        seen[same] = path
        samples = tuple(one for record in run.records if (one := _weighed(record)) is not None)
        if not samples:
            raise EvalError(
                f"{path}: no sample says both how its evidence was weighed and whether it can be answered;"
                " name a run, not an old one, of a suite that knows when it is right to abstain (evals/README.md)."
            )
        name = f"{run.suite} {run.split}"
        made.append(
            Curve(name=name if all(name != one.name for one in made) else f"{name}, {path.stem}", samples=samples)
        )
    if len(made) > 1:
        made.append(Curve(name=POOLED, samples=tuple(sample for one in made for sample in one.samples)))
    return made


def _weighed(record: Record) -> Weighed | None:
    score = record.outcome.scores.get(WEIGHED.score)
    if record.outcome.unscored is not None or score is None or score.positive is None:
        return None
    abstained = record.outcome.response.get("abstained")
    return Weighed(
        score=score.got,
        answerable=score.positive,
        answered=not abstained if isinstance(abstained, bool) else None,
    )


def _point(answered: Sequence[tuple[Weighed, bool]], threshold: float) -> Point:
    can = [done for sample, done in answered if sample.answerable]
    cannot = [done for sample, done in answered if not sample.answerable]
    wrongly_answered = sum(cannot) / len(cannot) if cannot else None
    wrongly_refused = 1 - sum(can) / len(can) if can else None
    return Point(
        threshold=threshold,
        wrongly_answered=wrongly_answered,
        wrongly_refused=wrongly_refused,
        balanced=None
        if wrongly_answered is None or wrongly_refused is None
        else 1 - (wrongly_answered + wrongly_refused) / 2,
    )


# --- as text ---------------------------------------------------------------------------------------------------------

_NOTE = """\
What scores the threshold or more is answered, wrongly where nothing answers; the rest is refused, wrongly where
something does. "best" was chosen on these samples, which flatters it; "decided" is what the product did."""


def curve_report(found: Sequence[Curve], *, at: float | None = None) -> str:
    """Show each curve as a table: every fifth threshold, the best one, the one `at` which to look, what was decided."""
    return "\n\n".join([_NOTE, *(_table(curve, at=at) for curve in found)])


def _table(curve: Curve, *, at: float | None) -> str:
    auroc = curve.auroc
    head = (
        f"{curve.name}: {curve.answerable} can be answered, {len(curve.samples) - curve.answerable} cannot;"
        f" AUROC {number(auroc.value, '')} ({bounds(auroc, '')})"
    )
    rows: list[tuple[str, ...]] = [("threshold", "wrongly answered", "wrongly refused", "balanced", "95 % interval")]
    rows += [_row(f"{threshold:.2f}", curve.at(threshold)) for threshold in GRID[::PRINTED]]
    for name, threshold in (("best", curve.best), ("at", at)):
        if threshold is not None:
            rows.append(
                _row(f"{name} {threshold:.2f}", curve.at(threshold), interval=bounds(curve.balanced(threshold), "%"))
            )
    if curve.decided is not None:
        rows.append(_row("decided", curve.decided))
    return "\n".join([head, *aligned(rows, left=1)])


def _row(name: str, point: Point, *, interval: str = "") -> tuple[str, ...]:
    return (
        name,
        number(point.wrongly_answered, "%"),
        number(point.wrongly_refused, "%"),
        number(point.balanced, "%"),
        interval,
    )
