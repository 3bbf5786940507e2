"""Answers made of evidence: verbatim quotations, a model's verified sentences, or the plain word that nothing fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag import citations as marks
from rag import fit, frames, premises, text, topics
from rag.attribution import speaker, voice
from rag.compare import disagreement
from rag.evidence import Candidate, has, likeness, quote_of, units
from rag.extract import Selection
from rag.question import Query
from rag.timing import event_day
from rag.types import Answer, Byline, Citation, Copies, Disagreement, Hit, Statement


def offline(query: Query, selection: Selection, *, hits: Sequence[Hit], shown: int | None = None) -> Answer:
    """The answer that quotes the selected evidence word for word, each quotation with its outlet and its citation.

    `shown` cuts it to its first quotations, while the others are still to come.
    """
    chosen = selection.evidence[:shown]
    cited = [cite(number, evidence.candidate) for number, evidence in enumerate(chosen, start=1)]
    statements = [
        Statement(
            text=f"“{one.quote}” — {voice(one.outlet, one.speaker)}", citations=(one.number,), support="supported"
        )
        for one in cited
    ]
    whole = selection if shown is None else replace(selection, disputes=())
    return assembled(query, statements, cited, hits=hits, selection=whole)


def assembled(
    query: Query,
    statements: Sequence[Statement],
    cited: Sequence[Citation],
    *,
    hits: Sequence[Hit],
    selection: Selection | None = None,
) -> Answer:
    """An Answer of these statements and citations, with the date of the newest and what the selection disputes.

    Each side of a dispute is cited, whether a statement cites it already or not.
    """
    every = list(cited)
    found: list[Disagreement] = []
    for dispute in selection.disputes if selection else ():
        by_place: dict[int, Citation] = {}
        for place, held in enumerate(dispute.held):
            made = cite(len(every) + 1, held.evidence.candidate)
            known = next((one for one in every if _holds(one, made)), None)
            if known is None:
                every.append(made)
            by_place[place] = known or made
        found.append(disagreement(query, dispute, by_place))
    return Answer(
        question=query.question,
        standalone_question=query.standalone,
        text=marks.render(marks.marked(statements)),
        statements=tuple(statements),
        citations=tuple(every),
        disagreements=tuple(found),
        unanswered=selection.unanswered if selection else (),
        score=round(selection.score, 4) if selection else None,
        as_of=max((one.published_at for one in every if one.published_at), default=None),
        hits=tuple(hits),
    )


def _holds(one: Citation, other: Citation) -> bool:
    """Whether a citation has all the words of another."""
    return one.article_id == other.article_id and one.start <= other.start and other.end <= one.end


def abstention(
    query: Query, *, reason: str, sentence: str, hits: Sequence[Hit] = (), selection: Selection | None = None
) -> Answer:
    """The Answer that says why there is none, with the evidence that came nearest."""
    nearest = selection.nearest if selection else ()
    return Answer(
        question=query.question,
        standalone_question=query.standalone,
        text=sentence,
        abstained=True,
        reason=reason,
        nearest=tuple(cite(number, one.candidate) for number, one in enumerate(nearest, start=1)),
        score=round(selection.score, 4) if selection else None,
        hits=tuple(hits),
    )


NOTHING_FITS = "The articles in the library do not answer this."
NOT_TOLD = "In so many words, no sentence that was found {}."
NAME_A_TOPIC = "Name a topic, a person or a place: on everything at once the articles give no answer."
NO_REASON = "No sentence that was found gives a reason for this."
SAID = 0.6  # coverage of the nearest evidence from which it tells what the question asks the reason of
NEVER_NAMED = "No article that was found names {}."
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday week weekend month year"
_PRESUPPOSES = re.compile(r"(?:why|when|where|how|on what|in what|at what|by what)\b(?! many| much| old)", re.I)


def why_not(query: Query, selection: Selection) -> tuple[str, str]:
    """Why nothing answers: a word for programs (`not_named`, `false_premise`, `no_evidence`) and a sentence for people.

    A question of why or when takes for granted that it happened. Where the nearest evidence names all that it names
    and has no word of what is asked about them, or tells nothing of what is asked whether it is so, that is named;
    else it is only said that nothing answers.
    """
    if topics.lacks_a_name(query):
        return "no_evidence", NAME_A_TOPIC
    near = selection.nearest[:1]
    if near and query.names:
        around = near[0].candidate.around | near[0].candidate.stems
        outlets = frozenset(text.stems(" ".join(one.candidate.byline.outlet or "" for one in selection.nearest)))
        missing = [name for name in query.names if not any(has(term, around) for term in name)]
        missing = [name for name in missing if not outlets.issuperset(name)]
        if missing and all(
            all(not has(term, one.candidate.around) for term in missing[0]) for one in selection.nearest
        ):
            return "not_named", NEVER_NAMED.format(_as_asked(query, missing[0]))
        if not missing and query.expects == "reason" and near[0].kind == 0.0 and near[0].coverage >= SAID:
            return "no_evidence", NO_REASON
        granted = not missing and _PRESUPPOSES.match(query.sought) and not _touched(query, selection)
        if granted and (told := premises.premise(query)):
            return "false_premise", NOT_TOLD.format(told)
        if not missing and (told := _asked_whether(query, selection)):
            return "no_evidence", NOT_TOLD.format(told)
    return "no_evidence", NOTHING_FITS


def _asked_whether(query: Query, selection: Selection) -> str | None:
    """What it is asked whether it is so, where none of the nearest evidence tells it or its contrary."""
    asked = frames.frame(query)
    if asked is None or asked.hole != "whether" or fit.fitting(query, selection.nearest):
        return None
    return premises.premise(query)


def _touched(query: Query, selection: Selection) -> bool:
    """Whether the nearest evidence has a word of what is asked about the names, days aside, if anything is."""
    days = frozenset(text.stems(_DAYS))
    asked = [unit for unit in units(query)[len(query.names) :] if days.isdisjoint(unit)]
    return not asked or any(likeness(term, one.candidate.stems) for (term,) in asked for one in selection.nearest)


def _as_asked(query: Query, name: tuple[str, ...]) -> str:
    """A name, given in stems, as the question writes it."""
    for span in text.names(query.sought):
        if tuple(text.stems(query.sought[span.start : span.end])) == name:
            return query.sought[span.start : span.end]
    return " ".join(word.text for word in text.words(query.sought) if word.stem in name)


def cite(number: int, candidate: Candidate) -> Citation:
    """The citation of the words in which a sentence is quoted."""
    start, quote = quote_of(candidate)
    return citation(number, candidate.byline, start, quote)


def copies(cited: Sequence[Citation], groups: Iterable[Sequence[Byline]]) -> tuple[Copies, ...]:
    """What is said of groups of copies, those first that are cited first.

    The origin is the one that is stated of any of them, unless several are.
    """
    made: list[Copies] = []
    for group in groups:
        ids = tuple(one.article_id for one in group)
        origins = {one.origin for one in group if one.origin}
        made.append(
            Copies(
                origin=origins.pop() if len(origins) == 1 else None,
                outlets=tuple(dict.fromkeys(one.outlet for one in group if one.outlet)),
                article_ids=ids,
                citations=tuple(one.number for one in cited if one.article_id in ids),
            )
        )
    return tuple(sorted(made, key=lambda one: one.citations))


def citation(number: int, byline: Byline, start: int, quote: str) -> Citation:
    """The citation of a quote that begins at `start` in the article of a byline."""
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
        speaker=speaker(quote),
        event_date=event_day(quote, byline.published_at),
    )
