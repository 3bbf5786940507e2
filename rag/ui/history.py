"""What became of an article: the texts that it has had, and what changed from one to another."""

from __future__ import annotations

from collections.abc import Sequence

from rag import phrases
from rag.types import Article, Difference, Revision
from rag.ui import texts
from rag.ui.inert import escape
from rag.ui.places import href

SHOWN = 10  # changes, and texts, that the article's own page lists
SAME = "The two texts are the same."


def past(article: Article) -> str:
    """Say of an older text that it is one, with the ways to what changed and to the text of now."""
    ways = (
        f"{_link(article.id, 'What has changed', since=article.revision)} · {_link(article.id, 'Read it as it is now')}"
    )
    return (
        f'<p class="note">This is the text as it was taken in on {escape(phrases.day(article.ingested_at))}. '
        f"The article has changed since. {ways}</p>"
    )


def changed(revisions: Sequence[Revision], difference: Difference | None) -> str:
    """Say how often an article has changed, and how the last time; empty where it never has."""
    often = phrases.changed(revisions)
    if not often or difference is None:
        return ""
    new = "".join(f"<li>{texts.change(one)}</li>" for one in difference.changes[:SHOWN])
    further = len(difference.changes) - SHOWN
    rest = f"<p>And {further} more. {_since(difference.earlier)}</p>" if further > 0 else ""
    older = "".join(f"<li>{_text(one)}</li>" for one in revisions[1 : SHOWN + 1])
    return (
        f'<details class="history"><summary>{escape(often)}</summary>'
        f'<h2>The last change</h2><ol class="changes">{new}</ol>{rest}<h2>Earlier texts</h2><ul>{older}</ul></details>'
    )


def compared(article: Article, difference: Difference) -> str:
    """Show the later of two texts with all that changed in its place, and what changed of title and date."""
    earlier, later = difference.earlier, difference.later
    texts_of = (phrases.day(one.ingested_at) for one in (earlier, later))
    told = "What changed from the text of {} to that of {}. ".format(*map(escape, texts_of))
    count = phrases.counted(len(difference.changes), "change")
    ways = f"{_link(article.id, 'As it was', revision=earlier.revision)} · {_link(article.id, 'As it is now')}"
    fields = (
        ("Title", earlier.title, later.title),
        ("Date", *(phrases.day(one.published_at) for one in (earlier, later))),
    )
    renamed = "".join(
        f'<p class="note" dir="auto">{name}: {texts.replaced(was or "unknown", now or "unknown")}</p>'
        for name, was, now in fields
        if was != now
    )
    body = texts.compared(article.text, difference.changes, language=article.language)
    return f'<p class="note">{told}{f"{count}." if difference.changes else SAME} {ways}</p>{renamed}{body}'


def _text(revision: Revision) -> str:
    read = _link(revision.article_id, "Read it", revision=revision.revision)
    return f"{escape(phrases.day(revision.ingested_at))}: {read} · {_since(revision)}"


def _since(revision: Revision) -> str:
    return _link(revision.article_id, "What has changed since", since=revision.revision)


def _link(article_id: str, label: str, *, revision: str | None = None, since: str | None = None) -> str:
    """Link another reading page: beside the conversation the page's script opens it in the same pane."""
    there = href(article_id, revision=revision, since=since)
    return f'<a class="read" href="../{escape(there)}">{escape(label)}</a>'
