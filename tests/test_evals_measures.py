"""Claims about what numbers are made of: measures and their intervals, stated facts, quotations."""

from __future__ import annotations

from random import Random

import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from evals.bleu import corpus_bleu, sentence_counts
from evals.facts import fold, states, states_any
from evals.quotations import quotations, verbatim
from evals.statistics import estimate, estimates, measured, paired_difference
from evals.types import Measure, Score

SHARE = Measure(name="facts", label="facts", score="facts", how="share", unit="%", better="higher", by_kind=True)
MEAN = Measure(name="facts_mean", label="mean", score="facts", how="mean", unit="%", better="higher")
MEDIAN = Measure(name="p50", label="p50", score="latency", how="p50", unit="ms", better="lower")
BALANCED = Measure(name="balanced", label="balanced", score="right", how="balanced", unit="%", better="higher")
AUROC = Measure(name="auroc", label="AUROC", score="sure", how="auroc", unit="", better="higher")
BLEU = Measure(name="bleu", label="BLEU", score="bleu", how="bleu", unit="", better="higher")
P95 = Measure(name="p95", label="p95", score="latency", how="p95", unit="ms", better="lower")

# --- statistics


def test_constant_scores_have_an_interval_of_no_width() -> None:
    found = estimate(MEAN, [Score(got=0.5)] * 7)
    assert (found.n, found.value, found.low, found.high) == (7, 0.5, 0.5, 0.5)


def test_a_share_is_over_things_and_a_mean_over_questions() -> None:
    scores = [Score(got=1, of=1), Score(got=0, of=3)]
    assert estimate(SHARE, scores).value == pytest.approx(0.25)
    assert estimate(SHARE, scores).of == 4
    assert estimate(MEAN, scores).value == pytest.approx(0.5)


def test_the_interval_of_ones_and_noughts_is_near_the_binomial_one() -> None:
    # 80 of 100: the normal approximation gives 0.8 +- 1.96 * 0.04.
    found = estimate(MEAN, [Score(got=float(index < 80)) for index in range(100)])
    assert found.low == pytest.approx(0.7216, abs=0.015)
    assert found.high == pytest.approx(0.8784, abs=0.015)


def test_two_samples_are_drawn_as_both_or_either() -> None:
    # Draws of two from {0, 1}: means 0, 0.5, 1 with chances 1/4, 1/2, 1/4, so 2.5 % and 97.5 % are the ends.
    found = estimate(MEAN, [Score(got=0.0), Score(got=1.0)])
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


def test_the_same_scores_give_the_same_interval() -> None:
    scores = [Score(got=float(index % 3), of=3) for index in range(20)]
    assert estimate(SHARE, scores) == estimate(SHARE, scores)


def test_one_sample_has_no_interval_and_none_has_no_value() -> None:
    one, none = estimate(MEAN, [Score(got=1.0)]), estimate(MEAN, [])
    assert (one.value, one.low, one.high) == (1.0, None, None)
    assert (none.n, none.value, none.low) == (0, None, None)


def test_quantiles_are_of_each_samples_value() -> None:
    scores = [Score(got=float(value)) for value in range(1, 102)]
    assert estimate(MEDIAN, scores).value == pytest.approx(51.0)
    assert estimate(P95, scores).value == pytest.approx(96.0)


def test_a_score_out_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        Score(got=0.0, of=0.0)


def test_kinds_are_estimated_apart_and_only_where_they_have_the_score() -> None:
    found = estimates(
        SHARE,
        [
            ("fact", {"facts": Score(got=1)}),
            ("multi", {"facts": Score(got=1, of=2)}),
            ("none", {"words": Score(got=9)}),
        ],
    )
    assert [(one.kind, one.n, one.value) for one in found] == [
        (None, 2, pytest.approx(2 / 3)),
        ("fact", 1, 1.0),
        ("multi", 1, 0.5),
    ]


def test_a_constant_gain_is_a_difference_without_width() -> None:
    before = [Score(got=value) for value in (0.1, 0.4, 0.7)]
    after = [Score(got=value) for value in (0.3, 0.6, 0.9)]
    found = paired_difference(MEAN, before, after)
    assert (found.value, found.low, found.high) == (pytest.approx(0.2), pytest.approx(0.2), pytest.approx(0.2))


def test_pairing_takes_the_spread_between_questions_out() -> None:
    before = [Score(got=float(index % 2)) for index in range(40)]
    after = [Score(got=min(1.0, score.got + (index == 0))) for index, score in enumerate(before)]
    found = paired_difference(MEAN, before, after)
    assert found.value == pytest.approx(1 / 40)
    assert found.low == 0.0
    assert found.high is not None and found.high < 0.11


def test_a_paired_difference_of_shares_is_worked_by_hand() -> None:
    before = [Score(got=1, of=2), Score(got=0, of=2)]
    after = [Score(got=2, of=2), Score(got=1, of=2)]
    assert paired_difference(SHARE, before, after).value == pytest.approx(0.5)


def test_pairs_of_unequal_number_are_refused() -> None:
    with pytest.raises(ValueError, match="in pairs"):
        paired_difference(MEAN, [Score(got=1)], [])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(5, 9)), min_size=2, max_size=12))
def test_an_interval_lies_within_the_scores(pairs: list[tuple[int, int]]) -> None:
    found = estimate(SHARE, [Score(got=got, of=of) for got, of in pairs])
    shares = [got / of for got, of in pairs]
    assert found.low is not None and found.high is not None
    assert min(shares) - 1e-9 <= found.low <= found.high <= max(shares) + 1e-9


# --- two classes


def of_class(positive: bool, *got: float) -> list[Score]:
    return [Score(got=one, positive=positive) for one in got]


def test_balanced_is_the_mean_of_the_classes_however_many_samples_each_has() -> None:
    # 3 of 4 answerable questions answered, 1 of 2 others refused: (3/4 + 1/2) / 2.
    scores = of_class(True, 1, 1, 1, 0) + of_class(False, 1, 0)
    assert measured(BALANCED, scores) == pytest.approx(0.625)


def test_auroc_counts_pairs_and_equals_half() -> None:
    # Of six pairs 0.9 wins three; 0.4 wins one (0.1), ties one (0.4), loses one (0.7): 4.5 / 6.
    scores = of_class(True, 0.9, 0.4) + of_class(False, 0.1, 0.4, 0.7)
    assert measured(AUROC, scores) == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [((2, 3), (0, 1), 1.0), ((0, 1), (2, 3), 0.0), ((5, 5), (5, 5, 5), 0.5)],
)
def test_auroc_of_scores_that_part_the_classes_or_say_nothing(
    positive: tuple[float, ...], negative: tuple[float, ...], expected: float
) -> None:
    found = estimate(AUROC, of_class(True, *positive) + of_class(False, *negative))
    # A draw of one class alone has no value and is left out; every other draw has this one.
    assert (found.value, found.low, found.high) == (expected, expected, expected)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=14))
def test_auroc_is_that_of_all_pairs_counted(samples: list[tuple[int, bool]]) -> None:
    pairs = [(high, low) for high, yes in samples if yes for low, no in samples if not no]
    found = measured(AUROC, [Score(got=got, positive=positive) for got, positive in samples])
    if not pairs:
        assert found is None
    else:
        assert found == pytest.approx(sum((high > low) + (high == low) / 2 for high, low in pairs) / len(pairs))


@pytest.mark.parametrize("measure", [BALANCED, AUROC])
def test_one_class_alone_has_no_value_and_no_interval(measure: Measure) -> None:
    found = estimate(measure, of_class(True, 1, 0, 1))
    assert (found.n, found.value, found.low, found.high) == (3, None, None, None)
    assert paired_difference(measure, of_class(True, 1, 0), of_class(True, 0, 0)).value is None


def test_a_measure_of_two_classes_needs_the_class() -> None:
    with pytest.raises(ValueError, match="needs the class"):
        measured(AUROC, [Score(got=1.0)])


def test_a_paired_difference_of_auroc_is_worked_by_hand() -> None:
    before = of_class(True, 0.9, 0.4) + of_class(False, 0.1, 0.4, 0.7)
    after = of_class(True, 0.9, 0.8) + of_class(False, 0.1, 0.4, 0.7)
    found = paired_difference(AUROC, before, after)
    assert found.value == pytest.approx(0.25)
    assert found.low is not None and found.low >= 0.0


def test_what_is_no_number_is_no_score() -> None:
    with pytest.raises(ValueError, match="is a number"):
        Score(got=float("nan"))


# --- BLEU


TEXTS = [
    ("when did the bridge reopen to lorries", "When did the Oskar Bridge reopen to lorries?"),
    ("How much did the ferry cost in May, then?", "How much did the ferry to Lorn cost in May?"),
    ("Who said so?", "Who said that the dam would hold?"),
    ("", "And after that?"),
    ("What did the port authority say about the repairs?", "What did the port authority say about the repairs?"),
]


def bleu_scores(pairs: list[tuple[str, str]]) -> list[Score]:
    return [Score(got=0.0, counts=sentence_counts(*pair)) for pair in pairs]


@pytest.mark.parametrize("pairs", [TEXTS, TEXTS[:1], TEXTS[2:4], TEXTS[3:4], TEXTS[4:]])
def test_bleu_of_summed_counts_is_that_of_the_whole_texts(pairs: list[tuple[str, str]]) -> None:
    hypotheses, references = zip(*pairs, strict=True)
    expected = sacrebleu.corpus_bleu(list(hypotheses), [list(references)]).score / 100
    assert measured(BLEU, bleu_scores(pairs)) == pytest.approx(expected, abs=1e-12)


def test_bleu_is_worked_by_hand() -> None:
    # Four of five words and two of four pairs ("the dam", "at Lorn").
    counts = sentence_counts("the dam broke at Lorn", "the dam held at Lorn")
    assert counts == (4, 2, 0, 0, 5, 4, 3, 2, 5, 5)
    # No triple, no four: "exp" smoothing takes 1 / (2 * 3) and 1 / (4 * 2) for nought.
    assert corpus_bleu(counts) == pytest.approx((4 / 5 * 2 / 4 * 1 / 6 * 1 / 8) ** 0.25)


def test_the_interval_of_bleu_holds_it_and_the_paired_difference_takes_out_the_texts() -> None:
    dice = Random(7)
    pairs = [dice.choice(TEXTS) for _ in range(60)]
    scores = bleu_scores(pairs)
    found = estimate(BLEU, scores)
    assert found.low is not None and found.high is not None and found.value is not None
    assert found.low < found.value < found.high
    assert paired_difference(BLEU, scores, scores).high == 0.0


def test_bleu_of_other_than_ten_counts_is_refused() -> None:
    with pytest.raises(ValueError, match="10 counts"):
        measured(BLEU, [Score(got=1.0)])


# --- facts


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("at least 12 people", "12"),
        ("the 12.", "12"),
        ("12, or so", "12"),
        ("on December 6th", "December 6"),
        ("Twelve were hurt", "twelve"),
        ("2,016 tonnes", "2016"),
        ("2016 tonnes", "2,016"),
        ("between 300\u2013412 dead", "412"),
        ("two helicopters", "helicopter"),
        ("Maaret al-Nu\u2019man fell", "Maaret Al-Nu'man"),
        ("Maaret Al-Nu'man fell", "Maaret Al-Nu\u2019man"),
        ("Maaret al-Nuʿman fell", "Maaret Al-Nu'man"),
        ("a “foreign backed” plot", '"foreign backed"'),
        ("a foreign—backed plot", "foreign-backed"),
        ("the White\n  Helmets", "white helmets"),
        ("the White\u00a0Helmets", "White Helmets"),
        ("twenty-one", "twenty-one"),
        ("STRASSE", "straße"),
        ("412; 12", "12"),
    ],
)
def test_a_fact_is_stated_in_any_case_and_glyphs(text: str, spelling: str) -> None:
    assert states(text, spelling)


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("412 people", "12"),
        ("120 people", "12"),
        ("1,012 people", "12"),
        ("12,000 people", "12"),
        ("12.5 percent", "12"),
        ("3.12 percent", "12"),
        ("at 12:30", "12"),
        ("12m people", "12"),
        ("12 thousand people", "12"),
        ("B12 vitamins", "12"),
        ("two hundred and twelve", "twelve"),
        ("twelve hundred", "twelve"),
        ("seventy", "seven"),
        ("twenty-one", "one"),
        ("twenty-one", "twenty"),
        ("three hundred and five", "three hundred"),
        ("everyone", "one"),
        ("an unprepared army", "prepared"),
        ("anything", ""),
        ("", "12"),
    ],
)
def test_a_fact_is_not_stated_by_the_letters_of_something_else(text: str, spelling: str) -> None:
    assert not states(text, spelling)


def test_one_spelling_of_a_fact_is_enough() -> None:
    assert states_any("the advisors came", ["advisers", "advisors"])
    assert not states_any("nobody came", ["advisers", "advisors"])


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_number_is_stated_by_itself_alone(said: int, wanted: int) -> None:
    assert states(f"They counted {said} of them.", str(wanted)) == (said == wanted)


# --- quotations


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("“The river rose.” — North Post", ["The river rose."]),
        ("““We were warned,” said Kern.” — North Post", ["“We were warned,” said Kern."]),
        ('“He said "no" twice.” — outlet unknown', ['He said "no" twice.']),
        ("“She said: “We go on.” — North Post", ["She said: “We go on."]),
        ('Kern said "we were warned" and "go".', ["we were warned", "go"]),
        ("No quotation, one mark “ only", []),
        ('An empty one "" here', []),
        ("", []),
    ],
)
def test_the_outermost_quotations_are_found(text: str, found: list[str]) -> None:
    assert quotations(text) == found


def test_a_quotation_is_verbatim_up_to_glyphs_and_outer_punctuation() -> None:
    source = "The dam at Lorn held, he said;\nnobody “knew why”."
    assert verbatim("The dam at Lorn held.", [source])
    assert verbatim('nobody "knew why"', [source])
    assert verbatim("he said; nobody", ["other", source])
    assert verbatim("The dam … nobody", [source])
    assert not verbatim("The dam at Lorn broke", [source])
    assert not verbatim("the dam at lorn held", [source])
    assert not verbatim("The dam at Lorn held", [])
