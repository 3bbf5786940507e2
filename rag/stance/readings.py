"""What a sentence says of an event, read off the verb group that governs its words: done, intended, unlikely, denied.

Only the words directly before an event's word count, up to the nearest clause boundary: a modal elsewhere in the
sentence is about something else. Windows are of fixed length, so reading is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rag import text
from rag.text import Word

Kind: TypeAlias = Literal["done", "under way", "intended", "possible", "unlikely", "denied", "asked"]
WINDOW = 160  # characters before a word that are read for its verb group
MOST_WORDS = 5  # after the event's word that belong to the claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """What is said of an event and where: the verb group with what it governs at `start` .. `end`, its word at `at`.

    `more` says that it is of going on or doing more ("continued backing"), which what is done already does not exclude,
    `passive` that it is done to the subject.
    """

    kind: Kind
    start: int
    end: int
    at: int
    stem: str
    more: bool = False
    passive: bool = False


BOUNDARY = re.compile(
    r"[,;:—–()\n]|[.!?](?=\s)|\b(?:that|which|who|whom|whose|while|whereas|but|although|though|because|if|unless"
    r"|when|where|as|after|before|until|since|and|or|than)\b",
    re.I,
)
_CONDITION = re.compile(r"\b(?:if|unless|whether|in case|should)\b", re.I)
_CLAUSE_END = re.compile(r"[,;—–\n]|[.!?](?=\s)")
_DENIED = re.compile(
    r"\b(?:den(?:y|ies|ied|ying)|dismiss\w*|reject\w*|disput\w*|refut\w*|no (?:evidence|signs?|indication|proof|truth)"
    r"|not true|untrue|false(?:ly)?)\b[^.;,]{0,60}\bthat\b\s*$",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?;\n](?=\s|$)")
_BACKGROUND = re.compile(
    r"\bin the past\b|\b(?:has|have|had|been) long\b|\blong been\b|\bfor (?:many |several )?(?:years|decades)\b"
    r"|\bthroughout\b|\btraditionally\b|\bhistorically\b|\b(?:years?|decades?) ago\b|\bpreviously\b|\bformerly\b"
    r"|\b(?:back )?in (?:19|20)\d\d\b|\b(?:first|last) (?:year|decade|century)\b",
    re.I,
)
_ADVERBS = r"(?:(?:\w+ly|already|also|now|still|even|just|again|soon|since|yet|then|first|ever|too|long|once)\s+){0,2}"
_LEAD = r"(?:\b(?:appears?|seems?|is|are|was|were|be|been|has|have|had|remains?|looks?|reportedly|now|still)\s+){0,3}"


def _before(words: str) -> re.Pattern[str]:
    return re.compile(rf"{_LEAD}\b(?:{words})[”\"’']?\s+{_ADVERBS}$", re.I)


_HOPED = r"(?:vow|pledg|promis|offer|plan|intend|propos|threaten|decid|prepar|agree|undert[ao]k|volunteer)\w*"
_NOT = r"(?:not|never|no longer|hardly)"
_GROUPS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "asked",
        _before(
            r"(?:ask|urg|press|call|request|want|demand|beg|appeal|plead|invit)\w*(?:\s+[\w'’-]+){1,4}\s+to(?: be)?"
        ),
    ),
    ("possible", _before(r"(?:not|\w+n['’]t|never) (?:(?:rul|exclud|refus|den|reject|declin)\w+)(?: out)?(?: to)?")),
    (
        "unlikely",
        _before(
            r"(?:(?:unlikely|unwilling|reluctant|hesitant|unable|unprepared|loath|unready|too weak|too busy)"
            rf"|{_NOT} (?:likely|ready|willing|prepared|expected|going|set|able|planning|intend\w*|plan\w*|want\w*)"
            r"|refus\w*|declin\w*|(?:no|any) (?:plans?|intention|wish|desire))\s+(?:to|of)(?: be)?"
        ),
    ),
    (
        "unlikely",
        _before(
            r"(?:(?:will|would|shall|can|could) (?:not|never)|cannot|(?:wo|wouldn|couldn|ca)n?['’]t)(?: be)?"
            r"|rul(?:ed?|es|ing) out|reject\w*"
        ),
    ),
    ("possible", _before(rf"(?:may|might|could|can|should)(?: {_NOT})?(?: have)?(?: be(?:en)?)?")),
    (
        "denied",
        _before(
            rf"(?:{_NOT}|\w+n['’]t)(?: yet)?(?: been| be| being)?|den(?:y|ies|ied|ying)(?: having)?|fail\w* to"
            r"|(?:stop|halt|ceas|suspend|cancel)\w*"
        ),
    ),
    (
        "intended",
        _before(
            rf"(?:(?:signal|express|show|voic|declar)\w*\s+(?:its|their|his|her|a)\s+)?(?:{_HOPED}|set|due|about|expected"
            r"|going|scheduled|poised|ready|willing|determined|hope[sd]?|aim(?:s|ed)?|seeks?|sought|want(?:s|ed)?|is|are"
            r"|was|were|(?:willing|readi)ness|intention|decision)\s+to(?: be)?"
        ),
    ),
    ("intended", _before(r"(?:will|shall|\w+['’]ll)(?: be| soon be)?")),
    ("possible", _before(r"(?:likely|able|would|consider\w*|weigh\w*|mull\w*|discuss\w*|debat\w*)(?: to)?(?: be)?")),
    ("done", _before(r"(?:(?:manag|continu|beg[ai]n|beg[ua]n|start|proceed)\w*|went on) to")),
)
_REPORTED_WOULD = re.compile(rf"{_LEAD}\bwould(?: be)?\s+{_ADVERBS}$", re.I)
_ANNOUNCED = re.compile(
    r"\b(?:announc|sa(?:id|ys)|stat|vow|pledg|promis|confirm|declar|told|assur|add|insist)\w*\b[^,;.]{0,60}$", re.I
)
_PERFECT = re.compile(rf"{_LEAD}\b(?:has|have|had|having)(?: been)?\s+{_ADVERBS}$", re.I)
_PASSIVE = re.compile(
    rf"{_LEAD}\b(?:(?:has|have|had) been|was|were|is|are|been|got|being|stands?|remains?)\s+{_ADVERBS}$", re.I
)
_BEING = re.compile(rf"\b(?:is|are|was|were|be|been|being|got)\s+{_ADVERBS}$", re.I)
_PROGRESSIVE = re.compile(
    rf"{_LEAD}\b(?:is|are|was|were|been|keeps?|kept|began|started|by|are now)\s+{_ADVERBS}$", re.I
)
_WITH_SOMEBODY = re.compile(r"^\s*with\s+(?:[\w'’-]+\s+){1,4}$", re.I)
_NO_VERB_AFTER = frozenset(
    """the a an its their his her this these those any some no such more further of in for from with without at on to
    into by about against over under our my your""".split()
)
_NO_SUCH = re.compile(r"\b(?:no|none of|neither|nobody|no one)\b[^,;]{0,40}$", re.I)

# Nouns of events, and the verbs that carry them: "pledged continued backing", "to offer support", "paid a visit".
_NOUNS = frozenset(
    text.stem(word)
    for word in """support backing assistance aid help involvement intervention reinforcement reinforcements deployment
    visit trip journey travel resources troops attack strike withdrawal retreat talks meeting ceasefire truce vote
    resignation""".split()
)
_CARRIED = r"(?:\s+(?!(?:to|that|by|for|in|on|of|with|from|at)\b)[\w'’-]+){0,4}\s+$"
_CARRIERS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("intended", re.compile(rf"{_LEAD}\b(?:pledg|promis|vow|offer|announc|plan|propos)\w*{_CARRIED}", re.I)),
    ("unlikely", re.compile(rf"{_LEAD}\b(?:reject|refus|declin|withh[eo]ld|rul(?:ed|es) out)\w*{_CARRIED}", re.I)),
    (
        "denied",
        re.compile(
            rf"{_LEAD}\b(?:suspend|halt|den(?:y|ied|ies)|withdr[ae]w|cancel|postpon|abandon|scrap)\w*{_CARRIED}", re.I
        ),
    ),
    ("done", re.compile(rf"{_LEAD}\b(?:confirm|admit|acknowledg)\w*{_CARRIED}", re.I)),
)
_CARRIER = re.compile(
    r"\b(offer|provid\w+|giv(?:e|es|ing|en)|gave|send\w*|sent|lend\w*|lent|deliver\w*|extend\w*|commit\w*|made|mak\w+"
    rf"|pa(?:id|y|ying)|step(?:s|ped|ping)? up|increas\w+|deploy\w*|receiv\w+|launch\w*|h[eo]ld){_CARRIED}",
    re.I,
)
_MORE = re.compile(r"\b(?:continu\w+|further|renewed|unwavering|ongoing|lasting|steadfast|again)\b", re.I)
_TAIL = re.compile(
    r"(?:[ -](?!(?:unless|if|because|after|before|while|as|and|but|which|who|that|despite|though|although|due|when"
    rf"|where|until|since|or|to [a-z])\b)[\w'’-]+){{0,{MOST_WORDS}}}(?: [A-Z][\w'’-]+)*"
)
_DANGLING = re.compile(r"(?: (?:the|a|an|of|in|on|to|at|for|with|against|by|from|its|their|his|her|is|are|was))+$")


def stance(sentence: str, about: Collection[str]) -> Stance | None:
    """What a sentence says of the event that the stems `about` name; None when it says nothing or two things."""
    found = readings(sentence, about)
    return found[0] if len({one.kind for one in found}) == 1 else None


def readings(passage: str, about: Collection[str]) -> list[Stance]:
    """What a passage says of each mention of an event, in order; mentions that cannot be read are left out."""
    found = [_reading(passage, word) for word in text.words(passage) if word.stem in about]
    return [one for one in found if one is not None]


def is_told(passage: str, at: int) -> bool:
    """Whether what stands at `at` is told as of these days: in no condition, and not of years gone by."""
    stop = min(len(passage), at + WINDOW)
    clause = _CLAUSE_END.search(passage, at, stop)
    past = _BACKGROUND.search(passage, _sentence_start(passage, at), clause.start() if clause else stop)
    return past is None and not _is_conditional(passage, at)


def piece_start(passage: str, at: int) -> int:
    """Where the piece of a clause begins that ends at `at`, as far back as is read."""
    start = max(0, at - WINDOW)
    for match in BOUNDARY.finditer(passage, start, at):
        start = match.end()
    return start


def _reading(passage: str, word: Word) -> Stance | None:
    if passage[max(0, word.start - 1) : word.start] in {"-", "‑"} or _is_conditional(passage, word.start):
        return None
    start = piece_start(passage, word.start)
    found = _verb(passage, start, word)
    if found is None and word.stem in _NOUNS:
        found = _noun(passage, start, word)
    if found is None:
        return None
    kind, begin = found
    if kind in {"done", "under way", "intended"} and _DENIED.search(passage, max(0, start - WINDOW), start):
        kind = "denied"
    tail = _TAIL.match(passage, word.end)
    end = tail.end() if tail else word.end
    if dangling := _DANGLING.search(passage, word.end, end):
        end = dangling.start()
    if _BACKGROUND.search(passage, _sentence_start(passage, word.start), min(len(passage), end + 40)):
        return None
    while passage[begin].isspace():
        begin += 1
    more = _MORE.search(passage, begin, end) is not None
    passive = is_past(word) and _BEING.search(passage, start, word.start) is not None
    return Stance(kind=kind, start=begin, end=end, at=word.start, stem=word.stem, more=more, passive=passive)


def is_past(word: Word) -> bool:
    """Whether a word has the form of a past tense or participle."""
    return _form(word) == "past"


def _sentence_start(passage: str, at: int) -> int:
    start = max(0, at - WINDOW)
    for match in _SENTENCE_END.finditer(passage, start, at):
        start = match.end()
    return start


def _is_conditional(passage: str, at: int) -> bool:
    return _CONDITION.search(passage, _clause_start(passage, at), at) is not None


def _clause_start(passage: str, at: int) -> int:
    start = max(0, at - WINDOW)
    for match in _CLAUSE_END.finditer(passage, start, at):
        start = match.end()
    return start


def _verb(passage: str, start: int, word: Word) -> tuple[Kind, int] | None:
    """The kind of a verb and where its group begins; None where the word is no verb, or only said to have a purpose."""
    reported = _REPORTED_WOULD.search(passage, start, word.start)
    if reported and _ANNOUNCED.search(passage, max(0, start - WINDOW), start):
        return "intended", reported.start()
    for kind, group in _GROUPS:
        if match := group.search(passage, start, word.start):
            return kind, match.start()
    form = _form(word)
    for kind, group, fits in (
        ("done", _PASSIVE, form == "past"),
        ("done", _PERFECT, form == "past"),
        ("under way", _PROGRESSIVE, form == "ing"),
    ):
        if fits and (match := group.search(passage, start, word.start)):
            nothing = _NO_SUCH.search(passage, start, match.start())
            return ("denied", nothing.start()) if nothing else (_narrow(kind), match.start())
    return _bare(passage, start, word, form)


def _narrow(kind: str) -> Kind:
    return "under way" if kind == "under way" else "done"


def _bare(passage: str, start: int, word: Word, form: str) -> tuple[Kind, int] | None:
    """The kind of a verb without auxiliaries: "X seized Y", "X attacked, seizing Y", "Z holds Y"."""
    left = passage[start : word.start]
    last = left.split()[-1] if left.split() else ""
    if form == "ing":
        opens = not left.strip() and start > 0
        return ("under way", word.start) if opens or _WITH_SOMEBODY.match(left) else None
    if last.casefold() in _NO_VERB_AFTER or (not last and not passage[:start].strip(" \n“\"'‘")):
        return None
    if not last and passage[:start].rstrip()[-1:] in {".", "!", "?", "\n"}:
        return None
    if form == "past":
        return "done", word.start
    if form == "present" and last and (last[0].isupper() or last.casefold() in _MANY):
        return "under way", word.start
    return None


_MANY = frozenset("he she it they who which now still already also currently forces troops rebels fighters".split())


def _form(word: Word) -> Literal["past", "ing", "present"]:
    """The form of an English verb by its ending; an irregular past is not how its verb begins."""
    written = word.text.casefold()
    if written.endswith("ing") and len(written) > 4:
        return "ing"
    if written.endswith("ed") and len(written) > 3:
        return "past"
    return "present" if written.startswith(word.stem.removesuffix("i")) else "past"


def _noun(passage: str, start: int, word: Word) -> tuple[Kind, int] | None:
    """The kind of an event named by a noun, from the verb that carries it."""
    if match := _CARRIER.search(passage, start, word.start):
        carrier = text.words(match[1])[0]
        verb = Word(match[1], match.start(1), match.end(1), carrier.stem)
        found = _verb(passage, start, verb)
        if found:
            kind, begin = found
            return ("intended" if carrier.stem == "offer" and kind in {"done", "under way"} else kind), begin
    for kind, carried in _CARRIERS:
        if match := carried.search(passage, start, word.start):
            return kind, match.start()
    return None
