"""Libraries as earlier versions made them, for tests of what becomes of them."""

import sqlite3
import zlib

import numpy as np

from rag import copies, directions
from rag.ledger import upgrades

# the tables of passages of format 1, and what was added to them until format 5
PASSAGES = """CREATE TABLE passages (
    id TEXT PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL)"""
PASSAGES_INDEX = "CREATE INDEX passages_article ON passages (article_id, ordinal)"
SENTENCES = "ALTER TABLE passages ADD COLUMN sentences BLOB NOT NULL DEFAULT x''"


def fifth_format(connection: sqlite3.Connection) -> None:
    """Make a ledger of format 6 one of format 5: texts and bands whole, vectors of passages, a byte for a component."""
    connection.create_function("inflated", 1, lambda kept: zlib.decompress(kept).decode(), deterministic=True)
    for table in ("articles", "revisions"):
        connection.execute(f"UPDATE {table} SET text = inflated(text)")
    dimension = int(connection.execute("SELECT value FROM meta WHERE key = 'dimension'").fetchone()[0])
    connection.execute("DELETE FROM bands")
    for number, text in connection.execute("SELECT number, text FROM articles").fetchall():
        whole = [(int(one), number) for one in copies.signature(text)]
        connection.executemany("INSERT INTO bands (band, number) VALUES (?, ?)", whole)
    rows = connection.execute(
        """SELECT passages.id, article_id, ordinal, start, "end",
            substr(sentences, 1 + vectors_start, vectors_end - vectors_start)
            FROM passages JOIN articles ON articles.id = article_id JOIN vectors ON vectors.number = articles.number
            ORDER BY passages.rowid"""
    ).fetchall()
    for statement in ("DROP TABLE vectors", "DROP TABLE passages", PASSAGES, PASSAGES_INDEX, SENTENCES):
        connection.execute(statement)
    for column in ("seal", "sentences_seal"):
        connection.execute(f"ALTER TABLE passages ADD COLUMN {column} INTEGER NOT NULL DEFAULT 0")
    for *passage, kept in rows:
        codes = np.frombuffer(kept, np.uint8).reshape(-1, directions.width(dimension))
        own = directions.unpacked(codes, dimension)
        sealed = (*passage, directions.means([own], dimension).astype("<f4").tobytes())
        said = directions.in_bytes(own).tobytes()
        seals = upgrades.of_passage(*sealed), upgrades.FUNCTIONS["seal_sentences"](passage[0], said)
        connection.execute(f"INSERT INTO passages VALUES ({', '.join('?' * 9)})", (*sealed, said, *seals))
    connection.execute("PRAGMA user_version = 5")


def retold(connection: sqlite3.Connection, was: str, now: str, *, article_id: str = "%") -> None:
    """Change words in the texts of articles, behind the ledger's back."""
    connection.create_function(
        "retold", 1, lambda kept: zlib.compress(zlib.decompress(kept).decode().replace(was, now).encode())
    )
    connection.execute("UPDATE articles SET text = retold(text) WHERE id LIKE ?", (article_id,))
