"""SIGTERM and SIGINT to a command: it ends within seconds, whatever it was at, and one sentence says how.

    with stoppable() as stop:          # what is not `gentle` is ended by Stopped, raised in the main thread
        with stop.gently():            # here `stop.asked` is set instead, and the command ends by itself
            take_in(stop=stop.asked)

A command that is not done GRACE seconds after the signal, or at a second one, is ended where it stands: that is safe at
any moment, since all that it writes is written so that a kill leaves it whole.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE = 4.0  # seconds from the signal to the end, of the five that a service manager or a person may wait
NUMBERS = (signal.SIGTERM, signal.SIGINT)
OVER, LATE = 0, -1  # no signals
REST = "run the same command again for the rest."


class Stopped(BaseException):
    """A signal ended the command; the message is for people, `status` what the process is to return."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"Stopped by {number.name}: what was done by then is kept, and nothing is half done; {REST}")
        self.status = status_of(number)


class Stop:
    """Whether, and by which signal, the command was asked to stop."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.by: signal.Signals | None = None
        self._is_gentle = False

    @contextmanager
    def gently(self) -> Iterator[None]:
        """Here a signal only sets `asked`."""
        self._is_gentle = True
        try:
            yield
        finally:
            self._is_gentle = False

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Do what a signal asks, in the main thread, as soon as that is at Python code; raises Stopped."""
        if not self._is_gentle:
            raise Stopped(signal.Signals(number))


def status_of(number: signal.Signals) -> int:
    """The exit status of a command that a signal ended, as shells count: 143 for SIGTERM, 130 for SIGINT."""
    return 128 + number


@contextmanager
def stoppable(*, grace: float = GRACE) -> Iterator[Stop]:
    """See to both signals until the end of the block, then as before; in another thread than the main one do nothing.

    A thread hears of the signal at once, also while the main thread is busy in a library and sees to no signal.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    ear, mouth = os.pipe()
    os.set_blocking(mouth, False)
    usual = {number: signal.getsignal(number) for number in NUMBERS}
    told = signal.set_wakeup_fd(mouth, warn_on_full_buffer=False)
    listener = threading.Thread(target=_listen, args=(ear, stop, grace), name="signals", daemon=True)
    listener.start()
    for number in NUMBERS:
        signal.signal(number, stop.handle)
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(told)
        os.write(mouth, bytes([OVER]))
        listener.join()
        os.close(ear)
        os.close(mouth)


def _listen(ear: int, stop: Stop, grace: float) -> None:
    """Pass the first signal on; end the process where it has not ended by itself, or another signal comes."""
    heard = _heard(ear)
    if heard == OVER:
        return
    number = signal.Signals(heard)
    stop.by = number
    stop.asked.set()
    if _heard(ear, within=grace) == OVER:
        return
    sys.stderr.write(f"Stopped by {number.name} before all was done: every article that was put is kept; {REST}\n")
    sys.stderr.flush()
    os._exit(status_of(number))


def _heard(ear: int, *, within: float | None = None) -> int:
    """The next of the two signals, OVER once nobody listens any more, LATE where neither comes in so many seconds."""
    deadline = None if within is None else time.monotonic() + within
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([ear], [], [], left)[0]:
            return LATE
        byte = os.read(ear, 1)[0]
        if byte == OVER or byte in NUMBERS:
            return byte
