"""Reading a question file: JSON lines, each checked, each complaint with its file and line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from evals.errors import EvalError
from evals.types import JSON, Gold, Sample
from rag.types import Turn

Row = Mapping[str, JSON]


class RowError(Exception):
    """A row cannot be used; the message ends a sentence that names file and line."""


def split_file(data: Path, split: str, *, suffix: str = ".jsonl") -> Path:
    """Return `data/split.jsonl`; raises EvalError when folder or split is missing, and says which splits there are."""
    if not data.is_dir():
        raise EvalError(f"{data}: no such folder of questions; name one with --data DIR.")
    path = data / f"{split}{suffix}"
    if path.is_file() and path.parent == data:
        return path
    there = ", ".join(sorted(found.stem for found in data.glob(f"*{suffix}"))) or f"no {suffix} file at all"
    raise EvalError(f"{data} has no split {split!r}; there is: {there} (choose with --split NAME).")


def rows(path: Path) -> Iterator[tuple[int, Row]]:
    """Yield each row of a file of JSON lines with its line number from 1, empty lines left out; raises EvalError."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _object(line, path=path, number=number)
    except UnicodeDecodeError as error:
        raise EvalError(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8.") from error
    except OSError as error:
        raise EvalError(f"{path}: the questions cannot be read ({error.strerror}).") from error


def samples(path: Path, sample: Callable[[Row], Sample[Gold]]) -> list[Sample[Gold]]:
    """Return every row as a sample; raises EvalError on a row that `sample` refuses, a repeated id, an empty file."""
    read: dict[str, Sample[Gold]] = {}
    for number, row in rows(path):
        try:
            one = sample(row)
            if one.id in read:
                raise RowError(f"the id {one.id!r} stands in an earlier line already")
        except RowError as error:
            raise EvalError(f"{path}, line {number}: {error}.") from error
        read[one.id] = one
    if not read:
        raise EvalError(f"{path}: there is no question in it.")
    return list(read.values())


def text(row: Row, name: str) -> str:
    """Return the field as a text that is not blank; raises RowError."""
    found = row.get(name)
    if not isinstance(found, str) or not found.strip():
        raise RowError(f"{name!r} has to be a text that is not empty")
    return found


def texts(found: JSON, what: str) -> tuple[str, ...]:
    """Return a list of texts that are not blank; raises RowError, which calls it `what`."""
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise RowError(f"{what} has to be a list of texts")
    good = tuple(item for item in found if isinstance(item, str) and item.strip())
    if len(good) != len(found):
        raise RowError(f"{what} has to be a list of texts, none of them empty")
    return good


def turns(row: Row, name: str = "history") -> tuple[Turn, ...]:
    """Return the conversation so far, given as pairs [role, content]; absent means none; raises RowError."""
    found = row.get(name, [])
    complaint = f'{name!r} has to be a list of pairs ["user" or "assistant", text]'
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise RowError(complaint)
    read: list[Turn] = []
    for pair in found:
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise RowError(complaint)
        role, content = pair
        if not isinstance(content, str):
            raise RowError(complaint)
        if role == "user":
            read.append(Turn(role="user", content=content))
        elif role == "assistant":
            read.append(Turn(role="assistant", content=content))
        else:
            raise RowError(complaint)
    return tuple(read)


def _object(line: str, *, path: Path, number: int) -> Row:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EvalError(f"{path}, line {number}: not a whole JSON object; mend or delete the line.") from error
    if not isinstance(found, dict):
        raise EvalError(f"{path}, line {number}: a JSON object is expected, with id, kind and question.")
    return found
