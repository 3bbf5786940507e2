"""The article of a page is found among its furniture, its words as they stand there, and nothing of it is lost."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.articles import edges
from rag.articles.blocks import share_called
from rag.articles.body import read_body
from rag.articles.webpages import _tree

FIRST = "The council voted on Tuesday to rebuild the bridge over the river after months of debate, the mayor said."
SECOND = "“We have waited long enough,” said a shopkeeper. The work should cost €3 million and take two years."
THIRD = "Engineers found cracks in two of the seven piers last spring, and closed the eastern half to lorries."
PATIENT = settings(deadline=None)  # the first call imports lxml


def text(body: str) -> str:
    return read_body(_tree(f"<!DOCTYPE html><html><head></head><body>{body}</body></html>")).text


def lines(body: str) -> list[str]:
    return text(body).split("\n\n")


def article(inner: str) -> list[str]:
    return lines(f"<article><h1>Bridge to be rebuilt</h1><p>{FIRST}</p>{inner}<p>{SECOND}</p></article>")[1:-1]


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<h2>What it costs</h2><p>Three million.</p>", ["What it costs", "Three million."]),
        ("<ul><li>one pier</li><li>two <b>arches</b></li></ul>", ["one pier", "two arches"]),
        (
            "<table><tr><th>Town</th><th>Dead</th></tr><tr><td>Oxley</td><td>12</td></tr></table>",
            ["Town | Dead", "Oxley | 12"],
        ),
        ("<figure><img src=a.jpg><figcaption>The bridge at dawn</figcaption></figure>", ["The bridge at dawn"]),
        ("<blockquote><p>It will stand.</p></blockquote>", ["It will stand."]),
        ("<p>On <time>1 December</time> it <a href=/x>opened</a>.</p>", ["On 1 December it opened."]),
        ("<p>He said: <q>Go.</q></p>", ["He said: “Go.”"]),
        ("<p>200<sup>1</sup> cars, 10 m<sup>2</sup> each</p>", ["200¹ cars, 10 m² each"]),
        ("<p><ruby>橋<rt>はし</rt></ruby>は閉鎖された。</p>", ["橋は閉鎖された。"]),
        ("<p>one<br>two<br><br>three</p>", ["one\ntwo", "three"]),
        ("<p>Hyper<b>link</b>ed and sep<wbr>arate</p>", ["Hyperlinked and separate"]),
        ("<dl><dt>Built</dt><dd>1964</dd></dl>", ["Built", "1964"]),
        ("<pre>one\n  two</pre>", ["one\ntwo"]),
    ],
)
def test_every_kind_of_block_is_read_as_lines_of_its_own(markup: str, read: list[str]):
    assert article(markup) == read


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="share-tools">Pass it on, dear reader, to all your friends.</div>',
        "<aside><p>A box about something else that nobody asked for today.</p></aside>",
        '<div class="c-article__newsletter"><p>Every morning the news that matters to the valley.</p></div>',
        '<div id="related_stories"><h3>More</h3><p>A story on another matter that was told before.</p></div>',
        "<h3>Elsewhere</h3><ul><li><a href=/1>Town votes on a mayor</a></li><li><a href=/2>Bells found</a></li></ul>",
        "<p><strong>Siehe:</strong> <a href=/x>Brücke über den Fluss wird gesperrt</a></p>",
        "<p>Advertisement</p>",
        "<form><p>Leave us your address and we shall write to you.</p><input></form>",
        '<div role="dialog"><p>We value what you think of us, and of others.</p></div>',
        '<div class="x"><p>Do you like what you read? It comes out each week.</p><a class="b">Subscribe now</a></div>',
        '<div class="x"><p>Chaque matin, toute la vallée en cinq minutes</p><button>Je m’inscris</button></div>',
        '<div class="x"><p>Toda la comarca, cada viernes.</p><div><input type="email"></div></div>',
        "<p>Se vuoi restare aggiornato iscriviti gratis alla newsletter. Basta cliccare <a href=/n>qui</a></p>",
        "<p>Dołącz do nas na <a href=/f>Facebooku</a></p>",
        "<ul><li>Compartir en Whatsapp</li><li>214</li><li>Copiar enlace</li></ul>",
        "<div class=x><h4><a href=/1>Town clock stops for good</a></h4><p>It has told the time since 1904.</p></div>",
        "<p>Źródło: Głos Brzozowa</p>",
        "<p>Источник: «Светлые вести»</p>",
        "<p>(Reporting by Ann Lee in Brack; Editing by Bo Ray)</p>",
        "<p>Reach Ann Lee at alee@brack.example or by post.</p>",
        "<p>Have a story? Write to us: tips@brack.example</p>",
        '<blockquote class="x"><p>We have waited long enough,” said a shopkeeper.</p></blockquote>',
    ],
)
def test_furniture_in_the_midst_of_an_article_is_not_read(markup: str):
    assert article(markup) == []


@pytest.mark.parametrize(
    "said",
    [
        "Readers can <a href=/s>subscribe</a> to the printed paper for 12 crowns a month, the publisher said.",
        "<a href=/s>Subscribe</a> was the word that the strikers had painted on the wall of the print works.",
        "He posted the video on <a href=/f>Facebook</a> on Monday, and took it down an hour later.",
        "The newsletter, which 3,000 people get by e-mail, is <a href=/n>written by two teachers</a>.",
        "Our newsletter and our app are free, and will remain so.",
        "Anyone who saw the crash is asked to write to the police at crash@police.example.",
        "Cookies of that kind have been baked here since 1904, with the consent of the guild.",
        "Tickets: 12 crowns",
        "Source of the fire: a toaster, the brigade said.",
        "(The bridge had been closed before, in spring.)",
        "Ann Lee covers her roof with straw every autumn.",
        "via @oxley",
    ],
)
def test_an_article_about_such_things_stays_whole(said: str):
    plain = re.sub("<[^>]+>", "", said)
    assert article(f"<p>{THIRD}</p><p>{said}</p>") == [THIRD, plain]
    assert lines(f"<article><h1>Bridge</h1><p>{FIRST}</p><p>{SECOND}</p><p>{said}</p></article>")[:2] == [FIRST, SECOND]


def test_a_short_article_above_a_button_stays_whole():
    page = f"<div class=w><h1>Bridge</h1><div class=c><p>{FIRST}</p><p>{SECOND}</p><a href=/s>Subscribe</a></div></div>"
    assert lines(page) == [FIRST, SECOND]


def test_sources_under_every_entry_of_a_digest_stay():
    entries = "".join(f"<p>{said}</p><p>Source: Paper number {n}</p>" for n, said in enumerate([FIRST, SECOND] * 3))
    assert text(f"<article><h1>Rumours</h1>{entries}<p>{THIRD}</p></article>").count("Source: Paper") == 6


@pytest.mark.parametrize(
    "below",
    [
        "<p>Source: AFP</p>",
        "<p>Redaktor: Jan Nowak</p><p>Zauważyłeś błąd? Napisz do nas</p>",
        "<p>Ann Lee covers farms for The Ledger. She has written about them for 15 years.</p>",
        "<p><em>Ann Lee reported from Millbrook and Bo Ray from Albany.</em></p>",
        "<p>A version of this article appears in print on 4 April, page 14.</p>",
        "<p>(dwl/ktr)</p>",
        "<ul><li>Bridges</li><li>Oxley</li><li>Road works</li></ul>",
        "<p>Hata bildir</p><p>Kaynak: AA</p>",
    ],
)
def test_what_a_page_says_below_the_last_paragraph_is_not_read(below: str):
    found = read_body(_tree(f"<html><body><article><h1>Bridge</h1><p>{FIRST}</p><p>{SECOND}</p>{below}</article>"))
    assert found.text == f"{FIRST}\n\n{SECOND}"


def test_credits_below_an_article_are_kept_apart():
    found = read_body(_tree(f"<html><body><article><p>{FIRST}</p><p>{SECOND}</p><p>Source: AFP</p></article>"))
    assert found.below == "Source: AFP"


def test_a_paragraph_behind_a_call_is_read():
    call = "הצטרפו לערוץ הטלגרם שלנו<br>הגשר נבנה בשנת 1964.<br>הוא שימש את תושבי הכפר."
    assert "הגשר נבנה בשנת 1964." in "\n".join(article(f"<p>{THIRD}</p><p>{call}</p>"))
    pointer = "<p>Read Next</p><p><a href=/x>Clock stops</a></p>"
    page = f"<article><p>{FIRST}</p><p>{SECOND}</p>{pointer}<p>Nobody objected.</p></article>"
    assert lines(page) == [FIRST, SECOND, "Nobody objected."]


@pytest.mark.parametrize(
    ("name", "is_furniture"),
    [
        ("article__share-bar", True),
        ("relatedPosts", True),
        ("has-sidebar", False),
        ("entry-content read-more", False),
        ("story-body", False),
        ("comment-list", True),
        ("commentary", False),
        ("adaptive", False),
        ("header-shadow", False),
    ],
)
def test_class_names_are_read_word_by_word(name: str, is_furniture: bool):
    assert (share_called(name) > 0) is is_furniture


@pytest.mark.parametrize(
    "page",
    [
        f"<main><h1>Bridge</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></main>",
        f"<div><div><p>{FIRST}</p></div><div><p>{SECOND}</p><p>{THIRD}</p></div></div>",
        f"<table><tr><td><a href=/>Home</a></td><td><h1>Bridge</h1>{FIRST}<br><br>{SECOND}<br><br>{THIRD}</table>",
        f"<h1>Bridge</h1><div class=byline>Jane Doe</div><div class=a>{FIRST}</div><div class=a>{SECOND}</div>{THIRD}",
        f'<div class="page with-sidebar"><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div><nav>Home</nav>',
        f"<form id=aspnet><h1>Bridge</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></form>",
        f"<h1>Bridge</h1><header><p>{FIRST}</p></header><div><p>{SECOND}</p><p>{THIRD}</p></div><footer>End.</footer>",
    ],
)
def test_the_article_is_found_however_a_page_is_laid_out(page: str):
    assert lines(page) == [FIRST, SECOND, THIRD]


def test_names_dates_and_comments_around_an_article_are_not_read():
    assert lines(
        f"<h1>Bridge</h1><p>Jane Doe</p><p>Updated 3 May 2024, 10:42</p><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"
        "<h3>Comments</h3><p>I never liked the thing, it always shook when I crossed it with my bicycle.</p>"
    ) == [FIRST, SECOND, THIRD]


def test_a_list_at_the_end_of_an_article_is_read():
    page = f"<article><p>{FIRST}</p><p>{SECOND}</p><p>Next steps:</p><ul><li>piers</li><li>arches</li></ul></article>"
    assert lines(page) == [FIRST, SECOND, "Next steps:", "piers", "arches"]


def test_short_lines_are_looked_at_once(monkeypatch):
    looked: list[str] = []
    is_item = edges._is_item
    monkeypatch.setattr(edges, "_is_item", lambda block: looked.append(block.text) or is_item(block))
    short = (
        "".join(f"<p>x{n}</p>" for n in range(300)) + "<ul>" + "".join(f"<li>y{n}</li>" for n in range(300)) + "</ul>"
    )
    shared = "<div><span>Copy link</span></div><ol><li>Share on Facebook</li><li>Print</li></ol>"
    found = article(f"{short}{shared}<p>{THIRD}</p>")
    assert found == [*(f"x{n}" for n in range(300)), *(f"y{n}" for n in range(300)), THIRD]
    assert len(looked) < 2 * 610


def test_quotations_are_told_from_their_paragraphs_only_where_there_are_not_too_many():
    def read(count: int) -> int:
        quotes = "".join(f"<p>{n} {THIRD}</p><blockquote>{n} {THIRD}</blockquote>" for n in range(100, 100 + count))
        return len(article(quotes))

    assert (read(300), read(301)) == (300, 602)


def test_headlines_and_hours_are_counted():
    entries = "".join(f"<p>{hour}:15</p><p>{FIRST}</p>" for hour in range(10, 14))
    links = "".join(f"<h3><a href=/{n}>A headline that is long enough {n}</a></h3>" for n in range(3))
    found = read_body(_tree(f"<html><body><main>{entries}</main>{links}</body></html>"))
    assert (found.hours, len(found.headlines)) == (4, 3)
    assert found.text == "\n\n".join([FIRST] * 4)


@pytest.mark.parametrize("page", ["", "<p></p>", "<nav><a href=/>Home</a></nav>", "<p>Short.</p>"])
def test_a_page_without_running_text_has_no_article(page: str):
    assert text(page) == ""


@PATIENT
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p", "div", "li", "h2", "blockquote", "td", "section", "span", "a"]),
            st.sampled_from(
                [FIRST, SECOND, THIRD, "Yes.", "قال المتحدث إن الطريق مغلق منذ الصباح.", "橋は閉鎖された。", "a < b"]
            ),
        ),
        max_size=12,
    )
)
def test_no_word_is_made_up_or_altered(parts: list[tuple[str, str]]):
    body = "".join(f"<{tag}>{said.replace('<', '&lt;')}</{tag}>" for tag, said in parts)
    said = {words for _, words in parts}
    read = text(f"<main>{body}</main>")
    assert all(
        any(piece in words or words in piece for words in said)
        for line in read.split("\n\n")
        if line
        for piece in line.split(" | ")
    )
