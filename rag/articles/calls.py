"""Boxes of a page that call on its readers: subscribe, sign up, join, download. Told by their one button, link or form.

What such a box says besides may be any sentence, so it goes whole: it is small, its links are calls and nothing else,
and no paragraph of the article stands like it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

_LONGEST_LABEL = 48  # characters
_LONGEST_BOX = 420
_MOST_SHARE = 0.2  # of the page's text that is no link
_MOST_LINKS = 3
_MOST_ALIKE = 2  # elements of one tag and class side by side; more are how the page sets its paragraphs
_HIGHEST = 4  # elements around a button that may be its box
_MOST = 200  # buttons, links and forms of a page that are looked at
_LABEL = re.compile(
    r"(?:subscribe|sign (?:me )?up|join(?: us| now| free| the)?\b|register|follow(?: us)?\b|get (?:the|our) |download\b"
    r"|donate|become a |support (?:us|our)|contribute\b|yes, |start (?:your|my) "
    r"|s['’]abonner|je m['’]abonne|abonnez|je m['’]inscris|s['’]inscrire|m['’]inscrire|inscrivez|recevoir|télécharge"
    r"|(?:jetzt |kostenlos |hier |newsletter )*(?:abonnier|anmelden|registrier|bestellen|eintragen|herunterladen)"
    r"|suscr[ií]b|regístr|apúnt|únete|quiero recibir|descarg|iscriv|abbona|scarica|assin|inscrev|cadastr|quero receber"
    r"|baix[ae]|aanmelden|meld je|inschrijven|schrijf|abonne|download de|zapisz|subskryb|zaprenum|dołącz|pobierz"
    r"|(?:hemen |ücretsiz )*(?:abone ol|kaydol|kayıt ol|katıl|indir)|подпис|підпис|зарегистр|скачать|завантаж"
    r"|приєдн|присоедин|вступить|اشترك|سجل|انضم|حمل|عضو|اشتراک|ثبت ?نام|دانلود|הירשמ|הרשמ|להרשמה|הצטרפ|להצטרפות"
    r"|订阅|訂閱|关注|立即注册|下载|登録|無料登録|購読|フォロー|prenumerer|tilmeld|bli medlem|berlangganan|구독)",
    re.IGNORECASE,
)
_LESSER = re.compile(
    r"(?:privacy|terms|log ?in|sign in|learn more|more info|no,? thanks"
    r"|datenschutz|confidentialité|privacidad|einloggen)",
    re.IGNORECASE,
)
_INLINE = frozenset("a abbr b bdi bdo em font i label mark small span strong sub sup time u".split())
_FIELDS = frozenset({"email", "text", "tel"})


def boxes(body: Any, *, kept: Collection[Any], lengths: dict[Any, int]) -> set[Any]:  # noqa: ANN401
    """The elements of a body that only call on its readers. `kept` are none of them, `lengths` their characters."""
    most = _MOST_SHARE * lengths[body]
    found: set[Any] = set()
    for start in _starts(body):
        box = None
        for element in _above(start):
            if element in kept or lengths.get(element, 0) > most or not _is_box(element):
                break
            box = element
        if box is not None:
            found.add(box)
    return found


def _starts(body: Any) -> Iterator[Any]:  # noqa: ANN401
    """The buttons and forms of a body that call, and the links that do and stand on a line of their own."""
    left = _MOST
    for element in body.iter("a", "button", "input", "form"):
        tag = element.tag
        if tag == "a":
            said = _said(element)
            if said is None or not _LABEL.match(said):
                continue
            line = element
            while line.tag in _INLINE and line.getparent() is not None and line is not body:
                line = line.getparent()
            if _said(line) != said and (line.tag == "p" or element.getparent() is not line or not _is_last(element)):
                continue  # within a sentence
        elif tag == "input":
            kind = (element.get("type") or "text").lower()
            if kind != "email" and not (kind in {"submit", "button"} and _LABEL.match(element.get("value") or "")):
                continue
        elif tag == "button":
            said = _said(element)
            if said is None or not _LABEL.match(said):
                continue
        else:
            continue
        yield element
        left -= 1
        if not left:
            return


def _is_last(link: Any) -> bool:  # noqa: ANN401
    """Whether a link stands by itself below blocks of its element, with no words of a sentence beside it."""
    before = link.getprevious()
    beside = before is not None and (before.tag in _INLINE or (before.tail or "").strip())
    return not (beside or (link.tail or "").strip() or (link.getparent().text or "").strip())


def _above(start: Any) -> Iterator[Any]:  # noqa: ANN401
    """The elements around a button, from the inside out."""
    for steps, element in enumerate(start.iterancestors()):
        if element.tag in {"body", "html"} or steps > _HIGHEST:
            return
        yield element


def _is_box(element: Any) -> bool:  # noqa: ANN401
    """Whether an element is small, leads nowhere but to its call, and is not how the page sets its paragraphs."""
    if element.tag in {"article", "main", "td"}:
        return False
    size = 0
    for piece in element.itertext():
        size += len(piece.strip())
        if size > _LONGEST_BOX:
            return False
    labels = [_said(link) for link in element.iter("a")]
    if len(labels) > _MOST_LINKS:
        return False
    if not all(label is not None and (not label or _LABEL.match(label) or _LESSER.match(label)) for label in labels):
        return False
    if element.tag == "p" or next(element.iter("h1"), None) is not None:
        return bool(element.tag == "p")
    name, parent = element.get("class"), element.getparent()
    return parent is None or sum(1 for one in parent if one.tag == element.tag and one.get("class") == name) <= (
        _MOST_ALIKE
    )


def _said(element: Any) -> str | None:  # noqa: ANN401
    """What an element says, where that is as short as a button's words; else None."""
    pieces, size = [], 0
    for piece in element.itertext():
        pieces.append(piece)
        size += len(piece.strip())
        if size > _LONGEST_LABEL:
            return None
    return " ".join("".join(pieces).split())
