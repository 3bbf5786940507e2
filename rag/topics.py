"""What speaks of a topic: sentences that have its words, as they would be quoted, and score well enough on it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag import evidence, text
from rag.errors import UsageError
from rag.evidence import Candidate, Embed, Evidence, Weigh, likeness, quote_of
from rag.question import Query, understand
from rag.thesaurus import SEATS, synonyms
from rag.types import Filters, Hit

# The sentences of hits with the vectors that need not be embedded again.
Known: TypeAlias = Callable[[Sequence[Hit]], Mapping[str, NDArray[np.float32]]]

FEW = 2  # things that a topic names up to which a quotation must have all of them;
SHARE = 0.5  # of more, so much by rarity, and the first name
LEAST = 0.38  # score of a sentence that speaks of the topic,
RATHER, NEAR = 0.52, 0.6  # or its score or closeness, where it has the topic's names and lacks other words
BESIDE = 0.5  # share of the best one's closeness that it needs: a word alone may mean something else
FAR = 0.34  # closeness of its nearest sentence from which a passage without the topic's words may speak of it
ALIKE = 0.7  # share of the shorter one's words that two sentences have in common which say the same

_LIFE, _LIVES = text.stem("lives"), re.compile(r"\blives\b", re.I)  # lost where people die; who is living is not dead


def about(topic: str, *, filters: Filters = Filters(), newest: Callable[[], str | None] = lambda: None) -> Query:
    """The topic, a phrase or a question, understood, its own limits of date among the filters.

    Raises UsageError where it is empty or too long. `newest` is asked as `understand` does.
    """
    if not any(character.isalnum() for character in topic):
        raise UsageError("The topic is empty: name one, such as “Russia’s support” or “Who controls Aleppo?”.")
    query = understand(topic, filters=filters, newest=newest)
    since, until = query.period or (None, None)
    limits = replace(filters, since=filters.since or since, until=filters.until or until)
    return replace(query, filters=limits, period=None)


def named(query: Query) -> str:
    """The topic as it was asked for, on one line."""
    return " ".join(query.question.split())


def words(query: Query) -> frozenset[str]:
    """The stems of which a sentence needs one at least to speak of the topic: its own and what may stand for them."""
    own = frozenset(query.terms)
    return own.union(*(synonyms(term) | SEATS.get(term, frozenset()) for term in own))


def speaking(query: Query, found: Sequence[Candidate], *, embed: Embed, weigh: Weigh) -> list[Evidence]:
    """The candidates that speak of the topic, best first, or of any of its parts where it is a question of several.

    At most evidence.SHORTLIST are scored for each part; where more have its words, every outlet has its turn.
    """
    best: dict[int, Evidence] = {}
    for part in query.parts or (query,):
        for one in _speaking(part, found, embed=embed, weigh=weigh):
            place = id(one.candidate)
            if place not in best or best[place].score < one.score:
                best[place] = one
    return sorted(best.values(), key=lambda one: -one.score)


def _speaking(query: Query, found: Sequence[Candidate], *, embed: Embed, weigh: Weigh) -> list[Evidence]:
    told = {id(one): _told(query, quote_of(one)[1], weigh) for one in found if not one.stuffed}
    having = [one for one in found if told.get(id(one), (False, False)) != (False, False)]
    ranked = evidence.rank(query, list(_in_turn(having))[: evidence.SHORTLIST], embed=embed, weigh=weigh)
    spoken = []
    for one in ranked:
        wholly, named = told[id(one.candidate)]
        if (wholly and one.score >= LEAST) or (named and (one.score >= RATHER or one.closeness >= NEAR)):
            spoken.append(one)
    nearest = max((one.closeness for one in spoken), default=0.0)
    return [one for one in spoken if one.closeness >= BESIDE * nearest]


def may_speak(query: Query, hit: Hit, *, named: bool, weigh: Weigh) -> bool:
    """Whether a passage may speak of the topic, though no sentence surely does: by its words or by its meaning.

    What is `named` is not spoken of without its name, however near the meaning comes.
    """
    around = f"{hit.byline.title or ''}\n{hit.passage.text}"
    near = not named and hit.dense is not None and hit.dense >= FAR
    return near or any(any(_told(part, around, weigh)) for part in query.parts or (query,))


def is_named(query: Query, found: Sequence[Candidate]) -> bool:
    """Whether the topic has a name, or begins with a word that the articles write with a capital within a sentence."""
    first = next(iter(text.words(query.sought)), None)
    if query.names or first is None or not first.text[0].isupper():
        return bool(query.names)
    within = re.compile(rf"(?<=[a-z,] ){re.escape(first.text)}\b")
    return any(within.search(one.text) for one in found)


def _told(query: Query, said: str, weigh: Weigh) -> tuple[bool, bool]:
    """Whether words have those of the topic, and whether they have its names."""
    stems = frozenset(text.stems(said))
    if not _LIVES.search(said):
        stems -= {_LIFE}
    asked = evidence.units(query)
    held = [_held(unit, stems, weigh) for unit in asked]
    names = held[: len(query.names)]
    weights = [math.sqrt(max(map(weigh, unit))) for unit in asked]
    share = math.fsum(a * b for a, b in zip(held, weights, strict=True)) / (math.fsum(weights) or 1.0)
    whole = all(held) if len(asked) <= FEW else share >= SHARE and all(names[:1])
    return whole and bool(held), bool(names) and all(names)


def _held(unit: Sequence[str], stems: frozenset[str], weigh: Weigh) -> float:
    """How far stems hold a thing, 0..1: of a name the rarest word has to be there, of equals the last."""
    there = likeness(max(reversed(unit), key=weigh), stems)
    return math.fsum(likeness(term, stems) for term in unit) / len(unit) if there else 0.0


def _in_turn(found: Sequence[Candidate]) -> Iterator[Candidate]:
    """The candidates in their order, but one of each outlet after the other."""
    queues: dict[str | None, list[Candidate]] = {}
    for one in found:
        queues.setdefault(one.byline.outlet, []).append(one)
    return (one for turn in zip_longest(*queues.values()) for one in turn if one is not None)


def repeats(one: Candidate, other: Candidate) -> bool:
    """Whether two sentences say the same in nearly the same words, or one is quoted within the other's quotation."""
    if one.byline.article_id == other.byline.article_id and (_within(one, other) or _within(other, one)):
        return True
    return len(one.stems & other.stems) > ALIKE * min(len(one.stems), len(other.stems))


def _within(one: Candidate, other: Candidate) -> bool:
    return quote_of(other)[0] <= one.start and one.end <= other.end


def remembering(embed: Embed, known: Mapping[str, NDArray[np.float32]]) -> Embed:
    """An embedder that embeds no text twice, and none whose vector is known."""
    vectors = dict(known)

    def embed_once(texts: Sequence[str]) -> NDArray[np.float32]:
        fresh = [one for one in dict.fromkeys(texts) if one not in vectors]
        if fresh:
            vectors.update(zip(fresh, embed(fresh), strict=True))
        return np.stack([vectors[one] for one in texts])

    return embed_once
