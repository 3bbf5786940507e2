"""Claims about `python -m evals speed`: same work for each, measured from outside, and what is said of failures."""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path

import pytest

from evals import speed
from evals.__main__ import main
from evals.errors import EvalError
from evals.speed import peers
from evals.speed.peak import Peak, measure
from evals.speed.report import Measured, quantile, report, rows
from evals.speed.worker import Reply, Worker, cpu_seconds
from rag.config import load_settings

ECHO = """
import json, sys
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked["do"] == "die":
        sys.exit("no more paper.")
    if asked["do"] == "take":
        print(json.dumps({"passages": len(asked["articles"])}), flush=True)
    else:
        print(json.dumps({"texts": [asked.get("question", "")]}), flush=True)
"""
ARTICLES = [
    ("Ferry", "The ferry sank off the cape on Monday. Nobody was hurt, the harbour office said."),
    ("Bridge", "The bridge opened again after nine weeks. The toll is two crowns."),
    ("Market", "The fish market moves to the north quay. Traders had asked for it."),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rows_of = [{"title": title, "body": body, "source": "The Wharf"} for title, body in ARTICLES]
    asked = [
        {
            "query": "What is the toll on the bridge?",
            "answer": "two crowns",
            "question_type": "inference_query",
            "evidence_list": [{"title": "Bridge", "fact": "The toll is two crowns."}],
        },
        {"query": "Who won?", "answer": "None", "question_type": "null_query", "evidence_list": []},
        {
            "query": "Where does the market move to, and where did the ferry sink?",
            "answer": "quay",
            "question_type": "inference_query",
            "evidence_list": [
                {"title": "Market", "fact": "moves to the north quay"},
                {"title": "Ferry", "fact": "sank off the cape"},
            ],
        },
    ]
    (tmp_path / "dev").mkdir()
    (tmp_path / "corpus.json.xz").write_bytes(lzma.compress(json.dumps(rows_of).encode()))
    (tmp_path / "dev" / "queries.json.xz").write_bytes(lzma.compress(json.dumps(asked).encode()))
    return tmp_path


def echo() -> list[str]:
    return [sys.executable, "-c", ECHO]


def test_a_sample_is_whole(data: Path) -> None:
    articles, questions = speed.sample(data, articles=2)
    assert [one.title for one in articles] == ["Bridge", "Ferry"]  # the other question needs two more
    assert [one.question for one in questions] == ["What is the toll on the bridge?"]
    articles, questions = speed.sample(data, articles=3)
    assert {one.title for one in articles} == {"Ferry", "Bridge", "Market"}
    assert len(questions) == 2  # the one that nothing answers is not asked


def test_the_product_and_another_do_the_same_work_and_are_told_side_by_side(data: Path, tmp_path: Path) -> None:
    articles, questions = speed.sample(data, articles=3)
    commands = {speed.OURS: speed.PRODUCT, "echo": echo()}
    (tmp_path / "work").mkdir()
    measured = speed.side_by_side(commands, articles, questions, folder=tmp_path / "work", starts=1)
    ours, theirs = measured.values()
    assert ours.passages == theirs.passages == 3
    assert ours.ranks == [1, 1]
    assert theirs.ranks == [None, None]
    assert len(ours.starts) == 1
    assert all(reply.seconds > 0 for reply in [*ours.taken, *ours.found])
    peak = Peak(products=400.0, embedder=200.0, where=(("MatMulIntegerToFloat", 0.5), ("Gelu", 0.25)))
    told = report(measured, peak)
    assert "| Hits@10, % | 100.0 | 0.0 |  |" in told.splitlines()
    assert "200, 50% of it." in told
    assert "MatMulIntegerToFloat 50%, Gelu 25%" in told


def test_a_ratio_is_the_median_of_those_of_the_turns() -> None:
    def taken(*seconds: float) -> Measured:
        replies = [Reply(said={"passages": 10}, seconds=one, cpu=2 * one) for one in seconds]
        return Measured(starts=replies[:1], taken=replies)

    found = {row.label: row for row in rows([taken(1, 1, 1), taken(2, 4, 60)])}
    assert found["taken in, s in all"].figures == [3, 66]
    assert found["taken in, passages/s"].times == 4
    assert found["taken in, passages/s"].figures == [10, pytest.approx(30 / 66)]
    assert found["taken in, ms of processors a passage"].figures[0] == pytest.approx(200)
    assert "search p50, ms" not in found
    assert next(iter(rows([taken(1)]))).times is None
    assert quantile(range(1, 101), 0.95) == 96


def test_the_rank_is_that_of_the_first_text_with_a_fact() -> None:
    assert speed.rank(["two crowns", "nine weeks"], ["", "after nine\nweeks", "two crowns"]) == 2
    assert speed.rank(["two crowns"], ["two"]) is None


def test_what_a_worker_uses_is_seen_from_outside() -> None:
    with Worker("echo", echo()) as worker:
        assert worker.ask("search", question="yes").said == {"texts": ["yes"]}
        if Path("/proc/self/stat").exists():
            assert worker.peak_mb() > 1
            while not cpu_seconds(worker.pid):  # the kernel counts by ticks: what falls between two is nobody's
                worker.ask("search", question="yes")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("import sys; sys.exit('out of paper.')", "peer ended: out of paper."),
        ("print('half', end='')", "peer ended without a word."),
    ],
)
def test_a_worker_that_does_not_come_up_is_named(program: str, said: str) -> None:
    with pytest.raises(EvalError, match=said):
        Worker("peer", [sys.executable, "-c", program])


def test_a_worker_that_ends_or_is_not_there_is_named() -> None:
    with Worker("peer", echo()) as worker, pytest.raises(EvalError, match="peer ended: no more paper"):
        worker.ask("die")
    with pytest.raises(EvalError, match="/absent cannot be started"):
        Worker("peer", ["/absent"])


def test_an_environment_is_made_once_for_its_requirements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(peers, "SCRIPTS", tmp_path)
    (tmp_path / "dull.txt").write_text("# nothing\n")
    assert peers.names() == ["dull"]
    ran = []

    def done(arguments: list[str], name: str) -> None:
        (tmp_path / "runs/peers/dull").mkdir(parents=True, exist_ok=True)
        ran.append(arguments)

    monkeypatch.setattr(peers, "_done", done)
    python, script, folder, weights = peers.command("dull", folder="F", weights=Path("W"))
    assert python == str(tmp_path / "runs/peers/dull/bin/python")
    assert (script, folder, weights) == (str(tmp_path / "dull.py"), "F", "W")
    assert len(ran) == 2
    peers.command("dull", folder="F", weights=Path("W"))
    assert len(ran) == 2
    (tmp_path / "dull.txt").write_text("# other\n")
    peers.command("dull", folder="F", weights=Path("W"))
    assert len(ran) == 4


def test_packages_that_cannot_be_had_are_said_in_a_sentence() -> None:
    with pytest.raises(EvalError, match="dull: its environment cannot be made"):
        peers._done([sys.executable, "-c", "import sys; sys.exit('nope')"], "dull")


def test_the_embedder_is_held_against_bare_products() -> None:
    texts = [f"Sentence number {number} of a short story." for number in range(20)]
    found = measure(texts, settings=load_settings(), rounds=1, runs=1)
    assert found.products > 0 and found.embedder > 0
    assert found.share == found.embedder / found.products
    assert sum(share for _, share in found.where) == pytest.approx(1)
    assert "MatMulIntegerToFloat" in dict(found.where)


def test_what_is_missing_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed", "--data", str(tmp_path)]) == 1
    assert "corpus.json.xz" in capsys.readouterr().err
    assert main(["speed"]) == 2
