"""RealTimeQA: the questions of weekly news quizzes, asked of the articles that a web search found in their weeks.

Kasai et al., RealTime QA: What's the Answer Right Now? (NeurIPS 2023, Datasets and Benchmarks). One library for each
year; questions are asked without their choices. Two suites: `realtimeqa` looks for the answer in ten passages,
`realtimeqa-answers` in an answer, cut at 75 words, which takes ten times as long. All questions count but those that
the benchmark's own scoring leaves out ("all of these, EXCEPT"); for `unsearched` ones the search had found nothing, so
that an article may have the answer only by chance.
"""

from __future__ import annotations

import html
import itertools
import re
import string
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evals.archives import json_rows, members
from evals.errors import EvalError
from evals.libraries import GivenArticle, stocked_with
from evals.measures import LATENCY, WORDS, weighed
from evals.responses import answer_response, hits_response, model_failure, stated
from evals.rows import Row, RowError, text, texts
from evals.types import JSON, Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.question import understand
from rag.types import Hit

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

QUESTIONS, SEARCHED, SOURCES = "questions*.tar.xz", "gcs_articles*.tar.xz", "gold_articles*.tar.xz"
READ = 10  # passages asked for
WORDS_READ = 75  # of an answer
_UNREAD = str.maketrans("", "", string.punctuation + "年歳人년")
_TAG = re.compile(r"<[^<>]*>")
_HOST = re.compile(r"^https?://(?:(?:www|edition|us|amp)\.)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The right choice, in each order where several are right, and the year whose articles are asked."""

    answers: tuple[str, ...]
    year: str


FOUND = Measure(
    name="found10",
    label="answer in the top 10 passages",
    score="found10",
    how="mean",
    unit="%",
    better="higher",
    by_kind=True,
)
ANSWER_MEASURES = (
    Measure(
        name="contain",
        label=f"answer in the first {WORDS_READ} words",
        score="contain",
        how="mean",
        unit="%",
        better="higher",
        by_kind=True,
    ),
    FOUND,
    Measure(
        name="abstained", label="abstained", score="abstained", how="mean", unit="%", better="neither", by_kind=True
    ),
    WORDS,
    *LATENCY,
)


# --- reading ---------------------------------------------------------------------------------------------------------


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split`, or of each year's folder in it; raises EvalError."""
    found: dict[str, Sample[Gold]] = {}
    for folder in years(data, split):
        searched = {
            name for where, row in _rows(folder, SEARCHED) if row.get("search_result") for name in [_id(row, where)]
        }
        for where, row in _rows(folder, QUESTIONS):
            try:
                one = _sample(row, year=folder.name, searched=searched)
                if one.id in found:
                    raise RowError(f"the id {one.id!r} stands in an earlier line already")
            except RowError as error:
                raise EvalError(f"{where}: {error}.") from error
            if not left_out(one.question):
                found[one.id] = one
    if not found:
        raise EvalError(f"{data / split}: there is no question in it.")
    return list(found.values())


def years(data: Path, split: str) -> list[Path]:
    """Return the folders of `data/split` with questions, itself or those in it, sorted; raises EvalError."""
    if not data.is_dir():
        raise EvalError(f"{data}: no such folder of questions; name one with --data DIR.")
    folder = data / split
    if not folder.is_dir() or folder.parent != data:
        there = ", ".join(sorted(path.name for path in data.iterdir() if path.is_dir())) or "no folder at all"
        raise EvalError(f"{data} has no split {split!r}; there is: {there} (choose with --split NAME).")
    found = [one for one in (folder, *sorted(folder.iterdir())) if any(one.glob(QUESTIONS))]
    if not found:
        raise EvalError(f"{folder} has no file {QUESTIONS}, nor has a folder in it; choose another with --split NAME.")
    return found


def read_corpus(folder: Path) -> list[GivenArticle]:
    """Return a year's articles, each address once, without quiz pages, which hold the answers; raises EvalError."""
    found: dict[str, GivenArticle] = {}
    for pattern in (SEARCHED, SOURCES):
        for where, row in _rows(folder, pattern):
            results = row.get("search_result", [])
            if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
                raise EvalError(f"{where}: 'search_result' has to be a list of objects.")
            for one in results:
                address = plain_address(str(one.get("url") or ""))
                if address and "quiz" not in address and str(one.get("text") or "").strip():
                    found.setdefault(address, _article(one, address))
    if not found:
        raise EvalError(f"{folder} has no article; put {SEARCHED} beside the questions.")
    return list(found.values())


def plain_address(url: str) -> str:
    """Return an address as duplicates have it in common: without scheme, edition, query, fragment, index page."""
    path = re.sub(r"[?#].*$", "", url, flags=re.DOTALL).rstrip("/").removesuffix("/index.html")
    return _HOST.sub("", path)


def left_out(question: str) -> bool:
    """Tell whether a question only makes sense with its choices: it ends in "EXCEPT"."""
    return "except" in question.lower().strip()[-10:]


def _rows(folder: Path, pattern: str) -> Iterator[tuple[str, Row]]:
    """Each row of the JSON lines in the folder's archives, with its place; "none of the above" variants apart."""
    for path in sorted(folder.glob(pattern)):
        for member, content in members(path):
            if member.endswith(".jsonl") and not member.endswith("_nota.jsonl"):
                name = f"{path}, {member}"
                for number, row in json_rows(content, name=name):
                    yield f"{name}, line {number}", row


def _id(row: Row, where: str) -> str:
    try:
        return text(row, "question_id")
    except RowError as error:
        raise EvalError(f"{where}: {error}.") from error


def _sample(row: Row, *, year: str, searched: set[str]) -> Sample[Gold]:
    name, choices, right = text(row, "question_id"), texts(row.get("choices"), "'choices'"), row.get("answer")
    if not isinstance(right, list) or not right:
        raise RowError("'answer' has to be a list of numbers of 'choices', from 0")
    chosen = [str(number) for number in right]
    if not all(number.isdecimal() and int(number) < len(choices) for number in chosen):
        raise RowError("'answer' has to be a list of numbers of 'choices', from 0")
    orders = itertools.permutations([choices[int(number)] for number in chosen])
    answers = tuple(" ".join(order) for order in orders)
    if not all(normalised(answer) for answer in answers):
        raise RowError("the right choice has no letter or figure to look for")
    return Sample(
        id=name,
        kind="searched" if name in searched else "unsearched",
        # Some questions come with the links of their page.
        question=html.unescape(_TAG.sub("", text(row, "question_sentence"))),
        expected=Gold(answers=answers, year=year),
    )


def _article(found: Row, address: str) -> GivenArticle:
    authors = found.get("authors")
    names = [one for one in authors if isinstance(one, str)] if isinstance(authors, list) else []
    return GivenArticle(
        id=address,
        text=str(found["text"]),
        title=str(found.get("title") or "") or None,
        url=str(found["url"]),
        published_at=str(found.get("publish_date") or "") or None,
        author=", ".join(names) or None,
    )


# --- asking ----------------------------------------------------------------------------------------------------------


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over each year's articles, to be searched; raises EvalError."""
    with _session(request, asked, search) as session:
        yield session


@contextmanager
def start_answers(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over each year's articles, to answer; raises EvalError."""
    with _session(request, asked, answer) as session:
        yield session


@contextmanager
def _session(
    request: Request, asked: Sequence[Sample[Gold]], ask: Callable[[Pipeline, Sample[Gold]], Outcome]
) -> Iterator[Session[Gold]]:
    wanted = dict.fromkeys(sample.expected.year for sample in asked)
    if request.data_dir is not None and len(wanted) > 1:
        raise EvalError(f"{request.data_dir} is one library and there are {len(wanted)} years; leave --data-dir out.")
    pipelines: dict[str, Pipeline] = {}
    details: dict[str, JSON] = {}
    with ExitStack() as stack:
        for folder in years(request.data, request.split):
            if folder.name in wanted:
                library = stack.enter_context(
                    stocked_with(
                        read_corpus(folder),
                        name=f"realtimeqa-{folder.name}",
                        settings=request.settings,
                        open_pipeline=request.open_pipeline,
                        data_dir=request.data_dir,
                    )
                )
                pipelines[folder.name], details[folder.name] = library.pipeline, library.details
                # A server has its models loaded when a question comes; so has the first question here.
                library.pipeline.search("news", limit=1)
        yield Session(ask=lambda sample: ask(pipelines[sample.expected.year], sample), details=details)


def search(pipeline: Pipeline, sample: Sample[Gold]) -> Outcome:
    """Ask for ten passages, and score whether the answer stands in one."""
    clock = time.perf_counter()
    hits = pipeline.search(sample.question, limit=READ)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    found = holding(sample.expected, hits)
    return Outcome(
        response={
            "standalone_question": understand(sample.question).standalone,
            "hits": hits_response(hits),
            "found": _found(hits, found),
        },
        scores={"found10": Score(got=float(any(found))), "latency": Score(got=latency_ms)},
        failures=() if any(found) else (f"in no passage: {sample.expected.answers[0]}",),
        latency_ms=latency_ms,
    )


def answer(pipeline: Pipeline, sample: Sample[Gold]) -> Outcome:
    """Ask for an answer, and score whether it contains the right one; unscored when the model failed."""
    clock = time.perf_counter()
    given = pipeline.answer(sample.question)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    found = holding(sample.expected, given.hits)
    response = {**answer_response(given), "found": _found(given.hits, found)}
    if failure := model_failure(pipeline, given):
        return Outcome(response=response, latency_ms=latency_ms, unscored=failure)
    words = stated(given).split()
    right = contains(" ".join(words[:WORDS_READ]), sample.expected)
    scores = {
        "contain": Score(got=float(right)),
        "found10": Score(got=float(any(found))),
        "abstained": Score(got=float(given.abstained)),
        "latency": Score(got=latency_ms),
        **weighed(given, answerable=True),  # a quiz has an answer, though the articles that were found may lack it
    }
    if not given.abstained:
        scores["words"] = Score(got=len(words))
    where = "in a passage" if any(found) else "in no passage"
    said = "abstained" if given.abstained else "not stated"
    return Outcome(
        response=response,
        scores=scores,
        failures=() if right else (f"{said}: {sample.expected.answers[0]} ({where})",),
        latency_ms=latency_ms,
    )


def normalised(words: str) -> str:
    """Return a text as the benchmark compares it: without case, punctuation, units of counting, extra spaces."""
    return " ".join(words.lower().translate(_UNREAD).split())


def contains(words: str, gold: Gold) -> bool:
    """Tell whether the right choice stands in `words`, also as a part of longer words: the benchmark's `contain`."""
    said = normalised(words)
    return any(normalised(one) in said for one in gold.answers)


def holding(gold: Gold, hits: Sequence[Hit]) -> list[bool]:
    """Tell for each hit whether its passage contains the right choice."""
    return [contains(hit.passage.text, gold) for hit in hits]


def _found(hits: Sequence[Hit], found: Sequence[bool]) -> list[JSON]:
    return [
        {"rank": hit.rank, "title": hit.byline.title, "url": hit.byline.url, "holds": holds}
        for hit, holds in zip(hits, found, strict=True)
    ]


SUITE = Suite(
    name="realtimeqa",
    line="weekly news quizzes on a year of articles: is the answer in ten passages?",
    measures=(FOUND, *LATENCY),
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
)
ANSWERS = Suite(
    name="realtimeqa-answers",
    line=f"the same quizzes, answered: is the right choice in the first {WORDS_READ} words?",
    measures=ANSWER_MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start_answers,
    reference=lambda sample: sample.expected.answers,
)
