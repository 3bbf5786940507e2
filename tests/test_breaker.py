"""A circuit breaker, with a clock that the tests turn."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rag.breaker import LONGEST, MOST, PAUSE, Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(clock=clock)
    for _ in range(MOST):
        assert breaker.admits()
        breaker.failed()
    assert breaker.is_open
    return breaker


def test_it_opens_after_failures_in_a_row_and_says_so_once(clock: Clock):
    breaker = Breaker(clock=clock)
    assert [breaker.failed() for _ in range(MOST + 2)] == [False] * (MOST - 1) + [True, False, False]
    assert breaker.is_open and not breaker.admits()


def test_a_success_between_failures_keeps_it_closed(clock: Clock):
    breaker = Breaker(clock=clock)
    for _ in range(5):
        for _ in range(MOST - 1):
            breaker.failed()
        assert breaker.succeeded() is False
    assert not breaker.is_open and breaker.admits()


def test_after_the_pause_one_may_try_and_the_rest_wait_for_another(clock: Clock):
    breaker = opened(clock)
    clock.now += PAUSE - 1
    assert breaker.seconds == 1 and not breaker.admits()
    clock.now += 1
    assert [breaker.admits() for _ in range(3)] == [True, False, False]
    clock.now += PAUSE  # the one on trial never told how it went
    assert [breaker.admits() for _ in range(2)] == [True, False]


def test_a_trial_that_succeeds_closes_it(clock: Clock):
    breaker = opened(clock)
    clock.now += PAUSE
    assert breaker.admits() and breaker.succeeded()
    assert not breaker.is_open and breaker.seconds == 0
    assert all(breaker.admits() for _ in range(3))
    assert not breaker.failed()  # it counts from the beginning again


def test_a_trial_that_fails_late_makes_it_wait_a_whole_pause_from_then(clock: Clock):
    breaker = opened(clock)
    clock.now += PAUSE
    assert breaker.admits()
    clock.now += 2 * PAUSE
    assert not breaker.failed()
    assert breaker.seconds == PAUSE and not breaker.admits()


@pytest.mark.parametrize(("asked", "kept"), [(60.0, 60.0), (1e9, LONGEST), (float("inf"), LONGEST), (1.0, PAUSE)])
def test_a_pause_that_is_asked_for_opens_it_at_once_for_so_long(clock: Clock, asked: float, kept: float):
    breaker = Breaker(clock=clock)
    assert breaker.failed(asked=asked)
    assert breaker.seconds == kept


def test_of_many_threads_at_the_end_of_a_pause_one_is_admitted(clock: Clock):
    breaker = opened(clock)
    clock.now += PAUSE
    start = threading.Barrier(8)

    def ask(_: int) -> bool:
        start.wait(20)
        return breaker.admits()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(ask, range(8))) == 1


class AnyOrder(RuleBasedStateMachine):
    """Whatever is told in whatever order, it is never shut for longer than LONGEST, nor admits two in one pause."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = Breaker(clock=self.clock)
        self.tried = float("-inf")

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def ask(self) -> None:
        was_open = self.breaker.is_open
        if self.breaker.admits() and was_open:
            assert self.clock.now - self.tried >= PAUSE
            self.tried = self.clock.now

    @rule()
    def succeed(self) -> None:
        self.breaker.succeeded()
        self.tried = float("-inf")
        assert self.breaker.admits()

    @rule(asked=st.one_of(st.just(0.0), st.floats(0, 1e6)))
    def fail(self, asked: float) -> None:
        self.breaker.failed(asked=asked)

    @invariant()
    def opens_again(self) -> None:
        assert 0 <= self.breaker.seconds <= LONGEST + 1e-6
        assert self.breaker.is_open or self.breaker.seconds == 0


AnyOrder.TestCase.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
TestAnyOrder = AnyOrder.TestCase
