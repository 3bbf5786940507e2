import pytest
from made_files import FIRST, SECOND, mhtml, page

from rag.articles.mhtml import from_mhtml, from_saved, saved_from
from rag.errors import ArticleError

ADDRESS = "https://www.wexley.example/bridge"


def test_a_page_that_a_browser_saved_is_read_with_the_address_that_it_was_saved_from():
    found = from_mhtml(mhtml(page()))
    assert (found.url, found.title) == (ADDRESS, "Bridge reopens")
    assert FIRST in found.text and SECOND in found.text
    assert found.defects == ()


def test_the_page_s_own_headers_tell_its_encoding():
    data = mhtml(page().replace('<meta charset="utf-8">', ""), charset="cp1252")
    assert SECOND in from_mhtml(data.replace(b"text/html\r\n", b"text/html; charset=windows-1252\r\n")).text


def test_an_address_of_another_site_is_not_believed():
    html = page().replace("<title>", '<link rel="canonical" href="https://other.example/a"><title>')
    assert from_mhtml(mhtml(html)).url == ADDRESS


@pytest.mark.parametrize("address", [None, "cid:frame@mhtml", "file:/home/a.html"])
def test_what_is_no_web_address_is_none(address: str | None):
    assert from_mhtml(mhtml(page(), address=address)).url is None


def test_the_first_page_is_the_one_that_the_archive_names():
    inner = b"Content-Type: text/html\r\nContent-ID: <two>\r\n\r\n" + page(first="Second frame, of no use.").encode()
    data = mhtml(page()).replace(
        b"Content-Type: image/gif", inner + b"\r\n------Made--up----\r\nContent-Type: image/gif"
    )
    assert FIRST in from_mhtml(data).text
    named = data.replace(b'type="text/html";', b'type="text/html"; start="<two>";')
    assert "Second frame, of no use." in from_mhtml(named).text


def test_a_page_that_breaks_off_says_so_and_one_that_lost_its_pictures_does_not():
    whole = mhtml(page())
    (defect,) = from_mhtml(whole[: whole.index(b"</article>")]).defects
    assert defect.kind == "truncated"
    assert from_mhtml(whole[: whole.index(b"R0lGODlh")]).defects == ()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (mhtml(page()).replace(b"text/html\r\n", b"text/css\r\n"), "holds no HTML"),
        (b"\x00\x01\x02", "no message with headers"),
        (
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(30)),
            "more than",
        ),
    ],
)
def test_a_saved_page_that_cannot_be_read_is_refused(data: bytes, reason: str):
    with pytest.raises(ArticleError, match=reason):
        from_mhtml(data)


def comment(address: str, length: int | None = None) -> str:
    return f"<!-- saved from url=({len(address) if length is None else length:04})" + address + " -->\n"


@pytest.mark.parametrize(
    ("above", "address"),
    [
        (comment(ADDRESS), ADDRESS),
        (comment(ADDRESS, 12), None),
        (comment("about:internet"), None),
        (f"<!--\n Page saved with SingleFile \n url: {ADDRESS} \n saved date: Sun Dec 01 2024 \n-->", ADDRESS),
        ("", None),
    ],
)
def test_a_page_saved_as_html_may_say_where_it_was(above: str, address: str | None):
    html = page(above=above).encode()
    assert saved_from(html) == address
    assert from_saved(html).url == address


def test_where_a_page_was_read_counts_more_than_what_it_says():
    html = page(above=comment("https://other.example/a")).encode()
    assert from_saved(html, address=ADDRESS).url == ADDRESS
