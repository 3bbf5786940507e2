"""Files read and embedded by workers: threads here, in the long form Ray's processes, of which one is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_files import packed, page, record

import ingest
from rag.articles import Text
from rag.cluster import Embedded, Job, Read, Reading, Share, rays, reading, work
from rag.config import Settings
from rag.embedding import Embedder, Vectors
from rag.errors import ClusterError, CrosscheckError, EmbeddingError, ParserError
from rag.pipeline import Pipeline
from rag.sources import Listed
from rag.types import Article

ROOT = Path(__file__).parent.parent
ARCHIVES, PAGES = 3, 10


class Threads:
    """Workers that are threads; `lost` of what is to be embedded fails, and `spoil` changes what is given."""

    number = 2

    def __init__(self, *, lost: int = 0) -> None:
        self.pool = ThreadPoolExecutor(self.number)
        self.lost = lost
        self.embedded = 0

    def read(self, shares: Iterable[Share], job: Job, *, stop: threading.Event) -> Iterator[Read]:
        for share in shares:
            for given in work.read(share, job):
                if isinstance(given, CrosscheckError):
                    raise given
                if stop.is_set():
                    return
                yield given

    def embed(self, articles: Sequence[Article], cache_dir: Path) -> Future[Embedded | CrosscheckError]:
        self.embedded += len(articles)
        if self.lost:
            self.lost -= 1
            failed: Future[Embedded | CrosscheckError] = Future()
            failed.set_exception(OSError("the machine is gone"))
            return failed
        return self.pool.submit(self.made, articles, cache_dir)

    def made(self, articles: Sequence[Article], cache_dir: Path) -> Embedded | CrosscheckError:
        return work.embed(articles, cache_dir)


class Counting(Embedder):
    """Counts the texts that it reads itself."""

    count = 0

    def _read(self, texts: Sequence[str]) -> Vectors:
        self.count += len(texts)
        return super()._read(texts)


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    return written(tmp_path / "archives", ARCHIVES, PAGES)


def written(folder: Path, archives: int, pages: int) -> Path:
    folder.mkdir()
    for archive in range(archives):
        records = [
            record(
                f"https://www.wexley.example/{archive}/{number}",
                page(
                    f"Bridge {archive} of town {number}",
                    first=f"The council of town {number} voted in {archive} to rebuild the bridge, the mayor said.",
                ).encode(),
            )
            for number in range(pages)
        ]
        (folder / f"CC-NEWS-{archive}.warc.gz").write_bytes(packed(*records))
    (folder / "note.txt").write_text("The ferry to Ostwick sails again. It had been laid up for fourteen months.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 no more than this")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    return settings.model_copy(update={"cache_dir": settings.cache_dir.expanduser()})


def opened(settings: Settings, workers: Threads) -> tuple[Pipeline, Counting]:
    embedder = Counting(settings.cache_dir)
    return Pipeline(settings, embedder=embedder, reading=Reading(workers, embedder, settings).items), embedder


def held(pipeline: Pipeline) -> dict[str, tuple[str, np.ndarray]]:
    """The text of each article, by its address or else its title, and the vectors of its passages."""
    store = pipeline.store
    return {
        one.url or str(one.title): (store.article(one.article_id).text, store._ledger.entry(one.article_id).vectors)
        for one in store.articles()
    }


def test_what_workers_made_is_what_one_machine_makes_and_comes_in_once(
    archives: Path, settings: Settings, embedder: Embedder, tmp_path: Path
):
    alone = settings.model_copy(update={"data_dir": tmp_path / "alone"})
    with Pipeline(alone, embedder=embedder) as pipeline:
        expected = pipeline.ingest([archives])
        right = held(pipeline)
    workers = Threads()
    pipeline, own = opened(settings, workers)
    with pipeline:
        told = list[tuple[int, int]]()
        report = pipeline.ingest([archives], progress=lambda done, total, _: told.append((done, total)))
        assert report.counts == expected.counts == {"added": 31, "changed": 0, "unchanged": 0, "refused": 1}
        assert [one.reason for one in report.refused] == [one.reason for one in expected.refused]
        found = held(pipeline)
        assert {name: text for name, (text, _) in found.items()} == {name: text for name, (text, _) in right.items()}
        assert all(np.allclose(vectors, right[name][1], atol=1e-5) for name, (_, vectors) in found.items())
        assert pipeline.store.check() == []
        assert own.count == 0  # all of it was done elsewhere
        assert told[-1] == (5, 5) and told == sorted(told)
        workers.embedded = 0
        again = pipeline.ingest([archives])
        assert again.counts["unchanged"] == 31 and again.passages == workers.embedded == 0


def test_what_the_cluster_loses_is_embedded_here(archives: Path, settings: Settings, caplog: pytest.LogCaptureFixture):
    pipeline, own = opened(settings, Threads(lost=2))
    with pipeline:
        assert pipeline.ingest([archives]).counts["added"] == 31
        assert pipeline.store.check() == []
    assert own.count > 0
    assert caplog.text.count("The cluster did not embed") == 2


def test_texts_and_addresses_are_read_by_the_caller(archives: Path, settings: Settings):
    pipeline, _ = opened(settings, Threads())
    with pipeline:
        given = Text(text="The lighthouse of Norvik was lit on Monday. It had been dark for a year.")
        assert pipeline.ingest([given, archives / "note.txt"]).counts["added"] == 2


def test_a_run_that_is_stopped_keeps_what_was_put_and_the_next_does_the_rest(archives: Path, settings: Settings):
    pipeline, _ = opened(settings, Threads())
    stop = threading.Event()
    with pipeline:
        first = pipeline.ingest([archives], stop=stop, progress=lambda *_: stop.set())
        assert first.counts["added"] < 31
        workers = Threads()
        pipeline._items = Reading(workers, pipeline.embedder, settings).items
        rest = pipeline.ingest([archives])
        assert rest.counts["added"] + first.counts["added"] == 31
        assert workers.embedded == rest.counts["added"]
        assert pipeline.store.check() == []


def test_workers_of_another_version_are_refused(archives: Path, settings: Settings):
    class Others(Threads):
        def made(self, articles: Sequence[Article], cache_dir: Path) -> Embedded | CrosscheckError:
            return replace(super().made(articles, cache_dir), fingerprint="another")

    pipeline, _ = opened(settings, Others())
    with pipeline:
        with pytest.raises(ClusterError, match="the same version"):
            pipeline.ingest([archives])
        assert pipeline.store.count().articles == 0


def test_what_is_wrong_with_a_worker_is_told_as_it_is(
    archives: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    class Without(Threads):
        def made(self, articles: Sequence[Article], cache_dir: Path) -> Embedded | CrosscheckError:
            return EmbeddingError("There are no weights.")

    pipeline, _ = opened(settings, Without())
    with pipeline, pytest.raises(EmbeddingError, match="no weights"):
        pipeline.ingest([archives])

    def fails(*_: object, **__: object) -> None:
        raise ParserError("It cannot be started.")

    monkeypatch.setattr(work.articles, "read", fails)
    (given,) = work.read((archives / "note.txt",), Job(max_bytes=10, limits=None))
    assert isinstance(given, ParserError)


def test_a_worker_says_why_it_embeds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> None:
        raise EmbeddingError("There are no weights.")

    monkeypatch.setattr(work.intake, "passages", fails)
    assert isinstance(work.embed([], tmp_path), Embedded)
    assert isinstance(work.embed([None], tmp_path), EmbeddingError)


def test_small_files_are_shared_out_together_and_large_ones_alone(tmp_path: Path):
    sizes = {"a": 10, "b": 10, "large": reading.SHARE_BYTES, "c": 10, "d": 10}
    files = [tmp_path / name for name in sizes]
    for file, size in zip(files, sizes.values(), strict=True):
        with file.open("wb") as made:
            made.truncate(size)
    files.append(tmp_path / "missing")
    assert [[one.name for one in share] for share in reading.shares(files)] == [
        ["a", "b"],
        ["large"],
        ["c", "d", "missing"],
    ]
    many = [Listed(files[0])] * (2 * reading.SHARE_FILES + 1)
    assert [len(share) for share in reading.shares(many)] == [reading.SHARE_FILES, reading.SHARE_FILES, 1]
    assert list(reading.shares([])) == []


# --- Ray -------------------------------------------------------------------------------------------------------------


def test_without_ray_one_sentence_says_what_to_do(
    archives: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "ray", None)
    assert ingest.main(["--ray", "--data-dir", str(settings.data_dir), str(archives)]) == 1
    assert (
        capsys.readouterr().err
        == "Ray is not installed: install it with pip install '.[ray]', on every machine of the cluster.\n"
    )


def test_ray_alone_takes_nothing_in(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        ingest.main(["--ray", "--list"])
    assert "--ray needs files or folders" in capsys.readouterr().err


def test_files_whose_workers_end_time_and_again_are_refused_one_by_one():
    told = rays._refused((Path("/archive/one.warc"), Listed(Path("/archive/two.warc"))), OSError())
    assert [(item.found.source, item.named) for item in told.items] == [
        ("/archive/one.warc", True),
        ("/archive/two.warc", False),
    ]
    assert told.done == 2 and all("without --ray" in item.found.reason for item in told.items)


def descendants(process: int) -> Iterator[tuple[int, str]]:
    """The processes that a process has started, and these, with their command lines."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    left = parents.get(process, [])[:]
    while left:
        one = left.pop()
        left += parents.get(one, [])
        try:
            yield one, Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue


@pytest.mark.long
@pytest.mark.parametrize("victim", ["ray::embed", "ray::read", "ingest.py"])
def test_a_process_of_the_cluster_is_killed_and_nothing_is_lost_or_doubled(
    victim: str, tmp_path: Path, settings: Settings
):
    pytest.importorskip("ray")
    archives = written(tmp_path / "archives", 4, 100)
    command = [sys.executable, "ingest.py", "--ray", "--data-dir", str(settings.data_dir), str(archives)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    ledger = settings.data_dir / "ledger.sqlite3"

    def put() -> int:
        if not ledger.exists():
            return 0
        try:
            with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as reading:
                return reading.execute("SELECT count(*) FROM articles").fetchone()[0]
        except sqlite3.Error:  # it is being made
            return 0

    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        while not put():
            assert running.poll() is None
            time.sleep(0.05)
        if victim == "ingest.py":
            running.kill()
        else:
            found: list[int] = []
            while not found and running.poll() is None:
                found = [number for number, line in descendants(running.pid) if line.startswith(victim)]
            assert found, "it was over before"
            os.kill(found[0], signal.SIGKILL)
        out, _ = running.communicate()
    if victim == "ingest.py":
        assert 0 < put() < 401
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        out = done.stdout
    assert " 1 refused" in out
    assert put() == 401
    with Pipeline(settings) as pipeline:
        assert pipeline.store.check() == []
        assert len({one.url for one in pipeline.store.articles()}) == 401
