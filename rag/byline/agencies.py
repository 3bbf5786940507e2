"""News agencies: their names in the scripts that they are credited in, and whose copy a credit says a text is."""

from __future__ import annotations

import re

from rag.byline.names import folded

_TABLE = """
AFP = Agence France-Presse, Agence France Presse, France-Presse, АФП, 法新社, AFP通信, AFP時事, אי-אף-פי
AFP = أ ف ب, أ.ف.ب, ا ف ب, فرانس برس, وكالة فرانس برس
AP = Associated Press, The Associated Press, AP News, أسوشيتد برس, أ ب, أ.ب, Ассошиэйтед Пресс, 美联社, AP通信, אי-פי
Reuters = رويترز, وكالة رويترز, رویترز
Reuters = Thomson Reuters, Reuters Staff, Рейтер, Рейтерс, Ройтерз, 路透社, 路透, ロイター, רויטרס
UPI = United Press International
Bloomberg = Bloomberg News, بلومبرغ
dpa = DPA, Deutsche Presse-Agentur, dpa-AFX, dpa International, د ب أ, د.ب.أ, ДПА
EFE = Efe, Agencia EFE, EFE News, Эфе, إفي
ANSA = Ansa, Agenzia ANSA, آنسا
Lusa = Agência Lusa
Europa Press = Europa Press
Belga = Agence Belga, Belga News Agency
ANP = Algemeen Nederlands Persbureau
APA = Austria Presse Agentur, APA-Agentur
Keystone-SDA = Keystone-ATS, SDA, ATS
PA = PA Media, Press Association, PA News Agency
TT = TT Nyhetsbyrån
NTB = NTB
Ritzau = Ritzaus Bureau
STT = STT-Lehtikuva
PAP = Polska Agencja Prasowa, Польское агентство печати
CTK = ČTK, Česká tisková kancelář
MTI = Magyar Távirati Iroda
Tanjug = Танјуг
Hina = HINA
BTA = BTA, БТА
AMNA = ANA-MPA, ΑΠΕ-ΜΠΕ, ΑΠΕ, Athens-Macedonian News Agency
Agerpres = AGERPRES
TASS = Tass, ТАСС, ИТАР-ТАСС, ITAR-TASS, تاس, وكالة تاس, 塔斯社, タス通信
RIA Novosti = РИА Новости, RIA, РИА, نوفوستي, ريا نوفوستي
Interfax = Интерфакс, INTERFAX.RU, Interfax.ru, إنترفاكس, انترفاكس
Interfax-Ukraine = Интерфакс-Украина, Інтерфакс-Україна
Ukrinform = Укринформ, Укрінформ
UNIAN = УНИАН, УНІАН
BelTA = БелТА, БЕЛТА
Azertac = AZERTAC, Азертадж
Armenpress = Арменпресс, ARMENPRESS
Kazinform = Казинформ
Anadolu = AA, Anadolu Agency, Anadolu Ajansı, Anadolu Ajansi, Анадолу
Anadolu = الأناضول, وكالة الأناضول, الاناضول, آناتولی, آناتولي
DHA = Demirören Haber Ajansı
IHA = İHA, İhlas Haber Ajansı
SANA = Sana, Syrian Arab News Agency, سانا, وكالة سانا, САНА
North Press = North Press Agency, نورث برس
Hawar = ANHA, Hawar News Agency, هاوار
NNA = National News Agency, الوكالة الوطنية للإعلام
WAFA = Wafa News Agency, وفا, وكالة وفا
Petra = بترا, Jordan News Agency
INA = Iraqi News Agency, واع, وكالة الأنباء العراقية
MENA = Middle East News Agency, أ ش أ, أ.ش.أ
SPA = Saudi Press Agency, واس
WAM = Emirates News Agency, وام
QNA = Qatar News Agency, قنا
KUNA = Kuwait News Agency, كونا
ONA = Oman News Agency, العمانية
BNA = Bahrain News Agency, بنا
Saba = سبأ
MAP = Maghreb Arabe Presse, و م ع
APS = Algérie Presse Service, Algeria Press Service, وأج
TAP = Tunis Afrique Presse, وات
IRNA = ایرنا, إرنا, ارنا
ISNA = ایسنا, إيسنا
Mehr = MNA, Mehr News Agency, مهر, خبرگزاری مهر
Tasnim = Tasnim News Agency, تسنیم, تسنيم
Fars = Fars News Agency, فارس, خبرگزاری فارس
PTI = Press Trust of India
ANI = Asian News International
IANS = Indo-Asian News Service
UNI = United News of India
APP = Associated Press of Pakistan
BSS = Bangladesh Sangbad Sangstha
Xinhua = Xinhua News Agency, 新华社, 新华, 新華社, شينخوا, Синьхуа, 新华网
CNS = China News Service, 中新社, 中新网
CNA = Central News Agency, 中央社
Kyodo = Kyodo News, 共同, 共同社, 共同通信
Jiji = Jiji Press, 時事, 時事通信
Yonhap = Yonhap News Agency, 연합뉴스, 韩联社
KCNA = Korean Central News Agency, 朝中社
Bernama = BERNAMA
Antara = ANTARA
VNA = Vietnam News Agency, TTXVN
AAP = Australian Associated Press
CP = The Canadian Press, Canadian Press, La Presse canadienne
NAN = News Agency of Nigeria
Agência Brasil = Agencia Brasil
Telam = Télam
Prensa Latina = PL
RFE/RL = RFE/RL
"""
_JOINED = re.compile(r"\s*(?:[/,;+&|]|\b(?:and|und|et|y|e|i|en|ve|with)\b|و(?=\s))\s*", re.IGNORECASE)
_REGIONAL = re.compile(r"dpa/[a-z]{2,4}")  # "dpa/lno": of one of its regional services
_GENERIC = re.compile(
    r"(?:news |wire |international )?agenc(?:y|ies)|wires?|agenturen|agences?|agencias|agenzie|ajanslar|агентств[ао]"
    r"|وكالات",
    re.IGNORECASE,
)
_SHARED = re.compile(  # whose words are in a text that is another's
    r"\b(?:with|contribut\w+|additional|reporting by|mit|avec|con|material from|based on)\b"
    r"|بالتعاون|بمساهمة|с использованием|за матеріалами|по материалам",
    re.IGNORECASE,
)
_SOURCES = (
    r"source|quelle|agentur|fuente|fonte|bron|kaynak|źródło|източник|источник|джерело|المصدر|منبع|מקור|来源|來源|出典"
    r"|πηγή|출처|källa|kilde|lähde|zdroj|sumber|sursa|forrás"
)
_LABEL = rf"(?:(?:agency|credit|via|from|{_SOURCES})\s*[:：]?\s*)?"
_SOURCE = re.compile(rf"(?:{_SOURCES})\s{{0,3}}[:：]\s{{0,3}}([^:：]{{2,50}})", re.IGNORECASE)
_RIGHTS = r"(?:(?:©|\(c\)|copyright)\s*(?:©\s*)?(?:\d{4}\s*)?)?"
_LAST_LINE = re.compile(rf"[\s—–―\-(\[]{{0,5}}{_RIGHTS}{_LABEL}([^()\[\]—–]{{2,50}}?)[)\]\s.]{{0,4}}", re.IGNORECASE)
_LAST_WORDS = re.compile(
    r"[.!?…”\"»’。！？][\s\u00a0]{0,3}(?:[—–―-]{1,2}\s{0,2}([^()\[\]—–.]{2,40})|[(\[（]([^()\[\]—–.]{2,40})[)\]）])\.?$"
)
_LONGEST_CREDIT = 90
_SHORTEST_PARAGRAPH = 100  # characters; a shorter line that ends in "(AFP)" is likely the caption of AFP's picture
_BARE = frozenset(  # known well enough that the name alone on a line says whose the text is
    """AFP AP Reuters dpa EFE ANSA Lusa PAP TASS Interfax SANA Anadolu IRNA PTI Xinhua Kyodo Yonhap UPI Bloomberg
    Ukrinform""".split()
) | {"RIA Novosti"}


def _key(name: str) -> str:
    """Acronyms are told apart from words by their capitals: "AA" is an agency, "aa" none."""
    name = " ".join(name.replace("\u00a0", " ").split()).strip(" .,:-–—/|")
    return name if name.isupper() and len(name) < 6 else folded(name)


def _read() -> dict[str, str]:
    names: dict[str, str] = {}
    for row in _TABLE.strip().splitlines():
        agency, _, spellings = row.partition(" = ")
        for spelling in (agency, *spellings.split(", ")):
            names[_key(spelling)] = agency
            if len(spelling) > 3 and not spelling.isupper():
                names.setdefault(_key(spelling.upper()), agency)
            if len(spelling) > 4 and spelling.isupper():
                names.setdefault(folded(spelling), agency)
    return names


_NAMES = _read()


def agency(name: str) -> str | None:
    """The agency that a credit names, under its usual short name; None where it names none, or several."""
    named = agencies(name)
    return named[0] if named and len(set(named)) == 1 else None


def agencies(name: str) -> list[str]:
    """All the agencies that a credit is made of; none where anything else is in it."""
    if len(name) > _LONGEST_CREDIT:
        return []
    if whole := _NAMES.get(_key(name)):
        return [whole]
    if _REGIONAL.fullmatch(name.strip()):
        return ["dpa"]
    found = [_NAMES.get(_key(part), "") for part in _JOINED.split(name) if part.strip()]
    return found if all(found) else []


def is_generic(name: str) -> bool:
    """Whether a credit is "news agencies" and names none."""
    return bool(_GENERIC.fullmatch(" ".join(name.split())))


def sourced(text: str) -> str | None:
    """The agency that a line names as where the article is from ("Source: Reuters"); None for any other line."""
    found = _SOURCE.fullmatch(text.strip()) if len(text) <= _LONGEST_CREDIT else None
    return agency(found[1]) if found else None


def credited(text: str) -> str | None:
    """The agency whose copy the last lines of a text say that it is; None where they credit several, or a part."""
    lines = [line.strip() for line in text[-1_200:].split("\n") if line.strip()]
    for line in reversed(lines[-3:]):
        whole = _LAST_LINE.fullmatch(line) if len(line) <= _LONGEST_CREDIT else None
        if whole and not _SHARED.search(line) and agencies(whole[1]):
            found = agency(whole[1])
            return found if found in _BARE or len(line) > len(whole[1]) else None
    ending = _LAST_WORDS.search(lines[-1][-_LONGEST_CREDIT:]) if lines else None
    if not ending or _SHARED.search(ending[0]) or (ending[2] and len(lines[-1]) < _SHORTEST_PARAGRAPH):
        return None
    return agency(ending[1] or ending[2])
