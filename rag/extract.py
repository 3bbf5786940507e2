"""What is quoted in answer to a question: the sentence that leads, what stands beside it, what stands against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from rag import claims, compare, fit, stance, text, topics
from rag.answerable import ANSWERS, LACKING, LEAST, USUAL, answerability
from rag.compare import Dispute, Given, Held, Side
from rag.evidence import Candidate, Embed, Evidence, Weigh, likeness, once, quote_of, rank
from rag.question import Query, understand
from rag.subquestions import asked_of

FURTHER = 0.85  # share of the lead's score that a further sentence of the same article needs
ELSEWHERE_FURTHER = 0.70  # the same, from an article that is not yet quoted
FURTHER_COVERAGE = 0.6  # share of the lead's coverage that it needs besides, unless it scores nearly as high
OUTVOTED = 0.7  # share of the best sentence's vote that another needs, whose value more articles give, to lead instead
CLEARER = 1.4  # times the vote of what the best sentence gives that another needs to lead instead
INSTEAD = 0.6  # share of its score that a sentence needs which gives a value where the best one gives none
WORDS = 62  # of an answer,
WORDS_COMPARED = 90  # and of one that shows a disagreement
WORDS_CALLED = 140  # and of one that shows what each article calls somebody
MEANT_BY_LEAD = 0.8  # share of the best vote of what the lead gives from which it may mean another value
POOL = 8  # sentences that are read for what they call somebody,
FIRST = 3  # and that others are held against for what they say of whether it happened
OPPOSED = 0.6  # share of the threshold that they need
MOST_TOLD = 3  # sentences that answer a question which only names a topic
NEAREST = 3  # sentences that an abstention shows


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What answers a question: the evidence to quote, in order, and what it disputes; no evidence where none answers.

    `score`, 0..1, is how likely the evidence is to answer, see `answerability`: from ANSWERS on it does. `nearest` is
    what came nearest; `unanswered` are the parts of the question that nothing answers while others are answered.
    """

    evidence: tuple[Evidence, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    score: float = 0.0
    nearest: tuple[Evidence, ...] = ()
    unanswered: tuple[str, ...] = ()


def select(
    query: Query,
    found: Sequence[Candidate],
    *,
    embed: Embed,
    weigh: Weigh,
    known: Mapping[str, NDArray[np.float32]] = MappingProxyType({}),
) -> Selection:
    """The evidence to quote in answer to a query, part by part; see `rank` and `choose`.

    `known` are the vectors of texts that need not be embedded again. What copies have word for word is read once, but
    for an outlet that is asked for its own.
    """
    every, found = found, once(found)
    embed_once = topics.remembering(embed, known)
    weigh_once = cache(weigh)  # asked for each name of each candidate, it would be a search of the index every time
    read = partial(rank, embed=embed_once, weigh=weigh_once)
    valued = partial(compare.values, embed=embed_once, weigh=weigh_once)
    ranked = read(query, found)
    if asked := topics.broad(query):
        return _told(query, ranked, topics.told_of(asked, found, embed=embed_once, weigh=weigh_once))
    if day := topics.day(query):
        return _told(query, ranked, topics.on_day(day, ranked))
    if weekday := topics.weekday(query):
        return _told(query, ranked, topics.on_weekday(weekday, ranked))
    if (spoken := fit.said_by(query, ranked)) is not None:
        return _told(query, ranked, spoken)
    if stance.asks_for_a_name(query) and not query.parts:
        best = _best_of_each(read(query, [one for one in found if stance.names_them(query, quote_of(one)[1])]))
        if dispute := compare.called(query, best, most=WORDS_CALLED):
            evidence = tuple(one.evidence for one in dispute.held)
            return Selection(evidence=evidence, disputes=(dispute,), score=max(ANSWERS, best[0].score))
    parts = [(part, fit.fitting(part, read(part, own))) for part, own in _parts(query, every) if own]
    told = fit.fitting(query, ranked)
    ordered = fit.first(told, ranked)
    given = valued(query, ranked)
    sides = compare.sides(given)
    score = answerability(query, ordered, sides, weigh=weigh_once, joined=bool(parts))
    if ranked and not told:
        score = min(LACKING, score)
    if query.parts:  # each asks for a value of its own
        given, sides = [], []
    elif parts or len(told) < len(ranked):  # of one question to several outlets: what each of them gives
        valid = sorted((one for _, own in parts for one in own), key=lambda one: -one.score) if parts else told
        given = valued(query, valid)
        sides = compare.sides(given)
    chosen = choose(query, told, score=score, given=given, sides=sides, parts=parts, others=ordered[len(told) :])
    return replace(chosen, nearest=tuple(_different(ranked)[:NEAREST]))


def _told(query: Query, ranked: Sequence[Evidence], spoken: Sequence[Evidence]) -> Selection:
    """The answer to a question that only names a topic: the best sentence of each outlet, MOST_TOLD of them at most.

    Where they differ on whether something happened that is shown with it, and no other dispute: no value is asked.
    """
    nearest = tuple(_different(ranked)[:NEAREST])
    chosen: list[Evidence] = []
    length = 0
    for one in spoken:
        heard = {name for other in chosen for name in _voices(other)}
        fits = length + _words(one) <= WORDS_COMPARED
        if len(chosen) < MOST_TOLD and fits and heard.isdisjoint(_voices(one)) and not _repeats(one, chosen):
            chosen.append(one)
            length += _words(one)
    if not chosen:
        return Selection(score=min(LACKING, max((one.score for one in ranked), default=0.0)), nearest=nearest)
    dispute = compare.opposed(query, chosen, chosen)
    told = dispute is not None and dispute.matter == "whether"
    return Selection(
        evidence=tuple(chosen),
        disputes=(dispute,) if dispute and told else (),
        score=max(ANSWERS, chosen[0].score),
        nearest=nearest,
    )


def _voices(evidence: Evidence) -> set[str]:
    """The outlet, where it is known, and the article with its copies."""
    byline = evidence.candidate.byline
    return {byline.outlet or byline.article_id, byline.voice}


def threshold(query: Query) -> float:
    """The least score of a sentence that answers: no one sentence holds all words of a long question.

    LEAST for a question of up to USUAL terms; beyond, it falls as their number grows.
    """
    return LEAST * min(1.0, USUAL / max(1, len(query.terms)))


def _parts(query: Query, found: Sequence[Candidate]) -> list[tuple[Query, Sequence[Candidate]]]:
    """The questions that a question consists of, each with its candidates: its parts, or what it asks of whom."""
    if query.parts:
        own = once(found)
        return [(part, own) for part in query.parts]
    outlets = sorted({candidate.byline.outlet for candidate in found if candidate.byline.outlet})
    return [
        (
            _without(understand(sub.text, filters=query.filters), outlets),
            [candidate for candidate in found if candidate.byline.outlet in sub.outlets],
        )
        for sub in asked_of(query.sought, outlets)
    ]


def _without(query: Query, outlets: Sequence[str]) -> Query:
    """A question without the names of those it is asked of: what they say need not hold them."""
    asked = [frozenset(text.stems(outlet)) for outlet in outlets]
    names = tuple(name for name in query.names if not any(own.issuperset(name) for own in asked))
    kept = {term for name in names for term in name}
    credits_ = {term for name in query.names if name not in names for term in name} - kept
    return replace(query, names=names, terms=tuple(term for term in query.terms if term not in credits_) or query.terms)


def choose(
    query: Query,
    ranked: Sequence[Evidence],
    *,
    score: float,
    given: Sequence[Given] = (),
    sides: Sequence[Side] = (),
    parts: Sequence[tuple[Query, Sequence[Evidence]]] = (),
    others: Sequence[Evidence] = (),
) -> Selection:
    """The evidence to quote, the lead first, within about WORDS words, with what stands against it.

    Each part of a question has its own lead. Where a value is asked for, the one that most articles give leads. Further
    sentences come from articles not yet quoted where they are nearly as good, and must not repeat what is said.
    `others` are sentences that answer nothing by themselves and may stand against one that does.
    """
    nearest = tuple(_different(ranked)[:NEAREST])
    leads, unanswered = _leads(query, ranked, score=score, given=given, sides=sides, parts=parts)
    if not leads:
        return Selection(score=score, nearest=nearest)
    lead = leads[0]
    dispute = _of_altered(query, lead, given) or _of_values(query, lead, sides)
    if dispute is None and not query.parts:
        dispute = _of_events(query, [*ranked, *others], lead)
    if dispute is None:
        chosen = _with_further(query, leads, ranked)
    else:
        chosen = [*leads, *(held.evidence for held in dispute.held if not _is_in(held.evidence, leads))]
    return Selection(
        evidence=tuple(chosen),
        disputes=(dispute,) if dispute else (),
        score=max(score, ANSWERS),  # a part, or a yes and a no together, may answer where the whole does not
        nearest=nearest,
        unanswered=unanswered,
    )


def _is_in(evidence: Evidence, chosen: Sequence[Evidence]) -> bool:
    return any(evidence.candidate is item.candidate for item in chosen)


def _different(ranked: Sequence[Evidence]) -> list[Evidence]:
    """The best sentence of each article, of copies that of one, then the others."""
    first: dict[str, Evidence] = {}
    for evidence in ranked:
        first.setdefault(evidence.candidate.byline.voice, evidence)
    return [*first.values(), *(evidence for evidence in ranked if not _is_in(evidence, list(first.values())))]


# --- the lead --------------------------------------------------------------------------------------------------------


def _leads(
    query: Query,
    ranked: Sequence[Evidence],
    *,
    score: float,
    given: Sequence[Given],
    sides: Sequence[Side],
    parts: Sequence[tuple[Query, Sequence[Evidence]]],
) -> tuple[list[Evidence], tuple[str, ...]]:
    """The lead of each part that is answered, or of the whole, and the parts that nothing answers; no lead for neither.

    What a question asks of several outlets is answered or not as one question.
    """
    if query.parts or score >= ANSWERS:
        answered = [bool(own) and own[0].score >= threshold(part) for part, own in parts]
        leads = [own[0] for (_, own), known in zip(parts, answered, strict=True) if known]
        if leads:
            different = _said_once({id(lead.candidate): lead for lead in leads}.values())
            silent = [part for (part, _), known in zip(parts, answered, strict=True) if not known]
            return different, tuple(part.standalone for part in silent)
    if ranked and score >= ANSWERS:
        return _lead(query, ranked, given, sides), ()
    return (_for_and_against(query, ranked) if query.expects == "yes_no" else []), ()


def _said_once(leads: Iterable[Evidence]) -> list[Evidence]:
    """The leads without those that repeat one before from a copy of its article."""
    kept: list[Evidence] = []
    for lead in leads:
        copied = [one for one in kept if one.candidate.byline.voice == lead.candidate.byline.voice]
        own = [one for one in copied if one.candidate.byline.article_id == lead.candidate.byline.article_id]
        if own or not _repeats(lead, copied):
            kept.append(lead)
    return kept


def _lead(query: Query, ranked: Sequence[Evidence], given: Sequence[Given], sides: Sequence[Side]) -> list[Evidence]:
    """The sentence that answers best; of two values the one that more articles give, if its sentence will do.

    Where a value is asked for, a sentence that gives none is no match for one that does, of its own article either.
    """
    honest = (one for one in ranked if not one.candidate.stuffed and one.score >= INSTEAD * threshold(query))
    lead = next(honest, ranked[0])
    said = [one for one in given if one.evidence is lead]
    if not sides or any(one.claim.same(sides[0].given[0].claim) for one in said):
        return [lead]
    best = max((one.evidence for one in sides[0].given), key=lambda evidence: evidence.score)
    if best.candidate.stuffed:
        return [lead]
    own = max((one.vote for one in said), default=0.0)
    outvoted = (
        not _gives(lead, sides[0])
        and len(sides[0].voices) > 1
        and sides[0].given[0].vote >= OUTVOTED * own
        and best.score >= OUTVOTED * lead.score
    )
    silent = sides[0].given[0].vote >= max(compare.LEAST_RIVAL, CLEARER * own)
    if (outvoted and best.score >= threshold(query)) or (silent and best.score >= INSTEAD * lead.score):
        return [best]
    return [lead]


def _for_and_against(query: Query, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The better of two sentences of which one says yes and the other no: together they answer."""
    pool = [one for one in _best_of_each(ranked) if one.score >= OPPOSED * threshold(query)]
    found = compare.opposed(query, pool[:FIRST], pool)
    return [found.held[0].evidence] if found else []


def _gives(evidence: Evidence, side: Side) -> bool:
    """Whether a sentence, or another of its article or of a copy of that, gives the value of a side."""
    return evidence.candidate.byline.voice in side.voices


# --- what stands against it ------------------------------------------------------------------------------------------


def _of_altered(query: Query, lead: Evidence, given: Sequence[Given]) -> Dispute | None:
    """Two sentences, the lead one of them, that are alike but for the value: one has been altered."""
    wanted = claims.asked(query)
    pair = compare.altered(given, lead) if wanted and not wanted.many else None
    if pair is None or not _of_one_thing(query, lead, pair[1]):
        return None
    held = tuple(Held(evidence=one.evidence, claim=one.claim.words) for one in pair)
    return Dispute(matter=compare.matter_of(query, pair[0].claim), held=held)


def _of_values(query: Query, lead: Evidence, sides: Sequence[Side]) -> Dispute | None:
    """The values that stand against that of the lead, each with its best sentence."""
    own, against = _own(lead, sides), _against(query, lead, sides)
    if own is None or not against:
        return None
    held = [Held(evidence=lead, claim=own[1].claim.words)]
    length = _words(lead)
    for given in against:
        longer = length + _words(given.evidence)
        if len(held) > 1 and longer > WORDS_COMPARED:
            continue
        length = longer
        held.append(Held(evidence=given.evidence, claim=given.claim.words))
    return Dispute(matter=compare.matter_of(query, own[1].claim), held=tuple(held))


def _own(lead: Evidence, sides: Sequence[Side]) -> tuple[Side, Given] | None:
    """What the lead gives: of the values that it may mean, the one that most articles give; None without one."""
    given = [(side, one) for side in sides for one in side.given if one.evidence is lead]
    best = max((one.vote for _, one in given), default=0.0)
    return next(((side, one) for side, one in given if one.vote >= MEANT_BY_LEAD * best), None)


def _against(query: Query, lead: Evidence, sides: Sequence[Side]) -> list[Given]:
    """The rivals of the value that the lead gives, where one value is asked for."""
    wanted, own = claims.asked(query), _own(lead, sides)
    if wanted is None or wanted.many or own is None:
        return []
    against = compare.rivals([own[0], *(side for side in sides if side is not own[0])], _subject(query))
    return [one for one in against if _of_one_thing(query, lead, one)]


def _subject(query: Query) -> tuple[str, ...]:
    """The stems of the name, or else of the quoted title, that a question is most likely about; empty for neither."""
    return query.names[0] if query.names else tuple(text.stems(" ".join(query.quoted[:1])))


def _of_one_thing(query: Query, lead: Evidence, rival: Given) -> bool:
    """Whether a rival speaks of what the lead does: of the same names where a place or figure is asked for.

    A figure, a weekday or, where the question names nothing, a word that is no name has to be of the same thing as
    well: what the lead has of the question in so many words, or a synonym.
    """
    exact = rival.claim.number is not None or bool(rival.claim.weekday) or (rival.claim.plain and not query.names)
    if not exact and query.expects != "place":
        return True
    return (not exact or _has_all_of(query, rival.evidence, lead)) and rival.evidence.names >= lead.names


def _has_all_of(query: Query, evidence: Evidence, lead: Evidence) -> bool:
    """Whether a sentence has whatever another has of a question, in so many words or by a synonym."""
    there = evidence.candidate.stems
    return all(likeness(term, there) for term in query.terms if likeness(term, lead.candidate.stems))


def _of_events(query: Query, ranked: Sequence[Evidence], lead: Evidence) -> Dispute | None:
    """Sentences that exclude each other on whether it happened or what somebody is called, one of them a good one."""
    pool = _best_of_each(ranked)
    good = [one for one in pool if one.score >= OPPOSED * threshold(query) and one is not lead]
    return compare.named(query, [lead, *good][:POOL]) or compare.opposed(query, [lead, *good][:FIRST], pool)


def _best_of_each(ranked: Sequence[Evidence]) -> list[Evidence]:
    """The best sentences of each article, best first."""
    met: Counter[str] = Counter()
    best: list[Evidence] = []
    for evidence in ranked:
        article = evidence.candidate.byline.article_id
        if met[article] < compare.READ:
            met[article] += 1
            best.append(evidence)
    return best


# --- what stands beside it -------------------------------------------------------------------------------------------


def _with_further(query: Query, leads: Sequence[Evidence], ranked: Sequence[Evidence]) -> list[Evidence]:
    """The leads and what adds to them, within WORDS: beside an honest lead nothing that was made to be found."""
    chosen = list(leads)
    length = sum(map(_words, chosen))
    for fresh in (True, False):
        for evidence in ranked[1:]:
            if len(chosen) >= 3 or evidence.score < (ELSEWHERE_FURTHER if fresh else FURTHER) * ranked[0].score:
                break
            quoted = {item.candidate.byline.voice for item in chosen}
            if (
                not _adds(query, evidence, ranked[0])
                or (evidence.candidate.stuffed and not leads[0].candidate.stuffed)
                or _is_in(evidence, chosen)
                or (fresh and evidence.candidate.byline.voice in quoted)
                or _repeats(evidence, chosen)
            ):
                continue
            if length + _words(evidence) <= WORDS:
                chosen.append(evidence)
                length += _words(evidence)
    return chosen


def _words(evidence: Evidence) -> int:
    return len(quote_of(evidence.candidate)[1].split())


def _adds(query: Query, evidence: Evidence, lead: Evidence) -> bool:
    """Whether a further sentence is about the same as the lead, names included, and gives the same kind of answer.

    Where a figure is asked for, about all that the lead has of the question: killed in raids is not killed in clashes.
    """
    if not evidence.names >= lead.names or (query.expects == "number" and not _has_all_of(query, evidence, lead)):
        return False
    about = evidence.coverage >= FURTHER_COVERAGE * lead.coverage or evidence.score >= 0.92 * lead.score
    return about and (evidence.kind >= 0.5 or lead.kind < 0.8)


def _repeats(evidence: Evidence, chosen: Sequence[Evidence]) -> bool:
    own = evidence.candidate.stems
    return any(len(own & item.candidate.stems) > 0.7 * min(len(own), len(item.candidate.stems)) for item in chosen)
