"""Quotations in what a model writes, found in an article and given its very letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rag.text import Span

LONGEST = 1_000  # characters of a quotation that is looked for

_SINGLE = "'‘’‚‛ʼ`´"
_DOUBLE = '"“”„‟«»'
_DASHES = "-‐‑‒–—―−"
_ALIKE = [f"[{re.escape(signs)}]" for signs in (_SINGLE, _DOUBLE, _DASHES)]
_CLASSES = {sign: pattern for signs, pattern in zip((_SINGLE, _DOUBLE, _DASHES), _ALIKE, strict=True) for sign in signs}
_LETTERS = re.compile(rf"\s+|[{re.escape(_SINGLE + _DOUBLE + _DASHES)}]|[^\s{re.escape(_SINGLE + _DOUBLE + _DASHES)}]+")


def located(words: str, within: str) -> Span | None:
    """Where a text has these words, letter for letter or but for case, white space and the shape of quotes and dashes.

    None where it has not, where it has more than LONGEST characters of them, or where there is no letter in them.
    """
    words = words.strip()
    if not any(map(str.isalnum, words)) or len(words) > LONGEST:
        return None
    if (at := within.find(words)) >= 0:
        return Span(at, at + len(words))
    pattern = "".join(
        r"\s+" if piece.isspace() else _CLASSES.get(piece) or re.escape(piece) for piece in _LETTERS.findall(words)
    )
    match = re.search(pattern, within, re.IGNORECASE)
    return Span(*match.span()) if match else None


class _Quotation(NamedTuple):
    """Where a quotation stands with its marks, and what is between them."""

    start: int
    end: int
    words: str


# Marks that close what others open; straight ones do both. A single one opens before a word and closes behind one.
_PAIRS = re.compile(
    r"“([^“”\n]*)”|„([^„“”\n]*)[“”]|«([^«»\n]*)»|»([^«»\n]*)«|‹([^‹›\n]*)›|「([^「」\n]*)」|『([^『』\n]*)』"
    r"|\"([^\"\n]*)\"|[“”]([^“”\"\n]*)\"|\"([^“”\"\n]*)[“”]"
    r"|(?<![\w'‘’])[‘'`](?=[^\W\d_])([^‘'`’´\n]*(?:(?<=\w)['’](?=\w)[^‘'`’´\n]*){0,20})['’´](?!\w)"
)


def _quotations(text: str) -> Iterator[_Quotation]:
    for match in _PAIRS.finditer(text):
        yield _Quotation(*match.span(), match[match.lastindex or 0])


def requoted(text: str, cited: Sequence[str]) -> str:
    """The text with the quotations that cited words have given the very letters they have there.

    A comma or full stop that stands inside the closing mark, as American papers put it, and not in the cited words
    stands behind the mark.
    """
    out, at = [], 0
    for quotation in _quotations(text):
        bare = quotation.words.strip().rstrip(",.")
        for words in dict.fromkeys([quotation.words.strip(), bare]):
            if (letters := _letters(words, cited)) is not None:
                behind = quotation.words.strip()[len(words) :]
                out += [text[at : quotation.start], f"“{letters}”", behind]
                at = quotation.end
                break
    return "".join([*out, text[at:]])


def _letters(words: str, cited: Sequence[str]) -> str | None:
    for quote in cited:
        if (span := located(words, quote)) is not None:
            return quote[span.start : span.end]
    return None
