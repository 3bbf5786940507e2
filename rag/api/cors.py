"""Pages of other sites: closed to all of them, but for those that a setting names, and then for the API alone."""

from __future__ import annotations

import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.errors import SettingsError

# A browser's Origin header: scheme, host in lower case, and the port where it is not the usual one.
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
_METHODS = ("GET", "POST", "DELETE")
_READABLE = ("X-Request-ID", "Retry-After", "WWW-Authenticate", "Mcp-Session-Id")


def origins(setting: str) -> frozenset[str]:
    """The origins of CORS_ORIGINS; raises SettingsError for what is none."""
    found = [entry.lower() for entry in re.split(r"[\s,]+", setting) if entry]
    for entry in found:
        if not _ORIGIN.fullmatch(entry):
            raise SettingsError(
                f"CORS_ORIGINS: {entry!r} is not the origin of a site; write each as https://desk.example alone."
            )
    return frozenset(found)


class Sites:
    """The sites whose pages may use what is at or under `paths` of this server, without cookies."""

    def __init__(self, allowed: Collection[str], paths: Collection[str]) -> None:
        self._allowed = frozenset(allowed)
        self._paths = frozenset(paths)

    def may(self, scope: Scope) -> bool:
        """Whether a request is from a page of one of these sites, and for one of these paths."""
        if not self._allowed or scope["type"] != "http":
            return False
        first = scope["path"].lstrip("/").partition("/")[0]
        return Headers(scope=scope).get("origin", "") in self._allowed and first in self._paths


class CrossOrigin:
    """ASGI middleware that lets pages of those sites read what they are answered; before the gate, whose refusals too.

    A browser's question whether it may ask is answered here: it carries no key.
    """

    def __init__(self, app: ASGIApp, *, sites: Sites, allowed: Collection[str]) -> None:
        self._app = app
        self._sites = sites
        self._reading = CORSMiddleware(
            app,
            allow_origins=tuple(allowed),
            allow_methods=_METHODS,
            allow_headers=("*",),
            allow_credentials=False,
            expose_headers=_READABLE,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with leave to read the answer where there is one."""
        await (self._reading if self._sites.may(scope) else self._app)(scope, receive, send)
