"""How what the product costs grows with its library: `python -m evals growth CORPUS --sizes 1000 10000 100000`.

For each size a library is made by the product's own store, of real vectors with noise and of sentences drawn at random
(`made`), and measured by a process of its own (`measured`). The embedding model is left out of the rate at which
passages go in: `made` reads each sentence once, whatever the size.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

from evals.errors import EvalError
from evals.growth.drawn import drawing as drawing
from evals.report import aligned
from rag import lexical, text

Row: TypeAlias = dict[str, float]  # what was measured, by its name

SENTENCES_OF = 200  # articles of the corpus that sentences are drawn from
QUESTIONS, WORDS = 200, 9  # searches of each kind, and words of each
COLUMNS = {
    "passages": ("passages", 0),
    "put_per_s": ("passages/s", 0),
    "search_p50_ms": ("p50 ms", 1),
    "search_p99_ms": ("p99 ms", 1),
    "outlet_p50_ms": ("outlet p50", 1),
    "month_p50_ms": ("month p50", 1),
    "year_p50_ms": ("year p50", 1),
    "search_cpu_p50_ms": ("CPU p50", 1),
    "answer_p50_ms": ("answer p50", 0),
    "answer_p95_ms": ("answer p95", 0),
    "open_s": ("open s", 2),
    "memory_mb": ("memory MB", 0),
    "disk_bytes": ("bytes/passage", 0),
    "recall": ("recall", 3),
    "outlet_recall": ("in outlet", 3),
}


def rows(corpus: Path, sizes: Sequence[int], *, keep: Path | None = None) -> Iterator[Row]:
    """Make and measure a library of each size; with `keep` they stay in folders of that, and are made once.

    Raises EvalError, LibraryError, EmbeddingError.
    """
    from evals.growth import made  # slow to load
    from rag import intake
    from rag.config import load_settings
    from rag.embedding import Embedder

    settings = load_settings()
    embedder = Embedder(settings.cache_dir, settings.embed_threads)
    known = made.sentences(corpus, SENTENCES_OF)
    vectors = None
    with tempfile.TemporaryDirectory(prefix="crosscheck-growth-") as place:
        asked = Path(place) / "questions.txt"
        asked.write_text("\n".join(questions(known)), "utf-8")
        for size in sizes:
            folder = (keep or Path(place)) / str(size)
            row: Row = {}
            if not (folder / "index").exists():
                vectors = embedder.embed(known) if vectors is None else vectors
                began = time.perf_counter()
                made.write(folder, known, vectors, passages=size, fingerprint=intake.fingerprint(embedder))
                row["put_per_s"] = size / (time.perf_counter() - began)
            yield row | measured(folder, asked)


def questions(known: Sequence[str]) -> list[str]:
    """So many words of a sentence each, as a person who remembers it might ask; the same at every call."""
    dice = random.Random(9)
    long = [said for said in known if len(lexical.words(said)) >= WORDS]
    found = []
    for said in dice.sample(long, min(QUESTIONS, len(long))):
        words = [word.text for word in text.words(said) if text.is_content(word)]
        found.append(" ".join(words[place] for place in sorted(dice.sample(range(len(words)), min(WORDS, len(words))))))
    return found


def measured(folder: Path, asked: Path) -> Row:
    """What a process of its own says of the library in the folder; raises EvalError."""
    command = [sys.executable, "-m", "evals.growth.measured", str(folder), str(asked)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise EvalError(f"{folder}: it could not be measured; see above.")
    row: Row = json.loads(done.stdout)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return row | {"disk_bytes": size / row["passages"]}


def report(found: Sequence[Row]) -> str:
    """A table, a size in each line."""
    lines = [[title for title, _ in COLUMNS.values()]]
    for row in found:
        lines.append([f"{row[name]:,.{digits}f}" if name in row else "" for name, (_, digits) in COLUMNS.items()])
    return "\n".join(aligned(lines, left=0))
