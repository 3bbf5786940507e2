"""What a model proposes before it answers: further questions, and disagreements as far as their quotes verify."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from rag import figures, text
from rag.answers import citation
from rag.errors import ModelError
from rag.models import Model
from rag.prompt import MOST_QUESTIONS, proposal_messages
from rag.suspicion import is_instruction, suspicious
from rag.text import Span
from rag.thesaurus import synonyms
from rag.types import Answer, Citation, Disagreement, Hit, Matter, Position, Usage
from rag.verbatim import located
from rag.verify import MAX_SENTENCES, judge, unquoted

MOST_DISAGREEMENTS, MOST_POSITIONS = 3, 6
LONGEST_FIELD = 300  # characters of a question, a claim, or what is disputed


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account that a model has seen in a passage."""

    claim: str
    passage: int
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """What a model takes for disputed, and the accounts of it, none of them verified."""

    about: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a model proposed, as it could be read."""

    questions: tuple[str, ...] = ()
    contested: tuple[Contested, ...] = ()


def propose(
    model: Model, question: str, hits: Sequence[Hit], *, stop: threading.Event | None = None
) -> tuple[Proposal, Usage]:
    """What a model proposes when it is shown these hits, and what that took; of a model that fails, nothing."""
    try:
        with closing(model.stream(proposal_messages(question, hits), stop=stop)) as reply:
            said = "".join(reply)
    except ModelError:
        return Proposal(), Usage()
    return parse(said), reply.usage


# --- reading ---------------------------------------------------------------------------------------------------------

_THOUGHT_OVER = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.I)
_TRAILING_COMMA = re.compile(r",(\s{0,100}[\]}])")
_UNSENDABLE = re.compile(r"[\0\ud800-\udfff]")  # NUL and halves of characters, which JSON may spell
_MOST_STARTS = 20  # braces at which an object is looked for
_KEYS = ("questions", "disagreements")


def parse(reply: str) -> Proposal:
    """What can be read of a reply that should be JSON; what is of another shape is as if it were not there."""
    found = _object(reply)
    questions = [question for item in _list(found.get("questions")) if (question := _words(item))]
    contested = [each for item in _list(found.get("disagreements")) if (each := _contested(item))]
    return Proposal(
        questions=tuple(dict.fromkeys(questions))[:MOST_QUESTIONS], contested=tuple(contested)[:MOST_DISAGREEMENTS]
    )


def _object(reply: str) -> dict[str, object]:
    """The first JSON object with one of our keys, whatever stands before and behind it; empty where there is none."""
    *_, said = _THOUGHT_OVER.split(reply)
    decoder = json.JSONDecoder()
    for tried in (said, _TRAILING_COMMA.sub(r"\1", said)):
        for brace in islice(re.finditer(r"\{", tried), _MOST_STARTS):
            try:
                found, _ = decoder.raw_decode(tried, brace.start())
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict) and any(key in found for key in _KEYS):
                return found
    return {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _words(value: object) -> str:
    words = " ".join(value.split()) if isinstance(value, str) else ""
    return words if len(words) <= LONGEST_FIELD and not _UNSENDABLE.search(words) else ""


def _contested(item: object) -> Contested | None:
    if not isinstance(item, dict):
        return None
    sides = tuple(side for each in _list(item.get("positions")) if (side := _account(each)))[:MOST_POSITIONS]
    return Contested(about=_words(item.get("about")), accounts=sides) if len(sides) > 1 else None


def _account(item: object) -> Account | None:
    if not isinstance(item, dict):
        return None
    quote, number = item.get("quote"), _number(item.get("passage"))
    if not isinstance(quote, str) or number is None:
        return None
    return Account(claim=_words(item.get("claim")), passage=number, quote=quote)


def _number(value: object) -> int | None:
    """A passage's number, also as `"2"`, `"[2]"` or `2.0`."""
    if isinstance(value, str):
        digits = re.fullmatch(r"\D{0,20}(\d{1,3})\D{0,5}", value)
        return int(digits[1]) if digits else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# --- what of it holds ------------------------------------------------------------------------------------------------


class _Verified(NamedTuple):
    """A side that verified: what it claims, and where its quote stands in the article of a hit."""

    claim: str
    hit: Hit
    start: int
    quote: str

    @property
    def end(self) -> int:
        return self.start + len(self.quote)


def with_disagreements(answer: Answer, contested: Sequence[Contested], *, shown: Sequence[Hit]) -> Answer:
    """The answer with the disagreements whose sides verify, cited; `shown` are the hits as the model has numbered them.

    A side counts when its quote stands in its passage word for word and the sentences it is from hold its claim. Two
    sides of different articles must remain that speak of what is asked and claim different things. What the answer
    already shows as disputed is not repeated.
    """
    stems = text.stems(answer.standalone_question)
    asked = {variant for stem in stems for variant in (stem, *synonyms(stem))}
    for each in contested:
        accounts = _apart([account for side in each.accounts if (account := _verified(side, shown))], asked)
        if len({account.hit.byline.article_id for account in accounts}) > 1 and not _is_shown(accounts, answer):
            answer = _with(answer, each, accounts)
    return answer


def _verified(side: Account, shown: Sequence[Hit]) -> _Verified | None:
    if not 1 <= side.passage <= len(shown):
        return None
    hit = shown[side.passage - 1]
    passage = hit.passage
    span = _whole(located(side.quote.strip().strip('"“”'), passage.text), passage.text)
    if span is None or any(span.start < end and start < span.end for start, end in suspicious(passage.text)):
        return None
    quote = passage.text[span.start : span.end]
    claim = side.claim.strip(' "“”')
    verdict = judge(claim, [quote], bylines=[hit.byline])
    if not text.stems(claim) or is_instruction(claim) or verdict.support == "unsupported" or verdict.contradicted:
        return None
    # Where the claim goes further than the quote, the quote speaks for itself.
    words = unquoted(claim, quote) if verdict.support == "supported" else quote
    return _Verified(words, hit, passage.start + span.start, quote)


def _whole(span: Span | None, passage: str) -> Span | None:
    """The sentences that a quote stands in: cut out of them, "the town fell" may be what nobody has said."""
    if span is None:
        return None
    touched = [one for one in text.sentences(passage) if one.start < span.end and span.start < one.end]
    return Span(touched[0].start, touched[-1].end) if 1 <= len(touched) <= MAX_SENTENCES else None


def _apart(accounts: Sequence[_Verified], asked: Collection[str]) -> list[_Verified]:
    """The accounts that speak of what is asked, and claim something else than those before them."""
    found: list[_Verified] = []
    for account in accounts:
        speaks = not set(text.stems(account.quote)).isdisjoint(asked)
        if speaks and all(_claimed(account) != _claimed(other) for other in found):
            found.append(account)
    return found


def _claimed(account: _Verified) -> tuple[frozenset[str], frozenset[float]]:
    numbers = figures.numbers(account.claim)
    taken = {place for number in numbers for place in range(number.start, number.end)}
    words = (word for word in text.words(account.claim) if text.is_content(word) and word.start not in taken)
    return frozenset(word.stem for word in words), frozenset(number.value for number in numbers)


def _is_shown(accounts: Sequence[_Verified], answer: Answer) -> bool:
    """Whether a disagreement of the answer already sets two of these accounts against each other."""
    cited = {one.number: one for one in answer.citations}
    for disagreement in answer.disagreements:
        theirs = [cited[position.citation] for position in disagreement.positions if position.citation in cited]
        if sum(any(_overlaps(account, one) for one in theirs) for account in accounts) > 1:
            return True
    return False


def _overlaps(account: _Verified, one: Citation) -> bool:
    same = account.hit.byline.article_id == one.article_id
    return same and account.start < one.end and one.start < account.end


def _with(answer: Answer, contested: Contested, accounts: Sequence[_Verified]) -> Answer:
    cited = {(one.article_id, one.start, one.end): one for one in answer.citations}
    positions = []
    for account in accounts:
        key = (account.hit.byline.article_id, account.start, account.end)
        one = cited.setdefault(key, citation(len(cited) + 1, account.hit.byline, account.start, account.quote))
        positions.append(
            Position(
                claim=account.claim,
                citation=one.number,
                outlet=one.outlet,
                speaker=one.speaker,
                date=one.published_at,
            )
        )
    disagreement = Disagreement(
        about=_about(contested, accounts, answer),
        positions=tuple(positions),
        kind="update" if _is_update(positions) else "conflict",
        matter=_matter(accounts),
    )
    return replace(
        answer,
        citations=tuple(cited.values()),
        disagreements=(*answer.disagreements, disagreement),
        as_of=max((one.published_at for one in cited.values() if one.published_at), default=None),
    )


def _about(contested: Contested, accounts: Sequence[_Verified], answer: Answer) -> str:
    """The model's words for what is disputed where they say no more than the quotes and the question, else the latter.

    They are shown to readers: no claim may slip in with them.
    """
    held = [account.quote for account in accounts]
    words = unquoted(contested.about, "")
    if text.stems(words) and judge(words, [*held, answer.standalone_question]).support == "supported":
        return words
    return answer.standalone_question


def _is_update(positions: Sequence[Position]) -> bool:
    """Whether one voice, an outlet's own or the same speaker's in it, says something else on each of several days."""
    voices = {(position.outlet, position.speaker) for position in positions}
    days = [position.date for position in positions]
    return len(voices) == 1 and None not in next(iter(voices))[:1] and None not in days and len(set(days)) == len(days)


def _matter(accounts: Sequence[_Verified]) -> Matter:
    if all(figures.quantities(account.claim) for account in accounts):
        return "figure"
    if all(figures.dates(account.claim) or figures.weekdays(account.claim) for account in accounts):
        return "date"
    return "what"
