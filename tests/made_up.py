"""Made-up articles and vectors for tests of the library: no embedding model is needed to work out what is near what."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.ledger import passage_id
from rag.store import Store
from rag.types import Article, Passage

DIMENSION = 64
MODEL = {"fingerprint": "made-up-64", "dimension": DIMENSION}
TEXTS = {
    "dawn": "Rebels entered the city at dawn, witnesses said. The zebra enclosure stood open.",
    "noon": "By noon the airport had changed hands. A lighthouse keeper saw it.",
    "dusk": "At dusk the army spoke of a withdrawal. Nobody mentioned the marmalade.",
}


def vector(text: str) -> NDArray[np.float32]:
    """A direction of its own for each text: that of a corner of a cube, which nothing is lost of where it is kept."""
    drawn = np.frombuffer(hashlib.sha256(text.encode("utf-8", "replace")).digest()[: DIMENSION // 8], np.uint8)
    return (2.0 * np.unpackbits(drawn) - 1.0).astype(np.float32) / np.sqrt(np.float32(DIMENSION))


def sentences(text: str, number: int) -> NDArray[np.float32]:
    """The vectors of one to three sentences, shape (number, dimension), between which `vector` of the text is."""
    half = np.repeat(np.float32([1.0, 0.5]), DIMENSION // 2)
    rows = vector(text) * np.array([half, half[::-1], np.ones_like(half)][: number if number > 1 else None])
    rows = rows if number > 1 else rows[2:]
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def article(text: str, *, name: str = "", source: str = "", **byline: str | None) -> Article:
    revision = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    name = name or revision[:6]
    return Article(
        id=name,
        revision=revision,
        text=text,
        source=source or f"/articles/{name}.txt",
        ingested_at="2025-01-01T00:00:00+00:00",
        **byline,
    )


def embedded(made: Article, *, size: int = 40) -> tuple[Article, list[Passage], list[NDArray[np.float32]]]:
    """The article cut into passages of `size` characters, with the vectors of their sentences: what `put` takes.

    The first passage has one sentence, the second two, the third three, the fourth one again.
    """
    passages = []
    for ordinal, start in enumerate(range(0, len(made.text), size)):
        end = min(start + size, len(made.text))
        name = passage_id(made.id, made.revision, ordinal)
        text = made.text[start:end]
        passages.append(Passage(id=name, article_id=made.id, revision=made.revision, start=start, end=end, text=text))
    return made, passages, [sentences(passage.text, 1 + ordinal % 3) for ordinal, passage in enumerate(passages)]


def fill(store: Store) -> None:
    """Put the three articles in; each has two passages."""
    with store.writing() as writer:
        for name, text in TEXTS.items():
            writer.put(*embedded(article(text, name=name, outlet=f"The {name.title()}")))


def found(store: Store, words: str) -> set[str]:
    """The articles in which words are found by the lexical index."""
    return {name.partition(":")[0] for name, *_ in store.matching(words, limit=10)}


def nearest(store: Store, text: str) -> tuple[str, float]:
    """The article with the passage nearest to a passage's text, and how near it is."""
    [(name, cosine)] = store.nearest(vector(text), limit=1)
    return name.partition(":")[0], round(cosine, 4)


def generation(folder: Path) -> Path:
    """The folder of a library's published generation."""
    return folder / "index" / (folder / "index" / "CURRENT").read_text("ascii").strip()
