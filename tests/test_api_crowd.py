"""Who comes when all places are taken is told when to come again, and takes nobody's."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from socket import create_connection
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
from fake_pipeline import FakePipeline
from serving import serving
from starlette.exceptions import HTTPException

from rag.api import create_app
from rag.api.crowd import Line
from rag.api.streaming import Answering
from rag.asking import Ask
from rag.config import Settings

PLACES = 2


class Held(FakePipeline):
    """Searches, and does not come back until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings(_env_file=None, max_at_once=PLACES)
        self.begun, self.may_end = threading.Semaphore(0), threading.Event()

    def search(self, *asked, **limits):
        self.begun.release()
        assert self.may_end.wait(30)
        return super().search(*asked, **limits)


def search(address: str) -> httpx.Response:
    return httpx.get(f"{address}/search", params={"query": "ferry"}, timeout=60)


def test_one_more_than_there_are_places_is_told_to_come_again():
    pipeline = Held()
    with ExitStack() as after:
        address = after.enter_context(serving(create_app(pipeline)))
        threads = after.enter_context(ThreadPoolExecutor(PLACES))
        after.callback(pipeline.may_end.set)
        answered = [threads.submit(search, address) for _ in range(PLACES)]
        for _ in range(PLACES):
            assert pipeline.begun.acquire(timeout=30)
        for path, body in (("/ask", {"question": "Who?"}), ("/v1/embeddings", {"model": "x", "input": "y"})):
            refused = httpx.post(f"{address}{path}", json=body, timeout=60)
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert f"{PLACES} requests are being answered" in refused.text
        assert httpx.get(f"{address}/healthz", timeout=60).status_code == 200
        assert httpx.get(f"{address}/articles", timeout=60).status_code == 200
        pipeline.may_end.set()
        assert [one.result().status_code for one in answered] == [200] * PLACES
        assert search(address).status_code == 200


def test_who_has_not_sent_all_of_a_question_has_no_place_yet():
    pipeline = Held()
    pipeline.may_end.set()
    with serving(create_app(pipeline)) as address, ExitStack() as clients:
        parts = urlsplit(address)
        for _ in range(2 * PLACES):
            client = clients.enter_context(closing(create_connection((parts.hostname, parts.port))))
            head = f"POST /ask HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            client.sendall(f"{head}Content-Length: 20\r\n\r\n{{".encode())
        assert search(address).status_code == 200


def test_places_are_free_again_after_answers_that_failed_or_were_wrong():
    pipeline = Held()
    pipeline.may_end.set()
    with serving(create_app(pipeline)) as address:
        for _ in range(2 * PLACES):
            assert httpx.get(f"{address}/search", timeout=60).status_code == 422
            assert httpx.post(f"{address}/ask", json={"question": "Who?", "since": "x"}, timeout=60).status_code == 422
        assert search(address).status_code == 200


class Slow(FakePipeline):
    """Answers, and searches, once each may."""

    def __init__(self, *, wait: float) -> None:
        super().__init__(step=threading.Semaphore(0))
        self.settings = Settings(_env_file=None, max_wait=wait)

    def search(self, *asked, **limits):
        found = super().search(*asked, **limits)
        self.step.acquire()
        return found


QUESTION = {"question": "Who?"}
CHAT = {"model": "crosscheck", "messages": [{"role": "user", "content": "Who?"}]}


def ask(address: str, path: str = "/ask", body: object = QUESTION) -> httpx.Response:
    return httpx.post(f"{address}{path}", json=body, timeout=60)


def test_whoever_would_wait_too_long_is_told_to_come_again_each_in_their_own_line():
    pipeline = Slow(wait=0.5)  # of an answer each tenth of a second, and a search each hundredth, until one is measured
    with ExitStack() as after:
        address = after.enter_context(serving(create_app(pipeline)))
        threads = after.enter_context(ThreadPoolExecutor(10))
        after.callback(pipeline.step.release, 999)
        answered = []
        for work in (ask, search):
            before = len(pipeline.asked)
            for number in range(1, 6):
                answered.append(threads.submit(work, address))
                while len(pipeline.asked) < before + number:
                    pass
        for refused in (ask(address), ask(address, "/v1/chat/completions", CHAT), search(address)):
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
            assert "wait too long" in refused.text
        assert httpx.get(f"{address}/v1/models", timeout=60).status_code == 200
        pipeline.step.release(999)
        assert [one.result().status_code for one in answered] == [200] * 10


def test_nobody_is_sent_away_by_the_time_that_a_model_takes():
    pipeline = Slow(wait=0.1)
    pipeline.model = SimpleNamespace(spared=None)
    with ExitStack() as after:
        address = after.enter_context(serving(create_app(pipeline)))
        threads = after.enter_context(ThreadPoolExecutor(10))
        after.callback(pipeline.step.release, 999)
        answered = [threads.submit(ask, address) for _ in range(10)]
        while len(pipeline.asked) < 10:
            pass
        pipeline.step.release(999)
        assert [one.result().status_code for one in answered] == [200] * 10


def test_a_line_learns_how_long_one_takes(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    line = Line(wait=3.0, each=0.0)
    for _ in range(99):  # four at once, of which each takes a second
        leaving = [line.stand() for _ in range(4)]
        for leave in leaving:
            clock[0] += 1
            leave()
    assert 0.99 < line.each < 1.01 and line.standing == 0
    line.stand()
    line.look()
    line.stand()
    line.stand()
    with pytest.raises(HTTPException) as refused:
        line.look()
    assert refused.value.headers == {"Retry-After": "4"}


def test_who_is_alone_in_the_line_is_served_however_long_the_last_one_took():
    line = Line(wait=1.0, each=99.0)
    line.look()
    leave = line.stand()
    with pytest.raises(HTTPException):
        line.look()
    leave()
    line.look()


def test_an_answer_that_is_only_to_be_read_holds_nobody_up():
    line = Line(wait=1.0, each=0.0)

    async def play() -> int:
        growing = await Answering(FakePipeline(), line=line).begin(Ask(question="Who?"))
        for _ in range(1000):
            if not line.standing:
                break
            await asyncio.sleep(0.01)
        left = line.standing
        await growing.aclose()
        return left

    assert asyncio.run(play()) == 0
