"""Who wrote an article: people by name; an agency is where a text comes from, and "Staff" is nobody."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.byline.agencies import agencies, is_generic
from rag.byline.names import key, line

_MOST = 20
_BY = re.compile(
    r"(?:written by|reported by|story by|words by|reporting by|by|par|von|por|di|door|tekst|autor(?:a|es)?|auteur"
    r"|author|texte?|yazan|haber|автор|текст|بقلم|كتب|كتبت|نویسنده|מאת|作者|记者|記者|文)(?=[\s:：])\s*[:：]?\s*",
    re.IGNORECASE,
)
_BY_IN = {"sv": "Av", "nb": "Av", "no": "Av", "nn": "Av", "da": "Af", "id": "Oleh", "ms": "Oleh"}
_OUTLET_BY = re.compile(r"[^|•·]{2,60}[|•·]\s?(?=(?:By|Par|Von|Por|Di|Door)\s)")  # "The Tern | By Ann Roe"
_REPORTER = re.compile(
    r"[(（]\s?(?:本报|本社)?记者\s?[:：]?\s?(?P<zh>[\u4e00-\u9fff]{2,4}(?:[、\s][\u4e00-\u9fff]{2,4}){0,3})\s?[)）]"
    r"|(?:[)）]\s?|^)(?P<ko>[가-힣]{2,4})\s(?:특파원|기자)(?=\s?=|\s*$)",
    re.MULTILINE,
)
_NOBODY = re.compile(
    r"(?:the |our )?(?:web|news|digital|online|editorial)?[\s-]?(?:staff|admin(?:istrator)?|editors?|newsroom"
    r"|news ?desk|editorial(?: team| board)?|desk|team|redaktion|rédaction|la rédaction|redacción|redazione|redação"
    r"|redactie|redakcja|webmaster|редакция|редакція|التحرير|هيئة التحرير|user|root|author|anonymous|guest"
    r"|contributor)(?: writers?| reporters?)?",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s+(?:in|à|a|en|aus|w|из|في)\s+[A-ZÀ-ÞА-ЯЁ][\w.'’-]+(?:(?:,\s|\s)[A-ZÀ-Þ][\w.'’-]+){0,3}$")
_ROLE = re.compile(
    r"\b(?:correspondent|reporter|editor|writer|analyst|columnist|journalist|bureau|chief|staff|contributor"
    r"|producer|fellow|professor|korrespondent\w*|redakteur\w*|journaliste|envoyée?|corresponsal|inviat[oa]|корреспондент|مراسل\w*)\b",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s*(?:[|•·;/]|\s[–—-]\s)\s*")
_WITH = re.compile(r"\s+(?:with|mit|avec|con|com|met)\s+", re.IGNORECASE)
_AND_AGENCIES = re.compile(
    r"\s+(?:and|und|et|y|e|en|&)\s+(?:news |wire )?(?:agenc(?:y|ies)|agenturen|agences|agencias)$", re.I
)
_LINK = re.compile(r"https?:|www\.", re.IGNORECASE)
_NOT_NAME = re.compile(r"@|\.(?:com|org|net)\b|\d{4}", re.IGNORECASE)
_TAIL = re.compile(r"\s*(?:\(.{0,60}\)|\bis an?\b.*|\bpublished\b.*|\bupdated\b.*)$", re.IGNORECASE)


def authors_and_agency(
    stated: Sequence[object], *, outlet: str | None, language: str | None = None
) -> tuple[str | None, str | None]:
    """The people named, on one line, and the agency where only that is; None for each that is not.

    `language` (BCP 47) tells what is "by" in it and a name in others.
    """
    by_here = _BY_IN.get((language or "")[:2].lower())
    people: list[str] = []
    credits: list[str] = []
    shared = False
    for value in stated[:_MOST]:
        name = line(value)
        if not name or _LINK.search(name):
            continue
        name = name[mark.end() :] if (mark := _OUTLET_BY.match(name)) else name
        name = _BY.sub("", name, count=1) if _BY.match(name) else name
        name = name.removeprefix(f"{by_here} ") if by_here else name
        name, *others = _WITH.split(_AND_AGENCIES.sub("", name))
        shared = shared or any(agencies(other) for other in others)
        for part in _parts(name):
            if found := agencies(part):
                credits += found
            elif not _is_nobody(part, outlet):
                people.append(part)
    agency = credits[0] if len(set(credits)) == 1 and not shared else None
    return line(", ".join(dict.fromkeys(people))), agency


def in_text(text: str) -> str | None:
    """The reporter whom the first lines of a text name, as Chinese and Korean news do ("（记者王小明）"); else None."""
    found = _REPORTER.search(text[:400])
    return ", ".join(re.split(r"[、\s]+", found["zh"] or found["ko"])) if found else None


def _parts(name: str) -> list[str]:
    """The names in a byline: divided where marks do; the office or the place that follows one is left out."""
    parts = [part for piece in _SEPARATOR.split(name) for part in _by_comma(piece)]
    cleaned = [_PLACE.sub("", _TAIL.sub("", part)).strip(" ,.:|–—-") for part in parts]
    return [part for part in cleaned if part and not _NOT_NAME.search(part)]


def _by_comma(piece: str) -> list[str]:
    head, *rest = [part.strip() for part in piece.split(",")]
    kept = [part for part in rest if not _ROLE.search(part)]
    if not rest:
        return [piece]
    several = all(len(part.split()) > 1 for part in (head, *kept)) or any(agencies(part) for part in (head, *kept))
    return [head, *kept] if several else [", ".join((head, *kept))]


def _is_nobody(name: str, outlet: str | None) -> bool:
    same = outlet is not None and key(name) in {key(outlet), key(f"{outlet} staff"), key(f"{outlet} news")}
    return (
        same or bool(_NOBODY.fullmatch(name)) or is_generic(name) or len(name) > 100 or not any(map(str.isalpha, name))
    )
