"""Questions on articles about one week of news: facts, conflicts, follow-ups, and what the articles do not say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evals.errors import EvalError
from evals.facts import states_any
from evals.libraries import stocked
from evals.measures import LATENCY, WEIGHED, WORDS, flagged, weighed
from evals.provenance import REPOSITORY
from evals.quotations import quotations, verbatim
from evals.responses import answer_response, model_failure, stated
from evals.rows import Row, RowError, samples, split_file, text, texts, turns
from evals.types import Measure, Outcome, Request, Sample, Score, Session, Suite
from rag.errors import NotFoundError
from rag.types import Answer, Article

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

CORPUS = REPOSITORY / "corpus"
# What the articles do not say, and what they say otherwise: to abstain is right here, and wrong elsewhere.
NOT_SAID = ("unanswerable", "false_premise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """What an answer has to state (of each fact one spelling), which articles it may cite, whether outlets disagree."""

    facts: tuple[tuple[str, ...], ...] = ()
    articles: tuple[str, ...] = ()
    conflict: bool = False


MEASURES = (
    Measure(name="facts", label="facts stated", score="facts", how="share", unit="%", better="higher", by_kind=True),
    Measure(
        name="facts_mean", label="facts stated, mean of questions", score="facts", how="mean", unit="%", better="higher"
    ),
    Measure(
        name="citations",
        label="citations right",
        score="citations",
        how="share",
        unit="%",
        better="higher",
        by_kind=True,
    ),
    Measure(
        name="citations_mean",
        label="citations right, mean of questions",
        score="citations",
        how="mean",
        unit="%",
        better="higher",
    ),
    Measure(
        name="statements_cited",
        label="statements cited",
        score="statements_cited",
        how="share",
        unit="%",
        better="higher",
    ),
    Measure(name="verbatim", label="quotes verbatim", score="verbatim", how="share", unit="%", better="higher"),
    Measure(
        name="quotations", label="quotation marks verbatim", score="quotations", how="share", unit="%", better="higher"
    ),
    Measure(
        name="refused",
        label="refused, not in the articles",
        score="refused",
        how="mean",
        unit="%",
        better="higher",
        by_kind=True,
    ),
    Measure(
        name="refused_wrongly",
        label="refused, though in the articles",
        score="refused_wrongly",
        how="mean",
        unit="%",
        better="lower",
        by_kind=True,
    ),
    Measure(name="flagged", label="conflicts flagged", score="flagged", how="mean", unit="%", better="higher"),
    Measure(
        name="both_sides",
        label="conflicts, both sides cited",
        score="both_sides",
        how="mean",
        unit="%",
        better="higher",
    ),
    Measure(
        name="both_flagged",
        label="conflicts, both sides cited and flagged, refused ones counted",
        score="both_flagged",
        how="mean",
        unit="%",
        better="higher",
    ),
    Measure(
        name="flagged_elsewhere",
        label="flagged, no conflict expected",
        score="flagged_elsewhere",
        how="mean",
        unit="%",
        better="lower",
    ),
    WEIGHED,
    WORDS,
    *LATENCY,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split.jsonl`; raises EvalError."""
    return samples(split_file(data, split), _sample)


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Open the product over the corpus, warm; raises EvalError when a question's article is not in it."""
    corpus = request.corpus or CORPUS
    with stocked(
        corpus, settings=request.settings, open_pipeline=request.open_pipeline, data_dir=request.data_dir
    ) as library:
        there = {byline.article_id for byline in library.pipeline.store.articles()}
        for sample in asked:
            if missing := [article for article in sample.expected.articles if article not in there]:
                raise EvalError(
                    f"{corpus} has no article {missing[0]!r}, which question {sample.id!r} expects;"
                    " name the folder of these questions with --corpus FOLDER."
                )
        # A server has its models loaded when a question comes; so has the first question here.
        library.pipeline.search("news", limit=1)
        yield Session(ask=lambda sample: ask(library.pipeline, sample), details=library.details)


def ask(pipeline: Pipeline, sample: Sample[Gold]) -> Outcome:
    """Put one question to the product and score the answer; unscored when the model that was to answer did not."""
    clock = time.perf_counter()
    answer = pipeline.answer(sample.question, history=sample.history)
    latency_ms = (time.perf_counter() - clock) * 1000.0
    response = answer_response(answer)
    if failure := model_failure(pipeline, answer):
        return Outcome(response=response, latency_ms=latency_ms, unscored=failure)
    scores, failures = score(sample, answer, article=pipeline.store.article)
    scores["latency"] = Score(got=latency_ms)
    return Outcome(response=response, scores=scores, failures=tuple(failures), latency_ms=latency_ms)


def score(
    sample: Sample[Gold], answer: Answer, *, article: Callable[[str], Article]
) -> tuple[dict[str, Score], list[str]]:
    """Return the scores of `answer`, where there is something to score, and what was wrong, a phrase each.

    `article` gives a stored article by id, or raises NotFoundError.
    """
    scores, failures = _abstention(sample, answer)
    scores |= weighed(answer, answerable=sample.kind not in NOT_SAID)
    if sample.kind not in NOT_SAID:
        _facts(sample.expected, answer, scores, failures)
        _conflict(sample, answer, scores, failures)
    if answer.abstained:
        return scores, failures
    scores["words"] = Score(got=len(stated(answer).split()))
    if answer.statements:
        cited = sum(bool(statement.citations) for statement in answer.statements)
        scores["statements_cited"] = Score(got=cited, of=len(answer.statements))
    if sample.kind not in NOT_SAID:
        _citations(sample.expected, answer, scores, failures)
    _verbatim(answer, article, scores, failures)
    return scores, failures


def _abstention(sample: Sample[Gold], answer: Answer) -> tuple[dict[str, Score], list[str]]:
    if sample.kind in NOT_SAID:
        wrong = [] if answer.abstained else ["answered, though the articles do not say it"]
        return {"refused": Score(got=float(answer.abstained))}, wrong
    wrong = ["refused, though the articles say it"] if answer.abstained else []
    return {"refused_wrongly": Score(got=float(answer.abstained))}, wrong


def _facts(gold: Gold, answer: Answer, scores: dict[str, Score], failures: list[str]) -> None:
    said = stated(answer)
    missing = [fact for fact in gold.facts if not states_any(said, fact)]
    scores["facts"] = Score(got=len(gold.facts) - len(missing), of=len(gold.facts))
    failures.extend(f"not stated: {' / '.join(fact)}" for fact in missing)


def _citations(gold: Gold, answer: Answer, scores: dict[str, Score], failures: list[str]) -> None:
    if not answer.citations:
        failures.append("nothing cited")
    elif gold.articles:
        wrong = [citation.article_id for citation in answer.citations if citation.article_id not in gold.articles]
        scores["citations"] = Score(got=len(answer.citations) - len(wrong), of=len(answer.citations))
        failures.extend(f"cites {article}" for article in dict.fromkeys(wrong))


def _conflict(sample: Sample[Gold], answer: Answer, scores: dict[str, Score], failures: list[str]) -> None:
    gold, alarm = sample.expected, flagged(answer)
    sides = {citation.article_id for citation in answer.citations} & set(gold.articles)
    if gold.conflict and len(gold.articles) > 1:
        scores["both_flagged"] = Score(got=float(alarm and len(sides) > 1 and not answer.abstained))
    if answer.abstained:
        return
    if not gold.conflict:
        scores["flagged_elsewhere"] = Score(got=float(alarm))
        return
    scores["flagged"] = Score(got=float(alarm))
    if not alarm:
        failures.append("conflict not flagged")
    if len(gold.articles) > 1:
        scores["both_sides"] = Score(got=float(len(sides) > 1))
        if len(sides) < 2:
            failures.append("only one side cited" if sides else "neither side cited")


def _verbatim(answer: Answer, article: Callable[[str], Article], scores: dict[str, Score], failures: list[str]) -> None:
    sources = {citation.article_id: _stored(citation.article_id, article) for citation in answer.citations}
    exact = 0
    for citation in answer.citations:
        source = sources[citation.article_id]
        if (
            source is not None
            and source.revision == citation.revision
            and citation.quote
            and source.text[citation.start : citation.end] == citation.quote
        ):
            exact += 1
        else:
            failures.append(f"citation {citation.number} is not the article's words")
    if answer.citations:
        scores["verbatim"] = Score(got=exact, of=len(answer.citations))
    by_number = {citation.number: sources[citation.article_id] for citation in answer.citations}
    kept = quoted = 0
    for statement in answer.statements:
        cited = [source.text for number in statement.citations if (source := by_number.get(number)) is not None]
        for quotation in quotations(statement.text):
            quoted += 1
            if verbatim(quotation, cited):
                kept += 1
            else:
                failures.append(f"not in the cited articles: “{quotation[:80]}”")
    if quoted:
        scores["quotations"] = Score(got=kept, of=quoted)


def _stored(article_id: str, article: Callable[[str], Article]) -> Article | None:
    try:
        return article(article_id)
    except NotFoundError:
        return None


def reference(sample: Sample[Gold]) -> Sequence[str]:
    """Return one text with the first spelling of each fact, none for a question whose facts are not in the articles."""
    facts = "; ".join(fact[0] for fact in sample.expected.facts)
    return () if sample.kind in NOT_SAID or not facts else (facts,)


def _sample(row: Row) -> Sample[Gold]:
    name, kind = text(row, "id"), text(row, "kind")
    found = row.get("facts", [])
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise RowError("'facts' has to be a list of lists of spellings")
    facts = tuple(texts(fact, "each of 'facts'") for fact in found)
    if not all(facts):
        raise RowError("each of 'facts' needs at least one spelling")
    if kind not in NOT_SAID and not facts:
        raise RowError(f"question {name!r} of kind {kind!r} has no 'facts' to look for in the answer")
    conflict = row.get("conflict", kind == "conflict")
    if not isinstance(conflict, bool):
        raise RowError("'conflict' has to be true or false")
    return Sample(
        id=name,
        kind=kind,
        question=text(row, "question"),
        history=turns(row),
        expected=Gold(facts=facts, articles=texts(row.get("articles", []), "'articles'"), conflict=conflict),
    )


SUITE = Suite(
    name="aleppo",
    line="questions on five articles about the fall of Aleppo: facts, citations, conflicts, follow-ups, refusals",
    measures=MEASURES,
    data=REPOSITORY / "evals" / "data",
    split="aleppo",
    corpus=CORPUS,
    read=read,
    start=start,
    reference=reference,
)
