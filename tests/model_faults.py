"""What a language model’s server can do wrong, by name: behaviours of `model_server`, for a reply that is never whole.

`FAULTS` end by themselves, `ENDLESS` only at our limits. A `Kind` is how the server wraps what it says: as the stream
of events that it was asked for or, not heeding that, as one body of JSON.
"""

from __future__ import annotations

import gzip
import json
import os
import socket
import struct
from collections.abc import Callable
from email.utils import formatdate
from typing import Literal, TypeAlias

from model_server import (
    EVENTS,
    Behaviour,
    Wire,
    answers,
    breaks,
    chunk,
    drips,
    endless,
    event,
    events,
    fails,
    hangs_up,
    says,
    silent,
)

Kind: TypeAlias = Literal["stream", "whole"]
Fault: TypeAlias = Callable[[Kind], Behaviour]

SAID = "Zorblatt foresaw nothing of this"  # what a model had said when the fault came; no article has it
JSON = "application/json"
LARGE = 10_000_000


def completion(content: object = SAID, finish: object = "stop", **extra: object) -> str:
    """A reply in one piece."""
    message = {"role": "assistant", "content": content}
    return json.dumps({"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": finish}], **extra})


def body(data: str | bytes, kind: Kind, **headers: str) -> Behaviour:
    """These bytes as a stream or as JSON."""
    return answers(data, kind=EVENTS if kind == "stream" else JSON, **headers)


def raw(data: bytes, *, again: bool = False) -> Behaviour:
    """These bytes and nothing before them; `again` and again without end."""

    def play(wire: Wire) -> None:
        wire.send(data)
        while again and not wire.closing.is_set():
            wire.send(data)

    return play


def reset(*pieces: str) -> Behaviour:
    """The pieces, then the connection is reset."""

    def play(wire: Wire) -> None:
        if pieces:
            wire.head()
        for piece in pieces:
            wire.send(chunk(piece))
        one = wire.handler.connection
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(one.detach())

    return play


def headed(lines: str, data: bytes = b"", *, kind: Kind = "stream") -> Behaviour:
    """A response with these lines in its head."""
    media = EVENTS if kind == "stream" else JSON
    return raw(f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n{lines}\r\n\r\n".encode() + data)


def either(stream: str | bytes, whole: str | bytes) -> Fault:
    """One thing as a stream, another as JSON."""
    return lambda kind: body(stream if kind == "stream" else whole, kind)


def both(data: str | bytes, **headers: str) -> Fault:
    """The same bytes either way."""
    return lambda kind: body(data, kind, **headers)


def only(behaviour: Behaviour) -> Fault:
    """What has no body to be wrapped."""
    return lambda _: behaviour


def busy(after: str, status: int = 429) -> Fault:
    """Too many requests, and when to come again."""
    return only(fails(status, "slow down", retry_after=after))


_PARTIAL = chunk(SAID)

FAULTS: dict[str, Fault] = {
    # the connection
    "hangs up at once": only(hangs_up()),
    "reset before the head": only(reset()),
    "reset in the middle of the words": only(reset(SAID)),
    "broken off in the middle of the words": only(breaks(SAID)),
    "broken off in an event": only(events([_PARTIAL, _PARTIAL[:30]])),
    "TLS on a plain port": only(raw(b"\x16\x03\x03\x00\x31\x02\x00\x00\x2d" + bytes(64))),
    "another protocol": only(raw(b"220 mail.example ESMTP ready\r\n")),
    "no head at all": only(raw(b"<html>hello</html>")),
    "a status that is none": only(raw(b"HTTP/1.1 abc OK\r\n\r\n")),
    "a head that breaks off": only(raw(b"HTTP/1.1 200 OK\r\nContent-Ty")),
    "a flood of headers": only(headed("\r\n".join(f"X-{n}: {'a' * 90}" for n in range(3_000)))),
    "a header with a NUL": only(headed("X-Bad: a\0b")),
    "a header that is none": only(headed("no colon here")),
    "two lengths": lambda kind: headed("Content-Length: 5\r\nContent-Length: 9", b"hello", kind=kind),
    "a negative length": lambda kind: headed("Content-Length: -1", b"hello", kind=kind),
    "more promised than sent": lambda kind: headed("Content-Length: 99999", _PARTIAL.encode(), kind=kind),
    "less promised than sent": lambda kind: headed("Content-Length: 9", _PARTIAL.encode(), kind=kind),
    "chunks that are none": lambda kind: headed("Transfer-Encoding: chunked", b"zz\r\nhello\r\n", kind=kind),
    "a chunk of all there is": lambda kind: headed("Transfer-Encoding: chunked", b"f" * 16 + b"\r\nhello", kind=kind),
    "chunks without an end": lambda kind: headed("Transfer-Encoding: chunked", b"5\r\nhello\r\n", kind=kind),
    "another protocol from here on": only(raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")),
    "nothing changed": only(raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")),
    "no content": only(raw(b"HTTP/1.1 204 No Content\r\n\r\n")),
    # statuses
    **{f"status {status}": only(fails(status)) for status in (400, 401, 402, 403, 404, 405, 408, 409, 413, 418, 422)},
    **{f"status {status}": only(fails(status)) for status in (429, 451, 500, 501, 502, 503, 504, 529, 599, 700, 999)},
    "429, again at once": busy("0"),
    "429, again in an hour": busy("3600"),
    "429, again in an age": busy("9" * 400),
    "429, again for ever": busy("inf"),
    "429, again at no number": busy("nan"),
    "429, again in the past": busy("-5"),
    "429, again at nonsense": busy("soon, or later"),
    "429, again on a day gone by": busy(formatdate(0, usegmt=True)),
    "429, again on a day to come": busy("Fri, 31 Dec 2999 23:59:59 GMT"),
    "429, again on no day": busy("Fri, 99 Dec 99999999 23:59:59 GMT"),
    "503, again in an hour": busy("3600", 503),
    "500 with a web page": only(answers("<html>oops</html>", status=500, kind="text/html")),
    "500 with garbled JSON": only(answers('{"error": {"mess', status=500)),
    "500 with nested JSON": only(answers("[" * 100_000, status=500)),
    "500 with 10 MB": lambda _: answers("x" * LARGE, status=500),
    # bodies
    "empty": both(""),
    "a web page": only(answers("<!doctype html><title>Welcome</title>", kind="text/html; charset=utf-8")),
    "garbled JSON": either("data: {garbled\n\n", "{garbled"),
    "JSON that breaks off": either(f"data: {completion()[:40]}\n\n", completion()[:40]),
    "nested JSON": either(f"data: {'[' * 100_000}\n\n", "[" * 100_000),
    "a number too long for JSON": either(f"data: {'9' * 10_000}\n\n", "9" * 10_000),
    "choices: null": either(event({"choices": None}), '{"choices": null}'),
    "choices: []": either(event({"choices": []}), '{"choices": []}'),
    "choices: a number": either(event({"choices": 5}), '{"choices": 5}'),
    "choices of another shape": either(event({"choices": [{"delta": [1], "finish_reason": {}}]}), '{"choices": [7]}'),
    "an error for a reply": either(event({"error": {"message": "no GPU"}}), '{"error": {"message": "no GPU"}}'),
    "an error after words": either(_PARTIAL + event({"error": {"message": "no GPU"}}), '{"error": "no GPU"}'),
    "a detail for a reply": either(event({"detail": "Not Found"}), '{"detail": "Not Found"}'),
    "an event of its own": either(f"event: message\n{event({'text': SAID})}", json.dumps({"text": SAID})),
    "no word": lambda kind: says() if kind == "stream" else body(completion(""), kind),
    "no word but the end": either("data: [DONE]\n\n", "[DONE]"),
    "words without an end": lambda kind: says(SAID, finish=None, done=False) if kind == "stream" else body(SAID, kind),
    "cut at its longest": lambda kind: (
        says(SAID, finish="length") if kind == "stream" else body(completion(finish="length"), kind)
    ),
    "filtered": lambda kind: (
        says(SAID, finish="content_filter") if kind == "stream" else body(completion(finish="content_filter"), kind)
    ),
    "a call of a tool": either(
        event({"choices": [{"delta": {"tool_calls": [{"function": {"name": "rm"}}]}, "finish_reason": "tool_calls"}]}),
        json.dumps({"choices": [{"message": {"tool_calls": []}, "finish_reason": "tool_calls"}]}),
    ),
    "content that is a list": either(
        event({"choices": [{"delta": {"content": [{"text": SAID}]}, "finish_reason": "stop"}]}),
        completion([{"type": "text", "text": SAID}]),
    ),
    "10 MB in one event": lambda kind: body((chunk if kind == "stream" else completion)("word " * (LARGE // 5)), kind),
    "10 MB in many events": lambda kind: body(
        chunk("word " * 100) * (LARGE // 600) if kind == "stream" else completion() * (LARGE // 100), kind
    ),
    "a gzip bomb": both(gzip.compress(bytes(LARGE)), Content_Encoding="gzip"),
    "packed by brotli": both(b"\x1b\x03\x00\xf8", Content_Encoding="br"),
    "packed, unsaid": both(gzip.compress(_PARTIAL.encode())),
    "another media type": only(answers(_PARTIAL, kind="image/png")),
    "no media type": only(answers("Hello.", kind="")),
    "UTF-16": lambda kind: answers(
        (chunk(SAID, finish="stop") if kind == "stream" else completion()).encode("utf-16"),
        kind=f"{EVENTS if kind == 'stream' else JSON}; charset=utf-16",
    ),
    "bytes of no charset": either(b"data: \xff\xfe\xfa\n\n", b'{"choices": "\xff\xfe"}'),
    "NULs": both(bytes(100_000)),
}

ENDLESS: dict[str, Fault] = {
    "silence before the head": only(silent()),
    "silence after words": only(silent(SAID)),
    "words that drip": only(drips(_PARTIAL, every=0.01)),
    "signs of life that drip": only(drips(": ping\n\n", every=0.01)),
    "a head that drips": only(drips("a", every=0.01, head=False)),
    "words without end": only(endless(_PARTIAL)),
    "signs of life without end": only(endless(": ping\n\n")),
    "an event without end": only(endless("data: x\n")),
    "a line without end": only(endless("data: x")),
    "empty events without end": only(endless("data: {}\n\n")),
    "a head without end": only(raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 60_000)),
    "headers without end": only(raw(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 10_000, again=True)),
    "heads of interim responses without end": only(raw(b"HTTP/1.1 102 Processing\r\n\r\n" * 100, again=True)),
    "an error's body without end": only(
        raw(b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\n\r\n" + b"x" * 60_000, again=True)
    ),
}


# What is odd, but a reply: what it says counts for what it is.
ODD: dict[str, Behaviour] = {
    "half characters": events([chunk("The \ud83d"), chunk("\ude00 half \udc00 \ud800."), chunk(finish="stop")]),
    "half a character at the end": events([chunk("The end \ud83d"), chunk(finish="stop")]),
    "NULs": says("The\0 storm\0.", "\0"),
    "controls and directions": says("The \x1b[31mstorm\u202e \u2066x\u200b\ufeff."),
    "a bill of nonsense": events(
        [
            chunk("The storm."),
            chunk(finish="stop"),
            event({"choices": [], "usage": {"prompt_tokens": 10**300, "completion_tokens": -5}}),
        ]
    ),
    "no end of line but CR": events([chunk("The storm.", finish="stop").replace("\n", "\r")]),
    "a byte order mark": events(["\ufeff", chunk("The storm.", finish="stop")]),
    "words after the end": events([chunk("The storm.", finish="stop"), "data: [DONE]\n\n", chunk(SAID)]),
    "markup": says("<script>alert(1)</script> ![x](https://evil.example/?q=1) [1](javascript:alert(1))."),
}
