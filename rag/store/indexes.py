"""The indexes of a generation together: filled from the ledger, opened for searching, compared with the ledger.

A part of `library`.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Collection as Several
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag import directions
from rag.errors import LibraryError
from rag.ledger import Entry, Ledger, compact, copy_database
from rag.lexical import Lexical, Match, marks
from rag.nearby import Nearby
from rag.nearby import Writing as NearbyWriting
from rag.store.generations import Generations, Manifest
from rag.store.served import Served
from rag.store.views import View
from rag.types import Filters
from rag.vectors import BATCH, DATABASE, MOST, Collection, Vectors

CHROMA, TANTIVY, NEARBY = "chroma", "tantivy", "nearby"
WRITTEN = frozenset({DATABASE})  # to by who only reads
SAMPLE = 1_000  # vectors that `differences` compares
# An index made of so many passages, or more, keeps them on AXES axes, found in a sample; of what it finds MORE than is
# wanted is compared anew: .996 of the 40 truly nearest were among 80 so found on 6,172 passages of news.
LARGE, AXES, SAMPLED, MORE = 20_000, 160, 5_000, 2
ROOM_BYTES = 16_000_000
Places: TypeAlias = Callable[[Several[str]], dict[str, tuple[int, int]]]
log = logging.getLogger(__name__)


class Indexes:
    """A published generation, read only: each index is verified and opened when it is first wanted.

    Where the vectors are on a server, `served` is what knows of it. With `read_only` what reading needs to write is
    written among temporary files, and nothing beside the generation.
    """

    def __init__(
        self,
        generations: Generations,
        folder: Path,
        manifest: Manifest,
        *,
        served: Served | None = None,
        read_only: bool = False,
    ) -> None:
        self.folder = folder
        self.manifest = manifest
        self.users = 0
        self.retired = False
        self._generations = generations
        self._served = served
        self._read_only = read_only
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._lexical: Lexical | None = None
        self._vectors: Vectors | None = None
        self._nearby: Nearby | None = None
        self._collection: Collection | None = None
        self._view: View | None = None

    def lexical(self) -> Lexical:
        """The lexical index; raises LibraryError where it is damaged."""
        with self._lock:
            if self._lexical is None:
                self._lexical = Lexical(self._verified(TANTIVY))
                self._require(self._lexical.count())
            return self._lexical

    def matching(self, query: str | Mapping[str, float], *, limit: int, within: Filters) -> list[Match]:
        """As `Lexical.matching`: by the sparse index of the server where that has one, else by the lexical one.

        The server's counts where there are no limits and every hit is of this generation: it may have what is not
        published yet. Raises LibraryError where the lexical index is damaged.
        """
        here = self.lexical()
        if within == Filters() and (there := self._matching_there(query, limit)):
            coverage = here.coverage(query, [name for name, _ in there])
            if len(coverage) == len(there):
                return [Match(name, score, coverage[name]) for name, score in there]
        return here.matching(query, limit=limit, within=within)

    def _matching_there(self, query: str | Mapping[str, float], limit: int) -> list[tuple[str, float]]:
        """The ids and scores by the server's sparse index; none where there is none, or where it does not answer."""
        if self._served is None or not self._served.server.sparse or self.manifest.collection is None:
            return []
        words = marks(query)
        if not words or not 0 < limit <= MOST:
            return []
        try:
            collection = self._opened_collection()
        except LibraryError:
            return []  # who searches by meaning tells of that, and mends it
        if not collection.has_words:
            return []
        try:
            return collection.matching(words, limit=limit)
        except LibraryError as error:
            log.warning("%s Words are searched here until its collection is opened anew.", error)
            collection.has_words = False
            return []

    def vectors(self) -> Vectors | Collection:
        """The vector index; raises LibraryError where it is damaged, LibraryServerError where its server is away."""
        if self.manifest.collection is not None:
            return self._opened_collection()
        with self._lock:
            if self._vectors is None:
                self._vectors = Vectors(self._verified(CHROMA), dimension=self.manifest.identity.dimension)
                self._require(self._vectors.count())
            return self._vectors

    def nearest(self, vector: NDArray[np.float32], *, limit: int, places: Places) -> list[tuple[str, float]]:
        """Ids and cosines of the passages nearest to `vector`, best first; `places` tells where passages are.

        Of an index of fewer dimensions more are taken than are wanted, and compared by what is kept for searches within
        limits; those that the ledger has not any more keep the cosine of the index. Raises LibraryError,
        LibraryServerError.
        """
        index = self.vectors()
        if isinstance(index, Collection) or not index.is_reduced:
            return index.nearest(vector, limit=limit)
        found = dict(index.nearest(vector, limit=MORE * limit))
        known = places(list(found))
        cosines = self.nearby().cosines(vector, list(known.values())).tolist()
        found |= {name: cosine for name, cosine in zip(known, cosines, strict=True) if not math.isnan(cosine)}
        return sorted(found.items(), key=lambda row: (-row[1], row[0]))[:limit]

    def nearby(self) -> Nearby:
        """The vectors for a search within limits, wherever the index is; raises LibraryError where they are damaged."""
        with self._lock:
            if self._nearby is None:
                self._nearby = Nearby(self._verified(NEARBY))
                self._require(self._nearby.count())
            return self._nearby

    def _opened_collection(self) -> Collection:
        with self._asking:  # a lock of its own: who searches for words does not wait for a server
            if self._served is None:
                raise _damaged(self.folder, "its vectors are on a Chroma server, and CHROMA_URL names none")
            if self._collection is None:
                self._collection = self._served.opened(self.manifest)
            return self._collection

    def forget_collection(self) -> None:
        """Have the collection looked at anew before it is used again: its server was away."""
        self._collection = None

    def close(self) -> None:
        """Free the memory and let go of the files."""
        for index in (self._lexical, self._vectors):
            if index is not None:
                index.close()
        if self._view is not None:
            self._view.close()

    def _verified(self, part: str) -> Path:
        """The index's folder, or a view of it where reading would write: Chroma does, and both make files of locks."""
        if (damage := self._generations.damage(self.folder, part)) is not None:
            raise _damaged(self.folder, damage)
        folder = self.folder / part
        if part == NEARBY or (part == TANTIVY and not self._read_only and os.access(folder, os.W_OK)):
            return folder
        try:
            self._view = self._view or View(None if self._read_only else self._generations.folder)
            return self._view.of(folder, copied=WRITTEN)
        except OSError as error:
            raise LibraryError(
                f"{folder}: there is no room to open it ({error.strerror}); make room and try again."
            ) from error

    def _require(self, count: int) -> None:
        if count != self.manifest.passages:
            raise _damaged(self.folder, f"{count} passages of {self.manifest.passages}")


def require_room(data_dir: Path, ledger: Ledger) -> None:
    """Raise LibraryError unless there is room for a further generation: neither index takes a full disk well."""
    needed = 2 * ledger.path.stat().st_size + ROOM_BYTES
    if (free := shutil.disk_usage(data_dir).free) < needed:
        raise LibraryError(
            f"{data_dir}: the articles are safe but the indexes need {needed >> 20} MB and there are {free >> 20}; "
            "make room and run `python ingest.py --rebuild`."
        )


def build(generations: Generations, ledger: Ledger, *, since: Manifest | None, served: bool = False) -> None:
    """Build the next generation aside: upon a copy of the current one, which `since` describes, where that is worth it.

    It is of words alone where the vectors are `served`. Raises LibraryError, OSError.
    """
    parts = (TANTIVY, NEARBY) if served else (CHROMA, TANTIVY, NEARBY)
    dimension = ledger.identity().dimension
    changed = [] if since is None else ledger.changed_since(since.change)
    current = generations.current()
    if since is not None and current is not None and 2 * len(changed) <= ledger.count()[0]:
        try:
            for part in parts:
                if (damage := generations.damage(current, part)) is not None:
                    raise _damaged(current, damage)
            building = generations.begin()
            copy(current, building, parts)
            fill(building, ledger, changed, dimension=dimension, served=served, upon=current)
        except LibraryError as error:
            log.warning("%s Building the indexes anew from the ledger.", error)
        else:
            return
    # Where most has changed, anew is also faster, and leaves no dead entries behind.
    fill(generations.begin(), ledger, ledger.article_ids(), dimension=dimension, served=served)


def fill(
    folder: Path,
    ledger: Ledger,
    article_ids: Sequence[str],
    *,
    dimension: int,
    served: bool = False,
    upon: Path | None = None,
) -> None:
    """Bring these articles, in the indexes in `folder`, to what the ledger says of them; raises LibraryError.

    The indexes are new, or a copy of those of the generation in `upon`.
    """
    nearby = NearbyWriting(folder / NEARBY, dimension=dimension)
    numbers = list[int]()
    with ExitStack() as stack:
        lexical = stack.enter_context(closing(Lexical(folder / TANTIVY)))
        vectors = None
        if not served:
            expected = 0 if upon else ledger.count()[1]
            axes = directions.axes(ledger.sample(SAMPLED)[1], AXES) if expected >= LARGE and dimension > AXES else None
            made = Vectors(folder / CHROMA, dimension=dimension, expected=expected, axes=axes)
            vectors = stack.enter_context(closing(made))
        lexical.remove(article_ids)
        if vectors is not None:
            vectors.remove(article_ids)
        for entries in _batches(ledger, article_ids):
            passages = [passage for entry in entries for passage in entry.passages]
            if vectors is not None:
                vectors.add(
                    [passage.id for passage in passages],
                    [passage.article_id for passage in passages],
                    np.concatenate([entry.vectors for entry in entries]),
                )
            for entry in entries:
                nearby.add(entry.number, entry.vectors)
                numbers.append(entry.number)
                for passage in entry.passages:
                    lexical.add(passage.id, entry.byline, passage.text)
        if vectors is not None:
            vectors.settle()
        lexical.commit()
        texts, wanted = lexical.count(), ledger.count()[1]
        rows = texts if vectors is None else vectors.count()
    if vectors is not None and upon is None:
        compact(folder / CHROMA / DATABASE)
    if upon is not None:
        nearby.keep(Nearby(upon / NEARBY), np.setdiff1d(ledger.numbers(), numbers))
    if not rows == texts == nearby.end() == wanted:
        raise _damaged(folder, f"{rows} vectors and {texts} texts for {wanted} passages")


def copy(current: Path, target: Path, parts: Sequence[str] = (CHROMA, TANTIVY)) -> None:
    """Copy these indexes of a generation that others may be reading; raises LibraryError, OSError."""
    for part in (part for part in parts if part != NEARBY):  # which is written anew from it
        shutil.copytree(current / part, target / part, ignore=shutil.ignore_patterns(f"{DATABASE}*", "*.lock"))
    if CHROMA in parts:
        copy_database(current / CHROMA / DATABASE, target / CHROMA / DATABASE)


def exact(vector: NDArray[np.float32], ids: Sequence[str], vectors: NDArray[np.float32]) -> list[tuple[str, float]]:
    """Every id with the cosine of its vector to `vector`, best first, equals by id; `vectors` is (ids, dimension)."""
    if not ids:
        return []
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector)
    cosines = vectors @ vector / np.where(lengths > 0, lengths, 1.0)
    return sorted(zip(ids, cosines.tolist(), strict=True), key=lambda row: (-row[1], row[0]))


def differences(indexes: Indexes, ledger: Ledger) -> list[str]:
    """How the indexes differ from the ledger, a sentence each: passages and their articles, and a sample of vectors."""
    truth = ledger.passage_ids()
    vectors, lexical = indexes.vectors(), indexes.lexical()
    faults = _compared("The vector index", truth, list(vectors.ids().items()))
    faults += _compared("The lexical index", truth, lexical.ids())
    if {(number, ordinal) for number, ordinal in indexes.nearby().places().tolist()} != ledger.places():
        faults.append("The vectors for searching within limits are of other passages than those of the ledger.")
    sample = sorted(truth)[:: 1 + len(truth) // SAMPLE]
    held = vectors.vectors(sample)
    for name, whole in ledger.vectors(sample).items():
        right = whole if isinstance(vectors, Collection) else vectors.kept(whole[np.newaxis])[0]
        if name in held and not (held[name].shape == right.shape and np.allclose(held[name], right, atol=1e-4)):
            faults.append(f"The vector index has another vector than the ledger for passage {name}.")
    return faults


def _batches(ledger: Ledger, article_ids: Sequence[str]) -> Iterator[list[Entry]]:
    """The articles' passages from the ledger, enough at a time for the indexes to be written efficiently."""
    batch: list[Entry] = []
    waiting = 0
    for article_id in article_ids:
        entry = ledger.entry(article_id)
        if entry is None or not entry.passages:
            continue
        batch.append(entry)
        waiting += len(entry.passages)
        if waiting >= BATCH:
            yield batch
            batch, waiting = [], 0
    if batch:
        yield batch


def _compared(index: str, truth: dict[str, str], entries: Sequence[tuple[str, str]]) -> list[str]:
    held = dict(entries)
    kinds = (
        (truth.keys() - held.keys(), "lacks"),
        (held.keys() - truth.keys(), "still has"),
        ({name for name in truth.keys() & held.keys() if truth[name] != held[name]}, "puts into another article"),
    )
    faults = [f"{index} {what} {_named(names)}." for names, what in kinds if names]
    if len(entries) > len(held):
        faults.append(f"{index} has {len(entries) - len(held)} passages more than once.")
    return faults


def _named(names: set[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"passage {min(names)}{more}"


def _damaged(folder: Path, damage: str) -> LibraryError:
    return LibraryError(f"{folder}: the index is damaged ({damage}); run `python ingest.py --rebuild`.")
