"""What is served of Gradio: the calls that our page makes and no others, each within the session of who makes it.

Gradio brings seventy routes, most of them for other pages than ours: to fetch an address, to keep a page's state in a
file, to read one, to call functions by name, to end the work of any session. What is not named here answers 404.

A page names itself by a word that its browser made up, and to Gradio whoever says the word is that page. Here the word
is told apart by who says it, so that nobody listens to, asks for or ends what is another's.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from gradio.utils import get_upload_folder
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.access import access_of

_CALLS = {  # a function of the page: JSON that names the page
    "/gradio_api/queue/join": ("POST",),
    "/gradio_api/run/predict": ("POST",),
}
_SERVED = {
    **_CALLS,
    "/": ("GET", "HEAD"),
    "/config": ("GET",),
    "/theme.css": ("GET",),
    "/manifest.json": ("GET",),
    "/favicon.ico": ("GET",),
    "/gradio_api/app_id": ("GET",),  # by which a page finds out after a loss of connection that it is of another server
    "/gradio_api/queue/data": ("GET",),
    "/gradio_api/upload": ("POST",),
    "/gradio_api/upload_progress": ("GET",),
}
_FILES = re.compile(r"/(assets|static)/[A-Za-z0-9@_+-][A-Za-z0-9@._+/-]*")
_HEARTBEAT = "/gradio_api/heartbeat/"
_NAMES = ("session_hash", "upload_id")  # by which a page, and an upload of it, is known
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_JSON = (b"content-type", b"application/json")
_FIELDS = ("data", "event_data", "fn_index", "trigger_id")  # of a call; Gradio knows more, which our page never sends
_TAKEN = ("app", "endpoint", "route", "path_params")  # by which whoever counts knows what took a request
_NO_NAME = "This names no page; open the page anew."
_NO_CALL = "This is no call of the page; open the page anew."
_NO_FILE = "Only a file that was uploaded can be added."
_NOTHING = "There is nothing at this path; see /docs for what there is."


class Narrow:
    """ASGI middleware around Gradio; raises HTTPException for what is not served."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what our page asks for, under the caller's own names."""
        if scope["type"] != "http" or not _is_served(scope["method"], scope["path"]):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": _NOTHING})
                return
            scope.update(app=self._app, endpoint=self)  # for whoever counts: it was the page that was asked
            raise HTTPException(404, _NOTHING)
        owner = _owner(scope)
        path: str = scope["path"]
        headers = [(name, value) for name, value in scope["headers"] if not _is_believed(name)]
        inner = {**scope, "query_string": _query(scope["query_string"], owner), "headers": headers}
        if path.startswith(_HEARTBEAT):
            inner["path"] = _HEARTBEAT + _owned(path.removeprefix(_HEARTBEAT), owner)
            inner["raw_path"] = inner["path"].encode()
        elif path in _CALLS:
            call = _call(await _body(receive), owner)
            length = (b"content-length", str(len(call)).encode())
            inner["headers"] = [one for one in headers if not one[0].startswith(b"content-")] + [_JSON, length]
            receive = _replayed(call, receive)
        try:
            await self._app(inner, receive, send)
        finally:
            scope.update({name: inner[name] for name in _TAKEN if name in inner})


def _is_served(method: str, path: str) -> bool:
    if path.startswith(_HEARTBEAT):
        return method == "GET"
    if _FILES.fullmatch(path):
        return method in ("GET", "HEAD") and ".." not in path
    return method in _SERVED.get(path, ())


def _owner(scope: Scope) -> str:
    """Who asks, in a word: a person's session, or the key of a program."""
    access = access_of(scope)
    return hashlib.sha256(f"{access.who}/{access.session}".encode()).hexdigest()[:16]


def _owned(name: object, owner: str) -> str:
    """A name that a page gave itself, as that of this owner: nobody else can give it."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise HTTPException(400, _NO_NAME)
    return f"{name}.{owner}"


def _query(query: bytes, owner: str) -> bytes:
    """The parameters that our page sends."""
    sent = parse_qsl(query.decode("latin-1"))
    return urlencode([(name, _owned(value, owner)) for name, value in sent if name in _NAMES]).encode()


def _is_believed(header: bytes) -> bool:
    """Whether a header may say under which address a page is reached: Gradio believes anybody's."""
    return header.startswith((b"x-", b"forwarded")) and header != b"x-forwarded-proto"  # of use behind a proxy with TLS


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)


def _call(body: bytes, owner: str) -> bytes:
    """The call of a function as our page makes it."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, _NO_CALL) from None
    if not isinstance(sent, dict) or not isinstance(sent.get("data"), list):
        raise HTTPException(400, _NO_CALL)
    if _names_files_elsewhere(sent["data"]):
        raise HTTPException(400, _NO_FILE)
    made = {name: sent[name] for name in _FIELDS if name in sent}
    return json.dumps({**made, "session_hash": _owned(sent.get("session_hash"), owner)}).encode()


def _names_files_elsewhere(data: list[Any]) -> bool:
    """Whether some of it is a file to Gradio that was not uploaded: it would be read, or fetched from its address."""
    left = list(data)
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if "meta" in one and "path" in one and not _is_uploaded(one["path"]):
                return True
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


def _is_uploaded(path: object) -> bool:
    """Whether Gradio may have given this path to an upload: each is in a folder of its own."""
    if not isinstance(path, str):
        return False
    try:
        return Path(path).resolve().parent.parent == Path(get_upload_folder()).resolve()
    except (OSError, ValueError):  # no path of this system
        return False


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then what comes."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return first.pop() if first else await receive()

    return receiving
