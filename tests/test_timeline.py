"""Dated sentences in their order, over a small invented library."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from made_views import harbour, settings, stands

from rag.errors import UsageError
from rag.pipeline import Pipeline
from rag.types import Citation, Filters, Timeline


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with harbour(tmp_path_factory.mktemp("harbour")) as pipeline:
        yield pipeline


def dated(timeline: Timeline) -> tuple[Citation, ...]:
    return tuple(chain.from_iterable(event.citations for event in timeline.events))


def test_days_are_in_order_and_each_sentence_is_of_its_day(library: Pipeline) -> None:
    found = library.timeline("the sea dyke")
    assert [event.day for event in found.events] == ["2024-05-12", "2024-05-20"]
    assert all(citation.event_date == event.day for event in found.events for citation in event.citations)
    assert stands(library, (*dated(found), *found.undated))


def test_a_day_has_every_article_that_tells_of_it_the_earliest_first(library: Pipeline) -> None:
    sunday = library.timeline("the sea dyke").events[0]
    assert [one.article_id for one in sunday.citations] == ["gazette-dyke", "post-dyke", "quay-again"]


def test_what_has_no_sure_day_stands_apart(library: Pipeline) -> None:
    undated = library.timeline("the sea dyke").undated
    quotes = " ".join(one.quote for one in undated)
    assert "1953" in quotes
    assert "gave way on Sunday" in quotes  # of an article without a date: nobody knows which Sunday
    assert all(one.event_date is None for one in undated)


def test_a_sentence_that_leans_on_the_one_before_is_there_once_with_it(library: Pipeline) -> None:
    (monday, _) = library.timeline("Jonna Velk").events
    assert [one.quote for one in monday.citations] == [
        "The council of Osterby met on Monday. It chose a new harbour master, Jonna Velk."
    ]


def test_without_a_topic_it_is_of_the_newest_articles(library: Pipeline) -> None:
    found = library.timeline()
    assert [event.day for event in found.events] == ["2024-05-03", "2024-05-12", "2024-05-13", "2024-05-20"]
    assert found.topic == "" and found.undated == ()
    assert stands(library, dated(found))
    assert found == library.timeline("  ")


def test_no_more_is_read_or_taken_than_is_said(library: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.timeline.NEWEST", 1)
    assert {one.article_id for one in dated(library.timeline())} == {"quay-again"}
    monkeypatch.setattr("rag.timeline.NEWEST", 50)
    monkeypatch.setattr("rag.timeline.EACH", 1)
    assert len({one.article_id for one in dated(library.timeline())}) == len(dated(library.timeline())) == 4
    monkeypatch.setattr("rag.timeline.OPENING", 60)
    assert [one.article_id for one in dated(library.timeline())] == ["gazette-dyke", "post-dyke", "quay-again"]
    monkeypatch.setattr("rag.timeline.MOST", 0)
    assert library.timeline() == Timeline(topic="")
    monkeypatch.setattr("rag.timeline.UNDATED", 1)
    assert len(library.timeline("the sea dyke").undated) == 1


def test_orders_to_whoever_reads_are_in_no_timeline(library: Pipeline) -> None:
    for topic in ("", "the sea dyke", "1 May 2024"):
        found = library.timeline(topic)
        assert "2024-05-01" not in {event.day for event in found.events}
        assert all("gnore all" not in one.quote for one in (*dated(found), *found.undated))


@pytest.mark.parametrize("topic", ["", "the sea dyke"])
def test_the_limits_hold(library: Pipeline, topic: str) -> None:
    found = library.timeline(topic, filters=Filters(outlets=("Harbour Gazette",)))
    assert {one.outlet for one in dated(found)} == {"Harbour Gazette"}
    found = library.timeline(topic, filters=Filters(since="2024-05-15"))
    assert {one.article_id for one in dated(found)} == {"quay-again"}
    found = library.timeline(topic, filters=Filters(articles=("post-dyke",)))
    assert {one.article_id for one in dated(found)} == {"post-dyke"}


def test_what_no_article_speaks_of_has_no_days(library: Pipeline) -> None:
    assert library.timeline("the chess championship") == Timeline(topic="the chess championship")


@pytest.mark.parametrize("topic", ["?!", "x" * 2001])
def test_a_topic_that_is_none_is_refused_in_a_sentence(library: Pipeline, topic: str) -> None:
    with pytest.raises(UsageError, match=r"empty|2,001"):
        library.timeline(topic)


def test_an_empty_library_has_no_days(tmp_path: Path) -> None:
    with Pipeline(settings(tmp_path)) as pipeline:
        assert pipeline.timeline() == Timeline(topic="")
        assert pipeline.timeline("the sea dyke") == Timeline(topic="the sea dyke")
