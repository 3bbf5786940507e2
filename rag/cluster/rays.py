"""Workers of a Ray cluster, or of one that is started on this machine. The door of ray; a part of `cluster`."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from rag.articles import shown
from rag.cluster import work
from rag.cluster.work import Embedded, Job, Read, Share, Workers
from rag.errors import ClusterError, CrosscheckError
from rag.sources import Item, Listed
from rag.types import Article, Refusal

RETRIES = 10  # times that work is begun again where its worker ended
CORES_A_READER = 6  # reading takes so much less than embedding
UNREAD = 8  # batches that a reader may be ahead
POLL = 0.5  # seconds between looks at whether anybody still wants it
_MISSING = "Ray is not installed: install it with pip install '.[ray]', on every machine of the cluster."
_FAILED = "The workers that read it ended time and again ({}); take it in without --ray."

log = logging.getLogger(__name__)


@contextmanager
def connected() -> Iterator[Workers]:
    """The workers of the cluster that RAY_ADDRESS names or that runs on this machine, else of one made for the block.

    Raises ClusterError where there is none, or ray is not installed.
    """
    try:
        import ray
    except ImportError as error:
        raise ClusterError(_MISSING) from error
    ended_by = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(include_dashboard=False, configure_logging=False, log_to_driver=False)
    except Exception as error:  # ray's have no common type
        cause = " ".join(str(error).split())[:200]
        raise ClusterError(f"The Ray cluster cannot be used ({cause}): see to it, and to RAY_ADDRESS.") from error
    finally:
        signal.signal(signal.SIGTERM, ended_by)  # ray puts its own in its place
    try:
        yield _RayWorkers(ray)
    finally:
        ray.shutdown()


class _RayWorkers:
    """See `work.Workers`. A reader takes no core of its own: it may wait for who embeds, and must not keep them out."""

    def __init__(self, ray: Any) -> None:  # noqa: ANN401 - a module without types
        self._ray = ray
        self.number = max(1, int(ray.cluster_resources().get("CPU", 1)))
        spread = {"max_retries": RETRIES, "scheduling_strategy": "SPREAD"}
        self._embed = ray.remote(num_cpus=1, **spread)(work.embed)
        self._read = ray.remote(num_cpus=0, _generator_backpressure_num_objects=UNREAD, **spread)(work.read)

    def embed(self, articles: Sequence[Article], cache_dir: Path) -> Future[Embedded | CrosscheckError]:
        """The vectors of articles."""
        future: Future[Embedded | CrosscheckError] = self._embed.remote(list(articles), cache_dir).future()
        return future

    def read(self, shares: Iterable[Share], job: Job, *, stop: threading.Event) -> Iterator[Read]:
        """What is in the files, several shares at a time."""
        left, running = iter(shares), dict[Any, Share]()
        done = dict[Any, int]()
        try:
            while not stop.is_set():
                free = 1 + self.number // CORES_A_READER - len(running)
                running |= {self._read.remote(share, job): share for share in islice(left, free)}
                if not running:
                    return
                ready, _ = self._ray.wait(list(running), num_returns=1, timeout=POLL)
                for reader in ready:
                    given = self._next(reader)
                    if isinstance(given, Read):
                        done[reader] = done.get(reader, 0) + given.done
                        yield given
                        continue
                    share = running.pop(reader)
                    if isinstance(given, CrosscheckError):
                        raise given
                    if given is not None:
                        yield _refused(share[done.get(reader, 0) :], given)
        finally:
            for reader in running:
                self._ray.cancel(reader)

    def _next(self, reader: Any) -> Read | Exception | None:  # noqa: ANN401 - ray's
        """What a reader has read; None at its end, else why there is no more of it."""
        try:
            given: Read | CrosscheckError = self._ray.get(next(reader))
        except StopIteration:
            return None
        except self._ray.exceptions.RayError as error:
            failed: Exception = error
            return failed
        return given


def _refused(share: Share, error: Exception) -> Read:
    """What is said of files that could not be read to their end: one of them is at fault, and nobody knows which."""
    log.warning("%d files were not read to their end: %s", len(share), type(error).__name__)
    paths = [(source.path, False) if isinstance(source, Listed) else (source, True) for source in share]
    reason = _FAILED.format(type(error).__name__)
    items = (Item(found=Refusal(source=shown(path), reason=reason), named=named) for path, named in paths)
    return Read(items=tuple(items), done=len(share))
