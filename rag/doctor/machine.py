"""What it runs on: Python, its packages, the clock, the port that a server would take."""

from __future__ import annotations

import json
import platform
import re
import socket
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPException
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from rag.doctor.findings import INSTALL, Finding, Status

OLDEST = (3, 11)
PACKAGE = "crosscheck"
LOCK = Path(__file__).parent.parent.parent / "requirements.lock"
NAMED = 5  # packages that a sentence names
PATIENCE = 2.0  # seconds for whatever listens on the port
# This was written after then: a clock that is before it is wrong.
_EARLIEST = datetime(2026, 1, 1, tzinfo=UTC)
_PINNED = re.compile(r"^[A-Za-z0-9][^\\#\n]*", re.M)  # a line of a lock file, without its hashes
_LOOPBACK = "127.0.0.1"
_ENOUGH = 10_000  # bytes of what answers there


def python() -> Iterator[Finding]:
    """Whether Python is new enough."""
    found = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        yield _finding("python", "wrong", f"{found} is too old.", f"Install Python {oldest} or newer.")
    else:
        yield _finding("python", "ok", f"{found}, {sys.executable}")


def packages(lock: Path = LOCK) -> Iterator[Finding]:
    """Whether every package is there, in the version that this was tested with, or at least in one that is allowed."""
    required, source = requirements(lock)
    missing, others = [], []
    for one in required:
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            missing.append(one.name)
            continue
        if not one.specifier.contains(version, prereleases=True):
            others.append(f"{one.name} {version}, where {source} has {one.specifier}")
    if missing:
        yield _finding("packages", "wrong", f"Not installed: {_some(missing)}.", INSTALL)
    if others:
        yield _finding("packages", "warning", f"Of another version than is meant: {_some(others)}.", INSTALL)
    if not missing and not others:
        yield _finding("packages", "ok", f"{len(required)} packages are there as {source} asks for")


def requirements(lock: Path = LOCK) -> tuple[list[Requirement], str]:
    """What has to be installed here, and where that is written: in the lock file of a checkout, else in the package."""
    if lock.is_file():
        lines, source = [match[0] for match in _PINNED.finditer(lock.read_text("utf-8"))], lock.name
    else:
        lines, source = metadata.requires(PACKAGE) or [], f"the package {PACKAGE}"
    found = [Requirement(line) for line in lines]
    return [one for one in found if one.marker is None or one.marker.evaluate({"extra": ""})], source


def clock(now: datetime | None = None) -> Iterator[Finding]:
    """What time it is here, unless it is given, and whether that can be."""
    now = now or datetime.now().astimezone()
    universal = f", which is {now.astimezone(UTC):%H:%M} UTC" if now.utcoffset() else ""
    said = f"{now:%Y-%m-%d %H:%M} {now.tzname()}{universal}"
    if now < _EARLIEST:
        yield _finding("clock", "wrong", f"The clock says {said}: it is slow.", "Set the clock of this machine.")
    else:
        yield _finding("clock", "ok", f"The clock says {said}")


def port(number: int) -> Iterator[Finding]:
    """Whether a server can listen on the port, or already does."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((_LOOPBACK, number))
        except OSError as error:
            taken, why = True, error.strerror
        else:
            taken, why = False, ""
    if not taken:
        yield _finding("port", "ok", f"Port {number} is free for the page")
    elif _is_ours(number):
        yield _finding("port", "ok", f"Crosscheck is running on http://{_LOOPBACK}:{number}")
    else:
        says = f"Port {number} cannot be listened on ({why}), and it is not Crosscheck that does."
        yield _finding(
            "port", "warning", says, f"Choose another: make run PORT={number + 1 if number < 65535 else 7860}"
        )


def _is_ours(number: int) -> bool:
    """Whether a server of ours answers on the port."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # this machine is spoken to directly
    try:
        with opener.open(f"http://{_LOOPBACK}:{number}/healthz", timeout=PATIENCE) as response:
            health = json.loads(response.read(_ENOUGH))
    except (OSError, HTTPException, ValueError, RecursionError):
        return False
    return isinstance(health, dict) and health.get("status") == "ok"


def _some(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _finding(check: str, status: Status, says: str, advice: str = "") -> Finding:
    return Finding(topic="Machine", check=check, status=status, says=says, advice=advice)
