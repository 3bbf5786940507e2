"""What cited words say to the contrary of a statement, word by word: an opposite, or not what is denied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag import text
from rag.thesaurus import synonyms
from rag.verify.contrasts import alike, opposed

ONE_SIDE = "one side says “not”"
BESIDE = 3  # words that carry meaning, on either side: as far as two words can be apart and speak of one thing
_NEGATION = re.compile(
    r"\b(?:not(?! only\b)|never|nor|neither|cannot|without|fail(?:s|ed|ing|ure)?|refus\w+)\b|n['’]t\b", re.I
)
_CLAUSE_ENDS = re.compile(r"[,;:—–()“”\"]|\b(?:and|but|or|which|who|that|because|while)\b")
_EXCUSED = 3  # words that carry meaning behind a negation of the cited words: any of them may be what it negates


def contradiction(statement: str, cited: str, *, around: str = "") -> str | None:
    """What the cited words say to the contrary: an excluding word beside the same word, or not what is denied.

    `around` is the text they stand in, if longer, where the same may be denied in other words.
    """
    theirs = _neighbours(cited)
    present = frozenset(theirs)
    for sequence in _content(statement):
        for at, word in enumerate(sequence):
            excluding = opposed(word.stem, present)
            same = alike(word.stem) | synonyms(word.stem)
            for beside in sequence[max(0, at - 1) : at] + sequence[at + 1 : at + 2] if excluding else ():
                near = theirs.get(beside.stem, frozenset())
                if excluding & near and not same & near:
                    return f"the cited words have the contrary of “{word.text}”"
    theirs_not = _negated(around or cited, reach=_EXCUSED)
    if any(word in present for word in _negated(statement, reach=1) - theirs_not):
        return ONE_SIDE
    return None


def _content(words: str) -> Iterator[list[text.Word]]:
    """The words that carry meaning, sentence by sentence."""
    for span in text.sentences(words):
        yield [word for word in text.words(words[span.start : span.end]) if text.is_content(word)]


def _neighbours(cited: str) -> dict[str, frozenset[str]]:
    """For each stem those that stand within BESIDE words of it somewhere."""
    near: dict[str, set[str]] = {}
    for sequence in _content(cited):
        stems = [word.stem for word in sequence]
        for at, stem in enumerate(stems):
            near.setdefault(stem, set()).update(stems[max(0, at - BESIDE) : at], stems[at + 1 : at + 1 + BESIDE])
    return {stem: frozenset(others) for stem, others in near.items()}


def _negated(words: str, *, reach: int) -> frozenset[str]:
    """The stems of the words that carry meaning behind each negation, so many of them, within its clause."""
    found: set[str] = set()
    for match in _NEGATION.finditer(words):
        clause = _CLAUSE_ENDS.split(words[match.end() : match.end() + 60], maxsplit=1)[0]
        found.update(text.stems(clause)[:reach])
    return frozenset(found)
