"""`/signin` and `/signout`: people give a key, once, and a browser then keeps a session. Pages without a script."""

from __future__ import annotations

import re
from html import escape
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from rag.access import SESSION_SECONDS, Access, access_of
from rag.api.guard import COOKIE, SIGN_IN, SIGN_OUT, Guard, Refusal

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PATHS = (SIGN_IN.lstrip("/"), SIGN_OUT.lstrip("/"))
LONGEST_FORM = 10_000  # bytes
STYLES = ("page/page.css", "page/reader.css", "page/signin.css")
NO_KEY = "Give a key first."

_HERE = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # a path of this server: no second slash that would name another


def router(guard: Guard) -> APIRouter:
    """The routes, of which `/signin` is open to strangers."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(SIGN_IN)
    def signing_in(request: Request, next: str = "") -> Response:
        access = access_of(request.scope)
        return _page(_signed_in(access) if access.signed_in else _form(back=next))

    @routes.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        form = await _fields(request)
        key, back = form.get("key", "").strip(), form.get("next", "")
        if not key:
            return _page(_form(back=back, trouble=NO_KEY), status=422)
        found = guard.by_key(key, request.scope)
        if isinstance(found, Refusal):
            headers = {name: value for name, value in found.headers.items() if name == "Retry-After"}
            return _page(_form(back=back, trouble=found.detail), status=found.status, headers=headers)
        guard.sessions.end(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(_here(back), status_code=303, headers={"Cache-Control": "no-store"})
        response.set_cookie(
            COOKIE,
            guard.sessions.begin(found),
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    @routes.post(SIGN_OUT)
    def sign_out(request: Request) -> Response:
        guard.sessions.end(request.cookies.get(COOKIE, ""))
        response = RedirectResponse(SIGN_IN, status_code=303, headers={"Cache-Control": "no-store"})
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response

    return routes


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form as a browser sends it, each once; raises HTTPException for more than such a form holds."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise HTTPException(413, f"The form is larger than {LONGEST_FORM:,} bytes; send the key alone.")
    try:
        sent = parse_qs(body.decode("ascii"), max_num_fields=4)
    except ValueError:
        return {}
    return {name: values[0] for name, values in sent.items()}


def _here(address: str) -> str:
    """The address where it stays on this server, else that of the page."""
    return address if _HERE.fullmatch(address) and not address.startswith((SIGN_IN, SIGN_OUT)) else "/"


def _form(*, back: str, trouble: str = "") -> str:
    back = escape(_here(back))
    note = f'<p class="note" role="alert" id="trouble">{escape(trouble)}</p>' if trouble else ""
    wrong = ' aria-invalid="true" aria-describedby="trouble"' if trouble else ""
    return (
        "<h1>Sign in</h1><p>This library is open to those who have a key. Whoever runs it gives them out.</p>"
        f'{note}<form method="post" action="signin"><input type="hidden" name="next" value="{back}">'
        '<label for="key">Key</label><input id="key" name="key" type="password" autocomplete="current-password" '
        f'required autofocus spellcheck="false" autocapitalize="none"{wrong}><button>Sign in</button></form>'
        f'<p class="aside">Signed in already, and came by a link from elsewhere? <a href="{back}">Go on</a>.</p>'
    )


def _signed_in(access: Access) -> str:
    may = "read and change the library" if "write" in access.scopes else "read the library"
    return (
        f"<h1>Signed in</h1><p>With the key {escape(access.who)}, which may {may}.</p>"
        '<form method="post" action="signout"><button>Sign out</button></form>'
        '<p class="aside"><a href="./">To the library</a></p>'
    )


def _page(main: str, *, status: int = 200, headers: dict[str, str] | None = None) -> HTMLResponse:
    styles = "".join(f'<link rel="stylesheet" href="{name}">' for name in STYLES)
    html = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Sign in · Crosscheck</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'{styles}</head>\n<body class="standalone"><header class="running"><a href="./">Crosscheck</a></header>\n'
        f'<main class="reading signin">{main}</main></body></html>\n'
    )
    kept = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", **(headers or {})}
    return HTMLResponse(html, status_code=status, headers=kept)
