"""What a server that is none, or a bad one, does to a call: it ends in time, in one sentence, and tells no token."""

import gzip
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from itertools import count, takewhile

import numpy as np
import pytest
from made_up import DIMENSION, vector

from rag.errors import LibraryError, LibraryServerError, SettingsError
from rag.vectors import Collection, Note, Server, collection

TOKEN = "not-to-be-told-1234"
LIMIT = 0.3
NOTE = Note(library="a", fingerprint="b", dimension=DIMENSION, mark="c")
COLLECTION = {
    "id": "3d875176-3234-43fb-aa39-4a9c82f4d593",
    "name": "crosscheck-a",
    "configuration_json": {},
    "metadata": None,
    "dimension": DIMENSION,
    "tenant": "default_tenant",
    "database": "default_database",
    "version": 0,
    "log_position": 0,
}


def reply(body: bytes, *, status: str = "200 OK", headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


def endless(connection: socket.socket, piece: bytes, *, pause: float = 0.0) -> None:
    with suppress(OSError):
        while True:
            connection.sendall(piece)
            time.sleep(pause)


class Bad:
    """A server on loopback that does the same to every connection."""

    def __init__(self, deed: Callable[[socket.socket], None]) -> None:
        self._deed = deed
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.heard: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections += 1
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with closing(connection), suppress(OSError):
            with connection.makefile("rb") as lines:
                head = b"".join(takewhile(lambda line: line.strip(), iter(lines.readline, b"")))
                size = next((int(line[15:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:"), 0)
                self.heard.append(head + lines.read(size))
            self._deed(connection)

    def close(self) -> None:
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who waits for a connection
        self._listening.close()


@pytest.fixture
def bad() -> Iterator[Callable[..., Bad]]:
    made: list[Bad] = []

    def make(deed: Callable[[socket.socket], None] | bytes) -> Bad:
        made.append(Bad((lambda connection: connection.sendall(deed)) if isinstance(deed, bytes) else deed))
        return made[-1]

    yield make
    for one in made:
        one.close()


def never(connection: socket.socket) -> None:
    """Say nothing, for as long as the other waits."""
    with suppress(OSError):
        while connection.recv(65_536):
            pass


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    endless(connection, b" ", pause=0.05)


def header_drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    endless(connection, b"X: y\r\n", pause=0.05)


def chunks(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    endless(connection, b"fff0\r\n" + b" " * 0xFFF0 + b"\r\n")


BOMB = gzip.compress(b" " * 10_000_000)
HTML = b"<html><title>Welcome</title></html>"
FAULTS: dict[str, tuple[Callable[[socket.socket], None] | bytes, str]] = {
    "silent": (never, "did not answer in 0.3 seconds"),
    "closes": (b"", "broke off, or does not speak HTTP"),
    "resets": (
        lambda one: one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"),
        r"connection broke|broke off",
    ),
    "half a reply": (reply(b"[1, 2", length=50), "broke off"),
    "drips": (drip, "did not answer in 0.3 seconds"),
    "drips headers": (header_drip, "did not answer in 0.3 seconds"),
    "never ends": (chunks, "far more than was asked for|did not answer in 0.3 seconds"),
    "a flood of headers": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, "does not speak HTTP|did not answer"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak HTTP"),
    "chunked nonsense": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "does not speak HTTP"),
    "packed": (reply(BOMB, headers="Content-Encoding: gzip\r\n"), "a packed reply, unasked"),
    "elsewhere": (reply(b"", status="307 Away", headers="Location: http://127.0.0.1:1/\r\n"), "sends elsewhere .*307"),
    "a key is wanted": (reply(b"no", status="401 Unauthorized"), r"refuses the token \(HTTP 401\): check CHROMA_TOKEN"),
    "forbidden": (reply(TOKEN.encode(), status="403 Forbidden"), "refuses the token"),
    "too many": (reply(b"", status="429 Slow", headers="Retry-After: 86400\r\n"), "failed .HTTP 429"),
    "a failure": (reply(b'{"error":"InternalError","message":"disk full"}', status="500 Oh"), "HTTP 500.*disk full"),
    "a failure that tells": (reply(TOKEN.encode(), status="500 Oh"), "BrokenError"),
    "a proxy's page": (reply(HTML, status="502 Bad Gateway"), r"failed \(HTTP 502\)\)"),
    "a page": (reply(HTML), "what it answers makes no sense"),
    "nothing": (reply(b""), "what it answers makes no sense"),
    "deep": (reply(b"[" * 200_000), "what it answers makes no sense"),
    "no text": (reply(b"\xff\xfe\x00"), "what it answers makes no sense"),
    "a number": (reply(b"17"), "what it answers makes no sense"),
    "null": (reply(b"null"), "what it answers makes no sense"),
    "another object": (reply(b'{"id": 7}'), "what it answers makes no sense"),
}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_bad_reply_is_one_sentence_in_time(bad: Callable[..., Bad], name: str):
    deed, said = FAULTS[name]
    with closing(server(bad(deed).url)) as one, pytest.raises(LibraryServerError, match=said) as raised:
        one.collection("crosscheck-a")
    assert "\n" not in str(raised.value) and TOKEN not in str(raised.value) and len(str(raised.value)) < 500


def server(url: str, *, pause: float = 1_000.0) -> Server:
    return Server(url, token=TOKEN, limits=(LIMIT, LIMIT), pause=pause)


def test_nothing_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with closing(server(url)) as one, pytest.raises(LibraryServerError, match="nothing answers there"):
        one.version()


def test_a_name_that_nobody_knows_and_a_look_up_that_hangs(monkeypatch: pytest.MonkeyPatch):
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **named: found.wait(60) and [])
    one, other = server("http://nobody.invalid:8000"), server("http://nobody.invalid:8000")
    with closing(one), pytest.raises(LibraryServerError, match=r"did not answer in 0.3 seconds"):
        one.version()
    found.set()
    with closing(other), pytest.raises(LibraryServerError, match="no host of that name is known"):
        other.version()


def test_a_plain_port_is_no_encrypted_one(bad: Callable[..., Bad]):
    url = bad(reply(b"[]")).url.replace("http:", "https:")
    with closing(server(url)) as one, pytest.raises(LibraryServerError, match="cannot be used"):
        one.version()


def test_what_failed_is_left_alone_for_a_while(bad: Callable[..., Bad]):
    there = bad(reply(b"", status="503 Busy"))
    with closing(server(there.url)) as one:
        for _ in range(5):
            with pytest.raises(LibraryServerError, match="HTTP 503"):
                one.version()
    assert there.connections == 1


def test_a_connection_that_breaks_is_tried_once_more(bad: Callable[..., Bad]):
    tried = count()
    there = bad(lambda one: one.sendall(reply(b'"1.2.3"')) if next(tried) else None)
    with closing(server(there.url)) as one:
        assert one.version() == "1.2.3"
    assert there.connections == 2


def test_the_token_is_sent_and_nothing_else_of_this_machine(bad: Callable[..., Bad], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("CHROMA_SERVER_HOST", "elsewhere.example")
    there = bad(reply(b'"1.2.3"'))
    with closing(server(there.url)) as one:
        assert one.version() == "1.2.3"
    [request] = there.heard
    lines = {line.split(b":")[0].decode().lower() for line in request.splitlines()[1:]}
    plain = {"accept", "accept-encoding", "connection", "content-type", "host", "user-agent"}
    assert lines == plain | {"authorization", "x-chroma-token"}
    assert f"Bearer {TOKEN}".encode() in request and b"User-Agent: crosscheck\r\n" in request


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"ids": [["a", "b"]], "distances": [[0.1]]},
        {"ids": [["a"]], "distances": [[None]]},
        {"ids": [["a"]], "distances": [["0.1"]]},
        {"ids": [[7]], "distances": [[0.1]]},
        {"ids": [], "distances": []},
        {"ids": [["a"], ["b"]], "distances": [[0.1], [0.1]]},
        {"ids": None, "distances": None},
        {"ids": [["a"]], "distances": [[1e400]]},
    ],
)
def test_hits_that_make_no_sense_are_none(bad: Callable[..., Bad], found: dict[str, object]):
    body = json.dumps({"include": ["distances"]} | found).encode()

    def answer(connection: socket.socket) -> None:
        connection.sendall(reply(body, headers="Connection: close\r\n"))

    with closing(server(bad(answer).url)) as one:
        there = Collection(one, model())
        with pytest.raises(LibraryServerError, match="makes no sense"):
            there.nearest(vector("q"), limit=3)


def model() -> object:
    from chromadb.types import Collection as Model

    return Model(**COLLECTION | {"serialized_schema": None})


def test_what_the_server_refuses_is_no_outage(bad: Callable[..., Bad]):
    body = b'{"error":"InvalidArgumentError","message":"another dimension"}'
    there = bad(reply(body, status="400 Bad", headers="Connection: close\r\n"))
    with closing(server(there.url)) as one:
        for _ in range(2):
            with pytest.raises(LibraryError, match=r"refused \(another dimension.*--rebuild") as raised:
                Collection(one, model()).count()
            assert not isinstance(raised.value, LibraryServerError)
    assert there.connections == 2


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"library": "a"}, {"a": 1}]
    + [
        {name: getattr(NOTE, name) for name in Note.__slots__} | wrong
        for wrong in ({"followed": "1"}, {"followed": True}, {"mark": None}, {"dimension": 8.0})
    ],
)
def test_a_note_that_makes_no_sense_is_none(metadata: dict[str, object] | None):
    assert collection._note(metadata) is None


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://localhost",
        "http://",
        "http://a:b@localhost:8000",
        "http://localhost:8000/api",
        "http://localhost:8000?x=1",
        "http://localhost:99999",
        "http://[::1",
        "http:// localhost",
        "http://local\nhost",
        "file:/x",
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(url: str):
    with pytest.raises(SettingsError, match=r"^CHROMA_URL is not an address: write one like http://127.0.0.1:8000\.$"):
        Server(url)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://localhost", "http://localhost:8000"),
        ("https://chroma.example/", "https://chroma.example:443"),
        (" http://[::1]:80 ", "http://[::1]:80"),
    ],
)
def test_a_port_is_added(url: str, place: str):
    assert Server(url).place == place


def test_a_token_that_no_header_can_have_is_refused():
    for token in ("two words", "a\r\nX: y", "schlüssel"):
        with pytest.raises(SettingsError, match=r"^CHROMA_TOKEN has a character"):
            Server("http://localhost", token=token)


def test_waiting_for_a_reply_ends_when_it_is_stopped(bad: Callable[..., Bad]):
    stop = threading.Event()
    there = bad(never)
    with closing(Server(there.url, limits=(600.0, 600.0))) as one:
        threading.Timer(0.2, stop.set).start()
        with pytest.raises(LibraryServerError, match="was stopped"):
            one.ask(lambda api: api.get_version(), stop=stop)


def test_nothing_of_chroma_is_loaded_until_it_is_asked():
    program = (
        "import sys; from rag.vectors import Server; Server('http://localhost')\n"
        "assert not {'chromadb', 'httpx', 'httpcore'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_vector_of_many_numbers_is_sent_whole(bad: Callable[..., Bad]):
    there = bad(reply(b'{"ids": [[]], "distances": [[]], "include": ["distances"]}', headers="Connection: close\r\n"))
    with closing(server(there.url)) as one:
        assert Collection(one, model()).nearest(np.ones(DIMENSION, np.float32), limit=10_000) == []
    assert b'"n_results":300' in there.heard[-1].replace(b" ", b"")
