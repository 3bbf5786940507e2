"""Follow-ups, by the rules that fill in what they leave out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.question.followup import EXCHANGES, follow_up, stand_alone
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
        ("How old is her bridge?", "How old is Greta Solberg's bridge?"),
        ("Who elected her?", "Who elected Greta Solberg?"),
        ("What is its budget?", "What is Lindholm's budget?"),
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


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("It announced “Safe Quay”, a plan for the port.", "How much does Safe Quay cost?"),
        ("A “dry cellar” plan for the port.", "How much does the dry cellar cost?"),
        ("Safe Quay.", "How much does Safe Quay cost?"),
    ],
)
def test_it_after_what_they_announced_is_what_the_answer_names(answer: str, question: str):
    assert stand_alone("How much does it cost?", talk("What did the council announce?", answer)) == question


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


# --- what a pronoun means --------------------------------------------------------------------------------------------


def test_a_pronoun_goes_on_meaning_what_it_meant():
    history = talk(
        "Who is Greta Solberg?",
        "The mayor of Lindholm.",
        "When was she elected?",
        "Astrid Berg resigned in 2019, and she won.",
    )
    assert stand_alone("Where does she live?", history) == "Where does Greta Solberg live?"


def test_who_is_asked_for_is_who_is_meant_next_but_not_one_of_the_family():
    led = talk("Who leads the Harbour Party?", "Astrid Berg has led it since May.")
    assert stand_alone("How old is she?", led) == "How old is Astrid Berg?"
    family = talk("Who are Greta Solberg's parents?", "Ada Solberg and Karl Solberg, two bakers.")
    assert stand_alone("Where did she grow up?", family) == "Where did Greta Solberg grow up?"


def test_they_are_the_two_that_the_last_question_names():
    history = talk(
        "Who is Greta Solberg?",
        "The mayor.",
        "When did she marry Karl Berg?",
        "In May.",
    )
    assert stand_alone("Where do they live?", history) == "Where do Greta Solberg and Karl Berg live?"


def test_a_person_once_called_she_is_not_it():
    history = talk("Who is Greta Solberg?", "The mayor.", "When was she elected?", "In 2019, by a narrow margin.")
    assert "Solberg" not in stand_alone("How narrow a margin was it in the first round?", history)


def test_it_is_the_meeting_and_none_of_those_who_met():
    history = talk("Was there a meeting of Lindholm, Osterby and Brackwater?", "Yes, on the ferry.")
    assert stand_alone("When was it held?", history) == "When was the meeting held?"


def test_it_is_what_was_taken_and_not_who_took_it():
    history = talk("Who captured Osterby?", "The Harbour League took the town.")
    assert stand_alone("And when was it taken?", history) == "When was Osterby taken?"
    assert stand_alone("Where is it based?", history) == "Where is the Harbour League based?"


def test_it_is_not_where_the_thing_was_sent():
    history = talk("Can Seawatch send boats to Osterby?", "It is unlikely.")
    assert stand_alone("And what did it send to Lindholm?", history) == "What did Seawatch send to Lindholm?"


def test_it_is_what_was_to_be_told_about_though_it_has_no_capital():
    assert stand_alone("How is it made?", talk("What is rye bread?", "A bread.")) == "How is rye bread made?"
    assert stand_alone("What do they eat?", talk("Tell me about sea otters.", "…")) == "What do sea otters eat?"


def test_him_cannot_be_who_does_it():
    history = talk("Who is Karl Berg?", "A captain.")
    assert stand_alone("Does Greta Solberg like him?", history) == "Does Greta Solberg like Karl Berg?"


def test_a_contraction_is_written_out():
    history = talk("The Harbour Brothers (band)", "")
    assert stand_alone("What have they've played?", history) == "What have The Harbour Brothers have played?"
    assert stand_alone("Where they're from?", history) == "Where The Harbour Brothers are from?"


def test_a_people_is_nobody_by_itself():
    history = talk("Who holds the quay?", "DKL and others hold it, but for Danish troops.")
    assert stand_alone("Who leads it?", history) == "Who leads DKL?"


# --- a talk under a heading ------------------------------------------------------------------------------------------

BAND = talk("The Quay Sisters (band)", "Later years")


@pytest.mark.parametrize(
    ("followup", "question"),
    [
        ("When did they part?", "When did The Quay Sisters part?"),
        ("How did the band form?", "How did the band The Quay Sisters form?"),
        ("Who were the founders?", "Who were the founders of The Quay Sisters?"),
    ],
)
def test_a_heading_names_the_topic_and_brackets_say_what_it_is(followup: str, question: str):
    assert stand_alone(followup, BAND) == question


def test_a_surname_is_written_in_full_for_readers_alone():
    followup = follow_up("When was Solberg elected?", talk("Greta Solberg", "Early life"))
    assert followup.standalone == "When was Greta Solberg elected?"
    assert followup.sought == "When was Solberg elected?"


# --- more of the same ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ("The ferry Moss.", "the ferry Moss"),
        ("They lost “Dark Tide” in the storm that week, the owners have said in a letter.", '"Dark Tide"'),
        ("It was said by all who were there on that day that Karl Berg had lost his boat.", "Karl Berg"),
    ],
)
def test_a_question_for_more_says_what_is_known_to_readers_alone(answer: str, known: str):
    followup = follow_up("What else sank?", talk("What sank off Osterby?", answer))
    assert followup.standalone.startswith(f"Besides {known}, what else sank")
    assert "Besides" not in followup.sought


@pytest.mark.parametrize("answer", ["I don't know.", "The articles in the library do not answer this.", "Yes."])
def test_an_answer_that_names_nothing_is_not_known(answer: str):
    assert "Besides" not in stand_alone("What else sank off Lindholm?", talk("What sank off Osterby?", answer))


def test_the_other_is_no_question_for_more():
    history = talk("What sank off Osterby?", "The ferry Moss.")
    assert stand_alone("Who owned the other ferry of Lindholm?", history) == "Who owned the other ferry of Lindholm?"


# --- any talk --------------------------------------------------------------------------------------------------------


def test_the_first_exchange_is_remembered_and_the_last_few():
    middle = ["What is the weather like in Osterby?", "Fair."] * (3 * EXCHANGES)
    long = talk("Who is Greta Solberg?", "The mayor.", *middle)
    assert stand_alone("When was she elected?", long) == "When was Greta Solberg elected?"


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
