"""Who is let in: by a key that a program sends, or by the session of a person who signed in with one.

Where no keys are configured everybody is; the server then listens on loopback alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from rag.access import LONG, STRANGER, UNGUARDED, Access, Failures, Keys, Rates, Sessions
from rag.api.problems import OPENAI_PREFIX, openai_problem, problem

if TYPE_CHECKING:
    from rag.config import Settings

COOKIE = "crosscheck"
SIGN_IN, SIGN_OUT = "/signin", "/signout"
# What a stranger may ask for, to the letter: whether the server is well, and how to sign in. Nothing of the library.
OPEN = frozenset({"/healthz", "/readyz", SIGN_IN, "/page/page.css", "/page/reader.css", "/page/signin.css"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# What changes the library or leaves a file on the server, by any method that is not safe.
_WRITING = ("/articles", "/gradio_api/upload")
_KEEPING = "/feedback"  # is for who reads, and needs a folder that can be written to
ONLY_READ = "This server only reads the library; send this to the one that writes to it."
_REALM = 'Bearer realm="Crosscheck"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a request is not let in: a status, one sentence, and the word for it that OpenAI's clients know."""

    status: int
    detail: str
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, scope: Scope) -> Response:
        """Say it in the shape of the routes that the request was for."""
        if str(scope["path"]).startswith(OPENAI_PREFIX):
            return openai_problem(status=self.status, message=self.detail, code=self.code, headers=self.headers)
        return problem(scope, status=self.status, detail=self.detail, headers=self.headers)


class Guard:
    """Keys, sessions and rates of one application; `priced` are the first parts of paths whose every request counts.

    Of other paths only requests that may do something count: not the page's own files, nor signs of life.
    Raises SettingsError for settings that make no sense.
    """

    def __init__(self, settings: Settings, *, priced: Collection[str] = ()) -> None:
        self.keys = Keys(settings.api_keys.get_secret_value() if settings.api_keys else "")
        self.sessions = Sessions()
        self._rates = Rates(settings.rate_limit)
        self._failures = Failures()
        self._priced = frozenset(priced)
        self._only_reads = settings.read_only

    def refusal(self, scope: Scope) -> Refusal | None:
        """Note in the request's state who asks; give what it is answered with instead, None where it is let in."""
        if not self.keys:
            scope["state"]["access"] = self._limited(UNGUARDED)
            return self._not_here(scope)
        scope["state"]["access"] = STRANGER
        found = self._found(scope)
        if isinstance(found, Refusal):
            return found
        path = scope["path"]
        if found is None:
            return None if path in OPEN else _unknown(scope)
        scope["state"]["access"] = found = self._limited(found)
        if refusal := self._not_here(scope):
            return refusal
        if _writes(scope) and "write" not in found.scopes:
            headers = {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="write"'}
            detail = "This key may read; only a key with the scope write may change the library."
            return Refusal(status=403, detail=detail, code="insufficient_permissions", headers=headers)
        if path not in OPEN and self._counts(scope) and (wait := self._rates.wait(found.who)):
            detail = f"This key has made as many requests as it may for now; go on in {wait} seconds."
            return _too_many(detail, wait)
        return None

    def by_key(self, key: str, scope: Scope) -> Access | Refusal:
        """What a key gives access to, or why it does not.

        After too many wrong ones from an address only long keys are let in from there, which nobody finds by trying:
        else whoever shares an address with others, as behind a proxy, could lock them out.
        """
        address = (scope.get("client") or ("",))[0]
        access, wait = self.keys.access(key), self._failures.wait(address)
        if wait and (access is None or len(key) < LONG):
            detail = f"Too many wrong keys came from this address; try again in {wait} seconds."
            return _too_many(detail, wait)
        if access is None:
            self._failures.count(address)
            return _unauthorized("This key is not one of this server's.", error="invalid_token")
        return access

    def _found(self, scope: Scope) -> Access | Refusal | None:
        """Who asks, None for nobody known."""
        given = Headers(scope=scope).getlist("authorization")
        if len(given) > 1:
            return _unauthorized("More than one Authorization header was sent; send one.", error="invalid_request")
        scheme, _, key = given[0].partition(" ") if given else ("", "", "")
        if scheme.lower() == "bearer":
            return self.by_key(key.strip(" "), scope)
        name = HTTPConnection(scope).cookies.get(COOKIE)
        access = self.sessions.access(name) if name else None
        return access if access is not None and _from_here(scope) else None

    def _limited(self, access: Access) -> Access:
        """The access that is left of this: where the library is only read, nobody may change it."""
        return replace(access, scopes=access.scopes - {"write"}) if self._only_reads else access

    def _not_here(self, scope: Scope) -> Refusal | None:
        """The refusal of what would write to a library that is only read here."""
        if self._only_reads and (_writes(scope) or (scope["path"] == _KEEPING and not _is_safe(scope))):
            return Refusal(status=403, detail=ONLY_READ, code="read_only")
        return None

    def _counts(self, scope: Scope) -> bool:
        return not _is_safe(scope) or scope["path"].lstrip("/").partition("/")[0] in self._priced


def _is_safe(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in SAFE_METHODS


def _writes(scope: Scope) -> bool:
    return not _is_safe(scope) and any(
        scope["path"] == path or scope["path"].startswith(f"{path}/") for path in _WRITING
    )


def _from_here(scope: Scope) -> bool:
    """Whether a request with a cookie comes from a page of this server, as far as a browser says.

    One that may do something must say so; one that only reads may also be an address that somebody typed.
    """
    headers = Headers(scope=scope)
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        return is_own(origin, scope)
    return site == "same-origin" or (_is_safe(scope) and site in (None, "none"))


def is_own(origin: str, scope: Scope) -> bool:
    """Whether an Origin header names this server, under the name that the request gave it."""
    scheme, _, place = origin.lower().partition("://")
    # Behind a proxy that speaks TLS for it a server may not know that it is reached by https; never the other way.
    return place == Headers(scope=scope).get("host", "").lower() and (scheme == "https" or scope["scheme"] != "https")


def _unknown(scope: Scope) -> Refusal:
    """A person who opens a page is sent to where one signs in, and back from there; a program is told."""
    accepted = Headers(scope=scope).get("accept", "")
    if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and "text/html" in accepted:
        query = scope["query_string"].decode("latin-1")
        back = quote(scope["path"]) + (f"?{query}" if query else "")
        place = SIGN_IN if back == "/" else f"{SIGN_IN}?{urlencode({'next': back})}"
        return Refusal(status=303, detail="Sign in first.", headers={"Location": place})
    return _unauthorized("This server asks for a key; send one as `Authorization: Bearer KEY`.")


def _unauthorized(detail: str, *, error: str | None = None) -> Refusal:
    headers = {"WWW-Authenticate": f'{_REALM}, error="{error}"' if error else _REALM}
    return Refusal(status=401, detail=detail, code="invalid_api_key", headers=headers)


def _too_many(detail: str, wait: int) -> Refusal:
    return Refusal(status=429, detail=detail, code="rate_limit_exceeded", headers={"Retry-After": str(wait)})
