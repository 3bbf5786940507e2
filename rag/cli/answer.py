"""An answer and a list of passages as they are printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten

from rag import citations, phrases
from rag.cli import sources
from rag.cli.screen import Screen, joined
from rag.types import Answer, Hit, Statement

EXCERPT = 300  # characters of a passage that a search shows


def answer_text(answer: Answer, screen: Screen) -> str:
    """The answer with all that belongs to it below: what is not answered, disagreements, date, sources."""
    return joined(_parts(answer, screen))


def _parts(answer: Answer, screen: Screen) -> Iterator[list[str]]:
    lines = [_marked(statement) for statement in answer.statements] or answer.text.splitlines()
    yield [screen.filled(line) for line in lines]
    if unanswered := phrases.unanswered(answer):
        yield [screen.filled(phrases.UNANSWERED), *screen.listed(unanswered)]
    for disagreement in answer.disagreements:
        yield sources.sides(screen, disagreement)
    if answer.copies:
        yield sources.copied(screen, answer.copies)
    if as_of := phrases.as_of(answer):
        yield [screen.filled(as_of)]
    if answer.nearest:
        yield [screen.filled(phrases.nearest(answer)), *(sources.near(screen, one) for one in answer.nearest)]
    yield [sources.source(screen, one, shown=answer.text) for one in answer.citations]


def _marked(statement: Statement) -> str:
    """The statement with its marks; one that the articles do not support is named before it is read."""
    text, support, why = statement.text, phrases.support(statement), statement.reason
    if statement.support == "unsupported":
        text = f"{support.upper()}{f' ({why})' if why else ''}: {text}"
    elif support:
        text = f"{text} ({': '.join(filter(None, (support, why)))})"
    return citations.render([(text, statement.citations)])


def hits_text(hits: Sequence[Hit], screen: Screen) -> str:
    """The passages, best first, each with its source, its score and how it begins."""
    return "\n".join(_hit(hit, screen) for hit in hits)


def _hit(hit: Hit, screen: Screen) -> str:
    number = f"{hit.rank}."
    told = f"{phrases.byline(hit.byline)}, score {hit.score:.2f}"
    lines = screen.filled(told, first=f"{number} ", indent="   ").splitlines()
    lines[0] = screen.strong(number) + lines[0].removeprefix(number)
    excerpt = shorten(hit.passage.text, EXCERPT, placeholder=" …")
    return "\n".join([*lines, screen.filled(excerpt, indent="   ")])
