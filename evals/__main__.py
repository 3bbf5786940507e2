"""The command `python -m evals`: lists suites, runs one, compares and shows runs, measures speed.

Exit 0, 1 failure, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from evals import growth
from evals.compare import comparison
from evals.curve import curve_report, curves
from evals.errors import EvalError
from evals.harness import data_of, failed_wholly, run_suite
from evals.judge import Judge
from evals.libraries import open_product
from evals.partial import SUFFIX
from evals.plot import plot
from evals.report import failures_report, run_report
from evals.runs import check_writable, read_run, write_run
from evals.speed.peers import names as peers
from evals.suites import SUITES, suite_named
from evals.types import Request, Suite
from rag.config import Settings, load_settings
from rag.errors import CrosscheckError, UsageError

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

RUNS = Path("runs")
NOT_SHIPPED = "*"


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence, raised like every other wrong usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def main(
    arguments: Sequence[str] | None = None, *, open_pipeline: Callable[[Settings], Pipeline] = open_product
) -> int:
    """Run the command line and return its exit code; `open_pipeline` is the product that is measured."""
    try:
        options = _parser().parse_args(arguments)
        if options.command == "list":
            print(listing(SUITES))
        elif options.command == "run":
            _run(options, open_pipeline)
        elif options.command == "view":
            _view(options)
        elif options.command == "curve":
            _curve(options)
        elif options.command == "growth":
            _growth(options)
        elif options.command == "speed":
            _speed(options)
        else:
            print(comparison(read_run(options.file_a), read_run(options.file_b)))
    except CrosscheckError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt as stop:
        print(str(stop) or "Stopped; no run was written.", file=sys.stderr)
        return 130
    return 0


def _run(options: argparse.Namespace, open_pipeline: Callable[[Settings], Pipeline]) -> None:
    suite = suite_named(options.suite)
    split = options.split or suite.split
    out: Path = options.out or _new_file(suite.name, split)
    check_writable(out)
    partial = out.with_name(out.name + SUFFIX)
    settings = load_settings(data_dir=options.data_dir)
    run = run_suite(
        suite,
        Request(
            data=data_of(suite, options.data),
            split=split,
            corpus=options.corpus or suite.corpus,
            limit=options.limit,
            data_dir=options.data_dir,
            settings=settings,
            open_pipeline=open_pipeline,
        ),
        partial=partial,
        judge=Judge.of(settings) if options.judge else None,
    )
    write_run(run, out)
    partial.unlink(missing_ok=True)
    print(run_report(run))
    if options.failures:
        print(f"\n{failures_report(run)}")
    print(f"\nwritten to {out}")
    if reason := failed_wholly(run):
        raise EvalError(f"No sample could be scored: {reason}")


def _curve(options: argparse.Namespace) -> None:
    found = curves([(path, read_run(path)) for path in options.files])
    if options.svg is not None:
        _write_new(options.svg, plot(found, at=options.at))
    print(curve_report(found, at=options.at))
    if options.svg is not None:
        print(f"\ndrawn in {options.svg}")


def _growth(options: argparse.Namespace) -> None:
    found = []
    for row in growth.rows(options.corpus, options.sizes, keep=options.keep):
        print(json.dumps(row), flush=True)  # the next size may take hours
        found.append(row)
    print(f"\n{growth.report(found)}")
    if options.svg is not None:
        _write_new(options.svg, growth.drawing(found))
        print(f"\ndrawn in {options.svg}")


def _speed(options: argparse.Namespace) -> None:
    from evals.speed import speed  # slow to load, with onnxruntime

    print(speed(data=options.data, articles=options.articles, peer=options.peer, settings=load_settings()))


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise EvalError(f"{path} exists, and nothing is overwritten; name another with --svg FILE.") from error
    except OSError as error:
        raise EvalError(f"{path}: the drawing cannot be written ({error.strerror}).") from error


def _view(options: argparse.Namespace) -> None:
    run = read_run(options.file)
    load_settings()  # which tells libraries that would call home not to, before they are loaded
    with suppress(KeyboardInterrupt):  # how it ends
        from evals.view import serve  # slow to load, with Gradio

        serve(run, file=str(options.file), host=options.host, port=options.port)


def _new_file(suite: str, split: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    # A split is a name, but a wrong one may hold a slash: it is complained of where the questions are read.
    path = RUNS / f"{suite}-{Path(split).name}-{stamp}.json"
    try:
        RUNS.mkdir(exist_ok=True)
    except OSError as error:
        raise EvalError(
            f"{RUNS}: the folder cannot be made ({error.strerror}); name a file with --out FILE."
        ) from error
    return path


def listing(suites: Sequence[Suite[Any]]) -> str:
    """Return the suites, one on a line, those marked that are not shipped."""
    width = max(len(suite.name) for suite in suites)
    lines = [
        f"{suite.name:<{width}} {' ' if suite.data else NOT_SHIPPED} {suite.line}"
        + (f" (waits for: {suite.lacks})" if suite.lacks else "")
        for suite in suites
    ]
    if any(suite.data is None for suite in suites):
        lines += ["", f"{NOT_SHIPPED} not shipped: name its folder with --data DIR"]
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m evals", description="Measure the product on question sets.")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="{list,run,compare,curve,growth,speed,view}"
    )
    commands.add_parser("list", help="the suites, one line each")
    run = commands.add_parser("run", help="ask a suite's questions, score the answers, write one JSON file")
    run.add_argument("suite", help="a name that `list` shows")
    run.add_argument("--data", type=Path, metavar="DIR", help="folder of the questions (default: the shipped ones)")
    run.add_argument("--split", metavar="NAME", help="which of them: DIR/NAME.jsonl, or the folder DIR/NAME")
    run.add_argument("--corpus", type=Path, metavar="FOLDER", help="the articles (default: the shipped ones)")
    run.add_argument("--limit", type=_count, metavar="N", help="only the first N questions")
    run.add_argument(
        "--out", type=Path, metavar="FILE", help="new file for the run, or that of a stopped run to go on with"
    )
    run.add_argument("--data-dir", type=Path, metavar="DIR", help="library to use (default: one in runs/libraries/)")
    run.add_argument("--failures", action="store_true", help="also print what went wrong, question by question")
    run.add_argument("--judge", action="store_true", help="the configured model also judges whether answers are right")
    compare = commands.add_parser("compare", help="two runs side by side, with the paired difference")
    compare.add_argument("file_a", type=Path, metavar="FILE_A", help="the run before")
    compare.add_argument("file_b", type=Path, metavar="FILE_B", help="the run after")
    curve = commands.add_parser("curve", help="what each threshold would wrongly answer and refuse, from runs")
    curve.add_argument("files", type=Path, nargs="+", metavar="FILE", help="a file that `run` wrote")
    curve.add_argument("--at", type=_threshold, metavar="T", help="a threshold to look at, from 0 to 1")
    curve.add_argument("--svg", type=Path, metavar="FILE", help="new file for the curves as a drawing")
    grown = commands.add_parser("growth", help="what ingestion, search, memory and disk cost by a library's size")
    grown.add_argument("corpus", type=Path, metavar="FILE", help="multihop-rag's corpus, to draw sentences from")
    grown.add_argument("--sizes", type=_count, nargs="+", default=[1_000, 10_000], metavar="N", help="passages of each")
    grown.add_argument(
        "--keep", type=Path, metavar="DIR", help="where the libraries stay; those there are not made again"
    )
    grown.add_argument("--svg", type=Path, metavar="FILE", help="new file for the figures as a drawing")
    view = commands.add_parser("view", help="one run as a page: its measures, and its samples one by one")
    view.add_argument("file", type=Path, metavar="FILE", help="a file that `run` wrote")
    view.add_argument("--host", default="127.0.0.1", metavar="H", help="address to listen on (default: 127.0.0.1)")
    view.add_argument("--port", type=_port, default=7861, metavar="P", help="port (default: 7861; 0: any free one)")
    speed = commands.add_parser(
        "speed", help="how fast the product takes in and searches, beside a peer and the machine"
    )
    speed.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of multihop-rag, as for `run`")
    speed.add_argument("--peer", choices=peers(), help="the program to hold it against; its environment is made first")
    speed.add_argument(
        "--articles", type=_count, default=120, metavar="N", help="how many are taken in (default: 120; all: 609)"
    )
    return parser


def _count(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r} is not a number of questions")
    return int(given)


def _threshold(given: str) -> float:
    try:
        found = float(given)
    except ValueError:
        found = -1.0
    if not 0.0 <= found <= 1.0:
        raise argparse.ArgumentTypeError(f"{given!r} is not a threshold; give a number from 0 to 1")
    return found


def _port(given: str) -> int:
    if not given.isdecimal() or int(given) > 65535:
        raise argparse.ArgumentTypeError(f"{given!r} is not a port; give a number up to 65535")
    return int(given)


if __name__ == "__main__":
    sys.exit(main())
