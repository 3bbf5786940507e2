"""Articles out of web pages as browsers save them: MHTML, and what a saved page says of where it was."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rag.articles import mime, webpages
from rag.articles.drafts import Draft, is_same_site, web_address
from rag.byline import canonical
from rag.errors import ArticleError
from rag.types import Defect

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEAD = 4096  # bytes in which a page says where it was saved from
_SAVED_FROM = re.compile(rb"<!--\s{0,9}saved from url=\((\d{4})\)(\S{1,2048}?)\s{0,9}-->")
_SINGLE_FILE = re.compile(rb"<!--\s{0,9}Page saved with SingleFile\s{1,9}url:\s{0,9}(\S{1,2048})")
_BREAKS_OFF = "The saved page breaks off before its end."


def from_mhtml(data: bytes) -> Draft:
    """The article of a web page that a browser saved whole, in one file; raises ArticleError."""
    message = mime.parsed(data)
    with mime.guarded():
        page = _root(message)
        if page is None:
            raise ArticleError("The saved page holds no HTML; save it again from the browser.")
        stated = mime.header(message, "Snapshot-Content-Location") or mime.header(page, "Content-Location")
        html, fetched_at, breaks_off = mime.content(page), _saved_at(message), _breaks_off(message, page)
    drafted = from_saved(html, address=web_address(stated), fetched_at=fetched_at)
    if breaks_off:
        drafted = replace(drafted, defects=(*drafted.defects, Defect(kind="truncated", reason=_BREAKS_OFF)))
    return drafted


def from_saved(
    data: bytes,
    *,
    address: str | None = None,
    fetched_at: str | None = None,
    given: Mapping[str, str] = webpages.NOTHING,
) -> Draft:
    """The article of a page's HTML; where its address is not known, it is what the file says that it was saved from."""
    address = address or saved_from(data)
    drafted = webpages.from_html(data, address=address, fetched_at=fetched_at, given=given)
    if address is None or (drafted.url and is_same_site(drafted.url, address)):
        return drafted
    return replace(drafted, url=canonical(address))


def saved_from(data: bytes) -> str | None:
    """The address that a saved page names in the comment that browsers write above it."""
    head = data[:_HEAD]
    if (found := _SAVED_FROM.search(head)) and len(found[2]) == int(found[1]):
        return web_address(found[2].decode("utf-8", "replace"))
    if found := _SINGLE_FILE.search(head):
        return web_address(found[1].decode("utf-8", "replace"))
    return None


def _root(message: mime.Part) -> mime.Part | None:
    """The page itself: the part that the archive names as its first, else the first that is HTML."""
    pages = [part for part in mime.texts(message) if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    start = message.get_param("start")
    named = [part for part in pages if start and part.get("Content-ID", "").strip() == start]
    return next(iter(named or pages), None)


def _saved_at(message: mime.Part) -> str | None:
    found = mime.date(message)
    return found.isoformat() if found and found <= datetime.now(UTC) else None


def _breaks_off(message: mime.Part, page: mime.Part) -> bool:
    """Whether the archive ends without its last mark, in the midst of the page."""
    held = message.get_payload()
    ends = not any(type(defect).__name__ == "CloseBoundaryNotFoundDefect" for defect in message.defects)
    return not ends and isinstance(held, list) and held[-1] is page
