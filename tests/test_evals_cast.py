"""Claims about the cast suite: follow-ups with what was shown before them, and where their passage is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from given_bench import BENCH, asked, request, written

from evals.errors import EvalError
from evals.suites import cast
from evals.suites.cast import passage_id
from rag.types import Turn

DAM = "The dam at Lorn was built by Ada Kern, an engineer from the north coast, in three years."
COST = "Building the dam at Lorn cost four million crowns, of which the town paid a half."
FERRY = "The ferry at Moss crosses the sound twice a day and was painted last spring."
OTHERS = [f"Of the {number} bakers in Osterby none sells rye bread on Mondays." for number in range(3, 12)]


@pytest.fixture(autouse=True)
def _libraries_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries are kept under the working folder: not in the repository's own."""
    monkeypatch.chdir(tmp_path)


def turn(number: int, asked: str, passage: str, **changed: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "number": number,
        "raw_utterance": asked,
        "manual_rewritten_utterance": f"{asked} (Lorn)",
        "canonical_result_id": "WAPO_b2e8-1",
        "passage": passage,
    }
    return plain | changed


TURNS = [
    turn(1, "Who built the dam at Lorn?", DAM),
    turn(2, "What did it cost?", COST),
    turn(3, "Who else is known there?", DAM, canonical_result_id=None),
]


def topics(folder: Path, *given: object) -> Path:
    (folder / "dev").mkdir(exist_ok=True)
    content = json.dumps(list(given) or [{"number": 7, "turn": TURNS}])
    (folder / "dev" / "2031_manual_topics.json").write_text(content, encoding="utf-8")
    return folder


def pool(folder: Path, *passages: str) -> Path:
    rows = [{"pid": passage_id(passage), "text": passage} for passage in passages or (DAM, COST, FERRY, *OTHERS)]
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "pool_2031.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_a_followup_has_all_that_was_asked_and_shown_before_it(tmp_path: Path) -> None:
    second, third = cast.read(topics(tmp_path), "dev")
    assert (second.id, second.kind, second.question) == ("7_2", "wapo", "What did it cost?")
    assert second.history == (
        Turn(role="user", content="Who built the dam at Lorn?"),
        Turn(role="assistant", content=DAM),
    )
    assert second.expected == cast.Gold(
        passage=passage_id(COST), shown=(passage_id(DAM),), rewritten="What did it cost? (Lorn)"
    )
    assert third.kind == "followup" and third.expected.shown == (passage_id(DAM), passage_id(COST))


def test_what_was_shown_is_left_out_of_what_is_found(tmp_path: Path) -> None:
    outcomes = asked(cast.SUITE, pool(topics(tmp_path)))
    found = outcomes["7_2"]
    assert found.response["ranking"][0] == passage_id(COST) and passage_id(DAM) not in found.response["ranking"]
    assert (found.scores["r5"].got, found.scores["mrr"].got, found.response["found_at"]) == (1.0, 1.0, 1)
    # The third turn's passage was shown at the first: it cannot be found, as the task has it.
    missed = outcomes["7_3"]
    assert (missed.scores["r5"].got, missed.scores["mrr"].got, missed.response["found_at"]) == (0.0, 0.0, None)
    assert missed.failures == (f"not among the first five: {passage_id(DAM)}",)


def test_a_passage_that_the_pool_lacks_is_one_sentence(tmp_path: Path) -> None:
    data = pool(topics(tmp_path), DAM, FERRY)
    samples = cast.read(data, "dev")
    with (
        pytest.raises(EvalError, match=f"has no passage '{passage_id(COST)}', which question '7_2' is to find"),
        cast.SUITE.start(request(data), samples),
    ):
        pass


def test_a_missing_pool_is_one_sentence(tmp_path: Path) -> None:
    data = topics(tmp_path)
    with (
        pytest.raises(EvalError, match=r"has no file pool_\*\.jsonl with the passages to search"),
        cast.SUITE.start(request(data), cast.read(data, "dev")),
    ):
        pass


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["no"], "topic 1: a JSON object is expected."),
        ([{"number": 1}], "topic 1: 'turn' has to be a list of objects."),
        ([{"number": 1, "turn": [3]}], "topic 1: a JSON object is expected."),
        ([{"number": 1, "turn": [turn(1, "", DAM)]}], "topic 1: 'raw_utterance' has to be a text that is not empty."),
        ([{"number": 1, "turn": [turn(1, "Who?", " ")]}], "topic 1: 'passage' has to be a text that is not empty."),
        ([{"number": 7, "turn": TURNS}] * 2, "topic 2: the turn '7_2' stands there twice."),
        ([{"number": 7, "turn": TURNS[:1]}], "there is no follow-up question in it."),
    ],
)
def test_bad_topics_are_one_sentence(tmp_path: Path, given: list[object], complaint: str) -> None:
    with pytest.raises(EvalError) as caught:
        cast.read(topics(tmp_path, *given), "dev")
    assert complaint in str(caught.value)


@pytest.mark.parametrize(("content", "complaint"), [("[", "not whole JSON"), ("{}", "a JSON list of topics")])
def test_a_cut_file_is_one_sentence(tmp_path: Path, content: str, complaint: str) -> None:
    (topics(tmp_path) / "dev" / "2031_manual_topics.json").write_text(content, encoding="utf-8")
    with pytest.raises(EvalError, match=complaint):
        cast.read(tmp_path, "dev")


def test_a_split_without_topics_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=r"has no file \*manual_topics\.json"):
        cast.read(written(tmp_path, []), "dev")


@pytest.mark.skipif(not BENCH.exists(), reason="the benchmark is not here")
def test_the_public_split_is_as_it_is_described() -> None:
    samples = cast.read(BENCH / "cast", "dev")
    articles = cast.read_pool(BENCH / "cast", cast.POOL, name="pid")
    assert len({one.id.partition("_")[0] for one in samples}) == 9 and len(articles) == 235
    assert all(article.id == passage_id(article.text) for article in articles)
    cast.require(articles, {one.id: [one.expected.passage] for one in samples})
