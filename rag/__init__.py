"""Crosscheck: answers from a news archive, every sentence cited to the exact words of an article.

>>> from rag import Library, Text
>>> with Library("data") as library:
...     report = library.add("corpus", Text(text="Ferry fares rise in May, the harbour said.", outlet="Quay Post"))
...     answer = library.ask("Which prison is in the hands of the revolutionaries?")
...     article = library.article(answer.citations[0].article_id)
>>> len(report.added)
6
>>> answer.citations[0].outlet
'The Orontes Lantern'
>>> first = answer.citations[0]
>>> article.text[first.start : first.end] == first.quote
True

What the articles do not say is not said; what they say differently stands side by side:

>>> with Library("data") as library:
...     silent = library.ask("What is the boiling point of mercury at sea level?")
...     toll = library.ask("What is the death toll so far?")
>>> silent.abstained
True
>>> [(side.outlet, side.claim) for side in toll.disagreements[0].positions]
[('The Quillbrook Dispatch', 'more than 300'), ('Saffron Coast Wire', 'More than 412')]

Importing this package loads nothing else until one of its names is used. Values are frozen dataclasses, described in
`rag.types`; every error raised on purpose is a `CrosscheckError` whose message is one sentence.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.articles import Text as Text
    from rag.config import Settings as Settings
    from rag.errors import CrosscheckError as CrosscheckError
    from rag.errors import NotFoundError as NotFoundError
    from rag.errors import UsageError as UsageError
    from rag.library import Library as Library
    from rag.types import Answer as Answer
    from rag.types import Article as Article
    from rag.types import Byline as Byline
    from rag.types import Change as Change
    from rag.types import Citation as Citation
    from rag.types import Coverage as Coverage
    from rag.types import Defect as Defect
    from rag.types import Difference as Difference
    from rag.types import Disagreement as Disagreement
    from rag.types import Event as Event
    from rag.types import Filters as Filters
    from rag.types import Finding as Finding
    from rag.types import Hit as Hit
    from rag.types import IngestReport as IngestReport
    from rag.types import OutletCoverage as OutletCoverage
    from rag.types import Passage as Passage
    from rag.types import Position as Position
    from rag.types import Refusal as Refusal
    from rag.types import Revision as Revision
    from rag.types import Statement as Statement
    from rag.types import Timeline as Timeline
    from rag.types import Turn as Turn
    from rag.types import Usage as Usage

__all__ = [
    "Answer",
    "Article",
    "Byline",
    "Change",
    "Citation",
    "Coverage",
    "CrosscheckError",
    "Defect",
    "Difference",
    "Disagreement",
    "Event",
    "Filters",
    "Finding",
    "Hit",
    "IngestReport",
    "Library",
    "NotFoundError",
    "OutletCoverage",
    "Passage",
    "Position",
    "Refusal",
    "Revision",
    "Settings",
    "Statement",
    "Text",
    "Timeline",
    "Turn",
    "Usage",
    "UsageError",
]

if not TYPE_CHECKING:  # a checker is told above, and finds a misspelt name
    _HOMES = {
        "Library": "rag.library",
        "Settings": "rag.config",
        "Text": "rag.articles",
        **dict.fromkeys(("CrosscheckError", "NotFoundError", "UsageError"), "rag.errors"),
    }

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_HOMES.get(name, "rag.types")), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
