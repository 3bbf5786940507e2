"""Articles out of plain text, Markdown, JSON, JSON lines and PDF: what each file says, as drafts."""

from __future__ import annotations

import html
import json
import logging
import re
import time
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

import yaml
from frontmatter.default_handlers import YAMLHandler

from rag.articles.drafts import Draft, draft, text_field
from rag.articles.hidden import without_hidden
from rag.articles.prose import clean, decode, readable, split_headline, unwrapped
from rag.articles.webpages import without_tags
from rag.errors import ArticleError

if TYPE_CHECKING:
    from pypdf import PdfReader

# What one row of a file holds, with its place as people count: "line 17", "item 3".
Row: TypeAlias = tuple[str, Draft | ArticleError]

_LONGEST_FRONT_MATTER = 16_000  # characters; YAML takes time that grows with the square
_MOST_PAGES = 1_000
_PDF_SECONDS = 60.0
_LISTS = ("articles", "items", "results", "documents", "docs", "data", "rows", "entries")

_UNDERLINE = re.compile(r"\s{0,3}=+$")
_RULE = re.compile(r"\s{0,3}(?:=+|-+|(?:[-*_][ \t]*){3,})$")
_FENCE = re.compile(r"\s{0,3}(?:```|~~~)")
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*)$")
_ITEM = re.compile(r"\s*(?:[-*+]|(\d{1,9}[.)]))\s+")
_QUOTED = re.compile(r"\s{0,3}(?:>[ \t]?)+")
_REFERENCE = re.compile(r"\s{0,3}\[[^\[\]]{1,300}\]:\s")
_TARGET = r"(?:\([^()\n]{0,1000}(?:\([^()\n]{0,200}\)[^()\n]{0,500})?\)|\[[^\[\]\n]{0,300}\])"
_INLINE = (
    (re.compile(rf"!\[[^\[\]\n]{{0,500}}\]{_TARGET}"), ""),
    (re.compile(r"\[\^[^\[\]\n]{1,100}\]"), ""),
    (re.compile(rf"\[([^\[\]\n]{{0,1000}})\]{_TARGET}"), r"\1"),
    (re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,1000})>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]{0,1000}>"), ""),
    (re.compile(r"(`{1,3})([^`\n]{1,1000})\1"), r"\2"),
    (re.compile(r"~~([^~\n]{1,1000})~~"), r"\1"),
    (re.compile(r"(?<![\\*])(\*{1,3})(?=[^\s*])([^*\n]{1,1000})(?<=[^\s\\])\1(?!\*)"), r"\2"),
    (re.compile(r"(?<![\\\w])(_{1,3})(?=[^\s_])([^_\n]{1,1000})(?<=[^\s\\])\1(?!\w)"), r"\2"),
    (re.compile(r"(?<!\\)(\*{2})(?=[^\s*])([^\n*]{1,1000})\1"), r"\2"),  # bold around what was italic
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
)
_DIGITS = re.compile(r"\d+")
_FILE_TITLE = re.compile(r"^(?:microsoft word|untitled|document\d*$)|\.(?:docx?|pdf|indd|qxd|rtf|odt)$", re.IGNORECASE)


def from_text(data: bytes) -> Draft:
    """The article of a plain text: a title only where its first line is one, never a date or an outlet."""
    title, body = split_headline(readable(decode(data)))
    return draft({"title": title}, text=body)


# --- Markdown --------------------------------------------------------------------------------------------------------


def from_markdown(data: bytes) -> Draft:
    """The article of a Markdown text with YAML front matter; a first heading is the title where that gives none."""
    fields, body = _front_matter(clean(decode(data)))
    heading, text = without_markdown(body)
    named = draft(fields, text=f"{heading}\n\n{text}" if heading else text)
    return named if named.title or not heading else draft({**fields, "title": heading}, text=text)


def _front_matter(text: str) -> tuple[Mapping[str, object], str]:
    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        matter, body = handler.split(text)
    except ValueError as error:
        if re.match(r"-{3,}\s*\n\w+[ \t]*:", text):
            raise ArticleError("The front matter is not closed; end it with a line of three dashes.") from error
        return {}, text  # a rule drawn above the text
    if len(matter) > _LONGEST_FRONT_MATTER:
        raise ArticleError(f"The front matter is longer than {_LONGEST_FRONT_MATTER:,} characters; shorten it.")
    try:
        # Every value as the text that it is: nothing is built, no date is guessed, no alias is spread out.
        fields = handler.load(matter, Loader=yaml.BaseLoader) or {}
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArticleError(f"The front matter is not valid YAML{_yaml_place(error)}; correct it.") from error
    if not isinstance(fields, Mapping):
        raise ArticleError("The front matter is no list of names with values; write lines as `title: ...`.")
    return fields, body


def _yaml_place(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return f" (line {mark.line + 1}: {getattr(error, 'problem', None)})" if mark else ""


def without_markdown(text: str) -> tuple[str | None, str]:
    """The heading that a text begins with, if any, and the rest as prose: a block a line, no marks, no images."""
    blocks = list(_blocks(without_hidden(_outside(text, "<!--", "-->"))))
    heading = _inline(blocks.pop(0)[1]) if blocks and blocks[0][0] == "title" else ""
    prose: list[str] = []
    before = ""
    for kind, block in blocks:
        prose += ["\n" if kind == before == "item" else "\n\n", _inline(block)]
        before = kind
    return heading or None, "".join(prose).strip()


def _outside(text: str, opening: str, closing: str) -> str:
    """Text without what stands from each `opening` to the next `closing`."""
    kept: list[str] = []
    position = 0
    while (start := text.find(opening, position)) >= 0 and (end := text.find(closing, start)) >= 0:
        kept.append(text[position:start])
        position = end + len(closing)
    return "".join([*kept, text[position:]])


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each block's kind ("title" for a heading of the first level, "item" in a list, else "") and its one line."""
    lines: list[str] = []
    kind = ""
    fenced = False
    for line in [*text.split("\n"), ""]:
        fence = _FENCE.match(line)
        bare = "" if fence else line[quoted.end() :] if (quoted := _QUOTED.match(line)) else line
        heading, item = _HEADING.match(bare), _ITEM.match(bare)
        is_row = bare.count("|") > 1 and not fenced
        is_mark = bool(_RULE.match(bare) or _REFERENCE.match(bare) or not bare.strip(" \t|:-"))
        if lines and (fence or heading or item or is_row or is_mark):
            yield "title" if _UNDERLINE.match(bare) else kind, " ".join(lines)
            lines, kind = [], ""
        if fence:
            fenced = not fenced
        elif fenced:
            yield "", line
        elif is_mark:
            continue
        elif heading:
            yield "title" if len(heading[1]) == 1 else "", heading[2].rstrip(" #")
        elif is_row:
            yield "", ", ".join(cell.strip() for cell in bare.strip(" \t|").split("|"))
        else:
            if item:
                kind, bare = "item", f"{item[1] or '-'} {bare[item.end() :]}"
            lines.append(bare.strip().removesuffix("\\"))


def _inline(block: str) -> str:
    for pattern, replacement in _INLINE:
        block = pattern.sub(replacement, block)
    return html.unescape(block).strip()


# --- JSON ------------------------------------------------------------------------------------------------------------


def from_json(data: bytes) -> Iterator[Row]:
    """The articles of a JSON file: one object (its place is ""), a list, or an object that holds a list."""
    value = _parsed(decode(data), "file")
    if isinstance(value, dict) and not text_field(value):
        value = next((value[name] for name in _LISTS if isinstance(value.get(name), list)), value)
    if not isinstance(value, list):
        yield "", from_object(value)
        return
    if not value:
        raise ArticleError("The file holds an empty list; put articles into it, or remove it.")
    for number, item in enumerate(value, start=1):
        yield f"item {number}", from_object(item)


def from_json_lines(lines: Iterable[bytes]) -> Iterator[Row]:
    """The articles of a JSON lines file, read one line at a time; empty lines count and say nothing."""
    empty = True
    for number, raw in enumerate(lines, start=1):
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
            if b"\x00" in raw:
                raise ArticleError("The file is not UTF-8 text; save the rows as JSON lines in UTF-8.")
        if not raw.strip():
            continue
        empty = False
        try:
            yield f"line {number}", from_object(_parsed(raw.decode("utf-8").rstrip(), "line"))
        except UnicodeDecodeError:
            yield f"line {number}", ArticleError("The line is not UTF-8; save the file as UTF-8.")
        except ArticleError as error:
            yield f"line {number}", error
    if empty:
        raise ArticleError("The file is empty; put articles into it, one JSON object on each line, or remove it.")


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


def from_object(value: object) -> Draft | ArticleError:
    """The article of one JSON object, or why it is none."""
    if not isinstance(value, dict):
        return ArticleError(f'It is {_kind(value)} and no JSON object; write it as {{"title": ..., "body": ...}}.')
    text = text_field(value)
    if not text:
        names = ", ".join(json.dumps(str(name)[:30]) for name in list(value)[:6]) or "none"
        return ArticleError(f'It has no text (its fields: {names}); put it into a field named "body".')
    try:
        return draft(value, text=without_tags(text))
    except ArticleError as error:
        return error


def _kind(value: object) -> str:
    names = {list: "a list", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


# --- PDF -------------------------------------------------------------------------------------------------------------


def from_pdf(data: bytes) -> Draft:
    """The article of a PDF with a text layer; its date of making is not one of publishing. Raises ArticleError."""
    import pypdf  # slow to load

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # what matters is said in our error
    try:
        with warnings.catch_warnings(action="ignore"):
            fields, pages = _pdf_parts(pypdf.PdfReader(BytesIO(data)))
    except ArticleError:
        raise
    except Exception as error:  # a parser over hostile input: whatever it raises means that this file is not read
        raise ArticleError("The PDF is damaged and cannot be read; print it to a new PDF, or save its text.") from error
    text = unwrapped("\n".join(_without_running_lines(pages)))
    if not text.strip():
        raise ArticleError("The PDF has no text layer (it may be a scan); run text recognition on it first.")
    return draft(fields, text=text)


def _pdf_parts(reader: PdfReader) -> tuple[dict[str, object], list[str]]:
    """Title and author where the PDF states them, and the text of each page."""
    if reader.is_encrypted and not reader.decrypt(""):
        raise ArticleError("The PDF is encrypted; save a copy without a password.")
    if len(reader.pages) > _MOST_PAGES:
        raise ArticleError(f"The PDF has {len(reader.pages):,} pages, above the limit of {_MOST_PAGES:,}; split it.")
    deadline = time.monotonic() + _PDF_SECONDS
    pages = []
    for page in reader.pages:
        if time.monotonic() > deadline:
            raise ArticleError(f"The PDF takes longer than {_PDF_SECONDS:.0f} seconds to read; save its text instead.")
        pages.append(page.extract_text())
    metadata: Mapping[str, object] = reader.metadata or {}
    title, author = metadata.get("/Title"), metadata.get("/Author")
    return {"title": None if _FILE_TITLE.search(str(title or "").strip()) else title, "author": author}, pages


def _without_running_lines(pages: list[str]) -> list[str]:
    """Pages without the first or last line where most pages have the same there, but for the page number."""
    split = [clean(page).split("\n") for page in pages]
    for edge in (0, -1):
        shapes = Counter(_DIGITS.sub("#", lines[edge]) for lines in split if lines)
        shape, times = shapes.most_common(1)[0] if shapes else ("", 0)
        if times >= 3 and times > len(pages) / 2:
            for lines in split:
                if lines and _DIGITS.sub("#", lines[edge]) == shape:
                    lines.pop(edge)
    return ["\n".join(lines) for lines in split]
