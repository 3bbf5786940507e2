"""A run as plain text: the table of its measures, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.runs import Record, Run
from evals.types import Estimate, Measure, Unit

_ANSWER_SHOWN = 240
_HITS_SHOWN = 5
ANYTHING = "all"


def run_report(run: Run) -> str:
    """Show where the run comes from, and its measures with n and 95 % interval."""
    scored = len(run.records) - run.unscored
    tree = {True: ", tree dirty", False: "", None: ""}[run.dirty]
    commit = run.commit[:12] if run.commit else "none"
    head = (
        f"{run.suite} {run.split}: {len(run.records)} questions, {scored} scored, {run.unscored} unscored,"
        f" {run.seconds:.1f} s, commit {commit}{tree}"
    )
    return "\n".join([head, "", *_measures(run)])


def failures_report(run: Run) -> str:
    """List each sample with something wrong: id, question, what was missing or why it is unscored, the answer."""
    blocks = [_failure(record) for record in run.records if record.outcome.failures or record.outcome.unscored]
    return "\n\n".join(blocks) if blocks else "No failures."


def number(value: float | None, unit: Unit, *, signed: bool = False) -> str:
    """Write a value in its unit as a few digits: 75.3 for a share, 0.753 for what has no unit; a dash for none."""
    if value is None:
        return "-"
    scaled = value * 100.0 if unit == "%" else value
    digits = 1 if unit else 3
    # An added zero turns a rounded minus zero into zero.
    return f"{round(scaled, digits) + 0.0:{'+' if signed else ''}.{digits}f}"


def bounds(estimate: Estimate, unit: Unit, *, signed: bool = False) -> str:
    """Write a 95 % interval in its unit; a dash for none."""
    if estimate.low is None or estimate.high is None:
        return "-"
    return f"{number(estimate.low, unit, signed=signed)} to {number(estimate.high, unit, signed=signed)}"


def aligned(rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Return rows of equal length as lines, the first `left` columns to the left and the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def said(record: Record) -> str:
    """Return what the product gave: its answer, else the articles it found in their order, else the question it made.

    Empty where it gave nothing.
    """
    response = record.outcome.response
    hits, made = response.get("hits"), response.get("standalone_question")
    if record.answer:
        return record.answer
    if isinstance(hits, Sequence) and not isinstance(hits, str) and hits:
        return "found " + ", ".join(str(hit.get("article")) for hit in hits[:_HITS_SHOWN] if isinstance(hit, Mapping))
    return made if isinstance(made, str) else ""


def shorten(text: str, length: int = _ANSWER_SHOWN) -> str:
    """Return `text` on one line, at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _measures(run: Run) -> list[str]:
    table = [("measure", "kind", "unit", "n", "of", "value", "95 % interval")]
    by_name: Mapping[str, Measure] = {measure.name: measure for measure in run.measures}
    for one in run.estimates:
        measure = by_name[one.measure]
        if one.kind is not None and not measure.by_kind:
            continue
        table.append(
            (
                measure.label if one.kind is None else "",
                one.kind or ANYTHING,
                measure.unit,
                str(one.n),
                f"{one.of:.0f}" if measure.how == "share" else "",
                number(one.value, measure.unit),
                bounds(one, measure.unit),
            )
        )
    return aligned(table, left=3)


def _failure(record: Record) -> str:
    wrong = [f"unscored: {record.outcome.unscored}"] if record.outcome.unscored else list(record.outcome.failures)
    return "\n".join(
        [
            f"{record.id} ({record.kind}) {shorten(record.question)}",
            *(f"  - {shorten(one)}" for one in wrong),
            f"  answered: {shorten(said(record)) or 'nothing'}",
        ]
    )
