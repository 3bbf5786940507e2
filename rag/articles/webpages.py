"""Articles out of web pages: the one door to trafilatura. Nothing is fetched, and what the page hides is not read."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

from rag.articles.drafts import Draft, draft, is_same_site, published, web_address
from rag.articles.hidden import drop_hidden
from rag.articles.prose import decode
from rag.errors import ArticleError

MOST_BYTES = 5 * 1024 * 1024  # a page of that size takes seconds to take apart
_MOST_JSON_NODES = 10_000

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
_DATE_NAMES = frozenset({"date", "pubdate", "datepublished", "publishdate", "publish-date", "publish_date"})
_DATE_NAMES |= {"article:published_time", "og:article:published_time", "og:published_time", "article:published"}
_DATE_NAMES |= {"article.published", "publication_date", "citation_publication_date", "citation_online_date", "dc.date"}
_DATE_NAMES |= {"dc.date.issued", "dcterms.date", "dcterms.issued", "parsely-pub-date", "sailthru.date"}


def from_html(data: bytes, *, address: str | None = None) -> Draft:
    """The article of a web page; date and outlet only where the page states them. Raises ArticleError.

    `address` is where the page was read, if that is known: what it says of itself by an address of another site is
    not believed.
    """
    if len(data) > MOST_BYTES:
        raise ArticleError(
            f"The page has {len(data) / 1e6:.1f} MB of HTML, above the limit of {MOST_BYTES / 1e6:.0f} MB; "
            "save the article alone, or as text."
        )
    tree = _tree(decode(data))
    stated = _stated_date(tree)
    drop_hidden(tree)
    text, fields = _extracted(tree)
    if address is not None:
        fields = _at(address, fields)
    return draft({**fields, "date": stated}, text=text)


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

    for name in ("trafilatura", "htmldate", "courlan"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # what matters is said in our error
    try:
        tree = trafilatura.load_html(markup)
    except Exception as error:  # a parser over hostile input: whatever it raises means that this page is not read
        raise ArticleError("The HTML cannot be parsed; save the article again, or as text.") from error
    if tree is None:
        raise ArticleError("The file is not HTML; save the article again, or as text.")
    return tree


def _extracted(tree: Any) -> tuple[str, dict[str, object]]:  # noqa: ANN401
    """Main text and the fields title, outlet, author and url."""
    import trafilatura  # slow to load

    try:
        # The tree is altered by reading the text, so the byline comes first.
        page = trafilatura.extract_metadata(tree, extensive=False)
        body = trafilatura.bare_extraction(tree, include_comments=False)
    except Exception as error:  # as above
        raise ArticleError("The HTML cannot be taken apart; save the article as text.") from error
    byline = {"title": page.title, "author": page.author, "outlet": page.sitename, "domain": page.hostname}
    return getattr(body, "text", None) or "", {**byline, "url": page.url}


def _at(address: str, fields: dict[str, object]) -> dict[str, object]:
    """The fields without those that come from an address of another site."""
    stated = web_address(fields["url"])
    if stated is None or is_same_site(stated, address):
        return fields
    outlet = fields["outlet"]
    from_address = isinstance(outlet, str) and outlet.casefold() in stated.casefold()
    return {**fields, "outlet": None if from_address else outlet, "domain": None, "url": None}


def _stated_date(tree: Any) -> str | None:  # noqa: ANN401
    """The publication date where metadata, JSON-LD or the page's time elements agree on one day; never a guess."""
    for values in (_json_dates(tree), _meta_dates(tree), _item_dates(tree), _time_dates(tree)):
        dates = [found for value in values if (found := published(value))]
        if len({found[:10] for found in dates}) == 1:
            return max(dates, key=len)
    return None


def _meta_dates(tree: Any) -> Iterator[object]:  # noqa: ANN401
    for element in tree.iter("meta"):
        if (element.get("property") or element.get("name") or "").lower() in _DATE_NAMES:
            yield element.get("content")


def _item_dates(tree: Any) -> Iterator[object]:  # noqa: ANN401
    for element in tree.xpath("//*[@itemprop='datePublished']"):
        yield element.get("content") or element.get("datetime") or element.text_content()


def _time_dates(tree: Any) -> Iterator[object]:  # noqa: ANN401
    for element in tree.iter("time"):
        yield element.get("datetime") or element.text_content()


def _json_dates(tree: Any) -> Iterator[object]:  # noqa: ANN401
    """`datePublished` of the articles that the page's JSON-LD describes."""
    for element in tree.xpath("//script[@type='application/ld+json']"):
        try:
            pending = [json.loads(element.text or "")]
        except (ValueError, RecursionError):  # not JSON after all: as if it were not there
            continue
        for _ in range(_MOST_JSON_NODES):
            if not pending:
                break
            node = pending.pop()
            if isinstance(node, dict):
                if re.search("Article|Posting|Report", str(node.get("@type"))[:200]):
                    yield node.get("datePublished")
                pending.extend(value for value in node.values() if isinstance(value, dict | list))
            elif isinstance(node, list):
                pending.extend(node[:_MOST_JSON_NODES])
