"""Articles, bylines and passages as rows of the ledger's tables, and back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag import directions
from rag.errors import LibraryError
from rag.ledger import seals
from rag.ledger.database import Row, Transaction, Value
from rag.ledger.schema import catalogued, digest
from rag.types import Article, Byline, Defect, Finding, Passage

# Columns in the order of the values that are made of them; `copies` is the group, a word that SQL has taken.
BYLINE = ", ".join(f"articles.{column}" for column in (*seals.ARTICLE, "seal", "copies"))
TEXT = "articles.text, articles.text_seal"
PASSAGE = ", ".join(f"passages.{column}" for column in (*seals.PASSAGE, "seal"))
PASSAGES = tuple(column.strip('"') for column in (*seals.PASSAGE, "seal", "sentences_seal"))  # all, in their order
SENTENCES = """passages.id, passages.article_id,
    coalesce(substr(vectors.sentences, 1 + vectors_start, vectors_end - vectors_start), x''), sentences_seal"""
# what SENTENCES are columns of
JOINED = """passages JOIN articles ON articles.id = passages.article_id
    LEFT JOIN vectors ON vectors.number = articles.number"""
_BYLINE_FIELDS = ("article_id", *seals.ARTICLE[1:9])


def passage_id(article_id: str, revision: str, ordinal: int) -> str:
    """The id of an article's passage number `ordinal`, counted from 0."""
    return f"{article_id}:{revision[:12]}:{ordinal}"


def byline(row: Row) -> Byline:
    """The byline of the columns BYLINE; raises LibraryError where they are damaged."""
    *sealed, seal, group = row
    seals.require(seals.of_values(*sealed) == seal, sealed[0], "its byline")
    seals.require(group is None or seals.is_word(group), sealed[0], "its group of copies")
    return Byline(**dict(zip(_BYLINE_FIELDS, sealed, strict=False)), group=group)


def deflated(said: str | bytes) -> bytes:
    """A text, or its UTF-8, as it is kept."""
    return zlib.compress(said.encode() if isinstance(said, str) else said)


def inflated(kept: bytes) -> str:
    """The text that is kept so; raises zlib.error, UnicodeDecodeError where that is damaged."""
    return zlib.decompress(kept).decode()


def text(row: Row, article_id: str) -> str:
    """The text of the columns TEXT; raises LibraryError where it is damaged."""
    kept, seal = row
    try:
        said = inflated(kept)
    except (zlib.error, UnicodeDecodeError, TypeError):
        said = ""
    seals.require(seals.of_values(said) == seal, article_id, "its text")
    return said


def article(row: Row) -> Article:
    """The article of the columns BYLINE and TEXT; raises LibraryError where they are damaged."""
    known = byline(row[:-2])
    values = dict(zip(seals.ARTICLE, row, strict=False))
    findings, defects = values.pop("findings"), values.pop("defects")
    del values["digest"]
    return Article(
        **values,
        text=text(row[-2:], known.article_id),
        group=known.group,
        findings=tuple(
            Finding(field=field, source=source, confidence=confidence)
            for field, source, confidence in json.loads(findings)
        ),
        defects=tuple(Defect(kind=kind, reason=reason) for kind, reason in json.loads(defects)),
    )


def columns(article: Article) -> dict[str, Value]:
    """An article's values by the names of their columns."""
    values: dict[str, Value] = {
        "id": article.id,
        "source": article.source,
        "revision": article.revision,
        "digest": digest(article),
        "text": deflated(article.text),
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
    seal = seals.of_values(*(values[column] for column in seals.ARTICLE))
    return values | {"seal": seal, "text_seal": seals.of_values(article.text)}


def passage(row: Row, byline: Byline, text: str) -> Passage:
    """The passage of the columns PASSAGE of an article of that text; raises LibraryError where they are damaged."""
    require_whole(row)
    name, _, _, start, end, *_ = row
    return Passage(
        id=name, article_id=byline.article_id, revision=byline.revision, start=start, end=end, text=text[start:end]
    )


def require_whole(row: Row) -> None:
    """Raise LibraryError where the columns PASSAGE are damaged."""
    *sealed, seal = row
    seals.require(seals.of_passage(*sealed) == seal, sealed[1], "one of its passages")


def sentences(row: Row) -> bytes:
    """The vectors of sentences, as they are kept, of the columns SENTENCES; raises LibraryError where damaged."""
    name, article_id, kept, seal = row
    seals.require(seals.of_sentences(name, kept) == seal, article_id, "the vectors of its sentences")
    return bytes(kept)


def vectors(kept: Sequence[bytes], dimension: int) -> list[NDArray[np.float32]]:
    """For each passage the vectors of its sentences, rows of length 1, (n, dimension), as `sentences` gives them."""
    codes = np.frombuffer(b"".join(kept), np.uint8).reshape(-1, directions.width(dimension))
    ends = np.cumsum([len(one) // codes.shape[1] for one in kept])
    return np.split(directions.unpacked(codes, dimension), ends[:-1]) if kept else []


def placed(name: str, article_id: str, ordinal: int, start: int, end: int, before: int, own: bytes) -> Row:
    """A passage as a row: `own` vectors of its sentences stand behind `before` bytes of others of its article."""
    sealed = (name, article_id, ordinal, start, end, before, before + len(own))
    return (*sealed, seals.of_passage(*sealed), seals.of_sentences(name, own))


def insert(ledger: Transaction, number: int, passages: Sequence[Sequence[Value]], vectors: bytes) -> None:
    """Put in the passages of the article of that number, as `placed` makes them, and all vectors of its sentences."""
    ledger.run_many(f"INSERT INTO passages VALUES ({', '.join('?' * len(PASSAGES))})", passages)
    ledger.run("INSERT INTO vectors (number, sentences) VALUES (?, ?)", number, vectors)


def refuse_misfits(
    article: Article,
    passages: Sequence[Passage],
    sentences: Sequence[NDArray[np.float32]],
    *,
    dimension: int,
) -> None:
    """Raise LibraryError unless each passage is of the text and has finite vectors of the right length."""
    if len(sentences) != len(passages) or any(own.ndim != 2 or own.shape[1] != dimension for own in sentences):
        raise LibraryError(
            f"{article.source}: the vectors of its sentences have not the shape (sentences, {dimension}), "
            "once for each passage; check the embedding model."
        )
    if not all(map(len, sentences)):
        raise LibraryError(f"{article.source}: one of its passages has no sentence; check how it was cut.")
    if not all(np.isfinite(rows).all() for rows in sentences):
        raise LibraryError(f"{article.source}: one of its vectors is not finite; check the embedding model.")
    for passage in passages:
        own = passage.revision == article.revision and 0 <= passage.start < passage.end
        if not own or article.text[passage.start : passage.end] != passage.text:
            raise LibraryError(f"{article.source}: passage {passage.id} is not a part of the article's text.")
