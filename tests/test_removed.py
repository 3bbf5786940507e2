"""What was removed stays out until somebody names it by itself; and nobody is kept waiting by who only reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from made_site import HOME, Site, item, rss, whole
from made_up import MODEL, article, embedded

from rag import intake
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryBusyError
from rag.ingestion import Admission, Ingestion
from rag.ledger import Ledger, digest
from rag.pipeline import Pipeline
from rag.store import Store
from rag.types import IngestReport, Visit

FERRY = "The ferry to the islands of Velmora sails again on Saturday, its captain said to the harbour board."
STORM = "The harbour of Velmora was closed on Monday after a storm broke two of its cranes, the port said."
AGAIN = "name it by itself to take it in again."


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def pipeline(tmp_path: Path, embedder: Embedder, site: Site) -> Iterator[Pipeline]:
    settings = Settings(data_dir=tmp_path / "data", openai_api_key=None, openai_base_url=None, _env_file=None)
    with Pipeline(settings, embedder=embedder, fetcher=site.get) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "clippings"
    made.mkdir()
    (made / "ferry.txt").write_text(FERRY)
    (made / "storm.txt").write_text(STORM)
    return made


def outcome(report: IngestReport) -> tuple[int, int, int, int]:
    return tuple(report.counts[name] for name in ("added", "changed", "unchanged", "refused"))


def test_a_folder_does_not_bring_back_what_was_removed(pipeline: Pipeline, folder: Path):
    assert outcome(pipeline.ingest([folder])) == (2, 0, 0, 0)
    pipeline.remove("ferry")
    for _ in range(2):
        report = pipeline.ingest([folder])
        assert outcome(report) == (0, 0, 1, 1)
        (refusal,) = report.refused
        assert refusal.source.endswith("ferry.txt") and refusal.reason.startswith("It was removed on 20")
        assert refusal.reason.endswith(AGAIN)
    (folder / "ferry.txt").write_text(f"{FERRY} Fares stay as they were.")
    (folder / "copy.txt").write_text(FERRY)
    assert outcome(pipeline.ingest([folder])) == (0, 0, 1, 2)  # changed, or under another name, it is the same article
    assert outcome(pipeline.ingest([folder / "ferry.txt"], again=True)) == (0, 0, 0, 1)
    assert pipeline.store.check() == [] and pipeline.store.count().articles == 1


@pytest.mark.parametrize("beside", [False, True])
def test_what_is_named_by_itself_goes_in_again_and_stays(pipeline: Pipeline, folder: Path, beside: bool):
    pipeline.ingest([folder])
    pipeline.remove("ferry")
    named = [folder, folder / "ferry.txt"] if beside else [folder / "ferry.txt"]
    assert outcome(pipeline.ingest(named)) == (1, 0, beside, 0)
    assert outcome(pipeline.ingest([folder])) == (0, 0, 2, 0)
    (folder / "ferry.txt").write_text(f"{FERRY} Fares stay as they were.")
    assert outcome(pipeline.ingest([folder], again=True)) == (0, 1, 1, 0)


def test_a_page_that_was_removed_is_not_even_fetched_for_a_feed(pipeline: Pipeline, site: Site):
    for name, text in (("ferry", FERRY), ("storm", STORM)):
        site.put(f"/{name}", f"<html><body><article><h1>{name.title()}</h1><p>{text}</p></article></body></html>")
    site.put("/short", site.pages[whole("/ferry")].content, at="/ferry")
    site.put("/feed", rss(item("/short"), item("/storm")), kind="application/rss+xml")
    (ferry, _) = pipeline.ingest([f"{HOME}/feed"]).added
    assert pipeline.store.article(ferry).source == whole("/ferry")
    pipeline.remove(ferry)
    site.put("/feed", rss(item("/short"), item("/storm"), item("/ferry?utm_source=x")), kind="application/rss+xml")
    site.asked.clear()
    report = pipeline.ingest([f"{HOME}/feed"])
    assert site.asked == [f"{HOME}/feed", whole("/storm")]
    assert outcome(report) == (0, 0, 1, 2) and all(one.reason.endswith(AGAIN) for one in report.refused)
    assert outcome(pipeline.ingest([whole("/ferry")], again=True)) == (0, 0, 0, 1)
    assert outcome(pipeline.ingest([whole("/ferry")])) == (1, 0, 0, 0)
    site.put("/feed", rss(item("/short"), item("/storm"), item("/new")), kind="application/rss+xml")
    site.asked.clear()
    pipeline.ingest([f"{HOME}/feed"])
    assert whole("/short") in site.asked  # all that led to it leads to it again


def test_a_pass_that_changes_nothing_goes_on_beside_a_writer(pipeline: Pipeline, folder: Path, embedder: Embedder):
    pipeline.ingest([folder])
    pipeline.remove("ferry")
    made_by = {"fingerprint": intake.fingerprint(embedder), "dimension": embedder.dimension}
    with Store(pipeline.settings.data_dir, **made_by) as other, other.writing():
        assert outcome(pipeline.ingest([folder])) == (0, 0, 1, 1)
        (folder / "fair.txt").write_text("The spring fair at Arnby drew twelve thousand visitors, the council said.")
        with pytest.raises(LibraryBusyError):
            pipeline.ingest([folder])
    assert outcome(pipeline.ingest([folder])) == (1, 0, 1, 1)


def test_the_right_to_write_is_asked_for_when_something_is_to_be_put(
    pipeline: Pipeline, site: Site, embedder: Embedder
):
    site.put("/storm", f"<html><body><article><h1>Storm</h1><p>{STORM}</p></article></body></html>")
    site.put("/feed", rss(item("/storm")), kind="application/rss+xml")
    made_by = {"fingerprint": intake.fingerprint(embedder), "dimension": embedder.dimension}
    get, others = site.get, []

    def slow(url: str, **given: object) -> object:
        with Store(pipeline.settings.data_dir, **made_by) as other, other.writing():  # while it is being read
            others.append(url)
        return get(url, **given)

    pipeline._get = slow
    assert outcome(pipeline.ingest([f"{HOME}/feed"])) == (1, 0, 0, 0)
    assert others == [f"{HOME}/feed", whole("/storm")]


def test_what_another_has_put_or_removed_until_then_is_seen(tmp_path: Path, embedder: Embedder):
    made_by = {"fingerprint": intake.fingerprint(embedder), "dimension": embedder.dimension}
    ferry, storm = article(FERRY, name="ferry"), article(STORM, name="storm")
    with Store(tmp_path, **made_by) as store, Store(tmp_path, **made_by) as other:

        def taken(*, before: list[object], named: bool) -> IngestReport:
            with store.writing() as writer:

                def write() -> object:
                    for act in before:
                        act()
                    return writer

                run = Ingestion(store, write, embedder, admission=Admission())
                run.take(ferry, named=named)
                return run.end()

        def put(made: object) -> None:
            passages = intake.passages(made, embedder)
            other._ledger.put(made, passages, intake.embed(passages, embedder))

        assert outcome(taken(before=[lambda: put(ferry)], named=False)) == (0, 0, 1, 0)
        store._ledger.remove("ferry")
        store._ledger.put(replace(storm, source=ferry.source), [], intake.embed([], embedder))
        gone = [lambda: other._ledger.remove("storm")]
        assert outcome(taken(before=gone, named=False)) == (0, 0, 0, 1)
        assert outcome(taken(before=[], named=True)) == (1, 0, 0, 0)


def test_a_note_on_an_article_that_is_gone_is_left_out(tmp_path: Path):
    with closing(Ledger(tmp_path / "l", **MODEL)) as one, closing(Ledger(tmp_path / "l", **MODEL)) as other:
        one.put(*embedded(article(FERRY, name="ferry")))

        def visits() -> Iterator[Visit]:
            yield Visit(url="https://a.example/1", article_id="ferry")
            yield Visit(url="https://a.example/2")

        other.remove("ferry")
        one.note({bytes(16): "ferry"}, visits())
        assert one.visit("https://a.example/1") is None and one.visit("https://a.example/2") is not None
        assert one.removed_on("/articles/ferry.txt") is not None
        assert one.removed_on("/elsewhere.txt", digest(article(FERRY))) is not None
        assert one.removed_on("/elsewhere.txt", digest(article(STORM))) is None
        one.put(*embedded(article(STORM, name="other", source="/articles/ferry.txt")))
        assert one.removed_on("/elsewhere.txt", digest(article(FERRY))) is None
