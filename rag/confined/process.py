"""One process that reads for us, from our side: started, asked, and ended when it takes too long."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from rag.confined import wire
from rag.confined.limits import Limits
from rag.errors import LimitError, ParserError

_POLL = 0.1  # seconds between looks at whether anybody still waits
_STARTING = 60.0  # seconds
_ENDING = 5.0
_ALWAYS = 64_000_000  # bytes that any answer may have
_TIMES = 8  # and how many times what was asked
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from rag.confined.worker import main; main({}, {})"
_NOT_STARTED = (
    "The process that files are read in does not start ({}); see that PARSE_MEMORY_MB is no less than it needs, and "
    "that this machine lets programs be started."
)


def too_long(limits: Limits) -> str:
    """Why an item is left out that takes too long."""
    return f"It takes more than {limits.seconds} s to read; save its text instead, or raise PARSE_SECONDS."


class GoneError(Exception):
    """The process has ended without an answer; `how` is its exit status, below 0 the signal that ended it."""

    def __init__(self, how: int) -> None:
        super().__init__(how)
        self.how = how


class StoppedError(Exception):
    """Nobody waits for the answer any more."""


class Process:
    """A worker and the way to it; one thread at a time. Raises ParserError where it cannot be started.

    `asked` is how many messages it has been sent, `since` when it was last of use.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.asked = 0
        self.since = time.monotonic()
        self._is_ready = False
        ours, theirs = socket.socketpair()
        program = _PROGRAM.format(limits.seconds, limits.memory_mb)
        places = json.dumps([os.path.abspath(place) for place in sys.path])  # noqa: PTH100 - "" is this folder
        try:
            # no settings of ours, no keys among them, and nothing of the folder that it is started in
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", program, places],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            raise ParserError(_NOT_STARTED.format(error.strerror)) from error
        finally:
            theirs.close()
        self._ours = ours
        self._ours.settimeout(_POLL)

    def send(self, head: Mapping[str, Any], data: bytes, *, stopped: Callable[[], bool]) -> None:
        """Send it a message; raises as `hear` does."""
        self.asked += 1
        until = time.monotonic() + self.limits.wall
        for part in wire.packed(head, data):
            view = memoryview(part)
            while view:
                self._look(until, stopped)
                with suppress(TimeoutError):
                    view = view[self._sent(view, stopped) :]

    def hear(self, *, expected: int, stopped: Callable[[], bool]) -> tuple[dict[str, Any], bytes]:
        """The next message, of few times as many bytes as are `expected`, and the bytes beside it.

        Raises LimitError where it takes too long or is no message, GoneError where the process has ended,
        StoppedError as soon as `stopped` says so. The process is of no use after any of these.
        """
        if not self._is_ready:
            self._start(stopped)
        return self._heard(time.monotonic() + self.limits.wall, _ALWAYS + _TIMES * expected, stopped)

    def _start(self, stopped: Callable[[], bool]) -> None:
        try:
            self._heard(time.monotonic() + _STARTING, _ALWAYS, stopped)
        except (GoneError, LimitError) as error:
            how = f"exit status {error.how}" if isinstance(error, GoneError) else "it does not answer"
            raise ParserError(_NOT_STARTED.format(how)) from error
        self._is_ready = True

    def _heard(self, until: float, most: int, stopped: Callable[[], bool]) -> tuple[dict[str, Any], bytes]:
        def read(size: int) -> bytes:
            found = bytearray(size)
            view = memoryview(found)
            while view:
                self._look(until, stopped)
                with suppress(TimeoutError):
                    view = view[self._got(view) :]
            return bytes(found)

        try:
            head, data = wire.received(read, most=most)
            told = json.loads(head)
        except (ValueError, RecursionError):
            told, data = None, b""
        if not isinstance(told, dict):
            raise LimitError("The process that was to read it answered nonsense; save its text instead.")
        return told, data

    def _look(self, until: float, stopped: Callable[[], bool]) -> None:
        if stopped():
            raise StoppedError
        if time.monotonic() > until:
            raise LimitError(too_long(self.limits))

    def _sent(self, view: memoryview, stopped: Callable[[], bool]) -> int:
        try:
            return self._ours.send(view)
        except TimeoutError:
            raise
        except OSError as error:
            if not self._is_ready:
                self._start(stopped)  # what it said before it ended tells whether it ever started
            raise GoneError(self.end()) from error

    def _got(self, view: memoryview) -> int:
        try:
            number = self._ours.recv_into(view)
        except TimeoutError:
            raise
        except OSError as error:
            raise GoneError(self.end()) from error
        if not number:
            raise GoneError(self.end())
        return number

    def end(self) -> int:
        """Let it end by itself, as it does when nobody asks any more; its exit status."""
        self._ours.close()
        try:
            return self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it at once; its exit status."""
        self._ours.close()
        self._process.kill()
        return self._process.wait()

    def forget(self) -> None:
        """Let go of it in a process that was forked from the one that started it."""
        self._ours.detach()
        self._process.returncode = 0
