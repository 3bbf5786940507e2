"""Which sentences answer a question, by the real embedding model and with every word weighing alike."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_hits import HOSTILE, hits, part, weigh, whole
from made_up import article

from rag.embedding import Embedder
from rag.extract import SHORTLIST, WORDS, Evidence, candidates, choose, clauses, has, quote_of, rank, select
from rag.question import Query, understand
from rag.text import stem
from rag.types import Hit

GALE = (
    "The gale of Tuesday sank twelve fishing boats in the harbour of Osterby. "
    "The mayor, Greta Solberg, blamed the rotten quay. "
    "School lessons went on as usual. "
    "Insurers will send two experts next week."
)
PILOTS = (
    "Pilots had warned of the quay for years. "
    "In Osterby the gale sank twelve fishing boats and tore the roof off the market hall. "
    "The ferry to Lindholm was not running."
)
BREAD = "Bakers in Lindholm raise the price of rye bread by a tenth. Flour has become dear since the harvest failed."


def texts(found: list[Evidence]) -> list[str]:
    return [evidence.candidate.text for evidence in found]


def outlets(found: list[Evidence]) -> list[str | None]:
    return [evidence.candidate.byline.outlet for evidence in found]


def selected(embedder: Embedder, question: str, found: list[Hit]) -> list[Evidence]:
    return select(understand(question), candidates(found), embed=embedder.embed, weigh=weigh)


def ranked(embedder: Embedder, question: str, found: list[Hit]) -> list[Evidence]:
    return rank(understand(question), candidates(found), embed=embedder.embed, weigh=weigh)


# --- candidates ------------------------------------------------------------------------------------------------------


def sentences(text: str) -> list[str]:
    return [candidate.text for candidate in candidates([whole(article(text))])]


def test_headings_questions_and_scraps_are_never_quoted():
    text = "Gale sinks twelve boats in Osterby\n\nWho is to blame for that? The quay was rotten. It was.\n\nRead more:"
    assert sentences(text) == ["The quay was rotten."]


def test_the_sign_of_a_list_is_no_part_of_its_item():
    made = article("- Twelve fishing boats were lost.\n2. The quay is closed now.")
    found = candidates([whole(made)])
    assert [candidate.text for candidate in found] == ["Twelve fishing boats were lost.", "The quay is closed now."]
    assert all(made.text[candidate.start : candidate.end] == candidate.text for candidate in found)


def test_a_sentence_in_two_passages_is_one_candidate():
    made = article(GALE)
    at = GALE.index("The mayor")
    found = candidates([whole(made), part(made, at, len(GALE))])
    assert [candidate.start for candidate in found] == sorted({candidate.start for candidate in found})


@given(st.text())
def test_candidates_stand_in_their_article_where_they_say(text: str):
    made = article(text)
    for candidate in candidates([whole(made)]):
        assert made.text[candidate.start : candidate.end] == candidate.text
        start, quote = quote_of(candidate)
        assert made.text[start : start + len(quote)] == quote and quote.endswith(candidate.text)


# --- quotations that lean on what is before them ---------------------------------------------------------------------


def quotes(text: str) -> list[str]:
    return [quote_of(candidate)[1] for candidate in candidates([whole(article(text))])]


def test_a_sentence_led_by_a_pronoun_keeps_the_one_before():
    first, second = quotes("Greta Solberg is the mayor. She blamed the rotten quay.")
    assert first == "Greta Solberg is the mayor."
    assert second == "Greta Solberg is the mayor. She blamed the rotten quay."


@pytest.mark.parametrize(
    "text",
    [
        "Greta Solberg is the mayor.\n\nShe blamed the rotten quay.",
        "She blamed the rotten quay.",
        "Greta Solberg is the mayor. Shearwaters nest on the quay.",
    ],
    ids=["another paragraph", "nothing before", "no pronoun"],
)
def test_a_sentence_keeps_nothing_where_it_leans_on_nothing(text: str):
    assert quotes(text)[-1] == sentences(text)[-1]


# --- ranking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "beginning"),
    [
        ("How many boats sank in Osterby?", "The gale of Tuesday"),
        ("Who blamed the quay?", "The mayor, Greta Solberg"),
        ("What will the insurers do?", "Insurers will send"),
        ("What did the bakers of Lindholm do to the price of bread?", "Bakers in Lindholm"),
        ("Why is flour dear?", "Flour has become"),
    ],
)
def test_the_sentence_that_answers_comes_first(embedder: Embedder, question: str, beginning: str):
    assert ranked(embedder, question, hits(GALE, BREAD))[0].candidate.text.startswith(beginning)


def test_scores_fall_and_stay_between_nothing_and_one(embedder: Embedder):
    found = ranked(embedder, "How many boats sank in Osterby on Tuesday?", hits(GALE, PILOTS, BREAD))
    scores = [evidence.score for evidence in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)
    assert len(found) == len(candidates(hits(GALE, PILOTS, BREAD)))


def test_the_words_that_a_question_quotes_lift_the_sentence_that_has_them(embedder: Embedder):
    text = "The mayor called the quay “a disgrace to us all”. The mayor called the quay old and dear."
    found = ranked(embedder, "Who called the quay “old and dear”?", hits(text))
    assert found[0].candidate.text == "The mayor called the quay old and dear."


def test_a_name_may_be_said_by_its_seat_of_government():
    assert has(stem("Russian"), frozenset({stem("Moscow")}))
    assert not has(stem("Russian"), frozenset({stem("Paris")}))


def test_of_very_many_sentences_only_the_most_promising_are_read(embedder: Embedder):
    crowd = [f"Crane number {number} stands idle on the western pier." for number in range(2 * SHORTLIST)]
    found = ranked(embedder, "How many boats sank in Osterby?", hits(" ".join(crowd), GALE))
    assert len(found) == SHORTLIST
    assert found[0].candidate.text.startswith("The gale of Tuesday")


def test_a_long_sentence_is_read_by_its_clauses_too():
    assert clauses("The quay was rotten.") == ["The quay was rotten."]
    whole_of_it, *pieces = clauses(
        "Twelve fishing boats were lost in the gale, while the ferry lay safe at the pier, which is of stone."
    )
    assert len(pieces) == 2
    assert all(piece in whole_of_it for piece in pieces)


# --- choice ----------------------------------------------------------------------------------------------------------


def test_the_answer_is_quoted_and_nothing_beside_it(embedder: Embedder):
    found = selected(embedder, "How many fishing boats did the gale sink in Osterby?", hits(GALE, BREAD))
    assert texts(found) == ["The gale of Tuesday sank twelve fishing boats in the harbour of Osterby."]


def test_another_outlet_is_quoted_too_where_it_says_its_own(embedder: Embedder):
    other = "Its union counts thirty boats that sank in Osterby during the storm, far above what the port admits."
    found = selected(embedder, "How many boats sank in Osterby?", hits(GALE, f"{other} The port is silent."))
    assert set(outlets(found)) == {"Outlet 1", "Outlet 2"}


def test_what_only_repeats_is_not_quoted_again(embedder: Embedder):
    found = selected(embedder, "How many fishing boats did the gale sink in Osterby?", hits(GALE, GALE))
    assert outlets(found) == ["Outlet 1"]


@pytest.mark.parametrize(
    "question",
    [
        "How many boats sank in Brackwater?",
        "What did Karim Haddad blame?",
        "Who won the football match?",
        "How much does the ticket to the opera cost?",
        "Which school was closed because of measles?",
        "What will Greta Solberg wear to the ball in Paris?",
    ],
)
def test_nothing_is_quoted_where_the_names_or_the_deeds_are_missing(embedder: Embedder, question: str):
    assert selected(embedder, question, hits(GALE, PILOTS, BREAD)) == []


def test_nothing_is_chosen_of_nothing(embedder: Embedder):
    assert selected(embedder, "How many boats sank?", []) == []
    assert choose([]) == []


def test_each_part_of_a_question_has_its_own_sentence(embedder: Embedder):
    question = "How many fishing boats did the gale sink in Osterby, and who blamed the rotten quay?"
    found = texts(selected(embedder, question, hits(GALE, BREAD)))
    assert any("twelve fishing boats" in sentence for sentence in found)
    assert any("Greta Solberg" in sentence for sentence in found)


def made_evidence(*scores_and_texts: tuple[float, str]) -> list[Evidence]:
    """Sentences of an outlet each with the scores that they are to have."""
    found = candidates(hits(*(text for _, text in scores_and_texts)))
    return [
        Evidence(candidate=candidate, score=score, coverage=1.0, closeness=1.0, kind=1.0, names=frozenset())
        for candidate, (score, _) in zip(found, scores_and_texts, strict=True)
    ]


def sentence(subject: str, words: int) -> str:
    """A sentence of so many words, of which no two share any with other subjects."""
    return " ".join([*(f"{subject}{number}" for number in range(words - 1)), f"{subject}."])


def test_further_sentences_stay_within_the_budget_of_words():
    first, long, short = sentence("quay", WORDS - 20), sentence("boat", 40), sentence("gale", 15)
    found = choose(made_evidence((0.9, first), (0.88, long), (0.87, short)))
    assert texts(found) == [first, short]


def test_a_lead_longer_than_the_budget_is_quoted_alone():
    first, short = sentence("quay", WORDS + 20), sentence("gale", 5)
    assert texts(choose(made_evidence((0.9, first), (0.88, short)))) == [first]


def test_no_more_than_three_are_quoted():
    found = made_evidence(*((0.9, sentence(subject, 6)) for subject in ("quay", "boat", "gale", "roof", "pier")))
    assert len(choose(found)) == 3


def test_a_lead_that_scores_too_low_answers_nothing():
    assert choose(made_evidence((0.1, sentence("quay", 6)))) == []


def test_a_further_sentence_must_have_the_names_that_the_lead_has():
    lead, other = made_evidence((0.9, sentence("quay", 6)), (0.89, sentence("boat", 6)))
    named = Evidence(
        candidate=lead.candidate,
        score=0.9,
        coverage=1.0,
        closeness=1.0,
        kind=1.0,
        names=frozenset({("osterbi",)}),
    )
    assert len(choose([lead, other])) == 2
    assert len(choose([named, other])) == 1


# --- any text --------------------------------------------------------------------------------------------------------


def understood(question: str) -> Query:
    return understand(f"Why {question}"[:2_000])


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200), st.lists(st.text(max_size=200).map(lambda text: f"So it was: {text}."), max_size=3))
def test_any_question_can_be_asked_of_any_text(embedder: Embedder, question: str, articles: list[str]):
    found = candidates(hits(*articles))
    chosen = select(understood(question), found, embed=embedder.embed, weigh=weigh)
    assert {evidence.candidate.start for evidence in chosen} <= {candidate.start for candidate in found}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:6]))
def test_a_hostile_passage_takes_no_longer_than_another(embedder: Embedder, text: str):
    """A passage has at most a few thousand characters; its candidates are found in any text."""
    assert len(candidates(hits(text))) <= len(text)
    assert len(ranked(embedder, "How many boats sank in Osterby?", hits(f"So it is now: {text[:4_000]}."))) <= 1_000
