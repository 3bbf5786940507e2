"""The command line: `python -m rag ask | search | compare | timeline | article | mcp | doctor`.

Exit statuses are those of `rag.command`; that the articles do not answer is an answer, and its status 0.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypedDict, TypeVar

from rag import command, logs, tracing
from rag.cli.parser import parser
from rag.cli.screen import Screen, visible
from rag.config import load_settings

if TYPE_CHECKING:
    from rag.doctor import Finding
    from rag.library import Library
    from rag.types import Answer, Article, Difference, Hit

Found = TypeVar("Found")
SERVING = "The tools are served on standard input and output, to a program that starts this; Ctrl-C ends it."

# What a command needs is loaded when it runs: --help, a wrong option and the other commands do without.


class Limits(TypedDict):
    """What the evidence is limited to, as the library's methods name it."""

    outlets: list[str]
    since: str | None
    until: str | None
    articles: list[str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status; `arguments` default to those of the process."""
    options = parser().parse_args(arguments)
    act = _COMMANDS[options.command]
    return command.exit_status(lambda: act(options))


def _ask(options: argparse.Namespace) -> int:
    from rag.cli.answer import answer_text

    def text(answer: Answer, screen: Screen) -> str:
        if answer.notice:
            print(visible(answer.notice), file=sys.stderr)
        return answer_text(answer, screen)

    return _told(options, lambda library, asked, limits: library.ask(asked, **limits), text)


def _search(options: argparse.Namespace) -> int:
    from rag.cli.answer import hits_text

    def text(hits: list[Hit], screen: Screen) -> str:
        if not hits:
            print("Nothing in the library fits this query.", file=sys.stderr)
        return hits_text(hits, screen)

    return _told(options, lambda library, asked, limits: library.search(asked, limit=options.limit, **limits), text)


def _compare(options: argparse.Namespace) -> int:
    from rag.cli.views import coverage_text

    return _told(options, lambda library, asked, limits: library.compare(asked, **limits), coverage_text)


def _timeline(options: argparse.Namespace) -> int:
    from rag.cli.views import timeline_text

    return _told(options, lambda library, asked, limits: library.timeline(asked, **limits), timeline_text)


def _told(
    options: argparse.Namespace,
    ask: Callable[[Library, str, Limits], Found],
    text: Callable[[Found, Screen], str],
) -> int:
    """Print what a library says to what is asked, as JSON or as text."""
    asked = _given(options.question)
    limits = Limits(outlets=options.outlet, since=options.since, until=options.until, articles=options.article)
    with command.uncollected(), _library(options) as library:  # one question is asked, and the process ends
        found = ask(library, asked, limits)
    if options.json:
        command.print_json(found)
    elif words := text(found, _screen(options)):
        print(words)
    return 0


def _article(options: argparse.Namespace) -> int:
    from rag.cli.article import article_text, changes_text

    name, revision = _given(options.id), options.revision
    found: Article | Difference
    with _library(options) as library:
        if options.changes:
            found = library.changes(name, earlier=revision)
            text = changes_text(found, _screen(options))
        else:
            found = library.article(name, revision)
            text = article_text(found, library.revisions(name), _screen(options))
    if options.json:
        command.print_json(found)
    else:
        print(text)
    return 0


def _mcp(options: argparse.Namespace) -> int:
    from rag import tools

    with _library(options) as library:
        settings = library.pipeline.settings
        logs.configure(settings.log_level, texts=settings.log_questions)
        if sys.stdin.isatty():
            print(SERVING, file=sys.stderr)
        with tracing.exporting(texts=settings.log_questions) if settings.tracing else nullcontext():
            allowed = options.allow_changes or settings.mcp_changes
            tools.serve_stdio(library.pipeline, changes=allowed and not settings.read_only)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from rag import doctor
    from rag.cli.findings import finding_lines, summary

    findings: list[Finding] = []

    def noted() -> Iterator[Finding]:
        for finding in doctor.examine(data_dir=getattr(options, "data_dir", None), port=options.port):
            findings.append(finding)
            yield finding

    screen = _screen(options)
    for line in finding_lines(noted(), screen):
        if not options.json:
            print(line, flush=True)  # what comes next may take a while
    well = all(finding.status != "wrong" for finding in findings)
    if options.json:
        command.print_json({"ok": well, "findings": findings})
    else:
        print(summary(findings, screen))
    return 0 if well else 1


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "ask": _ask,
    "search": _search,
    "compare": _compare,
    "timeline": _timeline,
    "article": _article,
    "mcp": _mcp,
    "doctor": _doctor,
}


def _library(options: argparse.Namespace) -> Library:
    settings = load_settings(data_dir=getattr(options, "data_dir", None))
    from rag.library import Library

    return Library(settings=settings)


def _given(argument: str) -> str:
    """What is asked as valid Unicode, whatever bytes the terminal or the pipe gave."""
    if argument == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _screen(options: argparse.Namespace) -> Screen:
    return Screen.of(sys.stdout, colour=getattr(options, "color", "auto"))
