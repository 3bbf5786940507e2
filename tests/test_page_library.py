"""The view of the library in a real browser, over the real application and a real library."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from chromium import MARKS, chromium
from made_up import article
from playwright.sync_api import Page, expect
from serving import serving

from rag import intake
from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import FetchError
from rag.fetch import Fetched
from rag.pipeline import Pipeline
from rag.ui import mount

pytestmark = MARKS

HOSTILE = "<img src=x onerror=alert(1)>{{constructor}}${alert(2)}"
ARTICLES = 27
TEXT = "The ferry {number} left the harbour at nine, the harbour master said. Nobody saw it come back that day."
WEB = (
    "<html><head><title>Pilots return</title></head><body><article><h1>Pilots return</h1><p>The pilots of the harbour "
    "went back to work on Friday after eleven days, their union said. The first ship left at noon.</p></article></body>"
)
expect.set_options(timeout=20_000)


class GatedPipeline(Pipeline):
    """Taking in stops before the second source while the gate is shut."""

    def __init__(self, *given, **named) -> None:
        super().__init__(*given, **named)
        self.gate = threading.Event()
        self.gate.set()

    def ingest(self, sources, *, progress=None):
        def gated(done: int, total: int, name: str) -> None:
            if progress:
                progress(done, total, name)
            assert done == 0 or self.gate.wait(30)

        return super().ingest(sources, progress=gated)


def fetched(url: str, **_: object) -> Fetched:
    if not url.startswith("https://pilots.example/"):
        raise FetchError("There is no page at the address (HTTP 404); check it.")
    return Fetched(url=url, content=WEB.encode(), content_type="text/html", fetched_at="2025-01-01T00:00:00+00:00")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(ARTICLES):
        day = date(2024, 12, 1) + timedelta(days=(number * 7) % ARTICLES)
        head = f"title: Ferry {number:02}\noutlet: {'Quay Post' if number % 2 else 'Harbour Wire'}\ndate: {day}"
        Path(folder, f"ferry-{number:02}.md").write_text(f"---\n{head}\n---\n\n{TEXT.format(number=number)}\n", "utf-8")
    Path(folder, "ferry-00.md").write_text(TEXT.format(number=0), "utf-8")
    return folder


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[GatedPipeline]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("library"), _env_file=None)
    with GatedPipeline(settings, embedder=embedder, fetcher=fetched) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(pipeline: GatedPipeline) -> Iterator[str]:
    with serving(mount(create_app(pipeline), pipeline)) as url:
        yield url


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture
def opened(browser, address: str, pipeline: GatedPipeline) -> Iterator:
    """Opens the library's view; at the end nothing was asked of another server and nothing had gone wrong."""
    wrong: list[str] = []
    contexts = []

    def open_page(url: str = address, *, width: int = 1440) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if ours(request.url, url) else wrong.append(request.url))
        page.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
        page.goto(url)
        page.get_by_role("tab", name="Library").click()
        page.wait_for_selector("#shelf-list .listing")
        return page

    yield open_page
    pipeline.gate.set()
    for context in contexts:
        context.close()
    assert wrong == []


def ours(url: str, address: str) -> bool:
    return url.startswith((f"{address}/", "data:", "blob:"))


@pytest.fixture
def page(opened, corpus: Path, pipeline: GatedPipeline) -> Page:
    """The view over 27 articles and no more."""
    pipeline.ingest(sorted(corpus.iterdir()))  # by name: what a test removed stays out of its folder
    for byline in pipeline.store.articles():
        if not byline.article_id.startswith("ferry-"):
            pipeline.remove(byline.article_id)
    return opened()


def titles(page: Page) -> list[str]:
    return page.locator("#shelf .rows h3 a").all_inner_texts()


def text_file(name: str, text: str) -> dict:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def give(page: Page, *files: dict) -> None:
    page.set_input_files("#shelf-files input[type=file]", list(files))
    expect(page.locator("#shelf-files tr.file")).to_have_count(len(files))


def added(page: Page) -> str:
    """What became of what is being added."""
    page.wait_for_selector("#shelf-added .outcome")
    expect(page.locator("#shelf-add-button")).to_be_enabled()
    return page.locator("#shelf-added").inner_text()


def test_the_articles_are_listed_by_pages_sorted_and_found_as_one_types(page: Page, pipeline: GatedPipeline):
    assert len(titles(page)) == 25
    assert page.locator("#shelf .tally").inner_text().startswith("1 to 25 of 27 articles")
    page.get_by_role("button", name="Next page").press("Enter")
    expect(page.locator("#shelf .pages")).to_contain_text("Page 2 of 2")
    assert len(titles(page)) == 2
    page.get_by_role("button", name="Previous page").press("Space")
    expect(page.locator("#shelf .rows li")).to_have_count(25)
    page.get_by_label("Title", exact=True).check(force=True)
    expect(page.locator("#shelf .rows h3 >> nth=0")).to_have_text("Ferry 01")
    page.get_by_label("Newest", exact=True).check(force=True)
    bylines, _ = pipeline.store.catalogue(sort="published")
    expect(page.locator("#shelf .rows h3 >> nth=0")).to_have_text(bylines[0].title)
    page.locator("#shelf-words input").press_sequentially("QUAY 1")
    expect(page.locator("#shelf .tally")).to_contain_text("with QUAY 1")
    expect(page.locator("#shelf .rows li")).to_have_count(7)
    assert set(titles(page)) == {f"Ferry {number:02}" for number in (1, 11, 13, 15, 17, 19, 21)}
    first = page.locator("#shelf .rows li >> nth=0").inner_text()
    assert "Quay Post · " in first and " December 2024 · 1 passage" in first
    assert page.locator("#shelf a.read >> nth=0").get_attribute("href").startswith("read/ferry-")
    page.fill("#shelf-words input", HOSTILE)
    expect(page.locator("#shelf .tally")).to_contain_text(f"No article has {HOSTILE}")
    page.fill("#shelf-words input", "ferry-00")
    expect(page.locator("#shelf .rows li")).to_have_count(1)
    row = page.locator("#shelf .rows li").inner_text()
    assert "title unknown ferry-00" in row and "outlet unknown · date unknown" in row


def test_files_are_added_with_progress_and_each_refusal_with_its_reason(page: Page, pipeline: GatedPipeline):
    pipeline.gate.clear()
    strike = text_file("The strike.txt", "The pilots of the harbour stopped work on Monday, their union said.")
    give(page, strike, text_file("tide.md", "# High tide\n\nThe tide was the highest since 1962, said the mayor."))
    page.locator("#shelf-addresses textarea").fill("https://pilots.example/return\nhttps://gone.example/x\nnonsense")
    page.click("#shelf-add-button")
    progress = page.locator("#shelf-added progress")
    expect(page.locator("#shelf-added p")).to_have_text("2 of 4: tide.md")
    assert (progress.get_attribute("value"), progress.get_attribute("max")) == ("1", "4")
    expect(page.locator("#shelf-add-button")).to_be_disabled()
    pipeline.gate.set()
    told = added(page)
    assert told.startswith("3 added, 2 refused.")
    assert "https://gone.example/x\nThere is no page at the address (HTTP 404); check it." in told
    assert "nonsense\nIt is no web address" in told
    expect(page.locator("#shelf-addresses textarea")).to_have_value("https://gone.example/x\nnonsense")
    expect(page.locator("#shelf-files tr.file")).to_have_count(0)
    expect(page.locator("#shelf .tally")).to_contain_text("of 30 articles")
    assert titles(page)[:3] == ["Pilots return", "High tide", "title unknown The-strike"]
    assert page.locator("#shelf .health dd >> nth=0").inner_text() == "30"
    assert not (pipeline.settings.data_dir / "uploads").exists()


def test_the_same_file_is_unchanged_and_another_of_its_name_changes_it(page: Page):
    name, text = "The strike.txt", "The pilots of the harbour stopped work on Monday, their union said."
    page.fill("#shelf-addresses textarea", "")
    for given, outcome in (
        (text, "1 added."),
        (text, "1 unchanged."),
        (f"{text} They want higher wages.", "1 changed."),
    ):
        give(page, text_file(name, given))
        page.click("#shelf-add-button")
        expect(page.locator("#shelf-added .done")).to_have_text(outcome)
        expect(page.locator("#shelf-files tr.file")).to_have_count(0)
    page.get_by_label("Title", exact=True).check(force=True)
    expect(page.locator("#shelf .tally")).to_contain_text("of 28 articles")


def test_names_of_files_and_all_that_is_known_of_articles_are_only_words(page: Page, pipeline: GatedPipeline):
    made = article(TEXT, name="evil", title=HOSTILE, outlet=HOSTILE, author=HOSTILE, published_at=None)
    passages = intake.passages(made, pipeline.embedder)
    with pipeline.store.writing() as writer:
        writer.put(made, passages, intake.embed(passages, pipeline.embedder))
    page.fill("#shelf-addresses textarea", f"https://{HOSTILE}")
    give(page, text_file(f"{HOSTILE}.doc", "x"))
    page.click("#shelf-add-button")
    told = added(page)
    assert f"{HOSTILE}.doc\nFiles ending in .doc" in told and f"https://{HOSTILE.split()[0]}\n" in told
    assert titles(page)[0] == HOSTILE
    assert f"{HOSTILE} · {HOSTILE} · date unknown" in page.locator("#shelf .rows li >> nth=0").inner_text()
    page.get_by_role("button", name=f"Remove: {HOSTILE}").click()
    assert HOSTILE in page.locator("#shelf .sure").inner_text()
    assert page.locator("#shelf img").count() == 0


def test_nothing_given_is_said(page: Page):
    page.click("#shelf-add-button")
    assert "Choose a file or give a web address first." in added(page)


def test_two_who_add_at_once_take_turns(page: Page, opened, pipeline: GatedPipeline):
    pipeline.gate.clear()
    other = opened()
    for one, name in ((page, "first.txt"), (other, "second.txt")):
        give(one, text_file(name, TEXT + name))
        one.click("#shelf-add-button")
        one.wait_for_selector("#shelf-added progress")
    expect(other.locator("#shelf-added")).to_contain_text("Somebody else is changing the library")
    pipeline.gate.set()
    assert [added(one) for one in (page, other)] == ["1 added.", "1 added."]


def test_an_article_is_removed_when_asked_twice_and_the_list_keeps_its_place(page: Page, pipeline: GatedPipeline):
    page.get_by_label("Title", exact=True).check(force=True)
    expect(page.locator("#shelf .rows h3 >> nth=0")).to_have_text("Ferry 01")
    page.get_by_role("button", name="Next page").click()
    expect(page.locator("#shelf .rows h3 >> nth=0")).to_have_text("Ferry 26")
    page.get_by_role("button", name="Remove: Ferry 26").press("Enter")
    sure = page.locator("#shelf .sure")
    expect(sure).to_contain_text("Remove “Ferry 26”? Its passages leave every search.")
    page.get_by_role("button", name="Keep: Ferry 26").press("Enter")
    expect(sure).to_have_count(0)
    assert titles(page)[0] == "Ferry 26" and pipeline.store.count().articles == ARTICLES
    page.get_by_role("button", name="Remove: Ferry 26").click()
    page.get_by_role("button", name="Remove for good: Ferry 26").press("Space")
    expect(page.locator("#shelf .rows .note")).to_have_text("“Ferry 26” was removed.")
    assert "Ferry 26" not in titles(page) and "Page 2 of 2" in page.locator("#shelf .pages").inner_text()
    assert page.locator("#shelf .health dd >> nth=0").inner_text() == str(ARTICLES - 1)
    assert not pipeline.search("ferry 26", limit=30)[0].byline.article_id.startswith("ferry-26")


def test_the_library_is_checked(page: Page):
    page.click("#shelf-check")
    page.wait_for_selector("#shelf-checked .outcome")
    assert page.locator("#shelf-checked").inner_text().startswith("All is well: 27 articles and 27 passages")


@pytest.mark.parametrize("width", [360, 800, 1440])
def test_nothing_is_wider_than_the_page(page: Page, opened, width: int):
    narrow = opened(width=width)
    give(narrow, text_file("a" * 150 + ".txt", TEXT))
    assert narrow.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert narrow.locator("#shelf .hop").is_visible() == (width < 960)
