"""Whether evidence answers: by made-up signs one at a time, and by the real embedding model on made-up articles."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE, hits, weigh

from rag import compare
from rag.answerable import ANSWERS, LEAST, MOST_SHARED, USUAL, answerability, read, unmet
from rag.compare import Side
from rag.embedding import Embedder
from rag.evidence import Candidate, Evidence, candidates, rank
from rag.question import understand

GALE = "The gale of Tuesday sank twelve fishing boats in the harbour of Osterby. School lessons went on as usual."
PILOTS = "In Osterby the gale sank twelve fishing boats and tore the roof off the market hall."
BREAD = "Bakers in Lindholm raise the price of rye bread by a tenth. Flour has become dear since the harvest failed."
BOATS = "How many fishing boats did the gale sink in Osterby?"
ABOUT = "The harbour of Osterby is the oldest in Lindholm. Its quay was rebuilt in 1931."
LONG = (
    "Which of the harbours of Osterby and Lindholm, whose quays the council rebuilt after the gale, "
    "had the insurers warned of rotten piles before the fishing boats sank?"
)


def likely(embedder: Embedder, question: str, *articles: str) -> float:
    """The answerability of a question by these articles, every word weighing alike."""
    query, found = understand(question), candidates(hits(*articles))
    ranked = rank(query, found, embed=embedder.embed, weigh=weigh)
    sides = compare.sides(compare.values(query, ranked, embed=embedder.embed, weigh=weigh))
    return answerability(query, ranked, sides, weigh=weigh)


def made(*scored: tuple[str, float, float]) -> list[Evidence]:
    """Sentences of an article each, with their scores and cosines."""
    found = {candidate.text: candidate for candidate in candidates(hits(*(words for words, *_ in scored)))}
    return [evidence(found[words], score, close) for words, score, close in scored]


def evidence(candidate: Candidate, score: float, close: float) -> Evidence:
    return Evidence(candidate=candidate, score=score, coverage=0.8, closeness=close, kind=0.5, names=frozenset())


SANK = "The gale sank twelve fishing boats."
TORE = "The gale tore down the market hall."
MENDED = "Carpenters mended the market hall at last."
WHY = "Why did the gale sink the boats?"


def test_nothing_found_answers_nothing():
    assert answerability(understand(BOATS), [], [], weigh=weigh) == 0.0


def test_the_very_deed_told_with_all_words_answers_however_common_they_are(embedder: Embedder):
    towns = ("Osterby", "Lindholm", "Norrfjord", "Sandvik")
    common = [f"The Tern League controls the harbour of {town} and the roads to Osterby." for town in towns]
    query, rare = understand("Who controls Osterby?"), {"control": 0.01, "osterby": 0.01}
    ranked = rank(query, candidates(hits(*common)), embed=embedder.embed, weigh=lambda term: rare.get(term, 3.0))
    assert ranked[0].coverage == 1.0
    sure, unsure = (
        answerability(query, [replace(ranked[0], score=score)], [], weigh=lambda _: 0.01) for score in (0.6, 0.55)
    )
    assert sure >= ANSWERS > unsure


@pytest.mark.parametrize(
    ("question", "said", "enough"),
    [
        ("How many boats were sunk?", "The gale sank twelve boats.", True),
        ("How many boats have been sunk?", "The gale sank twelve boats.", True),
        ("How many boats are there?", "There are twelve boats.", False),  # it may be those of another harbour
    ],
)
def test_a_sentence_with_every_word_counts_those_to_whom_something_was_done(question: str, said: str, enough: bool):
    counting = Evidence(
        candidate=candidates(hits(said))[0], score=0.8, coverage=1.0, closeness=0.0, kind=1.0, names=frozenset()
    )
    assert (answerability(understand(question), [counting], [], weigh=lambda _: 0.01) >= ANSWERS) is enough
    lacking = replace(counting, coverage=0.9)
    assert answerability(understand(question), [lacking], [], weigh=lambda _: 0.01) < ANSWERS


def test_what_articles_say_is_answered_and_what_they_do_not_is_not(embedder: Embedder):
    assert likely(embedder, BOATS, GALE, PILOTS, BREAD) >= ANSWERS
    assert likely(embedder, BOATS, GALE) >= ANSWERS
    assert likely(embedder, "Who chairs the chess club of Osterby?", GALE, PILOTS, BREAD) < ANSWERS


def test_articles_that_agree_on_a_value_make_an_answer_likelier(embedder: Embedder):
    other = "The gale sank many fishing boats in Osterby, and nobody has counted them yet."
    assert likely(embedder, BOATS, GALE, PILOTS) > likely(embedder, BOATS, GALE, other)


def test_how_big_something_is_is_told_of_the_thing_itself(embedder: Embedder):
    query = understand("How big is Osterby?")
    others = "The raids struck big groups of divers, the agency says."
    own = "Osterby is the second largest town of Norrland."
    read = [rank(query, candidates(hits(said)), embed=embedder.embed, weigh=weigh) for said in (others, own)]
    assert [unmet(query, ranked, weigh=weigh) for ranked in read] == [True, False]


def test_a_question_for_the_first_is_not_answered_by_just_any(embedder: Embedder):
    asked = "When was the first quay in Osterby rebuilt?"
    first = ABOUT.replace("Its quay", "The first quay in Osterby")
    any_one = ABOUT.replace("Its quay", "The long quay in Osterby")
    assert likely(embedder, asked, first, BREAD) > likely(embedder, asked, any_one, BREAD)


def test_a_low_score_is_no_answer_whatever_else_speaks_for_it():
    low, high = (
        answerability(understand(WHY), made((SANK, score, 0.9)), [], weigh=lambda _: 5.0)
        for score in (LEAST - 0.01, LEAST)
    )
    assert low < ANSWERS <= high


def test_what_lacks_many_words_of_the_question_answers_where_all_else_speaks_for_it(embedder: Embedder):
    cup = "The Tern Cup is a yearly rowing regatta for clubs on the coast of Lindholm."
    stolen = "The Tern Cup was stolen from a museum in Lindholm."
    asked = "What sport is the Tern Cup associated with?"
    assert likely(embedder, asked, cup, BREAD) >= ANSWERS > likely(embedder, asked, stolen, BREAD)


def test_nearness_in_meaning_tells_and_so_does_being_ahead_in_it():
    query = understand(WHY)

    def by(near: float, other: float) -> float:
        return answerability(query, made((SANK, 0.8, near), (TORE, 0.5, other), (MENDED, 0.4, other)), [], weigh=weigh)

    assert by(0.9, 0.5) > by(0.6, 0.2)
    assert by(0.8, 0.3) > by(0.8, 0.7)


def test_rare_words_in_common_tell_more_than_common_ones_up_to_a_point():
    query, ranked = understand(WHY), made((SANK, 0.8, 0.7), (TORE, 0.5, 0.6))
    common, rare, rarest = (
        answerability(query, ranked, [], weigh=lambda _, much=much: much) for much in (0.5, 1.5, 50.0)
    )
    assert common < rare < rarest
    assert read(query, ranked, [], weigh=lambda _: 50.0).shared == MOST_SHARED


def test_what_one_article_alone_says_is_not_held_against_it():
    query = understand(WHY)
    alone, level = made((SANK, 0.8, 0.7)), made((SANK, 0.8, 0.7), (TORE, 0.7, 0.7))
    assert answerability(query, alone, [], weigh=weigh) > answerability(query, level, [], weigh=weigh)


def test_a_question_of_many_terms_to_several_outlets_needs_several_articles_on_it():
    query = understand(LONG)
    assert len(query.terms) > USUAL

    def by(others: float) -> float:
        ranked = made((SANK, 0.25, 0.6), (TORE, 0.2, others), (MENDED, 0.2, others))
        return answerability(query, ranked, [], weigh=weigh, joined=True)

    assert by(0.2) < ANSWERS < by(0.6)


def test_a_question_of_many_terms_about_one_thing_needs_a_sentence_on_it_or_a_value():
    query = understand("Which town lost fishing boats, rotten piles, a quay and the roof of a market hall to a gale?")
    assert len(query.terms) > USUAL

    def by(score: float, *votes: float) -> float:
        ranked = made((SANK, score, 0.6), (TORE, 0.2, 0.6), (MENDED, 0.2, 0.6))
        return answerability(query, ranked, [Side(given=(), votes=one) for one in votes], weigh=weigh)

    assert by(0.3) < ANSWERS < by(0.5)
    assert by(0.3, 0.2) < ANSWERS < by(0.3, 0.9)


@pytest.mark.parametrize(
    ("question", "given", "demanded"),
    [
        ("Which mill is to get a £700 million dam?", "The old mill gets a dam for £705 million.", True),
        ("Which mill is to get a dam of nearly 40 metres?", "The mill gets a dam of 39 metres.", True),
        ("Which mill fined 1,200 millers?", "The mill fined some 1,150 millers.", True),
        ("Which mill got a dam in 1931?", "The mill got a dam.", False),
        ("Which mill of the three got a dam?", "The mill got a dam.", False),
        ("Did the mill fine 1,200 millers?", "The mill fined millers.", False),
    ],
)
def test_a_figure_that_no_article_gives_is_of_another_event(question: str, given: str, demanded: bool):
    query, other = understand(question), "The mill of 1704 has a dam for 15 boats and fined millers £3 million."
    assert not unmet(query, made((given, 0.8, 0.7)), weigh=lambda _: 0.1)
    assert unmet(query, made((other, 0.8, 0.7)), weigh=lambda _: 0.1) is demanded
    assert not unmet(query, made((other, 0.8, 0.7)), weigh=lambda _: 0.1, joined=True)


def test_signs_of_a_value_that_nobody_gives():
    query, ranked = understand(BOATS), made((SANK, 0.8, 0.7))
    assert read(query, ranked, [], weigh=weigh).backed == 0.0
    assert read(understand(WHY), ranked, [], weigh=weigh).backed > 0.0


@given(st.text(max_size=60), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_it_is_a_share_whatever_is_asked_and_found(question: str, score: float, close: float):
    query = understand(f"Who sank {question}?")
    ranked = made((SANK, score, close), (TORE, score / 2, close / 2))
    assert 0.0 <= answerability(query, ranked, [], weigh=weigh) <= 1.0


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_text_is_read_without_delay(words: str):
    (ranked,) = made((SANK, 0.5, 0.5))
    hostile = replace(ranked, candidate=replace(ranked.candidate, text=words))
    assert 0.0 <= answerability(understand(WHY), [hostile], [], weigh=weigh) <= 1.0
