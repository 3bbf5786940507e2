"""The product for Python programs: a library of articles that is opened, added to, searched and asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rag import asking, revisions
from rag.config import Settings, load_settings
from rag.errors import UsageError
from rag.pipeline import Contents, Pipeline, take_in
from rag.types import (
    Answer,
    Article,
    Byline,
    Coverage,
    Difference,
    Filters,
    Hit,
    IngestReport,
    Revision,
    Timeline,
    Turn,
)

if TYPE_CHECKING:
    from rag.articles import Source
    from rag.sources import Progress

HITS = 10


class Library:
    """The articles in a folder, opened; made, empty, where there is none. Any thread may call.

    `folder` comes before that of the settings, which come from the environment and `.env` unless they are given:
    `Library("data", settings=Settings(openai_base_url="http://127.0.0.1:11434/v1", openai_model="llama3.1"))`.

    What limits the evidence is named alike everywhere: `outlets` are exact names, `since` and `until` the first and
    last day of publication, both inclusive (a date, or as "2024-12-01"), `articles` are ids. One outlet or article may
    be given as it is.

    Opening raises SettingsError, LibraryError and, for an optional model that cannot be had, RerankError or NliError.
    """

    def __init__(self, folder: Path | str | None = None, *, settings: Settings | None = None) -> None:
        self.pipeline = Pipeline(_settings(folder, settings))

    @classmethod
    def over(cls, pipeline: Pipeline) -> Self:
        """The library of an open pipeline; to close either closes both."""
        library = cls.__new__(cls)
        library.pipeline = pipeline
        return library

    def close(self) -> None:
        """Let go of the folder."""
        self.pipeline.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @classmethod
    def imported(cls, file: Path | str, folder: Path | str | None = None, *, settings: Settings | None = None) -> Self:
        """A new library in a folder that has none, of all that `export` wrote to a file; opened as by the constructor.

        Nothing of the file is trusted but what its articles say. All goes in or nothing; it is embedded again where it
        is of another embedding model. Raises UsageError where there is no such file or the library is not new, else
        LibraryError.
        """
        settings = _settings(folder, settings)
        take_in(settings, Path(file))
        return cls(settings=settings)

    def export(self, file: Path | str) -> Contents:
        """Write all of it, as it is at this moment, to one new file, for a backup or another machine.

        Raises UsageError where there is such a file already, LibraryError where the library is damaged.
        """
        return self.pipeline.store.export(Path(file))

    # Its articles

    def add(self, *sources: Source, progress: Progress | None = None) -> IngestReport:
        """Take in files, folders (a path), web addresses (`https://...`) and `Text`; what became of each article.

        What cannot be read is refused with its reason and the rest go in; what was taken in before and has not changed
        stays as it is. `progress` is told the sources done, all of them, and the name of the next. Raises UsageError
        where nothing is named, LibraryError, EmbeddingError.
        """
        return self.pipeline.ingest(sources, progress=progress)

    def remove(self, article_id: str) -> None:
        """Take an article out; raises NotFoundError, LibraryError."""
        self.pipeline.remove(article_id)

    def articles(self) -> list[Byline]:
        """Every article but for its text, the last taken in at the end."""
        return self.pipeline.store.articles()

    def article(self, article_id: str, revision: str | None = None) -> Article:
        """One article whole, as it is now or, where it has changed since, as it was in that revision.

        `article.text[citation.start:citation.end] == citation.quote`, in the citation's revision. Raises NotFoundError.
        """
        return self.pipeline.store.article(article_id, revision)

    def revisions(self, article_id: str) -> tuple[Revision, ...]:
        """Every text that an article has had, the one that it has now first; raises NotFoundError."""
        return self.pipeline.store.revisions(article_id)

    def changes(self, article_id: str, *, earlier: str | None = None, later: str | None = None) -> Difference:
        """What changed from one revision of an article to another: by default from the one before to that of now.

        Raises NotFoundError.
        """
        return revisions.between(self.pipeline.store, article_id, earlier=earlier, later=later)

    def outlets(self) -> list[str]:
        """Every known outlet in alphabetical order."""
        return self.pipeline.store.outlets()

    # What they say

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
    ) -> Answer:
        """The answer, every statement cited; that the articles do not answer is an Answer too (`abstained`, `reason`).

        `history` is the conversation before the question, which may then refer to it. Raises UsageError for a question
        or a limit that makes no sense, and LibraryError, EmbeddingError or RerankError where searching fails.
        """
        filters = _filters(outlets, since, until, articles)
        return self.pipeline.answer(_text(question), history=history, filters=filters)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
        stop: threading.Event | None = None,
    ) -> Iterator[Answer]:
        """The answer so far, growing, the last one `finished`; setting `stop` ends it early. Raises as `ask` does."""
        filters = _filters(outlets, since, until, articles)
        return self.pipeline.stream(_text(question), history=history, filters=filters, stop=stop)

    def search(
        self,
        query: str,
        *,
        limit: int = HITS,
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
    ) -> list[Hit]:
        """The best passages for a query, best first: what an answer to it is made of. Raises as `ask` does."""
        if limit < 1:
            raise UsageError(f"limit: {limit} passages are none; ask for 1 or more.")
        return self.pipeline.search(_text(query), limit=limit, filters=_filters(outlets, since, until, articles))

    def compare(
        self,
        topic: str,
        *,
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
    ) -> Coverage:
        """Who says what on a topic, outlet by outlet, what they disagree on, who is silent. Raises as `ask` does."""
        return self.pipeline.coverage(_text(topic), filters=_filters(outlets, since, until, articles))

    def timeline(
        self,
        topic: str = "",
        *,
        outlets: Sequence[str] = (),
        since: date | str | None = None,
        until: date | str | None = None,
        articles: Sequence[str] = (),
    ) -> Timeline:
        """What is told of which day on a topic, or, without one, by the newest articles. Raises as `ask` does."""
        return self.pipeline.timeline(_text(topic), filters=_filters(outlets, since, until, articles))


def _settings(folder: Path | str | None, settings: Settings | None) -> Settings:
    if settings is None:
        return load_settings(data_dir=None if folder is None else Path(folder))
    return settings if folder is None else settings.model_copy(update={"data_dir": Path(folder).expanduser()})


def _filters(
    outlets: Sequence[str], since: date | str | None, until: date | str | None, articles: Sequence[str]
) -> Filters:
    """The filters; raises UsageError for a day that is none, and where none lies between the two."""
    return asking.limits(
        outlets=_names(outlets), since=_day("since", since), until=_day("until", until), articles=_names(articles)
    )


def _names(given: Sequence[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _day(name: str, given: date | str | None) -> str | None:
    if given is None or given == "":
        return None
    try:
        return asking.day(given if isinstance(given, str) else given.isoformat()[: len("2024-12-01")])
    except ValueError as error:
        raise UsageError(f"{name}: {given!r} is not a day; write it as 2024-12-01.") from error


def _text(given: str) -> str:
    return str(asking.clean(given))
