"""The process that takes files apart, one item at a time, on a socket that is its standard input.

It is started by `process.Process` and by nobody else. It keeps nothing between two items, and ends when it is not
needed for a while, when whoever started it does, and after an item that needed more memory than it has.
"""

from __future__ import annotations

import io
import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from rag import articles, feeds
from rag.articles import Input, Read, Row, Task
from rag.confined import values, wire
from rag.confined.limits import OVER, Limits, allow, confine
from rag.errors import ArticleError

IDLE = 60.0  # seconds without an item
_PIECE = 1 << 16


class LeftError(Exception):
    """There is nobody to read for any more."""


class Asked:
    """The other end of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def tell(self, head: Mapping[str, Any], data: bytes = b"") -> None:
        """Send a message."""
        for part in wire.packed(head, data):
            self._end.sendall(part)

    def hear(self, idle: float | None = None) -> tuple[dict[str, Any], bytes]:
        """The next message; raises LeftError where none comes, within `idle` seconds if that is given."""
        self._end.settimeout(idle)
        head, data = wire.received(self._read)
        return json.loads(head), data

    def _read(self, size: int) -> bytes:
        found = bytearray(size)
        view = memoryview(found)
        while view:
            try:
                number = self._end.recv_into(view)
            except TimeoutError as error:
                raise LeftError from error
            if not number:
                raise LeftError
            self._end.settimeout(None)
            view = view[number:]
        return bytes(found)


class _Afar(io.RawIOBase):
    """A file that the other end reads for us."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation
        self._at = offset if whence == io.SEEK_SET else self._at + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        view = memoryview(buffer).cast("B")
        self._asked.tell({"read": len(view), "at": self._at})
        _, data = self._asked.hear()
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def main(seconds: int, memory_mb: int) -> None:
    """Serve till there is nobody to serve."""
    limits = Limits(seconds=seconds, memory_mb=memory_mb)
    confine(limits)
    asked = Asked(socket.socket(fileno=0))
    asked.tell({"ready": True})
    try:
        while True:
            head, data = asked.hear(IDLE)
            allow(limits)
            _answer(asked, head, data, limits)
            del head, data
    except (LeftError, OSError):
        return
    except MemoryError:
        os._exit(OVER)  # at once: what else there is to do might need some


def _answer(asked: Asked, head: dict[str, Any], data: bytes, limits: Limits) -> None:
    try:
        if head["do"] == "draft":
            asked.tell({"made": asdict(articles.made(Task(data=data, **head["task"])))})
        elif head["do"] == "listing":
            asked.tell({"made": asdict(feeds.read(data, **head["as"]))})
        else:
            for row in _rows(asked, head["input"]):
                asked.tell({"row": values.of_row(row)}, b"" if isinstance(row.task, str) else row.task.data)
                allow(limits)
            asked.tell({"end": True})
    except ArticleError as error:
        asked.tell({"refused": str(error)})
    except (LeftError, OSError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a reader raises is one item's trouble
        asked.tell({"failed": type(error).__name__})


def _rows(asked: Asked, said: dict[str, Any]) -> Iterator[Row]:
    file = cast("BinaryIO", io.BufferedReader(_Afar(asked), _PIECE))
    return articles.split(Input(file=file, read=Read(**said.pop("read")), **said))
