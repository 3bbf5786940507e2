"""What of a web page its reader does not see: by its elements, their attributes and styles.

Everything read here is hostile; all is linear in its length. The tree is lxml's, which declares no types: it stays in
this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from rag.articles.styles import declarations, hidden_by_sheets, hides, same_as_behind

_FEWEST_LETTERS = 100  # of a page that has something to read
_MOST_ANCESTORS = 100

# Never shown as text, or struck out by the outlet itself.
_UNREAD = frozenset(
    """template noscript style script object embed iframe svg canvas video audio textarea select datalist rp del s
    strike""".split()
)
_TEXTLESS = frozenset({"meta", "link", "script", "style", "img", "br", "hr"})
_CLASSES = frozenset("sr-only visually-hidden visuallyhidden visually-hidden-focusable screen-reader-text".split())

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})\b([^<>]{0,1000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"([a-z][\w-]{0,40})(?:\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?", re.IGNORECASE
)
_EMPTY = frozenset(
    "area base br col embed hr img input link meta source track wbr".split()
)  # elements that hold nothing


def drop_hidden(tree: Any) -> None:  # noqa: ANN401
    """Take out of a page's tree what a reader of the page would not see; metadata stays.

    What only a style sheet hides is seen where nothing else of the page is: scripts show such pages once they run.
    """
    _drop([element for element in tree.iter() if _is_hidden(element)])
    if names := hidden_by_sheets(tree):
        covered = [element for element in tree.iter() if _is_hidden_by(element, names)]
        within = {part for element in covered for part in element.iter()}
        if sum(_letters(element) for element in tree.iter() if element not in within) >= _FEWEST_LETTERS:
            _drop(covered)
    _drop(list(tree.iter("style")))


def _drop(elements: Iterable[Any]) -> None:
    for element in elements:
        if element.getparent() is not None:
            element.drop_tree()


def _letters(element: Any) -> int:  # noqa: ANN401
    """Characters of running text that stand in an element itself."""
    if element.tag in {"a", "style", "script", "title"}:
        return 0
    return len((element.text or "").strip())


def without_hidden(text: str) -> str:
    """Text with tags in it, as Markdown may have, without the elements that are hidden; other tags stay.

    An element that is not closed ends with its paragraph.
    """
    tags = [(tag, tag[2].lower()) for tag in _TAG.finditer(text)]
    last = {name: tag.start() for tag, name in tags if tag[1]}
    kept: list[str] = []
    position = depth = 0
    inside = ""
    for tag, name in tags:
        if tag.start() < position:
            continue
        if inside:
            depth += (-1 if tag[1] else 1) if name == inside else 0
            if not depth:
                inside, position = "", tag.end()
        elif not tag[1] and name not in _EMPTY and _tag_hides(name, tag[3]):
            kept.append(text[position : tag.start()])
            if last.get(name, -1) > tag.start():
                inside, depth = name, 1
            else:
                end = text.find("\n\n", tag.end())
                position = len(text) if end < 0 else end
    return "".join(kept) if inside else "".join([*kept, text[position:]])


def _tag_hides(name: str, attributes: str) -> bool:
    if name in _UNREAD or name == "title":
        return True
    given = {match[1].lower(): match[2] or match[3] or match[4] or "" for match in _ATTRIBUTE.finditer(attributes)}
    return _attributes_hide(name, given)


def _is_hidden_by(element: Any, names: frozenset[str]) -> bool:  # noqa: ANN401
    """Whether an element has one of the classes (".x") and ids ("#x")."""
    if not isinstance(element.tag, str) or element.tag in {"html", "body", "head"}:
        return False
    own = {f".{name}" for name in (element.get("class") or "").split()} | {f"#{element.get('id')}"}
    return not names.isdisjoint(own)


def _is_hidden(element: Any) -> bool:  # noqa: ANN401
    tag = element.tag
    if not isinstance(tag, str):  # a comment or a processing instruction
        return True
    if tag in {"html", "body", "head"}:
        return False
    if tag in _UNREAD:  # the sheets are still needed
        return bool(tag != "style" and element.get("type") != "application/ld+json")
    if tag == "title":
        return bool(element.getparent().tag != "head")
    if tag in _TEXTLESS or (tag != "dialog" and not element.keys()):
        return False
    given = dict(element.items())
    around = islice(element.iterancestors(), _MOST_ANCESTORS) if "style" in given or "color" in given else ()
    return _attributes_hide(tag, given, around=around)


def _attributes_hide(tag: str, given: Mapping[str, str], *, around: Iterable[Any] = ()) -> bool:
    """Whether an element's own attributes hide it; `around` are the elements that it is in, the nearest first."""
    if (
        "hidden" in given
        or "popover" in given
        or ("fallback" in given and tag != "input")
        or (tag == "dialog" and "open" not in given)
    ):
        return True
    if given.get("aria-hidden", "").strip().lower() == "true":
        return True
    if not _CLASSES.isdisjoint(given.get("class", "").split()):
        return True
    if "style" not in given and "color" not in given:
        return False
    styled = declarations(given.get("style", ""))
    return hides(styled) or same_as_behind(given, styled, around)
