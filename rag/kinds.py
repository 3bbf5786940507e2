"""Whether a sentence gives the kind of thing that is asked for: a number, a date, a person, a reason, a quotation."""

from __future__ import annotations

import re

from rag import figures, text
from rag.question import Query
from rag.thesaurus import MOVES, SEATS, synonyms

# At the end of a sentence "after two months of rain" says when, and not why.
_AFTER_LONG = re.compile(
    r"after (?:\w+ ){1,3}?(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?)\b", re.I
)
# "acts as", "known as": behind these "as" gives no reason
_NO_ROLE = "".join(
    f"(?<!{verb} )"
    for verb in """act acts acted acting serve serves served serving work works worked known seen described used
    regarded named hired elected appointed dubbed hailed cast listed""".split()
)
# What comes before its reason, or behind the reason's comma: "X, because Y", "After Y, X".
_BECAUSE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|in order to|so that|aimed? at|aims? to|seek(?:s|ing)?|meant to|designed to"
    r"|as a result of|caused by|over (?:fears?|concerns?)|for fear|accus(?:e[ds]?|ing)|blam(?:e[ds]?|ing)"
    r"|(?<!time )since|amid"
    rf"|(?<!such )(?<!as well ){_NO_ROLE}as(?! well| per)"
    r"(?!\s+(?:an?\s+|the\s+|its\s+|his\s+|her\s+|their\s+)?(?:(?:\w+\s+)?"
    r"(?:minister|president|leader|chief|head|director|chair\w*|secretary|mayor|captain|coach|manager|editor|partner)\b"
    r"|(?-i:[A-Z]{2,4}\b)))"  # "resigned as mayor"
    r"|after|following|citing"
    r"|(?<=,\s)(?:seeking|hoping|aiming|trying|wanting|fearing|saying|arguing|alleging|claiming)"
    r"|to (?:\w+ly )?(?:protect|prevent|secure|stop|drive|push|halt|keep|gain|end|avoid|help|support))\b",
    re.I,
)
# What stands between a reason and what comes of it: "Y led to X".
_SO = re.compile(
    r"\b(?:le(?:d|ads|ading) to|caus(?:e[ds]?|ing)(?! by)|prompt(?:s|ed|ing)|forc(?:ed|ing)|which is why|that is why|so"
    r"|therefore|hence|as a result(?! of)|allow(?:s|ed|ing)|enabl(?:es|ed|ing))\b",
    re.I,
)
# Reasons of their own for how fast or easily something went, or what says itself that it is one.
_ITSELF = re.compile(
    r"\b(?:little|no|minimal|scant|hardly any|almost no) (?:resistance|opposition)|off guard|(?:by|a) surprise"
    r"|the (?:main |chief |real )?(?:reasons?|cause)\b",
    re.I,
)
_SO_FAST = re.compile(r"\bso (?:fast|quick(?:ly)?|rapidly|easily|suddenly|soon)\b", re.I)
# Why something is not done: what it hangs on, and that it is not.
_WHY_NOT = re.compile(
    r"why\b[^?]{0,80}?(?:\b(?:not|never|unlikely|unwilling|unable|reluctant|hesitant|refus\w+|declin\w+|fail\w*)\b|n['’]t\b)",
    re.I,
)
_HANGS_ON = re.compile(
    r"\b(?:unless|without|until|depend\w*|contingent|hinges|only\b[^,;.]{0,60}?\bif|used up|drain\w*)\b", re.I
)
_IS_NOT = re.compile(
    r"\b(?:not|never|neither|nor|no longer|cannot|only|unlikely|unwilling|unable|reluctan\w+|hesita\w+|limit\w*|without"
    r"|refus\w+|declin\w+|drain\w*|stretched|tied down|too (?:weak|busy)|used up|constrain\w*|reduc\w+|fail\w*)\b"
    r"|n['’]t\b",
    re.I,
)
_WHY_IS = re.compile(r"why\s+(?:is|are|was|were)\b", re.I)
_BY = re.compile(r"\s(?:[\w-]+\s){0,2}?by\s", re.I)  # "why is it stretched": "stretched thin by the floods"
_IN_ORDER = re.compile(r"\bto (?!the\b|an?\b|his\b|her\b|its\b|their\b|be\b|have\b)[a-z]{3,20}\b", re.I)
UNTOLD = 0.6  # how far a sentence gives a reason that does not say of what


_HOW = re.compile(r"how\b", re.I)
_RESPONDED = re.compile(r"\b(?:respond|react|answer|repl)\w*\s[^,;.]{0,40}?\b(?:by|with)\b", re.I)
_MANNER = re.compile(r"\b(?:by|aboard|via|through|using|with|on board|on foot)\b", re.I)
_GROUPS = frozenset(
    text.stem(word)
    for word in """army forces force brigade brigades militia militias ministry agency council party government
    group front organisation observatory league nations union company academy prison city province district town
    village region camp hospital university airport states republic kingdom court parliament committee command room
    helmets campaign war summit axis democratic military police navy press news security human rights""".split()
)
ROLES = re.compile(
    r"\b(?:minister|president|leader|spokes\w+|head|chief|envoy|commander|general|director|expert|analyst|official"
    r"|king|prince|resident|secretary|ambassador|governor|mayor|colonel|captain|professor|journalist|activist|lawyer"
    r"|founder|chairman|chairwoman|coach|manager|owner|editor|judge)\b",
    re.I,
)


def gives(query: Query, sentence: str) -> float:
    """How well a sentence gives the kind of thing asked for, 0..1: 1 for a number where one is, 0 for none."""
    asked = frozenset(text.stems(query.sought))
    match query.expects:
        case "number":
            number = figure_for(query, sentence)
            overall = number is not None and not number.vague and scope(sentence, number) <= asked
            return 1.0 if overall else 0.5 if figures.quantities(sentence) else 0.0
        case "date":
            return float(bool(figures.dates(sentence) or figures.weekdays(sentence))) or 0.4 * bool(
                WHEN.search(sentence)
            )
        case "person":
            new = _new_names(sentence, asked)
            persons = [name for name in new if is_person(name)]
            return 1.0 if persons and ROLES.search(sentence) else 0.8 if persons else 0.35 if new else 0.0
        case "place":
            new = _new_names(sentence, asked)
            return 1.0 if any(is_place(sentence, sentence.find(name), name) for name in new) else 0.4 * bool(new)
        case "group":
            return float(bool(_new_names(sentence, asked)))
        case "name":
            return _names_head(query, sentence, asked)
        case "words":
            said = 0.5 * bool(_SAID.search(sentence))
            done = _HOW.match(query.sought) and _RESPONDED.search(sentence)  # "how did the mayor respond?"
            return 1.0 if done or text.quotations(sentence) else said
        case "reason":
            return _reason(query, sentence)
        case "manner":
            return float(bool(_MANNER.search(sentence)))
        case "yes_no" | "open":
            return 0.5


_LOCATED = re.compile(
    r"\b(?:in|to|from|at|near|into|inside|outside|towards?|around|leaving|entered|left|visit(?:ed|s)?|town of|city of)"
    r"\s+(?:the\s+)?$",
    re.I,
)
_NO_WAY = re.compile(
    r"\b(?:(?:ties|tied|links?|linked|close|loyal|according|relat\w+|due|thanks|owing|allied|hostile|opposed|support"
    r"|threats?|dangers?|message|appeal\w*|letter)\s+to|(?:counterparts?|ministers?|officials?|envoys?|experts?|groups?|militias?)\s+from)"
    r"\s+(?:the\s+)?$",
    re.I,
)
_BODIES = frozenset(
    text.stem(word)
    for word in """army forces force brigade brigades militia ministry agency council party front organisation union
    company parliament committee command police navy kremlin""".split()
)


_OWNED = re.compile(r"['’]s|..['’]s")  # at the end of a name, or behind it
_LEAVING = re.compile(r"\b(?:left|leaving)\s+(?:the\s+)?$", re.I)


def is_place(sentence: str, start: int, name: str) -> bool:
    """Whether a name that begins at `start` is told as where somebody or something is, was or goes."""
    before = sentence[max(0, start - 40) : start]
    if _LEAVING.search(before) and _OWNED.match(sentence, start + len(name) - 2):
        return False  # "left Osterby's roofs broken"
    located = _LOCATED.search(before) is not None and _NO_WAY.search(before) is None
    return located and _BODIES.isdisjoint(text.stems(name))


WHEN = re.compile(
    r"\b(?:yesterday|today|overnight|last (?:week|month|year|night)|weekend|earlier(?! that day)"
    r"|(?:days?|nights?|weeks?|months?|years?) (?:ago|before|earlier|later|after))\b",
    re.I,
)
_SAID = re.compile(
    r"\b(?:said|says|told|warn\w*|declar\w*|claim\w*|stat(?:ed|ing|es)|stress\w*|announc\w*|express\w*"
    r"|call(?:ed|s|ing)|vow\w*|urg\w*|descri\w*|ad(?:ded|ding)|insist\w*|according to)\b",
    re.I,
)


def _reason(query: Query, sentence: str) -> float:
    """How far a sentence gives a reason for what is asked, 0..1: none where what is asked is itself the reason."""
    named = {term for name in query.names for term in name}
    event = {like for term in query.terms if term not in named for like in (term, *synonyms(term))}
    places = [word.start for word in text.words(sentence) if word.stem in event]
    if denies(query):
        told = (_HANGS_ON.search(sentence) or _BECAUSE.search(sentence)) and _denies(query, sentence)
        return (1.0 if places else UNTOLD) if told else 0.0
    by = [word for word in text.words(sentence) if word.stem in event and _BY.match(sentence, word.end)]
    if by and _WHY_IS.match(query.sought):
        return 1.0
    if _ITSELF.search(sentence) and (places or not event):
        return 1.0
    if _SO_FAST.search(query.sought):
        return 0.0
    effects = [
        _before_or_behind(sentence, found)
        for found in _BECAUSE.finditer(sentence)
        if not (_AFTER_LONG.match(sentence, found.start()) and text.stems(sentence[: found.start()]))
    ]
    effects += [text.Span(found.end(), len(sentence)) for found in _SO.finditer(sentence)]
    if not MOVES.isdisjoint(event):  # who travels to meet somebody says why
        effects += [text.Span(0, found.start()) for found in _IN_ORDER.finditer(sentence)]
    if not effects or not event:
        return float(bool(effects))
    if not places:
        return UNTOLD
    return float(any(span.start <= place < span.end for span in effects for place in places))


def denies(query: Query) -> bool:
    """Whether it is asked why something is not done."""
    return _WHY_NOT.match(query.sought) is not None


_PART = re.compile(r"[,;:—–]")
_HE = re.compile(r"\b(?:it|he|she|they|its|his|her|their)\b", re.I)


def _denies(query: Query, sentence: str) -> bool:
    """Whether it is of the first name of a question, or of "it", that a sentence says what is not done."""
    who = {stem for term in next(iter(query.names), ()) for stem in (term, *SEATS.get(term, ()))}
    for match in _IS_NOT.finditer(sentence):
        begin = max((cut.end() for cut in _PART.finditer(sentence, 0, match.start())), default=0)
        piece = sentence[begin : match.start()]
        if not who or not who.isdisjoint(text.stems(piece)) or _HE.search(piece):
            return True
    return False


def _before_or_behind(sentence: str, marker: re.Match[str]) -> text.Span:
    """What a reason is given for: what stands before "because", or behind the comma where that begins the sentence."""
    if any(text.is_content(word) for word in text.words(sentence[: marker.start()])):
        return text.Span(0, marker.start())
    comma = sentence.find(",", marker.end())
    return text.Span(comma if comma >= 0 else len(sentence), len(sentence))


def _new_names(sentence: str, asked: frozenset[str]) -> list[str]:
    spans = text.names(sentence)
    return [
        sentence[span.start : span.end]
        for span in spans
        if not asked.issuperset(text.stems(sentence[span.start : span.end]))
    ]


def is_person(name: str) -> bool:
    """Whether a name looks like a person's: two words or more, none of them an institution's or a country's."""
    parts = text.words(name)
    stems = {part.stem for part in parts}
    return len(parts) >= 2 and not stems & _GROUPS and not all(stem in SEATS for stem in stems)


def _names_head(query: Query, sentence: str, asked: frozenset[str]) -> float:
    """1 when a new name stands by the noun whose name is asked: "the Fox campaign", "a campaign called Fox"."""
    nouns = [term for term in query.terms if term != "call"]  # "what is the campaign called?" asks of the campaign
    if not nouns:
        return 0.0
    head = nouns[-1]
    tokens = text.words(sentence)
    at = [token for token in tokens if token.stem == head]
    for span in text.names(sentence):
        if asked.issuperset(text.stems(sentence[span.start : span.end])):
            continue
        for token in at:
            gap = sentence[span.end : token.start] if token.start >= span.end else sentence[token.end : span.start]
            if len(gap) <= 3 or re.fullmatch(
                r",? (?:called|named|known as|dubbed|codenamed|code-named)(?: the)? [“\"']?", gap
            ):
                return 1.0
    return 0.0


_CLAUSE = re.compile(r"[,;:—–()]")


_COUNTED = re.compile(
    r"\bhow many (?:(?:\w+ ){0,2}?(\w+) (?:did|do|does|have|has|had|were|was|are|is|will)\b|(\w+))", re.I
)


def counted(query: Query) -> str:
    """The stem of the noun behind "how many", where it says more than "people"; empty for none."""
    match = _COUNTED.search(query.sought)
    noun = text.stem(match[1] or match[2]) if match else ""
    return noun if noun in query.terms else ""


def _counted(query: Query) -> tuple[str, ...]:
    """What a figure has to be of: the noun after "how many" if it says more than "people", else all that is asked."""
    noun = counted(query)
    return (noun,) if noun else query.terms


def figure_for(query: Query, sentence: str) -> figures.Number | None:
    """The figure that stands in one clause with what the question asks about, nearest to it; None when none does."""
    wanted = _counted(query)
    about = [
        word
        for word in text.words(sentence)
        if word.stem in wanted or any(word.stem in synonyms(term) for term in wanted)
    ]
    cuts = [
        match.start() for match in _CLAUSE.finditer(sentence) if not sentence[match.end() : match.end() + 1].isdigit()
    ]
    best: tuple[int, figures.Number] | None = None
    for number in figures.quantities(sentence):
        for word in about:
            left, right = sorted((word.start, number.start))
            if any(left < cut < right for cut in cuts):
                continue
            if best is None or right - left < best[0]:
                best = (right - left, number)
    return best[1] if best else None


_PLACE = re.compile(r"\b(?:in|near|around|at)\s+(?:the\s+)?$")


def scope(sentence: str, number: figures.Number) -> set[str]:
    """Stems of the place that its clause limits a figure to: "12 people in Aleppo" has one, "412 in all" none."""
    clause = re.split(r"[,;]|\band\b", sentence[number.end :], maxsplit=1)[0]
    spans = [span for span in text.names(clause) if _PLACE.search(clause[: span.start])]
    return {stem for span in spans for stem in text.stems(clause[span.start : span.end])}
