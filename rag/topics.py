"""What speaks of a topic: sentences that have its words, as they would be quoted, and score well enough on it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from rag import evidence, figures, stance, text, timing
from rag.attribution import speaker
from rag.errors import UsageError
from rag.evidence import Candidate, Embed, Evidence, Weigh, likeness, quote_of
from rag.question import OPENING, Query, understand
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


_ABOUT = re.compile(
    r"(?:(?:can|could|would) you )?(?:please )?"
    r"(?:(?:tell|inform) (?:me|us) (?:more |everything |something )?(?:about|of)"
    r"|(?:give|show) (?:me|us) (?:the |an |a )?(?:latest )?(?:news|summary|overview|update) (?:about|on|of|from)"
    r"|summari[sz]e (?:(?:the|all|latest|recent) )*(?:news|articles|reports|coverage) (?:about|on|of|from)"
    r"|(?:what|how) about|(?:is there )?any(?: other)? news (?:about|on|of|from)|what do (?:we|you) know about"
    r"|what(?:['’]s| is) (?:(?:the )?(?:latest|news)(?: news)?|new) (?:about|on|of|from|in|with)) (?P<of>[^?]+)",
    re.I,
)
_HAPPENED = re.compile(
    r"what(?:['’]s| is| was| has| have)? (?:been )?(?:happen(?:ed|ing|s)|going on) (?:to|in|at|with|around|near)"
    r" (?P<of>[^?]+)",
    re.I,
)
_DID = re.compile(
    r"what (?:did|does|do|has|have|had|is|are|was|were) (?P<of>[^?]{1,60}?) (?:been )?"
    r"(?P<verb>do|done|doing|say|said|saying|think|thinking|believe)(?P<rest> [^?]*)?",
    re.I,
)
_SMALL = frozenset("the a an in on at to for of with from about so far now today lately recently there".split())
_UNNAMED = re.compile(
    r"(?:please )?(?:summari[sz]e|what(?:['’]s| is)|(?:tell|give) me) (?:(?:the|all|latest) )*(?:news|articles|latest)"
    r"|(?:what|where|on what) do (?:(?:the|these|they|all|outlets|articles|papers|sources) )*(?:disagree|differ)"
    r"(?: on| about)?",
    re.I,
)
MOST_UNITS = 2  # that a question may name and ask of no more than what is told of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Broad:
    """A question that asks what is told of a name: no more, or what it did where `does`, what it said where `says`."""

    query: Query
    does: bool = False
    says: bool = False


def broad(query: Query) -> Broad | None:
    """What a question asks about where it only names it: "What happened in Osterby?"; None where it asks more."""
    if query.parts or query.quoted:
        return None
    sought = _bare(query)
    did = _DID.fullmatch(sought)
    rest = (did["rest"] or "") if did else ""
    match = did or _ABOUT.fullmatch(sought) or _HAPPENED.fullmatch(sought)
    if match is None or not query.names:
        return None
    named = {term for name in query.names for term in name}
    of = f"{match['of']} {rest}"
    days = set(figures.weekdays(of))
    others = [
        word
        for word in text.words(of)
        if word.stem not in named and word.text.casefold() not in _SMALL | days and text.is_content(word)
    ]
    if others or query.dates or len(query.names) - len(days) > MOST_UNITS:
        return None
    names = tuple(name for name in query.names if not days.issuperset(name))
    terms = tuple(term for term in query.terms if any(term in name for name in names))
    if not terms:
        return None
    says = did is not None and not did["verb"].casefold().startswith("do")
    topic = replace(query, names=names, terms=terms, asides=frozenset(), expects="words" if says else "open")
    return Broad(query=topic, does=did is not None and not says, says=says)


_ON_DAY = re.compile(
    r"what (?:(?:else |all )?happened|took place|went on|was (?:reported|happening))(?: there)? on [^?]{3,40}", re.I
)


def day(query: Query) -> figures.Date | None:
    """The day of which a question asks what happened, where it says no more."""
    if query.parts or len(query.dates) != 1 or not _ON_DAY.fullmatch(_bare(query)):
        return None
    own = query.dates[0]
    beside = f"{query.sought[: own.start]} {query.sought[own.end :]}"
    named = {word.text for word in text.words(beside) if word.text[0].isupper()} - {"What"}
    return own if own.day and named <= {name.capitalize() for name in figures.WEEKDAYS} else None


def weekday(query: Query) -> str | None:
    """The weekday of which a question asks what happened, of which week it does not say; None where it asks more."""
    named = figures.weekdays(query.sought)
    asks = not query.parts and not query.dates and _ON_DAY.fullmatch(_bare(query)) is not None
    return named[0] if asks and len(named) == 1 and len(query.names) == 1 else None


WEEK = 7  # days within which articles may mean one weekday


def on_weekday(asked: str, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The evidence whose quotation names a weekday; none where its articles are of several weeks.

    Of which week an article without a date is nobody knows: what it says is taken for the same. "Black Friday" names
    no day of a week.
    """
    named = re.compile(rf"(?:^|(?<!\S)[a-z]\w*,?\s){asked.capitalize()}\b")
    kept = [one for one in ranked if named.search(quote_of(one.candidate)[1])]
    days = [day for one in kept if (day := timing.as_day(one.candidate.byline.published_at))]
    return kept if not days or (max(days) - min(days)).days <= WEEK else []


def on_day(asked: figures.Date, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that tells of a day, which its quotation names or its article's day of publication fixes."""
    kept = []
    for one in ranked:
        iso = timing.event_day(quote_of(one.candidate)[1], one.candidate.byline.published_at)
        if iso is not None and asked.agrees(figures.Date(int(iso[:4]), int(iso[5:7]), int(iso[8:10]), 0, 0)):
            kept.append(one)
    return kept


def lacks_a_name(query: Query) -> bool:
    """Whether a question asks for all the news, or all that is disputed, and names nothing."""
    return _UNNAMED.fullmatch(_bare(query)) is not None


def _bare(query: Query) -> str:
    """The words of a question without what opens it ("And ...") and the marks that end it."""
    return OPENING.sub("", " ".join(query.sought.split())).strip(" ?.!")


def told_of(asked: Broad, found: Sequence[Candidate], *, embed: Embed, weigh: Weigh) -> list[Evidence]:
    """What is told of what a broad question names, what it does itself first; of one that asks what it did, only that.

    Of a day that the question names only what is told of it.
    """
    days = set(figures.weekdays(asked.query.sought))
    spoken = speaking(asked.query, found, embed=embed, weigh=weigh)
    spoken = [one for one in spoken if days <= set(figures.weekdays(one.candidate.text))]
    said = {id(one): quote_of(one.candidate)[1] for one in spoken}
    subjects = {place: _subject(asked.query, words) for place, words in said.items()}
    if asked.says:
        subjects |= {place: 0 for place, words in said.items() if subjects[place] is None and _says(asked.query, words)}
    if asked.does or asked.says:
        spoken = [one for one in spoken if subjects[id(one)] is not None and (one.kind or not asked.says)]

    def worth(one: Evidence) -> float:
        end = subjects[id(one)]
        idle = asked.does and end is not None and not _is_deed(said[id(one)], end)
        return one.score * _tells(said[id(one)]) * (IDLE if idle else 1.0)

    return sorted(spoken, key=lambda one: (subjects[id(one)] is None, -worth(one)))


FULL = 14  # words from which a sentence tells all it can of a name
_UNSURE = re.compile(r"\b(?:will|would|could|may|might|if|expected|unlikely|likely)\b", re.I)
UNSURE = 0.8  # what is left where a sentence tells of what may be


def _tells(said: str) -> float:
    """How much a sentence tells, 0..1: a very short one little, one of what may be less than one of what is."""
    return math.sqrt(min(1.0, len(said.split()) / FULL)) * (UNSURE if _UNSURE.search(said) else 1.0)


_PREPOSED = re.compile(
    r"(?:\b(?:of|in|on|to|from|by|with|against|at|near|for|into|over|between|than|via|about|around|inside|outside)"
    r"\s+(?:the\s+)?|[-‑])$",
    re.I,
)
LIST = 80  # characters of names before another in a list
_LISTED = re.compile(
    r"\b(?:of|on|to|from|by|with|against|for|between)\s+(?:the\s+|both\s+)?(?:[A-Z][\w’'-]*,?\s+(?:and\s+)?){1,4}$"
)
_OF_ITS = re.compile(r"['’]s?\b|[-‑]\w")
_OF_STATE = re.compile(
    r"\s+(?:\w+\s+)?(?:government|authorities|army|navy|air|forces|troops|soldiers|jets|warplanes|planes|airstrikes"
    r"|strikes|raids|police|military|ministers?|presidents?|officials|diplomats?|parliament|courts?|leaders?|and\s+[A-Z])",
)
_VERB = re.compile(
    r"\b(?:has|have|had|is|are|was|were|will|would|could|may|might|can|did|does|says?|said|told|asks?|met|came|took|held"
    r"|\w{2,20}ed)\b",
    re.I,
)
OPENING_WORDS = 14  # of a sentence, among which the subject stands


_BEHIND = re.compile(
    r"\b(?:since|because|that|if|when|where|while|as|which|who|whom|after|before|although|though|whether|than)\b", re.I
)
DEED = 6  # words behind the subject among which it is told what was done
_PERFECT = frozenset(["has", "have", "had", "did"])
IDLE = 0.75  # what is left where it is asked what somebody did, and none is


def _subject(query: Query, said: str) -> int | None:
    """Where a name ends that is the subject of a sentence: near its beginning, behind no preposition and no verb.

    A word of its country is it only with what is of the state: "Syrian troops", and not "Syrian experts".
    """
    rarest = query.names[0][-1]
    like = {rarest, *SEATS.get(rarest, frozenset())}
    for word in text.joined(text.words(said)[:OPENING_WORDS]):
        left = said[: word.start]
        listed = _LISTED.search(left[-LIST:])
        if word.stem not in like or _PREPOSED.search(left[-14:]) or listed or _OF_ITS.match(said, word.end):
            continue
        ahead = left.rpartition(",")[2]
        if _VERB.search(ahead) or _BEHIND.search(ahead) or word.text.endswith(("'s", "’s")):
            continue
        is_name = text.fold(word.text) == word.stem or "." in word.stem  # "US", "United States"
        if is_name or word.stem not in SEATS or _OF_STATE.match(said, word.end):
            return word.end
    return None


def _says(query: Query, said: str) -> bool:
    """Whether these are the words of whom a query names first, wherever that stands: "according to the mayor"."""
    who = speaker(said)
    return who is not None and frozenset(text.stems(who)).issuperset(query.names[0])


def _is_deed(said: str, subject: int) -> bool:
    """Whether it is told what was done, behind the subject that ends there."""
    ahead = [word for word in text.words(said) if word.start >= subject][:DEED]
    done = [word for word in ahead if word.text.islower() and stance.is_past(word)]
    return any(word.text in _PERFECT for word in ahead) or any(
        not _PASSIVE.search(said, max(0, word.start - 12), word.start) for word in done
    )


_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being)\s+$", re.I)


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
