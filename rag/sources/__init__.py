"""What a source means: a file, a folder of them, a given text, a web address of a page, a feed or a sitemap.

    found, refused = find_each(["clippings/", "https://tern.example/feed.xml"])
    for item in items(found, get=client.get, visits=library, max_bytes=20_000_000):
        item.found    # an Article, a Refusal, an Unchanged, or None
        item.visit    # what to note of a web address, once what was found is durable

Items come one at a time, as they are read; a feed's pages are looked at again, and got again where they have changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from rag import articles
from rag.articles import Known, Source, Text, shown
from rag.confined import Parser, StoppedError, Unconfined
from rag.errors import UsageError
from rag.fetch import Get
from rag.sources.files import files_of
from rag.sources.files import find as find
from rag.sources.items import Item as Item
from rag.sources.items import Visits as Visits
from rag.sources.items import removed as removed
from rag.sources.web import Web
from rag.types import Refusal

MOST_LINKS = 500  # pages of one feed or sitemap that are looked at in a run
Progress: TypeAlias = Callable[[int, int, str], None]  # sources done, sources in all, name of what is being read


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that is there because its folder was named."""

    path: Path


def items(
    found: Sequence[Source | Listed],
    *,
    get: Get,
    visits: Visits,
    max_bytes: int,
    known: Known | None = None,
    parser: Parser | None = None,
    most_links: int = MOST_LINKS,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Iterator[Item]:
    """What the sources hold, which are as `find_each` gives them: files, addresses and texts, no folders. Never raises.

    `get` is a way to the web, `visits` what is known of addresses, `known` of inputs by their digests; `parser` takes
    inputs apart, without one this process does. At most `most_links` pages of a feed or a sitemap are looked at.
    `stop` ends it between two items, and what is being fetched. `progress` is told of each source before it is read.
    """
    stop = stop or threading.Event()
    known, parser = known or _nothing, parser or Unconfined()
    web = Web(get=get, visits=visits, known=known, parser=parser, max_bytes=max_bytes, most=most_links, stop=stop)
    for done, source in enumerate(found):
        if stop.is_set():
            return
        named = not isinstance(source, Listed)
        source = source.path if isinstance(source, Listed) else source
        if progress is not None:
            progress(done, len(found), source if isinstance(source, str) else source.name)
        if isinstance(source, str):
            read = web.items(source)
        elif isinstance(source, Path):
            every = articles.read(source, max_bytes=max_bytes, known=known, parser=parser)
            read = (Item(found=one, named=named) for one in every)
        else:
            given = map(partial(articles.read_given, max_bytes=max_bytes, parser=parser), [source])
            read = (Item(found=one, named=True) for one in given)
        try:
            for item in read:
                yield item
                if stop.is_set():
                    return
        except StoppedError:  # in the midst of an item
            return


def find_each(sources: Iterable[Source]) -> tuple[list[Source | Listed], list[Refusal]]:
    """The files (Path; of a folder, Listed), addresses (str), texts that sources mean, and a refusal for each of none.

    Each is there once, a file that is named beside its folder as one that is named.

    A str that begins with http:// or https:// is an address, any other a path, as for `find`.
    """
    found: dict[str | Text, Source | Listed] = {}
    refused: list[Refusal] = []
    for source in sources:
        if isinstance(source, Text) or (isinstance(source, str) and is_address(source)):
            found.setdefault(source, source)
            continue
        try:
            is_folder = Path(source).is_dir()
            for real, file in files_of(source).items():
                if not is_folder and isinstance(found.get(real), Listed):
                    found[real] = file
                found.setdefault(real, Listed(file) if is_folder else file)
        except UsageError as error:
            refused.append(Refusal(source=shown(source), reason=str(error)))
    return list(found.values()), refused


def is_address(source: str) -> bool:
    """Whether a source is a web address and no path."""
    return source.lower().startswith(("http://", "https://"))


def _nothing(digest: bytes) -> None:
    """Nothing is known of any input."""
