"""Lines that are a page's and not its article's, told in many languages, and lines that only look like them."""

import pytest

from rag.articles.furniture import is_clock, is_date, is_end, is_furniture, is_opening, is_stamp


@pytest.mark.parametrize(
    "line",
    [
        "À lire aussi : Le pont rouvre en mai",
        "Publicité",
        "Abonnez-vous à notre newsletter du matin",
        "Nous utilisons des cookies pour améliorer votre visite.",
        "Laisser un commentaire",
        "Lesen Sie auch: Brücke gesperrt",
        "ANZEIGE",
        "Kommentare (14)",
        "Melden Sie sich für unseren Newsletter an!",
        "Diese Website verwendet Cookies.",
        "Lea también: El puente",
        "Comentarios",
        "Suscríbete a nuestro boletín",
        "Leggi anche: Il ponte chiude",
        "Questo sito utilizza i cookie per funzionare.",
        "Leia também: A ponte fecha",
        "Compartilhe",
        "Lees ook: De brug is dicht",
        "Schrijf je in voor de nieuwsbrief",
        "Czytaj też: Most zamknięty",
        "Udostępnij",
        "İlgili haberler",
        "Telegram kanalımıza abone ol",
        "Читайте также: Мост закрыт",
        "Подписывайтесь на наш канал в Telegram",
        "Если вы нашли ошибку, выделите её и нажмите Ctrl+Enter",
        "Читайте також: Міст закрито",
        "Поділитися",
        "اقرأ أيضا: إغلاق الجسر",
        "التعليقات",
        "بیشتر بخوانید: پل بسته شد",
        "קראו גם: הגשר נסגר",
        "相关阅读",
        "广告",
        "関連記事：橋が閉鎖",
        "シェアする",
        "(Join our WhatsApp channel for the latest)",
        "For all the latest news, download the Oxley app.",
        "Jo Bell is a reporter for the Post. Reach her at jo@post.example.",
        "[+2,914 chars]",
        "View in your browser",
        "Temps de lecture : 3 min",
        "- Advertisement -",
        "Your browser does not support the video tag.",
        "When you buy through links on our site, we may earn a commission.",
        "Tekst gaat verder onder de foto",
        "Dalsza część tekstu pod wideo",
        "Obserwuj nas w Google News",
        "Archivado en: Puentes",
        "Read Next",
    ],
)
def test_furniture_is_told_in_many_languages(line: str):
    assert is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "سجل الفريق ثلاثة أهداف",
        "关注乌克兰局势",
        "Por la tarde volvió la calma",
        "Von Oxley nach Tarnwick in zwölf Minuten",
        "Reacties uit de hele streek",
        "Publicité mensongère : le maire condamné à une amende",
        "Cookie banners are to blame as well, says the economist. “People click ‘Accept all’ all day.”",
        "Реклама моста обошлась городу в три миллиона крон.",
        "He is a reporter who never writes.",
        "Sign up for silence.",
        "Join our fight, the mayor told the farmers.",
        "Subscribe to the newsletter, the mayor told the farmers, and you will know when it opens.",
        "We use cookies to bake hope, says the baker, who has put up a sign.",
        "Volgens de burgemeester is de e-mail aan de bewoners te laat verstuurd.",
        "The newsletter costs 9 crowns a month and has 3,000 readers.",
    ],
)
def test_what_only_begins_like_furniture_is_the_articles(line: str):
    assert not is_furniture(line)


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Doe",
        "Von Klara Wiesner",
        "Автор: Иван Петров",
        "Stand: 20.08.2024, 08:00 Uhr",
        "Published: 2 December 2024, 21:15",
        "Wednesday 21 May 2025 18:30",
        "06.01.2026, 10:22 Uhr · Lesezeit: 2 Min.",
        "٣ ديسمبر ٢٠٢٤",
        "2025年5月21日 18時30分",
    ],
)
def test_names_and_dates_between_headline_and_text_are_told(line: str):
    assert is_opening(line)


@pytest.mark.parametrize(
    "line", ["His first, in 1968, hung at the pond:", "It cost 12 million.", "The bridge closes, and nobody knows why"]
)
def test_a_standfirst_is_no_byline(line: str):
    assert not is_opening(line)


def test_a_time_of_day_alone_is_a_clock():
    assert all(map(is_clock, ["21:30", "9h30", "18.05 Uhr", "7:42am", "12:00 GMT"]))
    assert not any(map(is_clock, ["3:1", "21:30 and counting", "1968", "2.5"]))


def test_a_line_of_when_and_by_whom_it_was_published_is_a_stamp():
    assert all(
        map(
            is_stamp,
            [
                "Posted on 3 May 2025 at 10:15",
                "Par Léna Kerboul Publié le 23/03/2025 à 18:00 | Mis à jour le 24/03/2025",
                "Postato il 3 maggio 2025 (14 letture)",
            ],
        )
    )
    assert not any(
        map(
            is_stamp,
            ["Published in 1904, the book is lost.", "The first edition, published 3 May 1904", "It cost 12 crowns"],
        )
    )


def test_a_line_of_when_it_was_changed_is_a_date():
    assert is_date("Updated at 02.36 GMT, 3 May 2024")
    assert not is_date("Updated rules come into force.")
    assert not is_date("Published in 1904, the book is lost.")


def test_comments_and_the_authors_life_end_an_article():
    assert all(map(is_end, ["12 Comments", "Leave a Reply", "Über den Autor", "Комментарии (3)", "תגובות"]))
    assert not any(map(is_end, ["Comments by the minister caused anger", "Reacties", "Read more"]))


def test_a_hostile_line_is_read_in_linear_time():
    for unit in ("cookies ", "subscribe ", "a@", "Follow us ", "12:30 ", "«", "is a reporter "):
        assert not is_furniture("x" + unit * 100_000)
