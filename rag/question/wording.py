"""What a question says: the kind of answer it calls for, the terms that evidence should hold, the names in it."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from rag import text

MAX_CHARACTERS = 2_000  # of a question, and of each earlier turn that is read

Expects: TypeAlias = Literal[
    "person", "number", "date", "place", "group", "name", "reason", "manner", "words", "yes_no", "open"
]

_NOUNS: dict[Expects, str] = {
    "person": """person man woman leader minister president official spokesman spokeswoman spokesperson envoy head
        commander general diplomat expert analyst chief leaders officials ministers people""",
    "place": """city town village country province region place area district neighbourhood neighborhood capital cities
        towns countries provinces neighbourhoods neighborhoods state base""",
    "date": "date day month year time week weekday morning evening",
    "number": "number figure toll percentage share amount price sum total",
    "group": """group organisation organization agency outlet militia faction party company brigade army side alliance
        body groups agencies outlets militias factions organisations organizations newspaper council""",
    "reason": "reason reasons cause purpose motive aim",
}
_HEADS: dict[str, Expects] = {noun: kind for kind, nouns in _NOUNS.items() for noun in nouns.split()}
AUXILIARY = frozenset(
    """is are was were am do does did has have had can could will would shall should may might must isn't aren't wasn't
    weren't don't doesn't didn't hasn't haven't hadn't can't couldn't won't wouldn't""".split()
)
_AFTER_HEAD = frozenset(
    ["of", "for", "in", "on", "at", "after", "behind", "before", "so", "that", "to", "from", "since", "by", "according"]
)
_WHEN = frozenset(["this", "last", "next"])  # "which player this week": the noun has ended
_SAYING = re.compile(
    r"\b(?:say|said|tell|told|warn|warned|declare[sd]?|claim(?:ed|s)?|describe[ds]?|call(?:ed|s)?|respond(?:ed)?"
    r"|react(?:ed)?|think|thinks|comment(?:ed)?|announce[ds]?|state[ds]?|stress(?:ed)?|message|statement|quoted?|words?)\b",
    re.I,
)
OPENING = re.compile(r"^(?:and|but|so(?: far)?|then|also|well|ok|okay|please|now(?! that\b))[,\s]+", re.I)


def expectation(question: str) -> Expects:
    """The kind of answer that a question calls for."""
    plain = OPENING.sub("", question.casefold().replace("’", "'")).strip()
    first, _, rest = plain.partition(" ")
    first = first.rstrip("?,.:'s") if first.endswith("'s") else first.rstrip("?,.:")
    if first in AUXILIARY:
        return "yes_no"
    if re.match(
        r"(?:how (?:many|much|long|far|old|big|large|often)|for how long|what (?:number|percentage|share)|number of)\b",
        plain,
    ):
        return "number"
    if re.match(r"(?:who|whom|whose)\b", plain):
        return "person"
    if first == "when" or re.match(r"(?:since|until|by) when\b", plain):
        return "date"
    if first == "where":
        return "place"
    if re.search(r"\bwhat (?:is|was|are|were) the names? of\b", plain):
        return "name"
    if first == "why" or plain.startswith("what caused"):
        return "reason"
    if first in {"which", "what"} or re.match(
        r"(?:in|on|at|to|from|by|of|with|for|through|near) (?:which|what)\b", plain
    ):
        head = _head(plain)
        if head:
            return head
    if re.search(r"\bnames? of\b|\bcalled\?*$|\bnamed\?*$", plain):
        return "name"
    if re.search(r"\bhow (?:many|much)\b", plain):  # "were rescued after how many days"
        return "number"
    if re.search(r"\bwhich\b", plain) and (head := _head(plain)):
        return head
    if _SAYING.search(rest):
        return "words"
    return "manner" if first == "how" else "open"


def _head(plain: str) -> Expects | None:
    """The kind that the noun after "which" or "what" names: "which two towns", "on what day of the week"."""
    after = re.split(r"\b(?:which|what)\b", plain, maxsplit=1)[1]
    tokens = [word.text for word in text.words(after)][:7]
    predicate = bool(tokens) and tokens[0] in AUXILIARY  # "what is the price of": the noun must end its phrase
    for position, token in enumerate(tokens[predicate:4]):
        if token in AUXILIARY or token in _WHEN:
            break
        following = tokens[predicate:][position + 1 : position + 2]
        if token in _HEADS and not (predicate and following and following[0] not in _AFTER_HEAD):
            return _HEADS[token]
    return None


# --- terms -----------------------------------------------------------------------------------------------------------

# Words of asking, not of the thing asked about: evidence need not hold them.
_ASKING = frozenset(
    text.stem(word)
    for word in """many much name named names kind type sort day week weekday date time year number figure people person
    tell describe described explain list give show know known mention mentioned article articles outlet outlets news
    latest think happen happened happening last currently toll due stand mean exactly detail details according long
    two three""".split()
)


def terms(question: str) -> tuple[str, ...]:
    """The stems of a question that carry its meaning, each once; words of asking only where there are no others."""
    stems = [stem for stem in dict.fromkeys(text.stems(question)) if not _is_question_word(stem)]
    kept = [stem for stem in stems if stem not in _ASKING]
    return tuple(kept or stems)


_ASKED_FOR = re.compile(
    r"\bwhich\s+(?:[\w'’-]+\s+){0,3}?([\w'’-]+)\s+(?:did|do|does|was|were|is|are|has|have|had|will|would|can|could)\b",
    re.I,
)
_ASIDE = re.compile(r"\b(?:after|before|during|since|while|following)\b", re.I)


def asides(question: str) -> frozenset[str]:
    """The stems that evidence may well lack: of what only says when ("after the flood"), and of what is asked for.

    Who asks "which leaders" is told names, and not that they lead.
    """
    match = _ASIDE.search(question)
    main = question[: match.start()] if match and len(terms(question[: match.start()])) >= LEFT else question
    when = frozenset(terms(question[len(main) :])) - frozenset(terms(main))
    noun = _ASKED_FOR.search(main)
    return when | frozenset(text.stems(noun[1])) if noun and len(terms(main)) > LEFT else when


LEFT = 2  # terms that a question needs besides


def _is_question_word(stem: str) -> bool:
    return stem in {"who", "what", "when", "where", "which", "whi", "how"}


def names(question: str) -> list[str]:
    """The names in a question, in order; of its first word alone only a possessive: "Assad's whereabouts"."""
    found = [question[span.start : span.end] for span in text.names(question)]
    for word in text.words(question)[:1]:
        possessive = word.text[-2:] in {"'s", "’s"} and text.is_content(word)
        if word.text[0].isupper() and possessive and not any(name.startswith(word.text) for name in found):
            found.insert(0, word.text)
    return found


def capital(sentence: str) -> str:
    """A sentence with its first letter as it begins one."""
    return sentence[:1].upper() + sentence[1:]
