"""JSON-LD of a page: the node that is the page's article, and none of those that it only points to.

Pages describe their related stories as they do their own. The article's node is the one of the page's address, or its
headline; one that is at the top, and alone there, is taken where neither tells against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rag.byline.addresses import absolute, canonical, is_front_page
from rag.byline.names import same_title, unlike

Node: TypeAlias = dict[str, Any]

_MOST_NODES = 10_000
_MOST_BLOCKS = 50
_LONGEST_BLOCK = 2_000_000  # characters
_ARTICLE = re.compile(r"(?:Article|Posting|Report|NewsItem)$")
# Things that an article may be about, and when they came out or are held.
_THING = re.compile(r"(?:Book|Movie|\bTV\w*|Album|MusicRecording|VideoGame|Product|Play)$")
_EVENT = re.compile(r"(?:Event|Festival|Hackathon)$")
_OUT = ("datePublished", "dateCreated", "releaseDate")
_PAGE = frozenset({"WebPage", "ItemPage"})
_WRAPPED = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/)|(?:-->|(?://\s*)?\]\]>|/\*\s*\]\]>\s*\*/)\s*+;?\s*$"
)
# Where a page names its own article; every other property leads to things that the article is not.
_INWARD = frozenset({"@graph", "mainEntity", "mainEntityOfPage", "@list"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What is known of the page but for its JSON-LD: its addresses in canonical form, and its titles."""

    addresses: frozenset[str] = frozenset()
    titles: tuple[str, ...] = ()
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What the JSON-LD says of the article: its nodes, the likeliest first, and whether they are surely its own.

    `out` are the ISO days on which the books, films and the like of the page came out, `held` those of its events.
    """

    articles: tuple[Node, ...] = ()
    is_sure: bool = False
    pages: tuple[Node, ...] = ()
    by_id: Mapping[str, Node] = field(default_factory=dict)
    out: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()

    def resolved(self, value: object) -> object:
        """A value, or the node that it refers to by `@id`."""
        if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
            return self.by_id.get(value["@id"], value)
        return value


def read(blocks: Sequence[str], identity: Identity) -> Linked:
    """The article that the JSON-LD blocks of a page describe; a block that is no JSON is as if it were not there."""
    articles: list[tuple[Node, bool]] = []
    pages: list[Node] = []
    by_id: dict[str, Node] = {}
    out: set[str] = set()
    held: set[str] = set()
    for node, is_top in _nodes(blocks):
        types = _types(node)
        if isinstance(node.get("@id"), str) and len(node) > len(by_id.get(node["@id"], ())):
            by_id[node["@id"]] = node
        if any(map(_THING.search, types)):
            out.update(str(node.get(name))[:10] for name in _OUT)
        elif any(map(_EVENT.search, types)):
            held.update(str(node.get(name))[:10] for name in ("startDate", "endDate"))
        if any(_ARTICLE.search(kind) for kind in types):
            articles.append((node, is_top))
        elif is_top and types & _PAGE:
            pages.append(node)
    same = [(node, top) for node, top in articles if _is_same(node, identity)]
    own = [node for node, top in same if top] or [node for node, _ in same]
    unclear = [node for node, top in articles if top and not _is_other(node, identity)]
    return Linked(
        articles=tuple(own or unclear),
        is_sure=bool(own),
        pages=tuple(node for node in pages if _is_same(node, identity)),
        by_id=by_id,
        out=frozenset(out),
        held=frozenset(held),
    )


def _nodes(blocks: Sequence[str]) -> Iterator[tuple[Node, bool]]:
    """Each object of the blocks in order, and whether the page states it for itself."""
    count = 0
    for block in blocks[:_MOST_BLOCKS]:
        pending: list[tuple[object, bool]] = [(_parsed(block), True)]
        while pending and count < _MOST_NODES:
            value, is_top = pending.pop()
            count += 1
            if isinstance(value, list):
                pending.extend((one, is_top) for one in reversed(value[:_MOST_NODES]))
            elif isinstance(value, dict):
                yield value, is_top
                is_page = is_top and not any(_ARTICLE.search(kind) for kind in _types(value))
                inner = [
                    (one, is_page and name in _INWARD) for name, one in value.items() if isinstance(one, dict | list)
                ]
                pending.extend(reversed(inner))


def _parsed(block: str) -> object:
    if len(block) > _LONGEST_BLOCK:
        return None
    text = block.strip()
    for _ in range(2):
        text = _WRAPPED.sub("", text).strip()
    try:
        value: object = json.loads(text.rstrip("; \n"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value


def _types(node: Node) -> set[str]:
    stated = node.get("@type")
    kinds = stated if isinstance(stated, list) else [stated]
    return {kind.rpartition("/")[2].rpartition(":")[2][-60:] for kind in kinds[:20] if isinstance(kind, str)}


def addresses_of(node: Node, base: str | None) -> list[str]:
    """The addresses that a node says are its own, in canonical form; that of a whole site is none."""
    stated = [node.get("url"), node.get("mainEntityOfPage")]
    flat = [value.get("@id") or value.get("url") if isinstance(value, dict) else value for value in stated]
    links = [value for value in flat if isinstance(value, str) and "/" in value] or [str(node.get("@id") or "#")]
    found = [canonical(whole) for link in links if not link.startswith("#") and (whole := absolute(link, base))]
    return [address for address in dict.fromkeys(found) if not is_front_page(address)]


def headline_of(node: Node) -> str | None:
    """A node's headline, or its name."""
    return next((node[name] for name in ("headline", "name") if isinstance(node.get(name), str) and node[name]), None)


def _is_same(node: Node, identity: Identity) -> bool:
    if not _bare(identity.addresses).isdisjoint(_bare(addresses_of(node, identity.base))):
        return True
    headline = headline_of(node)
    return headline is not None and any(same_title(headline[:400], title) for title in identity.titles)


def _is_other(node: Node, identity: Identity) -> bool:
    """Whether a node is told to be of another page, by an address of its own that is not the page's, or a headline."""
    headline = headline_of(node)
    elsewhere = bool(identity.addresses) and bool(addresses_of(node, identity.base))
    return elsewhere or (
        headline is not None
        and bool(identity.titles)
        and all(unlike(headline[:400], title) for title in identity.titles)
    )


def _bare(addresses: Sequence[str] | frozenset[str]) -> set[str]:
    """Addresses without what two links to one page may differ in."""
    return {address.partition("://")[2].removeprefix("www.").rstrip("/").casefold() for address in addresses}
