"""What a question calls for, and which of its words evidence should hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.question.wording import asides, capital, expectation, names, terms
from rag.text import stem

EXPECTATIONS = {
    "number": "How many boats sank?|How long was it shut?|What is the toll?|And how much did it cost?|"
    "So far, how many boats sank?|What percentage voted?|For how long was it shut?|"
    "The sailors were rescued after how many days?|The bridge of Osterby cost how much?",
    "person": "Who led it?|Whose boat sank?|Who's the mayor?|Which minister resigned?|What officials came?",
    "date": "When did it sink?|Since when is it shut?|On what day did it open?|In which year was it built?",
    "place": "Where is it?|In which city did they meet?|Which two towns were flooded?|In which French city was it?|"
    "The ministers met in which French city?",
    "group": "Which party won?|What militia holds the bridge?|From which outlets is that?|"
    "The vote was won by which party?",
    "name": "What is the name of the bridge?|What was the ship called?|What are the names of the boats?",
    "reason": "Why did it sink?|What caused the fire?|What was the reason for the delay?",
    "manner": "How did they flee?",
    "words": "What did the mayor say?|How did the owners react?|What did she call the decision?",
    "yes_no": "Is it shut?|Did Osterby flood?|Haven’t they left?",
    "open": "Tell me about the flood.|Which sailor this week left the club?|What happened to the bridge?|the flood",
}


@pytest.mark.parametrize(
    ("kind", "question"), [(kind, question) for kind, line in EXPECTATIONS.items() for question in line.split("|")]
)
def test_a_question_calls_for_one_kind_of_answer(kind: str, question: str):
    assert expectation(question) == kind


def test_a_noun_that_only_begins_its_phrase_is_not_what_is_asked_for():
    assert expectation("What was the price cap called?") == "name"
    assert expectation("What is the price of a ticket?") == "number"


def test_terms_are_the_stems_of_what_is_asked_about_each_once():
    assert terms("When did the ferry, the ferry of Osterby, sink?") == ("ferri", stem("Osterby"), "sink")


def test_words_of_asking_count_only_where_there_are_no_others():
    assert terms("How many people are known to have drowned?") == (stem("drowned"),)
    assert terms("What happened?") == (stem("happened"),)
    assert terms("Why?") == ()


def test_what_only_says_when_is_an_aside():
    assert asides("How many boats sank after the dyke of Brackwater broke?") == set(terms("dyke of Brackwater broke"))
    assert asides("Which boats sank off Osterby during the gale?") == {stem("gale")}


@pytest.mark.parametrize(
    "question", ["How many boats sank off Osterby?", "After the gale, who paid?", "What happened during the gale?", ""]
)
def test_nothing_is_an_aside_where_it_is_all_that_is_asked_about(question: str):
    assert asides(question) == frozenset()


def test_names_are_those_inside_the_question_or_with_a_possessive():
    assert names("Did Greta Solberg visit Osterby?") == ["Greta Solberg", "Osterby"]
    assert names("Solberg's whereabouts?") == ["Solberg's"]
    assert names("Boats sank where?") == []


def test_a_capital_is_all_that_changes():
    assert capital("how old is McKay?") == "How old is McKay?"
    assert capital("") == ""


@given(st.text())
def test_any_text_can_be_asked(question: str):
    assert expectation(question) in EXPECTATIONS
    assert len(set(terms(question))) == len(terms(question))
    assert asides(question) <= set(terms(question))
    assert all(name in question for name in names(question))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("question", HOSTILE, ids=lambda question: repr(question[:6]))
def test_a_hostile_question_takes_no_longer_than_another(question: str):
    assert expectation(question) in EXPECTATIONS
    assert len(terms(question)) < 10
    assert len(names(question)) < len(question)
