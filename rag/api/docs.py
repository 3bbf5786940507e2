"""`/docs`: Swagger UI over the OpenAPI document, served from here, so that it needs no network and no inline script."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response

# Of that package only its copy of Swagger UI is used.
_SWAGGER_UI = Path(str(files("fastapi_offline"))) / "static"
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Crosscheck API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script></body></html>
"""
_START = 'SwaggerUIBundle({url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});\n'


def router() -> APIRouter:
    """The page and its three files."""
    routes = APIRouter(prefix="/docs", include_in_schema=False)

    @routes.get("")
    def page() -> HTMLResponse:
        return HTMLResponse(_PAGE)

    @routes.get("/start.js")
    def start() -> Response:
        return Response(_START, media_type="text/javascript")

    @routes.get("/swagger-ui.css")
    def style() -> FileResponse:
        return FileResponse(_SWAGGER_UI / "swagger-ui.css", media_type="text/css")

    @routes.get("/swagger-ui-bundle.js")
    def script() -> FileResponse:
        return FileResponse(_SWAGGER_UI / "swagger-ui-bundle.js", media_type="text/javascript")

    return routes
