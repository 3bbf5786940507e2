"""The product as one object: takes articles in, searches them, answers. Page, API, command line and evals call it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from rag import answers, articles, citations, extract, intake, prompt, retrieval
from rag.config import Settings
from rag.embedding import Embedder, Vectors
from rag.errors import LibraryModelError, ModelError
from rag.library import Library, Writer, reembed
from rag.models import Model
from rag.question import Query, understand
from rag.rerank import Reranker
from rag.types import Answer, Article, Filters, Hit, IngestReport, Passage, Refusal, Turn

Progress: TypeAlias = Callable[[int, int, str], None]  # files done, files in all, name of what is being read

READ = 10  # passages that an answer is made of
BATCH = 64  # passages embedded at a time
NOTHING_FITS = "The articles in the library do not answer this."
NOTHING_THERE = "The library is empty: add articles with `python ingest.py FILE_OR_FOLDER`."
NOTHING_ADMITTED = "No article in the library is within these limits of outlet and date."


class Pipeline:
    """A library with its embedding model and, where configured, a reranker and a language model; any thread may call.

    Several may share one `embedder` and one `reranker`, which are loaded once then. Opening it raises LibraryError, and
    RerankError for a reranker that cannot be had.
    """

    def __init__(
        self, settings: Settings, *, embedder: Embedder | None = None, reranker: Reranker | None = None
    ) -> None:
        self.settings = settings
        self.embedder = embedder or Embedder(settings.cache_dir, settings.embed_threads)
        self.reranker = reranker or _reranker(settings)
        if self.reranker is not None:
            self.reranker.load()  # one that cannot be had is said at once, and not to the first who asks
        self.library = Library(
            settings.data_dir, fingerprint=intake.fingerprint(self.embedder), dimension=self.embedder.dimension
        )
        self.model = Model(settings) if settings.has_model else None

    def close(self) -> None:
        """Let go of the library."""
        self.library.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Taking in

    def ingest(self, paths: Sequence[Path], *, progress: Progress | None = None) -> IngestReport:
        """Read files and folders into the library and report what became of each article.

        One that cannot be read is refused with its reason and the rest go in; an unchanged one is not embedded again.
        Raises UsageError, ArticleError (nothing to read at all), LibraryError, EmbeddingError.
        """
        began = time.monotonic()
        files = articles.find(paths)
        tally = _Tally()
        with self.library.writing() as writer:
            waiting: list[tuple[Article, list[Passage]]] = []
            for done, path in enumerate(files):
                if progress:
                    progress(done, len(files), path.name)
                for item in articles.read(path, max_bytes=self.settings.max_file_mb * 1_000_000):
                    self._take(item, waiting, tally)
                    if sum(len(passages) for _, passages in waiting) >= BATCH:
                        self._put(writer, waiting, tally)
            self._put(writer, waiting, tally)
        if progress:
            progress(len(files), len(files), "")
        return tally.report(seconds=time.monotonic() - began)

    def _take(self, item: Article | Refusal, waiting: list[tuple[Article, list[Passage]]], tally: _Tally) -> None:
        if isinstance(item, Refusal):
            tally.refused.append(item)
            return
        same = self.library.unchanged(item)
        if same is not None:
            tally.unchanged.append(same)
        elif any(item.source == article.source for article, _ in waiting):
            tally.refused.append(
                Refusal(source=item.source, reason="it was given twice in one run; the first was taken.")
            )
        else:
            waiting.append((item, intake.passages(item, self.embedder)))

    def _put(self, writer: Writer, waiting: list[tuple[Article, list[Passage]]], tally: _Tally) -> None:
        vectors, sentences = intake.embed([one for _, passages in waiting for one in passages], self.embedder)
        at = 0
        for article, passages in waiting:
            replaced = self.library.find_source(article.source) is not None
            own = slice(at, at + len(passages))
            name = writer.put(article, passages, vectors[own], sentences[own])
            at = own.stop
            (tally.changed if replaced else tally.added).append(name)
            tally.passages += len(passages)
        waiting.clear()

    # Searching and answering

    def search(self, asked: str, *, limit: int = READ, filters: Filters = Filters()) -> list[Hit]:
        """The best passages for a question, best first; raises UsageError and as retrieval.search does."""
        query = understand(asked, filters=filters)
        return retrieval.search(self.library, self.embedder, query, limit=limit, reranker=self.reranker)

    def answer(self, asked: str, *, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Answer:
        """The whole answer; raises as `stream` does."""
        *_, last = self.stream(asked, history=history, filters=filters)
        return last

    def stream(
        self,
        asked: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """The answer so far, growing, the last one `finished`.

        Raises UsageError for a question that is empty or too long, and LibraryError, EmbeddingError or RerankError when
        searching fails. That nothing answers, or that the model fails, is an Answer and no exception. `stop` ends a
        model's work.
        """
        clock = _Clock()
        query = understand(asked, history=history, filters=filters)
        if not self.library.count().articles:
            yield clock.stamped(answers.abstention(query, reason="empty_library", sentence=NOTHING_THERE))
            return
        hits = retrieval.search(self.library, self.embedder, query, limit=READ, reranker=self.reranker)
        clock.lap("search")
        if not hits:
            yield clock.stamped(answers.abstention(query, reason="nothing_admitted", sentence=NOTHING_ADMITTED))
            return
        chosen = extract.select(query, extract.candidates(hits), embed=self.embedder.embed, weigh=self.library.rarity)
        clock.lap("extract")
        if not chosen:
            yield clock.stamped(answers.abstention(query, reason="no_evidence", sentence=NOTHING_FITS, hits=hits))
        elif self.model is None:
            yield from self._quoted(query, chosen, hits=hits, clock=clock)
        else:
            yield from self._written(query, chosen, hits=hits, history=history, clock=clock, stop=stop)

    def _quoted(
        self,
        query: Query,
        chosen: Sequence[extract.Evidence],
        *,
        hits: Sequence[Hit],
        clock: _Clock,
        notice: str | None = None,
    ) -> Iterator[Answer]:
        """The offline answer, one quotation more at a time."""
        for count in range(1, len(chosen)):
            yield replace(answers.offline(query, chosen[:count], hits=hits), finished=False, notice=notice)
        yield clock.stamped(replace(answers.offline(query, chosen, hits=hits), notice=notice))

    def _written(
        self,
        query: Query,
        chosen: Sequence[extract.Evidence],
        *,
        hits: Sequence[Hit],
        history: Sequence[Turn],
        clock: _Clock,
        stop: threading.Event | None,
    ) -> Iterator[Answer]:
        """The model's answer as far as it is verified, or the offline one with a notice that says why."""
        assert self.model is not None
        written, whole = "", ""
        try:
            with closing(self.model.stream(prompt.messages(query.standalone, hits), stop=stop)) as reply:
                for words in reply:
                    written += words
                    before, whole = whole, citations.complete(written)
                    if whole != before:
                        draft = answers.from_model(query, whole, hits=hits)
                        yield replace(draft.answer, finished=False, model=self.model.name)
        except ModelError as error:
            yield from self._quoted(query, chosen, hits=hits, clock=clock, notice=_instead(str(error)))
            return
        clock.lap("model")
        draft = answers.from_model(query, written, hits=hits)
        if not draft.answer.statements and citations.abstains(written):
            silent = answers.abstention(query, reason="model_abstained", sentence=NOTHING_FITS, hits=hits)
            yield clock.stamped(replace(silent, mode="model", model=self.model.name, usage=reply.usage))
            return
        if not draft.answer.statements:
            why = _unusable(written)
            yield from self._quoted(query, chosen, hits=hits, clock=clock, notice=_instead(why))
            return
        yield clock.stamped(
            replace(draft.answer, model=self.model.name, usage=reply.usage, notice=_left_out(draft.dropped))
        )

    # Upkeep

    def rebuild(self) -> None:
        """Build both indexes anew from the ledger; raises LibraryBusyError, LibraryError."""
        self.library.rebuild()


def rebuild(settings: Settings) -> None:
    """Build both indexes anew, embedding every article again where the library was made by another embedding model."""
    try:
        with Pipeline(settings) as pipeline:
            pipeline.rebuild()
    except LibraryModelError:
        embedder = Embedder(settings.cache_dir, settings.embed_threads)

        def embed(article: Article) -> tuple[list[Passage], Vectors, list[Vectors]]:
            found = intake.passages(article, embedder)
            return found, *intake.embed(found, embedder)

        made_by = intake.fingerprint(embedder)
        reembed(settings.data_dir, fingerprint=made_by, dimension=embedder.dimension, embed=embed)


def _reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, not loaded yet."""
    if not settings.rerank_model:
        return None
    return Reranker(settings.rerank_model, settings.cache_dir, settings.embed_threads)


def _instead(why: str) -> str:
    return f"{why} These are the articles’ own words instead."


def _unusable(written: str) -> str:
    if not written.strip():
        return "The model answered with nothing."
    return "The articles do not support what the model answered."


def _left_out(dropped: int) -> str | None:
    if dropped < 2:
        return "A sentence of the model was left out: the articles do not support it." if dropped else None
    return f"{dropped} sentences of the model were left out: the articles do not support them."


@dataclass(slots=True)
class _Tally:
    """An IngestReport in the making."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    passages: int = 0

    def report(self, *, seconds: float) -> IngestReport:
        return IngestReport(
            added=tuple(self.added),
            changed=tuple(self.changed),
            unchanged=tuple(self.unchanged),
            refused=tuple(self.refused),
            passages=self.passages,
            seconds=round(seconds, 3),
        )


class _Clock:
    """Milliseconds by stage of one answer."""

    def __init__(self) -> None:
        self._began = self._last = time.perf_counter()
        self._timings: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self._timings[stage] = round((now - self._last) * 1_000, 1)
        self._last = now

    def stamped(self, answer: Answer) -> Answer:
        total = round((time.perf_counter() - self._began) * 1_000, 1)
        return replace(answer, timings={**self._timings, "total": total})
