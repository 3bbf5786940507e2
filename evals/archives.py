"""Compressed files of public data sets: each opened in one place, each complaint with the file's name."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

from evals.errors import EvalError
from evals.rows import Row


def unpacked(path: Path) -> bytes:
    """Return what an .xz file holds; raises EvalError where it is missing, damaged or cut off."""
    try:
        with lzma.open(path) as file:
            return file.read()
    except (lzma.LZMAError, EOFError) as error:
        raise EvalError(f"{path}: not a whole .xz file ({_cause(error)}); get it again.") from error
    except OSError as error:
        raise EvalError(f"{path}: cannot be read ({error.strerror or error}).") from error


def json_list(path: Path) -> list[object]:
    """Return the list in an .xz file of JSON; raises EvalError."""
    try:
        found = json.loads(unpacked(path))
    except (ValueError, RecursionError) as error:
        raise EvalError(f"{path}: not whole JSON ({_cause(error)}); get it again.") from error
    if not isinstance(found, list):
        raise EvalError(f"{path}: a JSON list is expected in it.")
    return found


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file in a .tar.xz, by name; nothing is written. Raises EvalError."""
    try:
        with tarfile.open(fileobj=io.BytesIO(unpacked(path))) as archive:
            for member in sorted(archive.getmembers(), key=lambda member: member.name):
                content = archive.extractfile(member)
                if content is not None:
                    yield member.name, content.read()
    except tarfile.TarError as error:
        raise EvalError(f"{path}: not a whole .tar.xz file ({_cause(error)}); get it again.") from error


def json_rows(content: bytes, *, name: str) -> Iterator[tuple[int, Row]]:
    """Yield each object of JSON lines with its line number from 1, empty lines left out; raises EvalError."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            try:
                found = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise EvalError(f"{name}, line {number}: not a whole JSON object; get the archive again.") from error
            if not isinstance(found, dict):
                raise EvalError(f"{name}, line {number}: a JSON object is expected.")
            yield number, found


def _cause(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
