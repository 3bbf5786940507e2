"""Lines of a page that are not its article: share bars, newsletters, cookies, comments, related stories, bylines.

Told by their words, in sixteen languages. Everything read here is hostile: every pattern is linear in the length of the
line, and no long line is furniture.
"""

from __future__ import annotations

import re

_LONGEST = 300
_LONGEST_NOTICE = 700
_LONGEST_OPENING = 160
_BULLET = re.compile(r"^[\s>»›→▶►•*|–—\-▪■●▸]+")

_NETWORKS = "Facebook|Twitter|X|Instagram|Telegram|YouTube|LinkedIn|TikTok|WhatsApp|Threads|Bluesky|Mastodon"
_LETTER = r"(?i:newsletters?|inbox|e-?mails?|alerts|updates|briefings?|podcast|channel)"
_LEGAL = r"(?i:privacy policy|cookie policy|terms of (?:use|service)|terms and conditions|contact us|about us)"
_SHARE = r"(?i:share|tweet|facebook|twitter|x|whatsapp|telegram|linkedin|reddit|pinterest|e-?mail|print|copy link)"

# A line that begins so points to another article; what it says of that may still be news.
_POINTER = re.compile(
    r"(?:ALSO )?READ(?: MORE| ALSO| NEXT)?\s*:|Read (?:more|also|next)\s*:|(?:MORE|RELATED|SEE ALSO|SEE MORE)\s*:"
    r"|Related(?: articles?| stories| posts| coverage| news| topics)?\s*:"
)

_ENGLISH = (
    _POINTER.pattern,
    r"(?:WATCH|LISTEN)\s*:|Related(?: articles?| stories| posts| coverage| news| topics)?$",
    r"(?i:leave a (?:reply|comment))(?:\s+Cancel reply)?$",
    r"(?:\d+|No) [Cc]omments?$",
    r"(?:Post|Add) a comment$|Comments are (?:closed|off)|Be the first to comment",
    r"(?:View|Show|Join)(?: all| the)? (?:\d+ )?(?:comments|conversation)$",
    r"Your email address will not be published|Required fields are marked|Save my name, email",
    r"You are currently viewing\b",
    r"(?i:sign up|subscribe)(?i: now| today| here| free)?\s*(?::|!?$)",
    rf"(?:Sign up|Subscribe|SIGN UP|SUBSCRIBE)\b.*\b{_LETTER}\b",
    rf"Get (?:the|our)\b.*\b(?:delivered|{_LETTER})\b",
    r"Connect with us\b",
    rf"\(?(?i:join|follow) (?:our|us)\b.{{0,60}}\b(?:{_NETWORKS}|channel|group|community)\b",
    r"(?:Also|ALSO) (?:[Ww]atch|[Rr]ead|WATCH|READ)\s*(?::|$)",
    r"\(?For (?:all )?(?:the )?(?:latest|more|breaking)\b.{0,80}\b(?:download|follow|visit|subscribe|click)\b",
    r"\(?(?:Download|Get) (?:our|the)\b.{0,40}\bapp\b.{0,40}$",
    rf"Follow\b.{{1,80}}\bon (?:{_NETWORKS})\b",
    r"Please (?:make|consider|consider making) an? (?:\w+[- ])?(?:donation|contribution)\b",
    r"Please (?:donate|consider donating)\b",
    r"(?i:donate(?: now| today| here)?)$|Support (?:our|independent|local) journalism\b",
    rf"Share (?:this (?:article|story|post|page)|via|on (?:{_NETWORKS}))\b.{{0,40}}$",
    r"(?:Share|Tweet)(?: this)?$",
    rf"{_SHARE}(?:(?:\s*[|,/·•]\s*|\s+){_SHARE})+$",
    r"(?:We|This (?:web)?site|Our (?:web)?site) uses? cookies\b|(?:Accept|Reject|Manage)(?: all)? cookies$",
    r"(?i:cookie (?:policy|settings|preferences|notice))$",
    r"By (?:continuing|clicking|using|signing up)\b.*\b(?:cookies|terms|privacy)\b",
    r"(?i:advertisement)$|(?i:advertisement )?(?:Story|Article) continues below\b|(?i:sponsored(?: content)?)$",
    r"(?i:click here) (?i:to|for)\b",
    r"©|Copyright (?:©|\(c\)|\d{4})|(?i:all rights reserved)\.?$",
    rf"{_LEGAL}(?:\s*[|·•,/]\s*{_LEGAL})*$",
    r"(?:Previous|Next) (?:article|post|story)\s*(?::|$)",
    r"You (?:may|might) also (?:like|be interested)\b|(?i:most (?:read|popular|viewed))$",
    r"(?i:trending(?: now)?)$|Recommended(?: for you| stories| reading)?\s*:?$",
    r"(?:Tags|Filed under|Posted in)\s*:",
    r"(?:Log|Sign) in(?: to (?:comment|reply|continue|read)\b.*)?$",
    r"\d+ min(?:ute)?s? read$|\[\+[\d,.]{1,9} chars\]$",
    r"Skip to (?:main )?content$|Back to top$|Scroll (?:down )?to continue|Listen to this article\b",
    r"(?:View|Read|Open) (?:this (?:e-?mail|message|newsletter) )?in (?:your|a) browser\b|Unsubscribe\b.{0,80}$",
    r"(?:Read|Save) (?:this )?(?:article |story )?(?:for )?later$|Found (?:a|an) (?:mistake|error|typo)\b"
    r"|.{0,80}\bCtrl\s?\+\s?Enter\b",
    r"[^.!?]{2,60}\b(?:is|are) (?:an? |the )?[^.!?]{0,60}\b(?:reporters?|correspondents?|editors?|writers?|journalists?"
    r"|columnists?)\b.{0,160}(?:\w@\w|(?:^|\s)@\w|\b(?:Follow|Reach|Contact|Email) (?:her|him|them)\b)",
    r"More (?:on this story|from this author)$|About the author$|Load more(?: stories)?$",
)


def _phrases(text: str) -> str:
    """Alternatives out of phrases that are separated by bars or line ends."""
    phrases = (" ".join(phrase.split()) for phrase in re.split(r"[|\n]", text))
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases if phrase)


# Leads to another article: the phrase with a colon, or alone on its line.
_ELSEWHERE = _phrases(
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
_ALONE = _phrases(
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
# Begins a line that says how long an article takes.
_TIME_TAKEN = _phrases(
    """reading time | temps de lecture | lecture | lesezeit | lesedauer | tiempo de lectura | tempo di lettura
    tempo de leitura | leestijd | czas czytania | okuma süresi | время чтения | час читання | وقت القراءة | مدة القراءة
    زمان مطالعه | זמן קריאה | 阅读时间 | 读完需要 | 読了時間"""
)
# Begins a line that names what a page is filed under.
_FILED = _phrases(
    """mots-clés | étiquettes | schlagwörter | stichwörter | schlagworte | etiquetas | temas | argomenti | trefwoorden
    tagi | etiketler | теги | метки | ключевые слова | الوسوم | كلمات مفتاحية | برچسب‌ها | برچسبها | תגיות
    标签 | 標籤 | タグ"""
)
# Asks to follow, to subscribe, to sign up: furniture where the line also says for what.
_CALL = _phrases(
    """inscrivez-vous | abonnez-vous | recevez | suivez | rejoignez | abonnieren sie | melden sie sich | erhalten sie
    folgen sie | jetzt abonnieren | suscríbete | suscríbase | recibe | reciba | síguenos | únete | regístrate
    apúntate
    iscriviti | ricevi | seguici | abbonati | assine | inscreva-se | cadastre-se | receba | siga | subscreva
    schrijf je in | meld je aan | abonneer | ontvang | volg | zapisz się | subskrybuj | otrzymuj | obserwuj | śledź
    dołącz | abone ol | kayıt ol | takip et | bültenimize | подпишитесь | подписывайтесь | подписаться | получайте
    следите | підпишіться | підписуйтесь | підписатися | отримуйте | стежте | اشترك | اشتركوا | سجل | تابعنا | تابعونا
    احصل | عضو شوید | مشترک شوید | ما را دنبال | به کانال | در خبرنامه | הירשמו | הצטרפו | הרשמו | עקבו | קבלו
    retrouvez | téléchargez | laden sie | descarga | descargue | scarica | baixe | pobierz | uygulamamızı | скачайте
    скачать | завантажте | حمل | دانلود کنید | הורידו | 下载 | ダウンロード | 订阅 | 关注 | 訂閱 | 登録 | 購読
    フォロー | 無料メール | sign up | subscribe | follow us"""
)
_FOR = (
    rf"\b(?:{_NETWORKS}|e-?mails?|newsletter\w*|mail)\b|infolettre|lettre d|bulletin|boletín|boletim|posta elettronica"
    "|nieuwsbrief|biuletyn|bülten|рассылк|розсилк|канал|النشرة|نشرتنا|البريد|بريدك|قناتنا|خبرنامه|کانال|ایمیل|ניוזלטר"
    "|application|aplicación|aplicativo|aplikacj|uygulama|приложени|застосун|تطبيق|اپلیکیشن|אפליקצי|客户端|アプリ"
    "|דוא|ערוץ|邮件|通讯|简报|公众号|電子報|ニュースレター|メルマガ|メール"
)
_COOKIES = (
    r"(?:die cookie-einstellungen auf|nous utilisons|ce site|notre site|wir (?:verwenden|nutzen|setzen)"
    r"|(?:diese|unsere) (?:website|webseite|seite)"
    r"|utilizamos|usamos|este sitio|nuestro sitio|questo sito|il nostro sito|utilizziamo|usiamo|este site|nosso site"
    r"|wij gebruiken|we gebruiken|deze (?:web)?site|onze (?:web)?site|używamy|ta strona|nasza strona|bu (?:web )?site"
    r"|sitemiz|мы используем|наш сайт|этот сайт|сайт использует|ми використовуємо|цей сайт|نستخدم|يستخدم هذا الموقع"
    r"|این سایت|این وب|ما از|אנו משתמשים|אתר זה|本网站|我们使用|当サイト|このサイト)"
    r".{0,120}?(?:cookie|çerez|куки|ملفات تعريف الارتباط|کوکی|עוגיות|クッキー)"
)
_NOTICE = re.compile(_COOKIES, re.IGNORECASE)
_LINE = re.compile(
    "|".join(
        (
            *_ENGLISH,
            rf"(?i:(?:{_ELSEWHERE})(?:\s*[:：»›>|]|\s*\.{{0,3}}$))",
            rf"(?i:(?:\(?\d{{1,6}}\)?\s+)?(?:{_ALONE})\s*(?:[:：!]|\(?\d{{1,6}}\)?)?$)",
            rf"(?i:(?:{_TIME_TAKEN})\s*[:：]?\s*(?:ca\.?\s*)?\d.{{0,20}}$)",
            rf"(?i:(?:{_FILED})\s*[:：])",
            rf"(?i:(?:{_CALL}).{{0,160}}?(?:{_FOR}))",
            r"(?i:.{0,40}\b(?:kanal|bülten|sayfa)\w*\s.{0,20}\b(?:abone ol|takip et|katıl))",  # the verb comes last
        )
    )
)
# Below such a line stand the readers' words, or the author's life, and nothing more of the article.
_END = re.compile(
    "(?i:(?:"
    + _phrases(
        """about the author | about the authors | comments | leave a comment | leave a reply | join the conversation
        commentaires | laisser un commentaire | à propos de l'auteur | kommentare | kommentar schreiben
        über den autor | über die autorin | comentarios | deja un comentario | deja una respuesta | sobre el autor
        commenti | lascia un commento | sull'autore | comentários | deixe um comentário | sobre o autor
        plaats een reactie | over de auteur | komentarze | dodaj komentarz | o autorze | yorumlar | yorum yap
        yazar hakkında | комментарии | оставить комментарий | об авторе | коментарі | залишити коментар | про автора
        التعليقات | اترك تعليقا | عن الكاتب | ارسال نظر | درباره نویسنده | תגובות | הוסף תגובה | על הכותב
        发表评论 | 关于作者 | コメントを残す | 著者について"""
    )
    + r")\s*(?:[:：]|\(?\d{1,6}\)?)?$|\d{1,6} comments?$)"
)
_DAY_OR_HOUR = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}:\d\d\b|\b\d{1,2}\.\d{1,2}\.\d\d(?:\d\d)?\b|[٠-٩۰-۹]{4}|\d{1,2}\s?[月時点]|\d{1,2}h\d\d"
)
_CLOCK = re.compile(
    r"(?:[01]?\d|2[0-3])\s?[:.hH時时点]\s?[0-5]\d\s?(?:分|h|Uhr|am|pm|AM|PM|a\.m\.|p\.m\.)?\s?(?:[A-Z]{3,4}|Uhr)?"
)
_STAMPED = re.compile(
    r"(?:[^\W\d]{2,12},? )?(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d\d-\d\d)"
    r"\W{1,4}(?:um |at |à |kl\.? ?)?\d{1,2}[:.h]\d\d"
)
_DATED = re.compile(
    r"(?:first published|published|last updated|last modified|updated|posted|publié|mis à jour|modifié|veröffentlicht"
    r"|aktualisiert|erstellt|stand:|publicado|publicada|actualizado|actualizada|pubblicato|aggiornato|atualizado"
    r"|gepubliceerd|bijgewerkt|opublikowano|data publikacji|aktualizacja|yayın|güncelle|опубликован|обновлен|обновлён"
    r"|опубліковано|оновлено|نشر في|تاريخ النشر|آخر تحديث|تم التحديث|تاریخ انتشار|פורסם|עודכן|发布于|发布时间"
    r"|更新于|更新时间|公開日|更新日|公開：|更新：|公開:|更新:)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:(?:By|BY|Par|PAR|Von|VON|Por|POR|Di|Door|Автор|Текст|Written by|Reported by|Story by|بقلم|מאת)\s+\S"
    r"|(?:Autor|Autorin|Autora|Auteur|Text|Redaktion|Redazione|Redacción|Rédaction|Interview|Autore|Автор|Текст|كتب|نویسنده"
    r"|文|作者|记者|記者|取材|כתב)\s*[:：／/])"
)


_SENTENCE_ENDS = tuple(".!?…:;。！？।۔؟")


def bare(line: str) -> str:
    """A line without blanks around it and what marks it as an item."""
    return _BULLET.sub("", line.strip())


def is_furniture(line: str) -> bool:
    """Whether a line is the page's and not the article's: share bar, newsletter, cookies, comments, related story."""
    said = bare(line)
    return (len(said) <= _LONGEST and bool(_LINE.match(said))) or (
        len(said) <= _LONGEST_NOTICE and bool(_NOTICE.match(said))
    )


def is_pointer(line: str) -> bool:
    """Whether a line points to another article, and yet may say something itself: "Read more: The king has left."."""
    return bool(_POINTER.match(bare(line)))


def is_end(line: str) -> bool:
    """Whether what follows a line is no more of the article: a heading above comments, related stories, the author."""
    return len(line) <= 60 and bool(_END.match(bare(line)))


def is_clock(line: str) -> bool:
    """Whether a line is a time of day and nothing else, as above an entry of a live blog."""
    return len(line) <= 24 and bool(_CLOCK.fullmatch(line.strip()))


def is_date(line: str) -> bool:
    """Whether a line says when it was published or changed, and nothing else."""
    said = bare(line)
    return len(said) <= 80 and bool(_DATED.match(said)) and bool(_DAY_OR_HOUR.search(said))


def is_opening(line: str) -> bool:
    """Whether a line between headline and text is neither: who wrote it, when it was published, how long it takes."""
    said = bare(line)
    if len(said) > _LONGEST_OPENING:
        return False
    if _SIGNED.match(said) or _DATED.match(said) or _STAMPED.match(said):
        return True
    return not said.endswith(_SENTENCE_ENDS) and len(said.split()) <= 14 and bool(_DAY_OR_HOUR.search(said))
