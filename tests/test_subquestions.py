"""Which outlets a question names, which part of it is asked of each, and the clauses it is searched by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.subquestions import MOST, SubQuestion, asked_of, subquestions

OUTLETS = ["The Post", "The Mail", "The Wire", "Quay Gazette"]


def named(question: str, *outlets: str) -> list[str]:
    """The outlets that a question is asked of, in the order of its sub-questions."""
    found = [outlet for sub in subquestions(question, outlets) for outlet in sub.outlets]
    return list(dict.fromkeys(found))


def asked(question: str, *, outlets: list[str] = OUTLETS) -> list[tuple[str, str]]:
    """What is asked of which outlets; the whole question, which is always last, is left out."""
    *found, last = subquestions(question, outlets)
    assert last.text == question.strip(" ,;") and last.outlets == ()
    return [(" + ".join(sub.outlets), sub.text) for sub in found]


# --- what is asked of whom -------------------------------------------------------------------------------------------


def test_what_is_asked_of_each_outlet_is_a_question_of_its_own():
    question = "Did the Post report that the dam held, while the Mail spoke of a flood in Osterby?"
    first, second = asked_of(question, OUTLETS)
    assert (first.outlets, second.outlets) == (("The Post",), ("The Mail",))
    assert "dam held" in first.text and "dam held" not in second.text
    assert "flood in Osterby" in second.text and "flood in Osterby" not in first.text


def test_outlets_in_a_list_are_asked_the_same():
    found = asked_of("What do the Post and the Mail say of the dam?", OUTLETS)
    assert [sub.outlets for sub in found] == [("The Post",), ("The Mail",)]
    assert len({sub.text for sub in found}) == 1


def test_a_question_to_nobody_is_asked_of_nobody():
    assert asked_of("Did the dam hold, and who paid for it?", OUTLETS) == []
    assert asked_of("What does the Post say of the dam?", []) == []


def test_what_is_asked_of_whom_is_what_is_searched_first():
    question = "Did the Post report that the dam held, while the Mail spoke of a flood in Osterby?"
    asked_first = asked_of(question, OUTLETS)
    assert subquestions(question, OUTLETS)[: len(asked_first)] == asked_first
    assert len(asked_of(" and ".join(f"the Post said {n}" for n in range(50)), OUTLETS)) < MOST


# --- outlets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "outlet"),
    [
        ("What did The Post say of the dam?", "The Post"),
        ("What did the Post say of the dam?", "The Post"),
        ("What did Post say of the dam?", "The Post"),
        ("What did the Post say of the dam?", "Post"),
        ("What did THE POST say of the dam?", "The Post"),
        ("Was the dam safe, said Post?", "The Post"),
        ("What did the Quay Gazette say?", "Quay Gazette"),
        ("What did the Quay gazette say?", "Quay Gazette"),
        ("what did the quay gazette say?", "Quay Gazette"),
        ("What did the Harbour Times say?", "The Harbour Times - Sport"),
        ("What did the Harbour Times - Sport say?", "The Harbour Times - Sport"),
        ("What did the Harbour Times – Sport say?", "The Harbour Times - Sport"),
        ("What did the Harbour Times say?", "Harbour Times — Sport"),
        ("What did the Harbour Times say?", "Harbour Times | News of Osterby"),
        ("What did the Harbour Times say?", "Harbour Times: World"),
        ("What did Osterby say?", "osterby.com"),
        ("What did Osterby.com say?", "Osterby.com"),
        ("What did osterby.com say?", "osterby.com"),
        ("What did Osterby Today say?", "Osterby Today.co.uk"),
        ("What is the Post's view?", "The Post"),
        ("What is the Post’s view?", "The Post"),
        ("WHAT IS THE POST'S VIEW?", "The Post"),
        ("What did Kessler's say?", "Kessler's"),
        ("What is Kessler’s view?", "Kessler's"),
        ("What did 'The Post' say?", "The Post"),
        ("What did “Post” say?", "The Post"),
        ("What did the café noir's rival, Cafe Noir, say?", "Café Noir"),
        ("What did Café Noir say?", "Cafe Noir"),
        ("What did Cafe\u0301 Noir say?", "Café Noir"),
        ("What did Hello say?", "Hello!"),
        ("What did Hello! say?", "Hello!"),
        ("What did A++ (Weekly) say?", "A++ (Weekly)"),
        ("What did iWire say?", "iWire"),
        ("What did 9Wire say?", "9Wire"),
        ("What did Wire U.K. say?", "Wire U.K."),
        ("Что сказали Вести?", "Вести"),
    ],
)
def test_an_outlet_is_found_however_its_name_is_written(question: str, outlet: str):
    assert named(question, "Nobody's Own", outlet) == [outlet]


@pytest.mark.parametrize(
    ("question", "outlet"),
    [
        ("Who robbed the post office?", "The Post"),
        ("The post office was robbed, by whom?", "The Post"),
        ("Who made a fortune?", "Fortune"),
        ("Who made a fortune. And how?", "Fortune"),
        ("What did the Poster say?", "The Post"),
        ("Post-war Osterby: who rebuilt it?", "The Post"),
        ("What did the Posts say?", "The Post"),
        ("The dam: who owns it?", "The"),
        ("What is it?", "What"),
        ("What did Ox say?", "Ox"),
        ("What is said?", ""),
        ("What is said?", "!?"),
        ("What did the Aether say?", "[A-Z].*"),
    ],
)
def test_other_words_are_no_outlet(question: str, outlet: str):
    assert named(question, outlet) == []


@pytest.mark.parametrize("outlet", ["A.C+", "(Post", "Post)", "Po[st", "Post|Mail", "Post\\", "^Post$", "Post*"])
def test_an_outlet_of_marks_that_patterns_use_is_a_name_like_any_other(outlet: str):
    assert named(f"What did {outlet} say of the flood?", outlet) == [outlet]
    assert named("What did the river say?", outlet) == []


def test_of_two_names_the_longer_counts():
    assert named("What did the Post Gazette say?", "The Post", "Post Gazette") == ["Post Gazette"]
    assert named("What did the Post say?", "The Post", "Post Gazette") == ["The Post"]


def test_outlets_of_one_short_name_are_asked_together():
    both = ("Harbour Times - Sport", "Harbour Times - World")
    first, last = subquestions("What did the Harbour Times say?", [*both, "The Post"])
    assert (first.outlets, last.outlets) == (both, ())
    assert named("What did Harbour Times - World say?", *both) == ["Harbour Times - World"]


# --- what is asked of each -------------------------------------------------------------------------------------------

FLOOD = "report that the river rose"
MILL = "say that the mill burned"


@pytest.mark.parametrize(
    ("question", "post", "mail"),
    [
        (
            f"Did the Post {FLOOD} on Monday, and with it the canal, while the Mail {MILL}?",
            f"Did the Post {FLOOD} on Monday, and with it the canal",
            f"while the Mail {MILL}?",
        ),
        (f"Did the Post {FLOOD} whereas The Mail {MILL}?", f"Did the Post {FLOOD}", f"whereas The Mail {MILL}?"),
        (f"Did the Post {FLOOD}; did the Mail {MILL}?", f"Did the Post {FLOOD}", f"did the Mail {MILL}?"),
        (
            f"Did the Post, a daily, {FLOOD}, and did the Mail {MILL}?",
            f"Did the Post, a daily, {FLOOD}",
            f"and did the Mail {MILL}?",
        ),
        (f"Did the Post {FLOOD}, or the Mail {MILL}?", f"Did the Post {FLOOD}", f"or the Mail {MILL}?"),
        (f"As the Post did {FLOOD}, did the Mail {MILL}?", f"As the Post did {FLOOD}", f"did the Mail {MILL}?"),
        (
            f"Did the Post {FLOOD}, later the canal, did the Mail {MILL}?",
            f"Did the Post {FLOOD}",
            f"later the canal, did the Mail {MILL}?",
        ),
        (f"Did the Post {FLOOD} and the Mail {MILL}?", f"Did the Post {FLOOD}", f"and the Mail {MILL}?"),
        ("Does the Post see more floods than the Mail?", "Does the Post see more floods", "than the Mail?"),
        (
            "What does the Post say of dams compared with the Mail on mills?",
            "What does the Post say of dams",
            "compared with the Mail on mills?",
        ),
    ],
)
def test_each_outlet_is_asked_what_stands_on_its_side_of_a_break(question: str, post: str, mail: str):
    assert asked(question)[:2] == [("The Post", post), ("The Mail", mail)]


def test_without_a_break_both_are_asked_what_stands_between_them():
    assert asked("Did the Post reports of floods precede 'The Mail' articles?") == [
        ("The Post", "Did the Post reports of floods precede '"),
        ("The Mail", "reports of floods precede 'The Mail' articles?"),
    ]


@pytest.mark.parametrize(
    "names",
    [
        "the Post, the Mail and the Wire",
        "the Post, the Mail, and the Wire",
        "The Post, The Mail, or The Wire",
        "Post, Mail & Wire",
        "Post/Mail/Wire",
        "both the Post and the Mail, as well as the Wire",
        "the Post, and by the Mail, and in the Wire",
        "'The Post', 'The Mail', and 'The Wire'",
        "“The Post”, “The Mail” and “The Wire”",
        '"The Post," "The Mail," and "The Wire"',
        "‘The Post,’ ‘The Mail,’ and ‘The Wire’",
        "the Post's, the Mail's and the Wire's reports",
        "the Post (and the Mail) and the Wire",
        "the Post nor the Mail nor the Wire",
    ],
)
def test_outlets_in_a_list_share_what_is_asked(names: str):
    question = f"What was said in {names} of the flood?"
    assert asked(question) == [(outlet, question) for outlet in ("The Post", "The Mail", "The Wire")]


def test_one_outlet_named_twice_is_asked_both():
    assert asked(f"Did the Post {FLOOD}, and later the Post {MILL}?") == [
        ("The Post", f"Did the Post {FLOOD}"),
        ("The Post", f"and later the Post {MILL}?"),
    ]


def test_one_outlet_named_twice_in_a_list_is_asked_once():
    assert asked("Did the Post and the Post agree?") == [("The Post", "Did the Post and the Post agree?")]


# --- clauses and days ------------------------------------------------------------------------------------------------

WHO = "Who built the old stone bridge across the river Oster"
WHEN = "was blamed when its northern arch collapsed last winter"


@pytest.mark.parametrize("between", [", ", "; ", " and ", ", while ", " but "])
def test_clauses_long_enough_are_asked_beside_the_whole(between: str):
    assert asked(f"{WHO}{between}{WHEN}?") == [("", WHO), ("", f"{between}{WHEN}?".strip(" ,;"))]


def test_a_clause_of_few_words_stays_with_the_one_before_it():
    assert asked(f"{WHO}, the founder, {WHEN}?") == [("", f"{WHO}, the founder"), ("", f"{WHEN}?")]
    assert asked(f"{WHO}, and why?") == []
    assert asked(f"In May, {WHO}?") == []


def test_and_between_things_parts_no_clauses():
    assert asked(f"{WHO} and a wooden mill beside the lower market square?") == []


def test_the_clauses_of_an_outlets_part_are_asked_of_it_beside_the_part():
    question = f"{WHO}, and {WHEN}, said the Post, while the Mail {MILL}?"
    assert asked(question) == [
        ("The Post", f"{WHO}, and {WHEN}, said the Post"),
        ("The Mail", f"while the Mail {MILL}?"),
        ("The Post", WHO),
        ("The Post", f"and {WHEN}, said the Post"),
    ]


def test_days_go_with_the_part_that_names_them():
    question = "Did the Post of 3 May 2021 report floods, while the Mail of May 4, 2021 and 2021-05-05 spoke of fire?"
    assert [sub.days for sub in subquestions(question, OUTLETS)] == [
        ("2021-05-03",),
        ("2021-05-04", "2021-05-05"),
        ("2021-05-03", "2021-05-04", "2021-05-05"),
    ]


def test_what_is_no_whole_day_is_none():
    assert subquestions("Did it rain in May 2021, on 3 May or in 2022?", [])[-1].days == ()


# --- what may come ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outlets", [[], OUTLETS])
@pytest.mark.parametrize("question", ["", "   ", "?", ",;", "Who?", "Who controls the harbour?"])
def test_a_question_of_one_clause_is_asked_as_a_whole(question: str, outlets: list[str]):
    assert subquestions(question, outlets) == [SubQuestion(text=question.strip(" ,;"))]


def test_there_are_never_more_than_most_and_parts_go_before_clauses():
    many = [f"Daily {chr(ord('A') + number)}" for number in range(MOST + 3)]
    found = subquestions(f"{WHO}, said {', '.join(many)}, and {WHEN}?", many)
    assert len(found) == MOST
    assert [sub.outlets for sub in found] == [*((outlet,) for outlet in many[: MOST - 1]), ()]
    assert len({sub.text for sub in found}) == 1


# Two thousand characters are what a question may have; were a pattern not linear, pytest's limit would end these.
LONG = [
    "and " * 20_000,
    "and the " * 20_000,
    " " * 50_000,
    "," * 50_000,
    ", " * 20_000,
    "a, " * 20_000,
    '"' * 50_000,
    "'" * 50_000,
    "Post, " * 2_000,
    "Post and the " * 2_000,
    "Post x, Mail y; " * 2_000,
    "Post" + " " * 50_000 + "Mail",
    "Post" + "'" * 50_000 + "Mail",
    "Post" + " as well" * 10_000 + " Mail",
    "Post" + " in the" * 10_000 + " of the Mail",
    "Post" + " while" * 10_000,
    "Post's" * 10_000,
    "A." * 20_000,
    "3 May 2021, " * 5_000,
]


@pytest.mark.parametrize("question", LONG, ids=lambda question: question[:16])
def test_a_question_made_to_be_slow_is_cut_all_the_same(question: str):
    found = subquestions(question, OUTLETS)
    assert 1 <= len(found) <= MOST and found[-1].text == question.strip(" ,;")


def test_a_question_of_many_outlets_is_cut_as_fast():
    many = [f"{first}{second}{third}" for first in "ABCDEFGHIJ" for second in "aeiou" for third in "klmnprst"]
    question = f"{', '.join(many)} of {'a flood, ' * 1_000}"
    assert len(subquestions(question, many)) == MOST


NAMES = ["Post", "The Mail", "the ", "Wire", "'s", "’", '"', "flood", "3 May 2021", "é", "\u0301", "ﷺ", "\ud800"]
BETWEEN = [", ", "; ", " and ", " while ", " that ", " "]
QUESTIONS = st.text() | st.lists(st.sampled_from([*NAMES, *BETWEEN])).map("".join)


@given(QUESTIONS, st.lists(st.sampled_from(OUTLETS) | st.text(), max_size=4))
def test_whatever_is_asked_the_whole_is_last_and_the_rest_are_parts_of_it(question: str, outlets: list[str]):
    *parts, last = subquestions(question, outlets)
    assert last.text == question.strip(" ,;") and last.outlets == ()
    assert len(parts) < MOST and len(set(parts)) == len(parts)
    assert all(part.text in question and set(part.outlets) <= set(outlets) for part in parts)
