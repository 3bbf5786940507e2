import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_site import item, rss

from rag import feeds
from rag.errors import ArticleError
from rag.feeds import Entry, Listing, form_of

AT = "https://tern.example/feeds/all.xml"
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom'><title>The Tern</title>{}</feed>"


def read(text: str | bytes, *, kind: str = "application/xml", charset: str | None = None) -> Listing:
    data = text.encode() if isinstance(text, str) else text
    form = form_of(data, content_type=kind)
    assert form in {"feed", "json feed"}
    return feeds.read(data, form=form, address=AT, charset=charset)


def entry(text: str | bytes) -> Entry:
    (one,) = read(text).entries
    return one


# --- what a reply is


@pytest.mark.parametrize(
    ("data", "kind", "form"),
    [
        (b"<rss version='2.0'/>", "text/html", "feed"),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- made by hand -->\n<feed xmlns='x'/>", "text/plain", "feed"),
        (b"<?xml-stylesheet href='a.xsl'?><rdf:RDF/>", "application/xml", "feed"),
        (b"<!DOCTYPE rss PUBLIC '-//N//EN' 'x.dtd' [<!ENTITY % a SYSTEM 'b'>]><rss/>", "text/xml", "feed"),
        ("<rss/>".encode("utf-16"), "application/xml", "feed"),
        (b"oops", "application/rss+xml", "feed"),
        (b"<urlset/>", "application/xml", "sitemap"),
        (b"<s:sitemapindex/>", "text/xml", "sitemap"),
        (b"<!DOCTYPE html><html><body>rss</body></html>", "text/html", "page"),
        (b"<?xml version='1.0'?><html/>", "application/xml", "page"),
        (b"<svg/>", "application/xml", "xml"),
        (b"<?xml version='1.0'?><svg/>", "text/plain", "xml"),
        (b'{"version": "https:\\/\\/jsonfeed.org\\/version\\/1", "items": []}', "application/json", "json feed"),
        (b'{"title": "an article"}', "application/json", None),
        (b"The harbour <rss> was closed.", "text/plain", None),
        (b"%PDF-1.7", "application/pdf", None),
        (b"", "text/html", None),
    ],
)
def test_a_feed_a_sitemap_and_a_page_are_told_apart_by_what_they_begin_with(data: bytes, kind: str, form: str | None):
    assert form_of(data, content_type=kind) == form


def test_an_entry_without_a_feed_round_it_is_none():
    found = feeds.read(b"<item><title>Bridge</title><link>/a</link></item>", form="feed", address=AT, charset=None)
    assert found.entries == ()


def test_a_namespace_that_xml_does_not_allow_is_told():
    data = "<rss xmlns:a='http://www.÷3.example/'><channel><item><link>/a</link></item></channel></rss>"
    with pytest.raises(ArticleError, match="a namespace that XML does not allow"):
        read(data)


@settings(max_examples=60)
@given(st.text(alphabet="<>!?-[]\"' ax&;/", max_size=300))
def test_any_beginning_is_looked_at_without_a_failure(text: str):
    assert form_of(text.encode(), content_type="text/html") in {"feed", "json feed", "sitemap", "page", "xml", None}


# --- RSS, Atom, JSON Feed


def test_what_rss_says_of_an_article():
    found = entry(
        rss(
            item(
                "https://tern.example/bridge#top",
                title="Bridge &amp;amp; &lt;b&gt;river&lt;/b&gt;",
                extra="<pubDate>Mon, 02 Dec 2024 10:00:00 +0100</pubDate><dc:creator>Ann Lee</dc:creator>"
                "<description>Short.</description><content:encoded>&lt;p&gt;All of it.&lt;/p&gt;</content:encoded>",
            )
        )
    )
    assert found == Entry(
        url="https://tern.example/bridge",
        title="Bridge & river",
        author="Ann Lee",
        published="Mon, 02 Dec 2024 10:00:00 +0100",
        markup="<p>All of it.</p>",
    )


def test_what_atom_says_of_an_article():
    found = entry(
        ATOM.format(
            "<entry xml:lang='en'><id>urn:1</id><title>Bridge</title><link rel='self' href='/self'/>"
            "<link rel='alternate' href='../bridge'/><published>2024-12-02T10:00:00Z</published>"
            "<updated>2024-12-03T10:00:00Z</updated><author><name>Ann Lee</name><email>a@tern.example</email></author>"
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>All of <b>it</b>.</p></div></content>"
            "</entry>"
        )
    )
    assert (found.url, found.title, found.author) == ("https://tern.example/bridge", "Bridge", "Ann Lee")
    assert (found.published, found.modified) == ("2024-12-02T10:00:00Z", "2024-12-03T10:00:00Z")
    assert found.markup == "<div><p>All of <b>it</b>.</p></div>"


def test_an_atom_entry_with_a_date_of_change_alone_has_no_date_of_publication():
    found = entry(ATOM.format("<entry><link href='/a'/><updated>2024-12-03T10:00:00Z</updated></entry>"))
    assert (found.published, found.modified) == (None, "2024-12-03T10:00:00Z")


def test_the_date_of_rss_1_is_that_of_publication():
    found = read(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>The Tern</title></channel>"
        "<item rdf:about='x'><title>Bridge</title><link>https://tern.example/a</link>"
        "<dc:date>2024-12-02</dc:date></item></rdf:RDF>"
    )
    assert found.title == "The Tern"
    assert [(one.url, one.published, one.modified) for one in found.entries] == [
        ("https://tern.example/a", "2024-12-02", None)
    ]


def test_what_json_feed_says_of_an_article():
    found = read(
        '{"version": "https://jsonfeed.org/version/1.1", "title": "The Tern", "items": [{"id": 1}, 7, {"url": "/a",'
        ' "title": "Bridge", "date_published": "2024-12-02", "authors": [{"name": "Ann Lee"}, {"name": "Bo Moe"}],'
        ' "content_html": "<p>All.</p>", "language": "en"}]}'
    )
    assert found.entries == (
        Entry(
            url="https://tern.example/a",
            title="Bridge",
            author="Ann Lee, Bo Moe",
            published="2024-12-02",
            language="en",
            markup="<p>All.</p>",
        ),
    )
    assert found.amiss == ("2 of its entries have no address; they were left out.",)


def test_what_json_may_spell_and_nobody_can_store_is_left_out():
    found = read(
        '{"version": "https://jsonfeed.org/version/1.1", "title": "T\\ud800\\u0000", "items": [{"url": "/a\\udfff",'
        ' "title": "\\ud800Bridge", "content_html": "<p>\\u0000All.</p>"}]}'
    )
    (one,) = found.entries
    assert (found.title, one.url, one.title, one.markup) == (
        "T?",
        "https://tern.example/a",
        "?Bridge",
        "<p> All.</p>",
    )


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"items": {}}', "{}"])
def test_a_json_feed_that_is_none_is_refused(text: str):
    with pytest.raises(ArticleError, match="check the address"):
        feeds.read(text.encode(), form="json feed", address=AT)


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("<link>/2024/a</link>", "https://tern.example/2024/a"),
        ("<link>../a</link>", "https://tern.example/a"),
        ("<link> https://other.example/a </link>", "https://other.example/a"),
        ("<guid>https://tern.example/a</guid>", "https://tern.example/a"),
        ("<guid isPermaLink='false'>https://tern.example/a</guid>", None),
        ("<guid>tern-17</guid>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>file:/etc/hosts</link>", None),
        ("<link>http://[</link>", None),
        ("<link><![CDATA[https://tern.example/a?b=1&c=2]]></link>", "https://tern.example/a?b=1&c=2"),
        ("", None),
    ],
)
def test_an_entry_has_a_whole_address_or_is_left_out(link: str, url: str | None):
    found = read(rss(item(None, title="Bridge", extra=link)))
    assert [one.url for one in found.entries] == [url] * (url is not None)
    assert found.amiss == (() if url else ("1 of its entries have no address; they were left out.",))


def test_an_article_named_twice_is_one_and_what_is_said_of_it_twice_is_not_known():
    def dated(day: str) -> str:
        return item("https://tern.example/a", extra=f"<pubDate>Mon, {day} Dec 2024 10:00:00 GMT</pubDate>")

    assert entry(rss(dated("02"), dated("02"))).published == "Mon, 02 Dec 2024 10:00:00 GMT"
    assert entry(rss(dated("02"), dated("09"))).published is None


def test_the_address_behind_a_counting_service_is_taken():
    spaces = "xmlns:feedburner='http://rssnamespace.org/feedburner/ext/1.0'"
    link = "<feedburner:origLink>https://tern.example/a</feedburner:origLink>"
    text = rss(item("https://count.example/1", extra=link)).replace("<channel>", f"<channel {spaces}>")
    assert entry(text).url == "https://tern.example/a"


@pytest.mark.parametrize(
    ("author", "name"),
    [("desk@tern.example (Ann Lee)", "Ann Lee"), ("desk@tern.example", None), ("Ann Lee", "Ann Lee")],
)
def test_an_author_is_a_name_and_no_address_of_mail(author: str, name: str | None):
    assert entry(rss(item("/a", extra=f"<author>{author}</author>"))).author == name


def test_an_entry_of_another_outlet_names_it_where_it_links_to_it():
    source = "<source url='https://www.wren.example/feed'>The Wren</source>"
    assert entry(rss(item("https://wren.example/a", extra=source))).outlet == "The Wren"
    assert entry(rss(item("https://tern.example/a", extra=source))).outlet is None


def test_pictures_and_sound_are_no_articles():
    media = (
        "<media:content xmlns:media='http://search.yahoo.com/mrss/' url='/a.jpg' type='text/html'>"
        "<media:title>A picture</media:title></media:content>"
    )
    found = entry(rss(item("/a", title="Bridge", extra=media)))
    assert (found.title, found.markup) == ("Bridge", None)


# --- broken ones


def test_what_html_allows_and_xml_does_not_is_read_as_it_is_meant():
    found = read(rss(item("/a?b=1&c=2", title="Caf&eacute; & b&auml;r&nbsp;\x01<![CDATA[ & Söhne]]>")))
    assert [(one.url, one.title) for one in found.entries] == [("https://tern.example/a?b=1&c=2", "Café & bär & Söhne")]
    assert found.amiss == ()


def test_a_broken_feed_gives_the_addresses_that_can_be_read_and_nothing_that_may_lack_a_word():
    broken = rss(item("/a", title="One <b> two"), item("/b", title="Bridge"))
    found = read(broken)
    assert {one.url for one in found.entries} <= {"https://tern.example/a", "https://tern.example/b"}
    assert all(one == Entry(url=one.url) for one in found.entries)
    assert found.entries and "no well-formed XML" in found.amiss[0]


def test_a_feed_that_breaks_off_gives_what_was_whole_before():
    text = rss(item("/one"), item("/two"), item("/three"))
    found = read(text[: text.index("/three") + 4])
    assert [one.url for one in found.entries] == ["https://tern.example/one", "https://tern.example/two"]
    assert "no well-formed XML" in found.amiss[0]


@pytest.mark.parametrize("text", ["", "\0" * 50, "plain words", "<html><p>no feed</p></html>"])
def test_what_is_no_feed_is_said_in_a_sentence(text: str):
    with pytest.raises(ArticleError, match=r"check the address\.$"):
        feeds.read(text.encode(), form="feed", address=AT)


def test_an_entity_reads_no_file_and_makes_nothing_large():
    outside = "<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:/etc/hosts'>]>" + rss(item("/a", title="&a;"))[21:]
    assert entry(outside).title in {None, "&a;"}
    bomb = f"<!DOCTYPE rss [<!ENTITY a '{'a' * 5_000}'>]>" + rss(item("/a", title="&a;" * 20_000))[21:]
    try:
        found = read(bomb)
    except ArticleError:
        return
    assert all(len(one.title or "") < 100_000 for one in found.entries)


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 300_000,
        "<item " + " ".join(f"a{number}=''" for number in range(100_000)) + "/>",
        "<item><link>/a</link><author>" + "a." * 300_000 + "</author></item>",
        "<item>" + "<category>x</category>" * 50_000 + "</item>",
        "<item><link>/a</link><pubDate>" + "1:" * 300_000 + "</pubDate></item>",
        "<item><link>/a</link><title>" + "&lt;a " * 100_000 + "</title></item>",
        "&" * 300_000,
        "<" * 300_000,
        "<![CDATA[" * 50_000,
    ],
)
def test_a_feed_that_is_made_to_keep_parsers_busy_is_read_like_any_other(inside: str):
    assert len(read(rss(inside)).entries) <= 1  # after minutes, where feedparser gets it as it is


def test_of_an_endless_feed_the_first_thousands_are_read():
    found = read(rss(*(f"<item><link>/{number}</link></item>" for number in range(5_100))))
    assert len(found.entries) == 5_000
    assert found.amiss == ("It has 5,100 entries; the first 5,000 were read.",)


# --- characters


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", None),
        ("utf-16", None),
        ("windows-1251", None),
        ("koi8-r", None),
        ("utf-8", "iso-8859-1"),  # a server that is wrong, as many are
    ],
)
def test_letters_are_those_that_were_written(encoding: str, charset: str | None):
    text = rss(item("/a", title="Мост через реку")).replace("'1.0'", f"'1.0' encoding='{encoding}'")
    (found,) = read(text.encode(encoding), charset=charset).entries
    assert found.title == "Мост через реку"


def test_letters_that_are_in_no_encoding_that_is_stated_are_not_guessed():
    with pytest.raises(ArticleError, match="encoding"):
        read(rss(item("/a", title="Мост")).encode("koi8-r"))
    data = rss(item("/a", title="Мост")).replace("'1.0'", "'1.0' encoding='zlib_codec'").encode("koi8-r")
    with pytest.raises(ArticleError, match="encoding"):
        read(data)


def test_what_is_packed_is_unpacked_within_bounds():
    import gzip

    packed = gzip.compress(b"<rss/>" + b" " * 100_000)
    assert form_of(packed, content_type="application/gzip") == "feed"
    assert feeds.unpacked(packed, max_bytes=200_000).startswith(b"<rss/>")
    assert feeds.unpacked(b"<rss/>", max_bytes=3) == b"<rss/>"
    for data, said in ((packed, "more than"), (packed[:-9], "breaks off"), (b"\x1f\x8b" + b"\0" * 9, "damaged")):
        with pytest.raises(ArticleError, match=said):
            feeds.unpacked(data, max_bytes=200_000 if data is not packed else 50_000)
    assert form_of(b"\x1f\x8b" + b"\0" * 9, content_type="application/gzip") is None
