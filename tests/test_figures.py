"""Numbers and dates: values, bounds and offsets, and what is no number at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag import figures
from rag.figures import Date

PIECES = [
    *"0159.,-+ \nkm",
    "hundred ",
    "thousand ",
    "and ",
    "twenty",
    "three ",
    "dozen ",
    "May ",
    "2024",
    "over ",
    "rd",
    "٣",
]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


def values(text: str) -> list[float]:
    return [number.value for number in figures.numbers(text)]


def bounds(text: str) -> list[str]:
    return [number.bound for number in figures.numbers(text)]


def parts(text: str) -> list[tuple[int | None, int | None, int | None]]:
    return [date[:3] for date in figures.dates(text)]


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,500 boats", 1500),
        ("1.500 boats", 1500),
        ("1.5 per cent", 1.5),
        ("1,5 per cent", 1.5),
        ("1,500.5 tonnes", 1500.5),
        ("1.500,5 tonnes", 1500.5),
        ("0.500 metres", 0.5),
        ("1.5k boats", 1500),
        ("5m euros", 5_000_000),
        ("3bn euros", 3_000_000_000),
        ("two million", 2_000_000),
        ("1.2\nmillion", 1_200_000),
        ("three hundred and twelve", 312),
        ("two million three hundred thousand", 2_300_000),
        ("twenty-three", 23),
        ("nineteen hundred", 1900),
        ("four dozen eggs", 48),
        ("a dozen eggs", 12),
        ("Forty boats", 40),
        ("٣٠٠", 300),
    ],
)
def test_figures_words_and_scales_make_one_value(text: str, value: float):
    assert values(text) == [value]


@pytest.mark.parametrize(
    ("text", "both"),
    [
        ("Of the 200, seven were children.", [200, 7]),
        ("They counted sixty. Five were new.", [60, 5]),
        ("In 1900 two men came.", [1900, 2]),
        ("two to three boats", [2, 3]),
        ("between 100-200 boats", [100, 200]),
        ("one hundred, two of them new", [100, 2]),
    ],
)
def test_two_numbers_side_by_side_are_not_added(text: str, both: list[float]):
    assert values(text) == both


@pytest.mark.parametrize(
    "text", ["the 3rd boat", "the twenty-third boat", "one-third", "F16", "the third", "boats", ""]
)
def test_ordinals_and_digits_inside_a_word_are_no_numbers(text: str):
    assert values(text) == []


@pytest.mark.parametrize(
    ("bound", "texts"),
    {
        "least": "more than 300|over 300|at least 300|no fewer than 300|not less than 300|Upwards of 300|300+",
        "most": "up to 300|no more than 300|fewer than 300|under 300|nearly 300|Almost\n300",
        "about": "about 300|around 300|roughly 300|some 300|an estimated 300",
        "exact": "300|the 300|moreover 300|it will cover 300|a handsome 300|thunder 300|more boats than 300",
    }.items(),
)
def test_the_words_before_a_number_bound_it(bound: str, texts: str):
    assert {text: bounds(text) for text in texts.split("|")} == {text: [bound] for text in texts.split("|")}


def test_a_vague_plural_counts_as_the_least_it_can_mean():
    (dozens,) = figures.numbers("dozens of boats")
    (hundreds,) = figures.numbers("Hundreds of boats")
    assert (dozens.value, dozens.bound, dozens.vague) == (24, "least", True)
    assert (hundreds.value, hundreds.bound, hundreds.vague) == (200, "least", True)


@given(TEXTS)
def test_numbers_stand_in_the_text_in_order(text: str):
    at = 0
    for number in figures.numbers(text):
        assert at <= number.start < number.end <= len(text)
        at = number.end


@given(st.integers(0, 10**12))
def test_a_whole_number_is_read_back_with_and_without_commas(value: int):
    assert values(f"They counted {value} of them.") == [value]
    assert values(f"They counted {value:,} of them.") == [value]


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("3 May 2021", (2021, 5, 3)),
        ("the 3rd of May, 2021", (2021, 5, 3)),
        ("May 3, 2021", (2021, 5, 3)),
        ("Sept. 21st", (None, 9, 21)),
        ("21 Sept. 2021", (2021, 9, 21)),
        ("Sept. 2021", (2021, 9, None)),
        ("2021-05-03", (2021, 5, 3)),
        ("2021-05-03T07:00Z", (2021, 5, 3)),
        ("at 2021-05-03T07:00:30.5+02:00.", (2021, 5, 3)),
        ("2021-05-03T0700", (2021, 5, 3)),
        ("2021-13-45", (2021, None, None)),
        ("October 2021", (2021, 10, None)),
        ("in October", (None, 10, None)),
        ("in 2021", (2021, None, None)),
        ("may 3", (None, 5, 3)),
    ],
)
def test_a_date_has_what_its_text_gives(text: str, date: tuple[int | None, int | None, int | None]):
    assert parts(text) == [date]


@pytest.mark.parametrize(
    "text", ["They may leave.", "May I?", "the march", "on the march", "a decent jan", "12345", "1850"]
)
def test_words_that_look_like_months_are_none(text: str):
    assert parts(text) == []


def test_the_end_of_a_sentence_is_no_part_of_a_date():
    (date,) = figures.dates("It was 3 May. Rain fell.")
    assert "It was 3 May. Rain fell."[date.start : date.end] == "3 May"


def test_dates_agree_where_no_part_that_both_give_differs():
    day, month, other = (figures.dates(text)[0] for text in ("3 May 2021", "May 2021", "4 May"))
    assert day.agrees(month) and month.agrees(other) and not day.agrees(other)
    assert Date(None, None, None, 0, 0).agrees(day)


def test_weekdays_are_named_in_lower_case_and_the_singular():
    assert figures.weekdays("On Monday, not on Sundays.") == ["monday", "sunday"]


@given(TEXTS)
def test_dates_stand_in_the_text_in_order(text: str):
    at = 0
    for date in figures.dates(text):
        assert at <= date.start < date.end <= len(text)
        assert date.day is None or 1 <= date.day <= 31
        at = date.end


def test_quantities_are_the_numbers_that_are_no_part_of_a_date_and_no_lone_one():
    text = "On 3 May 2021 one man counted 12 boats and, in 1999, forty."
    assert [number.value for number in figures.quantities(text)] == [12, 40]


def test_the_clock_of_an_instant_is_no_quantity():
    assert [number.value for number in figures.quantities("At 2021-05-03T07:00Z 12 boats sank.")] == [12]


# --- hostile text ----------------------------------------------------------------------------------------------------


@pytest.mark.timeout(20)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:6]))
def test_a_hostile_text_takes_no_longer_than_another(text: str):
    assert len(figures.numbers(text)) < len(text)
    assert len(figures.dates(text)) < len(text)
    assert len(figures.quantities(text)) < len(text)
    assert figures.weekdays(text) == []


@pytest.mark.parametrize(
    "text", ["one hundred " * 5_000, "nine " + "trillion " * 5_000, "9" * 100_000, "999," * 5_000 + "999"]
)
def test_a_number_without_end_does_not_raise(text: str):
    figures.numbers(text)
