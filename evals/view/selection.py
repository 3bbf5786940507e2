"""Which samples of a run are listed, in which order, and what the list shows of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.report import shorten
from evals.runs import Record, Run
from evals.types import Measure, Score

SHARES = ("%", "")  # units of measures whose scores fit a column: 2/3 of the facts, a reciprocal rank
QUESTION_SHOWN = 120  # characters of a question in the list


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader chose to see: `kind` and `by` (a score's name) None for all kinds and the order of asking."""

    kind: str | None = None
    only_failures: bool = False
    words: str = ""
    by: str | None = None


def sendable(text: str) -> str:
    """Return the text with a question mark for each lone surrogate, which a run file may hold and no server send."""
    return text.encode("utf-8", "replace").decode("utf-8")


def kinds(run: Run) -> list[str]:
    """Return the kinds of the run's samples, each once, in the order they come."""
    return list(dict.fromkeys(sendable(record.kind) for record in run.records))


def scored(run: Run) -> dict[str, Measure]:
    """Return each score's first measure by the score's name, of those that at least one sample has."""
    there = {name for record in run.records for name in record.outcome.scores}
    found: dict[str, Measure] = {}
    for measure in run.measures:
        if measure.score in there:
            found.setdefault(measure.score, measure)
    return found


def headers(run: Run) -> list[str]:
    """Return the list's column heads: id, kind, question, what went wrong, then the share-like scores by name."""
    return ["id", "kind", "question", "wrong", *(plain_name(name) for name in _columns(run))]


def plain_name(name: str) -> str:
    """Write a score's name for people."""
    return sendable(name).replace("_", " ")


def cells(run: Run, records: Sequence[Record]) -> list[list[str]]:
    """Return one row of `headers(run)` for each record."""
    names = _columns(run)
    return [
        [
            sendable(record.id),
            sendable(record.kind),
            sendable(shorten(record.question, QUESTION_SHOWN)),
            wrong(record),
            *(fraction(record.outcome.scores[name]) if name in record.outcome.scores else "" for name in names),
        ]
        for record in records
    ]


def wrong(record: Record) -> str:
    """Return `unscored`, the number of failures, or nothing."""
    if record.outcome.unscored is not None:
        return "unscored"
    return str(len(record.outcome.failures)) if record.outcome.failures else ""


def fraction(score: Score) -> str:
    """Write a score as `2/3`, or as a plain number where it is out of one."""
    got = f"{score.got:.4g}"
    return got if score.of == 1 else f"{got}/{score.of:.4g}"


def chosen(run: Run, choice: Choice) -> list[Record]:
    """Return the samples that are chosen: by kind, by failure, by words that all stand in them, the worst first."""
    words = choice.words.casefold().split()
    found = [
        record
        for record in run.records
        if choice.kind in (None, sendable(record.kind))
        and not (choice.only_failures and not wrong(record))
        and (not words or _holds(record, words))
    ]
    return _worst_first(run, found, choice.by) if choice.by is not None else found


def _columns(run: Run) -> list[str]:
    return [name for name, measure in scored(run).items() if measure.unit in SHARES and measure.how != "bleu"]


def _holds(record: Record, words: Sequence[str]) -> bool:
    parts = (record.id, record.question, record.answer, *record.outcome.failures, record.outcome.unscored or "")
    text = "\n".join(str(part) for part in parts).casefold()
    return all(word in text for word in words)


def _worst_first(run: Run, records: Sequence[Record], name: str) -> list[Record]:
    """Sort by a score, those that have none last; what is neither better nor worse has the highest first."""
    measure = scored(run).get(name)
    sign = 1.0 if measure is not None and measure.better == "higher" else -1.0

    def rank(record: Record) -> tuple[bool, float]:
        score = record.outcome.scores.get(name)
        return score is None, 0.0 if score is None else sign * score.got / score.of

    return sorted(records, key=rank)
