"""Files and pages taken apart in a process of its own, of limited time and memory, without network or settings.

    parser = Confined(Limits(seconds=60, memory_mb=1_500), stopped=stop.is_set)
    parser.draft(task)    # an article's draft, or ArticleError: a sentence, after which the next item may be asked for

What a reader of a hostile file could do is done there: to take for ever, to take all memory, to crash, to be taken
over. It costs that one item, and the process. Processes are kept for the next item, for any thread of this one.
"""

from __future__ import annotations

import atexit
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar

from rag import articles, feeds
from rag.articles import Draft, Here, Input, Row, Task
from rag.confined import values
from rag.confined.limits import OVER
from rag.confined.limits import Limits as Limits
from rag.confined.process import GoneError, Process, too_long
from rag.confined.process import StoppedError as StoppedError
from rag.errors import ArticleError, LimitError
from rag.feeds import Listing

_MOST_ITEMS = 1_000  # that one process reads; what it has lost of its memory by then is given back
_MOST_KEPT = 2  # processes that wait for items
_FRESH = 30.0  # seconds that they do; less than they wait by themselves
_FAILED = "Its reader failed ({}); save its text instead."
_CRASHED = "It made the process that was to read it fail ({}); save its text instead."

Form = Literal["feed", "json feed", "sitemap"]
Made = TypeVar("Made")


class Parser(articles.Parser, Protocol):
    """Takes inputs apart, feeds and sitemaps too."""

    def listing(self, data: bytes, *, form: Form, address: str, charset: str | None) -> Listing:
        """What a feed or a sitemap says; raises ArticleError."""


class Unconfined(Here):
    """Does it in this process, without limits: for tests, and for inputs that nobody sent."""

    def listing(self, data: bytes, *, form: Form, address: str, charset: str | None) -> Listing:
        """What a feed or a sitemap says; raises ArticleError."""
        return feeds.read(data, form=form, address=address, charset=charset)


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Confined:
    """A parser whose work is done within limits; any thread may use it. An item that exceeds them is a LimitError.

    `stopped` is asked ten times a second, while an item is read, whether anybody still wants it: where nobody does,
    StoppedError is raised. ParserError is raised where no process can be started.
    """

    limits: Limits
    stopped: Callable[[], bool] = _never

    def draft(self, task: Task) -> Draft:
        """The article that a task makes; raises ArticleError."""
        return self._done({"do": "draft", "task": values.of_task(task)}, task.data, of=values.to_draft)

    def listing(self, data: bytes, *, form: Form, address: str, charset: str | None) -> Listing:
        """What a feed or a sitemap says; raises ArticleError."""
        asked = {"do": "listing", "as": {"form": form, "address": address, "charset": charset}}
        return self._done(asked, data, of=values.to_listing)

    def split(self, given: Input) -> Iterator[Row]:
        """The items of a JSON file or a web archive; raises ArticleError, also after some of them."""
        process = _pool.taken(self.limits)
        is_whole = False
        try:
            yield from self._rows(process, given)
            is_whole = True
        except LimitError:
            raise
        except ArticleError:
            is_whole = True
            raise
        except GoneError as gone:
            raise LimitError(self._why(gone)) from gone
        finally:
            if is_whole:
                _pool.give(process)
            else:
                process.kill()

    def _rows(self, process: Process, given: Input) -> Iterator[Row]:
        """The rows as they come; the process asks for what it reads of the file."""
        said = {"kind": given.kind, "size": given.size, "most": given.most}
        process.send({"do": "split", "input": {**said, "read": _read(given)}}, b"", stopped=self.stopped)
        while True:
            told, data = process.hear(expected=given.most, stopped=self.stopped)
            match told:
                case {"read": int(size), "at": int(at)} if min(size, at) >= 0:
                    given.file.seek(at)
                    process.send({}, given.file.read(min(size, given.most)), stopped=self.stopped)
                case {"row": row}:
                    yield values.to_row(row, data)
                case {"end": True}:
                    return
                case _:
                    raise self._refused(told)

    def _done(self, asked: dict[str, Any], data: bytes, *, of: Callable[[object], Made]) -> Made:
        """What is made of an item. One on which a process ends that has read others before is tried again by itself."""
        while True:
            process = _pool.taken(self.limits)
            is_first = not process.asked
            try:
                process.send(asked, data, stopped=self.stopped)
                told, _ = process.hear(expected=len(data), stopped=self.stopped)
                made = of(told["made"]) if "made" in told else self._refused(told)
            except GoneError as gone:
                if is_first or gone.how == -signal.SIGXCPU:
                    raise LimitError(self._why(gone)) from gone
                continue
            except BaseException:
                process.kill()
                raise
            _pool.give(process)
            if isinstance(made, ArticleError):
                raise made
            return made

    def _refused(self, told: dict[str, Any]) -> ArticleError:
        """What the process says of an item that it cannot read; raises LimitError for what is no such word."""
        match told:
            case {"refused": str(sentence)}:
                return ArticleError(sentence)
            case {"failed": str(name)}:
                return LimitError(_FAILED.format(name[:60]))
        raise LimitError(values.NONSENSE)

    def _why(self, gone: GoneError) -> str:
        if gone.how == -signal.SIGXCPU:
            return too_long(self.limits)
        if gone.how == OVER:
            return (
                f"It needs more than {self.limits.memory_mb:,} MB of memory to read; save its text instead, or raise "
                "PARSE_MEMORY_MB."
            )
        how = f"exit status {gone.how}" if gone.how >= 0 else signal.Signals(-gone.how).name
        return _CRASHED.format(how)


def _read(given: Input) -> dict[str, Any]:
    read = given.read
    return {
        "address": read.address,
        "fetched_at": read.fetched_at,
        "charset": read.charset,
        "given": dict(read.given),
    }


class _Pool:
    """The processes of this one that wait for items."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Process] = []

    def taken(self, limits: Limits) -> Process:
        """One of these limits, for one user at a time."""
        soon = time.monotonic() - _FRESH
        with self._lock:
            old = [one for one in self._waiting if one.since < soon]
            fit = [one for one in self._waiting if one.since >= soon and one.limits == limits]
            self._waiting = [one for one in self._waiting if one not in old and one not in fit[-1:]]
        for one in old:
            one.end()
        return fit[-1] if fit else Process(limits)

    def give(self, process: Process) -> None:
        """Take one back that is as good as it was."""
        process.since = time.monotonic()
        with self._lock:
            if process.asked < _MOST_ITEMS:
                self._waiting.append(process)
            surplus = self._waiting[:-_MOST_KEPT] if process.asked < _MOST_ITEMS else [process]
            self._waiting = [one for one in self._waiting if one not in surplus]
        for one in surplus:
            one.end()

    def close(self) -> None:
        """End all that wait."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.end()

    def forget(self) -> None:
        """Leave them to the process that this one was forked from."""
        self._lock = threading.Lock()
        for one in self._waiting:
            one.forget()
        self._waiting = []


_pool = _Pool()
atexit.register(_pool.close)
os.register_at_fork(after_in_child=_pool.forget)
