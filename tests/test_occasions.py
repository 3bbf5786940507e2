"""Which sentences tell of another date, year or edition than the one that a question names."""

import pytest

from rag.occasions import is_another
from rag.question import understand
from rag.text import stems


def another(question: str, sentence: str, published_at: str | None = None, around: str = "") -> bool:
    """Whether the sentence, in an article of that day and among the words around it, tells of another occasion."""
    return is_another(
        understand(question), sentence, published_at=published_at, around=frozenset(stems(f"{sentence} {around}"))
    )


@pytest.mark.parametrize(
    ("sentence", "published_at", "is_other"),
    [
        ("The Terns won the Harbour Cup in 2019.", None, True),
        ("The Terns won the Harbour Cup in 2021.", None, False),
        ("The Terns won the Harbour Cup in 2019 and in 2021.", None, False),
        ("The Terns won the Harbour Cup.", None, False),
        ("The Terns won the Harbour Cup.", "2021-05-04", False),
        ("The Terns won the Harbour Cup.", "2022-01-20", False),  # news of the turn of the year
        ("The Terns won the Harbour Cup.", "2022-05-04", True),
        ("The Terns won the Harbour Cup.", "2020-12-30", True),
        ("The Terns won the Harbour Cup last year.", "2022-05-04", False),
        ("The Terns won the Harbour Cup last year.", "2021-05-04", True),
        ("The Terns won the Harbour Cup on 3 May.", "2021-05-04", False),
        ("The Terns won the Harbour Cup on 3 May.", "2018-05-04", True),
        ("The Terns won the Harbour Cup.", "no day", False),
    ],
)
def test_a_year_that_is_asked_about(sentence: str, published_at: str | None, is_other: bool):
    assert another("Who won the Harbour Cup in 2021?", sentence, published_at) is is_other


def test_the_year_may_stand_beside_the_sentence():
    question, sentence = "Who won the Harbour Cup in 2021?", "The Terns won the Harbour Cup."
    assert not another(question, sentence, "2024-05-04", "A look back at 2021")
    assert another(question, sentence, "2024-05-04", "A look back at 2020")


@pytest.mark.parametrize(
    "question",
    [
        "Who has won the Harbour Cup since 2021?",
        "Who will win the Harbour Cup by 2031?",
        "What does the article published on 4 May 2021 say of the Harbour Cup?",
        "Who won the Harbour Cup?",
    ],
)
def test_a_time_that_only_bounds_what_is_asked_demands_nothing(question: str):
    assert not another(question, "The Terns won the Harbour Cup.", "2019-05-04")


@pytest.mark.parametrize(
    ("sentence", "is_other"),
    [
        ("Ada Vale won at the 81st Tern Awards.", True),
        ("Ada Vale won at the 82nd Tern Awards.", False),
        ("Ada Vale, who won at the 81st Tern Awards, won at the 82nd annual Tern Awards.", False),
        ("Ada Vale won at the Tern Awards.", False),
        ("Ada Vale won on her 81st birthday.", False),
        ("Ada Vale won at the 81st Harbour Cup.", False),
    ],
)
def test_an_edition_that_is_asked_about(sentence: str, is_other: bool):
    assert another("Who won at the 82nd Tern Awards?", sentence) is is_other
