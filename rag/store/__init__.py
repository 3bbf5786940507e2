"""The library: one folder with a ledger, which is the truth, and the indexes derived from it, opened for searching.

`ledger.sqlite3` is written first and for good. `index/gen-N/` (Chroma, tantivy, `nearby`) is then built aside from what
changed, published by a rename, and never touched again. A process that is killed leaves at worst a debt, changes that
the published indexes do not know yet; whoever opens the library next pays it. Hits that the ledger no longer has are
dropped. Where a Chroma server has the vectors (`served`), they are brought there before what is published says so.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from rag import tracing
from rag.errors import LibraryBusyError, LibraryDamageError, LibraryError, LibraryServerError, UsageError
from rag.ledger import Contents as Contents
from rag.ledger import Held, Holdings, Ledger, Sort, digest
from rag.lexical import Match
from rag.nearby import Place
from rag.store import indexes
from rag.store.generations import LAYOUT, Generations, Manifest, writer_lock
from rag.store.indexes import Indexes
from rag.store.served import Served
from rag.types import Article, Byline, Filters, Passage, Revision, Unchanged, Visit
from rag.vectors import Server

State: TypeAlias = tuple[int, Path | None]
Within: TypeAlias = Collection[str] | Filters | None  # articles' ids, or what their bylines are to be
Found = TypeVar("Found")
Ranked = TypeVar("Ranked", bound=tuple[Any, ...])  # a passage's id, its score, and perhaps more

SPARE = 16  # hits more than are wanted that are compared by their whole vectors
WAIT = 60.0  # seconds that a writer waits for a server which is away
CATCH_UP = 10.0  # seconds between two attempts to bring a server that is back up to the ledger
LEDGER = "ledger.sqlite3"
LOCK = "writer.lock"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far what is searched is behind the ledger: the ledger's last change, and the last that each index knows.

    `vectors` is that of a Chroma server's collection, None where it cannot be asked, or where the vectors are at home:
    then `indexes` is theirs too. What the published indexes do not know is not found.
    """

    change: int
    indexes: int
    vectors: int | None = None

    @property
    def behind(self) -> int:
        """How many changes are not found yet."""
        return max(0, self.change - min(self.indexes, self.change if self.vectors is None else self.vectors))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is in the library."""

    articles: int
    passages: int


class Store:
    """The articles in `data_dir` with their indexes; made, empty, where there is none. Any thread may call.

    A `server` has the vectors then, and is closed with the library; while it is away, words alone can be searched.
    With `read_only` nothing is written into the folder, though it could be; what others write there is seen. Raises
    LibraryError where it cannot be opened, or another embedding model than `fingerprint` made its vectors.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        fingerprint: str,
        dimension: int,
        server: Server | None = None,
        wait: float | None = None,
        read_only: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.read_only = read_only
        self.server = server
        self.fingerprint = fingerprint
        self.dimension = dimension
        self._generations = Generations(data_dir / "index")
        self._lock = threading.RLock()
        self._open: Indexes | None = None
        self._renewed: Path | None = None
        self._wait = WAIT if wait is None else wait
        self._closing = threading.Event()
        self._catching_up: threading.Thread | None = None
        self._caught_up = float("-inf")
        self._ledger = _ledger(data_dir, fingerprint=fingerprint, dimension=dimension, read_only=read_only)
        self._served = None if server is None else Served(server, self._ledger)
        try:
            self._require_model()
            self._require_ledger()
        except LibraryError:
            self._ledger.close()
            raise
        try:
            if self._ledger.writable:
                self._pay_debt()
        except LibraryBusyError:
            pass  # whoever is writing publishes in the end
        except LibraryError as error:
            log.warning("%s", error)  # what is published can still be searched, and the articles are there

    def close(self) -> None:
        """Let go of every file."""
        self._closing.set()
        with self._lock:
            self._retire()
            catching_up = self._catching_up
        if catching_up is not None:
            catching_up.join()
        self._ledger.close()
        if self.server is not None:
            self.server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Articles

    def article(self, article_id: str, revision: str | None = None) -> Article:
        """The whole article, as it is or with the text and byline of an older revision; raises NotFoundError."""
        return self._ledger.article(article_id, revision)

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        """Every text that the article has had, the newest first; raises NotFoundError."""
        return self._ledger.revisions(article_id)

    def articles(self) -> list[Byline]:
        """Every article but for its text, newest ingested last."""
        return self._ledger.bylines()

    def with_copies(
        self, article_ids: Collection[str], *, within: Collection[str] | None = None
    ) -> list[tuple[Byline, ...]]:
        """The groups of copies that any of these articles are in, each with its articles, the first published first.

        With `within`, article ids, only those and the articles asked for, and no group that one article is left of.
        """
        groups = self._ledger.with_copies(article_ids)
        if within is None:
            return groups
        kept = {*within, *article_ids}
        limited = [tuple(one for one in group if one.article_id in kept) for group in groups]
        return [group for group in limited if len(group) > 1]

    def groups_of(self, article_ids: Collection[str]) -> dict[str, str]:
        """The group of each of these articles that is in one."""
        return self._ledger.groups_of(article_ids)

    def catalogue(
        self, words: str = "", *, sort: Sort = "taken", limit: int = 25, offset: int = 0
    ) -> tuple[tuple[Byline, ...], int]:
        """A page of the bylines with all of `words` in title, outlet, author or id, and how many there are in all."""
        return self._ledger.catalogue(words, sort=sort, limit=limit, offset=offset)

    def holdings(self) -> Holdings:
        """How much there is, of how many outlets, and of when."""
        return self._ledger.holdings()

    def passages_of(self, article_ids: Collection[str]) -> dict[str, int]:
        """How many passages each of these articles has; one without any, or unknown, is left out."""
        return self._ledger.passages_of(article_ids)

    def count(self) -> Counts:
        """How many articles and passages there are."""
        articles, passages = self._ledger.count()
        return Counts(articles=articles, passages=passages)

    def outlets(self) -> list[str]:
        """Every known outlet, once, in alphabetical order."""
        return self._ledger.outlets()

    def known(self, source: str) -> Held | None:
        """The article known by that source."""
        return self._ledger.held(source)

    def last_number(self) -> int:
        """The greatest number that an article was given when it was put; every later put gives a greater one."""
        return self._ledger.last_number()

    def unchanged(self, article: Article) -> str | None:
        """Id of the same text and byline in the library: from the same source or, where that is new, from any."""
        held = self._ledger.held(article.source)
        if held is None:
            return self._ledger.with_digest(digest(article))
        return held.article_id if held.digest == digest(article) else None

    def read_as(self, digest: bytes) -> Unchanged | None:
        """The article, as it is now, that was read from an input of that digest."""
        return self._ledger.read_as(digest)

    def removed_on(self, source: str) -> str | None:
        """The day on which the article of that source was removed; None where it was not, or was put in again."""
        return self._ledger.removed_on(source)

    def removed(self, article: Article) -> str | None:
        """The day on which an article of that source, or with that text and byline, was removed."""
        return self._ledger.removed_on(article.source, digest(article))

    def visit(self, url: str) -> Visit | None:
        """What is known of a web address from the last time."""
        return self._ledger.visit(url)

    def passages(self, ids: Sequence[str]) -> dict[str, tuple[Passage, Byline]]:
        """The passages of these ids that there are, with their bylines, in the order asked."""
        return self._ledger.passages(ids)

    def vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of these passages that there are, each of shape (dimension,)."""
        return self._ledger.vectors(ids)

    def sentence_vectors(self, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """For each of these passages that there is, a row of length 1 for each of its sentences, (n, dimension)."""
        return self._ledger.sentence_vectors(ids)

    def articles_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The article's id of each of these passages that there is."""
        return self._ledger.articles_of(ids)

    def admitted(self, filters: Filters) -> frozenset[str] | None:
        """Ids of the articles inside the filters; None for no limit."""
        return self._ledger.admitted(filters)

    def inside(self, article_ids: Collection[str], filters: Filters) -> frozenset[str]:
        """Those of these articles that are inside the filters."""
        return self._ledger.inside(article_ids, filters)

    # Searching

    def nearest(self, vector: NDArray[np.floating], *, limit: int, within: Within = None) -> list[tuple[str, float]]:
        """Ids and cosines of the passages nearest to `vector`, shape (dimension,), best first.

        Within limits none but the passages inside are looked at, and never through a server. Raises LibraryServerError
        while the server that has them is away.
        """
        if vector.shape != (self.dimension,) or not np.isfinite(vector).all():
            raise LibraryError(f"A query's vector must be {self.dimension} finite numbers; check the embedding model.")
        query = vector.astype(np.float32)
        filters = _limits(within)
        if filters is not None and filters != Filters():
            return self._nearest_inside(query, filters, limit=limit)
        if filters is None:
            return []
        rows = self._search(
            lambda number, opened: opened.nearest(query, limit=number, places=self._ledger.places_of),
            limit=limit,
            server=True,
        )
        if self._served is not None and limit > 0:
            self._catch_up()
        return rows

    def _nearest_inside(self, query: NDArray[np.float32], filters: Filters, *, limit: int) -> list[tuple[str, float]]:
        """The same of the passages inside the filters, of which the ledger has the numbers."""
        numbers = self._ledger.numbers(filters)
        if limit < 1 or not len(numbers):
            return []
        places: list[Place] = self._asked(
            lambda opened: opened.nearby().nearest(query, limit=limit + SPARE, within=numbers), otherwise=[]
        )
        return indexes.exact(query, *self._ledger.placed(places))[:limit]

    def matching(self, query: str | Mapping[str, float], *, limit: int, within: Within = None) -> list[Match]:
        """The passages with words of `query` in title, outlet, date or text, by BM25, best first.

        `query` is a text, or words as `lexical.words` gives them with their weights.
        """
        filters = _limits(within)
        if filters is None:
            return []
        return self._search(
            lambda number, opened: opened.matching(query, limit=number, within=filters),
            limit=limit,
            within=filters,
        )

    def rarity(self, term: str) -> float:
        """The inverse document frequency of a word among the passages, always above 0."""
        return self._asked(lambda opened: opened.lexical().rarity(term), otherwise=1.0)

    def _search(
        self,
        ask: Callable[[int, Indexes], list[Ranked]],
        *,
        limit: int,
        server: bool = False,
        within: Filters = Filters(),
    ) -> list[Ranked]:
        """The best `limit` rows of what `ask` finds that the ledger has, and that a server has not before its time.

        Where the indexes know the ledger's last change they have nothing that it has not.
        """

        def asked(number: int, opened: Indexes) -> tuple[list[Ranked], int]:
            return ask(number, opened), opened.manifest.change

        number = max(limit, 0)
        nothing: tuple[list[Ranked], int] = [], 0
        while number:
            rows, change = self._asked(partial(asked, number), otherwise=nothing, server=server)
            if not (server and self._served) and change == self._ledger.last_change():
                return rows
            existing = self._ledger.articles_of([row[0] for row in rows], until=self._published() if server else None)
            if within != Filters():
                inside = self._ledger.inside(set(existing.values()), within)
                existing = {name: article_id for name, article_id in existing.items() if article_id in inside}
            found = [row for row in rows if row[0] in existing]
            if len(found) >= limit or len(rows) < number:
                return found[:limit]
            number *= 4  # some were of removed articles
        return []

    def _published(self) -> int | None:
        """The greatest number of an article of the current indexes; None where they hold nothing from before it."""
        with self._lock:
            return None if self._open is None else self._open.manifest.number

    def _asked(self, ask: Callable[[Indexes], Found], *, otherwise: Found, server: bool = False) -> Found:
        """What the current indexes answer; where they fail, what those that took their place do, or new-built ones.

        `server` says that a server is asked, where one has the vectors: that it is away is not for us to mend.
        """
        with self._held() as opened:
            if opened is not None:
                try:
                    return ask(opened)
                except LibraryServerError:
                    opened.forget_collection()
                    raise
                except LibraryError as error:
                    failure = error
        if opened is not None:
            self._supersede(opened, failure, server=server)
        elif self._ledger.count()[1]:
            with suppress(LibraryBusyError):  # whoever is writing publishes in the end; until then nothing is found
                self._pay_debt()
        with self._held() as renewed:
            return otherwise if renewed is None else ask(renewed)

    @contextmanager
    def _held(self) -> Iterator[Indexes | None]:
        """The current indexes, kept open meanwhile; None where there are none."""
        with self._lock:
            opened = self._current()
            if opened is not None:
                opened.users += 1
        try:
            yield opened
        finally:
            with self._lock:
                if opened is not None:
                    opened.users -= 1
                    if opened.retired and not opened.users:
                        opened.close()

    def _current(self) -> Indexes | None:
        """The published indexes, opened anew where others were published since; None where none can be used."""
        folder = self._generations.current()
        if self._open is None or self._open.folder != folder:
            self._retire()
            self._require_model()  # another process may have changed it
            manifest = self._manifest(folder)
            if folder is not None and manifest is not None:
                self._open = Indexes(self._generations, folder, manifest, served=self._served, read_only=self.read_only)
        return self._open

    def _retire(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            opened.retired = True
            if not opened.users:
                opened.close()

    def _manifest(self, folder: Path | None) -> Manifest | None:
        """What the generation holds, if it is of this ledger as it is now."""
        manifest = None if folder is None else self._generations.manifest(folder)
        if manifest is None or manifest.layout != LAYOUT or manifest.change > self._ledger.last_change():
            return None
        return manifest if manifest.identity == self._ledger.identity() else None

    def _supersede(self, failed: Indexes, failure: LibraryError, *, server: bool) -> None:
        """See to it that other indexes than `failed` are current; raises `failure` where that cannot be done."""
        with self._lock:
            if self._open is failed:
                self._retire()
        if self._generations.current() != failed.folder:
            return
        if failed.folder == self._renewed:
            raise failure  # new-built ones fail as well: building them once more would not help
        log.warning("%s Building the indexes anew from the ledger.", failure)
        try:
            with self._writer_lock(mending=True):
                if self._generations.current() == failed.folder:
                    if server and self._served is not None:
                        self._served.begin_anew()
                    self._publish(fresh=True)
                    self._renewed = self._generations.current()
        except LibraryError as error:
            log.warning("%s", error)
            raise failure from error

    def state(self) -> State:
        """What tells this library from what it was: whatever was found in it holds for as long as this is the same.

        It is the number of the ledger's last change, and the indexes that are published; they may lag behind it.
        """
        return self._ledger.last_change(), self._generations.current()

    def lag(self) -> Lag:
        """How far what is searched is behind the ledger; a server is asked, where one has the vectors."""
        change = self._ledger.last_change()
        manifest = self._manifest(self._generations.current())
        if manifest is None:
            return Lag(change=change, indexes=0)
        followed = None
        if self._served is not None and manifest.collection is not None:
            with suppress(LibraryError):
                followed = self._served.followed(manifest.collection)
        return Lag(change=change, indexes=manifest.change, vectors=followed)

    def server_is_away(self) -> bool:
        """Whether a server is to have the vectors, and cannot be used now; one that failed is asked now and then."""
        try:
            if self.server is not None:
                self.server.version()
        except LibraryError:
            return True
        return False

    # Writing

    @contextmanager
    def writing(self, *, patience: float = 0.0, stop: threading.Event | None = None) -> Iterator[Writer]:
        """The right to change the library, which one has at a time; all is published at the end.

        A server that is away is waited for, until `stop` is set. Raises LibraryBusyError where another has the right
        for longer than `patience` seconds, and LibraryServerError where the server stays away: what was put is safe,
        and is searched once it is back.
        """
        with self._writer_lock(patience=patience):
            self._require_model()
            publish = partial(self._publish, wait=self._wait, stop=stop)
            try:
                yield Writer(self._ledger, publish)
            except Exception:
                try:
                    self._publish()
                except LibraryError as error:
                    log.warning("%s", error)
                raise
            publish()

    def require_writing(self) -> None:
        """Raise LibraryError where the library is only to be read."""
        if self.read_only:
            raise only_read(self.data_dir)

    def rebuild(self) -> None:
        """Build both indexes anew from the ledger, and the ledger's own; raises LibraryBusyError, LibraryError."""
        with self._writer_lock():
            self._ledger.reindex()
            if self._served is not None:
                self._served.begin_anew()
            self._publish(fresh=True, wait=self._wait)

    def note(self, read: Mapping[bytes, str], visits: Iterable[Visit] = ()) -> None:
        """Note from which inputs articles were read, by digests, and what was at web addresses.

        That is no change of what is found: who may write need not be asked. What names no article is left out.
        """
        self._ledger.note(read, visits)

    def settle(self) -> None:
        """Bring the indexes up to the ledger, where nobody else is about to; raises LibraryError."""
        with suppress(LibraryBusyError):
            if self._ledger.writable:
                self._pay_debt()

    def export(self, path: Path) -> Contents:
        """Write the whole library, as it is at this moment, to one new portable file; others read and write meanwhile.

        Raises UsageError where there is such a file already, or cannot be; LibraryError where something is damaged.
        """
        return self._ledger.export(path)

    def _pay_debt(self) -> None:
        """Bring the indexes up to the ledger where they are behind or gone; raises LibraryBusyError, LibraryError."""
        manifest = self._manifest(self._generations.current())
        if manifest is None and not self._ledger.last_change():
            return
        behind = manifest is None or not self._is_current(manifest)
        if not behind and (self._served is None or manifest is None or not self._served.owes(manifest)):
            return
        with self._writer_lock(mending=True):
            if behind:
                log.warning("%s: the indexes are behind the ledger; bringing them up to it.", self.data_dir)
            self._publish(stop=self._closing)

    def _is_current(self, manifest: Manifest) -> bool:
        """Whether it reflects every change, with the vectors where they are to be."""
        at_home = (manifest.collection is None) == (self._served is None)
        return at_home and manifest.change == self._ledger.last_change()

    def _catch_up(self) -> None:
        """The server answers: now and then, in a thread, do what was left undone while it was away, if anything was."""
        with self._lock:
            now = time.monotonic()
            running = self._catching_up is not None and self._catching_up.is_alive()
            if running or now - self._caught_up < CATCH_UP or self._closing.is_set() or not self._ledger.writable:
                return
            self._caught_up = now
            manifest = self._manifest(self._generations.current())
            if manifest is not None and self._is_current(manifest) and self._served and not self._served.owes(manifest):
                return
            self._catching_up = threading.Thread(target=self._caught, name="catching up", daemon=True)
            self._catching_up.start()

    def _caught(self) -> None:
        try:
            self._pay_debt()
        except LibraryBusyError:
            pass  # whoever is writing publishes in the end
        except LibraryError as error:
            log.warning("%s", error)

    def _publish(self, *, fresh: bool = False, wait: float = 0.0, stop: threading.Event | None = None) -> None:
        """Publish indexes that reflect every change, if these do not; the caller has the lock. Raises LibraryError.

        A server that is away is waited for, so many seconds or until `stop` is set; then LibraryServerError.
        """
        change = self._ledger.last_change()
        current = self._generations.current()
        manifest = None if fresh else self._manifest(current)
        if manifest is not None and self._is_current(manifest):
            self._settle(manifest)
            return
        indexes.require_room(self.data_dir, self._ledger)
        try:
            collection = self._handed_on(current, change, wait=wait, stop=stop)
            with tracing.span("index"):
                indexes.build(self._generations, self._ledger, since=manifest, served=collection is not None)
            made = Manifest(
                identity=self._ledger.identity(),
                change=change,
                passages=self._ledger.count()[1],
                collection=collection,
                number=None if collection is None else self._ledger.last_number(),
                layout=LAYOUT,
            )
            self._generations.publish(made)
        except LibraryServerError as error:
            raise LibraryServerError(
                f"{self.data_dir}: the articles are safe, and are searched once their vectors can be handed to the "
                f"server of CHROMA_URL. {error}"
            ) from error
        except LibraryDamageError:
            raise  # of an article, which it names
        except (OSError, LibraryError) as error:
            cause = str(error).partition("; run ")[0]
            raise LibraryError(
                f"{self.data_dir}: the articles are safe but the indexes could not be built ({cause}); "
                "see to the disk and run `python ingest.py --rebuild`."
            ) from error
        self._settle(made)

    def _handed_on(self, current: Path | None, change: int, *, wait: float, stop: threading.Event | None) -> str | None:
        """The server's collection that has all vectors up to the change; None where none has them."""
        if self._served is None:
            return None
        manifest = self._manifest(current)
        if manifest is not None and manifest.collection is not None and self._served.has(manifest, change):
            return manifest.collection  # it is the words alone that are built anew
        return self._served.follow(change, wait=wait, stop=stop)

    def _settle(self, manifest: Manifest) -> None:
        """See to what is left to be done on the server for what is published; if it cannot be, whoever is next does."""
        if self._served is not None and self._served.owes(manifest):
            try:
                self._served.settle(manifest)
            except LibraryError as error:
                log.warning("%s", error)

    def _writer_lock(self, *, patience: float = 0.0, mending: bool = False) -> AbstractContextManager[None]:
        self.require_writing()
        return writer_lock(self.data_dir / LOCK, patience=patience, mending=mending)

    # Trust

    def check(self) -> list[str]:
        """What is wrong with the ledger, and how the indexes differ from it, a sentence each; empty when all agree."""
        faults = self._ledger.check()
        with self._held() as opened:
            if opened is None:
                return [*faults, f"{self.data_dir}: there are no indexes."] if self._ledger.count()[1] else faults
            if (owed := self._ledger.last_change() - opened.manifest.change) > 0:
                faults.append(f"The indexes do not know the last {owed} changes yet.")
            try:
                return faults + indexes.differences(opened, self._ledger)
            except LibraryError as error:
                return [*faults, str(error)]

    def _require_model(self) -> None:
        self._ledger.require(fingerprint=self.fingerprint, dimension=self.dimension)

    def _require_ledger(self) -> None:
        """Raise LibraryError where the ledger is new but there are indexes of another: that one was lost.

        Of a ledger that has lost its last changes, or is an older copy, it is said.
        """
        current = self._generations.current()
        manifest = None if current is None else self._generations.manifest(current)
        if manifest is None:
            return
        change = self._ledger.last_change()
        if manifest.identity.library == self._ledger.identity().library:
            if (lost := manifest.change - change) > 0:
                log.warning(
                    "%s: the last %d changes that its indexes know are not in it; unless you have put an older copy "
                    "in its place, take in again what was taken in last.",
                    self._ledger.path,
                    lost,
                )
        elif manifest.passages and not change:
            raise LibraryError(
                f"{self._ledger.path}: the ledger is gone though there are indexes of {manifest.passages} passages; "
                f"restore it from a copy, or delete {self._generations.folder} and ingest again."
            )


def only_read(data_dir: Path) -> LibraryError:
    """What is raised where a library that is only to be read here would be changed."""
    return LibraryError(
        f"{data_dir}: the library is only read here (READ_ONLY); change it, or mend it, where it is written to."
    )


class Writer:
    """The right to change a library, from `Store.writing()`."""

    def __init__(self, ledger: Ledger, publish: Callable[[], None]) -> None:
        self._ledger = ledger
        self._publish = publish

    def put(
        self,
        article: Article,
        passages: Sequence[Passage],
        sentences: Sequence[NDArray[np.float32]],
    ) -> str:
        """Put an article in, or in place of the one from the same source, and return its id; durable on return.

        `sentences` are, for each passage, the vectors of its sentences, shape (n, dimension), n > 0. Where they do not
        fit together: LibraryError, and nothing is changed.
        """
        return self._ledger.put(article, passages, sentences)

    def remove(self, article_id: str) -> None:
        """Remove an article; from now on it is not found. Raises NotFoundError."""
        self._ledger.remove(article_id)

    def publish(self) -> None:
        """Make everything so far searchable."""
        self._publish()


def reembed(
    data_dir: Path,
    *,
    fingerprint: str,
    dimension: int,
    embed: Callable[[Article], tuple[Sequence[Passage], Sequence[NDArray[np.float32]]]],
    server: Server | None = None,
) -> None:
    """Give every article new passages and vectors by another embedding model, all or nothing; build the indexes anew.

    `embed` gives an article's passages and the vectors of their sentences, as for `Writer.put`. Raises LibraryBusyError
    where another process is writing, else LibraryError.
    """
    ledger = _ledger(data_dir, fingerprint=fingerprint, dimension=dimension)
    try:
        with writer_lock(data_dir / LOCK):
            articles = (ledger.article(article_id) for article_id in ledger.article_ids())
            embedded = ((article, *embed(article)) for article in articles)
            ledger.replace_passages(embedded, fingerprint=fingerprint, dimension=dimension)
    finally:
        ledger.close()
    with Store(data_dir, fingerprint=fingerprint, dimension=dimension, server=server) as library, library.writing():
        pass  # opening has built the indexes; where it could not, this says why


def export(data_dir: Path, path: Path, *, fingerprint: str, dimension: int) -> Contents:
    """Write a whole library, of whatever embedding model, to one portable file; raises UsageError, LibraryError."""
    if not (data_dir / LEDGER).exists():
        raise UsageError(f"{data_dir}: there is no library; name the folder of one with --data-dir DIR.")
    with closing(_ledger(data_dir, fingerprint=fingerprint, dimension=dimension)) as ledger:
        return ledger.export(path)


def take_in(data_dir: Path, path: Path, *, fingerprint: str, dimension: int) -> Contents:
    """Take all that a portable file holds into a new library, at once; the next opening builds its indexes.

    Its embedding model is that of the file then. Raises UsageError where the library is not new or the file none of
    this kind, LibraryBusyError where another process is writing, LibraryError where the file is damaged.
    """
    with (
        closing(_ledger(data_dir, fingerprint=fingerprint, dimension=dimension)) as ledger,
        writer_lock(data_dir / LOCK),
    ):
        return ledger.take_in(path)


def _limits(within: Within) -> Filters | None:
    """The limits that articles are to be within; None where nothing is."""
    if within is None or isinstance(within, Filters):
        return within or Filters()
    return Filters(articles=tuple(within)) if within else None


def _ledger(data_dir: Path, *, fingerprint: str, dimension: int, read_only: bool = False) -> Ledger:
    try:
        if not read_only:
            data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(f"{data_dir}: the folder cannot be made ({error.strerror}); choose another.") from error
    return Ledger(data_dir / LEDGER, fingerprint=fingerprint, dimension=dimension, read_only=read_only)
