"""Claims about libraries of given articles: what is in them, what is embedded again, what is told of the rest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from evals import libraries
from evals.errors import EvalError
from evals.libraries import GivenArticle, given_fingerprint, open_product, stocked_with, temporary, write_articles
from rag.config import Settings, load_settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline

FERRY = GivenArticle(
    id="ferry 1",
    title="Ferry sinks off Orlen",
    text="The ferry to Orlen sank at dawn on Monday. All 31 passengers were taken off by two trawlers.",
    outlet="Harbour Gazette",
    url="https://gazette.example/ferry",
    published_at="2024-03-04",
    author="Ida Moll",
)
BRIDGE = GivenArticle(id="bridge", text="The bridge at Tarn was closed after a crack was found in its third pier.")
STUB = GivenArticle(id="stub", text="A caption.")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(_env_file=None, data_dir=tmp_path / "mine", cache_dir=load_settings().cache_dir)


@pytest.fixture
def product(embedder: Embedder) -> Callable[[Settings], Pipeline]:
    return lambda settings: Pipeline(settings, embedder=embedder)


def test_a_given_article_keeps_its_byline_and_its_own_id_can_be_told(settings, product) -> None:
    with stocked_with([FERRY, BRIDGE], name="made-up", settings=settings, open_pipeline=product) as stock:
        assert stock.given == {article_id: one for one, article_id in stock.held.items()}
        (hit, *_) = stock.pipeline.search("When did the ferry sink?")
        assert stock.given[hit.passage.article_id] == "ferry 1"
        held = stock.pipeline.store.article(stock.held["ferry 1"])
    assert (held.title, held.outlet, held.url) == (FERRY.title, FERRY.outlet, FERRY.url)
    assert (held.published_at, held.author, held.text) == (FERRY.published_at, FERRY.author, FERRY.text)


def test_a_second_run_embeds_nothing(settings, product) -> None:
    seen = []
    for _ in range(2):
        with stocked_with([FERRY, BRIDGE], name="made-up", settings=settings, open_pipeline=product) as stock:
            seen.append((stock.held, stock.details["passages"], stock.details["passages_embedded"]))
            folder = Path(str(stock.details["folder"]))
    assert seen[0] == (seen[1][0], 2, 2) and seen[1][2] == 0
    assert folder.parent == libraries.LIBRARIES and folder.name.startswith("made-up-")
    assert not settings.data_dir.exists()


def test_a_library_that_was_lost_is_made_again(settings, product) -> None:
    for damage in ("ledger.sqlite3", "made-up.json", None):
        with stocked_with([FERRY, BRIDGE], name="made-up", settings=settings, open_pipeline=product) as stock:
            assert set(stock.held) == {"ferry 1", "bridge"} and stock.details["passages"] == 2
            folder = Path(str(stock.details["folder"]))
        if damage == "ledger.sqlite3":
            for path in folder.iterdir():
                if path.name != "made-up.json":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif damage:
            (folder / damage).write_text("{", encoding="utf-8")


def test_a_library_of_ones_own_is_used_where_it_is_named(settings, product, tmp_path: Path) -> None:
    place = tmp_path / "own"
    with stocked_with([BRIDGE], name="made-up", settings=settings, open_pipeline=product, data_dir=place) as stock:
        assert stock.details["folder"] == str(place) and list(stock.held) == ["bridge"]
    assert not libraries.LIBRARIES.exists()


def test_what_the_product_refuses_is_told_by_its_own_id(settings, product) -> None:
    with stocked_with([STUB, BRIDGE], name="made-up", settings=settings, open_pipeline=product) as stock:
        (refused,) = stock.details["refused"]
        assert refused.startswith("stub: It has 10 characters")
        assert list(stock.held) == ["bridge"]


def test_one_text_given_twice_is_held_under_both_ids(settings, product) -> None:
    again = replace(BRIDGE, id="bridge again")
    many = [replace(BRIDGE, id=f"n{number}", text=f"{BRIDGE.text} Day {number}.") for number in range(70)]
    with stocked_with([BRIDGE, *many, again], name="made-up", settings=settings, open_pipeline=product) as stock:
        assert stock.held["bridge"] == stock.held["bridge again"]
        assert stock.given[stock.held["bridge"]] == "bridge"
        assert stock.details["same_as_another"] == ["bridge again"] and stock.details["articles"] == 71


def test_two_texts_from_one_address_are_two_articles(settings, product) -> None:
    other = replace(FERRY, id="ferry 2", text="A second ferry left Orlen on Tuesday with nobody on board but its crew.")
    with temporary([FERRY, other], settings=settings, open_pipeline=product) as stock:
        assert len(set(stock.held.values())) == 2
        urls = [stock.pipeline.store.article(stock.held[one.id]).url for one in (FERRY, other)]
    assert urls == [FERRY.url, None]


def test_ids_that_look_alike_are_kept_apart(settings, product) -> None:
    alike = [replace(BRIDGE, id=name, text=f"{BRIDGE.text} So said {name!r}.") for name in ("a b", "a-b", "none", "ü")]
    with temporary(alike, settings=settings, open_pipeline=product) as stock:
        for one in alike:
            assert stock.pipeline.store.article(stock.held[one.id]).text == one.text


def test_a_temporary_library_holds_its_articles_alone_and_is_deleted(settings, product) -> None:
    with temporary([FERRY], settings=settings, open_pipeline=product):
        pass
    with temporary([BRIDGE], settings=settings, open_pipeline=product) as stock:
        folder = Path(str(stock.details["folder"]))
        assert folder.exists() and list(stock.given.values()) == ["bridge"]
    assert not folder.exists() and not settings.data_dir.exists()


@pytest.mark.parametrize("articles", [[], [STUB]])
def test_nothing_to_take_in_is_an_empty_library_for_one_question(settings, product, articles) -> None:
    with temporary(articles, settings=settings, open_pipeline=product) as stock:
        assert not stock.held and len(stock.details["refused"]) == len(articles)
        assert stock.pipeline.answer("What sank?").reason == "empty_library"


def test_nothing_to_take_in_is_an_error_for_a_whole_suite(settings, product) -> None:
    with (
        pytest.raises(EvalError, match=r"^made-up: no article could be taken in \(stub: It has 10"),
        stocked_with([STUB], name="made-up", settings=settings, open_pipeline=product),
    ):
        pass


def test_two_articles_of_one_id_are_an_error(settings, product) -> None:
    with (
        pytest.raises(EvalError, match="Two articles have the id 'bridge'"),
        temporary([BRIDGE, replace(FERRY, id="bridge")], settings=settings, open_pipeline=product),
    ):
        pass


def test_the_users_limit_on_files_is_not_for_these(settings, product) -> None:
    small = settings.model_copy(update={"max_file_mb": 1})
    long = replace(BRIDGE, id="long", text=f"{BRIDGE.text} " + "\n" * 900_000 + "It was mended.")
    with temporary([long], settings=small, open_pipeline=product) as stock:
        assert list(stock.held) == ["long"]


def test_other_articles_are_another_library() -> None:
    assert given_fingerprint([FERRY]) == given_fingerprint([replace(FERRY)])
    assert len({given_fingerprint(some) for some in ([FERRY], [BRIDGE], [replace(FERRY, outlet=None)], [])}) == 4


def test_articles_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    write_articles(path, [BRIDGE, replace(FERRY, text="half \ud83d of a pair")])
    rows = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    assert rows[0] == {"id": "bridge", "text": BRIDGE.text} and rows[1]["author"] == "Ida Moll"
    assert [found.name for found in tmp_path.iterdir()] == ["articles.jsonl"]
    with pytest.raises(EvalError, match="cannot be written"):
        write_articles(tmp_path / "gone" / "articles.jsonl", [BRIDGE])


def test_libraries_opened_one_after_the_other_share_the_embedding_model(settings) -> None:
    opened = [open_product(settings.model_copy(update={"data_dir": settings.data_dir / name})) for name in "ab"]
    assert opened[0].embedder is opened[1].embedder
    for pipeline in opened:
        pipeline.close()
