"""Verbs of saying with their subjects, and other ways to say on whose word a sentence is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.attribution.nouns import PRONOUNS, RELATIVES, can_speak, leading, phrase_after, phrase_start
from rag.attribution.spoken import SPOKEN


class Found(NamedTuple):
    """A speaker as the sentence words it, where those words stand, and from where on it is on that speaker's word."""

    phrase: str
    start: int
    scope: int = 0


_CITED = re.compile(
    r"\b(?:according\s+to|as\s+per|(?:as\s+)?(?:reported|said|stated)\s+by|citing|quoting|in\s+the\s+words\s+of)\s+",
    re.I,
)
# What is no source: "according to plan", "according to reports".
_VAGUE = re.compile(
    r"\b(?:reports?|rumou?rs?|accounts?|plans?|laws?|agreements?|treat(?:y|ies)|deals?|traditions?|schedules?|customs?|rules?"
    r"|contracts?|orders?|others?|this|that|which|whom|it)$",
    re.I,
)
_COUNTED = re.compile(
    r"\b(?:by|on|in)\s+(?P<who>[^,.;:\x00]{2,80}?)(?:['’]s|(?<=s)['’])\s+(?:own\s+)?"
    r"(?:account|count|tally|estimate|reckoning|words|view)\b",
    re.I,
)
_AS_SAYING = re.compile(r"\bquot(?:ed|es|ing)\s+(?P<who>[^,.;:\x00]{2,80}?)\s+as\s+(?:saying|telling|warning)\b", re.I)
_ISSUED = r"(?:issued|released|published)\s+an?\s+(?:\w+\s+)?"
_STATEMENT = _ISSUED + r"(?:statement|communiqué|report)(?=\s+(?:\w+ing|that|in\s+which)\b)"
# These say something whatever follows them,
_STRONG = rf"""said|says|told|tells|warned|warns|stated|claimed|insisted|insists|alleged|alleges|asserted|stressed
    |stresses|denied|denies|conceded|concedes|testified|accused|accuses|reported|confirmed|confirms|acknowledged
    |assured\b(?=[^.;\x00]{{1,80}}\sthat\b)
    |spoke\s+of|speaks?\s+of|shared\s+that|described\b(?=[^.;\x00]{{1,80}}\sas\b)|{_STATEMENT}"""
# these only before a clause or a quotation, or after one,
_ACT = """announced|announces|declared|declares|added|adds|noted|notes|explained|explains|revealed|reveals|reiterated
    |emphasi[sz]ed|admitted|admits|complained|wrote|writes|maintains|maintained|states|recalled|indicated|pointed\\s+out
    |points\\s+out|declare|announce|add|note|admit|answered|replied|responded"""
# and these where a clause may begin with "the" as well.
_HOLD = """say|warn|claims?|reports?|argue|argues|argued|insist|estimates?|estimated|predicts?|predicted|deny|believes?
    |believed|suggests?|suggested|thinks?|fears?|point\\s+out|tell|stress"""
_PARTICIPLE = """saying|stating|claiming|warning|reporting|arguing|insisting|alleging|acknowledging|confirming|adding
    |noting|declaring"""
_VERB = re.compile(
    rf"\b(?:(?P<strong>{_STRONG})|(?P<act>{_ACT})|(?P<hold>{_HOLD})|(?P<participle>{_PARTICIPLE}))\b", re.X
)
_WHEN = r"(?:\s+(?:on|in|at|during|late|early|earlier|after|to|from|yesterday|today|[A-Z][a-z]+day)\b[^,.;:]{0,60}?)?"
_CLAUSE_AFTER = re.compile(
    rf"{_WHEN}\s+(?:that|how|why|whether)\b|\s+(?:he|she|it|they|there)\s|(?:\s+[\w-]+){{0,3}}\s*\x00"
    rf"|{_WHEN}\s*(?:[,:.!?]|$)"
)
_THE_AFTER = re.compile(r"\s+(?:the|an?|its|their|his|her|some|most|[A-Z][\w’'-]+|\d+)\s|\s+to\s+have\b")
_NOT_SAYING = re.compile(
    r"\s+(?:[\w,]+\s+){0,5}?(?:lives|life|victims|titles?|victory|prizes?|credit)\b|\s+(?:to\s+(?!have\b)|up\b|\d)",
    re.I,
)
_PASSIVE = re.compile(r"\b(?:is|are|was|were|be|been|being|not|never|nor|n['’]t|to)\s+(?:\w+ly\s+)?$", re.I)
_BETWEEN = re.compile(
    r"(?:\s+(?:has|have|had|also|later|further|earlier|then|now|since|again|meanwhile|both|all|too|himself|herself|[a-z]+ly"
    r"|(?:on\s+)?[A-Z][a-z]+day))*\s*$"
)
_INVERTED = re.compile(
    r"^(?:said|says|added|adds|wrote|writes|warned|warns|explained|noted|insisted|reported|stated|stressed|argued|declared"
    r"|confirmed|recalled|announced|claimed)$"
)


def found_in(silent: str, at: int | None) -> Found | None:
    """The attribution that holds for a sentence or, with `at`, for that place in it."""
    for found in (*_cited(silent), *_subjects(silent)):
        if found.scope == 0 or (at is not None and at >= found.scope):
            return found
    return None


def _cited(silent: str) -> Iterator[Found]:
    for match in _CITED.finditer(silent):
        phrase = phrase_after(silent, match.end())
        if can_speak(phrase) or (phrase and not _VAGUE.search(phrase)):
            yield Found(phrase, match.end())
    for pattern in (_AS_SAYING, _COUNTED):
        for match in pattern.finditer(silent):
            if can_speak(match["who"]):
                yield Found(match["who"], match.start("who"))


def _subjects(silent: str) -> Iterator[Found]:
    """The subjects of the verbs of saying, those of parts with where the part begins."""
    for verb in _VERB.finditer(silent):
        kind = verb.lastgroup
        if _NOT_SAYING.match(silent, verb.end()) and verb.group() in _OTHERWISE:
            continue
        clause = _CLAUSE_AFTER.match(silent, verb.end()) or (kind == "hold" and _THE_AFTER.match(silent, verb.end()))
        if kind in {"act", "hold"} and not clause:
            continue
        if _PASSIVE.search(silent, max(0, verb.start() - 40), verb.start()):
            continue
        if kind == "participle":
            yield from _of_participle(silent, verb.start())
            continue
        left = _BETWEEN.search(silent, max(0, verb.start() - 80), verb.start())
        stop = left.start() if left else verb.start()
        found = _inverted(silent, verb, stop) or _before(silent, stop)
        closing = bool(clause and _CLOSING.search(clause.group()))
        if found is not None and not (closing and kind == "hold" and not _AFTER_COMMA.search(silent[: found.start])):
            yield found


# "..., experts note." says something; "they filed police reports." does not.
_CLOSING = re.compile(r"[.!?]$|^$")
_AFTER_COMMA = re.compile(r"[,;—–”\"\x00]\s*$")
_OTHERWISE = frozenset(["claimed", "claim", "claims", "added", "adds", "reported", "noted"])


def _inverted(silent: str, verb: re.Match[str], stop: int) -> Found | None:
    """The subject after its verb: "..., said Karim Haddad"."""
    if not _INVERTED.match(verb.group()) or silent[stop - 1 : stop] not in {",", '"', "”", "’", SPOKEN, ""}:
        return None
    start = verb.end() + (silent[verb.end() : verb.end() + 1] == " ")
    phrase = phrase_after(silent, start)
    ends = _ENDS if silent[stop - 1 : stop] == "," else _ENDS_SPEECH
    return Found(phrase, start) if can_speak(phrase) and ends.match(silent, start + len(phrase)) else None


_DAY = r"\s+(?:today|yesterday|(?:on\s+|late\s+|early\s+)*[A-Z][a-z]+day)\b"
_ENDS = re.compile(rf"\s*(?:[,.;!?\x00]|$)|{_DAY}")
_ENDS_SPEECH = re.compile(
    rf"\s*(?:[,.;:!?\x00]|$)|{_DAY}|\s+(?:of|to|in|at|on|during|after|before|as|when|while|via|by|last|who|whose)\b"
)


def _before(silent: str, stop: int) -> Found | None:
    """The subject that ends at `stop`, with what stands beside it between commas: "Karim Haddad, the mayor, said"."""
    beside = ""
    if silent[stop - 1 : stop] == ",":
        comma = silent.rfind(",", 0, stop - 1)
        inner = silent[comma + 1 : stop - 1].strip()
        if comma < 0 or not inner or len(inner) > 160 or _LISTED.match(inner):
            return None
        stop, beside = comma, "" if _ASIDE.match(inner) or len(inner) > 80 else inner
    start = phrase_start(silent, stop)
    phrase = silent[start:stop].strip()
    if _UNDER.search(silent, max(0, start - 12), start):
        return None
    if beside and (not can_speak(phrase) or _ANOTHER.search(phrase)):
        phrase = ""
        if can_speak(beside) and beside[0].isupper():
            phrase, beside = beside, ""
    if phrase.casefold() in RELATIVES:
        return _of_whom(silent, start)
    if not can_speak(phrase):
        return None
    relative = phrase.casefold() in PRONOUNS and _RELATIVE.search(silent, max(0, start - 12), start)
    scope = start if relative else _scope(silent, start)
    return Found(f"{phrase}, {beside}" if beside else phrase, start, scope)


_UNDER = re.compile(r"\b(?:after|before|since|when|until|till|if|unless|because|whether|what)\s+$", re.I)
_RELATIVE = re.compile(r"\b(?:who|whom|which|that|where)\s+$", re.I)
_LISTED = re.compile(r"(?:and|or)\b", re.I)
_ASIDE = re.compile(
    r"(?:who|whom|which|whose|however|meanwhile|too|in|on|at|for|from|speaking|citing|quoting|after|before|when|via|through"
    r"|as|by|then|while)\b",
    re.I,
)
_ANOTHER = re.compile(r"\b(?:them|whom)\b", re.I)
_JOINED = re.compile(r"(?:;|\b(?:and|but|while|whereas|although|though|yet))\s*$", re.I)


def _of_whom(silent: str, start: int) -> Found | None:
    """Whom "who said" is said of."""
    stop = len(silent[:start].rstrip(" ,"))
    begin = phrase_start(silent, stop)
    phrase = silent[begin:stop].strip()
    return Found(phrase, begin, start) if can_speak(phrase) else None


def _scope(silent: str, start: int) -> int:
    """Where the part begins that a subject speaks for: 0 for all, its own place where a clause is joined on."""
    ahead = silent[:start]
    joined = _JOINED.search(ahead)
    return start if joined and len(ahead[: joined.start()].split()) > 2 else 0


def _of_participle(silent: str, start: int) -> Iterator[Found]:
    """For that part alone: "with the army claiming", or who leads the sentence that goes on ", claiming"."""
    stop = len(silent[:start].rstrip())
    if silent[stop - 1 : stop] == ",":
        if phrase := leading(silent):
            yield Found(phrase, 0, start)
        return
    begin = phrase_start(silent, stop)
    phrase = silent[begin:stop].strip()
    if re.search(r"\bwith\s+$", silent[max(0, begin - 6) : begin]) and can_speak(phrase):
        yield Found(phrase, begin, begin)
