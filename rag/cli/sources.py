"""What stands below an answer or a view: each citation's source, each disagreement's sides, who ran one text."""

from __future__ import annotations

from collections.abc import Sequence

from rag import citations, phrases
from rag.cli.screen import Screen, visible
from rag.types import Citation, Copies, Disagreement


def source(screen: Screen, citation: Citation, *, shown: str) -> str:
    """Where a citation's words stand and whose they are, behind its number; the words too, unless `shown` has them."""
    mark = citations.mark(citation.number)
    lines = screen.filled(phrases.byline(citation), first=f"{mark} ", indent="    ").splitlines()
    lines[0] = screen.strong(mark) + lines[0].removeprefix(mark)
    return "\n".join([*lines, *_beneath(screen, citation, shown=shown)])


def near(screen: Screen, citation: Citation) -> str:
    """The same of words that answer nothing, behind a dash."""
    return "\n".join([*screen.listed([phrases.byline(citation)]), *_beneath(screen, citation, shown="")])


def sides(screen: Screen, disagreement: Disagreement) -> list[str]:
    """The lines of a disagreement: what it is about, and each position with its citation's number."""
    held = [f"{phrases.side(one)} {citations.mark(one.citation)}" for one in disagreement.positions]
    return [screen.heading(f"{phrases.heading(disagreement)}: {disagreement.about}"), *screen.listed(held)]


def copied(screen: Screen, found: Sequence[Copies]) -> list[str]:
    """The lines on texts that several articles have, each with what is cited of it."""
    lines = [f"{phrases.copies(one)} {''.join(map(citations.mark, one.citations))}" for one in found]
    return [screen.heading(phrases.COPIES), *screen.listed(lines)] if lines else []


def _beneath(screen: Screen, citation: Citation, *, shown: str) -> list[str]:
    lines = []
    if provenance := phrases.provenance(citation):
        lines.append(screen.filled("; ".join(provenance), indent="    "))
    if citation.quote not in shown:
        lines.append(screen.filled(f"“{citation.quote}”", indent="    "))
    if citation.url:
        lines.append(f"    {visible(citation.url)}")
    return lines
