"""Claims about the mtrag-un suite: which tasks are asked, with what was said before, and what is found for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from given_bench import BENCH, asked, request, written

from evals.errors import EvalError
from evals.suites import mtrag_un
from rag.types import Turn

PASSAGES = {
    "dam": "The dam at Lorn was built by Ada Kern, an engineer from the north coast, in three years.",
    "cost": "Building the dam at Lorn cost four million crowns, of which the town paid a half.",
    **{f"bread-{n}": f"Of the {n} bakers in Osterby none sells rye bread on Mondays." for n in range(3, 12)},
}


@pytest.fixture(autouse=True)
def _libraries_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are kept under the working folder: not in the repository's own."""
    monkeypatch.chdir(tmp_path)


def said(*texts: str) -> list[dict[str, str]]:
    return [{"speaker": "agent" if place % 2 else "user", "text": text} for place, text in enumerate(texts)]


def row(**changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "task_id": "t<::>2",
        "Collection": "govt",
        "input": said("Who built the dam at Lorn?", "Ada Kern did.", "What did it cost?"),
        "contexts": [],
    }
    return plain | changed


def split(folder: Path, *rows: object, qrels: object = None) -> Path:
    written(folder, rows or [row()], name="tasks.jsonl")
    judged = {"t<::>2": {"cost": 1, "dam": 1}} if qrels is None else qrels
    (folder / "dev" / "qrels.json").write_text(json.dumps(judged), encoding="utf-8")
    lines = (json.dumps({"document_id": name, "text": text}) for name, text in PASSAGES.items())
    (folder / "pool.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def test_the_last_thing_the_user_said_is_the_question(tmp_path: Path) -> None:
    unjudged = row(task_id="u<::>1")
    (one,) = mtrag_un.read(split(tmp_path, row(), unjudged), "dev")
    assert (one.id, one.kind, one.question) == ("t<::>2", "govt", "What did it cost?")
    assert one.history == (
        Turn(role="user", content="Who built the dam at Lorn?"),
        Turn(role="assistant", content="Ada Kern did."),
    )
    assert one.expected.passages == ("cost", "dam")


def test_a_passage_of_no_worth_is_not_relevant(tmp_path: Path) -> None:
    (one,) = mtrag_un.read(split(tmp_path, qrels={"t<::>2": {"cost": 1, "dam": 0}}), "dev")
    assert one.expected.passages == ("cost",)


def test_what_is_found_is_scored_by_where_it_stands(tmp_path: Path) -> None:
    (outcome,) = asked(mtrag_un.SUITE, split(tmp_path)).values()
    assert sorted(outcome.response["found_at"]) == [1, 2]
    assert outcome.scores["r5"].got == pytest.approx(1.0) and outcome.scores["ndcg5"].got == pytest.approx(1.0)
    assert outcome.failures == () and set(outcome.response["ranking"][:2]) == {"cost", "dam"}


def test_a_passage_that_the_pool_lacks_is_one_sentence(tmp_path: Path) -> None:
    data = split(tmp_path, qrels={"t<::>2": {"gone": 1}})
    with (
        pytest.raises(EvalError, match="has no passage 'gone', which question 't<::>2' is to find"),
        mtrag_un.SUITE.start(request(data), mtrag_un.read(data, "dev")),
    ):
        pass


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"task_id": ""}, "line 1: 'task_id' has to be a text that is not empty."),
        ({"input": "Who?"}, "line 1: 'input' has to be a list of turns."),
        ({"input": [{"speaker": "nobody", "text": "Who?"}]}, "line 1: each turn of 'input' has to say whether"),
        ({"input": said("Who?", "Ada.")}, "line 1: 'input' has to end with what the user asks."),
        ({"input": []}, "line 1: 'input' has to end with what the user asks."),
        ({"input": said("")}, "line 1: 'text' has to be a text that is not empty."),
    ],
)
def test_a_bad_row_is_one_sentence(tmp_path: Path, changed: dict[str, object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        mtrag_un.read(split(tmp_path, row(**changed)), "dev")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("qrels", "complaint"),
    [
        ([], "a JSON object of tasks is expected"),
        ({"t<::>2": ["cost"]}, "a JSON object of tasks is expected"),
        ({}, "there is no task in it of which relevant passages are known"),
        ({"t<::>9": {"cost": 1}}, "has no task 't<::>9', of which relevant passages are known"),
    ],
)
def test_bad_judgements_are_one_sentence(tmp_path: Path, qrels: object, complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        mtrag_un.read(split(tmp_path, qrels=qrels), "dev")
    assert complaint in str(caught.value)


def test_a_task_that_stands_there_twice_and_cut_judgements_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match="line 2: the task 't<::>2' stands in an earlier line already"):
        mtrag_un.read(split(tmp_path, row(), row()), "dev")
    (tmp_path / "dev" / "qrels.json").write_text("{", encoding="utf-8")
    with pytest.raises(EvalError, match="not whole JSON"):
        mtrag_un.read(tmp_path, "dev")


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = mtrag_un.read(BENCH / "mtrag-un", "dev")
    assert {one.kind for one in samples} == {"clapnq", "fiqa", "govt", "ibmcloud"} and len(samples) == 122
    articles = mtrag_un.read_pool(BENCH / "mtrag-un", mtrag_un.POOL, name="document_id")
    assert len(articles) == 1488
    mtrag_un.require(articles, {one.id: list(one.expected.passages) for one in samples})
