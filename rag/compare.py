"""Where articles differ on what is asked: which values they give, how many give each, and who opposes whom.

Articles vote, copies of one text as one. Each counts once for a value however often it repeats it, and its vote grows
with the square root of how well its sentence answers, so that no single one, worded like the question, outvotes the
others.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rag import claims, stance, text
from rag.attribution import same, speaker
from rag.claims import Claim
from rag.evidence import Embed, Evidence, Weigh, quote_of
from rag.question import Query
from rag.types import Citation, Disagreement, Matter, Position

READ = 3  # sentences of each article that are read for values
LEAST = 0.15  # score below which a sentence is not read
RIVAL = 0.35  # share of the leading value's best vote that a rival's needs,
LEAST_RIVAL = 0.3  # and the least vote of a rival; calibrated in evals/README.md
ENTRY = 0.15  # and that of a rival from an article which opens by saying what the thing is that is asked about
RATHER = 1.6  # times a voice's vote for the leading value that its own needs to stand against it
MOST_RIVALS = 3
NAMED = 0.2  # how far a name is of any kind
FITTING = 0.5  # how far a phrase that is no name has to be of the kind that is asked for
ALIKE = 0.6  # share of their words that two sentences have in common of which one is the other, altered
MEANT = 0.8  # share of an article's best vote that its others need to count


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A claim that a sentence makes, and its vote, 0..1."""

    evidence: Evidence
    claim: Claim
    vote: float

    @property
    def article(self) -> str:
        """The id of the article that makes it."""
        return self.evidence.candidate.byline.article_id

    @property
    def voice(self) -> str:
        """What counts once: the article with its copies."""
        return self.evidence.candidate.byline.voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One value, and what gives it: the best sentence of each article, best first; `votes` is the sum of voices."""

    given: tuple[Given, ...]
    votes: float

    @property
    def voices(self) -> frozenset[str]:
        """What gives the value: articles, copies of one text as one."""
        return frozenset(one.voice for one in self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One side of a dispute: the sentence, and the words of its quotation that carry the claim."""

    evidence: Evidence
    claim: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """What articles say differently, in the order that it is shown."""

    matter: Matter
    held: tuple[Held, ...]


# --- values ----------------------------------------------------------------------------------------------------------


def values(query: Query, ranked: Sequence[Evidence], *, embed: Embed, weigh: Weigh) -> list[Given]:
    """What the best sentences of each article give in answer, best first; empty where no value is asked for."""
    wanted = claims.asked(query)
    if wanted is None:
        return []
    read: dict[str, list[Evidence]] = {}
    for evidence in ranked:
        own = read.setdefault(evidence.candidate.byline.article_id, [])
        if len(own) < READ and evidence.score >= LEAST:
            own.append(evidence)
    known = _capitals(ranked)
    made = [
        (evidence, claim)
        for own in read.values()
        for evidence in own
        for claim in _claims(query, wanted, evidence, weigh=weigh, known=known)
    ]
    fit = claims.fitting(wanted, [claim.words for _, claim in made], embed=embed)
    found = [
        Given(evidence=evidence, claim=claim, vote=math.sqrt(evidence.score * claim.weight * _fit(claim, fit)))
        for evidence, claim in made
        if not claim.plain or fit[claim.words] >= FITTING
    ]
    return sorted(found, key=lambda one: -one.vote)


def _claims(
    query: Query, wanted: claims.Asked, evidence: Evidence, *, weigh: Weigh, known: Collection[str]
) -> list[Claim]:
    candidate = evidence.candidate
    published = candidate.byline.published_at
    return claims.claims(query, wanted, candidate.text, weigh=weigh, known=known, published=published)


def _fit(claim: Claim, fit: Mapping[str, float]) -> float:
    """How far a claim is of the kind asked for; what a name is the name of, its letters hardly tell."""
    return fit[claim.words] if claim.plain else NAMED + (1 - NAMED) * fit[claim.words]


def sides(given: Sequence[Given]) -> list[Side]:
    """The values given, those with most votes first: an article votes for what it gives best, once for each value.

    A weekday does not take its vote from a date: most sentences of news have one.
    """
    groups: list[list[Given]] = []
    best: dict[str, float] = {}
    for one in given:
        if not one.claim.weekday:
            best[one.article] = max(best.get(one.article, 0.0), one.vote)
        group = next((group for group in groups if group[0].claim.same(one.claim)), None)
        if group is None:
            groups.append([one])
        elif not any(one.article == other.article or _copies(one, other) for other in group):
            group.append(one)
    made = [Side(given=tuple(group), votes=_votes(group, best)) for group in groups]
    return sorted(made, key=lambda side: -side.votes)


def _votes(given: Sequence[Given], best: Mapping[str, float]) -> float:
    """The sum of the best vote of each voice, but for those of articles that give another value far rather."""
    counted: dict[str, float] = {}
    for one in given:
        if one.vote >= MEANT * best.get(one.article, 0.0):
            counted[one.voice] = max(counted.get(one.voice, 0.0), one.vote)
    return math.fsum(counted.values())


def altered(given: Sequence[Given], lead: Evidence) -> tuple[Given, Given] | None:
    """The lead and the best sentence of another article that says the same but for the value; None without one.

    Of the values in each that the other lacks the heaviest counts.
    """
    own: dict[int, list[Given]] = {}
    for one in given:
        own.setdefault(id(one.evidence), []).append(one)
    left = own.pop(id(lead), [])
    for right in own.values() if left else ():
        if left[0].article == right[0].article or not _alike(lead, right[0].evidence):
            continue
        here = next((one for one in left if not any(one.claim.same(other.claim) for other in right)), None)
        there = next((one for one in right if not any(one.claim.same(other.claim) for other in left)), None)
        if here is None or there is None or here.claim.within(there.claim):
            continue
        if min(here.vote, there.vote) >= LEAST_RIVAL and here.claim.unit == there.claim.unit:
            return here, there
    return None


def _alike(one: Evidence, other: Evidence) -> bool:
    """Whether two sentences have most of their words in common."""
    left, right = one.candidate.stems, other.candidate.stems
    return len(left & right) >= ALIKE * max(len(left), len(right))


def _capitals(ranked: Sequence[Evidence]) -> frozenset[str]:
    """The words that have a capital inside a sentence."""
    return frozenset(
        word.text for evidence in ranked for word in text.words(evidence.candidate.text)[1:] if word.text[0].isupper()
    )


def _copies(one: Given, other: Given) -> bool:
    """Whether two sentences are one, word for word: copied text is no second witness."""
    return text.fold(one.evidence.candidate.text) == text.fold(other.evidence.candidate.text)


def rivals(found: Sequence[Side], subject: Collection[str] = ()) -> list[Given]:
    """The best sentence for each value that stands against the first side's, best first; see RIVAL.

    A voice that gives the leading value as well is no rival, unless it gives its own far rather; nor is a value that
    it gives beside a better one. `subject` are the stems of what is asked about: an article that opens by saying what
    that is (several of one name may) needs less, see ENTRY.
    """
    if not found:
        return []
    lead = found[0]
    best: dict[str, tuple[Given, Side]] = {}
    for side in found:
        for one in side.given:
            if one.voice not in best or one.vote > best[one.voice][0].vote:
                best[one.voice] = (one, side)
    leading = lead.given[0].claim
    least = max(LEAST_RIVAL, RIVAL * lead.given[0].vote)
    shared = {one.voice: one.vote for one in reversed(lead.given)}
    met: list[Side] = [lead]
    standing: list[Given] = []
    for one, side in sorted(best.values(), key=lambda pair: -pair[0].vote):
        like = one.claim.unit == leading.unit and one.claim.sure and leading.sure and not one.claim.within(leading)
        own = one.vote >= RATHER * shared.get(one.voice, 0.0)
        entry = bool(subject) and one.evidence.candidate.about.issuperset(subject)
        if own and one.vote >= (min(least, ENTRY) if entry else least) and side not in met and like:
            met.append(side)
            standing.append(one)
    return standing[:MOST_RIVALS]


def matter_of(query: Query, claim: Claim) -> Matter:
    """What two values that differ are about."""
    if claim.number:
        return "figure"
    if claim.date or claim.weekday:
        return "date"
    if query.expects == "place":
        return "place"
    return "who" if query.expects in {"person", "group"} else "what"


# --- stances and labels ----------------------------------------------------------------------------------------------


def opposed(query: Query, firsts: Sequence[Evidence], others: Sequence[Evidence]) -> Dispute | None:
    """The first of `firsts` with the first of `others`, of another article, that excludes it; None where none does.

    Of copies only a sentence counts that has been altered in one of them.
    """
    for one, other in product(firsts, others):
        if one.candidate.byline.article_id == other.candidate.byline.article_id:
            continue
        if one.candidate.byline.voice == other.candidate.byline.voice and not _alike(one, other):
            continue
        left, right = quote_of(one.candidate)[1], quote_of(other.candidate)[1]
        found = stance.opposes(left, right, query)
        if found:
            held = (
                Held(evidence=one, claim=left[found.left.start : found.left.end]),
                Held(evidence=other, claim=right[found.right.start : found.right.end]),
            )
            return Dispute(matter=found.matter, held=held)
    return None


def named(query: Query, evidence: Sequence[Evidence]) -> Dispute | None:
    """What the articles of these sentences call those that a question asks the name of; None where they agree.

    Copies that give one name are named once.
    """
    found = stance.naming(query, [quote_of(one.candidate)[1] for one in evidence])
    first: dict[str, Held] = {}
    for one in found:
        held = Held(evidence=evidence[one.quote], claim=one.label)
        first.setdefault(held.evidence.candidate.byline.article_id, held)
    different: dict[tuple[str, str], Held] = {}
    for held in first.values():
        different.setdefault((held.evidence.candidate.byline.voice, held.claim.casefold()), held)
    return Dispute(matter="name", held=tuple(different.values())) if len(different) > 1 else None


def called(query: Query, evidence: Sequence[Evidence], *, most: int) -> Dispute | None:
    """What each article calls those whose name a question asks for, in at most so many words; None where two agree.

    A label needs few words around it: of the sentences of an article the shortest counts, and of those that give one
    label the first.
    """

    def length(one: Evidence) -> int:
        return len(quote_of(one.candidate)[1].split())

    dispute = named(query, sorted(evidence, key=length))
    different: dict[str, Held] = {}
    for one in dispute.held if dispute else ():
        different.setdefault(one.claim.casefold(), one)
    held = list(different.values())
    while len(held) > 2 and sum(length(one.evidence) for one in held) > most:
        held.remove(max(held, key=lambda one: length(one.evidence)))
    return Dispute(matter="name", held=tuple(held)) if len(held) > 1 else None


# --- for readers -----------------------------------------------------------------------------------------------------


def disagreement(query: Query, dispute: Dispute, cited: Mapping[int, Citation]) -> Disagreement:
    """A dispute as readers see it; `cited` has the citation of each side, by its place in the dispute.

    The same voice at different times has changed its word: that is an update.
    """
    positions = tuple(_position(held, cited[place]) for place, held in enumerate(dispute.held))
    update = _is_update(positions)
    return Disagreement(
        about=query.standalone,
        positions=tuple(sorted(positions, key=lambda position: position.date or "")) if update else positions,
        kind="update" if update else "conflict",
        matter=dispute.matter,
    )


def _position(held: Held, citation: Citation) -> Position:
    return Position(
        claim=held.claim,
        citation=citation.number,
        outlet=citation.outlet,
        speaker=speaker(citation.quote, at=max(0, citation.quote.find(held.claim))),
        date=citation.published_at,
    )


def _is_update(positions: Collection[Position]) -> bool:
    """Whether one voice speaks, each time on another day."""
    dates = [position.date for position in positions]
    if None in dates or len(set(dates)) < len(dates):
        return False
    first, *others = positions
    return all(
        same(first.speaker, other.speaker)
        if first.speaker or other.speaker
        else first.outlet is not None and first.outlet == other.outlet
        for other in others
    )
