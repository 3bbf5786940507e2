"""The whole product with its vectors on a Chroma server: what people are told while that is away, and what is kept."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from chroma_proxy import Hybrid
from chroma_server import ChromaServer, shared_server  # noqa: F401 - a fixture
from fastapi.testclient import TestClient
from pydantic import SecretStr

import ingest
from rag import cli, doctor
from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline
from rag.types import BY_WORDS_ALONE
from rag.vectors import Server

ASKED = "How many ferries sail to Velmora?"
NOTE = "Nine ferries sail to Velmora each day, the harbour office said. Two of them carry no cars."
LATER = "A tenth ferry to Velmora was ordered on Friday, said the harbour office."


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.pipeline.Server", partial(Server, limits=(5.0, 20.0), pause=0.05))
    monkeypatch.setattr("rag.store.WAIT", 0.0)


@pytest.fixture
def chroma(shared_server: ChromaServer) -> Iterator[ChromaServer]:  # noqa: F811
    yield shared_server
    shared_server.recover()


@pytest.fixture
def settings(tmp_path: Path, chroma: ChromaServer) -> Settings:
    quiet = Settings(_env_file=None, openai_api_key=None, openai_base_url=None, chroma_url=chroma.url)
    return quiet.model_copy(update={"data_dir": tmp_path / "data", "cache_dir": quiet.cache_dir.expanduser()})


@pytest.fixture
def pipeline(settings: Settings, embedder: Embedder, tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(settings, embedder=embedder) as opened:
        (tmp_path / "note.txt").write_text(NOTE, "utf-8")
        opened.ingest([tmp_path / "note.txt"])
        yield opened


def test_a_question_is_answered_by_words_alone_and_says_so_until_the_server_is_back(
    pipeline: Pipeline, chroma: ChromaServer
):
    whole = pipeline.answer(ASKED)
    assert whole.notice is None and "Nine ferries" in whole.text
    assert len(pipeline.store.server.collection(pipeline.store._served._own().writing).ids()) == 1
    pipeline._searched.cache_clear()
    chroma.kill()
    for _ in range(2):
        steps = list(pipeline.stream(ASKED))
        assert {step.notice for step in steps} == {BY_WORDS_ALONE}
        assert steps[-1].citations == whole.citations
    api = TestClient(create_app(pipeline), base_url="http://127.0.0.1:7860")
    index = {"change": 1, "published": 1, "behind": 0}
    ready = {"status": "ready", "read_only": False, "index": index}
    assert api.get("/readyz").json() == {**ready, "notices": [BY_WORDS_ALONE]}
    assert api.post("/ask", json={"question": ASKED}).json()["notice"] == BY_WORDS_ALONE
    assert pipeline.coverage("ferries to Velmora").outlets
    chroma.start()
    while pipeline.store.server_is_away():
        pass
    assert pipeline.answer(ASKED).notice is None
    assert api.get("/readyz").json() == {**ready, "index": {**index, "vectors": 1}}


def test_the_settings_say_where_with_what_token_and_whether_words_go_there(
    settings: Settings, chroma: ChromaServer, embedder: Embedder, tmp_path: Path
):
    (tmp_path / "note.txt").write_text(NOTE, "utf-8")
    with Hybrid(chroma.port) as hybrid:
        told = {"chroma_url": hybrid.url, "chroma_token": SecretStr("not-to-be-told-1234"), "chroma_sparse": True}
        with Pipeline(settings.model_copy(update=told), embedder=embedder) as pipeline:
            pipeline.ingest([tmp_path / "note.txt"])
            answer = pipeline.answer(ASKED)
        assert answer.notice is None and "Nine ferries" in answer.text
        assert hybrid.searches() and len(hybrid.rows()) == 1
        assert {heard.headers["X-Chroma-Token"] for heard in hybrid.heard} == {"not-to-be-told-1234"}
        elsewhere = settings.model_copy(
            update={"chroma_url": hybrid.url, "chroma_tenant": "news", "chroma_database": "later"}
        )
        with Pipeline(elsewhere, embedder=embedder) as pipeline:
            assert pipeline.store.server.collection("crosscheck-a") is None
        assert hybrid.heard[-1].path == "/api/v2/tenants/news/databases/later/collections/crosscheck-a"


def test_what_was_remembered_is_still_whole_while_the_server_is_away(pipeline: Pipeline, chroma: ChromaServer):
    whole = pipeline.answer(ASKED)
    chroma.kill()
    assert pipeline.answer(ASKED).notice is None
    assert pipeline.answer(ASKED).citations == whole.citations


def test_the_commands_say_what_is_away_and_lose_nothing(
    pipeline: Pipeline,
    settings: Settings,
    chroma: ChromaServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("CHROMA_URL", chroma.url)
    monkeypatch.setenv("CHROMA_TOKEN", "not-to-be-told-1234")
    place = ["--data-dir", str(settings.data_dir)]
    (tmp_path / "later.txt").write_text(LATER, "utf-8")
    assert ingest.main(["--check", *place]) == 0
    assert lines(settings)["vectors"].status == "ok"
    chroma.kill()
    assert ingest.main([str(tmp_path / "later.txt"), *place]) == 1
    told = capsys.readouterr().err
    assert "the articles are safe, and are searched once" in told and "Traceback" not in told
    assert cli.main(["ask", ASKED, *place]) == 0
    told = capsys.readouterr()
    assert BY_WORDS_ALONE in told.err and "Nine ferries" in told.out
    assert ingest.main(["--check", *place]) == 1
    assert "cannot be used" in capsys.readouterr().err
    found = lines(settings)["vectors"]
    assert found.status == "wrong" and chroma.url in found.says
    assert not any("not-to-be-told" in f"{one.says} {one.advice}" for one in lines(settings).values())
    chroma.start()
    assert ingest.main([str(tmp_path / "later.txt"), *place]) == 0  # it is there already, and is published now
    assert "1 unchanged" in capsys.readouterr().out
    assert ingest.main(["--check", *place]) == 0
    assert cli.main(["ask", "When was a tenth ferry ordered?", *place]) == 0
    assert "A tenth ferry" in capsys.readouterr().out
    assert ingest.main(["--rebuild", *place]) == 0
    assert ingest.main(["--check", *place]) == 0


def lines(settings: Settings) -> dict[str, doctor.Finding]:
    return {one.check: one for one in doctor.examine(data_dir=settings.data_dir) if one.topic == "Library"}


def test_an_address_that_cannot_be_meant_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CHROMA_URL", "localhost:8000")
    assert ingest.main(["--list", "--data-dir", str(tmp_path / "data")]) == 1
    assert capsys.readouterr().err == "CHROMA_URL is not an address: write one like http://127.0.0.1:8000.\n"
    assert not (tmp_path / "data").exists()
