"""What in an article is no report: orders to whoever processes it, echoes of the question, repeats."""

from __future__ import annotations

import re

from rag import text
from rag.suspicion.orders import Order, order
from rag.text import Span

_SOMETHING = re.compile(r"\S")
_TOKEN = re.compile(r"[^\W_]+")


def is_instruction(sentence: str) -> bool:
    """Whether a sentence tells its reader to make, alter or withhold a text, and so reports nothing."""
    return order(sentence) is not Order.NONE


def suspicious(passage: str) -> tuple[Span, ...]:
    """The sentences of a passage that are not to be quoted, in order: instructions, and what is planted with them.

    An instruction to whoever answers takes the rest of its line with it, and the next line where it ends in a colon.
    """
    spans: list[Span] = []
    planted_to = 0
    for span in text.sentences(passage):
        given = order(passage[span.start : span.end])
        if given is Order.ANSWERER:
            planted_to = max(planted_to, _end_of_block(passage, span))
        if given is not Order.NONE or span.start < planted_to:
            spans.append(span)
    return tuple(spans)


def _end_of_block(passage: str, span: Span) -> int:
    end = _end_of_line(passage, span.end)
    following = _SOMETHING.search(passage, end)
    opens = passage[span.start : end].rstrip().endswith(":") and following
    return _end_of_line(passage, following.start()) if opens and following else end


def _end_of_line(passage: str, position: int) -> int:
    end = passage.find("\n", position)
    return len(passage) if end < 0 else end


# --- echoes and repeats ----------------------------------------------------------------------------------------------

_QUESTION_WORDS = frozenset("who whom whose what which when where why how".split())
_ADVERBS = frozenset("when where why how whom".split())
_DO = frozenset("do does did don doesn didn dont doesnt didnt".split())
_AUXILIARIES = _DO | frozenset(
    """is are was were am has have had can could will would shall should may might must isnt arent wasnt werent hasnt
    havent hadnt cant couldnt wont wouldnt shouldnt""".split()
)
_INVERTING = frozenset("not only nor neither so never".split())
_META = frozenset("question answer answered reply".split())
_SHARE = 0.8  # of the question's words, in a row from its first, that repeat it
_FEWEST = 4  # words; fewer are said by chance


def echoes(question: str, sentence: str) -> bool:
    """Whether a sentence repeats a question nearly word for word, so that it matches and says nothing.

    That is told by the order of words that only a question has ("when did the minister resign"). Where a question has
    a statement's order ("who killed the mayor"), a question mark, a word for question or answer, or a second time has
    to be there as well. False for what is not worded as a question, whose repetition may well be its answer.
    """
    asked = _asking(question)
    wanted = asked[: max(_FEWEST, round(_SHARE * len(asked)))]
    if len(wanted) < _FEWEST:
        return False
    said = _tokens(sentence)
    places = [at for at, word in enumerate(said) if word == wanted[0] and said[at : at + len(wanted)] == wanted]
    if asked[0] in _AUXILIARIES:  # "Not only did the minister resign"
        return any(not at or said[at - 1] not in _INVERTING for at in places)
    if not places:
        return False
    inverted = (asked[0] in _ADVERBS and asked[1] in _AUXILIARIES) or not _DO.isdisjoint(asked[1:5])
    return inverted or len(places) > 1 or "?" in sentence or not _META.isdisjoint(said)


@text.remembered
def _asking(question: str) -> list[str]:
    """The words of a question from the first that asks: "According to the paper, who ..."."""
    asked = _tokens(question)
    begins = next((at for at, word in enumerate(asked) if word in _QUESTION_WORDS or word in _AUXILIARIES), len(asked))
    return asked[begins:]


def repeated(article: str) -> tuple[Span, ...]:
    """The sentences of a text, in order, that stand in it before with the same words; they count once."""
    met: set[tuple[str, ...]] = set()
    again: list[Span] = []
    for span in text.sentences(article):
        said = tuple(_tokens(article[span.start : span.end]))
        if said in met:
            again.append(span)
        met.add(said)
    return tuple(again)


@text.remembered
def _tokens(said: str) -> list[str]:
    return _TOKEN.findall(text.fold(said).replace("'", ""))
