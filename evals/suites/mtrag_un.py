"""Talks of MTRAG-UN (Rosenthal et al., 2026): does the last question find the passages that answer it in one pool.

The library holds every passage of the released tasks, of four domains. Asked are the tasks of which it is known which
passages are relevant; the passages that a task brings are not looked at, since those without any give the answer away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.errors import EvalError
from evals.given import split_files
from evals.libraries import Stocked, stocked_with
from evals.measures import LATENCY
from evals.ranking import ranked
from evals.responses import hits_response
from evals.rows import Row, RowError, rows, text
from evals.suites.cast import ranking, searched
from evals.suites.cast import read_pool as read_pool
from evals.suites.cast import require as require
from evals.types import Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.types import Turn

POOL = "pool*.jsonl"
TASKS = "*tasks*.jsonl"
RELEVANT = "*qrels*.json"
NO_COLLECTION = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The passages that are relevant, one at least."""

    passages: tuple[str, ...]


MEASURES = (
    Measure(name="r5", label="R@5", score="r5", how="mean", unit="%", better="higher", by_kind=True),
    Measure(name="ndcg5", label="nDCG@5", score="ndcg5", how="mean", unit="", better="higher", by_kind=True),
    *LATENCY,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the tasks of `data/split/*tasks*.jsonl` that `*qrels*.json` there knows passages of; raises EvalError."""
    relevant = _relevant(split_files(data, split, RELEVANT))
    found: dict[str, Sample[Gold]] = {}
    for path in split_files(data, split, TASKS):
        for number, row in rows(path):
            try:
                name = text(row, "task_id")
                if name in found:
                    raise RowError(f"the task {name!r} stands in an earlier line already")
                if name in relevant:
                    found[name] = _sample(row, name, relevant[name])
            except RowError as error:
                raise EvalError(f"{path}, line {number}: {error}.") from error
    if unknown := [name for name in relevant if name not in found]:
        raise EvalError(f"{data / split} has no task {unknown[0]!r}, of which relevant passages are known.")
    if not found:
        raise EvalError(f"{data / split}: there is no task in it of which relevant passages are known.")
    return list(found.values())


def _relevant(files: Sequence[Path]) -> dict[str, tuple[str, ...]]:
    """The ids of the relevant passages by task, those of value above zero."""
    found: dict[str, tuple[str, ...]] = {}
    for path in files:
        try:
            judged = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise EvalError(f"{path}: not whole JSON; get the file again.") from error
        except OSError as error:
            raise EvalError(f"{path}: cannot be read ({error.strerror}).") from error
        if not isinstance(judged, dict) or not all(isinstance(one, dict) for one in judged.values()):
            raise EvalError(f"{path}: a JSON object of tasks is expected, each with its passages and their values.")
        for task, passages in judged.items():
            if good := tuple(name for name, worth in passages.items() if isinstance(worth, int) and worth > 0):
                found[task] = good
    return found


def _sample(row: Row, name: str, relevant: tuple[str, ...]) -> Sample[Gold]:
    turns = _turns(row)
    if not turns or turns[-1].role != "user":
        raise RowError("'input' has to end with what the user asks")
    collection = row.get("Collection")
    return Sample(
        id=name,
        kind=collection if isinstance(collection, str) and collection else NO_COLLECTION,
        question=turns[-1].content,
        expected=Gold(passages=relevant),
        history=tuple(turns[:-1]),
    )


def _turns(row: Row) -> list[Turn]:
    given = row.get("input")
    if not isinstance(given, list):
        raise RowError("'input' has to be a list of turns")
    turns: list[Turn] = []
    for turn in given:
        if not isinstance(turn, Mapping) or turn.get("speaker") not in {"user", "agent"}:
            raise RowError("each turn of 'input' has to say whether its 'speaker' is the user or the agent")
        content = text(turn, "text")
        turns.append(Turn(role="user" if turn["speaker"] == "user" else "assistant", content=content))
    return turns


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over the pool; raises EvalError when a passage that a task is to find is not in it."""
    articles = read_pool(request.corpus or request.data, POOL, name="document_id")
    require(articles, {sample.id: list(sample.expected.passages) for sample in asked})
    with stocked_with(
        articles,
        name="mtrag-un",
        settings=request.settings,
        open_pipeline=request.open_pipeline,
        data_dir=request.data_dir,
    ) as library:
        library.pipeline.search("news", limit=1)  # warm, as a server is
        yield Session(ask=lambda sample: ask(library, sample), details=library.details)


def ask(library: Stocked, sample: Sample[Gold]) -> Outcome:
    """Search for the last question of a talk as the product does, and score where the relevant passages stand."""
    standalone, hits, latency_ms = searched(library, sample.question, sample.history)
    wanted = sample.expected.passages
    order = ranking(library, hits)
    found = ranked(order, wanted, measures=["R@5", "nDCG@5"])
    return Outcome(
        response={
            "standalone_question": standalone,
            "relevant": list(wanted),
            "found_at": [order.index(name) + 1 if name in order else None for name in wanted],
            "ranking": order[:10],
            "hits": hits_response(hits[:10]),
        },
        scores={
            "r5": Score(got=found["R@5"]),
            "ndcg5": Score(got=found["nDCG@5"]),
            "latency": Score(got=latency_ms),
        },
        failures=tuple(f"not among the first five: {name}" for name in wanted if name not in order[:5]),
        latency_ms=latency_ms,
    )


SUITE = Suite(
    name="mtrag-un",
    line="the last questions of talks in four domains: are the passages that answer among the first five?",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
