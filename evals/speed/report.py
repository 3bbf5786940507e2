"""What was measured, as a table: each program's figures, and how many times as good the first one's are."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evals.speed.peak import Peak
from evals.speed.worker import Reply

NAMED = 8  # operators of the embedder that are told


@dataclass(slots=True, kw_only=True)
class Measured:
    """What was measured of one program; `taken` and `found` hold a reply for each portion and each question.

    `ranks` are those of the first passage that is evidence for each question, from 1, None where none was among ten.
    """

    starts: list[Reply] = field(default_factory=list)
    taken: list[Reply] = field(default_factory=list)
    found: list[Reply] = field(default_factory=list)
    ranks: list[int | None] = field(default_factory=list)
    memory_mb: float = 0.0

    @property
    def passages(self) -> int:
        """How many were made of the articles."""
        return sum(reply.said.get("passages", 0) for reply in self.taken)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure of each program, and how many times as good the first one's is: None where that is no question."""

    label: str
    figures: Sequence[float]
    times: float | None = None
    digits: int = 1


def report(measured: Mapping[str, Measured], reached: Peak) -> str:
    """The whole of it."""
    lines = table(list(measured), rows(list(measured.values())))
    where = ", ".join(f"{name} {share:.0%}" for name, share in reached.where[:NAMED])
    return "\n".join(
        [
            *lines,
            "",
            f"8-bit products alone, in the encoder's shapes: {reached.products:.0f} thousand million operations/s; "
            f"the embedder: {reached.embedder:.0f}, {reached.share:.0%} of it.",
            f"Where the embedder's time goes: {where}.",
        ]
    )


def table(names: Sequence[str], of: Sequence[Row]) -> list[str]:
    """The lines of a Markdown table."""
    several = len(names) > 1
    head = ["", *names, *(["times as good"] if several else [])]
    lines = [head, ["---"] * len(head)]
    for row in of:
        cells = [row.label, *(f"{figure:,.{row.digits}f}" for figure in row.figures)]
        lines.append([*cells, *([f"{row.times:.1f}" if row.times is not None else ""] if several else [])])
    return [f"| {' | '.join(line)} |" for line in lines]


def rows(of: Sequence[Measured]) -> list[Row]:
    """The figures, program by program; ratios are medians of those of each turn, so that other work moves both."""
    seconds = [sum(reply.seconds for reply in one.taken) for one in of]
    processor = [sum(reply.cpu for reply in one.taken) for one in of]
    waits = [[reply.seconds * 1e3 for reply in one.found] for one in of]
    found = [
        Row(
            label="start, s",
            figures=[statistics.median(reply.seconds for reply in one.starts) for one in of],
            times=_times([[reply.seconds for reply in one.starts] for one in of]),
        ),
        Row(label="passages", figures=[one.passages for one in of], digits=0),
        Row(
            label="taken in, s in all",
            figures=seconds,
            times=_times([[reply.seconds for reply in one.taken] for one in of]),
        ),
        Row(
            label="taken in, passages/s",
            figures=[one.passages / spent for one, spent in zip(of, seconds, strict=True)],
            times=_times([[reply.seconds / max(one.passages, 1) for reply in one.taken] for one in of]),
        ),
        Row(
            label="taken in, ms of processors a passage",
            figures=[1e3 * spent / max(one.passages, 1) for one, spent in zip(of, processor, strict=True)],
            times=_times([[reply.cpu / max(one.passages, 1) for reply in one.taken] for one in of]),
        ),
    ]
    if waits[0]:
        found += [
            Row(
                label="search p50, ms",
                figures=[statistics.median(one) for one in waits],
                times=_times(waits),
            ),
            Row(label="search p95, ms", figures=[quantile(one, 0.95) for one in waits]),
            Row(
                label="Hits@10, %", figures=[100 * mean([float(rank is not None) for rank in one.ranks]) for one in of]
            ),
            Row(
                label="MRR@10",
                figures=[mean([1 / rank if rank else 0.0 for rank in one.ranks]) for one in of],
                digits=3,
            ),
        ]
    return [*found, Row(label="memory at most, MB", figures=[one.memory_mb for one in of], digits=0)]


def quantile(values: Sequence[float], level: float) -> float:
    """The value that so large a share of them does not exceed."""
    return sorted(values)[min(int(level * len(values)), len(values) - 1)]


def mean(values: Sequence[float]) -> float:
    """Their mean."""
    return sum(values) / len(values)


def _times(costs: Sequence[Sequence[float]]) -> float | None:
    """The median of how many times as much each turn cost the second program as the first; None of one alone."""
    ratios = [theirs / ours for ours, theirs in zip(costs[0], costs[-1], strict=True) if ours]
    return statistics.median(ratios) if len(costs) > 1 and ratios else None
