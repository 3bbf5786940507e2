"""The clauses of a text and the verbs in them, as far as endings and small words tell: no grammar, no model.

A clause ends at punctuation and at words such as "and", "while", "which".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rag import text
from rag.figures import MONTHS, WEEKDAYS, numbers
from rag.verify import reading
from rag.verify.units import UNITS


def _with_not(words: str) -> frozenset[str]:
    """Auxiliaries, and each as it is written together with "not"."""
    plain = words.split()
    irregular = {"will": "won", "can": "ca", "shall": "sha"}
    return frozenset(plain) | {f"{irregular.get(word, word)}n{mark}t" for word in plain for mark in "'’"}


BE = _with_not("be is are was were been being am get gets got")
HAVE = _with_not("has have had having")
DO = _with_not("do does did")
MODALS = _with_not("will would shall should can could may might must") | {"cannot", "ll"}
AUXILIARIES = BE | HAVE | DO | MODALS
PREPOSITIONS = frozenset(
    """about above across after against along amid among around at before behind below beside between beyond by
    despite during for from in inside into near of off on onto out outside over since through to toward towards under
    until via with within without""".split()
)
PRONOUNS = frozenset("he she they it we i you this that these those who which him her them us".split())
DETERMINERS = frozenset("a an the its his her their our my your this that these those some any no each every".split())
SAYING = frozenset(
    """say says said saying tell tells told state states stated announce announces announced report reports reported
    add adds added claim claims claimed declare declares declared insist insists insisted""".split()
)
_PASTS = frozenset(
    """
    arose arisen beat beaten became begun began brought built rebuilt burnt bought caught chose chosen came dealt drew
    drawn drove driven fell fallen felt fought found fled flew flown forbade forbidden forgot forgotten froze frozen got
    gave given went gone grew grown heard hid hidden held upheld withheld kept knew known led left lent lost made meant
    met paid repaid rose risen ran saw seen sought sold sent shook shaken shot showed shown sank sunk spoke spoken spent
    stood withstood stole stolen struck stricken swore sworn took taken retook retaken taught told thought threw thrown
    understood undertook overthrew overthrown overtook overran wore worn won withdrew withdrawn wrote written laid lay
    slept swept hung dug bore born borne broke broken tore torn woke bent bound blew blown fed sat slid stuck swam won
    hit set cut put let shut hurt cost spread split quit bet burst cast shed""".split()
)
_PLURALS = ("ss", "ers", "ors", "ists")
_NO_VERBS = frozenset("hundred need speed seed breed red bed shed united indeed embed kindred sacred".split())
CONJUNCTIONS = frozenset(
    """and or but nor while whereas which who whom whose that because as although though since if unless whether when
    where how why after before until""".split()
)
_BETWEEN = frozenset("not never also already been still now again".split())  # these part no auxiliary from its verb
_BEFORE_NOUNS = frozenset("since after before until".split())  # these may stand before a mere noun too
_NEXT = 10  # characters between two clauses that only such a word parts
_BREAK = re.compile(r"[,;:—–()\[\]\"“”«»]")
ANYBODY = frozenset("nobody everybody somebody anybody everyone someone anyone nothing everything something".split())
_SCALES = frozenset("hundred thousand million billion trillion k m bn mn percent cent dozen".split())
DAYS = frozenset(WEEKDAYS) | {month for month in MONTHS if month not in {"may", "march"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """Words of one clause with the word or mark that joins it to what stands before; the number of its sentence.

    `verbs` are the places of its verbs.
    """

    words: tuple[text.Word, ...]
    joined: str
    sentence: int
    verbs: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Find the verbs."""
        object.__setattr__(self, "verbs", tuple(at for at in range(len(self.words)) if _is_verb(self, at)))

    @property
    def start(self) -> int:
        """The offset of its first word."""
        return self.words[0].start

    @property
    def end(self) -> int:
        """The offset behind its last word."""
        return self.words[-1].end


@lru_cache(maxsize=64)
def clauses(words: str) -> tuple[Clause, ...]:
    """The clauses of a text in order; none without words. "Since Friday" is none, as it has no verb."""
    found: list[Clause] = []
    for number, span in enumerate(reading.sentences(words)):
        for clause in _clauses(words, span, number):
            before = found[-1] if found and found[-1].sentence == number else None
            if before and clause.joined in _BEFORE_NOUNS and not clause.verbs and clause.start - before.end < _NEXT:
                at = words.index(clause.joined[1:], before.end) - 1  # its first letter may be a capital
                joint = text.Word(clause.joined, at, at + len(clause.joined), clause.joined)
                found[-1] = Clause(words=(*before.words, joint, *clause.words), joined=before.joined, sentence=number)
            else:
                found.append(clause)
    return tuple(found)


def _clauses(words: str, span: text.Span, number: int) -> Iterator[Clause]:
    sentence = words[span.start : span.end]
    tokens = [
        text.Word(each.text, each.start + span.start, each.end + span.start, each.stem) for each in text.words(sentence)
    ]
    held: list[text.Word] = []
    joined = ""
    end = span.start
    for token in tokens:
        clock = words[end : token.start] == ":" and token.text[0].isdigit()
        mark = None if clock else _BREAK.search(words, end, token.start)
        lower = token.text.casefold()
        end = token.end
        if mark or (lower in CONJUNCTIONS and not (lower == "that" and _shows(held))):
            if held:
                yield Clause(words=tuple(held), joined=joined, sentence=number)
                held = []
                joined = ""
            joined = mark.group() if mark and lower not in CONJUNCTIONS else lower
            if lower in CONJUNCTIONS:
                continue
        held.append(token)
    if held:
        yield Clause(words=tuple(held), joined=joined, sentence=number)


def _shows(before: Sequence[text.Word]) -> bool:
    """Whether "that" points at a thing ("of that town") and begins no clause."""
    return bool(before) and before[-1].text.casefold() in PREPOSITIONS


# --- verbs -----------------------------------------------------------------------------------------------------------


def is_past(word: text.Word) -> bool:
    """Whether a word has the form of a past tense or participle: "captured", "took", "hit"."""
    lower = word.text.casefold()
    if word.text[0].isupper() or lower in _NO_VERBS or not lower.isalpha():
        return False
    if len(lower) > 3 and lower.endswith("ed"):
        return not lower.startswith("un")
    return lower in _PASTS


def _is_verb(clause: Clause, at: int) -> bool:
    """Whether the word at a place of a clause is its verb, by its ending or by what stands before or behind it."""
    word = clause.words[at]
    lower = word.text.casefold()
    if word.text in SAYING:
        return at == 0 or clause.words[at - 1].text.casefold() not in DETERMINERS | PREPOSITIONS
    if not (text.is_content(word) or lower == "won") or lower in DAYS:  # it is a stop word for the sake of "won't"
        return False
    before = [each.text.casefold() for each in clause.words[max(0, at - 3) : at]]
    while before and (before[-1].endswith("ly") or before[-1] in _BETWEEN):
        before.pop()
    previous = before[-1] if before else ""
    if is_past(word):
        return previous not in DETERMINERS | PREPOSITIONS
    if previous in MODALS | DO or (previous == "to" and word.text[0].islower() and not lower.endswith("s")):
        return True
    if lower.endswith("ing") and previous in BE:
        return True
    return _is_present(clause, at)


def _may_be_verb(word: text.Word) -> bool:
    return is_past(word) or word.text.casefold() in AUXILIARIES


def _is_present(clause: Clause, at: int) -> bool:
    """Whether a word in -s stands between a doer and a thing done to: "Iran backs the army"."""
    word = clause.words[at]
    lower = word.text.casefold()
    opens = at == 0 and clause.joined in {",", "and", "after", "before", "while"}
    opens = opens or (at > 0 and clause.words[at - 1].text.casefold() in {"by", "without"})
    if opens and len(lower) > 5 and lower.endswith("ing"):
        return word.text[0].islower() and at + 1 < len(clause.words)  # ", killing both"
    if at == 0 and clause.joined in {"that", "which", "who"}:
        return word.text[0].islower() and lower.endswith("s") and not lower.endswith(_PLURALS) and len(lower) > 3
    if not (
        at > 0 and word.text[0].islower() and lower.endswith("s") and not lower.endswith(_PLURALS) and len(lower) > 3
    ):
        return False
    previous = clause.words[at - 1]
    doer = previous.text[0].isupper() and previous.text.casefold() not in DAYS
    doer = doer or (at > 1 and clause.words[at - 2].text.casefold() in DETERMINERS and text.is_content(previous))
    following = clause.words[at + 1].text if at + 1 < len(clause.words) else ""
    behind = following.casefold() in (DETERMINERS | PREPOSITIONS) - {"of"} or following[:1].isupper()
    alone = not previous.text.endswith("s") and not any(_may_be_verb(each) for each in clause.words if each is not word)
    noun = following.isalpha() and following.casefold() not in PREPOSITIONS and previous.text.isalpha()
    behind = behind or (alone and noun)  # "the law bans phones"
    return doer and behind and previous.text.casefold() not in DETERMINERS


def is_passive(clause: Clause, at: int) -> bool:
    """Whether the past form at a place is done to the one who stands before it: "was captured"."""
    if not is_past(clause.words[at]):
        return False
    before = [each.text.casefold() for each in clause.words[max(0, at - 4) : at]]
    while before and (before[-1].endswith("ly") or before[-1] in {"not", "never", "also", "already"}):
        before.pop()
    if before and before[-1] in BE:
        return True
    behind = clause.words[at + 1 : at + 3]
    return (
        len(behind) == 2 and behind[0].text.casefold() == "by" and not is_counting(behind[1])
    )  # not "rose by 5 percent"


def is_counting(word: text.Word) -> bool:
    """Whether a word is a figure, a part of one or a unit, none of which does anything."""
    lower = word.text.casefold()
    return lower[0].isdigit() or lower in UNITS or lower in _SCALES or bool(numbers(word.text))
