import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import former
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import DIMENSION, MODEL, article, embedded, vector

from rag.errors import LibraryBusyError, LibraryError, LibraryModelError, NotFoundError
from rag.ledger import APPLICATION, FORMAT, SCHEMA, Held, Ledger, Sort, copy_database, digest
from rag.ledger.database import Database
from rag.ledger.schema import NEWS, PASSAGES, PASSAGES_INDEX, REMOVED, SEALS, catalogued
from rag.types import Defect, Filters, Finding, Revision, Unchanged, Visit

TEXT = "Rebels entered the city at dawn. By noon the airport was theirs. The army spoke of a withdrawal."


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = Ledger(path, **MODEL)
    yield opened
    opened.close()


# --- articles --------------------------------------------------------------------------------------------------------


def test_what_was_put_in_is_read_back_after_reopening(path: Path, ledger: Ledger):
    made, passages, sentences = embedded(article(TEXT, name="dawn", title="At dawn", outlet="The Post"))
    ledger.put(made, passages, sentences)
    ledger.close()
    with closing(Ledger(path, **MODEL)) as again:
        assert again.article("dawn") == made
        assert again.bylines() == [made.byline]
        assert again.count() == (1, len(passages))
        ids = [passage.id for passage in passages]
        assert again.passages(ids) == {passage.id: (passage, made.byline) for passage in passages}
        vectors = np.array([vector(passage.text) for passage in passages])
        assert np.allclose(np.array([again.vectors(ids)[name] for name in ids]), vectors, atol=1e-6)
        read = again.sentence_vectors(ids)
        assert [read[name].shape for name in ids] == [(1, DIMENSION), (2, DIMENSION), (3, DIMENSION)]
        for name, rows in zip(ids, sentences, strict=True):
            assert read[name].dtype == np.float32
            assert np.allclose(np.linalg.norm(read[name], axis=1), 1.0, atol=1e-6)
            assert np.sum(read[name] * rows, axis=1).min() > 0.999
        entry = again.entry("dawn")
        assert entry is not None
        assert (entry.passages, entry.byline) == (tuple(passages), made.byline)
        assert np.allclose(entry.vectors, vectors, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1), size=st.integers(1, 30))
def test_every_passage_is_the_articles_text_between_its_offsets(text: str, size: int):
    with TemporaryDirectory() as folder, closing(Ledger(Path(folder, "l"), **MODEL)) as ledger:
        made, passages, sentences = embedded(article(text), size=size)
        ledger.put(made, passages, sentences)
        found = ledger.passages([passage.id for passage in passages])
        assert ledger.article(made.id).text == text
        assert [passage for passage, _ in found.values()] == passages
        assert ledger.check() == []


def test_passages_come_in_the_order_asked_and_unknown_ones_not_at_all(ledger: Ledger):
    made, passages, sentences = embedded(article(TEXT))
    ledger.put(made, passages, sentences)
    wanted = [passages[2].id, "nothing:at:all", passages[0].id]
    assert list(ledger.passages(wanted)) == [passages[2].id, passages[0].id]
    assert set(ledger.vectors(wanted)) == {passages[2].id, passages[0].id}
    assert {name: len(rows) for name, rows in ledger.sentence_vectors(wanted).items()} == {
        passages[2].id: 3,
        passages[0].id: 1,
    }
    assert ledger.sentence_vectors(["nothing:at:all"]) == ledger.sentence_vectors([]) == {}


def test_only_the_direction_of_a_sentences_vector_is_kept(ledger: Ledger):
    made, passages, _ = embedded(article("Three sentences."))
    rows = np.array([vector("One.") * 4e-3, vector("Two.") * 1e30, np.zeros(DIMENSION)], np.float32)
    ledger.put(made, passages, [rows])
    read = ledger.sentence_vectors([passages[0].id])[passages[0].id]
    assert np.allclose(read[:2], [vector("One."), vector("Two.")], atol=1e-6)
    assert np.linalg.norm(read[2]) == pytest.approx(1.0)
    assert np.allclose(
        ledger.vectors([passages[0].id])[passages[0].id], read.sum(axis=0) / np.linalg.norm(read.sum(axis=0))
    )


def test_an_article_from_the_same_source_takes_the_place_and_the_id_of_the_old(ledger: Ledger):
    _, before, _ = first = embedded(article(TEXT, name="dawn", source="/a.txt"))
    ledger.put(*first)
    assert ledger.put(*embedded(article("Nothing happened after all.", name="another", source="/a.txt"))) == "dawn"
    assert ledger.article("dawn").text == "Nothing happened after all."
    assert ledger.count() == (1, 1)
    assert ledger.passages([passage.id for passage in before]) == {}
    assert list(ledger.passage_ids().values()) == ["dawn"]
    assert ledger.check() == []


def test_an_id_that_another_source_has_gets_a_suffix_that_stays(ledger: Ledger):
    ledger.put(*embedded(article(TEXT, name="dawn", source="/a/dawn.txt")))
    other = embedded(article("Another dawn.", name="dawn", source="/b/dawn.txt"))
    name = ledger.put(*other)
    assert name.startswith("dawn-")
    assert len(name) == len("dawn-") + 8
    assert ledger.put(*other) == name
    assert ledger.article("dawn").text == TEXT
    assert ledger.article(name).text == "Another dawn."


def test_a_removed_article_is_gone_with_its_passages(ledger: Ledger):
    made, passages, sentences = embedded(article(TEXT))
    ledger.put(made, passages, sentences)
    ledger.remove(made.id)
    assert ledger.count() == (0, 0)
    assert ledger.passage_ids() == {}
    assert ledger.entry(made.id) is None
    for missing in (ledger.article, ledger.remove):
        with pytest.raises(NotFoundError, match=made.id):
            missing(made.id)


def test_the_newest_put_in_comes_last(ledger: Ledger):
    for name in ("one", "two", "three", "one"):
        ledger.put(*embedded(article(f"About {name}.", name=name)))
    assert [byline.article_id for byline in ledger.bylines()] == ["two", "three", "one"]
    assert ledger.article_ids() == ["two", "three", "one"]


def test_an_article_is_known_by_source_and_by_what_it_says(ledger: Ledger):
    made = article(TEXT, title="At dawn")
    ledger.put(*embedded(made))
    assert ledger.held(made.source) == Held(article_id=made.id, digest=digest(made), number=ledger.last_number())
    assert ledger.held("/elsewhere.txt") is None
    moved = replace(made, id="moved", source="/elsewhere.txt", ingested_at="2026-01-01T00:00:00+00:00")
    assert ledger.with_digest(digest(moved)) == made.id
    for field in ("title", "outlet", "url", "author", "published_at", "text"):
        assert ledger.with_digest(digest(replace(made, **{field: "changed"}))) is None


def test_every_change_is_numbered_and_each_article_named_once(ledger: Ledger):
    assert (ledger.last_change(), ledger.changed_since(0)) == (0, [])
    for name in ("one", "two", "one"):
        ledger.put(*embedded(article(f"About {name}.", name=name)))
    ledger.remove("two")
    assert ledger.last_change() == 4
    assert ledger.changed_since(0) == ["one", "two"]
    assert ledger.changed_since(3) == ["two"]
    assert ledger.changed_since(4) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), None),
        (Filters(outlets=("the post",)), {"late", "early"}),
        (Filters(outlets=("The Post", "Straße News")), {"late", "early", "street"}),
        (Filters(outlets=("STRASSE NEWS",)), {"street"}),
        (Filters(outlets=("Nobody",)), set()),
        (Filters(since="2024-12-01"), {"late", "street"}),
        (Filters(until="2024-12-01"), {"early", "street"}),
        (Filters(since="2024-12-01", until="2024-12-01"), {"street"}),
        (Filters(outlets=("The Post",), since="2024-12-02"), {"late"}),
        (Filters(articles=("unknown", "early")), {"unknown", "early"}),
        (Filters(articles=("early", "late", "street"), outlets=("The Post",), until="2024-12-01"), {"early"}),
        (
            Filters(
                articles=("no such id", "", "a'\"\\\0"),
            ),
            set(),
        ),
    ],
)
def test_filters_admit_by_outlet_and_day_and_nothing_unknown(
    ledger: Ledger, filters: Filters, expected: set[str] | None
):
    ledger.put(*embedded(article("a", name="early", outlet="The Post", published_at="2024-11-30")))
    ledger.put(*embedded(article("b", name="late", outlet="The Post", published_at="2024-12-03T09:00:00+02:00")))
    ledger.put(*embedded(article("c", name="street", outlet="Straße News", published_at="2024-12-01T23:59:00+00:00")))
    ledger.put(*embedded(article("d", name="unknown")))
    assert ledger.admitted(filters) == (None if expected is None else frozenset(expected))
    everything = {"early", "late", "street", "unknown"}
    inside = everything if expected is None else expected
    assert ledger.inside(everything | {"gone"}, filters) == inside
    numbers = {name: entry.number for name in everything if (entry := ledger.entry(name))}
    assert sorted(ledger.numbers(filters)) == sorted(numbers[name] for name in inside)
    assert ledger.outlets() == ["Straße News", "The Post"]


def test_ids_and_sources_are_values_and_never_a_query(ledger: Ledger):
    hostile = "x'); DROP TABLE articles; --"
    made, passages, sentences = embedded(article(TEXT, name=hostile, source=hostile, outlet=hostile))
    assert ledger.put(made, passages, sentences) == hostile
    assert ledger.admitted(Filters(outlets=(hostile,))) == {hostile}
    assert ledger.inside([hostile, 'other"]'], Filters(articles=(hostile, "x"))) == {hostile}
    assert ledger.check() == []


# --- refusals --------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_together_is_refused_and_changes_nothing(ledger: Ledger):
    made, passages, sentences = embedded(article(TEXT))
    ledger.put(made, passages, sentences)
    other, parts, own = embedded(article("Something else entirely.", source=made.source))
    nan = own[0].copy()
    nan[0, 0] = np.nan
    for wrong in (
        (other, [], own),
        (other, passages, sentences),
        (other, [replace(parts[0], text="Something other")], own),
        (other, [replace(parts[0], start=-24, end=24)], own),
        (other, parts, []),
        (other, parts, [*own, *own]),
        (other, parts, [own[0][0]]),
        (other, parts, [own[0][:, :4]]),
        (other, parts, [own[0][:0]]),
        (other, parts, [nan]),
    ):
        with pytest.raises(LibraryError, match=made.source):
            ledger.put(*wrong)
    assert ledger.article(made.id) == made
    assert ledger.last_change() == 1


def test_half_a_character_is_refused_in_a_sentence(ledger: Ledger):
    with pytest.raises(LibraryError, match="half a character"):
        ledger.put(*embedded(article("broken \ud800 text")))
    with pytest.raises(LibraryError, match="half a character"):
        ledger.put(*embedded(article("text", name="a", source="/broken\udcff.txt")))
    assert ledger.count() == (0, 0)


def test_a_ledger_of_another_embedding_model_names_both_and_the_way_out(ledger: Ledger):
    ledger.put(*embedded(article(TEXT)))
    with pytest.raises(LibraryError, match=r"made-up-64.* other-model.*ingest\.py --rebuild"):
        ledger.require(fingerprint="other-model", dimension=DIMENSION)
    ledger.require(**MODEL)


def test_an_empty_ledger_takes_on_the_embedding_model_in_use(path: Path, ledger: Ledger):
    before = ledger.identity()
    with closing(Ledger(path, fingerprint="other-model", dimension=4)) as again:
        again.require(fingerprint="other-model", dimension=4)
        assert again.identity().library == before.library


def test_changing_the_embedding_model_is_all_or_nothing(ledger: Ledger):
    for name in ("one", "two"):
        ledger.put(*embedded(article(f"About {name}.", name=name)))
    before = ledger.passage_ids()

    def again(names: list[str]):
        for name in names:
            made, passages, _ = embedded(ledger.article(name), size=5)
            vectors = np.ones((len(passages), 3), np.float32)
            yield made, passages, np.split(vectors, len(passages))

    with pytest.raises(LibraryError, match="1 articles were not embedded again"):
        ledger.replace_passages(again(["one"]), fingerprint="other", dimension=3)
    with pytest.raises(LibraryError, match="shape"):
        ledger.replace_passages(again(["one", "two"]), fingerprint="other", dimension=4)
    assert ledger.passage_ids() == before
    ledger.require(**MODEL)

    ledger.replace_passages(again(["one", "two"]), fingerprint="other", dimension=3)
    ledger.require(fingerprint="other", dimension=3)
    assert len(ledger.passage_ids()) > len(before)
    assert ledger.changed_since(2) == ["one", "two"]
    assert ledger.check() == []


# --- catalogue -------------------------------------------------------------------------------------------------------


def listed(ledger: Ledger, words: str = "", **how) -> list[str]:
    bylines, total = ledger.catalogue(words, **how)
    assert total >= len(bylines)
    return [byline.article_id for byline in bylines]


@pytest.fixture
def shelf(ledger: Ledger) -> Ledger:
    for name, byline in {
        "late": {"title": "Élan of the harbour", "outlet": "wire", "published_at": "2024-12-05", "author": "Ann 100%"},
        "early": {"title": "a bridge", "outlet": "Gazette", "published_at": "2024-11-01"},
        "nameless": {"outlet": "Wire", "published_at": "2024-12-01T10:00:00+00:00"},
        "undated": {"title": "ПОРТ_Закрыт", "author": "O'Neill"},
    }.items():
        ledger.put(*embedded(article(f"{name} {TEXT}", name=name, **byline)))
    return ledger


@pytest.mark.parametrize(
    ("sort", "ids"),
    [
        ("taken", ["undated", "nameless", "early", "late"]),
        ("published", ["late", "nameless", "early", "undated"]),
        ("outlet", ["early", "late", "nameless", "undated"]),
        ("title", ["early", "late", "undated", "nameless"]),
    ],
)
def test_a_catalogue_is_sorted_with_what_is_unknown_last(shelf: Ledger, sort: Sort, ids: list[str]):
    assert listed(shelf, sort=sort) == ids
    pages = [listed(shelf, sort=sort, limit=2, offset=offset) for offset in (0, 2, 4)]
    assert pages == [ids[:2], ids[2:], []]
    assert shelf.catalogue(sort=sort, limit=1)[1] == 4


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("elan", {"late"}),
        ("WIRE", {"late", "nameless"}),
        ("wire elan", {"late"}),
        ("wire bridge", set()),
        ("порт", {"undated"}),
        ("100%", {"late"}),
        ("%", {"late"}),
        ("_", {"undated"}),
        ("o’neill", {"undated"}),
        ("less", {"nameless"}),  # of its id
        ("' OR 1=1 --", set()),
        ("\0 \ud800", set()),
        (" \n ", {"late", "early", "nameless", "undated"}),
        ("x" * 100_000, set()),
        ("w i r e " * 1_000, {"late", "nameless", "early"} - {"early"}),
    ],
)
def test_a_catalogue_is_searched_by_parts_of_the_byline(shelf: Ledger, words: str, ids: set[str]):
    assert set(listed(shelf, words)) == ids
    assert shelf.catalogue(words, limit=0) == ((), len(ids))


def test_a_changed_or_removed_article_is_listed_as_it_is_now(shelf: Ledger):
    made = article(TEXT, name="early", source="/articles/early.txt", title="A tunnel")
    shelf.put(*embedded(made))
    shelf.remove("late")
    assert (listed(shelf, "tunnel"), listed(shelf, "bridge"), listed(shelf, "elan")) == (["early"], [], [])


def test_holdings_count_what_there_is(ledger: Ledger, shelf: Ledger):
    held = shelf.holdings()
    assert (held.articles, held.passages) == shelf.count()
    assert (held.outlets, held.undated, held.unattributed) == (3, 1, 1)
    assert (held.oldest, held.newest) == ("2024-11-01", "2024-12-05")
    assert shelf.passages_of(["late", "no such id"]) == {"late": len(embedded(article(f"late {TEXT}"))[1])}
    for name in ("late", "early", "nameless", "undated"):
        shelf.remove(name)
    held = shelf.holdings()
    assert (held.articles, held.passages, held.outlets, held.undated, held.oldest, held.newest) == (
        0,
        0,
        0,
        0,
        None,
        None,
    )


# --- what an article was, and what it was read from ------------------------------------------------------------------


def test_all_that_is_known_of_an_article_is_read_back(ledger: Ledger):
    made, *rest = embedded(
        replace(
            article(TEXT, name="dawn"),
            published_at="2025-01-02",
            modified_at="2025-01-03T10:00:00+00:00",
            language="en",
            dateline="OSTERBY",
            dateline_day="2025-01-01",
            origin="AFP",
            findings=(Finding(field="published_at", source="json-ld", confidence="high"),),
            defects=(Defect(kind="live_blog", reason="It is a live blog."),),
        )
    )
    ledger.put(made, *rest)
    assert ledger.article("dawn") == made
    assert ledger.bylines() == [made.byline]
    assert (made.byline.modified_at, made.byline.origin) == ("2025-01-03T10:00:00+00:00", "AFP")


def put(ledger: Ledger, text: str, *, at: str, name: str = "dawn", **byline: str) -> str:
    made, *rest = embedded(replace(article(text, name=name, **byline), ingested_at=at))
    ledger.put(made, *rest)
    return made.revision


def test_a_text_that_was_replaced_stays_readable(ledger: Ledger):
    first = put(ledger, TEXT, at="2025-01-01", title="At dawn", published_at="2025-01-01")
    assert put(ledger, TEXT, at="2025-01-02", title="At first light", published_at="2025-01-01") == first
    second = put(ledger, TEXT.replace("noon", "one"), at="2025-01-03", title="By one")
    assert put(ledger, TEXT, at="2025-01-04", title="At dawn again") == first
    now, then, before = ledger.revisions("dawn")
    assert now == Revision(article_id="dawn", revision=first, ingested_at="2025-01-04", title="At dawn again")
    assert (then.revision, then.ingested_at, then.replaced_at, then.title) == (
        second,
        "2025-01-03",
        "2025-01-04",
        "By one",
    )
    assert (before.revision, before.title, before.replaced_at) == (first, "At first light", "2025-01-03")
    assert ledger.article("dawn", first) == ledger.article("dawn")
    old = ledger.article("dawn", second)
    assert (old.text, old.revision, old.title) == (TEXT.replace("noon", "one"), second, "By one")
    with pytest.raises(NotFoundError, match="no revision elsewhere of the article dawn"):
        ledger.article("dawn", "elsewhere")


def test_what_was_removed_is_not_readable_in_any_revision(ledger: Ledger):
    old = put(ledger, TEXT, at="2025-01-01")
    put(ledger, TEXT.replace("noon", "one"), at="2025-01-02")
    ledger.remove("dawn")
    for ask in (lambda: ledger.revisions("dawn"), lambda: ledger.article("dawn", old)):
        with pytest.raises(NotFoundError):
            ask()
    put(ledger, TEXT.replace("noon", "two"), at="2025-01-03")
    assert len(ledger.revisions("dawn")) == 1


def test_an_input_is_known_until_its_article_changes(path: Path, ledger: Ledger):
    put(ledger, TEXT, at="2025-01-01")
    put(ledger, TEXT, at="2025-01-01", name="other")
    ledger.note({b"one": "dawn", b"two": "dawn", b"three": "other", b"four": "nobody"})
    dawn, other = (Unchanged(article_id=name, source=f"/articles/{name}.txt") for name in ("dawn", "other"))
    assert [ledger.read_as(name) for name in (b"one", b"two", b"three", b"four")] == [dawn, dawn, other, None]
    noted = path.with_name("ledger.sqlite3-wal").stat().st_size
    ledger.note({b"one": "dawn", b"four": "nobody"}, [Visit(url="https://example.org", article_id="nobody")])
    assert path.with_name("ledger.sqlite3-wal").stat().st_size == noted  # nothing was written
    put(ledger, TEXT.replace("noon", "one"), at="2025-01-02")
    assert [ledger.read_as(name) for name in (b"one", b"three")] == [None, other]


def test_a_visit_is_known_until_its_article_is_gone(ledger: Ledger):
    put(ledger, TEXT, at="2025-01-01")
    page = Visit(
        url="https://example.org/a", etag='"1"', last_modified="Wed, 01 Jan 2025 00:00:00 GMT", article_id="dawn"
    )
    feed = Visit(url="https://example.org/feed", etag='"f"', said_by="https://example.org/rss")
    ledger.note({}, [page, feed])
    assert (ledger.visit(page.url), ledger.visit(feed.url), ledger.visit("https://example.org/b")) == (page, feed, None)
    ledger.note({}, [replace(page, etag='"2"')])
    put(ledger, TEXT.replace("noon", "one"), at="2025-01-02")
    assert ledger.visit(page.url) == replace(page, etag='"2"')
    ledger.remove("dawn")
    assert (ledger.visit(page.url), ledger.visit(feed.url)) == (None, feed)


# --- formats ---------------------------------------------------------------------------------------------------------


THIRD_FORMAT = (
    *(
        re.sub(r",\s+modified_at TEXT.*", ")", statement, flags=re.DOTALL)
        for statement in SCHEMA
        if statement not in {*NEWS, *SEALS, *REMOVED, *PASSAGES, PASSAGES_INDEX}
    ),
    *(former.PASSAGES, former.PASSAGES_INDEX, former.SENTENCES),
    f"PRAGMA application_id = {APPLICATION}",
    "PRAGMA user_version = 3",
)
SECOND_FORMAT = (
    *(re.sub(r", words TEXT[^,)]*", "", one) for one in THIRD_FORMAT[:-2] if "articles_listed" not in one),
    f"PRAGMA application_id = {APPLICATION}",
    "PRAGMA user_version = 2",
)
FIRST_FORMAT = (
    *(statement for statement in SECOND_FORMAT[:-2] if statement != former.SENTENCES),
    f"PRAGMA application_id = {APPLICATION}",
    "PRAGMA user_version = 1",
)


def first_format(path: Path) -> None:
    """A ledger of format 1, by another embedding model, with one article in two passages."""
    made, passages, _ = embedded(article(TEXT[:80], name="dawn"))
    with closing(sqlite3.connect(path)) as connection:
        for statement in FIRST_FORMAT:
            connection.execute(statement)
        meta = {"library": "a1", "fingerprint": "earlier-8", "dimension": str(DIMENSION)}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        connection.execute(
            "INSERT INTO articles (id, source, revision, digest, text, ingested_at) VALUES (?, ?, ?, ?, ?, ?)",
            (made.id, made.source, made.revision, digest(made), made.text, made.ingested_at),
        )
        connection.executemany(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)",
            [
                (passage.id, made.id, ordinal, passage.start, passage.end, vector(passage.text).tobytes())
                for ordinal, passage in enumerate(passages)
            ],
        )
        connection.execute("INSERT INTO changes (article_id) VALUES ('dawn')")
        connection.commit()


@pytest.mark.parametrize("statements", [SECOND_FORMAT, THIRD_FORMAT])
def test_a_ledger_of_an_earlier_format_is_upgraded_and_its_articles_are_listed(path: Path, statements: tuple[str, ...]):
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        columns = "id, source, revision, digest, text, ingested_at, title, outlet"
        for name, title in (("one", "Été à Québec"), ("two", None)):
            row = [
                name,
                f"https://example.org/{name}?utm_source=feed",
                "r",
                name,
                TEXT,
                "2025-01-01",
                title,
                "The Post",
            ]
            names = columns
            if statements is THIRD_FORMAT:
                names, row = f"{columns}, words", [*row, catalogued(title, "The Post", name)]
            connection.execute(f"INSERT INTO articles ({names}) VALUES ({', '.join('?' * len(row))})", row)
        connection.commit()
    for _ in range(2):
        with closing(Ledger(path, **MODEL)) as ledger:
            assert listed(ledger, "quebec ete") == ["one"]
            assert listed(ledger, "the post two") == ["two"]
            assert ledger.held("https://example.org/two") is not None
            assert ledger.article("one").findings == () and [one.revision for one in ledger.revisions("one")] == ["r"]


def test_a_ledger_of_the_first_format_is_upgraded_and_wants_embedding_again(path: Path):
    first_format(path)
    for _ in range(2):
        with closing(Ledger(path, **MODEL)) as ledger:
            names = list(ledger.passage_ids())
            assert ledger.article("dawn").text == TEXT[:80]
            assert [rows.shape for rows in ledger.sentence_vectors(names).values()] == [(0, DIMENSION)] * 2
            assert sum("its sentences have no vectors" in fault for fault in ledger.check()) == 2
            with pytest.raises(LibraryModelError, match=r"earlier-8.* made-up-64.*--rebuild"):
                ledger.require(**MODEL)
    with closing(Ledger(path, **MODEL)) as ledger:
        ledger.replace_passages([embedded(ledger.article("dawn"))], **MODEL)
        ledger.require(**MODEL)
        assert [len(rows) for rows in ledger.sentence_vectors(names).values()] == [1, 2]
        assert ledger.check() == []


def test_a_ledger_that_another_process_has_just_upgraded_is_not_upgraded_twice(path: Path):
    first_format(path)
    with ThreadPoolExecutor(4) as threads:
        for opened in threads.map(lambda _: Ledger(path, **MODEL), range(4)):
            assert opened.count() == (1, 2)
            opened.close()


def test_a_ledger_of_the_first_format_that_is_read_only_says_so(path: Path, monkeypatch: pytest.MonkeyPatch):
    first_format(path)
    before = path.read_bytes()
    monkeypatch.setattr("rag.ledger.database.os.access", lambda *_: False)
    with pytest.raises(LibraryError, match=r"its format is 1 and .* reads 6; open it once where it can be written to"):
        Ledger(path, **MODEL)
    assert path.read_bytes() == before


def sqlite_of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def newer_format(path: Path) -> None:
    Ledger(path, **MODEL).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def damaged_header(path: Path) -> None:
    Ledger(path, **MODEL).close()
    path.write_bytes(b"x" * 100 + path.read_bytes()[100:])


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_text("These are notes, and no database.\n" * 50), "damaged or no library"),
        (damaged_header, "damaged or no library"),
        (lambda path: path.mkdir(), "check the folder"),
        (sqlite_of_another_program, "not a Crosscheck library"),
        (newer_format, "format is 99"),
    ],
)
def test_a_file_that_is_no_ledger_is_refused_in_one_sentence(path: Path, spoil, sentence: str):
    spoil(path)
    with pytest.raises(LibraryError, match=sentence) as raised:
        Ledger(path, **MODEL)
    assert str(raised.value).startswith(str(path))
    assert str(raised.value).count("\n") == 0


def test_damage_inside_is_refused_in_one_sentence_or_found_by_check(path: Path):
    with closing(Ledger(path, **MODEL)) as ledger:
        for number in range(40):
            ledger.put(*embedded(article(f"{number} {TEXT}", name=f"n{number}")))
    whole = path.read_bytes()
    for start in range(4096, len(whole), 5 * 4096):
        path.write_bytes(whole[:start] + b"\xff" * 4096 + whole[start + 4096 :])
        assert any("damaged" in fault for fault in faults(path))


def faults(path: Path) -> list[str]:
    """What is said of a ledger, by opening or by checking it."""
    try:
        with closing(Ledger(path, **MODEL)) as ledger:
            return ledger.check()
    except LibraryError as error:
        return [str(error)]


def test_tampering_is_found(path: Path, ledger: Ledger):
    made, passages, sentences = embedded(article(TEXT, name="dawn"))
    ledger.put(made, passages, sentences)
    assert ledger.check() == []
    for statement, sentence in (
        ('UPDATE passages SET "end" = 9999 WHERE ordinal = 1', "not inside its article"),
        ("UPDATE passages SET vectors_end = vectors_start WHERE ordinal = 0", "its sentences have no vectors"),
        ("UPDATE passages SET vectors_end = vectors_start + 3 WHERE ordinal = 0", "or only part of them"),
        ("UPDATE vectors SET sentences = zeroblob(length(sentences))", "the vectors of its sentences is not what"),
        ("DELETE FROM vectors", "its sentences have no vectors"),
        ("UPDATE passages SET id = 'dawn:other:0' WHERE ordinal = 0", "not of its article's revision"),
        ("UPDATE articles SET title = 'Other'", "its byline is not what was put in"),
        ("DELETE FROM articles", "articles that it has not"),
    ):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()
        assert any(sentence in fault for fault in ledger.check())


def test_a_closed_ledger_says_so(ledger: Ledger):
    ledger.close()
    with pytest.raises(LibraryError, match="closed"):
        ledger.count()


# --- threads and processes -------------------------------------------------------------------------------------------


def test_many_threads_read_while_one_writes_and_see_whole_articles(ledger: Ledger):
    texts = [f"Version {number}. " * (number + 1) for number in range(25)]
    ledger.put(*embedded(article(texts[0], source="/a.txt", name="a")))
    done = threading.Event()

    def read() -> int:
        seen = 0
        while not done.is_set():
            entry = ledger.entry("a")
            assert entry is not None
            assert "".join(passage.text for passage in entry.passages) in texts
            assert len(entry.passages) == len(entry.vectors)
            seen += 1
        return seen

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(read) for _ in range(4)]
        for text in texts:
            ledger.put(*embedded(article(text, source="/a.txt", name="a")))
        done.set()
        assert all(reader.result() for reader in readers)


def test_writing_threads_take_turns(ledger: Ledger):
    with ThreadPoolExecutor(6) as threads:
        names = [f"n{number}" for number in range(30)]
        list(threads.map(lambda name: ledger.put(*embedded(article(f"About {name}.", name=name))), names))
    assert sorted(ledger.article_ids()) == sorted(names)
    assert ledger.last_change() == 30


def test_a_ledger_that_another_process_keeps_locked_is_busy(path: Path, ledger: Ledger):
    other = sqlite3.connect(path, isolation_level=None)
    impatient = Database(path, application=APPLICATION, version=FORMAT, schema=SCHEMA, patience=1)
    with closing(other), closing(impatient):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryBusyError, match="another process is writing"), impatient.writing():
            pass
        with impatient.reading() as reading:
            assert reading.number("SELECT count(*) FROM articles") == 0


def test_a_database_is_copied_whole_while_it_is_used(path: Path, ledger: Ledger, tmp_path: Path):
    ledger.put(*embedded(article(TEXT, name="dawn")))
    copy_database(path, tmp_path / "copy")
    ledger.remove("dawn")
    with closing(Ledger(tmp_path / "copy", **MODEL)) as copied:
        assert copied.article("dawn").text == TEXT
        assert copied.check() == []
