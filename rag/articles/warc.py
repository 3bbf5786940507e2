"""Articles out of web archives (WARC, as of Common Crawl's CC-NEWS), record by record: the one door to fastwarc."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from rag.articles import mime, webpages
from rag.articles.drafts import Draft, web_address
from rag.articles.packed import MAGIC, MOST_TIMES
from rag.articles.prose import in_utf8
from rag.articles.rows import Row, Task, digest
from rag.errors import ArticleError
from rag.types import Defect

if TYPE_CHECKING:
    from fastwarc.stream_io import WarcReader
    from fastwarc.warc import WarcRecord

_PIECE = 16_384  # packed bytes that are read at a time
_LONGEST_HEAD = 64_000  # bytes of a reply's headers
_ALWAYS = 100_000_000  # bytes that any archive may unpack to
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)? 200\b")
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_CHUNK = re.compile(rb"[0-9A-Fa-f]{1,8}[^\r\n]{0,100}\r?\n")
_UNPACKS = f"The archive unpacks to over {MOST_TIMES} times its size; the rest is not read."
_BREAKS_OFF = "The archive breaks off in record {:,}; copy it again whole for the rest."
_DAMAGED = "The page came packed and damaged; fetch it again, or remove it from the archive."
_TOO_LARGE = "The page is larger than pages are read; save the article alone, or as text."
_CUT = "The archive holds only the beginning of the page."


class _Unpacked:
    """What is in an archive that gzip packed, up to so many bytes: there it ends, and `left` is below 0."""

    def __init__(self, file: BinaryIO, *, most: int) -> None:
        self._file = file
        self._unpacker = zlib.decompressobj(31)
        self._packed = b""  # what is read of the file and not unpacked yet
        self._place = 0
        self.left = most

    def read(self, size: int = -1) -> bytes:
        """Some of the bytes; raises OSError for what cannot be unpacked, once all before it is read."""
        while self.left >= 0:
            if self._unpacker.eof:
                self._packed = self._unpacker.unused_data.lstrip(b"\0")
            self._packed = self._packed or self._file.read(_PIECE)
            if self._unpacker.eof:
                self._packed = self._packed.lstrip(b"\0")
                self._unpacker = zlib.decompressobj(31)
            try:
                data = self._unpacker.decompress(self._packed, size if size > 0 else _PIECE)
            except zlib.error as error:
                raise OSError("damaged") from error
            is_end = not self._packed and not data
            self._packed = self._unpacker.unconsumed_tail
            self.left -= len(data)
            if self.left >= 0 and (data or is_end):
                self._place += len(data)
                return data
        return b""

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("It is read from its beginning to its end.")

    def close(self) -> None:
        pass


def from_warc(file: BinaryIO, *, size: int, most: int) -> Iterator[Row]:
    """The pages of an archive in a file of `size` bytes, each of at most `most` bytes; what else it holds is skipped.

    Raises ArticleError where the archive breaks off or is damaged; what stands before that has been read.
    """
    from fastwarc.warc import ArchiveIterator, WarcRecordType  # rarely needed

    left = max(MOST_TIMES * size, _ALWAYS)
    is_packed = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    source = _Unpacked(file, most=left) if is_packed else file
    number = pages = 0
    try:
        for record in ArchiveIterator(
            source, record_types=WarcRecordType.any_type, parse_http=False, stream_detect=not is_packed
        ):
            number += 1
            left -= record.content_length
            if left < 0:
                raise ArticleError(_UNPACKS)
            if record.headers.get("Content-Length") is None:  # the headers are not whole
                raise ArticleError(_BREAKS_OFF.format(number))
            if record.record_type != WarcRecordType.response:
                continue
            block = record.reader.read(min(most, record.content_length))
            if len(block) < min(most, record.content_length):
                raise ArticleError(_BREAKS_OFF.format(number))
            if (task := _task(record, block)) is not None:
                pages += 1
                yield _row(task, number, too_large=record.content_length > most)
    except OSError as error:
        if not number:
            raise ArticleError("The file is no web archive (WARC), or is damaged; copy it again.") from error
        raise ArticleError(f"The archive is damaged after record {number:,}; copy it again for the rest.") from error
    if isinstance(source, _Unpacked) and source.left < 0:
        raise ArticleError(_UNPACKS)
    if not pages:
        raise ArticleError("The archive holds no web page that a server gave out; name one with responses of HTML.")


def _task(record: WarcRecord, block: bytes) -> Task | None:
    """What the web page of a record is made of; None where it holds another thing, or no whole answer."""
    address = web_address((record.headers.get("WARC-Target-URI") or "").strip().strip("<>"))
    if address is None or not _STATUS.match(block):
        return None
    headers, _ = _parted(block)
    if headers is None or headers.get_content_type() not in _PAGES or "content-type" not in headers:
        return None
    date = _instant(record.headers.get("WARC-Date") or "")
    is_cut = bool(record.headers.get("WARC-Truncated"))
    return Task(kind="record", data=block, address=address, fetched_at=date, is_cut=is_cut)


def _parted(block: bytes) -> tuple[Message[Any, Any] | None, bytes]:
    """The headers of a reply and its body as it came; None where the headers do not end."""
    head = _HEAD_ENDS.search(block, 0, _LONGEST_HEAD)
    if head is None:
        return None, b""
    return BytesHeaderParser().parsebytes(block[block.find(b"\n") + 1 : head.end()]), block[head.end() :]


def _instant(said: str) -> str | None:
    """An ISO instant with its zone; None for what is none, or is yet to come."""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.isoformat() if found <= datetime.now(UTC) else None


def _row(task: Task, number: int, *, too_large: bool) -> Row:
    headers, body = _parted(task.data)
    raw = digest(body, "warc", task.address, task.is_cut, str(headers["content-type"] if headers else None))
    return Row(place=f"record {number}", raw=raw, task=_TOO_LARGE if too_large else task, address=task.address)


def from_record(task: Task) -> Draft:
    """The article of a web page as a server gave it out, headers and all; raises ArticleError."""
    headers, body = _parted(task.data)
    if headers is None:
        raise ArticleError(_DAMAGED)
    data = in_utf8(_unpacked(headers, body), mime.charset_of(headers))
    drafted = webpages.from_html(data, address=task.address, fetched_at=task.fetched_at)
    if not task.is_cut:
        return drafted
    return replace(drafted, defects=(*drafted.defects, Defect(kind="truncated", reason=_CUT)))


def _unpacked(headers: Message[Any, Any], body: bytes) -> bytes:
    """The body as it was before it was sent; archives often hold it so already, whatever the headers say."""
    from fastwarc.stream_io import BrotliReader, ChunkedReader

    most = webpages.MOST_BYTES + 1
    if str(headers.get("transfer-encoding", "")).strip().lower() == "chunked" and _CHUNK.match(body):
        body = _read(ChunkedReader(BytesIO(body)), most)
    packing = str(headers.get("content-encoding", "")).strip().lower()
    if body.lstrip().startswith(b"<"):
        return body
    if packing in {"gzip", "x-gzip", "deflate"}:
        return _inflated(body, most)
    return _read(BrotliReader(BytesIO(body)), most) if packing == "br" else body


def _inflated(body: bytes, most: int) -> bytes:
    for wbits in (47, -15):  # gzip or zlib, whichever it is; and bare, as some servers send it
        unpacker = zlib.decompressobj(wbits)
        try:
            data = unpacker.decompress(body, most)
        except zlib.error:
            continue
        if unpacker.eof or len(data) == most:
            return data
    raise ArticleError(_DAMAGED)


def _read(reader: WarcReader, most: int) -> bytes:
    try:
        return bytes(reader.read(most))
    except OSError as error:
        raise ArticleError(_DAMAGED) from error
