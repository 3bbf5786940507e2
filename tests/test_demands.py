"""What a question demands of a sentence: who somebody is, a deed that is told and the asked one's own, the thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.demands import TOLD_OF, defined, defines, holds, is_untold, role, standing, thing
from rag.question import understand
from rag.text import stems

GUARDS = "Has the coast guard reopened the harbours?"


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("Who is Greta Holm?", ("greta", "holm")),
        ("Who's Kazem al-Warid?", ("kazem", "warid")),
        ("What are the Blue Lanterns?", ("blue", "lantern")),
        ("Who is the mayor of Osterby?", ()),
        ("Who is Greta Holm's deputy?", ()),
        ("What is Osterby known for?", ("osterbi",)),
        ("Where is Greta Holm?", ()),
    ],
)
def test_who_or_what_a_name_is_is_asked_and_nothing_else(question: str, name: tuple[str, ...]):
    assert defined(understand(question)) == name


@pytest.mark.parametrize(
    "sentence",
    [
        "Greta Holm, the mayor of Osterby, opened the quay.",
        "Greta Holm (GH), a divers’ leader with friends in Norrland, opened the quay.",
        "Greta Holm is a diver.",
        "The quay was opened by harbour engineer and town official Greta Holm.",
        "Its foreign minister, Greta Holm, opened the quay.",
        "Norrland Foreign Minister Greta Holm opened the quay.",
    ],
)
def test_beside_its_name_a_sentence_says_who_somebody_is(sentence: str):
    assert defines(("greta", "holm"), sentence) == 1.0


def test_a_body_behind_a_name_or_the_words_it_is_short_for_say_what_it_is():
    assert defines(("blue", "lantern"), "He called the Blue Lanterns rescue agency.") == 1.0
    assert defines(("blf",), "Among them is the Blue Lantern Fund (BLF), which pays.") == 1.0
    assert defines(("blf",), "Among them is Karim Haddad (BLF), who pays.") == 0.0


def test_what_it_is_known_for_and_who_belongs_to_it_say_what_it_is():
    assert defines(("osterbi",), "Osterby is known for its dyke.") == 1.0
    assert defines(("pact", "tern"), "The Pact of the Terns—Norrland, Sundholm and others—met.") == 1.0
    assert defines(("pact", "tern"), "The Pact of the Terns—which met on Monday—is old.") == 0.0


def test_what_happened_in_a_place_does_not_say_what_it_is():
    assert defines(("osterbi",), "In Osterby, the raids went on.") == 0.0
    assert defines(("osterbi",), "They met in Osterby, the second town of Norrland.") == 1.0


def test_a_longer_name_says_what_a_name_of_several_words_is():
    assert defines(("blue", "lantern"), "She leads the Blue Lanterns Support Fund, which pays.") == TOLD_OF
    assert defines(("osterbi",), "She leads the Osterby Fund.") == 0.0


def test_an_office_is_of_the_very_place():
    asked = role(understand("Who is the mayor of Osterby?"))
    assert asked is not None
    assert holds(asked, "Osterby's mayor Greta Holm spoke.")
    assert holds(asked, "Greta Holm, the mayor of Osterby, spoke.")
    assert not holds(asked, "The mayor of Norrland, Karim Haddad, came to Osterby.")
    assert role(understand("Who is the wife of Karim Haddad?")) is None


def test_the_chief_of_a_part_is_not_that_of_the_whole():
    asked = role(understand("Who is the chief executive of Tern Bank?"))
    assert asked is not None
    assert holds(asked, "Tern Bank chief Ada Vale spoke.")
    assert holds(asked, "Tern Bank's former chief Ada Vale spoke.")
    assert not holds(asked, "Tern Bank's legal chief Greta Holm spoke.")


def test_the_letters_of_a_land_are_its_name():
    asked = role(understand("Who is the president of the UAE?"))
    assert asked is not None
    assert holds(asked, "He met the president of the United Arab Emirates, Greta Holm.")


def test_whoever_is_first_in_a_body_has_many_titles():
    asked = role(understand("Who is the president of the Blue League?"))
    assert asked is not None
    assert holds(asked, "Greta Holm was made Blue League commissioner.")


def test_a_clause_on_a_name_says_less_and_a_deed_nothing():
    assert 0.0 < defines(("greta", "holm"), "Greta Holm, who left the divers in May, opened the quay.") < 1.0
    assert defines(("greta", "holm"), "Greta Holm opened the quay and Karim Haddad, a baker, looked on.") == 0.0
    assert defines(("greta", "holm"), "Greta Lind, a baker, looked on.") == 0.0


@pytest.mark.parametrize(
    "sentence",
    [
        "If the coast guard reopens the harbours, the fleet will sail.",
        "In 2009 the coast guard reopened the harbours with help from divers.",
        "The coast guard may reopen the harbours.",
        "The mayor has asked the coast guard to reopen the harbours.",
        "Fishermen from Norrland reopened the harbours.",
    ],
)
def test_a_condition_a_wish_years_gone_by_or_anothers_deed_do_not_say_that_it_happened(sentence: str):
    report = "The coast guard reopened two harbours on Monday."
    assert standing(understand(GUARDS), sentence) < standing(understand(GUARDS), report) == 1.0


def test_anothers_forces_are_not_the_army():
    query = understand("Has the army captured the mill?")
    assert standing(query, "The gang fled from Norrland forces and captured the mill.") < 1.0
    assert standing(query, "Government troops captured the mill.") == 1.0


def test_a_counter_offer_is_not_the_offer():
    query = understand("When was the offer made?")
    assert standing(query, "A counter-offer would be made later.") < standing(query, "The offer was made late.") == 1.0
    assert standing(understand("When was the counter-offer made?"), "A counter-offer was made.") == 1.0


def test_what_is_asked_beside_yes_or_no_or_of_another_time_is_not_looked_at_so():
    sentence = "If the coast guard reopens the harbours, the fleet will sail."
    assert standing(understand("When will the coast guard reopen the harbours?"), sentence) == 1.0
    assert standing(understand("Would the coast guard reopen the harbours?"), sentence) == 1.0


def test_where_nothing_is_said_but_the_names_it_is_untold_whether_something_is_so():
    query = understand("Did Norrland send divers to Osterby?")
    assert is_untold(query, stems("Norrland plans a park on its border with Osterby."))
    assert not is_untold(query, stems("Norrland has sent a boat to Osterby."))
    assert not is_untold(understand("Where is Norrland?"), stems("Osterby is far."))


@pytest.mark.parametrize(
    ("question", "stem"),
    [
        ("Who runs the Osterby lighthouse?", "lighthous"),
        ("Who guards the Osterby tunnel at night?", "tunnel"),
        ("Why did Osterby flood?", ""),
        ("What does Norrland want?", ""),
        ("Who runs Osterby?", ""),
    ],
)
def test_the_thing_that_a_name_and_a_noun_call(question: str, stem: str):
    assert thing(understand(question)) == stem


@given(st.text(max_size=120))
def test_any_words_may_be_read(words: str):
    question = understand(f"Did Greta Holm burn the quay? {words}"[:300])
    assert 0.0 < standing(question, words) <= 1.0 and 0.0 <= defines(("greta", "holm"), words) <= 1.0


@pytest.mark.parametrize("sentence", HOSTILE)
@pytest.mark.timeout(20)
def test_a_hostile_sentence_takes_no_longer_than_another(sentence: str):
    assert standing(understand("Did one die?"), sentence[:1_500]) > 0 and defines(("one",), sentence[:1_500]) >= 0
