"""Files taken apart in a process of limited time and memory: what goes wrong there costs one item and no more."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from made_files import FIRST, SECOND, letter, mailbox, mhtml, packed, page, record, word
from made_site import rss

from rag import confined
from rag.articles import Draft, Input, Read, Row, Task, Text, read, read_given
from rag.confined import Confined, Limits, Parser, StoppedError, Unconfined, process
from rag.errors import ArticleError, LimitError, ParserError
from rag.types import Article, Refusal

LARGE = 10_000_000
FAULTY = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from faulty_reader import main; main({}, {})"
TOO_LONG = "It takes more than 1 s to read; save its text instead, or raise PARSE_SECONDS."
TOO_MUCH = "It needs more than 300 MB of memory to read; save its text instead, or raise PARSE_MEMORY_MB."
NONSENSE = "what is no article|answered nonsense"


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[confined._Pool]:
    """Processes of this test alone."""
    own = confined._Pool()
    monkeypatch.setattr(confined, "_pool", own)
    yield own
    own.close()


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch, pool: confined._Pool) -> Confined:
    """A parser whose reader does what a text tells it."""
    monkeypatch.setattr(process, "_PROGRAM", FAULTY)
    return Confined(Limits(seconds=20, memory_mb=300))


@pytest.fixture
def hasty(faulty: Confined) -> Confined:
    """The same with little time."""
    return Confined(Limits(seconds=1, memory_mb=300))


@pytest.fixture(scope="module")
def parser() -> Confined:
    """A parser as the product has it."""
    return Confined(Limits(seconds=60, memory_mb=1_500))


def told(text: str) -> Task:
    return Task(kind="text", data=text.encode())


def reader_of(draft: Draft) -> int:
    return int(draft.text.rpartition(" ")[2])


# --- the same as without


ONE = record("https://www.wexley.example/a", page().encode())
OTHER = record("https://www.wexley.example/b", page("Another").encode())
FILES: dict[str, bytes] = {
    "a.txt": f"The bridge\n\n{FIRST}\n\n{SECOND}".encode(),
    "a.md": f"---\ntitle: The bridge\ndate: 2024-12-01\n---\n{FIRST}\n\n{SECOND}".encode(),
    "a.html": page().encode(),
    "a.mhtml": mhtml(page()),
    "a.docx": word(FIRST, SECOND, heading="The bridge"),
    "a.eml": letter(),
    "a.mbox": mailbox(letter(), letter(subject="Another", name="b@wexley.example")),
    "a.json": json.dumps([{"title": "One", "body": FIRST}, {"title": "جسر", "body": SECOND}, 3]).encode(),
    "b.json": json.dumps({"title": "One \ud800", "body": f"<p>{FIRST}</p>"}).encode(),
    "c.json": b'{"title": "One", "body": "' + FIRST.encode() + b'"}\n{"body": 1}\n',
    "a.jsonl": b'{"title": "One", "body": "' + FIRST.encode() + b'"}\n\n{"body": 1}\n[',
    "a.warc": ONE + OTHER + b"WARC/1.0\r\nCon",
    "a.warc.gz": packed(ONE),
    "bad.pdf": b"%PDF-1.7 and nothing else",
    "bad.docx": b"PK\x03\x04 and nothing else",
    "bad.json": b"{",
    "empty.json": b"[]",
}


def of(found: list[Article | Refusal]) -> list[Article | Refusal]:
    return [replace(one, ingested_at="") if isinstance(one, Article) else one for one in found]


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_it_is_without_limits(name: str, parser: Confined, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(FILES[name])
    there, here = (of(list(read(path, max_bytes=LARGE, parser=one))) for one in (parser, Unconfined()))
    assert there == here and here
    assert [one.raw for one in there if isinstance(one, Article)] == [
        one.raw for one in here if isinstance(one, Article)
    ]


def test_texts_that_are_given_are_read_there_too(parser: Confined):
    for text in (
        Text(text=f"<p>{FIRST}</p>\ud800", title="One \udfff", published_at="2024-12-01"),
        Text(text=FIRST, url="ftp://x"),
    ):
        there, here = (read_given(text, max_bytes=LARGE, parser=one) for one in (parser, Unconfined()))
        assert of([there]) == of([here])


@pytest.mark.parametrize("data", [rss("").encode(), b"<rss><channel><item>", b"nothing", b'{"items": [{"url": "/a"}]}'])
@pytest.mark.parametrize("form", ["feed", "json feed", "sitemap"])
def test_feeds_are_read_there_too(data: bytes, form: confined.Form, parser: Confined):
    def outcome(one: Parser) -> object:
        try:
            return one.listing(data, form=form, address="https://tern.example/feed", charset="utf-8")
        except ArticleError as error:
            return str(error)

    assert outcome(parser) == outcome(Unconfined())


# --- what goes wrong


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("memory", TOO_MUCH),
        ("crash", r"fail \(SIGSEGV\); save"),
        ("killed", r"fail \(SIGKILL\); save"),
        ("exit", r"fail \(exit status 7\); save"),
        ("raise x", r"Its reader failed \(KeyError\); save"),
        ("garble", NONSENSE),
        ("flood", NONSENSE),
        ('answer {"made": {"text": 7}}', NONSENSE),
        ('answer {"made": {"title": "no text"}}', NONSENSE),
        ('answer {"made": {"text": "x", "findings": [{"field": "a", "source": "b", "confidence": "sure"}]}}', NONSENSE),
        ('answer {"made": []}', NONSENSE),
        ('answer {"refused": {"a": 1}}', NONSENSE),
        ('answer {"row": {}}', NONSENSE),
        ('answer {"read": 5, "at": 0}', NONSENSE),
        ("answer []", NONSENSE),
        ('answer "x"', NONSENSE),
    ],
)
def test_what_goes_wrong_with_an_item_is_one_sentence_and_the_next_is_read(fault: str, sentence: str, faulty: Confined):
    with pytest.raises(LimitError, match=sentence):
        faulty.draft(told(fault))
    assert faulty.draft(told("well")).text.startswith("well was read by ")


@pytest.mark.parametrize("fault", ["loop", "sleep"])
def test_an_item_has_its_time_of_the_processor_and_by_the_clock(fault: str, hasty: Confined):
    with pytest.raises(LimitError) as error:
        hasty.draft(told(fault))
    assert str(error.value) == TOO_LONG


def test_an_item_is_not_blamed_for_what_another_did_to_the_process(faulty: Confined):
    first = reader_of(faulty.draft(told("crash-later")))
    second = faulty.draft(told("well"))
    assert second.text.startswith("well was read by ") and reader_of(second) != first


def test_one_process_reads_many_items_and_not_too_many(faulty: Confined, monkeypatch: pytest.MonkeyPatch):
    assert len({reader_of(faulty.draft(told("well"))) for _ in range(5)}) == 1
    monkeypatch.setattr(confined, "_MOST_ITEMS", 2)
    assert len({reader_of(faulty.draft(told("well"))) for _ in range(5)}) == 3


def test_threads_have_a_process_each(faulty: Confined, pool: confined._Pool):
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.extend(faulty.draft(told(f"n{n}")).text for n in range(20)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(text.split()[0] for text in found) == sorted(f"n{n}" for n in range(20) for _ in range(4))
    assert len(pool._waiting) <= 2


def test_whoever_waits_no_more_is_let_go_at_once(faulty: Confined):
    stop = threading.Event()
    parser = Confined(Limits(seconds=600, memory_mb=300), stopped=stop.is_set)
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(StoppedError):
        parser.draft(told("loop"))


def test_no_process_is_left_behind(faulty: Confined, pool: confined._Pool):
    readers = [reader_of(faulty.draft(told("well")))]
    with suppress(LimitError):
        faulty.draft(told("crash"))
    readers.append(reader_of(faulty.draft(told("well"))))
    pool.close()
    gc.collect()
    for reader in readers:
        with pytest.raises(ProcessLookupError):
            os.kill(reader, 0)


def test_a_process_that_has_ended_meanwhile_is_replaced(faulty: Confined):
    first = reader_of(faulty.draft(told("well")))
    os.kill(first, signal.SIGKILL)
    assert reader_of(faulty.draft(told("well"))) != first


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_to_the_whole_group_leave_it_to_us_when_it_ends(number: signal.Signals, faulty: Confined):
    first = reader_of(faulty.draft(told("well")))
    os.kill(first, number)
    assert reader_of(faulty.draft(told("well"))) == first


def test_it_ends_with_the_process_that_it_reads_for():
    program = (
        "import os, sys; from rag.confined import *; from rag.articles import Task, Draft\n"
        "from rag.confined import _pool\n"
        "Confined(Limits(seconds=60, memory_mb=1500)).draft(Task(kind='text', data=b'The bridge was rebuilt. ' * 9))\n"
        "print(_pool._waiting[0]._process.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    until = time.monotonic() + 60
    while time.monotonic() < until and Path(f"/proc/{int(ran.stdout)}/cmdline").exists():
        time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(int(ran.stdout), 0)


def test_a_forked_process_has_its_own(faulty: Confined, pool: confined._Pool):
    mine = reader_of(faulty.draft(told("well")))
    waiting = pool._waiting[0]
    pool.forget()  # as in the process that was forked
    assert reader_of(faulty.draft(told("well"))) != mine
    os.kill(mine, signal.SIGKILL)
    os.waitpid(mine, 0)
    assert waiting._process.returncode == 0


def test_what_it_may_do(faulty: Confined):
    said = json.loads(faulty.draft(told("tell")).text)
    assert said["network"] != "connected" and said["written"] != "written"
    assert set(said["environment"]) <= {"LC_CTYPE"}  # which Python sets itself
    assert said["limits"] == {"AS": 300 << 20, "CORE": 0, "NOFILE": 64}
    assert said["nice"] >= 5
    if sys.platform == "linux":
        assert said["open"] <= 5  # what Python has open, the socket, and the folder that is looked at


def test_where_none_can_be_started_that_is_said(monkeypatch: pytest.MonkeyPatch, pool: confined._Pool):
    parser = Confined(Limits(seconds=1, memory_mb=300))
    monkeypatch.setattr(process, "_PROGRAM", "raise SystemExit(5) # {} {}")
    with pytest.raises(ParserError, match=r"does not start \(exit status 5\); see that PARSE_MEMORY_MB"):
        parser.draft(told("well"))
    monkeypatch.setattr(process.sys, "executable", "/nowhere/python")
    with pytest.raises(ParserError, match=r"does not start \(No such file or directory\)"):
        parser.draft(told("well"))


# --- streams


def test_a_stream_goes_on_after_an_item_that_cannot_be_read(faulty: Confined, tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text("memory\nThe bridge was rebuilt.\nexit\ncrash\nThe bridge was opened to all traffic.", "utf-8")
    found = list(read(path, max_bytes=LARGE, parser=faulty))
    assert [one.source.rpartition(" ")[2] if isinstance(one, Refusal) else one.text[:21] for one in found] == [
        *("1", "The bridge was rebuil", "3", "4", "The bridge was opened"),
    ], [one.reason for one in found if isinstance(one, Refusal)]
    assert next(one.reason for one in found if isinstance(one, Refusal)) == TOO_MUCH


def test_a_stream_of_nothing_but_such_items_is_left(faulty: Confined, tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text("raise x\n" * 50, "utf-8")
    found = list(read(path, max_bytes=LARGE, parser=faulty))
    assert len(found) == 12 and "More than 10 items take more time or memory" in found[-1].reason


class Faulty(BytesIO):
    """A file that cannot be read."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(5, "Input/output error")


def rows(parser: Parser, data: bytes, kind: str) -> Iterator[Row]:
    return parser.split(Input(file=BytesIO(data), kind=kind, size=len(data), most=LARGE, read=Read()))


def test_items_come_as_they_are_asked_for(parser: Confined):
    several = json.dumps([{"body": FIRST * 50, "n": n} for n in range(2_000)]).encode()
    found = rows(parser, several, "json")
    assert [next(found).place for _ in range(3)] == ["item 1", "item 2", "item 3"]
    found.close()
    assert sum(1 for _ in rows(parser, several, "json")) == 2_000


def test_what_an_archive_holds_before_it_breaks_off_is_read(parser: Confined):
    whole = ONE + record("https://www.wexley.example/b", page("Another").encode())
    found = rows(parser, whole[:-40], "archive")
    assert next(found).place == "record 1"
    with pytest.raises(ArticleError, match="breaks off"):
        next(found)


def test_a_disk_that_fails_is_said_as_it_is_elsewhere(parser: Confined):
    given = Input(file=Faulty(), kind="archive", size=10, most=LARGE)
    with pytest.raises(OSError, match="Input/output"):
        next(parser.split(given))


def test_json_that_takes_all_memory_is_left(pool: confined._Pool):
    parser = Confined(Limits(seconds=60, memory_mb=256))
    with pytest.raises(LimitError, match="more than 256 MB"):
        list(rows(parser, b"[" + b"[]," * 4_000_000 + b"[]]", "json"))
    assert [one.place for one in rows(parser, b'{"a": 1}', "json")] == [""]
