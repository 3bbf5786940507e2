"""Files that a reader drops on the page: Gradio's box for them, which takes nothing but what was uploaded."""

from __future__ import annotations

import contextlib
from abc import ABCMeta
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.component_meta import ComponentMeta
from gradio.data_classes import FileData, ListFiles
from gradio.utils import abspath, get_upload_folder, is_in_or_equal

from rag.uploads import Upload, emptied


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


def discard(uploads: Sequence[Upload]) -> None:
    """Delete what has been uploaded."""
    for upload in uploads:
        with contextlib.suppress(OSError):
            upload.path.unlink(missing_ok=True)
        emptied(upload.path.parent)  # Gradio makes one for each
