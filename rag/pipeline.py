"""The product as one object: takes articles in, searches them, answers. Page, API, command line and evals call it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeAlias

from rag import answers, citations, coverage, evidence, extract, intake, retrieval, store, timeline, topics, tracing
from rag.ahead import ahead
from rag.breaker import Breaker
from rag.config import Settings
from rag.embedding import Embedder, Vectors
from rag.errors import EndingError, LibraryModelError, ModelError, UsageError
from rag.evidence import Evidence
from rag.extract import Selection
from rag.fetch import Client, Get, Limits, user_agent
from rag.nli import Nli
from rag.question import Query, understand
from rag.rerank import Reranker
from rag.store import Contents as Contents
from rag.store import State, Store, reembed
from rag.turns import Turns
from rag.types import (
    Answer,
    Article,
    Copies,
    Coverage,
    Filters,
    Hit,
    IngestReport,
    Passage,
    Timeline,
    Turn,
    Usage,
)
from rag.vectors import Server

# What reads articles, and what checks a language model's words, is loaded when it is first used: a program that asks
# offline starts a third of a second sooner without.
if TYPE_CHECKING:
    from rag import articles, written
    from rag import sources as sources_of
    from rag.models import Model

Reading: TypeAlias = "Callable[..., Iterator[sources_of.Item]]"  # as sources.items
Listener: TypeAlias = Callable[[Answer], None]  # is told of each finished answer; what it raises is logged

READ = 10  # passages that an answer is made of
FURTHER = 3  # passages that each question of a model may add to them
PROPOSING = 0.5  # of the time for an answer, for what a model may propose before it
FEW, COMMON = 10, 1.5  # what the passages' word on rarity is weighed against, and the rarity that a word has without it
MANY, TOLD = 30, 0.3  # the most that it weighs, and how fast it grows with the square of their number
TURNS = 1  # questions that are worked at at a time, and searches: of many, Python would make all as late as the last
SERVER_TURNS = 8  # the same where a Chroma server is waited for; the time of a language model is not counted
FOUND = 512  # searches whose hits are remembered, some 10 MB
READ_AHEAD = 32  # articles that wait to be embedded
NOTHING_THERE = "The library is empty: add articles with `python ingest.py FILE_FOLDER_OR_URL`."
NOTHING_ADMITTED = (
    "No article in the library is within these limits; one of unknown date is outside every limit of date."
)

_log = logging.getLogger(__name__)


class Pipeline:
    """A library with its embedding model and, where configured, a reranker and a language model; any thread may call.

    Several may share one `embedder` and one `reranker`, which are loaded once then; `fetcher` gets web pages, unless
    given those of public hosts, and `reading` reads what sources hold. Opening it raises LibraryError, and RerankError
    for a reranker that cannot be had.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        embedder: Embedder | None = None,
        reranker: Reranker | None = None,
        fetcher: Get | None = None,
        reading: Reading | None = None,
    ) -> None:
        self.settings = settings
        self.embedder = embedder or Embedder(settings.cache_dir, settings.embed_threads)
        self.reranker = reranker or _reranker(settings)
        if self.reranker is not None:
            self.reranker.load()  # one that cannot be had is said at once, and not to the first who asks
        self.store = Store(
            settings.data_dir,
            fingerprint=intake.fingerprint(self.embedder),
            dimension=self.embedder.dimension,
            server=_server(settings),
            read_only=settings.read_only,
        )
        self.nli = _nli(settings)
        if self.nli is not None:
            self.nli.load()
        self.model = _model(settings)
        self.listeners: list[Listener] = []
        at_once = SERVER_TURNS if settings.chroma_url else TURNS
        self.turns, self.searches = Turns(at_once), Turns(at_once)
        self._ending = threading.Event()
        self._reading: set[threading.Event] = set()  # of each `ingest` that only `end` can stop
        self._searched = lru_cache(maxsize=FOUND)(self._search)
        self._client = Client(
            limits=Limits(max_bytes=settings.max_file_mb * 1_000_000), agent=user_agent(settings.fetch_contact)
        )
        self._get = fetcher or self._client.get
        self._items = reading

    def end(self) -> None:
        """Stop every `ingest` that nobody else can stop: what was read by then goes in, and it raises EndingError."""
        self._ending.set()
        for reading in tuple(self._reading):
            reading.set()

    def close(self) -> None:
        """Let go of the library, and of whatever is being fetched."""
        self._client.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Taking in

    def ingest(
        self,
        sources: Sequence[articles.Source],
        *,
        progress: sources_of.Progress | None = None,
        patience: float = 0.0,
        stop: threading.Event | None = None,
        again: bool = False,
    ) -> IngestReport:
        """Read files, folders, http(s) addresses (a str) and texts into the library; what became of each article.

        An address may be of a page, a file, a feed or a sitemap. A source that cannot be read is refused with its
        reason and the rest go in; an unchanged article is not embedded again. `progress` is told in another thread what
        is being read, ahead of what is being embedded. `stop` ends it; what was read by then is in the library.

        What was removed is refused where a folder, a feed or a sitemap names it; with `again`, as for sources that are
        looked at time and again, also where it is named by itself. Raises UsageError where no source is given,
        LibraryError, EmbeddingError; LibraryBusyError where, once there is something to put, another is changing the
        library for longer than `patience` seconds; EndingError after `end`, where no `stop` is given.
        """
        from rag import sources as sources_of
        from rag.confined import Confined
        from rag.confined import Limits as ParseLimits
        from rag.ingestion import Admission, Ingestion, Tally

        began, ended = time.monotonic(), threading.Event()
        self.store.require_writing()
        if not sources:
            raise UsageError("Nothing was named; name a file, a folder or a web address of articles.")
        found, refused = sources_of.find_each(sources)
        if not found:
            return Tally.of(refused).report(seconds=time.monotonic() - began)
        with tracing.span("ingest", sources=len(found)), ExitStack() as held:
            if stop is None:
                self._reading.add(ended)
                held.callback(self._reading.discard, ended)
                if self._ending.is_set():
                    raise EndingError
            admission = Admission(refuse=frozenset(self.settings.refuse), languages=frozenset(self.settings.languages))
            ingestion = Ingestion(
                self.store,
                lambda: held.enter_context(self.store.writing(patience=patience, stop=stop or self._ending)),
                self.embedder,
                admission=admission,
                refused=refused,
            )
            items = (self._items or sources_of.items)(
                found,
                get=self._get,
                visits=self.store,
                max_bytes=self.settings.max_file_mb * 1_000_000,
                known=self.store.read_as,
                parser=Confined(
                    ParseLimits(seconds=self.settings.parse_seconds, memory_mb=self.settings.parse_memory_mb),
                    stopped=lambda: ended.is_set() or (stop is not None and stop.is_set()),
                ),
                most_links=self.settings.max_links,
                stop=stop or ended,
                progress=progress,
            )
            with closing(ahead(tracing.each("read", items), most=READ_AHEAD)) as read:
                try:
                    for item in read:
                        ingestion.take(item.found, item.visit, named=item.named and not again)
                finally:
                    ended.set()
            report = ingestion.end()
        self.store.settle()  # where nothing was put, nothing has been published
        if stop is None and self._ending.is_set():
            raise EndingError
        if progress:
            progress(len(found), len(found), "")
        return report

    def remove(self, article_id: str, *, patience: float = 0.0) -> None:
        """Take an article out of the library; raises NotFoundError, LibraryError, and LibraryBusyError as `ingest`."""
        with self.store.writing(patience=patience) as writer:
            writer.remove(article_id)

    # Searching and answering

    def search(self, asked: str, *, limit: int = READ, filters: Filters = Filters()) -> list[Hit]:
        """The best passages for a question, best first; raises UsageError and as retrieval.search does."""
        with self.searches.turn():
            return self._found(self._understood(asked, filters=filters), limit=limit)

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
        return tracing.apart(self._told(asked, history=history, filters=filters, stop=stop))

    def _told(
        self, asked: str, *, history: Sequence[Turn], filters: Filters, stop: threading.Event | None
    ) -> Generator[Answer, None, None]:
        """The steps, the last one with its timings and told to every listener."""
        with self.turns.question(), tracing.span("ask", turns=len(history)) as span, tracing.clock() as clock:
            span.note_texts(question=asked)
            for step in self._steps(asked, history=history, filters=filters, stop=stop):
                if step.finished:
                    step = replace(step, timings=clock.timings())
                    span.note(mode=step.mode, outcome=step.reason or "answered", citations=len(step.citations))
                    self._tell(step)
                yield step

    def _tell(self, answer: Answer) -> None:
        for listener in tuple(self.listeners):
            try:
                listener(answer)
            except Exception:  # noqa: BLE001 - whoever counts answers must not cost anybody one
                _log.exception("A listener failed.")

    def _steps(
        self, asked: str, *, history: Sequence[Turn], filters: Filters, stop: threading.Event | None
    ) -> Iterator[Answer]:
        """The answer as it grows; all but what a model writes is done in one turn, before the first step is given."""
        with self.turns.turn():
            query = self._understood(asked, history=history, filters=filters)
            steps = self._found_out(query, stop=stop)
            if self.model is None:
                steps = iter([*steps])
        yield from steps

    def _copies(self, query: Query, answer: Answer) -> tuple[Copies, ...]:
        """Which of the cited texts several articles within the limits have."""
        since, until = query.period or (None, None)
        limits = replace(query.filters, since=query.filters.since or since, until=query.filters.until or until)
        cited = {one.article_id for one in answer.citations}
        return answers.copies(answer.citations, self.store.with_copies(cited, within=self.store.admitted(limits)))

    def _found_out(self, query: Query, *, stop: threading.Event | None) -> Iterator[Answer]:
        """What is found, at once; the steps of the answer that is made of it, as they are asked for."""
        size = self.store.count()
        if not size.articles:
            return iter((answers.abstention(query, reason="empty_library", sentence=NOTHING_THERE),))
        hits, selection, notice = self._selected(query, weigh=self._rarity(size.passages))

        def steps() -> Iterator[Answer]:
            for step in self._told_of(query, hits, selection, stop=stop):
                step = replace(step, copies=self._copies(query, step)) if step.finished else step
                yield replace(step, notice=" ".join(filter(None, (notice, step.notice)))) if notice else step

        return steps()

    def _told_of(
        self, query: Query, hits: list[Hit], selection: Selection, *, stop: threading.Event | None
    ) -> Iterator[Answer]:
        """The answer that is made of what was found."""
        if not hits:
            yield answers.abstention(query, reason="nothing_admitted", sentence=NOTHING_ADMITTED)
        elif not selection.evidence:
            reason, sentence = answers.why_not(query, selection)
            yield answers.abstention(query, reason=reason, sentence=sentence, hits=hits, selection=selection)
        elif self.model is None:
            yield from self._quoted(query, selection, hits=hits)
        else:
            yield from self._written(query, selection, hits=hits, model=self.model, stop=stop)

    def _understood(self, asked: str, *, history: Sequence[Turn] = (), filters: Filters) -> Query:
        with tracing.span("understand"):
            return understand(asked, history=history, filters=filters, newest=self._newest)

    def _found(self, query: Query, *, limit: int = READ) -> list[Hit]:
        """What a search finds; the last FOUND are remembered for as long as the library is what it was."""
        return self._found_and_told(query, limit=limit)[0]

    def _found_and_told(self, query: Query, *, limit: int = READ) -> tuple[list[Hit], str | None]:
        """The same, and what went wrong that did not stop the search."""
        with tracing.span("search", limit=limit):
            try:
                return list(self._searched(query, limit, self.store.state())), None
            except _LessFoundError as less:
                return list(less.hits), less.notice

    def _search(self, query: Query, limit: int, state: State) -> tuple[Hit, ...]:
        told: list[str] = []
        hits = tuple(
            retrieval.search(self.store, self.embedder, query, limit=limit, reranker=self.reranker, tell=told.append)
        )
        if told:
            raise _LessFoundError(hits, told[0])  # raised, so that it is not remembered
        return hits

    def _selected(self, query: Query, *, weigh: evidence.Weigh) -> tuple[list[Hit], Selection, str | None]:
        """What is found for a question, what of it answers, and what went wrong that did not stop the search."""
        hits, notice = self._found_and_told(query)
        with tracing.span("extract"):
            found, known = evidence.candidates(hits), self._known(hits)
            selection = extract.select(query, found, embed=self.embedder.embed, weigh=weigh, known=known)
        return hits, selection, notice

    def _known(self, hits: Sequence[Hit]) -> dict[str, Vectors]:
        """The sentences of the hits with the vectors that the library has of them."""
        stored = self.store.sentence_vectors([hit.passage.id for hit in hits])
        return {
            words: row
            for hit in hits
            for words, row in zip(intake.sentences(hit.passage), stored.get(hit.passage.id, ()), strict=False)
        }

    def _newest(self) -> str | None:
        """The day of the newest article; None where no date is known."""
        newest = self.store.holdings().newest
        return newest[:10] if newest else None

    def _rarity(self, passages: int) -> Callable[[str], float]:
        """How rare a stem is among so many passages; of few nobody can tell, so all words are nearly alike.

        What decides whether a question is answered was calibrated with these weights (evals/README.md).
        """
        trust = min(MANY, TOLD * passages**2)
        return lambda stem: (trust * self.store.rarity(stem) + FEW * COMMON) / (trust + FEW)

    def _quoted(
        self, query: Query, selection: Selection, *, hits: Sequence[Hit], instead: _Instead | None = None
    ) -> Iterator[Answer]:
        """The offline answer, one quotation more at a time."""
        notice = None if instead is None else instead.notice
        for count in range(1, len(selection.evidence)):
            part = answers.offline(query, selection, hits=hits, shown=count)
            yield replace(part, finished=False, notice=notice)
        whole = answers.offline(query, selection, hits=hits)
        if instead is not None:
            whole = replace(whole, notice=notice, usage=instead.usage, unsupported=instead.unsupported)
        yield whole

    def _written(
        self,
        query: Query,
        selection: Selection,
        *,
        hits: Sequence[Hit],
        model: Model,
        stop: threading.Event | None,
    ) -> Iterator[Answer]:
        """The model's answer as far as it is verified, or the offline one with a notice that says why.

        The model is shown first what the offline answer would quote. What it proposes is asked for before that.
        """
        from rag import prompt, proposals

        shown = _evidence_first(hits, selection.evidence)
        proposal, used = proposals.Proposal(), Usage()
        if self.settings.model_proposes:
            with tracing.span("propose"):
                less = model.within(PROPOSING)  # what it proposes can be done without
                proposal, used = proposals.propose(less, query.standalone, shown, stop=stop)
            with tracing.span("widen"):
                shown = self._widened(query, proposal.questions, shown)
        said, whole = "", ""
        try:
            with (
                tracing.span("model", **{"gen_ai.request.model": model.name}) as span,
                closing(model.stream(prompt.messages(query.standalone, shown), stop=stop)) as reply,
            ):
                for words in reply:
                    said += words
                    before, whole = whole, citations.complete(said)
                    if whole != before:
                        draft = self._verified(query, whole, shown)
                        if draft.stands:
                            yield replace(draft.answer, finished=False, model=model.name)
                span.note(**_counted(reply.usage))
        except ModelError as error:
            instead = _Instead(why=str(error), usage=used)
            yield from self._quoted(query, selection, hits=hits, instead=instead)
            return
        used = _sum(used, reply.usage)
        draft = self._verified(query, said, shown, selection=selection)
        if draft.stands:
            answer = proposals.with_disagreements(draft.answer, proposal.contested, shown=shown)
            notice = _amiss(draft.unsupported, self.settings.unsupported)
            yield replace(answer, model=model.name, usage=used, notice=notice, unsupported=draft.unsupported)
        elif citations.abstains(said):
            silent = answers.abstention(
                query, reason="model_abstained", sentence=answers.NOTHING_FITS, hits=hits, selection=selection
            )
            yield replace(silent, mode="model", model=model.name, usage=used)
        else:
            instead = _Instead(why=_unusable(said), usage=used, unsupported=draft.unsupported)
            yield from self._quoted(query, selection, hits=hits, instead=instead)

    def _verified(
        self, query: Query, said: str, shown: Sequence[Hit], *, selection: Selection | None = None
    ) -> written.Draft:
        from rag import written

        how = self.settings.unsupported
        with tracing.span("verify"):
            return written.from_model(query, said, hits=shown, selection=selection, unsupported=how, nli=self.nli)

    def _widened(self, query: Query, questions: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
        """The hits and, behind them, those that further questions add within the limits of the first one."""
        found = {hit.passage.id: hit for hit in hits}
        for question in questions:
            try:
                asked = understand(question, filters=query.filters)
            except UsageError:
                continue
            asked = replace(asked, period=query.period or asked.period)
            for hit in self._found(asked, limit=FURTHER):
                found.setdefault(hit.passage.id, replace(hit, rank=len(found) + 1))
        return list(found.values())

    def suggest(
        self,
        answer: Answer,
        *,
        filters: Filters = Filters(),
        asked: Sequence[str] = (),
        stop: threading.Event | None = None,
    ) -> tuple[str, ...]:
        """At most three further questions that the library answers within the filters; `asked` is not asked again.

        Made and checked without a language model. `stop` ends it with what was found so far. Raises as `stream` does.
        """
        from rag import suggestions

        weigh = self._rarity(self.store.count().passages)

        def selected(question: str) -> Selection:
            with self.turns.turn():
                return self._selected(understand(question, filters=filters), weigh=weigh)[1]

        with tracing.span("suggest"):
            return suggestions.suggested(answer, ask=selected, asked=asked, stop=stop)

    # Views of a topic

    def coverage(self, topic: str, *, filters: Filters = Filters()) -> Coverage:
        """Who says what on a topic, a phrase or a question; raises UsageError and as retrieval.search does."""
        with tracing.span("compare"):
            query, weigh = self._topic(topic, filters)
            return coverage.coverage(self.store, self.embedder, query, weigh=weigh, known=self._known)

    def timeline(self, topic: str = "", *, filters: Filters = Filters()) -> Timeline:
        """What the articles say of which day on a topic, or, without one, what the newest articles do.

        Raises as `coverage` does.
        """
        with tracing.span("timeline"):
            if not topic.strip():
                return timeline.of_newest(self.store, filters)
            query, weigh = self._topic(topic, filters)
            return timeline.on_topic(self.store, self.embedder, query, weigh=weigh, known=self._known)

    def _topic(self, topic: str, filters: Filters) -> tuple[Query, evidence.Weigh]:
        query = topics.about(topic, filters=filters, newest=self._newest)
        return query, self._rarity(self.store.count().passages)

    # Upkeep

    def rebuild(self) -> None:
        """Build both indexes anew from the ledger; raises LibraryBusyError, LibraryError."""
        self.store.rebuild()


def rebuild(settings: Settings) -> None:
    """Build both indexes anew, embedding every article again where the library was made by another embedding model."""
    try:
        with Pipeline(settings) as pipeline:
            pipeline.rebuild()
    except LibraryModelError:
        _embed_again(settings)


def export(settings: Settings, path: Path) -> Contents:
    """Write the whole library to one new portable file, while others read and write; raises UsageError, LibraryError.

    It is the library as it is at this moment, by whatever embedding model its vectors were made.
    """
    return store.export(settings.data_dir, path, fingerprint=intake.fingerprint(Embedder), dimension=Embedder.dimension)


def take_in(settings: Settings, path: Path) -> Contents:
    """Make a new library of what a portable file holds, and its indexes; embed it again where its model is another.

    All goes in or nothing. Raises UsageError where the library is not new, or there is no such file; LibraryError where
    the file is damaged, or of a newer version; LibraryBusyError.
    """
    if settings.read_only:
        raise store.only_read(settings.data_dir)
    made_by = intake.fingerprint(Embedder)
    taken = store.take_in(settings.data_dir, path, fingerprint=made_by, dimension=Embedder.dimension)
    try:
        with Pipeline(settings) as pipeline, pipeline.store.writing():
            pass  # opening has built the indexes; where it could not, this says why
    except LibraryModelError:
        _embed_again(settings)
    return taken


def _embed_again(settings: Settings) -> None:
    if settings.read_only:
        raise store.only_read(settings.data_dir)
    embedder = Embedder(settings.cache_dir, settings.embed_threads)

    def embed(article: Article) -> tuple[list[Passage], list[Vectors]]:
        found = intake.passages(article, embedder)
        return found, intake.embed(found, embedder)

    made_by = intake.fingerprint(embedder)
    dimension = embedder.dimension
    reembed(settings.data_dir, fingerprint=made_by, dimension=dimension, embed=embed, server=_server(settings))


class _LessFoundError(Exception):
    """What was found though something was amiss, and a notice of that."""

    def __init__(self, hits: Sequence[Hit], notice: str) -> None:
        super().__init__(notice)
        self.hits = hits
        self.notice = notice


def _server(settings: Settings) -> Server | None:
    """The Chroma server that is to have the vectors; raises SettingsError."""
    if not (settings.chroma_url or "").strip():
        return None
    token = settings.chroma_token.get_secret_value() if settings.chroma_token else None
    return Server(
        settings.chroma_url or "",
        token=token,
        tenant=settings.chroma_tenant,
        database=settings.chroma_database,
        sparse=settings.chroma_sparse,
    )


def _model(settings: Settings) -> Model | None:
    """The configured language model."""
    if not settings.has_model:
        return None
    from rag.models import Model

    return Model(settings, breaker=Breaker())


def _reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, not loaded yet."""
    if not settings.rerank_model:
        return None
    return Reranker(settings.rerank_model, settings.cache_dir, settings.embed_threads)


def _nli(settings: Settings) -> Nli | None:
    """The configured entailment model, not loaded yet."""
    return Nli(settings.nli_model, settings.cache_dir, settings.embed_threads) if settings.nli_model else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Instead:
    """Why there are quotations instead of a model's reply, and what that had cost."""

    why: str
    usage: Usage
    unsupported: int = 0

    @property
    def notice(self) -> str:
        return f"{self.why} These are the articles’ own words instead."


def _counted(usage: Usage) -> dict[str, tracing.Value]:
    """The tokens under OpenTelemetry's names."""
    return {"gen_ai.usage.input_tokens": usage.prompt_tokens, "gen_ai.usage.output_tokens": usage.completion_tokens}


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
    )


def _unusable(written: str) -> str:
    if not written.strip():
        return "The model answered with nothing."
    return "The articles do not support what the model answered."


def _amiss(unsupported: int, how: written.Unsupported) -> str | None:
    done = "left out" if how == "drop" else "marked"
    if unsupported < 2:
        return f"A sentence of the model was {done}: the articles do not support it." if unsupported else None
    return f"{unsupported} sentences of the model were {done}: the articles do not support them."


def _evidence_first(hits: Sequence[Hit], chosen: Sequence[Evidence]) -> list[Hit]:
    """The hits with those first that hold chosen evidence, in its order: models read the beginning best.

    Liu et al., Lost in the Middle (2023, arXiv:2307.03172).
    """
    first: dict[str, Hit] = {}
    for one in chosen:
        candidate = one.candidate
        for hit in hits:
            passage = hit.passage
            same = hit.byline.article_id == candidate.byline.article_id
            if same and passage.start <= candidate.start and candidate.end <= passage.end:
                first.setdefault(passage.id, hit)
                break
    return [*first.values(), *(hit for hit in hits if hit.passage.id not in first)]
