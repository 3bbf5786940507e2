"""Whether a sentence tells the deed that a question asks about, of those whom it names and of no others.

By the verb, by another word for it or by its noun ("a call to"), with the others in their places; where a time, a span
or a figure is asked for, one of that deed. Where words cannot tell, it does not tell it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from rag import demands, figures, stance, text, ways
from rag.demands import OWNS
from rag.frames import BY, COUNTER, Frame, Place
from rag.kinds import WHEN, is_place
from rag.said import Said, likens_any
from rag.stance import likens
from rag.thesaurus import ADVANCE, CHANGES, KEEP, MOVES, SEATS, TAKE, VISIT, phrasal, synonyms

REACH = 90  # characters between a verb and what it is done to,
DIRECT = 40  # and where that is a common noun that somebody does it to,
NEXT_WORD = 10  # or a pronoun
# Nouns that are spelled as a verb is and tell nothing of what it tells.
_HOMOGRAPHS = frozenset(
    text.stem(word)
    for word in "lives force mean state arm rest head face man people house power side back stand order leaves".split()
)
_DETERMINED = re.compile(
    r"(?:\b(?:the|an?|its|his|her|their|our|this|these|those|no|any|some|each|every|of|many|several|few)\s+"
    r"|['’]s?\s+|\d\s+|\b(?:hundred|thousand|million|dozen)s?\s+(?:of\s+)?)(?:[\w-]+\s+)?$",
    re.I,
)
_BEEN = re.compile(r"\b(?:is|are|was|were|be|been|being|got)\s+(?:\w+ly\s+)?$", re.I)
_CLAUSE = re.compile(r"[;—–]|[:.!?](?=\s)")
_HE = re.compile(r"\b(?:he|she)\b", re.I)
_LIFE_SPAN = re.compile(r"\([^()]{0,60}\d{4}[^()]{0,40}\)")
_LIFE = frozenset(map(text.stem, "born birth die death dead".split()))


def tells(one: Frame, said: Said) -> bool:
    """Whether a quote tells the deed of a frame with the others in their places, and holds what is asked for."""
    if one.hole == "span" and not _SPAN_GIVEN.search(said.words):
        return False
    if one.hole == "time":
        if not one.deed.isdisjoint(_LIFE) and _LIFE_SPAN.search(said.words):
            return True
        if not (figures.dates(said.words) or figures.weekdays(said.words) or WHEN.search(said.words)):
            return False
    if one.hole == "count" and not _is_counted(one, said.words):
        return False
    if one.hole == "place" and not _gives_place(one, said.words):
        return False
    if one.hole == "count":
        if any(_is_elsewhere(place, said) for place in one.places):
            return False
    elif not _helps(one) and one.hole != "manner" and not all(said.tells_of(place) for place in one.places):
        return False
    return not one.deed or any(_fits(one, said, word) for word in mentions(one, said.words))


def _is_adverb(sentence: str, word: text.Word) -> bool:
    """Whether "back" only says where to: "pushed back the divers", "back in Osterby"."""
    if word.text.casefold() != "back":
        return False
    return (
        _MOVED.search(sentence, max(0, word.start - 24), word.start) is not None
        or _BACK.match(sentence, word.end) is not None
    )


_MOVED = re.compile(
    r"\b(?:\w{2,20}(?:ing|ed|s)|push|drive|drove|came|come|went|go|took|take|brought|bring|won|win)\s+$", re.I
)
_BACK = re.compile(r"\s+(?:to|in|into|from|home|at|on|and|with)\b|\W*$", re.I)


def _is_elsewhere(place: Place, said: Said) -> bool:
    """Whether neither a quote nor the title is of a place, or the quote tells of it only as near or ahead."""
    told = ways.ways(said.words, place.name)
    if told or said.holds(place.name):
        return not ways.agrees(place.way, told)
    spans = [span for span in text.names(said.words) if is_place(said.words, span.start, said.words[slice(*span)])]
    return bool(spans) or not likens_any(place.name, said.title)


def _gives_place(one: Frame, sentence: str) -> bool:
    """Whether of the places that a sentence names one is told of the way that is asked for; else any place at all."""
    told = [
        ways.way(sentence, span.start)
        for span in text.names(sentence)
        if is_place(sentence, span.start, sentence[slice(*span)])
    ]
    return any(_is_wanted(one, way) for way in told) if told else _SOMEWHERE.search(sentence) is not None


_SOMEWHERE = re.compile(
    r"\b(?:in|at|near|into|inside|outside|across|around|north\w*|south\w*|east\w*|west\w*|home|abroad)\b", re.I
)


def _is_wanted(one: Frame, way: ways.Way) -> bool:
    return way in {"from", ""} if one.source else way != "from"


_HAND = re.compile(r"\bthe (?:other|one) hand$", re.I)
_PLEDGES = frozenset(map(text.stem, "pledge promise vow offer refuse".split()))
_LED_TO = re.compile(r"(?:lead(?:s|ing)?|led)\s+to\b", re.I)


def mentions(one: Frame, sentence: str) -> Iterator[text.Word]:
    """The words of a sentence that tell the deed: not the nouns that only are spelled as its verb is."""
    for word in (*text.words(sentence), *phrasal(sentence)):
        counter = COUNTER.search(sentence, max(0, word.start - 8), word.start) is not None
        if _LED_TO.match(sentence, word.start) or counter != one.counter:
            continue
        if word.stem == _CONTROL and (verb := _LIGHT.search(sentence, max(0, word.start - 40), word.start)):
            if _CONTROLLED[verb[1].casefold()] in one.deed:
                yield word
            continue
        if one.hole == "whether" and one.doer and one.thing and word.stem in _PLEDGES:
            yield word
        if _HAND.search(sentence, max(0, word.start - 12), word.end) or _is_adverb(sentence, word):
            continue
        if word.text.casefold() in _RULERS or _SPOKEN.search(sentence, max(0, word.start - 3), word.start):
            continue
        alike = word.stem == one.verb and word.stem in _HOMOGRAPHS and not stance.is_past(word)
        if word.stem in one.deed and not (alike and _DETERMINED.search(sentence, max(0, word.start - 40), word.start)):
            yield word


_SPOKEN = re.compile(r"[,.?!][”\"]\s$")  # “It was late,” began the mayor
_RULERS = frozenset(["government", "governments", "regime", "regimes"])  # they govern, and their name tells no deed
_CONTROL = text.stem("control")
_CONTROLLED = {
    form: text.stem(verb)
    for verb, forms in {
        "take": """take takes took taken taking seize seizes seized seizing gain gains gained gaining wrest wrested win
            won assume assumed""",
        "retake": "regain regains regained regaining retake retook recover recovered restore restored",
        "lose": "lose loses lost losing cede ceded",
        "hold": "maintain maintains maintained maintaining keep keeps kept keeping retain retained hold holds held",
    }.items()
    for form in forms.split()
}
_LIGHT = re.compile(rf"\b({'|'.join(_CONTROLLED)})\s+(?:\w+\s+)?$", re.I)  # "regain full control" is no controlling


def _fits(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether who does it and what it is done to stand where they do for a mention of the deed."""
    if one.hole == "count":
        return True
    if one.hole == "whether":
        return _is_answer(one, said, word)
    if one.hole == "time" and (not _is_timed(said.words, word) or _is_attribute(said.words, word)):
        return False
    if one.hole == "manner" and demands.is_open(said.words, word.start):
        return False
    undone = _UNDONE.search(said.words, max(0, word.start - 16), word.start)
    if one.hole == "doer" and (undone or demands.is_asked_for(said.words, word.start)):
        return False
    if one.hole in {"doer", "done to", "time", "place"} and _is_denied(said.words, word):
        return False
    if one.former and not _NO_MORE.search(said.words, *_clause(said.words, word)):
        return False
    if one.now and (not stance.is_told(said.words, word.start) or _NO_MORE.search(said.words, *_before(said, word))):
        return False
    if one.hole == "done to" and _NO_OBJECT.match(said.words, word.end):
        return False
    if one.hole == "done to" and one.verb in _FIGHT and not _OPPONENT.match(said.words, word.end):
        return False
    if one.hole == "doer" and not _has_doer(said.words, word, one.thing):
        return False
    if one.hole == "place" and one.verb in ADVANCE:
        return _is_told_of(one, said, word) and _AHEAD.match(said.words, word.end) is not None
    changes = one.verb in CHANGES if one.hole in {"place", "reason", "manner"} else one.verb not in MOVES
    timed = one.hole in {"time", "span", "place", "reason", "manner"} and not (one.doer and one.thing)
    if timed and (changes or not one.doer):  # what opens is opened, too; who travels is not travelled to
        return said.names(one.doer | one.thing, *_clause(said.words, word))
    if one.thing and one.named and one.verb in TAKE | KEEP and not _is_itself(one.thing, said):
        return False
    if one.verb in _MUTUAL and one.doer and one.thing:  # who meets somebody is met
        return said.names(one.doer) and said.names(one.thing)
    return _is_told_of(one, said, word) and (not one.thing or _is_done_to(one, said, word))


_UNDONE = re.compile(r"\b(?:except|without|instead of|short of|rather than)\s+$", re.I)  # "did all except win"
_FIGHT = frozenset(map(text.stem, ("fight", "battle", "clash")))
_OPPONENT = re.compile(r"\s+(?:against|with|the|an?|(?-i:[A-Z])[\w’'-]*)\b", re.I)
_NO_OBJECT = re.compile(r"(?<=ing)\s+(?:for|over|near|around)\b")  # "fighting for freedom" fights nobody
_AHEAD = re.compile(r"[^,;:.]{0,40}?\s(?:to|towards?|into|on|for)\s+(?:the\s+)?[A-Z]")  # "are advancing on Osterby"
_OF = re.compile(r"\s+of\s[^,;.]{1,40}")
_REINFORCED = frozenset(map(text.stem, ("reinforcement", "reinforcements")))
_MUTUAL = frozenset(map(text.stem, ("meet", "marry")))
_OF_NOUN = re.compile(r"\b(?:the|an?|its|his|her|their)\s+$", re.I)  # "the retreating army"


def _is_told_of(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether those who are asked about do what a mention tells, or a pronoun before it that may mean them."""
    doer = one.doer
    if doer and ways.is_side(said.words, doer):
        return False
    if word.text.endswith("ing") and _OF_NOUN.search(said.words, max(0, word.start - 20), word.start):
        return likens_any(doer, frozenset(text.stems(said.words[word.end : word.end + 40])))
    of = _OF.match(said.words, word.end)
    if of and one.verb in MOVES | KEEP | CHANGES:  # "the return of Holm", "under the control of the army"
        return likens_any(doer, frozenset(text.stems(of.group())))
    if doer and _is_passive(said.words, word) and not BY.match(said.words, word.end):
        return False
    he = any(said.may_mean(pronoun, doer, said.title) for pronoun in _HE.finditer(said.words, 0, word.start))
    if not doer or he or demands.acts(doer, said.words, word) or said.refers(doer, 0, word.start):
        return True
    return any(other.stem in doer for other in text.words(said.words) if other.start < word.start)


def _is_attribute(sentence: str, word: text.Word) -> bool:
    """Whether a participle only says what sort of thing is spoken of: "the head of collapsed Tern Bank spoke"."""
    before = _OF_SORT.search(sentence, max(0, word.start - 24), word.start)
    return stance.is_past(word) and before is not None and _SORT.match(sentence, word.end) is not None


_OF_SORT = re.compile(
    r"\b(?:of|the|an?|its|his|her|their|with|for|from|at)\s+(?:now[\s-]|newly\s+|recently\s+)?$", re.I
)
_SORT = re.compile(r"\s+(?!by\b|in\b|on\b|at\b|after\b|and\b|to\b)[A-Za-z]")


def _is_timed(sentence: str, word: text.Word) -> bool:
    """Whether a time that a sentence gives may be that of a deed: not in "on Sunday following the attack"."""
    times = [(one.start, one.end) for one in figures.dates(sentence)]
    times += [match.span() for match in _DAY.finditer(sentence)]
    for match in WHEN.finditer(sentence):  # in "days after the race, she swam" they may be of either
        between = sentence[match.end() : word.start]
        if not (_FOLLOWING.search(match.group()) and "," in between):
            times.append(match.span())
    return any(start >= word.start or _FOLLOWING.search(sentence, end, word.start) is None for start, end in times)


_DAY = re.compile(rf"\b(?:{'|'.join(figures.WEEKDAYS)})\b", re.I)
_FOLLOWING = re.compile(r"\b(?:following|after)\b", re.I)


def _before(said: Said, word: text.Word) -> text.Span:
    """What stands before a word in its part of the sentence."""
    return text.Span(_clause(said.words, word).start, word.start)


_NO_MORE = re.compile(r"\b(?:had|until|former(?:ly)?|previously|no longer|lost|once|used to)\b", re.I)


def _is_denied(sentence: str, word: text.Word) -> bool:
    """Whether a sentence says of what a word tells that it is not done or not likely: that is no time or doer of it."""
    found = (one for one in stance.readings(sentence, {word.stem}) if one.at == word.start)
    return any(one.kind in {"denied", "unlikely"} for one in found)


def _is_answer(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether a mention tells that a deed is done or is not: no condition, not of years ago, and not the other way."""
    if not stance.is_told(said.words, word.start) or demands.is_open(said.words, word.start):
        return False
    if _helps(one):
        if not stance.IRREGULARS.isdisjoint(one.thing) and not _is_side_of(one, said, word):
            return False
        own = demands.acts(one.doer, said.words, word) or said.refers(one.doer, 0, word.start)
        among = len(one.doer) > 1 and all(_is_there(stem, said) for stem in one.doer)  # "and Norrland divers with them"
        return not one.doer or own or among or _is_backed_by(one.doer, said.words, word)
    if word.stem in _PLEDGES and word.stem not in one.deed:  # who has pledged boats is asked whether they send them
        return _is_told_of(one, said, word) and said.names(one.thing, *_clause(said.words, word))
    if one.verb in MOVES:
        leaves = one.verb not in VISIT and ways.GOES_TO.search(said.words, word.end)  # who flees to a place leaves his
        return _is_told_of(one, said, word) and (not one.thing or leaves is not None or said.names(one.thing))
    if one.thing and not one.doer:
        fell = word.stem == _FALL and said.names(one.thing, *_clause(said.words, word))
        return (fell or _is_done_to(one, said, word)) and _is_itself(one.thing, said)
    if one.thing and not (_is_done_to(one, said, word) and _is_itself(one.thing, said)):
        return False
    return not one.doer or not _is_reversed(one, said, word)


def _is_there(stem: str, said: Said) -> bool:
    """Whether a quote has a stem, or what it goes by: irregular fighters have many names."""
    stems = frozenset(text.stems(said.words))
    return likens(stem, stems) or (stem in stance.IRREGULARS and not stance.IRREGULARS.isdisjoint(stems))


def _is_side_of(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether it is the thing of a frame that is helped: who helps the one side does not help the other."""
    if said.words[word.start - 1 : word.start] in {"-", "‑"}:  # "Norrland-backed divers"
        behind = text.words(said.words[word.end :])[:1]
        return bool(behind) and _is_there(behind[0].stem, Said(words=" ".join(one.thing)))
    return _is_done_to(one, said, word)


def _is_backed_by(doer: Collection[str], sentence: str, word: text.Word) -> bool:
    """Whether a word says of others that they have the help of a doer: "Norrland-backed divers"."""
    before = next((other for other in text.words(sentence) if other.end == word.start - 1), None)
    return before is not None and sentence[before.end] in "-‑" and before.stem in doer


def _helps(one: Frame) -> bool:
    """Whether it is asked if somebody helped: who helps an army helps its country, wherever."""
    return one.hole == "whether" and _HELP in one.deed


def _is_itself(thing: Collection[str], said: Said) -> bool:
    """Whether a thing is not only named by its country: the fall of a Norrland town is not that of its capital."""
    lands = {land for stem in thing for land in synonyms(stem) & SEATS.keys()}
    stems = frozenset(text.stems(said.words))
    return lands.isdisjoint(stems) or not stems.isdisjoint(thing)


_HELP = text.stem("help")
_FALL = text.stem("fall")
_FROM_WHOM = re.compile(r"\b(?:from|against|upon|than|towards?)\s+(?:the\s+)?(?:[\w-]+\s+){0,2}$", re.I)
_DIRECTLY = re.compile(r"(?:\s+(?!by\b|and\b|to\b)[\w’'-]+){0,2}\s+")


def _is_reversed(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether those who are asked about are told of only as whom it is done to, or as whose side others take."""
    if ways.is_side(said.words, one.doer):
        return True
    if demands.acts(one.doer, said.words, word):
        return False
    own = [other for other in text.words(said.words) if likens(other.stem, one.doer)]
    return bool(own) and all(_is_object(said.words, word, other) for other in own)


def _is_object(sentence: str, deed: text.Word, other: text.Word) -> bool:
    if _FROM_WHOM.search(sentence, max(0, other.start - 60), other.start):
        return True
    active = stance.is_past(deed) and not _is_passive(sentence, deed)
    return active and other.start > deed.end and _DIRECTLY.fullmatch(sentence, deed.end, other.start) is not None


def _clause(sentence: str, word: text.Word) -> text.Span:
    """Where the part of a sentence begins and ends that a word stands in."""
    begin = max((match.end() for match in _CLAUSE.finditer(sentence, 0, word.start)), default=0)
    cut = _CLAUSE.search(sentence, word.end)
    return text.Span(begin, cut.start() if cut else len(sentence))


def _is_done_to(one: Frame, said: Said, word: text.Word) -> bool:
    """Whether the thing of a frame stands behind an active verb or a noun of the deed, or before a passive one."""
    thing = one.thing
    begin, end = _clause(said.words, word)
    if one.hole == "whether" and _is_passive(said.words, word):
        return _is_subject(thing, said, text.Span(begin, word.start))
    if _is_passive(said.words, word) or _UNDER.search(said.words, begin, word.start):
        return said.names(thing, begin, end)
    if _WHOM.search(said.words, begin, word.start) and said.names(thing, begin, word.start):
        return True
    for match in _AND.finditer(said.words, word.end, end):  # "came and met Holm": she is met
        if stance.is_past(text.words(match[1])[0]):
            end = match.start()
            break
    verbal = stance.is_past(word) or word.text.endswith("ing") or _TO_VERB.search(said.words, begin, word.start)
    if verbal and one.hole == "doer":
        elsewhere = _TO_OTHERS.search(said.words, word.end + 6, end)  # "spoke to Holm" is of her, "came for Holm" too
        end = elsewhere.start() if elsewhere else end
    if one.hole == "doer" and not verbal:  # "gathered support from allies after the divers' attack"
        cut = _APART.search(said.words, word.end, end)
        end = cut.start() if cut else end
        told = (
            other.start
            for other in text.words(said.words)
            if word.end <= other.start < end and stance.is_past(other) and not _BY_NEXT.match(said.words, other.end)
        )
        end = next(told, end)  # "the raids left the mill open" is of no raid on it
    if one.hole == "whether":  # "it" far behind the verb is seldom its object
        cut = _SUBORDINATE.search(said.words, word.end, end)
        end = cut.start() if cut else end
        last = min(end, word.end + (DIRECT if one.doer and not one.named else REACH))
        behind = (other for other in text.words(said.words) if word.end <= other.start < last)
        held = one.verb in TAKE | KEEP  # who takes a town's mill has not taken the town
        like = stance.ARMED | _REINFORCED if not stance.ARMED.isdisjoint(thing) else frozenset[str]()
        own = (
            other
            for other in behind
            if (likens_any(thing, {other.stem}) or other.stem in like) and not (held and other.text[-2:] in OWNS)
        )
        noun = _DETERMINED.search(said.words, max(0, word.start - 40), word.start)  # "the threat to Osterby"
        passing: set[ways.Way] = {"near", "from"} if noun else {"near", "from", "to"}  # "they make for Osterby"
        given = any(not (one.named and ways.way(said.words, other.start) in passing) for other in own)
        return given or said.refers(thing, word.end, word.end + NEXT_WORD)
    return said.names(thing, word.end, min(end, word.end + REACH))


def _is_subject(thing: Collection[str], said: Said, before: text.Span) -> bool:
    """Whether a thing stands in the last piece before a verb that names any: not in "if Osterby falls, the mill is"."""
    cuts = [before.start, *(match.end() for match in _PIECE.finditer(said.words, *before)), before.end]
    for start, end in reversed(list(pairwise(cuts))):
        if any(text.is_content(word) for word in text.words(said.words[start:end])):
            return said.names(thing, start, end)
    return said.names(thing, *before)


_PIECE = re.compile(r"[,()]|\b(?:which|who|that|when|if|while|as|after|before|because|but)\b", re.I)
_SUBORDINATE = re.compile(
    r"\b(?:which|who|that|when|if|while|as|after|before|because|although|though|but|until|since|unless)\b", re.I
)
_APART = re.compile(r"\b(?:from|following|after|before|during|since|amid|when|while|as|which|who)\b", re.I)
_UNDER = re.compile(r"\bunder\s+(?:[\w’'-]+\s+){0,3}$", re.I)  # "under the control of"
_TO_VERB = re.compile(r"\b(?:to|will|would|can|could|may|might|shall|should|must)\s+(?:\w+ly\s+)?$", re.I)
_TO_OTHERS = re.compile(r"\s(?:to|for|from|towards?)\s", re.I)
_AND = re.compile(r"\band\s+(?:then\s+)?([a-z]{3,20})\b")
_WHOM = re.compile(r"\b(?:which|whom|that)\s+(?:\S+\s+){1,6}$", re.I)  # "the room, which Vale leads"


def _is_passive(sentence: str, word: text.Word) -> bool:
    """Whether a word is a participle: behind "was", or before "by"."""
    been = _BEEN.search(sentence, max(0, word.start - 24), word.start)
    return stance.is_past(word) and (been is not None or _BY_NEXT.match(sentence, word.end) is not None)


def _has_doer(sentence: str, word: text.Word, thing: Collection[str]) -> bool:
    """Whether somebody is said to do what a word tells: "sunk by divers", "Russian strikes", not "heavy fighting"."""
    left = sentence[max(0, word.start - 40) : word.start]
    if _is_passive(sentence, word):
        return BY.match(sentence, word.end) is not None
    if _AGENT.search(word.text) and not (_HEADS.search(left) and word.text.endswith("s")):
        named = _NAMED_BEFORE.search(left) or _NAMED_BEHIND.match(sentence, word.end)
        return named is not None
    if thing or stance.is_past(word):
        return True
    if word.text.endswith("ing"):
        return _IS_DOING.search(left) is not None
    whose = _WHOSE.search(left) or _CARRIED.search(left) or BY.match(sentence, word.end)
    return whose is not None


_CARRIED = re.compile(
    r"\b(?:held|convened|launched|made|paid|staged)\s+(?:an?\s+|the\s+)?(?:\w+\s+){0,2}(?:counter[-‑])?$", re.I
)
_HEADS = re.compile(r"(?:\bwho|\b[A-Z][\w’'-]+)\s+(?:now\s+)?$")  # "Ada Vale heads the bank"
_AGENT = re.compile(r"(?:[eo]r|man|woman|person|head|chief|partner)s?$|^all(?:y|ies)$", re.I)
_NAMED_BEFORE = re.compile(r"\b[A-Z][\w’'-]+(?:,|,?\s+(?:who\s+)?(?:is|was|became|as))\s+(?:(?!and\b)\w+\s+){0,3}$")
_NAMED_BEHIND = re.compile(r"(?:\s+(?:of|for|to)\s[^,;.]{1,60}?)?,?\s+(?:is\s+|was\s+)?[A-Z]")
_IS_DOING = re.compile(r"(?<!\bthere )\b(?:is|are|was|were|been|be|keeps?|kept)\s+(?:\w+\s+)?$|,\s+$", re.I)
# "the divers hold", "Russian strikes", "the army's attack"
_WHOSE = re.compile(r"(?:['’]s?|\b(?!(?:The|This|These|Those|Such|More|New|Heavy)\s)[A-Z][\w-]+|\b\w{2,20}s)\s+$")
_BY_NEXT = re.compile(r"\s+by\s", re.I)


def is_given(one: Frame, sentence: str, start: int, end: int) -> bool:
    """Whether a name at `start` .. `end` stands in the place that is asked for, of some mention of the deed."""
    if one.hole == "place":
        return _is_wanted(one, ways.way(sentence, start))
    return one.hole not in {"doer", "done to"} or any(
        _is_in_place(one, sentence, word, start, end) for word in mentions(one, sentence)
    )


def _is_in_place(one: Frame, sentence: str, word: text.Word, start: int, end: int) -> bool:
    passive = _is_passive(sentence, word)
    by = BY.match(sentence, word.end)
    before, behind = end <= word.start, start >= word.end
    if by and not passive and _DETERMINED.search(sentence, max(0, word.start - 40), word.start):
        before = False  # "Osterby is afraid of a raid by divers"
    if one.hole == "done to":
        return before if passive else behind
    return (by is not None and start >= by.end() - 1) or (before and not passive)


# --- spans and counts ------------------------------------------------------------------------------------------------

_UNIT = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?|decades?|century|centuries|seasons?)"
_LENGTH = r"(?:(?:kilo|centi|milli)?met(?:re|er)s?|km|cm|mm|miles?|feet|foot|ft|inch(?:es)?|yards?|pages?)"
_SPAN_GIVEN = re.compile(
    r"\b(?:\d[\d.,]*|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|sixty|hundred|several|few|many|couple of|half an?|dozens? of)"
    rf"[\s-]+(?:(?:and a half|full|long|more|consecutive|straight)\s+)?(?:{_UNIT}|{_LENGTH})\b(?!\s+ago\b)"
    rf"|\b(?:for|within|over|after)\s+{_UNIT}\b"
    r"|\b(?:since|until|from)\s+(?:\w+\s+){0,2}\d{4}\b|\b\d{4}\s?[-–]\s?\d{2,4}\b|\bovernight\b",
    re.I,
)
_PERSONS = frozenset(map(text.stem, "people person persons".split()))
_OF_PEOPLE = re.compile(
    r"\s+(?:of\s+)?(?:(?:the|its|their)\s+)?(?:people|persons|civilians|residents|men|women)\b", re.I
)
# how many there are of something, in no figure
_VAGUELY = re.compile(
    r"\b(?:an? (?:\w+ )?(?:number|handful) of|several|a few|scores of|numerous)"
    r"((?:\s+(?!and\b|or\b|to\b|in\b)[\w’'-]+){1,3})",
    re.I,
)
_OF_FIGURE = re.compile(r"(?:[\s-]+(?!and\b|or\b|to\b|in\b)[\w’'-]+){0,4}")
_PART = re.compile(r"\s+of\s+(?:the|them|their|its|his|her|those|these)\b", re.I)
NEXT = 6  # words between a figure of people and the deed that is told of them


def _is_counted(one: Frame, said: str) -> bool:
    """Whether a figure of a quote is of the noun that is counted; one of people only by what is told of them."""
    nouns = {one.counted, *synonyms(one.counted)}
    if any(not nouns.isdisjoint(text.stems(match[1])) for match in _VAGUELY.finditer(said)):
        return True
    told = [word.start for word in mentions(one, said)]
    for number in figures.quantities(said):
        following = _OF_FIGURE.match(said, number.end)
        if one.counted not in _PERSONS or not one.deed:
            part = not one.deed and _PART.match(said, number.end)
            if following and not part and not nouns.isdisjoint(text.stems(following.group())):
                return True
            people = not one.deed and _OF_PEOPLE.match(said, number.end)
            if people and any(_undergone(said, nouns, people.end())):
                return True
        elif any(_is_near(said, number, at) for at in told):
            return True
    return False


def _undergone(said: str, deed: Collection[str], start: int) -> Iterator[text.Word]:
    """The participles of a deed behind a figure of people: "two million people have been displaced" are refugees."""
    for word in (*text.words(said), *phrasal(said)):
        if (
            word.stem in deed
            and start <= word.start
            and _is_passive(said, word)
            and not re.search(r"[,;]", said[start : word.start])
        ):
            yield word


def _is_near(said: str, number: figures.Number, at: int) -> bool:
    between = said[number.end : at] if at > number.start else said[at : number.start]
    return len(between.split()) <= NEXT + 1 and not re.search(r"[;:]|,\s", between)
