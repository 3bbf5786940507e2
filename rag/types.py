"""The nouns: every value that passes between modules, standard library only.

Frozen, slotted, keyword-only. Offsets are character offsets into `Article.text` of the stated revision, end exclusive.
Dates are ISO 8601 strings: a day (`2024-12-01`) or an instant with its zone (`2024-12-01T14:00:00+00:00`), as precise
as what was found and no more; None when unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Support: TypeAlias = Literal["supported", "partial", "unsupported"]
Mode: TypeAlias = Literal["offline", "model"]
Role: TypeAlias = Literal["user", "assistant"]
# What is disputed: a figure, a date, a place, who did it, what it is, whether it happened, what somebody is called.
Matter: TypeAlias = Literal["figure", "date", "place", "who", "what", "whether", "name"]
Confidence: TypeAlias = Literal["high", "medium", "low"]  # low is never sure enough to be the value
ChangeKind: TypeAlias = Literal["replaced", "added", "removed"]
# What may be amiss with an article: a paywall's stub, a cookie wall, an error page, a page of links, a live blog, a
# text that breaks off, another language than the library's.
DefectKind: TypeAlias = Literal[
    "paywall", "cookie_wall", "error_page", "index_page", "live_blog", "truncated", "language"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Byline:
    """Who published an article, under which title, when: all that answers need to know of it but its text.

    `modified_at` is when it was last changed, as its publisher says; `origin` the agency whose copy it is; `group` the
    same word for articles that are copies of each other, None for one that is not.
    """

    article_id: str
    revision: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    author: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    origin: str | None = None
    group: str | None = None

    @property
    def voice(self) -> str:
        """What counts once: the article's group, or else the article."""
        return self.group or self.article_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Where a field of a byline is from ("json-ld", "meta", "feed", "url", "text", ...), and how sure it is."""

    field: str
    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Something amiss with an article; `reason` is the sentence that says what was seen."""

    kind: DefectKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One published text with its byline; `revision` is a hash of `text`, `source` what it is known by.

    The source is the article's canonical address where it has one, else the file, or the text, that it was read from.
    `dateline` is the place that the text is dated from, `dateline_day` the ISO day; `language` an ISO 639-1 code.
    """

    id: str
    revision: str
    text: str
    source: str
    ingested_at: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    author: str | None = None
    published_at: str | None = None
    modified_at: str | None = None
    language: str | None = None
    dateline: str | None = None
    dateline_day: str | None = None
    origin: str | None = None
    group: str | None = None
    findings: tuple[Finding, ...] = ()
    defects: tuple[Defect, ...] = ()

    @property
    def byline(self) -> Byline:
        """All but the text."""
        return Byline(
            article_id=self.id,
            revision=self.revision,
            title=self.title,
            outlet=self.outlet,
            url=self.url,
            author=self.author,
            published_at=self.published_at,
            modified_at=self.modified_at,
            origin=self.origin,
            group=self.group,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewlyRead(Article):
    """An article that was read just now; `raw` is a digest, 16 bytes, of the input that it was read from."""

    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """An article of the library, found again by the digest of its input, which was not read again."""

    article_id: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One text that an article has had, from `ingested_at` to `replaced_at` (None: it has it still)."""

    article_id: str
    revision: str
    ingested_at: str
    replaced_at: str | None = None
    title: str | None = None
    published_at: str | None = None
    modified_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A stretch of one text that is another in a later one: `earlier.text[old_start:old_end] == before`.

    Of the later text, `new_start` to `new_end` are `after`. What was added has no words before, what was removed none
    after. `lead` and `trail` are a few words of the later text on either side.
    """

    kind: ChangeKind
    old_start: int
    old_end: int
    new_start: int
    new_end: int
    before: str
    after: str
    lead: str = ""
    trail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What two texts of an article differ in, in the order of the text; nothing where they are the same."""

    earlier: Revision
    later: Revision
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is known of a web address from the last time: the server's marks of what was there, the article made of it.

    With its marks a server can be asked for what is new alone; `said_by` is the address that gave them, where `url` led
    to another. `article_id` is None for a feed or a sitemap.
    """

    url: str
    etag: str | None = None
    last_modified: str | None = None
    said_by: str | None = None
    article_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of an article that is searched as one: `article.text[start:end] == text`."""

    id: str
    article_id: str
    revision: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found for a query; `score` in 0..1 is fused or a reranker’s, `dense` the nearest sentence’s cosine."""

    passage: Passage
    byline: Byline
    score: float
    rank: int
    dense: float | None = None
    lexical: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The exact words of an article that a statement rests on: `article.text[start:end] == quote`.

    `speaker` is on whose word the article says them, None for its own; `event_date` the ISO day that they speak of, in
    so many words or counted from `published_at` ("on Sunday"), None where that is not sure.
    """

    number: int
    article_id: str
    revision: str
    start: int
    end: int
    quote: str
    title: str | None = None
    outlet: str | None = None
    url: str | None = None
    published_at: str | None = None
    speaker: str | None = None
    event_date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence of an answer, the numbers of its citations, and whether their words support it."""

    text: str
    citations: tuple[int, ...]
    support: Support
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One side of a disagreement: what is claimed, by which outlet, on whose word, when, and the citation's number."""

    claim: str
    citation: int
    outlet: str | None = None
    speaker: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two positions or more on one matter; an `update` is the same voice later, a `conflict` is not."""

    about: str
    positions: tuple[Position, ...]
    kind: Literal["conflict", "update"] = "conflict"
    matter: Matter = "what"


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Articles that are copies of one text, of which some are cited: they count as one.

    `origin` is the agency that it is from, None where none is stated; `outlets` those that ran it, as far as they are
    known, who published first before the others; `article_ids` all the articles in that order, cited or not;
    `citations` the numbers of what is cited from them.
    """

    origin: str | None
    outlets: tuple[str, ...]
    article_ids: tuple[str, ...]
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of the conversation so far."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message to a language model: its rules (`system`), or a turn of the talk with it."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the evidence is limited to; empty and None mean no limit. `since` and `until` are ISO days, both inclusive.

    `articles` are ids. An article of unknown date is outside every date limit, one of unknown outlet outside every list
    of outlets.
    """

    outlets: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    articles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens that the model counted; zero offline."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


# The notice of an answer while the server that has the vectors is away.
BY_WORDS_ALONE = (
    "The articles were searched by their words alone, and not by meaning, as the server of the vectors is away."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is known so far in answer to a question; `finished` is False while it still grows.

    `text` is the statements in order with their citation marks (`[1]`). When `abstained`, `reason` says why in a word
    for programs and `text` in a sentence for people, and `nearest` cites the evidence that came nearest. `unanswered`
    are the parts of a question that the articles do not answer while they answer others. `score`, 0..1, is how well the
    evidence answers: below the threshold of `answerable` the answer abstains; None where nothing was weighed. `notice`
    says what went wrong that did not stop the answer. `as_of` is the publication date of the newest article cited, None
    when unknown. `timings` are milliseconds by stage, and in all (`total`). `unsupported` is how many sentences a model
    wrote that the articles do not support, left out or marked. `copies` are the texts cited that several articles are
    copies of.
    """

    question: str
    standalone_question: str
    text: str
    statements: tuple[Statement, ...] = ()
    citations: tuple[Citation, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    abstained: bool = False
    reason: str | None = None
    nearest: tuple[Citation, ...] = ()
    unanswered: tuple[str, ...] = ()
    score: float | None = None
    notice: str | None = None
    as_of: str | None = None
    mode: Mode = "offline"
    model: str | None = None
    hits: tuple[Hit, ...] = ()
    timings: dict[str, float] = field(default_factory=dict)
    usage: Usage = Usage()
    unsupported: int = 0
    copies: tuple[Copies, ...] = ()
    finished: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OutletCoverage:
    """What one outlet says on a topic in its own words, the nearest first; `articles`: how many of its speak of it."""

    outlet: str | None
    citations: tuple[Citation, ...]
    articles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Who says what on a topic, outlet by outlet, and which outlets of the library say nothing (`silent`).

    Citations are numbered through all outlets, from 1; a disagreement's positions name these numbers. An outlet that
    says nothing but what its copy of another's text says is neither silent nor among `outlets`: `copies` names it.
    """

    topic: str
    outlets: tuple[OutletCoverage, ...] = ()
    silent: tuple[str, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    copies: tuple[Copies, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the articles say of one day; `day` is ISO."""

    day: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Dated sentences of the articles, the earliest day first, and those on the topic whose day is not sure.

    Citations are numbered through all of it, from 1.
    """

    topic: str
    events: tuple[Event, ...] = ()
    undated: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An item that was not taken in, and the reason in one sentence."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What an ingest did, in articles: ids by outcome, refusals with reasons, passages embedded, seconds taken.

    Of each outcome the first ten thousand are named; `counts` says by its name how many there are in all.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    passages: int = 0
    seconds: float = 0.0
