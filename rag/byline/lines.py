"""Dates in the small print of a page: what each is the date of, by the words of its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from rag.byline.boxes import LONGEST_LINE, is_sentence
from rag.byline.calendar import find
from rag.byline.labels import is_small, role_of

Role: TypeAlias = Literal["published", "republished", "modified", "plain"]

_LONG = 60  # characters that a line below a headline seldom has, but for its dates
_LONGEST_AFTER = 90  # characters after a date in its line: another date, a clock, a name
_LONGEST_PLAIN = 40  # the same of a date that no word says anything of

_SEPARATORS = "|•·"
_OF_THE_YEAR = frozenset("г год года р рік року r".split())
_BEFORE_CLOCK = frozenset("at à um alle às a o om kl в о об saat h u ora las godz gmt utc".split())
_BY_NAME = re.compile(  # "By Jane Doe, Sunday, ", "Jane Doe, " or "London, "
    r"(?:(?i:By|Par|Von|Por|Di|Door|Av|Af|Da)\s[^,|·•–—\n:]{2,60}(?:[,–—-]|\s(?i:on|le|am|il|em|el|op)(?=\s|$))"
    r"|[^\W\d_a-zа-я][\w.'’-]{1,20}(?:\s(?:[^\W\d_a-zа-я][\w.'’-]{0,20}|de|da|di|van|von|der|den|al|bin|ben)){1,3}\s?[,–—-]|[^\W\d_a-zа-я][\w'’-]{1,20},)(?P<rest>[^|·•:]{0,20})$"
)
# Words after a date that it is not the page's but of a thing that the page is about.
_OF_A_THING = re.compile(
    r"\b(?:hard(?:back|cover)|paperback|e-?book|audiobook|isbn|publisher|pages|editions?|vinyl|dvd|blu-ray|in cinemas"
    r"|in theat(?:er|re)s|taschenbuch|gebunden|seiten|verlag|broché|poche|éditions?|editore|editorial|pagin[ae]|páginas"
    r")\b",
    re.IGNORECASE,
)


class Dated(NamedTuple):
    """An ISO day in a line, and what it is the day of; "plain" where no word says it."""

    role: Role
    day: str


def dates(text: str, before: str, language: str | None) -> Iterator[Dated]:
    """Each date of a short line, which `before` comes before; a date in the middle of a sentence is none."""
    position = 0
    for found in find(text, language=language):
        own, after = text[position : found.start], text[found.end :].strip()
        ahead = before[-80:] + own
        position, before = found.end, ""
        role = role_of(own) or role_of(ahead)
        if role == "other" or len(after) > _LONGEST_AFTER or _OF_A_THING.search(after):
            continue
        if role:
            yield Dated(role, found.day.isoformat())
        elif leads(ahead) and _is_alone(after):
            yield Dated("plain", found.day.isoformat())


def leads(before: str) -> bool:
    """Whether what stands before a date in its line is no more than a weekday, a clock or a name.

    Of the lines before it only one that ends in a colon is of it.
    """
    *lines, last = before.rstrip(" \t").split("\n")
    ahead = last[max(map(last.rfind, _SEPARATORS)) + 1 :].strip()
    named = _BY_NAME.match(ahead)
    above = next((line.rstrip() for line in reversed(lines) if line.strip()), "")
    return is_small(named["rest"] or "" if named else ahead) and not above.endswith((":", "："))


def _is_alone(after: str) -> bool:
    """Whether what stands after a date in its line is no more than a clock or a few words of another kind."""
    if len(after) >= _LONGEST_PLAIN or after.endswith((".", "!", "?")):
        return after.rstrip(".") in _OF_THE_YEAR
    return not after[:1].islower() or after.split()[0].rstrip(".,") in _BEFORE_CLOCK | _OF_THE_YEAR


def is_running(text: str, language: str | None) -> bool:
    """Whether a piece of text is of an article's own text or its standfirst, and not of a line above it."""
    if len(text) > LONGEST_LINE or is_sentence(text):
        return True
    is_long = len(text) >= _LONG or text.endswith(("。", "。”", "」"))
    return is_long and next(find(text, language=language), None) is None
