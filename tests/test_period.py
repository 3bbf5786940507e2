"""Which questions limit their evidence to days of publication, and to which."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question import MAX_CHARACTERS, Period, understand
from rag.question.period import without_limit
from rag.types import Turn

NEWEST = "2024-12-07"


def period(question: str, newest: str | None = NEWEST) -> Period | None:
    return understand(question, newest=lambda: newest).period


@pytest.mark.parametrize(
    "question",
    [
        "What was known on 30 November 2024?",
        "What was known on 30 November?",
        "What was known about the flood by 30 November?",
        "What was already known publicly on November 30, 2024, about the flood of 2 May 2023?",
        "How much was known by the evening of 30 November?",
        "What did outlets know on the evening of 30 November about the flood?",
        "On 30 November, what was known about the flood?",
        "On the evening of 30 November, what did the harbour office know?",
        "By 30 November 2024, how much was known of the flood?",
        "As of 30 November 2024, how many boats had sunk?",
        "How many boats had sunk as of 30 November?",
        "How many boats had sunk as of the morning of 2024-11-30?",
        "How many boats had sunk as of late on 30 November?",
        "What was published no later than 30 November 2024?",
        "What was published up to 30 November 2024?",
        "What did articles published before 30 November say?",
        "What did outlets know on 30 November 2024 of the flood on 27 November 2024?",
    ],
)
def test_what_was_known_on_a_day_is_what_was_published_by_then(question: str):
    assert period(question) == (None, "2024-11-30")


@pytest.mark.parametrize(
    "question",
    [
        "What was known yesterday?",
        "What was known by then?",
        "What was known until Sunday?",
        "What was reported this week?",
        "What did outlets report before the fall?",
        "What happened on 30 November?",
        "On the evening of 30 November 2024, what did the mayor do?",
        "What was reported on 30 November?",
        "Who drowned by 30 November 2024?",
        "What was known about the flood on 30 November 2024?",
        "What is the 30 November group known for?",
        "What was Osterby known as on 30 November 2024?",
        "What was the population as of 2010?",
        "How many boats had sunk as of November 2024?",
        "Did the forecast published on 1 May 2023 differ from the warning as of 3 May 2023?",
        "Who drowned between 1 May and 3 May 2023?",
        "What was known on 31 November 2024?",
        "What was known on the eve of 30 November 2024?",
        "What was known on 30 November 2024, and what was known on 2 December 2024?",
        "What was published before 30 November 2024 and before 2 December 2024 and before 3 December 2024?",
    ],
)
def test_other_words_set_no_limit(question: str):
    assert period(question) is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which articles were published between 1 May 2023 and 3 May 2023?", ("2023-05-01", "2023-05-03")),
        ("What news was there from 1 May 2023 to 3 May 2023?", ("2023-05-01", "2023-05-03")),
        ("What was published since 2 December?", ("2024-12-02", None)),
        ("What news was there after 2 December, before 5 December?", ("2024-12-02", "2024-12-05")),
        ("What was published not before 2 December 2024?", ("2024-12-02", None)),
        ("What was published no earlier than 2 December?", ("2024-12-02", None)),
        ("What was published not after 2 December 2024?", (None, "2024-12-02")),
    ],
)
def test_a_period_has_two_sides(question: str, expected: Period):
    assert period(question) == expected


@pytest.mark.parametrize(
    ("newest", "day"),
    [
        ("2024-12-07", "2024-11-30"),
        ("2024-11-30T08:00:00+00:00", "2024-11-30"),
        ("2024-11-29", "2024-11-30"),
        ("2024-10-20", "2023-11-30"),
        ("2025-01-02", "2024-11-30"),
        (None, None),
        ("", None),
        ("some day", None),
        ("9999-12-31", None),
    ],
)
def test_a_date_without_a_year_is_the_last_one_that_the_library_can_speak_of(newest: str | None, day: str | None):
    assert (period("What was known on 30 November?", newest) or (None, None)) == (None, day)


def test_the_29th_of_february_without_a_year_is_a_day_that_there_was():
    assert period("What was known on 29 February?", "2025-01-02") == (None, "2024-02-29")
    assert period("What was known on 29 February?", "2024-01-02") is None


def test_the_library_is_asked_for_its_newest_article_only_where_a_limit_has_no_year():
    def never() -> str | None:
        raise AssertionError("nobody asked")

    assert understand("What was known on 30 November 2024?", newest=never).period == (None, "2024-11-30")
    assert understand("Who drowned on 30 November?", newest=never).period is None


@pytest.mark.parametrize(
    "question",
    [
        "As of 1 December 2024, who holds the bridge?",
        "And as of 1 December 2024, who holds the bridge?",
        "Who holds the bridge as of 1 December 2024?",
        "Who holds the bridge, as of 1 December 2024?",
    ],
)
def test_a_limit_is_no_part_of_what_is_asked(question: str):
    query = understand(question)
    assert (query.sought, query.dates, query.period) == ("Who holds the bridge?", (), (None, "2024-12-01"))
    assert query.standalone == query.question == question


@pytest.mark.parametrize("question", ["On 1 December 2024, who held the bridge?", "Who drowned on 1 December 2024?"])
def test_a_date_that_is_no_limit_stays_part_of_what_is_asked(question: str):
    query = understand(question)
    assert query.sought == question and query.dates and query.period is None


def test_the_parts_of_a_question_share_its_period():
    query = understand("As of 30 November 2024, who held the bridge, and where was the mayor of Lindholm?")
    assert [part.period for part in query.parts] == [(None, "2024-11-30")] * 2


def test_a_followup_has_the_limit_that_its_own_words_set():
    history = [
        Turn(role="user", content="How many boats sank?"),
        Turn(role="assistant", content="“Twelve boats sank.” — Harbour Post [1]"),
    ]
    assert understand("And what was known on 30 November 2024?", history=history).period == (None, "2024-11-30")


@given(st.text(max_size=200), st.none() | st.text(max_size=30))
def test_any_question_has_a_period_or_none(question: str, newest: str | None):
    found = period(f"known {question}", newest)
    assert found is None or any(found)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["known by ", "as of the evening of ", "between 1 May 2023 and ", "on the ", "know 3 May "]
)
def test_the_longest_question_takes_no_longer_than_another(piece: str):
    assert understand((piece * MAX_CHARACTERS)[:MAX_CHARACTERS], newest=lambda: NEWEST)


@pytest.mark.timeout(20)
def test_blanks_before_a_date_are_not_gone_through_again_and_again():
    asked = f"What was{' ' * 100_000}known as of 1 May 2023?"
    assert without_limit(asked) == f"What was{' ' * 100_000}known?"
