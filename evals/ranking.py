"""How well a ranked list finds what is relevant, by ir_measures, which wraps TREC's evaluation: its only door here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING

from evals.errors import EvalError

if TYPE_CHECKING:
    from ir_measures import Measure

QUERY = "q"


def ranked(run: Sequence[str], relevant: Collection[str], *, measures: Sequence[str]) -> dict[str, float]:
    """Return each of `measures` (as "Success@4", "RR@10", "R@5", "nDCG@5", "RR") for the ranking of one query.

    `run` is ids, best first, each counted where it stands first; `relevant` ids are all relevant alike, found or not.
    Raises ValueError where nothing is relevant, for such a query has no such number, or a measure is unknown, and
    EvalError where ir_measures is not installed.
    """
    if not relevant:
        raise ValueError("A query for which nothing is relevant has no measure of its ranking.")
    # Imported here, because `list` and `compare` do without it.
    try:
        import ir_measures
    except ImportError as error:
        raise EvalError(
            "Rankings are measured by ir_measures, which is not installed; run `make test` once."
        ) from error

    wanted = {name: _measure(name) for name in measures}
    order = list(dict.fromkeys(run))
    found = dict.fromkeys(wanted.values(), 0.0)
    if order:  # trec_eval knows no query without a ranking
        scored = [ir_measures.ScoredDoc(QUERY, name, float(-rank)) for rank, name in enumerate(order)]
        judged = [ir_measures.Qrel(QUERY, name, 1) for name in dict.fromkeys(relevant)]
        found |= {one.measure: one.value for one in ir_measures.iter_calc(list(found), judged, scored)}
    return {name: float(found[measure]) for name, measure in wanted.items()}


@cache
def _measure(name: str) -> Measure:
    import ir_measures

    try:
        return ir_measures.parse_measure(name)
    except (NameError, SyntaxError, ValueError, AttributeError) as error:
        raise ValueError(f"ir_measures has no measure {name!r}.") from error
