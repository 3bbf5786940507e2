import gc
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from fcntl import ioctl
from pathlib import Path

import fake_pipeline
import pytest

import ingest
from rag import cli, command, intake
from rag.cli.answer import answer_text, hits_text
from rag.cli.article import article_text, changes_text
from rag.cli.screen import Screen, visible
from rag.cli.views import coverage_text, timeline_text
from rag.config import Settings
from rag.embedding import DIMENSION, Embedder
from rag.errors import LibraryError, UsageError
from rag.revisions import between
from rag.store import Store
from rag.types import Change, Coverage, Defect, Difference, Event, Finding, OutletCoverage, Statement, Timeline

ROOT = Path(__file__).parent.parent
Run = Callable[..., tuple[int, str, str]]
PLAIN = Screen()


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
        status = cli.main([*arguments, "--data-dir", str(library)])
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
    title = "“Over 300 insurgents dead as Assad turns to Moscow and Tehran”"
    assert f"The Quillbrook Dispatch, {title}, date unknown" in " ".join(out.split())


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
    answer, unanswered, *sides, as_of, nearest, sources = answer_text(given, PLAIN).split("\n\n")
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
    text = answer_text(replace(refusal, abstained=True, nearest=whole.citations[:1]), PLAIN)
    first, nearest = text.split("\n\n")
    assert first == "Nothing fits."
    assert nearest.startswith("The nearest passages, which do not answer the question:\n  - Harbour Gazette, ")


CHANGED = fake_pipeline.FakeStore().revisions("ferry-prices")
COMMAND = "\033]0;mine\007\033[2J\x9b31m\r\n\u202e\u2066\u2028"


def wild_texts() -> Iterator[str]:
    """Everything that is printed, of articles that are nothing but commands to the terminal."""
    whole = fake_pipeline.answer("?")
    cited = replace(whole.citations[0], quote=COMMAND, title=COMMAND, outlet=COMMAND, url=COMMAND, speaker=COMMAND)
    side = replace(whole.disagreements[0].positions[0], claim=COMMAND, outlet=COMMAND, speaker=COMMAND, date=COMMAND)
    disagreement = replace(whole.disagreements[0], about=COMMAND, positions=(side,))
    wild = replace(
        whole,
        statements=(Statement(text=COMMAND, citations=(1,), support="partial", reason=COMMAND),),
        citations=(cited,),
        nearest=(cited,),
        unanswered=(COMMAND,),
        disagreements=(disagreement,),
        as_of=COMMAND,
    )
    coverage = Coverage(
        topic=COMMAND,
        outlets=(OutletCoverage(outlet=COMMAND, citations=(cited,), articles=1),),
        silent=(COMMAND,),
        disagreements=(disagreement,),
    )
    timeline = Timeline(topic=COMMAND, events=(Event(day=COMMAND, citations=(cited,)),), undated=(cited,))
    (hit,) = fake_pipeline.hits(limit=1)
    byline = replace(hit.byline, title=COMMAND, outlet=COMMAND, published_at=COMMAND)
    yield answer_text(wild, PLAIN)
    yield answer_text(replace(wild, statements=(), text=COMMAND), PLAIN)
    yield coverage_text(coverage, PLAIN)
    yield coverage_text(replace(coverage, outlets=()), PLAIN)
    yield timeline_text(timeline, PLAIN)
    yield timeline_text(Timeline(topic=COMMAND), PLAIN)
    wild_article = replace(
        fake_pipeline.ARTICLES[2], text=COMMAND, title=COMMAND, outlet=COMMAND, url=COMMAND, author=COMMAND,
        modified_at=COMMAND, dateline=COMMAND, origin=COMMAND, language=COMMAND,
        findings=(Finding(field=COMMAND, source=COMMAND, confidence="low"),),
        defects=(Defect(kind="paywall", reason=COMMAND),),
    )  # fmt: skip
    yield article_text(wild_article, CHANGED, PLAIN)
    changes = (Change(kind="replaced", old_start=0, old_end=1, new_start=0, new_end=1, before=COMMAND, after=COMMAND),)
    yield changes_text(Difference(earlier=CHANGED[1], later=CHANGED[0], changes=changes), PLAIN)
    yield hits_text([replace(hit, byline=byline, passage=replace(hit.passage, text=COMMAND))], PLAIN)


def test_no_article_commands_the_terminal():
    for text in wild_texts():
        assert text
        assert all(character.isprintable() or character == "\n" for character in text)


def test_who_says_what_is_printed_outlet_by_outlet():
    found = fake_pipeline.coverage("the Oskar Bridge")
    known, unknown, disagreement, silent, sources = coverage_text(found, PLAIN).split("\n\n")
    assert known.splitlines() == [
        "Harbour Gazette (1 article)",
        "  - “It had been shut for 14 months, the port authority said.” [1]",
    ]
    assert unknown.splitlines()[0] == "outlet unknown (1 article)"
    assert disagreement.splitlines()[0] == "Sources disagree on what it is: how long the bridge is shut"
    assert disagreement.splitlines()[2] == "  - 20 months — outlet unknown, date unknown [2]"
    assert silent == "Silent on this: Quay Post"
    assert sources.splitlines() == [
        "[1] Harbour Gazette, “Bridge [video] reopens”, 29 November 2024, 08:00 UTC",
        "    https://gazette.example/bridge?a=1&b=2",
        "[2] outlet unknown, title unknown, date unknown",
    ]


def test_a_topic_that_nobody_speaks_of_is_said_with_who_is_silent():
    found = replace(fake_pipeline.coverage("cheese"), outlets=(), disagreements=())
    assert coverage_text(found, PLAIN) == ("No article in the library speaks of “cheese”.\n\nSilent on this: Quay Post")


def test_a_timeline_is_printed_day_by_day_and_what_has_none_apart():
    day, undated, sources = timeline_text(fake_pipeline.timeline("bridge"), PLAIN).split("\n\n")
    assert day.splitlines() == [
        "29 November 2024",
        "  - “The Oskar Bridge reopened on Friday.” — Harbour Gazette [1]",
    ]
    assert undated.splitlines() == [
        "Without a sure date",
        "  - “Nothing moves on the Oskar Bridge.” — outlet unknown [2]",
    ]
    assert "speaks of" not in sources
    assert sources.splitlines()[-1].startswith("[2] ")


def test_an_empty_timeline_says_so():
    assert timeline_text(Timeline(topic="cheese"), PLAIN) == "Nothing was found on “cheese”."
    assert timeline_text(Timeline(topic=""), PLAIN) == "Nothing dated was found."


def test_an_article_is_printed_with_the_texts_that_it_has_had():
    known = replace(
        fake_pipeline.ARTICLES[2],
        author="Ida Quist",
        url="https://quay.example/ferries",
        origin="Port News Agency",
        modified_at="2024-12-02",
        findings=(Finding(field="modified_at", source="meta", confidence="medium"),),
        defects=(Defect(kind="truncated", reason="The text breaks off."),),
    )
    head, found, texts, text = article_text(known, CHANGED, PLAIN).split("\n\n")
    assert head.splitlines() == [
        "Quay Post, “Dearer crossings”, date unknown",
        "By Ida Quist",
        "Last changed: 2 December 2024",
        "Agency: Port News Agency",
        "The text breaks off.",
        "https://quay.example/ferries",
    ]
    assert found.splitlines() == ["Where this is from:", "  - last change: meta, likely"]
    assert " ".join(texts.split()) == (
        "Changed once since it was first taken in, last seen on 1 January 2025, 00:00 UTC; below as it is now: "
        "- r1: since 1 January 2025, 00:00 UTC - r0: 1 December 2024, 00:00 UTC to 1 January 2025, 00:00 UTC"
    )
    assert text == "Ferry fares rise in May."
    older = " ".join(article_text(fake_pipeline.EARLIER, CHANGED, PLAIN).split())
    assert "below as it was before it changed" in older and older.endswith("Ferry fares rise in June.")
    assert article_text(fake_pipeline.ARTICLES[1], CHANGED[:1], PLAIN).split("\n\n")[1:] == [
        fake_pipeline.ARTICLES[1].text
    ]


def test_what_changed_is_printed_between_the_words_around_it():
    found = between(fake_pipeline.FakeStore(), "ferry-prices")
    assert changes_text(found, PLAIN).splitlines() == [
        "From r0, 1 December 2024, 00:00 UTC to 1 January 2025, 00:00 UTC",
        "To r1, since 1 January 2025, 00:00 UTC",
        "",
        "  - Ferry fares rise in [-June-] {+May+}.",
    ]
    assert changes_text(replace(found, changes=()), PLAIN).endswith("\n\nNothing has changed.")


def test_an_article_is_printed_by_its_id(run: Run):
    status, out, err = run("article", "sunday-in-damascus")
    assert (status, err) == (0, "") and out.startswith("Saffron Coast Wire, “")
    status, out, _ = run("article", "sunday-in-damascus", "--json")
    article = json.loads(out)
    assert (status, article["id"], article["revision"] != "") == (0, "sunday-in-damascus", True)
    assert run("article", "sunday-in-damascus", "--revision", article["revision"])[0] == 0
    status, out, _ = run("article", "sunday-in-damascus", "--changes", "--json")
    assert (status, json.loads(out)["changes"]) == (0, [])
    for wrong in (("nothing",), ("sunday-in-damascus", "--revision", "r9"), ("nothing", "--changes")):
        status, out, err = run("article", *wrong)
        assert (status, out) == (1, "") and err.count("\n") == 1


@pytest.mark.parametrize("columns", [40, 60, 100])
def test_nothing_is_wider_than_the_screen(columns: int):
    screen = Screen(columns=columns, coloured=True)
    whole = fake_pipeline.answer("?")
    refusal = replace(whole, abstained=True, nearest=whole.citations, unanswered=("Who pays for all of this now?",))
    texts = [
        answer_text(refusal, screen),
        coverage_text(fake_pipeline.coverage("the bridge"), screen),
        timeline_text(fake_pipeline.timeline("the bridge"), screen),
        hits_text(fake_pipeline.hits(limit=3), screen),
    ]
    for line in "\n".join(texts).splitlines():
        shown = re.sub(r"\x1b\[[0-9;]*m", "", line)
        assert len(shown) <= columns or "https://" in shown  # an address is left whole, so that it can be followed


def test_what_is_bold_is_ended_on_its_line():
    screen = Screen(columns=40, coloured=True)
    for line in coverage_text(fake_pipeline.coverage("the bridge"), screen).splitlines():
        assert line.count("\033[1m") == line.count("\033[0m")


def test_a_text_on_one_line_keeps_its_letters():
    assert visible("Ali\u200cReza 👩\u200d🚒 naïve") == "Ali\u200cReza 👩\u200d🚒 naïve"


def test_a_question_comes_from_standard_input_where_it_is_a_dash(library: Path):
    question = b"Who heads the Syrian Observatory for Human Rights?\n"
    asked = subprocess.run(process(library, "ask", "-"), input=question, cwd=ROOT, capture_output=True, check=True)
    assert "Rami Abdel Rahman" in asked.stdout.decode()


def test_bytes_that_are_not_utf8_are_asked_all_the_same(library: Path):
    asked = subprocess.run(process(library, "ask", "-"), input=b"Who is \xff Pedersen?", cwd=ROOT, capture_output=True)
    assert (asked.returncode, asked.stderr) == (0, b"")


@pytest.mark.parametrize("question", ["", "   \n", "why " * 25_000])
def test_a_question_that_makes_no_sense_is_wrong_usage_told_in_one_sentence(run: Run, question: str):
    for asked in ("ask", "search", "compare"):
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
        ("compare",),
        ("article",),
        ("ask", "who?", "--color", "sometimes"),
        ("doctor", "--port", "0"),
        ("mcp", "--json"),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...]):
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments)
    assert raised.value.code == 2


def test_a_search_lists_passages_best_first(run: Run):
    status, out, _ = run("search", "ceasefire between Israel and Hezbollah", "--json")
    hits = json.loads(out)
    assert status == 0
    assert hits[0]["byline"]["outlet"] == "Saffron Coast Wire"
    assert [hit["rank"] for hit in hits] == list(range(hits[0]["rank"], hits[0]["rank"] + len(hits)))
    status, out, _ = run("search", "ceasefire between Israel and Hezbollah", "--limit", "2")
    assert status == 0
    assert " ".join(out.split()).count(", score ") == 2
    title = "“Assad looks to allies after government loses Aleppo”"
    assert f"Saffron Coast Wire, {title}, 2 December 2024, score " in " ".join(out.split())


def test_the_data_folder_may_be_named_before_the_subcommand(library: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["--data-dir", str(library), "search", "Tal Rifaat", "--limit", "1"]) == 0
    assert "score" in capsys.readouterr().out


def test_nothing_is_asked_of_an_empty_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert cli.main(["ask", "Where was Assad?", "--data-dir", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out.strip()


def on_a_terminal(arguments: Sequence[str], *, columns: int = 80, **environment: str) -> str:
    """What a command prints on a terminal of so many columns."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    chunks = []
    with subprocess.Popen(
        arguments, cwd=ROOT, stdout=theirs, stderr=theirs, env={**kept, "TERM": "xterm", **environment}
    ):
        os.close(theirs)
        try:
            while chunk := os.read(ours, 4096):
                chunks.append(chunk)
        except OSError:  # the other end is closed
            pass
    os.close(ours)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_colour_and_width_are_those_of_the_terminal(library: Path):
    shown = on_a_terminal(process(library, "search", "Tal Rifaat", "--limit", "1"), columns=50)
    assert shown.startswith("\033[1m1.\033[0m Saffron Coast Wire")
    assert max(map(len, shown.replace("\033[1m", "").replace("\033[0m", "").splitlines())) in range(30, 51)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colour_gets_none(library: Path, environment: dict[str, str]):
    assert "\033" not in on_a_terminal(process(library, "timeline", "Aleppo"), **environment)


def test_colour_can_be_asked_for_and_refused(run: Run, library: Path):
    assert "\033[1m" in run("compare", "Tal Rifaat", "--color", "always")[1]
    assert "\033" not in on_a_terminal(process(library, "--color", "never", "compare", "Tal Rifaat"))


def test_who_says_what_and_when_come_from_the_library(run: Run):
    status, out, err = run("compare", "Tal Rifaat", "--outlet", "Saffron Coast Wire")
    assert (status, err) == (0, "")
    assert out.startswith("Saffron Coast Wire (1 article)\n")
    whole = json.loads(run("compare", "Tal Rifaat", "--json")[1])
    assert {"topic", "outlets", "silent", "disagreements", "copies"} == set(whole)
    status, out, _ = run("timeline")
    assert status == 0
    assert " December 2024\n  - “" in out
    told = json.loads(run("timeline", "Aleppo", "--until", "2024-12-01", "--json")[1])
    cited = [one for event in told["events"] for one in event["citations"]] + told["undated"]
    assert {one["published_at"] for one in cited} == {"2024-12-01"}


def test_single_articles_limit_what_is_cited(run: Run):
    hits = json.loads(run("search", "Aleppo", "--json")[1])
    chosen = hits[-1]["byline"]["article_id"]
    for asked in ("ask", "search", "compare", "timeline"):
        out = run(asked, "Aleppo", "--json", "--article", chosen)[1]
        assert set(re.findall(r'"article_id": "([^"]*)"', out)) <= {chosen}


def test_a_topic_comes_from_a_pipe_too(library: Path):
    asked = subprocess.run(process(library, "compare", "-"), input=b"Tal Rifaat\n", cwd=ROOT, capture_output=True)
    assert asked.returncode == 0
    assert "Saffron Coast Wire (1 article)\n  - “" in asked.stdout.decode()


def test_help_names_every_command_and_status(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as raised:
        cli.main(["--help"])
    out = capsys.readouterr().out
    assert raised.value.code == 0
    for word in ("ask", "search", "compare", "timeline", "mcp", "doctor", "exit status", "141"):
        assert word in out


def test_the_tools_are_served_over_standard_input_and_output(library: Path):
    messages = [
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "t", "version": "1"},
            },
        },
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]

    def offered(*options: str) -> set[str]:
        with subprocess.Popen(
            process(library, "mcp", *options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        ) as served:
            assert served.stdin and served.stdout
            served.stdin.write("".join(f"{json.dumps(message)}\n" for message in messages).encode())
            served.stdin.flush()
            replies = [json.loads(served.stdout.readline()) for _ in range(2)]
            served.stdin.close()
            assert served.stdout.read() == b""
        assert served.returncode == 0
        return {tool["name"] for tool in replies[1]["result"]["tools"]}

    reading, changing = offered(), offered("--allow-changes")
    assert {"search_news", "ask_news", "compare_outlets", "get_article"} <= reading
    assert reading < changing


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


def test_who_starts_the_tools_by_hand_is_told_what_they_are_for(library: Path):
    ours, theirs = pty.openpty()
    with subprocess.Popen(process(library, "mcp"), cwd=ROOT, stdin=theirs, stderr=subprocess.PIPE) as served:
        os.close(theirs)
        assert served.stderr and b"served on standard input and output" in served.stderr.readline()
        os.close(ours)


def test_garbage_is_looked_for_again_once_a_program_is_loaded():
    with command.uncollected():
        assert not gc.isenabled()
        with command.uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
