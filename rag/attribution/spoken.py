"""What stands in quotation marks, told apart from what the article says around it."""

from __future__ import annotations

import re

from rag import text

_SPEECH = re.compile(r"[“\"«][^“”\"«»\n]{1,1500}[”\"»]|^[^“”\n]{1,1500}”|“[^“”\n]{1,1500}$")
SPOKEN = "\x00"  # stands for each character between quotation marks


def silenced(quote: str) -> str:
    """The text with what stands in quotation marks blotted out, character for character."""
    return _SPEECH.sub(lambda match: SPOKEN * len(match.group()), quote)


def sentences(quote: str, silent: str) -> list[text.Span]:
    """The sentences of a quote; one that ends within quotation marks goes on."""
    spans: list[text.Span] = []
    for span in text.sentences(quote):
        if spans and silent[span.start - 2 : span.start + 1] == SPOKEN * 3:
            spans[-1] = text.Span(spans[-1].start, span.end)
        else:
            spans.append(span)
    return spans
