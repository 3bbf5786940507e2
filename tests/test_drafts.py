from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.articles.drafts import draft, from_stated, line, published, web_address
from rag.byline import Stated


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("2024-12-01", "2024-12-01"),
        ("20241201", "2024-12-01"),
        ("2024/12/1", "2024-12-01"),
        ("2024-12-01T10:00:00+02:00", "2024-12-01T10:00:00+02:00"),
        ("2024-12-01T10:00:00.123Z", "2024-12-01T10:00:00+00:00"),
        ("2024-12-01 10:00:00 UTC", "2024-12-01T10:00:00+00:00"),
        ("Sun, 01 Dec 2024 10:00:00 GMT", "2024-12-01T10:00:00+00:00"),
        ("1 December 2024 14:00 +0300", "2024-12-01T14:00:00+03:00"),
        (1733011200, "2024-12-01T00:00:00+00:00"),
        (1733011200000, "2024-12-01T00:00:00+00:00"),
        ("1733011200", "2024-12-01T00:00:00+00:00"),
        ("December 1, 2024", "2024-12-01"),
        ("Dec 1st, 2024", "2024-12-01"),
        ("Sunday, December 1, 2024 at 10:30 PM", "2024-12-01"),
        ("1 décembre 2024", "2024-12-01"),
        ("13/02/2024", "2024-02-13"),
    ],
)
def test_a_date_is_kept_as_precise_as_it_is_stated(stated: object, kept: str):
    assert published(stated) == kept


@pytest.mark.parametrize("stated", ["2024-12-01T10:00", "Sun, 01 Dec 2024 10:00:00 -0000", "Dec. 1, 2024 10:30 AM IST"])
def test_a_clock_without_a_sure_zone_gives_the_day_alone(stated: str):
    assert published(stated) == "2024-12-01"


NO_DATE = ["", "unknown", "yesterday", "2024", "December 2024", "2024-12", "2024-W48", "2024-13-45", "31 February 2024"]
AMBIGUOUS = ["01/02/2024", "1/2/24", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2024-12-01 " * 30]
NO_TEXT = [0, 7, True, None, float("nan"), 1e300, ["2024-12-01"]]


@pytest.mark.parametrize("stated", [*NO_DATE, *AMBIGUOUS, *NO_TEXT])
def test_what_is_no_full_date_is_unknown(stated: object):
    assert published(stated) is None


def test_a_date_still_to_come_is_unknown():
    now = datetime(2024, 12, 1, 12, tzinfo=UTC)
    assert published("2024-12-02", now=now) == "2024-12-02"  # it is tomorrow already somewhere
    assert published("2024-12-03", now=now) is None
    assert published((now + timedelta(days=2)).isoformat(), now=now) is None


@settings(deadline=None)
@given(st.text(max_size=60) | st.integers() | st.floats() | st.from_regex(r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{4}.{0,9}"))
def test_a_date_is_an_iso_date_or_unknown(stated: object):
    found = published(stated)
    assert found is None or datetime.fromisoformat(found)


@pytest.mark.parametrize(
    ("fields", "title", "outlet", "author", "published_at"),
    [
        (
            {"title": "T", "author": "A", "source": "The Post", "published_at": "2023-09-28T12:00:00+00:00"},
            *("T", "The Post", "A", "2023-09-28T12:00:00+00:00"),
        ),
        ({"Headline": "T", "Site Name": "Post", "date-published": "2024-12-01"}, "T", "Post", None, "2024-12-01"),
        (
            {"title": "T", "source": {"id": None, "name": "Post"}, "publishedAt": "2024-12-01"},
            "T",
            "Post",
            None,
            "2024-12-01",
        ),
        (
            {"webTitle": "T", "fields": {"byline": "A"}, "webPublicationDate": "2024-12-01"},
            "T",
            None,
            "A",
            "2024-12-01",
        ),
        (
            {"title": {"rendered": "A &amp; <em>B</em>"}, "authors": ["X", {"name": "Y"}, "X"]},
            "A & B",
            None,
            "X, Y",
            None,
        ),
        ({"title": "None", "author": "Unknown", "source": "null", "date": "n/a"}, None, None, None, None),
        ({"source": "https://example.org/a", "domain": "example.org"}, None, "example.org", None, None),
    ],
)
def test_fields_go_by_many_names(
    fields: dict[str, object], title: str | None, outlet: str | None, author: str | None, published_at: str | None
):
    made = draft({**fields, "body": "The text."})
    assert (made.title, made.outlet, made.author, made.published_at) == (title, outlet, author, published_at)
    assert made.text == "The text."


def test_paragraphs_in_a_list_are_joined():
    assert draft({"content": ["One.", 2, "Three."]}).text == "One.\n\nThree."


@pytest.mark.parametrize("address", ["http://example.org", "https://example.org/a?b=c#d"])
def test_a_web_address_is_kept(address: str):
    assert web_address(f" {address}\n") == address


NO_ADDRESS = [
    "javascript:alert(1)",
    "file://localhost/etc/passwd",
    "example.org",
    "http://",
    "http://[",
    "https://a b",
    "//a",
]
UNSAFE_ADDRESS = ["https://example.org/" + "a" * 3000, "https://exa\u200bmple.org", "https://example.org/\x00"]


@pytest.mark.parametrize("value", [*NO_ADDRESS, *UNSAFE_ADDRESS, None, 7])
def test_what_is_no_web_address_is_dropped(value: object):
    assert web_address(value) is None


def test_a_name_is_one_line_of_bounded_length():
    assert line("two\nlines\u200b ") == "two lines"
    assert line("word " * 1000, limit=20) == "word word word word…"
    assert line(2024) == "2024"
    assert line(True) is None


def test_a_row_states_when_it_was_changed_and_its_language():
    made = draft({"body": "The text.", "date": "2024-12-01", "updated_at": "2024-12-02T08:00:00Z", "lang": "en-GB"})
    assert (made.modified_at, made.language) == ("2024-12-02T08:00:00+00:00", "en")


def test_an_outlet_that_only_a_host_names_goes_by_its_known_name():
    assert draft({"body": "x", "url": "https://www.aljazeera.com/news/x"}).outlet == "Al Jazeera"
    assert draft({"body": "x", "domain": "bbc.co.uk"}).outlet == "BBC News"
    assert draft({"body": "x", "url": "https://tern.example/x"}).outlet is None
    assert draft({"body": "x", "url": "https://www.aljazeera.com/x", "outlet": "Mine"}).outlet == "Mine"


def test_a_rows_address_is_canonical_and_keeps_what_tells_it_from_the_next_row():
    assert draft({"body": "x", "url": "https://tern.example/a?utm_source=x"}).url == "https://tern.example/a"
    assert (
        draft({"body": "x", "url": "https://tern.example/live?utm_id=1#post-7"}).url
        == "https://tern.example/live#post-7"
    )
    assert draft({"body": "x", "url": "https://tern.example/a#:~:text=bridge"}).url == "https://tern.example/a"


def test_what_a_text_says_of_where_it_is_from_is_kept_with_its_source():
    made = draft({"body": "AVON, Dec. 1 (AP) — The bridge is open.", "published": "2024-12-02", "author": "By AFP"})
    assert (made.dateline, made.dateline_day, made.origin, made.author) == ("AVON", "2024-12-01", "AP", None)
    assert {(one.field, one.source) for one in made.findings} == {
        ("published_at", "fields"),
        ("dateline", "text"),
        ("dateline_day", "text"),
        ("origin", "text"),
    }
    assert draft({"body": "x", "author": "Agence France-Presse"}).origin == "AFP"


def test_findings_name_the_place_that_values_are_from():
    made = draft({"title": "T", "date": "2024-12-01"}, text="The text.", source="mail")
    assert {(one.field, one.source, one.confidence) for one in made.findings} == {
        ("title", "mail", "high"),
        ("published_at", "mail", "high"),
    }


def test_a_known_byline_makes_a_draft_whose_text_does_not_repeat_its_title():
    made = from_stated(Stated(title="A bridge", published_at="2024-12-02"), text="A bridge\n\nAVON (AP) — It is open.")
    assert (made.title, made.text, made.dateline) == ("A bridge", "AVON (AP) — It is open.", "AVON")
