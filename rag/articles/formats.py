"""Which reader reads what: by how a file's name ends or what a server says it is, unless its first bytes say otherwise.

An input is a seekable file of bytes. Mailboxes, web archives and JSON lines are read as streams, item by item, the rest
whole, up to a limit. What has to be taken apart to find the items of it may be taken apart elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO

from rag.articles import mail, objects, packed
from rag.articles.prose import in_utf8
from rag.articles.rows import Row, Task, digest
from rag.articles.splitting import Input as Input
from rag.errors import ArticleError

# What an input is, by the end of a file's name; each in its packed form too where it is one of _PACKED.
_KINDS = {
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".mhtml": "mhtml",
    ".mht": "mhtml",
    ".pdf": "pdf",
    ".docx": "docx",
    ".json": "json",
    ".jsonl": "lines",
    ".eml": "mail",
    ".mbox": "mailbox",
    ".warc": "archive",
}
_PACKED = (".jsonl.gz", ".mbox.gz", ".warc.gz")
SUFFIXES = (*_KINDS, *_PACKED)
_CONTENT_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "application/json": "json",
    "application/x-ndjson": "lines",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "multipart/related": "mhtml",
    "message/rfc822": "mail",
    "application/mbox": "mailbox",
    "application/warc": "archive",
}
STREAMED = frozenset({"lines", "mailbox", "archive"})
_IN_UTF8 = frozenset({"html", "text", "json"})  # what a server's word on the encoding is taken for

_HEAD = 2_048  # bytes that tell what an input is
_MARKS = {b"%PDF-": "pdf", b"PK\x03\x04": "docx", b"WARC/1.": "archive", b"WARC/0.": "archive"}
_OLD_WORD = b"\xd0\xcf\x11\xe0"
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,99}(?:<\?xml[^<>]{0,200}>\s{0,99})?<(?:!doctype html|html)\b", re.IGNORECASE
)
_MHTML = re.compile(
    rb"(?:[!-9;-~]{1,76}:[^\n]{0,998}\n(?:[ \t][^\n]{0,998}\n){0,9}){0,20}?content-type:\s{0,9}multipart/related", re.I
)


def kind_of(name: str, content_type: str | None = None) -> str | None:
    """What an input is by what a server says, else by how its name ends; None where neither is known."""
    if content_type in _CONTENT_TYPES:
        return _CONTENT_TYPES[content_type]
    return _KINDS.get(ending(name).removesuffix(".gz"))


def ending(name: str) -> str:
    """How a name ends, as one of SUFFIXES; empty where it is none of them."""
    lower = name.lower()
    return next((suffix for suffix in (*_PACKED, *_KINDS) if lower.endswith(suffix)), "")


def rows(given: Input, split: Callable[[Input], Iterator[Row]]) -> Iterator[Row]:
    """The items of an input, as they are read; raises ArticleError where there is none, or no further one.

    `split` does what `splitting.split` does.
    """
    if given.kind == "archive":  # its records are packed one by one
        yield from split(given)
        return
    file = packed.unpacked(given.file, size=given.size)
    if given.kind == "lines":
        yield from objects.from_json_lines(file, most=given.most)
    elif given.kind == "mailbox":
        yield from mail.from_mailbox(file, most=given.most)
    else:
        most = given.most if file is not given.file else min(given.size, given.most)
        yield from _whole(file.read(most + 1), given, split)


def _whole(data: bytes, given: Input, split: Callable[[Input], Iterator[Row]]) -> Iterator[Row]:
    if len(data) > given.most:
        raise too_large(len(data), given.most)
    kind, read = _sniffed(data[:_HEAD], given.kind), given.read
    if kind in _IN_UTF8 and read.charset:
        data = in_utf8(data, read.charset)
    if kind == "json":
        yield from split(Input(file=BytesIO(data), kind="json", size=len(data), most=given.most))
    elif kind == "mail":
        yield mail.from_mail(data)
    elif kind == "archive":
        raise ArticleError("It is a web archive; give it a name that ends in .warc.")
    elif kind == "html":
        said = sorted(read.given.items())
        page = Task(kind=kind, data=data, address=read.address, fetched_at=read.fetched_at, given=read.given)
        yield Row(place="", raw=digest(data, kind, said), task=page, address=read.address)
    else:
        yield Row(place="", raw=digest(data, kind), task=Task(kind=kind, data=data))


def _sniffed(head: bytes, kind: str) -> str:
    """What an input is, by its first bytes where they leave no doubt."""
    for mark, marked in _MARKS.items():
        if head.startswith(mark):
            return marked
    if head.startswith(_OLD_WORD):
        raise ArticleError("It is a document of an older Word; save it as .docx, or as text.")
    if kind in {"text", "html", "mail"} and _MHTML.match(head):
        return "mhtml"
    if kind in {"text", "markdown", "mhtml", "mail"} and _HTML.match(head):
        return "html"
    return kind


def too_large(size: int, limit: int, *, what: str = "file") -> ArticleError:
    """Why an input of so many bytes is not read."""
    text = f"The {what} has {size / 1e6:,.1f} MB, above the limit of {limit / 1e6:,.1f} MB; "
    return ArticleError(text + "split it, or raise MAX_FILE_MB.")
