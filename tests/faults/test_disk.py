"""A disk that is full, at whichever write; a folder that nobody may write to is in `test_store_damage`."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import damaged
import pytest
from damaged import copy_of
from made_up import MODEL, found

from rag.store import Store

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MEGABYTE = 1 << 20
SENTENCES = ("cannot be written", "the indexes could not be built", "the indexes need", "no room", "could not")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "data"
    damaged.make(folder)
    return folder


def worked(folder: Path, task: str, *, limit: int = 0) -> list[str]:
    """What a process says that does it there, at most `limit` bytes to a file."""
    process = subprocess.run(
        [sys.executable, str(HERE / "full_disk.py"), str(folder), task, str(limit)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{HERE.parent}"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout, process.stderr
    return process.stdout.splitlines()


def require_whole(folder: Path, acknowledged: list[str], sentence: str) -> None:
    """Everything acknowledged is there and found, and what had been before; the failure was told in a sentence."""
    assert sentence == "done" or (sentence.endswith(".") and any(part in sentence for part in SENTENCES)), sentence
    with Store(folder, **MODEL) as store:
        assert store.check() == []
        there = {byline.article_id for byline in store.articles()}
        gone = {name[1:] for name in acknowledged if name.startswith("-")}
        new = {name for name in acknowledged if not name.startswith("-")}
        assert {"dawn", "noon", "quay", "mole"} | new <= there
        assert not gone & there
        assert len(there - new) <= 6  # one more may be there that was not acknowledged in time
        assert found(store, "zebra") == {"dawn"}
        for name in sorted(new)[::4]:
            assert found(store, f"number{name.partition('-')[2]}") == {name}


# --- a limit to the size of a file -----------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [65_536, 300_000, 500_000])
def test_files_that_cannot_grow_lose_nothing(library: Path, tmp_path: Path, limit: int):
    folder = copy_of(library, tmp_path / "data")
    *acknowledged, sentence = worked(folder, "put", limit=limit)
    require_whole(folder, acknowledged, sentence)


@pytest.mark.long
@pytest.mark.parametrize("limit", range(4_096, 700_000, 8_192))
def test_files_that_cannot_grow_at_any_length_lose_nothing(library: Path, tmp_path: Path, limit: int):
    for task in ("put", "rebuild", "search"):
        folder = copy_of(library, tmp_path / task)
        *acknowledged, sentence = worked(folder, task, limit=limit)
        require_whole(folder, acknowledged, sentence)


# --- a disk of its own -----------------------------------------------------------------------------------------------


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk, half a megabyte larger than what the test will leave free on it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid():
        pytest.skip("a disk can be mounted by root alone")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def leave(disk: Path, free: int) -> Path:
    """Fill the disk up but for so many bytes."""
    ballast = disk / "ballast"
    available = shutil.disk_usage(disk).free
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(available - free, 1))
    return ballast


def full(library: Path, disk: Path, task: str, free: int) -> None:
    folder = copy_of(library, disk / "data")
    ballast = leave(disk, free)
    *acknowledged, sentence = worked(folder, task)
    ballast.unlink()
    require_whole(folder, acknowledged, sentence)
    shutil.rmtree(folder)


FREE = [0, 60_000, 17 * MEGABYTE + 200_000]


@pytest.mark.parametrize("free", FREE)
def test_a_full_disk_loses_nothing(library: Path, disk: Path, free: int):
    full(library, disk, "put", free)


@pytest.mark.parametrize("task", ["rebuild", "search"])
def test_a_full_disk_spoils_nothing(library: Path, disk: Path, task: str):
    full(library, disk, task, 0)


@pytest.mark.long
def test_a_disk_that_is_full_at_any_write_loses_nothing(library: Path, disk: Path, monkeypatch: pytest.MonkeyPatch):
    for free in (*range(0, 600_000, 4_096), *range(16 * MEGABYTE, 19 * MEGABYTE, 32_768)):
        for task in ("put", "rebuild", "search"):
            full(library, disk, task, free)
