"""Full dates in running text, in some twenty-five languages: what is not sure to be one day is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from importlib import import_module
from typing import NamedTuple

from rag.byline.names import folded

LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "tr", "ru", "uk", "ar", "fa", "he", "zh", "ja")
_TABLES = (*LANGUAGES, *"sv da nb fi el cs ro id ko hu".split())  # whose months and weekdays are known
_MONTHS = tuple("january february march april may june july august september october november december".split())
_WEEKDAYS = tuple("monday tuesday wednesday thursday friday saturday sunday".split())
_EARLIEST = 1800  # year 1 and the like are how programs write "none"
# In these languages 01/02/2024 is the first of February; in others it may be the second of January.
_DAY_FIRST = frozenset("fr de es it pt pl tr ru uk ar nl he en-gb en-au en-nz en-ie en-in".split())
# Names that the tables below lack.
_MORE = {
    "sept": 9, "avr": 4, "jui": 6, "juil": 7, "fev": 2, "märz": 3, "mrz": 3, "maart": 3, "mrt": 3, "giu": 6,
    "gennaio": 1, "мая": 5, "сент": 9, "нояб": 11, "февр": 2, "авг": 8, "كانون الاول": 12, "كانون الثاني": 1,
    "تشرين الاول": 10,
    "تشرين الثاني": 11, "شباط": 2, "آذار": 3, "نيسان": 4, "أيار": 5, "حزيران": 6, "تموز": 7, "آب": 8, "أيلول": 9,
    "جانفي": 1, "فيفري": 2, "أفريل": 4, "ماي": 5, "جوان": 6, "جويلية": 7, "أوت": 8,
}  # fmt: skip
_JALALI = {
    name: number
    for number, names in enumerate(
        "فروردین اردیبهشت خرداد تیر مرداد|امرداد شهریور مهر آبان آذر دی بهمن اسفند".split(), start=1
    )
    for name in names.split("|")
}

_NAME = r"[^\W\d_]{2,15}"
_ARABIC = r"[\u0621-\u064a]{2,15}(?: [\u0621-\u064a]{2,15})?"  # "كانون الأول", December in Syria
_MONTH = rf"(?P<month>(?:{_ARABIC}|{_NAME})(?:/(?:{_ARABIC}|{_NAME}))?)"  # "كانون الأول/ديسمبر"
_JOIN = r"(?:\s{0,3}[.,،-]\s{0,3}|\s{1,3})"
_OF = r"(?:(?:de|del|of|du|d')\s{1,3})?"
_DAY = r"(?:(?<![\w.:/-])|(?<=\d:\d\d-))(?P<day>\d{1,2})"  # "14:22-3 December 2024"
_CLOCK = r"(?:@?\s?\d\d:\d\d:\d\d\s(?:[A-Z]{2,5}\s)?)?"  # "17 March @ 11:20:15 CET 2003"
_YEAR = r"(?P<year>\d{4})(?!\d|[.,:]\d)"
_DATE = re.compile(
    rf"{_DAY}(?:st|nd|rd|th|er|º|°|ª|-?(?:го|е))?{_JOIN}{_OF}{_MONTH}{_JOIN}{_OF}{_CLOCK}{_YEAR}"
    rf"|(?P<month2>(?<!\w){_NAME})(?:\.?\s{{1,3}}|-)(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:\s{{0,3}},\s{{0,3}}|\s{{1,3}}|-)(?P<year2>\d{{4}})(?!\d|[.,:]\d)"
    r"|(?<!\d)(?P<year3>\d{4})\s?[年년]\s?(?P<month3>\d{1,2})\s?[月월]\s?(?P<day3>\d{1,2})\s?[日일]"
    r"|(?<![\d./-])(?P<year4>\d{4})(?P<dash>[-/.])(?P<month4>\d{1,2})(?P=dash)(?P<day4>\d{1,2})(?![\d/-]|\.\d)"
    r"|(?<![\d./-])(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year5>\d{4})(?![\d/-]|\.\d)",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A date that a text states at `start` .. `end`."""

    day: date
    start: int
    end: int


def find(text: str, *, language: str | None = None) -> Iterator[Found]:
    """Every full date of a text, in order; `language` (BCP 47) decides what 01/02/2024 is, which is none without."""
    for match in _DATE.finditer(text):
        found = _read(match, (language or "").lower())
        if found and found.year >= _EARLIEST:
            yield Found(found, match.start(), match.end())


def month_of(name: str) -> int | None:
    """1..12 for the name of a month of our calendar in any of the languages, None for another word."""
    numbers = {_names().get(folded(part).rstrip(".")) for part in name.split("/")}
    return numbers.pop() if len(numbers) == 1 else None


def _read(match: re.Match[str], language: str) -> date | None:
    part = match.groupdict()
    try:
        if part["month"] or part["month2"]:
            name, day, year = (
                (part["month"], part["day"], part["year"])
                if part["month"]
                else (part["month2"], part["day2"], part["year2"])
            )
            persian = _jalali_names().get(folded(name))
            if persian and 1300 <= int(year) <= 1500:
                return from_jalali(int(year), persian, int(day))
            number = month_of(name)
            return date(int(year), number, int(day)) if number else None
        if part["year3"] or part["year4"]:
            which = "3" if part["year3"] else "4"
            year, month, day = (int(part[f"{name}{which}"]) for name in ("year", "month", "day"))
            if language.startswith("fa") and 1300 <= year <= 1500:
                return from_jalali(year, month, day)
            return date(year, month, day)
        first, second, year = int(part["first"]), int(part["second"]), int(part["year5"])
        if second > 12 or (language == "en-us" and part["mark"] == "/"):
            return date(year, first, second)
        day_first = language in _DAY_FIRST or language[:2] in _DAY_FIRST
        return date(year, second, first) if first > 12 or first == second or day_first else None
    except ValueError:  # a month of 40 days
        return None


def from_jalali(year: int, month: int, day: int) -> date:
    """The day of our calendar for one of the Persian, of the years 1300 to 1500; raises ValueError.

    A leap year is one that leaves 1, 5, 9, 13, 17, 22, 26 or 30 when divided by 33 (Birashk's rule in these years).
    """
    leap = year % 33 in _LEAP
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30 if month < 12 or leap else 29)):
        raise ValueError("no such day")
    before = sum(366 if other % 33 in _LEAP else 365 for other in range(1300, year))
    within = (month - 1) * 31 - max(0, month - 7) + day - 1
    return date(1921, 3, 21) + timedelta(days=before + within)  # the first day of 1300


_LEAP = frozenset({1, 5, 9, 13, 17, 22, 26, 30})


@cache
def _names() -> dict[str, int]:
    """Months by folded name, as dateparser's tables (CLDR) have them; a name of two months is left out."""
    found: dict[str, set[int]] = {}
    for table in _tables():
        for number, month in enumerate(_MONTHS, start=1):
            for name in table.get(month, ()):
                found.setdefault(folded(name).rstrip("."), set()).add(number)
    names = {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1 and not name[0].isdigit()}
    return names | {folded(name): number for name, number in _MORE.items()}


def is_weekday(word: str) -> bool:
    """Whether a word names a day of the week in any of the languages, or says that one follows."""
    return folded(word).rstrip(".") in _weekday_names()


@cache
def _weekday_names() -> frozenset[str]:
    names = {word for table in _tables() for day in _WEEKDAYS for name in table.get(day, ()) for word in name.split()}
    return frozenset(folded(name).rstrip(".") for name in names)


def _tables() -> Iterator[Mapping[str, Sequence[str]]]:
    for language in _TABLES:
        info = import_module(f"dateparser.data.date_translation_data.{language}").info  # slow to load
        yield from (info, *info.get("locale_specific", {}).values())


@cache
def _jalali_names() -> dict[str, int]:
    return {folded(name): number for name, number in _JALALI.items()}
