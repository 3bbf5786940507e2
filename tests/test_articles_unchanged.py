"""What was read before and has not changed is not read again, and what has changed is."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_files import FIRST, SECOND, letter, mailbox, mhtml, packed, page, record, word

from rag.articles import Text, read, read_fetched, read_given
from rag.fetch import Fetched
from rag.types import Article, NewlyRead, Refusal, Unchanged

LARGE = 10_000_000


class Library:
    """What was taken in, by the digests of the inputs."""

    def __init__(self) -> None:
        self.held: dict[bytes, Unchanged] = {}

    def take(self, items: Iterator[Article | Refusal | Unchanged]) -> list[str]:
        """What became of each: "read" or "same" with its source, or why it was refused."""
        outcome = []
        for item in items:
            if isinstance(item, Article):
                assert isinstance(item, NewlyRead) and len(item.raw) == 16
                self.held[item.raw] = Unchanged(article_id=item.id, source=item.source)
                outcome.append(f"read {item.source}")
            elif isinstance(item, Unchanged):
                outcome.append(f"same {item.source}")
            else:
                outcome.append(item.reason)
        return outcome

    def ingest(self, path: Path) -> list[str]:
        return self.take(read(path, max_bytes=LARGE, known=self.held.get))


def lines(*values: object) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", FIRST.encode()),
        ("a.md", FIRST.encode()),
        ("a.html", page().encode()),
        ("a.mhtml", mhtml(page())),
        ("a.docx", word(FIRST)),
        ("a.json", lines({"title": "One", "body": FIRST})),
        ("b.json", json.dumps([{"body": FIRST}, {"body": SECOND}]).encode()),
        ("a.jsonl", lines({"body": FIRST}, {"body": SECOND, "url": "https://example.org/a"})),
        ("a.eml", letter()),
        ("a.mbox", mailbox(letter(name="1@x"), letter(SECOND, name="2@x"))),
        ("a.warc", record("https://www.wexley.example/1", page().encode())),
        ("a.warc.gz", packed(*(record(f"https://www.wexley.example/{n}", page(str(n)).encode()) for n in (1, 2)))),
    ],
)
def test_an_input_of_any_kind_is_read_once(tmp_path: Path, name: str, data: bytes):
    library, path = Library(), tmp_path / name
    path.write_bytes(data)
    first = library.ingest(path)
    assert {one[:5] for one in first} == {"read "}
    assert library.ingest(path) == [one.replace("read", "same") for one in first]
    assert [type(item) for item in read(path, max_bytes=LARGE)] == [NewlyRead] * len(first)


def test_what_has_changed_is_read_and_the_rest_is_not(tmp_path: Path):
    library, path = Library(), tmp_path / "news.jsonl"
    one, two = {"title": "One", "body": FIRST}, {"title": "Two", "body": SECOND}
    path.write_bytes(lines(one, two))
    library.ingest(path)
    path.write_bytes(lines({"title": "New", "body": FIRST}, two | {"body": f"{SECOND} It rained."}, one))
    assert library.ingest(path) == [f"read file:{path}#New", f"read file:{path}#Two", f"same file:{path}#One"]


def test_the_same_bytes_of_another_kind_are_another_input(tmp_path: Path):
    library = Library()
    for name in ("a.txt", "a.md"):
        (tmp_path / name).write_bytes(FIRST.encode())
        assert library.ingest(tmp_path / name) == [f"read file:{tmp_path}/{name}"]


def test_a_file_that_is_moved_is_not_read_again(tmp_path: Path):
    library = Library()
    (tmp_path / "a.txt").write_bytes(FIRST.encode())
    library.ingest(tmp_path / "a.txt")
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert library.ingest(tmp_path / "b.txt") == [f"same file:{tmp_path}/a.txt"]


def test_a_new_row_of_an_old_title_takes_no_old_row_s_place(tmp_path: Path):
    library, path = Library(), tmp_path / "news.jsonl"
    old, new = {"title": "Briefing", "body": FIRST}, {"title": "Briefing", "body": SECOND}
    path.write_bytes(lines(old))
    library.ingest(path)
    path.write_bytes(lines(old, new))
    assert library.ingest(path) == [f"same file:{path}#Briefing", f"read file:{path}#Briefing-line-2"]


def test_a_second_row_of_one_address_is_refused_though_the_first_is_known(tmp_path: Path):
    library, path = Library(), tmp_path / "news.jsonl"
    row = {"body": FIRST, "url": "https://example.org/a"}
    path.write_bytes(lines(row, row | {"body": SECOND}, row))
    first, again = library.ingest(path), library.ingest(path)
    twice = "It has the same address as line 1 (https://example.org/a); keep one of the two."
    assert first == ["read https://example.org/a", twice, twice]
    assert again == ["same https://example.org/a", twice, twice]


def fetched(html: str, *, url: str = "https://www.wexley.example/a") -> Fetched:
    return Fetched(url=url, content=html.encode(), content_type="text/html", fetched_at="2024-12-01T10:00:00+00:00")


def test_a_page_at_another_address_or_of_which_more_is_said_is_another_input():
    library = Library()

    def take(found: Fetched, given: dict[str, str]) -> str:
        (outcome,) = library.take(read_fetched(found, known=library.held.get, given=given))
        return outcome[:4]

    said = {"title": "Bridge", "source": "feed"}
    assert take(fetched(page()), {}) == "read"
    assert take(fetched(page()), {}) == "same"
    assert take(fetched(page(), url="https://www.wexley.example/b"), {}) == "read"
    assert take(fetched(page()), said) == "read"
    assert take(fetched(page()), said) == "same"


def test_a_given_text_has_a_digest_of_all_that_is_given():
    one = read_given(Text(text=FIRST), max_bytes=LARGE)
    two = read_given(Text(text=FIRST, title="Bridge"), max_bytes=LARGE)
    assert isinstance(one, Article) and isinstance(two, Article)
    assert one.raw != two.raw
    assert one.source == two.source


def test_a_known_input_is_not_taken_apart(tmp_path: Path):
    path = tmp_path / "a.html"
    path.write_bytes(b"no page at all")
    items = list(read(path, max_bytes=LARGE, known=lambda raw: Unchanged(article_id="x", source="file:x")))
    assert items == [Unchanged(article_id="x", source="file:x")]
