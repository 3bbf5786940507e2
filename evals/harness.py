"""Runs a suite: reads its samples, asks each of the product, scores, and gives the whole run as one value."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from evals.errors import EvalError
from evals.provenance import commit, machine, public_settings
from evals.runs import Record, Run
from evals.statistics import estimates
from evals.types import Gold, Outcome, Request, Sample, Suite


def run_suite(suite: Suite[Gold], request: Request) -> Run:
    """Run `suite` as `request` says; raises EvalError and the product's own errors before any sample is asked."""
    if suite.lacks:
        raise EvalError(f"{suite.name} cannot run yet: the product has no {suite.lacks}.")
    started, clock = datetime.now(UTC), time.perf_counter()
    head, dirty = commit()
    samples = suite.read(request.data, request.split)[: request.limit]
    with suite.start(request, samples) as session:
        records = ask_all(samples, session.ask, name=suite.name)
        details = session.details
    return Run(
        suite=suite.name,
        split=request.split,
        data=str(request.data),
        when=started.isoformat(timespec="seconds"),
        seconds=round(time.perf_counter() - clock, 3),
        commit=head,
        dirty=dirty,
        limit=request.limit,
        settings=public_settings(request.settings),
        machine=machine(),
        library=details,
        measures=suite.measures,
        estimates=tuple(
            one
            for measure in suite.measures
            for one in estimates(measure, [(r.kind, r.outcome.scores) for r in records if r.outcome.unscored is None])
        ),
        records=tuple(records),
    )


def ask_all(samples: Sequence[Sample[Gold]], ask: Callable[[Sample[Gold]], Outcome], *, name: str) -> list[Record]:
    """Ask every sample, in order; one on which the product raised is unscored, not wrong."""
    return [
        Record.of(sample, outcome=_ask(sample, ask))
        for sample in tqdm(samples, desc=name, unit="question", disable=None, leave=False)
    ]


def failed_wholly(run: Run) -> str | None:
    """Say why not one sample could be scored, None when one could."""
    reasons = [record.outcome.unscored for record in run.records]
    return reasons[0] if reasons and all(reasons) else None


def _ask(sample: Sample[Gold], ask: Callable[[Sample[Gold]], Outcome]) -> Outcome:
    try:
        return ask(sample)
    except Exception as error:  # noqa: BLE001 - whatever the product raises is this sample's outcome, and counted
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(unscored=f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})")
