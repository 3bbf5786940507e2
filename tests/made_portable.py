"""A ledger with all that one can hold, and portable files of it as a forger changes them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from made_up import TEXTS, article, embedded

from rag.ledger import Ledger
from rag.ledger.portable import TABLES, Hash
from rag.types import Defect, Finding, Visit

PORT = "The harbour of Bellholm was closed for a day by fog, and forty ships waited outside, the port said. "
COPY = PORT + "Pilots boarded the first of them on Tuesday before noon, when the fog had lifted over the outer mole. "
AT = "2025-01-02T03:04:05+00:00"


def fill(ledger: Ledger) -> None:
    """All that a ledger can hold: revisions, copies, inputs, visits, removals, texts of several planes."""
    for name, text in TEXTS.items():
        ledger.put(*embedded(article(text, name=name, outlet=f"The {name.title()}", url=f"https://{name}.example/a")))
    full = replace(
        article(
            "Fährverkehr 東京 🙂 e\u0301 resumed.\n\nA second\tparagraph.",
            name="faehre",
            title='"Fähre"',
        ),
        author="Ada Marsh",
        published_at="2024-12-01T14:00:00+00:00",
        modified_at="2024-12-02",
        language="en",
        dateline="Arnby",
        dateline_day="2024-12-01",
        origin="Northwire",
        findings=(Finding(field="title", source="json-ld", confidence="high"),),
        defects=(Defect(kind="truncated", reason="It breaks\u00a0off."),),
    )
    ledger.put(*embedded(full))
    for outlet in ("tern", "gull"):
        ledger.put(*embedded(article(COPY * 3, name=outlet, outlet=outlet.title())))
    ledger.put(*embedded(replace(article(f"{TEXTS['dawn']} So they said.", name="dawn"), ingested_at=AT)))
    ledger.note(
        {b"0123456789abcdef": "dawn", bytes(16): "noon"},
        [
            Visit(url="https://dawn.example/a", etag='"1"', said_by="https://dawn.example/b", article_id="dawn"),
            Visit(url="https://dawn.example/feed", last_modified="Wed, 01 Jan 2025 00:00:00 GMT"),
            Visit(url="https://dusk.example/short", article_id="dusk"),
        ],
    )
    ledger.remove("dusk")


def sign(path: Path) -> None:
    """Make the SHA-256 in a file the one of its rows, as a forger would."""
    with closing(sqlite3.connect(path)) as connection, connection:
        hashed = Hash()
        for key, value in connection.execute("SELECT key, value FROM meta WHERE key != 'sha256' ORDER BY key"):
            hashed.add("meta", (key, value))
        for table, names in TABLES.items():
            for row in connection.execute(
                f"SELECT {', '.join(f'[{name}]' for name in names)} FROM {table} ORDER BY place"
            ):
                hashed.add(table, row)
        connection.execute("UPDATE meta SET value = ? WHERE key = 'sha256'", (hashed.hex(),))


def forged(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    sign(path)
