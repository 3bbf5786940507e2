"""Folders of derived indexes, built aside, published by one rename, verified before use; and the writer's lock.

`index/CURRENT` names the published generation. It and its predecessor (for readers on their way) are kept; anything
else was left by a writer that was cut off. `generation.json`, written last, says what a generation holds, and the
checksum of each of its files. A part of `library`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import stat
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import LibraryBusyError, LibraryError
from rag.ledger import Identity, sync
from rag.store import views

MANIFEST = "generation.json"
# of its parts: searched within limits by their own words and vectors since 2, kept small since 3, "won" a word since 4
LAYOUT = 4
BUILDING = "building"
PAUSE = 0.05  # seconds between two looks whether the other writer is done
MENDED = 300.0  # seconds for another process to bring the indexes up to the ledger
MENDING = " mending"  # follows the process in the lock's file where that is all that it has the lock for
NAME = re.compile(r"gen-([1-9][0-9]{0,17})(?:-[0-9a-f]{8})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation was made from: which ledger, up to which change, and how many passages it then had.

    `layout` says what its parts are; those of another are built anew. `collection` is where its vectors are on a Chroma
    server, None where they are in its folder; `number` then the greatest that an article of it was given when it was
    put.
    """

    identity: Identity
    change: int
    passages: int
    collection: str | None = None
    number: int | None = None
    layout: int = 1


class Generations:
    """The generations in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.building = folder / BUILDING

    def current(self) -> Path | None:
        """The published generation's folder, whether or not it is still there; None when none was ever published."""
        try:
            name = _content(self.folder / "CURRENT", "ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return self.folder / name if NAME.fullmatch(name) else None

    def manifest(self, generation: Path) -> Manifest | None:
        """What the generation holds; None when that cannot be read, which makes it worthless."""
        try:
            content = json.loads(_content(generation / MANIFEST))["manifest"]
            return Manifest(**content | {"identity": Identity(**content["identity"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def damage(self, generation: Path, part: str) -> str | None:
        """What is wrong with the files of one subfolder, in a few words; None when they are as they were published."""
        try:
            noted = json.loads(_content(generation / MANIFEST))
            expected = {name: tuple(value) for name, value in noted["files"].items() if name.startswith(f"{part}/")}
            for name, value in expected.items():
                if _checksum(generation / name) != value:
                    return f"{name} has changed"
        except OSError as error:
            return f"{error.filename} cannot be read: {error.strerror}"
        except (ValueError, KeyError, TypeError, AttributeError):
            return f"{MANIFEST} is damaged"
        return None if expected else f"{part} is missing"

    def begin(self) -> Path:
        """An empty folder to build the next generation in; what writers that were cut off left is deleted."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        self.building = self.folder / f"{BUILDING}-{uuid.uuid4().hex}"  # Chroma remembers folders by name
        self.building.mkdir()
        return self.building

    def publish(self, manifest: Manifest) -> Path:
        """Make what was built the current generation, at once, when every byte of it is on disk."""
        building = self.building
        names = sorted(str(path.relative_to(building)) for path in building.rglob("*") if path.is_file())
        files = {name: _checksum(building / name) for name in names}
        content = {"manifest": asdict(manifest), "files": files}
        (building / MANIFEST).write_text(json.dumps(content, indent=1), "utf-8")
        for path in (*building.rglob("*"), building):
            sync(path)
        number = 1 + max([0, *(number for number, _ in self._all())])
        # Also where all of them were deleted, another one has another name: who has the old one open tells by that.
        generation = self.folder / f"gen-{number}-{uuid.uuid4().hex[:8]}"
        building.rename(generation)
        sync(self.folder)
        switch = self.folder / "CURRENT.new"
        switch.unlink(missing_ok=True)
        switch.write_text(f"{generation.name}\n", "ascii")
        sync(switch)
        switch.rename(self.folder / "CURRENT")
        sync(self.folder)
        self._sweep()
        return generation

    def _all(self) -> list[tuple[int, Path]]:
        """Every generation's number and folder, newest first."""
        found = ((NAME.fullmatch(path.name), path) for path in self.folder.iterdir())
        return sorted(((int(match[1]), path) for match, path in found if match), reverse=True)

    def _sweep(self) -> None:
        """Delete all but the current generation and the one before it."""
        current = self.current()
        generations = self._all()
        published = next((number for number, path in generations if path == current), 0)
        older = [path for number, path in generations if number < published]
        keep = {current, *older[:1]}
        for path in (*(path for _, path in generations if path not in keep), *self.folder.glob(f"{BUILDING}*")):
            shutil.rmtree(path, ignore_errors=True)
        views.sweep(self.folder)


@contextmanager
def writer_lock(path: Path, *, patience: float = 0.0, mending: bool = False) -> Iterator[None]:
    """Hold the right to write; it ends with the process at the latest.

    Raises LibraryBusyError when another has it, and still has it after `patience` seconds. Who has it for `mending`
    alone, as a reader that met indexes behind the ledger, refuses no writer: it is waited for, up to MENDED seconds.
    """
    began = time.monotonic()
    while (descriptor := _locked(path)) is None:
        holder = _holder(path)
        mended = holder.endswith(MENDING) and not mending
        if time.monotonic() - began >= max(patience, MENDED if mended else PAUSE):
            number = holder.removesuffix(MENDING) or "just started"
            raise LibraryBusyError(
                f"{path.parent}: another process ({number}) is writing to the library; try again when it has finished."
            )
        time.sleep(PAUSE)
    try:
        with suppress(OSError):  # a full disk: then nobody is told who is writing
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}{MENDING if mending else ''}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """The lock's descriptor; None where another process has it, or has just deleted the file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno in {errno.EISDIR, errno.ELOOP, errno.ENXIO}:
            raise LibraryError(f"{path}: this is no file that a writer can lock; delete it and try again.") from error
        raise LibraryError(f"{path.parent}: the folder cannot be written to ({error.strerror}).") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise LibraryError(f"{path}: this is no file that a writer can lock; delete it and try again.")
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.lstat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _holder(path: Path) -> str:
    """The process that has the lock, as it has noted itself."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(32).decode("ascii", "replace").strip()
    return ""


def _content(path: Path, encoding: str = "utf-8") -> str:
    """The text of a file; raises OSError where it is none: opening a pipe would last for ever."""
    _require_file(path)
    return path.read_text(encoding)


def _require_file(path: Path) -> None:
    """Raise OSError unless this is a file."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))


def _checksum(path: Path) -> tuple[int, int]:
    """Size in bytes and CRC-32."""
    size = value = 0
    _require_file(path)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            size += len(block)
            value = zlib.crc32(block, value)
    return size, value
