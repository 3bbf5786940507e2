"""Claims about the measures of a ranking, worked out by hand."""

from __future__ import annotations

import math

import pytest

from evals.ranking import ranked

RUN = ["south", "north", "east", "west"]


def test_success_asks_for_one_relevant_among_the_first() -> None:
    found = ranked(RUN, {"north"}, measures=["Success@1", "Success@2"])
    assert found == {"Success@1": 0.0, "Success@2": 1.0}


def test_the_reciprocal_rank_is_that_of_the_first_relevant_within_the_cut() -> None:
    assert ranked(RUN, {"east", "west"}, measures=["RR", "RR@2", "RR@10"]) == {
        "RR": pytest.approx(1 / 3),
        "RR@2": 0.0,
        "RR@10": pytest.approx(1 / 3),
    }


def test_recall_counts_what_is_relevant_and_was_not_found() -> None:
    assert ranked(RUN, {"south", "east", "nowhere"}, measures=["R@1", "R@5"]) == {
        "R@1": pytest.approx(1 / 3),
        "R@5": pytest.approx(2 / 3),
    }


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    (found,) = ranked(RUN, {"north", "nowhere"}, measures=["nDCG@5"]).values()
    gain, best = 1 / math.log2(3), 1 + 1 / math.log2(3)
    assert found == pytest.approx(gain / best)


def test_an_empty_ranking_finds_nothing() -> None:
    assert ranked([], {"north"}, measures=["Success@4", "RR@10"]) == {"Success@4": 0.0, "RR@10": 0.0}


def test_an_id_counts_where_it_stands_first() -> None:
    assert ranked(["south", "south", "north"], {"north"}, measures=["RR"]) == {"RR": 0.5}


def test_a_long_ranking_keeps_its_order() -> None:
    run = [str(number) for number in range(300)]
    assert ranked(run, {"257"}, measures=["RR"]) == {"RR": pytest.approx(1 / 258)}


def test_a_query_with_nothing_relevant_has_no_measure() -> None:
    with pytest.raises(ValueError, match="nothing is relevant"):
        ranked(RUN, [], measures=["RR"])


@pytest.mark.parametrize("name", ["Fame@3", "not a measure", "AP("])
def test_a_measure_that_there_is_not_is_named(name: str) -> None:
    with pytest.raises(ValueError, match="no measure"):
        ranked(RUN, {"north"}, measures=[name])
