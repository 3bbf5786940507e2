"""The library's vectors on a Chroma server: in which collection, up to which change, and what is left to be done.

The ledger notes which collections are this library's own and the marks that it has drawn for them; each writer draws a
new one, notes it, and writes it to the collection before anything else. A collection of another mark was written to by
a copy of this library, or by what this library was before a backup was restored: it is left alone, and another made. A
collection says up to which change it has followed, so that a writer that was cut off, or whose server went away, goes
on from there. What a change removed is removed there once it is published. A part of `library`.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from rag import lexical
from rag.errors import LibraryError, LibraryServerError
from rag.ledger import Entry, Ledger
from rag.store.generations import Manifest
from rag.vectors import Collection, Note, Server

KEY = "served"  # under which the ledger notes Own
STEP = 2_000  # passages after which it is noted how far a collection has followed
SWEPT = 50  # articles of which leftovers are looked for at a time
SAMPLE = 32  # passages that a collection is asked for when it is opened
SAME, MOST_LOST = 0.99, 0.25  # the cosine of a vector that was found, and the share that an approximate index may miss
PAUSE = 1.0  # seconds between two attempts
UNWILLING = 3  # attempts in which a collection that is there takes nothing, one after the other
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The collections that are this library's, each with the marks that it may have.

    `writing` is the one that follows the ledger, `settled` the last change of which nothing is left to be done.
    """

    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    writing: str | None = None
    settled: int = 0


class Served:
    """One library's vectors on a server. Raises LibraryServerError where it is away, LibraryError where they are lost.

    What changes something there is for who holds the writer's lock.
    """

    def __init__(self, server: Server, ledger: Ledger) -> None:
        self.server = server
        self._ledger = ledger
        self._followed = 0  # in the attempt that is under way or was the last,
        self._reached = False  # in which the server was asked for the collection, and had it

    def opened(self, manifest: Manifest) -> Collection:
        """The collection that was published with the manifest, once it has shown that it has what it should."""
        collection = self.server.collection(manifest.collection or "")
        if collection is None:
            raise self._lost(manifest, "it is gone")
        if not self._is_own(collection, self._own()):
            raise self._lost(manifest, "another library, or a copy of this one, has written to it")
        if collection.note is None or collection.note.followed < manifest.change:
            raise self._lost(manifest, "its last changes are gone")
        if (there := collection.count()) < manifest.passages:
            raise self._lost(manifest, f"{there} passages of {manifest.passages} are left")
        _, vectors = self._ledger.sample(SAMPLE, until=manifest.number)
        missing = sum(cosine < SAME for cosine in collection.finds(vectors)) if len(vectors) else 0
        if missing > MOST_LOST * len(vectors):
            raise self._lost(manifest, f"of {len(vectors)} passages {missing} are not found")
        return collection

    def followed(self, name: str) -> int | None:
        """Up to which change a collection has followed the ledger, as it says; None where it is gone."""
        collection = self.server.collection(name)
        return None if collection is None or collection.note is None else collection.note.followed

    def begin_anew(self) -> None:
        """Have the next `follow` make a new collection; the one before is dropped once that is published."""
        own = self._own()
        if own.writing is not None:
            self._keep(replace(own, writing=None))

    def follow(self, change: int, *, wait: float = 0.0, stop: threading.Event | None = None) -> str:
        """Have all passages of the ledger, whose last change is given, on the server; the collection's name.

        While it is away, wait for `wait` seconds since the last progress, or until `stop` is set. Of a collection that
        takes nothing more, though the server knows it, as one may be that was being written to when the server was
        killed, the place is taken by another.
        """
        failing: tuple[float, int] | None = None
        unwilling = 0
        while True:
            self._reached = False
            try:
                return self._follow(change, stop)
            except LibraryServerError as error:
                now = time.monotonic()
                if failing is None or failing[1] != self._followed:
                    if wait:
                        log.warning("%s Waiting up to %g seconds for it; nothing is lost.", error, wait)
                    failing, unwilling = (now, self._followed), 0
                unwilling += self._reached
                if unwilling == UNWILLING:
                    log.warning("%s Another collection is made in place of the one there.", error)
                    self.begin_anew()
                if now - failing[0] >= wait or (stop is not None and stop.is_set()):
                    raise
                (stop or threading.Event()).wait(PAUSE)

    def _follow(self, change: int, stop: threading.Event | None) -> str:
        own, mark = self._own(), uuid.uuid4().hex
        collection = self._continued(own, change)
        if collection is None or collection.note is None:
            identity = self._ledger.identity()
            note = Note(**{**asdict(identity), "mark": mark})
            name = f"crosscheck-{identity.library[:12]}-{uuid.uuid4().hex[:12]}"
            self._keep(replace(own, marks=own.marks | {name: (mark,)}, writing=name))  # before: it may have to go again
            collection = self.server.create(name, note)
        else:
            note = collection.note
            self._keep(replace(own, marks=own.marks | {collection.name: (note.mark, mark)}))
            note = replace(note, mark=mark)
            collection.set_note(note)
        self._followed = note.followed
        self._reached = True
        for entries, upto in self._owed(note.followed):
            passages = [passage for entry in entries for passage in entry.passages]
            if passages:
                collection.add(
                    [passage.id for passage in passages],
                    [passage.article_id for passage in passages],
                    np.concatenate([entry.vectors for entry in entries]),
                    words=_words(entries) if collection.has_words else (),
                    stop=stop,
                )
            note = replace(note, followed=upto)
            collection.set_note(note)
            self._followed = upto
        self._require_whole(collection, replace(note, followed=change))
        return collection.name

    def _require_whole(self, collection: Collection, note: Note) -> None:
        """Note how far it has followed, if nobody else wrote to it meanwhile and no passage is missing."""
        again = self.server.collection(collection.name)
        if again is None or again.note is None or again.note.mark != note.mark:
            raise LibraryServerError(
                f"The collection {collection.name} at {self.server.place} was written to by a copy of this library; "
                "give each copy a server or a database of its own."
            )
        if (there := collection.count()) < (wanted := self._ledger.count()[1]):
            self.begin_anew()
            raise LibraryServerError(
                f"The collection {collection.name} at {self.server.place} has lost {wanted - there} passages; "
                "another is made in its place."
            )
        collection.set_note(note)

    def _continued(self, own: Own, change: int) -> Collection | None:
        """The collection that follows the ledger, as far as it has come; None where another has to be made."""
        collection = None if own.writing is None else self.server.collection(own.writing)
        if collection is None or collection.note is None or not self._is_own(collection, own):
            return None
        if collection.has_words and not self.server.sparse:
            return None  # no more words of articles are to go there
        note, identity = collection.note, self._ledger.identity()
        same = (note.fingerprint, note.dimension) == (identity.fingerprint, identity.dimension)
        return collection if same and note.followed <= change else None

    def _owed(self, since: int) -> Iterator[tuple[list[Entry], int]]:
        """The passages of what changed after that change, some at a time, each time with how far that brings it."""
        batch, waiting = list[Entry](), 0
        for article_id, number in self._ledger.changed_after(since):
            entry = self._ledger.entry(article_id)
            if entry is not None and entry.passages:
                batch.append(entry)
                waiting += len(entry.passages)
            if waiting >= STEP:
                yield batch, number
                batch, waiting = [], 0
        if batch:
            yield batch, number

    # What is left to be done once it is published

    def owes(self, manifest: Manifest) -> bool:
        """Whether something is left to be done there for what was published; the server is not asked."""
        own = self._own()
        return manifest.collection is not None and (own.settled != manifest.change or len(own.marks) != 1)

    def has(self, manifest: Manifest, change: int) -> bool:
        """Whether the manifest's collection has followed to that change already; the server is not asked."""
        return manifest.change == change and manifest.collection == self._own().writing

    def settle(self, manifest: Manifest) -> None:
        """Remove there what the changes up to the manifest's removed, and collections that are not used any more."""
        own = self._own()
        if manifest.collection is None or manifest.collection not in own.marks:
            return
        collection = self.server.collection(manifest.collection)
        if collection is None or collection.note is None or not self._is_own(collection, own):
            return  # whoever searches next finds that out, and has another made
        note = collection.note
        if note.swept < manifest.change:
            if collection.count() != self._ledger.count()[1]:
                self._sweep(collection, note.swept)
            collection.set_note(replace(note, swept=manifest.change))
        for name in own.marks:
            former = None if name == manifest.collection else self.server.collection(name)
            if former is not None and self._is_own(former, own):
                self.server.drop(name)
        kept = {manifest.collection: own.marks[manifest.collection]}
        self._keep(Own(marks=kept, writing=manifest.collection, settled=manifest.change))

    def _sweep(self, collection: Collection, since: int) -> None:
        changed = self._ledger.changed_since(since)
        for start in range(0, len(changed), SWEPT):
            there = collection.of(changed[start : start + SWEPT])
            known = self._ledger.articles_of(there)
            collection.remove([name for name in there if name not in known])

    # Whose it is

    def _own(self) -> Own:
        try:
            found = json.loads(self._ledger.noted(KEY) or "{}")
            marks = {str(name): tuple(map(str, marks)) for name, marks in found.get("marks", {}).items()}
            return Own(marks=marks, writing=found.get("writing"), settled=int(found.get("settled", 0)))
        except (ValueError, TypeError, AttributeError):
            return Own()  # then a new collection is made

    def _keep(self, own: Own) -> None:
        self._ledger.set_noted(KEY, json.dumps(asdict(own)))

    def _is_own(self, collection: Collection, own: Own) -> bool:
        note = collection.note
        mine = note is not None and note.library == self._ledger.identity().library
        return mine and note is not None and note.mark in own.marks.get(collection.name, ())

    def _lost(self, manifest: Manifest, how: str) -> LibraryError:
        return LibraryError(
            f"The collection {manifest.collection} at {self.server.place} is not to be used: {how}; "
            "run `python ingest.py --rebuild`."
        )


def _words(entries: Sequence[Entry]) -> list[dict[int, float]]:
    """The words of each passage, as numbers with what they add to a score."""
    return [lexical.impacts(entry.byline, passage.text) for entry in entries for passage in entry.passages]
