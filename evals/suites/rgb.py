"""RGB, the counterfactual set: news snippets, the same snippets with the answer altered, and snippets without it.

Chen et al., Benchmarking Large Language Models in Retrieval-Augmented Generation (2024). Each question is asked three
times:

- `C0`, of the true snippets: the answer has to be stated and nothing flagged;
- `C1`, of a true snippet and an altered one that is not its copy: both answers have to be shown, as a disagreement.
  It is the first true snippet that has the answer, with the last altered one at another place that has the altered
  answer; a question with one snippet alone has no such pair and no `C1`;
- `C2`, of the snippets without the answer: nothing answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from evals.given import Scored, identifier, read_samples, session, shuffled, snippets
from evals.libraries import GivenArticle
from evals.measures import WEIGHED, WORDS, flagged, weighed
from evals.responses import stated
from evals.rows import Row, RowError, text, texts
from evals.types import JSON, Measure, Request, Sample, Score, Session, Suite
from rag.types import Answer

Parts: TypeAlias = tuple[tuple[str, ...], ...]  # an answer: what has to be stated, each in one of its spellings


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The snippets given, the answer, and the one that altered snippets give instead; each as parts with spellings."""

    documents: tuple[GivenArticle, ...]
    answer: Parts
    altered: Parts


MEASURES = (
    Measure(name="answered", label="C0: answered rightly", score="answered", how="mean", unit="%", better="higher"),
    Measure(name="false_alarm", label="C0: flagged", score="false_alarm", how="mean", unit="%", better="lower"),
    Measure(
        name="shown_flagged",
        label="C1: both answers shown and flagged",
        score="shown_flagged",
        how="mean",
        unit="%",
        better="higher",
    ),
    Measure(name="shown", label="C1: both answers shown", score="shown", how="mean", unit="%", better="higher"),
    Measure(name="flagged", label="C1: flagged", score="flagged", how="mean", unit="%", better="higher"),
    Measure(
        name="refused", label="C2: refused, not in the snippets", score="refused", how="mean", unit="%", better="higher"
    ),
    Measure(
        name="refused_wrongly",
        label="C0, C1: refused, though in the snippets",
        score="refused_wrongly",
        how="mean",
        unit="%",
        better="lower",
        by_kind=True,
    ),
    WEIGHED,
    WORDS,
)


def read(data: Path, split: str) -> list[Sample[Gold]]:
    """Return the questions of `data/split/*.jsonl`, three samples of each; raises EvalError."""
    return read_samples(data, split, _samples)


@contextmanager
def start(request: Request, asked: Sequence[Sample[Gold]]) -> Iterator[Session[Gold]]:
    """Make ready to ask each question of its own snippets."""
    yield session(request, score)


def score(sample: Sample[Gold], answer: Answer) -> Scored:
    """Return the scores of `answer`, and what was wrong, a phrase each; a refusal states nothing."""
    gold, said, alarm = sample.expected, stated(answer), flagged(answer)
    # What is asked of a pair is asked of all true snippets too: it is weighed once.
    scores = {} if sample.kind == "C1" else weighed(answer, answerable=sample.kind == "C0")
    failures: list[str] = []
    if not answer.abstained:
        scores["words"] = Score(got=len(said.split()))
    if sample.kind == "C2":
        scores["refused"] = Score(got=float(answer.abstained))
        return scores, failures if answer.abstained else ["answered, though no snippet has the answer"]
    scores["refused_wrongly"] = Score(got=float(answer.abstained))
    if answer.abstained:
        failures.append("refused, though a snippet has the answer")
    elif not states(said, gold.answer):
        failures.append(f"not stated: {_shown(gold.answer)}")
    if sample.kind == "C0":
        scores["answered"] = Score(got=float(states(said, gold.answer)))
        scores["false_alarm"] = Score(got=float(alarm))
        return scores, [*failures, "flagged, though the snippets agree"] if alarm else failures
    both = states(said, gold.answer) and states(said, gold.altered)
    scores["shown"] = Score(got=float(both))
    scores["flagged"] = Score(got=float(alarm))
    scores["shown_flagged"] = Score(got=float(both and alarm))
    if not answer.abstained:
        if not states(said, gold.altered):
            failures.append(f"the other side is not stated: {_shown(gold.altered)}")
        if not alarm:
            failures.append("disagreement not flagged")
    return scores, failures


def states(said: str, wanted: Parts) -> bool:
    """Tell whether every part stands in `said` in one of its spellings, letter by letter, case apart."""
    folded = said.lower()
    return all(any(one.lower() in folded for one in spellings) for spellings in wanted)


def _samples(row: Row) -> Iterator[Sample[Gold]]:
    name, question = identifier(row, "id"), text(row, "query")
    right, altered = _parts(row.get("answer"), "'answer'"), _parts(row.get("fakeanswer"), "'fakeanswer'")
    true, false = texts(row.get("positive"), "'positive'"), texts(row.get("positive_wrong"), "'positive_wrong'")
    without = texts(row.get("negative"), "'negative'")
    if not true:
        raise RowError("'positive' has to hold a snippet")
    given = {"C0": true, "C1": _pair(true, false, right, altered), "C2": without}
    for kind, documents in given.items():
        if documents:
            yield Sample(
                id=f"{name}-{kind}",
                kind=kind,
                question=question,
                expected=Gold(documents=snippets(shuffled(documents)), answer=right, altered=altered),
            )


def _pair(true: Sequence[str], false: Sequence[str], right: Parts, altered: Parts) -> tuple[str, ...]:
    """A true snippet and an altered one of another place; nothing where there is no such pair."""
    first = next((place for place, snippet in enumerate(true) if states(snippet, right)), None)
    if first is None:
        return ()
    others = [snippet for place, snippet in enumerate(false) if place != first and states(snippet, altered)]
    return (true[first], others[-1]) if others else ()


def _parts(found: JSON, what: str) -> Parts:
    """An answer as parts with spellings: a text, or a list of parts, each a text or a list of spellings."""
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, Sequence) or not listed:
        raise RowError(f"{what} has to be a text that is not empty, or a list of such texts")
    parts = tuple(texts([part] if isinstance(part, str) else part, f"each of {what}") for part in listed)
    if not all(parts):
        raise RowError(f"each of {what} needs at least one spelling")
    return parts


def _shown(wanted: Parts) -> str:
    return ", ".join(spellings[0] for spellings in wanted)


SUITE = Suite(
    name="rgb",
    line="true and altered news snippets: answered, both sides shown and flagged, refused without",
    measures=MEASURES,
    data=None,
    split="dev",
    corpus=None,
    read=read,
    start=start,
    reference=lambda sample: () if sample.kind == "C2" else ("; ".join(part[0] for part in sample.expected.answer),),
)
