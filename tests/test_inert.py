"""Articles' text for readers of Markdown: nothing in it renders, links or fetches."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.footnotes import inert

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
MARKUP = (
    r"![ [ ]( ]: ) <img_src=x> <!-- http://e.example/ HTTPS: // www. @ ` ``` * ** _ ~~ | |-| # > \ word é &lt;".split()
)
BITS = st.sampled_from([*MARKUP, "\n", "\n\n", "    ", "\t", "- ", "1. ", " ", "\u202e"])
HOSTILE = st.lists(BITS | st.text(max_size=3), max_size=20).map("".join)


def tokens(text: str) -> set[str]:
    """What a reader of Markdown makes of a text."""
    found = MARKDOWN.parse(text)
    return {one.type for token in found for one in (token, *(token.children or ()))}


@pytest.mark.parametrize(
    "text",
    [
        "![pixel](https://evil.example/p.png)",
        "![a][b] [b]: https://evil.example/p.png",
        "[click](javascript:alert(1))",
        "<img src=https://evil.example/p.png>",
        "<https://evil.example>",
        "<details><summary>x</summary></details>",
        "`code` ``` fence",
        "```mermaid\ngraph TD\n```",
        "a | b\n- | -\n1 | 2",
        "# heading",
        "title\n===",
        "a\n\n    code",
        "**bold** _slanted_ ~~gone~~",
        "\\[x\\] \\(y\\)",
        "+ item",
        "---",
    ],
)
def test_markup_becomes_words(text: str):
    assert tokens(inert(text)) <= {"paragraph_open", "paragraph_close", "inline", "text"}


@given(HOSTILE)
def test_whatever_an_article_says_is_one_paragraph_in_a_sentence_of_ours(text: str):
    assert tokens(f"“{inert(text)}”") == {"paragraph_open", "paragraph_close", "inline", "text"}


@given(HOSTILE)
def test_no_reader_finds_an_address_in_it(text: str):
    assert not re.search(r"\w://|www\.\S|\w@", inert(text), re.IGNORECASE)


@given(HOSTILE, st.integers(0, 100))
def test_its_length_stays_and_its_beginning_is_the_beginning_of_the_whole(text: str, end: int):
    assert len(inert(text)) == len(text)
    assert inert(text).startswith(inert(text[:end]))


@pytest.mark.parametrize(
    "text", ["More than $500 (or 3.5%) — “quoted”, he said: 10:30, and/or", "قال المتحدث", "#1? no"]
)
def test_plain_words_stay_as_they_are(text: str):
    assert inert(f"“{text}”") == f"“{text}”"


@pytest.mark.parametrize("junk", ["[", "](", "http://", "www.", "a@", "\\", "#", " "])
def test_a_long_text_takes_no_time(junk: str):
    assert len(inert(junk * 100_000)) == len(junk) * 100_000
