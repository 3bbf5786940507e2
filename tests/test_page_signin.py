"""Signing in and out, and the page as a reader and a writer have it, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from chromium import MARKS, ask, calm, chromium, noting, view, width_scrolled
from fake_pipeline import ARTICLES
from playwright.sync_api import Page, expect
from serving import serving

from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline
from rag.ui import mount, shelf

pytestmark = MARKS

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
FOUND = "async () => (await axe.run()).violations.map(rule => [rule.id, rule.nodes.map(node => node.html)])"
OPENED = "#latest h2"  # the page can be used
READER, WRITER = "reader-key", "writer-key"
# What a browser says itself of an answer that refuses a key.
REFUSED = re.compile(r"401 http://\S+/signin|Failed to load resource: .* 401 .*")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Pipeline]:
    folder = tmp_path_factory.mktemp("library")
    keys = f"{READER}, {WRITER}:write"
    with Pipeline(Settings(data_dir=folder / "data", api_keys=keys, _env_file=None), embedder=embedder) as pipeline:
        for one in ARTICLES:
            (folder / f"{one.id}.txt").write_text(one.text)
        pipeline.ingest([folder])
        yield pipeline


@pytest.fixture(scope="module")
def address(pipeline: Pipeline) -> Iterator[str]:
    with serving(mount(create_app(pipeline), pipeline)) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser, address: str) -> Iterator[Page]:
    """A reader's new browser; at the end, nothing went wrong there but for refused keys."""
    context = calm(browser)
    page = context.new_page()
    wrong = noting(page, address)
    yield page
    context.close()
    assert not [one for one in wrong if not REFUSED.fullmatch(one)], wrong


@pytest.fixture
def sign_in(page: Page, address: str) -> Callable[[str], None]:
    def act(key: str) -> None:
        page.goto(address)
        page.fill("#key", key)
        page.keyboard.press("Enter")
        page.wait_for_selector(OPENED)

    return act


def test_one_signs_in_by_keyboard_and_is_led_to_what_was_opened(page: Page, address: str):
    page.goto(f"{address}/read/{ARTICLES[0].id}")
    assert page.title() == "Sign in · Crosscheck"
    expect(page.get_by_label("Key")).to_be_focused()
    page.keyboard.type("wrong-key")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This key is not one of this server's.")
    expect(page.get_by_label("Key")).to_be_focused()
    page.keyboard.type(READER)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/read/{ARTICLES[0].id}")
    [cookie] = page.context.cookies()
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and page.evaluate("document.cookie") == ""
    assert READER not in json.dumps(page.context.storage_state())


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_signing_in_and_out_can_be_read_by_everybody(page: Page, address: str, colours: str, width: int):
    def look() -> None:
        page.evaluate(AXE)
        assert page.evaluate(FOUND) == []
        assert width_scrolled(page) == 0

    page.set_viewport_size({"width": width, "height": 700})
    page.emulate_media(color_scheme=colours)
    page.goto(f"{address}/signin")
    look()
    page.fill("#key", "wrong-key")
    page.keyboard.press("Enter")
    page.wait_for_selector("#trouble")
    look()
    page.fill("#key", READER)
    page.keyboard.press("Enter")
    page.wait_for_selector(OPENED)
    page.goto(f"{address}/signin")
    look()


def test_a_link_from_elsewhere_leads_on_for_who_has_signed_in(page: Page, address: str, sign_in: Callable[[str], None]):
    sign_in(READER)
    page.goto(f"{address}/signin?next=/read/{ARTICLES[0].id}")
    assert "Signed in" in page.inner_text("h1")
    page.click("text=To the library")
    page.wait_for_selector(OPENED)


def test_who_may_read_asks_and_has_nothing_to_add_or_remove_with(page: Page, pipeline: Pipeline, sign_in):
    sign_in(READER)
    ask(page, "How long was the bridge shut?")
    assert page.locator("#chat .answer, #chat .abstained").count()
    view(page, "Library")
    page.wait_for_selector("#shelf .rows li")
    expect(page.locator("#shelf .elsewhere")).to_be_visible()
    assert page.locator("#shelf-files, #shelf-add-button, #shelf .remove").count() == 0
    # An order that the page does not offer, as one would send it who knows how.
    order = {"do": "really", "article": pipeline.store.articles()[0].article_id}
    with page.expect_response(lambda answer: "/queue/join" in answer.url):
        page.evaluate("order => sendOrder('shelf', order)", order)
    view(page, "Conversation")
    view(page, "Library")
    expect(page.locator("#shelf .rows > li")).to_have_count(len(ARTICLES))
    assert pipeline.store.count().articles == len(ARTICLES)


def test_who_may_write_adds_and_removes(page: Page, pipeline: Pipeline, sign_in: Callable[[str], None]):
    sign_in(WRITER)
    view(page, "Library")
    expect(page.locator("#shelf-add-button")).to_be_visible()
    assert page.locator("#shelf .elsewhere").count() == 0
    note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"The lighthouse at Orfell was painted on Monday."}
    page.locator("#shelf-files input[type=file]").set_input_files([note])
    page.wait_for_selector("#shelf-files .file-preview")
    page.click("#shelf-add-button")
    page.wait_for_selector("#shelf-added .outcome")
    assert pipeline.store.count().articles == len(ARTICLES) + 1
    page.click("#shelf .rows li:has-text('note') .remove")
    page.click("#shelf .sure a:has-text('Remove')")
    page.wait_for_selector("#shelf-note")
    assert pipeline.store.count().articles == len(ARTICLES)


def test_one_signs_out_and_the_page_is_closed(page: Page, address: str, sign_in: Callable[[str], None]):
    sign_in(READER)
    page.click("#account")
    page.wait_for_url(f"{address}/signin")
    page.click("button:has-text('Sign out')")
    page.wait_for_selector("#key")
    assert page.context.cookies() == []
    page.goto(address)
    assert page.url == f"{address}/signin"


def test_an_order_after_the_session_has_ended_changes_nothing_and_says_why(browser, address: str, pipeline: Pipeline):
    context = calm(browser)
    page = context.new_page()
    page.goto(address)
    page.fill("#key", WRITER)
    page.keyboard.press("Enter")
    page.wait_for_selector(OPENED)
    view(page, "Library")
    page.click("#shelf .rows li:first-child .remove")
    page.wait_for_selector("#shelf .sure")
    context.clear_cookies()
    page.click("#shelf .sure a:has-text('Remove')")
    page.wait_for_selector(".toast-body")
    assert "asks for a key" in page.inner_text(".toast-body") or "sign in" in page.inner_text(".toast-body").casefold()
    assert pipeline.store.count().articles == len(ARTICLES)
    assert shelf.NOT_YOURS not in page.content()
    context.close()
