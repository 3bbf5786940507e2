"""The line that news begins with: where from, of what day, by which agency ("BEIRUT, Dec. 1 (AP) —")."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from rag.byline.agencies import agencies, agency
from rag.byline.calendar import find, month_of
from rag.byline.labels import role_of

_LONGEST = 120  # characters before the text itself
_LINES = 4  # a headline, a line below it and a name may come first
_SLACK = timedelta(days=60)  # how long before its publication news may be dated

_DASH = r"[—–―‒ـ-]{1,3}"
_BRACKETED = re.compile(
    r"(?P<place>[^()（）\[\]【】\n“”\"]{0,70}?)\s{0,3}"
    r"(?:[(（\[]\s{0,3}(?P<round>[^()（）\[\]\n]{2,40}?)\s{0,3}[)）\]]|/\s{0,3}(?P<slashed>[^/()\n]{2,40}?)\s{0,3}/)"
    rf"\s{{0,3}}(?P<end>[.:،,]?\s{{0,3}}(?:{_DASH})|[.:]|$|)\s{{0,3}}"
)
_MARK = re.compile(rf"{_DASH}\s?|(?<=[^\W\d_]{{3}})\.\s")
_JOINED = re.compile(r"(?P<place>[^\W\d_]{2,15}(?: [^\W\d_]{2,15}){0,2})\s?[-–/ـ]\s?(?P<rest>[^\n]{2,40})")
_PARTS = re.compile(
    r"\s{0,3}(?:[,،/:]|[—–―‒ـ]|-{2,3}|(?<=\s)-(?=\s)|(?<=[^\W\d_]{3})\.(?=\s{1,3}[^\W\d_])|(?<=\d{4})\.)\s{0,3}"
)
_CJK_DATED = re.compile(
    r"[(（]?(?P<agency>新华社|新華社|中新社|法新社|路透社|美联社|塔斯社|中央社)(?P<place>[\u3400-\u9fff·]{2,12}?)"
    r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日(?:电|電)"
)
_CJK_BRACKETED = re.compile(
    r"【(?P<place>[\u3040-\u30ff\u3400-\u9fffー・]{2,12}?)?(?:(?P<month>\d{1,2})月(?P<day>\d{1,2})日)?\s?"
    r"(?P<agency>AFP時事|AFP|ロイター|共同|時事|AP|タス通信)】"
)
_HANGUL = re.compile(r"[(（\[](?P<place>[가-힣·]{1,12})=(?P<agency>[^()（）\[\]\n]{2,20})[)）\]]")
_SPACE = re.compile(r"\s")  # a tab, or one that does not break
_INITIALS = re.compile(r"(?:\b[^\W\d_]\.){2,}$")  # "N.D."
_NO_NAME = re.compile(r"[^\W\d_]{2}\.[^\W\d_]{2}|[.,،]\s?[,،]")  # "INTERFAX.RU"
_DAY_MONTH = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|\.)?\s{1,2}(?:de\s)?(?P<name>[^\W\d_]{2,12}(?: [^\W\d_]{2,8})?)\.?"
)
_MONTH_DAY = re.compile(r"(?P<name>[^\W\d_]{2,12})\.?\s{1,2}(?P<day>\d{1,2})(?:st|nd|rd|th)?")
_WORD = re.compile(r"[^\W\d_][\w.'’-]*")
_SMALL = frozenset(
    "al el de da di del della la le les los las der den am an du des of the and und et y e sur in upon".split()
)
_NO_FIRST = frozenset("In On At From By Since After Before Until As The This That It He She We They Am Im En".split())
# Words that stand before a dash in capitals and name no place.
_NO_PLACE = frozenset(
    """WATCH READ BREAKING LIVE UPDATE UPDATED VIDEO EXCLUSIVE OPINION ANALYSIS EDITORIAL NEWS PHOTOS GALLERY EXPLAINER
    INTERVIEW FEATURE CORRECTION NOTE ADVERTISEMENT SPONSORED WARNING URGENT DEVELOPING PODCAST LISTEN MORE RELATED BY
    FACTBOX TIMELINE REVIEW COMMENT BLOG SPECIAL REPORT PART CHAPTER STORY QUOTE FACT CHECK""".split()
)


class Dateline(NamedTuple):
    """What a text says it was sent from: the place, the ISO day, and the agency, each None where it does not."""

    place: str | None = None
    day: str | None = None
    agency: str | None = None


def read(text: str, *, published_at: str | None) -> Dateline:
    """The dateline in the first lines of a text; a day without its year is the one next to the day of publication."""
    lines = [_SPACE.sub(" ", line).strip() for line in text[:2_000].split("\n") if line.strip()]
    for line in lines[:_LINES]:
        if found := _of_line(line[: 2 * _LONGEST], published_at):
            return found
    return Dateline()


def _of_line(line: str, published_at: str | None) -> Dateline | None:
    for pattern in (_CJK_DATED, _CJK_BRACKETED):
        if match := pattern.match(line):
            day = _near(int(match["month"]), int(match["day"]), published_at) if match["month"] else None
            return Dateline(match["place"], day, agency(match["agency"]))
    if (match := _HANGUL.match(line)) and (named := agency(match["agency"])):
        return Dateline(match["place"], None, named)
    if match := _BRACKETED.match(line):
        several = agencies(match["round"] or match["slashed"] or "")
        named = several[0] if len(set(several)) == 1 else None
        sent = _place_and_day(match["place"], published_at)
        if several and sent and _goes_on(line, match):
            if not sent[0] and not named:
                return None
            if not sent[0] and sent[1] is None:  # "(ANSA) - DAMASCO, 01 DIC - "
                after = _open(line[match.end() :], published_at)
                return Dateline(after.place, after.day, named) if after else Dateline(agency=named)
            return Dateline(sent[0], sent[1], named)
    return _open(line, published_at)


def _goes_on(line: str, match: re.Match[str]) -> bool:
    """Whether the news itself comes after what may be its dateline."""
    return bool(match["end"]) or match.end() < len(line)


def _open(line: str, published_at: str | None) -> Dateline | None:
    """A dateline that ends in a dash: its agency is a part of it, or it has a date, or its place is in capitals."""
    found = [one for opening in _openings(line) if (one := _opening(*opening, published_at))]
    return next((one for one in found if one.agency), found[0] if found else _joined(line))


def _opening(before: str, after: str, is_dashed: bool, published_at: str | None) -> Dateline | None:
    parts = [part for part in _PARTS.split(before) if part]
    named = agency(parts[-1]) if len(parts) > 1 else None
    sent = _place_and_day(", ".join(parts[:-1] if named else parts), published_at)
    if not sent or not sent[0] or not (named or is_dashed):
        return None
    dated = sent[1] is not None or any(_is_day(part) for part in parts[1:])
    capitals = _WORD.findall(sent[0].split(",")[0])
    loud = all(word.isupper() for word in capitals) and sum(map(len, capitals)) > 3 and after[0].isupper()
    if not named and (day := _MONTH_DAY.match(after)) and month_of(day["name"]):
        return None  # "AVON, KENT – MAY 05: Ann Roe at the bridge" is the caption of a picture
    if named or dated or (loud and not _NO_PLACE & {word.strip(".") for word in capitals}):
        return Dateline(sent[0], sent[1], named)
    return None


def _joined(line: str) -> Dateline | None:
    """A place and an agency with no more than a mark between, as where a script has no capitals ("دمشق-سانا")."""
    match = _JOINED.match(line)
    if not match or match["place"] != match["place"].lower() or match["place"] != match["place"].upper():
        return None
    words = match["rest"].split()
    named = next((named for count in (3, 2, 1) if (named := agency(" ".join(words[:count])))), None)
    return Dateline(match["place"], None, named) if named else None


def _openings(line: str) -> list[tuple[str, str, bool]]:
    """What stands before and after each of the first marks that may end a dateline, and whether that is a dash.

    A dash within a word ("Tel Abyad-Ain Issa") divides nothing.
    """
    found = []
    for mark in _MARK.finditer(line[:_LONGEST]):
        before, after = line[: mark.start()].strip(), line[mark.end() :].strip()
        spaced = line[mark.start() - 1 : mark.start()].isspace() or mark[0][-1:].isspace() or len(mark[0].strip()) > 1
        if before and after and (spaced or mark[0].strip() != "-"):
            found.append((before, after, mark[0].strip() != "."))
    return found[:6]


def _place_and_day(text: str, published_at: str | None) -> tuple[str | None, str | None] | None:
    """The place and the day that a text is made of; None where anything else is in it."""
    text = _stripped(text)
    if not text:
        return None, None
    whole = next(find(text), None)
    if whole:
        text, day = _stripped(f"{text[: whole.start]}{text[whole.end :]}"), whole.day.isoformat()
        return (None, None) if not text else (text, day) if _is_place(text) else None
    if _is_place(text) and not any(character.isdigit() for character in text):
        return text, None
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(text):
            name = match["name"]
            month, used = month_of(name), name
            if month is None and " " in name:
                used = name.split(" ")[0]
                month = month_of(used)
            end = match.start("name") + len(used) if used != name else match.end()
            rest = f"{text[: match.start()]}{text[end:]}"
            place = rest.strip(" ,،.-–—/")
            if month and (not place or _is_place(place)):
                return place or None, _near(month, int(match["day"]), published_at)
    return None


def _is_day(part: str) -> bool:
    return any(
        month_of(match["name"].split(" ")[0]) or month_of(match["name"])
        for pattern in (_DAY_MONTH, _MONTH_DAY)
        if (match := pattern.fullmatch(part.strip()))
    )


def _stripped(text: str) -> str:
    """A text without the marks around it; the stop of initials at its end ("N.D.") is no mark."""
    bare = text.strip(" ,،-–—/")
    return bare.lstrip(".") if _INITIALS.search(bare) else bare.strip(" ,،.-–—/")


def _is_place(text: str) -> bool:
    """Whether a text can be the name of a place: few words, each with a capital where its script has them."""
    words = text.replace(",", " ").replace("،", " ").replace("/", " ").split()
    if not 1 <= len(words) <= 6 or len(text) > 50:
        return False
    if _NO_NAME.search(text) or words[0][0].islower() or words[0] in _NO_FIRST or role_of(text):
        return False
    return all(_WORD.fullmatch(word) and (not word[0].islower() or word in _SMALL) for word in words)


def _near(month: int, day: int, published_at: str | None) -> str | None:
    """The day of that month that is at most a day after publication, and not long before; None where none is."""
    if not published_at:
        return None
    published = date.fromisoformat(published_at[:10])
    for year in (published.year, published.year - 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if published - _SLACK <= found <= published + timedelta(days=1):
            return found.isoformat()
    return None
