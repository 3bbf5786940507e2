"""Conversations in a real browser: begun, asked again and differently, kept, opened, copied, limited."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from chromium import MARKS, ask, begin, calm, chromium, opened, settled, until, watched
from page_pipeline import PagePipeline
from playwright.sync_api import BrowserContext, Page, expect
from serving import serving

from rag.api import create_app
from rag.types import Answer, Filters
from rag.ui import mount, talk

pytestmark = MARKS

KILLED = "How many people have been killed in the fighting?"
DAY = "And on which day did it begin?"
SENT = "What did Iran send?"
QUOTE = "More than 412 people have died in the fighting, 61 of them civilians, the Observatory says."
# What moves of the talk without having been moved by the reader: what it is, and from where to where.
SHIFTS = """() => {
  window.shifted = [];
  const named = (node) => node?.id || node?.className || node?.nodeName;
  new PerformanceObserver((list) => {
    for (const one of list.getEntries().flatMap((entry) => entry.sources)) {
      if (!one.node || !document.getElementById("chat").contains(one.node)) continue;
      window.shifted.push([named(one.node), one.previousRect.y, one.currentRect.y]);
    }
  }).observe({ type: "layout-shift" });
}"""


@pytest.fixture(scope="module")
def pipeline() -> PagePipeline:
    return PagePipeline()


@pytest.fixture(scope="module")
def address(pipeline: PagePipeline) -> Iterator[str]:
    with serving(mount(create_app(pipeline), pipeline)) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def context(browser, address: str, pipeline: PagePipeline):
    """A reader's browser, in which nothing is kept yet."""
    pipeline.articles, pipeline.further = PagePipeline().articles, ()
    for noted in (pipeline.histories, pipeline.limited):
        noted.clear()
    for event in (pipeline.gate, pipeline.stopped):
        event.clear()
    with calm(browser) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context
        pipeline.gate.set()


@pytest.fixture
def page(context: BrowserContext, address: str):
    with watched(context, address) as page:
        yield page


def questions(page: Page) -> list[str]:
    return page.locator("#chat .question [dir]").all_inner_texts()


def kept(page: Page) -> list[str]:
    return page.locator("#kept button.talk").all_inner_texts()


def drawn(page: Page) -> list[str]:
    """What is shown of a conversation: its messages, and the evidence beside."""
    return page.eval_on_selector_all(
        "#chat .question, #chat .answer, #evidence section", "all => all.map(one => one.outerHTML)"
    )


def expect_questions(page: Page, *asked: str) -> None:
    expect(page.locator("#chat .question [dir]")).to_have_text(list(asked))
    settled(page)


def clipboard(page: Page) -> str:
    return page.evaluate("navigator.clipboard.readText()")


# Asked again, differently, next


def test_stopped_before_its_first_words_an_answer_says_so_and_can_be_asked_for_again(page, pipeline: PagePipeline):
    begin(page, "late: who was killed?")
    page.wait_for_selector("#chat .working")
    assert "Searching" in page.locator("#chat .working").inner_text()
    assert page.locator("#chat .working .slow").count() == 1  # the stylesheet shows it after a while
    page.click("#stop-button")
    expect(page.locator("#chat .trouble")).to_have_text("Stopped before the answer was complete.")
    settled(page)
    assert pipeline.stopped.is_set()
    pipeline.gate.set()
    ask(page, KILLED)
    assert questions(page) == ["late: who was killed?", KILLED]


def test_an_answer_asked_for_again_takes_the_place_of_the_old_one_and_of_what_followed(page, pipeline: PagePipeline):
    ask(page, KILLED)
    ask(page, DAY)
    page.click("#chat .retry >> nth=0")
    expect_questions(page, KILLED)
    assert page.locator("#chat .statement").count() == 3
    assert pipeline.histories[-1] == ()
    until(page, "document.querySelectorAll('#kept li').length == 1")
    ask(page, DAY)
    page.click("#chat .retry >> nth=1")
    page.wait_for_selector("#chat .question >> nth=1")
    settled(page)
    assert questions(page) == [KILLED, DAY]


def test_a_question_can_be_asked_differently_and_what_followed_goes(page, pipeline: PagePipeline):
    ask(page, KILLED)
    ask(page, DAY)
    box = page.locator("#chat .editing textarea")
    for leave in (lambda: box.press("Escape"), lambda: page.click("#chat .editing >> text=Cancel")):
        page.click("#chat .edit >> nth=0")
        assert box.input_value() == KILLED
        box.fill("Something else?")
        leave()
        assert box.count() == 0
        assert questions(page) == [KILLED, DAY]
        assert page.evaluate("document.activeElement.className").endswith("edit")
    page.click("#chat .edit >> nth=0")
    box.fill("   ")
    box.press("Enter")
    assert box.count() == 1  # nothing is asked
    box.fill(SENT)
    box.press("Enter")
    expect_questions(page, SENT)
    assert pipeline.histories[-1] == ()
    page.click("#chat .edit")
    assert page.locator("#chat .editing textarea").input_value() == SENT
    assert kept(page) == [SENT]


def test_what_can_be_asked_next_is_shown_and_asked_when_it_is_pressed(page, pipeline: PagePipeline):
    pipeline.further = (SENT, "Who holds <b>Tal Rifaat</b>?")
    ask(page, KILLED)
    options = page.locator("#chat button.option")
    expect(options).to_have_text([SENT, "Who holds <b>Tal Rifaat</b>?"])
    pipeline.further = ()
    options.nth(0).click()
    expect_questions(page, KILLED, SENT)
    assert options.count() == 0
    assert len(pipeline.histories[-1]) == 2


# Several, kept in the browser


def test_conversations_are_listed_opened_named_and_removed(page):
    expect(page.locator("#kept li")).to_have_count(0)
    ask(page, KILLED)
    expect(page.locator("#kept button.talk")).to_have_text([KILLED])
    page.click("#anew")
    expect(page.locator("#chat .question")).to_have_count(0)
    ask(page, SENT)
    expect(page.locator("#kept button.talk")).to_have_text([SENT, KILLED])
    assert page.locator("#kept [aria-current=true]").all_inner_texts() == [SENT]
    page.click(f"#kept button.talk >> text={KILLED}")
    expect_questions(page, KILLED)
    assert page.locator("#kept [aria-current=true]").all_inner_texts() == [KILLED]
    ask(page, DAY)
    expect(page.locator("#kept button.talk")).to_have_text([KILLED, SENT])  # the newest first

    name = page.locator("#kept input")
    page.click("#kept button[title^=Rename] >> nth=0")
    name.fill("Not so")
    name.press("Escape")
    assert kept(page) == [KILLED, SENT]
    assert page.evaluate("document.activeElement.innerText") == KILLED
    page.click("#kept button[title^=Rename] >> nth=0")
    name.fill("<b>The dead</b>")
    name.press("Enter")
    assert kept(page) == ["<b>The dead</b>", SENT]
    page.click("#kept button[title^=Rename] >> nth=1")
    name.fill("What was sent")
    page.fill("#question textarea", "Half a question")
    name.press("Enter")
    assert kept(page) == ["<b>The dead</b>", "What was sent"]
    ask(page, SENT)  # in the conversation that is shown: naming another has not opened that
    assert kept(page) == ["<b>The dead</b>", "What was sent"]
    expect_questions(page, KILLED, DAY, SENT)

    page.click("#kept button[title^=Remove] >> nth=1")
    assert page.evaluate("document.activeElement.title") == "Remove “What was sent” for good"
    page.click("#kept >> text=Keep")
    assert kept(page) == ["<b>The dead</b>", "What was sent"]
    page.click("#kept button[title^=Remove] >> nth=1")
    page.keyboard.press("Enter")
    expect(page.locator("#kept button.talk")).to_have_text(["<b>The dead</b>"])
    expect_questions(page, KILLED, DAY, SENT)
    page.click("#kept button[title^=Remove]")
    page.keyboard.press("Enter")
    expect(page.locator("#kept li")).to_have_count(0)
    expect(page.locator("#chat .question")).to_have_count(0)  # the one that was shown is gone
    assert page.evaluate("localStorage.length") == 0


def test_after_a_reload_all_is_there_as_it_was_and_goes_on(page, address: str, pipeline: PagePipeline):
    ask(page, KILLED)
    ask(page, "What did Russia say about its part in the fighting?")
    ask(page, SENT)
    before = drawn(page)
    assert len(before) == 8 and sum("read/" in one for one in before) == 5
    opened(page, address)
    expect(page.locator("#kept button.talk")).to_have_text([KILLED])
    assert questions(page) == []
    page.click("#kept button.talk")
    expect(page.locator("#chat .question")).to_have_count(3)
    assert drawn(page) == before
    page.click("#mark-1-2")
    expect(page.locator("#reader mark.quote")).to_have_text(
        "They have paid for it: more than 300 insurgents have been killed in heavy clashes."
    )
    page.click("#chat .copy >> nth=0")
    until(page, "navigator.clipboard.readText().then(text => text.includes('Sources:'))")
    ask(page, DAY)
    assert len(pipeline.histories[-1]) == 6 and QUOTE in pipeline.histories[-1][1].content
    assert kept(page) == [KILLED]


def test_two_windows_do_not_overwrite_each_others_conversations(page, context, address: str):
    with watched(context, address) as other:
        ask(page, KILLED)
        ask(other, SENT)
        for window in (page, other):
            expect(window.locator("#kept button.talk")).to_have_text([SENT, KILLED])
        other.click(f"#kept button.talk >> text={KILLED}")  # now both show one, and go on with it
        expect_questions(other, KILLED)
        ask(other, "What did Assad ask his allies for?")
        ask(page, DAY)
        ask(page, SENT)
        expect(page.locator("#kept button.talk")).to_have_text([KILLED, KILLED, SENT])
        opened(page, address)
        for place, asked in ((0, [KILLED, DAY, SENT]), (1, [KILLED, "What did Assad ask his allies for?"])):
            page.click(f"#kept button.talk >> nth={place}")
            expect_questions(page, *asked)


def test_opening_another_ends_the_answer_under_way(page, pipeline: PagePipeline):
    ask(page, SENT)
    page.click("#anew")
    expect(page.locator("#chat .question")).to_have_count(0)
    begin(page, "slow: who was killed?")
    page.wait_for_selector("#chat .growing")
    page.click("#kept button.talk")
    expect_questions(page, SENT)
    assert pipeline.stopped.wait(30)
    ask(page, DAY)
    assert questions(page) == [SENT, DAY]
    assert kept(page) == [SENT]


def test_opening_another_ends_an_answer_that_was_asked_for_again(page, pipeline: PagePipeline):
    ask(page, SENT)
    page.click("#anew")
    expect(page.locator("#chat .question")).to_have_count(0)
    pipeline.gate.set()
    ask(page, "slow: who was killed?")
    pipeline.gate.clear()
    page.click("#chat .retry")
    page.wait_for_selector("#chat .growing")
    page.click("#kept button.talk >> nth=1")
    expect_questions(page, SENT)
    assert pipeline.stopped.wait(30)


def test_nobody_waits_for_what_might_be_asked_next(page, pipeline: PagePipeline, monkeypatch: pytest.MonkeyPatch):
    waiting = threading.Event()

    def late(answer: Answer, *, stop: threading.Event, **_: object) -> tuple[str, ...]:
        waiting.set()
        assert stop.wait(60)
        return ("Too late?",)

    monkeypatch.setattr(pipeline, "suggest", late)
    ask(page, KILLED)
    assert waiting.wait(30)
    monkeypatch.undo()
    page.fill("#question textarea", SENT)
    page.press("#question textarea", "Enter")
    expect_questions(page, KILLED, SENT)
    assert page.locator("#chat button.option").count() == 0


def test_what_is_kept_says_when_its_articles_have_changed_or_gone(page, address: str, pipeline: PagePipeline):
    ask(page, SENT)
    page.click("#anew")
    expect(page.locator("#chat .question")).to_have_count(0)
    ask(page, KILLED)
    changed = pipeline.articles["patrons-hesitate"]
    pipeline.articles["patrons-hesitate"] = replace(changed, text=f"Corrected. {changed.text}", revision="r2")
    del pipeline.articles["three-hundred-insurgents-dead"]
    for place in (0, 1):
        page.click(f"#kept button.talk >> nth={place}")
        expect_questions(page, (KILLED, SENT)[place])
        assert page.locator("#chat .notice").inner_text() == talk.CHANGED


def test_a_damaged_record_is_a_sentence_and_loses_nothing_else(page, address: str):
    ask(page, KILLED)
    place = page.evaluate("Object.keys(localStorage)[0]")
    whole = page.evaluate("place => localStorage.getItem(place)", place)
    wrong = json.loads(whole)
    wrong["exchanges"][0]["answer"]["citations"] = "none"
    wrong["title"], wrong["changed"] = "Other", 1
    records = {
        "half": whole[: len(whole) // 2],
        "number": "5",
        "null": "null",
        "text": '{"exchanges": "abc"}',
        "holes": '{"exchanges": [null]}',
        "wrong": json.dumps(wrong),
    }
    page.evaluate("all => { for (const one in all) localStorage['crosscheck.talk.' + one] = all[one] }", records)
    opened(page, address)
    expect(page.locator("#kept li")).to_have_count(7)
    assert kept(page) == [KILLED, "Other", *["A conversation that cannot be read"] * 5]
    for entry in (1, 2, 6):
        page.click(f"#kept button.talk >> nth={entry}")
        expect(page.locator("#latest .trouble")).to_have_text(talk.UNREADABLE)
        page.click("#anew")
        expect(page.locator("#latest .trouble")).to_have_count(0)
    page.click("#kept button.talk >> nth=0")
    expect_questions(page, KILLED)
    page.click("#kept button[title^=Remove] >> nth=6")
    page.keyboard.press("Enter")
    expect(page.locator("#kept li")).to_have_count(6)
    assert page.evaluate("place => localStorage.getItem(place)", place) == whole


def test_of_a_long_conversation_the_newest_exchanges_stay(page, address: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(talk, "KEPT", 2)
    ask(page, KILLED)
    ask(page, SENT)
    page.fill("#question textarea", DAY)
    page.press("#question textarea", "Enter")
    expect_questions(page, SENT, DAY)
    page.click("#chat .copy >> nth=0")
    until(page, "navigator.clipboard.readText().then(text => text.includes('Iran send'))")
    opened(page, address)
    page.click("#kept button.talk")
    expect_questions(page, SENT, DAY)
    assert kept(page) == [KILLED]


# Copied and exported


def test_copies_and_exports_have_the_citations_in_them(page):
    ask(page, KILLED)
    ask(page, SENT)
    page.click("#chat .copy >> nth=0")
    expect(page.locator("#chat .copy >> nth=0")).to_have_text("Copied")
    copied = clipboard(page)
    assert copied.startswith(f"## {KILLED}\n\n")
    assert QUOTE in copied and "[1]" in copied and "Sources:" in copied and SENT not in copied
    assert "[1] Saffron Coast Wire, “Assad looks to allies after government loses Aleppo”, 2 December 2024" in copied
    assert "article sunday-in-damascus, characters 87 to 178" in copied
    assert "Sources disagree on the figure: people killed in the fighting" in copied
    expect(page.locator("#chat .copy >> nth=0")).to_have_text("Copy")

    page.click("#kept >> text=Copy")
    expect(page.locator("#kept >> text=Copied")).to_be_visible()
    whole = clipboard(page)
    assert whole.startswith(copied) and f"## {SENT}" in whole
    exported = {}
    for ending in ("Markdown", "JSON"):
        with page.expect_download() as download:
            page.click(f"#kept >> text={ending}")
        exported[download.value.suggested_filename] = download.value.path().read_text("utf-8")
    assert exported["How-many-people-have-been-killed-in-the-fighting.md"] == whole
    record = json.loads(exported["How-many-people-have-been-killed-in-the-fighting.json"])
    assert [one["question"] for one in record["exchanges"]] == [KILLED, SENT]
    assert record["exchanges"][0]["answer"]["citations"][0]["quote"] == QUOTE


# Limits


def test_limits_are_shown_hold_for_the_conversation_and_can_be_lifted(page, address: str, pipeline: PagePipeline):
    page.click("#filters > button")
    page.fill("#since input", "2024-12-01")
    page.fill("#until input", "2024-12-05")
    page.click("#outlets input")
    page.click("#outlets [role=option] >> text=Saffron Coast Wire")
    page.click("#article input")
    page.click("#article [role=option] >> text=Assad looks to allies")
    chips = page.locator("#limits .chip")
    limits = ["Saffron Coast Wire ✕", "from 1 December 2024 ✕", "to 5 December 2024 ✕"]
    only = "only “Assad looks to allies after government loses Aleppo” ✕"
    expect(chips).to_have_text([*limits, only])
    page.click("#outlets .token-remove >> nth=0")
    expect(chips).to_have_text([*limits[1:], only])
    page.click("#outlets input")
    page.click("#outlets [role=option] >> text=Saffron Coast Wire")
    expect(chips).to_have_text([*limits, only])
    ask(page, KILLED)
    whole = Filters(
        outlets=("Saffron Coast Wire",), since="2024-12-01", until="2024-12-05", articles=("sunday-in-damascus",)
    )
    assert pipeline.limited[-1] == whole
    chips.nth(3).click()
    expect(chips).to_have_text(limits)
    chips.nth(1).focus()
    page.keyboard.press(" ")
    expect(chips).to_have_text([limits[0], limits[2]])
    assert page.input_value("#since input") == ""
    ask(page, DAY)
    assert pipeline.limited[-1] == replace(whole, since=None, articles=())
    page.click("#anew")
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(chips).to_have_text([limits[0], limits[2]])
    ask(page, SENT)

    pipeline.articles = {"assad-back-from-moscow": pipeline.articles["assad-back-from-moscow"]}
    opened(page, address)
    expect(chips).to_have_count(0)
    page.click("#kept button.talk >> nth=1")
    expect(chips).to_have_text([limits[0], limits[2]])  # though no article is of that outlet any more
    ask(page, "Anything?")
    assert pipeline.limited[-1] == replace(whole, since=None, articles=())


def test_limits_without_a_day_between_them_are_told_and_nothing_is_asked(page, pipeline: PagePipeline):
    page.click("#filters > button")
    page.fill("#since input", "2024-12-05")
    page.fill("#until input", "2024-12-01")
    expect(page.locator("#limits .trouble")).to_contain_text("is after until")
    ask(page, KILLED)
    assert "is after until" in page.locator("#chat .trouble").inner_text()
    assert pipeline.limited == []
    page.fill("#until input", "2024-12-07")
    expect(page.locator("#limits .chip")).to_have_count(2)
    page.click("#chat .edit")
    page.press("#chat .editing textarea", "Enter")
    page.wait_for_selector("#chat .answer")
    expect_questions(page, KILLED)


def test_the_article_that_is_read_can_be_asked_about_alone(page, pipeline: PagePipeline):
    ask(page, KILLED)
    page.click("#mark-1-2")
    called: list[str] = []
    page.on("request", lambda request: called.append(request.url))
    page.click("#reader .deed a")
    expect(page.locator("#limits .chip")).to_have_count(1)
    page.wait_for_timeout(1_000)
    # No field that was set shows the limits by itself: of several calls the last to come back may be the first made.
    assert not [url for url in called if "/run/" in url]
    expect(page.locator("#limits .chip")).to_have_count(1)
    ask(page, DAY)
    assert pipeline.limited[-1] == Filters(articles=("three-hundred-insurgents-dead",))


# The reader's place


@pytest.mark.parametrize("width", [1440, 390])
def test_what_is_read_stays_where_it_is_while_the_answer_grows(page, pipeline: PagePipeline, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    ask(page, SENT)
    begin(page, "slow: who was killed?")
    page.wait_for_selector("#chat .growing a.mark")
    first = "() => document.querySelector('#mark-2-1').closest('p').getBoundingClientRect().top"
    page.evaluate(SHIFTS)
    before = page.evaluate(first)
    pipeline.gate.set()
    page.wait_for_selector("#chat .disagreement >> nth=1")
    settled(page)
    assert abs(page.evaluate(first) - before) <= 1
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.shifted") == []
