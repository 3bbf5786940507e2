"""A real browser for the page's tests: it starts, it watches over what a page does, and it asks as a reader would."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MARKS = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),  # Gradio's own, from its statistics
]
# What Gradio says when a page that is left had a connection open.
LEAVING = ("AbortError: signal is aborted without reason", "Unexpected error Connection errored out.")
PATIENCE_MS = 30_000  # with a machine that has other things to do

expect.set_options(timeout=PATIENCE_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that asks nobody anything of its own accord."""
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()


def calm(browser: Browser) -> BrowserContext:
    """A reader's browser without anything kept in it."""
    return browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", reduced_motion="reduce")


@contextmanager
def watched(context: BrowserContext, address: str) -> Iterator[Page]:
    """The page, open; at the end, nothing was asked of another server and nothing went wrong in the console."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    wrong: list[str] = []
    ours = (f"{address}/", f"blob:{address}/", "data:")
    page.on(
        "console",
        lambda message: (
            wrong.append(message.text) if message.type == "error" and not message.text.startswith(LEAVING) else None
        ),
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(ours) else wrong.append(request.url))
    page.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
    opened(page, address)
    yield page
    page.close()
    assert not wrong, wrong


def opened(page: Page, address: str) -> None:
    """Go to the page, until it can be used."""
    page.goto(address)
    page.wait_for_selector("#latest h2, #latest .trouble")


def ask(page: Page, question: str) -> None:
    """Ask and wait for the end of the answer."""
    begin(page, question)
    settled(page)


def begin(page: Page, question: str) -> None:
    """Ask; Enter is pressed again where the page was not quite done with the last question."""
    before = page.locator("#chat .question").count()
    page.fill("#question textarea", question)
    for _ in range(120):
        page.press("#question textarea", "Enter")
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_selector("#question textarea:placeholder-shown", timeout=250)
            break
    page.wait_for_selector(f"#chat .question >> nth={before}")


def settled(page: Page) -> None:
    """Wait for the end of the answer."""
    page.wait_for_selector("#chat .working", state="detached")
    page.wait_for_selector("#chat .growing", state="detached")
    page.wait_for_selector("#stop-button", state="hidden")
