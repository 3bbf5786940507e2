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
    assert found.text == f"{FIRST}\n\n{SECOND}"


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
        ("", '<time datetime="2024-12-01T08:00">Sunday</time>', None),  # it may be the day of anything
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


@pytest.mark.parametrize("empty", ["embed", "source", "track", "wbr", "bgsound", "image"])
def test_an_element_that_holds_nothing_does_not_take_what_follows_with_it(empty: str):
    assert from_html(page(f"<{empty} src='/film'>{BODY}")).text == f"{FIRST}\n\n{SECOND}"


def test_a_page_in_an_older_encoding_is_read():
    assert "café" in from_html(page(BODY.replace("bridge", "café")).decode().encode("cp1252")).text


def test_markup_in_a_field_becomes_lines():
    text = without_tags("<p>One &amp; <b>two</b>.</p><p>Three<br>four</p><div hidden>x</div>")
    assert [line for line in text.split("\n") if line] == ["One & two.", "Three", "four"]
    assert without_tags("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"


@pytest.mark.parametrize(
    ("charset", "said"),
    [
        (
            "windows-1256",
            "صوت المجلس على إعادة بناء الجسر بعد أشهر من النقاش في المدينة كلها، قال العمدة أمس للصحفيين.",
        ),
        ("shift_jis", "市議会は火曜日、五月から閉鎖されている川の橋を再建することを決めたと市長が述べた。"),
        ("gb18030", "市议会周二投票决定重建河上的桥梁，该桥自五月以来一直关闭，市长周三上午在记者会上表示欢迎。"),
        (
            "iso-8859-1",
            "Le conseil a voté la reconstruction du pont sur la rivière, fermé à la circulation depuis l’été.",
        ),
        ("koi8-r", "Совет во вторник решил восстановить мост через реку, который был закрыт с мая этого года."),
    ],
)
def test_a_page_is_read_in_the_encoding_that_it_declares(charset: str, said: str):
    meant = "cp1252" if charset == "iso-8859-1" else charset
    assert from_html(page(f"<p>{said}</p>", head=f'<meta charset="{charset}">').decode().encode(meant)).text == said


def test_damaged_bytes_outside_the_article_do_no_harm_and_within_it_are_refused():
    broken = b"<p>" + b"\xff" * 3 + b"</p>"
    whole = page(BODY + f"<p>{FIRST} é</p>" * 3)
    assert from_html(whole.replace(b"<article>", b"<nav>" + broken + b"</nav><article>")).text.startswith(FIRST)
    with pytest.raises(ArticleError, match="damaged UTF-8; save it again"):
        from_html(whole.replace(b"river", b"r\xffver"))


def test_a_page_of_too_many_elements_is_refused():
    with pytest.raises(ArticleError, match="HTML elements, above the limit of 100,000"):
        from_html(b"<html><body>" + b"<td>x</td>" * 100_001)


@pytest.mark.parametrize("begin", ["", '<?xml version="1.0" encoding="utf-8"?>'])
def test_an_element_of_too_many_attributes_is_refused_before_a_tree_is_made(monkeypatch, begin: str):
    def made(count: int) -> bytes:
        attributes = " ".join(f"a{number}=1" for number in range(count))
        return begin.encode() + page(f"{BODY}<p {attributes}>{FIRST}</p>", head=f"<!-- {'x' * 100_000} -->")

    assert from_html(made(1_000)).text.count(FIRST) == 2
    monkeypatch.setattr("trafilatura.load_html", lambda markup: pytest.fail("a tree was made"))
    with pytest.raises(ArticleError, match="more than 1,000 attributes; save the article as text"):
        from_html(made(1_001))


def test_a_page_of_short_sentences_alone_is_read():
    said = ["The king is dead.", "He died at dawn.", "His son was with him.", "The court wears black."]
    assert from_html(page("".join(f"<p>{sentence}</p>" for sentence in said))).text.split() == " ".join(said).split()


PLEA = "<div>Already a subscriber? Log in</div>"


@pytest.mark.parametrize(
    ("head", "body", "kinds"),
    [
        ("", "", []),
        (linked_data({"@type": "NewsArticle", "isAccessibleForFree": False}), "", []),
        (linked_data({"@type": "NewsArticle", "isAccessibleForFree": False}), PLEA, ["paywall"]),
        (linked_data({"@type": "NewsArticle", "isAccessibleForFree": "http://schema.org/False"}), PLEA, ["paywall"]),
        ("", PLEA, []),
        ("", '<div class="paywall"></div>', []),
        ("", f'<div class="paywall">{BODY}</div>', []),
        ("", f'<div class="is-locked">{BODY}</div>', ["paywall"]),
        ("", "</article><div>Subscribe to continue reading</div>", []),
        ("", "</article><div class=paywall>Subscribe to continue reading</div>", ["paywall"]),
        ("", "<aside>Subscribe to continue reading</aside>", []),
        ("", "<footer><p>Subscribe to continue reading</p></footer>", []),
        (linked_data({"@type": ["NewsArticle"], "isAccessibleForFree": "True"}), "", []),
        ("", '<div class="c-paywall">Read on</div>', ["paywall"]),
        ("", "<div>Subscribe to continue reading</div>", ["paywall"]),
        (linked_data({"@graph": [{"@type": "LiveBlogPosting"}]}), "", ["live_blog"]),
        (linked_data({"@type": "WebPage", "mentions": [{"@type": "LiveBlogPosting"}]}), "", []),
        (linked_data({"@type": "NewsArticle", "articleBody": f"{FIRST} {SECOND} " * 4}), "", ["truncated"]),
        (linked_data([1, None, "x"]), "", []),
    ],
)
def test_what_is_amiss_with_a_page_is_told(head: str, body: str, kinds: list[str]):
    assert [defect.kind for defect in from_html(page(BODY + body, head=head)).defects] == kinds


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<title>Page not found | Post</title><body><h1>Oh</h1><p>Sorry.</p>", "It is an error page and no article"),
        (
            "<body><p>We and our partners use cookies to process personal data with your consent.</p>"
            "<button>Accept all</button> Privacy policy",
            "It is a request for consent",
        ),
        (
            "<body>"
            + "".join(f"<h3><a href=/{number}>A headline about town number {number}</a></h3>" for number in range(9)),
            "It is a page of links to other articles, 9 of them",
        ),
    ],
)
def test_a_page_without_an_article_is_told_for_what_it_is(html: str, reason: str):
    try:
        found = from_html(f"<html>{html}</html>".encode()).defects[0].reason
    except ArticleError as error:
        found = str(error)
    assert found.startswith(reason)


def test_the_language_is_the_pages_word_or_the_texts():
    assert from_html(page().replace(b"<html>", b'<html lang="de-AT">')).language == "de"
    assert from_html(page()).language == "en"
