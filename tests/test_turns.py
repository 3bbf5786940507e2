"""Turns: few at a time, and who waits is counted."""

from __future__ import annotations

import threading

import pytest

from rag import tracing
from rag.turns import Turns


def test_only_so_many_have_a_turn_and_the_rest_are_counted():
    turns, entered, leave = Turns(2), threading.Semaphore(0), threading.Event()
    most, having = [0], [0]
    lock = threading.Lock()

    def take() -> None:
        with turns.question(), turns.turn():
            with lock:
                having[0] += 1
                most[0] = max(most[0], having[0])
            entered.release()
            assert leave.wait(20)
            with lock:
                having[0] -= 1

    threads = [threading.Thread(target=take) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=20) and entered.acquire(timeout=20)
    assert 2 <= turns.asked <= 5 and 0 <= turns.waiting <= 3
    assert not entered.acquire(blocking=False)
    leave.set()
    for thread in threads:
        thread.join(20)
    assert most[0] == 2 and (turns.asked, turns.waiting) == (0, 0)


def test_a_turn_and_a_question_that_fail_are_given_back():
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.question(), turns.turn():
            raise ZeroDivisionError
    assert (turns.asked, turns.waiting) == (0, 0)


def test_waiting_is_a_stage():
    with tracing.clock() as clock, Turns(1).turn():
        assert "wait" in clock.timings()


def test_whoever_has_waited_longest_has_the_next_turn():
    turns, order = Turns(1), []

    def take(name: int) -> None:
        with turns.turn():
            order.append(name)

    with turns.turn():
        threads = [threading.Thread(target=take, args=(name,)) for name in range(8)]
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while turns.waiting < number:
                pass
    for thread in threads:
        thread.join(20)
    assert order == list(range(8))


def test_who_is_interrupted_while_waiting_leaves_the_queue(monkeypatch: pytest.MonkeyPatch):
    turns = Turns(1)
    with turns.turn():
        monkeypatch.setattr(threading.Event, "wait", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt), turns.turn():
            pytest.fail("there is no second turn")
        assert turns.waiting == 0
        monkeypatch.undo()
    with turns.turn():
        assert turns.waiting == 0
