"""The ledger's tables."""

from __future__ import annotations

import hashlib
import json

from rag import text
from rag.types import Article

SEARCHED = 250  # characters of a title, an outlet, an author, an id by which it is found in a catalogue
APPLICATION = 0x43524F53  # "CROS", in the file's header
FORMAT = 6
BANDS = """CREATE TABLE bands (
        band INTEGER NOT NULL, number INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
        PRIMARY KEY (band, number)) WITHOUT ROWID"""
BANDS_INDEX = "CREATE INDEX bands_number ON bands (number)"
# What came with format 4. `revisions` are the texts that articles have had before; `inputs` digests of what they were
# read from, so that it need not be read again; `visits` what is known of web addresses; by `bands` copies are found.
NEWS = (
    """CREATE TABLE revisions (
        number INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL, revision TEXT NOT NULL, text TEXT NOT NULL,
        ingested_at TEXT NOT NULL, replaced_at TEXT NOT NULL,
        title TEXT, outlet TEXT, url TEXT, author TEXT, published_at TEXT, modified_at TEXT)""",
    "CREATE INDEX revisions_article ON revisions (article_id, revision)",
    "CREATE TABLE inputs (digest BLOB PRIMARY KEY, article_id TEXT NOT NULL) WITHOUT ROWID",
    "CREATE INDEX inputs_article ON inputs (article_id)",
    """CREATE TABLE visits (
        url TEXT PRIMARY KEY, etag TEXT, last_modified TEXT, said_by TEXT, article_id TEXT) WITHOUT ROWID""",
    "CREATE INDEX visits_article ON visits (article_id)",
    BANDS,
    BANDS_INDEX,
    "CREATE INDEX articles_copies ON articles (copies) WHERE copies IS NOT NULL",
)
# What came with format 5: seals, by which damage is noticed when a row is read.
SEALS = (
    "ALTER TABLE articles ADD COLUMN seal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE articles ADD COLUMN text_seal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE revisions ADD COLUMN seal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE revisions ADD COLUMN text_seal INTEGER NOT NULL DEFAULT 0",
)
# Also with format 5: what was removed, so that a folder or a feed which names it still does not bring it back. The rows
# of one removal, the article's source and the addresses that led to it, have one digest: the article's.
REMOVED = (
    """CREATE TABLE removed (
        source TEXT PRIMARY KEY, digest TEXT NOT NULL, removed_at TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX removed_digest ON removed (digest)",
)
# What came with format 6: texts are deflated, and all vectors of an article's sentences are in one row of `vectors`, of
# which each passage names its own by the bytes that they begin at and end before. A passage's vector is their mean.
# Bands are shorter.
PASSAGES = (
    """CREATE TABLE passages (
        id TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
        vectors_start INTEGER NOT NULL, vectors_end INTEGER NOT NULL,
        seal INTEGER NOT NULL, sentences_seal INTEGER NOT NULL)""",
    """CREATE TABLE vectors (
        number INTEGER PRIMARY KEY REFERENCES articles (number) ON DELETE CASCADE, sentences BLOB NOT NULL)""",
)
PASSAGES_INDEX = "CREATE INDEX passages_article ON passages (article_id, ordinal)"
SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE articles (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL UNIQUE,
        revision TEXT NOT NULL, digest TEXT NOT NULL, text BLOB NOT NULL, ingested_at TEXT NOT NULL,
        title TEXT, outlet TEXT, url TEXT, author TEXT, published_at TEXT, words TEXT NOT NULL DEFAULT '',
        modified_at TEXT, language TEXT, dateline TEXT, dateline_day TEXT, origin TEXT, copies TEXT,
        findings TEXT NOT NULL DEFAULT '[]', defects TEXT NOT NULL DEFAULT '[]')""",
    "CREATE INDEX articles_digest ON articles (digest)",
    "CREATE INDEX articles_outlet ON articles (outlet, published_at, id)",
    "CREATE INDEX articles_listed ON articles (published_at, outlet, title, words)",
    "CREATE TABLE changes (number INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL)",
    *NEWS,
    *SEALS,
    *REMOVED,
    *PASSAGES,
    PASSAGES_INDEX,
)


def digest(article: Article) -> str:
    """A hash of text and byline: equal for the same article read twice, wherever it was read from."""
    said = [article.text, article.title, article.outlet, article.url, article.author, article.published_at]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def catalogued(*byline: str | None) -> str:
    """What a catalogue is searched and sorted by: title, outlet, author and id as they are compared, cut if long."""
    parts = (part[:SEARCHED].encode("utf-8", "replace").decode() for part in byline if part)
    return text.fold(" ".join(parts))[: 4 * SEARCHED]
