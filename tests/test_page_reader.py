"""Citations in a real browser: the box at a mark, and the article in a pane beside or over what cites it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from chromium import NEEDED, chromium, until, width_scrolled
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from page_pipeline import ARABIC, HOSTILE, article
from playwright.sync_api import expect
from serving import serving
from starlette.staticfiles import StaticFiles
from test_page_axe import AXE, FOUND
from test_reading import STATIC, Shelf

from rag.types import Article
from rag.ui import reading
from rag.ui.inert import escape

pytestmark = NEEDED

FILLING = "\n\n".join(f"Paragraph {n} speaks of cranes, quays and the price of rope at length. " * 4 for n in range(30))
QUOTE = "“We count 31 ships at anchor,” the mayor said."
ARTICLES = {
    "orsk": article(
        "orsk",
        f"{FILLING}\n\nFirst. {QUOTE} Last.\n\n{FILLING}",
        "Harbour of Orsk closed",
        outlet="Orsk Lamp",
        published_at="2024-12-01",
    ),
    "arabic": article("arabic", f"بدأ الهجوم. {ARABIC}", "حلب خارج السيطرة", outlet="صحيفة الميناء"),
    "evil": article("evil", f"{FILLING}\n\n{HOSTILE}", HOSTILE, outlet=HOSTILE),
}
# What has changed in it: cited as it was, in a language that runs the other way.
STORM = article("storm", f"قال المتحدث إن 242 شخصا قتلوا في العاصفة.\n\n{FILLING}", "عاصفة", outlet="صحيفة الميناء")
BEFORE = replace(
    STORM, revision="r0", text=STORM.text.replace("242 شخصا", "200 شخص"), ingested_at="2024-12-01T00:00:00Z"
)
ARTICLES["storm"] = STORM
CITED = (("orsk", QUOTE), ("arabic", ARABIC), ("evil", "overlay"))
FAILED = "The article could not be loaded. Check that Crosscheck is still running, and try again."


def mark(number: int, href: str, *, title: str = "Orsk Lamp, in short") -> str:
    name = f' title="{escape(title)}"' if title else ""
    return f'<a class="mark e-1-{number}" id="mark-1-{number}" href="{escape(href)}"{name}>[{number}]</a>'


def card(number: int, source: Article, quote: str) -> str:
    return (
        f'<article class="card" id="evidence-1-{number}" tabindex="-1"><h3>{escape(source.title or "")}</h3>'
        f'<p class="dateline"><span class="outlet">{escape(source.outlet or "")}</span> · 1 December 2024</p>'
        f'<p class="told">quoting the mayor</p>'
        f'<blockquote dir="auto">Before. <mark>{escape(quote)}</mark> After.</blockquote></article>'
    )


def place(name: str, quote: str) -> str:
    start = ARTICLES[name].text.index(quote)
    return reading.href(name, revision="r1", start=start, end=start + len(quote))


def answer() -> str:
    """A page with marks in its middle, at its edges and at its end, and their cards."""
    marks = [mark(number, place(*cited)) for number, cited in enumerate(CITED, start=1)]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Answer</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="page/page.css"><link rel="stylesheet" href="page/reader.css">'
        '<script defer src="page/reader.js"></script></head><body><div id="chat"><textarea aria-label="Question">'
        f'</textarea><p id="first">Ships wait.{marks[0]}{marks[1]}{marks[2]}</p>'
        f"<p>Gone.{mark(4, reading.href('gone', revision='r1', start=0, end=4), title='Gone Gazette, gone')}"
        f'<a class="mark e-1-9" id="bare" href="{reading.href("orsk")}">[9]</a>'
        f'<a class="mark e-1-1" id="local" href="#evidence-1-1">[1]</a> <a class="read" href="{reading.href("orsk")}">'
        f'Read</a></p><p id="right">At the edge.{mark(1, place(*CITED[0])).replace("mark-1-1", "edge")}</p></div>'
        f"{''.join(card(n, ARTICLES[name], quote) for n, (name, quote) in enumerate(CITED, start=1))}"
        f'<p><a class="read" id="old" href="{reading.href("storm", revision="r0", start=15, end=23)}">Old</a> '
        f'<a class="read" id="new" href="{reading.href("storm")}">New</a></p>'
        f'<p id="low">Low.{mark(1, place(*CITED[0])).replace("mark-1-1", "last")}</p></body></html>'
    )


class SlowShelf(Shelf):
    """Keeps the one article waiting until its gate opens."""

    def __init__(self, articles: dict[str, Article]) -> None:
        super().__init__(articles, (BEFORE,))
        self.gate = threading.Event()

    def article(self, article_id: str, revision: str | None = None) -> Article:
        assert article_id != "orsk" or self.gate.wait(60)
        return super().article(article_id, revision)


@pytest.fixture(scope="module")
def shelf() -> SlowShelf:
    return SlowShelf(ARTICLES)


@pytest.fixture(scope="module")
def address(shelf: SlowShelf) -> Iterator[str]:
    app = FastAPI()
    app.mount("/page", StaticFiles(directory=STATIC))
    app.include_router(reading.router(SimpleNamespace(store=shelf)))
    app.add_api_route("/", lambda: HTMLResponse(answer()))
    with serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def size() -> tuple[int, int]:
    return 1280, 800


@pytest.fixture
def page(browser, address: str, shelf: SlowShelf, size: tuple[int, int]):
    """The open page; at the end, nothing was asked of another server and no script failed or ran out of an article."""
    shelf.gate.set()
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(10_000)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith((f"{address}/", "data:")) else wrong.append(one.url))
    page.goto(address)
    page.add_style_tag(content="#right { text-align: right; } #low { margin-top: 20rem; }")
    yield page
    shelf.gate.set()
    hacked = page.evaluate("window.hacked")
    context.close()
    assert wrong == [] and hacked is None


narrow = pytest.mark.parametrize("size", [(390, 800), (360, 640)])


def inside(page, selector: str) -> bool:
    """Whether the whole element is in the window."""
    box, window = page.locator(selector).bounding_box(), page.viewport_size
    across = box["x"] >= 0 and box["x"] + box["width"] <= window["width"]
    return across and box["y"] >= 0 and box["y"] + box["height"] <= window["height"]


def focused(page) -> str:
    return page.evaluate("document.activeElement.id")


def open_article(page, selector: str = "#mark-1-1") -> None:
    page.click(selector)
    page.wait_for_selector("#reader .reading")


# The box at a mark


def test_hovering_a_mark_shows_whose_words_they_are(page):
    page.hover("#mark-1-1")
    expect(page.locator("#peek")).to_be_visible()
    assert page.locator("#peek").inner_text().split("\n\n") == [
        "Orsk Lamp · 1 December 2024",
        "quoting the mayor",
        QUOTE,
    ]
    assert page.get_attribute("#peek", "role") == "tooltip"
    assert page.get_attribute("#mark-1-1", "aria-describedby") == "peek"
    assert page.get_attribute("#mark-1-1", "title") is None  # the browser's own box would stand beside it
    assert inside(page, "#peek")
    page.hover("#peek")  # it can be gone into, and stays
    page.hover("#peek blockquote")
    expect(page.locator("#peek")).to_be_visible()
    page.hover("textarea")
    expect(page.locator("#peek")).to_be_hidden()
    assert page.get_attribute("#mark-1-1", "title") == "Orsk Lamp, in short"
    assert page.get_attribute("#mark-1-1", "aria-describedby") is None


def test_escape_takes_the_box_away_and_nothing_else(page):
    open_article(page, "#mark-1-2")
    page.hover("#mark-1-1")
    expect(page.locator("#peek")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    expect(page.locator("#reader")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()


def test_the_keyboard_shows_the_box_too(page):
    page.focus("textarea")
    page.keyboard.press("Tab")
    assert focused(page) == "mark-1-1"
    expect(page.locator("#peek blockquote")).to_have_text(QUOTE)
    page.keyboard.press("Tab")
    expect(page.locator("#peek blockquote")).to_have_text(ARABIC)
    assert page.evaluate("getComputedStyle(document.querySelector('#peek blockquote')).direction") == "rtl"
    assert page.get_attribute("#mark-1-1", "title") == "Orsk Lamp, in short"
    page.keyboard.press("Escape")
    expect(page.locator("#peek")).to_be_hidden()
    assert focused(page) == "mark-1-2"
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#peek blockquote")).to_have_text(QUOTE)
    page.focus("textarea")
    expect(page.locator("#peek")).to_be_hidden()


def test_hostile_words_in_the_box_are_only_words(page):
    page.hover("#mark-1-3")
    expect(page.locator("#peek blockquote")).to_have_text("overlay")
    assert "<script>" in page.locator("#peek").inner_text()
    assert page.locator("#peek :is(script, img, a, form, iframe, [id])").count() == 0


def test_without_a_card_the_mark_says_what_it_can(page):
    page.hover("#mark-1-4")
    expect(page.locator("#peek")).to_have_text("Gone Gazette, gone")
    page.hover("#bare")
    expect(page.locator("#peek")).to_be_hidden()


def test_the_box_goes_with_its_mark(page):
    page.hover("#mark-1-1")
    expect(page.locator("#peek")).to_be_visible()
    page.evaluate("document.getElementById('mark-1-1').remove()")
    expect(page.locator("#peek")).to_be_hidden()


@pytest.mark.parametrize("size", [(1280, 800), (360, 640)])
@pytest.mark.parametrize("name", ["mark-1-1", "mark-1-3", "edge", "last"])
def test_the_box_stays_in_the_window(page, name: str):
    page.hover(f"#{name}")
    expect(page.locator("#peek")).to_be_visible()
    assert inside(page, "#peek")


# The pane beside


def test_a_click_shows_the_quote_in_its_article_beside(page):
    before = page.locator("#first").bounding_box()
    open_article(page)
    quote = page.locator("#reader #quote")
    expect(quote).to_have_text(QUOTE)
    assert inside(page, "#reader #quote")
    box, height = quote.bounding_box(), page.viewport_size["height"]
    assert 0.3 * height < box["y"] + box["height"] / 2 < 0.75 * height  # about the middle
    assert focused(page) == "quote"
    lit = "getComputedStyle(document.getElementById('quote')).backgroundColor"
    assert page.evaluate(lit) == "rgb(255, 233, 143)"
    expect(page.locator("#reader h1")).to_have_text("Harbour of Orsk closed")
    expect(page.locator("#reader .byline")).to_have_text("Orsk Lamp · author unknown · 1 December 2024")
    assert inside(page, "#reader h1") and inside(page, "#reader .byline")
    pane = page.locator("#reader").bounding_box()
    assert (pane["x"] + pane["width"], pane["y"], pane["height"]) == (1280, 0, height) and pane["width"] <= 704
    assert page.get_attribute("#reader", "role") == "complementary"
    assert page.get_attribute("#reader", "aria-label") == "Article"
    assert page.locator("#first").bounding_box() == before  # nothing moved
    assert page.get_attribute("#mark-1-1", "class") == "mark e-1-1 lit"
    expect(page.locator("#peek")).to_be_hidden()
    assert page.get_by_role("status").inner_text() == ""
    page.fill("textarea", "what is beside it stays in use")


def test_the_pane_covers_the_evidence_and_no_more(page):
    page.evaluate("document.body.append(Object.assign(document.createElement('div'), {id: 'evidence'}))")
    page.add_style_tag(content="#evidence { position: fixed; inset: 0 0 0 60vw; }")
    open_article(page)
    assert page.locator("#reader").bounding_box()["x"] == 768
    inert = "document.getElementById('evidence').inert"
    assert page.evaluate(inert)  # nobody tabs into what cannot be seen
    page.set_viewport_size({"width": 1600, "height": 800})
    until(page, "document.getElementById('reader').getBoundingClientRect().x === 960")
    page.set_viewport_size({"width": 2560, "height": 1200})
    until(page, "document.getElementById('reader').getBoundingClientRect().width === 704")
    assert not page.evaluate(inert)


def test_the_keyboard_alone_reads_and_comes_back(page):
    page.focus("textarea")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("#reader .reading")
    expect(page.locator("#quote")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")  # past what the article links to
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.closest('#reader') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert focused(page) == "mark-1-1"
    expect(page.locator("#peek")).to_be_hidden()  # not again, right after reading
    assert page.get_attribute("#mark-1-1", "class") == "mark e-1-1"


def test_another_mark_takes_the_place_of_the_first(page):
    open_article(page)
    page.click("#mark-1-2")
    expect(page.locator("#quote")).to_have_text(ARABIC)
    assert page.get_attribute("#mark-1-1", "class") == "mark e-1-1"
    assert page.evaluate("getComputedStyle(document.querySelector('#quote').parentElement).direction") == "rtl"
    assert page.evaluate("getComputedStyle(document.querySelector('#reader h1')).direction") == "rtl"
    page.click("#reader button")
    expect(page.locator("#reader")).to_be_hidden()
    assert focused(page) == "mark-1-2"


def test_a_link_to_the_whole_article_shows_its_beginning(page):
    open_article(page, "a.read")
    assert page.locator("#quote").count() == 0
    expect(page.locator("#reader .scroller")).to_be_focused()
    assert page.evaluate("document.querySelector('#reader .scroller').scrollTop") == 0


def test_the_focus_finds_a_mark_that_was_drawn_anew(page):
    open_article(page)
    page.evaluate("const p = document.getElementById('first'); p.replaceWith(p.cloneNode(true))")
    page.keyboard.press("Escape")
    assert focused(page) == "mark-1-1"


def test_a_reader_who_went_on_is_not_called_back(page):
    open_article(page)
    page.focus("textarea")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_other_clicks_are_the_browsers(page, address: str):
    with page.context.expect_page() as opened:
        page.click("#mark-1-1", modifiers=["Control"])
    tab = opened.value
    expect(tab.locator("main #quote")).to_have_text(QUOTE)
    assert tab.evaluate("document.getElementById('quote').getBoundingClientRect().top < innerHeight")
    expect(tab.locator(".deed")).to_be_hidden()
    tab.close()
    page.click("#local")
    assert page.url == f"{address}/#evidence-1-1"
    expect(page.locator("#reader")).to_be_hidden()


def test_the_article_opens_in_a_tab_of_its_own(page, address: str):
    open_article(page)
    with page.context.expect_page() as opened:
        page.click("text=Open in a new tab")
    assert opened.value.url == f"{address}/{place(*CITED[0])}"


def test_asking_about_the_article_is_offered(page):
    open_article(page, "#mark-1-2")
    asking = page.get_by_role("button", name="Ask about this article")
    expect(asking).to_be_visible()
    assert asking.get_attribute("href").startswith("#do:chat:")


def test_a_hostile_article_is_only_words(page):
    open_article(page, "#mark-1-3")
    expect(page.locator("#quote")).to_have_text("overlay")
    assert page.locator("#reader :is(script, img, form, iframe, input, [style])").count() == 0
    assert "<script>window.hacked=1</script>" in page.locator("#reader .text").inner_text()
    assert inside(page, "#reader button") and inside(page, "#quote")


# States


def test_waiting_is_said_and_the_last_click_counts(page, shelf: SlowShelf):
    shelf.gate.clear()
    page.click("#mark-1-1")
    expect(page.get_by_role("status")).to_have_text("Loading the article …")
    assert focused(page) == "reader"
    page.click("#mark-1-2")
    expect(page.locator("#quote")).to_have_text(ARABIC)
    shelf.gate.set()
    page.click("#mark-1-4")
    expect(page.locator("#reader .note")).to_have_text(reading.NOT_FOUND)
    page.click("#mark-1-1")
    expect(page.locator("#quote")).to_have_text(QUOTE)


def test_closing_while_it_loads_is_closing(page, shelf: SlowShelf):
    shelf.gate.clear()
    page.click("#mark-1-1")
    page.click("#reader button")
    assert focused(page) == "mark-1-1"
    shelf.gate.set()
    page.evaluate("fetch('read/arabic').then((reply) => reply.text())")  # what comes after it has come
    expect(page.locator("#reader")).to_be_hidden()
    assert page.locator("#reader .reading").count() == 0


def test_a_server_that_is_gone_is_said_in_a_sentence(page):
    page.route("**/read/**", lambda route: route.abort())
    page.click("#mark-1-1")
    expect(page.get_by_role("status")).to_have_text(FAILED)
    page.unroute("**/read/**")
    page.route("**/read/**", lambda route: route.fulfill(status=500, body="<p>other</p>", content_type="text/html"))
    page.click("#mark-1-1")
    expect(page.get_by_role("status")).to_have_text(FAILED)
    assert page.locator("#reader .scroller > *").count() == 0
    page.unroute("**/read/**")
    open_article(page)
    assert page.get_by_role("status").inner_text() == ""


def test_an_article_that_is_gone_is_said_in_a_sentence(page):
    open_article(page, "#mark-1-4")
    expect(page.locator("#reader .note")).to_have_text(reading.NOT_FOUND)
    page.keyboard.press("Escape")
    assert focused(page) == "mark-1-4"


# Texts that it had before


def test_what_changed_is_reached_from_an_older_text_and_closing_leads_back(page):
    open_article(page, "#old")
    expect(page.locator("#reader #quote")).to_have_text("200 شخص")
    expect(page.locator("#reader .note")).to_contain_text("The article has changed since.")
    page.click("#reader .note a >> text=What has changed")
    expect(page.locator("#reader ins")).to_have_text("[now: 242 شخصا] ")
    assert focused(page) == "quote" and page.locator("#quote").evaluate("e => e.tagName") == "DEL"
    assert inside(page, "#reader #quote")
    lines = page.locator("#reader :is(del, ins)").evaluate_all(
        "all => all.map(e => getComputedStyle(e).textDecorationLine)"
    )
    assert lines == ["line-through", "underline"]
    assert page.locator("#reader .text p").first.evaluate("e => getComputedStyle(e).direction") == "rtl"
    page.click("#reader .note a >> text=As it is now")
    expect(page.locator("#reader .history summary")).to_have_text(
        "Changed once since it was first taken in, last seen on 1 January 2025, 00:00 UTC"
    )
    page.keyboard.press("Escape")
    assert focused(page) == "old"


def test_how_often_it_has_changed_opens_by_the_keyboard(page):
    open_article(page, "#new")
    expect(page.locator("#reader .changes")).to_be_hidden()
    page.focus("#reader .history summary")
    page.keyboard.press("Enter")
    expect(page.locator("#reader .changes li")).to_have_count(1)
    assert page.locator("#reader .changes p").evaluate("e => getComputedStyle(e).direction") == "rtl"
    page.click("#reader .history a >> text=Read it")
    expect(page.locator("#reader .text p").first).to_contain_text("200 شخص")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("query", ["", "?revision=r0&start=15&end=23", "?since=r0"])
def test_axe_finds_nothing_on_the_pages_of_what_changed(browser, address: str, scheme: str, width: int, query: str):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{address}/read/storm{query}")
    page.locator("details").evaluate_all("all => all.forEach(e => { e.open = true; })")
    page.evaluate(AXE)
    assert page.evaluate(FOUND, None) == []
    assert width_scrolled(page) <= 0
    context.close()


# The sheet over all


@narrow
def test_on_a_narrow_screen_it_is_a_sheet_over_everything(page, size: tuple[int, int]):
    open_article(page)
    box = page.locator("#reader").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *size)
    assert page.get_attribute("#reader", "role") == "dialog"
    assert page.get_attribute("#reader", "aria-modal") == "true"
    assert inside(page, "#quote") and inside(page, "#reader button")
    assert focused(page) == "quote"
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#reader')")
    wide = "[...document.querySelectorAll('#reader, #reader *')].filter((one) => one.scrollWidth > innerWidth).length"
    assert page.evaluate(wide) == 0
    page.click("#reader button")
    expect(page.locator("#reader")).to_be_hidden()
    assert focused(page) == "mark-1-1"
    assert page.evaluate("document.querySelectorAll('[inert]').length") == 0


@narrow
def test_the_way_back_closes_the_sheet(page, address: str):
    open_article(page)
    page.go_back()
    expect(page.locator("#reader")).to_be_hidden()
    assert page.url == f"{address}/"
    assert focused(page) == "mark-1-1"
    open_article(page, "#mark-1-2")
    page.keyboard.press("Escape")
    expect(page.locator("#reader")).to_be_hidden()
    assert page.url == f"{address}/"


@narrow
def test_what_is_asked_of_the_sheet_is_seen_behind_it(page):
    open_article(page, "#mark-1-2")
    page.click("text=Ask about this article")
    expect(page.locator("#reader")).to_be_hidden()


@narrow
def test_a_sheet_becomes_a_pane_when_the_window_grows(page):
    open_article(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator("#reader")).to_have_attribute("role", "complementary")
    page.fill("textarea", "in use again")
    assert page.get_attribute("#reader", "aria-modal") is None
