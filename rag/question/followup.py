"""A follow-up made to stand alone: what it leaves out is filled in from the conversation, by rules one can foresee."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import figures, text
from rag.question.wording import AUXILIARY, MAX_CHARACTERS, OPENING, capital, names, terms
from rag.types import Turn

_MONTH_WORDS = frozenset(figures.MONTHS) | frozenset(figures.WEEKDAYS)


def _entities(sentence: str) -> list[str]:
    """Names that can be an antecedent: no months, no weekdays, a leading article kept off."""
    return [name for name in names(sentence) if name.casefold() not in _MONTH_WORDS]


_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|there|this|that|these|those)\b(?:['’]s)?", re.I
)
_ABOUT = re.compile(
    r"^(?:(?:and|but|so|or)\b[,\s]*)?(?:(?:what|how) about|and|or)\s+"
    r"(?:(?P<preposition>in|from|for|by|with|of|to|at|on|about|near)\s+)?(?P<topic>[^?]+)\??$",
    re.I,
)
_BARE = re.compile(
    r"^(?:why|when|where|who|how|how many|how much|by whom|since when|which ones?)(?: not| so| exactly| else)?\s*\??$",
    re.I,
)


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves out filled in from the conversation; unchanged when it stands alone already."""
    earlier = [turn.content for turn in history if turn.role == "user"]
    if not earlier:
        return question
    previous = " ".join(earlier[-1].split())[:MAX_CHARACTERS]
    replies = [turn.content for turn in history if turn.role == "assistant"]
    reply = replies[-1][:MAX_CHARACTERS] if replies else ""
    opened = OPENING.sub("", question)
    if _BARE.match(opened):
        return f"{capital(opened.rstrip('? '))}, about: {previous.rstrip('?')}?"
    about = _ABOUT.match(question)
    if about and not _asks(about["topic"]):
        return _exchange(previous, about["preposition"], about["topic"].strip())
    return _resolve(opened, previous, reply)


def _asks(topic: str) -> bool:
    """Whether a fragment asks by itself: it holds a question word or an auxiliary."""
    tokens = [word.text.casefold() for word in text.words(topic)]
    asking = {"what", "who", "when", "where", "why", "how", "which", "whom"}
    return any(token in AUXILIARY or token in asking for token in tokens)


def _exchange(previous: str, preposition: str | None, topic: str) -> str:
    """The previous question asked of another topic: "And in Idlib?" after "How many died in Aleppo?"."""
    for name in reversed(_entities(previous)) if preposition else _entities(previous):
        at = previous.find(name)
        before = previous[:at].rstrip().rpartition(" ")[2].casefold()
        if not preposition or before == preposition.casefold() or before == "the":
            return previous[:at] + topic + previous[at + len(name) :]
    return f"{previous.rstrip('?')} {preposition or 'about'} {topic}?"


def _resolve(question: str, previous: str, reply: str) -> str:
    """The question with its first pronoun replaced by what the conversation was about."""
    own = _entities(question)
    for match in _PRONOUN.finditer(question):
        word = match.group().casefold().removesuffix("'s").removesuffix("’s")
        if word in {"this", "that", "these", "those"} and not _is_bare_demonstrative(question, match.end()):
            continue
        if word in {"it", "there", "that"} and _is_dummy(question, match):
            continue
        if any(question.find(name) < match.start() for name in own) and word not in {"there"}:
            break  # the pronoun more likely speaks of the name in its own sentence
        antecedent = None if word in {"that", "this", "these", "those"} else _antecedent(word, previous, reply)
        if not antecedent:
            return f"{capital(question.rstrip('? '))}, about: {previous.rstrip('?')}?"
        possessive = word in {"its", "their", "his", "theirs", "hers"} or (
            word == "her" and _before_noun(question, match.end())
        )
        filled = f"in {antecedent}" if word == "there" else f"{antecedent}’s" if possessive else antecedent
        return capital(question[: match.start()] + filled + question[match.end() :])
    if not own and len(terms(question)) < 2:
        return _recast(question, previous)
    return capital(question)


_COUNTED = re.compile(r"\b(?:how (?:many|much)|which|what) \w+", re.I)


def _recast(question: str, previous: str) -> str:
    """A question of hardly a word, filled from the one before: "How many civilians?" after "How many people died?"."""
    counted = _COUNTED.fullmatch(question.rstrip("? "))
    before = _COUNTED.search(previous)
    if counted and before and counted.group().split()[:-1] == [part.casefold() for part in before.group().split()[:-1]]:
        return previous[: before.start()] + capital(question.rstrip("? ")) + previous[before.end() :]
    if terms(question) and (entities := _entities(previous)):
        return f"{capital(question.rstrip('? '))} ({', '.join(entities[:3])})?"
    return f"{capital(question.rstrip('? '))}, about: {previous.rstrip('?')}?"


def _is_bare_demonstrative(question: str, end: int) -> bool:
    following = text.words(question[end:])[:1]
    return not following or following[0].text.casefold() in AUXILIARY | {"and", "or", "to", "for", "with", "by"}


def _is_dummy(question: str, match: re.Match[str]) -> bool:
    """Whether the pronoun stands for nothing: "is it true that", "are there any", "does it take", "say that"."""
    before = [word.text.casefold() for word in text.words(question[: match.start()])][-1:]
    after = [word.text.casefold() for word in text.words(question[match.end() :])][:2]
    word = match.group().casefold()
    if word == "there":
        return bool(before) and before[0] in AUXILIARY
    if word == "that":
        return bool(before) and before[0] not in AUXILIARY and bool(after)
    return bool(after) and after[0] in {"true", "possible", "take", "takes", "likely", "clear", "known"}


def _before_noun(question: str, end: int) -> bool:
    following = text.words(question[end:])[:1]
    return bool(following) and text.is_content(following[0])


_LIST = re.compile(r"\b[A-Z]\w+,? (?:and|,) [A-Z]")  # of several names none is "it"
_PLACE_BEFORE = re.compile(r"\b(?:in|to|from|at|near|inside|around|into|of|controls?|over)\s+(?:the\s+)?$", re.I)


def _antecedent(pronoun: str, previous: str, reply: str) -> str | None:
    """What a pronoun most likely stands for.

    "It" after "What did they announce?" is what the answer puts in quotation marks; else it is the name that the last
    question was about, or that the last answer names first.
    """
    if pronoun in {"it", "its"} and _LIST.search(previous):
        return None
    if pronoun in {"it", "its"} and previous[:5].casefold() == "what ":
        for span in text.quotations(reply):
            if len(reply[span.start : span.end].split()) <= 6:
                return f"the {reply[span.start : span.end]}"
    for source in (previous, reply):
        candidates = _entities(source)
        places = [name for name in candidates if _PLACE_BEFORE.search(source[: source.find(name)])]
        if pronoun == "there":
            candidates = (places or candidates)[-1:]
        elif pronoun in {"he", "him", "his", "she", "her", "hers"} or len(candidates) > len(places):
            candidates = [name for name in candidates if name not in places]
        if candidates:
            break
    else:
        return None
    chosen = candidates[0]
    if pronoun in {"it", "its", "they", "them", "their"} and source[: source.find(chosen)].casefold().endswith("the "):
        return f"the {chosen}"
    return chosen
