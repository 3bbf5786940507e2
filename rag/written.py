"""A model's reply as an Answer: each sentence held against the passages that it cites, word for word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from rag import citations as marks
from rag import text
from rag.answers import assembled, citation
from rag.extract import Selection
from rag.nli import Nli
from rag.question import Query
from rag.suspicion import is_instruction, suspicious
from rag.types import Answer, Byline, Citation, Hit, Passage, Statement
from rag.verbatim import requoted
from rag.verify import Verdict, best_quote, judge, unquoted

Unsupported: TypeAlias = Literal["drop", "mark"]  # as the setting
MOST = 40  # sentences of a reply that are looked at; it was asked for six at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A model's answer so far, verified, and how many of its sentences the articles do not support."""

    answer: Answer
    unsupported: int

    @property
    def stands(self) -> bool:
        """Whether it says anything that the articles support."""
        return any(statement.support != "unsupported" for statement in self.answer.statements)


def from_model(
    query: Query,
    reply: str,
    *,
    hits: Sequence[Hit],
    selection: Selection | None = None,
    unsupported: Unsupported = "drop",
    nli: Nli | None = None,
) -> Draft:
    """A model's reply, whose marks number the hits in the order that they were shown, as far as it is verified.

    A sentence stands when it cites passages it was shown and their words support it at least in part and say nothing
    otherwise; each passage is cited by the sentences of it that come nearest, word for word. What is credited to
    outlets rests on their passages alone. Other sentences are left out, or, to be marked, stay in their places as
    unsupported, without citations: nothing vouches for them. Whatever stays within quotation marks is an exact stretch
    of a citation's quote. Sentences of a passage that read as instructions support nothing. What comes after MOST
    sentences is left out. Disputes are those of the selection, where one is given. Raises NliError.
    """
    statements: list[Statement] = []
    cited: dict[tuple[str, int, int], Citation] = {}
    said = marks.parse(reply, shown=len(hits))
    amiss = len(said[MOST:])
    for sentence in said[:MOST]:
        checked = _checked(sentence.text, tuple(hits[number - 1] for number in sentence.citations), nli)
        numbers: dict[int, None] = {}
        if checked.verdict.support != "unsupported":
            for hit, start, quote in checked.quotes:
                key = (hit.byline.article_id, start, start + len(quote))
                one = cited.setdefault(key, citation(len(cited) + 1, hit.byline, start, quote))
                numbers[one.number] = None
        else:
            amiss += 1
            if unsupported == "drop":
                continue
        verdict = checked.verdict
        statements.append(
            Statement(text=checked.words, citations=tuple(numbers), support=verdict.support, reason=verdict.reason)
        )
    ranked = sorted(hits, key=lambda hit: hit.rank)
    answer = assembled(query, statements, list(cited.values()), hits=ranked, selection=selection)
    return Draft(answer=replace(answer, mode="model"), unsupported=amiss)


# --- one sentence ----------------------------------------------------------------------------------------------------


class _Checked(NamedTuple):
    """A sentence as it may be shown, its verdict, and what it was held against: each hit, offset and quote."""

    words: str
    verdict: Verdict
    quotes: tuple[tuple[Hit, int, str], ...]


@lru_cache(maxsize=1_000)  # a reply in the making is read again with every sentence that it has more
def _checked(said: str, sources: tuple[Hit, ...], nli: Nli | None) -> _Checked:
    credited = _credited(said, sources)
    bare = _uncredited(said, [hit.byline for hit in credited])
    quoted = [(hit, *found) for hit in credited if (found := _quote(bare, hit.passage)) is not None]
    quotes = [quote for *_, quote in quoted]
    words = requoted(said, quotes)
    verdict = _verdict(words, quotes, [hit.byline for hit, *_ in quoted], nli)
    held = "" if verdict.support == "unsupported" else "\n".join(quotes)
    return _Checked(unquoted(words, held), verdict, tuple(quoted))


def _verdict(words: str, quotes: Sequence[str], bylines: Sequence[Byline], nli: Nli | None) -> Verdict:
    """The verdict on a sentence, stricter than that on a quotation's paraphrase: a model is believed nothing."""
    if is_instruction(words):
        return Verdict(support="unsupported", reason="it gives an instruction, and reports nothing")
    verdict = judge(_uncredited(words, bylines), quotes, bylines=bylines, nli=nli)
    return replace(verdict, support="unsupported") if verdict.contradicted else verdict


def _credited(said: str, sources: Sequence[Hit]) -> list[Hit]:
    """The passages of the outlets that a sentence names, if it names any of theirs; else all."""
    words = _folded(said)
    return [hit for hit in sources if hit.byline.outlet and _folded(hit.byline.outlet) in words] or list(sources)


_TELLS = r"(?:reports?|reported|says?|said|writes?|wrote|states?|stated)"


def _uncredited(words: str, bylines: Sequence[Byline]) -> str:
    """A sentence without the words that credit the outlets it rests on: "According to X, ...", "..., X reports."."""
    for outlet in {byline.outlet for byline in bylines if byline.outlet}:
        name = rf"(?:the\s)?{re.escape(outlet.removeprefix('The '))}"
        for credit in (
            rf"^(?:according\sto|as\sreported\sby|as)\s{name}(?:\s{_TELLS})?,\s",
            rf"^{name}\s{_TELLS}\sthat\s",
            rf",?\s(?:according\sto|as\sreported\sby|{_TELLS})\s{name}(?=[.,;!?]|$)",
            rf",\s{name}\s{_TELLS}(?=[.,;!?]|$)",
        ):
            words = re.sub(credit, "", words, count=1, flags=re.IGNORECASE)
    return words[:1].upper() + words[1:]


def _folded(said: str) -> str:
    """The words between single spaces, without "the" and a possessive's ending."""
    folded = [text.fold(word.text).removesuffix("'s") for word in text.words(said)]
    return f" {' '.join(word for word in folded if word != 'the')} "


# --- the words to cite -----------------------------------------------------------------------------------------------


def _quote(said: str, passage: Passage) -> tuple[int, str] | None:
    """The sentences of a passage that come nearest, and where they begin in its article; None where it only instructs.

    What reads as an instruction is no part of them.
    """
    wanted = set(text.stems(said))
    found: list[tuple[int, int, str]] = []
    for stretch in _reports(passage):
        start, end = best_quote(said, stretch)
        quote = stretch.text[start - stretch.start : end - stretch.start]
        found.append((len(wanted & set(text.stems(quote))), start, quote))
    best = max(found, key=lambda one: one[0], default=None)
    return best and best[1:]


def _reports(passage: Passage) -> Iterator[Passage]:
    """The stretches of a passage between those that read as instructions."""
    at = 0
    for start, end in [*suspicious(passage.text), (len(passage.text), len(passage.text))]:
        stretch = passage.text[at:start]
        if stretch.strip():
            yield replace(passage, start=passage.start + at, end=passage.start + start, text=stretch)
        at = end
