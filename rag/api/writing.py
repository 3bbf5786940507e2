"""Routes that change something: the write scope is asked for before a byte of the body is read."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from rag.access import may_write

NOT_ALLOWED = "This key may read and not write; use one with the scope `write`."


class WriteRoute(APIRoute):
    """A route for whoever may write; anybody else is answered by a problem."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler behind the question who asks."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            if not may_write(request.scope):
                raise HTTPException(403, NOT_ALLOWED)
            return await handle(request)

        return handler
