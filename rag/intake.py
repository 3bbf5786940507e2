"""What is made of an article when it is taken in: its passages, and vectors of their sentences.

A question is nearest to the one sentence that answers it, and a passage's own vector blurs that sentence with the rest.
So the model reads sentence by sentence, once, when an article is taken in. A passage's vector, by which the index finds
it, is the mean of its sentences' vectors, which serves as well as a vector of the whole passage. Neither title nor
neighbours are read with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag import chunking, text
from rag.embedding import Embedder, Vectors
from rag.types import Article, Passage

PASSAGE_TOKENS = 256  # the model's window does not bind: what it reads at a time is a sentence


def fingerprint(embedder: Embedder | type[Embedder]) -> str:
    """What a library's vectors are made by: the model and this module. Those of equal fingerprints may be compared."""
    return f"{embedder.fingerprint}/sentences"


def passages(article: Article, embedder: Embedder) -> list[Passage]:
    """The article's passages in order; raises EmbeddingError."""
    return chunking.passages(article, count_tokens=embedder.count_tokens, max_tokens=PASSAGE_TOKENS)


def sentences(passage: Passage) -> list[str]:
    """The sentences of a passage that get a vector each, in order: those of `text.sentences`, else all it says."""
    words = passage.text
    return [words[start:end] for start, end in text.sentences(words)] or [words]


def embed(passages: Sequence[Passage], embedder: Embedder) -> list[Vectors]:
    """For each passage the vectors of its `sentences`, (sentences, dimension), rows of length 1.

    A sentence that stands in several passages is read once. Raises EmbeddingError.
    """
    split = [sentences(passage) for passage in passages]
    places = {words: place for place, words in enumerate(dict.fromkeys(words for each in split for words in each))}
    read = embedder.embed(list(places))
    return [read[[places[words] for words in each]] for each in split]
