"""What walls, error pages and live blogs say of themselves, in sixteen languages. Every pattern is linear."""

from __future__ import annotations

import re


def _any(text: str, *, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """A pattern for phrases that are separated by bars or line ends; "~" stands for a few words between two parts."""
    phrases = (" ".join(phrase.split()) for phrase in re.split(r"[|\n]", text))
    parts = (
        re.escape(phrase).replace(r"\ ", r"\s+").replace(r"\~", r"[^.!?\n]{0,60}?") for phrase in phrases if phrase
    )
    return re.compile("|".join(parts), flags)


# Says that the rest of this very article is for those who pay or sign in.
PAYWALL = _any(
    """subscribe to continue reading | subscribe to continue | subscribe to read | subscribe now to read
    subscribe to unlock | to continue reading
    to keep reading | continue reading with | to read the full | to read the rest | to read this article in full
    this article is for subscribers | this content is for subscribers | for subscribers only
    for paid subscribers | for paying subscribers | for members only
    exclusive to subscribers | available to subscribers | this story is for members
    you have reached your limit | you've reached your limit
    no free articles | no more free articles | register to continue | sign in to continue | log in to continue
    unlock this article | become a subscriber to read | to view the full story | start your free trial
    réservé aux abonnés | réservée aux abonnés | réservé à nos abonnés | il vous reste ~ à lire
    abonnez-vous pour lire | pour lire la suite | la suite est réservée | lire la suite ~ abonn
    nur für abonnenten | exklusiv für abonnenten | jetzt weiterlesen | weiterlesen mit | um weiterzulesen
    dieser artikel ist ~ abonnenten | jetzt abonnieren und weiterlesen
    mit einem abo lesen | testen sie ~ kostenlos und lesen | lesen sie diesen artikel mit
    solo para suscriptores | exclusivo para suscriptores | contenido exclusivo para | suscríbete para seguir leyendo
    suscríbase para leer | para seguir leyendo
    riservato agli abbonati | contenuto riservato | per continuare a leggere | abbonati per leggere
    exclusivo para assinantes | conteúdo exclusivo | assine para ler | para continuar lendo | para continuar a ler
    exclusivo para subscritores
    alleen voor abonnees | exclusief voor abonnees | om verder te lezen | verder lezen met
    lees verder met een abonnement | word abonnee en lees
    tylko dla prenumeratorów | tylko dla subskrybentów | aby czytać dalej | pozostało ~ artykułu
    wykup dostęp | dostęp do treści | czytaj dalej z prenumeratą
    abonelere özel | devamını okumak için abone | okumaya devam etmek için
    только для подписчиков | доступно подписчикам | доступен только подписчикам | чтобы читать дальше
    оформите подписку | продолжение доступно
    лише для передплатників | тільки для передплатників | щоб читати далі | оформіть передплату
    доступно за передплатою
    للمشتركين فقط | حصري للمشتركين | اشترك لمتابعة القراءة | لمواصلة القراءة | لقراءة المقال كاملا
    هذا المحتوى للمشتركين
    ویژه مشترکان | فقط برای مشترکان | برای ادامه مطالعه | برای خواندن ادامه | برای ادامه خواندن
    למנויים בלבד | תוכן למנויים | להמשך קריאה | כדי להמשיך לקרוא
    läsa vidare? ~ prenumer | för att läsa vidare | för att fortsätta läsa | endast för prenumeranter
    for at læse videre | for å lese videre | kun for abonnenter | forbeholdt abonnenter
    仅限订阅者 | 订阅后可 | 订阅以继续阅读 | 付费阅读 | 会员专享 | 订阅后阅读全文 | 登录后阅读全文 | 本文为付费内容
    有料会員限定 | 会員限定 | この記事は有料 | 続きを読むには | 有料記事 | 残り ~ 文字 | 残り~文字"""
)
# Speaks to subscribers, as whole articles' pages do too: in a footer, above a list of other articles.
ADDRESSED = _any(
    """already a subscriber | already have a subscription | free articles remaining | free articles left
    subscribers only | members only | déjà abonné | sie haben bereits ein abo | bereits abonnent | ya eres suscriptor
    ya es suscriptor | sei già abbonato | já é assinante | al abonnee | masz już prenumeratę | zaten abone misiniz
    уже есть подписка | כבר מנוי"""
)
# What stands around such words where they say that it is not so, or speak of other articles.
DENIED_BEFORE = re.compile(
    r"(?:\bnot|n['’]t|\bno longer|\bnicht|\bpas|\bnon è|\bno es|\bnão é|\bnie|\bniet|\bне|ليس|ليست|غير"
    r"|\bלא|אינה|אינו|不是|并非|非)"
    r"(?:\W{1,2}\w{1,9})?\W{0,2}$",
    re.IGNORECASE,
)
DENIED_BEHIND = re.compile(
    r"\W{0,2}(?:では(?:ありません|ない)|じゃ|でない|değil)|:\s*\w"
    r"|\s+(?:supporting|our|more (?:from|stories|like)|stories|like)\b",
    re.IGNORECASE,
)
# Speaks of consent, each phrase once: a page that says three of these and little else is a wall.
CONSENT = tuple(
    _any(text)
    for text in (
        """cookie | çerez | کوکی | עוגיות | ملفات تعريف الارتباط | クッキー""",
        """consent | einwillig | zustimm | consentement | consentimiento | consenso | consentimento | toestemming
        zgod
        onay | rıza | соглас | згод | موافق | رضایت | הסכמ | 同意""",
        """our partners | ~ partners | partenaires | partner | socios | proveedores | parceiros | partnerzy | zaufan
        iş ortak | партнер | партнёр | شركا | شرکا | שותפ | 合作伙伴 | パートナー""",
        """personal data | personal information | données personnelles | personenbezogene | datos personales
        dati personali | dados pessoais | persoonsgegevens | persoonlijke gegevens | dane osobowe | danych osobowych
        kişisel veri | персональн | البيانات الشخصية | بيانات شخصية | بياناتك | اطلاعات شخصی | داده | מידע אישי
        个人数据 | 个人信息 | 個人情報""",
        """accept all | accept and continue | accept cookies | reject all | manage options | manage preferences
        i accept
        tout accepter | accepter et | j'accepte | continuer sans accepter | alle akzeptieren | akzeptieren
        aceptar | rechazar | accetta | rifiuta | aceitar | rejeitar | accepteren | akkoord | weigeren | akceptuj
        przejdź do serwisu
        zustimmen und weiter
        kabul | reddet | принять | прийняти | отклонить | قبول | رفض | پذیر | אישור | מסכים | 接受 | 拒绝 | 同意する
        許可""",
        """mit werbung | werbefrei | pur-abo | ohne tracking | ad-free | without ads | sans publicité | senza pubblicità
        sin publicidad | zonder advertenties | bez reklam""",
        """privacy policy | privacy settings | privacy | confidentialité | datenschutz | privacidad | riservatezza
        privacidade | prywatnoś | gizlilik | конфиденциальн | конфіденційн | приватн | الخصوصية | حریم خصوصی | פרטיות
        隐私 | プライバシー""",
        """advertis | personalised ads | personalized ads | publicité | werbung | anzeigen | publicidad | pubblicit
        publicidade | advertentie | reklam | реклам | إعلان | تبلیغ | פרסו | 广告 | 広告""",
    )
)
# The title or headline of a page that says that the page is not there, or that a machine asks who reads.
ERROR = re.compile(
    r"(?:^|\W)(?:40[0134]|410|429|451|50[0-4])"
    r"(?:\s*[-:–—|]|\s+(?:error|not found|page|forbidden|seite|erreur|ошибка)|$)|^error\b|"
    + _any(
        """page not found | page cannot be found | page can't be found | page could not be found | page isn't available
        page is not available | page no longer exists | page does not exist | page doesn't exist | story not found
        article not found | content not found | no longer available | nothing was found | nothing found | not found
        unavailable for legal reasons
        unavailable due to legal reasons | access denied | access to this page has been denied
        forbidden | service unavailable | bad gateway
        internal server error | temporarily unavailable | just a moment | attention required | are you a robot
        are you human | verify you are human | checking your browser | security check | please enable javascript
        we can't find | we couldn't find | oops
        page introuvable | page non trouvée | page n'existe | page demandée | accès refusé
        seite nicht gefunden | seite wurde nicht gefunden | seite existiert nicht | nicht verfügbar
        zugriff verweigert
        página no encontrada | no se encontró | no se ha encontrado | página no existe | acceso denegado
        pagina non trovata | non è stata trovata | pagina non esiste | accesso negato
        página não encontrada | não encontramos | página não existe | acesso negado
        pagina niet gevonden | niet gevonden | bestaat niet | strona nie istnieje | nie znaleziono
        strony nie znaleziono
        nie odnaleziono | sayfa bulunamadı | bulunamadı | страница не найдена | страницы не существует | не найдено
        не найдена | доступ запрещен | доступ запрещён | сторінку не знайдено | сторінка не існує | не знайдено
        الصفحة غير موجودة | غير موجودة | لم يتم العثور | تعذر العثور | صفحه یافت نشد | یافت نشد | پیدا نشد
        הדף לא נמצא | העמוד לא נמצא | לא נמצא | 页面不存在 | 找不到 | 未找到 | 页面未找到 | 頁面不存在
        ページが見つかりません | 見つかりません | 存在しません"""
    ).pattern,
    re.IGNORECASE,
)
# In a few words that are all a page has: they speak of another page that was asked for.
MISSING = _any(
    """the page you | the story you | the article you | page that you | page you requested | requested page
    requested url | la page que vous | page demandée | gesuchte seite | angeforderte seite | aufgerufene seite
    seite, die sie | la página que | la pagina che | a página que | de pagina die | strona, której | strony, której
    aradığınız sayfa | запрашиваемая страница | запрошенная страница | страница, которую | сторінка, яку
    запитувана сторінка | الصفحة التي | الصفحة المطلوبة | صفحه مورد نظر | صفحه ای که | صفحه‌ای که | הדף שחיפשת
    העמוד שביקשת | הדף המבוקש | 您访问的页面 | 您请求的页面 | 您查找的页面 | お探しのページ | ご指定のページ"""
)
# In a title or an address: a page that grows.
LIVE = re.compile(
    r"\blive(?:[- ]?blog|[- ]?ticker|[- ]updates?|\s*[:|–—-])|\bas it happened\b|^live\b|/live(?:blog)?[/-]|/liveticker"
    r"|\b(?:en direct|en vivo|en directo|minuto a minuto|in diretta|diretta|ao vivo|ao minuto|em direto|newsblog|ticker"
    r"|na żywo|na bieżąco|relacja|canlı|хроника|наживо|хроніка)\b|онлайн|минут[аы] за минут"
    r"|مباشر|لحظة بلحظة|لحظه به لحظه|زنده|שידור חי|עדכונים שוטפים|直播|实时更新|實時|ライブ|速報中|タイムライン",
    re.IGNORECASE,
)
# At the very end: there is more than this.
_GOES_ON = _any(
    """continue reading | read more | read the full story | lire la suite | weiterlesen | seguir leyendo | leer más
    continua a leggere | leia mais | lees verder | czytaj dalej | devamını oku | читать далее | читати далі
    اقرأ المزيد | ادامه مطلب | להמשך קריאה | 阅读全文 | 続きを読む"""
)
BREAKS_OFF = re.compile(
    r"(?:…|\.\.\.|\[(?:…|\.\.\.)\]|\((?:…|\.\.\.|more)\)|\[\+[\d,.]{1,9} chars\]"
    rf"|(?:…|\.\.\.)\W{{0,3}}(?:{_GOES_ON.pattern})\W{{0,5}})$",
    re.IGNORECASE,
)
