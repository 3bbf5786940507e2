"""Which of the evidence tells what a question demands beside its words."""

import pytest

from rag.evidence import Candidate, Evidence
from rag.fit import fitting, said_by
from rag.question import understand
from rag.text import stems
from rag.types import Byline


def found(*sentences: str, outlet: str | None = None) -> list[Evidence]:
    """The sentences, each an article's own, as evidence."""
    made = []
    for place, sentence in enumerate(sentences):
        byline = Byline(
            article_id=f"a{place}",
            revision="r",
            title=None,
            outlet=outlet,
            url=None,
            author=None,
            published_at=None,
        )
        candidate = Candidate(
            byline=byline,
            start=0,
            end=len(sentence),
            text=sentence,
            stems=frozenset(stems(sentence)),
            before=(),
            around=frozenset(stems(sentence)),
            previous=None,
        )
        made.append(Evidence(candidate=candidate, score=1.0, coverage=1.0, closeness=1.0, kind=1.0, names=frozenset()))
    return made


def fit(question: str, *sentences: str, outlet: str | None = None) -> list[str]:
    """The sentences, each an article's own, that fit the question."""
    return [one.candidate.text for one in fitting(understand(question), found(*sentences, outlet=outlet))]


def test_what_somebody_said_is_in_nobody_elses_words():
    own = "Karim Haddad of Norrland said that the quay would hold."
    other = "In a call with his Norrland counterpart, the Lindholm minister Greta Holm said that the quay had gone."
    untold = "Norrland sees no danger for the quay."
    assert fit("What did Karim Haddad say about the quay?", own, other) == [own]
    assert fit("What does Norrland say?", own, other, untold) == [own, untold]


def test_how_somebody_responded_is_in_nobody_elses_words():
    other = "In a call with his Norrland counterpart, the Lindholm minister Greta Holm said that the quay had gone."
    own = "Norrland said that it would send boats."
    assert fit("How did Norrland respond?", own, other) == [own]


@pytest.mark.parametrize(
    ("question", "told", "untold"),
    [
        ("What do bakers say?", "Bakers warn that the bread will run out.", "The bread of bakers is warm, they said."),
        ("What did the rebels say?", "Insurgents said that the mill was theirs.", "The army said it held the mill."),
        ("What did the army say?", "The army said it held the mill.", "Insurgent forces said that it was theirs."),
    ],
)
def test_whom_a_noun_alone_names_are_those_who_speak(question: str, told: str, untold: str):
    said = said_by(understand(question), found(told, untold))
    assert said is not None and [one.candidate.text for one in said] == [told]
    assert said_by(understand(question), found(untold)) is None


@pytest.mark.parametrize("question", ["What do the articles say?", "What did Greta Holm say?", "What did bakers do?"])
def test_a_name_or_an_article_is_no_such_noun(question: str):
    assert said_by(understand(question), found("Bakers said that bread will run out.")) is None


def test_the_role_of_somebody_is_told_where_they_are_named():
    own, other = "Norrland plays a part in the talks.", "The role of Sundholm in the talks is over."
    assert fit("What role does Norrland play?", own, other) == [own]


@pytest.mark.parametrize(
    ("question", "told", "untold"),
    [
        ("How old is Ada Vale?", "Ada Vale, 33, dived.", "Ada Vale gave the boat to 12-year-olds."),
        ("How old is Ada Vale?", "The 33-year-old diver spoke.", "Ada Vale met 33-year-old Karim Haddad."),
        ("How old is Ada Vale?", "Ada Vale was born in 1990.", "Greta Holm, 40, met Ada Vale."),
        ("How old is the mill?", "The mill was built in 1880.", "The mill has 12 sails."),
        ("How big is Osterby?", "Osterby is the second-largest town.", "Osterby has a 16:10 clock."),
    ],
)
def test_how_old_or_big_it_is_is_told_of_itself(question: str, told: str, untold: str):
    assert fit(question, told, untold) == [told]


@pytest.mark.parametrize(
    ("question", "told", "untold"),
    [
        ("When was the Tern 15 sold?", "The Tern 15 was sold on 3 May 2021.", "The Tern 14 was sold on 4 June 2021."),
        ("When was Gale Night 9 sold?", "Gale Night IX sold on 3 May 2021.", "Gale Night X was sold on 4 May 2021."),
        ("How much did Ada Vale pay for the mill?", "Ada Vale paid $30 for the mill.", "Ada Vale paid 30 bakers."),
        ("What is the price of the Tern?", "The Tern costs 40 crowns.", "The Tern has 40 sails."),
    ],
)
def test_a_number_is_that_of_the_name_and_a_price_is_money(question: str, told: str, untold: str):
    assert fit(question, told, untold) == [told]


def test_what_tells_of_another_year_does_not_fit():
    told, untold = "The Terns won the Harbour Cup in 2021.", "The Terns won the Harbour Cup in 2019."
    assert fit("Who won the Harbour Cup in 2021?", untold, told) == [told]
    assert fit("Who won the Harbour Cup in 2021?", untold) == []


def test_the_outcome_is_of_the_very_thing():
    own, other = "The outcome of the talks is a truce.", "The outcome of the race is open."
    assert fit("What is the outcome of the talks?", own, other) == [own]


def test_words_are_nobodys_who_is_not_named():
    others = "In a letter he asked friends of Greta Holm for boats against the flood."
    assert fit("What does Norrland say about the flood?", others) == []


def test_an_office_is_held_by_whoever_has_it_there():
    own = "Norrland Prime Minister Greta Holm met Karim Haddad."
    other = "The Lindholm foreign minister Ana Ruiz flew to Norrland."
    assert fit("Who is the Norrland prime minister?", own, other) == [own]


def test_what_an_outlet_says_may_be_in_anybodys_words():
    quoted = "Karim Haddad said that the quay would hold."
    assert fit("What does the Quay Gazette say?", quoted, outlet="Quay Gazette") == [quoted]


def test_a_reason_is_of_the_deed_of_those_who_are_asked_about():
    own = "The divers raided the mill because they were hungry."
    other = "The army raided the mill because the divers were there."
    assert fit("Why did the divers raid the mill?", own, other) == [own]
    assert fit("Why did the divers not raid the mill?", own, other) == [own, other]


def test_yes_or_no_leaves_out_what_tells_of_something_else():
    told = "The divers hold Osterby."
    assert fit("Has Osterby fallen?", told, "The divers advance towards Osterby.") == [told]
