"""Articles on their way into the library: what became of each, what is noted, and that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from made_up import article

from rag import ingestion, intake
from rag.embedding import Embedder
from rag.ingestion import AGAIN, Admission, Ingestion
from rag.store import Store
from rag.types import Article, Defect, IngestReport, NewlyRead, Refusal, Unchanged, Visit

ANY = Admission()
TOLD = "The mayor of Arnby has resigned. A successor will be named on Friday, the council says."
LATER = "The mayor of Arnby has resigned. A successor was named on Friday, the council says."
OTHER = "Fog closed the harbour of Bellholm for a day. Forty ships waited outside, the port said."


@pytest.fixture
def store(tmp_path: Path, embedder: Embedder) -> Iterator[Store]:
    with Store(tmp_path, fingerprint=intake.fingerprint(embedder), dimension=embedder.dimension) as opened:
        yield opened


def take(
    store: Store, embedder: Embedder, *items: Article | Unchanged | Refusal, admission: Admission = ANY
) -> IngestReport:
    with store.writing() as writer:
        run = Ingestion(store, lambda: writer, embedder, admission=admission)
        for item in items:
            run.take(item)
        return run.end()


def newly_read(made: Article, raw: bytes) -> NewlyRead:
    return NewlyRead(**{field.name: getattr(made, field.name) for field in fields(made)}, raw=raw)


def test_each_outcome_is_told(store: Store, embedder: Embedder):
    refusal = Refusal(source="bad.txt", reason="It is empty.")
    report = take(store, embedder, article(TOLD, name="mayor"), article(OTHER, name="fog"), refusal)
    assert (report.added, report.changed, report.unchanged, report.refused) == (("mayor", "fog"), (), (), (refusal,))
    assert report.passages == 2
    report = take(
        store, embedder, article(LATER, name="mayor"), Unchanged(article_id="fog", source="/articles/fog.txt")
    )
    assert (report.added, report.changed, report.unchanged) == ((), ("mayor",), ("fog",))
    assert report.counts == {"added": 0, "changed": 1, "unchanged": 1, "refused": 0}
    assert [one.revision for one in store.revisions("mayor")] == [article(LATER).revision, article(TOLD).revision]


@pytest.mark.parametrize("batch", [1, 1_000])  # passages: put at once, and still waiting
def test_of_two_texts_of_one_article_in_a_run_the_first_is_taken(
    store: Store, embedder: Embedder, batch: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ingestion, "BATCH", batch)
    items = [article(TOLD, name="mayor"), article(LATER, name="mayor"), article(TOLD, name="mayor")]
    report = take(store, embedder, *items)
    assert (report.added, report.changed, report.unchanged) == (("mayor",), (), ("mayor",))
    assert report.refused == (Refusal(source=items[1].source, reason=AGAIN),)
    assert store.article("mayor").text == TOLD
    before = (store.data_dir / "ledger.sqlite3").read_bytes()
    for first in (items[0], Unchanged(article_id="mayor", source=items[0].source)):
        report = take(store, embedder, first, items[1])
        assert (report.unchanged, report.changed, len(report.refused)) == (("mayor",), (), 1)
        assert (store.data_dir / "ledger.sqlite3").read_bytes() == before
    assert take(store, embedder, items[1]).changed == ("mayor",)


def test_what_was_read_and_visited_is_noted_with_the_article(store: Store, embedder: Embedder):
    visit = Visit(url="https://example.org/mayor", etag='"1"')
    feed = Visit(url="https://example.org/feed", last_modified="Wed, 01 Jan 2025 00:00:00 GMT")
    with store.writing() as writer:
        run = Ingestion(store, lambda: writer, embedder, admission=Admission())
        run.take(newly_read(article(TOLD, name="mayor"), raw=b"0123456789abcdef"), visit)
        run.take(None, feed)
        run.end()
    assert store.read_as(b"0123456789abcdef").article_id == "mayor"
    assert store.visit(visit.url) == replace(visit, article_id="mayor")
    assert store.visit(feed.url) == feed
    with store.writing() as writer:
        run = Ingestion(store, lambda: writer, embedder, admission=Admission())
        again = replace(visit, etag='"2"')
        run.take(Unchanged(article_id="mayor", source="https://example.org/mayor"), again)
        run.end()
    assert store.visit(visit.url) == replace(again, article_id="mayor")


def test_an_article_is_refused_for_what_it_must_not_be(store: Store, embedder: Embedder):
    live = Defect(kind="live_blog", reason="It is a live blog.")
    stub = Defect(kind="paywall", reason="It breaks off at a paywall.")
    items = [
        replace(article(TOLD, name="mayor"), defects=(live, stub)),
        replace(article(OTHER, name="fog"), defects=(live,)),
    ]
    report = take(store, embedder, *items, admission=Admission(refuse=frozenset({"paywall"})))
    assert report.added == ("fog",) and store.article("fog").defects == (live,)
    assert [one.source for one in report.refused] == [items[0].source]
    assert report.refused[0].reason.startswith("It breaks off at a paywall. ")


def test_another_language_is_marked_or_refused(store: Store, embedder: Embedder):
    items = [replace(article(TOLD, name="mayor"), language="en"), replace(article(OTHER, name="fog"), language="fr")]
    items.append(article(TOLD + OTHER, name="unknown"))
    english = Admission(languages=frozenset({"en", "de"}))
    assert len(take(store, embedder, *items, admission=english).added) == 3
    assert [len(store.article(name).defects) for name in ("mayor", "fog", "unknown")] == [0, 1, 0]
    (defect,) = store.article("fog").defects
    assert (defect.kind, defect.reason) == ("language", "It is in another language (fr) than de, en.")
    strict = replace(english, refuse=frozenset({"language"}))
    assert "another language (fr)" in take(store, embedder, *items, admission=strict).refused[0].reason


def test_of_many_outcomes_the_first_are_named_and_all_are_counted(
    store: Store, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ingestion, "NAMED", 2)
    refusals = [Refusal(source=f"{number}.txt", reason="It is empty.") for number in range(5)]
    same = [Unchanged(article_id=str(number), source=str(number)) for number in range(4)]
    report = take(store, embedder, *refusals, *same)
    assert (report.refused, report.unchanged) == (tuple(refusals[:2]), ("0", "1"))
    assert report.counts == {"added": 0, "changed": 0, "unchanged": 4, "refused": 5}
