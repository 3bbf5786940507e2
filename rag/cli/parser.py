"""The commands and their options."""

from __future__ import annotations

import argparse
from datetime import date

from rag import command
from rag.cli.screen import COLOURS

_EPILOG = """\
exit status:
  0    done; that the articles do not answer is an answer, and doctor has found nothing wrong
  1    a stated failure, told in one sentence on standard error; doctor has found something wrong
  2    wrong usage
  130  interrupted; 141 when nobody read what was written

With --json each prints one JSON value on standard output, and nothing else there.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of `python -m rag`; `data_dir` and `color` are absent from what it reads where they are not given."""
    everywhere = [command.data_dir_option(), _colour_option()]
    root = argparse.ArgumentParser(
        prog="python -m rag",
        description="Ask, search and compare the library of articles; say whether all is well with it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=everywhere,
    )
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asking = [*everywhere, _filters()]
    ask = commands.add_parser("ask", parents=asking, help="answer a question, every sentence cited")
    ask.add_argument("question", metavar="QUESTION", help="the question; - reads it from standard input")
    search = commands.add_parser("search", parents=asking, help="list the passages nearest to a query")
    search.add_argument("question", metavar="QUERY", help="what to look for; - reads it from standard input")
    search.add_argument("--limit", type=_positive, default=10, metavar="N", help="at most N passages (default: 10)")
    compare = commands.add_parser("compare", parents=asking, help="who says what on a topic, outlet by outlet")
    compare.add_argument("question", metavar="TOPIC", help="a person, a place, a question; - reads standard input")
    timeline = commands.add_parser("timeline", parents=asking, help="what is told of which day")
    timeline.add_argument(
        "question", metavar="TOPIC", nargs="?", default="", help="the topic (default: what the newest articles tell)"
    )
    article = commands.add_parser("article", parents=everywhere, help="print an article, and what has changed in it")
    article.add_argument("id", metavar="ID", help="the article's id, as a citation has it")
    article.add_argument("--revision", metavar="R", help="the text that it had in this revision, as a citation has it")
    article.add_argument(
        "--changes", action="store_true", help="what has changed since that revision (default: the one before)"
    )
    mcp = commands.add_parser("mcp", parents=everywhere, help="serve the tools for models on standard input and output")
    mcp.add_argument("--allow-changes", action="store_true", help="offer the tools that add and remove articles too")
    doctor = commands.add_parser("doctor", parents=everywhere, help="say what is configured, what works, what to do")
    doctor.add_argument(
        "--port", type=_port, default=7860, metavar="P", help="port to look at for the page (default: 7860)"
    )
    for each in (ask, search, compare, timeline, article, doctor):
        each.add_argument("--json", action="store_true", help="print JSON instead of text")
    return root


def _colour_option() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--color", choices=COLOURS, default=argparse.SUPPRESS, help="colours (default: auto, on a terminal alone)"
    )
    return parent


def _filters() -> argparse.ArgumentParser:
    """A parent parser with what the evidence may be limited to."""
    parent = argparse.ArgumentParser(add_help=False)
    limits = parent.add_argument_group("limits")
    limits.add_argument(
        "--outlet", action="append", default=[], metavar="OUTLET", help="only from this outlet (repeatable)"
    )
    limits.add_argument("--since", type=_day, metavar="DAY", help="only articles of this day or later, as 2024-12-01")
    limits.add_argument("--until", type=_day, metavar="DAY", help="only articles of this day or earlier")
    limits.add_argument(
        "--article", action="append", default=[], metavar="ID", help="only this article, by its id (repeatable)"
    )
    return parent


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2024-12-01") from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of passages; give 1 or more")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 1 to 65535")
    return int(text)
