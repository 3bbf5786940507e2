"""The way out to the web, against a server on loopback; nothing here leaves this machine."""

import gzip
import ssl
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime

import httpcore2
import pytest
from model_server import Behaviour, Wire, answers, drips, hangs_up, silent
from page_server import HTML, PageServer, moved, page

from rag.errors import CrosscheckError, FetchError
from rag.fetch import Fetched, Limits, fetch
from rag.fetch.addresses import is_public, parse

STORY = "The harbour of Velmora was closed on Monday after a storm broke two of its cranes."
PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer({"/story": page(STORY)}) as server:
        yield server


def get(server: PageServer, path: str = "/story", **options: object) -> Fetched:
    return fetch(server.base_url + path, allow_private=True, **options)


def reason(act: Callable[[], object]) -> str:
    with pytest.raises(FetchError) as raised:
        act()
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence and isinstance(raised.value, CrosscheckError)
    return sentence


def refusal(server: PageServer, behaviour: Behaviour, **options: object) -> str:
    server.pages["/bad"] = behaviour
    return reason(lambda: get(server, "/bad", **options))


class Net:
    """Names and connections of a test's own: each connection, wherever it is to, ends at the server, or nowhere."""

    def __init__(self, names: dict[str, list[list[str]]], server: PageServer | None = None) -> None:
        self.names, self.server = names, server
        self.asked: list[str] = []
        self.connected: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.names:
            return [host]  # numbers stand for themselves
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, number: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        self.connected.append(number)
        if self.server is None:
            raise httpcore2.ConnectError
        return httpcore2.SyncBackend().connect_tcp("127.0.0.1", self.server.port, timeout)

    def fetch(self, url: str, **options: object) -> Fetched:
        return fetch(url, resolve=self.resolve, connect=self.connect, **options)


# --- a page that is there


def test_a_page_comes_with_where_when_and_what_it_is(server: PageServer):
    found = get(server, "/story#second")
    assert found.url == f"{server.base_url}/story"
    assert (found.content_type, found.charset) == ("text/html", "utf-8")
    assert STORY in found.content.decode()
    assert datetime.fromisoformat(found.fetched_at).tzinfo is not None


def test_we_say_who_we_are_and_ask_for_no_packing_but_gzip(server: PageServer):
    get(server)
    (request,) = server.requests
    assert request.headers["user-agent"].startswith("Crosscheck/")
    assert request.headers["accept-encoding"] == "gzip, identity"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize(
    "kind", ["text/html", "Application/XHTML+XML; charset=utf-8", "text/plain", "application/json", "application/pdf"]
)
def test_kinds_that_can_be_read_are_taken(server: PageServer, kind: str):
    server.pages["/other"] = answers("{}", kind=kind)
    assert get(server, "/other").content_type == kind.partition(";")[0].lower()


@pytest.mark.parametrize(
    "kind", ["", "image/png", "text/event-stream", "application/octet-stream", "text/html-x", "\x9b"]
)
def test_other_kinds_are_refused_before_they_are_read(server: PageServer, kind: str):
    assert "which is not read" in refusal(server, endless(kind))


def test_the_charset_is_as_the_server_says(server: PageServer):
    server.pages["/other"] = answers("Größe".encode("cp1252"), kind='text/html; charset="ISO-8859-1"')
    assert get(server, "/other").charset == "iso-8859-1"
    server.pages["/other"] = answers("x", kind="text/html; charset=")
    assert get(server, "/other").charset is None


def test_no_proxy_of_the_environment_is_used(server: PageServer, monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    assert get(server).content


@pytest.mark.parametrize(
    ("status", "told"),
    [
        *((404, "no page"), (410, "no page"), (500, "failed"), (503, "failed")),
        *((status, "not give out") for status in (204, 206, 304, 403, 429)),
    ],
)
def test_a_status_is_told_in_words(server: PageServer, status: int, told: str):
    sentence = refusal(server, answers("" if status in {204, 304} else "x", status=status, kind=HTML))
    assert told in sentence and str(status) in sentence


def test_a_connection_that_breaks_is_told(server: PageServer):
    def cut(wire: Wire) -> None:
        wire.head(kind=HTML, promised=1_000)
        wire.send("<p>half")

    for behaviour in (hangs_up(), cut, lambda wire: wire.send("no HTTP at all\r\n\r\n")):
        assert "broke" in refusal(server, behaviour)


def test_where_nobody_listens_is_told():
    net = Net({"news.example": [[PUBLIC]]})
    assert "Nothing answers at news.example" in reason(lambda: net.fetch("https://news.example/"))
    assert net.connected == [PUBLIC]


# --- limits


def endless(kind: str = HTML) -> Behaviour:
    def play(wire: Wire) -> None:
        wire.head(kind=kind)
        while not wire.closing.is_set():
            wire.send("<p>more" * 1_000)

    return play


def dripping(wire: Wire) -> None:
    wire.head(kind=HTML)
    while not wire.wait(0.05):
        wire.send("x")


@pytest.mark.parametrize("size", [1_000, 1_001])
def test_a_page_may_have_as_many_bytes_as_that_and_no_more(server: PageServer, size: int):
    server.pages["/big"] = answers("x" * size, kind="text/plain")
    limits = Limits(max_bytes=1_000)
    if size > 1_000:
        assert "more than 0.001 MB" in reason(lambda: get(server, "/big", limits=limits))
    else:
        assert len(get(server, "/big", limits=limits).content) == size


def test_a_page_without_an_end_is_left(server: PageServer):
    assert "more than 1 MB" in refusal(server, endless(), limits=Limits(max_bytes=1_000_000))


def test_a_head_without_an_end_is_left(server: PageServer):
    def play(wire: Wire) -> None:
        wire.send("HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            wire.send(f"X-{number}: {'x' * 1_000}\r\n")

    assert "broke" in refusal(server, play)


@pytest.mark.parametrize("slow", [dripping, drips("x", every=0.05, head=False), silent()])
def test_a_page_that_drips_is_left_at_the_deadline(server: PageServer, slow: Behaviour):
    assert "not there in 0.3 seconds" in refusal(server, slow, limits=Limits(seconds=0.3))


def test_a_name_that_is_not_found_out_in_time_is_left():
    done = threading.Event()
    try:
        told = reason(
            lambda: fetch("https://news.example/", limits=Limits(seconds=0.2), resolve=lambda *_: [str(done.wait())])
        )
    finally:
        done.set()
    assert "not there in 0.2 seconds" in told


def test_stopping_ends_it(server: PageServer):
    stop = threading.Event()

    def play(wire: Wire) -> None:
        wire.head(kind=HTML)
        stop.set()
        wire.wait()

    assert "stopped" in refusal(server, play, stop=stop)


# --- packing


def test_gzip_is_unpacked(server: PageServer):
    for packed, name in ((gzip.compress(STORY.encode()), "gzip"), (zlib.compress(STORY.encode()), "deflate")):
        server.pages["/packed"] = answers(packed, kind="text/plain", content_encoding=name)
        assert get(server, "/packed").content.decode() == STORY


@pytest.mark.parametrize("name", ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "x"])
def test_packing_that_was_not_asked_for_is_refused(server: PageServer, name: str):
    assert "packs the page" in refusal(server, answers("x", kind=HTML, content_encoding=name))


def test_a_bomb_takes_no_more_memory_than_the_limit(server: PageServer):
    bomb = gzip.compress(bytes(100_000_000))
    assert len(bomb) < 100_000
    server.pages["/bomb"] = answers(bomb, kind="text/plain", content_encoding="gzip")
    get(server)  # whatever is loaded once
    tracemalloc.start()
    try:
        told = reason(lambda: get(server, "/bomb", limits=Limits(max_bytes=1_000_000)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "more than 1 MB" in told
    assert peak < 5_000_000


@pytest.mark.parametrize("damage", [lambda data: data[:-5], lambda data: data + b"more", lambda data: b"x" + data])
def test_a_damaged_packing_is_refused(server: PageServer, damage: Callable[[bytes], bytes]):
    packed = damage(gzip.compress(STORY.encode()))
    assert "damaged" in refusal(server, answers(packed, kind=HTML, content_encoding="gzip"))


# --- redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_to_where_the_page_is(server: PageServer, status: int):
    server.pages["/old"] = moved("/story?a=1#part", status, set_cookie="a=b")
    server.pages["/story?a=1"] = page(STORY)
    assert get(server, "/old").url == f"{server.base_url}/story?a=1"
    assert "cookie" not in server.requests[-1].headers


def test_a_loop_of_redirects_is_left(server: PageServer):
    assert "more than 5 times" in refusal(server, moved("/bad"))
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "location",
    [
        *(
            "",
            "ftp://news.example/",
            "file:/etc/passwd",
            "http://[",
            "//user@127.0.0.1/",
            "http:\\\\127.0.0.1",
            "/a b",
        ),
        *("javascript:alert(1)", "http://127.1/", "http://2130706433/", "http://127.0.0.1:99999/", "data:text/html,x"),
    ],
)
def test_a_redirect_to_what_is_no_plain_address_is_refused(server: PageServer, location: str):
    assert "redirects to" in refusal(server, moved(location))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        *("http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://inside.example/"),
        *("//169.254.169.254/latest", "http://news.example:8080/", "http://metadata.internal.example/"),
    ],
)
def test_a_redirect_into_a_private_network_is_not_connected_to(server: PageServer, location: str):
    server.pages["/"] = moved(location)
    names = {
        "news.example": [[PUBLIC]],
        "inside.example": [["10.0.0.8"]],
        "metadata.internal.example": [["169.254.169.254"]],
    }
    net = Net(names, server)
    assert reason(lambda: net.fetch("http://news.example/"))
    assert net.connected == [PUBLIC]


class Secure(httpcore2.MockStream):
    """A server behind TLS that says what it is given to say; keeps how TLS was begun."""

    begun: list[tuple[ssl.SSLContext, str | None]]

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        self.begun.append((ssl_context, server_hostname))
        return self


def secure(*replies: str) -> Secure:
    stream = Secure([reply.encode() for reply in replies])
    stream.begun = []
    return stream


def test_https_keeps_the_name_for_the_certificate_and_checks_it():
    stream = secure("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi")
    numbers: list[tuple[str, int]] = []

    def connect(number: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        numbers.append((number, port))
        return stream

    found = fetch("https://News.Example:443/a", resolve=lambda *_: [PUBLIC], connect=connect)
    assert (found.content, found.url) == (b"hi", "https://news.example/a")
    assert numbers == [(PUBLIC, 443)]
    ((context, name),) = stream.begun
    assert name == "news.example"
    assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname


def test_a_certificate_that_does_not_hold_is_told():
    class Wrong(httpcore2.MockStream):
        def start_tls(self, *_: object, **__: object) -> httpcore2.NetworkStream:
            raise httpcore2.ConnectError from ssl.SSLCertVerificationError("self-signed")

    told = reason(lambda: fetch("https://news.example/", resolve=lambda *_: [PUBLIC], connect=lambda *_: Wrong([])))
    assert "certificate of news.example" in told


@pytest.mark.parametrize("location", ["http://news.example/", "//news.example/story"])
def test_a_redirect_goes_up_to_https_and_never_down(location: str):
    up = secure("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: https://news.example/\r\n\r\n")
    there = secure(f"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n")
    last = secure("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi")
    streams = [up, there, last]

    def start() -> Fetched:
        return fetch("http://news.example/", resolve=lambda *_: [PUBLIC], connect=lambda *_: streams.pop(0))

    if location.startswith("//"):
        assert start().url == "https://news.example/story"
    else:
        assert "from https to plain http" in reason(start)
        assert streams == [last]


# --- addresses that are not for us


def test_what_was_checked_is_what_is_connected_to(server: PageServer):
    """A name that is public when it is looked at and private when it is looked at again."""
    server.pages["/again"] = moved("/story")
    net = Net({"news.example": [[PUBLIC], ["127.0.0.1"]]}, server)
    assert STORY in net.fetch("http://news.example/story").content.decode()
    assert (net.asked, net.connected) == (["news.example"], [PUBLIC])
    assert server.requests[0].headers["host"] == "news.example"
    net = Net({"news.example": [[PUBLIC], ["127.0.0.1"]]}, server)
    assert "private network" in reason(lambda: net.fetch("http://news.example/again"))
    assert net.connected == [PUBLIC]


def test_one_private_address_among_public_ones_is_enough_to_refuse(server: PageServer):
    net = Net({"news.example": [[PUBLIC, "10.1.2.3"]]}, server)
    assert "private network" in reason(lambda: net.fetch("http://news.example/story"))
    assert net.connected == []


def test_where_one_address_does_not_answer_the_next_is_tried(server: PageServer):
    net = Net({"news.example": [[OTHER, PUBLIC]]}, server)

    def connect(number: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        if number == OTHER:
            raise httpcore2.ConnectTimeout
        return net.connect(number, port, timeout)

    assert fetch("http://news.example/story", resolve=net.resolve, connect=connect).content
    assert net.connected == [PUBLIC]


def test_a_name_that_nobody_knows_is_told():
    def unknown(host: str, port: int) -> list[str]:
        raise OSError

    assert "news.example is known" in reason(lambda: fetch("https://news.example/", resolve=unknown))
    assert "news.example is known" in reason(lambda: fetch("https://news.example/", resolve=lambda *_: []))


HOSTILE = """
file:/etc/passwd gopher://news.example/ ftp://news.example/ dict://127.0.0.1:11211/stats javascript:alert(1)
data:text/html,x //news.example/ https:///news.example http: https:// news.example about:blank ws://news.example/
jar:http://news.example!/ unix:/run/docker.sock view-source:http://news.example/
http://localhost/ http://LOCALHOST/ http://localhost./ http://intranet/ http://metadata/
http://127.0.0.1/ http://127.0.0.1./ http://127.1/ http://127.0.1/ http://0/ http://0.0.0.0/ http://2130706433/
http://0x7f000001/ http://0x7f.0.0.1/ http://0x7f.1/ http://017700000001/ http://0177.0.0.1/ http://127.0.0.01/
http://127.0.0.256/ http://127.0.0.1.1/ http://00000177.1/ http://news.example.1/ http://news.0x7f/
http://[::1]/ http://[::]/ http://[::ffff:127.0.0.1]/ http://[::ffff:7f00:1]/ http://[::127.0.0.1]/
http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::a00:1]/ http://[2002:7f00:1::]/ http://[2002:a9fe:a9fe::1]/
http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fc00::1]/
http://[fd00:ec2::254]/ http://[fec0::1]/ http://[ff02::1]/ http://[2001:db8::1]/ http://[100::1]/ http://[5f00::1]/
http://[::1/ http://::1/ http://[]/ http://[127.0.0.1]/ http://[v1.a]/ http://[::1]x/
http://10.0.0.1/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.1.1/ http://169.254.169.254/latest/meta-data/
http://100.64.0.1/ http://100.100.100.200/ http://192.0.0.192/ http://198.18.0.1/ http://192.88.99.1/ http://203.0.113.9/
http://224.0.0.1/ http://239.255.255.250/ http://255.255.255.255/ http://240.0.0.1/ http://168.63.129.16/
http://user@news.example/ http://user:word@news.example/ http://@news.example/ http://news.example@127.0.0.1/
http://news.example:word@127.0.0.1/ http://127.0.0.1#@news.example/ http://127.0.0.1?@news.example/
http://news.example:22/ http://news.example:8080/ https://news.example:80/ http://news.example:443/ http://news.example:/
http://news.example:0/ http://news.example:99999/ http://news.example:80x/ http://news.example:+80/ http://news.example:８０/
http://news.example\\@127.0.0.1/ http:\\\\127.0.0.1\\ http://127.0.0.1\\.news.example/ https:/\\127.0.0.1
http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://１２７.0.0.1/ http://ｌｏｃａｌｈｏｓｔ/ http://loc\u00adalhost/ http://new\u200bs.example/
http://news..example/ http://.news.example/ http://-news.example-/ http://news.example%2f@127.0.0.1/ http://%31%32%37.0.0.1/
http://news.example%00.test/ http://news;example/ http://news,example/ http://(news.example)/ http://news.example&a/
http://nip.private.example/ http://cloud.private.example/ http://shared.private.example/ http://mapped.private.example/
""".split()
BLANKS = [
    "http://news.example/a b",
    "http://news.example/\r\nHost: inside",
    "http://127.0.0.1\t/",
    "http://\n127.0.0.1/",
]
BLANKS += ["", " ", "http://news.example/\x00", "\x00http://news.example/", f"http://news.example/{'a' * 2_048}"]
BLANKS += [f"http://{'a' * 64}.example/", "http://" + "a." * 126 + "example/", "http://news.example/\u202egpj"]
PRIVATE = {
    "nip.private.example": [["127.0.0.1"]],
    "cloud.private.example": [["169.254.169.254"]],
    "shared.private.example": [["100.64.0.9"]],
    "mapped.private.example": [["::ffff:10.0.0.1"]],
}


@pytest.mark.parametrize("url", [*HOSTILE, *BLANKS])
def test_a_hostile_address_is_refused_without_a_connection(url: str):
    net = Net(PRIVATE)
    assert reason(lambda: net.fetch(url))
    assert net.connected == []
    assert all(host in PRIVATE or host[0].isdigit() or ":" in host for host in net.asked)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://News.Example", "https://news.example/"),
        ("https://news.example:443/a?b=c#d", "https://news.example/a?b=c"),
        (" http://news.example/%7Ea/;b=1,2 ", "http://news.example/%7Ea/;b=1,2"),
        (
            "https://news.example/новости?q=ü",
            "https://news.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8?q=%C3%BC",
        ),
        ('https://news.example/"<>', "https://news.example/%22%3C%3E"),
        ("https://xn--80aesfpebagmfblc0a.xn--p1ai/", "https://xn--80aesfpebagmfblc0a.xn--p1ai/"),
        (f"http://{PUBLIC}/", f"http://{PUBLIC}/"),
        (f"http://[{OTHER.upper()}]/", f"http://[{OTHER}]/"),
    ],
)
def test_an_address_is_written_in_one_way(url: str, normal: str):
    assert str(parse(url)) == normal
    assert str(parse(normal)) == normal


@pytest.mark.parametrize("number", [PUBLIC, OTHER, "8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001:82a::200e"])
def test_public_numbers_are_public(number: str):
    assert is_public(number)


@pytest.mark.parametrize(
    "number", ["", "x", "127.1", "fe80::1%eth0", f"{OTHER}%eth0", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_no_plain_public_number_is_not(number: str):
    assert not is_public(number)
