"""What outlets call those who fight, govern and protest: "revolutionary forces", "insurgents", "militants"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import text
from rag.question import Query
from rag.text import Span, Word
from rag.thesaurus import synonyms

_HEADS = frozenset(
    """rebels rebel insurgents insurgent militants militant fighters fighter forces troops opposition army regime
    government protesters demonstrators gunmen gunman terrorists terrorist activists settlers separatists migrants
    refugees revolutionaries jihadists islamists extremists factions militias militia soldiers guerrillas dissidents
    rioters mercenaries partisans volunteers occupiers liberators invaders junta authorities group groups""".split()
)
_ALONE = _HEADS - {"forces", "group", "groups", "troops", "factions", "volunteers", "authorities"}
_STATE = frozenset("army regime government junta authorities soldiers troops".split())
_ADJECTIVES = frozenset(
    """revolutionary armed opposition rebel insurgent militant government regime islamist jihadist separatist
    nationalist extremist terrorist paramilitary loyalist democratic military security occupying invading allied
    foreign local outlawed masked democratic communist anarchist""".split()
)
_COMPOUND = re.compile(
    r"(?:(?<![\w.])(?:[\w.]+-){1,2}(?:backed|led|linked|aligned|allied|funded|supported|dominated|affiliated|trained|inspired)"
    r"|(?:pro|anti)-\w+|(?:far|hard)-(?:right|left))\s+$",
    re.I,
)
_MOST_MODIFIERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a sentence calls somebody: the words at `start` .. `end`, and the stems that tell it from other labels."""

    text: str
    start: int
    end: int
    key: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What one quote, by its place among the quotes, calls those asked about."""

    quote: int
    label: str
    span: Span
    key: frozenset[str]


def labels(sentence: str) -> list[Label]:
    """What a sentence calls armed or political actors, in order."""
    tokens = text.words(sentence)
    found: list[Label] = []
    for place, token in enumerate(tokens):
        if token.text.casefold() not in _HEADS or _leads_on(sentence, tokens, place):
            continue
        start = _start(sentence, tokens, place)
        words = sentence[start : token.end]
        if start == token.start and token.text.casefold() not in _ALONE:
            continue
        key = frozenset(text.stems(words)) - {"group", "forc"}
        found.append(Label(text=words, start=start, end=token.end, key=key))
    return found


def _leads_on(sentence: str, tokens: Sequence[Word], place: int) -> bool:
    """Whether a head is but the modifier of the next ("rebel fighters") or part of a compound ("rebel-held")."""
    token = tokens[place]
    if sentence[token.end : token.end + 1] in {"-", "‑"}:
        return True
    if token.text[-1] == "s" and token.text.casefold() in _HEADS:
        return False
    following = tokens[place + 1] if place + 1 < len(tokens) else None
    if following is None or sentence[token.end : following.start] != " ":
        return False
    next_word = following.text.casefold()
    verb = not text.is_content(following) or next_word.endswith("ed")
    return next_word in _HEADS or (token.text.casefold() in _MODIFIERS and not verb)


_MODIFIERS = frozenset("rebel militant insurgent terrorist opposition militia".split())


def _start(sentence: str, tokens: Sequence[Word], place: int) -> int:
    """Where the noun phrase begins: with the compounds and adjectives of country and cause before a head."""
    start = tokens[place].start
    for _ in range(_MOST_MODIFIERS):
        if match := _COMPOUND.search(sentence, max(0, start - 40), start):
            start = match.start()
            continue
        before = _word_before(sentence, start)
        if before is None:
            break
        modifies = before[1].casefold() in _ADJECTIVES or _is_country(before[1])
        if not modifies:
            break
        start = before[0]
    return start


_LAST_WORD = re.compile(r"(?<![^\W\d_])([^\W\d_]+)\s$")


def _word_before(sentence: str, at: int) -> tuple[int, str] | None:
    match = _LAST_WORD.search(sentence, max(0, at - 30), at)
    return (match.start(1), match[1]) if match else None


def _is_country(word: str) -> bool:
    """Whether a word ends as adjectives of a country or a cause do: "Syrian", "Kurdish", "Islamist"."""
    return len(word) > 3 and word[0].isupper() and text.fold(word).endswith(("an", "i", "ish", "ese", "ench", "ist"))


_ASKS_NAME = re.compile(
    r"\bwho (?:are|is|were|was)\s+(?:the\s+|these\s+|those\s+|(?!\w+ing\b))(?:\w+\s+){0,3}?"
    r"(?:forces?|rebels?|fighters?|people|groups?|troops|ones|insurgents?|militants?|attackers?|gunmen)\b"
    r"|\b(?:what|how)\b[^?]{0,60}\b(?:call|describe|label|refer to|term|dub)\b"
    r"|\b(?:what|how) (?:are|is|were|was)\b[^?]{0,60}\b(?:called|described|labell?ed|referred to|termed|dubbed)\b",
    re.I,
)
_OF_ACTORS = re.compile(
    r"\b(?:forces?|rebels?|fighters?|people|groups?|troops|ones|insurgents?|militants?|attackers?|gunmen|opposition|army"
    r"|protesters?|side|sides|government|regime|militias?|factions?)\b",
    re.I,
)
_STATE_ASKED = re.compile(r"\b(?:army|regime|government|authorities)\b", re.I)


_WHOM = re.compile(r"\bwho (?:is|are|was|were) [^?]{1,40}?\w{3,20}ing\s*\?*$", re.I)  # "who are the rebels fighting"


def asks_for_a_name(query: Query) -> bool:
    """Whether a question asks what some actors are called, or who they are."""
    asks = _ASKS_NAME.search(query.sought) is not None and _OF_ACTORS.search(query.sought) is not None
    return asks and _WHOM.search(query.sought) is None


def names_them(query: Query, quote: str) -> bool:
    """Whether a quote calls those whose name a question asks for something."""
    return _named(query, 0, quote, state=_STATE_ASKED.search(query.sought) is not None) is not None


def naming(query: Query, quotes: Sequence[str]) -> tuple[Naming, ...]:
    """What each quote calls those that a question asks the name of; empty where it asks for none or all agree.

    A label counts where it is who does what the question asks about; those of the state only where it is of the state.
    """
    if not asks_for_a_name(query):
        return ()
    state = _STATE_ASKED.search(query.sought) is not None
    found = [one for number, quote in enumerate(quotes) if (one := _named(query, number, quote, state=state))]
    differ = any(one.key.isdisjoint(other.key) for one in found for other in found)
    return tuple(found) if differ else ()


def _named(query: Query, number: int, quote: str, *, state: bool) -> Naming | None:
    named = frozenset(stem for name in query.names for stem in name)
    events = frozenset(query.terms) - named - _NAMING
    if events and events <= _HEAD_STEMS:
        return _likened(number, quote, events)
    wanted = {stem for term in events for stem in (term, *synonyms(term))}
    wanted |= _ADVANCE if not _ADVANCE.isdisjoint(events) else frozenset()
    about = [
        word
        for word in text.words(quote)
        if word.stem in wanted
        and word.text.casefold() not in _HEADS
        and not _MAY.search(quote, max(0, word.start - 12), word.start)
    ]
    fitting = [
        (abs(word.start - one.start), one)
        for one in labels(quote)
        for word in about
        if _STATE.isdisjoint(one.text.casefold().split()) != state
        and _acts(quote, one, word)
        and _of(quote, word, query)
        and not _sides(one, named)
    ]
    if not fitting:
        return _made_of(number, quote) if _ASKS_WHO.search(query.sought) else None
    nearest = min(fitting, key=lambda pair: pair[0])[1]
    return Naming(quote=number, label=nearest.text, span=Span(nearest.start, nearest.end), key=nearest.key)


_HEAD_STEMS = frozenset(map(text.stem, _HEADS))
# Who advances takes one place after the other.
_ADVANCE = frozenset(map(text.stem, "advance press push sweep capture seize take overrun conquer".split()))


def _likened(number: int, quote: str, heads: frozenset[str]) -> Naming | None:
    """What a quote calls those that a question calls by a word of the kind, and nothing else: "the rebels"."""
    like = {stem for head in heads for stem in (head, *synonyms(head))}
    fitting = (one for one in labels(quote) if text.stems(one.text)[-1:] and text.stems(one.text)[-1] in like)
    one = next(fitting, None)
    return Naming(quote=number, label=one.text, span=Span(one.start, one.end), key=one.key) if one else None


_MAY = re.compile(r"\b(?:would|could|will|may|might|should|can)\s+$", re.I)
_ASKS_WHO = re.compile(r"\bwho (?:are|is|were|was)\b", re.I)
_MADE_OF = re.compile(
    r"\b(?:(?:composed|made up|consist\w*|formed)(?: \w+ly)? of|dominated by)\s+(?:the )?"
    r"([\w'’-]+(?: (?!who|that|and|which|in|on|fighting)[\w'’-]+)?)",
    re.I,
)


def _made_of(number: int, quote: str) -> Naming | None:
    """Who those that fight are by what a quote says they consist of: "rebels, dominated by French factions"."""
    match = _MADE_OF.search(quote)
    before = [one for one in labels(quote) if match and one.end <= match.start()]
    if match is None or not before or not _STATE.isdisjoint(before[-1].text.casefold().split()):
        return None
    span = Span(match.start(), match.end())
    return Naming(quote=number, label=quote[slice(*span)], span=span, key=frozenset(text.stems(match[1])))


_NAMING = frozenset(
    text.stem(word) for word in "call describe label refer term dub name outlet article newspaper word side".split()
)
_ASIDE = re.compile(r"\b(?:in|with|against|by|from|for|at|to|near)\b|[.;:!?]\s", re.I)
_DOER = re.compile(r"^[^.;:!?]{0,40}\b(?:of|by|to)\s+(?:(?:the|a|an)\s+)?$|^\s$", re.I)
_MOST_BETWEEN = 60  # characters between a label and its verb


def _acts(quote: str, label: Label, word: Word) -> bool:
    """Whether a label is of who does what a word says: "LABEL took", "the advance of LABEL", "the fall to LABEL"."""
    if word.start >= label.end:
        between = quote[label.end : word.start]
        return len(between) <= _MOST_BETWEEN and _ASIDE.search(between) is None
    between = quote[word.end : label.start]
    return len(between) <= _MOST_BETWEEN and _DOER.search(between) is not None


_THE_PLACE = re.compile(r"\bthe (?:city|town|village|capital|port|province|region|district)\b", re.I)


def _of(quote: str, word: Word, query: Query) -> bool:
    """Whether what a word says is done to the first thing that a question names, where it names one."""
    near = quote[max(0, word.start - 20) : word.end + _MOST_BETWEEN]
    named = not query.names or not set(query.names[0]).isdisjoint(text.stems(near))
    return named or _THE_PLACE.search(near) is not None


def _sides(label: Label, named: frozenset[str]) -> bool:
    """Whether a label is of the side of somebody whom a question names: "pro-Smith militias" are not against Smith."""
    return label.text.casefold().startswith("pro-") and not label.key.isdisjoint(named)
