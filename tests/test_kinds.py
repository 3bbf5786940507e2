"""Whether a sentence gives the kind of thing that a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag import figures
from rag.kinds import figure_for, gives, is_person, is_place, scope
from rag.question import understand

NUMBER = "How many boats sank?"
QUESTIONS = [
    NUMBER,
    "When did it sink?",
    "Who led it?",
    "Where is it?",
    "Which party won?",
    "What was the campaign called?",
    "What did the mayor say?",
    "Why did it sink?",
    "How did they flee?",
    "Did it sink?",
    "Tell me of it.",
]


def giving(question: str, sentence: str) -> float:
    return gives(understand(question), sentence)


def figure(question: str, sentence: str) -> str | None:
    """The words of the figure that answers a question."""
    found = figure_for(understand(question), sentence)
    return sentence[found.start : found.end] if found else None


@pytest.mark.parametrize(
    ("question", "gives_it", "does_not"),
    [
        (NUMBER, "The storm sank 12 boats.", "The storm sank the boats."),
        ("When did the dyke break?", "It broke on Monday.", "It broke."),
        ("When did the dyke break?", "It broke on 3 May.", "It broke in silence."),
        ("Who runs the port?", "Its director is Greta Solberg.", "Its director is at sea."),
        ("Where did they meet?", "They met in Osterby.", "They met in a barn."),
        ("Which party won the vote?", "It was won by Free Harbour.", "It was won by a few."),
        ("What was the campaign called?", "They named it the Still Water campaign.", "It was a campaign."),
        ("What did the mayor say?", "The mayor called it “a disgrace”.", "The mayor left."),
        ("Why did the quay close?", "It closed because the piles were rotten.", "It closed in May."),
        ("How did they flee?", "They fled aboard a trawler.", "They fled."),
        ("How did the mayor respond?", "The mayor responded by closing the quay.", "By then the quay was closed."),
        (
            "Why was Ada Vale fired?",
            "She was fired as the quay had sunk.",
            "They fired what acts as the council.",
        ),
        ("Why was the mayor fired?", "The mayor was fired as she had lied.", "She was fired as mayor of Osterby."),
        ("Why is the port stretched?", "The port is stretched thin by the flood.", "The port is stretched thin."),
        (
            "Why is the port unlikely to help?",
            "Without boats the port is unlikely to help.",
            "As the flood rose, the mayor asked the port for help.",
        ),
    ],
)
def test_a_sentence_that_gives_what_is_asked_for_does_so_wholly(question: str, gives_it: str, does_not: str):
    assert giving(question, gives_it) == 1.0
    assert giving(question, does_not) == 0.0


def test_a_figure_for_one_place_gives_less_than_one_for_all():
    assert giving(NUMBER, "The storm sank 12 boats in Osterby.") == 0.5
    assert giving("How many boats sank in Osterby?", "The storm sank 12 boats in Osterby.") == 1.0


def test_a_name_without_a_role_gives_less_of_a_person_and_one_that_was_asked_about_none():
    question = "Who runs the port of Osterby?"
    assert giving(question, "There Karim Haddad decides.") == 0.8
    assert giving(question, "It is run from Lindholm.") == 0.35
    assert giving(question, "The port of Osterby is well run.") == 0.0


def test_indirect_speech_gives_half_of_what_was_said_and_a_vague_time_less_than_half_a_date():
    assert giving("What did the mayor say?", "The mayor said the quay was safe.") == 0.5
    assert giving("When did the dyke break?", "It broke yesterday.") == 0.4


def test_any_sentence_half_answers_an_open_question():
    assert giving("Tell me of the dyke.", "It broke.") == giving("Did the dyke break?", "It broke.") == 0.5


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_figure_is_the_one_nearest_to_what_is_asked_about_within_its_clause():
    sentence = "After 3 days, 12 boats sank, while 40 sailors were saved."
    assert figure(NUMBER, sentence) == "12"
    assert figure("How many sailors were saved?", sentence) == "40"


def test_a_synonym_leads_to_the_figure_too():
    assert figure("How many people were killed?", "The storm left nine dead, the mayor said.") == "nine"


def test_dates_and_figures_of_other_clauses_are_no_answer():
    assert figure(NUMBER, "Boats sank on 3 May 2021.") is None
    assert figure(NUMBER, "Boats sank; the quay lost 12 cranes.") is None


def test_the_scope_of_a_figure_is_the_place_its_clause_limits_it_to():
    sentence = "It sank 12 boats in Osterby and 40 in all."
    first, second = figures.quantities(sentence)
    assert scope(sentence, first) == {"osterbi"}
    assert scope(sentence, second) == set()


@pytest.mark.parametrize(
    ("name", "person"),
    [("Greta Solberg", True), ("Osterby", False), ("Free Harbour Party", False), ("United States", False), ("", False)],
)
def test_a_person_has_two_names_and_is_no_institution(name: str, person: bool):
    assert is_person(name) == person


# --- any text --------------------------------------------------------------------------------------------------------


@given(st.sampled_from(QUESTIONS), st.text())
def test_any_text_gives_something_between_nothing_and_all(question: str, sentence: str):
    assert 0.0 <= giving(question, sentence) <= 1.0


@pytest.mark.timeout(60)
@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("sentence", HOSTILE, ids=lambda sentence: repr(sentence[:6]))
def test_a_hostile_sentence_takes_no_longer_than_another(question: str, sentence: str):
    assert 0.0 <= giving(question, sentence) <= 1.0


def test_a_figure_has_to_be_of_what_is_counted():
    query = understand("How many civilians were killed in Brackwater?")
    assert figure_for(query, "More than 300 gunmen were killed in the streets.") is None
    assert figure_for(query, "Of the dead, 61 were civilians, the council says.").value == 61


@pytest.mark.parametrize(
    ("sentence", "gives_one"),
    [
        ("The dyke of Osterby broke because nobody had mended it.", True),
        ("After a week of rain the dyke broke.", False),
        ("After a week of rain, the dyke broke.", True),
        ("The dyke of Osterby broke on the day of the fair, after two weeks of rain.", False),
        ("Years of neglect led to the break of the dyke.", True),
        ("The mayor called the council together after the dyke broke.", False),
        ("The dyke broke on Sunday, a town official said.", False),
        ("The sea broke the dyke and met little resistance.", True),
    ],
)
def test_a_reason_is_one_for_what_is_asked_and_not_what_is_asked_itself(sentence: str, gives_one: bool):
    assert (gives(understand("Why did the dyke break?"), sentence) > 0) is gives_one


@pytest.mark.parametrize(
    ("sentence", "name", "place"),
    [
        ("She flew to Osterby on Sunday.", "Osterby", True),
        ("A man with ties to Osterby spoke.", "Osterby", False),
        ("They spoke with ministers from Osterby.", "Osterby", False),
        ("It was taken from the Norrland Army.", "Norrland Army", False),
    ],
)
def test_a_place_is_where_somebody_is_or_goes(sentence: str, name: str, place: bool):
    assert is_place(sentence, sentence.index(name), name) is place


@pytest.mark.parametrize(
    ("sentence", "gives_one"),
    [
        ("Without a pilot, Norrland is unlikely to help.", True),
        ("Norrland is unwilling to send more boats unless the quay holds.", True),
        ("It cannot help, because its fleet is tied down.", True),
        ("Without help from Norrland, the mayor may not stay.", False),
        ("Norrland helps because the mayor asked.", False),
        ("Norrland is unwilling to send more boats.", False),
    ],
)
def test_why_something_is_not_done_is_told_by_what_keeps_those_from_it(sentence: str, gives_one: bool):
    assert (giving("Why is Norrland not helping more?", sentence) > 0) == gives_one


def test_what_came_of_it_is_no_reason_but_what_was_sought_by_it_is():
    question = "Why did the divers raid Osterby?"
    assert giving(question, "The divers raided Osterby, seizing the mill.") == 0.0
    assert giving(question, "The divers raided Osterby, seeking bread.") > 0
    assert giving(question, "The raid on Osterby killed dozens, as per the council.") == 0.0
    assert giving(question, "The divers raided Osterby for the first time since May.") == 0.0


def test_who_travels_to_do_something_says_why():
    assert giving("Why did Greta Holm go to Osterby?", "Greta Holm travelled to Osterby to meet the mayor.") > 0
    assert giving("Why did Greta Holm go to Osterby?", "Greta Holm travelled to the harbour.") == 0.0


def test_what_belongs_to_a_place_is_no_place():
    assert not is_place("The storm left Osterby’s roofs broken.", 15, "Osterby")
    assert not is_place("The storm left Osterby’s roofs broken.", 15, "Osterby’s")


def test_such_as_gives_no_reason():
    assert giving("Why is the town angry?", "The town is angry at places such as Osterby.") == 0.0
