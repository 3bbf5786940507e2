"""Messages in the format of mail (RFC 5322, MIME), in which mail and web archives are kept: their parts and headers.

The library's older policy is used, as it takes whatever a message holds; what headers mean is read here.
"""

from __future__ import annotations

import codecs
import email
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from rag.articles.prose import clean, in_utf8
from rag.errors import ArticleError

Part: TypeAlias = "Message[Any, Any]"

MOST_BYTES = 25_000_000  # of a message with all that is attached
_MOST_NESTED = 20  # parts with parts; each line of a message is compared with the ends of all
_MOST_PARTS = 10_000
_LONGEST_HEADER = 5_000
_LONGEST_LIST = 20_000  # bytes of a header of parameters, as the library takes time in the square of their number
_NESTED = re.compile(rb"(?<![^\r\n])content-type:[\s\x1c-\x1f]*+(?:multipart|message)/", re.IGNORECASE)
_LISTS = re.compile(
    rb"(?<![^\r\n])content-(?:type|disposition):[^\r\n]*+(?:(?:\r\n?|\n)[ \t][^\r\n]*+)*+", re.IGNORECASE
)
_HEADER = re.compile(rb"[!-9;-~]{1,76}:")
_CHARSET = re.compile(r"[A-Za-z0-9._:-]{1,40}")
# Their bytes are plain ASCII, so that they cannot be told from UTF-8.
_SEVEN_BIT = frozenset(
    """iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_2004 iso2022_jp_3 iso2022_jp_ext iso2022_kr hz utf-7""".split()
)


def parsed(data: bytes) -> Part:
    """The message that bytes are; raises ArticleError."""
    if not _HEADER.match(data.removeprefix(b"\xef\xbb\xbf").lstrip()) and not data.startswith(b"From "):
        raise ArticleError("It is no message with headers; save it again from the program that it was read in.")
    if len(data) > MOST_BYTES:
        raise ArticleError(
            f"The message has {len(data) / 1e6:.1f} MB, above the limit of {MOST_BYTES / 1e6:.0f} MB; save its text."
        )
    nested = sum(1 for _ in _NESTED.finditer(data))
    if nested > _MOST_NESTED:
        raise ArticleError(f"The message has more than {_MOST_NESTED} parts in parts; save its text instead.")
    if nested and data.count(b"\n--") + data.count(b"\r--") > _MOST_PARTS:
        raise ArticleError(f"The message has more than {_MOST_PARTS:,} parts; save its text instead.")
    if any(found.end() - found.start() > _LONGEST_LIST for found in _LISTS.finditer(data)):
        raise ArticleError(f"The message has a header of more than {_LONGEST_LIST:,} bytes; save its text instead.")
    with guarded():
        return email.message_from_bytes(data.removeprefix(b"\xef\xbb\xbf").lstrip())


@contextmanager
def guarded() -> Iterator[None]:
    """What a message's parts raise when they are read, as an ArticleError."""
    try:
        yield
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # a parser over hostile input: whatever it raises means that this message is not read
        raise ArticleError("The message is damaged and cannot be read; save its text instead.") from error


def header(message: Part, name: str) -> str | None:
    """What a header says, decoded and on one line; None where it says nothing, or cannot be read."""
    value = next((value for key, value in message.raw_items() if key.lower() == name.lower()), None)
    if value is None or "\ufffd" in (text := _decoded(str(value)[:_LONGEST_HEADER])):
        return None
    return " ".join(clean(text).split()) or None


def date(message: Part) -> datetime | None:
    """The instant that a message says it was sent, or made; None where that cannot be read."""
    try:
        found = parsedate_to_datetime(header(message, "Date") or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)  # "-0000": in UTC, sent from nobody knows where


def _decoded(value: str) -> str:
    """A header's text; a part in an encoding that nobody knows is read as Latin letters."""
    if "\udc80" <= max(value, default="") <= "\udcff":  # bytes beyond ASCII, as they came
        value = in_utf8(value.encode("ascii", "surrogateescape"), None).decode("utf-8", "replace")
    try:
        pieces = decode_header(value)
    except Exception:  # noqa: BLE001 - of a header that is not encoded as it says: as it stands
        return value
    return "".join(piece if isinstance(piece, str) else _text(piece, charset or "ascii") for piece, charset in pieces)


def _text(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset, "replace")
    except (LookupError, UnicodeError):
        return data.decode("utf-8", "replace")


def texts(message: Part) -> Iterator[Part]:
    """The parts that are text and shown, but for those of a message that is attached, in their order."""
    pending = [message]
    while pending:
        part = pending.pop()
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind.startswith("message/"):
            continue
        held = part.get_payload() if part.is_multipart() else None
        if isinstance(held, list):
            pending.extend(one for one in reversed(held) if isinstance(one, Message))
        elif kind.startswith("text/") or kind == "application/xhtml+xml":
            yield part


def content(part: Part) -> bytes:
    """The bytes of a part of text, in UTF-8 where its encoding is stated and true."""
    held = part.get_payload(decode=True)
    data = held if isinstance(held, bytes) else b""
    charset = charset_of(part)
    try:
        name = codecs.lookup(charset or "").name
        if name in _SEVEN_BIT:
            return data.decode(name).encode("utf-8", "replace")
    except (LookupError, UnicodeError):
        pass
    return in_utf8(data, charset)


def charset_of(part: Part) -> str | None:
    """The name of the encoding that a part's headers state; None where it is no name."""
    try:
        charset = part.get_content_charset() or ""
    except (ValueError, LookupError):  # of a header that is not encoded as it says
        return None
    return charset if _CHARSET.fullmatch(charset) else None
