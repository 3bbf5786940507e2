"""Articles as resources, which a person picks in a client: `crosscheck://articles/ID`, listed newest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextResourceContents,
)

from rag import phrases
from rag.asking import clean
from rag.attribution import UNKNOWN_OUTLET
from rag.errors import CrosscheckError, NotFoundError
from rag.footnotes import inert
from rag.tools import reading, shown
from rag.tools.offered import unforeseen
from rag.tools.threads import Threads
from rag.types import Byline

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

T = TypeVar("T")

PAGE = 50  # articles in an answer
_BEFORE = "crosscheck://articles/"
_MIME_TYPE = "text/plain"
_MOST_DIGITS = 9  # of a cursor


class Resources:
    """The articles of an open pipeline."""

    def __init__(self, pipeline: Pipeline, *, threads: Threads) -> None:
        self._pipeline = pipeline
        self._threads = threads

    async def list(
        self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None
    ) -> ListResourcesResult:
        """A page of the articles; its cursor is how many came before."""
        cursor = "0" if params is None or params.cursor is None else params.cursor
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= _MOST_DIGITS):
            raise MCPError(INVALID_PARAMS, "This cursor is none of ours; begin without one.")
        offset = int(cursor)
        page, total = await self._done(
            context, lambda: self._pipeline.store.catalogue(sort="published", limit=PAGE, offset=offset)
        )
        behind = offset + len(page)
        more = str(behind) if page and behind < total else None
        return ListResourcesResult(resources=[_resource(one) for one in page], next_cursor=more)

    async def templates(
        self, _: ServerRequestContext[Any], __: PaginatedRequestParams | None
    ) -> ListResourceTemplatesResult:
        """How the address of an article is made."""
        template = ResourceTemplate(
            uri_template=f"{_BEFORE}{{article_id}}",
            name="article",
            title="An article",
            description="The byline and text of the article with this article_id, percent-encoded.",
            mime_type=_MIME_TYPE,
        )
        return ListResourceTemplatesResult(resource_templates=[template])

    async def read(self, context: ServerRequestContext[Any], params: ReadResourceRequestParams) -> ReadResourceResult:
        """The byline and the text; of a very long one the beginning, and where to read on."""
        name = params.uri.removeprefix(_BEFORE)
        if name == params.uri or not name:
            raise _unknown(params.uri)
        article_id = str(clean(unquote(name)))
        most = reading.MOST_CHARACTERS
        try:
            part = await self._done(context, lambda: reading.part(self._pipeline, article_id, start=0, length=most))
        except NotFoundError as error:
            raise _unknown(params.uri) from error
        contents = TextResourceContents(uri=params.uri, mime_type=_MIME_TYPE, text=shown.part(part))
        return ReadResourceResult(contents=[contents])

    async def _done(self, context: ServerRequestContext[Any], work: Callable[[], T]) -> T:
        """What `work` returns, in a thread; NotFoundError as it is, any other failure as an MCPError."""
        try:
            return await self._threads.run(lambda _: work(), request=context.request)
        except (NotFoundError, MCPError):
            raise
        except CrosscheckError as error:
            raise MCPError(INTERNAL_ERROR, str(error)) from error
        except Exception as error:
            raise MCPError(INTERNAL_ERROR, unforeseen(context, context.method)) from error


def address(article_id: str) -> str:
    """The resource that an article is."""
    return f"{_BEFORE}{quote(article_id, safe='')}"


def _resource(byline: Byline) -> Resource:
    return Resource(
        uri=address(byline.article_id),
        name=byline.article_id,
        title=inert(byline.title) if byline.title else None,
        description=inert(f"{byline.outlet or UNKNOWN_OUTLET}, {phrases.day(byline.published_at)}"),
        mime_type=_MIME_TYPE,
    )


def _unknown(uri: str) -> MCPError:
    return MCPError(
        INVALID_PARAMS, "There is no such article; resources/list has those that there are.", {"uri": str(clean(uri))}
    )
