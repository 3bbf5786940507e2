"""Other people's text made inert for readers of Markdown: it shows its words, and renders, links and fetches nothing.

Each character becomes one character, and none depends on those behind it: a part of a text stays the beginning of what
the whole becomes, as a stream needs it.
"""

from __future__ import annotations

import re

# What Markdown, HTML, tables and formulas are made of, as its nearest look-alike that is none.
_STRUCTURE = {
    "[": "(",
    "]": ")",
    "<": "‹",
    ">": "›",
    "`": "'",
    "*": "∗",
    "_": "＿",
    "~": "∼",
    "|": "¦",
    "\\": "⧵",
}
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INERT = str.maketrans({**_STRUCTURE, **dict.fromkeys(map(chr, _CONTROLS), " ")})
# What makes a web or mail address of a text: readers turn a bare one into a link.
_ADDRESS = re.compile(r"(?<=:)/|(?<=www)\.|(?<=\w)@", re.IGNORECASE)
_LINKLESS = {"/": "∕", ".": "․", "@": "＠"}
_LINE_BEGINS = str.maketrans({"#": "＃", "+": "＋", "=": "＝", "-": "–"})


def inert(text: str) -> str:
    """The text as one line of the same length that no reader of Markdown takes for more than words."""
    words = _ADDRESS.sub(lambda match: _LINKLESS[match[0]], text.translate(_INERT))
    return words[:1].translate(_LINE_BEGINS) + words[1:]
