"""The numbers and dates that a text names, in figures or in words, with offsets.

Pure functions, linear in the length of the text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from rag.text import Word, remembered, words


class Number(NamedTuple):
    """A number with the words that bound it: `least` for "over 300", `most` for "up to 300", `about`, or `exact`.

    `vague` when the word is a plural such as "dozens", whose value is the least it can mean.
    """

    value: float
    start: int
    end: int
    bound: str
    vague: bool = False


_UNITS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELLED = dict(zip([*_UNITS, *_TENS], map(float, [*range(20), *range(20, 100, 10)]), strict=True))
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 10**12}
_SUFFIXES = {"k": 1_000, "m": 1_000_000, "bn": 1_000_000_000, "mn": 1_000_000}
_VAGUE = {"dozen": 12, "dozens": 24, "scores": 40, "hundreds": 200, "thousands": 2_000, "millions": 2_000_000}
_LEAST = r"more than|over|at least|not? (?:less|fewer) than|upwards? of|above|exceeding|surpassing"
_MOST = r"up to|at most|not? more than|less than|fewer than|under|below|nearly|almost|close to"
_ABOUT = r"about|around|roughly|some|approximately|an estimated|estimated"
_BOUND = re.compile(rf"\b(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<about>{_ABOUT}))\s+$", re.I)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:(?:,\d{3})+\.|(?:\.\d{3})+,)\d+")
_JOINT = re.compile(r"[^\S\n]*\n?[^\S\n]*|[-‐‑]")  # between the words of one number
_ORDINALS = frozenset("st nd rd th first second third fourth fifth sixth seventh eighth ninth".split())


def _figure(text: str) -> float | None:
    """The value of digits: "1,500" and "1.500" are 1500, "1.5" and "1,5" are 1.5, "1,500.5" and "1.500,5" 1500.5."""
    if _GROUPED.fullmatch(text):
        *groups, part = re.split(r"[.,]", text)
        return float(f"{''.join(groups)}.{part}")
    parts = re.split(r"[.,]", text)
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3 and parts[0] != "0":
        return float("".join(parts))
    if len(parts) == 2 and len(parts[0]) < 16:
        return float(f"{parts[0]}.{parts[1]}")
    return float(text) if len(parts) == 1 and len(text) < 16 else None


@remembered
def numbers(text: str) -> list[Number]:
    """Every number of a text, in figures or English words, scales ("1.5k", "two million") and bounds understood.

    Not the ordinal ones, and not the digits inside a word ("F16"). "Dozens" counts as at least 24, "hundreds" as at
    least 200.
    """
    found: list[Number] = []
    tokens = words(text)
    index = 0
    while index < len(tokens):
        value, used = _read_number(text, tokens, index)
        if value is None:
            index += 1
            continue
        start, end = tokens[index].start, tokens[index + used - 1].end
        vague = tokens[index].text.casefold() in _VAGUE.keys() - {"dozen"}
        if not _is_ordinal(text, end, tokens[index + used : index + used + 1]):
            bound = "least" if vague or text[end : end + 1] == "+" else _bound(text[max(0, start - 24) : start])
            found.append(Number(value, start, end, bound, vague))
        index += used
    return found


def _bound(before: str) -> str:
    match = _BOUND.search(before)
    return match.lastgroup or "exact" if match else "exact"


def _is_ordinal(text: str, end: int, following: list[Word]) -> bool:
    """Whether what follows a number makes it "3rd", "twenty-third" or "one-third"."""
    return any(word.text.casefold() in _ORDINALS and text[end : word.start] in {"", "-", "‑"} for word in following)


def _read_number(text: str, tokens: list[Word], index: int) -> tuple[float | None, int]:
    """The value that begins at a token, None for none, and how many tokens it takes."""
    token = tokens[index].text.casefold()
    if token in _VAGUE:
        return float(_VAGUE[token]), 1
    current = _figure(token) if _FIGURE.fullmatch(token) else _SPELLED.get(token)
    if current is None:
        return None, 0
    total, used = 0.0, 1  # floats: what a hostile text multiplies has no end
    while index + used < len(tokens):
        left, right = tokens[index + used - 1 : index + used + 1]
        if right.start - left.end > 5 or not _JOINT.fullmatch(text, left.end, right.start):
            break
        before, token = left.text.casefold(), right.text.casefold()
        if token == "hundred":
            current *= 100
        elif token in _SCALES:
            total, current = total + current * _SCALES[token], 0.0
        elif token == "dozen":
            current *= 12
        elif token in _SUFFIXES and right.start == left.end:
            current *= _SUFFIXES[token]
        elif token in _SPELLED and not before[-1].isdigit() and _SPELLED[token] < _room(current):
            current += _SPELLED[token]
        elif not (token == "and" and before in _SCALES and _is_spelled(tokens[index + used + 1 : index + used + 2])):
            break
        used += 1
    return total + current, used


def _room(value: float) -> int:
    """What may be added to a number in words: below 100 to a round hundred, below 10 to a round ten."""
    return 100 if value % 100 == 0 else 10 if value % 10 == 0 and value % 100 >= 20 else 0


def _is_spelled(following: list[Word]) -> bool:
    return any(word.text.casefold() in _SPELLED for word in following)


# --- dates -----------------------------------------------------------------------------------------------------------

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
_LONG_AGO = r"1[5-8]\d\d"  # a year only beside a month, or behind "in" and the like: else as likely a number
_DAY_MONTH = rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m1>{_MONTH})\b"
_MONTH_DAY = rf"(?P<m2>{_MONTH})\b\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b"
_CLOCK = r"(?:T\d\d:?\d\d(?::?\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)"
_DATE = re.compile(
    rf"\b(?:{_DAY_MONTH}|{_MONTH_DAY}|(?P<m3>{_MONTH})\b)(?:\.?,?\s+(?P<y1>{_YEAR}|{_LONG_AGO})\b)?"
    rf"|\b(?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])){_CLOCK}?\b|\b(?P<y2>{_YEAR})\b"
    rf"|\b(?:in|since|until|circa|year)\s(?P<y3>{_LONG_AGO})\b(?![,.]\d)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(WEEKDAYS)})s?\b", re.IGNORECASE)


class Date(NamedTuple):
    """A date as far as a text gives it: any of year, month, day may be None."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int

    @property
    def day_iso(self) -> str | None:
        """The day as `2024-12-01`; None where year, month or day is not given."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    def agrees(self, other: Date) -> bool:
        """Whether no part that both give differs."""
        pairs = zip(self[:3], other[:3], strict=True)
        return all(a is None or b is None or a == b for a, b in pairs)


@remembered
def dates(text: str) -> list[Date]:
    """Every calendar date, month or year that a text names; "may" and "march" only beside a figure."""
    found: list[Date] = []
    for match in _DATE.finditer(text):
        parts = match.groupdict()
        if parts["iso"]:
            year, month, day = (int(part) for part in parts["iso"].split("-"))
            found.append(Date(year, month, day, match.start(), match.end()))
            continue
        name = parts["m1"] or parts["m2"] or parts["m3"]
        if parts["m3"] and not parts["y1"] and (not name[0].isupper() or name.casefold() in {"may", "march", "mar"}):
            continue
        day_text = parts["d1"] or parts["d2"]
        year_text = parts["y1"] or parts["y2"] or parts["y3"]
        found.append(
            Date(
                int(year_text) if year_text else None,
                MONTHS[name.casefold()] if name else None,
                int(day_text) if day_text and 1 <= int(day_text) <= 31 else None,
                match.start("y3") if parts["y3"] else match.start(),
                match.end(),
            )
        )
    return found


def weekdays(text: str) -> list[str]:
    """The weekdays a text names, in lower case."""
    return [match.group().casefold().removesuffix("s") for match in _WEEKDAY.finditer(text)]


@remembered
def quantities(text: str) -> list[Number]:
    """The numbers of a text that count something: not those of its dates, not a lone "one"."""
    taken = {place for date in dates(text) for place in range(date.start, date.end)}
    return [number for number in numbers(text) if number.value != 1 and number.start not in taken]
