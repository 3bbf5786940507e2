from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.byline.calendar import find, from_jalali
from rag.byline.dates import agree, not_after, published
from rag.byline.labels import role_of
from rag.byline.lines import dates
from rag.byline.votes import Said, choose

FIRST = date(2024, 12, 1)
LANGUAGES = [
    ("Dec. 1, 2024", None),
    ("December 1st, 2024", None),
    ("1er décembre 2024", "fr"),
    ("1. Dezember 2024", "de"),
    ("1 de diciembre de 2024", "es"),
    ("01 dicembre 2024", "it"),
    ("1 de dezembro de 2024", "pt"),
    ("1 december 2024", "nl"),
    ("1 grudnia 2024 r.", "pl"),
    ("1 Aralık 2024 Pazar", "tr"),
    ("1 декабря 2024 года", "ru"),
    ("1 грудня 2024", "uk"),
    ("١ كانون الأول ٢٠٢٤", "ar"),
    ("1 ديسمبر/كانون الأول 2024", "ar"),
    ("1 كانون الأول/ديسمبر 2024", "ar"),
    ("۱ دسامبر ۲۰۲۴", "fa"),
    ("۱۱ آذر ۱۴۰۳", "fa"),
    ("۱۴۰۳/۰۹/۱۱", "fa"),
    ("1 בדצמבר 2024", "he"),
    ("2024年12月1日", "zh"),
    ("2024年 12月 1日", "ja"),
    ("01.12.2024", "de"),
    ("01/12/2024", "fr-FR"),
    ("12/01/2024", "en-US"),
    ("01/12/2024", "en-GB"),
]


@pytest.mark.parametrize(("text", "language"), LANGUAGES)
def test_a_full_date_is_found_in_its_language(text: str, language: str | None):
    assert [found.day for found in find(f"({text})", language=language)] == [FIRST]


NO_DAY = [
    "01/02/2024",
    "12.01.2024",
    "8 جمادى الآخرة 1446",
    "30 février 2024",
    "12 rooms 2024",
    "令和6年12月1日",
    "1.12.2024.5",
]


@pytest.mark.parametrize("text", [*NO_DAY, "2024-12-01-02", "3 hours ago", "December 2024", "1 Dec 20245"])
def test_what_may_be_two_days_or_none_is_not_found(text: str):
    assert list(find(text)) == []


@pytest.mark.parametrize(
    ("jalali", "day"),
    [
        ((1403, 1, 1), "2024-03-20"),
        ((1404, 1, 1), "2025-03-21"),
        ((1399, 12, 30), "2021-03-20"),
        ((1375, 1, 1), "1996-03-20"),
        ((1403, 12, 30), "2025-03-20"),
    ],
)
def test_the_persian_calendar_is_counted_with_its_leap_years(jalali: tuple[int, int, int], day: str):
    assert from_jalali(*jalali).isoformat() == day


@pytest.mark.parametrize("jalali", [(1404, 12, 30), (1403, 7, 31), (1403, 13, 1), (1403, 0, 1), (1403, 1, 0)])
def test_a_day_that_the_persian_calendar_lacks_is_none(jalali: tuple[int, int, int]):
    with pytest.raises(ValueError, match="no such day"):
        from_jalali(*jalali)


def test_a_date_that_means_two_days_is_read_where_the_language_is_known():
    assert published("01/02/2024") is None
    assert published("01/02/2024", language="es") == "2024-02-01"
    assert published("1 December 2024 or 2 December 2024") is None
    assert published("1403-09-11") is None  # no year of ours


NOON = datetime(2024, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("2024-12-01T12:03:00+00:00", "2024-12-01T12:03:00+00:00"),  # two clocks are never the same
        ("2024-12-01T14:00:00+00:00", "2024-12-01"),  # the clock of the place, with the wrong zone
        ("2024-12-02T02:00:00+00:00", None),
        ("2024-12-01T14:00:00+03:00", "2024-12-01T14:00:00+03:00"),
        ("2024-12-02", "2024-12-02"),  # it is that day already in the east
        ("2024-12-03", None),
    ],
)
def test_no_date_is_later_than_the_fetch(stated: str, kept: str | None):
    assert not_after(stated, NOON) == kept


def test_a_day_agrees_with_an_instant_that_lies_in_it_somewhere():
    assert agree("2024-12-01T22:30:00+00:00", "2024-12-02")
    assert agree("2024-12-01T03:00:00+00:00", "2024-11-30")
    assert not agree("2024-12-01T12:00:00+00:00", "2024-12-03")
    assert not agree("2024-12-01", "2024-12-02")
    assert agree("2024-11-30T23:50:00+00:00", "2024-12-01T00:10:00+00:00")


# --- several sources -------------------------------------------------------------------------------------------------


def test_sources_that_contradict_each_other_make_a_date_unknown():
    assert choose([Said("json-ld", "2024-12-01", 4), Said("text", "2024-11-28", 3)]) is None
    assert choose([Said("meta", "2024-12-01", 3), Said("url", "2024-11-28", 2)]) is None


def test_one_of_higher_standing_is_believed_against_a_lower_one():
    chosen = choose([Said("json-ld", "2024-12-01", 4), Said("url", "2024-11-28", 2)])
    assert chosen and (chosen.value, chosen.source, chosen.confidence) == ("2024-12-01", "json-ld", "medium")


def test_a_kind_of_source_that_contradicts_itself_does_not_count():
    said = [Said("text", "2024-11-28", 3), Said("text", "2024-11-29", 3), Said("meta", "2024-12-01", 3)]
    chosen = choose(said)
    assert chosen and (chosen.value, chosen.confidence) == ("2024-12-01", "high")
    assert choose(said[:2]) is None
    assert choose([]) is None


def test_the_instant_is_kept_where_days_agree_with_it_and_the_day_alone_where_clocks_do_not():
    day, early = Said("url", "2024-12-01", 2), Said("meta", "2024-12-01T08:00:00+00:00", 3)
    late = Said("json-ld", "2024-12-01T10:00:00+00:00", 4)
    assert (chosen := choose([day, early])) and chosen.value == "2024-12-01T08:00:00+00:00"
    assert (chosen := choose([day, early, late])) and chosen.value == "2024-12-01"


# --- words before a date ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "role"),
    [
        ("Published on ", "published"),
        ("First published: Sunday, ", "published"),
        ("Published at 10:30 AM EST, Sun ", "published"),
        ("Publié le ", "published"),
        ("Veröffentlicht am ", "published"),
        ("Opublikowano: ", "published"),
        ("Опубликовано: ", "published"),
        ("تاريخ النشر: ", "published"),
        ("发布时间：", "published"),
        ("Published 1 Dec | Updated ", "modified"),
        ("Last updated: ", "modified"),
        ("Stand: ", "modified"),
        ("Son güncelleme: ", "modified"),
        ("עודכן ", "modified"),
        ("© ", "other"),
        ("First published by the Tern on ", "other"),
        ("The battle began on ", None),
        ("a report published on ", None),
        ("candidate ", None),
    ],
)
def test_a_word_before_a_date_says_what_it_is_the_date_of(before: str, role: str | None):
    assert role_of(before) == role


def test_a_date_in_a_sentence_is_not_that_of_the_line():
    assert [dated.role for dated in dates("By Ann Roe | 1 December 2024 | 5 min read", "", "en")] == ["plain"]
    assert [dated.role for dated in dates("Published 1 December 2024, updated 2 December 2024", "", "en")] == [
        "published",
        "modified",
    ]
    for prose in ("On 1 December 2024 the gates opened", "1 December 2024 was cold.", "The fall of 1 December 2024"):
        assert list(dates(prose, "", "en")) == []


@settings(deadline=None)
@given(st.text(max_size=80), st.text(max_size=40), st.sampled_from([None, "en", "fa", "fr"]))
def test_any_line_gives_days_or_nothing(text: str, before: str, language: str | None):
    for dated in dates(text, before, language):
        assert date.fromisoformat(dated.day)
