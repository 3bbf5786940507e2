"""What a word before a date says that it is the date of: publication, a change, or something else."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from rag.byline.calendar import is_weekday

Label: TypeAlias = Literal["published", "republished", "modified", "other"]

_PUBLISHED = r"""
published|first published|originally published|publication date|date of publication
date published|publish date|posted|first posted|date|issued|released
publiée?|parue?|mise? en ligne|date de publication|créé
veröffentlicht|erschienen|publiziert|datum|online seit|erstellt
publicad[oa]|fecha de publicación|fecha|pubblicat[oa]|data di pubblicazione|data de publicação|data
gepubliceerd|geplaatst|publicatiedatum|opublikowano|data publikacji|publikacja|dodano|data dodania
yayınlanma(?: tarihi)?|yayımlanma(?: tarihi)?|yayınlandı|yayın tarihi|giriş(?: tarihi)?
eklenme(?: tarihi)?|oluşturulma(?: tarihi)?
опубликован[оа]?|дата публикации|дата|размещено|опубліковано|дата публікації
نُ?شرت?(?: في| بتاريخ)?|تاريخ النشر|تم النشر|النشر|تاریخ انتشار|منتشر شده(?: در)?|انتشار|تاریخ
פורסם(?: ב(?:תאריך)?)?|תאריך פרסום|תאריך
发布(?:时间|于|日期)?|发表(?:于|时间)?|發布(?:時間|於)?|發佈(?:時間|於)?|刊登|时间
公開(?:日時?)?|掲載(?:日)?|配信(?:日時?)?|投稿日?
publicer[ai][dt]|publisert|udgivet|offentliggjort|julkaistu|publikováno|vydáno|zveřejněno|δημοσίευση|δημοσιεύ[τθ]ηκε
diterbitkan|publicat|postat|megjelent|közzétéve|입력|등록|게재|postato|pubblicazione
"""
# Who it was posted by may stand between these and the date.
_POSTED = r"""
posted|submitted|soumis|envoyé|eingereicht|verfasst|geplaatst|postato|inviato|enviado|publicado
написано|добавлено|skrivet|skrevet|napsal
"""
_CHANGED = r"""
updated|update|last updated|modified|last modified|revised|edited|corrected|changed|last change|reviewed
actualisée?|mise? à jour|modifiée?|dernière mise à jour|dernière modification
aktualisiert|zuletzt (?:geändert|aktualisiert|bearbeitet)|geändert|stand|update
actualizad[oa]|última actualización|modificad[oa]|aggiornat[oa]|ultimo aggiornamento|modifica
atualizad[oa]|última atualização
bijgewerkt|gewijzigd|laatste update|laatst gewijzigd|aktualizacja|zaktualizowano|ostatnia aktualizacja|zmodyfikowano
güncelleme(?: tarihi)?|güncellenme(?: tarihi)?|güncellendi|son güncelleme(?: tarihi)?|değiştirilme
обновлен[оа]|изменено|последнее обновление|оновлено|змінено|востаннє оновлено
تحديث|آخر تحديث|تم التحديث|حُدّث|محدث|به‌روزرسانی|بروزرسانی|به روز رسانی|آخرین (?:ویرایش|تغییر)|ویرایش
uppdaterad|uppdaterat|opdateret|oppdatert|päivitetty|aktualizováno|upraveno|ενημέρωση|ενημερώθηκε|τελευταία ενημέρωση
diperbarui|diubah|actualizat|frissítve|수정|업데이트|최종수정|ostatnia modyfikacja|modyfikacja|last edited|last reviewed
עודכן(?: ב(?:תאריך)?)?|עדכון(?: אחרון)?|עריכה|更新(?:时间|于|日期|日時?)?|修改(?:时间|于)?|最終更新(?:日時?)?|编辑
"""
_AGAIN = "republished|reposted|reprinted|wiederveröffentlicht|republiée?"
# Dates that are of nothing that was published here.
_OTHER = r"""
©|\(c\)|copyright|all rights reserved
since|founded|est\.|established|today|archive[d]?|retrieved|accessed|expires?|born|photo|file
first published (?:in|by|at)|originally published (?:in|by|at)
republished (?:from|with)|filmed|recorded|taken|event|deadline
ends?|begins?|starts?|until|till|before|after|from|between
"""


def _any(words: str) -> str:
    return "|".join(word for row in words.strip().splitlines() for word in row.split("|"))


# The last label counts; a weekday, a clock, "on" or "at" may stand between it and its date, and nothing else.
_LABEL = re.compile(
    rf"(?<![^\W_])(?:(?P<changed>{_any(_CHANGED)})|(?P<other>{_any(_OTHER)})|(?P<again>{_AGAIN})"
    rf"|(?P<published>{_any(_PUBLISHED)}))(?![^\W_])",
    re.IGNORECASE,
)
_BY = "by|par|von|por|da|di|door|av|af"
_POSTED_BY = re.compile(  # "Posted by Ann Roe on Sunday, "
    rf"(?:^|[\n|•·])\s{{0,5}}(?:{_any(_POSTED)})\s(?:{_BY})\s[^\n|•·\d:,]{{2,40}}[\s,]\s?(?P<rest>[^\W\d_]{{0,12}}),?\s?$",
    re.IGNORECASE,
)
_SMALL = frozenset(
    """on at le à a am um el il em op in om w dnia o в на у في بتاريخ يوم در ב las alle às den the kl klo uhr de
    p m pm""".split()
)
_TOKEN = re.compile(r"\d{1,2}[:.h]\d\d(?:[:.]\d\d)?|[^\W_]+")
_ZONE = re.compile(r"[A-Z]{2,4}")
_APART = re.compile(r"[\n|•·]")
_WORD_BEFORE = re.compile(r"[^\W\d_][ \t]*\Z")


def is_small(text: str) -> bool:
    """Whether a text is no more than what stands between a label and its date: a weekday, a clock, "on", "at"."""
    return all(
        word.lower() in _SMALL or bool(_ZONE.fullmatch(word)) or word[0].isdigit() or is_weekday(word)
        for word in _TOKEN.findall(text)
    )


def role_of(before: str) -> Label | None:
    """What the words right before a date make of it; None where they say nothing of it.

    A label begins a line, or stands after a mark or a figure: "a report published on" is none.
    """
    before = before[-80:]
    last = None
    for match in _LABEL.finditer(before):
        if not _WORD_BEFORE.search(before, max(0, match.start() - 4), match.start()):
            last = match
    if last and last["other"] and not _APART.search(before, last.end()):
        return "other"
    if last is None or not is_small(before[last.end() :]):
        posted = _POSTED_BY.search(before)
        return "published" if posted and is_small(posted["rest"]) else None
    if last["published"]:
        return "published"
    return "modified" if last["changed"] else "republished" if last["again"] else "other"
