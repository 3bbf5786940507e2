"""How long a library of many passages is in opening after a kill: `python -m tests.faults.recovery_bench`, by hand.

    python -m tests.faults.recovery_bench --passages 10000

Four debts are made and paid, each by a process that is killed after its articles were put: all of the indexes, those of
a tenth of the articles, those of one article, and none, for comparison. Every line says what was owed, how many seconds
the next opening took, which on a busy machine are more than those of the processor, and how many the first search after
it, and whether ledger and indexes agree then.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from rag.ledger import passage_id
from rag.store import Store
from rag.types import Article, Passage
from tests.faults.processes import ended, heard, processes, started
from tests.faults.world import limited

DIMENSION = 384  # as the real embedding model's
PASSAGES = 10  # of an article
MODEL: dict[str, Any] = {"fingerprint": "made-up", "dimension": DIMENSION}


def put(folder: Path, numbers: Sequence[int], version: int, publishes: bool, mouth: Connection) -> None:
    """Put articles of those numbers, and die of a kill before they are published, unless they are to be."""
    limited()
    with Store(folder, **MODEL) as store, store.writing() as writer:
        for number in numbers:
            writer.put(*article(number, version))
        if not publishes:
            os.kill(os.getpid(), signal.SIGKILL)


def article(number: int, version: int) -> tuple[Article, list[Passage], Any]:
    """An article of PASSAGES passages of some 150 words, with vectors drawn at random."""
    dice = np.random.default_rng([number, version])
    words = [f"word{word}" for word in dice.integers(20_000, size=150 * PASSAGES)]
    parts = [" ".join(words[at : at + 150]) + "." for at in range(0, len(words), 150)]
    text, revision, name = "\n\n".join(parts), f"{number:08x}{version:08x}", f"article-{number}"
    passages, start = [], 0
    for ordinal, part in enumerate(parts):
        named = passage_id(name, revision, ordinal)
        end = start + len(part)
        passages.append(Passage(id=named, article_id=name, revision=revision, start=start, end=end, text=part))
        start = end + 2
    made = Article(id=name, revision=revision, text=text, source=name, ingested_at="2025-01-01T00:00:00+00:00")
    vectors = dice.normal(size=(PASSAGES, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return made, passages, [row[np.newaxis] for row in vectors]


def recovered(folder: Path, mouth: Connection) -> None:
    """Open the library, search, compare, and send how long the first two took, and what differs."""
    limited()
    began, busy = time.monotonic(), time.process_time()
    with Store(folder, **MODEL) as store:
        opened, busy = time.monotonic() - began, time.process_time() - busy
        store.matching("word1 word2", limit=10)
        store.nearest(np.ones(DIMENSION, np.float32), limit=10)
        mouth.send_bytes(json.dumps([opened, busy, time.monotonic() - began - opened, store.check()]).encode())


def main() -> int:
    """Print a line for each debt; 1 where one was not paid."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.recovery_bench", description=__doc__)
    parser.add_argument("--passages", type=int, default=10_000)
    options = parser.parse_args()
    number = options.passages // PASSAGES
    debts = [("all of it", range(number), 1, False), ("nothing", range(0), 1, True)]
    debts += [("a tenth of it", range(0, number, 10), 2, False), ("one article", range(1), 3, False)]
    context, bad = processes(), 0
    with tempfile.TemporaryDirectory(prefix="recovery-") as place:
        folder = Path(place, "library")
        for owed, numbers, version, publishes in debts:
            with started(context, put, folder, numbers, version, publishes) as (process, ear):
                heard(ear)
                ended(process)
            with started(context, recovered, folder) as (process, ear):
                opened, busy, searched, faults = json.loads(heard(ear))
                ended(process)
            bad += bool(faults)
            told = "ledger and indexes agree" if not faults else " ".join(faults)
            spent = f"opened in {opened:.1f} s ({busy:.1f} s of processor time), searched in {searched:.1f} s"
            print(f"{options.passages:,} passages, owed {owed}: {spent}; {told}.", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
