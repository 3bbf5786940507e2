"""No regular expression takes more than linear time: by its tree, and, in the long form, by the clock."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from regexes import ALPHABET, Expression, amiss, attacks, expressions

# Modules that see text before it is cleaned; in what `cleaning.clean` has passed, ten blanks in a row are one.
RAW = (
    *("access", "api", "articles", "byline", "citations", "doctor", "feeds", "fetch", "logs", "models", "sources"),
    "ui",
)
BLANKS = "".join(character for character in ALPHABET if character.isspace())

# What the tree alone does not tell, and why it is linear all the same.
KNOWN = {
    "rag.articles.blocks._NAME_PART": "each of its forms takes the run that it begins with",
    "rag.articles.furniture._LINE": "a line of at most 300 characters",
    "rag.byline.agencies._JOINED": "a name of at most 300 characters",
    "rag.byline.agencies._LAST_LINE": "a line of at most 300 characters, cleaned",
    "rag.byline.authors._AND_AGENCIES": "a name of at most 300 characters",
    "rag.byline.authors._PLACE": "a name of at most 300 characters",
    "rag.byline.authors._SEPARATOR": "a name of at most 300 characters",
    "rag.byline.authors._TAIL": "a name of at most 300 characters",
    "rag.byline.authors._WITH": "a name of at most 300 characters",
    "rag.byline.boxes._SENTENCE": "a line of at most 300 characters",
    "rag.byline.metadata._COLON": "a title of at most 300 characters",
    "rag.byline.metadata._SEPARATOR": "a title of at most 300 characters",
    "rag.doctor.configured._CREDENTIALS": "a setting of this installation",
    "rag.sources.hints._BETWEEN": "a feed's title of at most 500 characters",
    "rag.text._WORD": "each of its forms takes the run that it begins with",
    "rag.ui.cards": "an excerpt that was cut to length",
    "rag.whereabouts._IN": "a sentence of a passage, or a question of at most 2,000 characters",
}

# What takes quadratic time by the clock, though its tree is well, and over what little.
SHORT = {
    "rag.attribution.verbs._BETWEEN": "80 characters before a verb",
    "rag.byline.dateline._INITIALS": "a dateline of at most 2,000 characters",
    "rag.demands._CAPITALS": "60 characters before a name",
    "rag.question.discourse._WANTED": "a question of at most 2,000 characters",
    "rag.stance.readings._DANGLING": "the few words behind a verb",
    "rag.ui.firstpage": "the page as it is before anybody asks: our own",
}


def is_raw(name: str) -> bool:
    """Whether an expression meets text before it is cleaned."""
    return name.split(".")[1].split()[0] in RAW


def found() -> dict[str, list[tuple[str, str]]]:
    """What is amiss by its name, of those where anything is."""
    every = {one.name: amiss(one, without="" if is_raw(one.name) else BLANKS) for one in expressions()}
    return {name: said for name, said in every.items() if said}


def test_no_expression_lets_two_repetitions_share_a_run():
    names = {re.sub(r" line \d+", "", name) for name in found()}
    assert names - KNOWN.keys() == set(), "write it so that it cannot go back, or bound it"
    assert KNOWN.keys() - names == set(), "it is well now: take it out"


@pytest.mark.parametrize(
    ("written", "is_searched", "is_well"),
    [
        (r"(a+)+b", False, False),
        (r"(?:a|ab)*c", False, True),
        (r"\s+$", True, False),
        (r"\s+$", False, True),
        (r"(?<!\s)\s+$", True, True),
        (r"a\w*b", True, False),
        (r"\b\w+\s", True, True),
        (r"\d+", True, True),
        (r"\d+(?:,\d+)*", True, True),
        (r"x*y*x*z", False, False),
        (r"x*+y*x*+z", False, True),
        (r"(?>x*)x*z", False, True),
        (r"\w+@\w+", False, True),
        (r"(?:\w+\s)*x", False, True),
        (r"(?:\w+\s?)*x", False, False),
        (r".*a.*b", False, False),
        (r"(?:b|.*)a.*b", False, False),
        (r"(?=.*a.*b)c", False, False),
        (r"^\s*x", True, True),
        (r"(?m)^\s*x", True, False),
        (r"a*a*", False, True),
        (r"a{0,80}a{0,80}b", True, True),
        (r"a{0,99999}a{0,99999}b", False, False),
        (r"(?i)a*A*b", False, False),
        (r"<[^<>]*>", True, True),
    ],
)
def test_the_tree_tells_what_takes_long(written: str, is_searched: bool, is_well: bool):
    one = Expression("x", re.compile(written), is_searched=is_searched, is_whole=False)
    assert (amiss(one) == []) is is_well


def test_expressions_are_found_wherever_they_stand():
    names = {one.name for one in expressions()}
    assert len(names) > 600 and {"rag.text._WORD", "rag.cleaning._UNSEEN", "rag.quality.PAYWALL"} <= names


_MANY_BLANKS = re.compile(r"(?<!\s)\s{10,}")


def seconds(one: Expression, attack: str, times: int) -> float:
    """Processor time of one search in a string that is attacked so many times over, the least of three."""
    whole = attack[:1] + attack[1:-1] * times + attack[-1:]
    if not is_raw(one.name):
        whole = _MANY_BLANKS.sub(" " * 10, whole)
    text = whole if isinstance(one.pattern.pattern, str) else whole.encode("utf-8")
    took = []
    for _ in range(3):
        began = time.process_time()
        (one.pattern.search if one.is_searched else one.pattern.match)(text)
        took.append(time.process_time() - began)
    return min(took)


def slow() -> Iterator[tuple[str, str]]:
    for one in expressions():
        for attack in attacks(one):
            if (took := seconds(one, attack, 4_000)) > 0.1 and took > 9 * seconds(one, attack, 1_000):
                yield one.name, attack


@pytest.mark.long
def test_no_expression_takes_long_over_what_is_made_to_keep_it():
    assert {re.sub(r" line \d+", "", name) for name, _ in slow()} - KNOWN.keys() - SHORT.keys() == set()
