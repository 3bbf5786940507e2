"""Claims about the rgb suite: which snippets each question is asked of, and what is right of each."""

from __future__ import annotations

from pathlib import Path

import pytest
from given_bench import BENCH, asked, refused, said, written

from evals.errors import EvalError
from evals.given import snippets
from evals.suites import rgb
from evals.types import Sample, Score

TRUE = [f"In race {n} of the summer it was Orla Finn who won the cup at Moss." for n in (1, 2, 3)]
FALSE = [snippet.replace("Orla Finn", "Ada Kern") for snippet in TRUE]
WITHOUT = ["The ferry at Moss crosses the sound twice a day in the summer months.", "Tickets are sold at the quay."]
DATE = [["5 May 1990", "May 5, 1990"], "Lorn"]


def row(**changed: object) -> dict[str, object]:
    plain = {"id": 7, "query": "Who won the cup at Moss?", "answer": "Orla Finn", "fakeanswer": "Ada Kern"}
    return plain | {"positive": TRUE, "positive_wrong": FALSE, "negative": WITHOUT} | changed


def sample(kind: str, **gold: object) -> Sample[rgb.Gold]:
    plain = {"documents": snippets(["Some."]), "answer": (("Orla Finn",),), "altered": (("Ada Kern",),)}
    return Sample(id="1", kind=kind, question="Who won?", expected=rgb.Gold(**(plain | gold)))


def scores(kind: str, *sentences: str, flagged: bool = False) -> dict[str, float]:
    found, _ = rgb.score(sample(kind), said(*sentences, flagged=flagged))
    return {name: score.got for name, score in found.items() if name != "words"}


def given(folder: Path, **changed: object) -> dict[str, set[str]]:
    samples = rgb.read(written(folder, [row(**changed)]), "dev")
    return {one.id: {document.text for document in one.expected.documents} for one in samples}


def test_each_question_is_asked_of_true_snippets_of_a_pair_and_of_those_without_the_answer(tmp_path: Path) -> None:
    assert given(tmp_path) == {"7-C0": set(TRUE), "7-C1": {TRUE[0], FALSE[2]}, "7-C2": set(WITHOUT)}


def test_the_pair_is_of_two_places_and_each_side_has_its_answer(tmp_path: Path) -> None:
    true, false = ["Somebody won the cup at Moss.", *TRUE[1:]], [*FALSE[:2], "Somebody won the cup at Moss."]
    assert given(tmp_path, positive=true, positive_wrong=false)["7-C1"] == {TRUE[1], FALSE[0]}
    assert "7-C1" not in given(tmp_path, positive=TRUE[:1], positive_wrong=FALSE[:1])
    assert "7-C1" not in given(tmp_path, positive=["Somebody won."] * 2)
    assert set(given(tmp_path, negative=[])) == {"7-C0", "7-C1"}


def test_an_answer_is_stated_when_each_of_its_parts_is_in_one_of_its_spellings(tmp_path: Path) -> None:
    one = rgb.read(written(tmp_path, [row(answer=DATE)]), "dev")[0].expected.answer
    assert one == (("5 May 1990", "May 5, 1990"), ("Lorn",))
    assert rgb.states("On may 5, 1990, at LORN.", one) and not rgb.states("On May 5, 1990.", one)


def test_true_snippets_have_to_be_answered_without_an_alarm() -> None:
    assert scores("C0", "It was orla finn.") == {"answered": 1, "false_alarm": 0, "refused_wrongly": 0}
    assert scores("C0", "It was someone.", flagged=True) == {"answered": 0, "false_alarm": 1, "refused_wrongly": 0}
    assert rgb.score(sample("C0"), said("It was someone.", flagged=True))[1] == [
        "not stated: Orla Finn",
        "flagged, though the snippets agree",
    ]


@pytest.mark.parametrize(
    ("sentences", "flagged", "shown"),
    [(("Orla Finn.", "Ada Kern."), True, 1), (("Orla Finn.", "Ada Kern."), False, 1), (("Ada Kern.",), True, 0)],
)
def test_both_sides_have_to_be_shown_and_flagged(sentences: tuple[str, ...], flagged: bool, shown: int) -> None:
    expected = {"refused_wrongly": 0, "shown": shown, "flagged": flagged, "shown_flagged": shown and flagged}
    assert scores("C1", *sentences, flagged=flagged) == expected


def test_a_refusal_states_nothing_and_is_right_only_without_the_answer() -> None:
    assert rgb.score(sample("C2"), refused()) == ({"refused": Score(got=1)}, [])
    assert scores("C2", "Orla Finn.") == {"refused": 0}
    assert rgb.score(sample("C0"), refused()) == (
        {"answered": Score(got=0), "false_alarm": Score(got=0), "refused_wrongly": Score(got=1)},
        ["refused, though a snippet has the answer"],
    )
    found, failures = rgb.score(sample("C1"), refused())
    assert {name for name, score in found.items() if score.got} == {"refused_wrongly"} and len(failures) == 1


def test_the_evidence_of_true_snippets_and_of_those_without_the_answer_is_weighed() -> None:
    weighed = {kind: rgb.score(sample(kind), said("Yes.", score=0.6))[0].get("weighed") for kind in ("C0", "C1", "C2")}
    assert weighed == {"C0": Score(got=0.6, positive=True), "C1": None, "C2": Score(got=0.6, positive=False)}


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"answer": ""}, "line 1: each of 'answer' has to be a list of texts, none of them empty."),
        ({"answer": []}, "line 1: 'answer' has to be a text that is not empty, or a list of such texts."),
        ({"answer": 3}, "line 1: 'answer' has to be a text that is not empty, or a list of such texts."),
        ({"fakeanswer": [[]]}, "line 1: each of 'fakeanswer' needs at least one spelling."),
        ({"positive": []}, "line 1: 'positive' has to hold a snippet."),
        ({"negative": None}, "line 1: 'negative' has to be a list of texts."),
        ({"id": None}, "line 1: 'id' has to be a text that is not empty, or a whole number."),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        rgb.read(written(tmp_path, [row(**changed)]), "dev")
    assert complaint in str(caught.value)


def test_the_product_answers_from_true_snippets(tmp_path: Path) -> None:
    outcomes = asked(rgb.SUITE, written(tmp_path, [row()]))
    assert set(outcomes) == {"7-C0", "7-C1", "7-C2"} and not any(one.unscored for one in outcomes.values())
    assert outcomes["7-C0"].scores["answered"] == Score(got=1)


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = rgb.read(BENCH / "rgb-en_fact", "dev")
    kinds = [one.kind for one in samples]
    assert (kinds.count("C0"), kinds.count("C2")) == (39, 39)
    for one in samples:
        shown = " ".join(document.text for document in one.expected.documents)
        assert rgb.states(shown, one.expected.answer) == (one.kind != "C2")
        assert one.kind != "C1" or (len(one.expected.documents) == 2 and rgb.states(shown, one.expected.altered))
