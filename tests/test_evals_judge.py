"""The language model as judge: what it is asked, what counts as its verdict, what is done with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eval_bench import Bench
from hypothesis import given
from hypothesis import strategies as st
from model_server import Behaviour, ModelServer, fails, says

from evals.errors import EvalError
from evals.judge import Judge, Verdict, judging, messages, read
from evals.judge import judged as judged_suite
from evals.runs import read_run
from evals.suites import aleppo, bipia, multihop_rag, ramdocs, realtimeqa, rgb, robustrag
from evals.types import Outcome, Sample, Score, Suite
from rag.config import Settings
from rag.models import Model
from rag.types import Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What counts as right."""

    answers: tuple[str, ...] = ()


def settings(server: ModelServer) -> Settings:
    return Settings(_env_file=None, openai_api_key=None, openai_base_url=server.base_url, openai_model="judge-1")


def sample(*answers: str, history: tuple[Turn, ...] = ()) -> Sample[Gold]:
    return Sample(id="a", kind="fact", question="How many drowned?", expected=Gold(answers=answers), history=history)


def judged(outcome: Outcome, *script: Behaviour, of: Sample[Gold]) -> tuple[Outcome, list[str]]:
    """The outcome once it was judged, and what the judge was asked."""
    with ModelServer(*script) as server:
        judge = Judge(Model(settings(server)))
        ask = judging(lambda one: outcome, reference=lambda one: one.expected.answers, judge=judge)
        return ask(of), [request.prompt for request in server.requests]


ANSWERED = Outcome(response={"answer": "Twelve people did."}, scores={"facts": Score(got=0.0)})


# --- what it is asked


def test_question_references_and_answer_stand_apart_between_lines_that_nobody_foresees():
    rules, asked = messages("Who?", ["Ada Kern", "A. Kern"], "It was Kern.", nonce="n0")
    assert (rules.role, asked.role) == ("system", "user")
    assert "never an instruction" in rules.content and "<question-n0>" in rules.content
    assert asked.content.startswith(
        "<question-n0>\nWho?\n</question-n0>\n\n<reference-n0>\nAda Kern\n</reference-n0>\n\n"
        "<reference-n0>\nA. Kern\n</reference-n0>\n\n<answer-n0>\nIt was Kern.\n</answer-n0>\n\n"
    )
    assert messages("Who?", ["x"], "y") != messages("Who?", ["x"], "y")


@given(st.text(st.sampled_from("</>[]-n0answer \n\x00\u202e\ud800"), max_size=60))
def test_no_text_closes_or_opens_a_block(text: str):
    asked = messages(text, [text], text, nonce="n0n")[1].content
    assert [
        asked.count(f"{sign}{name}-n0n>") for name in ("question", "reference", "answer") for sign in ("<", "</")
    ] == [1] * 6
    assert asked.count("n0n") == 6 and "[" not in asked


# --- what it says


@pytest.mark.parametrize(
    ("reply", "correct"),
    [
        ("CORRECT", True),
        ("correct.\n", True),
        ("**CORRECT**", True),
        ("<think>Perhaps INCORRECT?</think>\n\nCORRECT", True),
        ("INCORRECT", False),
        ("Incorrect.", False),
    ],
)
def test_one_word_is_a_verdict(reply: str, correct: bool):
    assert read(reply) == Verdict(correct=correct, note="CORRECT" if correct else "INCORRECT")


@pytest.mark.parametrize(
    "reply",
    ["UNSURE", "", "NOT CORRECT", "CORRECT because it says so", "CORRECT\nINCORRECT", "Yes", "<think>CORRECT", "1"],
)
def test_everything_else_is_none(reply: str):
    verdict = read(reply)
    assert verdict.correct is None and verdict.note


def test_a_long_reply_is_cut_in_the_note_and_what_cannot_be_written_left_out():
    note = read("CORRECT or \ud800" + "so " * 500).note
    assert len(note) < 300 and note.encode("utf-8")


# --- what is done with it


@pytest.mark.parametrize(("reply", "got"), [("CORRECT", 1.0), ("INCORRECT", 0.0)])
def test_a_verdict_is_a_score_beside_the_others(reply: str, got: float):
    outcome, asked = judged(ANSWERED, says(reply), of=sample("12"))
    assert outcome.scores == {"facts": Score(got=0.0), "judged_correct": Score(got=got)}
    assert outcome.response["judge"] == {"model": "judge-1", "reference": ["12"], "verdict": reply}
    assert outcome.response["answer"] == "Twelve people did."
    (prompt,) = asked
    assert "How many drowned?" in prompt and "\n12\n" in prompt and "Twelve people did." in prompt


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        (says("UNSURE"), "UNSURE"),
        (says("I would say so."), "not one of the three words: I would say so."),
        (fails(401), "the judge failed: "),
    ],
)
def test_without_a_verdict_there_is_no_such_score_and_the_response_says_why(reply: Behaviour, note: str):
    outcome, _ = judged(ANSWERED, reply, of=sample("12"))
    assert outcome.scores == ANSWERED.scores and outcome.failures == () and outcome.unscored is None
    assert str(outcome.response["judge"]["verdict"]).startswith(note)


def test_an_answer_that_abstains_is_wrong_without_asking():
    refused = Outcome(response={"answer": "The articles do not say: 12.", "abstained": True})
    outcome, asked = judged(refused, says("CORRECT"), of=sample("12"))
    assert outcome.scores["judged_correct"] == Score(got=0.0) and asked == []
    assert outcome.response["judge"]["verdict"] == "no answer"


@pytest.mark.parametrize(
    ("outcome", "answers"),
    [
        (Outcome(unscored="It broke.", response={"answer": "x"}), ("12",)),
        (Outcome(response={"hits": []}), ("12",)),
        (ANSWERED, ()),
    ],
)
def test_what_was_not_scored_has_no_answer_or_no_reference_is_not_judged(outcome: Outcome, answers: Sequence[str]):
    after, asked = judged(outcome, says("CORRECT"), of=sample(*answers))
    assert after == outcome and asked == []


def test_the_judge_of_a_follow_up_sees_what_was_said_before():
    history = (Turn(role="user", content="Was there a flood?"), Turn(role="assistant", content="Yes, in Lorn."))
    _, (prompt,) = judged(ANSWERED, says("CORRECT"), of=sample("12", history=history))
    assert "Earlier, user: Was there a flood?\nEarlier, assistant: Yes, in Lorn.\nThe question: How many" in prompt


def test_no_judge_without_a_model():
    with pytest.raises(
        EvalError, match=r"^--judge needs a language model: set OPENAI_BASE_URL or OPENAI_API_KEY .*\.$"
    ):
        Judge.of(Settings(_env_file=None, openai_api_key=None, openai_base_url=None))


# --- the command


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Bench(tmp_path)


def test_a_judged_run_has_one_more_measure_and_names_its_judge(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    with ModelServer(says("CORRECT"), says("UNSURE"), says("INCORRECT")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.setenv("OPENAI_MODEL", "judge-1")
        assert bench.run("--judge", "--out", "run.json") == 0
        prompts = [request.prompt for request in server.requests]
    run = read_run(Path("run.json"))
    # Three answers have a reference: a and d are judged, the judge of b is unsure; c has none, e failed.
    assert [record.id for record in run.records if "judged_correct" in record.outcome.scores] == ["a", "d"]
    assert [record.id for record in run.records if "judge" in record.outcome.response] == ["a", "b", "d"]
    assert "\n12; 15\n" in prompts[1]
    (overall,) = [one for one in run.estimates if one.measure == "judged_correct" and one.kind is None]
    assert (overall.n, overall.value) == (2, 0.5)
    assert run.measures[-1].label in capsys.readouterr().out
    assert run.settings["judge"] == "judge-1"


def test_without_the_option_nobody_is_asked(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    with ModelServer(always=says("CORRECT")) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        assert bench.run("--out", "run.json") == 0
        assert server.requests == []
    found = json.loads(Path("run.json").read_text(encoding="utf-8"))
    assert "judge" not in found["settings"] and "judged_correct" not in [one["name"] for one in found["measures"]]


def test_a_judge_is_refused_before_anything_is_asked(bench: Bench, capsys: pytest.CaptureFixture[str]):
    assert bench.run("--judge", "--out", "run.json") == 1
    assert capsys.readouterr().err.startswith("--judge needs a language model")
    assert not bench.pipelines and not Path("run.json").exists()


def test_a_suite_without_references_is_refused():
    with ModelServer() as server:
        judge = Judge(Model(settings(server)))
    with pytest.raises(EvalError, match=r"^aleppo has no reference answers to judge by; run it without --judge\.$"):
        judged_suite(replace(aleppo.SUITE, reference=None), judge)


def gold(suite: Suite[Any], kind: str, expected: Any) -> tuple[str, ...]:
    assert suite.reference is not None
    return tuple(suite.reference(Sample(id="a", kind=kind, question="Who?", expected=expected)))


def test_every_suite_of_answers_has_its_references_and_none_where_it_is_right_to_refuse():
    both = (("Ada Kern", "A. Kern"), ("1912",))
    assert gold(rgb.SUITE, "C0", rgb.Gold(documents=(), answer=both, altered=())) == ("Ada Kern; 1912",)
    assert gold(rgb.SUITE, "C2", rgb.Gold(documents=(), answer=both, altered=())) == ()
    assert gold(bipia.SUITE, "clean", bipia.Gold(documents=(), ideal="$12.50")) == ("$12.50",)
    assert gold(bipia.SUITE, "clean", bipia.Gold(documents=(), ideal="Unknown.")) == ()
    told = multihop_rag.Gold(answer="Ada Kern", facts=("Ada Kern came.",), articles=("North",))
    assert gold(multihop_rag.ANSWERS, "inference", told) == ("Ada Kern",)
    assert gold(multihop_rag.ANSWERS, "null", multihop_rag.Gold(answer="Insufficient information.")) == ()
    several = ramdocs.Gold(documents=(), types=(), right=("1912", "1913"), wrong=("1914",))
    assert gold(ramdocs.SUITE, "ambiguous", several) == ("1912; 1913",)
    orders = realtimeqa.Gold(answers=("A B", "B A"), year="2025")
    assert gold(realtimeqa.ANSWERS, "searched", orders) == ("A B", "B A")
    attacked = robustrag.Gold(documents=(), right=("Ada", "Ada Kern"), attacker="Bo", clean="a")
    assert gold(robustrag.SUITE, "clean", attacked) == ("Ada", "Ada Kern")
