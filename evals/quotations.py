"""What a sentence puts between quotation marks, and whether those words stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evals.facts import plain

_OMISSION = re.compile(r"\[?(?:\u2026|\.\.\.)\]?")
_EDGES = " .,;:!?\"'-"


def quotations(text: str) -> list[str]:
    """Return the outermost quotations of `text`, curly or straight, without their marks; inner ones stay inside.

    A curly mark that is opened again before it is closed, as newspapers do at each paragraph, ends at the last
    closing one.
    """
    found: list[str] = []
    at = 0
    while at < len(text):
        mark = text[at]
        if mark not in '\u201c"':
            at += 1
            continue
        end = _closing_curly(text, at) if mark == "\u201c" else text.find('"', at + 1)
        if end < 0:
            at += 1
            continue
        found.append(text[at + 1 : end])
        at = end + 1
    return [quotation for quotation in found if quotation.strip(_EDGES)]


def verbatim(quotation: str, sources: Iterable[str]) -> bool:
    """Tell whether one source has the quotation's words in their order: glyphs, spaces and outer punctuation aside.

    Around an ellipsis each piece is looked for on its own, in the same source.
    """
    texts = [plain(source) for source in sources]
    whole = plain(quotation).strip(_EDGES)
    pieces = [plain(piece).strip(_EDGES) for piece in _OMISSION.split(quotation)]
    return any(whole in text or all(piece in text for piece in pieces) for text in texts)


def _closing_curly(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == "\u201c") - (text[at] == "\u201d")
        if depth == 0:
            return at
    return text.rfind("\u201d", opening)
