"""Whether the library is there and whole, and whether what it holds is found."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rag import text
from rag.config import Settings
from rag.doctor.findings import Finding, Status
from rag.errors import LibraryServerError
from rag.ledger import FORMAT
from rag.phrases import articles, day
from rag.pipeline import Pipeline
from rag.vectors import Server

LITTLE, TOO_LITTLE = 1_000, 100  # free megabytes
LEDGER, INDEX = "ledger.sqlite3", "index"
LOOKED_FOR = 3  # articles of which a sentence is searched for
READ = 10  # passages that are looked through for it
_SENTENCE = range(40, 300)  # characters of one that is fit for it
_TAKE_IN = "Take articles in: python ingest.py FILE_FOLDER_OR_URL"
_REBUILD = "Build the indexes anew: python ingest.py --rebuild"


def folder(settings: Settings) -> Iterator[Finding]:
    """Whether the folder is there, can be written to, and has room."""
    data_dir = settings.data_dir
    where = data_dir.absolute()
    if data_dir.exists() and not data_dir.is_dir():
        yield _finding("folder", "wrong", f"{where} is no folder.", "Set DATA_DIR to another.")
        return
    if not data_dir.is_dir():
        above = next(parent for parent in where.parents if parent.exists())
        if above.is_dir() and os.access(above, os.W_OK):
            yield _finding("folder", "warning", f"{where} is not there yet.", f"{_TAKE_IN}; that makes it.")
        else:
            says = f"{where} is not there, and cannot be made in {above}."
            yield _finding("folder", "wrong", says, "Set DATA_DIR to a folder that can be written to.")
        return
    if settings.read_only:
        yield _finding("folder", "ok", f"{where} is only read (READ_ONLY): nothing can be taken in")
        return
    if _is_writable(data_dir):
        yield _finding("folder", "ok", f"{where} can be written to")
    else:
        says = f"{where} cannot be written to: it can be asked, and nothing can be taken in."
        yield _finding("folder", "warning", says, "See to its permissions, if that is not meant.")
    free = shutil.disk_usage(data_dir).free // 1_000_000
    status: Status = "wrong" if free < TOO_LITTLE else "warning" if free < LITTLE else "ok"
    advice = "Make room: the indexes are built beside the old ones." if status != "ok" else ""
    yield _finding("disk", status, f"{free:,} MB are free on its disk", advice)


def _is_writable(data_dir: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=data_dir):
            return True
    except OSError:
        return False


def library(settings: Settings, *, embeds: bool) -> Iterator[Finding]:
    """Whether the library opens, what it holds, whether its parts agree and, where `embeds`, what it finds again."""
    if not any((settings.data_dir / name).exists() for name in (LEDGER, INDEX)):
        if settings.data_dir.is_dir():
            yield _finding("library", "warning", "There are no articles yet.", _TAKE_IN)
        return
    none = {"rerank_model": None, "nli_model": None, "openai_api_key": None, "openai_base_url": None}
    with Pipeline(settings.model_copy(update=none)) as pipeline:
        held = pipeline.store.holdings()
        if not held.articles:
            yield _finding("library", "warning", "It opens, and has no articles yet.", _TAKE_IN)
            return
        amount = f"{articles(held.articles)} in {held.passages:,} passages, {held.outlets:,} outlets"
        span = f", published from {day(held.oldest)} to {day(held.newest)}" if held.oldest else ""
        yield _finding("library", "ok", f"It opens: {amount}{span}; format {FORMAT}")
        yield _finding("fingerprint", "ok", f"Its vectors are by {pipeline.store.fingerprint}, as those of a question")
        yield from _unstated(held.undated, held.unattributed, held.articles)
        if pipeline.store.server is not None:
            away = _server(pipeline.store.server)
            yield away
            if away.status != "ok":
                return
        faults = pipeline.store.check()
        for fault in faults:
            yield _finding("indexes", "wrong", fault, _REBUILD)
        if not faults:
            yield _finding("indexes", "ok", "Ledger and indexes agree")
        if embeds:
            yield _found_again(pipeline)


def _server(server: Server) -> Finding:
    """Whether the server that has the vectors answers."""
    try:
        version = server.version()
    except LibraryServerError as error:
        advice = "Until it answers, articles are searched by words alone, and new ones are not found."
        return _finding("vectors", "wrong", str(error), advice)
    return _finding("vectors", "ok", f"Its vectors are on the Chroma server at {server.place}, version {version}")


def _unstated(undated: int, unattributed: int, held: int) -> Iterator[Finding]:
    """What is outside every limit of date or outlet, as nobody said it."""
    lacking = [f"{count} of unknown {what}" for count, what in ((undated, "date"), (unattributed, "outlet")) if count]
    if lacking:
        says = f"Of {articles(held)}: {', '.join(lacking)}; limits of date or outlet leave these out."
        yield _finding("bylines", "ok", says)


def _found_again(pipeline: Pipeline) -> Finding:
    """Whether a sentence of each of a few articles is found by a search for it."""
    bylines = pipeline.store.articles()
    chosen = {one.article_id: one for one in (bylines[-1], bylines[0], bylines[len(bylines) // 2])}
    sentences = [one for name in chosen if (one := _sentence(pipeline.store.article(name).text))]
    if not sentences:
        return _finding("search", "ok", "No article has a sentence that is fit to be searched for")
    found = sum(
        any(sentence in hit.passage.text for hit in pipeline.search(sentence, limit=READ)) for sentence in sentences
    )
    says = f"Of {len(sentences)} sentences of its own, {found} are found again by a search for them"
    if found == len(sentences):
        return _finding("search", "ok", says)
    return _finding("search", "warning" if found else "wrong", f"{says}.", _REBUILD)


def _sentence(words: str) -> str | None:
    """A plain sentence of an article: the first without a figure, which a search could take for a limit of date."""
    spans = text.sentences(words[:20_000])
    found = (words[start:end] for start, end in spans if end - start in _SENTENCE)
    return next((one for one in found if not any(character.isdecimal() for character in one)), None)


def _finding(check: str, status: Status, says: str, advice: str = "") -> Finding:
    return Finding(topic="Library", check=check, status=status, says=says, advice=advice)
