"""Which day quoted words speak of, and where that is not known."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.figures import WEEKDAYS
from rag.timing import LONGEST, event_day, events

MONDAY = "2024-12-02"
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
PIECES = """on Sunday|last Saturday|late on Friday night|yesterday|today|two days ago|on 30 November|on 3 May 2021|will
    |sank|said|would|had been|since|the|last week|in 2016|next|“|”|,|. They|boats|Mondays|2021-05-03T07:00Z|from|to"""
TEXTS = st.lists(st.sampled_from([piece.strip() for piece in PIECES.split("|")]), max_size=12).map(" ".join)


# --- calendar dates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "quote",
    [
        "The boats sank on 3 May 2021.",
        "On Monday, May 3, 2021, the boats sank.",
        "The boats sank on 3 May 2021 (Monday).",
        "The boats sank at 2021-05-03T07:00Z.",
        "“The boats sank on 3 May 2021,” he said.",
        "In May 2021 Osterby mourned: the boats sank on 3 May 2021.",
        "Since 1999 no boat had sunk until, on 3 May 2021, twelve did.",
    ],
)
@pytest.mark.parametrize("published_at", [None, MONDAY, "2021-05-03T23:00:00+00:00", "soon"])
def test_a_full_date_is_the_day_whenever_it_was_published(quote: str, published_at: str | None):
    assert event_day(quote, published_at) == "2021-05-03"


@pytest.mark.parametrize(
    ("quote", "day"),
    [
        ("They met on 30 November.", "2024-11-30"),
        ("They met on November 30th.", "2024-11-30"),
        ("They met on Saturday, 30 November.", "2024-11-30"),
        ("Greta Holm stated on December 4 that Osterby would “consider” boats if requested.", "2024-12-04"),
        ("Greta Holm said on December 4 that she would help if they asked for it.", "2024-12-04"),
        ("They met on 4 July.", "2024-07-04"),
        ("The vote is set for 4 March.", "2025-03-04"),
        ("The vote will be held on 4 March.", "2025-03-04"),
        ("They met on 4 March.", None),
        ("They met on Sunday, 30 November.", None),
        ("They met on 31 November.", None),
        ("They met on 29 February.", None),
    ],
)
def test_a_date_without_a_year_is_the_nearest_that_is_not_far_ahead(quote: str, day: str | None):
    assert event_day(quote, MONDAY) == day
    assert event_day(quote, None) is None


# --- weekdays --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "day"),
    [
        ("The boats sank on Sunday.", "2024-12-01"),
        ("The boats sank on Monday.", "2024-12-02"),
        ("The boats sank on Tuesday.", "2024-11-26"),
        ("The boats sank late on Saturday night.", "2024-11-30"),
        ("Early Saturday the boats sank.", "2024-11-30"),
        ("On the evening of Saturday the boats sank.", "2024-11-30"),
        ("Sunday’s storm sank 12 boats.", "2024-12-01"),
        ("Last Saturday the boats sank.", "2024-11-30"),
        ("The boats sank last Monday.", "2024-11-25"),
        ("The boats sank earlier on Monday.", "2024-12-02"),
        ("The mayor has been missing since dawn on Sunday.", "2024-12-01"),
        ("The mayor will visit the flooded town on Sunday.", "2024-12-08"),
        ("On Sunday the mayor will visit Osterby, he said.", "2024-12-08"),
        ("He said that the mayor is expected to arrive on Sunday.", "2024-12-08"),
        ("The mayor is set to visit Osterby on Monday.", "2024-12-02"),
        ("The mayor will be received on Sunday.", "2024-12-08"),
        ("The mayor will come this coming Monday.", "2024-12-09"),
        ("The mayor said that he would travel on Monday.", "2024-12-02"),
        ("On Sunday the mayor said that he will travel.", "2024-12-01"),
        ("The mayor would travel “soon”, the office said on Sunday.", "2024-12-01"),
    ],
)
def test_a_weekday_is_the_last_that_was_or_the_next_that_will_be(quote: str, day: str):
    assert event_day(quote, MONDAY) == day
    assert event_day(quote, f"{MONDAY}T23:59:00+00:00") == day
    assert event_day(quote, None) is None


@pytest.mark.parametrize(
    "quote",
    [
        "The boats sank earlier on Sunday.",
        "The mayor said that he would travel on Sunday.",
        "The mayor promised to travel on Sunday.",
        "The mayor might travel on Sunday.",
        "The talks that were announced open on Sunday.",
        "The exhibition it planned opens on Sunday.",
        "The mayor will visit the school that closed on Sunday.",
        "Next Sunday the mayor will travel.",
        "A boat on Sunday.",
        "Since Sunday 12 boats have sunk.",
        "Boats sank until Sunday.",
        "By Sunday 12 boats had sunk.",
        "The boats sank after Sunday’s vote.",
        "The boats sank ahead of Sunday’s vote.",
        "The boats sank two days after Sunday’s vote.",
        "The boats sank from Saturday to Sunday.",
        "The boats sank on Saturday and Sunday.",
        "The boats sank on Saturday. They were raised on Sunday.",
        "The boats sank on Sunday week.",
        "The boats sank on a Sunday.",
        "The boats sank on the Sunday before last.",
        "Boats sank on Sundays.",
        "Boats sank every Sunday.",
        "The boats sank on Easter Sunday.",
        "The boats sank not on Sunday.",
        "“The boats sank on Sunday,” he said.",
        "The boats sank on Sunday,” he said.",
        "The Mail on Sunday counted the boats, and the Sunday Times raised them.",
    ],
)
def test_a_weekday_that_may_be_another_is_no_day(quote: str):
    assert event_day(quote, MONDAY) is None


# --- other words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "day"),
    [
        ("The boats sank yesterday.", "2024-12-01"),
        ("The boats sank the day before yesterday.", "2024-11-30"),
        ("The boats sank two days ago.", "2024-11-30"),
        ("The boats sank 3 days ago.", "2024-11-29"),
        ("The boats sank today.", "2024-12-02"),
        ("The boats sank this morning.", "2024-12-02"),
        ("The mayor will travel tomorrow.", "2024-12-03"),
        ("The mayor will travel the day after tomorrow.", "2024-12-04"),
        ("Osterby today is poor.", None),
        ("The storms that were foretold made the island and the poor town of today what they are.", None),
        ("Lindholm Today counted the boats.", None),
        ("“The boats sank yesterday,” he said.", None),
        ("The boats sank since yesterday.", None),
        ("The boats sank about two days ago.", None),
        ("The boats sank twenty days ago.", None),
        ("The boats sank two days later.", None),
        ("The boats sank the day before.", None),
        ("The boats sank last night.", None),
        ("The boats sank last week.", None),
        ("The boats sank over the weekend.", None),
        ("The boats sank two weeks ago.", None),
        ("In the past 24 hours 12 boats sank.", None),
        ("The boats sank in May 2021.", None),
        ("The boats sank.", None),
        ("", None),
    ],
)
def test_relative_words_count_from_publication(quote: str, day: str | None):
    assert event_day(quote, MONDAY) == day
    assert event_day(quote, None) is None


@pytest.mark.parametrize(
    "quote",
    [
        "The boats sank between 27 and 30 November 2024.",
        "The boats sank on 27 and 30 November 2024.",
        "The boats sank on November 27-30, 2024.",
        "The boats sank from 30 November 2024.",
        "The boats sank around 30 November 2024.",
        "The boats sank on the eve of 30 November 2024.",
        "The boats of the 30 November 2024 disaster were raised.",
        "The boats sank on 30 November 2024 and were raised in 2016.",
        "The boats sank on 30 November 2024 or last week.",
    ],
)
def test_a_span_or_a_second_time_is_no_day(quote: str):
    assert event_day(quote, MONDAY) is None


# --- the day of saying -----------------------------------------------------------------------------------------------


def test_the_day_of_saying_is_not_the_day_of_what_is_told():
    assert event_day("Nine drowned on Saturday, the office said on Sunday.", MONDAY) == "2024-11-30"
    assert event_day("The office said on Sunday that 12 boats had sunk.", MONDAY) is None
    assert event_day("On Sunday the office said that 12 boats sank.", MONDAY) is None
    assert event_day("Twelve people are missing, the office said on Sunday.", MONDAY) == "2024-12-01"


def test_every_time_has_its_place_and_what_it_is_the_time_of():
    quote = "Nine drowned on Saturday, the office said on Sunday."
    first, second = events(quote, MONDAY)
    assert (quote[first.start : first.end], first.day, first.said) == ("Saturday", "2024-11-30", False)
    assert (quote[second.start : second.end], second.day, second.said) == ("Sunday", "2024-12-01", True)


# --- any text --------------------------------------------------------------------------------------------------------


@given(TEXTS | st.text(), st.none() | DAYS.map(date.isoformat) | st.text(max_size=12))
def test_times_stand_in_the_text_in_order_and_are_days(quote: str, published_at: str | None):
    at = 0
    for moment in events(quote, published_at):
        assert 0 <= moment.start < moment.end <= len(quote)
        assert moment.start >= at or moment.day is None
        at = max(at, moment.end)
        assert moment.day is None or date.fromisoformat(moment.day)
    day = event_day(quote, published_at)
    assert day is None or date.fromisoformat(day)


@given(TEXTS)
def test_without_a_date_of_publication_only_a_full_date_is_a_day(quote: str):
    assert event_day(quote, None) in {None, "2021-05-03"}


@given(st.sampled_from(WEEKDAYS), DAYS)
def test_what_was_lies_in_the_seven_days_that_end_with_publication(weekday: str, published: date):
    day = date.fromisoformat(event_day(f"The boats sank on {weekday.title()}.", published.isoformat()) or "")
    assert timedelta(0) <= published - day < timedelta(7) and WEEKDAYS[day.weekday()] == weekday
    last = date.fromisoformat(event_day(f"The boats sank last {weekday.title()}.", published.isoformat()) or "")
    assert timedelta(0) < published - last <= timedelta(7) and WEEKDAYS[last.weekday()] == weekday


@given(st.sampled_from(WEEKDAYS), DAYS)
def test_what_will_be_lies_in_the_seven_days_that_begin_with_publication(weekday: str, published: date):
    day = date.fromisoformat(event_day(f"He will leave on {weekday.title()}.", published.isoformat()) or "")
    assert timedelta(0) <= day - published < timedelta(7) and WEEKDAYS[day.weekday()] == weekday


@given(DAYS, DAYS)
def test_a_day_and_month_are_resolved_to_that_day_or_not_at_all(named: date, published: date):
    found = event_day(f"The boats sank on {named.day} {named:%B}.", published.isoformat())
    if found is not None:
        day = date.fromisoformat(found)
        assert (day.day, day.month) == (named.day, named.month)
        assert timedelta(-31) <= published - day <= timedelta(183)


@pytest.mark.parametrize("published_at", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_do_not_raise(published_at: str):
    for quote in ("He left on Sunday, 30 November.", "He left last Monday.", "He will leave tomorrow, on 1 January."):
        event_day(quote, published_at)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["on Sunday ", "“", "said on ", "the ", "two days ago ", "since the early "])
def test_a_hostile_quote_takes_no_longer_than_another(piece: str):
    assert event_day((piece * LONGEST)[:LONGEST], MONDAY) in {None, "2024-11-30"}
    for quote in (piece * 20_000, *HOSTILE):
        assert events(quote, MONDAY) == ()
