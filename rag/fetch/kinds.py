"""What kinds of things are fetched at all, by what the server calls them. Pure."""

from __future__ import annotations

from rag.fetch.addresses import Address

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# Suffixes that stand in for a kind where the server states none.
_BY_SUFFIX = {
    ".html": "text/html",
    ".htm": "text/html",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".pdf": "application/pdf",
    ".docx": DOCX,
    ".rss": "application/rss+xml",
    ".atom": "application/atom+xml",
    ".xml": "application/xml",
    ".mhtml": "multipart/related",
    ".mht": "multipart/related",
    ".eml": "message/rfc822",
    ".mbox": "application/mbox",
    ".warc": "application/warc",
    ".warc.gz": "application/warc",
    ".gz": "application/gzip",
}
KINDS = frozenset({*_BY_SUFFIX.values(), "application/xhtml+xml", "application/feed+json"})
_SAME = {  # other names of theirs that servers use
    "application/x-pdf": "application/pdf",
    "application/x-gzip": "application/gzip",
    "application/rdf+xml": "application/rss+xml",  # RSS 1.0
    "application/x-rss+xml": "application/rss+xml",
    "text/xml": "application/xml",
    "text/rss+xml": "application/rss+xml",
    "text/atom+xml": "application/atom+xml",
    "text/json": "application/json",
    "application/jsonl": "application/x-ndjson",
    "application/ndjson": "application/x-ndjson",
    "text/x-markdown": "text/markdown",
    "application/x-mimearchive": "multipart/related",
    "application/x-warc": "application/warc",
}
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})

# What a server is told that we read, the page of an article before all else.
ACCEPT = ", ".join(
    [
        "text/html, application/xhtml+xml",
        "application/rss+xml;q=0.9, application/atom+xml;q=0.9, application/feed+json;q=0.9",
        "application/xml;q=0.9, text/xml;q=0.9, text/plain;q=0.9, application/json;q=0.9, application/pdf;q=0.9",
        "*/*;q=0.5",
    ]
)


def kind_of(stated: str, address: Address) -> str | None:
    """The kind, one of KINDS, of what a Content-Type states; where it states none that of the path's suffix, or None.

    `stated` is without parameters, in lower case.
    """
    if stated in _UNTOLD:
        path = address.target.partition("?")[0].lower()
        suffixes = sorted(_BY_SUFFIX, key=len, reverse=True)
        return next((_BY_SUFFIX[suffix] for suffix in suffixes if path.endswith(suffix)), None)
    named = _SAME.get(stated, stated)
    return named if named in KINDS else None
