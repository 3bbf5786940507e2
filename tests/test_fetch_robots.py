"""What a robots.txt says to us, read out of whatever bytes a server has for one."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.fetch import robots
from rag.fetch.addresses import parse
from rag.fetch.robots import Rules


def rules(*lines: str, token: str = "Crosscheck") -> Rules:
    return robots.parse("\n".join(lines).encode(), token=token)


def allowed(found: Rules, *paths: str) -> list[bool]:
    return [found.allow(parse(f"https://news.example{path}")) for path in paths]


def test_what_is_not_forbidden_is_allowed():
    found = rules("User-agent: *", "Disallow: /private/", "Allow: /private/open")
    assert allowed(found, "/", "/private/a", "/private/open/b", "/Private/") == [True, False, True, True]


@pytest.mark.parametrize(
    "text", ["", "Disallow: /", "<html><body>No such page</body></html>", "\0\0\0", "User-agent: *"]
)
def test_a_file_without_a_rule_for_anybody_forbids_nothing(text: str):
    assert allowed(rules(text), "/story") == [True]


def test_the_longest_rule_holds_and_of_two_alike_the_one_that_allows():
    found = rules("User-agent: *", "Disallow: /a", "Allow: /a/b", "Disallow: /a/b/c", "Disallow: /x", "Allow: /x")
    assert allowed(found, "/a", "/a/b", "/a/b/c", "/x") == [False, True, False, True]


def test_stars_and_ends_are_understood():
    found = rules("User-agent: *", "Disallow: /*.pdf$", "Disallow: /*?print=")
    assert allowed(found, "/a/b.pdf", "/a/b.pdf?c", "/a?print=1", "/a") == [False, True, False, True]


def test_escapes_are_compared_as_what_they_stand_for():
    found = rules("User-agent: *", "Disallow: /новости/", "Disallow: /%7Eada/")
    assert allowed(found, "/новости/1", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1", "/~ada/x", "/n") == [
        *(False, False, False, True)
    ]


def test_a_group_of_our_own_takes_the_place_of_the_one_for_all():
    found = rules("User-agent: *", "Disallow: /", "", "User-agent: crossCHECK/2.0", "Disallow: /quiet")
    assert allowed(found, "/story", "/quiet") == [True, False]


@pytest.mark.parametrize("name", ["cross", "c", "crosscheck-images", "otherbot", "bot crosscheck", "Crosschecker"])
def test_a_group_for_a_name_that_is_not_ours_says_nothing_to_us(name: str):
    assert allowed(rules(f"User-agent: {name}", "Disallow: /"), "/story") == [True]


def test_names_above_one_group_share_it_and_groups_of_one_name_are_one():
    shared = rules("User-agent: otherbot", "User-agent: Crosscheck", "User-agent: another", "Disallow: /shared")
    assert allowed(shared, "/shared") == [False]
    parted = rules(
        *("User-agent: Crosscheck", "Disallow: /one", "User-agent: otherbot", "Disallow: /"),
        *("User-agent: Crosscheck", "Disallow: /two"),
    )
    assert allowed(parted, "/one", "/two", "/three") == [False, False, True]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_end_of_line_a_mark_of_order_and_remarks_are_understood(ends: str):
    lines = ("User-agent: * # all", "  Disallow : /a # not this", "Disallow: /b")
    found = robots.parse(("\ufeff" + ends.join(lines)).encode(), token="Crosscheck")
    assert allowed(found, "/a", "/b", "/c") == [False, False, True]


@pytest.mark.parametrize(
    ("lines", "delay"),
    [
        ([], 0),
        (["Crawl-delay: 7"], 7),
        (["Crawl-delay: 0.5"], 0.5),
        (["Request-rate: 1/5"], 5),
        (["Request-rate: 2/1m"], 30),
        (["Crawl-delay: 2", "Request-rate: 1/4"], 4),
        (["Crawl-delay: 86400"], robots.LONGEST_DELAY),
        ([f"Request-rate: 1/{'9' * 4_000}"], robots.LONGEST_DELAY),
        ([f"Request-rate: {'9' * 4_000}/1"], 0),
        *(([f"Crawl-delay: {wrong}"], 0) for wrong in ("-3", "nan", "inf", "soon", "1e999", "9" * 5_000 + "x")),
    ],
)
def test_the_delay_is_what_is_asked_for_and_never_longer_than_half_a_minute(lines: list[str], delay: float):
    assert rules("User-agent: *", *lines).delay() == pytest.approx(delay, abs=1e-5)


def test_the_delay_of_others_is_not_ours():
    assert rules("User-agent: otherbot", "Crawl-delay: 20", "User-agent: *", "Disallow: /a").delay() == 0


def test_nothing_is_asked_where_there_are_no_rules():
    none = Rules(token="Crosscheck")
    assert (allowed(none, "/story"), none.delay(), none.size) == ([True], 0, 0)


def test_the_last_line_of_a_file_that_was_cut_is_not_believed():
    cut = b"User-agent: *\nDisallow: /a\nDisallow: /"  # was /archive
    assert allowed(robots.parse(cut, token="Crosscheck", whole=False), "/a", "/story") == [False, True]


@pytest.mark.parametrize(
    "name", ["User-agent: b{}", "User agent b{}", "user-agent:b{}*", "User           agent b{}", "USERAGENT\tb{}"]
)
def test_thousands_of_names_above_thousands_of_rules_take_little_memory(name: str):
    lines = [name.format(number) for number in range(8_000)] + [f"Allow: /{number}" for number in range(16_000)]
    content = "\n".join(lines).encode()
    assert len(content) < robots.MOST_BYTES
    rules("User-agent: *")  # whatever is loaded once
    tracemalloc.start()
    try:
        found = robots.parse(content, token="Crosscheck")
        assert allowed(found, "/story") == [True]
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_it_answers(content: bytes):
    for whole in (True, False):
        found = robots.parse(content, token="Crosscheck", whole=whole)
        assert isinstance(found.allow(parse("https://news.example/a?b=c")), bool)
        assert 0 <= found.delay() <= robots.LONGEST_DELAY


WORDS = ["User-agent", "user agent", "Disallow", "Allow", "Crawl-delay", "Request-rate", "Visit-time", "Sitemap", ":"]
WORDS += [
    " ",
    "\n",
    "*",
    "$",
    "/",
    "%",
    "%2",
    "#",
    "?",
    "Crosscheck",
    "1/2m",
    "0100-0200",
    "https://",
    "\u2028",
    "é",
    "[",
]


@given(st.lists(st.sampled_from(WORDS), max_size=60))
def test_whatever_is_written_it_answers(words: list[str]):
    found = robots.parse("".join(words).encode(), token="Crosscheck")
    assert isinstance(found.allow(parse("https://news.example/a?b=c")), bool)
    assert 0 <= found.delay() <= robots.LONGEST_DELAY


@given(st.from_regex(r"/[a-z]{1,5}", fullmatch=True), st.from_regex(r"/[a-z]{1,7}", fullmatch=True))
def test_a_plain_rule_forbids_what_begins_with_it_and_nothing_else(rule: str, path: str):
    assert allowed(rules("User-agent: *", f"Disallow: {rule}"), path) == [not path.startswith(rule)]
