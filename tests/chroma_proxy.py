"""What stands before a real Chroma server on loopback: a proxy with TLS and a token, and one with a sparse index.

`chroma run` refuses sparse indexes and has no search. `Hybrid` adds both, as Chroma documents them for its cloud and
its distributed server (https://docs.trychroma.com/cloud/search-api/overview and what it leads to): the same routes and
JSON, a score of 1 less the product of two vectors, the query's weights multiplied by the inverse document frequency
where the index says `bm25`.
"""

import http.client
import json
import math
import re
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Reply: TypeAlias = tuple[int, bytes]
COLLECTION = re.compile(r"/api/v2/tenants/[^/]+/databases/[^/]+/collections(?:/([^/?]+))?(?:/(\w+))?$")


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
        self.away = False  # whether nothing but a failure is said
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
        if self.away:
            return 503, b""
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


class Hybrid(Proxy):
    """A Chroma server that has sparse indexes, and searches them."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.broken: Reply | None = None  # what is said to a search instead
        self.ignorant = False  # whether schemas are passed over
        self._schemas: dict[str, dict[str, Any]] = {}
        self._rows: dict[str, dict[str, dict[int, float]]] = {}

    def hand_on(self, heard: Heard) -> Reply:
        place = COLLECTION.match(heard.path.partition("?")[0])
        collection, deed = place.groups() if place else (None, None)
        if heard.method == "POST" and place and collection is None:
            return self._create(heard)
        if heard.method == "GET" and collection and deed is None:
            return self._with_schema(super().hand_on(heard))
        if heard.method == "POST" and collection and deed == "upsert":
            return super().hand_on(self._without_words(heard, collection))
        if heard.method == "POST" and collection and deed == "delete":
            for name in heard.said["ids"]:
                self._rows.get(collection, {}).pop(name, None)
        if heard.method == "POST" and collection and deed == "search":
            return self.broken or (200, json.dumps(self._searched(collection, heard.said)).encode())
        return super().hand_on(heard)

    def searches(self) -> list[Any]:
        """The bodies of the searches that were asked for."""
        return [heard.said for heard in self.heard if heard.path.endswith("/search")]

    def rows(self) -> dict[str, dict[int, float]]:
        """The sparse vectors that there are, by passage id."""
        return {name: row for rows in self._rows.values() for name, row in rows.items()}

    def _create(self, heard: Heard) -> Reply:
        said = heard.said
        schema = said["schema"]
        if schema is None or self.ignorant:
            return super().hand_on(_other(heard, said | {"schema": None}))
        kept = {key: kinds for key, kinds in schema["keys"].items() if "sparse_vector" not in kinds}
        status, body = super().hand_on(_other(heard, said | {"schema": schema | {"keys": kept}}))
        if status == 200:
            self._schemas[json.loads(body)["id"]] = schema
        return self._with_schema((status, body))

    def _with_schema(self, reply: Reply) -> Reply:
        status, body = reply
        said = json.loads(body)
        if status == 200 and said["id"] in self._schemas:
            said["schema"]["keys"] |= {
                key: kinds
                for key, kinds in self._schemas[said["id"]]["keys"].items()
                if kinds.get("sparse_vector", {}).get("sparse_vector_index", {}).get("enabled")
            }
        return status, json.dumps(said).encode()

    def _without_words(self, heard: Heard, collection: str) -> Heard:
        said = heard.said
        for name, metadata in zip(said["ids"], said["metadatas"], strict=True):
            for key, value in list(metadata.items()):
                if isinstance(value, dict) and value.get("#type") == "sparse_vector":
                    assert value["indices"] == sorted(set(value["indices"]))
                    row = dict(zip(value["indices"], value["values"], strict=True))
                    self._rows.setdefault(collection, {})[name] = row
                    del metadata[key]
        return _other(heard, said)

    def _searched(self, collection: str, said: Any) -> dict[str, Any]:
        found = [self._found(collection, search) for search in said["searches"]]
        nothing = [None] * len(found)
        return {
            "ids": [[name for _, name in rows] for rows in found],
            "documents": nothing,
            "embeddings": nothing,
            "metadatas": nothing,
            "scores": [[score for score, _ in rows] for rows in found],
            "select": [search["select"]["keys"] for search in said["searches"]],
        }

    def _found(self, collection: str, search: Any) -> list[tuple[float, str]]:
        knn = search["rank"]["$knn"]
        index = self._schemas[collection]["keys"][knn["key"]]["sparse_vector"]["sparse_vector_index"]
        rows = self._rows.get(collection, {})
        query = dict(zip(knn["query"]["indices"], knn["query"]["values"], strict=True))
        if index["config"]["bm25"]:
            having = {number: sum(number in row for row in rows.values()) for number in query}
            query = {
                number: weight * math.log1p((len(rows) - having[number] + 0.5) / (having[number] + 0.5))
                for number, weight in query.items()
            }
        scored = [
            (float(np.float32(1 - sum(weight * row.get(number, 0.0) for number, weight in query.items()))), name)
            for name, row in rows.items()
        ]
        return sorted(scored)[: knn["limit"]][: search["limit"]["limit"]]


def _other(heard: Heard, said: Any) -> Heard:
    return Heard(heard.method, heard.path, heard.headers, json.dumps(said).encode())


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
