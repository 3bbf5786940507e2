"""A text as HTML, paragraph by paragraph: the cited words of it marked, or what went from it and what came to it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from rag.types import Change
from rag.ui.inert import escape
from rag.ui.places import Marking, Span

CROSSHEAD_CHARACTERS = 80

Kind: TypeAlias = Literal["", "quote", "also", "was", "now"]
Stretch: TypeAlias = tuple[int, int, Kind]

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_FOCUS = ' id="quote" tabindex="-1"'  # of the first mark, where the page is scrolled to


def marked(text: str, marking: Marking, *, language: str | None = None) -> str:
    """Show a text, in whatever language it is, with its marks; the first of the quote carries the id."""
    return _paragraphs(text, _stretches(marking, len(text)), language)


def compared(text: str, changes: Sequence[Change], *, language: str | None = None) -> str:
    """Show a text with all that changed to make it, in its place; the first change carries the id."""
    parts: list[str] = []
    stretches: list[Stretch] = []
    length = at = 0
    for change in changes:
        for words, kind in ((text[at : change.new_start], ""), (change.before, "was"), (change.after, "now")):
            if words:
                parts.append(words)
                stretches.append((length, length + len(words), kind))  # type: ignore[arg-type]
                length += len(words)
        at = change.new_end
    parts.append(text[at:])
    stretches.append((length, length + len(text) - at, ""))
    return _paragraphs("".join(parts), stretches, language)


def change(one: Change) -> str:
    """Show one change between the words around it."""
    words = f"{_drawn(one.before, 'was')}{_drawn(one.after, 'now')}"
    return f'<p dir="auto">{escape(one.lead)}{words}{escape(one.trail)}</p>'


def replaced(before: str, after: str) -> str:
    """Show words, and those that took their place."""
    return f"{_drawn(before, 'was')} {_drawn(after, 'now')}"


def _paragraphs(text: str, stretches: Sequence[Stretch], language: str | None) -> str:
    blocks = list(paragraphs(text))
    parts: list[str] = []
    named = False
    for start, end in blocks:
        crosshead = ' class="crosshead"' if end != blocks[-1][1] and _is_crosshead(text, start, end) else ""
        parts.append(f'<p{crosshead} dir="auto">')
        for first, last, kind in _cut(stretches, start, end):
            name = _FOCUS if kind not in ("", "also") and not named else ""
            named = named or bool(name)
            parts.append(_drawn(text[first:last], kind, name))
        parts.append("</p>")
    spoken = language if language and _LANGUAGE.fullmatch(language) else ""
    return f'<div class="text" lang="{spoken}">{"".join(parts)}</div>'


def _drawn(words: str, kind: Kind, name: str = "") -> str:
    """Draw a stretch; a change is told to who does not see its colours as well."""
    if not words:
        return ""
    if kind == "was":
        return f'<del{name}><span class="unseen">[was: </span>{escape(words)}<span class="unseen">] </span></del>'
    if kind == "now":
        return f'<ins{name}><span class="unseen">[now: </span>{escape(words)}<span class="unseen">] </span></ins>'
    return f'<mark{name} class="{kind}">{escape(words)}</mark>' if kind else escape(words)


def paragraphs(text: str) -> Iterator[Span]:
    """Yield the spans of what stands between blank lines, without the white space around it."""
    start = end = at = 0
    for line in text.splitlines(keepends=True):
        if not line.strip():
            if end > start:
                yield start, end
            start = end = at + len(line)
        else:
            if end == start:
                start = at + len(line) - len(line.lstrip())
            end = at + len(line.rstrip())
        at += len(line)
    if end > start:
        yield start, end


def _is_crosshead(text: str, start: int, end: int) -> bool:
    """Whether a paragraph looks like a heading: short, on one line, and without a mark that ends a sentence."""
    return end - start <= CROSSHEAD_CHARACTERS and text[end - 1].isalnum() and "\n" not in text[start:end]


def _stretches(marking: Marking, length: int) -> list[Stretch]:
    """Divide a text of this length, in order, into stretches that are marked in one way; where two meet, as quote."""
    spans = [span for span in (marking.quote, *marking.also) if span is not None]
    borders = sorted({0, length, *(at for span in spans for at in span)})
    return [(first, last, _kind(marking, first, last)) for first, last in pairwise(borders)]


def _kind(marking: Marking, first: int, last: int) -> Kind:
    if marking.quote is not None and marking.quote[0] <= first and last <= marking.quote[1]:
        return "quote"
    return "also" if any(start <= first and last <= end for start, end in marking.also) else ""


def _cut(stretches: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """Yield what of the stretches lies between two offsets."""
    at = bisect_right(stretches, start, key=lambda stretch: stretch[1])
    while at < len(stretches) and stretches[at][0] < end:
        first, last, kind = stretches[at]
        yield max(first, start), min(last, end), kind
        at += 1
