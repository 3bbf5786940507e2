"""What the web says: feeds, sitemaps, robots.txt, heads of replies, addresses."""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st
from made_net import PUBLIC, Net

from rag import feeds
from rag.errors import ArticleError, FetchError
from rag.fetch import Client, Fetched, NotModified, robots
from rag.fetch.addresses import Address, is_public, parse

from . import seeds
from .mutations import PIECES, edited, edited_text, prose
from .target import Target, plain, sentence

_HERE = "https://tern.example/feeds/all.xml"


def _listing(value: tuple[bytes, str, str | None]) -> None:
    data, kind, charset = value
    form = feeds.form_of(data, content_type=kind)
    if form in {None, "xml", "page"}:
        return
    try:
        found = feeds.read(feeds.unpacked(data, max_bytes=1_000_000), form=form, address=_HERE, charset=charset)
    except ArticleError as error:
        sentence(str(error))
        return
    plain(found)
    addresses = [entry.url for entry in found.entries]
    assert len(addresses) == len(set(addresses))
    for told in found.amiss:
        sentence(told)


def _robots(value: tuple[bytes, bool, str]) -> None:
    data, whole, path = value
    rules = robots.parse(data, token="Crosscheck", whole=whole)
    assert 0 <= rules.delay() <= robots.LONGEST_DELAY
    asked = Address(scheme="https", host="tern.example", port=443, target="/" + path.encode("ascii", "ignore").decode())
    assert rules.allow(asked) in {True, False}


def _address(value: str) -> None:
    try:
        found = parse(value)
    except FetchError as error:
        sentence(str(error))
        return
    written = str(found)
    assert str(parse(written)) == written
    assert written.isascii() and written.isprintable() and " " not in written and "\\" not in written
    assert found.host == found.host.lower() and found.port in {80, 443}
    assert is_public(found.host) or "." in found.host or ":" in found.host


@cache
def _net() -> tuple[Net, Client]:
    net = Net({"news.example": [[PUBLIC]]})
    return net, net.client()


def _reply(value: bytes) -> None:
    net, client = _net()
    net.site = {"/": value}
    net.connected.clear(), net.sent.clear(), net.asked.clear()
    client = net.client()  # what it was told to leave alone is forgotten
    try:
        found = client.get("http://news.example/")
    except FetchError as error:
        sentence(str(error))
    else:
        assert isinstance(found, Fetched | NotModified)
        plain(found)
    for request in net.sent:
        assert request.count(b"\r\n\r\n") == 1 and b"\n" not in request.replace(b"\r\n", b"")


_XML = st.sampled_from(["text/xml", "application/rss+xml", "application/xml", "text/html", "application/json", ""])
_CHARSETS = st.sampled_from([None, None, "utf-8", "utf-16", "x", "iso-8859-1"])
TARGETS = (
    *(
        Target(name=f"feeds: {name}", inputs=st.tuples(edited(given), _XML, _CHARSETS), check=_listing, share=5)
        for name, given in (("rss, atom, rdf", seeds.RSS), ("sitemaps", seeds.SITEMAP), ("json feed", seeds.JSON_FEED))
    ),
    Target(
        name="robots.txt",
        inputs=st.tuples(
            edited(seeds.ROBOTS), st.booleans(), st.sampled_from([p.decode("ascii", "ignore") for p in PIECES])
        ),
        check=_robots,
        share=8,
    ),
    Target(name="addresses that are fetched", inputs=edited_text(seeds.ADDRESSES) | prose, check=_address, share=20),
    Target(name="replies of servers", inputs=edited(seeds.HEADS), check=_reply, share=3),
)
