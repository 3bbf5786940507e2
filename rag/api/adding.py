"""Changes to the library over HTTP: one at a time, off the event loop, to their end though the client has left."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from fastapi import UploadFile
from pydantic import Field, field_validator, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from rag.api.problems import problem
from rag.articles import Text, web_address
from rag.asking import CleanBody
from rag.errors import LibraryBusyError, LibraryError
from rag.types import IngestReport
from rag.uploads import FOLDER, renamed, staged

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

Done = TypeVar("Done")

PATIENCE = 10.0  # seconds that a change waits for others, before the client is told to come again
BUSY = "Others are changing the library: try again in a moment."
NOTHING = "Nothing was taken in."
_BYLINE = ("title", "outlet", "author", "published_at")


def _needs(schema: dict[str, Any]) -> None:
    """Say in the schema what `Addition` requires beside its fields."""
    schema["anyOf"] = [{"required": ["text"]}, {"required": ["url"]}]
    schema["dependentRequired"] = {name: ["text"] for name in _BYLINE}
    for field in schema["properties"].values():
        (kind,) = (each for each in field.pop("anyOf", [field]) if each.get("type") != "null")
        field |= kind
        field.pop("default", None)


class Addition(CleanBody, json_schema_extra=_needs):
    """An article: its `text`, and of its byline what is known; or only the `url` of its web page, which is fetched.

    `published_at` is a day (2024-12-01) or an instant with its zone (2024-12-01T14:00:00Z). What is left out stays
    unknown.
    """

    text: str | None = Field(None, min_length=1)
    url: str | None = Field(None, max_length=2048, json_schema_extra={"pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"})
    title: str | None = Field(None, max_length=300)
    outlet: str | None = Field(None, max_length=200)
    author: str | None = Field(None, max_length=200)
    published_at: str | None = Field(None, max_length=60)

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is not None and web_address(url) is None:  # a path of this machine, it may be
            raise ValueError("This is no web address; give a whole one, as https://example.org/news")
        return url

    @model_validator(mode="after")
    def _fits(self) -> Self:
        missing = next((name for name in self.model_fields_set if getattr(self, name) is None), None)
        if missing:
            raise ValueError(f"{missing} is null; leave it out where it is not known")
        if self.text is None and self.url is None:
            raise ValueError("There is neither a text nor a url; send one of the two")
        if self.text is None and self.model_fields_set & set(_BYLINE):
            raise ValueError("A byline was sent without a text; a page that is fetched has its own")
        return self

    def source(self) -> Text | str:
        """What the pipeline takes in."""
        if self.text is None:
            assert self.url is not None
            return self.url
        return Text(
            text=self.text,
            title=self.title,
            outlet=self.outlet,
            author=self.author,
            url=self.url,
            published_at=self.published_at,
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of a multipart body."""

    file: UploadFile

    @property
    def name(self) -> str:
        """The name in the words of the client."""
        return self.file.filename or ""

    def copy(self, to: Path) -> bool:
        """Write its content to a path."""
        self.file.file.seek(0)
        with to.open("wb") as target:
            shutil.copyfileobj(self.file.file, target)
        return True


class Changes:
    """The changes of one pipeline's library; LibraryBusyError where others take longer than `patience` seconds."""

    def __init__(self, pipeline: Pipeline, *, patience: float = PATIENCE) -> None:
        self._pipeline = pipeline
        self._patience = patience
        self._turn = asyncio.Semaphore(1)

    async def add(self, sources: Sequence[Text | str]) -> IngestReport:
        """Take texts and addresses in."""
        return await self._in_turn(partial(self._pipeline.ingest, sources, patience=self._patience))

    async def add_files(self, files: Sequence[UploadFile]) -> IngestReport:
        """Take files in; refusals name them as the client did."""
        return await self._in_turn(partial(self._added, [_Part(file) for file in files]))

    async def remove(self, article_id: str) -> None:
        """Remove an article; raises NotFoundError."""
        await self._in_turn(partial(self._pipeline.remove, article_id, patience=self._patience))

    async def _in_turn(self, change: Callable[[], Done]) -> Done:
        """What the change gives; a cancelled request lets it end, and keeps its turn until then."""
        try:
            async with asyncio.timeout(self._patience):
                await self._turn.acquire()
        except TimeoutError:
            raise LibraryBusyError(BUSY) from None
        try:
            return await run_in_threadpool(change)
        finally:
            self._turn.release()

    def _added(self, parts: Sequence[_Part]) -> IngestReport:
        folder = self._pipeline.settings.data_dir / FOLDER
        try:
            with staged(parts, folder, patience=self._patience) as (named, refused):
                if not named:
                    return IngestReport(refused=tuple(refused))
                report = self._pipeline.ingest(list(named), patience=self._patience)
                told_so = [renamed(refusal, named) for refusal in report.refused]
                return replace(report, refused=(*refused, *told_so))
        except OSError as error:
            raise LibraryError(f"The files cannot be kept ({error.strerror}); see to the disk.") from error


def told(scope: Mapping[str, Any], report: IngestReport) -> Response:
    """The problem for a request of which nothing was taken in: why, in a sentence for each thing."""
    errors = [f"{refusal.source}: {refusal.reason}" for refusal in report.refused[:20]]
    return problem(scope, status=422, detail=errors[0] if len(errors) == 1 else NOTHING, errors=errors)
