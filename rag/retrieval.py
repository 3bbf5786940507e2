"""The passages for a question: words, sentences and meaning fused; one function behind page, API, commands and evals.

A question is searched by its sub-questions: what it asks of each outlet it names, clause by clause, and as a whole. In
each list a passage is scored by BM25, by how much of the sub-question one sentence holds, and by the cosine of the
question to the passage's nearest sentence; scores are fused, not ranks, which throw away how much better the first hit
is (evals/README.md). The lists are then dealt out by score, and what several articles have as copies of each other is
dealt once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from rag import lexical, text, tracing
from rag.embedding import Embedder
from rag.errors import LibraryServerError
from rag.lexical import Match
from rag.question import Query, understand
from rag.rerank import Reranker
from rag.store import Store
from rag.subquestions import SubQuestion, subquestions
from rag.types import BY_WORDS_ALONE, Filters, Hit

WORDS, TOGETHER, SENTENCE = 0.49, 0.22, 0.29  # shares of a passage's score; they add up to 1
DATED = 0.19  # added where the article appeared on a day that the sub-question names
REST = 0.3  # weight of the question's words that are not the sub-question's own
WIDER = 0.7  # what the scores of the whole question are worth where outlets are named: they were asked
NEXT = 0.985  # what a list's further scores are worth for each hit that it has given
LEANS = 0.25  # weight of the question before from which one is read together with it
POOL = 40  # passages taken from each index for each sub-question
RERANKED = 30  # the best of each list that a reranker reads at least, where one is configured


def search(
    store: Store,
    embedder: Embedder,
    query: Query,
    *,
    limit: int = 10,
    reranker: Reranker | None = None,
    tell: Callable[[str], None] | None = None,
) -> list[Hit]:
    """The best `limit` passages for a query within its filters, best first.

    With a reranker the best of each list are ordered by its score alone, which then is the hit's. While the server that
    has the vectors is away, passages are found by words alone, and `tell` is told so in a sentence. Raises
    LibraryError, EmbeddingError, and RerankError: an order that is now one thing and now another could not be measured.
    """
    if limit < 1:
        return []
    asked = subquestions(query.sought, () if query.filters.outlets else store.outlets())
    filters = _filters(query, asked)

    pool, rest = max(POOL, limit), _rest(query)
    with tracing.span("embed"):
        vector = embedder.embed([_meant(query)])[0]
    try:
        near = [name for name, _ in store.nearest(vector, limit=pool, within=filters)]
    except LibraryServerError:
        near = []
        if tell is not None:
            tell(BY_WORDS_ALONE)
    found = [
        {
            match.passage_id: match
            for match in store.matching(_weights(sub, rest), limit=pool, within=_within(filters, sub))
        }
        for sub in asked
    ]
    names = list(dict.fromkeys([*near, *(name for matches in found for name in matches)]))
    cosines = _nearest_sentence(vector, store.sentence_vectors(names))
    articles = store.articles_of(names)
    lists = []
    for sub, matches in zip(asked, found, strict=True):
        others = [name for name in near if name not in matches]
        if sub.outlets:
            inside = store.inside({articles[name] for name in others if name in articles}, _within(filters, sub))
            others = [name for name in others if articles.get(name) in inside]
        scores = _scores([*matches, *others], matches, cosines)
        for name in _dated(store, sub, scores, articles):
            scores[name] += DATED
        worth = WIDER if asked[0].outlets and not sub.outlets else 1.0
        lists.append({name: worth * score for name, score in scores.items()})
    if reranker:
        with tracing.span("rerank"):
            lists = _reranked(store, lists, query.sought, reranker, most=max(limit, RERANKED))
    words = {name: match.score for matches in reversed(found) for name, match in matches.items()}
    repeats = _Repeats(store, articles)
    return _hits(
        store,
        _dealt(lists, limit=limit, repeats=repeats, own=[bool(sub.outlets) for sub in asked]),
        cosines,
        words,
    )


def _meant(query: Query) -> str:
    """What is looked for by meaning: a question that leans on the one before it is read together with that."""
    previous, share = query.background[0] if query.background else ("", 0.0)
    return f"{previous} {query.sought}" if share >= LEANS else query.sought


def _filters(query: Query, asked: Sequence[SubQuestion]) -> Filters:
    """The asker's filters and, where they set none, the question's period; of two outlets, each may have its own.

    A limit that stands before or behind the whole question ("As of 1 December 2024, ...") holds for both; it is not in
    what is sought any more.
    """
    if query.period is None:
        return query.filters
    since, until = query.period
    several = len({sub.outlets for sub in asked if sub.outlets}) > 1
    if several and understand(query.sought, newest=lambda: until or since).period:
        return query.filters
    return replace(query.filters, since=query.filters.since or since, until=query.filters.until or until)


def _within(filters: Filters, sub: SubQuestion) -> Filters:
    """The filters, with the sub-question's own outlets where it has some."""
    return replace(filters, outlets=sub.outlets or filters.outlets)


# --- candidates ------------------------------------------------------------------------------------------------------


def _rest(query: Query) -> dict[str, float]:
    """The words that every sub-question is searched by beside its own: the question's, then the talk's."""
    weights: dict[str, float] = {}
    for said, weight in ((query.sought, REST), *query.background):
        for word in lexical.words(said):
            weights[word] = max(weights.get(word, 0.0), weight)
    return weights


def _weights(sub: SubQuestion, rest: Mapping[str, float]) -> dict[str, float]:
    """The words to search a sub-question by, its own first; no name of its outlets."""
    asked_of = {word for outlet in sub.outlets for word in lexical.words(outlet)}
    weights = dict.fromkeys(lexical.words(sub.text), 1.0)
    weights |= {word: weight for word, weight in rest.items() if word not in weights}
    return {word: weight for word, weight in weights.items() if word not in asked_of}


def _nearest_sentence(vector: NDArray[np.float32], sentences: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """The largest cosine of a question to a sentence of each passage, whose unit vectors are given, (n, dimension)."""
    if not sentences:
        return {}
    cosines = np.concatenate(list(sentences.values())) @ vector
    firsts = np.cumsum([0, *map(len, sentences.values())])[:-1]
    return dict(zip(sentences, np.maximum.reduceat(cosines, firsts).tolist(), strict=True))


# --- scores ----------------------------------------------------------------------------------------------------------


def _scores(names: Sequence[str], matches: Mapping[str, Match], cosines: Mapping[str, float]) -> dict[str, float]:
    """Each passage's score in one list, each part scaled over the list; what no word finds has no share of words."""
    there = [name for name in names if name in cosines]
    words = max((match.score for match in matches.values()), default=0.0) or 1.0
    together = max((match.coverage for match in matches.values()), default=0.0) or 1.0
    scores = {}
    for name, near in zip(there, _scaled([cosines[name] for name in there]), strict=True):
        match = matches.get(name)
        scores[name] = SENTENCE * near
        if match is not None:
            scores[name] += WORDS * match.score / words + TOGETHER * match.coverage / together
    return scores


def _scaled(values: Sequence[float]) -> list[float]:
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(value - low) / (high - low) if high > low else 1.0 for value in values]


def _dated(store: Store, sub: SubQuestion, scores: Mapping[str, float], articles: Mapping[str, str]) -> list[str]:
    """Those of the passages whose article appeared on a day that the sub-question names."""
    if not sub.days:
        return []
    known = {articles[name] for name in scores if name in articles}
    dated = frozenset[str]().union(*(store.inside(known, Filters(since=day, until=day)) for day in sub.days))
    return [name for name in scores if articles.get(name) in dated]


class _Repeats:
    """Which passages say nothing that was not dealt before, in articles that are copies of each other.

    Copies are not cut into passages at the same places, so their sentences are compared; a sentence that is not the
    same word for word, as one with another figure, is something else to say. `articles` are the articles'
    ids by those of passages.
    """

    def __init__(self, store: Store, articles: Mapping[str, str]) -> None:
        groups = store.groups_of(articles.values())
        copied = [name for name, article_id in articles.items() if article_id in groups]
        passages = store.passages(copied) if copied else {}
        self._said = {
            name: (groups[articles[name]], _folded_sentences(passage.text)) for name, (passage, _) in passages.items()
        }
        self._dealt: dict[str, set[str]] = {}

    def has(self, name: str) -> bool:
        """Whether every sentence of a passage has been dealt."""
        if name not in self._said:
            return False
        group, said = self._said[name]
        return said <= self._dealt.get(group, set())

    def add(self, name: str) -> None:
        """Note that a passage is dealt."""
        if name in self._said:
            group, said = self._said[name]
            self._dealt.setdefault(group, set()).update(said)


def _folded_sentences(passage: str) -> frozenset[str]:
    return frozenset(text.fold(passage[span.start : span.end]) for span in text.sentences(passage))


def _dealt(
    lists: Sequence[Mapping[str, float]], *, limit: int, repeats: _Repeats, own: Sequence[bool]
) -> list[tuple[str, float]]:
    """The best of all lists: in turn the best that is left, a list's counting less the more it has given.

    Of equals in a list the first goes first. What repeats others is passed over, but in a list of an outlet's `own`.
    """
    ranked = [sorted(scores.items(), key=lambda row: -row[1]) for scores in lists]
    places, given = [0] * len(ranked), [0] * len(ranked)
    dealt: dict[str, float] = {}
    while len(dealt) < limit:
        for index, rows in enumerate(ranked):
            while places[index] < len(rows):
                name = rows[places[index]][0]
                if name not in dealt and (own[index] or not repeats.has(name)):
                    break
                places[index] += 1
        left = [index for index, rows in enumerate(ranked) if places[index] < len(rows)]
        if not left:
            break
        best = max(left, key=lambda index: (ranked[index][places[index]][1] * NEXT ** given[index], -index))
        name, score = ranked[best][places[best]]
        dealt[name] = score
        repeats.add(name)
        given[best] += 1
    return list(dealt.items())


def _reranked(
    store: Store, lists: Sequence[Mapping[str, float]], question: str, reranker: Reranker, *, most: int
) -> list[dict[str, float]]:
    """The `most` best of each list with the reranker's scores; it reads a passage once, under its article's title."""
    best = [sorted(scores, key=lambda name: (-scores[name], name))[:most] for scores in lists]
    passages = store.passages(list(dict.fromkeys(name for each in best for name in each)))
    read = [
        f"{byline.title}. {passage.text}" if byline.title else passage.text for passage, byline in passages.values()
    ]
    scores = dict(zip(passages, reranker.scores(question, read).tolist(), strict=True))
    return [{name: scores[name] for name in each if name in scores} for each in best]


def _hits(
    store: Store, dealt: Sequence[tuple[str, float]], cosines: Mapping[str, float], words: Mapping[str, float]
) -> list[Hit]:
    passages = store.passages([name for name, _ in dealt])
    there = [(name, score) for name, score in dealt if name in passages]
    return [
        Hit(
            passage=passages[name][0],
            byline=passages[name][1],
            score=min(1.0, score),
            rank=rank,
            dense=cosines.get(name),
            lexical=words.get(name),
        )
        for rank, (name, score) in enumerate(there, start=1)
    ]
