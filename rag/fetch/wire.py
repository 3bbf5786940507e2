"""One exchange over HTTP by a deadline, with the network address checked where it is connected to. httpcore's door.

httpcore follows no redirect, keeps no cookie, unpacks nothing and asks no environment for a proxy.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpcore2

from rag.errors import FetchError
from rag.fetch.addresses import Address
from rag.fetch.kinds import ACCEPT

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]  # IP addresses of a host name and port; may raise OSError
Connect: TypeAlias = Callable[
    [str, int, float], httpcore2.NetworkStream
]  # to an IP address and port, by so many seconds

POLL = 0.1  # seconds between looks at the stop event
CONNECT_TIMEOUT = 5.0  # seconds for one address of several
MOST_ADDRESSES = 4  # of one host that are tried
_ANY_PORT = 9
HEADERS = (("Accept", ACCEPT), ("Accept-Encoding", "gzip, identity"), ("Connection", "close"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Status, headers by their names in lower case, and the body as it comes, still packed."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


class Deadline:
    """The time that one fetch has, and whether anybody still wants it: until one of `stops` is set."""

    def __init__(self, seconds: float, *stops: threading.Event | None) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._stops = [stop for stop in stops if stop is not None]

    def wanted(self) -> None:
        """Raise FetchError when it was stopped."""
        if any(stop.is_set() for stop in self._stops):
            raise FetchError("Fetching was stopped before the page was there.")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The time that passes in the block is not counted."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._end += time.monotonic() - began

    def left(self) -> float:
        """Seconds, more than 0; FetchError when there are none, or when it was stopped."""
        self.wanted()
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchError(f"The page was not there in {self._seconds:g} seconds; try later, or save it as a file.")
        return left


def resolved(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the order to try; raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connected(number: str, port: int, timeout: float) -> httpcore2.NetworkStream:
    """A connection to an IP address; raises httpcore's ConnectError and ConnectTimeout."""
    return httpcore2.SyncBackend().connect_tcp(number, port, timeout)


def is_own(number: str) -> bool:
    """Whether an IP address is this machine's, public as it may be: what leaves for it would leave from it.

    Nothing is sent, as a datagram's socket only looks its way up.
    """
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.connect((number, _ANY_PORT))
            return ipaddress.ip_address(way.getsockname()[0]) == ipaddress.ip_address(number)
    except OSError:  # there is no way to it, so it is elsewhere
        return False


class Guard(httpcore2.NetworkBackend):
    """Connects to nothing but IP addresses that `allowed` takes: what is checked is what is connected to.

    TLS and the Host header keep the host's name; every connection, also of a redirect, comes through here.
    """

    def __init__(self, deadline: Deadline, allowed: Callable[[str], bool], resolve: Resolve, connect: Connect) -> None:
        self._deadline, self._allowed, self._resolve, self._connect = deadline, allowed, resolve, connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the host by the deadline; raises FetchError and httpcore's errors."""
        numbers = self._numbers(host, port)
        if not all(self._allowed(number) for number in numbers):
            raise FetchError(f"{host} is this machine or in a private network; save the page as a file and give that.")
        failed: Exception | None = None
        for number in numbers[:MOST_ADDRESSES]:
            try:
                stream = self._connect(number, port, min(self._deadline.left(), CONNECT_TIMEOUT))
                return _Stream(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise FetchError(f"Nothing answers at {host}; check the address, or try later.") from failed

    def _numbers(self, host: str, port: int) -> list[str]:
        """The host's addresses, asked for in a thread as that has no timeout of its own."""
        answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        threading.Thread(target=ask, name="resolve", daemon=True).start()
        while True:
            try:
                answer = answers.get(timeout=min(POLL, self._deadline.left()))
                break
            except queue.Empty:
                continue
        if isinstance(answer, Exception) or not answer:
            raise FetchError(f"No host of the name {host} is known; check the address.")
        return list(dict.fromkeys(answer))


class _Stream(httpcore2.NetworkStream):
    """A connection that ends with the deadline, however slowly it drips."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            try:
                return self._stream.read(max_bytes, min(POLL, self._deadline.left()))
            except httpcore2.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline)
        except BaseException as error:
            self.close()
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                raise FetchError(f"The certificate of {server_hostname} does not hold; check the address.") from error
            raise

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401
        return self._stream.get_extra_info(info)


@contextmanager
def opened(address: Address, guard: Guard, headers: Sequence[tuple[str, str]]) -> Iterator[Reply]:
    """The reply to a GET of the address, whose body is read in the block or not at all; raises FetchError.

    `headers` are sent besides HEADERS.
    """
    url = httpcore2.URL(scheme=address.scheme, host=address.host, port=address.port, target=address.target)
    try:
        with (
            httpcore2.ConnectionPool(network_backend=guard) as pool,
            pool.stream("GET", url, headers=[("Host", address.place), *HEADERS, *headers]) as response,
        ):
            yield Reply(status=response.status, headers=_headers(response), chunks=iter(response.iter_stream()))
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException) as error:
        raise FetchError(f"The connection to {address.host} broke; try later, or save the page as a file.") from error


def _headers(response: httpcore2.Response) -> dict[str, str]:
    """One value for each name; what is given twice is joined by a comma."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("utf-8", "replace")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
