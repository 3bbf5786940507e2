"""Articles out of Word documents (.docx): the one door to python-docx. What is not shown as text is not read."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, TypeAlias

from rag.articles.drafts import Draft, draft
from rag.articles.prose import split_headline
from rag.errors import ArticleError

_Block: TypeAlias = tuple[str, str]  # its kind ("title", "item", "row", else empty) and its text

_MOST_UNPACKED = 100_000_000  # bytes, pictures included
_MOST_TEXT = 10_000_000  # bytes of XML
_MOST_PARTS = 10_000
_PIECE = 65_536  # bytes that are unpacked at a time
_CELLS = " | "  # between the cells of a row

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
# Struck out or moved away, the second form of what stands before it, what stands in the margin, and settings.
_UNREAD = frozenset({f"{_W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "tblPr", "trPr", "tcPr", "sectPr")})
_UNREAD |= {_FALLBACK}
_SIGNS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING = re.compile(r"(?:title|heading ?1)$", re.IGNORECASE)
_TEMPLATE_TITLE = re.compile(r"^(?:microsoft word|untitled|word document|document ?\d*$)|\.docx?$", re.IGNORECASE)


def from_docx(data: bytes) -> Draft:
    """The article of a Word document: paragraphs, lists and tables as they stand; raises ArticleError.

    Its author and its dates are those of the file and not of the article, and are left out.
    """
    _check(data)
    import docx  # slow to load

    try:
        document = docx.Document(BytesIO(data))
        named = document.core_properties.title
        names = {style.style_id: style.name or "" for style in document.styles}
        blocks = list(_blocks(document.element.body, names))
    except MemoryError:
        raise
    except Exception as error:  # a parser over hostile input: whatever it raises means that this file is not read
        raise ArticleError(
            "The Word document is damaged and cannot be read; save it again, or save its text."
        ) from error
    if not blocks:
        raise ArticleError("The Word document holds no text (it may hold pictures of it); save the article as text.")
    return _titled(blocks, None if _TEMPLATE_TITLE.search((named or "").strip()) else named)


def _titled(blocks: list[_Block], named: str | None) -> Draft:
    """The draft with the first heading as its title where the document begins with one, else with its stated title."""
    if blocks[0][0] == "title" and blocks[1:]:
        return draft({"title": blocks[0][1]}, text=_joined(blocks[1:]))
    if named:
        return draft({"title": named}, text=_joined(blocks))
    text = _joined(blocks)
    title, body = (None, text) if blocks[0][0] else split_headline(text)
    return draft({"title": title}, text=body)


def _joined(blocks: list[_Block]) -> str:
    """The blocks with an empty line between them, but for items of one list and rows of one table."""
    pieces = []
    before = ""
    for kind, text in blocks:
        pieces += ["\n" if kind == before != "" else "\n\n", text]
        before = kind
    return "".join(pieces[1:])


def _check(data: bytes) -> None:
    """Raise ArticleError for what is not a Word document, or too large, by what it says and by what it unpacks to."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as packed:
            parts = packed.infolist()
            if any(part.flag_bits & 1 for part in parts):
                raise ArticleError("The file is encrypted; save a copy without a password.")
            if not any(part.filename == "word/document.xml" for part in parts):
                raise ArticleError("It is a packed file and no Word document; unpack it, and give the articles in it.")
            _check_size(sum(part.file_size for part in parts), sum(part.file_size for part in parts if _is_text(part)))
            if len(parts) > _MOST_PARTS:
                raise ArticleError(f"The Word document has {len(parts):,} parts; save its text instead.")
            if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
                raise ArticleError(
                    "The Word document is packed in a way that Word does not; save it again, or save its text."
                )
            _unpack(packed)
    except (ArticleError, MemoryError):
        raise
    except Exception as error:  # a parser over hostile input: whatever it raises means that this file is not read
        raise ArticleError("The Word document is damaged or cut short; copy it again, or save its text.") from error


def _unpack(packed: zipfile.ZipFile) -> None:
    """Raise ArticleError as soon as the parts have unpacked to more than the limits, whatever they say of their sizes.

    Python's reader unpacks a piece whole before it cuts it to the size that is said.
    """
    unpacked = text = 0
    for part in packed.infolist():
        part.file_size = _MOST_UNPACKED + 2 * _PIECE  # more than is ever read: the limit comes first
        with packed.open(part) as file:
            while piece := file.read(_PIECE):
                unpacked += len(piece)
                text += len(piece) if _is_text(part) else 0
                _check_size(unpacked, text)


def _is_text(part: zipfile.ZipInfo) -> bool:
    return part.filename.endswith((".xml", ".rels"))


def _check_size(unpacked: int, text: int) -> None:
    if unpacked > _MOST_UNPACKED or text > _MOST_TEXT:
        raise ArticleError(
            f"The Word document unpacks to {unpacked / 1e6:,.0f} MB, {text / 1e6:,.0f} MB of it text, above the "
            "limit; save the article as text."
        )


def _blocks(body: Any, names: dict[str, str]) -> Iterator[_Block]:  # noqa: ANN401
    """Each paragraph and each row of a table, in order.

    The tree is lxml's, which declares no types.
    """
    pending = [body]
    while pending:
        element = pending.pop()
        if element.tag in _UNREAD:
            continue
        if element.tag == f"{_W}tr":
            own = (cell for cell in element.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is element)
            cells = [" ".join(_text(cell).split()) for cell in own]
            if any(cells):
                yield "row", _CELLS.join(cells)
        elif element.tag == f"{_W}p":
            yield from _paragraph(element, names)
            pending.extend(reversed(_boxes(element)))
        else:
            pending.extend(reversed(element))


def _paragraph(element: Any, names: dict[str, str]) -> Iterator[_Block]:  # noqa: ANN401
    text = _text(element).strip()
    if not text:
        return
    style = element.find(f"{_W}pPr/{_W}pStyle")
    name = "" if style is None else names.get(style.get(f"{_W}val", ""), "")
    if _HEADING.fullmatch(name):
        yield "title", text
    elif element.find(f"{_W}pPr/{_W}numPr") is not None or name.startswith("List "):
        yield "item", f"- {text}"
    else:
        yield "", text


def _boxes(paragraph: Any) -> list[Any]:  # noqa: ANN401
    """The text boxes that hang on a paragraph, each once."""
    return [
        box
        for box in paragraph.iter(f"{_W}txbxContent")
        if not any(above.tag in _UNREAD or above.tag == f"{_W}txbxContent" for above in box.iterancestors())
    ]


def _text(element: Any) -> str:  # noqa: ANN401
    """The text that is shown of an element, without that of text boxes."""
    found: list[str] = []
    pending = [*reversed(element)]
    while pending:
        child = pending.pop()
        if child.tag in _UNREAD or child.tag == f"{_W}txbxContent" or (child.tag == f"{_W}r" and _is_hidden(child)):
            continue
        if child.tag == f"{_W}t":
            found.append(child.text or "")
        elif child.tag in _SIGNS:
            found.append(_SIGNS[child.tag])
        elif child.tag == f"{_W}p" and found:
            found.append("\n")
            pending.extend(reversed(child))
        else:
            pending.extend(reversed(child))
    return "".join(found)


def _is_hidden(run: Any) -> bool:  # noqa: ANN401
    """Whether a run of text is not shown, or struck out."""
    return any(
        (mark := run.find(f"{_W}rPr/{_W}{name}")) is not None
        and mark.get(f"{_W}val", "1").lower() not in {"0", "false", "off"}
        for name in ("vanish", "webHidden", "strike", "dstrike")
    )
