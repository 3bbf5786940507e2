"""`/articles`: listed, read, added, removed; over the real library where something is taken in."""

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import httpx2
import pytest
from fake_pipeline import ARTICLES, EARLIER, FakePipeline
from fastapi.testclient import TestClient
from serving import serving

from rag.api import create_app
from rag.api.adding import Changes
from rag.articles import Text
from rag.config import Settings
from rag.embedding import Embedder
from rag.errors import FetchError, LibraryBusyError, LibraryError
from rag.fetch import Fetched
from rag.pipeline import Pipeline
from rag.types import IngestReport, Refusal
from rag.uploads import staged

ADDRESS = "http://127.0.0.1:7860"
BODY = "The harbour bridge at Ostwick opened again on Friday. It had been shut for fourteen months."
GIVEN = {"text": BODY, "title": "Ostwick bridge reopens", "outlet": "Harbour Gazette", "published_at": "2024-11-29"}
KEYS = "reads-and-no-more,reads-and-writes:write"
READER, WRITER = {"Authorization": "Bearer reads-and-no-more"}, {"Authorization": "Bearer reads-and-writes"}


def client(pipeline: object) -> TestClient:
    return TestClient(create_app(pipeline), base_url=ADDRESS, raise_server_exceptions=False)


@pytest.fixture
def fake() -> FakePipeline:
    return FakePipeline()


def page(address: str, **_: object) -> Fetched:
    if "gone" in address:
        raise FetchError("The server answers 404; check the address.")
    content = f"<html><body><article><p>{BODY}</p></article></body></html>".encode()
    return Fetched(url=address, content=content, content_type="text/html", fetched_at="2024-12-01T00:00:00+00:00")


@pytest.fixture
def pipeline(tmp_path: Path, embedder: Embedder) -> Iterator[Pipeline]:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", max_file_mb=1)
    with Pipeline(settings, embedder=embedder, fetcher=page) as opened:
        yield opened


@pytest.fixture
def api(pipeline: Pipeline) -> TestClient:
    return client(pipeline)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Pipeline]:
    """An empty library, for what is not to be taken in."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("nothing") / "data", max_file_mb=1)
    with Pipeline(settings, embedder=embedder, fetcher=page) as opened:
        yield opened
        assert opened.store.count().articles == 0


@pytest.fixture(scope="module")
def refusing(nothing: Pipeline) -> TestClient:
    return client(nothing)


def as_json(value: object) -> object:
    return json.loads(json.dumps(asdict(value)))


def assert_problem(response: httpx2.Response, status: int) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


def file(name: str, content: bytes | str = BODY) -> tuple[str, tuple[str, bytes, str]]:
    return "files", (name, content.encode() if isinstance(content, str) else content, "application/octet-stream")


# Read


def test_they_are_listed_in_parts_without_their_texts(fake: FakePipeline):
    api = client(fake)
    everything = api.get("/articles")
    assert everything.json() == [as_json(one.byline) for one in ARTICLES]
    assert everything.headers["x-total-count"] == "3"
    part = api.get("/articles", params={"limit": 1, "offset": 1})
    assert part.json() == everything.json()[1:2] and part.headers["x-total-count"] == "3"
    assert api.get("/articles", params={"offset": 9}).json() == []


def test_they_are_found_by_words_and_sorted(fake: FakePipeline):
    api = client(fake)
    found = api.get("/articles", params={"query": "bridge", "sort": "title"})
    assert [one["article_id"] for one in found.json()] == ["bridge-reopens", "bridge-still-shut"]
    assert found.headers["x-total-count"] == "2"


@pytest.mark.parametrize(
    "params",
    [{"offset": -1}, {"limit": 0}, {"limit": 1001}, {"sort": "x"}, {"query": "x" * 201}, {"offset": 2**64}],
)
def test_a_list_that_makes_no_sense_is_a_problem(fake: FakePipeline, params: dict):
    assert_problem(client(fake).get("/articles", params=params), 422)


@pytest.mark.parametrize("name", ["nothing-here", "..%2F..%2Fetc%2Fpasswd", "..%5C..%5Cx", "%00", "%ff", "é" * 500])
def test_an_unknown_article_is_a_problem(refusing: TestClient, name: str):
    assert_problem(refusing.get(f"/articles/{name}"), 404)
    assert_problem(refusing.delete(f"/articles/{name}"), 404)


def test_an_article_that_is_still_the_same_is_not_sent_again(fake: FakePipeline):
    api = client(fake)
    tag = api.get("/articles/ferry-prices").headers["etag"]
    for sent in (tag, f'"x", W/{tag}', "*"):
        again = api.get("/articles/ferry-prices", headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert api.get("/articles/ferry-prices", headers={"If-None-Match": '"x"'}).status_code == 200
    assert api.get("/articles/bridge-reopens").headers["etag"] != tag


def test_an_older_text_is_read_by_its_revision(fake: FakePipeline):
    api = client(fake)
    assert api.get("/articles/ferry-prices", params={"revision": "r0"}).json() == as_json(EARLIER)
    assert api.get("/articles/ferry-prices", params={"revision": "r1"}).json()["text"] == ARTICLES[2].text
    found = api.get("/articles/ferry-prices/revisions").json()
    assert [(one["revision"], one["replaced_at"]) for one in found] == [("r1", None), ("r0", ARTICLES[2].ingested_at)]
    assert "text" not in found[0]


def test_what_changed_is_told_with_its_places(fake: FakePipeline):
    api = client(fake)
    found = api.get("/articles/ferry-prices/changes").json()
    assert (found["earlier"]["revision"], found["later"]["revision"]) == ("r0", "r1")
    assert found["changes"] == [
        {
            **{"kind": "replaced", "old_start": 20, "old_end": 24, "new_start": 20, "new_end": 23},
            **{"before": "June", "after": "May", "lead": "Ferry fares rise in ", "trail": "."},
        }
    ]
    back = api.get("/articles/ferry-prices/changes", params={"from": "r1", "to": "r0"}).json()
    assert [(one["before"], one["after"]) for one in back["changes"]] == [("May", "June")]
    assert api.get("/articles/bridge-reopens/changes").json()["changes"] == []


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("ferry-prices", {"revision": "r9"}),
        ("ferry-prices", {"revision": ""}),
        ("ferry-prices/changes", {"from": "r9"}),
        ("ferry-prices/changes", {"to": "\ufffd\0"}),
        ("nothing/changes", {}),
        ("nothing/revisions", {}),
    ],
)
def test_a_text_that_there_never_was_is_a_problem(fake: FakePipeline, name: str, params: dict[str, str]):
    assert_problem(client(fake).get(f"/articles/{name}", params=params), 404)


def test_a_changed_article_keeps_its_old_text(api: TestClient):
    address = "https://gazette.example/bridge"
    (name,) = api.post("/articles", json={**GIVEN, "url": address}).json()["added"]
    was = api.get(f"/articles/{name}").json()
    changed = api.post("/articles", json={**GIVEN, "url": address, "text": BODY.replace("fourteen", "sixteen")})
    assert changed.json()["changed"] == [name]
    again = api.get(f"/articles/{name}", params={"revision": was["revision"]}).json()
    assert (again["text"], again["title"]) == (was["text"], was["title"])
    (change,) = api.get(f"/articles/{name}/changes").json()["changes"]
    assert (change["before"], change["after"]) == ("fourteen", "sixteen")


# Added as text, by address


def test_a_text_is_taken_in_once(api: TestClient):
    first = api.post("/articles", json=GIVEN)
    assert first.status_code == 201
    (name,) = first.json()["added"]
    assert first.headers["location"] == f"/articles/{name}"
    article = api.get(first.headers["location"]).json()
    assert {**GIVEN, **article} == article
    again = api.post("/articles", json=GIVEN)
    assert (again.status_code, again.json()["unchanged"]) == (200, [name])
    changed = api.post("/articles", json={**GIVEN, "outlet": "Quay Post"})
    assert (changed.status_code, changed.json()["changed"]) == (201, [name])
    assert api.get("/articles").headers["x-total-count"] == "1"
    assert api.get("/search", params={"query": "bridge"}).json()[0]["byline"]["outlet"] == "Quay Post"


def test_a_page_is_fetched_and_what_is_refused_is_told(api: TestClient):
    added = api.post("/articles", json={"url": "https://gazette.example/ostwick"})
    assert (added.status_code, added.json()["added"]) == (201, ["gazette.example-ostwick"])
    refused = assert_problem(api.post("/articles", json={"url": "https://gazette.example/gone"}), 422)
    assert refused["detail"] == "https://gazette.example/gone: The server answers 404; check the address."
    assert refused["errors"] == [refused["detail"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "neither a text nor a url"),
        ([], "JSON object"),
        ({"text": None}, "null"),
        ({"text": ""}, "body.text"),
        ({"text": "\ud800\0"}, "characters of text"),
        ({"text": "Short."}, "whole article"),
        ({"text": [BODY]}, "body.text"),
        ({**GIVEN, "title": "x" * 301}, "body.title"),
        ({**GIVEN, "url": "javascript:alert(1)"}, "body.url"),
        ({**GIVEN, "published_at": "yesterday"}, "published_at"),
        ({"url": "/etc/passwd"}, "no web address"),
        ({"url": "file:/etc/passwd"}, "no web address"),
        ({"url": "https://["}, "no web address"),
        ({"url": "../corpus"}, "no web address"),
        ({"url": "https://x.example", "title": "x"}, "A byline was sent without a text"),
    ],
)
def test_what_is_no_article_is_a_problem_and_nothing_is_taken_in(refusing: TestClient, body: object, said: str):
    content = json.dumps(body)
    problem = assert_problem(
        refusing.post("/articles", content=content, headers={"Content-Type": "application/json"}), 422
    )
    assert said in problem["detail"]
    assert refusing.get("/articles").json() == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "application/json"),
        (b'{"text": NaN}', "application/json"),
        (b'{"text": ' + b"[" * 90_000, "application/json"),
        (b'{"text": "' + b"x" * 100, "application/json"),
        (b"\xff\xfe", "application/json"),
        (json.dumps(GIVEN).encode(), "text/plain"),
        (json.dumps(GIVEN).encode(), "application/xml"),
        (b"text=x", "application/x-www-form-urlencoded"),
        (json.dumps(["x"] * 100_000).encode(), "application/json"),
    ],
)
def test_a_body_of_another_kind_is_a_problem(refusing: TestClient, content: bytes, kind: str):
    response = refusing.post("/articles", content=content, headers={"Content-Type": kind})
    assert response.status_code in (400, 422)
    assert len(assert_problem(response, response.status_code)["detail"]) < 300


def test_of_a_name_that_is_there_twice_the_last_counts(api: TestClient):
    content = b'{"text": "x", "text": ' + json.dumps(BODY).encode() + b"}"
    assert api.post("/articles", content=content, headers={"Content-Type": "application/json"}).status_code == 201


def test_what_reaches_the_pipeline_is_what_was_sent(fake: FakePipeline):
    fake.report = IngestReport(added=("a", "b"), refused=(Refusal(source="c", reason="No."),))
    response = client(fake).post("/articles", json={**GIVEN, "author": "A. Writer", "url": "https://x.example/a"})
    assert response.json() == as_json(fake.report) and "location" not in response.headers
    assert fake.ingested == [[Text(**GIVEN, author="A. Writer", url="https://x.example/a")]]


# Files


def test_files_are_taken_in_under_their_own_names(api: TestClient, pipeline: Pipeline):
    both = [file("bridge.txt"), file("rows.jsonl", '{"title": "Ferry", "body": "A ferry sank off Morholm on Monday."}')]
    added = api.post("/articles/file", files=both)
    assert (added.status_code, added.json()["added"]) == (201, ["bridge", "Ferry"])
    again = api.post("/articles/file", files=both)
    assert (again.status_code, again.json()["unchanged"]) == (200, ["bridge", "Ferry"])
    changed = api.post("/articles/file", files=[file("bridge.txt", BODY + " Ferries stopped.")])
    assert changed.json()["changed"] == ["bridge"]
    sources = [api.get(f"/articles/{name}").json()["source"] for name in ("bridge", "Ferry")]
    assert sources == ["bridge.txt", "rows.jsonl#Ferry"]  # no folder of the server
    assert not (pipeline.settings.data_dir / "uploads").exists()


def test_the_refused_are_named_as_they_were_sent_and_the_rest_go_in(api: TestClient):
    sent = [file("bridge.txt"), file("a/empty.txt", b""), file("x.exe", b"MZ"), file("other/bridge.txt"), file("z.zip")]
    response = api.post("/articles/file", files=sent)
    assert response.status_code == 201
    assert response.json()["added"] == ["bridge"]
    assert {one["source"] for one in response.json()["refused"]} == {"bridge.txt", "empty.txt", "x.exe", "z.zip"}


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x", "/etc/x", "..", ".", "%2e%2e%2fx", "\0", "x" * 5_000, "no ending", " "]
)
def test_a_name_leads_nowhere(refusing: TestClient, nothing: Pipeline, name: str):
    response = refusing.post("/articles/file", files=[file(name)])
    problem = assert_problem(response, 400 if len(name) > 1_000 else 422)
    folder = nothing.settings.data_dir
    assert str(folder) not in problem["detail"]
    inside = {path.name for path in folder.iterdir()} - {"index", "uploads.lock", "writer.lock"}
    assert all(name.startswith("ledger.sqlite3") for name in inside)
    assert [path.name for path in folder.parent.iterdir()] == ["data"]


def test_a_file_that_is_too_large_is_refused(refusing: TestClient):
    problem = assert_problem(refusing.post("/articles/file", files=[file("big.txt", b"x" * 1_000_001)]), 422)
    assert "above the limit" in problem["detail"]


def test_a_body_that_is_too_large_is_refused_while_it_arrives(nothing: Pipeline):
    with serving(create_app(nothing)) as address, httpx2.Client(timeout=30) as http:
        head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
        parts = iter([head, *[b"x" * 1_000_000] * 9])
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        response = http.post(f"{address}/articles/file", content=parts, headers=headers)
        assert "larger than" in assert_problem(response, 413)["detail"]
        assert http.get(f"{address}/articles").json() == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 400),
        (b"x", "multipart/form-data", 400),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
        (b"--x\r\n\r\nx\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\nx\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            422,
        ),
        (b'{"files": ["x"]}', "application/json", 422),
    ],
)
def test_a_form_without_files_is_a_problem(refusing: TestClient, content: bytes, kind: str, status: int):
    response = refusing.post("/articles/file", content=content, headers={"Content-Type": kind})
    assert response.status_code in (status, 422)
    assert_problem(response, response.status_code)


def test_a_client_that_leaves_in_the_middle_leaves_nothing(pipeline: Pipeline):
    with serving(create_app(pipeline)) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        connection.putrequest("POST", "/articles/file")
        connection.putheader("Content-Type", "multipart/form-data; boundary=x")
        connection.putheader("Content-Length", "5000")
        connection.endheaders(
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + BODY.encode()
        )
        connection.close()
        assert httpx2.get(f"{address}/articles").json() == []
    assert not (pipeline.settings.data_dir / "uploads").exists()


# Removed


def test_what_is_removed_is_found_no_more(api: TestClient):
    (name,) = api.post("/articles", json=GIVEN).json()["added"]
    removed = api.delete(f"/articles/{name}")
    assert (removed.status_code, removed.content) == (204, b"")
    assert_problem(api.get(f"/articles/{name}"), 404)
    assert api.get("/search", params={"query": "bridge"}).json() == []
    assert_problem(api.delete(f"/articles/{name}"), 404)


# Who may, and when


def test_only_a_key_that_writes_changes_the_library(tmp_path: Path):
    settings = Settings(_env_file=None, data_dir=tmp_path, api_keys=KEYS)
    fake = FakePipeline(settings=settings, report=IngestReport(added=("a",)))
    api = client(fake)
    for send in (
        lambda **more: api.post("/articles", json=GIVEN, **more),
        lambda **more: api.post("/articles/file", files=[file("a.txt")], **more),
        lambda **more: api.delete("/articles/ferry-prices", **more),
    ):
        assert_problem(send(), 401)
        assert "write" in assert_problem(send(headers=READER), 403)["detail"]
        assert not fake.removed and not fake.ingested
        assert send(headers=WRITER).status_code in (201, 204)
        fake.removed.clear()
        fake.ingested.clear()
    assert api.get("/articles", headers=READER).status_code == 200


def test_a_library_that_others_change_is_waited_for_while_reading_goes_on(pipeline: Pipeline):
    got: list[int] = []
    with serving(create_app(pipeline)) as address:
        sender = threading.Thread(
            target=lambda: got.append(httpx2.post(f"{address}/articles", json=GIVEN, timeout=60).status_code)
        )
        with pipeline.store.writing():
            sender.start()
            assert httpx2.get(f"{address}/articles").json() == []
        sender.join(60)
        assert len(httpx2.get(f"{address}/articles").json()) == 1
    assert got == [201]


def test_it_is_not_waited_for_without_end(pipeline: Pipeline):
    changes = Changes(pipeline, patience=0.05)
    with pipeline.store.writing(), pytest.raises(LibraryBusyError, match="another process"):
        asyncio.run(changes.add([Text(text=BODY)]))
    with staged([], pipeline.settings.data_dir / "uploads"), pytest.raises(LibraryBusyError, match="Other files"):
        asyncio.run(changes.add_files([]))
    assert asyncio.run(changes.add([Text(text=BODY)])).added


def test_one_change_waits_for_another_and_not_without_end():
    begun, ended = threading.Event(), threading.Event()

    class Slow(FakePipeline):
        def ingest(self, sources, **more):
            begun.set()
            assert ended.wait(30)
            return super().ingest(sources, **more)

    fake = Slow(report=IngestReport(added=("a",)))

    async def two() -> IngestReport:
        changes = Changes(fake, patience=0.05)
        first = asyncio.create_task(changes.add(["https://x.example/1"]))
        await asyncio.to_thread(begun.wait, 30)
        with pytest.raises(LibraryBusyError, match="Others"):
            await changes.remove("ferry-prices")
        first.cancel()  # as when there is no answer in time: what has begun is carried through
        ended.set()
        await asyncio.wait([first])
        await changes.remove("ferry-prices")
        return fake.report

    asyncio.run(two())
    assert fake.ingested == [["https://x.example/1"]] and fake.removed == ["ferry-prices"]


@pytest.mark.parametrize(
    ("error", "status"), [(LibraryBusyError("Others write."), 503), (LibraryError("The disk is full."), 500)]
)
def test_what_keeps_it_from_changing_is_told(error: Exception, status: int):
    api = client(FakePipeline(error=error))
    for response in (
        api.post("/articles", json=GIVEN),
        api.post("/articles/file", files=[file("a.txt")]),
        api.delete("/articles/ferry-prices"),
    ):
        assert assert_problem(response, status)["detail"] == str(error)
        assert ("retry-after" in response.headers) == (status == 503)
