"""The passages for a question, dense and lexical search fused: one function behind page, API, command line and evals.

Scores are fused, not ranks: on news, BM25 scores tell how much better the first hit is, which reciprocal ranks throw
away (evals/README.md). An outlet that the question names gets its own search, and the lists are dealt out in turn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from rag import text
from rag.embedding import Embedder
from rag.library import Library
from rag.question import Query
from rag.types import Hit

DENSE = 0.35  # share of the cosine in the fused score; the rest is BM25
POOL = 50  # hits taken from each index before they are fused


def search(library: Library, embedder: Embedder, query: Query, *, limit: int = 10) -> list[Hit]:
    """The best `limit` passages for a query within its filters, best first; raises LibraryError, EmbeddingError."""
    if limit < 1:
        return []
    vector = embedder.embed([query.standalone])[0]
    lists = [
        _fused(library, vector, query.standalone, within=within, limit=limit) for within in _searches(library, query)
    ]
    best: dict[str, Hit] = {}
    for hit in (hit for row in zip_longest(*lists) for hit in row if hit is not None):
        best.setdefault(hit.passage.id, hit)
    return [replace(hit, rank=rank) for rank, hit in enumerate(list(best.values())[:limit], start=1)]


def _searches(library: Library, query: Query) -> list[frozenset[str] | None]:
    """The sets of articles to search, None for all: those of each outlet the question names, then all admitted."""
    named = () if query.filters.outlets else named_outlets(query.standalone, library.outlets())
    wider = library.admitted(query.filters)
    narrow = [library.admitted(replace(query.filters, outlets=(outlet,))) for outlet in named]
    return [*narrow, wider]


def named_outlets(question: str, outlets: Sequence[str]) -> tuple[str, ...]:
    """The outlets whose name stands in the question, as whole words; a leading "The" may be left out."""
    folded = text.fold(question)
    found = []
    for outlet in outlets:
        name = text.fold(outlet).removeprefix("the ")
        if len(name) > 2 and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded):
            found.append(outlet)
    return tuple(found)


def _fused(
    library: Library, vector: NDArray[np.float32], question: str, *, within: Collection[str] | None, limit: int
) -> list[Hit]:
    """Hits by the weighted sum of cosine and BM25, each scaled to 0..1 over the pool."""
    pool = max(POOL, limit)
    dense = dict(library.nearest(vector, limit=pool, within=within))
    lexical = dict(library.matching(question, limit=pool, within=within))
    names = list(dict.fromkeys([*dense, *lexical]))
    passages = library.passages(names)
    for name, row in library.vectors([name for name in names if name not in dense]).items():
        dense[name] = float(row @ vector)
    best = max(lexical.values(), default=0.0)
    low, high = min(dense.values(), default=0.0), max(dense.values(), default=0.0)
    scored = [
        Hit(
            passage=passage,
            byline=byline,
            score=DENSE * _scaled(dense.get(name, low), low, high)
            + (1 - DENSE) * _scaled(lexical.get(name, 0.0), 0.0, best),
            rank=0,
            dense=dense.get(name),
            lexical=lexical.get(name),
        )
        for name, (passage, byline) in passages.items()
    ]
    return sorted(scored, key=lambda hit: (-hit.score, hit.passage.id))[:limit]


def _scaled(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low) if high > low else 0.0
