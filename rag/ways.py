"""Which way a place is told of: somebody goes to it, comes from it, or only makes for it or is near it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, TypeAlias

from rag import text

Way: TypeAlias = Literal["to", "from", "near", ""]
BEFORE = 40  # characters before a name in which the word stands that says which way
_WAYS: tuple[tuple[Way, str], ...] = (
    (
        "near",
        r"towards?|near|nearby|outside|north of|south of|east of|west of|close to|the way to|the road to"
        r"|(?:mak(?:e|es|ing)|made|head(?:s|ed|ing)?|bound) for",
    ),
    ("from", r"from|out of|leav(?:e|es|ing)|left|flee(?:s|ing)?|quit(?:s|ting)?|abandon(?:s|ed|ing)?"),
    ("to", r"to|into|for|reach(?:es|ed|ing)?|enter(?:s|ed|ing)?|visit(?:s|ed|ing)?"),
)
_BETWEEN = r"(?:the\s+(?:[\w-]{1,20}\s+){0,2}(?:of\s+)?|(?-i:[A-Z])[\w-]{1,20}\s+)?"  # no verb: "to take"
_TOLD = tuple((way, re.compile(rf"\b(?:{words})\s+{_BETWEEN}$", re.I)) for way, words in _WAYS)

_WHERE = re.compile(r",?\s+where\b", re.I)  # "from Osterby, where he had fled"
GOES_TO = re.compile(r"\s+(?:to|for|into)\s+(?:the\s+)?[A-Z]")


def way(sentence: str, start: int) -> Way:
    """Which way the name that begins at `start` is told of: "to" it, "from" it, only "near" it; else empty, as "in"."""
    before = sentence[max(0, start - BEFORE) : start]
    return next((told for told, words in _TOLD if words.search(before)), "")


def ways(sentence: str, name: Collection[str]) -> set[Way]:
    """Each way that a name, given in stems, is told of in a sentence; empty where it does not stand there."""
    found: set[Way] = set()
    inside = False
    for word in text.words(sentence):
        named = word.stem in name
        if named and not inside:
            found.add(way(sentence, word.start))
        if named and _WHERE.match(sentence, word.end):
            found.add("")
        inside = named
    return found


def is_side(sentence: str, name: Collection[str]) -> bool:
    """Whether a name only says on whose side others are: "pro-Norrland groups", "Norrland-backed divers"."""
    own = [word for word in text.words(sentence) if word.stem in name]
    return bool(own) and all(_takes_side(sentence, word) for word in own)


def _takes_side(sentence: str, word: text.Word) -> bool:
    before = sentence[max(0, word.start - 5) : word.start]
    return _PRO.search(before) is not None or _BACKED.match(sentence, word.end) is not None


_PRO = re.compile(r"\b(?:pro|anti)[-‑]$", re.I)
_BACKED = re.compile(r"[-‑](?:backed|led|linked|aligned|allied|funded|supported|supplied|trained)\b", re.I)


def agrees(asked: Way, told: Collection[Way]) -> bool:
    """Whether a place that is asked about one way may be the one that is told of in these ways.

    Where somebody came from is not where they went, and where they are heading is not where they are; a way that
    nothing tells ("the Osterby visit") may be any, and so may one that is asked of as near.
    """
    if not told or asked == "near":
        return True
    others: dict[Way, set[Way]] = {"to": {"from"}, "from": {"to", "near"}, "": {"near"}}
    return not others[asked].issuperset(told)
