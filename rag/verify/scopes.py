"""Whether the words and figures of a statement stand in the cited words where its verbs do.

A goal of one match is none of another, and what happened on a farm did not happen to the teacher, though the cited
words have them all: of each verb only the clause counts, with who does it and whom that clause points back at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from rag import text
from rag.verify import reading
from rag.verify.amounts import Amount, amounts, same_things
from rag.verify.clauses import DAYS, PREPOSITIONS, Clause, clauses
from rag.verify.findings import LEFT_BY_FIGURE, Finding
from rag.verify.frames import Frame, frames
from rag.verify.modality import GOVERNING
from rag.verify.paraphrases import same
from rag.verify.roles import VAGUE, by_verb, like, same_verb
from rag.verify.shares import OF

MOST = 30  # figures of a text, and frames of a verb, that are looked at


def compare(statement: str, cited: str) -> Iterator[Finding]:
    """The words and figures of a statement that the cited words have, but of something else."""
    yield from _strayed(statement, cited)
    yield from _numbered(statement, cited)


def _strayed(statement: str, cited: str) -> Iterator[Finding]:
    held = frozenset(reading.stems(cited))
    figures = {each.number.start: each for each in amounts(statement)}
    passed = GOVERNING.union(PREPOSITIONS, *(each.counts for each in figures.values()))  # these are judged elsewhere
    for clause in clauses(statement):
        scope = _scope(clause, statement, cited)
        if scope is None:
            continue
        for word in clause.words:
            if (number := figures.get(word.start)) is not None:
                yield from _counted(number, amounts(cited), scope.sentences, written=word.text)
            known = like(word.stem) | same(word.stem)
            if word.stem not in held or known & scope.words or word.stem in passed or not text.is_content(word):
                continue
            named = known & scope.named or _is_adjective(word, scope.words | scope.named)
            if word.text.casefold() in DAYS or not named:
                yield Finding(support="partial", reason=f"the cited words say “{word.text}” of something else")
                break


class _Scope(NamedTuple):
    """What the cited words say with the verb of a clause: the words, those pointed back at, and the sentences."""

    words: frozenset[str]
    named: frozenset[str]
    sentences: frozenset[int]


def _scope(clause: Clause, statement: str, cited: str) -> _Scope | None:
    """None where the verb tells nothing or is not there."""
    theirs, parts = by_verb(cited), clauses(cited)
    told = [frame for frame in frames(statement) if frame.first == clause.start]
    verbs = [frame for frame in told if not frame.title and frame.verb != "say"]
    told = [frame for frame in verbs if frame.verb not in GOVERNING] or verbs or told
    if len(parts) < 2 or (told and told[0].verb in VAGUE):
        return None
    found = same_verb(told[0], theirs)[:MOST] if told else []
    groups = [_group(one, parts) for one in found]
    groups = groups or (_holding(told[0], parts) if told else _nearest(clause, cited))
    groups = list({(group[0].start, group[-1].start): group for group in groups[:MOST]}.values())
    if not groups:
        return None
    words = {stem for group in groups for each in group for stem in _stems(each)}
    sentences = frozenset(each.sentence for group in groups for each in group)
    words.update(*(one.doer | one.done_to for one in found))
    telling = {one.first for verb in GOVERNING | {"say"} for one in theirs.get(verb, ()) if one.sentence in sentences}
    words.update(stem for part in parts if part.start in telling for stem in _stems(part))
    later = verbs[verbs.index(told[0]) + 1 :] if told and told[0] in verbs else []
    words.update(*(one.doer for one in later))  # "was denied by Holm"
    named = frozenset(stem for group in groups for stem in _pointed_at(group, parts))
    return _Scope(frozenset(words), named, sentences)


def _stems(clause: Clause) -> Iterator[str]:
    return (word.stem for word in clause.words if text.is_content(word))


def _group(frame: Frame, parts: Sequence[Clause]) -> Sequence[Clause]:
    """The clauses that speak of a verb, with those beside them that have no verb, and what "which" or "who" is."""
    first = next(at for at, part in enumerate(parts) if part.start == frame.first)
    last = next(at for at, part in enumerate(parts) if part.end == frame.last)
    return _widened(first, last, parts)


def _holding(frame: Frame, parts: Sequence[Clause]) -> list[Sequence[Clause]]:
    """The clauses that have a verb as another word, with those beside them: "explosion" for "exploded"."""
    known = same(frame.verb) | like(frame.verb)
    holding = [at for at, part in enumerate(parts) if not known.isdisjoint(_stems(part))]
    return [_widened(at, at, parts) for at in holding[:MOST]]


def _widened(first: int, last: int, parts: Sequence[Clause]) -> Sequence[Clause]:
    """Clauses with what belongs to them: beside them what has no verb, or no doer of its own; what "which" is."""
    if first and parts[first].joined in {"which", "who", "where", "whose"}:
        first -= 1
    while first and (_goes_on(parts[first]) or (parts[first].joined in _ASIDE and not parts[first - 1].verbs)):
        first -= 1
    while last + 1 < len(parts) and (
        _goes_on(parts[last + 1]) or (parts[last + 1].joined in _ASIDE and not parts[last + 1].verbs)
    ):
        last += 1
    return parts[first : last + 1]


def _goes_on(clause: Clause) -> bool:
    """Whether a clause goes on with the doer of the one before: "and met his generals"."""
    return clause.joined == "and" or (clause.joined in {"but", "or"} and (not clause.verbs or clause.verbs[0] == 0))


_ASIDE = frozenset(', ( ) — – “ ” " and or but after before since until when'.split())


_POINTING = frozenset("he she they it his her their its him them this these those".split())


def _pointed_at(group: Sequence[Clause], parts: Sequence[Clause]) -> frozenset[str]:
    """The words that stand before a group and that it may point back at: by a pronoun, or by "the" with one of them."""
    at = next(at for at, part in enumerate(parts) if part.start == group[0].start)
    before = [part for part in parts[:at] if part.sentence >= group[0].sentence - 1]
    stems = frozenset(stem for part in before for stem in _stems(part))
    tokens = [word for part in group for word in part.words]
    pointing = any(word.text.casefold() in _POINTING for word in tokens)
    pointing = pointing or any(one.text.casefold() == "the" and two.stem in stems for one, two in pairwise(tokens))
    return stems if pointing else frozenset()


def _nearest(clause: Clause, cited: str) -> list[Sequence[Clause]]:
    """The sentences that have most of the words of a clause without a verb; none where no sentence has two of them."""
    wanted = frozenset(_stems(clause))
    sentences: dict[int, list[Clause]] = {}
    for part in clauses(cited):
        sentences.setdefault(part.sentence, []).append(part)
    shares = {at: len(wanted & {stem for part in parts for stem in _stems(part)}) for at, parts in sentences.items()}
    return [sentences[at] for at, share in shares.items() if share == max(shares.values()) and share > 1]


def _counted(mine: Amount, theirs: Sequence[Amount], places: Collection[int], *, written: str) -> Iterator[Finding]:
    """A figure that the cited words have, but in no sentence that has its verb: some other one is there."""
    if mine.number.value == 1 or not any(each.number.value == mine.number.value for each in theirs):
        return
    here = [each for each in theirs if each.sentence in places]
    if any(each.number.value == mine.number.value for each in here):
        return
    rival = any(each.unit == mine.unit and (mine.unit or same_things(mine.counts, each.counts)) for each in here)
    yield Finding(
        support="unsupported" if rival else "partial",
        reason=f"the cited words say {written} of something else",
        left=LEFT_BY_FIGURE,
    )


def _is_adjective(name: text.Word, scope: Collection[str]) -> bool:
    """Whether a name stands there as an adjective, or the other way round: "Norlander" for "Norland"."""
    stem = name.stem
    return name.text[0].isupper() and any(
        min(len(stem), len(one)) > 3
        and abs(len(stem) - len(one)) < 4
        and (one.startswith(stem) or stem.startswith(one))
        for one in scope
    )


def _numbered(statement: str, cited: str) -> Iterator[Finding]:
    """Figures that the cited words give to another verb, or to another name of the same sentence."""
    theirs = amounts(cited)[:MOST]
    wholes = _wholes(cited) if not _wholes(statement) else []
    theirs_by = by_verb(cited)
    named = {stem for name in reading.names(statement) for stem in text.stems(statement[name.start : name.end])}
    for mine in amounts(statement)[:MOST]:
        same_value = [each for each in theirs if each.number.value == mine.number.value]
        if not same_value or mine.number.value == 1:
            continue
        written = statement[mine.number.start : mine.number.end]
        own = frozenset(stem for each in same_value for stem in each.around)
        sentences = {each.sentence for each in same_value}
        rival = frozenset(
            stem
            for each in theirs
            if each.sentence in sentences and each.number.value != mine.number.value and each.unit == mine.unit
            for stem in each.around
        )
        if (names := mine.around & named) and not names & own and names & rival:
            yield Finding(support="unsupported", reason=f"the cited words say {written} of something else")
        verbs = [verbs_at(cited, each.number.start) - {"say"} for each in same_value]
        told = verbs_at(statement, mine.number.start) - {"say"}
        wanted = frozenset(near for verb in told for near in same(verb))
        if any(_points_on(one, cited) for verb in wanted for one in theirs_by.get(verb, ())[:MOST]):
            continue  # "had asked for it"
        if told and all(verbs) and not any(wanted & each for each in verbs):
            yield Finding(support="partial", reason=f"the cited words say {written} of something else")
        elif told and all(each in wholes and wanted & near for each, near in zip(same_value, verbs, strict=True)):
            yield Finding(support="unsupported", reason=f"in the cited words {written} is the whole")


def _wholes(words: str) -> list[Amount]:
    """The figures of a text that are only the whole of which another is a part: "40 of its 210 branches"."""
    found = amounts(words)[:MOST]
    return [two for one, two in pairwise(found) if OF.fullmatch(words, one.number.end, two.number.start)]


def _points_on(frame: Frame, cited: str) -> bool:
    """Whether what a verb is done to is only pointed at."""
    words = cited[frame.first : frame.last].partition(frame.word)[2].casefold().split()
    return any(word.strip(".,;") in {"it", "them", "this", "these", "those", "so"} for word in words)


def verbs_at(words: str, offset: int) -> frozenset[str]:
    """The verbs of the clause that stands at an offset."""
    told = _verbs(words)
    starts = list(told)
    return told[starts[max(bisect_right(starts, offset) - 1, 0)]] if starts else frozenset()


@lru_cache(maxsize=64)
def _verbs(words: str) -> dict[int, frozenset[str]]:
    """The verbs of each clause, by the offset that it begins at."""
    found: dict[int, set[str]] = {clause.start: set() for clause in clauses(words)}
    for frame in frames(words):
        if not frame.title:
            found[frame.first].add(frame.verb)
    return {start: frozenset(verbs) for start, verbs in found.items()}
