"""What the articles say of which day: dated sentences in their order, and those on a topic whose day is not sure."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

from rag import answers, evidence, retrieval, topics
from rag.embedding import Embedder
from rag.evidence import Candidate, Weigh, quote_of
from rag.question import Query
from rag.store import Store
from rag.timing import event_day
from rag.types import Event, Filters, Hit, Passage, Timeline

WIDE = 60  # passages that are searched for a topic
UNDATED = 20  # sentences on it without a sure day
NEWEST = 50  # articles that are read where no topic is asked for,
OPENING = 4_000  # characters of each: news comes first,
EACH = 8  # sentences that are taken from one, as of a match told by the minute,
MOST = 200  # and from all
_LAST = "\U0010ffff"
# What names a day has one of these; most sentences have none, and to read them for their days takes longer.
_TIMED = re.compile(r"\d|day|tomorrow|tonight|this\s+(?:morning|afternoon|evening)", re.I)


def on_topic(store: Store, embedder: Embedder, query: Query, *, weigh: Weigh, known: topics.Known) -> Timeline:
    """The dated sentences that speak of a topic, and the nearest without a sure day; raises as retrieval.search does.

    Of either kind evidence.SHORTLIST are weighed at most.
    """
    hits = retrieval.search(store, embedder, query, limit=WIDE)
    embed, weigh = topics.remembering(embedder.embed, known(hits)), cache(weigh)
    found = [(one, _day(one)) for one in evidence.once(evidence.candidates(hits))]
    dated = [one for one, day in found if day]
    undated = [one for one, day in found if not day]
    speaking, others = (
        [one.candidate for one in topics.speaking(query, each, embed=embed, weigh=weigh)] for each in (dated, undated)
    )
    speaking = _each_once(speaking)
    others = [one for one in _each_once(others) if not any(_holds(other, one) for other in speaking)]
    return _timeline(topics.named(query), speaking, others[:UNDATED])


def of_newest(store: Store, filters: Filters) -> Timeline:
    """The dated sentences at the beginning of the NEWEST articles within the filters, see OPENING, EACH and MOST."""
    dated: list[Candidate] = []
    for hit in _newest(store, filters):
        dated += _each_once([one for one in evidence.candidates([hit]) if not one.stuffed and _day(one)])[:EACH]
        dated = evidence.once(dated)
        if len(dated) >= MOST:
            break
    return _timeline("", dated[:MOST], [])


def _newest(store: Store, filters: Filters) -> Iterator[Hit]:
    """The beginnings of the newest articles, each as one passage; those of unknown date come last."""
    inside = store.admitted(filters)
    if inside is None:
        newest, _ = store.catalogue(sort="published", limit=NEWEST)
    else:
        bylines = (one for one in store.articles() if one.article_id in inside)
        newest = tuple(heapq.nlargest(NEWEST, bylines, key=lambda one: one.published_at or ""))
    for rank, byline in enumerate(newest, start=1):
        article = store.article(byline.article_id)
        text = article.text[:OPENING]
        passage = Passage(
            id=article.id, article_id=article.id, revision=article.revision, start=0, end=len(text), text=text
        )
        yield Hit(passage=passage, byline=article.byline, score=1.0, rank=rank)


def _day(candidate: Candidate) -> str | None:
    """The day that a sentence speaks of, as it is quoted; None where that is not sure."""
    quote = quote_of(candidate)[1]
    return event_day(quote, candidate.byline.published_at) if _TIMED.search(quote) else None


def _each_once(found: Sequence[Candidate]) -> list[Candidate]:
    """The sentences without those that stand in the quotation of another one that is of the same day."""
    return [one for one in found if not any(_holds(other, one) and _day(other) == _day(one) for other in found)]


def _holds(one: Candidate, other: Candidate) -> bool:
    """Whether the quotation of a sentence holds that of another one of its article, and is longer."""
    start, quote = quote_of(one)
    own = quote_of(other)[0]
    return one.byline.article_id == other.byline.article_id and (
        (start <= own and other.end < start + len(quote)) or (start < own and other.end <= start + len(quote))
    )


def _timeline(topic: str, dated: Sequence[Candidate], undated: Sequence[Candidate]) -> Timeline:
    """The timeline of these sentences, their citations numbered in its order."""
    days = sorted(((_day(one) or "", one) for one in dated), key=lambda pair: (pair[0], _order(pair[1])))
    cited = [answers.cite(number, one) for number, one in enumerate([one for _, one in days] + [*undated], start=1)]
    ordered = zip((day for day, _ in days), cited, strict=False)
    return Timeline(
        topic=topic,
        events=tuple(
            Event(day=day, citations=tuple(one for _, one in own))
            for day, own in groupby(ordered, lambda pair: pair[0])
        ),
        undated=tuple(cited[len(days) :]),
    )


def _order(candidate: Candidate) -> tuple[str, str, str, int]:
    """By publication, outlet, article and place; what is unknown goes last."""
    byline = candidate.byline
    return byline.published_at or _LAST, byline.outlet or _LAST, byline.article_id, candidate.start
