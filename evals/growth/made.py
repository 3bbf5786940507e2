"""A library of any size to measure with: real vectors with noise, and text that says nothing.

Its articles are made of sentences of multihop-rag's, drawn at random, each with its own vector and a little noise; so
words, lengths and neighbourhoods are those of news, and what it says is nonsense. What is measured on it says how fast
a library of that size is, and nothing of how good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from evals.suites.multihop_rag import read_corpus
from rag import intake, text
from rag.embedding import Vectors
from rag.ledger import passage_id
from rag.store import Store
from rag.types import Article, Passage

PASSAGES, SENTENCES = 10, 9  # of an article, of a passage: about 256 tokens
NOISE = 0.02  # of each component; a component is 0.05 in size
OUTLETS = 40


def write(data_dir: Path, known: list[str], vectors: Vectors, *, passages: int, fingerprint: str) -> None:
    """Make a library of so many passages in a new folder, by the product's own store; raises LibraryError."""
    with Store(data_dir, fingerprint=fingerprint, dimension=vectors.shape[1]) as store, store.writing() as writer:
        for made in tqdm(
            articles(known, vectors, passages // PASSAGES),
            total=passages // PASSAGES,
            desc=f"{passages:,} passages",
            unit="article",
            disable=None,
            leave=False,
        ):
            writer.put(*made)


def sentences(corpus: Path, most: int) -> list[str]:
    """Every sentence of the corpus once, but for those that say next to nothing or far too much."""
    found = {
        words: None
        for article in read_corpus(corpus)[:most]
        for start, end in text.sentences(article.text)
        if 40 <= len(words := " ".join(article.text[start:end].split())) <= 400
    }
    return list(found)


def articles(known: list[str], vectors: Vectors, number: int) -> Iterator[tuple[Article, list[Passage], list[Vectors]]]:
    """What `Writer.put` takes, `number` times; the same at every call."""
    dice = np.random.default_rng(8)
    for place in range(number):
        chosen = dice.integers(len(known), size=(PASSAGES, SENTENCES))
        said = [" ".join(known[one] for one in row) for row in chosen]
        whole = "\n\n".join(said)
        name, revision = f"article-{place}", hashlib.sha256(whole.encode()).hexdigest()
        article = Article(
            id=name,
            revision=revision,
            text=whole,
            source=f"{name}.txt",
            ingested_at="2025-01-01T00:00:00+00:00",
            title=known[chosen[0, 0]][:80],
            outlet=f"Outlet {place % OUTLETS}",
            published_at=f"{2015 + place % 10}-{1 + place % 12:02}-{1 + place % 28:02}",
        )
        passages, start = [], 0
        for ordinal, words in enumerate(said):
            passages.append(
                Passage(
                    id=passage_id(name, revision, ordinal),
                    article_id=name,
                    revision=revision,
                    start=start,
                    end=start + len(words),
                    text=words,
                )
            )
            start += len(words) + 2
        rows = [
            _unit(vectors[row] + dice.normal(0, NOISE, (SENTENCES, vectors.shape[1])).astype(np.float32))
            for row in chosen
        ]
        rows = [
            row if len(intake.sentences(passage)) == SENTENCES else _fitting(row, passage)
            for row, passage in zip(rows, passages, strict=True)
        ]
        yield article, passages, rows


def _fitting(rows: Vectors, passage: Passage) -> Vectors:
    """As many vectors as the passage has sentences, where two run together or one is taken for two."""
    return rows[np.arange(len(intake.sentences(passage))) % len(rows)]


def _unit(rows: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / lengths).astype(np.float32)
