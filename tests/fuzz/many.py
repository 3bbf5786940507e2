"""Many executions, shared out over the targets and over processes of their own."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

from .target import Ran, run

PIECE = 2_000  # executions of one target at a time
RENEWED = 40  # pieces after which a process is another, as it remembers more and more


def _piece(name: str, executions: int, begin: int) -> Ran | str:
    """A piece of a target's executions, or what failed."""
    set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"fuzz-{os.getuid()}")
    logging.disable(logging.CRITICAL)
    from .every import TARGETS

    (target,) = (one for one in TARGETS if one.name == name)
    try:
        return run(target, executions=executions, begin=begin, timed=True)
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        return f"{name} (seed {begin}): {traceback.format_exc()}"


def _done(pieces: Sequence[tuple[str, int, int]], *, jobs: int) -> Iterator[Ran | str]:
    """Each piece's outcome, as they come, from processes that are new and end with them.

    An executor's own max_tasks_per_child may wait for ever for a process that it has not replaced (CPython gh-115634).
    """
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_piece, *piece) for piece in pieces]):
            yield done.result()


def fuzz(executions: int, *, jobs: int, begin: int, only: str = "") -> tuple[list[Ran], list[str]]:
    """So many executions in all, by each target's share; what ran, and what failed."""
    from .every import TARGETS

    targets = [one for one in TARGETS if only in one.name]
    shares = sum(one.share for one in targets)
    pieces: list[tuple[str, int, int]] = []
    for one in targets:
        left, place = max(1, -(-executions * one.share // shares)), begin
        while left > 0:
            pieces.append((one.name, min(left, PIECE), place))
            left, place = left - PIECE, place + PIECE
    found: dict[str, Ran] = {}
    failed: list[str] = []
    for start in range(0, len(pieces), RENEWED * jobs):
        for ran in _done(pieces[start : start + RENEWED * jobs], jobs=jobs):
            if isinstance(ran, str):
                failed.append(ran)
                print(ran[-3_000:], flush=True)
                continue
            was = found.get(ran.name, Ran(name=ran.name, executions=0, seconds=0.0, slowest=0.0))
            done_so_far = sum(one.executions for one in found.values()) + ran.executions
            print(f"{done_so_far:,} of {executions:,}", file=sys.stderr, flush=True)
            found[ran.name] = Ran(
                name=ran.name,
                executions=was.executions + ran.executions,
                seconds=was.seconds + ran.seconds,
                slowest=max(was.slowest, ran.slowest),
            )
    return [found[one.name] for one in targets if one.name in found], failed
