import gzip
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from made_site import HOME, TEXT, Shelf, Site, item, page, refusals, rss, titles

from rag.articles import Text
from rag.errors import FetchError
from rag.fetch import Fetched, NotModified, Validators
from rag.sources import Item, find_each, items
from rag.types import Article, NewlyRead, Refusal, Unchanged

FEED = "/feed.xml"
RSS = "application/rss+xml"
XML = "application/xml"


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def shelf(site: Site) -> Shelf:
    return Shelf(site)


def urlset(*paths: str) -> str:
    return f"<urlset>{''.join(f'<url><loc>{HOME}{path}</loc></url>' for path in paths)}</urlset>"


def index(*paths: str) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{HOME}{path}</loc></sitemap>' for path in paths)}</sitemapindex>"


def unchanged(found: Iterable[Item]) -> list[str]:
    return [one.found.article_id for one in found if isinstance(one.found, Unchanged)]


def long_text(name: str) -> str:
    paragraphs = "".join(f"<p>{TEXT.format(f'{name} {number}')}</p>" for number in range(12))
    return f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded>"


# --- files, texts, pages


def test_files_texts_and_pages_come_one_after_the_other_and_each_is_announced(site: Site, shelf: Shelf, tmp_path: Path):
    file = tmp_path / "ferry.txt"
    file.write_text(TEXT.format("Ferrytown"))
    site.put("/a", page("Bridge"))
    text = Text(text=TEXT.format("Velmora"), title="Storm")
    named: list[tuple[int, int, str]] = []
    found, refused = find_each([file, f"{HOME}/a", text, tmp_path / "none"])
    read = items(found, get=site.get, visits=shelf, max_bytes=10_000, progress=lambda *step: named.append(step))
    assert [type(one.found) for one in read] == [NewlyRead] * 3
    assert named == [(0, 3, "ferry.txt"), (1, 3, f"{HOME}/a"), (2, 3, text.name)]
    assert [one.source for one in refused] == [str(tmp_path / "none")]


def test_a_page_is_an_article_and_is_not_got_again_until_it_changes(site: Site, shelf: Shelf):
    site.put("/a", page("Bridge"))
    (first,) = shelf.read("/a")
    assert isinstance(first.found, Article) and first.visit is not None and first.visit.article_id is None
    assert unchanged(shelf.read("/a")) == [first.found.id]
    site.put("/a", page("Bridge again"))
    (again,) = shelf.read("/a")
    assert isinstance(again.found, Article)
    assert (again.found.id, again.found.title) == (first.found.id, "Bridge again")


def test_a_page_that_is_not_there_is_refused_and_the_others_go_in(site: Site, shelf: Shelf):
    site.put("/b", page("Bridge"))
    found = shelf.read("/a", "/b")
    assert refusals(found) == {f"{HOME}/a": "There is no page at the address (HTTP 404); check it."}
    assert titles(found) == ["Bridge"]


def test_of_rows_at_an_address_no_visit_is_remembered(site: Site, shelf: Shelf):
    site.put(
        "/rows",
        f'[{{"text": "{TEXT}", "title": "One"}}, {{"text": "{TEXT}", "title": "Two"}}]',
        kind="application/json",
    )
    found = shelf.read("/rows")
    assert titles(found) == ["One", "Two"]
    assert shelf.visits == {}


def test_xml_of_another_kind_is_refused(site: Site, shelf: Shelf):
    site.put("/a", "<?xml version='1.0'?><svg/>", kind=XML)
    site.put("/b", f"<?xml version='1.0'?>{page('Bridge')}", kind=XML)
    found = shelf.read("/a", "/b")
    assert "XML of another kind" in refusals(found)[f"{HOME}/a"]
    assert titles(found) == ["Bridge"]


# --- feeds


def test_a_feed_is_the_articles_of_its_pages_and_not_their_summaries(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a", extra="<description>Short.</description>"), item("/b")), kind=RSS)
    site.put("/a", page("Bridge"))
    site.put("/b", page("Ferry"))
    found = shelf.read(FEED)
    assert titles(found) == ["Bridge", "Ferry"]
    assert "cranes" in shelf.articles[f"{HOME}/a"].text
    assert found[-1].found is None and found[-1].visit is not None and found[-1].visit.url == HOME + FEED


def test_what_the_feed_says_of_an_article_is_known_where_the_page_does_not_say_it(site: Site, shelf: Shelf):
    said = "<pubDate>Mon, 02 Dec 2024 10:00:00 GMT</pubDate><dc:creator>Ann Lee</dc:creator>"
    site.put(FEED, rss(item("/a", title="Bridge", extra=said), title="World | The Tern"), kind=RSS)
    site.put("/a", page("Bridge").replace("<title>Bridge</title>", ""))
    shelf.read(FEED)
    (article,) = shelf.articles.values()
    assert (article.title, article.outlet, article.author) == ("Bridge", "The Tern", "Ann Lee")
    assert article.published_at == "2024-12-02T10:00:00+00:00"
    assert {"feed"} == {one.source for one in article.findings if one.field in {"published_at", "author"}}


def test_a_date_that_is_yet_to_come_is_no_date(site: Site, shelf: Shelf):
    said = "<pubDate>Mon, 02 Dec 2096 10:00:00 GMT</pubDate>"
    site.put(FEED, rss(item("/a", extra=said)), kind=RSS)
    site.put("/a", page("Bridge"))
    shelf.read(FEED)
    assert [one.published_at for one in shelf.articles.values()] == [None]


@pytest.mark.parametrize("title", ["Latest news", "World", "The Wren", "News - RSS", "", "Tern in the harbour: news"])
def test_a_feeds_title_is_no_outlet_where_nothing_bears_it_out(site: Site, shelf: Shelf, title: str):
    site.put(FEED, rss(item("/a"), title=title), kind=RSS)
    site.put("/a", page("Bridge"))
    shelf.read(FEED)
    assert [one.outlet for one in shelf.articles.values()] == [None]


def test_the_holder_of_a_feeds_rights_is_its_outlet(site: Site, shelf: Shelf):
    text = rss(item("/a"), title="The Island Post - News").replace(
        "<item>", "<copyright>© The Island Post</copyright><item>"
    )
    site.put(FEED, text, kind=RSS)
    site.put("/a", page("Bridge"))
    shelf.read(FEED)
    assert [one.outlet for one in shelf.articles.values()] == ["The Island Post"]


def test_a_feed_gives_no_outlet_to_pages_of_other_sites(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("https://wren.example/a")), kind=RSS)
    site.put("https://wren.example/a", page("Bridge"))
    assert titles(shelf.read(FEED)) == ["Bridge"]
    assert [one.outlet for one in shelf.articles.values()] == [None]


def test_a_feed_that_has_not_changed_costs_one_request(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a")), kind=RSS)
    site.put("/a", page("Bridge"))
    shelf.read(FEED)
    assert shelf.read(FEED) == []
    assert site.asked == [HOME + FEED]


def test_a_feed_is_followed_as_it_changes(site: Site, shelf: Shelf):
    for path in ("/a", "/b", "/c"):
        site.put(path, page(path))
    site.put(FEED, rss(item("/a"), item("/b")), kind=RSS)
    assert titles(shelf.read(FEED)) == ["/a", "/b"]
    # a new one, in another order
    site.put(FEED, rss(item("/b"), item("/c"), item("/a")), kind=RSS)
    found = shelf.read(FEED)
    assert titles(found) == ["/c"]
    assert len(unchanged(found)) == 2
    # one edited, one removed: what was taken in stays
    site.put("/a", page("/a corrected"))
    site.put(FEED, rss(item("/a", title="corrected"), item("/c")), kind=RSS)
    found = shelf.read(FEED)
    assert titles(found) == ["/a corrected"]
    assert {f"{HOME}{path}" for path in ("/a", "/b", "/c")} == set(shelf.articles)


def test_a_page_that_failed_is_tried_again_though_the_feed_has_not_changed(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a"), item("/b")), kind=RSS)
    site.put("/a", page("Bridge"))
    found = shelf.read(FEED)
    assert titles(found) == ["Bridge"] and set(refusals(found)) == {f"{HOME}/b"}
    site.put("/b", page("Ferry"))
    found = shelf.read(FEED)
    assert titles(found) == ["Ferry"] and len(unchanged(found)) == 1


def test_an_article_that_is_named_in_several_ways_is_got_once(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a?utm_source=rss"), item("/a#top"), item("/a")), kind=RSS)
    site.put("/other.xml", rss(item("/a")), kind=RSS)
    site.put("/a?utm_source=rss", page("Bridge"))
    assert titles(shelf.read(FEED, "/other.xml")) == ["Bridge"]
    assert site.asked.count(f"{HOME}/a") == 0


def test_a_feed_that_names_itself_or_another_feed_ends(site: Site, shelf: Shelf):
    site.put(FEED, rss(item(FEED), item("/other.xml")), kind=RSS)
    site.put("/other.xml", rss(item(FEED)), kind=RSS)
    found = shelf.read(FEED)
    assert refusals(found) == {
        f"{HOME}/other.xml": "It is a feed or a sitemap itself, named by another; give its own address."
    }
    assert site.asked == [HOME + FEED, f"{HOME}/other.xml"]


def test_a_broken_feed_is_said_and_what_can_be_read_of_it_is(site: Site, shelf: Shelf):
    text = rss(item("/a"), item("/b"), item("/c"))
    site.put(FEED, text[: text.index("/c<")], kind=RSS)
    for path in ("/a", "/b", "/c"):
        site.put(path, page(path))
    found = shelf.read(FEED)
    assert titles(found) == ["/a", "/b"]
    assert "no well-formed XML" in refusals(found)[HOME + FEED]
    assert HOME + FEED not in shelf.visits


@pytest.mark.parametrize("content", [b"", b"oops", b"<rss", b"\xff\xfe\x00", b"<?xml version='1.0'?>"])
def test_a_feed_that_is_none_is_refused_in_a_sentence(site: Site, shelf: Shelf, content: bytes):
    site.put(FEED, content, kind=RSS)
    (reason,) = refusals(shelf.read(FEED)).values()
    assert reason.endswith(".")


def test_of_an_endless_feed_the_newest_are_taken_and_that_is_said(site: Site, shelf: Shelf):
    entries = [item(f"/{day}", extra=f"<pubDate>{day:02} Dec 2024 10:00:00 GMT</pubDate>") for day in (3, 9, 5, 1, 7)]
    site.put(FEED, rss(*entries), kind=RSS)
    for day in (3, 9, 5, 1, 7):
        site.put(f"/{day}", page(f"Day {day}"))
    found = shelf.read(FEED, most_links=2)
    assert titles(found) == ["Day 9", "Day 7"]
    assert refusals(found)[HOME + FEED] == (
        "It names 5 pages; the newest 2 were looked at. Raise MAX_LINKS to look at more."
    )


def test_a_feed_in_html_clothes_is_a_feed(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a")), kind="text/html")
    site.put("/a", page("Bridge"))
    assert titles(shelf.read(FEED)) == ["Bridge"]


# --- the text that a feed carries


def test_where_a_page_is_not_to_be_had_the_feeds_own_whole_text_is_the_article(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a", title="Bridge", extra=long_text("Velmora"))), kind=RSS)
    (article,) = (one.found for one in shelf.read(FEED) if isinstance(one.found, Article))
    assert (article.title, article.url, article.source) == ("Bridge", f"{HOME}/a", f"{HOME}/a")
    assert article.text.count("cranes") == 12


def test_a_page_that_is_there_comes_before_the_feeds_text(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a", title="Bridge", extra=long_text("Velmora"))), kind=RSS)
    site.put("/a", page("Bridge"))
    shelf.read(FEED)
    assert "Velmora" not in shelf.articles[f"{HOME}/a"].text


def test_a_page_that_was_had_before_is_not_replaced_by_the_feeds_text(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a", title="Bridge", extra=long_text("Velmora"))), kind=RSS)
    site.put("/a", page("Bridge"))
    shelf.read(FEED)
    del site.pages[f"{HOME}/a"]
    site.put(FEED, rss(item("/a", title="Bridge!", extra=long_text("Velmora"))), kind=RSS)
    assert set(refusals(shelf.read(FEED))) == {f"{HOME}/a"}


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ("/a", "<content:encoded>&lt;p&gt;Read on.&lt;/p&gt;</content:encoded>"),
        ("https://wren.example/a", long_text("Velmora")),
    ],
)
def test_a_teaser_or_a_text_for_another_site_is_no_article(site: Site, shelf: Shelf, link: str, text: str):
    site.put(FEED, rss(item(link, title="Bridge", extra=text)), kind=RSS)
    found = shelf.read(FEED)
    assert titles(found) == [] and len(refusals(found)) == 1


# --- sitemaps


def test_a_news_sitemap_is_the_articles_of_its_pages(site: Site, shelf: Shelf):
    news = (
        "<news:news><news:publication><news:name>The Island Post</news:name></news:publication>"
        "<news:publication_date>2024-12-02</news:publication_date><news:title>Bridge</news:title></news:news>"
    )
    text = f"<urlset xmlns:news='n'><url><loc>{HOME}/a</loc><lastmod>2025-01-01</lastmod>{news}</url></urlset>"
    site.put("/sitemap.xml.gz", gzip.compress(text.encode()), kind="application/gzip")
    site.put("/a", page("Bridge"))
    shelf.read("/sitemap.xml.gz")
    (article,) = shelf.articles.values()
    assert (article.outlet, article.published_at, article.modified_at) == ("The Island Post", "2024-12-02", None)


def test_an_index_is_followed_one_level_and_never_in_a_circle(site: Site, shelf: Shelf):
    site.put("/index.xml", index("/index.xml", "/one.xml", "/one.xml", "/inner.xml", "/gone.xml", "/page"), kind=XML)
    site.put("/inner.xml", index("/index.xml"), kind=XML)
    site.put("/one.xml", urlset("/a", "/one.xml"), kind=XML)
    site.put("/a", page("Bridge"))
    site.put("/page", page("Ferry"))
    found = shelf.read("/index.xml")
    assert titles(found) == ["Bridge"]
    said = refusals(found)
    assert "an index within an index" in said[f"{HOME}/inner.xml"]
    assert "404" in said[f"{HOME}/gone.xml"]
    assert "is none" in said[f"{HOME}/page"]
    assert len(site.asked) == len(set(site.asked)) == 6


def test_an_index_is_always_looked_through_and_its_unchanged_sitemaps_are_not(site: Site, shelf: Shelf):
    site.put("/index.xml", index("/one.xml", "/two.xml"), kind=XML)
    site.put("/one.xml", urlset("/a"), kind=XML)
    site.put("/two.xml", urlset("/b"), kind=XML)
    site.put("/a", page("Bridge"))
    site.put("/b", page("Ferry"))
    shelf.read("/index.xml")
    site.put("/two.xml", urlset("/b", "/c"), kind=XML)
    site.put("/c", page("Storm"))
    assert titles(shelf.read("/index.xml")) == ["Storm"]
    assert f"{HOME}/a" not in site.asked


def test_the_limit_holds_for_all_sitemaps_of_an_index_together(site: Site, shelf: Shelf):
    site.put("/index.xml", index("/one.xml", "/two.xml", "/three.xml"), kind=XML)
    site.put("/one.xml", urlset("/a", "/b"), kind=XML)
    site.put("/two.xml", urlset("/c"), kind=XML)
    for path in ("/a", "/b", "/c"):
        site.put(path, page(path))
    found = shelf.read("/index.xml", most_links=2)
    assert titles(found) == ["/a", "/b"]
    assert refusals(found) == {
        f"{HOME}/index.xml": "It names 3 sitemaps; the newest 1 were looked at. Raise MAX_LINKS to look at more."
    }


def test_a_packed_sitemap_that_is_a_bomb_is_refused(site: Site, shelf: Shelf):
    site.put("/bomb.xml.gz", gzip.compress(b"<urlset>" + b" " * 1_000_000), kind="application/gzip")
    assert "unpacks to more than 0.1 MB" in refusals(shelf.read("/bomb.xml.gz"))[f"{HOME}/bomb.xml.gz"]


# --- stopping


def test_what_is_stopped_while_it_is_fetched_is_no_refusal(site: Site, shelf: Shelf):
    site.put(FEED, rss(item("/a", extra=long_text("Velmora")), item("/b")), kind=RSS)
    site.put("/index.xml", index("/one.xml"), kind=XML)
    for address in (FEED, "/index.xml", "/a"):
        stop = threading.Event()

        def get(url: str, /, *, known: Validators | None = None, stop: threading.Event = stop) -> Fetched | NotModified:
            if url.endswith((FEED, "/index.xml")):
                return site.get(url, known=known)
            stop.set()
            raise FetchError("Fetching was stopped before the page was there.")

        assert list(items([HOME + address], get=get, visits=shelf, max_bytes=10_000, stop=stop)) == []


def test_it_stops_where_it_is_told_to_and_the_feed_is_read_again_the_next_time(site: Site, shelf: Shelf):
    site.put(FEED, rss(*(item(f"/{number}") for number in range(5))), kind=RSS)
    for number in range(5):
        site.put(f"/{number}", page(f"Page {number}"))
    stop = threading.Event()

    def get(url: str, /, *, known: Validators | None = None, stop: threading.Event) -> Fetched | NotModified:
        if url.endswith("/1"):
            stop.set()
        return site.get(url, known=known)

    read = list(items([HOME + FEED, f"{HOME}/4"], get=get, visits=shelf, max_bytes=10_000, stop=stop))
    assert titles(read) == ["Page 0", "Page 1"]
    assert all(one.visit is not None and one.visit.url != HOME + FEED for one in read)
    assert not any(isinstance(one.found, Refusal) for one in read)
