"""The product over a corpus: a library kept in `runs/libraries/` under the fingerprint of what it was built from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from evals.errors import EvalError
from evals.provenance import REPOSITORY
from evals.types import JSON
from rag.config import Settings
from rag.types import IngestReport

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

LIBRARIES = Path("runs") / "libraries"
# A library that other code built is another library: nothing stale is measured. What only asks or shows builds none;
# a module that is not named here counts as building, which costs a rebuild and never a wrong number.
NOT_BUILDING = frozenset(
    """__init__ __main__ answers api asking citations command compare extract figures kinds models prompt question
    retrieval thesaurus ui verify""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """A pipeline whose library holds the corpus, and what the run file says of that library."""

    pipeline: Pipeline
    details: Mapping[str, JSON]


def open_product(settings: Settings) -> Pipeline:
    """Open the product's own pipeline; raises LibraryError."""
    # Chroma and onnxruntime are slow to load, and `list` and `compare` do without them.
    from rag.pipeline import Pipeline

    return Pipeline(settings)


def fingerprint(corpus: Path, *, settings: Settings) -> str:
    """Return 16 hex digits that stand for all that a library is built from: corpus, its place, settings, code.

    Raises EvalError when the folder is missing, empty or cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if not corpus.is_dir():
            raise EvalError(f"{corpus}: no such folder of articles; name one with --corpus FOLDER.")
        files = sorted(path for path in corpus.rglob("*") if path.is_file())
        if not files:
            raise EvalError(f"{corpus}: the folder of articles is empty; name another with --corpus FOLDER.")
        rooms = (path for path in sorted((REPOSITORY / "rag").iterdir()) if path.stem not in NOT_BUILDING)
        sources = [source for room in rooms for source in ([room] if room.is_file() else sorted(room.rglob("*.py")))]
        for path in [*files, *sources]:
            digest.update(f"{path.resolve()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    except OSError as error:
        raise EvalError(f"{corpus}: the articles cannot be read ({error.strerror or error}).") from error
    digest.update(f"max_file_mb={settings.max_file_mb}".encode())
    return digest.hexdigest()[:16]


@contextmanager
def stocked(
    corpus: Path,
    *,
    settings: Settings,
    open_pipeline: Callable[[Settings], Pipeline],
    data_dir: Path | None = None,
) -> Iterator[Stocked]:
    """Open the product with `corpus` ingested, in `data_dir` or else in a folder of its own; closed on leaving.

    Raises EvalError when no article could be taken in, and the product's LibraryError.
    """
    folder = data_dir or LIBRARIES / fingerprint(corpus, settings=settings)
    if not corpus.is_dir():
        raise EvalError(f"{corpus}: no such folder of articles; name one with --corpus FOLDER.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvalError(f"{folder}: the library's folder cannot be made ({error.strerror}).") from error
    pipeline = open_pipeline(settings.model_copy(update={"data_dir": folder}))
    try:
        report = _ingest(pipeline, corpus)
        bylines = pipeline.library.articles()
        if not bylines:
            why = f" ({report.refused[0].source}: {report.refused[0].reason})" if report.refused else ""
            raise EvalError(f"{corpus}: no article could be taken in{why}.")
        yield Stocked(
            pipeline=pipeline,
            details={
                "folder": str(folder),
                "corpus": str(corpus),
                "articles": [byline.article_id for byline in bylines],
                "refused": [f"{refusal.source}: {refusal.reason}" for refusal in report.refused],
                "passages_embedded": report.passages,
                "ingest_seconds": round(report.seconds, 3),
            },
        )
    finally:
        pipeline.close()


def _ingest(pipeline: Pipeline, corpus: Path) -> IngestReport:
    # disable=None: no bar where standard error is not a terminal.
    with tqdm(desc="ingest", unit="article", disable=None, leave=False) as bar:

        def show(done: int, total: int, name: str) -> None:
            bar.total = total
            bar.set_postfix_str(name[-40:], refresh=False)
            bar.update(done - bar.n)

        report: IngestReport = pipeline.ingest([corpus], progress=show)
    return report
