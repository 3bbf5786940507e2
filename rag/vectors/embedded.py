"""The vector index of one generation: passage ids and unit vectors in a Chroma collection, compared by cosine.

A large one can be of fewer dimensions: those of given axes, in which its vectors differ most.

Chroma rewrites its files in place and survives neither a kill nor a second writer, so it is only ever written to in a
folder that nobody reads yet, and can be built anew from the ledger. A part of `vectors`.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from chromadb.base_types import Where

COLLECTION = "passages"
BATCH = 2_000  # rows in one write, after which all index files are written anew; Chroma takes 5,461 at most
PAGE = 5_000  # rows in one read; SQLite refuses more than 32,766 variables
SYNC_THRESHOLD = 2  # changes that wait to be written to the index files; Chroma allows no fewer
# Passages of a large index that wait while it is made: each time the files are written they are written whole, and of
# what waits Chroma keeps a copy meanwhile.
WAITING = 50_000  # more than two BATCHes
FULL = "disk is full"  # what SQLite says then
AXES = "axes.npy"  # where there are any
DATABASE = "chroma.sqlite3"  # the one file to which opening for reading writes (a row in a table of locks)

# chromadb counts the users of a folder in two steps, unlocked: two threads must not open or close at once.
_opening = threading.Lock()


class Vectors:
    """The vectors in `folder`, made where there are none; any thread may search. Raises LibraryError.

    How many are `expected` can be said of a new one, which is then written to disk in even parts, the last by `settle`;
    and `axes`, shape (dimension, fewer), on which it keeps its vectors. It then finds what is near by these alone.
    """

    def __init__(
        self, folder: Path, *, dimension: int, expected: int = 0, axes: NDArray[np.float32] | None = None
    ) -> None:
        self.folder = folder
        self.dimension = dimension
        self._axes = _axes(folder, axes)
        parts = -(-expected // WAITING) or 1
        self._threshold = -(-expected // parts) if expected > BATCH else SYNC_THRESHOLD
        self._client, self._collection = _opened(folder, threshold=self._threshold)
        self._waiting = 0  # passages that were added since the files were last written

    def close(self) -> None:
        """Free the memory and let go of the files."""
        with _opening, _translated(self.folder):
            self._client.close()

    def add(self, ids: Sequence[str], article_ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Add or replace passages; `vectors` has shape (ids, dimension)."""
        with _translated(self.folder):
            start = 0
            while start < len(ids):
                most = BATCH if self._threshold < BATCH else min(BATCH, self._threshold - self._waiting)
                rows = slice(start, start + most)
                self._collection.upsert(
                    ids=list(ids[rows]),
                    embeddings=self.kept(vectors[rows]),
                    metadatas=[{"article_id": article_id} for article_id in article_ids[rows]],
                )
                start += most
                self._waiting += len(ids[rows])
                if self._waiting >= self._threshold:
                    self._waiting = 0

    def remove(self, article_ids: Sequence[str]) -> None:
        """Remove every passage of these articles."""
        with _translated(self.folder):
            for start in range(0, len(article_ids), BATCH):
                wanted = cast("Where", {"article_id": {"$in": list(article_ids[start : start + BATCH])}})
                found = self._collection.get(where=wanted, include=[])["ids"]
                for first in range(0, len(found), BATCH):
                    self._collection.delete(ids=found[first : first + BATCH])

    def settle(self) -> None:
        """Have everything added and removed so far written to the index files; a reader would write them, in place.

        Chroma writes them when `sync_threshold` changes are waiting, so a few rows are written again to get there. From
        then on it writes them at every change.
        """
        with _translated(self.folder):
            some = self._collection.get(limit=SYNC_THRESHOLD, include=["embeddings", "metadatas"])
            again = -(-(self._threshold - self._waiting) // SYNC_THRESHOLD) if self._waiting else 0
            if self._threshold == SYNC_THRESHOLD:
                again = SYNC_THRESHOLD + 1
            for _ in range(again if some["ids"] else 0):
                self._collection.upsert(ids=some["ids"], embeddings=some["embeddings"], metadatas=some["metadatas"])
            if self._threshold != SYNC_THRESHOLD:  # the next who opens it follows that
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # that of a collection without an embedding function
                    self._collection.modify(configuration={"hnsw": {"sync_threshold": SYNC_THRESHOLD}})

    @property
    def is_reduced(self) -> bool:
        """Whether its vectors are kept in fewer dimensions than they have."""
        return self._axes is not None

    def kept(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Vectors, shape (n, dimension), as they are kept here: on the axes if there are any, at length 1."""
        if self._axes is None:
            return vectors
        rows: NDArray[np.float32] = vectors @ self._axes
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        rows /= np.where(lengths > 0, lengths, 1.0)
        return rows

    def nearest(self, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Ids and cosines, as kept here, of the passages nearest to `vector`, shape (dimension,), best first."""
        asked = self.kept(vector[np.newaxis])
        with _translated(self.folder):
            found = self._collection.query(query_embeddings=asked, n_results=limit, include=["distances"])
        distances = found["distances"]
        if distances is None:
            raise LibraryError(f"{self.folder}: the vector index answered without distances; run with --rebuild.")
        rows = zip(found["ids"][0], (1.0 - float(distance) for distance in distances[0]), strict=True)
        return sorted(rows, key=lambda row: (-row[1], row[0]))

    def count(self) -> int:
        """How many passages are in the index."""
        with _translated(self.folder):
            return self._collection.count()

    def ids(self) -> dict[str, str]:
        """Every passage's id and its article's."""
        found: dict[str, str] = {}
        with _translated(self.folder):
            for offset in range(0, self._collection.count(), PAGE):
                page = self._collection.get(limit=PAGE, offset=offset, include=["metadatas"])
                for name, metadata in zip(page["ids"], page["metadatas"] or [], strict=True):
                    found[name] = str(metadata.get("article_id"))
        return found

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these passages as they are kept here, each of one dimension."""
        found: dict[str, NDArray[np.float32]] = {}
        with _translated(self.folder):
            for start in range(0, len(ids), PAGE):
                page = self._collection.get(ids=list(ids[start : start + PAGE]), include=["embeddings"])
                rows = cast("Sequence[NDArray[np.float32]]", page["embeddings"])
                found.update(zip(page["ids"], (np.asarray(row, np.float32) for row in rows), strict=True))
        return found


def _axes(folder: Path, made: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
    """The axes that are kept in the folder, after those of a new index were."""
    path = folder / AXES
    try:
        if made is not None:
            folder.mkdir(parents=True, exist_ok=True)
            np.save(path, made.astype(np.float32), allow_pickle=False)
        if not path.exists():
            return None
        kept: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return kept
    except (OSError, ValueError, EOFError) as error:
        cause = " ".join(str(error).split())[:200]
        raise LibraryError(f"{path}: the axes of the vector index failed ({cause}); run with --rebuild.") from error


def _opened(folder: Path, *, threshold: int) -> tuple[Client, Collection]:
    # Imported here, and not above, because it takes most of a second, which a command that needs no vectors is spared.
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    with _opening, _translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
        client = cast("Client", chromadb.PersistentClient(str(folder), settings=settings))
        try:
            collection = client.get_or_create_collection(
                COLLECTION,
                configuration={"hnsw": {"space": "cosine", "sync_threshold": threshold}},
                embedding_function=None,
            )
        except BaseException:
            client.close()
            raise
    return client, collection


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turn what chromadb raises (no common type: its own, ValueError, those of Rust and SQLite) into one sentence."""
    try:
        yield
    except LibraryError:
        raise
    except Exception as error:
        cause = " ".join(str(error).split())[:200]
        if FULL in cause:
            raise LibraryError(f"{folder}: there is no room for it ({cause}); make room and try again.") from error
        raise LibraryError(f"{folder}: the vector index failed ({cause}); run `python ingest.py --rebuild`.") from error
