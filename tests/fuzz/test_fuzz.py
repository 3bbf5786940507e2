"""A little of every target in an ordinary run, a million executions in the long form."""

from __future__ import annotations

import pytest

from .every import TARGETS
from .many import fuzz
from .target import Target, run

FEW, MANY = 25, 1_000_000


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name.replace(" ", "-"))
def test_whatever_is_given_something_sound_comes_of_it(target: Target):
    assert run(target, executions=FEW, begin=0, timed=False).executions >= FEW


@pytest.mark.long
def test_a_million_executions_fail_nowhere_and_none_takes_a_second():
    ran, failed = fuzz(MANY, jobs=2, begin=1)
    assert not failed, failed[0]
    assert sum(one.executions for one in ran) >= MANY
