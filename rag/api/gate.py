"""What every request passes on its way in and out: host, origin and size checked, headers and an id added.

It stands before the page, the API and MCP alike, so that no path is forgotten.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.api.problems import problem, request_id, unexpected

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
MAX_BODY_BYTES = 1_000_000
# The page sends the whole conversation, quotations and all, with every question.
MAX_PAGE_BODY_BYTES = 16_000_000
_PAGE_PREFIX = "/gradio_api/"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")

# Articles and models' replies are other people's text: nothing that hides in it may load, post or run anything.
# Inline styles are the page's own (Gradio sets them); its scripts are all files.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

_log = logging.getLogger(__name__)


class Gate:
    """ASGI middleware. `allowed_hosts` are names beside the loopback ones, without port; `*` stands for any."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = LOOPBACK_HOSTS | {_bracketed(host.lower()) for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = uuid4().hex
        objection = self._objection(scope)
        if scope["type"] == "websocket":
            if objection:
                await send({"type": "websocket.close", "code": 1008, "reason": objection[1]})
            else:
                await self._app(scope, receive, send)
            return
        send = _with_headers(send, request_id(scope))
        if objection:
            status, detail = objection
            await problem(scope, status=status, detail=detail)(scope, receive, send)
            return
        await self._pass(scope, _limited(receive, _limit(scope)), send)

    def _objection(self, scope: Scope) -> tuple[int, str] | None:
        """Status and sentence for a request that is not let in."""
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        match = _HOST.fullmatch(host)
        if match is None or not ("*" in self._hosts or match[1] in self._hosts):
            # A page elsewhere whose name was made to point here (DNS rebinding) is stopped by this.
            return 400, "The Host header does not name this server; use its own address, or allow that name."
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return None
        origin = headers.get("origin")
        elsewhere = headers.get("sec-fetch-site") == "cross-site"
        if elsewhere or (origin is not None and origin.lower().partition("://")[2] != host):
            return 403, "A page of another site sent this; only the pages of this server may."
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _limit(scope):
            return 413, _too_large(_limit(scope))
        return None

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; what nobody foresaw is logged with the request's id, and answered without a trace."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            _log.debug("request %s: the client left", request_id(scope))
        except Exception:
            _log.exception("request %s: %s %s failed", request_id(scope), scope["method"], scope["path"])
            if started:
                raise  # the server cuts the connection, so that the client does not take a part for the whole
            await problem(scope, status=500, detail=unexpected(scope))(scope, receive, send)


def _with_headers(send: Send, request: str) -> Send:
    """`send` that adds the security headers and the request's id to the response, where the application set none."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = request
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _limited(receive: Receive, limit: int) -> Receive:
    """`receive` that counts: a body may come in chunks, with no length said."""
    total = 0

    async def receiving() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > limit:
                raise HTTPException(413, _too_large(limit))
        return message

    return receiving


def _limit(scope: Scope) -> int:
    return MAX_PAGE_BODY_BYTES if scope["path"].startswith(_PAGE_PREFIX) else MAX_BODY_BYTES


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit:,} bytes; send less."


def _bracketed(host: str) -> str:
    """An IPv6 address as it stands in a Host header."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
