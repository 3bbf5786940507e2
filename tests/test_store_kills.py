import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_up import MODEL, fill, found

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


FULL_DISK = """
import resource, sys
from pathlib import Path
from made_up import article, embedded
from rag.errors import LibraryError
from rag.store import Store

limit, articles = int(sys.argv[2]), int(sys.argv[3])
with Store(Path(sys.argv[1]), fingerprint="made-up-64", dimension=64) as store:
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
