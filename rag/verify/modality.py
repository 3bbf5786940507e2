"""How firmly a text says a thing: done, to come, meant, possible, denied; and whether a statement is firmer than it.

Words that hedge or deny govern the words behind them within their clause, some of them all of it. A statement may say
less firmly what the cited words say; never more firmly, and never the contrary.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from rag import text
from rag.thesaurus import synonyms
from rag.verify import reading
from rag.verify.clauses import AUXILIARIES, BE, DETERMINERS, HAVE, Clause, clauses, is_past
from rag.verify.findings import Finding


class Standing(NamedTuple):
    """How far a thing is from being done (0 done, 1 to come, 2 meant or asked, 3 possible), if doubted, if denied."""

    distance: int = 0
    doubted: bool = False
    denied: bool = False

    def bears(self, other: Standing) -> bool:
        """Whether a thing that stands so may be said to stand like the other."""
        return self.denied == other.denied and self.distance <= other.distance and self.doubted <= other.doubted


class Said(NamedTuple):
    """A word that carries meaning, how it stands, whether it is a verb there, and the number of its clause."""

    word: text.Word
    standing: Standing
    is_verb: bool
    clause: int


def _stems(words: str) -> frozenset[str]:
    return frozenset(text.stem(word) for word in words.split())


_TO_COME = frozenset("will would shall ll".split())
_MUST = frozenset("should must ought".split())
_POSSIBLE = frozenset("may might could can".split())
_MEANT = _stems(
    """plan intend pledge promise vow offer threaten propose ready readiness prepared willing willingness expect aim
    seek try attempt want hope ask urge demand order request mull weigh schedule agree undertake decide eager poised
    intention bid prepare wish likely considering scheduled"""
)
_BEFORE_TO = {"set": 1, "going": 1, "about": 1, "due": 1, "committed": 2, "calls": 2, "called": 2, "call": 2}
_DOUBTED = _stems(
    """reportedly allegedly alleged apparently claim rumour appear seem perhaps possibly probably likely suspect
    unconfirmed unverified believe think presumably purportedly supposedly suggest accuse accusation potentially
    possible possibility unclear doubt risk fear danger verge brink"""
)
_WHOLE = _stems("reportedly allegedly apparently perhaps possibly probably presumably purportedly supposedly")
_NOT = frozenset("not never neither nor cannot without hardly".split())
_NOBODY = frozenset("no none nobody nothing neither nor".split())  # these deny what follows whatever its form
_REFUSING = _stems(
    """refuse decline unwilling unlikely unable reluctant unwillingness refusal reluctance unprepared avoid avert
    prevent"""
)
_FAILING = _stems("fail failure")  # before "to" alone
_DENYING = _stems("deny denial refute rebut")
_DISMISSING = _stems("dismiss reject")  # of what is told alone
_CHARGED = text.stem("charge")
_TOLD = _stems("report claim rumour allegation accusation suggestion news")
GOVERNING = _MEANT | _DOUBTED | _REFUSING | _FAILING | _DENYING  # stems that say how another word stands
_IT = frozenset("it this that charge charges allegation allegations accusation accusations claim claims report".split())
_NO = re.compile(r"\b(?:no|without|neither|nor|lack(?:s|ed)?)\s(?:[\w-]+\s)?$", re.I)
_FALSE = _stems("false untrue unfounded baseless fabricated")
_ASIDE = frozenset({"“", "”", '"', "«", "»", "(", ")"})
_THROUGH = frozenset({"that", "whether", "if"})
_ON = frozenset({"and", "or", "nor", ","})


def said(words: str) -> list[Said]:
    """Every word of a text that carries meaning, in order, with how it stands there."""
    found: list[Said] = []
    parts = clauses(words)
    doubted = {clause.sentence for clause in parts if any(word.stem in _WHOLE for word in clause.words)}
    reader = _Reader()
    for number, clause in enumerate(parts):
        new = number == 0 or parts[number - 1].sentence != clause.sentence
        reader.begin(clause, new=new, doubted=clause.sentence in doubted)
        found += reader.read(clause, number, new=new)
    return found


class _Reader:
    """Reads a text clause by clause; holds how what comes next stands."""

    def __init__(self) -> None:
        self.now = Standing()
        self.any_form = False  # whether a denial holds whatever the form of the verb
        self.chained = False  # whether only small words stood since the last word that hedges or denies

    def begin(self, clause: Clause, *, new: bool, doubted: bool) -> None:
        """Keep what stands from the clause before where this one goes on with it."""
        if not new and clause.joined in _THROUGH:
            self.any_form = True
            if clause.joined != "that":
                self.now = self.now._replace(doubted=True)
        elif new or not (clause.joined in _ASIDE or (clause.joined in _ON and _goes_on(clause))):
            self.now, self.any_form = Standing(doubted=doubted), False
            if clause.joined in {"if", "unless"}:
                self.now = Standing(distance=3, doubted=True)
        self.chained = clause.joined in _ASIDE and self.chained

    def read(self, clause: Clause, number: int, *, new: bool) -> list[Said]:
        """The words of one clause; what follows from it for the next is kept."""
        found: list[Said] = []
        behind: Standing | None = None  # what a word says of those before it: "a visit is planned"
        for at, word in enumerate(clause.words):
            lower = word.text.casefold()
            if text.is_content(word):
                standing = self._standing(clause, at)
                if at in clause.verbs and _next(clause, at) in _NOBODY - {"no"}:  # "signed nothing"
                    standing = standing._replace(denied=not standing.denied)
                found.append(Said(word, standing, _is_told(clause, at), number))
            governed = self._governed(clause, at)
            if governed is not None:
                if _looks_back(clause, at):
                    behind = governed
                self.now, self.chained = governed, True
            elif lower not in AUXILIARIES | {"to", "been", "s"} and not lower.endswith("ly"):
                self.chained = False
        if behind is not None:
            told = clause.joined == "that" and new  # "that houses had burned was denied"
            found = [
                each._replace(standing=behind)
                if each.standing == Standing() and (told or not is_past(each.word))
                else each
                for each in found
            ]
        return found

    def _standing(self, clause: Clause, at: int) -> Standing:
        """How a word stands: a past form is governed only by what stands straight before it."""
        now = self.now
        if not is_past(clause.words[at]) or self.chained:
            return now
        previous = clause.words[at - 1].text.casefold() if at else ""
        if at and (previous in BE | HAVE or previous.endswith("ly")):
            return now
        return Standing(0, now.doubted, now.denied and self.any_form)

    def _governed(self, clause: Clause, at: int) -> Standing | None:
        """How what follows a word stands; None where the word changes nothing."""
        word, now = clause.words[at], self.now
        lower, stem = word.text.casefold(), word.stem
        following = _next(clause, at)
        previous = clause.words[at - 1].text.casefold() if at else ""
        if lower == "be" and clause.joined == "that" and previous not in AUXILIARIES | {"to"}:
            return now._replace(distance=max(now.distance, 2))  # "insists that it be opened"
        denies = (lower in _NOT | _NOBODY or _ends_in_not(lower)) and not (lower == "not" and following == "only")
        if denies or stem in _REFUSING or (stem in _FAILING and following == "to"):
            self.any_form |= lower in _NOBODY
            unsure = now.doubted or now.denied or lower == "unlikely"
            distance = 2 if stem in _REFUSING and lower.startswith("un") else _modal(lower, now)
            return Standing(max(now.distance, distance), unsure, not now.denied)
        if stem in _DENYING or (stem in _DISMISSING and _of_what_is_told(clause, at)):
            return Standing(now.distance, True, not now.denied)
        if (previous == "ruled" and lower == "out") or (stem in _FALSE and previous in BE):
            return Standing(now.distance, now.doubted, not now.denied)
        if lower in _TO_COME | _MUST | _POSSIBLE and word.text != "May":
            return self._after_modal(lower, following)
        if lower in _BEFORE_TO and following == "to" and not _names_thing(clause, at + 2):
            return now._replace(distance=max(now.distance, _BEFORE_TO[lower]))
        if lower == "to" and previous in BE and at > 1:
            return now._replace(distance=max(now.distance, 1))
        if following == "with" and stem == _CHARGED:
            return now._replace(doubted=True)
        if stem in _DOUBTED and not (following[:1].isdigit() or following == "responsibility"):
            distance = 2 if stem in _MEANT else 0
            return now._replace(doubted=True, distance=max(now.distance, distance))
        if stem in _MEANT:
            return now._replace(distance=max(now.distance, 2))
        return None

    def _after_modal(self, lower: str, following: str) -> Standing:
        if lower in _POSSIBLE and following in HAVE:
            return self.now._replace(doubted=True)
        if lower in _POSSIBLE:
            return self.now._replace(distance=3, doubted=True)
        return self.now._replace(distance=max(self.now.distance, 2 if lower in _MUST else 1))


def _next(clause: Clause, at: int) -> str:
    return clause.words[at + 1].text.casefold() if at + 1 < len(clause.words) else ""


def _is_told(clause: Clause, at: int) -> bool:
    """Whether a word is what its clause tells: its verb, or what something is ("ready", "guilty")."""
    if at in clause.verbs:
        return True
    before = [word.text.casefold() for word in clause.words[max(0, at - 3) : at]]
    while before and (before[-1].endswith("ly") or before[-1] in {"not", "never", "found", "been", "still"}):
        before.pop()
    return bool(before) and before[-1] in BE and clause.words[at].text[0].islower()


def _modal(lower: str, now: Standing) -> int:
    """The distance that a contracted modal brings: "won't", "cannot"."""
    stem = lower[:-3] if _ends_in_not(lower) else lower
    return 1 if stem in {"wo", "would"} else 3 if stem in {"cannot", "could", "ca", "might"} else now.distance


def _ends_in_not(lower: str) -> bool:
    return lower.endswith(("n't", "n’t"))


def _goes_on(clause: Clause) -> bool:
    """Whether a clause behind "and" or a comma has no finite verb of its own: "will close and be sold"."""
    for at, word in enumerate(clause.words):
        lower = word.text.casefold()
        if lower in AUXILIARIES - {"be", "have", "do", "get"}:
            return False
        if is_past(word) and at in clause.verbs:
            previous = clause.words[at - 1].text.casefold() if at else ""
            return previous in {"be", "have", "get"}
    return True


def _looks_back(clause: Clause, at: int) -> bool:
    """Whether a hedge or denial speaks of what stands before it: "trucks were pledged", not "is expected to leave"."""
    previous = [word.text.casefold() for word in clause.words[max(0, at - 3) : at]]
    while previous and (previous[-1].endswith("ly") or previous[-1] in {"not", "also"}):
        previous.pop()
    following = clause.words[at + 1].text.casefold() if at + 1 < len(clause.words) else ""
    lower = clause.words[at].text.casefold()
    named = lower not in AUXILIARIES | _NOT | _NOBODY | {"to"}
    return named and bool(previous) and previous[-1] in BE and following not in {"to", "that", "of"}


def _of_what_is_told(clause: Clause, at: int) -> bool:
    return any(word.stem in _TOLD for word in clause.words[at + 1 : at + 5]) or at + 1 == len(clause.words)


def _names_thing(clause: Clause, at: int) -> bool:
    """Whether a noun stands there rather than a verb: "due to the storm"."""
    if at >= len(clause.words):
        return True
    word = clause.words[at]
    return word.text.casefold() in DETERMINERS or word.text[0].isupper()


# --- comparing -------------------------------------------------------------------------------------------------------

_DENIES = "the statement denies"
_DISTANCES = ("done", "to come", "only meant, promised or asked for", "only possible")


def compare(statement: str, cited: str) -> list[Finding]:
    """What is amiss with how firmly a statement says what the cited words say."""
    theirs: dict[str, list[Said]] = {}
    for each in said(cited):
        theirs.setdefault(each.word.stem, []).append(each)
    findings: list[Finding] = []
    mine: dict[int, list[tuple[Said, list[Said]]]] = {}
    denying = _denies_it(cited)
    for each in said(statement):
        matches = theirs.get(each.word.stem, [])
        if not matches and each.is_verb:
            matches = [one for stem in synonyms(each.word.stem) for one in theirs.get(stem, []) if one.is_verb]
        if denying and each.standing.denied and each.standing.doubted:
            matches = []  # "they deny it": what is denied stands before
        mine.setdefault(each.clause, []).append((each, matches))
    for pairs in mine.values():
        findings += _of_clause(pairs, cited)
    sides = {finding.reason[: len(_DENIES)] for finding in findings if not finding.contradicted}
    if len(sides) > 1:  # what is denied and what is not have changed places
        findings = [replace(finding, contradicted=True) for finding in findings]
    if _COMING.search(statement) and not _AHEAD.search(_nearest(statement, cited)):
        findings.append(Finding(support="partial", reason="the cited words do not speak of what is to come"))
    return findings


_COMING = re.compile(r"\b(?:will|shall|(?:is|are|going|about) to)\b|[’']ll\b", re.I)
_AHEAD = re.compile(
    r"\b(?:will|shall|would|may|might|could|should|must|(?:is|are|was|were|going|about|set|due|ready) to|plan\w*"
    r"|intend\w*|expect\w*|promis\w*|pledg\w*|vow\w*|prepar\w*|schedul\w*|propos\w*|aim\w*|hope\w*|next|tomorrow|soon"
    r"|from (?:January|February|March|April|May|June|July|August|September|October|November|December|20\d\d)"
    r"|agree\w*|by (?:the end of )?(?:next |\d{4}))\b|[’']ll\b",
    re.I,
)


def _nearest(statement: str, cited: str) -> str:
    """The sentence of the cited words that has most of a statement."""
    wanted = set(reading.stems(statement))
    found = [cited[span.start : span.end] for span in reading.sentences(cited)]
    return max(found, key=lambda sentence: len(wanted.intersection(text.stems(sentence))), default="")


def _denies_it(cited: str) -> bool:
    """Whether the cited words say that somebody denies what stands before."""
    tokens = reading.words(cited)
    return any(
        one.stem in _DENYING and any(word.text.casefold() in _IT for word in tokens[at + 1 : at + 3])
        for at, one in enumerate(tokens)
    )


def _of_clause(pairs: Sequence[tuple[Said, Sequence[Said]]], cited: str) -> Iterator[Finding]:
    weaker: list[tuple[Said, Said]] = []
    denied: list[Finding] = []
    nouns = verbs = 0
    for each, matches in pairs:
        if not matches:
            continue
        fitting = ([one for one in matches if one.is_verb] if each.is_verb else []) or list(matches)
        is_verb = each.is_verb or any(one.is_verb for one in matches)
        common = not is_verb and not each.word.text[0].isupper()
        nouns, verbs = nouns + common, verbs + is_verb
        if any(one.standing.bears(each.standing) for one in fitting):
            continue
        if all(one.standing.denied != each.standing.denied for one in fitting):
            side = _DENIES if each.standing.denied else "the cited words deny"
            found = Finding(support="unsupported" if is_verb else "partial", reason=f"{side} “{each.word.text}”")
            if is_verb:
                yield found
            elif each.word.text[0].islower():
                none = all(_NO.search(cited, max(0, one.word.start - 30), one.word.start) for one in fitting)
                denied.append(replace(found, contradicted=none and not each.standing.denied))
        elif is_verb:
            yield Finding(support="partial", reason=_firmer(each, fitting))
        elif common:
            weaker.append((each, fitting[0]))
    if not verbs or not any(each.standing.denied for each, _ in pairs):
        yield from denied  # else it is the verb that tells
    unmatched = any(each.is_verb and not matches for each, matches in pairs)
    if unmatched and weaker and 2 * len(weaker) >= nouns:
        each, one = weaker[0]
        yield Finding(support="partial", reason=_firmer(each, [one]))


def _firmer(each: Said, matches: Sequence[Said]) -> str:
    """What the cited words say less firmly, in a phrase."""
    nearest = min((one.standing for one in matches), key=lambda one: (one.denied != each.standing.denied, one))
    if nearest.distance > each.standing.distance:
        return f"the cited words are less certain: “{each.word.text}” is {_DISTANCES[nearest.distance]} there"
    return f"the cited words are less certain of “{each.word.text}”"
