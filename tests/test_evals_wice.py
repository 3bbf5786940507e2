"""Claims about the wice suite: which sentences count as cited, how a claim is scored, what cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from given_bench import BENCH, asked, got, request, written

from evals.errors import EvalError
from evals.statistics import measured
from evals.suites import wice
from evals.types import Measure

ARTICLE = [
    "Ferry to Moss painted",
    "The ferry at Moss was painted green last spring.",
    "It crosses the sound twice a day.",
    "Ada Kern, an engineer, built the dam at Lorn in 1931.",
    "",
    "Nobody was hurt.",
]


def row(**changed: object) -> dict[str, object]:
    plain = {"label": "supported", "claim": "Ada Kern built the dam at Lorn.", "supporting_sentences": [[3], [0, 3]]}
    return plain | {"evidence": ARTICLE, "meta": {"id": "c1"}} | changed


def put(tmp_path: Path, *rows: object) -> Path:
    return written(tmp_path, rows, name="claim.dev.jsonl")


def measure(name: str) -> Measure:
    return next(one for one in wice.MEASURES if one.name == name)


def test_a_claim_is_checked_against_its_whole_article(tmp_path: Path) -> None:
    outcome = asked(wice.SUITE, put(tmp_path, row()))["c1"]
    scores = got(outcome)
    assert scores.pop("latency") > 0
    assert scores == {"ranked": 1, "judged": 1, "evidence": 1} and outcome.failures == ()
    assert outcome.scores["judged"].positive is outcome.scores["ranked"].positive is True
    assert outcome.response["cited"] == {"3": ARTICLE[3]}
    assert outcome.response["annotated"] == [{"3": ARTICLE[3]}, {"0": ARTICLE[0], "3": ARTICLE[3]}]


def test_what_is_called_supported_and_is_not_is_wrong(tmp_path: Path) -> None:
    part = row(label="partially_supported", supporting_sentences=[[2, 3]])
    outcome = asked(wice.SUITE, put(tmp_path, part))["c1"]
    assert got(outcome)["judged"] == 0 and outcome.scores["judged"].positive is False
    assert got(outcome)["evidence"] == pytest.approx(2 / 3)  # one cited, two annotated, one in both
    assert outcome.failures == ("judged supported, labelled partially_supported", "evidence F1 0.67")


def test_a_claim_of_which_nothing_is_said_is_rightly_unsupported(tmp_path: Path) -> None:
    none = row(label="not_supported", claim="Ivo Brandt sold his bakery in Tarn.", supporting_sentences=[[]])
    outcome = asked(wice.SUITE, put(tmp_path, none))["c1"]
    assert (got(outcome)["judged"], got(outcome)["evidence"]) == (1, 1)
    assert outcome.response["reason"] == "the text does not have the name Ivo Brandt"


def test_offsets_are_told_as_the_sentences_they_touch() -> None:
    sentences = ["One two.", "", "Three.", "Four. Five."]
    article = "\n\n".join(sentences)
    assert article == "One two.\n\n\n\nThree.\n\nFour. Five."
    at = article.index("Five.")
    assert wice.numbered([(0, 8)], sentences) == {0}
    assert wice.numbered([(at, at + 5), (12, 18)], sentences) == {2, 3}
    assert wice.numbered([(7, 13)], sentences) == {0, 2}
    assert wice.numbered([], sentences) == frozenset()


@pytest.mark.parametrize(
    ("cited", "sets", "f1"),
    [
        ({1, 2}, [[1, 2]], 1.0),
        ({1, 2}, [[1], [1, 2, 3, 4]], 2 / 3),  # 2*1/(2+1) and 2*2/(2+4)
        ({5}, [[1], []], 0.0),
        (set(), [[1]], 0.0),
        (set(), [[1], []], 1.0),
    ],
)
def test_evidence_f1_is_that_of_the_set_it_fits_best(cited: set[int], sets: list[list[int]], f1: float) -> None:
    assert wice.evidence_f1(cited, sets) == pytest.approx(f1)


def test_the_measures_tell_supported_from_the_rest(tmp_path: Path) -> None:
    rows = [
        row(),
        row(meta={"id": "c2"}, claim="The ferry crosses the sound twice a day.", supporting_sentences=[[2]]),
        row(meta={"id": "c3"}, label="not_supported", claim="Ada Kern sold the dam to Ivo Brandt."),
        row(meta={"id": "c4"}, label="partially_supported", claim="The ferry at Moss was painted."),
    ]
    outcomes = asked(wice.SUITE, put(tmp_path, *rows)).values()
    # Both supported ones are judged rightly, and one of the two others.
    assert measured(measure("balanced"), [one.scores["judged"] for one in outcomes]) == pytest.approx(0.75)
    assert measured(measure("judged"), [one.scores["judged"] for one in outcomes]) == pytest.approx(0.75)
    ranked = {name: one.response["score"] for name, one in zip("abcd", outcomes, strict=True)}
    assert ranked["a"] > ranked["c"] and ranked["b"] > ranked["c"]


def test_a_claim_on_which_nothing_was_found_may_leave_the_sets_out(tmp_path: Path) -> None:
    (one,) = wice.read(put(tmp_path, row(label="not_supported", supporting_sentences=[])), "dev")
    assert one.expected.sets == ((),)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"label": "refuted"}, "line 1: 'label' has to be one of supported, partially_supported, not_supported"),
        ({"claim": ""}, "line 1: 'claim' has to be a text that is not empty."),
        ({"evidence": []}, "line 1: 'evidence' has to be the list of the article's sentences."),
        ({"evidence": ["One.", 2]}, "line 1: 'evidence' has to be a list of texts."),
        ({"meta": "c1"}, "line 1: 'meta' has to be an object with an 'id'."),
        ({"meta": {}}, "line 1: 'id' has to be a text that is not empty."),
        (
            {"supporting_sentences": None},
            "'supporting_sentences' has to be a list of lists of whole numbers from 0 to 5.",
        ),
        (
            {"supporting_sentences": [[6]]},
            "'supporting_sentences' has to be a list of lists of whole numbers from 0 to 5.",
        ),
        (
            {"supporting_sentences": ["3"]},
            "'supporting_sentences' has to be a list of lists of whole numbers from 0 to 5.",
        ),
        ({"supporting_sentences": [[True]]}, "'supporting_sentences' has to be a list of lists of whole numbers"),
        ({"supporting_sentences": [[]]}, "line 1: a claim that is supported needs 'supporting_sentences'."),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        wice.read(put(tmp_path, row(**changed)), "dev")
    assert complaint in str(caught.value) and "claim.dev.jsonl, line 1" in str(caught.value)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ([row(), '{"label": "supp'], "line 2: not a whole JSON object"),
        ([row(), row()], "line 2: the id 'c1' stands in an earlier line already."),
        ([], "there is no question in it."),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, lines: list[object], complaint: str) -> None:
    with pytest.raises(EvalError, match=r"claim\.dev\.jsonl") as caught:
        wice.read(put(tmp_path, *lines), "dev")
    assert complaint in str(caught.value)


def test_a_folder_or_split_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="no such folder of questions"):
        wice.read(tmp_path / "nowhere", "dev")
    written(tmp_path, [row()], name="other.jsonl")
    with pytest.raises(EvalError, match="has no split 'test'; there is: dev"):
        wice.read(tmp_path, "test")
    with pytest.raises(EvalError, match=r"has no file claim\.\*\.jsonl"):
        wice.read(tmp_path, "dev")


@pytest.mark.parametrize("option", ["corpus", "data_dir"])
def test_a_library_is_of_no_use_here(tmp_path: Path, option: str) -> None:
    named: dict[str, Any] = {option: tmp_path}
    with (
        pytest.raises(EvalError, match=f"leave --{option.replace('_', '-')} out"),
        wice.SUITE.start(request(put(tmp_path, row()), **named), []),
    ):
        pass


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = wice.read(BENCH / "wice", "dev")
    kinds = [one.kind for one in samples]
    assert [kinds.count(label) for label in wice.LABELS] == [115, 191, 43]
    assert sum(len(one.expected.sentences) for one in samples) / len(samples) == pytest.approx(119.5, abs=0.05)
    outcomes = [wice.ask(one) for one in samples[:10]]
    assert all(one.unscored is None and set(got(one)) >= {"ranked", "judged", "evidence"} for one in outcomes)
