"""Articles out of mail: a newsletter as one message (.eml), or a mailbox of them (.mbox), message by message."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from email.utils import getaddresses
from typing import BinaryIO

from rag.articles import mhtml, mime, webpages
from rag.articles.drafts import Draft, draft, is_same_site, line, published, web_address
from rag.articles.prose import decode
from rag.articles.rows import Row, Task, digest, lines
from rag.byline import canonical
from rag.errors import ArticleError
from rag.types import Finding

_HEADER = re.compile(rb"[!-9;-~]{1,76}:")
_MESSAGE_ID = re.compile(rb"^message-id:\s{0,9}<([^<>\s]{3,250})>", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LONGEST_HEADERS = 100_000
_QUOTED_FROM = re.compile(rb"^>(>{0,20}From )", re.MULTILINE)
_MOST_LINES = 5_000_000  # of a message
_WEB_ARCHIVE = "Snapshot-Content-Location"

_NARROWEST, _WIDEST = 50, 100  # characters of the columns that plain text is set in
_BLOCK = re.compile(r"[-*+•>|]\s|\d{1,3}[.)]\s")
_LONGEST_MARK = 5  # characters that _BLOCK looks at
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)

# What newsletters say of themselves, as whole lines; what stands below the first of `_END` is the letter's foot.
_ONLINE = (
    r"(?:view|read|open|see)\s(?:this\s)?(?:(?:e-?mail|newsletter|message|it)\s)?(?:in|on)\s(?:your\s|a\s|the\s)?(?:web\s?)?"
    r"(?:browser|online|website|web|app)|view\s(?:it\s)?online|(?:trouble|problems?)\s(?:viewing|reading)\sthis"
    r"|im\sbrowser\s(?:ansehen|anzeigen|öffnen|lesen)|(?:voir|lire|afficher|ouvrir)\s.{0,40}(?:navigateur|en\sligne)"
    r"|ver\s.{0,40}(?:navegador|online|en\sl[ií]nea)|(?:visualizza|leggi|apri)\s.{0,40}browser"
    r"|(?:bekijk|lees)\s.{0,40}(?:browser|online)|(?:открыть|посмотреть)\s.{0,40}браузере|(?:عرض|افتح).{0,40}المتصفح"
)
_FURNITURE = re.compile(
    rf"(?:.{{0,80}}\b)?(?:{_ONLINE})\b.{{0,40}}$|(?:forward|send)\s(?:this\s|it\s)?to\sa\sfriend\b.{{0,40}}$"
    r"|(?:was\sthis|were\syou)\s.{0,20}forwarded\b.{0,120}$|forwarded\sthis\s(?:e-?mail|newsletter)\?.{0,80}$",
    re.IGNORECASE,
)
_END = re.compile(
    r"unsubscribe\b.{0,80}$|.{0,120}\bunsubscribe\s(?:here|at\sany\stime|from\sthis|now|instantly)\b.{0,60}$"
    r"|(?:to\s)?(?:manage|update|change)\s(?:your\s)?(?:(?:e-?mail|subscription|newsletter)\s)?(?:preferences|settings|subscriptions?)\b"
    r".{0,120}$|you(?:’|'|\sa)re\s(?:receiving|getting)\sthis\b.{0,200}$|you\s(?:have\s)?received\sthis\s"
    r"(?:e-?mail|newsletter|message)\b.{0,200}$|this\s(?:e-?mail|newsletter|message)\swas\ssent\s(?:to|by)\b.{0,200}$"
    r"|(?:newsletter\s)?(?:abbestellen|abmelden)\b.{0,60}$|.{0,80}\bse\sd[ée]sabonner\b.{0,80}$|se\sd[ée]sinscrire\b.{0,60}$"
    r"|.{0,60}\bdarse\sde\sbaja\b.{0,60}$|cancelar\s(?:la\s)?(?:suscripción|inscrição)\b.{0,60}$|disiscriviti\b.{0,60}$"
    r"|(?:uitschrijven|afmelden)\b.{0,60}$|отписаться\b.{0,80}$|відписатися\b.{0,80}$|إلغاء\sالاشتراك.{0,60}$"
    r"|(?:配信停止|退订|取消订阅).{0,60}$",
    re.IGNORECASE,
)
_LONGEST_PAGE, _LONGEST_TAG = 500_000, 5_000  # characters in which links are looked for
_HREF = re.compile(r"""\bhref\s{0,9}=\s{0,9}["']([^"'<>]{1,2048})["']""", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_TITLE, _TITLE_ENDS = re.compile(r"<title\b", re.IGNORECASE), re.compile(r"</title\s{0,9}>", re.IGNORECASE)
_LINK_ENDS = re.compile(r"</a\s{0,9}>", re.IGNORECASE)
_LINK = re.compile(r"<a\s", re.IGNORECASE)
_CELL = re.compile(r"</t([dh])\b", re.IGNORECASE)
_LATEST = 0.4  # of a letter's lines, its foot begins below


def from_mail(data: bytes, *, place: str = "") -> Row:
    """A message as one item, known by its Message-ID where it has one."""
    head = _BLANK_LINE.split(data[:_LONGEST_HEADERS], maxsplit=1)[0]
    named = _MESSAGE_ID.search(head)
    source = f"mail:{named[1].decode('utf-8', 'backslashreplace')}" if named else None
    return Row(place=place, raw=digest(data, "mail"), task=Task(kind="mail", data=data), source=source)


def from_mailbox(file: BinaryIO, *, most: int) -> Iterator[Row]:
    """The messages of an mbox file, one at a time, each of at most so many bytes; raises ArticleError for none."""
    number = 0
    for number, data in enumerate(_messages(file, most=min(most, mime.MOST_BYTES)), start=1):
        place = f"message {number}"
        if data is None:
            too_large = f"The message has more than {min(most, mime.MOST_BYTES) / 1e6:.0f} MB; save its text."
            yield Row(place=place, raw=digest(b"", "too large"), task=too_large)
        else:
            yield from_mail(_QUOTED_FROM.sub(rb"\1", data), place=place)
    if not number:
        raise ArticleError("The mailbox is empty; put messages into it, or remove it.")


def _messages(file: BinaryIO, *, most: int) -> Iterator[bytes | None]:
    """The bytes of each message without the line that begins it; None for one that is too large.

    That line says "From " below an empty line or at the top, and above a header: in a text it may stand unquoted.
    """
    held: list[bytes] = []
    size = -1  # of the message so far; below 0 before the first
    count = 0  # of its lines
    before, opening = b"", b""
    for one in lines(file, most=most):
        count += 1
        if count > _MOST_LINES:
            raise ArticleError(f"A message has more than {_MOST_LINES:,} lines; the rest of the mailbox is not read.")
        if opening:
            if one is not None and _HEADER.match(one):
                if size >= 0:
                    yield b"".join(held) if size <= most else None
                held, size, count = [], 0, 1
            else:
                held.append(opening)
            opening = b""
        if one is not None and one.startswith(b"From ") and not before.strip():
            opening = one
        elif size >= 0:
            size += most + 1 if one is None else len(one)
            if one is not None and size <= most:
                held.append(one)
            elif size > most:
                held.clear()
        elif one is None or one.strip():
            raise ArticleError("The file is no mailbox in the mbox format; export it again, or save single messages.")
        before = one or b"x"
    if size < 0 and opening:
        raise ArticleError("The file is no mailbox in the mbox format; export it again, or save single messages.")
    if size >= 0:
        yield b"".join([*held, opening]) if size <= most else None


def from_message(data: bytes) -> Draft:
    """The article of a message: the newsletter that its sender names, sent when its Date says. Raises ArticleError.

    Its subject is the title, the name of who sent it the outlet; its address is one that it states as its own and that
    is of the sender's site.
    """
    if data.startswith(b"From "):
        data = data.partition(b"\n")[2]
    message = mime.parsed(data)
    if _WEB_ARCHIVE in message:
        return mhtml.from_mhtml(data)
    with mime.guarded():
        name, sender = _sender(message)
        text, own = _body(message)
        title, day = line(mime.header(message, "Subject"), limit=300), mime.date(message)
        kept = _archived_at(message)
    said = published(day.isoformat()) if day else None
    drafted = draft({"title": title, "outlet": name, "published_at": said}, text="\n".join(_letter(text)))
    url = next((canonical(one) for one in (kept, *own) if one and _is_of(one, sender)), None)
    known = {"title": drafted.title, "outlet": drafted.outlet, "published_at": drafted.published_at, "url": url}
    findings = tuple(
        Finding(field=field, source="mail", confidence="medium") for field, value in known.items() if value
    )
    others = tuple(one for one in drafted.findings if one.field not in known)
    return replace(drafted, url=url, findings=(*findings, *others))


def _sender(message: mime.Part) -> tuple[str | None, str]:
    """The name that the sender gives, and the host of their address."""
    for name, address in getaddresses([mime.header(message, "From") or ""]):
        if "@" in address:
            return line(name) if "@" not in name else None, address.rpartition("@")[2].strip().lower()
    return None, ""


def _body(message: mime.Part) -> tuple[str, list[str]]:
    """The text of a message, by its HTML where it has that, and addresses at which it says that it can be read."""
    parts = list(mime.texts(message))
    pages = [part for part in parts if part.get_content_type() != "text/plain"]
    for part in pages:
        page = decode(data) if (data := mime.content(part)).strip() else ""
        if text := webpages.without_tags(_laid_out(page)).strip():
            return text, _own_addresses(page)
    for part in parts:
        if part not in pages and (data := mime.content(part)).strip():
            return _plain(decode(data), part), []
    raise ArticleError("The message holds no text; save what is attached to it as a file of its own.")


def _laid_out(page: str) -> str:
    """A letter's HTML without its title, and with room between the cells that it is laid out in."""
    if len(page) > webpages.MOST_BYTES:
        raise ArticleError(f"The message has {len(page) / 1e6:.1f} MB of HTML; save its text instead.")
    opened = _TITLE.search(page)
    closed = _TITLE_ENDS.search(page, opened.end()) if opened else None
    if opened and closed:
        page = page[: opened.start()] + page[closed.end() :]
    return _CELL.sub(r" </t\1", page)


def _plain(text: str, part: mime.Part) -> str:
    """Plain text with each paragraph on a line, without the sender's signature."""
    text = text.replace("\r\n", "\n")
    kept = _SIGNATURE.split(text, maxsplit=1)[0].strip("\n") or text
    if str(part.get_param("format", "")).lower() == "flowed":
        ends = r"(?<=\S) \n(?=\S)"  # a line that goes on ends in a blank (RFC 3676)
        return re.sub(ends, "" if str(part.get_param("delsp", "")).lower() == "yes" else " ", kept)
    return _uncolumned(kept)


def _uncolumned(text: str) -> str:
    """Text that is set in a column, with each paragraph on one line; no word is joined or divided.

    A line goes on in the next where the first word of that would not have fitted into the column.
    """
    every = text.split("\n")
    width = max((len(one.rstrip()) for one in every if " " in one.strip()), default=0)
    if not _NARROWEST <= width <= _WIDEST:
        return text
    found: list[list[str]] = []  # the pieces of each paragraph
    before = opening = ""  # the line before, and how its paragraph begins
    for one in every:
        word = one.split(maxsplit=1)[0] if one.strip() else ""
        is_apart = _BLOCK.match(one.lstrip()) or (one[:1].isspace() and not _BLOCK.match(opening))
        if not word or not before or is_apart or len(before) + 1 + len(word) <= width:
            found.append([one])
            opening = one[:_LONGEST_MARK]
        else:
            piece = one.strip() if before.endswith("-") else f" {one.strip()}"
            found[-1].append(piece)
            opening = (opening + piece[:_LONGEST_MARK])[:_LONGEST_MARK]
        before = one.rstrip()
    return "\n".join(map("".join, found))


def _letter(text: str) -> Iterator[str]:
    """The lines of a newsletter without what it says of itself, and without its foot."""
    every = text.split("\n")
    for number, one in enumerate(every):
        bare = one.strip(" \t|·•[]()>-–—")
        if number > _LATEST * len(every) and _END.match(bare):
            return
        if len(bare) > 250 or not (_FURNITURE.match(bare) or _END.match(bare)):
            yield one


def _archived_at(message: mime.Part) -> str | None:
    """Where the message says that it is kept (RFC 5064)."""
    return web_address((mime.header(message, "Archived-At") or "").strip("<>"))


def _own_addresses(page: str) -> list[str]:
    """The addresses of links that offer to read the letter in a browser."""
    found = []
    for before in _LINK_ENDS.split(page[:_LONGEST_PAGE])[:-1]:
        tag, _, words = _LINK.split(before)[-1].partition(">")
        stated = _HREF.search(tag[:_LONGEST_TAG])
        shown = " ".join(html.unescape(_TAG.sub("", words[:_LONGEST_TAG])).split())
        if stated and shown and _FURNITURE.match(shown) and (address := web_address(html.unescape(stated[1]))):
            found.append(address)
    return found


def _is_of(address: str, sender: str) -> bool:
    """Whether a web address is of the site that a message was sent from: links that count clicks are of others."""
    return bool(sender) and "." in sender and is_same_site(address, f"https://{sender}")
