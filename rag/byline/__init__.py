"""Who published an article, under which title, when, where from: each value with its source, and unknown when unsure.

`of_page` reads a web page, `of_text` what any text says of where it comes from. Nothing is fetched or guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from rag.byline import agencies
from rag.byline import dateline as datelines
from rag.byline.addresses import absolute as absolute
from rag.byline.addresses import canonical as canonical
from rag.byline.addresses import host_of as host_of
from rag.byline.addresses import is_same_site as is_same_site
from rag.byline.addresses import web_address as web_address
from rag.byline.authors import authors_and_agency as authors_and_agency
from rag.byline.authors import in_text
from rag.byline.dates import published as published
from rag.byline.metadata import language_of as language_of
from rag.byline.names import LONGEST_NAME as LONGEST_NAME
from rag.byline.names import LONGEST_TITLE as LONGEST_TITLE
from rag.byline.names import line as line
from rag.byline.names import same_title as same_title
from rag.byline.outlets import by_host as by_host
from rag.byline.pages import Page
from rag.byline.pages import Stated as Stated
from rag.byline.pages import with_text as with_text
from rag.types import Finding

NOTHING: Mapping[str, str] = MappingProxyType({})


def of_page(
    tree: Any,  # noqa: ANN401
    *,
    address: str | None,
    fetched_at: str | None,
    given: Mapping[str, str] = NOTHING,
    text: str = "",
) -> Stated:
    """What a web page states of its article. The tree is lxml's, whole (with its JSON-LD scripts), and stays as it is.

    `address` is where the page was read, if that is known: of addresses of other sites it says nothing that is
    believed. `fetched_at` is the ISO instant that it was read, which no date of it is later than. `given` is what
    others said of the article by field (`title`, `outlet`, `author`, `published_at`), and who did (`source`); `text`
    the article's own text, for its dateline and the agency that it credits.
    """
    stated = Page(tree, address=address, fetched_at=fetched_at, given=given).stated()
    if stated.author is None and (author := in_text(text)):
        found = Finding(field="author", source="text", confidence="medium")
        stated = replace(stated, author=author, findings=(*stated.findings, found))
    return with_text(stated, of_text(text, published_at=stated.published_at))


def of_text(text: str, *, published_at: str | None) -> tuple[str | None, str | None, str | None, tuple[Finding, ...]]:
    """The place and the ISO day that a text is dated from, the agency whose copy it says it is, and the findings."""
    sent = datelines.read(text, published_at=published_at)
    origin = sent.agency or agencies.credited(text)
    findings = [
        Finding(field=field, source="text", confidence="high" if sent.agency else "medium")
        for field, value in (("dateline", sent.place), ("dateline_day", sent.day), ("origin", origin))
        if value
    ]
    return sent.place, sent.day, origin, tuple(findings)
