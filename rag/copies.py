"""Whether two texts are copies of each other, as agency copy is that several outlets run, cut, headed anew, edited.

A text is the set of its shingles, runs of words (Broder, On the resemblance and containment of documents, 1997), each
as a hash. A sample of them, those with the least hashes, finds what it may be a copy of among many texts: MinHash with
a threshold in place of a fixed number (FracMinHash, Irber et al. 2022), since it finds a text also within a far longer
one, which the plain one does not. What is found is held against the whole sets.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag import text

SHINGLE = 4  # words of a shingle,
CHARACTERS = 8  # and characters, where a script writes no spaces between its words
SAMPLED = 16  # one shingle in so many is in the sample,
FEWEST, MOST = 24, 200  # and of a short text so many, of a very long one no more
UPPER = 28  # bits of a hash that a band leaves out
SHARED = 2  # bands that two texts must have in common to be compared: one may be a turn of phrase
LIKELY = 0.25  # and share of those of the one with fewer,
CONTAINED = 0.5  # share of the shorter one's shingles that a copy has in common with the longer one,
OF_LONGER = 0.15  # and share of the longer one's: what is mostly another text is no copy of what it quotes
LONGEST = 200_000  # characters of a text that are looked at,
KEPT = 32  # and texts whose shingles are remembered, since one is held against several: at most some 30 MB
SHORTEST = 20  # shingles below which a text is too little to be told from another
FIGURES = 4  # figures of a text from which half of them must be in its copy: the same words about another day are news

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+")
_UNSPACED_TOKEN = re.compile(rf"[{_UNSPACED}]")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIXERS = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))  # of SplitMix64


def shingles(of: str) -> NDArray[np.uint64]:
    """The hashes of a text's shingles, each once, in ascending order; empty where it has fewer words than one."""
    return _shingles(of[:LONGEST])


@lru_cache(maxsize=KEPT)
def _shingles(of: str) -> NDArray[np.uint64]:
    tokens = _TOKEN.findall(text.fold(of))
    characters = sum(map(bool, map(_UNSPACED_TOKEN.match, tokens)))
    length = CHARACTERS if 2 * characters > len(tokens) else SHINGLE
    if len(tokens) < length:
        return np.empty(0, np.uint64)
    words = np.fromiter((crc32(token.encode()) for token in tokens), np.uint64, len(tokens))
    hashes = np.zeros(len(tokens) - length + 1, np.uint64)
    for place in range(length):
        hashes = (hashes ^ words[place : len(words) - length + 1 + place]) * _MULTIPLIER
        hashes ^= hashes >> np.uint64(32)
    for shift, multiplier in _MIXERS:
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * multiplier
    found = np.unique((hashes ^ (hashes >> np.uint64(31))) >> np.uint64(1))  # fits a signed number
    found.flags.writeable = False
    return found


def signature(of: str) -> NDArray[np.uint64]:
    """The sample of a text's shingles, ascending: those with hashes below a SAMPLED-th of all, within FEWEST and MOST.

    The share of a short text's sample that is in a long one's is about the share of its shingles that are there.
    """
    hashes = shingles(of)
    below = int(np.searchsorted(hashes, np.uint64(2**63 // SAMPLED)))
    return hashes[: min(max(below, FEWEST), MOST)]


def bands(sample: NDArray[np.uint64]) -> list[int]:
    """What copies are found by, as ascending numbers: copies have SHARED of them in common at least.

    They are the upper bits of a sample's hashes, most of them four bytes: so many that two texts without anything in
    common share one now and then, and hardly ever SHARED.
    """
    return [int(one) for one in np.unique(sample >> np.uint64(UPPER))]


def likely(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether texts with these bands may be copies of each other: as far as both samples go, one holds the other's."""
    if not one or not other:
        return False
    end = min(one[-1], other[-1])
    fewest = min(bisect_right(one, end), bisect_right(other, end))
    return len({*one} & {*other}) >= max(SHARED, LIKELY * fewest)


def alike(one: str, other: str) -> bool:
    """Whether two texts are copies of each other: one holds most of the other, and not much else beside it.

    Texts of a form that is filled with other figures every day, as reports on weather and markets are, are no copies.
    """
    shorter, longer = sorted((shingles(one), shingles(other)), key=len)
    if len(shorter) < SHORTEST:
        return False
    shared = len(np.intersect1d(shorter, longer, assume_unique=True))
    if shared < CONTAINED * len(shorter) or shared < OF_LONGER * len(longer):
        return False
    few, many = sorted((set(_FIGURE.findall(one[:LONGEST])), set(_FIGURE.findall(other[:LONGEST]))), key=len)
    return len(few) < FIGURES or 2 * len(few & many) >= len(few)
