"""One module for each set of questions, with a `SUITE` in it; this is the list of them."""

from __future__ import annotations

from typing import Any

from evals.suites import (
    aleppo,
    bipia,
    canard,
    cast,
    mtrag_un,
    multihop_pages,
    multihop_rag,
    nomiracl,
    pages,
    ramdocs,
    realtimeqa,
    rgb,
    robustrag,
    summedits,
    wice,
)
from evals.types import Suite
from rag.errors import UsageError

SUITES: tuple[Suite[Any], ...] = (
    aleppo.SUITE,
    multihop_rag.SUITE,
    multihop_rag.ANSWERS,
    realtimeqa.SUITE,
    realtimeqa.ANSWERS,
    cast.SUITE,
    mtrag_un.SUITE,
    canard.SUITE,
    nomiracl.SUITE,
    ramdocs.SUITE,
    rgb.SUITE,
    wice.SUITE,
    summedits.SUITE,
    robustrag.SUITE,
    bipia.SUITE,
    pages.SUITE,
    multihop_pages.SUITE,
)


def suite_named(name: str) -> Suite[Any]:
    """Return the suite called `name`; raises UsageError, which says which there are."""
    for suite in SUITES:
        if suite.name == name:
            return suite
    raise UsageError(f"There is no suite {name!r}; there are: {', '.join(suite.name for suite in SUITES)}.")
