"""One date out of what several sources say of it: taken only where no source of standing says another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rag.byline.dates import agree, same_clock
from rag.types import Confidence

_DAY = len("2024-12-01")
ENOUGH = 2  # weight below which a date is none
_SURE = 3


class Said(NamedTuple):
    """A date as one kind of source gives it (ISO day or instant), and how much that kind is worth."""

    source: str
    value: str
    weight: int


class Chosen(NamedTuple):
    """The date that the sources agree on, the one that says it best, and how sure it is."""

    value: str
    source: str
    confidence: Confidence


def choose(said: Sequence[Said]) -> Chosen | None:
    """The date of most weight, if that is twice the weight of all that contradicts it; None where nothing is sure.

    Each kind of source counts once; one that contradicts itself does not count. Clocks that disagree leave the day.
    """
    kinds: dict[str, list[Said]] = {}
    for one in said:
        kinds.setdefault(one.source, []).append(one)
    voices = [
        max(several, key=lambda one: (one.weight, len(one.value)))
        for several in kinds.values()
        if all(agree(several[0].value, other.value) for other in several)
    ]
    if not voices:
        return None
    sides = [[other for other in voices if agree(one.value, other.value)] for one in voices]
    side = max(sides, key=lambda side: sum(one.weight for one in side))
    weight = sum(one.weight for one in side)
    against = sum(one.weight for one in voices) - weight
    if weight < ENOUGH or weight < 2 * against:
        return None
    best = max(side, key=lambda one: (one.weight, len(one.value) > _DAY))
    clocks = [one for one in side if len(one.value) > _DAY]
    chosen = max(clocks, key=lambda one: one.weight) if clocks else best
    value = chosen.value
    if any(not same_clock(value, other.value) for other in clocks):
        value = value[:_DAY]
    sure = max(one.weight for one in side) >= _SURE and not against
    return Chosen(value, best.source, "high" if sure else "medium")
