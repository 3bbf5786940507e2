"""The tools that read: search, ask, compare, put in order, list, read."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from rag.asking import CleanText, Day, limits
from rag.errors import NotFoundError, UsageError
from rag.footnotes import inert
from rag.tools import shown
from rag.tools.offered import Arguments, Given, Tool
from rag.tools.values import Answered, Found, Listing, Part
from rag.types import Coverage, Filters, Timeline

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

MOST_CHARACTERS = 50_000  # of an article at once, some 12,000 tokens
_CHARACTERS = 20_000
_SHOWN = 100  # characters of a name that is repeated to whoever sent it
_NAMED = 20  # outlets that are named to whoever asked for one that is not there
_OUTLETS = 100  # that a list names


class _Limited(Arguments):
    """What the evidence may be limited to."""

    outlets: Annotated[
        tuple[CleanText, ...],
        Field(max_length=100, description="Only articles of these outlets, by the names that list_articles gives."),
    ] = ()
    since: Annotated[Day | None, Field(description="Only articles published on this day or later, as 2024-12-01.")] = (
        None
    )
    until: Annotated[
        Day | None, Field(description="Only articles published on this day or earlier, as 2024-12-31.")
    ] = None
    articles: Annotated[
        tuple[CleanText, ...], Field(max_length=1000, description="Only these articles, by their article_id.")
    ] = ()

    def filters(self, pipeline: Pipeline) -> Filters:
        """The limits; raises UsageError for days in the wrong order and for an outlet that is not there."""
        known = pipeline.store.outlets() if self.outlets else []
        named = {inert(outlet).strip().casefold(): outlet for outlet in known}  # a name may come back as it was shown
        named |= {outlet.strip().casefold(): outlet for outlet in known}
        for outlet in self.outlets:
            if outlet.strip().casefold() not in named:
                raise UsageError(f"outlets: No article is of {outlet[:_SHOWN]!r}; {_some(known)}.")
        outlets = [named[outlet.strip().casefold()] for outlet in self.outlets]
        return limits(outlets=outlets, since=self.since, until=self.until, articles=self.articles)


class _Search(_Limited):
    query: Annotated[CleanText, Field(description="What to look for, in words or as a question.")]
    limit: Annotated[int, Field(ge=1, le=50, description="At most so many passages.")] = 10


class _Ask(_Limited):
    question: Annotated[
        CleanText, Field(description="One question, complete in itself: no conversation is remembered.")
    ]


class _Compare(_Limited):
    topic: Annotated[CleanText, Field(description="A phrase or a question, as “number of dead in Tarn”.")]


class _Order(_Limited):
    topic: Annotated[CleanText, Field(description="A phrase or a question; empty: what the newest articles tell.")] = ""


class _List(Arguments):
    words: Annotated[
        CleanText,
        Field(max_length=500, description="Only articles with all these words in title, outlet, author or id."),
    ] = ""
    limit: Annotated[int, Field(ge=1, le=100, description="At most so many articles.")] = 25
    offset: Annotated[int, Field(ge=0, le=10_000_000, description="Leave out so many at the beginning.")] = 0


class _Read(Arguments):
    article_id: Annotated[CleanText, Field(description="The article_id of a hit, a citation or list_articles.")]
    revision: Annotated[
        CleanText | None,
        Field(description="The revision of a citation, to read the text as it was then; without it, that of now."),
    ] = None
    start: Annotated[int, Field(ge=0, description="Where to begin, in characters; a citation's start fits.")] = 0
    length: Annotated[int, Field(ge=1, le=MOST_CHARACTERS, description="At most so many characters.")] = _CHARACTERS


def tools(pipeline: Pipeline) -> tuple[Tool, ...]:
    """The tools over an open pipeline."""
    return (*_questions(pipeline), *_topics(pipeline), *_articles(pipeline))


def _questions(pipeline: Pipeline) -> tuple[Tool, ...]:
    def search_news(asked: _Search, _: threading.Event) -> Given:
        found = pipeline.search(asked.query, limit=asked.limit, filters=asked.filters(pipeline))
        return Given(value=Found(hits=tuple(found)), text=shown.hits(found))

    def ask_news(asked: _Ask, left: threading.Event) -> Given:
        *_, answer = pipeline.stream(asked.question, filters=asked.filters(pipeline), stop=left)
        return Given(value=Answered.of(answer), text=shown.answer(answer))

    return (
        Tool(
            name="ask_news",
            title="Ask the news archive",
            description=(
                "Answer a question from the archive's articles. Each sentence cites the exact words of an article by "
                "number; where outlets disagree, both sides stand in the answer with who says so and when. What the "
                "articles do not say is not answered, and the answer then says so. Use this for a fact; use "
                "compare_outlets for who says what, timeline_news for what happened when, search_news for passages."
            ),
            arguments=_Ask,
            gives=Answered,
            act=ask_news,
        ),
        Tool(
            name="search_news",
            title="Search the news archive",
            description=(
                "Find the passages of articles that fit a query, best first, with outlet, title, date, article_id and "
                "where in the article they stand. Use this to read around a matter, or where ask_news answers nothing. "
                "A passage that is found need not answer the query."
            ),
            arguments=_Search,
            gives=Found,
            act=search_news,
        ),
    )


def _topics(pipeline: Pipeline) -> tuple[Tool, ...]:
    def compare_outlets(asked: _Compare, _: threading.Event) -> Given:
        found = pipeline.coverage(asked.topic, filters=asked.filters(pipeline))
        return Given(value=found, text=shown.coverage(found))

    def timeline_news(asked: _Order, _: threading.Event) -> Given:
        found = pipeline.timeline(asked.topic, filters=asked.filters(pipeline))
        return Given(value=found, text=shown.timeline(found))

    return (
        Tool(
            name="compare_outlets",
            title="Compare what outlets say",
            description=(
                "Say who says what on a topic: each outlet's own sentences, cited; which outlets are silent, where "
                "that is sure (one in neither list may speak of it or not); and what they state differently, each "
                "position with its outlet, speaker and date. An update is the same voice later. Nobody is called right."
            ),
            arguments=_Compare,
            gives=Coverage,
            act=compare_outlets,
        ),
        Tool(
            name="timeline_news",
            title="Put the news in order of days",
            description=(
                "Put what the articles say on a topic in the order of the days that they speak of, the earliest first, "
                "each sentence cited; what is on the topic without a sure day stands apart. The day is that of the "
                "event, not of the publication. Without a topic: what the newest articles tell."
            ),
            arguments=_Order,
            gives=Timeline,
            act=timeline_news,
        ),
    )


def _articles(pipeline: Pipeline) -> tuple[Tool, ...]:
    def list_articles(asked: _List, _: threading.Event) -> Given:
        page, total = pipeline.store.catalogue(asked.words, sort="published", limit=asked.limit, offset=asked.offset)
        found = Listing(articles=page, total=total, outlets=tuple(pipeline.store.outlets()[:_OUTLETS]))
        return Given(value=found, text=shown.listing(found, offset=asked.offset))

    def get_article(asked: _Read, _: threading.Event) -> Given:
        found = part(pipeline, asked.article_id, revision=asked.revision, start=asked.start, length=asked.length)
        return Given(value=found, text=shown.part(found))

    return (
        Tool(
            name="list_articles",
            title="List the archive's articles",
            description=(
                "List articles without their texts, newest first, and the names of the outlets. Use this to learn what "
                "the archive holds and how outlets are spelt; to find what articles say, use search_news."
            ),
            arguments=_List,
            gives=Listing,
            act=list_articles,
        ),
        Tool(
            name="get_article",
            title="Read an article",
            description=(
                "Read one article with its outlet, title, author, date and address, by the article_id of a hit, a "
                "citation or list_articles. A long one comes in parts: `end` and `characters` say where to read on. "
                "Where it has changed, `revisions` lists the texts that it has had, and each can be read."
            ),
            arguments=_Read,
            gives=Part,
            act=get_article,
        ),
    )


def part(pipeline: Pipeline, article_id: str, *, start: int, length: int, revision: str | None = None) -> Part:
    """A part of an article in one of its revisions, by default that of now.

    Raises NotFoundError, and UsageError for a start behind its end and for a revision that it never had.
    """
    try:
        revisions = pipeline.store.revisions(article_id)
    except NotFoundError as error:
        raise unknown(article_id) from error
    try:
        article = pipeline.store.article(article_id, revision)
    except NotFoundError as error:
        had = ", ".join(dict.fromkeys(one.revision for one in revisions[:_NAMED]))
        raise UsageError(f"revision: The article never had it; there are {had}, the newest first.") from error
    if start and start >= len(article.text):
        raise UsageError(f"start: The article has {len(article.text)} characters; begin before its end.")
    return Part.of(article, start=start, length=length, revisions=revisions)


def unknown(article_id: str) -> NotFoundError:
    """What is said of an id that no article has."""
    return NotFoundError(
        f"There is no article {article_id[:_SHOWN]!r}; take the article_id of a hit, a citation or list_articles."
    )


def _some(outlets: Sequence[str]) -> str:
    """Which outlets there are, as far as there is room."""
    if not outlets:
        return "no article names its outlet"
    named = ", ".join(inert(outlet) for outlet in outlets[:_NAMED])
    return f"there are {named}" + (", and more in list_articles" if len(outlets) > _NAMED else "")
