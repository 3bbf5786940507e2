"""Articles that are given as text: what they become, what is refused, and that none is there twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from rag import articles
from rag.articles import Text
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline
from rag.types import Article, Refusal

BODY = "The harbour bridge at Ostwick opened again on Friday. It had been shut for fourteen months."
GIVEN = Text(text=BODY, title="Ostwick bridge reopens", outlet="Harbour Gazette", published_at="29 November 2024")


def read(given: Text, *, max_bytes: int = 10_000) -> Article:
    found = articles.read_given(given, max_bytes=max_bytes)
    assert isinstance(found, Article)
    return found


def refused(given: Text, *, max_bytes: int = 10_000) -> Refusal:
    found = articles.read_given(given, max_bytes=max_bytes)
    assert isinstance(found, Refusal)
    return found


def test_a_text_becomes_an_article_with_its_byline():
    article = read(replace(GIVEN, author="A. Writer", url="https://www.gazette.example/ostwick"))
    assert (article.text, article.title, article.outlet) == (BODY, "Ostwick bridge reopens", "Harbour Gazette")
    assert (article.author, article.published_at) == ("A. Writer", "2024-11-29")
    assert (article.url, article.source) == ("https://www.gazette.example/ostwick",) * 2
    assert article.id == "gazette.example-ostwick"


def test_what_is_not_said_stays_unknown_and_the_text_is_its_name():
    article = read(Text(text=f"  {BODY}\r\n\r\n"))
    assert article.title is article.outlet is article.url is article.author is article.published_at is None
    assert article.source.startswith("text:") and article.id.startswith("text-")
    assert read(GIVEN).source == article.source  # the same text, whoever is said to have published it
    assert read(Text(text=BODY + " Ferries go.")).source != article.source


def test_markup_and_what_cannot_be_seen_are_taken_out():
    article = read(Text(text=f"<p>{BODY}</p><script>steal()</script>\u200b\ud800", title="<b>Ostwick</b>\0\n bridge"))
    assert (article.text, article.title) == (BODY, "Ostwick bridge")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Text(text=""), "no text"),
        (Text(text="\ud800\0\u200b"), "characters of text"),
        (Text(text="Too short"), "whole article"),
        (replace(GIVEN, published_at="yesterday"), "published_at: 'yesterday' is no full date"),
        (replace(GIVEN, published_at="01/02/2024"), "published_at"),
        (replace(GIVEN, published_at="9999-12-31"), "one to come"),
        (replace(GIVEN, published_at="x" * 9_000), "published_at"),
        (replace(GIVEN, url="javascript:alert(1)"), "url: 'javascript:alert(1)' is no web address"),
        (replace(GIVEN, url="/etc/passwd"), "no web address"),
        (replace(GIVEN, url="https://["), "no web address"),
        (replace(GIVEN, url=""), "no web address"),
    ],
)
def test_what_cannot_be_one_is_refused_with_a_sentence(given: Text, said: str):
    refusal = refused(given)
    assert said in refusal.reason and refusal.reason.endswith(".") and len(refusal.reason) < 300
    assert refusal.source == (given.title or "text")


def test_a_text_that_is_too_large_is_not_looked_at():
    assert "above the limit" in refused(Text(text="é" * 600), max_bytes=1_000).reason


def test_a_name_that_is_shown_is_short_and_plain():
    assert refused(Text(text="", title="a\x1b[2J\n" + "b" * 900)).source == "a\\x1b[2J " + "b" * 54


@pytest.fixture
def pipeline(tmp_path: Path, embedder: Embedder):
    with Pipeline(Settings(_env_file=None, data_dir=tmp_path / "data"), embedder=embedder) as opened:
        yield opened


def test_the_same_text_twice_is_one_article_and_a_new_byline_replaces_the_old(pipeline: Pipeline):
    (name,) = pipeline.ingest([GIVEN]).added
    assert pipeline.ingest([GIVEN, GIVEN]).unchanged == (name,)
    assert pipeline.ingest([replace(GIVEN, outlet="Quay Post")]).changed == (name,)
    assert [one.outlet for one in pipeline.store.articles()] == ["Quay Post"]
    assert [hit.passage.article_id for hit in pipeline.search("When did the bridge open?")] == [name]


def test_an_address_says_which_article_it_is(pipeline: Pipeline):
    first = replace(GIVEN, url="https://gazette.example/ostwick")
    (name,) = pipeline.ingest([first]).added
    later = replace(first, text=BODY + " Repairs had taken twice as long as was planned.")
    assert pipeline.ingest([later]).changed == (name,)
    assert pipeline.store.article(name).text == later.text
    assert pipeline.store.count().articles == 1


def test_texts_go_in_beside_files_and_the_refused_hold_up_nothing(pipeline: Pipeline, tmp_path: Path):
    file = tmp_path / "ferry.txt"
    file.write_text("A ferry sank off Morholm on Monday, and nobody was hurt, the coast guard said.")
    seen: list[str] = []
    report = pipeline.ingest([Text(text="no"), file, GIVEN], progress=lambda done, total, name: seen.append(name))
    assert len(report.added) == 2 and len(report.refused) == 1
    assert seen == ["text", "ferry.txt", "Ostwick bridge reopens", ""]
