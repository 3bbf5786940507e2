"""Which sentences tell the very deed that a question asks about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.frames import frame
from rag.question import understand
from rag.said import Said
from rag.telling import is_given, tells
from rag.text import stems


def told(question: str, sentence: str, *, before: str = "", around: str = "", about: str = "", title: str = "") -> bool:
    asked = frame(understand(question))
    assert asked is not None
    sides = {"before": before, "around": around, "about": about, "title": title}
    return tells(asked, Said(words=sentence, **{side: frozenset(stems(words)) for side, words in sides.items()}))


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "Who phoned Greta Holm?",
            "The mayor phoned Greta Holm on Monday.",
            "Greta Holm phoned the mayor on Monday.",
        ),
        ("Who did Greta Holm phone?", "Greta Holm rang Karim Haddad.", "Karim Haddad rang Greta Holm."),
        ("Who holds Osterby?", "The League now holds Osterby.", "In 2016 the League helped the army to hold Osterby."),
        ("Who holds Osterby?", "The League holds Osterby.", "Osterby had been held by the League."),
        ("Who held Osterby before?", "Osterby had been held by the League.", "The divers now hold Osterby."),
        ("Who sank the ferry?", "The ferry was sunk by divers.", "The ferry was sunk at night, and nobody knows why."),
        ("Who raided Osterby?", "Divers raided the town.", "Osterby has raided its savings."),
        ("Who was arrested in Osterby?", "Two divers were arrested in Osterby.", "Divers met in Osterby."),
        ("Which side is winning?", "The divers are winning.", "In 1998 the divers won the cup back."),
        ("Which countries support Osterby?", "Norrland supports Osterby.", "Osterby supports Norrland."),
        (
            "Who leads the divers?",
            "Karim Haddad, head of the divers, spoke.",
            "The storm led to the fall of the divers.",
        ),
        (
            "Who is fighting whom in Osterby?",
            "Divers are fighting bakers in Osterby.",
            "There was fighting in Osterby.",
        ),
        ("What did Norrland promise Osterby?", "Norrland pledged boats to Osterby.", "Norrland is unwilling to pay."),
        ("Who flew Greta Holm home?", "A Norrland plane brought Greta Holm home.", "The divers went to Greta Holm."),
        ("Who landed in Warsaw?", "Divers landed in Warsaw.", "Divers landed in Poland."),
        ("Who won the cup?", "Sundholm won the cup in 2018.", "Norrland beat the holders of the cup."),
        ("Who won the cup?", "Ada Vale is the winner of the cup.", "Ada Vale did all except win the cup."),
        (
            "Who replaced Ada Vale?",
            "Karim Haddad replaced Ada Vale.",
            "They tried to persuade him to replace Ada Vale.",
        ),
        ("Who carried out the raids?", "Norrland raids went on.", "The raids went on."),
        ("Who launched a counter-raid?", "Divers launched a counter-raid.", "Divers launched a raid."),
        ("Who attended the Osterby fair?", "Bakers joined the fair in Osterby.", "Bakers joined Osterby."),
        ("Who runs the French Observatory?", "Ada Vale heads the Observatory.", "Ada Vale heads France."),
        ("What did Ada Vale promise?", "Ada Vale said that she would send boats.", "Ada Vale said that it rained."),
        ("Who governs Osterby?", "The League governs Osterby.", "The regime lost Osterby to the League."),
        (
            "Who raided the mill?",
            "Divers' raids on the mill went on.",
            "Divers' raids showed wrecked boats at the mill.",
        ),
        ("Who did Norrland attack?", "Norrland attacked the bakers.", "Norrland-backed divers attacked the bakers."),
        ("Who supports the divers?", "Norrland backs the divers.", "He sought support from friends after divers came."),
        ("Who are the divers fighting?", "The divers are fighting the bakers.", "The divers are fighting for boats."),
        ("Who does the US support?", "Washington backs the divers.", "The divers back Washington."),
        ("What weapons did the divers take?", "The divers took a tank.", "The divers took three villages."),
    ],
)
def test_who_does_it_and_to_whom_stand_where_they_do(question: str, yes: str, no: str):
    before = "Osterby is a town." if "town" in yes else ""
    assert told(question, yes, before=before, around=before)
    assert not told(question, no)


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "When did Greta Holm travel to Norrland?",
            "On Monday Greta Holm arrived in Norrland.",
            "On Monday Greta Holm arrived in Osterby.",
        ),
        ("When did Norrland leave Osterby?", "Norrland quit Osterby in 2011.", "In 2011 Norrland rebuilt Osterby."),
        ("When did the strike start?", "Bakers began a strike on Friday.", "The sale began on Friday."),
        ("When was the harbour opened?", "The harbour opened on 3 May.", "The harbour was sold on 3 May."),
        (
            "When was Greta Holm born?",
            "Greta Holm (12 May 1970 – 2 June 2020) was a diver.",
            "Greta Holm dived in 1990.",
        ),
        (
            "When was Osterby attacked?",
            "Osterby was raided on Sunday.",
            "On Sunday following a raid on Osterby she spoke.",
        ),
        (
            "When was Osterby raided?",
            "The raid on Osterby was on Sunday.",
            "A counter-raid on Osterby began on Sunday.",
        ),
        (
            "When did Norrland start bombing Osterby?",
            "Norrland began to bomb Osterby in 2011.",
            "Norrland bombed Osterby in 2016.",
        ),
        (
            "When did Tern Bank collapse?",
            "Tern Bank collapsed on Monday.",
            "The head of collapsed Tern Bank spoke on Monday.",
        ),
        ("When did the trial begin?", "The trial began on Monday.", "“The trial is on Monday,” began the judge."),
        ("When did the ferry sink?", "The ferry sank the week before.", "The ferry sank."),
    ],
)
def test_a_time_is_of_the_very_deed_and_place(question: str, yes: str, no: str):
    assert told(question, yes)
    assert not told(question, no)


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "How many people live in Osterby?",
            "Osterby has a population of 9,000.",
            "The flood took 12 lives in Osterby.",
        ),
        ("How many divers attacked Osterby?", "Forty divers raided Osterby.", "Strikes killed 12 people in Osterby."),
        ("How many boats did Greta Holm lose?", "Greta Holm lost three boats.", "Greta Holm painted three boats."),
        (
            "How many refugees are there?",
            "Two million of its people have been driven from their homes.",
            "Two million people have homes; some were displaced.",
        ),
        ("How many raids were there?", "There were nine raids.", "The raid of 2016 was recalled."),
        ("How many divers were there?", "Some 40 divers came.", "More than 40 of their divers drowned."),
        ("How many boats did Greta Holm lose?", "Greta Holm lost a small number of boats.", "Greta Holm lost boats."),
        ("How many people died?", "The flood took 12 lives.", "The flood cut off 12 streets."),
    ],
)
def test_a_figure_is_of_what_is_counted_and_of_what_is_told_of_it(question: str, yes: str, no: str):
    assert told(question, yes)
    assert not told(question, no)


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("How long did the strike last?", "The strike ended after three weeks.", "The strike closed the port."),
        ("How long did the strike in Osterby take?", "In Osterby the strike took a week.", "A strike took two weeks."),
        (
            "How long had the bakers held the mill?",
            "The bakers had held the mill for years.",
            "The bakers held the mill.",
        ),
        ("How long is the bridge?", "The bridge is 900 metres long.", "The bridge is red."),
    ],
)
def test_how_long_is_answered_by_a_span(question: str, yes: str, no: str):
    assert told(question, yes)
    assert not told(question, no)


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "Where did the plane land?",
            "The plane landed in Osterby.",
            "Holm’s return, aboard a plane from Osterby, was brief.",
        ),
        ("Where did Greta Holm flee?", "Greta Holm fled to Osterby.", "Greta Holm fled from Osterby."),
        ("Where did Greta Holm come from?", "Greta Holm came from Osterby.", "Greta Holm came to Osterby."),
        (
            "Where did the divers withdraw?",
            "The divers withdrew to Osterby.",
            "They took a boat from the retreating army.",
        ),
        (
            "Where are the divers heading?",
            "The divers are pushing towards Osterby.",
            "The head of the divers came to Osterby.",
        ),
        (
            "Where did the divers raid boats?",
            "The divers raided boats in Osterby.",
            "The army raided boats in Osterby.",
        ),
    ],
)
def test_where_is_asked_of_the_very_deed_and_one_way(question: str, yes: str, no: str):
    assert told(question, yes)
    assert not told(question, no)


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "Why did Greta Holm go to Osterby?",
            "Greta Holm went to Osterby to meet the mayor.",
            "Greta Holm returned from Osterby because the mayor was ill.",
        ),
        (
            "When did Greta Holm return to Osterby?",
            "On Monday she returned to Osterby.",
            "Karim Haddad announced that he would go to Osterby on Monday to see Greta Holm.",
        ),
        ("Why did the divers raid Osterby?", "The divers raided Osterby for bread.", "Divers were raided in Osterby."),
        (
            "When was Osterby taken?",
            "The divers took Osterby on Monday.",
            "The army regained control of Osterby in 2016.",
        ),
        ("When did the army take Osterby back?", "In 2016 the army retook Osterby.", "The army took Osterby in 2016."),
        (
            "When did Norrland hold talks with Osterby?",
            "Norrland and Osterby convened a summit on Monday.",
            "Norrland held back Osterby boats on Monday.",
        ),
        (
            "How long did the army hold Osterby?",
            "Osterby was under the control of the army for years.",
            "The divers took Osterby from the army within days.",
        ),
        ("What did Norrland promise?", "Norrland pledged boats.", "Norrland is unwilling to commit more boats."),
        (
            "How many divers drowned in Osterby?",
            "Forty divers drowned in Osterby.",
            "Making for Osterby, 40 divers drowned.",
        ),
        ("How many divers fled Osterby?", "Forty divers fled Osterby.", "Forty divers fled."),
        (
            "How did Greta Holm return to Osterby?",
            "Greta Holm returned to Osterby by ferry.",
            "Greta Holm asked the divers to come to her aid.",
        ),
        ("How did the divers win?", "The divers won by a trick.", "The army won the mill back from the divers."),
        ("How many divers drowned in Osterby?", "In Osterby 40 divers drowned.", "Some 40 divers drowned in all."),
    ],
)
def test_the_deed_is_that_of_those_who_are_asked_about_there_and_that_way(question: str, yes: str, no: str):
    before = "Greta Holm is the mayor." if " she " in yes else ""
    assert told(question, yes, before=before)
    assert not told(question, no, before="Greta Holm is the mayor.")


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        (
            "Has Osterby fallen?",
            "The divers have seized Osterby.",
            "The divers advance towards Osterby to seize the mill.",
        ),
        ("Has Osterby fallen?", "The fall of Osterby was swift.", "If Osterby falls, the harbour is lost."),
        ("Has Osterby been taken?", "Divers took Osterby.", "Osterby took the cup from the divers."),
        (
            "Did Greta Holm win the race?",
            "Greta Holm won the race.",
            "Greta Holm said she could “win the race” only with luck.",
        ),
        (
            "Did Greta Holm win the race?",
            "Greta Holm won her first race.",
            "Greta Holm won a boat years after she had lost a race.",
        ),
        ("Did Norrland attack Osterby?", "Norrland raided Osterby.", "Norrland attacked Lindholm, south of Osterby."),
        ("Did the army take a boat?", "The army took a boat.", "Divers took a boat from the retreating army."),
        (
            "Did the army leave Osterby?",
            "The army left Osterby.",
            "Rebel forces came to Osterby and then left the town.",
        ),
        ("Did Greta Holm leave Osterby?", "Greta Holm fled to Lindholm.", "The storm left Osterby’s roofs broken."),
        ("Are the bakers allied with Holm?", "The bakers are allied with Holm.", "Pro-Holm divers backed the bakers."),
        ("Did Norrland raid Osterby?", "Norrland raided Osterby.", "Pro-Norrland divers raided Osterby."),
        ("Did the divers take Osterby?", "The divers took Osterby.", "The divers took Osterby’s mill."),
        ("Is Norrland backing the divers?", "Norrland-backed divers won.", "Norrland aims at pushing back the divers."),
        (
            "Is Norrland backing the rebels?",
            "The mill fell to Norrland-backed insurgents.",
            "Norrland goes on supporting the bakers.",
        ),
        (
            "Are Norrland fighters helping Osterby?",
            "Sundholm sends help, and militias out of Norrland are in it.",
            "Sundholm sends help, and bread out of Norrland is in it.",
        ),
        ("Is Norrland backing the rebels?", "Norrland aids the rebels.", "Norrland-backed bakers met the rebels."),
        ("Is Norrland helping Osterby?", "Norrland helps Osterby.", "The mayor spoke to Norrland of help for Osterby."),
        (
            "Did anyone help Osterby?",
            "Norrland helped Osterby.",
            "The mayor could save Osterby only with the help of its friends.",
        ),
        ("Has the army launched a counter-raid?", "A counter-raid by the army began.", "The army launched a raid."),
        (
            "Did Norrland support the anti-dyke party?",
            "Norrland backed the anti-dyke party.",
            "The party is against dykes.",
        ),
        ("Is Osterby threatened?", "The threat to Osterby grows.", "The divers threatened to make for Osterby."),
        ("Were soldiers called back?", "The army recalled its soldiers.", "Soldiers heard calls for bread."),
        ("Did the divers carry out raids?", "Raids by the divers went on.", "The divers carried bread out."),
        ("Did the truce hold?", "The truce held for weeks.", "The truce was signed on Monday."),
        ("Did Norrland send troops?", "Norrland sent reinforcements.", "Norrland sent bread."),
        ("Did Norrland send boats?", "Norrland has pledged boats.", "Lindholm asked Norrland for boats."),
        (
            "Do the divers hold parts of Osterby?",
            "Half of Osterby is held by the divers.",
            "The divers fear for Osterby.",
        ),
        ("Did Osterby bakers strike?", "The Osterby bakers began a strike.", "The Osterby bakers met."),
    ],
)
def test_yes_or_no_is_told_of_the_very_deed(question: str, yes: str, no: str):
    assert told(question, yes)
    assert not told(question, no)


def test_the_fall_of_a_town_is_not_that_of_its_countrys_capital():
    assert not told("Has Warsaw fallen?", "Polish forces saw the fall of Lindholm.")
    assert told("Has Warsaw fallen?", "Polish forces saw the fall of Warsaw.")
    assert not told("Who holds Warsaw?", "The Polish army holds Lindholm.")


def test_the_town_is_one_that_the_sentences_before_name():
    sentence = "The divers took the town."
    assert told("Who took Osterby?", sentence, before="Osterby is a port.", around="Osterby and Lindholm.")
    assert not told("Who took Osterby?", sentence, before="Lindholm is a port.", around="Osterby and Lindholm.")


def test_it_is_who_rules_or_fights_in_the_same_sentence():
    question = "Where did Norrland send boats?"
    assert not told(question, "The army held its port and sent boats to Osterby.", before="Norrland waits.")
    assert told(question, "It sent boats to Osterby.", before="Norrland waits.")


def test_a_pronoun_means_whom_the_quote_names_rather_than_who_was_named_before():
    question = "When did the army retreat?"
    assert not told(question, "Rebel forces reached Osterby before their retreat on Monday.", before="The army waited.")
    assert told(question, "Osterby was shelled before their retreat on Monday.", before="The army waited.")


def test_a_pronoun_or_the_thing_stands_for_what_was_named_before():
    question = "Who founded the Blue Lantern?"
    assert told(question, "Greta Holm founded it in May.", before="The Blue Lantern is a bank.")
    assert told(question, "The bank was founded by Greta Holm.", around="Blue Lantern: a bank.")
    assert told(question, "Founded by Greta Holm in May.", about="The Blue Lantern")
    assert not told(question, "Greta Holm founded it in May.")


def test_he_may_be_whom_the_title_names():
    question = "Whom did Karim Haddad phone?"
    assert told(question, "Then he rang the mayor.", title="Haddad begs for boats")
    assert not told(question, "Then he rang the mayor.", title="Boats are dear")
    assert not told(question, "Then it rang in the mayor's house.", title="Haddad begs for boats")


@pytest.mark.parametrize(
    "question",
    [
        "Who is the mayor of Osterby?",
        "Do the divers agree on how many ferries sank?",
        "Is the harbour open?",
        "Where is the bridge located?",
        "Where did strikes hit?",
        "Where has the race been held?",
        "Why did Greta Holm want a boat?",
        "What did Greta Holm say?",
        "What did the gale do to the boats?",
        "When did the race take place?",
        "Whom did the town start calling back?",
        "Which two boats are named?",
        "Where did they meet, and who came?",
        "Who was \x1b",
    ],
)
def test_what_is_no_plain_deed_is_not_read_so(question: str):
    assert frame(understand(question)) is None


def test_a_name_is_given_where_the_one_asked_for_stands():
    asked = frame(understand("Who phoned Greta Holm?"))
    assert asked is not None
    sentence = "Karim Haddad phoned Greta Holm and Ann Lee."
    places = {name: sentence.find(name) for name in ("Karim Haddad", "Ann Lee")}
    assert is_given(asked, sentence, places["Karim Haddad"], places["Karim Haddad"] + 12)
    assert not is_given(asked, sentence, places["Ann Lee"], places["Ann Lee"] + 7)


@pytest.mark.parametrize("words", HOSTILE)
def test_reading_is_fast_on_hostile_text(words: str):
    for question in ("Who did it to Osterby?", "How many people live there?", "How long did it take?"):
        asked = frame(understand(question))
        if asked:
            tells(asked, Said(words=words[:2_000]))


@given(st.text(max_size=120), st.text(max_size=200))
def test_any_question_and_any_sentence_are_read(question: str, sentence: str):
    if any(character.isalnum() for character in question):
        asked = frame(understand(question))
        assert asked is None or tells(asked, Said(words=sentence)) in {True, False}
