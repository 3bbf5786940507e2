"""What is fuzzed: an input at random, and what must hold of what is made of it."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

LONGEST = 1.0  # seconds of processor time that one execution may take
HANGS = 10.0  # seconds of it after which one is ended
BATCH = 2_000  # executions after which the generator begins anew, as it remembers them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parser: `check` fails where something does not hold of an input. `share` is of all executions, in parts."""

    name: str
    inputs: SearchStrategy[Any]
    check: Callable[[Any], None]
    share: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How often a target was executed, in how many seconds of processor time, and how long the slowest one took."""

    name: str
    executions: int
    seconds: float
    slowest: float


class HungError(Exception):
    """An execution that was ended."""


def run(target: Target, *, executions: int, begin: int, timed: bool) -> Ran:
    """Execute a target so often at least; the smallest input that fails is told by the exception.

    Where it is `timed`, each execution by itself may take LONGEST, and is ended after HANGS: in the main thread alone.
    """
    done, spent, slowest = 0, 0.0, 0.0

    def timed_once(value: object) -> float:
        began = time.process_time()
        if not timed:
            target.check(value)
            return time.process_time() - began
        signal.setitimer(signal.ITIMER_PROF, HANGS)
        try:
            target.check(value)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return time.process_time() - began

    def checked(value: object) -> None:
        nonlocal done, spent, slowest
        done += 1
        took = timed_once(value)
        if timed and took > LONGEST:  # once more, as something may have been loaded or collected meanwhile
            took = timed_once(value)
            assert took <= LONGEST, f"It took {took:.1f} s."
        spent, slowest = spent + took, max(slowest, took)

    with ended_by_the_clock() if timed else nullcontext():
        while done < executions:
            most = min(BATCH, executions - done)
            before = done
            settings(
                max_examples=most,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
                deadline=None,
                database=None,
                derandomize=False,
            )(seed(begin + done)(given(target.inputs)(checked)))()
            assert done > before, "Nothing was generated."
    return Ran(name=target.name, executions=done, seconds=spent, slowest=slowest)


@contextmanager
def ended_by_the_clock() -> Iterator[None]:
    """What runs when the clock of processor time goes off fails there, so that it is told where it hung."""

    def ended(*_: object) -> None:
        raise HungError(f"It took more than {HANGS:g} s of processor time.")

    before = signal.signal(signal.SIGPROF, ended)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


# --- what holds of whatever comes out --------------------------------------------------------------------------------

_ID = re.compile(r"[A-Za-z0-9._-]{1,80}")


def plain(value: object) -> None:
    """Every text in a value can be stored and sent: no half of a character, no NUL."""
    if isinstance(value, str):
        value.encode("utf-8")
        assert "\0" not in value
    elif is_dataclass(value):
        for field in fields(value):
            plain(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            plain(key)
            plain(one)
    elif isinstance(value, Sequence | Set) and not isinstance(value, bytes | bytearray):
        for one in value:
            plain(one)


def sentence(told: str) -> None:
    """It is one line for people, with an end, and no traceback."""
    assert told and told[-1] in ".?!)’”" and "\n" not in told and "Traceback" not in told, told
    assert len(told) < 3_000
    told.encode("utf-8")


def one_line(text: str | None) -> None:
    assert text is None or (text.strip() == text != "" and "\n" not in text and "\r" not in text), text


def iso(stated: str | None) -> None:
    """It is an ISO day, or an ISO instant with its zone."""
    if stated is None:
        return
    if len(stated) == len("2024-12-01"):
        date.fromisoformat(stated)
    else:
        assert datetime.fromisoformat(stated).tzinfo is not None, stated


def identifier(text: str) -> None:
    assert _ID.fullmatch(text), text


def stretches(found: Sequence[Any], text: str) -> None:
    """Places with a `start` and an `end` lie in the text in their order, and none is empty."""
    end = 0
    for one in found:
        assert end <= one.start < one.end <= len(text), (end, one, len(text))
        end = one.end
