"""Every kind of verdict on a statement against the words that it cites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE, part, whole
from made_up import article

from rag.text import sentences
from rag.types import Byline
from rag.verify import MAX_SENTENCES, best_quote, judge

POST = Byline(article_id="a", revision="r", outlet="Harbour Post", title="Storm hits Osterby", author="Greta Holm")


# --- supported -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        ("Twelve boats sank.", "In the storm 12 boats sank."),
        ("Over 300 boats sank.", "More than 300 boats sank."),
        ("The boats sank in May 2021.", "On 3 May 2021 the boats sank."),
        ("The boats sank on Monday.", "It was Monday when the boats sank."),
        ("Greta Holm left Osterby.", "On her way Greta Holm left the port of Osterby."),
        ("He called it “a quiet war”.", 'Later he called it "A quiet war".'),
        ("The Norwegian fleet withdrew.", "Norway withdrew its fleet."),
        ("The boats did not sink.", "The boats never did sink."),
        ("The boats may sink.", "The boats could sink."),
    ],
)
def test_a_statement_that_says_what_is_cited_is_supported(statement: str, cited: str):
    verdict = judge(statement, [cited])
    assert (verdict.support, verdict.reason) == ("supported", "")


def test_several_quotes_may_support_a_statement_together():
    statement = "Greta Holm left Osterby after 12 boats sank."
    assert judge(statement, ["Greta Holm left Osterby.", "12 boats sank."]).support == "supported"
    assert judge(statement, ["Greta Holm left Osterby."]).support == "unsupported"


def test_outlet_title_and_author_may_be_named_where_they_are_cited():
    statement = "According to Greta Holm of the Harbour Post, boats sank in Osterby."
    assert judge(statement, ["Boats sank."], bylines=[POST]).support == "supported"
    assert judge(statement, ["Boats sank."]).support == "unsupported"


# --- unsupported -----------------------------------------------------------------------------------------------------


def test_a_statement_that_cites_nothing_is_unsupported():
    assert judge("Boats sank.", []).reason == "cites nothing"


@pytest.mark.parametrize(
    ("statement", "cited", "lacks"),
    [
        ("Forty boats sank.", "12 boats sank.", "the number Forty"),
        ("The boats sank on 3 May 2021.", "The boats sank on 3 May.", "the date 3 May 2021"),
        ("The boats sank on 3 May.", "The boats sank on 4 May.", "the date 3 May"),
        ("The boats sank on Monday.", "The boats sank on Tuesday.", "the day Monday"),
        ("They say Karim Haddad left.", "They say Greta Holm left.", "the name Karim Haddad"),
        ("He called it “a quiet war”.", "He called it a loud war.", "the quotation “a quiet war”"),
    ],
)
def test_what_the_cited_words_do_not_have_is_named(statement: str, cited: str, lacks: str):
    verdict = judge(statement, [cited])
    assert (verdict.support, verdict.reason) == ("unsupported", f"the cited words do not have {lacks}")


def test_a_statement_about_something_else_is_unsupported():
    verdict = judge("The mayor resigned over the budget.", ["The boats sank in the storm."])
    assert (verdict.support, verdict.reason) == ("unsupported", "the cited words speak of something else")


# --- partial ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "cited", "reason"),
    [
        ("300 boats sank.", "More than 300 boats sank.", "the cited words bound 300 otherwise"),
        ("The boats did not sink.", "The boats sank.", "one side says “not”"),
        ("The boats sank.", "Nobody saw how the boats sank.", "one side says “not”"),
        ("The boats sank.", "The boats will sink.", "the cited words are less certain"),
        (
            "The boats sank and angry owners blamed the harbour.",
            "The boats sank and the owners wept.",
            "the cited words hold only part of it",
        ),
    ],
)
def test_a_statement_that_goes_further_is_partly_supported(statement: str, cited: str, reason: str):
    verdict = judge(statement, [cited])
    assert (verdict.support, verdict.reason) == ("partial", reason)


# --- the words to cite -----------------------------------------------------------------------------------------------

STORM = article(
    "The storm came at night. It sank 12 boats off Osterby. Their owners wept. "
    "Greta Holm promised them new ones. The budget is another matter."
)


def quoted(statement: str, *, start: int = 0) -> str:
    first, last = best_quote(statement, part(STORM, start, len(STORM.text)).passage)
    return STORM.text[first:last]


def test_the_best_quote_is_the_sentence_that_holds_most_of_a_statement():
    assert quoted("Twelve boats sank off Osterby.") == "It sank 12 boats off Osterby."
    assert quoted("Holm promised new boats.") == "Greta Holm promised them new ones."


def test_neighbours_are_quoted_with_it_where_they_bring_words_of_their_own():
    assert quoted("Boats sank off Osterby and owners wept.") == "It sank 12 boats off Osterby. Their owners wept."


def test_offsets_are_those_of_the_article_and_not_of_the_passage():
    at = STORM.text.index("Their owners")
    assert quoted("Greta Holm promised them new boats.", start=at) == "Greta Holm promised them new ones."


@given(st.text(), st.text())
def test_a_quote_is_a_few_sentences_of_its_passage(statement: str, words: str):
    hit = whole(article(words))
    start, end = best_quote(statement, hit.passage)
    assert 0 <= start <= end <= len(words)
    assert len(sentences(words[start:end])) <= MAX_SENTENCES
    assert words[start:end].strip() or not words.strip()


# --- any text --------------------------------------------------------------------------------------------------------


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_statement_gets_a_verdict(statement: str, quotes: list[str]):
    verdict = judge(statement, quotes, bylines=[POST])
    assert (verdict.support == "supported") == (not verdict.reason)


@given(st.text())
def test_words_support_themselves(words: str):
    assert judge(words, [words]).support != "unsupported"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: repr(words[:6]))
def test_hostile_words_take_no_longer_than_others(words: str):
    assert judge(words, [words]).support == "supported"
    assert judge("Boats sank.", [words]).support == "unsupported"
