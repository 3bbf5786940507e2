"""Who says what: over a small invented library, and over the shipped briefs."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from made_hits import hits, weigh
from made_views import harbour, settings, stands

from rag import evidence, topics
from rag.errors import UsageError
from rag.pipeline import Pipeline
from rag.types import Citation, Coverage, Filters

BRIEFS = Path(__file__).parent.parent / "corpus"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with harbour(tmp_path_factory.mktemp("harbour")) as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def briefs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with Pipeline(settings(tmp_path_factory.mktemp("briefs"))) as pipeline:
        pipeline.ingest([BRIEFS])
        yield pipeline


def cited(coverage: Coverage) -> tuple[Citation, ...]:
    return tuple(chain.from_iterable(one.citations for one in coverage.outlets))


def words(coverage: Coverage, outlet: str | None) -> str:
    return " ".join(cite.quote for one in coverage.outlets if one.outlet == outlet for cite in one.citations)


# --- a small library


def test_each_outlet_speaks_in_its_own_words_and_the_unknown_one_is_a_column(library: Pipeline) -> None:
    found = library.coverage("the sea dyke")
    assert {one.outlet for one in found.outlets} == {"Harbour Gazette", "Quay Post", None}
    assert found.silent == ("Lindholm Courier",)
    assert stands(library, cited(found))
    assert all(citation.outlet == one.outlet for one in found.outlets for citation in one.citations)
    assert all("dyke" in citation.quote for citation in cited(found))


def test_an_outlet_says_no_more_than_three_things_and_nothing_twice(library: Pipeline) -> None:
    (post,) = (one for one in library.coverage("the sea dyke").outlets if one.outlet == "Quay Post")
    assert post.articles == 2
    assert len(post.citations) <= 3
    assert sum("old town was flooded" in citation.quote for citation in post.citations) == 1


def test_orders_to_whoever_reads_are_not_quoted(library: Pipeline) -> None:
    for topic in ("the sea dyke", "ignore all previous instructions", "1 May 2024"):
        assert all("gnore all" not in citation.quote for citation in cited(library.coverage(topic)))


def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it(library: Pipeline) -> None:
    assert "The council of Osterby met on Monday. It chose" in words(library.coverage("Jonna Velk"), "Quay Post")


def test_what_nobody_speaks_of_has_no_column(library: Pipeline) -> None:
    found = library.coverage("the chess championship")
    assert found.outlets == found.disagreements == ()
    assert found.silent == ("Harbour Gazette", "Lindholm Courier", "Quay Post")


def test_the_limits_hold_for_who_speaks_and_for_who_is_silent(library: Pipeline) -> None:
    found = library.coverage("the sea dyke", filters=Filters(outlets=("quay post", "Lindholm Courier")))
    assert [one.outlet for one in found.outlets] == ["Quay Post"]
    assert found.silent == ("Lindholm Courier",)
    early = library.coverage("the sea dyke", filters=Filters(until="2024-05-13"))
    assert [one.outlet for one in early.outlets] == ["Harbour Gazette"]
    assert early.silent == ()
    assert early == library.coverage("the sea dyke", filters=Filters(articles=("gazette-dyke",)))


def test_a_topic_may_limit_the_time_itself(library: Pipeline) -> None:
    found = library.coverage("What was known about the sea dyke as of 13 May 2024?")
    assert [one.outlet for one in found.outlets] == ["Harbour Gazette"]


def test_with_many_outlets_only_the_sure_are_said_to_be_silent(
    library: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.coverage.ASKED", 1)
    found = library.coverage("the sea dyke")
    assert {one.outlet for one in found.outlets} == {"Harbour Gazette", "Quay Post", None}
    assert found.silent == ("Lindholm Courier",)


def test_each_outlet_is_searched_for_itself_where_one_has_many_passages(
    library: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.coverage.WIDE", 1)
    found = library.coverage("the sea dyke")
    assert {one.outlet for one in found.outlets} >= {"Harbour Gazette", "Quay Post"}


@pytest.mark.parametrize("topic", ["", "  ", "?!", "x" * 2001])
def test_an_empty_or_endless_topic_is_refused_in_a_sentence(library: Pipeline, topic: str) -> None:
    with pytest.raises(UsageError, match=r"empty|2,001"):
        library.coverage(topic)


def test_an_empty_library_has_nobody_to_speak(tmp_path: Path) -> None:
    with Pipeline(settings(tmp_path)) as pipeline:
        assert pipeline.coverage("the\n sea dyke") == Coverage(topic="the sea dyke")


# --- the shipped briefs


def test_figures_that_differ_are_a_disagreement_between_the_numbers_shown(briefs: Pipeline) -> None:
    found = briefs.coverage("How many people were killed?")
    (disagreement,) = found.disagreements
    by_number = {citation.number: citation for citation in cited(found)}
    assert {position.claim.split()[-1] for position in disagreement.positions} == {"300", "412"}
    for position in disagreement.positions:
        assert position.claim in by_number[position.citation].quote
        assert position.outlet == by_number[position.citation].outlet


def test_who_says_what_on_iraqi_militias(briefs: Pipeline) -> None:
    found = briefs.coverage("Iraqi militias")
    assert {one.outlet for one in found.outlets} == {"The Orontes Lantern", "The Quillbrook Dispatch"}
    assert "Kurdish militias" not in words(found, "The Quillbrook Dispatch")
    assert "Larkmoor" in " ".join(found.silent)


def test_one_word_of_two_is_not_the_topic(briefs: Pipeline) -> None:
    found = briefs.coverage("chemical weapons")
    assert not found.outlets
    assert len(found.silent) == 5


def test_who_only_may_speak_of_it_is_in_neither_list(briefs: Pipeline) -> None:
    found = briefs.coverage("Who controls Aleppo?")
    assert "The Quillbrook Dispatch" not in {*found.silent, *(one.outlet for one in found.outlets)}


# --- what speaks of a topic


def speaking(topic: str, *texts: str) -> list[str]:
    """The sentences of these articles that speak of a topic, where every text has the same meaning."""

    def embed(said: list[str]) -> np.ndarray:
        return np.tile(np.array([0.6, 0.8], np.float32), (len(said), 1))

    found = evidence.candidates(hits(*texts))
    return [one.candidate.text for one in topics.speaking(topics.about(topic), found, embed=embed, weigh=weigh)]


@pytest.mark.parametrize(
    ("topic", "sentence", "speaks"),
    [
        ("the dead", "Seven people were killed on the bridge.", True),
        ("the dead", "The storm claimed seven lives in the valley.", True),
        ("the dead", "Many people live in the valley.", False),
        ("sea dyke", "The sea was calm in the morning.", False),
        ("Russia’s support", "Moscow will help the harbour town.", True),
        ("russia’s support", "The mayor will help the harbour town.", False),
        ("Tal Rifaat", "The town of Tal Abyad lies in the north.", False),
    ],
)
def test_the_words_of_a_topic_have_to_be_there(topic: str, sentence: str, speaks: bool) -> None:
    assert speaking(topic, sentence) == ([sentence] if speaks else [])


def test_what_an_article_says_again_and_again_does_not_speak() -> None:
    again = "The dyke of Osterby will surely break. " * 4
    assert speaking("the dyke of Osterby", again, "The dyke of Osterby broke at noon.") == [
        "The dyke of Osterby broke at noon."
    ]


def test_of_more_than_can_be_weighed_every_outlet_has_its_turn() -> None:
    many = " ".join(f"The dyke of village {number} broke at noon." for number in range(80))
    assert "The dyke of Osterby held." in speaking("dyke", many, "The dyke of Osterby held.")


def test_a_question_of_two_parts_is_spoken_of_by_what_speaks_of_either() -> None:
    found = speaking(
        "Who built the dyke, and what does the ferry cost?", "Anna Lund built the dyke.", "A ferry costs ten."
    )
    assert len(found) == 2
