"""Articles taken in by their address, through the pipeline and through the command, from a server on loopback."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from model_server import answers
from page_server import PageServer, moved, page

import ingest
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryBusyError, NotFoundError, UsageError
from rag.fetch import Client, Limits
from rag.pipeline import Pipeline

STORM = "The harbour of Velmora was closed on Monday after a storm broke two of its cranes."
OPENED = "The harbour of Velmora was opened again on Friday, and both of its cranes are mended."
FERRY = "The ferry to the islands of Velmora sails again on Saturday, its captain said."
HEAD = '<meta property="og:site_name" content="The Tern"><title>Storm closes harbour</title>'
here = Client(allow_private=True, limits=Limits(max_bytes=100_000, seconds=5, delay=0)).get


@pytest.fixture
def server() -> Iterator[PageServer]:
    pages = {"/storm": page(STORM, head=HEAD), "/ferry": answers(FERRY, kind="text/plain"), "/old": moved("/storm")}
    with PageServer(pages) as server:
        yield server


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder(quiet().cache_dir.expanduser(), 0)


def quiet() -> Settings:
    return Settings(_env_file=None, openai_api_key=None, openai_base_url=None)


@pytest.fixture
def pipeline(tmp_path: Path, embedder: Embedder) -> Iterator[Pipeline]:
    settings = quiet().model_copy(update={"data_dir": tmp_path / "library"})
    with Pipeline(settings, embedder=embedder, fetcher=here) as pipeline:
        yield pipeline


def test_files_and_addresses_go_in_together_and_what_is_wrong_stops_nothing(
    pipeline: Pipeline, server: PageServer, tmp_path: Path
):
    file = tmp_path / "ferry.txt"
    file.write_text(FERRY)
    seen: list[tuple[int, int, str]] = []
    sources = [
        tmp_path / "missing.txt",
        f"{server.base_url}/none",
        file,
        "https://user@news.example/",
        f"{server.base_url}/storm#top",
    ]
    report = pipeline.ingest(sources, progress=lambda *step: seen.append(step))
    assert len(report.added) == 2
    reasons = {refusal.source: refusal.reason for refusal in report.refused}
    assert "does not exist" in reasons[str(sources[0])]
    assert "404" in reasons[str(sources[1])]
    assert "user name" in reasons[str(sources[3])]
    assert seen == [(0, 4, sources[1]), (1, 4, "ferry.txt"), (2, 4, sources[3]), (3, 4, sources[4]), (4, 4, "")]


def test_an_article_from_the_web_is_answered_from_and_says_where_it_is(pipeline: Pipeline, server: PageServer):
    pipeline.ingest([f"{server.base_url}/old"])
    (byline,) = pipeline.store.articles()
    assert (byline.outlet, byline.title, byline.url) == ("The Tern", "Storm closes harbour", f"{server.base_url}/storm")
    answer = pipeline.answer("Why was the harbour of Velmora closed?")
    assert "storm broke two of its cranes" in answer.text


def test_a_page_that_changed_replaces_its_article_and_one_that_did_not_is_left(pipeline: Pipeline, server: PageServer):
    url = f"{server.base_url}/storm"
    (name,) = pipeline.ingest([url]).added
    assert pipeline.ingest([url]).unchanged == (name,)
    assert pipeline.ingest([f"{server.base_url}/old"]).unchanged == (name,)
    server.pages["/storm"] = page(OPENED, head=HEAD)
    assert pipeline.ingest([url]).changed == (name,)
    assert pipeline.store.count().articles == 1


def test_the_limit_on_files_is_the_limit_on_pages(tmp_path: Path, embedder: Embedder):
    settings = quiet().model_copy(update={"data_dir": tmp_path / "library", "max_file_mb": 3})
    with Pipeline(settings, embedder=embedder) as pipeline:
        assert pipeline._client._limits == Limits(max_bytes=3_000_000)


def test_without_a_word_nothing_in_a_private_network_is_fetched(tmp_path: Path, server: PageServer, embedder: Embedder):
    settings = quiet().model_copy(update={"data_dir": tmp_path / "library"})
    with Pipeline(settings, embedder=embedder) as pipeline:
        report = pipeline.ingest([f"{server.base_url}/storm", "http://127.0.0.1/", "http://localhost/"])
    assert len(report.refused) == 3 and server.requests == []


def test_nothing_named_is_a_wrong_request_and_only_wrong_sources_touch_nothing(pipeline: Pipeline, tmp_path: Path):
    with pytest.raises(UsageError):
        pipeline.ingest([])
    with pipeline.store.writing():
        assert len(pipeline.ingest([tmp_path / "missing"]).refused) == 1


def test_an_article_is_removed_and_an_unknown_one_is_said(pipeline: Pipeline, server: PageServer):
    storm, ferry = pipeline.ingest([f"{server.base_url}/storm", f"{server.base_url}/ferry"]).added
    pipeline.remove(storm)
    assert [byline.article_id for byline in pipeline.store.articles()] == [ferry]
    assert "storm" not in " ".join(hit.passage.text for hit in pipeline.search("storm in the harbour of Velmora"))
    assert pipeline.store.check() == []
    with pytest.raises(NotFoundError):
        pipeline.remove(storm)
    with pipeline.store.writing(), pytest.raises(LibraryBusyError):
        pipeline.remove(ferry)


# --- the command


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **options: object) -> tuple[int, str, str]:
        status = ingest.main([*arguments, "--data-dir", str(tmp_path / "library")], **options)
        return status, *capsys.readouterr()

    return run


def test_the_command_takes_addresses(run: Callable[..., tuple], server: PageServer, tmp_path: Path):
    (tmp_path / "ferry.txt").write_text(FERRY)
    urls = [f"{server.base_url}/storm", f"{server.base_url}/none", f"{server.base_url}/ferry"]
    status, out, err = run(*urls, "ferry.txt", fetcher=here)
    assert (status, err) == (0, "")
    assert out.startswith("Articles: 3 added, 0 changed, 0 unchanged, 1 refused; ")
    assert f"  refused: {urls[1]}: There is no page at the address (HTTP 404); check it.\n" in out
    listed = json.loads(run("--list", "--json")[1])["articles"]
    assert {"The Tern", None} == {article["outlet"] for article in listed}


@pytest.mark.parametrize("url", ["http://127.0.0.1:7860/", "http://169.254.169.254/latest", "HTTPS://localhost"])
def test_the_command_refuses_private_addresses_in_one_sentence(run: Callable[..., tuple], url: str):
    status, out, err = run(url)
    assert status == 1
    assert err.startswith(f"{url}: ") and err.endswith(".\n") and err.count("\n") == 1
    assert "1 refused" in out
