"""RSS of every version and Atom: the one door to feedparser, which gets to see nothing but small and well-formed feeds.

It is made for feeds as they are, and takes minutes over a megabyte of nested elements or of attributes; so what it is
given is written anew from the tree: the elements that are read here, each entry's own few.
"""

from __future__ import annotations

import html
import io
import re
from collections import Counter
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from rag.errors import ArticleError
from rag.feeds.listing import Entry, Listing
from rag.feeds.xml import Document, Element, document, local, said

MOST_ENTRIES = 5_000  # of one feed that are looked at

# What is read of a feed and of its entries, and how many characters of each at most.
_READ = {
    **dict.fromkeys(("link", "guid", "id", "origLink"), 2_048),
    **dict.fromkeys(("title", "source", "rights", "copyright"), 500),
    "publisher": 200,
    **dict.fromkeys(("pubDate", "published", "issued", "updated", "modified", "date", "language"), 60),
}
_MOST_ALIKE = 20  # elements of one name in an entry
_MOST_ATTRIBUTES = 30
_MOST_INSIDE = 100  # elements in one that is read
_LONGEST = 2_048  # characters of an attribute that is read
_LONGEST_TEXT = 1_000_000  # characters of the HTML in an entry
_DC = "http://purl.org/dc/elements/1.1/"
_PREFIXES = {"dc": _DC, "content": "http://purl.org/rss/1.0/modules/content/"}
_ATOM = frozenset({"http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"})
_SPACES = frozenset(
    {
        *("", *_ATOM, "http://purl.org/rss/1.0/"),
        *("http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"),
        *("http://backend.userland.com/rss2", "http://rssnamespace.org/feedburner/ext/1.0"),
        *(*_PREFIXES.values(), "http://purl.org/dc/terms/"),
    }
)
_XML = "{http://www.w3.org/XML/1998/namespace}"
_BEHIND_MAIL = re.compile(r"\(([^()@]{1,200})\)\s*$")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")


def from_feed(data: bytes, *, address: str, charset: str | None) -> Listing:
    """The articles that a feed names; raises ArticleError."""
    found = document(data, charset=charset)
    every = [element for element in found.root.iter("{*}item", "{*}entry") if _is_entry(element, found)]
    kept = every[:-1] if found.cut else every
    amiss = [f"It has {len(kept):,} entries; the first {MOST_ENTRIES:,} were read."] if len(kept) > MOST_ENTRIES else []
    if found.amiss:
        amiss.append(f"It is no well-formed XML ({found.amiss}); the addresses in it that could be read were followed.")
    try:
        written = _written(found.root, kept[:MOST_ENTRIES])
    except ValueError as error:  # lxml reads some names and namespaces that it does not write
        raise ArticleError(
            "It has a name or a namespace that XML does not allow; it cannot be read as a feed."
        ) from error
    parsed = _parsed(written, address=address)
    if not parsed.version and not parsed.entries:
        raise ArticleError("It is no feed; check the address.")
    entries = [
        entry for one, element in zip(parsed.entries, kept, strict=False) if (entry := _entry(one, element)) is not None
    ]
    if found.amiss:
        entries = [Entry(url=entry.url) for entry in entries]  # a word may be lost in the rest
    if len(entries) < len(parsed.entries):
        amiss.append(f"{len(parsed.entries) - len(entries):,} of its entries have no address; they were left out.")
    feed = parsed.feed
    channel = next((element for element in found.root if local(element) == "channel"), found.root)
    names = [feed.get("rights"), feed.get("publisher"), _author(channel)]
    return Listing(
        kind="feed",
        entries=tuple(entries),
        title=None if found.amiss else _words(feed, "title"),
        names=tuple(name for name in names if name),
        amiss=tuple(amiss),
    )


def _is_entry(element: Element, found: Document) -> bool:
    """Whether it is an entry of the feed itself, and not a thing of that name within one."""
    parent = element.getparent()
    return bool(found.amiss) or (parent is not None and local(parent) in {"channel", "feed", "RDF"})


# --- what feedparser gets --------------------------------------------------------------------------------------------


def _written(root: Element, entries: list[Element]) -> bytes:
    from lxml import etree  # type: ignore[import-untyped]  # slow to load

    feed = etree.Element(_tag(root), nsmap=root.nsmap if len(root.nsmap) <= _MOST_ATTRIBUTES else None)
    feed.attrib.update(_attributes(root))
    top = feed
    head = root
    channel = next((element for element in root if local(element) == "channel"), None)
    if channel is not None:
        top = etree.SubElement(feed, _tag(channel))
        top.attrib.update(_attributes(channel))
        head = channel
    top.extend(_clean(head))
    for element in entries:
        entry = etree.SubElement(feed if local(root) == "RDF" else top, element.tag)
        entry.attrib.update(_attributes(element))
        entry.extend(_clean(element))
    return bytes(etree.tostring(feed, encoding="utf-8"))


def _clean(element: Element) -> list[Element]:
    """Copies of the elements of one that are read, without what would keep feedparser busy."""
    kept: list[Element] = []
    alike: Counter[str] = Counter()
    is_dated = any(local(child) in {"pubDate", "published", "issued"} for child in element)
    for child in element:
        name = local(child)
        if name not in _READ or _space(child) not in _SPACES or alike[name] == _MOST_ALIKE:
            continue
        alike[name] += 1
        if sum(map(len, child.itertext())) > _READ[name] or len(child.findall(".//*")) > _MOST_INSIDE:
            continue
        copied = deepcopy(child)
        copied.tag, copied.tail = _tag(child), None
        if copied.tag == f"{{{_DC}}}date" and not is_dated:
            copied.tag = "pubDate"  # that is what it is used for, and feedparser takes it for a change's date
        for one in copied.iter():
            if len(one.attrib) > _MOST_ATTRIBUTES:
                one.attrib.clear()
        kept.append(copied)
    return kept


def _space(element: Element) -> str:
    return str(element.tag).rpartition("}")[0][1:]


def _tag(element: Element) -> str:
    """The name of an element in its namespace; a usual prefix that was never declared is taken for what it is."""
    tag = str(element.tag)
    prefix = "" if tag.startswith("{") else tag.rpartition(":")[0]
    return f"{{{_PREFIXES[prefix]}}}{local(element)}" if prefix in _PREFIXES else local(element) if prefix else tag


def _attributes(element: Element) -> dict[str, str]:
    named = ("version", f"{_XML}base", f"{_XML}lang")
    return {name: element.attrib[name][:_LONGEST] for name in named if name in element.attrib}


def _parsed(data: bytes, *, address: str) -> Any:  # noqa: ANN401
    import feedparser  # type: ignore[import-untyped]  # slow to load

    headers = {"content-type": "application/xml; charset=utf-8", "content-location": address}
    try:
        return feedparser.parse(
            io.BytesIO(data), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:  # a parser over hostile input: whatever it raises means that this feed is not read
        raise ArticleError("The feed cannot be taken apart; give the addresses of its pages.") from error


# --- what feedparser says ---------------------------------------------------------------------------------------------


def _entry(one: Any, element: Element) -> Entry | None:  # noqa: ANN401
    url = _address(one, element)
    if url is None:
        return None
    dated = {name: one[name] for name in ("published", "updated") if name in one}
    source = one.get("source") or {}
    return Entry(
        url=url,
        title=_words(one, "title"),
        author=_author(element),
        outlet=_words(source, "title") if _host(source.get("href")) == _host(url) else None,
        published=dated.get("published"),
        modified=dated.get("updated"),
        language=one.get("language") or (one.get("title_detail") or {}).get("language"),
        markup=_markup(element),
    )


def _address(one: Any, element: Element) -> str | None:  # noqa: ANN401
    """The article's address; an id that is not written as one is not taken for one."""
    stated = one.get("feedburner_origlink") or one.get("link")
    named = {local(child): said(child) or "" for child in element if local(child) in {"link", "guid"}}
    if "link" not in named and not named.get("guid", "").startswith("http"):
        return None
    return stated if stated and _host(stated) else None


def _words(one: Any, name: str) -> str | None:  # noqa: ANN401
    """A value on one line, without markup where it is HTML."""
    value = one.get(name)
    if not isinstance(value, str):
        return None
    if (one.get(f"{name}_detail") or {}).get("type") in {"text/html", "application/xhtml+xml"}:
        value = html.unescape(_TAG.sub("", value))
    return " ".join(value.split()) or None


def _author(element: Element) -> str | None:
    """The names of the authors; an address of mail is no name, and one in brackets behind it is."""
    names: list[str] = []
    for child in element:
        if local(child) in {"author", "creator"} and _space(child) in _SPACES and len(names) < _MOST_ALIKE:
            own = [one for one in child if local(one) == "name"]
            name = said(own[0] if own else child) or ""
            behind = _BEHIND_MAIL.search(name) if "@" in name else None
            names.append(" ".join((behind[1] if behind else name).split()))
    return ", ".join(dict.fromkeys(name for name in names if name and "@" not in name)) or None


def _markup(element: Element) -> str | None:
    """The longest text that an entry carries as HTML, None for none."""
    found = ""
    for child in element:
        if local(child) == "encoded" or (local(child) == "content" and _space(child) in _ATOM):
            found = max(found, _as_html(child), key=len)
    return found if 0 < len(found) <= _LONGEST_TEXT else None


def _as_html(element: Element) -> str:
    """HTML in an element, which is written there as text or, where it says so, as markup; empty for what is neither."""
    from lxml import etree  # slow to load

    kind = element.get("type", "html" if local(element) == "encoded" else "text")
    if kind in {"html", "text/html"}:
        return "".join(element.itertext())
    if kind not in {"xhtml", "application/xhtml+xml"}:
        return ""
    inside = deepcopy(element)
    for one in inside.iter():
        one.tag = local(one)
    etree.cleanup_namespaces(inside)
    parts = (etree.tostring(one, encoding="unicode", method="html") for one in inside)
    return (inside.text or "") + "".join(parts)


def _host(address: object) -> str:
    try:
        parts = urlsplit(str(address or ""))
        return (parts.hostname or "").removeprefix("www.") if parts.scheme in {"http", "https"} else ""
    except ValueError:
        return ""
