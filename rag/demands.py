"""What a question demands of a sentence beside its words: that it tells what was done and by whom, or who somebody is.

A sentence may have every word of "Has the army retaken towns?" and only say what follows if it does, or who else did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rag import stance, text
from rag.kinds import ROLES
from rag.question import Query
from rag.thesaurus import SEATS, synonyms

UNREAL = 0.6  # what is left of a score where what is asked about stands in a condition, or is of years before
ANOTHERS = 0.75  # what is left where it stands there as another's deed
OPPOSITE = 0.7  # what is left where it is the opposite: a counter-offensive is not the offensive
MOST_TERMS = 7  # of a question that is looked at so: a longer one joins several things
BARE = 0.6  # what is left where it is asked who or what somebody is, and the sentence does not say it

# --- who or what it is -----------------------------------------------------------------------------------------------

_WHO_IS = re.compile(
    r"(?:who|what)(?:['’]s|\s+(?:is|was|are|were))\s+(?:the\s+)?(?P<name>[^?,;:()“”\"]{2,80}?)"
    r"(?:\s+(?:best\s+|mainly\s+)?(?:known|famous)\s+(?:for|as))?[\s.?!]*",
    re.I,
)
_LINKS = frozenset("of the al el bin ibn for and de la von van".split())


def defined(query: Query) -> tuple[str, ...]:
    """The stems of the name, where a question asks who or what it is and nothing else: "Who is Ada Vale?"."""
    match = _WHO_IS.fullmatch(query.sought)
    if match is None or "’s " in match["name"] or "'s " in match["name"]:
        return ()
    parts = text.words(match["name"])
    if not parts or not parts[0].text[0].isupper():
        return ()
    named = all(part.text[0].isupper() or part.text.casefold() in _LINKS for part in parts)
    return tuple(text.stems(match["name"])) if named else ()


_OPENS_WITH = re.compile(r"\W*(?:in|at|from|near|across|around|outside)\s+(?:the\s+)?", re.I)
_ASIDE = re.compile(r"\s*\([^()]{1,40}\)")
_SAYS_WHAT = re.compile(
    r"\s*,\s+(?:an?|the|one\s+of|once|formerly|its|his|her|their|[A-Z][\w.-]*['’]s?)\s"
    rf"|\s*,\s+(?:[\w.-]+\s+){{0,3}}?{ROLES.pattern}"
    r"|\s*[—–]\s*(?-i:[A-Z])[\w’'-]*(?:,\s|\s+and\s)"  # "the Pact—Norrland, Sweden and others"
    r"|\s*,?\s+(?:(?:who|which)\s+)?(?:is|was|are|were|remains?)\s+(?:an?|the|one|(?:best\s+)?known|famous)\s",
    re.I,
)
_TELLS_OF = re.compile(r"\s*,\s+(?:who|which|whose)\s", re.I)
_BODIES = (
    r"\b(?:groups?|militias?|part(?:y|ies)|compan(?:y|ies)|agency|alliance|forces?|factions?|movement)\b"
    r"|\borgani[sz]ations?\b"
)
# "the Blue Lanterns rescue service"
_BODY_BEHIND = re.compile(rf"\s+(?:[a-z][\w-]+\s+){{1,3}}?{_BODIES}(?!\s+of)")
# "the Blue Lanterns Support Group": what a name of several words is, where a longer one goes on to say it
_BODY_NAMED = re.compile(
    r"(?:\s+[A-Z][\w-]+){0,2}\s+(?:Groups?|Militia|Part(?:y|ies)|Company|Agency|Alliance|Forces?|Movement|Front|Fund|Room"
    r"|Council|Army|Brigades?|Campaign|Foundation|Association|Union|Institute|Committee|Center|Centre|Organi[sz]ation)\b"
)
_ROLE_BEFORE = re.compile(rf"(?:{ROLES.pattern}|{_BODIES})[,\s]+$", re.I)
_CAPITALS = re.compile(r"(?:(?<![A-Z])[A-Z][\w.’'-]*\s+)*$")
TOLD_OF = 0.7


def defines(name: Sequence[str], sentence: str) -> float:
    """How far a sentence says who or what a name is, 0..1: beside it or behind "is", or in a clause on it."""
    found = 0.0
    for start, end in _places(name, sentence):
        if _OPENS_WITH.fullmatch(sentence[:start]):  # "In Osterby, the raids went on"
            continue
        aside = _ASIDE.match(sentence, end)
        end = aside.end() if aside else end
        whole = _CAPITALS.search(sentence, max(0, start - 60), start)
        begin = whole.start() if whole else start
        if (
            _is_short_for(name, sentence, start)
            or _SAYS_WHAT.match(sentence, end)
            or _BODY_BEHIND.match(sentence, end)
            or _ROLE_BEFORE.search(sentence, max(0, begin - 60), begin)
            or _ROLE_BEFORE.search(sentence, max(0, start - 60), start)  # "Foreign Minister Ada Vale"
        ):
            return 1.0
        longer = len(name) > 1 and _BODY_NAMED.match(sentence, end) is not None
        found = TOLD_OF if longer or _TELLS_OF.match(sentence, end) else found
    return found


def _is_short_for(name: Sequence[str], sentence: str, start: int) -> bool:
    """Whether a name stands in brackets behind the words whose first letters it is: "Blue Lantern Fund (BLF)"."""
    if len(name) != 1 or sentence[max(0, start - 2) : start] != " (":
        return False
    words = [word for word in text.words(sentence[: start - 2]) if text.is_content(word)][-len(name[0]) :]
    return "".join(word.text[0] for word in words).casefold() == name[0]


def _places(name: Sequence[str], sentence: str) -> Iterator[tuple[int, int]]:
    """Where a name stands whole in a sentence; small words within it do not count."""
    tokens = [token for token in text.words(sentence) if text.is_content(token)]
    for first in range(len(tokens) - len(name) + 1):
        run = tokens[first : first + len(name)]
        if run[0].text[0].isupper() and all(token.stem == stem for token, stem in zip(run, name, strict=True)):
            yield run[0].start, run[-1].end


# --- who has an office -----------------------------------------------------------------------------------------------

_ROLE_OF = re.compile(
    r"who(?:['’]s|\s+(?:is|was|are|were))\s+(?:the\s+)?(?:(?:current|new|present)\s+)?"
    r"(?P<role>[a-z]+(?:\s+[a-z]+)?)\s+of\s+(?:the\s+)?(?P<of>[A-Z][^?,]{1,60}?)[\s?.!]*",
    re.I,
)


# "the Norrland prime minister", "Osterby's mayor"
_OF_ROLE = re.compile(
    r"who(?:['’]s|\s+(?:is|was|are|were))\s+(?:the\s+)?(?:(?:current|new|present)\s+)?(?-i:(?P<of>[A-Z][\w.’'-]*?))(?:['’]s)?"
    r"\s+(?P<role>(?:[a-z]+\s+)?[a-z]+)[\s?.!]*",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An office, "foreign minister", and the stems of what it is of."""

    title: str
    of: frozenset[str]


def role(query: Query) -> Role | None:
    """The office whose holder a question asks for, and nothing else: "Who is the mayor of Osterby?"."""
    match = _ROLE_OF.fullmatch(query.sought) or _OF_ROLE.fullmatch(query.sought)
    if match is None or not ROLES.search(match["role"]) or not match["of"][0].isupper():
        return None
    of = frozenset(text.stems(match["of"]))
    return Role(title=match["role"], of=of) if of and len(query.terms) <= MOST_TERMS else None


def holds(asked: Role, sentence: str) -> bool:
    """Whether a sentence has the office of the very place: "Norrland's president", "the mayor of Osterby"."""
    titles = _CHIEF if _CHIEF.fullmatch(asked.title) else re.compile(rf"\b{re.escape(asked.title)}\b", re.I)
    for match in titles.finditer(sentence):
        before = text.stems(sentence[max(0, match.start() - OFFICE) : match.start()])[-2:]
        behind = text.stems(sentence[match.end() : match.end() + OFFICE])[: len(asked.of) + 1]
        of = re.match(r"\s+(?:of|for)\b", sentence[match.end() :]) is not None
        initials = [word.text[0] for word in text.words(sentence[match.end() : match.end() + OFFICE])]
        short = "".join(letter for letter in initials if letter.isupper())
        behind.extend(stem for stem in asked.of if len(stem) > 1 and short.casefold().startswith(stem.replace(".", "")))
        if titles is _CHIEF and not _OF_LATE.search(sentence, 0, match.start()):
            before = before[-1:]  # "Osterby's legal chief" is another
        if not asked.of.isdisjoint(before) or (of and not asked.of.isdisjoint(behind)):
            return True
    return False


# Titles of whoever is first in a body: one body calls them so, another so.
_CHIEF = re.compile(r"\b(?:president|commissioner|chair(?:man|woman|person)?|chief(?: executive)?|head|leader)\b", re.I)
_OF_LATE = re.compile(r"\b(?:new|former|current|interim|outgoing|acting|founding|late|ex)[\s-]+$", re.I)
OFFICE = 40  # characters between an office and what it is of

# --- whether it is what is asked -------------------------------------------------------------------------------------

_OPPOSITE = re.compile(r"\b(?:counter|anti|non)[-‑](\w+)", re.I)
REAL = re.compile(
    r"(?:\W*(?:and|but|so)\s+)?(?:is|are|was|were|did|does|do|has|have|had)\b(?!.{0,300}\b(?:if|would|could)\b)", re.I
)


def standing(query: Query, sentence: str) -> float:
    """What is left of a sentence's score where its words are those of the question and yet it tells of something else.

    The opposite of the event that is asked about; and where it is asked whether something happened or happens: a
    condition, years gone by, or another's deed.
    """
    share = OPPOSITE if _is_opposite(query, sentence) else 1.0
    if query.expects != "yes_no" or query.dates or len(query.terms) > MOST_TERMS or not REAL.match(query.sought):
        return share
    actor, event, _ = deed(query, query.sought)
    if not event:
        return share
    mentions = [word for word in text.words(sentence) if word.stem in event]
    real = [word for word in mentions if stance.is_told(sentence, word.start) and not is_open(sentence, word.start)]
    if mentions and not real:
        return share * UNREAL
    if mentions and any(acts(actor, sentence, word) for word in real):
        return share
    return share if stance.asked(query).passive else share * ANOTHERS


def _is_opposite(query: Query, sentence: str) -> bool:
    """Whether a word of the question stands in a sentence only behind "counter-" and the like."""
    against = {text.stem(match[1]) for match in _OPPOSITE.finditer(sentence)}
    if against.isdisjoint(query.terms) or _OPPOSITE.search(query.sought):
        return False
    plain = frozenset(text.stems(_OPPOSITE.sub(" ", sentence)))
    return any(term in against and term not in plain and synonyms(term).isdisjoint(plain) for term in query.terms)


_ASKED_TO = (
    r"\b(?:ask|urg|call|beg|begg|press|plead|appeal|invit|want|need|persuad|convinc|attempt|effort)(?:e?s|e?d|ing|e)?"
    r"\s+(?:on\s+|for\s+)?[^,;.]{1,60}\sto\s[^,;.]{0,40}$"
)
_OPEN = re.compile(
    r"\b(?:able|likely|may|might|could|would|should|can|must|will|only)\s+(?:not\s+)?"
    r"(?:be\s+)?(?:to\s+)?(?:\w+ly\s+)?$"
    rf"|{_ASKED_TO}"
    r"|\b(?:can|could|would|able|capable)\s[^;.]{1,90}\bwith\s+(?:the\s+)?$"
    r"|\b(?:turn|appeal|look|reach|plead)(?:s|ed|ing)?\s+(?:out\s+)?to\s[^;.]{1,90}\sfor\s+(?:\w+\s+){0,2}$",
    re.I,
)
_ASKED = re.compile(_ASKED_TO, re.I)
LEADING = 130  # characters before a deed that tell whether it was done
_MARKS = re.compile(r"[“”\"‘]")


def is_asked_for(sentence: str, at: int) -> bool:
    """Whether somebody is only asked or tried to be brought to do what stands at `at`."""
    return _ASKED.search(_led_by(sentence, at)) is not None


def is_open(sentence: str, at: int) -> bool:
    """Whether what stands at `at` is only asked for or possible; "is unwilling to" denies, and so it tells."""
    return _OPEN.search(_led_by(sentence, at)) is not None


def _led_by(sentence: str, at: int) -> str:
    """The words before a place, without marks of quotation."""
    return _MARKS.sub("", sentence[max(0, at - LEADING) : at])


def deed(query: Query, did: str) -> tuple[frozenset[str], frozenset[str], text.Word | None]:
    """Stems of who does it, the words behind an auxiliary, and those that may tell what is done, the word behind them.

    `did` are the words of a question from its auxiliary on; with them comes the word of what is done, where it is told.
    Of one of a country ("the Syrian army"), of an owner and of a name the whole counts, else the first word.
    """
    nothing = frozenset[str](), frozenset[str](), None
    tokens = [word for word in text.words(did)[1:] if text.is_content(word)]
    if not tokens:
        return nothing
    last = 1
    while last < len(tokens) - 1 and (
        tokens[last - 1].stem in _NARROWS or " of " in did[tokens[last - 1].end : tokens[last].start]
    ):
        last += 1  # "the first season of the series"
    while last < len(tokens) and tokens[last].text[0].isupper() and tokens[last - 1].text[0].isupper():
        last += 1
    if last < len(tokens) - 1 and did[tokens[last - 1].end : tokens[last].start] in {"-", "‑"}:
        last += 2  # "a Norrland-linked source"
    if last < len(tokens) - 1 and tokens[last - 1].stem in SEATS and _is_of_country(tokens[last - 1]):
        last += 1
    while last < len(tokens) - 1 and (ROLES.fullmatch(tokens[last].text) or tokens[last - 1].text[-2:] in OWNS):
        last += 1
    while last < len(tokens) - 1 and _BASE.match(did) and _PLURAL.fullmatch(tokens[last].text):
        last += 1  # "did Osterby divers protest": what follows "did" ends in no s
    first = last
    told = [place for place, token in enumerate(tokens) if place >= last and _is_told_of(token)]
    if told and not _BASE.match(did):  # "has the coast guard left?"
        last = told[0]
    following = (next(iter(text.words(_BEEN.sub("", did[tokens[n - 1].end :]))), None) for n in {first, last})
    if any(behind is None or behind.text.casefold() in _NO_DEED for behind in following):
        return nothing
    actor = frozenset(token.stem for token in tokens[:last])
    event = next((token for token in tokens[last:] if token.stem in query.terms and token.text.islower()), None)
    if event is None:
        return nothing
    return actor, frozenset({event.stem, *synonyms(event.stem), *_kindred(query, event.stem)}), event


_NARROWS = frozenset(map(text.stem, "first second third last next new final latest season episode".split()))
_BEEN = re.compile(r"^\s+(?:(?:been|being|already|still|ever|now)\s+)+", re.I)
OWNS = frozenset(["'s", "’s"])
# "is he in Osterby?"
_NO_DEED = frozenset("behind in at on near under with of for against from the a an part do have get".split())


_BASE = re.compile(r"(?:did|do|does)\b", re.I)  # what follows is in no form that tells a verb


_PLURAL = re.compile(r"[a-z]{2,30}[^\Wsui]s")


def _is_told_of(word: text.Word) -> bool:
    return word.text.islower() and (stance.is_past(word) or word.text.endswith("ing"))


def _is_of_country(word: text.Word) -> bool:
    """Whether a word is of a country and not its name: "Syrian"."""
    return not word.text.isupper() and word.text[-2:] not in {"'s", "’s"} and word.stem != text.fold(word.text)


def _kindred(query: Query, event: str) -> frozenset[str]:
    """What else tells of the event, where it is helping or visiting."""
    one = stance.asked(query)
    return one.about if one.event != "other" and event in one.about else frozenset()


_TO_WHOM = re.compile(
    r"\b(?:from|against|on|upon|of|with|than|for|to|towards?|by|between)\s+(?:the\s+)?(?:\w+\s+)?$", re.I
)
_BY = re.compile(r"\bby\s+(?:the\s+)?(?:\w+\s+)?$", re.I)


def acts(actor: frozenset[str], sentence: str, event: text.Word) -> bool:
    """Whether one of the actor's words stands before the event, not as whom it is done to, or behind "by".

    A synonym counts for a noun unless what stands before it says of another: "Kurdish forces", "rebel forces" and
    "Norrland-backed forces" are not the army.
    """
    seats = frozenset().union(*(SEATS.get(term, frozenset()) for term in actor))
    nouns = frozenset().union(*(synonyms(term) for term in actor))
    before: text.Word | None = None
    for word in text.words(sentence):
        own = word.stem in actor or word.stem in seats
        like = word.stem in nouns and not is_anothers(actor, sentence, before)
        left = sentence[max(0, word.start - 30) : word.start]
        if (own or like) and (_BY.search(left) or (word.start <= event.start and not _TO_WHOM.search(left))):
            return True
        before = word
    return False


def is_anothers(actor: frozenset[str], sentence: str, before: text.Word | None) -> bool:
    """Whether the word before a noun says that it is of others than those who act."""
    if before is None:
        return False
    rebels = before.stem in stance.IRREGULARS and stance.IRREGULARS.isdisjoint(actor)
    joined = sentence[max(0, before.start - 1) : before.start] in {"-", "‑"}
    return rebels or (before.text[0].isupper() and before.start > 0) or (joined and before.text in _SIDES)


_SIDES = frozenset("backed led linked allied held funded aligned".split())


def is_untold(query: Query, said: Iterable[str]) -> bool:
    """Whether it is asked if something happened or is so, and stems have no word of that but names."""
    named = {term for name in query.names for term in name}
    plain = [term for term in query.terms if term not in named]
    stems = frozenset(said)
    return query.expects == "yes_no" and bool(plain) and not any(stance.likens(term, stems) for term in plain)


# --- the thing itself ------------------------------------------------------------------------------------------------

_NAMED_THING = re.compile(
    r"(?<![\w'’])(?P<before>[\w'’]+)\s+(?:the\s+)?[A-Z][\w.’'-]*(?:\s+[A-Z][\w.’'-]*){0,4}\s+(?P<thing>[a-z]{3,})"
)
_THING_ENDS = re.compile(r"\s*(?:[?.!,]|$)|\s+(?:in|on|at|of|since|during|now|today|after|before|by|from|with|near)\b")
_AUXILIARY = frozenset(
    """is are was were am be do does did has have had can could will would shall should may might must and or""".split()
)


def thing(query: Query) -> str:
    """The stem of the thing that a question calls by a name and a noun, "the Osterby harbour"; empty for none."""
    for match in _NAMED_THING.finditer(query.sought):
        stem = text.stem(match["thing"])
        if match["before"].casefold() in _AUXILIARY or stem not in query.terms:
            continue
        if _THING_ENDS.match(query.sought, match.end()):
            return stem
    return ""
