import json
from typing import Any

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.byline import Stated, of_page
from rag.types import Finding

HERE = "https://tern.example/news/bridge"
FETCHED = "2024-12-05T10:00:00+00:00"
TITLE = "Bridge over the Lune to be rebuilt"
FIRST = (
    "<p>The council voted on Tuesday to rebuild the bridge over the river after months of debate, the mayor said.</p>"
)
SECOND = "<p>“We have waited long enough,” said a shopkeeper. The work should cost €3 million and take two years.</p>"


def page(above: str = "", *, head: str = "", lang: str = "en", title: str = TITLE, below: str = "") -> Any:
    return lxml.html.document_fromstring(
        f"<!DOCTYPE html><html lang='{lang}'><head>{head}</head><body><header><nav><a href='/'>Home</a></nav>"
        f"<i>Thursday, 5 December 2024</i></header><main><article><h1>{title}</h1>{above}{FIRST}{SECOND}</article>"
        f"{below}</main><footer>© 2024 The Tern, 3 December 2024</footer></body></html>"
    )


def data(*nodes: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(nodes[0] if len(nodes) == 1 else nodes)}</script>'


def stated(tree: Any, *, address: str | None = HERE, text: str = "", **given: str) -> Stated:
    return of_page(tree, address=address, fetched_at=FETCHED, given=given, text=text)


ARTICLE = {
    "@type": "NewsArticle",
    "headline": TITLE,
    "datePublished": "2024-12-01T09:00:00+01:00",
    "dateModified": "2024-12-02T09:00:00+01:00",
    "author": [{"@type": "Person", "name": "Ann Roe"}],
    "publisher": {"@type": "Organization", "name": "The Tern"},
}


def test_a_page_states_all_of_its_byline_and_where_each_value_is_from():
    found = stated(page(head=data(ARTICLE) + f'<link rel="canonical" href="{HERE}">'), text=f"AVON (AP) — {FIRST}")
    assert found == Stated(
        title=TITLE,
        outlet="The Tern",
        author="Ann Roe",
        url=HERE,
        published_at="2024-12-01T09:00:00+01:00",
        modified_at="2024-12-02T09:00:00+01:00",
        language="en",
        dateline="AVON",
        origin="AP",
        findings=found.findings,
    )
    assert set(found.findings) >= {
        Finding(field="title", source="json-ld", confidence="high"),
        Finding(field="outlet", source="json-ld", confidence="high"),
        Finding(field="url", source="link", confidence="high"),
        Finding(field="published_at", source="json-ld", confidence="high"),
        Finding(field="dateline", source="text", confidence="high"),
    }


def test_what_a_page_does_not_state_is_unknown():
    found = stated(page())
    assert (found.outlet, found.author, found.published_at, found.modified_at, found.origin) == (None,) * 5
    assert (found.title, found.url) == (TITLE, HERE)


@pytest.mark.parametrize("fetched_at", [None, "2024-12-05", FETCHED])
def test_when_it_was_read_may_be_unknown(fetched_at: str | None):
    assert of_page(page(head=data(ARTICLE)), address=None, fetched_at=fetched_at).outlet == "The Tern"


# --- JSON-LD ---------------------------------------------------------------------------------------------------------

OTHER = {"@type": "NewsArticle", "headline": "School fire was arson", "datePublished": "2024-11-02"}
HERS = {**OTHER, "url": "https://tern.example/news/fire"}
GRAPH = {
    "@graph": [
        {"@type": "WebPage", "@id": HERE, "datePublished": "2020-01-01"},
        {**ARTICLE, "@id": f"{HERE}#article", "isPartOf": {"@id": HERE}, "publisher": {"@id": "#tern"}},
        {"@type": "Organization", "@id": "#tern", "name": "The Tern"},
    ]
}
INSIDE = [
    {**ARTICLE, "hasPart": [HERS], "citation": OTHER},
    [OTHER, ARTICLE],
    [{"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": HERS}]}, ARTICLE],
    GRAPH,
    {"@type": "WebPage", "mainEntity": ARTICLE},
    {**ARTICLE, "@type": ["https://schema.org/NewsArticle", "Thing"]},
    {**ARTICLE, "headline": TITLE.replace(" ", "&nbsp;")},
]


@pytest.mark.parametrize("value", INSIDE)
def test_the_node_of_the_article_is_told_from_those_of_related_ones(value: object):
    found = stated(page(head=data(value)))
    assert (found.published_at, found.outlet) == ("2024-12-01T09:00:00+01:00", "The Tern")


@pytest.mark.parametrize(
    "value",
    [
        OTHER,
        HERS,
        {**HERS, "headline": None},
        {"@type": "ItemList", "itemListElement": [HERS]},
        {"@type": "Organization", "name": "The Tern", "foundingDate": "1902-01-01", "datePublished": "2024-12-01"},
        {"@type": "VideoObject", "name": TITLE, "uploadDate": "2024-12-01"},
        {"@type": "WebPage", "datePublished": "2020-01-01"},
        {**ARTICLE, "datePublished": "2030-01-01"},
        {**ARTICLE, "datePublished": None},
        {**ARTICLE, "datePublished": {"@value": ["x"]}},
    ],
)
def test_data_of_something_else_gives_no_date(value: object):
    assert stated(page(head=data(value))).published_at is None


@pytest.mark.parametrize("block", ["{broken", "[" * 5000, "null", '{"@type": {"a": 1}, "headline": [7]}', "7"])
def test_data_that_cannot_be_read_is_as_if_it_were_not_there(block: str):
    head = f'<script type="application/ld+json">{block}</script><meta name="pubdate" content="2024-12-01">'
    assert stated(page(head=head)).published_at == "2024-12-01"


def test_data_in_a_comment_and_with_ends_of_lines_is_read():
    block = f'\n//<![CDATA[\n{json.dumps({**ARTICLE, "description": "a"})[:-1]}, "x": "a\nb"}}\n//]]>\n'
    tree = page(head=f'<script type="application/ld+json">{block}</script>')
    assert stated(tree).published_at == "2024-12-01T09:00:00+01:00"


# --- dates -----------------------------------------------------------------------------------------------------------

META = '<meta property="article:published_time" content="2024-12-01T08:00:00Z">'


@pytest.mark.parametrize(
    ("above", "head", "date"),
    [
        ("", META, "2024-12-01T08:00:00+00:00"),
        ("", '<meta name="date" content="2024-12-01">', "2024-12-01"),
        ("", '<meta property="article:modified_time" content="2024-12-01">', None),
        ("<p>Published 28 November 2024</p>", "", "2024-11-28"),
        ("<p>By Ann Roe | 28 November 2024 | 5 min read</p>", "", "2024-11-28"),
        ("<p>Updated 30 November 2024</p><p>First published: 28 November 2024</p>", "", "2024-11-28"),
        ("<p>Last updated: 28 November 2024</p>", "", None),
        ("<p>Published 01/02/2024</p>", "", None),
        ("<p>3 hours ago</p>", "", None),
        ("<p>A report published on 28 November 2024 said so.</p>", "", None),
        ("<p>It fell on <b>28 November 2024</b>, when the river rose.</p>", "", None),
        ("<p>It will open on <time datetime='2024-11-28'>Thursday</time> if the river lets it.</p>", "", None),
        ("<p style='display: none'>Published 28 November 2024</p>", "", None),
        ("<!-- Published 28 November 2024 -->", "", None),
        ("<script>var published = '28 November 2024';</script>", "", None),
        ("<figure><figcaption>Avon, 28 November 2024</figcaption></figure>", "", None),
        ("<div><h3><a href='/x'>Another story</a></h3><time datetime='2024-11-28'>x</time></div>", "", None),
        ("<time datetime='2024-11-28T08:00:00+03:00'>Thursday</time>", "", "2024-11-28T08:00:00+03:00"),
        ("<div>Updated <time datetime='2024-11-28'>Thursday</time></div>", "", None),
        ("<time class='updated' datetime='2024-11-28'>x</time>", "", None),
        ("<time class='entry-date published updated' datetime='2024-11-28'>x</time>", "", "2024-11-28"),
        ("<time>28 November 2024</time><time>29 November 2024</time>", "", None),
        ("<p>Published 28 November 2024</p>", META, None),
        ("<p>Published 1 December 2024</p>", META, "2024-12-01T08:00:00+00:00"),
    ],
)
def test_a_date_counts_where_it_is_sure_to_be_that_of_publication(above: str, head: str, date: str | None):
    assert stated(page(above, head=head)).published_at == date


@pytest.mark.parametrize(
    "below",
    [
        "<div class='related'><p>Published 28 November 2024</p></div>",
        "<section id='comments'><p>Posted on 28 November 2024</p></section>",
        "<article><h2>Another</h2><time class='published' datetime='2024-11-28'>x</time></article>",
        "<aside><time pubdate datetime='2024-11-28'>x</time></aside>",
        "<div><h3><a href='/x'>Another</a></h3><time class='published' datetime='2024-11-28'>x</time></div>",
        "<ul><li><a href='/x'>Another</a> <span>Published 28 November 2024</span></li></ul>",
        "<p itemscope itemtype='https://schema.org/Comment'><i itemprop='datePublished' content='2024-11-28'></i></p>",
        "<div itemscope itemtype='https://schema.org/NewsArticle'><i itemprop='headline'>Another story altogether</i>"
        "<i itemprop='datePublished' content='2024-11-28'></i></div>",
    ],
)
def test_a_date_of_another_story_or_of_a_comment_is_not_the_articles(below: str):
    assert stated(page(below=below)).published_at is None


@pytest.mark.parametrize("attribute", ["itemprop='datePublished'", "property='schema:datePublished'"])
def test_microdata_and_rdfa_of_the_article_are_read(attribute: str):
    found = stated(page(f"<span {attribute} content='2024-11-28'>x</span><i itemprop='dateModified'>2024-11-30</i>"))
    assert (found.published_at, found.modified_at) == ("2024-11-28", "2024-11-30")


def test_a_day_in_the_address_is_taken_where_nothing_else_says_one():
    address = "https://tern.example/2024/12/01/bridge"
    assert stated(page(), address=address).published_at == "2024-12-01"
    assert stated(page(), address=address).findings[-1].confidence == "medium"
    assert stated(page("<p>Published 28 November 2024</p>"), address=address).published_at is None
    assert stated(page(head=META), address=address).published_at == "2024-12-01T08:00:00+00:00"


def test_a_change_before_publication_is_none():
    head = META + '<meta property="article:modified_time" content="2024-11-01">'
    assert stated(page(head=head)).modified_at is None


def test_a_page_without_a_heading_is_read_where_its_title_stands():
    tree = lxml.html.document_fromstring(
        f"<html><head><title>{TITLE} - The Tern</title></head><body><table><tr><td>Friday, November 1, 2024</td></tr>"
        f"<tr><td><b>{TITLE}</b></td></tr><tr><td>Sunday, December 1, 2024</td></tr><tr><td>{FIRST}{SECOND}"
        "</td></tr></table></body></html>"
    )
    found = stated(tree, address="https://www.thetern.example/a")
    assert (found.title, found.outlet, found.published_at) == (TITLE, "The Tern", "2024-12-01")


# --- the rest --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "title", "outlet"),
    [
        (
            f"<title>{TITLE} | World | The Tern</title><meta property='og:site_name' content='The Tern'>",
            TITLE,
            "The Tern",
        ),
        (f"<meta property='og:title' content='{TITLE} - The Tern'>" + data(ARTICLE), TITLE, "The Tern"),
        ("<meta property='og:site_name' content='tern.example'>", TITLE, None),
        ("<meta property='og:site_name' content='Reuters'>", TITLE, None),
        (f"<title>{TITLE} - World</title>", TITLE, None),
    ],
)
def test_a_title_is_the_headline_and_an_outlet_a_name(head: str, title: str, outlet: str | None):
    found = stated(page(head=head))
    assert (found.title, found.outlet) == (title, outlet)


def test_references_to_characters_in_data_are_read():
    head = data({**ARTICLE, "headline": "Bridge &amp;amp; river &#8217;til spring"})
    assert stated(page(head=head, title="")).title == "Bridge & river ’til spring"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://tern.example/news/lune-bridge?utm_source=x", "https://tern.example/news/lune-bridge"),
        ("/news/lune-bridge", "https://tern.example/news/lune-bridge"),
        ("https://other.example/news/bridge", HERE),
        ("https://tern.example/", HERE),
        ("https://tern.example:99999/x", HERE),
        ("http://[", HERE),
        ("javascript:alert(1)", HERE),
    ],
)
def test_a_page_is_known_by_an_address_of_its_own_site(link: str, url: str):
    assert stated(page(head=f'<link rel="canonical" href="{link}">'), address=f"{HERE}?fbclid=1#top").url == url


def test_a_saved_page_is_known_by_the_address_that_it_states():
    assert stated(page(head=f'<meta property="og:url" content="{HERE}">'), address=None).url == HERE
    assert stated(page(head=data({**ARTICLE, "url": HERE})), address=None).url == HERE
    assert stated(page(), address=None).url is None


@pytest.mark.parametrize(
    ("above", "head", "author", "origin"),
    [
        ("<p class='byline'>By <a rel='author' href='/roe'>Ann Roe</a></p>", "", "Ann Roe", None),
        ("<p class='article__byline'>By Ann Roe in Avon</p>", "", "Ann Roe", None),
        ("<p>By Ann Roe, 28 November 2024</p>", "", "Ann Roe", None),
        ("", "<meta name='author' content='AFP'>", None, "AFP"),
        ("<p>By Ann Roe</p>", "<meta name='author' content='AFP'>", "Ann Roe", "AFP"),
        ("", "<meta name='author' content='Web Desk'>", None, None),
        ("<div class='related'><a rel='author' href='/x'>John Doe</a></div>", "", None, None),
    ],
)
def test_who_wrote_it_is_read_where_it_is_shown(above: str, head: str, author: str | None, origin: str | None):
    found = stated(page(above, head=head))
    assert (found.author, found.origin) == (author, origin)


@pytest.mark.parametrize(("lang", "code"), [("en-GB", "en"), ("ar_SY", "ar"), ("", None), ("x", None), ("deu", "de")])
def test_the_language_is_a_code_of_two_letters(lang: str, code: str | None):
    assert stated(page(lang=lang)).language == code


def test_what_a_feed_says_fills_the_gaps_and_overrules_nothing():
    hints = {"source": "feed", "title": "A feed's title", "outlet": "The Feed", "author": "Feed Er"}
    bare = stated(page(title=""), **hints, published_at="Sun, 01 Dec 2024 10:00:00 GMT")
    assert (bare.title, bare.outlet, bare.author) == ("A feed's title", "The Feed", "Feed Er")
    assert bare.published_at == "2024-12-01T10:00:00+00:00"
    assert {finding.source for finding in bare.findings if finding.field != "url"} == {"feed"}
    full = stated(page(head=data(ARTICLE)), **hints, published_at="2024-12-03")
    assert (full.title, full.outlet, full.author) == (TITLE, "The Tern", "Ann Roe")
    assert full.published_at == "2024-12-01T09:00:00+01:00"


def test_the_agency_that_the_text_names_goes_before_the_authors():
    found = stated(page(head="<meta name='author' content='AFP'>"), text="AVON (AP) — The council voted.")
    assert found.origin == "AP"
    assert [finding.source for finding in found.findings if finding.field == "origin"] == ["text"]


def test_reading_leaves_the_page_as_it_is():
    tree = page("<p>Published 28 November 2024</p>", head=data(ARTICLE))
    before = lxml.html.tostring(tree)
    stated(tree)
    assert lxml.html.tostring(tree) == before


PIECES = [
    "<h1>",
    "</h1>",
    "<article>",
    "<p class='byline comment'>",
    "</p>",
    "<time datetime='2024-12-01'>",
    "</time>",
    "<time class='published'>x",
    "<!-- c -->",
    "<?x?>",
    "Published 1 December 2024",
    "By Ann Roe | ",
    "<i itemprop='datePublished headline author' itemscope>",
    "<meta property='og:url' content='http://['>",
    "<link rel='canonical'>",
    "<a rel='author'>",
    "<svg><title>x</title>",
    data({"@type": "NewsArticle", "author": {"@id": "#x"}, "publisher": [[7]], "@id": "#x", "url": ["x"]}),
    "<table><tr><td>",
    "\u202e",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.sampled_from([HERE, None]))
def test_any_page_is_read_or_nothing_is_known_of_it(markup: str, address: str | None):
    found = stated(lxml.html.document_fromstring(f"<html><body>x{markup}</body></html>"), address=address)
    assert found.published_at in {None, "2024-12-01"}


@pytest.mark.parametrize("name", ["date", "article:published_time"])
@pytest.mark.parametrize("lang", ["de", "en-GB", "en-US"])
def test_in_the_head_figures_of_either_order_are_no_date_whatever_the_language(name: str, lang: str):
    for written, day in (("11/01/2023 12:43:42", None), ("13/01/2023", "2023-01-13"), ("2023-01-11", "2023-01-11")):
        assert stated(page(head=f'<meta name="{name}" content="{written}">', lang=lang)).published_at == day


def test_a_bare_date_from_before_the_web_is_no_date_of_publication():
    assert stated(page("<div class=meta>28 January 1975</div>")).published_at is None
    assert stated(page("<div class=meta>Published 28 January 1975</div>")).published_at == "1975-01-28"
    assert stated(page("<div class=meta>28 January 1995</div>")).published_at == "1995-01-28"
    assert stated(page("<p>28 January 1935</p><p>3 December 2024</p>")).published_at is None
