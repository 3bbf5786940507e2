"""The library with its vectors on a real Chroma server, which is killed, stopped, emptied and written to by others."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chroma_proxy import COLLECTION, Heard, Proxy, Reply, certificate
from chroma_server import ChromaServer, shared_server  # noqa: F401 - a fixture
from chromadb.errors import NotFoundError
from made_up import DIMENSION, MODEL, TEXTS, article, embedded, fill, found, generation, nearest, vector

from rag.errors import LibraryError, LibraryServerError
from rag.store import Store, reembed, served
from rag.vectors import Note, Server

QUICK: dict[str, Any] = {"limits": (20.0, 30.0), "pause": 0.05}
PATIENCE = 60.0  # seconds for what must happen in another thread


@pytest.fixture
def chroma(shared_server: ChromaServer) -> Iterator[ChromaServer]:  # noqa: F811
    yield shared_server
    shared_server.recover()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path, chroma: ChromaServer) -> Iterator[Store]:
    with opened(folder, chroma) as made:
        yield made


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


def opened(folder: Path, chroma: ChromaServer, *, wait: float = 0.0, **limits: object) -> Store:
    return Store(folder, **MODEL, server=Server(chroma.url, **QUICK | limits), wait=wait)


def collection(store: Store) -> str:
    return own(store).writing or ""


def own(store: Store) -> served.Own:
    assert store._served is not None
    return store._served._own()


def names(store: Store) -> set[str]:
    """The library's collections on the server."""
    assert store.server is not None
    mark = f"crosscheck-{store._ledger.identity().library[:12]}-"
    api, wire = store.server._api()
    with wire.within(10.0):
        every = [one.name for one in api.list_collections(**store.server._where)]
    return {name for name in every if name.startswith(mark)}


def put(store: Store, text: str, name: str) -> None:
    with store.writing() as writer:
        writer.put(*embedded(article(text, name=name)))


def in_order(store: Store) -> None:
    """The three articles are there once each, by words and by meaning, and nothing else."""
    assert store.check() == []
    assert found(store, "zebra") == {"dawn"}
    for name, text in TEXTS.items():
        assert nearest(store, text[:40]) == (name, 1.0)
    assert len(store.nearest(vector("q"), limit=100)) == 6
    assert names(store) == {collection(store)}


def eventually(holds: Callable[[], bool]) -> None:
    met = threading.Event()
    for _ in range(int(PATIENCE / 0.05)):
        if holds():
            return
        met.wait(0.05)
    raise AssertionError("it never came to that")


# --- what is there -----------------------------------------------------------------------------------------------


def test_vectors_are_on_the_server_and_no_text_of_an_article_is(filled: Store, folder: Path):
    in_order(filled)
    assert {path.name for path in generation(folder).iterdir()} == {"nearby", "tantivy", "generation.json"}
    api, wire = filled.server._api()
    with wire.within(10.0):
        model = api.get_collection(collection(filled), **filled.server._where)
        rows = api._get(model.id, include=["documents", "metadatas", "embeddings"], **filled.server._where)
    assert rows["documents"] == [None] * 6
    assert {tuple(row) for row in rows["metadatas"]} == {("article_id",)}
    assert model.metadata.keys() == {"library", "fingerprint", "dimension", "mark", "followed", "swept"}


def test_a_changed_and_a_removed_article_leave_nothing_on_the_server(filled: Store):
    first = collection(filled)
    put(filled, "All quiet, and the zebras were counted.", "dawn")
    with filled.writing() as writer:
        writer.remove("noon")
    assert filled.check() == []
    assert collection(filled) == first  # it was brought up to the ledger, not made anew
    assert filled.server.collection(first).count() == 3
    assert {name.partition(":")[0] for name, _ in filled.nearest(vector("q"), limit=10)} == {"dawn", "dusk"}


def test_rebuilding_makes_a_new_collection_and_drops_the_old(filled: Store):
    first = collection(filled)
    filled.rebuild()
    assert collection(filled) != first
    in_order(filled)


def test_a_reader_finds_what_another_process_published(filled: Store, folder: Path, chroma: ChromaServer):
    with opened(folder, chroma) as reader:
        assert nearest(reader, TEXTS["noon"][:40]) == ("noon", 1.0)
        put(filled, "A giraffe was seen.", "giraffe")
        assert nearest(reader, "A giraffe was seen.") == ("giraffe", 1.0)
        filled.rebuild()
        assert nearest(reader, "A giraffe was seen.") == ("giraffe", 1.0)


def test_a_library_moves_to_a_server_and_back(folder: Path, chroma: ChromaServer):
    with Store(folder, **MODEL) as at_home:
        fill(at_home)
    with opened(folder, chroma) as away:
        in_order(away)
    with Store(folder, **MODEL) as at_home:
        assert at_home.check() == []
        put(at_home, "A giraffe was seen.", "giraffe")
    with opened(folder, chroma) as away:
        assert away.check() == []
        assert nearest(away, "A giraffe was seen.") == ("giraffe", 1.0)


def test_another_embedding_model_gets_another_collection(filled: Store, folder: Path, chroma: ChromaServer):
    first = collection(filled)
    rows = {name: embedded(article(text, name=name)) for name, text in TEXTS.items()}
    other = {"fingerprint": "another-8", "dimension": DIMENSION}
    reembed(folder, **other, embed=lambda one: rows[one.id][1:], server=Server(chroma.url, **QUICK))
    with Store(folder, **other, server=Server(chroma.url, **QUICK)) as again:
        assert collection(again) != first
        in_order(again)


# --- an article is seen wholly or not at all -------------------------------------------------------------------------


def test_what_is_on_the_server_but_not_published_is_not_found(filled: Store, monkeypatch: pytest.MonkeyPatch):
    text = "A giraffe was seen in the old town."
    monkeypatch.setattr("rag.store.indexes.build", cutting)
    with pytest.raises(Cut):
        put(filled, text, "giraffe")
    assert filled.server.collection(collection(filled)).count() == 7
    assert found(filled, "giraffe") == set()
    assert {name.partition(":")[0] for name, _ in filled.nearest(vector(text), limit=50)} == set(TEXTS)


class Cut(BaseException):
    """The process ends here."""


def cutting(*given: object, **named: object) -> None:
    raise Cut


def cut_off(store: Store, monkeypatch: pytest.MonkeyPatch, *, at: int, after: bool = False) -> list[int]:
    """The process is killed before, or after, the call to the server of that number; how many there were."""
    calls = [0]
    ask = Server.ask

    def counted(self: Server, *given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == at and not after:
            raise Cut
        reply = ask(self, *given, **named)
        if calls[0] == at:
            raise Cut
        return reply

    monkeypatch.setattr(Server, "ask", counted)
    return calls


@pytest.mark.parametrize("after", [pytest.param(False, marks=pytest.mark.long), True])
def test_a_writer_is_killed_at_every_call(
    tmp_path: Path, chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch, after: bool, long: bool
):
    at, done = 0, False
    while not done:
        at += 1 if long else 6
        folder = tmp_path / str(at)
        with opened(folder, chroma) as store:
            put(store, "An older text, of the night before.", "dawn")
            put(store, "A giraffe was seen.", "giraffe")
            with monkeypatch.context() as patched:
                calls = cut_off(store, patched, at=at, after=after)
                try:
                    with store.writing() as writer:
                        writer.remove("giraffe")
                        for name, text in TEXTS.items():
                            writer.put(*embedded(article(text, name=name)))
                    with store._writer_lock():
                        store._served.begin_anew()
                        store._publish(fresh=True)
                    done = calls[0] < at
                except Cut:
                    pass
        with opened(folder, chroma) as store:
            in_order(store)
    assert at > 15


# --- a server that is away ---------------------------------------------------------------------------------------


def test_while_the_server_is_away_words_are_searched(filled: Store, chroma: ChromaServer):
    chroma.kill()
    for _ in range(2):
        with pytest.raises(LibraryServerError, match=r"cannot be used \(.*CHROMA_URL"):
            nearest(filled, TEXTS["noon"][:40])
        assert found(filled, "zebra") == {"dawn"}
        assert filled.server_is_away()
    few = filled.nearest(vector(TEXTS["noon"][:40]), limit=1, within=["noon"])
    assert few[0][0].startswith("noon:")  # compared one by one, with the vectors of the ledger
    chroma.start()
    eventually(lambda: not filled.server_is_away())
    in_order(filled)


def test_a_server_that_hangs_is_waited_for_no_longer_than_its_limit(filled: Store, folder: Path, chroma: ChromaServer):
    with opened(folder, chroma, limits=(0.5, 30.0)) as impatient:
        chroma.pause()
        with pytest.raises(LibraryServerError, match=r"it did not answer in 0\.5 seconds"):
            nearest(impatient, TEXTS["noon"][:40])
        assert found(impatient, "zebra") == {"dawn"}
    chroma.go_on()
    eventually(lambda: not filled.server_is_away())
    in_order(filled)


def test_a_library_opens_and_takes_articles_in_while_the_server_is_away(
    filled: Store, folder: Path, chroma: ChromaServer, caplog: pytest.LogCaptureFixture
):
    chroma.kill()
    with opened(folder, chroma) as store:
        with pytest.raises(LibraryServerError, match="the articles are safe, and are searched once"):
            put(store, "A giraffe was seen.", "giraffe")
        assert store.article("giraffe").text == "A giraffe was seen."
        assert found(store, "giraffe") == set() and found(store, "zebra") == {"dawn"}
        chroma.start()
        eventually(lambda: not store.server_is_away())
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)  # and that pays the debt, in a thread
        eventually(lambda: found(store, "giraffe") == {"giraffe"})
        eventually(lambda: store.check() == [])
        assert nearest(store, "A giraffe was seen.") == ("giraffe", 1.0)


@pytest.mark.parametrize(
    "number", [pytest.param(2, marks=pytest.mark.long), 5, pytest.param(8, marks=pytest.mark.long)]
)
def test_the_server_is_killed_during_an_ingest_which_waits_and_goes_on(
    store: Store, folder: Path, chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch, number: int, caplog: Any
):
    store._wait = PATIENCE
    monkeypatch.setattr(served, "STEP", 4)
    calls, ask = [0], Server.ask

    def dying(self: Server, *given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == number:
            chroma.kill()
            threading.Timer(0.5, chroma.start).start()
        return ask(self, *given, **named)

    monkeypatch.setattr(Server, "ask", dying)
    fill(store)
    assert "Waiting up to 60 seconds for it; nothing is lost." in caplog.text
    in_order(store)


def test_waiting_ends_when_it_is_stopped(filled: Store, chroma: ChromaServer, caplog: pytest.LogCaptureFixture):
    filled._wait = 10 * PATIENCE
    stop = threading.Event()
    chroma.kill()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(LibraryServerError, match="the articles are safe"), filled.writing(stop=stop) as writer:
        writer.put(*embedded(article("A giraffe was seen.", name="giraffe")))
    assert filled.article("giraffe")


def test_a_broken_lexical_index_is_mended_while_the_server_is_away(filled: Store, folder: Path, chroma: ChromaServer):
    name = collection(filled)
    filled.close()
    chroma.kill()
    for path in (generation(folder) / "tantivy").iterdir():
        path.write_bytes(b"")
    with opened(folder, chroma) as store:
        assert found(store, "zebra") == {"dawn"}
        assert collection(store) == name


# --- a server that has lost something, or was written to by others ---------------------------------------------------


def lose_everything(store: Store) -> None:
    store.server.drop(collection(store))


def lose_a_passage(store: Store) -> None:
    there = store.server.collection(collection(store))
    there.remove([next(iter(there.ids()))])


def change_the_vectors(store: Store) -> None:
    there = store.server.collection(collection(store))
    ids = there.ids()
    there.add(list(ids), list(ids.values()), np.array([vector(f"not {name}") for name in ids]))


def go_back(store: Store) -> None:
    there = store.server.collection(collection(store))
    there.set_note(Note(**{name: getattr(there.note, name) for name in Note.__slots__} | {"followed": 1}))


def copy_writes(store: Store) -> None:
    """A copy of the folder goes on by itself with the same server."""
    other = store.data_dir.with_name("copy")
    shutil.copytree(store.data_dir, other)
    url = store.server.place
    with Store(other, **MODEL, server=Server(url, **QUICK)) as copy, copy.writing() as writer:
        writer.remove("dawn")
        writer.put(*embedded(article("Only the copy has this.", name="copied")))


@pytest.mark.parametrize(
    "harm", [lose_everything, lose_a_passage, change_the_vectors, go_back, copy_writes], ids=lambda harm: harm.__name__
)
@pytest.mark.parametrize("writes", [False, True])
def test_a_server_without_what_it_should_have_is_noticed_and_filled_anew(
    filled: Store, folder: Path, chroma: ChromaServer, harm: Callable[[Store], None], writes: bool
):
    first = collection(filled)
    harm(filled)
    filled.close()
    with opened(folder, chroma) as store:
        if writes:
            put(store, TEXTS["dawn"], "dawn")
        for name, text in TEXTS.items():
            assert nearest(store, text[:40]) == (name, 1.0)
        assert store.check() == []
        assert collection(store) != first or writes
        assert (names(store) == {collection(store)}) is (harm is not copy_writes)  # what is the copy's is left to it
    if harm is copy_writes:
        with opened(folder.with_name("copy"), chroma) as copy:
            assert copy.check() == []
            assert nearest(copy, "Only the copy has this.") == ("copied", 1.0)


def test_an_older_ledger_is_put_back(filled: Store, folder: Path, chroma: ChromaServer, tmp_path: Path):
    filled._ledger.set_noted("settle", "all pages into the file")
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(folder / "ledger.sqlite3", tmp_path / "backup")
    put(filled, "A giraffe was seen.", "giraffe")
    put(filled, "All quiet at noon.", "noon")
    filled.close()
    for path in folder.glob("ledger.sqlite3*"):
        path.unlink()
    shutil.copy(tmp_path / "backup", folder / "ledger.sqlite3")
    with opened(folder, chroma) as store:
        for number in range(4):  # as many changes as were lost, and more
            put(store, f"Edition {number} of the morning paper.", "paper")
        assert store.check() == []
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert found(store, "giraffe") == set()
        assert nearest(store, "A giraffe was seen.")[0] != "giraffe"


def test_the_check_names_what_the_server_lacks_and_has_too_much(filled: Store):
    there = filled.server.collection(collection(filled))
    assert nearest(filled, TEXTS["dawn"][:40]) == ("dawn", 1.0)
    gone = next(iter(there.ids()))
    there.remove([gone])
    there.add(["stranger:0"], ["stranger"], np.array([vector("x")]))
    faults = filled.check()
    assert faults == [
        f"The vector index lacks passage {gone}.",
        "The vector index still has passage stranger:0.",
    ]
    filled.rebuild()
    assert filled.check() == []


def test_a_library_on_a_server_cannot_be_searched_without_it_but_is_built_at_home(filled: Store, folder: Path):
    filled.close()
    with Store(folder, **MODEL) as at_home:
        assert nearest(at_home, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert at_home.check() == []


def test_readers_of_a_folder_that_cannot_be_written_to_search_the_server(filled: Store, folder: Path):
    name = collection(filled)
    filled._ledger.writable = False
    assert nearest(filled, TEXTS["noon"][:40]) == ("noon", 1.0)
    assert collection(filled) == name


def test_a_missing_collection_of_a_read_only_library_is_one_sentence(filled: Store, folder: Path, chroma: ChromaServer):
    with filled.writing(), opened(folder, chroma) as reader:  # another has the right to write
        lose_everything(filled)
        with pytest.raises(LibraryError, match=r"is not to be used: it is gone; run `python ingest.py --rebuild`\.$"):
            nearest(reader, TEXTS["noon"][:40])
        assert found(reader, "zebra") == {"dawn"}


class Damaging(Proxy):
    """Those `damaged` of a server's collections take nothing more, as one may that a kill met while it was written."""

    damaged: frozenset[str] = frozenset()

    def hand_on(self, heard: Heard) -> Reply:
        place = COLLECTION.match(heard.path.partition("?")[0])
        if place and place[1] in self.damaged and place[2] == "upsert":
            return 500, b'{"error": "InternalError", "message": "Error in compaction"}'
        return super().hand_on(heard)


def test_another_collection_takes_the_place_of_one_that_takes_nothing_more(
    folder: Path, chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(served, "PAUSE", 0.05)
    with Damaging(chroma.port) as proxy, Store(folder, **MODEL, server=Server(proxy.url, **QUICK), wait=60) as store:
        fill(store)
        former = collection(store)
        api, wire = store.server._api()
        with wire.within(10.0):
            proxy.damaged = frozenset({str(api.get_collection(former, **store.server._where).id)})
        put(store, "The giraffe came by night.", "giraffe")
        assert nearest(store, "The giraffe came by night.") == ("giraffe", 1.0)
        assert names(store) == {collection(store)} != {former}
        assert store.check() == []


# --- behind a proxy with TLS and a token, in a tenant and a database of one's own ------------------------------------

TOKEN = "not-to-be-told-1234"


@pytest.fixture
def proxy(chroma: ChromaServer, tmp_path: Path) -> Iterator[Proxy]:
    with Proxy(chroma.port, token=TOKEN, certificate=certificate(tmp_path)) as standing:
        yield standing


@pytest.fixture
def trusted(tmp_path: Path, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the proxy's certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))


@pytest.fixture
def archive(chroma: ChromaServer) -> dict[str, str]:
    """A tenant and a database that are there."""
    with closing(Server(chroma.url, **QUICK)) as server:
        api, wire = server._api()
        with wire.within(20.0):
            if "archive" not in {one["name"] for one in databases(api)}:
                api.create_tenant("news")
                api.create_database("archive", "news")
    return {"tenant": "news", "database": "archive"}


def databases(api: Any) -> list[Any]:
    with suppress(NotFoundError):
        return list(api.list_databases(tenant="news"))
    return []


@pytest.mark.usefixtures("trusted")
def test_all_of_it_goes_by_tls_with_the_token_into_the_tenant_and_the_database(
    folder: Path, chroma: ChromaServer, proxy: Proxy, archive: dict[str, str]
):
    assert proxy.url.startswith("https://")
    with Store(folder, **MODEL, server=Server(proxy.url, token=TOKEN, **archive, **QUICK)) as store:
        fill(store)
        in_order(store)
        name = collection(store)
    places = {heard.path.partition("/collections")[0] for heard in proxy.heard if "/tenants/" in heard.path}
    assert places == {"/api/v2/tenants/news/databases/archive"}
    assert {heard.headers["Authorization"] for heard in proxy.heard} == {f"Bearer {TOKEN}"}
    assert {heard.headers["X-Chroma-Token"] for heard in proxy.heard} == {TOKEN}
    with closing(Server(chroma.url, **QUICK)) as elsewhere, closing(Server(chroma.url, **QUICK | archive)) as there:
        assert elsewhere.collection(name) is None and there.collection(name) is not None


def test_a_certificate_that_nobody_vouches_for_or_of_another_name_does_not_hold(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    said = "its certificate does not hold"
    with closing(Server(proxy.url, token=TOKEN, **QUICK)) as one, pytest.raises(LibraryServerError, match=said):
        one.version()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with closing(Server(proxy.url, token=TOKEN, **QUICK)) as one:
        assert one.version()
    other = proxy.url.replace("127.0.0.1", "localhost")  # of which the certificate says nothing
    with closing(Server(other, token=TOKEN, **QUICK)) as one, pytest.raises(LibraryServerError, match=said):
        one.version()
    assert [heard.path for heard in proxy.heard] == ["/api/v2/version"]  # none of the others has sent its token


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("token", ["", "another"])
def test_a_wrong_token_is_said(folder: Path, proxy: Proxy, token: str):
    with Store(folder, **MODEL, server=Server(proxy.url, token=token, **QUICK), wait=0.0) as store:
        with pytest.raises(LibraryServerError, match=r"refuses the token \(HTTP 401\): check CHROMA_TOKEN"):
            fill(store)
        assert store.article("dawn")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tenant": "nobody"}, r"the articles are safe.*refused \(Database \[default_database\] does not exist"),
        ({"database": "nowhere"}, r"the articles are safe.*refused \(Database \[nowhere\] does not exist"),
    ],
)
def test_a_tenant_or_a_database_that_is_not_there_is_said(
    folder: Path, chroma: ChromaServer, wrong: dict[str, str], said: str
):
    with Store(folder, **MODEL, server=Server(chroma.url, **wrong, **QUICK), wait=0.0) as store:
        with pytest.raises(LibraryError, match=said):
            fill(store)
        assert store.article("dawn")


# --- again and again -------------------------------------------------------------------------------------------------

ARTICLES = 60  # of a round, in 540 passages


class Searching:
    """Two threads that search in the block, again and again; what they found and how often the server was away."""

    def __init__(self, store: Store) -> None:
        self.found: set[str] = set()
        self.searches = self.away = 0
        self._store = store
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._search) for _ in range(2)]

    def _search(self) -> None:
        while not self._ended.is_set():
            self.searches += 1
            try:
                rows = self._store.nearest(vector(f"search {self.searches}"), limit=20)
                self.found |= {name.partition(":")[0] for name, _ in rows}
            except LibraryServerError:
                self.away += 1
                self._ended.wait(0.02)

    def __enter__(self) -> "Searching":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._ended.set()
        for one in self._threads:
            one.join()


def test_the_server_is_killed_at_random_while_articles_go_in_and_are_searched(
    folder: Path, chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch, long: bool
):
    monkeypatch.setattr(served, "STEP", 100)
    monkeypatch.setattr("rag.store.CATCH_UP", 0.1)
    drawn, seconds = np.random.default_rng(8), 2.0
    there: dict[str, str] = {}
    away = 0

    def dies(after: float) -> None:
        time.sleep(after)
        chroma.kill()
        chroma.start()

    with opened(folder, chroma, wait=PATIENCE) as store:
        with store.writing() as writer:
            writer.put(*embedded(article("There from the beginning.", name="first")))
        there["first"] = "There from the beginning."
        for number in range(100 if long else 1):
            texts = {f"n{number % 7}-{each}": f"Round {number}, piece {each}. " * 15 for each in range(ARTICLES)}
            killer = threading.Thread(target=dies, args=(float(drawn.uniform(0, seconds)),))
            began = time.monotonic()
            with Searching(store) as searching:
                killer.start()
                with store.writing() as writer:
                    for name, text in texts.items():
                        writer.put(*embedded(article(text, name=name)))
                seconds = time.monotonic() - began
                killer.join()
            there |= texts
            away += searching.away
            assert searching.searches > searching.away and searching.found <= there.keys()
            eventually(lambda: not store.server_is_away())
            eventually(lambda: bool(store.nearest(vector("q"), limit=1)) and store.check() == [])
            assert all(nearest(store, texts[name][:40])[1] == 1.0 for name in list(texts)[:: ARTICLES // 5])
            assert names(store) == {collection(store)}
    assert away
