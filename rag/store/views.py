"""A reader's own view of an index: links to the files that it only reads, copies of those that it would write to.

So a published generation stays as it was published, to the byte, however many read it. A part of `store`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

NAME = "reader-"
GRACE = 60.0  # seconds in which a new view is let alone: it may not be locked yet


class View:
    """A folder in `beside`, or where temporary files go if that is None or read-only; it is locked while it is used.

    Raises OSError.
    """

    def __init__(self, beside: Path | None) -> None:
        place = beside if beside is not None and os.access(beside, os.W_OK) else None
        self._folder = tempfile.TemporaryDirectory(prefix=NAME, dir=place, ignore_cleanup_errors=True)
        self._lock = os.open(self._folder.name, os.O_RDONLY | os.O_CLOEXEC)
        _locked(self._lock)

    def of(self, index: Path, *, copied: frozenset[str]) -> Path:
        """The index's folder as this reader has it, with copies of the files of these names; raises OSError.

        Files of locks are left out: whoever wants one makes it.
        """
        target = Path(self._folder.name) / index.name
        for path in (path for path in index.rglob("*") if path.is_file() and path.suffix != ".lock"):
            seen = target / path.relative_to(index)
            seen.parent.mkdir(parents=True, exist_ok=True)
            if path.name in copied:
                shutil.copyfile(path, seen)
            else:
                seen.symlink_to(path.absolute())
        return target

    def close(self) -> None:
        """Delete it."""
        self._folder.cleanup()
        os.close(self._lock)


def sweep(beside: Path) -> None:
    """Delete the views that readers left who were cut off."""
    for path in beside.glob(f"{NAME}*"):
        with suppress(OSError):
            if abs(time.time() - path.stat().st_mtime) < GRACE:
                continue
            lock = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if _locked(lock):
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)


def _locked(descriptor: int) -> bool:
    """Whether the folder could be locked; where folders cannot be, nobody deletes another's."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
