"""The application as a process of its own over the shipped articles, for what is measured from outside."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Where it can be reached, and the process that serves; None for one that was there already."""

    address: str
    process: int | None


@contextlib.contextmanager
def served(address: str | None = None, *, library: Path | None = None) -> Iterator[Served]:
    """What is served at `address`, or else a server over `library` or in a folder of its own, till the block ends."""
    if address:
        yield Served(address=address.rstrip("/"), process=None)
        return
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "API_KEYS"))}
    with tempfile.TemporaryDirectory() as folder:
        place = ["--data-dir", str(library or folder)]
        if library is None:
            taking_in = [sys.executable, "ingest.py", *place, "corpus"]
            subprocess.run(taking_in, cwd=ROOT, env=plain, check=True, stdout=subprocess.DEVNULL)
        command = [sys.executable, "app.py", "--port", "0", *place]
        quiet = subprocess.DEVNULL  # a line is logged for each request
        with subprocess.Popen(command, cwd=ROOT, env=plain, stdout=subprocess.PIPE, stderr=quiet, text=True) as process:
            try:
                assert process.stdout is not None
                found = re.search(r"http://\S+", process.stdout.readline())
                assert found, "the server failed to start"
                yield Served(address=found[0], process=process.pid)
            finally:
                process.terminate()


@contextlib.contextmanager
def started(*arguments: str, folder: Path, **settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server started in a folder, over the library `data` in it: its process, and the address that it tells."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "API_KEYS"))}
    command = [sys.executable, str(ROOT / "app.py"), "--port", "0", "--data-dir", str(folder / "data"), *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=plain | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None and process.stderr is not None
            line = process.stdout.readline()
            assert line.startswith("Crosscheck is ready: http://"), process.stderr.read()
            yield process, line.split()[-1]
        finally:
            process.kill()


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values does not exceed; the nearest rank."""
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))]
