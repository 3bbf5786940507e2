"""A small library with all that one can hold, everything that a reader sees of it, and ways to spoil a file."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from made_up import MODEL, article, embedded, fill, vector

from rag.store import Store
from rag.types import Filters, Visit

HARBOUR = " ".join(f"Crane {number} of the harbour of Orsk was idle." for number in range(120))
WORDS = ("zebra", "lighthouse", "harbour", "marmalade")
READ = b"d" * 16  # the digest of an input
PAGE = "https://example.org/dawn"


def make(folder: Path) -> None:
    """A library with copies, an older text, a visit, a removal, and two generations of indexes."""
    with Store(folder, **MODEL) as store:
        fill(store)
        with store.writing() as writer:
            known = {"published_at": "2024-05-06", "title": "Idle cranes", "author": "Ada Holm", "language": "en"}
            writer.put(*embedded(article(HARBOUR, name="quay", outlet="The Quay", **known), size=800))
            writer.put(*embedded(article(f"{HARBOUR} Cut.", name="mole", outlet="The Mole"), size=800))
            writer.put(*embedded(article("By noon all was new. The lighthouse stood.", name="noon", outlet="The Noon")))
            writer.put(*embedded(article("A walrus came and went.", name="gone")))
            writer.remove("gone")
        store.note({READ: "dawn"}, [Visit(url=PAGE, etag="e", article_id="dawn")])


def seen(store: Store, *, vectors: bool = True) -> dict[Any, Any]:
    """Everything that readers can ask of the library, with the answers."""
    names = ("dawn", "dusk", "mole", "noon", "quay")
    found: dict[Any, Any] = {"count": store.count(), "holdings": store.holdings(), "articles": store.articles()}
    for name in names:
        found["article", name] = store.article(name)
        found["revisions", name] = store.revisions(name)
        for older in store.revisions(name):
            found["older", name, older.revision] = store.article(name, older.revision)
    found["outlets"] = store.outlets()
    found["catalogue"] = store.catalogue(), store.catalogue("idle orsk"), store.catalogue("cranes", sort="title")
    found["admitted"] = store.admitted(Filters(outlets=("the quay",))), store.admitted(Filters(since="2024-05-06"))
    found["copies"] = store.with_copies(["quay"]), store.groups_of(names)
    found["inputs"] = store.read_as(READ), store.visit(PAGE)
    for word in WORDS:
        matches = store.matching(word, limit=20)
        ids = [match.passage_id for match in matches]
        found["words", word] = matches, store.passages(ids)
        found["vectors", word] = _bytes(store.vectors(ids)), _bytes(store.sentence_vectors(ids))
    found["nearest within"] = store.nearest(vector("q"), limit=50, within=names)
    if vectors:
        found["nearest"] = [(name, round(cosine, 4)) for name, cosine in store.nearest(vector("q"), limit=50)]
    return found


def _bytes(rows: dict[str, Any]) -> dict[str, bytes]:
    return {name: row.tobytes() for name, row in rows.items()}


# --- ways to spoil a file --------------------------------------------------------------------------------------------


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut_by_a_byte(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def zeroed_in_the_middle(path: Path) -> None:
    content = bytearray(path.read_bytes())
    start = len(content) // 2
    stretch = content[start : start + 4096]
    content[start : start + len(stretch)] = b"\x01" * len(stretch) if not any(stretch) else bytes(len(stretch))
    path.write_bytes(content)


def with_a_byte_flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(4096))


def of_nonsense(path: Path) -> None:
    path.write_bytes(b"These are notes, and nothing else.\n" * (1 + path.stat().st_size // 35))


def removed(path: Path) -> None:
    path.unlink()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nothing-there"))


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link_to_another(path: Path) -> None:
    path.unlink()
    path.with_name("another").write_bytes(b"another file")
    path.symlink_to(path.with_name("another"))


WAYS: tuple[Callable[[Path], None], ...] = (
    emptied,
    cut_by_a_byte,
    cut_in_half,
    zeroed,
    zeroed_in_the_middle,
    with_a_byte_flipped,
    grown,
    of_nonsense,
    removed,
    a_folder,
    a_link_to_nothing,
    a_pipe,
    a_link_to_another,
)


def copy_of(library: Path, folder: Path) -> Path:
    """The library once more, to be spoilt."""
    shutil.copytree(library, folder, symlinks=True)
    return folder
