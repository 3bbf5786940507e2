"""A pipeline with the face of the real one, over three invented articles, whose answers are known beforehand.

`FakePipeline().stream(question)` grows one answer of two statements: after each step it waits for `step` where one is
given (a semaphore: each release lets one step out), and `ended` is set once the iterator is over or was closed. `steps`
are others to give, and `error` is raised after them, or by any other call. What was asked is kept in `asked`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

from rag.config import Settings, load_settings
from rag.embedding import Embedder
from rag.errors import NotFoundError, UsageError
from rag.store import Lag
from rag.turns import Turns
from rag.types import (
    Answer,
    Article,
    Byline,
    Citation,
    Coverage,
    Disagreement,
    Event,
    Filters,
    Hit,
    IngestReport,
    OutletCoverage,
    Passage,
    Position,
    Revision,
    Statement,
    Timeline,
    Turn,
    Usage,
)


def article(name: str, text: str, **byline: str) -> Article:
    return Article(
        id=name, revision="r1", text=text, source=f"{name}.md", ingested_at="2025-01-01T00:00:00+00:00", **byline
    )


ARTICLES = (
    article(
        "bridge-reopens",
        "The Oskar Bridge reopened on Friday. It had been shut for 14 months, the port authority said.",
        title="Bridge [video] reopens",
        outlet="Harbour Gazette",
        url="https://gazette.example/bridge?a=1&b=2",
        published_at="2024-11-29T08:00:00+00:00",
    ),
    article(
        "bridge-still-shut", "Nothing moves on the Oskar Bridge. Repairs will last 20 months [3], drivers were told."
    ),
    article(
        "ferry-prices", "Ferry fares rise in May.", title="Dearer crossings", outlet="Quay Post", url="javascript:x"
    ),
)

# What the last of them was before.
EARLIER = replace(ARTICLES[2], revision="r0", text="Ferry fares rise in June.", ingested_at="2024-12-01T00:00:00+00:00")


def revision(source: Article) -> Revision:
    """The text that an article has."""
    return Revision(
        article_id=source.id,
        revision=source.revision,
        ingested_at=source.ingested_at,
        title=source.title,
        published_at=source.published_at,
    )


def citation(number: int, source: Article, quote: str) -> Citation:
    start = source.text.index(quote)
    return Citation(
        number=number,
        article_id=source.id,
        revision=source.revision,
        start=start,
        end=start + len(quote),
        quote=quote,
        title=source.title,
        outlet=source.outlet,
        url=source.url,
        published_at=source.published_at,
    )


def answer(question: str) -> Answer:
    """Both sides on how long the bridge is shut; the second quotation holds a number in brackets, which is no mark."""
    first = citation(1, ARTICLES[0], "It had been shut for 14 months, the port authority said.")
    second = citation(2, ARTICLES[1], "Repairs will last 20 months [3], drivers were told.")
    statements = (
        Statement(text=f"“{first.quote}” — Harbour Gazette", citations=(1,), support="supported"),
        Statement(text=f"“{second.quote}” — outlet unknown", citations=(2, 1), support="partial", reason="Elsewhere."),
    )
    sides = (
        Position(claim="14 months", citation=1, outlet="Harbour Gazette", speaker="port authority", date="2024-11-29"),
        Position(claim="20 months", citation=2),
    )
    return Answer(
        question=question,
        standalone_question=question,
        text=f"{statements[0].text} [1] {statements[1].text} [2][1]",
        statements=statements,
        citations=(first, second),
        disagreements=(Disagreement(about="how long the bridge is shut", positions=sides),),
        as_of="2024-11-29",
        hits=tuple(hits(limit=2)),
        timings={"retrieval": 1.5},
        usage=Usage(prompt_tokens=7, completion_tokens=5),
    )


def hits(*, limit: int) -> list[Hit]:
    return [
        Hit(
            passage=Passage(
                id=f"{one.id}:r1:0", article_id=one.id, revision="r1", start=0, end=len(one.text), text=one.text
            ),
            byline=one.byline,
            score=1 / rank,
            rank=rank,
            dense=0.5,
        )
        for rank, one in enumerate(ARTICLES[:limit], start=1)
    ]


def coverage(topic: str) -> Coverage:
    """One outlet and the unknown one, which disagree; the other outlet is silent."""
    whole = answer(topic)
    first, second = whole.citations
    return Coverage(
        topic=topic,
        outlets=(
            OutletCoverage(outlet="Harbour Gazette", citations=(first,), articles=1),
            OutletCoverage(outlet=None, citations=(second,), articles=1),
        ),
        silent=("Quay Post",),
        disagreements=whole.disagreements,
    )


def timeline(topic: str) -> Timeline:
    """One day with one sentence, and one sentence without a day."""
    dated = citation(1, ARTICLES[0], "The Oskar Bridge reopened on Friday.")
    dated = replace(dated, event_date="2024-11-29")
    undated = citation(2, ARTICLES[1], "Nothing moves on the Oskar Bridge.")
    return Timeline(topic=topic, events=(Event(day="2024-11-29", citations=(dated,)),), undated=(undated,))


def growth(whole: Answer) -> list[Answer]:
    """The answer as it grows: part of the first statement, the first with its mark, all of it."""
    first = whole.statements[0]
    begun = replace(whole, text=first.text[:12], statements=(), citations=(), disagreements=(), finished=False)
    half = replace(begun, text=f"{first.text} [1] ", statements=whole.statements[:1], citations=whole.citations[:1])
    return [begun, half, whole]


class FakeStore:
    """The part of the library that is read from outside."""

    def article(self, article_id: str, revision: str | None = None) -> Article:
        for one in (*ARTICLES, EARLIER):
            if one.id == article_id and revision in (None, one.revision):
                return one
        raise NotFoundError(f"There is no article {article_id!r}; `python ingest.py --list` shows what there is.")

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        now = revision(self.article(article_id))
        if article_id != EARLIER.id:
            return (now,)
        return now, replace(revision(EARLIER), replaced_at=now.ingested_at)

    def articles(self) -> list[Byline]:
        return [one.byline for one in ARTICLES]

    def catalogue(
        self, words: str = "", *, sort: str = "taken", limit: int = 25, offset: int = 0
    ) -> tuple[tuple[Byline, ...], int]:
        found = [one.byline for one in ARTICLES if words in f"{one.title} {one.outlet} {one.id}"]
        ordered = sorted(found, key=lambda byline: byline.title or "~") if sort == "title" else found
        return tuple(ordered[offset : offset + limit]), len(found)

    def matching(self, query: str, *, limit: int) -> list[object]:
        return []

    def server_is_away(self) -> bool:
        return False

    def lag(self) -> Lag:
        return Lag(change=7, indexes=5)

    def outlets(self) -> list[str]:
        return ["Harbour Gazette", "Quay Post"]

    def count(self) -> SimpleNamespace:
        return SimpleNamespace(articles=len(ARTICLES), passages=len(ARTICLES))


@dataclass(kw_only=True)
class FakePipeline:
    """See the module's docstring."""

    steps: Iterable[Answer] | None = None
    step: threading.Semaphore | None = None
    error: Exception | None = None
    model: SimpleNamespace | None = None
    store: FakeStore = field(default_factory=FakeStore)
    settings: Settings = field(default_factory=lambda: Settings(_env_file=None))
    embedder: Embedder = field(default_factory=lambda: Embedder(load_settings().cache_dir))  # the real one, not loaded
    turns: Turns = field(default_factory=lambda: Turns(4))
    listeners: list[Callable[[Answer], None]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, tuple[Turn, ...], Filters]] = field(default_factory=list)
    reranker: SimpleNamespace | None = None
    nli: SimpleNamespace | None = None
    report: IngestReport = field(default_factory=IngestReport)  # what taking in gives
    ingested: list[list[object]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def search(self, question: str, *, limit: int = 10, filters: Filters = Filters()) -> list[Hit]:
        self.asked.append((question, (), filters))
        self._check(question)
        if self.error:
            raise self.error
        return hits(limit=limit)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        stop: threading.Event | None = None,
    ) -> Iterator[Answer]:
        self.asked.append((question, tuple(history), filters))
        try:
            self._check(question)
            for answer in self._steps(question):
                if answer.finished:
                    for listener in self.listeners:
                        listener(answer)
                yield answer
        finally:
            self.ended.set()

    def _steps(self, question: str) -> Iterator[Answer]:
        for step in growth(answer(question)) if self.steps is None else self.steps:
            if self.step:
                assert self.step.acquire(timeout=20), "the test let no more steps out"
            yield step
        if self.error:
            raise self.error

    def answer(self, question: str, *, history: Sequence[Turn] = (), filters: Filters = Filters()) -> Answer:
        *_, last = self.stream(question, history=history, filters=filters)
        return last

    def coverage(self, topic: str, *, filters: Filters = Filters()) -> Coverage:
        self.asked.append((topic, (), filters))
        self._check(topic)
        if self.error:
            raise self.error
        return coverage(topic)

    def timeline(self, topic: str = "", *, filters: Filters = Filters()) -> Timeline:
        self.asked.append((topic, (), filters))
        if topic.strip():
            self._check(topic)
        if self.error:
            raise self.error
        return timeline(topic)

    def ingest(self, sources: Sequence[object], *, patience: float = 0.0) -> IngestReport:
        self.ingested.append(list(sources))
        if self.error:
            raise self.error
        return self.report

    def remove(self, article_id: str, *, patience: float = 0.0) -> None:
        if self.error:
            raise self.error
        self.store.article(article_id)
        self.removed.append(article_id)

    def end(self) -> None:
        """Stop nothing: what it takes in is in at once."""

    def close(self) -> None:
        pass

    def _check(self, question: str) -> None:
        if not question.strip():
            raise UsageError("The question is empty; ask something.")
        if len(question) > 2000:
            raise UsageError(f"The question has {len(question):,} characters; ask it in 2,000 at most.")
