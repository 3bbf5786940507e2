"""The name of an outlet: as the page states it, or by its host; a host alone is no name, and no claim to be another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.byline.addresses import host_of
from rag.byline.hosts import NAMES
from rag.byline.names import key
from rag.types import Confidence

_HOST = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}/?", re.IGNORECASE)
_GENERIC = frozenset("news home homepage website site blog latestnews breakingnews wordpress mysite index".split())
_LABELS = frozenset(
    "www m mobile amp news edition en english ar arabic fr de es ru web co com org net gov ac edu".split()
)
_KNOWN = frozenset(map(key, NAMES.values()))


class Outlet(NamedTuple):
    """An outlet's name, where it is from, and how sure it is."""

    name: str
    source: str
    confidence: Confidence


def by_host(address: str) -> str | None:
    """The name of the outlet that publishes at an address; None where it is none that is known."""
    labels = host_of(address).removeprefix("m.").split(".")
    return next((name for index in range(len(labels) - 1) if (name := NAMES.get(".".join(labels[index:])))), None)


def label(address: str | None) -> str | None:
    """The part of an address's host that a name is made of: "thedaily" of www.thedaily.example; None without one."""
    if not address:
        return None
    parts = [part for part in host_of(address).split(".")[:-1] if part not in _LABELS]
    return max(parts, key=len) if parts else None


def choose(named: Sequence[tuple[str, str]], *, site: str | None, sure_site: bool, title: str | None) -> Outlet | None:
    """The outlet out of what sources name, by standing; `site` is the page's address, sure where it was read there.

    A known host has its name whatever the page says, so that an outlet has one name; a page on another host that
    claims the name of a known outlet is not believed.
    """
    known = by_host(site) if site else None
    if known and sure_site:
        return Outlet(known, "host", "high")
    claims = [(source, name) for source, name in named if _is_name(name) and not (sure_site and _is_known(name))]
    if not claims:
        return Outlet(known, "host", "medium") if known else None
    first = claims[0]
    votes = {name: sum(_same(name, other) for _, other in claims) for _, name in claims}
    for source, name in claims:
        votes[name] += source != "title" and _ends(title, name)  # what was taken from there ends it in any case
        votes[name] += site is not None and key(label(site) or "") == key(name)
    source, name = max(claims, key=lambda claim: votes[claim[1]])
    agreed = votes[name] > 1 or len(claims) == 1
    return Outlet(name, source, "high" if agreed and first[0] in {"json-ld", "open graph"} else "medium")


def _is_name(name: str) -> bool:
    return not _HOST.fullmatch(name) and bool(key(name)) and key(name) not in _GENERIC and not name.startswith("@")


def _is_known(name: str) -> bool:
    """Whether a name is that of an outlet whose hosts are known; the page is on none of them."""
    return key(name) in _KNOWN


def _same(one: str, other: str) -> bool:
    return key(one) == key(other)


def _ends(title: str | None, name: str) -> bool:
    return bool(title) and key(title or "").endswith(key(name))
