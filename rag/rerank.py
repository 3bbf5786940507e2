"""How well passages answer a question, by a cross-encoder on onnxruntime, which reads the two together.

Optional. The method is Nogueira and Cho's (2019, arXiv:1901.04085): a transformer over "[CLS] question [SEP] passage
[SEP]" with one logit, or two for no and yes.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag.crossencoder import HUB, CrossEncoder, Purpose, opened
from rag.errors import RerankError

Scores: TypeAlias = NDArray[np.float32]

PURPOSE = Purpose(
    what="reranker",
    setting="RERANK_MODEL",
    folder="rerankers",
    first="question",
    second="passages",
    room=256,
    widths={1: "one", 2: "two"},
    error=RerankError,
)


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
        self._loaded: CrossEncoder | None = None

    def load(self) -> None:
        """Make the model ready, and try it on two passages; raises RerankError for one that cannot be had or used."""
        self._model()

    def scores(self, question: str, passages: Sequence[str]) -> Scores:
        """How well each passage answers the question, (n,) in 0..1, higher is better; raises RerankError.

        What exceeds the model's window is not read: the end of a passage, of a question only past half the window.
        """
        if not passages:
            return np.zeros(0, dtype=np.float32)
        logits = self._model().logits(question, passages)
        # Shares of certainty: the sigmoid of one logit, which the softmax of two is as well, of their difference.
        certainty = logits[:, -1] - (logits[:, 0] if logits.shape[1] == 2 else 0.0)
        return np.exp(-np.logaddexp(0.0, -certainty)).astype(np.float32)

    def _model(self) -> CrossEncoder:
        with self._lock:
            if self._loaded is None:
                model = opened(self.name, self._cache_dir, PURPOSE, threads=self._threads, hub=self._hub)
                model.logits("Who?", ["Nobody.", "Two passages of unlike lengths, as every question will have."])
                self._loaded = model
            return self._loaded
