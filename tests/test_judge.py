"""What `judge` makes of statements that say what is cited, more than it, and something else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_hits import HOSTILE
from verify_pairs import (
    LIES,
    LIES_IN_NEWS,
    LIES_OF_STORIES,
    LOOSE,
    TRUE,
    TRUE_IN_NEWS,
    TRUE_OF_STORIES,
    Pair,
)

from rag.types import Byline
from rag.verify import MAX_CITED, MAX_STATEMENT, Verdict, judge, unquoted
from rag.verify.quotations import quotations


def judged(pair: Pair) -> Verdict:
    statement, cited, published = pair
    return judge(statement, [cited], bylines=[Byline(article_id="a", revision="r", published_at=published)])


def shown(pairs: list[tuple[Pair, Verdict]]) -> str:
    return "\n".join(f"{found.support} ({found.reason}): {pair[0]} | {pair[1]}" for pair, found in pairs)


# --- how often it is wrong


def test_no_lie_is_supported():
    assert len(LIES) > 100
    verdicts = [(pair, judged(pair)) for pair in [*LIES, *LOOSE, *LIES_IN_NEWS]]
    wrong = [(pair, found) for pair, found in verdicts if found.support == "supported"]
    assert not wrong, shown(wrong)


def test_lies_are_mostly_unsupported_and_not_merely_partial():
    verdicts = [(pair, judged(pair)) for pair in LIES]
    partial = [(pair, found) for pair, found in verdicts if found.support == "partial"]
    assert len(partial) <= 0.05 * len(LIES), shown(partial)


def test_what_goes_somewhat_too_far_is_partial():
    verdicts = [(pair, judged(pair)) for pair in LOOSE]
    harsh = [(pair, found) for pair, found in verdicts if found.support != "partial"]
    assert not harsh, shown(harsh)


def test_what_is_said_in_other_words_is_rarely_rejected():
    verdicts = [(pair, judged(pair)) for pair in TRUE]
    rejected = [(pair, found) for pair, found in verdicts if found.support == "unsupported"]
    doubted = [(pair, found) for pair, found in verdicts if found.support == "partial"]
    assert len(TRUE) > 150 and len(rejected) <= 0.02 * len(TRUE), shown(rejected)
    assert len(doubted) <= 0.05 * len(TRUE), shown(doubted)


def test_what_news_says_in_other_words_is_at_worst_partial():
    verdicts = [(pair, judged(pair)) for pair in TRUE_IN_NEWS]
    rejected = [(pair, found) for pair, found in verdicts if found.support == "unsupported"]
    doubted = [(pair, found) for pair, found in verdicts if found.support == "partial"]
    assert len(rejected) <= 0.05 * len(TRUE_IN_NEWS), shown(rejected)
    assert len(doubted) <= 0.4 * len(TRUE_IN_NEWS), shown(doubted)


def test_hardly_a_lie_of_a_story_is_supported_and_hardly_a_truth_unsupported():
    assert len(LIES_OF_STORIES) > 180 and len(TRUE_OF_STORIES) > 100
    passed = [(pair, found) for pair in LIES_OF_STORIES if (found := judged(pair)).support == "supported"]
    assert len(passed) <= 0.02 * len(LIES_OF_STORIES), shown(passed)
    unmarked = [(pair, found) for pair in LIES_OF_STORIES if not (found := judged(pair)).contradicted]
    assert len(unmarked) <= 0.02 * len(LIES_OF_STORIES), shown(unmarked)
    verdicts = [(pair, judged(pair)) for pair in TRUE_OF_STORIES]
    refused = [(pair, found) for pair, found in verdicts if found.support == "unsupported"]
    doubted = [(pair, found) for pair, found in verdicts if found.contradicted]
    assert len(refused) <= 0.02 * len(TRUE_OF_STORIES), shown(refused)
    assert len(doubted) <= 0.5 * len(TRUE_OF_STORIES), shown(doubted)


@pytest.mark.parametrize("pair", [*LIES[::3], *LOOSE[::3]], ids=lambda pair: pair[0])
def test_what_is_amiss_is_said_in_words(pair: Pair):
    reason = judged(pair).reason
    assert reason and "\n" not in reason and not reason.endswith(".") and len(reason) < 120


# --- reasons


@pytest.mark.parametrize(
    ("statement", "cited", "reason"),
    [
        ("Over 500 boats sank.", "Over 412 boats sank.", "the cited words do not have the number 500"),
        ("Fewer than 300 boats sank.", "Over 300 boats sank.", "the cited words bound 300 the other way"),
        (
            "The tax rose 5 percent.",
            "The tax rose 5 crowns.",
            "another unit (no such unit there)",
        ),
        ("40 civilians died.", "12 civilians died and 40 were hurt.", "in the cited words 40 counts something else"),
        ("Norland hit Sudria.", "Sudria hit Norland.", "the cited words have it the other way round (“hit”)"),
        ("A bomb went off in Lindal.", "A bomb went off in Osterby. Lindal slept in peace.", "speaks"),
        ("He will visit Lindal.", "He refused to visit Lindal.", "the cited words deny “visit”"),
        ("Holm left Lindal.", "Holm plans to leave Lindal.", "only meant, promised or asked for there"),
        ("Holm called it “loud”.", "Holm called it quiet.", "the cited words do not have the quotation “loud”"),
        ("Holm called it “a Quiet war”.", "Holm called it a quiet war.", "“a Quiet war” is not word for word"),
        ("The senator voted for the bill.", "The senator voted against the bill.", "have “against” for “for”"),
    ],
)
def test_the_reason_names_what_differs(statement: str, cited: str, reason: str):
    verdict = judge(statement, [cited])
    assert verdict.support != "supported"
    assert reason in verdict.reason or reason == "speaks"


def test_two_names_that_changed_places_are_seen_without_a_verb_between_them():
    cited = "A fragile truce between Norland and the rebels of Karlo took hold in Sudria, after months of war."
    swapped = "A fragile truce between Sudria and the rebels of Karlo took hold in Norland, after months of war."
    assert judge(cited, [cited]).support == "supported"
    assert judge(swapped, [cited]).support == "unsupported"
    listed = "Without help from Norland and Sudria the town may fall."
    assert judge("Without help from Sudria and Norland the town may fall.", [listed]).support == "supported"


BREAD = "The council of Lindal gave half of the bread to the camp, and Greta Holm counted 38 loaves and 11 rolls."


@pytest.mark.parametrize(
    ("statement", "cited", "support", "contradicted"),
    [
        # shares and sums
        ("The council gave a third of the bread to the camp.", BREAD, "unsupported", True),
        ("The council gave all of the bread to the camp.", BREAD, "unsupported", True),
        ("The council gave half of the bread to the camp.", BREAD, "supported", False),
        ("One in two boats was lost in the storm.", "Half of the boats were lost in the storm.", "supported", False),
        ("Greta Holm counted 49 loaves and rolls.", BREAD, "partial", False),
        # who, over two clauses, with another verb, or only as a source
        ("The army seized Lindal after rebels left.", "Rebels seized Lindal after the army left.", "unsupported", True),
        ("Rebels handed Lindal to the army.", "Rebels seized Lindal after the army left.", "partial", True),
        ("Lantern killed 12 men.", "In all 12 men were killed, according to Lantern.", "partial", True),
        ("The fighters of Lunde shot at Tarsa.", "The fighters of Tarsa shot at Lunde.", "unsupported", True),
        ("Ada Moll, mayor of Lunde, was ill.", "Ada Moll was ill. Tom Vag, mayor of Lunde, left.", "partial", True),
        ("Ivo said he would stay.", "Petra Lund met Ivo. She said she would stay.", "partial", True),
        # of another clause
        ("The guard left on Friday.", "The guard left on Monday. The thief fled on Friday.", "unsupported", True),
        ("Shares in Transol fell.", "Shares in Skyra fell after it left Transol.", "partial", True),
        # what was denied, and what is to come
        ("That Ada had burned homes was denied by Ivo.", "Ivo denied that Ada had burned homes.", "supported", False),
        ("Twelve boats will sink on Monday.", "Twelve boats sank on Monday.", "partial", True),
        ("The bridge was opened.", "Sudria insists that the bridge be opened.", "partial", True),
        ("The council signed a pact.", "The council met but signed nothing.", "unsupported", True),
        # further words
        ("The only boat sank.", "The boat sank.", "partial", True),
        ("The boat sank again.", "The boat sank.", "partial", True),
        ("More than 12 boats sank.", "In all 12 boats sank.", "partial", False),
    ],
)  # fmt: skip
def test_what_is_told_otherwise_is_told_from_what_is_only_looser(
    statement: str, cited: str, support: str, contradicted: bool
):
    verdict = judge(statement, [cited])
    assert (verdict.support, verdict.contradicted) == (support, contradicted), verdict.reason


# --- days of publication


def test_each_quote_is_dated_by_its_own_byline():
    sunday = Byline(article_id="a", revision="r", published_at="2024-12-01")
    later = Byline(article_id="b", revision="r", published_at="2024-12-11")
    quotes = ["Boats sank on Sunday.", "Homes burned."]
    statement = "Boats sank on 1 December 2024."
    assert judge(statement, quotes, bylines=[sunday, later]).support == "supported"
    assert judge(statement, quotes, bylines=[later, sunday]).support == "unsupported"
    assert judge(statement, quotes, bylines=[later]).support == "unsupported"


@pytest.mark.parametrize("published", [None, "", "yesterday", "2024", "2024-13-01"])
def test_without_a_day_of_publication_no_weekday_is_counted(published: str | None):
    assert judged(("Boats sank on 1 December 2024.", "Boats sank on Sunday.", published)).support == "unsupported"


@pytest.mark.parametrize(
    "cited", ["Boats sank one Sunday or another.", "He said boats will sail on Sunday.", "Boats on Sunday."]
)
def test_a_weekday_that_may_be_one_of_two_is_not_counted(cited: str):
    assert judged(("Boats sank on 24 November 2024.", cited, "2024-12-01")).support == "unsupported"
    assert judged(("Boats sank on 8 December 2024.", cited, "2024-12-01")).support == "unsupported"


def test_the_day_of_publication_may_be_named_as_such():
    pair = ("An article published on 4 December 2024 says that boats sank.", "Boats sank.", "2024-12-04")
    assert judged(pair).support != "unsupported"
    assert judged(("On 4 December 2024 boats sank.", "Boats sank.", "2024-12-04")).support == "unsupported"


# --- quotation marks


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Holm called it “a quiet war”.", "Holm called it “a quiet war”."),
        ("Holm called it “a loud war”.", "Holm called it a loud war."),
        ("Holm called it “a quiet war,” and left.", "Holm called it “a quiet war”, and left."),
        ("“A quiet war”, she said, ‘was over’.", "A quiet war, she said, was over."),
        ("The “quiet” boats' owners' «war».", "The “quiet” boats' owners' «war»."),
        ('A "quiet war', "A quiet war"),
        ("It is 'a quiet war', isn't it?", "It is 'a quiet war', isn't it?"),
        ("“quie”", "quie"),
        ("“”", ""),
    ],
)
def test_marks_stay_around_what_is_verbatim_alone(statement: str, expected: str):
    assert unquoted(statement, "She said it is a quiet war that nobody wins.") == expected


@given(st.text(alphabet="ab ,.“”\"'‘’«»„", max_size=40), st.text(alphabet="ab ,.", max_size=20))
def test_whatever_stays_in_marks_is_an_exact_stretch_of_the_cited_words(statement: str, cited: str):
    made = unquoted(statement, cited)
    assert all(made[each.first : each.last] in cited for each in quotations(made))
    assert unquoted(made, cited) == made


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_but_marks_is_taken(statement: str, cited: str):
    letters = [character for character in statement if character.isalnum()]
    assert [character for character in unquoted(statement, cited) if character.isalnum()] == letters


# --- any text

HARD = [*HOSTILE, "over 1 over 2 over 37 " * 5_000, "a, b took, " * 9_000, "“x " * 30_000, "'a " * 30_000]
HARD += ["1 of 2 " * 5_000, "all of the " * 4_000, "the mayor Ada Moll, the head of Lunde, " * 900]
HARD += ["will not and " * 8_000, "In Hama Karim said " * 5_000, "denied that " * 9_000, "from 1 to 2 by " * 7_000]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("words", HARD, ids=lambda words: repr(words[:6]))
def test_words_as_long_as_are_read_take_no_long_time(words: str):
    verdict = judge(words[:MAX_STATEMENT], [words[:MAX_CITED]])
    assert (verdict.support == "supported") == (not verdict.reason)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("words", HARD, ids=lambda words: repr(words[:6]))
def test_words_past_that_are_not_read(words: str):
    assert judge(words, ["Boats sank."]).reason == "too long to be held against the cited words"
    assert judge("Boats sank.", [words]).support == "unsupported"
    unquoted(words, "Boats sank.")
