"""Other people's text as HTML: escaped to one line that holds no tag, and addresses that a browser may be sent to.

The page's Markdown and chat components read a string that starts with a block tag and holds no line break as HTML and
leave it alone, so nothing in a text is read as Markdown: no image, link, form or formula can come out of one.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

# What Markdown and HTML treat as structure and `html.escape` leaves: control characters, line and paragraph separators.
_STRUCTURAL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def escape(text: str) -> str:
    """Turn a text into inert HTML on one line: tags, quotes, line breaks and control characters become entities."""
    whole = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate cannot be sent
    return _STRUCTURAL.sub(_entity, html.escape(whole))


def _entity(match: re.Match[str]) -> str:
    return "&#10;" if match[0] in "\n\x0b\x0c\x85\u2028\u2029" else "&#32;" if match[0] in "\t\r" else "\ufffd"


def safe_link(url: str | None) -> str | None:
    """Give the address back when a browser may be sent there: http or https with a host; else None."""
    if not url or _STRUCTURAL.search(url):
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in ("http", "https") and parts.hostname else None
