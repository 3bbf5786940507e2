"""Everything that articles come in, and what is said of them: every format, front matter, bylines, dates, JSON-LD."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from rag import articles, byline, cleaning, copies, quality
from rag.articles import Text
from rag.byline import authors_and_agency, canonical, is_same_site, language_of, line, published, web_address
from rag.fetch import Fetched
from rag.fetch.kinds import DOCX
from rag.types import Article, Refusal

from . import seeds
from .mutations import edited, edited_text, prose
from .target import Target, identifier, iso, one_line, plain, sentence

_HERE = "https://www.wexley.example/news/bridge"
_WORD = seeds.word_parts()


def _fetched(data: bytes, kind: str, charset: str | None) -> Fetched:
    return Fetched(url=_HERE, content=data, content_type=kind, charset=charset, fetched_at="2026-03-10T12:00:00+00:00")


def _reads(kind: str) -> Callable[[tuple[bytes, str | None]], None]:
    def check(given: tuple[bytes, str | None]) -> None:
        page = _fetched(given[0], kind, given[1])
        found = list(articles.read_fetched(page))
        for one in found:
            whole(one)
        assert [_fixed(one) for one in articles.read_fetched(page)] == [_fixed(one) for one in found]
        named = [one.source for one in found if isinstance(one, Article)]
        assert len(named) == len(set(named))

    return check


def _fixed(one: Any) -> Any:
    return replace(one, ingested_at="") if isinstance(one, Article) else one


def whole(one: object) -> None:
    """What holds of every article, and of every refusal."""
    assert isinstance(one, Article | Refusal)
    plain(one)
    if isinstance(one, Refusal):
        sentence(one.reason)
        assert one.source.isprintable()
        return
    identifier(one.id)
    assert one.revision == hashlib.sha256(one.text.encode()).hexdigest()[:16]
    assert one.text.strip() == one.text != "" and "\r" not in one.text
    for named in (one.title, one.outlet, one.author, one.dateline, one.origin, one.language):
        one_line(named)
    for stated in (one.published_at, one.modified_at, one.dateline_day):
        iso(stated)
    assert one.url is None or web_address(one.url), one.url
    assert {found.field for found in one.findings} <= {*Article.__dataclass_fields__}
    for defect in one.defects:
        sentence(defect.reason)


def _given(value: tuple[str, ...]) -> None:
    text, title, outlet, author, url, day = value
    given = Text(text=text, title=title, outlet=outlet, author=author, url=url, published_at=day)
    found = articles.read_given(given, max_bytes=100_000)
    whole(found)
    assert _fixed(articles.read_given(given, max_bytes=100_000)) == _fixed(found)
    assert articles.read_given(given, max_bytes=0) or text == ""


def _dates(value: tuple[object, str | None]) -> None:
    found = published(value[0], language=value[1])
    iso(found)
    assert found is None or published(found) == found


def _bylines(value: tuple[str, str]) -> None:
    said, outlet = value
    author, agency = authors_and_agency([said], outlet=outlet)
    for one in (author, agency, line(said), language_of(said)):
        one_line(one)
    said_once = line(said)
    assert "<" in (said_once or "") or line(said_once) == said_once  # what was spelt as an entity may look like a tag
    place, day, origin, findings = byline.of_text(said, published_at="2024-12-01")
    one_line(place), one_line(origin)
    iso(day)
    plain(findings)


def _addresses(value: str) -> None:
    address = web_address(value)
    if address is None:
        return
    plain(address)
    once = canonical(address)
    assert canonical(once) == once and web_address(once), (address, once)
    assert is_same_site(once, once)
    identifier(articles.slug(once))


def _texts(value: tuple[str, str]) -> None:
    text, other = value
    once = cleaning.clean(text)
    assert cleaning.clean(once) == once
    plain(once)
    for defect in quality.defects(once, title=other):
        sentence(defect.reason)
    assert copies.alike(once, other) == copies.alike(other, once)
    assert articles.shown(text).isprintable()
    identifier(articles.slug(text + "a"))


def _word_of(content: bytes, name: str) -> bytes:
    return seeds.zipped({**_WORD, name: content})


_PARTS = [name for name in _WORD if name.endswith((".xml", ".rels"))]
_WORDS = st.one_of(
    edited(seeds.WORD),
    *(
        edited([_WORD[name]]).map(lambda data, name=name: _word_of(data, name))
        for name in ("word/document.xml", *_PARTS)
    ),
)
_CHARSETS = st.sampled_from([None, None, None, "utf-8", "iso-8859-1", "utf-16", "utf-7", "x", "rot13", "hex", "idna"])
_FORMATS: tuple[tuple[str, str, st.SearchStrategy[bytes], int], ...] = (
    ("text", "text/plain", edited(seeds.TEXT), 6),
    ("markdown", "text/markdown", edited(seeds.MARKDOWN), 6),
    ("html", "text/html", edited(seeds.HTML), 5),
    ("mhtml", "multipart/related", edited(seeds.MHTML), 2),
    ("json", "application/json", edited(seeds.JSON), 6),
    ("json lines", "application/x-ndjson", edited(seeds.LINES), 4),
    ("mail", "message/rfc822", edited(seeds.MAIL), 2),
    ("mailbox", "application/mbox", edited(seeds.MAILBOX), 2),
    ("web archive", "application/warc", edited(seeds.WARC), 2),
    ("pdf", "application/pdf", edited(seeds.PDF), 2),
    ("docx", DOCX, _WORDS, 2),
)
_DAYS = ("2024-12-01", "2024-12-01T10:00:00+01:00", "1 December 2024", "Mon, 02 Dec 2024 10:00:00 GMT", "٣ ديسمبر 2024")
_SAID = ("By Ann Lee and Jane Doe, Wexley Post", "WEXLEY, Dec 1 (AFP) - The bridge", "Ann Lee | Reuters", "von Ann Lee")
TARGETS = (
    *(
        Target(name=f"articles: {name}", inputs=st.tuples(inputs, _CHARSETS), check=_reads(kind), share=share)
        for name, kind, inputs, share in _FORMATS
    ),
    Target(
        name="articles: given",
        inputs=st.tuples(prose, prose, prose, prose, edited_text(seeds.ADDRESSES), edited_text(_DAYS)),
        check=_given,
        share=4,
    ),
    Target(
        name="dates",
        inputs=st.tuples(
            st.one_of(edited_text(_DAYS), st.integers(), st.floats(), st.none(), prose),
            st.sampled_from([None, "en", "fr"]),
        ),
        check=_dates,
        share=5,
    ),
    Target(name="bylines", inputs=st.tuples(edited_text(_SAID) | prose, prose), check=_bylines, share=8),
    Target(name="addresses of articles", inputs=edited_text(seeds.ADDRESSES) | prose, check=_addresses, share=12),
    Target(name="texts of articles", inputs=st.tuples(prose, prose), check=_texts, share=8),
)
