"""Quotations of a model get the very letters that an article has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE

from rag.verbatim import LONGEST, located, requoted

ARTICLE = "Greta Holm said: “We can’t wait –\nnot for a day.” Nobody answered her."


@pytest.mark.parametrize(
    ("words", "there"),
    [
        ("Greta Holm said", "Greta Holm said"),
        ("greta  holm\nSAID", "Greta Holm said"),
        ("We can't wait - not for a day.", "We can’t wait –\nnot for a day."),
        ('said: "We can`t wait', "said: “We can’t wait"),
    ],
)
def test_words_are_found_but_for_case_space_and_the_shape_of_signs(words: str, there: str):
    span = located(words, ARTICLE)
    assert span is not None and ARTICLE[span.start : span.end] == there


@pytest.mark.parametrize("words", ["", " ", "“”", "Greta said", "We cannot wait", "a" * (LONGEST + 1)])
def test_other_words_are_not_found(words: str):
    assert located(words, ARTICLE + "a" * 2 * LONGEST) is None


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ('She said "we can\'t wait" [sic].', "She said “We can’t wait” [sic]."),
        ("“We can’t wait,” she said.", "“We can’t wait”, she said."),
        ("„Nobody answered her.“ So it ends.", "“Nobody answered her.” So it ends."),
        ("She said ‘not for a day’ to the officers’ mess.", "She said “not for a day” to the officers’ mess."),
        ("“We will wait,” she said.", "“We will wait,” she said."),
        ("The rebels' advance and the officers' mess.", "The rebels' advance and the officers' mess."),
    ],
)
def test_a_quotation_gets_the_letters_of_the_cited_words_and_any_other_stays(written: str, exact: str):
    assert requoted(written, [ARTICLE]) == exact


@given(st.text(alphabet=st.sampled_from("ab '\"“”‘’„«»\n,.")), st.text(alphabet=st.sampled_from("ab '\"“”‘’„«»\n,.")))
def test_what_is_found_is_the_same_but_for_signs(words: str, within: str):
    span = located(words, within)
    if span is not None:
        found = within[span.start : span.end]
        assert [c for c in found if c.isalnum()] == [c for c in words if c.isalnum()]
    assert [c for c in requoted(words, [within]) if c.isalnum()] == [c for c in words if c.isalnum()]


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "words", [*HOSTILE, "' " * 50_000, "'a" * 50_000, "“" * 100_000, "«a" * 50_000, " \n" * 50_000]
)
def test_hostile_words_take_no_longer_than_others(words: str):
    requoted(words, [ARTICLE])
    assert located("a b ' c", words) is None
