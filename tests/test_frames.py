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
