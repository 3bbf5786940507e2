"""Who does what to whom in a question."""

import pytest

from rag.frames import frame
from rag.question import understand


@pytest.mark.parametrize(
    ("question", "hole", "doer", "verb", "thing"),
    [
        ("Who phoned Greta Holm?", "doer", "", "phone", "greta holm"),
        ("Who did Greta Holm phone?", "done to", "greta holm", "phone", ""),
        ("Who was arrested in Osterby?", "done to", "", "arrest", ""),
        ("Who was the ferry sunk by?", "", "", "", ""),
        ("Which countries support Osterby?", "doer", "", "support", "osterbi"),
        ("Which side is winning?", "doer", "", "win", ""),
        ("What did the divers promise Osterby?", "done to", "diver", "promiz", "osterbi"),
        ("When did Greta Holm travel to Norrland?", "time", "greta holm", "travel", ""),
        ("When was the harbour opened?", "time", "", "open", "harbor"),
        ("How long had the bakers held the mill?", "span", "baker", "hold", "mill"),
        ("Where did Greta Holm flee?", "place", "greta holm", "flee", ""),
        ("Why did the divers raid Osterby?", "reason", "diver", "raid", "osterbi"),
        ("Did the divers raid Osterby?", "whether", "diver", "raid", "osterbi"),
        ("Has Osterby been taken?", "whether", "", "take", "osterbi"),
        ("Has Osterby fallen?", "whether", "", "fall", "osterbi"),
        ("When did the army take Osterby back?", "time", "armi", "retak", "osterbi"),
        ("Did Osterby divers strike?", "whether", "osterbi diver", "strike", ""),
    ],
)
def test_a_question_has_a_verb_those_about_it_and_what_is_asked_for(
    question: str, hole: str, doer: str, verb: str, thing: str
):
    asked = frame(understand(question))
    assert (asked.hole if asked else "") == hole
    if asked:
        assert (asked.doer, asked.verb, asked.thing) == (frozenset(doer.split()), verb, frozenset(thing.split()))


def test_how_many_counts_a_noun_of_which_a_deed_is_told():
    assert (asked := frame(understand("How many divers attacked Osterby?"))) and asked.counted == "diver"
    assert "raid" in asked.deed
    assert (asked := frame(understand("How many raids were there?"))) and not asked.deed


def test_what_goes_on_is_asked_of_now():
    assert (asked := frame(understand("Which side is winning?"))) and asked.now
    assert (asked := frame(understand("Which side won the cup?"))) is None or not asked.now
    assert (asked := frame(understand("Who holds Osterby?"))) and asked.now
    assert (asked := frame(understand("Who held Osterby?"))) and not asked.now


def test_a_place_is_asked_of_one_way():
    asked = frame(understand("Why did Greta Holm sail from Osterby to Lindholm?"))
    assert asked and [(set(place.name), place.way) for place in asked.places] == [
        ({"osterbi"}, "from"),
        ({"lindholm"}, "to"),
    ]
    assert (asked := frame(understand("Where did Greta Holm come from?"))) and asked.source


def test_a_name_that_goes_by_another_is_a_place_all_the_same():
    asked = frame(understand("When did Norrland join the European Union?"))
    assert asked and (asked.thing or asked.places)
    assert frame(understand("What did Norrland sign with the divers, now of the European Union?")) is not None
