"""XML from strangers as a tree: no entity but XML's own and HTML's, nothing loaded, bounded in depth and size.

What is not well-formed is mended where that loses nothing (a bare "&", "&nbsp;", characters that XML lacks); what is
broken beyond that is read as far as it goes, and said to be so.
"""

from __future__ import annotations

import codecs
import html
import io
import re
from dataclasses import dataclass
from typing import Any

from rag.errors import ArticleError

_MOST_ELEMENTS = 1_000_000
_DECLARATION = re.compile(r"\s{0,99}<\?xml\s[^>]{0,300}?\?>")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._:-]{1,40})""")
_READ = ("utf", "iso", "windows", "cp", "koi8", "gb", "hz", "big5", "shift", "sjis", "euc", "mac", "us-ascii", "latin")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
_KEPT = frozenset({"amp", "lt", "gt", "quot", "apos"})
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_CDATA, _CDATA_END = "<![CDATA[", "]]>"

# Elements are lxml's, which declares no types.
Element = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The outermost element, and what is amiss with the document: "" for nothing that would lose a word.

    `cut` is whether it breaks off, so that the last thing in it may lack its end.
    """

    root: Element
    amiss: str = ""
    cut: bool = False


def document(data: bytes, *, charset: str | None) -> Document:
    """The tree; `charset` is what the server says. Raises ArticleError where there is nothing to read."""
    text = _decoded(data, charset)
    opening = _DECLARATION.match(text)
    text = text[opening.end() :] if opening else text
    root, amiss = _parsed(text)
    if amiss:
        root, amiss = _parsed(_mended(text))
    if root is None:
        raise ArticleError("It holds no XML that can be read; check the address.")
    closing = f"</{root.prefix}:{local(root)}>" if root.prefix else f"</{local(root)}>"
    return Document(root=root, amiss=amiss, cut=bool(amiss) and not text.rstrip().endswith(closing))


def local(element: Element) -> str:
    """The name of an element without its namespace and prefix."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def said(element: Element | None) -> str | None:
    """The text of an element without its markup, None for none."""
    text = "" if element is None else "".join(element.itertext()).strip()
    return text or None


def _parsed(text: str) -> tuple[Element | None, str]:
    from lxml import etree  # type: ignore[import-untyped]  # slow to load

    found = etree.iterparse(
        io.BytesIO(text.encode("utf-8", "replace")),
        events=("start",),
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for count, _ in enumerate(found):
            if count > _MOST_ELEMENTS:
                raise ArticleError(f"It has more than {_MOST_ELEMENTS:,} elements; give the address of a smaller one.")
    except etree.XMLSyntaxError:
        return None, "it holds no element"
    harm = [error for error in found.error_log if error.domain != etree.ErrorDomains.NAMESPACE]
    harm = harm or [etree.Entity] * any(True for _ in found.root.iter(etree.Entity))
    return found.root, _shown(harm[0]) if harm else ""


def _shown(error: Any) -> str:  # noqa: ANN401
    """What the parser says is wrong, short and printable, as the names in it are strangers' own."""
    message = getattr(error, "message", "it has entities of its own")
    return "".join(character if character.isprintable() else "?" for character in message.strip()[:120])


def _decoded(data: bytes, charset: str | None) -> str:
    """The characters: as the bytes mark it, else as UTF-8 where they are that, else as the server or the document says.

    Raises ArticleError where they are none of these.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    declared = _ENCODING.match(data.lstrip()[:400])
    named = declared[1].decode("ascii").lower() if declared else None
    first = [named] if named and named.startswith(("iso-2022", "hz")) else []  # these look like ASCII
    for name in (*first, "utf-8", charset, named):
        if name and name.lower().startswith(_READ):
            try:
                return data.decode(name)
            except (UnicodeDecodeError, LookupError):
                continue
    raise ArticleError("Its characters are not in the encoding that it states; tell its publisher.")


def _mended(text: str) -> str:
    """The text with what XML lacks taken out, and with each "&" that begins nothing XML knows written as it is meant.

    CDATA, where "&" is meant as it stands, is left alone.
    """
    text = _UNSEEN.sub("", text)
    parts: list[str] = []
    at = 0
    while (start := text.find(_CDATA, at)) >= 0 and (end := text.find(_CDATA_END, start)) >= 0:
        parts += [_AMPERSAND.sub(_as_meant, text[at:start]), text[start : end + len(_CDATA_END)]]
        at = end + len(_CDATA_END)
    return "".join([*parts, _AMPERSAND.sub(_as_meant, text[at:])])


def _as_meant(found: re.Match[str]) -> str:
    name = found[1]
    if name and (name in _KEPT or name.startswith("#")):
        return found[0]
    meant = html.unescape(found[0]) if name else found[0]
    return "&amp;" + found[0][1:] if meant == found[0] else meant
