"""What people ask, and what articles say: questions, periods, figures, names, verdicts, claims, comparisons."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
from hypothesis import strategies as st
from made_hits import hits, weigh
from made_up import DIMENSION, article, vector
from numpy.typing import NDArray

from rag import attribution, chunking, claims, figures, suspicion, text, timing
from rag.citations import mark
from rag.compare import named, opposed, rivals, sides, values
from rag.errors import UsageError
from rag.evidence import candidates, quote_of, rank
from rag.extract import select
from rag.question import MAX_CHARACTERS, understand
from rag.question.period import period, without_limit
from rag.revisions import difference
from rag.subquestions import subquestions
from rag.types import Byline, Turn
from rag.ui.inert import escape
from rag.verbatim import located, requoted
from rag.verify import best_quote, evidence, judge

from .mutations import edited_text, prose
from .target import Target, iso, plain, sentence, stretches

_QUESTIONS = (
    "How many boats sank at Osterby on 3 May 2021?",
    "Who won the vote, and when did they meet?",
    "What was known as of 1 December 2024 of the bridge?",
    "Do the Harbour Gazette and the Tern agree on how many people were killed since Sunday?",
    "Did Greta Holm deny that the bridge reopened?",
    "And there?",
    "Who is she?",
    "Where is Karim Haddad now",
)
_SAYINGS = (
    "At least 12 boats sank at Osterby on Monday, the mayor said. “We counted 20,” said Karim Haddad.",
    "WEXLEY, Dec 1 (AFP) - Nearly 1,500 people, among them 30 children, were killed since 27 November 2024.",
    "Greta Holm, the mayor of Osterby, denied on Sunday that the bridge would reopen before May. He did not say why.",
    "The U.S. Dr. A. Lee told Reuters that 2.5 million (5%) had left; however, nobody confirmed it.",
)
_BYLINE = Byline(article_id="a", revision="r", outlet="Harbour Gazette", published_at="2024-12-01")
_asked = edited_text(_QUESTIONS) | prose
_said = edited_text(_SAYINGS) | prose


def _embed(texts: list[str] | tuple[str, ...]) -> NDArray[np.float32]:
    return np.array([vector(one) for one in texts], np.float32).reshape(len(texts), DIMENSION)


def _question(value: tuple[str, list[str]]) -> None:
    asked, said = value[0].replace("\0", " "), [one.replace("\0", " ") for one in value[1]]  # as every door gives it
    history = tuple(Turn(role="user" if place % 2 == 0 else "assistant", content=one) for place, one in enumerate(said))
    try:
        found = understand(asked, history=history, newest=lambda: "2024-12-01")
    except UsageError as error:
        sentence(str(error))
        return
    plain(found)
    assert found.question.split() == asked.split() and len(" ".join(asked.split())) <= MAX_CHARACTERS
    assert found.standalone.strip() and found.sought.strip()
    assert all(part.parts == () for part in found.parts)
    if found.period:
        since, until = found.period
        iso(since), iso(until)
    limit = period(asked, newest=lambda: None)
    assert limit is None or all(one is None or date.fromisoformat(one) for one in limit)
    assert without_limit(asked) is not None
    for part in subquestions(asked, ("Harbour Gazette", "Tern", *said)):
        plain(part)


def _parts(value: str) -> None:
    for found in (text.words(value), text.sentences(value), text.names(value), text.quotations(value)):
        stretches(found, value)
    folded = text.fold(value)
    assert text.fold(folded) == folded
    assert len(text.stems(value)) <= len(text.words(value))
    for one in (*figures.numbers(value), *figures.quantities(value)):
        assert 0 <= one.start < one.end <= len(value)
    for one in figures.dates(value):
        assert 0 <= one.start < one.end <= len(value)
    for day in (None, "2024-12-01", "2024-12-01T10:00:00+00:00"):
        for moment in timing.events(value, day):
            assert 0 <= moment.start < moment.end <= len(value)
            iso(moment.day)
        iso(timing.event_day(value, day))
    for span in (*suspicion.suspicious(value), *suspicion.repeated(value)):
        assert 0 <= span.start < span.end <= len(value)
    assert "<" not in escape(value)


def _speakers(value: tuple[str, str, int]) -> None:
    quote, before, at = value
    for place in (None, min(at, len(quote))):
        found = attribution.speaker(quote, before=before, at=place)
        assert found is None or found.strip()
        assert attribution.voice("Tern", found)
        assert attribution.same(found, found) in {True, False}


def _chunks(value: tuple[str, int]) -> None:
    whole, most = value
    made = article(whole)
    found = chunking.passages(made, count_tokens=lambda words: len(words.split()), max_tokens=most)
    for passage in found:
        assert made.text[passage.start : passage.end] == passage.text != ""
    kept = set("".join(whole.split()))
    assert kept <= set("".join("".join(one.text.split()) for one in found))


def _verdicts(value: tuple[str, str, str]) -> None:
    statement, words, other = value
    verdict = judge(statement, [words, other], bylines=[_BYLINE])
    assert (verdict.support == "supported") == (not verdict.reason) and 0.0 <= verdict.score <= 1.0
    said = Counter(text.stems(words))
    if len(words) < 800 and max(said.values(), default=0) < 4:  # who finds the way where one thing is said on and on?
        assert judge(words, [words]).support != "unsupported"
    for start, end in evidence(statement, words):
        assert 0 <= start < end <= len(words)
    (hit,) = hits(words)
    start, end = best_quote(statement, hit.passage)
    assert 0 <= start <= end <= len(words)


def _verbatim(value: tuple[str, str, str]) -> None:
    words, within, said = value
    found = located(words, within)
    assert found is None or 0 <= found.start < found.end <= len(within)
    if words.strip() and words in within:
        assert found is not None or not any(map(str.isalnum, words)) or len(words) > 500
    told = requoted(requoted(said, [within, words]), [within, words])  # of marks within marks the inner ones come first
    assert requoted(told, [within, words]) == told


def _claims(value: tuple[str, str]) -> None:
    asked, said = value
    try:
        query = understand(asked)
    except UsageError:
        return
    wanted = claims.asked(query)
    if wanted is None:
        return
    found = claims.claims(query, wanted, said, weigh=weigh, published="2024-12-01")
    assert all(said[claim.start : claim.end] == claim.words != "" for claim in found)
    assert all(claim.same(claim) for claim in found)
    assert all(0.0 <= claim.weight <= 1.0 for claim in found)


def _selected(value: tuple[str, list[str]]) -> None:
    asked, said = value
    try:
        query = understand(asked)
    except UsageError:
        return
    given = hits(*said, published_at="2024-12-01")
    texts = {hit.byline.article_id: hit.passage.text for hit in given}
    found = candidates(given)
    for candidate in found:
        start, quote = quote_of(candidate)
        assert texts[candidate.byline.article_id][start : start + len(quote)] == quote
    selection = select(query, found, embed=_embed, weigh=weigh)
    assert 0.0 <= selection.score <= 1.0
    places = {(one.byline.article_id, one.start) for one in found}
    chosen = [*selection.evidence, *selection.nearest]
    assert {(one.candidate.byline.article_id, one.candidate.start) for one in chosen} <= places
    ranked = rank(query, found, embed=_embed, weigh=weigh)
    made = sides(values(query, ranked, embed=_embed, weigh=weigh))
    assert {one.voice for one in rivals(made)}.isdisjoint(made[0].voices if made else ())
    for dispute in (opposed(query, ranked, ranked), named(query, ranked)):
        assert dispute is None or len({held.evidence.candidate.byline.article_id for held in dispute.held}) > 1


def _revisions(value: tuple[str, str]) -> None:
    old, new = value
    made, at = [], 0
    for change in difference(old, new):
        assert old[change.old_start : change.old_end] == change.before
        assert new[change.new_start : change.new_end] == change.after
        made += [old[at : change.old_start], change.after]
        at = change.old_end
    assert "".join([*made, old[at:]]) == new
    assert difference(new, new) == ()


assert mark(1) == "[1]"
TARGETS = (
    Target(name="questions", inputs=st.tuples(_asked, st.lists(_asked | _said, max_size=3)), check=_question, share=14),
    Target(name="words, sentences, figures, days", inputs=_said, check=_parts, share=16),
    Target(name="speakers", inputs=st.tuples(_said, _said, st.integers(0, 200)), check=_speakers, share=8),
    Target(name="passages", inputs=st.tuples(_said, st.integers(1, 40)), check=_chunks, share=6),
    Target(name="verdicts", inputs=st.tuples(_said, _said, _said), check=_verdicts, share=8),
    Target(name="quotations", inputs=st.tuples(_said, _said, _said), check=_verbatim, share=10),
    Target(name="claims", inputs=st.tuples(_asked, _said), check=_claims, share=8),
    Target(
        name="selections and comparisons",
        inputs=st.tuples(_asked, st.lists(_said, max_size=4)),
        check=_selected,
        share=4,
    ),
    Target(name="revisions", inputs=st.tuples(_said, _said), check=_revisions, share=8),
)
