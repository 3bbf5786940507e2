"""Passages of articles: as many whole sentences as fit a number of tokens, by exact offsets."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from itertools import pairwise

from rag.text import Span, sentences
from rag.types import Article, Passage

# No language takes more characters for a token on average; only runs of blanks and unbroken strings do, as of base64.
TOKEN_CHARACTERS = 20
# What parts paragraphs is for `sentences` to say, which has to see the whole text for it.
NOWHERE = "\0\0\0\0"
_SOMETHING = re.compile(r"\S")
_QUOTATION = re.compile(
    r"“[^“”\n]{1,4000}”|„[^„“”\n]{1,4000}[“”]|«[^«»\n]{1,4000}»|「[^「」\n]{1,4000}」|『[^『』\n]{1,4000}』"
    r"|\"[^\"\n]{1,4000}\""
)
_LONGEST_HEADING = 100  # characters


def passages(
    article: Article, *, count_tokens: Callable[[str], int], max_tokens: int = 256, overlap: int = 0
) -> list[Passage]:
    """The article's passages in order, which together hold all of its text but blanks between them.

    Each has at most `max_tokens` tokens (16 or more) and twenty times as many characters. A sentence is cut only when
    it exceeds that alone: between clauses, else between words. A quotation is cut only when it exceeds that with the
    sentences that it begins and ends in, and a heading stays with the sentence below it. Whole sentences of up to
    `overlap` tokens (fewer than `max_tokens`) are repeated from the end of the passage before.
    """
    spans = _spans(article.text, _split(article.text, _measure(count_tokens, max_tokens), max_tokens, overlap))
    return [
        Passage(
            id=f"{article.id}:{article.revision[:12]}:{ordinal}",
            article_id=article.id,
            revision=article.revision,
            start=start,
            end=end,
            text=article.text[start:end],
        )
        for ordinal, (start, end) in enumerate(spans)
    ]


def _measure(count_tokens: Callable[[str], int], max_tokens: int) -> Callable[[str], range]:
    """What the splitter takes for a tokenizer: a sequence as long as a text is, in tokens."""
    # Strings without a blank are split into characters, of which there are many and few different.
    count_character = cache(count_tokens)

    def measure(text: str) -> range:
        least = -(-len(text) // TOKEN_CHARACTERS)  # rounded up, so that the sum over parts bounds the whole
        if least > max_tokens:
            return range(least)  # too long whatever its tokens: an article of many megabytes is not counted as a whole
        return range(max(least, count_character(text) if len(text) == 1 else count_tokens(text)))

    return measure


def _split(text: str, measure: Callable[[str], range], max_tokens: int, overlap: int) -> list[str]:
    """The texts of the passages, by LlamaIndex's sentence splitter, which strips blanks from their ends."""
    # A second or more to import, and needed only when articles are taken in.
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(
        chunk_size=max_tokens,
        chunk_overlap=overlap,
        tokenizer=measure,
        chunking_tokenizer_fn=partial(_units, measure=measure, max_tokens=max_tokens),
        paragraph_separator=NOWHERE,
    )
    return [part for part in splitter.split_text(text) if part]


def _units(text: str, *, measure: Callable[[str], range], max_tokens: int) -> list[str]:
    """The text cut before each of the sentences that answers quote; joined they are the text again.

    Sentences of one quotation stay together, and a heading with the sentence below it, where all of that fits. Not
    LlamaIndex's own, NLTK's Punkt: its time grows with the square of the text's length, and a passage might end within
    a sentence that is quoted as a whole.
    """
    spans = sentences(text)
    starts = [0, *(span.start for span in spans[1:]), len(text)]
    is_cut = [True] * len(starts)
    for start, end in _together(text, spans):
        low, high = bisect_right(starts, start) - 1, bisect_left(starts, end)
        while not is_cut[low]:
            low -= 1
        while not is_cut[high]:
            high += 1
        if high - low > 1 and len(measure(text[starts[low] : starts[high]])) <= max_tokens:
            is_cut[low + 1 : high] = [False] * (high - low - 1)
    cuts = [start for start, kept in zip(starts, is_cut, strict=True) if kept]
    return [text[start:end] for start, end in pairwise(cuts)]


def _together(text: str, spans: Sequence[Span]) -> Iterator[tuple[int, int]]:
    """What is not to be cut in two: quotations, and headings with the beginning of what stands below them."""
    yield from (match.span() for match in _QUOTATION.finditer(text))
    for heading, below in pairwise(spans):
        if _is_heading(text, heading, below):
            yield heading.start, below.end


def _is_heading(text: str, line: Span, below: Span) -> bool:
    """Whether a span is a short line of its own that ends no sentence, above a line that does."""
    return (
        line.end - line.start <= _LONGEST_HEADING
        and text[line.end - 1].isalnum()
        and not text[below.end - 1].isalnum()
        and "\n" in text[line.end : below.start]
        and not text[text.rfind("\n", 0, line.start) + 1 : line.start].strip()
    )


def _spans(text: str, parts: list[str]) -> Iterator[tuple[int, int]]:
    """Where the parts stand in the text: each begins at latest where the part before it ended, but for blanks.

    Among equal sentences that is the last place that leaves no gap, so nothing is lost between two parts.
    """
    end = 0
    for part in parts:
        following = _SOMETHING.search(text, end)
        latest = following.start() if following else end
        start = text.rindex(part, 0, latest + len(part))
        end = start + len(part)
        yield start, end
