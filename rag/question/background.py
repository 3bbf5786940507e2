"""What a question inherits from the conversation for a search: earlier questions and the last answer, with weights.

A follow-up leaves out what the talk is about, so the words of earlier questions count, the first question's and the
last one's most, and those of the last answer a little, as in QuReTeC (Voskarides et al., 2020), but without training.
A question that says enough itself inherits little: else a change of topic would find the old one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.question.followup import plain
from rag.question.wording import terms
from rag.types import Turn

PREVIOUS = 0.5  # weight of the words of the question before this one,
FIRST = 0.5  # of the one that the talk began with,
EARLIER = 0.3  # of the others,
ANSWER = 0.15  # and of the last answer
REFERRING = 3.0  # terms of its own up to which a question that refers to something inherits all of that
QUESTION_CHARACTERS = 600  # that are read of each question,
ANSWER_CHARACTERS = 1_200  # and of the answer
QUESTIONS = 6  # that are read beside the first

_REFERS = re.compile(
    r"\b(?:its?|they|them|theirs?|he|him|his|she|hers?|there|this|that|these|those|ones?|others?|another|else|same|such"
    r"|also|too|instead|more|both|either)\b",
    re.I,
)


def background(question: str, history: Sequence[Turn]) -> tuple[tuple[str, float], ...]:
    """Texts of the conversation with the weight of their words in a search, the last question first."""
    questions = [" ".join(turn.content.split())[:QUESTION_CHARACTERS] for turn in history if turn.role == "user"]
    answers = [turn.content for turn in history if turn.role == "assistant"]
    if not questions:
        return ()
    enough = 1.0 if not _REFERS.search(question) else REFERRING
    share = min(1.0, enough / max(1, len(terms(question))))
    weighed = [(questions[-1], PREVIOUS)]
    if len(questions) > 1:
        weighed.append((questions[0], FIRST))
        weighed += [(said, EARLIER) for said in questions[-2 : max(0, len(questions) - 1 - QUESTIONS) : -1]]
    if answers:
        weighed.append((plain(answers[-1])[:ANSWER_CHARACTERS], ANSWER))
    return tuple((said, round(share * weight, 4)) for said, weight in weighed)
