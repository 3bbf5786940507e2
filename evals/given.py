"""Questions that bring their own documents: each is asked of a library of just those, made for it and thrown away."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from evals.errors import EvalError
from evals.facts import fold
from evals.libraries import GivenArticle, temporary
from evals.responses import answer_response, model_failure
from evals.rows import Row, RowError, rows
from evals.types import Gold, Outcome, Request, Sample, Score, Session
from rag.types import Answer

if TYPE_CHECKING:
    pass

Scored: TypeAlias = tuple[dict[str, Score], list[str]]

RUN = 8  # words
_SPACED_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_NO_CENTS = re.compile(r"(?<=\d)\.00(?!\d)")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*")


class WithDocuments(Protocol):
    """What is expected of an answer, with the documents that it is to be made of."""

    @property
    def documents(self) -> Sequence[GivenArticle]:
        """All that is in the library when the question is asked; one at least."""


Expected = TypeVar("Expected", bound=WithDocuments)


# --- reading ---------------------------------------------------------------------------------------------------------


def split_files(data: Path, split: str, pattern: str) -> list[Path]:
    """Return the files of the folder `data/split` that `pattern` fits, sorted; raises EvalError where there is none."""
    if not data.is_dir():
        raise EvalError(f"{data}: no such folder of questions; name one with --data DIR.")
    folder = data / split
    if not folder.is_dir() or folder.parent != data:
        there = ", ".join(sorted(path.name for path in data.iterdir() if path.is_dir())) or "no folder at all"
        raise EvalError(f"{data} has no split {split!r}; there is: {there} (choose with --split NAME).")
    files = sorted(path for path in folder.glob(pattern) if path.is_file())
    if not files:
        raise EvalError(f"{folder} has no file {pattern}; choose another split with --split NAME.")
    return files


def read_samples(data: Path, split: str, make: Callable[[Row], Iterable[Sample[Gold]]]) -> list[Sample[Gold]]:
    """Return the samples that `make` gives of each row of `data/split/*.jsonl`.

    Raises EvalError on a row that `make` refuses, on a repeated id, and where there is no sample at all.
    """
    found: dict[str, Sample[Gold]] = {}
    for path in split_files(data, split, "*.jsonl"):
        for number, row in rows(path):
            try:
                for one in make(row):
                    if one.id in found:
                        raise RowError(f"the id {one.id!r} stands in an earlier line already")
                    found[one.id] = one
            except RowError as error:
                raise EvalError(f"{path}, line {number}: {error}.") from error
    if not found:
        raise EvalError(f"{data / split}: there is no question in it.")
    return list(found.values())


def identifier(row: Row, name: str) -> str:
    """Return the field, a text or a whole number, as an id; raises RowError."""
    found = row.get(name)
    if isinstance(found, bool) or not isinstance(found, str | int) or not str(found).strip():
        raise RowError(f"{name!r} has to be a text that is not empty, or a whole number")
    return str(found)


def shuffled(texts: Iterable[str]) -> list[str]:
    """Return texts in the order of their SHA-256, which says nothing of what they are; the same every time."""
    return sorted(texts, key=lambda text: hashlib.sha256(text.encode()).hexdigest())


def snippets(texts: Iterable[str]) -> tuple[GivenArticle, ...]:
    """Return texts of unknown origin as articles: no title, no outlet, ids by their order."""
    return tuple(GivenArticle(id=f"document-{number:02}", text=text) for number, text in enumerate(texts, start=1))


# --- what an answer states -------------------------------------------------------------------------------------------


def first_place(said: str, spellings: Iterable[str]) -> tuple[int, int] | None:
    """Return where the first of `spellings` begins in `said`, case apart, and its length below zero; None without any.

    Of two answers the lesser place is the one that is stated first: the earlier, and of two that begin together the
    longer ("New York City" before "New York").
    """
    folded = said.lower()
    places = [
        (folded.find(wanted), -len(wanted)) for one in spellings if (wanted := one.strip().lower()) and wanted in folded
    ]
    return min(places, default=None)


def quotes(said: str, source: str) -> bool:
    """Tell whether eight words in a row of `source`, or all of one that is shorter, stand in `said`.

    Case, marks and line ends apart; eight in a row are no chance.
    """
    text, wanted = f" {' '.join(words(said))} ", words(source)
    run = min(RUN, len(wanted))
    return any(f" {' '.join(wanted[at : at + run])} " in text for at in range(len(wanted) - run + 1))


def words(said: str) -> list[str]:
    """Words and figures of a text; figures without what parts their thousands and no cents: 2500 of "$2,500.00"."""
    return _WORD.findall(_NO_CENTS.sub("", _SPACED_THOUSANDS.sub("", fold(said))))


# --- asking ----------------------------------------------------------------------------------------------------------


def session(request: Request, score: Callable[[Sample[Expected], Answer], Scored]) -> Session[Expected]:
    """Return a session that asks each sample of a library of its own; raises EvalError where one library was named."""
    refuse_library(request, because="These questions bring their own documents, a library for each")

    def put(sample: Sample[Expected]) -> Outcome:
        return ask(request, sample, score)

    return Session(ask=put, details={"library": "one for each question, of the documents that come with it"})


def refuse_library(request: Request, *, because: str) -> None:
    """Raise EvalError, which says why, where one library was named for all samples."""
    for option, value in (("--corpus", request.corpus), ("--data-dir", request.data_dir)):
        if value is not None:
            raise EvalError(f"{because}; leave {option} out.")


def ask(request: Request, sample: Sample[Expected], score: Callable[[Sample[Expected], Answer], Scored]) -> Outcome:
    """Put a question to the product over its documents, and score; unscored when the model that was to answer did not.

    The latency is that of `Pipeline.answer`, with the embedding model loaded.
    """
    with temporary(
        sample.expected.documents, settings=request.settings, open_pipeline=request.open_pipeline
    ) as library:
        clock = time.perf_counter()
        answer = library.pipeline.answer(sample.question, history=sample.history)
        latency_ms = (time.perf_counter() - clock) * 1000.0
        response = {
            **answer_response(answer),
            "given": dict(library.given),
            "refused": library.details.get("refused", []),
        }
        if failure := model_failure(library.pipeline, answer):
            return Outcome(response=response, latency_ms=latency_ms, unscored=failure)
    scores, failures = score(sample, answer)
    return Outcome(response=response, scores=scores, failures=tuple(failures), latency_ms=latency_ms)
