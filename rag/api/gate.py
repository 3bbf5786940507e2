"""What every request passes on its way in and out: host, origin, key, size and time; headers and an id are added.

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

from rag import logs
from rag.access import STRANGER
from rag.api.bounds import Bounds, too_large
from rag.api.cors import Sites
from rag.api.guard import SAFE_METHODS, Guard, Refusal, is_own
from rag.api.problems import problem, request_id, unexpected

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
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

    def __init__(
        self, app: ASGIApp, *, guard: Guard, bounds: Bounds, sites: Sites, allowed_hosts: Collection[str] = ()
    ) -> None:
        self._app = app
        self._guard = guard
        self._bounds = bounds
        self._sites = sites
        self._hosts = LOOPBACK_HOSTS | {_bracketed(host.lower()) for host in allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {}).update(request_id=uuid4().hex, access=STRANGER)
        logs.request_id.set(request_id(scope))
        if scope["type"] == "websocket":
            if refusal := self._refusal(scope):
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail})
            else:
                await self._app(scope, receive, send)
            return
        await self._pass(scope, receive, _with_headers(send, request_id(scope)))

    def _refusal(self, scope: Scope) -> Refusal | None:
        """What is answered to a request that is not let in."""
        return self._stray(scope) or self._guard.refusal(scope) or self._oversized(scope)

    def _stray(self, scope: Scope) -> Refusal | None:
        """A request for another server, made by a page of one, or of a length that is said in two ways."""
        headers = Headers(scope=scope)
        if "transfer-encoding" in headers and ("content-length" in headers or scope.get("http_version") == "1.0"):
            # Where a proxy and this server differ on where a body ends, what follows passes for a request of another.
            detail = "The request gives the length of its body in two ways; give it in one."
            return Refusal(status=400, detail=detail, headers={"Connection": "close"})
        match = _HOST.fullmatch(headers.get("host", "").lower())
        if match is None or not ("*" in self._hosts or match[1] in self._hosts):
            # A page elsewhere whose name was made to point here (DNS rebinding) is stopped by this.
            detail = "The Host header does not name this server; use its own address, or allow that name."
            return Refusal(status=400, detail=detail)
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return None
        origin = headers.get("origin")
        elsewhere = headers.get("sec-fetch-site") == "cross-site" or (origin is not None and not is_own(origin, scope))
        if elsewhere and not self._sites.may(scope):
            return Refusal(status=403, detail="A page of another site sent this; only the pages of this server may.")
        return None

    def _oversized(self, scope: Scope) -> Refusal | None:
        length, most = Headers(scope=scope).get("content-length", "0"), self._bounds.size(scope["path"])
        if not length.isdecimal() or int(length) > most:
            return Refusal(status=413, detail=too_large(most))
        return None

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; what nobody foresaw is logged with the request's id, and answered without a trace."""
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            if refusal := self._refusal(scope):
                await refusal.response(scope)(scope, receive, watched)
            else:
                await self._bounds.run(self._app, scope, receive, watched)
        except ClientDisconnect:
            _log.debug("request %s: the client left", request_id(scope))
        except Exception as error:
            if isinstance(error, HTTPException):
                status, detail = error.status_code, error.detail
                _log.warning("request %s: %s", request_id(scope), detail)
            else:
                status, detail = 500, unexpected(scope)
                _log.exception("request %s: %s failed", request_id(scope), scope["method"])
            if started:
                raise  # the server cuts the connection, so that the client does not take a part for the whole
            await problem(scope, status=status, detail=detail)(scope, receive, send)


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


def _bracketed(host: str) -> str:
    """An IPv6 address as it stands in a Host header."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
