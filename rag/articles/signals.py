"""What a web page tells of itself besides its text, from which can be told whether it is an article at all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rag.articles.body import Body
from rag.quality import Page

_SHOWN = 6_000  # characters
_BEHIND = 1_500  # characters behind an article, where a wall stands
_BEGINNING = 40
_MOST_NODES = 200
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
    shown = " ".join(_visible(tree).split())
    beginning = " ".join(body.text[:_BEGINNING].split())
    start = max(shown.find(beginning), 0) if beginning else 0
    return Page(
        title=_text(tree, "title"),
        headline=_text(tree, "h1"),
        address=address,
        kinds=frozenset(kind for node in nodes for kind in _types(node).split()),
        kind=_meta(tree, "og:type"),
        is_free=False if False in free else True if True in free else None,
        stated_words=max((_stated_words(node) for node in described), default=0) or None,
        given_words=max((_given_words(node) for node in described), default=0) or None,
        marks=_marks(tree),
        shown=shown[:_SHOWN],
        around=shown[start : start + len(body.text) + _BEHIND],
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


def _visible(tree: Any) -> str:  # noqa: ANN401
    body = next(tree.iter("body"), tree)
    return " ".join(
        text
        for element in body.iter()
        if isinstance(element.tag, str)
        for text in ("" if element.tag in {"script", "style", "title"} else element.text, element.tail)
        if text and not text.isspace()
    )


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


def _marks(tree: Any) -> tuple[str, ...]:  # noqa: ANN401
    """The class names and ids of a page's visible parts that speak of a paywall."""
    body = next(tree.iter("body"), tree)
    names = (
        f"{element.get('class') or ''} {element.get('id') or ''}"
        for element in body.iterdescendants("div", "section", "aside")
    )
    return tuple(dict.fromkeys(match.group().strip() for name in names if (match := _PAYWALL.search(name[:300]))))[:5]
