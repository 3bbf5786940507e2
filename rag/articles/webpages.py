"""Articles out of web pages: the one door to trafilatura. Nothing is fetched, and what the page hides is not read."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from rag import byline
from rag.articles.body import read_body
from rag.articles.drafts import Draft, from_stated
from rag.articles.hidden import drop_hidden
from rag.articles.prose import decode, in_utf8
from rag.articles.signals import signals
from rag.errors import ArticleError

NOTHING: Mapping[str, str] = MappingProxyType({})
MOST_BYTES = 5 * 1024 * 1024  # a page of that size takes seconds to take apart
_MOST_ELEMENTS = 100_000  # twenty times as many as a long article has with all that is around it
_MOST_FOR_SECOND = 20_000
_MOST_ATTRIBUTES = 1_000  # of one element: the tree looks each up among the others of its element
_SHORTEST_COUNTED = 100_000  # characters; a shorter page has too few attributes to take long
_STUB = 40  # characters, fewer than any article has
_LOST = "\ufffd"
_MOST_LOST = 1_000
_HEAD_BYTES = 4_096  # a page's encoding is declared in them, or it is not
_CHARSET = re.compile(
    rb"""<meta\b[^<>]{0,200}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([A-Za-z0-9_:.-]{2,40})""", re.IGNORECASE
)

# The tree is lxml's, which declares no types: it stays in this module.
_LINES = frozenset({"br", "dd", "dt", "li", "tr"})
_PARAGRAPHS = frozenset({"address", "article", "aside", "blockquote", "div", "dl", "figcaption", "figure", "footer"})
_PARAGRAPHS |= {"h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "main", "nav", "ol", "p", "pre", "section"}
_PARAGRAPHS |= {"table", "ul"}
_MARKED_UP = re.compile(
    r"<!--|<(?:p|br|div|[uo]l|li|h[1-6]|span|a|article|section|b|i|u|em|strong|font|small|blockquote|table|figure|img|del|s"
    r"|template|noscript|style|script|dialog|details|textarea|svg)\b[^<>]{0,500}>",
    re.IGNORECASE,
)

# Elements that hold nothing, by the standard; the parser gives them all that follows.
_EMPTY = ("embed", "source", "track", "wbr", "bgsound", "image")


def from_html(
    data: bytes, *, address: str | None = None, fetched_at: str | None = None, given: Mapping[str, str] = NOTHING
) -> Draft:
    """The article of a web page; date and outlet only where the page states them. Raises ArticleError.

    `address` is where the page was read, if that is known: what it says of itself by an address of another site is
    not believed. `fetched_at` is the instant that it was read, ISO. `given` is what others said of the article by field
    (`title`, `outlet`, `author`, `published_at`), and who did (`source`: "feed", "sitemap").
    """
    if len(data) > MOST_BYTES:
        raise ArticleError(
            f"The page has {len(data) / 1e6:.1f} MB of HTML, above the limit of {MOST_BYTES / 1e6:.0f} MB; "
            "save the article alone, or as text."
        )
    tree = _tree(_text(in_utf8(data, _declared(data))))
    elements = sum(1 for _ in tree.iter())
    if elements > _MOST_ELEMENTS:
        raise ArticleError(
            f"The page has {elements:,} HTML elements, above the limit of {_MOST_ELEMENTS:,}; "
            "save the article alone, or as text."
        )
    stated = byline.of_page(tree, address=address, fetched_at=fetched_at, given=given)
    drop_hidden(tree)
    body = read_body(tree)
    page = signals(tree, body, address=address)
    if body.below and not stated.origin:  # "Source: AFP" is the page's word, and tells whose copy the text is
        _, _, origin, found = byline.of_text(body.below, published_at=None)
        credits = tuple(finding for finding in found if finding.field == "origin")
        stated = byline.with_text(stated, (None, None, origin, credits))
    drafted = from_stated(
        stated, text=body.text or (_second_opinion(tree) if elements <= _MOST_FOR_SECOND else ""), page=page
    )
    if _LOST in drafted.text:
        raise ArticleError("The page's text is damaged UTF-8; save it again as UTF-8.")
    if drafted.defects and len(drafted.text) < _STUB:
        raise ArticleError(f"{drafted.defects[0].reason} Give the article itself.")
    return drafted


def _text(data: bytes) -> str:
    """The markup that bytes spell; single damaged bytes of UTF-8 are `_LOST`, as they may stand outside the article."""
    try:
        return decode(data)
    except ArticleError:
        text = data.decode("utf-8", "replace")
        if not 0 < text.count(_LOST) <= _MOST_LOST:
            raise
        return text


def _declared(data: bytes) -> str | None:
    """The encoding that a page gives itself in its first bytes; None where it gives none."""
    match = _CHARSET.search(data[:_HEAD_BYTES])
    return match[1].decode("ascii") if match else None


def without_tags(text: str) -> str:
    """Text with its HTML, if any, taken out: blocks become lines, hidden parts are left out. Raises ArticleError."""
    if len(text) > MOST_BYTES or not _MARKED_UP.search(text):
        return text
    tree = _tree(f"<html><body><div>{text}</div><p></p></body></html>")
    drop_hidden(tree)
    for element in tree.iter():
        if element.tag in _LINES or element.tag in _PARAGRAPHS:
            gap = "\n" if element.tag in _LINES else "\n\n"
            element.text = gap + (element.text or "")
            element.tail = gap + (element.tail or "")
    return "\n".join(" ".join(line.split()) for line in str(tree.text_content()).split("\n"))


def _tree(markup: str) -> Any:  # noqa: ANN401
    import trafilatura  # slow to load
    from lxml import etree  # type: ignore[import-untyped]

    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what matters is said in our error
    if len(markup) >= _SHORTEST_COUNTED:
        _check_attributes(markup)
    try:
        tree = trafilatura.load_html(markup)
    except MemoryError:
        raise
    except Exception as error:  # a parser over hostile input: whatever it raises means that this page is not read
        raise ArticleError("The HTML cannot be parsed; save the article again, or as text.") from error
    if tree is None:
        raise ArticleError("The file is not HTML; save the article again, or as text.")
    etree.strip_tags(tree, *_EMPTY)
    return tree


def _check_attributes(markup: str) -> None:
    """Raises ArticleError for markup of which one element has too many attributes; nothing is built of it."""
    from lxml import etree  # slow to load

    # in bytes: a str that declares an encoding is not looked at
    with suppress(etree.LxmlError, ValueError):  # what else is amiss with it is told where its tree is made
        etree.fromstring(
            markup.encode("utf-8", "surrogatepass"), etree.HTMLParser(target=_Counting(), encoding="utf-8")
        )


class _Counting:
    """What a parser tells the start of each element to."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(attributes) > _MOST_ATTRIBUTES:
            raise ArticleError(
                f"An element of the page has more than {_MOST_ATTRIBUTES:,} attributes; save the article as text."
            )

    def close(self) -> None:
        """Nothing was made."""


def _second_opinion(tree: Any) -> str:  # noqa: ANN401
    """The main text as trafilatura finds it, for a page that has no running text; the tree is spent by it."""
    import trafilatura  # slow to load

    try:
        body = trafilatura.bare_extraction(tree, include_comments=False, fast=True)
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise ArticleError("The HTML cannot be taken apart; save the article as text.") from error
    return getattr(body, "text", None) or ""
