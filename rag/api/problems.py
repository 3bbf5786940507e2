"""An error as JSON: problem details (RFC 9457) everywhere, and under `/v1` the shape that OpenAI's clients read."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import TypedDict  # pydantic reads only this one before Python 3.12

from rag.errors import (
    ArticleError,
    CrosscheckError,
    EndingError,
    LibraryBusyError,
    LibraryServerError,
    ModelError,
    NotFoundError,
    UsageError,
)

OPENAI_PREFIX = "/v1/"
PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5  # an ingest of a few articles is done by then
_MOST_ERRORS = 20  # of one request's body; a body of a million wrong items is not answered by a million sentences

_STATUS: tuple[tuple[type[CrosscheckError], int], ...] = (
    (NotFoundError, 404),
    (UsageError, 422),
    (ArticleError, 422),
    (ModelError, 502),
    (LibraryBusyError, 503),
    (LibraryServerError, 503),
    (EndingError, 503),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Problem details: `title` is the status in words, `detail` one sentence, `errors` one sentence per wrong field."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str
    errors: tuple[str, ...] = ()


class OpenAIError(TypedDict):
    """What is wrong, in one sentence; `param` names the parameter, `code` the kind for programs."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIErrorBody(TypedDict):
    """OpenAI's error object, of which its clients make a typed exception."""

    error: OpenAIError


# What a status means here, for the OpenAPI document.
_MEANINGS = {
    400: "The request cannot be read, or its Host header does not name this server.",
    401: "No key was sent, or none that is known here: send `Authorization: Bearer KEY`.",
    403: "The key does not reach this far, or a page of another site sent the request.",
    404: "It is not in the library.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    422: "What was sent makes no sense or cannot be taken in; `errors` has a sentence for each thing that is wrong.",
    429: "Too many requests by this key: wait for as many seconds as `Retry-After` says.",
    500: "Something failed on the server, whose log has more under the id in `X-Request-ID`.",
    502: "The language model failed.",
    503: "The server is busy or not ready: try again after as many seconds as `Retry-After` says.",
    504: "There was no answer in time; what had begun was told to stop.",
}
WITH_BODY = (408, 413)  # what any request with a body may be answered with beside
ALWAYS = (400, 401, 403, 429, 500, 503, 504)  # what any route may be answered with


def _responses(statuses: Sequence[int], media_type: str, schema: str) -> dict[int | str, dict[str, Any]]:
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in statuses}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route of our own that may be answered by problems of these statuses."""
    return _responses(statuses, PROBLEM_MEDIA_TYPE, "Problem")


# The `responses` that all routes under /v1 have.
OPENAI_RESPONSES = _responses((*ALWAYS, *WITH_BODY, 404), "application/json", "OpenAIErrorBody")


def status_of(error: CrosscheckError) -> int:
    """The HTTP status that a stated failure is answered with; 500 for those that are no one's request's fault."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def request_id(scope: Mapping[str, Any]) -> str:
    """The id that the gate gave to this request; empty where a request came past no gate."""
    return str(scope.get("state", {}).get("request_id", ""))


def problem(
    scope: Mapping[str, Any],
    *,
    status: int,
    detail: str,
    errors: Sequence[str] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response that says so, in the shape of the routes that `scope`'s path belongs to."""
    headers = dict(headers or {})
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    if str(scope["path"]).startswith(OPENAI_PREFIX):
        # OpenAI's clients know no 422 for a wrong request: theirs is 400.
        status = 400 if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
        param = errors[0].partition(": ")[0].removeprefix("body.") if errors else None
        return openai_problem(status=status, message=detail.removeprefix("body."), param=param, headers=headers)
    body = problem_body(scope, status=status, detail=detail, errors=errors)
    return JSONResponse(asdict(body), status_code=status, headers=headers, media_type=PROBLEM_MEDIA_TYPE)


def problem_body(scope: Mapping[str, Any], *, status: int, detail: str, errors: Sequence[str] = ()) -> Problem:
    """The problem details themselves, for a response or for an event in a stream that has begun."""
    return Problem(
        status=status,
        title=HTTPStatus(status).phrase,
        detail=detail,
        request_id=request_id(scope),
        errors=tuple(errors),
    )


def openai_problem(
    *,
    status: int,
    message: str,
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The response that says so in OpenAI's shape."""
    body = openai_body(status=status, message=message, param=param, code=code)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def openai_body(*, status: int, message: str, param: str | None = None, code: str | None = None) -> OpenAIErrorBody:
    """OpenAI's error object, for a response or for an event in a stream that has begun."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def unexpected(scope: Mapping[str, Any]) -> str:
    """The sentence for a failure that nobody foresaw; what it was stands in the log under the request's id."""
    return f"Something failed inside Crosscheck; look in the server's log for request {request_id(scope)}."


def translate_errors(app: FastAPI) -> None:
    """Make `app` answer every error that a route raises on purpose, or that FastAPI raises for it, in these shapes."""

    def stated(request: Request, error: Exception) -> Response:
        assert isinstance(error, CrosscheckError)
        status = status_of(error)
        if status >= 500:
            _log.error("request %s: %s", request_id(request.scope), error)
        return problem(request.scope, status=status, detail=str(error))

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [_sentence(item) for item in error.errors()[:_MOST_ERRORS]]
        return problem(request.scope, status=422, detail=found[0], errors=found)

    def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return problem(request.scope, status=error.status_code, detail=str(error.detail), headers=error.headers)

    app.add_exception_handler(CrosscheckError, stated)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def _sentence(item: Mapping[str, Any]) -> str:
    """One of pydantic's errors as `where: what.`, without the value: it is the caller's, and may be huge."""
    if item["type"] == "model_attributes_type" and item["loc"] == ("body",):
        return "body: This is not a JSON object; send one, with Content-Type: application/json."
    if item["type"] == "json_invalid":
        return f"body: This is not JSON: {item['ctx']['error']} at character {item['loc'][-1]}."
    where = ".".join(str(part) for part in item["loc"])
    what = str(item["msg"]).removeprefix("Value error, ")
    return f"{where}: {what.rstrip('.')}."
