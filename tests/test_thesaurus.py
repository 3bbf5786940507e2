"""Words that stand for one another, by their stems."""

import pytest

from rag.text import stem
from rag.thesaurus import SEATS, meanings, phrasal, synonyms


@pytest.mark.parametrize(
    ("asked", "said"),
    [("capture", "seized"), ("kill", "dead"), ("insurgents", "rebels"), ("summit", "talks"), ("layoffs", "jobs")],
)
def test_what_news_uses_for_one_another_is_synonymous_both_ways(asked: str, said: str):
    assert stem(said) in synonyms(stem(asked))
    assert stem(asked) in synonyms(stem(said))


def test_lives_may_be_lost_but_whoever_lives_need_not_die():
    assert stem("lives") in synonyms(stem("died"))
    assert stem("died") not in synonyms(stem("lives"))


def test_who_runs_a_town_heads_it_and_whoever_heads_it_need_not_run():
    assert stem("head") in synonyms(stem("run"))
    assert stem("run") not in synonyms(stem("head"))


@pytest.mark.parametrize(
    ("said", "verb"),
    [
        ("Norrland is taking part.", "join"),
        ("The truce took effect at noon.", "begin"),
        ("Thousands were driven from their homes.", "displace"),
        ("She says that she will send boats.", "promise"),
    ],
)
def test_several_words_are_one_verb(said: str, verb: str):
    assert stem(verb) in meanings(said)
    (found,) = phrasal(said)
    assert said[found.start : found.end].startswith(found.text)


@pytest.mark.parametrize(
    "said",
    ["The flood claimed some 40 lives.", "It cost the crew their lives.", "The landslide left at least nine dead."],
)
def test_lives_that_are_claimed_are_of_those_who_are_killed_and_die(said: str):
    assert {stem("kill"), stem("die")} <= meanings(said)
    assert stem("kill") not in meanings("Forty lives were saved, the crew claimed.")


def test_a_name_of_three_words_is_meant_by_its_initials():
    assert stem("UAE") in meanings("She met the president of the United Arab Emirates.")
    assert "vh" not in meanings("Ada Vale Harbour was shut.")


def test_no_word_is_its_own_synonym_and_an_unknown_one_has_none():
    assert stem("attack") not in synonyms(stem("attack"))
    assert synonyms("marmalade") == frozenset()


def test_a_government_has_the_stem_of_its_seat():
    assert stem("Kremlin") in SEATS[stem("Russian")]
    assert stem("Washington") in SEATS[stem("American")]
