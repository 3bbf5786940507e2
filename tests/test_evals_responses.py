"""Answers as run files show them."""

import json
from dataclasses import asdict, fields, replace

from fake_pipeline import answer

from evals.responses import answer_response, displayed, stated
from rag.types import Answer, Statement

WHOLE = answer("How long is the bridge shut?")


def test_a_run_file_holds_every_field_of_an_answer():
    near = replace(WHOLE.citations[0], speaker="the mayor", event_date="2024-11-28")
    given = replace(WHOLE, nearest=(near,), unanswered=("Who pays?",), score=0.75)
    response = json.loads(json.dumps(answer_response(given)))
    others = {"question", "text", "finished"}  # in the sample; as `answer`; always true
    assert set(response) == {field.name for field in fields(Answer)} - others | {"answer"}
    assert response["nearest"] == [asdict(near)]
    assert (response["unanswered"], response["score"]) == (["Who pays?"], 0.75)
    assert response["disagreements"][0]["matter"] == "what"


def test_what_is_marked_as_unsupported_is_not_said():
    wrong = Statement(text="It fell.", citations=(), support="unsupported")
    said = " ".join(one.text for one in WHOLE.statements)
    assert stated(replace(WHOLE, statements=(*WHOLE.statements, wrong))) == said
    assert stated(replace(WHOLE, abstained=True)) == ""


def test_what_is_displayed_is_also_what_is_marked_disputed_and_nearest():
    wrong = Statement(text="It fell.", citations=(), support="unsupported")
    near = replace(WHOLE.citations[0], quote="It stood.")
    shown = displayed(replace(WHOLE, statements=(*WHOLE.statements, wrong), nearest=(near,), abstained=True))
    parts = [one.text for one in (*WHOLE.statements, wrong)] + [one.quote for one in (*WHOLE.citations, near)]
    parts += [position.claim for one in WHOLE.disagreements for position in one.positions]
    assert shown.splitlines() == parts and WHOLE.disagreements
