"""What may be asked next: questions made of the sentences that were found, kept only where the library answers them.

A question is made from how a sentence is built, so that this sentence answers it, and is then asked like any other. It
is kept where its answer begins with that very sentence, surely enough, and the reader has not been shown that yet.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from rag import suspicion, text
from rag.evidence import LONGEST_PASSAGE, Candidate, candidates, quote_of
from rag.extract import Selection
from rag.question import understand
from rag.suggestions.names import Name, names_in
from rag.suggestions.templates import Idea, ideas
from rag.types import Answer, Citation, Turn

MOST = 3  # questions
TRIED = 8  # that are asked to find them
SURELY = 0.55  # score from which a question is answered surely enough; 0.5 will do for one that a reader asks
LONGEST = 90  # characters of a question
MOST_NAMES = 20  # of a sentence that are read
_PLAIN = re.compile(r"(?:[^\W_]|\.(?!\w\w)|[ ’'-])+\?")  # no markup, no address


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A question, the name that it is about, if one, and the sentences that answer it by how they are built."""

    question: str
    about: str
    sources: tuple[Candidate, ...]


def suggested(
    answer: Answer,
    *,
    ask: Callable[[str], Selection],
    asked: Sequence[str] = (),
    stop: threading.Event | None = None,
) -> tuple[str, ...]:
    """At most MOST questions that go on from an answer, none of them in `asked`, each with another first quote.

    `ask` gives what answers a question; it is asked TRIED times at most, and no more once `stop` is set.
    """
    kept: list[Suggestion] = []
    leads: list[Candidate] = []
    for suggestion in islice(proposed(answer, asked=asked), TRIED):
        if len(kept) == MOST or (stop is not None and stop.is_set()):
            break
        if suggestion.about and any(suggestion.about == other.about for other in kept):
            continue
        found = ask(suggestion.question)
        lead = found.evidence[0].candidate if found.evidence else None
        surely = found.score >= SURELY and not found.unanswered
        if lead and surely and _is_in(lead, suggestion.sources) and not _is_in(lead, leads):
            kept.append(suggestion)
            leads.append(lead)
    return tuple(one.question for one in kept)


def proposed(answer: Answer, *, asked: Sequence[str] = ()) -> Iterator[Suggestion]:
    """The questions that the sentences found should answer, of each kind in turn, nearest to what was read first.

    No sentence that the answer cites is asked for, and nothing that was asked before: the answer's question, or one of
    `asked`.
    """
    sources: dict[Idea, list[Candidate]] = {}
    for candidate, names in _nearest_first(answer):
        quote = quote_of(candidate)[1]
        if not any(_shows(citation, candidate, quote) for citation in answer.citations):
            published = candidate.byline.published_at
            for idea in ideas(candidate.text, names, quote=quote, published_at=published):
                sources.setdefault(idea, []).append(candidate)
    before = [answer.question, answer.standalone_question, *asked]
    for idea in _in_turn(sources):
        if _is_fit(idea.question, before, answer):
            yield Suggestion(question=idea.question, about=idea.about, sources=tuple(sources[idea]))


def _in_turn(ideas_: Iterable[Idea]) -> list[Idea]:
    """Of each kind the first, then of each the second, and so on."""
    met: Counter[str] = Counter()
    turns: list[tuple[int, Idea]] = []
    for idea in ideas_:
        turns.append((met[idea.kind], idea))
        met[idea.kind] += 1
    return [idea for _, idea in sorted(turns, key=lambda turn: turn[0])]


def _nearest_first(answer: Answer) -> list[tuple[Candidate, list[Name]]]:
    """The sentences found with the names in each, those first that share most with what was asked and read.

    A word counts by how few of the sentences have it, and less in a long one. Sentences of other articles than those
    read count only where they name somebody or something that was read of: much that is found is of something else.
    """
    shown = answer.citations or answer.nearest
    stems = frozenset(text.stems(" ".join([answer.standalone_question, *(one.quote for one in shown)])))
    articles = {one.article_id for one in shown}
    found = {
        (one.byline.article_id, one.start): (one, names)
        for one, names in _sentences(answer)
        if one.byline.article_id in articles or any(stems.issuperset(text.stems(name.words)) for name in names)
    }
    having = Counter(stem for one, _ in found.values() for stem in one.stems & stems)
    worth = {stem: math.log(len(found) / count) for stem, count in having.items()}

    def shared(one: Candidate) -> float:
        return math.fsum(worth[stem] for stem in one.stems & stems) / math.sqrt(len(one.stems) or 1)

    return sorted(found.values(), key=lambda pair: -shared(pair[0]))


def _sentences(answer: Answer) -> Iterator[tuple[Candidate, list[Name]]]:
    for hit in answer.hits:
        own = [name.moved(hit.passage.start) for name in names_in(hit.passage.text[:LONGEST_PASSAGE])]
        for candidate in candidates([hit]):
            inside = [name for name in own if candidate.start <= name.start and name.end <= candidate.end]
            yield candidate, [name.moved(-candidate.start) for name in inside[:MOST_NAMES]]


def _shows(citation: Citation, candidate: Candidate, quote: str) -> bool:
    """Whether a citation has shown the reader a sentence, there or in the same words elsewhere."""
    there = citation.article_id == candidate.byline.article_id
    overlap = citation.start < candidate.end and candidate.start < citation.end
    return (there and overlap) or text.fold(quote) == text.fold(citation.quote)


def _is_in(candidate: Candidate, others: Sequence[Candidate]) -> bool:
    """Whether a sentence is one of others, or the same words."""
    return any(text.fold(candidate.text) == text.fold(other.text) for other in others)


def _is_fit(question: str, before: Sequence[str], answer: Answer) -> bool:
    """Whether a question is plain and short, new, and says the same inside this conversation as alone."""
    if len(question) > LONGEST or not _PLAIN.fullmatch(question) or suspicion.is_instruction(question):
        return False
    if any(_asks_no_more(question, other) for other in before):
        return False
    talk = (Turn(role="user", content=answer.standalone_question), Turn(role="assistant", content=answer.text))
    return understand(question, history=talk).standalone == question


def _asks_no_more(question: str, other: str) -> bool:
    """Whether a question asks for no more than another does: the same kind of thing, in words of that."""
    own, others = text.words(question), text.words(other)
    same = own[:1] and others[:1] and own[0].stem == others[0].stem
    return bool(same) and set(text.stems(question)) <= set(text.stems(other))
