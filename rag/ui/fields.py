"""The four fields that limit the evidence, as Gradio passes them: outlets, first and last day, one article."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rag.asking import clean, day, limits
from rag.errors import UsageError
from rag.types import Byline, Filters
from rag.ui.cards import cut_end

Outlets: TypeAlias = Sequence[str] | None
Fields: TypeAlias = tuple[Outlets, str | None, str | None, str | None]

LABEL = 90  # characters of a title or an outlet in a list


def filters(outlets: Outlets, since: str | None, until: str | None, article: str | None) -> Filters:
    """What the fields limit the evidence to; raises UsageError for what is no day, or no stretch of days."""
    return limits(outlets=outlets, since=_day(since), until=_day(until), articles=(article,) if article else ())


def _day(written: str | None) -> str | None:
    if not written or not written.strip():
        return None
    try:
        return day(written.strip())
    except ValueError as error:
        raise UsageError(f"“{written.strip()[:40]}” is not a day; write it as 2024-12-01.") from error


def without(fields: Fields, limit: object, value: object) -> Fields:
    """The fields without one limit, named as in `Filters`."""
    outlets, since, until, article = fields
    return (
        [one for one in outlets or () if (limit, value) != ("outlets", one)],
        None if limit == "since" else since,
        None if limit == "until" else until,
        None if limit == "articles" else article,
    )


def of(found: Filters) -> Fields:
    """The fields that stand for these filters."""
    return found.outlets, found.since, found.until, found.articles[0] if found.articles else None


def choices(bylines: Sequence[Byline]) -> list[tuple[str, str]]:
    """Articles as a list offers them: title and outlet, and the id."""
    return [(_named(one), one.article_id) for one in bylines]


def _named(one: Byline) -> str:
    return str(clean(" — ".join(cut_end(part, LABEL) for part in (one.title or one.article_id, one.outlet) if part)))


def outlets(names: Iterable[str]) -> list[str]:
    """Outlets to choose from: each once, in the order of the alphabet."""
    return sorted({str(clean(name)) for name in names}, key=lambda outlet: (outlet.casefold(), outlet))
