"""What a tool gives as text, for models that read nothing else.

What comes from an article is made inert, as clients show such text as Markdown, and sentences of it that give orders to
whoever processes them are left out, with a word that they are. The structured content has it verbatim.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag import phrases
from rag.attribution import UNKNOWN_OUTLET
from rag.citations import mark
from rag.footnotes import address_of, copied, footnoted, inert, sides
from rag.suspicion import suspicious
from rag.tools.values import Listing, Part
from rag.types import Answer, Byline, Citation, Coverage, Hit, IngestReport, Refusal, Timeline

_LEFT_OUT = "(Left out: orders to whoever processes this text.)"
_REVISIONS = 10  # texts that an article has had, listed with it
_NONE_FITS = "Nothing in the articles fits this query."


def hits(found: Sequence[Hit]) -> str:
    """Passages with where they stand."""
    return "\n\n".join(_passage(hit) for hit in found) or _NONE_FITS


def answer(given: Answer) -> str:
    """An answer with its sources below."""
    return footnoted(given, address=_address)


def coverage(given: Coverage) -> str:
    """Each outlet's sentences, who is silent, both sides of what is disputed, copies, and the articles."""
    parts = [inert(phrases.unspoken(given))] if not given.outlets else []
    for own in given.outlets:
        heading = f"{inert(own.outlet or UNKNOWN_OUTLET)} ({phrases.articles(own.articles)}):"
        parts.append(_listed(heading, own.citations, outlets=False))
    if given.silent:
        parts.append(f"{phrases.SILENT} {', '.join(map(inert, given.silent))}")
    parts += [sides(one) for one in given.disagreements]
    parts += copied(given.copies)
    return "\n\n".join([*parts, *_articles([one for own in given.outlets for one in own.citations])])


def timeline(given: Timeline) -> str:
    """The days in their order with what is told of each, what has no sure day, and the articles."""
    parts = [_listed(f"{phrases.day(event.day)}:", event.citations, outlets=True) for event in given.events]
    if given.undated:
        parts.append(_listed(f"{phrases.UNDATED}:", given.undated, outlets=True))
    cited = [one for event in given.events for one in event.citations] + [*given.undated]
    return "\n\n".join([*parts, *_articles(cited)]) or inert(phrases.nothing_dated(given))


def part(given: Part) -> str:
    """The byline, what else is known, the text, and where to read on."""
    facts = phrases.facts(
        given.byline, language=given.language, dateline=given.dateline, dateline_day=given.dateline_day
    )
    known = [f"{name}: {inert(value)}" for name, value in facts]
    amiss = [f"Note: {inert(one.reason)}" for one in given.defects]
    text = "\n".join([byline(given.byline), *known, *amiss, *_history(given)])
    text = f"{text}\n\n{_words(given.text)}"
    if given.start == 0 and given.end == given.characters:
        return text
    more = f"; read on with start={given.end}" if given.end < given.characters else ", which is its end"
    return f"{text}\n\n(Characters {given.start} to {given.end} of {given.characters}{more}.)"


def _history(given: Part) -> list[str]:
    """Which of its texts this is, where the article has had several, and the others."""
    if not (often := phrases.changed(given.revisions)):
        return []
    shown = [f"- {phrases.lasted(one)}: revision={one.revision}" for one in given.revisions[:_REVISIONS]]
    now = given.byline.revision == given.revisions[0].revision
    return [f"{often}; here {'as it is now' if now else 'as it was before it changed'}.", *shown]


def listing(given: Listing, *, offset: int) -> str:
    """A line for each article, how many there are, and the outlets."""
    shown = [f"- {byline(one)}" for one in given.articles]
    last = offset + len(given.articles)
    more = f"; read on with offset={last}" if shown and last < given.total else ""
    head = f"{given.total} articles fit{f', here {offset + 1} to {last}' if shown else ''}{more}."
    outlets = ", ".join(map(inert, given.outlets)) or "none known"
    return "\n".join([head, *shown, f"Outlets in the archive: {outlets}."])


def report(given: IngestReport) -> str:
    """What became of what was to be added."""
    outcomes = {"Added": given.added, "Replaced": given.changed, "There already": given.unchanged}
    parts = [f"{outcome}: {', '.join(names)}." for outcome, names in outcomes.items() if names]
    return "\n".join([*parts, *map(refusal, given.refused)])


def refusal(given: Refusal) -> str:
    """Why something was not taken in, on a line."""
    return f"Refused: {inert(given.source)}: {given.reason}"


def byline(given: Byline) -> str:
    """Who published an article, and which it is, on a line."""
    return f"{inert(phrases.byline(given))}, article {given.article_id}"


def _passage(hit: Hit) -> str:
    where = f"characters {hit.passage.start} to {hit.passage.end}"
    return f"{hit.rank}. {byline(hit.byline)}, {where}\n{_words(hit.passage.text)}"


def _words(text: str) -> str:
    """The text without orders and inert, its lines marked as quoted by what inert text lacks: none looks like ours."""
    kept, at = "", 0
    for start, end in suspicious(text):
        between = text[at:start]
        kept += between if at and not between.strip() else f"{between}{_LEFT_OUT}"
        at = end
    return "\n".join(f"> {inert(line)}".rstrip() for line in f"{kept}{text[at:]}".split("\n"))


def _listed(title: str, cited: Sequence[Citation], *, outlets: bool) -> str:
    return "\n".join([title, *(f"- {_quoted(one, outlet=outlets)}" for one in cited)])


def _quoted(cited: Citation, *, outlet: bool) -> str:
    """A quote with its number, on whose word it is said, perhaps whose it is, and where it stands."""
    told = [cited.outlet or UNKNOWN_OUTLET] if outlet else []
    told += [f"quoting {cited.speaker}"] if cited.speaker else []
    where = f"article {cited.article_id}, characters {cited.start} to {cited.end}"
    return f"“{inert(cited.quote)}” {mark(cited.number)} ({', '.join([*map(inert, told), where])})"


def _articles(cited: Sequence[Citation]) -> list[str]:
    """Each article that is cited, once."""
    lines = {
        one.article_id: f"- {one.article_id}: {inert(phrases.byline(one))}: {address_of(one, otherwise='no address')}"
        for one in cited
    }
    return ["\n".join(["Articles:", *lines.values()])] if lines else []


def _address(citation: Citation) -> str:
    """Where to read it: on the web, and by a tool."""
    on_the_web = address_of(citation, otherwise="no address")
    return f"{on_the_web}, article {citation.article_id}, characters {citation.start} to {citation.end}"
