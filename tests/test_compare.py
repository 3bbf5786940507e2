"""Where articles differ: values by the votes of articles, what excludes what, and what readers are told of it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_hits import HOSTILE, hits, weigh

from rag.compare import (
    Dispute,
    Given,
    Held,
    Side,
    altered,
    called,
    disagreement,
    matter_of,
    named,
    opposed,
    rivals,
    sides,
    values,
)
from rag.embedding import Embedder
from rag.evidence import Evidence, candidates, rank
from rag.question import Query, understand
from rag.types import Citation, Disagreement

BOATS = "How many boats sank in Osterby?"
TWELVE = "The storm sank 12 boats in Osterby."
TWENTY = "Divers say that 20 boats sank in Osterby."


def ranked(embedder: Embedder, question: str, *texts: str) -> list[Evidence]:
    """The sentences of these articles, best first."""
    return rank(understand(question), candidates(hits(*texts)), embed=embedder.embed, weigh=weigh)


def given_values(embedder: Embedder, question: str, *texts: str) -> list[Given]:
    found = ranked(embedder, question, *texts)
    return values(understand(question), found, embed=embedder.embed, weigh=weigh)


def sorted_out(embedder: Embedder, question: str, *texts: str) -> list[Side]:
    return sides(given_values(embedder, question, *texts))


def of_each_side(found: list[Side]) -> list[tuple[str, list[str]]]:
    """The words of each value and the articles that give it."""
    return [(side.given[0].claim.words, sorted(side.voices)) for side in found]


# --- values ----------------------------------------------------------------------------------------------------------


def test_what_each_article_gives_is_found_best_first(embedder: Embedder):
    found = given_values(embedder, BOATS, TWELVE, TWENTY)
    assert {(one.claim.words, one.article) for one in found} == {("12", "article-1"), ("20", "article-2")}
    votes = [one.vote for one in found]
    assert votes == sorted(votes, reverse=True) and all(0.0 <= vote <= 1.0 for vote in votes)


def test_where_no_value_is_asked_for_none_is_found(embedder: Embedder):
    assert given_values(embedder, "Why did boats sink in Osterby?", TWELVE, TWENTY) == []
    assert sides([]) == [] and rivals([]) == []


def test_articles_vote_and_each_counts_once(embedder: Embedder):
    loud = "In Osterby 20 boats sank. It is true that 20 boats sank in Osterby. Boats that sank in Osterby: all 20."
    found = sorted_out(embedder, BOATS, loud, TWELVE, "Twelve boats sank in Osterby during the storm.")
    assert [articles for _, articles in of_each_side(found)] == [["article-2", "article-3"], ["article-1"]]


def test_copied_words_are_no_second_witness(embedder: Embedder):
    (side,) = sorted_out(embedder, BOATS, TWELVE, TWELVE)
    assert len(side.given) == 1


def test_a_rival_stands_against_the_first_value(embedder: Embedder):
    first, second = sorted_out(embedder, BOATS, TWELVE, TWENTY)
    assert [one.claim.words for one in rivals([first, second])] == [second.given[0].claim.words]
    assert rivals([first]) == []


def test_an_entry_on_the_thing_that_is_asked_about_stands_with_a_weaker_vote(embedder: Embedder):
    lead = "The Varn flows through the province of Osterby in the province of Osterby."
    entry = "Varn (river) The Varn is a river. It rises in the wet forests of Lindholm, far from any town or road."
    found = sorted_out(embedder, "Through which province does the Varn flow?", lead, entry)
    weakened = [
        Side(
            given=tuple(replace(one, vote=0.2) if one.article == "article-2" else one for one in side.given), votes=1.0
        )
        for side in found
    ]
    assert rivals(weakened) == []
    assert [one.article for one in rivals(weakened, ("varn",))] == ["article-2"]
    assert rivals(weakened, ("holm",)) == []


def test_what_an_article_says_beside_the_first_value_is_no_rival(embedder: Embedder):
    both = "Twelve boats sank in Osterby during the storm. It broke 20 windows of boats in Osterby."
    found = sorted_out(embedder, BOATS, TWELVE, both)
    assert found[0].given[0].claim.words == "12" and rivals(found) == []


def test_values_of_another_unit_are_no_rivals(embedder: Embedder):
    question = "How long is the bridge of Osterby?"
    found = sorted_out(
        embedder, question, "The bridge of Osterby is 12 km long.", "The bridge of Osterby is 3 years old."
    )
    assert rivals(found) == []


def test_a_sentence_that_is_alike_but_for_the_value_has_been_altered(embedder: Embedder):
    texts = [
        "The storm sank 12 boats in Osterby on Monday night.",
        "The storm sank 90 boats in Osterby on Monday night.",
    ]
    found = ranked(embedder, BOATS, *texts)
    pair = altered(values(understand(BOATS), found, embed=embedder.embed, weigh=weigh), found[0])
    assert pair is not None and {one.claim.words for one in pair} == {"12", "90"}
    alone = ranked(embedder, BOATS, *texts[:1])
    assert altered(values(understand(BOATS), alone, embed=embedder.embed, weigh=weigh), alone[0]) is None


@pytest.mark.parametrize(
    ("question", "sentence", "matter"),
    [
        (BOATS, TWELVE, "figure"),
        ("When did the dyke of Osterby break?", "The dyke of Osterby broke on 3 May 2021.", "date"),
        ("Where did the ministers meet?", "The ministers met in Osterby.", "place"),
        ("Who runs the port of Lindholm?", "The port of Lindholm is run by Greta Solberg.", "who"),
        ("Which song did the choir of Lindholm sing?", "The choir of Lindholm sang “the long tide”.", "what"),
    ],
)
def test_a_value_is_a_figure_a_date_a_place_a_person_or_something_else(
    embedder: Embedder, question: str, sentence: str, matter: str
):
    first, *_ = given_values(embedder, question, sentence)
    assert matter_of(understand(question), first.claim) == matter


# --- what excludes what ----------------------------------------------------------------------------------------------

VISITED = "Greta Solberg visited Osterby on Sunday."
DENIED = "Greta Solberg never visited Osterby, her office says."
VISIT = "Did Greta Solberg visit Osterby?"


def against(embedder: Embedder, question: str, *texts: str) -> Dispute | None:
    found = ranked(embedder, question, *texts)
    return opposed(understand(question), found, found)


def test_two_articles_that_exclude_each_other_are_a_dispute(embedder: Embedder):
    dispute = against(embedder, VISIT, VISITED, DENIED)
    assert dispute is not None and dispute.matter == "whether"
    assert {held.evidence.candidate.byline.outlet for held in dispute.held} == {"Outlet 1", "Outlet 2"}
    assert all(held.claim and held.claim in held.evidence.candidate.text for held in dispute.held)


def test_one_article_does_not_exclude_itself_nor_do_those_that_agree(embedder: Embedder):
    assert against(embedder, VISIT, f"{VISITED} {DENIED}") is None
    assert against(embedder, VISIT, VISITED, "Greta Solberg has visited Osterby.") is None
    assert against(embedder, VISIT) is None


TAKERS = "Who are the forces that took Osterby?"


def names_of(embedder: Embedder, question: str, *texts: str) -> Dispute | None:
    return named(understand(question), ranked(embedder, question, *texts))


def test_what_outlets_call_somebody_is_a_dispute_of_names(embedder: Embedder):
    dispute = names_of(
        embedder, TAKERS, "Insurgents took Osterby on Sunday.", "Osterby was taken by French-backed rebels."
    )
    assert dispute is not None and dispute.matter == "name"
    assert {held.claim for held in dispute.held} == {"Insurgents", "French-backed rebels"}
    assert {held.evidence.candidate.byline.outlet for held in dispute.held} == {"Outlet 1", "Outlet 2"}


def test_each_article_is_quoted_with_its_shortest_sentence_that_names_them_and_no_label_twice(embedder: Embedder):
    question = "What do the outlets call the advancing forces?"
    long = "Insurgents advanced on Ayr in the night, as the mayor of the town had feared for weeks and said so often."
    texts = (f"{long} Insurgents advanced on Vale.", "Rebels advanced on Vale.", "The rebels advanced on Vale at dawn.")
    found = called(understand(question), ranked(embedder, question, *texts), most=40)
    assert found is not None
    assert [one.claim for one in found.held] == ["Insurgents", "Rebels"]
    assert [one.evidence.candidate.text for one in found.held] == [
        "Insurgents advanced on Vale.",
        "Rebels advanced on Vale.",
    ]
    assert called(understand(question), ranked(embedder, question, texts[1], texts[2]), most=40) is None


def test_names_are_compared_only_where_they_are_asked_for_and_differ(embedder: Embedder):
    insurgents, rebels = "Insurgents took Osterby on Sunday.", "Osterby was taken by French-backed rebels."
    assert names_of(embedder, TAKERS, insurgents, "Insurgents seized Osterby.") is None
    assert names_of(embedder, TAKERS, f"{insurgents} {rebels}") is None
    assert names_of(embedder, "When did the rebels take Osterby?", insurgents, rebels) is None


# --- for readers -----------------------------------------------------------------------------------------------------


def told(*quotes: tuple[str, str, str | None, str | None]) -> Disagreement:
    """A dispute of claims, each with the quote that makes it, its outlet and its date, as readers see it."""
    found = candidates(hits(*(quote for _, quote, *_ in quotes)))
    held = tuple(
        Held(
            evidence=Evidence(candidate=one, score=1.0, coverage=1.0, closeness=1.0, kind=1.0, names=frozenset()),
            claim=claim,
        )
        for one, (claim, *_) in zip(found, quotes, strict=True)
    )
    cited = {
        place: Citation(
            number=place + 4,
            article_id=f"article-{place + 1}",
            revision="r",
            start=0,
            end=len(quote),
            quote=quote,
            outlet=outlet,
            published_at=date,
        )
        for place, (_, quote, outlet, date) in enumerate(quotes)
    }
    return disagreement(understand(BOATS), Dispute(matter="figure", held=held), cited)


def test_each_position_has_its_claim_citation_outlet_speaker_and_date():
    found = told(
        ("12", "The storm sank 12 boats, the harbour master Greta Holm said.", "Harbour Post", "2021-05-03"),
        ("20", "Divers saw that 20 boats sank.", None, None),
    )
    assert (found.about, found.kind, found.matter) == (BOATS, "conflict", "figure")
    first, second = found.positions
    assert (first.claim, first.citation, first.outlet, first.date) == ("12", 4, "Harbour Post", "2021-05-03")
    assert first.speaker is not None and "Greta Holm" in first.speaker
    assert (second.claim, second.citation, second.outlet, second.speaker, second.date) == ("20", 5, None, None, None)


POST, GAZETTE = "Harbour Post", "Quay Gazette"
EARLY, LATE = "2021-05-03", "2021-05-06"
HOLM = "The storm sank {} boats, Greta Holm said."


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ((TWELVE, POST, EARLY), (TWENTY.replace("Divers say that ", ""), POST, LATE), "update"),
        ((HOLM.format(12), POST, EARLY), (HOLM.format(20), GAZETTE, LATE), "update"),
        ((TWELVE, POST, EARLY), (TWELVE.replace("12", "20"), POST, EARLY), "conflict"),
        ((TWELVE, POST, EARLY), (TWELVE.replace("12", "20"), POST, None), "conflict"),
        ((TWELVE, POST, EARLY), (TWELVE.replace("12", "20"), GAZETTE, LATE), "conflict"),
        ((TWELVE, None, EARLY), (TWELVE.replace("12", "20"), None, LATE), "conflict"),
        ((HOLM.format(12), POST, EARLY), ("The storm sank 20 boats, Karim Haddad said.", POST, LATE), "conflict"),
        ((HOLM.format(12), POST, EARLY), (HOLM.format(20), POST, EARLY), "conflict"),
    ],
    ids=[
        "an outlet later",
        "a speaker later",
        "an outlet on one day",
        "an outlet at an unknown time",
        "another outlet",
        "unknown outlets",
        "another speaker",
        "a speaker on one day",
    ],
)
def test_only_the_same_voice_at_another_time_brings_an_update(
    one: tuple[str, str | None, str | None], other: tuple[str, str | None, str | None], kind: str
):
    (left, *first), (right, *second) = one, other
    for quotes in ([("12", left, *first), ("20", right, *second)], [("20", right, *second), ("12", left, *first)]):
        found = told(*quotes)
        assert found.kind == kind
        if kind == "update":
            assert [position.claim for position in found.positions] == ["12", "20"]


# --- any text --------------------------------------------------------------------------------------------------------

QUESTIONS = [BOATS, VISIT, TAKERS, "When did it happen?", "Who did it?", "Which sport is it?"]


def everything(embedder: Embedder, query: Query, texts: list[str]) -> None:
    """All that is looked for, of any texts."""
    found = rank(query, candidates(hits(*texts)), embed=embedder.embed, weigh=weigh)
    given_claims = values(query, found, embed=embedder.embed, weigh=weigh)
    made = sides(given_claims)
    assert {one.voice for one in rivals(made)}.isdisjoint(made[0].voices if made else ())
    for dispute in (opposed(query, found, found), named(query, found)):
        assert dispute is None or len({held.evidence.candidate.byline.article_id for held in dispute.held}) > 1


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(QUESTIONS), st.lists(st.text(max_size=100).map(lambda text: f"So it was {text}."), max_size=3))
def test_any_articles_can_be_compared(embedder: Embedder, question: str, texts: list[str]):
    everything(embedder, understand(question), texts)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:6]))
def test_a_hostile_article_takes_no_longer_than_another(embedder: Embedder, text: str):
    """A passage has at most a few thousand characters."""
    for question in QUESTIONS:
        everything(embedder, understand(question), [f"So it was {text[:4_000]}.", f"So it is {text[:3_000]}."])
