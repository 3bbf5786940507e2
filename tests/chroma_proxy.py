"""What stands before a real Chroma server on loopback: a proxy with TLS and a token, with a certificate of its own."""

import http.client
import json
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Reply: TypeAlias = tuple[int, bytes]


@dataclass(frozen=True)
class Heard:
    """A request: its body as it came, and where that is JSON, what it says."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body) if self.body else None


class Proxy:
    """Hands on to the port of a Chroma server who brings the token, if there is one; keeps what it has `heard`."""

    def __init__(self, port: int, *, token: str = "", certificate: Path | None = None) -> None:
        self.heard: list[Heard] = []
        self._port, self._token = port, token
        self._listening = _Listening(self)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._listening.socket = context.wrap_socket(self._listening.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self._listening.server_address[1]}"
        threading.Thread(target=self._listening.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._listening.shutdown()
        self._listening.server_close()

    def answer(self, heard: Heard) -> Reply:
        """What is said to a request."""
        self.heard.append(heard)
        if self._token and heard.headers.get("Authorization") != f"Bearer {self._token}":
            return 401, b"no"
        return self.hand_on(heard)

    def hand_on(self, heard: Heard) -> Reply:
        """What the real server says to it."""
        upstream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            upstream.request(heard.method, heard.path, heard.body, {"Content-Type": "application/json"})
            reply = upstream.getresponse()
            return reply.status, reply.read()
        finally:
            upstream.close()


class _Listening(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listening

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, reply = self.server.proxy.answer(Heard(self.command, self.path, dict(self.headers), body))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names that http.server asks for

    def log_message(self, *said: object) -> None:
        """Say nothing."""


def certificate(folder: Path) -> Path:
    """A certificate of its own for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chroma.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path
