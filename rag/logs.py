"""What the process writes down, a line each on stderr: JSON for programs, plain for people at a terminal.

No line holds a question, an article's words or a model's reply, unless `texts` are allowed, and no line holds a key:
of an error only the kind and the place are told, unless its sentence is known to hold none of these; of what other
libraries say, only who and where, and nothing below a warning (at debug, a client may write down what it sends).
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, TextIO, TypeAlias

from rag.errors import EmbeddingError, LibraryError, NliError, RerankError, SettingsError

Level: TypeAlias = Literal["debug", "info", "warning", "error"]

request_id: ContextVar[str] = ContextVar("request_id", default="")  # of the request under way, set by the gate

FIELDS = ("method", "route", "status", "milliseconds", "key")  # what a line may have besides, given as `extra`
_OWN = ("rag", "app", "ingest", "__main__")
_TRUSTED = (*_OWN, "uvicorn", "opentelemetry")  # loggers whose sentences hold no texts
_STATED = (EmbeddingError, LibraryError, NliError, RerankError, SettingsError)  # errors whose sentences hold none
_MOST = 20  # errors told of one, with its causes
_WITHHELD = "withheld, as LOG_QUESTIONS is false"
_LINE = dict.fromkeys((*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029), " ")  # what breaks or colours a line
_TEXT = {code: mark for code, mark in _LINE.items() if chr(code) not in "\n\t"}

_log = logging.getLogger(__name__)


def configure(level: Level = "info", *, texts: bool = False, stream: TextIO | None = None) -> None:
    """Write the process's log to `stream`, stderr unless given, from `level` on; others' from a warning on.

    What would be printed of an error that nobody caught becomes a line too. `texts` is LOG_QUESTIONS.
    """
    root = logging.getLogger()
    root.handlers = [handler(stream or sys.stderr, texts=texts)]
    root.setLevel(max(logging.WARNING, _number(level)))
    for name in _OWN:
        logging.getLogger(name).setLevel(_number(level))
    sys.excepthook = _uncaught
    threading.excepthook = lambda raised: _uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)
    sys.unraisablehook = lambda raised: _uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)


def handler(stream: TextIO, *, texts: bool = False) -> logging.Handler:
    """What writes each record as a line: plain on a terminal, else JSON."""
    made = _Handler(stream)
    made.setFormatter((_Plain if stream.isatty() else _Json)(texts=texts))
    made.addFilter(_told)
    return made


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say so: the standard way prints the record's arguments, and a traceback with all messages."""
        self.stream.write(f'{{"level": "error", "logger": "{__name__}", "message": "A line could not be written."}}\n')


def _told(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OWN or record.levelno >= logging.WARNING


def _trusted(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _TRUSTED


class _Formatter(logging.Formatter):
    """What both forms have in common: what may be told."""

    def __init__(self, *, texts: bool) -> None:
        super().__init__()
        self._texts = texts

    def message(self, record: logging.LogRecord) -> str:
        """The sentence, with what it tells of errors."""
        if self._texts:
            return record.getMessage()
        if not _trusted(record):
            return f"{record.module}.py line {record.lineno} says something ({_WITHHELD})"
        safe, given = logging.makeLogRecord({"msg": _safe(record.msg)}), record.args or ()
        safe.args = tuple(map(_safe, given)) if isinstance(given, tuple) else {k: _safe(v) for k, v in given.items()}
        return safe.getMessage()

    def trace(self, record: logging.LogRecord) -> str:
        """The record's error with its causes and where each was raised; empty where there is none."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return ""
        if self._texts:
            return "".join(traceback.format_exception(error)).rstrip()
        return "\n".join(part for one in _chain(error) for part in _parts(one))


class _Json(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One object on one line, ASCII."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, object] = {
            "time": when.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.message(record).rstrip(),
        }
        if request := request_id.get():
            line["request_id"] = request
        line |= {field: value for field in FIELDS if (value := getattr(record, field, None)) is not None}
        if trace := self.trace(record):
            line["exception"] = trace
        return json.dumps(line, default=str)


class _Plain(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """A line for people, and behind it the error, where there is one; nothing in it commands the terminal."""
        when = time.strftime("%H:%M:%S", time.localtime(record.created))
        request = request_id.get()
        line = f"{when} {record.levelname:7} {self.message(record).rstrip()}{f' [{request}]' if request else ''}"
        trace = self.trace(record)
        return "\n".join(part for part in (line.translate(_LINE), trace.translate(_TEXT)) if part)


def _safe(value: object) -> object:
    """The value; of an error what may be told of it."""
    return _sentence(value) if isinstance(value, BaseException) else value


def _sentence(error: BaseException) -> str:
    kind = type(error).__qualname__
    if isinstance(error, _STATED):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{kind}: {error.strerror}"  # not the file's name, which may be an upload's
    return f"{kind} ({_WITHHELD})"


def _chain(error: BaseException) -> list[BaseException]:
    """The error, those in its group, and what each came of: the last first, as it is read."""
    found: list[BaseException] = []

    def follow(one: BaseException | None) -> Iterator[BaseException]:
        if one is None or len(found) >= _MOST or any(one is other for other in found):
            return
        found.append(one)
        yield from follow(one.__cause__ or (None if one.__suppress_context__ else one.__context__))
        for inner in one.exceptions if isinstance(one, BaseExceptionGroup) else ():
            yield from follow(inner)
        yield one

    return list(follow(error))


def _parts(error: BaseException) -> list[str]:
    frames = "".join(traceback.format_tb(error.__traceback__)).rstrip()
    return [*([f"Traceback (most recent call last):\n{frames}"] if frames else []), _sentence(error)]


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        sys.__excepthook__(kind, error or kind(), trace)
    else:
        _log.critical("An error that nobody caught.", exc_info=(kind, error or kind(), trace))


def _number(level: Level) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
