import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict, replace

import httpx2
import mcp.types
import pytest
from fake_pipeline import ARTICLES, FakePipeline, answer, hits
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from mcp.client.client import Client
from serving import serving

from rag.api import create_app
from rag.errors import LibraryError
from rag.footnotes import sentences
from rag.types import Filters

HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
LIST_TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def address(pipeline: FakePipeline) -> Iterator[str]:
    with serving(create_app(pipeline)) as address:
        yield address


def as_json(value: object) -> object:
    return json.loads(json.dumps(asdict(value)))


def with_client(address: str, act: Callable[[Client], Awaitable], **options) -> object:
    """What `act` returns, given the official client connected over HTTP."""

    async def connected() -> object:
        async with Client(f"{address}/mcp", **options) as client:
            return await act(client)

    return asyncio.run(connected())


def call(address: str, name: str, **arguments) -> mcp.types.CallToolResult:
    return with_client(address, lambda client: client.call_tool(name, arguments))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_finds_tools_that_only_read(address: str, mode: str):
    tools = with_client(address, lambda client: client.list_tools(), mode=mode).tools
    assert {tool.name for tool in tools} == {"search_news", "ask_news", "get_article"}
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.description
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator.check_schema(tool.output_schema)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ask_news", {"question": "How long?"}),
        ("search_news", {"query": "bridge"}),
        ("get_article", {"article_id": "bridge-still-shut"}),
    ],
)
def test_what_a_tool_gives_fits_the_schema_that_it_names(address: str, name: str, arguments: dict):
    async def both(client: Client) -> tuple:
        return await client.list_tools(), await client.call_tool(name, arguments)

    tools, result = with_client(address, both)
    schema = next(tool.output_schema for tool in tools.tools if tool.name == name)
    assert not result.is_error
    assert list(Draft202012Validator(schema).iter_errors(result.structured_content)) == []


def test_an_answer_comes_whole_for_programs_and_readable_for_models(address: str):
    result = call(address, "ask_news", question="How long?")
    assert result.structured_content == as_json(answer("How long?"))
    (content,) = result.content
    assert content.text.startswith(sentences(answer("")) + "\n\nSources disagree on ")
    assert "\n\nSources:\n[1] Harbour Gazette" in content.text
    assert "article bridge-still-shut" in content.text


def test_a_refusal_comes_with_its_nearest_evidence_for_programs_and_for_models():
    whole = answer("Who pays?")
    near = replace(whole.citations[0], speaker="the mayor", event_date="2024-11-28")
    nothing = replace(whole, text="Nothing fits.", statements=(), citations=(), disagreements=(), as_of=None)
    nothing = replace(nothing, abstained=True, reason="no_evidence", nearest=(near,), unanswered=("Since when?",))
    with serving(create_app(FakePipeline(steps=[nothing]))) as address:
        result = call(address, "ask_news", question="Who pays?")
    assert result.structured_content == as_json(nothing)
    assert "The articles do not answer:\n- Since when?" in result.content[0].text
    assert "quoting the mayor, speaks of 28 November 2024: https://gazette.example/" in result.content[0].text


def test_a_search_gives_the_hits_within_the_limits(address: str, pipeline: FakePipeline):
    result = call(
        address, "search_news", query="bridge", limit=2, outlets=["Quay Post"], articles=["a"], since="2024-01-01"
    )
    assert result.structured_content == {"hits": [as_json(hit) for hit in hits(limit=2)]}
    assert ARTICLES[0].text in result.content[0].text
    assert pipeline.asked == [("bridge", (), Filters(outlets=("Quay Post",), since="2024-01-01", articles=("a",)))]


def test_markdown_of_an_article_is_words_for_a_client_and_verbatim_for_programs(
    address: str, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
):
    trap = "Nothing.\n![x](https://evil.example/a.png) <img src=//evil.example>"
    (hit,) = hits(limit=1)
    trapped = replace(hit, passage=replace(hit.passage, text=trap))
    monkeypatch.setattr(FakePipeline, "search", lambda *_, **__: [trapped])
    result = call(address, "search_news", query="bridge")
    assert result.structured_content["hits"][0]["passage"]["text"] == trap
    shown = result.content[0].text
    assert "Nothing.\n" in shown and not any(part in shown for part in ("](", "<img", "https://evil"))


def test_an_article_is_read_whole(address: str):
    result = call(address, "get_article", article_id="bridge-reopens")
    assert result.structured_content == as_json(ARTICLES[0])
    assert ARTICLES[0].text in result.content[0].text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask_news", {"question": " "}, "The question is empty; ask something."),
        ("ask_news", {"question": "x" * 2001}, "2,001"),
        ("ask_news", {}, "question"),
        ("search_news", {"query": "x", "limit": 0}, "limit"),
        ("search_news", {"query": "x", "since": "yesterday"}, "2024-12-01"),
        ("search_news", {"query": "x", "since": "2024-12-02", "until": "2024-12-01"}, "swap them"),
        ("get_article", {"article_id": "nothing"}, "There is no article 'nothing'"),
        ("drop_everything", {}, "drop_everything"),
    ],
)
def test_a_wrong_call_is_told_to_the_model_in_words(address: str, name: str, arguments: dict, said: str):
    result = call(address, name, **arguments)
    assert result.is_error
    assert said in result.content[0].text


def test_a_failure_that_nobody_foresaw_tells_nothing(caplog: pytest.LogCaptureFixture):
    with serving(create_app(FakePipeline(error=ZeroDivisionError("secret"), steps=[]))) as address:
        result = call(address, "search_news", query="x")
    assert result.is_error
    assert "secret" not in result.content[0].text
    assert any(record.exc_info for record in caplog.records)


def test_a_stated_failure_is_told():
    with serving(create_app(FakePipeline(error=LibraryError("The disk is gone."), steps=[]))) as address:
        assert "The disk is gone." in call(address, "search_news", query="x").content[0].text


def test_both_spellings_of_the_address_work(address: str):
    for path in ("/mcp", "/mcp/"):
        response = httpx2.post(address + path, json=LIST_TOOLS, headers=HEADERS)
        assert response.status_code == 200
        assert len(response.json()["result"]["tools"]) == 3


def test_pages_elsewhere_and_oversized_calls_are_refused():
    with TestClient(create_app(FakePipeline()), base_url="http://127.0.0.1:7860") as api:
        for headers, status in (({"Host": "evil.example"}, 400), ({"Origin": "http://evil.example"}, 403)):
            assert api.post("/mcp", json=LIST_TOOLS, headers={**HEADERS, **headers}).status_code == status
        assert (
            api.post("/mcp", json=LIST_TOOLS, headers={**HEADERS, "Origin": "http://127.0.0.1:7860"}).status_code == 200
        )
        assert api.post("/mcp", content=b"x" * 1_000_001, headers=HEADERS).status_code == 413
        chunks = iter([b"x" * 600_000] * 2)
        assert api.post("/mcp", content=chunks, headers=HEADERS).status_code == 413
        assert api.post("/mcp", content=b"{", headers=HEADERS).status_code == 400
        assert api.delete("/mcp").status_code == 405


def test_the_processs_logging_is_left_as_it_was():
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    create_app(FakePipeline())
    assert (root.level, list(root.handlers)) == before
