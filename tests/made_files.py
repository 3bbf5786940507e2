"""Made-up files of the kinds that articles come in: saved pages, Word documents, mail, web archives."""

import gzip
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from quopri import encodestring

import docx

FIRST = "The council of Lower Wexley voted on Tuesday to rebuild the bridge over the river, the mayor said."
SECOND = "“We have waited long enough,” said Anna Börjesson, who has a stall on the market square there."
LETTER = "Wexley Post <letters@wexley.example>"


def page(title: str = "Bridge reopens", *, above: str = "", first: str = FIRST) -> str:
    """A web page of two paragraphs."""
    return (
        f'<!DOCTYPE html>\n{above}<html><head><meta charset="utf-8"><title>{title}</title></head><body><article>'
        f"<h1>{title}</h1><p>{first}</p><p>{SECOND}</p></article></body></html>"
    )


def word(*paragraphs: str, heading: str | None = None) -> bytes:
    """A Word document."""
    made = docx.Document()
    if heading:
        made.add_heading(heading, 1)
    for text in paragraphs:
        made.add_paragraph(text)
    return saved(made)


def saved(document: "docx.document.Document") -> bytes:
    """A Word document as a file."""
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def letter(
    text: str | None = FIRST,
    *,
    html: str | None = None,
    subject: str = "Bridge reopens",
    name: str | None = "a1@wexley.example",
    sender: str = LETTER,
    sent: str = "Tue, 03 Dec 2024 07:30:00 +0100 (CET)",
    **headers: str,
) -> bytes:
    """A message, with text, HTML or both."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"], made["Date"] = sender, "reader@home.example", subject, sent
    if name:
        made["Message-ID"] = f"<{name}>"
    for header, value in headers.items():
        made[header.replace("_", "-")] = value
    if text is not None:
        made.set_content(text)
    if html is not None and text is not None:
        made.add_alternative(html, subtype="html")
    elif html is not None:
        made.set_content(html, subtype="html")
    return made.as_bytes(policy=SMTP)


def mailbox(*messages: bytes) -> bytes:
    """An mbox file."""
    mark = b"From letters@wexley.example Tue Dec  3 07:30:00 2024\n"
    return b"".join(mark + one.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") + b"\n" for one in messages)


def mhtml(html: str, *, address: str | None = "https://www.wexley.example/bridge", charset: str = "utf-8") -> bytes:
    """A page as Chromium saves it, with a picture behind it."""
    at = f"Snapshot-Content-Location: {address}\r\n" if address else ""
    return (
        f"From: <Saved by Blink>\r\n{at}Date: Sun, 1 Dec 2024 18:00:00 -0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="----Made--up----"\r\n\r\n\r\n'
        f"------Made--up----\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + (
        encodestring(html.encode(charset))
        + b"\r\n------Made--up----\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlh\r\n"
        + b"\r\n------Made--up------\r\n"
    )


def record(
    address: str,
    body: bytes,
    *,
    kind: str = "response",
    status: str = "200 OK",
    content_type: str = "text/html; charset=utf-8",
    headers: str = "",
    warc: str = "",
) -> bytes:
    """A record of a web archive, of a server's answer unless `kind` is another."""
    answer = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n{headers}\r\n".encode() + body
    block = answer if kind in {"response", "revisit"} else body
    return (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{len(block):012}>\r\n"
        f"WARC-Date: 2024-12-01T10:00:00Z\r\nWARC-Target-URI: {address}\r\n{warc}Content-Length: {len(block)}\r\n\r\n"
    ).encode() + (block + b"\r\n\r\n")


def packed(*records: bytes) -> bytes:
    """Records packed one by one, as crawlers keep them."""
    return b"".join(map(gzip.compress, records))
