"""MultiHop-RAG: questions whose evidence is spread over several of 609 news articles, and some that nothing answers.

Tang and Yang, MultiHop-RAG: Benchmarking Retrieval-Augmented Generation for Multi-Hop Queries (COLM 2024). Two suites:
`multihop-rag` asks the search for ten passages, `multihop-rag-answers` asks for answers, which takes ten times as long.
A passage is relevant that holds one of the question's facts, spaces and line ends apart. `null` questions have none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evals.archives import json_list
from evals.errors import EvalError
from evals.facts import states
from evals.given import identifier, split_files
from evals.libraries import GivenArticle, Stocked, stocked_with
from evals.measures import LATENCY, WEIGHED, WORDS, weighed
from evals.ranking import ranked
from evals.responses import answer_response, hits_response, model_failure, stated
from evals.rows import Row, RowError, text
from evals.types import JSON, Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.question import understand
from rag.types import Answer, Hit

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

CORPUS = "corpus.json.xz"
READ = 10  # passages asked for
NULL = "null"
SHORT = "inference"  # the kind whose answer is a name to be looked for in the product's; others' are yes, no, before


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The facts that passages have to hold, each verbatim in the article of that title, and the answer in short."""

    answer: str
    facts: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()


MEASURES = (
    Measure(name="hits4", label="Hits@4", score="hits4", how="mean", unit="%", better="higher", by_kind=True),
    Measure(name="hits10", label="Hits@10", score="hits10", how="mean", unit="%", better="higher", by_kind=True),
    Measure(name="mrr10", label="MRR@10", score="mrr10", how="mean", unit="", better="higher", by_kind=True),
    Measure(name="map10", label="MAP@10", score="map10", how="mean", unit="", better="higher", by_kind=True),
    Measure(
        name="evrecall10", label="EvRecall@10", score="evrecall10", how="mean", unit="%", better="higher", by_kind=True
    ),
    Measure(name="allev10", label="AllEv@10", score="allev10", how="mean", unit="%", better="higher", by_kind=True),
    *LATENCY,
)
ANSWER_MEASURES = (
    Measure(
        name="judged",
        label="answered or abstained rightly, both alike",
        score="judged",
        how="balanced",
        unit="%",
        better="higher",
    ),
    Measure(
        name="abstained", label="abstained, nothing answers", score="abstained", how="mean", unit="%", better="higher"
    ),
    Measure(
        name="abstained_wrongly",
        label="abstained, though articles answer",
        score="abstained_wrongly",
        how="mean",
        unit="%",
        better="lower",
        by_kind=True,
    ),
    Measure(
        name="contains",
        label="gold answer in the answer (inference)",
        score="contains",
        how="mean",
        unit="%",
        better="higher",
    ),
    WEIGHED,
    WORDS,
    *LATENCY,
)


# --- reading ---------------------------------------------------------------------------------------------------------


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split/*.json.xz`; raises EvalError."""
    found: dict[str, Sample[Gold]] = {}
    for path in split_files(data, split, "*.json.xz"):
        for number, item in enumerate(json_list(path), start=1):
            try:
                one = _sample(_object(item), number)
                if one.id in found:
                    raise RowError(f"the id {one.id!r} stands in an earlier item already")
            except RowError as error:
                raise EvalError(f"{path}, item {number}: {error}.") from error
            found[one.id] = one
    if not found:
        raise EvalError(f"{data / split}: there is no question in it.")
    return list(found.values())


def read_corpus(path: Path) -> list[GivenArticle]:
    """Return the articles in the file, known by their titles, of which there are no two alike; raises EvalError."""
    articles = []
    for number, item in enumerate(json_list(path), start=1):
        try:
            articles.append(_article(_object(item)))
        except RowError as error:
            raise EvalError(f"{path}, item {number}: {error}.") from error
    return articles


def _sample(row: Row, number: int) -> Sample[Gold]:
    asked, _, rest = text(row, "question_type").rpartition("_query")
    if not asked or rest:
        raise RowError("'question_type' has to be a kind with '_query' behind it")
    evidence = row.get("evidence_list")
    if not isinstance(evidence, list):
        raise RowError("'evidence_list' has to be a list of objects")
    pieces = [_object(piece) for piece in evidence]
    if bool(pieces) == (asked == NULL):
        raise RowError("'evidence_list' is empty for null_query, and for no other")
    return Sample(
        id=identifier(row, "idx") if "idx" in row else str(number),
        kind=asked,
        question=text(row, "query"),
        expected=Gold(
            answer=text(row, "answer"),
            facts=tuple(_visible(text(piece, "fact")) for piece in pieces),
            articles=tuple(text(piece, "title") for piece in pieces),
        ),
    )


def _visible(fact: str) -> str:
    if not squeezed(fact):
        raise RowError("'fact' has to be a text that is not empty")
    return fact


def _article(row: Row) -> GivenArticle:
    def stated_or_none(name: str) -> str | None:
        found = row.get(name)
        return found if isinstance(found, str) and found.strip() else None

    return GivenArticle(
        id=text(row, "title"),
        title=text(row, "title"),
        text=text(row, "body"),
        outlet=stated_or_none("source"),
        url=stated_or_none("url"),
        author=stated_or_none("author"),
        published_at=stated_or_none("published_at"),
    )


def _object(item: object) -> Row:
    if not isinstance(item, dict):
        raise RowError("a JSON object is expected")
    return item


# --- asking ----------------------------------------------------------------------------------------------------------


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over the corpus, to be searched; raises EvalError when a question's article is not in it."""
    with _library(request, asked) as library:
        yield Session(ask=lambda sample: search(library.pipeline, sample), details=library.details)


@contextmanager
def start_answers(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over the corpus, to answer; raises EvalError when a question's article is not in it."""
    with _library(request, asked) as library:
        yield Session(ask=lambda sample: answer(library.pipeline, sample), details=library.details)


@contextmanager
def _library(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Stocked]:
    path = (request.corpus or request.data) / CORPUS
    articles = read_corpus(path)
    titles = {article.title for article in articles}
    for sample in asked:
        if missing := [title for title in sample.expected.articles if title not in titles]:
            raise EvalError(f"{path} has no article {missing[0]!r}, which question {sample.id!r} expects.")
    with stocked_with(
        articles,
        name="multihop-rag",
        settings=request.settings,
        open_pipeline=request.open_pipeline,
        data_dir=request.data_dir,
    ) as library:
        # A server has its models loaded when a question comes; so has the first question here.
        library.pipeline.search("news", limit=1)
        yield library


def search(pipeline: Pipeline, sample: Sample[Gold]) -> Outcome:
    """Ask for ten passages, and score which of them hold facts."""
    clock = time.perf_counter()
    hits = pipeline.search(sample.question, limit=READ)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    facts = sample.expected.facts
    holding = held(facts, hits)
    scores = {"latency": Score(got=latency_ms), **(retrieval(facts, holding, hits) if facts else {})}
    missed = [fact for number, fact in enumerate(facts) if all(number not in one for one in holding)]
    return Outcome(
        response={
            "standalone_question": understand(sample.question).standalone,
            "hits": hits_response(hits),
            "found": [_found(hit, [facts[number] for number in one]) for hit, one in zip(hits, holding, strict=True)],
            "missed": missed,
        },
        scores=scores,
        failures=tuple(f"missed: {fact}" for fact in missed),
        latency_ms=latency_ms,
    )


def squeezed(words: str) -> str:
    """Return a text without spaces and line ends, in which facts are looked for."""
    return words.replace(" ", "").replace("\n", "")


def held(facts: Sequence[str], hits: Sequence[Hit]) -> list[list[int]]:
    """Return for each hit the numbers of the facts that its passage holds, from 0."""
    wanted = [squeezed(fact) for fact in facts]
    passages = [squeezed(hit.passage.text) for hit in hits]
    return [[number for number, fact in enumerate(wanted) if fact in passage] for passage in passages]


def retrieval(facts: Sequence[str], holding: Sequence[Sequence[int]], hits: Sequence[Hit]) -> dict[str, Score]:
    """Return the scores of ten hits or fewer, for a question with facts; `holding` as `held` gives it.

    MAP is the benchmark's own: a fact counts at the rank where it is first held, over that rank, in all divided by the
    number of facts, ten at most.
    """
    firsts: dict[int, int] = {}
    for rank, one in enumerate(holding, start=1):
        for number in one:
            firsts.setdefault(number, rank)
    names = [hit.passage.id for hit in hits]
    # A fact that no hit holds is a passage that was not found.
    relevant = [name for name, one in zip(names, holding, strict=True) if one]
    relevant += [f"fact {number}" for number in range(len(facts)) if number not in firsts]
    found = ranked(names, relevant, measures=["Success@4", "Success@10", "RR@10"])
    return {
        "hits4": Score(got=found["Success@4"]),
        "hits10": Score(got=found["Success@10"]),
        "mrr10": Score(got=found["RR@10"]),
        "map10": Score(got=sum(1 / rank for rank in firsts.values()), of=min(len(facts), READ)),
        "evrecall10": Score(got=len(firsts), of=len(facts)),
        "allev10": Score(got=float(len(firsts) == len(facts))),
    }


def _found(hit: Hit, facts: Sequence[str]) -> JSON:
    return {"rank": hit.rank, "title": hit.byline.title, "outlet": hit.byline.outlet, "facts": list(facts)}


def answer(pipeline: Pipeline, sample: Sample[Gold]) -> Outcome:
    """Ask for an answer, and score whether there is one, and what it says; unscored when the model failed."""
    clock = time.perf_counter()
    given = pipeline.answer(sample.question)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    response = answer_response(given)
    if failure := model_failure(pipeline, given):
        return Outcome(response=response, latency_ms=latency_ms, unscored=failure)
    scores, failures = score(sample, given)
    scores["latency"] = Score(got=latency_ms)
    return Outcome(response=response, scores=scores, failures=tuple(failures), latency_ms=latency_ms)


def score(sample: Sample[Gold], given: Answer) -> tuple[dict[str, Score], list[str]]:
    """Return the scores of an answer, and what was wrong with it, a phrase each."""
    null = sample.kind == NULL
    scores = {"judged": Score(got=float(given.abstained == null), positive=null)}
    scores |= weighed(given, answerable=not null)
    scores["abstained" if null else "abstained_wrongly"] = Score(got=float(given.abstained))
    failures = []
    if given.abstained != null:
        failures.append("answered, though nothing answers" if null else "abstained, though articles answer")
    if not given.abstained:
        scores["words"] = Score(got=len(stated(given).split()))
    if sample.kind == SHORT:
        contains = states(stated(given), sample.expected.answer)
        scores["contains"] = Score(got=float(contains))
        if not (contains or given.abstained):
            failures.append(f"not stated: {sample.expected.answer}")
    return scores, failures


SUITE = Suite(
    name="multihop-rag",
    line="questions on 609 news articles, whose evidence is spread over several: are ten passages it?",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
ANSWERS = Suite(
    name="multihop-rag-answers",
    line="the same questions, answered: abstains where nothing answers, and only there",
    measures=ANSWER_MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start_answers,
    reference=lambda sample: (sample.expected.answer,) if sample.expected.facts else (),
)
