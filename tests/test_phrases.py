"""The parts of an answer in plain words."""

from dataclasses import replace
from typing import get_args

import pytest
from fake_pipeline import answer

from rag import phrases
from rag.types import Disagreement, Matter, Position, Statement

WHOLE = answer("How long is the bridge shut?")


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (None, "date unknown"),
        ("2024-12-01", "1 December 2024"),
        ("2024-12-01T14:00:00+00:00", "1 December 2024, 14:00 UTC"),
        ("2024-12-01T14:00:00+03:00", "1 December 2024, 14:00 UTC+03:00"),
        ("2024-12-01T14:00:00", "1 December 2024, 14:00"),
        ("December 2024", "December 2024"),
    ],
)
def test_a_date_is_shown_as_precisely_as_it_is_known(found: str | None, shown: str):
    assert phrases.day(found) == shown


def test_every_matter_has_its_heading_and_an_update_is_no_disagreement():
    one = Disagreement(about="x", positions=())
    headings = [phrases.heading(replace(one, matter=matter)) for matter in get_args(Matter)]
    assert len(set(headings)) == len(headings)
    assert phrases.heading(replace(one, matter="figure")) == "Sources disagree on the figure"
    assert phrases.heading(replace(one, matter="whether")) == "Sources disagree on what has happened"
    assert phrases.heading(replace(one, kind="update", matter="figure")) == "Changed over time"


@pytest.mark.parametrize(
    ("outlet", "speaker", "date", "said"),
    [
        ("The Post", "General X", "2024-12-01", "300 — The Post, quoting General X, 1 December 2024"),
        ("The Post", None, None, "300 — The Post, own voice, date unknown"),
        (None, "General X", None, "300 — outlet unknown, quoting General X, date unknown"),
        (None, None, None, "300 — outlet unknown, date unknown"),
    ],
)
def test_a_position_says_whose_it_is(outlet: str | None, speaker: str | None, date: str | None, said: str):
    assert phrases.side(Position(claim="300", citation=1, outlet=outlet, speaker=speaker, date=date)) == said


def test_a_quote_says_whom_it_quotes_and_of_which_day_it_speaks():
    cited = WHOLE.citations[0]
    assert phrases.provenance(cited) == []
    spoken = replace(cited, speaker="General X", event_date="2024-11-30")
    assert phrases.provenance(spoken) == ["quoting General X", "speaks of 30 November 2024"]


def test_the_date_of_an_answer_says_where_dates_are_missing():
    dated = replace(WHOLE, citations=WHOLE.citations[:1])
    assert phrases.as_of(dated) == "As of 29 November 2024."
    assert phrases.as_of(WHOLE) == "As of 29 November 2024, as far as dates are known."
    assert phrases.as_of(replace(WHOLE, finished=False)) is None
    assert phrases.as_of(replace(WHOLE, as_of=None)) is None


def test_a_refusal_does_not_repeat_the_question_as_the_part_that_is_not_answered():
    parts = ("how long is  the bridge shut?", "Who says so?")
    assert phrases.unanswered(replace(WHOLE, abstained=True, unanswered=parts)) == ("Who says so?",)
    assert phrases.unanswered(replace(WHOLE, unanswered=parts)) == parts


def test_the_nearest_evidence_is_never_introduced_as_an_answer():
    assert "do not answer" in phrases.nearest(replace(WHOLE, abstained=True))
    assert "without answering" in phrases.nearest(WHOLE)


def test_a_conversation_builds_on_what_stands():
    assert phrases.standing(WHOLE) == WHOLE.text
    wrong = Statement(text="It fell.", citations=(), support="unsupported", reason="No source says so.")
    kept = WHOLE.statements[0]
    assert phrases.standing(replace(WHOLE, statements=(wrong, kept))) == f"{kept.text} [1]"
