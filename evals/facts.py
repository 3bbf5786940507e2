"""Whether a text states a fact: one of its spellings stands in it, as words and numbers, not as letters of others.

The folding is the measure's own, not the product's, so that a change of the product cannot move the yardstick.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_GLYPHS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02bf\u02be\u2032\u00b4\u0060", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),
    }
)
_UNITS = "one two three four five six seven eight nine"
_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SCALES = "hundred thousand million billion trillion"


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


_NUMBER_WORD = _any(f"zero {_TEENS} {_TENS} {_UNITS} {_SCALES}")
_STARTS_WITH_NUMBER_WORD = re.compile(rf"{_NUMBER_WORD}\b")
_ENDS_WITH_NUMBER_WORD = re.compile(rf"\b{_NUMBER_WORD}$")
# "twelve" is not said by "two hundred and twelve", nor "one" by "twenty-one".
_NUMBER_GOES_ON_BEFORE = re.compile(rf"\b(?:{_any(_TENS)}[- ]|{_any(_SCALES)}(?:[- ]| and ))$")
_NUMBER_GOES_ON_AFTER = re.compile(rf"[- ]{_NUMBER_WORD}\b")
_SCALE_GOES_ON_AFTER = re.compile(rf" and {_NUMBER_WORD}\b")
_ENDS_WITH_SCALE = re.compile(rf"\b{_any(_SCALES)}$")
_DIGITS_GO_ON_BEFORE = re.compile(r"\d[.,:]?$")
# 12 is not said by 120, 12.5, 12:30, 12m or "12 thousand", but it is by "12th".
_DIGITS_GO_ON_AFTER = re.compile(rf"[.,:]?\d|(?!(?:st|nd|rd|th)\b)[a-z]|[- ]{_any(_SCALES)}\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def plain(text: str) -> str:
    """Return `text` in the plainest glyphs: straight quotes, hyphens for dashes, single spaces, no ligatures."""
    # An accent as a character of its own would turn into a space and a combining mark: glyphs first.
    return " ".join(unicodedata.normalize("NFKC", text.translate(_GLYPHS)).translate(_GLYPHS).split())


def fold(text: str) -> str:
    """Return `plain(text)` without case, and with no comma inside numbers."""
    return _THOUSANDS.sub("", plain(text).casefold())


def states(text: str, spelling: str) -> bool:
    """Tell whether `text` has `spelling` from the start of a word on; numbers have to stand whole.

    Words may go on ("helicopter" is stated by "helicopters"); a number, in digits or as a word, may not.
    """
    folded, wanted = fold(text), fold(spelling)
    if not wanted:
        return False
    start = folded.find(wanted)
    while start >= 0:
        if _stands_alone(folded[:start], wanted, folded[start + len(wanted) :]):
            return True
        start = folded.find(wanted, start + 1)
    return False


def states_any(text: str, spellings: Sequence[str]) -> bool:
    """Tell whether one of a fact's `spellings` is stated."""
    return any(states(text, spelling) for spelling in spellings)


def _stands_alone(before: str, wanted: str, after: str) -> bool:
    if wanted[0].isalnum() and before[-1:].isalnum():
        return False
    if wanted[0].isdigit() and _DIGITS_GO_ON_BEFORE.search(before):
        return False
    if wanted[-1].isdigit() and _DIGITS_GO_ON_AFTER.match(after):
        return False
    if _STARTS_WITH_NUMBER_WORD.match(wanted) and _NUMBER_GOES_ON_BEFORE.search(before):
        return False
    if not _ENDS_WITH_NUMBER_WORD.search(wanted):
        return True
    if after[:1].isalnum() or _NUMBER_GOES_ON_AFTER.match(after):
        return False
    return not (_ENDS_WITH_SCALE.search(wanted) and _SCALE_GOES_ON_AFTER.match(after))
