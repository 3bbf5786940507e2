"""A run on its way: each record is kept in a file as soon as it is made, so that a stopped run can be gone on with.

JSON lines: what is run on what, then `{"seconds": so far, "sample": record}` for each question asked. Lines are only
added. One that cannot be read, as the last is after a crash, counts for nothing: its question is asked again.
"""

from __future__ import annotations

import fcntl
import json
import shlex
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from evals.errors import EvalError
from evals.runs import Record, record_as_json, record_from_json
from evals.types import JSON

SUFFIX = ".partial"
FORMAT = "crosscheck evals partial 1"
_BEGINNING = f'{{"format": "{FORMAT}"'.encode()
# What two parts of one run need not have in common.
_OWN = frozenset({"format", "when", "dirty"})
_SHOWN = 60


class Stopped(KeyboardInterrupt):
    """Ctrl-C after questions were asked; the message says how many, and how to go on."""


@dataclass(slots=True, kw_only=True)
class Partial:
    """The records of a run so far, by sample id, and `before`, the seconds that earlier parts of it took."""

    begun: Mapping[str, JSON]
    records: dict[str, Record]
    before: float
    path: Path
    file: BinaryIO
    clock: float = field(default_factory=time.perf_counter)

    @property
    def scored(self) -> int:
        """How many questions need not be asked again."""
        return sum(record.outcome.unscored is None for record in self.records.values())

    @property
    def seconds(self) -> float:
        """How long the run took so far, without the time it stood still."""
        return self.before + time.perf_counter() - self.clock

    def keep(self, record: Record) -> None:
        """Add a record, safe from a crash of this process; raises EvalError when it cannot be written."""
        _add(self.file, {"seconds": round(self.seconds, 3), "sample": record_as_json(record)}, path=self.path)
        self.records[record.id] = record


@contextmanager
def partial_run(path: Path, header: Mapping[str, JSON], *, questions: int) -> Iterator[Partial]:
    """Begin the run that `header` describes, or go on with it where `path` holds a part of it.

    The file stays until its run is written; one without a scored record is taken away. Raises EvalError when it is
    another run's, in use, or cannot be written, and Stopped for a Ctrl-C.
    """
    file = _opened(path)
    try:
        part = _partial(path, file, header)
        if part.records:
            print(f"going on from {len(part.records)} of {questions} questions", file=sys.stderr)
        try:
            yield part
        except KeyboardInterrupt as stop:
            if not part.scored:
                raise
            raise Stopped(
                f"Stopped with {part.scored} of {questions} questions done; the same command with"
                f" --out {shlex.quote(str(path.with_suffix('')))} goes on from there."
            ) from stop
        finally:
            if not part.scored:
                path.unlink(missing_ok=True)
    finally:
        file.close()


def _opened(path: Path) -> BinaryIO:
    try:
        file = path.open("a+b", buffering=0)
    except OSError as error:
        raise EvalError(f"{path}: cannot be opened ({error.strerror}); name another with --out FILE.") from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise EvalError(f"{path}: another run is writing to it; wait, or name another with --out FILE.") from error
    return file


def _partial(path: Path, file: BinaryIO, header: Mapping[str, JSON]) -> Partial:
    records: dict[str, Record] = {}
    seconds = 0.0
    file.seek(0)
    first, *lines = file.read().split(b"\n")
    if not first.startswith(_BEGINNING[: len(first)]):
        raise EvalError(f"{path} is not a partial run of this version; delete it, or name another with --out FILE.")
    if not lines:
        # Nothing there yet, or a crash within the first line.
        file.truncate(0)
        _add(file, {"format": FORMAT, **header}, path=path)
        return Partial(begun=header, records=records, before=seconds, path=path, file=file)
    begun = _same_run(path, first, header)
    for line in lines:
        try:
            found = json.loads(line)
            record, seconds = record_from_json(found["sample"]), float(found["seconds"])
        except (KeyError, TypeError, ValueError, RecursionError):
            continue
        if record.outcome.unscored is None:
            records[record.id] = record
    if lines[-1]:
        _add(file, None, path=path)
    return Partial(begun=begun, records=records, before=seconds, path=path, file=file)


def _same_run(path: Path, first: bytes, header: Mapping[str, JSON]) -> dict[str, JSON]:
    try:
        begun: dict[str, Any] = json.loads(first)
    except ValueError as error:
        raise EvalError(f"{path}: its first line is damaged; delete it, or name another with --out FILE.") from error
    differing = [
        f"{name} {_shown(begun.get(name))}, now {_shown(header.get(name))}"
        for name in dict.fromkeys([*begun, *header])
        if name not in _OWN and begun.get(name) != header.get(name)
    ]
    if differing:
        raise EvalError(
            f"{path} is part of another run ({'; '.join(differing)});"
            " delete it to begin again, or name another with --out FILE."
        )
    return {**header, **begun}


def _add(file: BinaryIO, line: Mapping[str, JSON] | None, *, path: Path) -> None:
    text = "" if line is None else json.dumps(line, ensure_ascii=False, allow_nan=False)
    left = f"{text}\n".encode(errors="surrogatepass")
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        raise EvalError(f"{path}: the run so far cannot be written ({error.strerror}).") from error


def _shown(found: JSON) -> str:
    text = "none" if found is None else str(found)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
