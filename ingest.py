"""Takes articles into the library and looks after it: `python ingest.py PATH...`, or `--list`, `--check` and others."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from rag import articles, command
from rag.config import load_settings
from rag.types import Byline, IngestReport, Refusal

if TYPE_CHECKING:
    from rag.pipeline import Fetcher, Pipeline
    from rag.store import Counts


def main(arguments: Sequence[str] | None = None, *, fetcher: Fetcher | None = None) -> int:
    """Runs the command and returns its exit status; `arguments` default to those of the process.

    `fetcher` is the pipeline's: for tests.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    asked = [options.list, options.remove is not None, options.rebuild, options.check, bool(options.sources)]
    if sum(asked) != 1:
        parser.error(
            "give files, folders or web addresses to take in, or one of --list, --remove ID, --rebuild, --check"
        )
    if options.if_empty and not options.sources:
        parser.error("--if-empty needs files, folders or web addresses to take in")
    return command.exit_status(lambda: _act(options, fetcher))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ingest.py",
        description="Takes articles (.txt, .md, .html, .json, .jsonl, .pdf, or pages of the web) into the library.",
        parents=[command.data_dir_option()],
    )
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="a file, a folder with all that is under it, or an http(s) address of a public page",
    )
    parser.add_argument("--if-empty", action="store_true", help="do nothing when the library has articles already")
    parser.add_argument("--list", action="store_true", help="list the articles in the library")
    parser.add_argument("--remove", metavar="ID", help="remove one article")
    parser.add_argument("--rebuild", action="store_true", help="make both indexes anew from the ledger")
    parser.add_argument("--check", action="store_true", help="say whether ledger and indexes agree; status 1 if not")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser


def _act(options: argparse.Namespace, fetcher: Fetcher | None) -> int:
    # slow to load, with the libraries of the embedding model and the indexes: --help and a wrong option do without
    from rag.pipeline import Pipeline, rebuild

    settings = load_settings(data_dir=getattr(options, "data_dir", None))
    settings = settings.model_copy(update={"rerank_model": None})  # nothing is asked here
    if options.rebuild:
        rebuild(settings)  # before the library is opened: one of another embedding model cannot be
    with closing(Pipeline(settings, fetcher=fetcher)) as pipeline:
        if options.rebuild:
            return _rebuilt(pipeline, as_json=options.json)
        if options.list:
            return _list(pipeline, as_json=options.json)
        if options.remove is not None:
            return _remove(pipeline, options.remove, as_json=options.json)
        if options.check:
            return _check(pipeline, as_json=options.json)
        if options.if_empty and pipeline.store.count().articles:
            return _leave(pipeline, as_json=options.json)
        return _ingest(pipeline, options.sources, as_json=options.json)


def _leave(pipeline: Pipeline, *, as_json: bool) -> int:
    if as_json:
        command.print_json(IngestReport())
    else:
        print(f"The library has {_number(pipeline.store.count().articles, 'article')} already; nothing was taken in.")
    return 0


def _ingest(pipeline: Pipeline, sources: Sequence[str], *, as_json: bool) -> int:
    with tqdm(unit="source", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:
        report = pipeline.ingest(sources, progress=_moving(bar))
    if as_json:
        command.print_json(report)
    else:
        print(_summary(report))
        for refusal in report.refused:
            print(f"  refused: {_sentence(refusal)}")
    if not report.refused or report.added or report.changed or report.unchanged:
        return 0
    first, *others = report.refused
    print("Nothing was taken in; every item was refused." if others else _sentence(first), file=sys.stderr)
    return 1


def _moving(bar: tqdm[NoReturn]) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, name: str) -> None:
        bar.total = total
        bar.set_description(articles.shown(name)[-40:], refresh=False)
        bar.update(done - bar.n)

    return progress


def _summary(report: IngestReport) -> str:
    counts = (
        f"{len(report.added)} added",
        f"{len(report.changed)} changed",
        f"{len(report.unchanged)} unchanged",
        f"{len(report.refused)} refused",
    )
    return f"Articles: {', '.join(counts)}; {_number(report.passages, 'passage')} embedded in {report.seconds:.1f} s."


def _sentence(refusal: Refusal) -> str:
    """The reason with its source before it, unless it says that itself, ended by a full stop."""
    told = refusal.reason if refusal.reason.startswith(refusal.source) else f"{refusal.source}: {refusal.reason}"
    return told.rstrip(".") + "."


def _list(pipeline: Pipeline, *, as_json: bool) -> int:
    bylines = pipeline.store.articles()
    if as_json:
        command.print_json({"articles": bylines})
        return 0
    for article in bylines:
        print("\t".join(_columns(article)))
    if not bylines:
        print("The library has no articles yet; take some in with: python ingest.py SOURCE", file=sys.stderr)
    return 0


def _columns(article: Byline) -> tuple[str, ...]:
    date = (article.published_at or "date unknown")[:12]
    return (article.article_id, date, article.outlet or "outlet unknown", article.title or "title unknown")


def _remove(pipeline: Pipeline, article_id: str, *, as_json: bool) -> int:
    pipeline.remove(article_id)
    if as_json:
        command.print_json({"removed": article_id})
    else:
        print(f"Removed {article_id}.")
    return 0


def _rebuilt(pipeline: Pipeline, *, as_json: bool) -> int:
    counts = pipeline.store.count()
    if as_json:
        command.print_json(counts)
    else:
        print(f"Both indexes were made anew: {_held(counts)}.")
    return 0


def _check(pipeline: Pipeline, *, as_json: bool) -> int:
    differences = pipeline.store.check()
    counts = pipeline.store.count()
    if as_json:
        command.print_json({"agree": not differences, "differences": differences, "counts": counts})
    elif not differences:
        print(f"Ledger and indexes agree: {_held(counts)}.")
    for difference in differences:
        print(difference, file=sys.stderr)
    return 1 if differences else 0


def _held(counts: Counts) -> str:
    return f"{_number(counts.articles, 'article')}, {_number(counts.passages, 'passage')}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
