import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.byline import absolute, by_host, canonical, web_address
from rag.byline.outlets import Outlet, choose, label
from rag.byline.publication import day_in

HERE = "https://tern.example/news/bridge"


@pytest.mark.parametrize(
    "address",
    [
        "https://tern.example/news/bridge?utm_source=x&utm_medium=y",
        "https://TERN.example:443/news/bridge#comments",
        "https://tern.example/news/bridge?fbclid=abc&amp=1",
        "https://tern.example/news/bridge/amp/",
        "https://tern.example/news/bridge/amp",
        "https://tern-example.cdn.ampproject.org/c/s/tern.example/news/bridge",
        "https://www.google.com/amp/s/tern.example/news/bridge",
        "https://user:secret@tern.example/news/bridge?ref=front-page",
    ],
)
def test_addresses_of_one_article_become_one(address: str):
    assert canonical(address) == HERE


@pytest.mark.parametrize(
    "address",
    [
        "https://tern.example/article.php?id=7&page=2",
        "https://tern.example/article?12345",  # a parameter without a value is all that tells it apart
        "https://tern.example/story?ref=98765",
        "https://tern.example/#!/story/7",
        "https://tern.example:8443/story",
        "http://tern.example/champ",
        "https://m.tern.example/story",
        "https://tern.example/amp/story",
        "https://tern.example/a//b/?q=%D8%A8&x=",
    ],
)
def test_what_may_tell_two_articles_apart_stays(address: str):
    assert canonical(address) == address


@given(st.text(alphabet="abAB/?&=#.:-%1é", max_size=40))
def test_a_canonical_address_is_canonical(rest: str):
    address = f"https://tern.example/{rest}"
    if web_address(address):
        assert canonical(canonical(address)) == canonical(address)
        assert web_address(canonical(address)) or "#" in address


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://[",
        "javascript:alert(1)",
        "http://.",
        "https://x.example:99999/",
        "#top\x00",
        f"http://{'İ' * 1025}/",
        None,
        7,
    ],
)
def test_a_link_that_leads_nowhere_is_no_address(link: object):
    assert absolute(link, None) is None


def test_a_link_is_read_from_where_it_stands():
    assert absolute("../story?a=1", "https://tern.example/news/x") == "https://tern.example/story?a=1"
    assert absolute("//m.tern.example/story", HERE) == "https://m.tern.example/story"


@pytest.mark.parametrize(
    ("address", "day"),
    [
        ("https://tern.example/2024/12/01/bridge", "2024-12-01"),
        ("https://tern.example/world/2024/dec/01/bridge", "2024-12-01"),
        ("https://tern.example/2024/12/1/bridge", "2024-12-01"),
        ("https://tern.example/bridge-20241201", "2024-12-01"),
        ("https://tern.example/bridge-2024-12-01.html", "2024-12-01"),
        ("https://tern.example/2024/12/bridge", None),
        ("https://tern.example/2024/foo/01/bridge", None),
        ("https://tern.example/2024/12/01/the-year-2023-01-01", None),
        ("https://tern.example/id/120241201", None),
        ("https://tern.example/2024/13/41/", None),
        ("https://2024-12-01.example/bridge", None),
        ("https://tern.example/x?d=2024-12-01", None),
    ],
)
def test_an_address_names_one_day_or_none(address: str, day: str | None):
    assert day_in(address) == day


# --- outlets ---------------------------------------------------------------------------------------------------------


def test_a_known_host_has_its_name_with_all_that_is_under_it():
    assert by_host("https://www.aljazeera.com/news/x") == "Al Jazeera"
    assert by_host("https://edition.cnn.com/x") == "CNN"
    assert by_host("https://arabic.cnn.com/x") == "CNN Arabic"
    assert by_host("https://www.bbc.co.uk/news/x") == "BBC News"
    assert by_host("https://notbbc.co.uk/x") is None
    assert by_host("https://co.uk/x") is None


def test_an_outlet_of_a_known_host_has_one_name_whatever_a_page_says():
    chosen = choose([("open graph", "AJE")], site="https://www.aljazeera.com/x", sure_site=True, title=None)
    assert chosen == Outlet("Al Jazeera", "host", "high")


def test_a_page_elsewhere_is_not_believed_to_be_a_known_outlet():
    assert choose([("json-ld", "Reuters")], site="https://tern.example/x", sure_site=True, title=None) is None
    saved = choose([("json-ld", "Reuters")], site=None, sure_site=False, title=None)
    assert saved == Outlet("Reuters", "json-ld", "high")


def test_a_host_is_no_name():
    for name in ("tern.example", "https://tern.example/", "www.tern.example", "@tern", "Home"):
        assert choose([("open graph", name)], site="https://tern.example/x", sure_site=True, title=None) is None
    assert label("https://www.thetern.example/x") == "thetern"


def test_of_two_names_the_one_that_is_said_twice_is_taken():
    claims = [("json-ld", "Tern Media Holding"), ("open graph", "The Tern")]
    chosen = choose(claims, site="https://news.example/x", sure_site=True, title="A bridge | The Tern")
    assert chosen and (chosen.name, chosen.source) == ("The Tern", "open graph")
