"""`/articles`: the library's articles, listed, read as they are and as they were, added and removed."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, File, Header, Path, Query, Request, UploadFile
from fastapi.openapi.models import Example
from pydantic import TypeAdapter
from starlette.responses import JSONResponse, Response

from rag import phrases, revisions
from rag.api.adding import Addition, Changes, told
from rag.api.problems import problem_responses
from rag.api.writing import WriteRoute
from rag.asking import CleanText
from rag.ledger import Sort
from rag.types import Article, Byline, Difference, IngestReport, Revision

if TYPE_CHECKING:
    from rag.pipeline import Pipeline

_ARTICLE, _BYLINES = TypeAdapter(Article), TypeAdapter(list[Byline])
_REVISIONS, _DIFFERENCE = TypeAdapter(list[Revision]), TypeAdapter(Difference)
_REPORT = TypeAdapter(IngestReport)
_EXAMPLES: dict[str, Example] = {
    "text": {
        "value": {
            "text": "The harbour bridge at Ostwick opened again on Friday. It had been shut for fourteen months.",
            "title": "Ostwick bridge reopens",
            "outlet": "Harbour Gazette",
            "published_at": "2024-11-29",
        }
    },
    "address": {"value": {"url": "https://news.example/ostwick-bridge"}},
}
LONGEST_QUERY = 200
_FILE = "Ostwick bridge reopens\n\nThe harbour bridge at Ostwick opened again on Friday."
_ADDED = {
    "description": "Articles were added or changed: their ids, and what was refused beside them.",
    "headers": {
        "Location": {"description": "Where the article is, if it is one.", "schema": {"type": "string"}},
    },
}
_SAME = {"description": "The library has it already, word for word; nothing was changed.", "model": IngestReport}
_TOTAL = {
    "description": "How many articles there are with these words.",
    "required": True,
    "schema": {"type": "integer", "minimum": 0},
}
_ETAG = {"description": "Changes when the article does.", "schema": {"type": "string"}}

ArticleId = Annotated[
    CleanText, Path(description="The article's id, as in a citation.", examples=["sunday-in-damascus"])
]
_REVISION = ["0f6e2a9d51c84b37"]


def router(pipeline: Pipeline) -> APIRouter:
    """The routes."""
    routes = APIRouter(tags=["Articles"])
    _add_reading(routes, pipeline)
    _add_revisions(routes, pipeline)
    if not pipeline.settings.read_only:
        changing = APIRouter(route_class=WriteRoute)
        _add_changing(changing, Changes(pipeline))
        routes.include_router(changing)
    return routes


def _add_reading(routes: APIRouter, pipeline: Pipeline) -> None:
    @routes.get(
        "/articles",
        response_model=list[Byline],
        responses={200: {"headers": {"X-Total-Count": _TOTAL}}},
    )
    def list_articles(
        query: Annotated[
            CleanText,
            Query(
                description="Only articles with all these words, or parts of them, in title, outlet, author or id.",
                max_length=LONGEST_QUERY,
                examples=["damascus"],
            ),
        ] = "",
        sort: Annotated[
            Sort,
            Query(
                description="`taken`: the last taken in first; `published`: the newest first; or by `outlet` or "
                "`title`. What is unknown is last.",
                examples=["published"],
            ),
        ] = "taken",
        limit: Annotated[int, Query(ge=1, le=1000, description="At most so many articles.", examples=[25])] = 100,
        offset: Annotated[
            int, Query(ge=0, le=2**31 - 1, description="Leave out so many at the beginning.", examples=[0])
        ] = 0,
    ) -> Response:
        """List the articles without their texts; `X-Total-Count` says how many there are in all."""
        bylines, total = pipeline.store.catalogue(query, sort=sort, limit=limit, offset=offset)
        return _json(_BYLINES.dump_json(list(bylines)), headers={"X-Total-Count": str(total)})

    @routes.get(
        "/articles/{article_id}",
        response_model=Article,
        responses={
            200: {"headers": {"ETag": _ETAG}},
            304: {"description": "The article is still as it was.", "headers": {"ETag": _ETAG}},
            **problem_responses(404),
        },
    )
    def read_article(
        article_id: ArticleId,
        revision: Annotated[
            CleanText | None,
            Query(
                description="The `revision` of a citation: the text and byline that the article had then.",
                examples=_REVISION,
            ),
        ] = None,
        if_none_match: Annotated[
            str | None,
            Header(
                description="`ETag` of an earlier answer: an article that is still the same is not sent.",
                examples=['"6233a46a9104126979a975a1d6e15c42"'],
            ),
        ] = None,
    ) -> Response:
        """Read one article whole; a citation's `start` and `end` are offsets into its `text` in that revision.

        `findings` say where each field is from and how sure it is, `defects` what is amiss with the text. Of a file,
        `source` is the name.
        """
        article = pipeline.store.article(article_id, revision)
        content = _ARTICLE.dump_json(replace(article, source=phrases.source(article.source)))
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if _matches(if_none_match, tag):
            return Response(status_code=304, headers={"ETag": tag})
        return _json(content, headers={"ETag": tag})


def _add_revisions(routes: APIRouter, pipeline: Pipeline) -> None:
    @routes.get("/articles/{article_id}/revisions", response_model=list[Revision], responses=problem_responses(404))
    def list_revisions(article_id: ArticleId) -> Response:
        """List every text that the article has had, without the texts: the one that it has now first."""
        return _json(_REVISIONS.dump_json(list(pipeline.store.revisions(article_id))))

    @routes.get("/articles/{article_id}/changes", response_model=Difference, responses=problem_responses(404))
    def compare_revisions(
        article_id: ArticleId,
        earlier: Annotated[
            CleanText | None,
            Query(alias="from", description="The earlier revision; by default the one before.", examples=_REVISION),
        ] = None,
        later: Annotated[
            CleanText | None,
            Query(alias="to", description="The later revision; by default that of now.", examples=_REVISION),
        ] = None,
    ) -> Response:
        """Say what changed in an article from one revision to another, word by word, with places in both texts.

        Each change put in place of what it replaces makes the later text of the earlier one. An article that has never
        changed has none.
        """
        return _json(_DIFFERENCE.dump_json(revisions.between(pipeline.store, article_id, earlier=earlier, later=later)))


def _add_changing(routes: APIRouter, changes: Changes) -> None:
    outcomes: dict[int | str, dict[str, Any]] = {200: _SAME, 201: _ADDED}

    @routes.post("/articles", status_code=201, response_model=IngestReport, responses=outcomes)
    async def add_article(request: Request, body: Annotated[Addition, Body(openapi_examples=_EXAMPLES)]) -> Response:
        """Add an article: its text, or the address of its web page, which is fetched.

        An article is known by its address, else by its text: the same once more changes nothing, and one that has
        changed takes the place of what it was. What cannot be fetched or is no article is refused (422) with a
        sentence.
        """
        return _answered(request, await changes.add([body.source()]))

    @routes.post(
        "/articles/file",
        status_code=201,
        response_model=IngestReport,
        responses=outcomes,
        openapi_extra={"requestBody": {"content": {"multipart/form-data": {"example": {"files": [_FILE]}}}}},
    )
    async def add_files(
        request: Request,
        files: Annotated[
            list[UploadFile],
            File(
                description="Files that end in .txt .md .html .json .jsonl or .pdf, each of at most `MAX_FILE_MB`.",
                min_length=1,
            ),
        ],
    ) -> Response:
        """Add the articles of files; each is known by its file's name, and the same name replaces it.

        Of several files those that can be read are taken in; 422 says that none could.
        """
        return _answered(request, await changes.add_files(files))

    @routes.delete("/articles/{article_id}", status_code=204, responses=problem_responses(404))
    async def remove_article(article_id: ArticleId) -> Response:
        """Remove an article: from now on nothing finds or cites it."""
        await changes.remove(article_id)
        return Response(status_code=204)


def _answered(request: Request, report: IngestReport) -> Response:
    """The report under its status; raises nothing, but answers by a problem where nothing was taken in."""
    took = (*report.added, *report.changed)
    if not took and not report.unchanged:
        return told(request.scope, report)
    headers = {"Location": f"/articles/{took[0]}"} if len(took) == 1 else {}
    return _json(_REPORT.dump_json(report), status=201 if took else 200, headers=headers)


def _json(content: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(content, status_code=status, headers=headers, media_type=JSONResponse.media_type)


def _matches(sent: str | None, tag: str) -> bool:
    """Whether one of the entity tags of an If-None-Match is this one, compared weakly (RFC 9110, 13.1.2)."""
    tags = [one.strip().removeprefix("W/") for one in (sent or "").split(",")]
    return tag in tags or tags == ["*"]
