"""Which names of a statement the cited words lack, among them such as are put together of two that they have."""

from __future__ import annotations

from collections.abc import Sequence

from rag import text
from rag.thesaurus import SEATS, synonyms
from rag.verify import reading
from rag.verify.clauses import ANYBODY, AUXILIARIES, SAYING, is_past

_TITLES = frozenset(
    text.stem(word)
    for word in """president minister foreign prime general king prince queen ministry secretary chief leader defence
    interior army force forces front party council deputy colonel mr mrs ms dr sir saint new north south east west
    observatory city province state republic united""".split()
)
_COUNTRIES = frozenset(SEATS) | frozenset(seat for seats in SEATS.values() for seat in seats)
_NO_SEATS = frozenset({text.stem("Abu")})  # a part of many names
_SHORTEST_ACRONYM = 2


def missing(statement: str, cited: str, credits_: str, *, dates: frozenset[int] = frozenset()) -> list[str]:
    """The names of a statement that neither the cited words nor the credits have, as written, in order.

    `dates` are the offsets that its dates take up, whose months are no names. A country is there where its seat of
    government is named, an acronym where the cited words spell it out.
    """
    held = {*reading.stems(cited), *reading.stems(credits_)}
    runs = [cited[span.start : span.end] for span in reading.names(cited)]
    runs += [credits_[span.start : span.end] for span in reading.names(credits_)]
    groups = [frozenset(text.stems(run)) for run in runs]
    lacking = []
    for span in reading.names(statement):
        name = statement[span.start : span.end]
        if dates.issuperset(range(*span)):
            continue
        stems = [stem for stem in text.stems(name) if not _has(stem, held)]
        if (stems and not _spelled_out(name, runs)) or _is_put_together(name, groups, cited):
            lacking.append(name)
    return lacking


def _has(stem: str, held: set[str]) -> bool:
    return stem in held or bool((SEATS.get(stem, frozenset()) - _NO_SEATS) & held)


def _spelled_out(name: str, runs: Sequence[str]) -> bool:
    """Whether a name is made of the first letters of another's capitalised words: "HTS" of "Hayat Tahrir al-Sham"."""
    letters = name.replace(".", "")
    if not (letters.isupper() and letters.isalpha() and len(letters) >= _SHORTEST_ACRONYM):
        return False
    firsts = ("".join(word.text[0] for word in text.words(run) if word.text[0].isupper()) for run in runs)
    return any(letters in first for first in firsts)


def spelled_out(statement: str, cited: str) -> str:
    """The statement with each acronym replaced by the name that the cited words spell out."""
    runs = [cited[span.start : span.end] for span in reading.names(cited)]
    held = set(reading.stems(cited))
    for word in reversed(reading.words(statement)):
        if word.text.isupper() and word.stem not in held:
            run = next((run for run in runs if _spelled_out(word.text, [run])), None)
            statement = statement if run is None else statement[: word.start] + run + statement[word.end :]
    return statement


def _is_put_together(name: str, groups: Sequence[frozenset[str]], cited: str) -> bool:
    """Whether two words of a name belong to different longer names in the cited words, and never to one."""
    stems = [stem for stem in text.stems(name) if stem not in _TITLES and stem not in _COUNTRIES]
    if len(stems) != 2:
        return False
    first, second = ([group for group in groups if stem in group] for stem in stems)
    if not first or not second or any(stems[1] in group for group in first):
        return False
    return all(len(group) > 1 for group in [*first, *second])


def is_country(word: str) -> bool:
    """Whether a word names a country or its seat of government."""
    return text.stem(word) in _COUNTRIES


def opening(statement: str, cited: str, credits_: str) -> str | None:
    """The word that opens a statement where it seems to be a name that the cited words lack; None otherwise.

    English puts no article before a name: a single word in the singular straight before its verb is one, or a word such
    as "inflation". A country is always one.
    """
    tokens = reading.words(statement)[:2]
    if not tokens or not text.is_content(tokens[0]) or not tokens[0].text[0].isupper():
        return None
    word = tokens[0]
    lower = word.text.casefold()
    held = {*reading.stems(cited), *reading.stems(credits_)}
    if _has(word.stem, held) or synonyms(word.stem) & held or _spelled_out(word.text, [cited]):
        return None
    if word.stem in _COUNTRIES:
        return word.text
    following = tokens[1] if len(tokens) > 1 else None
    if following is None or synonyms(word.stem) or lower.endswith(("ing", "ly", "ed")) or not lower.isalpha():
        return None
    if lower in ANYBODY or (lower.endswith("s") and not lower.endswith("ss")):
        return None
    before_verb = is_past(following) or following.text.casefold() in AUXILIARIES | SAYING
    return word.text if before_verb else None
