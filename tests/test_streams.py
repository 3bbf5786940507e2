"""A question that comes while the page's last stream is ending: it is answered."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from chromium import MARKS, ask, calm, chromium, settled, watched
from page_pipeline import PagePipeline
from serving import serving
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api import create_app
from rag.ui import mount
from rag.ui.streams import JOIN, LAST, STREAM, StreamEnds

ON_ITS_WAY = 0.7  # seconds that the last message of a stream takes


class Slow:
    """A network on which the last message of every stream takes its time."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.on_their_way = 0
        self.ends = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def late(message: Message) -> None:
            if message.get("body", b"").startswith(LAST):
                self.on_their_way += 1
                self.ends += 1
                try:
                    await asyncio.sleep(ON_ITS_WAY)
                finally:
                    self.on_their_way -= 1
            await send(message)

        await self.app(scope, receive, late if scope["type"] == "http" else send)


class TestBrowser:
    pytestmark = MARKS

    def test_a_question_asked_while_the_last_stream_ends_is_answered(self):
        pipeline = PagePipeline()
        slow = Slow(mount(create_app(pipeline), pipeline))
        with serving(slow) as url, chromium() as browser, calm(browser) as context, watched(context, url) as page:
            met = 0
            for question in ("How many people have been killed in the fighting?", "What did Iran send?", "Who fled?"):
                met += slow.on_their_way > 0
                ask(page, question)
            settled(page)
            while slow.on_their_way:
                page.wait_for_timeout(100)
            assert page.locator("#chat .question").count() == 3
            assert met == 2 and slow.ends >= 3


class Queue:
    """What Gradio's queue does to a page, played: a stream that ends at once, and a question that is acknowledged."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == STREAM:
            await send({"type": "http.response.body", "body": LAST + b"}\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class Page:
    """A page that listens on a stream of a session, asks, and hangs up when it likes."""

    def __init__(self, app: ASGIApp, session: str) -> None:
        self.app, self.session = app, session
        self.left = asyncio.Event()
        self.got: list[Message] = []

    async def listen(self) -> None:
        given = [{"type": "http.request", "body": b""}]

        async def receive() -> Message:
            if given:
                return given.pop()
            await self.left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.got.append(message)

        await self.app(_scope(STREAM, f"session_hash={self.session}"), receive, send)

    async def join(self, body: bytes | None = None) -> None:
        sent = json.dumps({"session_hash": self.session}).encode() if body is None else body

        async def receive() -> Message:
            return {"type": "http.request", "body": sent}

        async def send(message: Message) -> None:
            """Take the acknowledgement."""

        await self.app(_scope(JOIN), receive, send)


def _scope(path: str, query: str = "") -> dict[str, Any]:
    return {"type": "http", "path": path, "query_string": query.encode()}


def test_a_question_is_acknowledged_once_the_page_has_hung_up():
    async def play() -> None:
        page, other = Page(ends := StreamEnds(Queue()), "a"), Page(ends, "b")
        listening = asyncio.create_task(page.listen())
        await asyncio.sleep(0)
        joining = asyncio.create_task(page.join())
        for body in (None, b"", b"[]", b'{"session_hash": ["a"]}', b"[" * 100_000):  # whoever else asks, or whatever
            await asyncio.wait_for(other.join(body), 10)
        await asyncio.sleep(0.05)
        assert not joining.done() and not listening.done()
        assert [one.get("body") for one in page.got] == [None, LAST + b"}\n\n"]
        page.left.set()
        await asyncio.wait_for(asyncio.gather(joining, listening), 10)
        assert page.got[-1] == {"type": "http.response.body", "body": b""}
        await asyncio.wait_for(page.join(), 10)  # nothing is held back any more

    asyncio.run(play())


def test_a_page_that_does_not_hang_up_is_left_to_itself(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("rag.ui.streams.PATIENCE", 0.05)

    async def play() -> None:
        page = Page(StreamEnds(Queue()), "a")
        listening = asyncio.create_task(page.listen())
        await asyncio.sleep(0)
        await asyncio.wait_for(asyncio.gather(page.join(), listening), 10)

    asyncio.run(play())
