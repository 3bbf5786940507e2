"""What stands with a headline: dates that are of something else, and credits by their place."""

from typing import Any

import lxml.html
import pytest

from rag.byline import Stated, authors_and_agency, dateline, of_page
from tests.test_byline_pages import ARTICLE, FIRST, META, SECOND, TITLE, data, page, stated

TIME = "<time datetime='2024-11-28'>28 November 2024</time>"


@pytest.mark.parametrize(
    "label",
    [
        "Mis à jour le",
        "Aggiornato il",
        "Aktualisiert am",
        "Atualizado em",
        "Last reviewed on",
        "Edited on",
        "Ostatnia modyfikacja",
        "Uppdaterad",
        "Opdateret",
        "Päivitetty",
        "Aktualizováno",
        "Ενημέρωση",
        "수정",
        "Diperbarui",
    ],
)
@pytest.mark.parametrize("date", [TIME, "28 November 2024"])
def test_a_word_of_change_before_a_date_makes_it_no_publication(label: str, date: str):
    found = stated(page(f"<p class='d'>{label} {date}</p>"))
    assert (found.published_at, found.modified_at) == (None, "2024-11-28")


@pytest.mark.parametrize("label", ["When:", "Termin:", "Date of hearing:", "First aired", "Game played", "موعد الحفل:"])
@pytest.mark.parametrize(
    "line",
    [
        "<p>{0} {1}</p>",
        "<p><b>{0}</b> {1}</p>",
        "<dl><dt>{0}</dt><dd>{1}</dd></dl>",
    ],
)
@pytest.mark.parametrize("date", [TIME, "28 November 2024"])
def test_a_date_with_another_word_before_it_is_unknown(label: str, line: str, date: str):
    assert stated(page(line.format(label, date))).published_at is None


@pytest.mark.parametrize(
    "line", ["<p><span>When:</span> {}</p>", "<p>Opens {}</p>", "<p>Filed {}</p>", "<p>When: Sat {}</p>"]
)
def test_a_label_of_any_kind_counts(line: str):
    assert stated(page(line.format("28 November 2024"))).published_at is None


@pytest.mark.parametrize(
    "line",
    [
        "<p>Thursday, {}</p>",
        "<p>By Ann Roe | {}</p>",
        "<p>By Ann Roe on {}</p>",
        "<p>Ann Roe, {}</p>",
        "<p>Avon, {}</p>",
        "<p>le {}</p>",
        "<p><a href='/w'>World</a> {}</p>",
        "<p><span>World</span> {}</p>",
        "<p>By Ann Roe</p><p>{}</p>",
        "<p>Ann Roe <span>Published: {}</span></p>",
        "<p>Published: Thu {}</p>",
        "<p>Published 10:30 AM EST, Thu {}</p>",
        "<p>Posted by Ann Roe on {}</p>",
        "<p>Soumis par redac le jeu, {}</p>",
    ],
)
@pytest.mark.parametrize("date", [TIME, "28 November 2024"])
def test_a_weekday_a_clock_a_name_or_a_section_before_a_date_is_no_label(line: str, date: str):
    assert stated(page(line.format(date))).published_at == "2024-11-28"


def test_the_parts_of_one_time_are_one_date():
    inside = "<time datetime='2024-11-28'><span>Updated</span> <span>28 November 2024</span></time>"
    found = stated(page(f"<p>{inside}</p>"))
    assert (found.published_at, found.modified_at) == (None, "2024-11-28")


BOOK = data({"@type": "Book", "name": "The Tern", "datePublished": "2024-11-28"})


@pytest.mark.parametrize(
    ("above", "head"),
    [
        ("<ul><li>Publisher: Harrow</li><li>Pages: 212</li><li>Published: 28 November 2024</li></ul>", ""),
        ("<p>Published: 28 November 2024 (hardback)</p>", ""),
        ("<p>Published by the Harrow Press, 28 November 2024</p>", ""),
        ("<p>Published on the occasion of 28 November 2024</p>", ""),
        ("<p>Published: 28 November 2024</p>", BOOK),
        ("<p>28 November 2024</p>", data({"@type": "MusicEvent", "startDate": "2024-11-28T20:00:00Z"})),
        ("<p>Originally published 3 May 2019. Republished 28 November 2024</p>", ""),
    ],
)
def test_a_date_of_a_thing_or_of_one_of_two_publications_is_unknown(above: str, head: str):
    assert stated(page(above, head=head)).published_at is None


def test_a_page_about_a_book_has_a_date_of_its_own():
    found = stated(
        page("<p>Published: 1 December 2024</p><ul><li>Published: 28 November 2024, 212 pages</li></ul>", head=BOOK)
    )
    assert found.published_at == "2024-12-01"


@pytest.mark.parametrize(
    "none", ["1970-01-01T00:00:00+00:00", "1969-12-31T23:59:59Z", "1899-12-30", "1900-01-01", "2000-01-01T00:00:00Z"]
)
def test_a_day_that_programs_count_from_is_none(none: str):
    assert stated(page(head=f"<meta property='article:published_time' content='{none}'>")).published_at is None
    assert stated(page(head=data({**ARTICLE, "datePublished": none}))).published_at is None
    found = stated(page("<p>Published 1 December 2024</p>", head=f"<meta name='pubdate' content='{none}'>"))
    assert found.published_at == "2024-12-01"


def test_when_a_file_was_written_is_no_change_of_the_article():
    head = META + "<meta http-equiv='last-modified' content='Mon, 02 Dec 2024 03:00:00 GMT'>"
    assert stated(page(head=head)).modified_at is None


# --- dates above the headline, and in older markup -------------------------------------------------------------------


def above(markup: str, *, box: str = "article", lang: str = "en") -> Stated:
    tree: Any = lxml.html.document_fromstring(
        f"<html lang='{lang}'><body><div><i>Thursday, 5 December 2024</i></div><main><{box}>{markup}<h1>{TITLE}</h1>"
        f"<section>{FIRST}{SECOND}</section></{box}></main></body></html>"
    )
    return stated(tree)


@pytest.mark.parametrize(
    ("markup", "lang"),
    [
        ("<div class='item-date'>28 November 2024</div>", "en"),
        ("<header><span data-hook='x'>28 בנובמבר 2024</span></header>", "he"),
        ("<div><p>۸ آذر ۱۴۰۳</p></div>", "fa"),
        ("<p>Δημοσίευση: 28 Νοεμβρίου 2024</p>", "el"),
        ("<p>28. listopadu 2024</p>", "cs"),
        ("<p>Postato il Giovedì, 28 novembre @ 11:20:15 CET 2024</p>", "it"),
        ("<p>نُشر: 14:22-28 نوفمبر 2024 م</p>", "ar"),
    ],
)
def test_a_date_above_the_headline_in_its_article_counts(markup: str, lang: str):
    assert above(markup, lang=lang).published_at in {"2024-11-28"}


def test_outside_of_the_article_only_what_is_classed_as_its_date_counts():
    assert above(
        "<h2 class='date-header'><span>Thursday, 28 November 2024</span></h2><div>", box="div"
    ).published_at == ("2024-11-28")
    outside = lxml.html.document_fromstring(
        f"<html><body><main><div>Thursday, 28 November 2024</div><div><div><h1>{TITLE}</h1>{FIRST}{SECOND}</div></div>"
        "</main></body></html>"
    )
    assert stated(outside).published_at is None


@pytest.mark.parametrize(
    "markup",
    [
        "<span property='dc:date dc:created' content='2024-11-28'>x</span>",
        "<i property='dcterms:issued' content='2024-11-28'>x</i>",
        "<div itemprop='datePublished' style='display:none'>2024-11-28</div>",
        "<abbr itemprop='datePublished' title='2024-11-28'>22:14</abbr>",
        "<div class='post-footer'><abbr itemprop='datePublished' title='2024-11-28'>22:14</abbr></div>",
    ],
)
def test_older_markup_and_markup_for_programs_alone_is_read(markup: str):
    assert stated(page(markup)).published_at == "2024-11-28"


# --- credits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("above", "author"),
    [
        ("<p class='by'>By <a href='/x'>Ann Roe</a></p>", "Ann Roe"),
        ("<p>Par <a href='/x'>Ann Roe</a></p>", "Ann Roe"),
        ("<div>Written by <a href='/x'>Ann Roe</a></div>", "Ann Roe"),
        ("<div><a href='/autor/ann'>Ann Roe</a></div>", "Ann Roe"),
        ("<div data-component='byline-block'><span>Ann Roe</span><span>North Desk</span></div>", "Ann Roe"),
        ("<div class='byline'><a>Ann Roe</a><a>Bo Ray</a></div>", "Ann Roe, Bo Ray"),
        ("<div class='a-byline'>The Tern | By <div><a>Ann Roe</a></div></div>", "Ann Roe"),
        ("<span rel='sioc:has_creator'><a property='foaf:name' href='/u/1'>Ann Roe</a></span>", "Ann Roe"),
        ("<p>By the river <a href='/x'>they met</a> on a cold day in the spring of that year.</p>", None),
        ("<div><a href='/authors/'>All authors</a></div>", None),
    ],
)
def test_a_writer_is_read_where_bylines_stand(above: str, author: str | None):
    assert stated(page(above)).author == author


def test_by_is_a_word_of_its_language():
    assert authors_and_agency(["Av Ebba Lind"], outlet=None, language="sv") == ("Ebba Lind", None)
    assert authors_and_agency(["Oleh Dewi Lestari"], outlet=None, language="id") == ("Dewi Lestari", None)
    assert authors_and_agency(["Oleh Melnyk"], outlet=None, language="uk") == ("Oleh Melnyk", None)
    assert authors_and_agency(["Texte : Anne Roy"], outlet=None) == ("Anne Roy", None)


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("大桥将重建。（记者林晓岚）", "林晓岚"),
        ("(솔재=연합뉴스) 김하늘 기자 = 다리", "김하늘"),
        ("记者说，大桥", None),
    ],
)
def test_a_text_may_name_its_reporter(text: str, author: str | None):
    assert stated(page(), text=text).author == author
    assert stated(page("<p class='byline'>By Ann Roe</p>"), text=text).author == "Ann Roe"


@pytest.mark.parametrize(
    ("above", "head", "origin"),
    [
        ("<p>Source: Reuters</p>", "", "Reuters"),
        ("<p>Πηγή: ΑΠΕ-ΜΠΕ</p>", "", "AMNA"),
        ("<div class='agency'><span>Demirören Haber Ajansı</span></div>", "", "DHA"),
        ("", data({**ARTICLE, "provider": {"@type": "Organization", "name": "AFP"}}), "AFP"),
        ("", data({**ARTICLE, "provider": {"@type": "Organization", "name": "The Tern"}}), None),
        ("<p>Source: the council</p>", "", None),
        ("<figure><figcaption>Source: Reuters</figcaption></figure>", "", None),
        ("<p>Source: Reuters</p><p>Source: AFP</p>", "", None),
    ],
)
def test_the_source_that_a_page_names_is_its_origin(above: str, head: str, origin: str | None):
    assert stated(page(above, head=head)).origin == origin


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("HALVORSEN, N.D. (AP) — The roof", ("HALVORSEN, N.D.", None, "AP")),
        ("Светлоград. 1 декабря. INTERFAX.RU - Крышу", ("Светлоград", "2024-12-01", "Interfax")),
        ("Светлоград. 1 декабря. ROOFS.RU - Крышу", (None, None, None)),
        ("TEHRAN, Dec. 01 (MNA) – The roof", ("TEHRAN", "2024-12-01", "Mehr")),
        ("Berlin (dpa/lno) - Das Dach", ("Berlin", None, "dpa")),
        ("Berlin/Avon (dpa/AFP) – Das Dach", ("Berlin/Avon", None, None)),
        ("(솔재=연합뉴스) 다리가", ("솔재", None, "Yonhap")),
    ],
)
def test_a_dateline_keeps_initials_and_no_address(text: str, sent: tuple[str | None, str | None, str | None]):
    assert dateline.read(text, published_at="2024-12-02") == sent


# --- the outlet in the title -----------------------------------------------------------------------------------------


OUTLET = "Voices of the Upper Lune"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        (f"{OUTLET}: {TITLE}", f"<h1><a href='/'>{OUTLET}</a></h1><h3><a>{TITLE}</a></h3>"),
        (f"{TITLE} - {OUTLET}", f"<a href='https://lune.example/'>{OUTLET}</a><h2><b>{TITLE}</b></h2>"),
        (f"{TITLE} - {OUTLET}", f"<p class='brand'><a href='/start.php'>{OUTLET}</a></p><h2>{TITLE}</h2>"),
        (f"{TITLE} | Towns | {OUTLET}", f"<a href='/towns'>Towns</a><h2>{TITLE}</h2>"),
    ],
)
def test_an_outlet_in_the_title_is_told_from_the_headline(title: str, body: str):
    tree = lxml.html.document_fromstring(f"<html><head><title>{title}</title></head><body>{body}{FIRST}</body></html>")
    found = of_page(tree, address="https://lune.example/bridge", fetched_at="2024-12-05")
    assert (found.title, found.outlet) == (TITLE, OUTLET)
