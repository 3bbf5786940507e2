"""Asks and searches from the command line: `python -m rag ask QUESTION`, `python -m rag search QUERY`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from textwrap import fill, shorten

from rag import command
from rag.asking import limits
from rag.config import load_settings
from rag.types import Answer, Citation, Disagreement, Hit, Position, Statement

WIDTH = 100  # columns of printed text
EXCERPT = 300  # characters of a passage that a search shows


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
        print(answer.notice, file=sys.stderr)
    lines = [_marked(statement) for statement in answer.statements] or answer.text.splitlines()
    print("\n".join(fill(line, WIDTH, break_long_words=False) for line in lines))
    for disagreement in answer.disagreements:
        print("\n" + "\n".join(_sides(disagreement)))
    if answer.citations:
        print()
    for citation in answer.citations:
        print(_footnote(citation, shown=answer.text))


def _marked(statement: Statement) -> str:
    return f"{statement.text} {''.join(f'[{number}]' for number in statement.citations)}".rstrip()


def _sides(disagreement: Disagreement) -> Iterator[str]:
    heading = "Updated" if disagreement.kind == "update" else "Outlets disagree"
    yield _strong(f"{heading}: {disagreement.about}")
    for position in disagreement.positions:
        yield fill(_position(position), WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _position(position: Position) -> str:
    told = ", ".join(filter(None, (position.outlet or "outlet unknown", position.speaker, position.date)))
    return f"{position.claim} ({told}) [{position.citation}]"


def _footnote(citation: Citation, *, shown: str) -> str:
    """Where a citation's words stand; the words too, where the answer does not quote them itself."""
    source = _byline(citation.outlet, citation.title, citation.published_at)
    lines = [f"{_strong(f'[{citation.number}]')} {source}"]
    if citation.quote not in shown:
        lines.append(fill(f"“{citation.quote}”", WIDTH, initial_indent="    ", subsequent_indent="    "))
    if citation.url:
        lines.append(f"    {citation.url}")
    return "\n".join(lines)


def _show_hits(hits: Sequence[Hit], *, as_json: bool) -> None:
    if as_json:
        command.print_json(hits)
        return
    for hit in hits:
        source = _byline(hit.byline.outlet, hit.byline.title, hit.byline.published_at)
        print(f"{_strong(f'{hit.rank}.')} {source}, score {hit.score:.2f}")
        excerpt = shorten(hit.passage.text, EXCERPT, placeholder=" …")
        print(fill(excerpt, WIDTH, initial_indent="   ", subsequent_indent="   "))
    if not hits:
        print("Nothing in the library fits this query.", file=sys.stderr)


def _byline(outlet: str | None, title: str | None, published_at: str | None) -> str:
    named = f"“{title}”" if title else "title unknown"
    return f"{outlet or 'outlet unknown'}, {named}, {published_at or 'date unknown'}"


def _strong(text: str) -> str:
    return f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text


if __name__ == "__main__":
    sys.exit(main())
