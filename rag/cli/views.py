"""The two views of a topic as they are printed: who says what, outlet by outlet, and what is told of which day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag import citations, phrases
from rag.attribution import UNKNOWN_OUTLET
from rag.cli import sources
from rag.cli.screen import Screen, joined
from rag.types import Citation, Coverage, OutletCoverage, Timeline


def coverage_text(coverage: Coverage, screen: Screen) -> str:
    """A block of quotations for each outlet, what they disagree on, who is silent, and the sources."""
    return joined(_coverage(coverage, screen))


def _coverage(coverage: Coverage, screen: Screen) -> Iterator[list[str]]:
    if not coverage.outlets:
        yield [screen.filled(phrases.unspoken(coverage))]
    for one in coverage.outlets:
        yield [_outlet(one, screen), *(_quote(citation, screen) for citation in one.citations)]
    for disagreement in coverage.disagreements:
        yield sources.sides(screen, disagreement)
    if coverage.copies:
        yield sources.copied(screen, coverage.copies)
    if coverage.silent:
        yield [screen.filled(f"{phrases.SILENT} {', '.join(coverage.silent)}")]
    yield _listed([citation for one in coverage.outlets for citation in one.citations], screen)


def _outlet(one: OutletCoverage, screen: Screen) -> str:
    return screen.heading(f"{one.outlet or UNKNOWN_OUTLET} ({phrases.articles(one.articles)})")


def timeline_text(timeline: Timeline, screen: Screen) -> str:
    """The days in order with what is told of each, then what has no sure day, and the sources."""
    return joined(_timeline(timeline, screen))


def _timeline(timeline: Timeline, screen: Screen) -> Iterator[list[str]]:
    if not timeline.events and not timeline.undated:
        yield [screen.filled(phrases.nothing_dated(timeline))]
    for event in timeline.events:
        yield [screen.heading(phrases.day(event.day)), *(_told(one, screen) for one in event.citations)]
    if timeline.undated:
        yield [screen.heading(phrases.UNDATED), *(_told(one, screen) for one in timeline.undated)]
    # the day that a sentence speaks of is its heading: it is not said again
    cited = [replace(one, event_date=None) for event in timeline.events for one in event.citations]
    yield _listed([*cited, *timeline.undated], screen)


def _told(citation: Citation, screen: Screen) -> str:
    return _quote(citation, screen, outlet=f" — {citation.outlet or UNKNOWN_OUTLET}")


def _quote(citation: Citation, screen: Screen, *, outlet: str = "") -> str:
    """The exact words behind a dash, and their number."""
    return "\n".join(screen.listed([f"“{citation.quote}”{outlet} {citations.mark(citation.number)}"]))


def _listed(cited: Sequence[Citation], screen: Screen) -> list[str]:
    return [sources.source(screen, one, shown=one.quote) for one in cited]
