"""A network of the tests' own: names with answers that change, hosts that say what they are given to say.

net = Net({"news.example": [[PUBLIC]]}, site={"/a": moved("http://127.0.0.1/")})
client = net.client()
client.get("http://news.example/a")
net.connected          # the addresses that were connected to, in order
net.asked              # the names that were looked up, in order
net.sent               # what was sent, byte for byte

A name or a number that the test does not know is one of a public host, so that whatever is not refused by a rule
ends in a connection and is seen. Numbers are read as generously as the C library reads them.
"""

from __future__ import annotations

import socket
import ssl

import httpcore2

from rag.fetch import Client, Limits

PUBLIC, ELSEWHERE = "93.184.215.14", "93.184.215.77"
FREE = b"User-agent: *\nAllow: /\n"


def said(body: str | bytes, *, kind: str = "text/html", status: str = "200 OK", **headers: str) -> bytes:
    """A whole reply; `headers` as in `refresh="0; url=/"`."""
    content = body.encode() if isinstance(body, str) else body
    named = {"Content-Type": kind, "Content-Length": str(len(content)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("utf-8", "surrogatepass") + content


def moved(location: str, status: int = 302, **headers: str) -> bytes:
    """A redirect."""
    return said("", status=f"{status} Moved", Location=location, **headers)


class Net:
    """The names, each with its answers, of which the last one stays; what every host says by path."""

    def __init__(self, names: dict[str, list[list[str]]] | None = None, site: dict[str, bytes] | None = None) -> None:
        self.names = {name: list(answers) for name, answers in (names or {}).items()}
        self.site = site or {}
        self.asked: list[str] = []
        self.connected: list[str] = []
        self.sent: list[bytes] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host in self.names:
            answers = self.names[host]
            return answers.pop(0) if len(answers) > 1 else answers[0]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except socket.gaierror:
            return [ELSEWHERE]
        return [str(one[4][0]) for one in found]

    def connect(self, number: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        self.connected.append(number)
        return _Wire(self)

    def client(self) -> Client:
        """A way out that leads here."""
        limits = Limits(delay=0, patience=0, seconds=20)
        return Client(limits=limits, resolve=self.resolve, connect=self.connect, sleep=lambda seconds: None)

    def reply(self, request: bytes) -> bytes:
        """What is said to a request."""
        self.sent.append(request)
        path = request.split(b" ", 2)[1].decode()
        free = said(FREE, kind="text/plain") if path == "/robots.txt" else None
        return self.site.get(path) or free or said("x" * 80, status="404 Not Found")


class _Wire(httpcore2.NetworkStream):
    def __init__(self, net: Net) -> None:
        self._net, self._asked, self._reply = net, b"", b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._asked += buffer
        if self._asked.endswith(b"\r\n\r\n"):
            self._reply, self._asked = self._net.reply(self._asked), b""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        part, self._reply = self._reply[:max_bytes], self._reply[max_bytes:]
        return part

    def close(self) -> None:
        """Nothing is held."""

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return self

    def get_extra_info(self, info: str) -> None:
        return None
