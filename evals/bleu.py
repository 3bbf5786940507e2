"""BLEU of a set of texts, from counts of each text (Papineni et al., 2002); the one door to sacrebleu.

Cased, its own tokenizer ("13a"), n-grams of one to four words, "exp" smoothing: what sacrebleu does when not told
otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.bleu import BLEU

ORDERS = 4
COUNTS = 2 * ORDERS + 2
_BLEU = BLEU()


def sentence_counts(hypothesis: str, reference: str) -> tuple[float, ...]:
    """Return matching n-grams of each order, n-grams of each order, words of `hypothesis`, words of `reference`."""
    found = _BLEU.corpus_score([hypothesis], [[reference]])
    return tuple(float(count) for count in (*found.counts, *found.totals, found.sys_len, found.ref_len))


def corpus_bleu(counts_sum: Sequence[float]) -> float:
    """Return BLEU, 0 to 1, of texts whose counts add up to `counts_sum`; raises ValueError on other than ten counts."""
    if len(counts_sum) != COUNTS:
        raise ValueError(f"BLEU is made of {COUNTS} counts, not {len(counts_sum)}.")
    counts = [round(count) for count in counts_sum]
    found = BLEU.compute_bleu(
        correct=counts[:ORDERS],
        total=counts[ORDERS : 2 * ORDERS],
        sys_len=counts[-2],
        ref_len=counts[-1],
        smooth_method=_BLEU.smooth_method,
    )
    return found.score / 100.0
