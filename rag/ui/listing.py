"""The library as HTML: its articles page by page, what it holds, and what became of what was added or removed.

Titles, outlets, authors, names of files and addresses are other people's, and all of them are escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag import phrases
from rag.articles import SUFFIXES
from rag.ledger import Holdings, Sort
from rag.types import Byline, IngestReport, Refusal
from rag.ui import orders, reading
from rag.ui.adding import Step
from rag.ui.cards import cut_end, known, when
from rag.ui.inert import escape

PAGE = 25  # articles shown at a time
MOST_PAGES = 10_000_000
CHANNEL = "shelf"
SORTS: dict[str, Sort] = {
    "Last taken in": "taken",
    "Newest": "published",
    "Outlet": "outlet",
    "Title": "title",
}
REFUSALS_SHOWN = 50
DIFFERENCES_SHOWN = 12
TITLE_CHARACTERS = 240
NAME_CHARACTERS = 90  # of a title within a sentence, and of an outlet or author in a row


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Which articles a reader sees: the words searched for, the order, the page from 1, and which is to be removed."""

    words: str = ""
    sort: Sort = "taken"
    page: int = 1
    removing: str | None = None


def articles(
    bylines: Sequence[Byline],
    view: View,
    *,
    total: int,
    passages: Mapping[str, int],
    writable: bool,
    note: tuple[int, str] | None = None,
) -> str:
    """One page of the articles, `total` of which match, with what can be done with each.

    A `note` is HTML that stands before the row of that place, from 0: what became of the one that was there.
    """
    if not bylines:
        return f"{note[1]}{_nothing(view)}" if note else _nothing(view)
    first = (view.page - 1) * PAGE + 1
    shown = f"{first:,} to {first + len(bylines) - 1:,} of " if total > len(bylines) else ""
    matching = (
        f' with <q dir="auto">{escape(cut_end(view.words.strip(), NAME_CHARACTERS))}</q>' if view.words.strip() else ""
    )
    rows = [_row(one, view, passages.get(one.article_id), writable=writable) for one in bylines]
    if note:
        rows.insert(note[0], f'<li class="note" id="shelf-note" tabindex="-1">{note[1]}</li>')
    return (
        '<section class="listing"><p class="tally" tabindex="-1">'
        f"{shown}{count(total, 'article')}{matching}{_hop(writable)}</p>"
        f'<ol class="rows">{"".join(rows)}</ol>{_pages(view, total)}</section>'
    )


def _hop(writable: bool) -> str:
    """Lead to the boxes that stand below the list where the page is narrow."""
    return ' <a class="hop" href="#shelf-add">Add articles ↓</a>' if writable else ""


def _nothing(view: View) -> str:
    if not view.words.strip():
        return '<section class="listing"><p class="tally">No articles yet.</p></section>'
    words = escape(cut_end(view.words.strip(), NAME_CHARACTERS))
    return (
        f'<section class="listing"><p class="tally">No article has <q dir="auto">{words}</q> in its title, outlet, '
        "author or id. To search in the articles’ own words, ask in the conversation.</p></section>"
    )


def _row(byline: Byline, view: View, passages: int | None, *, writable: bool) -> str:
    title = byline.title or byline.article_id
    address = escape(reading.href(byline.article_id))
    head = known(cut_end(byline.title, TITLE_CHARACTERS) if byline.title else None, "title")
    if not byline.title:
        head += f' <span class="id" dir="auto">{escape(cut_end(byline.article_id, NAME_CHARACTERS))}</span>'
    facts = [known(_cut(byline.outlet), "outlet"), when(byline.published_at)]
    if byline.author:
        facts.insert(1, known(_cut(byline.author), "author"))
    if passages:
        facts.append(f'<span class="size">{count(passages, "passage")}</span>')
    dot = ' <span class="dot">·</span> '
    told = f'<h3><a class="read" href="{address}">{head}</a></h3><p class="dateline">{dot.join(facts)}</p>'
    if writable and byline.article_id == view.removing:
        return f'<li class="going"><div class="entry">{told}</div>{_sure(byline, title)}</li>'
    asks = orders.link(
        "chat", "Ask about it", name=f"Ask about it: {_short(title)}", do="only", article=byline.article_id
    )
    goes = ""
    if writable:
        goes = orders.link(
            CHANNEL, "Remove", name=f"Remove: {_short(title)}", kind="remove", do="remove", article=byline.article_id
        )
    return f'<li><div class="entry">{told}</div><p class="deeds">{asks} {goes}</p></li>'


def _sure(byline: Byline, title: str) -> str:
    """Ask once more, in the row itself."""
    really = orders.link(
        CHANNEL,
        "Remove",
        name=f"Remove for good: {_short(title)}",
        kind="really",
        do="really",
        article=byline.article_id,
    )
    keep = orders.link(
        CHANNEL, "Keep", name=f"Keep: {_short(title)}", kind="keep", do="keep", article=byline.article_id
    )
    return (
        f'<div class="sure" role="group"><p>Remove “<bdi>{escape(_short(title))}</bdi>”? '
        f'Its passages leave every search.</p><p class="deeds">{really} {keep}</p></div>'
    )


def _pages(view: View, total: int) -> str:
    last = pages(total)
    if last < 2:
        return ""
    back = forth = ""
    if view.page > 1:
        back = orders.link(CHANNEL, "← Previous", name="Previous page", kind="previous", do="page", page=view.page - 1)
    if view.page < last:
        forth = orders.link(CHANNEL, "Next →", name="Next page", kind="next", do="page", page=view.page + 1)
    return f'<nav class="pages">{back}<span>Page {view.page:,} of {last:,}</span>{forth}</nav>'


def pages(total: int) -> int:
    """How many pages so many articles fill; at least one."""
    return max(1, -(-total // PAGE))


def empty(*, writable: bool) -> str:
    """Help to fill an empty library."""
    here = "Drop files on this page, or paste web addresses, and press Add. Or, where it runs: "
    return (
        '<section class="listing vacant"><h2>The library is empty</h2>'
        f"<p>{here if writable else 'Where it runs: '}<code>python ingest.py FILE_OR_FOLDER</code>, or "
        "<code>python ingest.py corpus</code> for the articles that come with Crosscheck.</p></section>"
    )


def adding() -> str:
    """Head the boxes that articles are added by."""
    return (
        '<section class="adding" id="shelf-add"><h2>Add articles</h2>'
        f"<p>Files that end in {', '.join(SUFFIXES)}, and pages on the web.</p></section>"
    )


def health(held: Holdings, *, size: int, embedding: str, model: str | None) -> str:
    """Say what is indexed; `size` in bytes on disk."""
    span = "unknown"
    if held.oldest and held.newest:
        oldest, newest = phrases.day(held.oldest[:10]), phrases.day(held.newest[:10])
        span = oldest if oldest == newest else f"{oldest} to {newest}"
    facts = (
        ("Articles", f"{held.articles:,}"),
        ("Outlets", f"{held.outlets:,}"),
        ("Passages", f"{held.passages:,}"),
        ("Published", span),
        ("Date unknown", count(held.undated, "article")),
        ("Outlet unknown", count(held.unattributed, "article")),
        ("On disk", on_disk(size)),
        ("Embedding model", embedding),
        ("Language model", model or "none: answers are quotations"),
    )
    rows = "".join(f'<div><dt>{name}</dt><dd dir="auto">{escape(value)}</dd></div>' for name, value in facts)
    return f'<section class="health"><h2>What is indexed</h2><dl>{rows}</dl></section>'


def step(one: Step) -> str:
    """Show how far it is."""
    if not one.total:
        return under_way(one.name)
    named = f": <bdi>{escape(one.name)}</bdi>" if one.name else ""
    at = min(one.done + 1, one.total)
    return (
        f'<div class="under-way" role="status"><p>{at:,} of {one.total:,}{named}</p>'
        f'<progress value="{one.done}" max="{one.total}" title="Adding to the library"></progress></div>'
    )


def under_way(sentence: str) -> str:
    """Show that something is being done, though not how far it is."""
    told = escape(sentence)
    return f'<div class="under-way" role="status"><p>{told}</p><progress title="{told}"></progress></div>'


def outcome(report: IngestReport) -> str:
    """Say what became of what was given: counts, and the reason of each refusal."""
    counts = (
        (len(report.added), "added"),
        (len(report.changed), "changed"),
        (len(report.unchanged), "unchanged"),
        (len(report.refused), "refused"),
    )
    told = ", ".join(f"{number:,} {what}" for number, what in counts if number) or "nothing to add"
    refused = "".join(_refusal(refusal) for refusal in report.refused[:REFUSALS_SHOWN])
    rest = len(report.refused) - REFUSALS_SHOWN
    if rest > 0:
        refused += f"<li>and {rest:,} more</li>"
    why = f'<ul class="refused">{refused}</ul>' if refused else ""
    return f'<div class="outcome" role="status"><p class="done">{told[0].upper()}{told[1:]}.</p>{why}</div>'


def _refusal(refusal: Refusal) -> str:
    reason = refusal.reason[:1].upper() + refusal.reason[1:]
    return f'<li><b dir="auto">{escape(refusal.source)}</b> <span dir="auto">{escape(reason)}</span></li>'


def done(sentence: str) -> str:
    """Say that something was done."""
    return f'<div class="outcome" role="status"><p class="done">{escape(sentence)}</p></div>'


def removed(title: str) -> str:
    """Say that an article is gone."""
    named = f"<bdi>{escape(_short(title))}</bdi>"
    return f'<div class="outcome" role="status"><p class="done">“{named}” was removed.</p></div>'


def trouble(sentence: str) -> str:
    """Say why something was not done."""
    return f'<div class="outcome trouble" role="status"><p>{escape(sentence)}</p></div>'


def checked(differences: Sequence[str], held: Holdings) -> str:
    """Say what a check of the library found."""
    if not differences:
        counts = f"{count(held.articles, 'article')} and {count(held.passages, 'passage')}"
        return done(f"All is well: {counts}, and both indexes agree with them.")
    found = "".join(f'<li dir="auto">{escape(one)}</li>' for one in differences[:DIFFERENCES_SHOWN])
    rest = len(differences) - DIFFERENCES_SHOWN
    if rest > 0:
        found += f"<li>and {rest:,} more</li>"
    return (
        '<div class="outcome trouble" role="status"><p>Something does not agree. To build both indexes anew from the '
        "stored articles, run <code>python ingest.py --rebuild</code> where Crosscheck runs.</p>"
        f"<ul>{found}</ul></div>"
    )


def elsewhere(*, only_read: bool = False) -> str:
    """Say once why there is nothing to add or remove with."""
    if only_read:
        return (
            '<section class="elsewhere"><h2>Adding and removing</h2><p>This server only reads the library. Articles '
            "are added and removed where it is written to: <code>python ingest.py FILE_OR_FOLDER</code>, and "
            "<code>python ingest.py --remove ID</code>.</p></section>"
        )
    return (
        '<section class="elsewhere"><h2>Adding and removing</h2><p>The key that you signed in with may read. Articles '
        "are added and removed with one that may also write, or where the server runs: <code>python ingest.py "
        "FILE_OR_FOLDER</code>, and <code>python ingest.py --remove ID</code>.</p></section>"
    )


def on_disk(size: int) -> str:
    """Write a number of bytes for people."""
    if size < 1_000_000:
        return f"{-(-size // 1_000):,} kB"
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.1f} GB"


def count(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _short(title: str) -> str:
    return cut_end(title, NAME_CHARACTERS)


def _cut(text: str | None) -> str | None:
    return cut_end(text, NAME_CHARACTERS) if text else None
