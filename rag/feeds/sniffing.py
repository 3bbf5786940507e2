"""What a reply is, by its first bytes: servers call feeds and sitemaps by all names, `text/html` among them."""

from __future__ import annotations

import codecs
import re
import zlib
from typing import Literal, TypeAlias

from rag.errors import ArticleError

Form: TypeAlias = Literal["feed", "json feed", "sitemap", "page", "xml"]

JSON_FEED = "https://jsonfeed.org/version/"
_HEAD = 16_384  # bytes that are looked at
_GZIP = b"\x1f\x8b"
# What stands before the first element: blanks, instructions, comments, a document type. Each is jumped over whole.
_PROLOGUE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<![^\[<>]*(?:\[[^\]]*\]\s*)?>", re.DOTALL)
_ELEMENT = re.compile(r"<(?:[A-Za-z_][\w.-]{0,40}:)?([A-Za-z_][\w.-]{0,40})")
_FORMS: dict[str, Form] = {
    **dict.fromkeys(("rss", "feed", "rdf"), "feed"),
    **dict.fromkeys(("urlset", "sitemapindex"), "sitemap"),
    **dict.fromkeys(("html", "head", "body"), "page"),
}


def form_of(data: bytes, *, content_type: str) -> Form | None:
    """What the bytes are, or hold packed, that a server calls `content_type`; None where they do not tell.

    "xml" is XML of some other kind, which nothing here reads.
    """
    head = _text(_head(data)).lstrip("\ufeff \t\r\n")
    if head.startswith("{"):
        return "json feed" if JSON_FEED in head.replace("\\/", "/") else None
    is_xml = head.startswith("<?xml") or content_type.endswith("xml")
    found = _ELEMENT.match(_after_prologue(head))
    form = _FORMS.get(found[1].lower()) if found else None
    if form is None and content_type in {"application/rss+xml", "application/atom+xml"}:
        return "feed"
    return form or ("xml" if is_xml and content_type != "application/xhtml+xml" else None)


def unpacked(data: bytes, *, max_bytes: int) -> bytes:
    """The bytes, out of gzip where they are in it; ArticleError where they are more than `max_bytes`, or damaged."""
    if not data.startswith(_GZIP):
        return data
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(data, max_bytes + 1)
    except zlib.error as error:
        raise ArticleError("It is packed and damaged; try later.") from error
    if len(content) > max_bytes:
        raise ArticleError(
            f"It unpacks to more than {max_bytes / 1e6:g} MB; give the address of a smaller one, or raise MAX_FILE_MB."
        )
    if not unpacker.eof:
        raise ArticleError("It is packed and breaks off; try later.")
    return content


def _head(data: bytes) -> bytes:
    if not data.startswith(_GZIP):
        return data[:_HEAD]
    try:
        return zlib.decompressobj(wbits=31).decompress(data[:_HEAD], _HEAD)
    except zlib.error:
        return b""


def _text(data: bytes) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return data.decode("utf-16" if wide else "utf-8", "replace")


def _after_prologue(text: str) -> str:
    at = 0
    while found := _PROLOGUE.match(text, at):
        at = found.end()
    return text[at:]
