import gzip
from collections.abc import Callable, Sequence
from io import BytesIO

import pytest
from made_files import FIRST, SECOND, packed, page, record

from rag.articles import warc
from rag.articles.making import made
from rag.articles.rows import Row
from rag.articles.warc import from_warc
from rag.errors import ArticleError

LARGE = 10_000_000
ONE, TWO = "https://www.wexley.example/one", "https://www.wexley.example/two"


def rows(data: bytes, *, most: int = LARGE) -> list[Row]:
    return list(from_warc(BytesIO(data), size=len(data), most=most))


def good(number: int) -> bytes:
    return record(f"https://www.wexley.example/{number}", page(f"Bridge {number}").encode())


OTHERS = (
    record(ONE, b"\x89PNG", content_type="image/png"),
    record(ONE, page().encode(), status="404 Not Found"),
    record(ONE, page().encode(), status="2000 OK"),
    record(ONE, b"GET / HTTP/1.1\r\n\r\n", kind="request"),
    record(ONE, b"fetchTimeMs: 7\r\n", kind="metadata"),
    record(ONE, b"", kind="revisit"),
    record("dns:wexley.example", b"1.2.3.4"),
)


@pytest.mark.parametrize("pack", [b"".join, lambda all_: packed(*all_), lambda all_: gzip.compress(b"".join(all_))])
def test_the_pages_of_an_archive_are_read_and_nothing_else_of_it(pack: Callable[[Sequence[bytes]], bytes]):
    found = rows(pack([*OTHERS, record(ONE, page("One").encode()), *OTHERS, record(TWO, page("Two").encode())]))
    assert [(row.place, row.address) for row in found] == [("record 8", ONE), ("record 16", TWO)]
    assert [made(row.task).title for row in found] == ["One", "Two"]
    assert FIRST in made(found[0].task).text and SECOND in made(found[0].task).text


def test_the_server_s_word_on_the_encoding_counts():
    html = page().replace('<meta charset="utf-8">', "").encode("cp1252")
    (found,) = rows(record(ONE, html, content_type="text/html; charset=windows-1252"))
    assert SECOND in made(found.task).text


CHUNKS = [page().encode()[:300], page().encode()[300:]]
CHUNKED = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in CHUNKS) + b"0\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(page().encode()), "Content-Encoding: gzip\r\n"),
        (CHUNKED, "Transfer-Encoding: chunked\r\n"),
        (page().encode(), "Content-Encoding: gzip\r\n"),
        (page().encode(), "Transfer-Encoding: chunked\r\nContent-Encoding: br\r\n"),
    ],
)
def test_a_page_is_unpacked_where_it_is_packed(body: bytes, headers: str):
    (found,) = rows(record(ONE, body, headers=headers))
    assert FIRST in made(found.task).text


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(page().encode())[:-40], "Content-Encoding: gzip\r\n"),
        (b"\x00\x01", "Content-Encoding: deflate\r\n"),
        (b"\x00\x01", "Content-Encoding: br\r\n"),
        (CHUNKED[:-300], "Transfer-Encoding: chunked\r\n"),
        (lambda: gzip.compress(bytes(50_000_000)), "Content-Encoding: gzip\r\n"),
    ],
)
def test_a_page_that_is_damaged_is_refused_and_the_next_is_read(body: bytes | Callable[[], bytes], headers: str):
    bad, well = rows(record(ONE, body() if callable(body) else body, headers=headers) + good(2))
    with pytest.raises(ArticleError, match=r"packed and damaged|above the limit"):
        made(bad.task)
    assert FIRST in made(well.task).text


def test_a_page_of_which_only_the_beginning_is_kept_says_so():
    (found,) = rows(record(ONE, page().encode(), warc="WARC-Truncated: length\r\n"))
    (defect,) = made(found.task).defects
    assert defect.kind == "truncated"


def test_a_page_that_is_too_large_is_refused_and_the_next_is_read():
    large, well = rows(record(ONE, page().encode() + bytes(100_000)) + good(2), most=50_000)
    with pytest.raises(ArticleError, match="larger than pages are read"):
        made(large.task)
    assert FIRST in made(well.task).text


@pytest.mark.parametrize(
    ("data", "read", "reason"),
    [
        ((good(1) + good(2))[:-100], 1, "breaks off in record 2"),
        ((good(1) + good(2))[: len(good(1)) + 90], 1, "breaks off in record 2"),
        (packed(good(1), good(2), good(3))[:-60], 2, "breaks off in record 3"),
        (packed(good(1)) + b"xxxxxxxxxxxxxxxxxxxx" + packed(good(2)), 1, "damaged after record 1"),
        (good(1) + b"no record\r\n\r\n" + good(2), 1, "damaged after record 1"),
        (b"no archive\n" * 20, 0, "no web archive"),
        (b"".join(OTHERS), 0, "holds no web page"),
        (lambda: packed(*(record(ONE, bytes(60_000_000)) for _ in range(3))), 1, "unpacks to over 200 times"),
    ],
)
def test_an_archive_that_breaks_off_gives_what_stands_before(data: bytes | Callable[[], bytes], read: int, reason: str):
    data, found = data() if callable(data) else data, []
    with pytest.raises(ArticleError, match=reason):
        found.extend(from_warc(BytesIO(data), size=len(data), most=LARGE))
    assert len(found) == read


def test_empty_lines_without_end_are_not_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(warc, "_ALWAYS", 1_000_000)
    data = packed(good(1)) + gzip.compress(b"\r\n" * 2_000_000)
    found = from_warc(BytesIO(data), size=len(data), most=LARGE)
    assert next(found).place == "record 1"
    with pytest.raises(ArticleError, match="unpacks to over 200 times its size"):
        next(found)


def test_records_are_read_one_at_a_time():
    class Archive(BytesIO):
        """Records without an end."""

        def read(self, size: int | None = -1, /) -> bytes:
            return good(1)

    found = from_warc(Archive(), size=10**12, most=LARGE)
    assert [next(found).place for _ in range(50)][-1] == "record 50"


def test_the_same_answer_of_another_day_is_the_same_input():
    again = good(1).replace(b"2024-12-01T10:00:00Z", b"2024-12-05T10:00:00Z")
    assert [row.raw for row in rows(good(1))] == [row.raw for row in rows(again)]
    assert [row.raw for row in rows(good(1))] != [row.raw for row in rows(good(2))]
