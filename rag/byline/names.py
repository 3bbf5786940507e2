"""Names and titles as they are kept, and whether two of them are the same."""

from __future__ import annotations

import html
import math
import re
import unicodedata
from collections.abc import Mapping

from rag.cleaning import clean

LONGEST_TITLE = 300
LONGEST_NAME = 200

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_PLACEHOLDERS = frozenset({"", "-", "~", "n/a", "none", "null", "undefined", "unknown"})
_WORDS = re.compile(r"[^\W_]+")
_ENOUGH = 20  # letters that two headlines begin with alike, where one is cut short
_ALIKE = 0.5  # share of words in both


def line(value: object, *, limit: int = LONGEST_NAME) -> str | None:
    """A name or title on one line, at most `limit` characters; None where the value says nothing."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("name", "rendered", "title") if isinstance(value.get(key), str)), None)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):  # JSON with NaN, or 1e999
        return None
    text = str(value)[: 8 * limit]  # enough, whatever is taken out of it
    text = html.unescape(html.unescape(_TAG.sub("", text)) if "&amp;" in text else _TAG.sub("", text))
    text = " ".join(clean(text).split())
    if text.casefold() in _PLACEHOLDERS:
        return None
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def folded(text: str) -> str:
    """Text for comparing: without case, accents, vowel signs and the dot that Turkish gives to an I."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).replace("ı", "i")


def key(text: str) -> str:
    """The letters and digits of a name alone, folded."""
    return "".join(_WORDS.findall(folded(text)))


def same_title(one: str, other: str) -> bool:
    """Whether two headlines are one: alike but for marks, one cut short, or half of all their words in both."""
    first, second = key(one), key(other)
    if not first or not second:
        return False
    shorter, longer = sorted((first, second), key=len)
    if first == second or (len(shorter) >= _ENOUGH and longer.startswith(shorter)):
        return True
    mine, theirs = _parts(one), _parts(other)
    return len(mine & theirs) >= _ALIKE * len(mine | theirs)


def unlike(one: str, other: str) -> bool:
    """Whether two headlines are of two stories: fewer than half of the shorter one's words are in the other."""
    mine, theirs = _parts(one), _parts(other)
    return len(mine & theirs) < _ALIKE * min(len(mine), len(theirs))


def _parts(text: str) -> set[str]:
    """The words of a headline; pairs of letters where it has no blanks between them."""
    words = _WORDS.findall(folded(text))
    joined = "".join(words)
    return set(words) if len(words) > 2 else {joined[index : index + 2] for index in range(len(joined))}
