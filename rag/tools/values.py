"""What the tools give that is no noun of the library's own; the first lines here are read by the models that call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

from rag.types import (
    Answer,
    Article,
    Byline,
    Citation,
    Copies,
    Defect,
    Disagreement,
    Finding,
    Hit,
    Mode,
    Revision,
    Statement,
)

REVISIONS = 50  # texts that an article has had, of which is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Passages, best first."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer: `text` is its statements in order with the numbers of their citations, as [1].

    When `abstained`, the articles do not answer: `text` says so, `reason` why in a word, `nearest` cites what came
    nearest without answering. `unanswered` are parts of the question that nothing answers. `as_of` is the day of the
    newest article cited. `notice` says what went wrong that did not stop the answer. `copies` are texts cited that
    several articles have, which count once: who ran them, and the agency they are from.
    """

    question: str
    text: str
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    disagreements: tuple[Disagreement, ...]
    copies: tuple[Copies, ...]
    abstained: bool
    reason: str | None
    nearest: tuple[Citation, ...]
    unanswered: tuple[str, ...]
    score: float | None
    notice: str | None
    as_of: str | None
    mode: Mode
    model: str | None

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The answer without what only its makers need, and without the passages, which a search gives."""
        return cls(**{field.name: getattr(answer, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of an article: `text` is its characters from `start` up to `end`, of `characters` in all.

    `revisions` are the texts that it has had, that of now first; `byline.revision` says which this is. `findings` say
    where a field is from and how sure it is, `defects` what is amiss with the text.
    """

    byline: Byline
    text: str
    start: int
    end: int
    characters: int
    language: str | None = None
    dateline: str | None = None
    dateline_day: str | None = None
    findings: tuple[Finding, ...] = ()
    defects: tuple[Defect, ...] = ()
    revisions: tuple[Revision, ...] = ()

    @classmethod
    def of(cls, article: Article, *, start: int, length: int, revisions: Sequence[Revision] = ()) -> Self:
        """At most `length` characters from `start` on."""
        end = min(start + length, len(article.text))
        return cls(
            byline=article.byline,
            text=article.text[start:end],
            start=start,
            end=end,
            characters=len(article.text),
            language=article.language,
            dateline=article.dateline,
            dateline_day=article.dateline_day,
            findings=article.findings,
            defects=article.defects,
            revisions=tuple(revisions[:REVISIONS]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Articles without their texts, newest first, a page of the `total` that fit; `outlets` are all in the archive."""

    articles: tuple[Byline, ...]
    total: int
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """The article that is no longer in the archive."""

    article_id: str
