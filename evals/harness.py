"""Runs a suite: reads its samples, asks each of the product, scores, and gives the whole run as one value."""

from __future__ import annotations

import hashlib
import json
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from evals.errors import EvalError
from evals.judge import Judge, judged
from evals.partial import Partial, partial_run
from evals.provenance import commit, machine, public_settings
from evals.runs import Record, Run, record_as_json
from evals.statistics import estimates
from evals.types import JSON, Gold, Outcome, Request, Sample, Suite


def data_of(suite: Suite[Gold], given: Path | None) -> Path:
    """Return the folder of the suite's questions, `given` or else the shipped one; raises EvalError without either."""
    data = given or suite.data
    if data is None:
        raise EvalError(f"{suite.name} is not shipped: name its folder with --data DIR.")
    return data


def run_suite(suite: Suite[Gold], request: Request, *, partial: Path, judge: Judge | None = None) -> Run:
    """Run `suite` as `request` says, or go on with the part of that run in the file `partial`; `judge` judges as well.

    Raises EvalError and the product's own errors before any sample is asked, and Stopped for a Ctrl-C after one.
    """
    if suite.lacks:
        raise EvalError(f"{suite.name} cannot run yet: the product has no {suite.lacks}.")
    settings = public_settings(request.settings)
    if judge is not None:
        suite = judged(suite, judge)
        settings["judge"] = judge.name
    head, dirty = commit()
    samples = suite.read(request.data, request.split)[: request.limit]
    header = _header(suite, request, samples, settings=settings, head=head, dirty=dirty)
    with partial_run(partial, header, questions=len(samples)) as kept:
        with suite.start(request, samples) as session:
            records = ask_all(samples, session.ask, name=suite.name, kept=kept)
            details = session.details
        return Run(
            suite=suite.name,
            split=request.split,
            data=str(request.data),
            when=str(kept.begun["when"]),
            seconds=round(kept.seconds, 3),
            commit=head,
            dirty=dirty or kept.begun["dirty"] is True,
            limit=request.limit,
            settings=settings,
            machine=machine(),
            library=details,
            measures=suite.measures,
            estimates=tuple(
                one
                for measure in suite.measures
                for one in estimates(
                    measure, [(r.kind, r.outcome.scores) for r in records if r.outcome.unscored is None]
                )
            ),
            records=tuple(records),
        )


def ask_all(
    samples: Sequence[Sample[Gold]], ask: Callable[[Sample[Gold]], Outcome], *, name: str, kept: Partial
) -> list[Record]:
    """Return a record of every sample, in order: the one that is `kept`, else asked now, and kept.

    A sample on which the product raised is unscored, not wrong.
    """
    left = [sample for sample in samples if sample.id not in kept.records]
    asked = len(samples) - len(left)
    # disable=None: no bar where standard error is not a terminal.
    with tqdm(
        left, initial=asked, total=len(samples), desc=name, unit="question", disable=None, leave=False, smoothing=0.1
    ) as bar:
        for sample in bar:
            kept.keep(_asked(sample, ask))
    return [kept.records[sample.id] for sample in samples]


def failed_wholly(run: Run) -> str | None:
    """Say why not one sample could be scored, None when one could."""
    reasons = [record.outcome.unscored for record in run.records]
    return reasons[0] if reasons and all(reasons) else None


def _asked(sample: Sample[Gold], ask: Callable[[Sample[Gold]], Outcome]) -> Record:
    try:
        record = Record.of(sample, outcome=ask(sample))
        # What cannot be written down is no outcome either, and must not end the run.
        json.dumps(record_as_json(record), allow_nan=False)
    except Exception as error:  # noqa: BLE001 - whatever the product raises is this sample's outcome, and counted
        last = traceback.extract_tb(error.__traceback__)[-1]
        reason = f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"
        return Record.of(sample, outcome=Outcome(unscored=reason))
    return record


def _header(
    suite: Suite[Gold],
    request: Request,
    samples: Sequence[Sample[Gold]],
    *,
    settings: Mapping[str, JSON],
    head: str | None,
    dirty: bool | None,
) -> dict[str, JSON]:
    """Return what a part of this run says of itself; two parts of one run differ in `when` and `dirty` alone."""
    repeated = [name for name, times in Counter(sample.id for sample in samples).items() if times > 1]
    if repeated:
        raise EvalError(f"{suite.name} {request.split}: two questions have the id {repeated[0]!r}; mend the data.")
    asked = [record_as_json(Record.of(sample, outcome=Outcome())) for sample in samples]
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "dirty": dirty,
        "suite": suite.name,
        "split": request.split,
        "data": str(request.data),
        "corpus": None if request.corpus is None else str(request.corpus),
        "data_dir": None if request.data_dir is None else str(request.data_dir),
        "limit": request.limit,
        "commit": head,
        **{f"setting {name}": given for name, given in settings.items() if not name.endswith("_dir")},
        "questions": hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16],
    }
