"""What is amiss with an article is told by two signs or more, and an article that is whole is left alone."""

import pytest

from rag.quality import Page, asks_to_pay, defects, language_of, refusal
from rag.types import Defect

SENTENCE = "The council voted on Tuesday to rebuild the bridge over the river after months of debate, the mayor said."
ARTICLE = "\n\n".join([SENTENCE] * 20)
STUB = f"{SENTENCE}\n\n{SENTENCE}"
CONSENT = (
    "We and our 846 partners store information on your device, such as cookies, to personalise advertising. "
    "With your consent we process personal data. Accept all, or manage preferences in our privacy policy."
)
HEADLINES = tuple(f"A headline about town number {number}" for number in range(8))


def kinds(text: str, page: Page | None = None) -> list[str]:
    return [defect.kind for defect in defects(text, page=page)]


@pytest.mark.parametrize(
    ("text", "page", "kind"),
    [
        (STUB, Page(around=f"{STUB} Subscribe to continue reading"), "paywall"),
        (STUB, Page(around=f"{STUB} Réservé aux abonnés"), "paywall"),
        (STUB, Page(is_free=False, around=f"{STUB} Already a subscriber? Log in"), "paywall"),
        (STUB, Page(is_free=False, behind=f"{STUB} Subscribe to read the rest"), "paywall"),
        (f"{STUB} But then…", Page(around=f"{STUB} But then… Already a subscriber?"), "paywall"),
        (STUB, Page(around=f"{STUB} This post is for paid subscribers"), "paywall"),
        (STUB, Page(around=f"{STUB} Vill du läsa vidare? Bli prenumerant i dag"), "paywall"),
        (STUB, Page(around=f"{STUB} You have no free articles remaining"), "paywall"),
        (STUB, Page(marks=("paywall",)), "paywall"),
        (ARTICLE, Page(is_free=False, stated_words=2_000), "paywall"),
        (f"{STUB}\n\nSubscribe to continue reading", None, "paywall"),
        (CONSENT, Page(shown=CONSENT), "cookie_wall"),
        ("", Page(shown=CONSENT), "cookie_wall"),
        ("Sorry.", Page(title="Page not found | Oxley Post"), "error_page"),
        ("Sorry.", Page(title="404"), "error_page"),
        ("", Page(title="Just a moment..."), "error_page"),
        ("Désolé.", Page(headline="Page introuvable"), "error_page"),
        ("お探しのページは移動しました。", Page(title="オックスリー新聞"), "error_page"),
        ("The page you were after is gone.", Page(title="Oxley Post"), "error_page"),
        ("Sorry.", Page(title="451: Unavailable due to legal reasons", headline="Oxley Post"), "error_page"),
        ("Sorry.", Page(title="Page not found | Oxley Post", headline="Oxley Post"), "error_page"),
        ("Lesen.", Page(shown="Mit Werbung lesen oder werbefrei im Abo. Zustimmen und weiter"), "cookie_wall"),
        ("", Page(headlines=HEADLINES), "index_page"),
        (ARTICLE, Page(kinds=frozenset({"LiveBlogPosting"})), "live_blog"),
        (ARTICLE, Page(title="Storm live: trains stop", hours=5), "live_blog"),
        (f"22:41 Vann concedes.\n\n{SENTENCE}\n21:30 A box.\n20:10 Figures.\n18:00 Polls close.", None, None),
        (f"{ARTICLE} The mayor added that…", None, "truncated"),
        (f"{ARTICLE}\n\n{SENTENCE} Then he said […]", None, "truncated"),
        (f"{ARTICLE}\n\n{SENTENCE} He went to the", None, "truncated"),
        (f"{ARTICLE}\n\n{SENTENCE} “And that I", None, "truncated"),
        (f"{STUB} A short description of it [+1234 chars]", None, "truncated"),
        (ARTICLE, Page(given_words=1_000), "truncated"),
    ],
)
def test_each_defect_is_told(text: str, page: Page | None, kind: str | None):
    assert kinds(text, page) == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("text", "page"),
    [
        (ARTICLE, None),
        (STUB, None),
        ("The king has died.", None),
        (ARTICLE, Page(around=f"{ARTICLE} Subscribe to continue reading")),  # a banner below a whole article
        (
            f"“Subscribe to continue reading” is what people hate, she said. {STUB}",
            Page(around="Subscribe to continue"),
        ),
        (ARTICLE, Page(is_free=False)),
        (STUB, Page(is_free=False)),  # as every article of a paper that lets each reader have five
        (STUB, Page(is_free=False, around=f"{STUB} Subscribers only: The mayor speaks")),
        (STUB, Page(behind=f"{STUB} Subscribe to continue reading")),  # below another article, or in the footer
        (STUB, Page(around=f"{STUB} Already a subscriber? Log in")),
        (STUB, Page(around=f"{STUB} You have 2 free articles remaining")),
        (STUB, Page(around=f"{STUB} Subscribe to continue supporting us")),
        (STUB, Page(around=f"{STUB} Subscribe to read more from Ann Lee")),
        (STUB, Page(around=f"{STUB} This story is not for subscribers only.")),
        (STUB, Page(around=f"{STUB} この記事は会員限定ではありません。")),
        (STUB, Page(around=f"{STUB} Dieser Text ist nicht nur für Abonnenten.")),
        (
            STUB,
            Page(
                title="Page not found: a lost diary turns up | Oxley Post",
                headline="Page not found: a lost diary turns up",
            ),
        ),
        ("\n".join([SENTENCE] * 3), Page(title="Page not found: the diary that lost a year | Oxley Post")),
        (f"{STUB} Cookies are baked with the consent of the baker.", Page(shown=CONSENT)),
        ("Survivors were not found.", Page(title="Survivors not found after boat sinks in the bay of Oxley")),
        (STUB, Page(title="Page not found", kinds=frozenset({"NewsArticle"}))),
        (ARTICLE, Page(headlines=HEADLINES)),
        (STUB, Page(headlines=HEADLINES[:4])),
        ("", Page(headlines=HEADLINES, kind="article")),
        (ARTICLE, Page(title="Where we live: a street in Oxley", hours=1)),
        (f"{ARTICLE}\n\nPhotograph: Ned Farrow/Harbour Courier", None),
        (f"{ARTICLE}\n\nRead more", None),
        (ARTICLE, Page(stated_words=12_000)),  # characters, as some count them
    ],
)
def test_an_article_that_is_whole_is_left_alone(text: str, page: Page | None):
    assert kinds(text, page) == []


def test_a_reason_says_what_was_seen():
    (found,) = defects(STUB, page=Page(around=f"{STUB} Subscribe to continue reading"))
    assert found.reason == (
        "It is the beginning of an article behind a paywall: the page says “Subscribe to continue reading”."
    )


def test_only_the_kinds_that_are_refused_are_refused():
    found = [Defect(kind="live_blog", reason="It is a live blog.")]
    assert refusal(found, kinds={"paywall"}) is None
    assert refusal(found, kinds={"live_blog"}) == (
        "It is a live blog. Give the whole article, or take live_blog out of REFUSE."
    )


def test_a_long_line_asks_nobody_to_pay():
    assert asks_to_pay("This article is for subscribers only.")
    assert not asks_to_pay("This article is for subscribers only. " * 10)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", SENTENCE),
        ("fr", "Le conseil a voté mardi la reconstruction du pont sur la rivière, qui est fermé depuis des mois."),
        (
            "de",
            "Der Rat hat am Dienstag beschlossen, die Brücke über den Fluss wieder aufzubauen, die seit Mai zu ist.",
        ),
        ("es", "El consejo votó el martes reconstruir el puente sobre el río, que está cerrado desde hace meses."),
        ("it", "Il consiglio ha votato martedì per ricostruire il ponte sul fiume, che è chiuso da mesi, ha detto."),
        ("pt", "O conselho votou na terça-feira a reconstrução da ponte sobre o rio, que não abre há meses."),
        ("nl", "De raad heeft dinsdag besloten om de brug over de rivier te herbouwen, die al maanden dicht is."),
        ("pl", "Rada we wtorek przegłosowała odbudowę mostu na rzece, który jest zamknięty od maja, i to nie koniec."),
        ("tr", "Meclis salı günü nehir üzerindeki köprü için karar aldı ve bu köprü daha çok uzun süre kapalı olacak."),
        ("ru", "Совет во вторник решил восстановить мост через реку, который был закрыт с мая, и это не всё."),
        ("uk", "Рада у вівторок вирішила відбудувати міст через річку, який був закритий із травня, і це не все."),
        ("ar", "صوت المجلس يوم الثلاثاء على إعادة بناء الجسر الذي كان مغلقا منذ أشهر في المدينة، وقال العمدة ذلك."),
        ("fa", "شورا روز سه‌شنبه رأی داد که پل روی رودخانه را که از ماه مه بسته است از نو بسازد و این کار را کرد."),
        ("he", "המועצה החליטה ביום שלישי לבנות מחדש את הגשר מעל הנהר שסגור מאז חודש מאי."),
        ("zh", "市议会周二投票决定重建河上的桥梁，该桥自五月以来一直关闭，市长周三上午在记者会上表示欢迎。"),
        ("ja", "市議会は火曜日、五月から閉鎖されている川の橋を再建することを決めたと市長が述べた。"),
        ("ko", "시의회는 화요일 오월부터 폐쇄된 강 위의 다리를 다시 짓기로 결정했다고 시장이 말했다."),
        (None, "市议会周二投票决定重建河上的桥梁 Oxley Tarnwick Hoy"),
        (None, "Bridge"),
        (None, "12 34 56 78 90 " * 20),
        (None, "Oxley Tarnwick Varn Quellen Mirav Sarn Ostrava Hoy Lowfield Portfair Samphire"),
    ],
)
def test_the_language_of_a_text_is_told_or_left_open(language: str | None, text: str):
    assert language_of(text) == language


def test_hostile_text_is_read_in_linear_time():
    for unit in ("subscribe to ", "il vous reste ", "残り", "12:30 ", "“", "cookie "):
        assert isinstance(defects(unit * 100_000, page=Page(shown=unit * 500, around=unit * 20_000)), tuple)
