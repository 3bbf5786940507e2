"""The sub-questions that a question is searched by: what it asks of each outlet it names, clause by clause.

"Did the Post report that the dam held, while the Mail spoke of a flood?" is two questions to two outlets; searched as
one, the words of either half drown the other's passages. Rules of language only: where an outlet's name stands, which
clause it belongs to, which day is named beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag import figures, text

CLAUSE_WORDS = 6  # words of meaning that a clause needs to be a question of its own
MOST = 10  # sub-questions of one question; each is a search


@dataclass(frozen=True, slots=True, kw_only=True)
class SubQuestion:
    """Words of a question, the outlets they are asked of (none: of all), and the days (ISO) that they name."""

    text: str
    outlets: tuple[str, ...] = ()
    days: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mention:
    """Where a question names an outlet; several outlets may go by one name."""

    start: int
    end: int
    outlets: tuple[str, ...]


def subquestions(question: str, outlets: Sequence[str]) -> list[SubQuestion]:
    """What `question` asks of each of the outlets it names, else its clauses; the whole question is the last one.

    Between two outlets the question is cut where one clause ends; outlets in a list share theirs. A clause that is long
    enough to be searched alone is there beside the stretch it is part of.
    """
    stretches = _stretched(question, outlets)
    found = asked_of(question, outlets)
    found += [
        _subquestion(clause, named) for named, stretch in stretches or [((), question)] for clause in _clauses(stretch)
    ]
    return [*list(dict.fromkeys(found))[: MOST - 1], _subquestion(question)]


def asked_of(question: str, outlets: Sequence[str]) -> list[SubQuestion]:
    """What `question` asks of each of the outlets it names, in its order; empty where it names none."""
    return [_subquestion(stretch, named) for named, stretch in _stretched(question, outlets)]


def _stretched(question: str, outlets: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
    return list(dict.fromkeys(_stretches(question, _mentions(question, outlets))))[: MOST - 1]


# --- outlets ---------------------------------------------------------------------------------------------------------

_SECTION = re.compile(r"\s+[|:–—-]\s+|:\s+")  # "The Post - Sports", "The Post | News from Osterby"
_DOMAIN = re.compile(r"\.(?:com|org|net|info|[a-z]{2}|co\.[a-z]{2})$", re.I)
_POSSESSIVE = re.compile(r"['’]s$", re.I)
_PREFIX = re.compile(r"-\w")
_UNMISTAKABLE = re.compile(r"[\s.]")
_LONGEST = 8  # words of an outlet's name


@lru_cache(maxsize=8)
def _spellings(outlets: tuple[str, ...]) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """The outlets by each way to write one: whole or without its section, "The", its domain's ending; folded.

    Besides, the first word of each.
    """
    known: dict[str, tuple[str, ...]] = {}
    for outlet in outlets:
        names = {outlet, _SECTION.split(outlet)[0]}
        names |= {_DOMAIN.sub("", name) for name in names}
        for name in {text.fold(_bare(name)).removeprefix("the ") for name in names}:
            if len(name) > 2 and name not in text.STOP_WORDS:
                known[name] = (*known.get(name, ()), outlet)
    return known, frozenset(_first(text.words(name)[0]) for name in known)


def _first(word: text.Word) -> str:
    return _POSSESSIVE.sub("", text.fold(word.text))


def _bare(name: str) -> str:
    """A name from its first word to its last, without the marks around them: "Yahoo!"."""
    words = text.words(name)
    return name[words[0].start : words[-1].end] if words else ""


def _mentions(question: str, outlets: Sequence[str]) -> list[_Mention]:
    """Where the question names outlets, with the "the" before; as whole words with a capital; the longest name counts.

    "osterby.com" needs no capital: a point inside a name tells as much.
    """
    known, firsts = _spellings(tuple(outlets))
    words = text.words(question)
    found: list[_Mention] = []
    for index, word in enumerate(words):
        if (found and word.start < found[-1].end) or _first(word) not in firsts:
            continue
        for end in _ends(words[index : index + _LONGEST]):
            name = question[word.start : end]
            if _PREFIX.match(question, end) or (name.islower() and not _UNMISTAKABLE.search(name)):
                continue
            if named := known.get(text.fold(name)):
                before = words[index - 1] if index else word
                start = before.start if question[before.start : word.start].casefold() == "the " else word.start
                found.append(_Mention(start=start, end=end, outlets=named))
                break
    return found


def _ends(words: Sequence[text.Word]) -> Iterator[int]:
    """Where a name that begins with the first of these words may end, the farthest first: "Barron's", or "Post"'s."""
    for word in reversed(words):
        yield word.end
        if owner := _POSSESSIVE.search(word.text):
            yield word.start + owner.start()


# --- stretches and clauses -------------------------------------------------------------------------------------------

# Where one outlet's part of a question ends and the next one's begins, the surest sign first.
_BREAKS = (
    re.compile(r",?\s(?:while|whereas)\b|;", re.I),
    re.compile(r",\s+(?:and|but|or)\b", re.I),
    re.compile(r",\s"),
    re.compile(r"\s(?:and|but|than|compared (?:to|with)|versus|as|that)\s", re.I),
)
# What stands between the outlets of a list.
_LISTED = re.compile(r"""(?:['’]s\b|[\s,&/()"'‘’“”]|\b(?:and|or|nor|as\s+well\s+as|both|by|from|in|the)\b)*""", re.I)
_CLAUSE = re.compile(
    r",?\s(?:while|whereas|but)\s|;\s|,\s"
    r"|\sand\s+(?=(?:is|was|are|were|has|have|had|also|does|did|do|whose|who|which|been|the|its|his|her|their)\b)",
    re.I,
)


def _stretches(question: str, mentions: Sequence[_Mention]) -> list[tuple[tuple[str, ...], str]]:
    """The outlets named, each with the stretch of the question that is asked of it."""
    groups: list[list[_Mention]] = []
    for mention in mentions:
        if groups and _LISTED.fullmatch(question, groups[-1][-1].end, mention.start):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    begin = 0
    stretches = []
    for group, following in pairwise([*groups, None]):
        assert group is not None
        end = after = len(question)
        if following is not None:
            end, after = _parted(question, group[-1].end, following[0].start)
        stretches += [(named, question[begin:end]) for named in dict.fromkeys(mention.outlets for mention in group)]
        begin = after
    return stretches


def _parted(question: str, left: int, right: int) -> tuple[int, int]:
    """Where the stretch before a break ends and the one after it begins; without a break both have what is between."""
    for sign in _BREAKS:
        breaks = [match.start() for match in sign.finditer(question, left, right)]
        if breaks:
            at = breaks[0] if sign is _BREAKS[2] else breaks[-1]
            return at, at
    return right, left


def _clauses(stretch: str) -> list[str]:
    """A stretch cut between clauses, if it has several; one of too few words stays with the one before it."""
    cuts = [0, *(match.start() for match in _CLAUSE.finditer(stretch)), len(stretch)]
    starts: list[int] = []
    said: set[str] = set()  # by the last clause so far
    for start, end in pairwise(cuts):
        part = set(text.stems(stretch[start:end]))
        if starts and min(len(part), len(said)) < CLAUSE_WORDS:
            said |= part
        else:
            starts.append(start)
            said = part
    return [stretch[start:end] for start, end in pairwise([*starts, len(stretch)])] if len(starts) > 1 else []


def _subquestion(part: str, outlets: tuple[str, ...] = ()) -> SubQuestion:
    days = [day for date in figures.dates(part) if (day := date.day_iso) is not None]
    return SubQuestion(text=part.strip(" ,;"), outlets=outlets, days=tuple(dict.fromkeys(days)))
