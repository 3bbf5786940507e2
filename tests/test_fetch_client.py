"""Many pages, got as a guest does, from a server on loopback and on a clock that only the tests move."""

import gzip
import threading
import tomllib
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpcore2
import pytest
from model_server import Behaviour, Wire, answers, hangs_up
from page_server import HTML, PageServer, moved, page
from pydantic import ValidationError

from rag.config import Settings
from rag.errors import FetchError
from rag.fetch import Client, Fetched, Limits, NotModified, Validators, user_agent
from rag.fetch.kinds import DOCX
from rag.fetch.pace import Pace
from rag.fetch.robots import MOST_BYTES

STORY = "The harbour of Velmora was closed on Monday after a storm broke two of its cranes."
PUBLIC = "93.184.215.14"
MODIFIED = "Mon, 02 Dec 2024 09:00:00 GMT"
FAST = Limits(delay=0)


class Watch:
    """A clock that stands still but for who sleeps on it; `at_sleep` happens at each sleep."""

    def __init__(self) -> None:
        self.time, self.lock = 1_000.0, threading.Lock()
        self.at_sleep: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.at_sleep()
        with self.lock:
            self.time += seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def server() -> Iterator[PageServer]:
    with PageServer({"/story": page(STORY), "/second": page(STORY)}) as server:
        yield server


def client(watch: Watch | None = None, **options: object) -> Client:
    watch = watch or Watch()
    return Client(allow_private=True, clock=watch.now, sleep=watch.sleep, **options)


def reason(act: Callable[[], object]) -> str:
    with pytest.raises(FetchError) as raised:
        act()
    sentence = str(raised.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def robots(*lines: str, kind: str = "text/plain", **headers: str) -> Behaviour:
    return answers("\n".join(lines), kind=kind, **headers)


def paths(server: PageServer) -> list[str]:
    return [request.path for request in server.requests]


# --- what it is


def test_a_page_comes_as_it_does_alone(server: PageServer):
    with client() as client_:
        found = client_.get(f"{server.base_url}/story#second")
    assert isinstance(found, Fetched)
    assert (found.url, found.content_type) == (f"{server.base_url}/story", "text/html")
    assert STORY in found.content.decode()


def test_a_client_that_is_closed_gets_nothing(server: PageServer):
    with client() as client_:
        client_.get(f"{server.base_url}/story")
    assert "stopped" in reason(lambda: client_.get(f"{server.base_url}/story"))


def test_every_request_says_who_asks(server: PageServer):
    client(agent="Ternbot/2 (+mailto:desk@tern.example)").get(f"{server.base_url}/story")
    assert paths(server) == ["/robots.txt", "/story"]
    assert {request.headers["user-agent"] for request in server.requests} == {"Ternbot/2 (+mailto:desk@tern.example)"}


def test_our_name_has_the_program_s_version_and_whom_to_write_to():
    version = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert user_agent().startswith(f"Crosscheck/{version} (")
    assert user_agent("mailto:desk@tern.example").endswith("; +mailto:desk@tern.example)")
    assert user_agent("") == user_agent(None)


@pytest.mark.parametrize("contact", ["a b", "a\r\nHost: inside", "ü@tern.example", "a)", "(a", "x" * 201, "a\0"])
def test_a_contact_that_no_header_holds_is_no_setting(contact: str):
    with pytest.raises(ValidationError, match="fetch_contact"):
        Settings(_env_file=None, fetch_contact=contact)
    assert Settings(_env_file=None, fetch_contact="https://tern.example/bot?a=1#b").fetch_contact


def test_an_address_that_is_not_for_us_is_not_asked_for_its_robots():
    connected: list[str] = []

    def connect(number: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        connected.append(number)
        raise httpcore2.ConnectError

    guarded = Client(resolve=lambda *_: ["10.0.0.8"], connect=connect)
    assert "private network" in reason(lambda: guarded.get("http://inside.example/"))
    assert "private network" in reason(lambda: guarded.get("http://127.0.0.1/"))
    assert "port 80 and 443" in reason(lambda: guarded.get("http://news.example:8080/"))
    assert connected == []


@pytest.mark.parametrize(
    ("path", "stated", "kind"),
    [
        ("/feed", "application/rss+xml; charset=utf-8", "application/rss+xml"),
        ("/feed", "application/atom+xml", "application/atom+xml"),
        ("/feed", "application/feed+json", "application/feed+json"),
        ("/feed", "application/rdf+xml", "application/rss+xml"),
        ("/sitemap.xml", "text/xml", "application/xml"),
        ("/sitemap.xml", "application/xml", "application/xml"),
        ("/sitemap.xml.gz", "application/x-gzip", "application/gzip"),
        ("/sitemap.xml.gz?a=b.txt", "application/octet-stream", "application/gzip"),
        ("/a.WARC.gz", "binary/octet-stream", "application/warc"),
        ("/a.warc", "application/warc", "application/warc"),
        ("/a.docx", "application/octet-stream", DOCX),
        ("/a", DOCX, DOCX),
        ("/a.mhtml", "application/octet-stream", "multipart/related"),
        ("/a", "multipart/related; boundary=x", "multipart/related"),
        ("/a.eml", "message/rfc822", "message/rfc822"),
        ("/a.pdf", "", "application/pdf"),
        ("/a.pdf", "text/html", "text/html"),
    ],
)
def test_the_kind_is_what_the_server_says_or_where_it_says_none_the_suffix(
    server: PageServer, path: str, stated: str, kind: str
):
    server.pages[path] = answers("x", kind=stated)
    found = client().get(server.base_url + path)
    assert isinstance(found, Fetched) and found.content_type == kind


@pytest.mark.parametrize(
    ("path", "stated"),
    [
        *(("/a.exe", "application/octet-stream"), ("/a", "application/octet-stream"), ("/pdf", ""), ("/a.zip", "")),
        *(("/a.pdf", "application/zip"), ("/?a.pdf", "application/octet-stream"), ("/a.html", "image/png")),
    ],
)
def test_what_is_of_no_kind_that_is_read_is_refused(server: PageServer, path: str, stated: str):
    server.pages[path] = answers("x", kind=stated)
    assert "not read" in reason(lambda: client().get(server.base_url + path))


# --- robots.txt


def test_robots_are_asked_for_once_and_before_the_page(server: PageServer):
    client_ = client(limits=FAST)
    client_.get(f"{server.base_url}/story")
    client_.get(f"{server.base_url}/second")
    assert paths(server) == ["/robots.txt", "/story", "/second"]


def test_a_page_that_robots_forbid_is_not_asked_for(server: PageServer):
    server.pages["/robots.txt"] = robots("User-agent: *", "Disallow: /story")
    client_ = client(limits=FAST)
    assert "asks programs to leave this page alone" in reason(lambda: client_.get(f"{server.base_url}/story"))
    assert client_.get(f"{server.base_url}/second")
    assert paths(server) == ["/robots.txt", "/second"]


def test_robots_may_speak_to_us_by_name(server: PageServer):
    server.pages["/robots.txt"] = robots("User-agent: crosscheck", "Disallow: /", "User-agent: *", "Allow: /")
    assert reason(lambda: client().get(f"{server.base_url}/story"))
    assert client(agent="Ternbot/2").get(f"{server.base_url}/story")


def test_where_a_redirect_leads_is_held_against_robots_too(server: PageServer):
    server.pages |= {
        "/robots.txt": robots("User-agent: *", "Disallow: /story"),
        "/old": moved("/story"),
    }
    assert "leave this page alone" in reason(lambda: client().get(f"{server.base_url}/old"))
    assert paths(server) == ["/robots.txt", "/old"]


def test_a_redirect_to_another_host_is_held_against_that_one_s(server: PageServer):
    with PageServer({"/story": page(STORY), "/robots.txt": robots("User-agent: *", "Disallow: /")}) as other:
        server.pages["/old"] = moved(f"{other.base_url}/story")
        assert str(other.port) in reason(lambda: client().get(f"{server.base_url}/old"))
        assert paths(other) == ["/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_where_there_are_no_robots_everything_is_allowed(server: PageServer, status: int):
    server.pages["/robots.txt"] = answers("User-agent: *\nDisallow: /", status=status, kind="text/plain")
    assert client().get(f"{server.base_url}/story")


@pytest.mark.parametrize("status", [500, 502, 503, 429, 304])
def test_where_robots_fail_nothing_is_fetched(server: PageServer, status: int):
    server.pages["/robots.txt"] = answers("" if status == 304 else "x", status=status, kind="text/plain")
    told = reason(lambda: client().get(f"{server.base_url}/story"))
    assert "robots.txt" in told and str(status) in told
    assert paths(server) == ["/robots.txt"]


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (hangs_up(), "broke"),
        (robots("x", content_encoding="br"), "robots.txt"),
        (robots("x", content_encoding="gzip"), "robots.txt"),
        (moved("http://127.0.0.1:99999/"), "robots.txt"),
        (moved("file:/etc/passwd"), "robots.txt"),
    ],
)
def test_robots_that_cannot_be_read_are_told(server: PageServer, behaviour: Behaviour, told: str):
    server.pages["/robots.txt"] = behaviour
    assert told in reason(lambda: client().get(f"{server.base_url}/story"))
    assert paths(server) == ["/robots.txt"]


def test_robots_that_fail_are_asked_for_again_after_a_minute_and_the_old_hold_meanwhile(
    server: PageServer, watch: Watch
):
    client_ = client(watch, limits=FAST)
    server.pages["/robots.txt"] = answers("x", status=500, kind="text/plain")
    for _ in range(3):
        assert reason(lambda: client_.get(f"{server.base_url}/story"))
    assert paths(server) == ["/robots.txt"]
    watch.time += 61
    server.pages["/robots.txt"] = robots("User-agent: *", "Disallow: /story")
    assert "leave this page alone" in reason(lambda: client_.get(f"{server.base_url}/story"))
    watch.time += 24 * 3600 + 1
    server.pages["/robots.txt"] = answers("x", status=500, kind="text/plain")
    assert "leave this page alone" in reason(lambda: client_.get(f"{server.base_url}/story"))
    assert client_.get(f"{server.base_url}/second")
    assert paths(server).count("/robots.txt") == 3
    watch.time += 61
    del server.pages["/robots.txt"]
    assert client_.get(f"{server.base_url}/story")


def test_robots_hold_for_a_day(server: PageServer, watch: Watch):
    client_ = client(watch, limits=FAST)
    for hours in (0, 23, 2):
        watch.time += hours * 3600
        client_.get(f"{server.base_url}/story")
    assert paths(server).count("/robots.txt") == 2


@pytest.mark.parametrize(("redirects", "asks"), [(5, True), (6, False)])
def test_robots_are_followed_over_five_redirects(server: PageServer, redirects: int, asks: bool):
    for number in range(redirects):
        server.pages["/robots.txt" if not number else f"/r{number}"] = moved(f"/r{number + 1}")
    server.pages[f"/r{redirects}"] = robots("User-agent: *", "Disallow: /")
    if asks:
        assert "leave this page alone" in reason(lambda: client().get(f"{server.base_url}/story"))
    else:
        assert client().get(f"{server.base_url}/story")


@pytest.mark.parametrize("packed", [False, True])
def test_of_robots_without_an_end_the_beginning_counts(server: PageServer, packed: bool):
    text = "User-agent: *\nDisallow: /story\n" + "# more\n" * MOST_BYTES + "Disallow: /second"
    content = gzip.compress(text.encode()) if packed else text.encode()
    server.pages["/robots.txt"] = answers(
        content, kind="text/plain", **({"content_encoding": "gzip"} if packed else {})
    )
    client_ = client(limits=FAST)
    assert reason(lambda: client_.get(f"{server.base_url}/story"))
    assert client_.get(f"{server.base_url}/second")


def test_robots_of_many_hosts_take_no_more_memory_than_that(server: PageServer):
    server.pages["/robots.txt"] = robots(*["User-agent: *", *["# a line that is only a remark"] * 16_000])
    client_ = Client(
        limits=FAST,
        resolve=lambda *_: [PUBLIC],
        connect=lambda number, port, timeout: httpcore2.SyncBackend().connect_tcp("127.0.0.1", server.port, timeout),
    )
    for number in [*range(10), 0, 9]:
        client_.get(f"http://news{number}.example/story")
    asked = [request.headers["host"] for request in server.requests if request.path == "/robots.txt"]
    assert asked == [*(f"news{number}.example" for number in range(10)), "news0.example"]  # the first was forgotten


def test_many_at_once_ask_for_robots_once_and_wait_for_their_turns(server: PageServer, watch: Watch):
    server.pages |= {f"/{number}": page(STORY) for number in range(6)}
    client_ = client(watch, limits=Limits(delay=2))
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda number: client_.get(f"{server.base_url}/{number}"), range(6)))
    assert [one.url for one in found] == [f"{server.base_url}/{number}" for number in range(6)]
    assert paths(server).count("/robots.txt") == 1
    assert watch.time >= 1_000 + 5 * 2


# --- turns


def test_pages_of_one_host_come_a_second_apart_and_other_hosts_do_not_wait(server: PageServer, watch: Watch):
    client_ = client(watch)
    client_.get(f"{server.base_url}/story")
    assert watch.time == 1_000
    client_.get(f"{server.base_url}/story")
    assert watch.time == pytest.approx(1_001)
    with PageServer({"/story": page(STORY)}) as other:
        client_.get(f"{other.base_url}/story")
    assert watch.time == pytest.approx(1_001)
    watch.time += 5
    client_.get(f"{server.base_url}/story")
    assert watch.time == pytest.approx(1_006)


def test_a_redirect_takes_its_turn_too(server: PageServer, watch: Watch):
    server.pages["/old"] = moved("/story")
    client(watch).get(f"{server.base_url}/old")
    assert watch.time == pytest.approx(1_001)


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("0.1", 1), ("600", 30)])
def test_a_crawl_delay_is_kept_within_bounds(server: PageServer, watch: Watch, asked: str, waited: float):
    server.pages["/robots.txt"] = robots("User-agent: *", f"Crawl-delay: {asked}")
    client_ = client(watch)
    client_.get(f"{server.base_url}/story")
    client_.get(f"{server.base_url}/second")
    assert watch.time == pytest.approx(1_000 + waited)


def test_the_time_that_a_page_waits_for_its_turn_is_not_the_time_that_it_takes(server: PageServer, watch: Watch):
    client_ = client(watch, limits=Limits(seconds=2, delay=50))
    for _ in range(3):
        client_.get(f"{server.base_url}/story")
    assert watch.time == pytest.approx(1_100)


def test_stopping_ends_the_wait_for_a_turn(server: PageServer, watch: Watch):
    stop = threading.Event()
    client_ = client(watch, limits=Limits(delay=30))
    client_.get(f"{server.base_url}/story")
    watch.at_sleep = stop.set
    assert "stopped" in reason(lambda: client_.get(f"{server.base_url}/story", stop=stop))
    assert watch.time < 1_001


def test_closing_ends_the_wait_for_a_turn(server: PageServer, watch: Watch):
    client_ = client(watch, limits=Limits(delay=30))
    client_.get(f"{server.base_url}/story")
    watch.at_sleep = client_.close
    assert "stopped" in reason(lambda: client_.get(f"{server.base_url}/story"))


def test_stopping_ends_the_wait_for_robots_and_says_nothing_of_the_host(server: PageServer):
    stop = threading.Event()

    def play(wire: Wire) -> None:
        wire.head(kind="text/plain")
        stop.set()
        wire.wait()

    server.pages["/robots.txt"] = play
    client_ = client()
    assert "stopped" in reason(lambda: client_.get(f"{server.base_url}/story", stop=stop))
    del server.pages["/robots.txt"]
    assert client_.get(f"{server.base_url}/story")


def test_a_turn_that_comes_too_late_is_told_at_once(server: PageServer, watch: Watch):
    client_ = client(watch, limits=Limits(delay=90, patience=60))
    client_.get(f"{server.base_url}/story")
    told = reason(lambda: client_.get(f"{server.base_url}/story"))
    assert "next turn is in 90 seconds" in told
    assert watch.time == 1_000


def test_hosts_whose_turn_has_come_are_forgotten_and_one_that_is_held_is_not(watch: Watch):
    pace = Pace(watch.now, watch.sleep)
    pace.hold("held.example", 3_000)
    tracemalloc.start()
    try:
        for number in range(20_000):
            pace.turn(f"news{number}.example", delay=1, patience=60, wanted=lambda: None)
            watch.time += 0.1
        assert tracemalloc.get_traced_memory()[0] < 500_000
    finally:
        tracemalloc.stop()
    with pytest.raises(FetchError, match=r"^held\.example wants to be asked less often"):
        pace.turn("held.example", delay=1, patience=60, wanted=lambda: None)


# --- when a server says when


def later(watch: Watch, server: PageServer, stated: str, *, status: int = 429, **headers: str) -> Behaviour:
    """Says once when to come again, and has the page then."""

    def play(wire: Wire) -> None:
        server.pages["/story"] = page(STORY)
        answers("", status=status, kind=HTML, retry_after=stated, **headers)(wire)

    return play


@pytest.mark.parametrize("status", [429, 503])
def test_a_page_is_asked_for_again_when_its_server_says_so(server: PageServer, watch: Watch, status: int):
    server.pages["/story"] = later(watch, server, "20", status=status)
    assert isinstance(client(watch).get(f"{server.base_url}/story"), Fetched)
    assert watch.time == pytest.approx(1_020)
    assert paths(server) == ["/robots.txt", "/story", "/story"]


def test_when_may_be_a_date_by_the_server_s_own_clock(server: PageServer, watch: Watch):
    def play(wire: Wire) -> None:
        server.pages["/story"] = page(STORY)
        handler = wire.handler
        handler.send_response_only(429)
        for name, value in (
            ("Date", "Mon, 02 Dec 2024 09:00:00 GMT"),
            ("Retry-After", "Mon, 02 Dec 2024 09:00:45 GMT"),
            ("Content-Length", "0"),
        ):
            handler.send_header(name, value)
        handler.end_headers()

    server.pages["/story"] = play
    assert client(watch).get(f"{server.base_url}/story")
    assert watch.time == pytest.approx(1_045)


def test_it_is_asked_for_again_once_and_no_more(server: PageServer, watch: Watch):
    server.pages["/story"] = answers("", status=429, kind=HTML, retry_after="3")
    told = reason(lambda: client(watch).get(f"{server.base_url}/story"))
    assert "left alone for 3 seconds (HTTP 429)" in told
    assert paths(server) == ["/robots.txt", "/story", "/story"]


@pytest.mark.parametrize(("stated", "said"), [("61", "61 seconds"), ("600", "10 minutes"), ("999999999", "11574 days")])
def test_longer_than_patience_is_told_and_the_host_left_alone(server: PageServer, watch: Watch, stated: str, said: str):
    server.pages["/story"] = answers("", status=503, kind=HTML, retry_after=stated)
    client_ = client(watch)
    assert f"left alone for {said} (HTTP 503)" in reason(lambda: client_.get(f"{server.base_url}/story"))
    seen = len(server.requests)
    assert "less often" in reason(lambda: client_.get(f"{server.base_url}/second"))
    assert (len(server.requests), watch.time) == (seen, 1_000)
    watch.time += 3_601  # the longest that a host is left alone
    assert client_.get(f"{server.base_url}/second")


@pytest.mark.parametrize(
    "stated", ["", "soon", "-1", "1.5", "9" * 5_000, "Mon, 99 Foo 2024 99:99:99 GMT", "\x9b", "0x10"]
)
def test_what_is_no_time_is_no_reason_to_wait(server: PageServer, watch: Watch, stated: str):
    server.pages["/story"] = answers("", status=503, kind=HTML, retry_after=stated)
    assert "The server failed (HTTP 503)" in reason(lambda: client(watch).get(f"{server.base_url}/story"))
    assert watch.time == 1_000


def test_a_date_that_is_past_is_now(server: PageServer, watch: Watch):
    server.pages["/story"] = later(watch, server, "Mon, 02 Dec 2019 09:00:00 GMT")
    assert client(watch).get(f"{server.base_url}/story")
    assert watch.time == pytest.approx(1_001)


# --- only what is new


def versioned(wire: Wire) -> None:
    """A page that answers conditions as a server does."""
    asked = wire.request.headers
    if asked.get("if-none-match") == '"v1"' or ("etag" not in asked and asked.get("if-modified-since") == MODIFIED):
        wire.handler.send_response(304)
        wire.handler.send_header("ETag", '"v1"')
        wire.handler.end_headers()
        return
    page(STORY, etag='"v1"', last_modified=MODIFIED)(wire)


def test_a_page_that_did_not_change_is_not_sent_again(server: PageServer):
    server.pages["/story"] = versioned
    client_ = client(limits=FAST)
    first = client_.get(f"{server.base_url}/story")
    assert isinstance(first, Fetched)
    assert first.validators == Validators(etag='"v1"', last_modified=MODIFIED, url=f"{server.base_url}/story")
    second = client_.get(f"{server.base_url}/story", known=first.validators)
    assert isinstance(second, NotModified) and second.url == f"{server.base_url}/story"
    assert server.requests[-1].headers["if-none-match"] == '"v1"'
    assert server.requests[-1].headers["if-modified-since"] == MODIFIED


@pytest.mark.parametrize("known", [Validators(etag='"v1"'), Validators(last_modified=MODIFIED)])
def test_either_validator_is_enough_and_without_an_address_it_is_that_of_the_first(
    server: PageServer, known: Validators
):
    server.pages["/story"] = versioned
    assert isinstance(client().get(f"{server.base_url}/story", known=known), NotModified)


def test_a_page_that_changed_comes_with_new_validators(server: PageServer):
    server.pages["/story"] = page(STORY, etag='W/"v2"')
    found = client().get(f"{server.base_url}/story", known=Validators(etag='"v1"', last_modified=MODIFIED))
    assert isinstance(found, Fetched)
    assert (found.validators.etag, found.validators.last_modified) == ('W/"v2"', None)


def test_validators_go_to_the_address_that_said_them_and_to_no_other(server: PageServer):
    server.pages |= {"/latest": moved("/story"), "/story": versioned, "/second": versioned}
    client_ = client(limits=FAST)
    first = client_.get(f"{server.base_url}/latest")
    assert isinstance(first, Fetched) and first.validators.url == f"{server.base_url}/story"
    again = client_.get(f"{server.base_url}/latest", known=first.validators)
    assert isinstance(again, NotModified) and again.url == f"{server.base_url}/story"
    assert "if-none-match" not in server.requests[-2].headers
    server.pages["/latest"] = moved("/second")  # another story now, which may have the same words for its state
    assert isinstance(client_.get(f"{server.base_url}/latest", known=first.validators), Fetched)
    assert "if-none-match" not in server.requests[-1].headers


def test_that_nothing_changed_is_no_answer_to_who_did_not_ask(server: PageServer):
    server.pages["/story"] = answers("", status=304, kind=HTML)
    assert "304" in reason(lambda: client().get(f"{server.base_url}/story"))
    client_ = client(limits=FAST)
    assert "304" in reason(lambda: client_.get(f"{server.base_url}/story", known=Validators()))


@pytest.mark.parametrize("hostile", ["", "\x9b2J", "a\r\nHost: inside", "ü", "x" * 501, "a\tb"])
def test_validators_that_no_header_holds_are_neither_kept_nor_sent(server: PageServer, hostile: str):
    server.pages["/story"] = page(STORY)
    client_ = client(limits=FAST)
    known = Validators(etag=hostile, last_modified=hostile)
    assert isinstance(client_.get(f"{server.base_url}/story", known=known), Fetched)
    assert not {"if-none-match", "if-modified-since"} & set(server.requests[-1].headers)
    if "\n" not in hostile:
        server.pages["/story"] = page(STORY, etag=hostile.encode().decode("latin-1"))
        found = client_.get(f"{server.base_url}/story")
        assert isinstance(found, Fetched) and found.validators.etag is None


# --- limits


def test_closing_ends_what_is_being_fetched(server: PageServer):
    client_ = client()

    def play(wire: Wire) -> None:
        wire.head(kind=HTML)
        client_.close()
        wire.wait()

    server.pages["/bad"] = play
    assert "stopped" in reason(lambda: client_.get(f"{server.base_url}/bad"))


def test_an_unpacked_page_is_held_to_the_limit(server: PageServer):
    server.pages["/bomb"] = answers(gzip.compress(bytes(5_000_000)), kind="text/plain", content_encoding="gzip")
    assert "more than 1 MB" in reason(lambda: client(limits=Limits(max_bytes=1_000_000)).get(f"{server.base_url}/bomb"))


def test_a_loop_of_redirects_is_left(server: PageServer):
    server.pages["/loop"] = moved("/loop")
    assert "more than 5 times" in reason(lambda: client(limits=FAST).get(f"{server.base_url}/loop"))
    assert paths(server).count("/loop") == 6
