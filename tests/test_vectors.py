import hashlib
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from made_up import DIMENSION, vector

from rag import directions
from rag.errors import LibraryError
from rag.vectors import BATCH, DATABASE, Vectors, embedded

NAMES = [f"article-{number // 3}:{number % 3}" for number in range(30)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chroma"


@pytest.fixture
def vectors(folder: Path) -> Iterator[Vectors]:
    opened = Vectors(folder, dimension=DIMENSION)
    yield opened
    opened.close()


def add(vectors: Vectors, names: list[str]) -> None:
    vectors.add(names, [name.partition(":")[0] for name in names], np.array([vector(name) for name in names]))


def files(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.name: f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mtime_ns}" for path in found}


def test_the_nearest_come_first_with_their_cosines(vectors: Vectors):
    rows = np.random.default_rng(8).normal(size=(len(NAMES) + 1, DIMENSION)).astype(np.float32)
    asked, *rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    vectors.add(NAMES, [name.partition(":")[0] for name in NAMES], np.array(rows))
    found = vectors.nearest(asked, limit=7)
    cosines = {name: float(row @ asked) for name, row in zip(NAMES, rows, strict=True)}
    assert [name for name, _ in found] == sorted(cosines, key=lambda name: -cosines[name])[:7]
    assert [cosine for _, cosine in found] == pytest.approx([cosines[name] for name, _ in found], abs=1e-5)


def test_a_reduced_index_keeps_its_vectors_on_its_axes_also_when_it_is_opened_again(folder: Path):
    rows = np.array([vector(name) for name in NAMES])
    axes = directions.axes(rows, 12)
    on_axes = rows @ axes / np.linalg.norm(rows @ axes, axis=1, keepdims=True)
    with closing(Vectors(folder, dimension=DIMENSION, axes=axes)) as made:
        assert made.is_reduced
        add(made, NAMES)
        made.settle()
    with closing(Vectors(folder, dimension=DIMENSION)) as again:
        assert again.is_reduced
        held = again.vectors(NAMES)
        assert all(np.allclose(held[name], row, atol=1e-5) for name, row in zip(NAMES, on_axes, strict=True))
        asked = vector(NAMES[4]) + 0.1 * vector("q")
        found = dict(again.nearest(asked, limit=30))
        assert next(iter(found)) == NAMES[4]
        kept = again.kept(asked[np.newaxis])[0]
        right = {name: pytest.approx(float(row @ kept), abs=1e-4) for name, row in zip(NAMES, on_axes, strict=True)}
        assert found == right


@pytest.mark.parametrize("content", [b"", b"no numbers"])
def test_axes_that_are_damaged_are_said_in_a_sentence(folder: Path, content: bytes):
    Vectors(folder, dimension=DIMENSION, axes=np.eye(DIMENSION, 4, dtype=np.float32)).close()
    (folder / "axes.npy").write_bytes(content)
    with pytest.raises(LibraryError, match=r"the axes of the vector index failed .*--rebuild"):
        Vectors(folder, dimension=DIMENSION)


def test_length_does_not_count(vectors: Vectors):
    vectors.add(["long", "short"], ["a", "b"], np.array([vector("x") * 9, vector("y") * 0.01]))
    assert vectors.nearest(vector("y") * 5, limit=1)[0] == ("short", pytest.approx(1.0, abs=1e-5))


def test_more_are_asked_for_than_there_are(vectors: Vectors):
    assert vectors.nearest(vector("q"), limit=5) == []
    add(vectors, NAMES[:2])
    assert len(vectors.nearest(vector("q"), limit=1_000)) == 2


def test_a_passage_added_again_is_replaced(vectors: Vectors):
    add(vectors, NAMES)
    vectors.add([NAMES[0]], ["moved"], np.array([vector("new")]))
    assert vectors.count() == len(NAMES)
    assert vectors.ids()[NAMES[0]] == "moved"
    assert np.allclose(vectors.vectors([NAMES[0]])[NAMES[0]], vector("new"), atol=1e-6)


def test_a_removed_article_leaves_no_passage(vectors: Vectors):
    add(vectors, NAMES)
    vectors.remove(["article-1", "article-4", "never-there"])
    left = [name for name in NAMES if not name.startswith(("article-1:", "article-4:"))]
    assert vectors.ids() == {name: name.partition(":")[0] for name in left}
    assert {name for name, _ in vectors.nearest(vector(NAMES[4]), limit=100)} == set(left)


def test_more_than_one_batch_is_kept_and_removed(vectors: Vectors):
    names = [f"one:{number}" for number in range(BATCH + 7)]
    add(vectors, names)
    assert vectors.count() == len(names)
    assert set(vectors.vectors(names)) == set(names)
    vectors.remove(["one"])
    assert vectors.count() == 0


@pytest.mark.parametrize("number", [1, 2, 3, 30, 999, 1003])
def test_once_settled_a_reader_writes_nothing_but_its_row_in_a_table_of_locks(folder: Path, number: int):
    names = [f"article-{each // 3}:{each % 3}" for each in range(number)]
    with closing(Vectors(folder, dimension=DIMENSION)) as building:
        add(building, names)
        building.settle()
    before = files(folder)
    for _ in range(2):
        with closing(Vectors(folder, dimension=DIMENSION)) as reading:
            assert reading.nearest(vector(names[0]), limit=1)[0][0] == names[0]
            assert reading.ids().keys() == set(names)
        assert {name for name, state in files(folder).items() if before[name] != state} == {DATABASE}


def test_what_was_settled_can_be_added_to_and_settled_again(folder: Path):
    for step in range(3):
        with closing(Vectors(folder, dimension=DIMENSION)) as building:
            building.remove([f"article-{step}"])
            add(building, [f"later-{step}:0"] if step else NAMES)
            building.settle()
        before = files(folder)
        with closing(Vectors(folder, dimension=DIMENSION)) as reading:
            reading.nearest(vector("q"), limit=3)
        assert {name for name, state in files(folder).items() if before[name] != state} == {DATABASE}
    with closing(Vectors(folder, dimension=DIMENSION)) as reading:
        gone = {name for name in NAMES if name.startswith(("article-1:", "article-2:"))}
        assert reading.ids().keys() == set(NAMES) - gone | {"later-1:0", "later-2:0"}


def test_a_closed_folder_can_be_deleted_and_made_again(folder: Path):
    for name in ("a:0", "b:0"):
        with closing(Vectors(folder, dimension=DIMENSION)) as made:
            add(made, [name])
            assert list(made.ids()) == [name]
        shutil.rmtree(folder)


def test_threads_may_search_open_and_close_at_once(folder: Path, tmp_path: Path):
    with closing(Vectors(folder, dimension=DIMENSION)) as made:
        add(made, NAMES)
        made.settle()

    def search(number: int) -> str:
        with closing(Vectors(folder, dimension=DIMENSION)) as opened:
            return opened.nearest(vector(NAMES[number]), limit=1)[0][0]

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(search, range(12))) == NAMES[:12]


def test_what_chroma_refuses_is_one_sentence(vectors: Vectors, folder: Path):
    add(vectors, NAMES)
    with pytest.raises(LibraryError, match=r"vector index failed .*--rebuild") as raised:
        vectors.nearest(np.ones(DIMENSION + 1, np.float32), limit=3)
    assert str(raised.value).startswith(str(folder))
    assert "\n" not in str(raised.value)


def test_a_full_disk_is_told_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object, **__: object) -> None:
        raise RuntimeError("error returned from database: (code: 13) database or disk is full")

    monkeypatch.setattr("chromadb.PersistentClient", full)
    with pytest.raises(LibraryError, match="make room and try again"):
        Vectors(folder, dimension=3)


def test_a_damaged_database_is_one_sentence(folder: Path):
    with closing(Vectors(folder, dimension=DIMENSION)) as made:
        add(made, NAMES)
    (folder / DATABASE).write_bytes(b"no database at all" * 1_000)
    with pytest.raises(LibraryError, match="vector index failed"):
        Vectors(folder, dimension=DIMENSION)


def test_chroma_sends_nothing_home(vectors: Vectors):
    settings = vectors._client.get_settings()
    assert settings.anonymized_telemetry is False
    assert settings.allow_reset is False
    assert "posthog" not in sys.modules


@pytest.mark.parametrize("added", [BATCH + 1, 2 * BATCH + 700])
def test_a_large_new_index_is_written_in_even_parts_and_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch, added: int
):
    monkeypatch.setattr(embedded, "WAITING", 2 * BATCH + 500)
    names = [f"n{number}" for number in range(added)]
    rows = np.random.default_rng(3).normal(size=(added, DIMENSION)).astype(np.float32)
    for expected in (added, added + 1):  # also where fewer come than are expected
        place = folder / str(expected)
        with closing(Vectors(place, dimension=DIMENSION, expected=expected)) as vectors:
            for start in range(0, added, 1_500):
                few = slice(start, start + 1_500)
                vectors.add(names[few], names[few], rows[few])
            vectors.settle()
        before = files(place)
        with closing(Vectors(place, dimension=DIMENSION)) as vectors:
            assert vectors.count() == added
            assert [vectors.nearest(rows[number], limit=1)[0][0] for number in (0, added - 1)] == [names[0], names[-1]]
        assert {name for name, state in files(place).items() if before[name] != state} == {DATABASE}
