import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.byline import authors_and_agency, dateline, of_text, same_title
from rag.byline.agencies import agencies, agency, credited

PUBLISHED = "2024-12-02T09:00:00+00:00"
DATELINES = [
    ("BEIRUT (AP) — The gates", "BEIRUT", None, "AP"),
    ("KYIV, Ukraine (AP) — The gates", "KYIV, Ukraine", None, "AP"),
    ("DAMASCUS, Dec. 1 (Xinhua) -- The gates", "DAMASCUS", "2024-12-01", "Xinhua"),
    ("BEIRUT/AMMAN, Dec 1 (Reuters) - The gates", "BEIRUT/AMMAN", "2024-12-01", "Reuters"),
    ("BEIRUT\t, Dec 1 (Reuters) - The gates", "BEIRUT", "2024-12-01", "Reuters"),
    ("London, December 1 / TASS /. The gates", "London", "2024-12-01", "TASS"),
    ("Damascus, SANA – The gates", "Damascus", None, "SANA"),
    ("(SANA) The gates", None, None, "SANA"),
    ("Beirut, 1 December 2024 – The gates", "Beirut", "2024-12-01", None),
    ("STOW-ON-THE-WOLD, Glos. — The gates", "STOW-ON-THE-WOLD, Glos", None, None),
    ("WASHINGTON — The gates", "WASHINGTON", None, None),
    ("Damaskus/Beirut (dpa) – Die Tore", "Damaskus/Beirut", None, "dpa"),
    ("Beyrouth, 1 déc 2024 (AFP) – Les portes", "Beyrouth", "2024-12-01", "AFP"),
    ("Damasco, 1 dic (EFE).- Las puertas", "Damasco", "2024-12-01", "EFE"),
    ("(ANSA) - DAMASCO, 01 DIC - Le porte", "DAMASCO", "2024-12-01", "ANSA"),
    ("ŞAM (AA) - Kapılar", "ŞAM", None, "Anadolu"),
    ("ДАМАСК, 1 дек - РИА Новости. Ворота", "ДАМАСК", "2024-12-01", "RIA Novosti"),
    ("МОСКВА, 1 декабря. /ТАСС/. Ворота", "МОСКВА", "2024-12-01", "TASS"),
    ("Дамаск. 14 ноября. ИНТЕРФАКС - Ворота", "Дамаск", "2024-11-14", "Interfax"),
    ("КИЇВ. 1 грудня. УКРІНФОРМ. Брама", "КИЇВ", "2024-12-01", "Ukrinform"),
    ("دمشق 1 كانون الأول (سانا) فتحت البوابة", "دمشق", "2024-12-01", "SANA"),
    ("دمشق-سانا\nفتحت البوابة", "دمشق", None, "SANA"),
    ("بيروت (رويترز) - فتحت البوابة", "بيروت", None, "Reuters"),
    ("新华社大马士革12月1日电（记者甲）城门", "大马士革", "2024-12-01", "Xinhua"),
    ("【カイロ共同】門が", "カイロ", None, "Kyodo"),
    ("The gates open\nBy Ann Roe\nBEIRUT (AP) — The gates", "BEIRUT", None, "AP"),
]


@pytest.mark.parametrize(("text", "place", "day", "origin"), DATELINES)
def test_a_dateline_gives_place_day_and_agency(text: str, place: str | None, day: str | None, origin: str | None):
    assert dateline.read(text, published_at=PUBLISHED) == (place, day, origin)


NONE_AT_ALL = [
    "Rebels said (Reuters) that the gates",
    "A man (AA) helped",
    "Ann Roe — the mayor — said so",
    "NATO - the alliance - met",
    "WATCH — The gates open",
    "On December 1 - the day of the feast - he came",
    "He went to Paris - and stayed",
    "Published 1 December 2024 - The gates",
    "AVON, KENT – MAY 05: Ann Roe opens the gates",
    "Aleppo (AFP)",  # the caption of a picture
    "",
]


@pytest.mark.parametrize("text", NONE_AT_ALL)
def test_what_only_looks_like_a_dateline_is_none(text: str):
    assert dateline.read(text, published_at=PUBLISHED) == (None, None, None)


def test_a_day_without_its_year_is_the_one_before_publication_or_unknown():
    text = "BEIRUT, Dec. 31 (AP) — The gates"
    assert dateline.read(text, published_at="2025-01-01").day == "2024-12-31"
    assert dateline.read(text, published_at="2024-06-01").day is None
    assert dateline.read(text, published_at=None).day is None
    assert dateline.read("BEIRUT, Feb. 30 (AP) — The gates", published_at="2024-03-01").day is None


@settings(deadline=None)
@given(st.text(alphabet="AaБ ب.,-—/()1市Dec\n", max_size=200))
def test_any_text_is_read(text: str):
    place, day, origin, findings = of_text(text, published_at=PUBLISHED)
    assert {finding.field for finding in findings} == {
        name for name, value in (("dateline", place), ("dateline_day", day), ("origin", origin)) if value
    }


# --- agencies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("AFP", "AFP"),
        ("Agence France-Presse", "AFP"),
        ("THE ASSOCIATED PRESS", "AP"),
        ("أ ف ب", "AFP"),
        ("САНА", "SANA"),
        ("Новости", None),
        ("aa", None),
        ("AFP/Reuters", None),  # two agencies are no one's copy
        ("Ann Roe", None),
    ],
)
def test_an_agency_goes_by_its_usual_name(name: str, found: str | None):
    assert agency(name) == found


def test_all_of_several_agencies_are_told():
    assert agencies("AFP, Reuters and AP") == ["AFP", "Reuters", "AP"]
    assert agencies("AFP and Ann Roe") == []


LONG = "The council voted on Tuesday to rebuild the bridge over the river after months of debate, said the mayor. "


@pytest.mark.parametrize(
    ("ending", "found"),
    [
        ("\n— AFP", "AFP"),
        ("\nSource: Reuters", "Reuters"),
        ("\n© 2024 AFP", "AFP"),
        ("\nالمصدر: الأناضول", "Anadolu"),
        ("\nИсточник: ТАСС", "TASS"),
        ("— AFP", "AFP"),
        ("(AFP)", "AFP"),
        ("\n(Reuters, AFP)", None),
        ("\nWith Reuters", None),
        ("\nAFP contributed to this report.", None),
        ("\nAssociated Press writer Ann Roe contributed to this report.", None),
        ("\nالمصدر: وكالات", None),
        ("\nThe gates are open. (AFP)", None),  # as likely a caption
        ("\nPetra", None),
    ],
)
def test_a_credit_at_the_end_says_whose_copy_a_text_is(ending: str, found: str | None):
    assert credited(LONG + ending) == found


# --- authors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "people", "origin"),
    [
        (["By Ann Roe"], "Ann Roe", None),
        (["Ann Roe and John Doe in Beirut"], "Ann Roe and John Doe", None),
        (["Ann Roe, Middle East correspondent"], "Ann Roe", None),
        (["Ann Roe", {"name": "John Doe"}, "Ann Roe"], "Ann Roe, John Doe", None),
        (["By ANN ROE, Associated Press"], "ANN ROE", "AP"),
        (["Ann Roe with AFP"], "Ann Roe", None),
        (["AFP"], None, "AFP"),
        (["Reuters Staff"], None, "Reuters"),
        (["AFP and Reuters"], None, None),
        (["The Tern and news agencies"], None, None),
        (["Staff"], None, None),
        (["The Tern"], None, None),
        (["Web Desk"], None, None),
        (["https://facebook.com/tern"], None, None),
        (["ann@tern.example"], None, None),
        ([None, 7.5, True, ""], None, None),
        (["بقلم: آن رو"], "آن رو", None),
    ],
)
def test_authors_are_people_and_an_agency_is_where_a_text_is_from(
    stated: list[object], people: str | None, origin: str | None
):
    assert authors_and_agency(stated, outlet="The Tern") == (people, origin)


def test_headlines_are_one_where_marks_differ_or_one_is_cut_short():
    assert same_title("Bridge to be rebuilt, mayor says", "Bridge to be rebuilt — mayor says")
    assert same_title("The old bridge of the town to be…", "The old bridge of the town to be rebuilt in spring")
    assert not same_title("Bridge to be rebuilt", "Mayor steps down over school fire")
    assert not same_title("", "Bridge")
