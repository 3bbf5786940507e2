"""Claims about the nomiracl suite: passages and their titles, and what it is to answer or to refuse rightly."""

from __future__ import annotations

from pathlib import Path

import pytest
from given_bench import BENCH, asked, got, refused, said, written

from evals.errors import EvalError
from evals.libraries import GivenArticle
from evals.statistics import measured
from evals.suites import nomiracl
from evals.types import Sample, Score

DAM = "Lorn Dam: The dam at Lorn was built by Ada Kern, an engineer from the north coast."
FERRY = "Moss Ferry: The ferry at Moss crosses the sound twice a day and was painted last spring."


def row(**changed: object) -> dict[str, object]:
    plain = {"query_id": "1#0", "question": "Who built the dam at Lorn?", "answerable": True}
    return plain | {"docids": ["5#0", "6#2"], "passages": [DAM, FERRY]} | changed


def sample(answerable: bool) -> Sample[nomiracl.Gold]:
    kind = nomiracl.RELEVANT if answerable else nomiracl.NON_RELEVANT
    gold = nomiracl.Gold(documents=(GivenArticle(id="5#0", text=DAM),), answerable=answerable)
    return Sample(id="1", kind=kind, question="Who?", expected=gold)


def test_a_title_stands_apart_from_its_passage(tmp_path: Path) -> None:
    late = "The dam of which so many people in so many towns had spoken for years fell: nobody was hurt by it."
    blank = "Lorn:  "
    written(tmp_path, [row(docids=["5#0", "6#2", "7#0"], passages=[DAM, late, blank])])
    (one,) = nomiracl.read(tmp_path, "dev")
    assert one.expected.documents == (
        GivenArticle(
            id="5#0",
            title="Lorn Dam",
            text="The dam at Lorn was built by Ada Kern, an engineer from the north coast.",
        ),
        GivenArticle(id="6#2", text=late),
        GivenArticle(id="7#0", text=blank),
    )
    assert (one.id, one.kind, one.expected.answerable) == ("1#0", "relevant", True)


def test_to_answer_is_right_where_a_passage_is_relevant_and_wrong_elsewhere() -> None:
    answer = said("Ada Kern built it.")
    assert nomiracl.score(sample(True), answer) == (
        {"judged": Score(got=1, positive=True), "words": Score(got=4), "error": Score(got=0)},
        [],
    )
    assert nomiracl.score(sample(False), answer) == (
        {"judged": Score(got=0, positive=False), "words": Score(got=4), "hallucination": Score(got=1)},
        ["answered, though no passage is relevant"],
    )


def test_to_refuse_is_wrong_where_a_passage_is_relevant_and_right_elsewhere() -> None:
    assert nomiracl.score(sample(True), refused()) == (
        {"judged": Score(got=0, positive=True), "error": Score(got=1)},
        ["refused, though a passage is relevant"],
    )
    assert nomiracl.score(sample(False), refused()) == (
        {"judged": Score(got=1, positive=False), "hallucination": Score(got=0)},
        [],
    )


def test_the_score_of_the_evidence_is_kept_with_whether_a_passage_is_relevant() -> None:
    for answerable in (True, False):
        for answer in (said("Yes.", score=0.4), refused(score=0.4)):
            assert nomiracl.score(sample(answerable), answer)[0]["weighed"] == Score(got=0.4, positive=answerable)


def test_balanced_accuracy_is_one_less_the_mean_of_both_kinds_of_error() -> None:
    # Answerable: 1 of 4 refused. Not answerable: 1 of 2 answered. 1 - (1/4 + 1/2) / 2 = 0.625.
    given = [(True, said("Yes."))] * 3 + [(True, refused()), (False, refused()), (False, said("Yes."))]
    scores = [nomiracl.score(sample(answerable), answer)[0] for answerable, answer in given]
    (measure,) = [one for one in nomiracl.MEASURES if one.how == "balanced"]
    assert measured(measure, [one[measure.score] for one in scores]) == pytest.approx(0.625)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"answerable": "yes"}, "line 1: 'answerable' has to be true or false."),
        ({"question": " "}, "line 1: 'question' has to be a text that is not empty."),
        ({"query_id": None}, "line 1: 'query_id' has to be a text that is not empty, or a whole number."),
        ({"passages": "one"}, "line 1: 'passages' has to be a list of texts."),
        ({"passages": [], "docids": []}, "line 1: 'docids' has to name each of 'passages' once"),
        ({"docids": ["5#0"]}, "line 1: 'docids' has to name each of 'passages' once"),
        ({"docids": ["5#0", "5#0"]}, "line 1: 'docids' has to name each of 'passages' once"),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        nomiracl.read(written(tmp_path, [row(**changed)]), "dev")
    assert complaint in str(caught.value)


def test_the_product_answers_from_the_passages_or_refuses(tmp_path: Path) -> None:
    unsaid = row(query_id="2#0", question="How tall is the tower of Brenn cathedral?", answerable=False)
    outcomes = asked(nomiracl.SUITE, written(tmp_path, [row(), unsaid]))
    weighed = [outcomes[name].response["score"] for name in ("1#0", "2#0")]
    assert weighed[0] > weighed[1]
    assert got(outcomes["1#0"]) == {"judged": 1, "error": 0, "weighed": weighed[0]}
    assert got(outcomes["2#0"]) == {"judged": 1, "hallucination": 0, "weighed": weighed[1]}
    assert "Ada Kern" in str(outcomes["1#0"].response["answer"])
    assert set(outcomes["1#0"].response["given"].values()) == {"5#0", "6#2"}


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = nomiracl.read(BENCH / "nomiracl-en", "dev")
    assert (len(samples), sum(one.expected.answerable for one in samples)) == (212, 97)
    assert {len(one.expected.documents) for one in samples} == {10}
    assert all(document.title for one in samples for document in one.expected.documents)
