"""Which way a place is told of."""

import pytest

from rag.text import stems
from rag.ways import Way, agrees, is_side, ways


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Holm sailed to Osterby.", {"to"}),
        ("Holm sailed from the old port of Osterby.", {"from"}),
        ("Holm left Osterby for Lindholm.", {"from"}),
        ("Holm left for Osterby.", {"to"}),
        ("Divers advance towards Osterby.", {"near"}),
        ("There were battles north of Osterby.", {"near"}),
        ("In Osterby a mill burned.", {""}),
        ("Holm came from Osterby, where she had fled.", {"from", ""}),
        ("Holm flew from Osterby and back to Osterby.", {"from", "to"}),
        ("The Osterby visit was never announced.", {""}),
        ("Nobody came.", set()),
    ],
)
def test_a_place_is_told_of_by_the_word_before_it(sentence: str, told: set[Way]):
    assert ways(sentence, stems("Osterby")) == told


def test_where_somebody_came_from_is_not_where_they_went():
    assert not agrees("to", {"from"}) and not agrees("from", {"to"})
    assert agrees("to", {"from", "to"}) and agrees("from", {""}) and agrees("to", set())


def test_who_makes_for_a_place_is_not_in_it():
    assert not agrees("", {"near"})
    assert agrees("", {"near", ""}) and agrees("near", {"near"}) and agrees("", {"from"})


def test_whose_side_others_are_on_is_not_who_they_are():
    assert is_side("Pro-Norrland groups and Norrland-backed divers came.", stems("Norrland"))
    assert not is_side("Norrland-backed divers came from Norrland.", stems("Norrland"))
    assert not is_side("Divers came.", stems("Norrland"))
