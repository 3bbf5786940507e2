"""A program that is measured from outside: a process that answers a JSON line with one, its time and its memory."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from evals.errors import EvalError
from evals.provenance import REPOSITORY

LONGEST = 3_600.0  # seconds for one reply
PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a worker answered, the seconds on the clock, and those of processors, of all its processes."""

    said: dict[str, Any]
    seconds: float
    cpu: float

    def __add__(self, later: Reply) -> Reply:
        """What was said first, and the time of both."""
        return Reply(said=self.said, seconds=self.seconds + later.seconds, cpu=self.cpu + later.cpu)


class Worker:
    """A running program, started by constructing it; raises EvalError where it does not come up, or ends."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the worker
        began = time.perf_counter()
        try:
            self._process = subprocess.Popen(
                command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
        except OSError as error:
            self._errors.close()
            raise EvalError(f"{name}: {command[0]} cannot be started ({error.strerror}).") from error
        try:
            self.start = self._reply(began, 0.0)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process, which may have others below it."""
        return self._process.pid

    def ask(self, do: str, **given: object) -> Reply:
        """What it answers to that; raises EvalError where it ends, or takes longer than LONGEST."""
        used = cpu_seconds(self.pid)
        began = time.perf_counter()
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended, which is said below
            self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
            self._process.stdin.flush()
        return self._reply(began, used)

    def peak_mb(self) -> float:
        """The most memory that each of its processes has held, together; 0 where the system does not say."""
        return sum(_peak_kb(pid) for pid in _tree(self.pid)) / 1e3

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reply(self, began: float, used: float) -> Reply:
        assert self._process.stdout is not None
        late = threading.Timer(LONGEST, self._process.kill)
        late.start()
        try:
            line = self._process.stdout.readline()
        finally:
            late.cancel()
        seconds = time.perf_counter() - began
        if not line.endswith("\n"):
            raise EvalError(f"{self.name} ended{self._last_words()}.")
        return Reply(said=json.loads(line), seconds=seconds, cpu=cpu_seconds(self.pid) - used)

    def _last_words(self) -> str:
        self._errors.seek(0)
        lines = [line.strip() for line in self._errors if line.strip()]
        return f": {lines[-1].rstrip('.')}" if lines else " without a word"


def cpu_seconds(pid: int) -> float:
    """Seconds of processors that a process, those below it and those that ended used; 0 where the system is silent."""
    return sum(_used(one) for one in _tree(pid)) / (os.sysconf("SC_CLK_TCK") if PROC.is_dir() else 1)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with contextlib.suppress(OSError):  # it has ended meanwhile
        for listed in (PROC / str(pid) / "task").glob("*/children"):
            for child in listed.read_text().split():
                yield from _tree(int(child))


def _used(pid: int) -> int:
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))  # its own in user and system mode, and those of children that ended


def _peak_kb(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
