"""Articles out of JSON, a file of them or line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

from rag.articles.drafts import Draft, draft, text_field
from rag.articles.prose import decode
from rag.articles.rows import Row, Task, digest, lines
from rag.articles.webpages import without_tags
from rag.errors import ArticleError

_LISTS = ("articles", "items", "results", "documents", "docs", "data", "rows", "entries")
_MOST_EMPTY = 1_000_000  # lines in a row


def from_json(data: bytes) -> Iterator[Row]:
    """The articles of a JSON file: one object (its place is ""), a list, or an object that holds a list.

    A file of several objects, one after another, is read as JSON lines.
    """
    text = decode(data)
    try:
        value = _parsed(text, "file")
    except ArticleError as error:
        if isinstance(error.__cause__, json.JSONDecodeError) and _is_lines(text):
            yield from from_json_lines(BytesIO(text.encode("utf-8", "replace")), most=len(data) * 3 + 1)
            return
        raise
    if isinstance(value, dict) and not text_field(value):
        value = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), value)
    if not isinstance(value, list):
        yield Row(place="", raw=digest(data, "json"), task=Task(kind="line", data=_as_bytes(value)))
        return
    if not value:
        raise ArticleError("The file holds an empty list; put articles into it, or remove it.")
    for number, item in enumerate(value, start=1):
        one = _as_bytes(item)
        yield Row(place=f"item {number}", raw=digest(one, "object"), task=Task(kind="line", data=one))


def _is_lines(text: str) -> bool:
    """Whether the first line is a JSON object of its own."""
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _as_bytes(item: object) -> bytes:
    try:
        return json.dumps(item).encode()
    except RecursionError as error:
        raise ArticleError("The file is JSON nested too deep; write an article as one flat object.") from error


def from_json_lines(file: BinaryIO, *, most: int) -> Iterator[Row]:
    """The articles of a JSON lines file, read a line of at most so many bytes at a time; empty ones say nothing."""
    empty = True
    in_a_row = 0  # empty lines
    for number, raw in enumerate(lines(file, most=most), start=1):
        if number == 1 and raw is not None:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
            if b"\x00" in raw:
                raise ArticleError("The file is not UTF-8 text; save the rows as JSON lines in UTF-8.")
        if raw is not None and not raw.strip():
            in_a_row += 1
            if in_a_row > _MOST_EMPTY:
                raise ArticleError(f"More than {_MOST_EMPTY:,} lines in a row are empty; the rest is not read.")
            continue
        empty, in_a_row = False, 0
        raw = raw and raw.strip()
        too_long = f"The line has more than {most / 1e6:,.1f} MB; leave out of it what is no article."
        task = Task(kind="line", data=raw) if raw else too_long
        yield Row(place=f"line {number}", raw=digest(raw or b"", "object"), task=task)
    if empty:
        raise ArticleError("The file is empty; put articles into it, one JSON object on each line, or remove it.")


def from_line(raw: bytes) -> Draft:
    """The article of one JSON object as it is written; raises ArticleError."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArticleError("The line is not UTF-8; save the file as UTF-8.") from error
    return from_object(_parsed(text, "line"))


def _parsed(text: str, what: str) -> object:
    try:
        value: object = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"column {error.colno}" if what == "line" else f"line {error.lineno} column {error.colno}"
        raise ArticleError(f"The {what} is not valid JSON ({error.msg} at {place}); correct it.") from error
    except RecursionError as error:
        raise ArticleError(f"The {what} is JSON nested too deep; write an article as one flat object.") from error
    except ValueError as error:  # a number of thousands of digits
        raise ArticleError(f"The {what} is JSON with a value out of range; correct it.") from error
    return value


def from_object(value: object) -> Draft:
    """The article of one JSON object; raises ArticleError."""
    if not isinstance(value, dict):
        raise ArticleError(f'It is {_kind(value)} and no JSON object; write it as {{"title": ..., "body": ...}}.')
    text = text_field(value)
    if not text:
        names = ", ".join(json.dumps(str(name)[:30]) for name in list(value)[:6]) or "none"
        raise ArticleError(f'It has no text (its fields: {names}); put it into a field named "body".')
    return draft(value, text=without_tags(text))


def _kind(value: object) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
