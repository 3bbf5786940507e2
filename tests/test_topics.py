"""Questions that only name a topic, and what is told of it."""

import pytest
from made_hits import hits, weigh

from rag import topics
from rag.embedding import Embedder
from rag.evidence import candidates
from rag.extract import Selection, select
from rag.question import understand

HARBOUR = "Norrland sent three tugs to the harbour on Monday. The mayor of Osterby thanked the crews for a long day."
MARKET = "Prices in Norrland rose again. Norrland officials have closed the fish market after the gale of last week."
CRITICS = "The bread was late. Nobody says much, and critics of Norrland wrote that the gale was to blame for it."


def told(embedder: Embedder, question: str, *texts: str) -> Selection:
    return select(understand(question), candidates(hits(*texts)), embed=embedder.embed, weigh=weigh)


@pytest.mark.parametrize(
    ("question", "does", "says"),
    [
        ("What happened in Osterby?", False, False),
        ("What's going on in Osterby?", False, False),
        ("Tell me about Greta Holm", False, False),
        ("Please summarise the latest news about Norrland.", False, False),
        ("What about Osterby?", False, False),
        ("What did Norrland do?", True, False),
        ("What is Norrland doing for Osterby?", True, False),
        ("What did Greta Holm do on Monday?", True, False),
        ("What has Norrland said?", False, True),
        ("What does Norrland think?", False, True),
    ],
)
def test_a_question_may_only_name_its_topic(question: str, does: bool, says: bool):
    asked = topics.broad(understand(question))
    assert asked is not None and (asked.does, asked.says) == (does, says)


@pytest.mark.parametrize(
    "question",
    [
        "What happened to the ferry in Osterby?",
        "What did Norrland say about the ferry?",
        "What did Greta Holm do for a living?",
        "What happened in Osterby in 1999?",
        "Tell me about the weather.",
        "What does Norrland want?",
        "Summarise the news.",
    ],
)
def test_one_that_asks_more_or_names_nothing_is_not_broad(question: str):
    assert topics.broad(understand(question)) is None


@pytest.mark.parametrize(
    ("question", "lacks"),
    [
        ("Summarise the news.", True),
        ("What do the outlets disagree about?", True),
        ("What do the outlets disagree about in Osterby?", False),
        ("Summarise the news about Osterby.", False),
    ],
)
def test_one_on_everything_names_no_topic(question: str, lacks: bool):
    assert topics.lacks_a_name(understand(question)) is lacks


def test_what_somebody_did_is_told_of_their_own_deeds_one_sentence_of_each_outlet(embedder: Embedder):
    found = told(embedder, "What did Norrland do?", HARBOUR, MARKET, CRITICS)
    said = [one.candidate.text for one in found.evidence]
    assert sorted(said) == [
        "Norrland officials have closed the fish market after the gale of last week.",
        "Norrland sent three tugs to the harbour on Monday.",
    ]
    assert found.disputes == ()


def test_of_a_day_only_what_is_told_of_it(embedder: Embedder):
    found = told(embedder, "What did Norrland do on Monday?", HARBOUR, MARKET)
    assert [one.candidate.text for one in found.evidence] == ["Norrland sent three tugs to the harbour on Monday."]


def test_what_is_told_of_a_place_has_it_as_the_subject_first(embedder: Embedder):
    found = told(embedder, "Tell me about Norrland", CRITICS, HARBOUR)
    assert found.evidence[0].candidate.text == "Norrland sent three tugs to the harbour on Monday."


@pytest.mark.parametrize("country", ["The United States", "The U.S.", "The US"])
def test_a_country_of_two_words_or_of_letters_is_the_subject(country: str, embedder: Embedder):
    said = f"{country} says that it fears for the old harbour of Osterby, and for all who live beside it."
    found = told(embedder, "What does the US think?", said, HARBOUR)
    assert [one.candidate.text for one in found.evidence] == [said]


def test_a_name_in_a_list_behind_a_preposition_does_nothing(embedder: Embedder):
    leaning = "The town’s reliance on Sundholm, Norrland and Lindholm has grown, and many people worry about it now."
    found = told(embedder, "What did Norrland do?", leaning, HARBOUR)
    assert [one.candidate.text for one in found.evidence] == ["Norrland sent three tugs to the harbour on Monday."]


def test_where_nothing_names_it_nothing_is_told(embedder: Embedder):
    found = told(embedder, "What did Sundholm do?", HARBOUR, MARKET)
    assert found.evidence == () and found.nearest and found.score < 0.5


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What happened on 5 May?", True),
        ("What happened on Monday, 5 May 2025?", True),
        ("What happened in Osterby on 5 May?", False),
        ("What happened in May?", False),
        ("What did the mayor say on 5 May?", False),
    ],
)
def test_a_question_may_only_name_a_day(question: str, asked: bool):
    assert (topics.day(understand(question)) is not None) == asked


@pytest.mark.parametrize(
    ("question", "weekday"),
    [
        ("What happened on Monday?", "monday"),
        ("What happened on Monday, 5 May 2025?", None),
        ("What happened in Osterby on Monday?", None),
        ("What happened on Monday and Tuesday?", None),
    ],
)
def test_a_question_may_only_name_a_weekday(question: str, weekday: str | None):
    assert topics.weekday(understand(question)) == weekday


def test_of_a_weekday_what_names_it(embedder: Embedder):
    found = told(embedder, "What happened on Monday?", HARBOUR, MARKET)
    assert [one.candidate.text for one in found.evidence] == ["Norrland sent three tugs to the harbour on Monday."]
    assert not told(embedder, "What happened on Saturday?", HARBOUR, MARKET).evidence
    sale = "Shops in Norrland opened early and sold half of what they had on Black Monday."
    assert not told(embedder, "What happened on Monday?", sale, MARKET).evidence


@pytest.mark.parametrize(("later", "one_week"), [("2025-05-10", True), ("2025-05-20", False)])
def test_a_weekday_of_several_weeks_is_none(embedder: Embedder, later: str, one_week: bool):
    texts = HARBOUR, "The ferry sank on Monday."
    articles = candidates([hits(*texts, published_at="2025-05-06")[0], hits(*texts, published_at=later)[1]])
    found = select(understand("What happened on Monday?"), articles, embed=embedder.embed, weigh=weigh)
    assert bool(found.evidence) == one_week


def test_somebodys_words_are_told_wherever_they_are_named(embedder: Embedder):
    council = "The fish market of Osterby is shut, according to the Norrland Council."
    found = told(embedder, "What did the Norrland Council say about Osterby?", council, MARKET)
    assert [one.candidate.text for one in found.evidence] == [council]


def test_of_a_day_that_a_date_names_what_is_told_of_it(embedder: Embedder):
    ferry = "The ferry sank on 5 May 2025. It was raised on 9 May 2025."
    found = told(embedder, "What happened on 5 May?", ferry, MARKET)
    assert [one.candidate.text for one in found.evidence] == ["The ferry sank on 5 May 2025."]
    assert not told(embedder, "What happened on 7 May?", ferry, MARKET).evidence
