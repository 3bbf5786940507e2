"""Asks and searches from the command line: `python -m rag ask QUESTION`, `python -m rag search QUERY`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from textwrap import fill, shorten

from rag import citations, command, phrases
from rag.asking import limits
from rag.attribution import UNKNOWN_OUTLET
from rag.config import load_settings
from rag.types import Answer, Citation, Hit, Statement

WIDTH = 100  # columns of printed text
EXCERPT = 300  # characters of a passage that a search shows

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status; `arguments` default to those of the process."""
    options = _parser().parse_args(arguments)
    return command.exit_status(lambda: _act(options))


def _parser() -> argparse.ArgumentParser:
    data_dir = command.data_dir_option()
    parser = argparse.ArgumentParser(
        prog="python -m rag", description="Ask or search the library of articles.", parents=[data_dir]
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    ask = commands.add_parser("ask", parents=[data_dir], help="answer a question, every sentence cited")
    ask.add_argument("question", metavar="QUESTION", help="the question; - reads it from standard input")
    ask.add_argument(
        "--outlet", action="append", default=[], metavar="OUTLET", help="only from this outlet (repeatable)"
    )
    ask.add_argument("--since", type=_day, metavar="DAY", help="only articles of this day or later, as 2024-12-01")
    ask.add_argument("--until", type=_day, metavar="DAY", help="only articles of this day or earlier")
    search = commands.add_parser("search", parents=[data_dir], help="list the passages nearest to a query")
    search.add_argument("question", metavar="QUERY", help="what to look for; - reads it from standard input")
    search.add_argument("--limit", type=_positive, default=10, metavar="N", help="at most N passages (default: 10)")
    for each in (ask, search):
        each.add_argument("--json", action="store_true", help="print JSON instead of text")
    return parser


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2024-12-01") from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of passages; give 1 or more")
    return int(text)


def _act(options: argparse.Namespace) -> int:
    # slow to load, with the libraries of the embedding model and the indexes: --help and a wrong option do without
    from rag.pipeline import Pipeline

    question = _question(options.question)
    settings = load_settings(data_dir=getattr(options, "data_dir", None))
    with closing(Pipeline(settings)) as pipeline:
        if options.command == "search":
            _show_hits(pipeline.search(question, limit=options.limit), as_json=options.json)
        else:
            filters = limits(outlets=options.outlet, since=options.since, until=options.until)
            _show_answer(pipeline.answer(question, filters=filters), as_json=options.json)
    return 0


def _question(argument: str) -> str:
    """The question as valid Unicode, whatever bytes the terminal or the pipe gave."""
    if argument == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _show_answer(answer: Answer, *, as_json: bool) -> None:
    if as_json:
        command.print_json(answer)
        return
    if answer.notice:
        print(_visible(answer.notice), file=sys.stderr)
    print(as_text(answer))


def as_text(answer: Answer) -> str:
    """The answer as it is printed, with all that belongs to it below."""
    return "\n\n".join("\n".join(part) for part in _parts(answer) if part)


def _parts(answer: Answer) -> Iterator[list[str]]:
    """The lines of the answer, of what is not answered, of each disagreement, of the date, of the sources."""
    lines = [_marked(statement) for statement in answer.statements] or answer.text.splitlines()
    yield [_filled(line) for line in lines]
    if unanswered := phrases.unanswered(answer):
        yield [phrases.UNANSWERED, *map(_item, unanswered)]
    for disagreement in answer.disagreements:
        sides = [f"{phrases.side(one)} {citations.mark(one.citation)}" for one in disagreement.positions]
        yield [_strong(_visible(f"{phrases.heading(disagreement)}: {disagreement.about}")), *map(_item, sides)]
    if as_of := phrases.as_of(answer):
        yield [_visible(as_of)]
    if answer.nearest:
        yield [phrases.nearest(answer), *(_source("  -", citation, shown="") for citation in answer.nearest)]
    yield [_source(_strong(citations.mark(one.number)), one, shown=answer.text) for one in answer.citations]


def _marked(statement: Statement) -> str:
    """The statement with its marks; one that the articles do not support is named before it is read."""
    text, support, why = statement.text, phrases.support(statement), statement.reason
    if statement.support == "unsupported":
        text = f"{support.upper()}{f' ({why})' if why else ''}: {text}"
    elif support:
        text = f"{text} ({': '.join(filter(None, (support, why)))})"
    return citations.render([(text, statement.citations)])


def _source(mark: str, citation: Citation, *, shown: str) -> str:
    """Where a citation's words stand and whose they are; the words too, where the answer does not quote them itself."""
    lines = [f"{mark} {_byline(citation.outlet, citation.title, citation.published_at)}"]
    if provenance := phrases.provenance(citation):
        lines.append(_filled("; ".join(provenance), indent="    "))
    if citation.quote not in shown:
        lines.append(_filled(f"“{citation.quote}”", indent="    "))
    if citation.url:
        lines.append(f"    {_visible(citation.url)}")
    return "\n".join(lines)


def _show_hits(hits: Sequence[Hit], *, as_json: bool) -> None:
    if as_json:
        command.print_json(hits)
        return
    for hit in hits:
        source = _byline(hit.byline.outlet, hit.byline.title, hit.byline.published_at)
        print(f"{_strong(f'{hit.rank}.')} {source}, score {hit.score:.2f}")
        print(_filled(shorten(hit.passage.text, EXCERPT, placeholder=" …"), indent="   "))
    if not hits:
        print("Nothing in the library fits this query.", file=sys.stderr)


def _byline(outlet: str | None, title: str | None, published_at: str | None) -> str:
    named = f"“{title}”" if title else "title unknown"
    return _visible(f"{outlet or UNKNOWN_OUTLET}, {named}, {phrases.day(published_at)}")


def _item(text: str) -> str:
    return _filled(text, first="  - ", indent="    ")


def _filled(text: str, *, first: str | None = None, indent: str = "") -> str:
    begin = indent if first is None else first
    return fill(_visible(text), WIDTH, initial_indent=begin, subsequent_indent=indent, break_long_words=False)


def _visible(text: str) -> str:
    """The text on one line, without what a terminal would take for a command."""
    return _CONTROLS.sub(" ", text)


def _strong(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


if __name__ == "__main__":
    sys.exit(main())
