"""What the page's handlers do, without a browser: answers that overlap, and orders that nobody should have sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_pipeline import HOSTILE, PagePipeline

from rag.errors import UsageError
from rag.types import Filters
from rag.ui import desk, fields, orders, talk
from rag.ui.desk import SHOWN, Desk
from rag.ui.talk import Talk

KILLED = "How many people have been killed?"
NEW = Talk()
NO_LIMITS = ([], "", "", None)
WAIT = 30  # seconds at most, for what takes none


def reader(name: str = "one") -> Any:
    return SimpleNamespace(session_hash=name)


def value(view: list[Any], name: str) -> Any:
    return view[SHOWN.index(name)]


class Asking:
    """A question under way in a thread of its own, as Gradio runs it; `views` are what it has shown so far."""

    def __init__(self, views: Iterator[list[Any]]) -> None:
        self.views: list[list[Any]] = []
        self.begun = threading.Event()  # it has shown an answer's first words, or stands before them
        self._source = views
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for view in self._source:
            self.views.append(view)
            if len(self.views) > 1 or "late:" in str(value(view, "chat")):
                self.begun.set()

    def last(self) -> list[Any]:
        self._thread.join(WAIT)
        assert not self._thread.is_alive()
        return self.views[-1]


@pytest.fixture
def pipeline() -> Iterator[PagePipeline]:
    pipeline = PagePipeline()
    yield pipeline
    pipeline.gate.set()


@pytest.fixture
def page(pipeline: PagePipeline) -> Desk:
    return Desk(pipeline)


def asked(page: Desk, question: str, held: Talk = NEW, limits: Any = NO_LIMITS, name: str = "one") -> Talk:
    *_, last = page.ask(question, held, *limits, reader(name))
    return value(last, "talk")


def begun(page: Desk, question: str, held: Talk = NEW) -> Asking:
    asking = Asking(page.ask(question, held, *NO_LIMITS, reader()))
    assert asking.begun.wait(WAIT)
    return asking


def test_a_second_question_ends_the_one_under_way_and_waits_for_its_end(page: Desk, pipeline: PagePipeline):
    first = begun(page, "slow: who was killed?")
    held = asked(page, KILLED, value(first.views[-1], "talk"))
    assert pipeline.stopped.is_set()
    assert value(first.last(), "talk").exchanges[0].answer.notice == desk.STOPPED
    one, two = held.exchanges
    assert one.answer is not None and one.answer.finished and one.answer.notice == desk.STOPPED
    assert two.answer is not None and len(two.answer.statements) == 3


def test_readers_do_not_end_each_others_answers(page: Desk, pipeline: PagePipeline):
    first = begun(page, "slow: who was killed?")
    asked(page, KILLED, name="another")
    page.leave(reader("another"))
    page.anew(reader("a third"))
    assert not pipeline.stopped.is_set()
    pipeline.gate.set()
    assert len(value(first.last(), "talk").exchanges[0].answer.statements) == 3


@pytest.mark.parametrize("question", ["late: who was killed?", "slow: who was killed?"])
def test_a_stopped_answer_keeps_what_it_had_and_says_so(page: Desk, pipeline: PagePipeline, question: str):
    under_way = begun(page, question)
    assert page.stop(reader())["value"] == "Stopping"
    last = under_way.last()
    (exchange,) = value(last, "talk").exchanges
    said = exchange.trouble if exchange.answer is None else exchange.answer.notice
    assert said == desk.STOPPED
    assert (value(last, "ask")["visible"], value(last, "stop")["visible"]) == (True, False)
    assert json.loads(value(last, "record").removeprefix("<pre>").removesuffix("</pre>").replace("&quot;", '"'))
    assert "value" not in page.stop(reader())  # there is nothing to stop any more


@pytest.mark.parametrize("question", ["late: who was killed?", "slow: who was killed?"])
def test_an_answer_that_another_view_took_the_place_of_shows_nothing_of_itself_any_more(page: Desk, question: str):
    record = {"name": "n", "exchanges": [{"question": "Which?", "trouble": "It failed."}]}
    opening = json.dumps({"do": "open", "record": record})
    for instead in (page.anew, lambda request: next(page.order(opening, Talk(), *NO_LIMITS, request))):
        under_way = begun(page, question)
        view = instead(reader())
        assert under_way.last() is view or under_way.last() == view
        assert "killed" not in str(value(view, "chat"))
    assert "Which?" in str(value(view, "chat")) and value(view, "talk").name == "n"


def test_every_answer_ends_with_its_reader_or_with_the_server(page: Desk, pipeline: PagePipeline):
    for end in (lambda: page.leave(reader()), page.end):
        pipeline.stopped.clear()
        under_way = begun(page, "slow: who was killed?")
        end()
        under_way.last()
        assert pipeline.stopped.is_set()


def test_each_conversation_has_a_name_of_its_own_and_keeps_it(page: Desk):
    one, other = asked(page, KILLED), asked(page, KILLED)
    assert one.name and other.name and one.name != other.name
    again = asked(page, "What did Iran send?", one)
    assert again.name == one.name
    *_, last = page.order(json.dumps({"do": "retry", "turn": 1}), again, *NO_LIMITS, reader())
    assert value(last, "talk").name == one.name and len(value(last, "talk").exchanges) == 1


def test_a_long_conversation_lets_its_oldest_exchanges_go(page: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(talk, "KEPT", 2)
    held = Talk()
    for number in range(4):
        held = asked(page, f"{number}?", held)
    assert [one.question for one in held.exchanges] == ["2?", "3?"] and held.dropped == 2


def test_limits_that_cannot_be_are_told_in_place_of_an_answer(page: Desk, pipeline: PagePipeline):
    for limits, told in (
        (([], "Sunday", "", None), "“Sunday” is not a day; write it as 2024-12-01."),
        (([], "2024-12-05", "2024-12-01", None), "since: 2024-12-05 is after until, 2024-12-01; swap them."),
    ):
        (exchange,) = asked(page, KILLED, limits=limits).exchanges
        assert exchange.trouble == told
        assert told in page.limit(*limits)  # type: ignore[arg-type]
    assert pipeline.limited == []


def test_limits_become_filters_and_can_be_lifted_one_by_one():
    limits = (["A", "B"], " 2024-12-01 ", "20241205", "x")
    assert fields.filters(*limits) == Filters(
        outlets=("A", "B"), since="2024-12-01", until="2024-12-05", articles=("x",)
    )
    assert fields.of(fields.filters(*limits)) == (("A", "B"), "2024-12-01", "2024-12-05", "x")
    assert fields.without(limits, "outlets", "A") == (["B"], *limits[1:])
    assert fields.without(limits, "since", None)[1] is fields.without(limits, "articles", 0)[3] is None
    assert fields.without(limits, "else", ["A"]) == limits
    with pytest.raises(UsageError):
        fields.filters(None, "2024-13-01", None, None)


def test_what_a_filter_offers_can_be_sent_whatever_is_in_it():
    pipeline = PagePipeline()
    odd = next(iter(pipeline.articles.values())).byline
    strange = type(odd)(article_id="x", revision="r", title=f"{HOSTILE}{'long ' * 100}", outlet="\ud800")
    ((label, name),) = fields.choices([strange])
    assert name == "x" and len(label) < 200 and label.encode()
    assert fields.outlets([strange.outlet, odd.outlet, "É", "a"]) == ["a", "The Quillbrook Dispatch", "É", "\ufffd"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
ORDERS = st.fixed_dictionaries(
    {"do": st.sampled_from(["retry", "edit", "open", "only", "lift", "else"]) | JSON},
    optional=dict.fromkeys(("turn", "question", "record", "article", "limit", "value"), JSON),
)
HELD = asked(Desk(PagePipeline()), KILLED)


@given(ORDERS)
def test_no_order_that_a_browser_can_send_breaks_the_page(order: dict[str, Any]):
    page = Desk(PagePipeline())
    for view in page.order(json.dumps(order), HELD, *NO_LIMITS, reader()):
        assert len(view) == len(SHOWN)


@pytest.mark.parametrize("text", ["", "[]", "5", "{", '{"do": ["retry"]}', "[" * 99_999, '"\\ud800"', "null"])
def test_what_is_no_order_does_nothing(page: Desk, text: str):
    before = page.pipeline.histories  # type: ignore[attr-defined]
    (view,) = page.order(text, HELD, *NO_LIMITS, reader())
    assert all("value" not in one for one in view) and before == []
    assert orders.read(text) in ({}, {"do": ["retry"]})


@pytest.mark.parametrize("turn", [0, 2, -1, 10**30, "1", 1.0, None, [1]])
def test_only_a_turn_that_there_is_can_be_asked_again(page: Desk, pipeline: PagePipeline, turn: object):
    list(page.order(json.dumps({"do": "edit", "turn": turn, "question": "x"}), HELD, *NO_LIMITS, reader()))
    assert pipeline.histories == []


def test_an_order_that_fails_unforeseen_is_told_and_logged(
    page: Desk, pipeline: PagePipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(article_id: str) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(pipeline, "_article", broken)
    (view,) = page.order('{"do": "only", "article": "x"}', HELD, *NO_LIMITS, reader())
    assert desk.FAILED in value(view, "chips") and "secret internals" in caplog.text


def test_an_order_to_a_library_that_cannot_be_read_is_told(page: Desk, pipeline: PagePipeline):
    pipeline.broken = True
    record = {"name": "n", "exchanges": json.loads(json.dumps([_kept(HELD)]))}
    (view,) = page.order(json.dumps({"do": "open", "record": record}), HELD, *NO_LIMITS, reader())
    assert "python ingest.py --check" in value(view, "latest")


def _kept(held: Talk) -> Any:
    return json.loads(talk.kept(held))["exchange"]


def test_further_questions_that_cannot_be_found_are_none(
    page: Desk, pipeline: PagePipeline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    pipeline.further = ("Where?", KILLED)
    view = page.further(asked(page, KILLED), reader())
    assert value(view, "talk").exchanges[-1].suggestions == ("Where?",)
    assert "value" not in value(page.further(value(view, "talk"), reader()), "chat")  # they are there

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(pipeline, "suggest", broken)
    assert "value" not in value(page.further(asked(page, KILLED), reader()), "chat")
    assert "secret internals" in caplog.text
