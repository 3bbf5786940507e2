"""What a feed or a sitemap says: the addresses of articles, and what it names of their bylines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["feed", "sitemap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as a listing names it; all but the address as it is written there, dates of any form.

    `url` is whole; `outlet` only where the entry names one for itself; `modified`, in a sitemap, is when the page was
    touched and not the article. `markup` is HTML of the text that the entry itself carries.
    """

    url: str
    title: str | None = None
    author: str | None = None
    outlet: str | None = None
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    markup: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A feed or a sitemap that was read.

    `entries` are each of another address, in its order; `sitemaps` the addresses of those that an index names. `title`
    is a feed's, `names` what else in it may name who publishes it. `amiss` are sentences on what could not be read.
    """

    kind: Kind
    entries: tuple[Entry, ...] = ()
    sitemaps: tuple[str, ...] = ()
    title: str | None = None
    names: tuple[str, ...] = ()
    amiss: tuple[str, ...] = ()
