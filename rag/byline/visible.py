"""What a reader of a page sees above its text: the headline, who wrote it, and the dates with their labels.

Most dates on a page are not the article's: those of related stories, of comments, of the day in the site's head. So a
date counts where it stands with the headline, or where a word says that it is the day of publication. The tree is
lxml's, which declares no types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, Literal, NamedTuple

from rag.byline import boxes, lines
from rag.byline.dates import published
from rag.byline.labels import role_of
from rag.byline.lines import Role
from rag.byline.names import key, same_title

_MOST = 100  # dates of a kind that are looked at
_MOST_LINKS = 2_000
_MOST_BELOW = 12  # pieces of text below a headline that no text follows
_LONGEST_PIECE = 300  # characters of a line that dates are looked for in
_DATED = frozenset(
    "published dt-published dtpublished pubdate entry-date post-date date-published datepublished publish-date".split()
)
_CHANGED = frozenset(
    "updated dt-updated modified date-modified datemodified updated-date last-updated lastupdated".split()
)
_DATE_HEADS = _DATED | frozenset("date-header item-date article-date story-date news-date post_date item_date".split())
_SECTIONS = frozenset(
    """news world politics sport sports business opinion culture local breaking latest video live home international
    middleeast europe asia africa americas technology science health travel entertainment lifestyle economy analysis
    actualites monde politique nachrichten politik welt wirtschaft noticias mundo politica deportes cronaca esteri mondo
    новости мир политика спорт أخبار سياسة العالم رياضة haberler gundem dunya spor wiadomosci swiat nieuws""".split()
)
_TITLED = ("td", "th", "div", "p", "font", "b", "strong", "span")
_PUBLICATION = re.compile(
    "publi|pubbl|veröffentl|gepubl|opublik|yayın|yayım|опубл|نشر|انتشار|פורס|תאריך פ|发布|发表|發|公開|掲載|配信",
    re.IGNORECASE,
)
_TO_DIGIT = re.compile(r"\D*")
_YEARS = " or ".join(f"contains(., '{digits}')" for digits in ("20", "19", "٢٠", "۲۰", "۱۴"))


class Seen(NamedTuple):
    """A date that a page shows: an ISO day or instant, what it is the date of, and where it was read."""

    role: Role
    value: str
    source: Literal["time", "text"]
    with_headline: bool


class View:
    """A page as it is seen: its headline and what stands around that. Nothing of the tree is altered."""

    def __init__(self, tree: Any, *, titles: Sequence[str], language: str | None) -> None:  # noqa: ANN401
        self._tree = tree
        self._titles = [title for title in titles if title]
        self._language = language
        self._bounds: dict[Any, bool] = {}
        self._headed: dict[Any, bool] = {}

    @cached_property
    def anchor(self) -> Any:  # noqa: ANN401
        """The element of the headline: a heading that is the page's title, any text that is, else the first heading."""
        every = [one for one in islice(self._tree.iter("h1"), 20) if boxes.text_of(one) and not boxes.is_unseen(one)]
        headings = [one for one in every if not self._is_within_bounds(one)] or every
        keys = {key(title) for title in self._titles} - {""}
        for element in (*headings, *islice(self._tree.iter("h2", "h3", "h4"), _MOST)) if keys else ():
            if key(boxes.text_of(element) or "") in keys and not self._is_within_bounds(element):
                return element
        for element in headings:
            if any(same_title(boxes.text_of(element) or "", title) for title in self._titles):
                return element
        longest = max(map(len, self._titles), default=0) + 20
        for element in self._tree.iter(*_TITLED) if keys else ():
            text = (element.text or "")[: 2 * longest].strip()
            if text and len(text) < longest and key(text) in keys and not self._is_within_bounds(element):
                return element
        return next(iter(headings), None)

    @cached_property
    def headline(self) -> str | None:
        """The text of the headline."""
        return None if self.anchor is None else boxes.text_of(self.anchor)

    @cached_property
    def _around(self) -> frozenset[Any]:
        """The elements that the headline stands in, itself included."""
        if self.anchor is None:
            return frozenset()
        return frozenset((self.anchor, *islice(self.anchor.iterancestors(), boxes.DEEPEST)))

    def holds_headline(self, element: Any) -> bool:  # noqa: ANN401
        """Whether the headline stands in an element, or is it."""
        return element in self._around

    def is_section(self, name: str) -> bool:
        """Whether a name is that of a part of the site: of a link that does not lead to its front page, or usual."""
        sought = name.casefold().split()
        links = islice(self._tree.iter("a"), _MOST_LINKS)
        named = (link for link in links if "".join(islice(link.itertext(), 20)).casefold().split() == sought)
        return not sought or key(name) in _SECTIONS or any(not boxes.leads_to_front(link) for link in named)

    def is_apart(self, element: Any) -> bool:  # noqa: ANN401
        """Whether an element is hidden, or in a part of the page that is not the article; the headline's is."""
        if self._is_within_bounds(element, outside=self._around):
            return True
        articles = (one for one in (element, *islice(element.iterancestors(), boxes.DEEPEST)) if one.tag == "article")
        return bool(self._around) and any(one not in self._around for one in articles)

    def _is_within_bounds(self, element: Any, outside: frozenset[Any] = frozenset()) -> bool:  # noqa: ANN401
        chain = (element, *islice(element.iterancestors(), boxes.DEEPEST))
        return any(self._is_bound(one) for one in chain if one not in outside)

    def _is_bound(self, element: Any) -> bool:  # noqa: ANN401
        if element not in self._bounds:
            self._bounds[element] = isinstance(element.tag, str) and boxes.bounds(element)
        return self._bounds[element]

    # --- dates -------------------------------------------------------------------------------------------------------

    @cached_property
    def dates(self) -> list[Seen]:
        """The dates that may be of the article, those with the headline first."""
        near = [*self._near(), *self._marked()]
        return near if any(one.role == "published" for one in near) else near + list(self._told())

    def _near(self) -> Iterator[Seen]:
        before, own, block, last = "", "", None, None
        for text, element in self.head:
            time = boxes.time_of(element)
            if self._is_headed(element) or (time is not None and time is last):
                continue
            last, within = time, boxes.block_of(element)
            before, block = before[-80:] if within is block else f"{before[-80:]}\n", within
            if time is not None:
                yield from self._timed(time, before, own)
                before, own, block = "", "", None
                continue
            if len(text) < _LONGEST_PIECE:
                for dated in lines.dates(text, before, self._language):
                    named = _role_of_names(element) if dated.role == "plain" else None
                    is_of_text = dated.role == "plain" and boxes.in_prose(element)
                    if not is_of_text and not boxes.is_of_details(element):
                        yield Seen(named or dated.role, dated.day, "text", True)
            # A name or a section before a date is a link or a box of its own, and no label of it.
            is_set_off = element is not within and element.tag in {"a", "span"} and text.strip()[-1:] not in {":", "："}
            mark = " |" if is_set_off else ":" if element.tag in {"dt", "th", "label"} else ""
            own = text[-100:]
            before += f" {' '.join(text[-100:].split())}{mark} "

    def _timed(self, time: Any, before: str, own: str) -> Iterator[Seen]:  # noqa: ANN401
        """The date of a time element after `before`, its line and those above, which ends in the text `own`."""
        text = boxes.text_of(time) or ""
        stated = (time.get("datetime"), text)
        value = next((day for one in stated if (day := published(one, language=self._language))), None)
        label = _TO_DIGIT.match(text)
        role = _role_of_names(time) or role_of(label[0] if label else "") or role_of(own) or role_of(before) or "plain"
        if not value or role == "other" or boxes.is_of_details(time):
            return
        if role != "plain" or (lines.leads(before) and not boxes.in_prose(time)):
            yield Seen(role, value, "time", True)

    def _marked(self) -> Iterator[Seen]:
        """Dates of elements whose class or attribute says that they are the article's, wherever they stand."""
        for element in islice(self._tree.iter("time", "abbr"), _MOST):
            role: Role | None = "published" if element.get("pubdate") is not None else _role_of_names(element)
            stated = element.get("datetime") or element.get("title") or boxes.text_of(element)
            value = published(stated, language=self._language) if role else None
            if role and value and not self._is_elsewhere(element):
                yield Seen(role, value, "time", False)

    def _told(self) -> Iterator[Seen]:
        """Dates that a word says are those of publication, in the article's element, or on a page of no headline."""
        box = next((one for one in self._around if one.tag in {"article", "main"}), None)
        if box is None and self.anchor is not None:
            return  # what stands below may be a comment
        for text in (self._tree if box is None else box).xpath(f"descendant::text()[{_YEARS}]")[:_MOST]:
            element = text.getparent() if text.is_text else text.getparent().getparent()
            if len(text) > boxes.LONGEST_LINE or element is None or element.tag in boxes.SILENT:
                continue
            before = "" if text.is_tail else boxes.before(element)
            if _PUBLICATION.search(f"{before[-60:]} {text}") and boxes.time_of(element) is None:
                for dated in lines.dates(text, before, self._language):
                    is_of_thing = self._is_elsewhere(element) or boxes.is_of_details(element)
                    if dated.role == "published" and not is_of_thing:
                        yield Seen(dated.role, dated.day, "text", False)

    def _is_elsewhere(self, element: Any) -> bool:  # noqa: ANN401
        """Whether an element is apart from the article, in a list or a link, or with another story."""
        in_list = any(box.tag in {"a", "li"} for box in (element, *islice(element.iterancestors(), 3)))
        return in_list or self.is_apart(element) or self._is_headed(element)

    def _is_headed(self, element: Any) -> bool:  # noqa: ANN401
        """Whether an element is in a box that is headed by a link to another story."""
        for box in (element, *islice(element.iterancestors(), 3)):
            if box in self._around or box.tag in boxes.WHOLE:
                return False
            if box not in self._headed:
                heading = next(box.iter(*boxes.HEADINGS), None)
                self._headed[box] = heading is not None and next(box.iter("a"), None) is not None
            if self._headed[box]:
                return True
        return False

    # --- the text with the headline ----------------------------------------------------------------------------------

    @cached_property
    def head(self) -> list[tuple[str, Any]]:
        """The pieces of text in the headline's own box and between it and the article's text, with their elements.

        One piece of running text may be a standfirst, with the byline below it, if more of it follows.
        """
        if self.anchor is None:
            return []
        pieces = self._above
        below: list[tuple[str, Any]] = []
        is_begun = False
        for text, element in islice(self._after(self.anchor), 400):
            if not text.strip():
                continue
            if lines.is_running(text.strip(), self._language):
                pieces += below
                if is_begun:
                    return pieces
                is_begun, below = True, []
            if element.tag not in boxes.HEADINGS:
                below.append((text, element))
        return pieces if is_begun else pieces + below[:_MOST_BELOW]

    @property
    def _above(self) -> list[tuple[str, Any]]:
        """The pieces of text before the headline in its own box and in its article, or in what is classed as a date.

        What else stands before it is the site's: the day of today, as likely.
        """
        pieces: list[tuple[str, Any]] = []
        level = self.anchor
        articles = sum(one.tag == "article" for one in self._around)
        for count in range(8):
            parent = level.getparent()
            if parent is None or parent.tag in {"body", "html"}:
                break
            is_own = articles > 0 or (count == 0 and parent.tag not in boxes.WHOLE | {"td"})
            for sibling in islice(level.itersiblings(preceding=True), 6):
                if is_own or (isinstance(sibling.tag, str) and _says_date(sibling)):
                    pieces = [*islice(self._inside(sibling), 20), *pieces]
            articles -= parent.tag == "article"
            level = parent
        return pieces

    def _after(self, element: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
        """Each piece of text after an element in the order of the page, with the element that it is in."""
        while element is not None:
            parent = element.getparent()
            if element.tail and parent is not None:
                yield element.tail, parent
            following = element.getnext()
            if following is not None:
                yield from self._inside(following)
            element = following if following is not None else parent

    def _inside(self, element: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
        pending = [(element, False)]
        while pending:
            one, is_done = pending.pop()
            if is_done:
                if one is not element and one.tail:
                    yield one.tail, one.getparent()
                continue
            pending.append((one, True))
            if isinstance(one.tag, str) and one.tag not in boxes.SILENT | {"article"} and not self._is_bound(one):
                if one.text:
                    yield one.text, one
                pending.extend((inner, False) for inner in reversed(one))


def _says_date(element: Any) -> bool:  # noqa: ANN401
    """Whether an element, or one within it, is classed as the date of an article."""
    return any(name.lower() in _DATE_HEADS for one in islice(element.iter("*"), 8) for name in boxes.tokens(one))


def _role_of_names(element: Any) -> Role | None:  # noqa: ANN401
    """What an element's class, or the property that it carries, says that its date is the date of."""
    names = {name.lower() for name in str(element.get("class") or "")[:300].split()}
    names.add(str(element.get("itemprop") or element.get("property") or "").lower().rpartition(":")[2])
    if names & _DATED:
        return "published"
    return "modified" if names & _CHANGED else None
