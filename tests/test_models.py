"""The door of openai, against a real client and a server that fails in every way we know of."""

import base64
import gzip
import json
import threading
import time

import pytest
from model_server import (
    ModelServer,
    answers,
    breaks,
    chunk,
    drips,
    empty,
    endless,
    event,
    events,
    fails,
    hangs_up,
    refused,
    says,
    silent,
)

from rag.config import Settings
from rag.errors import ModelError, SettingsError
from rag.models import Model
from rag.types import Message, Usage

KEY = "sk-test-4711-secret"
ASK = [Message(role="system", content="Be brief."), Message(role="user", content="Who holds Aleppo?")]


def model(base_url: str | None, *, key: str | None = KEY, timeout: float = 20, name: str = "small-1") -> Model:
    return Model(
        Settings(_env_file=None, openai_api_key=key, openai_base_url=base_url, openai_model=name, model_timeout=timeout)
    )


def failure(server: ModelServer, **options) -> str:
    """The sentence said when the server plays its script."""
    with pytest.raises(ModelError) as caught:
        list(model(server.base_url, **options).stream(ASK))
    sentence = str(caught.value)
    assert KEY not in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 400
    return sentence


# --- a model that works


def test_a_reply_comes_in_pieces_and_its_usage_after_them():
    with ModelServer(says("Rebels ", "took ", "Aleppo [1].", usage=(120, 9))) as server:
        reply = model(server.base_url).stream(ASK)
        assert reply.usage == Usage()
        assert "".join(reply) == "Rebels took Aleppo [1]."
        assert reply.usage == Usage(prompt_tokens=120, completion_tokens=9)
        request = server.requests[0]
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["model"] == "small-1"
    assert request.body["stream"] is True
    assert request.body["temperature"] == 0
    assert request.body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Who holds Aleppo?"},
    ]


def test_words_are_passed_on_before_the_reply_ends():
    with ModelServer(silent("Rebels ")) as server:
        reply = model(server.base_url).stream(ASK)
        assert next(reply) == "Rebels "
        reply.close()


def test_a_server_without_a_key_is_sent_none():
    with ModelServer(says("Yes.")) as server:
        assert list(model(server.base_url, key=None).stream(ASK)) == ["Yes."]
        assert "authorization" not in server.requests[0].headers


def test_nothing_about_this_machine_is_sent(monkeypatch):
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-1")
    with ModelServer(says("Yes.")) as server:
        list(model(server.base_url).stream(ASK))
        names = server.requests[0].headers.keys()
    assert not [name for name in names if name.startswith(("x-stainless", "openai-"))]


def test_a_server_on_this_machine_is_not_asked_through_a_proxy(monkeypatch):
    with refused() as nowhere, ModelServer(says("Yes.")) as server:
        monkeypatch.setenv("HTTP_PROXY", nowhere)
        monkeypatch.setenv("ALL_PROXY", nowhere)
        assert list(model(server.base_url).stream(ASK)) == ["Yes."]


def test_an_address_is_used_as_it_was_given():
    with ModelServer(says("Yes.")) as server:
        list(model(server.base_url.removesuffix("/v1")).stream(ASK))
        assert server.requests[0].path == "/chat/completions"


def test_no_usage_no_done_and_odd_chunks_are_no_failure():
    odd = [
        ": keep-alive\n\n",
        "event: status\ndata: {\"queue\": 3}\n\n",
        event({"choices": None}),
        event({"choices": []}),
        event({"choices": [{"delta": None}]}),
        event({"choices": [{"delta": {"content": None, "reasoning": "hm"}}]}),
        event({"choices": [{"delta": {"content": 7}}]}),
        event([1, 2]),
        chunk("Ye") + chunk("s."),
        chunk(finish="stop"),
    ]  # fmt: skip
    with ModelServer(events(odd)) as server:
        reply = model(server.base_url).stream(ASK)
        assert "".join(reply) == "Yes."
        assert reply.usage == Usage()


def test_a_character_split_between_two_packets_is_one_character():
    data = (
        chunk("Привет…").encode().decode("unicode_escape").encode()
    )  # the letters themselves, as many servers send them
    with ModelServer(events([data[:40], data[40:41], data[41:], chunk(finish="stop")])) as server:
        assert "".join(model(server.base_url).stream(ASK)) == "Привет…"


def test_a_fault_after_the_end_of_the_reply_is_no_failure():
    with ModelServer(events([chunk("Yes."), chunk(finish="stop"), "data: {garbled\n\n"])) as server:
        assert list(model(server.base_url).stream(ASK)) == ["Yes."]


def test_one_model_answers_many_threads_at_once():
    def echo(wire):
        says(wire.request.body["messages"][0]["content"])(wire)

    found = {}
    with ModelServer(always=echo) as server:
        shared = model(server.base_url)

        def ask(word):
            found[word] = "".join(shared.stream([Message(role="user", content=word)]))

        threads = [threading.Thread(target=ask, args=(f"word {n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == {f"word {n}": f"word {n}" for n in range(8)}


# --- another attempt


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_passing_failure_is_tried_again(status):
    with ModelServer(fails(status), says("Yes.")) as server:
        assert list(model(server.base_url).stream(ASK)) == ["Yes."]
        assert len(server.requests) == 2


def test_a_connection_lost_before_the_first_word_is_tried_again():
    with ModelServer(hangs_up(), breaks(), says("Yes.")) as server:
        assert list(model(server.base_url).stream(ASK)) == ["Yes."]


def test_a_connection_lost_after_the_first_word_is_not_tried_again():
    with ModelServer(breaks("Reb"), says("Yes.")) as server:
        reply = model(server.base_url).stream(ASK)
        assert next(reply) == "Reb"
        with pytest.raises(ModelError, match="broke"):
            next(reply)
        assert len(server.requests) == 1


def test_attempts_are_few():
    with ModelServer(always=fails(500, "overloaded")) as server:
        assert "HTTP 500" in failure(server)
        assert len(server.requests) == 3


def test_a_server_may_ask_for_a_short_pause_but_not_for_a_long_one():
    with ModelServer(fails(429, retry_after="0"), fails(429, retry_after="60"), says("Yes.")) as server:
        assert "a minute" in failure(server)
        assert len(server.requests) == 2


def test_a_pause_longer_than_what_is_left_is_not_begun():
    with ModelServer(fails(429, retry_after="5"), says("Yes.")) as server:
        assert "HTTP 429" in failure(server, timeout=3)
        assert len(server.requests) == 1


@pytest.mark.parametrize("option", ["temperature", "stream_options"])
def test_an_option_that_a_model_refuses_is_left_out(option):
    refusal = fails(400, f"Unsupported value: '{option}' is not supported with this model")
    with ModelServer(refusal, says("Yes.")) as server:
        assert list(model(server.base_url).stream(ASK)) == ["Yes."]
        assert option in server.requests[0].body
        assert option not in server.requests[1].body


# --- the server refuses


@pytest.mark.parametrize(
    ("behaviour", "advice"),
    [
        (fails(401, f"Incorrect API key provided: {KEY}"), "check OPENAI_API_KEY"),
        (fails(403), "check OPENAI_API_KEY"),
        (fails(404, "The model `small-1` does not exist", code="model_not_found"), "check OPENAI_MODEL"),
        (answers('{"error": "model \\"small-1\\" not found, try pulling it first"}', status=404), "check OPENAI_MODEL"),
        (answers('{"detail": "Not Found"}', status=404), "check OPENAI_BASE_URL"),
        (answers("<html>404</html>", status=404, kind="text/html"), "check OPENAI_BASE_URL"),
        (answers("", status=307, Location="http://127.0.0.1:9/v1/chat/completions"), "check OPENAI_BASE_URL"),
        (fails(400, "context length exceeded"), "“context length exceeded”"),
        (answers('{"detail": [{"loc": ["body"]}]}', status=422), "HTTP 422"),
        (fails(429, "quota", code="insufficient_quota"), "billing"),
        (fails(402, f"the key {KEY} has no money"), "HTTP 402"),
    ],
)
def test_a_refusal_says_what_to_do(behaviour, advice):
    with ModelServer(behaviour) as server:
        assert advice in failure(server)
        assert len(server.requests) == 1


def test_a_missing_key_is_told_from_a_wrong_one():
    with ModelServer(fails(401)) as server:
        assert "set OPENAI_API_KEY" in failure(server, key=None)


def test_nobody_listening_is_said_at_once():
    with refused() as address, pytest.raises(ModelError, match="check OPENAI_BASE_URL"):
        list(model(address).stream(ASK))


def test_an_address_with_a_password_is_shown_without_it():
    with ModelServer(fails(400)) as server, pytest.raises(ModelError) as caught:
        list(model(server.base_url.replace("://", "://me:hidden@") + "?token=hidden").stream(ASK))
    assert "hidden" not in str(caught.value)


def test_no_failure_shows_the_key_in_its_representation():
    with ModelServer(fails(401)) as server:
        shown = model(server.base_url)
        assert KEY not in repr(shown) + repr(vars(shown))
        with pytest.raises(ModelError) as caught:
            list(shown.stream(ASK))
    assert KEY not in repr(caught.value)


@pytest.mark.parametrize("address", ["127.0.0.1:11434/v1", "localhost", "ftp://127.0.0.1/v1", "http://", "http://[::1"])
def test_an_address_that_is_none_is_a_wrong_setting(address):
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL"):
        model(address)


@pytest.mark.parametrize("key", ["sk-\u00e9", "sk-1\nsk-2", "sk 1", "“sk-1”"])
def test_a_key_that_cannot_be_one_is_a_wrong_setting(key):
    with pytest.raises(SettingsError, match="OPENAI_API_KEY") as caught:
        model("http://127.0.0.1:9/v1", key=key)
    assert key not in str(caught.value)


# --- the server answers nonsense

WHOLE = json.dumps({"choices": [{"message": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}]})


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (answers("<!doctype html><title>Welcome</title>", kind="text/html; charset=utf-8"), "web page"),
        (empty(), "did not stream"),
        (answers(""), "did not stream"),
        (answers("", kind="text/event-stream"), "broke off"),
        (answers("", kind=""), "broke off"),
        (answers(WHOLE), "did not stream"),
        (answers('{"error": {"message": "the GPU fell off"}}'), "“the GPU fell off”"),
        (answers('{"error": {"message": "key ' + KEY + '"}}'), "did not stream"),
        (answers('{"choices": null}'), "did not stream"),
        (answers('{"choices": []}'), "did not stream"),
        (answers("[" * 100_000), "did not stream"),
        (answers("x" * 1_000_000), "did not stream"),
        (answers("Hello", kind="text/plain"), "broke off"),
        (answers(gzip.compress(b"x" * 10_000_000), kind="text/event-stream", Content_Encoding="gzip"), "compressed"),
        (answers(gzip.compress(b"x" * 10_000_000), status=400, Content_Encoding="gzip"), "compressed"),
        (events([event({"error": {"message": "the GPU fell off"}})]), "“the GPU fell off”"),
        (events([event({"error": "the GPU fell off"})]), "failed"),
        (events(["data: {garbled\n\n"]), "cannot be read"),
        (events(["data: " + "[" * 100_000 + "\n\n"]), "cannot be read"),
        (events([b"data: \xff\xfe\n\n"]), "cannot be read"),
        (events(["data: 7\n\n", "data: null\n\n", "data: [DONE]\n\n"]), "broke off"),
        (events([event({"choices": "no"})]), "broke off"),
        (events([base64.b64encode(bytes(range(256)))]), "broke off"),
        (says("Rebels", finish=None), "broke off"),
        (says("Rebels", finish=None, done=False), "broke off"),
        (says("Rebels", finish="length"), "longest length"),
        (says("Rebels", finish="content_filter"), "content filter"),
        (says(), "answered nothing"),
        (breaks("Rebels"), "broke"),
        (endless(chunk("more ")), "far more"),
        (endless("data: x"), "far more"),
        (endless(f": {'ping ' * 200}\n\n"), "far more"),
    ],
)
def test_nonsense_is_a_failure_in_one_sentence(behaviour, said):
    with ModelServer(behaviour) as server:
        assert said in failure(server)


def test_an_endless_body_of_an_error_is_given_up():
    def play(wire):
        wire.head(status=400, kind="application/json")
        while not wire.closing.is_set():
            wire.send("x" * 100_000)

    with ModelServer(play) as server:
        assert "far more" in failure(server)


# --- the deadline


@pytest.mark.parametrize(
    "behaviour",
    [
        silent(),
        silent("Rebels "),
        drips(chunk("Rebels took the city.")),
        drips("data: an event that never ends "),
        drips("and a head that never ends ", head=False),
        drips(": ping\n\n"),
    ],
)
def test_the_deadline_holds_against_silence_and_drips(behaviour):
    with ModelServer(behaviour) as server:
        started = time.monotonic()
        assert "MODEL_TIMEOUT" in failure(server, timeout=1)
        assert time.monotonic() - started < 10  # and not for ever
    # the connection is let go as well: the server's thread has ended, else leaving the block would have waited


def test_a_connection_is_let_go_at_the_deadline():
    left = threading.Event()

    def play(wire):
        wire.head()
        try:
            while not wire.wait(0.02):
                wire.send("x")
        except OSError:
            left.set()
            raise

    with ModelServer(play) as server:
        failure(server, timeout=0.5)
        assert left.wait(2)


def test_a_reply_ends_soon_after_it_is_stopped():
    stop = threading.Event()
    with ModelServer(silent("Rebels ")) as server:
        reply = model(server.base_url).stream(ASK, stop=stop)
        assert next(reply) == "Rebels "
        stop.set()
        started = time.monotonic()
        with pytest.raises(ModelError, match="stopped"):
            next(reply)
        assert time.monotonic() - started < 10  # and not when its time is up


def test_a_reply_that_nobody_reads_asks_nothing():
    with ModelServer(says("Yes.")) as server:
        model(server.base_url).stream(ASK).close()
        assert server.requests == []


def test_a_reply_that_has_ended_stays_ended():
    with ModelServer(says("Yes.")) as server:
        reply = model(server.base_url).stream(ASK)
        assert list(reply) == ["Yes."]
        assert list(reply) == []
