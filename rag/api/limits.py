"""The parameters of an address that limit the evidence, the same for every route."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from rag.asking import CleanText, Day

_SINCE = Query(description="Only articles of this day or later.", openapi_examples={"day": {"value": "2024-11-27"}})
_UNTIL = Query(description="Only articles of this day or earlier.", openapi_examples={"day": {"value": "2024-12-02"}})
_OUTLET = Query(
    description="Only articles of this outlet; may be repeated.",
    openapi_examples={"two": {"value": ["Saffron Coast Wire", "The Larkmoor Courier"]}},
)
_ARTICLE = Query(
    description="Only the article of this id; may be repeated.",
    openapi_examples={"one": {"value": ["sunday-in-damascus"]}},
)

Outlets = Annotated[list[CleanText] | None, _OUTLET]
Since = Annotated[Day | None, _SINCE]
Until = Annotated[Day | None, _UNTIL]
Articles = Annotated[list[CleanText] | None, _ARTICLE]
