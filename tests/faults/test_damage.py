"""Files of a library that are cut, zeroed, changed, lost or another thing: what is seen is right, or people are told.

What is derived is built anew; of the ledger, which is the truth, nothing that is damaged is ever shown.
"""

import fcntl
import logging
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import damaged
import pytest
from damaged import WAYS, copy_of, seen
from made_up import MODEL, article, embedded, generation

from rag.errors import CrosscheckError, LibraryBusyError, LibraryError, NotFoundError
from rag.ledger import Ledger
from rag.store import Store
from rag.store.generations import Generations, writer_lock

Way = Callable[[Path], None]
PARTS = ("chroma", "tantivy", "nearby")
# What SQLite answers out of its own indexes: a letter changed in those is found by a check alone, and mended by a
# rebuild. No text, no byline, no passage and no vector of an answer is among it.
LISTS = {"outlets", "catalogue", "admitted", "holdings", "count", "inputs", "copies", "articles", "nearest within"}


@pytest.fixture(scope="module")
def truth(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    with Store(copy_of(library, tmp_path_factory.mktemp("truth") / "data"), **MODEL) as store:
        return seen(store)


@pytest.fixture
def folder(library: Path, tmp_path: Path) -> Path:
    """A copy of the library, to be spoilt."""
    return copy_of(library, tmp_path / "data")


def one_sentence(error: CrosscheckError) -> bool:
    said = str(error)
    return "\n" not in said and len(said) < 700 and said.endswith(".")


def files_of(library: Path) -> list[str]:
    """The files of both indexes, by their paths in the generation."""
    found = generation(library)
    paths = (path for part in PARTS for path in (found / part).rglob("*") if path.is_file())
    return sorted(str(path.relative_to(found)) for path in paths)


# --- the indexes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_every_file_of_the_indexes_that_is_spoilt_is_noticed(library: Path, tmp_path: Path, way: Way):
    names = files_of(library)
    assert len(names) > 12
    for number, name in enumerate(names):
        copy = copy_of(library, tmp_path / str(number))
        spoilt = generation(copy) / name
        before = spoilt.read_bytes()
        if not before and way not in (damaged.removed, damaged.a_folder):
            continue  # the files of locks are empty
        way(spoilt)
        if spoilt.is_file() and spoilt.read_bytes() == before:
            continue  # some hold nothing but zeros
        noticed = Generations(copy / "index").damage(generation(copy), name.partition("/")[0])
        assert noticed and spoilt.name in noticed, (name, way)


ROTATION = [(number, WAYS[number % len(WAYS)]) for number in range(15)]


@pytest.mark.parametrize(("number", "way"), ROTATION)
def test_a_spoilt_index_is_built_anew_when_it_is_searched(
    folder: Path, truth: dict[Any, Any], number: int, way: Way, caplog: pytest.LogCaptureFixture
):
    names = files_of(folder)
    spoilt = generation(folder) / names[number % len(names)]
    if spoilt.stat().st_size:
        way(spoilt)
    else:
        spoilt.unlink()
    with Store(folder, **MODEL) as store:
        assert seen(store) == truth
        assert store.check() == []


@pytest.mark.parametrize(
    ("name", "way"), [*(("CURRENT", way) for way in WAYS), *(("generation.json", way) for way in WAYS[::3])]
)
def test_what_names_the_indexes_may_be_spoilt_in_any_way(folder: Path, truth: dict[Any, Any], name: str, way: Way):
    spoilt = folder / "index" / name if name == "CURRENT" else generation(folder) / name
    way(spoilt)
    with Store(folder, **MODEL) as store:
        if name == "CURRENT" and way is damaged.a_folder:  # what stands in the way is not deleted
            with pytest.raises(LibraryError, match=r"articles are safe.*CURRENT") as raised:
                store.rebuild()
            assert one_sentence(raised.value)
            spoilt.rmdir()
        found = seen(store, vectors=False)
        assert found == {key: value for key, value in truth.items() if key != "nearest"}


def test_readers_leave_a_published_generation_as_it_is(folder: Path, truth: dict[Any, Any]):
    def content() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in generation(folder).rglob("*") if path.is_file()}

    before = content()
    for _ in range(2):
        with Store(folder, **MODEL) as one, Store(folder, **MODEL) as other:
            assert seen(one) == seen(other) == truth
            assert len(list((folder / "index").glob("reader-*"))) == 2
    assert content() == before
    assert not list((folder / "index").glob("reader-*"))


def test_what_a_reader_that_was_cut_off_left_is_deleted_by_the_next_writer(folder: Path):
    left, used = (folder / "index" / f"reader-{name}" for name in ("left", "used"))
    for view in (left, used):
        (view / "chroma").mkdir(parents=True)
        os.utime(view, (0, 0))
    (folder / "index" / "reader-new").mkdir()
    with Store(folder, **MODEL) as store, writer_lock(folder / "lock"):
        descriptor = os.open(used, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        store.rebuild()
        os.close(descriptor)
    assert not left.exists()
    assert used.exists()
    assert (folder / "index" / "reader-new").exists()


# --- the ledger ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_spoilt_ledger_is_refused_or_answers_right(folder: Path, truth: dict[Any, Any], way: Way):
    way(folder / "ledger.sqlite3")
    found = outcome(folder, truth)
    if isinstance(found, LibraryError):
        assert one_sentence(found)
        assert "ledger" in str(found)
    else:
        assert way in (damaged.grown, damaged.cut_by_a_byte, damaged.with_a_byte_flipped, damaged.zeroed_in_the_middle)
        assert found <= LISTS
        assert not found or faults(folder)


def outcome(folder: Path, truth: dict[Any, Any]) -> set[str] | LibraryError:
    """What is answered otherwise than it should be, or what is said instead of an answer."""
    try:
        with Store(folder, **MODEL) as store:
            found = seen(store, vectors=False)
    except LibraryError as error:
        return error
    except NotFoundError:
        return {"catalogue"}
    return {key if isinstance(key, str) else key[0] for key in found if found[key] != truth[key]}


def faults(folder: Path) -> list[str]:
    """What a check says."""
    try:
        with Store(folder, **MODEL) as store:
            return store.check()
    except LibraryError as error:
        return [str(error)]


def flipped(path: Path, dice: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def test_no_flipped_bit_of_the_ledger_changes_what_is_shown(
    library: Path, truth: dict[Any, Any], tmp_path: Path, long: bool, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.CRITICAL)
    dice = random.Random(8)
    refused = lists = 0
    for number in range(5_000 if long else 100):
        copy = copy_of(library, tmp_path / str(number))
        flipped(copy / "ledger.sqlite3", dice)
        found = outcome(copy, truth)
        if isinstance(found, LibraryError):
            assert one_sentence(found), found
            refused += 1
        elif found:
            lists += 1
            assert found <= LISTS | {"words", "vectors", "revisions"}, (number, found)
            assert faults(copy), (number, found)
        shutil.rmtree(copy, ignore_errors=True)
    assert refused > 2


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("articles.text", "its text"),
        ("articles.title", "its byline"),
        ("articles.published_at", "its byline"),
        ("articles.findings", "its byline"),
        ("articles.revision", "its byline"),
        ("passages.start", "one of its passages"),
        ("passages.ordinal", "one of its passages"),
        ("passages.vectors_start", "one of its passages"),
        ("vectors.sentences", "the vectors of its sentences"),
        ("revisions.text", "its text"),
        ("revisions.title", "an older byline"),
    ],
)
def test_a_changed_value_is_named_with_its_article_which_is_taken_in_again(
    folder: Path, truth: dict[Any, Any], column: str, said: str
):
    table, _, name = column.partition(".")
    of = {"articles": "id = 'noon'", "vectors": "number = (SELECT number FROM articles WHERE id = 'noon')"}
    where = of.get(table, "article_id = 'noon'")
    changed = f"zeroblob(length({name}))" if name in {"text", "sentences"} else f"coalesce({name}, '') || '1'"
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
        connection.execute(f"UPDATE {table} SET {name} = {changed} WHERE {where}")
        connection.commit()
    found = outcome(folder, truth)
    assert isinstance(found, LibraryError)
    assert one_sentence(found)
    assert str(found).startswith(f"The article noon is damaged in the ledger ({said} ")
    with Store(folder, **MODEL) as store:
        assert any("noon" in fault and said in fault for fault in store.check())
        with store.writing() as writer:
            writer.remove("noon")
            writer.put(*embedded(article("By noon all was new. The lighthouse stood.", name="noon", outlet="The Noon")))
        assert store.check() == []
        assert store.article("noon").text == "By noon all was new. The lighthouse stood."


def test_an_index_of_the_ledger_that_is_damaged_is_found_by_a_check_and_mended_by_a_rebuild(folder: Path):
    path = folder / "ledger.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        [(root,)] = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'articles_outlet'").fetchall()
        [(size,)] = connection.execute("PRAGMA page_size").fetchall()
    content = bytearray(path.read_bytes())
    at = content.index(b"The Quay", (root - 1) * size, root * size)
    content[at] ^= 1
    path.write_bytes(content)
    with Store(folder, **MODEL) as store:
        assert any("articles_outlet" in fault for fault in store.check())
        store.rebuild()
        assert store.check() == []
        assert "The Quay" in store.outlets()


# --- the ledger's log ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def interrupted(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library as a writer leaves it who is killed after he has put two articles more."""
    place = tmp_path_factory.mktemp("interrupted")
    working = copy_of(library, place / "working")
    with closing(Ledger(working / "ledger.sqlite3", **MODEL)) as ledger:
        ledger.put(*embedded(article("A first heron came. ", name="heron-1")))
        ledger.put(*embedded(article("A second heron came. ", name="heron-2")))
        return copy_of(working, place / "data")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["ledger.sqlite3-wal", "ledger.sqlite3-shm"])
def test_a_spoilt_log_of_the_ledger_leaves_it_as_it_was_after_some_change(
    interrupted: Path, tmp_path: Path, truth: dict[Any, Any], name: str, way: Way
):
    folder = copy_of(interrupted, tmp_path / "data")
    assert (folder / name).stat().st_size
    way(folder / name)
    found = outcome(folder, truth)
    if isinstance(found, LibraryError):
        assert one_sentence(found)
        assert "ledger.sqlite3" in str(found)
        assert way in (damaged.a_folder, damaged.a_pipe, damaged.a_link_to_nothing, damaged.a_link_to_another)
        return
    assert not found & {"article", "revisions", "older", "copies", "inputs"}  # the rest is of more articles
    with Store(folder, **MODEL) as store:
        herons = {byline.article_id for byline in store.articles() if byline.article_id.startswith("heron")}
        assert herons in (set(), {"heron-1"}, {"heron-1", "heron-2"})
        assert len(herons) == 2 or name.endswith("-wal")
        assert store.check() == []


def test_a_ledger_that_has_lost_its_last_changes_says_so(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    older = (folder / "ledger.sqlite3").read_bytes()
    with Store(folder, **MODEL) as store, store.writing() as writer:
        writer.put(*embedded(article("A heron came.", name="heron")))
    (folder / "ledger.sqlite3").write_bytes(older)
    with Store(folder, **MODEL) as store:
        assert "the last 1 changes that its indexes know are not in it" in caplog.text
        assert store.matching("heron", limit=3) == []
        assert store.check() == []


# --- the writer's lock -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_spoilt_lock_keeps_no_reader_out_and_lets_one_writer_in(folder: Path, way: Way):
    lock = folder / "writer.lock"
    way(lock)
    other = lock.with_name("another")
    with Store(folder, **MODEL) as store:
        assert store.matching("zebra", limit=1)
        if lock.is_symlink() or (lock.exists() and not lock.is_file()):
            with pytest.raises(LibraryError, match="no file that a writer can lock; delete it") as raised:
                store.rebuild()
            assert one_sentence(raised.value)
        else:
            with store.writing(), pytest.raises(LibraryBusyError), store.writing():
                pass
    assert not other.exists() or other.read_bytes() == b"another file"


def test_a_lock_whose_file_was_deleted_meanwhile_is_not_held(folder: Path):
    lock = folder / "writer.lock"

    def holders() -> Iterator[None]:
        with writer_lock(lock):
            yield

    first = holders()
    next(first)
    lock.unlink()
    with writer_lock(lock):  # nobody can tell that there is another, whose transactions are whole all the same
        pass
    first.close()
    with Store(folder, **MODEL) as store:
        assert store.check() == []
