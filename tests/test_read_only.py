"""A server that only reads: nothing is written into the library's folder, and what others write there is seen."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_pipeline import FakePipeline
from fastapi.testclient import TestClient
from made_up import MODEL, TEXTS, article, embedded, vector

from rag import pipeline as pipelines
from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryBusyError, LibraryError
from rag.pipeline import Pipeline
from rag.store import Store

ADDRESS = "http://127.0.0.1:7860"
WRITER = {"Authorization": "Bearer a-key-that-may-write"}


def put(folder: Path, *names: str) -> None:
    with Store(folder, **MODEL) as store, store.writing() as writer:
        for name in names:
            writer.put(*embedded(article(TEXTS[name], name=name)))


def found(store: Store) -> set[str]:
    """The articles that a search for each of the texts finds first, by words and by vectors."""
    by_words = {
        match.passage_id.partition(":")[0] for text in TEXTS.values() for match in store.matching(text, limit=3)
    }
    near = {name.partition(":")[0] for name, _ in store.nearest(vector("q"), limit=50)}
    assert by_words == near
    return near


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Every name under a folder, with size and time."""
    paths = [folder, *folder.rglob("*")]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put(tmp_path / "data", "dawn", "noon")
    return tmp_path / "data"


@pytest.fixture
def reader(folder: Path) -> Iterator[Store]:
    with Store(folder, **MODEL, read_only=True) as store:
        yield store


def test_nothing_is_written_while_all_is_read(folder: Path):
    before = state(folder)
    with Store(folder, **MODEL, read_only=True) as store:
        assert found(store) == {"dawn", "noon"}
        assert store.check() == [] and store.article("dawn").text == TEXTS["dawn"]
        assert (store.lag().change, store.lag().indexes, store.lag().behind) == (2, 2, 0)
        store.settle()
        assert state(folder) == before
    assert state(folder) == before


def test_what_would_change_it_is_refused_in_a_sentence(reader: Store, folder: Path, tmp_path: Path):
    before = state(folder)
    with pytest.raises(LibraryError, match="only read here"), reader.writing():
        pass
    with pytest.raises(LibraryError, match="only read here"):
        reader.rebuild()
    settings = Settings(_env_file=None, data_dir=folder, read_only=True)
    with pytest.raises(LibraryError, match="only read here"):
        pipelines.take_in(settings, tmp_path / "file")
    assert state(folder) == before


def test_where_there_is_none_none_is_made(tmp_path: Path):
    with pytest.raises(LibraryError, match="there is no library here"):
        Store(tmp_path / "nothing", **MODEL, read_only=True)
    assert not (tmp_path / "nothing").exists()


def test_what_a_writer_does_meanwhile_is_seen_and_again_once_it_has_left(reader: Store, folder: Path):
    assert found(reader) == {"dawn", "noon"}
    with Store(folder, **MODEL) as store:
        with store.writing() as writer:
            writer.put(*embedded(article(TEXTS["dusk"], name="dusk")))
            assert reader.count().articles == 3
            assert reader.lag().behind == 1 and found(reader) == {"dawn", "noon"}
        assert found(reader) == {"dawn", "noon", "dusk"} and reader.lag().behind == 0
    with Store(folder, **MODEL) as store, store.writing() as writer:
        writer.remove("dawn")
    assert found(reader) == {"noon", "dusk"} and reader.lag().behind == 0


def test_a_file_that_changes_while_it_is_read_is_read_again(reader: Store, folder: Path):
    ledger = folder / "ledger.sqlite3"
    with pytest.raises(LibraryBusyError, match="ask again"), reader._ledger._database.reading():
        os.utime(ledger, ns=(1, 1))  # as if a writer had come and gone
    assert found(reader) == {"dawn", "noon"}


def test_many_read_while_one_writes_and_none_sees_half(reader: Store, folder: Path):
    failures: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                names = {match.passage_id.partition(":")[0] for match in reader.matching("zebra marmalade", limit=9)}
                if not names <= {"dawn", "dusk"} or "dawn" not in names:
                    failures.append(names)
            except LibraryBusyError:
                pass  # told to ask again
            except LibraryError as error:
                failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        put(folder, "dusk")
        with Store(folder, **MODEL) as store, store.writing() as writer:
            writer.remove("dusk")
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert found(reader) == {"dawn", "noon"}


def test_a_ledger_whose_writer_was_cut_off_is_read_where_its_log_can_be(folder: Path):
    log = folder / "ledger.sqlite3-wal"
    log.write_bytes(b"x" * 100)
    with pytest.raises(LibraryError, match="open it once where it can be written to"):
        Store(folder, **MODEL, read_only=True)
    log.write_bytes(b"")
    with Store(folder, **MODEL, read_only=True) as store:
        assert found(store) == {"dawn", "noon"}


# --- the server ------------------------------------------------------------------------------------------------------


def server(*, keys: str | None = None, read_only: bool = True) -> TestClient:
    settings = Settings(_env_file=None, read_only=read_only, api_keys=keys, mcp_changes=True)
    return TestClient(create_app(FakePipeline(settings=settings)), base_url=ADDRESS)


CHANGES = (
    ("POST", "/articles", {"json": {"text": "A text."}}),
    ("POST", "/articles/file", {"files": {"files": ("a.txt", b"A text.")}}),
    ("DELETE", "/articles/ferry-prices", {}),
    ("POST", "/feedback", {"json": {"question": "Who?", "verdict": "right"}}),
    ("POST", "/gradio_api/upload", {"files": {"files": ("a.txt", b"A text.")}}),
)


@pytest.mark.parametrize(("method", "path", "sent"), CHANGES)
@pytest.mark.parametrize("keys", [None, "a-key-that-may-write:write"])
def test_a_request_that_would_write_is_told_to_go_elsewhere(method: str, path: str, sent: dict, keys: str | None):
    refused = server(keys=keys).request(method, path, headers=WRITER if keys else {}, **sent)
    assert refused.status_code == 403
    assert "only reads the library" in refused.json()["detail"]


def test_a_stranger_is_asked_for_a_key_first():
    assert server(keys="a-key-that-may-write:write").post("/articles", json={"text": "A text."}).status_code == 401


def test_no_writing_is_described_or_offered():
    told, all_told = (server(read_only=only).get("/openapi.json").json()["paths"] for only in (True, False))
    written = {(path, method) for path, routes in all_told.items() for method in routes} - {
        (path, method) for path, routes in told.items() for method in routes
    }
    assert written == {
        ("/articles", "post"),
        ("/articles/file", "post"),
        ("/articles/{article_id}", "delete"),
        ("/feedback", "post"),
        ("/feedback", "get"),
    }


def test_what_reads_is_answered_and_readyz_says_that_it_only_reads():
    api = server()
    assert api.get("/articles").status_code == api.get("/search", params={"query": "bridge"}).status_code == 200
    assert api.post("/ask", json={"question": "How long was the bridge shut?"}).status_code == 200
    api = server(keys="a-key-that-may-write:write")
    assert api.get("/healthz", headers=WRITER).json()["articles"] == 3


def test_python_programs_take_nothing_in_and_leave_no_trace(tmp_path: Path, embedder: Embedder):
    text = tmp_path / "one.txt"
    text.write_text("The harbour bridge at Ostwick opened again on Friday. It had been shut for fourteen months.")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    with Pipeline(settings, embedder=embedder) as pipeline:
        pipeline.ingest([text])
    before = state(settings.data_dir)
    with Pipeline(settings.model_copy(update={"read_only": True}), embedder=embedder) as pipeline:
        answer = pipeline.answer("When did the harbour bridge at Ostwick open again?")
        assert answer.citations[0].quote.startswith("The harbour bridge at Ostwick")
        with pytest.raises(LibraryError, match="only read here"):
            pipeline.ingest([text])
        with pytest.raises(LibraryError, match="only read here"):
            pipeline.remove(answer.citations[0].article_id)
    assert state(settings.data_dir) == before
