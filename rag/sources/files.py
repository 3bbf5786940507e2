"""Which files a path means."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from rag.articles import SUFFIXES, shown
from rag.errors import UsageError


def find(paths: Iterable[Path | str]) -> list[Path]:
    """The files that paths name, each once: a file as it is, a folder as the articles in it, sorted; raises UsageError.

    A folder is searched to the bottom for the known suffixes, without hidden files and folders; a link in it is
    followed where it leads to a file in the same folder. A file named by itself is always taken; reading may refuse it.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for real, file in files_of(path).items():
            found.setdefault(real, file)
    if not found:
        raise UsageError("No file was named; name a file or a folder of articles.")
    return list(found.values())


def files_of(path: Path | str) -> dict[str, Path]:
    """The files that one path names, sorted, by where they really are; raises UsageError where there are none."""
    if not str(path).strip() or "\0" in str(path):
        raise UsageError("A path is empty; name a file or a folder of articles.")
    if not os.path.lexists(path):  # a broken link is there; reading refuses it
        raise UsageError(f"{shown(path)} does not exist; name a file or a folder of articles.")
    path = Path(path)
    if not path.is_dir():
        return {os.path.realpath(path): path}  # Path.resolve fails on a link to itself
    files: dict[str, Path] = {}
    for real, file in sorted(_walk(path), key=lambda found: found[1].parts):
        files.setdefault(real, file)
    if not files:
        raise UsageError(f"{shown(path)} holds no article; put files into it that end in {', '.join(SUFFIXES)}.")
    return files


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        at = os.path.realpath(parent)
        for name in names:
            if not name.startswith(".") and name.lower().endswith(SUFFIXES):
                file = Path(parent, name)
                if real := _real(file, os.path.join(at, name), folder):  # noqa: PTH118 - of every file there is
                    yield real, file
    for error in unreadable:
        yield os.fsdecode(error.filename), Path(os.fsdecode(error.filename))  # reading says why not


def _real(file: Path, real: str, folder: Path) -> str | None:
    """Where a file really is, `real` if it is no link; None where it is none, or a link to one not in the folder."""
    try:
        mode = file.lstat().st_mode
        if not stat.S_ISLNK(mode):
            return real if stat.S_ISREG(mode) else None
        end = file.resolve()
        return str(end) if end.is_file() and end.is_relative_to(folder.resolve()) else None
    except (OSError, RuntimeError):  # a link to itself
        return None
