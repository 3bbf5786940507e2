"""Directions kept small: four bits for each component of a vector of which only the direction matters.

The components of a sentence's vector are spread like a normal distribution. For such numbers the sixteen levels that
lose least are known (Max, Quantizing for minimum distortion, 1960); here they are taken in units of the vector's root
mean square. What comes back is at a mean cosine of 0.995 to what was kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_HALF = (0.1284, 0.3881, 0.6568, 0.9424, 1.256, 1.618, 2.069, 2.733)
LEVELS = np.array([*(-level for level in reversed(_HALF)), *_HALF], np.float32)
_BOUNDS = (LEVELS[1:] + LEVELS[:-1]) / 2
_PAIRS = np.array([(high, low) for high in LEVELS for low in LEVELS], np.float32)  # what each byte stands for


def width(dimension: int) -> int:
    """How many bytes a direction of so many components takes."""
    return -(-dimension // 2)


def packed(rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The directions of rows, shape (n, dimension), as bytes of shape (n, width); of a row of zeros any."""
    spread = np.sqrt(np.square(rows, dtype=np.float64).mean(axis=1, keepdims=True))
    levels = np.zeros((len(rows), 2 * width(rows.shape[1])), np.uint8)
    levels[:, : rows.shape[1]] = np.searchsorted(_BOUNDS, rows / np.where(spread > 0, spread, 1.0))
    kept: NDArray[np.uint8] = np.bitwise_or(levels[:, ::2] << 4, levels[:, 1::2])
    return kept


def unpacked(kept: NDArray[np.uint8], dimension: int) -> NDArray[np.float32]:
    """Rows of length 1, shape (n, dimension), of those directions, of shape (n, width)."""
    rows: NDArray[np.float32] = _PAIRS.take(kept, axis=0).reshape(len(kept), 2 * kept.shape[1])[:, :dimension]
    rows /= np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, np.newaxis]
    return rows


def signs(kept: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Of each component of those directions whether it is above zero, shape (n, 2 * width)."""
    return np.stack([kept >= 128, kept & 15 >= 8], axis=2).reshape(len(kept), 2 * kept.shape[1])


def in_bytes(rows: NDArray[np.float32]) -> NDArray[np.int8]:
    """Directions as they are exchanged: a byte for each component, the largest of a row being 127."""
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    return np.rint(rows * (127 / np.where(largest > 0, largest, 1))).astype(np.int8)


def axes(rows: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """The axes on which rows, shape (n, dimension), have most of their length, as columns: (dimension, number).

    Principal components (Pearson, On lines and planes of closest fit, 1901) of rows as they are, not less their mean:
    it is cosines that are to stay.
    """
    _, found = np.linalg.eigh(rows.T.astype(np.float64) @ rows)
    return found[:, ::-1][:, :number].astype(np.float32)


def means(groups: Sequence[NDArray[np.float32]], dimension: int) -> NDArray[np.float32]:
    """For each group of rows, (n, dimension), the direction between them, (groups, dimension); zeros where n is 0."""
    sums = np.zeros((len(groups), dimension), np.float32)
    filled = [place for place, rows in enumerate(groups) if len(rows)]
    if filled:
        starts = np.cumsum([0, *(len(groups[place]) for place in filled[:-1])])
        sums[filled] = np.add.reduceat(np.concatenate([groups[place] for place in filled]), starts)
    lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    sums /= np.where(lengths > 0, lengths, 1.0)[:, np.newaxis]
    return sums
