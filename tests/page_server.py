"""Web pages for tests: a server on loopback that plays a behaviour of `model_server` for each path.

    with PageServer({"/story": answers("<p>News.</p>", kind="text/html")}) as server:
        server.base_url          # "http://127.0.0.1:PORT"
        server.port
        server.requests          # what was asked: path, headers (names in lower case)

A path without a behaviour is status 404.
"""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler

from model_server import Behaviour, ModelServer, Request, Wire, answers, fails

HTML = "text/html; charset=utf-8"


class PageServer(ModelServer):
    def __init__(self, pages: dict[str, Behaviour]) -> None:
        super().__init__()
        self.pages = pages

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(path=self.path, headers=headers, body={})
                server.requests.append(request)
                server.pages.get(self.path, fails(404))(Wire(self, server._closing, request))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


def page(*paragraphs: str, head: str = "", **headers: str) -> Behaviour:
    """A page of these paragraphs; `headers` as in `content_encoding="gzip"`."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"<!DOCTYPE html><html><head>{head}</head><body><article>{body}</article></body></html>"
    return answers(html, kind=HTML, **headers)


def moved(location: str, status: int = 302, **headers: str) -> Behaviour:
    """A redirect."""
    return answers("", status=status, kind="text/html", location=location, **headers)
