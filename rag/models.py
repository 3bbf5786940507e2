"""A language model behind any OpenAI-compatible address: messages in, words out by a deadline. The door of openai."""

from __future__ import annotations

import itertools
import json
import queue
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from rag.config import Settings
from rag.errors import ModelError, SettingsError
from rag.types import Message, Usage

# openai takes most of a second to load, which an answer without a model should not pay: it is imported in the functions
# that run only once a model is asked.
if TYPE_CHECKING:
    import httpcore2
    import httpx2
    import openai
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

OPENAI = "https://api.openai.com/v1"
LONGEST_REPLY = 40_000  # characters; an answer has a few hundred
LARGEST_BODY = 16 * 2**20  # bytes on the wire: a chunk around one word has some 300, and models think in chunks too
ATTEMPTS = 3
LONGEST_PAUSE = 10.0  # seconds that a server may ask us to wait before another attempt
CONNECT_TIMEOUT = 5.0
POLL = 0.1  # seconds between looks at the stop event and at the size of the body
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504, 529})  # statuses worth another attempt
UNCONNECTED = frozenset({"ConnectError", "ConnectTimeout"})  # which another attempt at once does not change
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class _Access:
    """Where the model is, what opens the door, and how to speak of it without giving the key away."""

    name: str
    base_url: str
    timeout: float
    key: str | None = field(repr=False)

    @property
    def place(self) -> str:
        """The address for people: without user, password or query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}".rstrip("/")

    @property
    def who(self) -> str:
        """The model and its address for people."""
        return f"{self.name} at {self.place}"

    def late(self) -> ModelError:
        """What is said at the deadline."""
        limit = f"{self.timeout:g} seconds"
        return ModelError(f"{self.who} was not done in {limit}: raise MODEL_TIMEOUT or change OPENAI_MODEL.")

    def endless(self) -> ModelError:
        """What is said of a reply that is too long."""
        return ModelError(f"{self.who} answered far more than was asked for: choose another OPENAI_MODEL.")


class Model:
    """The model that the settings name, for any number of threads at once: each reply has a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        """Check the settings; nothing is sent and openai is not loaded yet. Raises SettingsError."""
        key = (settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else "") or None
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise SettingsError("OPENAI_API_KEY has a character that no key has, a space or a line end: copy it again.")
        base_url = (settings.openai_base_url or "").strip() or OPENAI
        if not _is_address(base_url):
            raise SettingsError("OPENAI_BASE_URL is not an address: write one like http://127.0.0.1:11434/v1.")
        self.name = settings.openai_model
        self._access = _Access(name=self.name, base_url=base_url, timeout=settings.model_timeout, key=key)

    def stream(self, messages: Sequence[Message], *, stop: threading.Event | None = None) -> Reply:
        """The model's reply to the messages, asked when its first words are.

        All of it takes `MODEL_TIMEOUT` seconds at most, attempts and pauses included, and ends soon after `stop` is
        set. Iterating raises ModelError when there is no whole reply: what came before is then a fragment.
        """
        return Reply(_Exchange(self._access, messages), stop=stop)


class Reply(Iterator[str]):
    """A reply in pieces as they come; `usage` is what the server counted, known once the last piece was read."""

    def __init__(self, exchange: _Exchange, *, stop: threading.Event | None) -> None:
        self.usage = Usage()
        self._stop = stop or threading.Event()
        self._pieces = self._read(exchange)

    def __next__(self) -> str:
        """The next piece of text, never empty; raises ModelError."""
        return next(self._pieces)

    def close(self) -> None:
        """Give up the rest of the reply and its connection."""
        self._pieces.close()

    def _read(self, exchange: _Exchange) -> Generator[str, None, None]:
        try:
            exchange.begin()
            while not isinstance(found := self._await(exchange), Usage):
                if isinstance(found, ModelError):
                    raise found
                yield found
            self.usage = found
        finally:
            exchange.cut()

    def _await(self, exchange: _Exchange) -> str | Usage | ModelError:
        wait = 0.0  # what is there already is in time, however slowly it is fetched
        while not self._stop.is_set():
            with suppress(queue.Empty):
                return exchange.found.get(timeout=wait)
            if exchange.remaining() <= 0:
                return exchange.access.late()
            if exchange.received() > LARGEST_BODY:
                return exchange.access.endless()
            wait = POLL
        return ModelError("The model's reply was stopped before its end.")


class _Exchange:
    """One reply on its way, read in a thread of its own.

    openai's timeouts are per read, so that a byte now and then keeps a call alive for ever, and neither a name look-up
    nor a read can be interrupted where it happens. So the reader waits on a queue, for as long as it likes, and shuts
    the sockets down when it leaves: unlike closing them, that wakes the thread that reads, and frees no descriptor
    under it.
    """

    def __init__(self, access: _Access, messages: Sequence[Message]) -> None:
        self.found: queue.SimpleQueue[str | Usage | ModelError] = queue.SimpleQueue()
        self.access = access
        self._messages = messages
        self._deadline = 0.0
        self._gone = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._response: httpx2.Response | None = None
        self._characters = 0

    def begin(self) -> None:
        """Start the clock and the thread: a daemon, so that a silent server never holds up the end of the program."""
        self._deadline = time.monotonic() + self.access.timeout
        threading.Thread(target=self._run, name="model", daemon=True).start()

    def remaining(self) -> float:
        """Seconds to the deadline."""
        return self._deadline - time.monotonic()

    def received(self) -> int:
        """Bytes of the body so far."""
        return self._response.num_bytes_downloaded if self._response else 0

    def cut(self) -> None:
        """End it: what the thread waits for, now or later, fails at once."""
        with self._lock:
            self._gone.set()
            for one in self._sockets:
                _shut(one)

    def _run(self) -> None:
        try:
            self.found.put(self._ask())
        except ModelError as error:
            self.found.put(error)
        except Exception as error:  # noqa: BLE001 - whatever a library makes of hostile bytes, the model failed
            failure = ModelError(_explain(error, self.access))
            # "from", for the thread that will raise it; but not where a server has repeated the key
            failure.__cause__ = None if self.access.key and self.access.key in str(error) else error
            self.found.put(failure)

    def _ask(self) -> Usage:
        """Ask, again where that may help; puts each piece of text into the queue, returns what was counted."""
        import openai

        # What makes replies steady and counted, but is refused by some models and servers: left out where it is.
        extras = {"temperature", "stream_options"}
        with self._client() as client:
            for attempt in itertools.count(1):
                try:
                    return self._attempt(client, extras)
                except openai.APIError as error:
                    pause = None if self._characters or attempt == ATTEMPTS else _pause(error, attempt, extras)
                    if pause is None or pause >= self.remaining() or self._gone.wait(pause):
                        raise
        raise AssertionError("an attempt that is not followed by another returns or raises")

    def _client(self) -> openai.OpenAI:
        import openai

        # A proxy from the environment is for the world outside: a server on this machine is spoken to directly.
        local = urlsplit(self.access.base_url).hostname in LOOPBACK
        hooks: dict[str, list[Callable[..., None]]] = {"request": [self._prepare], "response": [self._note]}
        return openai.OpenAI(
            api_key=self.access.key or "",
            base_url=self.access.base_url,
            max_retries=0,  # between its own attempts openai sleeps for as long as the server likes
            http_client=openai.DefaultHttpxClient(
                verify=_certificates(), trust_env=not local, follow_redirects=False, event_hooks=hooks
            ),
            _enforce_credentials=False,  # a server on this machine wants no key
        )

    def _attempt(self, client: openai.OpenAI, extras: set[str]) -> Usage:
        import openai

        turns = [{"role": message.role, "content": message.content} for message in self._messages]
        remaining = max(self.remaining(), POLL)
        with client.chat.completions.create(
            model=self.access.name,
            messages=cast("list[ChatCompletionMessageParam]", turns),
            stream=True,
            temperature=0 if "temperature" in extras else openai.omit,
            stream_options={"include_usage": True} if "stream_options" in extras else openai.omit,
            timeout=openai.Timeout(remaining, connect=min(CONNECT_TIMEOUT, remaining)),
            extra_headers={} if self.access.key else {"Authorization": openai.omit},
        ) as stream:
            self._expect_events(stream.response)
            return self._listen(stream)

    def _listen(self, stream: openai.Stream[ChatCompletionChunk]) -> Usage:
        """Pass on the words of a stream, which has to say how it ended; a fault after that loses the usage at most."""
        import openai

        usage, ending = Usage(), None
        try:
            for chunk in stream:
                usage = _usage(chunk) or usage
                # Servers send chunks without choices, and events of their own: both arrive here unchecked.
                choice = next(iter(getattr(chunk, "choices", None) or []), None)
                self._pass_on(getattr(getattr(choice, "delta", None), "content", None))
                ending = getattr(choice, "finish_reason", None) or ending
        except (openai.APIError, ValueError):
            if ending is None:
                raise
        if ending in {"length", "content_filter"}:
            cause = "at its longest length" if ending == "length" else "by its content filter"
            raise ModelError(f"{self.access.who} was stopped {cause}: choose another OPENAI_MODEL.")
        if ending is None:
            raise ModelError(f"The reply of {self.access.who} broke off: ask again.")
        if not self._characters:
            raise ModelError(f"{self.access.who} answered nothing: choose another OPENAI_MODEL.")
        return usage

    def _pass_on(self, text: object) -> None:
        if isinstance(text, str) and text:
            self._characters += len(text)
            if self._characters > LONGEST_REPLY:
                raise self.access.endless()
            self.found.put(text)

    def _expect_events(self, response: httpx2.Response) -> None:
        """Refuse what is certainly no stream of events: openai would read it as a stream without any."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise ModelError(f"{self.access.place} answered with a web page: check OPENAI_BASE_URL (most end in /v1).")
        if kind.endswith("json"):
            words = ""
            with suppress(ValueError, RecursionError):  # no JSON after all, or longer than a word about a failure
                words = _quoted(json.loads(next(response.iter_bytes(2**16), b"")), self.access)
            raise ModelError(f"{self.access.who} did not stream a reply{words}: check OPENAI_BASE_URL.")

    def _prepare(self, request: httpx2.Request) -> None:
        """Before a request leaves: no headers about this machine, no compression, and its sockets known."""
        for name in [name for name in request.headers if name.startswith(("x-stainless-", "openai-"))]:
            del request.headers[name]
        request.headers["accept-encoding"] = "identity"
        request.extensions = {**request.extensions, "trace": self._trace}

    def _trace(self, event: str, details: dict[str, object]) -> None:
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            stream = cast("httpcore2.NetworkStream", details["return_value"])
            one = stream.get_extra_info("socket")
            with self._lock:
                self._sockets.append(one)
                if self._gone.is_set():
                    _shut(one)

    def _note(self, response: httpx2.Response) -> None:
        """When the head of a response is there: remember it, and refuse a body that could be a bomb."""
        self._response = response
        if response.headers.get("content-encoding", "identity") not in {"identity", ""}:
            raise ModelError(f"{self.access.place} sent a compressed reply, unasked: check OPENAI_BASE_URL.")


@cache
def _certificates() -> ssl.SSLContext:
    """The operating system's trust, read once: it takes a tenth of a second."""
    import httpx2

    return httpx2.create_ssl_context()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        return False


def _shut(one: socket.socket) -> None:
    with suppress(OSError):  # closed by now, or never connected
        # Reset on closing: a server that is stopped by a full window would else wait a minute for room in it.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket.shutdown(one, socket.SHUT_RDWR)  # the plain one: TLS's own would change state under its reader


def _usage(chunk: ChatCompletionChunk) -> Usage | None:
    counted = getattr(chunk, "usage", None)
    prompt, completion = getattr(counted, "prompt_tokens", None), getattr(counted, "completion_tokens", None)
    if isinstance(prompt, int) and isinstance(completion, int):
        return Usage(prompt_tokens=prompt, completion_tokens=completion)
    return None


def _pause(error: openai.APIError, attempt: int, extras: set[str]) -> float | None:
    """Seconds before another attempt, None where it would go the same way; takes out of `extras` what was refused."""
    import openai

    if isinstance(error, openai.APIStatusError):
        refused = {extra for extra in extras if extra in error.message} if error.status_code in {400, 422} else None
        if refused:
            extras -= refused
            return 0.0
        if error.status_code not in PASSING or error.code == "insufficient_quota":
            return None
        with suppress(ValueError):
            asked = float(str(error.response.headers.get("retry-after", "")))
            return asked if 0 <= asked <= LONGEST_PAUSE else None
    elif not isinstance(error, openai.APIConnectionError) or type(error.__cause__).__name__ in UNCONNECTED:
        return None
    return 0.25 * attempt


def _explain(error: Exception, access: _Access) -> str:
    """One sentence on what went wrong and what to do about it."""
    import openai

    if isinstance(error, openai.APIStatusError):
        return _explain_status(error, access)
    if isinstance(error, openai.APIConnectionError):
        if type(error.__cause__).__name__ in UNCONNECTED:
            return f"Nothing answers at {access.place}: check OPENAI_BASE_URL, and that the server there runs."
        if isinstance(error, openai.APITimeoutError):
            return str(access.late())
        return f"The connection to {access.who} broke: ask again, and look at the server if it breaks again."
    if isinstance(error, openai.APIError):
        words = _quoted(error.body or error.message, access)
        return f"{access.who} failed{words}: ask again, or look at the server's log."
    return f"{access.who} answered what cannot be read ({type(error).__name__}): check OPENAI_BASE_URL."


def _explain_status(error: openai.APIStatusError, access: _Access) -> str:
    status, words = error.status_code, _quoted(error.body, access)
    if status in {401, 403}:
        # The server's own words stay out of this one: they like to repeat parts of the key.
        said = "refused the key: check OPENAI_API_KEY" if access.key else "wants a key: set OPENAI_API_KEY"
        return f"{access.place} {said} (HTTP {status})."
    if status == 404 and (error.code == "model_not_found" or "model" in words.casefold()):
        return f"{access.place} knows no model {access.name}: check OPENAI_MODEL."
    if status == 404 or 300 <= status < 400:
        return f"There is no chat model at {access.place} (HTTP {status}): check OPENAI_BASE_URL (most end in /v1)."
    if error.code == "insufficient_quota":
        return f"The account of OPENAI_API_KEY at {access.place} has nothing left to spend: check its plan and billing."
    if status == 429:
        return f"{access.who} has too many requests (HTTP 429): ask again in a minute."
    if status >= 500:
        return f"{access.who} failed (HTTP {status}){words}: ask again, or look at the server's log."
    return f"{access.who} did not take the question (HTTP {status}){words}: check OPENAI_MODEL."


def _quoted(body: object, access: _Access) -> str:
    """A server's own words about a failure, to put into a sentence; empty when there are none or they hold the key."""
    if isinstance(body, dict):
        error = body.get("error", body)
        body = (error.get("message") or error.get("detail")) if isinstance(error, dict) else error
    if not isinstance(body, str) or "<" in body:
        return ""
    words = " ".join("".join(c if c.isprintable() else " " for c in body[:10_000]).split())
    if not words or (access.key and access.key in words):
        return ""
    return f" (“{words[:200].rstrip(' .')}”)"
