"""Passages of articles: as many whole sentences as fit a number of tokens, by exact offsets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

from rag.text import sentences
from rag.types import Article, Passage

# No language takes more characters for a token on average; only runs of blanks and unbroken strings do, as of base64.
TOKEN_CHARACTERS = 20
# What parts paragraphs is for `sentences` to say, which has to see the whole text for it.
NOWHERE = "\0\0\0\0"
_SOMETHING = re.compile(r"\S")


def passages(
    article: Article, *, count_tokens: Callable[[str], int], max_tokens: int = 256, overlap: int = 0
) -> list[Passage]:
    """The article's passages in order, which together hold all of its text but blanks between them.

    Each has at most `max_tokens` tokens (16 or more) and twenty times as many characters. A sentence is cut only when
    it exceeds that alone: between clauses, else between words. Whole sentences of up to `overlap` tokens (fewer than
    `max_tokens`) are repeated from the end of the passage before.
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
        chunking_tokenizer_fn=_sentences,
        paragraph_separator=NOWHERE,
    )
    return [part for part in splitter.split_text(text) if part]


def _sentences(text: str) -> list[str]:
    """The text cut before each of the sentences that answers quote; joined they are the text again.

    Not LlamaIndex's own, NLTK's Punkt: its time grows with the square of the text's length, and a passage might end
    within a sentence that is quoted as a whole.
    """
    starts = [span.start for span in sentences(text)[1:]]
    return [text[start:end] for start, end in pairwise([0, *starts, len(text)])]


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
