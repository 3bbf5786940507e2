"""Readers, in threads and in processes, while articles go in and whoever takes them in is killed: no error, no half."""

import json
import random
import signal
import threading
from contextlib import closing
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from rag.pipeline import Pipeline
from rag.store import Store
from rag.types import Hit
from tests.faults.processes import PATIENCE, ended, heard, processes, started
from tests.faults.world import limited, mark, opened, text_of

READERS = 8  # half of them threads with one library open, half in processes of their own
PART = 50  # articles that the writer takes in at a time, after which they can be searched


def name(number: int) -> str:
    """A name for each article, of letters alone."""
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")


def rows(numbers: range, version: int) -> str:
    """The articles as JSON lines."""
    return "".join(
        json.dumps(
            {
                "url": f"https://{name(number)}.example/story",
                "title": mark(name(number), version),
                "outlet": f"The {name(number % 9).title()}",
                "text": text_of(name(number), version),
            }
        )
        + "\n"
        for number in numbers
    )


def take_in(folder: Path, files: list[Path], mouth: Connection) -> None:
    """Take the files in, one after another, and say which is done."""
    limited()
    with closing(opened(folder)) as pipeline:
        for file in files:
            report = pipeline.ingest([str(file)])
            assert not report.refused, report.refused
            mouth.send_bytes(f"{file.name} {report.counts['unchanged']}".encode())


def read(pipeline: Pipeline, articles: int, seed: int, ended: Event) -> list[str]:
    """Search until told to end: every wrong thing that was met, and at last how often an article was found."""
    wrong: list[str] = []
    dice = random.Random(seed)
    found = 0
    while not ended.is_set():
        who = name(dice.randrange(articles))
        try:
            found += searched(pipeline, who, wrong)
        except Exception as error:  # noqa: BLE001 - whatever it is, a reader must not meet it
            wrong.append(f"{type(error).__name__}: {error}")
    return [*wrong[:20], str(found)]


def read_apart(folder: Path, articles: int, seed: int, ended: Event, mouth: Connection) -> None:
    """The same in a process of its own."""
    limited()
    with closing(opened(folder)) as pipeline:
        mouth.send_bytes(json.dumps(read(pipeline, articles, seed, ended)).encode())


def searched(pipeline: Pipeline, who: str, wrong: list[str]) -> bool:
    """Look for one article by its words and by a sentence, and note what is amiss; whether it was there."""
    store = pipeline.store
    there = False
    for version in (1, 2):
        matches = [match.passage_id for match in store.matching(mark(who, version), limit=50)]
        if not matches:
            continue
        there = True
        held = {one: passage for one, (passage, _) in store.passages(matches).items()}
        text = text_of(who, version)
        if held and (len(held) != len(matches) or not covers(text, [(one.start, one.end) for one in held.values()])):
            wrong.append(f"{who}: {sorted(held)} of {sorted(matches)} are not all of it")
        if any(text[one.start : one.end] != one.text for one in held.values()):
            wrong.append(f"{who}: another text than version {version}")
    for hit in pipeline.search(f"How many boats did the council of {mark(who, 1).title()} count?", limit=5):
        article = store.article(hit.passage.article_id, hit.passage.revision) if still(store, hit) else None
        if article is not None and article.text[hit.passage.start : hit.passage.end] != hit.passage.text:
            wrong.append(f"{hit.passage.id} is not in its article")
    return there


def still(store: Store, hit: Hit) -> bool:
    return bool(store.articles_of([hit.passage.id]))


def covers(text: str, spans: list[tuple[int, int]]) -> bool:
    """Whether the spans are all of a text but blanks."""
    end = 0
    for start, stop in sorted(spans):
        if text[end:start].strip():
            return False
        end = max(end, stop)
    return not text[end:].strip()


@pytest.mark.timeout(1_200)
def test_readers_meet_no_error_and_no_part_of_an_article_while_its_writer_is_killed(tmp_path: Path, long: bool):
    number = 1_000 if long else 200
    context, folder, enough = processes(), tmp_path / "library", processes().Event()
    files = written(tmp_path, number)
    told: list[list[str]] = []

    def follow(seed: int) -> None:
        with started(context, read_apart, folder, number, seed, enough) as (process, ear):
            said = heard(ear, patience=None)
            status = ended(process)
        told.append(json.loads(said) if said else [f"a reader ended with {status}", "0"])

    with closing(opened(folder)) as pipeline:
        inside = [lambda seed=seed: told.append(read(pipeline, number, seed, enough)) for seed in range(READERS // 2)]
        apart = [lambda seed=seed: follow(seed) for seed in range(READERS // 2, READERS)]
        threads = [threading.Thread(target=reader) for reader in (*inside, *apart)]
        for thread in threads:
            thread.start()
        try:
            for killed_after in (len(files) // 3, 2 * len(files) // 3, None):
                write(context, folder, files, killed_after=killed_after)
        finally:
            enough.set()
            for thread in threads:
                thread.join(PATIENCE)
        assert [line for lines in told for line in lines[:-1]] == []
        assert len(told) == READERS and all(int(lines[-1]) for lines in told)
        assert pipeline.store.check() == []
        assert pipeline.store.count().articles == number
        for one in range(0, number, 7):
            version = 1 if one % 5 else 2
            assert pipeline.store.matching(mark(name(one), version), limit=1), one
            assert not pipeline.store.matching(mark(name(one), 3 - version), limit=1), one


def written(folder: Path, number: int) -> list[Path]:
    """So many articles in files of PART articles, and then every fifth of them in a later version."""
    files = []
    for version, some in ((1, range(number)), (2, range(0, number, 5))):
        for start in range(0, len(some), PART):
            file = folder / f"{version}-{start:05}.jsonl"
            file.write_text(rows(some[start : start + PART], version))
            files.append(file)
    return files


def write(context: ForkServerContext, folder: Path, files: list[Path], *, killed_after: int | None) -> None:
    """Take the files in, by a process that is killed in the next file after so many."""
    with started(context, take_in, folder, files) as (process, ear):
        for _ in range(len(files) if killed_after is None else killed_after):
            assert heard(ear)
        if killed_after is not None:
            ended(process, within=random.Random(killed_after).uniform(0.0, 0.5))
            process.kill()
        assert ended(process) == (0 if killed_after is None else -signal.SIGKILL)
