"""A real browser for the page's tests: it starts, it watches over what a page does, and it asks as a reader would."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NEEDED = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")
MARKS = [
    NEEDED,
    pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)"),  # Gradio's own, from its statistics
]
# What Gradio says when a page that is left had a connection open.
LEAVING = ("AbortError: signal is aborted without reason", "Unexpected error Connection errored out.")
PATIENCE_MS = 30_000  # with a machine that has other things to do

# In every document before any script of its own: what a policy refuses, and what any script of another's would do.
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', event =>
  window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""

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
    """The page, open; at the end, nothing has gone wrong on it."""
    page = context.new_page()
    wrong = noting(page, address)
    opened(page, address)
    yield page
    page.close()
    wrong = [one for one in wrong if not one.startswith(LEAVING)]
    assert not wrong, wrong


def noting(page: Page, address: str) -> list[str]:
    """All that goes wrong on a page from now on: errors, dialogs, popups, failed answers, requests elsewhere."""
    wrong: list[str] = []
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(WATCH)

    def dialog(shown: Any) -> None:
        wrong.append(f"dialog: {shown.message}")
        shown.dismiss()

    page.on("dialog", dialog)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("popup", lambda other: wrong.append(f"popup: {other.url}"))
    page.on("request", lambda request: None if ours(request.url, address) else wrong.append(request.url))
    page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    return wrong


def ours(url: str, address: str) -> bool:
    return url.startswith((f"{address}/", f"blob:{address}/", "data:"))


def opened(page: Page, address: str) -> None:
    """Go to the page, until it can be used."""
    page.goto(address)
    page.wait_for_selector("#latest h2, #latest .trouble")


def ask(page: Page, question: str) -> None:
    """Ask and wait for the end of the answer."""
    begin(page, question)
    settled(page)


def begin(page: Page, question: str) -> None:
    """Ask; Enter is pressed again where the page was not quite done with what went before.

    What went before may also have emptied the box late: then what was asked is not shown, and is asked once more.
    """
    shown = f"#chat .question >> nth={page.locator('#chat .question').count()}"
    for _ in range(3):
        page.fill("#question textarea", question)
        for _ in range(PATIENCE_MS // 250):
            page.press("#question textarea", "Enter")
            with contextlib.suppress(PlaywrightTimeout):
                page.wait_for_selector("#question textarea:placeholder-shown", timeout=250)
                break
        with contextlib.suppress(PlaywrightTimeout):
            page.wait_for_selector(shown, timeout=PATIENCE_MS // 3)
            return
    page.wait_for_selector(shown)


def settled(page: Page) -> None:
    """Wait for the end of the answer."""
    page.wait_for_selector("#chat .working", state="detached")
    page.wait_for_selector("#chat .growing", state="detached")
    page.wait_for_selector("#stop-button", state="hidden")


def view(page: Page, name: str) -> None:
    """Choose a view by its tab, in the menu of those that have no room where it is there."""
    tab = page.locator(f'#views .tab-container:not([aria-hidden="true"]) [role="tab"]:has-text("{name}")')
    if not tab.first.is_visible():
        page.click("#views .overflow-menu > button")
        tab = page.locator(f'#views .overflow-dropdown button:has-text("{name}")')
    tab.first.click()


def about(page: Page, name: str, topic: str) -> None:
    """Ask the view of coverage or the timeline for a topic."""
    page.fill(f"#{name}-topic :is(input, textarea)", topic)
    page.click(f"#{name}-go")
    page.wait_for_selector(f"#{name}-shown :is(.coverage, .timeline, .aside, .trouble)")


def until(page: Page, true: str) -> None:
    """Wait for an expression to hold. Playwright's own way to asks again by `eval`, which the page's policy forbids."""
    for _ in range(PATIENCE_MS // 100):
        if page.evaluate(true):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"this never came true: {true}")


def width_scrolled(page: Page) -> int:
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
