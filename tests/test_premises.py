"""What a question takes for granted, as a clause of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.premises import gerund, premise
from rag.question import understand


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Did Norrland close its border?", "tells of Norrland closing its border"),
        ("Why did the divers win the cup?", "tells of the divers winning the cup"),
        ("When does Greta Holm travel to Osterby?", "tells of Greta Holm traveling to Osterby"),
        ("Has Osterby fallen?", "says that Osterby has fallen"),
        ("Is Greta Holm helping the divers?", "says that Greta Holm is helping the divers"),
        ("When was the harbour opened?", "says that the harbour was opened"),
        ("Who took Osterby?", None),
        ("Where was Greta Holm born?", None),
        ("Is the harbour open?", "says that the harbour is open"),
    ],
)
def test_what_has_to_be_told_is_a_clause(question: str, told: str | None):
    assert premise(understand(question)) == told


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("die", "dying"),
        ("take", "taking"),
        ("flee", "fleeing"),
        ("get", "getting"),
        ("visit", "visiting"),
        ("begin", "beginning"),
        ("show", "showing"),
        ("reach", "reaching"),
    ],
)
def test_a_verb_has_a_form_in_ing(verb: str, form: str):
    assert gerund(verb) == form


@given(st.text(min_size=1, max_size=80))
def test_any_question_is_read(question: str):
    if any(character.isalnum() for character in question):
        premise(understand(question))
