"""How well passages answer a question, by a cross-encoder on onnxruntime, which reads the two together.

Optional. The method is Nogueira and Cho's (2019, arXiv:1901.04085): a transformer over "[CLS] question [SEP] passage
[SEP]" with one logit, or two for no and yes. Any such model will do that is exported to ONNX with its tokenizer, from a
folder or from the model hub; what is fetched stays in the cache folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TypeAlias
from urllib.error import HTTPError

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from rag.embedding import batches
from rag.errors import RerankError

Scores: TypeAlias = NDArray[np.float32]

HUB = "https://huggingface.co"
GRAPHS = ("model.onnx", "onnx/model.onnx")  # where exports put the graph
TOKENIZER = "tokenizer.json"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
INTEGERS = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
WINDOW = 512  # tokens of a question and a passage with their marks
QUESTION = 256  # of these, the most that a question takes
DOWNLOAD_SECONDS = 60.0  # that the hub may be silent
CHUNK = 1 << 20
INSTEAD = "set RERANK_MODEL to another cross-encoder, or leave it empty"

_NAME = re.compile(r"(?P<name>\w[\w.-]*/\w[\w.-]*)(?:@(?P<revision>[\w.-]+))?")
_log = logging.getLogger(__name__)


class Reranker:
    """A cross-encoder by the folder or the hub name that the setting gives; threads may share it.

    Constructing it is free; `load` or the first use loads it, fetching it first where it must be.
    """

    def __init__(self, name: str, cache_dir: Path, threads: int = 0, *, hub: str = HUB) -> None:
        self.name = name
        self._cache_dir = cache_dir
        self._threads = threads
        self._hub = hub
        self._lock = threading.Lock()
        self._loaded: _CrossEncoder | None = None

    def load(self) -> None:
        """Make the model ready, and try it on two passages; raises RerankError for one that cannot be had or used."""
        self._model()

    def scores(self, question: str, passages: Sequence[str]) -> Scores:
        """How well each passage answers the question, (n,) in 0..1, higher is better; raises RerankError.

        What exceeds the model's window is not read: the end of a passage, of a question only past half the window.
        """
        if not passages:
            return np.zeros(0, dtype=np.float32)
        return self._model().scores(question, passages)

    def _model(self) -> _CrossEncoder:
        with self._lock:
            if self._loaded is None:
                model = _open(_folder(self.name, self._cache_dir, hub=self._hub), threads=self._threads)
                model.scores("Who?", ["Nobody.", "Two passages of unlike lengths, as every question will have."])
                self._loaded = model
            return self._loaded


# --- running ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _CrossEncoder:
    """A loaded model: its graph's file, session, tokenizer, and the token that fills up a batch."""

    graph: Path
    session: onnxruntime.InferenceSession
    tokenizer: Tokenizer
    padding: int

    def scores(self, question: str, passages: Sequence[str]) -> Scores:
        """As Reranker.scores, of at least one passage."""
        pairs = self._pairs(question, passages)
        scores = np.zeros(len(pairs), dtype=np.float32)
        for batch in batches([len(pair) for pair in pairs]):
            scores[batch] = self._run([pairs[index] for index in batch])
        return scores

    def _pairs(self, question: str, passages: Sequence[str]) -> list[Encoding]:
        """Each passage after the question, joined as the tokenizer's own rules join a pair, within the window."""
        asked, *read = self.tokenizer.encode_batch(
            [_encodable(text) for text in (question, *passages)], add_special_tokens=False
        )
        asked.truncate(QUESTION)
        left = WINDOW - len(asked) - self.tokenizer.num_special_tokens_to_add(is_pair=True)
        for encoding in read:
            encoding.truncate(left)
        return [self.tokenizer.post_process(asked, encoding) for encoding in read]

    def _run(self, pairs: Sequence[Encoding]) -> Scores:
        """The scores of one batch, padded to its longest pair."""
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
            raise RerankError(f"{self.graph}: failed on {len(pairs)} passages ({_said(error)}); {INSTEAD}.") from error
        return self._shares(logits, pairs=len(pairs))

    def _shares(self, logits: NDArray[np.floating], *, pairs: int) -> Scores:
        """The logits as shares of certainty: sigmoid of one, which softmax of two is as well, of their difference."""
        if logits.shape not in {(pairs,), (pairs, 1), (pairs, 2)}:
            shape = " x ".join(map(str, logits.shape))
            raise RerankError(
                f"{self.graph}: gave {shape} numbers for {pairs} passages, where a reranker gives one or two "
                f"for each; {INSTEAD}."
            )
        if not np.isfinite(logits).all():
            raise RerankError(f"{self.graph}: gave something that is no number for a passage; {INSTEAD}.")
        columns = logits.astype(np.float64).reshape(pairs, -1)
        certainty = columns[:, -1] - (columns[:, 0] if columns.shape[1] == 2 else 0.0)
        return np.exp(-np.logaddexp(0.0, -certainty)).astype(np.float32)


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


def _open(folder: Path, *, threads: int) -> _CrossEncoder:
    """The model of a folder with a graph and a tokenizer; raises RerankError."""
    graph = next((folder / name for name in GRAPHS if (folder / name).is_file()), None)
    if graph is None:
        raise RerankError(f"{folder}: has neither {' nor '.join(GRAPHS)}; export the model to ONNX, or {INSTEAD}.")
    if not (folder / TOKENIZER).is_file():
        raise RerankError(f"{folder}: has no {TOKENIZER}; put the model's own there, or {INSTEAD}.")
    session = _session(graph, threads=threads)
    tokenizer, padding = _tokenizer(folder / TOKENIZER)
    return _CrossEncoder(graph=graph, session=session, tokenizer=tokenizer, padding=padding)


def _tokenizer(path: Path) -> tuple[Tokenizer, int]:
    """The tokenizer, and the token to fill up a batch with; the file's own cutting and padding are for training."""
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises nothing narrower
        raise RerankError(f"{path}: cannot be loaded as a tokenizer ({_said(error)}); {_renewed(path)}.") from error
    if not tokenizer.num_special_tokens_to_add(is_pair=True):
        raise RerankError(f"{path}: does not mark where a question ends and a passage begins; {INSTEAD}.")
    padding = _padding(tokenizer)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, padding


def _padding(tokenizer: Tokenizer) -> int:
    """The token that the tokenizer fills up with, by its settings or else by its name; the mask hides it."""
    marks = [(tokenizer.padding or {}).get("pad_token"), "[PAD]", "<pad>"]
    known = (tokenizer.token_to_id(mark) for mark in marks if mark)
    return next((token for token in known if token is not None), 0)


def _session(graph: Path, *, threads: int) -> onnxruntime.InferenceSession:
    """A session over the graph's file, whose inputs are those of a cross-encoder."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or os.cpu_count() or 1
    options.log_severity_level = 3
    # Threads that wait for work sleep: a server has other things to do on its cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class but this
        raise RerankError(f"{graph}: cannot be loaded as ONNX ({_said(error)}); {_renewed(graph)}.") from error
    inputs = {each.name: each.type for each in session.get_inputs()}
    if not {"input_ids"} <= inputs.keys() <= set(INPUTS) or not set(inputs.values()) <= set(INTEGERS):
        found = ", ".join(f"{name} {kind}" for name, kind in inputs.items()) or "nothing"
        raise RerankError(
            f"{graph}: reads {found}, where a reranker reads integers named {', '.join(INPUTS)}; {INSTEAD}."
        )
    return session


def _renewed(path: Path) -> str:
    return f"put the model's own {path.name} there (or delete the folder, if it was fetched), or {INSTEAD}"


# --- fetching --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as the hub lists it: large ones by their SHA-256, small ones by git's name for their content alone."""

    path: str
    size: int
    sha256: str | None
    blob: str


def _folder(name: str, cache_dir: Path, *, hub: str) -> Path:
    """The folder of a model: the one named, or the cache's, filled from the hub by who needs it first."""
    given = Path(name).expanduser()
    if given.is_dir():
        return given
    parts = _NAME.fullmatch(name)
    if parts is None:
        raise RerankError(f"{name}: no such folder, nor a model of the hub as OWNER/NAME@REVISION; {INSTEAD}.")
    folder = cache_dir / "rerankers" / name.replace("/", "--")
    if not folder.is_dir():
        _fetch(parts["name"], parts["revision"] or "main", into=folder, hub=hub)
    return folder


def _fetch(name: str, revision: str, *, into: Path, hub: str) -> None:
    """Make a folder of a model's graph and tokenizer as they stand at a revision: all of it, or none."""
    commit, files = _listed(name, revision, hub=hub)
    graph = next((path for path in GRAPHS if path in files), None)
    if graph is None or TOKENIZER not in files:
        raise RerankError(
            f"{hub}/{name}: has no {TOKENIZER} with {' or '.join(GRAPHS)} at {revision}; "
            f"export it to ONNX into a folder and name that, or {INSTEAD}."
        )
    # A graph of 2 GB and more keeps its weights in files beside it, as model.onnx_data.
    wanted = [file for path, file in files.items() if path == TOKENIZER or re.fullmatch(rf"{graph}[\w.]*", path)]
    _log.warning("Fetching the reranker %s, %.0f MB, once.", name, sum(file.size for file in wanted) / 1e6)
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=into.parent) as aside:
            for file in wanted:
                _download(f"{hub}/{name}/resolve/{commit}/{file.path}", Path(aside) / "model" / file.path, file)
            _publish(Path(aside) / "model", into)
    except OSError as error:
        raise RerankError(f"{into}: cannot be written ({error}); set CACHE_DIR to a folder that can be.") from error


def _listed(name: str, revision: str, *, hub: str) -> tuple[str, Mapping[str, _File]]:
    """The commit that a revision stands for, and its files by path, from the hub's own listing."""
    address = f"{hub}/api/models/{name}/revision/{revision}?blobs=true"
    content = b"".join(_chunks(address))
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
        raise RerankError(f"{address}: this is not the model hub's listing of a model; {_by_hand()}.") from error


def _download(address: str, path: Path, file: _File) -> None:
    """Write what stands at an address, which must be the file that is listed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with path.open("wb") as written:
        for chunk in _chunks(address):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fsync(written.fileno())
    if digest.hexdigest() != (file.sha256 or file.blob):
        raise RerankError(f"{address}: what arrived is not the file that is listed there; try again, or {_by_hand()}.")


def _publish(folder: Path, into: Path) -> None:
    """Move a whole folder to its place, unless another process was first."""
    try:
        folder.rename(into)
    except OSError:
        if not into.is_dir():
            raise


def _chunks(address: str) -> Iterator[bytes]:
    """The content at an address, piece by piece; raises RerankError."""
    try:
        with urllib.request.urlopen(address, timeout=DOWNLOAD_SECONDS) as response:
            while chunk := response.read(CHUNK):
                yield chunk
    except (OSError, HTTPException) as error:
        if isinstance(error, HTTPError):
            error.close()  # it holds the connection
        raise RerankError(f"{address}: the reranker cannot be fetched ({_said(error)}); {_by_hand()}.") from error


def _by_hand() -> str:
    return "set RERANK_MODEL to a folder that holds the model, or leave it empty"
