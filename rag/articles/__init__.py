"""Articles out of files, web pages and given texts: each item as an Article, a Refusal or an Unchanged.

What can be taken in is a `Path` (a file, or a folder of them), a web address (a str), or a `Text`: the article itself
with its byline, `Text(text=..., title=..., outlet=..., author=..., url=..., published_at=...)`, all but the text
optional.

Every Article carries `raw`, the digest of the input that it was read from (the bytes, what kind they are, and where
they were read): `read(path, max_bytes=..., known=...)` and `read_fetched(page, known=..., given=...)` ask
`known(digest) -> Unchanged | None` before they take an input apart, and pass on the `Unchanged` in its place.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Protocol, TypeAlias, overload
from urllib.parse import urlsplit

from rag.articles import formats, given
from rag.articles.drafts import Draft as Draft
from rag.articles.drafts import host_of, is_same_site
from rag.articles.drafts import web_address as web_address
from rag.articles.formats import SUFFIXES as SUFFIXES
from rag.articles.formats import Input as Input
from rag.articles.formats import ending as ending
from rag.articles.formats import too_large
from rag.articles.given import Text as Text
from rag.articles.making import Here as Here
from rag.articles.making import made as made
from rag.articles.making import task_of
from rag.articles.prose import check_length, is_sentence
from rag.articles.rows import NOTHING, digest
from rag.articles.rows import Read as Read
from rag.articles.rows import Row as Row
from rag.articles.rows import Task as Task
from rag.articles.splitting import split as split
from rag.byline import by_host, canonical
from rag.errors import ArticleError, LimitError
from rag.fetch import Fetched
from rag.types import Article, NewlyRead, Refusal, Unchanged

Source: TypeAlias = Path | str | Text  # what articles are read from; a str is a path or a web address
Known: TypeAlias = Callable[[bytes], Unchanged | None]  # the article that was read from the input of a digest

SMALLEST_TEXT = 40  # characters; less is a caption or a stub, unless it is a sentence
_MOST_REFUSALS = 1_000  # of one file
_MOST_IN_A_ROW = 100_000  # rows that are no articles
_MOST_LIMITED = 10  # items of one file that take more time or memory than they may
_MOST_SEEN = 50_000  # items of one file among which none may have the source of another
_LONGEST_ID = 80
_DIGEST = 8  # hex digits that keep two shortened ids apart

_FORM = re.compile(r"^(?:m|mobile|amp)\.(?=[^.]+\.)")
_NO_FILE = "It is no ordinary file; save the article as a file."
_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")


# --- what they hold --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """Where items come from: as people read it, what an id is made of, and the file or the address."""

    name: str
    stem: str
    path: Path | None = None
    address: str | None = None

    @property
    def source(self) -> str:
        """The file or the address as a source."""
        return self.address or f"file:{shown(os.path.realpath(self.path or ''))}"


class Parser(Protocol):
    """Takes inputs apart: `Here`, or in a process of limited time and memory, as `rag.confined` does."""

    def draft(self, task: Task) -> Draft:
        """The article that a task makes; raises ArticleError."""

    def split(self, given: Input) -> Iterator[Row]:
        """The items of a JSON file or a web archive; raises ArticleError, also after some of them."""


HERE = Here()


def _nothing(raw: bytes) -> None:
    """Nothing is known."""


@overload
def read(path: Path, *, max_bytes: int, parser: Parser = HERE) -> Iterator[Article | Refusal]: ...
@overload
def read(
    path: Path, *, max_bytes: int, known: Known, parser: Parser = HERE
) -> Iterator[Article | Refusal | Unchanged]: ...
def read(
    path: Path, *, max_bytes: int, known: Known = _nothing, parser: Parser = HERE
) -> Iterator[Article | Refusal | Unchanged]:
    """The articles of one file as they are read; what cannot be one is a Refusal, and the rest go on. Never raises.

    `max_bytes` is the largest that is read at a time: a file, or an item of a mailbox, a web archive or JSON lines,
    which may be of any size. A refusal's `source` is the path, for rows with their place ("news.jsonl line 17"); its
    reason is a sentence that says what to do. Of bad rows the first thousand are named.
    """
    stem = path.name[: -len(end)] if (end := ending(path.name)) else path.stem
    origin = _Origin(name=shown(path), stem=stem or path.stem, path=path)
    return _items(_rows(path, max_bytes=max_bytes, parser=parser), origin, known, parser)


@overload
def read_fetched(
    page: Fetched, *, given: Mapping[str, str] = NOTHING, parser: Parser = HERE
) -> Iterator[Article | Refusal]: ...
@overload
def read_fetched(
    page: Fetched, *, known: Known, given: Mapping[str, str] = NOTHING, parser: Parser = HERE
) -> Iterator[Article | Refusal | Unchanged]: ...
def read_fetched(
    page: Fetched, *, known: Known = _nothing, given: Mapping[str, str] = NOTHING, parser: Parser = HERE
) -> Iterator[Article | Refusal | Unchanged]:
    """The articles of what was fetched, read as a file of its kind; never raises.

    A page's source and its `url` are the address that it states if that is of the same site, else where it was read.
    `given` is what others said of it, as in `webpages.from_html`.
    """
    origin = _Origin(name=shown(page.url), stem=_stem(page.url), address=page.url)
    return _items(_rows_of(page, given, parser), origin, known, parser)


def read_given(text: Text, *, max_bytes: int, parser: Parser = HERE) -> Article | Refusal:
    """The article of a text that was given, or why it is none; `max_bytes` is the largest that is looked at."""
    try:
        size = len(text.text.encode("utf-8", "surrogatepass"))
        if size > max_bytes:
            raise too_large(size, max_bytes, what="text")
        task = task_of(text)
        drafted = parser.draft(task)
        known = given.digest(drafted.text)
        stem = _stem(drafted.url) if drafted.url else drafted.title or f"text-{known[:_DIGEST]}"
        raw = digest(repr(text).encode("utf-8", "surrogatepass"), "given")
        row = Row(place="", raw=raw, task=task, source=drafted.url or f"text:{known}")
        return _article(drafted, row, origin=_Origin(name=shown(text.name), stem=stem), seen=OrderedDict())
    except ArticleError as error:
        return Refusal(source=shown(text.name), reason=str(error))


def _items(
    rows: Iterator[Row], origin: _Origin, known: Known, parser: Parser
) -> Iterator[Article | Refusal | Unchanged]:
    seen: OrderedDict[str, str] = OrderedDict()
    refused = in_a_row = limited = 0
    try:
        for row in rows:
            row = replace(row, raw=digest(row.raw, origin.address)) if origin.address else row
            same = known(row.raw)
            if same is not None and same.source not in seen:
                seen[same.source] = row.place
                in_a_row = 0
                yield same
                continue
            try:
                if isinstance(row.task, str):
                    raise ArticleError(row.task)
                yield _article(parser.draft(row.task), row, origin=origin, seen=seen)
                in_a_row = 0
            except ArticleError as error:
                limited += isinstance(error, LimitError)
                refused += 1
                in_a_row += 1
                if refused <= _MOST_REFUSALS:
                    yield Refusal(source=f"{origin.name} {row.place}".rstrip(), reason=str(error))
            if in_a_row > _MOST_IN_A_ROW:
                more = f"More than {_MOST_IN_A_ROW:,} rows in a row are no articles; the rest is not read."
                raise ArticleError(more)
            if limited > _MOST_LIMITED and row.place:
                more = f"More than {_MOST_LIMITED} items take more time or memory than they may; the rest is not read."
                raise ArticleError(more)
            if len(seen) > _MOST_SEEN:
                seen.popitem(last=False)
    except ArticleError as error:
        yield Refusal(source=origin.name, reason=str(error))
    except OSError as error:
        yield Refusal(source=origin.name, reason=_trouble(error))
    if refused > _MOST_REFUSALS:
        more = f"{refused - _MOST_REFUSALS:,} more rows are no articles; correct those named first."
        yield Refusal(source=origin.name, reason=more)


def _rows(path: Path, *, max_bytes: int, parser: Parser) -> Iterator[Row]:
    kind = formats.kind_of(path.name)
    status = _checked(path, kind)
    assert kind is not None
    if kind not in formats.STREAMED and status.st_size > max_bytes:
        raise too_large(status.st_size, max_bytes)
    with open(path, "rb", opener=_opened) as file:
        yield from formats.rows(Input(file=file, kind=kind, size=status.st_size, most=max_bytes), parser.split)


def _rows_of(page: Fetched, said: Mapping[str, str], parser: Parser) -> Iterator[Row]:
    kind = formats.kind_of(urlsplit(page.url).path, page.content_type)
    if kind is None:
        raise ArticleError("It is of no kind that articles are read from; give the article's own page.")
    read = Read(address=page.url, fetched_at=page.fetched_at, charset=page.charset, given=said)
    size = len(page.content)
    given = Input(file=BytesIO(page.content), kind=kind, size=size, most=size, read=read)
    yield from formats.rows(given, parser.split)


def _checked(path: Path, kind: str | None) -> os.stat_result:
    """What the disk says of a file; raises ArticleError for what is not to be opened."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ArticleError("It is a folder that cannot be read as a file; name the files in it, or make it readable.")
    if not stat.S_ISREG(status.st_mode):
        raise ArticleError(_NO_FILE)
    if kind is None:
        named = f"Files ending in {shown(path.suffix)}" if path.suffix else "Files without an ending"
        raise ArticleError(f"{named} are not understood; save the article as one of {', '.join(SUFFIXES)}.")
    if not status.st_size:
        raise ArticleError("The file is empty; put the text of an article into it, or remove it.")
    return status


def _opened(path: str, flags: int) -> int:
    """Opens a file that was looked at before; raises ArticleError where a pipe or a device has taken its place."""
    found = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise ArticleError(_NO_FILE)
    return found


def _trouble(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the path."
    if isinstance(error, PermissionError):
        return "The file may not be opened; give yourself permission to read it."
    return f"The file cannot be read ({error.strerror or 'no reason given'}); check the disk and the path."


# --- one article -----------------------------------------------------------------------------------------------------


def _article(drafted: Draft, row: Row, *, origin: _Origin, seen: OrderedDict[str, str]) -> Article:
    """The article of a draft; `seen` is the sources so far, with their places."""
    check_length(drafted.text)
    if len(drafted.text) < SMALLEST_TEXT and not is_sentence(drafted.text):
        raise ArticleError(
            f"It has {len(drafted.text)} characters of text without page furniture, fewer than {SMALLEST_TEXT}, and no "
            "whole sentence; give the whole article."
        )
    address = row.address or origin.address
    byline = _at(address, drafted) if address else drafted
    source = _source(byline, row, origin=origin, seen=seen)
    if source in seen:
        raise ArticleError(f"It has the same address as {seen[source]} ({shown(source)}); keep one of the two.")
    seen[source] = row.place
    return NewlyRead(
        id=_id(byline, row, origin=origin, source=source),
        revision=hashlib.sha256(drafted.text.encode()).hexdigest()[:16],
        text=drafted.text,
        source=source,
        ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
        title=byline.title,
        outlet=byline.outlet,
        url=byline.url,
        author=byline.author,
        published_at=byline.published_at,
        modified_at=byline.modified_at,
        language=byline.language,
        dateline=byline.dateline,
        dateline_day=byline.dateline_day,
        origin=byline.origin,
        findings=byline.findings,
        defects=byline.defects,
        raw=row.raw,
    )


def _at(address: str, drafted: Draft) -> Draft:
    """A draft read at an address: an article links to the site that it comes from, and to no other."""
    url = drafted.url if drafted.url and is_same_site(drafted.url, address) else canonical(address)
    return replace(drafted, url=url, outlet=drafted.outlet or by_host(address))


def _source(byline: Draft, row: Row, *, origin: _Origin, seen: Mapping[str, str]) -> str:
    """What an article replaces another by: an address, or where it was read.

    A page's word on its address is taken within its own host, as pages of other hosts of a site may be other people's;
    a file's always; that of rows that were fetched is not, and they are told apart, as all rows, by what stays when
    rows are added: id, title, place.
    """
    if row.source:
        return row.source
    if row.address:
        return byline.url if byline.url and _is_same_host(byline.url, row.address) else canonical(row.address)
    if byline.url and not origin.address:
        return byline.url
    if not row.place:
        return origin.source
    place = row.place.replace(" ", "-")
    named = f"{origin.source}#{slug(byline.name or byline.title or place)}"
    return f"{named}-{place}" if named in seen else named


def _is_same_host(one: str, other: str) -> bool:
    """Whether two addresses are of one host, but for its forms for telephones and the like."""
    return _FORM.sub("", host_of(one)) == _FORM.sub("", host_of(other))


def _id(byline: Draft, row: Row, *, origin: _Origin, source: str) -> str:
    if row.address:
        return slug(_stem(source))
    if byline.url and row.place and not row.source and not origin.address:
        return slug(_stem(byline.url))
    if not row.place:
        return slug(origin.stem)
    return slug(byline.title or f"{origin.stem}-{byline.name or row.place}")


def _stem(address: str) -> str:
    """What an id is made of where an article is known by its address."""
    return address.partition("://")[2].removeprefix("www.").rstrip("/")


def slug(text: str) -> str:
    """Text as an id of [A-Za-z0-9._-], at most 80 long: as it is if it can be, with a digest if letters are lost."""
    if len(text) <= _LONGEST_ID and _SAFE.fullmatch(text):
        return text
    plain = unicodedata.normalize("NFKD", text[: 4 * _LONGEST_ID])
    kept = "".join(character for character in plain if not unicodedata.combining(character))
    name = _UNSAFE.sub("-", kept).strip("-.")
    lost = len(text) > 4 * _LONGEST_ID or any(letter.isalnum() and not letter.isascii() for letter in kept)
    if name and len(name) <= _LONGEST_ID and not lost:
        return name
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{name[: _LONGEST_ID - _DIGEST - 1].rstrip('-.')}-{digest}".lstrip("-")


def shown(path: Path | str) -> str:
    """A path as it can be printed and stored: what a terminal would obey, and bytes that are no text, are escaped."""
    said = str(path)
    if said.isprintable():
        return said
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in said
    )
