"""Keys, sessions and rates by themselves; what the server makes of them is tested in test_gate.py."""

from __future__ import annotations

import hashlib

import pytest
from limits.storage import MemoryStorage

from rag.access import STRANGER, UNGUARDED, Access, Failures, Keys, Rates, Sessions, access_of, may_write, sessions
from rag.errors import SettingsError

READER = Access(who="r", scopes=frozenset({"read"}))


def test_a_key_reads_and_with_write_also_writes():
    keys = Keys("reader-key another/key==:read,\n writer~key:write ,")
    assert keys.access("reader-key").scopes == keys.access("another/key==").scopes == {"read"}
    assert keys.access("writer~key").scopes == {"read", "write"}
    assert not keys.access("writer~key").signed_in


@pytest.mark.parametrize(
    "key", ["", "reader-ke", "reader-key2", "Reader-key", "reader-key:read", " reader-key", "é", "\ud800"]
)
def test_what_is_not_the_very_key_is_none(key: str):
    assert Keys("reader-key:read").access(key) is None


def test_a_key_has_a_name_for_logs_that_does_not_tell_it():
    keys = Keys("reader-key")
    assert keys.access("reader-key").who == hashlib.sha256(b"reader-key").hexdigest()[:8]
    assert "reader-key" not in repr(vars(keys))


@pytest.mark.parametrize("setting", ["", " ", "\n\t"])
def test_without_keys_none_is_asked_for(setting: str):
    assert not Keys(setting)
    assert Keys(setting).access("") is None


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        (",", "no key"),
        ("reader-key,hunter2", "entry 2 is shorter"),
        ("hunter2-hunter2:admin", "entry 1 is not"),
        ("hunter2-hunter2:", "entry 1 is not"),
        ("hunter2=hunter2", "entry 1 is not"),
        ("hünter2-hünter2", "entry 1 is not"),
        ("hunter2-hunter2 hunter2-hunter2:write", "entry 2 is given twice"),
    ],
)
def test_wrong_keys_are_one_sentence_that_names_none(setting: str, told: str):
    with pytest.raises(SettingsError) as raised:
        Keys(setting)
    assert told in str(raised.value)
    assert "hunter2" not in str(raised.value) and "nter2" not in str(raised.value)


def test_who_asks_stands_in_the_requests_state_and_who_came_past_no_gate_may_nothing():
    assert access_of({}) == access_of({"state": {}}) == STRANGER
    assert not may_write({}) and not may_write({"state": {"access": READER}})
    assert may_write({"state": {"access": UNGUARDED}})


# Sessions


def test_a_session_ends_with_its_time():
    now = 0.0
    held = Sessions(seconds=10, clock=lambda: now)
    first = held.begin(READER)
    now = 9.9
    second = held.begin(READER)
    assert held.access(first).who == "r" and held.access(first).signed_in
    now = 10.0
    assert held.access(first) is None
    assert held.access(second) is not None
    assert len(held._held) == 1


def test_a_session_ends_when_it_is_closed_and_a_name_that_was_never_given_is_none():
    held = Sessions()
    name = held.begin(READER)
    held.end(name)
    held.end("never given")
    assert held.access(name) is None
    assert held.access("") is None
    assert len({held.begin(READER) for _ in range(100)} - {name}) == 100


def test_there_are_never_more_sessions_than_so_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sessions, "MOST", 3)
    held = Sessions()
    names = [held.begin(READER) for _ in range(5)]
    assert [held.access(name) is not None for name in names] == [False, False, True, True, True]


# Rates


def test_each_name_has_so_many_requests():
    rates = Rates("3/hour")
    assert [rates.wait("a") for _ in range(3)] == [0, 0, 0]
    assert 0 < rates.wait("a") <= 3600
    assert rates.wait("b") == 0


def test_several_limits_hold_together_and_an_empty_one_is_none():
    rates = Rates("2/hour; 100/day")
    assert [bool(rates.wait("a")) for _ in range(3)] == [False, False, True]
    none = Rates(" ")
    assert not any(none.wait("a") for _ in range(2_000))


@pytest.mark.parametrize(
    "setting", ["often", "0/minute", "-1/minute", "5/fortnight", "5 minute", "5/minute,", "nan/hour"]
)
def test_a_wrong_rate_is_one_sentence(setting: str):
    with pytest.raises(SettingsError, match=r"RATE_LIMIT: .* is not a rate; write one as 600/minute"):
        Rates(setting)


def test_a_limiter_that_fails_lets_nobody_through(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise OSError("out of order")

    monkeypatch.setattr(MemoryStorage, "acquire_entry", fail)
    with pytest.raises(OSError, match="out of order"):
        Rates("3/hour").wait("a")


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("testclient", "testclient", True),
        ("", "", True),
    ],
)
def test_wrong_keys_count_by_where_they_come_from(first: str, second: str, together: bool):
    failures = Failures(2)
    for _ in range(2):
        assert failures.wait(first) == 0
        failures.count(first)
    assert 0 < failures.wait(first) <= 60
    assert (failures.wait(second) > 0) == together
