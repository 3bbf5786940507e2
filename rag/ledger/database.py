"""An SQLite file that many threads and processes use: a snapshot for each reading, a transaction for each writing.

Write-ahead log, `synchronous=FULL`: what a transaction has written is on disk when it ends. What sqlite3 raises becomes
a LibraryError in one sentence. A part of `ledger`, and the door of sqlite3.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

from rag.errors import LibraryBusyError, LibraryError

Row: TypeAlias = tuple[Any, ...]  # SQLite's columns have no types of their own
Value: TypeAlias = str | int | float | bytes | None
Step: TypeAlias = "str | Callable[[Transaction], None]"  # of an upgrade: a statement, or what takes several

LONGEST = 200  # characters of what SQLite says
PATIENCE = 10_000  # milliseconds to wait for another process's transaction
FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
CLOSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
log = logging.getLogger(__name__)


class Transaction:
    """What can be asked and done while a reading or writing lasts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, query: str, *values: Value) -> list[Row]:
        """Every row that the query gives."""
        return self._connection.execute(query, values).fetchall()

    def each(self, query: str, *values: Value) -> Iterator[Row]:
        """The rows that the query gives, one at a time."""
        return iter(self._connection.execute(query, values))

    def row(self, query: str, *values: Value) -> Row | None:
        """The first row; None when there is none."""
        row: Row | None = self._connection.execute(query, values).fetchone()
        return row

    def number(self, query: str, *values: Value) -> int:
        """The one number that the query gives."""
        return int(self._connection.execute(query, values).fetchone()[0])

    def run(self, statement: str, *values: Value) -> int:
        """Do it, and say how many rows were touched."""
        return self._connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Iterable[Sequence[Value]]) -> None:
        """Do it once for each row of values."""
        self._connection.executemany(statement, rows)


class Database:
    """The file at `path`: made by `schema` where there is none. A read-only one can be read all the same.

    With `read_only` nothing is written, not even SQLite's own files beside it, though it could be.
    `upgrades` are the steps that lead from an older version to the next, `functions` what statements may call.
    Raises LibraryError where the file is not of this application and version and cannot be brought to it, is damaged,
    or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        *,
        application: int,
        version: int,
        schema: Sequence[str],
        upgrades: Mapping[int, Sequence[Step]] | None = None,
        functions: Mapping[str, Callable[..., Value]] | None = None,
        patience: int = PATIENCE,
        read_only: bool = False,
    ) -> None:
        self.path = path
        self.patience = patience
        self.writable = not read_only and _writable(path)
        self._functions = functions or {}
        self._closed = False
        self._idle: list[sqlite3.Connection] = []
        self._write_lock = threading.Lock()
        self._still: _Still | None = None  # as it was when it was opened as one that nobody changes
        with self.reading() as reading:
            blank = _is_blank(reading)
        if blank and self.writable:
            with self.writing() as writing:
                if _is_blank(writing):  # still: another process may have been first
                    for statement in (
                        *schema,
                        f"PRAGMA application_id = {application}",
                        f"PRAGMA user_version = {version}",
                    ):
                        writing.run(statement)
        with self.reading() as reading:
            found = reading.number("PRAGMA application_id"), reading.number("PRAGMA user_version")
        if found[0] != application:
            raise LibraryError(f"{path}: this is not a Crosscheck library; choose another data folder.")
        if found[1] != version:
            self._upgrade(found[1], version, upgrades or {})

    def _upgrade(self, found: int, version: int, upgrades: Mapping[int, Sequence[Step]]) -> None:
        """Bring the file to this version, whole or not at all; raises LibraryError."""
        said = f"{self.path}: its format is {found} and this version reads {version}"
        if found not in upgrades:
            raise LibraryError(f"{said}; update Crosscheck.")
        if not self.writable:
            raise LibraryError(f"{said}; open it once where it can be written to, which upgrades it.")
        log.warning("%s: it is upgraded, which takes minutes where it is large.", said)
        with self.writing() as writing:
            for step in range(writing.number("PRAGMA user_version"), version):  # another process may have been first
                for part in (*upgrades[step], f"PRAGMA user_version = {step + 1}"):
                    if isinstance(part, str):
                        writing.run(part)
                    else:
                        part(writing)
        with suppress(LibraryError):  # others may have it open, or the disk be full: then it is larger than it need be
            compact(self.path)

    def close(self) -> None:
        """Close every connection; one that is in use closes when its reading or writing ends."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A snapshot: what others write meanwhile is not seen."""
        with self._connected("BEGIN") as connection:
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """All or nothing: undone when an exception leaves the block, on disk when it ends."""
        with self._write_lock, self._connected("BEGIN IMMEDIATE") as connection:
            yield Transaction(connection)
            connection.commit()

    @contextmanager
    def _connected(self, begin: str) -> Iterator[sqlite3.Connection]:
        with translated(self.path):
            idle = self._those_of_now()
            connection, still = self._borrow(idle), self._still
            try:
                connection.execute(begin)
                yield connection
            finally:
                if connection.in_transaction:
                    connection.rollback()
                if self._closed or idle is not self._idle:
                    connection.close()
                else:
                    idle.append(connection)
            if still is not None and still.file != _stamp(self.path):  # then what was read may be of two states
                raise LibraryBusyError(f"{self.path}: it was changed while it was read; ask again.")

    def _those_of_now(self) -> list[sqlite3.Connection]:
        """The connections that wait; none of a file that was taken for one that nobody changes, and has changed."""
        if self._still is not None and self._still != _Still.of(self.path):
            former, self._idle, self._still = self._idle, [], None
            while former:
                former.pop().close()
        return self._idle

    def _borrow(self, idle: list[sqlite3.Connection]) -> sqlite3.Connection:
        if self._closed:
            raise LibraryError(f"{self.path}: the library is closed.")
        try:
            return idle.pop()
        except IndexError:
            address = _address(self.path) if self.writable else self._read_only_address()
            connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA busy_timeout = {self.patience}")
            connection.execute("PRAGMA foreign_keys = ON")
            for name, function in self._functions.items():
                connection.create_function(name, -1, function, deterministic=True)
            if self.writable:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def _read_only_address(self) -> str:
        """The file as SQLite is to open it to read it and to write nothing.

        Beside a write-ahead log it follows what others write. Without one (its last user closed it) it is declared
        immutable, as SQLite would make a log; once that or the file has changed, it is opened anew.
        """
        if not self.path.is_file():
            raise LibraryError(f"{self.path}: there is no library here, and none may be made where it is only read.")
        still = _Still.of(self.path)
        index = self.path.with_name(f"{self.path.name}-shm")
        if still.log is None or (still.log == 0 and not index.is_file()):
            self._still = still
            return f"{_address(self.path)}?immutable=1"
        if not index.is_file():
            raise LibraryError(
                f"{self.path}: its last writer was cut off and it is only read here; open it once where it can be "
                "written to."
            )
        return f"{_address(self.path)}?mode=ro&readonly_shm=1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Still:
    """What a file that nobody writes to looks like: which it is, its time and size; and how long its log is, if any."""

    file: tuple[int, ...]
    log: int | None

    @classmethod
    def of(cls, path: Path) -> _Still:
        """As it is now."""
        try:
            log = path.with_name(f"{path.name}-wal").stat().st_size
        except OSError:
            log = None
        return cls(file=_stamp(path), log=log)


def _stamp(path: Path) -> tuple[int, ...]:
    """What a file has another of once it was changed or replaced; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def copy(source: Path, target: Path) -> None:
    """Copy an SQLite file, whole and consistent though others use it; raises LibraryError."""
    with (
        translated(source),
        closing(sqlite3.connect(_readable(source), uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)


def compact(path: Path) -> None:
    """Give back the room in an SQLite file that nobody has open, in which nothing is; raises LibraryError."""
    with translated(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("VACUUM")


def sync(path: Path) -> None:
    """Have what was written of a file, or the names in a folder, on disk; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what sqlite3 raises into one sentence."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise LibraryError(f"{path}: a text holds half a character (a lone surrogate) and cannot be stored.") from error
    except UnicodeDecodeError as error:  # SQLite's own message names what is damaged
        raise LibraryError(
            f"{path}: it is damaged; restore it from a copy, or move it away and ingest again."
        ) from error
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        cause = " ".join(str(error).split())[:LONGEST]
        if "decode to UTF-8" in cause:  # what follows is the text
            raise LibraryError(
                f"{path}: a text in it is damaged; `python ingest.py --check` names its article, which can be removed "
                "and taken in again, or restore it from a copy."
            ) from error
        if code in BUSY:
            raise LibraryBusyError(
                f"{path}: another process is writing to it; try again when it has finished."
            ) from error
        if code in FULL:
            raise LibraryError(
                f"{path}: it cannot be written ({cause}); make room on the disk and try again."
            ) from error
        if code in CLOSED:
            raise LibraryError(f"{path}: it cannot be used ({cause}); check the folder and its permissions.") from error
        raise LibraryError(
            f"{path}: it is damaged or no library ({cause}); restore it from a copy, or move it away and ingest again."
        ) from error


def _is_blank(transaction: Transaction) -> bool:
    return not transaction.number("PRAGMA user_version") and not transaction.number(
        "SELECT count(*) FROM sqlite_schema"
    )


def _writable(path: Path) -> bool:
    """Whether file and folder can be written to: SQLite needs both."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _address(path: Path) -> str:
    """The file for SQLite, to which options may be added."""
    return f"file:{quote(str(path.absolute()))}"


def _readable(path: Path) -> str:
    """A file that others may be using, as SQLite is to open it to read it; one in a read-only folder is immutable."""
    try:
        with closing(sqlite3.connect(f"{_address(path)}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema")
    except sqlite3.OperationalError:
        return f"{_address(path)}?immutable=1"
    except sqlite3.DatabaseError:
        pass  # damaged: the first use says so
    return f"{_address(path)}?mode=ro"
