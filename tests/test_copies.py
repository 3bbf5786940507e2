"""Near-duplicates: what a copy is and what is none, and by what copies are found among many texts."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_agency import CORRECTED, CUT, EDITED, OTHER, OWN, STORY

from rag import copies

ARABIC = """غرقت العبارة ماريبل قبالة جزيرة سكارهولم مساء الثلاثاء وعلى متنها أربعة وستون راكبا، بحسب خفر السواحل.
وقال رئيس البلدية إن البحث عن المفقودين استمر طوال الليل بمشاركة مروحيتين وسفينة تابعة للبحرية رغم ارتفاع الأمواج.
وأعلنت الشركة المالكة أن العبارة خضعت للفحص في شهر آذار ولم يعثر فيها على أي خلل، وأن المدارس ستبقى مغلقة."""
RUSSIAN = """Паром «Марибель» затонул у острова Скархольм во вторник ночью, на борту были шестьдесят четыре человека,
сообщила береговая охрана. Поиски пропавших продолжались всю ночь с участием двух вертолётов и корабля флота, хотя
волны достигали пяти метров. Владелец парома заявил, что судно проверяли в марте и никаких нарушений не нашли."""
CHINESE = """周二晚间，渡轮玛丽贝尔号在斯卡霍姆岛附近沉没，船上共有六十四人，海岸警卫队说。
两架直升机和一艘军舰整夜搜寻失踪者，尽管海浪很高。
渡轮的船东表示，该船三月份接受过检查，没有发现任何问题。岛上的学校将停课到星期五，市长说。"""
HEBREW = """המעבורת מריבל טבעה סמוך לאי סקרהולם ביום שלישי בלילה ועל סיפונה שישים וארבעה בני אדם, מסר משמר החופים.
החיפושים אחר הנעדרים נמשכו כל הלילה בעזרת שני מסוקים וספינה של חיל הים, אף שהגלים היו גבוהים מאוד.
בעלת המעבורת מסרה כי היא נבדקה בחודש מרץ ולא נמצא בה כל ליקוי, וכי בתי הספר באי יישארו סגורים."""


def bands(text: str) -> set[int]:
    return set(copies.bands(copies.signature(text)))


# --- what is a copy --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(STORY, id="whole"),
        pytest.param(CUT, id="cut"),
        pytest.param(EDITED, id="edited, under an opening of its own"),
        pytest.param(CORRECTED, id="with another figure"),
        pytest.param("VELLAND (Agency) - " + STORY.upper().replace("\n", " "), id="in capitals, under a dateline"),
        pytest.param("\n\n".join(STORY.split("\n\n")[::-1]), id="with its paragraphs in another order"),
        pytest.param(f"{STORY}\n\n{OTHER}", id="with a paragraph added"),
    ],
)
def test_a_text_that_was_run_by_another_outlet_is_found_and_is_a_copy(copy: str):
    assert copies.alike(STORY, copy) and copies.alike(copy, STORY)
    assert len(bands(STORY) & bands(copy)) >= copies.SHARED


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(OWN, id="a report on the same event"),
        pytest.param(OTHER, id="a report on something else"),
        pytest.param(f"{OWN}\n\n{STORY.split('.')[1]}.\n\n{OTHER}", id="one that quotes a sentence"),
        pytest.param("", id="nothing"),
        pytest.param("Developing story. More to come.", id="a word"),
    ],
)
def test_another_text_is_no_copy(other: str):
    assert not copies.alike(STORY, other) and not copies.alike(other, STORY)


def test_a_long_text_that_holds_a_short_one_is_no_copy_of_it():
    brief = STORY.split("\n\n")[0]
    rng = random.Random(3)
    long = " ".join(f"{rng.choice('bcdfgh')}{rng.randrange(999)}a" for _ in range(900))
    assert copies.alike(brief, f"{brief} {long[:400]}")
    assert not copies.alike(brief, f"{long} {brief}")


def test_the_same_form_filled_with_other_figures_is_no_copy():
    def report(day: int, high: int, low: int, wind: int, rain: int) -> str:
        return (
            f"The weather office of Velland said on {day} May that it will be {high} degrees at noon and {low} at "
            f"night, with a wind of {wind} knots from the west over the straits and the islands and {rain} millimetres "
            "of rain, and that small boats should stay in the harbour until the evening."
        )

    assert not copies.alike(report(3, 17, 9, 12, 4), report(4, 21, 11, 25, 30))
    assert copies.alike(report(3, 17, 9, 12, 4), report(3, 17, 9, 12, 5))


def test_two_words_alone_are_no_copies_of_each_other():
    assert not copies.alike("The ferry sank.", "The ferry sank.")


@pytest.mark.parametrize("text", [ARABIC, RUSSIAN, CHINESE, HEBREW], ids=["Arabic", "Cyrillic", "Chinese", "Hebrew"])
def test_copies_are_told_in_every_script(text: str):
    half = text[: int(len(text) * 0.7)]
    assert copies.alike(text, half) and len(bands(text) & bands(half)) >= copies.SHARED
    assert not any(copies.alike(text, other) for other in {ARABIC, RUSSIAN, CHINESE, HEBREW, STORY} - {text})


def test_accents_and_marks_that_a_copy_leaves_out_make_no_difference():
    assert np.array_equal(
        copies.shingles("Skårhölm’s père — “naïve” né en été"), copies.shingles("skarholm's PERE - naive ne en ete")
    )


# --- by what it is found ---------------------------------------------------------------------------------------------


def test_what_copies_are_found_by_is_the_same_in_every_run():
    assert copies.bands(copies.signature("one two three four five")) == [
        5363364499815075398 >> 28,
        6247366627694563502 >> 28,
    ]


def test_a_short_text_is_likely_to_be_a_copy_of_a_long_one_as_far_as_both_samples_go():
    assert copies.likely([1, 2, 50, 60, 70], [1, 2, 3, 4, 5])
    assert copies.likely([1, 2, 3, 4, 5], [1, 2, 50, 60, 70])
    assert not copies.likely([1, 50, 60], [1, 2, 3])
    assert not copies.likely(list(range(0, 200, 2)), [0, 1, 2, *range(3, 200, 2)])
    assert not copies.likely([], [1, 2]) and not copies.likely([1, 2], [])


@given(st.text(max_size=600))
def test_a_signature_is_a_bounded_part_of_the_shingles_in_order(text: str):
    whole, part = copies.shingles(text), copies.signature(text)
    assert np.all(whole[1:] > whole[:-1]) and np.array_equal(part, whole[: len(part)])
    assert min(len(whole), copies.FEWEST) <= len(part) <= copies.MOST
    assert all(0 <= band < 2**35 for band in copies.bands(part))


@given(
    st.lists(st.sampled_from("ab cd ef gh ij kl 漢 字 é ü".split()), max_size=300).map(" ".join), st.integers(0, 300)
)
def test_a_text_is_as_like_another_as_that_is_like_it(text: str, cut: int):
    assert copies.alike(text, text[:cut]) == copies.alike(text[:cut], text)
    assert copies.alike(text, text) == (len(copies.shingles(text)) >= copies.SHORTEST)


def test_of_an_endless_text_the_beginning_is_looked_at():
    endless = " ".join(str(number) for number in range(90_000))
    assert len(endless) > 2 * copies.LONGEST
    assert np.array_equal(copies.shingles(endless), copies.shingles(endless + " more"))
    assert len(copies.signature(endless)) == copies.MOST


def test_what_was_remembered_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        copies.shingles(STORY)[0] = 1
