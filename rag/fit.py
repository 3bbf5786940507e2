"""Which of the evidence tells what a question demands beside its words: the deed, the place, the office, the name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag import demands, frames, measures, stance, telling, text, whereabouts
from rag.attribution import UNNAMED, speaker
from rag.evidence import Candidate, Evidence, is_on_another_occasion, likeness, quote_of, spoken_of
from rag.kinds import denies, is_person
from rag.question import Query
from rag.said import Said
from rag.thesaurus import SEATS, synonyms


def fitting(query: Query, ranked: Sequence[Evidence]) -> list[Evidence]:
    """The evidence that tells the deed which a question asks about, of its time and of those whom it names.

    All of its time where it asks about no deed.
    """
    ranked = measures.told(query, ranked)
    if len(query.terms) <= demands.MOST_TERMS:  # of a longer one a date may only say which thing is meant
        ranked = [one for one in ranked if not is_on_another_occasion(query, one.candidate)]
    if query.expects != "person" and stance.asks_for_a_name(query):
        return [one for one in ranked if stance.names_them(query, quote_of(one.candidate)[1])]
    if query.expects == "reason" and len(query.terms) <= demands.MOST_TERMS:
        asked = frames.frame(query) if not denies(query) else None
        return [one for one in ranked if one.kind and (asked is None or _tells(asked, one.candidate))]
    if sayer := _sayer(query):
        ranked = [one for one in ranked if _may_be_of(one.candidate, sayer)]
    if topic := _said_of(query):
        return [one for one in ranked if one.kind and any(likeness(term, one.candidate.stems) for term in topic)]
    if whereabouts.asks(query):
        return [one for one in ranked if whereabouts.tells(query, quote_of(one.candidate)[1])]
    if role := demands.role(query):
        return [one for one in ranked if _is_about(one, role.of) or _has_holder(role, one.candidate.text)]
    if (of := _OF_WHAT.fullmatch(query.sought)) and not query.names:
        return [one for one in ranked if likeness(text.stem(of["of"]), spoken_of(one.candidate))]
    if _ROLE.match(query.sought):
        return [one for one in ranked if all(_is_named(name, one.candidate) for name in query.names)]
    asked = frames.frame(query)
    if asked is None:
        return list(ranked)
    return [one for one in ranked if _tells(asked, one.candidate)]


# "what was the outcome of the talks?"
_OF_WHAT = re.compile(
    r"what(?:['’]s|\s+(?:is|was|are|were))\s+the\s+[a-z]+\s+of\s+(?:the\s+|this\s+|that\s+)?(?P<of>[a-z]+)[\s?.!]*",
    re.I,
)


# "what role does Norrland play in Osterby?"
_ROLE = re.compile(r"what\s+(?:role|part)\s+(?:do|does|did|has|have|had|is|was)\b", re.I)


def _is_named(name: Sequence[str], candidate: Candidate) -> bool:
    """Whether what would be quoted has a word of a name, or its article is about that."""
    stems = frozenset(text.stems(quote_of(candidate)[1])) | candidate.about
    return any(likeness(term, stems) for term in name)


_SAY_ABOUT = re.compile(r"\b(?:say|said|says|saying|think|thinks)\s+(?:about|of|on)\s+(?P<topic>[^?]{2,60})", re.I)


def _said_of(query: Query) -> tuple[str, ...]:
    """The stems of what somebody's words are asked of: "what does the mayor say about the flood?"."""
    match = _SAY_ABOUT.search(query.sought) if query.expects == "words" and not query.parts else None
    return tuple(text.stems(match["topic"])) if match else ()


_SAYER = re.compile(
    r"(?:what|how)\s+(?:do|does|did|has|have|had)\s+(?P<who>[^?]{2,80}?)\s+"
    r"(?:say|said|think|claim|claimed|report|reported|respond|responded|react|reacted)\b",
    re.I,
)


def _sayer(query: Query) -> frozenset[str]:
    """The stems of the names whose words are asked for: "what did the mayor of Osterby say?"."""
    match = _SAYER.match(query.sought) if query.expects == "words" and not query.parts else None
    stems = frozenset(text.stems(match["who"])) if match else frozenset()
    return frozenset(stem for name in query.names if stems.issuperset(name) for stem in name)


def _may_be_of(candidate: Candidate, sayer: frozenset[str]) -> bool:
    """Whether what would be quoted may be the words of the names: they are its speaker, its outlet or stand in it.

    They may stand before it where it names nobody else: "The town, he said, would be rebuilt."
    """
    if _is_anothers(candidate, sayer):
        return False
    words = quote_of(candidate)[1]
    own = frozenset(text.stems(f"{words} {candidate.byline.outlet or ''}"))
    if any(likeness(stem, own) for stem in sayer):
        return True
    named = [frozenset(text.stems(words[slice(*span)])) for span in text.names(words)]
    others = [name for name in named if not name <= _LANDS]
    before = frozenset[str]().union(*candidate.before)
    return not others and _HE.search(words) is not None and any(likeness(stem, before) for stem in sayer)


# "what do analysts say?"
_SAYERS = re.compile(
    r"what\s+(?:do|does|did|has|have|had)\s+(?:the\s+)?(?P<who>(?-i:[a-z]+(?:\s+[a-z]+)?))\s+"
    r"(?:say|said|think|claim|claimed|report|reported|warn|warned|suggest|suggested|expect|believe)[\s?.!]*",
    re.I,
)
_PAPERS = frozenset(map(text.stem, "article outlet paper newspaper report source news press media story".split()))


def said_by(query: Query, ranked: Sequence[Evidence]) -> list[Evidence] | None:
    """What people say whom a question names by a noun alone and asks no more of; None for nothing, or another one."""
    match = None if query.parts or query.names else _SAYERS.fullmatch(query.sought)
    nouns = frozenset(text.stems(match["who"])) if match else frozenset()
    if not nouns or not nouns.isdisjoint(_PAPERS):
        return None
    return [one for one in ranked if _speak(nouns, quote_of(one.candidate)[1])] or None


def _speak(nouns: frozenset[str], said: str) -> bool:
    """Whether words are those of whom nouns name: no "insurgent forces" where the army is asked for."""
    who = speaker(said)
    if who is None or who == UNNAMED:
        return False
    words = text.words(who)
    found = {word.stem for word in words}
    for before, word in pairwise([None, *words]):
        if word and not demands.is_anothers(nouns, who, before):
            found |= synonyms(word.stem)
    return nouns <= found


_HE = re.compile(r"\b(?:he|she|it|they)\b", re.I)
_LANDS = frozenset(SEATS).union(*SEATS.values())


def _is_anothers(candidate: Candidate, sayer: frozenset[str]) -> bool:
    """Whether what would be quoted are the words of another than the names: neither the speaker nor the outlet is."""
    who = speaker(quote_of(candidate)[1])
    if who is None or who == UNNAMED:
        return False
    spoken = frozenset(text.stems(f"{who} {candidate.byline.outlet or ''}"))
    return not any(likeness(stem, spoken) for stem in sayer)


def _has_holder(role: demands.Role, sentence: str) -> bool:
    """Whether a sentence has the office and the name of a person."""
    names = (sentence[slice(*span)] for span in text.names(sentence))
    return demands.holds(role, sentence) and any(is_person(name) for name in names)


def _is_about(evidence: Evidence, stems: frozenset[str]) -> bool:
    return bool(stems) and evidence.candidate.about >= stems


def first(best: Sequence[Evidence], ranked: Sequence[Evidence]) -> list[Evidence]:
    """All the evidence, that which tells what is asked about before the rest."""
    told = {id(one.candidate) for one in best}
    return [*best, *(one for one in ranked if id(one.candidate) not in told)]


def _tells(asked: frames.Frame, candidate: Candidate) -> bool:
    said = Said(
        words=quote_of(candidate)[1],
        about=candidate.about,
        before=frozenset[str]().union(*candidate.before),
        around=candidate.around,
        title=frozenset(text.stems(candidate.byline.title or "")),
    )
    return telling.tells(asked, said)
