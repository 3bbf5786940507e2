"""Who says what on a topic: each outlet in its own words, who is silent, and what they say differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache

from rag import answers, evidence, extract, retrieval, topics
from rag.compare import Dispute, disagreement
from rag.embedding import Embedder
from rag.evidence import Candidate, Evidence, Weigh
from rag.question import Query
from rag.store import Store
from rag.types import Citation, Coverage, Filters, Hit, OutletCoverage

WIDE = 40  # passages that are searched in all outlets together,
OWN = 8  # and in each outlet that has fewer among them,
ASKED = 12  # of so many outlets
ANSWERING = 10  # passages that an answer is made of, by which it is told what is disputed
MOST = 3  # sentences of an outlet, and what stands against each other besides
LOOKED_AT = 200  # outlets that are looked at for silence,
SILENT = 100  # and of which it is told


def coverage(store: Store, embedder: Embedder, query: Query, *, weigh: Weigh, known: topics.Known) -> Coverage:
    """What the outlets within the query's filters say on a topic, those first that come nearest.

    What articles that are copies of each other have word for word is quoted of one.
    Each of at most ASKED outlets is searched for itself. An outlet is silent only where that is sure: what it has was
    read and does not touch the topic, or no passage of it has a word of it; one of which nothing can be said is in
    neither list. Disagreements are those that an answer shows. Raises as retrieval.search does.
    """
    outlets = _outlets(store, query.filters)
    hits, asked = _found(store, embedder, query, outlets)
    embed, weigh = topics.remembering(embedder.embed, known(hits)), cache(weigh)
    answering, others = evidence.candidates(hits[:ANSWERING]), evidence.candidates(hits[ANSWERING:])
    found = {_place(one): one for one in (*answering, *others)}
    spoken = topics.speaking(query, evidence.once(list(found.values())), embed=embed, weigh=weigh)
    disputes = extract.select(query, answering, embed=embed, weigh=weigh).disputes if spoken else ()
    columns = _columns(spoken, disputes)
    every = [one for own in columns.values() for one in own]
    cited = {_place(one): answers.cite(number, one) for number, one in enumerate(every, start=1)}
    named = topics.is_named(query, answering)
    near = [hit.byline for hit in hits if topics.may_speak(query, hit, named=named, weigh=weigh)]
    ids = {one.article_id for one in near} | {one.byline.article_id for one in every}
    groups = store.with_copies(ids, within=store.admitted(query.filters))
    speak = {*columns, *(one.outlet for one in near), *(one.outlet for group in groups for one in group)}
    silent = _silent(store, query, set(outlets) - speak, asked=asked)
    speaking = {(one.byline.outlet, one.byline.article_id) for one in (*every, *(one.candidate for one in spoken))}
    articles = Counter(outlet for outlet, _ in speaking)
    return Coverage(
        topic=topics.named(query),
        outlets=tuple(
            OutletCoverage(outlet=outlet, citations=tuple(cited[_place(one)] for one in own), articles=articles[outlet])
            for outlet, own in columns.items()
        ),
        silent=tuple(silent),
        disagreements=tuple(disagreement(query, dispute, _sides(dispute, cited)) for dispute in disputes),
        copies=tuple(one for one in answers.copies(list(cited.values()), groups) if one.citations),
    )


# --- whom to ask -----------------------------------------------------------------------------------------------------


def _outlets(store: Store, filters: Filters) -> list[str]:
    """The known outlets that have an article within the filters, in alphabetical order."""
    inside = store.admitted(replace(filters, outlets=()))
    if inside is None:
        found = store.outlets()
    else:
        found = sorted({one.outlet for one in store.articles() if one.outlet and one.article_id in inside})
    wanted = {outlet.strip().casefold() for outlet in filters.outlets}
    return [outlet for outlet in found if not wanted or outlet.strip().casefold() in wanted]


def _found(store: Store, embedder: Embedder, query: Query, outlets: Sequence[str]) -> tuple[list[Hit], frozenset[str]]:
    """The passages to read, and the outlets that were asked for theirs: all where they are few, else those with most.

    The passages of an outlet's own search stand behind those of the search of all.
    """
    hits = retrieval.search(store, embedder, query, limit=WIDE)
    met = Counter(hit.byline.outlet for hit in hits if hit.byline.outlet)
    asked = outlets if len(outlets) <= ASKED else [outlet for outlet, _ in met.most_common(ASKED)]
    found = {hit.passage.id: hit for hit in hits}
    for outlet in asked if len(hits) == WIDE else ():  # else the first search has found all there is
        if met[outlet] < OWN:
            alone = replace(query, filters=replace(query.filters, outlets=(outlet,)))
            for hit in retrieval.search(store, embedder, alone, limit=OWN):
                found.setdefault(hit.passage.id, hit)
    return list(found.values()), frozenset(asked)


def _silent(store: Store, query: Query, outlets: Collection[str], *, asked: frozenset[str]) -> list[str]:
    """Those of the outlets that surely say nothing on it, the first SILENT in alphabetical order."""
    words = dict.fromkeys(sorted(topics.words(query)), 1.0)
    silent: list[str] = []
    for outlet in sorted(outlets)[:LOOKED_AT]:
        within = replace(query.filters, outlets=(outlet,))
        if outlet in asked or not store.matching(words, limit=1, within=within):
            silent.append(outlet)
    return silent[:SILENT]


# --- what they say ---------------------------------------------------------------------------------------------------


def _columns(spoken: Sequence[Evidence], disputes: Sequence[Dispute]) -> dict[str | None, list[Candidate]]:
    """What to quote of each outlet, who comes nearest first, and each side of a dispute."""
    found: dict[str | None, list[Evidence]] = {}
    for one in spoken:
        found.setdefault(one.candidate.byline.outlet, []).append(one)
    columns = {outlet: _chosen(own) for outlet, own in found.items()}
    for side in (held.evidence.candidate for dispute in disputes for held in dispute.held):
        own = columns.setdefault(side.byline.outlet, [])
        if _place(side) not in map(_place, own):
            own.append(side)
    return columns


def _chosen(spoken: Sequence[Evidence]) -> list[Candidate]:
    """The best sentences of one outlet, MOST at most and none that repeats another: of each article one, then more."""
    best: dict[str, Evidence] = {}
    for one in spoken:
        best.setdefault(one.candidate.byline.article_id, one)
    chosen: list[Evidence] = []
    for one in [*best.values(), *spoken]:
        if len(chosen) < MOST and not any(topics.repeats(one.candidate, other.candidate) for other in chosen):
            chosen.append(one)
    return [one.candidate for one in sorted(chosen, key=lambda one: -one.score)]


def _sides(dispute: Dispute, cited: Mapping[tuple[str, int], Citation]) -> dict[int, Citation]:
    """The citation of each side of a dispute."""
    return {place: cited[_place(held.evidence.candidate)] for place, held in enumerate(dispute.held)}


def _place(candidate: Candidate) -> tuple[str, int]:
    return candidate.byline.article_id, candidate.start
