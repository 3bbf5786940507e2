"""Whether the cited words give a statement's figures: their value, what bounds them, their unit, and what they count.

"More than 400" follows from "over 412", "300" does not quite from "over 300", and "40 were killed" not at all from
"killed 12 and wounded 40".
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from rag import figures, text
from rag.thesaurus import synonyms
from rag.verify import reading, shares
from rag.verify.clauses import (
    AUXILIARIES,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    Clause,
    clauses,
    is_past,
)
from rag.verify.findings import LEFT_BY_FIGURE, Finding
from rag.verify.units import CURRENCIES, IN_SMALLER, UNITS

ABOUT = 0.1  # share of a value to either side that "about" still covers
NEARLY = 0.15  # share below a value that "nearly" covers
FAR = 2.0  # times a figure is as far off as one may be that follows from it
VAGUE = 50  # times its least value is the most that "dozens" may mean
FEW = 3  # "the two" may be any two that were named
CANDIDATES = 5  # figures of the cited words that one of a statement is held against at most
COUNTED = 4  # words behind a figure in which the thing it counts is looked for
_THE = re.compile(r"\b(?:the|these|those|his|her|its|their)\s$", re.I)
_STRICT = re.compile(r"\b(?:more than|over|above|exceeding|surpassing)\s+$", re.I)
_BELOW = re.compile(r"\b(?:less than|fewer than|under|below)\s+$", re.I)
_NEARLY = re.compile(r"\b(?:nearly|almost|close to)\s+$", re.I)
_NOT_MORE = re.compile(r"\bno[t]? (?:more|less|fewer) than\s+$", re.I)
_SOUGHT = re.compile(r"\b(?:from|to|by)\s+(?:[$€£¥]\s?)?$", re.I)
_BETWEEN = frozenset("of them the those these his her their its others other".split())
_JOINED = re.compile(r"[-‐‑][^\W\d_]")
_RANGE = re.compile(r"\s*[-–—]\s*|\s+(?:to|and|or)\s+")
_SPACED = str.maketrans(dict.fromkeys(CURRENCIES, " "))  # "over $5m" is bound as "over 5m" is
_BESIDE_UNIT = re.compile(r"[-\s]?(?:(?P<sign>%)|per\s?cent\b|(?P<word>[^\W\d_]+))", re.I)
# Words that count people of any kind: "300 people" are there where "300 fighters" are.
_ANY = frozenset(map(text.stem, "people person human man woman life soul other more total figure number toll".split()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A figure of a text: what it may be, its unit, the stems it counts and those of its clause.

    `low` and `high` bound what it may be, `open_low` and `open_high` say that a bound itself is left out. `counts` is
    empty where the text does not say; `towards` is "from", "to", "by" or empty.
    `attributive` says that it only describes: "a 120-seat parliament".
    """

    number: figures.Number
    low: float
    high: float
    open_low: bool
    open_high: bool
    unit: str
    counts: frozenset[str]
    around: frozenset[str]
    towards: str
    attributive: bool
    sentence: int

    def follows_from(self, other: Amount) -> bool:
        """Whether all that the other may be lies within what this one may be."""
        low = self.low < other.low or (self.low == other.low and (other.open_low or not self.open_low))
        high = self.high > other.high or (self.high == other.high and (other.open_high or not self.open_high))
        return low and high

    @property
    def exact(self) -> bool:
        """Whether it is one value."""
        return self.low == self.high


@lru_cache(maxsize=64)
def amounts(words: str) -> tuple[Amount, ...]:
    """The figures of a text that count or measure something, in order: not those of its dates, nor a "one" alone."""
    plain = words.translate(_SPACED)
    taken = {place for date in reading.dates(words) for place in range(date.start, date.end)} | shares.places(words)
    numbers = [number for number in reading.numbers(plain) if number.start not in taken]
    numbers = [number for number in numbers if number.value != 1 or _counts_one(words, number)]
    parts = clauses(words)
    starts = [clause.start for clause in parts]
    around = [_around(clause) for clause in parts]
    found: list[Amount] = []
    for index, number in enumerate(numbers):
        at = bisect_right(starts, number.start) - 1
        at = max(at, 0)
        clause = parts[at] if parts else None
        bounds = _bounds(plain, numbers, index)
        times, unit = IN_SMALLER.get(_unit(words, number), (1, _unit(words, number)))
        counts = _counted(words, number, clause) if clause else frozenset()
        sentence = clause.sentence if clause else 0
        before = next((each for each in reversed(found) if each.sentence == sentence and not each.unit), None)
        if not counts and before and before.counts and clause and _lacks_noun(clause, number):
            counts = before.counts  # "killed 12 civilians and wounded 40"
        sought = _SOUGHT.search(words[max(0, number.start - 12) : number.start])
        found.append(
            Amount(
                number=number._replace(value=number.value * times),
                low=bounds[0] * times,
                high=bounds[1] * times,
                open_low=bounds[2],
                open_high=bounds[3],
                unit=unit,
                counts=counts if times == 1 else frozenset({unit}),
                around=around[at] if clause else frozenset(),
                towards=sought.group().split()[0].casefold() if sought else "",
                attributive=bool(_JOINED.match(words, number.end)),
                sentence=sentence,
            )
        )
    for at in range(len(found) - 1):
        if _is_range(plain, numbers, at, at + 1):
            whole = found[at + 1]
            found[at] = replace(found[at], counts=whole.counts, around=whole.around, unit=found[at].unit or whole.unit)
    return tuple(found)


def _counts_one(words: str, number: figures.Number) -> bool:
    """Whether a one counts: a digit, or the word straight before a plain word ("one soldier", not "one of them")."""
    if words[number.start : number.end].isdigit():
        return True
    following = words[number.end : number.end + 24].split()
    return bool(following) and following[0].isalpha() and following[0].casefold() not in text.STOP_WORDS


def _bounds(words: str, numbers: Sequence[figures.Number], index: int) -> tuple[float, float, bool, bool]:
    number = numbers[index]
    before = words[max(0, number.start - 24) : number.start]
    value, bound = number.value, number.bound
    if number.vague:
        return value, value * VAGUE, False, False
    if _is_range(words, numbers, index, index + 1):
        return value, numbers[index + 1].value, False, False
    if index and _is_range(words, numbers, index - 1, index):
        return numbers[index - 1].value, value, False, False
    if bound == "least":
        return value, math.inf, bool(_STRICT.search(before)) and not _NOT_MORE.search(before), False
    if bound == "most":
        if _NEARLY.search(before):
            return value * (1 - NEARLY), value, False, True
        return -math.inf, value, False, bool(_BELOW.search(before)) and not _NOT_MORE.search(before)
    if bound == "about":
        return value * (1 - ABOUT), value * (1 + ABOUT), False, False
    return value, value, False, False


def _is_range(words: str, numbers: Sequence[figures.Number], left: int, right: int) -> bool:
    """Whether two figures are the ends of one range: "between 300 and 400", "300-400", "300 to 400"."""
    if right >= len(numbers):
        return False
    low, high = numbers[left], numbers[right]
    joint = _RANGE.fullmatch(words, low.end, high.start)
    if joint is None or low.value >= high.value:
        return False
    before = words[max(0, low.start - 10) : low.start].casefold().split()
    opened = before[-1] if before else ""
    return opened == "between" if joint.group().strip() in {"and", "or"} else opened != "from"


def _unit(words: str, number: figures.Number) -> str:
    sign = words[max(0, number.start - 2) : number.start].strip()[-1:]
    if sign in CURRENCIES:
        return CURRENCIES[sign]
    beside = _BESIDE_UNIT.match(words, number.end)
    if beside is None:
        return ""
    if beside["sign"] or beside["word"] is None:
        points = words[beside.end() : beside.end() + 7].casefold().strip().startswith("point")
        return "point" if points else "percent"
    word = beside["word"].casefold()
    if word == "percentage":
        return "point"
    if word in {"us", "american", "canadian", "syrian", "turkish", "egyptian"}:
        further = _BESIDE_UNIT.match(words, beside.end())
        return UNITS.get((further["word"] or "").casefold(), "") if further else ""
    return UNITS.get(word, "")


def _counted(words: str, number: figures.Number, clause: Clause) -> frozenset[str]:
    """The stems of the words straight behind a figure: "61 of them civilians" and "300 government troops" alike."""
    found: list[str] = []
    first = bisect_left(clause.words, number.end, key=lambda word: word.start)
    behind = range(first, len(clause.words))
    for at in behind[:COUNTED]:
        word = clause.words[at]
        lower = word.text.casefold()
        if lower in _BETWEEN and not found:
            continue
        if lower in AUXILIARIES | PREPOSITIONS | PRONOUNS or not text.is_content(word):
            break
        if is_past(word) and (found or at == behind[0]):
            if found or at + 1 >= len(clause.words) or not text.is_content(clause.words[at + 1]):
                break
            continue
        if word.text[0].isdigit():
            break
        found.append(word.stem)
    if not found:
        before = [word for word in clause.words[max(0, first - 8) : first] if word.end <= number.start][-2:]
        if len(before) == 2 and before[1].text.casefold() == "of" and text.is_content(before[0]):
            found.append(before[0].stem)  # "a toll of 300"
    return frozenset(found)


def _lacks_noun(clause: Clause, number: figures.Number) -> bool:
    """Whether nothing stands behind a figure that it could count, though something is done to what it counts."""
    behind = [word for word in clause.words if word.start >= number.end]
    first = behind[0].text.casefold() if behind else ""
    return not behind or first in PREPOSITIONS | AUXILIARIES | DETERMINERS or is_past(behind[0]) or first == "others"


def _around(clause: Clause) -> frozenset[str]:
    return frozenset(word.stem for word in clause.words if text.is_content(word) and not word.text[0].isdigit())


# --- comparing -------------------------------------------------------------------------------------------------------


def compare(statement: str, cited: str) -> list[Finding]:
    """What is amiss with the figures of a statement, each judged by the figure of the cited words that fits it best."""
    theirs = amounts(cited)
    findings = []
    for mine in amounts(statement):
        few = mine.number.value == 1 or (mine.number.value <= FEW and _THE.search(statement[: mine.number.start]))
        if few and not _is_disputed(mine, theirs):
            continue
        judged: list[Finding | None] = []
        for other in (each for each in theirs if _comparable(mine, each)):
            judged.append(_against(mine, other, theirs, written=_written(statement, mine)))
            if judged[-1] is None or len(judged) == CANDIDATES:
                break
        if None in judged:
            continue
        graded = [finding for finding in judged if finding is not None]
        summed = _is_sum(mine, theirs)
        lacking = Finding(
            support="partial" if summed else "unsupported",
            reason=f"the cited words do not {'add up to' if summed else 'have the number'} {_written(statement, mine)}",
            left=LEFT_BY_FIGURE,
            contradicted=not summed,
        )
        partial = [finding for finding in graded if finding.support == "partial"]
        findings.append((partial or [each for each in graded if each.reason] or [lacking])[0])
    return findings


def _is_sum(mine: Amount, theirs: Sequence[Amount]) -> bool:
    """Whether a figure is that of two which the cited words list: "38 soldiers and 11 civilians were killed"."""
    return any(
        one.number.value + other.number.value == mine.number.value
        and one.sentence == other.sentence
        and one.unit == other.unit == mine.unit
        and bool(mine.counts & _ANY or mine.around & (one.around | other.around))
        for one, other in pairwise(theirs)
    )


def _written(statement: str, amount: Amount) -> str:
    return statement[amount.number.start : amount.number.end]


def _is_disputed(mine: Amount, theirs: Sequence[Amount]) -> bool:
    """Whether the cited words count the same things otherwise: "one soldier" where three soldiers are."""
    return bool(mine.counts) and any(same_things(mine.counts, other.counts) for other in theirs)


def _is_same(mine: Amount, other: Amount) -> bool:
    return mine.number.value == other.number.value and not mine.number.vague


def _comparable(mine: Amount, other: Amount) -> bool:
    """Whether a figure has the same value as another, or follows from it and is not far off ("over 50" for 412)."""
    if _is_same(mine, other):
        return True
    value, cited = mine.number.value, other.number.value
    near = mine.number.vague or (value <= FAR * cited and cited <= FAR * value)
    return not mine.exact and near and mine.follows_from(other)


def _against(mine: Amount, other: Amount, theirs: Sequence[Amount], *, written: str) -> Finding | None:
    """What is amiss with one figure against another; None when nothing is. An empty reason says they do not compare."""
    same_value = _is_same(mine, other)
    bound_elsewhere = _bound_elsewhere(mine, other, theirs)
    if not same_value and (bound_elsewhere or not same_things(mine.counts, other.counts)):
        return Finding(support="unsupported", reason="")
    if mine.unit != other.unit:
        if (mine.unit and other.unit) or "percent" in {mine.unit, other.unit}:
            found = f"{other.unit} there" if other.unit else "no such unit there"
            return Finding(support="unsupported", reason=f"the cited words give {written} another unit ({found})")
        if mine.unit:
            return Finding(support="partial", reason=f"the cited words give {written} no such unit", contradicted=False)
    if other.attributive and not mine.attributive and not mine.unit:
        return Finding(support="partial", reason=f"the cited words do not say that {written} counts the same")
    if mine.towards and other.towards and mine.towards != other.towards and _reversed(mine, other, theirs):
        return Finding(support="unsupported", reason=f"the cited words have it the other way round with {written}")
    if bound_elsewhere:
        return Finding(support="unsupported", reason=f"in the cited words {written} counts something else")
    if not mine.follows_from(other):
        if mine.low >= other.high or mine.high <= other.low:
            contrary = not mine.exact and not other.exact
            if contrary:
                return Finding(support="unsupported", reason=f"the cited words bound {written} the other way")
        return Finding(support="partial", reason=f"the cited words bound {written} otherwise", contradicted=False)
    if mine.counts and other.counts and not same_things(mine.counts, other.counts | other.around):
        return Finding(support="partial", reason=f"the cited words do not say that {written} counts the same")
    return None


def _reversed(mine: Amount, other: Amount, theirs: Sequence[Amount]) -> bool:
    """Whether the cited words give the same figure in no other place with the statement's own from or to."""
    return not any(
        each.towards == mine.towards and each.number.value == mine.number.value for each in theirs if each is not other
    )


def same_things(mine: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two figures may count the same: a word in common, a synonym, or people of any kind."""
    if mine & other or mine & _ANY or (mine and not other):
        return True
    return not mine or any(synonyms(stem) & other for stem in mine)


def _bound_elsewhere(mine: Amount, other: Amount, theirs: Sequence[Amount]) -> bool:
    """Whether the cited words have what a statement counts with another figure, and not with this one."""
    own = other.counts | other.around if other.counts else other.around
    rivals = [each for each in theirs if each.number.start != other.number.start]
    counted = mine.counts - _ANY
    if counted:
        with_rival = any(counted & each.counts for each in rivals)
        there = bool(counted & (other.counts or own)) or any(synonyms(stem) & own for stem in counted)
        if with_rival and not there and other.counts:  # else it may be "five of them"
            return True
    if not other.around:
        return False
    told = mine.around - {"say"}
    rivals = [each for each in rivals if each.sentence == other.sentence and each.unit == other.unit]
    score = _overlap(told, other.counts | other.around)
    best = max((_overlap(told, each.counts | each.around) for each in rivals), default=0)
    return best > score and bool(_verbs_differ(told, other, rivals))


def _overlap(told: frozenset[str], around: frozenset[str]) -> int:
    return sum(1 for stem in told if stem in around or synonyms(stem) & around)


def _verbs_differ(told: frozenset[str], other: Amount, rivals: Sequence[Amount]) -> frozenset[str]:
    """What the statement tells of a figure that the cited words tell of its rivals alone."""
    near = other.counts | other.around
    far = frozenset(stem for each in rivals for stem in each.around | each.counts)
    return frozenset(stem for stem in told if stem in far and stem not in near and not synonyms(stem) & near)
