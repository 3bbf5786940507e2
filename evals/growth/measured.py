"""What a library that is there costs to open, to search and to hold, as JSON: `python -m evals.growth.measured DIR`.

It is a process of its own, since what one holds in memory cannot be told from what it held before.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.growth.made import OUTLETS
from rag import intake, retrieval
from rag.config import Settings, load_settings
from rag.embedding import Embedder
from rag.ledger import Ledger
from rag.pipeline import Pipeline
from rag.question import understand
from rag.store import LEDGER, Store
from rag.types import Filters

WARMING, EXACT = 20, 20  # searches before those that count; queries that are held against every vector
RECALLED = 40  # hits of which it is asked how many are among as many of the nearest
BLOCK = 5_000  # passages that are read at a time for that
LIMITS: dict[str, Callable[[int], Filters]] = {
    "search": lambda number: Filters(),
    "outlet": lambda number: Filters(outlets=(f"Outlet {number % OUTLETS}",)),
    "month": lambda number: _between(number, months=1),
    "year": lambda number: _between(number, months=12),
}


def main() -> None:
    """Measure the library in the first argument by the questions, one on a line, of the file in the second."""
    folder, asked = Path(sys.argv[1]), Path(sys.argv[2]).read_text("utf-8").splitlines()
    settings = load_settings()
    embedder = Embedder(settings.cache_dir, settings.embed_threads)
    embedder.embed(["warm"])
    found: dict[str, float] = {"memory_before_mb": _held()}
    began = time.perf_counter()
    with Store(folder, fingerprint=intake.fingerprint(embedder), dimension=embedder.dimension) as store:
        questions = itertools.cycle(asked)
        _search(store, embedder, next(questions), Filters())
        _search(store, embedder, next(questions), LIMITS["outlet"](0))
        found["open_s"] = time.perf_counter() - began
        found["passages"] = store.count().passages
        for number in range(WARMING):
            _search(store, embedder, next(questions), LIMITS["year"](number))
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in LIMITS}
        for number in range(len(asked)):
            for name, limits in LIMITS.items():  # in turn, so that what else the machine does meets all of them
                began, busy = time.perf_counter(), time.process_time()
                _search(store, embedder, next(questions), limits(number))
                taken[name].append((time.perf_counter() - began, time.process_time() - busy))
        for name, each in taken.items():
            wall = sorted(1000 * one for one, _ in each)
            found |= {f"{name}_p50_ms": statistics.median(wall), f"{name}_p99_ms": wall[int(0.99 * len(wall))]}
            found[f"{name}_cpu_p50_ms"] = 1000 * statistics.median(one for _, one in each)
        found["memory_mb"] = _held()
        ledger = Ledger(folder / LEDGER, fingerprint=store.fingerprint, dimension=store.dimension)
        with closing(ledger):
            found |= _recalled(store, ledger, embedder.embed(asked[:EXACT]))
    found |= _answered(settings.model_copy(update={"data_dir": folder}), embedder, asked)
    print(json.dumps({name: round(value, 3) for name, value in found.items()}))


def _search(store: Store, embedder: Embedder, question: str, filters: Filters) -> None:
    retrieval.search(store, embedder, understand(question, filters=filters, newest=lambda: None))


def _answered(settings: Settings, embedder: Embedder, asked: Sequence[str]) -> dict[str, float]:
    """Milliseconds to the first words and to the end of an answer without a language model, each asked for once."""
    first, whole = list[float](), list[float]()
    plain = settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
    with Pipeline(plain, embedder=embedder) as pipeline:
        for number, words in enumerate(asked):
            began = time.perf_counter()
            steps = pipeline.stream(f"What is said of {words}?")
            next(steps)
            begun = time.perf_counter()
            for _ in steps:
                pass
            if number >= WARMING:
                first.append(1000 * (begun - began))
                whole.append(1000 * (time.perf_counter() - began))
    percentile = int(0.95 * len(whole))
    return {
        "words_p50_ms": statistics.median(first),
        "answer_p50_ms": statistics.median(whole),
        "answer_p95_ms": sorted(whole)[percentile],
    }


def _between(number: int, *, months: int) -> Filters:
    """A month, or a year, of those that the articles are of."""
    year = 2015 + number % 10
    first, last = (1, 12) if months == 12 else (1 + number % 12, 1 + number % 12)
    return Filters(since=f"{year}-{first:02}-01", until=f"{year}-{last:02}-28")


def _held() -> float:
    """What this process has in memory, in MB, pages of mapped files among it."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _recalled(store: Store, ledger: Ledger, vectors: NDArray[np.float32]) -> dict[str, float]:
    """The share of the nearest passages that are found, of all and of one outlet's, held against every vector."""
    places = sorted(ledger.places())
    names = list[str]()
    blocks = []
    for start in range(0, len(places), BLOCK):
        found, rows = ledger.placed(places[start : start + BLOCK])
        names += found
        blocks.append(vectors @ (rows / np.linalg.norm(rows, axis=1, keepdims=True)).T)
    cosines, articles = np.concatenate(blocks, axis=1), np.array([name.partition(":")[0] for name in names])
    shares: dict[str, list[float]] = {"recall": [], "outlet_recall": []}
    for number, vector in enumerate(vectors):
        for name, limits in (("recall", Filters()), ("outlet_recall", LIMITS["outlet"](number))):
            inside = np.isin(articles, list(store.admitted(limits) or set(articles.tolist())))
            kept = np.flatnonzero(inside)
            best = kept[np.argsort(-cosines[number, kept])[:RECALLED]]
            met = {passage for passage, _ in store.nearest(vector, limit=RECALLED, within=limits)}
            shares[name].append(len(met & {names[row] for row in best}) / len(best))
    return {name: float(np.mean(each)) for name, each in shares.items()}


if __name__ == "__main__":
    main()
