"""Claims about the eval command: what a run writes, what is refused, how two runs compare."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eval_bench import (
    DROWNED,
    NORTH,
    ROWS,
    SOUTH,
    Bench,
    answer_of,
    cite,
    refusal_of,
)

from evals.__main__ import listing, main
from evals.compare import comparison, shared
from evals.errors import EvalError
from evals.harness import data_of
from evals.libraries import fingerprint
from evals.provenance import commit, machine, public_settings
from evals.report import failures_report, number, run_report
from evals.runs import Record, Run, read_run, write_run
from evals.statistics import estimates
from evals.suites import aleppo
from evals.types import Measure, Outcome, Score
from rag.config import Settings
from rag.types import Turn


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Bench(tmp_path)


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def test_list_names_every_suite_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr().out.startswith("aleppo  ")


def test_the_list_marks_what_is_not_shipped_and_what_it_waits_for() -> None:
    chess = replace(aleppo.SUITE, name="chess-games", line="openings", data=None, lacks="board")
    assert listing([aleppo.SUITE, chess]).splitlines() == [
        f"aleppo        {aleppo.SUITE.line}",
        "chess-games * openings (waits for: board)",
        "",
        "* not shipped: name its folder with --data DIR",
    ]
    assert "*" not in listing([aleppo.SUITE])


def test_a_suite_that_is_not_shipped_asks_for_its_folder() -> None:
    with pytest.raises(EvalError, match=r"^chess is not shipped: name its folder with --data DIR\.$"):
        data_of(replace(aleppo.SUITE, name="chess", data=None), None)
    assert data_of(replace(aleppo.SUITE, data=None), Path("here")) == Path("here")
    assert data_of(aleppo.SUITE, None) == aleppo.SUITE.data


def test_a_run_writes_one_file_with_all_that_was_asked_answered_and_scored(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run("--out", "run.json", "--failures") == 0
    shown = capsys.readouterr()
    assert "5 questions, 4 scored, 1 unscored" in shown.out
    assert "d (followup) And then?" in shown.out and "not stated: warned" in shown.out
    assert "unscored: RuntimeError: the index is gone" in shown.out
    found = json.loads(Path("run.json").read_text(encoding="utf-8"))
    assert found["counts"] == {"samples": 5, "unscored": 1}
    assert set(found) >= {"commit", "dirty", "settings", "machine", "when", "suite", "split", "measures", "estimates"}
    first = found["samples"][0]
    assert first["response"]["citations"][0]["quote"] == DROWNED
    assert first["scores"]["facts"] == {"got": 1.0, "of": 1}
    assert first["latency_ms"] >= 0 and first["expected"]["articles"] == ["north"]
    facts = {one["kind"]: one for one in found["estimates"] if one["measure"] == "facts"}
    assert (facts[None]["n"], facts[None]["of"], facts[None]["value"]) == (3, 4, 0.75)
    assert (facts["fact"]["n"], facts["fact"]["value"]) == (1, 1.0)
    assert found["library"]["refused"] == ["bad.txt: It is empty."]


def test_history_goes_to_the_product_as_turns(bench: Bench) -> None:
    assert bench.run("--out", "run.json") == 0
    turns = (Turn(role="user", content="Who spoke?"), Turn(role="assistant", content="Ada Kern."))
    assert ("And then?", turns) in bench.pipelines[0].asked
    assert bench.pipelines[0].closed


def test_the_users_own_library_is_used_only_when_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(bench.folder / "mine"))
    assert bench.run("--out", "a.json") == 0
    assert bench.pipelines[0].settings.data_dir.parent == Path("runs/libraries")
    assert not (bench.folder / "mine").exists()
    assert bench.run("--out", "b.json", "--data-dir", "other") == 0
    assert bench.pipelines[1].settings.data_dir == Path("other")


def test_a_default_file_lies_in_runs_under_suite_split_and_time(bench: Bench) -> None:
    assert bench.run("--limit", "2") == 0
    (path,) = Path("runs").glob("aleppo-dev-*Z.json")
    assert [record.id for record in read_run(path).records] == ["a", "b"]


def test_a_run_read_back_is_the_run_written(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.run("--out", "run.json") == 0
    printed = capsys.readouterr().out
    run = read_run(Path("run.json"))
    assert run_report(run) in printed
    assert run.records[3].history == (("user", "Who spoke?"), ("assistant", "Ada Kern."))
    assert run.unscored == 1 and run.measures == aleppo.MEASURES


def test_a_run_in_which_nothing_could_be_scored_is_kept_and_is_a_failure(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.write(ROWS[4:])
    assert bench.run("--out", "run.json") == 1
    assert "No sample could be scored: RuntimeError: the index is gone" in complaint(capsys)
    assert read_run(Path("run.json")).unscored == 1


def test_nothing_is_overwritten(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    Path("run.json").write_text("precious", encoding="utf-8")
    assert bench.run("--out", "run.json") == 1
    assert "nothing is overwritten" in complaint(capsys)
    assert Path("run.json").read_text(encoding="utf-8") == "precious"
    assert not bench.pipelines


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "aleppo", "--data", "nowhere"], 1, "nowhere: no such folder of questions"),
        (["run", "aleppo", "--data", ".", "--split", "test"], 1, "no split 'test'; there is: dev"),
        (["run", "aleppo", "--data", ".", "--split", "../x/dev"], 1, "no split"),
        (["run", "aleppo", "--data", "corpus", "--split", "dev"], 1, "no .jsonl file at all"),
        (["run", "aleppo", "--data", ".", "--split", "dev", "--corpus", "gone"], 1, "gone: no such folder of articles"),
        (["run", "aleppo", "--data", ".", "--split", "dev", "--corpus", "empty"], 1, "folder of articles is empty"),
        (["run", "aleppo", "--out", "gone/run.json"], 1, "there is no folder gone"),
        (["run", "chess"], 2, "There is no suite 'chess'; there are: aleppo, "),
        (["run", "aleppo", "--limit", "0"], 2, "'0' is not a number of questions"),
        (["run", "aleppo", "--limit", "many"], 2, "'many' is not a number of questions"),
        (["run"], 2, "suite"),
        ([], 2, "required"),
        (["dance"], 2, "dance"),
        (["compare", "one.json"], 2, "FILE_B"),
        (["compare", "gone.json", "gone.json"], 1, "gone.json: cannot be read"),
        (["compare", "dev.jsonl", "dev.jsonl"], 1, "dev.jsonl is not a run file"),
        (["compare", "list.json", "list.json"], 1, "list.json is not a run file"),
        (["compare", "corpus", "corpus"], 1, "corpus: cannot be read"),
        (["compare", "cut.json", "cut.json"], 1, "cut.json is a damaged run file"),
    ],
)
def test_bad_input_gets_one_sentence(
    bench: Bench, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, said: str
) -> None:
    Path("empty").mkdir()
    Path("list.json").write_text("[1]", encoding="utf-8")
    Path("cut.json").write_text('{"format": "crosscheck evals run 1", "suite": "aleppo"}', encoding="utf-8")
    assert main(arguments, open_pipeline=bench.open) == code
    assert said in complaint(capsys)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"id": "x", "kind":', "line 2: not a whole JSON object"),
        ("[1, 2]", "line 2: a JSON object is expected"),
        ({"kind": "fact", "question": "q", "facts": [["a"]]}, "line 2: 'id' has to be a text"),
        ({"id": "x", "question": "q", "facts": [["a"]]}, "line 2: 'kind' has to be a text"),
        ({"id": "x", "kind": "fact", "question": " ", "facts": [["a"]]}, "line 2: 'question' has to be a text"),
        ({"id": "x", "kind": "fact", "question": "q"}, "line 2: question 'x' of kind 'fact' has no 'facts'"),
        ({"id": "x", "kind": "fact", "question": "q", "facts": "a"}, "line 2: 'facts' has to be a list of lists"),
        ({"id": "x", "kind": "fact", "question": "q", "facts": ["a"]}, "line 2: each of 'facts' has to be a list"),
        ({"id": "x", "kind": "fact", "question": "q", "facts": [[]]}, "line 2: each of 'facts' needs at least one"),
        ({"id": "x", "kind": "fact", "question": "q", "facts": [["a", ""]]}, "line 2: each of 'facts' has to be"),
        (
            {"id": "x", "kind": "fact", "question": "q", "facts": [["a"]], "articles": "north"},
            "line 2: 'articles' has to be a list of texts",
        ),
        (
            {"id": "x", "kind": "fact", "question": "q", "facts": [["a"]], "history": [["system", "hm"]]},
            "line 2: 'history' has to be a list of pairs",
        ),
        (
            {"id": "x", "kind": "fact", "question": "q", "facts": [["a"]], "history": [["user"]]},
            "line 2: 'history' has to be a list of pairs",
        ),
        (
            {"id": "x", "kind": "fact", "question": "q", "facts": [["a"]], "conflict": "yes"},
            "line 2: 'conflict' has to be true or false",
        ),
        ({"id": "a", "kind": "fact", "question": "q", "facts": [["a"]]}, "line 2: the id 'a' stands in an earlier"),
    ],
)
def test_a_bad_row_is_named_by_its_line(
    bench: Bench, capsys: pytest.CaptureFixture[str], row: object, said: str
) -> None:
    bench.write([ROWS[0], row])
    assert bench.run("--out", "run.json") == 1
    assert said in complaint(capsys)
    assert not Path("run.json").exists() and not bench.pipelines


def test_an_empty_or_foreign_question_file_gets_one_sentence(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.write([], name="none")
    assert bench.run(split="none") == 1
    assert "there is no question in it" in complaint(capsys)
    (bench.folder / "latin.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    assert bench.run(split="latin") == 1
    assert "not UTF-8 text" in complaint(capsys)


def test_questions_on_other_articles_are_refused(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.articles = (NORTH,)
    assert bench.run("--out", "run.json") == 1
    assert "has no article 'south', which question 'b' expects" in complaint(capsys)
    assert bench.pipelines[0].closed and not Path("run.json").exists()


def test_a_corpus_without_an_article_says_why(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.articles = ()
    assert bench.run("--out", "run.json") == 1
    assert "no article could be taken in (bad.txt: It is empty.)" in complaint(capsys)


# --- comparing


def test_compare_shows_differences_and_the_samples_that_changed(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.run("--out", "a.json") == 0
    bench.answers["How many drowned?"] = refusal_of("How many drowned?")
    bench.answers["Which dam?"] = answer_of("Which dam?", cite(SOUTH, "The dam at Lorn held."))
    assert bench.run("--out", "b.json") == 0
    capsys.readouterr()
    assert main(["compare", "a.json", "b.json"]) == 0
    out = capsys.readouterr().out
    assert "5 questions asked alike in both" in out
    assert "2 samples changed; 0 more" in out
    assert "facts 1/1 -> 0/1" in out and "refused_wrongly 0/1 -> 1/1" in out
    assert "unscored in A" in out
    (line,) = [line for line in out.splitlines() if line.startswith("facts stated  ")]
    # Three questions with four facts in both: 3/4 before, 2/4 after.
    assert line.split()[2:8] == ["all", "%", "3", "75.0", "50.0", "-25.0"]


def test_a_run_compared_with_itself_has_no_difference(bench: Bench) -> None:
    assert bench.run("--out", "a.json") == 0
    run = read_run(Path("a.json"))
    text = comparison(run, run)
    assert "0 samples changed; 0 more" in text
    assert "*" not in text


def test_only_samples_asked_alike_are_compared(bench: Bench) -> None:
    assert bench.run("--out", "a.json") == 0
    bench.write([ROWS[0] | {"facts": [["13"]]}, *ROWS[1:3]])
    assert bench.run("--out", "b.json") == 0
    pairs = shared(read_run(Path("a.json")), read_run(Path("b.json")))
    assert [after.id for _, after in pairs] == ["b", "c"]


def test_runs_with_nothing_in_common_are_not_compared(bench: Bench) -> None:
    assert bench.run("--out", "a.json") == 0
    bench.write([ROWS[0] | {"id": "z"}])
    assert bench.run("--out", "b.json") == 0
    with pytest.raises(EvalError, match="no question in common"):
        comparison(read_run(Path("a.json")), read_run(Path("b.json")))


# --- comparing rankings

RR = Measure(name="rr", label="MRR@10", score="rr", how="mean", unit="", better="higher")
FOUND = Measure(name="found", label="hits@4", score="found", how="mean", unit="%", better="higher")
SURE = Measure(name="sure", label="AUROC", score="sure", how="auroc", unit="", better="higher")


def ranking(*ranks: int, sure: float = 0.5) -> Run:
    """A run of one question for each rank that the wanted article has among the hits."""
    records = [
        Record(
            id=f"q{number}",
            kind="turn",
            question=f"Question {number}?",
            history=(),
            expected={"article": "wanted"},
            outcome=Outcome(
                response={
                    "hits": [{"article": f"other-{place}"} for place in range(1, rank)] + [{"article": "wanted"}]
                },
                scores={
                    "rr": Score(got=1 / rank),
                    "found": Score(got=float(rank < 5)),
                    "sure": Score(got=sure, positive=number % 2 == 0),
                },
                failures=() if rank < 5 else (f"found at rank {rank}",),
            ),
        )
        for number, rank in enumerate(ranks)
    ]
    return Run(
        suite="turns",
        split="dev",
        data="dev",
        when="2024-12-01T00:00:00+00:00",
        seconds=1.0,
        measures=(RR, FOUND, SURE),
        estimates=tuple(
            one
            for measure in (RR, FOUND, SURE)
            for one in estimates(measure, [(record.kind, record.outcome.scores) for record in records])
        ),
        records=tuple(records),
    )


def test_a_run_of_rankings_is_read_back_as_written_and_shown_in_three_digits(tmp_path: Path) -> None:
    run = ranking(1, 2, 3, 9)
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run
    (line,) = [line for line in run_report(run).splitlines() if line.startswith("MRR@10")]
    assert line.split()[:4] == ["MRR@10", "all", "4", "0.486"]
    assert failures_report(run) == (
        "q3 (turn) Question 3?\n  - found at rank 9\n  answered: found other-1, other-2, other-3, other-4, other-5"
    )


def test_counts_of_texts_are_read_back_as_written(tmp_path: Path) -> None:
    run = ranking(1)
    outcome = Outcome(scores={"bleu": Score(got=0.0, counts=(1.0, 2.0))})
    run = replace(run, records=(replace(run.records[0], outcome=outcome),))
    write_run(run, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == run


def test_ranks_that_moved_are_told_and_how_sure_it_was_is_not() -> None:
    text = comparison(ranking(2, 5, 1, 3), ranking(1, 5, 2, 3, sure=0.4))
    assert "2 samples changed; 0 more were answered otherwise with the same scores." in text
    assert "  rr: 1 higher, 1 lower\n" in text
    assert "q0 (turn) Question 0?\n  rr 0.500 -> 1.000\n  A: found other-1, wanted\n  B: found wanted" in text
    assert "MRR@10" in text and "found 1/1" not in text and "sure 0" not in text


def test_at_most_two_hundred_changed_samples_are_named() -> None:
    text = comparison(ranking(*[1] * 230), ranking(*[2] * 229, 7))
    assert (
        "230 samples changed" in text and "  rr: 0 higher, 230 lower" in text and "  found: 0 higher, 1 lower" in text
    )
    assert text.count("Question ") == 200
    assert text.endswith("and 30 more samples changed.")


def test_numbers_are_written_without_a_minus_before_nought() -> None:
    assert number(-0.0001, "%", signed=True) == "+0.0"
    assert number(0.955, "%") == "95.5"
    assert number(12.34, "ms") == "12.3"
    assert number(None, "%") == "-"
    assert number(0.7534, "") == "0.753"
    assert number(0.012, "", signed=True) == "+0.012"
    assert number(-0.0004, "", signed=True) == "+0.000"


# --- provenance


def test_settings_are_kept_without_secrets() -> None:
    settings = Settings(
        _env_file=None,
        openai_api_key="sk-secret",
        openai_base_url="https://me:pass@host:8000/v1?key=sk-secret",
    )
    public = public_settings(settings)
    assert "secret" not in json.dumps(public) and "pass" not in json.dumps(public)
    assert public["openai_api_key"] == "set"
    assert public["openai_base_url"] == "https://host:8000/v1"


def test_a_folder_without_git_has_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path) == (None, None)


def test_the_machine_names_the_versions_that_move_the_numbers() -> None:
    found = machine()
    assert found["cores"] and found["cpu"] and found["chromadb"] and found["onnxruntime"] and found["tantivy"]


def test_another_corpus_is_another_library(tmp_path: Path) -> None:
    settings = Settings(_env_file=None)
    (tmp_path / "one.txt").write_text("one", encoding="utf-8")
    before = fingerprint(tmp_path, settings=settings)
    assert fingerprint(tmp_path, settings=settings) == before
    (tmp_path / "one.txt").write_text("two", encoding="utf-8")
    assert fingerprint(tmp_path, settings=settings) != before
