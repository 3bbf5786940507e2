"""Words and figures for a part of a whole: "half of them", "most", "all", "a third", "61 of 120 seats", "52 percent".

What a statement gives as a share the cited words must give of the same: half is neither a third nor all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag import figures, text
from rag.types import Support
from rag.verify import reading
from rag.verify.clauses import clauses
from rag.verify.findings import LEFT_BY_FIGURE, Finding
from rag.verify.roles import like

MOST = 30  # shares of a text that are looked at
NEAR = 0.03  # how far a share in figures may be from one in words: 52 percent are about half
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "tenth": 10}
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_SHARE = re.compile(
    r"(?<!at )(?<!after )(?<!above )(?<!of )\b(?P<all>(?<!in )all|(?<=in )all(?=\s(?:of|the|its|their)\b)|every)\b(?!-)"
    r"|(?<!the )(?<!at )\b(?P<most>most(?=\s(?:of|were|are|have|had|in|from|people)\b)|mostly|mainly|largely"
    r"|majority)\b|\b(?P<majority>majority)\b"
    r"|(?<!second )(?<!first )\b(?P<half>half|halves)\b(?!-)"
    r"|\b(?P<of>one|two|three|four|nine|\d{1,2})\s(?:in|out\sof)\s(?:every\s)?"
    r"(?P<ten>two|three|four|five|six|nine|ten|\d{1,3})\b"
    r"|\b(?P<count>a|one|two|three|four)[\s-](?P<part>third|quarter|fifth|sixth|tenth)s?(?=\sof\b|[.,;]|$)",
    re.I,
)
OF = re.compile(r"\s(?:out\s)?of\s(?:(?:the|its|their|those|these|some|about)\s)*")
_MOST = (0.5, 1.0)


class Share(NamedTuple):
    """A part of a whole from `low` to `high`, as written, with the stems of its clause and of the words behind it."""

    low: float
    high: float
    written: str
    around: frozenset[str]
    behind: frozenset[str]
    sentence: int


@lru_cache(maxsize=64)
def shares(words: str) -> tuple[Share, ...]:
    """The shares of a text: those in words in their order, then those in figures."""
    found = [(*_worded(match), match.group(), match.start()) for match in _SHARE.finditer(words)]
    numbers = reading.numbers(words)
    for number in numbers:
        if re.match(r"\s?%|[\s-]per\s?cent", words[number.end : number.end + 9]) and number.value <= 100:
            part = number.value / 100
            found.append((part - NEAR, part + NEAR, words[number.start : number.end], number.start))
    for one, whole in pairwise(numbers):
        if OF.fullmatch(words, one.end, whole.start) and 0 < one.value <= whole.value:
            part = one.value / whole.value
            found.append((part - NEAR, part + NEAR, words[one.start : whole.end], one.start))
    parts = clauses(words)
    starts = [clause.start for clause in parts]
    kept = []
    for low, high, written, start in found[:MOST]:
        at = bisect_right(starts, start) - 1
        if at >= 0:
            content = [word for word in parts[at].words if text.is_content(word)]
            behind = [word.stem for word in content if word.start > start + len(written)][:2]
            around = frozenset(word.stem for word in content)
            kept.append(Share(low, high, written, around, frozenset(behind), parts[at].sentence))
    return tuple(kept)


def places(words: str) -> frozenset[int]:
    """The offsets of the figures that only tell a share: "two in three", "two thirds"."""
    found = (match for match in _SHARE.finditer(words) if match["ten"] or match["count"])
    return frozenset(at for match in found for at in range(*match.span()))


def _worded(match: re.Match[str]) -> tuple[float, float]:
    if match["all"]:
        return 1.0, 1.0
    if match["most"] or match["majority"]:
        return _MOST
    if match["ten"]:
        part = figures.numbers(match["of"])[0].value / max(figures.numbers(match["ten"])[0].value, 1)
        return part - NEAR, part + NEAR
    part = 0.5 if match["half"] else _COUNTS[match["count"].casefold()] / _PARTS[match["part"].casefold()]
    return part - NEAR, part + NEAR


def compare(statement: str, cited: str) -> Iterator[Finding]:
    """The shares of a statement that the cited words do not have, or give of something else."""
    theirs = shares(cited)
    for mine in shares(statement):
        if mine.written[0].isdigit() or (mine.written.casefold() in {"all", "every"} and not mine.behind):
            continue
        about = frozenset(near for stem in mine.around for near in like(stem))
        rivals = [other for other in theirs if about & other.around or not (mine.around and other.behind)]
        if any(mine.low <= other.high and other.low <= mine.high and _alike(mine, other) for other in rivals):
            continue
        support: Support = "unsupported" if rivals else "partial"
        lacking = f"the cited words do not say “{mine.written}”"
        yield Finding(support=support, reason=lacking, left=LEFT_BY_FIGURE)


def _alike(mine: Share, other: Share) -> bool:
    """Whether two shares that overlap are the same: "all" is no "most", though most may be said of all."""
    return other.low >= mine.low - NEAR
