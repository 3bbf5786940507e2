"""Files that are packed by gzip, unpacked as they are read: no more than is asked for, and no bomb to its end."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO, cast

from rag.errors import ArticleError

MAGIC = b"\x1f\x8b"
MOST_TIMES = 200  # its own size that a file may unpack to; text unpacks to some four times, a bomb to a thousand
_ALWAYS = 10_000_000  # bytes that any file may unpack to


def unpacked(file: BinaryIO, *, size: int) -> BinaryIO:
    """What is in a file of `size` bytes if gzip packed it, else the file; reading it raises ArticleError."""
    head = file.read(len(MAGIC))
    file.seek(0)
    return cast("BinaryIO", io.BufferedReader(_Unpacked(file, size=size), 1 << 16)) if head == MAGIC else file


class _Unpacked(io.RawIOBase):
    def __init__(self, file: BinaryIO, *, size: int) -> None:
        self._file = gzip.GzipFile(fileobj=file)
        self._left = max(MOST_TIMES * size, _ALWAYS)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401
        try:
            data = self._file.read(len(memoryview(buffer)))
        except EOFError as error:
            raise ArticleError("The packed file breaks off here; copy it again whole for the rest.") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise ArticleError("The packed file is damaged from here on; copy it again for the rest.") from error
        self._left -= len(data)
        if self._left < 0:
            raise ArticleError(f"The file unpacks to over {MOST_TIMES} times its size; unpack it to see what it is.")
        memoryview(buffer)[: len(data)] = data
        return len(data)
