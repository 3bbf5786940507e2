"""Whether one text follows from another, by an entailment model: a cross-encoder on onnxruntime.

Optional. A transformer over "[CLS] premise [SEP] hypothesis [SEP]" with three logits, as trained on SNLI (Bowman et al.
2015, arXiv:1508.05326) and MultiNLI (Williams et al. 2018, arXiv:1704.05426), or two for entailed and not. Which logit
is which, the model's own `config.json` says under `id2label`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.crossencoder import CrossEncoder, OnDemand, Purpose, renewed
from rag.errors import NliError

CONFIG = "config.json"


PURPOSE = Purpose(
    what="entailment model",
    setting="NLI_MODEL",
    folder="entailment",
    first="premise",
    second="hypotheses",
    room=384,
    widths={2: "two", 3: "three"},
    error=NliError,
    beside=(CONFIG,),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entailment:
    """Shares of certainty, in all 1, that a hypothesis follows, is left open, is contradicted.

    A model of two labels cannot tell the last two apart: what is not entailed is left open, and nothing contradicted,
    unless its other label is a contradiction.
    """

    entailment: float
    neutral: float
    contradiction: float


class Nli(OnDemand[tuple[CrossEncoder, tuple[str, ...]]]):
    """An entailment model, and what each of its logits stands for."""

    purpose = PURPOSE

    def judge(self, premise: str, hypothesis: str) -> Entailment:
        """Whether the hypothesis follows from the premise; raises NliError.

        What exceeds the model's window is not read: the end of the premise first.
        """
        model, labels = self._model()
        (logits,) = model.logits(premise, [hypothesis])
        shares = np.exp(logits - np.logaddexp.reduce(logits))
        found = dict(zip(labels, map(float, shares), strict=True))
        return Entailment(
            entailment=found["entailment"],
            neutral=found.get("neutral", 0.0),
            contradiction=found.get("contradiction", 0.0),
        )

    def _tried(self, model: CrossEncoder) -> tuple[CrossEncoder, tuple[str, ...]]:
        labels = _labels(model.folder / CONFIG)
        logits = model.logits("Boats sank.", ["No boats sank.", "Two hypotheses of unlike lengths, to try it."])
        if logits.shape[1] != len(labels):
            raise NliError(
                f"{model.graph}: gave {logits.shape[1]} numbers for a pair, where {CONFIG} names "
                f"{len(labels)} labels; {PURPOSE.instead}."
            )
        return model, labels


def _labels(path: Path) -> tuple[str, ...]:
    """What each logit stands for, "entailment", "neutral" or "contradiction", as the model's configuration says."""
    try:
        named = {int(number): str(label) for number, label in json.loads(path.read_bytes())["id2label"].items()}
        labels = tuple(_label(named[number]) for number in range(len(named)))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise NliError(f"{path}: does not name its labels under id2label; {renewed(path, PURPOSE)}.") from error
    if "entailment" not in labels or len(set(labels)) != len(labels):
        raise NliError(
            f"{path}: its labels are {', '.join(named.values())}, where an entailment model has entailment, neutral "
            f"and contradiction, or two of them; {PURPOSE.instead}."
        )
    return labels


def _label(written: str) -> str:
    """A label by its name, however it is written: "ENTAILMENT", "entailed", "not_entailment"."""
    lower = written.strip().casefold().replace("-", "_")
    if lower.startswith(("not", "non")):
        return "neutral"
    known = {"entail": "entailment", "neutral": "neutral", "contradict": "contradiction"}
    return next((label for start, label in known.items() if lower.startswith(start)), lower)
