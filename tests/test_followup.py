"""Follow-ups, by the rules that fill in what they leave out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question.followup import stand_alone
from rag.types import Turn


def talk(*contents: str) -> list[Turn]:
    """Turns of a conversation, the user's first."""
    return [Turn(role="assistant" if place % 2 else "user", content=said) for place, said in enumerate(contents)]


MAYOR = talk("Who is the mayor of Lindholm?", "“Greta Solberg was elected mayor in 2019.” — Harbour Post [1]")
DROWNED = talk("How many people drowned in Brackwater?", "“Nine drowned.” — Quay Gazette [1]")


@pytest.mark.parametrize(
    ("followup", "question"),
    [
        ("When was she elected?", "When was Greta Solberg elected?"),
        ("How old is her bridge?", "How old is Greta Solberg’s bridge?"),
        ("Who elected her?", "Who elected Greta Solberg?"),
        ("What is its budget?", "What is Lindholm’s budget?"),
        ("What happened there?", "What happened in Lindholm?"),
        ("and when did he leave?", "When did Greta Solberg leave?"),
    ],
)
def test_a_pronoun_is_filled_in_with_whom_or_what_the_talk_was_about(followup: str, question: str):
    assert stand_alone(followup, MAYOR) == question


@pytest.mark.parametrize(
    "followup", ["And in Osterby?", "And Osterby?", "What about Osterby?", "how about in Osterby?"]
)
def test_another_place_takes_the_place_of_the_first(followup: str):
    assert stand_alone(followup, DROWNED) == "How many people drowned in Osterby?"


def test_a_topic_that_replaces_nothing_is_added():
    assert stand_alone("And on Monday?", DROWNED) == "How many people drowned in Brackwater on Monday?"


@pytest.mark.parametrize("followup", ["Why?", "When exactly?", "But why not?", "By whom?", "Which one?"])
def test_a_bare_question_word_asks_about_the_question_before(followup: str):
    asked = stand_alone(followup, DROWNED)
    assert asked.endswith(", about: How many people drowned in Brackwater?")
    assert asked.casefold().startswith(followup.casefold().removeprefix("but ").rstrip("?"))


def test_a_bare_demonstrative_asks_about_the_question_before():
    assert (
        stand_alone("What caused this?", DROWNED) == "What caused this, about: How many people drowned in Brackwater?"
    )


def test_it_after_what_they_announced_is_what_the_answer_quotes():
    history = talk("What did the council announce?", "It announced “Safe Quay”, a plan for the port.")
    assert stand_alone("How much does it cost?", history) == "How much does the Safe Quay cost?"


def test_a_question_of_few_words_and_no_name_is_about_the_names_before():
    assert stand_alone("How many were hurt?", DROWNED) == "How many were hurt (Brackwater)?"


@pytest.mark.parametrize(
    "question",
    [
        "Who won the ferry tender in Osterby?",
        "How many people live in Lindholm?",
        "Does Lindholm have the ferry that it needs?",
        "When did Karim Haddad sell his boats?",
        "Which engineers approved the drawings of that northern dyke?",
    ],
)
@pytest.mark.parametrize("history", [MAYOR, DROWNED], ids=["mayor", "drowned"])
def test_a_question_that_stands_alone_is_unchanged(question: str, history: list[Turn]):
    assert stand_alone(question, history) == question


@pytest.mark.parametrize(
    "dummy", ["Is it true that the northern dyke broke?", "How long does it take to rebuild a dyke?"]
)
def test_a_pronoun_that_stands_for_nothing_is_left(dummy: str):
    assert stand_alone(dummy, DROWNED).startswith(dummy.rstrip("?"))


def test_an_opening_word_is_dropped_but_not_the_question_after_it():
    assert stand_alone("And who is the mayor of Osterby?", MAYOR) == "Who is the mayor of Osterby?"
    assert stand_alone("So far, how many boats has Osterby lost?", MAYOR) == "How many boats has Osterby lost?"
    assert stand_alone("Now that Osterby is dry, who pays?", MAYOR) == "Now that Osterby is dry, who pays?"


def test_without_an_earlier_question_nothing_changes():
    assert stand_alone("And why did she?", []) == "And why did she?"
    assert stand_alone("And why did she?", [Turn(role="assistant", content="Hello.")]) == "And why did she?"


def test_months_and_weekdays_are_nobody():
    history = talk("What happened in Lindholm on Monday?", "A dyke broke.")
    assert stand_alone("What happened there?", history) == "What happened in Lindholm?"


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_talk_leaves_a_question(question: str, said: list[str]):
    assert isinstance(stand_alone(question, talk(*said)), str)
    assert stand_alone(f"What about it, {question}?", talk(*said))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("said", ["Who is A ", "“", "( ", "in Lindholm "], ids=repr)
def test_a_long_talk_is_read_only_so_far(said: str):
    assert len(stand_alone("And why did she?", talk(said * 20_000, said * 20_000))) < 5_000
