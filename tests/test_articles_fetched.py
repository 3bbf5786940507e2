"""What was fetched, read by the same parsers as files."""

import json
from pathlib import Path

import pytest

from rag.articles import read, read_fetched
from rag.fetch import Fetched
from rag.sources import find_each
from rag.types import Article, Refusal

URL = "https://news.example/2024/bridge"
FIRST = "The council voted on Tuesday to rebuild the bridge over the river after months of debate, the mayor said."
SECOND = "“We have waited long enough,” said a shopkeeper. The work should cost €3 million and take two years."


def fetched(content: str | bytes, *, url: str = URL, kind: str = "text/html", charset: str | None = None) -> Fetched:
    return Fetched(
        url=url,
        content=content if isinstance(content, bytes) else content.encode(),
        content_type=kind,
        charset=charset,
        fetched_at="2024-12-01T10:00:00+00:00",
    )


def page(head: str = "") -> str:
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body><article><p>{FIRST}</p><p>{SECOND}</p></article></body></html>"
    )


def article(found: Fetched) -> Article:
    (item,) = read_fetched(found)
    assert isinstance(item, Article), item
    return item


def test_an_article_of_a_page_has_its_address_as_source_and_its_byline():
    head = (
        '<title>Bridge to be rebuilt</title><meta property="og:site_name" content="Morning Post">'
        '<meta property="article:published_time" content="2024-12-01T10:00:00Z"><meta name="author" content="Jane Doe">'
        '<link rel="canonical" href="https://www.news.example/bridge">'
    )
    found = article(fetched(page(head)))
    assert (found.source, found.url) == ("https://www.news.example/bridge",) * 2
    assert (found.outlet, found.author, found.published_at) == ("Morning Post", "Jane Doe", "2024-12-01T10:00:00+00:00")
    assert (found.title, found.id) == ("Bridge to be rebuilt", "news.example-bridge")
    assert found.text == f"{FIRST}\n\n{SECOND}"


def test_what_a_page_does_not_state_is_its_own_address_and_site_and_else_unknown():
    found = article(fetched(page(), url="https://www.news.example/a"))
    assert (found.url, found.outlet) == ("https://www.news.example/a", None)
    assert (found.author, found.published_at) == (None, None)


@pytest.mark.parametrize("other", ["https://other.example/story", "https://badnews.example/", "http://example/"])
def test_a_page_cannot_pass_for_one_of_another_site(other: str):
    found = article(fetched(page(f'<link rel="canonical" href="{other}"><meta property="og:url" content="{other}">')))
    assert (found.source, found.url, found.outlet) == (URL, URL, None)


def test_rows_cannot_take_the_place_of_articles_from_elsewhere():
    rows = [
        {"title": "One", "body": FIRST, "url": "https://other.example/one", "outlet": "The Tern"},
        {"title": "Two", "body": SECOND, "url": "https://news.example/two"},
        {"title": "Bad"},
    ]
    one, two, bad = read_fetched(fetched(json.dumps(rows), kind="application/json", url="https://news.example/rows"))
    assert isinstance(one, Article) and isinstance(two, Article) and isinstance(bad, Refusal)
    assert (one.source, one.url, one.outlet) == (
        "https://news.example/rows#One",
        "https://news.example/rows",
        "The Tern",
    )
    assert (two.source, two.url) == ("https://news.example/rows#Two", "https://news.example/two")
    assert (one.id, two.id) == ("One", "Two")
    assert bad.source == "https://news.example/rows item 3"


def test_plain_text_and_pdf_are_read_as_what_they_are_said_to_be():
    found = article(fetched(f"<p>{FIRST}</p>", kind="text/plain"))
    assert "<p>" in found.text
    (refused,) = read_fetched(fetched(page(), kind="application/pdf"))
    assert isinstance(refused, Refusal) and "PDF" in refused.reason and refused.source == URL


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("windows-1251", "cp1251", "Совет проголосовал во вторник за восстановление моста через реку."),
        ("iso-8859-1", "cp1252", "Die Brücke über den Fluss wird „wieder aufgebaut“, sagte der Bürgermeister."),
        ("GB2312", "gb18030", "市议会星期二投票决定重建河上的桥梁，市长说，工程需要两年时间，费用三百万欧元。"),
        ("Shift_JIS", "cp932", "市議会は火曜日に川に架かる橋の再建を決議したと市長が述べた。工事には二年かかる。"),
        ("iso-8859-1", "utf-8", "Die Brücke über den Fluss wird wieder aufgebaut, sagte der Bürgermeister am Montag."),
        ("nonsense", "utf-8", "Die Brücke über den Fluss wird wieder aufgebaut, sagte der Bürgermeister am Montag."),
        ("idna", "utf-8", "Die Brücke über den Fluss wird wieder aufgebaut, sagte der Bürgermeister am Montag."),
    ],
)
def test_the_encoding_that_the_server_names_counts_where_the_text_is_not_utf8(charset: str, encoding: str, text: str):
    html = f"<html><body><article><p>{text}</p><p>{text}!</p></article></body></html>"
    assert text in article(fetched(html.encode(encoding), charset=charset)).text


def test_xhtml_that_names_its_encoding_is_read():
    xhtml = f'<?xml version="1.0" encoding="utf-8"?>\n{page()}'
    assert article(fetched(xhtml, kind="application/xhtml+xml", charset="utf-8")).text == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize("kind", ["text/html", "application/json", "text/plain", "application/pdf"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"[]", b"x"])
def test_what_is_no_article_is_refused_with_its_address(kind: str, content: bytes):
    (refused,) = read_fetched(fetched(content, kind=kind))
    assert isinstance(refused, Refusal) and refused.source == URL and refused.reason.endswith(".")


def test_the_same_text_as_a_file_and_from_the_web_are_read_alike(tmp_path: Path):
    file = tmp_path / "bridge.html"
    file.write_text(page("<title>Bridge to be rebuilt</title>"))
    (as_file,) = read(file, max_bytes=1_000_000)
    found = article(fetched(file.read_bytes()))
    assert isinstance(as_file, Article)
    assert (found.text, found.title, found.revision) == (as_file.text, as_file.title, as_file.revision)


def test_sources_are_files_and_addresses_each_once_and_the_wrong_ones_are_refused(tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_text(FIRST)
    found, refused = find_each(
        [tmp_path, str(file), URL, "HTTP://b.example", URL, tmp_path / "none", "ftp://c.example"]
    )
    assert found == [file, URL, "HTTP://b.example"]
    assert [one.source for one in refused] == [str(tmp_path / "none"), "ftp://c.example"]
