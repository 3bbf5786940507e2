"""Verdicts on statements, and what of a statement a comparison with the cited words found amiss."""

from __future__ import annotations

from dataclasses import dataclass

from rag.types import Support

# What is left of a verdict's score for each thing that is amiss: a missing name, a missing figure or the like, a
# contradiction, a doubt, two words that never stand together. Set by hand (evals/README.md).
LEFT_BY_NAME, LEFT_BY_FIGURE, LEFT_BY_CONTRAST, LEFT_BY_DOUBT, LEFT_BY_STRANGERS = 0.65, 0.6, 0.5, 0.8, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a statement is supported, and what is amiss in a phrase; empty when nothing is.

    `contradicted` says that something in it is told otherwise there, or of something else, or not at all; what is
    partial without that has only lost a bound, adds up figures or says more than is cited. `score` in 0..1 ranks
    statements by how far they are held up: the share of their words that is there, times what each missing name or
    figure, each contradiction and each doubt leaves of it. `support` does not follow from it.
    """

    support: Support
    reason: str = ""
    score: float = 0.0
    contradicted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is amiss, in a phrase, the support that a statement has with it at most, and what it leaves of the score.

    `contradicted` as in Verdict.
    """

    support: Support
    reason: str
    left: float = LEFT_BY_DOUBT
    contradicted: bool = True
