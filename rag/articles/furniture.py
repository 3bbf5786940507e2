"""Lines of a page that are not its article: share bars, newsletters, cookies, comments, related stories, bylines.

Told by their words, in sixteen languages. Everything read here is hostile: every pattern is linear in the length of the
line, and no long line is furniture.
"""

from __future__ import annotations

import re

from rag.articles.wording import (
    ALONE,
    CALL,
    COOKIES,
    ELSEWHERE,
    FILED,
    FOR,
    GOES_ON,
    NETWORKS,
    TIME_TAKEN,
    phrases_of,
)

_LONGEST = 300
_LONGEST_NOTICE = 700
_LONGEST_OPENING = 160
_LONGEST_LEAD = 40
_BULLET = re.compile(r"^[\s>»›→▶►•*|–—\-▪■●▸]+|(?<=\w)[\s|–—\-]+$")

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
    rf"\(?(?i:join|follow) (?:our|us)\b.{{0,60}}\b(?:{NETWORKS}|channel|group|community)\b",
    r"(?:Also|ALSO) (?:[Ww]atch|[Rr]ead|WATCH|READ)\s*(?::|$)",
    r"\(?For (?:all )?(?:the )?(?:latest|more|breaking)\b.{0,80}\b(?:download|follow|visit|subscribe|click)\b",
    r"\(?(?:Download|Get) (?:our|the)\b.{0,40}\bapp\b.{0,40}$",
    rf"Follow\b.{{1,80}}\bon (?:{NETWORKS})\b",
    r"Please (?:make|consider|consider making) an? (?:\w+[- ])?(?:donation|contribution)\b",
    r"Please (?:donate|consider donating)\b",
    r"(?i:donate(?: now| today| here)?)$|Support (?:our|independent|local) journalism\b",
    rf"Share (?:this (?:article|story|post|page)|via|on (?:{NETWORKS}))\b.{{0,40}}$",
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
    r"Your browser does not support\b|When you (?:buy|purchase)\b.{0,80}\blinks?\b.{0,80}\bcommission\b",
    r"More (?:on this story|from this author)$|About the author$|Load more(?: stories)?$",
)


_NOTICE = re.compile(COOKIES, re.IGNORECASE)
_LINE = re.compile(
    "|".join(
        (
            *_ENGLISH,
            rf"(?i:(?:{ELSEWHERE})(?:\s*[:：»›>|]|\s*\.{{0,3}}$))",
            rf"(?i:(?:\(?\d{{1,6}}\)?\s+)?(?:{ALONE})\s*(?:[:：!]|\(?\d{{1,6}}\)?)?$)",
            rf"(?i:(?:{TIME_TAKEN})\s*[:：]?\s*(?:ca\.?\s*)?\d.{{0,20}}$)",
            rf"(?i:(?:{FILED})\s*(?:[:：]|$))",
            rf"(?i:(?:{GOES_ON})$)",
            r"(?i:(?:read|up|watch) next|more on (?:this|the) (?:topic|subject|story)|skip to next section)$",
            r"(?i:articles? continues (?:after|below)\b.{0,30}|loading(?:\.{3}|…)?|share this:)$",
            r"(?i:.{0,40}\b(?:kanal|bülten|sayfa)\w*\s.{0,20}\b(?:abone ol|takip et|katıl))",  # the verb comes last
        )
    )
)
# The call is a word of its own: "Volg ons", not "Volgens".
_CALLED = rf"(?:{CALL})(?![a-zà-ÿœşğı])"
_CALLING = re.compile(rf"(?:{_CALLED}).{{0,160}}?(?:{FOR})", re.IGNORECASE)
_ASKS = re.compile(rf"(?<!\w)(?:{_CALLED})", re.IGNORECASE)
_MEANS = re.compile(FOR, re.IGNORECASE)
# Somebody said so: no page speaks of itself like that.
_REPORTED = re.compile(
    r"\b(?:said|says|told|asked|shouted|wrote|according to|sagte|sagt|a déclaré|dit-il|dijo|disse|zei)\b"
)
_CHANNEL = re.compile(rf"(?<!\w)(?:{'|'.join(name for name in NETWORKS.split('|') if len(name) > 3)})\w{{0,6}}")
_OURS = re.compile(
    r"(?<!\w)(?:our|us|nous|notre|nos|unser\w{0,2}|uns|nuestr[oa]|nosso|nossa|nostr[oa]|onze|ons|nas|nasz\w{0,3}|bizi"
    r"|\w{1,20}(?:ımız|imiz|umuz|ümüz)\w{0,4}|наш\w{0,3}|нас|-nos|шего|قناتنا|تطبيقنا|ما را|שלנו|我们|当)(?!\w)",
    re.IGNORECASE,
)
# Below such a line stand the readers' words, or the author's life, and nothing more of the article.
_END = re.compile(
    "(?i:(?:"
    + phrases_of(
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
_STAMP = re.compile(
    rf"(?:^|[\s|·•,(])(?:{_DATED.pattern}|submitted|postato|inserito|soumis|geplaatst|dodano|eingestellt)\b.{{0,24}}?"
    r"\d{1,4}[./ -].{0,16}\d{2,4}",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:(?:By|BY|Par|PAR|Von|VON|Por|POR|Di|Door|Автор|Текст|Written by|Reported by|Story by|بقلم|מאת)\s+\S"
    r"|(?:Autor|Autorin|Autora|Auteur|Text|Redaktion|Redazione|Redacción|Rédaction|Interview|Autore|Автор|Текст|كتب|نویسنده"
    r"|文|作者|记者|記者|取材|כתב)\s*[:：／/])"
)


_SENTENCE_ENDS = tuple(".!?…:;。！？।۔؟")


_CLOSERS = ')]"”»’'


def bare(line: str) -> str:
    """A line without blanks around it and what marks it as an item."""
    return _BULLET.sub("", line.strip())


def is_furniture(line: str) -> bool:
    """Whether a line is the page's and not the article's: share bar, newsletter, cookies, comments, related story."""
    said = bare(line)
    if len(said) <= _LONGEST and (_LINE.match(said) or _CALLING.match(said)):
        return not _is_reported(said)
    return len(said) <= _LONGEST_NOTICE and bool(_NOTICE.match(said)) and not _is_reported(said)


def _is_reported(said: str) -> bool:
    """Whether somebody is quoted with what would be the page's own words without him."""
    return ":" not in said[:_LONGEST_LEAD] and _REPORTED.search(said) is not None


def is_call(label: str) -> bool:
    """Whether the words of a link ask to subscribe or to follow, or name a channel and nothing else."""
    said = bare(label)
    return len(said) <= 60 and bool(_ASKS.match(said) or _MEANS.match(said) or _CHANNEL.match(said))


def calls_for(line: str) -> bool:
    """Whether a line asks, anywhere, to subscribe or to follow, and says by what."""
    return (
        not _REPORTED.search(line) and bool(_ASKS.search(line)) and bool(_MEANS.search(line) or _CHANNEL.search(line))
    )


def is_own(line: str) -> bool:
    """Whether a line speaks of the page's own channel, and quotes nobody: "our app", "follow us"."""
    is_asked = _ASKS.match(line) or "? " in line or not line.endswith(_SENTENCE_ENDS)
    return bool(is_asked) and bool(_OURS.search(line)) and not any(mark in line for mark in '"“”„«»')


def is_stamp(line: str) -> bool:
    """Whether a line is a date, an hour and the words that say which: "Posted by Ann on 3 May 2025 at 10:15"."""
    said = bare(line)
    if len(said) > 120 or said.endswith(_SENTENCE_ENDS):
        return False
    found = _STAMP.search(said)
    return found is not None and (found.start() == 0 or said[found.start()] in "|·•(" or bool(_SIGNED.match(said)))


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
    if len(said) > 80 or (said.endswith((".", "!", "?")) and not said[-2:-1].isdecimal()):
        return False
    return bool(_DATED.match(said)) and bool(_DAY_OR_HOUR.search(said))


def is_opening(line: str) -> bool:
    """Whether a line between headline and text is neither: who wrote it, when it was published, how long it takes."""
    said = bare(line)
    if len(said) > _LONGEST_OPENING:
        return False
    is_sentence = said.rstrip(_CLOSERS).endswith(_SENTENCE_ENDS)
    if _SIGNED.match(said) or _STAMPED.match(said) or (_DATED.match(said) and not (is_sentence and "," in said[:-20])):
        return True
    return not is_sentence and len(said.split()) <= 14 and bool(_DAY_OR_HOUR.search(said))
