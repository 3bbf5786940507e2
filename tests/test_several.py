"""Several servers of one library: each only reads, a real proxy stands before them, and one of them is killed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from served import ROOT, started

from rag.api import create_app
from rag.api.guard import READ_ONLY
from rag.articles import Text
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryError
from rag.pipeline import Pipeline

STORM = "The storm sank 12 boats at Osterby on Monday. It broke the old quay. Greta Holm promised new boats."
FAIR = "The fair of Lindholm opened on Friday with 40 stalls. Bakers sold rye bread until the evening."
QUESTION = {"question": "How many boats sank at Osterby?"}
READERS = 4

needs_haproxy = pytest.mark.skipif(shutil.which("haproxy") is None, reason="needs haproxy")


def story(text: str, title: str) -> Text:
    return Text(text=text, title=title, outlet="Harbour Post", published_at="2021-05-03")


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder) -> Path:
    with Pipeline(Settings(_env_file=None, data_dir=tmp_path / "data"), embedder=embedder) as pipeline:
        pipeline.ingest([story(STORM, "Storm over Osterby")])
    return tmp_path / "data"


@contextmanager
def reading(library: Path, embedder: Embedder, **more: str) -> Iterator[Pipeline]:
    settings = Settings(_env_file=None, data_dir=library, read_only=True, **more)
    with Pipeline(settings, embedder=embedder) as pipeline:
        yield pipeline


def kept(library: Path) -> dict[str, bytes]:
    """What is in the library's folder, but for what SQLite keeps beside a file that is open."""
    paths = (path for path in library.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal")))
    return {str(path.relative_to(library)): path.read_bytes() for path in paths if "reader-" not in str(path)}


def test_who_only_reads_answers_and_changes_nothing(library: Path, embedder: Embedder, tmp_path: Path):
    before = kept(library)
    with reading(library, embedder) as pipeline:
        assert "12 boats" in pipeline.answer(QUESTION["question"]).text
        note = tmp_path / "note.txt"
        note.write_text(FAIR)
        for change in (
            lambda: pipeline.ingest([note]),
            lambda: pipeline.remove(pipeline.store.articles()[0].article_id),
            pipeline.store.rebuild,
        ):
            with pytest.raises(LibraryError, match="READ_ONLY is set here; write to the library where it is not"):
                change()
    assert kept(library) == before


def test_what_another_process_puts_is_found_by_who_only_reads(library: Path, embedder: Embedder):
    with reading(library, embedder) as reader:
        assert reader.store.count().articles == 1
        with Pipeline(Settings(_env_file=None, data_dir=library), embedder=embedder) as writer:
            writer.ingest([story(FAIR, "Fair at Lindholm")])
            assert "40 stalls" in reader.answer("How many stalls did the fair of Lindholm have?").text
            writer.remove(next(one.article_id for one in writer.store.articles() if one.title == "Fair at Lindholm"))
        assert not reader.store.matching("fair", limit=1)


def test_who_only_reads_makes_no_library(tmp_path: Path, embedder: Embedder):
    with pytest.raises(LibraryError, match="there is no library here"), reading(tmp_path / "none", embedder):
        pass
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("keys", ["", "reads-and-no-more-00, writes-as-well-0000:write"])
def test_nobody_writes_by_the_api_of_who_only_reads(library: Path, embedder: Embedder, keys: str):
    before = kept(library)
    with reading(library, embedder, api_keys=keys) as pipeline:
        api = TestClient(create_app(pipeline), base_url="http://127.0.0.1:7860")
        if keys:
            api.headers["Authorization"] = "Bearer writes-as-well-0000"
        article = pipeline.store.articles()[0].article_id
        for method, path in (
            ("POST", "/articles"),
            ("DELETE", f"/articles/{article}"),
            ("POST", "/feedback"),
            ("POST", "/gradio_api/upload"),
        ):
            refused = api.request(method, path, json=None if method == "DELETE" else {})
            assert (refused.status_code, refused.json()["detail"]) == (403, READ_ONLY), path
        assert api.post("/ask", json=QUESTION).json()["citations"]
        assert api.get("/readyz").json() == {"status": "ready", "read_only": True}
    assert kept(library) == before


def test_how_far_the_indexes_are_behind_is_told(library: Path, embedder: Embedder):
    with Pipeline(Settings(_env_file=None, data_dir=library), embedder=embedder) as pipeline:
        with pipeline.store.writing():
            pipeline.store._ledger.remove(pipeline.store.articles()[0].article_id)
            with reading(library, embedder) as reader:
                api = TestClient(create_app(reader), base_url="http://127.0.0.1:7860")
                assert api.get("/readyz").json() == {"status": "ready", "behind": 1, "read_only": True}
        assert pipeline.store.behind() == 0


# --- three of them ---------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def proxied(addresses: list[str]) -> Iterator[str]:
    """The address of a haproxy before three servers, by the very file that is shipped."""
    bound = f"127.0.0.1:{free_port()}"
    servers = dict(
        zip(("ONE", "TWO", "THREE"), (address.removeprefix("http://") for address in addresses), strict=True)
    )
    command = ["haproxy", "-db", "-f", str(ROOT / "docs" / "haproxy.cfg")]
    process = subprocess.Popen(command, env=os.environ | servers | {"BIND": bound}, stderr=subprocess.DEVNULL)
    try:
        while True:
            assert process.poll() is None, "haproxy ended"
            try:
                if httpx.get(f"http://{bound}/readyz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                pass
        yield f"http://{bound}"
    finally:
        process.terminate()
        process.wait()


@needs_haproxy
@pytest.mark.timeout(300)
def test_one_of_three_is_killed_under_load_and_no_request_fails(library: Path):
    with ExitStack() as servers:
        three = [
            servers.enter_context(started("--read-only", folder=library.parent, LOG_LEVEL="error")) for _ in range(3)
        ]
        addresses = [address for _, address in three]
        alone = [httpx.post(f"{address}/ask", json=QUESTION, timeout=60).json() for address in addresses]
        assert all("12 boats" in one["text"] for one in alone)
        proxy = servers.enter_context(proxied(addresses))
        failed: list[str] = []
        answered: list[str] = []
        killed, enough = threading.Event(), threading.Event()

        def read() -> None:
            while not enough.is_set():
                try:  # a connection of its own each time, as of another reader
                    reply = httpx.post(f"{proxy}/ask", json=QUESTION, timeout=60)
                    found = httpx.get(f"{proxy}/search", params={"query": "boats"}, timeout=60)
                    if {reply.status_code, found.status_code} != {200}:
                        failed.append(f"{reply.status_code} {found.status_code} {reply.text[:200]}")
                    elif killed.is_set():
                        answered.append(reply.json()["text"])
                except httpx.TransportError as error:
                    failed.append(repr(error))
                if len(answered) >= 12 * READERS or failed:
                    enough.set()

        readers = [threading.Thread(target=read) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        three[1][0].kill()
        killed.set()
        for reader in readers:
            reader.join(120)
        assert failed == []
        assert set(answered) == {alone[0]["text"]}
