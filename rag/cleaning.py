"""Text as it is kept: nothing in it that cannot be seen, one line end, one empty line at most. Linear in its length."""

from __future__ import annotations

import re
import unicodedata

_MOST_MARKS = 30  # combining marks in a row: as the Stream-Safe Text Format of Unicode (UAX 15), else NFC is quadratic

_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# A joiner between two letters is spelling in some scripts (Persian, Hindi), and between two emoji it makes them one.
_JOINS = "\u0600-\u06ff\u0750-\u077f\u08a0-\u0dff\u1000-\u109f\u1780-\u17b3\u2190-\u2bff\U0001f000-\U0001faff"
# Control, soft hyphen, zero-width, bidirectional, variation, private-use and tag characters, and what is no character.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe"
    "\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
    f"|(?<![{_JOINS}])(?<![{_JOINS}]\ufe0f)[\u200c\u200d]|[\u200c\u200d](?![{_JOINS}])"
)
_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")
_BLANK_LINES = re.compile(r"\n{3,}")
_WIDE = re.compile(r"[^\S\n]{10,}")  # no gap of a table: whoever reads the text need not count on more


def clean(text: str) -> str:
    r"""Text as it is kept: NFC, nothing unseen, lines end in \n and not in blanks, one empty line at most in a row.

    Ten blanks in a row and more are one.
    """
    text = _WIDE.sub(" ", _UNSEEN.sub("", _LINE_END.sub("\n", text)))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _MARKS.sub(_fewer_marks, text))
    text = "\n".join(line.rstrip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()


def _fewer_marks(match: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for character in match.group():
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)
