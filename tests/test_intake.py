"""What is made of an article when it is taken in: its passages, and a vector for each of their sentences."""

from collections.abc import Sequence

import numpy as np
import pytest
from made_up import DIMENSION, article, vector

from rag import intake, text
from rag.embedding import Embedder, Vectors
from rag.types import Passage

LONG = "\n\n".join(
    f"The committee met on day {number} and heard {number * 7} witnesses. It rose at noon; nobody was charged."
    for number in range(1, 40)
)


class Reader:
    """An embedding model that notes what it is given."""

    fingerprint = "noting"
    dimension = 8

    def __init__(self) -> None:
        self.read: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.read.append(list(texts))
        return np.array([vector(words) for words in texts], np.float32).reshape(len(texts), DIMENSION)

    def count_tokens(self, words: str) -> int:
        return len(words.split())


@pytest.fixture
def reader() -> Reader:
    return Reader()


def passage(words: str) -> Passage:
    return Passage(id=words[:8], article_id="a", revision="r", start=0, end=len(words), text=words)


def test_passages_have_no_more_tokens_than_allowed_and_hold_the_whole_article(embedder: Embedder) -> None:
    found = intake.passages(article(LONG), embedder)
    assert len(found) > 3
    assert max(embedder.count_tokens(one.text) for one in found) <= intake.PASSAGE_TOKENS
    assert "".join(LONG.split()) == "".join("".join(one.text.split()) for one in found)


def test_each_sentence_has_a_row_in_the_order_of_the_text(reader: Reader) -> None:
    one = passage("Rain fell. The dam held! Was it checked?\nA heading\n- and an item")
    (rows,) = intake.embed([one], reader)
    spans = text.sentences(one.text)
    assert len(spans) == 5
    assert np.array_equal(rows, np.array([vector(one.text[start:end]) for start, end in spans]))
    assert rows.dtype == np.float32


def test_a_sentence_that_comes_again_is_read_once(reader: Reader) -> None:
    passages = [passage("Rain fell. Rain fell. The dam held."), passage("The dam held."), passage("Rain fell.")]
    sentences = intake.embed(passages, reader)
    assert reader.read == [["Rain fell.", "The dam held."]]
    assert [len(rows) for rows in sentences] == [3, 1, 1]
    assert np.array_equal(sentences[0][2], sentences[1][0])


def test_a_passage_without_a_sentence_counts_as_one(reader: Reader) -> None:
    (rows,) = intake.embed([passage(" \n ")], reader)
    assert reader.read == [[" \n "]]
    assert rows.shape == (1, DIMENSION)


def test_no_passages_have_no_vectors(reader: Reader) -> None:
    assert intake.embed([], reader) == []


def test_what_a_passage_is_taken_in_with_does_not_change_its_vectors(embedder: Embedder) -> None:
    found = intake.passages(article(LONG), embedder)
    sentences = intake.embed(found, embedder)
    (rows,) = intake.embed(found[1:2], embedder)
    assert np.allclose(rows, sentences[1], atol=1e-5)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)


def test_vectors_of_sentences_are_told_from_those_of_whole_passages() -> None:
    assert intake.fingerprint(Embedder).startswith(Embedder.fingerprint)
    assert intake.fingerprint(Embedder) != Embedder.fingerprint
