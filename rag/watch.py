"""The same sources again and again, so that a library follows its folders and feeds, till it is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from rag.errors import CrosscheckError, LibraryBusyError, UsageError
from rag.types import IngestReport, Refusal


def watch(
    take: Callable[[], IngestReport],
    *,
    seconds: float,
    stop: threading.Event,
    tell: Callable[[IngestReport | str], None],
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] | None = None,
) -> None:
    """Take the sources in, every so many seconds from the beginning of one pass to that of the next, till `stop`.

    `tell` gets the report of each pass, with the refusals that the pass before did not have, or the sentence that says
    why it failed; the next one comes all the same. Raises UsageError alone, which no other pass would mend. `clock` and
    `wait` are for tests.
    """
    wait = wait or stop.wait
    said: frozenset[Refusal] = frozenset()
    while not stop.is_set():
        began = clock()
        try:
            report = take()
            tell(_with_news(report, said))
            said = frozenset(report.refused)
        except UsageError:
            raise
        except LibraryBusyError as error:
            tell(f"{error} The next pass comes all the same.")
        except (CrosscheckError, OSError) as error:
            tell(f"This pass failed: {error}")
        if stop.is_set():
            return
        wait(max(0.0, began + seconds - clock()))


def stamped(text: str, *, now: datetime | None = None) -> str:
    """A line with the time of day before it, to the second."""
    return f"{now or datetime.now():%Y-%m-%d %H:%M:%S}  {text}"


def _with_news(report: IngestReport, said: frozenset[Refusal]) -> IngestReport:
    return replace(report, refused=tuple(one for one in report.refused if one not in said))
