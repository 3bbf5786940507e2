"""Every view and state of the page under axe-core, light and dark, at three widths, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from chromium import MARKS, about, ask, chromium, noting, opened, until, view, width_scrolled
from made_views import settings
from playwright.sync_api import expect
from serving import serving

from rag.api import create_app
from rag.pipeline import Pipeline
from rag.ui import mount

pytestmark = MARKS

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
BRIEFS = Path(__file__).parent.parent / "corpus"
KILLED = "How many people have been killed in the fighting?"
NOT_SAID = "Who won the Champions League in 2019?"
# Known and let be: the box at a mark belongs to its mark (aria-describedby), so it stands in no landmark of its own.
LET_BE = {("region", "#peek")}

FOUND = """async only => {
  const options = {resultTypes: ['violations']};
  if (only) options.runOnly = {type: 'rule', values: only};
  const found = await axe.run(document, options);
  return found.violations.flatMap(
    rule => rule.nodes.map(node => [rule.impact, rule.id, node.target.join(' '), node.html]));
}"""

FROM_THE_TOP = """() => {
  for (const e of document.querySelectorAll('[data-reached]')) delete e.dataset.reached;
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}"""
# What a Tab press reaches, whether it can be seen there, and whether it is seen that it has the focus.
FOCUSED = """() => {
  const here = document.activeElement;
  if (here === document.body) return null;
  const shown = here.matches('input[type=radio]') ? here.closest('label') : here;
  const {outlineStyle: style, outlineWidth: width} = getComputedStyle(shown);
  const box = shown.getBoundingClientRect();
  const seen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  here.dataset.reached = 'yes';
  return {what: here.outerHTML.slice(0, 160), seen, outlined: style !== 'none' && parseFloat(width) > 0};
}"""
NOT_REACHED = """() => [...document.querySelectorAll(
    'a[href], button, input, textarea, select, summary, [tabindex="0"]')]
  .filter(e => e.checkVisibility({checkVisibilityCSS: true}) && !e.disabled && e.tabIndex >= 0 && !e.closest('[inert]')
    && !e.dataset.reached && !(e.type === 'radio' && !e.checked) && e.type !== 'file')
  .map(e => e.outerHTML.slice(0, 160))"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Pipeline(settings(tmp_path_factory.mktemp("library"))) as pipeline:
        pipeline.ingest([BRIEFS])
        with serving(mount(create_app(pipeline), pipeline)) as url:
            yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def opening(browser, address: str) -> Iterator[Callable]:
    """Opens the page at a width, without motion; at the end, nothing went wrong there."""
    contexts, wrong = [], []

    def open_page(width: int, height: int = 900):
        context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        wrong.append(noting(page, address))
        opened(page, address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not any(wrong), wrong


def conversation(page) -> Iterator[str]:
    yield "the empty page"
    ask(page, KILLED)
    page.wait_for_selector("#chat .disagreement")
    yield "an answer with a disagreement"
    page.hover("#mark-1-1")
    page.wait_for_selector("#peek:not([hidden])")
    yield "the box at a mark"
    page.keyboard.press("Escape")
    ask(page, NOT_SAID)
    page.wait_for_selector("#chat .abstained")
    yield "no answer"
    page.click("#chat .edit >> nth=0")
    page.wait_for_selector("#chat .editing")
    yield "a question being edited"
    page.keyboard.press("Escape")
    if not page.locator("#kept-fold").evaluate("fold => fold.open"):
        page.click("#kept-fold summary")
    page.click("#kept button[aria-label^=Rename]")
    yield "a kept conversation being renamed"
    page.keyboard.press("Escape")
    page.click("#kept button[aria-label^=Remove]")
    yield "a kept conversation about to be removed"
    page.click("#kept button:has-text('Keep')")
    page.click("#filters > button")
    page.click("#outlets input")
    page.wait_for_selector("#outlets .option-list")
    yield "the limits, and a list of outlets"
    page.click("#outlets .option-list li >> nth=0")
    page.keyboard.press("Escape")
    page.fill("#since input", "2024-11-01")
    page.wait_for_selector("#limits .chip >> nth=1")
    yield "limits that are set"
    page.click("#mark-1-1")
    page.wait_for_selector("#reader #quote")
    yield "an article in the pane"
    page.keyboard.press("Escape")


def topics(page) -> Iterator[str]:
    for name, tab in (("coverage", "Who says what"), ("timeline", "Timeline")):
        view(page, tab)
        page.wait_for_selector(f"#{name}-go")
        yield f"an empty {name}"
        about(page, name, "Assad")
        page.wait_for_selector(f"#{name}-shown .card")
        yield f"a {name}"


def library(page) -> Iterator[str]:
    view(page, "Library")
    page.wait_for_selector("#shelf-list .rows")
    yield "the library"
    page.click("#shelf-list a.remove >> nth=0")
    page.wait_for_selector("#shelf-list .sure")
    expect(page.locator("#shelf .sure a.keep")).to_be_focused()
    yield "an article about to be removed"
    page.click("#shelf-list a.keep")
    page.wait_for_selector("#shelf-list .sure", state="detached")
    files = [("gale.txt", b"The gale of Monday sank nine boats at Osterby."), ("gale.exe", b"MZ")]
    page.set_input_files(
        "#shelf-files input[type=file]",
        [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in files],
    )
    page.wait_for_selector("#shelf-files table")
    yield "files that are chosen"
    page.click("#shelf-add-button")
    page.wait_for_selector("#shelf-added .refused")
    yield "files that were added"


def sound(page, state: str) -> None:
    """Nothing for axe to say here, in light or dark, nothing wider than the window, nothing that moves."""
    for scheme, only in (("light", None), ("dark", ["color-contrast", "link-in-text-block"])):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector("body.dark" if scheme == "dark" else "body:not(.dark)")
        until(page, "document.getAnimations().length === 0")  # a list that fades in is pale for a moment
        found = page.evaluate(FOUND, only)
        wrong = [one for one in found if one[0] != "minor" and (one[1], one[2]) not in LET_BE]
        assert wrong == [], f"{state}, {scheme}"
    assert width_scrolled(page) == 0, state


@pytest.mark.parametrize("width", [360, 1440, 2560])
@pytest.mark.parametrize("states", [conversation, topics, library], ids=lambda states: states.__name__)
def test_axe_finds_nothing(opening, states, width: int):
    page = opening(width)
    assert page.evaluate("document.documentElement.lang") == "en"
    page.evaluate(AXE)
    for state in states(page):
        sound(page, state)


@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_on_a_reading_page(opening, address: str, width: int):
    page = opening(width)
    page.goto(f"{address}/read/patrons-hesitate")
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(FOUND, None) == []
    assert width_scrolled(page) == 0


def walked(page) -> None:
    """Tab through the whole page: all that can be pressed is reached, is in view there, and shows its focus."""
    page.evaluate(FROM_THE_TOP)
    hidden = []
    for _ in range(300):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        if not (focused["seen"] and focused["outlined"]):
            hidden.append(focused)
    else:
        pytest.fail("the focus never comes to the end of the page")
    assert hidden == []
    assert page.evaluate(NOT_REACHED) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_all_is_reached_by_keyboard_and_shows_its_focus(opening, width: int):
    page = opening(width)
    ask(page, KILLED)
    page.wait_for_selector("#chat .option")  # what may be asked next comes last, and is kept: the list is drawn anew
    page.click("#filters > button")
    walked(page)
    for name, tab in (("coverage", "Who says what"), ("timeline", "Timeline")):
        view(page, tab)
        about(page, name, "Assad")
        walked(page)
    view(page, "Library")
    page.wait_for_selector("#shelf-list .rows")
    walked(page)
