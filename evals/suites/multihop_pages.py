"""The 609 articles of MultiHop-RAG written out as web pages, each in one of several sites' markup: is every body read.

What is scored is what `pages` scores, but for what the texts do not tell for sure (datelines, agencies, defects).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evals.errors import EvalError
from evals.given import refuse_library
from evals.libraries import GivenArticle
from evals.pages import Gold
from evals.skeletons import skeletons, written
from evals.suites import pages
from evals.suites.multihop_rag import CORPUS, read_corpus
from evals.types import Outcome, Request, Sample, Session, Suite


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the articles of `data/corpus.json.xz`, each as a page of the skeleton whose turn it is; raises EvalError.

    The split names one skeleton, or "turns": each in turn.
    """
    return [pages.sample(written(article, **how)) for article, how in _plan(data, split)]


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to read each page; raises EvalError where a library was named."""
    refuse_library(request, because="These pages are read one by one")
    plan = {how["id"]: (article, how) for article, how in _plan(request.data, request.split)}

    def ask(sample: Sample[Gold]) -> Outcome:
        article, how = plan[sample.id]
        return pages.ask(written(article, **how))

    yield Session(ask=ask, details={"pages": len(plan), "rounds": pages.ROUNDS, "skeletons": sorted(skeletons())})


def _plan(data: Path, split: str) -> list[tuple[GivenArticle, dict[str, str]]]:
    """Each article, and in which skeleton it is written out under which id."""
    known = skeletons()
    names = sorted(known) if split == TURNS else [split]
    if unknown := set(names) - set(known):
        raise EvalError(f"There is no skeleton {unknown.pop()!r}; there are {TURNS!r}, {', '.join(known)}.")
    found = []
    for number, article in enumerate(read_corpus(data / CORPUS)):
        name = names[number % len(names)]
        found.append((article, {"skeleton": known[name], "name": name, "id": f"{number + 1:03}-{name}"}))
    return found


TURNS = "turns"
SUITE = Suite(
    name="multihop-rag-pages",
    line="the articles of multihop-rag written out as web pages: is every body read",
    measures=pages.MEASURES,
    data=None,
    split=TURNS,
    corpus=None,
    read=read,
    start=start,
)
