"""Answers made of evidence: quotations with their citations, or the plain word that nothing fits."""

import pytest
from made_hits import part, whole
from made_storm import ARTICLES, HITS, QUERY, STORM
from made_up import article

from rag import answers
from rag.answers import NAME_A_TOPIC, NOT_TOLD, NOTHING_FITS, why_not
from rag.attribution import UNKNOWN_OUTLET
from rag.compare import Dispute, Held
from rag.evidence import Evidence, candidates
from rag.extract import Selection
from rag.question import understand
from rag.types import Article, Citation, Hit, Statement


def evidence(*words: str, hits: list[Hit] = HITS) -> list[Evidence]:
    """The sentences that begin with these words, as if they had been chosen."""
    return [
        Evidence(candidate=candidate, score=1.0, coverage=1.0, closeness=1.0, kind=1.0, names=frozenset())
        for beginning in words
        for candidate in candidates(hits)
        if candidate.text.startswith(beginning)
    ]


def selection(*words: str, hits: list[Hit] = HITS) -> Selection:
    return Selection(evidence=tuple(evidence(*words, hits=hits)), score=0.7654321)


def disputing(*words: str) -> Selection:
    """The sentences that begin with these words as the evidence; the storm's twelve against the wrecks' twenty."""
    storm, wrecks = evidence("The storm", "In all")
    held = (Held(evidence=storm, claim="12"), Held(evidence=wrecks, claim="20"))
    return Selection(evidence=tuple(evidence(*words)), disputes=(Dispute(matter="figure", held=held),), score=0.8)


def verbatim(citation: Citation, articles: dict[str, Article] = ARTICLES) -> bool:
    made = articles[citation.article_id]
    return made.text[citation.start : citation.end] == citation.quote and made.revision == citation.revision


# --- quotations ------------------------------------------------------------------------------------------------------


def test_an_offline_answer_quotes_word_for_word_with_outlet_speaker_and_mark():
    answer = answers.offline(QUERY, selection("The storm", "In all"), hits=HITS)
    assert answer.text == (
        "“The storm sank 12 boats on Monday.” — Harbour Post [1] "
        f"“In all 20 boats sank on Monday, Karim Haddad said.” — {UNKNOWN_OUTLET}, quoting Karim Haddad [2]"
    )
    assert [statement.citations for statement in answer.statements] == [(1,), (2,)]
    assert {statement.support for statement in answer.statements} == {"supported"}
    assert (answer.mode, answer.finished, answer.abstained, answer.score) == ("offline", True, False, 0.7654)
    assert answer.hits == tuple(HITS)


def test_a_quotation_is_what_stands_at_its_offsets():
    answer = answers.offline(QUERY, selection("The storm", "In all"), hits=HITS)
    assert [citation.number for citation in answer.citations] == [1, 2]
    assert all(map(verbatim, answer.citations))


def test_offsets_are_those_of_the_article_where_the_passage_begins_later():
    at = STORM.text.index("The storm sank")
    answer = answers.offline(QUERY, selection("Greta", hits=[part(STORM, at, len(STORM.text))]), hits=HITS)
    (citation,) = answer.citations
    assert citation.quote == "Greta Holm promised new boats." and verbatim(citation)


def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it():
    (citation,) = answers.offline(QUERY, selection("It also"), hits=HITS).citations
    assert citation.quote == "The storm sank 12 boats on Monday. It also broke the old quay." and verbatim(citation)


def test_a_citation_carries_the_byline_the_speaker_and_the_day_of_the_event():
    storm, wrecks = answers.offline(QUERY, selection("The storm", "In all"), hits=HITS).citations
    assert (storm.title, storm.outlet, storm.url, storm.published_at) == (
        "Storm over Osterby",
        "Harbour Post",
        "https://post.example/storm",
        "2021-05-03",
    )
    assert (storm.speaker, wrecks.speaker) == (None, "Karim Haddad")
    assert (storm.event_date, wrecks.event_date) == ("2021-05-03", "2021-05-03")


def test_the_newest_date_is_stated_or_none_where_no_article_has_one():
    assert answers.offline(QUERY, selection("The storm", "In all"), hits=HITS).as_of == "2021-05-05"
    undated = [whole(article("Nobody knows when the boats sank.", name="undated"))]
    answer = answers.offline(QUERY, selection("Nobody", hits=undated), hits=undated)
    assert answer.as_of is None and answer.citations[0].event_date is None


def test_the_first_quotations_are_shown_alone_while_the_others_are_to_come():
    answer = answers.offline(QUERY, disputing("The storm", "In all"), hits=HITS, shown=1)
    assert [citation.number for citation in answer.citations] == [1] and len(answer.statements) == 1
    assert answer.disagreements == ()


# --- what is disputed ------------------------------------------------------------------------------------------------


def test_both_sides_of_a_disagreement_are_cited():
    answer = answers.offline(QUERY, disputing("The storm", "In all"), hits=HITS)
    (found,) = answer.disagreements
    assert (found.about, found.matter, found.kind) == ("How many boats sank on Monday?", "figure", "conflict")
    assert [(position.claim, position.citation) for position in found.positions] == [("12", 1), ("20", 2)]
    assert [position.outlet for position in found.positions] == ["Harbour Post", None]
    assert [position.speaker for position in found.positions] == [None, "Karim Haddad"]


def test_a_side_that_no_statement_cites_is_cited_besides():
    storm = answers.offline(QUERY, selection("The storm"), hits=HITS).citations
    said = Statement(text="Twelve boats sank.", citations=(1,), support="supported")
    answer = answers.assembled(QUERY, [said], storm, hits=HITS, selection=disputing())
    (found,) = answer.disagreements
    assert [position.citation for position in found.positions] == [1, 2]
    assert [citation.number for citation in answer.citations] == [1, 2] and all(map(verbatim, answer.citations))
    assert answer.citations[1].quote.startswith("In all 20 boats")
    assert answer.text == "Twelve boats sank. [1]" and answer.as_of == "2021-05-05"


def test_the_unanswered_parts_of_a_question_are_listed():
    found = Selection(evidence=tuple(evidence("The storm")), score=0.7, unanswered=("Who paid?",))
    assert answers.offline(QUERY, found, hits=HITS).unanswered == ("Who paid?",)


# --- abstention ------------------------------------------------------------------------------------------------------


def nearest(*words: str) -> Selection:
    """Nothing that answers, and what came nearest."""
    return Selection(score=0.123456, nearest=tuple(evidence(*words)))


def test_an_abstention_says_why_for_people_and_for_programs_and_shows_the_nearest():
    answer = answers.abstention(
        QUERY, reason="no_evidence", sentence="Nothing fits.", hits=HITS, selection=nearest("Greta", "Divers")
    )
    assert (answer.abstained, answer.reason, answer.text) == (True, "no_evidence", "Nothing fits.")
    assert (answer.statements, answer.citations, answer.hits) == ((), (), tuple(HITS))
    assert [one.quote for one in answer.nearest] == ["Greta Holm promised new boats.", "Divers raised a wreck."]
    assert [one.number for one in answer.nearest] == [1, 2] and all(map(verbatim, answer.nearest))
    assert answer.score == 0.1235


def test_an_abstention_before_anything_was_weighed_has_no_score():
    answer = answers.abstention(QUERY, reason="empty_library", sentence="It is empty.")
    assert (answer.score, answer.nearest, answer.hits) == (None, (), ())


def why(question: str, *words: str) -> tuple[str, str]:
    return why_not(understand(question), nearest(*words))


def test_a_name_that_no_article_has_is_named_as_the_question_writes_it():
    reason, sentence = why("What did Ines Moreau say of the storm?", "Greta", "Divers")
    assert reason == "not_named" and "Ines Moreau" in sentence


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Why did Greta Holm burn the quay?", "tells of Greta Holm burning the quay"),
        ("When was Greta Holm arrested?", "says that Greta Holm was arrested"),
    ],
)
def test_what_a_question_takes_for_granted_and_no_article_says_is_a_false_premise(question: str, told: str):
    assert why(question, "Greta", "Divers") == ("false_premise", NOT_TOLD.format(told))


def test_what_it_is_asked_whether_it_is_so_is_named_where_nothing_tells_it():
    assert why("Did Greta Holm resign?", "Greta") == ("no_evidence", NOT_TOLD.format("tells of Greta Holm resigning"))
    assert why("Has Greta Holm promised boats?", "Greta") == ("no_evidence", NOTHING_FITS)


def test_who_names_no_topic_is_told_to():
    assert why("Summarise the news.", "Greta", "Divers") == ("no_evidence", NAME_A_TOPIC)


@pytest.mark.parametrize("question", ["What did Greta Holm eat?", "How many songs did Greta Holm write?", "Why?"])
def test_other_questions_that_nothing_answers_have_no_evidence(question: str):
    assert why(question, "Greta", "Divers") == ("no_evidence", NOTHING_FITS)


def test_a_name_that_a_further_article_has_is_not_said_to_be_missing():
    assert why("Why did Karim Haddad sing?", "Greta", "In all")[0] != "not_named"


def test_an_outlet_that_is_asked_is_not_said_to_be_missing():
    assert why("What does the Harbour Post say of measles?", "Greta", "Divers")[0] != "not_named"


def test_where_nothing_came_near_there_is_no_evidence():
    assert why("Why did Greta Holm burn the quay?") == ("no_evidence", NOTHING_FITS)
