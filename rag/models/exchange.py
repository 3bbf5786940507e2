"""One reply on its way from an OpenAI-compatible server, read in a thread of its own."""

from __future__ import annotations

import itertools
import json
import queue
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from rag.errors import ModelError
from rag.models.access import Access
from rag.models.failures import DeclinedError, pause, quoted, stated
from rag.types import Message, Usage

# openai takes most of a second to load, which an answer without a model should not pay: it is imported in the functions
# that run only once a model is asked.
if TYPE_CHECKING:
    import httpcore2
    import httpx2
    import openai
    from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

LONGEST_REPLY = 40_000  # characters; an answer has a few hundred
LARGEST_BODY = 16 * 2**20  # bytes on the wire: a chunk around one word has some 300, and models think in chunks too
MOST_TOKENS = 10**9  # that a server may say it counted
ATTEMPTS = 3
CONNECT_TIMEOUT = 5.0
POLL = 0.1  # seconds between looks at the stop event and at the size of the body
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Exchange:
    """One reply on its way, read in a thread of its own.

    openai's timeouts are per read, so that a byte now and then keeps a call alive for ever, and neither a name look-up
    nor a read can be interrupted where it happens. So the reader waits on a queue, for as long as it likes, and shuts
    the sockets down when it leaves: unlike closing them, that wakes the thread that reads, and frees no descriptor
    under it.
    """

    def __init__(self, access: Access, messages: Sequence[Message]) -> None:
        self.access = access
        self._found: queue.SimpleQueue[str | Usage | ModelError] = queue.SimpleQueue()
        self._taken: Usage | ModelError | None = None  # from the queue, and not given yet
        self._messages = messages
        self._deadline = 0.0
        self._gone = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._response: httpx2.Response | None = None
        self._characters = 0
        self._half = ""  # of a character that a server has split between two chunks

    def begin(self) -> None:
        """Start the clock and the thread: a daemon, so that a silent server never holds up the end of the program."""
        self._deadline = time.monotonic() + self.access.timeout
        threading.Thread(target=self._run, name="model", daemon=True).start()

    def take(self, wait: float) -> str | Usage | ModelError:
        """What came next, of words all that are there: who takes time over each step has fewer steps.

        Raises queue.Empty where nothing comes for that many seconds.
        """
        found, self._taken = self._taken or self._found.get(timeout=wait), None
        if not isinstance(found, str):
            return found
        words = [found]
        with suppress(queue.Empty):
            while isinstance(one := self._found.get_nowait(), str):
                words.append(one)
            self._taken = one
        return "".join(words)

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
            self._found.put(self._ask())
        except ModelError as error:
            self._found.put(error)
        except Exception as error:  # noqa: BLE001 - whatever a library makes of hostile bytes, the model failed
            self._found.put(stated(error, self.access))

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
                    wait = None if self._characters or attempt == ATTEMPTS else pause(error, attempt, extras)
                    if wait is None or wait >= self.remaining() or self._gone.wait(wait):
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
            raise DeclinedError(f"{self.access.who} was stopped {cause}: choose another OPENAI_MODEL.")
        if ending is None:
            raise ModelError(f"The reply of {self.access.who} broke off: ask again.")
        if not self._characters:
            raise DeclinedError(f"{self.access.who} answered nothing: choose another OPENAI_MODEL.")
        return usage

    def _pass_on(self, text: object) -> None:
        if not isinstance(text, str):
            return
        whole, self._half = _whole(self._half + text)
        self._characters += len(whole)
        if self._characters > LONGEST_REPLY:
            raise self.access.endless()
        if self.remaining() <= 0:  # what is there in time counts, however slowly it is taken
            raise self.access.late()
        if whole:
            self._found.put(whole)

    def _expect_events(self, response: httpx2.Response) -> None:
        """Refuse what is certainly no stream of events: openai would read it as a stream without any."""
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "text/html":
            raise ModelError(f"{self.access.place} answered with a web page: check OPENAI_BASE_URL (most end in /v1).")
        if kind.endswith("json"):
            words = ""
            with suppress(ValueError, RecursionError):  # no JSON after all, or longer than a word about a failure
                words = quoted(json.loads(next(response.iter_bytes(2**16), b"")), self.access)
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


def _shut(one: socket.socket) -> None:
    with suppress(OSError):  # closed by now, or never connected
        # Reset on closing: a server that is stopped by a full window would else wait a minute for room in it.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        socket.socket.shutdown(one, socket.SHUT_RDWR)  # the plain one: TLS's own would change state under its reader


def _usage(chunk: ChatCompletionChunk) -> Usage | None:
    counted = getattr(chunk, "usage", None)
    prompt, completion = getattr(counted, "prompt_tokens", None), getattr(counted, "completion_tokens", None)
    if all(isinstance(count, int) and 0 <= count <= MOST_TOKENS for count in (prompt, completion)):
        return Usage(prompt_tokens=cast("int", prompt), completion_tokens=cast("int", completion))
    return None


def _whole(text: str) -> tuple[str, str]:
    """The text as characters that can be stored and sent, without the half of one that its end may be, and that half.

    JSON may spell half a character (what stays half becomes U+FFFD), and NUL (a space).
    """
    half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    whole = text[: len(text) - len(half)].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", " "), half
