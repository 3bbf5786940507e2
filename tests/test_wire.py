"""Clients that are slow, silent or hostile on the wire; each is seen to be let go by the end of its connection."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from rag.api import wire

LARGE = 50_000_000  # bytes; more than any socket's buffers hold


async def answering(scope: Scope, receive: Receive, send: Send) -> None:
    """`/large` is a large answer, `/cut` one that takes no notice of the body, others echo the body's length."""
    if scope["type"] != "http":
        return
    body, message = 0, {"more_body": scope["path"] == "/"}
    while message["more_body"]:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += len(message["body"])
    content = b"x" * LARGE if scope["path"] == "/large" else str(body).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": content})


@contextmanager
def served() -> Iterator[int]:
    """The port of the application, served by our protocol."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        answering,
        http=wire.BoundedProtocol,
        h11_max_incomplete_event_size=wire.HEAD_BYTES,
        log_level="error",
        lifespan="off",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
    assert not thread.is_alive()


def rest(client: socket.socket) -> bytes:
    """All that still comes, to the end of the connection, however it ends."""
    got = b""
    try:
        while part := client.recv(1 << 20):
            got += part
    except ConnectionResetError:
        pass
    return got


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def request(path: str = "/", *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body


@pytest.mark.parametrize("sent", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_a_client_that_sends_no_whole_head_is_let_go(sent: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.05)
    with served() as port, connected(port) as client:
        client.sendall(sent)
        assert rest(client) == b""


def test_a_client_that_begins_a_second_request_and_stops_is_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.05)
    with served() as port, connected(port) as client:
        client.sendall(request("/", "Content-Length: 2", body=b"ab") + b"GET / HT")
        answer = rest(client)
        assert answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"\r\n\r\n2")


def test_the_time_for_a_head_is_not_that_for_a_body_or_an_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.3)
    with served() as port, connected(port) as client, connected(port) as other:
        client.sendall(request("/", "Content-Length: 2", body=b"a"))
        assert rest(other) == b""  # as long as it takes to be let go for saying nothing
        client.sendall(b"b")
        assert client.recv(1000).endswith(b"\r\n\r\n2")


def test_a_body_that_drips_on_after_its_answer_is_not_taken_in_for_ever(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "REST_SECONDS", 0.05)
    with served() as port, connected(port) as client:
        client.sendall(request("/cut", "Content-Length: 1000", body=b"a"))
        assert rest(client).endswith(b"\r\n\r\n0")


def test_a_client_that_does_not_read_its_answer_is_let_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "READ_SECONDS", 0.05)
    lost = threading.Event()

    def connection_lost(self: wire.BoundedProtocol, exc: Exception | None) -> None:
        lost.set()
        original(self, exc)

    original = wire.BoundedProtocol.connection_lost
    monkeypatch.setattr(wire.BoundedProtocol, "connection_lost", connection_lost)
    with served() as port, connected(port) as client:
        client.sendall(request("/large"))
        assert lost.wait(20)
        assert len(rest(client)) < LARGE


def test_a_client_that_reads_slowly_has_all_of_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "READ_SECONDS", 5)
    with served() as port, connected(port) as client:
        client.sendall(request("/large", "Connection: close"))
        assert rest(client).endswith(b"x" * 1000) and client.recv(1) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"NOT HTTP\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * wire.HEAD_BYTES,
        b"GET /" + b"a" * wire.HEAD_BYTES,
    ],
)
def test_what_is_no_request_is_told_so_as_a_problem(sent: bytes):
    with served() as port, connected(port) as client:
        client.sendall(sent)
        head, _, body = rest(client).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request") and b"Content-Type: application/problem+json" in head
        assert b'"status": 400' in body and b"32,768 bytes" in body


def test_a_body_that_breaks_off_into_nonsense_ends_the_connection_and_no_other():
    with served() as port, connected(port) as client:
        client.sendall(request("/", "Transfer-Encoding: chunked", body=b"zz\r\nnonsense"))
        assert b" 400 " in rest(client)
        with connected(port) as other:
            other.sendall(request("/", "Content-Length: 3", "Connection: close", body=b"abc"))
            assert rest(other).endswith(b"\r\n\r\n3")
