"""Every point of a process at which what is on disk is about to change, counted, and death at any one of them.

A point comes before: a file being opened for writing, renamed, removed, made, synced; a lock; a statement that changes
an SQLite file, its COMMIT among them; and each call by which an index writes. What stands on disk between two points is
the same, but for what Chroma and tantivy do inside one call: kills at random moments see to that.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
HARMLESS = re.compile(r"SELECT|ROLLBACK|BEGIN(?! IMMEDIATE)|PRAGMA(?! JOURNAL| [A-Z_]+ =)|--")


class Points:
    """The points that this process has come to in `folder`, and death by SIGKILL at number `deadly`, from 0."""

    def __init__(self, folder: Path, *, deadly: int | None = None) -> None:
        self._folder = str(folder)
        self._inside = (f"{folder}/", f"{folder}.")  # what a library is exported to lies beside it
        self._deadly = deadly
        self._lock = threading.Lock()
        self.labels: list[str] = []
        self._counts = False

    def watch(self) -> None:
        """Count from now on; a process can do so once, and for good."""
        from rag.lexical import Lexical
        from rag.vectors import Vectors

        fsync = os.fsync
        os.fsync = lambda descriptor: (self._reached(f"fsync {self._named(descriptor)}"), fsync(descriptor))[1]
        for kind, names in ((Vectors, ("add", "remove", "settle")), (Lexical, ("add", "remove", "commit"))):
            for name in names:
                setattr(kind, name, self._before(getattr(kind, name), f"{kind.__name__}.{name}"))
        connect = sqlite3.connect
        sqlite3.connect = lambda *values, **named: self._traced(connect(*values, **named))
        self._counts = True
        sys.addaudithook(self._heard)

    def _before(self, method: Callable[..., Any], label: str) -> Callable[..., Any]:
        def counted(*values: Any, **named: Any) -> Any:
            self._reached(label)
            return method(*values, **named)

        return counted

    def _traced(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        connection.set_trace_callback(self._stated)
        return connection

    def _heard(self, event: str, values: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = values
            if isinstance(flags, int) and flags & WRITES and self._is_ours(path):
                self._reached(f"open {self._shown(path)}")
        elif event in FILES and self._is_ours(path := _whole(values[0], values[-1])):
            self._reached(f"{event} {self._shown(path)}")
        elif event == "fcntl.flock":
            self._reached("lock")

    def _stated(self, statement: str) -> None:
        words = " ".join(statement.split()).upper()
        if not HARMLESS.match(words):
            self._reached(re.sub(r"[^A-Z_ ]+.*", "", words)[:40].strip())

    def _is_ours(self, path: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(self._inside)

    def _named(self, descriptor: int) -> str:
        return self._shown(Path(f"/proc/self/fd/{descriptor}").readlink())

    def _shown(self, path: Any) -> str:
        """A path without what is drawn at random or counted, so that equal places have equal names."""
        return re.sub(r"[0-9a-f]{8}[0-9a-f-]{24,}|[0-9]+", "#", os.fsdecode(path).removeprefix(self._folder))

    def _reached(self, label: str) -> None:
        if not self._counts:
            return
        with self._lock:
            if len(self.labels) == self._deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            self.labels.append(label)


def _whole(path: Any, folder: object) -> Any:
    """A path that is told with the descriptor of the folder that it is in."""
    if not isinstance(folder, int) or folder < 0 or not isinstance(path, str | bytes):
        return path
    return str(Path(f"/proc/self/fd/{folder}").readlink() / os.fsdecode(path))
