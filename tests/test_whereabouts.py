"""Where a question asks somebody to be, and which sentences say it."""

import pytest
from made_hits import HOSTILE

from rag.question import understand
from rag.whereabouts import asks, tells

WHERE = "Where is Greta Holm now?"


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        (WHERE, True),
        ("Where was Greta Holm?", True),
        ("Was Greta Holm in Norrland when Osterby fell?", True),
        ("Where is Greta Holm buried?", False),
        ("Where did they meet?", False),
        ("Is the ferry in danger?", False),
    ],
)
def test_it_is_asked_where_somebody_of_a_name_is(question: str, asked: bool):
    assert asks(understand(question)) == asked


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Greta Holm is back in Norrland.", True),
        ("Greta Holm, the mayor, returned to Norrland on Monday.", True),
        ("Karim Haddad came to Osterby and met Greta Holm.", False),
        ("The Holm government in Osterby is in trouble.", False),
        ("Greta Holm spoke of peace in Norrland’s schools.", False),
        ("Greta Holm, who had fled to Norrland last week, spoke.", False),
    ],
)
def test_a_sentence_says_where_somebody_is_and_not_where_others_or_theirs_are(sentence: str, said: bool):
    assert tells(understand(WHERE), sentence) == said


def test_where_somebody_was_is_told_of_the_past_too():
    query = understand("Where was Greta Holm?")
    assert tells(query, "Greta Holm, who had fled to Norrland last week, spoke.")
    assert tells(query, "Greta Holm was nowhere to be seen.")


def test_whether_somebody_was_in_a_place_is_told_of_that_place_and_time():
    query = understand("Was Greta Holm in Norrland when Osterby fell?")
    assert tells(query, "Greta Holm was in Norrland when Osterby fell.")
    assert not tells(query, "Greta Holm was in Norrland on Monday.")
    assert not tells(query, "Greta Holm was in Sweden when Osterby fell.")


def test_whoever_comes_back_from_a_place_was_there():
    query = understand("Is Greta Holm in Norrland?")
    assert tells(query, "Greta Holm returned on Monday aboard a fishing boat from Norrland.")
    assert not tells(query, "Greta Holm, who had fled to Norrland last week, spoke.")


@pytest.mark.parametrize("words", HOSTILE)
def test_reading_is_fast_on_hostile_text(words: str):
    tells(understand(WHERE), words[:2_000])
