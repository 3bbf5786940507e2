"""On whose word an article says something: the speaker whom a sentence names or describes, or nobody but the outlet.

Read from the words alone: "according to X", "X said", "said X", "by X's count", ", he said". A verb of saying counts
only with a subject that can speak; what cannot be told is the outlet's own voice.
"""

from __future__ import annotations

from rag import text
from rag.attribution.spoken import sentences, silenced
from rag.attribution.verbs import found_in
from rag.attribution.who import UNNAMED as UNNAMED
from rag.attribution.who import name_words, resolved, speaking_on

UNKNOWN_OUTLET = "outlet unknown"
LONGEST = 4_000  # characters of what is still a quote,
BEFORE = 6_000  # and of what stands before it that are read


def speaker(quote: str, *, before: str = "", at: int | None = None) -> str | None:
    """The name or description of who says what a quote says; None is the outlet's own voice.

    `before` is the article up to the quote: it tells who "he" or "the Observatory" is. A pronoun that nothing resolves
    is UNNAMED, which is nobody's name: two of them need not be one. Of a quote of several sentences the last counts. An
    attribution of a part alone (", and the army said ...") counts where `at`, an offset into the quote, lies in it.
    """
    if len(quote) > LONGEST:
        return None
    silent = silenced(quote)
    spans = sentences(quote, silent)
    if not spans:
        return None
    span = next((one for one in spans if at is not None and one.start <= at < one.end), spans[-1])
    said, context = quote[span.start : span.end], f"{before[-BEFORE:]} {quote[: span.start]}"
    found = found_in(silent[span.start : span.end], None if at is None else at - span.start)
    return speaking_on(said, context) if found is None else resolved(found, said, context)


def voice(outlet: str | None, speaker: str | None) -> str:
    """Who says it, for readers: "Harbour Post, quoting Karim Haddad"; "outlet unknown" where that is so."""
    named = outlet or UNKNOWN_OUTLET
    return f"{named}, quoting {speaker}" if speaker else named


def same(one: str | None, other: str | None) -> bool:
    """Whether two speakers are surely one: the same name, with or without office. "Officials" are others each time."""
    if one is None or other is None or UNNAMED in (one, other):
        return False
    if text.fold(one) == text.fold(other):
        return any(character.isupper() for character in one)
    short, long = sorted((name_words(one), name_words(other)), key=len)
    return len(short) > 1 and long[-len(short) :] == short
