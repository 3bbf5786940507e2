"""What plain text says on its surface, read once for all that hold two texts against each other.

The functions of `rag.text` and `rag.figures` of the same names, with a small memory.
"""

from __future__ import annotations

from functools import lru_cache

from rag import figures, text

_KEPT = 64  # texts; a judgement reads two, each many times over


@lru_cache(maxsize=_KEPT)
def words(of: str) -> tuple[text.Word, ...]:
    """As `rag.text.words`."""
    return tuple(text.words(of))


@lru_cache(maxsize=_KEPT)
def stems(of: str) -> tuple[str, ...]:
    """As `rag.text.stems`."""
    return tuple(text.stems(of))


@lru_cache(maxsize=_KEPT)
def sentences(of: str) -> tuple[text.Span, ...]:
    """As `rag.text.sentences`."""
    return tuple(text.sentences(of))


@lru_cache(maxsize=_KEPT)
def names(of: str) -> tuple[text.Span, ...]:
    """As `rag.text.names`."""
    return tuple(text.names(of))


@lru_cache(maxsize=_KEPT)
def dates(of: str) -> tuple[figures.Date, ...]:
    """As `rag.figures.dates`."""
    return tuple(figures.dates(of))


@lru_cache(maxsize=_KEPT)
def numbers(of: str) -> tuple[figures.Number, ...]:
    """As `rag.figures.numbers`."""
    return tuple(figures.numbers(of))
