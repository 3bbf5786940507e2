"""Follow-up questions of TREC CAsT 2021 (Dalton et al.): do they find the passage that answers them in a closed pool.

Every passage that was shown in some conversation is in the library. A follow-up is searched for with what was said
before it, the passages shown in its conversation as the product's answers; these are left out of what is found.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evals.errors import EvalError
from evals.given import split_files
from evals.libraries import GivenArticle, Stocked, stocked_with
from evals.measures import LATENCY
from evals.ranking import ranked
from evals.responses import hits_response
from evals.rows import Row, RowError, rows, text
from evals.types import Measure, Outcome, Request, Sample, Score, Session, Suite
from rag import retrieval
from rag.question import understand
from rag.types import Hit, Turn

TOPICS = "*manual_topics.json"
POOL = "pool_*.jsonl"
READ = 50  # passages asked for
NO_COLLECTION = "followup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The passage to be found, those that the conversation has shown, and the question as a person rewrote it."""

    passage: str
    shown: tuple[str, ...]
    rewritten: str


MEASURES = (
    Measure(name="r5", label="R@5", score="r5", how="mean", unit="%", better="higher", by_kind=True),
    Measure(name="mrr", label="MRR", score="mrr", how="mean", unit="", better="higher", by_kind=True),
    *LATENCY,
)


# --- reading ---------------------------------------------------------------------------------------------------------


def passage_id(passage: str) -> str:
    """Return the id that the pool knows a passage by."""
    return hashlib.sha256(passage.encode()).hexdigest()[:12]


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the follow-up turns of `data/split/*manual_topics.json`; raises EvalError."""
    found: dict[str, Sample[Gold]] = {}
    for path in split_files(data, split, TOPICS):
        for number, topic in enumerate(_topics(path), start=1):
            try:
                samples = _followups(topic)
                if repeated := [one.id for one in samples if one.id in found]:
                    raise RowError(f"the turn {repeated[0]!r} stands there twice")
            except RowError as error:
                raise EvalError(f"{path}, topic {number}: {error}.") from error
            found |= {one.id: one for one in samples}
    if not found:
        raise EvalError(f"{data / split}: there is no follow-up question in it.")
    return list(found.values())


def _topics(path: Path) -> list[object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise EvalError(f"{path}: not whole JSON; get the file again.") from error
    except OSError as error:
        raise EvalError(f"{path}: cannot be read ({error.strerror}).") from error
    if not isinstance(found, list):
        raise EvalError(f"{path}: a JSON list of topics is expected in it.")
    return found


def _followups(topic: object) -> list[Sample[Gold]]:
    row = _object(topic)
    turns = row.get("turn")
    if not isinstance(turns, list):
        raise RowError("'turn' has to be a list of objects")
    samples: list[Sample[Gold]] = []
    history: list[Turn] = []
    shown: dict[str, None] = {}
    for turn in (_object(turn) for turn in turns):
        asked, passage = text(turn, "raw_utterance"), text(turn, "passage")
        if history:
            rewritten = turn.get("manual_rewritten_utterance")
            samples.append(
                Sample(
                    id=f"{row.get('number')}_{turn.get('number')}",
                    kind=_collection(turn),
                    question=asked,
                    expected=Gold(
                        passage=passage_id(passage),
                        shown=tuple(shown),
                        rewritten=rewritten if isinstance(rewritten, str) else "",
                    ),
                    history=tuple(history),
                )
            )
        history += [Turn(role="user", content=asked), Turn(role="assistant", content=passage)]
        shown[passage_id(passage)] = None
    return samples


def _collection(turn: Row) -> str:
    """The collection that a turn's passage is from: "WAPO_b2e8-1" is from the Washington Post."""
    document = turn.get("canonical_result_id")
    return document.partition("_")[0].casefold() if isinstance(document, str) and "_" in document else NO_COLLECTION


def read_pool(data: Path, pattern: str, *, name: str) -> list[GivenArticle]:
    """Return the passages of the pool's files `data/pattern`, each known by its field `name`; raises EvalError."""
    files = sorted(data.glob(pattern))
    if not files:
        raise EvalError(f"{data} has no file {pattern} with the passages to search.")
    articles = []
    for path in files:
        for number, row in rows(path):
            try:
                articles.append(GivenArticle(id=text(row, name), text=text(row, "text")))
            except RowError as error:
                raise EvalError(f"{path}, line {number}: {error}.") from error
    return articles


def _object(found: object) -> Row:
    if not isinstance(found, dict):
        raise RowError("a JSON object is expected")
    return found


# --- asking ----------------------------------------------------------------------------------------------------------


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over the pool; raises EvalError when the passage that a question is to find is not in it."""
    articles = read_pool(request.corpus or request.data, POOL, name="pid")
    require(articles, {sample.id: [sample.expected.passage] for sample in asked})
    with stocked_with(
        articles,
        name="cast",
        settings=request.settings,
        open_pipeline=request.open_pipeline,
        data_dir=request.data_dir,
    ) as library:
        # A server has its models loaded when a question comes; so has the first question here.
        library.pipeline.search("news", limit=1)
        yield Session(ask=lambda sample: ask(library, sample), details=library.details)


def require(articles: Sequence[GivenArticle], wanted: dict[str, list[str]]) -> None:
    """Raise EvalError where the passages that a question, by its id, is to find are not in the pool."""
    there = {article.id for article in articles}
    for question, passages in wanted.items():
        if missing := [passage for passage in passages if passage not in there]:
            raise EvalError(f"The pool has no passage {missing[0]!r}, which question {question!r} is to find.")


def ask(library: Stocked, sample: Sample[Gold]) -> Outcome:
    """Search for a follow-up as the product does, and score where the passage stands among those not shown yet."""
    standalone, hits, latency_ms = searched(library, sample.question, sample.history)
    gold = sample.expected
    order = ranking(library, hits, but=gold.shown)
    found = ranked(order, [gold.passage], measures=["R@5", "RR"])
    return Outcome(
        response={
            "standalone_question": standalone,
            "rewritten_by_a_person": gold.rewritten,
            "passage": gold.passage,
            "found_at": order.index(gold.passage) + 1 if gold.passage in order else None,
            "ranking": order[:10],
            "hits": hits_response(hits[:10]),
        },
        scores={
            "r5": Score(got=found["R@5"]),
            "mrr": Score(got=found["RR"]),
            "latency": Score(got=latency_ms),
        },
        failures=() if found["R@5"] else (f"not among the first five: {gold.passage}",),
        latency_ms=latency_ms,
    )


def searched(library: Stocked, question: str, history: Sequence[Turn]) -> tuple[str, list[Hit], float]:
    """Return the question as the product understands it, what it finds, and the milliseconds it took."""
    clock = time.perf_counter()
    query = understand(question, history=history)
    hits = retrieval.search(library.pipeline.store, library.pipeline.embedder, query, limit=READ)
    return query.standalone, hits, (time.perf_counter() - clock) * 1000.0


def ranking(library: Stocked, hits: Sequence[Hit], *, but: Collection[str] = ()) -> list[str]:
    """Return the pool's ids of what was found, each where its best passage stands, without those in `but`."""
    order = dict.fromkeys(library.given[hit.passage.article_id] for hit in hits)
    return [name for name in order if name not in but]


SUITE = Suite(
    name="cast",
    line="follow-up questions of TREC CAsT 2021: is the passage that answers among the first five?",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
