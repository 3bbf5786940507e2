"""Takes articles into the library and looks after it: `python ingest.py SOURCE...`, `--list`, `--check` and others."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

from rag import articles, command, watch
from rag.config import load_settings
from rag.stopping import REST, Stop, status_of, stoppable
from rag.types import Byline, IngestReport, Refusal

if TYPE_CHECKING:
    from rag.config import Settings
    from rag.fetch import Get
    from rag.pipeline import Pipeline
    from rag.store import Contents, Counts


SOONEST, LATEST = 0.1, 10_080  # minutes between two passes: six seconds, a week


def main(arguments: Sequence[str] | None = None, *, fetcher: Get | None = None) -> int:
    """Runs the command and returns its exit status; `arguments` default to those of the process.

    `fetcher` is the pipeline's: for tests.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    acts = (options.remove, options.export, options.take_in)
    asked = [options.list, options.rebuild, options.check, bool(options.sources), *(act is not None for act in acts)]
    if sum(asked) != 1:
        parser.error(
            "give files, folders or web addresses to take in, or one of --list, --remove ID, --rebuild, --check, "
            "--export FILE, --import FILE"
        )
    if (options.if_empty or options.watch) and not options.sources:
        parser.error(
            f"--{'if-empty' if options.if_empty else 'watch'} needs files, folders or web addresses to take in"
        )
    if options.ray and not options.sources:
        parser.error("--ray needs files or folders to take in")
    if options.if_empty and options.watch:
        parser.error("--if-empty takes in once and --watch again and again; give one of them")
    with stoppable() as stop:
        return command.exit_status(lambda: _act(options, fetcher, stop))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ingest.py",
        description="Takes articles into the library: pages, feeds and sitemaps of the web, and files "
        f"({', '.join(articles.SUFFIXES)}).",
        parents=[command.data_dir_option()],
    )
    parser.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help="a file, a folder with all that is under it, or an http(s) address: of a page, a file, a feed (RSS, Atom, "
        "JSON Feed) or a sitemap, whose pages are taken in",
    )
    parser.add_argument(
        "--watch",
        type=_minutes,
        metavar="MINUTES",
        help="look at the sources again every so many minutes, and take in what is new or has changed, until stopped",
    )
    parser.add_argument(
        "--ray",
        action="store_true",
        help="have the files read and embedded by a Ray cluster (RAY_ADDRESS, else this machine): for large archives",
    )
    parser.add_argument("--if-empty", action="store_true", help="do nothing when the library has articles already")
    parser.add_argument("--list", action="store_true", help="list the articles in the library")
    parser.add_argument("--remove", metavar="ID", help="remove one article")
    parser.add_argument("--rebuild", action="store_true", help="make both indexes anew from the ledger")
    parser.add_argument("--check", action="store_true", help="say whether ledger and indexes agree; status 1 if not")
    parser.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write the whole library, as it is now, to one new file, for a backup or another machine",
    )
    parser.add_argument(
        "--import",
        dest="take_in",
        type=Path,
        metavar="FILE",
        help="make a new library, in a data folder that has none, of a file that --export made",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    return parser


def _minutes(written: str) -> float:
    try:
        minutes = float(written)
    except ValueError:
        minutes = 0.0
    if not SOONEST <= minutes <= LATEST:
        raise argparse.ArgumentTypeError(f"{written} is no number of minutes from {SOONEST:g} to {LATEST:,}")
    return minutes


def _act(options: argparse.Namespace, fetcher: Get | None, stop: Stop) -> int:
    # slow to load, with the libraries of the embedding model and the indexes: --help and a wrong option do without
    from rag.pipeline import Pipeline, export, rebuild, take_in

    settings = load_settings(data_dir=getattr(options, "data_dir", None))
    settings = settings.model_copy(update={"rerank_model": None})  # nothing is asked here
    if options.export is not None:
        return _moved(export(settings, options.export), f"to {options.export}", as_json=options.json)
    if options.take_in is not None:
        return _moved(take_in(settings, options.take_in), f"from {options.take_in}", as_json=options.json)
    if options.rebuild:
        rebuild(settings)  # before the library is opened: one of another embedding model cannot be
    with ExitStack() as held:
        workers = _cluster(settings, held) if options.ray else {}
        pipeline = held.enter_context(closing(Pipeline(settings, fetcher=fetcher, **workers)))
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
        if options.watch:
            return _watch(pipeline, options.sources, minutes=options.watch, stop=stop, as_json=options.json)
        return _ingest(pipeline, options.sources, stop=stop, as_json=options.json)


def _cluster(settings: Settings, held: ExitStack) -> dict[str, Any]:
    """What a pipeline needs to have its sources read by a Ray cluster."""
    from rag import cluster
    from rag.embedding import Embedder

    embedder = Embedder(settings.cache_dir, settings.embed_threads)
    workers = held.enter_context(cluster.connected())
    print(f"{_number(workers.number, 'worker')} of Ray", file=sys.stderr)
    return {"embedder": embedder, "reading": cluster.Reading(workers, embedder, settings).items}


def _leave(pipeline: Pipeline, *, as_json: bool) -> int:
    if as_json:
        command.print_json(IngestReport())
    else:
        print(f"The library has {_number(pipeline.store.count().articles, 'article')} already; nothing was taken in.")
    return 0


def _ingest(pipeline: Pipeline, sources: Sequence[str], *, stop: Stop, as_json: bool) -> int:
    with stop.gently(), tqdm(unit="source", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:
        report = pipeline.ingest(sources, progress=_moving(bar), stop=stop.asked)
    if as_json:
        command.print_json(report)
    else:
        print(_summary(report))
        for refusal in report.refused:
            print(f"  refused: {_sentence(refusal)}")
        if unnamed := report.counts.get("refused", 0) - len(report.refused):
            print(f"  refused: {unnamed:,} more, which are not named")
    if stop.by is not None:
        print(f"Stopped by {stop.by.name}: what is counted here is in the library; {REST}", file=sys.stderr)
        return status_of(stop.by)
    if not report.refused or report.added or report.changed or report.unchanged:
        return 0
    first, *others = report.refused
    print("Nothing was taken in; every item was refused." if others else _sentence(first), file=sys.stderr)
    return 1


def _watch(pipeline: Pipeline, sources: Sequence[str], *, minutes: float, stop: Stop, as_json: bool) -> int:
    def tell(told: IngestReport | str) -> None:
        if isinstance(told, str):
            print(watch.stamped(told), file=sys.stderr, flush=True)
        elif as_json:
            command.print_json(told)
        else:
            refused = (f"  refused: {_sentence(refusal)}" for refusal in told.refused)
            print(watch.stamped(_summary(told)), *refused, sep="\n", flush=True)
        sys.stdout.flush()

    with stop.gently():
        watch.watch(
            lambda: pipeline.ingest(sources, stop=stop.asked, again=True),
            seconds=60 * minutes,
            stop=stop.asked,
            tell=tell,
        )
    return 0


def _moving(bar: tqdm[NoReturn]) -> Callable[[int, int, str], None]:
    def progress(done: int, total: int, name: str) -> None:
        bar.total = total
        bar.set_description(articles.shown(name)[-40:], refresh=False)
        bar.update(done - bar.n)

    return progress


def _summary(report: IngestReport) -> str:
    counts = (
        f"{report.counts.get(outcome, 0):,} {outcome}" for outcome in ("added", "changed", "unchanged", "refused")
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


def _moved(contents: Contents, where: str, *, as_json: bool) -> int:
    if as_json:
        command.print_json(contents)
    else:
        print(f"{_held(contents)} went {where} (SHA-256 {contents.sha256[:16]}).")
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


def _held(counts: Counts | Contents) -> str:
    return f"{_number(counts.articles, 'article')}, {_number(counts.passages, 'passage')}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


if __name__ == "__main__":
    sys.exit(main())
