"""Gradio's index page as we serve it: with our stylesheet and script, under a policy that runs no other script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FirstPage:
    """Gradio's index page with our stylesheet and script, and its own inline scripts admitted by their hashes.

    So the content security policy needs no `unsafe-inline` for scripts: whatever slips through every escaping is still
    not executed. The policy that the application sets is kept and extended; without one, `POLICY` applies.
    """

    POLICY = (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "connect-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'self'; object-src 'none'"
    )

    def __init__(self, app: ASGIApp, *, styles: Sequence[str], scripts: Sequence[str]) -> None:
        """Stand before `app`; `styles` and `scripts` are addresses on this server, relative to the page."""
        self.app = app
        self.links = "".join(
            [f'<link rel="stylesheet" href="{address}">' for address in styles]
            + [f'<script defer src="{address}"></script>' for address in scripts]
        ).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; hold the index page back until it is whole."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]  # it must be read
        start: Message = {}
        body = bytearray()

        async def whole(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            finished = _complete(start, bytes(body), self.links)
            await send(start)
            await send({"type": "http.response.body", "body": finished})

        await self.app({**scope, "headers": plain}, receive, whole)


def _complete(start: Message, body: bytes, links: bytes) -> bytes:
    """Give the page its links, and its headers the hashes of the inline scripts."""
    if not Headers(raw=start["headers"]).get("content-type", "").startswith("text/html"):
        return body
    body = body.replace(b"</head>", links + b"</head>", 1)
    inline = re.findall(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", body, re.DOTALL)
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'" for script in inline)
    headers = MutableHeaders(raw=start["headers"])
    policy = headers.get("content-security-policy", FirstPage.POLICY)
    headers["content-security-policy"] = policy.replace("script-src 'self'", f"script-src 'self' {hashes}", 1)
    if "content-length" in headers and body:
        headers["content-length"] = str(len(body))
    return body
