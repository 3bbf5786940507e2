"""Answers that grow in a thread of their own while an async route sends them on; leaving the loop ends the work.

A reader that is slower than the pipeline misses steps, never the last: every Answer is the whole so far, so an older
one that was not yet read is replaced, and a slow client holds nothing up and piles nothing up.

When the server ends, a model's work ends with it, and the answers are finished by quotations; what is not finished
LAST_SECONDS later ends by EndingError, which whoever sends it on tells the client.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request

from rag.api.crowd import Line
from rag.asking import Ask
from rag.errors import EndingError
from rag.types import Answer

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # a proxy that gathers is no stream
HEARTBEAT = b": ping\n\n"  # a comment, which every reader of server-sent events passes over
HEARTBEAT_SECONDS = 10.0  # proxies cut a connection that is silent for some 30 to 60
LAST_SECONDS = 2.0  # that an answer may still take when the server ends
_PACE_SECONDS = 0.05  # between two steps; a model writes faster than anyone reads
_LOOK_SECONDS = 0.5  # between two looks whether the client is still there


class Answering:
    """Asks the pipeline, at most `at_once` questions at a time; the rest wait their turn."""

    def __init__(
        self, pipeline: Pipeline, *, line: Line | None = None, at_once: int = 32, heartbeat: float = HEARTBEAT_SECONDS
    ) -> None:
        self._pipeline = pipeline
        self._line = line or Line(wait=math.inf, each=0.0)
        self._places = asyncio.Semaphore(at_once)
        self._heartbeat = heartbeat
        self.waiting = 0  # questions that have no place yet
        self._under_way: set[_Latest] = set()
        self._is_ending = False
        self._is_over = False

    def end(self) -> None:
        """End every answer, by quotations or EndingError, and take no more; in the event loop of the server."""
        self._is_ending = True
        for latest in self._under_way:
            latest.stop.set()
        asyncio.get_running_loop().call_later(LAST_SECONDS, self._cut)

    def _cut(self) -> None:
        self._is_over = True
        for latest in self._under_way:
            latest.give_up()
        for _ in range(self.waiting):
            self._places.release()  # who waits is woken, to be told

    async def begin(self, ask: Ask, request: Request | None = None) -> AsyncIterator[Answer | None]:
        """The growing answer, its first step already there, so that what is raised at once can be answered by a status.

        None stands for `heartbeat` seconds without news. It ends with the work when `request`'s client has left. Raises
        what the pipeline raises, here or from the iterator, and HTTPException 503 here where too many came before.
        """
        steps = self._watched(ask, request)
        first = await anext(steps, None)

        async def all_steps() -> AsyncIterator[Answer | None]:
            async with aclosing(steps):
                yield first
                async for step in steps:
                    yield step

        return all_steps()

    async def _watched(self, ask: Ask, request: Request | None) -> AsyncGenerator[Answer | None, None]:
        """The steps, for as long as the client is there: to send would fail only at the next sign of life."""
        silent = 0.0
        look = min(_LOOK_SECONDS, self._heartbeat)
        async with aclosing(self._grow(ask, heartbeat=look)) as steps:
            async for step in steps:
                if request is not None and await request.is_disconnected():
                    return
                silent = 0.0 if step else silent + look
                if step or silent >= self._heartbeat:
                    silent = 0.0
                    yield step

    async def finish(self, ask: Ask, request: Request) -> Answer:
        """The finished answer; raises as `begin`, and ClientDisconnect where the client left, which ends the work."""
        answer = None
        async with aclosing(self._grow(ask, heartbeat=_LOOK_SECONDS)) as steps:
            async for step in steps:
                answer = step or answer
                if await request.is_disconnected():
                    raise ClientDisconnect
        assert answer is not None  # _grow raises rather than end without one
        return answer

    async def _grow(self, ask: Ask, *, heartbeat: float) -> AsyncGenerator[Answer | None, None]:
        if self._is_ending:
            raise EndingError
        if self._pipeline.model is None:  # how long a model takes tells nothing of the next one's turn
            self._line.look()
        leave = self._line.stand()
        self.waiting += 1
        try:
            while not await _within(heartbeat, self._places.acquire()):
                yield None
        except BaseException:
            leave()
            raise
        finally:
            self.waiting -= 1

        def done() -> None:
            self._places.release()
            leave()

        latest = _Latest(asyncio.get_running_loop(), when_done=done)
        if self._is_over:
            done()
            raise EndingError
        if self._is_ending:
            latest.stop.set()
        self._under_way.add(latest)
        answers = self._pipeline.stream(ask.question, history=ask.history, filters=ask.filters, stop=latest.stop)
        # Not a pool's thread: one that waits for a model must not keep the process from ending.
        threading.Thread(target=latest.follow, args=(answers,), name="answer", daemon=True).start()
        try:
            while not latest.ended.is_set():
                if await _within(heartbeat, latest.news.wait()):
                    if answer := latest.take():
                        yield answer
                    await _within(_PACE_SECONDS, latest.ended.wait())
                else:
                    yield None
            while (answer := latest.take()) is not None:
                yield answer
        finally:
            self._under_way.discard(latest)
            latest.left.set()
            latest.stop.set()


class _Latest:
    """The newest answer of a thread, for a reader in an event loop; all but `follow` and the events belong to the loop.

    `stop` ends a model's work, `left` says that nobody reads any more.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, when_done: Callable[[], None]) -> None:
        self.news = asyncio.Event()
        self.ended = asyncio.Event()
        self.stop = threading.Event()
        self.left = threading.Event()
        self._loop = loop
        self._when_done = when_done
        self._answer: Answer | None = None
        self._error: Exception | None = None

    def take(self) -> Answer | None:
        """The newest answer that was not yet taken, None where there is none; raises what the thread raised."""
        answer, self._answer = self._answer, None
        self.news.clear()
        if answer is None and self._error is not None:
            raise self._error
        return answer

    def give_up(self) -> None:
        """End for the reader, who is told so; the thread ends when it can."""
        if not self.ended.is_set():
            self._error = EndingError()
            self.ended.set()
            self.news.set()

    def follow(self, answers: Iterator[Answer]) -> None:
        """In the thread: take every step until the end, or until the reader has left."""
        error: Exception | None = RuntimeError("the pipeline ended without an answer")
        try:
            for answer in answers:
                error = None
                if self.left.is_set():
                    break
                self._tell(partial(self._put, answer))
            if isinstance(answers, Generator):
                answers.close()
        except Exception as raised:  # noqa: BLE001 - whatever it is, the reader raises it
            error = raised
        finally:
            self._tell(partial(self._end, error))

    def _tell(self, callback: Callable[[], None]) -> None:
        # RuntimeError: the loop is closed, the server has ended, and nobody listens.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(callback)

    def _put(self, answer: Answer) -> None:
        self._answer = answer
        self.news.set()

    def _end(self, error: Exception | None) -> None:
        self._error = self._error or error
        self.ended.set()
        self.news.set()
        self._when_done()


async def _within(seconds: float, awaitable: Awaitable[object]) -> bool:
    """Whether it came within that time; if not, it is cancelled."""
    try:
        async with asyncio.timeout(seconds):
            await awaitable
    except TimeoutError:
        return False
    return True
