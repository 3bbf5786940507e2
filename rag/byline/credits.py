"""Whom a page shows as having written its article, and which agency as its source: what stands with the headline."""

from __future__ import annotations

import re
from itertools import islice, pairwise
from typing import Any

from rag.byline import boxes
from rag.byline.agencies import agency, sourced
from rag.byline.calendar import find
from rag.byline.visible import View

_MOST_LINKS = 2_000
_LONGEST = 150  # characters of a byline
_BY = re.compile(r"(?:[Bb]y|BY|Par|Von|Por|Di|Door|Av|Af|Texte\s?:|بقلم|Автор:?)\s+[^\W\d_a-zà-ÿа-яё]")
_BY_ALONE = re.compile(
    r"(?:written by|reported by|story by|words by|by|par|von|por|di|door|av|af|oleh|autor(?:a)?|auteur|texte|автор|بقلم"
    r"|כתב|מאת)\s?:?",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"(?:.{0,40}[-_])?(?:byline|author|writer|reporter|autor|auteur|contributor|by)s?"
    r"(?:[-_]{1,2}(?:name|link|text|block)s?)?",
    re.IGNORECASE,
)
_NAMED = frozenset({"a", "span", "b", "strong"})
_PROFILE = re.compile(
    r"/(?:authors?|autor(?:a|es|e|i)?|auteurs?|yazar(?:lar)?|journalists?|reporters?)/[^/?#]+/?$", re.IGNORECASE
)
_AGENCY = re.compile(
    r"(?:.{0,40}[-_])?(?:agency|source|provider|kaynak|ajans|quelle|fonte|fuente)(?:[-_]{1,2}name)?", re.I
)
_CONNECTED = re.compile(r"\W*|\W*(?:and|und|et|y|e|en|i|och|og|ve|for|with|by|from|in)\W*", re.IGNORECASE)


def authors(tree: Any, view: View) -> list[str]:  # noqa: ANN401
    """Who is shown as having written the article: by links marked so, in what is classed as a byline, or after "By"."""
    links = tree.xpath("descendant::a[@rel]")[:_MOST_LINKS]
    marked = [link for link in links if "author" in link.get("rel").split()]
    found = [text for one in marked[:20] if not view.is_apart(one) and (text := boxes.text_of(one))]
    found = found or _classed(view) or _after_by(view) or _profiles(view)
    return list(dict.fromkeys(next((text[: date.start] for date in find(text)), text) for text in found))


def source(view: View) -> str | None:
    """The agency that is shown with the headline as the article's source; None where none is, or several are."""
    shown = {named for text, _ in view.head if (named := sourced(text))}
    for box in _chain(view):
        if any(map(_AGENCY.fullmatch, boxes.tokens(box))) and (text := boxes.text_of(box)):
            shown |= {named for named in (agency(text), sourced(text)) if named}
    return shown.pop() if len(shown) == 1 else None


def _chain(view: View) -> list[Any]:
    """The elements with the headline, and those that they stand in that it does not."""
    elements = dict.fromkeys(element for _, element in view.head)
    chain = [box for element in elements for box in (element, *islice(element.iterancestors(), 2))]
    return [box for box in dict.fromkeys(chain) if not view.holds_headline(box)]


def _classed(view: View) -> list[str]:
    for box in _chain(view):
        names = [*boxes.tokens(box), *str(box.get("data-component") or box.get("data-testid") or "")[:80].split()]
        if any(map(_BYLINE.fullmatch, names)) and len(text := boxes.text_of(box) or "") < _LONGEST and text:
            return _named(box, text)
    return []


def _named(box: Any, text: str) -> list[str]:  # noqa: ANN401
    """The names in a byline: its links where it has nothing else, its first part where nothing joins the parts."""
    pieces = [" ".join(piece.split()) for piece in islice(box.itertext(), 20) if piece.strip()]
    if len(pieces) < 2 or any(
        _CONNECTED.fullmatch(piece) or _BY_ALONE.fullmatch(piece.rpartition(" ")[2]) for piece in pieces
    ):
        return [text]
    links = [link for one in islice(box.iter("a"), 20) if (link := boxes.text_of(one))]
    if pieces == links:
        return links
    first, *rest = pieces
    is_joined = " " not in first or first[-1] in ",:|–—-" or any(piece[0] in ",|(–—-" for piece in rest)
    return [text] if is_joined else [first]


def _after_by(view: View) -> list[str]:
    pieces = [(text.strip(), element) for text, element in view.head if text.strip()]
    for (text, _), (following, element) in pairwise([*pieces, ("", None)]):
        if (
            _BY_ALONE.fullmatch(text)
            and following
            and not following[0].islower()
            and len(following) < 100
            and element.tag in _NAMED
        ):
            return [following]
        if _BY.match(text) and len(text) < 100:
            return [text]
    return []


def _profiles(view: View) -> list[str]:
    links = [one for _, one in view.head if one.tag == "a" and _PROFILE.search((one.get("href") or "")[:300])]
    return [text for one in dict.fromkeys(links[:5]) if (text := boxes.text_of(one))]
