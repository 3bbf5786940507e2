"""Names as a question may take them over from a text."""

from __future__ import annotations

import re
from typing import NamedTuple

from rag import figures, text
from rag.kinds import is_person
from rag.thesaurus import SEATS

MOST_WORDS = 5  # of a name,
SHORTEST, LONGEST = 3, 40  # and its characters
_TITLES = frozenset(
    """president vice deputy prime foreign defence defense interior finance affairs minister secretary general king
    queen prince princess pope sheikh senator governor mayor judge justice chief colonel captain major lieutenant
    commander ambassador envoy professor doctor mr mrs ms dr sir lord lady chancellor premier speaker spokesman
    spokeswoman director coach""".split()
)
_TIMES = frozenset([*figures.MONTHS, *figures.WEEKDAYS, "today", "yesterday", "tomorrow"])
_ADJECTIVE = re.compile(r"\w+(?:ians?|eans?|ish|ese|ic|ists?)")
_SMALL_ADJECTIVE = re.compile(r"\w+(?:an|ch|i)s?")
_OFFICIAL = frozenset(["of", "for", "the", "and"])
_OWNED = re.compile(r"^.*['’]s\s")  # "the Gazette’s Greta Holm"
_BESIDE = frozenset("-‐‑–/@#_*&\\’'")  # what makes the word before or behind it another: "Iran-backed", "Moscow’s"


class Name(NamedTuple):
    """A name in a sentence: where it stands, and how a question says it ("the Arab League")."""

    start: int
    end: int
    words: str

    def moved(self, by: int) -> Name:
        """The same name, so many characters farther."""
        return Name(self.start + by, self.end + by, self.words)


def names_in(passage: str) -> list[Name]:
    """The names of a text that a question may use, in order: whole, not too long, no nationality, no day or month.

    An office before a person's name is left out: "Foreign Minister Greta Holm".
    """
    found = []
    for span in text.names(passage):
        around = passage[span.start - 1 : span.start] + passage[span.end : span.end + 1]
        name = _without_office(passage[span.start : span.end])
        if name is None or _BESIDE & set(around) or name[-2:] in {"’s", "'s"}:
            continue
        article = passage[max(0, span.start - 4) : span.start].casefold() == "the "
        the = "the " if article and passage.startswith(name, span.start) else ""
        found.append(Name(span.start, span.end, the + name))
    return found


def _without_office(name: str) -> str | None:
    """A name as a question says it; None for one that none may use."""
    words = _OWNED.sub("", name).split()
    if not words or (len(words) < len(name.split()) and not _is_one(" ".join(words))):
        return None
    name, first = " ".join(words), 0
    while first < len(words) - 1 and (words[first].casefold().strip(".") in _TITLES or _is_nationality(words[first])):
        first += 1
    bare = " ".join(words[first:])
    if first and not (_is_one(bare) and words[first - 1].casefold().strip(".") in _TITLES):
        bare = name  # "Syrian Observatory", "Prince Edward Island"
    words = bare.split()
    if len(words) > MOST_WORDS or not SHORTEST <= len(bare) <= LONGEST or _TIMES & set(bare.casefold().split()):
        return None
    return None if len(words) == 1 and _is_nationality(bare) else bare


def _is_one(name: str) -> bool:
    """Whether a name looks like one person's, and not like "Office of Trade"."""
    return is_person(name) and not _OFFICIAL & set(name.split())


def _is_nationality(word: str) -> bool:
    """Whether a word may be one such as "Syrian" or "Islamist", which names nobody and no place."""
    folded = word.casefold()
    return bool(_ADJECTIVE.fullmatch(folded) or (_SMALL_ADJECTIVE.fullmatch(folded) and text.stem(word) in SEATS))
