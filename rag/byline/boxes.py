"""The boxes that a page is made of: which are hidden, which are not the article's, which hold running text.

The tree is lxml's, which declares no types. Hostile: of everything a bounded part is looked at.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from rag.byline.names import line

DEEPEST = 60  # elements that one stands in
LONGEST_LINE = 200  # characters of a line that is no running text
SILENT = frozenset(
    "script style noscript template iframe svg button select textarea video audio object figure figcaption".split()
)
WHOLE = frozenset("html body main article".split())
HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_ASIDE = frozenset("nav aside footer form dialog template noscript".split())
_INLINE = frozenset("a abbr b bdi em font i small span strong sup time u".split())
_OWN = re.compile(r"(?:post|entry|article|story)[-_]{1,2}footer", re.IGNORECASE)
_APART = re.compile(
    r"(?:.{0,60}[-_])?(?:comments?|disqus|respond|related|relateds|recirc|recommended|recommendations?"
    r"|more-?(?:news|stories|from)|read-?more|see-?also|most-?(?:read|popular|viewed)|popular|trending|teasers?|promos?"
    r"|side-?bar|footer|newsletter|nav|navbar|navigation|menu|breadcrumbs?|widget|outbrain|taboola|carousel|copyright"
    r"|topbar|masthead|latest|archive|also|cards?|ticker|cookie|consent|banner|modal|popup|advert|ads?)(?:[-_].{0,60})?",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?:has|no|with|without|hide|show|is|js)[-_]", re.IGNORECASE)
_HIDDEN = re.compile(
    r"display\s{0,3}:\s{0,3}none|visibility\s{0,3}:\s{0,3}hidden"
    r"|(?:font-size|opacity)\s{0,3}:\s{0,3}0(?![.\d])"
)
_LISTS = frozenset("ul ol dl table".split())
_DETAILS = re.compile(
    r"\b(?:isbn|publisher|pages|price|format|genre|runtime|running time|director|label|verlag|seiten|preis|éditeur"
    r"|éditions|prix|editore|editorial|pagine|páginas|prezzo|precio|editora|uitgever|wydawnictwo|издательство)\b",
    re.IGNORECASE,
)
_FRONT = re.compile(r"(?:https?://[^/?#]{1,200})?(?:\./|/)?(?:(?:index|home|default)\.\w{2,5})?(?:#.{0,40})?")
_BRAND = re.compile(r"(?:.{0,30}[-_])?(?:brand|logo|site-?(?:name|title))", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:\S+\s+){5}.*[.!?…。！？]\W{0,3}$", re.DOTALL)


def text_of(element: Any) -> str | None:  # noqa: ANN401
    """The text of an element on one line, or as much of it as a headline may have; None where it has none."""
    return line("".join(islice(element.itertext(), 100)), limit=300)


def tokens(element: Any) -> list[str]:  # noqa: ANN401
    """The names in an element's class and id."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:600].split()[:20]


def is_hidden(element: Any) -> bool:  # noqa: ANN401
    """Whether an element says of itself that it is not shown."""
    return element.get("hidden") is not None or bool(_HIDDEN.search((element.get("style") or "")[:500].lower()))


def is_unseen(element: Any) -> bool:  # noqa: ANN401
    """Whether an element, or one that it stands in, says that it is not shown."""
    return any(is_hidden(box) for box in (element, *islice(element.iterancestors(), DEEPEST)))


def bounds(element: Any) -> bool:  # noqa: ANN401
    """Whether an element by itself bounds a part of a page that is shown apart from its article, or not at all."""
    if element.tag in {"html", "body", "main", "article"}:
        return False
    if element.tag in _ASIDE or is_hidden(element):
        return True
    return any(
        _APART.fullmatch(token) and not _NEGATED.match(token) and not _OWN.fullmatch(token) for token in tokens(element)
    )


def time_of(element: Any) -> Any:  # noqa: ANN401
    """The time element that an element is, or is right within; None where it is in none."""
    boxes = (element, *islice(element.iterancestors(), 2))
    return next((box for box in boxes if box.tag == "time"), None)


def is_sentence(text: str) -> bool:
    """Whether a text of at most LONGEST_LINE characters ends as a sentence of some words does."""
    return len(text) <= LONGEST_LINE and bool(_SENTENCE.match(text))


def in_prose(element: Any) -> bool:  # noqa: ANN401
    """Whether an element stands in running text, and not in a line of its own."""
    block = block_of(element)
    pieces = [block.text or ""]
    for inner in islice(block, 40):
        pieces += ["".join(islice(inner.itertext(), 20)) if inner.tag in _INLINE else "", inner.tail or ""]
    text = " ".join("".join(pieces).split())
    return len(text) > LONGEST_LINE or is_sentence(text)


def block_of(element: Any) -> Any:  # noqa: ANN401
    """The element whose lines an element is a part of: itself, or what it stands in if it divides none."""
    while element.tag in _INLINE and element.getparent() is not None:
        element = element.getparent()
    return element


def is_of_details(element: Any) -> bool:  # noqa: ANN401
    """Whether an element stands in a list of the details of a thing, as of a book: its publisher, its pages."""
    box = next((one for one in islice(element.iterancestors(), 5) if one.tag in _LISTS), None)
    return box is not None and bool(_DETAILS.search(text_of(box) or ""))


def before(element: Any) -> str:  # noqa: ANN401
    """What stands right before an element in its line."""
    previous = element.getprevious()
    if previous is not None:
        return f"{text_of(previous) or ''} {previous.tail or ''}"[-80:] if previous.tag in _INLINE else ""
    parent = element.getparent()
    return (parent.text or "")[-80:] if parent is not None else ""


def leads_to_front(link: Any) -> bool:  # noqa: ANN401
    """Whether a link leads to the site's front page, or is classed as the site's own name."""
    parent = link.getparent()
    names = tokens(link) + (tokens(parent) if parent is not None else [])
    return bool(_FRONT.fullmatch((link.get("href") or "-")[:300])) or any(map(_BRAND.fullmatch, names))
