"""Sources read by the workers of a cluster, their vectors made before they are asked for. A part of `cluster`."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from rag import intake
from rag import sources as sources_of
from rag.articles import Known, Source
from rag.cluster.work import Embedded, Job, Share, Workers
from rag.config import Settings
from rag.confined import Limits, Parser
from rag.embedding import Embedder
from rag.errors import ClusterError, CrosscheckError
from rag.fetch import Get
from rag.sources import MOST_LINKS, Item, Listed, Progress, Visits
from rag.types import Article, NewlyRead

SHARE_FILES, SHARE_BYTES = 64, 8_000_000  # small files that a worker is given at a time
AHEAD = 3  # batches for each worker that are being embedded, or wait to be put

log = logging.getLogger(__name__)


class Reading:
    """Reads what `sources.items` does, files on the cluster; `embedder` is the one that the library is filled by."""

    def __init__(self, workers: Workers, embedder: Embedder, settings: Settings) -> None:
        self._workers = workers
        self._embedder = embedder
        self._cache_dir = settings.cache_dir
        self._limits = Limits(seconds=settings.parse_seconds, memory_mb=settings.parse_memory_mb)

    def items(
        self,
        found: Sequence[Source | Listed],
        *,
        get: Get,
        visits: Visits,
        max_bytes: int,
        known: Known,
        parser: Parser,
        most_links: int = MOST_LINKS,
        stop: threading.Event | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Item]:
        """What the sources hold, as of `sources.items`, files first; addresses and texts are read by the caller.

        Raises ClusterError where workers are of another version.
        """
        stop = stop or threading.Event()
        files = [source for source in found if isinstance(source, Path | Listed)]
        others = [source for source in found if not isinstance(source, Path | Listed)]
        job = Job(max_bytes=max_bytes, limits=self._limits)
        waiting: deque[tuple[list[Item], Future[Embedded | CrosscheckError] | None]] = deque()
        done = 0
        for read in self._workers.read(shares(files), job, stop=stop):
            done += read.done
            if progress is not None:
                progress(done, len(found), "")
            items = [_as_known(item, known) for item in read.items]
            new = [item.found for item in items if isinstance(item.found, Article)]
            waiting.append((items, self._workers.embed(new, self._cache_dir) if new else None))
            while waiting and (len(waiting) > AHEAD * self._workers.number or _is_done(waiting[0][1])):
                yield from self._remembered(*waiting.popleft())
        while waiting and not stop.is_set():
            yield from self._remembered(*waiting.popleft())
        if others and not stop.is_set():
            yield from sources_of.items(
                others,
                get=get,
                visits=visits,
                max_bytes=max_bytes,
                known=known,
                parser=parser,
                most_links=most_links,
                stop=stop,
                progress=None if progress is None else lambda at, _, name: progress(done + at, len(found), name),
            )

    def _remembered(self, items: list[Item], made: Future[Embedded | CrosscheckError] | None) -> list[Item]:
        """The items, once their vectors are where they are looked for first."""
        if made is None:
            return items
        try:
            embedded = made.result()
        except Exception as error:  # noqa: BLE001 - whatever it was, it is done here instead
            log.warning("The cluster did not embed %d articles (%s): done here.", len(items), type(error).__name__)
            return items
        if isinstance(embedded, CrosscheckError):
            raise embedded
        if embedded.fingerprint != intake.fingerprint(self._embedder):
            raise ClusterError(
                "A machine of the cluster makes other vectors than this one: install the same version of Crosscheck "
                "on all of them."
            )
        self._embedder.remember(embedded.texts, embedded.vectors)
        return items


def shares(files: Sequence[Path | Listed]) -> Iterator[Share]:
    """The files in their order, small ones together, a large one by itself."""
    share: list[Path | Listed] = []
    total = 0
    for file in files:
        try:
            size = (file.path if isinstance(file, Listed) else file).stat().st_size
        except OSError:  # reading says why
            size = 0
        if share and (len(share) == SHARE_FILES or total + size > SHARE_BYTES):
            yield tuple(share)
            share, total = [], 0
        share.append(file)
        total += size
    if share:
        yield tuple(share)


def _as_known(item: Item, known: Known) -> Item:
    """The item; an article that was put of the same input before as one that is unchanged."""
    same = known(item.found.raw) if isinstance(item.found, NewlyRead) else None
    return item if same is None else replace(item, found=same)


def _is_done(made: Future[Embedded | CrosscheckError] | None) -> bool:
    return made is None or made.done()
