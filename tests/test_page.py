"""The page in a real browser, over the real application and a pipeline whose answers are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from chromium import MARKS, ask, calm, chromium, settled, watched
from page_pipeline import ARABIC, ARTICLES, HOSTILE, PagePipeline
from playwright.sync_api import expect
from serving import serving

from rag.api import create_app
from rag.ui import mount

pytestmark = MARKS

KILLED = "How many people have been killed in the fighting?"
QUOTES = [
    "More than 412 people have died in the fighting, 61 of them civilians, the Observatory says.",
    "They have paid for it: more than 300 insurgents have been killed in heavy clashes.",
]


@pytest.fixture(scope="module")
def pipeline() -> PagePipeline:
    return PagePipeline()


@pytest.fixture(scope="module")
def address(pipeline: PagePipeline) -> Iterator[str]:
    with serving(mount(create_app(pipeline), pipeline)) as url:
        yield url


@pytest.fixture(scope="module")
def context():
    with chromium() as browser:
        yield calm(browser)


@pytest.fixture
def page(context, address: str, pipeline: PagePipeline):
    pipeline.histories.clear()
    pipeline.articles, pipeline.broken = PagePipeline().articles, False
    pipeline.gate.clear()
    pipeline.stopped.clear()
    with watched(context, address) as page:
        yield page
        pipeline.gate.set()


def width_scrolled(page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_an_example_is_answered_with_marks_and_the_exact_words_beside(page):
    page.click("#chat .example >> nth=0")
    page.wait_for_selector("#chat .answer a.mark >> nth=2")
    settled(page)
    assert page.locator("#chat .statement >> nth=0").inner_text().startswith(f"“{QUOTES[0]}” — Saffron Coast Wire")
    assert page.locator("#chat .statement a.mark").all_inner_texts() == ["[1]", "[2]", "[3]"]
    assert page.locator("#evidence mark").all_inner_texts()[:2] == QUOTES
    first, second = page.locator("#evidence .dateline").all_inner_texts()[:2]
    assert (first, second) == ("Saffron Coast Wire · 2 December 2024", "The Quillbrook Dispatch · date unknown")
    assert "Among their spoils" in page.locator("#evidence .card >> nth=1").inner_text()  # the words around the quote
    rows = page.locator("#chat .disagreement tbody tr").all_inner_texts()
    assert [re.split(r"\s*[\t\n]\s*", row) for row in rows] == [
        ["more than 412 people", "Saffron Coast Wire", "the Observatory", "2 December 2024", "[1]"],
        ["more than 300 insurgents", "The Quillbrook Dispatch", "own voice", "date unknown", "[2]"],
        ["more than 300 insurgents", "The Quillbrook Dispatch", "own voice", "date unknown", "[2]"],
        ["more than 412 people", "Saffron Coast Wire", "the Observatory", "2 December 2024", "[1]"],
    ]
    captions = [caption.casefold() for caption in page.locator("#chat .disagreement caption").all_inner_texts()]
    assert captions == ["sources disagree on the figure: people killed in the fighting", "changed over time"]
    told = page.locator("#evidence .told").all_inner_texts()
    assert told == ["quoting the Observatory · speaks of 30 November 2024"]
    assert page.locator("#chat .asof").inner_text() == "As of 2 December 2024, as far as dates are known."
    page.click(
        "#chat .disagreement tbody tr >> nth=1 >> td >> nth=1 >> a.mark"
    )  # a cell leads to its quote, as its number does
    expect(page.locator("#reader mark.quote")).to_have_text(QUOTES[1])


def test_an_answer_grows_and_can_be_stopped(page, pipeline: PagePipeline):
    page.fill("#question textarea", "slow: who was killed?")
    page.click("#ask-button")
    page.wait_for_selector("#chat .answer.growing a.mark")
    assert page.locator("#chat .statement").count() == 1
    assert page.locator("#evidence mark").all_inner_texts() == QUOTES[:1]
    page.click("#stop-button")
    page.wait_for_selector("#chat .notice")
    settled(page)
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert page.locator("#chat .notice").inner_text() == "Stopped before the answer was complete."
    assert page.locator("#chat .statement").count() == 1
    ask(page, KILLED)
    assert page.locator("#chat .statement").count() == 1 + 3


def test_a_question_entered_meanwhile_waits_in_the_box_and_a_double_click_asks_once(page, pipeline: PagePipeline):
    page.fill("#question textarea", "slow: who was killed?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .answer.growing")
    page.fill("#question textarea", KILLED)
    page.press("#question textarea", "Enter")
    pipeline.gate.set()
    settled(page)
    assert page.locator("#chat .statement").count() == 3
    assert page.input_value("#question textarea") == KILLED
    page.dblclick("#ask-button", force=True)
    page.wait_for_selector("#chat .disagreement >> nth=3")
    settled(page)
    assert page.locator("#chat .question").count() == 2


def test_a_new_conversation_ends_the_answer_under_way(page):
    page.fill("#question textarea", "slow: who was killed?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .answer.growing")
    page.click("#anew")
    page.wait_for_selector("#chat .placeholder-content")
    settled(page)
    ask(page, "Which day?")
    assert page.locator("#chat .question [dir]").all_inner_texts() == ["Which day?"]


def test_the_answer_ends_when_its_page_is_closed(page, pipeline: PagePipeline):
    page.fill("#question textarea", "slow: who was killed?")
    page.press("#question textarea", "Enter")
    page.wait_for_selector("#chat .answer.growing")
    page.close()
    assert pipeline.stopped.wait(10)


def test_a_follow_up_carries_the_conversation_and_shows_how_it_was_understood(page, pipeline: PagePipeline):
    ask(page, KILLED)
    ask(page, "And on which day did it begin?")
    asked, answered = pipeline.histories[-1]
    assert (asked.role, asked.content, answered.role) == ("user", KILLED, "assistant")
    assert QUOTES[0] in answered.content and "[1]" in answered.content and "<" not in answered.content
    understood = page.locator("#chat .understood").all_inner_texts()
    assert understood == ["Understood as: On which day did the rebel attack on Aleppo begin?"]
    page.click("#anew")
    page.wait_for_selector("#chat .example")
    assert page.locator("#chat .question").count() == 0
    assert "In the library" in page.locator("#latest h2").text_content()
    ask(page, "Which day?")
    assert pipeline.histories[-1] == ()


def test_a_mark_leads_to_its_words_in_the_article_and_its_card_to_the_mark(page):
    ask(page, KILLED)
    page.focus("#evidence-1-2 a.back")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "mark-1-2"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"  # the focus can be seen
    assert page.locator("#mark-1-2.lit").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#reader mark.quote")).to_have_text(QUOTES[1])
    expect(page.locator("#reader h1")).to_have_text("Over 300 insurgents dead as Assad turns to Moscow and Tehran")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "mark-1-2"
    ask(page, "Which day?")
    assert not page.locator("#evidence-1-2").is_visible()  # folded with the answer before
    page.click("#mark-1-2")
    expect(page.locator("#reader mark.quote")).to_have_text(QUOTES[1])
    assert page.url.count("#") == 0


def test_support_short_of_full_is_marked_and_a_failing_model_is_a_quiet_line(page):
    ask(page, "What did Russia say about its part in the fighting?")
    assert page.locator("#chat .badge").all_inner_texts() == ["partly supported", "not supported by the articles"]
    assert page.locator("#chat .why").all_inner_texts() == [
        "The article says only that it is reported.",
        "No source gives this number.",
    ]
    assert page.locator("#chat s").all_inner_texts() == ["and it has lost four aircraft."]
    assert page.eval_on_selector("#chat s", "e => getComputedStyle(e).textDecorationLine") == "line-through"
    said = page.locator("#chat .answer").inner_text()  # a line cannot be heard: the badge is read before the words
    assert said.index("not supported by the articles") < said.index("and it has lost four aircraft.")
    ask(page, "What did Assad ask his allies for?")
    assert page.locator("#chat .notice").inner_text().startswith("The model did not answer within 60 seconds")


def test_an_abstention_looks_unlike_an_answer_and_shows_what_came_nearest(page):
    ask(page, "What was the closing price of Brent crude?")
    assert page.locator("#chat .answer.abstained .verdict").inner_text().casefold() == "no answer"
    assert page.locator("#chat a.mark").count() == 0
    assert "do not answer the question" in page.locator("#evidence .aside").inner_text()
    assert page.locator("#evidence .card.nearest").count() == 1
    ask(page, "When did the army retake Aleppo?")
    assert page.locator("#chat .unanswered li").all_inner_texts() == ["Which army took it back?"]
    near = page.locator("#latest .card.nearest")
    assert near.locator("mark").all_inner_texts() == ["The insurgents are now pressing on to Hama."]
    assert "The Quillbrook Dispatch · date unknown" in near.inner_text()
    assert page.locator("#latest a.back").count() == 0


def test_what_is_answered_in_part_says_which_part_is_not(page):
    ask(page, "What did Iran send?")
    assert page.locator("#chat .statement").count() == 1
    assert page.locator("#chat .unanswered p").inner_text() == "The articles do not answer:"
    assert page.locator("#chat .unanswered li").all_inner_texts() == ["What has Iran sent?"]
    assert page.locator("#chat .asof").inner_text() == "As of 7 December 2024."
    assert page.locator("#evidence .card").count() == 2
    assert page.locator("#evidence .aside").inner_text() == "Nearest to what is not answered, without answering it:"
    assert page.locator("#evidence .card.nearest .told").inner_text() == "quoting the foreign minister"


def test_after_a_failure_the_question_box_works(page, caplog: pytest.LogCaptureFixture):
    ask(page, "explode")
    assert page.locator("#chat .trouble").inner_text().startswith("The answer failed on the server")
    assert "secret" not in page.content()
    assert "secret internals" in caplog.text
    ask(page, "x" * 100_000)
    assert (
        page.locator("#chat .trouble >> nth=1").inner_text().startswith("The question has more than 2,000 characters")
    )
    page.fill("#question textarea", "   ")
    page.press("#question textarea", "Enter")
    ask(page, KILLED)
    assert page.locator("#chat .statement").count() == 3
    assert width_scrolled(page) == 0


def test_markup_in_questions_articles_and_models_stays_text(page):
    ask(page, HOSTILE.replace("\ud800", ""))
    assert page.locator("#evidence mark").all_text_contents() == [HOSTILE.replace("\ud800", "?")] * 2
    assert page.evaluate("window.hacked") is None
    inside = "#chat .message-wrap :is({0}), #evidence :is({0})"
    for tags in (
        "script, iframe, img, form, input, svg, math, object, embed, style, link, .mermaid, .katex",
        "h1, pre",
    ):
        assert page.locator(inside.format(tags)).count() == 0
    links = page.eval_on_selector_all(
        "#chat .message-wrap a, #evidence a", "all => all.map(a => a.getAttribute('href'))"
    )
    assert links and all(link.startswith(("#mark-", "#coverage", "#timeline", "read/hostile?")) for link in links)
    assert page.eval_on_selector_all("#chat *, #evidence *", "all => all.filter(e => e.id == 'location').length") == 0
    assert (
        page.eval_on_selector_all(
            "#chat .message-wrap *, #evidence *",
            "all => all.filter(e => getComputedStyle(e).position == 'fixed').length",
        )
        == 0
    )
    assert width_scrolled(page) == 0


def test_right_to_left_words_run_right_to_left(page):
    ask(page, "arabic")
    assert page.locator("#evidence mark").inner_text() == ARABIC
    for quoted in ("#evidence blockquote", "#evidence h3 .title", "#chat .statement"):
        assert page.eval_on_selector(quoted, "e => getComputedStyle(e).direction") == "rtl"
    link = page.locator("#evidence h3 a")
    assert link.get_attribute("href") == "https://example.org/aleppo"
    assert link.get_attribute("rel") == "noopener noreferrer"


@pytest.mark.parametrize("width", [360, 800, 2560])
def test_nothing_is_wider_than_the_window(page, width: int):
    page.set_viewport_size({"width": width, "height": 800})
    assert width_scrolled(page) == 0
    for question in (KILLED, "What did Russia say about its part in the fighting?", "What did Iran send?"):
        ask(page, question)
        assert width_scrolled(page) == 0
    chat, evidence = page.locator("#chat").bounding_box(), page.locator("#evidence").bounding_box()
    below, beside = evidence["y"] >= chat["y"] + chat["height"], evidence["x"] >= chat["x"] + chat["width"]
    assert (below, beside) == (width < 960, width >= 960)
    box = page.locator("#question textarea").bounding_box()
    assert box["y"] + box["height"] <= 800  # the question box is at hand


def test_the_page_follows_the_systems_dark_mode(page):
    lightness = "sum(getComputedStyle(document.querySelector('.gradio-container')).backgroundColor)"
    total = (
        f"(() => {{ const sum = c => c.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0); return {lightness} }})()"
    )
    assert page.evaluate(total) > 700
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body.dark")
    assert page.evaluate(total) < 100
    page.emulate_media(color_scheme="light")


def test_an_empty_library_says_how_to_fill_it(page, pipeline: PagePipeline):
    pipeline.articles = {}
    page.reload()
    page.wait_for_selector("#latest code")
    said = page.inner_text("#latest")
    assert "add files and web addresses in the Library above, or run python ingest.py corpus" in said
    assert page.locator("#chat .example").count() == 0
    ask(page, "Anything?")
    assert page.locator("#chat .answer.abstained").count() == 1


def test_a_library_that_cannot_be_read_is_told_and_the_page_stands(page, pipeline: PagePipeline):
    pipeline.broken = True
    page.reload()
    page.wait_for_selector("#latest .trouble")
    assert "python ingest.py --check" in page.locator("#latest .trouble").inner_text()
    pipeline.broken = False
    ask(page, KILLED)
    assert page.locator("#chat .statement").count() == 3


def test_a_library_of_other_articles_offers_no_example_that_it_cannot_answer(page, pipeline: PagePipeline):
    pipeline.articles = {
        "other": replace(ARTICLES[0], id="other", title=HOSTILE, outlet=None, url="https://a.example/?a=1&b='\"")
    }
    page.reload()
    page.wait_for_selector("#latest h3 a")
    assert page.locator("#chat .example").count() == 0
    assert page.locator("#latest h3 a").get_attribute("href") == "https://a.example/?a=1&b='\""
    assert page.evaluate("window.hacked") is None


def test_everything_can_be_reached_by_keyboard_with_a_name(page):
    ask(page, KILLED)
    reached: list[str] = []
    page.focus("#question textarea")
    name: Callable[[], str] = lambda: page.evaluate(  # noqa: E731
        "(e => (e.labels?.[0] ?? e).innerText.trim() || e.title || e.tagName)(document.activeElement)"
    )
    for _ in range(6):
        reached.append(name())
        page.keyboard.press("Tab")
    limits = "Limit to outlets, dates or one article"
    assert [one.partition("\n")[0] for one in reached] == [
        "Your question",
        "Ask",
        limits,
        "1",
        "Read in the article",
        "2",
    ]
    assert (
        page.evaluate(
            "[...document.querySelectorAll('a, button')].filter(one => !one.innerText && !one.title"
            " && !one.ariaLabel && one.offsetParent).length"
        )
        == 0
    )
    assert page.locator("#chat [aria-label*='<']").count() == 0
