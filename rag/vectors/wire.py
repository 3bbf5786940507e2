"""HTTP to a Chroma server by a deadline, as chromadb's own client has none. A part of `vectors`, httpx's door.

Every read waits for a moment only, then for what is left: neither a server that drips, nor one that says nothing, nor
a name that nobody knows holds a thread longer than its deadline. No redirect is followed, no proxy asked, no packed or
endless reply read.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

LARGEST = 64 * 2**20  # bytes of a reply
PIECE = 2**16  # bytes that are sent before another look at the deadline
POLL = 0.1  # seconds between looks at the stop event
CONNECT_TIMEOUT = 3.0  # seconds for one address of several
WORDS = 150  # bytes of a failure that are repeated
MOST_ADDRESSES = 4  # of one host that are tried


class BrokenError(Exception):
    """The exchange failed; the message is a few words on how. `again`: a connection broke, as old ones do."""

    def __init__(self, how: str, *, again: bool = False) -> None:
        super().__init__(how)
        self.again = again


class Wire(httpx.BaseTransport):
    """What httpx sends by; each thread has the deadline that it has set by `within`."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            network_backend=_Backend(self._left),
            max_connections=None,
            keepalive_expiry=20.0,
        )

    @contextmanager
    def within(self, seconds: float, *, stop: threading.Event | None = None) -> Iterator[None]:
        """All that this thread sends in the block has so many seconds, and ends soon after `stop` is set."""
        self._own.seconds, self._own.end, self._own.stop = seconds, time.monotonic() + seconds, stop
        yield

    def _left(self) -> float:
        """Seconds, more than 0; raises BrokenError when there are none, or when it was stopped."""
        if self._own.stop is not None and self._own.stop.is_set():
            raise BrokenError("it was stopped")
        left: float = self._own.end - time.monotonic()
        if left <= 0:
            raise BrokenError(f"it did not answer in {self._own.seconds:g} seconds")
        return left

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The whole reply; raises BrokenError."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"]
        headers.append((b"Accept-Encoding", b"identity"))
        try:
            reply = self._pool.handle_request(
                httpcore.Request(method=request.method, url=url, headers=headers, content=request.read())
            )
            try:
                body = _whole(reply)
            finally:
                reply.close()
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise _broken(error) from error
        if (failure := _failure(reply.status, body)) is not None:
            raise BrokenError(failure)
        return httpx.Response(reply.status, headers=reply.headers, content=body)

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.close()


def _whole(reply: httpcore.Response) -> bytes:
    packed = [value for name, value in reply.headers if name.lower() == b"content-encoding"]
    if any(value.strip().lower() not in {b"", b"identity"} for value in packed):
        raise BrokenError("it sent a packed reply, unasked")
    body = bytearray()
    for chunk in reply.iter_stream():
        body += chunk
        if len(body) > LARGEST:
            raise BrokenError("it answered far more than was asked for")
    return bytes(body)


def _broken(error: Exception) -> BrokenError:
    if isinstance(error.__context__, ssl.SSLCertVerificationError):  # the pool takes away the cause
        return BrokenError("its certificate does not hold")
    if isinstance(error, httpcore.ConnectError | httpcore.ConnectTimeout):
        return BrokenError("nothing answers there")
    if isinstance(error, httpcore.ProtocolError):
        return BrokenError("it broke off, or does not speak HTTP", again=True)
    return BrokenError("the connection broke", again=True)


def _failure(status: int, body: bytes) -> str | None:
    """What a status says that another request would not change; None for an answer, and for Chroma's own refusals."""
    if status in {401, 403}:
        return f"it refuses the token (HTTP {status}): check CHROMA_TOKEN"
    if 300 <= status < 400:
        return f"it sends elsewhere (HTTP {status})"
    if status < 500 and status not in {408, 429}:
        return None
    words = " ".join("".join(c if c.isprintable() else " " for c in body[:WORDS].decode("utf-8", "replace")).split())
    return f"it failed (HTTP {status}{f': {words}' if words and '<' not in words else ''})"


class _Backend(httpcore.NetworkBackend):
    """Connects by what is left of the deadline."""

    def __init__(self, left: Callable[[], float]) -> None:
        self._left = left
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception | None = None
        for number in self._numbers(host, port)[:MOST_ADDRESSES]:
            try:
                stream = self._plain.connect_tcp(number, port, min(self._left(), CONNECT_TIMEOUT))
                return _Stream(stream, self._left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or BrokenError("no host of that name is known")

    def _numbers(self, host: str, port: int) -> list[str]:
        """The host's IP addresses, asked for in a thread as that has no timeout of its own."""
        answers: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

        def ask() -> None:
            try:
                found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
            except (OSError, UnicodeError):
                found = []
            answers.put(list(dict.fromkeys(found)))

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        while True:
            try:
                return answers.get(timeout=min(POLL, self._left()))
            except queue.Empty:
                continue


class _Stream(httpcore.NetworkStream):
    """A connection that ends with the deadline, however slowly it drips."""

    def __init__(self, stream: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            try:
                return self._stream.read(max_bytes, min(POLL, self._left()))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._stream.write(buffer[start : start + PIECE], self._left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._left()), self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)
