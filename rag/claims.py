"""What a sentence gives in answer to a question: the figure, the date, the name or the phrase, and where it stands.

Where a value is asked for, a sentence that answers holds one near the words that it shares with the question. So were
factoid questions answered before there were readers, from the redundancy of the web (Clarke et al., "Exploiting
redundancy in question answering", 2001; Brill et al., "AskMSR", 2002): no sentence is understood, several are heard.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import demands, figures, frames, telling, text, timing, whereabouts
from rag.evidence import SYNONYM, Embed, Weigh, likeness
from rag.kinds import figure_for, is_person, is_place, scope
from rag.question import Query
from rag.thesaurus import SEATS, synonyms

Sort: TypeAlias = Literal["number", "date", "name", "phrase"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The value that a question asks for: its sort, and the noun that says of what kind ("sport"); empty for none.

    `subject` where it is who did it ("who won"); `many` where several are asked for ("which towns"), which then do not
    contradict each other.
    """

    sort: Sort
    noun: str = ""
    subject: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A value that a sentence gives: `sentence[start:end] == words`; `weight`, 0..1, is how likely it is what is asked.

    `number` and `date` are what was read of it where it is one; `weekday` where it is one of which the day is not
    known; `plain` where it is neither that nor a name or quoted; `done_to` where it is asked who did it and this is
    rather whom or what it was done to.
    """

    words: str
    start: int
    end: int
    weight: float
    number: figures.Number | None = None
    date: figures.Date | None = None
    unit: str = ""
    weekday: str = ""
    plain: bool = False
    done_to: bool = False

    def same(self, other: Claim) -> bool:
        """Whether two claims give one value: figures alike in unit, dates as far as both go, names by their words."""
        if self.number and other.number:
            return self.number.value == other.number.value and self.unit == other.unit
        if self.date and other.date:
            return self.date.agrees(other.date)
        if self.weekday or other.weekday:
            return self._weekday() == other._weekday()
        own, others = _meaning(self.words), _meaning(other.words)
        if not (own and others):  # words that mean nothing by themselves, as “No”
            return self.words.casefold() == other.words.casefold()
        return own <= others or others <= own

    @property
    def sure(self) -> bool:
        """Whether it can stand against another: not a weekday of which nobody knows in what week it was."""
        return (not self.weekday or self.date is not None) and not self.done_to

    def within(self, other: Claim) -> bool:
        """Whether one of two names is the seat of the other's government: who is in the one is in the other."""
        own, others = _meaning(self.words), _meaning(other.words)
        return any(
            not SEATS.get(land, frozenset()).isdisjoint(seat)
            for lands, seat in ((own, others), (others, own))
            for land in lands
        )

    def _weekday(self) -> str:
        """The name of its weekday, where that is known."""
        iso = self.date.day_iso if self.date else None
        try:
            return figures.WEEKDAYS[datetime.date.fromisoformat(iso).weekday()] if iso else self.weekday
        except ValueError:
            return self.weekday


@lru_cache(maxsize=10_000)  # each value is compared with most others
def _meaning(words: str) -> frozenset[str]:
    return frozenset(text.stems(words))


# --- what is asked ---------------------------------------------------------------------------------------------------

_KIND_OF = r"(?:(?:types?|kinds?|sorts?|forms?|parts?|members?|one|ones)\s+of\s+(?:the\s+|an?\s+)?)?"
_WHICH = re.compile(rf"\b(?:what|which)\s+{_KIND_OF}(?P<rest>.+)", re.I)
_BE_THE = re.compile(
    r"\b(?:what|which|who)(?:['’]s|\s+(?:is|was|are|were|will be))\s+(?:the\s+)?(?:names?\s+of\s+(?:the\s+|an?\s+)?)?"
    r"(?P<rest>.+)",
    re.I,
)
_OWNER = re.compile(r"(?:[\w.\-]+\s+){0,4}?[\w.\-]+(?:['’]s|s['’])\s+")
_DOER = re.compile(
    r"(?:who|which (?:\w+ ){1,3}?)\s+(?:(?!is\b|was\b|are\b|were\b|did\b|do\b|does\b|will\b|would\b)\w+"
    r"|(?:is|was|are|were)\s+(?:now\s+|currently\s+)?in\s+(?:control|charge|command|power)\b)",
    re.I,
)
_MANY = re.compile(
    r"\b(?:which|what|who) (?:two|three|four|five|other|else|all|were|are)\b|\bwho else\b|\bnames of\b", re.I
)
_ENDS = frozenset(
    """is are was were am be do does did has have had can could will would shall should may might must of for in on at
    to from by with that which who whose this last next according associated during after before about between
    under over and or as so""".split()
)


def _stems(words: str) -> frozenset[str]:
    return frozenset(map(text.stem, words.split()))


_NUMBERS = _stems(
    """population revenue age percentage percent share number total amount price cost salary height length width
    distance toll score size weight area income profit budget rate speed temperature depth capacity turnover fine bounty
    sum figure magnitude"""
)
_DATES = _stems("date year day month birthday birthdate time decade century")
_TITLES = _stems(
    """mr mrs ms dr sir president minister prime director chief executive chairman chairwoman senator governor
    secretary general colonel king queen prince princess pope actor actress singer author writer producer coach captain
    manager professor judge mayor ambassador spokesman spokeswoman spokesperson leader congressman congresswoman
    representative lord lady former late new"""
)
_DOING = re.compile(
    r"what(?:['’]s|\s+(?:is|are|was|were|has|have|did|does|do))\s+[^?]{1,80}?\s(?:do|done|doing)\b", re.I
)
MOST_WORDS = 3  # of the noun, and of a phrase


def asked(query: Query) -> Asked | None:
    """The value that a question asks for; None where it asks for a reason, a manner, a statement, yes or no."""
    if query.expects in {"yes_no", "reason", "manner", "words"}:
        return None
    if demands.defined(query) or _DOING.match(query.sought):
        return None
    noun = _noun(query.sought)
    stems = text.stems(noun)
    if query.expects == "date" or (stems and stems[-1] in _DATES):
        return Asked(sort="date")
    if query.expects == "number" or (stems and stems[-1] in _NUMBERS):
        return Asked(sort="number", noun=noun)
    one = frames.frame(query)
    # whom one calls excludes nobody, and who helps somebody, or says something, no other who does
    helps = one is not None and one.hole == "doer" and _HELP in one.deed
    whom = query.expects == "person" and one is not None and (one.hole == "done to" or helps)
    plural = (_MANY.search(query.sought) or _WHERE_ARE.match(query.sought)) is not None
    sayers = _WHO_SAYS.match(query.sought) is not None
    many = whom or sayers or plural or (noun[-1:] == "s" and noun[-2:] not in {"ss", "us", "is"})
    if query.expects in {"person", "place", "group"}:
        return Asked(sort="name", noun=noun, subject=_DOER.match(query.sought) is not None, many=many)
    return Asked(sort="phrase", noun=noun, many=many) if noun else None


_HELP = text.stem("help")
_WHERE_ARE = re.compile(r"where\s+(?:are|were)\b", re.I)  # several may be in several places
_WHO_SAYS = re.compile(r"who\s+(?:says?|said|reports?|reported|claims?|claimed|warns|warned|gave|gives)\b", re.I)


def _noun(question: str) -> str:
    """The noun phrase of "which NOUN did it" and "what is the NOUN of", at most MOST_WORDS; empty for none."""
    be = _BE_THE.search(question)
    match = be or _WHICH.search(question)
    if match is None:
        return ""
    rest = match["rest"]
    owner = _OWNER.match(rest) if be else None
    rest = rest[owner.end() :] if owner else rest
    kept: list[str] = []
    for word in text.words(rest)[:MOST_WORDS]:
        parted = bool(kept) and rest[: word.start].rstrip()[-1:] in tuple(',?;:("“')
        first = not kept and word.text.endswith("ing")  # "which upcoming film"
        if word.text.casefold() in _ENDS or parted or (_is_verb(word) and not first):
            break
        kept.append(word.text)
    return " ".join(kept)


SHORTEST = 4  # letters up to which a word in -ing or -eed may well be a noun: "king", "feed"


def _is_verb(word: text.Word) -> bool:
    """Whether a word has the form of a verb that tells of something: "won", "became", "used", "seeking"."""
    if word.text[0].isupper():  # "French", "UK"
        return False
    folded = word.text.casefold()
    if folded.endswith("t") and word.stem.endswith("d"):  # "built"
        return True
    if len(folded) == SHORTEST and folded.endswith("ed") and not folded.endswith("eed"):  # "used"
        return True
    return (len(folded) > SHORTEST and folded.endswith(("ed", "ing"))) or not folded.startswith(
        word.stem[: max(2, len(word.stem) - 1)]
    )


# --- what is given ---------------------------------------------------------------------------------------------------

REACH = 7.0  # words over which nearness to a word of the question falls to a third
APART = 0.4  # what a word of the question is worth to a value however far it stands from it in the sentence
OBJECT = 0.4  # what is left where who did it is asked, and a name stands behind the verb
STRANGE, ALIKE = 0.1, 0.5  # cosine at which a name has nothing of a noun's kind, and how much more makes it one of it
PLAIN = 0.7  # what a phrase is worth that is neither a name nor in quotation marks
NOBODY = 0.6  # what is left where a person is asked for, and a name does not look like one's
HEAD = 3.0  # times that the noun asked for counts among the words that a name stands near: "director Ann Lee"
OTHER_FIGURE = 0.35  # what is left where a figure is not of the thing that is counted
OTHER_CLAUSE = 0.4  # what is left where a date stands in another part of the sentence than what is asked about
BESIDE = 4  # characters within which a weekday and a date are one
ELSEWHERE = 0.5  # what is left where "from" stands before a place, and nobody asks from where
LONGEST = 1_500  # characters of a sentence that is read for values
MOST_CLAIMS = 12  # of a sentence


def claims(
    query: Query,
    wanted: Asked,
    sentence: str,
    *,
    weigh: Weigh,
    known: Collection[str] = frozenset(),
    published: str | None = None,
) -> list[Claim]:
    """The values of the wanted sort that a sentence gives and the question does not hold itself, heaviest first.

    A claim weighs by the share of the question's words that stand in the sentence, the more the nearer. `known` are
    words that elsewhere have a capital inside a sentence, so that one which begins this sentence counts as a name;
    `published` is the day from which "on Sunday" is counted.
    """
    if len(sentence) > LONGEST:
        return []
    tokens = text.words(sentence)
    near = _nearness(query, wanted, tokens, weigh)
    found: list[Claim] = []
    for claim in _values(query, wanted, sentence, tokens, known, published):
        first = next((at for at, token in enumerate(tokens) if token.end > claim.start), 0)
        last = next((at for at, token in enumerate(tokens) if token.end >= claim.end), len(tokens) - 1)
        found.append(replace(claim, weight=claim.weight * near(first, last)))
    return sorted(found, key=lambda claim: -claim.weight)[:MOST_CLAIMS]


def fitting(wanted: Asked, words: Sequence[str], *, embed: Embed) -> dict[str, float]:
    """How far each name or phrase is of the kind that the noun says, 0..1: the cosine of the two; 1 without a noun."""
    if not wanted.noun or wanted.sort not in {"name", "phrase"} or not words:
        return dict.fromkeys(words, 1.0)
    different = list(dict.fromkeys(words))
    vectors = embed([wanted.noun, *different])
    cosines = vectors[1:] @ vectors[0]
    return {
        word: min(1.0, max(0.0, float(cosine) - STRANGE) / ALIKE)
        for word, cosine in zip(different, cosines, strict=True)
    }


def _nearness(query: Query, wanted: Asked, tokens: Sequence[text.Word], weigh: Weigh) -> Callable[[int, int], float]:
    """The share of the question's words that stand near the tokens from one place to another."""
    places: list[tuple[float, list[int]]] = []
    total = 0.0
    head = text.stems(wanted.noun)[-1:]
    for term in query.terms:
        weight = math.sqrt(weigh(term)) * (HEAD if term in head else 1.0)
        total += weight
        same = {term, *SEATS.get(term, ())}
        if at := [place for place, token in enumerate(tokens) if token.stem in same]:
            places.append((weight, at))
        elif at := [place for place, token in enumerate(tokens) if token.stem in synonyms(term)]:
            places.append((SYNONYM * weight, at))

    def near(first: int, last: int) -> float:
        worth = 0.0
        for weight, at in places:
            gap = min(max(first - place, place - last, 0) for place in at)
            worth += weight * (APART + (1 - APART) * math.exp(-max(0, gap - 1) / REACH))
        return worth / total if total else 0.0

    return near


def _values(
    query: Query,
    wanted: Asked,
    sentence: str,
    tokens: Sequence[text.Word],
    known: Collection[str],
    published: str | None,
) -> Iterator[Claim]:
    match wanted.sort:
        case "number":
            return _figures(query, sentence)
        case "date":
            return _dates(query, sentence, published)
        case "name" | "phrase":
            return _names(query, wanted, sentence, tokens, known)


_BOUND = re.compile(
    r"\b(?:(?:not? )?(?:more|fewer|less) than|over|at least|up to|nearly|almost|about|around|some|roughly)\s+[$£€¥]?$",
    re.I,
)
_UNITS = {"per": "%", "kil": "km"}
_RATIO = re.compile(r"\b(?:one|two|1|2) in $", re.I)  # "one in ten" is no ten
_UNIT = re.compile(r"\s?(%|percent\b|per cent\b|km\b|kilomet\w+|miles?\b|years?\b|days?\b|hours?\b|minutes?\b)", re.I)
_CURRENCY = re.compile(r"(?:US)?[$£€¥]\s?$")


def _figures(query: Query, sentence: str) -> Iterator[Claim]:
    own = {number.value for number in figures.numbers(query.sought)}
    counted = figure_for(query, sentence)
    limits = frozenset(query.terms)
    for number in figures.quantities(sentence):
        if number.value in own or _RATIO.search(sentence, max(0, number.start - 8), number.start):
            continue
        unit = _UNIT.match(sentence, number.end)
        money = _CURRENCY.search(sentence[max(0, number.start - 4) : number.start])
        of_it = number == counted and not number.vague and scope(sentence, number) <= limits
        bound = _BOUND.search(sentence, max(0, number.start - 24), number.start)
        start = bound.start() if bound else money.start() + max(0, number.start - 4) if money else number.start
        end = unit.end() if unit else number.end
        yield Claim(
            words=sentence[start:end],
            start=start,
            end=end,
            weight=1.0 if of_it or unit or money else OTHER_FIGURE,
            number=number,
            unit=money[0].strip()
            if money
            else _UNITS.get(unit[1].casefold()[:3], unit[1].casefold()[:3])
            if unit
            else "",
        )


def _dates(query: Query, sentence: str, published: str | None) -> Iterator[Claim]:
    for found in [*_calendar(query, sentence), *_weekdays(sentence, published)]:
        yield found if _of_event(query, sentence, found) else replace(found, weight=found.weight * OTHER_CLAUSE)


def _calendar(query: Query, sentence: str) -> Iterator[Claim]:
    for one in figures.dates(sentence):
        if not any(one[:3] == other[:3] for other in query.dates):
            yield Claim(words=sentence[one.start : one.end], start=one.start, end=one.end, weight=1.0, date=one)


_WEEKDAY = re.compile(rf"\b(?:{'|'.join(figures.WEEKDAYS)})\b", re.I)


def _weekdays(sentence: str, published: str | None) -> Iterator[Claim]:
    """The weekdays of a sentence, each as its date where that is sure, but for those beside a date."""
    taken = figures.dates(sentence)
    days = {moment.start: moment.day for moment in timing.events(sentence, published)}
    for match in _WEEKDAY.finditer(sentence):
        if any(one.day and min(abs(one.start - match.end()), abs(match.start() - one.end)) <= BESIDE for one in taken):
            continue
        iso = days.get(match.start())
        year, month, day = map(int, iso.split("-")) if iso else (0, 0, 0)
        yield Claim(
            words=match.group(),
            start=match.start(),
            end=match.end(),
            weight=1.0,
            date=figures.Date(year, month, day, *match.span()) if iso else None,
            weekday=match.group().casefold(),
        )


_PARTS = re.compile(r"[;:—–]|,\s+(?:and|but|while|which|who|although|though|whereas)\b", re.I)


def _of_event(query: Query, sentence: str, claim: Claim) -> bool:
    """Whether a word of what is asked about, no name, stands in the part of a sentence that a claim stands in.

    So it is too where the whole sentence has none.
    """
    named = {term for name in query.names for term in name}
    event = [term for term in query.terms if term not in named]
    cuts = [match.start() for match in _PARTS.finditer(sentence)]
    begin = max((cut for cut in cuts if cut <= claim.start), default=0)
    end = min((cut for cut in cuts if cut >= claim.end), default=len(sentence))
    inside = frozenset(text.stems(sentence[begin:end]))
    told = [term for term in event if likeness(term, frozenset(text.stems(sentence)))]
    return not told or any(likeness(term, inside) for term in told)


def _names(
    query: Query, wanted: Asked, sentence: str, tokens: Sequence[text.Word], known: Collection[str]
) -> Iterator[Claim]:
    own = frozenset(text.stems(query.sought))
    verb = _verb(query, tokens) if wanted.subject else None
    located = query.expects == "place" and not wanted.noun
    asked = frames.frame(query)
    present = located and whereabouts.asks(query)
    taken: list[text.Span] = []
    for whole in _named(sentence, tokens, known):
        taken.append(whole)
        span = _trimmed(sentence, whole, own)
        if span is None:
            continue
        words = sentence[span.start : span.end]
        if _is_nationality(words) or _is_of_creed(sentence, span):
            continue
        if located and not is_place(sentence, span.start, words):
            continue
        if present and not whereabouts.is_at(query, sentence, span):
            continue
        if asked and not telling.is_given(asked, sentence, span.start, span.end):
            continue
        weight = NOBODY if query.expects == "person" and not is_person(words) else 1.0
        if located and _FROM.search(sentence, 0, span.start) and not _FROM_WHERE.search(query.sought):
            weight *= ELSEWHERE
        behind = verb and span.start > verb.end and not re.search(r"\bby\s", sentence[verb.end : span.start])
        done_to = wanted.subject and bool(behind or _BEATEN.search(sentence, 0, span.start))
        weight *= OBJECT if done_to else 1.0
        yield Claim(words=words, start=span.start, end=span.end, weight=weight, done_to=done_to)
    if wanted.sort == "phrase":
        quoted = text.quotations(sentence)
        free = [run for run in _runs(sentence, tokens, own) if not any(_overlap(run, span) for span in taken)]
        for span in [*quoted, *free]:
            plain = span not in quoted
            words = sentence[span.start : span.end]
            yield Claim(words=words, start=span.start, end=span.end, weight=PLAIN if plain else 1.0, plain=plain)


_FROM = re.compile(r"\bfrom\s+(?:the\s+)?$", re.I)
_FROM_WHERE = re.compile(r"\b(?:from|leave|left|flee|fled|depart\w*)\b", re.I)
_BEATEN = re.compile(
    r"(?:\b(?:beat|beats|beating|defeat\w*|over|against|in|at|from|with|to|for|on)\s+(?:the\s+)?|[(\[])$", re.I
)  # before a name that is not who did it


_ADJECTIVE = re.compile(r"\w+(?:an|ish|ese|ch|i)s?")


def _is_nationality(words: str) -> bool:
    """Whether it is a word such as "Syrian", which names nobody and no country."""
    stem = text.stem(words)
    return _ADJECTIVE.fullmatch(words.casefold()) is not None and stem in SEATS and stem != text.fold(words)  # "Iran"


def _is_of_creed(sentence: str, span: text.Span) -> bool:
    """Whether it is a word such as "Islamist" before a noun, "insurgents", that says of what kind they are."""
    words = sentence[span.start : span.end]
    return words.endswith("ist") and " " not in words and _NOUN_BEHIND.match(sentence, span.end) is not None


_NOUN_BEHIND = re.compile(r"\s+[a-z]{3,}")


def _overlap(one: text.Span, other: text.Span) -> bool:
    return one.start < other.end and other.start < one.end


def _verb(query: Query, tokens: Sequence[text.Word]) -> text.Word | None:
    """The first word of a sentence that is the question's first word of meaning, or a synonym: what was done."""
    if not query.terms:
        return None
    done = query.terms[0]
    return next((token for token in tokens if token.stem == done or token.stem in synonyms(done)), None)


def _named(sentence: str, tokens: Sequence[text.Word], known: Collection[str]) -> list[text.Span]:
    """The names of a sentence, its first word among them where it is `known`."""
    found = text.names(sentence)
    first = tokens[0] if tokens else None
    if first is None or first.text not in known or not text.is_content(first):
        return found
    if any(span.start == first.start for span in found):
        return found
    if found and sentence[first.end : found[0].start] == " ":
        return [text.Span(first.start, found[0].end), *found[1:]]
    return [text.Span(first.start, first.end), *found]


def _trimmed(sentence: str, span: text.Span, own: Collection[str]) -> text.Span | None:
    """A name without what the question says, months and titles at its ends.

    None where it is mostly the question's and no whole name of two words or more is left.
    """
    inside = text.words(sentence[span.start : span.end])
    content = [word for word in inside if text.is_content(word) and not _is_title(word)]
    theirs = sum(word.stem in own for word in content)

    def falls_away(word: text.Word) -> bool:
        folded = word.text.casefold()
        return (
            word.stem in own
            or _is_title(word)
            or folded in figures.MONTHS
            or folded in figures.WEEKDAYS
            or not text.is_content(word)
        )

    while inside and falls_away(inside[0]):
        inside.pop(0)
    while inside and falls_away(inside[-1]):
        inside.pop()
    whole = len(inside) > 1 and not any(word.stem in own for word in inside)  # "Pilot of the Year Ada Vale"
    if not inside or (theirs >= len(content) / 2 and not whole):
        return None
    return text.Span(span.start + inside[0].start, span.start + inside[-1].end)


_OFFICER = re.compile(r"C[A-Z]O")  # a chief officer of any kind: CFO, COO


def _is_title(word: text.Word) -> bool:
    return word.stem in _TITLES or _OFFICER.fullmatch(word.text) is not None


def _runs(sentence: str, tokens: Sequence[text.Word], own: Collection[str]) -> Iterator[text.Span]:
    """Stretches of at most MOST_WORDS neighbouring words that carry meaning and that the question does not have."""
    for first, word in enumerate(tokens):
        for last in range(first, min(first + MOST_WORDS, len(tokens))):
            token = tokens[last]
            if not text.is_content(token) or token.stem in own or token.text[0].isdigit() or _is_verb(token):
                break
            if last > first and sentence[tokens[last - 1].end : token.start] not in {" ", "-"}:
                break
            yield text.Span(word.start, token.end)
