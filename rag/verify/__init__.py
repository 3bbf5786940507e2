"""Whether words of an article support a statement: its figures, dates, names, quotations, who did what, its yes or no.

`judge` holds a statement against the exact words that it cites, `check` against a whole text, of which it first finds
the sentences that speak of the statement (`evidence`). No model is asked unless one is given: what is not there in so
many words, or by a known synonym, counts as not there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rag import text
from rag.nli import Nli
from rag.types import Byline, Support
from rag.verify import amounts, bindings, days, modality, names, reading, roles, scopes, shares, swaps, wordings
from rag.verify.contraries import contradiction
from rag.verify.evidence import MAX_EVIDENCE, MAX_SENTENCES, best_quote, evidence, variants
from rag.verify.findings import (
    LEFT_BY_CONTRAST,
    LEFT_BY_FIGURE,
    LEFT_BY_NAME,
    Finding,
    Verdict,
)
from rag.verify.paraphrases import same
from rag.verify.quotations import is_verbatim, quotations, unquoted
from rag.verify.roles import like
from rag.verify.whole import Check, check

__all__ = [
    "MAX_CITED",
    "MAX_EVIDENCE",
    "MAX_SENTENCES",
    "MAX_STATEMENT",
    "Check",
    "Verdict",
    "best_quote",
    "check",
    "evidence",
    "judge",
    "unquoted",
]

MAX_STATEMENT, MAX_CITED = 1_000, 10_000  # characters; longer ones are no sentence and no quotation
SUPPORTED, PARTIAL = 0.6, 0.35  # shares of a statement's words that the cited ones must hold
HALF = 0.5  # of the words that are neither names nor figures: those alone hold up anything
CONTRADICTED, ENTAILED = 0.9, 0.9  # shares of certainty from which an entailment model's word counts
_TELLING = frozenset(
    text.stem(word)
    for word in ["report", "reports", "reported", "according", "article", "outlet", "state", "states", "stated"]
)


def judge(statement: str, quotes: Sequence[str], *, bylines: Sequence[Byline] = (), nli: Nli | None = None) -> Verdict:
    """The verdict on a statement against the exact words it cites; outlet and title of their bylines may be named too.

    Bylines stand in the order of the quotes that are theirs: "on Sunday" is counted from their dates. A figure, date,
    name or quotation that is not there or belongs to something else, swapped roles and a denial make it unsupported; a
    lost bound ("300" for "over 300"), more certainty than the cited words have, a word that excludes the cited one
    ("rose" for "fell"), or too few words in common make it partial. An entailment model may reject more: what it says
    the words contradict is unsupported. What it says they entail only excuses other wording. Raises NliError.
    """
    if not quotes:
        return Verdict(support="unsupported", reason="cites nothing")
    cited = "\n".join(quotes)
    if len(statement) > MAX_STATEMENT or len(cited) > MAX_CITED:
        return Verdict(support="unsupported", reason="too long to be held against the cited words")
    credits_ = " . ".join(part for byline in bylines for part in (byline.outlet, byline.title, byline.author) if part)
    findings = [*_missing(statement, quotes, bylines, credits_), *_amiss(names.spelled_out(statement, cited), cited)]
    share = _share(names.spelled_out(statement, cited), cited, credits_)
    entailed = 0.0
    if nli is not None:
        found = nli.judge(cited, statement)
        entailed = found.entailment
        if found.contradiction >= CONTRADICTED:
            findings.append(_finding("unsupported", "a model reads the contrary in the cited words", LEFT_BY_CONTRAST))
    score = share * math.prod(finding.left for finding in findings)
    if _told_share(statement, cited, credits_) < HALF:
        findings.append(_finding("partial", "the cited words hold only part of it", 1.0))
    if bad := [finding for finding in findings if finding.support == "unsupported"]:
        return Verdict(support="unsupported", reason=bad[0].reason, score=score, contradicted=True)
    if share < PARTIAL and entailed < ENTAILED:
        return Verdict(support="unsupported", reason="the cited words speak of something else", score=score)
    if findings:
        worst = max(findings, key=lambda finding: finding.contradicted)
        return Verdict(support="partial", reason=worst.reason, score=score, contradicted=worst.contradicted)
    if share < SUPPORTED and entailed < ENTAILED:
        return Verdict(support="partial", reason="the cited words hold only part of it", score=score)
    return Verdict(support="supported", score=score)


def _missing(statement: str, quotes: Sequence[str], bylines: Sequence[Byline], credits_: str) -> Iterator[Finding]:
    """The quotations, dates, figures and names that the cited words do not have, or have otherwise."""
    cited = "\n".join(quotes)
    for quotation in quotations(statement):
        words = statement[quotation.first : quotation.last]
        if any(map(str.isalnum, words)) and not is_verbatim(words, cited):
            near = text.fold(words).strip(" ,.") in text.fold(cited)
            reason = (
                f"“{words}” is not word for word" if near else f"the cited words do not have the quotation “{words}”"
            )
            yield _finding("partial" if near else "unsupported", reason, LEFT_BY_FIGURE)
    yield from days.compare(statement, quotes, bylines)
    yield from amounts.compare(statement, cited)
    yield from shares.compare(statement, cited)
    taken = days.offsets(statement)
    for name in names.missing(statement, cited, credits_, dates=taken):
        yield _finding("unsupported", f"the cited words do not have the name {name}", LEFT_BY_NAME)
    if (opener := names.opening(statement, cited, credits_)) is not None:
        country = names.is_country(opener)
        reason = (
            f"the cited words do not have the name {opener}" if country else f"the cited words do not have “{opener}”"
        )
        yield _finding("unsupported" if country else "partial", reason, LEFT_BY_NAME)


def _amiss(statement: str, cited: str) -> Iterator[Finding]:
    """Roles, opposites and certainty that differ."""
    if (contrast := contradiction(statement, cited)) is not None:
        yield _finding("partial", contrast, LEFT_BY_CONTRAST)
    yield from roles.compare(statement, cited)
    yield from bindings.compare(statement, cited)
    yield from scopes.compare(statement, cited)
    yield from wordings.compare(statement, cited)
    yield from swaps.compare(statement, cited)
    yield from modality.compare(statement, cited)


def _finding(support: Support, reason: str, left: float) -> Finding:
    return Finding(support=support, reason=reason, left=left)


def _share(statement: str, cited: str, credits_: str) -> float:
    """The share of a statement's words that the cited words hold, a known synonym less.

    Figures and days are held against theirs elsewhere and do not count, nor do words that credit the outlet.
    """
    held = set(reading.stems(cited))
    passed = set(reading.stems(credits_)) - held | _TELLING
    spans = [(number.start, number.end) for number in reading.numbers(statement)]
    spans += [(date.start, date.end) for date in reading.dates(statement)]
    passed |= {stem for start, end in spans for stem in text.stems(statement[start:end])} - held
    own = [stem for stem in reading.stems(statement) if stem not in passed]
    worth = [max((value for variant, value in variants(stem) if variant in held), default=0.0) for stem in own]
    return math.fsum(worth) / len(own) if own else 1.0


def _told_share(statement: str, cited: str, credits_: str) -> float:
    """The share of a statement's words that the cited words hold by any word like them, names and figures left out."""
    passed = {place for name in reading.names(statement) for place in range(name.start, name.end)}
    passed |= {place for number in reading.numbers(statement) for place in range(number.start, number.end)}
    passed |= days.offsets(statement)
    credited = frozenset(text.stems(credits_)) | _TELLING
    held = frozenset(reading.stems(cited))
    own = [
        word.stem
        for word in reading.words(statement)
        if text.is_content(word) and word.start not in passed and word.stem not in credited
    ]
    return sum(not held.isdisjoint(like(stem) | same(stem)) for stem in own) / len(own) if own else 1.0
