"""A run as one JSON file: written once, never over another, and read back with every field checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from evals.errors import EvalError
from evals.types import JSON, Estimate, Gold, Measure, Outcome, Sample, Score

FORMAT = "crosscheck evals run 1"

Wanted = TypeVar("Wanted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One sample as asked, what was expected as JSON, and its outcome."""

    id: str
    kind: str
    question: str
    history: tuple[tuple[str, str], ...]
    expected: Mapping[str, JSON]
    outcome: Outcome

    @classmethod
    def of(cls, sample: Sample[Gold], *, outcome: Outcome) -> Record:
        """Make the record of `sample`, whose gold is a dataclass; raises TypeError when it is not."""
        gold = sample.expected
        if not is_dataclass(gold) or isinstance(gold, type):
            raise TypeError(f"Gold is a dataclass, not {type(gold).__name__}.")
        return cls(
            id=sample.id,
            kind=sample.kind,
            question=sample.question,
            history=tuple((turn.role, turn.content) for turn in sample.history),
            expected=asdict(gold),
            outcome=outcome,
        )

    @property
    def answer(self) -> str:
        """The answer's text as shown, empty where there is none."""
        text = self.outcome.response.get("answer")
        return text if isinstance(text, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that a run file holds; `when` is UTC, `commit` and `dirty` None where git could not tell."""

    suite: str
    split: str
    data: str
    when: str
    seconds: float
    measures: tuple[Measure, ...]
    estimates: tuple[Estimate, ...]
    records: tuple[Record, ...]
    commit: str | None = None
    dirty: bool | None = None
    limit: int | None = None
    settings: Mapping[str, JSON] = field(default_factory=dict)
    machine: Mapping[str, JSON] = field(default_factory=dict)
    library: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def unscored(self) -> int:
        """How many samples could not be scored."""
        return sum(record.outcome.unscored is not None for record in self.records)


def check_writable(path: Path) -> None:
    """Raise EvalError when a run could not be written to `path`: before the run, not after it."""
    if path.exists():
        raise EvalError(f"{path} exists, and nothing is overwritten; name another with --out FILE.")
    if not path.parent.is_dir():
        raise EvalError(f"{path}: there is no folder {path.parent}; make it, or name another with --out FILE.")


def write_run(run: Run, path: Path) -> None:
    """Write `run` to `path`, a new file; raises EvalError when it exists or cannot be written."""
    text = json.dumps(_as_json(run), ensure_ascii=False, indent=1, allow_nan=False)
    try:
        with path.open("x", encoding="utf-8", errors="surrogatepass") as file:
            _write_whole(file, text + "\n", path=path)
    except FileExistsError as error:
        raise EvalError(f"{path} exists, and nothing is overwritten; name another with --out FILE.") from error
    except OSError as error:
        raise EvalError(f"{path}: the run cannot be written ({error.strerror}).") from error


def read_run(path: Path) -> Run:
    """Return the run in `path`; raises EvalError when there is none, or the file is not a run."""
    try:
        found = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        raise EvalError(f"{path}: cannot be read ({error.strerror}); name a file that `evals run` wrote.") from error
    except (ValueError, RecursionError) as error:
        raise EvalError(f"{path} is not a run file: no whole JSON in it; name one that `evals run` wrote.") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise EvalError(f"{path} is not a run file of this version; name one that `evals run` wrote.")
    try:
        return _run(found)
    except (KeyError, TypeError, ValueError) as error:
        raise EvalError(f"{path} is a damaged run file ({type(error).__name__}: {error}); run it again.") from error


def record_as_json(record: Record) -> dict[str, JSON]:
    """Return the record as it stands in a run file."""
    outcome = record.outcome
    return {
        "id": record.id,
        "kind": record.kind,
        "question": record.question,
        "history": [list(turn) for turn in record.history],
        "expected": record.expected,
        "response": outcome.response,
        "scores": {name: _score_as_json(score) for name, score in outcome.scores.items()},
        "failures": list(outcome.failures),
        "latency_ms": outcome.latency_ms,
        "unscored": outcome.unscored,
    }


def record_from_json(found: dict[str, Any]) -> Record:
    """Return the record that was so written; raises KeyError, TypeError or ValueError when it was not."""
    scores = _typed(found["scores"], dict)
    return Record(
        id=_typed(found["id"], str),
        kind=_typed(found["kind"], str),
        question=_typed(found["question"], str),
        history=tuple((_typed(role, str), _typed(content, str)) for role, content in found["history"]),
        expected=_typed(found["expected"], dict),
        outcome=Outcome(
            response=_typed(found["response"], dict),
            scores={name: _score(_typed(one, dict)) for name, one in scores.items()},
            failures=tuple(_typed(found["failures"], list)),
            latency_ms=found["latency_ms"],
            unscored=found["unscored"],
        ),
    )


def _write_whole(file: TextIO, text: str, *, path: Path) -> None:
    try:
        file.write(text)
        file.flush()
    except OSError:
        path.unlink()
        raise


def _as_json(run: Run) -> dict[str, JSON]:
    head = {
        name: getattr(run, name) for name in ("suite", "split", "data", "when", "seconds", "commit", "dirty", "limit")
    }
    return {
        "format": FORMAT,
        **head,
        "settings": run.settings,
        "machine": run.machine,
        "library": run.library,
        "counts": {"samples": len(run.records), "unscored": run.unscored},
        "measures": [asdict(measure) for measure in run.measures],
        "estimates": [asdict(one) for one in run.estimates],
        "samples": [record_as_json(record) for record in run.records],
    }


def _score_as_json(score: Score) -> dict[str, JSON]:
    # What most scores do without is left out.
    return {
        "got": score.got,
        "of": score.of,
        **({} if score.positive is None else {"positive": score.positive}),
        **({"counts": list(score.counts)} if score.counts else {}),
    }


def _run(found: dict[str, Any]) -> Run:
    return Run(
        suite=_typed(found["suite"], str),
        split=_typed(found["split"], str),
        data=_typed(found["data"], str),
        when=_typed(found["when"], str),
        seconds=float(found["seconds"]),
        commit=found["commit"],
        dirty=found["dirty"],
        limit=found["limit"],
        settings=_typed(found["settings"], dict),
        machine=_typed(found["machine"], dict),
        library=_typed(found["library"], dict),
        measures=tuple(Measure(**measure) for measure in _typed(found["measures"], list)),
        estimates=tuple(Estimate(**one) for one in _typed(found["estimates"], list)),
        records=tuple(record_from_json(_typed(sample, dict)) for sample in _typed(found["samples"], list)),
    )


def _score(found: dict[str, Any]) -> Score:
    positive = found.get("positive")
    return Score(
        got=float(found["got"]),
        of=float(found["of"]),
        positive=None if positive is None else _typed(positive, bool),
        counts=tuple(float(count) for count in _typed(found.get("counts", []), list)),
    )


def _typed(found: object, wanted: type[Wanted]) -> Wanted:
    if not isinstance(found, wanted):
        raise TypeError(f"{wanted.__name__} expected, {type(found).__name__} found")
    return found
