"""The page as it is served and wired, and its texts as HTML; what a person sees of it is tested in test_page.py."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from page_pipeline import PagePipeline, abstained, casualties, cite, half_answered, hit, hostile, modelled
from serving import serving

from rag import ui
from rag.config import load_settings
from rag.pipeline import Pipeline
from rag.types import Answer, Turn
from rag.ui import cards, desk, inert, markup
from rag.ui.talk import Exchange, Talk

CORPUS = Path(__file__).parent.parent / "corpus"
STATIC = Path(ui.__file__).parent / "static"
CSS = (STATIC / "page.css").read_text("utf-8")
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=200) | st.sampled_from(
    ["<b>", "a\n\n# b", "![x](http://e.example)", "</div>", "$$x$$", "&lt;", "'\"", "\x00\x1f\x85\u2028", "\ud800"]
)


class Reader(HTMLParser):
    """What a browser makes of HTML: its tags in order, its attributes, its text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@given(ANYTHING)
def test_a_text_becomes_one_line_that_reads_the_same_and_holds_no_tag(text: str):
    escaped = inert.escape(text)
    read = Reader(f"<p>{escaped}</p>")
    assert read.tags == ["p"]
    assert not re.search("[<>\"'\n\r\x00-\x1f\u2028\u2029\ud800-\udfff]", escaped)
    plain = re.sub("[\t\n\x0b\x0c\r\x85\u2028\u2029]", " ", text.encode("utf-8", "replace").decode("utf-8"))
    assert re.sub("[\n ]", " ", read.text) == re.sub("[\x00-\x1f\x7f-\x9f]", "\ufffd", plain)


def test_no_text_of_an_answer_adds_a_tag_or_a_line_to_the_page():
    wild = hostile(PagePipeline(), "<script>")
    tame = [build(PagePipeline(), "killed") for build in (casualties, half_answered, modelled)]
    for show in (lambda given: markup.answer(given, turn=1), lambda given: cards.evidence(given, turn=1)):
        assert set(Reader(show(wild)).tags) <= set(Reader("".join(map(show, tame))).tags)
        assert "\n" not in show(wild)
        addresses = [value or "" for name, value in Reader(show(wild)).attributes if name in {"href", "src", "action"}]
        assert all(address.startswith(("#mark-1-", "#coverage", "#timeline", "read/hostile?")) for address in addresses)


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://example.org/a?b=1&c=2", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("vbscript:x", False),
        ("//example.org/x", False),
        ("/articles/1", False),
        ("https:///path-alone", False),
        ("http://[::1", False),
        ("ftp://example.org", False),
        ("", False),
        (None, False),
    ],
)
def test_only_http_addresses_become_links(address: str | None, safe: bool):
    assert inert.safe_link(address) == (address if safe else None)


def test_the_words_around_a_quote_come_from_the_passage_that_holds_it():
    article = PagePipeline().articles["patrons-hesitate"]
    quote = "Damascus has not asked."
    citation, found = cite(1, article, quote), hit(article, quote, 1)
    before, after = cards.surroundings(citation, [found])
    passage = found.passage.text
    assert before.startswith("… ") and passage.partition(quote)[0].endswith(before[2:])
    assert after.endswith(" …") and passage.partition(quote)[2].startswith(after[:-2])
    assert len(before) <= cards.CONTEXT_CHARACTERS + 2 >= len(after)
    assert cards.surroundings(citation, []) == ("", "")


def test_what_is_unknown_of_an_article_is_said_to_be_unknown():
    card = cards.evidence(modelled(PagePipeline(), "?"), turn=3)
    assert "unknown" not in card
    article = PagePipeline().articles["three-hundred-insurgents-dead"]
    bare = markup.contents([type(article.byline)(article_id="x", revision="r1")], 1)
    assert [word for word in ("title", "outlet", "date") if f"{word} unknown" in bare] == ["title", "outlet", "date"]


def test_the_conversation_before_is_questions_and_answers_without_markup():
    given_answer = casualties(PagePipeline(), "killed")
    exchanges = (Exchange(question="killed", answer=given_answer), Exchange(question="lost", trouble="It failed."))
    assert desk.history(Talk(exchanges=exchanges)) == (
        Turn(role="user", content="killed"),
        Turn(role="assistant", content=given_answer.text),
    )


def test_each_answer_of_a_conversation_keeps_its_own_numbers():
    talk = Talk(exchanges=(Exchange(question="killed", answer=casualties(PagePipeline(), "killed")),) * 2)
    page = markup.panel(talk) + markup.earlier(talk)
    page += "".join(message["content"] for message in markup.conversation(talk))
    read = Reader(page)
    names = [value for name, value in read.attributes if name == "id"]
    assert len(names) == len(set(names)) == 12
    targets = {value[1:] for name, value in read.attributes if name == "href" and value and value.startswith("#mark")}
    marked = {
        value.partition(" e-")[2] for name, value in read.attributes if name == "class" and " e-" in (value or "")
    }
    assert targets | {f"evidence-{one}" for one in marked} == set(names)


def test_a_refusal_that_cites_what_the_articles_say_instead_keeps_its_marks():
    refusal = replace(casualties(PagePipeline(), "killed"), abstained=True, reason="false_premise")
    html = markup.answer(refusal, turn=1)
    assert "No answer" in html and html.count('id="mark-1-') == 3


def test_an_answer_without_citations_shows_no_evidence_but_says_so():
    assert "Nothing is cited" in cards.evidence(Answer(question="?", standalone_question="?", text="."), turn=1)
    assert "Nothing is cited" in cards.evidence(abstained(PagePipeline(articles={}), "?"), turn=1)


def test_the_head_says_what_there_is_and_which_way_it_answers():
    assert "4 articles from 4 outlets" in Reader(markup.masthead(4, 4, model=None)).text
    assert "word-for-word quotations: no language model is set." in Reader(markup.masthead(0, 0, model=None)).text
    assert "No articles yet" in Reader(markup.masthead(0, 0, model=None)).text
    modelled_head = Reader(markup.masthead(1, 1, model="<b>m</b>"))
    assert "1 article from 1 outlet" in modelled_head.text and "written by <b>m</b> from these" in modelled_head.text


def test_the_shipped_articles_answer_every_example(tmp_path: Path):
    settings = load_settings(data_dir=tmp_path / "data")
    offline = settings.model_copy(update={"openai_api_key": None, "openai_base_url": None})
    with Pipeline(offline) as pipeline:
        pipeline.ingest([CORPUS])
        held = {byline.article_id for byline in pipeline.store.articles()}
        assert {article for _, article in desk.EXAMPLES} <= held
        for question, article in desk.EXAMPLES:
            given_answer = pipeline.answer(question)
            assert not given_answer.abstained, question
            assert article in {citation.article_id for citation in given_answer.citations}, question


@pytest.fixture(scope="module")
def address():
    pipeline = PagePipeline()
    with serving(ui.mount(FastAPI(), pipeline)) as url:
        yield url


def test_the_first_page_admits_its_own_scripts_by_hash_and_no_other(address: str):
    response = httpx.get(address, headers={"Accept-Encoding": "gzip, br"})
    scripts = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", response.text, re.DOTALL)
    policy = dict(part.strip().split(" ", 1) for part in response.headers["content-security-policy"].split(";"))
    hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()}'" for one in scripts}
    assert scripts and set(policy["script-src"].split()) == {"'self'", *hashes}
    assert policy["default-src"] == policy["connect-src"] == policy["form-action"] == "'self'"
    assert response.text.index("page.css") < response.text.index("</head>")
    assert int(response.headers["content-length"]) == len(response.content)


def test_a_policy_that_the_application_sets_is_kept():
    app = FastAPI()

    @app.middleware("http")
    async def policed(request, call_next):
        response = await call_next(request)
        response.headers["content-security-policy"] = "script-src 'self'; object-src 'none'; sandbox"
        return response

    with serving(ui.mount(app, PagePipeline())) as url:
        policy = httpx.get(url).headers["content-security-policy"]
    assert re.fullmatch(r"script-src 'self'( 'sha256-[^']+')+; object-src 'none'; sandbox", policy)


def test_routes_of_the_api_come_before_the_page():
    app = FastAPI()
    app.add_api_route("/healthz", lambda: "well")
    with serving(ui.mount(app, PagePipeline())) as url:
        assert httpx.get(f"{url}/healthz").json() == "well"
        assert set(httpx.get(f"{url}/openapi.json").json()["paths"]) == {"/healthz"}


def test_the_page_serves_no_file_takes_no_large_upload_and_keeps_no_runs(address: str):
    config = httpx.get(f"{address}/config").json()
    assert {one["api_visibility"] for one in config["dependencies"]} <= {"private"}
    assert config["footer_links"] == []
    for path in ("file=/etc/passwd", "file=app.py", "runs", "monitoring"):
        assert httpx.get(f"{address}/gradio_api/{path}").status_code in {403, 404}
    upload = httpx.post(f"{address}/gradio_api/upload", files={"files": ("a.txt", b"x" * 1_100_000)})
    assert upload.status_code == 413


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2 between two colours written `#rrggbb`."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", [":root", "body.dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("ink", "sheet"),
        ("faint", "paper"),
        ("faint", "sheet"),
        ("accent", "paper"),
        ("accent-ink", "accent"),
        ("highlight-ink", "highlight"),
    ],
)
def test_text_stands_out_from_its_ground(mode: str, ink: str, ground: str):
    block = CSS.partition(f"{mode} {{")[2].partition("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_stylesheets_and_scripts_load_nothing_from_elsewhere_and_make_no_markup_of_text(path: Path):
    wrong = r"https?://|@import|url\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function"
    assert not re.search(wrong, path.read_text("utf-8"))
