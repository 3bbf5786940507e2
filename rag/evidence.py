"""The sentences of what was found, and how well each answers: is it about the question, does it give what is asked."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag import demands, occasions, suspicion, text
from rag.kinds import gives
from rag.question import Query
from rag.thesaurus import SEATS, meanings, synonyms
from rag.types import Byline, Hit, Passage

Embed: TypeAlias = Callable[[Sequence[str]], NDArray[np.float32]]  # n texts to (n, dimension) unit rows
Weigh: TypeAlias = Callable[[str], float]  # a stem to its inverse document frequency, above 0

# Shares of the score, set by hand on the development questions (evals/README.md). They add up to 1.
COVERAGE, CLOSENESS, KIND = 0.44, 0.44, 0.12
CONTEXT = (0.5, 0.35, 0.25)  # what a term is worth in the sentence before, the one before that, and so on
ELSEWHERE = 0.25  # what it is worth in the title or the rest of the passage,
LENT = 0.8  # and where it is what the article is about, see `_defined`: every sentence there speaks of that
MISSING_NAME = 0.55  # what is left of a sentence's score for each name that it and its surroundings lack
SUBJECT = 1.5  # what the first name, which a question is most likely about, counts beside the others
ASIDE = 0.7  # what a word weighs that only says when
CLAUSE_WORDS = 4
SYNONYM = 0.65  # what a known synonym of a term is worth
CONTEXT_SHARE = 0.3  # what the words of the conversation weigh beside a follow-up's own
SAID = 0.5  # share of the terms that are no names below which a sentence loses score,
UNSAID = 0.65  # and what is left of it where it has none of them
MISSING_KIND = 0.85  # what is left of a score where a number, date, reason or saying is asked for and none given
SWAPPED = 0.8  # what is left of a score where the sentence has who did it to whom the other way round
OTHER_OCCASION = 0.7  # what is left of a score where a sentence tells of another date, year or edition
OTHER_SPEAKER = 0.7  # what is left of a score where somebody's words are asked for and they are not named
QUOTED = 0.3  # share of the score that hangs on words the question quotes
TELLING = 0.5  # rarity from which a name tells passages apart; one that most of the library has does not
STUFFED = 0.55  # what is left of a score where the passage says the same sentence again and again
SHORTLIST = 48  # sentences that are read for their meaning,
CLOSELY = 12  # and of them those that are read clause by clause
CLAUSE = 0.97  # what a clause's cosine is worth beside a whole sentence's


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A sentence of a hit: its words, where it stands in its article, and what stands before it there."""

    byline: Byline
    start: int
    end: int
    text: str
    stems: frozenset[str]
    before: tuple[frozenset[str], ...]  # stems of the sentences before it, nearest first
    around: frozenset[str]  # stems of the passage, all of the above among them, and of the title
    previous: tuple[int, str] | None  # offset and words of the sentence before, in the same paragraph
    about: frozenset[str] = frozenset()  # stems of what its article is about, where it opens by saying what that is
    stuffed: bool = False  # whether its article says it again and again, as text does that is made to be found


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
LONGEST_SENTENCE = 1_500  # characters of what may be quoted as a sentence
LONGEST_PASSAGE = 20_000  # characters of a passage that are read; a few thousand are usual
MANY_REPEATS = 2  # of one sentence, beside the first, in a passage or in those of an article, that no report has
KEPT = 512  # passages of which the sentences are remembered, some 20 MB


def candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """The sentences of the hits, each once, in the order of the hits.

    No headings, no questions, no repeats, and no orders to whoever reads them: an article is no instruction.
    """
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits:
        for candidate in _sentences(hit.passage, hit.byline):
            found.setdefault((candidate.byline.article_id, candidate.start), candidate)
    times = Counter(map(_said, found.values()))
    stuffed = {_said(one) for one in found.values() if one.stuffed or times[_said(one)] > MANY_REPEATS}
    if not stuffed:
        return list(found.values())
    return [replace(one, stuffed=True) if _said(one) in stuffed else one for one in found.values()]


def _said(candidate: Candidate) -> tuple[str, str]:
    """What an article says, wherever it says it: one that says it again and again is cut into passages as well."""
    return candidate.byline.article_id, text.fold(candidate.text)


def once(found: Sequence[Candidate]) -> list[Candidate]:
    """The sentences without those that an article before has word for word whose copy theirs is."""
    first: dict[tuple[str, str], str] = {}
    return [
        one
        for one in found
        if one.byline.group is None
        or first.setdefault((one.byline.group, text.fold(one.text)), one.byline.article_id) == one.byline.article_id
    ]


@lru_cache(maxsize=KEPT)
def _sentences(passage: Passage, byline: Byline) -> tuple[Candidate, ...]:
    read = passage.text[:LONGEST_PASSAGE]
    spans = text.sentences(read)
    again = suspicion.repeated(read)
    planted = frozenset([*suspicion.suspicious(read), *again])
    repeats = Counter(text.fold(read[span.start : span.end]) for span in again)
    stems = [meanings(passage.text[span.start : span.end]) for span in spans]
    around = frozenset().union(*stems, text.stems(byline.title or ""))
    about = _defined(read[spans[0].start : spans[0].end]) if spans and not passage.start else frozenset[str]()
    made: list[Candidate] = []
    for index, span in enumerate(spans):
        bullet = _BULLET.match(passage.text, span.start, span.end)
        start = bullet.end() if bullet else span.start
        words = passage.text[start : span.end]
        if (
            span in planted
            or len(words) > LONGEST_SENTENCE
            or not _ENDS.search(words[-8:])
            or len(words.split()) < MIN_WORDS
        ):
            continue
        before = spans[index - 1] if index else None
        joined = (
            before is not None
            and before not in planted
            and passage.text[before.end - 1] != "?"
            and "\n" not in passage.text[before.end : span.start]
        )
        made.append(
            Candidate(
                byline=byline,
                start=passage.start + start,
                end=passage.start + span.end,
                text=words,
                stems=stems[index],
                before=tuple(stems[max(0, index - len(CONTEXT)) : index][::-1]),
                around=around,
                previous=(passage.start + before.start, passage.text[before.start : span.end])
                if before and joined
                else None,
                about=about,
                stuffed=repeats[text.fold(passage.text[span.start : span.end])] >= MANY_REPEATS,
            )
        )
    return tuple(made)


_DEFINES = re.compile(r"\b(?:is|was|are|were)\s+(?:an?|the|one)\b")
_ASIDES = re.compile(r"\([^()]*\)")
DEFINED = 200  # characters of an opening within which what it defines stands


def _defined(opening: str) -> frozenset[str]:
    """Stems of what an article is about, where its first sentence says what that is ("Ada Vale is a ..."); else none.

    Such an article, an entry of a reference work, speaks of nothing else and seldom repeats the name; a report, which
    opens with what happened, may go on to others.
    """
    match = _DEFINES.search(opening, 0, DEFINED)
    thing = opening[: match.start()] if match else ""
    content = [word.text for word in text.words(_ASIDES.sub(" ", thing)) if text.is_content(word)]
    named = sum(not word[0].islower() for word in content) > len(content) / 2
    return frozenset(text.stems(thing)) if named else frozenset()


_LEANS = re.compile(
    r"^[“\"'‘]?(?:he|she|it|they|his|her|its|their|this|these|that|those|both|such|him|them|another|earlier that day"
    r"|the (?:group|league|meeting|move|city|two|latter))\b",
    re.I,
)


_LEANS_LATER = re.compile(
    r"^(?i:\w+ing|in (?:his|her|their)|after|before|when|while|as)\b[^.A-Z]{0,80}, (?:he|she|they)\b"
)
_CLEFT = re.compile(r"it (?:is|was) [^,.]{1,60}? that\b", re.I)  # "It was the army that ..." leans on nothing


def quote_of(candidate: Candidate) -> tuple[int, str]:
    """Where the quotation begins and its words: the sentence, with the one before where it leans on that ("He")."""
    leans = _LEANS.match(candidate.text) or _LEANS_LATER.match(candidate.text)
    if candidate.previous and leans and not _CLEFT.match(candidate.text):
        return candidate.previous
    return candidate.start, candidate.text


def spoken_of(candidate: Candidate) -> frozenset[str]:
    """Stems of what would be quoted, of the sentence before it and of what its article is about."""
    return frozenset(text.stems(quote_of(candidate)[1])).union(candidate.about, *candidate.before[:1])


# --- scores ----------------------------------------------------------------------------------------------------------


def rank(query: Query, found: Sequence[Candidate], *, embed: Embed, weigh: Weigh) -> list[Evidence]:
    """The candidates as Evidence, best first; of many, the SHORTLIST most promising.

    Coverage is the share of the question's terms, weighed by rarity, that a sentence holds in so many words, by a
    synonym, or in the sentences before it. Closeness is the cosine of the question to the sentence or to the nearest of
    its clauses. Kind says whether it gives a number, a date, a person and so on where one is asked for.
    """
    found = [candidate for candidate in found if not suspicion.echoes(query.question, candidate.text)]
    if not found:
        return []
    coverage = _coverage(query, found, weigh=weigh)
    name = demands.defined(query)
    kinds = [demands.defines(name, candidate.text) if name else gives(query, candidate.text) for candidate in found]
    promise = [
        covered + 0.3 * kind - 0.002 * place
        for place, ((covered, _), kind) in enumerate(zip(coverage, kinds, strict=True))
    ]
    read = sorted(range(len(found)), key=promise.__getitem__, reverse=True)[:SHORTLIST]
    promising = [COVERAGE * coverage[place][0] + KIND * kinds[place] for place in read]
    closeness = _closeness(query, [found[place] for place in read], promising, embed=embed)
    rarest = {name: max(name, key=weigh) for name in query.names}
    ranked: list[Evidence] = []
    for place, close in zip(read, closeness, strict=True):
        candidate, (covered, predicate), kind = found[place], coverage[place], kinds[place]
        score = COVERAGE * covered + CLOSENESS * close + KIND * kind
        score *= MISSING_NAME ** _missing_names(rarest, candidate, weigh)
        score *= UNSAID + (1 - UNSAID) * min(1.0, predicate / SAID)
        if candidate.stuffed:
            score *= STUFFED
        if _swapped(query, candidate):
            score *= SWAPPED
        if is_on_another_occasion(query, candidate):
            score *= OTHER_OCCASION
        score *= demands.standing(query, quote_of(candidate)[1])
        if name and not kind:
            score *= demands.BARE
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
                names=_telling_names(rarest, candidate, weigh),
            )
        )
    return sorted(ranked, key=lambda evidence: -evidence.score)


def _coverage(query: Query, found: Sequence[Candidate], *, weigh: Weigh) -> list[tuple[float, float]]:
    """For each candidate its share of the question's terms, and its share of those among them that are no names."""
    asked = units(query)
    weights = [
        math.sqrt(max(weigh(term) for term in unit)) * (ASIDE if query.asides.issuperset(unit) else 1.0)
        for unit in asked
    ]
    context = [(term,) for term in query.context]
    lent = [math.sqrt(weigh(term)) for term in query.context]
    lent = [weight * CONTEXT_SHARE * math.fsum(weights) / math.fsum(lent) for weight in lent]
    plain = len(query.names)
    every = [*asked, *context]
    terms = frozenset().union(*every)

    @cache
    def there(around: frozenset[str], about: frozenset[str]) -> frozenset[str]:
        """The terms that a passage has anything of, few of them; each of its sentences is asked for these alone."""
        return frozenset(term for term in terms if likeness(term, around) or has(term, about))

    shares: list[tuple[float, float]] = []
    for candidate in found:
        near = there(candidate.around, candidate.about)
        held = [_held(unit, candidate, near) for unit in every]
        all_of_it = _mean(held, [*weights, *lent])
        said = _mean(held[plain : len(asked)], weights[plain:]) if len(asked) > plain else 1.0
        shares.append((all_of_it, said))
    return shares


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(values, weights, strict=True)) / (math.fsum(weights) or 1.0)


def units(query: Query) -> list[tuple[str, ...]]:
    """What is asked about, thing by thing: first the names, each one thing, then every other term."""
    taken = {term for name in query.names for term in name}
    return [*query.names, *((term,) for term in query.terms if term not in taken)]


def _held(unit: tuple[str, ...], candidate: Candidate, near: frozenset[str]) -> float:
    """How far a sentence holds a unit, 0..1, the mean over its terms: itself, by a synonym, in what stands before.

    Of terms that are not `near`, in its passage, it holds nothing.
    """
    worth = 0.0
    for term in unit:
        if term not in near:
            continue
        own = likeness(term, candidate.stems)
        worth += own if own == 1.0 else max(own, _nearby(term, candidate))
    return worth / len(unit)


def _nearby(term: str, candidate: Candidate) -> float:
    """What a term is worth to a sentence where it stands in those before it, or elsewhere around it."""
    if candidate.about and has(term, candidate.about):
        beside = LENT
    elif likeness(term, candidate.around):  # what the passage has not, the sentences before have not
        beside = ELSEWHERE if has(term, candidate.around) else 0.0
    else:
        return 0.0
    before = zip(CONTEXT, candidate.before, strict=False)
    return max(beside, max((share * likeness(term, stems) for share, stems in before), default=0.0))


def has(term: str, stems: frozenset[str]) -> bool:
    """Whether stems hold a term, or the seat of the government that it names."""
    return term in stems or (term in SEATS and not stems.isdisjoint(SEATS[term]))


def likeness(term: str, stems: frozenset[str]) -> float:
    """How far stems hold a term, 0..1: wholly, or by a known synonym."""
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


def _closeness(query: Query, found: Sequence[Candidate], promising: Sequence[float], *, embed: Embed) -> list[float]:
    """The cosine of the question to each sentence, or to the nearest clause of the CLOSELY most promising ones."""
    vectors = embed([query.sought, *(candidate.text for candidate in found)])
    best = [max(0.0, float(cosine)) for cosine in vectors[1:] @ vectors[0]]
    order = sorted(range(len(found)), key=lambda place: promising[place] + CLOSENESS * best[place], reverse=True)
    pieces = [(place, clause) for place in order[:CLOSELY] for clause in clauses(found[place].text)[1:]]
    if pieces:
        cosines = embed([clause for _, clause in pieces]) @ vectors[0]
        for (place, _), cosine in zip(pieces, cosines, strict=True):
            best[place] = max(best[place], CLAUSE * float(cosine))
    return best


def _missing_names(rarest: Mapping[tuple[str, ...], str], candidate: Candidate, weigh: Weigh) -> float:
    """How many of the question's names a sentence lacks, each 0..1: less where they stand around it or are common.

    `rarest` has the rarest term of each, the first name first.
    """
    missing = 0.0
    for place, term in enumerate(rarest.values()):
        if likeness(term, candidate.stems) or term in text.stems(candidate.byline.outlet or ""):
            continue
        nearby = candidate.about.union(candidate.stems, *candidate.before)
        telling = min(1.0, weigh(term) / 2.0) * (1.0 if place else SUBJECT)
        missing += telling * (0.1 if likeness(term, nearby) else 0.5 if has(term, candidate.around) else 1.0)
    return missing * min(1.0, 2.0 / max(1, len(rarest)))


def _telling_names(
    rarest: Mapping[tuple[str, ...], str], candidate: Candidate, weigh: Weigh
) -> frozenset[tuple[str, ...]]:
    """The names that a further sentence must have where the lead has them: the first, and all rare ones."""
    return frozenset(
        name
        for place, (name, term) in enumerate(rarest.items())
        if (not place or weigh(term) >= TELLING) and has(term, candidate.stems)
    )


_ROLES = frozenset("from to against by".split())


@lru_cache(maxsize=text.KEPT)
def _objects(sentence: str) -> Mapping[str, set[str]]:
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
    for role, wanted in _objects(query.sought).items():
        given = _objects(candidate.text).get(role, set())
        others = {term for term in query.terms if term not in wanted and likeness(term, frozenset(given))}
        if others and not wanted & given and wanted <= candidate.stems:
            return True
    return False


def _speaks(name: tuple[str, ...], candidate: Candidate) -> bool:
    """Whether the name stands in what would be quoted, so that the words can be the name's."""
    quoted = frozenset(text.stems(quote_of(candidate)[1]))
    return any(likeness(term, quoted) for term in name)


def is_on_another_occasion(query: Query, candidate: Candidate) -> bool:
    """Whether a sentence tells of another date, year or edition than the one that is asked about."""
    published_at = candidate.byline.published_at
    return occasions.is_another(query, candidate.text, published_at=published_at, around=candidate.around)


def _with_quoted(query: Query, candidate: Candidate, score: float) -> float:
    """A question that quotes words is about the sentences that have them."""
    sentence = text.fold(candidate.text)
    share = sum(text.fold(words) in sentence for words in query.quoted) / len(query.quoted)
    return score * (1 - QUOTED) + QUOTED * share
