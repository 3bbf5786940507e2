"""Microdata and RDFa of a page: the properties that are the article's, and none of a comment's or a related story's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from rag.byline.boxes import is_hidden
from rag.byline.names import line, same_title
from rag.byline.visible import View

_MOST = 500  # elements that are looked at
_DEEPEST = 60
_WANTED = frozenset("headline datepublished datemodified author creator publisher".split())
_PREFIXES = frozenset({"", "schema", "rnews", "dc", "dcterms"})
_DUBLIN_CORE = {"created": "datepublished", "issued": "datepublished", "modified": "datemodified"}
_ARTICLE = re.compile(r"Article|Posting|Report|NewsItem|sioc:Item|foaf:Document")


def read(tree: Any, view: View, titles: Sequence[str]) -> Mapping[str, list[tuple[str, Any]]]:  # noqa: ANN401
    """The elements that carry each property of the article, by its name in lower case, with "microdata" or "rdfa"."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for kind, attribute in (("microdata", "itemprop"), ("rdfa", "property")):
        for element in tree.xpath(f"descendant::*[@{attribute}]")[:_MOST]:
            for stated in (element.get(attribute) or "")[:200].split():
                name = _name(stated, element)
                if name not in _WANTED or (kind == "rdfa" and element.tag == "meta" and ":" in stated):
                    continue
                if not view.is_apart(_shown(element)) and _is_of_article(element, view, titles):
                    found.setdefault(name, []).append((kind, element))
    return found


def _name(stated: str, element: Any) -> str | None:  # noqa: ANN401
    """The name of a property in lower case, as schema.org has it; None for one of another vocabulary."""
    prefix, _, name = stated.rpartition("/")[2].lower().rpartition(":")
    if prefix in {"dc", "dcterms"}:
        return _DUBLIN_CORE.get(name, name)
    if prefix == "foaf" and name == "name":
        near = (element, *islice(element.iterancestors(), 2))
        return "author" if any("creator" in (one.get("rel") or "") for one in near) else None
    return name if prefix in _PREFIXES else None


def _shown(element: Any) -> Any:  # noqa: ANN401
    """An element, or the box of one that is for programs alone: what is not shown is not apart for that."""
    while element.getparent() is not None and (element.tag in {"meta", "link"} or is_hidden(element)):
        element = element.getparent()
    return element


def value_of(element: Any) -> str:  # noqa: ANN401
    """What a property's element says: its content, its date, the name within it, or its text."""
    stated = element.get("content") or element.get("datetime") or (element.tag == "abbr" and element.get("title"))
    if stated:
        return str(stated)
    inner = next(
        (one for one in islice(element.iterdescendants(), 30) if "name" in (_property(one) or "").split()), None
    )
    if inner is not None:
        return str(inner.get("content") or "".join(islice(inner.itertext(), 20)))
    return "".join(islice(element.itertext(), 50))


def _property(element: Any) -> str | None:  # noqa: ANN401
    stated = element.get("itemprop") or element.get("property")
    return stated.replace("schema:", "").replace("dc:title", "headline") if stated else None


def _is_of_article(element: Any, view: View, titles: Sequence[str]) -> bool:  # noqa: ANN401
    """Whether the item that a property belongs to is the page's article: by its kind, its headline or its place."""
    scope = next(
        (
            one
            for one in islice(element.iterancestors(), _DEEPEST)
            if one.get("itemscope") is not None or one.get("typeof") is not None
        ),
        None,
    )
    if scope is None:
        return True
    kind = scope.get("itemtype") or scope.get("typeof") or ""
    if kind and not _ARTICLE.search(kind):
        return False
    if view.anchor is None or view.holds_headline(scope):
        return True
    headlines = [one for one in islice(scope.iterdescendants(), 200) if "headline" in (_property(one) or "").split()]
    stated = [line(headline.get("content") or "".join(headline.itertext())) for headline in headlines[:1]]
    return any(same_title(headline, title) for headline in stated if headline for title in titles)
