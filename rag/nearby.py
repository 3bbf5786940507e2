"""The vectors of one generation, small: for searches within limits, and for what an index of fewer dimensions finds.

Within limits, an index of neighbours has to be asked for many times what is wanted until enough of it is inside. Here
what is inside is looked at, and nothing else: each vector is kept with four bits for each component (`directions`), and
with the sign of each as a bit. Of many vectors those come first whose signs differ least from the query's, which says
about what the angle says (Charikar, Similarity estimation techniques from rounding algorithms, 2002); these are
compared themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag import directions
from rag.errors import LibraryError

COMPARED = 4_000  # vectors that are compared themselves: all where there are no more, else those with the likest signs,
FOR_EACH = 25  # and so many for each hit that is wanted
BLOCK = 32_768  # vectors whose signs are compared at a time, so that they stay in the processor's own memory
WORD = 64  # bits

Number = TypeVar("Number", bound=np.generic)


class Place(NamedTuple):
    """Where a passage is in the ledger: the number of its article, and which passage of it, counted from 0."""

    number: int
    ordinal: int


class Nearby:
    """What `write` has left in `folder`, mapped into memory; any thread may search. Raises LibraryError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with _translated(folder):
            self._places: NDArray[np.int64] = _loaded(folder / "places.npy", np.int64, mapped=False)
            self._kept: NDArray[np.uint8] = _loaded(folder / "vectors.npy", np.uint8)
            self._signs: NDArray[np.uint64] = _loaded(folder / "signs.npy", np.uint64)
            if not len(self._places) == len(self._kept) == len(self._signs):
                raise ValueError("its files are not of one length")
            self._numbers = np.ascontiguousarray(self._places[:, 0])

    def count(self) -> int:
        """How many passages there are."""
        return len(self._places)

    def places(self) -> NDArray[np.int64]:
        """Number and ordinal of every passage, shape (passages, 2)."""
        return self._places

    def nearest(self, vector: NDArray[np.float32], *, limit: int, within: NDArray[np.int64]) -> list[Place]:
        """The passages nearest to `vector`, shape (dimension,), best first as far as four bits tell.

        `limit` may be any number; `within` are numbers of articles, in any order.
        """
        rows = self._inside(within)
        most = max(COMPARED, FOR_EACH * limit)
        if len(rows) > most:
            differing = self._differing(vector, rows)
            rows = rows[np.argpartition(differing, most)[:most]]
        best = np.argsort(-self._cosines(vector, rows), kind="stable")[: max(limit, 0)]
        return [Place(number, ordinal) for number, ordinal in self._places[rows[best]].tolist()]

    def cosines(self, vector: NDArray[np.float32], places: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
        """The cosine of `vector` to the passage at each place, as far as four bits tell; NaN where there is none."""
        found = np.full(len(places), np.nan, np.float32)
        asked = np.array(places, np.int64).reshape(-1, 2)
        rows = np.searchsorted(self._numbers, asked[:, 0]) + asked[:, 1]
        there = rows < len(self._places)
        there[there] = (self._places[rows[there]] == asked[there]).all(axis=1)
        found[there] = self._cosines(vector, rows[there])
        return found

    def _cosines(self, vector: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.float32]:
        compared = directions.unpacked(self._kept.take(rows, axis=0), len(vector))
        # einsum: of a product this small, the threads of BLAS would take several times the processor's time
        cosines: NDArray[np.float32] = np.einsum("ij,j->i", compared, vector / (np.linalg.norm(vector) or 1.0))
        return cosines

    def _inside(self, numbers: NDArray[np.int64]) -> NDArray[np.intp]:
        """The rows of the articles of these numbers."""
        if not len(numbers) or not len(self._places):
            return np.empty(0, np.intp)
        inside = np.zeros(1 + max(int(numbers.max()), int(self._numbers.max())), np.bool_)
        inside[numbers] = True
        return np.flatnonzero(inside.take(self._numbers))

    def _differing(self, vector: NDArray[np.float32], rows: NDArray[np.intp]) -> NDArray[np.uint16]:
        """In how many components each of the rows has another sign than the vector."""
        asked = _signs(directions.packed(vector[np.newaxis]))[0]
        differing = np.zeros(len(rows), np.uint16)
        for start in range(0, len(rows), BLOCK):
            bits = np.bitwise_count(self._signs.take(rows[start : start + BLOCK], axis=0) ^ asked)
            for word in bits.T:
                differing[start : start + BLOCK] += word
        return differing


class Writing:
    """The files in the making: what is kept of an earlier folder, and what is added, written by `end`."""

    def __init__(self, folder: Path, *, dimension: int) -> None:
        self._folder = folder
        self._places = [np.empty((0, 2), np.int64)]
        self._kept = [np.empty((0, directions.width(dimension)), np.uint8)]

    def keep(self, earlier: Nearby, numbers: NDArray[np.int64]) -> None:
        """Take over the passages of the articles of these numbers."""
        rows = earlier._inside(numbers)
        with _translated(earlier.folder):
            self._places.append(earlier._places[rows])
            self._kept.append(earlier._kept[rows])

    def add(self, number: int, vectors: NDArray[np.float32]) -> None:
        """Add all passages of an article, whose vectors are of shape (passages, dimension)."""
        ordinals = np.arange(len(vectors))
        self._places.append(np.column_stack([np.full_like(ordinals, number), ordinals]))
        self._kept.append(directions.packed(vectors))

    def end(self) -> int:
        """Write the files, in the order of the numbers; how many passages they hold."""
        places, rows = np.concatenate(self._places), np.concatenate(self._kept)
        order = np.lexsort((places[:, 1], places[:, 0]))
        rows = rows[order]
        with _translated(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, values in (("places", places[order]), ("vectors", rows), ("signs", _signs(rows))):
                np.save(self._folder / f"{name}.npy", values, allow_pickle=False)
        return len(rows)


def _signs(kept: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The signs of the components of `directions` as bits, shape (rows, words)."""
    padded = np.zeros((len(kept), -(-2 * kept.shape[1] // WORD) * WORD // 8), np.uint8)
    bits = np.packbits(directions.signs(kept), axis=1)
    padded[:, : bits.shape[1]] = bits
    return padded.view(np.uint64)


def _loaded(path: Path, kind: type[Number], *, mapped: bool = True) -> NDArray[Number]:
    values = np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False)
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.dtype != kind:
        raise ValueError(f"{path.name} is no table of its kind")
    return values


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, EOFError) as error:
        cause = " ".join(str(error).split())[:200]
        raise LibraryError(
            f"{folder}: the vectors for searching within limits failed ({cause}); run `python ingest.py --rebuild`."
        ) from error
