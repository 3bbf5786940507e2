"""Passages are exact stretches of their article, lose nothing, and cut no sentence that fits."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.chunking import TOKEN_CHARACTERS, passages
from rag.embedding import Embedder
from rag.text import sentences
from rag.types import Article, Passage

PATIENT = settings(deadline=None)  # the first call imports llama_index
# Tokens are counted by the model's own tokenizer; nothing is built or written for that.
COUNT = Embedder(Path("unused")).count_tokens

SENTENCES = [
    "The bridge was closed on Monday.",
    "“Nobody told us,” said Mr. Adeyemi, who has lived there since 1998.",
    "Yes.",
    "قال المتحدث إن الطريق مغلق منذ الصباح.",
    "Мост закрыли в понедельник, сообщили власти.",
    "橋は月曜日に閉鎖された。",
    "Ca\u0301fe\u0301 owners e\u0308ven o\u0302bject.",
    "👩‍👩‍👧 came 🚑🚒 too!",
    "It cost 1,200.50 dollars; 3.5 per cent more than planned, the council said, although not everyone agreed.",
    "השר אמר: ״לא נחכה עוד.״ הגשר נסגר ביום שני.",
    "“We go. We stay. Nobody asked us!” she said.",
    "«Мы ждали. Мы устали», — сказал он.",
    "记者写道：「桥已关闭。车辆须绕行。」",
    "क्\u200dया पुल बंद है? हाँ।",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
]
ARTICLES = st.lists(
    st.tuples(st.sampled_from(SENTENCES), st.sampled_from([" ", "  ", "\n", "\n\n", "\n\n\n", "\r\n", "\t"])),
    max_size=30,
).map(lambda parts: "".join(sentence + blank for sentence, blank in parts))
ANY_TEXT = st.text(max_size=400) | st.lists(
    st.sampled_from([*SENTENCES, "a" * 150, " ", "\n", "!", ".", "\u0301"])
).map("".join)


def article(text: str) -> Article:
    return Article(id="an-article", revision="0123456789abcdef", text=text, source="test", ingested_at="2024-12-01")


def cut(text: str, *, max_tokens: int = 24, overlap: int = 0) -> list[Passage]:
    return passages(article(text), count_tokens=COUNT, max_tokens=max_tokens, overlap=overlap)


def assert_nothing_is_lost(text: str, found: list[Passage]) -> None:
    end = 0
    for passage in found:
        assert text[passage.start : passage.end] == passage.text
        assert not text[end : passage.start].strip()
        end = max(end, passage.end)
    assert not text[end:].strip()


@PATIENT
@given(ANY_TEXT | ARTICLES, st.integers(min_value=16, max_value=64))
def test_every_passage_is_a_stretch_of_the_text_and_nothing_is_lost(text, max_tokens):
    found = cut(text, max_tokens=max_tokens)
    assert_nothing_is_lost(text, found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(passage.text == passage.text.strip() != "" for passage in found)


@PATIENT
@given(ANY_TEXT | ARTICLES, st.integers(min_value=16, max_value=64))
def test_no_passage_exceeds_the_limit(text, max_tokens):
    for passage in cut(text, max_tokens=max_tokens):
        assert COUNT(passage.text) <= max_tokens
        assert len(passage.text) <= max_tokens * TOKEN_CHARACTERS


@PATIENT
@given(ARTICLES, st.integers(min_value=24, max_value=64))
def test_a_sentence_is_cut_only_when_it_exceeds_the_limit_alone(text, max_tokens):
    found = cut(text, max_tokens=max_tokens)
    for start, end in sentences(text):
        whole = any(passage.start <= start and end <= passage.end for passage in found)
        assert whole or COUNT(text[start:end]) > max_tokens


QUOTATION = re.compile(r"“[^“”\n]+”|«[^«»\n]+»|「[^「」\n]+」")


def chained(text: str) -> list[tuple[int, int, int, int]]:
    """Each quotation, and the sentences that it stands in, with those of other quotations that share one of them."""
    spans, found = sentences(text), []
    for match in QUOTATION.finditer(text):
        around = [span for span in spans if span.start < match.end() and match.start() < span.end]
        start, end = around[0].start, around[-1].end
        if found and found[-1][3] > start:
            start = found[-1][2]
            found = [(*quoted, low, end if high > start else high) for *quoted, low, high in found]
        found.append((*match.span(), start, end))
    return found


@PATIENT
@given(ARTICLES, st.integers(min_value=40, max_value=80))
def test_a_quotation_is_cut_only_when_it_exceeds_the_limit(text, max_tokens):
    found = cut(text, max_tokens=max_tokens)
    for start, end, low, high in chained(text):
        whole = any(passage.start <= start and end <= passage.end for passage in found)
        assert whole or COUNT(text[low:high]) > max_tokens


def test_the_sentences_of_a_quotation_stay_together():
    told = "“We waited. We wrote. Nobody came,” she said."
    text = " ".join(["The bridge was closed on Monday."] * 5 + [told] + ["The bridge was closed on Monday."] * 5)
    assert any(told in passage.text for passage in cut(text, max_tokens=40))


def test_a_heading_stays_with_the_sentence_below_it():
    text = "\n\n".join(
        ["The bridge was closed on Monday.", "What it costs", "Three million crowns were set aside."] * 8
    )
    for max_tokens in range(24, 60):
        assert not any(passage.text.endswith("What it costs") for passage in cut(text, max_tokens=max_tokens))


@PATIENT
@given(ARTICLES, st.integers(min_value=1, max_value=20))
def test_overlapping_passages_lose_nothing_either(text, overlap):
    assert_nothing_is_lost(text, cut(text, overlap=overlap))


def test_an_overlap_repeats_whole_sentences():
    text = " ".join(f"Number {number} came." for number in range(20))
    found = cut(text, max_tokens=16, overlap=6)
    for before, after in pairwise(found):
        assert before.start < after.start < before.end < after.end
        assert text[after.start :].startswith("Number")


def test_equal_sentences_are_told_apart_by_their_place():
    text = "The vote was put off. " * 40
    found = cut(text)
    assert len(found) > 5
    assert [passage.start for passage in found] == sorted({passage.start for passage in found})
    assert_nothing_is_lost(text, found)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t \u00a0\u2003\n"])
def test_nothing_makes_no_passage(text):
    assert cut(text) == []


def test_a_short_article_is_one_passage():
    (passage,) = cut("  The bridge was closed.\n", max_tokens=256)
    assert (passage.start, passage.end, passage.text) == (2, 24, "The bridge was closed.")
    assert passage.id == "an-article:0123456789ab:0"
    assert (passage.article_id, passage.revision) == ("an-article", "0123456789abcdef")


def test_ids_count_the_passages():
    found = cut("The bridge was closed on Monday. " * 20)
    assert [passage.id.rsplit(":")[-1] for passage in found] == [str(number) for number in range(len(found))]


def test_passages_are_filled():
    text = "The bridge was closed on Monday. " * 60
    found = cut(text, max_tokens=100)
    assert all(COUNT(passage.text) > 90 for passage in found[:-1])


# The tokenizer counts a word of more than a hundred letters as one unknown token.
@pytest.mark.parametrize(
    "text", ["a" * 20_000, "!" * 20_000, "x" + " " * 20_000 + "y", "word. " * 20_000, "\n" * 20_000 + "x"]
)
def test_a_text_without_end_is_cut_all_the_same(text):
    found = cut(text, max_tokens=220)
    assert_nothing_is_lost(text, found)
    assert max(len(passage.text) for passage in found) <= 220 * TOKEN_CHARACTERS
