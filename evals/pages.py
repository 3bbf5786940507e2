"""Web pages as news sites make them, written by hand with what a reader has to make of them marked in the very page.

A page is a file `ID.page`: a head in TOML (its gold), a line `+++`, and the HTML with marks that are taken out of it:
⟦what the body is⟧, ⟨what may be read or left: a standfirst, a pull quote, a credit⟩, ⟪what must not be read⟫. Marks may
hold each other; the innermost counts. `{{name argument}}` stands for boilerplate, made by `evals.filler`.
"""

from __future__ import annotations

import html
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from evals.errors import EvalError
from evals.filler import Filler

SUFFIX = ".page"
BODY, OPTIONAL, FURNITURE = "body", "optional", "furniture"
Accepted: TypeAlias = tuple[str, ...]  # spellings of one value, the first the plainest; none: it has to stay unknown

_MARKS = {"⟦": BODY, "⟨": OPTIONAL, "⟪": FURNITURE}
_ENDS = {"⟧": BODY, "⟩": OPTIONAL, "⟫": FURNITURE}
_MARK = re.compile("([⟦⟧⟨⟩⟪⟫])")
_MACRO = re.compile(r"\{\{(\w+)(?: ([\w-]+))?\}\}")
_UNREAD = re.compile(r"<!--.*?-->|<(script|style|noscript|template)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(
    r"<(?:br|/?(?:p|div|li|[uo]l|h[1-6]|tr|table|blockquote|figure|figcaption|section|aside|dl|dt|dd|amp-img|header))\b"
    r"[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[^<>]*>")
_VALUES = frozenset({"title", "outlet", "author", "published_at", "modified_at", "url", "language"})
_VALUES |= {"dateline", "dateline_day", "origin"}
_KEYS = _VALUES | {"kind", "note", "address", "fetched_at", "defects", "charset", "header_charset"}
FETCHED_AT = "2026-11-20T12:00:00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What a page says: each value in its accepted spellings, the body's lines, and what may and must not be read.

    A value of no spelling has to stay unknown, but for those named `unsure`, which are not scored.
    """

    body: tuple[str, ...]
    optional: tuple[str, ...] = ()
    furniture: tuple[str, ...] = ()
    title: Accepted = ()
    outlet: Accepted = ()
    author: Accepted = ()
    published_at: Accepted = ()
    modified_at: Accepted = ()
    url: Accepted = ()
    language: Accepted = ()
    dateline: Accepted = ()
    dateline_day: Accepted = ()
    origin: Accepted = ()
    defects: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The bytes of a page, where and when they were fetched (address None: a file that was saved), and its gold."""

    id: str
    kind: str
    note: str
    content: bytes
    gold: Gold
    address: str | None = None
    fetched_at: str = FETCHED_AT
    charset: str | None = None  # as the server says it


def read_pages(folder: Path) -> list[Page]:
    """Return the pages of a folder, sorted by name; raises EvalError."""
    try:
        files = sorted(folder.glob(f"*{SUFFIX}"))
        if not files:
            raise EvalError(f"{folder}: there is no page in it; name another folder with --data DIR --split NAME.")
        return [page_of(file.read_text(encoding="utf-8"), id=file.stem) for file in files]
    except OSError as error:
        raise EvalError(f"{folder}: the pages cannot be read ({error.strerror}).") from error


def page_of(source: str, *, id: str) -> Page:
    """Return the page that a file's text describes; raises EvalError."""
    head, parted, markup = source.partition("\n+++\n")
    try:
        stated = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise EvalError(f"{id}: its head is no TOML ({error}).") from error
    if not parted or (unknown := set(stated) - _KEYS):
        raise EvalError(f"{id}: " + (f"its head has {sorted(unknown)}." if parted else "there is no line +++ in it."))
    values = {name: _accepted(stated[name], f"{id}: {name}") for name in _VALUES & set(stated)}
    language = values.get("language", ("en",))[0]
    marked = expanded(markup, language=language, seed=id)
    plain, regions = unmarked(marked, id=id)
    codec = stated.get("charset", "utf-8")
    return Page(
        id=id,
        kind=stated["kind"],
        note=stated["note"],
        content=plain.encode(codec, "xmlcharrefreplace"),
        gold=Gold(
            **values,
            defects=_accepted(stated.get("defects", []), f"{id}: defects"),
            unsure=tuple(name for name in ("url", "language") if name not in values),
            body=lines_of(regions[BODY]),
            optional=lines_of(regions[OPTIONAL]),
            furniture=tuple(dict.fromkeys(lines_of(regions[FURNITURE]))),
        ),
        address=stated.get("address"),
        fetched_at=stated.get("fetched_at", FETCHED_AT),
        charset=stated.get("header_charset"),
    )


def expanded(markup: str, *, language: str, seed: str) -> str:
    """Return markup with each `{{name argument}}` made by the filler; raises EvalError."""
    filler = Filler(language, seed=seed)
    return _MACRO.sub(lambda match: filler.made(match[1], match[2]), markup)


def unmarked(marked: str, *, id: str) -> tuple[str, Mapping[str, Sequence[str]]]:
    """Return markup without its marks, and the markup of each marked region by its kind; raises EvalError."""
    open_marks: list[str] = []
    regions: dict[str, list[str]] = {BODY: [], OPTIONAL: [], FURNITURE: []}
    plain = []
    for piece in _MARK.split(marked):
        if kind := _MARKS.get(piece):
            if kind not in open_marks:  # what a region of the same kind goes on with is the same region
                regions[kind].append("")
            open_marks.append(kind)
        elif kind := _ENDS.get(piece):
            if not open_marks or open_marks.pop() != kind:
                raise EvalError(f"{id}: a mark {piece} closes what is not open.")
        else:
            plain.append(piece)
            if open_marks:
                regions[open_marks[-1]][-1] += piece
    if open_marks:
        raise EvalError(f"{id}: a mark of the {open_marks[-1]} is not closed.")
    return "".join(plain), regions


def lines_of(regions: Sequence[str]) -> tuple[str, ...]:
    """The text of marked regions as lines, without tags and character references."""
    found = []
    for region in regions:
        text = re.sub(r"</t[dh]>", " ", _UNREAD.sub("", " ".join(region.split())))
        found += [" ".join(html.unescape(line).split()) for line in _TAG.sub("", _BREAK.sub("\n", text)).split("\n")]
    return tuple(line for line in found if line)


def _accepted(value: object, where: str) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise EvalError(f"{where} has to be a text or a list of texts.")
    return tuple(found)
