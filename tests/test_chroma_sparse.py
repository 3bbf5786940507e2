"""Searching by words in the sparse index of a Chroma server: what is sent, what comes back, and what if it does not.

The server is a real one behind a proxy that adds what `chroma run` has not (`chroma_proxy.Hybrid`), or that one alone.
"""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chroma_proxy import Hybrid, Reply
from chroma_server import ChromaServer, shared_server  # noqa: F401 - a fixture
from made_up import MODEL, TEXTS, article, embedded, fill, found, nearest

from rag import lexical
from rag.lexical import Lexical
from rag.store import Store
from rag.types import Filters
from rag.vectors import Server
from rag.vectors.collection import WORDS_KEY


@pytest.fixture
def hybrid(shared_server: ChromaServer) -> Iterator[Hybrid]:  # noqa: F811
    with Hybrid(shared_server.port) as standing:
        yield standing


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def opened(folder: Path, url: str, *, sparse: bool = True, **more: Any) -> Store:
    return Store(folder, **MODEL, server=Server(url, sparse=sparse, limits=(20.0, 30.0)), wait=0.0, **more)


@pytest.fixture
def filled(folder: Path, hybrid: Hybrid) -> Iterator[Store]:
    with opened(folder, hybrid.url) as store:
        fill(store)
        yield store


def number(word: str) -> int:
    [mark] = lexical.marks(word)
    return mark


def of(store: Store, words: str, **limits: Any) -> list[tuple[str, float, float]]:
    rows = store.matching(words, limit=10, **limits)
    return [(row.passage_id, row.score, row.coverage) for row in rows]


def here(store: Store, words: str) -> list[tuple[str, float, float]]:
    """The same by the lexical index."""
    with store._held() as indexes:
        assert indexes is not None
        rows = indexes.lexical().matching(words, limit=10)
    return [(row.passage_id, row.score, row.coverage) for row in rows]


def put(store: Store, text: str, name: str) -> None:
    with store.writing() as writer:
        writer.put(*embedded(article(text, name=name)))


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# --- what is sent, and what comes back -------------------------------------------------------------------------------


def test_a_collection_is_made_with_a_sparse_index_that_knows_how_rare_words_are(filled: Store, hybrid: Hybrid):
    [made] = [heard for heard in hybrid.heard if heard.method == "POST" and heard.path.endswith("/collections")]
    assert made.said["configuration"] is None  # Chroma refuses both
    keys = made.said["schema"]["keys"]
    index = {"enabled": True, "config": {"bm25": True, "embedding_function": {"type": "unknown"}}}
    assert keys[WORDS_KEY] == {"sparse_vector": {"sparse_vector_index": index}}
    assert keys["#embedding"]["float_list"]["vector_index"]["config"]["space"] == "cosine"
    assert keys["#embedding"]["float_list"]["vector_index"]["config"]["embedding_function"] == {"type": "legacy"}


def test_passages_go_there_with_their_words_as_numbers_and_no_text(filled: Store, hybrid: Hybrid):
    rows = [
        (name, metadata)
        for heard in hybrid.heard
        if heard.path.endswith("/upsert")
        for name, metadata in zip(heard.said["ids"], heard.said["metadatas"], strict=True)
    ]
    assert len(rows) == 6
    for name, metadata in rows:
        [(passage, byline)] = filled.passages([name]).values()
        assert metadata.keys() == {"article_id", WORDS_KEY}
        assert metadata[WORDS_KEY].keys() == {"#type", "indices", "values"}  # the words themselves would be `tokens`
        assert set(metadata[WORDS_KEY]["indices"]) == lexical.impacts(byline, passage.text).keys()
        assert all(0 < value < 2.2 for value in metadata[WORDS_KEY]["values"])
    sent = b"".join(heard.body for heard in hybrid.heard).lower()
    assert not any(word in sent for word in (b"zebra", b"lighthouse", b"marmalade", b"rebels"))


def test_a_search_is_sent_as_chroma_documents_it(filled: Store, hybrid: Hybrid):
    filled.matching({"zebra": 1.0, "lighthous": 0.3}, limit=7)
    [search] = hybrid.searches()
    weights = sorted([(number("zebra"), 1.0), (number("lighthouse"), 0.3)])
    query = {"#type": "sparse_vector", "indices": [one for one, _ in weights], "values": [one for _, one in weights]}
    assert search["read_level"] == "index_and_wal"
    assert search["searches"] == [
        {
            "filter": None,
            "rank": {"$knn": {"query": query, "key": WORDS_KEY, "limit": 7}},
            "group_by": {},
            "limit": {"offset": 0, "limit": 7},
            "select": {"keys": ["#score"]},
        }
    ]


@pytest.mark.parametrize("words", ["zebra", "a lighthouse keeper at noon", "The Dusk", "rebels and an army", "nothing"])
def test_what_is_found_there_is_what_is_found_here(
    filled: Store, hybrid: Hybrid, words: str, monkeypatch: pytest.MonkeyPatch
):
    wanted = here(filled, words)
    monkeypatch.delattr(Lexical, "matching")
    rows = of(filled, words) if wanted else []
    assert len(hybrid.searches()) == bool(wanted)
    assert [row[0] for row in rows] == [row[0] for row in wanted]
    assert [row[2] for row in rows] == pytest.approx([row[2] for row in wanted])
    for name, score, _ in rows:
        [(passage, byline)] = filled.passages([name]).values()
        impacts = lexical.impacts(byline, passage.text)
        shares = [impacts.get(number(word), 0.0) * filled.rarity(word) for word in lexical.words(words)]
        assert score == pytest.approx(sum(shares), abs=1e-3)


def test_servers_that_only_read_search_the_same_index(filled: Store, folder: Path, hybrid: Hybrid):
    with opened(folder, hybrid.url, read_only=True) as one, opened(folder, hybrid.url, read_only=True) as other:
        assert of(one, "zebra") == of(other, "zebra") == of(filled, "zebra")
    assert len(hybrid.searches()) == 3


def test_within_limits_and_beyond_what_the_server_gives_words_are_searched_here(filled: Store, hybrid: Hybrid):
    assert of(filled, "zebra lighthouse", within=Filters(outlets=("The Noon",))) != []
    assert len(filled.matching("zebra lighthouse", limit=301)) == 2
    assert filled.matching("", limit=5) == filled.matching("zebra", limit=0) == []
    assert hybrid.searches() == []


def test_a_changed_and_a_removed_article_leave_no_words_there(filled: Store, hybrid: Hybrid):
    put(filled, "All quiet, and the marmots were counted.", "dawn")
    with filled.writing() as writer:
        writer.remove("noon")
    assert found(filled, "zebra") == found(filled, "lighthouse") == set()
    assert found(filled, "marmots") == {"dawn"}
    assert {name.partition(":")[0] for name in hybrid.rows()} == {"dawn", "dusk"}
    assert filled.check() == []


def test_what_is_there_but_not_published_is_not_found(filled: Store, hybrid: Hybrid, monkeypatch: pytest.MonkeyPatch):
    def cut(*given: object, **named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("rag.store.indexes.build", cut)
        with pytest.raises(KeyboardInterrupt):
            put(filled, "A zebra was seen near the lighthouse.", "giraffe")
    assert {name.partition(":")[0] for name in hybrid.rows()} == {"dawn", "noon", "dusk", "giraffe"}
    assert found(filled, "zebra") == {"dawn"}
    assert len(hybrid.searches()) == 1  # it was asked


def test_an_article_without_a_word_is_taken_in(filled: Store, hybrid: Hybrid):
    put(filled, "of the and to", "empty")
    assert filled.check() == []
    assert "empty" not in {name.partition(":")[0] for name in hybrid.rows()}


# --- where it is not wanted, or not offered --------------------------------------------------------------------------


def test_without_the_setting_no_word_goes_there(folder: Path, hybrid: Hybrid):
    with opened(folder, hybrid.url, sparse=False) as store:
        fill(store)
        assert found(store, "zebra") == {"dawn"}
    assert hybrid.rows() == {} and hybrid.searches() == []
    assert all(b"sparse_vector_index" not in heard.body for heard in hybrid.heard)


def test_once_it_is_turned_off_the_words_go_away(filled: Store, folder: Path, hybrid: Hybrid):
    filled.close()
    before = len(hybrid.heard)
    with opened(folder, hybrid.url, sparse=False) as store:
        assert found(store, "zebra") == {"dawn"}
        put(store, "All quiet.", "late")
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert store.check() == []
    later = hybrid.heard[before:]
    assert all(b"sparse_vector" not in heard.body for heard in later)
    assert [heard.path.rpartition("/")[2][:11] for heard in later if heard.method == "DELETE"] == ["crosscheck-"]


def test_once_it_is_turned_on_a_rebuilt_library_has_its_words_there(folder: Path, hybrid: Hybrid):
    with opened(folder, hybrid.url, sparse=False) as store:
        fill(store)
    with opened(folder, hybrid.url) as store:
        assert found(store, "zebra") == {"dawn"} and hybrid.searches() == []
        store.rebuild()
        assert found(store, "zebra") == {"dawn"} and len(hybrid.searches()) == 1
        assert len(hybrid.rows()) == 6


def test_chroma_run_refuses_the_index_and_is_asked_once(
    folder: Path,
    shared_server: ChromaServer,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
):
    with opened(folder, shared_server.url) as store:
        fill(store)
        store.rebuild()
        assert found(store, "zebra") == {"dawn"}
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert store.check() == []
    [told] = warnings(caplog)
    assert told == (
        f"The Chroma server at {shared_server.url} has no sparse index (Failed to reconcile schema: Invalid schema "
        "input: Sparse vector indexing is not enabled in local): words are searched here."
    )


def test_a_server_that_passes_schemas_over_compares_by_cosine_all_the_same(
    folder: Path, hybrid: Hybrid, caplog: pytest.LogCaptureFixture
):
    hybrid.ignorant = True
    with opened(folder, hybrid.url) as store:
        fill(store)
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert store.check() == [] and found(store, "zebra") == {"dawn"}
    [told] = warnings(caplog)
    assert "it leaves out what it does not know" in told
    assert hybrid.rows() == {} and hybrid.searches() == []


# --- where it fails --------------------------------------------------------------------------------------------------

BROKEN: dict[str, Reply] = {
    "not there": (501, b'{"error":"ChromaError","message":"Search operation is not implemented"}'),
    "failed": (500, b'{"error":"InternalError","message":"disk full"}'),
    "refused": (400, b'{"error":"InvalidArgumentError","message":"too long"}'),
    "too many": (429, b""),
    "a page": (200, b"<html></html>"),
    "nothing": (200, b"{}"),
    "no lists": (200, b'{"ids": ["a"], "scores": [0.5]}'),
    "no scores": (200, b'{"ids": [["a"]], "scores": [null], "metadatas": [null]}'),
    "a score that is none": (200, b'{"ids": [["a"]], "scores": [[null]], "metadatas": [null]}'),
    "too few": (200, b'{"ids": [["a", "b"]], "scores": [[0.5]], "metadatas": [null]}'),
    "too many lists": (200, b'{"ids": [[], []], "scores": [[], []], "metadatas": [null, null]}'),
}


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_where_the_search_fails_words_are_searched_here_and_vectors_there_as_ever(
    filled: Store, hybrid: Hybrid, name: str, caplog: pytest.LogCaptureFixture
):
    hybrid.broken = BROKEN[name]
    for _ in range(3):
        assert of(filled, "zebra") == here(filled, "zebra") != []
        assert nearest(filled, TEXTS["noon"][:40]) == ("noon", 1.0)
    assert not filled.server_is_away()
    assert len(hybrid.searches()) == 1
    [told] = warnings(caplog)
    assert told.endswith("Words are searched here until its collection is opened anew.")


def test_hits_that_the_library_has_not_are_none(filled: Store, hybrid: Hybrid):
    hybrid.broken = 200, b'{"ids": [["stranger:0"]], "scores": [[-3.5]], "metadatas": [null], "select": [["#score"]]}'
    assert of(filled, "zebra") == here(filled, "zebra") != []


def test_while_the_server_is_away_words_are_searched_here_and_there_once_it_is_back(
    folder: Path,
    shared_server: ChromaServer,  # noqa: F811
    hybrid: Hybrid,
):
    met = threading.Event()
    with Store(folder, **MODEL, server=Server(hybrid.url, sparse=True, limits=(20.0, 30.0), pause=0.05)) as store:
        fill(store)
        hybrid.away = True
        assert store.server_is_away()
        assert found(store, "zebra") == {"dawn"} and hybrid.searches() == []
        hybrid.away = False
        while store.server_is_away():
            met.wait(0.05)
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert found(store, "zebra") == {"dawn"} and len(hybrid.searches()) == 1
