"""Reading pages as HTML: the right words are marked, what is not known is said, and nothing in an article is obeyed."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from page_pipeline import HOSTILE, PagePipeline, article
from serving import serving

from rag.api import create_app
from rag.errors import LibraryError, NotFoundError
from rag.revisions import difference
from rag.types import Article, Defect, Finding, Revision
from rag.ui import places, reading, texts

STATIC = Path(reading.__file__).parent / "static"
TEXT = (
    "The harbour of Orsk is closed.\n\n"
    "What the mayor says\n\n"
    "“We count 31 ships 🚢 at anchor,” the mayor said. Her deputy, Jose\u0301 Mu\u0308ller, disagrees.\n"
    "  \n"
    "  قال المتحدث إن الميناء مغلق.  \r\n\r\n"
    "Nobody has said when it opens"
)
STORY = article("orsk", TEXT, "Harbour closed", outlet="The Orsk Lamp", published_at="2024-12-01")
VOID = {"meta", "link"}


class Page(HTMLParser):
    """A page as a reader and a browser get it: its elements with their attributes, its marks, its paragraphs."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[int] = []
        self.texts: dict[int, str] = {}
        self.feed(html)
        self.close()
        assert self.open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts[len(self.elements) - 1] = ""
        if tag not in VOID:
            self.open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self.open.pop()][0] == tag, f"{tag} closes another element"

    def handle_data(self, data: str) -> None:
        for at in self.open:
            self.texts[at] += data

    def all(self, tag: str, kind: str | None = None) -> list[str]:
        """The texts of the elements of a tag, of a class."""
        found = enumerate(self.elements)
        return [self.texts[n] for n, (name, own) in found if name == tag and kind in (None, own.get("class"))]

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [own for name, own in self.elements if name == tag]


class Shelf(dict[str, Article]):
    """The library's face that reading needs."""

    def __init__(self, articles: dict[str, Article], earlier: tuple[Article, ...] = ()) -> None:
        super().__init__(articles)
        self.earlier = earlier

    def article(self, article_id: str, revision: str | None = None) -> Article:
        if article_id not in self:
            raise NotFoundError("There is no such article.")
        return next(one for one in self.had(article_id) if revision in (None, one.revision))

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        self.article(article_id)
        return tuple(
            Revision(
                article_id=one.id,
                revision=one.revision,
                ingested_at=one.ingested_at,
                title=one.title,
                published_at=one.published_at,
            )
            for one in self.had(article_id)
        )

    def had(self, article_id: str) -> list[Article]:
        return [self[article_id], *(one for one in self.earlier if one.id == article_id)]


def client(*articles: Article, earlier: tuple[Article, ...] = ()) -> TestClient:
    app = FastAPI()
    app.include_router(reading.router(SimpleNamespace(store=Shelf({one.id: one for one in articles}, earlier))))
    return TestClient(app)


def opened(source: Article, *, earlier: tuple[Article, ...] = (), **query: str | list[str]) -> Page:
    response = client(source, earlier=earlier).get("/" + reading.href(source.id), params=query)
    assert response.status_code == 200 and response.headers["content-type"] == "text/html; charset=utf-8"
    return Page(response.text)


def cited(words: str, source: Article = STORY) -> Page:
    start = source.text.index(words)
    return opened(source, revision="r1", start=str(start), end=str(start + len(words)))


def test_the_page_says_whose_the_article_is_and_shows_its_paragraphs():
    page = opened(replace(STORY, author="Ann Ide", url="https://example.org/orsk?a=1&b=2"))
    assert page.all("title") == ["Harbour closed · Crosscheck"]
    assert page.all("h1") == ["Harbour closed"]
    assert page.all("p", "byline") == ["The Orsk Lamp · Ann Ide · 1 December 2024"]
    assert page.all("dd") == ["1 January 2025, 00:00 UTC", "https://example.org/orsk?a=1&b=2"]
    link = next(own for own in page.attributes("a") if own.get("target"))
    assert link["href"] == "https://example.org/orsk?a=1&b=2"
    assert link["rel"] == "noopener noreferrer nofollow"
    assert page.all("p", None)[-5:] == [
        "The harbour of Orsk is closed.",
        "What the mayor says",
        "“We count 31 ships 🚢 at anchor,” the mayor said. Her deputy, Jose\u0301 Mu\u0308ller, disagrees.",
        "قال المتحدث إن الميناء مغلق.",
        "Nobody has said when it opens",
    ]
    assert page.all("p", "crosshead") == ["What the mayor says"]
    assert [own.get("dir") for own in page.attributes("p")][-5:] == ["auto"] * 5
    assert page.attributes("html") == [{"lang": "en"}]
    assert ("main", {"id": "article", "class": "reading"}) in page.elements
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.attributes("meta")
    assert page.all("mark") == [] and page.all("p", "note") == []


def test_what_is_not_known_is_said():
    nameless = replace(STORY, title=None, outlet=None, published_at=None, source="file:/secret/folder/orsk.md")
    page = opened(nameless)
    assert page.all("h1") == ["title unknown"]
    assert page.all("p", "byline") == ["outlet unknown · author unknown · date unknown"]
    assert page.all("dd") == ["1 January 2025, 00:00 UTC", "orsk.md"]
    assert page.all("title") == ["An article without a title · Crosscheck"]


def test_an_article_without_text_is_a_page_too():
    assert opened(replace(STORY, text=""), revision="r1").all("p", "note") == []


@pytest.mark.parametrize(
    "words",
    [
        "The harbour of Orsk is closed.",
        "31 ships 🚢 at anchor",
        "🚢",
        "Jose\u0301 Mu\u0308ller",  # written with a combining accent
        "قال المتحدث إن الميناء مغلق.",
        "mayor said. Her deputy",
        "Nobody has said when it opens",
    ],
)
def test_the_quote_is_marked_to_the_letter(words: str):
    page = cited(words)
    assert page.all("mark") == [words]
    assert page.attributes("mark") == [{"id": "quote", "tabindex": "-1", "class": "quote"}]


def test_a_quote_over_several_paragraphs_is_marked_in_each_and_named_once():
    start, end = TEXT.index("closed."), TEXT.index("“We count") + len("“We count")
    page = opened(STORY, revision="r1", start=str(start), end=str(end))
    assert page.all("mark") == ["closed.", "What the mayor says", "“We count"]
    assert [own.get("id") for own in page.attributes("mark")] == ["quote", None, None]


def test_other_cited_places_are_marked_apart_and_never_over_the_quote():
    places = [f"{TEXT.index('31')}-{TEXT.index('31') + 8}", f"0-{len('The harbour')}", "9-3", "x", "5", "-", "0-99999"]
    start = TEXT.index("ships")
    page = opened(STORY, revision="r1", start=str(start), end=str(start + 5), also=places)
    assert page.all("mark", "also") == ["The harbour", "31 "]
    assert page.all("mark", "quote") == ["ships"]
    assert page.all("p", "note") == []
    assert len(opened(STORY, revision="r1", also=[f"{n}-{n + 1}" for n in range(300)]).all("mark")) <= 50


def test_nothing_is_marked_in_another_revision():
    for query in ({"revision": "r0", "start": "4", "end": "11"}, {"revision": "r0"}, {"revision": ""}):
        page = opened(STORY, **query)
        assert page.all("p", "note") == [places.CHANGED] and page.all("mark") == []
    assert page.all("h1") == ["Harbour closed"]
    page = opened(STORY, start="4", end="11")
    assert page.all("p", "note") == [places.NO_REVISION] and page.all("mark") == []


BEFORE = replace(
    STORY,
    revision="r0",
    text=TEXT.replace("31 ships", "27 ships").replace("closed", "open"),
    title="Harbour open",
    ingested_at="2024-12-01T09:00:00+00:00",
)
FIRST = replace(BEFORE, revision="r-1", text="The harbour of Orsk is open.", ingested_at="2024-11-30T09:00:00+00:00")


def test_an_older_text_is_shown_with_its_quote_and_says_that_it_is_one():
    start = BEFORE.text.index("27 ships")
    page = opened(STORY, earlier=(BEFORE,), revision="r0", start=str(start), end=str(start + 8))
    assert page.all("h1") == ["Harbour open"] and page.all("mark") == ["27 ships"]
    assert page.all("p", "note") == [
        "This is the text as it was taken in on 1 December 2024, 09:00 UTC. The article has changed since. "
        "What has changed · Read it as it is now"
    ]
    ways = [own["href"] for own in page.attributes("a") if own.get("class") == "read"]
    assert ways == ["../read/orsk?since=r0#quote", "../read/orsk"]
    assert page.all("details") == []


def test_what_was_not_kept_is_still_said():
    page = opened(STORY, earlier=(BEFORE,), revision="r9", start="4", end="11")
    assert page.all("p", "note") == [places.CHANGED] and page.all("mark") == []
    assert page.all("h1") == ["Harbour closed"]


def test_the_article_says_how_often_it_has_changed_and_how_the_last_time():
    assert opened(STORY).all("details") == []
    page = opened(STORY, earlier=(BEFORE, FIRST))
    assert page.all("summary") == ["Changed twice since it was first taken in, last seen on 1 January 2025, 00:00 UTC"]
    assert page.all("del") == ["[was: open] ", "[was: 27] "] and page.all("ins") == ["[now: closed] ", "[now: 31] "]
    assert page.all("li")[:2] == [
        "The harbour of Orsk is [was: open] [now: closed] .",
        "“We count [was: 27] [now: 31]  ships 🚢 at anchor,” the mayor said.",
    ]
    ways = [own["href"] for own in page.attributes("a") if own.get("class") == "read"]
    since = [[f"../read/orsk?revision={name}", f"../read/orsk?since={name}#quote"] for name in ("r0", "r-1")]
    assert ways == [*since[0], *since[1]]
    assert page.all("p")[-1] == "Nobody has said when it opens"


def test_many_changes_are_listed_in_part():
    words = [f"ship{n}" for n in range(60)]
    was = replace(STORY, revision="r0", text=" and the tall ".join(f"{word}a" for word in words))
    page = opened(replace(STORY, text=" and the tall ".join(words)), earlier=(was,))
    assert len(page.all("ins")) == 10
    assert "And 50 more. What has changed since" in page.all("p")


def test_what_changed_stands_in_its_place_in_the_text():
    page = opened(STORY, earlier=(BEFORE,), since="r0")
    assert page.all("p", "note") == [
        "What changed from the text of 1 December 2024, 09:00 UTC to that of 1 January 2025, 00:00 UTC. 2 changes. "
        "As it was · As it is now",
        "Title: [was: Harbour open]  [now: Harbour closed] ",
    ]
    assert "The harbour of Orsk is [was: open] [now: closed] ." in page.all("p")
    assert [own.get("id") for own in page.attributes("del")] == [None, "quote", None]
    same = opened(STORY, earlier=(BEFORE,), since="r1")
    assert same.all("del") == [] and "The two texts are the same." in same.all("p", "note")[0]
    backwards = opened(STORY, earlier=(BEFORE,), since="r1", revision="r0")
    assert backwards.all("ins") == ["[now: Harbour open] ", "[now: open] ", "[now: 27] "]


@pytest.mark.parametrize("query", [{"since": "r9"}, {"since": ""}, {"since": "r0", "revision": "r9"}, {"since": "<b>"}])
def test_texts_that_are_none_are_not_compared(query: dict[str, str]):
    response = client(STORY, earlier=(BEFORE,)).get("/read/orsk", params=query)
    assert response.status_code == 404
    assert Page(response.text).all("p", "note") == [reading.NO_TEXT]


def test_what_else_is_known_is_shown_with_where_it_is_from():
    known = replace(
        STORY,
        modified_at="2024-12-02",
        language="de",
        dateline="Orsk",
        dateline_day="2024-12-01",
        origin="Lamp News Agency",
        findings=(
            Finding(field="published_at", source="json-ld", confidence="high"),
            Finding(field="author", source="text", confidence="low"),
        ),
        defects=(Defect(kind="truncated", reason="The text breaks off in the middle of a sentence."),),
    )
    page = opened(known)
    assert page.all("dt") == ["Taken in", "From", "Last changed", "Dateline", "Agency", "Language"]
    assert page.all("dd")[2:] == ["2 December 2024", "Orsk, 1 December 2024", "Lamp News Agency", "German"]
    assert page.all("td") == ["json-ld", "sure", "text", "not sure enough to be believed"]
    assert page.all("th")[3:] == ["date", "author"]
    assert page.all("p", "note") == ["The text breaks off in the middle of a sentence."]
    assert [own["lang"] for own in page.attributes("div") if "lang" in own] == ["de"]
    odd = opened(replace(known, language='x" onload="'))
    assert [own["lang"] for own in odd.attributes("div") if "lang" in own] == [""]


@given(
    st.text(st.sampled_from("ab .\n\u0301🚢ق<&"), max_size=60),
    st.text(st.sampled_from("ab .\n\u0301🚢ق<&"), max_size=60),
)
def test_a_comparison_shows_every_word_of_both_texts(old: str, new: str):
    shown = Page(texts.compared(new, difference(old, new)))

    def squeezed(text: str) -> str:
        return "".join(re.sub(r"\[(?:was|now): |\] ", "", text).split())

    assert sorted(squeezed("".join(shown.all("div")))) == sorted(
        squeezed(new) + "".join(squeezed(one.before) for one in difference(old, new))
    )


@pytest.mark.parametrize(
    "query",
    [
        {"start": "11", "end": "4"},
        {"start": "4", "end": "4"},
        {"start": "-4", "end": "11"},
        {"start": "4"},
        {"end": "4"},
        {"start": "0", "end": str(len(TEXT) + 1)},
        {"start": "9" * 5000, "end": "9" * 5001},
        {"start": "٤", "end": "٩"},
        {"start": "4.0", "end": "1e1"},
        {"start": "<script>", "end": "\x00"},
        {"start": str(TEXT.index("\n\nWhat")), "end": str(TEXT.index("What"))},  # no words there
    ],
)
def test_a_place_that_is_none_is_said_in_one_sentence(query: dict[str, str]):
    page = opened(STORY, revision="r1", **query)
    assert page.all("p", "note") == [places.NO_PLACE] and page.all("mark") == []
    assert "The harbour of Orsk is closed." in page.all("p")


@pytest.mark.parametrize(
    "name", ["nothing", "", "../secret", "a/b", "%2e%2e", "a\x00b", "<script>", "'; DROP TABLE articles", "x" * 5000]
)
def test_an_unknown_id_gets_a_page_with_one_sentence(name: str):
    response = client(STORY).get("/" + reading.href(name))
    assert response.status_code == 404 and response.headers["content-type"] == "text/html; charset=utf-8"
    page = Page(response.text)
    assert page.all("p", "note") == [reading.NOT_FOUND]
    assert page.all("h1") == ["No such article"]
    assert "DROP" not in response.text and "script" not in response.text


def test_a_library_that_fails_is_said_as_it_says():
    def fail(_: str) -> Article:
        raise LibraryError("The library in <data> cannot be read: run `python ingest.py --check`.")

    app = FastAPI()
    app.include_router(reading.router(SimpleNamespace(store=SimpleNamespace(revisions=fail))))
    response = TestClient(app).get("/read/orsk")
    assert response.status_code == 503
    sentence = "The library in <data> cannot be read: run `python ingest.py --check`."
    assert Page(response.text).all("p", "note") == [sentence]


def test_any_id_leads_to_its_article():
    names = (
        "orsk",
        "a/b/../c",
        "a b+c",
        "50%25",
        "%2F",
        "صحيفة",
        "ship-🚢",
        "a?b#c&d=e",
        "x.html",
        "a'b\"c<d>",
        "a\\b",
    )
    app = client(*(replace(STORY, id=name, title=name) for name in names)).app
    with serving(app) as url, httpx.Client(base_url=url) as one:
        for name in names:
            address = reading.href(name, revision="r1", start=4, end=11)
            assert re.fullmatch(r"read/[A-Za-z0-9._~%-]+\?[A-Za-z0-9&=]+#quote", address)
            page = Page(one.get(f"/{address}").text)
            assert page.all("h1") == [name]
            assert page.all("mark") == ["harbour"]


def test_the_address_names_what_is_known():
    assert reading.href("orsk") == "read/orsk"
    assert reading.href("orsk", revision="r1") == "read/orsk?revision=r1"
    assert reading.href("orsk", revision="r&1", start=0, end=5) == "read/orsk?revision=r%261&start=0&end=5#quote"
    assert reading.href("a\ud800b") == "read/a%3Fb"


@given(st.text())
def test_the_address_gives_the_id_back(name: str):
    parts = urlsplit(reading.href(name, revision=name, start=1, end=2))
    whole = name.encode("utf-8", "replace").decode()
    assert parts.scheme == parts.netloc == "" and parts.path.count("/") == 1
    assert unquote(parts.path.removeprefix("read/")) == whole
    assert parse_qs(parts.query, keep_blank_values=True)["revision"] == [whole]


@given(st.text(st.sampled_from("ab .\n\r\t\u2028\x1cé\u0301🚢ق<&")), st.data())
def test_paragraphs_hold_all_words_and_marks_are_where_the_offsets_are(text: str, data: st.DataObject):
    spans = list(texts.paragraphs(text))
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    source = replace(STORY, text=text)
    marking = places.place(source, revision="r1", start=str(start), end=str(end))
    marks = Page(reading.page(source, marking)).all("mark")
    squeezed = "".join("".join(marks).replace("\ufffd", "").split())
    assert squeezed == "".join(text[start:end].split())
    assert (marking.note == "") == bool(text[start:end].strip())


def test_nothing_in_an_article_is_obeyed():
    evil = replace(
        article("evil<script>", f"Before. {HOSTILE} After.\n\n{HOSTILE}", HOSTILE, outlet=HOSTILE, author=HOSTILE),
        url="javascript:window.hacked=5",
        published_at=HOSTILE,
        ingested_at=HOSTILE,
        source=f"javascript:{HOSTILE}",
        modified_at=HOSTILE,
        language=HOSTILE,
        dateline=HOSTILE,
        origin=HOSTILE,
        findings=(Finding(field=HOSTILE, source=HOSTILE, confidence="high"),),
        defects=(Defect(kind="paywall", reason=HOSTILE),),
    )
    was = replace(evil, revision="r0", title=f"{HOSTILE}?", text=f"{HOSTILE} Before.")
    held = client(evil, earlier=(was,))
    place = f"/{reading.href(evil.id)}"
    response = held.get(place, params={"revision": "r1", "start": "3", "end": "60"})
    other = held.get(place, params={"since": "r0"})
    page, compared = Page(response.text), Page(other.text)
    elements = [*page.elements, *compared.elements]
    assert {tag for tag, _ in elements} <= set(
        "html head meta title link body header main h1 p a bdi span time dl div dt dd mark".split()
        + "details summary table thead tbody tr th td h2 ol ul li del ins".split()
    )
    allowed = set("lang charset name content rel href class id dir datetime hidden role tabindex target scope".split())
    assert {key for _, own in elements for key in own} <= allowed
    own = [own["href"] for tag, own in elements if tag in ("a", "link")]
    assert [one for one in own if not one.startswith(("../", "data:,", "#do:chat:"))] == []
    assert page.all("mark")[0] == evil.text[3:60]
    assert HOSTILE.splitlines()[0] in page.all("h1")[0]
    assert other.status_code == 200 and compared.all("ins") and compared.all("del")
    assert response.headers["content-security-policy"] == reading.POLICY
    assert "script-src" not in reading.POLICY and "default-src 'none'" in reading.POLICY


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a\nb", "file:/etc/passwd", "https://"],
)
def test_only_a_web_address_becomes_a_link(url: str):
    page = opened(replace(STORY, url=url, source="file:/data/orsk.md"))
    assert not any(own.get("target") for own in page.attributes("a"))
    assert page.all("dd")[1] == "orsk.md"


def test_asking_about_the_article_waits_for_the_script():
    page = opened(replace(STORY, id='a"b'))
    order = next(own for own in page.attributes("a") if own.get("class") == "do")
    assert unquote(order["href"]) == '#do:chat:{"do":"only","article":"a\\"b"}'
    assert any(own.get("class") == "deed" and "hidden" in own for own in page.attributes("p"))


def test_behind_the_gate_the_stricter_policy_stands():
    app = create_app(PagePipeline())
    app.include_router(reading.router(SimpleNamespace(store=Shelf({"orsk": STORY}))))
    with TestClient(app, base_url="http://127.0.0.1") as one:
        response = one.get("/read/orsk")
        assert response.headers["content-security-policy"] == reading.POLICY
        assert response.headers["x-frame-options"] == "DENY"
        assert "/read/" not in one.get("/openapi.json").text


def test_the_page_works_without_a_script_and_in_the_dark():
    page = opened(STORY)
    sheets = [own["href"] for own in page.attributes("link") if own["rel"] == "stylesheet"]
    assert sheets == ["../page/page.css", "../page/reader.css"]
    assert page.attributes("script") == []

    def colours(css: str, selector: str) -> dict[str, str]:
        return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css.partition(f"{selector} {{")[2].partition("}")[0]))

    css = (STATIC / "reader.css").read_text("utf-8")
    there = colours((STATIC / "page.css").read_text("utf-8"), "body.dark")
    here = colours(css.partition("prefers-color-scheme: dark")[2], "body.standalone")
    assert here == {name: there[name] for name in here}
    assert set(re.findall(r"var\(--([a-z-]+)\)", css)) & set(there) <= set(here)


def test_stylesheet_and_script_load_nothing_and_make_no_html_of_text():
    both = "".join((STATIC / name).read_text("utf-8") for name in ("reader.css", "reader.js"))
    assert not re.search(r"https?://|@import|url\(|innerHTML|outerHTML|insertAdjacent|document\.write|eval\(", both)
