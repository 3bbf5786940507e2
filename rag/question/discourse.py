"""What a conversation has spoken of, and which of it a pronoun means.

Prominence as in centering (Grosz, Joshi and Weinstein, "Centering", 1995): what a pronoun meant the last time it means
again, else what the last question or its answer newly brought in and surely fits, else what the talk began with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from rag import figures, text
from rag.question.wording import AUXILIARY, names

Pronoun: TypeAlias = Literal["he", "she", "it", "they", "there"]
Fits: TypeAlias = frozenset[Pronoun]

_FORMS: dict[Pronoun, str] = {
    "he": "he him his",
    "she": "she her hers",
    "it": "it its",
    "they": "they them their theirs",
    "there": "there",
}
PRONOUNS: dict[str, Pronoun] = {form: pronoun for pronoun, forms in _FORMS.items() for form in forms.split()}
ANYTHING: Fits = frozenset({"he", "she", "it", "they"})  # nothing is known of it
PERSON: Fits = frozenset({"he", "she"})
THING: Fits = frozenset({"it"})
GROUP: Fits = frozenset({"they", "it"})
MANY: Fits = frozenset({"they"})
PLACE: Fits = frozenset({"there", "it"})

NOUNS: dict[str, Fits] = {
    noun: fits
    for fits, nouns in (
        (
            GROUP,
            """band group duo trio quartet team club army forces party league union council committee agency ministry
            company firm police brigade militia orchestra choir family brothers sisters government parliament coalition
            organisation organization movement crew""",
        ),
        (
            THING,
            """song film movie album single book novel play musical opera series show programme program game newspaper
            magazine episode university college school hospital bridge museum festival prize award act treaty war battle
            river street airport station plan agreement theory disease syndrome church building hotel tower memorial law
            bill ship project system""",
        ),
        (
            PERSON,
            """actor actress singer musician politician footballer player writer author artist president minister
            general king queen prince princess journalist character director composer scientist""",
        ),
    )
    for noun in nouns.split()
}
_PLACE_BEFORE = re.compile(r"\b(?:in|to|from|at|near|inside|around|into|of|controls?|over)\s+(?:the\s+)?$", re.I)
_SOME_OF = re.compile(
    r"^(?:many|most|some|one|two|three|all|both|several|none|each|much|half)(?: of)?(?: the)?(?: |$)", re.I
)
_BRACKETS = re.compile(r"\s*\(([^()]*)\)")
_POSSESSIVE = re.compile(r"(?:['’]s|(?<=s)['’])$")
_TOLD_ABOUT = re.compile(
    r"(?:(?P<is>(?:what|who)(?:['’]s| is| are| was| were))|(?:what|who) caused?s?|(?:please )?(?:describe|explain)"
    r"|(?:please )?tell me (?:more )?about|what happened (?:to|in|at|with)|(?:what|how) about)"
    r"\s+(?P<topic>[^?.,;!]{2,60})",
    re.I,
)
_TOPIC_ENDS = re.compile(r"\s+(?:called|named|known|like|about|for|doing|famous|made|based|good|bad)\b.*$", re.I)
_LEANS = re.compile(
    r"\b(?:its?|he|his|him|she|her|they|their|them|this|that|these|those|there|your?|i|my|me|we|one)\b", re.I
)
_WANTED = re.compile(r"(?:\W*\w+){0,2}?\W*\b(who|whom|what|which)\b", re.I)
# What is said is no thing that "it" could mean, and names in it are not what the question wanted.
_SAYS = re.compile(
    r"\W*what (?:do|does|did|has|have) [^?]{1,80}? (?:say|said|report|reported|claim|claimed|warn|warned)\b", re.I
)
# "Who are Solberg's parents?": what is asked of next is likelier Solberg than they.
_KIN = re.compile(
    r"\b(?:parents?|father|mother|wife|wives|husband|spouse|brothers?|sisters?|siblings?|sons?|daughters?|child"
    r"|children|kids|friends?|partners?|opponents?|rivals?|teachers?|members?|married|marry|influenced?)\b",
    re.I,
)
_LIST = re.compile(r"\b[A-Z]\w+,? (?:and|,) [A-Z]")  # of several names none is "it"
_NEW = re.compile(
    r"\b(?:is|was|were|has|did|does|do|will) [^?]*?\ban? (\w+)(?=\s+(?:of|on|between|with|in|at|about|for|to)\b|\W*$)",
    re.I,
)
_ASKING = AUXILIARY | frozenset(
    """what who when where why how which whom whose tell give any i describe explain compare list show find please
    thanks thank""".split()
)
_SMALL = frozenset("of the and de von van in at to a for".split())
_ACRONYM = re.compile(r"[A-Z]{2,6}\b")
_ADJECTIVE = re.compile(r"\w+(?:ish|ese|an|ch|i)s?")
_NO_NAMES = frozenset(figures.MONTHS) | frozenset(figures.WEEKDAYS)
_HEADING_WORDS = 9
_ANSWER_WORDS = 7  # up to which an answer is no sentence but the thing asked for
_TITLE_WORDS = 6  # up to which words in quotation marks are a title
_TOPIC_WORDS = 5


@dataclass(slots=True, eq=False)
class Thing:
    """Somebody or something spoken of: how a question would name it, which pronouns may mean it, what it is."""

    name: str
    fits: Fits = ANYTHING
    noun: str = ""  # "album", where the talk says so
    words: tuple[str, ...] = field(init=False)  # of its name, for comparing

    def __post_init__(self) -> None:
        """Take the name apart, once."""
        self.words = _words(self.name)


@dataclass(slots=True)
class Discourse:
    """The things spoken of, in the order that the talk brought them in, and those of the last question and answer."""

    things: list[Thing] = field(default_factory=list)
    asked: list[Thing] = field(default_factory=list)
    answered: list[Thing] = field(default_factory=list)
    meant: dict[Pronoun, Thing] = field(default_factory=dict)
    topic: Thing | None = None  # the first thing that the user named
    _question: str = ""

    def hear_question(self, question: str) -> None:
        """Take in a question of the user's, made to stand alone."""
        self.asked = self.recognised(_asked_about(question))
        self.asked += [thing for thing in self.known(question) if thing not in self.asked]
        self.things += [thing for thing in self.asked if thing not in self.things]
        self.topic = self.topic or next(iter(self.asked), None)
        self.answered = []
        self._question = question

    def hear_answer(self, answer: str) -> None:
        """Take in the answer to the last question."""
        if is_heading(self._question) and answer.rstrip()[-1:] not in tuple('.!?”"'):
            return  # a heading below a heading
        wanted = None if _SAYS.match(self._question) else _WANTED.match(self._question)
        noun = next((word for word in _words(self._question) if word in NOUNS), "") if wanted else ""
        whole = _whole_name(answer) if wanted else None
        found = [whole] if whole else [*_titled(answer), *mentioned(answer, asked=False)]
        fresh = [thing for thing in self.recognised(found) if thing not in self.asked]
        self.things += [thing for thing in fresh if thing not in self.things]
        if wanted and not _KIN.search(self._question):
            self.answered = fresh[:1]
            for thing in self.answered:
                thing.noun = thing.noun or noun
                likely = whole or (len(thing.words) > 1 and "-" not in thing.name)
                if thing.fits == ANYTHING and likely and wanted.group(1).casefold() in {"who", "whom"}:
                    thing.fits = PERSON

    def known(self, said: str) -> list[Thing]:
        """Things that a capital does not tell: named by the first word, or anywhere where all is in small letters."""
        words = _words(said)
        if any(character.isupper() for character in said[1:]):
            words = words[:1]
        telling = {word for word in words if len(word) > 3 and word not in text.STOP_WORDS}
        return [thing for thing in self.things if not telling.isdisjoint(thing.words)] if telling else []

    def named(self, said: str) -> list[Thing]:
        """The things spoken of that a question names itself."""
        own = [*self.recognised(mentioned(said)), *self.known(said)]
        return list(dict.fromkeys(own))

    def meaning(self, pronoun: Pronoun, *, but: Sequence[Thing] = ()) -> list[Thing]:
        """What a pronoun most likely means, two things where it is both, none where nothing fits."""

        def fitting(things: Sequence[Thing]) -> list[Thing]:
            return [thing for thing in things if pronoun in thing.fits and thing not in but]

        asked, answered, topic = fitting(self.asked), fitting(self.answered), fitting(self.things[:1])
        surely = [thing for thing in asked if thing.fits not in (ANYTHING, PLACE)]
        last = [thing for thing in fitting(self.things) if thing is self.meant.get(pronoun)]
        if pronoun == "there":
            return (answered or asked or fitting(self.things[::-1]))[:1]
        if last and last[0] in asked:
            return last
        if pronoun == "it":
            return (answered or surely or last or topic or asked)[:1]
        if pronoun == "they":
            people = [thing for thing in self.asked if thing.fits & PERSON and thing not in but]
            both = people[:2] if len(people) > 1 and not topic else []
            plural = [thing for thing in answered if thing.fits != ANYTHING]
            return surely[:1] or plural or last or both or topic or answered
        named = [thing for thing in answered if thing.fits != ANYTHING]
        people = [thing for thing in fitting(self.things) if thing.fits != ANYTHING]
        return (surely or named or last or topic or asked or answered or people or fitting(self.things))[:1]

    def settle(self, pronoun: Pronoun, things: Sequence[Thing]) -> None:
        """Remember what a pronoun was taken to mean, which other pronouns hardly mean then."""
        if len(things) == 1:
            self.meant[pronoun] = things[0]
            if things[0].fits in (ANYTHING, PERSON):
                things[0].fits = frozenset({pronoun})

    def recognised(self, found: Sequence[Thing]) -> list[Thing]:
        """The things found, each that was spoken of before as that one."""
        known: list[Thing] = []
        for thing in found:
            same = next((old for old in (*self.things, *known) if _within(thing.words, old.words)), thing)
            same.noun = same.noun or thing.noun
            if same not in known:
                known.append(same)
        return known


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether a name is another or a part of it: "Solberg" of "Greta Solberg"."""
    return bool(part) and any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))


@lru_cache(maxsize=2_000)
def _words(said: str) -> tuple[str, ...]:
    """The words of a text in small letters, possessives and "the" left out."""
    words = (_POSSESSIVE.sub("", word.text).casefold() for word in text.words(said))
    return tuple(word for word in words if word != "the")


# --- what a text names -----------------------------------------------------------------------------------------------


def mentioned(said: str, *, asked: bool = True) -> list[Thing]:
    """The names in a question, or in what is said otherwise, as things, in order, without months and weekdays."""
    return [_thing(name, before) for name, before in _names(said, asked=asked)]


@lru_cache(maxsize=500)  # the same turns come again with every question of a conversation
def _names(said: str, *, asked: bool) -> tuple[tuple[str, str], ...]:
    """Each name in a text with the words before it."""
    found = []
    every = names(said) if asked else [said[span.start : span.end] for span in text.names(said)]
    opening = _ACRONYM.match(said)
    if opening and opening.group() not in every:
        every.insert(0, opening.group())
    for name in dict.fromkeys(every):
        at = said.find(name)
        bare = _SOME_OF.sub("", _POSSESSIVE.sub("", name))
        if bare and bare.casefold() not in _NO_NAMES and not _is_adjective(bare):
            found.append((bare, said[max(0, at - 20) : at]))
    return tuple(found)


def _is_adjective(name: str) -> bool:
    """Whether a word is of a people, and no name by itself: "Kurdish", whose stem is no more the word; not "Brian"."""
    return _ADJECTIVE.fullmatch(name) is not None and text.stem(name) != text.fold(name)


def _thing(name: str, before: str) -> Thing:
    the = before.casefold().endswith("the ")
    shown = f"the {name}" if the else name
    last = name.rpartition(" ")[2].casefold()
    noun = next((word for word in (last, *_words(before)[-1:]) if word in NOUNS), "")
    if noun:
        return Thing(shown, NOUNS[noun], noun)
    if _PLACE_BEFORE.search(before):
        return Thing(shown, PLACE)
    head = _OF.split(name, maxsplit=1)[0]  # "the Institute for Rivers" is one
    if (the and head.endswith("s")) or " and " in name or " & " in name:
        return Thing(shown, MANY)
    if the or name.isupper() or any(character.isdigit() for character in name):
        return Thing(shown, GROUP)
    return Thing(shown)


_OF = re.compile(r"\s(?:of|for|on)\s")


def titles(answer: str) -> list[str]:
    """The few words that an answer puts in quotation marks each time, unless they are a sentence."""
    quoted = [answer[span.start : span.end] for span in text.quotations(answer)]
    return [
        title
        for words in quoted
        if (title := words.strip(" .,;!?")) and len(title.split()) <= _TITLE_WORDS
        if words[-1] not in ".!?" or AUXILIARY.isdisjoint(_words(title))
    ]


def _titled(answer: str) -> list[Thing]:
    """What an answer names in quotation marks: a title as it is, “safe zone” as the safe zone."""
    return [Thing(title if title[0].isupper() else f"the {title}", THING) for title in titles(answer)]


def _whole_name(answer: str) -> Thing | None:
    """The thing that an answer names and nothing else; None where it says more."""
    whole = answer.strip(' .,;:"“”')
    words = whole.split()
    if not 0 < len(words) <= _ANSWER_WORDS or whole[0].isdigit() or _LEANS.search(whole):
        return None
    if not any(word[0].isupper() for word in words):
        return None
    if not all(word[0].isupper() or not word[0].isalpha() or word in _SMALL for word in words):
        return None
    bare = re.sub(r"^the ", "", whole, flags=re.I)
    return _thing(bare, "the " if bare != whole else "")


def is_heading(said: str) -> bool:
    """Whether a turn asks nothing and only names its topic: "Mercury (planet)"."""
    words = _words(said)
    plain = "?" in said or said[:1].islower() or not _ASKING.isdisjoint(words)
    return not plain and 0 < len(words) <= _HEADING_WORDS


def _asked_about(question: str) -> list[Thing]:
    """What a question is about: a heading as a whole, else the names in it, else what it asks to be told about."""
    if is_heading(question):
        return [_heading(question)]
    found = mentioned(question)
    if _LIST.search(question):
        found = [Thing(thing.name, thing.fits - THING or MANY, thing.noun) for thing in found]
    new = _NEW.search(question)
    if new:
        found.append(Thing(f"the {new.group(1)}", THING))
    told = _TOLD_ABOUT.match(question)
    if not told or _LEANS.search(told["topic"]):
        return found
    topic = _TOPIC_ENDS.sub("", told["topic"]).strip()
    for thing in found:
        if told["is"] and thing.fits == ANYTHING and thing.words == _words(topic):
            thing.fits = PERSON if question[:3].casefold() == "who" else GROUP
    if not found and 0 < len(topic.split()) <= _TOPIC_WORDS and topic[0].isalpha():
        plural = topic.endswith("s") and not topic.endswith(("ss", "us", "is"))
        found.append(Thing(topic, MANY if plural else THING))
    return found


def _heading(said: str) -> Thing:
    """The thing that a heading names; a word in brackets says what it is: "Mercury (planet)"."""
    bracket = _BRACKETS.search(said)
    name = " ".join(_BRACKETS.sub("", said).split()).strip(" .:;").partition(",")[0]
    noun = next(iter((bracket.group(1) if bracket else name).casefold().split()[-1:]), "")
    if noun in NOUNS:
        return Thing(name, NOUNS[noun], noun)
    several = (name.casefold().startswith("the ") and name.endswith("s")) or " & " in name or " and " in name
    return Thing(name, MANY if several else ANYTHING)
