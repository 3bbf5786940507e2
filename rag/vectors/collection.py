"""A collection of passage ids and vectors on a Chroma server, and what it says of itself. A part of `vectors`.

Where the server offers it, the collection also has a sparse index of words, which multiplies the weights that passages
and a query give each word by the word's rarity there: BM25 (https://docs.trychroma.com/cloud/schema/sparse-vector-search).
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from chromadb.api import ServerAPI
    from chromadb.api.types import Schema
    from chromadb.base_types import SparseVector
    from chromadb.types import Collection as Model

    from rag.vectors.server import Server

BATCH = 250  # rows in one call; Chroma's cloud takes and gives 300
MOST = 300  # hits of one search
WORDS_KEY = "words_1"  # the key of the sparse index; another one where `lexical` makes other words or weights of a text

Reply: TypeAlias = dict[str, Any]  # chromadb's
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a collection says of itself: whose it is, who wrote to it last, and up to which change of that library.

    `mark` is drawn anew by each writer. `followed`: all passages of the changes up to it are there; `swept`: those that
    these changes removed are not any more.
    """

    library: str
    fingerprint: str
    dimension: int
    mark: str
    followed: int = 0
    swept: int = 0


class Collection:
    """A collection on a server; any thread may call. Raises as `Server.ask` does.

    `has_words` says whether passages can be found there by their words.
    """

    def __init__(self, server: Server, model: Model) -> None:
        self.name = model.name
        self._server = server
        self._model = model
        self.note = _note(model.metadata)  # as it was when the collection was looked up
        self.has_words = _has_words(model.serialized_schema)

    def close(self) -> None:
        """Do nothing: the connections are the server's."""

    def set_note(self, note: Note) -> None:
        """Have it say this of itself."""
        self._ask("modify", {"metadata": asdict(note)}, _nothing, long=True)
        self.note = note

    def add(
        self,
        ids: Sequence[str],
        article_ids: Sequence[str],
        vectors: NDArray[np.float32],
        *,
        words: Sequence[Mapping[int, float]] = (),
        stop: threading.Event | None = None,
    ) -> None:
        """Add or replace passages; `vectors` has shape (ids, dimension), `words` those of each, by number, if any."""
        for start in range(0, len(ids), BATCH):
            rows = slice(start, start + BATCH)
            metadatas: list[dict[str, Any]] = [{"article_id": article_id} for article_id in article_ids[rows]]
            for metadata, weights in zip(metadatas, words[rows], strict=bool(words)):
                if weights:
                    metadata[WORDS_KEY] = _sparse(weights)
            given = {"ids": list(ids[rows]), "embeddings": vectors[rows], "metadatas": metadatas}
            self._ask("upsert", given, _nothing, long=True, stop=stop)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove these passages."""
        for start in range(0, len(ids), BATCH):
            self._ask("delete", {"ids": list(ids[start : start + BATCH])}, _nothing, long=True)

    def of(self, article_ids: Sequence[str]) -> list[str]:
        """Ids of the passages of these articles, a few of them at a time."""
        where = {"article_id": {"$in": list(article_ids)}}
        return [name for name, _ in self._rows(where)]

    def nearest(self, vector: NDArray[np.float32], *, limit: int) -> list[tuple[str, float]]:
        """Ids and cosines of the passages nearest to `vector`, shape (dimension,), best first; MOST at most."""
        [rows] = self._nearest(vector[np.newaxis], limit=min(limit, MOST))
        return sorted(rows, key=lambda row: (-row[1], row[0]))

    def finds(self, vectors: NDArray[np.float32]) -> list[float]:
        """The cosine of what is nearest to each of these vectors, shape (n, dimension); -1 where nothing is."""
        return [rows[0][1] if rows else -1.0 for rows in self._nearest(vectors, limit=1)]

    def _nearest(self, vectors: NDArray[np.float32], *, limit: int) -> list[list[tuple[str, float]]]:
        def rows(reply: Reply) -> list[list[tuple[str, float]]]:
            each = [
                [(name, 1.0 - _finite(distance)) for name, distance in zip(_strings(ids), distances, strict=True)]
                for ids, distances in zip(reply["ids"], reply["distances"], strict=True)
            ]
            if len(each) != len(vectors):
                raise ValueError("another number of answers than of questions")
            return each

        given = {"query_embeddings": vectors, "n_results": limit, "include": ["distances"]}
        return self._ask("query", given, rows)

    def matching(self, words: Mapping[int, float], *, limit: int) -> list[tuple[str, float]]:
        """Ids and BM25 scores of the passages with any of these words, by number, best first; MOST at most."""

        def rows(reply: Reply) -> list[tuple[str, float]]:
            [ids], [scores] = reply["ids"], reply["scores"]
            found = [(name, 1.0 - _finite(score)) for name, score in zip(_strings(ids), scores, strict=True)]
            return [row for row in found if row[1] > 0]  # what has none of the words is found as well, at last

        from chromadb.execution.expression import Key, Knn, Search

        most = min(limit, MOST)
        search = Search(rank=Knn(query=_sparse(words), key=WORDS_KEY, limit=most), limit=most).select(Key.SCORE)
        found = self._ask("search", {"searches": search}, rows, telling=False)
        return sorted(found, key=lambda row: (-row[1], row[0]))

    def count(self) -> int:
        """How many passages are in the collection."""
        return self._ask("count", {}, int)

    def ids(self) -> dict[str, str]:
        """Every passage's id and its article's, fetched page by page."""
        return dict(self._rows(None))

    def _rows(self, where: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
        def rows(reply: Reply) -> list[tuple[str, str]]:
            found = zip(_strings(reply["ids"]), reply["metadatas"], strict=True)
            return [(name, str((metadata or {}).get("article_id"))) for name, metadata in found]

        for offset in itertools.count(0, BATCH):
            given = {"where": where, "limit": BATCH, "offset": offset, "include": ["metadatas"]}
            page = self._ask("get", given, rows, long=True)
            yield from page
            if len(page) < BATCH:
                return

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these passages as Chroma has them, each of shape (dimension,)."""

        def rows(reply: Reply) -> list[tuple[str, NDArray[np.float32]]]:
            found = (np.asarray(row, np.float32) for row in reply["embeddings"])
            return list(zip(_strings(reply["ids"]), found, strict=True))

        vectors: dict[str, NDArray[np.float32]] = {}
        for start in range(0, len(ids), BATCH):
            given = {"ids": list(ids[start : start + BATCH]), "include": ["embeddings"]}
            vectors.update(self._ask("get", given, rows, long=True))
        return vectors

    def _ask(
        self,
        method: str,
        given: Mapping[str, Any],
        read: Callable[[Any], Found],
        *,
        long: bool = False,
        telling: bool = True,
        stop: threading.Event | None = None,
    ) -> Found:
        """What is read from the reply to a method of chromadb's collection; what makes no sense raises there."""

        def asked(api: ServerAPI) -> Found:
            from chromadb.api.models.Collection import Collection as Chroma

            return read(getattr(Chroma(client=api, model=self._model, embedding_function=None), method)(**given))

        return self._server.ask(asked, long=long, telling=telling, stop=stop)


def schema() -> Schema:
    """What makes Chroma compare vectors by cosine and have the sparse index of words."""
    from chromadb.api.types import Schema, SparseVectorIndexConfig, VectorIndexConfig

    made = Schema().create_index(VectorIndexConfig(space="cosine", embedding_function=None))
    return made.create_index(SparseVectorIndexConfig(bm25=True), key=WORDS_KEY)


def _has_words(schema: Any) -> bool:  # noqa: ANN401 - what a server says
    """Whether a collection of that schema has the sparse index, and that knows how rare a word is."""
    try:
        index = schema["keys"][WORDS_KEY]["sparse_vector"]["sparse_vector_index"]
        return index["enabled"] is True and index["config"]["bm25"] is True
    except (KeyError, TypeError):
        return False


def _sparse(weights: Mapping[int, float]) -> SparseVector:
    from chromadb.base_types import SparseVector

    numbers = sorted(weights)
    return SparseVector(indices=numbers, values=[round(weights[number], 4) for number in numbers])


def _nothing(reply: object) -> None:
    """Read nothing."""


def _note(metadata: Mapping[str, Any] | None) -> Note | None:
    given: dict[str, Any] = {each.name: (metadata or {}).get(each.name) for each in fields(Note)}
    kinds = {each.name: int if each.type == "int" else str for each in fields(Note)}
    return Note(**given) if all(type(given[name]) is kind for name, kind in kinds.items()) else None


def _strings(found: object) -> list[str]:
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise ValueError("no list of ids")
    return found


def _finite(found: object) -> float:
    if not isinstance(found, float | int) or not math.isfinite(found):
        raise ValueError("no finite number")
    return float(found)
