"""The product over articles: libraries kept in `runs/libraries/` under the fingerprint of what they were built from.

`stocked` takes a folder of articles, `stocked_with` articles of a data set, `temporary` those of one question.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from evals.errors import EvalError
from evals.provenance import REPOSITORY
from evals.types import JSON
from rag import articles as reading
from rag.config import Settings
from rag.types import IngestReport, Refusal

if TYPE_CHECKING:
    from rag.embedding import Embedder
    from rag.pipeline import Pipeline
    from rag.rerank import Reranker

LIBRARIES = Path("runs") / "libraries"
# A library that other code built is another library: nothing stale is measured. What only asks or shows builds none;
# a module that is not named here counts as building, which costs a rebuild and never a wrong number.
NOT_BUILDING = frozenset(
    """__init__ __main__ access answerable answers api asking attribution citations claims cli command compare
    config coverage crossencoder demands doctor errors evidence extract feedback figures fit footnotes frames kinds
    library llamaindex logs metrics models nli phrases pipeline prompt proposals question rerank retrieval said stance
    subquestions suggestions suspicion telling thesaurus timeline timing tools topics tracing turns ui uploads
    verbatim verify ways whereabouts written""".split()
)
FILE_ARTICLES = 50  # given articles in one file: progress is shown file by file
FILE_MB = 1_000  # the limit on files is against those that people bring; these are ours
# Linux's folder in memory: what lasts for one question is spared the disk, which is three times as fast.
MEMORY = Path("/dev/shm")
MEMORY_BYTES = 500_000_000  # that have to be free there


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenArticle:
    """An article that a data set brings; `id` is the data set's own, `url` taken where it is a whole http address."""

    id: str
    text: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    published_at: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """A pipeline whose library holds the articles, and what the run file says of that library.

    Of given articles, `held` is GivenArticle.id to the article's id in the library, without those that the product
    refused, and `given` the way back; of those with the same text and byline, which are held once, to the first.
    """

    pipeline: Pipeline
    details: Mapping[str, JSON]
    held: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)


def open_product(settings: Settings) -> Pipeline:
    """Open the product's own pipeline; raises LibraryError."""
    # Chroma and onnxruntime are slow to load, and `list` and `compare` do without them.
    from rag.pipeline import Pipeline

    embedder = _embedder(settings.cache_dir, settings.embed_threads)
    reranker = _reranker(settings.rerank_model, settings.cache_dir, settings.embed_threads)
    return Pipeline(settings, embedder=embedder, reranker=reranker)


@cache
def _embedder(cache_dir: Path, threads: int) -> Embedder:
    """The embedding model, loaded once however many libraries a suite opens."""
    from rag.embedding import Embedder

    return Embedder(cache_dir, threads)


@cache
def _reranker(name: str | None, cache_dir: Path, threads: int) -> Reranker | None:
    """The configured reranker, likewise."""
    from rag.rerank import Reranker

    return Reranker(name, cache_dir, threads) if name else None


# --- which library ---------------------------------------------------------------------------------------------------


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
        for path in [*files, *_sources()]:
            digest.update(f"{path.resolve()}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    except OSError as error:
        raise EvalError(f"{corpus}: the articles cannot be read ({error.strerror or error}).") from error
    digest.update(f"max_file_mb={settings.max_file_mb}".encode())
    return digest.hexdigest()[:16]


def given_fingerprint(articles: Sequence[GivenArticle]) -> str:
    """Return 16 hex digits that stand for given articles and the code that makes a library of them."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    for article in articles:
        digest.update(f"{_row(article)}\n".encode())
    return digest.hexdigest()[:16]


def _sources() -> list[Path]:
    rooms = (path for path in sorted((REPOSITORY / "rag").iterdir()) if path.stem not in NOT_BUILDING)
    return [source for room in rooms for source in ([room] if room.is_file() else sorted(room.rglob("*.py")))]


# --- libraries -------------------------------------------------------------------------------------------------------


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
    _make(folder)
    pipeline = open_pipeline(settings.model_copy(update={"data_dir": folder}))
    try:
        report = _ingest(pipeline, [corpus])
        bylines = pipeline.store.articles()
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


@contextmanager
def stocked_with(
    articles: Sequence[GivenArticle],
    *,
    name: str,
    settings: Settings,
    open_pipeline: Callable[[Settings], Pipeline],
    data_dir: Path | None = None,
) -> Iterator[Stocked]:
    """Open the product with these articles ingested, in `data_dir` or else in a folder that is kept for them.

    `name` is what the folder is known by among others. Raises EvalError when no article could be taken in, or two have
    one id, and the product's LibraryError.
    """
    folder = data_dir or LIBRARIES / f"{name}-{given_fingerprint(articles)}"
    # A library under a fingerprint needs no second look at its articles; one of the user's own may have changed.
    record = None if data_dir else folder / f"{name}.json"
    with _filled(
        folder, articles, name=name, settings=settings, open_pipeline=open_pipeline, record=record, shown=True
    ) as stock:
        if not stock.held:
            refused = stock.details["refused"]
            why = f" ({refused[0]})" if isinstance(refused, list) and refused else ""
            raise EvalError(f"{name}: no article could be taken in{why}.")
        yield stock


@contextmanager
def temporary(
    articles: Sequence[GivenArticle], *, settings: Settings, open_pipeline: Callable[[Settings], Pipeline]
) -> Iterator[Stocked]:
    """Open the product with these articles alone, none of them if none can be taken in; on leaving, all is deleted.

    For a question that brings its documents. Raises EvalError when two have one id, and the product's LibraryError.
    """
    with (
        tempfile.TemporaryDirectory(prefix="crosscheck-", dir=_quick_folder()) as folder,
        _filled(Path(folder), articles, name="given", settings=settings, open_pipeline=open_pipeline) as stock,
    ):
        yield stock


def write_articles(path: Path, articles: Sequence[GivenArticle]) -> None:
    """Write articles as JSON lines that the product reads, whole or not at all; raises EvalError."""
    _write(path, "".join(f"{_row(article)}\n" for article in articles))


@contextmanager
def _filled(
    folder: Path,
    articles: Sequence[GivenArticle],
    *,
    name: str,
    settings: Settings,
    open_pipeline: Callable[[Settings], Pipeline],
    record: Path | None = None,
    shown: bool = False,
) -> Iterator[Stocked]:
    """The product over a library in `folder` of given articles, which are written to `folder/name` for it to read.

    What came of it is written to `record`, and taken from there the next time.
    """
    pipeline = open_pipeline(settings.model_copy(update={"data_dir": folder, "max_file_mb": FILE_MB}))
    try:
        taken = _remembered(record, pipeline) if record else None
        if taken is None:
            taken = _taken_in(pipeline, _written(folder / name, articles), articles, shown=shown)
            if record:
                _write(record, json.dumps({"held": taken.held, "refused": taken.refused}))
        given: dict[str, str] = {}
        for one, article_id in taken.held.items():
            given.setdefault(article_id, one)
        yield Stocked(
            pipeline=pipeline,
            held=taken.held,
            given=given,
            details={
                "folder": str(folder),
                "articles": len(given),
                "same_as_another": [one for one, article_id in taken.held.items() if given[article_id] != one],
                "refused": taken.refused,
                "passages": pipeline.store.count().passages,
                "passages_embedded": taken.passages,
                "ingest_seconds": round(taken.seconds, 3),
            },
        )
    finally:
        pipeline.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What became of given articles: ids in the library by their own, why others were refused, passages embedded."""

    held: Mapping[str, str]
    refused: Sequence[str]
    passages: int = 0
    seconds: float = 0.0


def _remembered(record: Path, pipeline: Pipeline) -> _Taken | None:
    """What the record says of the library, if there is one and the library is still as large."""
    try:
        found = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    taken = _Taken(held=found["held"], refused=found["refused"])
    return taken if pipeline.store.count().articles == len(set(taken.held.values())) else None


def _taken_in(pipeline: Pipeline, files: Sequence[Path], articles: Sequence[GivenArticle], *, shown: bool) -> _Taken:
    report = _ingest(pipeline, files, shown=shown) if files else IngestReport()
    held, refused = {}, []
    items = (item for file in files for item in reading.read(file, max_bytes=FILE_MB * 1_000_000))
    for article, item in zip(articles, items, strict=True):  # the product reads a row as one item, in order
        if isinstance(item, Refusal):
            refused.append(f"{article.id}: {item.reason}")
        elif (article_id := pipeline.store.unchanged(item)) is not None:
            held[article.id] = article_id
        else:
            refused.append(f"{article.id}: The library does not have it.")
    return _Taken(held=held, refused=refused, passages=report.passages, seconds=report.seconds)


def _written(folder: Path, articles: Sequence[GivenArticle]) -> list[Path]:
    """The files in `folder` that hold the articles, a portion each."""
    named = set[str]()
    addresses = set[str]()
    distinct = []
    for article in articles:
        if article.id in named:
            raise EvalError(f"Two articles have the id {article.id!r}; each needs its own.")
        named.add(article.id)
        # Two texts from one address would be taken for two versions of one article.
        distinct.append(replace(article, url=None) if article.url in addresses else article)
        addresses.update([article.url] if article.url else [])
    _make(folder)
    files: list[Path] = []
    for start in range(0, len(distinct), FILE_ARTICLES):
        files.append(folder / f"{len(files) + 1:04}.jsonl")
        write_articles(files[-1], distinct[start : start + FILE_ARTICLES])
    return files


def _row(article: GivenArticle) -> str:
    return json.dumps({name: said for name, said in asdict(article).items() if said is not None})


def _ingest(pipeline: Pipeline, paths: Sequence[Path], *, shown: bool = True) -> IngestReport:
    # disable=None: no bar where standard error is not a terminal.
    with tqdm(desc="ingest", unit="file", disable=None if shown else True, leave=False) as bar:

        def show(done: int, total: int, name: str) -> None:
            bar.total = total
            bar.set_postfix_str(name[-40:], refresh=False)
            bar.update(done - bar.n)

        report: IngestReport = pipeline.ingest(paths, progress=show)
    return report


def _write(path: Path, words: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(words, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise EvalError(f"{path}: cannot be written ({error.strerror}).") from error


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvalError(f"{folder}: the library's folder cannot be made ({error.strerror}).") from error


def _quick_folder() -> Path | None:
    """The folder in memory where there is one with room; None for the usual temporary one."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES:
        return MEMORY
    return None
