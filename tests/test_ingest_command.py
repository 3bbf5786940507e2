import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import ingest
from rag.config import Settings
from rag.store import Store
from rag.types import Article, Passage

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command on a library of the test's own; gives its status, stdout and stderr."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = ingest.main([*map(str, arguments), "--data-dir", str(tmp_path / "library")])
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A folder with two small articles, one of them without a byline."""
    folder = tmp_path / "two"
    folder.mkdir()
    byline = "---\ntitle: Ferry resumes\noutlet: The Tern\ndate: 2024-05-02\n---\n\n"
    (folder / "ferry.md").write_text(byline + "The ferry to the islands sails again on Monday.\n")
    (folder / "harvest.txt").write_text("The harvest was poor this year, growers in the valley said on Tuesday.\n")
    return folder


def is_one_sentence(text: str) -> bool:
    return text.endswith(".\n") and text.count("\n") == 1


def test_the_shipped_corpus_goes_in_whole_and_a_second_run_changes_nothing(run: Run):
    status, out, err = run(CORPUS, "--json")
    first = json.loads(out)
    assert (status, err) == (0, "")
    assert len(first["added"]) == 5
    assert first["refused"] == first["changed"] == first["unchanged"] == []
    assert first["passages"] >= 5
    second = json.loads(run(CORPUS, "--json")[1])
    assert sorted(second["unchanged"]) == sorted(first["added"])
    assert (second["added"], second["changed"], second["passages"]) == ([], [], 0)


def test_a_summary_tells_what_was_done(run: Run, two: Path):
    status, out, _ = run(two)
    assert status == 0
    assert out.startswith("Articles: 2 added, 0 changed, 0 unchanged, 0 refused; 2 passages embedded in ")


def test_a_changed_file_replaces_its_article(run: Run, two: Path):
    run(two)
    (two / "harvest.txt").write_text(
        "The harvest was rich this year after all, growers in the valley said on Friday.\n"
    )
    report = json.loads(run(two, "--json")[1])
    assert (report["changed"], report["unchanged"], report["passages"]) == (["harvest"], ["ferry"], 1)
    assert run("--check")[0] == 0


def test_one_bad_file_is_named_with_its_reason_and_the_rest_go_in(run: Run, two: Path):
    (two / "empty.txt").write_text("")
    status, out, err = run(two)
    assert status == 0
    assert "2 added" in out
    assert "1 refused" in out
    (refused,) = [line for line in out.splitlines() if line.startswith("  refused: ")]
    assert "empty.txt" in refused
    assert err == ""


def test_when_everything_is_refused_the_command_fails_with_one_sentence(run: Run, tmp_path: Path):
    (tmp_path / "empty.txt").write_text("")
    status, out, err = run(tmp_path / "empty.txt", "--json")
    assert status == 1
    assert is_one_sentence(err)
    assert "empty.txt" in err
    assert len(json.loads(out)["refused"]) == 1


def test_several_refusals_and_nothing_else_are_told_in_one_sentence(run: Run, tmp_path: Path):
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "b.txt").write_text("")
    status, out, err = run(tmp_path / "a.txt", tmp_path / "b.txt")
    assert status == 1
    assert is_one_sentence(err)
    assert out.count("  refused: ") == 2


def test_of_many_refusals_some_are_named_and_all_are_counted(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rag.ingestion.NAMED", 2)
    for name in "abcde":
        (tmp_path / f"{name}.txt").write_text("")
    _, out, _ = run(tmp_path)
    assert out.count("  refused: ") == 3 and "  refused: 3 more, which are not named\n" in out
    assert "5 refused" in out


def test_a_missing_path_is_named_and_what_is_there_goes_in(run: Run, two: Path, tmp_path: Path):
    status, _, err = run(tmp_path / "nowhere")
    assert status == 1
    assert is_one_sentence(err)
    assert str(tmp_path / "nowhere") in err
    status, out, _ = run(tmp_path / "nowhere", two)
    assert status == 0
    assert "2 added" in out
    assert str(tmp_path / "nowhere") in out


def test_the_list_says_unknown_where_nothing_is_known(run: Run, two: Path):
    run(two)
    status, out, _ = run("--list")
    rows = [line.split("\t") for line in out.splitlines()]
    assert status == 0
    assert ["ferry", "2024-05-02", "The Tern", "Ferry resumes"] in rows
    assert ["harvest", "date unknown", "outlet unknown"] in [row[:3] for row in rows]
    listed = json.loads(run("--list", "--json")[1])["articles"]
    assert {article["article_id"]: article["published_at"] for article in listed} == {
        "ferry": "2024-05-02",
        "harvest": None,
    }


def test_an_empty_library_says_how_to_fill_it(run: Run):
    status, out, err = run("--list")
    assert (status, out) == (0, "")
    assert "python ingest.py" in err


def test_a_removed_article_is_gone_and_an_unknown_one_is_a_failure(run: Run, two: Path):
    run(two)
    assert run("--remove", "ferry")[0] == 0
    assert [article["article_id"] for article in json.loads(run("--list", "--json")[1])["articles"]] == ["harvest"]
    assert run("--check")[0] == 0
    status, out, err = run("--remove", "ferry")
    assert (status, out) == (1, "")
    assert is_one_sentence(err)
    assert "ferry" in err


def test_check_and_rebuild_answer_for_the_whole_library(run: Run, two: Path):
    run(two)
    assert json.loads(run("--check", "--json")[1]) == {
        "agree": True,
        "differences": [],
        "counts": {"articles": 2, "passages": 2},
    }
    shutil.rmtree(two.parent / "library" / "index")
    status, out, _ = run("--rebuild")
    assert status == 0
    assert "2 articles, 2 passages" in out
    status, out, _ = run("--check")
    assert status == 0
    assert "agree" in out


def test_if_empty_fills_an_empty_library_and_leaves_a_full_one(run: Run, two: Path):
    assert "2 added" in run("--if-empty", two)[1]
    (two / "third.txt").write_text("A third article, about a bridge that was closed for repair.\n")
    status, out, _ = run("--if-empty", two)
    assert (status, out) == (0, "The library has 2 articles already; nothing was taken in.\n")
    assert json.loads(run("--if-empty", two, "--json")[1])["added"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--if-empty",),
        ("--list", "--check"),
        ("somewhere", "--rebuild"),
        ("--remove",),
        ("--nonsense",),
        ("--if-empty", "--list"),
    ],
)
def test_wrong_usage_is_status_2(run: Run, arguments: tuple[str, ...]):
    with pytest.raises(SystemExit) as raised:
        run(*arguments)
    assert raised.value.code == 2


@pytest.fixture
def being_written(run: Run, two: Path, tmp_path: Path) -> Iterator[None]:
    """Another writer has the library, with two articles in it."""
    run(two)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from rag.embedding import DIMENSION, Embedder\nfrom rag.intake import fingerprint\n"
        "from rag.store import Store\n"
        "library = Store(Path(sys.argv[1]), fingerprint=fingerprint(Embedder), dimension=DIMENSION)\n"
        "with library.writing():\n    print('writing', flush=True)\n    sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "library")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "writing\n"
    yield
    other.communicate("")


@pytest.mark.usefixtures("being_written")
def test_a_second_writer_is_told_so_and_reading_goes_on(run: Run, two: Path):
    (two / "third.txt").write_text("A third article, about a bridge that was closed for repair.\n")
    for arguments in (["--remove", "ferry"], [two]):
        status, _, err = run(*arguments)
        assert status == 1
        assert is_one_sentence(err)
    assert len(run("--list")[1].splitlines()) == 2


def test_a_library_of_another_embedding_model_says_how_to_mend_it_and_that_mends_it(
    run: Run, two: Path, tmp_path: Path
):
    older = Article(
        id="old",
        revision="0",
        text="The old news, told once more.",
        source="old",
        ingested_at="2024-01-01T00:00:00+00:00",
    )
    passage = Passage(id="old:0:0", article_id="old", revision="0", start=0, end=len(older.text), text=older.text)
    with (
        Store(tmp_path / "library", fingerprint="another-model", dimension=8) as library,
        library.writing() as writer,
    ):
        writer.put(older, [passage], [np.eye(1, 8, dtype=np.float32)])
    status, out, err = run(two)
    assert (status, out) == (1, "")
    assert is_one_sentence(err)
    assert "--rebuild" in err
    assert run("--rebuild")[0] == 0
    assert run(two)[0] == 0
    assert "3 articles" in run("--check")[1]


def command(data_dir: Path, *arguments: str | Path) -> list[str]:
    return [sys.executable, str(ROOT / "ingest.py"), *map(str, arguments), "--data-dir", str(data_dir)]


def test_progress_is_shown_on_a_terminal_alone(two: Path, tmp_path: Path):
    plain = subprocess.run(command(tmp_path / "one", two), capture_output=True, check=True)
    assert plain.stderr == b""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    terminal = subprocess.Popen(command(tmp_path / "other", two), stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    shown = bytearray()
    while piece := _read(ours):
        shown += piece
    os.close(ours)
    out, _ = terminal.communicate()
    assert terminal.returncode == 0
    assert b"2/2" in shown
    assert out.startswith(b"Articles: 2 added")


def _read(terminal: int) -> bytes:
    """What the terminal shows next; nothing once everyone has left it, which Linux reports as an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_file_name_that_is_not_utf8_does_not_break_the_report(tmp_path: Path):
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_text("")
    process = subprocess.run(command(tmp_path / "library", tmp_path / name, "--json"), capture_output=True, check=False)
    assert process.returncode == 1
    assert b"Traceback" not in process.stderr
    assert "caf" in json.loads(process.stdout)["refused"][0]["source"]


def test_a_library_moves_as_one_file(run: Run, two: Path, tmp_path: Path):
    run(two)
    status, out, err = run("--export", tmp_path / "all")
    assert (status, err) == (0, "") and out.startswith(f"2 articles, 2 passages went to {tmp_path / 'all'} (SHA-256 ")
    assert (tmp_path / "all").stat().st_mode & 0o077 == 0
    moved = ["--data-dir", str(tmp_path / "moved")]
    assert ingest.main(["--import", str(tmp_path / "all"), *moved]) == 0
    assert ingest.main(["--check", *moved]) == 0
    assert ingest.main([str(two), *moved]) == 0
    assert ingest.main(["--export", str(tmp_path / "again"), *moved, "--json"]) == 0
    assert (tmp_path / "again").read_bytes() == (tmp_path / "all").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--export", "all"), 2, "there is no library"),
        (("--import", "nowhere"), 2, "name a file that --export made"),
        (("--import", __file__), 1, "it is damaged, or was not made by --export"),
        (("--import", "a", "--export", "b"), 2, "--export FILE, --import FILE"),
    ],
)
def test_what_cannot_be_moved_is_told_in_one_sentence(
    arguments: tuple[str, ...], status: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    try:
        ended = ingest.main([*arguments, "--data-dir", str(tmp_path / "none")])
    except SystemExit as wrong:
        ended = wrong.code
    assert ended == status and says in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "none" / "index").exists()
