"""`python -m rag mcp`: the tools over stdin and stdout, by the official client and by hand."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import mcp.types
import pytest
from jsonschema import Draft202012Validator
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from rag.config import Settings, load_settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline

ROOT = Path(__file__).parent.parent
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": "first",
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
STORY = (
    "The lock gates at Pell were closed on Tuesday after divers found a crack in the southern sill. "
    "The canal trust said that repairs would take nine weeks."
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A library of the shipped articles."""
    data_dir = tmp_path_factory.mktemp("library")
    with opened(data_dir, embedder) as pipeline:
        pipeline.ingest([ROOT / "corpus"])
    return data_dir


def opened(data_dir: Path, embedder: Embedder) -> Pipeline:
    settings = Settings(_env_file=None, data_dir=data_dir, cache_dir=load_settings().cache_dir)
    return Pipeline(settings, embedder=embedder)


def command(folder: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "rag", "mcp", "--data-dir", str(folder), *options]


def with_client(folder: Path, act: Callable[[Client], Awaitable], *options: str, mode: str = "auto") -> object:
    """What `act` returns, given the official client of the real command."""
    program, *arguments = command(folder, *options)
    server = StdioServerParameters(command=program, args=arguments, cwd=str(ROOT), env=dict(os.environ))

    async def connected() -> object:
        async with Client(server, mode=mode) as client:
            return await act(client)

    return asyncio.run(connected())


def text_of(result: mcp.types.CallToolResult) -> str:
    (content,) = result.content
    return content.text


@contextmanager
def started(arguments: list[str]) -> Iterator[subprocess.Popen]:
    """The server with its pipes, killed in the end where it has not ended by itself."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, cwd=ROOT, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def send(process: subprocess.Popen, *messages: object) -> None:
    for message in messages:
        process.stdin.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
    process.stdin.flush()


def answer_to(process: subprocess.Popen, name: object) -> dict:
    """The answer to the request of this id; every line is to be a message of the protocol."""
    while line := process.stdout.readline():
        message = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        if "id" in message and message["id"] == name:
            return message
    raise AssertionError(f"the server ended: {process.stderr.read()}")


def request(name: object, method: str, /, **params: object) -> dict:
    return {"jsonrpc": "2.0", "id": name, "method": method, "params": params}


def called(name: object, tool: str, /, **arguments: object) -> dict:
    return request(name, "tools/call", name=tool, arguments=arguments)


# --- with the official client ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_works_over_stdio(folder: Path, mode: str):
    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert len(tools) == 6 and all(tool.annotations.read_only_hint for tool in tools.values())
        for name, arguments in (
            ("ask_news", {"question": "How many people have been killed in the fighting?"}),
            ("search_news", {"query": "airstrikes", "limit": 3}),
            ("compare_outlets", {"topic": "number of dead"}),
            ("timeline_news", {"topic": "Aleppo"}),
            ("list_articles", {"limit": 2}),
            ("get_article", {"article_id": "sunday-in-damascus", "length": 400}),
        ):
            result = await client.call_tool(name, arguments)
            assert not result.is_error and text_of(result)
            schema = tools[name].output_schema
            assert list(Draft202012Validator(schema).iter_errors(result.structured_content)) == []
        answer = await client.call_tool("ask_news", {"question": "How many people have been killed?"})
        assert answer.structured_content["citations"]
        for citation in answer.structured_content["citations"]:
            found = {"article_id": citation["article_id"], "start": citation["start"], "length": len(citation["quote"])}
            read = await client.call_tool("get_article", found)
            assert read.structured_content["text"] == citation["quote"]
        resources = (await client.list_resources()).resources
        assert len(resources) == 5
        (contents,) = (await client.read_resource(resources[0].uri)).contents
        assert contents.mime_type == "text/plain" and resources[0].name in contents.text
        with pytest.raises(MCPError, match="There is no such article"):
            await client.read_resource("crosscheck://articles/none")
        assert (await client.list_prompts()).prompts
        results = await asyncio.gather(*(client.call_tool("search_news", {"query": word}) for word in ["Iran"] * 20))
        assert not any(result.is_error for result in results)
        refused = await client.call_tool("remove_article", {"article_id": "sunday-in-damascus"})
        assert refused.is_error and text_of(refused).startswith("This server only reads")

    with_client(folder, work, mode=mode)


def test_changes_are_made_where_they_are_allowed_and_seen_by_others(tmp_path: Path, embedder: Embedder):
    async def work(client: Client) -> None:
        added = await client.call_tool("add_article", {"text": STORY, "outlet": "Canal Herald", "title": "Gates shut"})
        assert not added.is_error, text_of(added)
        (name,) = added.structured_content["added"]
        with opened(tmp_path, embedder) as beside:  # another process reads what the server wrote,
            assert [one.outlet for one in beside.store.articles()] == ["Canal Herald"]
            found = await client.call_tool("ask_news", {"question": "How long will repairs of the lock gates take?"})
            assert "nine weeks" in text_of(found)
            beside.remove(name)  # and the server sees what another one changes
        listed = await client.call_tool("list_articles", {})
        assert listed.structured_content["total"] == 0
        empty = await client.call_tool("ask_news", {"question": "How long will the repairs take?"})
        assert empty.structured_content["reason"] == "empty_library"
        again = await client.call_tool("remove_article", {"article_id": name})
        assert again.is_error and text_of(again).startswith(f"There is no article {name!r}")

    with_client(tmp_path, work, "--allow-changes")


# --- by hand ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[subprocess.Popen]:
    with started(command(folder)) as process:
        send(process, INITIALIZE, INITIALIZED)
        assert answer_to(process, "first")["result"]["protocolVersion"] == "2025-06-18"
        yield process


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("{", mcp.types.PARSE_ERROR, "This line is not JSON"),
        ('{"jsonrpc": "2.0", "id": 1}}', mcp.types.PARSE_ERROR, "This line is not JSON"),
        ("\ufffd\x00", mcp.types.PARSE_ERROR, "This line is not JSON"),
        ("[" * 100_000, mcp.types.PARSE_ERROR, "This line is not JSON"),
        (f'"{"x" * 9_000_000}"', mcp.types.PARSE_ERROR, "longer than 4,000,000 bytes"),
        ("[]", mcp.types.INVALID_REQUEST, "This is no JSON-RPC message"),
        ('{"id": 1}', mcp.types.INVALID_REQUEST, "This is no JSON-RPC message"),
    ],
    ids=["begun", "more", "bytes", "deep", "huge", "batch", "no method"],
)
def test_a_line_that_is_no_message_is_answered_and_harms_nothing(
    served: subprocess.Popen, line: str, code: int, said: str
):
    send(served, line, request("next", "ping"))
    error = answer_to(served, None)["error"]
    assert error["code"] == code and said in error["message"]
    assert answer_to(served, "next")["result"] == {}


def test_an_empty_line_is_none(served: subprocess.Popen):
    send(served, "", " ", request("behind", "ping"))
    assert json.loads(served.stdout.readline())["id"] == "behind"


def test_a_message_of_some_size_is_read(served: subprocess.Popen):
    send(served, called("large", "ask_news", question="x" * 3_000_000))
    result = answer_to(served, "large")["result"]
    assert result["isError"] and "3,000,000 characters" in result["content"][0]["text"]


def test_a_method_that_is_none_is_refused(served: subprocess.Popen):
    send(served, request("what", "tools/destroy"), called("who", "destroy"))
    assert answer_to(served, "what")["error"]["code"] == mcp.types.METHOD_NOT_FOUND
    assert answer_to(served, "who")["error"]["code"] == mcp.types.INVALID_PARAMS


# A server over a library whose answers wait for a cancellation, and whose searches write to stdout in every way.
NOISY = """
import os, sys
sys.path.insert(0, "tests")
from fake_pipeline import FakePipeline
from rag import tools

class Noisy(FakePipeline):
    def search(self, *arguments, **options):
        print("a word of a library")
        sys.stdout.flush()
        os.write(1, b"another\\n")
        return super().search(*arguments, **options)

    def stream(self, *arguments, stop, **options):
        print("asked", file=sys.stderr, flush=True)
        assert stop.wait(60)
        print("left", file=sys.stderr, flush=True)
        yield from super().stream(*arguments, stop=stop, **options)

tools.serve_stdio(Noisy())
print("ended", file=sys.stderr)
"""


@pytest.fixture
def noisy() -> Iterator[subprocess.Popen]:
    with started([sys.executable, "-c", NOISY]) as process:
        send(process, INITIALIZE, INITIALIZED)
        answer_to(process, "first")
        yield process


def test_nothing_but_the_protocol_is_written_to_stdout(noisy: subprocess.Popen):
    send(noisy, called(1, "search_news", query="bridge"))
    assert not answer_to(noisy, 1)["result"]["isError"]  # reads every line before it as a message
    send(noisy, request(2, "ping"))
    answer_to(noisy, 2)
    out, err = noisy.communicate()
    assert out == ""
    assert {"a word of a library", "another", "ended"} <= set(err.splitlines())
    assert noisy.returncode == 0


def test_a_cancelled_call_ends_and_is_not_answered(noisy: subprocess.Popen):
    send(noisy, called(7, "ask_news", question="How long?"))
    assert noisy.stderr.readline() == "asked\n"
    send(noisy, request(8, "ping"))
    assert answer_to(noisy, 8)["result"] == {}
    send(noisy, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}, request(9, "ping"))
    assert json.loads(noisy.stdout.readline())["id"] == 9
    assert noisy.stderr.readline() == "left\n"
    out, _ = noisy.communicate()
    assert out == ""
    assert noisy.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("busy", [False, True])
def test_a_signal_ends_it_cleanly(noisy: subprocess.Popen, number: signal.Signals, busy: bool):
    if busy:
        send(noisy, called(7, "ask_news", question="How long?"))
        assert noisy.stderr.readline() == "asked\n"
    noisy.send_signal(number)
    assert noisy.wait(30) == 0
    assert noisy.stderr.read().splitlines() == ["left", "ended"][not busy :]
    assert all(json.loads(line)["id"] == 7 for line in noisy.stdout)


@pytest.mark.parametrize("number", [None, signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_cleanly(folder: Path, number: signal.Signals | None):
    with started(command(folder)) as process:
        send(process, INITIALIZE)
        answer_to(process, "first")
        if number is None:
            process.stdin.close()
        else:
            process.send_signal(number)
        assert process.wait(30) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_a_library_that_cannot_be_opened_is_said_on_stderr(tmp_path: Path):
    (tmp_path / "ledger.sqlite3").write_text("This is no ledger." * 100, "utf-8")
    process = subprocess.run(command(tmp_path), cwd=ROOT, capture_output=True, text=True, input="")
    assert process.returncode == 1
    assert process.stdout == ""
    assert len(process.stderr.splitlines()) == 1 and "ledger.sqlite3" in process.stderr
