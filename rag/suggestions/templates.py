"""Questions that a sentence answers by how it is built: "Osterby banned the ..." answers "What did Osterby ban?".

Few patterns of which the grammar is sure, and closed lists of verbs: of what fits none, nothing is asked. Only names
are taken over from a sentence, nouns of a list, and whom somebody asks or accuses. Pure functions, linear in the length
of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from rag import attribution, figures, text, timing
from rag.kinds import is_person
from rag.suggestions.names import Name

Kind: TypeAlias = Literal["deed", "count", "speech", "date", "person"]


class Idea(NamedTuple):
    """A question that a sentence answers, what kind of thing it asks for, and the name that it is about, if one."""

    question: str
    kind: Kind
    about: str = ""


def ideas(sentence: str, names: Sequence[Name], *, quote: str, published_at: str | None) -> Iterator[Idea]:
    """The questions that a sentence answers, the most telling first.

    `names` are those in it that a question may use; `quote` is the sentence with the one before it where it leans on
    that ("He"), as it would be quoted.
    """
    for name in names:
        yield from _deeds_of(sentence, name)
    for name in names:
        yield from _deeds_to(sentence, name)
    yield from _counts(sentence, names)
    yield from _speech(sentence, names, quote)
    yield from _dates(sentence, published_at)


# --- what was done ---------------------------------------------------------------------------------------------------


def _forms(listed: str) -> dict[str, str]:
    """Each past and present form of a list "verb:past" to its verb."""
    verbs = dict(pair.split(":") for pair in listed.split())
    return {form: verb for verb, past in verbs.items() for form in (past, _present(verb))}


def _present(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "ch", "sh", "x")) else f"{verb}s"


def _any(forms: Iterable[str]) -> str:
    return "|".join(sorted(forms, key=len, reverse=True))


_WHAT = _forms(
    """announce:announced confirm:confirmed pledge:pledged promise:promised demand:demanded propose:proposed deny:denied
    reject:rejected order:ordered approve:approved ban:banned launch:launched unveil:unveiled release:released
    sign:signed buy:bought sell:sold acquire:acquired win:won capture:captured seize:seized build:built
    destroy:destroyed discover:discovered publish:published predict:predicted reveal:revealed"""
)
_TO_DO = _forms(
    """vow:vowed promise:promised pledge:pledged agree:agreed threaten:threatened refuse:refused offer:offered
    decide:decided"""
)
_ASK = _forms("ask:asked urge:urged order:ordered invite:invited advise:advised beg:begged")
_OPENS = re.compile(
    r"(?:^(?:(?:with|in|on|at|after|before|during|as|when|while|last|earlier)\s[^,;:.“”\"]{1,80},\s|meanwhile,\s)?"
    r"|[;,]\s(?:and|but|while|whereas)\s|\b(?:while|whereas)\s)[“\"]?(?:the\s)?$",
    re.I,
)
_APART = r"(?:\s\([A-Z][\w-]{1,9}\))?(?:,\s[a-z][^,.;]{0,80},)?\s(?:(?:has|have|had|also|then|later|now)\s){0,2}"
_OBJECT = r"(?P<object>[^\W\d_][\w’'-]*(?:\s[^\W\d_][\w’'-]*){0,4}?)"
_DO = r"(?!(?:the|an?|its|his|her|their|be|have|comment|say|answer|speak)\b)[a-z]+"
_DID = re.compile(
    rf"""{_APART}(?:
        (?P<what>{_any(_WHAT)})\s(?:(?:that|an?|the|its|his|her|their|it|they|more|new)\b|\d|“)
        |(?P<vow>{_any(_TO_DO)})\sto\s{_DO}
        |(?:(?P<ask>{_any(_ASK)})\s(?=[^.;]{{0,80}}?\sto\s{_DO})|accuse[ds]\s(?=[^.;]{{0,80}}?\sof\b)){_OBJECT}\s(?:to|of)\b
        |warn(?:ed|s)\s(?P<of>that|of|about)\b
        |(?P<call>called|calls)\sfor\b)""",
    re.X,
)
_NO_OBJECT = frozenset(
    """it its him his hers her them their theirs me my us our you your himself herself itself themselves those this
    that these one another each to for if whether when how what who why of in on at by with from about after before
    permission again always sometimes not and or""".split()
)
_SOMEBODY = re.compile(r"[^\W\d_a-z]|(?:the|all)\s|(?:everyone|everybody|people|police)$|[\w\s’'-]*s$")
_TWO = re.compile(r"(?:the\s)?[^\W\d_a-z]\w+\sand\s(?:the\s)?[^\W\d_a-z]\w+")


def _deeds_of(sentence: str, name: Name) -> Iterator[Idea]:
    """What somebody did, where a name begins the sentence and its verb follows."""
    did = _DID.match(sentence, name.end) if _OPENS.search(sentence, max(0, name.start - 120), name.start) else None
    if did is None:
        return
    who, whom = name.words, did["object"] or ""
    if did["what"]:
        yield Idea(f"What did {who} {_WHAT[did['what']]}?", "deed", who)
    elif did["vow"]:
        yield Idea(f"What did {who} {_TO_DO[did['vow']]} to do?", "deed", who)
    elif did["of"]:
        yield Idea(f"What did {who} warn {'about' if did['of'] == 'about' else 'of'}?", "deed", who)
    elif did["call"]:
        yield Idea(f"What did {who} call for?", "deed", who)
    elif _TWO.fullmatch(whom) or (_SOMEBODY.match(whom) and not _NO_OBJECT & set(whom.casefold().split())):
        asked = f"{_ASK[did['ask']]} {whom} to do" if did["ask"] else f"accuse {whom} of"
        yield Idea(f"What did {who} {asked}?", "deed", who)


_DOERS = """captured seized took overran recaptured retook invaded bombed visited met won beat bought acquired founded
    endorsed sued attacked occupied""".split()
_DONE = re.compile(
    rf"(?<![\w’'-])(?P<before>[\w’'-]+)\s(?P<verb>{_any(_DOERS)})\s"
    r"(?P<place>the\s(?:town|city|port|village|district|province|island|capital|airport)\sof\s)?(?:the\s)?$",
    re.I,
)
_NOT_DONE = frozenset(
    """neither nor to was were be been being is are am a an the of in on at by from with for as newly recently which who
    that""".split()
)
_UNSURE = re.compile(
    r"\b(?:would|could|should|might|may|will|shall|can|cannot|must|not|never|no|nobody|none|if|unless)\b|n[’']t\b", re.I
)
_NEAR = 40  # characters before words in which such a word takes them back
_ENDS = re.compile(r"\s*(?:[.,;!?”\"]|$)")


def _deeds_to(sentence: str, name: Name) -> Iterator[Idea]:
    """Who did something to what a name names, where that is all of the object."""
    done = _DONE.search(sentence, max(0, name.start - 60), name.start)
    if not done or done["before"].casefold() in _NOT_DONE or _is_unsure(sentence, done.start("verb")):
        return
    if _ENDS.match(sentence, name.end):
        place = done["place"] or ""
        yield Idea(f"Who {done['verb'].casefold()} {place}{name.words}?", "deed", name.words)


def _is_unsure(sentence: str, at: int) -> bool:
    return _UNSURE.search(sentence, max(0, at - _NEAR), at) is not None


# --- how many --------------------------------------------------------------------------------------------------------

_BEINGS = """people civilians children women men soldiers troops fighters rebels insurgents militants officers residents
    workers passengers students tourists migrants refugees protesters demonstrators villagers patients
    journalists miners firefighters prisoners hostages homes houses buildings boats ships vessels"""
_NOUN = rf"\s(?:of\s)?(?P<noun>(?:police\s)?(?:{_any(_BEINGS.split())}))\b(?:\sor\smore)?"
_HARM = "killed injured wounded displaced arrested detained evacuated rescued trapped destroyed damaged sunk".split()
_SUFFERED = re.compile(
    rf"{_NOUN}\s(?P<be>have\sbeen|had\sbeen|were|are)\s(?P<what>{_any(_HARM)}|driven\sfrom\stheir\shomes)\b"
)
_DIED = re.compile(rf"{_NOUN}\s(?P<have>have\s|had\s)?(?P<what>died|drowned|fled)\b")
_HARMED = re.compile(r"\b(killed|injured|wounded|displaced|arrested|evacuated|rescued|destroyed|damaged|sank)\s$")
_HARMING = re.compile(r"\b(killing|injuring|wounding|displacing)\s$")
_BOUND = re.compile(r"(?:at least|more than|over|about|around|some|up to|nearly|almost|as many as)\s$", re.I)
_COUNTED = re.compile(_NOUN)
_PARTICIPLE = {"killing": "killed", "injuring": "injured", "wounding": "wounded", "displacing": "displaced"}
_WITHIN = re.compile(r"\s(in|near|off)\s(?:the\s)?")


def _counts(sentence: str, names: Sequence[Name]) -> Iterator[Idea]:
    """How many came to harm, where a figure counts them and the verb is theirs."""
    for number in figures.quantities(sentence):
        if _is_unsure(sentence, number.start):
            continue
        before = _BOUND.sub("", sentence[max(0, number.start - _NEAR) : number.start])
        suffered, died = _SUFFERED.match(sentence, number.end), _DIED.match(sentence, number.end)
        if suffered:
            where = _where(sentence, suffered.end(), names)
            yield Idea(f"How many {suffered['noun']} {suffered['be']} {suffered['what']}{where}?", "count")
        elif died:
            where = _where(sentence, died.end(), names)
            yield Idea(f"How many {died['noun']} {died['have'] or ''}{died['what']}{where}?", "count")
        elif counted := _COUNTED.match(sentence, number.end):
            harmed = _HARMED.search(before) or _HARMING.search(before)
            if harmed:
                what = _PARTICIPLE.get(harmed[1], "sunk" if harmed[1] == "sank" else harmed[1])
                yield Idea(f"How many {counted['noun']} were {what}{_where(sentence, counted.end(), names)}?", "count")


def _where(sentence: str, at: int, names: Sequence[Name]) -> str:
    """The place that follows: " in Osterby", or nothing."""
    within = _WITHIN.match(sentence, at)
    name = next((name for name in names if within and name.start == within.end()), None)
    return f" {within[1]} {name.words}" if within and name and _ENDS.match(sentence, name.end) else ""


# --- who speaks, and who that is -------------------------------------------------------------------------------------

_ROLES = """minister envoy spokesman spokeswoman spokesperson head chief leader director president commander
    ambassador mayor governor general professor analyst expert resident lawyer doctor founder author coach
    captain""".split()
_ROLE = re.compile(
    rf",\s(?:who\s(?:heads|leads|chairs|runs|governs)\b|(?:the|an?)\s[^.;,]{{0,60}}?\b(?:{_any(_ROLES)})\b)"
)
_NEXT_WORD = re.compile(r"\s(\w+)")
_OFFICE = re.compile(r"(?:(?!(?:of|to|from|with|for|in|at|near|by)\s)[\w’'.-]+\s){0,6}")  # no source "close to" one
_SAID_BY = re.compile(r",[”\"]?\s(?:said|says|added|according\sto)\s(?:[\w’'.-]+\s){0,4}$")
_TOLD = re.compile(r"\bthat\s|[“\"]")


def _speech(sentence: str, names: Sequence[Name], quote: str) -> Iterator[Idea]:
    """What a person says whom the sentence names, and who that is where it tells."""
    said = (attribution.speaker(quote) or "").partition(",")[0]
    who = next((name for name in names if said.endswith(name.words) and is_person(name.words)), None)
    if who is None or not _OFFICE.fullmatch(said.removesuffix(who.words)):
        return
    behind, told = _SAID_BY.search(sentence, max(0, who.start - 80), who.start), _TOLD.search(sentence, who.end)
    low, high = (0, behind.start()) if behind else (told.end(), len(sentence)) if told else (0, 0)
    about = next((name for name in names if low <= name.start and name.end <= high and _is_free(sentence, name)), None)
    if about and not who.words.startswith("the "):
        yield Idea(f"What did {who.words} say about {about.words}?", "speech", who.words)
    yield Idea(f"What did {who.words} say?", "speech", who.words)
    if _ROLE.match(sentence, who.end):
        yield Idea(f"Who is {who.words}?", "person", who.words)


def _is_free(sentence: str, name: Name) -> bool:
    """Whether a name is no part of a longer phrase: "Iran would", not "the Osterby airport"."""
    following = _NEXT_WORD.match(sentence, name.end)
    return following is None or following[1] in text.STOP_WORDS


# --- when ------------------------------------------------------------------------------------------------------------

_ON = "On "  # what else may stand before a day is often a caption's or a footer's


def _dates(sentence: str, published_at: str | None) -> Iterator[Idea]:
    """What happened on the day that a sentence begins with, where it had come when that was published."""
    if not sentence.startswith(_ON):
        return
    known = {(moment.start, moment.end): moment for moment in timing.events(sentence, published_at)}
    for date in figures.dates(sentence):
        moment = known.get((date.start, date.end))
        past = moment and moment.day and published_at and moment.day <= published_at[:10] and not moment.said
        if past and date.day and date.start == len(_ON):
            yield Idea(f"What happened on {sentence[date.start : date.end]}?", "date")
