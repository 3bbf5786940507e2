"""Articles out of PDFs that have a text layer: the one door to pypdf."""

from __future__ import annotations

import logging
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

from rag.articles.drafts import Draft, draft
from rag.articles.prose import clean, unwrapped
from rag.errors import ArticleError

if TYPE_CHECKING:
    from pypdf import PdfReader

_MOST_PAGES = 1_000

_DIGITS = re.compile(r"\d+")
_FILE_TITLE = re.compile(r"^(?:microsoft word|untitled|document\d*$)|\.(?:docx?|pdf|indd|qxd|rtf|odt)$", re.IGNORECASE)


def from_pdf(data: bytes) -> Draft:
    """The article of a PDF with a text layer; its date of making is not one of publishing. Raises ArticleError."""
    import pypdf  # slow to load

    logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)  # what matters is said in our error
    try:
        with warnings.catch_warnings(action="ignore"):
            fields, pages = _pdf_parts(pypdf.PdfReader(BytesIO(data)))
    except (ArticleError, MemoryError):
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
    pages = [page.extract_text() for page in reader.pages]
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
