"""Claims about compressed files: what is read of them, and that damage is told in one sentence with the file's name."""

from __future__ import annotations

import io
import json
import lzma
import tarfile
from pathlib import Path

import pytest

from evals.archives import json_list, json_rows, members, unpacked
from evals.errors import EvalError


def tar(path: Path, contents: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_files_of_an_archive_come_by_name_without_folders(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.xz", {"folder/b": b"two", "a": b"one", "../c": b"never written"})
    assert list(members(path)) == [("../c", b"never written"), ("a", b"one"), ("folder/b", b"two")]
    assert [found.name for found in tmp_path.iterdir()] == ["a.tar.xz"]


def test_a_list_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json.xz"
    path.write_bytes(lzma.compress(json.dumps(["ü", 1]).encode()))
    assert json_list(path) == ["ü", 1]


def test_lines_are_numbered_with_the_empty_ones_and_end_at_line_ends_alone() -> None:
    content = '{"a": "one\u2028two"}\n\n{"b": 2}\r\n'.encode()
    assert list(json_rows(content, name="x")) == [(1, {"a": "one\u2028two"}), (3, {"b": 2})]


@pytest.mark.parametrize("line", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_line_that_is_no_json_is_named(line: bytes) -> None:
    with pytest.raises(EvalError, match=r"^a\.tar\.xz, b\.jsonl, line 2: not a whole JSON object"):
        list(json_rows(b"{}\n" + line, name="a.tar.xz, b.jsonl"))


def test_a_file_cut_off_damaged_or_missing_is_named(tmp_path: Path) -> None:
    path = tar(tmp_path / "a.tar.xz", {"a": bytes(range(256)) * 40})
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], b"", b"plain", whole[:30] + b"\0\0\0" + whole[33:]):
        path.write_bytes(damaged)
        with pytest.raises(EvalError, match=r"a\.tar\.xz: not a whole \.xz file"):
            unpacked(path)
    path.write_bytes(lzma.compress(b"not a tar"))
    with pytest.raises(EvalError, match=r"a\.tar\.xz: not a whole \.tar\.xz file"):
        list(members(path))
    with pytest.raises(EvalError, match="gone: cannot be read"):
        unpacked(tmp_path / "gone")
    with pytest.raises(EvalError, match="cannot be read"):
        unpacked(tmp_path)
