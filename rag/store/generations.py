"""Folders of derived indexes, built aside, published by one rename, verified before use; and the writer's lock.

`index/CURRENT` names the published generation. It and its predecessor (for readers on their way) are kept; anything
else was left by a writer that was cut off. `generation.json`, written last, says what a generation holds, and the
checksum of each of its files. A part of `library`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import time
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.errors import LibraryBusyError, LibraryError
from rag.ledger import Identity

MANIFEST = "generation.json"
BUILDING = "building"
PAUSE = 0.05  # seconds between two looks whether the other writer is done
NAME = re.compile(r"gen-([1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation was made from: which ledger, up to which change, and how many passages it then had."""

    identity: Identity
    change: int
    passages: int


class Generations:
    """The generations in `folder`; files named `volatile` are changed by readers, and no checksum of them is kept."""

    def __init__(self, folder: Path, *, volatile: frozenset[str]) -> None:
        self.folder = folder
        self._volatile = volatile
        self.building = folder / BUILDING

    def current(self) -> Path | None:
        """The published generation's folder, whether or not it is still there; None when none was ever published."""
        try:
            name = (self.folder / "CURRENT").read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        return self.folder / name if NAME.fullmatch(name) else None

    def manifest(self, generation: Path) -> Manifest | None:
        """What the generation holds; None when that cannot be read, which makes it worthless."""
        try:
            content = json.loads((generation / MANIFEST).read_text("utf-8"))["manifest"]
            return Manifest(**content | {"identity": Identity(**content["identity"])})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def damage(self, generation: Path, part: str) -> str | None:
        """What is wrong with the files of one subfolder, in a few words; None when they are as they were published."""
        try:
            noted = dict(json.loads((generation / MANIFEST).read_text("utf-8"))["files"])
            expected = {name: tuple(value) for name, value in noted.items() if name.startswith(f"{part}/")}
            for name, value in expected.items():
                if Path(name).name in self._volatile:
                    if not (generation / name).is_file():
                        return f"{name} is missing"
                elif _checksum(generation / name) != value:
                    return f"{name} has changed"
        except OSError as error:
            return f"{error.filename} cannot be read: {error.strerror}"
        except (ValueError, KeyError, TypeError):
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
            _sync(path)
        generation = self.folder / f"gen-{1 + max((number for number, _ in self._all()), default=0)}"
        building.rename(generation)
        _sync(self.folder)
        switch = self.folder / "CURRENT.new"
        switch.write_text(f"{generation.name}\n", "ascii")
        _sync(switch)
        switch.rename(self.folder / "CURRENT")
        _sync(self.folder)
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


@contextmanager
def writer_lock(path: Path, *, patience: float = 0.0) -> Iterator[None]:
    """Hold the right to write; it ends with the process at the latest.

    Raises LibraryBusyError when another has it, and still has it after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise LibraryError(f"{path.parent}: the folder cannot be written to ({error.strerror}).") from error
    try:
        while not _locked(descriptor):
            if time.monotonic() < deadline:
                time.sleep(PAUSE)
                continue
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise LibraryBusyError(
                f"{path.parent}: another process ({holder or 'just started'}) is writing to the library; "
                "try again when it has finished."
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _checksum(path: Path) -> tuple[int, int]:
    """Size in bytes and CRC-32."""
    size = value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            size += len(block)
            value = zlib.crc32(block, value)
    return size, value


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
