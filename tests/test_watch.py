import threading
from collections.abc import Callable
from datetime import datetime

import pytest

from rag.errors import EmbeddingError, LibraryBusyError, UsageError
from rag.types import IngestReport, Refusal
from rag.watch import stamped, watch

ONE, OTHER = Refusal(source="a.txt", reason="It is empty."), Refusal(source="b.txt", reason="It is empty.")
Pass = IngestReport | Exception


class Time:
    """A clock that moves by waiting and by passes, and stops a watch after so many waits."""

    def __init__(self, *, waits: int, stop: threading.Event) -> None:
        self.now, self.waited, self._left, self._stop = 100.0, [], waits, stop

    def clock(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds
        if len(self.waited) == self._left:
            self._stop.set()


def run(*passes: Pass, takes: float = 0.0) -> tuple[list[IngestReport | str], Time]:
    """A watch every minute with these passes, each of which takes so many seconds."""
    stop, told = threading.Event(), []
    time, left = Time(waits=len(passes), stop=stop), iter(passes)

    def take() -> IngestReport:
        time.now += takes
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    watch(take, seconds=60, stop=stop, tell=told.append, clock=time.clock, wait=time.wait)
    return told, time


def test_passes_begin_a_minute_apart_and_each_is_told():
    first, second = IngestReport(added=("a",)), IngestReport(unchanged=("a",))
    told, time = run(first, second, takes=7)
    assert told == [first, second]
    assert time.waited == [53, 53]


def test_a_pass_that_takes_longer_than_the_interval_is_followed_at_once():
    assert run(IngestReport(), takes=75)[1].waited == [0]


def test_a_refusal_is_told_once_and_again_when_it_comes_back():
    told, _ = run(
        IngestReport(refused=(ONE,)), IngestReport(refused=(ONE, OTHER)), IngestReport(), IngestReport(refused=(ONE,))
    )
    assert [one.refused for one in told] == [(ONE,), (OTHER,), (), (ONE,)]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (LibraryBusyError("Another process is writing."), "Another process is writing. The next pass"),
        (EmbeddingError("The model cannot be loaded."), "This pass failed: The model cannot be loaded."),
        (OSError(28, "No space left on device"), "This pass failed: [Errno 28] No space left on device"),
    ],
)
def test_a_pass_that_fails_is_said_and_the_next_one_comes(error: Exception, says: str):
    told, _ = run(error, IngestReport(added=("a",)))
    assert str(told[0]).startswith(says)
    assert told[1] == IngestReport(added=("a",))


def test_a_refusal_that_was_told_before_a_failure_is_not_told_after_it():
    told, _ = run(IngestReport(refused=(ONE,)), OSError("broken"), IngestReport(refused=(ONE,)))
    assert told[2] == IngestReport()


def test_a_wrong_request_ends_it():
    with pytest.raises(UsageError):
        run(UsageError("Nothing was named."))


def test_a_watch_that_is_stopped_in_a_pass_tells_it_and_waits_no_more():
    stop, told = threading.Event(), []

    def take() -> IngestReport:
        stop.set()
        return IngestReport(added=("a",))

    def wait(seconds: float) -> None:
        raise AssertionError("it waited")

    watch(take, seconds=60, stop=stop, tell=told.append, wait=wait)
    assert told == [IngestReport(added=("a",))]
    watch(take, seconds=60, stop=stop, tell=told.append, wait=wait)
    assert len(told) == 1


def test_it_waits_for_the_event_where_no_other_way_is_given():
    stop = threading.Event()
    passes: list[Callable[[], None]] = [lambda: None, stop.set]

    def take() -> IngestReport:
        passes.pop(0)()
        return IngestReport()

    watch(take, seconds=0, stop=stop, tell=lambda _: None)
    assert passes == []


def test_a_line_has_the_time_before_it():
    assert stamped("Done.", now=datetime(2026, 3, 1, 9, 5, 7)) == "2026-03-01 09:05:07  Done."
