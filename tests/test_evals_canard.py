"""Claims about the canard suite: the talk as turns, and BLEU against a person's rewriting."""

from __future__ import annotations

from pathlib import Path

import pytest
from given_bench import BENCH, asked, written

from evals.errors import EvalError
from evals.statistics import measured
from evals.suites import canard
from rag.types import Turn


def row(**changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "History": ["Greta Solberg", "Early life", "Where did she grow up?", "In Lindholm."],
        "QuAC_dialog_id": "C_1",
        "Question": "When was she born?",
        "Question_no": 2,
        "Rewrite": "When was Greta Solberg born?",
    }
    return plain | changed


def test_headings_questions_and_answers_are_turns_of_one_talk(tmp_path: Path) -> None:
    (one,) = canard.read(written(tmp_path, [row()]), "dev")
    assert (one.id, one.kind, one.question) == ("C_1_2", "rewritten", "When was she born?")
    assert one.expected.rewritten == "When was Greta Solberg born?"
    assert one.history == (
        Turn(role="user", content="Greta Solberg"),
        Turn(role="assistant", content="Early life"),
        Turn(role="user", content="Where did she grow up?"),
        Turn(role="assistant", content="In Lindholm."),
    )


def test_the_product_rewrites_and_leaves_alone_what_needs_no_rewriting(tmp_path: Path) -> None:
    same = "How many boats sank off Osterby in May?"
    outcomes = asked(canard.SUITE, written(tmp_path, [row(), row(Question=same, Rewrite=same, Question_no=3)]))
    assert outcomes["C_1_2"].response["standalone_question"] == "When was Greta Solberg born?"
    assert outcomes["C_1_2"].failures == () and "kept" not in outcomes["C_1_2"].scores
    assert outcomes["C_1_3"].scores["kept"].got == 1.0


def test_bleu_is_of_all_rewritings_together(tmp_path: Path) -> None:
    (one,) = canard.read(written(tmp_path, [row()]), "dev")
    outcome = canard.ask(one, rewrite=lambda question, history: question)
    # "When was she born ?" and "When was Greta Solberg born ?": 4 of 5 words, 2 of 4 pairs, no three, no four.
    assert outcome.scores["bleu"].counts == (4, 2, 0, 0, 5, 4, 3, 2, 5, 6)
    assert outcome.failures == ("a person wrote: When was Greta Solberg born?",)
    whole = canard.ask(one, rewrite=lambda question, history: "When was Greta Solberg born?")
    (measure,) = [one for one in canard.MEASURES if one.how == "bleu"]
    assert measured(measure, [whole.scores["bleu"]]) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"History": "Greta"}, "line 1: 'History' has to be a list of texts."),
        ({"History": [1]}, "line 1: 'History' has to be a list of texts."),
        ({"Question": ""}, "line 1: 'Question' has to be a text that is not empty."),
        ({"Rewrite": None}, "line 1: 'Rewrite' has to be a text that is not empty."),
        ({"Question_no": "2"}, "line 1: 'Question_no' has to be a whole number."),
        ({"Question_no": True}, "line 1: 'Question_no' has to be a whole number."),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        canard.read(written(tmp_path, [row(**changed)]), "dev")
    assert complaint in str(caught.value)


def test_a_question_that_stands_there_twice_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="line 2: the id 'C_1_2' stands in an earlier line already"):
        canard.read(written(tmp_path, [row(), row()]), "dev")


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_copying_the_question_scores_as_it_is_published() -> None:
    samples = canard.read(BENCH / "canard", "dev")
    assert len(samples) == 1353
    copies = [canard.ask(one, rewrite=lambda question, history: question) for one in samples]
    (measure,) = [one for one in canard.MEASURES if one.how == "bleu"]
    assert measured(measure, [one.scores["bleu"] for one in copies]) == pytest.approx(0.3336, abs=0.00005)
