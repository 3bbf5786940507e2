"""A language model behind any OpenAI-compatible address: messages in, words out by a deadline. The door of openai."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from copy import copy
from typing import Self

from rag.breaker import Breaker
from rag.config import Settings
from rag.errors import ModelError, SettingsError
from rag.models.access import Access, is_address
from rag.models.exchange import LARGEST_BODY, POLL, Exchange
from rag.models.exchange import LONGEST_REPLY as LONGEST_REPLY
from rag.models.failures import DeclinedError, PauseError
from rag.types import Message, Usage

OPENAI = "https://api.openai.com/v1"

_log = logging.getLogger(__name__)


class Model:
    """The model that the settings name, for any number of threads at once: each reply has a connection of its own.

    With a `breaker` it is not asked while it is down: what is asked then fails at once.
    """

    def __init__(self, settings: Settings, *, breaker: Breaker | None = None) -> None:
        """Check the settings; nothing is sent and openai is not loaded yet. Raises SettingsError."""
        key = (settings.openai_api_key.get_secret_value().strip() if settings.openai_api_key else "") or None
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise SettingsError("OPENAI_API_KEY has a character that no key has, a space or a line end: copy it again.")
        base_url = (settings.openai_base_url or "").strip() or OPENAI
        if not is_address(base_url):
            raise SettingsError("OPENAI_BASE_URL is not an address: write one like http://127.0.0.1:11434/v1.")
        self.name = settings.openai_model
        self.breaker = breaker
        self._access = Access(name=self.name, base_url=base_url, timeout=settings.model_timeout, key=key)

    def within(self, share: float) -> Self:
        """The same model behind the same breaker, with that share of the time for a reply."""
        other = copy(self)
        other._access = self._access.within(share)
        return other

    @property
    def spared(self) -> str | None:
        """That it is not asked now, in a sentence, as it failed again and again; None where it is asked."""
        return self._access.spared(self.breaker.seconds) if self.breaker and self.breaker.is_open else None

    def stream(self, messages: Sequence[Message], *, stop: threading.Event | None = None) -> Reply:
        """The model's reply to the messages, asked when its first words are.

        All of it takes `MODEL_TIMEOUT` seconds at most, attempts and pauses included, and ends soon after `stop` is
        set. Iterating raises ModelError when there is no whole reply: what came before is then a fragment.
        """
        return Reply(Exchange(self._access, messages), breaker=self.breaker, stop=stop)


class Reply(Iterator[str]):
    """A reply in pieces as they come; `usage` is what the server counted, known once the last piece was read."""

    def __init__(self, exchange: Exchange, *, breaker: Breaker | None, stop: threading.Event | None) -> None:
        self.usage = Usage()
        self._breaker = breaker
        self._stop = stop or threading.Event()
        self._pieces = self._read(exchange)

    def __next__(self) -> str:
        """The next piece of text, never empty; raises ModelError."""
        return next(self._pieces)

    def close(self) -> None:
        """Give up the rest of the reply and its connection."""
        self._pieces.close()

    def _read(self, exchange: Exchange) -> Generator[str, None, None]:
        if self._breaker and not self._breaker.admits():
            raise exchange.access.left_alone(self._breaker.seconds)
        try:
            exchange.begin()
            while not isinstance(found := self._await(exchange), Usage):
                if isinstance(found, ModelError):
                    self._note(found, exchange.access)
                    raise found
                yield found
            self._note(None, exchange.access)
            self.usage = found
        finally:
            exchange.cut()

    def _await(self, exchange: Exchange) -> str | Usage | ModelError:
        wait = 0.0  # what is there already is in time, however slowly it is taken
        while not self._stop.is_set():
            with suppress(queue.Empty):
                return exchange.take(wait)
            if exchange.remaining() <= 0:
                return exchange.access.late()
            if exchange.received() > LARGEST_BODY:
                return exchange.access.endless()
            wait = POLL
        return ModelError("The model's reply was stopped before its end.")

    def _note(self, error: ModelError | None, access: Access) -> None:
        """Tell the breaker, and the log when that opens or closes it; a reply that was stopped says nothing."""
        if self._breaker is None or (error is not None and self._stop.is_set()):
            return
        if error is None or isinstance(error, DeclinedError):
            if self._breaker.succeeded():
                _log.info("The language model at %s answers again.", access.place)
        elif self._breaker.failed(asked=error.seconds if isinstance(error, PauseError) else 0.0):
            _log.warning(
                "The language model at %s has failed again and again, or asked for a pause: it is left alone for %.0f "
                "seconds, and answers are quotations meanwhile.",
                access.place,
                self._breaker.seconds,
            )
