"""A clock that is set back or ahead while the product runs: order, sessions, limits and waits keep their ways."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from made_up import MODEL, article, embedded, found, vector

from rag import watch
from rag.access.keys import Access
from rag.access.rates import Failures, Rates
from rag.access.sessions import Sessions
from rag.errors import LibraryBusyError
from rag.store import Store
from rag.types import Article, IngestReport

YEAR = 365 * 86_400.0


@pytest.fixture(params=[-YEAR, YEAR], ids=["set back", "set ahead"])
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall clock, a year off; time goes on as it did."""
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + request.param)


def test_articles_keep_the_order_in_which_they_were_taken_in(tmp_path: Path):
    with Store(tmp_path / "data", **MODEL) as store:
        for number, year in enumerate((2030, 2020, 1999)):
            made = article(f"Edition {number}.", name=f"paper-{number}")
            with store.writing() as writer:
                writer.put(*embedded(_taken_in(made, year)))
        assert [byline.article_id for byline in store.articles()] == ["paper-0", "paper-1", "paper-2"]
        assert [byline.article_id for byline in store.catalogue()[0]] == ["paper-2", "paper-1", "paper-0"]


def test_a_text_that_comes_with_an_earlier_clock_is_the_newer_one(tmp_path: Path):
    with Store(tmp_path / "data", **MODEL) as store:
        for text, year in (("The first text.", 2030), ("The second text.", 2020), ("The third text.", 2025)):
            with store.writing() as writer:
                writer.put(*embedded(_taken_in(article(text, name="paper"), year)))
        now, *before = store.revisions("paper")
        assert store.article("paper").text == "The third text."
        assert [store.article("paper", one.revision).text for one in before] == ["The second text.", "The first text."]
        assert now.replaced_at is None
        assert found(store, "third") == {"paper"}
        assert store.check() == []


def _taken_in(made: Article, year: int) -> Article:
    return replace(made, ingested_at=f"{year}-01-01T00:00:00+00:00")


@pytest.mark.usefixtures("clock")
def test_a_library_is_used_whatever_the_clock_says(tmp_path: Path):
    with Store(tmp_path / "data", **MODEL) as store:
        with store.writing() as writer:
            writer.put(*embedded(article("A zebra came.", name="zebra")))
        assert found(store, "zebra") == {"zebra"}
        assert len(store.nearest(vector("zebra"), limit=3)) == 1
        store.rebuild()
        assert store.check() == []


def test_a_writer_waits_as_long_as_it_should_though_the_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real, jumps = time.time, iter(range(1_000_000))
    monkeypatch.setattr(time, "time", lambda: real() - YEAR * next(jumps))
    with Store(tmp_path / "data", **MODEL) as store, Store(tmp_path / "data", **MODEL) as other:
        entered, leave = threading.Event(), threading.Event()

        def hold() -> None:
            with other.writing():
                entered.set()
                leave.wait(30)

        holder = threading.Thread(target=hold)
        holder.start()
        entered.wait(30)
        with pytest.raises(LibraryBusyError), store.writing(patience=0.2):
            pass
        leave.set()
        with store.writing(patience=30):
            pass
        holder.join()


def test_a_session_ends_after_its_time_and_not_by_the_clock(monkeypatch: pytest.MonkeyPatch):
    passed = [0.0]
    sessions = Sessions(seconds=60, clock=lambda: passed[0])
    assert Sessions()._clock is time.monotonic
    name = sessions.begin(Access(who="reader", scopes=frozenset({"read"})))
    real = time.time
    for years in (-5, 5):
        monkeypatch.setattr(time, "time", lambda years=years: real() + years * YEAR)
        assert sessions.access(name) is not None
    passed[0] = 61
    assert sessions.access(name) is None


def test_a_limit_of_requests_is_forgotten_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch):
    rates, failures = Rates("2/minute"), Failures(most=2)
    for _ in range(2):
        assert rates.wait("reader") == 0
        failures.count("192.0.2.7")
    assert 0 < rates.wait("reader") <= 60
    assert 0 < failures.wait("192.0.2.7") <= 60
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - YEAR)
    assert [rates.wait("reader") for _ in range(2)] == [0, 0]
    assert 0 < rates.wait("reader") <= 61
    assert failures.wait("192.0.2.7") == 0
    for _ in range(2):
        failures.count("192.0.2.7")
    assert 0 < failures.wait("192.0.2.7") <= 61


def test_a_watch_waits_by_the_time_that_passes_and_not_by_the_clock(monkeypatch: pytest.MonkeyPatch):
    real, stop, waited = time.time, threading.Event(), list[float]()
    monkeypatch.setattr(time, "time", lambda: real() - YEAR * (1 + len(waited)))

    def wait(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            stop.set()

    watch.watch(lambda: IngestReport(seconds=0.0), seconds=900, stop=stop, tell=lambda _: None, wait=wait)
    assert len(waited) == 3
    assert all(800 < seconds <= 900 for seconds in waited)
