"""How fast articles go in: `python -m tests.ingest_bench CORPUS.json.xz` (multihop-rag's), by hand and never in CI.

Prints pages read and cleaned a second, articles taken in a second from end to end beside what the embedder
alone does with the same passages, and how many unchanged articles are skipped a second, as pages and as JSON lines.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from evals.skeletons import skeletons, written
from evals.suites.multihop_rag import read_corpus
from rag import articles, intake
from rag.config import load_settings
from rag.confined import Confined, Limits
from rag.pipeline import Pipeline
from rag.types import Article, NewlyRead, Unchanged

ROUNDS = 3
MOST = 50_000_000


def main(corpus: Path, number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pages = made(Path(folder, "pages"), corpus, number)
        parsed(pages)
        taken_in(pages, Path(folder))


def made(folder: Path, corpus: Path, number: int) -> list[Path]:
    """The articles written out as pages in the markup of ten sites, each in turn."""
    folder.mkdir()
    known = skeletons()
    names = sorted(known)
    files = []
    for place, article in enumerate(read_corpus(corpus)[:number]):
        name = names[place % len(names)]
        page = written(article, skeleton=known[name], name=name, id=str(place))
        files.append(folder / f"{place:04}.html")
        files[-1].write_bytes(page.content)
    print(f"{len(files)} pages of {statistics.mean(file.stat().st_size for file in files) / 1e3:.0f} kB")
    return files


def parsed(files: list[Path]) -> None:
    """Print how many pages a second are read and cleaned, in this process and in one of limited time and memory."""
    confined = Confined(Limits(seconds=60, memory_mb=1_500))
    rates: dict[str, list[float]] = {"here": [], "confined": []}
    for _ in range(ROUNDS):
        for name, parser in (("here", articles.HERE), ("confined", confined)):
            began = time.perf_counter()
            for file in files:
                for _ in articles.read(file, max_bytes=MOST, parser=parser):
                    pass
            rates[name].append(len(files) / (time.perf_counter() - began))
    here, there = (statistics.median(rates[name]) for name in rates)
    print(f"read and cleaned: {here:.0f} pages/s here, {there:.0f} in a process of its own ({there / here:.2f})")


def taken_in(files: list[Path], folder: Path) -> None:
    """Print how fast all of it goes in, how fast the embedder could, and how fast it is skipped the second time."""
    with closing(Pipeline(load_settings(data_dir=folder / "library"))) as pipeline:
        report = pipeline.ingest(files)
        print(f"taken in: {report.counts}, {report.passages} passages in {report.seconds:.1f} s")
        read = [one for file in files for one in articles.read(file, max_bytes=MOST) if isinstance(one, Article)]
        cut = [passage for article in read for passage in intake.passages(article, pipeline.embedder)]
        fresh = type(pipeline.embedder)(pipeline.settings.cache_dir, pipeline.settings.embed_threads)
        began = time.monotonic()
        for at in range(0, len(cut), 64):
            intake.embed(cut[at : at + 64], fresh)
        alone = time.monotonic() - began
        print(f"the embedder alone: {alone:.1f} s, {100 * alone / report.seconds:.0f} % of the whole")
        skipped(pipeline, files, "pages")
        lines = folder / "articles.jsonl"
        rows = (
            json.dumps({"title": f"{one.title} {copy}", "text": one.text[:2_000]}) for copy in range(20) for one in read
        )
        lines.write_text("\n".join(rows), "utf-8")
        known = {
            one.raw: Unchanged(article_id=one.id, source=one.source)
            for one in articles.read(lines, max_bytes=MOST)
            if isinstance(one, NewlyRead)
        }
        began = time.monotonic()
        number = sum(1 for _ in articles.read(lines, max_bytes=MOST, known=known.get))
        print(f"skipped: {number / (time.monotonic() - began):.0f} rows of JSON lines/s")


def skipped(pipeline: Pipeline, files: list[Path], name: str) -> None:
    """Print how many unchanged files a second go by."""
    began = time.monotonic()
    report = pipeline.ingest(files)
    assert report.counts["unchanged"] == len(files) - report.counts["refused"], report.counts
    print(f"skipped: {len(files) / (time.monotonic() - began):.0f} {name}/s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 609)
