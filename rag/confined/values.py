"""Tasks, rows and what is made of them, as JSON; what comes back is a stranger's word, and is checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from rag.articles import Draft, Row, Task
from rag.errors import LimitError
from rag.feeds import Listing

Value = TypeVar("Value")

NONSENSE = "The process that was to read it gave back what is no article; save its text instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A task without its bytes."""

    kind: str
    address: str | None
    fetched_at: str | None
    given: dict[str, str]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row whose digest is in hex."""

    place: str
    raw: str
    task: _Task | str
    address: str | None
    source: str | None


def of_task(task: Task) -> dict[str, Any]:
    """A task, but for its bytes."""
    return {
        "kind": task.kind,
        "address": task.address,
        "fetched_at": task.fetched_at,
        "given": dict(task.given),
        "is_cut": task.is_cut,
    }


def of_row(row: Row) -> dict[str, Any]:
    """A row, but for its task's bytes."""
    return {
        "place": row.place,
        "raw": row.raw.hex(),
        "task": row.task if isinstance(row.task, str) else of_task(row.task),
        "address": row.address,
        "source": row.source,
    }


def to_row(told: object, data: bytes) -> Row:
    """The row that was told; raises LimitError."""
    row = _checked(_ROW, told)
    try:
        raw = bytes.fromhex(row.raw)
    except ValueError as error:
        raise LimitError(NONSENSE) from error
    task = row.task
    made = task if isinstance(task, str) else Task(data=data, **_named(task))
    return Row(place=row.place, raw=raw, task=made, address=row.address, source=row.source)


def to_draft(told: object) -> Draft:
    """The draft that was told; raises LimitError."""
    return _checked(_DRAFT, told)


def to_listing(told: object) -> Listing:
    """The listing that was told; raises LimitError."""
    return _checked(_LISTING, told)


def _checked(kind: TypeAdapter[Value], told: object) -> Value:
    try:
        return kind.validate_python(told)
    except ValidationError as error:
        raise LimitError(NONSENSE) from error


def _named(task: _Task) -> dict[str, Any]:
    return {name: getattr(task, name) for name in _Task.__slots__}


_DRAFT, _LISTING, _ROW = TypeAdapter(Draft), TypeAdapter(Listing), TypeAdapter(_Row)
