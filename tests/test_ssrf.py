"""Whatever address is given, and by whichever door: nothing but a public host is connected to."""

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from xml.sax.saxutils import escape

import httpcore2
import httpx2
import pytest
from fastapi.testclient import TestClient
from made_net import PUBLIC, Net, moved, said
from made_urls import HOSTILE, NAMED
from mcp.client.client import Client as McpClient
from mcp.client.streamable_http import streamable_http_client
from serving import serving

from rag.access import Access
from rag.api import create_app
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import CrosscheckError, FetchError
from rag.fetch import Client, Fetched, wire
from rag.pipeline import Pipeline
from rag.types import IngestReport
from rag.ui.listing import View
from rag.ui.shelf import Shelf

ADDRESS = "http://127.0.0.1:7860"
HOME = "http://news.example"
STORY = "The harbour of Velmora was closed on Monday after a storm broke two of its cranes, its master said."
NAMES = {name: [numbers] for name, numbers in NAMED.items()} | {"news.example": [[PUBLIC]]}
WRITER = SimpleNamespace(
    request=SimpleNamespace(scope={"state": {"access": Access(who="k", scopes=frozenset({"read", "write"}))}})
)


def reason(act: Callable[[], object]) -> str:
    with pytest.raises(FetchError) as raised:
        act()
    return one_sentence(str(raised.value))


def one_sentence(told: str, *, longest: int = 700) -> str:
    assert told.endswith(".") and told.isprintable() and len(told) < longest, told
    return told


@pytest.fixture
def net() -> Net:
    return Net(NAMES)


@pytest.fixture
def sockets(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection that this process begins by itself, past the net of the tests."""
    begun: list[object] = []
    connect = socket.socket.connect

    def recorded(self: socket.socket, address: object) -> None:
        if self.type == socket.SOCK_STREAM:
            begun.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", recorded)
    return begun


@pytest.fixture
def pipeline(net: Net, tmp_path: Path, embedder: Embedder) -> Iterator[Pipeline]:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", max_links=5_000, mcp_changes=True)
    with Pipeline(settings, embedder=embedder, fetcher=net.client().get) as opened:
        yield opened


def test_the_list_is_long_enough():
    assert len(HOSTILE) >= 120


# --- the way out itself ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_in_a_sentence_and_nothing_is_connected_to(url: str, net: Net):
    reason(lambda: net.client().get(url))
    assert net.connected == []


@pytest.mark.parametrize("url", HOSTILE)
def test_no_redirect_leads_to_one(url: str, net: Net):
    """One that means a path of the same host, as `http:a` does, leads there."""
    net.site = {"/": moved(url if url.isprintable() else url.encode("unicode_escape").decode())}
    reason(lambda: net.client().get(f"{HOME}/"))
    assert set(net.connected) == {PUBLIC}


@pytest.mark.parametrize("url", HOSTILE)
def test_no_robots_txt_leads_to_one(url: str, net: Net):
    net.site = {"/robots.txt": moved(url.encode("unicode_escape").decode())}
    reason(lambda: net.client().get(f"{HOME}/"))
    assert set(net.connected) == {PUBLIC}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("hops", [1, 2, 5])
def test_each_hop_is_looked_at_as_the_first_was(status: int, hops: int, net: Net):
    net.site = {f"/{number}": moved(f"/{number + 1}", status) for number in range(hops - 1)}
    net.site[f"/{hops - 1}"] = moved("http://169.254.169.254/latest/meta-data/", status)
    assert "private network" in reason(lambda: net.client().get(f"{HOME}/0"))
    assert set(net.connected) == {PUBLIC} and len(net.sent) == hops + 1


def test_a_name_is_looked_up_once_for_a_connection_and_what_was_checked_is_connected_to():
    net = Net({"turns.example": [[PUBLIC], ["127.0.0.1"], ["10.0.0.1"]]}, {"/": said(f"<p>{STORY}</p>")})
    assert "private network" in reason(lambda: net.client().get("http://turns.example/"))
    assert (
        net.connected == [PUBLIC] and net.asked == ["turns.example"] * 2
    )  # robots.txt came, the page was not asked for


def test_a_name_that_turns_after_robots_were_read_is_not_connected_to():
    net = Net({"turns.example": [[PUBLIC], [PUBLIC], ["127.0.0.1"]]}, {"/": moved("/again"), "/again": said(STORY)})
    assert "private network" in reason(lambda: net.client().get("http://turns.example/"))
    assert net.connected == [PUBLIC, PUBLIC]


def test_an_address_of_this_machine_is_refused_public_as_it_may_be(net: Net, monkeypatch: pytest.MonkeyPatch):
    assert wire.is_own("127.0.0.1") and not wire.is_own(PUBLIC)
    monkeypatch.setattr(wire, "is_own", lambda number: number == PUBLIC)
    assert "this machine" in reason(lambda: net.client().get(f"{HOME}/"))
    assert net.connected == []


@pytest.mark.parametrize(
    "name", ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "SSLKEYLOGFILE"]
)
def test_the_environment_leads_nowhere(name: str, net: Net, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.delenv("no_proxy", raising=False)
    net.site = {"/": said(f"<p>{STORY}</p>")}
    assert isinstance(net.client().get(f"{HOME}/"), Fetched)
    assert net.connected == [PUBLIC, PUBLIC]


def test_an_address_is_no_longer_as_it_is_sent_than_it_may_be_written(net: Net):
    assert "longer than" in reason(lambda: net.client().get(f"{HOME}/{'é' * 500}"))
    assert net.connected == []


# --- what is sent, and what is made of what is said ------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/a\r\nX-Injected: 1",
            "/a\nX-Injected: 1",
            "/a\x00",
            "/a HTTP/1.0",
            "/\u010d\u010aX-Injected:1",
            "/a\u2028b",
        ),
        *("/%0d%0aX-Injected:%201", "/?q=%0aX-Injected: 1", "/é?ü=ß", "/\ud800"),
    ],
)
def test_an_address_puts_nothing_into_the_request_but_its_path(path: str, net: Net):
    net.site = {"/": said(STORY)}
    try:
        net.client().get(f"{HOME}{path}")
    except CrosscheckError as error:
        one_sentence(str(error))
    for request in net.sent:
        lines = request.split(b"\r\n")
        assert len(lines[0].split(b" ")) == 3 and b"\n" not in request.replace(b"\r\n", b"")
        assert [line.split(b":")[0] for line in lines[1:-2]] == [
            *(b"Host", b"Accept", b"Accept-Encoding", b"Connection", b"User-Agent")
        ]


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /a\r\n http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: \x01http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation : http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nContent-Location: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nURI: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 300 Choices\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 305 Use Proxy\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 201 Created\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\nLocation: http://127.0.0.1/\r\n\r\n",
        "HTTP/1.1 407 Proxy\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 421 Misdirected\r\nAlt-Svc: h2=\"127.0.0.1:80\"\r\nContent-Length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_a_head_written_to_mislead_leads_nowhere(head: str, net: Net):
    net.site = {"/": head.encode()}
    reason(lambda: net.client().get(f"{HOME}/"))
    assert set(net.connected) == {PUBLIC} and set(net.asked) == {"news.example"}


def test_a_page_that_sends_browsers_on_is_read_as_it_stands(pipeline: Pipeline, net: Net, sockets: list[object]):
    away = "http://169.254.169.254/latest/"
    head = (
        f'<meta http-equiv="refresh" content="0; url={away}"><base href="{away}"><link rel="canonical" href="{away}">'
        f'<link rel="amphtml" href="{away}"><link rel="stylesheet" href="{away}"><link rel="alternate" href="{away}">'
        f'<script src="{away}"></script><meta property="og:url" content="{away}"><link rel="preload" href="{away}">'
    )
    inside = f'<img src="{away}"><iframe src="{away}"></iframe><object data="{away}"></object><embed src="{away}">'
    text = f"<!DOCTYPE html SYSTEM '{away}'><html><head>{head}</head><body>{inside}<article><p>{STORY}</p></article>"
    net.site = {"/story": said(text, Refresh=f"0; url={away}", Link=f"<{away}>; rel=preload", Set_Cookie="a=b")}
    report = pipeline.ingest([f"{HOME}/story"])
    assert not report.refused, report.refused
    (byline,) = pipeline.store.articles()
    assert report.added == (byline.article_id,) and byline.url == f"{HOME}/story"
    assert net.asked == ["news.example"] * 2 and sockets == []


def test_nothing_that_a_file_names_is_asked_for(pipeline: Pipeline, net: Net, sockets: list[object], tmp_path: Path):
    away, folder = "http://127.0.0.1:9/x", tmp_path / "given"
    folder.mkdir()
    entity = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % b SYSTEM "{away}"> %b; <!ENTITY c SYSTEM "{away}">]>'
    (folder / "a.html").write_text(f"{entity}<html><body><p>{STORY} &c;</p><img src='{away}'></body></html>")
    (folder / "b.md").write_text(f"---\nurl: {away}\nimage: {away}\n---\n{STORY} ![x]({away})\n")
    (folder / "c.jsonl").write_text(json.dumps({"text": STORY + " Twice.", "url": away, "image": away}))
    (folder / "d.eml").write_text(
        f"Subject: Cranes\nContent-Type: message/external-body; access-type=URL; URL={away}\n\n{STORY}\n"
    )
    report = pipeline.ingest([folder])
    assert report.added and net.asked == [] and sockets == []


# --- every door ------------------------------------------------------------------------------------------------------


def untouched(pipeline: Pipeline, net: Net, *, besides: frozenset[str] = frozenset()) -> None:
    """Nothing was taken in, and nothing connected to but these."""
    assert pipeline.store.count().articles == 0
    assert set(net.connected) == besides


def test_by_address(pipeline: Pipeline, net: Net, sockets: list[object]):
    report = pipeline.ingest(list(HOSTILE))
    assert report.counts["refused"] == len(set(HOSTILE)) == len(report.refused)
    for refusal in report.refused:
        one_sentence(refusal.reason)
        assert refusal.source.isprintable()
    untouched(pipeline, net)
    assert sockets == []


@pytest.mark.parametrize("door", ["rss", "atom", "json feed", "sitemap", "index of sitemaps", "news sitemap"])
def test_by_what_a_listing_names(door: str, pipeline: Pipeline, net: Net, sockets: list[object]):
    net.site = {"/list": said(listing(door), kind="application/json" if door == "json feed" else "text/xml")}
    refused = reasons(pipeline.ingest([f"{HOME}/list"]))
    untouched(pipeline, net, besides=frozenset({PUBLIC}))  # also where an address means a path of its host
    assert len(refused) > 40 and sockets == []


def listing(door: str) -> str:
    """A listing of them all; what no XML may hold is left out of it."""
    if door == "json feed":
        entries = [{"id": str(number), "url": url} for number, url in enumerate(HOSTILE)]
        return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "The Tern", "items": entries})
    written = [escape(url) for url in HOSTILE if url.isprintable() or url.strip() != url]
    written = [url for url in written if not any(ord(letter) < 32 and letter not in "\t\r\n" for letter in url)]
    quoted = [url.replace('"', "&quot;") for url in written]
    if door == "rss":
        items = "".join(f"<item><title>{number}</title><link>{url}</link></item>" for number, url in enumerate(written))
        return f"<?xml version='1.0'?><rss version='2.0'><channel><title>The Tern</title>{items}</channel></rss>"
    if door == "atom":
        items = "".join(
            f'<entry><title>{number}</title><link href="{url}"/></entry>' for number, url in enumerate(quoted)
        )
        return f"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>The Tern</title>{items}</feed>"
    inner, outer = ("sitemap", "sitemapindex") if door == "index of sitemaps" else ("url", "urlset")
    news = "<news:news><news:title>Cranes</news:title></news:news>" if door == "news sitemap" else ""
    items = "".join(f"<{inner}><loc>{url}</loc>{news}</{inner}>" for url in written)
    spaces = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    return f"<?xml version='1.0'?><{outer} {spaces}>{items}</{outer}>"


def reasons(report: IngestReport) -> list[str]:
    return [one_sentence(refusal.reason) for refusal in report.refused]


def test_by_the_api(pipeline: Pipeline, net: Net):
    api = TestClient(create_app(pipeline), base_url=ADDRESS, raise_server_exceptions=False)
    for url in HOSTILE:
        answer = api.post("/articles", content=json.dumps({"url": url}), headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (url, answer.text)
        assert answer.json()["detail"]
    untouched(pipeline, net)


def test_by_the_page(pipeline: Pipeline, net: Net, sockets: list[object]):
    *_, last = Shelf(pipeline).add(None, "\n".join(HOSTILE), View(), WRITER)
    assert "refused" in last[0] or "not taken in" in last[0], last[0]
    untouched(pipeline, net)
    assert sockets == []


def test_by_a_tool(pipeline: Pipeline, net: Net, long: bool):
    given = HOSTILE if long else HOSTILE[::5]

    async def called(address: str) -> list[tuple[bool, str]]:
        async with (
            httpx2.AsyncClient(timeout=60) as http,
            McpClient(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            results = [await client.call_tool("add_article", {"url": url}) for url in given]
        return [(result.is_error, result.content[0].text) for result in results]

    with serving(create_app(pipeline)) as address:
        results = asyncio.run(called(address))
    assert len(results) == len(given)
    for is_error, told in results:
        assert is_error and one_sentence(told, longest=3_000)  # it begins with the address
    untouched(pipeline, net)


def test_the_way_out_of_the_product_is_the_guarded_one(tmp_path: Path, embedder: Embedder, sockets: list[object]):
    """Without anything of a test's: the resolver and the sockets that the product has."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    numbers = [url for url in HOSTILE if not any(name in url for name in NAMED)]
    with Pipeline(settings, embedder=embedder) as opened:
        report = opened.ingest([url for url in numbers if not url.startswith(("http://news", "https://news"))])
    assert not report.added and len(report.refused) > 120 and sockets == []


def test_a_client_that_may_connect_anywhere_is_made_by_no_setting():
    assert Client.__init__.__kwdefaults__["allow_private"] is False
    assert not any("private" in name for name in Settings.model_fields)
    assert issubclass(wire.Guard, httpcore2.NetworkBackend)
