"""How well passages answer a question, by a cross-encoder on onnxruntime, which reads the two together.

Optional. The method is Nogueira and Cho's (2019, arXiv:1901.04085): a transformer over "[CLS] question [SEP] passage
[SEP]" with one logit, or two for no and yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag.crossencoder import CrossEncoder, OnDemand, Purpose
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


class Reranker(OnDemand[CrossEncoder]):
    """A cross-encoder that says how well passages answer a question."""

    purpose = PURPOSE

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

    def _tried(self, model: CrossEncoder) -> CrossEncoder:
        model.logits("Who?", ["Nobody.", "Two passages of unlike lengths, as every question will have."])
        return model
