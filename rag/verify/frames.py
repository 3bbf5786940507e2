"""Who does what to whom in a text, as far as endings and small words tell: no grammar, no model.

What is not clear stays empty: whoever compares two texts draws no conclusion from what is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag import text
from rag.verify.clauses import (
    ANYBODY,
    CONJUNCTIONS,
    DAYS,
    DETERMINERS,
    PREPOSITIONS,
    PRONOUNS,
    SAYING,
    Clause,
    clauses,
    is_counting,
    is_passive,
    is_past,
)
from rag.verify.units import CURRENCIES, UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One verb with the stems of its doer and of what it is done to; empty where the text leaves them open.

    `verb` is its stem with the small word that makes another verb of it ("call off"), "say" for all words of saying;
    `word` is how it is written. What somebody is ("was guilty") is a verb here too, and so with `title` what somebody
    named is called ("Ada Moll, the mayor"). `agentless` says that it is done by nobody named: "was shut". `first` and
    `last` are the offsets of the clauses that speak of it; `sentence` is the number of its sentence.
    """

    verb: str
    word: str
    doer: frozenset[str]
    done_to: frozenset[str]
    agentless: bool
    title: bool = False
    first: int
    last: int
    sentence: int


@lru_cache(maxsize=64)
def frames(words: str) -> tuple[Frame, ...]:
    """The verbs of a text in order, each with who does it to whom."""
    found: list[Frame] = []
    parts = clauses(words)
    subjects: list[frozenset[str]] = []
    opening = 0
    for number, clause in enumerate(parts):
        opening = number if clause.sentence != parts[opening].sentence else opening
        places = list(clause.verbs)
        nouns = _before(parts, number, clause.words[: places[0]]) if places else frozenset()
        quoted = (
            bool(places) and places[0] == 0 and clause.words[0].text in SAYING and clause.joined not in CONJUNCTIONS
        )
        if places and not nouns and not quoted and not _has_pronoun(clause.words[: places[0]]):
            nouns = _inherited(parts, number, opening, subjects)
        if not places:
            found += _being(clause)
            subjects.append(subjects[-1] if number > opening else frozenset())
            continue
        subjects.append(nouns)
        last = _listed(parts, number)
        for index, at in enumerate(places):
            limit = places[index + 1] if index + 1 < len(places) else len(clause.words)
            nouns = _doers(clause, places[:index], at, nouns)
            found.append(_frame(clause, at, limit, subject=nouns, parts=parts[number : last + 1]))
        found += _being(clause)
    return (*found, *_titles(parts))


def _titles(parts: Sequence[Clause]) -> Iterator[Frame]:
    """What somebody is called beside the name: "mayor Ada Moll", "Ada Moll, now mayor of Lunde"."""
    for before, clause in zip([None, *parts], parts, strict=False):
        runs = _capitalised(clause)
        for start, end in runs:
            if start and _is_called(clause, start - 1):
                yield _title(clause, start - 1, clause.words[start:end])
        if before is None or before.sentence != clause.sentence or clause.joined not in {",", "("} or clause.verbs:
            continue
        named = next((run for run in _capitalised(before) if run[1] == len(before.words)), None)
        place = next((at for at, word in enumerate(clause.words) if _is_preposition(word)), len(clause.words)) - 1
        if named and place >= 0 and _is_plain(clause.words[place]):
            yield _title(clause, place, before.words[slice(*named)])


def _is_called(clause: Clause, at: int) -> bool:
    """Whether a word straight before a name is what the named is called: "the transport minister Ada Moll"."""
    opening = [word.text.casefold() in DETERMINERS | PREPOSITIONS for word in clause.words[max(0, at - 2) : at]]
    bare = not opening or opening[-1] or (len(opening) == 1 or opening[0])
    before = clause.words[at - 1].text if at else ""
    return bare and at not in clause.verbs and _is_plain(clause.words[at]) and not before.endswith(("s", "ly", "ll"))


def _is_plain(word: text.Word) -> bool:
    """Whether a word may be a noun that is no name."""
    plain = text.is_content(word) and word.text.isalpha() and word.text[0].islower() and not word.text.endswith("ly")
    return plain and not is_counting(word) and not is_past(word)


def _title(clause: Clause, at: int, name: Sequence[text.Word]) -> Frame:
    word = clause.words[at]
    return Frame(
        verb=word.stem,
        word=word.text,
        doer=_nouns(name),
        done_to=frozenset(),
        agentless=False,
        title=True,
        first=clause.start,
        last=clause.end,
        sentence=clause.sentence,
    )


def _capitalised(clause: Clause) -> list[tuple[int, int]]:
    """The runs of two words or more with a capital in a clause, as places from and to."""
    found: list[tuple[int, int]] = []
    for at, word in enumerate(clause.words):
        if not word.text[0].isupper() or not text.is_content(word) or word.text.casefold() in DAYS:
            continue
        if found and found[-1][1] == at:
            found[-1] = found[-1][0], at + 1
        else:
            found.append((at, at + 1))
    return [(start, end) for start, end in found if end - start > 1]


def _being(clause: Clause) -> Iterator[Frame]:
    """What a clause says that somebody is: behind a form of "be" that helps no other verb."""
    at = next((at for at, word in enumerate(clause.words) if word.text.casefold() in _LINKING), len(clause.words))
    limit = next((verb for verb in clause.verbs if verb > at), len(clause.words))
    behind = clause.words[at + 1 : limit]
    if limit < len(clause.words) and not any(_is_preposition(word) for word in behind):
        return
    end = next((place for place, word in enumerate(behind) if _is_preposition(word)), len(behind))
    told = [word for word in behind[:end] if text.is_content(word) and not is_counting(word)]
    if told and told[-1].text[0].islower() and not told[-1].text.endswith("ly") and told[-1].text.isalpha():
        subject = clause.words[:at]
        yield Frame(
            verb=told[-1].stem,
            word=told[-1].text,
            doer=frozenset() if _has_pronoun(subject) else _head(subject),
            done_to=frozenset(),
            agentless=False,
            first=clause.start,
            last=clause.end,
            sentence=clause.sentence,
        )


_LINKING = frozenset(
    """is are was were be been isn't aren't wasn't weren't became becomes grew grows remained remains stayed stays
    got gets get seemed seems felt feels looked looks turned turns""".split()
)


def _doers(clause: Clause, verbs_before: Sequence[int], at: int, subject: frozenset[str]) -> frozenset[str]:
    """The doers of a verb that stands behind others in its clause: "she said boats sank", "asked them to leave"."""
    infinitive = at > 0 and clause.words[at - 1].text.casefold() == "to"
    if not verbs_before:
        return frozenset() if infinitive else subject  # "a plan to leave"
    last = verbs_before[-1]
    between = clause.words[last + 1 : at - infinitive]
    told = clause.words[last].text.casefold() in SAYING
    if _has_pronoun(between) or (infinitive and is_passive(clause, last)):
        return frozenset()
    return (_head(between) or subject) if told or infinitive else subject


def _frame(clause: Clause, at: int, limit: int, *, subject: frozenset[str], parts: Sequence[Clause]) -> Frame:
    word = clause.words[at]
    lower = word.text.casefold()
    small = _particle(clause, at, limit)
    verb = "say" if lower in SAYING else f"{word.stem} {small}".strip()
    behind = clause.words[at + 1 : limit]
    after = _object(behind)
    if limit == len(clause.words) and after and not any(_is_preposition(each) for each in behind):
        for part in parts[1:]:
            after |= _object(part.words)
    agentless = False
    if verb == "say":
        doer = subject or (after if not _has_object(clause, at) else frozenset())
        done_to: frozenset[str] = frozenset()
    elif is_passive(clause, at):
        doer, done_to = _by(behind), subject
        agentless = not doer
    elif verb in _SUFFERED:
        doer, done_to = frozenset(), subject
    else:
        doer, done_to = subject, after
    return Frame(
        verb=verb,
        word=f"{word.text} {small}".strip(),
        doer=doer,
        done_to=done_to,
        agentless=agentless,
        first=clause.start,
        last=parts[-1].end,
        sentence=clause.sentence,
    )


_APART = 6  # words from a verb to the small word that belongs to it
_SUFFERED = frozenset(text.stem(word) for word in "die perish drown".split())  # who dies does nothing
_PARTICLES = frozenset("off out down up back away over".split())
_CHANGED_BY_THEM = frozenset(
    text.stem(word)
    for word in """call put take turn set hold break carry give pull back bring cut lay shut shoot strike step
    stand call go blow hand fly come""".split()
)


def _particle(clause: Clause, at: int, limit: int) -> str:
    """The small word behind a verb, or behind what the verb is done to where the clause ends: "turned the bid down"."""
    if clause.words[at].stem not in _CHANGED_BY_THEM:
        return ""
    for word in (clause.words[at + 1 : at + 2], clause.words[limit - 1 : limit] if limit - at <= _APART else ()):
        if word and word[0].text.casefold() in _PARTICLES:
            return word[0].text.casefold()
    return ""


def _has_object(clause: Clause, at: int) -> bool:
    """Whether somebody is told rather than telling: "said to reporters"."""
    return at + 1 < len(clause.words) and clause.words[at + 1].text.casefold() in PREPOSITIONS


def _is_preposition(word: text.Word) -> bool:
    return word.text.casefold() in PREPOSITIONS


def _nouns(words: Sequence[text.Word]) -> frozenset[str]:
    """The stems of what can be a doer: words that carry meaning and are neither numbers nor days, nor adverbs."""
    return frozenset(
        word.stem
        for before, word in zip([None, *words], words, strict=False)
        if text.is_content(word)
        and not (is_counting(word) and (word.text.casefold() not in _MONEY or (before and is_counting(before))))
        and word.text.casefold() not in ANYBODY
        and word.text.casefold() not in DAYS
        and word.text.casefold() not in _ADJECTIVES
        and not (word.text[0].islower() and word.text.endswith("ly"))
        and not (word.text.endswith(("'s", "’s")) and word is not words[-1])  # "Holm's wife" is not Holm
    )


def _head(words: Sequence[text.Word]) -> frozenset[str]:
    """The nouns before a verb less what stands in a phrase of place or time: "on Sunday rebels" are rebels."""
    kept: list[text.Word] = []
    at = 0
    while at < len(words):
        if not _is_preposition(words[at]) or words[at].text.casefold() == "of":
            kept.append(words[at])
            at += 1
            continue
        at += 1
        while at < len(words) and words[at].text.casefold() in DETERMINERS:
            at += 1
        named = at < len(words) and words[at].text[0].isupper() and words[at].text.casefold() not in DAYS
        at += 1
        while named and at < len(words) and words[at].text[0].isupper():
            at += 1
    return _nouns(kept)


def _object(words: Sequence[text.Word]) -> frozenset[str]:
    """The nouns straight behind a verb, up to the first preposition."""
    for at, word in enumerate(words):
        of = word.text.casefold() == "of" and not any(each.text.endswith("ing") for each in words[at + 1 : at + 2])
        if _is_preposition(word) and not of:
            return _nouns(words[:at])
    return _nouns(words)


def _by(words: Sequence[text.Word]) -> frozenset[str]:
    """The nouns behind "by", up to the next preposition."""
    for at, word in enumerate(words):
        if word.text.casefold() == "by":
            return _object(words[at + 1 :])
    return frozenset()


def _has_pronoun(words: Sequence[text.Word]) -> bool:
    return any(word.text.casefold() in PRONOUNS for word in words)


_ADJECTIVES = frozenset("guilty innocent dead alive free responsible open closed safe".split())  # "found her guilty"
_MONEY = frozenset(word for word in UNITS if UNITS[word] in CURRENCIES.values())  # the euro itself may rise
_PARTING = frozenset({"", ";", ":", "—", "–"})
_LISTING = frozenset({"and", "or", ",", "("})


def _before(parts: Sequence[Clause], number: int, words: Sequence[text.Word]) -> frozenset[str]:
    """The doers of a clause: its nouns before the verb, and those listed before it where no other verb has them."""
    if _has_pronoun(words):
        return frozenset()
    own = nouns = _head(words)
    while number > 0 and parts[number].joined in _LISTING and parts[number - 1].sentence == parts[number].sentence:
        number -= 1
        if parts[number].verbs:
            return own
        nouns |= _head(parts[number].words)
    return nouns if parts[number].joined in CONJUNCTIONS | _PARTING else own


def _inherited(
    parts: Sequence[Clause], number: int, opening: int, subjects: Sequence[frozenset[str]]
) -> frozenset[str]:
    """The doers of a clause that names none: those of the clause before, else those that open the sentence."""
    joined = parts[number].joined
    if number == opening or joined in {"that", "if", "whether", "because", "as", "when", "where"}:
        return frozenset()
    if joined in {"which", "who"}:
        return frozenset() if parts[number - 1].verbs else _head(parts[number - 1].words)
    if joined in {"and", "or", "but"}:
        told = parts[number - 1].joined == "that"  # who goes on may be who is told of or who tells
        return subjects[number - 1] | subjects[opening] if told and subjects[opening] else subjects[number - 1]
    return subjects[opening] if parts[opening].verbs else _head(parts[opening].words)


def _listed(parts: Sequence[Clause], number: int) -> int:
    """The last clause of a list that begins in a clause: those behind it that have no verb."""
    last = number
    while (
        last + 1 < len(parts)
        and parts[last + 1].sentence == parts[number].sentence
        and parts[last + 1].joined in _LISTING
        and not parts[last + 1].verbs
    ):
        last += 1
    return last
