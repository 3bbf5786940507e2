"""The ledger's tables, and what leads from those of an older format to them."""

from __future__ import annotations

import hashlib
import json

from rag import text
from rag.ledger import seals
from rag.types import Article

SEARCHED = 250  # characters of a title, an outlet, an author, an id by which it is found in a catalogue
APPLICATION = 0x43524F53  # "CROS", in the file's header
FORMAT = 5
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
    """CREATE TABLE bands (
        band INTEGER NOT NULL, number INTEGER NOT NULL REFERENCES articles (number) ON DELETE CASCADE,
        PRIMARY KEY (band, number)) WITHOUT ROWID""",
    "CREATE INDEX bands_number ON bands (number)",
    "CREATE INDEX articles_copies ON articles (copies) WHERE copies IS NOT NULL",
)
# What came with format 5: seals, by which damage is noticed when a row is read.
SEALS = (
    "ALTER TABLE articles ADD COLUMN seal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE articles ADD COLUMN text_seal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE passages ADD COLUMN seal INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE passages ADD COLUMN sentences_seal INTEGER NOT NULL DEFAULT 0",
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
SCHEMA = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE articles (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL UNIQUE,
        revision TEXT NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL, ingested_at TEXT NOT NULL,
        title TEXT, outlet TEXT, url TEXT, author TEXT, published_at TEXT, words TEXT NOT NULL DEFAULT '',
        modified_at TEXT, language TEXT, dateline TEXT, dateline_day TEXT, origin TEXT, copies TEXT,
        findings TEXT NOT NULL DEFAULT '[]', defects TEXT NOT NULL DEFAULT '[]')""",
    "CREATE INDEX articles_digest ON articles (digest)",
    "CREATE INDEX articles_outlet ON articles (outlet, published_at, id)",
    "CREATE INDEX articles_listed ON articles (published_at, outlet, title, words)",
    """CREATE TABLE passages (
        id TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
        sentences BLOB NOT NULL)""",
    "CREATE INDEX passages_article ON passages (article_id, ordinal)",
    "CREATE TABLE changes (number INTEGER PRIMARY KEY AUTOINCREMENT, article_id TEXT NOT NULL)",
    *NEWS,
    *SEALS,
    *REMOVED,
)
UPGRADES = {
    # what it lacks, the embedding model in use puts there: it is another than the one that made the vectors
    1: ("ALTER TABLE passages ADD COLUMN sentences BLOB NOT NULL DEFAULT x''",),
    2: (
        "ALTER TABLE articles ADD COLUMN words TEXT NOT NULL DEFAULT ''",
        "UPDATE articles SET words = catalogued(title, outlet, author, id)",
        "CREATE INDEX articles_listed ON articles (published_at, outlet, title, words)",
    ),
    3: (
        *(
            f"ALTER TABLE articles ADD COLUMN {column}"
            for column in (
                *(
                    "modified_at TEXT",
                    "language TEXT",
                    "dateline TEXT",
                    "dateline_day TEXT",
                    "origin TEXT",
                    "copies TEXT",
                ),
                *("findings TEXT NOT NULL DEFAULT '[]'", "defects TEXT NOT NULL DEFAULT '[]'"),
            )
        ),
        *NEWS,
        # addresses are written without what tracks readers now: else such an article would enter twice
        "UPDATE OR IGNORE articles SET source = canonical(source) WHERE source LIKE 'http%'",
    ),
    4: (
        *SEALS,
        *REMOVED,
        f"UPDATE articles SET seal = seal({', '.join(seals.ARTICLE)}), text_seal = seal(text)",
        f"""UPDATE passages SET seal = seal_passage({", ".join(seals.PASSAGE)}),
            sentences_seal = seal_sentences(id, sentences)""",
        f"UPDATE revisions SET seal = seal({', '.join(seals.REVISION)}), text_seal = seal(text)",
        "UPDATE articles SET copies = seal_word(substr(copies, 1, 16)) WHERE copies IS NOT NULL",
    ),
}


def digest(article: Article) -> str:
    """A hash of text and byline: equal for the same article read twice, wherever it was read from."""
    said = [article.text, article.title, article.outlet, article.url, article.author, article.published_at]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def catalogued(*byline: str | None) -> str:
    """What a catalogue is searched and sorted by: title, outlet, author and id as they are compared, cut if long."""
    parts = (part[:SEARCHED].encode("utf-8", "replace").decode() for part in byline if part)
    return text.fold(" ".join(parts))[: 4 * SEARCHED]
