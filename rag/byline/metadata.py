"""What a page says of itself in its head: metadata, addresses, language, the title element."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from rag.byline.addresses import absolute, canonical, is_front_page, is_same_site
from rag.byline.names import LONGEST_TITLE, line

_MOST = 600  # elements of a kind that are looked at
_LONGEST = 2_000  # characters of a value
_SEPARATOR = re.compile(r"\s+[|–—»«·•:]+\s+|\s+::\s+|\s+-\s+|\s*\|\s*")
_COLON = re.compile(r"\s*[:：]\s*")
_LANGUAGE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_THREE = {"eng": "en", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "spa": "es", "ara": "ar", "rus": "ru"}
_XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class Metadata:
    """The head of a page that was read at `address`, if that is known; the tree is lxml's, and stays as it is."""

    def __init__(self, tree: Any, *, address: str | None) -> None:  # noqa: ANN401
        self._tree = tree
        self._address = address

    @cached_property
    def values(self) -> Mapping[str, list[str]]:
        """What the meta elements say, by their names in lower case; not when a server wrote the file."""
        found: dict[str, list[str]] = {}
        for element in islice(self._tree.iter("meta"), _MOST):
            content = element.get("content")
            if content and content.strip():
                for attribute in ("property", "name", "http-equiv"):
                    named = element.get(attribute)
                    if named and not (attribute == "http-equiv" and named.strip().lower() == "last-modified"):
                        found.setdefault(named.strip().lower(), []).append(content[:_LONGEST])
        return found

    def first(self, *names: str) -> str | None:
        """The first value under the first of the names that has one which says something."""
        return next((value for name in names for value in self.values.get(name, ()) if line(value)), None)

    @cached_property
    def addresses(self) -> list[tuple[str, str]]:
        """The addresses that the page says it has, canonical, each with its source; none of another site."""
        links = [
            (element.get("href"), "link")
            for element in islice(self._tree.iter("link"), _MOST)
            if "canonical" in (element.get("rel") or "").lower().split()
        ]
        links += [(value, "open graph") for value in self.values.get("og:url", ())]
        whole = [(absolute(link, self._address), source) for link, source in links]
        return [(canonical(url), source) for url, source in whole if url and not self.is_strange(url)]

    def is_strange(self, url: str) -> bool:
        """Whether an address is of another site than the page's, or of a whole site while the page is not."""
        if self._address is None:
            return is_front_page(url)
        here = canonical(self._address)
        return not is_same_site(url, here) or (is_front_page(url) and not is_front_page(here))

    @cached_property
    def language_tag(self) -> str | None:
        """The page's language as it states it ("en-GB")."""
        root = self._tree if self._tree.tag == "html" else next(self._tree.iter("html"), None)
        stated = None if root is None else root.get("lang") or root.get(_XML_LANGUAGE)
        return stated or self.first("og:locale", "content-language", "language", "dc.language")

    @cached_property
    def title(self) -> str | None:
        """The text of the title element."""
        for element in self._tree.iter("title"):
            parent = element.getparent()
            if parent is None or parent.tag in {"head", "html", "body"}:  # an SVG has titles too
                return line(element.text, limit=LONGEST_TITLE)
        return None

    @cached_property
    def titles(self) -> list[str]:
        """What the head calls the article: with and without what stands before or after the title, as a site's name."""
        headline = max(_COLON.split(self.title or ""), key=len)
        named = self.first("og:title", "twitter:title", "dc.title", "title")
        stated = (named, self.title, max(parts(self.title or ""), key=len), headline)
        return list(dict.fromkeys(title for one in stated if (title := line(one, limit=LONGEST_TITLE))))


def parts(title: str) -> list[str]:
    """What a title is made of between the marks that a site's name may be set off by; at least the title."""
    return [part.strip() for part in _SEPARATOR.split(title) if part.strip()] or [title.strip()]


def splits(title: str) -> list[tuple[str, str]]:
    """What stands before and after each mark of a title that a site's name may be set off by, in order."""
    return [(title[: mark.start()], title[mark.end() :]) for mark in _SEPARATOR.finditer(title)]


def splits_at_colons(title: str) -> list[tuple[str, str]]:
    """The same for colons, which headlines have themselves."""
    return [(title[: mark.start()], title[mark.end() :]) for mark in _COLON.finditer(title)]


def language_of(stated: object) -> str | None:
    """The ISO 639-1 code of a language tag ("en-GB", "ar_SY", "eng"); None where it is none."""
    match = _LANGUAGE.fullmatch(stated.strip()) if isinstance(stated, str) else None
    if not match:
        return None
    code = match[1].lower()
    return code if len(code) == 2 else _THREE.get(code)
