"""Articles, bylines and passages as rows of the ledger's tables, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.errors import LibraryError
from rag.ledger.database import Row, Value
from rag.ledger.schema import catalogued, digest
from rag.types import Article, Byline, Defect, Finding, Passage

# Columns in the order of the values that are made of them; `copies` is the group, a word that SQL has taken.
BYLINE = "articles.id, revision, title, outlet, url, author, published_at, modified_at, origin, copies"
ARTICLE = f"{BYLINE}, text, source, ingested_at, language, dateline, dateline_day, findings, defects"
_BYLINE_FIELDS = (
    *("article_id", "revision", "title", "outlet", "url", "author", "published_at"),
    *("modified_at", "origin", "group"),
)
_ARTICLE_FIELDS = ("id", *_BYLINE_FIELDS[1:], "text", "source", "ingested_at", "language", "dateline", "dateline_day")


def byline(row: Row) -> Byline:
    """The byline of the columns BYLINE."""
    return Byline(**dict(zip(_BYLINE_FIELDS, row, strict=True)))


def article(row: Row) -> Article:
    """The article of the columns ARTICLE."""
    *plain, findings, defects = row
    return Article(
        **dict(zip(_ARTICLE_FIELDS, plain, strict=True)),
        findings=tuple(
            Finding(field=field, source=source, confidence=confidence)
            for field, source, confidence in json.loads(findings)
        ),
        defects=tuple(Defect(kind=kind, reason=reason) for kind, reason in json.loads(defects)),
    )


def columns(article: Article) -> dict[str, Value]:
    """An article's values by the names of their columns."""
    return {
        "id": article.id,
        "source": article.source,
        "revision": article.revision,
        "digest": digest(article),
        "text": article.text,
        "ingested_at": article.ingested_at,
        "title": article.title,
        "outlet": article.outlet,
        "url": article.url,
        "author": article.author,
        "published_at": article.published_at,
        "words": catalogued(article.title, article.outlet, article.author, article.id),
        "modified_at": article.modified_at,
        "language": article.language,
        "dateline": article.dateline,
        "dateline_day": article.dateline_day,
        "origin": article.origin,
        "copies": article.group,
        "findings": json.dumps([[one.field, one.source, one.confidence] for one in article.findings]),
        "defects": json.dumps([[one.kind, one.reason] for one in article.defects]),
    }


def passage(row: Row, byline: Byline, text: str) -> Passage:
    """The passage of the columns id, start, end (any that follow are not looked at) of an article of that text."""
    name, start, end = row[:3]
    return Passage(
        id=name, article_id=byline.article_id, revision=byline.revision, start=start, end=end, text=text[start:end]
    )


def matrix(blobs: Sequence[bytes]) -> NDArray[np.float32]:
    """Vectors as they are stored, little-endian float32, as an array of shape (blobs, dimension)."""
    if not blobs:
        return np.zeros((0, 0), np.float32)
    return np.frombuffer(b"".join(blobs), dtype="<f4").astype(np.float32).reshape(len(blobs), -1)


def directions(rows: NDArray[np.float32]) -> bytes:
    """Directions as they are stored: a byte for each component, the largest of a row being 127."""
    largest = np.abs(rows).max(axis=1, keepdims=True)
    return np.rint(rows * (127 / np.where(largest > 0, largest, 1))).astype(np.int8).tobytes()


def refuse_misfits(
    article: Article,
    passages: Sequence[Passage],
    vectors: NDArray[np.float32],
    sentences: Sequence[NDArray[np.float32]],
    *,
    dimension: int,
) -> None:
    """Raise LibraryError unless each passage is of the text and has finite vectors of the right length."""
    if vectors.shape != (len(passages), dimension) and (passages or vectors.size):
        shapes = f"{vectors.shape} where {(len(passages), dimension)} is needed"
        raise LibraryError(f"{article.source}: its vectors have the shape {shapes}; check the embedding model.")
    if len(sentences) != len(passages) or any(own.ndim != 2 or own.shape[1] != dimension for own in sentences):
        raise LibraryError(
            f"{article.source}: the vectors of its sentences have not the shape (sentences, {dimension}), "
            "once for each passage; check the embedding model."
        )
    if not all(map(len, sentences)):
        raise LibraryError(f"{article.source}: one of its passages has no sentence; check how it was cut.")
    if not all(np.isfinite(rows).all() for rows in (vectors, *sentences)):
        raise LibraryError(f"{article.source}: one of its vectors is not finite; check the embedding model.")
    for passage in passages:
        own = passage.revision == article.revision and 0 <= passage.start < passage.end
        if not own or article.text[passage.start : passage.end] != passage.text:
            raise LibraryError(f"{article.source}: passage {passage.id} is not a part of the article's text.")
