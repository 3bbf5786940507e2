import pytest
from made_site import HOME

from rag import feeds
from rag.errors import ArticleError
from rag.feeds import Entry, Listing

SPACES = (
    "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
)


def read(text: str | bytes) -> Listing:
    data = text.encode() if isinstance(text, str) else text
    return feeds.read(data, form="sitemap", address=f"{HOME}/sitemap.xml")


def urlset(*places: str) -> str:
    return f"<?xml version='1.0' encoding='UTF-8'?><urlset {SPACES}>{''.join(places)}</urlset>"


def place(path: str, more: str = "") -> str:
    return f"<url><loc>{HOME}{path}</loc>{more}</url>"


def test_what_a_news_sitemap_says_of_an_article():
    news = (
        "<news:news><news:publication><news:name>The Tern</news:name><news:language>en</news:language>"
        "</news:publication><news:publication_date>2024-12-02T10:00:00Z</news:publication_date>"
        "<news:title>Bridge &amp; river</news:title></news:news>"
    )
    (found,) = read(urlset(place("/a", f"<lastmod>2024-12-05</lastmod>{news}"))).entries
    assert found == Entry(
        url=f"{HOME}/a",
        title="Bridge & river",
        outlet="The Tern",
        published="2024-12-02T10:00:00Z",
        modified="2024-12-05",
        language="en",
    )


def test_a_sitemap_of_plain_addresses_each_once():
    found = read(urlset(place("/a"), place("/b?x=1&amp;y=2"), place("/a"), "<url><loc> </loc></url>", "<url/>"))
    assert [one.url for one in found.entries] == [f"{HOME}/a", f"{HOME}/b?x=1&y=2"]
    assert found.amiss == ("2 of its entries have no address; they were left out.",)


def test_an_address_without_a_host_is_of_the_sitemaps_host():
    (found,) = read("<urlset><url><loc>/a</loc></url></urlset>").entries
    assert found.url == f"{HOME}/a"


def test_an_index_names_its_sitemaps_the_last_changed_first():
    def one(path: str, day: str = "") -> str:
        return f"<sitemap><loc>{HOME}{path}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</sitemap>"

    named = [one("/0"), one("/1", "2023-01-01"), one("/2", "2024-01-01"), one("/1")]
    found = read(f"<sitemapindex {SPACES}>{''.join(named)}</sitemapindex>")
    assert found.sitemaps == (f"{HOME}/2", f"{HOME}/1", f"{HOME}/0")
    assert found.entries == ()


def test_a_sitemap_that_breaks_off_gives_what_was_whole_before():
    text = urlset(place("/one"), place("/two"), place("/three"))
    found = read(text[: text.index("/three") + 4])
    assert [one.url for one in found.entries] == [f"{HOME}/one", f"{HOME}/two"]
    assert "no well-formed XML" in found.amiss[0]


@pytest.mark.parametrize("text", ["", "\0\0", "<html/>", "<rss><channel/></rss>", "words"])
def test_what_is_no_sitemap_is_said_in_a_sentence(text: str):
    with pytest.raises(ArticleError, match=r"check the address\.$"):
        read(text)


def test_a_sitemap_of_too_many_elements_is_refused():
    with pytest.raises(ArticleError, match="more than 1,000,000 elements"):
        read("<urlset>" + "<url/>" * 1_000_001 + "</urlset>")


def test_an_entity_reads_no_file():
    found = read(f"<!DOCTYPE urlset [<!ENTITY a SYSTEM 'file:/etc/hosts'>]><urlset>{place('/&a;')}</urlset>")
    assert [one.url for one in found.entries] in ([], [f"{HOME}/&a;"], [f"{HOME}/"])
