"""What is amiss with an article: a wall's stub, an error page, a page of links, a live blog, a text that breaks off.

Told by what a page says of itself for machines and for readers, and by what was left of it as text. One wrong alarm
keeps an article out of a library, so each needs two signs or one that nothing else explains.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from rag.quality.language import ends_midway
from rag.quality.language import language_of as language_of
from rag.quality.phrases import (
    ADDRESSED,
    BREAKS_OFF,
    CONSENT,
    DENIED_BEFORE,
    DENIED_BEHIND,
    ERROR,
    LIVE,
    MISSING,
    PAYWALL,
)
from rag.types import Defect, DefectKind

_STUB = 1_500  # characters of text, above which it is no stub whatever is said around it
_SHORT = 700
_FEW_WORDS = 400
_LONG_PARAGRAPH = 80
_FEWEST_HEADLINES = 5
_MANY_HEADLINES = 12
_LONGEST_ASKING = 200
_FEWEST_ENTRIES = 4  # of a live blog, each with its hour
_MISSING = 1.6  # times as many words as there are
_FEWEST_CONSENTS = 4
_SHOWN = 80
_LONGEST_TITLE = 300
_MOST_OF_TITLE = 0.45
_REACH = 24  # characters
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_HOUR = re.compile(r"(?:^|\n)\W{0,3}(?:\w{0,12}\W{1,3}){0,4}?(?:[01]?\d|2[0-3])[:.h][0-5]\d\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a web page shows besides the article's text, for telling whether it is one.

    `kinds` are the types that it gives itself in JSON-LD, `kind` its og:type; `is_free` whether it says that all may
    read it, `stated_words` how many words its article has, as it says, `given_words` how many of them it gives
    machines; `marks` the class names of its parts that speak of a paywall;
    `shown` the beginning of all that it shows, furniture and all, `around` what its article's own part shows from where
    the article begins, and what is marked as a paywall, `behind` what the page shows from there to a little behind it;
    `headlines` those of its links that are as long as a headline, outside navigation; `hours` how many times of day
    stand alone on a line of its article.
    """

    title: str | None = None
    headline: str | None = None
    address: str | None = None
    kinds: frozenset[str] = frozenset()
    kind: str | None = None
    is_free: bool | None = None
    stated_words: int | None = None
    given_words: int | None = None
    marks: tuple[str, ...] = ()
    shown: str = ""
    around: str = ""
    behind: str = ""
    headlines: tuple[str, ...] = ()
    hours: int = 0


def defects(text: str, *, title: str | None = None, page: Page | None = None) -> tuple[Defect, ...]:
    """What is amiss with an article of this text, at most one defect of a kind; `page` is what it was read from."""
    page = page or Page(title=title, shown=text, around=text)
    wall = _error_page(text, page) or _cookie_wall(text, page) or _index_page(text, page)
    if wall:
        return (wall,)
    found = (_paywall(text, page), _live_blog(text, page))
    told = tuple(defect for defect in found if defect)
    return told if any(told) else tuple(filter(None, (_truncated(text, page),)))


def refusal(found: Collection[Defect], *, kinds: Collection[DefectKind]) -> str | None:
    """Why an article with these defects is not taken in where `kinds` are refused, in a sentence; None where it is."""
    for defect in found:
        if defect.kind in kinds:
            return f"{defect.reason} Give the whole article, or take {defect.kind} out of REFUSE."
    return None


def _size(text: str) -> int:
    """Characters, where one of Chinese, Japanese or Korean says what three letters do."""
    return len(text) + 2 * sum(1 for _ in _DENSE.finditer(text)) if not text.isascii() else len(text)


def _words(text: str) -> int:
    dense = sum(1 for _ in _DENSE.finditer(text))
    return len(text.split()) + dense


def _quoted(text: str) -> str:
    said = " ".join(text.split())
    return f"“{said if len(said) <= _SHOWN else said[: _SHOWN - 1].rstrip() + '…'}”"


def _error_page(text: str, page: Page) -> Defect | None:
    if _size(text) > _SHORT or "NewsArticle" in page.kinds:
        return None
    if (said := _error_title(page)) and not (_paragraphs(text) > 2 and not MISSING.search(text)):
        reason = f"It is an error page and no article: its title is {_quoted(said)}."
        return Defect(kind="error_page", reason=reason)
    if _size(text) < _FEW_WORDS and (match := MISSING.search(text)):
        reason = f"It is an error page and no article: it says {_quoted(text[match.start() :])}."
        return Defect(kind="error_page", reason=reason)
    return None


def _error_title(page: Page) -> str | None:
    """The headline or title of a page, where one says little else than that a page is not there.

    A headline of which that is only the beginning is an article's, and so is the title that repeats it.
    """
    if page.headline and _is_error(page.headline):
        return page.headline
    title = (page.title or "")[:_LONGEST_TITLE]
    rest = title.replace(page.headline, "") if page.headline else title
    parts = re.split(r"\s[|–—•·:-]\s|[|:]\s", rest)
    return title if any(map(_is_error, parts)) else None


def _is_error(said: str) -> bool:
    found = sum(len(match.group()) for match in ERROR.finditer(said[:_LONGEST_TITLE]))
    return found > 0 and found >= _MOST_OF_TITLE * len(said)


def _paragraphs(text: str) -> int:
    return sum(1 for line in text.split("\n") if _size(line) >= _LONG_PARAGRAPH)


def _cookie_wall(text: str, page: Page) -> Defect | None:
    if _size(text) > _STUB or _size(page.shown) > 3 * _STUB:
        return None
    # the article's own words speak of consent, or there are none
    about = CONSENT[0].search(text) or CONSENT[1].search(text)
    is_bare = _size(text) < _FEW_WORDS / 2
    if not (about or is_bare) or not _speaks(page.shown or text, _FEWEST_CONSENTS):
        return None
    if is_bare or _speaks(text, _FEWEST_CONSENTS - 1):
        return Defect(kind="cookie_wall", reason="It is a request for consent to cookies, not the article behind it.")
    return None


def _speaks(said: str, most: int) -> bool:
    """Whether so many of the things that a request for consent speaks of are spoken of."""
    left = len(CONSENT)
    for pattern in CONSENT:
        if most > left:
            return False
        most -= pattern.search(said) is not None
        left -= 1
        if most <= 0:
            return True
    return False


def _index_page(text: str, page: Page) -> Defect | None:
    is_article = any("Article" in kind or "Posting" in kind or "Report" in kind for kind in page.kinds)
    links = len(page.headlines)
    if links < _FEWEST_HEADLINES or is_article or page.kind == "article":
        return None
    running = sum(size for line in text.split("\n") if (size := _size(line)) >= _LONG_PARAGRAPH)
    if running < _FEW_WORDS / 2 or (running < _SHORT and links >= _MANY_HEADLINES):
        if 2 * running > sum(map(_size, page.headlines)):
            return None
        reason = f"It is a page of links to other articles, {links} of them, and none itself."
        return Defect(kind="index_page", reason=reason)
    return None


def asks_to_pay(line: str) -> bool:
    """Whether a line of a page is a paywall's and no article's."""
    return len(line) <= _LONGEST_ASKING and any(_asked(pattern, line) for pattern in (PAYWALL, ADDRESSED))


def _asked(pattern: re.Pattern[str], shown: str, text: str = "") -> str | None:
    """The first words that ask to pay and are not the article's own; not where they are denied."""
    for match in pattern.finditer(shown):
        before = shown[max(match.start() - _REACH, 0) : match.start()]
        behind = shown[match.end() : match.end() + _REACH]
        if match.group() not in text and not DENIED_BEFORE.search(before) and not DENIED_BEHIND.match(behind):
            return match.group()
    return None


def _paywall(text: str, page: Page) -> Defect | None:
    """That the rest is not free: a wall says so where the article stands, or two lesser signs do.

    What a page says elsewhere, in its footer or above a list of other articles, is no sign.
    """
    reason = "It is the beginning of an article behind a paywall: "
    whole = max(page.stated_words or 0, page.given_words or 0)
    if page.is_free is False and whole > _MISSING * _words(text):
        reason += f"it says that it has {whole:,} words, and {_words(text):,} of them can be read."
        return Defect(kind="paywall", reason=reason)
    if _size(text) > _STUB:
        return None
    asked = _asked(PAYWALL, page.around, text)
    if asked is None and asks_to_pay(last := text.rstrip().rpartition("\n")[2]):
        asked = _asked(PAYWALL, last)
    is_locked = page.is_free is False or bool(page.marks)
    if asked is None and _size(text) < _SHORT and (is_locked or BREAKS_OFF.search(text.rstrip()[-60:])):
        asked = _asked(ADDRESSED, page.around, text)
    if asked is None and page.is_free is False and _size(text) < _SHORT:
        asked = _asked(PAYWALL, page.behind, text)
    if asked:
        return Defect(kind="paywall", reason=f"{reason}the page says {_quoted(asked)}.")
    if _size(text) < _SHORT and page.marks:
        return Defect(kind="paywall", reason=f"{reason}the page marks the rest as not free to read.")
    return None


def _live_blog(text: str, page: Page) -> Defect | None:
    hours = page.hours + len(_HOUR.findall(text))
    if "LiveBlogPosting" in page.kinds:
        return Defect(kind="live_blog", reason="It is a live blog, which changes as it grows: the page says so.")
    named = any(said and LIVE.search(said) for said in (page.title, page.headline, page.address))
    if named and hours >= _FEWEST_ENTRIES:
        reason = (
            f"It is a live blog, which changes as it grows: its title says so, and {hours} entries have their hour."
        )
        return Defect(kind="live_blog", reason=reason)
    return None


def _is_open(line: str) -> bool:
    """Whether a line ends in a word within quotation marks that are not closed."""
    marks = (("„", "“"), ("«", "»")) if "„" in line else (("“", "”"), ("«", "»"))
    return line[-1].isalnum() and any(line.count(opening) > line.count(closing) for opening, closing in marks)


def _truncated(text: str, page: Page) -> Defect | None:
    end = text.rstrip()
    last = end.rpartition("\n")[2]
    if _size(last) >= _LONG_PARAGRAPH or _size(end) < _SHORT:
        if match := BREAKS_OFF.search(end[-60:]):
            return Defect(kind="truncated", reason=f"Its text breaks off: it ends in {_quoted(match.group())}.")
        if _size(last) >= _LONG_PARAGRAPH and ends_midway(last):
            return Defect(kind="truncated", reason=f"Its text breaks off: it ends in {_quoted(last[-_SHOWN + 2 :])}.")
    if _size(last) >= _LONG_PARAGRAPH and _is_open(last):
        said = _quoted(last[-_SHOWN + 2 :])
        return Defect(kind="truncated", reason=f"Its text breaks off: it ends in {said}, within a quotation.")
    if page.given_words and _words(text) > 20 and page.given_words > _MISSING * _words(text):
        said = f"the page gives machines {page.given_words:,} words, and {_words(text):,} of them were found"
        return Defect(kind="truncated", reason=f"Its text is not whole: {said}.")
    return None
