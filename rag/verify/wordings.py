"""Words that a statement must not have unless the cited words have them, or one that says the same.

Its verbs, what it says that somebody is, "the only", "again", "he" for "she", "for" for "against", "more than" whom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag import text
from rag.verify import reading
from rag.verify.findings import Finding
from rag.verify.frames import frames
from rag.verify.modality import GOVERNING
from rag.verify.paraphrases import same
from rag.verify.roles import MANY_ARE, VAGUE, by_verb, like


def compare(statement: str, cited: str) -> Iterator[Finding]:
    """What a statement says in a word that the cited words have not, or have the other way round."""
    yield from _untold(statement, cited)
    yield from _unequalled(statement, cited)
    yield from _otherwise_timed(statement, cited)
    yield from _of_the_other_sex(statement, cited)
    yield from _turned(statement, cited)
    yield from _outdone(statement, cited)


def _untold(statement: str, cited: str) -> Iterator[Finding]:
    """The verbs of a statement that the cited words have neither themselves nor by one that says the same."""
    theirs = by_verb(cited)
    joint = {verb.split()[0] for verb in theirs if " " in verb} - theirs.keys()
    held = (frozenset(reading.stems(cited)) | theirs.keys()) - joint
    for frame in frames(statement):
        if frame.verb not in VAGUE | GOVERNING | {"say"} and not (same(frame.verb) & held):
            yield Finding(support="partial", reason=f"the cited words do not say “{frame.word}”")
        elif frame.verb in VAGUE | {"say"} or not frame.done_to - MANY_ARE:
            continue
        elif all(held.isdisjoint(like(stem) | same(stem)) for stem in frame.done_to):
            yield Finding(support="partial", reason=f"the cited words do not say what “{frame.word}” is done to")


# Words for when and whether again: of each line one at least must be there.
_TIMED = tuple(
    re.compile(rf"\b(?:{line})\b", re.I)
    for line in (
        "at first|initially|originally|formerly|previously|earlier|once|used to|former|old|first|before|ex",
        "still|remain(?:s|ed|ing)?|continu(?:e|es|ed|ing)|yet|keeps?|kept|stay(?:s|ed)?",
        "again|re(?:gain|take|took|turn|open|elect|join|sume|start|peat)\\w*|another|second|more|back|twice|further",
        "no longer|any more|stop(?:s|ped)?|end(?:s|ed)?|ceased?|former(?:ly)?|quit|left",
        "finally|eventually|at last|in the end|later|after|then",
    )
)
_TELLING = (
    "at first|initially|originally|formerly|previously",
    "still|remain(?:s|ed|ing)?",
    "again|once more|for the second time",
    "no longer|any more",
    "finally|eventually",
)


def _otherwise_timed(statement: str, cited: str) -> Iterator[Finding]:
    """What a statement says was so at first, still or again, where the cited words have nothing of the kind."""
    for telling, there in zip(_TELLING, _TIMED, strict=True):
        match = re.search(rf"\b(?:{telling})\b", statement, re.I)
        if match and not there.search(cited):
            yield Finding(support="partial", reason=f"the cited words do not say “{match.group()}”")


_HE, _SHE = frozenset("he him his himself".split()), frozenset("she her hers herself".split())


def _of_the_other_sex(statement: str, cited: str) -> Iterator[Finding]:
    """What is told of a "he" where the cited words have none but "she", or the other way round."""
    mine, theirs = ({word.text.casefold() for word in reading.words(each)} for each in (statement, cited))
    for one, other in ((_HE, _SHE), (_SHE, _HE)):
        if mine & one and theirs & other and not theirs & one:
            yield Finding(support="partial", reason=f"the cited words have no “{min(mine & one)}”")


_ALONE = frozenset("only sole alone just exclusively solely".split())
_SUPERLATIVE = re.compile(r"\bthe\s(?:[^\W\d]+\s)?(?P<word>(?:most|least|first|last|[^\W\d]{2,}est))\b(?!-)", re.I)
_NO_SUPERLATIVES = frozenset("west northwest southwest interest forest request protest arrest harvest guest".split())


def _unequalled(statement: str, cited: str) -> Iterator[Finding]:
    """What a statement calls the only, the first or the biggest, where the cited words do not."""
    held = {word.text.casefold() for word in reading.words(cited)}
    if any(word.text.casefold() in {"only", "sole"} for word in reading.words(statement)) and not _ALONE & held:
        yield Finding(support="partial", reason="the cited words do not say that it is the only one")
    for match in _SUPERLATIVE.finditer(statement):
        word = match["word"].casefold()
        if word not in held | _NO_SUPERLATIVES and not like(text.stem(word)) & frozenset(reading.stems(cited)):
            yield Finding(support="partial", reason=f"the cited words do not say “{match['word']}”")


_TURNS = {"with": "without", "for": "against", "before": "after", "above": "below", "inside": "outside"}
_TURNS |= {other: one for one, other in _TURNS.items()}


def _turned(statement: str, cited: str) -> Iterator[Finding]:
    """Small words that the cited words have the other way round before the same thing: "for the bill", "against"."""
    theirs = frozenset(_led(cited))
    for small, stem in dict.fromkeys(_led(statement)):
        if (_TURNS[small], stem) in theirs and (small, stem) not in theirs:
            yield Finding(support="unsupported", reason=f"the cited words have “{_TURNS[small]}” for “{small}”")


def _led(words: str) -> Iterator[tuple[str, str]]:
    """Each small word that has a contrary, with the next two words behind it that carry meaning."""
    tokens = reading.words(words)
    for at, word in enumerate(tokens):
        if word.text.casefold() in _TURNS:
            behind = [each for each in tokens[at + 1 : at + 5] if text.is_content(each)]
            yield from ((word.text.casefold(), each.stem) for each in behind[:2])


_THAN = re.compile(
    r"\b(?P<more>more|fewer|less|[a-z]{2,}er)\s(?:[\w-]+\s){0,2}?than\s(?P<whom>[^.,;]{2,60})"
    r"|\b(?P<place>ahead of|behind)\s(?P<other>[^.,;]{2,60})"
)


def _outdone(statement: str, cited: str) -> Iterator[Finding]:
    """Who has more than, or is ahead of, somebody else than in the cited words."""
    theirs = dict(_compared(cited))
    for how, whom in _compared(statement):
        if how in theirs and whom and theirs[how] and not whom & theirs[how]:
            yield Finding(support="unsupported", reason=f"the cited words compare with somebody else (“{how}”)")


def _compared(words: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Each comparison with the stems of the names that it is made with."""
    for match in _THAN.finditer(words):
        start, end = match.span("whom" if match["more"] else "other")
        named = [words[span.start : span.end] for span in reading.names(words) if start <= span.start < end]
        yield match["more"] or match["place"], frozenset(stem for name in named for stem in text.stems(name))
