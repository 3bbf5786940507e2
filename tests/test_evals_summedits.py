"""Claims about the summedits suite: each sentence of a summary is checked, and one that fails fails it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from given_bench import BENCH, asked, got, request, written

from evals.errors import EvalError
from evals.statistics import measured
from evals.suites import summedits

ARTICLE = (
    "The council of Moss raised the fare of its ferry on Tuesday.\n\nA ticket now costs 12 crowns, Ada Kern said. "
    "The ferry crosses the sound twice a day."
)
SUMMARY = "The council of Moss raised the fare of its ferry. A ticket costs 12 crowns."


def row(**changed: object) -> dict[str, object]:
    plain: dict[str, object] = {"id": "s1", "doc": ARTICLE, "summary": SUMMARY, "label": 1, "edit_types": []}
    return plain | {"original_summary": SUMMARY} | changed


def put(tmp_path: Path, *rows: object) -> Path:
    return written(tmp_path, rows, name="news.jsonl")


def test_a_summary_is_consistent_where_each_sentence_is_supported(tmp_path: Path) -> None:
    outcome = asked(summedits.SUITE, put(tmp_path, row()))["s1"]
    scores = got(outcome)
    assert scores.pop("latency") > 0
    assert scores == {"judged": 1, "ranked": 1} and outcome.failures == ()
    assert outcome.scores["judged"].positive is outcome.scores["ranked"].positive is True
    first, second = outcome.response["statements"]
    assert (first["verdict"], second["statement"]) == ("supported", "A ticket costs 12 crowns.")
    assert second["cited"] == ["A ticket now costs 12 crowns, Ada Kern said."]


def test_one_altered_sentence_makes_a_summary_inconsistent_and_ranks_it(tmp_path: Path) -> None:
    altered = SUMMARY.replace("12", "15")
    edited = row(summary=altered, label=0, edit_types=["entity_modification"])
    outcome = asked(summedits.SUITE, put(tmp_path, edited))["s1"]
    assert got(outcome)["judged"] == 1 and outcome.scores["judged"].positive is False
    # "ticket", "costs", "15", "crowns": three of four are there, and a missing figure leaves 0.6 of it.
    assert got(outcome)["ranked"] == pytest.approx(0.75 * 0.6)
    assert outcome.response["consistent"] is False


def test_what_went_wrong_is_told(tmp_path: Path) -> None:
    rows = [
        row(id="missed", summary="The council raised the fare of its ferry.", label=0, edit_types=["antonym_swap"]),
        row(id="alarm", summary="The council of Moss lowered the fare of its ferry."),
    ]
    outcomes = asked(summedits.SUITE, put(tmp_path, *rows))
    assert outcomes["missed"].failures == ("judged consistent, though antonym swap",)
    assert outcomes["alarm"].failures == ("judged inconsistent: the cited words have the contrary of “lowered”",)


def test_the_measures_weigh_both_classes_alike(tmp_path: Path) -> None:
    rows = [
        row(id="a"),
        row(id="b"),
        row(id="c"),
        row(id="d", summary=SUMMARY.replace("12", "15"), label=0, edit_types=["entity_modification"]),
        row(id="e", label=0),
    ]
    outcomes = asked(summedits.SUITE, put(tmp_path, *rows)).values()
    found = {one.name: measured(one, [outcome.scores[one.score] for outcome in outcomes]) for one in summedits.MEASURES}
    assert found["balanced"] == pytest.approx((1 + 1 / 2) / 2)
    assert found["judged"] == pytest.approx(4 / 5)
    assert found["ranked"] == pytest.approx((3 * 1 + 3 * 0.5) / 6)  # above "d", level with "e"


@pytest.mark.parametrize(
    ("label", "edits", "kind"),
    [
        (1, [], "consistent"),
        (0, ["antonym_swap"], "antonym swap"),
        (0, ["antonym_swap", "entity_modification"], "several edits"),
        (0, [], "unnamed edit"),
    ],
)
def test_the_kind_is_the_edit(tmp_path: Path, label: int, edits: list[str], kind: str) -> None:
    (one,) = summedits.read(put(tmp_path, row(label=label, edit_types=edits)), "dev")
    assert (one.kind, one.expected.consistent) == (kind, label == 1)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"label": 2}, "line 1: 'label' has to be 1 for consistent or 0 for inconsistent."),
        ({"label": True}, "line 1: 'label' has to be 1 for consistent or 0 for inconsistent."),
        ({"doc": None}, "line 1: 'doc' has to be a text that is not empty."),
        ({"summary": " "}, "line 1: 'summary' has to be a text that is not empty."),
        ({"id": 3}, "line 1: 'id' has to be a text that is not empty."),
        ({"edit_types": "antonym_swap"}, "line 1: 'edit_types' has to be a list of texts."),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        summedits.read(put(tmp_path, row(**changed)), "dev")
    assert complaint in str(caught.value) and "news.jsonl" in str(caught.value)


def test_a_file_cut_short_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"news\.jsonl, line 2: not a whole JSON object"):
        summedits.read(put(tmp_path, row(), '{"id": "s2", "doc": "The cou'), "dev")


def test_a_split_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    put(tmp_path, row())
    with pytest.raises(EvalError, match="has no split 'test'; there is: dev"):
        summedits.read(tmp_path, "test")


@pytest.mark.parametrize("option", ["corpus", "data_dir"])
def test_a_library_is_of_no_use_here(tmp_path: Path, option: str) -> None:
    named: dict[str, Any] = {option: tmp_path}
    with (
        pytest.raises(EvalError, match=f"leave --{option.replace('_', '-')} out"),
        summedits.SUITE.start(request(put(tmp_path, row()), **named), []),
    ):
        pass


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = summedits.read(BENCH / "summedits-news", "dev")
    assert len(samples) == 350 and len({one.expected.article for one in samples}) == 11
    assert sum(one.expected.consistent for one in samples) == 154
    outcomes = [summedits.ask(one) for one in samples[:10]]
    assert all(one.unscored is None and set(got(one)) == {"judged", "ranked", "latency"} for one in outcomes)
