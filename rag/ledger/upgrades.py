"""What leads from a ledger of an older format to the one of today, all of it in one transaction.

What was damaged before stays damaged: its new seal is broken on purpose.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from rag import copies, directions
from rag.ledger import rows, seals
from rag.ledger.database import Step, Transaction, Value
from rag.ledger.schema import BANDS, BANDS_INDEX, NEWS, PASSAGES, PASSAGES_INDEX, REMOVED, SEALS

PASSAGE = 'id, article_id, ordinal, start, "end", vector'  # what the seal of a passage was made of, before format 6


def of_passage(name: str, article_id: str, ordinal: int, start: int, end: int, vector: object) -> int:
    """The seal of a passage but for its sentences, in format 5."""
    return zlib.crc32(seals.blob(vector), zlib.crc32(f"{name} {article_id} {ordinal} {start} {end}".encode()))


# for SQL to call
FUNCTIONS: dict[str, Callable[..., Value]] = {"seal_passage": of_passage, "seal_sentences": seals.of_sentences}


def _pack(ledger: Transaction) -> None:
    """Fill `passages` and `vectors` of format 6 from `former`, where vectors have a byte for each component."""
    found = ledger.row("SELECT value FROM meta WHERE key = 'dimension'")
    dimension = 0 if found is None else int(found[0])
    for number, article_id in ledger.rows("SELECT number, id FROM articles ORDER BY number"):
        query = f"SELECT seal, sentences_seal, sentences, {PASSAGE} FROM former WHERE article_id = ? ORDER BY ordinal"
        kept, blob = list[Sequence[Value]](), b""
        for seal, sentences_seal, sentences, *passage in ledger.rows(query, article_id):
            name, _, ordinal, start, end, _ = passage
            own = _packed(sentences, dimension)
            *row, new, new_of_sentences = rows.placed(name, article_id, ordinal, start, end, len(blob), own)
            new ^= of_passage(*passage) != seal
            new_of_sentences ^= seals.of_sentences(name, sentences) != sentences_seal
            kept.append((*row, new, new_of_sentences))
            blob += own
        rows.insert(ledger, number, kept, blob)


def _packed(sentences: object, dimension: int) -> bytes:
    """Vectors with a byte for each component as they are kept now; nothing where they are damaged."""
    if not isinstance(sentences, bytes) or not sentences or not dimension or len(sentences) % dimension:
        return b""
    known = np.frombuffer(sentences, np.int8).reshape(-1, dimension)
    return directions.packed(known.astype(np.float32)).tobytes()


UPGRADES: Mapping[int, Sequence[Step]] = {
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
        "ALTER TABLE passages ADD COLUMN seal INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE passages ADD COLUMN sentences_seal INTEGER NOT NULL DEFAULT 0",
        *REMOVED,
        f"UPDATE articles SET seal = seal({', '.join(seals.ARTICLE)}), text_seal = seal(text)",
        f"""UPDATE passages SET seal = seal_passage({PASSAGE}),
            sentences_seal = seal_sentences(id, sentences)""",
        f"UPDATE revisions SET seal = seal({', '.join(seals.REVISION)}), text_seal = seal(text)",
        "UPDATE articles SET copies = seal_word(substr(copies, 1, 16)) WHERE copies IS NOT NULL",
    ),
    5: (
        "UPDATE articles SET text = deflated(CAST(text AS BLOB))",
        "UPDATE revisions SET text = deflated(CAST(text AS BLOB))",
        "ALTER TABLE passages RENAME TO former",  # its index goes with it: an article's passages are found by that
        *PASSAGES,
        _pack,
        "DROP TABLE former",
        PASSAGES_INDEX,
        "ALTER TABLE bands RENAME TO former",
        BANDS,
        f"INSERT OR IGNORE INTO bands SELECT band >> {copies.UPPER}, number FROM former",  # which is in order
        "DROP TABLE former",
        BANDS_INDEX,
    ),
}
