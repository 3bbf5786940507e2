import contextlib
import json

import pytest

from rag.articles.webpages import from_html, without_tags
from rag.errors import ArticleError

FIRST = "The council voted on Tuesday to rebuild the bridge over the river after months of debate, the mayor said."
SECOND = "“We have waited long enough,” said a shopkeeper. The work should cost €3 million and take two years."
BODY = f"<p>{FIRST}</p><p>{SECOND}</p>"


def page(body: str = BODY, *, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head>{head}</head><body><article>{body}</article></body></html>".encode()


def linked_data(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def test_a_page_says_who_published_what_and_when():
    head = (
        '<title>Bridge to be rebuilt - Morning Post</title><meta property="og:site_name" content="Morning Post">'
        '<meta property="article:published_time" content="2024-12-01T10:00:00Z"><meta name="author" content="Jane Doe">'
        '<link rel="canonical" href="https://example.org/news/bridge">'
    )
    found = from_html(page(f"<h1>Bridge to be rebuilt</h1>{BODY}<p>Leave a Reply</p>", head=head))
    assert (found.title, found.outlet, found.author) == ("Bridge to be rebuilt", "Morning Post", "Jane Doe")
    assert (found.url, found.published_at) == ("https://example.org/news/bridge", "2024-12-01T10:00:00+00:00")
    assert found.text == f"{FIRST}\n{SECOND}"


def test_what_a_page_does_not_state_is_unknown():
    found = from_html(page(BODY + "<footer>Updated in December 2024, 01/02/2024</footer>"))
    assert (found.outlet, found.author, found.url, found.published_at) == (None,) * 4


ARTICLE = {"@type": "NewsArticle", "datePublished": "2024-12-01T09:00:00+01:00"}


@pytest.mark.parametrize(
    ("head", "body", "date"),
    [
        (linked_data(ARTICLE), "", "2024-12-01T09:00:00+01:00"),
        (
            linked_data({"@graph": [{"@type": "WebPage", "datePublished": "2020-01-01"}, ARTICLE]}),
            "",
            "2024-12-01T09:00:00+01:00",
        ),
        (linked_data([ARTICLE, {"@type": "Article", "datePublished": "2024-11-01"}]), "", None),
        (
            '<script type="application/ld+json">{broken</script><meta name="pubdate" content="2024-12-01">',
            "",
            "2024-12-01",
        ),
        ('<meta name="date" content="2999-01-01">', "", None),
        ('<meta property="article:modified_time" content="2024-12-05">', "", None),
        ("", '<span itemprop="datePublished" content="2024-12-01">x</span>', "2024-12-01"),
        ("", '<time datetime="2024-12-01T08:00">Sunday</time>', "2024-12-01"),
        ("", '<time datetime="2024-12-01">a</time><time datetime="2024-12-02">b</time>', None),
        ("", "<time>yesterday</time>", None),
    ],
)
def test_a_date_is_taken_only_where_the_page_states_one(head: str, body: str, date: str | None):
    assert from_html(page(BODY + body, head=head)).published_at == date


@pytest.mark.parametrize(
    "markup", ["<p>" * 5000, "<div>" * 5000 + FIRST, "<<<>>>", "plain", "<html", "<html><body></p></b>"]
)
def test_broken_html_is_read_or_refused(markup: str):
    with contextlib.suppress(ArticleError):  # and raises nothing else
        assert isinstance(from_html(markup.encode()).text, str)


def test_unclosed_tags_do_not_lose_the_article():
    assert from_html(f"<html><body><div><p>{FIRST}<p>{SECOND}<p>{FIRST}".encode()).text.startswith(FIRST)


def test_a_page_in_an_older_encoding_is_read():
    assert "café" in from_html(page(BODY.replace("bridge", "café")).decode().encode("cp1252")).text


def test_markup_in_a_field_becomes_lines():
    text = without_tags("<p>One &amp; <b>two</b>.</p><p>Three<br>four</p><div hidden>x</div>")
    assert [line for line in text.split("\n") if line] == ["One & two.", "Three", "four"]
    assert without_tags("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"
