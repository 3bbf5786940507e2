"""Articles on their way into the library: told apart from what it has, cut and embedded by the batch, put, reported."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from rag import intake, quality, tracing
from rag.embedding import Embedder
from rag.sources import removed
from rag.store import Store, Writer
from rag.types import Article, Defect, DefectKind, IngestReport, NewlyRead, Passage, Refusal, Unchanged, Visit

Outcome: TypeAlias = Literal["added", "changed", "unchanged", "refused"]

BATCH = 64  # passages embedded at a time
NOTED = 1_000  # inputs and visits that are noted at a time
NAMED = 10_000  # articles and refusals of each outcome that a report names; the others are counted
AGAIN = "it was given twice in one run, with another text; the first was taken."


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What is taken in at all: articles without a defect of the kinds refused, in one of the languages.

    `languages` are ISO 639-1 codes; of none, every language is admitted, as is an article whose language is not known.
    """

    refuse: frozenset[DefectKind] = frozenset()
    languages: frozenset[str] = frozenset()

    def judged(self, article: Article) -> Article | Refusal:
        """The article with all that is amiss with it, or why it is refused."""
        if self.languages and article.language and article.language not in self.languages:
            reason = f"It is in another language ({article.language}) than {', '.join(sorted(self.languages))}."
            article = replace(article, defects=(*article.defects, Defect(kind="language", reason=reason)))
        refused = quality.refusal(article.defects, kinds=self.refuse)
        return article if refused is None else Refusal(source=article.source, reason=refused)


class Ingestion:
    """One run that takes articles in; `write`, the right to do so, is asked for when the first is to be put.

    Memory hardly grows with the number of articles: what has been put is in the library, of the outcomes the first of
    each kind are named, and of what is unchanged a number is kept, so that another text of it in the same run is seen.
    """

    def __init__(
        self,
        store: Store,
        write: Callable[[], Writer],
        embedder: Embedder,
        *,
        admission: Admission,
        refused: Iterable[Refusal] = (),
    ) -> None:
        self._store = store
        self._write = write
        self._writer: Writer | None = None
        self._embedder = embedder
        self._admission = admission
        self._began = time.monotonic()
        self._mark = 0
        self._same: set[int] = set()  # hashes of the ids of articles that were found unchanged
        self._waiting: list[_Waiting] = []
        self._read: dict[bytes, str] = {}
        self._visits: list[Visit] = []
        self._tally = Tally.of(refused)

    def take(
        self, item: Article | Unchanged | Refusal | None, visit: Visit | None = None, *, named: bool = True
    ) -> None:
        """Take one item in; `visit` is noted with it once it is durable. Raises LibraryError, EmbeddingError.

        None is a visit alone, as of a feed: it is noted once all before it is durable. What was removed is taken in
        only if somebody `named` it.
        """
        judged = self._admission.judged(item) if isinstance(item, Article) else item
        match judged:
            case Refusal():
                self._tally.refuse(judged)
            case Unchanged(article_id=name):
                self._unchanged(name, visit=visit)
            case Article():
                self._take(judged, visit, named=named)
            case None if visit is not None:
                self._put()
                self._visits.append(visit)

    def _take(self, article: Article, visit: Visit | None, *, named: bool) -> None:
        if any(article.source == one.article.source for one in self._waiting):
            self._put()
        same = self._store.unchanged(article)
        if same is not None:
            self._unchanged(same, article, visit=visit)
            return
        known = self._store.known(article.source)
        if known is None and not named and (day := self._store.removed(article)) is not None:
            self._tally.refuse(removed(article.source, day))
        elif self._writer is None:
            self._writer = self._write()
            self._mark = self._store.last_number()
            self._take(article, visit, named=named)  # others may have put it, or removed it, until now
        elif known is not None and (known.number > self._mark or hash(known.article_id) in self._same):
            self._tally.refuse(Refusal(source=article.source, reason=AGAIN))
        else:
            passages = intake.passages(article, self._embedder)
            self._waiting.append(_Waiting(article=article, passages=passages, visit=visit, is_new=known is None))
            if sum(len(one.passages) for one in self._waiting) >= BATCH:
                self._put()

    def _unchanged(self, article_id: str, article: Article | None = None, *, visit: Visit | None) -> None:
        self._tally.count("unchanged", article_id)
        self._same.add(hash(article_id))
        self._note(article_id, article, visit=visit)

    def _put(self) -> None:
        """Embed what is waiting and put it in."""
        if not self._waiting:
            return
        assert self._writer is not None
        read = [passage for one in self._waiting for passage in one.passages]
        with tracing.span("embed", passages=len(read)):
            sentences = intake.embed(read, self._embedder)
        at = 0
        for one in self._waiting:
            own = slice(at, at + len(one.passages))
            at = own.stop
            name = self._writer.put(one.article, one.passages, sentences[own])
            self._tally.count("added" if one.is_new else "changed", name)
            self._tally.passages += len(one.passages)
            self._note(name, one.article, visit=one.visit)
        self._waiting.clear()

    def _note(self, article_id: str, article: Article | None = None, *, visit: Visit | None) -> None:
        if isinstance(article, NewlyRead):
            self._read[article.raw] = article_id
        if visit is not None:
            self._visits.append(replace(visit, article_id=article_id))
        if len(self._read) + len(self._visits) >= NOTED:
            self._write_notes()

    def _write_notes(self) -> None:
        self._store.note(self._read, self._visits)
        self._read.clear()
        self._visits.clear()

    def end(self) -> IngestReport:
        """Put what is waiting, and say what became of everything."""
        self._put()
        self._write_notes()
        return self._tally.report(seconds=time.monotonic() - self._began)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """An article that is to be put, in place of an older text or as a new one."""

    article: Article
    passages: list[Passage]
    visit: Visit | None
    is_new: bool


@dataclass(slots=True)
class Tally:
    """An IngestReport in the making."""

    counts: dict[Outcome, int] = field(default_factory=lambda: {"added": 0, "changed": 0, "unchanged": 0, "refused": 0})
    named: dict[Outcome, list[str]] = field(default_factory=lambda: {"added": [], "changed": [], "unchanged": []})
    refused: list[Refusal] = field(default_factory=list)
    passages: int = 0

    @classmethod
    def of(cls, refused: Iterable[Refusal]) -> Tally:
        """One that begins with these refusals."""
        tally = cls()
        for one in refused:
            tally.refuse(one)
        return tally

    def count(self, outcome: Outcome, article_id: str) -> None:
        """An article was added, changed, or found unchanged."""
        self.counts[outcome] += 1
        if len(self.named[outcome]) < NAMED:
            self.named[outcome].append(article_id)

    def refuse(self, refusal: Refusal) -> None:
        """An item was refused."""
        self.counts["refused"] += 1
        if len(self.refused) < NAMED:
            self.refused.append(refusal)

    def report(self, *, seconds: float) -> IngestReport:
        """What it came to."""
        return IngestReport(
            added=tuple(self.named["added"]),
            changed=tuple(self.named["changed"]),
            unchanged=tuple(self.named["unchanged"]),
            refused=tuple(self.refused),
            counts={str(name): number for name, number in self.counts.items()},
            passages=self.passages,
            seconds=round(seconds, 3),
        )
