"""Items read ahead in a thread of their own: in order, few at a time, and no further than they are wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from rag.ahead import ahead


def test_items_come_in_order_and_are_read_elsewhere():
    threads = set()

    def items() -> Iterator[int]:
        for number in range(100):
            threads.add(threading.get_ident())
            yield number

    assert list(ahead(items(), most=3)) == list(range(100))
    assert len(threads) == 1 and threading.get_ident() not in threads
    assert list(ahead([], most=1)) == []


def test_no_more_are_read_than_may_wait():
    read = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            read.append(number)
            if number == 3:
                third.set()
            yield number

    taken = ahead(items(), most=2)
    assert next(taken) == 0
    assert third.wait(10)  # one was taken, two wait, and one is held until there is room
    assert read == [0, 1, 2, 3]
    taken.close()
    assert read == [0, 1, 2, 3]


def test_what_goes_wrong_comes_where_it_happened():
    def items() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    taken = ahead(items(), most=5)
    assert next(taken) == 1
    with pytest.raises(ZeroDivisionError):
        next(taken)


def test_whoever_takes_no_more_closes_what_is_read():
    closed = []

    def items() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.append(threading.get_ident())

    taken = ahead(items(), most=1)
    assert next(taken) == 0
    taken.close()
    assert len(closed) == 1 and threading.get_ident() not in closed
