"""Who is let in, from outside: the whole server with keys, as a stranger, a reader and a writer meet it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

import anyio
import httpx2
import openai
import pytest
from fake_pipeline import FakePipeline
from fastapi import FastAPI
from serving import serving
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient

from rag import ui
from rag.access import Failures, Rates
from rag.api import bounds, create_app, guard
from rag.config import Settings
from rag.embedding import Embedder
from rag.pipeline import Pipeline

READER, WRITER = "reader-key", "writer-key"
READS, WRITES = ({"Authorization": f"Bearer {key}"} for key in (READER, WRITER))
ADDRESS = "http://127.0.0.1:7860"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUESTION = {"question": "How long was it shut?"}


def settings(**changed: object) -> Settings:
    return Settings(_env_file=None, **{"api_keys": f"{READER}, {WRITER}:write", **changed})


def client(*, base_url: str = ADDRESS, **changed: object) -> TestClient:
    app = create_app(FakePipeline(settings=settings(**changed)))
    return TestClient(app, base_url=base_url, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def api() -> TestClient:
    return client()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[FastAPI]:
    """The application with its page, over an empty library; it looks at any number of wrong keys."""
    with (
        pytest.MonkeyPatch.context() as patched,
        Pipeline(settings(data_dir=tmp_path_factory.mktemp("data")), embedder=embedder) as pipeline,
    ):
        patched.setattr(guard, "Failures", lambda: Failures(1_000_000))
        yield ui.mount(create_app(pipeline), pipeline)


@pytest.fixture(scope="module")
def stranger(whole: FastAPI) -> TestClient:
    return TestClient(whole, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)


def routes(found: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Method and path of every route, however deep it is mounted; a place in a path is filled with `x`."""
    for route in found:
        if isinstance(route, Mount):
            yield "GET", f"{prefix}{route.path}/x"
            yield from routes(route.routes, prefix + route.path)
        elif router := getattr(route, "original_router", None):
            yield from routes(router.routes, prefix + getattr(route.include_context, "prefix", ""))
        else:
            path = re.sub(r"\{[^}]*\}", "x", prefix + route.path)
            yield from ((method, path) for method in route.methods or ("GET", "POST"))


def assert_refused(response: httpx2.Response, status: int = 401) -> None:
    assert response.status_code == status, response.text
    assert "json" in response.headers["content-type"] and "<" not in response.text
    assert response.headers["x-request-id"]
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Bearer ")


# Without a key


def test_every_path_of_the_whole_application_is_refused_to_a_stranger(whole: FastAPI, stranger: TestClient):
    known = sorted(set(routes(whole.routes)))
    assert {"/ask", "/mcp", "/metrics", "/config", "/gradio_api/queue/join", "/read/x", "/page/x", "/"} <= {
        p for _, p in known
    }
    for method, path in known:
        if path in guard.OPEN:
            continue
        response = stranger.request(method, path)
        assert response.status_code == 401, (method, path)
        assert method == "HEAD" or response.json(), (method, path)


DISGUISES: dict[str, dict] = {
    "a wrong key": {"headers": {"Authorization": "Bearer wrong-key"}},
    "the key of a user and a password": {"headers": {"Authorization": "Basic cmVhZGVyLWtleTp3cml0ZXIta2V5"}},
    "a digest": {"headers": {"Authorization": f'Digest username="{WRITER}", response="{WRITER}"'}},
    "two keys": {"headers": [("Authorization", f"Bearer {WRITER}"), ("Authorization", f"Bearer {READER}")]},
    "a key in the address": {"params": {"key": WRITER, "api_key": WRITER, "access_token": WRITER, "token": WRITER}},
    "a key in a cookie": {"headers": {"Cookie": f"{guard.COOKIE}={WRITER}; access-token={WRITER}"}},
    "a key in other headers": {"headers": {"X-API-Key": WRITER, "Proxy-Authorization": f"Bearer {WRITER}"}},
    "a session never given": {"headers": {"Cookie": f"{guard.COOKIE}={'a' * 43}", "Origin": ADDRESS}},
    "somebody nearer": {"headers": {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=_"}},
    "an open path": {"headers": {"X-Original-URL": "/healthz", "X-Rewrite-URL": "/healthz", "X-Original-URI": "/"}},
    "another method": {
        "headers": {"X-HTTP-Method-Override": "OPTIONS", "X-Method-Override": "HEAD", "X-HTTP-Method": "GET"}
    },
    "a question of a browser": {"headers": {"Access-Control-Request-Method": "GET", "Sec-Fetch-Site": "same-origin"}},
    "somebody of Gradio's": {"headers": {"X-Gradio-User": "app", "Cookie": "access-token-unsecure-x=1; session=1"}},
}


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_gets_a_stranger_anywhere(whole: FastAPI, stranger: TestClient, disguise: str):
    known = sorted(set(routes(whole.routes)))
    assert len(known) > 150
    for method, path in known:
        for asked in {method, "OPTIONS"}:
            response = stranger.request(asked, path, **DISGUISES[disguise])
            assert response.status_code == 401 or path in guard.OPEN, (asked, path)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "//docs",
            "/./docs",
            "/%64ocs",
            "/docs/",
            "/DOCS",
            "/page/../docs",
            "/page/%2e%2e/docs",
            "/page/page.css/../page.js",
        ),
        *(
            "/healthz/",
            "/healthz/..",
            "/healthz%00",
            "/healthz;docs",
            "/healthz%2f..%2fdocs",
            "/%2e/healthz",
            "/signin/",
            "/signinx",
        ),
        *(
            "/page/page.css/",
            "/page//page.css",
            "/page/page.css%00.js",
            "/gradio_api/file=/etc/passwd",
            "/nothing",
            "*",
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "TRACE", "PROPFIND"])
def test_no_way_of_writing_a_path_gets_past_the_gate(stranger: TestClient, method: str, path: str):
    async def ask() -> list[dict]:
        sent = []

        async def send(message: dict) -> None:
            sent.append(message)

        async def receive() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        headers = [(b"host", b"127.0.0.1:7860")]
        scope = {"type": "http", "method": method, "path": unquote(path), "raw_path": path.encode(), "headers": headers}
        scope |= {"query_string": b"", "scheme": "http", "client": ("192.0.2.9", 1), "server": ("127.0.0.1", 7860)}
        await stranger.app({**scope, "root_path": "", "http_version": "1.1", "asgi": {"version": "3.0"}}, receive, send)
        return sent

    assert anyio.run(ask)[0]["status"] == 401


def test_what_is_open_says_nothing_of_the_library(stranger: TestClient):
    assert not {path for path in guard.OPEN if stranger.get(path).status_code in (401, 404)}
    assert set(stranger.get("/healthz").json()) == {"status"} < set(stranger.get("/healthz", headers=READS).json())


def test_a_web_socket_is_refused_too(stranger: TestClient):
    async def ask(headers: list[tuple[bytes, bytes]]) -> list[dict]:
        sent = []

        async def send(message: dict) -> None:
            sent.append(message)

        async def receive() -> dict:
            return {"type": "websocket.connect"}

        scope = {"type": "websocket", "path": "/gradio_api/queue/join", "raw_path": b"/gradio_api/queue/join"}
        scope |= {"query_string": b"", "root_path": "", "scheme": "ws", "subprotocols": [], "client": ("192.0.2.9", 1)}
        await stranger.app({**scope, "headers": [(b"host", b"127.0.0.1"), *headers]}, receive, send)
        return sent

    [closed] = anyio.run(ask, [])
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert "asks for a key" in closed["reason"]


@pytest.mark.parametrize(
    "header",
    [
        *(
            "",
            "Bearer",
            "Bearer ",
            READER,
            f"Basic {READER}",
            f"Token {READER}",
            f"Bearer: {READER}",
            f"Bearer\t{READER}",
        ),
        *(
            f"Bearer {READER}x",
            f"Bearer {READER[:-1]}",
            f"Bearer {READER.upper()}",
            f"Bearer {READER}:read",
            "Bearer *",
        ),
        *(f"Bearer {READER} {WRITER}", f"Bearer {READER},{WRITER}", f'Bearer "{READER}"', "Bearer " + "x" * 20_000),
        *("Bearer \xff\xfe", f"Bearer {READER}\x00"),
    ],
)
def test_only_the_very_key_is_let_in(api: TestClient, header: str):
    assert_refused(api.get("/articles", headers={"Authorization": header.encode("latin-1")}))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_a_schemes_letters_may_be_of_either_case(api: TestClient, scheme: str):
    assert api.get("/articles", headers={"Authorization": f"{scheme} {READER}"}).status_code == 200


def test_two_keys_at_once_are_none(api: TestClient):
    for both in ((READER, READER), (READER, "nonsense"), ("nonsense", READER)):
        assert_refused(api.get("/articles", headers=[("Authorization", f"Bearer {key}") for key in both]))


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token", "authorization"])
def test_a_key_in_the_address_or_elsewhere_is_none(api: TestClient, name: str):
    assert_refused(api.get("/articles", params={name: READER}))
    assert_refused(api.get("/articles", headers={f"X-{name}": READER, "Proxy-Authorization": f"Bearer {READER}"}))
    assert_refused(api.get("/articles", headers={"Cookie": f"{name}={READER}; {guard.COOKIE}={READER}"}))


def test_without_keys_everybody_may_do_everything():
    api = client(api_keys=None)
    assert api.get("/articles").status_code == 200
    assert api.get("/articles", headers={"Authorization": "Bearer any"}).status_code == 200
    assert api.get("/signin").status_code == 404


# Scopes


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "/articles"), ("POST", "/articles/"), ("POST", "/articles/file"), ("DELETE", "/articles/x")),
        *(("PUT", "/articles/x"), ("POST", "/gradio_api/upload"), ("POST", "/gradio_api/upload/")),
    ],
)
def test_what_changes_the_library_needs_a_key_that_may_write(stranger: TestClient, method: str, path: str):
    refused = stranger.request(method, path, headers=READS)
    assert_refused(refused, 403)
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert stranger.request(method, path, headers=WRITES).status_code not in (401, 403)


def test_reading_needs_no_more_than_a_key_that_reads(api: TestClient):
    for path in ("/articles", "/search?query=bridge", "/docs", "/openapi.json", "/metrics", "/v1/models"):
        assert api.get(path, headers=READS).status_code == 200
    assert api.post("/ask", json=QUESTION, headers=READS).status_code == 200


# Rates


def test_a_key_that_asks_too_often_waits_and_others_do_not():
    api = client(rate_limit="2/hour")
    assert [api.get("/articles", headers=READS).status_code for _ in range(3)] == [200, 200, 429]
    refused = api.get("/search?query=x", headers=READS)
    assert_refused(refused, 429)
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert api.get("/articles", headers=WRITES).status_code == 200
    assert {api.get(path, headers=READS).status_code for path in ("/healthz", "/docs", "/openapi.json")} == {200}


def test_the_pages_own_files_and_signs_of_life_cost_nothing(whole: FastAPI, monkeypatch: pytest.MonkeyPatch):
    spent = []
    monkeypatch.setattr(Rates, "wait", lambda self, who: spent.append(who) or 0)
    api = TestClient(whole, base_url=ADDRESS, headers={**READS})
    for path in ("/page/page.js", "/config", "/theme.css", "/gradio_api/info", "/read/x", "/docs", "/healthz"):
        api.get(path)
    assert spent == []
    for path in ("/gradio_api/queue/join", "/gradio_api/run/x", "/gradio_api/upload", "/ask"):
        api.post(path)
    assert len(spent) == 3  # the upload was not let in at all


def test_too_many_wrong_keys_from_an_address_and_no_short_one_is_let_in(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "Failures", lambda: Failures(3))
    api = client()
    assert signed_in(api)
    tried = [api.get("/articles", headers={"Authorization": f"Bearer wrong-{n}"}) for n in range(4)]
    assert [one.status_code for one in tried] == [401, 401, 401, 429]
    assert 0 < int(tried[-1].headers["retry-after"]) <= 60
    assert api.get("/articles", headers=READS).status_code == 429
    assert api.post("/signin", data={"key": READER}).status_code == 429
    assert api.get("/articles").status_code == 200  # a session goes on
    api.cookies.clear()
    assert api.get("/articles").status_code == 401  # and no key at all is no try
    assert api.get("/healthz").status_code == 200


def test_nobody_who_shares_an_address_locks_a_long_key_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "Failures", lambda: Failures(3))
    long = "a-key-of-20-letters."
    api = client(api_keys=f"{long}, {READER}")
    for tried in ("wrong", long[:-1], long + "x", long.upper(), "x" * 20, long[:-1] + "!") * 4:
        assert api.get("/articles", headers={"Authorization": f"Bearer {tried}"}).status_code in (401, 429)
    assert api.get("/articles", headers=READS).status_code == 429
    assert api.get("/articles", headers={"Authorization": f"Bearer {long}"}).status_code == 200
    assert api.get("/articles", headers={"Authorization": f"Bearer {long}x"}).status_code == 429
    signed_in(api, long)


def test_a_limiter_that_fails_is_a_fault_of_ours_and_lets_nobody_in(
    api: TestClient, monkeypatch: pytest.MonkeyPatch, caplog
):
    def fail(*_: object) -> int:
        raise OSError("out of order")

    for broken in ((Rates, "wait"), (Failures, "wait")):
        with monkeypatch.context() as patched:
            patched.setattr(*broken, fail)
            refused = api.get("/articles", headers=READS)
        assert_refused(refused, 500)
        assert refused.headers["x-request-id"] in caplog.text and "out of order" not in refused.text


# Under /v1, for OpenAI's own client


def test_openais_client_raises_the_errors_that_it_has_for_this():
    app = create_app(FakePipeline(settings=settings(rate_limit="1/hour")))
    with serving(app) as address:
        asking = {"base_url": f"{address}/v1", "max_retries": 0}
        with openai.OpenAI(api_key="nonsense", **asking) as wrong, pytest.raises(openai.AuthenticationError) as raised:
            wrong.models.list()
        assert raised.value.code == "invalid_api_key"
        with openai.OpenAI(api_key=READER, **asking) as right:
            assert [model.id for model in right.models.list()][:1] == ["crosscheck"]
            with pytest.raises(openai.RateLimitError) as raised:
                right.models.list()
        assert raised.value.code == "rate_limit_exceeded"
        assert int(raised.value.response.headers["retry-after"]) > 0


# Signing in


def signed_in(api: TestClient, key: str = READER, **fields: str) -> httpx2.Response:
    response = api.post("/signin", data={"key": key, **fields})
    assert response.status_code == 303, response.text
    return response


def test_a_person_is_sent_to_sign_in_and_back(api: TestClient):
    sent = api.get("/read/a b?revision=1&start=2", headers=BROWSER)
    assert (sent.status_code, "html" in sent.headers["content-type"]) == (303, False)
    assert sent.headers["location"] == "/signin?next=%2Fread%2Fa%2520b%3Frevision%3D1%26start%3D2"
    form = api.get(sent.headers["location"], headers=BROWSER)
    assert 'name="next" value="/read/a%20b?revision=1&amp;start=2"' in form.text
    assert signed_in(api, next="/read/a%20b?revision=1&start=2").headers["location"] == "/read/a%20b?revision=1&start=2"
    assert api.get("/", headers=BROWSER).status_code != 303
    assert api.get("/", headers={**BROWSER, "Authorization": "Bearer nonsense"}).status_code == 401


@pytest.mark.parametrize(
    "address",
    [
        *(
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "evil.example",
        ),
        *(
            "javascript:alert(1)",
            "/\t/evil.example",
            "\t//evil.example",
            "/\r\nSet-Cookie: x=y",
            "/é",
            "",
            "/signin",
            "/signout",
        ),
        *("http:/evil.example", " //evil.example", "/\x00", "?x", "/" + "\u2028"),
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(api: TestClient, address: str):
    assert signed_in(api, next=address).headers["location"] == "/"
    api.cookies.clear()
    assert '<a href="/">Go on</a>' in api.get("/signin", params={"next": address}).text


def test_an_address_to_go_on_to_is_only_words_on_the_page(api: TestClient):
    shown = api.get("/signin", params={"next": '/"><script>alert(1)</script>'}).text
    assert "<script" not in shown and "&lt;script&gt;" in shown


@pytest.mark.parametrize(("base_url", "secure"), [(ADDRESS, False), ("https://127.0.0.1:7860", True)])
def test_the_cookie_is_for_this_server_alone_and_no_script_reads_it(base_url: str, secure: bool):
    api = client(base_url=base_url)
    cookie = signed_in(api).headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", "max-age=43200"} <= parts
    assert ("secure" in parts) == secure and not any(part.startswith("domain") for part in parts)
    assert READER not in cookie and len(cookie.partition(";")[0]) > 40
    assert api.get("/articles").status_code == 200
    left = api.post("/signout", headers={"Origin": base_url}).headers["set-cookie"].lower()
    assert "max-age=0" in left and ("secure" in left) == secure


def test_a_session_ends_when_one_signs_out_and_is_another_each_time(api: TestClient):
    first = signed_in(api).cookies[guard.COOKIE]
    second = signed_in(api).cookies[guard.COOKIE]
    assert first != second
    for name, status in ((first, 401), (second, 200), ("x" * 43, 401), ("", 401)):
        api.cookies.clear()
        assert api.get("/articles", headers={"Cookie": f"{guard.COOKIE}={name}"}).status_code == status
    out = api.post("/signout", headers={"Origin": ADDRESS, "Cookie": f"{guard.COOKIE}={second}"})
    assert (out.status_code, out.headers["location"]) == (303, "/signin")
    assert api.get("/articles", headers={"Cookie": f"{guard.COOKIE}={second}"}).status_code == 401


def test_a_session_may_what_its_key_may(api: TestClient):
    signed_in(api)
    assert_refused(api.delete("/articles/x", headers={"Origin": ADDRESS}), 403)
    assert "may read the library" in api.get("/signin").text
    signed_in(api, WRITER)
    assert api.delete("/articles/x", headers={"Origin": ADDRESS}).status_code not in (401, 403)
    assert "may read and change the library" in api.get("/signin").text and WRITER not in api.get("/signin").text


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {"Origin": ADDRESS}, 200),
        ("POST", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("POST", {}, 401),
        ("POST", {"Sec-Fetch-Site": "same-site"}, 401),
        ("POST", {"Sec-Fetch-Site": "none"}, 401),
        ("POST", {"Origin": "http://127.0.0.1:3000", "Sec-Fetch-Site": "same-site"}, 403),
        ("POST", {"Origin": "null"}, 403),
        ("POST", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", {}, 200),
        ("GET", {"Sec-Fetch-Site": "none"}, 200),
        ("GET", {"Origin": "http://127.0.0.1:3000"}, 401),
        ("GET", {"Sec-Fetch-Site": "same-site"}, 401),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, 401),
    ],
)
def test_a_session_counts_only_for_pages_of_this_server(api: TestClient, method: str, headers: dict, status: int):
    signed_in(api)
    sent = (
        api.post("/ask", json=QUESTION, headers=headers) if method == "POST" else api.get("/articles", headers=headers)
    )
    assert sent.status_code == status


def test_a_page_reached_by_tls_is_not_asked_by_one_that_is_not():
    api = client(base_url="https://127.0.0.1:7860")
    assert api.post("/signin", data={"key": READER}, headers={"Origin": "http://127.0.0.1:7860"}).status_code == 403
    assert api.post("/signin", data={"key": READER}, headers={"Origin": "https://127.0.0.1:7860"}).status_code == 303


def test_a_wrong_bearer_key_is_not_made_good_by_a_session(api: TestClient):
    signed_in(api)
    assert_refused(api.get("/articles", headers={"Authorization": "Bearer nonsense"}))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"key": "wrong-key"}}, 401),
        ({"data": {"key": " "}}, 422),
        ({"data": {}}, 422),
        ({"json": {"key": READER}}, 422),
        ({"content": b"key=" + READER.encode() + b"&a=1" * 9}, 422),
        ({"content": b"\xff\xfe" * 9}, 422),
        ({"content": b"key=" + b"x" * 20_000}, 413),
    ],
)
def test_what_is_no_key_signs_nobody_in(api: TestClient, sent: dict, status: int):
    refused = api.post("/signin", **sent)
    assert refused.status_code == status
    assert "set-cookie" not in refused.headers
    if status != 413:
        assert 'role="alert"' in refused.text and "wrong-key" not in refused.text


def test_the_page_for_signing_in_loads_nothing_but_open_styles_and_may_do_nothing_else(stranger: TestClient):
    page = stranger.get("/signin")
    assert "<script" not in page.text and "style=" not in page.text and "<style" not in page.text
    for style in re.findall(r'rel="stylesheet" href="([^"]+)"', page.text):
        assert stranger.get(f"/{style}").headers["content-type"].startswith("text/css")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "form-action 'self'" in policy and "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"


# Pages of other sites


def test_no_other_site_may_ask_unless_it_is_named(api: TestClient):
    asking = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
    assert_refused(api.options("/ask", headers=asking))
    assert_refused(api.post("/ask", json=QUESTION, headers={**READS, "Origin": "https://desk.example"}), 403)


def test_a_site_that_is_named_may_use_the_api_with_a_key_and_never_with_a_cookie():
    api = client(cors_origins="https://desk.example, http://localhost:3000")
    site = {"Origin": "https://desk.example", "Sec-Fetch-Site": "cross-site"}
    before = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-stainless-os"}
    leave = api.options("/ask", headers={**site, **before})
    assert leave.status_code == 200
    assert leave.headers["access-control-allow-origin"] == "https://desk.example"
    assert "authorization" in leave.headers["access-control-allow-headers"]
    answer = api.post("/ask", json=QUESTION, headers={**site, **READS})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://desk.example")
    refused = api.post("/ask", json=QUESTION, headers=site)
    assert_refused(refused)
    assert refused.headers["access-control-allow-origin"] == "https://desk.example"
    signed_in(api)
    for response in (api.post("/ask", json=QUESTION, headers=site), api.get("/articles", headers=site)):
        assert_refused(response)
        assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    "origin", ["https://desk.example.evil", "http://desk.example", "https://desk.example:8443", "null"]
)
def test_a_site_of_another_name_may_not(origin: str):
    api = client(cors_origins="https://desk.example")
    refused = api.post("/ask", json=QUESTION, headers={"Origin": origin, **READS})
    assert_refused(refused, 403)
    assert "access-control-allow-origin" not in refused.headers


@pytest.mark.parametrize("path", ["/signin", "/signout", "/gradio_api/queue/join", "/page/page.js", "/"])
def test_a_site_that_is_named_has_the_api_alone(path: str):
    api = client(cors_origins="https://desk.example")
    response = api.post(path, data={"key": READER}, headers={"Origin": "https://desk.example", **READS})
    assert_refused(response, 403)
    assert "access-control-allow-origin" not in response.headers


# Size and time


def test_only_where_files_are_sent_may_a_body_be_as_large_as_files():
    sizes = bounds.Bounds(max_file_mb=50, seconds=1)
    assert sizes.size("/ask") == sizes.size("/articles") == bounds.MAX_BODY_BYTES
    assert sizes.size("/gradio_api/queue/join") == bounds.MAX_PAGE_BODY_BYTES
    assert sizes.size("/articles/file") == sizes.size("/gradio_api/upload") > 50_000_000


def test_an_answer_that_does_not_begin_in_time_is_told_to_stop_and_said_to_be_late():
    pipeline = FakePipeline(settings=settings(request_timeout=0.2), steps=[])
    asked: list[object] = []

    def stream(question: str, *, stop, **_: object) -> Iterator[object]:
        assert stop.wait(20)
        asked.append(question)
        yield from ()

    pipeline.stream = stream
    with serving(create_app(pipeline)) as address:
        late = httpx2.post(f"{address}/ask", json=QUESTION, headers=READS, timeout=20)
        assert_refused(late, 504)
        assert late.json()["request_id"] == late.headers["x-request-id"]
        assert "0.2 seconds" in late.json()["detail"]
    assert asked == [QUESTION["question"]]  # the work ended, as it was told to


def test_a_body_that_does_not_arrive_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bounds.Bounds.__init__, "__kwdefaults__", {"body_seconds": 0.05})

    async def slow() -> int:
        with serving(create_app(FakePipeline(settings=settings()))) as address:
            port = int(address.rpartition(":")[2])
            async with await anyio.connect_tcp("127.0.0.1", port) as stream:
                head = f"POST /ask HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {READER}\r\n"
                await stream.send(f"{head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{".encode())
                return int((await stream.receive()).split()[1])

    assert anyio.run(slow) == 408
