"""What a web page tells of itself besides its text, from which can be told whether it is an article at all."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rag.articles.body import Body
from rag.quality import Page

_SHOWN = 6_000  # characters
_BEHIND = 1_500  # characters behind an article, where a wall stands
_BEGINNING = 40
_MOST_NODES = 200
_MOST_WALLS = 5
_UNREAD = frozenset({"script", "style", "title"})
_ASIDE = frozenset({"footer", "aside", "nav"})
_CUT = re.compile("lock|trunc", re.IGNORECASE)
_PAYWALL = re.compile(
    r"(?:^|[\s_-])(?:paywall|regwall|metered|piano-(?:inline|offer)|subscriber-only|subscription-required|premium-wall"
    r"|article-locked|is-locked|truncated-content|hcf-paywall)",
    re.IGNORECASE,
)


def signals(tree: Any, body: Body, *, address: str | None) -> Page:  # noqa: ANN401
    """The signs of a page, as it is before anything is taken out of it but what is hidden."""
    nodes = list(_linked_data(tree))
    described = [node for node in nodes if re.search("Article|Posting|Report", _types(node))]
    free = [_truth(node.get("isAccessibleForFree")) for node in described]
    shown = " ".join(_visible(next(tree.iter("body"), tree)).split())
    beginning = " ".join(body.text[:_BEGINNING].split())
    length = len(body.text) + _BEHIND
    walls = _walls(tree, beginning)
    own = _visible(body.place, without=_ASIDE) if body.place is not None else shown
    around = _from(" ".join(own.split()), beginning)[:length]
    return Page(
        title=_text(tree, "title"),
        headline=_text(tree, "h1"),
        address=address,
        kinds=frozenset(kind for node in nodes for kind in _types(node).split()),
        kind=_meta(tree, "og:type"),
        is_free=False if False in free else True if True in free else None,
        stated_words=max((_stated_words(node) for node in described), default=0) or None,
        given_words=max((_given_words(node) for node in described), default=0) or None,
        marks=tuple(walls),
        shown=shown[:_SHOWN],
        around=" ".join([around, *walls.values()]),
        behind=_from(shown, beginning)[:length],
        headlines=body.headlines,
        hours=body.hours,
    )


def _linked_data(tree: Any) -> Iterator[Mapping[str, object]]:  # noqa: ANN401
    """The nodes that a page's JSON-LD describes at its top: not those that these speak of."""
    for script in tree.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            found = json.loads(script.text or "")
        except (ValueError, RecursionError):  # not JSON after all: as if it were not there
            continue
        top = found if isinstance(found, list) else [found]
        for node in top[:_MOST_NODES]:
            if isinstance(node, dict):
                graph = node.get("@graph")
                yield from (
                    (one for one in graph[:_MOST_NODES] if isinstance(one, dict)) if isinstance(graph, list) else [node]
                )


def _types(node: Mapping[str, object]) -> str:
    said = node.get("@type")
    return " ".join(str(one)[:60] for one in (said if isinstance(said, list) else [said])[:10] if one)


def _truth(value: object) -> bool | None:
    return {"true": True, "false": False}.get(str(value).rpartition("/")[2].lower())


def _stated_words(node: Mapping[str, object]) -> int:
    said = str(node.get("wordCount") or "")
    return int(said) if said.isdecimal() and len(said) < 7 else 0


def _given_words(node: Mapping[str, object]) -> int:
    body = node.get("articleBody")
    return len(body.split()) if isinstance(body, str) else 0


def _visible(top: Any, *, without: Collection[str] = ()) -> str:  # noqa: ANN401
    """What an element shows, without what stands in elements of some tags."""
    pieces: list[str] = []
    skipped: Any = None
    for element in top.iter():
        if skipped is not None and skipped in element.iterancestors():
            continue
        skipped = element if element.tag in without and element is not top else None
        if isinstance(element.tag, str) and skipped is None and element.tag not in _UNREAD:
            pieces.append(element.text or "")
        if element is not top:
            pieces.append(element.tail or "")
    return " ".join(piece for piece in pieces if piece and not piece.isspace())


def _from(shown: str, beginning: str) -> str:
    return shown[max(shown.find(beginning), 0) :]


def _text(tree: Any, tag: str) -> str | None:  # noqa: ANN401
    element = next(tree.iter(tag), None)
    return None if element is None else " ".join("".join(element.itertext()).split())[:300] or None


def _meta(tree: Any, name: str) -> str | None:  # noqa: ANN401
    return next(
        (
            element.get("content")
            for element in tree.iter("meta")
            if name in {element.get("property"), element.get("name")}
        ),
        None,
    )


def _walls(tree: Any, beginning: str) -> dict[str, str]:  # noqa: ANN401
    """What the parts of a page show whose class names and ids speak of a paywall, by these names.

    One that shows nothing is none, and one that holds the article is one only where it is named as cut off.
    """
    body = next(tree.iter("body"), tree)
    found: dict[str, str] = {}
    for element in body.iterdescendants("div", "section", "aside"):
        match = _PAYWALL.search(f"{element.get('class') or ''} {element.get('id') or ''}"[:300])
        if match is None or len(found) == _MOST_WALLS:
            continue
        said = " ".join(_visible(element).split())[:_BEHIND]
        name = match.group().strip()
        if beginning and beginning in said:
            if _CUT.search(name):
                found.setdefault(name, "")
        elif said:
            found.setdefault(name, said)
    return found
