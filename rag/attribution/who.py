"""Who a speaker is: pronouns and short names resolved by what the article says before, or not at all."""

from __future__ import annotations

import re

from rag import text
from rag.attribution import nouns
from rag.attribution.spoken import SPOKEN, sentences, silenced
from rag.attribution.verbs import Found, found_in

UNNAMED = "a speaker not named there"  # "he said", and nothing tells who he is
STEPS = 4  # links of a chain of "he said" that are followed back,
SENTENCES = 3  # and sentences back to whom a "he" means

_TITLE = re.compile(r"\w+\s+(?:of\s+|for\s+)?[A-Z]")  # "Bank of Norway", "President Holm"
_OWN = re.compile(r"(?:its|their|his|her)\s", re.I)
_SAME = re.compile(r"the\s+same\s", re.I)


def resolved(found: Found, said: str, context: str, *, steps: int = STEPS) -> str:
    """The name or description of a found speaker of a sentence, given what stands before; UNNAMED where none is."""
    parts = found.phrase.strip(" ,").split(", ")
    phrase = ", ".join([part for part in parts if not _OWN.match(part)] or parts)
    if phrase.casefold() in nouns.PRONOUNS:
        return _pronoun(phrase.casefold(), said[: found.start], context, steps) or UNNAMED
    if _SAME.match(phrase):
        return _last_speaker(context, steps) or UNNAMED
    return _whole(phrase if found.start else _lowered(phrase), f"{context} {said}")


def speaking_on(said: str, context: str) -> str | None:
    """Who spoke before, where a sentence is nothing but the rest of a quotation; else None."""
    bare = said.strip()
    if not (bare and bare[0] in '“"«' and bare[-1] in '”"»' and silenced(bare) == SPOKEN * len(bare)):
        return None
    return _last_speaker(context, STEPS) or UNNAMED


def _lowered(phrase: str) -> str:
    """A phrase that begins a sentence as it stands inside one."""
    first = phrase.split(maxsplit=1)[0].casefold()
    people = first in nouns.SPEAKERS or (first == phrase.casefold() and nouns.is_plural(first))
    small = first in nouns.DETERMINERS or (people and not _TITLE.match(phrase))
    return phrase[0].lower() + phrase[1:] if small else phrase


def _last_speaker(context: str, steps: int) -> str | None:
    """Who speaks in the last sentence of a text."""
    silent = silenced(context)
    spans = sentences(context, silent)
    if not spans or not steps:
        return None
    last = spans[-1]
    found = found_in(silent[last.start : last.end], last.end)
    if found is None:
        return None
    named = resolved(found, context[last.start : last.end], context[: last.start], steps=steps - 1)
    return None if named == UNNAMED else named


def _pronoun(pronoun: str, ahead: str, context: str, steps: int) -> str | None:
    """Whom a pronoun means: one in the words before it, who spoke last, or one in the sentence before."""
    personal = pronoun in {"he", "she"}
    meant = _one_person if personal else _subject
    if personal and len(_people(silenced(ahead))) > 1:
        return None
    if (named := meant(ahead, context)) is not None:
        return named
    for span in reversed(text.sentences(context)[-(SENTENCES if personal else 1) :]):
        last = _last_speaker(context[: span.end], steps)
        if last is not None:
            person = _is_person(last) or _ONE.search(last.partition(",")[0]) is not None
            return last if person == personal or pronoun == "they" else None
        said = context[span.start : span.end]
        named = meant(said, context)
        if named or (personal and _people(silenced(said))):
            fits = personal or (named and nouns.is_name(named.split()[-1]) and _is_person(named) <= (pronoun == "they"))
            return named if fits else None
    return None


def _one_person(said: str, context: str) -> str | None:
    """The one person whom a sentence names, if it is about that one."""
    silent = silenced(said)
    people = _people(silent)
    about = len(people) == 1 and silent.find(people[0]) <= len(nouns.leading(silent)) + len(", ")
    return _whole(people[0], f"{context} {said}") if about else None


def _subject(said: str, context: str) -> str | None:
    """What a sentence begins with, where that can speak."""
    subject = nouns.leading(silenced(said))
    return _whole(_lowered(subject), f"{context} {said}") if subject and not _OWN.match(subject) else None


# --- names -----------------------------------------------------------------------------------------------------------

_ONE = re.compile(
    r"\b(?:\w+(?:er|or|ist|ian|man|woman|person|eer)|resident|official|source|witness|analyst|expert|president|king|queen"
    r"|captain|head|chief|mother|father|sister|wife|aide|envoy|diplomat|student|secretary|judge|deputy)$"
)
_INSTITUTIONS = re.compile(
    r"\b(?:Observatory|Office|Ministry|Army|Forces?|Party|Union|League|Council|Committee|Agency|Bank|Court|House|Brigades?"
    r"|University|Times|Post|Group|Company|Street|Republic|States|Kingdom|Nations|Sea|City|Province|Islands?|Command"
    r"|Association|Institute|Cent(?:er|re)|Foundation|Museum|Network|Cooperation|Project|Club|Magazine|News|Studios?|Records"
    r"|Corp|Inc|Ltd|Partners|Capital|of|for)\b"
)
_PLACED = re.compile(r"\b(?:in|at|from|near|to|of|across)\s+$")
_DIRECTIONS = frozenset("north south east west new united central northern southern eastern western".split())
_NO_NAMES = (nouns.STOPS | nouns.OPENERS | _DIRECTIONS) - nouns.OF


def name_words(phrase: str) -> list[str]:
    """The words of the last name in a phrase, folded: of "UN envoy Greta Holm" the two last."""
    said = f"of {phrase.partition(',')[0]}"  # so that nothing begins the sentence
    names = text.names(said)
    return _words(said[names[-1].start : names[-1].end]) if names else []


def _words(name: str) -> list[str]:
    return text.fold(name).replace("-", " ").split()


def _is_person(name: str) -> bool:
    """Whether a name can be a person's: two words or more, none of them an institution's."""
    return len(name_words(name)) > 1 and not _INSTITUTIONS.search(name.partition(",")[0])


def _people(said: str) -> list[str]:
    """The names in a text that can be a person's, each once, but for those of places."""
    spans = [span for span in text.names(said) if not _PLACED.search(said, max(0, span.start - 8), span.start)]
    return list(dict.fromkeys(name for span in spans if _is_person(name := said[span.start : span.end])))


def _whole(phrase: str, context: str) -> str:
    """A surname, or "the Observatory", as the whole name that the text gives it, where there is but one."""
    bare = phrase.removeprefix("the ")
    if not bare[:1].isupper() or len(bare.split()) > 1:
        return phrase
    short = _words(bare)
    names: dict[str, str] = {}
    for span in text.names(context):
        name = context[span.start : span.end]
        words = _words(name)
        institution = _INSTITUTIONS.search(name) is not None
        fits = words[-1:] == short[-1:] and not institution if phrase == bare else short[-1] in words and institution
        if fits and len(words) > len(short) and not _NO_NAMES & set(words):
            names.setdefault(" ".join(words), name)
    distinct = [key for key in names if not any(other != key and key.endswith(other) for other in names)]
    if len(distinct) != 1:
        return phrase
    return names[distinct[0]] if phrase == bare else f"the {names[distinct[0]]}"
