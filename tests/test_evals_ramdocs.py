"""Claims about the ramdocs suite: what is stated, what is stated first, and what is flagged."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from given_bench import BENCH, asked, refused, said, written

from evals.errors import EvalError
from evals.given import snippets
from evals.suites import ramdocs
from evals.types import Sample, Score


def row(**changed: object) -> dict[str, object]:
    documents = [
        {"text": "Orla Finn, a rower from Moss, won the cup in 1990.", "type": "correct", "answer": "rowing"},
        {"text": "Orla Finn the fencer was born in 1990 at Lorn.", "type": "correct", "answer": "fencing"},
        {"text": "Orla Finn is known all over the coast for chess.", "type": "misinfo", "answer": "chess"},
        {"text": "The club at Moss opens its doors again in the spring.", "type": "noise", "answer": "unknown"},
    ]
    plain = {"question": "What sport is Orla Finn known for?", "documents": documents, "disambig_entity": ["a", "b"]}
    return plain | {"gold_answers": ["rowing", "fencing"], "wrong_answers": ["Chess", "Chess"]} | changed


def sample(right: tuple[str, ...] = ("Rowing",), wrong: tuple[str, ...] = ()) -> Sample[ramdocs.Gold]:
    gold = ramdocs.Gold(documents=snippets(["Some text."]), types=("correct",), right=right, wrong=wrong)
    return Sample(id="1", kind="plain", question="Which sport?", expected=gold)


def scores(one: Sample[ramdocs.Gold], *sentences: str, flagged: bool = False) -> dict[str, float]:
    found, _ = ramdocs.score(one, said(*sentences, flagged=flagged))
    return {name: score.got / score.of for name, score in found.items() if name != "words"}


def test_documents_come_in_the_order_of_their_hashes_with_their_types(tmp_path: Path) -> None:
    (one,) = ramdocs.read(written(tmp_path, [row()]), "dev")
    texts = [document.text for document in one.expected.documents]
    assert texts == sorted(texts, key=lambda text: hashlib.sha256(text.encode()).hexdigest())
    types = dict(zip(texts, one.expected.types, strict=True))
    assert types == {document["text"]: document["type"] for document in row()["documents"]}
    assert [document.id for document in one.expected.documents] == [f"document-{n:02}" for n in (1, 2, 3, 4)]
    assert (one.expected.right, one.expected.wrong) == (("rowing", "fencing"), ("Chess",))


def test_an_id_does_not_hang_on_the_place_in_the_file_nor_on_the_order_of_documents(tmp_path: Path) -> None:
    other = row(question="What is Orla Finn known for?")
    backwards = row(documents=row()["documents"][::-1])
    first = [one.id for one in ramdocs.read(written(tmp_path, [row(), other]), "dev")]
    assert first == [one.id for one in ramdocs.read(written(tmp_path, [other, backwards]), "dev")][::-1]


@pytest.mark.parametrize(
    ("right", "wrong", "kind", "conflict"),
    [
        (["Rowing"], [], "plain", False),
        (["Rowing"], ["rowing"], "misinformation", False),
        (["Rowing"], ["Chess"], "misinformation", True),
        (["Rowing", "rowing"], [], "ambiguous", False),
        (["Rowing", "Fencing"], [], "ambiguous", True),
        (["Rowing", "Fencing"], ["Chess"], "ambiguous_misinformation", True),
    ],
)
def test_kinds_say_where_answers_conflict(
    tmp_path: Path, right: list[str], wrong: list[str], kind: str, conflict: bool
) -> None:
    (one,) = ramdocs.read(written(tmp_path, [row(gold_answers=right, wrong_answers=wrong)]), "dev")
    assert (one.kind, one.expected.conflict) == (kind, conflict)


def test_right_answers_stated_are_counted_and_a_wrong_one_spoils_the_exact_answer() -> None:
    one = sample(("Rowing", "Fencing", "Golf", "Judo"), ("Chess",))
    assert scores(one, "She rows and fences.") == {"right": 0, "exact": 0, "refused": 0, "lead": 0, "flagged": 0}
    assert scores(one, "ROWING.", "Then fencing, golf.")["right"] == 0.75
    every = ("Rowing, fencing, golf, judo.",)
    assert scores(one, *every)["exact"] == 1
    assert scores(one, *every, "Not chess.") == {"right": 1, "exact": 0, "refused": 0, "lead": 1, "flagged": 0}


@pytest.mark.parametrize(
    ("sentence", "leads"),
    [
        ("Rowing, not chess.", 1),
        ("Chess, not rowing.", 0),
        ("Rowing.", 1),
        ("Chess.", 0),
        ("Neither.", 0),
        ("Water chess, and rowing.", 0),
        ("Rowing boats.", 0),
    ],
)
def test_the_answer_stated_first_has_to_be_a_right_one(sentence: str, leads: int) -> None:
    assert scores(sample(("Rowing",), ("Chess", "rowing boat")), sentence)["lead"] == leads


def test_an_answer_that_is_both_right_and_wrong_is_right_where_it_is_first() -> None:
    assert scores(sample(("Chess",), ("chess", "Golf")), "Chess, golf.")["lead"] == 1


def test_where_there_is_no_wrong_answer_there_is_none_to_come_first() -> None:
    assert "lead" not in scores(sample(("Rowing", "Golf")), "Rowing.")


def test_a_flag_is_right_where_two_answers_are_given_and_a_false_alarm_elsewhere() -> None:
    two, one = sample(("Rowing",), ("Chess",)), sample(("Rowing",))
    assert scores(two, "Rowing.", flagged=True)["flagged"] == 1
    assert scores(two, "Rowing.")["flagged"] == 0
    assert scores(one, "Rowing.", flagged=True)["flagged_elsewhere"] == 1
    assert scores(one, "Rowing.")["flagged_elsewhere"] == 0
    assert ramdocs.score(two, said("Rowing."))[1] == ["disagreement not flagged"]
    assert ramdocs.score(one, said("Rowing.", flagged=True))[1] == ["flagged, though only one answer is given"]


def test_a_refusal_states_nothing_whatever_its_sentence_says() -> None:
    found, failures = ramdocs.score(sample(("Orla Finn",), ("Chess",)), refused())
    assert found == {name: Score(got=0) for name in ("right", "exact", "lead", "flagged")} | {"refused": Score(got=1)}
    assert failures == ["refused, though the documents say it"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"documents": []}, "line 1: 'documents' has to be a list of documents that is not empty."),
        ({"documents": ["text"]}, "line 1: each of 'documents' has to be an object with text and type."),
        ({"documents": [{"text": "", "type": "noise"}]}, "line 1: 'text' has to be a text that is not empty."),
        ({"gold_answers": []}, "line 1: 'gold_answers' has to hold an answer."),
        ({"wrong_answers": None}, "line 1: 'wrong_answers' has to be a list of texts."),
        ({"question": 3}, "line 1: 'question' has to be a text that is not empty."),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        ramdocs.read(written(tmp_path, [row(**changed)]), "dev")
    assert complaint in str(caught.value)


def test_the_product_is_asked_of_the_documents(tmp_path: Path) -> None:
    (outcome,) = asked(ramdocs.SUITE, written(tmp_path, [row()])).values()
    assert outcome.unscored is None and {"right", "lead", "flagged", "exact", "refused"} <= set(outcome.scores)
    assert len(outcome.response["given"]) == 4


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = ramdocs.read(BENCH / "ramdocs", "dev")
    assert len(samples) == 206
    stored_first = [one for one in samples if one.expected.types[0] == "correct"]
    assert len(stored_first) < 0.85 * len(samples)  # as they are stored it is 95 of 100
