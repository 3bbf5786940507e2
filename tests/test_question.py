"""A question understood: parts, names, quotations, dates and limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import UsageError
from rag.question import MAX_CHARACTERS, understand
from rag.text import stem
from rag.types import Filters, Turn

HISTORY = [
    Turn(role="user", content="Who is the mayor of Lindholm?"),
    Turn(role="assistant", content="“Greta Solberg was elected in 2019.” — Harbour Post [1]"),
]


def test_a_question_is_taken_apart():
    query = understand("When did  Greta Solberg call the strike “a quiet war”?")
    assert query.question == "When did  Greta Solberg call the strike “a quiet war”?"
    assert query.standalone == "When did Greta Solberg call the strike “a quiet war”?"
    assert query.expects == "date"
    assert query.names == ((stem("Greta"), stem("Solberg")),)
    assert query.quoted == ("a quiet war",)
    assert set(query.terms) >= {stem("strike"), stem("Solberg")}
    assert query.parts == () and query.context == ()


def test_calendar_dates_are_read():
    (date,) = understand("What sank on 3 May 2021?").dates
    assert date[:3] == (2021, 5, 3)


@pytest.mark.parametrize("question", ["", "  \n", "?", "…!"])
def test_nothing_cannot_be_asked(question: str):
    with pytest.raises(UsageError, match=r"^The question is empty: ask"):
        understand(question)


def test_too_much_cannot_be_asked():
    assert understand("why " * (MAX_CHARACTERS // 4)).question
    with pytest.raises(UsageError, match=r"has 2,001 characters; the limit is 2,000"):
        understand("a" * (MAX_CHARACTERS + 1))


# --- follow-ups ------------------------------------------------------------------------------------------------------


def test_a_followup_keeps_what_was_asked_and_lends_the_words_of_the_talk():
    query = understand("When was she elected?", history=HISTORY)
    assert query.question == "When was she elected?"
    assert query.standalone == "When was Greta Solberg elected?"
    assert query.names == ((stem("Greta"), stem("Solberg")),)
    assert {stem("mayor"), stem("Lindholm")} <= set(query.context)
    assert not set(query.context) & set(query.terms)


def test_a_question_that_stands_alone_borrows_nothing():
    query = understand("How many boats sank in Osterby?", history=HISTORY)
    assert query.standalone == query.sought == query.question and query.context == ()


def test_what_is_told_to_readers_alone_is_not_looked_for():
    history = [Turn(role="user", content="What sank off Osterby?"), Turn(role="assistant", content="The ferry Moss.")]
    query = understand("What else sank in Brackwater?", history=history)
    assert query.standalone == "Besides the ferry Moss, what else sank in Brackwater?"
    assert query.question == query.sought
    assert query.terms == (stem("else"), stem("sank"), stem("Brackwater")) and len(query.names) == 1


# --- what a search inherits ------------------------------------------------------------------------------------------


def test_without_a_conversation_there_is_no_background():
    assert understand("Who is the mayor of Lindholm?").background == ()
    assert understand("Who is she?", history=[Turn(role="assistant", content="Hello.")]).background == ()


def test_a_followup_inherits_the_last_question_most_and_of_the_answer_a_little():
    history = [*HISTORY, Turn(role="user", content="Is she popular?"), Turn(role="assistant", content="Yes, widely.")]
    history += [Turn(role="user", content="Why is that?"), Turn(role="assistant", content="She built dykes. [1]")]
    assert understand("Where are they?", history=history).background == (
        ("Why is that?", 0.5),
        ("Who is the mayor of Lindholm?", 0.5),
        ("Is she popular?", 0.3),
        ("She built dykes.", 0.15),
    )


def test_the_more_a_question_says_the_less_it_inherits():
    def inherited(question: str) -> float:
        return understand(question, history=HISTORY).background[0][1]

    assert inherited("Which boats?") == 0.5
    assert inherited("Which boats sank?") == 0.25
    assert inherited("Which boats sank in Osterby harbour?") == 0.125
    assert inherited("Which of these boats sank?") == 0.5  # it refers to what was said
    assert inherited("Which of these boats sank in Osterby harbour?") == 0.375


def test_whom_an_answer_credits_is_not_inherited():
    *_, (said, _) = understand("Where is that?", history=HISTORY).background
    assert said == "“Greta Solberg was elected in 2019.”"


# --- parts -----------------------------------------------------------------------------------------------------------


def test_a_question_of_two_is_two_questions():
    first, second = understand("How many boats sank off Osterby, and who paid for the wrecks of Lindholm?").parts
    assert (first.standalone, first.expects) == ("How many boats sank off Osterby", "number")
    assert (second.standalone, second.expects) == ("Who paid for the wrecks of Lindholm?", "person")
    assert stem("Osterby") in first.terms and stem("Osterby") not in second.terms


def test_a_part_that_says_too_little_is_about_what_the_whole_is():
    whole = understand("What did Greta Solberg announce in Osterby and on what date?")
    first, second = whole.parts
    assert first.standalone == "What did Greta Solberg announce in Osterby"
    assert (second.expects, second.terms, second.names) == ("date", whole.terms, whole.names)
    assert second.standalone == f"On what date? ({whole.standalone})"


def test_an_and_between_things_makes_no_parts():
    assert understand("What do bread and butter cost in Osterby?").parts == ()


# --- limits of date --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What was reported about the flood after 5 October 2023?", "2023-10-05", None),
        ("Which articles were published since 2023-10-05?", "2023-10-05", None),
        ("What was known before October 5, 2023?", None, "2023-10-05"),
        ("What news from 1 May 2023 until 3 May 2023 was there?", "2023-05-01", "2023-05-03"),
        ("What was published before May 2023?", None, None),
        ("What was reported on 5 October 2023?", None, None),
        ("What was reported after 5 October 2023 about the flood of 1 May 2021?", None, None),
        ("Did reports after 5 October 2023 contradict those published after 9 October 2023?", None, None),
        ("Who drowned after 5 October 2023?", None, None),
    ],
)
def test_a_full_date_limits_the_evidence_where_the_question_speaks_of_publishing(
    question: str, since: str | None, until: str | None
):
    assert (understand(question).period or (None, None)) == (since, until)


def test_limits_that_were_given_are_kept_apart_from_those_of_the_question():
    given_filters = Filters(outlets=("Harbour Post",), since="2020-01-01")
    query = understand("What was reported after 5 October 2023?", filters=given_filters)
    assert (query.filters, query.period) == (given_filters, ("2023-10-05", None))


# --- any text --------------------------------------------------------------------------------------------------------


@given(st.text(max_size=MAX_CHARACTERS), st.lists(st.text(), max_size=3))
def test_any_question_is_understood_or_empty(question: str, said: list[str]):
    history = [Turn(role="assistant" if place % 2 else "user", content=content) for place, content in enumerate(said)]
    try:
        query = understand(question, history=history)
    except UsageError:
        assert not any(map(str.isalnum, question))
    else:
        assert all(query.names) and len(set(query.terms)) == len(query.terms)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["news since ", "1 May 2023 ", "and who ", "“a” ", "A. ", "published "])
def test_the_longest_question_takes_no_longer_than_another(piece: str):
    assert understand((piece * MAX_CHARACTERS)[:MAX_CHARACTERS])
