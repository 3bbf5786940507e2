"""One module for each set of questions, with a `SUITE` in it; this is the list of them."""

from __future__ import annotations

from typing import Any

from evals.suites import aleppo
from evals.types import Suite
from rag.errors import UsageError

SUITES: tuple[Suite[Any], ...] = (aleppo.SUITE,)


def suite_named(name: str) -> Suite[Any]:
    """Return the suite called `name`; raises UsageError, which says which there are."""
    for suite in SUITES:
        if suite.name == name:
            return suite
    raise UsageError(f"There is no suite {name!r}; there are: {', '.join(suite.name for suite in SUITES)}.")
