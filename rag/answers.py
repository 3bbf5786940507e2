"""Answers made of evidence: verbatim quotations, a model's verified sentences, or the plain word that nothing fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import citations as marks
from rag.compare import disagreements
from rag.extract import Evidence, quote_of
from rag.question import Query
from rag.types import Answer, Byline, Citation, Hit, Statement
from rag.verify import best_quote, judge

UNKNOWN_OUTLET = "outlet unknown"


def offline(query: Query, chosen: Sequence[Evidence], *, hits: Sequence[Hit]) -> Answer:
    """The answer that quotes the chosen evidence word for word, each quotation with its outlet and its citation."""
    statements: list[Statement] = []
    cited: list[Citation] = []
    for number, evidence in enumerate(chosen, start=1):
        start, quote = quote_of(evidence.candidate)
        citation = _citation(number, evidence.candidate.byline, start, quote)
        cited.append(citation)
        text = f"“{quote}” — {citation.outlet or UNKNOWN_OUTLET}"
        statements.append(Statement(text=text, citations=(number,), support="supported"))
    return assembled(query, statements, cited, hits=hits)


def assembled(
    query: Query, statements: Sequence[Statement], cited: Sequence[Citation], *, hits: Sequence[Hit]
) -> Answer:
    """An Answer of these statements and citations, with what they disagree on and the date of the newest."""
    return Answer(
        question=query.question,
        standalone_question=query.standalone,
        text=marks.render([(statement.text, statement.citations) for statement in statements]),
        statements=tuple(statements),
        citations=tuple(cited),
        disagreements=disagreements(query, cited),
        as_of=max((citation.published_at for citation in cited if citation.published_at), default=None),
        hits=tuple(hits),
    )


def abstention(query: Query, *, reason: str, sentence: str, hits: Sequence[Hit] = ()) -> Answer:
    """The Answer that says why there is none."""
    return Answer(
        question=query.question,
        standalone_question=query.standalone,
        text=sentence,
        abstained=True,
        reason=reason,
        hits=tuple(hits),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A model's answer so far, verified: what stands, and how many of its sentences the articles do not support."""

    answer: Answer
    dropped: int


def from_model(query: Query, reply: str, *, hits: Sequence[Hit]) -> Draft:
    """The verified part of a model's reply, whose marks number the hits in the order that they were shown.

    A sentence stands when it cites passages it was shown and their words support it at least in part; each passage is
    cited by the sentences of it that come nearest, word for word.
    """
    statements: list[Statement] = []
    cited: dict[tuple[str, int, int], Citation] = {}
    dropped = 0
    for sentence in marks.parse(reply, shown=len(hits)):
        sources = [hits[number - 1] for number in sentence.citations]
        spans = [(hit, *best_quote(sentence.text, hit.passage)) for hit in sources]
        quotes = [hit.passage.text[start - hit.passage.start : end - hit.passage.start] for hit, start, end in spans]
        verdict = judge(sentence.text, quotes, bylines=[hit.byline for hit in sources])
        if verdict.support == "unsupported":
            dropped += 1
            continue
        numbers = []
        for (hit, start, end), quote in zip(spans, quotes, strict=True):
            key = (hit.byline.article_id, start, end)
            cited.setdefault(key, _citation(len(cited) + 1, hit.byline, start, quote))
            numbers.append(cited[key].number)
        numbers = list(dict.fromkeys(numbers))
        statements.append(
            Statement(text=sentence.text, citations=tuple(numbers), support=verdict.support, reason=verdict.reason)
        )
    answer = assembled(query, statements, list(cited.values()), hits=hits)
    return Draft(answer=replace(answer, mode="model"), dropped=dropped)


def _citation(number: int, byline: Byline, start: int, quote: str) -> Citation:
    return Citation(
        number=number,
        article_id=byline.article_id,
        revision=byline.revision,
        start=start,
        end=start + len(quote),
        quote=quote,
        title=byline.title,
        outlet=byline.outlet,
        url=byline.url,
        published_at=byline.published_at,
    )
