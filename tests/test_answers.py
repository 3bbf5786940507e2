"""Answers made of evidence, and of what a model wrote as far as it is true to its passages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import part, whole
from made_up import article

from rag import answers
from rag.answers import UNKNOWN_OUTLET
from rag.extract import Evidence, candidates
from rag.question import understand
from rag.types import Answer, Article, Citation, Hit

STORM = article(
    "Storm over Osterby\n\n"
    "The storm sank 12 boats on Monday. It also broke the old quay. Greta Holm promised new boats.",
    name="storm",
    outlet="Harbour Post",
    title="Storm over Osterby",
    url="https://post.example/storm",
    published_at="2021-05-03",
)
WRECKS = article(
    "Divers raised a wreck. In all 20 boats sank on Monday, Karim Haddad said.",
    name="wrecks",
    published_at="2021-05-05",
)
ARTICLES = {made.id: made for made in (STORM, WRECKS)}
HITS = [whole(STORM, rank=1), whole(WRECKS, rank=2)]
QUERY = understand("How many boats sank on Monday?")


def evidence(*words: str, hits: list[Hit] = HITS) -> list[Evidence]:
    """The sentences that begin with these words, as if they had been chosen."""
    return [
        Evidence(candidate=candidate, score=1.0, coverage=1.0, closeness=1.0, kind=1.0, names=frozenset())
        for beginning in words
        for candidate in candidates(hits)
        if candidate.text.startswith(beginning)
    ]


def verbatim(citation: Citation, articles: dict[str, Article] = ARTICLES) -> bool:
    made = articles[citation.article_id]
    return made.text[citation.start : citation.end] == citation.quote and made.revision == citation.revision


def drafted(reply: str, *, hits: list[Hit] = HITS) -> Answer:
    return answers.from_model(QUERY, reply, hits=hits).answer


def dropped(reply: str, *, hits: list[Hit] = HITS) -> int:
    return answers.from_model(QUERY, reply, hits=hits).dropped


# --- quotations ------------------------------------------------------------------------------------------------------


def test_an_offline_answer_quotes_word_for_word_with_outlet_and_mark():
    answer = answers.offline(QUERY, evidence("The storm", "In all"), hits=HITS)
    assert answer.text == (
        "“The storm sank 12 boats on Monday.” — Harbour Post [1] "
        f"“In all 20 boats sank on Monday, Karim Haddad said.” — {UNKNOWN_OUTLET} [2]"
    )
    assert [statement.citations for statement in answer.statements] == [(1,), (2,)]
    assert {statement.support for statement in answer.statements} == {"supported"}
    assert (answer.mode, answer.finished, answer.abstained) == ("offline", True, False)
    assert answer.hits == tuple(HITS)


def test_a_quotation_is_what_stands_at_its_offsets():
    answer = answers.offline(QUERY, evidence("The storm", "In all"), hits=HITS)
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert all(map(verbatim, answer.citations))


def test_offsets_are_those_of_the_article_where_the_passage_begins_later():
    at = STORM.text.index("The storm sank")
    answer = answers.offline(QUERY, evidence("Greta", hits=[part(STORM, at, len(STORM.text))]), hits=HITS)
    (citation,) = answer.citations
    assert citation.quote == "Greta Holm promised new boats." and verbatim(citation)


def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it():
    (citation,) = answers.offline(QUERY, evidence("It also"), hits=HITS).citations
    assert citation.quote == "The storm sank 12 boats on Monday. It also broke the old quay." and verbatim(citation)


def test_a_citation_carries_the_byline():
    citation = answers.offline(QUERY, evidence("The storm"), hits=HITS).citations[0]
    assert (citation.title, citation.outlet, citation.url, citation.published_at) == (
        "Storm over Osterby",
        "Harbour Post",
        "https://post.example/storm",
        "2021-05-03",
    )


def test_what_outlets_disagree_on_and_the_newest_date_are_stated():
    answer = answers.offline(QUERY, evidence("The storm", "In all"), hits=HITS)
    assert [[position.claim for position in found.positions] for found in answer.disagreements] == [["12", "20"]]
    assert answer.as_of == "2021-05-05"


def test_no_date_is_known_where_no_article_has_one():
    undated = [whole(article("Nobody knows when the boats sank.", name="undated"))]
    assert answers.offline(QUERY, evidence("Nobody", hits=undated), hits=undated).as_of is None


def test_an_abstention_says_why_for_people_and_for_programs():
    answer = answers.abstention(QUERY, reason="no_evidence", sentence="Nothing fits.", hits=HITS)
    assert (answer.abstained, answer.reason, answer.text) == (True, "no_evidence", "Nothing fits.")
    assert (answer.statements, answer.citations, answer.hits) == ((), (), tuple(HITS))


# --- a model's reply -------------------------------------------------------------------------------------------------


def test_a_supported_sentence_stands_with_the_words_it_rests_on():
    answer = drafted("Twelve boats sank on Monday [1].")
    assert answer.text == "Twelve boats sank on Monday. [1]"
    (citation,) = answer.citations
    assert citation.quote == "The storm sank 12 boats on Monday." and verbatim(citation)
    assert (answer.mode, answer.statements[0].support) == ("model", "supported")


def test_an_unsupported_sentence_is_dropped_and_counted():
    reply = "Twelve boats sank on Monday [1]. Ninety boats sank on Monday [1]. The mayor resigned."
    assert drafted(reply).text == "Twelve boats sank on Monday. [1]"
    assert dropped(reply) == 2


def test_a_mark_that_was_never_shown_is_dropped_and_its_sentence_where_it_has_no_other():
    assert drafted("Twelve boats sank on Monday [1][7].").text == "Twelve boats sank on Monday. [1]"
    assert drafted("Twelve boats sank on Monday [7].").statements == ()


def test_citations_are_numbered_anew_in_the_order_of_the_answer():
    answer = drafted("Divers raised a wreck [2]. Twelve boats sank on Monday [1]. Karim Haddad said 20 boats sank [2].")
    assert [statement.citations for statement in answer.statements] == [(1,), (2,), (3,)]
    assert [(citation.number, citation.article_id) for citation in answer.citations] == [
        (1, "wrecks"),
        (2, "storm"),
        (3, "wrecks"),
    ]
    assert all(map(verbatim, answer.citations))


def test_the_same_words_are_one_citation():
    answer = drafted("Twelve boats sank on Monday [1]. On Monday the storm sank boats [1].")
    assert [statement.citations for statement in answer.statements] == [(1,), (1,)]
    assert len(answer.citations) == 1


def test_a_passage_shown_twice_is_cited_once_by_a_sentence():
    hits = [whole(STORM), part(STORM, STORM.text.index("The storm sank"), len(STORM.text), rank=2)]
    assert drafted("Twelve boats sank on Monday [1][2].", hits=hits).statements[0].citations == (1,)


def test_a_sentence_that_goes_further_stands_as_partly_supported():
    (statement,) = drafted("More than 12 boats sank on Monday [1].").statements
    assert (statement.support, statement.reason) == ("partial", "the cited words bound 12 otherwise")


def test_a_models_answer_shows_what_its_quotations_disagree_on():
    answer = drafted("Twelve boats sank on Monday [1]. Karim Haddad spoke of 20 boats on Monday [2].")
    assert len(answer.disagreements) == 1


@pytest.mark.parametrize("reply", ["", "   ", "[1]", "NOT_IN_PASSAGES"])
def test_a_reply_without_a_sentence_makes_no_statement(reply: str):
    assert drafted(reply).statements == () and dropped(reply) == 0


WORDS = st.lists(
    st.sampled_from(
        ["Twelve boats sank", " on Monday", ".", " ", "[1]", "[2]", "[9]", "(1)", "Greta Holm ", "\n", "“", "”"]
    )
).map("".join)


@given(WORDS | st.text())
def test_whatever_a_model_writes_is_cited_verbatim_or_left_out(reply: str):
    answer = drafted(reply)
    numbers = [citation.number for citation in answer.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(map(verbatim, answer.citations))
    assert all(statement.citations and set(statement.citations) <= set(numbers) for statement in answer.statements)
    assert all(statement.support != "unsupported" for statement in answer.statements)
