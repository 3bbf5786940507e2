"""What readers say of answers: a line of JSON for each, kept in `feedback.jsonl` in the library's folder.

A line is on disk, whole, when `keep` returns; any number of threads and processes may keep and read at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from rag.errors import LibraryError

NAME = "feedback.jsonl"
MOST_BYTES = 200_000_000  # of the file: who may only read must not be able to fill the disk
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 20  # what is longer was not written here

Verdict: TypeAlias = Literal["right", "wrong", "unhelpful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What somebody says of an answer: it is right, it is wrong, or it is of no use to them.

    `answer` is its text as they saw it; `article` an article's id, `citation` a citation's number and `statement` a
    statement's place (the first is 1) where it is about one of these. `at` is the instant that it was kept, `who` the
    short name of who gave it, never a key.
    """

    at: str
    who: str
    question: str
    verdict: Verdict
    answer: str | None = None
    article: str | None = None
    citation: int | None = None
    statement: int | None = None
    comment: str | None = None


_TEXTS = ("at", "who", "question", "verdict")
_PERHAPS: dict[str, type] = {"answer": str, "article": str, "comment": str, "citation": int, "statement": int}


def keep(folder: Path, feedback: Feedback) -> None:
    """Append it to the file; raises LibraryError where that cannot be done, and then nothing of it is there."""
    path = folder / NAME
    line = json.dumps(asdict(feedback), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            _append(descriptor, line, path)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LibraryError(f"{path}: this cannot be kept ({error.strerror}); see to the disk.") from error


def _append(descriptor: int, line: bytes, path: Path) -> None:
    size = os.fstat(descriptor).st_size
    if size + len(line) > MOST_BYTES:
        raise LibraryError(f"{path}: it has grown to {size / 1e6:,.0f} MB; move it away to make room for more.")
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        line = b"\n" + line  # a machine that stopped in the middle of the last one
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError(None, "the disk is full")
        os.fsync(descriptor)
    except OSError:
        os.ftruncate(descriptor, size)
        raise


def latest(folder: Path, *, limit: int) -> list[Feedback]:
    """The last `limit`, newest first; what is no line of ours is passed over. Raises LibraryError."""
    path = folder / NAME
    found: list[Feedback] = []
    try:
        with path.open("rb") as file:
            for line in _backwards(file.fileno()):
                if len(found) >= limit:
                    break
                if one := _read(line):
                    found.append(one)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LibraryError(f"{path}: it cannot be read ({error.strerror}); see to its permissions.") from error
    return found


def _backwards(descriptor: int) -> Iterator[bytes]:
    """The lines of a file from its last to its first; one that has no end yet is left out."""
    position = os.fstat(descriptor).st_size
    rest, ended = b"", False
    while position:
        start = max(0, position - _BLOCK)
        rest = os.pread(descriptor, position - start, start) + rest
        position = start
        first, *lines = rest.split(b"\n")
        if lines and not ended:
            lines.pop()  # empty, or not yet written to its end
            ended = True
        yield from reversed(lines)
        rest = first if len(first) < _LONGEST_LINE else b""
    if ended:
        yield rest


def _read(line: bytes) -> Feedback | None:
    """What a line holds; None where it is none of ours."""
    try:
        values: object = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or values.get("verdict") not in get_args(Verdict):
        return None
    if not all(isinstance(values.get(name), str) for name in _TEXTS):
        return None
    perhaps = {name: values[name] for name, kind in _PERHAPS.items() if isinstance(values.get(name), kind)}
    return Feedback(**{name: values[name] for name in _TEXTS}, **perhaps)
