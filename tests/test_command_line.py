import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path

import fake_pipeline
import pytest

import ingest
from rag import __main__, command, intake
from rag.config import Settings
from rag.embedding import DIMENSION, Embedder
from rag.errors import LibraryError, UsageError
from rag.store import Store
from rag.types import Statement

ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module", autouse=True)
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        yield


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, bare_environment: None) -> Path:
    """A library of the shipped corpus."""
    folder = tmp_path_factory.mktemp("library")
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        assert ingest.main([str(ROOT / "corpus"), "--data-dir", str(folder)]) == 0
    return folder


@pytest.fixture
def run(library: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command on the shipped corpus; gives its status, stdout and stderr."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = __main__.main([*arguments, "--data-dir", str(library)])
        return status, *capsys.readouterr()

    return run


def process(library: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "rag", *arguments, "--data-dir", str(library)]


def test_an_answer_is_printed_with_a_footnote_for_every_citation(run: Run):
    status, out, err = run("ask", "Which prison is in the hands of the revolutionaries?")
    assert (status, err) == (0, "")
    assert "Aleppo Central Prison" in out
    answer, as_of, footnotes = out.split("\n\n")
    assert "[1]" in answer
    assert as_of == "As of 1 December 2024."
    assert footnotes.startswith(
        "[1] The Orontes Lantern, “Back from Moscow, Assad begs his neighbours for help”, 1 December 2024"
    )
    assert "\033" not in out


def test_a_date_that_is_not_known_is_shown_as_unknown(run: Run):
    _, out, _ = run("ask", "What did the insurgents capture from the Syrian Army as it retreated?")
    assert (
        "The Quillbrook Dispatch, “Over 300 insurgents dead as Assad turns to Moscow and Tehran”, date unknown" in out
    )


def test_json_is_one_answer_whose_quotes_are_the_articles_words(run: Run, library: Path):
    status, out, _ = run("ask", "How many people have died in the fighting?", "--json")
    answer = json.loads(out)
    assert status == 0
    assert {"question", "text", "statements", "citations", "disagreements", "abstained", "timings"} <= set(answer)
    assert answer["finished"]
    assert answer["citations"]
    with Store(library, fingerprint=intake.fingerprint(Embedder), dimension=DIMENSION) as opened:
        for citation in answer["citations"]:
            article = opened.article(citation["article_id"])
            assert article.text[citation["start"] : citation["end"]] == citation["quote"]


def test_disagreeing_outlets_are_printed_side_by_side(run: Run):
    _, out, _ = run("ask", "What is the death toll so far?")
    _, _, sides = out.partition("\nSources disagree on ")
    assert "  - more than 300 — The Quillbrook Dispatch, " in sides
    assert "412 — Saffron Coast Wire, " in sides
    assert "\nAs of 2 December 2024" in sides


def test_all_that_belongs_to_an_answer_is_printed_in_plain_text():
    whole = fake_pipeline.answer("How long is the bridge shut?")
    first, second = whole.citations
    near = replace(first, outlet="Quay Post", speaker="the mayor", event_date="2024-11-30", url=None)
    wrong = Statement(text="It fell.", citations=(), support="unsupported", reason="No source says so.")
    later = replace(whole.disagreements[0], kind="update", about="the repairs")
    disputed = replace(whole.disagreements[0], matter="figure")
    given = replace(whole, statements=(*whole.statements, wrong), citations=(first, replace(second, quote="Shut.")))
    given = replace(given, disagreements=(disputed, later), unanswered=("Who pays?",), nearest=(near,))
    answer, unanswered, *sides, as_of, nearest, sources = __main__.as_text(given).split("\n\n")
    assert answer.splitlines()[0] == f"{whole.statements[0].text} [1]"
    assert "outlet unknown (partly supported: Elsewhere.) [2][1]" in " ".join(answer.split())
    assert answer.splitlines()[-1] == "NOT SUPPORTED BY THE ARTICLES (No source says so.): It fell."
    assert unanswered == "The articles do not answer:\n  - Who pays?"
    assert [side.splitlines() for side in sides] == [
        [
            title,
            "  - 14 months — Harbour Gazette, quoting port authority, 29 November 2024 [1]",
            "  - 20 months — outlet unknown, date unknown [2]",
        ]
        for title in (
            "Sources disagree on the figure: how long the bridge is shut",
            "Changed over time: the repairs",
        )
    ]
    assert as_of == "As of 29 November 2024, as far as dates are known."
    assert nearest.splitlines() == [
        "Nearest to what is not answered, without answering it:",
        "  - Quay Post, “Bridge [video] reopens”, 29 November 2024, 08:00 UTC",
        "    quoting the mayor; speaks of 30 November 2024",
        "    “It had been shut for 14 months, the port authority said.”",
    ]
    assert sources.splitlines()[-2:] == ["[2] outlet unknown, title unknown, date unknown", "    “Shut.”"]


def test_a_refusal_shows_what_came_nearest():
    whole = fake_pipeline.answer("?")
    refusal = replace(whole, text="Nothing fits.", statements=(), citations=(), disagreements=(), as_of=None)
    text = __main__.as_text(replace(refusal, abstained=True, nearest=whole.citations[:1]))
    first, nearest = text.split("\n\n")
    assert first == "Nothing fits."
    assert nearest.startswith("The nearest passages, which do not answer the question:\n  - Harbour Gazette, ")


def test_no_article_commands_the_terminal():
    command = "\033]0;mine\007\033[2J\x9b31m\r\n"
    whole = fake_pipeline.answer("?")
    cited = replace(whole.citations[0], quote=command, title=command, outlet=command, url=command, speaker=command)
    side = replace(whole.disagreements[0].positions[0], claim=command, outlet=command, speaker=command, date=command)
    wild = replace(
        whole,
        statements=(Statement(text=command, citations=(1,), support="partial", reason=command),),
        citations=(cited,),
        nearest=(cited,),
        unanswered=(command,),
        disagreements=(replace(whole.disagreements[0], about=command, positions=(side,)),),
        as_of=command,
    )
    for given in (wild, replace(wild, statements=(), text=command)):
        assert all(character.isprintable() or character == "\n" for character in __main__.as_text(given))


def test_a_question_comes_from_standard_input_where_it_is_a_dash(library: Path):
    question = b"Who heads the Syrian Observatory for Human Rights?\n"
    asked = subprocess.run(process(library, "ask", "-"), input=question, cwd=ROOT, capture_output=True, check=True)
    assert "Rami Abdel Rahman" in asked.stdout.decode()


def test_bytes_that_are_not_utf8_are_asked_all_the_same(library: Path):
    asked = subprocess.run(process(library, "ask", "-"), input=b"Who is \xff Pedersen?", cwd=ROOT, capture_output=True)
    assert (asked.returncode, asked.stderr) == (0, b"")


@pytest.mark.parametrize("question", ["", "   \n", "why " * 25_000])
def test_a_question_that_makes_no_sense_is_wrong_usage_told_in_one_sentence(run: Run, question: str):
    for asked in ("ask", "search"):
        status, out, err = run(asked, question)
        assert (status, out) == (2, "")
        assert err.count("\n") == 1
        assert len(err) < 300


def test_what_nothing_answers_is_said_and_is_no_failure(run: Run):
    status, out, _ = run("ask", "What is the boiling point of mercury at sea level?")
    assert status == 0
    assert out.strip()
    assert "[1]" not in out


def test_outlets_and_days_limit_what_is_cited(run: Run):
    def cited(*limits: str) -> set[str | None]:
        answer = json.loads(run("ask", "Where was Assad, and whom did he meet?", "--json", *limits)[1])
        return {citation["outlet"] for citation in answer["citations"]}

    assert cited("--outlet", "The Larkmoor Courier") <= {"The Larkmoor Courier"}
    assert cited("--outlet", "The Larkmoor Courier", "--outlet", "Saffron Coast Wire") <= {
        "The Larkmoor Courier",
        "Saffron Coast Wire",
    }
    assert cited("--since", "2024-12-02", "--until", "2024-12-03") <= {"Saffron Coast Wire"}
    assert cited("--since", "2024-12-20") == set()


def test_days_in_the_wrong_order_are_wrong_usage(run: Run):
    status, _, err = run("ask", "Where was Assad?", "--since", "2024-12-05", "--until", "2024-12-01")
    assert status == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("ask",),
        ("answer", "who?"),
        ("ask", "who?", "--since", "yesterday"),
        ("search", "who?", "--limit", "0"),
        ("search", "who?", "--limit", "ten"),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...]):
    with pytest.raises(SystemExit) as raised:
        __main__.main(arguments)
    assert raised.value.code == 2


def test_a_search_lists_passages_best_first(run: Run):
    status, out, _ = run("search", "ceasefire between Israel and Hezbollah", "--json")
    hits = json.loads(out)
    assert status == 0
    assert hits[0]["byline"]["outlet"] == "Saffron Coast Wire"
    assert [hit["rank"] for hit in hits] == list(range(hits[0]["rank"], hits[0]["rank"] + len(hits)))
    status, out, _ = run("search", "ceasefire between Israel and Hezbollah", "--limit", "2")
    assert status == 0
    assert out.count(", score ") == 2
    title = "“Assad looks to allies after government loses Aleppo”"
    assert f"Saffron Coast Wire, {title}, 2 December 2024" in out.splitlines()[0]


def test_the_data_folder_may_be_named_before_the_subcommand(library: Path, capsys: pytest.CaptureFixture[str]):
    assert __main__.main(["--data-dir", str(library), "search", "Tal Rifaat", "--limit", "1"]) == 0
    assert "score" in capsys.readouterr().out


def test_nothing_is_asked_of_an_empty_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert __main__.main(["ask", "Where was Assad?", "--data-dir", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out.strip()


def test_colour_is_for_terminals(library: Path):
    ours, theirs = pty.openpty()
    with subprocess.Popen(process(library, "search", "Tal Rifaat", "--limit", "1"), cwd=ROOT, stdout=theirs):
        os.close(theirs)
        assert os.read(ours, 4096).startswith(b"\033[1m")
    os.close(ours)


def test_a_reader_that_leaves_early_is_not_complained_of(library: Path):
    receiving, sending = os.pipe()
    os.close(receiving)
    left = subprocess.run(
        process(library, "search", "Aleppo", "--json"), cwd=ROOT, stdout=sending, stderr=subprocess.PIPE, check=False
    )
    os.close(sending)
    assert (left.returncode, left.stderr) == (141, b"")


def test_every_way_to_end_has_its_status(capsys: pytest.CaptureFixture[str]):
    def ending(error: BaseException) -> int:
        def act() -> int:
            raise error

        return command.exit_status(act)

    assert command.exit_status(lambda: 0) == 0
    assert ending(KeyboardInterrupt()) == 130
    assert capsys.readouterr() == ("", "")
    assert ending(LibraryError("The library is closed; open it.")) == 1
    assert ending(UsageError("The question is empty; ask one.")) == 2
    assert capsys.readouterr() == ("", "The library is closed; open it.\nThe question is empty; ask one.\n")
