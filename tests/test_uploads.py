"""Files that somebody sends: under safe names, one sender at a time, and gone afterwards."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import uploads
from rag.errors import LibraryBusyError
from rag.types import Refusal
from rag.uploads import Upload, renamed, staged


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.txt", "report.txt"),
        ("Report.TXT", "Report.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\a.md", "a.md"),
        ("/etc/cron.d/x.json", "x.json"),
        ("a.txt.exe", "a.txt.exe"),
        ("two words.html", "two-words.html"),
    ],
)
def test_a_name_stays_itself_without_its_folders(name: str, safe: str):
    assert uploads.safe_name(name) == safe


@given(
    name=st.text(max_size=300) | st.sampled_from(["..", ".", "/", "", "\\", ".txt", "...txt", "\0.txt", "x" * 5_000])
)
def test_no_name_leaves_its_folder(name: str):
    safe = uploads.safe_name(name)
    assert safe and safe not in (".", "..") and not safe.startswith(".")
    assert set(safe) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") and len(safe) < 100
    assert 0 < len(uploads.told_name(name)) <= uploads.LONGEST_NAME


def sent(folder: Path, name: str, content: str = "Text.") -> Upload:
    folder.mkdir(exist_ok=True)
    path = folder / f"upload-{len(list(folder.iterdir()))}"
    path.write_text(content)
    return Upload(path=path, name=name)


def test_files_lie_under_their_own_names_for_as_long_as_they_are_read(tmp_path: Path):
    files = [sent(tmp_path / "sent", "../a b.txt", "A"), sent(tmp_path / "sent", "b.md", "B")]
    with staged(files, tmp_path / "data" / "uploads") as (named, refused):
        assert {path.name: path.read_text() for path in named} == {"a-b.txt": "A", "b.md": "B"}
        assert list(named.values()) == ["a b.txt", "b.md"] and refused == []
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["uploads.lock"]


def test_namesakes_and_what_got_lost_are_refused(tmp_path: Path):
    files = [sent(tmp_path, "a.txt"), sent(tmp_path, "x/a.txt"), Upload(path=tmp_path / "nowhere", name="b.txt")]
    with staged(files, tmp_path / "uploads") as (named, refused):
        assert list(named.values()) == ["a.txt"]
    assert refused == [Refusal(source="a.txt", reason=uploads.NAMESAKE), Refusal(source="b.txt", reason=uploads.LOST)]


def test_one_has_the_folder_at_a_time(tmp_path: Path):
    first, second = sent(tmp_path / "sent", "a.txt", "first"), sent(tmp_path / "sent", "a.txt", "second")
    read: list[str] = []

    def later() -> None:
        with staged([second], tmp_path / "uploads") as (named, _):
            read.extend(path.read_text() for path in named)

    waiting = threading.Thread(target=later)
    with staged([first], tmp_path / "uploads") as (named, _):
        waiting.start()
        with pytest.raises(LibraryBusyError, match="try again"), staged([second], tmp_path / "uploads", patience=0.05):
            pass
        assert [path.read_text() for path in named] == ["first"] and read == []
    waiting.join(30)
    assert read == ["second"]


def test_a_refusal_tells_the_name_that_was_sent_and_no_folder(tmp_path: Path):
    named = {tmp_path / "a.txt": "A.TXT", tmp_path / "aa.txt": "other.txt"}
    refusal = Refusal(source=f"{tmp_path}/a.txt line 3", reason=f"It is that of file:{tmp_path}/aa.txt, keep one.")
    assert renamed(refusal, named) == Refusal(source="A.TXT line 3", reason="It is that of other.txt, keep one.")


def test_what_a_killed_server_left_is_gone_at_the_next_start_and_with_the_next_files(tmp_path: Path):
    folder = tmp_path / "data" / "uploads"
    folder.mkdir(parents=True)
    (folder / "left.txt").write_text("A stranger's text.")
    with staged([sent(tmp_path / "sent", "a.txt")], folder) as (named, _):
        assert [path.name for path in folder.iterdir()] == ["a.txt"]
        uploads.sweep(folder)  # another server starts: somebody is at work here
        assert [path.read_text() for path in named] == ["Text."]
    folder.mkdir()
    (folder / "left.txt").write_text("A stranger's text.")
    uploads.sweep(folder)
    assert not folder.exists()
    uploads.sweep(folder)  # there is nothing to do
    assert not folder.exists()


def test_a_link_to_elsewhere_is_not_swept(tmp_path: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("Mine.")
    folder = tmp_path / "uploads"
    folder.mkdir()
    (folder / "link.txt").symlink_to(tmp_path / "mine" / "letter.txt")
    uploads.sweep(folder)
    assert not folder.exists()
    folder.symlink_to(tmp_path / "mine")
    uploads.sweep(folder)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "Mine."
