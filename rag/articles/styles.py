"""What declarations of style make unseen: by size, place, colour, and by the page's own style sheets.

No sheet is fetched and no cascade computed: what one plain declaration hides is hidden. Styles are hostile; all is
linear in their length. The tree is lxml's, which declares no types: it stays in this package.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias

Declarations: TypeAlias = Mapping[str, str]  # property to value, both in lower case

_LONGEST_STYLE = 10_000  # characters of a style attribute
_LONGEST_SHEETS = 1_000_000

_ESCAPE = re.compile(r"\\(?:([0-9a-f]{1,6})\s?|(.))", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"(-?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))(px|pt|em|rem|ex|ch|vw|vh|%)?(?![\w.])")
_FONT_SIZE = re.compile(r"(?:^|\s)(\d{0,9}\.?\d{1,9}(?:px|pt|em|rem|%)?)(?=\s*/|\s|$)")
_CLIPPED = re.compile(r"rect\(\s*[01](?:px)?\b|inset\(\s*(?:100|[5-9]\d)%|(?:circle|ellipse|polygon)\(\s*0(?:px|%)?\b")
_GONE = re.compile(r"scale(?:3d|x|y)?\(\s*+0?\.?0*\s*[,)]|translate(?:3d|x|y)?\([^)]{0,40}?-\d{3}")
_FADED = re.compile(r"opacity\(\s*+0?\.?0*%?\s*\)")
_OFFSETS = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top", "margin-right")
_SIZES = ("height", "max-height", "width", "max-width")
_SMALLEST_FONT = {"": 0.0, "px": 2.0, "pt": 2.0, "em": 0.15, "rem": 0.15, "%": 15.0}
_FAINTEST = 0.1  # opacity
_FAR = {"": (100, 3000), "px": (100, 3000), "pt": (100, 3000), "%": (100, 101)}  # to the left or above, the other way
_SAME_COLOUR = 20  # of 255 in each channel

_Colour: TypeAlias = tuple[int, int, int]
_WHITE: _Colour = (255, 255, 255)
_NAMES: Mapping[str, _Colour] = {
    "white": _WHITE,
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240),
    "whitesmoke": (245, 245, 245),
    "black": (0, 0, 0),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "navy": (0, 0, 128),
}
_HEX = re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})(?![0-9a-f])")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]{1,5}(\d{1,3})[\s,]{1,5}(\d{1,3})(?:[\s,/]{1,5}([\d.]{1,6}%?))?\s*\)")
_SELECTOR = re.compile(r"(?:[a-z][a-z0-9]*)?([.#][\w-]{1,100})")


@lru_cache(maxsize=1024)  # an element's are asked for by each that is in it
def declarations(style: str) -> Declarations:
    """The declarations of a style attribute, comments and escapes resolved, the last of a property counting."""
    plain = _ESCAPE.sub(_unescaped, _without_comments(style[:_LONGEST_STYLE])).lower()
    pairs = (part.partition(":") for part in plain.split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, colon, value in pairs if colon}


def _without_comments(style: str) -> str:
    kept: list[str] = []
    position = 0
    while (start := style.find("/*", position)) >= 0:
        kept.append(style[position:start])
        end = style.find("*/", start + 2)
        if end < 0:
            return "".join(kept)
        position = end + 2
    return "".join([*kept, style[position:]])


def _unescaped(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[2]
    code = int(match[1], 16)
    return chr(code) if 0 < code <= 0x10FFFF else ""


def hides(styled: Declarations) -> bool:
    """Whether declarations make text unseen: not displayed, transparent, tiny, off the screen, clipped away."""
    if styled.get("display") == "none" or styled.get("content-visibility") == "hidden":
        return True
    if styled.get("visibility") in {"hidden", "collapse"}:
        return True
    size = styled.get("font-size") or next(iter(_FONT_SIZE.findall(styled.get("font", ""))), "")
    if any(number <= _SMALLEST_FONT.get(unit, -1.0) for number, unit in _numbers(size)):
        return True
    if any(
        number <= (_FAINTEST * 100 if unit == "%" else _FAINTEST) for number, unit in _numbers(styled.get("opacity"))
    ):
        return True
    if any(_is_far(number, unit) for name in _OFFSETS for number, unit in _numbers(styled.get(name))):
        return True
    cropped = styled.get("overflow", "").startswith(("hidden", "clip"))
    if cropped and any(abs(number) <= 1 for name in _SIZES for number, _ in _numbers(styled.get(name))):
        return True
    return bool(
        _CLIPPED.search(styled.get("clip", "") + styled.get("clip-path", ""))
        or _GONE.search(styled.get("transform", ""))
        or _FADED.search(styled.get("filter", ""))
    )


def _numbers(value: str | None) -> list[tuple[float, str]]:
    """The number and unit that a value begins with, if it does."""
    match = _NUMBER.match(value) if value else None
    return [(float(match[1]), match[2] or "")] if match else []


def _is_far(number: float, unit: str) -> bool:
    least, most = _FAR.get(unit, (20, 100))
    return number <= -least or number >= most


# --- colours ---------------------------------------------------------------------------------------------------------


def same_as_behind(given: Mapping[str, str], styled: Declarations, around: Iterable[Any]) -> bool:
    """Whether text has a colour of its own that cannot be told from what is behind it: white, where nothing is said."""
    said = styled.get("color") or given.get("color", "").lower().strip()
    ink = _colour(said)
    if ink is None:
        return said == "transparent" or _is_clear(said)
    behind = _behind(chain([(given, styled)], ((one.attrib, _styled(one)) for one in around)))
    return behind is not None and max(abs(one - other) for one, other in zip(ink, behind, strict=True)) <= _SAME_COLOUR


def _styled(element: Any) -> Declarations:  # noqa: ANN401
    return declarations(element.get("style") or "")


def _behind(elements: Iterable[tuple[Mapping[str, str], Declarations]]) -> _Colour | None:
    """The first background that elements state, the nearest first; None where that is an image or not understood."""
    for given, styled in elements:
        if "background-image" in styled:
            return None
        said = styled.get("background-color") or styled.get("background") or given.get("bgcolor", "").lower().strip()
        if said and said not in {"transparent", "none", "inherit", "initial"} and not _is_clear(said):
            return _colour(said)
    return _WHITE


def _colour(said: str) -> _Colour | None:
    """The opaque colour that a value begins with; None for any other."""
    if match := _HEX.match(said):
        digits = match[0][1:]
        wide = digits if len(digits) > 4 else "".join(digit * 2 for digit in digits)
        if len(wide) == 8 and int(wide[6:], 16) <= 255 * _FAINTEST:
            return None
        return int(wide[:2], 16), int(wide[2:4], 16), int(wide[4:6], 16)
    if match := _RGB.match(said):
        return None if _is_clear(said) else (int(match[1]), int(match[2]), int(match[3]))
    word = said.split(maxsplit=1)[0] if said.split() else ""
    return _NAMES.get(word)


def _is_clear(said: str) -> bool:
    """Whether a colour is all but transparent."""
    if match := _HEX.match(said):
        digits = match[0][1:]
        alpha = {4: digits[3:] * 2, 8: digits[6:]}.get(len(digits))
        return alpha is not None and int(alpha, 16) <= 255 * _FAINTEST
    match = _RGB.match(said)
    if not match or match[4] is None:
        return False
    number = float(match[4].rstrip("%").strip(".") or 0) / (100 if match[4].endswith("%") else 1)
    return number <= _FAINTEST


# --- style sheets ----------------------------------------------------------------------------------------------------


def hidden_by_sheets(tree: Any) -> frozenset[str]:  # noqa: ANN401
    """The classes (".x") and ids ("#x") that a style element of the page does not display, whatever the medium.

    Only `display` and `visibility` are read, as what fades in or slides in is seen in the end.
    """
    sheets = "\n".join(element.text or "" for element in tree.iter("style"))[:_LONGEST_SHEETS]
    found: set[str] = set()
    for selectors, body in _rules(_without_comments(sheets)):
        styled = declarations(body)
        if styled.get("display") == "none" or styled.get("visibility") == "hidden":
            found.update(match[1] for one in selectors.split(",") if (match := _SELECTOR.fullmatch(one.strip())))
    return frozenset(found)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and body of each rule; those within another block, as of a medium, are left out."""
    depth = start = opened = 0
    for brace in re.finditer(r"[{};]", sheet):
        if brace[0] == "{":
            depth += 1
            if depth == 1:
                opened = brace.end()
        elif brace[0] == "}" and depth:
            depth -= 1
            if depth == 0:
                selectors = sheet[start : opened - 1].strip()
                if not selectors.startswith("@"):
                    yield selectors, sheet[opened : brace.start()]
                start = brace.end()
        elif not depth:
            start = brace.end()
