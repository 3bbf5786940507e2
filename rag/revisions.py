"""What changed between two texts of an article, word by word: the longest common subsequence of their words.

A row of its table is one number (H. Hyyrö, 2004, Bit-parallel LCS-length computation revisited). Texts are compared by
their sentences, then by words between those that are in both, so the time is linear in their length, whatever they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import NotFoundError
from rag.types import Change, ChangeKind, Difference, Revision

if TYPE_CHECKING:
    from rag.store import Store

MOST = 1_000  # changes that are told apart: whatever comes after them is one
LONGEST = 500_000  # characters of a text, fifty times a long article: what differs in a longer one is one change
CONTEXT = 40  # characters shown on either side of a change, cut at words
ISLAND = 30  # characters that are the same, up to which the two changes beside them, if both are longer, are one
CELLS = 8_000_000  # bits of a table, a megabyte: 1,400 words and as many spaces of each text

_INSIDE, _ENDS = r"[^.!?…。！？؟۔।\n]*", r"[.!?…。！？؟۔।\n]*[^\S\n]*"
_SENTENCE = re.compile(rf"{_INSIDE}(?:\.(?=\d){_INSIDE})*{_ENDS}")
# Of what is written without spaces (Thai to Khmer, Chinese, Japanese) each letter is a word.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff"
_JOINER, _SKINS, _FLAGS = "\u200d", "\U0001f3fb-\U0001f3ff", "\U0001f1e6-\U0001f1ff"


class Stretch(NamedTuple):
    """Where two sequences differ: from start to end of each, end exclusive."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    @property
    def longest(self) -> int:
        """Its length in the sequence where it is longer."""
        return max(self.old_end - self.old_start, self.new_end - self.new_start)


def between(store: Store, article_id: str, *, earlier: str | None = None, later: str | None = None) -> Difference:
    """What changed from one revision of an article to another: from the last but one to the last, unless told.

    Raises NotFoundError where there is no such article, or it never had such a revision; LibraryError.
    """
    kept = store.revisions(article_id)
    last = _named(kept, later, article_id) if later is not None else kept[0]
    before = kept[kept.index(last) + 1 :]
    first = (*before, last)[0] if earlier is None else _named((*before, *kept), earlier, article_id)
    old, new = (store.article(article_id, one.revision) for one in (first, last))
    return Difference(earlier=first, later=last, changes=difference(old.text, new.text))


def _named(kept: Sequence[Revision], revision: str, article_id: str) -> Revision:
    for one in kept:
        if one.revision == revision:
            return one
    raise NotFoundError(f"There is no revision {revision[:100]!r} of the article {article_id!r} in the library.")


def difference(old: str, new: str) -> tuple[Change, ...]:
    """The changes that make the new text of the old one, in the order of the texts; between them the two are the same.

    Offsets are characters. Of two rewritten texts that share a word here and there, whole stretches are given.
    """
    stretches = list(_joined(old, _differing(old, new)))
    if len(stretches) > MOST:
        rest = stretches[MOST - 1]
        stretches[MOST - 1 :] = [Stretch(rest.old_start, stretches[-1].old_end, rest.new_start, stretches[-1].new_end)]
    return tuple(_change(old, new, stretch) for stretch in stretches)


def _change(old: str, new: str, stretch: Stretch) -> Change:
    before, after = old[stretch.old_start : stretch.old_end], new[stretch.new_start : stretch.new_end]
    kind: ChangeKind = "replaced" if before and after else "removed" if before else "added"
    return Change(
        kind=kind,
        old_start=stretch.old_start,
        old_end=stretch.old_end,
        new_start=stretch.new_start,
        new_end=stretch.new_end,
        before=before,
        after=after,
        lead=_words_before(new, stretch.new_start),
        trail=_words_after(new, stretch.new_end),
    )


def _words_before(text: str, at: int) -> str:
    """The words on the same line before a place, as far as there is room."""
    whole = text[max(0, at - CONTEXT) : at].rpartition("\n")[2]
    return re.sub(r"^\S+\s+", "", whole) if len(whole) == CONTEXT < at else whole


def _words_after(text: str, at: int) -> str:
    """The words on the same line from a place on, as far as there is room."""
    whole = text[at : at + CONTEXT].partition("\n")[0]
    return re.sub(r"\s+\S+$", "", whole) if len(whole) == CONTEXT < len(text) - at else whole


def _joined(old: str, stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """The stretches, those that only a few words stand between in one: both sides say more than what stayed.

    After N. Fraser's semantic clean-up (diff-match-patch). Paragraphs stay apart.
    """
    done: list[Stretch] = []
    for stretch in stretches:
        last = stretch
        while done:
            same = old[done[-1].old_end : last.old_start]
            if len(same) > min(ISLAND, done[-1].longest, last.longest) or "\n" in same:
                break
            first = done.pop()
            last = Stretch(first.old_start, last.old_end, first.new_start, last.new_end)
        done.append(last)
    yield from done


def _differing(old: str, new: str) -> Iterator[Stretch]:
    """Where the texts differ, in characters."""
    if old == new:
        return
    if max(len(old), len(new)) > LONGEST:
        yield Stretch(0, len(old), 0, len(new))
        return
    for coarse in _unlike(_SENTENCE.findall(old), _SENTENCE.findall(new)):
        before, after = old[coarse.old_start : coarse.old_end], new[coarse.new_start : coarse.new_end]
        for fine in _unlike(_tokens(before), _tokens(after)):
            yield Stretch(
                coarse.old_start + fine.old_start,
                coarse.old_start + fine.old_end,
                coarse.new_start + fine.new_start,
                coarse.new_start + fine.new_end,
            )


def _tokens(text: str) -> list[str]:
    """The text cut into words, figures, spaces and signs, none between a letter and what is combined with it."""
    return _token().findall(text)


@cache
def _token() -> re.Pattern[str]:
    marks = "".join(one for one in map(chr, range(0x10000)) if unicodedata.category(one).startswith("M"))
    marks = f"[{marks}\u200c{_SKINS}]*"
    word = rf"(?:(?![{_UNSPACED}])\w{_JOINER}?{marks})+"
    sign = rf".{marks}(?:{_JOINER}.{marks})*{_JOINER}*"
    return re.compile(rf"\s+|\d+(?:[.,:]\d+)+|{word}|[{_FLAGS}]{{2}}|{sign}", re.DOTALL)


def _unlike(old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
    """Where two sequences of parts differ, in characters of their texts."""
    old_at, new_at = ([0, *accumulate(map(len, parts))] for parts in (old, new))
    for stretch in _apart(old, new):
        yield Stretch(
            old_at[stretch.old_start], old_at[stretch.old_end], new_at[stretch.new_start], new_at[stretch.new_end]
        )


def _apart(old: Sequence[str], new: Sequence[str]) -> Iterator[Stretch]:
    """Where two sequences differ, in parts; where a table of both would be too large, all between their ends."""
    start, end, shorter = 0, 0, min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    while end < shorter - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first, second = old[start : len(old) - end], new[start : len(new) - end]
    if not first and not second:
        return
    pairs = _common(first, second) if len(first) * len(second) <= CELLS else []
    at = (0, 0)
    for pair in [*pairs, (len(first), len(second))]:
        if pair != at:
            yield Stretch(start + at[0], start + pair[0], start + at[1], start + pair[1])
        at = (pair[0] + 1, pair[1] + 1)


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence in both sequences, in order."""
    if len(old) > len(new):  # rows are to be the shorter side
        return [(one, other) for other, one in _common(new, old)]
    places: defaultdict[str, int] = defaultdict(int)  # a bit for each place of a part in the old sequence
    for place, part in enumerate(old):
        places[part] |= 1 << place
    full = row = (1 << len(old)) - 1
    rows = []  # a bit is 0 where the table grows along the old sequence
    for part in new:
        found = row & places.get(part, 0)
        row = ((row + found) | (row - found)) & full
        rows.append(row)
    pairs = []
    column, at = len(old), len(new)
    while column and at:
        if rows[at - 1] >> (column - 1) & 1:
            column -= 1
        else:
            at -= 1
            if not at or rows[at - 1] >> (column - 1) & 1:
                column -= 1
                pairs.append((column, at))
    return pairs[::-1]
