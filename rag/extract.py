"""Sentences of the articles that answer a question, best first: how well each is about it and gives what is asked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag import figures, text
from rag.kinds import gives
from rag.question import Query
from rag.thesaurus import SEATS, synonyms
from rag.types import Byline, Hit

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]  # n texts to (n, dimension) unit rows
Weigh: TypeAlias = Callable[[str], float]  # a stem to its inverse document frequency, above 0

# Shares of the score, set by hand on the development questions (evals/README.md). They add up to 1.
COVERAGE, CLOSENESS, KIND = 0.44, 0.44, 0.12
CONTEXT = (0.5, 0.35, 0.25)  # what a term is worth in the sentence before, the one before that, and so on
ELSEWHERE = 0.25  # what it is worth in the title or the rest of the passage
MISSING_NAME = 0.55  # what is left of a sentence's score for each name that it and its surroundings lack
SUBJECT = 1.5  # what the first name, which a question is most likely about, counts beside the others
CLAUSE_WORDS = 4
SYNONYM = 0.65  # what a known synonym of a term is worth
CONTEXT_SHARE = 0.3  # what the words of the conversation weigh beside a follow-up's own
SAID = 0.5  # share of the terms that are no names below which a sentence loses score,
UNSAID = 0.65  # and what is left of it where it has none of them
MISSING_KIND = 0.85  # what is left of a score where a number, date, reason or saying is asked for and none given
SWAPPED = 0.8  # what is left of a score where the sentence has who did it to whom the other way round
OTHER_DATE = 0.7  # what is left of a score where every date in the sentence contradicts those asked about
OTHER_SPEAKER = 0.7  # what is left of a score where somebody's words are asked for and they are not named
QUOTED = 0.3  # share of the score that hangs on words the question quotes
TELLING = 0.5  # rarity from which a name tells passages apart; one that most of the library has does not
SHORTLIST = 48  # sentences that are read for their meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of a hit: its words, where it stands in its article, and what stands before it there."""

    byline: Byline
    start: int
    end: int
    text: str
    stems: frozenset[str]
    before: tuple[frozenset[str], ...]  # stems of the sentences before it, nearest first
    around: frozenset[str]  # stems of the passage and the title
    previous: tuple[int, str] | None  # offset and words of the sentence before, in the same paragraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A candidate with its score in 0..1: `coverage` of the question's terms, `closeness` in meaning, `kind` of answer.

    `names` are those names of the question that tell passages apart and that the sentence itself has.
    """

    candidate: Candidate
    score: float
    coverage: float
    closeness: float
    kind: float
    names: frozenset[tuple[str, ...]]


# --- candidates ------------------------------------------------------------------------------------------------------

_BULLET = re.compile(r"(?:[-–—*•·▪‣◦]|\d{1,2}[.)])\s+")
_ENDS = re.compile(r"[.!…。۔][\"'”’»)\]]*$")
MIN_WORDS = 4


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the hits, each once, in the order of the hits; no headings, no questions."""
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits:
        for candidate in _sentences(hit):
            found.setdefault((candidate.byline.article_id, candidate.start), candidate)
    return list(found.values())


def _sentences(hit: Hit) -> list[Candidate]:
    passage = hit.passage
    spans = text.sentences(passage.text)
    stems = [frozenset(text.stems(passage.text[span.start : span.end])) for span in spans]
    around = frozenset().union(*stems, text.stems(hit.byline.title or ""))
    made: list[Candidate] = []
    for index, span in enumerate(spans):
        bullet = _BULLET.match(passage.text, span.start, span.end)
        start = bullet.end() if bullet else span.start
        words = passage.text[start : span.end]
        if not _ENDS.search(words[-8:]) or len(words.split()) < MIN_WORDS:
            continue
        before = spans[index - 1] if index else None
        joined = before is not None and "\n" not in passage.text[before.end : span.start]
        made.append(
            Candidate(
                byline=hit.byline,
                start=passage.start + start,
                end=passage.start + span.end,
                text=words,
                stems=stems[index],
                before=tuple(stems[max(0, index - len(CONTEXT)) : index][::-1]),
                around=around,
                previous=(passage.start + before.start, passage.text[before.start : span.end])
                if before and joined
                else None,
            )
        )
    return made


# --- scores ----------------------------------------------------------------------------------------------------------


def rank(query: Query, found: Sequence[Candidate], *, embed: Embed, weigh: Weigh) -> list[Evidence]:
    """The candidates as Evidence, best first; of many, the SHORTLIST most promising.

    Coverage is the share of the question's terms, weighed by rarity, that a sentence holds in so many words, by a
    synonym, or in the sentences before it. Closeness is the cosine of the question to the sentence or to the nearest of
    its clauses. Kind says whether it gives a number, a date, a person and so on where one is asked for.
    """
    if not found:
        return []
    coverage = _coverage(query, found, weigh=weigh)
    kinds = [gives(query, candidate.text) for candidate in found]
    promise = [
        covered + 0.3 * kind - 0.002 * place
        for place, ((covered, _), kind) in enumerate(zip(coverage, kinds, strict=True))
    ]
    read = sorted(range(len(found)), key=promise.__getitem__, reverse=True)[:SHORTLIST]
    closeness = _closeness(query, [found[place] for place in read], embed=embed)
    ranked: list[Evidence] = []
    for place, close in zip(read, closeness, strict=True):
        candidate, (covered, predicate), kind = found[place], coverage[place], kinds[place]
        score = COVERAGE * covered + CLOSENESS * close + KIND * kind
        score *= MISSING_NAME ** _missing_names(query, candidate, weigh)
        score *= UNSAID + (1 - UNSAID) * min(1.0, predicate / SAID)
        if _swapped(query, candidate):
            score *= SWAPPED
        if _on_another_date(query, candidate):
            score *= OTHER_DATE
        if query.quoted:
            score = _with_quoted(query, candidate, score)
        if kind == 0.0 and query.expects in {"number", "date", "reason", "words"}:
            score *= MISSING_KIND
        if query.expects == "words" and query.names and not _speaks(query.names[0], candidate):
            score *= OTHER_SPEAKER
        ranked.append(
            Evidence(
                candidate=candidate,
                score=score,
                coverage=covered,
                closeness=close,
                kind=kind,
                names=_telling_names(query, candidate, weigh),
            )
        )
    return sorted(ranked, key=lambda evidence: -evidence.score)


def _coverage(query: Query, found: Sequence[Candidate], *, weigh: Weigh) -> list[tuple[float, float]]:
    """For each candidate its share of the question's terms, and its share of those among them that are no names."""
    units = _units(query)
    weights = [math.sqrt(max(weigh(term) for term in unit)) for unit in units]
    context = [(term,) for term in query.context]
    lent = [math.sqrt(weigh(term)) for term in query.context]
    lent = [weight * CONTEXT_SHARE * math.fsum(weights) / math.fsum(lent) for weight in lent]
    plain = len(query.names)
    shares: list[tuple[float, float]] = []
    for candidate in found:
        held = [_held(unit, candidate) for unit in [*units, *context]]
        all_of_it = _mean(held, [*weights, *lent])
        said = _mean(held[plain : len(units)], weights[plain:]) if len(units) > plain else 1.0
        shares.append((all_of_it, said))
    return shares


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(values, weights, strict=True)) / (math.fsum(weights) or 1.0)


def _units(query: Query) -> list[tuple[str, ...]]:
    """What is asked about, thing by thing: first the names, each one thing, then every other term."""
    taken = {term for name in query.names for term in name}
    return [*query.names, *((term,) for term in query.terms if term not in taken)]


def _held(unit: tuple[str, ...], candidate: Candidate) -> float:
    """How far a sentence holds a unit, 0..1, the mean over its terms: itself, by a synonym, in what stands before."""
    worth = 0.0
    for term in unit:
        before = zip(CONTEXT, candidate.before, strict=False)
        earlier = max((share * _likeness(term, stems) for share, stems in before), default=0.0)
        worth += max(_likeness(term, candidate.stems), earlier, ELSEWHERE if has(term, candidate.around) else 0.0)
    return worth / len(unit)


def has(term: str, stems: frozenset[str]) -> bool:
    """Whether stems hold a term, or the seat of the government that it names."""
    return term in stems or not stems.isdisjoint(SEATS.get(term, ()))


def _likeness(term: str, stems: frozenset[str]) -> float:
    return 1.0 if has(term, stems) else 0.0 if stems.isdisjoint(synonyms(term)) else SYNONYM


_CLAUSE = re.compile(r"[,;:—–()]|\s-\s|\b(?:while|which|who|after|as|but)\b")


def clauses(sentence: str) -> list[str]:
    """The sentence and, when it is long, each run of two neighbouring clauses."""
    cuts = [0, *(match.start() for match in _CLAUSE.finditer(sentence)), len(sentence)]
    parts = [sentence[a:b] for a, b in pairwise(cuts)]
    merged: list[str] = []
    for part in parts:
        if merged and len(merged[-1].split()) < CLAUSE_WORDS:
            merged[-1] += part
        else:
            merged.append(part)
    if len(merged) < 2:
        return [sentence]
    pairs = merged if len(merged) == 2 else [a + b for a, b in pairwise(merged)]
    return [sentence, *(pair.strip(" ,;:—–-()") for pair in pairs)]


def _closeness(query: Query, found: Sequence[Candidate], *, embed: Embed) -> list[float]:
    pieces = [clauses(candidate.text) for candidate in found]
    vectors = embed([query.sought, *(piece for group in pieces for piece in group)])
    cosines = vectors[1:] @ vectors[0]
    best: list[float] = []
    at = 0
    for group in pieces:
        whole, parts = float(cosines[at]), cosines[at + 1 : at + len(group)]
        best.append(max(0.0, whole, float(parts.max()) * 0.97 if len(parts) else 0.0))
        at += len(group)
    return best


def _missing_names(query: Query, candidate: Candidate, weigh: Weigh) -> float:
    """How many of the question's names a sentence lacks, each 0..1: less where they stand around it or are common."""
    missing = 0.0
    credit = frozenset(text.stems(candidate.byline.outlet or ""))
    nearby = frozenset().union(candidate.stems, *candidate.before)
    for name in query.names:
        rarest = max(name, key=weigh)
        if _likeness(rarest, candidate.stems) or rarest in credit:
            continue
        telling = min(1.0, weigh(rarest) / 2.0) * (SUBJECT if name == query.names[0] else 1.0)
        missing += telling * (0.1 if _likeness(rarest, nearby) else 0.5 if has(rarest, candidate.around) else 1.0)
    return missing * min(1.0, 2.0 / max(1, len(query.names)))


def _telling_names(query: Query, candidate: Candidate, weigh: Weigh) -> frozenset[tuple[str, ...]]:
    """The names that a further sentence must have where the lead has them: the first, and all rare ones."""
    rarest = {name: max(name, key=weigh) for name in query.names}
    wanted = {name for name, term in rarest.items() if weigh(term) >= TELLING} | set(query.names[:1])
    return frozenset(name for name in wanted if has(rarest[name], candidate.stems))


_ROLES = frozenset("from to against by".split())


def _objects(sentence: str) -> dict[str, set[str]]:
    """Stems of what follows each preposition that tells who did it to whom, up to the next small word."""
    found: dict[str, set[str]] = {}
    role: str | None = None
    for word in text.words(sentence):
        small = word.text.casefold()
        if small in _ROLES:
            role = small
        elif text.is_content(word) and role:
            found.setdefault(role, set()).add(word.stem)
        elif small not in {"the", "a", "an", "its", "their", "his", "her"}:
            role = None
    return found


def _swapped(query: Query, candidate: Candidate) -> bool:
    """Whether another of the question's things has the role: taken from rebels, where taken from the army is asked."""
    said = _objects(candidate.text)
    for role, wanted in _objects(query.sought).items():
        given = said.get(role, set())
        others = {term for term in query.terms if term not in wanted and _likeness(term, frozenset(given))}
        if others and not wanted & given and wanted <= candidate.stems:
            return True
    return False


def _speaks(name: tuple[str, ...], candidate: Candidate) -> bool:
    """Whether the name stands in what would be quoted, so that the words can be the name's."""
    quoted = frozenset(text.stems(quote_of(candidate)[1]))
    return any(_likeness(term, quoted) for term in name)


def _on_another_date(query: Query, candidate: Candidate) -> bool:
    given = figures.dates(candidate.text) if query.dates else []
    return bool(given) and not any(asked.agrees(date) for asked in query.dates for date in given)


def _with_quoted(query: Query, candidate: Candidate, score: float) -> float:
    """A question that quotes words is about the sentences that have them."""
    sentence = text.fold(candidate.text)
    share = sum(text.fold(words) in sentence for words in query.quoted) / len(query.quoted)
    return score * (1 - QUOTED) + QUOTED * share


# --- choice ----------------------------------------------------------------------------------------------------------

ANSWERED = 0.43  # a lead below this does not answer; calibrated in evals/README.md
FURTHER = 0.85  # share of the lead's score that a further sentence of the same article needs
ELSEWHERE_FURTHER = 0.70  # the same, from an article that is not yet quoted
FURTHER_COVERAGE = 0.6  # share of the lead's coverage that it needs besides, unless it scores nearly as high
WORDS = 62


def select(query: Query, found: Sequence[Candidate], *, embed: Embed, weigh: Weigh) -> list[Evidence]:
    """The evidence to quote in answer to a query, part by part; empty when none answers it. See `rank` and `choose`."""
    vectors: dict[str, NDArray[np.float32]] = {}

    def embed_once(texts: Sequence[str]) -> NDArray[np.float32]:
        fresh = [one for one in dict.fromkeys(texts) if one not in vectors]
        vectors.update(zip(fresh, embed(fresh), strict=True))
        return np.stack([vectors[one] for one in texts])

    weigh_once = cache(weigh)  # asked for each name of each candidate, it would be a search of the index every time
    parts = [rank(part, found, embed=embed_once, weigh=weigh_once) for part in query.parts]
    return choose(rank(query, found, embed=embed_once, weigh=weigh_once), parts=parts)


def choose(ranked: Sequence[Evidence], *, parts: Sequence[Sequence[Evidence]] = ()) -> list[Evidence]:
    """The evidence to quote, the lead first, within about WORDS words; empty when none answers the question.

    Each part of a question has its own lead. Further sentences come from articles not yet quoted where they are nearly
    as good, and must not repeat what is said.
    """
    chosen = _leads(ranked, parts)
    if not chosen:
        return []
    length = sum(len(quote_of(item.candidate)[1].split()) for item in chosen)
    for fresh in (True, False):
        for evidence in ranked[1:]:
            if len(chosen) >= 3 or evidence.score < (ELSEWHERE_FURTHER if fresh else FURTHER) * ranked[0].score:
                break
            if not _adds(evidence, ranked[0]):
                continue
            quoted = {item.candidate.byline.article_id for item in chosen}
            if (
                any(evidence.candidate is item.candidate for item in chosen)
                or (fresh and evidence.candidate.byline.article_id in quoted)
                or _repeats(evidence, chosen)
            ):
                continue
            words = len(quote_of(evidence.candidate)[1].split())
            if length + words <= WORDS:
                chosen.append(evidence)
                length += words
    return chosen


def _leads(ranked: Sequence[Evidence], parts: Sequence[Sequence[Evidence]]) -> list[Evidence]:
    """The best evidence of each part that is answered, else of the whole, else none."""
    leads: list[Evidence] = []
    for part in parts:
        if part and part[0].score >= ANSWERED and part[0].candidate not in [lead.candidate for lead in leads]:
            leads.append(part[0])
    return leads or [lead for lead in ranked[:1] if lead.score >= ANSWERED]


def _adds(evidence: Evidence, lead: Evidence) -> bool:
    """Whether a further sentence is about the same as the lead, names included, and gives the same kind of answer."""
    if not evidence.names >= lead.names:
        return False
    about = evidence.coverage >= FURTHER_COVERAGE * lead.coverage or evidence.score >= 0.92 * lead.score
    return about and (evidence.kind >= 0.5 or lead.kind < 0.8)


def _repeats(evidence: Evidence, chosen: Sequence[Evidence]) -> bool:
    own = evidence.candidate.stems
    return any(len(own & item.candidate.stems) > 0.7 * min(len(own), len(item.candidate.stems)) for item in chosen)


_LEANS = re.compile(
    r"^[“\"'‘]?(?:he|she|it|they|his|her|its|their|this|these|that|those|both|such|him|them|another|earlier that day"
    r"|the (?:group|league|meeting|move|city|two|latter))\b",
    re.I,
)


_CLEFT = re.compile(r"it (?:is|was) [^,.]{1,60}? that\b", re.I)  # "It was the army that ..." leans on nothing


def quote_of(candidate: Candidate) -> tuple[int, str]:
    """Where the quotation begins and its words: the sentence, with the one before where it leans on that ("He")."""
    if candidate.previous and _LEANS.match(candidate.text) and not _CLEFT.match(candidate.text):
        return candidate.previous
    return candidate.start, candidate.text
