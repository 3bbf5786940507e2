"""Who comes when all places are taken is told when to come again, and takes nobody's."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from socket import create_connection
from urllib.parse import urlsplit

import httpx
from fake_pipeline import FakePipeline
from serving import serving

from rag.api import create_app
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
