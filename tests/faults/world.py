"""A made-up library that a process works on until it is killed, and what may be in it then, to the letter.

`script` draws what is done; `work` does it by the product's own ways in a process of its own, saying when each thing
begins and is done, which is its acknowledgement; `verify` opens what is left in another process, and finds what is
wrong. Articles are told by their names and versions, of which every word of `text_of` is known.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import random
import resource
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rag.config import Settings, load_settings
from rag.errors import CrosscheckError, LibraryModelError

Kind = Literal["open", "put", "same", "remove", "rebuild", "reembed", "export", "import"]
State = dict[str, int]  # versions of the articles that are there, by name

NAMES = ("arnby", "bellholm", "corrach", "dunmore", "ennisk", "fallow", "gristhorp", "hallin")
SENTENCES = 9
FILE_BYTES = 1 << 30  # the largest file that a process may write: a broken vector index grows without limit
ENOUGH = 60  # versions that were in the library before and must not be found


class Embedder:
    """In place of the real one: a direction of its own for every text, and few sentences to a passage."""

    name = "made-up"
    dimension = 16
    max_tokens = 254
    is_loaded = True
    fingerprint = "made-up/0"

    def __init__(self, *_: object) -> None:
        """Take what the real one takes, and do nothing with it."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text."""
        return np.array([self._drawn(text) for text in texts], np.float32).reshape(len(texts), self.dimension)

    def _drawn(self, text: str) -> NDArray[np.float64]:
        seed = hashlib.sha256(f"{self.fingerprint} {text}".encode()).digest()[:8]
        drawn = np.random.default_rng(int.from_bytes(seed, "big")).normal(size=self.dimension)
        return np.asarray(drawn / np.linalg.norm(drawn))

    def count_tokens(self, text: str) -> int:
        """Ten to a word, so that two or three sentences fill a passage."""
        return 10 * len(text.split())

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """`count_tokens` of each."""
        return [self.count_tokens(text) for text in texts]


class Other(Embedder):
    """Another one, whose vectors are others."""

    fingerprint = "made-up/1"


MODELS = (Embedder, Other)


# --- what is written -------------------------------------------------------------------------------------------------


def mark(name: str, version: int) -> str:
    """A word that only this version of this article has, in each of its sentences."""
    return f"x{name}" + "".join("bdfgkmptvz"[int(digit)] for digit in str(version)) + "k"


def text_of(name: str, version: int) -> str:
    """The whole text of one version."""
    dice = random.Random(f"{name} {version}")
    place = mark(name, version)
    said = (
        f"The council of {place.title()} counted {dice.randrange(100, 999)} boats in harbour number {number} "
        f"on the {dice.randrange(2, 28)}th."
        for number in range(SENTENCES)
    )
    return "\n\n".join(said)


def file_of(folder: Path, name: str) -> Path:
    """The file that an article is read from."""
    return folder.with_name(f"{folder.name}-articles") / f"{name}.json"


def written(folder: Path, name: str, version: int) -> None:
    """Write an article's file; it has an address, so that it is the same article wherever the file is."""
    file = file_of(folder, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    said = {"url": f"https://{name}.example/{name}", "title": mark(name, version), "outlet": f"The {name.title()}"}
    file.write_text(json.dumps({**said, "text": text_of(name, version)}))


def name_of(source: str) -> str:
    """The article's name, of the source that the library knows it by."""
    return source.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that is done to a library: which articles have which version after it, None for one that is gone."""

    kind: Kind
    changes: dict[str, int | None] = field(default_factory=dict)
    by_command: bool = False


OPEN = Deed(kind="open")


def script(seed: int, state: State, *, most: int) -> list[Deed]:
    """What is done to a library in that state, opening it first; the same for the same seed."""
    dice = random.Random(seed)
    there = dict(state)
    deeds = [OPEN]
    for number in range(1, most):
        kinds: list[Kind] = ["put", "put", "put", "put", "same", "remove", "remove", "rebuild", "reembed", "export"]
        kind = dice.choice(kinds) if there else "put"
        changes: dict[str, int | None] = {}
        if kind == "put":
            changes = dict.fromkeys(dice.sample(NAMES, dice.randrange(1, 4)), 10 * seed + number)
        elif kind == "same":
            changes = {**there}
        elif kind == "remove":
            changes = {dice.choice(sorted(there)): None}
        deeds.append(
            Deed(kind=kind, changes=changes, by_command=kind == "export" or (kind != "same" and dice.random() < 0.3))
        )
        there = after(there, changes)
    return deeds


def after(state: State, changes: Mapping[str, int | None]) -> State:
    """The state once the changes are made."""
    changed = {**state, **changes}
    return {name: version for name, version in changed.items() if version is not None}


# --- in a process of its own -----------------------------------------------------------------------------------------


def settings_for(folder: Path) -> Settings:
    """Settings that refuse nothing."""
    return load_settings(data_dir=folder).model_copy(update={"refuse": (), "languages": (), "max_links": 1})


def opened(folder: Path) -> Any:
    """The library, with whichever of the two embedding models it is of."""
    from rag.pipeline import Pipeline

    try:
        return Pipeline(settings_for(folder), embedder=Embedder())  # type: ignore[arg-type]
    except LibraryModelError:
        return Pipeline(settings_for(folder), embedder=Other())  # type: ignore[arg-type]


def limited() -> None:
    """Let this process write no file without limit, no core, and no log."""
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def work(folder: Path, deeds: Sequence[Deed], aimed: bool, deadly: int | None, mouth: Connection) -> None:
    """Do it all, and say `begin N` and `done N`; where kills are aimed, at last the labels of all points, in JSON."""
    from rag import confined
    from tests.faults.points import Points

    limited()
    # The process that files are read in changes nothing on the disk; to start one for each of these would take longest.
    confined.Confined = lambda *_, **__: confined.Unconfined()  # type: ignore[misc,assignment]
    points = Points(folder, deadly=deadly)
    if aimed:
        points.watch()
    pipeline: Any = None
    for number, deed in enumerate(deeds):
        for name, version in deed.changes.items():
            if version is not None:
                written(folder, name, version)
        mouth.send_bytes(f"begin {number}".encode())
        if pipeline is not None and (deed.by_command or deed.kind == "reembed"):
            pipeline.close()
            pipeline = None
        if deed.by_command:
            command(folder, deed)
        elif deed.kind == "reembed":
            reembed(folder)
        else:
            pipeline = pipeline or opened(folder)
            do(pipeline, deed, folder)
        mouth.send_bytes(f"done {number}".encode())
    if pipeline is not None:
        pipeline.close()
    mouth.send_bytes(json.dumps(points.labels).encode())


def do(pipeline: Any, deed: Deed, folder: Path) -> None:
    """One deed, by the pipeline."""
    match deed.kind:
        case "put" | "same":
            report = pipeline.ingest([str(file_of(folder, name)) for name in sorted(deed.changes)])
            assert not report.refused, report.refused
        case "remove":
            for name in deed.changes:
                pipeline.remove(id_of(pipeline, name))
        case "rebuild":
            pipeline.rebuild()


def id_of(pipeline: Any, name: str) -> str:
    """The id of an article of that name, which must be there."""
    store = pipeline.store
    (found,) = (one.article_id for one in store.articles() if name_of(store.article(one.article_id).source) == name)
    return str(found)


def command(folder: Path, deed: Deed) -> None:
    """One deed, by `ingest.py`."""
    import ingest
    import rag.pipeline

    model, ids = 0, []
    if deed.kind != "import":  # which wants a folder without a library
        with contextlib.closing(opened(folder)) as pipeline:
            model = int(pipeline.embedder.fingerprint[-1])
            ids = [id_of(pipeline, name) for name, version in deed.changes.items() if version is None]
    rag.pipeline.Embedder = MODELS[model]  # type: ignore[misc,assignment]
    library = ["--data-dir", str(folder)]
    arguments = {
        "put": [str(file_of(folder, name)) for name in sorted(deed.changes)],
        "remove": ["--remove", *ids],
        "rebuild": ["--rebuild"],
        "export": ["--export", str(exported(folder))],
        "import": ["--import", str(exported(folder))],
    }.get(deed.kind)
    if arguments is None:
        reembed(folder)
        return
    if deed.kind == "export":
        exported(folder).unlink(missing_ok=True)
    said, wrong = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(wrong):
        status = ingest.main([*library, *arguments])
    assert status == 0, (deed, said.getvalue(), wrong.getvalue())


def exported(folder: Path) -> Path:
    """The file that a library is written to as a whole."""
    return folder.with_name(f"{folder.name}.exported")


def reembed(folder: Path) -> None:
    """Change the embedding model to the other one of the two."""
    import rag.pipeline

    with contextlib.closing(opened(folder)) as pipeline:
        other = 1 - int(pipeline.embedder.fingerprint[-1])
    rag.pipeline.Embedder = MODELS[other]  # type: ignore[misc,assignment]
    rag.pipeline.rebuild(settings_for(folder))


# --- what is left ----------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Found:
    """What a library was found to hold, in how many seconds it was opened, and what is wrong: a kind and a sentence."""

    state: State = field(default_factory=dict)
    seconds: float = 0.0
    faults: list[tuple[str, str]] = field(default_factory=list)


def verify(
    folder: Path, allowed: Mapping[str, Collection[int | None]], gone: Sequence[tuple[str, int]], mouth: Connection
) -> None:
    """Open the library, look for everything that must be there and for what must not, and send a Found as JSON."""
    limited()
    found = Found()
    began = time.monotonic()
    try:
        with contextlib.closing(opened(folder)) as pipeline:
            found.seconds = time.monotonic() - began
            _articles(pipeline, allowed, [*gone], found)
            _searched(pipeline, gone, found)
            found.faults += [("check", fault) for fault in pipeline.store.check()]
        if exported(folder).exists():
            _exported(exported(folder), found)
    except CrosscheckError as error:
        found.faults.append(("will not open", str(error)))
    mouth.send_bytes(json.dumps(asdict(found)).encode())


def _articles(
    pipeline: Any, allowed: Mapping[str, Collection[int | None]], gone: Sequence[tuple[str, int]], found: Found
) -> None:
    """What the ledger has: each article once, whole, in a version that it may have."""
    for byline in pipeline.store.articles():
        article = pipeline.store.article(byline.article_id)
        name = name_of(article.source)
        known = {*(one for one in allowed.get(name, ()) if one is not None), *(one for who, one in gone if who == name)}
        version = next((one for one in known if text_of(name, one) == article.text), None)
        if name in found.state:
            found.faults.append(("doubled", f"{name} is there twice."))
        elif version is None:
            found.faults.append(("half", f"{name} has the text {article.text[:200]!r}."))
        else:
            found.state[name] = version
    for name, versions in allowed.items():
        version = found.state.get(name)
        if version not in versions:
            kind = "lost" if version is None or None not in versions else "ghost"
            found.faults.append((kind, f"{name} is there in version {version} and not in one of {list(versions)}."))


def _exported(file: Path, found: Found) -> None:
    """What was exported is whole, if it is there at all: a library can be made of it."""
    import rag.pipeline

    rag.pipeline.Embedder = Embedder  # type: ignore[misc,assignment]
    other = file.with_name(f"{file.name}-imported")
    try:
        if not rag.pipeline.take_in(settings_for(other), file).articles:
            found.faults.append(("half", f"{file} is empty."))
    except CrosscheckError as error:
        found.faults.append(("half", str(error)))
    file.unlink()
    shutil.rmtree(other, ignore_errors=True)


def _searched(pipeline: Any, gone: Sequence[tuple[str, int]], found: Found) -> None:
    """What searches find: every passage once by its words, by its vector and by a sentence; nothing that is gone."""
    store = pipeline.store
    ids = {name_of(store.article(one.article_id).source): one.article_id for one in store.articles()}
    for name, version in found.state.items():
        number = store.passages_of([ids[name]]).get(ids[name], 0)
        matches = [match.passage_id for match in store.matching(mark(name, version), limit=50)]
        if len(matches) != len(set(matches)):
            found.faults.append(("doubled", f"{name}: its words are found more than once: {matches}."))
        if len(set(matches)) != number or {store.articles_of([one])[one] for one in matches} != {ids[name]}:
            found.faults.append(("lost", f"{name}: its words are found in {matches} of {number} passages."))
        for passage, vector in store.vectors(matches).items():
            nearest, cosine = store.nearest(vector, limit=1)[0]
            if nearest != passage or cosine < 0.999:
                found.faults.append(("lost", f"{passage} is not found by its vector, but {nearest} at {cosine}."))
        sentence = text_of(name, version).split("\n\n")[version % SENTENCES]
        hits = [hit for hit in pipeline.search(sentence) if sentence in hit.passage.text]
        if [hit.byline.article_id for hit in hits] != [ids[name]]:
            found.faults.append(("lost", f"{name}: {sentence!r} is found in {hits}."))
    for name, version in gone:
        if found.state.get(name) != version and store.matching(mark(name, version), limit=1):
            found.faults.append(("ghost", f"{name}: version {version} is still found."))
