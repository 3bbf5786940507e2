"""Taking in what a reader gives, told step by step: what is read now, then what became of each article."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rag.errors import CrosscheckError, LibraryBusyError
from rag.types import IngestReport, Refusal
from rag.uploads import FOLDER, Upload, renamed, staged

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

MOST_ADDRESSES = 200  # at a time
LONGEST_SHOWN = 160  # characters of an address
BUSY = "Another process is writing to the library: try again when it has finished."
WAITING = "Somebody else is changing the library; this goes on when that is done."
BROKEN = "This failed on the server, which has written the cause to its log; what was taken in before that has stayed."
NO_ADDRESS = "It is no web address; give one that begins with https:// or http://."
TOO_MANY = f"More than {MOST_ADDRESSES} addresses were given; add this one and those behind it by themselves."
UNWRITABLE = "The library’s folder cannot be written to; see to its disk and its permissions."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far it is: `done` of `total` sources, and the name of the one being read; `total` is 0 while it waits."""

    done: int = 0
    total: int = 0
    name: str = WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it, under the names that the reader gave; `trouble` is what ended it before its time."""

    report: IngestReport = field(default_factory=IngestReport)
    trouble: str | None = None


Told: TypeAlias = Step | Outcome


def parse(text: str) -> tuple[list[str], list[Refusal]]:
    """The web addresses in a text, one per line, each once, and a refusal for each that is none or too many."""
    found: list[str] = []
    refused: list[Refusal] = []
    for line in dict.fromkeys(text.split()):
        if len(found) + len(refused) == MOST_ADDRESSES:
            refused.append(Refusal(source=cut(line), reason=TOO_MANY))
            break
        if line.lower().startswith(("http://", "https://")):
            found.append(line)
        else:
            refused.append(Refusal(source=cut(line), reason=NO_ADDRESS))
    return found, refused


def add(pipeline: Pipeline, uploads: Sequence[Upload], addresses: str, *, turn: threading.Lock) -> Iterator[Told]:
    """Take files and addresses in, and tell how far it is; the last thing told is the Outcome. Nothing is raised.

    It goes on to its end though nobody listens any more. Whoever changes the library holds `turn`, one at a time.
    """
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()

    def work() -> None:
        if not turn.acquire(blocking=False):
            told.put(Step())
            turn.acquire()
        try:
            outcome = _added(pipeline, uploads, addresses, told.put)
        finally:
            turn.release()
        told.put(outcome)

    threading.Thread(target=work, name="adding", daemon=True).start()
    while isinstance(one := told.get(), Step):
        yield one
    yield one


def _added(pipeline: Pipeline, uploads: Sequence[Upload], addresses: str, tell: Callable[[Step], None]) -> Outcome:
    urls, refused = parse(addresses)
    try:
        with staged(uploads, pipeline.settings.data_dir / FOLDER) as (named, lost):
            refused = [*lost, *refused]
            sources: list[Path | str] = [*named, *urls]
            if not sources:
                return Outcome(report=IngestReport(refused=tuple(refused)))
            names = {path.name: name for path, name in named.items()}

            def progress(done: int, total: int, name: str) -> None:
                tell(Step(done=done, total=total, name=cut(names.get(name, name))))

            tell(Step(total=len(sources), name=""))
            report = pipeline.ingest(sources, progress=progress)
            refused += [renamed(refusal, named) for refusal in report.refused]
            return Outcome(report=replace(report, refused=tuple(refused)))
    except LibraryBusyError:
        return Outcome(trouble=BUSY)
    except CrosscheckError as error:
        return Outcome(trouble=str(error))
    except OSError as error:
        _log.warning("The uploads could not be kept: %s", error)
        return Outcome(trouble=UNWRITABLE)
    except Exception:  # noqa: BLE001 - the page is an entry point: what nobody foresaw is logged and told
        _log.exception("Adding failed.")
        return Outcome(trouble=BROKEN)


def cut(address: str) -> str:
    """An address, or what was given for one, short enough to be shown."""
    return address if len(address) <= LONGEST_SHOWN else f"{address[: LONGEST_SHOWN - 1]}…"


def size(folder: Path) -> int:
    """How many bytes the files of a folder take; those that vanish meanwhile are not counted."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(parent, name).lstat().st_size
    return total
