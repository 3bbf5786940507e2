"""The article among the blocks of a web page: where it stands, where it begins and ends, what of it is furniture.

The element that holds most of the page's running text holds the article: length and link density of blocks tell text
from furniture (Kohlschütter et al., "Boilerplate Detection using Shallow Text Features", 2010).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from rag.articles.blocks import Block, blocks
from rag.articles.edges import is_call_with_link, notices, peeled, without_bars
from rag.articles.furniture import is_clock, is_date, is_end, is_furniture, is_opening
from rag.quality import asks_to_pay

_RUNNING = 60  # characters; what is longer, and few links, is running text
_LINKED = 0.4
_ALL_LINK = 0.75
_LONGEST_LINK = 160
_HEADLINE = 25
_MOST_OF_TEXT = 0.7
_LANDMARK = 3  # times as much counts what stands in an article or the main part of a page
_PURE = 0.7
_MOST_AFTER = 0.3  # of the text may stand below what is taken for its end
_LONGEST_WALL = 500
_LONGEST_LEAD = 30  # characters of "Read more:" in any language
_SHORTEST_PULLED = 40
_MOST_PULLED = 300  # blocks that may have been pulled out of others; more are looked at one with another for minutes
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # one character says what three letters do
_ENDS = tuple(".!?…:;»”\"'’)。！？」』؟۔।")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a page says: its article's text, an empty line between blocks, and what its parts tell of the page.

    `below` is what the page says under its last paragraph: credits, contacts, topics. `place` is the element that is
    the article's own, None where there is none. `headlines` are those of its blocks that
    are a link as long as a headline; furniture does not count. `hours` is how many of its blocks are a time of day and
    little else.
    """

    text: str
    below: str = ""
    place: Any = None  # lxml's
    headlines: tuple[str, ...] = ()
    hours: int = 0


def read_body(tree: Any) -> Body:  # noqa: ANN401
    """The article of a page; its text is empty where there is none."""
    page = blocks(tree if tree.tag == "body" else next(tree.iter("body"), tree))
    found, below = peeled(article(page))
    return Body(
        text="\n\n".join(block.text for block in found if not is_clock(block.text)),
        below="\n\n".join(block.text for block in below),
        place=_place_of(found),
        headlines=tuple(block.text for block in page if block.links > _ALL_LINK and _size(block.text) >= _HEADLINE),
        hours=sum(1 for block in page if is_clock(block.text)),
    )


def _place_of(found: Sequence[Block]) -> Any:  # noqa: ANN401
    """The element that an article is in: the nearest that pages call one, or that holds it with what is around it."""
    if not found:
        return None
    first, last = found[0].element, found[-1].element
    ends = {last, *last.iterancestors()}
    held = next(element for element in (first, *first.iterancestors()) if element in ends)
    above = [element for element in (held, *held.iterancestors()) if element.tag not in {"html", "body"}]
    named = next((element for tag in ("article", "main") for element in above if element.tag == tag), None)
    return named if named is not None else above[min(1, len(above) - 1)] if above else held


def article(page: Sequence[Block]) -> list[Block]:
    """The blocks of a page that are its article, in order."""
    weights = [_weight(block) for block in page]
    if not any(weights):
        return []
    spans = _spans(page, weights)
    heart = spans[_heart(spans)]
    first, last = _stretch(page, weights, spans)
    return _tidied(_edged(page, weights, first=first, last=last, heart=heart))


def _size(text: str) -> int:
    return len(text) if text.isascii() else len(text) + 2 * sum(1 for _ in _DENSE.finditer(text))


def _weight(block: Block) -> int:
    """How much running text a block is: a long sentence may be full of links, a short line with one is a link."""
    if block.kind == "heading":
        return 0
    size = _size(block.text)
    if size < _RUNNING:
        return 0
    is_sentence = size >= 2 * _RUNNING and block.text.endswith(_ENDS)
    return size if block.links <= (_ALL_LINK if is_sentence else _LINKED) else 0


@dataclass(slots=True)
class _Span:
    """What an element holds: its first and its last block, how much running text, and how deep it lies."""

    first: int
    last: int
    weight: int
    depth: int


def _spans(page: Sequence[Block], weights: Sequence[int]) -> dict[Any, _Span]:
    """The span of each element that holds a block; text in a landmark weighs more."""
    spans: dict[Any, _Span] = {}
    for at, (block, weight) in enumerate(zip(page, weights, strict=True)):
        path = [block.element, *block.element.iterancestors()]
        counted = weight * (_LANDMARK if weight and any(map(_is_landmark, path)) else 1)
        for depth, element in enumerate(reversed(path)):
            span = spans.setdefault(element, _Span(at, at, 0, depth))
            span.last = at
            span.weight += counted
    return spans


def _heart(spans: Mapping[Any, _Span]) -> Any:  # noqa: ANN401
    """The innermost element that holds most of the running text."""
    most = _MOST_OF_TEXT * max(span.weight for span in spans.values())
    return max((element for element, span in spans.items() if span.weight >= most), key=lambda one: spans[one].depth)


def _is_landmark(element: Any) -> bool:  # noqa: ANN401
    return element.tag in {"article", "main"} or "articleBody" in (element.get("itemprop") or "")


def _stretch(page: Sequence[Block], weights: Sequence[int], spans: Mapping[Any, _Span]) -> tuple[int, int]:
    """The first and the last block of running text of the article: those of its heart, and what is like it around."""
    running = [0, *accumulate(weights)]
    every = [0, *accumulate(_size(block.text) for block in page)]

    def is_text(start: int, end: int) -> bool:
        return running[end] - running[start] >= _PURE * (every[end] - every[start]) > 0

    above = _heart(spans)
    start, end = spans[above].first, spans[above].last + 1
    headline = max((at for at in range(start + 1) if page[at].element.tag == "h1"), default=None)
    while (above := above.getparent()) is not None and above.tag not in {"body", "html"}:
        span = spans[above]
        has_headline = headline is not None and span.first <= headline
        low = max(span.first, headline or 0)
        # what stands between headline and heart is of the article, whatever else is around
        if has_headline or is_text(low, start):
            start = min(low, start)
        if is_text(end, span.last + 1):
            end = span.last + 1
        if has_headline:
            break
    within = [at for at in range(start, end) if weights[at]]
    return within[0], within[-1]


def _edged(page: Sequence[Block], weights: Sequence[int], *, first: int, last: int, heart: _Span) -> list[Block]:
    """The stretch with what short blocks at its edges are of the article: a standfirst, a caption, a last list."""
    headline = max((at for at in range(first + 1) if page[at].element.tag == "h1"), default=None)
    above = range(first if headline is None else headline + 1, first)
    begun = [at for at in range(max(first, heart.first), last + 1) if weights[at]]
    second = (
        begun[min(1, len(begun) - 1)] if begun else first
    )  # between a standfirst and the text stand names and dates
    like = {_place(page[at]) for at in range(first, last + 1) if weights[at]}
    opening = [page[at] for at in above if _says_something(page[at]) or (_is_subtitle(page[at]) and weights[at + 1])]
    opening += [page[at] for at in range(first, second) if _is_text(page[at], like)]
    closing: list[Block] = []
    for at, block in enumerate(page[last + 1 :], start=last + 1):
        is_said = _says_something(block) or (at <= heart.last and not block.linked and _is_text(block, like))
        if not is_said and not (at <= heart.last and (_is_link(block) or is_furniture(block.text))):
            break
        closing.append(block)
    return [*opening, *page[second : last + 1], *closing]


def _is_subtitle(block: Block) -> bool:
    return block.kind == "heading" and block.element.tag != "h1"


def _is_text(block: Block, like: Collection[tuple[Any, str, str | None]]) -> bool:
    """Whether a block at the edge of an article's own element is of it: no name or date alone.

    Headings, lists, tables, captions and quotations are, and what ends a sentence, or stands where paragraphs stand.
    """
    if block.kind != "text":
        return block.kind != "heading" or block.element.tag != "h1"
    if is_opening(block.text) and not _is_prose(block):
        return False
    return _weight(block) > 0 or block.text.endswith(_ENDS) or block.element.tag == "pre" or _place(block) in like


def _place(block: Block) -> tuple[Any, str, str | None]:
    """What blocks of one kind and one place have in common: "all p.text of that div"."""
    return block.element.getparent(), block.element.tag, block.element.get("class")


def _is_prose(block: Block) -> bool:
    """Whether a block is at least a whole sentence of some length, whatever it begins with."""
    return _weight(block) > 0 and block.text.endswith(_ENDS)


def _says_something(block: Block) -> bool:
    """Whether a short block at the article's edge is part of it: a sentence, a caption, a row, a standfirst."""
    if _weight(block):
        return not is_opening(block.text) or _is_prose(block)
    if block.links > _LINKED or is_opening(block.text):
        return False
    if block.kind in {"caption", "row"}:
        return True
    return (block.text.endswith(_ENDS) and _size(block.text) >= 20) or _size(block.text) >= _RUNNING


def _tidied(found: Sequence[Block]) -> list[Block]:
    """The article without the furniture in it, without headings that nothing follows, and nothing said twice."""
    kept: list[Block] = []
    leads_away = False
    last = max((at for at, block in enumerate(found) if _is_prose(block)), default=0)
    told = notices(found[:last])  # those behind the last paragraph are told apart below
    for block in reversed(without_bars(found[: _end(found)])):
        if block.kind == "heading" and (leads_away or not kept or _is_above(kept[-1], block)):
            continue
        leads_away = _is_link(block)
        if not leads_away and block.text not in told and not _is_the_pages(block):
            kept.append(block)
    if sum(map(_may_be_pulled, kept)) > _MOST_PULLED:
        return kept[::-1]
    return [block for block in kept[::-1] if not _is_repeated(block, kept)]


def _is_the_pages(block: Block) -> bool:
    """Whether a block is furniture, every line of it."""
    if block.kind != "heading" and is_date(block.text):
        return True
    return is_call_with_link(block) or all(map(is_furniture, block.text.split("\n")))


def _end(found: Sequence[Block]) -> int:
    """Where the comments, the author's life or a paywall begin, by their first lines."""
    sizes = [_size(block.text) for block in found]
    left = sum(sizes)
    most = _MOST_AFTER * left
    for at, block in enumerate(found):
        if (left <= most and is_end(block.text)) or (left <= _LONGEST_WALL and asks_to_pay(block.text)):
            return at
        left -= sizes[at]
    return len(found)


def _is_above(following: Block, heading: Block) -> bool:
    """Whether what follows a heading is one of the same rank or above it, so that nothing stands below it."""
    return following.kind == "heading" and bool(following.element.tag <= heading.element.tag)


def _is_link(block: Block) -> bool:
    """Whether a block only leads elsewhere: a link, or one with a word before it."""
    if block.kind == "row" or not block.linked:
        return False
    said = len(block.text) - block.linked
    if block.links > _ALL_LINK or (block.links > 0.5 and said <= _LONGEST_LEAD and not block.text.endswith(_ENDS)):
        return _size(block.text) <= _LONGEST_LINK or block.links > 0.95
    return False


def _may_be_pulled(block: Block) -> bool:
    return block.kind in {"quote", "heading", "caption"} and len(block.text) >= _SHORTEST_PULLED


def _is_repeated(block: Block, kept: Sequence[Block]) -> bool:
    """Whether a block is a quotation that was pulled out of a paragraph which has it too."""
    if not _may_be_pulled(block):
        return False
    said = block.text.strip("\"'“”„«»‘’ ")
    return any(said in other.text for other in kept if other is not block)
