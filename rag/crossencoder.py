"""Cross-encoders on onnxruntime: models that read two texts together and give numbers for the pair.

Any such model will do that is exported to ONNX with its tokenizer, from a folder or from the model hub; what is fetched
stays in the cache folder. What the numbers mean is for `rerank` and `nli` to say, each by a `Purpose` of its own.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar
from urllib.error import HTTPError

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from rag.embedding import batches
from rag.errors import CrosscheckError

Logits: TypeAlias = NDArray[np.float64]

HUB = "https://huggingface.co"
GRAPHS = ("model.onnx", "onnx/model.onnx")  # where exports put the graph
TOKENIZER = "tokenizer.json"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
WINDOW = 512  # tokens of the two texts with their marks
DOWNLOAD_SECONDS = 60.0  # that the hub may be silent, and that it has beside what it sends
SLOWEST = 100_000  # bytes a second that it must send of a file, all in all
LISTING = 16 << 20  # bytes of a listing
CHUNK = 1 << 20

_NAME = re.compile(r"(?P<name>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>[\w.-]+))?")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a cross-encoder is for: how messages name it and its texts, what it gives, and the error it fails with.

    `first` and `second` name the texts of a pair, `room` is the most tokens that the first may take. `widths` are how
    many numbers a pair may get. `beside` are files that it needs beside the tokenizer.
    """

    what: str
    setting: str
    folder: str
    first: str
    second: str
    room: int
    widths: Mapping[int, str]
    error: type[CrosscheckError]
    beside: tuple[str, ...] = ()

    @property
    def instead(self) -> str:
        """What to do where a model will not do."""
        return f"set {self.setting} to another {self.what}, or leave it empty"

    @property
    def by_hand(self) -> str:
        """What to do where a model cannot be fetched."""
        return f"set {self.setting} to a folder that holds the model, or leave it empty"

    @property
    def files(self) -> tuple[str, ...]:
        """The files that a model has beside its graph."""
        return (TOKENIZER, *self.beside)

    def reads(self) -> str:
        """How many numbers it gives for a pair, in words."""
        return " or ".join(self.widths.values())


# --- running ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossEncoder:
    """A loaded model: its folder, its graph's file, session, tokenizer, and the token that fills up a batch."""

    purpose: Purpose
    folder: Path
    graph: Path
    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    padding: int

    def logits(self, first: str, seconds: Sequence[str]) -> Logits:
        """The numbers for each pair of the first text and one of the second, (n, width); raises the purpose's error.

        What exceeds the model's window is not read: the end of a second text, of the first only past its room.
        """
        pairs = self._pairs(first, seconds)
        batched = [(batch, self._run([pairs[at] for at in batch])) for batch in batches([len(pair) for pair in pairs])]
        logits = np.zeros((len(pairs), batched[0][1].shape[1]))
        for batch, found in batched:
            logits[batch] = found
        return logits

    def _pairs(self, first: str, seconds: Sequence[str]) -> list[Encoding]:
        """Each second text after the first, joined as the tokenizer's own rules join a pair, within the window."""
        asked, *read = self.tokenizer.encode_batch(
            [_encodable(text) for text in (first, *seconds)], add_special_tokens=False
        )
        asked.truncate(self.purpose.room)
        left = WINDOW - len(asked) - self.tokenizer.num_special_tokens_to_add(is_pair=True)
        for encoding in read:
            encoding.truncate(left)
        return [self.tokenizer.post_process(asked, encoding) for encoding in read]

    def _run(self, pairs: Sequence[Encoding]) -> Logits:
        """The logits of one batch, padded to its longest pair."""
        ids = np.full((len(pairs), max(map(len, pairs))), self.padding, dtype=np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, pair in enumerate(pairs):
            ids[row, : len(pair)] = pair.ids
            mask[row, : len(pair)] = 1
            types[row, : len(pair)] = pair.type_ids
        given = dict(zip(INPUTS, (ids, mask, types), strict=True))
        feed = {each.name: given[each.name].astype(INTEGERS[each.type]) for each in self.session.get_inputs()}
        try:
            (logits,) = self.session.run([_output(self.session)], feed)
        except Exception as error:  # onnxruntime's errors have no common class but this
            raise self._failure(f"failed on {len(pairs)} {self.purpose.second} ({_said(error)})") from error
        return self._checked(logits, pairs=len(pairs))

    def _checked(self, logits: NDArray[np.floating], *, pairs: int) -> Logits:
        """The logits as rows of one width that the purpose knows, all of them numbers."""
        flat = logits.shape == (pairs,) and 1 in self.purpose.widths
        if not flat and not (logits.ndim == 2 and logits.shape[0] == pairs and logits.shape[1] in self.purpose.widths):
            shape = " x ".join(map(str, logits.shape))
            wanted = f"where a {self.purpose.what} gives {self.purpose.reads()} for each"
            raise self._failure(f"gave {shape} numbers for {pairs} {self.purpose.second}, {wanted}")
        if not np.isfinite(logits).all():
            raise self._failure(f"gave something that is no number for a {self.purpose.second.removesuffix('s')}")
        return logits.astype(np.float64).reshape(pairs, -1)

    def _failure(self, said: str) -> CrosscheckError:
        return self.purpose.error(f"{self.graph}: {said}; {self.purpose.instead}.")


def _output(session: onnxruntime.InferenceSession) -> str:
    """The name of the output that holds the logits."""
    names = [output.name for output in session.get_outputs()]
    return "logits" if "logits" in names else names[0]


def _encodable(text: str) -> str:
    """The text, with question marks for lone surrogates: JSON may hold them, the tokenizer refuses them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _said(error: Exception) -> str:
    """A library's complaint in one line, to stand within a sentence."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


# --- loading ---------------------------------------------------------------------------------------------------------


Ready = TypeVar("Ready")  # what is kept of a model that was opened and tried


class OnDemand(Generic[Ready]):
    """A configured model by the folder or the hub name that the setting gives; threads may share it.

    Constructing it is free; `load` or the first use opens it, fetching it first where it must be.
    """

    purpose: Purpose

    def __init__(self, name: str, cache_dir: Path, threads: int = 0, *, hub: str = HUB) -> None:
        self.name = name
        self._cache_dir = cache_dir
        self._threads = threads
        self._hub = hub
        self._lock = threading.Lock()
        self._ready: Ready | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether it can be asked without waiting for it to load."""
        return self._ready is not None

    def load(self) -> None:
        """Make the model ready, and try it on two texts; raises the purpose's error where it cannot be had or used."""
        self._model()

    def _model(self) -> Ready:
        with self._lock:
            if self._ready is None:
                model = opened(self.name, self._cache_dir, self.purpose, threads=self._threads, hub=self._hub)
                self._ready = self._tried(model)
            return self._ready

    def _tried(self, model: CrossEncoder) -> Ready:
        """What is kept of a model that was just opened, once it has been tried; raises the purpose's error."""
        raise NotImplementedError


def opened(name: str, cache_dir: Path, purpose: Purpose, *, threads: int = 0, hub: str = HUB) -> CrossEncoder:
    """The model of a folder, or of the hub as OWNER/NAME@REVISION, fetched first where it must be.

    `threads` 0 is one per core. Raises the purpose's error for one that cannot be had or is no such model.
    """
    folder = _folder(name, cache_dir, purpose, hub=hub)
    graph = next((folder / path for path in GRAPHS if (folder / path).is_file()), None)
    if graph is None:
        raise purpose.error(
            f"{folder}: has neither {' nor '.join(GRAPHS)}; export the model to ONNX, or {purpose.instead}."
        )
    for file in purpose.files:
        if not (folder / file).is_file():
            raise purpose.error(f"{folder}: has no {file}; put the model's own there, or {purpose.instead}.")
    session = _session(graph, purpose, threads=threads)
    tokenizer, padding = _tokenizer(folder / TOKENIZER, purpose)
    return CrossEncoder(
        purpose=purpose, folder=folder, graph=graph, session=session, tokenizer=tokenizer, padding=padding
    )


def _tokenizer(path: Path, purpose: Purpose) -> tuple[Tokenizer, int]:
    """The tokenizer, and the token to fill up a batch with; the file's own cutting and padding are for training."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        said = f"cannot be loaded as a tokenizer ({_said(error)})"
        raise purpose.error(f"{path}: {said}; {renewed(path, purpose)}.") from error
    if not tokenizer.num_special_tokens_to_add(is_pair=True):
        ends = f"does not mark where a {purpose.first} ends and a {purpose.second.removesuffix('s')} begins"
        raise purpose.error(f"{path}: {ends}; {purpose.instead}.")
    padding = _padding(tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, padding


def _padding(tokenizer: Tokenizer) -> int:
    """The token that the tokenizer fills up with, by its settings or else by its name; the mask hides it."""
    marks = [(tokenizer.padding or {}).get("pad_token"), "[PAD]", "<pad>"]
    known = (tokenizer.token_to_id(mark) for mark in marks if mark)
    return next((token for token in known if token is not None), 0)


def _session(graph: Path, purpose: Purpose, *, threads: int) -> onnxruntime.InferenceSession:
    """A session over the graph's file, whose inputs are those of a cross-encoder."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.log_severity_level = 3
    # Threads that wait for work sleep: a server has other things to do on its cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class but this
        said = f"cannot be loaded as ONNX ({_said(error)})"
        raise purpose.error(f"{graph}: {said}; {renewed(graph, purpose)}.") from error
    inputs = {each.name: each.type for each in session.get_inputs()}
    if not {"input_ids"} <= inputs.keys() <= set(INPUTS) or not set(inputs.values()) <= set(INTEGERS):
        found = ", ".join(f"{name} {kind}" for name, kind in inputs.items()) or "nothing"
        raise purpose.error(
            f"{graph}: reads {found}, where a {purpose.what} reads integers named {', '.join(INPUTS)}; "
            f"{purpose.instead}."
        )
    return session


def renewed(path: Path, purpose: Purpose) -> str:
    """What to do about a file that is not what it should be."""
    return f"put the model's own {path.name} there (or delete the folder, if it was fetched), or {purpose.instead}"


# --- fetching --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as the hub lists it: large ones by their SHA-256, small ones by git's name for their content alone."""

    path: str
    size: int
    sha256: str | None
    blob: str


def _folder(name: str, cache_dir: Path, purpose: Purpose, *, hub: str) -> Path:
    """The folder of a model: the one named, or the cache's, filled from the hub by who needs it first."""
    given = Path(name).expanduser()
    if given.is_dir():
        return given
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise purpose.error(
            f"{name}: no such folder, nor a model of the hub as OWNER/NAME@REVISION; {purpose.instead}."
        )
    folder = cache_dir / purpose.folder / name.replace("/", "--")
    if not folder.is_dir():
        _fetch(parts["name"], parts["revision"] or "main", purpose, into=folder, hub=hub)
    return folder


def _fetch(name: str, revision: str, purpose: Purpose, *, into: Path, hub: str) -> None:
    """Make a folder of a model's graph and the files beside it as they stand at a revision: all of it, or none."""
    commit, files = _listed(name, revision, purpose, hub=hub)
    graph = next((path for path in GRAPHS if path in files), None)
    if graph is None or not set(purpose.files) <= files.keys():
        raise purpose.error(
            f"{hub}/{name}: has no {' and '.join(purpose.files)} with {' or '.join(GRAPHS)} at {revision}; "
            f"export it to ONNX into a folder and name that, or {purpose.instead}."
        )
    # A graph of 2 GB and more keeps its weights in files beside it, as model.onnx_data.
    beside = re.compile(rf"{re.escape(graph)}[\w.]*")
    wanted = [file for path, file in files.items() if path in purpose.files or beside.fullmatch(path)]
    megabytes = sum(file.size for file in wanted) / 1e6
    _log.warning("Fetching the %s %s, %.0f MB, once.", purpose.what, name, megabytes)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=into.parent) as aside:
            for file in wanted:
                address = f"{hub}/{name}/resolve/{commit}/{file.path}"
                _download(address, Path(aside) / "model" / file.path, file, purpose)
            _publish(Path(aside) / "model", into)
    except OSError as error:
        raise purpose.error(f"{into}: cannot be written ({error}); set CACHE_DIR to a folder that can be.") from error


def _listed(name: str, revision: str, purpose: Purpose, *, hub: str) -> tuple[str, Mapping[str, _File]]:
    """The commit that a revision stands for, and its files by path, from the hub's own listing."""
    address = f"{hub}/api/models/{name}/revision/{revision}?blobs=true"
    content = b"".join(_chunks(address, purpose, most=LISTING))
    try:
        listing = json.loads(content)
        files = [
            _File(
                path=str(each["rfilename"]),
                size=int(each["size"]),
                sha256=str(each["lfs"]["sha256"]) if each.get("lfs") else None,
                blob=str(each["blobId"]),
            )
            for each in listing["siblings"]
        ]
        return str(listing["sha"]), {file.path: file for file in files}
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        said = "this is not the model hub's listing of a model"
        raise purpose.error(f"{address}: {said}; {purpose.by_hand}.") from error


def _download(address: str, path: Path, file: _File, purpose: Purpose) -> None:
    """Write what stands at an address, which must be the file that is listed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with path.open("wb") as written:
        for chunk in _chunks(address, purpose, most=file.size):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    if digest.hexdigest() != (file.sha256 or file.blob):
        said = "what arrived is not the file that is listed there"
        raise purpose.error(f"{address}: {said}; try again, or {purpose.by_hand}.")


def _publish(folder: Path, into: Path) -> None:
    """Move a whole folder to its place, unless another process was first."""
    try:
        folder.rename(into)
    except OSError:
        if not into.is_dir():
            raise


def _chunks(address: str, purpose: Purpose, *, most: int) -> Iterator[bytes]:
    """The content at an address, piece by piece, of at most so many bytes; raises the purpose's error."""
    deadline = time.monotonic() + DOWNLOAD_SECONDS + most / SLOWEST
    left = most
    try:
        with urllib.request.urlopen(address, timeout=DOWNLOAD_SECONDS) as response:
            while chunk := response.read1(CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise OSError(f"more than the {most:,} bytes that were to come")
                if time.monotonic() > deadline:
                    raise OSError(f"less than {SLOWEST // 1000} kB a second")
                yield chunk
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        said = f"the {purpose.what} cannot be fetched ({_said(error)})"
        raise purpose.error(f"{address}: {said}; {purpose.by_hand}.") from error
