"""Where quoted articles differ on a figure, and where they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.compare import disagreements, speaker
from rag.question import understand
from rag.types import Citation, Disagreement

BOATS = "How many boats sank?"


def citations(*quotes: str, articles: str = "abcdef") -> list[Citation]:
    """Each quote cited from an article of its own, or from those named by a letter each."""
    return [
        Citation(
            number=number,
            article_id=article,
            revision="r",
            start=0,
            end=len(quote),
            quote=quote,
            outlet=f"Outlet {article}",
            published_at=f"2021-05-0{number}",
        )
        for number, (quote, article) in enumerate(zip(quotes, articles, strict=False), start=1)
    ]


def compared(*quotes: str, question: str = BOATS, articles: str = "abcdef") -> tuple[Disagreement, ...]:
    return disagreements(understand(question), citations(*quotes, articles=articles))


def claims(*quotes: str, question: str = BOATS) -> list[str]:
    return [position.claim for found in compared(*quotes, question=question) for position in found.positions]


def test_two_outlets_with_two_figures_disagree():
    (found,) = compared(
        "The storm sank 12 boats, the harbour master Greta Holm said.",
        "According to Karim Haddad, more than 20 boats sank.",
    )
    assert (found.about, found.kind) == (BOATS, "conflict")
    first, second = found.positions
    assert (first.claim, first.outlet, first.speaker, first.date, first.citation) == (
        "12",
        "Outlet a",
        "Greta Holm",
        "2021-05-01",
        1,
    )
    assert (second.claim, second.speaker, second.citation) == ("more than 20", "Karim Haddad", 2)


def test_a_claim_keeps_the_words_that_bound_it():
    assert claims("No more than 12 boats sank.", "At least 20 boats sank.") == ["No more than 12", "At least 20"]
    assert claims("Moreover 12 boats sank.", "Not less than 20 boats sank.") == ["12", "Not less than 20"]


@pytest.mark.parametrize(
    "quotes",
    [
        ("The storm sank 12 boats.", "Twelve boats sank."),
        ("The storm sank 12 boats in Osterby.", "The storm sank 20 boats in Lindholm."),
        ("The storm sank 12 boats.", "The storm sank 20 boats in Lindholm."),
        ("The storm sank 12 boats.", "Dozens of boats sank."),
        ("The storm sank 12 boats.", "The storm sank many boats."),
        ("The storm sank 12 boats.",),
        (),
    ],
    ids=["equal", "two places", "all and one place", "vague", "no figure", "one quote", "none"],
)
def test_what_does_not_contradict_is_no_disagreement(quotes: tuple[str, ...]):
    assert compared(*quotes) == ()


def test_figures_for_the_place_that_is_asked_about_are_rivals():
    quotes = "The storm sank 12 boats in Osterby.", "The storm sank 20 boats in Osterby."
    assert claims(*quotes, question="How many boats sank in Osterby?") == ["12", "20"]


def test_one_article_does_not_disagree_with_itself():
    assert compared("The storm sank 12 boats.", "Later 20 boats sank.", articles="aa") == ()
    assert compared("The storm sank 12 boats.", "Later 20 boats sank.", "It sank 12 boats.", articles="aab") == ()


def test_only_figures_that_were_asked_for_are_compared():
    assert compared("The storm sank 12 boats.", "The storm sank 20 boats.", question="Who raised the boats?") == ()


def test_outlets_that_agree_are_one_position():
    assert claims("It sank 12 boats.", "Twelve boats sank.", "It sank 20 boats.") == ["12", "20"]


# --- speakers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "name"),
    [
        ("Twelve boats sank, the harbour master Greta Holm said.", "Greta Holm"),
        ("The Harbour Office reported that 12 boats sank.", "Harbour Office"),
        ("Twelve boats sank, according to the Union of Pilots.", "Union of Pilots"),
        ("According to officials, 12 boats sank.", None),
        ("The mayor said that Greta Holm had left.", None),
        ("Twelve boats sank off Osterby.", None),
    ],
)
def test_the_speaker_is_whose_word_it_is(quote: str, name: str | None):
    assert speaker(quote) == name


@given(st.lists(st.text(), max_size=4))
def test_any_quotes_can_be_compared(quotes: list[str]):
    for found in compared(*quotes):
        assert len(found.positions) > 1
        assert all(position.claim in quotes[position.citation - 1] for position in found.positions)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("quote", HOSTILE, ids=lambda quote: repr(quote[:6]))
def test_a_hostile_quote_takes_no_longer_than_another(quote: str):
    assert compared(quote, quote) == ()
    assert speaker(quote) is None
