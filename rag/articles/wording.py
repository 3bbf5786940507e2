"""What the furniture of a page says, in sixteen languages: alternatives of regular expressions, each of them linear."""

from __future__ import annotations

import re

NETWORKS = "Facebook|Twitter|X|Instagram|Telegram|YouTube|LinkedIn|TikTok|WhatsApp|Threads|Bluesky|Mastodon"
NETWORKS += "|Google News|Google Новости|Google Haberler|Google Discover|VK|ВКонтакте|Дзен|MAX|Viber|Signal"


def phrases_of(text: str) -> str:
    """Alternatives out of phrases that are separated by bars or line ends."""
    found = (" ".join(phrase.split()) for phrase in re.split(r"[|\n]", text))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in found if phrase)


# Leads to another article: the phrase with a colon, or alone on its line.
ELSEWHERE = phrases_of(
    """à lire aussi | lire aussi | à lire également | voir aussi | sur le même sujet | pour aller plus loin
    lesen sie auch | lesen sie mehr | lesen sie dazu | mehr zum thema | zum thema | weiterlesen | auch interessant
    das könnte sie auch interessieren | lesen sie hier | zum weiterlesen
    lee también | lea también | lea además | leer más | le puede interesar | te puede interesar | ver también
    noticias relacionadas | más información
    leggi anche | leggi di più | vedi anche | potrebbe interessarti | ti potrebbe interessare | articoli correlati
    leia também | leia mais | veja também | saiba mais | notícias relacionadas | veja mais
    lees ook | lees meer | lees verder | bekijk ook | meer over dit onderwerp
    czytaj też | czytaj także | czytaj więcej | czytaj również | zobacz też | zobacz także | przeczytaj także
    przeczytaj również | polecamy | dowiedz się więcej | powiązane artykuły
    ilgili haber | ilgili haberler | ayrıca okuyun | bunu da okuyun | devamını oku | daha fazlası | i̇lgili haberler
    İlgili haberler | İlgili haber
    читайте также | читать также | читать далее | читать ещё | по теме | материалы по теме | смотрите также
    читайте також | читати також | читайте ще | до теми | за темою | дивіться також | більше за темою
    اقرأ أيضا | اقرأ أيضًا | اقرأ أيضاً | إقرأ أيضا | اقرأ المزيد | مواضيع ذات صلة | أخبار ذات صلة
    قد يهمك أيضا | شاهد أيضا
    بیشتر بخوانید | همچنین بخوانید | مطالب مرتبط | اخبار مرتبط | بخوانید
    קראו גם | קראו עוד | לקריאה נוספת | כתבות נוספות | עוד בנושא | אולי יעניין אותך
    相关阅读 | 延伸阅读 | 相关新闻 | 相关报道 | 相關新聞 | 延伸閱讀 | 更多新闻 | 推荐阅读
    関連記事 | 関連ニュース | あわせて読みたい | こちらもおすすめ | もっと読む | 続きを読む"""
)
# Alone on its line, perhaps with a number before or behind it.
ALONE = phrases_of(
    """publicité | partager | partager l'article | commentaires | laisser un commentaire | réagir | les plus lus
    lire plus tard | signaler une erreur | mots-clés | accepter tout | tout accepter | la suite après la publicité
    s'abonner | imprimer
    anzeige | werbung | teilen | artikel teilen | kommentare | kommentar schreiben | kommentieren | meistgelesen
    später lesen | fehler melden | schlagwörter | alle akzeptieren | drucken | startseite
    publicidad | compartir | comentarios | deja un comentario | deja una respuesta | lo más leído | etiquetas
    aceptar todo | imprimir | leer más tarde | guardar
    pubblicità | condividi | commenti | lascia un commento | i più letti | accetta tutto | stampa
    publicidade | compartilhar | compartilhe | partilhar | comentários | deixe um comentário | mais lidas
    continua após a publicidade | aceitar tudo
    advertentie | delen | deel dit artikel | reacties | plaats een reactie | meest gelezen | alles accepteren
    reklama | udostępnij | komentarze | dodaj komentarz | najczęściej czytane | tagi | akceptuję
    reklam | paylaş | yorumlar | yorum yap | yorum yaz | en çok okunanlar | etiketler | tümünü kabul et
    реклама | поделиться | комментарии | оставить комментарий | добавить комментарий | самое читаемое | популярное
    теги | сообщить новость | сообщить об ошибке | читать позже | повідомити про помилку | принять | поділитися
    коментарі | залишити коментар | найпопулярніше | прийняти
    إعلان | مشاركة | شارك | شارك المقال | التعليقات | تعليقات | اترك تعليقا | أضف تعليقا | الأكثر قراءة
    الوسوم | موافق
    آگهی | تبلیغات | اشتراک‌گذاری | اشتراکگذاری | نظرات | دیدگاه | دیدگاه‌ها | ارسال نظر | پربازدیدترین
    پربیننده‌ترین | برچسب‌ها
    פרסומת | שתפו | שיתוף | תגובות | הוסף תגובה | הוספת תגובה | הנקראות ביותר | תגיות | אישור
    广告 | 分享 | 评论 | 发表评论 | 热门 | 热门文章 | 标签 | 廣告 | 評論 | 接受
    広告 | シェア | シェアする | コメント | コメントを残す | コメントする | 人気記事 | アクセスランキング | タグ
    同意する"""
)
# Says that the text goes on below a picture or an advertisement.
GOES_ON = (
    r"(?:de |der |the |el |o |il )?(?:te[kx]st(?:en|o)?|art[ií][kc]\w{0,5}|story|haberin|haber)\s"
    r"(?:gaat|loopt|geht|continues|continúa|continua|fortsetter|fortsätter|fortsætter|devamı)\b.{0,40}"
    r"|dalsza część (?:tekstu|artykułu)\b.{0,30}|ciąg dalszy (?:tekstu|artykułu|pod)\b.{0,30}"
    r"|продолжение (?:статьи|текста|после|ниже)\b.{0,30}|продовження (?:статті|тексту|після|нижче)\b.{0,30}"
    r"|continúa (?:después|tras|leyendo)\b.{0,30}|continua (?:depois|após|dopo)\b.{0,30}"
)
# Begins a line that says how long an article takes.
TIME_TAKEN = phrases_of(
    """reading time | temps de lecture | lecture | lesezeit | lesedauer | tiempo de lectura | tempo di lettura
    tempo de leitura | leestijd | czas czytania | okuma süresi | время чтения | час читання | وقت القراءة | مدة القراءة
    زمان مطالعه | זמן קריאה | 阅读时间 | 读完需要 | 読了時間"""
)
# Begins a line that names what a page is filed under.
FILED = phrases_of(
    """keywords | related topics | temas relacionados | archivado en | anahtar kelimeler | słowa kluczowe | темы
    mots-clés | étiquettes | schlagwörter | stichwörter | schlagworte | etiquetas | temas | argomenti | trefwoorden
    tagi | etiketler | теги | метки | ключевые слова | الوسوم | كلمات مفتاحية | برچسب‌ها | برچسبها | תגיות
    标签 | 標籤 | タグ"""
)
# Asks to follow, to subscribe, to sign up: furniture where the line also says for what.
CALL = phrases_of(
    """inscrivez-vous | abonnez-vous | recevez | suivez | rejoignez | abonnieren sie | melden sie sich | erhalten sie
    folgen sie | jetzt abonnieren | suscríbete | suscríbase | recibe | reciba | síguenos | únete | regístrate
    apúntate
    iscriviti | ricevi | seguici | abbonati | assine | inscreva-se | cadastre-se | receba | siga | subscreva
    schrijf je in | meld je aan | abonneer | ontvang | volg | zapisz się | subskrybuj | otrzymuj | obserwuj | śledź
    dołącz | abone ol | kayıt ol | takip et | bültenimize | подпишитесь | подписывайтесь | подписаться | получайте
    следите | підпишіться | підписуйтесь | підписатися | отримуйте | стежте | اشترك | اشتركوا | سجل | تابعنا | تابعونا
    احصل | عضو شوید | مشترک شوید | ما را دنبال | به کانال | در خبرنامه | הירשמו | הצטרפו | הרשמו | עקבו | קבלו
    sigue | sigue toda | puedes seguir | siga-nos | síganos | segui | clique aqui e siga | читайте нас | мы в
    читайте в нашем | больше новостей | takip edin | katılın | abone olun | download onze | stuur ons | installeer
    retrouvez | téléchargez | laden sie | descarga | descargue | scarica | baixe | pobierz | uygulamamızı | скачайте
    скачать | завантажте | حمل | دانلود کنید | הורידו | 下载 | ダウンロード | 订阅 | 关注 | 訂閱 | 登録 | 購読
    フォロー | 無料メール | sign up | subscribe | follow us"""
)
FOR = (
    rf"\b(?:{NETWORKS}|e-?mails?|newsletter\w*|mail)\b|infolettre|lettre d|bulletin|boletín|boletim|posta elettronica"
    "|nieuwsbrief|biuletyn|bülten|рассылк|розсилк|канал|النشرة|نشرتنا|البريد|بريدك|قناتنا|خبرنامه|کانال|ایمیل|ניוזלטר"
    "|application|aplicación|aplicativo|aplikacj|uygulama|приложени|застосун|تطبيق|اپلیکیشن|אפליקצי|客户端|アプリ"
    "|דוא|ערוץ|邮件|通讯|简报|公众号|電子報|ニュースレター|メルマガ|メール"
)
COOKIES = (
    r"(?:die cookie-einstellungen auf|nous utilisons|ce site|notre site|wir (?:verwenden|nutzen|setzen)"
    r"|(?:diese|unsere) (?:website|webseite|seite)"
    r"|utilizamos|usamos|este sitio|nuestro sitio|questo sito|il nostro sito|utilizziamo|usiamo|este site|nosso site"
    r"|wij gebruiken|we gebruiken|deze (?:web)?site|onze (?:web)?site|używamy|ta strona|nasza strona|bu (?:web )?site"
    r"|sitemiz|мы используем|наш сайт|этот сайт|сайт использует|ми використовуємо|цей сайт|نستخدم|يستخدم هذا الموقع"
    r"|این سایت|این وب|ما از|אנו משתמשים|אתר זה|本网站|我们使用|当サイト|このサイト)"
    r".{0,120}?(?:cookie|çerez|куки|ملفات تعريف الارتباط|کوکی|עוגיות|クッキー)"
)
