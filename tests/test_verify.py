"""Every kind of verdict on a statement against the words that it cites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE, part, whole
from made_up import article

from rag.text import sentences
from rag.types import Byline
from rag.verify import MAX_EVIDENCE, MAX_SENTENCES, best_quote, check, evidence, judge
from rag.verify.contrasts import alike, opposed

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
        ("He called it “a quiet war”.", 'Later he called it "a quiet war".'),
        ("The boats sank.", "Nobody saw how the boats sank."),
        ("The Norwegian fleet withdrew.", "Norway withdrew its fleet."),
        ("The boats did not sink.", "The boats never did sink."),
        ("The boats may sink.", "The boats could sink."),
        ("The boats sank on 5 November 2020.", "The boats sank on Nov 5, 2020."),
        ("Prices climbed in May.", "Prices rose and climbed in May, and fell in June."),
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


@pytest.mark.parametrize(
    ("statement", "cited", "reason"),
    [
        ("The boats did not sink.", "The boats sank.", "the statement denies “sink”"),
        (
            "The harbour closed for 30 days in winter.",
            "The harbour closed for 30 hours in winter.",
            "the cited words give 30 another unit (hour there)",
        ),
        (
            "He did not leave the town and paid the owners.",
            "He did leave the town and had not paid the owners.",
            "the statement denies “leave”",
        ),
    ],
)
def test_what_the_cited_words_say_otherwise_is_named(statement: str, cited: str, reason: str):
    verdict = judge(statement, [cited])
    assert (verdict.support, verdict.reason) == ("unsupported", reason)


def test_a_statement_about_something_else_is_unsupported():
    verdict = judge("The mayor resigned over the budget.", ["The boats sank in the storm."])
    assert (verdict.support, verdict.reason) == ("unsupported", "the cited words speak of something else")


# --- partial ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "cited", "reason"),
    [
        ("300 boats sank.", "More than 300 boats sank.", "the cited words bound 300 otherwise"),
        ("The boats sank.", "The boats will sink.", "the cited words are less certain: “sank” is to come there"),
        ("He called it “a quiet war”.", "He called it A quiet war.", "“a quiet war” is not word for word"),
        ("Fish prices in Osterby rose.", "Fish prices in Osterby fell.", "the cited words have the contrary of “rose”"),
        (
            "An unofficial crew left the harbour.",
            "An official crew left the harbour.",
            "the cited words have the contrary of “unofficial”",
        ),
        (
            "The boats sank and angry owners blamed the harbour.",
            "The boats sank and the owners wept.",
            "the cited words do not say “blamed”",
        ),
        (
            "Angry owners of boats in the harbour of Osterby.",
            "Boats in Osterby.",
            "the cited words hold only part of it",
        ),
    ],
)
def test_a_statement_that_goes_further_is_partly_supported(statement: str, cited: str, reason: str):
    verdict = judge(statement, [cited])
    assert (verdict.support, verdict.reason) == ("partial", reason)


def test_a_word_and_its_contrary_may_be_said_of_two_things():
    cited = "Fish prices in Osterby rose while wages in the harbour fell."
    assert judge("Fish prices in Osterby rose.", [cited]).support == "supported"


# --- how far it is held up -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "cited", "score"),
    [
        ("Twelve boats sank.", "In the storm 12 boats sank.", 1.0),
        ("Boats sank.", "Boats sank.", 1.0),
        ("The harbour boats sank.", "Boats sank.", 2 / 3),
        ("They say Karim Haddad left.", "They say he left.", 1 / 3 * 0.65),
        ("Forty boats sank.", "Boats sank.", 0.6),
        ("Fish prices rose.", "Fish prices fell.", 2 / 3 * 0.5 * 0.8),
        ("Boats sank.", "Boats will sink.", 0.8),
        ("Boats sank.", "", 0.0),
    ],
)
def test_the_score_is_the_share_of_words_less_what_is_amiss(statement: str, cited: str, score: float):
    assert judge(statement, [cited]).score == pytest.approx(score)


def test_what_cites_nothing_scores_nothing():
    assert judge("Boats sank.", []).score == 0.0


# --- contraries ------------------------------------------------------------------------------------------------------


def test_contraries_are_opposites_others_of_a_kind_and_negated_words():
    present = frozenset(["fall", "day", "offici", "harbour"])
    assert opposed("rise", present) == {"fall"}
    assert opposed("year", present) == {"day"}
    assert opposed("unoffici", present) == {"offici"}
    assert opposed("offici", frozenset(["unoffici"])) == {"unoffici"}
    assert opposed("harbour", present) == frozenset()
    assert "climb" in alike("rise") and alike("harbour") == {"harbour"}


# --- against a longer text -------------------------------------------------------------------------------------------

REPORT = (
    "Storm over Osterby\n\n"
    "A storm hit the port of Osterby on Tuesday night. Greta Holm, who runs the harbour, was at home. "
    "She said that 12 boats had sunk off the pier. The council of the town meets twice a year. "
    "Schools have a holiday in May. Cafés along the road sell ice. Trains to the capital leave each hour.\n\n"
    "“We will build a longer pier,” she said. In June 2019 the pier was rebuilt. Fish prices have not changed."
)


def cited(statement: str) -> list[str]:
    return [REPORT[start:end] for start, end in evidence(statement, REPORT)]


def test_evidence_is_the_sentences_that_hold_most_of_a_statement():
    assert cited("Trains leave for the capital every hour.") == ["Trains to the capital leave each hour."]
    assert cited("The council meets twice a year and schools have a holiday in May.") == [
        "The council of the town meets twice a year.",
        "Schools have a holiday in May.",
    ]


def test_a_further_sentence_must_bring_words_of_its_own():
    text = "12 boats sank off the pier. Later it was said that 12 boats sank. Owners of the boats wept."
    spans = evidence("12 boats sank off the pier and the owners wept.", text)
    assert [text[start:end] for start, end in spans] == ["12 boats sank off the pier.", "Owners of the boats wept."]


def test_a_synonym_is_evidence_where_the_word_itself_is_not():
    assert cited("Railway trains depart.") == ["Trains to the capital leave each hour."]


def test_nothing_is_evidence_of_what_no_sentence_speaks_of():
    assert cited("A minister resigned over forged letters.") == []
    assert evidence("Boats sank.", "") == () and evidence("", REPORT) == ()


def test_a_name_may_stand_elsewhere_in_the_text_than_what_is_said_of_it():
    found = check("Greta Holm of Osterby said that 12 boats had sunk off the pier.", REPORT)
    assert found.verdict.support == "supported" and not found.verdict.reason
    assert "She said that 12 boats had sunk off the pier." in [REPORT[start:end] for start, end in found.evidence]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("She said that 40 boats had sunk off the pier.", "the text does not have the number 40"),
        ("Karim Haddad said that boats had sunk off the pier.", "the text does not have the name Karim Haddad"),
        ("A storm hit the port of Osterby on Friday night.", "the text does not have the day Friday"),
        ("The pier was rebuilt in June 2018.", "the text does not have the date June 2018"),
        ("She said “we will sell the boats”.", "the text does not have the quotation “we will sell the boats”"),
        ("A minister resigned over forged letters.", "the text speaks of something else"),
    ],
)
def test_what_a_text_does_not_say_is_unsupported(statement: str, reason: str):
    verdict = check(statement, REPORT).verdict
    assert (verdict.support, verdict.reason) == ("unsupported", reason)
    assert verdict.score < 0.6


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("She said that they will build a shorter pier.", "the cited words have the contrary of “shorter”"),
        ("Trains to the capital did not leave.", "one side says “not”"),
        ("Twelve boats sank off the pier and angry owners blamed its builder.", "the text holds only part of it"),
    ],
)
def test_what_a_text_says_otherwise_or_in_part_is_partly_supported(statement: str, reason: str):
    verdict = check(statement, REPORT).verdict
    assert (verdict.support, verdict.reason) == ("partial", reason)


@pytest.mark.parametrize(
    "statement",
    [
        "Greta Holm said they will build “a longer pier” in Osterby.",
        "Holm said “we will build a pier”.",  # its words stand in one sentence
        "Fish prices did not change.",
    ],
)
def test_what_a_text_says_is_supported(statement: str):
    assert check(statement, REPORT).verdict.support == "supported"


def test_the_year_of_a_date_may_stand_apart_in_a_text_but_not_in_a_quote():
    text = "Osterby, 2019. On 3 May the boats sank."
    assert check("The boats sank on 3 May 2019.", text).verdict.support == "supported"
    assert judge("The boats sank on 3 May 2019.", [text]).support == "unsupported"
    assert check("The boats sank on 3 May 2018.", text).verdict.support == "unsupported"


def test_words_that_never_stand_together_lower_the_score_alone():
    text = "Greta Holm left. The mayor of Osterby wept."
    together, apart = check("The mayor wept.", text).verdict, check("Holm wept.", text).verdict
    assert (together.score, apart.score) == (1.0, pytest.approx(0.95))


@given(st.text(), st.text())
def test_evidence_is_a_few_sentences_in_their_order(statement: str, words: str):
    found = check(statement, words)
    assert found.evidence == evidence(statement, words) and len(found.evidence) <= MAX_EVIDENCE
    assert list(found.evidence) == sorted(found.evidence)
    assert {(span.start, span.end) for span in sentences(words)} >= set(found.evidence)
    assert 0.0 <= found.verdict.score <= 1.0
    assert (found.verdict.support == "supported") == (not found.verdict.reason)


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
    assert 0.0 <= verdict.score <= 1.0


@given(st.text())
def test_words_support_themselves(words: str):
    assert judge(words, [words]).support != "unsupported"


@pytest.mark.timeout(30)
@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: repr(words[:6]))
def test_a_hostile_text_takes_no_longer_than_others_to_check(words: str):
    assert check("Boats sank.", words).verdict.support == "unsupported"
    assert check(words, "Boats sank.").verdict.support != "partial"


@pytest.mark.timeout(30)
def test_many_different_words_names_and_dates_take_no_longer_than_others():
    days = [f"On {day % 28 + 1} May 19{day % 90 + 10} Ada{day} left B{day}." for day in range(3000)]
    assert check(" ".join(days), " ".join(reversed(days))).verdict.score < 0.1
