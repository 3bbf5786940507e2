import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import numpy as np
import pytest
from made_up import DIMENSION, MODEL, TEXTS, article, embedded, fill, found, generation, nearest, sentences, vector

from rag.errors import LibraryBusyError, LibraryError, NotFoundError
from rag.ledger import Ledger
from rag.lexical import Lexical
from rag.store import Store, Writer, generations, indexes
from rag.types import Filters
from rag.vectors import Vectors

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store(folder, **MODEL) as opened:
        yield opened


@pytest.fixture
def filled(store: Store) -> Store:
    fill(store)
    return store


# --- put, replace, remove --------------------------------------------------------------------------------------------


def test_an_article_is_found_by_its_words_and_by_its_meaning(filled: Store):
    assert found(filled, "where is the zebra?") == {"dawn"}
    assert found(filled, "what does the dusk say") == {"dusk"}
    assert nearest(filled, TEXTS["noon"][:40]) == ("noon", 1.0)
    assert filled.count().articles == 3
    assert filled.check() == []


def test_what_is_put_is_safe_at_once_and_found_once_published(store: Store, folder: Path):
    with store.writing() as writer:
        writer.put(*embedded(article(TEXTS["dawn"], name="dawn")))
        with closing(Ledger(folder / "ledger.sqlite3", **MODEL)) as other:
            assert other.article("dawn").text == TEXTS["dawn"]
        writer.publish()
        assert found(store, "zebra") == {"dawn"}
        writer.put(*embedded(article(TEXTS["noon"], name="noon")))
        assert found(store, "lighthouse") == set()
        assert store.check()[0] == "The indexes do not know the last 1 changes yet."
    assert found(store, "lighthouse") == {"noon"}
    assert store.check() == []


def test_a_replaced_article_leaves_no_trace_in_any_index(filled: Store, folder: Path):
    old = embedded(article(TEXTS["dawn"], name="dawn"))
    with filled.writing() as writer:
        writer.put(*embedded(article("All quiet, and the zebras were counted.", name="dawn")))
        assert found(filled, "enclosure") == set()
    assert found(filled, "enclosure witnesses") == set()
    assert found(filled, "zebra") == {"dawn"}
    assert filled.passages([passage.id for passage in old[1]]) == {}
    assert nearest(filled, old[1][0].text)[1] < 1.0
    assert in_the_indexes(folder) == {"dawn": 1, "noon": 2, "dusk": 2}
    assert filled.check() == []


def test_a_removed_article_leaves_no_trace_in_any_index(filled: Store, folder: Path):
    with filled.writing() as writer:
        writer.remove("dawn")
        assert found(filled, "zebra") == set()
        assert {name.partition(":")[0] for name, _ in filled.nearest(vector("q"), limit=4)} == {"noon", "dusk"}
        with pytest.raises(NotFoundError):
            writer.remove("dawn")
    assert in_the_indexes(folder) == {"noon": 2, "dusk": 2}
    assert filled.check() == []
    with pytest.raises(NotFoundError):
        filled.article("dawn")


def test_a_changed_byline_alone_is_searched(filled: Store):
    with filled.writing() as writer:
        writer.put(*embedded(article(TEXTS["dawn"], name="dawn", outlet="The Quail", title="Open cages")))
    assert found(filled, "quail") == {"dawn"}
    assert found(filled, "cage") == {"dawn"}
    assert filled.outlets() == ["The Dusk", "The Noon", "The Quail"]


def test_an_emptied_library_finds_nothing_and_takes_articles_again(filled: Store):
    with filled.writing() as writer:
        for name in TEXTS:
            writer.remove(name)
    assert (found(filled, "zebra"), filled.nearest(vector("q"), limit=3), filled.check()) == (set(), [], [])
    with filled.writing() as writer:
        writer.put(*embedded(article(TEXTS["dawn"], name="dawn")))
    assert found(filled, "zebra") == {"dawn"}
    assert filled.check() == []


def test_an_empty_library_finds_nothing(store: Store):
    assert store.nearest(vector("q"), limit=3) == []
    assert store.nearest(vector("q"), limit=3, within=["a"]) == []
    assert store.matching("zebra", limit=3) == []
    assert store.rarity("zebra") > 0
    assert store.check() == []


def test_an_article_without_passages_is_kept(store: Store):
    with store.writing() as writer:
        writer.put(*embedded(article("", name="blank")))
        writer.put(*embedded(article(TEXTS["dawn"], name="dawn")))
    assert store.article("blank").text == ""
    assert store.check() == []


def test_the_same_article_is_recognised_without_its_being_embedded(filled: Store):
    same = article(TEXTS["dawn"], name="dawn", outlet="The Dawn")
    assert filled.unchanged(same) == "dawn"
    assert filled.known(same.source).article_id == "dawn"
    assert filled.unchanged(article(TEXTS["dawn"], name="moved", outlet="The Dawn")) == "dawn"
    assert filled.unchanged(article(TEXTS["dawn"], name="dawn", outlet="Another")) is None
    assert filled.unchanged(article(TEXTS["noon"], name="dawn", outlet="The Noon")) is None
    assert filled.known("/elsewhere") is None


def test_what_was_put_before_an_exception_is_published(store: Store):
    def fail(writer: Writer) -> None:
        writer.put(*embedded(article(TEXTS["dawn"], name="dawn")))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.writing() as writer:
        fail(writer)
    assert found(store, "zebra") == {"dawn"}
    with store.writing():
        pass


def in_the_indexes(folder: Path) -> dict[str, int]:
    """How many passages of each article both indexes of the published generation hold."""
    with (
        TemporaryDirectory() as place,  # opening changes a file
        closing(
            Vectors(
                Path(shutil.copytree(generation(folder), place, dirs_exist_ok=True)) / "chroma", dimension=DIMENSION
            )
        ) as vectors,
        closing(Lexical(Path(place) / "tantivy")) as lexical,
    ):
        assert sorted(vectors.ids().items()) == sorted(lexical.ids())
        articles = list(vectors.ids().values())
    return {name: articles.count(name) for name in articles}


# --- searching -------------------------------------------------------------------------------------------------------


def test_only_articles_within_are_found(filled: Store):
    within = filled.admitted(Filters(outlets=("the noon", "the dusk")))
    assert within == {"noon", "dusk"}
    wanted = vector(TEXTS["dawn"][:40])
    assert {name.partition(":")[0] for name, _ in filled.nearest(wanted, limit=10, within=within)} == within
    assert filled.matching("zebra airport", limit=10, within=within)[0][0].startswith("noon:")
    assert filled.nearest(wanted, limit=10, within=[]) == filled.matching("zebra", limit=10, within=[]) == []
    free = dict(filled.nearest(wanted, limit=10))
    for name, cosine in filled.nearest(wanted, limit=10, within=within):
        assert cosine == pytest.approx(free[name], abs=1e-5)


def test_limits_are_kept(filled: Store):
    for limit in (0, 1, 2, 5, 1_000):
        assert len(filled.nearest(vector("q"), limit=limit)) == min(limit, 6)
        assert len(filled.nearest(vector("q"), limit=limit, within=list(TEXTS))) == min(limit, 6)
        assert len(filled.matching("dawn noon dusk", limit=limit)) == min(limit, 6)


def test_among_many_candidates_the_index_and_comparing_one_by_one_agree(store: Store):
    rows = np.random.default_rng(0).choice([-1.0, 1.0], size=(5_800, DIMENSION)).astype(np.float32)
    with store.writing() as writer:
        for number in range(0, len(rows), 200):
            made, passages, _ = embedded(article("ab" * 200, name=f"n{number}"), size=2)
            writer.put(made, passages, np.split(rows[number : number + 200], 200))
    names = [f"n{number}" for number in range(0, len(rows), 200)]
    for number in range(5):
        query = vector(f"query {number}")
        most = store.nearest(query, limit=20, within=names[1:])
        cosines = rows @ query / np.linalg.norm(rows, axis=1)
        best = sorted(cosines[200:], reverse=True)[:20]
        assert [cosine for _, cosine in most] == pytest.approx(best, abs=1e-4)
        assert not any(name.startswith("n0:") for name, _ in most)
    own = store.nearest(rows[0], limit=3, within=names[1:])
    assert len(own) == 3


@pytest.fixture
def reduced(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A library that is large for an index of as many dimensions as its vectors have."""
    monkeypatch.setattr(indexes, "LARGE", 100)
    monkeypatch.setattr(indexes, "AXES", 16)
    with store.writing() as writer:
        for number in range(20):
            text = "".join(f"the piece {number:3} {piece:3}, " for piece in range(15))
            writer.put(*embedded(article(text, name=f"n{number}"), size=20))
    with store._held() as opened:
        assert opened is not None and opened.vectors().is_reduced
    return store


def test_of_a_reduced_index_the_nearest_are_found_with_their_whole_cosines(reduced: Store):
    passages = {name: vector(passage.text) for name, (passage, _) in reduced.passages(every(reduced)).items()}
    for number in range(5):
        asked = 0.2 * vector("q") + vector(reduced.article(f"n{number}").text[:20])
        found = reduced.nearest(asked, limit=3)
        cosines = [float(passages[name] @ asked) / float(np.linalg.norm(asked)) for name, _ in found]
        assert [cosine for _, cosine in found] == pytest.approx(cosines, abs=1e-5)
        assert found[0][0].startswith(f"n{number}:") and cosines == sorted(cosines, reverse=True)
    assert reduced.check() == []


def test_a_reduced_index_follows_the_ledger(reduced: Store, folder: Path):
    with reduced.writing() as writer:
        writer.remove("n3")
        writer.put(*embedded(article("A zebra came at dawn.", name="dawn")))
    with Store(folder, **MODEL) as again:
        assert nearest(again, "A zebra came at dawn.") == ("dawn", 1.0)
        assert not any(name.startswith("n3:") for name, _ in again.nearest(vector("q"), limit=1_000))
        assert again.check() == []


def every(store: Store) -> list[str]:
    return [name for name, _ in store.nearest(vector("q"), limit=10_000)]


@pytest.mark.parametrize("wrong", [np.ones(4), np.ones((1, DIMENSION)), np.full(DIMENSION, np.nan)])
def test_a_vector_that_is_none_is_refused(filled: Store, wrong: np.ndarray):
    with pytest.raises(LibraryError, match="64 finite numbers"):
        filled.nearest(wrong, limit=3)


def test_passages_and_vectors_come_from_the_ledger(filled: Store):
    [(name, *_)] = filled.matching("zebra", limit=1)
    passage, byline = filled.passages([name])[name]
    assert TEXTS["dawn"][passage.start : passage.end] == passage.text
    assert byline.outlet == "The Dawn"
    assert np.allclose(filled.vectors([name])[name], vector(passage.text), atol=1e-6)
    own = sentences(passage.text, len(filled.sentence_vectors([name])[name]))
    assert np.sum(filled.sentence_vectors([name])[name] * own, axis=1).min() > 0.999


def test_threads_search_while_new_indexes_are_published(filled: Store):
    def search(number: int) -> None:
        assert found(filled, "lighthouse") == {"noon"}
        assert nearest(filled, TEXTS["noon"][:40]) == ("noon", 1.0)

    with ThreadPoolExecutor(4) as threads:
        searches = [threads.submit(search, number) for number in range(40)]
        for number in range(4):
            with filled.writing() as writer:
                writer.put(*embedded(article(f"Edition {number} of the morning paper.", name="paper")))
            searches += [threads.submit(search, number) for number in range(20)]
        for each in searches:
            each.result()
    assert found(filled, "3 edition") == {"paper"}


def test_opening_and_searching_for_words_does_not_load_chroma(filled: Store, folder: Path):
    program = (
        "import sys; from pathlib import Path; from rag.store import Store\n"
        "store = Store(Path(sys.argv[1]), fingerprint='made-up-64', dimension=64)\n"
        "assert store.matching('zebra', limit=1) and store.articles()\n"
        "assert 'chromadb' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], cwd=ROOT, check=True)


# --- several processes -----------------------------------------------------------------------------------------------


def test_a_search_while_the_first_articles_are_being_put_finds_nothing_and_is_no_error(folder: Path):
    with Store(folder, **MODEL) as writing, Store(folder, **MODEL) as reader, writing.writing() as writer:
        writer.put(*embedded(article(TEXTS["dawn"], name="dawn")))
        assert found(reader, "zebra") == set()
        writer.publish()
        assert found(reader, "zebra") == {"dawn"}


def test_a_second_writer_is_refused_and_reading_goes_on(filled: Store, folder: Path):
    program = (
        "import sys; from pathlib import Path; from rag.store import Store\n"
        "from rag.errors import LibraryBusyError\n"
        "store = Store(Path(sys.argv[1]), fingerprint='made-up-64', dimension=64)\n"
        "assert store.matching('zebra', limit=1)\n"
        "try:\n    with store.writing(): pass\nexcept LibraryBusyError as error:\n    print(error)\n"
    )
    with filled.writing():
        other = subprocess.run(
            [sys.executable, "-c", program, str(folder)], cwd=ROOT, check=True, capture_output=True, text=True
        )
    sentence = f"{folder}: another process ({os.getpid()}) is writing to the library; try again when it has finished.\n"
    assert other.stdout == sentence


def test_two_writers_of_one_process_take_no_turns_either(filled: Store, folder: Path):
    with filled.writing(), Store(folder, **MODEL) as other:
        with pytest.raises(LibraryBusyError), other.writing():
            pass
        with pytest.raises(LibraryBusyError):
            other.rebuild()
        with pytest.raises(LibraryBusyError), filled.writing():
            pass


def test_a_writer_waits_for_who_brings_the_indexes_up_to_the_ledger_alone(
    filled: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    lock = folder / "writer.lock"
    with ExitStack() as mending:
        mending.enter_context(generations.writer_lock(lock, mending=True))
        with pytest.raises(LibraryBusyError), generations.writer_lock(lock, mending=True):
            pass
        looks = iter([lambda: None, lambda: None, mending.close])
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: next(looks)())
        monkeypatch.setattr(generations, "time", clock)
        with filled.writing() as writer:
            writer.put(*embedded(article("A walrus arrived.", name="walrus")))
    assert next(looks, None) is None
    assert found(filled, "walrus") == {"walrus"}


def test_a_reader_in_another_process_sees_what_is_published_without_reopening(filled: Store, folder: Path):
    program = (
        "import sys; from pathlib import Path; from rag.store import Store; sys.path.append('tests')\n"
        "from made_up import vector\n"
        "store = Store(Path(sys.argv[1]), fingerprint='made-up-64', dimension=64)\n"
        "for line in sys.stdin:\n"
        "    words = [name for name, *_ in store.matching(line, limit=1)]\n"
        "    print(words, round(store.nearest(vector(line.strip()), limit=1)[0][1], 3), flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None

        def ask(text: str) -> str:
            reader.stdin.write(f"{text}\n")
            reader.stdin.flush()
            return reader.stdout.readline()

        assert ask("giraffe number 0").startswith("[] ")
        for number in range(4):  # more than the generations that are kept
            made = embedded(article(f"giraffe number {number}", name="giraffe"))
            with filled.writing() as writer:
                writer.put(*made)
            assert ask(f"giraffe number {number}") == f"['{made[1][0].id}'] 1.0\n"
        with filled.writing() as writer:
            writer.remove("giraffe")
        assert ask("giraffe number 3").startswith("[] ")
        reader.stdin.close()
        assert reader.wait() == 0


def test_only_the_current_generation_and_the_one_before_are_kept(filled: Store, folder: Path):
    published = []
    for number in range(4):
        with filled.writing() as writer:
            writer.put(*embedded(article(f"Edition {number}.", name="paper")))
        published.append((folder / "index" / "CURRENT").read_text().strip())
    names = {path.name for path in (folder / "index").iterdir()}
    assert names == {"CURRENT", *published[-2:]}


def test_indexes_that_were_deleted_and_built_anew_by_another_are_noticed(filled: Store, folder: Path):
    assert found(filled, "walrus") == set()
    with closing(Ledger(folder / "ledger.sqlite3", **MODEL)) as ledger:
        ledger.put(*embedded(article("A walrus arrived.", name="walrus")))
    shutil.rmtree(folder / "index")
    with Store(folder, **MODEL) as other:
        assert found(other, "walrus") == {"walrus"}
    assert found(filled, "walrus") == {"walrus"}


def test_indexes_of_an_earlier_layout_are_built_anew(filled: Store, folder: Path):
    filled.close()
    path = generation(folder) / "generation.json"
    path.write_text(path.read_text().replace(f'"layout": {generations.LAYOUT}', '"layout": 1'))
    shutil.rmtree(generation(folder) / "nearby")
    with Store(folder, **MODEL) as again:
        assert nearest(again, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert len(again.nearest(vector("q"), limit=9, within=["noon"])) == 2
        assert again.check() == []


def test_nothing_to_publish_publishes_nothing(filled: Store, folder: Path):
    before = generation(folder)
    with filled.writing() as writer:
        writer.publish()
    assert generation(folder) == before
