"""What a worker of a cluster does, and what one is to whoever has work for it. A part of `cluster`."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeAlias

from rag import articles, intake
from rag.confined import Confined, Limits
from rag.embedding import Embedder, Vectors
from rag.errors import CrosscheckError
from rag.sources import Item, Listed
from rag.types import Article

Share: TypeAlias = tuple[Path | Listed, ...]  # files that one worker reads, one after another

BATCH = 16  # items that a worker hands over at a time: with their vectors about a megabyte


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How files are to be read: the largest that is read at a time, and the limits of the process that reads it."""

    max_bytes: int
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a worker has read of its share: some items, and how many of its files it is done with since the last."""

    items: tuple[Item, ...]
    done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The sentences of some articles with their vectors, float32 of shape (texts, dimension), and what made them."""

    fingerprint: str
    texts: tuple[str, ...]
    vectors: Vectors


class Workers(Protocol):
    """The workers of a cluster; what one leaves undone as it ends another does from the beginning."""

    @property
    def number(self) -> int:
        """How many embed at a time."""

    def read(self, shares: Iterable[Share], job: Job, *, stop: threading.Event) -> Iterator[Read]:
        """What is in the files, in whatever order; what no worker can be got to read is refused."""

    def embed(self, articles: Sequence[Article], cache_dir: Path) -> Future[Embedded | CrosscheckError]:
        """The vectors of articles, or why there are none; the future raises where no worker can be got to do it."""


def read(share: Share, job: Job) -> Iterator[Read | CrosscheckError]:
    """Read the files of a share; an error that is no article's fault is the last thing that is given."""
    waiting: list[Item] = []
    parser = Confined(job.limits)
    try:
        for source in share:
            named, path = (False, source.path) if isinstance(source, Listed) else (True, source)
            for one in articles.read(path, max_bytes=job.max_bytes, parser=parser):
                waiting.append(Item(found=one, named=named))
                if len(waiting) == BATCH:
                    yield Read(items=tuple(waiting))
                    waiting.clear()
            if waiting:
                yield Read(items=tuple(waiting), done=1)
                waiting.clear()
            else:
                yield Read(items=(), done=1)
    except CrosscheckError as error:
        yield error


def embed(given: Sequence[Article], cache_dir: Path) -> Embedded | CrosscheckError:
    """Cut articles into passages, as who puts them will, and embed the sentences of these, each once."""
    embedder = _embedder(cache_dir)
    try:
        passages = [passage for article in given for passage in intake.passages(article, embedder)]
        texts = tuple(dict.fromkeys(words for passage in passages for words in intake.sentences(passage)))
        return Embedded(fingerprint=intake.fingerprint(embedder), texts=texts, vectors=embedder.embed(texts))
    except CrosscheckError as error:
        return error


@lru_cache(maxsize=1)
def _embedder(cache_dir: Path) -> Embedder:
    """The model, loaded once in a process, on one thread: a cluster has as many workers as cores."""
    return Embedder(cache_dir, threads=1)
