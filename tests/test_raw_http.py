"""Requests as no client writes them, byte by byte, to the whole application as it is served."""

from __future__ import annotations

import re
import select
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from rag import ui
from rag.api import HEAD_BYTES, BoundedProtocol, bounds, create_app, wire
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline

KEY = "writer-key"
KNOWN = f"Authorization: Bearer {KEY}"
# What a smuggler would have answered.
HIDDEN = f"GET /articles HTTP/1.1\r\nHost: 127.0.0.1\r\n{KNOWN}\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[int]:
    """The port of the application with its page, served by our protocol."""
    settings = Settings(
        _env_file=None, data_dir=tmp_path_factory.mktemp("data"), api_keys=f"{KEY}:write", rate_limit=""
    )
    with (
        pytest.MonkeyPatch.context() as patched,
        Pipeline(settings, embedder=embedder) as pipeline,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        patched.setattr(wire, "REST_SECONDS", 0.3)
        patched.setattr(wire, "HEAD_SECONDS", 0.5)
        patched.setitem(bounds.Bounds.__init__.__kwdefaults__, "body_seconds", 0.5)
        app = ui.mount(create_app(pipeline), pipeline)
        config = uvicorn.Config(
            app,
            http=BoundedProtocol,
            h11_max_incomplete_event_size=HEAD_BYTES,
            log_level="error",
            ws="none",
            timeout_keep_alive=0.1,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(30)
        assert not thread.is_alive()


def answers(port: int, sent: bytes) -> list[tuple[int, bytes]]:
    """Status and the rest of every answer that comes until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.settimeout(30)
        got = b""
        try:
            client.sendall(sent)
            while part := client.recv(1 << 20):
                got += part
        except (ConnectionResetError, BrokenPipeError):
            pass
    parts = re.split(rb"HTTP/1\.1 (\d{3}) ", got)
    assert parts[0] == b"", got[:200]
    return [(int(status), told) for status, told in zip(parts[1::2], parts[2::2], strict=True)]


def head(*lines: str, first: str = "POST /ask HTTP/1.1", host: str = "Host: 127.0.0.1") -> bytes:
    return "\r\n".join([first, *([host] if host else []), *lines, "", ""]).encode("latin-1")


TE, CL = "Transfer-Encoding: chunked", "Content-Length: 4"
JSON = "Content-Type: application/json"

# Each with a second request where one server or another would take the body to end.
AMBIGUOUS = {
    "length, then chunks": head(KNOWN, CL, TE) + b"0\r\n\r\n" + HIDDEN.encode(),
    "chunks, then length": head(KNOWN, TE, CL) + b"0\r\n\r\n" + HIDDEN.encode(),
    "length of none, then chunks": head(KNOWN, "Content-Length: 0", TE) + b"0\r\n\r\n" + HIDDEN.encode(),
    "two lengths": head(KNOWN, CL, "Content-Length: 0") + b"null" + HIDDEN.encode(),
    "a list of lengths": head(KNOWN, "Content-Length: 4, 0") + b"null" + HIDDEN.encode(),
    "a length with a sign": head(KNOWN, "Content-Length: +4") + b"null" + HIDDEN.encode(),
    "a length below nothing": head(KNOWN, "Content-Length: -4") + b"null" + HIDDEN.encode(),
    "a length in hexadecimal": head(KNOWN, "Content-Length: 0x4") + b"null" + HIDDEN.encode(),
    "a length with a stroke": head(KNOWN, "Content-Length: 1_0") + b"null" + HIDDEN.encode(),
    "a length in other digits": head(KNOWN, "Content-Length: \xb2") + b"null" + HIDDEN.encode(),
    "a length too long to read": head(KNOWN, "Content-Length: " + "9" * 5000) + HIDDEN.encode(),
    "chunks of another kind": head(KNOWN, "Transfer-Encoding: xchunked") + b"0\r\n\r\n" + HIDDEN.encode(),
    "chunks twice": head(KNOWN, TE, TE) + b"0\r\n\r\n" + HIDDEN.encode(),
    "chunks and something else": head(KNOWN, "Transfer-Encoding: chunked, identity") + HIDDEN.encode(),
    "gzip in chunks": head(KNOWN, "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n" + HIDDEN.encode(),
    "a vertical tab before it": head(KNOWN, "Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n" + HIDDEN.encode(),
    "a space behind the name": head(KNOWN, "Transfer-Encoding : chunked") + b"0\r\n\r\n" + HIDDEN.encode(),
    "a space before the name": head(" Transfer-Encoding: chunked", KNOWN) + b"0\r\n\r\n" + HIDDEN.encode(),
    "chunks by an old client": head(KNOWN, TE, first="POST /ask HTTP/1.0") + b"0\r\n\r\n" + HIDDEN.encode(),
    "a chunk of no size": head(KNOWN, JSON, TE) + b"zz\r\nnull\r\n0\r\n\r\n" + HIDDEN.encode(),
    "a chunk of a size with a sign": head(KNOWN, JSON, TE) + b"+4\r\nnull\r\n0\r\n\r\n" + HIDDEN.encode(),
    "a chunk longer than it says": head(KNOWN, JSON, TE) + b"2\r\nnull\r\n0\r\n\r\n" + HIDDEN.encode(),
    "a chunk without an end": head(KNOWN, JSON, TE) + b"4\r\nnullXX0\r\n\r\n" + HIDDEN.encode(),
    "a chunk of 2^64": head(KNOWN, JSON, TE) + b"ffffffffffffffffffff\r\nnull\r\n",
    "a chunk with much to say": head(KNOWN, JSON, TE) + b"4;" + b"x" * 400_000 + b"\r\nnull\r\n0\r\n\r\n",
    "a header without a name": head(KNOWN, ": x", CL) + b"null" + HIDDEN.encode(),
    "a header without a colon": head(KNOWN, "x", CL) + b"null" + HIDDEN.encode(),
    "a zero in a header": head(KNOWN, "X: a\x00b", CL) + b"null" + HIDDEN.encode(),
    "a return in a header": head(KNOWN, "X: a\rContent-Length: 0", CL) + b"null" + HIDDEN.encode(),
    "two hosts": head("Host: evil.example", KNOWN, CL) + b"null" + HIDDEN.encode(),
    "no host": head(KNOWN, CL, host="") + b"null" + HIDDEN.encode(),
    "a version long gone": f"GET /articles\r\n{HIDDEN}".encode(),
    "a version of two": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN.encode(),
    "a space in the path": head(KNOWN, first="GET /articles x HTTP/1.1") + HIDDEN.encode(),
    "too many headers": head(KNOWN, *(f"X-{number}: x" for number in range(50_000))) + HIDDEN.encode(),
    "a header of 400,000 letters": head(KNOWN, "X: " + "x" * 400_000) + HIDDEN.encode(),
    "a path of 400,000 letters": head(KNOWN, first=f"GET /{'x' * 400_000} HTTP/1.1") + HIDDEN.encode(),
    "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_could_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_heard(port: int, name: str):
    found = answers(port, AMBIGUOUS[name])
    assert {status for status, _ in found} <= {400, 408, 413}, found  # none: cut off while much was still to come
    assert all(b"json" in told for _, told in found)


OUTSIDE = {
    "an address of elsewhere": head(first="GET http://evil.example/articles HTTP/1.1", host="Host: evil.example"),
    "an address of here": head(first="GET http://127.0.0.1/articles HTTP/1.1"),
    "an address of what is open": head(first="GET http://127.0.0.1/healthz HTTP/1.1"),
    "a tunnel": head(first="CONNECT evil.example:443 HTTP/1.1"),
    "a star": head(first="OPTIONS * HTTP/1.1"),
    "an echo": head(first="TRACE /healthz/.. HTTP/1.1"),
    "a fragment": head(first="GET /articles#/healthz HTTP/1.1"),
    "a parameter of the path": head(first="GET /articles;/healthz HTTP/1.1"),
    "dots": head(first="GET /healthz/../articles HTTP/1.1"),
    "coded dots": head(first="GET /healthz/%2e%2e/articles HTTP/1.1"),
    "a coded slash": head(first="GET /healthz%2f..%2farticles HTTP/1.1"),
    "a coded question mark": head(first="GET /articles%3f/healthz HTTP/1.1"),
    "a coded end of line": head(first="GET /healthz%0d%0aX:y HTTP/1.1"),
    "a backslash": head(first="GET /healthz\\..\\articles HTTP/1.1"),
    "two slashes": head(first="GET //healthz/articles HTTP/1.1"),
    "a method in small letters": head(first="get /articles HTTP/1.1"),
    "a method nobody knows": head(first="ARTICLES /articles HTTP/1.1"),
    "a key behind the body": head(JSON, TE) + f"2\r\n{{}}\r\n0\r\n{KNOWN}\r\n\r\n".encode(),
    "a key in a folded header": head("X: y", f" {KNOWN}"),
    "a key under a name like it": head(KNOWN.replace("Authorization", "Authorization_")),
    "the user of an address": head(first="GET /articles HTTP/1.1", host=f"Host: {KEY}@127.0.0.1"),
    "a host with a path": head(first="GET /articles HTTP/1.1", host="Host: 127.0.0.1/healthz"),
    "a host that is another's": head(KNOWN, first="GET /articles HTTP/1.1", host="Host: evil.example"),
    "a host that begins as ours": head(KNOWN, first="GET /articles HTTP/1.1", host="Host: 127.0.0.1.evil.example"),
    "a socket": head("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: x", first="GET /mcp HTTP/1.1"),
    "another protocol from here on": head("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: A"),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_no_shape_of_a_request_gets_a_stranger_in(port: int, name: str):
    found = answers(port, OUTSIDE[name])
    assert len(found) == 1 and found[0][0] in (400, 401, 404, 405), found
    assert b"Harbour" not in found[0][1] and b"evil.example" not in found[0][1].partition(b"\r\n\r\n")[2]


def test_a_request_that_is_in_order_is_answered(port: int):
    first = HIDDEN.replace("close", "keep-alive")
    [(status, told), (second, _)] = answers(port, f"{first}{HIDDEN}".encode())
    assert (status, second) == (200, 200) and b"[]" in told


@pytest.mark.parametrize(
    "path", ["/ask", "/articles", "/signin", "/mcp", "/v1/chat/completions", "/gradio_api/queue/join"]
)
def test_a_body_without_an_end_is_cut_at_its_bound(port: int, path: str):
    piece, got = b"10000\r\n" + b"[" * 65_536 + b"\r\n", b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        client.sendall(head(KNOWN, JSON, TE, first=f"POST {path} HTTP/1.1"))
        try:
            while True:  # till the server hangs up
                client.sendall(piece)
                if select.select([client], [], [], 0)[0]:
                    got += client.recv(1 << 16)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert got.startswith(b"HTTP/1.1 413 ")
