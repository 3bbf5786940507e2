"""Articles out of files, web pages and given texts: what a path means, and each item as an Article or a Refusal.

What can be taken in is a `Path` (a file, or a folder of them), a web address (a str), or a `Text`: the article itself
with its byline, `Text(text=..., title=..., outlet=..., author=..., url=..., published_at=...)`, all but the text
optional.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from rag.articles import formats, given, webpages
from rag.articles.drafts import Draft, host_of, is_same_site
from rag.articles.drafts import web_address as web_address
from rag.articles.given import Text as Text
from rag.articles.prose import in_utf8, is_sentence
from rag.errors import ArticleError, UsageError
from rag.fetch import Fetched
from rag.types import Article, Refusal

Source: TypeAlias = Path | str | Text  # what articles are read from; a str is a path or a web address

SMALLEST_TEXT = 40  # characters; less is a caption or a stub, unless it is a sentence
_MOST_REFUSALS = 1_000  # of one file
_LONGEST_ID = 80
_DIGEST = 8  # hex digits that keep two shortened ids apart

_WHOLE: dict[str, Callable[[bytes], Draft]] = {
    ".txt": formats.from_text,
    ".md": formats.from_markdown,
    ".html": webpages.from_html,
    ".htm": webpages.from_html,
    ".pdf": formats.from_pdf,
}
SUFFIXES = (*_WHOLE, ".json", ".jsonl")

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9._]+")


# --- which files -----------------------------------------------------------------------------------------------------


def find(paths: Iterable[Path | str]) -> list[Path]:
    """The files that paths name, each once: a file as it is, a folder as the articles in it, sorted; raises UsageError.

    A folder is searched to the bottom for the known suffixes, without hidden files and folders; a link in it is
    followed where it leads to a file in the same folder. A file named by itself is always taken; `read` may refuse it.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if not str(path).strip() or "\0" in str(path):
            raise UsageError("A path is empty; name a file or a folder of articles.")
        for file in _files_of(Path(path)):
            found.setdefault(os.path.realpath(file), file)  # Path.resolve fails on a link to itself
    if not found:
        raise UsageError("No file was named; name a file or a folder of articles.")
    return list(found.values())


def find_each(sources: Iterable[Source]) -> tuple[list[Source], list[Refusal]]:
    """The files (Path), web addresses (str) and texts that sources mean, each once, and a refusal for each of none.

    A str that begins with http:// or https:// is an address, any other a path, as for `find`.
    """
    found: dict[str | Text, Source] = {}
    refused: list[Refusal] = []
    for source in sources:
        if isinstance(source, Text) or (isinstance(source, str) and is_address(source)):
            found.setdefault(source, source)
            continue
        try:
            for file in find([source]):
                found.setdefault(os.path.realpath(file), file)
        except UsageError as error:
            refused.append(Refusal(source=shown(source), reason=str(error)))
    return list(found.values()), refused


def is_address(source: str) -> bool:
    """Whether a source is a web address and no path."""
    return source.lower().startswith(("http://", "https://"))


def _files_of(path: Path) -> list[Path]:
    if not os.path.lexists(path):  # a broken link is there; `read` refuses it
        raise UsageError(f"{shown(path)} does not exist; name a file or a folder of articles.")
    if not path.is_dir():
        return [path]
    files = sorted(_walk(path), key=lambda file: file.parts)
    if not files:
        raise UsageError(f"{shown(path)} holds no article; put files into it that end in {', '.join(SUFFIXES)}.")
    return files


def _walk(folder: Path) -> Iterator[Path]:
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(parent, name)
            if not name.startswith(".") and file.suffix.lower() in SUFFIXES and _stays_inside(file, folder):
                yield file
    for error in unreadable:
        yield Path(os.fsdecode(error.filename))  # `read` says why not


def _stays_inside(file: Path, folder: Path) -> bool:
    """Whether a file is one, or a link to one in the same folder."""
    try:
        return file.is_file() and (not file.is_symlink() or file.resolve().is_relative_to(folder.resolve()))
    except (OSError, RuntimeError):  # a link to itself
        return False


# --- what they hold --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """Where items come from: as people read it, as a source, what an id is made of, and the address of a page."""

    name: str
    source: str
    stem: str
    address: str | None = None


def read(path: Path, *, max_bytes: int) -> Iterator[Article | Refusal]:
    """The articles of one file as they are read; what cannot be one is a Refusal, and the rest go on. Never raises.

    `max_bytes` is the largest file that is opened at all. A refusal's `source` is the path, for rows with their place
    ("news.jsonl line 17"); its reason is a sentence that says what to do. Of bad rows the first thousand are named.
    """
    origin = _Origin(name=shown(path), source=f"file:{shown(os.path.realpath(path))}", stem=path.stem)
    return _items(_rows(path, max_bytes=max_bytes), origin)


def read_fetched(page: Fetched) -> Iterator[Article | Refusal]:
    """The articles of what was fetched, read as a file of its kind; the source is its address. Never raises.

    An article's `url` is the one that it states if that is of the same site, else where it was read; an outlet that is
    not stated is the site's name.
    """
    origin = _Origin(name=shown(page.url), source=page.url, stem=_stem(page.url), address=page.url)
    return _items(_rows_of(page), origin)


def read_given(text: Text, *, max_bytes: int) -> Article | Refusal:
    """The article of a text that was given, or why it is none; `max_bytes` is the largest that is looked at."""
    try:
        size = len(text.text.encode("utf-8", "surrogatepass"))
        if size > max_bytes:
            raise _too_large(size, max_bytes, what="text")
        drafted = given.from_given(text)
        known = given.digest(drafted.text)
        stem = _stem(drafted.url) if drafted.url else drafted.title or f"text-{known[:_DIGEST]}"
        origin = _Origin(name=shown(text.name), source=f"text:{known}", stem=stem)
        return _article(drafted, origin=origin, place="", seen={})
    except ArticleError as error:
        return Refusal(source=shown(text.name), reason=str(error))


def _items(rows: Iterator[formats.Row], origin: _Origin) -> Iterator[Article | Refusal]:
    seen: dict[str, str] = {}
    refused = 0
    try:
        for place, drafted in rows:
            try:
                if isinstance(drafted, ArticleError):
                    raise drafted
                yield _article(drafted, origin=origin, place=place, seen=seen)
            except ArticleError as error:
                refused += 1
                if refused <= _MOST_REFUSALS:
                    yield Refusal(source=f"{origin.name} {place}".rstrip(), reason=str(error))
        if refused > _MOST_REFUSALS:
            more = f"{refused - _MOST_REFUSALS:,} more rows are no articles; correct those named first."
            yield Refusal(source=origin.name, reason=more)
    except ArticleError as error:
        yield Refusal(source=origin.name, reason=str(error))
    except OSError as error:
        yield Refusal(source=origin.name, reason=_trouble(error))


def _rows(path: Path, *, max_bytes: int) -> Iterator[formats.Row]:
    suffix = path.suffix.lower()
    _check(path, max_bytes=max_bytes)
    if suffix == ".jsonl":
        with path.open("rb") as lines:
            yield from formats.from_json_lines(lines)
        return
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:  # it grew since it was measured
        raise _too_large(len(data), max_bytes)
    if suffix == ".json":
        yield from formats.from_json(data)
    else:
        yield "", _WHOLE[suffix](data)


def _rows_of(page: Fetched) -> Iterator[formats.Row]:
    if page.content_type == "application/pdf":
        yield "", formats.from_pdf(page.content)
        return
    data = in_utf8(page.content, page.charset)
    if page.content_type == "application/json":
        yield from formats.from_json(data)
    elif page.content_type == "text/plain":
        yield "", formats.from_text(data)
    else:
        yield "", webpages.from_html(data, address=page.url)


def _check(path: Path, *, max_bytes: int) -> None:
    """Raise ArticleError for what is not to be opened."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise ArticleError("It is a folder that cannot be read as a file; name the files in it, or make it readable.")
    if not stat.S_ISREG(status.st_mode):
        raise ArticleError("It is no ordinary file; save the article as a file.")
    if path.suffix.lower() not in SUFFIXES:
        kind = f"Files ending in {shown(path.suffix)}" if path.suffix else "Files without an ending"
        raise ArticleError(f"{kind} are not understood; save the article as one of {', '.join(SUFFIXES)}.")
    if not status.st_size:
        raise ArticleError("The file is empty; put the text of an article into it, or remove it.")
    if status.st_size > max_bytes:
        raise _too_large(status.st_size, max_bytes)


def _too_large(size: int, limit: int, *, what: str = "file") -> ArticleError:
    text = f"The {what} has {size / 1e6:,.1f} MB, above the limit of {limit / 1e6:,.1f} MB; "
    return ArticleError(text + "split it, or raise MAX_FILE_MB.")


def _trouble(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file; check the path."
    if isinstance(error, PermissionError):
        return "The file may not be opened; give yourself permission to read it."
    return f"The file cannot be read ({error.strerror or 'no reason given'}); check the disk and the path."


# --- one article -----------------------------------------------------------------------------------------------------


def _article(drafted: Draft, *, origin: _Origin, place: str, seen: dict[str, str]) -> Article:
    """The article of a draft; `place` is empty where it is all that there is, `seen` the sources so far."""
    if len(drafted.text) < SMALLEST_TEXT and not is_sentence(drafted.text):
        raise ArticleError(
            f"It has {len(drafted.text)} characters of text without page furniture, fewer than {SMALLEST_TEXT}, and no "
            "whole sentence; give the whole article."
        )
    source = _source(drafted, origin=origin, place=place, seen=seen)
    if source in seen:
        raise ArticleError(f"It has the same address as {seen[source]} ({source}); keep one of the two.")
    seen[source] = place
    byline = _at(origin.address, drafted) if origin.address else drafted
    return Article(
        id=_id(drafted, origin=origin, place=place),
        revision=hashlib.sha256(drafted.text.encode()).hexdigest()[:16],
        text=drafted.text,
        source=source,
        ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
        title=byline.title,
        outlet=byline.outlet,
        url=byline.url,
        author=byline.author,
        published_at=byline.published_at,
    )


def _at(address: str, drafted: Draft) -> Draft:
    """A draft read at an address: an article links to the site that it comes from, and to no other."""
    url = drafted.url if drafted.url and is_same_site(drafted.url, address) else address
    return replace(drafted, url=url, outlet=drafted.outlet or host_of(address))


def _source(drafted: Draft, *, origin: _Origin, place: str, seen: dict[str, str]) -> str:
    """What an article replaces another by: a file's own word on its address, or where it was read.

    A page's word is not taken, as any page could replace the articles of another. Rows are told apart by what stays
    when rows are added: id, title, place.
    """
    if drafted.url and origin.address is None:
        return drafted.url
    if not place:
        return origin.source
    row = place.replace(" ", "-")
    named = f"{origin.source}#{slug(drafted.name or drafted.title or row)}"
    return f"{named}-{row}" if named in seen else named


def _id(drafted: Draft, *, origin: _Origin, place: str) -> str:
    if not place:
        return slug(origin.stem)
    if drafted.url and origin.address is None:
        return slug(_stem(drafted.url))
    return slug(drafted.title or f"{origin.stem}-{drafted.name or place}")


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
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in str(path)
    )
