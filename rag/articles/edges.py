"""What of an article's blocks is the page's after all, told by where it stands and what stands beside it.

A share bar is a run of short lines, a date below a link is that of another story; and below the last paragraph stand
credits, contacts, topics and the paper's own words, which say nothing of the matter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rag.articles.blocks import Block
from rag.articles.furniture import bare, calls_for, is_call, is_own, is_stamp
from rag.articles.wording import NETWORKS

_LONGEST_ITEM = 48
_LONGEST_NOTE = 320
_LONGEST_CREDIT = 140
_LONGEST_TOPIC = 28
_MOST_PEELED = 24  # blocks
_LONGEST_CALL = 260
_ALL_LINK = 0.75
_SHORTEST_HEADLINE = 20
_MOST_TEASERS = 2  # blocks below the headline of another story
_MOST_OF_TEXT = 0.25
_ENDS = tuple(".!?…:;»”\"'’)。！？」』؟۔।")
_SHARE = re.compile(
    r"(?:share|tweet|send|post|compartir|compartilhar|compartilhe|partilhar|partager|partagez|envoyer|teilen|condividi"
    r"|delen|deel|udostępnij|paylaş|поделиться|отправить|поділитися|شارك|مشاركة|ارسال|اشتراک|שתפו|שיתוף|分享|シェア"
    r"|dela|del)\b.{0,20}(?:"
    rf"\b(?:{NETWORKS})\b|e-?mail|mail|article|story|artikel|artículo|artigo|articolo|статьёй|статьей)"
    r"|(?:copy|copier|copiar|copia|kopieer|kopiuj|kopieren|скопировать|копіювати|kopyala|نسخ|کپی)\b.{0,12}"
    r"(?:link|lien|enlace|url|ссылку|посилання|bağlantı|الرابط|لینک)|link kopieren|bağlantıyı kopyala"
    r"|复制链接|リンクをコピー"
    r"|(?:share|gift) (?:full )?article",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\W{0,3}(?:(?:click|tap) )?(?:here|this link|ici|cliquez ici|hier|klicken sie hier"
    r"|aquí|haz clic aquí|aqui"
    r"|clique aqui|qui|clicca qui|cliccare qui|klik hier|tutaj|kliknij tutaj|buraya tıklayın|buradan|tıklayın"
    r"|здесь|тут|по ссылке"
    r"|за посиланням|هنا|اضغط هنا|اینجا|כאן|לחצו כאן|点击这里|此处|こちら)\W{0,3}",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:sources?|editors?|edited by|editing by|reporting by|additional reporting by|writing by|compiled by|contacts?"
    r"|photos?(?: credit)?|images?|quelle|quellen|redaktion|redakteur(?:in)?|fuentes?|edición|editor[ae]?|redacción"
    r"|fontes?|edição|fonte|redazione|a cura di|rédaction|bron|bronnen|redactie|redacteur|źródło|źródła|redaktor"
    r"|oprac\.?|opracowanie|autor(?:ka)?|kaynak|editör|muhabir|источники?|редактор|автор|фото|корреспондент|джерел[оа]"
    r"|редакторка|المصدر|المحرر|تحرير|منبع|ویراستار|خبرنگار|מקור|עורך|עורכת|צילום|来源|责任编辑|编辑|责编|出典|編集|記者"
    r"|källa|kilde|sumber|출처|기자)\s*[:：/]\s*\S.*",
    re.IGNORECASE,
)
_NAME = r"[A-ZÀ-Þ][\w'’.-]{1,20}(?: [A-ZÀ-Þ][\w'’.-]{0,20}){1,2}"
_NAMES = rf"{_NAME}(?:(?:,| and|, and) {_NAME}){{0,5}}"
_WRITER = re.compile(
    rf"{_NAMES} (?:covers?|writes? about|reports? on) [^.!?]{{3,120}} for [A-Z]?[^.!?]{{2,60}}\."
    rf"|{_NAME} (?:covers|writes about|reports on) [^.!?]{{3,160}}\. (?:She|He|They) (?:has|have|is|was|joined|can)\b"
    rf"|{_NAME} reported from [^.!?]{{2,60}}(?:(?:,| and|, and) {_NAME}(?: reported)? from [^.!?]{{2,60}})*\.$"
    r"|(?:Additional reporting|Reporting|Editing|Writing|Research|Translat(?:ed|ion)|Photographs?|Graphics?)"
    rf" (?:was |were )?by {_NAME}"
    rf"|{_NAMES} contributed (?:reporting|research|to this)\b"
    r"|A version of this (?:article|story)\b|This (?:article|story) (?:was|is) (?:first|originally) published\b"
)
_MISTAKE = re.compile(
    r"(?:(?:have you )?(?:found|spotted|noticed|see|spot) an? (?:error|mistake|typo)|report an? (?:error|mistake|typo)"
    r"|(?:vous avez )?(?:repéré|trouvé|relevé) une (?:erreur|faute)|fehler (?:gefunden|entdeckt)|haben sie einen fehler"
    r"|¿(?:has )?(?:encontraste|encontrado|ves|viste) (?:un|algún) error|hai (?:trovato|notato) un (?:errore|refuso)"
    r"|encontrou (?:um|algum) erro|viu (?:um|algum) erro|(?:zie je|zag je|foutje) (?:een fout|gezien|ontdekt)"
    r"|heb je een (?:fout|taalfout)|znalazłeś błąd|zauważyłeś błąd|zgłoś błąd|widzisz błąd|hata (?:mı |bildir)"
    r"|(?:вы )?(?:нашли|заметили|увидели) (?:ошибку|опечатку)|(?:знайшли|помітили|побачили) помилку"
    r"|(?:هل )?وجدت خطأ|خطایی دید|מצאתם טעות|טעות\?|发现错误|誤りを見つけ)[^.!]{0,120}\W{0,3}",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"[\w.+-]{1,40}@[\w-]{1,40}\.\w{2,12}")
_WRITE_TO = re.compile(
    r"(?:Reach|Contact|E-?mail|Write to|Follow) [^.!?]{2,80}?(?:at|on|:) \S*@|[^.!?]{3,80}\?\s[^.!?]{0,80}@"
)
_CREDITED = re.compile(
    r"\(?(?:(?:Additional |Further )?(?:reporting|research)|Reporting|Editing|Writing|With files|Compiled)"
    rf" (?:was |were )?(?:by|from) {_NAME}"
)
_SENTENCE_ENDS = (".", "!", "?", "…", "。")
_MOST_WORDS = 14
_FEW_WORDS = 4
_MOST_NOTICES = 3
_BRACKETED = re.compile(r"[(\[（【][^()\[\]（）]{2,138}[)\]）】]\.?")


def without_bars(found: Sequence[Block]) -> list[Block]:
    """The blocks without runs of short lines of which one asks to share, and without the dates of other stories."""
    kept: list[Block] = []
    found = _without_stories(found)
    at = 0
    while at < len(found):
        end = at
        while end < len(found) and _is_item(found[end]) and _beside(found[at], found[end]):
            end += 1
        run = found[at:end]
        if any(_SHARE.match(bare(block.text)) for block in run):
            at = end
            continue
        kept += run or [found[at]]
        at = max(end, at + 1)
    return kept


def _without_stories(found: Sequence[Block]) -> Sequence[Block]:
    """The blocks without the first lines of other stories that stand below their linked headlines in a box of theirs.

    Where these are much of the text, it is about them.
    """
    dropped: set[int] = set()
    for at, block in enumerate(found):
        if block.links < _ALL_LINK or len(block.text) < _SHORTEST_HEADLINE or block.kind in {"row", "item"}:
            continue
        box = block.element.getparent()
        if box is None or (at and _holds(box, found[at - 1])):
            continue
        end = at + 1
        while end < len(found) and end - at <= _MOST_TEASERS + 1 and _holds(box, found[end]):
            end += 1
        if 1 < end - at <= _MOST_TEASERS + 1 and sum(len(one.text) for one in found[at + 1 : end]) <= _LONGEST_NOTE:
            dropped.update(range(at, end))
    most = _MOST_OF_TEXT * sum(len(block.text) for block in found)
    if not dropped or sum(len(found[at].text) for at in dropped) > most:
        return found
    return [block for at, block in enumerate(found) if at not in dropped]


def _holds(box: Any, block: Block) -> bool:  # noqa: ANN401
    return any(element is box for element in block.element.iterancestors())


def _is_item(block: Block) -> bool:
    return block.kind in {"item", "text"} and len(block.text) <= _LONGEST_ITEM and not block.text.endswith(_ENDS)


def _beside(one: Block, other: Block) -> bool:
    """Whether two blocks are items of one list, or lines of one part of a page."""
    return one.element.tag == other.element.tag and one.element.getparent() is other.element.getparent()


def is_call_with_link(block: Block) -> bool:
    """Whether a short block asks to follow or to subscribe by its own link: "Get it by e-mail: subscribe here."."""
    said = bare(block.text)
    if len(said) > _LONGEST_CALL or "\n" in said:
        return False
    if not block.linked:
        return block.kind == "text" and len(said) <= _LONGEST_CREDIT and is_own(said) and calls_for(said)
    labels = [" ".join(link.itertext()).strip() for link in block.element.iter("a")]
    is_told = bool(labels) and all(_HERE.fullmatch(label) or is_call(label) for label in labels if label)
    return is_told and calls_for(said)


def peeled(found: Sequence[Block]) -> tuple[list[Block], list[Block]]:
    """An article's blocks without what only the page says below its last paragraph, and what that was."""
    kept = list(found)
    peel: list[Block] = []
    while kept and len(peel) < _MOST_PEELED and _is_note(kept[-1]):
        peel.append(kept.pop())
    topics = 0
    while topics < len(kept) and _is_topic(kept[-1 - topics]):
        topics += 1
    if topics > 1 and topics < len(kept) and _is_whole(kept[-1 - topics]):
        peel += reversed(kept[-topics:])
        del kept[-topics:]
    while kept and len(peel) < _MOST_PEELED and _is_note(kept[-1]):
        peel.append(kept.pop())
    return (kept, peel[::-1]) if kept else (list(found), [])


def _is_note(block: Block) -> bool:
    """Whether a block below the last paragraph is a credit, a contact, a date or a word about the author."""
    if block.kind not in {"text", "item"}:
        return False
    said = bare(block.text)
    if is_notice(block):
        return True
    if len(said) <= _LONGEST_CREDIT:
        if is_stamp(said) or (_LABEL.fullmatch(said) and (not said.endswith(_ENDS) or len(said.split()) <= _FEW_WORDS)):
            return True
        if _BRACKETED.fullmatch(said) and (any(mark in said for mark in ":;/") or len(said.split()) < _FEW_WORDS):
            return not said[:-1].endswith(_ENDS)
        if "@" in said and _CONTACT.search(said) and (block.linked or len(said.split()) <= 12):
            return True
    return len(said) <= _LONGEST_NOTE and bool(_WRITER.match(said))


def notices(found: Sequence[Block]) -> set[str]:
    """The lines of an article that credit, or ask for word of mistakes: the page's wherever they stand.

    A label that many lines have is the article's own: the sources of a digest, the speakers of an interview.
    """
    told = [block.text for block in found if is_notice(block)]
    return set(told) if len(told) <= _MOST_NOTICES else set()


def is_notice(block: Block) -> bool:
    """Whether a block is a credit by its label, or asks for word of mistakes: the page's wherever it stands."""
    said = bare(block.text)
    if len(said) > _LONGEST_CREDIT or block.kind != "text":
        return False
    if _MISTAKE.fullmatch(said) or _CREDITED.match(said):
        return True
    if said.endswith(_SENTENCE_ENDS) and not _WRITE_TO.match(said):
        return False
    if _WRITE_TO.match(said):
        return True
    return bool(_LABEL.fullmatch(said) or ("@" in said and _CONTACT.search(said) and len(said.split()) <= _MOST_WORDS))


def _is_topic(block: Block) -> bool:
    """Whether a block is a word or two, as what an article is filed under."""
    return (
        (block.kind == "item" or (block.kind == "text" and block.element.tag != "p"))
        and len(block.text) <= _LONGEST_TOPIC
        and len(block.text.split()) < _FEW_WORDS
        and not block.text.endswith(_ENDS)
        and not any(character.isdecimal() for character in block.text)
    )


def _is_whole(block: Block) -> bool:
    """Whether a block is a paragraph after which no list is to come."""
    return block.kind in {"text", "quote"} and block.text.endswith(_ENDS) and not block.text.endswith((":", ";"))
