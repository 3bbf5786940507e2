"""Two runs of one suite side by side: paired differences with their intervals, and the samples that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.errors import EvalError
from evals.report import ANYTHING, aligned, bounds, number, said, shorten
from evals.runs import Record, Run
from evals.statistics import measured, paired_difference
from evals.types import Measure, Score, Unit

CHANGES_NAMED = 200

Pair = tuple[Record, Record]


def comparison(before: Run, after: Run) -> str:
    """Report on `before` (A) and `after` (B); raises EvalError when they have no question in common."""
    if before.suite != after.suite:
        raise EvalError(f"A is a run of {before.suite}, B of {after.suite}; compare two runs of one suite.")
    pairs = shared(before, after)
    if not pairs:
        raise EvalError("A and B have no question in common; compare two runs of one split.")
    measures = [measure for measure in after.measures if measure in before.measures]
    blocks = [
        _heading(before, after, pairs),
        "\n".join(_table(measures, pairs)),
        _changes(measures, pairs),
    ]
    return "\n\n".join(blocks)


def shared(before: Run, after: Run) -> list[Pair]:
    """Return the pairs of samples that both runs asked alike: same id, kind, question, history and expectation."""
    earlier = {record.id: record for record in before.records}
    return [
        (earlier[record.id], record)
        for record in after.records
        if record.id in earlier and _asked(earlier[record.id]) == _asked(record)
    ]


def _asked(record: Record) -> tuple[object, ...]:
    return record.kind, record.question, record.history, record.expected


def _heading(before: Run, after: Run, pairs: Sequence[Pair]) -> str:
    lines = [_origin("A", before), _origin("B", after), f"{len(pairs)} questions asked alike in both"]
    for what, first, second in (
        ("setting", before.settings, after.settings),
        ("machine", before.machine, after.machine),
    ):
        # Where a library happens to lie says nothing about a number.
        lines += [f"{what} {one}: {other}" for one, other in _differing(first, second) if not one.endswith("_dir")]
    return "\n".join(lines)


def _origin(letter: str, run: Run) -> str:
    commit = f"commit {run.commit[:12]}" if run.commit else "no commit"
    dirty = ", tree dirty" if run.dirty else ""
    return f"{letter}: {run.suite} {run.split}, {run.when}, {commit}{dirty}, {run.unscored} unscored"


def _differing(first: Mapping[str, object], second: Mapping[str, object]) -> list[tuple[str, str]]:
    names = dict.fromkeys([*first, *second])
    return [
        (name, f"{first.get(name)} in A, {second.get(name)} in B")
        for name in names
        if first.get(name) != second.get(name)
    ]


def _table(measures: Sequence[Measure], pairs: Sequence[Pair]) -> list[str]:
    table: list[Sequence[str]] = [("measure", "kind", "unit", "n", "A", "B", "B - A", "95 % interval", "")]
    for measure in measures:
        kinds = dict.fromkeys(record.kind for _, record in pairs) if measure.by_kind else {}
        for kind in [None, *kinds]:
            row = _row(measure, [pair for pair in pairs if kind in (None, pair[1].kind)], kind=kind)
            if row is not None:
                table.append(row)
    return aligned(table, left=3)


def _row(measure: Measure, pairs: Sequence[Pair], *, kind: str | None) -> Sequence[str] | None:
    # A sample that only one run has this score for (the other abstained, say) has no difference.
    both = [
        (first.outcome.scores[measure.score], second.outcome.scores[measure.score])
        for first, second in pairs
        if measure.score in first.outcome.scores and measure.score in second.outcome.scores
    ]
    if not both and kind is not None:
        return None
    early, late = [first for first, _ in both], [second for _, second in both]
    difference = paired_difference(measure, early, late)
    apart = difference.low is not None and difference.high is not None and not difference.low <= 0.0 <= difference.high
    return (
        measure.label if kind is None else "",
        kind or ANYTHING,
        measure.unit,
        str(len(both)),
        number(measured(measure, early), measure.unit),
        number(measured(measure, late), measure.unit),
        number(difference.value, measure.unit, signed=True),
        bounds(difference, measure.unit, signed=True),
        "*" if apart else "",
    )


def _changes(measures: Sequence[Measure], pairs: Sequence[Pair]) -> str:
    # Words and milliseconds differ from run to run, and how sure a judgement is by a hair; a share or a rank that moved
    # is a sample that changed.
    units = {
        measure.score: measure.unit
        for measure in measures
        if measure.unit in ("%", "") and measure.how not in ("auroc", "bleu")
    }
    moves = [(first, second, _moved(units, first, second)) for first, second in pairs]
    changed = [move for move in moves if move[2]]
    otherwise = sum(said(first) != said(second) for first, second, moved in moves if not moved)
    lines = [f"{len(changed)} samples changed; {otherwise} more were answered otherwise with the same scores."]
    lines += [f"  {tally}" for name in units if (tally := _tally(name, pairs))]
    for first, second, moved in changed[:CHANGES_NAMED]:
        lines += ["", f"{second.id} ({second.kind}) {shorten(second.question)}", f"  {'; '.join(moved)}"]
        lines += [f"  {letter}: {shorten(_outcome(record))}" for letter, record in (("A", first), ("B", second))]
    if len(changed) > CHANGES_NAMED:
        lines += ["", f"and {len(changed) - CHANGES_NAMED} more samples changed."]
    return "\n".join(lines)


def _moved(units: Mapping[str, Unit], first: Record, second: Record) -> list[str]:
    if (first.outcome.unscored is None) != (second.outcome.unscored is None):
        return ["unscored in B" if second.outcome.unscored else "unscored in A"]
    return [
        f"{name} {_written(first.outcome.scores.get(name), unit)} -> {_written(second.outcome.scores.get(name), unit)}"
        for name, unit in units.items()
        if first.outcome.scores.get(name) != second.outcome.scores.get(name)
    ]


def _tally(name: str, pairs: Sequence[Pair]) -> str:
    shares = [[_share(first, name), _share(second, name)] for first, second in pairs]
    both = [(early, late) for early, late in shares if early is not None and late is not None]
    higher, lower = sum(early < late for early, late in both), sum(early > late for early, late in both)
    return f"{name}: {higher} higher, {lower} lower" if higher or lower else ""


def _share(record: Record, name: str) -> float | None:
    score = record.outcome.scores.get(name)
    return None if score is None else score.got / score.of


def _written(score: Score | None, unit: Unit) -> str:
    if score is None:
        return "none"
    return f"{round(score.got, 3):g}/{score.of:g}" if unit else number(score.got / score.of, unit)


def _outcome(record: Record) -> str:
    return said(record) or record.outcome.unscored or "nothing"
