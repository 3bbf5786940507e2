"""HTTP on the wire, with bounds for clients that are slow, silent or gone: none of them holds a connection for long.

uvicorn closes a connection that is idle after an answer; beside that it waits for ever: for the head of a request, for
the rest of a body that nobody reads any more, for a client to read what it asked for. With httptools, which it prefers
where it finds it, the head of a request may also be of any length; h11's has an end.
"""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES = 32_768  # of a request's first line and headers: uvicorn's h11_max_incomplete_event_size
HEAD_SECONDS = 20.0  # for the head of a request to arrive
READ_SECONDS = 30.0  # for a client that has not read all to read at least something
REST_SECONDS = 5.0  # for the rest of a body that was answered before it was whole
_NO_REQUEST = f"This is no request that HTTP allows, or its headers have more than {HEAD_BYTES:,} bytes."


class BoundedProtocol(H11Protocol):
    """uvicorn's protocol by h11, with these bounds."""

    _waiting: asyncio.TimerHandle | None = None  # for a head, or for the rest of a body
    _writing: asyncio.TimerHandle | None = None  # for the client to read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        for timer in (self._waiting, self._writing):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take it in, and wait on where it was not a whole head."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            if self._waiting is None:
                self._wait(HEAD_SECONDS)
        elif self._waiting is not None and not (self.cycle and self.cycle.response_complete):
            self._waiting.cancel()
            self._waiting = None

    def on_response_complete(self) -> None:
        """Wait for the rest of the body, if there is one, and take none of it in."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._wait(REST_SECONDS)

    def send_400_response(self, msg: str) -> None:
        """Say it as a problem (RFC 9457)."""
        status = HTTPStatus.BAD_REQUEST
        told = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": _NO_REQUEST}
        body = json.dumps(told).encode()
        headers = [("Content-Type", "application/problem+json"), ("Content-Length", str(len(body)))]
        answer = h11.Response(status_code=status, headers=[*headers, ("Connection", "close")], reason=status.phrase)
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else an answer is under way
            for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        """The client reads more slowly than is written: wait until it has read something."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It has."""
        if self._writing is not None:
            self._writing.cancel()
        super().resume_writing()

    def _wait(self, seconds: float) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self.loop.call_later(seconds, self.transport.abort)

    def _watch(self, left: int) -> None:
        def look() -> None:
            now = self.transport.get_write_buffer_size()
            if now >= left:
                self.transport.abort()
            else:
                self._watch(now)

        self._writing = self.loop.call_later(READ_SECONDS, look)
