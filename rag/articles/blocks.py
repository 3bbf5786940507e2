"""The blocks of a web page in the order in which they are read: paragraphs, headings, list items, table rows, captions.

A block's words are the page's own, to the letter. What a page says of its parts by their tags, roles and class names
tells which of them are furniture and not read at all. The tree is lxml's, which declares no types: it stays in this
package.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from rag.articles.calls import boxes

Kind: TypeAlias = Literal["text", "heading", "item", "row", "caption", "quote"]

_LONGEST_CELL = 200  # characters; a longer one is part of a page laid out in a table
_LONGEST_ROW = 800
_MOST_SHARE = 0.6  # of a page's text, above which nothing is furniture whatever its tag
_WEAK = 0.2  # above which nothing is whatever it is called, but for comments and their like
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

_BLOCKS = frozenset(
    """address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table tbody td
    tfoot th thead tr ul""".split()
)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
    **dict.fromkeys(("li", "dd", "dt"), "item"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    "blockquote": "quote",
}
_NEVER = frozenset(
    """head script style template noscript svg button input label select option optgroup rt rtc meter progress map
    audio""".split()
)
_NO_TEXT = frozenset({"a", "script"})
_FURNITURE_TAGS = frozenset("nav footer aside form menu dialog search".split())
_FURNITURE_ROLES = frozenset(
    "navigation banner complementary contentinfo search menu menubar toolbar dialog alertdialog tablist".split()
)
# Words that class names and ids are made of ("article__share-bar" is article, share, bar).
_APART = frozenset(  # however long it is
    """comments commentlist disqus respond related relateds relatedposts recommended recommendation recommendations
    cookie cookies consent gdpr onetrust newsletter newsletters outbrain taboola morestories mostread""".split()
)
_FURNITURE_WORDS = frozenset(
    """ad ads adslot advert adverts advertisement advertising advertorial adsense dfp sponsor sponsored promo promos
    promotion promoted criteo share sharing shares sharebar sharedaddy addthis sharethis social socials
    follow signup subscribe subscription subscriptions
    trending popular readmore readnext nextup upnext reply replies breadcrumb breadcrumbs
    crumbs tags taglist toolbar sidebar nav navbar navigation subnav menu footer pagination pager popup modal overlay
    lightbox authorbio biography bio byline bylines dateline timestamp metadata noprint donate donation donations
    login register skip skiplink legal copyright rating ratings votes poll quiz
    pullquote masthead toc""".split()
)
_FURNITURE_PAIRS = frozenset(
    [
        *[("author", word) for word in ("box", "card", "info", "profile", "about", "details", "desc", "description")],
        *[("about", "author"), ("read", "more"), ("read", "next"), ("read", "also"), ("see", "also"), ("also", "read")],
        *[("more", "on"), ("more", "from"), ("more", "stories"), ("more", "news"), ("up", "next"), ("next", "up")],
        *[
            ("most", "read"),
            ("most", "popular"),
            ("latest", "news"),
            ("you", "may"),
            ("pull", "quote"),
            ("post", "meta"),
        ],
        *[("entry", "meta"), ("article", "meta"), ("story", "meta"), ("article", "tools"), ("article", "info")],
        *[("article", "topics"), ("article", "keywords"), ("article", "infos"), ("page", "tools"), ("sign", "up")],
        *[("jump", "links"), ("comment", "list"), ("comment", "form"), ("comment", "section")],
        *[("reader", "comments"), ("user", "comments"), ("link", "list"), ("story", "links")],
    ]
)
_ARTICLE_PAIRS = frozenset(
    (of, what)
    for of in ("article", "entry", "post", "story", "news", "main", "content", "text")
    for what in ("body", "content", "text", "main")
)
_NEGATED = frozenset("has have with without no not hide show is enable disable".split())
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(slots=True, kw_only=True)
class Block:
    """A stretch of a page that stands by itself: its text, how many characters of it are links, and its element."""

    text: str
    kind: Kind
    linked: int
    element: Any  # lxml's

    @property
    def links(self) -> float:
        """The share of the text that is links, 0..1."""
        return self.linked / len(self.text) if self.text else 0.0


def blocks(body: Any) -> list[Block]:  # noqa: ANN401
    """What a page's body says, block by block, without its furniture."""
    from lxml import etree  # type: ignore[import-untyped]  # slow to load

    reader = _Reader(_Furniture(body))
    walk = etree.iterwalk(body, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            reader.leave(element)
        elif not reader.enter(element):
            walk.skip_subtree()
    reader.flush()
    return reader.blocks


class _Reader:
    """Blocks out of a walk through a tree."""

    def __init__(self, furniture: _Furniture) -> None:
        self.blocks: list[Block] = []
        self._furniture = furniture
        self._pieces: list[str] = []
        self._linked = 0
        self._links = 0  # links that we are in
        self._raised = 0  # superscripts that we are in
        self._within: list[Any] = []  # block elements that we are in
        self._rows: list[tuple[int, int]] = []  # blocks before each row that we are in, and its cells
        self._skipped: Any = None

    def enter(self, element: Any) -> bool:  # noqa: ANN401
        """Whether to go on into an element."""
        tag = element.tag
        if not isinstance(tag, str) or tag in _NEVER or self._furniture.is_furniture(element):
            self._skipped = element
            if tag in _BLOCKS:
                self.flush()
            return False
        if tag in _BLOCKS:
            self.flush()
            self._within.append(element)
            if tag == "tr":
                self._rows.append((len(self.blocks), 0))
            elif tag in {"td", "th"} and self._rows:
                start, cells = self._rows[-1]
                self._rows[-1] = (start, cells + 1)
        elif tag == "br":
            self._pieces.append("\n")
        elif tag == "a":
            self._links += 1
        elif tag == "sup":
            self._raised += 1
        elif tag == "q":
            self._pieces.append("“")
        self._add(element.text)
        return True

    def leave(self, element: Any) -> None:  # noqa: ANN401
        tag = element.tag
        if element is self._skipped:
            self._skipped = None
        elif tag in _BLOCKS:
            self.flush()
            self._within.pop()
            if tag == "tr":
                self._join_row(*self._rows.pop(), element)
        elif tag == "a":
            self._links -= 1
        elif tag == "sup":
            self._raised -= 1
        elif tag == "q":
            self._pieces.append("”")
        self._add(element.tail)

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if self._within and self._within[-1].tag != "pre":
            text = text.replace("\n", " ").replace("\r", " ")
        self._pieces.append(text.translate(_SUPERSCRIPTS) if self._raised else text)
        if self._links:
            self._linked += len(text.strip())

    def flush(self) -> None:
        """End the block that is being read."""
        if not self._pieces:
            return
        text, linked = "".join(self._pieces), self._linked
        self._pieces, self._linked = [], 0
        if not text.strip() or not self._within:
            return
        element = self._within[-1]
        kind = self._kind()
        for paragraph in re.split(r"\n[^\S\n]*\n\s*", text.strip()) if "\n" in text else (text,):
            lines = "\n".join(filter(None, (" ".join(line.split()) for line in paragraph.split("\n"))))
            if lines:
                self.blocks.append(Block(text=lines, kind=kind, linked=min(linked, len(lines)), element=element))

    def _kind(self) -> Kind:
        for element in self._within[:-4:-1]:  # "<li><div><p>" is an item
            if element.tag in _KINDS:
                return _KINDS[element.tag]
        return "text"

    def _join_row(self, start: int, cells: int, element: Any) -> None:  # noqa: ANN401
        """Make one block of the cells of a table's row; a page that is laid out in a table keeps its own."""
        if cells < 2 or not 0 < len(self.blocks) - start <= cells:
            return
        row = self.blocks[start:]
        texts = [block.text.replace("\n", " ") for block in row]
        if max(map(len, texts)) > _LONGEST_CELL or sum(map(len, texts)) > _LONGEST_ROW:
            return
        joined = Block(text=" | ".join(texts), kind="row", linked=sum(block.linked for block in row), element=element)
        self.blocks[start:] = [joined]


# --- furniture -------------------------------------------------------------------------------------------------------


class _Furniture:
    """Which elements of a page are not its article, by what they are called."""

    def __init__(self, body: Any) -> None:  # noqa: ANN401
        self._lengths = _lengths(body)
        self._total = self._lengths[body]
        landmarks = [*body.iter("h1", "main"), *body.xpath(".//*[contains(@itemprop, 'articleBody')]")]
        # kept as elements: lxml makes them anew where nobody holds them
        self._around = {element for mark in landmarks for element in (mark, *mark.iterancestors())}
        self._calls = boxes(body, kept=self._around, lengths=self._lengths)

    def is_furniture(self, element: Any) -> bool:  # noqa: ANN401
        if element.tag in {"html", "body"} or element in self._around:
            return False
        if element in self._calls:
            return True
        most = 0.0
        if element.tag in _FURNITURE_TAGS or (element.get("role") or "").lower() in _FURNITURE_ROLES:
            most = _MOST_SHARE
        else:
            names = f"{element.get('class') or ''} {element.get('id') or ''}"
            most = share_called(names[:300]) if len(names) > 1 else 0.0
        return most > 0 and self._lengths[element] <= most * self._total


def _lengths(body: Any) -> dict[Any, int]:  # noqa: ANN401
    """How many characters of text that is no link each element of a body holds."""
    held: dict[Any, int] = {}
    for element in reversed(list(body.iter())):
        own = held.get(element, 0) + len((element.text or "").strip())
        held[element] = own = 0 if element.tag in _NO_TEXT else own
        above = element.getparent()
        if above is not None and element is not body:
            held[above] = held.get(above, 0) + own + len((element.tail or "").strip())
    return held


@lru_cache(maxsize=4096)
def share_called(names: str) -> float:
    """How much of a page's text may stand in a part with such class names and id and be no article, 0..1."""
    words = [[part.lower() for part in _NAME_PART.findall(name)] for name in names.split()]
    pairs = [pair for name in words for pair in zip(["", *name], name, strict=False)]
    named = [word for before, word in pairs if before not in _NEGATED]
    if not _APART.isdisjoint(named):
        return 1.0
    if any(pair in _ARTICLE_PAIRS for pair in pairs):
        return 0.0
    return _WEAK if not _FURNITURE_WORDS.isdisjoint(named) or any(pair in _FURNITURE_PAIRS for pair in pairs) else 0.0
