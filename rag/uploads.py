"""Files that somebody sends, read under the names that they were sent with.

An article is known by the path it was read from, and what is sent lies under another path each time. So each file is
copied to `uploads/NAME` in the library's folder for as long as it is read: the same name means the same article, in
whatever state. Names are a stranger's; what becomes a path has letters, digits, dots and hyphens alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rag.articles import ending, shown, slug
from rag.errors import LibraryBusyError
from rag.types import Refusal

FOLDER = "uploads"  # in the library's own
LONGEST_NAME = 120  # characters of a file's name as it is shown
LOST = "It did not arrive whole; choose it again."
NAMESAKE = "Another file of this name was given with it; add them one at a time, or give it another name."
_PAUSE = 0.05  # seconds between two looks whether the others are done


class Sent(Protocol):
    """A file that was sent, under the sender's `name` for it."""

    @property
    def name(self) -> str:
        """The name as it was sent, whatever that is."""

    def copy(self, to: Path) -> bool:
        """Write its content to a path; False where it is not there any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that has arrived at `path`, and its `name` in the words of a browser."""

    path: Path
    name: str

    def copy(self, to: Path) -> bool:
        """Write its content to a path; False where it is not there any more."""
        if not self.path.is_file():
            return False
        shutil.copyfile(self.path, to)
        return True


def told_name(name: str) -> str:
    """The last part of a name, as it can be shown: no folder, and not the whole of a very long one."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
    if len(last) > LONGEST_NAME:
        last = f"{last[: LONGEST_NAME - 20]}…{last[-18:]}"
    return last or "a file without a name"


def safe_name(name: str) -> str:
    """A name for the file of this folder alone: `slug` of its stem, and its ending where that is one of an article."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    suffix = ending(last)
    stem = last[: len(last) - len(suffix)]
    return f"{slug(stem)}{suffix}" if stem and suffix else slug(last)


@contextlib.contextmanager
def staged(
    sent: Sequence[Sent], folder: Path, *, patience: float | None = None
) -> Iterator[tuple[dict[Path, str], list[Refusal]]]:
    """Copy files into `folder`, until the end of the block; gives each path's told name, and what is refused.

    One at a time has the folder; `patience` is how many seconds it is waited for, None for as long as it takes. Raises
    LibraryBusyError after that, and OSError where the folder cannot be written to.
    """
    named: dict[Path, str] = {}
    refused: list[Refusal] = []
    with _alone(folder, patience=patience):
        _emptied_of_all(folder)
        try:
            for one in sent:
                path, name = folder / safe_name(one.name), told_name(one.name)
                if path in named:
                    refused.append(Refusal(source=name, reason=NAMESAKE))
                    continue
                folder.mkdir(parents=True, exist_ok=True)
                named[path] = name
                if not one.copy(path):
                    del named[path]
                    refused.append(Refusal(source=name, reason=LOST))
            yield named, refused
        finally:
            for path in named:
                path.unlink(missing_ok=True)
            emptied(folder)


def sweep(folder: Path) -> None:
    """Remove what a server that was killed left in the folder, unless another one is taking files in just now."""
    with contextlib.suppress(LibraryBusyError, OSError):
        if folder.is_dir():
            with _alone(folder, patience=0.0):
                _emptied_of_all(folder)


def _emptied_of_all(folder: Path) -> None:
    """Remove every file of a folder that is held alone: nobody is at work who would need it."""
    if folder.is_symlink():
        return  # to files that may be somebody else's
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            path.unlink()
    emptied(folder)


@contextlib.contextmanager
def _alone(folder: Path, *, patience: float | None) -> Iterator[None]:
    """Hold a folder, in this process and among all; its lock lies beside it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    deadline = None if patience is None else time.monotonic() + patience
    descriptor = os.open(folder.with_name(f"{folder.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if deadline is not None and time.monotonic() >= deadline:
                    raise LibraryBusyError("Other files are being taken in: try again when that is done.") from error
                time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def renamed(refusal: Refusal, named: Mapping[Path, str]) -> Refusal:
    """A refusal with the names that the sender gave, in place of those of this machine."""
    source, reason = refusal.source, refusal.reason
    for path in sorted(named, key=lambda path: -len(path.name)):
        for place in (f"file:{shown(os.path.realpath(path))}", shown(path)):
            source, reason = source.replace(place, named[path]), reason.replace(place, named[path])
    return Refusal(source=source, reason=reason)


def emptied(folder: Path) -> None:
    """Remove a folder if nothing is left in it."""
    with contextlib.suppress(OSError):
        folder.rmdir()
