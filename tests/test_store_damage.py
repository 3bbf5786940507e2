import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from made_up import DIMENSION, MODEL, TEXTS, article, embedded, fill, found, generation, nearest, vector

from rag.errors import LibraryBusyError, LibraryError
from rag.ledger import Ledger
from rag.lexical import Lexical
from rag.store import Store, reembed
from rag.store.generations import Generations, writer_lock
from rag.types import Article
from rag.vectors import DATABASE, Vectors

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def filled(folder: Path) -> Iterator[Store]:
    with Store(folder, **MODEL) as opened:
        fill(opened)
        yield opened


# --- damage ----------------------------------------------------------------------------------------------------------


def lose_current(folder: Path) -> None:
    (folder / "index" / "CURRENT").unlink()


def nonsense_in_current(folder: Path) -> None:
    (folder / "index" / "CURRENT").write_text("../../etc\n")


def lose_generation(folder: Path) -> None:
    shutil.rmtree(generation(folder))


def lose_all_indexes(folder: Path) -> None:
    shutil.rmtree(folder / "index")


def cut_manifest(folder: Path) -> None:
    manifest = generation(folder) / "generation.json"
    manifest.write_text(manifest.read_text()[:50])


def manifest_of_another_library(folder: Path) -> None:
    manifest = generation(folder) / "generation.json"
    content = json.loads(manifest.read_text())
    content["manifest"]["identity"]["library"] = "another"
    manifest.write_text(json.dumps(content))


def manifest_of_the_future(folder: Path) -> None:
    manifest = generation(folder) / "generation.json"
    content = json.loads(manifest.read_text())
    content["manifest"]["change"] = 1_000
    manifest.write_text(json.dumps(content))


def flip_vectors(folder: Path) -> None:
    [path] = generation(folder).glob("chroma/*/data_level0.bin")
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)


def grow_links(folder: Path) -> None:
    [path] = generation(folder).glob("chroma/*/link_lists.bin")
    path.write_bytes(path.read_bytes() + b"\x00" * 10_000)


def lose_database(folder: Path) -> None:
    (generation(folder) / "chroma" / DATABASE).unlink()


def empty_database(folder: Path) -> None:
    (generation(folder) / "chroma" / DATABASE).write_bytes(b"")


def garble_database(folder: Path) -> None:
    path = generation(folder) / "chroma" / DATABASE
    path.write_bytes(b"\xff" * path.stat().st_size)


def cut_database(folder: Path) -> None:
    path = generation(folder) / "chroma" / DATABASE
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_words(folder: Path) -> None:
    path = next(generation(folder).glob("tantivy/*.idx"))
    path.write_bytes(path.read_bytes()[:-3])


def lose_words(folder: Path) -> None:
    shutil.rmtree(generation(folder) / "tantivy")


DAMAGE = [
    lose_current,
    nonsense_in_current,
    lose_generation,
    lose_all_indexes,
    cut_manifest,
    manifest_of_another_library,
    manifest_of_the_future,
    flip_vectors,
    grow_links,
    lose_database,
    empty_database,
    garble_database,
    cut_database,
    cut_words,
    lose_words,
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_indexes_that_are_damaged_are_built_anew(filled: Store, folder: Path, damage):
    filled.close()
    damage(folder)
    with Store(folder, **MODEL) as store:
        assert found(store, "zebra") == {"dawn"}
        assert nearest(store, TEXTS["noon"][:40]) == ("noon", 1.0)
        assert store.check() == []


@pytest.mark.parametrize("damage", [lose_current, flip_vectors, cut_database, cut_words])
def test_nothing_is_built_upon_damaged_indexes(filled: Store, folder: Path, damage):
    filled.close()
    for number in range(5):
        with Store(folder, **MODEL) as store, store.writing() as writer:
            writer.put(*embedded(article(f"Edition {number}.", name=f"paper-{number}")))
    damage(folder)
    with Store(folder, **MODEL) as store, store.writing() as writer:
        writer.put(*embedded(article("The last edition.", name="last")))
    with Store(folder, **MODEL) as store:
        assert found(store, "last edition") == {"last", *(f"paper-{number}" for number in range(5))}
        assert store.check() == []


def test_indexes_lost_while_they_are_searched_are_built_anew(filled: Store, folder: Path):
    assert found(filled, "zebra") == {"dawn"}
    lose_all_indexes(folder)
    assert found(filled, "zebra") == {"dawn"}
    assert nearest(filled, TEXTS["noon"][:40]) == ("noon", 1.0)
    assert filled.check() == []


def test_check_names_what_differs(filled: Store, folder: Path):
    filled.close()
    names = sorted(Ledger(folder / "ledger.sqlite3", **MODEL).passage_ids())
    chroma = generation(folder) / "chroma"
    with closing(Vectors(chroma, dimension=DIMENSION)) as vectors:
        vectors.remove(["dawn"])
        vectors.add([names[-1], "x:1:0", "x:1:1"], ["noon", "x", "x"], np.array([vector(name) for name in "abc"]))
        vectors.settle()
    with closing(Lexical(generation(folder) / "tantivy")) as lexical:
        lexical.remove(["dawn"])
        for passage, byline in _passages(folder, names[-2:]).values():
            lexical.add(passage.id, byline, passage.text)
        lexical.commit()
    _sign_again(folder)
    with Store(folder, **MODEL) as store:
        faults = store.check()
    assert faults == [
        f"The vector index lacks passage {names[0]} and 1 more.",
        "The vector index still has passage x:1:0 and 1 more.",
        f"The lexical index lacks passage {names[0]} and 1 more.",
        "The lexical index has 2 passages more than once.",
        f"The vector index has another vector than the ledger for passage {names[-1]}.",
    ]


def test_rebuilding_makes_everything_agree_again(filled: Store, folder: Path):
    before = generation(folder)
    filled.rebuild()
    assert generation(folder) != before
    assert found(filled, "zebra") == {"dawn"}
    assert filled.check() == []


def test_a_debt_is_paid_by_the_next_to_open(filled: Store, folder: Path):
    filled.close()
    with closing(Ledger(folder / "ledger.sqlite3", **MODEL)) as ledger:  # as a writer killed before it published
        ledger.put(*embedded(article("A walrus arrived.", name="walrus")))
        ledger.remove("dawn")
    with writer_lock(folder / "writer.lock"), Store(folder, **MODEL) as store:
        assert found(store, "zebra") == set()
        assert found(store, "walrus") == set()
        assert found(store, "lighthouse") == {"noon"}
    with Store(folder, **MODEL) as store:
        assert found(store, "walrus") == {"walrus"}
        assert store.check() == []


def test_what_a_writer_that_was_cut_off_left_is_deleted(filled: Store, folder: Path):
    before = generation(folder).name
    (folder / "index" / "building" / "chroma").mkdir(parents=True)
    (folder / "index" / "gen-99").mkdir()
    with filled.writing() as writer:
        writer.put(*embedded(article("A walrus arrived.", name="walrus")))
    assert {path.name for path in (folder / "index").iterdir()} == {"CURRENT", before, generation(folder).name}
    assert found(filled, "walrus") == {"walrus"}


def test_a_damaged_ledger_is_refused_in_one_sentence(filled: Store, folder: Path):
    filled.close()
    (folder / "ledger.sqlite3").write_bytes(b"These are notes, and no database." * 500)
    with pytest.raises(LibraryError, match="restore it from a copy") as raised:
        Store(folder, **MODEL)
    assert "\n" not in str(raised.value)


def test_a_lost_ledger_is_not_mistaken_for_an_empty_library(filled: Store, folder: Path):
    filled.close()
    (folder / "ledger.sqlite3").unlink()
    with pytest.raises(LibraryError, match=r"ledger is gone .* 6 passages; restore it"):
        Store(folder, **MODEL)
    shutil.rmtree(folder / "index")
    with Store(folder, **MODEL) as store:
        assert store.count().articles == 0


def test_a_folder_that_cannot_be_made_is_refused_in_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="folder cannot be made"):
        Store(tmp_path / "file", **MODEL)


def _passages(folder: Path, names: list[str]) -> dict:
    with closing(Ledger(folder / "ledger.sqlite3", **MODEL)) as ledger:
        return ledger.passages(names)


def _sign_again(folder: Path) -> None:
    """Publish the current generation's files once more as they are now, so that only their content is wrong."""
    generations = Generations(folder / "index")
    current = generation(folder)
    manifest = generations.manifest(current)
    building = generations.begin()
    for part in ("chroma", "tantivy", "nearby"):
        shutil.copytree(current / part, building / part)
    assert manifest is not None
    generations.publish(manifest)


# --- another embedding model -----------------------------------------------------------------------------------------


def test_another_embedding_model_is_refused_until_everything_is_embedded_again(filled: Store, folder: Path):
    with pytest.raises(LibraryError, match=r"made-up-64.* other.*ingest\.py --rebuild"):
        Store(folder, fingerprint="other", dimension=3)

    def embed(made: Article):
        passages = embedded(made, size=15)[1]
        vectors = np.random.default_rng(0).normal(size=(len(passages), 3)).astype(np.float32)
        return passages, np.split(vectors, len(passages))

    before = filled.count().passages
    assert found(filled, "zebra") == {"dawn"}
    reembed(folder, fingerprint="other", dimension=3, embed=embed)
    with Store(folder, fingerprint="other", dimension=3) as store:
        assert store.count().passages > before
        assert found(store, "zebra") == {"dawn"}
        assert len(store.nearest(np.ones(3), limit=4)) == 4
        assert store.check() == []
    for use in (lambda: found(filled, "zebra"), lambda: filled.writing().__enter__()):
        with pytest.raises(LibraryError, match="--rebuild"):
            use()


def test_embedding_again_that_fails_changes_nothing(filled: Store, folder: Path):
    def embed(made: Article):
        if made.id == "dusk":
            raise ZeroDivisionError
        passages = embedded(made)[1]
        vectors = np.ones((len(passages), 3), np.float32)
        return passages, np.split(vectors, len(passages))

    with pytest.raises(ZeroDivisionError):
        reembed(folder, fingerprint="other", dimension=3, embed=embed)
    assert found(filled, "zebra") == {"dawn"}
    assert filled.check() == []
    with filled.writing(), pytest.raises(LibraryBusyError):
        reembed(folder, fingerprint="other", dimension=3, embed=embed)


# --- read-only folders -----------------------------------------------------------------------------------------------

READER = """
import os, sys
from pathlib import Path
from made_up import article, embedded, vector
from rag.errors import LibraryError
from rag.store import Store

model = {"fingerprint": "made-up-64", "dimension": 64}
with Store(Path(sys.argv[2]), **model) as scratch:  # every module is loaded while all may still be read
    with scratch.writing() as writer:
        writer.put(*embedded(article("zebra")))
    scratch.nearest(vector("q"), limit=1)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = Store(Path(sys.argv[1]), **model)
print(store.matching("zebra", limit=1)[0][0].partition(":")[0])
print(len(store.nearest(vector("q"), limit=9)), store.check())
try:
    store.rebuild()
except LibraryError as error:
    print("cannot be written to" in str(error))
store.close()
"""


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that a reader without privileges may look into but not change."""
    with TemporaryDirectory() as place:
        folder = Path(place, "data")
        with Store(folder, **MODEL) as store, store.writing() as writer:
            for name, text in TEXTS.items():
                writer.put(*embedded(article(text, name=name)))
        paths = [folder, *folder.rglob("*")]
        Path(place).chmod(0o755)
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield folder
        for path in paths:
            path.chmod(0o755)


def test_a_read_only_library_can_be_searched(read_only: Path, tmp_path: Path):
    before = sorted(str(path) for path in read_only.rglob("*"))
    reader = subprocess.run(
        [sys.executable, "-c", READER, str(read_only), str(tmp_path)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert reader.stdout == "dawn\n6 []\nTrue\n", reader.stderr
    assert sorted(str(path) for path in read_only.rglob("*")) == before
