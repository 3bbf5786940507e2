"""Who may change the library by MCP, and how calls get along with each other, over HTTP with the official client."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx2
import mcp.types
import pytest
from fake_pipeline import FakePipeline
from jsonschema import Draft202012Validator
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from serving import serving

from rag.api import create_app
from rag.articles import Text
from rag.config import Settings
from rag.types import Answer, IngestReport, Refusal

READER, WRITER = "reads-only-1", "writes-too-1"
KEYS = f"{READER},{WRITER}:write"
CHANGING = {"add_article", "remove_article"}
TAKEN = IngestReport(added=("tide-turns",), passages=2, seconds=0.1)


def pipeline(**settings: object) -> FakePipeline:
    return FakePipeline(settings=Settings(_env_file=None, **settings), report=TAKEN)


def with_key(address: str, key: str | None, act: Callable[[Client], Awaitable], **options) -> object:
    """What `act` returns, given the official client that sends the key with every request."""

    async def connected() -> object:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=60) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http), **options) as client,
        ):
            return await act(client)

    return asyncio.run(connected())


def call(address: str, key: str | None, name: str, **arguments) -> mcp.types.CallToolResult:
    return with_key(address, key, lambda client: client.call_tool(name, arguments))


def offered(address: str, key: str | None, **options) -> dict[str, mcp.types.Tool]:
    listed = with_key(address, key, lambda client: client.list_tools(), **options)
    return {tool.name: tool for tool in listed.tools}


def said(result: mcp.types.CallToolResult) -> str:
    (content,) = result.content
    return content.text


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[FakePipeline, str]]:
    """A server with keys that allows changes by MCP."""
    library = pipeline(api_keys=KEYS, mcp_changes=True)
    with serving(create_app(library)) as address:
        yield library, address


# --- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_tools_that_change_are_offered_to_who_may_use_them(guarded: tuple[FakePipeline, str], mode: str):
    _, address = guarded
    assert not offered(address, READER, mode=mode).keys() & CHANGING
    tools = offered(address, WRITER, mode=mode)
    assert tools.keys() >= CHANGING
    for name in CHANGING:
        assert tools[name].annotations.read_only_hint is False
        assert tools[name].annotations.destructive_hint is True
        Draft202012Validator.check_schema(tools[name].output_schema)
    assert tools["add_article"].annotations.open_world_hint is True  # it fetches pages


@pytest.mark.parametrize(
    ("name", "arguments"), [("add_article", {"text": "Ebb."}), ("remove_article", {"article_id": "ferry-prices"})]
)
def test_a_key_that_only_reads_changes_nothing(guarded: tuple[FakePipeline, str], name: str, arguments: dict):
    library, address = guarded
    library.ingested.clear()
    library.removed.clear()
    result = call(address, READER, name, **arguments)
    assert result.is_error
    assert said(result) == "This key may only read; changing the library takes one with the write scope."
    assert (library.ingested, library.removed) == ([], [])
    assert not call(address, READER, "get_article", article_id="ferry-prices").is_error


def test_without_a_key_nothing_is_told(guarded: tuple[FakePipeline, str]):
    _, address = guarded
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"Accept": "application/json, text/event-stream"}
    for given in ({}, {"Authorization": "Bearer made-up-key"}):
        response = httpx2.post(f"{address}/mcp", json=message, headers=headers | given)
        assert response.status_code == 401
        assert response.headers["content-type"] == "application/problem+json"


def test_a_key_that_writes_changes_nothing_where_changes_are_off():
    library = pipeline(api_keys=KEYS)
    with serving(create_app(library)) as address:
        assert not offered(address, WRITER).keys() & CHANGING
        result = call(address, WRITER, "remove_article", article_id="ferry-prices")
    assert result.is_error
    assert said(result) == "This server only reads; whoever runs it can allow changes with MCP_CHANGES=true."
    assert library.removed == []


def test_where_no_keys_are_the_setting_alone_decides():
    library = pipeline(mcp_changes=True)
    with serving(create_app(library)) as address:
        assert offered(address, None).keys() >= CHANGING
        assert not call(address, None, "remove_article", article_id="ferry-prices").is_error
    assert library.removed == ["ferry-prices"]


# --- what is changed -------------------------------------------------------------------------------------------------


def test_a_text_is_added_with_its_byline(guarded: tuple[FakePipeline, str]):
    library, address = guarded
    library.ingested.clear()
    byline = {"title": "Tide turns", "outlet": "Quay Post", "author": "A. Pell", "published_at": "2024-12-01"}
    result = call(address, WRITER, "add_article", text="Ebb.", url="https://quay.example/tide", **byline)
    assert library.ingested == [[Text(text="Ebb.", url="https://quay.example/tide", **byline)]]
    assert result.structured_content == json.loads(
        '{"added":["tide-turns"],"changed":[],"unchanged":[],"refused":[],"counts":{},"passages":2,"seconds":0.1}'
    )
    schema = offered(address, WRITER)["add_article"].output_schema
    assert list(Draft202012Validator(schema).iter_errors(result.structured_content)) == []
    assert said(result) == "Added: tide-turns."


def test_a_page_is_added_by_its_address(guarded: tuple[FakePipeline, str]):
    library, address = guarded
    library.ingested.clear()
    assert not call(address, WRITER, "add_article", url="https://quay.example/tide").is_error
    assert library.ingested == [["https://quay.example/tide"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({}, "Nothing was given; give `url`, or `text` with what is known of its byline."),
        ({"url": "/etc/passwd"}, "url: This is no web address; give a whole one, as https://example.org/news."),
        ({"url": "file:/etc/passwd"}, "url: This is no web address; give a whole one, as https://example.org/news."),
        ({"url": "https://quay.example/", "title": "x"}, "title: A fetched page has its own byline; give `text` too"),
        ({"file": "/etc/passwd"}, "file: There is no such argument"),
    ],
)
def test_what_cannot_be_added_is_told(guarded: tuple[FakePipeline, str], arguments: dict, sentence: str):
    library, address = guarded
    library.ingested.clear()
    result = call(address, WRITER, "add_article", **arguments)
    assert result.is_error
    assert said(result).startswith(sentence)
    assert library.ingested == []


def test_what_was_refused_is_an_error_with_its_reason():
    library = pipeline(mcp_changes=True)
    library.report = IngestReport(refused=(Refusal(source="Tide [x]", reason="It has 4 characters of text."),))
    with serving(create_app(library)) as address:
        result = call(address, None, "add_article", text="Ebb.")
    assert result.is_error
    assert said(result) == "Refused: Tide (x): It has 4 characters of text."


def test_an_article_is_removed_once(guarded: tuple[FakePipeline, str]):
    library, address = guarded
    library.removed.clear()
    result = call(address, WRITER, "remove_article", article_id="ferry-prices")
    assert result.structured_content == {"article_id": "ferry-prices"}
    assert library.removed == ["ferry-prices"]
    result = call(address, WRITER, "remove_article", article_id="none")
    assert result.is_error
    assert said(result).startswith("There is no article 'none'; take the article_id of")


# --- calls beside each other -----------------------------------------------------------------------------------------


class Slow(FakePipeline):
    """Answers take until `step` lets them; `begun` is set once one is asked for, `left` once nobody waits for it."""

    def __init__(self) -> None:
        super().__init__(step=threading.Semaphore(0))
        self.begun, self.left = threading.Event(), threading.Event()

    def stream(self, question: str, *, stop: threading.Event, **options) -> Iterator[Answer]:
        threading.Thread(target=lambda: stop.wait(30) and self.left.set(), daemon=True).start()
        self.begun.set()
        yield from super().stream(question, stop=stop, **options)

    def go_on(self) -> None:
        self.step.release(1000)


@contextmanager
def answering_slowly() -> Iterator[tuple[Slow, str]]:
    library = Slow()
    with serving(create_app(library)) as address:
        try:
            yield library, address
        finally:
            library.go_on()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_call_that_takes_long_holds_up_no_other(mode: str):
    with answering_slowly() as (library, address):

        async def beside(client: Client) -> mcp.types.CallToolResult:
            asking = asyncio.create_task(client.call_tool("ask_news", {"question": "How long?"}))
            assert await asyncio.to_thread(library.begun.wait, 20)
            reading = [client.call_tool("get_article", {"article_id": "ferry-prices"}) for _ in range(20)]
            assert not any(result.is_error for result in await asyncio.gather(*reading))
            assert not asking.done()
            library.go_on()
            return await asking

        assert not with_key(address, None, beside, mode=mode).is_error


@pytest.mark.parametrize("version", ["2025-11-25", "2026-07-28"])
def test_a_client_that_leaves_ends_the_work(version: str):
    meta = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": "ask_news", "arguments": {"question": "How long?"}, "_meta": meta}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": version,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "ask_news",
    }
    with answering_slowly() as (library, address):

        async def leave() -> None:
            async with httpx2.AsyncClient(timeout=60) as http:
                asking = asyncio.create_task(http.post(f"{address}/mcp", json=message, headers=headers))
                assert await asyncio.to_thread(library.begun.wait, 20)
                asking.cancel()

        asyncio.run(leave())
        assert library.left.wait(20)
        library.go_on()
        assert library.ended.wait(20)
