"""What an examination finds, and how a check that fails in a way of its own is told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rag.errors import CrosscheckError

Status: TypeAlias = Literal["ok", "warning", "wrong"]
INSTALL = "Install the packages again, by make install or pip."


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: what it belongs to, a name for programs, how it is, a sentence on it, and what to do."""

    topic: str
    check: str
    status: Status
    says: str
    advice: str = ""


Check: TypeAlias = Callable[[], Iterable[Finding]]


def told(topic: str, check: str, look: Check) -> Iterator[Finding]:
    """What a check finds; that it fails is a finding too, as things that are broken are what it is for."""
    try:
        yield from look()
    except CrosscheckError as error:
        yield Finding(topic=topic, check=check, status="wrong", says=str(error))
    except ImportError as error:
        says = f"A package is missing or broken: {error}."
        yield Finding(topic=topic, check=check, status="wrong", says=says, advice=INSTALL)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and the next thing is looked at
        yield Finding(
            topic=topic,
            check=check,
            status="wrong",
            says=f"This could not be looked at: {type(error).__name__} in {_place(error)}.",
            advice=f"If nothing above explains it: {INSTALL[:1].lower()}{INSTALL[1:]}",
        )


def _place(error: BaseException) -> str:
    """The file and line that raised it; the message may repeat what is not to be shown."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return f"Python {sys.version_info.major}.{sys.version_info.minor}"
    return f"{trace.tb_frame.f_code.co_filename}, line {trace.tb_lineno}"
