"""A Chroma server: collections of passage ids and vectors there, every call by a deadline. A part of `vectors`.

All that is sent may be sent again: ids are the passages' own, so that a call whose outcome is unknown is repeated. No
text of an article leaves this machine, and its words, as numbers, only for a sparse index that was asked for. What
fails is left alone for a while, so that nobody waits for it in vain.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from rag.breaker import Breaker
from rag.errors import LibraryError, LibraryServerError, SettingsError
from rag.vectors.collection import Collection, Note, schema

if TYPE_CHECKING:
    from chromadb.api import ServerAPI

    from rag.vectors.wire import Wire

READ, WRITE = 4.0, 30.0  # seconds for a call that searches or looks, and for one that changes or reads page by page
PAUSE = 8.0  # seconds that a server which failed is left alone
TENANT, DATABASE = "default_tenant", "default_database"
WORDS = 200  # characters of a server's own words that are repeated
log = logging.getLogger(__name__)

Found = TypeVar("Found")


class Server:
    """The Chroma server at `url`, for any number of threads; nothing is sent and chromadb is not loaded yet.

    `limits` are the seconds of a call that looks and of one that changes, `pause` for how long it is left alone after
    a failure. `sparse` says whether collections are to have a sparse index of words, until the server refuses one.
    Raises SettingsError where the settings cannot be meant, and every call LibraryServerError where it is not done.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        tenant: str = TENANT,
        database: str = DATABASE,
        sparse: bool = False,
        limits: tuple[float, float] = (READ, WRITE),
        pause: float = PAUSE,
    ) -> None:
        self.place = _place(url)
        self._token = (token or "").strip()
        if not (self._token.isascii() and self._token.isprintable() and " " not in self._token):
            raise SettingsError("CHROMA_TOKEN has a character that no token has, a space or a line end: copy it again.")
        self._where: dict[str, Any] = {"tenant": tenant.strip() or TENANT, "database": database.strip() or DATABASE}
        self.sparse = sparse
        self._limits = limits
        self._breaker = Breaker(most=1, pause=pause)
        self._failed = ""
        self._lock = threading.Lock()
        self._opened: tuple[ServerAPI, Wire] | None = None

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened[1].close()

    def version(self) -> str:
        """What the server says that it is; raises LibraryServerError."""
        return " ".join(str(self.ask(lambda api: api.get_version())).split())[:WORDS]

    def collection(self, name: str) -> Collection | None:
        """The collection of that name; None where there is none."""

        def get(api: ServerAPI) -> Collection | None:
            from chromadb.errors import NotFoundError

            try:
                return Collection(self, api.get_collection(name, **self._where))
            except NotFoundError:
                return None

        return self.ask(get)

    def create(self, name: str, note: Note) -> Collection:
        """A new collection, or the one of that name; with a sparse index where one is wanted and the server has them.

        Chroma's cloud and its distributed server have; `chroma run` refuses the schema, and is asked once.
        """
        why = ""
        if self.sparse:
            try:
                made = self._create(name, note, lambda: {"schema": schema()})
                if made.has_words:
                    return made
                self.drop(name)
                why = "it leaves out what it does not know"
            except LibraryServerError:
                raise
            except LibraryError as error:
                why = self._clean(error.__cause__ or error)
        made = self._create(name, note, lambda: {"configuration": {"hnsw": {"space": "cosine"}}})
        if why:
            log.warning("The Chroma server at %s has no sparse index (%s): words are searched here.", self.place, why)
            self.sparse = False
        return made

    def _create(self, name: str, note: Note, kind: Callable[[], dict[str, Any]]) -> Collection:
        def create(api: ServerAPI) -> Collection:
            made = api.create_collection(name, metadata=asdict(note), get_or_create=True, **kind(), **self._where)
            return Collection(self, made)

        return self.ask(create, long=True)

    def drop(self, name: str) -> None:
        """Delete the collection, if it is there."""

        def delete(api: ServerAPI) -> None:
            from chromadb.errors import NotFoundError

            with suppress(NotFoundError):
                api.delete_collection(name, **self._where)

        self.ask(delete, long=True)

    def ask(
        self,
        call: Callable[[ServerAPI], Found],
        *,
        long: bool = False,
        telling: bool = True,
        stop: threading.Event | None = None,
    ) -> Found:
        """What the call gives by the deadline; raises LibraryServerError, and LibraryError where it is refused.

        A connection that breaks is tried once more, as a server that was started anew breaks those from before. A
        failure has the server left alone, unless the call is one that is not `telling`: not every server answers it.
        """
        if not self._breaker.admits() if telling else self._breaker.is_open:
            raise self._away(self._failed)
        for attempt in count(1):
            try:
                api, wire = self._api()
                with wire.within(self._limits[long], stop=stop):
                    found = call(api)
            except LibraryError:
                self._breaker.succeeded()
                raise
            except Exception as error:  # chromadb's errors have no common type, nor has hostile JSON
                if stop is not None and stop.is_set():
                    raise LibraryServerError("Writing to the Chroma server was stopped.") from error
                how, again = self._away_by(error)
                if again and attempt == 1:
                    continue
                if how is not None:
                    if telling:
                        self._failed = how
                        self._breaker.failed()
                    raise self._away(how) from error
                self._breaker.succeeded()
                words = self._clean(error)
                raise LibraryError(
                    f"The Chroma server at {self.place} refused ({words}); run `python ingest.py --rebuild`."
                ) from error
            self._breaker.succeeded()
            return found
        raise AssertionError("an attempt returns, raises, or is followed by another")

    def _away(self, how: str) -> LibraryServerError:
        return LibraryServerError(
            f"The Chroma server at {self.place} cannot be used ({how}): see to it, and to CHROMA_URL."
        )

    def _api(self) -> tuple[ServerAPI, Wire]:
        """Chroma's own client, with our deadlines in place of none."""
        with self._lock:
            if self._opened is None:
                # Imported here, as it takes most of a second, which a command that needs no vectors is spared.
                import httpx
                from chromadb.api.fastapi import FastAPI
                from chromadb.config import Settings, System

                from rag.vectors.wire import Wire

                parts = urlsplit(self.place)
                settings = Settings(
                    _env_file=None,  # type: ignore[call-arg]
                    chroma_api_impl="chromadb.api.fastapi.FastAPI",
                    chroma_server_host=parts.hostname,
                    chroma_server_http_port=parts.port,
                    chroma_server_ssl_enabled=parts.scheme == "https",
                    chroma_server_ssl_verify=None,
                    chroma_server_headers=None,
                    chroma_client_auth_provider=None,
                    anonymized_telemetry=False,
                )
                api, wire = System(settings).instance(FastAPI), Wire()
                api._session.close()
                # Bearer is what a proxy in front of it asks for, the other what Chroma's cloud does.
                own = {"Authorization": f"Bearer {self._token}", "X-Chroma-Token": self._token} if self._token else {}
                headers = {"Content-Type": "application/json", "User-Agent": "crosscheck", **own}
                api._session = httpx.Client(transport=wire, headers=headers, trust_env=False, follow_redirects=False)
                api._api_url = f"{self.place}/api/v2"
                self._opened = api, wire
            return self._opened

    def _away_by(self, error: Exception) -> tuple[str | None, bool]:
        """In a few words why it cannot be used, None where it can; and whether to try once more."""
        from chromadb.errors import ChromaError

        from rag.vectors.wire import BrokenError

        if isinstance(error, BrokenError):
            return self._clean(error), error.again
        return (None if isinstance(error, ChromaError) else "what it answers makes no sense"), False

    def _clean(self, error: BaseException) -> str:
        words = " ".join(str(error).split())[:WORDS]
        return type(error).__name__ if not words or (self._token and self._token in words) else words


def _place(url: str) -> str:
    """Scheme, host and port of the address; raises SettingsError."""
    wrong = SettingsError("CHROMA_URL is not an address: write one like http://127.0.0.1:8000.")
    try:
        parts = urlsplit(url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 8000)
    except ValueError as error:  # a bracket that is not closed, a port that is no number
        raise wrong from error
    more = parts.username or parts.password or parts.path.strip("/") or parts.query or parts.fragment
    readable = url.strip().isprintable() and " " not in url.strip()
    if parts.scheme not in {"http", "https"} or not parts.hostname or more or not readable:
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"
