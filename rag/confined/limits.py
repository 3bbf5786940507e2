"""How much one item may take, and what is taken from the process that reads it."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import time
from dataclasses import dataclass

OVER = 3  # the exit status of a process that had too little memory for an item
_OPEN_FILES = 64
_NICE = 5
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # what Linux calls them: CLONE_NEWUSER, CLONE_NEWNET
_NO_NEW_PRIVILEGES = 38
_MB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one item: seconds of processor time, and megabytes of memory with all that the process itself needs."""

    seconds: int = 60
    memory_mb: int = 1_500

    @property
    def wall(self) -> float:
        """Seconds by the clock on the wall, after which it is given up on a machine that has much else to do."""
        return 3.0 * self.seconds


def confine(limits: Limits) -> None:
    """Take from this process what no reader needs: memory, files, ways out. It cannot be had back."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # it ends when whom it reads for does
        signal.signal(number, signal.SIG_IGN)
    bounds = {
        resource.RLIMIT_AS: limits.memory_mb * _MB,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: _OPEN_FILES,
    }
    for what, most in bounds.items():
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    os.nice(_NICE)
    _leave_the_network()


def allow(limits: Limits) -> None:
    """Give the next item its processor time; the system ends the process that takes more."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    until = math.ceil(time.process_time()) + limits.seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def _leave_the_network() -> None:
    """Go where there is none, and gain no right by any program, as far as the system lets us; Linux alone does."""
    try:
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if system.unshare(_NEW_NETWORK):
            system.unshare(_NEW_USER | _NEW_NETWORK)
    except (AttributeError, OSError):
        return
