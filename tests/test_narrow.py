"""What is served of Gradio, asked from outside: our page's calls alone, and each page's for who opened it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from model_server import answers
from page_server import PageServer
from serving import serving
from starlette.routing import BaseRoute

from rag.api import create_app, guard
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline
from rag.ui import mount

pytestmark = pytest.mark.filterwarnings("ignore:.*(no_silent_downcasting|copy keyword)")  # Gradio's own

PATIENCE = 60.0
READER, WRITER, OTHER = "reader-key", "writer-key", "other-reader"
QUESTION = "Who shut the lock at Nordhaven?"
SECRET = "Nordhaven"
USED = {  # by our page
    ("GET", "/"),
    ("HEAD", "/"),
    ("GET", "/config"),
    ("GET", "/theme.css"),
    ("GET", "/manifest.json"),
    ("GET", "/favicon.ico"),
    ("GET", "/assets/x"),
    ("GET", "/static/x"),
    ("GET", "/gradio_api/app_id"),
    ("GET", "/gradio_api/heartbeat/x"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/upload_progress"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/upload"),
}


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder):
    keys = f"{READER},{OTHER},{WRITER}:write"
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), api_keys=keys, rate_limit="")
    with Pipeline(settings, embedder=embedder) as pipeline:
        pipeline.ingest([_article(tmp_path_factory.mktemp("articles"))])
        yield mount(create_app(pipeline), pipeline)


def _article(folder: Any) -> Any:
    path = folder / "lock.md"
    path.write_text(
        "---\ntitle: Lock at Nordhaven shut\noutlet: Canal Herald\ndate: 2024-11-29\n---\n\n"
        "The harbour master Ada Holm shut the lock at Nordhaven on Friday. It will open again in spring, she said.",
        "utf-8",
    )
    return path


@pytest.fixture(scope="module")
def address(whole) -> Iterator[str]:
    with serving(whole) as url:
        yield url


@pytest.fixture
def writer(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, headers=bearing(WRITER), timeout=PATIENCE) as client:
        yield client


def gradio_routes(found: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every route of Gradio's; a place in a path is filled with `x`."""
    for route in found:
        if router := getattr(route, "original_router", None):
            yield from gradio_routes(router.routes, prefix + getattr(route.include_context, "prefix", ""))
        else:
            path = re.sub(r"\{[^}]*\}", "x", prefix + route.path)
            yield from ((method, path) for method in route.methods or ("GET", "POST"))


def test_of_all_that_gradio_has_only_what_the_page_uses_is_there(whole, writer: httpx.Client):
    known = set(gradio_routes(whole.state.page.routes))
    assert len(known) > 80 and USED - known <= {("HEAD", "/")}
    ours = {("GET", "/openapi.json"), ("HEAD", "/openapi.json")}  # of the API, which stands before Gradio's
    for method, path in sorted(known - USED - ours):
        refused = writer.request(method, path, json={})
        assert refused.status_code == 404, (method, path)
        assert method == "HEAD" or refused.headers["content-type"] == "application/problem+json", (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/deep_link?session_hash=page",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://192.0.2.1/x",
        "/gradio_api/file%3D/etc/passwd",
        "/gradio_api//file=/etc/passwd",
        "/gradio_api/proxy=http://192.0.2.1/x",
        "/gradio_api/call/predict/event",
        "/gradio_api/heartbeat/",
        "/gradio_api/heartbeat/a/b",
        "/gradio_api/heartbeat/a.b",
        "/gradio_api/heartbeat/" + "a" * 65,
        "/gradio_api/heartbeat/%2e%2e",
        "/gradio_api/queue/data?session_hash=../x",
        "/gradio_api/queue/data",
        "/gradio_api/queue/data/",
        "/gradio_api/dev/reload",
        "/static/../routes.py",
        "/static/%2e%2e/%2e%2e/routes.py",
        "/assets/..%2f..%2froutes.py",
        "/assets//etc/passwd",
        "/assets/.env",
        "/svelte/../../../routes.py",
        "/page/..%2f__init__.py",
        "/page/%2e%2e/__init__.py",
        "/page//etc/passwd",
        "/page/page.css%00.py",
        "/monitoring/x",
        "/file=/etc/passwd",
    ],
)
def test_no_file_of_the_machine_is_served_by_any_path(writer: httpx.Client, path: str):
    refused = writer.get(path)
    assert refused.status_code in (400, 404, 422), refused.text
    assert "root:" not in refused.text and "import" not in refused.text


def asking(client: httpx.Client) -> tuple[int, int]:
    """The number of the function that asks, and how many fields it takes."""
    config = client.get("/config").json()
    box = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "question")
    asks = next(one for one in config["dependencies"] if [box, "submit"] in one["targets"])
    return asks["id"], len(asks["inputs"])


def call(number: int, data: list[Any], **fields: Any) -> dict[str, Any]:
    return {"data": data, "fn_index": number, "session_hash": "page", **fields}


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/run/predict"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"data": {}, "session_hash": "a"}',
        b'{"data": [], "session_hash": ["a"]}',
        b'{"data": [], "session_hash": "a.b"}',
        b'{"data": [], "session_hash": ""}',
        b'{"data": []}',
        b'{"data": [], "session_hash": "a", "n": ' + b"9" * 5_000 + b"}",
    ],
)
def test_what_is_no_call_of_the_page_is_told_and_no_more(writer: httpx.Client, path: str, body: bytes):
    refused = writer.post(path, content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400
    assert "open the page anew" in refused.json()["detail"]


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(
    "path", ["/etc/passwd", "app.py", "../x", "", None, "http://127.0.0.1:{port}/x", "\x00", "file:/etc/passwd"]
)
def test_no_file_that_was_not_uploaded_is_taken_from_a_request(
    writer: httpx.Client, whole, path: str | None, deep: bool
):
    number, fields = asking(writer)
    with PageServer({"/x": answers("News.", kind="text/plain")}) as elsewhere:
        path = path.format(port=elsewhere.port) if path else path
        named: Any = {"path": path, "url": path, "meta": {"_type": "gradio.FileData"}, "orig_name": "x.txt"}
        for value in ([{"x": [named]}], named) if deep else (named,):
            refused = writer.post("/gradio_api/queue/join", json=call(number, [value] + [None] * (fields - 1)))
            assert refused.status_code == 400
            assert refused.json()["detail"] == "Only a file that was uploaded can be added."
        assert elsewhere.requests == []


def test_the_address_of_the_page_is_nobodys_word(writer: httpx.Client):
    plain = writer.get("/").text
    forged = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Server": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Original-URL": "/evil",
        "X-Rewrite-URL": "/evil",
    }
    assert "evil" not in writer.get("/", headers=forged).text
    assert "evil" not in writer.get("/config", headers=forged).text
    assert writer.get("/", headers=forged).status_code == 200 and "Crosscheck" in plain


# Other people's


async def _stream(client: httpx.AsyncClient, page: str) -> tuple[int, str]:
    """All that a page is sent, until it has everything; status and text."""
    told = ""
    async with client.stream("GET", "/gradio_api/queue/data", params={"session_hash": page}) as stream:
        if stream.status_code != 200:
            return stream.status_code, (await stream.aread()).decode()
        try:
            async for line in stream.aiter_lines():
                told += line
                if "close_stream" in line:
                    break
        except httpx.RemoteProtocolError:  # the page is known to nobody: Gradio breaks off
            told += "broken off"
    return stream.status_code, told


async def _session(address: str, key: str) -> httpx.AsyncClient:
    """A person who signed in with a key."""
    client = httpx.AsyncClient(base_url=address, timeout=PATIENCE, headers={"Origin": address})
    signed = await client.post("/signin", data={"key": key})
    assert signed.status_code == 303 and client.cookies[guard.COOKIE]
    return client


def test_nobody_hears_asks_or_ends_what_is_anothers_though_they_know_its_name(address: str, writer: httpx.Client):
    number, fields = asking(writer)

    async def attack() -> None:
        owner = await _session(address, READER)
        others = {
            "another key": httpx.AsyncClient(base_url=address, timeout=PATIENCE, headers=bearing(OTHER)),
            "the same key by a program": httpx.AsyncClient(base_url=address, timeout=PATIENCE, headers=bearing(READER)),
            "the same key, signed in elsewhere": await _session(address, READER),
            "a key that may write": httpx.AsyncClient(base_url=address, timeout=PATIENCE, headers=bearing(WRITER)),
        }
        data = [QUESTION, None, [], "", "", None][:fields]
        joined = await owner.post("/gradio_api/queue/join", json=call(number, data))
        assert joined.status_code == 200
        event = joined.json()["event_id"]
        for who, other in others.items():
            status, told = await _stream(other, "page")
            assert SECRET not in told and "process_" not in told, (who, status, told)
            for attempt in (
                other.post("/gradio_api/cancel", json={"session_hash": "page", "fn_index": number, "event_id": event}),
                other.get(f"/gradio_api/call/ask/{event}"),
                other.get("/gradio_api/deep_link", params={"session_hash": "page"}),
                other.post(f"/gradio_api/stream/{event}/close"),
            ):
                assert (await attempt).status_code == 404, who
        status, told = await _stream(owner, "page")
        assert status == 200 and SECRET in told and '"success":true' in told
        for other in (owner, *others.values()):
            await other.aclose()

    asyncio.run(attack())


def test_a_session_that_ended_or_was_never_given_reaches_no_stream(address: str):
    async def attack() -> None:
        owner = await _session(address, READER)
        kept = owner.cookies[guard.COOKIE]
        await owner.post("/signout")
        for name in (kept, kept[:-1], kept + "x", "", READER, "None", "%00"):
            async with httpx.AsyncClient(
                base_url=address, timeout=PATIENCE, headers={"Cookie": f"{guard.COOKIE}={name}", "Origin": address}
            ) as thief:
                for attempt in (
                    thief.get("/gradio_api/queue/data", params={"session_hash": "page"}),
                    thief.get("/gradio_api/heartbeat/page"),
                    thief.post("/gradio_api/queue/join", json=call(0, [])),
                    thief.post("/gradio_api/upload", files={"files": ("a.txt", b"Rain.")}),
                ):
                    assert (await attempt).status_code == 401, name
        await owner.aclose()

    asyncio.run(attack())


def test_a_session_that_a_stranger_chose_is_not_the_one_that_signing_in_gives(address: str):
    chosen = "a" * 43
    with httpx.Client(base_url=address, cookies={guard.COOKIE: chosen}, headers={"Origin": address}) as client:
        given = client.post("/signin", data={"key": READER}).cookies[guard.COOKIE]
        assert given != chosen
    with httpx.Client(base_url=address, cookies={guard.COOKIE: chosen}) as client:
        assert client.get("/articles").status_code == 401


async def _all_called(address: str, key: str, numbers: list[tuple[int, int]], values: list[str | None]) -> None:
    """Call every function with each value in all its fields, both ways there are, and wait for its end."""
    async with httpx.AsyncClient(base_url=address, headers=bearing(key), timeout=PATIENCE) as client:
        for number, fields in numbers:
            for value in values:
                body = call(number, [value] * fields)
                await client.post("/gradio_api/run/predict", json=body)
                joined = await client.post("/gradio_api/queue/join", json=body)
                if joined.status_code == 200:
                    await _stream(client, "page")


def test_no_function_of_the_page_changes_anything_for_a_key_that_reads(address: str, writer: httpx.Client):
    [held] = writer.get("/articles").json()
    remove = json.dumps({"do": "really", "article": held["article_id"]})
    config = writer.get("/config").json()["dependencies"]
    numbers = [(one["id"], len(one["inputs"])) for one in config]
    asyncio.run(_all_called(address, READER, numbers, [remove, "https://192.0.2.1/a"]))
    assert writer.get("/articles").json() == [held]
    asyncio.run(_all_called(address, WRITER, numbers, [remove]))  # the same calls, by who may
    assert writer.get("/articles").json() == []
