"""A library as one file: the same on another machine, written from one moment, and nothing of a stranger's believed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import former
import numpy as np
import pytest
from made_portable import PORT, fill, forged, sign
from made_up import DIMENSION, MODEL, article, embedded

from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import LibraryBusyError, LibraryError, UsageError
from rag.ledger import Contents, Ledger, exported, groups, imported
from rag.ledger.portable import FORMAT, SCHEMA
from rag.library import Library
from rag.pipeline import Pipeline, export, take_in
from rag.store import Store
from rag.types import Answer

HELD = ("articles", "passages", "vectors", "revisions", "inputs", "visits", "bands", "removed")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "ledger", **MODEL)) as opened:
        fill(opened)
        yield opened


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(tmp_path / "other", **MODEL)) as opened:
        yield opened


@pytest.fixture
def file(ledger: Ledger, tmp_path: Path) -> Path:
    ledger.export(tmp_path / "all.crosscheck")
    return tmp_path / "all.crosscheck"


def held(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that make a library."""
    with closing(sqlite3.connect(ledger.path)) as connection:
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in HELD}
        return {table: sorted(found, key=repr) for table, found in rows.items()}


# --- the same on another machine -------------------------------------------------------------------------------------


def test_all_that_a_ledger_holds_is_the_same_in_another(ledger: Ledger, other: Ledger, file: Path, tmp_path: Path):
    said = other.take_in(file)
    assert held(other) == held(ledger) and all(held(other).values())
    assert other.check() == [] and other.article_ids() == ledger.article_ids()
    assert [other.article(name) for name in other.article_ids()] == [
        ledger.article(name) for name in ledger.article_ids()
    ]
    assert other.revisions("dawn") == ledger.revisions("dawn") and len(other.revisions("dawn")) == 2
    assert other.groups_of(["tern", "gull"]) == ledger.groups_of(["tern", "gull"]) != {}
    assert other.removed_on("https://dusk.example/short") == ledger.removed_on("https://dusk.example/short") is not None
    assert other.export(tmp_path / "again") == said == imported.verify(file)
    assert (tmp_path / "again").read_bytes() == file.read_bytes()
    assert said == Contents(articles=5, passages=said.passages, **MODEL, sha256=said.sha256)
    assert other.count() == (said.articles, said.passages)


def test_another_library_goes_on_from_there(other: Ledger, file: Path):
    other.take_in(file)
    before = other.last_number()
    assert other.put(*embedded(article("Rain fell on Arnby all day.", name="rain"))) == "rain"
    assert other.last_number() > before and other.check() == []
    assert sorted(other.changed_since(0)) == sorted(other.article_ids())


def test_copies_that_were_told_apart_by_another_method_are_found_anew(
    ledger: Ledger, other: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(groups, "METHOD", "0")
    ledger.export(tmp_path / "old")
    monkeypatch.undo()
    other.take_in(tmp_path / "old")
    assert len({*other.groups_of(["tern", "gull"]).values()}) == 1
    with closing(Ledger(other.path, **MODEL)) as again:
        assert again.check() == []


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, openai_api_key=None, openai_base_url=None, _env_file=None)


QUESTIONS = ("How many ships waited outside Bellholm?", "Why was the harbour closed?", "Who won the election?")


def test_answers_and_searches_are_the_same_word_for_word(tmp_path: Path, embedder: Embedder):
    (tmp_path / "news").mkdir()
    texts = {
        "fog": f"{PORT}The mayor of Arnby thanked the pilots.",
        "strike": "Pilots of Bellholm went on strike on Friday. Thirty ships waited outside, the union said.",
        "fair": "The spring fair at Arnby drew twelve thousand visitors, the council said on Monday.",
    }
    for name, text in texts.items():
        (tmp_path / "news" / f"{name}.md").write_text(
            f"---\ntitle: {name}\noutlet: The {name}\ndate: 2025-03-04\n---\n\n{text}\n"
        )

    def told(answer: Answer) -> Answer:
        return replace(answer, timings={})

    with Pipeline(settings(tmp_path / "a"), embedder=embedder) as pipeline:
        assert len(pipeline.ingest([tmp_path / "news"]).added) == 3
        answers = [told(pipeline.answer(one)) for one in QUESTIONS]
        hits = [pipeline.search(one) for one in QUESTIONS]
        said = Library.over(pipeline).export(tmp_path / "all")
        ids = list(pipeline.store.passages([hit.passage.id for hit in hits[0]]))
        vectors = pipeline.store.vectors(ids)
    assert take_in(settings(tmp_path / "b"), tmp_path / "all") == said
    with Pipeline(settings(tmp_path / "b"), embedder=embedder) as pipeline:
        assert pipeline.store.check() == []
        assert [told(pipeline.answer(one)) for one in QUESTIONS] == answers and answers[0].citations
        assert [pipeline.search(one) for one in QUESTIONS] == hits
        assert all(np.array_equal(vectors[name], row) for name, row in pipeline.store.vectors(ids).items())
        assert pipeline.ingest([tmp_path / "news"]).counts["unchanged"] == 3


def test_a_library_of_another_embedding_model_is_embedded_again(ledger: Ledger, file: Path, tmp_path: Path):
    with Library.imported(file, settings=settings(tmp_path / "new")) as library:
        assert library.pipeline.store.check() == []
        assert [one.article_id for one in library.articles()] == ledger.article_ids()
        assert library.article("dawn") == ledger.article("dawn") and library.search("the zebra enclosure")
    assert export(settings(tmp_path / "new"), tmp_path / "b").fingerprint != MODEL["fingerprint"]


# --- written from one moment -----------------------------------------------------------------------------------------


def test_what_is_written_meanwhile_is_not_in_it(
    ledger: Ledger, other: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ids, article_row = ledger.article_ids(), exported._article

    def meanwhile(reading: object, article_id: str, number: int) -> object:
        if article_id == ids[0]:
            ledger.put(*embedded(article("Put while the file was written.", name="late")))
            ledger.remove(ids[-1])
        return article_row(reading, article_id, number)

    monkeypatch.setattr(exported, "_article", meanwhile)
    ledger.export(tmp_path / "file")
    other.take_in(tmp_path / "file")
    assert other.article_ids() == ids and other.check() == []


def test_a_file_that_is_there_is_left_as_it_is(ledger: Ledger, tmp_path: Path):
    (tmp_path / "there").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link", ".", "none/file"):
        with pytest.raises(UsageError):
            ledger.export(tmp_path / name)
    assert (tmp_path / "there").read_text() == "mine" and not (tmp_path / "nowhere").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_damage_is_not_copied(ledger: Ledger, tmp_path: Path):
    ledger.close()
    with closing(sqlite3.connect(ledger.path)) as connection, connection:
        former.retold(connection, "dawn", "dusk", article_id="dawn")
    with closing(Ledger(ledger.path, **MODEL)) as damaged, pytest.raises(LibraryError, match="dawn"):
        damaged.export(tmp_path / "file")
    assert not list(tmp_path.glob("file*"))


def test_a_full_disk_leaves_nothing_behind(ledger: Ledger, tmp_path: Path):
    program = (
        "import resource, signal\nfrom pathlib import Path\n"
        "from rag.errors import LibraryError\nfrom rag.ledger import Ledger\n"
        f"ledger = Ledger(Path({str(ledger.path)!r}), fingerprint='made-up-64', dimension=64)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        f"try:\n    ledger.export(Path({str(tmp_path / 'file')!r}))\nexcept LibraryError as error:\n    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert "make room" in said.stdout and said.stdout.count("\n") == 1
    assert not list(tmp_path.glob("file*"))


# --- taken in whole, or not at all -----------------------------------------------------------------------------------


def test_only_a_new_library_takes_it_in(ledger: Ledger, file: Path, other: Ledger, tmp_path: Path):
    before = held(ledger)
    with pytest.raises(UsageError, match="name the folder of a new one"):
        ledger.take_in(file)
    assert held(ledger) == before
    other.put(*embedded(article("Once there.", name="once")))
    other.remove("once")
    with pytest.raises(UsageError, match="has, or had, articles"):
        other.take_in(file)
    store = Store(tmp_path / "busy", **MODEL)
    with closing(store), store.writing(), pytest.raises(LibraryBusyError):
        take_in(settings(tmp_path / "busy"), file)


KILLED = """
import os, signal, sys
from pathlib import Path
from rag.ledger import Ledger, groups, imported, exported
folder, act, at = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
calls = 0
def dying(real):
    def call(*given):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)
    return call
groups.note_bands, exported._article = dying(groups.note_bands), dying(exported._article)
exported.imported.verify, exported.sync = dying(imported.verify), dying(exported.sync)
if act == "export":
    Ledger(folder / "ledger", fingerprint="made-up-64", dimension=64).export(folder / "killed")
else:
    Ledger(folder / "other", fingerprint="made-up-64", dimension=64).take_in(folder / "all.crosscheck")
print("done")
"""


@pytest.mark.parametrize(("act", "at"), [("import", 1), ("import", 5), ("export", 3), ("export", 6), ("export", 7)])
def test_one_that_is_killed_leaves_all_or_nothing(ledger: Ledger, file: Path, tmp_path: Path, act: str, at: int):
    ledger.close()
    command = [sys.executable, "-c", KILLED, str(tmp_path), act, str(at)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False)
    assert ended.returncode == -9, ended.stderr
    with closing(Ledger(tmp_path / "other", **MODEL)) as other:
        assert other.count() == (0, 0) and other.check() == [] and not any(held(other).values())
        if act == "export" and at < 7:  # the seventh is after the rename
            assert not (tmp_path / "killed").exists() and len(list(tmp_path.glob("killed.*.partial"))) == 1
        elif act == "export":
            assert (tmp_path / "killed").read_bytes() == file.read_bytes()
        other.take_in(file)
        assert other.check() == [] and other.count()[0] == 5


# --- a stranger's file -----------------------------------------------------------------------------------------------


def refused(other: Ledger, path: Path) -> str:
    """The sentence with which a file is refused; nothing of it is in the ledger."""
    before = other.identity()
    with pytest.raises((LibraryError, UsageError)) as caught:
        other.take_in(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: ") and said.endswith(".") and "\n" not in said and len(said) < 500
    assert not any(held(other).values()) and other.last_change() == 0 and other.identity() == before
    return said


def test_a_file_that_was_signed_anew_without_a_change_is_taken_in(file: Path, other: Ledger):
    forged(file, "UPDATE articles SET title = title")
    assert other.take_in(file).articles == 5


NAN = "x'0000c07f'"
FORGED = {
    "another text": ("UPDATE articles SET text = 'They fled.' WHERE id = 'dawn'", "not the one of its revision"),
    "another revision": (
        "UPDATE articles SET revision = 'ffffffffffffffff' WHERE id = 'dawn'",
        "not the one of its revision",
    ),
    "an older text": ("UPDATE revisions SET text = 'They fled.'", "not the one of its revision"),
    "no text": ("UPDATE articles SET text = NULL WHERE id = 'dawn'", "not the one of its revision"),
    "a text of bytes": ("UPDATE articles SET text = x'00ff' WHERE id = 'dawn'", "not the one of its revision"),
    "an id of a path": ("UPDATE articles SET id = '../../etc' WHERE id = 'noon'", "an id that is none"),
    "an id of a tag": ("UPDATE articles SET id = '<img>' WHERE id = 'noon'", "an id that is none"),
    "two of one source": (
        "UPDATE articles SET source = (SELECT source FROM articles WHERE id = 'dawn')",
        "there twice",
    ),
    "two of one id": (
        "UPDATE articles SET id = 'noon' WHERE id = 'faehre'",
        "passages of no article|there twice|not as much",
    ),
    "numbers in another order": ("UPDATE articles SET number = 100 - number", "another order"),
    "the last number": (f"UPDATE articles SET number = {2**63 - 1} WHERE id = 'dawn'", "a number that cannot be"),
    "a number of none": ("UPDATE articles SET number = -1 WHERE id = 'noon'", "a number that cannot be"),
    "a number without end": ("UPDATE articles SET number = 9e999 WHERE id = 'noon'", "a number that cannot be"),
    "a script for an address": (
        "UPDATE articles SET url = 'javascript:alert(1)' WHERE id = 'noon'",
        "a web address that is none",
    ),
    "a file for an address": (
        "UPDATE visits SET url = 'file:/etc/passwd' WHERE place = 1",
        "a web address that is none",
    ),
    "a day of none": (
        "UPDATE articles SET published_at = '2024-02-31' WHERE id = 'noon'",
        "published_at that is no day",
    ),
    "a day of words": ("UPDATE articles SET ingested_at = 'yesterday' WHERE id = 'noon'", "ingested_at that is no day"),
    "what a terminal obeys": ("UPDATE articles SET title = char(27) || '[2J' WHERE id = 'noon'", "nobody sees"),
    "a header in a mark": ("UPDATE visits SET etag = '1' || char(13) || char(10) || 'X: y'", "nobody sees"),
    "a long title": ("UPDATE articles SET title = printf('%.*c', 200000, 'x')", "too long"),
    "a number for a title": ("UPDATE articles SET title = 7 WHERE id = 'noon'", "a title that is no text"),
    "a group of words": ("UPDATE articles SET copies = 'all of them'", "a group that is none"),
    "findings of another shape": ("UPDATE articles SET findings = '{}'", "findings that are none"),
    "findings without end": (
        "UPDATE articles SET findings = replace(printf('%.*c', 50000, '['), '', '')",
        "findings that are none",
    ),
    "half a character": (
        """UPDATE articles SET findings = '[["title", "\\ud800", "high"]]'""",
        "findings that are none",
    ),
    "a finding of another sort": (
        """UPDATE articles SET findings = '[["title", "x", "sure"]]'""",
        "a finding that is none",
    ),
    "a defect of another sort": ("""UPDATE articles SET defects = '[["dull", "x"]]'""", "a defect that is none"),
    "a passage behind the end": ('UPDATE passages SET "end" = 100000 WHERE place = 1', "not in its article"),
    "a passage before the start": ("UPDATE passages SET start = -1 WHERE place = 1", "a number that cannot be"),
    "a passage of nothing": ('UPDATE passages SET start = "end" WHERE place = 1', "not in its article"),
    "a passage twice": ("UPDATE passages SET ordinal = 0 WHERE ordinal = 1", "another order"),
    "a passage of another article": (
        "UPDATE passages SET article_id = 'nobody' WHERE place = 1",
        "passages of no article",
    ),
    "a short vector": ("UPDATE passages SET vector = x'00000000' WHERE place = 1", "a vector of another size"),
    "a vector of words": ("UPDATE passages SET vector = 'near' WHERE place = 1", "a vector of another size"),
    "a vector that is no number": (
        f"UPDATE passages SET vector = {NAN} || substr(vector, 5) WHERE place = 1",
        "not finite|another size",
    ),
    "no vectors of sentences": ("UPDATE passages SET sentences = x'' WHERE place = 1", "sentences of another size"),
    "half a vector of a sentence": (
        "UPDATE passages SET sentences = x'00' WHERE place = 1",
        "sentences of another size",
    ),
    "an older text of no article": (
        "UPDATE revisions SET article_id = 'nobody'",
        "revisions of an article that is not there",
    ),
    "an input of no article": ("UPDATE inputs SET article_id = 'nobody'", "inputs of an article that is not there"),
    "a visit of no article": ("UPDATE visits SET article_id = 'nobody'", "visits of an article that is not there"),
    "one input twice": ("UPDATE inputs SET digest = x'00'", "there twice"),
    "a removal of words": ("UPDATE removed SET digest = 'x'", "a digest that is none"),
    "fewer than it says": ("DELETE FROM passages WHERE place = 1", "another order|not as much"),
    "no dimension": ("UPDATE meta SET value = '0' WHERE key = 'dimension'", "vectors of no size"),
    "another dimension": ("UPDATE meta SET value = '16' WHERE key = 'dimension'", "a vector of another size"),
    "a dimension of words": ("UPDATE meta SET value = 'eight' WHERE key = 'dimension'", "a number that cannot be"),
    "no header": ("DELETE FROM meta WHERE key = 'fingerprint'", "no header"),
    "a view for a table": ("DROP TABLE visits", "other tables"),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM meta; END", "other tables"),
    "another table": ("CREATE TABLE more (a)", "other tables"),
    "an index": ("CREATE INDEX i ON articles (id)", "other tables"),
    "a newer version": (f"PRAGMA user_version = {FORMAT + 1}", "newer version"),
    "another application": ("PRAGMA application_id = 7", "no file that --export made"),
}


@pytest.mark.parametrize("name", FORGED)
def test_nothing_of_a_forged_file_is_believed(name: str, file: Path, other: Ledger):
    statement, expected = FORGED[name]
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement)
        if name == "a vector that is no number":
            row = np.full(DIMENSION, np.nan, "<f4").tobytes()
            connection.execute("UPDATE passages SET vector = ? WHERE place = 1", (row,))
        if name == "a view for a table":
            endless = (
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS place, x AS url FROM n"
            )
            connection.execute(f"CREATE VIEW visits AS {endless}")
        is_signed = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == len(SCHEMA)
    if is_signed and name != "a view for a table":
        sign(file)
    began = time.process_time()
    said = refused(other, file)
    assert any(part in said for part in expected.split("|")), said
    assert time.process_time() - began < 20


def test_rows_that_were_changed_on_the_way_are_noticed(file: Path, other: Ledger):
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE articles SET title = 'Other' WHERE id = 'noon'")
    assert "SHA-256" in refused(other, file)


def test_a_flipped_byte_anywhere_is_noticed_or_means_nothing(file: Path, tmp_path: Path, long: bool):
    whole, right = file.read_bytes(), imported.verify(file)
    drawn = np.random.default_rng(8)
    places = range(len(whole)) if long else drawn.integers(0, len(whole), 150).tolist()
    noticed = 0
    for place in places:
        flipped = bytearray(whole)
        flipped[place] ^= 1 << int(drawn.integers(8))
        (tmp_path / "flipped").write_bytes(flipped)
        try:
            assert imported.verify(tmp_path / "flipped") == right
        except (LibraryError, UsageError):
            noticed += 1
    assert noticed > 0.1 * len(places)  # the rest is room between rows


@pytest.mark.parametrize(
    "damage", ["empty", "cut", "half", "zeros", "longer", "text", "folder", "fifo", "gone", "dark"]
)
def test_what_is_no_such_file_is_refused(damage: str, file: Path, other: Ledger):
    content = file.read_bytes()
    made = {
        "empty": b"",
        "cut": content[:-4096],
        "half": content[: len(content) // 2],
        "zeros": content[:4096] + bytes(len(content) - 4096),
        "text": b"An article. " * 1000,
    }
    file.unlink()
    if damage in made:
        file.write_bytes(made[damage])
    elif damage == "longer":
        file.write_bytes(content + content)  # SQLite reads as far as its header says
        assert other.take_in(file).articles == 5
        return
    elif damage == "folder":
        file.mkdir()
    elif damage == "fifo":
        os.mkfifo(file)
    elif damage == "dark":
        file.symlink_to(file)
    refused(other, file)


def test_a_log_or_a_journal_beside_it_counts_for_nothing(file: Path, other: Ledger):
    before = file.read_bytes()
    for suffix in ("-wal", "-journal", "-shm"):
        file.with_name(f"{file.name}{suffix}").write_bytes(os.urandom(8192))
    assert other.take_in(file).articles == 5
    assert file.read_bytes() == before
