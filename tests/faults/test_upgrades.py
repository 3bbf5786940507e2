"""Libraries of earlier formats, as they are opened: whole, once, and whole also where the upgrade is cut off."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import former
import numpy as np
import pytest
from damaged import copy_of, seen
from made_up import MODEL, embedded

from rag.errors import LibraryError, LibraryModelError
from rag.ledger import FORMAT, Ledger
from rag.store import Store, reembed

# What leads from each format back to the one before it.
BACK: dict[int, tuple[str | Callable[[sqlite3.Connection], None], ...]] = {
    6: (former.fifth_format,),
    5: (
        *(f"ALTER TABLE {table} DROP COLUMN seal" for table in ("articles", "passages", "revisions")),
        *(f"ALTER TABLE {table} DROP COLUMN text_seal" for table in ("articles", "revisions")),
        "ALTER TABLE passages DROP COLUMN sentences_seal",
        "DROP TABLE removed",
        "UPDATE articles SET copies = substr(copies, 1, 16) || 'ffffffff'",
    ),
    4: (
        *(f"DROP TABLE {table}" for table in ("revisions", "inputs", "visits", "bands")),
        "DROP INDEX articles_copies",
        *(
            f"ALTER TABLE articles DROP COLUMN {column}"
            for column in ("modified_at", "language", "dateline", "dateline_day", "origin", "copies", "findings")
        ),
        "ALTER TABLE articles DROP COLUMN defects",
        "DELETE FROM meta WHERE key = 'copies'",
    ),
    3: ("DROP INDEX articles_listed", "ALTER TABLE articles DROP COLUMN words"),
    2: ("ALTER TABLE passages DROP COLUMN sentences",),
}
EARLIER = (5, 4, 3, 2)  # of the first, the vectors of sentences are missing: another embedding model


def taken_back(folder: Path, version: int) -> Path:
    """The same library in an earlier format."""
    with closing(sqlite3.connect(folder / "ledger.sqlite3", isolation_level=None)) as connection:
        for step in range(FORMAT, version, -1):
            for part in BACK[step]:
                if isinstance(part, str):
                    connection.execute(part)
                else:
                    part(connection)
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("VACUUM")
    return folder


def known_to(version: int, found: dict[Any, Any]) -> dict[Any, Any]:
    """What of an answer a library of that format could know."""
    lost = {"inputs", "copies", "articles", "catalogue"} if version < 4 else set()
    kept = {key: value for key, value in found.items() if key not in lost}
    if version > 3:
        return kept
    return {
        key: (value.text, value.title, value.outlet, value.published_at) if key[0] == "article" else value
        for key, value in kept.items()
        if key[0] not in {"revisions", "older", "words"}
    }


@pytest.fixture(scope="module")
def truth(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Any]:
    with Store(copy_of(library, tmp_path_factory.mktemp("truth") / "data"), **MODEL) as store:
        return seen(store, vectors=False)


@pytest.mark.parametrize("version", EARLIER)
def test_a_library_of_an_earlier_format_says_what_it_said(
    library: Path, truth: dict[Any, Any], tmp_path: Path, version: int
):
    folder = taken_back(copy_of(library, tmp_path / "data"), version)
    for _ in range(2):
        with Store(folder, **MODEL) as store:
            assert known_to(version, seen(store, vectors=False)) == known_to(version, truth)
            assert store.check() == []
            assert {byline.article_id for byline in store.with_copies(["quay"])[0]} == {"quay", "mole"}
        for table in ("bands", "vectors"):
            assert rows_of(folder, table) == rows_of(library, table)


def rows_of(folder: Path, table: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


def test_a_library_of_the_first_format_is_embedded_again(library: Path, truth: dict[Any, Any], tmp_path: Path):
    folder = taken_back(copy_of(library, tmp_path / "data"), 1)
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
        connection.execute("UPDATE meta SET value = 'earlier' WHERE key = 'fingerprint'")
        connection.commit()
    with pytest.raises(LibraryModelError, match=r"run `python ingest\.py --rebuild`"):
        Store(folder, **MODEL)
    reembed(folder, **MODEL, embed=lambda made: embedded(made)[1:])
    with Store(folder, **MODEL) as store:
        assert store.check() == []
        assert store.article("dawn").text == truth["article", "dawn"].text


def upgrade_until(folder: Path, statement: int) -> None:
    """Open the ledger in a process that is killed at that statement of its upgrade."""
    import os

    from rag.ledger import database

    left = iter(range(statement))
    run = database.Transaction.run

    def counted(self: Any, said: str, *values: Any) -> int:
        if next(left, None) is None:
            os.kill(os.getpid(), 9)
        return run(self, said, *values)

    database.Transaction.run = counted  # type: ignore[method-assign]
    Ledger(folder / "ledger.sqlite3", **MODEL).close()


@pytest.fixture(scope="module")
def processes() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rag.ledger", "made_up"])
    return context


@pytest.mark.parametrize("version", EARLIER)
def test_an_upgrade_that_is_killed_at_any_statement_is_made_by_the_next_to_open(
    library: Path, truth: dict[Any, Any], tmp_path: Path, processes: Any, version: int, long: bool
):
    earlier = taken_back(copy_of(library, tmp_path / "earlier"), version)
    killed = 0
    for statement in range(0, 60, 1 if long else 11):
        folder = copy_of(earlier, tmp_path / str(statement))
        process = processes.Process(target=upgrade_until, args=(folder, statement))
        process.start()
        process.join()
        if process.exitcode == 0:
            break
        killed += 1
        with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
            assert connection.execute("PRAGMA user_version").fetchone()[0] in (version, FORMAT)
        with Store(folder, **MODEL) as store:
            assert known_to(version, seen(store, vectors=False)) == known_to(version, truth)
            assert store.check() == []
    assert killed > 1


def test_an_upgrade_for_which_there_is_no_room_changes_nothing(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from rag.ledger import database

    folder = taken_back(copy_of(library, tmp_path / "data"), 4)
    before = (folder / "ledger.sqlite3").read_bytes()
    run = database.Transaction.run

    def refused(self: Any, said: str, *values: Any) -> int:
        if said.startswith("UPDATE passages"):
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return run(self, said, *values)

    with monkeypatch.context() as patched:
        patched.setattr(database.Transaction, "run", refused)
        with pytest.raises(LibraryError, match="make room on the disk"):
            Store(folder, **MODEL)
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    assert len(before)
    with Store(folder, **MODEL) as store:
        assert store.check() == []


def test_a_library_of_a_later_format_is_refused_and_left_alone(library: Path, tmp_path: Path):
    folder = copy_of(library, tmp_path / "data")
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    before = (folder / "ledger.sqlite3").read_bytes()
    with pytest.raises(LibraryError, match="update Crosscheck"):
        Store(folder, **MODEL)
    assert (folder / "ledger.sqlite3").read_bytes() == before


# --- another embedding model -----------------------------------------------------------------------------------------


def test_another_embedding_model_is_refused_and_named_and_changes_nothing(
    library: Path, truth: dict[Any, Any], tmp_path: Path
):
    folder = copy_of(library, tmp_path / "data")
    for other in ({"fingerprint": "other", "dimension": 8}, {"fingerprint": "made-up-64", "dimension": 3}):
        with pytest.raises(LibraryModelError, match=r"made-up-64.*--rebuild"):
            Store(folder, **other)
    with Store(folder, **MODEL) as store:
        assert seen(store, vectors=False) == truth


def test_a_process_that_knows_the_former_embedding_model_stops_using_the_library(library: Path, tmp_path: Path):
    folder = copy_of(library, tmp_path / "data")

    def embed(made: Any) -> Any:
        passages = embedded(made)[1]
        vectors = np.ones((len(passages), 3), np.float32)
        return passages, np.split(vectors, len(passages))

    with Store(folder, **MODEL) as store:
        assert store.matching("zebra", limit=1)
        reembed(folder, fingerprint="other", dimension=3, embed=embed)
        with pytest.raises(LibraryModelError, match="--rebuild"):
            store.matching("zebra", limit=1)
        with pytest.raises(LibraryModelError, match="--rebuild"), store.writing():
            pass
