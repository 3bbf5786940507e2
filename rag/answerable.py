"""Whether what was found answers a question at all: decided from the evidence alone, before an answer is written.

What a search by words brings has the words of the question, whether it answers or not. So beside the score of the best
sentence four things count: how much of what it shares with the question is rare, how near in meaning the nearest
sentence comes, how far its article is ahead of the others in that, and whether articles give one value where a value is
asked for. No sentence holds all words of a question of many terms. Where it asks several outlets, it joins facts of
several articles, and the middle one of these counts beside the best sentence; else the value that they give does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from rag import claims, demands, figures, frames, measures, text, whereabouts
from rag.compare import Side
from rag.evidence import TELLING, Evidence, Weigh, likeness, quote_of, units
from rag.kinds import counted
from rag.question import Query
from rag.thesaurus import meanings

ANSWERS = 0.5  # from here on it is answered
LACKING = 0.49  # and no more than this where what is demanded is missing
USUAL = 7  # terms of a question up to which a sentence can hold them all
LEAST = 0.3  # score of the best sentence below which such a question is not answered, whatever else speaks for it
MOST_SHARED = 5.0  # rarity shared with a question beyond which more tells nothing
NO_VALUE = 0.15  # how far articles back a value where none is asked for: as far as they commonly do where one is
ALONE = 0.15  # how far ahead an article is that no other is beside: as far as the first commonly is
WHOLLY, CERTAIN = 0.99, 0.8  # coverage and score of a sentence which answers where it tells the very deed
RATHER = 0.6  # and score of one where synonyms count as much
TELLS_APART, ABOUT = 10.0, 0.2  # a figure from which on it tells one event from another, and how far off it may be told
LEAST_SCORE = 0.02  # of which the logarithm is taken
_YEAR = re.compile(r"1\d{3}|20\d{2}")
_HOW_MANY_WERE = re.compile(r"how many\b.*\b(?:was|were|been)\s+(?:\w+ly\s+)?(\w+)", re.I)
_NARROWING = frozenset(
    text.stem(word)
    for word in """first last only next original current typical average most least best worst oldest youngest largest
    biggest smallest longest shortest highest lowest fastest latest earliest""".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What tells whether a question is answered.

    `score` is that of the best sentence; `shared` the rarity of what it shares with the question, up to MOST_SHARED;
    `share` how much of the question that is, 0..1; `lacking` whether the question has a "first" or a "largest" and the
    sentence has not. `nearest` is the best cosine of any sentence, `middle` that of the middle one of the articles,
    each by its nearest sentence, `ahead` the difference; `backed` the votes for the leading value for each article.
    """

    score: float
    shared: float
    share: float
    lacking: bool
    nearest: float
    middle: float
    ahead: float
    backed: float


def answerability(
    query: Query, ranked: Sequence[Evidence], sides: Sequence[Side], *, weigh: Weigh, joined: bool = False
) -> float:
    """How likely evidence is to answer a question, 0..1; from ANSWERS on it does.

    `ranked` is the evidence, best first, as `evidence.rank` gives it; `sides` are the values in it, as `compare.sides`.
    A question that is `joined` has several parts or is put to outlets that it names.
    The coefficients are those of logistic regressions, rounded, on development splits (evals/README.md). Up to
    USUAL terms: nomiracl and the questions on the first and the shipped articles, which weighed most, ramdocs, rgb,
    robustrag and realtimeqa, all where the best sentence scores 0.43 or more, though they decide from LEAST on; what
    cannot be answered there is nomiracl's but for some. Beyond, if joined: multihop-rag-answers, and with less weight
    realtimeqa and robustrag; if not: the long ones of realtimeqa, robustrag, nomiracl and rgb and those of
    multihop-rag-answers that name no outlet, the intercept so that no right answer to realtimeqa's is lost.
    """
    if not ranked:
        return 0.0
    likely = _likely(query, ranked, sides, weigh=weigh, joined=joined)
    if unmet(query, ranked, weigh=weigh, joined=joined):
        return min(LACKING, likely)
    return max(ANSWERS, likely) if _says_so(query, ranked[0]) else likely


def _says_so(query: Query, best: Evidence) -> bool:
    """Whether the best sentence answers in so many words, whatever else speaks against it."""
    if (
        demands.defined(query)
        and best.kind >= demands.TOLD_OF
        and best.candidate.stems.issuperset(demands.defined(query))
    ):
        return True
    if whereabouts.asks(query) and whereabouts.tells(query, quote_of(best.candidate)[1]):
        return True
    asked = frames.frame(query)
    if asked and asked.hole in {"doer", "done to"} and _holds_all(query, best):
        return True
    return best.kind == 1.0 and _holds_every_word(best) and (_undergone(query) or _tells_how(query, best))


def _likely(query: Query, ranked: Sequence[Evidence], sides: Sequence[Side], *, weigh: Weigh, joined: bool) -> float:
    signs = read(query, ranked, sides, weigh=weigh)
    if len(query.terms) > USUAL:
        score = math.log(max(LEAST_SCORE, signs.score))
        if joined:
            return _logistic(-0.35 + 2.8 * score + 12.7 * signs.middle)
        return _logistic(1.3 + 1.4 * score + 4.0 * signs.backed)
    told = (
        -1.0
        + 0.7 * signs.shared
        - 3.2 * signs.share
        + 2.0 * signs.nearest
        + 2.8 * signs.ahead
        + 7.1 * signs.backed
        - 2.4 * signs.lacking
    )
    likely = _logistic(told)
    return likely if signs.score >= LEAST else min(likely, ANSWERS * signs.score / LEAST)


def unmet(query: Query, ranked: Sequence[Evidence], *, weigh: Weigh, joined: bool = False) -> bool:
    """Whether evidence lacks what a question cannot be answered without, however alike the words are.

    What somebody is; a reason; the thing that is counted; a name where it is asked whether something is so, or how big
    it is; "the Osterby harbour", where nothing speaks of a harbour; and a figure that tells apart what is asked about.
    """
    best = ranked[0]
    if not joined and query.expects != "yes_no" and _lacks_figure(query, ranked):
        return True
    if len(query.terms) > USUAL:
        return False
    if query.expects == "reason" or demands.defined(query):
        return best.kind == 0.0
    stems = meanings(quote_of(best.candidate)[1])
    noun = counted(query)
    if noun and not likeness(noun, stems):
        return True
    if query.expects == "yes_no":
        credit = frozenset(text.stems(best.candidate.byline.outlet or ""))
        rarest = [max(name, key=weigh) for name in query.names]
        lacks = any(not likeness(term, stems | credit) for term in rarest if weigh(term) >= TELLING)
        return lacks or demands.is_untold(query, stems)
    if measures.asks(query) and not _is_named(query, best):
        return True
    thing = demands.thing(query)
    return bool(thing) and not any(likeness(thing, one.candidate.stems | one.candidate.around) for one in ranked)


def _lacks_figure(query: Query, ranked: Sequence[Evidence]) -> bool:
    """Whether a question names a figure, no year and no small one, that no evidence gives, not even about."""
    named = [
        one.value
        for one in figures.quantities(query.sought)
        if one.value >= TELLS_APART and not _YEAR.fullmatch(query.sought, one.start, one.end)
    ]
    given = [one.value for evidence in ranked for one in figures.quantities(evidence.candidate.text)] if named else []
    return any(all(abs(one - other) > ABOUT * one for other in given) for one in named)


def _is_named(query: Query, evidence: Evidence) -> bool:
    """Whether what would be quoted has every name of a question, or its article is about what it lacks."""
    stems = meanings(quote_of(evidence.candidate)[1]) | evidence.candidate.about
    return all(any(likeness(term, stems) for term in name) for name in query.names)


def _holds_all(query: Query, evidence: Evidence) -> bool:
    """Whether a sentence that tells the very deed has every word of the question, or a synonym of it."""
    if _holds_every_word(evidence):
        return True
    stems = meanings(quote_of(evidence.candidate)[1])
    return evidence.score >= RATHER and all(likeness(term, stems) for term in query.terms)


def _holds_every_word(evidence: Evidence) -> bool:
    return evidence.coverage >= WHOLLY and evidence.score >= CERTAIN


def _undergone(query: Query) -> bool:
    """Whether it is asked to how many something was done: a sentence that says that counts them.

    Of how many there are, or how many something has, it may tell of another.
    """
    found = _HOW_MANY_WERE.match(query.sought)
    return found is not None and text.stem(found[1]) in query.terms


_HOW_DID = re.compile(r"how\s+(?=(?:did|do|does|has|have|had)\b)", re.I)


def _tells_how(query: Query, evidence: Evidence) -> bool:
    """Whether it is asked how somebody did something, and a sentence tells the very deed of them."""
    match = _HOW_DID.match(query.sought)
    actor, _, event = demands.deed(query, query.sought[match.end() :]) if match else (frozenset(), None, None)
    sentence = quote_of(evidence.candidate)[1]
    own = (word for word in text.words(sentence) if event and word.stem == event.stem)
    return any(demands.acts(actor, sentence, word) for word in own)


def read(query: Query, ranked: Sequence[Evidence], sides: Sequence[Side], *, weigh: Weigh) -> Signs:
    """The signs in evidence, of which there has to be some."""
    stems = meanings(quote_of(ranked[0].candidate)[1])
    asked = units(query)
    rarity = [max(map(weigh, unit)) for unit in asked]
    held = [math.fsum(likeness(term, stems) for term in unit) / len(unit) for unit in asked]
    near: dict[str, float] = {}
    for evidence in ranked:
        voice = evidence.candidate.byline.voice
        near[voice] = max(near.get(voice, 0.0), evidence.closeness)
    nearest, middle = max(near.values()), median(near.values())
    valued = claims.asked(query) is not None
    return Signs(
        score=ranked[0].score,
        shared=min(MOST_SHARED, _sum(held, rarity)),
        share=_sum(held, [math.sqrt(rare) for rare in rarity]) / (math.fsum(map(math.sqrt, rarity)) or 1.0),
        lacking=any(word.stem in _NARROWING and word.stem not in stems for word in text.words(query.sought)),
        nearest=nearest,
        middle=middle,
        ahead=nearest - middle if len(near) > 1 else ALONE,
        backed=NO_VALUE if not valued else sides[0].votes / len(near) if sides else 0.0,
    )


def _sum(left: Sequence[float], right: Sequence[float]) -> float:
    return math.fsum(a * b for a, b in zip(left, right, strict=True))


def _logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))
