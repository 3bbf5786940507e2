"""Claims about runs that are stopped: what is kept, how they are gone on with, and when they are not."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from eval_bench import ANSWERS, ROWS, Bench

from evals.compare import comparison
from evals.errors import EvalError
from evals.harness import run_suite
from evals.partial import FORMAT
from evals.runs import read_run
from evals.suites import aleppo
from evals.types import Request
from rag.config import Settings
from rag.types import Answer

PARTIAL = Path("run.json.partial")
GOES_ON = "Stopped with {} of 5 questions done; the same command with --out run.json goes on from there."


class CtrlC(KeyboardInterrupt):
    """A person's Ctrl-C while a question is asked."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return Bench(tmp_path)


def stopped(bench: Bench, question: str = "And then?", *more: str) -> None:
    """Run the questions until `question` is asked."""
    given, bench.answers = bench.answers, bench.answers | {question: CtrlC()}
    assert bench.run("--out", "run.json", *more) == 130
    bench.answers = given


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.strip().splitlines()


def lines() -> list[dict[str, object]]:
    return [json.loads(line) for line in PARTIAL.read_text(encoding="utf-8").splitlines()]


def test_a_stopped_run_says_how_to_go_on_and_asks_only_what_is_left(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped(bench)
    assert said(capsys) == [GOES_ON.format(3)]
    assert not Path("run.json").exists()
    assert bench.run("--out", "run.json") == 0
    assert said(capsys) == ["going on from 3 of 5 questions"]
    assert [question for question, _ in bench.pipelines[1].asked] == ["And then?", "Which dam?"]
    assert not PARTIAL.exists()


def test_a_run_gone_on_with_is_the_run_that_was_not_stopped(bench: Bench) -> None:
    assert bench.run("--out", "whole.json") == 0
    stopped(bench, "How many died?")
    stopped(bench, "And then?")
    assert bench.run("--out", "run.json") == 0
    whole, found = read_run(Path("whole.json")), read_run(Path("run.json"))
    assert [record.id for record in found.records] == [record.id for record in whole.records]
    text = comparison(whole, found)
    assert "5 questions asked alike in both" in text and "0 samples changed; 0 more" in text
    timed = {"latency_p50", "latency_p95"}
    assert [one for one in found.estimates if one.measure not in timed] == [
        one for one in whole.estimates if one.measure not in timed
    ]


def test_the_time_of_all_parts_is_added_and_the_first_one_says_when(bench: Bench) -> None:
    stopped(bench)
    header, *rest = lines()
    header["when"] = "2024-12-01T00:00:00+00:00"
    rest[-1]["seconds"] = 1000.0
    PARTIAL.write_text("".join(f"{json.dumps(line)}\n" for line in [header, *rest]), encoding="utf-8")
    assert bench.run("--out", "run.json") == 0
    run = read_run(Path("run.json"))
    assert 1000.0 < run.seconds < 1100.0
    assert run.when == "2024-12-01T00:00:00+00:00"


def test_a_question_that_could_not_be_scored_is_asked_again(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write([ROWS[4], *ROWS[:3]])
    stopped(bench, "How many died?")
    said(capsys)
    bench.answers["Which dam?"] = replace(_answer("How many drowned?"), question="Which dam?")
    assert bench.run("--out", "run.json") == 0
    assert said(capsys) == ["going on from 1 of 4 questions"]
    assert [question for question, _ in bench.pipelines[1].asked] == ["Which dam?", "How many died?", "Who won?"]
    assert read_run(Path("run.json")).unscored == 0


def test_a_line_torn_by_a_crash_counts_for_nothing(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    stopped(bench)
    whole = PARTIAL.read_bytes()
    PARTIAL.write_bytes(whole[:-20])
    stopped(bench, "And then?")
    assert said(capsys)[-2:] == ["going on from 2 of 5 questions", GOES_ON.format(3)]
    # What was added after the torn line is whole.
    assert bench.run("--out", "run.json") == 0
    assert said(capsys) == ["going on from 3 of 5 questions"]
    assert [question for question, _ in bench.pipelines[1].asked] == ["Who won?", "And then?"]


@pytest.mark.parametrize("kept", [0, 10, len(f'{{"format": "{FORMAT}", "wh')])
def test_a_run_torn_within_its_first_line_begins_again(bench: Bench, kept: int) -> None:
    stopped(bench)
    PARTIAL.write_bytes(PARTIAL.read_bytes()[:kept])
    assert bench.run("--out", "run.json") == 0
    assert len(bench.pipelines[1].asked) == 5
    assert len(read_run(Path("run.json")).records) == 5


def test_another_run_does_not_go_on_from_this_one(
    bench: Bench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(bench)
    said(capsys)
    before = PARTIAL.read_bytes()

    def complaint(*more: str, split: str = "dev") -> str:
        assert bench.run("--out", "run.json", *more, split=split) == 1
        assert len(bench.pipelines) == 1 and PARTIAL.read_bytes() == before
        (line,) = said(capsys)
        return line

    limited = complaint("--limit", "4")
    assert limited.startswith("run.json.partial is part of another run (limit none, now 4; questions ")
    assert limited.endswith("); delete it to begin again, or name another with --out FILE.")
    bench.write(ROWS, name="test")
    assert "(split dev, now test)" in complaint(split="test")
    monkeypatch.setenv("OPENAI_MODEL", "other-model")
    assert "(setting openai_model gpt-4o-mini, now other-model)" in complaint()
    monkeypatch.delenv("OPENAI_MODEL")
    bench.write([ROWS[0] | {"facts": [["13"]]}, *ROWS[1:]])
    assert "(questions " in complaint()


def test_another_commit_does_not_go_on_and_a_changed_tree_does(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped(bench)
    header, *rest = lines()

    def begin(**changed: object) -> None:
        whole = [header | changed, *rest]
        PARTIAL.write_text("".join(f"{json.dumps(line)}\n" for line in whole), encoding="utf-8")

    begin(commit="0123abc")
    said(capsys)
    assert bench.run("--out", "run.json") == 1
    assert "(commit 0123abc, now " in said(capsys)[0]
    begin(dirty=True)
    assert bench.run("--out", "run.json") == 0
    assert read_run(Path("run.json")).dirty is True


@pytest.mark.parametrize(
    ("foreign", "complaint"),
    [
        ("precious", "not a partial run of this version"),
        ('{"format": "something else"}\n', "not a partial run of this version"),
        ("\n", "its first line is damaged"),
        (f'{{"format": "{FORMAT}", "wh\n', "its first line is damaged"),
    ],
)
def test_a_file_of_something_else_is_left_alone(
    bench: Bench, capsys: pytest.CaptureFixture[str], foreign: str, complaint: str
) -> None:
    PARTIAL.write_text(foreign, encoding="utf-8")
    assert bench.run("--out", "run.json") == 1
    assert complaint in said(capsys)[0]
    assert PARTIAL.read_text(encoding="utf-8") == foreign and not bench.pipelines


def test_two_runs_do_not_write_to_one_file(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    with PARTIAL.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert bench.run("--out", "run.json") == 1
    assert "another run is writing to it" in said(capsys)[0]


def test_a_folder_in_the_place_of_the_file_is_a_stated_failure(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    PARTIAL.mkdir()
    assert bench.run("--out", "run.json") == 1
    assert "run.json.partial: cannot be opened" in said(capsys)[0]


def test_a_run_stopped_before_anything_was_done_leaves_nothing(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped(bench, "How many drowned?")
    assert said(capsys) == ["Stopped; no run was written."]
    assert not PARTIAL.exists()
    bench.articles = ()
    assert bench.run("--out", "run.json") == 1
    assert not PARTIAL.exists()


def test_the_default_file_is_named_when_a_run_is_stopped(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.answers["And then?"] = CtrlC()
    assert bench.run() == 130
    (path,) = Path("runs").glob("*.partial")
    assert f"--out {path.with_suffix('')} goes on" in said(capsys)[0]


def test_a_response_that_cannot_be_written_is_unscored_and_ends_nothing(bench: Bench) -> None:
    bench.answers["Who won?"] = replace(_answer("Who won?"), timings={"total": float("nan")})
    assert bench.run("--out", "run.json") == 0
    run = read_run(Path("run.json"))
    assert [record.id for record in run.records if record.outcome.unscored] == ["c", "e"]
    assert "ValueError" in str(run.records[2].outcome.unscored)


def kill() -> Answer:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def run_until_killed(folder: Path) -> None:
    os.chdir(folder)
    bench = Bench(folder)
    bench.answers["Who won?"] = kill
    bench.run("--out", "run.json")


def test_a_killed_run_is_gone_on_with(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    child = multiprocessing.get_context("spawn").Process(target=run_until_killed, args=(bench.folder,))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert len(lines()) == 3
    assert bench.run("--out", "run.json") == 0
    assert said(capsys) == ["going on from 2 of 5 questions"]
    assert len(bench.pipelines[0].asked) == 3
    assert len(read_run(Path("run.json")).records) == 5


def test_two_questions_with_one_id_are_refused(bench: Bench) -> None:
    suite = replace(aleppo.SUITE, read=lambda data, split: aleppo.read(data, split)[:1] * 2)
    request = Request(
        data=bench.folder,
        split="dev",
        corpus=bench.folder / "corpus",
        settings=Settings(_env_file=None),
        open_pipeline=bench.open,
    )
    with pytest.raises(EvalError, match="two questions have the id 'a'"):
        run_suite(suite, request, partial=PARTIAL)
    assert not PARTIAL.exists() and not bench.pipelines


def _answer(question: str) -> Answer:
    given = ANSWERS[question]
    assert isinstance(given, Answer)
    return given
