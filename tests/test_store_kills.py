import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from made_up import MODEL, article, embedded, fill, found, nearest

from rag.ledger import Ledger
from rag.store import Store

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def filled(folder: Path) -> Iterator[Store]:
    with Store(folder, **MODEL) as opened:
        fill(opened)
        yield opened


# --- killed and out of room -----------------------------------------------------------------------------------------

CHANGES = 200  # that a writer makes at most before it is killed


def changes(seed: int) -> Iterator[tuple[str, str | None]]:
    """What a writer does, in order: an article's name with its new text, or with None where it is removed."""
    dice = random.Random(seed)
    there: set[str] = set()
    for number in range(CHANGES):
        name = f"article-{dice.randrange(8)}"
        if name in there and dice.random() < 0.3:
            there.discard(name)
            yield name, None
        else:
            there.add(name)
            yield name, f"{name} in change {number} of round {seed}: " + f"word{seed}x{number} " * dice.randrange(1, 12)


def state_after(number: int, seed: int, before: dict[str, str]) -> dict[str, str]:
    state = dict(before)
    for name, text in list(changes(seed))[:number]:
        state.pop(name, None) if text is None else state.update({name: text})
    return state


def write_until_killed(folder: Path, seed: int, acknowledge: Connection) -> None:
    """A writer that acknowledges each change when it is durable, and publishes now and then."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))  # a broken vector index can grow without limit
    acknowledge.send_bytes(b"opening")
    with Store(folder, **MODEL) as store, store.writing() as writer:
        for number, (name, text) in enumerate(changes(seed), start=1):
            if text is None:
                writer.remove(name)
            else:
                writer.put(*embedded(article(text, name=name), size=len(text)))
            acknowledge.send_bytes(str(number).encode())
            if number % 7 == 0:
                writer.publish()


@pytest.fixture(scope="module")
def starting() -> multiprocessing.context.ForkServerContext:
    """Processes that start at once, because the slow imports are made in a server that they are forked from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["chromadb", "rag.store", "hypothesis.stateful"])
    return context


def kill_at_a_moment(context, folder: Path, seed: int) -> int:
    """Start a writer, kill it somewhere in its work, and return how many changes it had acknowledged."""
    receiving, sending = context.Pipe(duplex=False)
    writer = context.Process(target=write_until_killed, args=(folder, seed, sending))
    writer.start()
    sending.close()
    acknowledged = 0
    assert receiving.poll(30)
    writer.join(random.Random(seed).uniform(0.02, 1.2))
    writer.kill()
    writer.join()
    assert writer.exitcode in (-signal.SIGKILL, 0)
    with closing(receiving):
        while receiving.poll():
            try:
                message = receiving.recv_bytes()
            except EOFError:
                break
            acknowledged = int(message) if message.isdigit() else acknowledged
    return acknowledged


def test_a_writer_killed_at_any_moment_loses_nothing_that_it_acknowledged(starting, folder: Path):
    Store(folder, **MODEL).close()
    state: dict[str, str] = {}
    for seed in range(12):
        number = kill_at_a_moment(starting, folder, seed)
        with closing(Ledger(folder / "ledger.sqlite3", **MODEL)) as ledger:
            there = {name: ledger.article(name).text for name in ledger.article_ids()}
        assert there in (state_after(number, seed, state), state_after(number + 1, seed, state))
        state = there
        if seed % 2 == 0:
            continue  # the next writer finds the debt, and may be killed while it pays
        with Store(folder, **MODEL) as store:
            assert store.check() == []
            for name, text in there.items():
                assert found(store, text.split()[-1]) == {name}
                assert nearest(store, text) == (name, 1.0)
    assert state


FULL_DISK = """
import resource, sys
from pathlib import Path
from made_up import article, embedded
from rag.errors import LibraryError
from rag.store import Store

limit, articles = int(sys.argv[2]), int(sys.argv[3])
with Store(Path(sys.argv[1]), fingerprint="made-up-8", dimension=8) as store:
    try:
        with store.writing() as writer:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            for number in range(articles):
                writer.put(*embedded(article(f"walrus number{number} " * 60, name=f"walrus-{number}")))
                print(number, flush=True)
    except LibraryError as error:
        print(error)
    print(store.matching("zebra", limit=1)[0][0].partition(":")[0])
"""


@pytest.mark.parametrize(
    ("limit", "articles", "expected"),
    [
        (60_000, 300, "ledger.sqlite3: it cannot be written"),
        (330_000, 300, "ledger.sqlite3: it cannot be written"),
        (200_000, 2, "the articles are safe but the indexes could not be built"),
    ],
)
def test_a_full_disk_is_one_sentence_and_loses_nothing_acknowledged(
    filled: Store, folder: Path, limit: int, articles: int, expected: str
):
    filled.close()
    writer = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(folder), str(limit), str(articles)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert writer.returncode == 0, writer.stderr
    *acknowledged, sentence, still_found = writer.stdout.splitlines()
    assert expected in sentence
    assert still_found == "dawn"
    with Store(folder, **MODEL) as store:
        assert store.check() == []
        for number in acknowledged[:: 1 + len(acknowledged) // 5]:
            assert found(store, f"number{number}") == {f"walrus-{number}"}
