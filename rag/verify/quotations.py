"""What stands inside quotation marks, and whether it stands word for word in the cited words.

Double marks, straight, curly and pointed, and single ones where they are no apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_DOUBLE = '“”„‟"«»‹›'
# Each opening mark reaches to the next mark at most, so no text is read twice; an apostrophe stands between letters.
_QUOTED = re.compile(
    rf"[{_DOUBLE}](?P<double>[^{_DOUBLE}\n]*)[{_DOUBLE}]"
    r"|(?<!\w)[‘'‚](?=[^\s‘’'‚])(?P<single>(?:[^‘’'‚\n]|(?<=\w)[’'](?=\w))+)[’'‘](?!\w)"
)
_MARK = re.compile(rf"[{_DOUBLE}‘‚]|(?<!\w)[’']|[’'](?!\w)")
_STRAY = re.compile(rf"[{_DOUBLE}]")
MAX_NESTED = 4  # quotations within one another
_BELONGS_OUTSIDE = ",.;:!?… \t"


class Quotation(NamedTuple):
    """The offsets of a stretch in quotation marks and of what stands inside them."""

    start: int
    end: int
    first: int
    last: int


def quotations(words: str) -> Iterator[Quotation]:
    """Every stretch in quotation marks, in order; of nested ones the outer when its marks are of the other kind."""
    for match in _QUOTED.finditer(words):
        group = "double" if match["double"] is not None else "single"
        yield Quotation(match.start(), match.end(), match.start(group), match.end(group))


def is_verbatim(said: str, cited: str) -> bool:
    """Whether words stand in the cited ones letter for letter, but for a comma or full stop at their end."""
    core = said.strip().rstrip(_BELONGS_OUTSIDE)
    at = cited.find(core) if core else -1
    while at >= 0:
        if _whole(cited, at, at + len(core)):
            return True
        at = cited.find(core, at + len(core))
    return False


def _whole(words: str, start: int, end: int) -> bool:
    """Whether a stretch neither begins nor ends within a word."""
    inside_first = start > 0 and words[start - 1].isalnum() and words[start].isalnum()
    inside_last = end < len(words) and words[end].isalnum() and words[end - 1].isalnum()
    return not inside_first and not inside_last


def unquoted(statement: str, cited: str) -> str:
    """The statement without the quotation marks around what is not verbatim in the cited words, and without stray ones.

    What stays inside marks is an exact substring of the cited words: a comma that a writer put before the closing mark
    moves behind it.
    """
    for _ in range(MAX_NESTED):  # taking marks away may leave others facing each other
        before, statement = statement, _once(statement, cited)
        if statement == before:
            return statement
    return _MARK.sub("", statement)


def _once(statement: str, cited: str) -> str:
    parts: list[str] = []
    done = 0
    for quotation in quotations(statement):
        parts.append(_STRAY.sub("", statement[done : quotation.start]))
        said = statement[quotation.first : quotation.last]
        if not is_verbatim(said, cited):
            parts.append(_STRAY.sub("", said))
        else:
            core = said if said in cited else said.strip().rstrip(_BELONGS_OUTSIDE)
            parts.append(statement[quotation.start : quotation.first] + core)
            parts.append(statement[quotation.last : quotation.end] + said.strip()[len(core.strip()) :])
        done = quotation.end
    parts.append(_STRAY.sub("", statement[done:]))
    return "".join(parts)
