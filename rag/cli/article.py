"""An article as it is printed, and what has changed in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag import phrases
from rag.cli.screen import Screen, joined, visible
from rag.types import Article, Change, Difference, Revision


def article_text(article: Article, revisions: Sequence[Revision], screen: Screen) -> str:
    """The byline, what else is known, the texts that it has had, and the text."""
    return joined(_parts(article, revisions, screen))


def _parts(article: Article, revisions: Sequence[Revision], screen: Screen) -> Iterator[list[str]]:
    author = [f"By {article.author}"] if article.author else []
    facts = phrases.facts(
        article.byline, language=article.language, dateline=article.dateline, dateline_day=article.dateline_day
    )
    lines = [*author, *(f"{name}: {value}" for name, value in facts), *(one.reason for one in article.defects)]
    yield [screen.heading(phrases.byline(article.byline)), *map(screen.filled, lines), *_address(article)]
    if article.findings:
        found = ("{}: {}, {}".format(*phrases.finding(one)) for one in article.findings)
        yield [screen.filled("Where this is from:"), *screen.listed(found)]
    if often := phrases.changed(revisions):
        now = article.revision == revisions[0].revision
        had = (f"{one.revision}: {phrases.lasted(one)}" for one in revisions)
        yield [
            screen.filled(f"{often}; below {'as it is now' if now else 'as it was before it changed'}:"),
            *screen.listed(had),
        ]
    yield from ([screen.filled(line)] for line in article.text.splitlines() if line.strip())


def _address(article: Article) -> list[str]:
    return [visible(article.url)] if article.url else []


def changes_text(difference: Difference, screen: Screen) -> str:
    """Which two texts are compared, and each change between the words around it: [-before-] {+after+}."""
    texts = (("From", difference.earlier), ("To", difference.later))
    head = [screen.filled(f"{name} {one.revision}, {phrases.lasted(one)}") for name, one in texts]
    return joined([head, screen.listed(map(_change, difference.changes)) or ["Nothing has changed."]])


def _change(one: Change) -> str:
    """A change as `wdiff` writes it."""
    before = f"[-{one.before}-]" if one.before else ""
    after = f"{{+{one.after}+}}" if one.after else ""
    return f"{one.lead}{' '.join(filter(None, (before, after)))}{one.trail}"
