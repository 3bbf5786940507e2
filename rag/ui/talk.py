"""A conversation as the page holds it, and as a browser keeps it: JSON that comes back from there is checked anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, cast

from pydantic import Field, TypeAdapter, ValidationError

from rag.asking import clean, limits
from rag.errors import NotFoundError, UsageError
from rag.footnotes import address_of, footnoted, inert, inert_line
from rag.types import Answer, Article, Citation, Filters

KEPT = 20  # exchanges of one conversation, on the page and as history
CHANGED = (
    "Since this was answered, articles cited here were changed or removed: ask again to see what the library says now."
)
REVISED = (
    "Since this was answered, articles cited here have changed: the citations lead to their texts as they were then, "
    "which say what has changed. Ask again to see what the library says now."
)
UNREADABLE = (
    "This conversation cannot be read any more: it was kept by another version of Crosscheck, or changed outside it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A question, and its answer so far or the sentence that says why there is none; then what might be asked next."""

    question: str
    answer: Answer | None = None
    trouble: str | None = None
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A conversation: its exchanges, and what its evidence is limited to.

    `name` is that of its place in a browser, empty before the first question; `dropped` counts the exchanges that went
    before these, of a long one.
    """

    name: str = ""
    exchanges: tuple[Exchange, ...] = ()
    dropped: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    filters: Filters = Filters()

    @property
    def answered(self) -> list[tuple[int, Answer]]:
        """The answers with the number of their turn, from 1."""
        return [(turn, one.answer) for turn, one in enumerate(self.exchanges, start=1) if one.answer is not None]


_TALK = TypeAdapter(Talk)


def kept(talk: Talk) -> str:
    """What a browser is to keep after the newest exchange, as JSON: that exchange, its turn, and its Markdown.

    Earlier exchanges are kept there already, so they are not sent again.
    """
    last = talk.exchanges[-1] if talk.exchanges else None
    return json.dumps(
        {
            "name": talk.name,
            "turn": len(talk.exchanges),
            "dropped": talk.dropped,
            "filters": _plain(replace(talk, exchanges=()))["filters"],
            "exchange": _plain(replace(talk, exchanges=(_slim(last),)))["exchanges"][0] if last else None,
            "markdown": markdown(last) if last else None,
        }
    )


def _plain(talk: Talk) -> dict[str, Any]:
    return cast("dict[str, Any]", _TALK.dump_python(talk, mode="json"))


def _slim(exchange: Exchange) -> Exchange:
    """The exchange without the passages that nothing is cited from, which are most of its size."""
    if exchange.answer is None:
        return exchange
    shown = (*exchange.answer.citations, *exchange.answer.nearest)
    hits = exchange.answer.hits
    if shown:
        cited = {one.article_id for one in shown}
        hits = tuple(hit for hit in hits if hit.passage.article_id in cited)
    return replace(exchange, answer=replace(exchange.answer, hits=hits[:KEPT]))


def restored(record: object, article: Callable[[str, str | None], Article]) -> Talk:
    """The conversation of a record that a browser kept, held against the articles as they are now.

    `article` gives one by its id, as it is or in a revision that it had, and raises NotFoundError for one that is gone
    and for a revision that was not kept. An answer whose words stand no more where they were cited says so, and so does
    one whose words stand in an older text alone. Raises UsageError for what is no such record, and what else `article`
    raises.
    """
    try:
        talk = _TALK.validate_python(clean(record), strict=False)
        talk = replace(talk, filters=limits(**_plain(talk)["filters"]))
        if any(one.answer is None and one.trouble is None for one in talk.exchanges):
            raise UsageError(UNREADABLE)
    except (ValidationError, UsageError, RecursionError, TypeError) as error:
        raise UsageError(UNREADABLE) from error
    talk = latest(talk, KEPT)
    return replace(talk, exchanges=tuple(_held(one, article) for one in talk.exchanges))


def latest(talk: Talk, most: int) -> Talk:
    """The conversation without what went before its last exchanges, `most` of them."""
    over = max(0, len(talk.exchanges) - most)
    return replace(talk, exchanges=talk.exchanges[over:], dropped=talk.dropped + over)


def _held(exchange: Exchange, article: Callable[[str, str | None], Article]) -> Exchange:
    if exchange.answer is None:
        return exchange
    shown = (*exchange.answer.citations, *exchange.answer.nearest)
    notices = {_notice(one, article) for one in shown}
    notice = next((one for one in (CHANGED, REVISED) if one in notices), exchange.answer.notice)
    return replace(exchange, answer=replace(exchange.answer, notice=notice))


def _notice(citation: Citation, article: Callable[[str, str | None], Article]) -> str | None:
    """What is to be said of a citation: that its words do not stand any more, or in an older text alone, or nothing."""
    try:
        found = article(citation.article_id, None)
        is_now = found.revision == citation.revision
        if not is_now:
            found = article(citation.article_id, citation.revision)
    except NotFoundError:
        return CHANGED
    stands = 0 <= citation.start < citation.end and found.text[citation.start : citation.end] == citation.quote
    if not stands or found.revision != citation.revision:
        return CHANGED
    return None if is_now else REVISED


def markdown(exchange: Exchange) -> str:
    """The exchange in Markdown, with all citations; nothing of an article renders, links or loads anything in it."""
    asked = f"## {inert_line(exchange.question)}"
    if exchange.answer is None:
        return f"{asked}\n\n{inert_line(exchange.trouble or '')}".strip()
    answer = exchange.answer
    understood = ""
    if not same(answer.standalone_question, answer.question):
        understood = f"\n\nUnderstood as: {inert_line(answer.standalone_question)}"
    return f"{asked}{understood}\n\n{footnoted(answer, address=_address)}"


def _address(citation: Citation) -> str:
    place = f"article {inert(citation.article_id)}, characters {citation.start} to {citation.end}"
    return address_of(citation, otherwise=place)


def same(one: str, other: str) -> bool:
    """Whether two questions are one but for case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
