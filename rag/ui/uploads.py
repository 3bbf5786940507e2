"""Files that a reader drops on the page, under the names that the reader gave them.

An article is known by the path it was read from, and a browser's upload lies under another path each time. So each is
moved to `uploads/NAME` in the library's folder for as long as it is read: the same name means the same article, in
whatever state. Names come from a browser; what becomes a path has letters, digits, dots and hyphens alone.
"""

from __future__ import annotations

import contextlib
import shutil
from abc import ABCMeta
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.data_classes import FileData, ListFiles
from gradio.utils import abspath, get_upload_folder, is_in_or_equal

from rag.articles import SUFFIXES, slug
from rag.types import Refusal

LONGEST_NAME = 120  # characters of a file's name as it is shown
LOST = "It did not arrive whole; choose it again."
NAMESAKE = "Another file of this name was given with it; add them one at a time, or give it another name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that has arrived at `path`, and its `name` in the words of a browser."""

    path: Path
    name: str


class _Plain(ComponentMeta):
    """Makes a kind of component and no more: Gradio's own would write a stub file beside this module."""

    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> _Plain:
        return ABCMeta.__new__(cls, name, bases, attributes)


class UploadBox(gr.File, metaclass=_Plain):
    """Gradio's box for files, which gives what was dropped on it as a list of `Upload`.

    Gradio's own takes any path of this machine for an upload, or fetches an address, where a request says so; this one
    takes what was uploaded alone.
    """

    def get_block_name(self) -> str:
        """Tell the browser to draw Gradio's box."""
        return "file"

    async def async_move_resource_to_block_cache(self, url_or_file_path: str | Path | None) -> str | None:
        """Let an uploaded file through; raises gr.Error for anything else."""
        if url_or_file_path is None:
            return None
        path = abspath(str(url_or_file_path))
        if not is_in_or_equal(path, get_upload_folder()):
            raise gr.Error("Only a file that was uploaded can be added.")
        return str(path)

    def preprocess(self, payload: ListFiles | FileData | None) -> Any:  # noqa: ANN401 - as Gradio has it
        """Give the files that have arrived."""
        files = payload.root if isinstance(payload, ListFiles) else [payload] if payload else []
        return [Upload(path=Path(file.path), name=file.orig_name or Path(file.path).name) for file in files]


def told_name(name: str) -> str:
    """The last part of a name, as it can be shown: no folder, and not the whole of a very long one."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2].strip()
    if len(last) > LONGEST_NAME:
        last = f"{last[: LONGEST_NAME - 20]}…{last[-18:]}"
    return last or "a file without a name"


def safe_name(name: str) -> str:
    """A name for the file of this folder alone: `slug` of its stem, and its ending where that is one of an article."""
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem, _, ending = last.rpartition(".")
    suffix = f".{ending.lower()}"
    if stem and suffix in SUFFIXES:
        return f"{slug(stem)}{suffix}"
    return slug(last)


@contextlib.contextmanager
def staged(uploads: Sequence[Upload], folder: Path) -> Iterator[tuple[dict[Path, str], list[Refusal]]]:
    """Copy uploads into `folder`, until the end of the block; gives each path's told name, and what is refused.

    Raises OSError where the folder cannot be written to.
    """
    named: dict[Path, str] = {}
    refused: list[Refusal] = []
    try:
        for upload in uploads:
            path, name = folder / safe_name(upload.name), told_name(upload.name)
            if path in named:
                refused.append(Refusal(source=name, reason=NAMESAKE))
            elif not upload.path.is_file():
                refused.append(Refusal(source=name, reason=LOST))
            else:
                folder.mkdir(parents=True, exist_ok=True)
                named[path] = name
                shutil.copyfile(upload.path, path)
        yield named, refused
    finally:
        for path in named:
            path.unlink(missing_ok=True)
        _emptied(folder)


def discard(uploads: Sequence[Upload]) -> None:
    """Delete what has been uploaded."""
    for upload in uploads:
        with contextlib.suppress(OSError):
            upload.path.unlink(missing_ok=True)
        _emptied(upload.path.parent)  # Gradio makes one for each


def _emptied(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
