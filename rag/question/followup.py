"""A follow-up made to stand alone: what it leaves out is filled in from the conversation, by rules one can foresee."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import figures, text
from rag.question.discourse import ANYTHING, GROUP, MANY, NOUNS, PERSON, PRONOUNS, Discourse, Thing, mentioned, titles
from rag.question.wording import AUXILIARY, MAX_CHARACTERS, OPENING, capital, names, terms
from rag.thesaurus import synonyms
from rag.types import Turn

KNOWN_WORDS = 10  # up to which an answer, or a title in it, is named as known
READ = 300  # characters of an answer that are read for names
EXCHANGES = 6  # exchanges that are read beside the first

_MONTH_WORDS = frozenset(figures.MONTHS) | frozenset(figures.WEEKDAYS)
_PRONOUN = re.compile(rf"\b(?:{'|'.join(sorted(PRONOUNS, key=len, reverse=True))})\b", re.I)
_DEMONSTRATIVE = re.compile(r"\b(?:this|that|these|those)\b", re.I)
_ABOUT = re.compile(
    r"^(?:(?:and|but|so|or)\b[,\s]*)?(?:(?:what|how) about|and|or)\s+"
    r"(?:(?P<preposition>in|from|for|by|with|of|to|at|on|about|near)\s+)?(?P<topic>[^?]+)\??$",
    re.I,
)
_SEVERAL = re.compile(r"[.!;:]\s")  # a fragment is one sentence
_BARE = re.compile(
    r"^(?:why|when|where|who|how|how many|how much|by whom|since when|which ones?)(?: not| so| exactly| else)?\s*\??$",
    re.I,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followup:
    """A question with what it leaves out filled in.

    `sought` has what evidence is to be about; `standalone` also what a reader needs who has not heard the talk: the
    topic of a question that does not say it, and what "else" is other than.
    """

    standalone: str
    sought: str


def stand_alone(question: str, history: Sequence[Turn]) -> str:
    """The question as it can be asked without the conversation; unchanged when it stands alone already."""
    return follow_up(question, history).standalone


def follow_up(question: str, history: Sequence[Turn]) -> Followup:
    """The question with what it leaves out filled in from the conversation."""
    discourse, previous, answer = Discourse(), "", ""
    for turn in _read(history):
        said = " ".join(turn.content.split())
        if turn.role == "assistant":
            heard = plain(said[:READ])
            discourse.hear_answer(heard)
            answer = answer if _NOTHING_SAID.match(heard) else heard
        elif said:
            previous = _filled(said[:MAX_CHARACTERS], discourse, previous)
            discourse.hear_question(previous)
    if not previous:
        return Followup(standalone=question, sought=question)
    sought = _filled(question, discourse, previous)
    told = _with_topic(question, sought, discourse)
    return Followup(standalone=_with_known(told, discourse, answer), sought=sought)


def _read(history: Sequence[Turn]) -> list[Turn]:
    """The turns that count: the first exchange, which brings in the topic, and the last few."""
    late = max(0, len(history) - 2 * EXCHANGES)
    return [*history[: min(2, late)], *history[late:]]


_CREDIT = re.compile(r"\s[—–]\s[^“”\"\[\]]{1,80}(?=\s?\[\d+\])|\s?\[\d+\]")


def plain(answer: str) -> str:
    """An answer without the marks of its citations and whom it credits: “Nine drowned.” — Quay Gazette [1]."""
    return _CREDIT.sub("", answer)


def _filled(question: str, discourse: Discourse, previous: str) -> str:
    """The question with its pronouns replaced and its gaps filled."""
    if not previous:
        return question
    opened = OPENING.sub("", question)
    opened = opened if opened == question else capital(opened)
    previous = previous.rpartition(", about: ")[2]  # what was asked at first, not how it was asked on
    if _BARE.match(opened):
        return f"{capital(opened.rstrip('? '))}, about: {previous.rstrip('?')}?"
    about = _ABOUT.match(question)
    if about and not _asks(about["topic"]) and not _SEVERAL.search(about["topic"]):
        return _exchanged(previous, about["preposition"], about["topic"].strip())
    own = discourse.named(opened)
    resolved = _resolved(opened, discourse, own, previous)
    if resolved == opened and not own and not mentioned(opened) and len(terms(opened)) < 2:
        described = _with_description(opened, discourse)
        return described if described != opened else _recast(opened, previous, discourse)
    return resolved


def _asks(topic: str) -> bool:
    """Whether a fragment asks by itself: it holds a question word or an auxiliary."""
    tokens = [word.text.casefold() for word in text.words(topic)]
    asking = {"what", "who", "when", "where", "why", "how", "which", "whom"}
    return any(token in AUXILIARY or token in asking for token in tokens)


def _entities(sentence: str) -> list[str]:
    """Names that can give way to another: no months, no weekdays."""
    return [name for name in names(sentence) if name.casefold() not in _MONTH_WORDS]


def _exchanged(previous: str, preposition: str | None, topic: str) -> str:
    """The previous question asked of another topic: "And in Idlib?" after "How many died in Aleppo?"."""
    for name in reversed(_entities(previous)) if preposition else _entities(previous):
        at = previous.find(name)
        before = previous[:at].rstrip().rpartition(" ")[2].casefold()
        if not preposition or before == preposition.casefold() or before == "the":
            return previous[:at] + topic + previous[at + len(name) :]
    return f"{previous.rstrip('?')} {preposition or 'about'} {topic}?"


# --- pronouns --------------------------------------------------------------------------------------------------------


def _resolved(question: str, discourse: Discourse, own: Sequence[Thing], previous: str) -> str:
    """The question with the first of each of its pronouns replaced by what it means."""
    pieces: list[str] = []
    taken: list[Thing] = []
    done: set[str] = set()
    at = 0
    for match in _PRONOUN.finditer(question):
        word = match.group().casefold()
        pronoun = PRONOUNS[word]
        possessive = word in {"its", "their", "his", "theirs", "hers"} or (
            word == "her" and _before_noun(question, match.end())
        )
        if pronoun in done or (word in {"it", "there"} and _is_dummy(question, match)):
            continue
        as_object = word in {"him", "them"} or (word == "her" and not possessive)
        if word != "there" and not as_object and any(_stands_before(thing, question, match) for thing in own):
            continue  # the pronoun more likely speaks of the name in its own sentence
        but = [*taken, *own]
        if word == "it" and _undergoes_again(question, match, previous):
            but += discourse.answered  # those who took it did not undergo it
        things = discourse.meaning(pronoun, but=taken if pronoun == "there" else but)
        if not things:
            continue
        name = " and ".join(thing.name for thing in things)
        ending = "'" if name.endswith("s") and things[0].fits == MANY else "'s"
        contracted = _CONTRACTED.match(question, match.end())
        verb = _VERBS[contracted.group(1)] if contracted else ""
        pieces += [question[at : match.start()], "in " * (word == "there"), name, ending * possessive, verb]
        at = contracted.end() if contracted else match.end()
        done.add(pronoun)
        taken += things
        discourse.settle(pronoun, things)
    resolved = "".join(pieces) + question[at:]
    return capital(resolved) if pieces and not pieces[0] else resolved


_PASSIVE = re.compile(r"\b(?:is|was|been|being|get|got)\s+$", re.I)


def _undergoes_again(question: str, pronoun: re.Match[str], previous: str) -> bool:
    """Whether "it" has done to it what the question before asked about: "When was it taken?" after who took it."""
    follows = question[pronoun.end() :].strip(" ?.!")
    if follows and not _PASSIVE.search(question, 0, pronoun.start()):
        return False
    asked = frozenset(terms(question))
    return any(term in asked or not synonyms(term).isdisjoint(asked) for term in terms(previous))


_VERBS = {"ve": " have", "re": " are", "ll": " will"}
_CONTRACTED = re.compile(r"['’](ve|re|ll)\b")


def _stands_before(thing: Thing, question: str, pronoun: re.Match[str]) -> bool:
    """Whether a thing that a pronoun can mean is named before it."""
    if PRONOUNS[pronoun.group().casefold()] not in thing.fits:
        return False
    folded = question.casefold()
    return any(0 <= folded.find(word) < pronoun.start() for word in thing.words[-1:] + thing.words[:1])


_AFTER_DUMMY_IT = frozenset(
    "true possible take takes likely clear known say says state states mention mentions matter rain".split()
)


def _is_dummy(question: str, match: re.Match[str]) -> bool:
    """Whether the pronoun stands for nothing: "is it true that", "are there any", "does it take", "say that"."""
    before = [word.text.casefold() for word in text.words(question[: match.start()])][-1:]
    after = [word.text.casefold() for word in text.words(question[match.end() :])][:1]
    if match.group().casefold() == "there":
        return (bool(before) and before[0] in AUXILIARY) or (bool(after) and after[0] in AUXILIARY | {"any"})
    return bool(after) and after[0] in _AFTER_DUMMY_IT


def _before_noun(question: str, end: int) -> bool:
    following = text.words(question[end:])[:1]
    return bool(following) and text.is_content(following[0])


# --- questions that say little ---------------------------------------------------------------------------------------

_COUNTED = re.compile(r"\b(?:how (?:many|much)|which|what) \w+", re.I)


def _recast(question: str, previous: str, discourse: Discourse) -> str:
    """A question of hardly a word, filled from the one before: "How many civilians?" after "How many people died?"."""
    counted = _COUNTED.fullmatch(question.rstrip("? "))
    before = _COUNTED.search(previous)
    if counted and before and counted.group().split()[:-1] == [part.casefold() for part in before.group().split()[:-1]]:
        return previous[: before.start()] + capital(question.rstrip("? ")) + previous[before.end() :]
    if terms(question) and not _DEMONSTRATIVE.search(question) and discourse.asked:
        if discourse.topic and _ENDS_DEFINITE.search(question):
            return _of_topic(question, discourse.topic)
        things = ", ".join(dict.fromkeys(thing.name for thing in discourse.asked[:3]))
        return f"{question.rstrip('? ')} ({things})?"
    return f"{question.rstrip('? ')}, about: {previous.rstrip('?')}?"


# What refers to something, or brings something new in: neither is about the topic as a whole.
_ITS_OWN = re.compile(rf"{_DEMONSTRATIVE.pattern}|{_PRONOUN.pattern}|\b(?:an?|i|you|we|my|your|us|me)\b", re.I)
_ENDS_DEFINITE = re.compile(
    r"^(?:what|who|which)(?:['’]s| is| are| was| were) the(?: \w+){1,2}\W*$|\b(?:in|on|of|for|about|to|by) the \w+\W*$",
    re.I,
)
_DEFINITE = re.compile(r"\b(?:[Tt]he|[Tt]his|[Tt]hat) (\w+)\b(?!['’]| [A-Z“\"])")


def _with_topic(question: str, sought: str, discourse: Discourse) -> str:
    """The question with what it takes for granted: "the band" by name, a surname in full, "the cause" of what."""
    if sought != question:
        return sought
    if not mentioned(question) and not discourse.known(question):
        described = _with_description(question, discourse)
        if described != question:
            return described
        topic = discourse.topic
        if topic and not _ITS_OWN.search(question):
            if _ENDS_DEFINITE.search(question):
                return _of_topic(question, topic)
            if len(terms(question)) <= 2:
                return f"{question.rstrip('?!. ')} ({topic.name})?"
    return _in_full(question, discourse)


def _of_topic(question: str, topic: Thing) -> str:
    return f"{question.rstrip('?!. ')} {'in' if 'there' in topic.fits else 'of'} {topic.name}?"


def _with_description(question: str, discourse: Discourse) -> str:
    """The question with the name of what it only describes: "the band", "this film"."""
    for match in _DEFINITE.finditer(question):
        thing = _described(match.group(1).casefold(), discourse)
        if thing:
            return f"{question[: match.end()]} {thing.name}{question[match.end() :]}"
    return question


def _described(noun: str, discourse: Discourse) -> Thing | None:
    """The thing that "the band" or "this film" speaks of, the latest first."""
    fits = NOUNS.get(noun)
    if fits is None or fits == PERSON:
        return None
    latest = [*discourse.answered, *discourse.asked, *discourse.things[::-1]]
    same = [thing for thing in latest if thing.noun == noun]
    several = "they" in fits
    alike = [t for t in latest if not t.noun and t.fits <= fits and ("they" in t.fits) == several]
    unknown = [discourse.topic] if discourse.topic and discourse.topic.fits == ANYTHING and fits == GROUP else []
    return next(iter(same or alike or unknown), None)


def _in_full(question: str, discourse: Discourse) -> str:
    """The question with a surname, or a first name, as the whole name it was first spoken of by."""
    for thing in discourse.things:
        words = thing.name.split()
        if not 1 < len(words) <= 3 or not thing.fits & PERSON or thing.name in question:
            continue
        if not all(word[0].isupper() and not word.isupper() for word in words[1:]):
            continue
        for word in (words[-1], words[0])[: 1 + (thing.fits < PERSON)]:
            match = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", question) if len(word) > 3 else None
            if match and not _beside_capital(question, match):
                return question[: match.start()] + thing.name + question[match.end() :]
    return question


def _beside_capital(question: str, match: re.Match[str]) -> bool:
    """Whether what is matched is a part of a longer name."""
    before = question[: match.start()].rstrip().rpartition(" ")[2]
    opens = before == question[: match.start()].strip()
    after = question[match.end() :].lstrip()[:1]
    return (before[:1].isupper() and not opens) or (after.isupper() and question[match.end()] == " ")


_ELSE = re.compile(r"\b(?:else|another|(?<!the )(?<!his )(?<!her )(?<!its )(?<!their )others?)\b", re.I)
_SAID_OTHERWISE = re.compile(r"\b(?:besides|other than|aside|apart|addition)\b", re.I)
_NOTHING_SAID = re.compile(r"(?:i (?:do not|don['’]t)|sorry|yes\b|no\b|the articles )", re.I)


def _with_known(question: str, discourse: Discourse, answer: str) -> str:
    """A question for more with what was said already: "Besides the ferry, what else sank?"."""
    if not _ELSE.search(question) or _SAID_OTHERWISE.search(question):
        return question
    known = next(iter(_said_already(question, discourse, answer)), "")
    first = question.partition(" ")[0]
    opening = question[:1].lower() if first.casefold() in _OPENERS else question[:1]
    return f"Besides {known}, {opening}{question[1:]}" if known else question


_OPENERS = AUXILIARY | frozenset("what who when where why how which whom whose any anything anyone".split())


def _said_already(question: str, discourse: Discourse, answer: str) -> list[str]:
    """What an answer named: itself where it is but a few words, else the titles in it, else the names."""
    whole = answer.strip(" .,;:")
    short = 0 < len(whole.split()) <= KNOWN_WORDS and _is_noun_phrase(whole)
    named = [thing for thing in discourse.recognised(mentioned(answer, asked=False)) if thing is not discourse.topic]
    return [
        *([whole[0].lower() + whole[1:] if whole.startswith(("The ", "A ", "An ")) else whole] if short else []),
        *(f'"{title}"' for title in titles(answer)),
        *(thing.name for thing in named if thing.name not in question),
    ]


def _is_noun_phrase(said: str) -> bool:
    """Whether a few words name a thing: they begin with an article, a figure or a capital, and hold no verb we know."""
    words = [word.text.casefold() for word in text.words(said)]
    if not words or words[0] in _PREPOSITIONS or not AUXILIARY.isdisjoint(words):
        return False
    return said[0].isupper() or said[0] in '"“' or words[0] in _DETERMINERS or words[0].isdigit()


_DETERMINERS = frozenset("the a an his her its their two three four five several many some".split())
_PREPOSITIONS = frozenset("in on at to from by of with for as after before during since together".split())
