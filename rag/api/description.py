"""The OpenAPI document: what FastAPI gathers from the routes, and what the gate and the error handlers add to each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter

from rag.api.problems import OPENAI_PREFIX, WITH_BODY, OpenAIErrorBody, Problem, problem_responses

VERSION = "1"  # of the API, not of the program: it changes when a client must
DESCRIPTION = (
    "Ask a news archive: every sentence of an answer is cited to the exact words of an article. "
    "Wrong requests and failures are answered by problem details (RFC 9457), under `/v1` by OpenAI's error object. "
    "Where the server has keys, send one as `Authorization: Bearer KEY`: reading needs the scope `read`, changing the "
    "library `write`."
)
TAGS = [
    {"name": "Questions", "description": "Answers made of cited statements, and the passages behind them."},
    {"name": "Topics", "description": "Who says what, and what is told of which day."},
    {"name": "Articles", "description": "The library's articles: listed, read, added, removed."},
    {"name": "Feedback", "description": "What readers say of answers, kept in `feedback.jsonl` in `DATA_DIR`."},
    {"name": "Server", "description": "For whoever watches the server."},
    {"name": "OpenAI-compatible", "description": "The same answers and vectors for clients of OpenAI's API."},
]
KEY = "key"  # name of the security scheme
_METHODS = ("get", "put", "post", "delete", "patch")
_OPEN_PATHS = ("/healthz", "/readyz")  # answered without a key, though with less
_ID = {"description": "The request's id, under which the server's log has more.", "schema": {"type": "string"}}
_RETRY = {"description": "Seconds to wait before another try.", "schema": {"type": "integer", "minimum": 0}}


class Application(FastAPI):
    """FastAPI with our document; `guarded` says whether a key is needed."""

    guarded = False

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _completed(super().openapi(), guarded=self.guarded)
        return self.openapi_schema


def _completed(document: dict[str, Any], *, guarded: bool) -> dict[str, Any]:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own, which nothing here answers
        schemas.pop(name, None)
    for kind in (Problem, OpenAIErrorBody):
        schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[kind.__name__] = schema
    components["headers"] = {"X-Request-ID": _ID, "Retry-After": _RETRY}
    components["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "One of the server's `API_KEYS`."}
    }
    document["security"] = [{KEY: []}] if guarded else [{}, {KEY: []}]
    for path, method, operation in _operations(document):
        _complete(path, method, operation)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                yield path, method, operations[method]


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add the responses, headers and leave that the route itself says nothing of."""
    responses = operation["responses"]
    is_openai = path.startswith(OPENAI_PREFIX)
    if responses.pop("422", None) and not is_openai:
        responses.update(_named(problem_responses(422)))
    if "requestBody" not in operation and is_openai:
        for status in WITH_BODY:
            responses.pop(str(status), None)
    elif "requestBody" in operation and not is_openai:
        responses.update(_named(problem_responses(*WITH_BODY)))
    if path in _OPEN_PATHS:
        operation["security"] = [{}, {KEY: []}]
    for status, response in responses.items():
        headers = response.setdefault("headers", {})
        names = ("X-Request-ID", "Retry-After") if status in ("429", "503") else ("X-Request-ID",)
        headers.update({name: {"$ref": f"#/components/headers/{name}"} for name in names})
    operation["responses"] = dict(sorted(responses.items()))


def _named(responses: dict[int | str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(status): {**response} for status, response in responses.items()}
