"""What is under our paths and no route takes: told as a problem, before the page's mount can take it for a page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def close_paths(routes: list[BaseRoute], paths: Collection[str]) -> None:
    """Add routes that answer what is at or under `paths` and taken by none of `routes`."""
    endpoint = _Unrouted(tuple(routes))
    for path in paths:
        routes += [Route(f"/{path}", endpoint), Route(f"/{path}/{{rest:path}}", endpoint)]


class _Unrouted:
    """ASGI endpoint for requests that none of `routes` takes: 405 with the methods that one would, else 404."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raise what is to be answered."""
        allowed = [method for method in _METHODS if self._takes({**scope, "method": method})]
        if allowed:
            methods = ", ".join(allowed)
            sentence = f"{scope['path']} does not take {scope['method']}; use {methods}."
            raise HTTPException(405, sentence, headers={"Allow": methods})
        raise HTTPException(404, "There is nothing at this path; see /docs for what there is.")

    def _takes(self, scope: Scope) -> bool:
        return any(route.matches(scope)[0] is Match.FULL for route in self._routes)
