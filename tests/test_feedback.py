"""What readers say of answers: kept whole, by several at once, and read from its end."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import feedback
from rag.errors import LibraryError
from rag.feedback import Feedback


def said(question: str = "Who holds the bridge?", **more: object) -> Feedback:
    return Feedback(at="2024-12-01T00:00:00+00:00", who="anyone", question=question, verdict="right", **more)


def test_what_is_kept_is_read_back_newest_first(tmp_path: Path):
    kept = [said(f"Question {number}?", statement=number, comment="“So”\u2028\n") for number in range(1, 6)]
    for one in kept:
        feedback.keep(tmp_path, one)
    assert feedback.latest(tmp_path, limit=99) == kept[::-1]
    assert feedback.latest(tmp_path, limit=2) == kept[:-3:-1]
    assert feedback.latest(tmp_path, limit=0) == []
    assert len((tmp_path / feedback.NAME).read_bytes().splitlines()) >= 5


def test_where_nothing_was_said_nothing_is_read(tmp_path: Path):
    assert feedback.latest(tmp_path, limit=5) == []
    (tmp_path / feedback.NAME).touch()
    assert feedback.latest(tmp_path, limit=5) == []


def test_only_who_serves_may_read_the_file(tmp_path: Path):
    feedback.keep(tmp_path, said())
    assert (tmp_path / feedback.NAME).stat().st_mode & 0o077 == 0


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path):
    feedback.keep(tmp_path, said("First?"))
    with (tmp_path / feedback.NAME).open("ab") as file:
        file.write(b'{"at": "2024-12-01T00:0')
    assert [one.question for one in feedback.latest(tmp_path, limit=9)] == ["First?"]
    feedback.keep(tmp_path, said("Second?"))
    assert [one.question for one in feedback.latest(tmp_path, limit=9)] == ["Second?", "First?"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b"[" * 100_000,
        b'{"at": 1, "who": "x", "question": "x", "verdict": "right"}',
        b'{"at": "x", "who": "x", "question": "x", "verdict": "perfect"}',
        b'{"at": "x", "who": "x", "question": "x", "verdict": ["right"]}',
    ],
)
def test_what_is_no_line_of_ours_is_passed_over(tmp_path: Path, line: bytes):
    feedback.keep(tmp_path, said("First?"))
    with (tmp_path / feedback.NAME).open("ab") as file:
        file.write(line + b"\n")
    feedback.keep(tmp_path, said("Second?"))
    assert [one.question for one in feedback.latest(tmp_path, limit=9)] == ["Second?", "First?"]


def test_a_field_of_another_kind_is_left_out(tmp_path: Path):
    line = {"at": "x", "who": "x", "question": "x", "verdict": "wrong", "citation": "1", "comment": 2, "more": 3}
    (tmp_path / feedback.NAME).write_text(json.dumps(line) + "\n")
    assert feedback.latest(tmp_path, limit=9) == [Feedback(at="x", who="x", question="x", verdict="wrong")]


@given(sizes=st.lists(st.integers(0, 90_000), max_size=6))
def test_lines_are_found_wherever_a_block_ends(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]):
    folder = tmp_path_factory.mktemp("feedback")
    kept = [said("é" * size) for size in sizes]
    for one in kept:
        feedback.keep(folder, one)
    assert feedback.latest(folder, limit=99) == kept[::-1]


def keep_many(folder: Path, name: str) -> None:
    for number in range(40):
        feedback.keep(folder, said(f"{name} {number} " + "x" * 5_000))


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path):
    context = multiprocessing.get_context("fork" if os.name == "posix" else "spawn")
    writers = [context.Process(target=keep_many, args=(tmp_path, name)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    questions = [one.question.split(" x")[0] for one in feedback.latest(tmp_path, limit=999)]
    assert sorted(questions) == sorted(f"{name} {number}" for name in ("a", "b", "c") for number in range(40))
    assert [one for one in questions if one.startswith("a")] == [f"a {number}" for number in reversed(range(40))]


def test_a_file_that_has_grown_too_large_takes_no_more(tmp_path: Path):
    with (tmp_path / feedback.NAME).open("wb") as file:
        file.truncate(feedback.MOST_BYTES)
    with pytest.raises(LibraryError, match="move it away"):
        feedback.keep(tmp_path, said())
    assert (tmp_path / feedback.NAME).stat().st_size == feedback.MOST_BYTES


def test_a_folder_that_is_gone_is_told(tmp_path: Path):
    with pytest.raises(LibraryError, match="see to the disk"):
        feedback.keep(tmp_path / "nowhere", said())


def test_half_characters_do_not_stop_it(tmp_path: Path):
    feedback.keep(tmp_path, said("bridge \ud800"))
    assert feedback.latest(tmp_path, limit=1)[0].question == "bridge ?"
