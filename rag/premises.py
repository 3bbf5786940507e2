"""What a question takes for granted or asks to be so, as a clause of its own: "the mill has closed"."""

from __future__ import annotations

import re

from rag import demands, text
from rag.question import OPENING, Query

LONGEST = 120  # characters of a premise that is named
_WHY = re.compile(r"(?:why|when|where|how)\s+(?=\w)", re.I)
_AUXILIARY = re.compile(r"(is|are|was|were|has|have|had|did|do|does)\s+", re.I)
_DID = frozenset(["did", "do", "does"])
_EVERYBODY = frozenset(map(text.stem, ("born", "live")))  # that somebody was born is not in doubt
_DOUBLED = re.compile(
    r"[^aeiou]*[aeiou][bdfgklmnprtvz]|(?:beg|adm|comm|perm|ref|occ|contr|reg)(?:in|it|er|ur|ol|ret)", re.I
)


def premise(query: Query) -> str | None:
    """What has to be told for a question to have an answer, to stand behind "no sentence".

    "says that the mill has closed", and where the question has "did", "tells of the mill closing"; None for
    one that is not read so.
    """
    if query.parts or query.quoted:
        return None
    sought = OPENING.sub("", query.sought).strip(" ?.!")
    did = sought[match.end() :] if (match := _WHY.match(sought)) else sought
    auxiliary = _AUXILIARY.match(did)
    _, _, event = demands.deed(query, did)
    if auxiliary is None or event is None or len(did) > LONGEST or event.stem in _EVERYBODY:
        return None
    who = did[auxiliary.end() : event.start].strip()
    if not who:
        return None
    if auxiliary[1].casefold() in _DID:
        return f"tells of {who} {gerund(event.text)}{did[event.end :]}"
    return f"says that {who} {auxiliary[1].casefold()} {did[event.start :]}"


def gerund(verb: str) -> str:
    """The form in -ing of an English verb."""
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return f"{verb[:-1]}ing"
    return f"{verb}{verb[-1]}ing" if _DOUBLED.fullmatch(verb) else f"{verb}ing"
