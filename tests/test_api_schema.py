"""schemathesis, with every check it has, against the application as it is served: page mounted, keys asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from serving import serving

from rag import api, ui
from rag.config import Settings
from rag.embedding import Embedder
from rag.fetch import Fetched
from rag.pipeline import Pipeline

KEY = "schemathesis-writes"
ARTICLES = {
    "ostwick-bridge.md": (
        "---\ntitle: Ostwick bridge reopens\noutlet: Harbour Gazette\ndate: 2024-11-29\n---\n\n"
        "The harbour bridge at Ostwick opened again on Friday. It had been shut for 14 months, the port authority said."
    ),
    "ostwick-still-shut.md": (
        "---\ntitle: Drivers still wait\noutlet: Quay Post\ndate: 2024-12-01\n---\n\n"
        "Nothing moves on the harbour bridge at Ostwick. Repairs will last 20 months, drivers were told on Sunday."
    ),
}
# schemathesis's own words for a run: all checks, all phases, always the same requests.
CONFIG = f"""
seed = 20241201
workers = 1
continue-on-failure = true
request-timeout = 60.0
headers = {{ Authorization = "Bearer {KEY}" }}

[checks]
enabled = true
max_response_time = 30.0

# What is a text for JSON may be no article for a reader: too short, or of nothing but what stands around articles.
[[operations]]
include-operation-id = "add_article"
checks.positive_data_acceptance.enabled = false

# Bytes under a name that says nothing are a file for OpenAPI and no article. An article may be named "file", so this
# path can be read and deleted as well: `Allow` tells the truth about it, and more than its entry in the document.
[[operations]]
include-operation-id = "add_files"
checks.positive_data_acceptance.enabled = false
checks.allow_header_conformance.enabled = false

[generation]
max-examples = 10
deterministic = true
database = "none"

[phases.stateful]
max-steps = 4
generation.max-examples = 10
"""


def page(address: str) -> Fetched:
    """What is at every address: a page with an article of its own."""
    told = f"<html><body><article><p>At {address!r} a ferry came in on Monday, the harbour master said.</p></article>"
    return Fetched(
        url=address,
        content=told.encode("utf-8", "replace"),
        content_type="text/html",
        fetched_at="2024-12-01T00:00:00Z",
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("schema")
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, "utf-8")
    settings = Settings(
        _env_file=None, data_dir=folder / "data", api_keys=f"{KEY}:write,schemathesis-reads", rate_limit=""
    )
    with Pipeline(settings, embedder=embedder, fetcher=page) as pipeline:
        pipeline.ingest([folder / name for name in ARTICLES])
        app = ui.mount(api.create_app(pipeline), pipeline)
        with serving(app) as served:
            yield served
        ui.close(app)


@pytest.fixture
def amended() -> Iterator[None]:
    schemathesis.hook("before_call")(amend)
    yield
    schemathesis.hooks.unregister(amend)


def amend(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Do what no JSON schema can ask for: of two days the first comes first, and a file has a name that says its kind.

    A file that comes alone is sent under such a name, several as schemathesis sends them.
    """
    for values in (case.query, case.body, case.body.get("crosscheck") if isinstance(case.body, dict) else None):
        if isinstance(values, dict) and all(isinstance(values.get(name), str) for name in ("since", "until")):
            values["since"], values["until"] = sorted((values["since"], values["until"]))
    if case.path == "/articles/file" and isinstance(case.body, dict):
        match case.body.get("files"):
            case [str() | bytes() as content]:
                kwargs["files"] = [("files", ("article.txt", content))]


@pytest.mark.timeout(600)  # about 45 s where nobody else works on the machine
@pytest.mark.usefixtures("amended")
def test_schemathesis_finds_nothing(address: str):
    schema = schemathesis.openapi.from_url(
        f"{address}/openapi.json",
        headers={"Authorization": f"Bearer {KEY}"},
        config=SchemathesisConfig.from_str(CONFIG),
    )
    found: dict[str, str] = {}
    answered: set[str] = set()
    tried: dict[str, int] = defaultdict(int)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tried[event.phase.value] += len(event.recorder.cases)
            for name, exchange in event.recorder.interactions.items():
                if exchange.response is not None and exchange.response.status_code < 300:
                    answered.add(event.recorder.cases[name].value.operation.label)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        found[f"{event.label}: {failure.title}"] = (
                            f"{failure.message}\n{check.failure_info.code_sample}"
                        )
        elif isinstance(event, events.NonFatalError | events.FatalError):
            error = event.value if isinstance(event, events.NonFatalError) else event.exception
            found[f"{getattr(event, 'label', '')}: {type(error).__name__}"] = str(error)
    assert not found, "\n\n".join(f"{where}\n{what[:2000]}" for where, what in sorted(found.items()))
    assert all(tried[phase] > 20 for phase in ("examples", "coverage", "fuzzing", "stateful")), tried
    operations = {operation.ok().label for operation in schema.get_all_operations()}
    assert operations - answered == set(), "these were never answered well"
